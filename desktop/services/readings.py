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

from desktop.models.meters import Meter, Reading
from desktop.models.values import MeterKind, ReadingKind
from desktop.services.quick import Asking, KeptId, Quick, uuid_of
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
READING_PLACES = 3
_KINDS = {kind.value: kind for kind in ReadingKind}

Standing = dict[UUID, list[StandingReading]]
"""{meter: its readings in the order of days}."""


class Readings:
    """Readings of a span of days as the driver gave them; those of a meter are made ready when they are asked for.

    100,000 meters have 300,000 readings in a season, and a meter book on screen shows twenty of them.
    """

    def __init__(self, rows: Sequence[Any], first: date, last: date) -> None:
        self._first, self._last = first, last
        self._reverses = {row.id: row.reverses_id for row in rows if row.reverses_id is not None}
        self._gone = set(self._reverses.values())
        self._of: dict[KeptId, list[Any]] = {}
        for row in rows:
            known = self._of.get(row.meter_id)
            if known is None:
                self._of[row.meter_id] = [row]
            else:
                known.append(row)

    def of(self, meter_id: UUID, kept: KeptId) -> list[StandingReading]:
        """The standing readings of a meter, in order. `kept`: its id as the driver knows it."""
        rows = self._of.get(kept, ())
        if not self._gone:
            found = [_reading(row, meter_id, row.id) for row in rows if self._first <= _day(row.read_on) <= self._last]
            return sorted(found, key=in_order) if len(found) > 1 else found
        newest: dict[KeptId, KeptId] = {}
        standing = []
        for row in rows:
            if row.id in self._gone:
                continue
            root = row.id
            while root in self._reverses:
                root = self._reverses[root]
            # Two desks that were apart have corrected one reading: the later word stands.
            newest[root] = max(newest.get(root, row.id), row.id)
            standing.append((row, root))
        return sorted(
            (
                _reading(row, meter_id, root)
                for row, root in standing
                if newest[root] == row.id and self._first <= _day(row.read_on) <= self._last
            ),
            key=in_order,
        )

    def count(self, kept: KeptId) -> int:
        """How many readings of a meter stand here."""
        return sum(row.id not in self._gone for row in self._of.get(kept, ()))

    def read_since(self, kept: KeptId, day: date, kinds: Collection[ReadingKind]) -> bool:
        """Whether a meter was read since a day, by a reading of one of these kinds that stands."""
        since = day.isoformat()
        return any(
            str(row.read_on) >= since and row.kind in kinds and row.id not in self._gone
            for row in self._of.get(kept, ())
        )

    def add(self, older: Readings) -> None:
        """Take over what was asked for a second time, over a longer span, of the meters that have it."""
        self._of |= older._of
        self._first = min(self._first, older._first)
        self._reverses |= older._reverses
        self._gone |= older._gone


def _reading(row: Any, meter_id: UUID, root: KeptId) -> StandingReading:
    reading_id = uuid_of(row.id)
    return StandingReading(
        reading_id, reading_id if root is row.id else uuid_of(root), meter_id,
        None if row.lease_id is None else uuid_of(row.lease_id), _KINDS[row.kind],
        Decimal(row.value).scaleb(-READING_PLACES), _day(row.read_on), bool(row.rolled_over), row.remark,
    )  # fmt: skip


def _day(kept: Any) -> date:
    """A day as the driver gave it: text on SQLite."""
    return kept if isinstance(kept, date) else date.fromisoformat(kept)


@part
def standing_readings(
    look: Look, meter_ids: Collection[UUID], first: date = date.min, last: date = date.max
) -> Standing:
    """Standing readings of some meters in a span of days, in order; a meter without any is left out."""
    readings = readings_between(look, meter_ids, first, last)
    server = look.connection.dialect.name == "postgresql"
    found = {}
    for meter_id in meter_ids:
        if mine := readings.of(meter_id, meter_id if server else meter_id.bytes):
            found[meter_id] = mine
    return found


@part
def readings_between(
    look: Look, meter_ids: Collection[UUID], first: date, last: date, kind: MeterKind | None = None
) -> Readings:
    """`standing_readings`, each meter's made ready when it is asked for. `kind`: all meters are of this one."""
    look.settle()
    connection = look.connection
    if len(meter_ids) > MANY:
        # One pass over all readings is cheaper than finding those of each meter, which lie far apart.
        if kind is not None:
            return Readings(_OF_KIND.rows(connection, first=first, last=last, kind=kind), first, last)
        return Readings(_ALL.rows(connection, first=first, last=last), first, last)
    return Readings(_SOME.rows(connection, list(meter_ids), first=first, last=last), first, last)


@part
def recent_readings(look: Look, meter_ids: Collection[UUID], days: int = RECENT_DAYS) -> Standing:
    """The standing readings of late; of a meter with fewer than two of them all it ever had."""
    since = look.world.today() - timedelta(days=days)
    found = standing_readings(look, meter_ids, since)
    few = [meter_id for meter_id in meter_ids if len(found.get(meter_id, ())) < 2]
    if few:
        found |= standing_readings(look, few)
    return found


def in_order(reading: StandingReading) -> tuple[date, bool, Decimal, int, UUID]:
    """The order of readings: by day; on one day the lower figure first, what passed the highest figure after it."""
    return reading.read_on, reading.rolled_over, reading.value, _RANK.get(reading.kind, 1), reading.id


_FIRST = sa.bindparam("first", type_=Reading.read_on.type)
_LAST = sa.bindparam("last", type_=Reading.read_on.type)


def _in_span() -> sa.ColumnElement[bool]:
    """Within the span, or a correction: what it takes the place of may be of another day."""
    return sa.or_(Reading.read_on.between(_FIRST, _LAST), Reading.reverses_id.is_not(None))


def _raw(q: Asking) -> Any:
    """A reading as the driver has it: ids, whole numbers and words."""
    plain: Any = sa.types.NullType()
    return sa.select(
        q.kept(Reading.id), q.kept(Reading.reverses_id), q.kept(Reading.meter_id), q.kept(Reading.lease_id),
        *(
            sa.type_coerce(column, plain).label(column.key)
            for column in (Reading.kind, Reading.value, Reading.read_on, Reading.rolled_over)
        ),
        Reading.remark,
    ).where(_in_span())  # fmt: skip


def _of_kind(q: Asking) -> sa.ColumnElement[bool]:
    """Readings of meters of one kind; on SQLite without the index on meters, which would look for them one by one."""
    wanted = sa.select(Meter.id).where(Meter.kind == sa.bindparam("kind", type_=Meter.kind.type))
    meter: Any = Reading.meter_id if q.server else sa.literal_column("+reading.meter_id")
    found: sa.ColumnElement[bool] = meter.in_(wanted)
    return found


_ALL = Quick(_raw)
_OF_KIND = Quick(lambda q: _raw(q).where(_of_kind(q)))
_SOME = Quick(lambda q: _raw(q).where(q.among(Reading.meter_id)))
