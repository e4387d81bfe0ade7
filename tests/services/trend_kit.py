"""Months of orders with all their histories, told at random, and the same figures counted by hand: nothing here knows
of SQL, spans or sums of the program."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.places import Room
from desktop.models.values import OrderKind, RepairCategory
from desktop.models.work_orders import WorkOrder, WorkOrderEvent, WorkOrderState
from desktop.services import repair_clock, technicians
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.technicians import TeamForm, TechnicianForm
from desktop.services.work import PROGRAM, Work, begin
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.offices import rooms_of

W = WorkOrderState
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
CATEGORIES = (RepairCategory.WATER, RepairCategory.LIFT, RepairCategory.ORDER, RepairCategory.OTHER)


@dataclass
class Told:
    """One order as whoever tells the story knows it."""

    number: str
    room: UUID | None
    house: UUID
    floor: int | None
    facility: str
    category: RepairCategory
    complaint: bool
    urgent: bool
    rectifies: bool
    at: datetime
    due: datetime
    promised: datetime | None = None
    state: WorkOrderState = W.REPORTED
    hands: str = ""
    answered: datetime | None = None
    done: datetime | None = None
    finished_by: list[str] = field(default_factory=list)
    reopened_by: list[str] = field(default_factory=list)
    rated: list[tuple[str, int]] = field(default_factory=list)
    waits: list[tuple[datetime, datetime | None]] = field(default_factory=list)


def crew(office: Office) -> dict[str, str]:
    """Two teams, three people; {hex: name}."""
    found = {}
    with begin(office, PROGRAM, Op.CHANGE_TECHNICIANS) as work:
        work.authorised += 1
        teams = [technicians.save_team(work, TeamForm(name, frozenset())) for name in ("水电班", "综合班")]
        work.session.flush()
        for name, team in (("方一鸣", teams[0]), ("卢大勇", teams[0]), ("石磊", teams[1])):
            found[technicians.save_technician(work, TechnicianForm(name, team)).hex] = name
    return found


def tell(office: Office, seed: int, orders: int, months: int) -> list[Told]:
    """A story of so many orders, stored row by row; the clock ends behind it."""
    source, world = random.Random(seed), office.world
    assert isinstance(world, SeededWorld)
    people = sorted(crew(office))
    start = datetime(2026, 3, 2, 0, 0, tzinfo=OFFICE_ZONE)
    moments = sorted(start + source.randrange(months * 30 * 1440) * MINUTE for _ in range(orders))
    with office.reading() as session:
        rooms = [(row, session.get_one(Room, row)) for row in rooms_of(office)]
        places = [(row, room.building_id, room.floor) for row, room in rooms]
    found: list[Told] = []
    for n, at in enumerate(moments):
        world.set_now(at)
        with begin(office, PROGRAM, Op.REPORT_REPAIR) as work:
            work.authorised += 1
            found.append(_one(work, source, n, places, people, found))
    world.set_now(start + (months * 30 + source.randrange(3)) * DAY)
    return found


def _one(
    work: Work, source: random.Random, n: int, places: list[Any], people: list[str], before: list[Told]
) -> Told:  # fmt: skip
    category = source.choice(CATEGORIES)
    room, house, floor = source.choice(places[:3])
    if category is RepairCategory.LIFT and source.random() < 0.7:
        room, floor = None, None
    facility = source.choice(("", "1 号电梯", "2 号电梯")) if category is RepairCategory.LIFT else ""
    complaint = source.random() < 0.3
    urgent = source.random() < 0.2
    at = work.at
    rules = repair_clock.rules_of(work)
    due = rules.promise(category, urgent, at)
    rectifies = bool(before) and source.random() < 0.05
    told = Told(f"W{n:04d}", room, house, floor, facility, category, complaint, urgent, rectifies, at, due)
    order = WorkOrder(
        id=work.world.new_id(), number=told.number, state=W.REPORTED, category=category, urgent=urgent, room_id=room,
        kind=(OrderKind.COMPLAINT if complaint else OrderKind.REPAIR).value, summary="水龙头滴水",
        building_id=None if room else house, facility=facility or None, due_at=due,
        follows_id=_any_id(work) if rectifies else None,
    )  # fmt: skip
    work.add(order)
    _live(work, source, order, told, people)
    order.state, order.done_at, order.due_at, order.promised_at = told.state, told.done, told.due, told.promised
    order.technician_id = UUID(hex=told.hands) if told.hands else None
    return told


def _any_id(work: Work) -> UUID:
    return work.session.scalars(sa.select(WorkOrder.id).limit(1)).one()


def _live(work: Work, source: random.Random, order: WorkOrder, told: Told, people: list[str]) -> None:
    """Events at times of their own, later than the report."""
    at = told.at

    def event(kind: str, state: WorkOrderState | None, stands: bool | None = None, **detail: Any) -> None:
        row = WorkOrderEvent(work_order_id=order.id, kind=kind, state=state, stands=stands, note=None, detail=detail)
        work.add(row).created_at = at
        if state is not None:
            told.state = state

    def later(most: int) -> None:
        nonlocal at
        at += source.randrange(1, most) * MINUTE

    event("reported", W.REPORTED)
    if source.random() < 0.1:
        return
    if source.random() < 0.05:
        later(600)
        event("cancel", W.CANCELLED)
        return
    for turn in range(3):
        told.hands = source.choice(people)
        later(400)
        event("assign", W.ASSIGNED, technician=told.hands)
        if source.random() < 0.1:
            return
        later(400)
        event("accept", W.ACCEPTED)
        told.answered = told.answered or at
        if source.random() < 0.25:
            began = at
            event("wait_tenant", W.WAITING_TENANT, True)
            if source.random() < 0.2:
                told.waits.append((began, None))
                return
            later(6000)
            event("resume", W.WORKING, False)
            told.waits.append((began, at))
        if source.random() < 0.1:
            return
        later(3000)
        event("finish", W.DONE, technician=told.hands)
        told.done = at
        told.finished_by.append(told.hands)
        for _ in range(source.choice((0, 1, 1, 2))):
            later(600)
            stars = source.randint(1, 5)
            event("rate", None, technician=told.hands, stars=stars)
            told.rated.append((told.hands, stars))
        if turn == 2 or source.random() > 0.2:
            return
        later(4000)
        event("reopen", W.REPORTED, technician=told.hands)
        told.reopened_by.append(told.hands)
        told.hands, told.done = "", None
        rules = repair_clock.rules_of(work)
        told.promised, told.due = at, rules.promise(told.category, told.urgent, at)
        if source.random() < 0.2:
            return


# ---- by hand ---------------------------------------------------------------------------------------------------------


def works(at: datetime) -> bool:
    """Whether the office is open in the minute that begins then (the plain office day, no country's holidays)."""
    here = at.astimezone(OFFICE_ZONE)
    of_day = here.hour * 60 + here.minute
    return 510 <= of_day < 720 or 810 <= of_day < 1050


def minutes_between(since: datetime, until: datetime, told: Told, *, waits: bool) -> int:
    """Minute by minute."""
    found, at = 0, since
    while at < until:
        stood = waits and any(a <= at and (b is None or at < b) for a, b in told.waits)
        found += (told.urgent or works(at)) and not stood
        at += MINUTE
    return found


def moved_promise(told: Told) -> datetime | None:
    """The promise, later by what the clock stood still since it was given; None: it stands."""
    since = told.promised or told.at
    waits = [(a, b) for a, b in told.waits if b is None or b > since]
    if not waits:
        return told.due
    budget = minutes_between(since, told.due, told, waits=False)
    at = since
    while budget:
        stood = [b for a, b in waits if a <= at and (b is None or at < b)]
        if None in stood:
            return None
        budget -= bool((told.urgent or works(at)) and not stood)
        at += MINUTE
    return max(told.due, at)
