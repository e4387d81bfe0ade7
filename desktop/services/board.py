"""The room board 房态图: every room with its state, its mark and who lives there. States are derived, never stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillBalance
from desktop.models.enquiries import Reservation
from desktop.models.leases import Lease, LeaseParty, LeaseRoom, LeaseTerm
from desktop.models.parties import Party
from desktop.models.places import Building, Room
from desktop.models.values import (
    NIL,
    LeaseRole,
    LeaseState,
    Money,
    ReservationState,
    Right,
    RoomCondition,
    RoomMark,
    RoomState,
)
from desktop.models.work_orders import OPEN, WorkOrder
from desktop.services import settings
from desktop.services.errors import NotFound
from desktop.services.leases import INSIDE
from desktop.services.quick import Asking, Quick
from desktop.services.rights import needs, part
from desktop.services.work import Look

VACANT = (RoomState.VACANT_CLEAN, RoomState.VACANT_DIRTY)
_EMPTY = {
    RoomCondition.CLEAN: RoomState.VACANT_CLEAN,
    RoomCondition.DIRTY: RoomState.VACANT_DIRTY,
    RoomCondition.REPAIR: RoomState.REPAIR,
    RoomCondition.OUT_OF_USE: RoomState.OUT_OF_USE,
}
_NOTHING: tuple[Money, date | None] = (NIL, None)
_OPEN: sa.ColumnElement[Any] = sa.literal_column("0")
"""Written out: SQLite uses the partial index of open balances only for `owed <> 0`, never for `owed <> ?`."""


@dataclass(frozen=True, slots=True)
class TileFacts:
    """One room on the board."""

    room_id: UUID
    building_id: UUID
    number: str
    floor: int
    state: RoomState
    who: str
    """Tenant, coming tenant, 「分租 2/4」, or what stands in the way (换门锁, 样板间)."""
    tenant_id: UUID | None
    lease_id: UUID | None
    overdue: Money
    """Past due today, of the tenant of this state; a former tenant's debt is not the room's."""
    days_left: int | None
    """To the end of the lease; negative when overstayed; None without a lease inside."""
    comes_on: date | None
    """First day of the next signed lease, also while somebody is still inside."""
    open_repairs: int
    marks: tuple[RoomMark, ...]
    """The worst first."""
    layout: str | None
    area: Decimal | None
    held_until: date | None = None
    """Last day of the reservation that holds it; None without one."""
    reservation_id: UUID | None = None
    parts: int = 0
    """Rooms or beds inside it that are let one by one; 0 for an ordinary room."""
    unsigned: bool = False
    """Held by a lease that is not signed yet: nobody else checks in, and nobody is handed the keys."""
    closed_until: date | None = None
    """Last day a room under repair or out of use is expected to be so."""
    late: bool = False
    """That day has gone by."""
    retired: bool = False
    """It is no room any more; only its own page and the search still show it."""
    overdue_since: date | None = None
    """Due day of the oldest bill in `overdue`."""

    @property
    def mark_words(self) -> str:
        """What the third line says: 欠 2,460 · 超 3 天 · 剩 6 天 · 报修 1, or 11-27 到 of a reserved room."""
        if not self.marks:
            if self.state is RoomState.RESERVED and self.unsigned:
                return "合同待签"
            if self.closed_until is not None:
                return f"{'过了' if self.late else '到'} {self.closed_until:%m-%d}"
            if self.state is RoomState.RESERVED and self.comes_on is not None:
                return f"{self.comes_on:%m-%d} 到"
            if self.state is RoomState.RESERVED and self.held_until is not None:
                return f"留到 {self.held_until:%m-%d}"
            return ""
        return self.words_of(self.marks[0])

    def words_of(self, mark: RoomMark) -> str:
        """A mark with its figure."""
        if mark is RoomMark.ARREARS:
            # Whole yuan: a tile is narrow, and the panel says it to the fen.
            return f"欠 {self.overdue.fen // 100:,}" if self.overdue.fen >= 100 else f"欠 {self.overdue}"
        if mark is RoomMark.HOLDOVER:
            return f"超 {-(self.days_left or 0)} 天"
        if mark is RoomMark.EXPIRING:
            return f"剩 {self.days_left} 天" if self.days_left else "今天到期"
        return f"报修 {self.open_repairs}"


class Count(StrEnum):
    """The figures above the board; each is also a filter."""

    VACANT = "vacant"
    ENDING = "ending"
    ARREARS = "arrears"
    COMING = "coming"
    REPAIRS = "repairs"


def counted(tile: TileFacts, count: Count, today: date) -> bool:
    """Whether a room belongs to a figure: what is counted above the board and stays bright when it filters."""
    if count is Count.VACANT:
        return tile.state in VACANT and not tile.parts
    if count is Count.ENDING:
        return tile.days_left is not None and tile.days_left <= 0
    if count is Count.ARREARS:
        return tile.overdue > NIL
    if count is Count.COMING:
        return tile.comes_on is not None and tile.comes_on <= today
    return tile.open_repairs > 0


@dataclass(frozen=True, slots=True)
class Counters:
    """The figures above the board."""

    vacant: int
    vacant_clean: int
    ending: int
    """Rooms whose lease ends today."""
    overstayed: int
    """Rooms whose lease is over and whose tenant is still inside."""
    overdue_rooms: int
    overdue: Money
    coming: int
    """Signed leases that begin today or began earlier and wait for the handover."""
    coming_later: int
    repairs: int
    """Open work orders."""
    repair_rooms: int


@dataclass(frozen=True, slots=True)
class Board:
    """The whole board as of one moment."""

    today: date
    buildings: tuple[tuple[UUID, str], ...]
    tiles: tuple[TileFacts, ...]
    """By building, floor from the top, number."""
    counters: Counters


@needs(Right.SEE_BOARD)
def board(look: Look) -> Board:
    """Every room with its derived state, in a handful of queries whatever the number of rooms.

    Arrears show only to those who may see bills.
    """
    buildings = look.session.execute(
        sa.select(Building.id, Building.name)
        .where(Building.deleted_at.is_(None))
        .order_by(Building.sort, Building.name)
    ).all()
    place = {row.id: at for at, row in enumerate(buildings)}
    tiles = [tile for tile in _tiles(look) if tile.building_id in place]
    tiles.sort(key=lambda tile: standing(place[tile.building_id], tile.floor, tile.number))
    today = look.world.today()
    return Board(today, tuple((row.id, row.name) for row in buildings), tuple(tiles), count(tiles, today))


@part
def tiles_of(look: Look, ids: Sequence[UUID]) -> dict[UUID, TileFacts]:
    """Some rooms as the board would show them, by id; rooms that are gone are left out."""
    look.settle()
    family = set(ids)
    around, inside = _AROUND.ask(look.connection, ids), _INSIDE_OF.ask(look.connection, ids)
    rings = [row[0] for row in around()]
    while rings:  # outwards to the flat around a bed
        family |= set(rings)
        rings = _AROUND.first(look.connection, rings)
    inner = {row[0] for row in inside()}
    if family - set(ids):
        inner |= set(_INSIDE_OF.first(look.connection, list(family)))
    while inner := inner - family:  # and inwards to the beds of a flat
        family |= inner
        inner = set(_INSIDE_OF.first(look.connection, list(inner)))
    found = {tile.room_id: tile for tile in _tiles(look, sorted(family))}
    return {room_id: found[room_id] for room_id in ids if room_id in found}


_AROUND = Quick(lambda q: sa.select(Room.parent_id).where(q.among(Room.id), Room.parent_id.is_not(None)))
_INSIDE_OF = Quick(lambda q: sa.select(Room.id).where(q.among(Room.parent_id)))


@part
def tile_of(look: Look, room_id: UUID) -> TileFacts:
    """One room as the board would show it. Raises NotFound."""
    found = tiles_of(look, [room_id])
    if room_id not in found:
        raise NotFound("这间房")
    return found[room_id]


def standing(building: int, floor: int, number: str) -> tuple[int, int, int, str]:
    """Where a room stands: by building, from the top; 1203 before 1203-A before 1204, and 905 before 1001."""
    return building, -floor, len(number.partition("-")[0]), number


def _tiles(look: Look, ids: Sequence[UUID] | None = None) -> list[TileFacts]:
    """The tiles of some rooms (all when no ids are given), in no order."""
    look.settle()
    today = look.world.today()
    expiring = int(settings.value_of(look, "expiring_days"))
    leases, repairs_ = _LEASES.ask(look.connection, ids), _REPAIRS.ask(look.connection, ids)
    reserved = _RESERVATIONS.ask(look.connection, ids, today=today)
    # Among ids also one that is no more: its page still tells its story.
    rooms = _ROOMS.ask(look.connection, ids, today=today)
    overdue = _overdue(look, today, ids) if Right.SEE_BILLS in look.actor.rights else {}
    inside, coming = _leases(leases(), today)
    repairs = {row.room_id: int(row.orders) for row in repairs_()}
    held = {row.room_id: row for row in reserved()}  # one whose last day has gone by holds nothing
    tiles, parents = [], {}
    for room in rooms():
        if room.parent_id is not None:
            parents[room.id] = room.parent_id
        tiles.append(
            _tile(
                room,
                inside.get(room.id),
                coming.get(room.id),
                held.get(room.id),
                overdue,
                repairs.get(room.id, 0),
                today,
                expiring,
            )
        )
    return _families(tiles, parents) if parents else tiles


_TODAY = sa.bindparam("today", type_=LeaseRoom.valid_from.type)
_ROOMS = Quick(
    lambda q: sa.select(
        Room.id, Room.building_id, Room.parent_id, Room.number, Room.floor, Room.condition, Room.condition_note,
        Room.condition_until, Room.layout, Room.area, Room.retired_on,
    ).where(
        Room.deleted_at.is_(None), q.among(Room.id),
        sa.true() if q.size else sa.or_(Room.retired_on.is_(None), Room.retired_on > _TODAY),
    )
)  # fmt: skip


def _leases(rows: Sequence[Any], today: date) -> tuple[dict[UUID, Any], dict[UUID, Any]]:
    """({room: lease whose tenant has the keys}, {room: the next one, signed or about to be}) of rows of `_LEASES`."""
    first: dict[UUID, date] = {}
    latest: dict[UUID, date] = {}
    for row in rows:
        first[row.id] = min(row.valid_from, first.get(row.id, row.valid_from))
        latest[row.id] = max(row.valid_from, latest.get(row.id, row.valid_from))
    inside: dict[UUID, Any] = {}
    coming: dict[UUID, Any] = {}
    for row in rows:
        # With the keys before the first day the tenant is inside; a later room of a running lease is still to come.
        if row.state in _COMING or row.valid_from > max(today, first[row.id]):
            known = coming.get(row.room_id)
            if known is None or row.valid_from <= known.valid_from:
                coming[row.room_id] = row
        elif row.valid_to >= today or latest[row.id] <= row.valid_to:
            # Over, but no other room of this lease follows: the tenant has not left (期满未退), nor moved house (换房).
            inside[row.room_id] = row
    return inside, coming


_COMING = (LeaseState.SIGNED, LeaseState.DRAFT)
"""A lease that is only a draft takes its room, too: no check-in may (`room_claims`), so it is not shown as free."""
_FEW_ROOMS = 16


def _in_force(q: Asking) -> sa.ColumnElement[bool]:
    """Of few rooms each lease is looked at; of a page of them, old ones would be read by the thousand, so it is asked
    first which leases are in force. PostgreSQL counts for itself."""
    states = (*INSIDE, *_COMING)
    if q.server or q.size <= _FEW_ROOMS:
        return q.tested(Lease.state).in_(states)  # type: ignore[no-any-return]
    current = sa.orm.aliased(Lease)
    return q.tested(LeaseRoom.lease_id).in_(sa.select(current.id).where(current.state.in_(states)))  # type: ignore[no-any-return]


_LEASES = Quick(
    lambda q: sa.select(
        LeaseRoom.room_id, LeaseRoom.valid_from, LeaseRoom.valid_to, Lease.id, Lease.state, LeaseTerm.end,
        Party.id.label("tenant_id"), Party.name,
    )
    .join(Lease, Lease.id == LeaseRoom.lease_id)
    .join(LeaseTerm, LeaseTerm.lease_id == Lease.id)
    .join(LeaseParty, (LeaseParty.lease_id == Lease.id) & (LeaseParty.role == LeaseRole.TENANT))
    .join(Party, Party.id == LeaseParty.party_id)
    .where(
        _in_force(q), Lease.deleted_at.is_(None), LeaseRoom.deleted_at.is_(None),
        LeaseTerm.deleted_at.is_(None), LeaseParty.deleted_at.is_(None), LeaseRoom.valid_from <= LeaseRoom.valid_to,
        q.among(LeaseRoom.room_id),
    )
    .order_by(LeaseTerm.effective_from)
)  # fmt: skip


_RESERVATIONS = Quick(
    lambda q: sa.select(
        Reservation.id, Reservation.room_id, Reservation.party_id, Party.name, Reservation.valid_to,
        Reservation.moves_in_on,
    )
    .join(Party, Party.id == Reservation.party_id)
    .where(
        Reservation.state == ReservationState.HELD, Reservation.deleted_at.is_(None),
        Reservation.valid_from <= _TODAY, Reservation.valid_to >= _TODAY, q.among(Reservation.room_id),
    )
)  # fmt: skip


def _overdue(look: Look, today: date, ids: Sequence[UUID] | None) -> dict[tuple[UUID, UUID], tuple[Money, date]]:
    """{(room, debtor): (past due, since when)}."""
    rows = _OVERDUE.rows(look.connection, ids, today=today)
    return {(row.room_id, row.debtor_id): (Money(int(row.fen)), row.since) for row in rows}


_OVERDUE = Quick(
    lambda q: sa.select(
        BillBalance.room_id, BillBalance.debtor_id,
        sa.func.sum(sa.type_coerce(BillBalance.owed, sa.BigInteger)).label("fen"),
        sa.func.min(BillBalance.due).label("since"),
    )
    .where(
        BillBalance.owed != _OPEN, BillBalance.due < _TODAY, BillBalance.room_id.is_not(None),
        q.among(BillBalance.room_id),
    )
    .group_by(BillBalance.room_id, BillBalance.debtor_id)
)  # fmt: skip


_REPAIRS = Quick(
    lambda q: sa.select(WorkOrder.room_id, sa.func.count().label("orders"))
    .where(
        WorkOrder.state.in_(OPEN), WorkOrder.room_id.is_not(None), WorkOrder.deleted_at.is_(None),
        q.among(WorkOrder.room_id),
    )
    .group_by(WorkOrder.room_id)
)  # fmt: skip


def _tile(
    room: Any, inside: Any, coming: Any, held: Any, debts: dict[tuple[UUID, UUID], tuple[Money, date]], repairs: int,
    today: date, expiring: int,
) -> TileFacts:  # fmt: skip
    state, who, days_left, lease = _EMPTY[room.condition], room.condition_note or "", None, None
    if room.retired_on is not None and room.retired_on <= today:
        state, who = RoomState.OUT_OF_USE, "已注销"
    elif inside is not None:
        state, who, lease = RoomState.LET, inside.name, inside
        days_left = (inside.end - today).days
    elif state in VACANT:
        who = ""
        if coming is not None:
            state, who, lease = RoomState.RESERVED, coming.name, coming
        elif held is not None:
            state, who = RoomState.RESERVED, held.name
    overdue, since = debts.get((room.id, lease.tenant_id), _NOTHING) if lease is not None and debts else _NOTHING
    marks = []
    if overdue.fen > 0:
        marks.append(RoomMark.ARREARS)
    if days_left is not None and days_left < 0:
        marks.append(RoomMark.HOLDOVER)
    elif days_left is not None and days_left <= expiring:
        marks.append(RoomMark.EXPIRING)
    if repairs:
        marks.append(RoomMark.REPAIR_OPEN)
    unsigned = coming is not None and coming.state is LeaseState.DRAFT
    signed = coming if not unsigned else None
    comes_on = signed.valid_from if signed is not None else held.moves_in_on if held is not None else None
    closed = state in (RoomState.REPAIR, RoomState.OUT_OF_USE) and room.retired_on is None
    until = room.condition_until if closed else None
    tenant_id = lease.tenant_id if lease else held.party_id if state is RoomState.RESERVED else None
    return TileFacts(
        room.id, room.building_id, room.number, room.floor, state, who, tenant_id, lease.id if lease else None, overdue,
        days_left, comes_on, repairs, tuple(marks), room.layout, room.area,
        held.valid_to if held is not None else None, held.id if held is not None else None,
        unsigned=unsigned and state is RoomState.RESERVED, closed_until=until,
        late=until is not None and until < today, retired=room.retired_on is not None and room.retired_on <= today,
        overdue_since=since if overdue > NIL else None,
    )  # fmt: skip


def _families(tiles: list[TileFacts], parents: dict[UUID, UUID]) -> list[TileFacts]:
    """Flats and the rooms or beds in them: neither is free while the other is taken (`leases` refuses it too)."""
    by_id = {tile.room_id: tile for tile in tiles}
    inner: dict[UUID, list[UUID]] = {}
    for child, parent in parents.items():
        if parent in by_id:
            inner.setdefault(parent, []).append(child)

    def leaves(room_id: UUID) -> list[TileFacts]:
        children = inner.get(room_id)
        return [leaf for child in children for leaf in leaves(child)] if children else [by_id[room_id]]

    def outer(room_id: UUID) -> TileFacts | None:
        """The nearest surrounding room that is taken or closed as a whole."""
        parent = parents.get(room_id)
        if parent is None or parent not in by_id:
            return None
        return by_id[parent] if by_id[parent].state not in VACANT else outer(parent)

    shown = []
    for tile in tiles:
        if tile.room_id in inner:
            parts = leaves(tile.room_id)
            let = sum(part.state is RoomState.LET for part in parts)
            taken = let or any(part.state is RoomState.RESERVED for part in parts)
            tile = replace(tile, parts=len(parts))
            if taken and tile.state in VACANT:
                state = RoomState.LET if let else RoomState.RESERVED
                tile = replace(tile, state=state, who=f"分租 {let}/{len(parts)}")
        elif tile.state in VACANT and (whole := outer(tile.room_id)) is not None:
            tile = replace(tile, state=whole.state, who=whole.who, tenant_id=whole.tenant_id, lease_id=whole.lease_id)
        shown.append(tile)
    return shown


def count(tiles: Sequence[TileFacts], today: date) -> Counters:
    """The figures of some rooms."""
    empty = [tile for tile in tiles if counted(tile, Count.VACANT, today)]
    return Counters(
        vacant=len(empty),
        vacant_clean=sum(t.state is RoomState.VACANT_CLEAN for t in empty),
        ending=sum(t.days_left == 0 for t in tiles),
        overstayed=sum(t.days_left is not None and t.days_left < 0 for t in tiles),
        overdue_rooms=sum(t.overdue.fen > 0 for t in tiles),
        overdue=Money(sum(t.overdue.fen for t in tiles)),
        coming=sum(t.comes_on is not None and t.comes_on <= today for t in tiles),
        coming_later=sum(t.comes_on is not None and t.comes_on > today for t in tiles),
        repairs=sum(t.open_repairs for t in tiles),
        repair_rooms=sum(t.open_repairs > 0 for t in tiles),
    )
