"""What is due now, for those whom it concerns: one line for each thing, its highest rung; and the answer to it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance
from desktop.models.due import DueAnswer, DueFact, DueMark, DueRun, DueState
from desktop.models.leases import Lease, LeaseParty, LeaseRoom
from desktop.models.offices import Project
from desktop.models.parties import Party
from desktop.models.places import Building, Room
from desktop.models.values import LeaseRole, Money, Right
from desktop.models.work_orders import WorkOrder
from desktop.services.asked import Asked
from desktop.services.due_engine import LONG_SILENCE
from desktop.services.due_rules import RULES, DueRule, Rung, ask_of
from desktop.services.errors import DomainError, NotFound
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

PAGE = 100


class Needless(StrEnum):
    """Why a due thing needs nothing done. Words to choose from: what somebody types might name a person, and an answer
    is never erased."""

    ELSEWHERE = "elsewhere"
    AGREED = "agreed"
    WRONG = "wrong"
    NOT_OURS = "not_ours"


NEEDLESS_WORDS = {
    Needless.ELSEWHERE: "已经用别的办法办了",
    Needless.AGREED: "和租客说好了，不用办",
    Needless.WRONG: "资料记错了，会去改",
    Needless.NOT_OURS: "不归我们管",
}


class AlreadySettled(DomainError):
    """The due thing was answered by somebody else, or its cause has gone meanwhile; `gone` says why, "" if answered."""

    def __init__(self, gone: str) -> None:
        super().__init__(f"这件事不用再办了（{gone or '同事已经办过'}）：按 F5 刷新")
        self.gone = gone


@dataclass(frozen=True, slots=True)
class DueRow:
    """One due thing as a clerk reads it."""

    id: UUID
    rule: str
    title: str
    level: int
    role: str
    """Whom it concerns by now: a role of `access.SHIPPED`."""
    words: str
    late: bool
    """The thing itself is overdue, not only to be thought of."""
    cause: date | datetime
    """The day or instant its time is counted from: last day of a lease, due day of a bill, report of a repair."""
    due_at: datetime
    subject_table: str
    subject_id: UUID
    subject: str
    """「WJY-2026-A00012 1 栋 301 顾听澜」: a number or title, a room, and whom it is about."""
    owed: Money | None
    """What is open of a bill; None for everything else."""
    found_late: bool
    """It was found more than a day after it was due: the program was off, or the thing was stored late."""

    @property
    def what_to_do(self) -> str:
        """The words without when it fell due: 「问租客是否续租」."""
        return self.words.partition("：")[2] or self.words


@dataclass(frozen=True, slots=True)
class DueHealth:
    """Whether the engine runs, as the database knows it."""

    last_run_at: datetime | None
    """Of any PC of the office; None: it never ran."""
    silent_for: timedelta | None
    open: int
    early: int
    """Open facts whose time has not come: a clock was ahead when they were found."""

    @property
    def silent(self) -> bool:
        """Whether the engine stood still for so long that it must be told."""
        return self.silent_for is not None and self.silent_for >= LONG_SILENCE


@needs(Right.SEE_BOARD)
def list_due(
    look: Look, roles: Collection[str] | None = None, rules: Collection[str] | None = None,
    after: DueRow | None = None, limit: int = PAGE, *, late: bool | None = None, without: Collection[UUID] = (),
    only: Collection[UUID] | None = None, offset: int = 0,
) -> list[DueRow]:  # fmt: skip
    """What is due now and not settled, the earliest first, as far as the actor may see it.

    `roles`: only what concerns one of these; `rules`: only of these; `after`: the last row of the page before;
    `late`: only what is overdue, or only what is not; `without`: not these facts; `only`: none but these; `offset`:
    rows passed over.
    """
    now = look.world.now()
    query = _shown(look, now, rules, without)
    if roles is not None:
        query = query.where(_rungs(lambda _rule, _level, rung: rung.role in roles))
    if only is not None:
        query = query.where(DueFact.id.in_(only))
    if late is not None:
        query = query.where(_rungs(lambda rule, level, _rung: (level >= rule.late_from) is late))
    if after is not None:
        query = query.where(
            sa.or_(DueFact.due_at > after.due_at, sa.and_(DueFact.due_at == after.due_at, DueFact.id > after.id))
        )
    facts = look.session.scalars(query.order_by(DueFact.due_at, DueFact.id).offset(offset).limit(limit)).all()
    subjects = _subjects(look, facts)
    owed = {
        row.bill_id: row.owed
        for row in _OWED.rows(look.connection, sorted({one.subject_id for one in facts if one.subject_table == "bill"}))
    }
    return [
        DueRow(
            fact.id, fact.rule, rule.title, fact.level, rule.rungs[fact.level].role, rule.rungs[fact.level].words,
            fact.level >= rule.late_from, fact.cause_on or fact.cause_at or fact.due_at, fact.due_at,
            fact.subject_table, fact.subject_id, subjects.get(fact.subject_id, ""),
            owed.get(fact.subject_id), fact.produced_at - fact.due_at > timedelta(days=1),
        )
        for fact in facts
        for rule in (RULES[fact.rule],)
    ]  # fmt: skip


@needs(Right.SEE_BOARD)
def due_counts(look: Look) -> dict[str, int]:
    """{rule: how many things of it are due now}, as far as the actor may see them; rules without any are left out."""
    found: dict[str, int] = {}
    for (rule, _level), count in rung_counts(look).items():
        found[rule] = found.get(rule, 0) + count
    return {name: found[name] for name in RULES if name in found}


@part
def rung_counts(look: Look, without: Collection[UUID] = ()) -> dict[tuple[str, int], int]:
    """{(rule, rung): how many things stand there now}, as far as the actor may see them."""
    shown = (
        _shown(look, look.world.now(), None, without)
        .with_only_columns(DueFact.rule, DueFact.level, sa.func.count())
        .group_by(DueFact.rule, DueFact.level)
    )
    return {(row[0], row[1]): row[2] for row in look.session.execute(shown)}


@needs(Right.SEE_BOARD)
def due_health(look: Look) -> DueHealth:
    """Whether the engine runs: for the light in the status bar, the sign-in and `office check`."""
    return health_of(look)


@part
def health_of(look: Look) -> DueHealth:
    """`due_health` inside another look."""
    now = look.world.now()
    last: datetime | None = look.session.scalar(sa.select(sa.func.max(DueRun.last_run_at)))
    counted = sa.select(sa.func.count()).select_from(DueFact).where(DueFact.state == DueState.OPEN)
    return DueHealth(
        last,
        None if last is None else max(now - last, timedelta()),
        look.session.scalar(counted.where(DueFact.due_at <= now)) or 0,
        look.session.scalar(counted.where(DueFact.due_at > now)) or 0,
    )


@needs(Right.WRITE_NOTES)
def answer_due(work: Work, fact_id: UUID, needless: Needless | None = None) -> int:
    """Somebody has dealt with a due thing: it and the rungs below it are settled in their name. Returns how many.

    `needless`: nothing was to be done, for this reason; it stands beside the fact and in the log. A later rung comes
    all the same when its time comes. Raises NotFound, AlreadySettled, and Refused for things the
    actor may not see.
    """
    rule = work.session.scalar(sa.select(DueFact.rule).where(DueFact.id == fact_id))
    if rule is None or rule not in RULES:
        raise NotFound("这件到期的事")
    work.require(RULES[rule].right)
    # An engine on another PC holds the marks while it looks: it and we come one after the other.
    work.session.execute(sa.select(DueMark.rule).where(DueMark.rule == rule).with_for_update())
    fact = work.session.execute(sa.select(DueFact).where(DueFact.id == fact_id)).scalar_one()
    if fact.state is not DueState.OPEN:
        raise AlreadySettled(fact.reason or "")
    rungs = work.session.scalars(
        sa.select(DueFact)
        .where(_same_thing(DueFact, fact), DueFact.level <= fact.level, DueFact.state == DueState.OPEN)
        .order_by(DueFact.level)
    ).all()
    for rung in rungs:
        work.add(DueAnswer(fact_key=rung.key, rule=rung.rule, subject_id=rung.subject_id, due_at=rung.due_at))
    reason = None if needless is None else NEEDLESS_WORDS[needless]
    work.derive(
        sa.update(DueFact)
        .where(DueFact.id.in_([rung.id for rung in rungs]))
        .values(state=DueState.DONE, settled_at=work.at, settled_by=work.actor.staff_id, reason=reason),
        DueFact.__tablename__,
    )
    work.subject_id(fact.subject_table, fact.subject_id)
    work.record(rule=fact.rule, level=fact.level)
    if needless is not None:
        work.record(needless=needless.value)
    return len(rungs)


# ---- pieces ----------------------------------------------------------------------------------------------------------


def _same_thing(facts: Any, fact: Any) -> sa.ColumnElement[bool]:
    """Rungs of one rule on one subject, counted from the same day or instant."""
    same = facts.cause_on == fact.cause_on, facts.cause_at == fact.cause_at
    return sa.and_(facts.subject_id == fact.subject_id, facts.rule == fact.rule, sa.or_(*same))


def _shown(look: Look, now: datetime, rules: Collection[str] | None, without: Collection[UUID] = ()) -> sa.Select[Any]:
    """Open facts whose time has come and whose cause stands, of rules the actor may see, without those a higher rung of
    the same thing has taken over. Worked out anew at each look: what was paid a moment ago is gone, and a rung from a
    clock that was ahead hides nothing."""
    seen = [
        name for name, rule in RULES.items() if rule.right in look.actor.rights and (rules is None or name in rules)
    ]
    higher = sa.orm.aliased(DueFact)
    taken_over = (
        sa.select(higher.id)
        .where(_same_thing(higher, DueFact), higher.level > DueFact.level, higher.due_at <= now)
        .correlate(DueFact)
        .exists()
    )
    ask = ask_of(look, now)
    standing = sa.or_(sa.false(), *(sa.and_(DueFact.rule == name, RULES[name].stands(ask)) for name in seen))
    query = sa.select(DueFact).where(DueFact.state == DueState.OPEN, DueFact.due_at <= now, standing, ~taken_over)
    return query.where(DueFact.id.not_in(without)) if without else query


def _rungs(wanted: Callable[[DueRule, int, Rung], bool]) -> sa.ColumnElement[bool]:
    """Facts of the rungs that are wanted."""
    return sa.or_(
        sa.false(),
        *(
            sa.and_(DueFact.rule == name, DueFact.level == level)
            for name, rule in RULES.items()
            for level, rung in enumerate(rule.rungs)
            if wanted(rule, level, rung)
        ),
    )


def _subjects(look: Look, facts: Sequence[DueFact]) -> dict[UUID, str]:
    wanted: dict[str, set[UUID]] = {}
    for fact in facts:
        wanted.setdefault(fact.subject_table, set()).add(fact.subject_id)
    return {
        row[0]: " ".join(str(piece) for piece in row[1:] if piece)
        for table, ids in wanted.items()
        for row in _WORDED[table].rows(look.connection, sorted(ids))
    }


def _bill(one_of: Callable[[Any], sa.ColumnElement[bool]]) -> sa.Executable:
    return (
        sa.select(Bill.id, Bill.title, Building.name, Room.number, Party.name.label("debtor"))
        .select_from(Bill)
        .join(Party, Party.id == Bill.debtor_id)
        .outerjoin(Room, Room.id == Bill.room_id)
        .outerjoin(Building, Building.id == Room.building_id)
        .where(one_of(Bill.id))
    )


def _lease(one_of: Callable[[Any], sa.ColumnElement[bool]]) -> sa.Executable:
    room = sa.orm.aliased(LeaseRoom)
    last = (
        sa.select(room.id)
        .where(room.lease_id == Lease.id, room.deleted_at.is_(None))
        .order_by(room.valid_from.desc(), room.id.desc())
        .limit(1)
        .correlate(Lease)
        .scalar_subquery()
    )
    person = sa.orm.aliased(LeaseParty)
    tenant = (
        sa.select(person.party_id)
        .where(person.lease_id == Lease.id, person.role == LeaseRole.TENANT, person.deleted_at.is_(None))
        .order_by(person.valid_from, person.id)
        .limit(1)
        .correlate(Lease)
        .scalar_subquery()
    )
    return (
        sa.select(Lease.id, Lease.number, Building.name, Room.number.label("room"), Party.name.label("tenant"))
        .select_from(Lease)
        .outerjoin(Party, Party.id == tenant)
        .outerjoin(LeaseRoom, LeaseRoom.id == last)
        .outerjoin(Room, Room.id == LeaseRoom.room_id)
        .outerjoin(Building, Building.id == Room.building_id)
        .where(one_of(Lease.id))
    )


def _order(one_of: Callable[[Any], sa.ColumnElement[bool]]) -> sa.Executable:
    return (
        sa.select(
            WorkOrder.id,
            WorkOrder.number,
            Building.name,
            Room.number.label("room"),
            WorkOrder.facility,
            WorkOrder.summary,
        )
        .select_from(WorkOrder)
        .outerjoin(Room, Room.id == WorkOrder.room_id)
        .outerjoin(Building, Building.id == sa.func.coalesce(Room.building_id, WorkOrder.building_id))
        .where(one_of(WorkOrder.id))
    )


_OWED = Asked(lambda one_of: sa.select(BillBalance.bill_id, BillBalance.owed).where(one_of(BillBalance.bill_id)))

_WORDED: Mapping[str, Asked] = {
    "lease": Asked(_lease), "bill": Asked(_bill), "work_order": Asked(_order),
    "project": Asked(lambda one_of: sa.select(Project.id, Project.name).where(one_of(Project.id))),
}  # fmt: skip
