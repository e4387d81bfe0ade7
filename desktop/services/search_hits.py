"""What stands under the search box: a line for a person, room, lease, receipt, vehicle or repair, masked, by the right.

`hits_of(look, kind, ids)` makes the lines of rows that were found, visited or pinned. Each keystroke asks for a dozen
of them, so the statements are built once, at import.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillBalance, BillLine
from desktop.models.leases import Lease, LeaseParty, LeaseRoom, LeaseTerm
from desktop.models.parties import Contact, Party, Vehicle
from desktop.models.payments import Allocation, Payment, PaymentKind, Receipt
from desktop.models.places import Building, Room
from desktop.models.values import NIL, LeaseRole, LeaseState, Money, Right, RoomState, add_months
from desktop.models.work_orders import WorkOrder
from desktop.services import board
from desktop.services.billing import FEE_WORDS
from desktop.services.leases import INSIDE, STATE_WORDS, TENANT_ROLES
from desktop.services.parties import PHONE_KINDS
from desktop.services.party_search import masked_phone
from desktop.services.pinyin import spelled
from desktop.services.quick import KeptId, Quick
from desktop.services.rights import part
from desktop.services.transitions import WORK_ORDER
from desktop.services.work import Look
from desktop.world import OFFICE_ZONE

_NOTHING: sa.ColumnElement[Any] = sa.literal_column("0")
"""Written out, not bound: only then does the partial index on open bills serve."""


class HitKind(StrEnum):
    PARTY = "party"
    ROOM = "room"
    LEASE = "lease"
    RECEIPT = "receipt"
    VEHICLE = "vehicle"
    ORDER = "order"


SEEN_WITH: Mapping[HitKind, Right] = {
    HitKind.PARTY: Right.SEE_PARTIES,
    HitKind.ROOM: Right.SEE_BOARD,
    HitKind.LEASE: Right.SEE_LEASES,
    HitKind.RECEIPT: Right.SEE_BILLS,
    HitKind.VEHICLE: Right.SEE_PARTIES,
    HitKind.ORDER: Right.SEE_REPAIRS,
}


@dataclass(frozen=True, slots=True)
class Hit:
    """One line under the search box. `id` is the party, room, lease, payment, vehicle or order."""

    kind: HitKind
    id: UUID
    title: str
    name: str = ""
    """Beside the title: whose lease, receipt or vehicle it is."""
    spelled: tuple[tuple[str, int], ...] = ()
    """Syllables of a person's name and how many letters of each were typed."""
    second: str = ""
    third: str = ""
    owed: Money = NIL
    """Past due today."""
    note: str = ""
    """已冲红, 冲红."""
    state: RoomState | None = None
    party_id: UUID | None = None
    """Whom the till would take money from, and whom one would call."""
    room_id: UUID | None = None
    """Where a repair would be."""
    pinned: bool = False


@part
def hits_of(look: Look, kind: HitKind, ids: Sequence[UUID]) -> list[Hit]:
    """Lines in the order of `ids`; what is gone, and what the role may not see, is left out."""
    if not ids or SEEN_WITH[kind] not in look.actor.rights:
        return []
    found = {hit.id: hit for hit in _MAKERS[kind](look, ids)}
    return [found[row_id] for row_id in ids if row_id in found]


# ---- persons and their leases --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Home:
    """Where somebody lives, will live or has lived; `rank` 2 with the keys, 1 signed, 0 gone."""

    rank: int
    words: str
    room_id: UUID | None


_NOWHERE = _Home(-1, "未租房", None)
_GONE = (LeaseState.MOVED_OUT, LeaseState.SETTLED, LeaseState.CLOSED, LeaseState.RENEWED)


@part
def who_lives_here_first(look: Look, ids: Collection[KeptId]) -> list[KeptId]:
    """Who has the keys, then who has signed, then who has left, then all others; else as they came."""
    if len(ids) < 2:
        return list(ids)
    ranks = {row.party_id: row.rank for row in _RANKS.rows(look.connection, ids)}
    return sorted(ids, key=lambda party_id: -ranks.get(party_id, -1))


_RANK = sa.case(
    (Lease.state.in_(INSIDE), 2), (Lease.state == LeaseState.SIGNED, 1), (Lease.state.in_(_GONE), 0), else_=-1
)
_RANKS = Quick(
    lambda q: (
        sa.select(q.kept(LeaseParty.party_id), sa.func.max(_RANK).label("rank"))
        .join(Lease, Lease.id == LeaseParty.lease_id)
        .where(
            q.among(LeaseParty.party_id, kept=True),
            LeaseParty.role.in_(TENANT_ROLES),
            LeaseParty.deleted_at.is_(None),
            Lease.deleted_at.is_(None),
        )
        .group_by(LeaseParty.party_id)
    )
)


@part
def persons(
    look: Look, ids: Sequence[UUID], typed: str = "", numbers: Mapping[UUID, str] | None = None
) -> tuple[list[Hit], list[Hit]]:
    """Lines of parties, and of their leases, the latest first. `typed` marks letters of the pinyin; `numbers`: by what
    they were found, in place of the phone."""
    people, living = _PEOPLE.ask(look.connection, ids), _LEASES_OF.ask(look.connection, ids)
    owed = _owed(look, ids)
    names = {row.id: row for row in people()}  # of several phones the preferred one comes last
    leases = living()
    homes = _homes(leases)
    hits = []
    for party_id in ids:
        if (person := names.get(party_id)) is None:
            continue
        home, third = homes.get(party_id, _NOWHERE), (numbers or {}).get(party_id, "")
        if not third and person.sealed is not None:
            third = masked_phone(look, person.contact_id, person.sealed)
        hits.append(
            Hit(
                HitKind.PARTY, party_id, person.name, spelled=tuple(spelled(person.name, typed)), second=home.words,
                third=third, owed=owed.get(party_id, NIL), party_id=party_id, room_id=home.room_id,
            )
        )  # fmt: skip
    return hits, _lease_hits(leases) if Right.SEE_LEASES in look.actor.rights else []


_PEOPLE = Quick(
    lambda q: (
        sa.select(Party.id, Party.name, Contact.id.label("contact_id"), Contact.value.label("sealed"))
        .outerjoin(
            Contact,
            (Contact.party_id == Party.id) & Contact.deleted_at.is_(None) & Contact.kind.in_(PHONE_KINDS),
        )
        .where(q.among(Party.id), Party.deleted_at.is_(None))
        .order_by(Contact.preferred, Contact.created_at, Contact.id)
    )
)


def _homes(leases: Sequence[Any]) -> dict[UUID, _Home]:
    """{member: home} out of rows of `_LEASES_OF`."""
    homes: dict[UUID, _Home] = {}
    for row in reversed(leases):  # the latest speaks last
        if row.state in INSIDE:
            rank, words = 2, f"{row.building} {row.room} · 在租"
        elif row.state is LeaseState.SIGNED:
            rank, words = 1, f"{row.building} {row.room} · 待入住"
        elif row.state in _GONE:
            rank, words = 0, f"已退租 {row.moved_out_on or row.valid_to:%Y-%m}"
        else:
            continue
        if rank >= homes.get(row.member_id, _NOWHERE).rank:
            homes[row.member_id] = _Home(rank, words, row.room_id if rank else None)
    return homes


def _owed(look: Look, ids: Sequence[UUID]) -> dict[UUID, Money]:
    if Right.SEE_BILLS not in look.actor.rights:
        return {}
    rows = _OWED.rows(look.connection, ids, today=look.world.today())
    return {row.debtor_id: Money(int(row.fen)) for row in rows}


_OWED = Quick(
    lambda q: sa.select(
        BillBalance.debtor_id, sa.func.sum(sa.type_coerce(BillBalance.owed, sa.BigInteger)).label("fen")
    )
    .where(
        q.among(BillBalance.debtor_id), BillBalance.owed != _NOTHING,
        BillBalance.due < sa.bindparam("today", type_=BillBalance.due.type),
    )
    .group_by(BillBalance.debtor_id)
)  # fmt: skip


def _leases(look: Look, ids: Sequence[UUID]) -> list[Hit]:
    return _lease_hits(_LEASES.rows(look.connection, ids))


def _lease_hits(rows: Iterable[Any]) -> list[Hit]:
    first: dict[UUID, Any] = {}
    for row in rows:
        if row.state is LeaseState.CANCELLED and row.member_id is not None:
            continue  # one that came to nothing is found by its number alone
        first.setdefault(row.id, row)  # several terms, rooms or members of one lease: the latest speaks
    return [
        Hit(
            HitKind.LEASE, row.id, row.number, name=row.name,
            second=f"{row.building} {row.room} · {STATE_WORDS[row.state]}", third=_span(row.start, row.end),
            party_id=row.party_id, room_id=row.room_id,
        )
        for row in first.values()
    ]  # fmt: skip


_MEMBER = sa.orm.aliased(LeaseParty)


def _lease_rows(member: Any) -> Any:
    return (
        sa.select(
            Lease.id, Lease.number, Lease.state, Lease.moved_out_on, Party.id.label("party_id"), Party.name,
            member.label("member_id"), LeaseRoom.room_id, LeaseRoom.valid_to, Building.name.label("building"),
            Room.number.label("room"), LeaseTerm.start, LeaseTerm.end,
        )
        .select_from(Lease)
        .join(LeaseParty, (LeaseParty.lease_id == Lease.id) & (LeaseParty.role == LeaseRole.TENANT))
        .join(Party, Party.id == LeaseParty.party_id)
        .join(LeaseTerm, LeaseTerm.lease_id == Lease.id)
        .join(LeaseRoom, LeaseRoom.lease_id == Lease.id)
        .join(Room, Room.id == LeaseRoom.room_id)
        .join(Building, Building.id == Room.building_id)
        .where(
            Lease.deleted_at.is_(None), LeaseTerm.deleted_at.is_(None), LeaseRoom.deleted_at.is_(None),
            LeaseParty.deleted_at.is_(None),
        )
        .order_by(
            LeaseTerm.start.desc(), Lease.number.desc(), LeaseTerm.effective_from.desc(), LeaseRoom.valid_from.desc(),
            LeaseParty.valid_from,
        )
    )  # fmt: skip


_LEASES = Quick(lambda q: _lease_rows(sa.null()).where(q.among(Lease.id)))
_LEASES_OF = Quick(
    lambda q: (
        _lease_rows(_MEMBER.party_id)
        .join(_MEMBER, _MEMBER.lease_id == Lease.id)
        .where(q.among(_MEMBER.party_id), _MEMBER.role.in_(TENANT_ROLES), _MEMBER.deleted_at.is_(None))
        .limit(400)
    )
)
"""With whom of the persons each lease is (`member_id`); a company that rents a whole building shows its latest 400."""


def _span(start: date, end: date) -> str:
    """2026-03-01 起 12 个月, or both days when they are no whole months."""
    after = end + timedelta(days=1)
    months = (after.year - start.year) * 12 + after.month - start.month
    if months > 0 and add_months(start, months) == after:
        return f"{start} 起 {months} 个月"
    return f"{start} 至 {end}"


# ---- rooms ---------------------------------------------------------------------------------------------------------


def _rooms(look: Look, ids: Sequence[UUID]) -> list[Hit]:
    houses = _BUILDINGS.ask(look.connection, ids)
    tiles = board.tiles_of(look, ids)
    names = {row.id: row.name for row in houses()}
    hits = []
    for room_id, tile in tiles.items():
        size = f"{tile.area} m²" if tile.area is not None else ""
        hits.append(
            Hit(
                HitKind.ROOM, room_id, f"{names[room_id]} {tile.number}", name=tile.who, state=tile.state,
                third=" · ".join(each for each in (tile.layout or "", size) if each), owed=tile.overdue,
                party_id=tile.tenant_id, room_id=room_id,
            )
        )  # fmt: skip
    return hits


_BUILDINGS = Quick(
    lambda q: sa.select(Room.id, Building.name).join(Building, Building.id == Room.building_id).where(q.among(Room.id))
)


# ---- receipts ------------------------------------------------------------------------------------------------------


def _receipts(look: Look, ids: Sequence[UUID]) -> list[Hit]:
    return _receipt_hits(look, _RECEIPTS.rows(look.connection, ids))


@part
def ask_receipts_of(
    look: Look, people: Sequence[UUID], shown: int, counted: int
) -> Callable[[], tuple[list[Hit], int]]:
    """The latest receipts of some persons, and how many there are, counted no further than `counted`: asked now, read
    when it is called."""
    asked = _RECEIPTS_OF.ask(look.connection, people, most=counted)

    def read() -> tuple[list[Hit], int]:
        rows = asked()
        return _receipt_hits(look, rows[:shown]), len(rows)

    return read


def _receipt_hits(look: Look, rows: Sequence[Any]) -> list[Hit]:
    fees: dict[UUID, list[str]] = {}
    for row in _FEES.rows(look.connection, [row.id for row in rows]):
        fees.setdefault(row.payment_id, []).append(FEE_WORDS[row.fee_type])
    return [
        Hit(
            HitKind.RECEIPT, row.id, row.number, name=row.name,
            second=f"{_words(fees.get(row.id, ['预存']))} {row.amount}", third=f"{row.business_date}",
            note=_note(row.kind, row.counter),
            party_id=row.party_id,
        )
        for row in rows
    ]  # fmt: skip


def _note(kind: PaymentKind, counter: PaymentKind | None) -> str:
    """How a receipt stands, where it is not simply money that was taken."""
    if kind is PaymentKind.REVERSAL:
        return "冲红"
    return {None: "", PaymentKind.VOID: "作废"}.get(counter, "已冲红")


_COUNTER = sa.orm.aliased(Payment)


def _receipt_rows() -> Any:
    return (
        sa.select(
            Payment.id, Payment.kind, Payment.amount, Payment.business_date, Receipt.number, Party.id.label("party_id"),
            Party.name, _COUNTER.kind.label("counter"),
        )
        .join(Receipt, Receipt.payment_id == Payment.id)
        .join(Party, Party.id == Payment.payer_id)
        .outerjoin(_COUNTER, _COUNTER.reverses_id == Payment.id)
    )  # fmt: skip


_RECEIPTS = Quick(lambda q: _receipt_rows().where(q.among(Payment.id)))
_RECEIPTS_OF = Quick(
    lambda q: (
        _receipt_rows()
        .where(q.among(Payment.payer_id))
        .order_by(Payment.business_date.desc(), Payment.id.desc())
        .limit(sa.bindparam("most", type_=sa.Integer))
    )
)
_FEES = Quick(
    lambda q: (
        sa.select(Allocation.payment_id, BillLine.fee_type)
        .join(BillLine, BillLine.id == Allocation.bill_line_id)
        .where(q.among(Allocation.payment_id))
        .group_by(Allocation.payment_id, BillLine.fee_type)
        .order_by(BillLine.fee_type.desc())
    )
)


def _words(fees: Sequence[str]) -> str:
    return "、".join(fees) if len(fees) <= 2 else f"{fees[0]}等 {len(fees)} 项"


# ---- vehicles ------------------------------------------------------------------------------------------------------


def _vehicles(look: Look, ids: Sequence[UUID]) -> list[Hit]:
    rows = _VEHICLES.rows(look.connection, ids)
    homes = _homes(_LEASES_OF.rows(look.connection, list({row.party_id for row in rows})))
    hits = []
    for row in rows:
        home = homes.get(row.party_id, _NOWHERE)
        space = f"车位 {row.building} {row.space}" if row.space else row.colour or ""
        hits.append(
            Hit(
                HitKind.VEHICLE, row.id, row.plate, name=row.name, second=home.words, third=space,
                party_id=row.party_id, room_id=home.room_id,
            )
        )  # fmt: skip
    return hits


_VEHICLES = Quick(lambda q: (
    sa.select(
        Vehicle.id, Vehicle.plate, Vehicle.colour, Party.id.label("party_id"), Party.name,
        Building.name.label("building"), Room.number.label("space"),
    )
    .join(Party, Party.id == Vehicle.party_id)
    .outerjoin(Room, Room.id == Vehicle.space_room_id)
    .outerjoin(Building, Building.id == Room.building_id)
    .where(q.among(Vehicle.id), Vehicle.deleted_at.is_(None), Party.deleted_at.is_(None))
))  # fmt: skip

# ---- repairs -------------------------------------------------------------------------------------------------------


def _orders(look: Look, ids: Sequence[UUID]) -> list[Hit]:
    sees_people = Right.SEE_PARTIES in look.actor.rights
    hits = []
    for row in _ORDERS.rows(look.connection, ids):
        house = row.building or row.house or ""
        where = f"{house} {row.room}" if row.room else " ".join(each for each in (house, row.facility or "") if each)
        day = row.created_at.astimezone(OFFICE_ZONE).date()
        hits.append(
            Hit(
                HitKind.ORDER, row.id, row.number, name=where, second=row.summary,
                third=f"{day} · {WORK_ORDER.words[row.state]}", party_id=row.party_id if sees_people else None,
                room_id=row.room_id,
            )
        )  # fmt: skip
    return hits


_HOUSE = sa.orm.aliased(Building)
_ORDERS = Quick(lambda q: (
    sa.select(
        WorkOrder.id, WorkOrder.number, WorkOrder.state, WorkOrder.summary, WorkOrder.facility, WorkOrder.created_at,
        WorkOrder.party_id, WorkOrder.room_id, Room.number.label("room"), Building.name.label("building"),
        _HOUSE.name.label("house"),
    )
    .outerjoin(Room, Room.id == WorkOrder.room_id)
    .outerjoin(Building, Building.id == Room.building_id)
    .outerjoin(_HOUSE, _HOUSE.id == WorkOrder.building_id)
    .where(q.among(WorkOrder.id), WorkOrder.deleted_at.is_(None))
))  # fmt: skip

_MAKERS: Mapping[HitKind, Callable[[Look, Sequence[UUID]], list[Hit]]] = {
    HitKind.PARTY: lambda look, ids: persons(look, ids)[0],
    HitKind.ROOM: _rooms,
    HitKind.LEASE: _leases,
    HitKind.RECEIPT: _receipts,
    HitKind.VEHICLE: _vehicles,
    HitKind.ORDER: _orders,
}
