"""What happened in the invented office, decided before anything is stored: rooms, who stayed when, and how it ended.

Everything counts back from today, so the board looks the same on whatever day the demo is opened.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from desktop.models.values import Money, RoomCondition, add_months
from desktop.services.lease_terms import LeaseTerms, end_after, term_from_choice, with_choice
from desktop.services.places import BuildingDraft, RoomDraft

DAY = timedelta(days=1)
_BUILDINGS = ((96, 8), (96, 8), (48, 8))
"""(share of the rooms, rooms on a floor); the names are 1 栋, 2 栋, 3 栋."""
_LAYOUTS = (
    ("一室", "32.60", 1280), ("一室一厅", "46.20", 1860), ("一室一厅", "51.80", 1980), ("两室一厅", "68.40", 2200),
    ("两室", "78.50", 2300), ("两室一厅", "82.10", 2680), ("三室一厅", "104.30", 3300), ("一室一厅", "43.70", 1760),
    ("两室一厅", "74.90", 2450),
)  # fmt: skip
_CHOICES = ("押一付三", "押一付三", "押一付三", "押一付三", "押一付一", "押一付二", "季付", "半年付")
_ARREARS_DAYS = (3, 12, 5, 26, 44, 12, 9, 75, 33, 130, 18, 62, 7, 21, 210, 96)
"""How long ago people stopped paying, the youngest arrears most often."""
_TROUBLES = ("换门锁", "水管检修", "粉刷墙面", "热水器更换", "地板翻修")


class Fate(StrEnum):
    """What a stay comes to."""

    LIVES = "lives"
    LEFT = "left"
    COMING = "coming"
    CANCELLED = "cancelled"
    DRAFT = "draft"


@dataclass(slots=True)
class Stay:
    """One lease to be."""

    room: int
    signed: date
    terms: LeaseTerms
    fate: Fate
    leaves: date | None = None
    notice: date | None = None
    stops_paying: date | None = None
    half_paid: bool = False
    """Of the first bill that was not paid, half was."""
    careless: bool = False
    """Pays some days late as a habit."""
    companions: int = 0
    pays_at_once: bool = True
    renewal: Renewal | None = None


@dataclass(slots=True)
class Renewal:
    """The first lease of a stay ended before the stay does: on a day it was renewed by another one."""

    on: date
    first_end: date
    end: date
    rent: Money


@dataclass(slots=True)
class Empty:
    """A room nobody lives in today."""

    room: int
    condition: RoomCondition
    note: str | None


@dataclass(slots=True)
class DemoPlan:
    """The whole story."""

    opened: date
    today: date
    buildings: list[BuildingDraft]
    stays: list[Stay] = field(default_factory=list)
    empties: list[Empty] = field(default_factory=list)


def plan_demo(today: date, rooms: int, tenants: int, months: int, seed: int) -> DemoPlan:
    """The story of an office with so many rooms and so many tenants living there today, over so many months."""
    source = random.Random(f"anju-demo {seed}")
    plan = DemoPlan(add_months(today, -months) - 10 * DAY, today, _buildings(rooms))
    drafts = [room for building in plan.buildings for room in building.rooms]
    order = list(range(rooms))
    source.shuffle(order)
    tenants = min(tenants, rooms)
    let, free = order[:tenants], order[tenants:]
    lived = [_current(source, plan, room, drafts[room], place, tenants) for place, room in enumerate(let)]
    _renewed(plan, lived, tenants)
    taken = _empty_rooms(source, plan, free, drafts)
    for stay in lived:
        plan.stays.append(stay)
        _earlier(source, plan, stay.room, drafts[stay.room], stay.signed)
    for room in free:
        _earlier(source, plan, room, drafts[room], taken.get(room, today - timedelta(days=source.randint(1, 50))))
    plan.stays.sort(key=lambda stay: (stay.signed, stay.room, stay.terms.start))
    return plan


def _buildings(rooms: int) -> list[BuildingDraft]:
    whole = sum(share for share, _ in _BUILDINGS)
    made, left = [], rooms
    for number, (share, wide) in enumerate(_BUILDINGS, 1):
        count = left if number == len(_BUILDINGS) else min(left, round(rooms * share / whole))
        left -= count
        if not count:
            continue
        drafts = []
        for place in range(count):
            floor, column = divmod(place, wide)
            layout, area, rent = _LAYOUTS[(column + 2 * number) % len(_LAYOUTS)]
            asking = Money.yuan(rent + 10 * (floor % 12) - 40 * (number - 1))
            drafts.append(RoomDraft(f"{floor + 1}{column + 1:02d}", floor + 1, Decimal(area), layout, asking))
        made.append(BuildingDraft(f"{number} 栋", drafts))
    return made


def _terms(source: random.Random, start: date, end: date, room: RoomDraft) -> LeaseTerms:
    rent = (room.asking_rent or Money.yuan(1800)) - Money.yuan(source.choice((0, 0, 20, 60, 100)))
    terms = with_choice(LeaseTerms(start, end, rent), term_from_choice(source.choice(_CHOICES)))
    fee = source.random() < 0.35
    return LeaseTerms(
        start, end, rent, terms.cycle_months, terms.deposit, terms.deposit_months,
        property_price=Decimal("1.80") if fee else None, property_area=room.area if fee else None,
        property_cycle_months=terms.cycle_months, key_deposit=Money.yuan(100) if source.random() < 0.3 else Money(0),
    )  # fmt: skip


def _current(source: random.Random, plan: DemoPlan, room: int, draft: RoomDraft, place: int, tenants: int) -> Stay:
    """Who lives there today: the first few of the list end today, overstayed, gave notice or owe money."""
    today = plan.today
    ending, over = max(1, tenants // 100), max(1, tenants // 80)
    expiring, owing = max(1, tenants // 16), max(1, tenants // 16)
    term = source.choice((6, 12, 12, 12, 12, 24))
    if place < ending:
        end = today
    elif place < ending + over:
        end = today - timedelta(days=source.randint(2, 9))
    elif place < ending + over + expiring:
        end = today + timedelta(days=source.randint(1, 30))
    else:
        end = today + timedelta(days=source.randint(31, max(32, min(term, 12) * 30 - 8)))
    start = max(add_months(end + DAY, -term), plan.opened + timedelta(days=source.randint(1, 40)))
    start = min(_round_day(start, plan), today - 2 * DAY)
    if tenants - owing <= place:
        return _owing(source, plan, room, draft, place - tenants + owing)
    stay = Stay(room, start, _terms(source, start, end, draft), Fate.LIVES, careless=source.random() < 0.12)
    stay.companions = source.choices((0, 1, 2), (60, 30, 10))[0]
    if ending + over <= place < ending + over + expiring and place % 2:
        stay.notice = max(start + DAY, min(today - 2 * DAY, end - timedelta(days=source.randint(8, 25))))
    return stay


def _renewed(plan: DemoPlan, lived: list[Stay], tenants: int) -> None:
    """Some of those who live there have renewed their lease; one of those whose lease ends soon has just done so."""
    wanted, today = max(1, tenants // 16), plan.today
    faithful = [each for each in lived if each.notice is None and each.stops_paying is None and each.terms.end > today]
    soon = next((stay for stay in faithful if (stay.terms.end - today).days <= 30), None)
    if soon is not None:
        rent = soon.terms.rent + Money.yuan(40)
        soon.renewal = Renewal(
            today - 2 * DAY, soon.terms.end, end_after(soon.terms.end + DAY, 12), rent
        )  # fmt: skip
    for at, stay in enumerate(each for each in faithful if each is not soon):
        first = end_after(stay.terms.start, 6)
        if at % 4 or not wanted or first > today - 20 * DAY or (stay.terms.end - first).days < 60:
            continue
        on = _round_day(first - 20 * DAY, plan)
        if on > stay.signed + 30 * DAY:
            raised = Money.yuan((0, 20, 50)[wanted % 3])
            stay.renewal, wanted = Renewal(on, first, stay.terms.end, stay.terms.rent + raised), wanted - 1


def _owing(source: random.Random, plan: DemoPlan, room: int, draft: RoomDraft, place: int) -> Stay:
    """Somebody whose rent fell due so many days ago and was not paid, nor anything after it."""
    stopped = plan.today - timedelta(days=_ARREARS_DAYS[place % len(_ARREARS_DAYS)])
    start = add_months(stopped, -source.randint(1, 9))
    if start <= plan.opened:
        start = max(plan.opened + DAY, add_months(stopped, -1))
    end = max(end_after(start, 12), plan.today + timedelta(days=source.randint(35, 200)))
    terms = with_choice(_terms(source, start, end, draft), term_from_choice("押一付一"))
    stay = Stay(room, start, terms, Fate.LIVES, stops_paying=stopped, half_paid=place % 4 == 1)
    stay.companions = place % 2
    return stay


def _round_day(day: date, plan: DemoPlan) -> date:
    """What happens gathers on a few days of the month, so that a day of the demo is one round of acts."""
    return max(plan.opened + DAY, day - timedelta(days=5 if day.day == 31 else (day.day - 1) % 5))


def _earlier(source: random.Random, plan: DemoPlan, room: int, draft: RoomDraft, before: date) -> None:
    """Those who lived there before, back to the opening of the office."""
    left = before - timedelta(days=source.randint(1, 3) if before == plan.today else source.randint(2, 26))
    while (left - plan.opened).days > 75:
        if left < plan.today - 4 * DAY:
            left = _round_day(left, plan)
        term = source.choice((6, 12, 12, 18, 24, 24))
        end = left + timedelta(days=source.choice((0, 0, 0, 0, 0, 45, -4)))
        start = _round_day(add_months(end + DAY, -term), plan)
        if (start - plan.opened).days < 12:
            start = plan.opened + timedelta(days=source.randint(1, 30))
        if (end - start).days < 20:
            return
        stay = Stay(room, start, _terms(source, start, end, draft), Fate.LEFT, leaves=left)
        stay.careless = source.random() < 0.1
        stay.companions = source.choices((0, 1), (80, 20))[0]
        if (left - start).days > 60 and source.random() < 0.5:
            stay.notice = _round_day(left - timedelta(days=30), plan)
        if (plan.today - left).days < 60 and source.random() < 0.12:
            stay.stops_paying = left - timedelta(days=40)
        plan.stays.append(stay)
        left = start - timedelta(days=source.randint(3, 24))


def _empty_rooms(source: random.Random, plan: DemoPlan, free: list[int], drafts: list[RoomDraft]) -> dict[int, date]:
    """Share out the rooms nobody lives in; {room: until when it may have been let before}."""
    today, count = plan.today, len(free)
    waiting = list(free)
    taken: dict[int, date] = {}

    def draw(share: int, least: int) -> list[int]:
        some = min(len(waiting), max(least if count > 8 else 0, count // share))
        return [waiting.pop() for _ in range(some)]

    for place, room in enumerate(draw(18, 2)):
        note = ("样板间", "物业用房", "布草间")[place % 3]
        plan.empties.append(Empty(room, RoomCondition.OUT_OF_USE, note))
        taken[room] = plan.opened
    for place, room in enumerate(draw(8, 2)):
        plan.empties.append(Empty(room, RoomCondition.REPAIR, _TROUBLES[place % len(_TROUBLES)]))
    for place, room in enumerate(draw(7, 2)):
        start = today if place == 0 else today + timedelta(days=source.randint(2, 24))
        signed = today - timedelta(days=source.randint(1, 6))
        stay = Stay(room, signed, _terms(source, start, end_after(start, 12), drafts[room]), Fate.COMING)
        stay.pays_at_once = place != 2
        plan.stays.append(stay)
        taken[room] = signed - 8 * DAY
    for room in draw(20, 1):
        start = today + timedelta(days=source.randint(4, 12))
        plan.stays.append(
            Stay(room, today - 1 * DAY, _terms(source, start, end_after(start, 12), drafts[room]), Fate.DRAFT)
        )
    for room in draw(12, 1):
        start = today + timedelta(days=source.randint(1, 9))
        signed = today - timedelta(days=source.randint(6, 12))
        stay = Stay(room, signed, _terms(source, start, end_after(start, 12), drafts[room]), Fate.CANCELLED)
        stay.leaves, stay.pays_at_once = today - timedelta(days=source.randint(2, 4)), False
        plan.stays.append(stay)
    for room in draw(5, 1):
        plan.empties.append(Empty(room, RoomCondition.DIRTY, None))
        # They left these days: the room waits for the cleaner and the tenant for the deposit.
        taken[room] = today
    return taken
