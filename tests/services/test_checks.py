"""The checklist of an inspection: every line has an answer before it is done; what is broken becomes a repair."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest

from desktop.models.values import CaseLevel, CheckAnswer, OrderKind, RepairCategory, RepairChannel
from desktop.models.work_orders import WorkOrder, WorkOrderState
from desktop.services import check_sums, checks, repair_intake, work_order_page
from desktop.services.acts import Op
from desktop.services.check_sums import ChecksOpen
from desktop.services.checks import CheckRow
from desktop.services.errors import DomainError, ProblemsFound, Refused, RowChanged
from desktop.services.office import Office
from desktop.services.repair_intake import Report, Reported
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.offices import rooms_of, sit_down
from tests.services.due_kit import later, order_event
from tests.services.plan_kit import LINES, inspection_form, put_plan, rounds
from tests.services.test_work_orders import go, order_of


@pytest.fixture
def lead(office: Office, world: SeededWorld) -> Actor:
    world.set_now(datetime(2026, 11, 23, 9, 0, tzinfo=OFFICE_ZONE))
    return sit_down(office, "repair_lead", login="qinl", name="秦岭")


@pytest.fixture
def order(office: Office, lead: Actor) -> UUID:
    """The inspection of the month, which somebody is doing."""
    put_plan(office, inspection_form(office), lead)
    later(office, days=5)
    ((_, made),) = rounds(office)
    for event in ("assign", "begin"):
        order_event(office, made.id, event)
    return made.id


def lines(office: Office, order: UUID) -> list[CheckRow]:
    with look(office, PROGRAM) as reading:
        return checks.checklist_of(reading, order)


def answer(office: Office, actor: Actor, line: UUID, said: CheckAnswer | None, note: str = "") -> None:
    with begin(office, actor, Op.GO_ON_WITH_REPAIR) as work:
        checks.answer_check(work, line, said, note)


def fault(office: Office, actor: Actor, line: UUID) -> Reported:
    with begin(office, actor, Op.REPORT_REPAIR) as work:
        return checks.report_fault(work, line, work.world.new_id())


def test_it_is_done_when_every_line_is_answered(office: Office, lead: Actor, order: UUID) -> None:
    first, second, third = lines(office, order)
    assert [first.words, second.words, third.words] == list(LINES)
    with pytest.raises(ChecksOpen, match="还有 3 项没查"):
        go(office, lead, order, "finish", "都好")
    answer(office, lead, first.id, CheckAnswer.OK)
    answer(office, lead, second.id, CheckAnswer.NONE)
    with pytest.raises(ChecksOpen, match="还有 1 项没查"):
        go(office, lead, order, "finish", "都好")
    with begin(office, lead, Op.GO_ON_WITH_REPAIR) as work:
        assert checks.rest_is_well(work, order) == 1
    assert go(office, lead, order, "finish", "都好") is WorkOrderState.DONE
    with pytest.raises(DomainError, match="先重开工单"):
        answer(office, lead, first.id, CheckAnswer.OK)
    with look(office, lead) as reading:
        checks_of_it = check_sums.CheckSums(3, 0, 0)
        assert work_order_page.order_page(reading, order).checks == checks_of_it
    assert checks_of_it.words == "3 项查完"


def test_what_is_wrong_becomes_one_repair(office: Office, lead: Actor, order: UUID) -> None:
    line = lines(office, order)[0]
    with pytest.raises(ProblemsFound):
        answer(office, lead, line.id, CheckAnswer.BAD)
    with pytest.raises(DomainError, match="不是异常"):
        fault(office, lead, line.id)
    answer(office, lead, line.id, CheckAnswer.BAD, "三层那只在红区")
    news = fault(office, lead, line.id)
    assert not news.again
    assert fault(office, lead, line.id).order_id == news.order_id
    made = order_of(office, news.order_id)
    assert (made.summary, made.category, made.channel, made.kind) == (
        "灭火器压力在绿区：三层那只在红区", RepairCategory.FIRE, RepairChannel.PATROL, OrderKind.REPAIR,
    )  # fmt: skip
    assert made.building_id == order_of(office, order).building_id
    assert lines(office, order)[0].repair == news.number


def test_a_fault_may_lie_anywhere(office: Office, lead: Actor) -> None:
    put_plan(office, inspection_form(office, building_id=None), lead)
    later(office, days=5)
    ((_, made),) = rounds(office)
    line = lines(office, made.id)[1]
    answer(office, lead, line.id, CheckAnswer.BAD, "门卡住")
    assert order_of(office, fault(office, lead, line.id).order_id).building_id is None


def test_of_two_who_look_at_a_line_the_second_is_told(office: Office, lead: Actor, order: UUID) -> None:
    line = lines(office, order)[0]
    answer(office, lead, line.id, CheckAnswer.BAD, "三层那只在红区")
    with begin(office, lead, Op.GO_ON_WITH_REPAIR) as work, pytest.raises(RowChanged):
        checks.answer_check(work, line.id, CheckAnswer.OK, "", line.version)
    assert lines(office, order)[0].answer is CheckAnswer.BAD
    fresh = lines(office, order)[0]
    with begin(office, lead, Op.GO_ON_WITH_REPAIR) as work:
        checks.answer_check(work, line.id, CheckAnswer.OK, "", fresh.version)
    assert lines(office, order)[0].answer is CheckAnswer.OK


def test_notes_keep_no_secrets_and_rights_are_asked(office: Office, lead: Actor, order: UUID) -> None:
    line = lines(office, order)[0]
    with pytest.raises(ProblemsFound):
        answer(office, lead, line.id, CheckAnswer.OK, "找 13800138000")
    answer(office, lead, line.id, CheckAnswer.BAD, "三层那只在红区")
    answer(office, lead, line.id, None)
    assert lines(office, order)[0].answer is None
    with pytest.raises(Refused):
        answer(office, sit_down(office, "auditor", login="audit"), line.id, CheckAnswer.OK)


# ---- levels of complaints and incidents ------------------------------------------------------------------------------


def report(office: Office, actor: Actor, kind: OrderKind, level: CaseLevel | None, room: int = 0) -> WorkOrder:
    form = Report(
        office.world.new_id(), "地下车库被水淹", RepairCategory.OTHER, kind=kind, level=level,
        room_id=rooms_of(office)[room],
    )  # fmt: skip
    with begin(office, actor, Op.REPORT_REPAIR) as work:
        news = repair_intake.report_repair(work, form)
    return order_of(office, news.order_id)


@pytest.mark.parametrize(
    ("kind", "level", "due", "urgent"),
    [
        (OrderKind.INCIDENT, CaseLevel.USUAL, "2026-11-24 09:30", False),
        (OrderKind.INCIDENT, CaseLevel.SERIOUS, "2026-11-23 14:30", False),
        (OrderKind.INCIDENT, CaseLevel.GRAVE, "2026-11-23 10:00", True),
        (OrderKind.COMPLAINT, CaseLevel.SERIOUS, "2026-11-24 09:30", False),
        (OrderKind.COMPLAINT, CaseLevel.GRAVE, "2026-11-23 13:00", True),
    ],
)
def test_a_level_has_a_deadline(
    office: Office, lead: Actor, kind: OrderKind, level: CaseLevel, due: str, urgent: bool
) -> None:
    made = report(office, lead, kind, level)
    assert made.due_at is not None
    assert (made.level, made.urgent) == (int(level), urgent)
    assert f"{made.due_at.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}" == due


def test_a_repair_has_no_level(office: Office, lead: Actor) -> None:
    assert report(office, lead, OrderKind.REPAIR, CaseLevel.GRAVE).level is None
    assert report(office, lead, OrderKind.COMPLAINT, None, room=1).level == 1
