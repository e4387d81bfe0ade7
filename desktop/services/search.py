"""The search box: persons, rooms, leases and receipts found by whatever a clerk types, masked, each by its right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillBalance, BillLine
from desktop.models.leases import Lease, LeaseParty, LeaseRoom, LeaseTerm
from desktop.models.parties import Party
from desktop.models.payments import Allocation, Payment, PaymentKind, Receipt
from desktop.models.places import Building, Room
from desktop.models.values import NIL, LeaseRole, LeaseState, Money, Right, RoomState, add_months
from desktop.services import board, party_search
from desktop.services.billing import FEE_WORDS
from desktop.services.leases import INSIDE, STATE_WORDS
from desktop.services.pinyin import spelled
from desktop.services.rights import needs
from desktop.services.work import Look

MOST = 4
"""Hits a group shows; the rest is counted, and typing on narrows it."""
_LOOKED_AT = 30
_OPEN: sa.ColumnElement[Any] = sa.literal_column("0")
_HOUSE = re.compile(r"\s*(?:栋|幢|座|号楼|[-\s])\s*")


class HitKind(StrEnum):
    PARTY = "party"
    ROOM = "room"
    LEASE = "lease"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class Hit:
    """One line under the search box. `id` is the party, room, lease or payment."""

    kind: HitKind
    id: UUID
    title: str
    name: str = ""
    """Beside the title: whose lease or receipt it is."""
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
    """Whom the till would take money from."""
    room_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one kind, the best first."""

    kind: HitKind
    hits: tuple[Hit, ...]
    more: int = 0
    """Found, but not shown."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for exactly this text."""

    text: str
    groups: tuple[Group, ...] = field(default=())

    @property
    def hits(self) -> tuple[Hit, ...]:
        return tuple(hit for group in self.groups for hit in group.hits)


@needs(Right.SEE_BOARD)
def search(look: Look, text: str) -> Found:
    """Persons by name, sound or number, rooms, leases, receipts by number; groups the role may not see are left out."""
    wanted = unicodedata.normalize("NFKC", text).strip()
    if not wanted:
        return Found(text)
    rights = look.actor.rights
    found = party_search.find_parties(look, wanted, _LOOKED_AT) if Right.SEE_PARTIES in rights else []
    homes = _homes(look, [hit.id for hit in found])
    found.sort(key=lambda hit: -homes.get(hit.id, _NOWHERE).rank)  # who lives here comes before who has left
    persons = [hit.id for hit in found[:MOST]]
    groups = [
        _persons(look, found, homes, wanted),
        _rooms(look, wanted),
        _leases(look, wanted, persons) if Right.SEE_LEASES in rights else None,
        _receipts(look, wanted, persons) if Right.SEE_BILLS in rights else None,
    ]
    return Found(text, tuple(group for group in groups if group is not None and group.hits))


# ---- persons -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Home:
    """Where somebody lives, will live or has lived; `rank` 2 with the keys, 1 signed, 0 gone."""

    rank: int
    words: str
    room_id: UUID | None


_NOWHERE = _Home(-1, "未租房", None)


def _persons(look: Look, found: Sequence[party_search.PartyHit], homes: Mapping[UUID, _Home], wanted: str) -> Group:
    shown = found[:MOST]
    owed = _owed(look, BillBalance.debtor_id, [hit.id for hit in shown])
    return Group(
        HitKind.PARTY,
        tuple(
            Hit(
                HitKind.PARTY, hit.id, hit.name, spelled=tuple(spelled(hit.name, wanted)),
                second=homes.get(hit.id, _NOWHERE).words, third=hit.phone, owed=owed.get(hit.id, NIL),
                party_id=hit.id, room_id=homes.get(hit.id, _NOWHERE).room_id,
            )
            for hit in shown
        ),
        len(found) - len(shown),
    )  # fmt: skip


def _homes(look: Look, ids: Sequence[UUID]) -> dict[UUID, _Home]:
    homes: dict[UUID, _Home] = {}
    if not ids:
        return homes
    for row in look.session.execute(
        sa.select(
            LeaseParty.party_id, Lease.state, Lease.moved_out_on, LeaseRoom.valid_to, LeaseRoom.room_id,
            Building.name.label("building"), Room.number,
        )
        .join(Lease, Lease.id == LeaseParty.lease_id)
        .join(LeaseRoom, LeaseRoom.lease_id == Lease.id)
        .join(Room, Room.id == LeaseRoom.room_id)
        .join(Building, Building.id == Room.building_id)
        .where(LeaseParty.party_id.in_(ids), Lease.deleted_at.is_(None), LeaseRoom.deleted_at.is_(None))
        .order_by(LeaseRoom.valid_from)
    ):  # fmt: skip
        if row.state in INSIDE:
            rank, words = 2, f"{row.building} {row.number} · 在租"
        elif row.state is LeaseState.SIGNED:
            rank, words = 1, f"{row.building} {row.number} · 待入住"
        elif row.state in (LeaseState.MOVED_OUT, LeaseState.SETTLED, LeaseState.CLOSED):
            rank, words = 0, f"已退租 {row.moved_out_on or row.valid_to:%Y-%m}"
        else:
            continue
        if rank >= homes.get(row.party_id, _NOWHERE).rank:
            homes[row.party_id] = _Home(rank, words, row.room_id if rank else None)
    return homes


def _owed(look: Look, key: sa.orm.InstrumentedAttribute[Any], ids: Sequence[UUID]) -> dict[UUID, Money]:
    if not ids or Right.SEE_BILLS not in look.actor.rights:
        return {}
    owed = sa.func.sum(sa.type_coerce(BillBalance.owed, sa.BigInteger))
    rows = look.session.execute(
        sa.select(key, owed)
        .where(key.in_(ids), BillBalance.owed != _OPEN, BillBalance.due < look.world.today())
        .group_by(key)
    )
    return {row[0]: Money(int(row[1])) for row in rows}


# ---- rooms ---------------------------------------------------------------------------------------------------------


def _rooms(look: Look, wanted: str) -> Group | None:
    """1203, 3-1203, 3 栋 1203, or all of 「3 栋」."""
    if len(wanted) > 16 or not re.search(r"\d", wanted):
        return None
    wishes: list[sa.ColumnElement[bool]] = [Room.number.like(_escaped(wanted) + "%", escape="\\")]
    house, *rest = _HOUSE.split(wanted, maxsplit=1)
    if house and rest:
        wishes.append(
            sa.and_(
                Building.name.like(_escaped(house) + "%", escape="\\"),
                sa.func.substr(Building.name, len(house) + 1, 1).not_in(list("0123456789")),  # 3 is not 30
                Room.number.like(_escaped(rest[0]) + "%", escape="\\"),
            )
        )
    rows = look.session.execute(
        sa.select(Room.id, Building.name)
        .join(Building, Building.id == Room.building_id)
        .where(sa.or_(*wishes), Room.deleted_at.is_(None), Building.deleted_at.is_(None))
        .order_by(sa.func.length(Room.number), Building.sort, Room.number)
        .limit(_LOOKED_AT)
    ).all()
    shown = rows[:MOST]
    tiles = board.tiles_of(look, [row.id for row in shown])
    hits = []
    for row in shown:
        tile = tiles[row.id]
        size = f"{tile.area} m²" if tile.area is not None else ""
        hits.append(
            Hit(
                HitKind.ROOM, row.id, f"{row.name} {tile.number}", name=tile.who, state=tile.state,
                third=" · ".join(each for each in (tile.layout or "", size) if each), owed=tile.overdue,
                party_id=tile.tenant_id, room_id=row.id,
            )
        )  # fmt: skip
    return Group(HitKind.ROOM, tuple(hits), len(rows) - len(shown))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


# ---- papers by number, or of the persons found ---------------------------------------------------------------------


def _numbered(
    look: Look, column: sa.orm.InstrumentedAttribute[str], project: sa.orm.InstrumentedAttribute[UUID], wanted: str
) -> list[sa.ColumnElement[bool]]:
    """A number from its beginning (WJYA26-0045) or its last four digits and more (4517)."""
    text = "".join(wanted.upper().split())
    if not re.fullmatch(r"[A-Z0-9-]{4,24}", text):
        return []
    if text.isdigit():
        return [column.like(f"%{text}")] if len(text) <= 8 else []
    # GLOB walks the index on (project, number) on SQLite; its LIKE folds case and would read every row.
    begins = (
        column.op("GLOB")(text + "*") if look.session.get_bind().dialect.name == "sqlite" else column.like(text + "%")
    )
    return [sa.and_(project == look.office.project_id, begins)]


def _leases(look: Look, wanted: str, persons: Sequence[UUID]) -> Group | None:
    wishes = _numbered(look, Lease.number, Lease.project_id, wanted)
    if persons:
        wishes.append(LeaseParty.party_id.in_(persons))
    if not wishes:
        return None
    rows = look.session.execute(
        sa.select(
            Lease.id, Lease.number, Lease.state, Party.id.label("party_id"), Party.name, LeaseRoom.room_id,
            Building.name.label("building"), Room.number.label("room"), LeaseTerm.start, LeaseTerm.end,
        )
        .join(LeaseParty, (LeaseParty.lease_id == Lease.id) & (LeaseParty.role == LeaseRole.TENANT))
        .join(Party, Party.id == LeaseParty.party_id)
        .join(LeaseTerm, LeaseTerm.lease_id == Lease.id)
        .join(LeaseRoom, LeaseRoom.lease_id == Lease.id)
        .join(Room, Room.id == LeaseRoom.room_id)
        .join(Building, Building.id == Room.building_id)
        .where(
            sa.or_(*wishes), Lease.deleted_at.is_(None), LeaseTerm.deleted_at.is_(None), LeaseRoom.deleted_at.is_(None)
        )
        .order_by(
            LeaseTerm.start.desc(), Lease.number.desc(), LeaseTerm.effective_from.desc(), LeaseRoom.valid_from.desc()
        )
        .limit(_LOOKED_AT)
    ).all()  # fmt: skip
    first = {row.id: row for row in reversed(rows)}  # several terms or rooms of one lease: the latest speaks
    rows = [row for row in rows if first[row.id] is row]
    shown = rows[:MOST]
    hits = tuple(
        Hit(
            HitKind.LEASE, row.id, row.number, name=row.name,
            second=f"{row.building} {row.room} · {STATE_WORDS[row.state]}", third=_span(row.start, row.end),
            party_id=row.party_id, room_id=row.room_id,
        )
        for row in shown
    )  # fmt: skip
    return Group(HitKind.LEASE, hits, len(rows) - len(shown))


def _span(start: date, end: date) -> str:
    """2026-03-01 起 12 个月, or both days when they are no whole months."""
    after = end + timedelta(days=1)
    months = (after.year - start.year) * 12 + after.month - start.month
    if months > 0 and add_months(start, months) == after:
        return f"{start} 起 {months} 个月"
    return f"{start} 至 {end}"


def _fees(words: Sequence[str]) -> str:
    return "、".join(words) if len(words) <= 2 else f"{words[0]}等 {len(words)} 项"


def _receipts(look: Look, wanted: str, persons: Sequence[UUID]) -> Group | None:
    wishes = _numbered(look, Receipt.number, Receipt.project_id, wanted)
    if persons:
        wishes.append(Payment.payer_id.in_(persons))
    if not wishes:
        return None
    counter = sa.orm.aliased(Payment)
    rows = look.session.execute(
        sa.select(
            Payment.id, Payment.kind, Payment.amount, Payment.business_date, Receipt.number, Party.id.label("party_id"),
            Party.name, counter.id.label("reversed_by"),
        )
        .join(Receipt, Receipt.payment_id == Payment.id)
        .join(Party, Party.id == Payment.payer_id)
        .outerjoin(counter, counter.reverses_id == Payment.id)
        .where(sa.or_(*wishes))
        .order_by(Payment.business_date.desc(), Receipt.number.desc())
        .limit(_LOOKED_AT)
    ).all()  # fmt: skip
    shown = rows[:MOST]
    fees: dict[UUID, list[str]] = {}
    for payment_id, fee_type in look.session.execute(
        sa.select(Allocation.payment_id, BillLine.fee_type)
        .join(BillLine, BillLine.id == Allocation.bill_line_id)
        .where(Allocation.payment_id.in_([row.id for row in shown]))
        .group_by(Allocation.payment_id, BillLine.fee_type)
        .order_by(BillLine.fee_type.desc())
    ):
        fees.setdefault(payment_id, []).append(FEE_WORDS[fee_type])
    hits = tuple(
        Hit(
            HitKind.RECEIPT, row.id, row.number, name=row.name,
            second=f"{_fees(fees.get(row.id, ['预存']))} {row.amount}", third=f"{row.business_date}",
            note="冲红" if row.kind is PaymentKind.REVERSAL else "已冲红" if row.reversed_by is not None else "",
            party_id=row.party_id,
        )
        for row in shown
    )  # fmt: skip
    return Group(HitKind.RECEIPT, hits, len(rows) - len(shown))
