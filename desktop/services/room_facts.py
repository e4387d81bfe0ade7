"""What a list asks of many rooms at once: where they stand, since when they are empty, rent, owners, who is spoken of.

The state of a room is the board's alone; here is only what stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from threading import RLock
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import sqlalchemy as sa

from desktop.models.leases import Lease, LeaseRoom, LeaseTerm
from desktop.models.notes import Note
from desktop.models.parties import Party, PartyName
from desktop.models.places import Building, Ownership, Room
from desktop.models.trust import AuditHead
from desktop.models.values import LeaseState, Money, Right, RoomState
from desktop.services import board
from desktop.services.board import TileFacts
from desktop.services.quick import Asking, KeptId, Quick, uuid_of
from desktop.services.rights import part
from desktop.services.work import Look
from desktop.world import OFFICE_ZONE

T = TypeVar("T")


class RoomPlace(NamedTuple):
    """What of a room is stored with it, as far as lists are narrowed and sorted by it."""

    id: UUID
    building_id: UUID
    building: str
    parent_id: KeptId | None
    number: str
    floor: int
    layout: str | None
    area: Decimal | None


@dataclass(frozen=True, slots=True)
class Rent:
    """Rent per month; `asking`: no lease yet."""

    month: Money
    asking: bool


@dataclass(frozen=True, slots=True)
class Owners:
    """Who owns a room today, the largest share first."""

    ids: tuple[UUID, ...] = ()
    names: tuple[str, ...] = ()
    occupied: bool = False
    """An owner lives there 业主自住."""


class Kept:
    """What was read of all rooms, good until the next act: page, count and figures of a list ask for the same.

    Held by whoever asks again and again; several reading jobs may ask at once.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._stamp: object = None
        self._parts: dict[str, Any] = {}

    def forget(self) -> None:
        """Somebody says that rooms have changed."""
        with self._lock:
            self._parts.clear()

    def places(self, look: Look) -> list[RoomPlace]:
        """Every room there is, in the order of the board."""
        return self._of(look, "places", lambda: places_of(look))

    def places_here(self, look: Look) -> list[RoomPlace] | None:
        """The places if they are here already."""
        with self._lock:
            return self._parts.get("places") if self._stamp == _stamp(look) else None

    def tiles(self, look: Look) -> dict[UUID, TileFacts]:
        """Every room as the board shows it, by id."""
        return self._of(look, "tiles", lambda: {tile.room_id: tile for tile in board.board(look).tiles})

    def tiles_here(self, look: Look) -> dict[UUID, TileFacts] | None:
        """The tiles if they are here already."""
        with self._lock:
            return self._parts.get("tiles") if self._stamp == _stamp(look) else None

    def empty_days(self, look: Look) -> dict[UUID, int]:
        """`empty_days` of all rooms."""
        return self._of(look, "empty", lambda: empty_days(look, self.places(look), self.tiles(look)))

    def rents(self, look: Look) -> dict[UUID, Rent]:
        """`rents` of all rooms."""
        return self._of(look, "rents", lambda: rents(look, self.places(look), self.tiles(look)))

    def owners(self, look: Look) -> dict[UUID, Owners]:
        """`owners` of all rooms."""
        return self._of(look, "owners", lambda: owners(look))

    def noted(self, look: Look) -> set[UUID]:
        """Rooms with a pinned note."""
        return self._of(look, "noted", lambda: noted(look))

    def sounds(self, look: Look) -> dict[UUID, str]:
        """The names of the tenants as they are spoken."""
        return self._of(look, "sounds", lambda: sounds(look, _tenants(self.tiles(look))))

    def _of(self, look: Look, name: str, read: Callable[[], T]) -> T:
        """What `read` finds, read again only after an act, on another day or for other rights."""
        stamp = _stamp(look)
        with self._lock:
            if stamp != self._stamp:
                self._stamp = stamp
                self._parts.clear()
            if name not in self._parts:
                self._parts[name] = read()
            found: T = self._parts[name]
            return found


def _tenants(tiles: Mapping[UUID, TileFacts]) -> set[UUID]:
    return {tile.tenant_id for tile in tiles.values() if tile.tenant_id is not None}


def _stamp(look: Look) -> object:
    """Every act of the office moves the end of its audit chain."""
    look.settle()
    return _HEAD.first(look.connection), look.world.today(), look.actor.rights


_HEAD = Quick(lambda q: sa.select(AuditHead.n))


@part
def places_of(look: Look) -> list[RoomPlace]:
    """Every room there is, in the order of the board."""
    houses = _houses(look)
    rows = [
        row for row in _PLACES.rows(look.connection, today=look.world.today()) if row.building_id in houses
    ]  # fmt: skip
    rows.sort(key=lambda row: board.standing(houses[row.building_id][0], row.floor, row.number))
    return _places(houses, rows)


@part
def top_places(look: Look, most: int) -> list[RoomPlace]:
    """The first of `places_of`, without reading all the others: what the list of rooms opens with."""
    return _places(_houses(look), _TOP_PLACES.rows(look.connection, today=look.world.today(), most=most))


@part
def count_places(look: Look) -> int:
    """How many `places_of` are."""
    return int(_COUNT.first(look.connection, today=look.world.today())[0])


_Houses = dict[KeptId, tuple[int, UUID, str]]
"""{building: its place among them, id, name}"""


def _houses(look: Look) -> _Houses:
    return {row.id: (at, uuid_of(row.id), row.name) for at, row in enumerate(_HOUSES.rows(look.connection))}


def _places(houses: _Houses, rows: Sequence[Any]) -> list[RoomPlace]:
    return [
        RoomPlace(
            row.id, *houses[row.building_id][1:], row.parent_id, row.number, row.floor, row.layout, row.area
        )
        for row in rows
    ]  # fmt: skip


_IN_ORDER = (Building.sort, Building.name, Building.id)
_HOUSES = Quick(
    lambda q: sa.select(q.kept(Building.id), Building.name).where(Building.deleted_at.is_(None)).order_by(*_IN_ORDER)
)
_TODAY = sa.bindparam("today", type_=Room.retired_on.type)
_STANDING = (Room.deleted_at.is_(None), sa.or_(Room.retired_on.is_(None), Room.retired_on > _TODAY))


def _placed(q: Asking) -> sa.Select[Any]:
    """Ids of buildings and flats stay as the driver knows them: turning 10,000 of them takes as long as all else."""
    return sa.select(
        Room.id, q.kept(Room.building_id), q.kept(Room.parent_id), Room.number, Room.floor, Room.layout, Room.area
    ).where(*_STANDING)


def _top_places(q: Asking) -> sa.Select[Any]:
    """In the order of `board.standing`."""
    dash = (sa.func.strpos if q.server else sa.func.instr)(Room.number, "-")
    before = sa.case((dash == 0, sa.func.length(Room.number)), else_=dash - 1)
    return (
        _placed(q)
        .join(Building, sa.and_(Building.id == Room.building_id, Building.deleted_at.is_(None)))
        .order_by(*_IN_ORDER, Room.floor.desc(), before, q.by_point(Room.number))
        .limit(sa.bindparam("most", type_=sa.Integer))
    )


_PLACES, _TOP_PLACES = Quick(_placed), Quick(_top_places)
_COUNT = Quick(
    lambda q: (
        sa.select(sa.func.count())
        .select_from(sa.join(Room, Building, Building.id == Room.building_id))
        .where(*_STANDING, Building.deleted_at.is_(None))
    )
)


@part
def empty_days(look: Look, rooms: Sequence[RoomPlace], known: Mapping[UUID, TileFacts]) -> dict[UUID, int]:
    """For how many days each room that could be let has had no tenant; of others nothing.

    Counted from the day the last tenant left, him or the flat around a bed; of a room never let, from its registration.
    """
    free = [
        room for room in rooms
        if (tile := known.get(room.id)) is not None and tile.state in board.VACANT and not tile.parts
    ]  # fmt: skip
    around = {room.id: uuid_of(room.parent_id) for room in free if room.parent_id is not None}
    last: dict[UUID, date] = {}
    for row in _LETTINGS.rows(look.connection, sorted({*around.values(), *(room.id for room in free)})):
        # Who stays past the end leaves on the day of the move-out; who moved house within the lease, on the last day.
        day = row.valid_to if row.moved_out_on is None or row.later else max(row.valid_to, row.moved_out_on)
        last[row.room_id] = max(day, last.get(row.room_id, day))
    never = [room.id for room in free if room.id not in last]
    last |= {row.id: row.created_at.astimezone(OFFICE_ZONE).date() for row in _MADE.rows(look.connection, never)}
    today = look.world.today()
    days = {}
    for room in free:
        own = last[room.id]
        flat = last.get(around[room.id], own) if room.id in around else own
        days[room.id] = max(0, (today - max(own, flat)).days)
    return days


def _lettings(asking: Asking) -> Any:
    other = sa.orm.aliased(LeaseRoom)
    later = (
        sa.select(other.id)
        .where(
            other.lease_id == LeaseRoom.lease_id, other.valid_from > LeaseRoom.valid_to, other.deleted_at.is_(None),
            other.valid_from <= other.valid_to,
        )
        .exists()
    )  # fmt: skip
    return (
        sa.select(LeaseRoom.room_id, LeaseRoom.valid_to, Lease.moved_out_on, later.label("later"))
        .join(Lease, Lease.id == LeaseRoom.lease_id)
        .where(
            LeaseRoom.deleted_at.is_(None), Lease.deleted_at.is_(None), LeaseRoom.valid_from <= LeaseRoom.valid_to,
            Lease.state.not_in((LeaseState.CANCELLED, LeaseState.DRAFT)), asking.among(LeaseRoom.room_id),
        )
    )  # fmt: skip


_LETTINGS = Quick(_lettings)
_MADE = Quick(lambda q: sa.select(Room.id, Room.created_at).where(q.among(Room.id)))


@part
def rents(look: Look, rooms: Sequence[RoomPlace], known: Mapping[UUID, TileFacts]) -> dict[UUID, Rent]:
    """{room: what it costs}: by its lease, for who may see leases; without one what is asked for it."""
    leases: dict[UUID, Money] = {}
    empty = [room.id for room in rooms if (tile := known.get(room.id)) and tile.lease_id is None]
    asking = {row.id: row.asking_rent for row in _ASKING.rows(look.connection, empty)}
    if Right.SEE_LEASES in look.actor.rights:
        ids = {tile.lease_id for room in rooms if (tile := known.get(room.id)) is not None} - {None}
        leases = {row.lease_id: row.rent for row in _RENTS.rows(look.connection, sorted(ids))}
    found = {}
    for room in rooms:
        tile = known.get(room.id)
        if tile is not None and tile.lease_id in leases:
            found[room.id] = Rent(leases[tile.lease_id], False)
        elif tile is not None and tile.state is not RoomState.LET and asking.get(room.id) is not None:
            found[room.id] = Rent(asking[room.id], True)
    return found


_ASKING = Quick(lambda q: sa.select(Room.id, Room.asking_rent).where(q.among(Room.id)))
_RENTS = Quick(
    lambda q: (
        sa.select(LeaseTerm.lease_id, LeaseTerm.rent)
        .where(LeaseTerm.deleted_at.is_(None), q.among(LeaseTerm.lease_id))
        .order_by(LeaseTerm.effective_from, LeaseTerm.id)
    )
)


@part
def owners(look: Look, ids: Collection[UUID] | None = None) -> dict[UUID, Owners]:
    """{room: who owns it today}; rooms without an owner are left out."""
    found: dict[UUID, list[Any]] = {}
    for row in _OWNERS.rows(look.connection, ids, today=look.world.today()):
        found.setdefault(row.room_id, []).append(row)
    return {
        room_id: Owners(
            tuple(row.party_id for row in rows), tuple(row.name for row in rows),
            any(row.owner_occupied for row in rows),
        )
        for room_id, rows in found.items()
    }  # fmt: skip


_OWNERS = Quick(
    lambda q: sa.select(Ownership.room_id, Ownership.party_id, Party.name, Ownership.owner_occupied)
    .join(Party, Party.id == Ownership.party_id)
    .where(
        Ownership.deleted_at.is_(None), Ownership.valid_from <= _TODAY,
        sa.or_(Ownership.valid_to.is_(None), Ownership.valid_to >= _TODAY), q.among(Ownership.room_id),
    )
    .order_by(Ownership.share.desc(), Party.name, Party.id)
)  # fmt: skip


@part
def noted(look: Look) -> set[UUID]:
    """Rooms with a pinned note."""
    return set(
        look.session.scalars(
            sa.select(Note.room_id).where(Note.pinned, Note.deleted_at.is_(None), Note.room_id.is_not(None))
        )
    )


@part
def sounds(look: Look, people: Collection[UUID]) -> dict[UUID, str]:
    """{party: the name as it is spoken}, as `party_lists.sound` tells it to the engine."""
    found: dict[UUID, str] = {}
    for row in _SOUNDS.rows(look.connection, people):
        known = found.get(row.party_id, "")
        found[row.party_id] = max(known, row.key, key=lambda key: (len(key), key))
    return found


_SOUNDS = Quick(lambda q: sa.select(PartyName.party_id, PartyName.key).where(q.among(PartyName.party_id)))
