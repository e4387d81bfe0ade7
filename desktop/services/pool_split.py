"""How a shared cost 公摊 falls on rooms: who takes part, on what basis, what each bears, down to the fen.

Preview and bills ask the same function, so they cannot differ. The arithmetic itself stands in `apportioning`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.fees import FeeItem
from desktop.models.places import Building, Room
from desktop.models.pools import PoolCharge, PoolMember, SharedPool
from desktop.models.values import AreaKind, MeterKind, Money, Period, PoolMethod, PoolSource
from desktop.services import apportioning, board
from desktop.services.bill_lists import plain
from desktop.services.errors import NotFound
from desktop.services.let_rooms import lived_in
from desktop.services.meter_uses import meters_of_rooms, uses_of_period
from desktop.services.quick import Quick
from desktop.services.rights import part
from desktop.services.work import Look

METHOD_WORDS = {
    PoolMethod.AREA: "按面积", PoolMethod.EQUAL: "按户平均", PoolMethod.RATIO: "按约定份额",
    PoolMethod.OWN_USE: "按各户用量",
}  # fmt: skip
_UNITS = {PoolMethod.AREA: " m²", PoolMethod.EQUAL: " 户", PoolMethod.RATIO: " 份", PoolMethod.OWN_USE: ""}
SEVERAL = 500
"""From so many rooms on the days of all rooms are read at once rather than those of each."""


@dataclass(frozen=True, slots=True)
class PoolFacts:
    """A shared cost as far as its split is worked out from it."""

    id: UUID
    fee_item_id: UUID
    name: str
    building_id: UUID | None
    by_members: bool
    method: PoolMethod
    source: PoolSource
    master_meter_id: UUID | None
    vacant_percent: Decimal
    office_bears_rest: bool
    valid_from: date
    valid_to: date | None
    fee: str
    """Name of the fee item."""
    area_kind: AreaKind
    meter_kind: MeterKind | None
    room_kinds: Sequence[str]
    """[]: every kind."""

    @property
    def vacant_part(self) -> Fraction:
        return Fraction(self.vacant_percent) / 100


@dataclass(frozen=True, slots=True)
class Member:
    """A room that takes part in a period."""

    room_id: UUID
    building: str
    number: str
    vacant: bool
    """Nobody lived there on any day of the period."""
    area: Decimal | None
    ratio: Decimal | None
    own_use: Decimal | None
    """Read in the period; None where the method does not ask for it."""

    @property
    def room(self) -> str:
        return f"{self.building} {self.number}"


@dataclass(frozen=True, slots=True)
class SplitRow:
    """What one room bears, and why."""

    member: Member
    basis: Decimal
    """m², households, parts or units, before the vacant-home rule."""
    weight: Fraction
    """What the share is worked out from."""
    exact: Fraction
    """Fen, before rounding."""
    money: Money
    remainder: bool
    """One of the fen that were left over came to this room (largest remainder)."""


@dataclass(frozen=True, slots=True)
class Split:
    """A sum and how it falls on rooms; `office` is what the office bears itself."""

    amount: Money
    rows: tuple[SplitRow, ...]
    office: Money
    weight: Fraction
    """Of all rooms together."""
    left_over: int
    """Fen that were given to the largest remainders."""


@dataclass(frozen=True, slots=True)
class PoolShare:
    """What one room bears of one charge: the bill run makes a line of it."""

    charge_id: UUID
    pool_id: UUID
    fee_item_id: UUID
    period: Period
    room_id: UUID
    money: Money
    lines: tuple[str, ...]
    """Why this amount, in words."""


def split(pool: PoolFacts, members: Sequence[Member], amount: Money) -> Split:
    """A sum split on members by the rule of its pool. Pure. Raises NothingToApportion."""
    each = [
        apportioning.PoolMember(member.area or Decimal(0), member.ratio, member.own_use, member.vacant)
        for member in members
    ]
    done = apportioning.split_pool(amount, pool.method, each, pool.vacant_part, pool.office_bears_rest)
    part_of = Fraction(1) if pool.office_bears_rest else pool.vacant_part
    weights = apportioning.pool_weights(pool.method, each, part_of)
    whole = sum(weights, Fraction(0))
    per_weight = Fraction(amount.fen) / whole if whole else Fraction(0)
    rows = []
    for at, (member, weight, money) in enumerate(zip(members, weights, done.shares, strict=True)):
        exact, given = per_weight * weight, at in done.rounded_up
        if pool.office_bears_rest and member.vacant and pool.vacant_part != 1:
            exact, given = exact * pool.vacant_part, False  # rounded by itself: no left-over fen came to it
        rows.append(SplitRow(member, basis_of(pool.method, member), weight, exact, money, given))
    return Split(amount, tuple(rows), done.office, whole, sum(row.remainder for row in rows))


def basis_of(method: PoolMethod, member: Member) -> Decimal:
    """What a room counts by: its m², 1 household, its parts, its own use."""
    match method:
        case PoolMethod.AREA:
            return member.area or Decimal(0)
        case PoolMethod.EQUAL:
            return Decimal(1)
        case PoolMethod.RATIO:
            return member.ratio or Decimal(0)
        case PoolMethod.OWN_USE:
            return member.own_use or Decimal(0)


def share_lines(pool: PoolFacts, period: Period, source: str, divided: Split, row: SplitRow) -> tuple[str, ...]:
    """Why a room bears this much: the sum, its part, the vacant-home rule, the rounding."""
    unit = _UNITS[pool.method]
    percent = plain(pool.vacant_percent)
    lines = [
        f"{pool.name} {period.start} 至 {period.end}，共 {divided.amount} 元" + (f"（{source}）" if source else ""),
    ]
    reduced = row.member.vacant and pool.vacant_percent != 100
    counted = plain(row.basis) + unit
    if reduced and not pool.office_bears_rest:
        counted += f" × {percent}%（空置）"
    exact = plain(Decimal(round(row.exact * 10000)).scaleb(-6), 2)
    lines.append(f"{METHOD_WORDS[pool.method]}：{counted} ÷ {_words(divided.weight)}{unit}，应摊 {exact} 元")
    if reduced and pool.office_bears_rest:
        lines.append(f"空置只摊 {percent}%，其余由管理处承担")
    if row.remainder:
        lines.append("除不尽的分，尾数大的先补：这一户补 0.01 元")
    return tuple(lines)


def _words(weight: Fraction) -> str:
    return plain(Decimal(round(weight * 1_000_000)).scaleb(-6))


def source_words(facts: Mapping[str, Any]) -> str:
    """How the sum of a charge came about."""
    if "master_use" in facts:
        master, subs, price = (Decimal(facts[key]) for key in ("master_use", "sub_use", "price"))
        return f"总表 {plain(master)} − 分表 {plain(subs)} = {plain(master - subs)}，× {plain(price, 2)}"
    return f"发票 {facts['invoice']}" if facts.get("invoice") else ""


# ---- what stands in the database ----------------------------------------------------------------------------------


@part
def pool_shares(look: Look, charge_ids: Collection[UUID]) -> list[PoolShare]:
    """What every room bears of some charges, by the very split that the preview showed; shares of 0.00 are left out."""
    shares = []
    for charge in _CHARGES.rows(look.connection, list(charge_ids)):
        pool, period = pool_facts(look, charge.pool_id), Period(charge.period_start, charge.period_end)
        divided = split(pool, members_of(look, pool, period), charge.amount)
        source = source_words(charge.facts)
        shares += [
            PoolShare(
                charge.id, pool.id, pool.fee_item_id, period, row.member.room_id, row.money,
                share_lines(pool, period, source, divided, row),
            )
            for row in divided.rows
            if row.money
        ]  # fmt: skip
    return shares


@part
def pool_facts(look: Look, pool_id: UUID) -> PoolFacts:
    """One pool with what its fee item says. Raises NotFound."""
    look.settle()
    rows = _POOLS.rows(look.connection, [pool_id])
    if not rows:
        raise NotFound("这项公摊")
    return _facts(rows[0])


@part
def all_pools(look: Look) -> list[PoolFacts]:
    """Every pool that was not taken away, by name."""
    look.settle()
    return [_facts(row) for row in _POOLS.rows(look.connection)]


def _facts(row: Any) -> PoolFacts:
    return PoolFacts(*row)


@part
def members_of(look: Look, pool: PoolFacts, period: Period) -> list[Member]:
    """The rooms that take part in a period, in the order of the board, with what each counts by.

    Without named members: the rooms of the building, or of the office, of the kinds that the fee item is for. A room
    inside another one does not count beside it; whoever shares a flat by the room names its members.
    """
    look.settle()
    connection = look.connection
    ratios: dict[UUID, Decimal | None] = {}
    if pool.by_members:
        for row in _MEMBERS.rows(connection, [pool.id], first=period.start, last=period.end):
            ratios[row.room_id] = row.ratio
        rooms = _ROOMS.rows(connection, list(ratios))
    else:
        rooms = [
            room
            for room in _ROOMS.rows(connection)
            if (pool.building_id is None or room.building_id == pool.building_id)
            and room.parent_id is None
            and (not pool.room_kinds or room.kind.value in pool.room_kinds)
            and (room.retired_on is None or room.retired_on > period.start)
        ]
    ids = [room.id for room in rooms]
    lived = lived_in(look, period, ids if len(ids) < SEVERAL else None)
    used = own_uses(look, pool, period) if pool.method is PoolMethod.OWN_USE else None
    rooms = sorted(rooms, key=lambda room: (room.sort, room.building, *board.standing(0, room.floor, room.number)))
    inner = pool.area_kind is AreaKind.INNER
    return [
        Member(
            room.id, room.building, room.number, room.id not in lived, room.inner_area if inner else room.area,
            ratios.get(room.id), None if used is None else used.get(room.id, Decimal(0)),
        )
        for room in rooms
    ]  # fmt: skip


@part
def own_uses(look: Look, pool: PoolFacts, period: Period, kind: MeterKind | None = None) -> dict[UUID, Decimal]:
    """{room: what its meters of the pool's kind counted in the period}."""
    meters = meters_of_rooms(look, pool.building_id, kind or pool.meter_kind)
    used: dict[UUID, Decimal] = {}
    for use in uses_of_period(look, meters, period):
        if use.room_id is not None:
            used[use.room_id] = used.get(use.room_id, Decimal(0)) + use.use
    return used


_CHARGES = Quick(
    lambda q: sa.select(
        PoolCharge.id, PoolCharge.pool_id, PoolCharge.period_start, PoolCharge.period_end, PoolCharge.amount,
        PoolCharge.facts,
    )
    .where(q.among(PoolCharge.id))
    .order_by(PoolCharge.period_start, PoolCharge.id)
)  # fmt: skip
_POOLS = Quick(
    lambda q: sa.select(
        SharedPool.id, SharedPool.fee_item_id, SharedPool.name, SharedPool.building_id, SharedPool.by_members,
        SharedPool.method, SharedPool.source, SharedPool.master_meter_id, SharedPool.vacant_percent,
        SharedPool.office_bears_rest, SharedPool.valid_from, SharedPool.valid_to, FeeItem.name.label("fee"),
        FeeItem.area_kind, FeeItem.meter_kind, FeeItem.room_kinds,
    )
    .join(FeeItem, FeeItem.id == SharedPool.fee_item_id)
    .where(q.among(SharedPool.id), SharedPool.deleted_at.is_(None))
    .order_by(SharedPool.name, SharedPool.id)
)  # fmt: skip
_DAY = PoolMember.valid_from.type
_MEMBERS = Quick(
    lambda q: sa.select(PoolMember.room_id, PoolMember.ratio)
    .where(
        q.among(PoolMember.pool_id), PoolMember.deleted_at.is_(None),
        PoolMember.valid_from <= sa.bindparam("last", type_=_DAY),
        sa.or_(PoolMember.valid_to.is_(None), PoolMember.valid_to >= sa.bindparam("first", type_=_DAY)),
    )
    .order_by(PoolMember.valid_from)
)  # fmt: skip
_ROOMS = Quick(
    lambda q: sa.select(
        Room.id, Room.building_id, Room.parent_id, Room.kind, Room.number, Room.floor, Room.area, Room.inner_area,
        Room.retired_on, Building.name.label("building"), Building.sort,
    )
    .join(Building, Building.id == Room.building_id)
    .where(Room.deleted_at.is_(None), q.among(Room.id))
)  # fmt: skip
