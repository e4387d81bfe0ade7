"""Where the use of a household goes 用量趋势, and whose use is unusual 异常用量, each with the reason in words.

Median, not mean: one leak in a house would otherwise hide the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.leases import LeaseParty
from desktop.models.parties import Party
from desktop.models.places import Building, Room
from desktop.models.values import LeaseRole, MeterKind, Period, ReadingKind, Right, add_months
from desktop.services.bill_lists import plain
from desktop.services.handover import METER_UNITS
from desktop.services.let_rooms import let_spans, owner_homes
from desktop.services.meter_uses import MeteredUse, meters_of_rooms, uses_between
from desktop.services.proration import by_calendar_month
from desktop.services.quick import Quick
from desktop.services.reading_checks import JumpLimits
from desktop.services.reading_entry import jump_limits
from desktop.services.rights import needs, part
from desktop.services.work import Look

HISTORY = timedelta(days=400)
FEWEST_OWN, FEWEST_PEERS = 2, 5
"""So many earlier uses, or other rooms, are needed to speak of what is usual."""
_STILL = Fraction(1, 5)
"""Below this part of the usual a meter may have stopped."""


@dataclass(frozen=True, slots=True)
class MonthUse:
    """What was used in a calendar month, by the days of each use that lie in it; units to a tenth."""

    month: date
    """Its first day."""
    use: Decimal | None
    """None: nothing is known of the month."""
    estimated: bool
    """Part of it rests on an estimate."""


def by_month(uses: Iterable[MeteredUse], until: date, months: int = 12) -> tuple[MonthUse, ...]:
    """Uses spread over calendar months by their days, the last one with `until`. Pure."""
    first = add_months(until.replace(day=1), 1 - months)
    sums: dict[date, Fraction] = {}
    guessed: set[date] = set()
    for use in uses:
        if use.trouble or use.end < first:
            continue
        days = (use.end - use.start).days + 1
        for each in by_calendar_month(Period(use.start, use.end)):
            month = each.first.replace(day=1)
            sums[month] = sums.get(month, Fraction(0)) + Fraction(use.use) * each.days / days
            if use.estimated:
                guessed.add(month)
    every = [add_months(first, n) for n in range(months)]
    return tuple(MonthUse(month, _tenth(sums[month]) if month in sums else None, month in guessed) for month in every)


def _tenth(number: Fraction) -> Decimal:
    return Decimal(round(number * 10)).scaleb(-1)


@needs(Right.READ_METERS)
def use_by_month(look: Look, room_id: UUID, months: int = 12) -> dict[MeterKind, tuple[MonthUse, ...]]:
    """The trend of a household over the last months, for each kind of meter that it has."""
    return trend_of(look, room_id, months)


@part
def trend_of(look: Look, room_id: UUID, months: int = 12) -> dict[MeterKind, tuple[MonthUse, ...]]:
    """`use_by_month` inside another function."""
    today = look.world.today()
    since = add_months(today.replace(day=1), 1 - months)
    meters = {meter_id: facts for meter_id, facts in meters_of_rooms(look).items() if facts.room_id == room_id}
    found: dict[MeterKind, list[MeteredUse]] = {}
    for use in uses_between(look, meters, since, today):
        found.setdefault(use.kind, []).append(use)
    return {kind: by_month(uses, today, months) for kind, uses in found.items()}


# ---- unusual use --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UnusualUse:
    """A use to be looked into."""

    room_id: UUID
    meter_id: UUID
    room: str
    verdict: str
    """high | low | vacant."""
    who: str
    kind: MeterKind
    start: date
    end: date
    use: Decimal
    per_day: Fraction
    own: Fraction | None
    """Median of the room's earlier uses, a day."""
    peers: Fraction | None
    """Median of the rooms like it, a day."""
    why: tuple[str, ...]


def judge(
    case_use: Fraction,
    days: int,
    own: Sequence[Fraction],
    peers: Sequence[Fraction],
    *,
    let: bool,
    unit: str,
    limits: JumpLimits,
) -> tuple[str, tuple[str, ...]]:
    """("high", reasons), ("low", …), ("vacant", …), or ("", ()) for a use like any other. All figures are a day."""
    times, least = Fraction(limits.times), Fraction(limits.least)
    mine = Fraction(median(own)) if len(own) >= FEWEST_OWN else None
    theirs = Fraction(median(peers)) if len(peers) >= FEWEST_PEERS else None
    reasons: list[str] = []
    verdict = ""
    if mine is not None and case_use > mine * times and (case_use - mine) * days >= least:
        verdict = "high"
        reasons.append(
            f"每天 {_words(case_use)} {unit}，自己以往 {len(own)} 次的中位数是 {_words(mine)}{_ratio(case_use, mine)}"
        )
    if theirs is not None and case_use > theirs * times and (case_use - theirs) * days >= least:
        verdict = "high"
        told = "" if reasons else f"每天 {_words(case_use)} {unit}，"
        reasons.append(f"{told}同类 {len(peers)} 户的中位数是 {_words(theirs)}{_ratio(case_use, theirs)}")
    if not let and case_use * days >= 1:
        verdict = "vacant"
        reasons.insert(0, f"房间空置，{days} 天仍用了 {_words(case_use * days)} {unit}：查漏水、私用或读数")
    if not verdict and let and mine is not None and case_use < mine * _STILL and (mine - case_use) * days >= least:
        verdict = "low"
        reasons.append(f"每天 {_words(case_use)} {unit}，以往是 {_words(mine)}：表可能停走，或人不在")
    return verdict, tuple(reasons)


def _ratio(number: Fraction, usual: Fraction) -> str:
    return f"（{plain(Decimal(round(number / usual * 10)).scaleb(-1))} 倍）" if usual >= Fraction(1, 100) else ""


def _words(number: Fraction) -> str:
    return plain(Decimal(round(number * 100)).scaleb(-2))


@needs(Right.READ_METERS)
def unusual_uses(
    look: Look, kind: MeterKind, first: date, last: date, building_id: UUID | None = None
) -> list[UnusualUse]:
    """Uses read in a span of days that differ from the room's own and from rooms like it, the furthest off first."""
    meters = meters_of_rooms(look, building_id, kind)
    history: dict[UUID, list[MeteredUse]] = {}
    for use in uses_between(look, meters, first - HISTORY, last):
        if use.room_id is not None and not use.trouble and use.reading is not ReadingKind.INITIAL:
            history.setdefault(use.room_id, []).append(use)
    latest = {room: uses[-1] for room, uses in history.items() if uses[-1].end >= first}
    rooms = {row.id: row for row in _ROOMS.rows(look.connection) if row.id in latest}
    spans = let_spans(look, Period(first - HISTORY, last))
    homes = owner_homes(look, Period(first, last))
    names = {
        row.lease_id: row.name
        for row in _NAMES.rows(look.connection, [u.lease_id for u in latest.values() if u.lease_id])
    }
    groups: dict[object, list[tuple[UUID, Fraction]]] = {}
    for room_id, use in latest.items():
        if room_id in rooms:
            groups.setdefault(_group(rooms[room_id]), []).append((room_id, per_day(use)))
    limits, unit, found = jump_limits(look), METER_UNITS[kind], []
    for room_id, use in latest.items():
        if room_id not in rooms:
            continue
        room, days, daily = rooms[room_id], (use.end - use.start).days + 1, per_day(use)
        own = [per_day(each) for each in history[room_id][:-1]][-6:]
        peers = [rate for other, rate in groups[_group(room)] if other != room_id]
        let = room_id in homes or any(
            span.start <= use.end and span.end >= use.start for span in spans.get(room_id, ())
        )
        verdict, why = judge(daily, days, own, peers, let=let, unit=unit, limits=limits)
        if verdict:
            mine = Fraction(median(own)) if own else None
            theirs = Fraction(median(peers)) if peers else None
            name = names.get(use.lease_id, "") if use.lease_id is not None else ""
            found.append(
                UnusualUse(
                    room_id, use.meter_id, f"{room.building} {room.number}", verdict, name, kind, use.start, use.end,
                    use.use, daily, mine, theirs, why,
                )
            )  # fmt: skip
    return sorted(
        found, key=lambda each: (_FIRST[each.verdict], -abs(each.per_day - (each.own or each.peers or 0)), each.room)
    )


_FIRST = {"high": 0, "vacant": 0, "low": 1}


def per_day(use: MeteredUse) -> Fraction:
    """What was used a day."""
    return Fraction(use.use) / ((use.end - use.start).days + 1)


def _group(room: Any) -> object:
    """Rooms alike: of one kind and layout."""
    return room.kind, room.layout


_ROOMS = Quick(
    lambda q: (
        sa.select(Room.id, Room.number, Room.kind, Room.layout, Building.name.label("building"))
        .join(Building, Building.id == Room.building_id)
        .where(Room.deleted_at.is_(None))
    )
)
_NAMES = Quick(
    lambda q: (
        sa.select(LeaseParty.lease_id, Party.name)
        .join(Party, Party.id == LeaseParty.party_id)
        .where(q.among(LeaseParty.lease_id), LeaseParty.role == LeaseRole.TENANT, LeaseParty.deleted_at.is_(None))
    )
)
