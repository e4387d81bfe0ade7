"""The meter book 抄表本: every meter of a building that is to be read, with its last reading, what it usually counts,
what a unit costs today, and who lives there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.leases import Lease, LeaseParty, LeaseRoom
from desktop.models.meters import Meter
from desktop.models.parties import Party
from desktop.models.places import Building, Room
from desktop.models.values import FeeBasis, LeaseRole, MeterKind, Money, ReadingKind, Right, RoomKind, total
from desktop.services import fee_catalogue
from desktop.services.bill_lists import plain
from desktop.services.fee_catalogue import Catalogue
from desktop.services.handover import METER_UNITS
from desktop.services.leases import INSIDE
from desktop.services.quick import KeptId, Quick, uuid_of
from desktop.services.reading_checks import JumpLimits, MeterStand, usual_per_day
from desktop.services.reading_entry import jump_limits
from desktop.services.readings import MANY, READING_PLACES, Readings, StandingReading, readings_between
from desktop.services.rights import needs, part
from desktop.services.tariff_rating import Price, Tier, rate_usage, rate_usage_as_one
from desktop.services.work import Look

BOOK_DAYS = 130
"""How far back the book looks for what is usual: three uses of a meter read every month."""
_ROUND = (ReadingKind.REGULAR, ReadingKind.ESTIMATED)


@dataclass(frozen=True, slots=True)
class BookPrice:
    """What a unit costs a room today; `words` for the column."""

    words: str
    price: Price
    one_line: bool = False

    def money(self, use: Decimal) -> Money:
        """What a use comes to under it. A yearly ladder is taken from its first tier: the bill knows the year."""
        rate = rate_usage_as_one if self.one_line else rate_usage
        return total(line.money for line in rate(use, self.price))


@dataclass(frozen=True, slots=True)
class BookRow:
    """One line of the meter book."""

    stand: MeterStand
    """The meter; `last` is the reading before this round."""
    building: str
    number: str
    """Room, or where a master meter hangs."""
    floor: int | None
    who: str
    """Who has the keys; "" while the room is vacant."""
    price: BookPrice | None
    """None: no fee is charged by this meter today."""
    now: StandingReading | None
    """What was read in this round already; None: still to be read."""

    @property
    def newest(self) -> StandingReading | None:
        """The last reading there is, of this round or before."""
        return self.now or self.stand.last

    @property
    def use(self) -> Decimal | None:
        """Of this round; None while it is to be read."""
        return None if self.now is None else self.stand.use_of(self.now.value, self.now.rolled_over)


class BookRows(Sequence[BookRow]):
    """The lines of a book; each is made when it is first looked at: a screen shows twenty of 5,000."""

    def __init__(
        self, meters: Sequence[Any], readings: Readings, who: Mapping[KeptId, str], prices: _Prices, day: date
    ) -> None:
        self._meters, self._readings, self._who, self._prices, self._day = meters, readings, who, prices, day
        self._made: dict[int, BookRow] = {}
        first = day.replace(day=1)
        self.read = tuple(readings.read_since(row.id, first, _ROUND) for row in meters)
        """Of each line, whether it was read in this round."""

    def __len__(self) -> int:
        return len(self._meters)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        place = range(len(self))[at]
        if place not in self._made:
            self._made[place] = self._row(self._meters[place])
        return self._made[place]

    def _row(self, row: Any) -> BookRow:
        meter_id = uuid_of(row.id)
        seen = self._readings.of(meter_id, row.id)
        now = seen[-1] if seen and _of_round(seen[-1], self._day) else None
        before = seen[:-1] if now is not None else seen
        of_room = row.room_id is not None
        multiplier = Decimal(row.multiplier).scaleb(-READING_PLACES)
        highest = None if row.highest is None else Decimal(row.highest).scaleb(-READING_PLACES)
        stand = MeterStand(
            meter_id, f"{row.house_name} {row.number}" if of_room else _master(row), self._prices.kind, row.serial,
            multiplier, highest, row.installed_on, row.removed_on, uuid_of(row.room_id) if of_room else None,
            before[-1] if before else None, before[-2] if len(before) > 1 else None,
            usual_per_day(before, multiplier, highest),
        )  # fmt: skip
        return BookRow(
            stand, (row.house_name if of_room else row.hangs_in) or "", row.number if of_room else row.place or "总表",
            row.floor if of_room else None, self._who.get(row.room_id, ""),
            self._prices.of(row, uuid_of(row.room_id)) if of_room else None, now,
        )  # fmt: skip

    def find(self, text: str) -> int | None:
        """The first line whose room number, serial number or tenant begins with a text; None without any."""
        wanted = text.strip().lower()
        for at, row in enumerate(self._meters):
            names = (row.number, row.serial, self._who.get(row.room_id))
            if any(name is not None and name.lower().startswith(wanted) for name in names):
                return at
        return None


@dataclass(frozen=True, slots=True)
class MeterBook:
    """The lines of one building and kind, by floor and room; master meters first."""

    kind: MeterKind
    day: date
    """Of the round: readings of its calendar month belong to it."""
    rows: BookRows
    limits: JumpLimits

    @property
    def read(self) -> int:
        """How many were read in this round."""
        return sum(self.rows.read)


@needs(Right.READ_METERS)
def meter_book(look: Look, building_id: UUID | None, kind: MeterKind, day: date | None = None) -> MeterBook:
    """The book of a building (None: of all, with the master meters of the whole office) for one kind of meter."""
    look.settle()
    day = day or look.world.today()
    connection = look.connection
    meters = _METERS.rows(connection, kind=kind, day=day)
    if building_id is not None:
        server = connection.dialect.name == "postgresql"
        house = building_id if server else building_id.bytes
        meters = [row for row in meters if house in (row.house, row.building_id)]
    readings = _readings(look, meters, kind, day)
    who = {row.room_id: row.name for row in _WHO.rows(connection, day=day)}
    prices = _Prices(fee_catalogue.catalogue_of(look), kind, day)
    return MeterBook(kind, day, BookRows(meters, readings, who, prices, day), jump_limits(look))


@part
def _readings(look: Look, meters: Sequence[Any], kind: MeterKind, day: date) -> Readings:
    """The readings of a season, and all there are of meters that were hardly read in it."""
    ids = [uuid_of(row.id) for row in meters] if len(meters) <= MANY else [row.id for row in meters]
    found = readings_between(look, ids, day - timedelta(days=BOOK_DAYS), date.max, kind)
    few = [uuid_of(row.id) for row in meters if found.count(row.id) < 2]
    if few:
        found.add(readings_between(look, few, date.min, date.max))
    return found


@dataclass(frozen=True, slots=True)
class BookChoices:
    """What a book can be of: buildings with meters, and the kinds of meters that hang, the most usual first."""

    buildings: tuple[tuple[UUID, str], ...]
    kinds: tuple[MeterKind, ...]


@needs(Right.READ_METERS)
def book_choices(look: Look) -> BookChoices:
    """The buildings and kinds that there are meters of."""
    session = look.session
    hangs = (Meter.removed_on.is_(None), Meter.deleted_at.is_(None))
    kinds = session.execute(
        sa.select(Meter.kind).where(*hangs).group_by(Meter.kind).order_by(sa.func.count().desc(), Meter.kind)
    )
    buildings = session.execute(
        sa.select(Building.id, Building.name).where(Building.deleted_at.is_(None)).order_by(Building.sort)
    )
    return BookChoices(tuple((row.id, row.name) for row in buildings), tuple(row.kind for row in kinds))


@dataclass(frozen=True, slots=True)
class BookMeter:
    """A meter to be read, as a sheet names it."""

    id: UUID
    building: str
    number: str
    serial: str | None


@part
def meters_to_read(look: Look, building_id: UUID | None, kind: MeterKind) -> list[BookMeter]:
    """The meters of a book, in its order."""
    rows = _METERS.rows(look.connection, kind=kind, day=look.world.today())
    if building_id is not None:
        house = building_id if look.connection.dialect.name == "postgresql" else building_id.bytes
        rows = [row for row in rows if house in (row.house, row.building_id)]
    return [
        BookMeter(
            uuid_of(row.id), (row.house_name if row.room_id is not None else row.hangs_in) or "",
            row.number if row.room_id is not None else row.place or "总表", row.serial,
        )
        for row in rows
    ]  # fmt: skip


def _of_round(reading: StandingReading, day: date) -> bool:
    return reading.kind in _ROUND and (reading.read_on.year, reading.read_on.month) == (day.year, day.month)


def _master(row: Any) -> str:
    return " ".join(each for each in (row.hangs_in or "", "总表", row.place or "") if each)


class _Prices:
    """What a unit of one kind of meter costs, by building, kind of room and exception; each worded once."""

    def __init__(self, catalogue: Catalogue, kind: MeterKind, day: date) -> None:
        self.kind = kind
        self._catalogue, self._day = catalogue, day
        self._items = [
            item
            for item in catalogue.items
            if item.basis is FeeBasis.METER and item.meter_kind is kind and fee_catalogue.holds(item, day)
        ]
        self._known: dict[object, BookPrice | None] = {}

    def of(self, row: Any, room_id: UUID) -> BookPrice | None:
        """The price for the room of a meter; of the first fee item that covers it."""
        house, kind = uuid_of(row.house), row.room_kind
        for item in self._items:
            own = fee_catalogue.room_fee_for(self._catalogue, item.id, room_id, self._day)
            if own is not None and own.exempt:
                continue
            if own is None and not (item.every_room and item.covers(house, kind)):
                continue
            special = own.unit_price if own is not None else None
            key = (item.id, house, kind, special)
            if key not in self._known:
                self._known[key] = self._price(item.id, house, kind, special)
            return self._known[key]
        return None

    def _price(self, item: UUID, building: UUID, kind: RoomKind, special: Decimal | None) -> BookPrice | None:
        tariff = fee_catalogue.tariff_for(self._catalogue, item, building, kind, self._day)
        unit = METER_UNITS[self.kind]
        if special is not None:
            return BookPrice(f"{plain(special, 2)}/{unit}", Price(special))
        if tariff is None:
            return None
        if not tariff.tiers:
            return BookPrice(
                f"{plain(tariff.unit_price or Decimal(0), 2)}/{unit}", Price(tariff.unit_price, (), tariff.minimum)
            )
        steps = tuple(Tier(upto, price) for upto, price in tariff.tiers)
        return BookPrice(
            f"阶梯 {plain(steps[0].price, 2)} 起", Price(None, steps, tariff.minimum), tariff.one_line
        )  # fmt: skip


_DAY = sa.bindparam("day", type_=Meter.installed_on.type)
_HANGS = sa.orm.aliased(Building)
_METERS = Quick(
    lambda q: sa.select(
        q.kept(Meter.id), q.kept(Meter.room_id), q.kept(Meter.building_id), Meter.place, Meter.serial,
        sa.type_coerce(Meter.multiplier, sa.types.NullType()).label("multiplier"),
        sa.type_coerce(Meter.highest, sa.types.NullType()).label("highest"),
        Meter.installed_on, Meter.removed_on,
        sa.type_coerce(Room.building_id, sa.types.NullType()).label("house"), Room.number, Room.floor,
        Room.kind.label("room_kind"), Building.name.label("house_name"), _HANGS.name.label("hangs_in"),
    )
    .outerjoin(Room, Room.id == Meter.room_id)
    .outerjoin(Building, Building.id == Room.building_id)
    .outerjoin(_HANGS, _HANGS.id == Meter.building_id)
    .where(
        Meter.kind == sa.bindparam("kind", type_=Meter.kind.type), Meter.deleted_at.is_(None),
        Meter.removed_on.is_(None), Meter.installed_on <= _DAY,
        sa.or_(Room.id.is_(None), sa.and_(Room.deleted_at.is_(None), Room.retired_on.is_(None))),
    )
    .order_by(
        sa.func.coalesce(Building.sort, _HANGS.sort, 0), sa.func.coalesce(Room.floor, -1000),
        sa.func.length(Room.number), Room.number, Meter.id,
    )
)  # fmt: skip
_WHO = Quick(
    lambda q: sa.select(q.kept(LeaseRoom.room_id), Party.name)
    .join(Lease, Lease.id == LeaseRoom.lease_id)
    .join(LeaseParty, (LeaseParty.lease_id == Lease.id) & (LeaseParty.role == LeaseRole.TENANT))
    .join(Party, Party.id == LeaseParty.party_id)
    .where(
        Lease.state.in_(INSIDE), Lease.deleted_at.is_(None), LeaseRoom.deleted_at.is_(None),
        LeaseParty.deleted_at.is_(None), LeaseRoom.valid_from <= LeaseRoom.valid_to, LeaseRoom.valid_from <= _DAY,
    )
    .order_by(LeaseRoom.valid_from)
)  # fmt: skip
