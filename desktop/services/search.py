"""The search box: persons, rooms, leases, receipts, vehicles and repairs found by whatever a clerk types, each by its
right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.leases import Lease
from desktop.models.payments import Receipt
from desktop.models.places import Building, Room, RoomNumber
from desktop.models.values import Right
from desktop.services import party_search
from desktop.services.folding import LAST, Searched, fold
from desktop.services.quick import SIZES, Asking, Quick, Rows, plan_once, together, uuid_of
from desktop.services.rights import needs
from desktop.services.scan_codes import is_code
from desktop.services.search_hits import Hit, HitKind, ask_receipts_of, hits_of, persons, who_lives_here_first
from desktop.services.search_index import ask_containing, find_orders, number_ends
from desktop.services.work import Look

MOST = 4
"""Hits a group shows; the rest is counted, and typing on narrows it."""
_LOOKED_AT = 30
_HOUSE = re.compile(r"\s*(?:栋|幢|座|号楼|[-\s])\s*")
_ROOM = re.compile(r"[^\W\d]{0,3}[^\d]?\d")
"""1203, 3-1203, A1203, 东区 1203: few characters, then a digit."""
_NUMBER = re.compile(r"[A-Z0-9-]{4,24}")
_LONGEST_PLATE, _LONGEST_ROOM, _LONGEST_END = 9, 16, 8


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one kind, the best first."""

    kind: HitKind
    hits: tuple[Hit, ...]
    more: int = 0
    """Found, but not shown."""
    head: str = ""
    """Over hits of several kinds, in place of the name of one: 置顶, 最近打开."""


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
    """Persons by name, sound or number, rooms, leases, receipts by number, vehicles by plate, repairs by number and
    words, however long ago; groups the role may not see are left out. A room whose whole number was typed comes before
    all others."""
    wanted = " ".join(unicodedata.normalize("NFKC", text).split())
    if not wanted or is_code(wanted):
        return Found(text)  # a scanned code is no name: Enter leads to the till
    with together(look.connection):
        plan_once(look.connection)
        return Found(text, tuple(group for group in _groups(look, wanted) if group.hits))


def _groups(look: Look, wanted: str) -> list[Group]:
    """Every kind that the role may see, also where nothing was found. What hangs on nothing else is asked first, and
    is on its way while the rest is worked out."""
    rights = look.actor.rights
    sees_people, sees_bills = Right.SEE_PARTIES in rights, Right.SEE_BILLS in rights
    ask_leases = _ask_numbered(look, _LEASES, wanted) if Right.SEE_LEASES in rights else list
    ask_receipts = _ask_numbered(look, _RECEIPTS, wanted) if sees_bills else list
    plates = _ask_plates(look, wanted) if sees_people else list
    rooms, exact = _room_ids(look, wanted)
    groups = [_group(look, HitKind.ROOM, rooms)]
    found = party_search.matching(look, wanted, _LOOKED_AT) if sees_people else {}
    first = {uuid_of(kept): found[kept] for kept in who_lives_here_first(look, found)[:MOST]}
    people, lines, leases = list(first), list[Hit](), list[Hit]()
    lease_ids, receipt_ids = [row[0] for row in ask_leases()], [row[0] for row in ask_receipts()]
    receipts = ask_receipts_of(look, people, MOST, _LOOKED_AT) if sees_bills and people and not receipt_ids else None
    if people:
        lines, leases = persons(look, people, wanted, first)
    if sees_people:
        groups.insert(1 if exact else 0, Group(HitKind.PARTY, tuple(lines), max(0, len(found) - MOST)))
    if Right.SEE_LEASES in rights:
        shown = hits_of(look, HitKind.LEASE, lease_ids[:MOST])
        shown += [hit for hit in leases if hit.id not in lease_ids]
        more = len(lease_ids[MOST:]) + max(0, len(shown) - MOST)
        groups.append(Group(HitKind.LEASE, tuple(shown[:MOST]), more))
    if receipts is not None:
        shown, count = receipts()
        groups.append(Group(HitKind.RECEIPT, tuple(shown), max(0, count - MOST)))
    else:
        groups.append(_group(look, HitKind.RECEIPT, receipt_ids))
    groups.append(_group(look, HitKind.VEHICLE, [uuid_of(row[0]) for row in plates()]))
    if Right.SEE_REPAIRS in rights:
        orders = [uuid_of(kept) for kept in find_orders(look.connection, wanted, _LOOKED_AT)]
        groups.append(_group(look, HitKind.ORDER, orders))
    return groups


def _group(look: Look, kind: HitKind, ids: Sequence[UUID]) -> Group:
    return Group(kind, tuple(hits_of(look, kind, ids[:MOST])), max(0, len(ids) - MOST))


# ---- rooms ---------------------------------------------------------------------------------------------------------


def _room_ids(look: Look, wanted: str) -> tuple[list[UUID], bool]:
    """Rooms of 1203, 3-1203, 3 栋 1203, or all of 「3 栋」, and whether the first has exactly that number."""
    if len(wanted) > _LONGEST_ROOM or not _ROOM.match(wanted) or (wanted.isdigit() and len(wanted) > _LONGEST_END):
        return [], False
    connection, today = look.connection, look.world.today()
    named = _ROOMS if len(wanted) > 1 else _ROOMS_OF_A_DIGIT
    rows = named.rows(connection, number=wanted, end=wanted + LAST, today=today)
    number: str = wanted
    houses: list[UUID] | None = None
    house, *rest = _HOUSE.split(wanted, maxsplit=1)
    if house and rest:
        number = rest[0]
        houses = [row.id for row in _HOUSES.rows(connection) if _is_house(row.name, house)]
        rows += _ROOMS_IN.rows(connection, houses[: SIZES[-1]], number=number, end=number + LAST, today=today)
    rows.sort(key=lambda row: (len(row.number), row.sort, row.number))
    ids = [row.id for row in rows]
    exact = bool(rows) and rows[0].number.casefold() == number.casefold()
    if not exact and len(number) > 1:
        # Nothing bears that number now: what bore it once is meant, and comes first.
        once = [row for row in _FORMER.rows(connection, number=number) if houses is None or row.building_id in houses]
        ids = [row.id for row in once] + ids
    return list(dict.fromkeys(ids))[:_LOOKED_AT], exact


def _is_house(name: str, typed: str) -> bool:
    """3 is 3 栋, and not 30 栋."""
    return name.startswith(typed) and not name[len(typed) : len(typed) + 1].isdigit()


_BEGIN, _END = sa.bindparam("number", type_=sa.Text), sa.bindparam("end", type_=sa.Text)
_STANDING = (
    Room.deleted_at.is_(None),
    sa.or_(Room.retired_on.is_(None), Room.retired_on > sa.bindparam("today", type_=Room.retired_on.type)),
)


def _begins(q: Asking, column: Any) -> tuple[sa.ColumnElement[bool], ...]:
    return (q.by_point(column) >= _BEGIN, q.by_point(column) < _END)


def _rooms_by_number(q: Asking, *order: Any) -> sa.Select[Any]:
    first = (
        sa.select(Room.id, Room.number, Room.building_id)
        .where(*_begins(q, Room.number), *_STANDING)
        .order_by(*order, q.by_point(Room.number), Room.id)
        .limit(60)
        .subquery()
    )
    return sa.select(first.c.id, first.c.number, Building.sort).join(Building, Building.id == first.c.building_id)


_ROOMS = Quick(lambda q: _rooms_by_number(q, sa.func.length(Room.number)))
_ROOMS_OF_A_DIGIT = Quick(_rooms_by_number)
"""One digit begins a third of all numbers: in the order of the index, without sorting them."""
_HOUSES = Quick(lambda q: sa.select(Building.id, Building.name).where(Building.deleted_at.is_(None)))
_ROOMS_IN = Quick(
    lambda q: (
        sa.select(Room.id, Room.number, Building.sort)
        .join(Building, Building.id == Room.building_id)
        .where(q.among(Room.building_id), *_begins(q, Room.number), *_STANDING)
        .order_by(sa.func.length(Room.number), Building.sort, Room.number)
        .limit(60)
    )
)

_FORMER = Quick(
    lambda q: (
        sa.select(Room.id, Room.building_id)
        .join(RoomNumber, RoomNumber.room_id == Room.id)
        .where(
            q.by_point(RoomNumber.number) == sa.bindparam("number", type_=sa.Text), RoomNumber.deleted_at.is_(None),
            Room.deleted_at.is_(None),
        )
        .order_by(Room.retired_on.is_not(None), RoomNumber.valid_from.desc(), Room.id)
        .limit(8)
    )
)  # fmt: skip
"""Rooms that bore a number once, also those that are no more; each is asked for by the whole number."""


# ---- papers by number ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Numbers:
    """How papers of a kind are found by number; the latest come first."""

    beginning: Quick
    ending: Quick


def _ask_numbered(look: Look, numbers: _Numbers, wanted: str) -> Rows:
    """Papers whose number begins so (WJYA26-0045) or ends so, four digits and more (4517)."""
    text = "".join(wanted.upper().split())
    if not _NUMBER.fullmatch(text):
        return list
    if text.isdigit():
        return numbers.ending.ask(look.connection, number=text) if len(text) <= _LONGEST_END else list
    if not text.startswith(look.office.project_code) and text.isalpha():
        return list  # 「gutinglan」 is a person
    return numbers.beginning.ask(look.connection, project=look.office.project_id, number=text, end=text + LAST)


def _by_number(row_id: Any, number: Any, project: Any, *live: Any) -> _Numbers:
    ours = project == sa.bindparam("project", type_=project.type)  # on SQLite the first column of the index
    return _Numbers(
        Quick(
            lambda q: (
                sa.select(row_id)
                .where(ours, *_begins(q, number), *live)
                .order_by(q.by_point(number).desc())
                .limit(_LOOKED_AT)
            )
        ),
        Quick(
            lambda q: (
                sa.select(row_id).where(number_ends(number, _BEGIN), *live).order_by(number.desc()).limit(_LOOKED_AT)
            )
        ),
    )


_LEASES = _by_number(Lease.id, Lease.number, Lease.project_id, Lease.deleted_at.is_(None))
_RECEIPTS = _by_number(Receipt.payment_id, Receipt.number, Receipt.project_id)


# ---- vehicles ------------------------------------------------------------------------------------------------------


def _ask_plates(look: Look, wanted: str) -> Rows:
    """Plates that contain what was typed: two characters or more, one of them a letter or digit."""
    plate = fold(wanted)
    if not 2 <= len(plate) <= _LONGEST_PLATE or not any(c.isascii() and c.isalnum() for c in plate):
        return list
    return ask_containing(look.connection, Searched.VEHICLE, plate, _LOOKED_AT)
