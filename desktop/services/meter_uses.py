"""What was used between two readings 用量: of the rooms for the bills, of master meters for what is shared.

A use runs from the day after the earlier reading to the day of the later. Where a meter was replaced in between, it has
two pieces: the old meter to its end reading, the new one from its first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from desktop.models.meters import Meter
from desktop.models.places import Room
from desktop.models.values import MeterKind, Period, ReadingKind
from desktop.services.errors import DomainError
from desktop.services.meter_usage import usage_between
from desktop.services.quick import Quick
from desktop.services.readings import Standing, StandingReading, standing_readings
from desktop.services.rights import part
from desktop.services.work import Look

ONE_DAY = timedelta(days=1)
LOOK_BACK = timedelta(days=100)
"""Most earlier readings lie within so many days; those of the other meters are asked for apart."""
_PIECE = ReadingKind.REPLACEMENT


class MeterFacts(NamedTuple):
    """A meter as far as uses are worked out from it."""

    id: UUID
    room_id: UUID | None
    building_id: UUID | None
    kind: MeterKind
    serial: str | None
    place: str | None
    multiplier: Decimal
    highest: Decimal | None
    installed_on: date
    removed_on: date | None
    replaces_id: UUID | None


@dataclass(frozen=True, slots=True)
class UsePiece:
    """What one meter counted of a use; `use` is multiplied."""

    meter_id: UUID
    serial: str | None
    multiplier: Decimal
    earlier: Decimal
    later: Decimal
    rolled_over: bool
    use: Decimal


@dataclass(frozen=True, slots=True)
class MeteredUse:
    """What was used between two standing readings that follow each other."""

    meter_id: UUID
    """The meter of the later reading."""
    room_id: UUID | None
    """None: a master meter."""
    kind: MeterKind
    root_id: UUID
    """Root of the later reading: the key by which a bill knows this use, also after a correction."""
    reading_id: UUID
    """The later reading as it stands."""
    reading: ReadingKind
    """Of the later reading."""
    start: date
    """The day after the earlier reading; the day itself where both were taken on one."""
    end: date
    """The day of the later reading."""
    earlier: Decimal
    later: Decimal
    use: Decimal
    """In units of the meter, multiplied; 0 where there is trouble."""
    estimated: bool
    """The later reading is an estimate."""
    pieces: tuple[UsePiece, ...]
    """One, or one for each meter that hung there in the meantime."""
    lease_id: UUID | None
    """Whose use it was: the lease of the later reading. None: nobody's, also where a tenancy only begins with it."""
    trouble: str = ""
    """Why no use can be worked out (a reading below the one before it); "" usually."""


@part
def metered_uses(
    look: Look, first: date, last: date, building_id: UUID | None = None, kind: MeterKind | None = None
) -> list[MeteredUse]:
    """Uses of the meters of rooms whose later reading lies in a span of days, by room, meter and day.

    One row for each pair of standing readings that follow each other; in bulk, for 100,000 meters.
    """
    meters = meters_of_rooms(look, building_id, kind)
    return list(uses_between(look, meters, first, last))


@part
def uses_between(look: Look, meters: Mapping[UUID, MeterFacts], first: date, last: date) -> Iterator[MeteredUse]:
    """Uses of some meters whose later reading lies in a span of days, in the order of the meters."""
    asked = list(meters)
    known = standing_readings(look, asked, _back(first), last)
    # What a look back of some months does not show: long pauses, first readings, replaced meters.
    unsure = [meter_id for meter_id, readings in known.items() if _unsure(readings, first)]
    if unsure:
        older = _with_older(look, unsure, meters)
        known |= standing_readings(look, older, date.min, last)
        meters = older | dict(meters)
    for meter_id in asked:
        for at, reading in enumerate(known.get(meter_id, ())):
            if reading.read_on >= first and reading.kind is not _PIECE:
                use = _use(meters, known, meter_id, at)
                if use is not None:
                    yield use


@part
def uses_of_period(look: Look, meters: Mapping[UUID, MeterFacts], period: Period) -> Iterator[MeteredUse]:
    """Uses of some meters that belong to a period: those whose middle day lies in it.

    Rounds are made on the last days of a month as well as on the first of the next; each use belongs to one period.
    """
    slack = min(LOOK_BACK, date.max - period.end)
    for use in uses_between(look, meters, period.start, period.end + slack):
        if period.start <= use.start + (use.end - use.start) // 2 <= period.end:
            yield use


def _back(first: date) -> date:
    return first - LOOK_BACK if first - date.min > LOOK_BACK else date.min


def _unsure(readings: Sequence[StandingReading], first: date) -> bool:
    """Whether a reading in the span may follow one that is not here."""
    at = next((n for n, reading in enumerate(readings) if reading.read_on >= first), None)
    return at is not None and (at == 0 or any(each.kind is _PIECE for each in readings[max(at - 1, 0) :]))


@part
def _with_older(look: Look, ids: Iterable[UUID], meters: Mapping[UUID, MeterFacts]) -> dict[UUID, MeterFacts]:
    """Some meters with those that hung in their places before."""
    found = {meter_id: meters[meter_id] for meter_id in ids}
    wanted = {facts.replaces_id for facts in found.values() if facts.replaces_id is not None} - found.keys()
    while wanted:
        older = meter_facts_of(look, wanted)
        found |= older
        wanted = {facts.replaces_id for facts in older.values() if facts.replaces_id is not None} - found.keys()
    return found


def _use(meters: Mapping[UUID, MeterFacts], known: Standing, meter_id: UUID, at: int) -> MeteredUse | None:
    """The use that ends with a reading; None for the first one of a place."""
    facts, later = meters[meter_id], known[meter_id][at]
    pieces: list[tuple[MeterFacts, StandingReading, StandingReading]] = []
    here, end = facts, later
    while True:
        readings = known.get(here.id, [])
        if at == 0:
            return None  # the first reading of a place: nothing was counted before it
        earlier = readings[at - 1]
        pieces.insert(0, (here, earlier, end))
        if earlier.kind is not _PIECE:
            break
        older = meters.get(here.replaces_id) if here.replaces_id is not None else None
        ends = known.get(older.id, []) if older is not None else []
        if older is None or len(ends) < 2 or ends[-1].kind is not _PIECE:
            break  # the new meter is the first one that anybody knows readings of
        here, end, at = older, ends[-1], len(ends) - 1
    first = pieces[0][1]
    counted: list[UsePiece] = []
    trouble = ""
    for meter, before, after in pieces:
        try:
            use = usage_between(before.value, after.value, meter.multiplier, meter.highest, after.rolled_over)
        except DomainError as error:
            use, trouble = Decimal(0), error.message
        counted.append(
            UsePiece(meter.id, meter.serial, meter.multiplier, before.value, after.value, after.rolled_over, use)
        )
    begins = later.kind is ReadingKind.INITIAL
    return MeteredUse(
        meter_id, facts.room_id, facts.kind, later.root_id, later.id, later.kind,
        min(first.read_on + ONE_DAY, later.read_on), later.read_on, first.value, later.value,
        Decimal(0) if trouble else sum((piece.use for piece in counted), Decimal(0)),
        later.kind is ReadingKind.ESTIMATED, tuple(counted), None if begins else later.lease_id, trouble,
    )  # fmt: skip


# ---- which meters -------------------------------------------------------------------------------------------------


@part
def meters_of_rooms(
    look: Look, building_id: UUID | None = None, kind: MeterKind | None = None
) -> dict[UUID, MeterFacts]:
    """The meters of rooms, also those taken down, by id; of one building and one kind where they are named."""
    look.settle()
    rows = _OF_ROOMS.rows(look.connection)
    return {
        row.id: MeterFacts(*row[:-1])
        for row in rows
        if (building_id is None or row.stands_in == building_id) and (kind is None or row.kind is kind)
    }


@part
def meter_facts_of(look: Look, meter_ids: Collection[UUID]) -> dict[UUID, MeterFacts]:
    """Some meters by id."""
    look.settle()
    return {row.id: MeterFacts(*row) for row in _SOME.rows(look.connection, list(meter_ids))}


_COLUMNS = (
    Meter.id, Meter.room_id, Meter.building_id, Meter.kind, Meter.serial, Meter.place, Meter.multiplier, Meter.highest,
    Meter.installed_on, Meter.removed_on, Meter.replaces_id,
)  # fmt: skip
_SOME = Quick(lambda q: sa.select(*_COLUMNS).where(q.among(Meter.id), Meter.deleted_at.is_(None)))
_OF_ROOMS = Quick(
    lambda q: (
        sa.select(*_COLUMNS, Room.building_id.label("stands_in"))
        .join(Room, Room.id == Meter.room_id)
        .where(Meter.deleted_at.is_(None), Room.deleted_at.is_(None))
        .order_by(Meter.room_id, Meter.kind, Meter.installed_on, Meter.id)
    )
)
