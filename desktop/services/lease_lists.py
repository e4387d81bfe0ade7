"""All leases as a list: filtered by state, building and text, counted, and read a page at a time by key.

Expiring 将到期 and overstayed 期满未退 come from the dates, so no stored state can hide them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillBalance
from desktop.models.leases import Lease, LeaseParty, LeaseRoom, LeaseTerm
from desktop.models.parties import Party
from desktop.models.places import Building, Room
from desktop.models.values import NIL, LeaseRole, LeaseState, Money, Right
from desktop.services import party_lists, settings
from desktop.services.leases import INSIDE, LeaseRow
from desktop.services.paging import Span, ids_of_page, like
from desktop.services.rights import needs, part
from desktop.services.work import Look

_NOTHING: sa.ColumnElement[Any] = sa.literal_column("0")
_ONE: sa.ColumnElement[Any] = sa.literal_column("1")


class LeaseScope(StrEnum):
    """Which leases a list is about; each is also a figure over the list."""

    CURRENT = "current"
    """The tenant has the keys: in force, expiring, overstayed or under notice."""
    EXPIRING = "expiring"
    OVERSTAYED = "overstayed"
    COMING = "coming"
    LEAVING = "leaving"
    """Moved out, not settled yet."""
    ALL = "all"


class LeaseOrder(StrEnum):
    """What a list is sorted by; SIGNED is the order in which leases were made."""

    SIGNED = "signed"
    ROOM = "room"
    TENANT = "tenant"
    START = "start"
    END = "end"
    RENT = "rent"
    OWED = "owed"


@dataclass(frozen=True, slots=True)
class LeaseFilter:
    """Which leases. `text`: the tenant (as in the list of parties), the room number, or the lease number."""

    scope: LeaseScope = LeaseScope.CURRENT
    building_id: UUID | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class LeaseFigures:
    """What stands over the list: how many of each scope, how far ahead "expiring" looks, the buildings to filter by."""

    counts: dict[LeaseScope, int]
    expiring_days: int
    buildings: tuple[tuple[UUID, str], ...]


@needs(Right.SEE_LEASES)
def lease_figures(look: Look, building_id: UUID | None = None, text: str = "") -> LeaseFigures:
    """How many leases each scope holds of those in a building that the text finds."""
    query = _filtered(look, LeaseFilter(LeaseScope.ALL, building_id, text))
    tests = [sa.func.count(sa.case((_in_scope(look, scope), _ONE))) for scope in LeaseScope]
    found = look.session.execute(query.with_only_columns(*tests)).one()
    buildings = look.session.execute(
        sa.select(Building.id, Building.name)
        .where(Building.deleted_at.is_(None))
        .order_by(Building.sort, Building.name)
    )
    return LeaseFigures(
        dict(zip(LeaseScope, (int(each) for each in found), strict=True)), _expiring_days(look),
        tuple((row.id, row.name) for row in buildings),
    )  # fmt: skip


@needs(Right.SEE_LEASES)
def count_leases(look: Look, wanted: LeaseFilter) -> int:
    """How many leases a filter lets through."""
    return look.session.scalar(_filtered(look, wanted).with_only_columns(sa.func.count())) or 0


@needs(Right.SEE_LEASES)
def list_leases(look: Look, wanted: LeaseFilter, span: Span, order: LeaseOrder | None = None) -> list[LeaseRow]:
    """One page of the list. Without an order: what ends first where the end matters, else the newest lease first."""
    if order is None:
        by_end = wanted.scope in (LeaseScope.EXPIRING, LeaseScope.OVERSTAYED)
        order = LeaseOrder.END if by_end else LeaseOrder.SIGNED
        span = Span(span.offset, span.limit, span.after, span.before, descending=not by_end)
    query = _filtered(look, wanted)
    columns: list[Any] = []
    if order is LeaseOrder.ROOM:
        # Flats 905 and 1203 in the order of the house, not of the alphabet.
        columns = [Building.sort, Building.name, sa.func.length(Room.number), Room.number]
    elif order is LeaseOrder.TENANT:
        columns = [party_lists.sound()]
    elif order is LeaseOrder.START:
        columns = [LeaseTerm.start]
    elif order is LeaseOrder.END:
        columns = [LeaseTerm.end]
    elif order is LeaseOrder.RENT:
        columns = [LeaseTerm.rent]
    elif order is LeaseOrder.OWED:
        owed = _debts(look).subquery()
        query = query.outerjoin(owed, owed.c.lease_id == Lease.id)
        columns = [sa.func.coalesce(owed.c.fen, sa.literal(0, sa.BigInteger))]
    return _rows(look, ids_of_page(look.session, query, [*columns, Lease.id], span))


def _expiring_days(look: Look) -> int:
    return int(settings.value_of(look, "expiring_days"))


def _debts(look: Look) -> Any:
    """{lease: past due today}, of whoever may see bills."""
    query = (
        sa.select(BillBalance.lease_id, sa.func.sum(sa.type_coerce(BillBalance.owed, sa.BigInteger)).label("fen"))
        .where(BillBalance.owed != _NOTHING, BillBalance.owed > _NOTHING, BillBalance.due < look.world.today())
        .group_by(BillBalance.lease_id)
    )
    return query if Right.SEE_BILLS in look.actor.rights else query.where(sa.false())


def _latest(model: Any, lease_id: Any, *order: Any) -> sa.ColumnElement[Any]:
    """The one row of a lease that speaks for it: the terms in force, the tenant who signed, the room moved to last."""
    return (
        sa.select(model.id)
        .where(lease_id == Lease.id, model.deleted_at.is_(None))
        .order_by(*order)
        .limit(1)
        .correlate(Lease)
        .scalar_subquery()
    )


def _base() -> sa.Select[Any]:
    term = sa.orm.aliased(LeaseTerm)
    room = sa.orm.aliased(LeaseRoom)
    person = sa.orm.aliased(LeaseParty)
    tenant = (
        sa.select(person.id)
        .where(person.lease_id == Lease.id, person.deleted_at.is_(None), person.role == LeaseRole.TENANT)
        .order_by(person.valid_from, person.id)
        .limit(1)
        .correlate(Lease)
        .scalar_subquery()
    )
    return (
        sa.select(Lease.id)
        .join(LeaseTerm, LeaseTerm.id == _latest(term, term.lease_id, term.effective_from.desc(), term.id.desc()))
        .join(LeaseParty, LeaseParty.id == tenant)
        .join(Party, Party.id == LeaseParty.party_id)
        .join(LeaseRoom, LeaseRoom.id == _latest(room, room.lease_id, room.valid_from.desc(), room.id.desc()))
        .join(Room, Room.id == LeaseRoom.room_id)
        .join(Building, Building.id == Room.building_id)
        .where(Lease.deleted_at.is_(None))
    )


def _in_scope(look: Look, scope: LeaseScope) -> sa.ColumnElement[bool]:
    today: date = look.world.today()
    inside = Lease.state.in_(INSIDE)
    if scope is LeaseScope.CURRENT:
        return inside
    if scope is LeaseScope.EXPIRING:
        last = today + timedelta(days=_expiring_days(look))
        return sa.and_(inside, LeaseTerm.end >= today, LeaseTerm.end <= last)
    if scope is LeaseScope.OVERSTAYED:
        return sa.and_(inside, LeaseTerm.end < today)
    if scope is LeaseScope.COMING:
        return Lease.state == LeaseState.SIGNED
    if scope is LeaseScope.LEAVING:
        return Lease.state == LeaseState.MOVED_OUT
    return Lease.id.is_not(None)


def _filtered(look: Look, wanted: LeaseFilter) -> sa.Select[Any]:
    query = _base().where(_in_scope(look, wanted.scope))
    if wanted.building_id is not None:
        query = query.where(Room.building_id == wanted.building_id)
    text = unicodedata.normalize("NFKC", wanted.text).strip()
    if not text:
        return query
    number = like("".join(text.upper().split()))
    ways: list[sa.ColumnElement[bool]] = [
        Lease.number.like(f"%{number}%", escape="\\"),
        Room.number.like(f"{like(text)}%", escape="\\"),
    ]
    if Right.SEE_PARTIES in look.actor.rights:
        ways.append(party_lists.named(look, text))
    return query.where(sa.or_(*ways))


@part
def rows_of(look: Look, ids: Sequence[UUID]) -> list[LeaseRow]:
    """These leases as a list shows them, in this order."""
    return _rows(look, ids)


def _rows(look: Look, ids: Sequence[UUID]) -> list[LeaseRow]:
    if not ids:
        return []
    debts = {
        row.lease_id: Money(int(row.fen))
        for row in look.session.execute(_debts(look).where(BillBalance.lease_id.in_(ids)))
    }
    query = _base().where(Lease.id.in_(ids))
    rows = {
        found.id: LeaseRow(
            found.id, found.number, found.state, found.party_id, found.tenant, found.room_id,
            f"{found.building} {found.room}", found.start, found.end, found.rent, debts.get(found.id, NIL),
        )
        for found in look.session.execute(
            query.with_only_columns(
                Lease.id, Lease.number, Lease.state, LeaseParty.party_id, Party.name.label("tenant"), LeaseRoom.room_id,
                Building.name.label("building"), Room.number.label("room"), LeaseTerm.start, LeaseTerm.end,
                LeaseTerm.rent,
            )
        )
    }  # fmt: skip
    return [rows[lease_id] for lease_id in ids if lease_id in rows]
