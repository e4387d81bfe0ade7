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
from desktop.services import narrowing, party_lists, settings
from desktop.services.conditions import DAYS, Chosen, Condition, condition
from desktop.services.leases import INSIDE, LeaseRow
from desktop.services.narrowing import ENDS, FEN, OWED, RENTS
from desktop.services.paging import Span, ids_of_page, like
from desktop.services.rights import needs, part
from desktop.services.work import Look

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
    text: str = ""
    chosen: Chosen = ()
    """Of `lease_conditions`."""


@dataclass(frozen=True, slots=True)
class LeaseFigures:
    """What stands over the list: how many of each scope, and how far ahead "expiring" looks."""

    counts: dict[LeaseScope, int]
    expiring_days: int


@needs(Right.SEE_LEASES)
def lease_conditions(look: Look) -> tuple[Condition, ...]:
    """What the list can be narrowed by."""
    bills = (narrowing.arrears_condition(),) if Right.SEE_BILLS in look.actor.rights else ()
    people = (narrowing.mark_condition(),) if Right.SEE_PARTIES in look.actor.rights else ()
    return (
        narrowing.building_condition(look),
        *bills,
        condition("end", "到期", ENDS.items(), single=True),
        narrowing.days_condition("start", "起租", ("month", "last_month", "next_month", "year")),
        condition("rent", "月租", RENTS.items()),
        *people,
    )


@needs(Right.SEE_LEASES)
def lease_figures(look: Look, text: str = "", chosen: Chosen = ()) -> LeaseFigures:
    """How many leases each scope holds of those that text and conditions let through."""
    if text or chosen:
        query = _filtered(look, LeaseFilter(LeaseScope.ALL, text, chosen))
        tests = [sa.func.count(sa.case((_in_scope(look, scope), _ONE))) for scope in LeaseScope]
        found = look.session.execute(query.with_only_columns(*tests)).one()
        counts = dict(zip(LeaseScope, (int(each) for each in found), strict=True))
    else:
        counts = _counts_of_all(look)
    return LeaseFigures(counts, _expiring_days(look))


def _counts_of_all(look: Look) -> dict[LeaseScope, int]:
    """Of every lease: by its stored state from the index on it; only those inside are looked at for their dates."""
    states = {
        state: int(count)
        for state, count in look.session.execute(
            sa.select(Lease.state, sa.func.count()).where(Lease.deleted_at.is_(None)).group_by(Lease.state)
        )
    }
    counts = {
        LeaseScope.CURRENT: sum(states.get(state, 0) for state in INSIDE),
        LeaseScope.COMING: states.get(LeaseState.SIGNED, 0),
        LeaseScope.LEAVING: states.get(LeaseState.MOVED_OUT, 0),
        LeaseScope.ALL: sum(states.values()),
    }
    for scope in (LeaseScope.EXPIRING, LeaseScope.OVERSTAYED):
        counts[scope] = _count(look, LeaseFilter(scope))
    return {scope: counts[scope] for scope in LeaseScope}


@needs(Right.SEE_LEASES)
def count_leases(look: Look, wanted: LeaseFilter) -> int:
    """How many leases a filter lets through."""
    return _count(look, wanted)


def _count(look: Look, wanted: LeaseFilter) -> int:
    return look.session.scalar(_filtered(look, wanted).with_only_columns(sa.func.count())) or 0


@needs(Right.SEE_LEASES)
def list_leases(look: Look, wanted: LeaseFilter, span: Span, order: LeaseOrder | None = None) -> list[LeaseRow]:
    """One page of the list. Without an order: what ends first where the end matters, else the newest lease first."""
    if order is None:
        by_end = wanted.scope in (LeaseScope.EXPIRING, LeaseScope.OVERSTAYED)
        order = LeaseOrder.END if by_end else LeaseOrder.SIGNED
        span = span.turned(descending=not by_end)
    query = _filtered(look, wanted, joined=order not in (LeaseOrder.SIGNED, LeaseOrder.OWED))
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
        owed = narrowing.debts(look, BillBalance.lease_id)
        query = query.outerjoin(owed, owed.c.who == Lease.id)
        columns = [sa.func.coalesce(owed.c.fen, sa.literal(0, sa.BigInteger))]
    return _rows(look, ids_of_page(look.session, query, [*columns, Lease.id], span))


def _expiring_days(look: Look) -> int:
    return int(settings.value_of(look, "expiring_days"))


def _debts(look: Look) -> Any:
    """{lease: past due today}, of whoever may see bills."""
    query = (
        sa.select(BillBalance.lease_id, sa.func.sum(FEN).label("fen"))
        .where(OWED, BillBalance.due < look.world.today())
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


def _filtered(look: Look, wanted: LeaseFilter, *, joined: bool = False) -> sa.Select[Any]:
    """The leases a filter lets through, with terms, tenant and room beside them where it or the order asks of these."""
    by_dates = wanted.scope in (LeaseScope.EXPIRING, LeaseScope.OVERSTAYED)
    if joined or by_dates or wanted.text or wanted.chosen:
        query = _base()
    else:
        query = sa.select(Lease.id).where(Lease.deleted_at.is_(None))
    query = query.where(_in_scope(look, wanted.scope))
    for key, values in wanted.chosen:
        query = query.where(_narrowed(look, key, values))
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


def _narrowed(look: Look, key: str, values: Sequence[str]) -> sa.ColumnElement[bool]:
    if key == "building":
        return Room.building_id.in_(narrowing.ids(values))
    if key == "arrears":
        return narrowing.in_arrears(look, Lease.id, BillBalance.lease_id, values)
    if key == "end":
        return sa.or_(sa.false(), *(_ending(look, value) for value in values))
    if key == "start":
        return narrowing.within(look, LeaseTerm.start, values)
    if key == "rent":
        return sa.or_(sa.false(), *(_renting(value) for value in values if value in RENTS))
    if key == "mark" and Right.SEE_PARTIES in look.actor.rights:
        return narrowing.marked(look, LeaseParty.party_id, values)
    return sa.true()


def _ending(look: Look, value: str) -> sa.ColumnElement[bool]:
    if value in DAYS:
        return narrowing.within(look, LeaseTerm.end, (value,))
    today = look.world.today()
    return LeaseTerm.end.between(today, today + timedelta(days=int(value))) if value.isdecimal() else sa.false()


def _renting(value: str) -> sa.ColumnElement[bool]:
    """Of 1000-2000 the lower bound belongs to it, the upper one to the next."""
    least, _, most = value.partition("-")
    enough = LeaseTerm.rent >= Money.yuan(least)
    return sa.and_(enough, LeaseTerm.rent < Money.yuan(most)) if most else enough


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
