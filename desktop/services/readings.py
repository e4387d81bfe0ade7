"""Standing readings 抄表读数: what the meters showed, where a corrected reading takes the place of the wrong one.

A reading is written once. Whoever corrects it writes a new one that names the old (`reverses_id`); the first of such a
chain is the *root*, by which bills know the reading however often it is corrected.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from desktop.models.meters import Reading
from desktop.models.values import ReadingKind
from desktop.services.quick import Quick
from desktop.services.rights import part
from desktop.services.work import Look

_RANK = {ReadingKind.FINAL: 0, ReadingKind.INITIAL: 2}
"""Of two equal readings on one day the one that ends a tenancy goes before the one that begins the next."""


class StandingReading(NamedTuple):
    """A reading as it stands today."""

    id: UUID
    root_id: UUID
    """The reading first taken; its own id where nobody corrected it."""
    meter_id: UUID
    lease_id: UUID | None
    kind: ReadingKind
    value: Decimal
    read_on: date
    rolled_over: bool
    remark: str | None

    @property
    def corrected(self) -> bool:
        return self.root_id != self.id


MANY = 1500
"""From so many meters on all readings of a span are read, and those of other meters left out."""
RECENT_DAYS = 400

Standing = dict[UUID, list[StandingReading]]
"""{meter: its readings in the order of days}."""


@part
def standing_readings(
    look: Look, meter_ids: Collection[UUID], first: date = date.min, last: date = date.max
) -> Standing:
    """Standing readings of some meters in a span of days, in order; a meter without any is left out."""
    look.settle()
    connection = look.connection
    if len(meter_ids) > MANY:
        # One pass over all readings is cheaper than finding those of each meter, which lie far apart.
        wanted = set(meter_ids)
        rows = [row for row in _ALL.rows(connection, first=first, last=last) if row.meter_id in wanted]
    else:
        rows = _SOME.rows(connection, list(meter_ids), first=first, last=last)
    return _standing(rows, first, last)


@part
def recent_readings(look: Look, meter_ids: Collection[UUID], days: int = RECENT_DAYS) -> Standing:
    """The standing readings of late; of a meter with fewer than two of them all it ever had."""
    since = look.world.today() - timedelta(days=days)
    found = standing_readings(look, meter_ids, since)
    few = [meter_id for meter_id in meter_ids if len(found.get(meter_id, ())) < 2]
    if few:
        found |= standing_readings(look, few)
    return found


def _standing(rows: Sequence[Any], first: date, last: date) -> Standing:
    """The readings of a span that stand, by meter. `rows` hold every correction, whatever its day."""
    reverses = {row.id: row.reverses_id for row in rows if row.reverses_id is not None}
    gone = set(reverses.values())
    newest: dict[UUID, UUID] = {}
    found: Standing = {}
    for row in rows:
        if row.id in gone:
            continue
        root = row.id
        while root in reverses:
            root = reverses[root]
        # Two desks that were apart have corrected one reading: the later word stands.
        newest[root] = max(newest.get(root, row.id), row.id)
        if first <= row.read_on <= last:
            found.setdefault(row.meter_id, []).append(StandingReading(row[0], root, *row[2:]))
    return {
        meter_id: sorted((each for each in readings if newest[each.root_id] == each.id), key=in_order)
        for meter_id, readings in found.items()
    }


def in_order(reading: StandingReading) -> tuple[date, bool, Decimal, int, UUID]:
    """The order of readings: by day; on one day the lower figure first, what passed the highest figure after it."""
    return reading.read_on, reading.rolled_over, reading.value, _RANK.get(reading.kind, 1), reading.id


_FIRST = sa.bindparam("first", type_=Reading.read_on.type)
_LAST = sa.bindparam("last", type_=Reading.read_on.type)
_COLUMNS = (
    Reading.id, Reading.reverses_id, Reading.meter_id, Reading.lease_id, Reading.kind, Reading.value, Reading.read_on,
    Reading.rolled_over, Reading.remark,
)  # fmt: skip


def _in_span() -> sa.ColumnElement[bool]:
    """Within the span, or a correction: what it takes the place of may be of another day."""
    return sa.or_(Reading.read_on.between(_FIRST, _LAST), Reading.reverses_id.is_not(None))


_ALL = Quick(lambda q: sa.select(*_COLUMNS).where(_in_span()))
_SOME = Quick(lambda q: sa.select(*_COLUMNS).where(q.among(Reading.meter_id), _in_span()))
