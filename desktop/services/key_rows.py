"""Where each key 钥匙, card 门卡 and remote 遥控器 is: read from its moves, never stored. Acts: `key_register`."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.leases import Lease, LeaseParty, LeaseRoom
from desktop.models.meters import KeyItem, KeyMove
from desktop.models.parties import Party
from desktop.models.places import Building, Room
from desktop.models.values import LeaseRole, LeaseState, Right
from desktop.services.asked import Asked, OneOf
from desktop.services.errors import NotFound
from desktop.services.paging import like
from desktop.services.rights import needs, part
from desktop.services.work import Look
from desktop.world import OFFICE_ZONE

KEY_WORDS = {"key": "钥匙", "card": "门卡", "remote": "遥控器"}
KEY_UNITS = {"key": "把", "card": "张", "remote": "个"}
HOLDING = (LeaseState.SIGNED, LeaseState.ACTIVE, LeaseState.NOTICE)


class Where(StrEnum):
    """Where a key is now."""

    IN = "in"
    """In the office's cabinet."""
    OUT = "out"
    LOST = "lost"
    SCRAPPED = "scrapped"


class KeyEvent(StrEnum):
    """What may happen to a key; the values are those of `key_move.direction`."""

    OUT = "out"
    IN = "in"
    LOST = "lost"
    FOUND = "found"
    SCRAPPED = "scrapped"


WHERE_WORDS = {Where.IN: "在柜", Where.OUT: "已发出", Where.LOST: "丢失", Where.SCRAPPED: "已报废"}
EVENT_WORDS = {
    KeyEvent.OUT: "发出", KeyEvent.IN: "收回", KeyEvent.LOST: "报失", KeyEvent.FOUND: "找回",
    KeyEvent.SCRAPPED: "报废",
}  # fmt: skip
_AFTER = {
    KeyEvent.OUT: Where.OUT, KeyEvent.IN: Where.IN, KeyEvent.LOST: Where.LOST, KeyEvent.FOUND: Where.IN,
    KeyEvent.SCRAPPED: Where.SCRAPPED,
}  # fmt: skip
_MAY: Mapping[Where, frozenset[KeyEvent]] = {
    Where.IN: frozenset({KeyEvent.OUT, KeyEvent.LOST, KeyEvent.SCRAPPED}),
    Where.OUT: frozenset({KeyEvent.IN, KeyEvent.LOST}),
    Where.LOST: frozenset({KeyEvent.FOUND, KeyEvent.SCRAPPED}),
    Where.SCRAPPED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key, card or remote, and where it is."""

    id: UUID
    version: int
    room_id: UUID
    room: str
    kind: str
    label: str
    serial: str
    copy_of: str
    """Label of the key it was copied from."""
    where: Where
    holder_id: UUID | None
    holder: str
    """Who has it, or had it when it was lost."""
    lease_id: UUID | None
    since: date | None
    """Day of the last move; None: never moved."""
    remark: str

    @property
    def words(self) -> str:
        """1 栋 301 门卡 2."""
        return f"{self.room} {self.label}"

    def may(self, event: KeyEvent) -> bool:
        return event in _MAY[self.where]


def where_after(direction: str | None) -> Where:
    """Where a key is after its last move; None: it never moved and is in the cabinet."""
    return Where.IN if direction is None else _AFTER[KeyEvent(direction)]


def clean_serial(serial: str) -> str:
    """A serial as a reader sends it: full width, spaces and case do not matter."""
    return "".join(unicodedata.normalize("NFKC", serial).upper().split())


# ---- reading -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeyHappened:
    """One line in the life of a key."""

    day: date
    event: KeyEvent | None
    """None: it was entered."""
    holder: str
    remark: str
    who: str


@dataclass(frozen=True, slots=True)
class Holding:
    """Who may be given a key of a room now: a tenancy and its tenant."""

    lease_id: UUID
    party_id: UUID
    name: str
    number: str


@needs(Right.SEE_BOARD)
def key_of(look: Look, item_id: UUID) -> KeyRow:
    """One key. Raises NotFound."""
    rows = rows_by_id(look, [item_id])
    if not rows:
        raise NotFound("这把钥匙")
    return rows[0]


@needs(Right.SEE_BOARD)
def find_serial(look: Look, serial: str) -> KeyRow | None:
    """The card with a serial, as it was read or typed; one in use before one that was scrapped."""
    return by_serial(look, clean_serial(serial))


@part
def by_serial(look: Look, serial: str) -> KeyRow | None:
    """`find_serial` inside an act, of a clean serial."""
    ids = look.session.scalars(sa.select(KeyItem.id).where(KeyItem.serial == serial, KeyItem.deleted_at.is_(None)))
    rows = rows_by_id(look, list(ids)) if serial else []
    return min(rows, key=lambda row: row.where is Where.SCRAPPED, default=None)


@needs(Right.SEE_BOARD)
def keys_of_room(look: Look, room_id: UUID) -> list[KeyRow]:
    """The keys of a room, keys before cards."""
    ids = look.session.scalars(
        sa.select(KeyItem.id)
        .where(KeyItem.room_id == room_id, KeyItem.deleted_at.is_(None))
        .order_by(KeyItem.kind.desc(), sa.func.length(KeyItem.label), KeyItem.label)
    )
    return rows_by_id(look, list(ids))


@needs(Right.SEE_BOARD)
def key_history(look: Look, item_id: UUID) -> list[KeyHappened]:
    """What happened to a key, the latest first. Raises NotFound."""
    item = look.get(KeyItem, item_id)
    found = [
        KeyHappened(move.moved_on, KeyEvent(move.direction), name or "", move.remark or "", staff or "程序")
        for move, name, staff in look.session.execute(
            sa.select(KeyMove, Party.name, StaffMember.name)
            .outerjoin(Party, Party.id == KeyMove.party_id)
            .outerjoin(StaffMember, StaffMember.id == KeyMove.created_by)
            .where(KeyMove.key_item_id == item_id)
            .order_by(KeyMove.created_at.desc(), KeyMove.id.desc())
        )
    ]
    by = look.session.scalar(sa.select(StaffMember.name).where(StaffMember.id == item.created_by))
    entered = item.created_at.astimezone(OFFICE_ZONE).date()
    return [*found, KeyHappened(entered, None, "", "", by or "程序")]


@needs(Right.SEE_BOARD)
def holders_of_room(look: Look, room_id: UUID) -> list[Holding]:
    """The tenancies of a room to which its keys may go now, those living there first."""
    rows = look.session.execute(
        sa.select(Lease.id, Lease.number, Party.id.label("party_id"), Party.name)
        .join(LeaseRoom, LeaseRoom.lease_id == Lease.id)
        .join(LeaseParty, (LeaseParty.lease_id == Lease.id) & (LeaseParty.role == LeaseRole.TENANT))
        .join(Party, Party.id == LeaseParty.party_id)
        .where(
            LeaseRoom.room_id == room_id, LeaseRoom.deleted_at.is_(None), Lease.deleted_at.is_(None),
            Lease.state.in_(HOLDING), LeaseParty.deleted_at.is_(None), LeaseRoom.valid_to >= LeaseRoom.valid_from,
        )
        .order_by(LeaseRoom.valid_from, Lease.id)
    )  # fmt: skip
    return [Holding(row.id, row.party_id, row.name, row.number) for row in rows]


@part
def rows_by_id(look: Look, item_ids: Sequence[UUID]) -> list[KeyRow]:
    """Keys in the order of `item_ids`."""
    if not item_ids:
        return []
    connection = look.session.connection()
    last = {move.key_item_id: move for move in _MOVES.rows(connection, item_ids)}
    rows = {}
    for item in _ITEMS.rows(connection, item_ids):
        move = last.get(item.id)
        where = where_after(move.direction if move is not None else None)
        # In the cabinet or scrapped, nobody has it, whoever brought it back.
        had = move if where in (Where.OUT, Where.LOST) else None
        rows[item.id] = KeyRow(
            item.id, item.version, item.room_id, f"{item.building} {item.number}", item.kind, item.label,
            item.serial or "", item.copy_of or "", where, had.party_id if had is not None else None,
            (had.name or "") if had is not None else "", had.lease_id if had is not None else None,
            move.moved_on if move is not None else None, (move.remark or "") if move is not None else "",
        )  # fmt: skip
    return [rows[item_id] for item_id in item_ids if item_id in rows]


def _item_query(one_of: OneOf) -> sa.Select[Any]:
    source = sa.orm.aliased(KeyItem)
    columns: tuple[Any, ...] = (
        KeyItem.id, KeyItem.version, KeyItem.room_id, Building.name.label("building"), Room.number, KeyItem.kind,
        KeyItem.label, KeyItem.serial, source.label.label("copy_of"),
    )  # fmt: skip
    return (
        sa.select(*columns)
        .join(Room, Room.id == KeyItem.room_id)
        .join(Building, Building.id == Room.building_id)
        .outerjoin(source, source.id == KeyItem.copy_of_id)
        .where(one_of(KeyItem.id), KeyItem.deleted_at.is_(None))
    )


_ITEMS = Asked(_item_query)
_MOVES = Asked(
    lambda one_of: (
        sa.select(
            KeyMove.key_item_id, KeyMove.direction, KeyMove.lease_id, KeyMove.party_id, KeyMove.moved_on,
            KeyMove.remark, Party.name,
        )
        .outerjoin(Party, Party.id == KeyMove.party_id)
        .where(one_of(KeyMove.key_item_id))
        .order_by(KeyMove.created_at, KeyMove.id)
    )
)  # fmt: skip


@needs(Right.SEE_BOARD)
def rooms_by_number(look: Look, text: str, limit: int = 12) -> list[tuple[UUID, str]]:
    """(room, 「1 栋 301」) of rooms whose number begins so; 1-301 has the building before it."""
    wanted = unicodedata.normalize("NFKC", text).replace("栋", "-").replace("幢", "-").replace(" ", "")
    house, _, number = wanted.rpartition("-")
    query = (
        sa.select(Room.id, Building.name.label("building"), Room.number)
        .join(Building, Building.id == Room.building_id)
        .where(
            Room.deleted_at.is_(None), Room.retired_on.is_(None), Room.number.like(f"{like(number)}%", escape="\\")
        )
        .order_by(Building.sort, sa.func.length(Room.number), Room.number)
        .limit(limit)
    )  # fmt: skip
    if house:
        query = query.where(Building.name.like(f"{like(house.strip('-'))}%", escape="\\"))
    return [(row.id, f"{row.building} {row.number}") for row in look.session.execute(query)]
