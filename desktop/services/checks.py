"""The checklist of an order 检查项: each line is answered, and what is found broken becomes a repair at once."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from desktop.models.plans import CheckLine
from desktop.models.values import CheckAnswer, RepairCategory, RepairChannel, Right
from desktop.models.work_orders import FINISHED, WorkOrder, WorkOrderState
from desktop.services import repair_intake, work_orders
from desktop.services.errors import DomainError, ProblemsFound, RowChanged
from desktop.services.repair_intake import Report, Reported
from desktop.services.repair_words import guess
from desktop.services.rights import needs, part
from desktop.services.transitions import WORK_ORDER
from desktop.services.work import Look, Work

ANSWER_WORDS = {CheckAnswer.OK: "正常", CheckAnswer.BAD: "异常", CheckAnswer.NONE: "不适用"}
NOTE_LIMIT = 100


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A line of a checklist as somebody reads it. `answer` None: nobody has looked yet."""

    id: UUID
    version: int
    words: str
    answer: CheckAnswer | None
    note: str
    repair_id: UUID | None
    repair: str
    """The number of the repair that came of it; empty: none."""


@needs(Right.SEE_REPAIRS)
def checklist_of(look: Look, order_id: UUID) -> list[CheckRow]:
    """The lines of an order's checklist in their order; none where it has no list."""
    return lines_of(look, order_id)


@part
def lines_of(look: Look, order_id: UUID) -> list[CheckRow]:
    """`checklist_of` inside another look."""
    repair = sa.orm.aliased(WorkOrder)
    rows = look.session.execute(
        sa.select(CheckLine, repair.number)
        .outerjoin(repair, repair.id == CheckLine.repair_id)
        .where(CheckLine.work_order_id == order_id, CheckLine.deleted_at.is_(None))
        .order_by(CheckLine.place)
    )
    return [
        CheckRow(line.id, line.version, line.words, line.answer, line.note or "", line.repair_id, number or "")
        for line, number in rows
    ]


def answer_words(answer: CheckAnswer | None) -> str:
    """正常, 异常, 不适用; empty while nobody has looked."""
    return "" if answer is None else ANSWER_WORDS[answer]


def check_problems(answer: CheckAnswer | None, note: str) -> dict[str, str]:
    """What is still to be mended, by field."""
    if answer is CheckAnswer.BAD and len(note.strip()) < 2:
        return {"note": "写一句哪里异常，例如 压力表指针在红区"}
    if len(note.strip()) > NOTE_LIMIT:
        return {"note": f"最多 {NOTE_LIMIT} 个字：写短一些"}
    trouble = work_orders.note_problem(note)
    return {"note": trouble} if trouble else {}


@needs(Right.EDIT_REPAIRS)
def answer_check(
    work: Work, line_id: UUID, answer: CheckAnswer | None, note: str = "", seen: int | None = None
) -> None:
    """What somebody found at one line; None: nobody has looked after all. Raises ProblemsFound, RowChanged when it is
    not any more what was `seen`, DomainError when the order is done."""
    if problems := check_problems(answer, note):
        raise ProblemsFound(problems)
    line = work.take(CheckLine, line_id)
    order = _to_be_checked(work, line.work_order_id)
    if seen is not None and line.version != seen:
        from desktop.services.timeline import last_act

        raise RowChanged({}, {}, *last_act(work, order.id))
    line.answer, line.note = answer, note.strip() or None
    work.subject(order)
    work.record(check=line.place, answer=answer.value if answer is not None else "")


@needs(Right.EDIT_REPAIRS)
def rest_is_well(work: Work, order_id: UUID) -> int:
    """Every line that nobody has answered is well; returns how many. Raises DomainError when the order is done."""
    order = _to_be_checked(work, order_id)
    lines = work.session.scalars(
        sa.select(CheckLine)
        .where(CheckLine.work_order_id == order_id, CheckLine.answer.is_(None), CheckLine.deleted_at.is_(None))
        .order_by(CheckLine.place)
        .with_for_update()
    ).all()
    for line in lines:
        line.answer = CheckAnswer.OK
    work.subject(order)
    work.record(check="rest", lines=len(lines))
    return len(lines)


@needs(Right.EDIT_REPAIRS)
def report_fault(work: Work, line_id: UUID, key: UUID) -> Reported:
    """What is wrong at a line becomes a repair of its own, in the same place. The same line makes one repair.

    Raises DomainError for a line that is not 异常.
    """
    line = work.take(CheckLine, line_id)
    order = work_orders.take_order(work, line.work_order_id)
    if line.answer is not CheckAnswer.BAD:
        raise DomainError("这一项不是异常：先按 2 记下哪里异常，再开维修单")
    words = f"{line.words}：{line.note}" if line.note else line.words
    found = guess(words)
    category = order.category if found.category is RepairCategory.OTHER else found.category
    form = Report(
        line.repair_id or key, words[: repair_intake.SUMMARY_LIMIT], category, found.urgent,
        channel=RepairChannel.PATROL, room_id=order.room_id, building_id=order.building_id,
        facility=order.facility or "", place=order.place or "",
    )  # fmt: skip
    news = repair_intake.put_found(work, form)
    line.repair_id = news.order_id
    return news


def _to_be_checked(work: Work, order_id: UUID) -> WorkOrder:
    order = work_orders.take_order(work, order_id)
    if order.state in FINISHED or order.state is WorkOrderState.CANCELLED:
        word = WORK_ORDER.words[order.state]
        raise DomainError(f"{order.number} 已经是「{word}」，检查项不能再改：要改先重开工单")
    return order
