"""The room board 房态图: every room with its state, its mark and who lives there. States are derived, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillBalance
from desktop.models.leases import Lease, LeaseParty, LeaseRoom, LeaseTerm
from desktop.models.parties import Party
from desktop.models.places import Building, Room
from desktop.models.values import (
    NIL,
    LeaseRole,
    LeaseState,
    Money,
    Right,
    RoomCondition,
    RoomMark,
    RoomState,
)
from desktop.models.work_orders import WorkOrder, WorkOrderState
from desktop.services import settings
from desktop.services.leases import INSIDE
from desktop.services.rights import needs
from desktop.services.work import Look

OPEN_REPAIRS = (WorkOrderState.WAITING, WorkOrderState.DISPATCHED, WorkOrderState.UNDER_WAY)  # fmt: skip
_EMPTY = {
    RoomCondition.CLEAN: RoomState.VACANT_CLEAN,
    RoomCondition.DIRTY: RoomState.VACANT_DIRTY,
    RoomCondition.REPAIR: RoomState.REPAIR,
    RoomCondition.OUT_OF_USE: RoomState.OUT_OF_USE,
}


@dataclass(frozen=True, slots=True)
class TileFacts:
    """One room on the board."""

    room_id: UUID
    building_id: UUID
    number: str
    floor: int
    state: RoomState
    who: str
    """Tenant, coming tenant, or what stands in the way (换门锁, 样板间)."""
    tenant_id: UUID | None
    lease_id: UUID | None
    overdue: Money
    days_left: int | None
    """To the end of the lease; negative when overstayed; None without a lease inside."""
    comes_on: date | None
    open_repairs: int
    marks: tuple[RoomMark, ...]
    """The worst first."""
    layout: str | None
    area: Decimal | None

    @property
    def mark_words(self) -> str:
        """What the third line says: 欠 2,460 · 超 3 天 · 剩 6 天 · 报修 1 · 27日入住."""
        if self.state is RoomState.RESERVED and self.comes_on is not None:
            return f"{self.comes_on.month}-{self.comes_on.day:02d} 入住"
        if not self.marks:
            return ""
        mark = self.marks[0]
        if mark is RoomMark.ARREARS:
            yuan, fen = divmod(self.overdue.fen, 100)
            return f"欠 {yuan:,}" if not fen else f"欠 {self.overdue}"
        if mark is RoomMark.HOLDOVER:
            return f"超 {-(self.days_left or 0)} 天"
        if mark is RoomMark.EXPIRING:
            return f"剩 {self.days_left} 天"
        return f"报修 {self.open_repairs}"


@dataclass(frozen=True, slots=True)
class Counters:
    """The figures above the board."""

    vacant: int
    vacant_clean: int
    ending: int
    """Leases whose last day is today."""
    overstayed: int
    overdue_rooms: int
    overdue: Money
    coming: int
    """Signed leases that begin today or earlier and wait for the handover."""
    repairs: int


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
    """Every room with its derived state, in four queries whatever the number of rooms."""
    today = look.world.today()
    expiring = int(settings.value_of(look, "expiring_days"))
    buildings = look.session.execute(
        sa.select(Building.id, Building.name).where(Building.deleted_at.is_(None)).order_by(Building.sort)
    ).all()
    place = {row.id: number for number, row in enumerate(buildings)}
    inside, coming = _leases(look, today)
    overdue = _overdue(look, today)
    repairs = {
        row.room_id: int(row.orders)
        for row in look.session.execute(
            sa.select(WorkOrder.room_id, sa.func.count().label("orders"))
            .where(WorkOrder.state.in_(OPEN_REPAIRS), WorkOrder.room_id.is_not(None), WorkOrder.deleted_at.is_(None))
            .group_by(WorkOrder.room_id)
        )
    }
    tiles = []
    columns = (
        Room.id, Room.building_id, Room.number, Room.floor, Room.condition, Room.condition_note, Room.layout, Room.area,
    )  # fmt: skip
    for room in look.session.execute(sa.select(*columns).where(Room.deleted_at.is_(None))):
        if room.building_id in place:
            tiles.append(
                _tile(
                    room,
                    inside.get(room.id),
                    coming.get(room.id),
                    overdue.get(room.id, NIL),
                    repairs.get(room.id, 0),
                    today,
                    expiring,
                )
            )
    tiles.sort(key=lambda tile: (place[tile.building_id], -tile.floor, len(tile.number), tile.number))
    return Board(today, tuple((row.id, row.name) for row in buildings), tuple(tiles), _count(tiles, coming, today))


def _leases(look: Look, today: date) -> tuple[dict[UUID, Any], dict[UUID, Any]]:
    """({room: lease inside}, {room: next signed lease})."""
    inside: dict[UUID, Any] = {}
    coming: dict[UUID, Any] = {}
    query = (
        sa.select(
            LeaseRoom.room_id, Lease.id, Lease.state, LeaseTerm.start, LeaseTerm.end, Party.id.label("tenant_id"), Party.name
        )
        .join(Lease, Lease.id == LeaseRoom.lease_id)
        .join(LeaseTerm, LeaseTerm.lease_id == Lease.id)
        .join(LeaseParty, (LeaseParty.lease_id == Lease.id) & (LeaseParty.role == LeaseRole.TENANT))
        .join(Party, Party.id == LeaseParty.party_id)
        .where(
            Lease.state.in_((*INSIDE, LeaseState.SIGNED)), Lease.deleted_at.is_(None), LeaseRoom.deleted_at.is_(None),
            LeaseRoom.valid_from <= LeaseRoom.valid_to,
        )
        .order_by(LeaseTerm.start.desc(), LeaseTerm.effective_from)
    )  # fmt: skip
    for row in look.session.execute(query):
        (coming if row.state is LeaseState.SIGNED else inside)[row.room_id] = row
    return inside, coming


def _overdue(look: Look, today: date) -> dict[UUID, Money]:
    found: dict[UUID, Money] = {}
    for room_id, amount in look.session.execute(
        sa.select(BillBalance.room_id, sa.func.sum(BillBalance.owed))
        .where(BillBalance.owed != NIL, BillBalance.due < today, BillBalance.room_id.is_not(None))
        .group_by(BillBalance.room_id)
    ):
        assert room_id is not None
        found[room_id] = amount if isinstance(amount, Money) else Money(int(amount))
    return found


def _tile(room: Any, inside: Any, coming: Any, overdue: Money, repairs: int, today: date, expiring: int) -> TileFacts:
    state, who, days_left, comes_on, lease = _EMPTY[room.condition], room.condition_note or "", None, None, None
    if inside is not None:
        state, who, lease = RoomState.LET, inside.name, inside
        days_left = (inside.end - today).days
    elif state in (RoomState.VACANT_CLEAN, RoomState.VACANT_DIRTY):
        who = ""
        if coming is not None:
            state, who, lease, comes_on = RoomState.RESERVED, coming.name, coming, coming.start
    marks = []
    if overdue > NIL:
        marks.append(RoomMark.ARREARS)
    if days_left is not None and days_left < 0:
        marks.append(RoomMark.HOLDOVER)
    elif days_left is not None and days_left <= expiring:
        marks.append(RoomMark.EXPIRING)
    if repairs:
        marks.append(RoomMark.REPAIR_OPEN)
    return TileFacts(
        room.id, room.building_id, room.number, room.floor, state, who, lease.tenant_id if lease else None,
        lease.id if lease else None, overdue, days_left, comes_on, repairs, tuple(marks), room.layout, room.area,
    )  # fmt: skip


def _count(tiles: list[TileFacts], coming: dict[UUID, Any], today: date) -> Counters:
    empty = [t for t in tiles if t.state in (RoomState.VACANT_CLEAN, RoomState.VACANT_DIRTY)]
    return Counters(
        vacant=len(empty),
        vacant_clean=sum(t.state is RoomState.VACANT_CLEAN for t in empty),
        ending=sum(t.days_left == 0 for t in tiles),
        overstayed=sum(t.days_left is not None and t.days_left < 0 for t in tiles),
        overdue_rooms=sum(t.overdue > NIL for t in tiles),
        overdue=Money(sum(t.overdue.fen for t in tiles)),
        coming=sum(row.start <= today + timedelta(days=0) for row in coming.values()),
        repairs=sum(t.open_repairs for t in tiles),
    )


@dataclass(frozen=True, slots=True)
class RoomPanel:
    """What the side panel says of the chosen room beyond its tile."""

    open_bills: int
    owed: Money
    """Due up to today."""
    oldest_due: date | None
    phone: str
    rent: Money | None
    deposit_held: Money
    start: date | None
    end: date | None
    next_due: date | None
    next_amount: Money
    occupants: int
    keys: tuple[tuple[str, int], ...]
    asking_rent: Money | None
    recent: tuple[tuple[str, str], ...]
    """(when, what) of the latest acts on its lease."""


@needs(Right.SEE_BOARD)
def room_panel(look: Look, room_id: UUID, lease_id: UUID | None) -> RoomPanel:
    """Facts of one room for the side panel, masked."""
    from desktop.models.leases import Occupant
    from desktop.models.parties import Contact
    from desktop.models.values import Account
    from desktop.services import handover, journal, parties, timeline

    today = look.world.today()
    session = look.session
    asking = session.scalar(sa.select(Room.asking_rent).where(Room.id == room_id))
    bills = session.execute(
        sa.select(BillBalance.due, BillBalance.owed)
        .where(BillBalance.room_id == room_id, BillBalance.owed != NIL)
        .order_by(BillBalance.due)
    ).all()
    due = [row for row in bills if row.due <= today]
    ahead = [row for row in bills if row.due > today]
    owed = Money(sum(row.owed.fen for row in due))
    if lease_id is None:
        return RoomPanel(
            len(due), owed, due[0].due if due else None, "", None, NIL, None, None, None, NIL, 0, (), asking, ()
        )
    term = session.scalars(
        sa.select(LeaseTerm).where(LeaseTerm.lease_id == lease_id).order_by(LeaseTerm.effective_from.desc()).limit(1)
    ).one()
    contact = session.scalars(
        sa.select(Contact)
        .join(LeaseParty, LeaseParty.party_id == Contact.party_id)
        .where(
            LeaseParty.lease_id == lease_id, LeaseParty.role == LeaseRole.TENANT, Contact.kind.in_(parties.PHONE_KINDS),
            Contact.deleted_at.is_(None),
        )
        .order_by(Contact.preferred.desc(), Contact.created_at)
    ).first()  # fmt: skip
    occupants = session.scalar(
        sa.select(sa.func.count())
        .select_from(Occupant)
        .where(Occupant.lease_id == lease_id, Occupant.valid_to.is_(None))
    )
    return RoomPanel(
        len(due), owed, due[0].due if due else None, parties.shown(look, contact, "value").text if contact else "",
        term.rent, -journal.balance(look, Account.DEPOSIT_HELD, lease_id=lease_id), term.start, term.end,
        ahead[0].due if ahead else None, ahead[0].owed if ahead else NIL, int(occupants or 0),
        handover.keys_out(look, lease_id), asking,
        tuple((f"{line.at:%m-%d}", line.title) for line in timeline.of_subjects(look, [lease_id, room_id], 3)),
    )  # fmt: skip
