"""All keys 钥匙门卡 of the office as a list: out, in the cabinet, lost; by room, holder, serial; a page at a time."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from desktop.models.leases import Lease
from desktop.models.meters import KeyItem, KeyMove
from desktop.models.parties import Party
from desktop.models.places import Building, Room
from desktop.models.values import Right
from desktop.services import narrowing, party_lists
from desktop.services.conditions import Chosen, Condition, condition
from desktop.services.key_rows import HOLDING, KEY_WORDS, KeyEvent, KeyRow, clean_serial, rows_by_id
from desktop.services.paging import Counted, Span, counted_to, ids_of_page, like
from desktop.services.rights import needs
from desktop.services.work import Look

_BEFORE = date(1, 1, 1)
"""Stands for "never moved": a day that sorts before every other."""
_OUT_FOR = {"30": "发出 30 天以上", "365": "发出一年以上", "left": "租约已退租", "nobody": "不属租约"}


class KeyScope(StrEnum):
    """Which keys a list is about; each is also a figure over the list."""

    OUT = "out"
    IN = "in"
    LOST = "lost"
    ALL = "all"
    """Scrapped ones too."""


class KeyOrder(StrEnum):
    """What a list is sorted by."""

    ROOM = "room"
    HOLDER = "holder"
    SINCE = "since"
    SERIAL = "serial"


@dataclass(frozen=True, slots=True)
class KeyFilter:
    """Which keys. `text`: the beginning of a room number, a serial or its end, what it is called, or the holder."""

    scope: KeyScope = KeyScope.OUT
    text: str = ""
    chosen: Chosen = ()
    """Of `key_conditions`."""


@needs(Right.SEE_BOARD)
def key_conditions(look: Look) -> tuple[Condition, ...]:
    """What the list can be narrowed by."""
    return (
        condition("kind", "种类", KEY_WORDS.items()),
        condition("out", "发出", _OUT_FOR.items(), single=True),
        narrowing.building_condition(look),
    )


@needs(Right.SEE_BOARD)
def key_figures(look: Look, text: str = "", chosen: Chosen = ()) -> dict[KeyScope, Counted]:
    """How many keys each scope holds of those that text and conditions let through."""
    return {scope: _counted(look, KeyFilter(scope, text, chosen)) for scope in KeyScope}


@needs(Right.SEE_BOARD)
def count_keys(look: Look, wanted: KeyFilter) -> Counted:
    """How many keys a filter lets through."""
    return _counted(look, wanted)


@needs(Right.SEE_BOARD)
def list_keys(look: Look, wanted: KeyFilter, span: Span, order: KeyOrder | None = None) -> list[KeyRow]:
    """One page of the list. Without an order: by room; lost ones the latest first."""
    if order is None:
        order = KeyOrder.SINCE if wanted.scope is KeyScope.LOST else KeyOrder.ROOM
        span = span.turned(descending=wanted.scope is KeyScope.LOST)
    query, last = _filtered(look, wanted)
    label = [sa.func.length(KeyItem.label), KeyItem.label, KeyItem.id]
    room = [Building.sort, sa.func.length(Room.number), Room.number, KeyItem.kind]
    columns: dict[KeyOrder, list[Any]] = {
        KeyOrder.ROOM: [*room, *label],
        KeyOrder.HOLDER: [sa.func.coalesce(Party.name, ""), *label],
        KeyOrder.SINCE: [sa.func.coalesce(last.moved_on, sa.literal(_BEFORE, sa.Date)), KeyItem.id],
        KeyOrder.SERIAL: [sa.func.coalesce(KeyItem.serial, ""), *label],
    }
    return rows_by_id(look, ids_of_page(look.session, query, columns[order], span))


def _counted(look: Look, wanted: KeyFilter) -> Counted:
    query, _last = _filtered(look, wanted)
    return counted_to(look.session, query.with_only_columns(KeyItem.id))


def _filtered(look: Look, wanted: KeyFilter) -> tuple[sa.Select[Any], Any]:
    """(The keys a filter lets through, each with its last move)."""
    last, other = sa.orm.aliased(KeyMove), sa.orm.aliased(KeyMove)
    latest = (
        sa.select(other.id)
        .where(other.key_item_id == KeyItem.id)
        .order_by(other.created_at.desc(), other.id.desc())
        .limit(1)
        .correlate(KeyItem)
        .scalar_subquery()
    )
    query: sa.Select[Any] = (
        sa.select(KeyItem)
        .join(Room, Room.id == KeyItem.room_id)
        .join(Building, Building.id == Room.building_id)
        .outerjoin(last, last.id == latest)
        .outerjoin(Party, (Party.id == last.party_id) & last.direction.in_((KeyEvent.OUT, KeyEvent.LOST)))
        .where(KeyItem.deleted_at.is_(None))
    )
    here = sa.or_(last.id.is_(None), last.direction.in_((KeyEvent.IN, KeyEvent.FOUND)))
    scopes = {
        KeyScope.OUT: last.direction == KeyEvent.OUT, KeyScope.IN: here, KeyScope.LOST: last.direction == KeyEvent.LOST,
    }  # fmt: skip
    if wanted.scope in scopes:
        query = query.where(scopes[wanted.scope])
    for key, values in wanted.chosen:
        query = query.where(_narrowed(look, last, key, values))
    text = unicodedata.normalize("NFKC", wanted.text).strip()
    return (query.where(_about(look, text)) if text else query), last


def _narrowed(look: Look, last: Any, key: str, values: Sequence[str]) -> sa.ColumnElement[bool]:
    if key == "building":
        return Room.building_id.in_(narrowing.ids(values))
    if key == "kind":
        return KeyItem.kind.in_(values)
    if key == "out":
        today = look.world.today()
        gone = sa.select(Lease.id).where(Lease.state.not_in(HOLDING))
        ways = {
            "30": last.moved_on <= today - timedelta(days=30),
            "365": last.moved_on <= today - timedelta(days=365),
            "left": last.lease_id.in_(gone),
            "nobody": last.lease_id.is_(None),
        }
        found = sa.or_(sa.false(), *(ways[value] for value in values if value in ways))
        return sa.and_(last.direction == KeyEvent.OUT, found)
    return sa.true()


def _about(look: Look, text: str) -> sa.ColumnElement[bool]:
    serial = clean_serial(text)
    ways: list[sa.ColumnElement[bool]] = [
        Room.number.like(f"{like(text)}%", escape="\\"), KeyItem.serial == serial,
        KeyItem.label.like(f"%{like(text)}%", escape="\\"),
    ]  # fmt: skip
    if len(serial) >= 4:
        ways.append(KeyItem.serial.like(f"%{like(serial)}", escape="\\"))
    if Right.SEE_PARTIES in look.actor.rights:
        ways.append(Party.id.in_(sa.select(Party.id).where(party_lists.named(look, text))))
    return sa.or_(*ways)
