"""What met across offices and needs a person: told in words with both values, and settled by one choice.

A field that two offices wrote keeps one of the two values, and the choice travels like every other change. Whatever
else met has been kept as it came: somebody looks, does what is to be done, and notes what it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.base import Profile, model_of, table_of
from desktop.models.columns import from_wire, to_wire
from desktop.models.parties import BankAccount, PersonDocument
from desktop.models.sync import ConflictTask, FieldHistory, OutboxAct
from desktop.models.values import Right
from desktop.services.errors import DomainError, ProblemsFound, RowChanged
from desktop.services.keys import BlindField
from desktop.services.masks import find_secrets
from desktop.services.parties import blind_field_of
from desktop.services.rights import needs, part
from desktop.services.sync.desk import act_words
from desktop.services.sync.naming import Named, field_words, name_of, state_words, value_words
from desktop.services.sync.troubles import aside_words
from desktop.services.work import Look, Work

SHOWN = 200
NOTE_MOST = 200
EDITED_TWICE, TWICE, TRANSITION, QUARANTINED, REFUSED = (
    "edited_twice", "twice", "transition", "quarantined", "refused",
)  # fmt: skip
KIND_WORDS: Mapping[str, str] = {
    EDITED_TWICE: "两边都改过", TWICE: "两边都有", TRANSITION: "两边办得不同", QUARANTINED: "没有收进来",
    REFUSED: "总部没有收",
}  # fmt: skip
_TWICE_WORDS: Mapping[str, str] = {
    "lease_room": "同一间房两边各租给了一家：日子重叠，请联系两边的租客，换房或撤销一份租约",
    "receipt": "两张收据的号码一样：两笔钱都在，请在其中一张上注明，对账时两笔都算",
    "payment": "同一笔收款两边各冲了一次：请核对退款有没有退两次",
    "bill": "同一期两边各出了一张账单：请核对后作废一张",
    "bill_line": "同一期两边各算了一次：请核对后减免一次",
    "setting": "同一项设置两边各定了一次：现在用的是后定的",
}
_TWICE_ELSE = "两边各登记了一个，号码或名称一样：两个都在，请核对是不是同一个"


class AlreadySettled(DomainError):
    """Somebody at another PC was first."""

    def __init__(self) -> None:
        super().__init__("这一条别人刚处理过了：看下一条就行")


@dataclass(frozen=True, slots=True)
class Sides:
    """A field that two offices wrote: the value that stands, and the one that lost, as they may be shown."""

    field: str
    now: str
    other: str


@dataclass(frozen=True, slots=True)
class Task:
    """Something that met. `version`: of the row whose field was written twice; the choice is for what was seen."""

    id: UUID
    kind: str
    opened_at: datetime
    what: str
    told: str
    sides: Sides | None = None
    version: int = 0

    @property
    def kind_words(self) -> str:
        return KIND_WORDS.get(self.kind, "要看一眼")

    @property
    def brief(self) -> str:
        """The beginning of what happened, for a list."""
        return re.split("[：，；]", self.told)[0]


@needs(Right.SEE_PARTIES)
def open_tasks(look: Look) -> tuple[Task, ...]:
    """What a person is asked to look at, the oldest first."""
    rows = look.session.scalars(
        sa.select(ConflictTask)
        .where(ConflictTask.closed_at.is_(None))
        .order_by(ConflictTask.opened_at, ConflictTask.id)
        .limit(SHOWN)
    )
    return tuple(_task(look, row) for row in rows)


def _task(look: Look, row: ConflictTask) -> Task:
    if row.kind == EDITED_TWICE:
        return _edited_twice(look, row)
    what, told = _words(look, row)
    return Task(row.id, row.kind, row.opened_at, what, told)


def _edited_twice(look: Look, row: ConflictTask) -> Task:
    table, name = row.table_name, row.detail["field"]
    what = str(name_of(look, table, row.row_id))
    field = field_words(table, name)
    current, lost = look.session.get(model_of(table), row.row_id), _loser(look, row)
    if current is None or lost is None or getattr(current, "deleted_at", None) is not None:
        return Task(row.id, row.kind, row.opened_at, what, f"{field}两边都改过；这条资料后来删掉了：看过就行")
    stands = to_wire(table_of(type(current)).c[name], getattr(current, name))
    sides = Sides(
        field, value_words(look, table, row.row_id, name, stands),
        value_words(look, table, row.row_id, name, lost.value),
    )  # fmt: skip
    told = f"{field}两边各改了一次：现在是 {sides.now}，另一边写的是 {sides.other}"
    return Task(row.id, row.kind, row.opened_at, what, told, sides, current.version)  # type: ignore[attr-defined]


def _words(look: Look, row: ConflictTask) -> tuple[str, str]:
    """What it is about, and what happened."""
    detail = row.detail
    if row.kind == TWICE:
        one = name_of(look, row.table_name, row.row_id)
        other = name_of(look, row.table_name, UUID(hex=detail["other"]))
        return _both(one, other), _TWICE_WORDS.get(row.table_name, _TWICE_ELSE)
    if row.kind == TRANSITION:
        is_, to, was = (state_words(detail.get(key)) for key in ("is", "to", "from"))
        told = f"两边改成了不同的状态：原来是「{was}」，一边改成「{is_}」，另一边改成「{to}」：请核对现在的状态对不对"
        return str(name_of(look, row.table_name, row.row_id)), told
    if row.kind == REFUSED:
        header = look.session.scalar(sa.select(OutboxAct.header).where(OutboxAct.act_id == row.row_id))
        told = f"{aside_words(detail.get('why', ''))}；本机的还在，别的管理处看不到"
        return act_words(bytes(header)) if header is not None else "本机的一笔", told
    if row.kind == QUARANTINED:
        return act_words(bytes.fromhex(detail.get("header", ""))), f"{aside_words(detail.get('why', ''))}，没有收进来"
    return str(name_of(look, row.table_name, row.row_id)), "两边对不上：请核对"


def _both(one: Named, other: Named) -> str:
    names = [name for name in dict.fromkeys((one.name, other.name)) if name]
    return f"{one.noun} {'、'.join(names)}".strip()


def _loser(look: Look, row: ConflictTask) -> FieldHistory | None:
    """The value that lost when the task was opened: both were written by one act at one instant."""
    lost = (
        sa.select(FieldHistory)
        .where(
            FieldHistory.table_name == row.table_name, FieldHistory.row_id == row.row_id,
            FieldHistory.field == row.detail["field"], FieldHistory.at <= row.opened_at,
        )
        .order_by(FieldHistory.at.desc(), FieldHistory.hlc.desc())
        .limit(1)
    )  # fmt: skip
    return look.session.scalars(lost).first()


# ---- settling --------------------------------------------------------------------------------------------------------


@needs(Right.EDIT_LEASES)
def keep_present(work: Work, task_id: UUID) -> None:
    """The value that stands is right. Raises AlreadySettled."""
    task = _open(work, task_id)
    _close(work, task, kept="present", field=task.detail.get("field", ""))


@needs(Right.EDIT_LEASES)
def take_other(work: Work, task_id: UUID, version: int) -> str:
    """The value of the other side is right: it is written, here and everywhere; returns it as it may be shown.

    `version`: of the row that was looked at. Raises AlreadySettled, RowChanged.
    """
    task = _open(work, task_id)
    lost = _loser(work, task) if task.kind == EDITED_TWICE else None
    if lost is None:
        raise DomainError("另一个值已经不在了：请选「保留现在的」")
    table, name = task.table_name, task.detail["field"]
    row: Any = work.take(model_of(table), task.row_id)
    if row.version != version:
        raise RowChanged({}, {})
    setattr(row, name, from_wire(table_of(type(row)).c[name], lost.value))
    _follow(work, row, name)
    row.updated_at = work.at
    _close(work, task, kept="other", field=name)
    return value_words(work, table, task.row_id, name, lost.value)


@needs(Right.EDIT_LEASES)
def note_settled(work: Work, task_id: UUID, note: str) -> None:
    """Somebody has looked and done what was to be done. Raises ProblemsFound, AlreadySettled."""
    if problem := note_problem(note):
        raise ProblemsFound({"note": problem})
    task = _open(work, task_id)
    task.detail = task.detail | {"note": note.strip()}
    _close(work, task, reason=note.strip())


def note_problem(note: str) -> str:
    """Why a note cannot be kept; empty when it can."""
    text = note.strip()
    if len(text) < 2:
        return "写一句怎么处理的，例如 已和租客说好换到 1203"
    if len(text) > NOTE_MOST:
        return f"最多 {NOTE_MOST} 个字"
    return "里面有证件号、卡号或手机号：换成姓名、房号" if find_secrets(text) else ""


@part
def _follow(work: Work, row: Profile, name: str) -> None:
    """What a sealed number is found by goes with it."""
    if name != "number" or not isinstance(row, PersonDocument | BankAccount):
        return
    number = work.unsealed(row, "number") or ""
    blind = blind_field_of(row.kind) if isinstance(row, PersonDocument) else BlindField.BANK_ACCOUNT
    row.number_index, row.number_tail = work.vault.blind(blind, number), work.vault.blind_tail(blind, number)


def _open(work: Work, task_id: UUID) -> ConflictTask:
    task = work.session.get(ConflictTask, task_id, with_for_update=True, populate_existing=True)
    if task is None or task.closed_at is not None:
        raise AlreadySettled
    return task


def _close(work: Work, task: ConflictTask, **facts: str) -> None:
    task.closed_at, task.closed_by = work.at, work.actor.staff_id
    if task.table_name not in ("outbox", "outbox_act"):
        work.subject_id(task.table_name, task.row_id)
    work.record(met=task.kind, **facts)
