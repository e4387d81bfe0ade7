"""All rooms as a list: narrowed, counted, sorted, a page at a time. What state a room is in, the board says.

What is stored with the rooms narrows and sorts them at once; only where something derived is asked for (state, arrears,
days empty …) every tile of the board is made first, once for all questions until the next act (`room_facts.Kept`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.parties import Party
from desktop.models.places import Ownership, Room
from desktop.models.values import Money, Right, RoomMark, RoomState
from desktop.services import board, narrowing, party_lists, room_facts
from desktop.services.board import TileFacts
from desktop.services.conditions import DAYS, Chosen, Condition, condition, days_of
from desktop.services.narrowing import ENDS, RENTS
from desktop.services.paging import Span
from desktop.services.rights import needs
from desktop.services.room_facts import Kept, Owners, Rent, RoomPlace
from desktop.services.work import Look

STATES = {
    RoomState.VACANT_CLEAN: "空净", RoomState.VACANT_DIRTY: "空脏", RoomState.RESERVED: "预订",
    RoomState.LET: "在租", RoomState.REPAIR: "维修", RoomState.OUT_OF_USE: "停用",
}  # fmt: skip
_ORDER = {state: at for at, state in enumerate(STATES)}
_EMPTY = {
    "7": "7 天以上",
    "15": "15 天以上",
    "30": "30 天以上",
    "60": "60 天以上",
    "90": "90 天以上",
    "180": "半年以上",
}
_AREAS = {
    "0-20": "不到 20 m²", "20-40": "20 m² 起", "40-60": "40 m² 起", "60-90": "60 m² 起", "90-120": "90 m² 起",
    "120-": "120 m²以上", "": "没填面积",
}  # fmt: skip
_MARKS = {
    "repairs": "有报修", "arriving": "该入住了", "unsigned": "合同待签", "late": "过了恢复日期", "note": "有置顶备注",
}  # fmt: skip
_OWNERS = {"none": "没登记业主", "occupied": "业主自住", "several": "几人共有"}
_MOST_OWNERS = 60
"""Owners of several rooms that can be chosen; who owns one is found by name."""


class RoomScope(StrEnum):
    """Which rooms a list is about; each is also a figure over the list."""

    ALL = "all"
    VACANT = "vacant"
    """Free to let: what the board counts as 空置可租."""
    LET = "let"
    RESERVED = "reserved"
    CLOSED = "closed"
    """Under repair or out of use."""


class RoomOrder(StrEnum):
    """What a list is sorted by; ROOM is the order of the board. What a room has nothing of stands last either way."""

    ROOM = "room"
    FLOOR = "floor"
    LAYOUT = "layout"
    AREA = "area"
    STATE = "state"
    TENANT = "tenant"
    END = "end"
    EMPTY = "empty"
    RENT = "rent"
    OWED = "owed"


@dataclass(frozen=True, slots=True)
class RoomFilter:
    """Which rooms. `text`: room number, with its building or without, tenant or owner, or why it is closed."""

    scope: RoomScope = RoomScope.ALL
    text: str = ""
    chosen: Chosen = ()
    """Of `room_conditions`."""


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A room in the list."""

    tile: TileFacts
    building: str
    end: date | None
    """Last day of the lease of who lives there."""
    empty_days: int | None
    """How long a room that could be let has had no tenant; None: it has one, or is not to let."""
    rent: Rent | None
    owners: Owners
    """Nobody for a role that may not see parties."""

    @property
    def id(self) -> UUID:
        return self.tile.room_id

    @property
    def words(self) -> str:
        """「1 栋 1203」"""
        return f"{self.building} {self.tile.number}"

    @property
    def flags(self) -> tuple[str, ...]:
        """What else needs a hand, the worst first; arrears have a column of their own."""
        marks = [self.tile.words_of(mark) for mark in self.tile.marks if mark is not RoomMark.ARREARS]
        bare = self.tile.mark_words if not self.tile.marks else ""
        return tuple(marks) if marks else (bare,) if bare else ()


@dataclass(frozen=True, slots=True)
class RoomFigures:
    """What stands over the list: how many rooms each scope has, and what is past due on them."""

    counts: dict[RoomScope, int]
    owed: dict[RoomScope, Money]


@needs(Right.SEE_BOARD)
def room_conditions(look: Look) -> tuple[Condition, ...]:
    """What the list can be narrowed by."""
    rights, standing = look.actor.rights, (Room.deleted_at.is_(None), Room.retired_on.is_(None))
    floors = look.session.scalars(sa.select(Room.floor).where(*standing).distinct().order_by(Room.floor))
    layouts = look.session.scalars(
        sa.select(Room.layout).where(*standing, Room.layout.is_not(None)).distinct().order_by(Room.layout)
    )
    bills = (narrowing.arrears_condition(),) if Right.SEE_BILLS in rights else ()
    people = (condition("owner", "业主", _owners(look)),) if Right.SEE_PARTIES in rights else ()
    marks = [(key, words) for key, words in _MARKS.items() if key != "note" or Right.SEE_PARTIES in rights]
    return (
        narrowing.building_condition(look),
        condition("state", "状态", ((state.value, words) for state, words in STATES.items())),
        *bills,
        condition("end", "到期", {"over": "今天到期或已过期", **ENDS}.items(), single=True),
        condition("empty", "空置", _EMPTY.items(), single=True),
        condition("rent", "月租", RENTS.items()),
        condition("area", "面积", _AREAS.items()),
        condition("layout", "户型", ((words, words) for words in layouts if words)),
        condition("floor", "楼层", ((str(floor), f"{floor} 层") for floor in floors)),
        *people,
        condition("mark", "标记", marks),
    )


def _owners(look: Look) -> list[tuple[str, str]]:
    """Kinds of owners, and who owns several rooms by name."""
    today = look.world.today()
    rows = look.session.execute(
        sa.select(Party.id, Party.name)
        .join(Ownership, Ownership.party_id == Party.id)
        .where(
            Ownership.deleted_at.is_(None), Ownership.valid_from <= today,
            sa.or_(Ownership.valid_to.is_(None), Ownership.valid_to >= today),
        )
        .group_by(Party.id, Party.name)
        .having(sa.func.count() > 1)
        .order_by(sa.func.count().desc(), Party.name, Party.id)
        .limit(_MOST_OWNERS)
    )  # fmt: skip
    return [*_OWNERS.items(), *((row.id.hex, row.name) for row in rows)]


@needs(Right.SEE_BOARD)
def room_figures(look: Look, text: str = "", chosen: Chosen = (), kept: Kept | None = None) -> RoomFigures:
    """How many rooms each scope holds of those that text and conditions let through, and what is owed on them."""
    kept = kept or Kept()
    tiles, today = kept.tiles(look), look.world.today()
    rooms = _narrowed(look, kept, RoomFilter(RoomScope.ALL, text, chosen))
    found = [tiles[room.id] for room in rooms if room.id in tiles]  # on a server a room may have come in between
    counts, owed = dict.fromkeys(RoomScope, 0), dict.fromkeys(RoomScope, 0)
    for tile in found:
        for scope in RoomScope:
            if _in_scope(tile, scope, today):
                counts[scope] += 1
                owed[scope] += tile.overdue.fen
    return RoomFigures(counts, {scope: Money(fen) for scope, fen in owed.items()})


@needs(Right.SEE_BOARD)
def count_rooms(look: Look, wanted: RoomFilter, kept: Kept | None = None) -> int:
    """How many rooms a filter lets through."""
    kept = kept or Kept()
    if wanted == RoomFilter() and kept.places_here(look) is None:
        return room_facts.count_places(look)
    return len(_narrowed(look, kept, wanted))


@needs(Right.SEE_BOARD)
def list_rooms(
    look: Look, wanted: RoomFilter, span: Span, order: RoomOrder | None = None, kept: Kept | None = None
) -> list[RoomRow]:
    """One page of the list. Without an order: as on the board, floor by floor from the top."""
    kept, order = kept or Kept(), order or RoomOrder.ROOM
    if wanted == RoomFilter() and order is RoomOrder.ROOM and not span.descending and span.at_top:
        rooms = kept.places_here(look)
        return _rows(look, kept, room_facts.top_places(look, span.limit) if rooms is None else rooms[: span.limit])
    rooms = _sorted(look, kept, _narrowed(look, kept, wanted), order, span.descending)
    return _rows(look, kept, _page(rooms, span))


@needs(Right.SEE_BOARD)
def position_of(
    look: Look, wanted: RoomFilter, room_id: UUID, order: RoomOrder | None = None, descending: bool = False,
    kept: Kept | None = None,
) -> int | None:  # fmt: skip
    """Where a room stands in a list, from 0; None: it is not among them."""
    kept = kept or Kept()
    rooms = _sorted(look, kept, _narrowed(look, kept, wanted), order or RoomOrder.ROOM, descending)
    return next((at for at, room in enumerate(rooms) if room.id == room_id), None)


def _page(rooms: Sequence[RoomPlace], span: Span) -> Sequence[RoomPlace]:
    """By the nearest known room, which may have moved since; else by the offset."""
    start = span.offset
    neighbour = span.after or span.before
    if neighbour is not None:
        at = next((at for at, room in enumerate(rooms) if room.id == neighbour), None)
        if at is not None:
            start = at + 1 + span.skip if span.after is not None else at - span.skip - span.limit
    return rooms[max(0, start) : max(0, start + span.limit)]


# ---- narrowing -----------------------------------------------------------------------------------------------------


Test = Callable[[RoomPlace], bool]


def _narrowed(look: Look, kept: Kept, wanted: RoomFilter) -> list[RoomPlace]:
    """The rooms a filter lets through, as they stand on the board."""
    tests = [_test(look, kept, key, values) for key, values in wanted.chosen]
    text, today = " ".join(unicodedata.normalize("NFKC", wanted.text).split()), look.world.today()
    if text:
        tests.append(_about(look, kept, text))
    if wanted.scope is not RoomScope.ALL:
        tiles = kept.tiles(look)
        tests.append(lambda room: room.id in tiles and _in_scope(tiles[room.id], wanted.scope, today))
    return [room for room in kept.places(look) if all(test(room) for test in tests)]


def _in_scope(tile: TileFacts, scope: RoomScope, today: date) -> bool:
    if scope is RoomScope.VACANT:
        return board.counted(tile, board.Count.VACANT, today)
    if scope is RoomScope.LET:
        return tile.state is RoomState.LET
    if scope is RoomScope.RESERVED:
        return tile.state is RoomState.RESERVED
    return scope is RoomScope.ALL or tile.state in (RoomState.REPAIR, RoomState.OUT_OF_USE)


def _test(look: Look, kept: Kept, key: str, values: Sequence[str]) -> Test:
    """Whether a room meets one condition."""
    if key == "building":
        houses = set(narrowing.ids(values))
        return lambda room: room.building_id in houses
    if key == "floor":
        return lambda room: str(room.floor) in values
    if key == "layout":
        return lambda room: room.layout in values
    if key == "area":
        return lambda room: _in_spans(room.area, values)
    if key == "owner" and Right.SEE_PARTIES in look.actor.rights:
        owned = kept.owners(look)
        chosen = set(narrowing.ids(values))
        return lambda room: _owned(owned.get(room.id, Owners()), values, chosen)
    if key == "rent":
        rents = kept.rents(look)
        return lambda room: (
            (rent := rents.get(room.id)) is not None and _in_spans(Decimal(rent.month.fen) / 100, values)
        )
    if key == "empty":
        days = kept.empty_days(look)
        least = min((int(value) for value in values if value in _EMPTY), default=0)
        return lambda room: days.get(room.id, -1) >= least
    tiles = kept.tiles(look)
    by_tile = _tile_test(look, kept, key, values)
    return lambda room: room.id in tiles and by_tile(tiles[room.id])


def _tile_test(look: Look, kept: Kept, key: str, values: Sequence[str]) -> Callable[[TileFacts], bool]:
    """Whether a room meets a condition on what the board says of it."""
    today = look.world.today()
    if key == "state":
        return lambda tile: tile.state.value in values
    if key == "arrears":
        return lambda tile: any(_owing(tile, value, today) for value in values)
    if key == "end":
        spans = [_ending(value, today) for value in values]
        return lambda tile: tile.days_left is not None and any(first <= tile.days_left <= last for first, last in spans)
    if key == "mark":
        noted = kept.noted(look) if Right.SEE_PARTIES in look.actor.rights else set()
        return lambda tile: any(_marked(tile, value, today, noted) for value in values)
    return lambda tile: True


def _in_spans(value: Decimal | None, spans: Sequence[str]) -> bool:
    """Of 20-40 the lower bound belongs to it, the upper one to the next; an empty span is for what is not known."""
    for span in spans:
        least, _, most = span.partition("-")
        if value is None or not span:
            if value is None and not span:
                return True
        elif value >= Decimal(least) and (not most or value < Decimal(most)):
            return True
    return False


def _owned(owners: Owners, values: Sequence[str], chosen: set[UUID]) -> bool:
    kinds = {"none": not owners.ids, "occupied": owners.occupied, "several": len(owners.ids) > 1}
    return any(kinds.get(value, False) for value in values) or not chosen.isdisjoint(owners.ids)


def _owing(tile: TileFacts, value: str, today: date) -> bool:
    if value == "none":
        return tile.overdue_since is None
    days = int(value) if value.isdecimal() else 0
    return tile.overdue_since is not None and tile.overdue_since < today - timedelta(days=days)


def _ending(value: str, today: date) -> tuple[int, int]:
    """Days from today to the first and to the last day of a span; both counted."""
    if value == "over":
        return -100_000, 0
    if value in DAYS:
        first, last = days_of(value, today)
        return (first - today).days, (last - today).days
    return 0, int(value) if value.isdecimal() else -1


def _marked(tile: TileFacts, value: str, today: date, noted: set[UUID]) -> bool:
    marks = {
        "repairs": tile.open_repairs > 0, "unsigned": tile.unsigned, "late": tile.late,
        "arriving": board.counted(tile, board.Count.COMING, today), "note": tile.room_id in noted,
    }  # fmt: skip
    return marks.get(value, False)


def _about(look: Look, kept: Kept, text: str) -> Test:
    """Whether a room is meant by what was typed."""
    tiles, wanted = kept.tiles(look), "".join(text.upper().split())
    people, owned = _meant(look, text), dict[UUID, Owners]()
    if people:
        owned = kept.owners(look)

    def about(room: RoomPlace) -> bool:
        tile, number = tiles.get(room.id), room.number.upper()
        if number.startswith(wanted) or f"{room.building}{number}".replace(" ", "").upper().startswith(wanted):
            return True
        if tile is None:
            return False
        owners = owned.get(room.id)
        return (
            text in tile.who
            or tile.tenant_id in people
            or (owners is not None and not people.isdisjoint(owners.ids))
        )  # fmt: skip

    return about


def _meant(look: Look, text: str) -> set[UUID]:
    """People who may be meant by name, sound, phone or the end of a number; by one letter it would be half of them."""
    if Right.SEE_PARTIES not in look.actor.rights or len(text) < 2:
        return set()
    return set(look.session.scalars(sa.select(Party.id).where(party_lists.named(look, text))))


# ---- order ---------------------------------------------------------------------------------------------------------


def _sorted(look: Look, kept: Kept, rooms: list[RoomPlace], order: RoomOrder, descending: bool) -> list[RoomPlace]:
    """In an order; equal rooms stand as on the board."""
    if order is RoomOrder.ROOM:
        return rooms[::-1] if descending else rooms
    by = _by(look, kept, order)
    known, rest = [], []
    for room in rooms:
        value = by(room)
        if value is None:
            rest.append(room)
        else:
            known.append((value, room))
    known.sort(key=lambda pair: pair[0], reverse=descending)
    return [*(room for _, room in known), *rest]


def _by(look: Look, kept: Kept, order: RoomOrder) -> Callable[[RoomPlace], Any]:
    """What rooms are sorted by; None: there is nothing of it."""
    if order is RoomOrder.FLOOR:
        return lambda room: room.floor
    if order is RoomOrder.LAYOUT:
        return lambda room: room.layout
    if order is RoomOrder.AREA:
        return lambda room: room.area
    if order is RoomOrder.RENT:
        rents = kept.rents(look)
        return lambda room: rents[room.id].month.fen if room.id in rents else None
    if order is RoomOrder.EMPTY:
        days = kept.empty_days(look)
        return lambda room: days.get(room.id)
    tiles = kept.tiles(look)
    if order is RoomOrder.TENANT:
        people = kept.sounds(look)
        return lambda room: people.get(tile.tenant_id) if (tile := tiles.get(room.id)) and tile.tenant_id else None
    keys: dict[RoomOrder, Callable[[TileFacts], Any]] = {
        RoomOrder.STATE: lambda tile: _ORDER[tile.state],
        RoomOrder.END: lambda tile: tile.days_left,
        RoomOrder.OWED: lambda tile: tile.overdue.fen or None,
    }
    return lambda room: keys[order](tiles[room.id]) if room.id in tiles else None


# ---- rows ----------------------------------------------------------------------------------------------------------


def _rows(look: Look, kept: Kept, rooms: Sequence[RoomPlace]) -> list[RoomRow]:
    ids, today = [room.id for room in rooms], look.world.today()
    tiles = kept.tiles_here(look)
    if tiles is None:
        tiles = board.tiles_of(look, ids)
    empty, rents = room_facts.empty_days(look, rooms, tiles), room_facts.rents(look, rooms, tiles)
    owners = room_facts.owners(look, ids) if Right.SEE_PARTIES in look.actor.rights else {}
    return [
        RoomRow(
            tile, room.building, today + timedelta(days=tile.days_left) if tile.days_left is not None else None,
            empty.get(room.id), rents.get(room.id), owners.get(room.id, Owners()),
        )
        for room in rooms
        if (tile := tiles.get(room.id)) is not None
    ]  # fmt: skip
