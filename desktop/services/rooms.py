"""One room 房间: what the board's side panel says of it, and its page with leases, bills, keys, meters and history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillBalance
from desktop.models.leases import LeaseParty, LeaseRoom, LeaseTerm, Occupant
from desktop.models.meters import Meter
from desktop.models.parties import Contact, Party
from desktop.models.places import Room, RoomNumber
from desktop.models.values import NIL, Account, LeaseRole, LeaseState, MeterKind, Money, Right, RoomState
from desktop.services import (
    billing,
    handover,
    journal,
    key_rows,
    leases,
    notes,
    owners,
    parties,
    party_page,
    places,
    room_changes,
    room_photos,
    timeline,
)
from desktop.services.board import TileFacts, tile_of
from desktop.services.key_rows import WHERE_WORDS, Where
from desktop.services.readings import standing_readings
from desktop.services.rights import needs, part
from desktop.services.work import Look

RECENT = 3


@dataclass(frozen=True, slots=True)
class Debts:
    """What is open on a room and due up to today."""

    bills: int
    owed: Money
    oldest: date | None
    next_due: date | None
    next_amount: Money
    former: tuple[UUID, str, Money] | None
    """(party, name, amount) of the largest debt of somebody who is not the tenant now."""


@dataclass(frozen=True, slots=True)
class Tenancy:
    """The lease behind the tile: of who lives there, or of who is coming."""

    rent: Money
    start: date
    end: date
    deposit_held: Money
    occupants: int
    keys: tuple[tuple[str, int], ...]
    """(钥匙, 2), (门卡, 2)."""


@dataclass(frozen=True, slots=True)
class RoomPanel:
    """What the side panel says of the chosen room. None: nothing of the kind, or not for this role."""

    tile: TileFacts
    asking_rent: Money | None
    phone: party_page.MaskedField | None
    tenancy: Tenancy | None
    debts: Debts | None
    coming: tuple[str, date] | None
    """Who moves in next while somebody still lives there, and when."""
    recent: tuple[timeline.TimelineEntry, ...]


@needs(Right.SEE_BOARD)
def room_panel(look: Look, room_id: UUID) -> RoomPanel:
    """Facts of one room for the side panel, masked, each by its right. Raises NotFound."""
    return panel_of(look, room_id)


@part
def panel_of(look: Look, room_id: UUID) -> RoomPanel:
    """`room_panel` inside another function."""
    rights = look.actor.rights
    tile = tile_of(look, room_id)
    debts = phone = tenancy = None
    if Right.SEE_BILLS in rights:
        debts = _debts(look, room_id, tile.tenant_id)
    if tile.tenant_id is not None and Right.SEE_PARTIES in rights:
        phone = _phone(look, tile.tenant_id)
    if tile.lease_id is not None and Right.SEE_LEASES in rights:
        tenancy = _tenancy(look, tile.lease_id)
    asking = look.session.scalar(sa.select(Room.asking_rent).where(Room.id == room_id))
    coming = _coming(look, room_id) if tile.state is RoomState.LET and tile.comes_on is not None else None
    recent = timeline.recent_around(look, room_id, tile.tenant_id, tile.lease_id, RECENT)
    return RoomPanel(tile, asking, phone, tenancy, debts, coming, tuple(recent))


def _debts(look: Look, room_id: UUID, tenant_id: UUID | None) -> Debts:
    today = look.world.today()
    due: list[tuple[date, Money]] = []
    ahead: list[tuple[date, Money]] = []
    former: dict[UUID, tuple[str, int]] = {}
    for debtor_id, name, day, owed in look.session.execute(
        sa.select(BillBalance.debtor_id, Party.name, BillBalance.due, BillBalance.owed)
        .join(Party, Party.id == BillBalance.debtor_id)
        .where(BillBalance.room_id == room_id, BillBalance.owed != NIL)
        .order_by(BillBalance.due)
    ):
        if debtor_id == tenant_id:
            (due if day <= today else ahead).append((day, owed))
        elif day <= today:
            known = former.get(debtor_id, (name, 0))
            former[debtor_id] = (name, known[1] + owed.fen)
    worst = max(former.items(), key=lambda entry: entry[1][1], default=None)
    return Debts(
        len(due), Money(sum(owed.fen for _, owed in due)), due[0][0] if due else None, ahead[0][0] if ahead else None,
        ahead[0][1] if ahead else NIL, (worst[0], worst[1][0], Money(worst[1][1])) if worst else None,
    )  # fmt: skip


def _phone(look: Look, party_id: UUID) -> party_page.MaskedField | None:
    contact = look.session.scalars(
        sa.select(Contact)
        .where(Contact.party_id == party_id, Contact.kind.in_(parties.PHONE_KINDS), Contact.deleted_at.is_(None))
        .order_by(Contact.preferred.desc(), Contact.created_at, Contact.id)
    ).first()
    return None if contact is None else party_page.shown(look, contact, "value")


def _tenancy(look: Look, lease_id: UUID) -> Tenancy:
    term = look.session.scalars(
        sa.select(LeaseTerm)
        .where(LeaseTerm.lease_id == lease_id, LeaseTerm.deleted_at.is_(None))
        .order_by(LeaseTerm.effective_from.desc())
        .limit(1)
    ).one()
    occupants = look.session.scalar(
        sa.select(sa.func.count())
        .select_from(Occupant)
        .where(Occupant.lease_id == lease_id, Occupant.valid_to.is_(None), Occupant.deleted_at.is_(None))
    )
    held = -journal.balance(look, Account.DEPOSIT_HELD, lease_id=lease_id)
    return Tenancy(term.rent, term.start, term.end, held, int(occupants or 0), handover.keys_out(look, lease_id))


def _coming(look: Look, room_id: UUID) -> tuple[str, date] | None:
    from desktop.models.leases import Lease

    found = look.session.execute(
        sa.select(Party.name, LeaseRoom.valid_from)
        .join(LeaseParty, (LeaseParty.party_id == Party.id) & (LeaseParty.role == LeaseRole.TENANT))
        .join(Lease, Lease.id == LeaseParty.lease_id)
        .join(LeaseRoom, LeaseRoom.lease_id == Lease.id)
        .where(LeaseRoom.room_id == room_id, Lease.state == LeaseState.SIGNED, Lease.deleted_at.is_(None))
        .order_by(LeaseRoom.valid_from)
        .limit(1)
    ).first()
    return None if found is None else (found.name, found.valid_from)


# ---- the page ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key or card of the room and where it is."""

    label: str
    holder_id: UUID | None
    holder: str
    """Who has it; empty while it hangs in the office."""
    since: date | None


@dataclass(frozen=True, slots=True)
class MeterRow:
    """A meter of the room with what it showed last."""

    kind: MeterKind
    serial: str | None
    value: Decimal | None
    read_on: date | None


@dataclass(frozen=True, slots=True)
class InnerRoom:
    """A room or bed within this one."""

    id: UUID
    number: str
    state: RoomState
    who: str


@dataclass(frozen=True, slots=True)
class RoomPage:
    """Everything the room page shows. None: not for this role."""

    place: places.RoomPlace
    panel: RoomPanel
    inhabited: bool
    leases: tuple[leases.LeaseRow, ...] | None
    bills: tuple[billing.BillRow, ...] | None
    keys: tuple[KeyRow, ...]
    meters: tuple[MeterRow, ...]
    former_numbers: tuple[tuple[str, date, date | None], ...]
    outer: tuple[UUID, str] | None
    inner: tuple[InnerRoom, ...]
    events: tuple[timeline.TimelineEntry, ...]
    pinned: tuple[notes.NoteRow, ...]
    owners: tuple[owners.OwnerRow, ...] | None
    """Of today and before; None: not for this role."""
    origins: tuple[room_changes.Origin, ...]
    photos: tuple[room_photos.PhotoRow, ...]
    retired_on: date | None


@needs(Right.SEE_BOARD)
def room_page(look: Look, room_id: UUID) -> RoomPage:
    """One room with everything around it, each part by its right. Raises NotFound."""
    place = places.place_of(look, room_id)
    rights, session = look.actor.rights, look.session
    room = look.get(Room, room_id)
    parent_id = room.parent_id
    numbers = session.execute(
        sa.select(RoomNumber.number, RoomNumber.valid_from, RoomNumber.valid_to)
        .where(RoomNumber.room_id == room_id, RoomNumber.number != place.number, RoomNumber.deleted_at.is_(None))
        .order_by(RoomNumber.valid_from.desc())
    ).all()
    inner = session.scalars(
        sa.select(Room.id)
        .where(Room.parent_id == room_id, Room.deleted_at.is_(None), Room.retired_on.is_(None))
        .order_by(Room.number)
    ).all()
    tiles = [tile_of(look, each) for each in inner]
    return RoomPage(
        place, panel_of(look, room_id), places.inhabited(look, room_id),
        tuple(leases.leases_of(look, room_id=room_id)) if Right.SEE_LEASES in rights else None,
        tuple(billing.bills_of(look, room_id=room_id, limit=60)) if Right.SEE_BILLS in rights else None,
        _keys(look, room_id), _meters(look, room_id),
        tuple((row.number, row.valid_from, row.valid_to) for row in numbers),
        (parent_id, places.place_of(look, parent_id).words) if parent_id is not None else None,
        tuple(InnerRoom(tile.room_id, tile.number, tile.state, tile.who) for tile in tiles),
        tuple(timeline.room_timeline(look, room_id)),
        tuple(notes.pinned_notes(look, room_id=room_id)) if Right.SEE_PARTIES in rights else (),
        tuple(owners.owners_of(look, room_id)) if Right.SEE_PARTIES in rights else None,
        tuple(room_changes.origins_of(look, room_id)), tuple(room_photos.photos_of(look, room_id)), room.retired_on,
    )  # fmt: skip


def _keys(look: Look, room_id: UUID) -> tuple[KeyRow, ...]:
    rows = []
    for key in key_rows.keys_of_room(look, room_id):
        gone = key.where in (Where.LOST, Where.SCRAPPED)
        told = "" if key.where is Where.IN else WHERE_WORDS[key.where] if gone else key.holder or "—"
        rows.append(KeyRow(key.label, None if gone else key.holder_id, told, key.since))
    return tuple(rows)


def _meters(look: Look, room_id: UUID) -> tuple[MeterRow, ...]:
    meters = look.session.scalars(
        sa.select(Meter)
        .where(Meter.room_id == room_id, Meter.removed_on.is_(None), Meter.deleted_at.is_(None))
        .order_by(Meter.kind)
    ).all()
    last = {meter_id: rows[-1] for meter_id, rows in standing_readings(look, [meter.id for meter in meters]).items()}
    return tuple(
        MeterRow(
            m.kind, m.serial, last[m.id].value if m.id in last else None, last[m.id].read_on if m.id in last else None
        )
        for m in meters
    )
