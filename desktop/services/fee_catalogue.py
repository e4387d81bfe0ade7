"""The fee catalogue 收费标准 read as a whole: items, prices, exceptions of rooms, discounts, and which holds on a day.

Read once for a bill run, then asked for every room: plain dictionaries, no database behind them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Protocol, TypeVar
from uuid import UUID

import sqlalchemy as sa

from desktop.ids import id_of_hex
from desktop.models.base import Profile
from desktop.models.fees import DiscountRule, FeeItem, RoomFee, Tariff
from desktop.models.values import (
    AreaKind,
    DebtorRule,
    DiscountKind,
    FeeBasis,
    FeeType,
    MeterKind,
    Money,
    Period,
    Right,
    RoomKind,
    StubRule,
    TierSpan,
)
from desktop.services.rights import needs, part
from desktop.services.work import Look

ONE_DAY = timedelta(days=1)
RENT = "rent"
"""What stands for the rent of leases among the fee items of a discount rule."""

Tiers = tuple[tuple[Decimal | None, Decimal], ...]
"""(up to and including so many units, yuan a unit), the last without an end; () for one price."""
Scope = tuple[UUID | None, RoomKind | None]
"""(building, kind of room) that a price is for; None: all of them."""


class Dated(Protocol):
    """A row that holds from a day to a day, both counted."""

    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date | None: ...


D = TypeVar("D", bound=Dated)


@dataclass(frozen=True, slots=True)
class FeeItemRow:
    """A fee item 收费项目: what is charged, of which rooms, from whom, how often."""

    id: UUID
    version: int
    name: str
    fee_type: FeeType
    basis: FeeBasis
    area_kind: AreaKind
    meter_kind: MeterKind | None
    debtor: DebtorRule
    every_room: bool
    room_kinds: frozenset[RoomKind]
    """Empty: every kind."""
    building_ids: frozenset[UUID]
    """Empty: every building."""
    cycle_months: int
    in_arrears: bool
    due_days: int
    stub_rule: StubRule
    unit: str | None
    valid_from: date
    valid_to: date | None
    sort: int

    def covers(self, building_id: UUID, room_kind: RoomKind) -> bool:
        """Whether rooms of this kind in this building may owe it; those of an item that is not for every room are
        named one by one besides."""
        return (not self.building_ids or building_id in self.building_ids) and (
            not self.room_kinds or room_kind in self.room_kinds
        )


@dataclass(frozen=True, slots=True)
class TariffRow:
    """A price 计费单价 from a day on. One of `unit_price` and `tiers` is given."""

    id: UUID
    version: int
    fee_item_id: UUID
    building_id: UUID | None
    room_kind: RoomKind | None
    valid_from: date
    valid_to: date | None
    unit_price: Decimal | None
    tiers: Tiers
    tier_span: TierSpan
    one_line: bool
    minimum: Money
    tax_rate: Decimal | None
    document: str | None

    @property
    def scope(self) -> Scope:
        return (self.building_id, self.room_kind)


@dataclass(frozen=True, slots=True)
class RoomFeeRow:
    """What is particular to a room: so many pieces, a price of its own, or exempt."""

    id: UUID
    version: int
    fee_item_id: UUID
    room_id: UUID
    valid_from: date
    valid_to: date | None
    exempt: bool
    quantity: Decimal | None
    unit_price: Decimal | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class DiscountRow:
    """A discount that the program grants by itself."""

    id: UUID
    version: int
    name: str
    kind: DiscountKind
    fee_item_ids: frozenset[UUID]
    of_rent: bool
    """Rent of leases is among what it is taken off."""
    percent: Decimal
    threshold: int
    valid_from: date
    valid_to: date | None
    sort: int
    document: str | None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything an office charges for. Build it with `catalogue_from`."""

    items: tuple[FeeItemRow, ...]
    """In the order of the office."""
    by_id: Mapping[UUID, FeeItemRow]
    tariffs: Mapping[UUID, Mapping[Scope, tuple[TariffRow, ...]]]
    """Of each item and scope, the earliest first."""
    room_fees: Mapping[UUID, Mapping[UUID, tuple[RoomFeeRow, ...]]]
    """Of each item and room, the earliest first."""
    discounts: tuple[DiscountRow, ...]
    """In the order in which they are taken."""
    _runs: dict[tuple[object, ...], list[tuple[Period, TariffRow | None]]] = field(
        default_factory=dict, compare=False, repr=False
    )
    """What was asked before: a thousand rooms of one building ask the same."""


def catalogue_from(
    items: Sequence[FeeItemRow],
    tariffs: Sequence[TariffRow] = (),
    room_fees: Sequence[RoomFeeRow] = (),
    discounts: Sequence[DiscountRow] = (),
) -> Catalogue:
    """The catalogue of some rows, in any order."""
    prices: dict[UUID, dict[Scope, list[TariffRow]]] = {}
    for tariff in sorted(tariffs, key=lambda each: each.valid_from):
        prices.setdefault(tariff.fee_item_id, {}).setdefault(tariff.scope, []).append(tariff)
    fees: dict[UUID, dict[UUID, list[RoomFeeRow]]] = {}
    for fee in sorted(room_fees, key=lambda each: each.valid_from):
        fees.setdefault(fee.fee_item_id, {}).setdefault(fee.room_id, []).append(fee)
    ordered = tuple(sorted(items, key=lambda each: (each.sort, each.name, each.id)))
    return Catalogue(
        ordered,
        {item.id: item for item in ordered},
        {item: {scope: tuple(rows) for scope, rows in scopes.items()} for item, scopes in prices.items()},
        {item: {room: tuple(rows) for room, rows in rooms.items()} for item, rooms in fees.items()},
        tuple(sorted(discounts, key=lambda each: (each.sort, each.name, each.id))),
    )


# ---- what holds on a day ---------------------------------------------------------------------------------------------


def tariff_for(
    catalogue: Catalogue, item_id: UUID, building_id: UUID, room_kind: RoomKind, day: date
) -> TariffRow | None:
    """The price of an item for a room of this building and kind on a day; None: there is none.

    A price for the building goes before one for the kind, one for both before either, that of the office comes last.
    """
    for rows in _candidates(catalogue, item_id, building_id, room_kind):
        if (found := _on(rows, day)) is not None:
            return found
    return None


def tariff_runs(
    catalogue: Catalogue, item_id: UUID, building_id: UUID, room_kind: RoomKind, period: Period
) -> list[tuple[Period, TariffRow | None]]:
    """A period cut where the price changes; None: days without a price. The parts are the whole period, in order."""
    key = (item_id, building_id, room_kind, period.start, period.end)
    found = catalogue._runs.get(key)
    if found is None:
        found = _runs(_candidates(catalogue, item_id, building_id, room_kind), period)
        catalogue._runs[key] = found
    return list(found)


def room_fee_for(catalogue: Catalogue, item_id: UUID, room_id: UUID, day: date) -> RoomFeeRow | None:
    """What is particular to a room on a day; None: nothing."""
    return _on(_fees(catalogue, item_id, room_id), day)


def room_fee_runs(
    catalogue: Catalogue, item_id: UUID, room_id: UUID, period: Period
) -> list[tuple[Period, RoomFeeRow | None]]:
    """A period cut where what is particular to the room begins or ends; None: days without it."""
    rows = _fees(catalogue, item_id, room_id)
    return _runs([rows], period) if rows else [(period, None)]


def discounts_on(catalogue: Catalogue, item_id: UUID | None, day: date) -> list[DiscountRow]:
    """The discount rules of an item that hold on a day, in the order in which they are taken. None: of rent."""
    return [
        rule
        for rule in catalogue.discounts
        if holds(rule, day) and (rule.of_rent if item_id is None else item_id in rule.fee_item_ids)
    ]


def holds(row: Dated, day: date) -> bool:
    """Whether a day lies within the days of a row."""
    return row.valid_from <= day and (row.valid_to is None or day <= row.valid_to)


def _candidates(
    catalogue: Catalogue, item_id: UUID, building_id: UUID, room_kind: RoomKind
) -> list[tuple[TariffRow, ...]]:
    scopes = catalogue.tariffs.get(item_id)
    if scopes is None:
        return []
    wanted: tuple[Scope, ...] = ((building_id, room_kind), (building_id, None), (None, room_kind), (None, None))
    return [scopes[scope] for scope in wanted if scope in scopes]


def _fees(catalogue: Catalogue, item_id: UUID, room_id: UUID) -> tuple[RoomFeeRow, ...]:
    rooms = catalogue.room_fees.get(item_id)
    return rooms.get(room_id, ()) if rooms is not None else ()


def _on(rows: Sequence[D], day: date) -> D | None:
    # The latest that has begun: sync may bring two that overlap, and then the newer price is the one that was meant.
    return next((row for row in reversed(rows) if holds(row, day)), None)


def _runs(candidates: Sequence[Sequence[D]], period: Period) -> list[tuple[Period, D | None]]:
    cuts = {period.start}
    for rows in candidates:
        for row in rows:
            cuts.add(row.valid_from)
            if row.valid_to is not None:
                cuts.add(row.valid_to + ONE_DAY)
    starts = sorted(day for day in cuts if period.start <= day <= period.end)
    parts: list[tuple[Period, D | None]] = []
    for start, end in zip(starts, [*(day - ONE_DAY for day in starts[1:]), period.end], strict=True):
        found = next((held for rows in candidates if (held := _on(rows, start)) is not None), None)
        if parts and parts[-1][1] is found:
            parts[-1] = (Period(parts[-1][0].start, end), found)
        else:
            parts.append((Period(start, end), found))
    return parts


# ---- reading ---------------------------------------------------------------------------------------------------------


@needs(Right.SEE_BILLS)
def fee_catalogue(look: Look) -> Catalogue:
    """Everything the office charges for, without what was deleted; ended items and past prices are in it."""
    return catalogue_of(look)


@part
def catalogue_of(look: Look) -> Catalogue:
    """`fee_catalogue` inside another function."""
    return catalogue_from(items_of(look), tariffs_of(look), room_fees_of(look), discounts_of(look))


# Columns instead of rows: an office may have an exception for each of 100,000 rooms.


@part
def items_of(look: Look, item_id: UUID | None = None) -> list[FeeItemRow]:
    """All fee items, or one of them."""
    found = _stored(
        look, FeeItem, FeeItem.id == item_id if item_id else None, FeeItem.id, FeeItem.version, FeeItem.name,
        FeeItem.fee_type, FeeItem.basis, FeeItem.area_kind, FeeItem.meter_kind, FeeItem.debtor, FeeItem.every_room,
        FeeItem.room_kinds, FeeItem.building_ids, FeeItem.cycle_months, FeeItem.in_arrears, FeeItem.due_days,
        FeeItem.stub_rule, FeeItem.unit, FeeItem.valid_from, FeeItem.valid_to, FeeItem.sort,
    )  # fmt: skip
    return [
        FeeItemRow(**row._asdict() | {"room_kinds": kinds_of(row.room_kinds), "building_ids": ids_of(row.building_ids)})
        for row in found
    ]


@part
def tariffs_of(look: Look, item_id: UUID | None = None) -> list[TariffRow]:
    """All prices, or those of one item."""
    found = _stored(
        look, Tariff, Tariff.fee_item_id == item_id if item_id else None, Tariff.id, Tariff.version, Tariff.fee_item_id,
        Tariff.building_id, Tariff.room_kind, Tariff.valid_from, Tariff.valid_to, Tariff.unit_price, Tariff.tiers,
        Tariff.tier_span, Tariff.one_line, Tariff.minimum, Tariff.tax_rate, Tariff.document,
    )  # fmt: skip
    return [TariffRow(**row._asdict() | {"tiers": tiers_of(row.tiers)}) for row in found]


@part
def room_fees_of(look: Look, item_id: UUID | None = None, room_id: UUID | None = None) -> list[RoomFeeRow]:
    """What is particular to rooms: all of it, or of one item or room."""
    which = [RoomFee.fee_item_id == item_id] * (item_id is not None) + [RoomFee.room_id == room_id] * (
        room_id is not None
    )
    found = _stored(
        look, RoomFee, sa.and_(sa.true(), *which), RoomFee.id, RoomFee.version, RoomFee.fee_item_id, RoomFee.room_id,
        RoomFee.valid_from, RoomFee.valid_to, RoomFee.exempt, RoomFee.quantity, RoomFee.unit_price, RoomFee.reason,
    )  # fmt: skip
    return [RoomFeeRow(*row) for row in found]


@part
def discounts_of(look: Look) -> list[DiscountRow]:
    """All discount rules."""
    found = _stored(
        look, DiscountRule, None, DiscountRule.id, DiscountRule.version, DiscountRule.name, DiscountRule.kind,
        DiscountRule.fee_item_ids, DiscountRule.percent, DiscountRule.threshold, DiscountRule.valid_from,
        DiscountRule.valid_to, DiscountRule.sort, DiscountRule.document,
    )  # fmt: skip
    return [
        DiscountRow(**row._asdict() | {"fee_item_ids": ids_of(row.fee_item_ids), "of_rent": RENT in row.fee_item_ids})
        for row in found
    ]


def _stored(look: Look, model: type[Profile], which: sa.ColumnElement[bool] | None, *columns: Any) -> Sequence[Any]:
    """The rows that were not deleted, among those of `which`."""
    look.settle()
    query = sa.select(*columns).where(model.deleted_at.is_(None))
    return look.connection.execute(query if which is None else query.where(which)).all()


def kinds_of(stored: Sequence[str]) -> frozenset[RoomKind]:
    """Kinds of rooms as they are stored in a list of words."""
    return frozenset(RoomKind(word) for word in stored)


def ids_of(stored: Sequence[str]) -> frozenset[UUID]:
    """Ids as they are stored in a list of 32 hex digits each; the word for rent is left out."""
    return frozenset(id_of_hex(text) for text in stored if text != RENT)


def tiers_of(stored: Sequence[Sequence[str | None]]) -> Tiers:
    """Tiers as they are stored: [["180", "3.45"], [null, "5.83"]]."""
    return tuple((None if upto is None else Decimal(upto), Decimal(price or 0)) for upto, price in stored)
