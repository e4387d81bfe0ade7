"""What is due now, for those whom it concerns: one line for each thing, its highest rung; and the answer to it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance
from desktop.models.due import DueAnswer, DueFact, DueMark, DueRun, DueState
from desktop.models.leases import Lease, LeaseRoom
from desktop.models.offices import Project
from desktop.models.places import Building, Room
from desktop.models.values import Right
from desktop.models.work_orders import WorkOrder
from desktop.services.asked import Asked
from desktop.services.due_engine import LONG_SILENCE
from desktop.services.due_rules import RULES, ask_of
from desktop.services.errors import DomainError, NotFound
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

PAGE = 100


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
    due_at: datetime
    subject_table: str
    subject_id: UUID
    subject: str
    """「WJY-2026-A00012 1 栋 301」: a number, a title, a room; no person's name."""
    late: bool
    """It was found more than a day after it was due: the program was off, or the thing was stored late."""


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
    after: DueRow | None = None, limit: int = PAGE,
) -> list[DueRow]:  # fmt: skip
    """What is due now and not settled, the earliest first, as far as the actor may see it.

    `roles`: only what concerns one of these; `rules`: only of these; `after`: the last row of the page before.
    """
    now = look.world.now()
    query = _shown(look, now, rules)
    if roles is not None:
        query = query.where(_concerns(roles))
    if after is not None:
        query = query.where(
            sa.or_(DueFact.due_at > after.due_at, sa.and_(DueFact.due_at == after.due_at, DueFact.id > after.id))
        )
    facts = look.session.scalars(query.order_by(DueFact.due_at, DueFact.id).limit(limit)).all()
    subjects = _subjects(look, facts)
    return [
        DueRow(
            fact.id, fact.rule, rule.title, fact.level, rule.rungs[fact.level].role, rule.rungs[fact.level].words,
            fact.due_at, fact.subject_table, fact.subject_id, subjects.get(fact.subject_id, ""),
            fact.produced_at - fact.due_at > timedelta(days=1),
        )
        for fact in facts
        for rule in (RULES[fact.rule],)
    ]  # fmt: skip


@needs(Right.SEE_BOARD)
def due_counts(look: Look) -> dict[str, int]:
    """{rule: how many things of it are due now}, as far as the actor may see them; rules without any are left out."""
    shown = _shown(look, look.world.now(), None).with_only_columns(DueFact.rule, sa.func.count()).group_by(DueFact.rule)
    found = {row[0]: row[1] for row in look.session.execute(shown)}
    return {name: found[name] for name in RULES if name in found}


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


@needs(Right.SEE_BOARD)
def answer_due(work: Work, fact_id: UUID) -> int:
    """Somebody has dealt with a due thing: it and the rungs below it are settled in their name. Returns how many.

    A later rung comes all the same when its time comes. Raises NotFound, AlreadySettled, and Refused for things the
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
    work.derive(
        sa.update(DueFact)
        .where(DueFact.id.in_([rung.id for rung in rungs]))
        .values(state=DueState.DONE, settled_at=work.at, settled_by=work.actor.staff_id),
        DueFact.__tablename__,
    )
    work.subject_id(fact.subject_table, fact.subject_id)
    work.record(rule=fact.rule, level=fact.level)
    return len(rungs)


# ---- pieces ----------------------------------------------------------------------------------------------------------


def _same_thing(facts: Any, fact: Any) -> sa.ColumnElement[bool]:
    """Rungs of one rule on one subject, counted from the same day or instant."""
    same = facts.cause_on == fact.cause_on, facts.cause_at == fact.cause_at
    return sa.and_(facts.subject_id == fact.subject_id, facts.rule == fact.rule, sa.or_(*same))


def _shown(look: Look, now: datetime, rules: Collection[str] | None) -> sa.Select[Any]:
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
    return sa.select(DueFact).where(DueFact.state == DueState.OPEN, DueFact.due_at <= now, standing, ~taken_over)


def _concerns(roles: Collection[str]) -> sa.ColumnElement[bool]:
    return sa.or_(
        sa.false(),
        *(
            sa.and_(DueFact.rule == name, DueFact.level == level)
            for name, rule in RULES.items()
            for level, rung in enumerate(rule.rungs)
            if rung.role in roles
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
        sa.select(Bill.id, Bill.title, Building.name, Room.number, BillBalance.owed)
        .select_from(Bill)
        .join(BillBalance, BillBalance.bill_id == Bill.id)
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
    return (
        sa.select(Lease.id, Lease.number, Building.name, Room.number.label("room"))
        .select_from(Lease)
        .outerjoin(LeaseRoom, LeaseRoom.id == last)
        .outerjoin(Room, Room.id == LeaseRoom.room_id)
        .outerjoin(Building, Building.id == Room.building_id)
        .where(one_of(Lease.id))
    )


def _order(one_of: Callable[[Any], sa.ColumnElement[bool]]) -> sa.Executable:
    return (
        sa.select(WorkOrder.id, WorkOrder.number, Building.name, Room.number.label("room"), WorkOrder.summary)
        .select_from(WorkOrder)
        .outerjoin(Room, Room.id == WorkOrder.room_id)
        .outerjoin(Building, Building.id == Room.building_id)
        .where(one_of(WorkOrder.id))
    )


_WORDED: Mapping[str, Asked] = {
    "lease": Asked(_lease), "bill": Asked(_bill), "work_order": Asked(_order),
    "project": Asked(lambda one_of: sa.select(Project.id, Project.name).where(one_of(Project.id))),
}  # fmt: skip
