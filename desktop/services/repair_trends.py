"""Trends of repairs 报修趋势: what was reported in a span of days, how it was answered, mended and judged.

Every figure is about the orders **reported** in the span (office time, both days counted), but those that somebody
deleted; the rounds of a plan are nobody's report and count nowhere. Rectifications 整改, which the program makes, count
nowhere but in the work of whoever did them. Definitions:

- heat map: orders that were not cancelled, by building × floor × category; of common parts no floor is known.
- repeat fault: a repair of the same room (of lift and fire: the same house and facility) and category, at most 90 days
  after the one before, also where that one lies before the span. `other` is no category that could repeat.
- busy lift: more than 5 orders about one lift in a calendar month, as far as it lies in the span (K-16).
- complaint kind: more than 30 % of all complaints are of one category (K-16).
- answer kept: somebody said that they would do it within the answer's working minutes of today's rules; one that is not
  answered and not late yet counts for neither, nor one that was cancelled before.
- promise kept: done by the promise, moved by what the clock stood still (`repair_clock`); an open one that is late
  counts as broken, one that is not late yet for neither. Of an order that was opened again, the last promise counts.
- times: working minutes (of urgent orders all minutes) from the report to the first answer, and to the last finish
  without the waits for the tenant.
- reopened: orders that were opened again, of those that were done at least once. It counts for whoever had done them.
- ratings: of each order the latest, for whoever did it then, also where it was opened again since: what somebody said
  of bad work must not vanish with it. Good is 4 and 5.

Each figure is one statement, over ids: an order's id tells when it was made, so an old year costs what is in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.ids import make_id
from desktop.models.offices import Project
from desktop.models.parties import Party
from desktop.models.places import Building, Room
from desktop.models.values import OrderKind, RepairCategory, Right
from desktop.models.work_orders import (
    FINISHED,
    OPEN,
    UNANSWERED,
    Contractor,
    RepairTeam,
    Technician,
    WorkOrder,
    WorkOrderEvent,
    WorkOrderState,
)
from desktop.services import repair_clock
from desktop.services.errors import ProblemsFound
from desktop.services.repair_clock import MINUTE, ClockRules
from desktop.services.repair_figures import (
    BUSY_LIFT,
    REPEAT_DAYS,
    BusyLift,
    ComplaintKind,
    Hands,
    HeatCell,
    Repeat,
    Sums,
    Trends,
)
from desktop.services.repair_intake import COMMON, REPORTED_KINDS
from desktop.services.rights import needs, part
from desktop.services.work import Look
from desktop.services.working_time import Pause, working_time_between
from desktop.world import OFFICE_ZONE

LONGEST_DAYS = 1100
"""Three years: more months than a page or a sheet of paper has room for."""
_FORM_OPEN = timedelta(days=60)
"""The id of an order is made when its form is opened, which may wait as a draft; so long at most."""
FIRM_TEAM = "外包"
NO_TEAM = "不属班组"
NOBODY = "没记是谁"


@dataclass(frozen=True, slots=True)
class TrendsWanted:
    """Which days, both counted, and one building (None: all, and what is about none)."""

    since: date
    until: date
    building_id: UUID | None = None


def wanted_problems(wanted: TrendsWanted) -> dict[str, str]:
    """What is wrong with the days, by field."""
    if wanted.since > wanted.until:
        return {"until": "止日早于起日：改其中一个"}
    if (wanted.until - wanted.since).days >= LONGEST_DAYS:
        return {"until": "一次最多看三年：把起日改近一些"}
    return {}


@needs(Right.SEE_REPAIRS)
def repair_trends(look: Look, wanted: TrendsWanted) -> Trends:
    """Every figure of the span. Raises ProblemsFound."""
    return read_trends(look, wanted)


@part
def read_trends(look: Look, wanted: TrendsWanted) -> Trends:
    """`repair_trends` inside another function."""
    if problems := wanted_problems(wanted):
        raise ProblemsFound(problems)
    look.settle()
    houses = look.session.execute(
        sa.select(Building.id, Building.name)
        .where(Building.deleted_at.is_(None))
        .order_by(Building.sort, Building.name)
    ).all()
    hands = _Hands(look)
    rows = _reported(look, wanted)
    events = _judged(look, wanted)
    clocks = _Clocks(look, wanted, rows)
    project = look.session.get_one(Project, look.office.project_id)
    return Trends(
        office=f"{project.organisation} · {project.name}", since=wanted.since, until=wanted.until,
        made_on=look.world.today(), building_id=wanted.building_id,
        building=next((row.name for row in houses if row.id == wanted.building_id), ""),
        buildings=tuple((row.id, row.name) for row in houses),
        heat=_heat(look, wanted), repeats=_repeats(look, wanted), lifts=_lifts(look, wanted),
        complaints=_complaint_kinds(rows), **_measured(rows, events, clocks, hands),
    )  # fmt: skip


# ---- which orders ----------------------------------------------------------------------------------------------------


def instants(since: date, until: date) -> tuple[datetime, datetime]:
    """The instants between which days of the office lie: from, and before."""
    midnight = datetime.combine(since, time(), OFFICE_ZONE)
    return midnight, datetime.combine(until + timedelta(days=1), time(), OFFICE_ZONE)


def _first_id(at: datetime) -> UUID:
    """The least id that can be made at an instant."""
    return make_id(max(0, int(at.timestamp() * 1000)) << 80)


def _in_days(since: datetime, until: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Reported in [since, until): found by the ids, told exactly by the instant."""
    return (
        WorkOrder.id >= _first_id(since - _FORM_OPEN), WorkOrder.id < _first_id(until + timedelta(days=1)),
        WorkOrder.created_at >= since, WorkOrder.created_at < until, WorkOrder.deleted_at.is_(None),
    )  # fmt: skip


def _house() -> sa.ColumnElement[UUID | None]:
    return sa.func.coalesce(Room.building_id, WorkOrder.building_id)


def _of(wanted: TrendsWanted) -> list[sa.ColumnElement[bool]]:
    """The orders of the span and building; join the room."""
    found = [
        *_in_days(*instants(wanted.since, wanted.until)),
        WorkOrder.kind.in_([each.value for each in REPORTED_KINDS]),
    ]
    if wanted.building_id is not None:
        found.append(sa.or_(Room.building_id == wanted.building_id, WorkOrder.building_id == wanted.building_id))
    return found


_NO_RECTIFICATION = WorkOrder.follows_id.is_(None)
_STANDS = WorkOrder.state != WorkOrderState.CANCELLED


def _reported(look: Look, wanted: TrendsWanted) -> Sequence[sa.Row[Any]]:
    """The orders, each with when somebody first said that they would do it."""
    answered = (
        sa.select(WorkOrderEvent.work_order_id, sa.func.min(WorkOrderEvent.created_at).label("at"))
        .where(
            WorkOrderEvent.state.is_not(None),
            WorkOrderEvent.state.not_in((*UNANSWERED, WorkOrderState.CANCELLED)),
            WorkOrderEvent.work_order_id.in_(_ids(wanted)),
        )
        .group_by(WorkOrderEvent.work_order_id)
        .subquery()
    )
    found: Sequence[Any] = look.connection.execute(
        sa.select(
            WorkOrder.id, WorkOrder.kind, WorkOrder.state, WorkOrder.category, WorkOrder.urgent, WorkOrder.created_at,
            WorkOrder.due_at, WorkOrder.promised_at, WorkOrder.done_at, WorkOrder.technician_id,
            WorkOrder.contractor_id, WorkOrder.follows_id, answered.c.at.label("answered_at"),
        )
        .outerjoin(Room, Room.id == WorkOrder.room_id)
        .outerjoin(answered, answered.c.work_order_id == WorkOrder.id)
        .where(*_of(wanted))
        .order_by(WorkOrder.id)
    ).all()  # fmt: skip
    return found


def _ids(wanted: TrendsWanted) -> sa.Select[UUID]:
    return sa.select(WorkOrder.id).outerjoin(Room, Room.id == WorkOrder.room_id).where(*_of(wanted))


def _judged(look: Look, wanted: TrendsWanted) -> Sequence[sa.Row[Any]]:
    """What tells who did it, who had to come again, and how it was liked, in order."""
    return look.connection.execute(
        sa.select(WorkOrderEvent.work_order_id, WorkOrderEvent.kind, WorkOrderEvent.detail)
        .where(
            WorkOrderEvent.work_order_id.in_(_ids(wanted)), WorkOrderEvent.kind.in_(("finish", "reopen", "rate")),
        )
        .order_by(WorkOrderEvent.created_at, WorkOrderEvent.id)
    ).all()  # fmt: skip


# ---- where and what --------------------------------------------------------------------------------------------------


def _heat(look: Look, wanted: TrendsWanted) -> tuple[HeatCell, ...]:
    house = _house().label("house")
    rows = look.session.execute(
        sa.select(house, Room.floor, WorkOrder.category, sa.func.count().label("n"))
        .select_from(WorkOrder)
        .outerjoin(Room, Room.id == WorkOrder.room_id)
        .where(*_of(wanted), _STANDS, _NO_RECTIFICATION)
        .group_by(house, Room.floor, WorkOrder.category)
    )
    return tuple(HeatCell(row.house, row.floor, RepairCategory(row.category), row.n) for row in rows)


def _repeats(look: Look, wanted: TrendsWanted) -> tuple[Repeat, ...]:
    """Same thing, same category, at most so many days after the one before; the most often first."""
    since, until = instants(wanted.since, wanted.until)
    far = timedelta(days=REPEAT_DAYS)
    room = sa.case((WorkOrder.category.not_in(tuple(COMMON)), WorkOrder.room_id))  # what a house shares is of no room
    house, facility = _house(), sa.func.coalesce(WorkOrder.facility, "")
    thing = (WorkOrder.category, room, house, facility)
    span = _in_days(since - far, until)
    query = (
        sa.select(
            WorkOrder.number, WorkOrder.created_at, WorkOrder.category, room.label("room"), house.label("house"),
            facility.label("facility"),
            _before(WorkOrder.created_at, thing).label("previous"),
            _before(WorkOrder.number, thing).label("previous_number"),
        )
        .outerjoin(Room, Room.id == WorkOrder.room_id)
        .where(
            *span, _STANDS, _NO_RECTIFICATION, WorkOrder.kind == OrderKind.REPAIR.value,
            WorkOrder.category != RepairCategory.OTHER, _house().is_not(None),
        )
    )  # fmt: skip
    if wanted.building_id is not None:
        query = query.where(_house() == wanted.building_id)
    one = query.subquery()
    rows = look.session.execute(
        sa.select(one).where(one.c.previous.is_not(None), one.c.created_at >= since).order_by(one.c.created_at)
    ).all()
    chains: dict[tuple[Any, ...], dict[str, datetime]] = defaultdict(dict)
    for row in rows:
        if row.created_at - row.previous <= far:
            chain = chains[row.category, row.room, row.house, row.facility]
            chain.setdefault(row.previous_number, row.previous)
            chain[row.number] = row.created_at
    names = _places(look, {key[1] for key in chains}, {key[2] for key in chains})
    found = [
        Repeat(
            _thing(names, room_id, house_id, facility),
            room_id,
            RepairCategory(category),
            tuple(chain),
            max(chain.values()).astimezone(OFFICE_ZONE).date(),
        )
        for (category, room_id, house_id, facility), chain in chains.items()
    ]
    return tuple(sorted(found, key=lambda each: (-len(each.numbers), -each.last.toordinal(), each.place)))


def _before(column: Any, thing: Sequence[Any]) -> sa.ColumnElement[Any]:
    """What the order before it about the same thing has."""
    order = (WorkOrder.created_at, WorkOrder.id)
    return sa.func.lag(column, type_=column.type).over(partition_by=thing, order_by=order)


def _lifts(look: Look, wanted: TrendsWanted) -> tuple[BusyLift, ...]:
    """Every lift and month with more than BUSY_LIFT orders, the busiest first."""
    house, facility = _house().label("house"), sa.func.coalesce(WorkOrder.facility, "").label("facility")
    rows = look.session.execute(
        sa.select(house, facility, WorkOrder.created_at)
        .select_from(WorkOrder)
        .outerjoin(Room, Room.id == WorkOrder.room_id)
        .where(*_of(wanted), _STANDS, _NO_RECTIFICATION, WorkOrder.category == RepairCategory.LIFT)
    ).all()
    counts: dict[tuple[Any, str, date], int] = defaultdict(int)
    for row in rows:
        counts[row.house, row.facility, row.created_at.astimezone(OFFICE_ZONE).date().replace(day=1)] += 1
    busy = {key: count for key, count in counts.items() if count > BUSY_LIFT}
    names = _places(look, set(), {house for house, _, _ in busy})
    found = [
        BusyLift(_thing(names, None, house, facility or "没写哪部"), month, count)
        for (house, facility, month), count in busy.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.count, each.month, each.place)))


def _complaint_kinds(rows: Iterable[sa.Row[Any]]) -> tuple[ComplaintKind, ...]:
    """The categories of the complaints, the most frequent first."""
    counts: dict[RepairCategory, int] = defaultdict(int)
    for row in rows:
        stands = row.state is not WorkOrderState.CANCELLED and row.follows_id is None
        if row.kind == OrderKind.COMPLAINT and stands:
            counts[RepairCategory(row.category)] += 1
    whole = sum(counts.values())
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], list(RepairCategory).index(pair[0])))
    return tuple(ComplaintKind(category, count, whole) for category, count in ranked)


def _places(look: Look, rooms: set[UUID | None], houses: set[UUID | None]) -> dict[UUID, str]:
    """{room or building: its name}."""
    wanted, found = {each for each in rooms if each is not None}, {}
    if wanted:
        query = sa.select(Room.id, Building.name, Room.number).join(Building, Building.id == Room.building_id)
        for row in look.session.execute(query.where(Room.id.in_(wanted))):
            found[row.id] = f"{row.name} {row.number}"
    known = look.session.execute(sa.select(Building.id, Building.name))
    return found | {house_id: name for house_id, name in known if house_id in houses}


def _thing(names: Mapping[UUID, str], room_id: UUID | None, house_id: UUID | None, facility: str) -> str:
    where = names.get(room_id) if room_id is not None else None
    where = where or (names.get(house_id) if house_id is not None else None)
    return " · ".join(each for each in (where or "不属楼栋", facility) if each)


# ---- how fast, how well ----------------------------------------------------------------------------------------------


class _Clocks:
    """The clocks of the orders, by the rules of today."""

    def __init__(self, look: Look, wanted: TrendsWanted, rows: Sequence[sa.Row[Any]]) -> None:
        self._rules: ClockRules = repair_clock.rules_of(look)
        self._now = look.world.now()
        self._pauses: dict[UUID, list[Pause]] = repair_clock.pauses_within(look.connection, _ids(wanted))

    def note(self, row: sa.Row[Any], sums: Iterable[Sums]) -> None:
        """Add one order's answer and promise to what it counts for."""
        rules, every = self._rules, tuple(sums)
        category, urgent, began = row.category, row.urgent, row.created_at
        calendar, pauses = rules.calendar_of(urgent), self._pauses.get(row.id, ())
        if row.answered_at is not None:
            took = working_time_between(began, row.answered_at, calendar)
            kept = self._in_time(row, took)
            for each in every:
                each.answered(took // MINUTE, kept)
        elif row.state in UNANSWERED:
            due = rules.answer_due(category, urgent, began)
            for each in every:
                each.unanswered(late=due is not None and due < self._now)
        promise = None
        if row.due_at is not None:
            promise = rules.finish_due(urgent, row.promised_at or began, row.due_at, pauses)
        if row.state in FINISHED and row.done_at is not None:
            minutes = working_time_between(began, row.done_at, calendar, pauses) // MINUTE
            for each in every:
                each.finished(minutes, None if row.due_at is None else promise is None or row.done_at <= promise)
        elif row.state in OPEN and row.due_at is not None:
            for each in every:
                each.unfinished(late=promise is not None and promise < self._now)

    def _in_time(self, row: sa.Row[Any], took: timedelta) -> bool:
        """Whether the answer came by its deadline. So much working time tells it, but where none is left to the minute:
        then the office may have closed at the deadline, and the answer come in the evening."""
        left = self._rules.answer_minutes(row.category, row.urgent) * MINUTE - took
        if left:
            return left > timedelta(0)
        due = self._rules.answer_due(row.category, row.urgent, row.created_at)
        return due is None or bool(row.answered_at <= due)


class _Hands:
    """Who does repairs, by the hex of their ids."""

    def __init__(self, look: Look) -> None:
        people = look.session.execute(
            sa.select(Technician.id, Technician.name, RepairTeam.name.label("team")).outerjoin(
                RepairTeam, RepairTeam.id == Technician.team_id
            )
        )
        firms = look.session.execute(sa.select(Contractor.id, Party.name).join(Party, Party.id == Contractor.party_id))
        self._known = {row.id.hex: (row.name, row.team or NO_TEAM) for row in people}
        self._known |= {row.id.hex: (row.name, FIRM_TEAM) for row in firms}

    def of(self, key: str) -> tuple[str, str]:
        """(name, team as it is today)."""
        return self._known.get(key, (NOBODY, NO_TEAM))


def _measured(
    rows: Sequence[sa.Row[Any]], events: Sequence[sa.Row[Any]], clocks: _Clocks, hands: _Hands
) -> dict[str, Any]:  # fmt: skip
    """Whole, months, categories, people and teams."""
    whole = Sums()
    months: dict[date, Sums] = defaultdict(Sums)
    categories: dict[RepairCategory, Sums] = defaultdict(Sums)
    people: dict[str, Sums] = defaultdict(Sums)
    teams: dict[str, Sums] = defaultdict(Sums)
    done_by, reopened_by, rated = _who(events)
    for row in rows:
        rectifies = row.follows_id is not None
        month = row.created_at.astimezone(OFFICE_ZONE).date().replace(day=1)
        counted = [] if rectifies else [whole, months[month], categories[RepairCategory(row.category)]]
        mine = _hands_of(row, done_by)
        own = [people[mine], teams[hands.of(mine)[1]]] if mine else []
        for each in (*counted, *own):
            each.reported(
                complaint=row.kind == OrderKind.COMPLAINT, cancelled=row.state is WorkOrderState.CANCELLED,
                still_open=row.state in OPEN,
            )  # fmt: skip
        clocks.note(row, (*counted, *own))
        done = done_by.get(row.id) or ([mine] if row.state in FINISHED and mine else [])
        again = reopened_by.get(row.id, [])
        if done or again or row.state in FINISHED:
            for each in counted:
                each.done_once(again=bool(again))
            _charge(people, teams, hands, {*done, *again}, set(again))
        if row.id in rated:
            key, stars = rated[row.id]
            team = [teams[hands.of(key)[1]]] if key else []
            for each in (*counted, *([people[key]] if key else []), *team):
                each.rated(stars)
    named = [Hands(*hands.of(key), sums=sums) for key, sums in people.items()]
    return {
        "whole": whole,
        "months": tuple(sorted(months.items())),
        "categories": tuple((each, categories[each]) for each in RepairCategory if each in categories),
        "people": tuple(sorted(named, key=lambda each: (each.team, -each.sums.orders, each.name))),
        "teams": tuple(sorted(teams.items(), key=lambda pair: (-pair[1].orders, pair[0]))),
    }  # fmt: skip


def _charge(
    people: Mapping[str, Sums], teams: Mapping[str, Sums], hands: _Hands, done: set[str], again: set[str]
) -> None:  # fmt: skip
    """One order for everybody who had finished it, once for each team."""
    for key in sorted(done):
        people[key].done_once(again=key in again)
    for team in sorted({hands.of(key)[1] for key in done}):
        teams[team].done_once(again=any(hands.of(key)[1] == team for key in again))


def _who(
    events: Iterable[sa.Row[Any]],
) -> tuple[dict[UUID, list[str]], dict[UUID, list[str]], dict[UUID, tuple[str, int]]]:
    """({order: who finished it, in order}, {order: who had when it was opened again}, {order: (who, last stars)})."""
    done: dict[UUID, list[str]] = defaultdict(list)
    again: dict[UUID, list[str]] = defaultdict(list)
    rated: dict[UUID, tuple[str, int]] = {}
    for event in events:
        key = str(event.detail.get("technician") or event.detail.get("contractor") or "")
        if event.kind == "rate":
            rated[event.work_order_id] = key, int(event.detail["stars"])
        elif event.kind == "finish":
            done[event.work_order_id].append(key)
        else:
            again[event.work_order_id].append(key)
    return done, again, rated


def _hands_of(row: sa.Row[Any], done_by: Mapping[UUID, list[str]]) -> str:
    """Who has it or had it last; empty: nobody yet."""
    now = row.technician_id or row.contractor_id
    if now is not None:
        return str(now.hex)
    return done_by.get(row.id, [""])[-1]
