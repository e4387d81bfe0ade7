"""All tenants and other parties as a list: filtered, counted, and read a page at a time by key, masked."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillBalance
from desktop.models.leases import Lease, LeaseParty, LeaseRoom
from desktop.models.parties import Party, PartyName
from desktop.models.places import Building, Room
from desktop.models.values import NIL, LeaseState, Money, PartyKind, Right
from desktop.services import narrowing, party_search
from desktop.services.conditions import Chosen, Condition, condition
from desktop.services.folding import Searched
from desktop.services.leases import INSIDE, TENANT_ROLES
from desktop.services.narrowing import FEN, OWED
from desktop.services.paging import Counted, Span, counted_to, ids_of_page, like
from desktop.services.rights import needs, part
from desktop.services.search_index import called
from desktop.services.work import Look

_KINDS = {PartyKind.PERSON.value: "个人", PartyKind.ORGANISATION.value: "单位"}


class PartyScope(StrEnum):
    """Which parties a list is about; each is also a figure over the list."""

    INSIDE = "inside"
    """Tenants who have the keys."""
    OWING = "owing"
    """Whoever owes something past due, former tenants too."""
    COMING = "coming"
    """Signed, not moved in, and not living here otherwise."""
    FORMER = "former"
    """Were tenants, are not now and have nothing signed."""
    EVERYBODY = "everybody"
    """Also co-tenants, emergency contacts and who was only registered."""


_STATES = {PartyScope.INSIDE: INSIDE, PartyScope.COMING: (LeaseState.SIGNED,)}
"""The leases whose rooms count, in a list of people with such leases; in the others every lease."""


class PartyOrder(StrEnum):
    """What a list is sorted by; KNOWN is the order in which parties came to be registered."""

    KNOWN = "known"
    NAME = "name"
    OWED = "owed"


class Standing(StrEnum):
    """How a party stands to the office, by the best of its leases."""

    INSIDE = "inside"
    COMING = "coming"
    FORMER = "former"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PartyFilter:
    """Which parties. `text`: name, sound, room number, document or phone number whole or its last four."""

    scope: PartyScope = PartyScope.INSIDE
    text: str = ""
    chosen: Chosen = ()
    """Of `party_conditions`."""


@dataclass(frozen=True, slots=True)
class PartyRow:
    """A party in the list, masked."""

    id: UUID
    number: str
    name: str
    kind: PartyKind
    phone: str
    """Masked; empty when there is none."""
    rooms: tuple[str, ...]
    """Where they live or will live; of a former tenant, where they lived last."""
    standing: Standing
    owed: Money
    """Past due today; nothing for a role that may not see bills."""


@needs(Right.SEE_PARTIES)
def party_conditions(look: Look) -> tuple[Condition, ...]:
    """What the list can be narrowed by."""
    bills = (narrowing.arrears_condition(),) if Right.SEE_BILLS in look.actor.rights else ()
    return (
        narrowing.building_condition(look), *bills, condition("kind", "类别", _KINDS.items()),
        narrowing.mark_condition(),
    )  # fmt: skip


@needs(Right.SEE_PARTIES)
def party_figures(look: Look, text: str = "", chosen: Chosen = ()) -> dict[PartyScope, Counted]:
    """How many parties each scope holds of those that text and conditions let through; exact up to 10,000."""
    return {scope: _count(look, PartyFilter(scope, text, chosen)) for scope in PartyScope}


@needs(Right.SEE_PARTIES)
def count_parties(look: Look, wanted: PartyFilter) -> Counted:
    """How many parties a filter lets through; exact up to 10,000."""
    return _count(look, wanted)


@needs(Right.SEE_PARTIES)
def count_all_parties(look: Look, wanted: PartyFilter) -> int | None:
    """How many there are beyond 10,000; None where counting them would take longer than anybody waits."""
    if wanted.text or wanted.chosen:
        return None
    seen = _filtered(look, wanted).with_only_columns(Party.id).subquery()
    return look.session.scalar(sa.select(sa.func.count()).select_from(seen)) or 0


def _count(look: Look, wanted: PartyFilter) -> Counted:
    return counted_to(look.session, _filtered(look, wanted).with_only_columns(Party.id))


@needs(Right.SEE_PARTIES)
def list_parties(look: Look, wanted: PartyFilter, span: Span, order: PartyOrder = PartyOrder.KNOWN) -> list[PartyRow]:
    """One page of the list in an order; equal names or amounts keep the order of registration."""
    query = _filtered(look, wanted)
    columns: list[Any] = [Party.id]
    if order is PartyOrder.NAME:
        columns.insert(0, sound())
    elif order is PartyOrder.OWED:
        owed = narrowing.debts(look, BillBalance.debtor_id)
        query = query.outerjoin(owed, owed.c.who == Party.id)
        columns.insert(0, sa.func.coalesce(owed.c.fen, sa.literal(0, sa.BigInteger)))
    return _rows(look, ids_of_page(look.session, query, columns, span))


def sound() -> sa.ColumnElement[Any]:
    """The name as it is spoken: its longest key is the whole pinyin, where the others are initials.

    Of two readings the later one: as a surname 沈 is shen, not chen; 单 shan, not chan; 曾 zeng, not ceng.
    """
    key = (
        sa.select(PartyName.key)
        .where(PartyName.party_id == Party.id)
        .order_by(sa.func.length(PartyName.key).desc(), PartyName.key.desc())
        .limit(1)
        .correlate(Party)
        .scalar_subquery()
    )
    return sa.func.coalesce(key, sa.literal("", PartyName.key.type), type_=PartyName.key.type)


def _debts(look: Look) -> Any:
    """{debtor: past due today}, of whoever may see bills."""
    query = (
        sa.select(BillBalance.debtor_id, sa.func.sum(FEN).label("fen"))
        .where(OWED, BillBalance.due < look.world.today())
        .group_by(BillBalance.debtor_id)
    )
    return query if Right.SEE_BILLS in look.actor.rights else query.where(sa.false())


def _with_lease(*states: LeaseState) -> sa.Select[Any]:
    query = (
        sa.select(LeaseParty.party_id)
        .join(Lease, Lease.id == LeaseParty.lease_id)
        .where(
            LeaseParty.role.in_(TENANT_ROLES),
            LeaseParty.deleted_at.is_(None),
            Lease.deleted_at.is_(None),
            Lease.state != LeaseState.CANCELLED,
        )
    )
    return query.where(Lease.state.in_(states)) if states else query


def _filtered(look: Look, wanted: PartyFilter) -> sa.Select[Any]:
    query = sa.select(Party.id).where(Party.deleted_at.is_(None))
    scope = wanted.scope
    if scope is PartyScope.INSIDE:
        query = query.where(Party.id.in_(_with_lease(*INSIDE)))
    elif scope is PartyScope.COMING:
        query = query.where(
            Party.id.in_(_with_lease(LeaseState.SIGNED)), Party.id.not_in(_with_lease(*INSIDE))
        )  # fmt: skip
    elif scope is PartyScope.FORMER:
        # Asked of each party: nearly everybody of an old office is one, and 100 of them are found at once.
        query = query.where(
            _with_lease().where(LeaseParty.party_id == Party.id).exists(),
            sa.not_(
                _with_lease(*INSIDE, LeaseState.SIGNED, LeaseState.DRAFT)
                .where(LeaseParty.party_id == Party.id)
                .exists()
            ),
        )
    elif scope is PartyScope.OWING:
        query = query.where(narrowing.in_arrears(look, Party.id, BillBalance.debtor_id, ("any",)))
    for key, values in wanted.chosen:
        query = query.where(_narrowed(look, scope, key, values))
    text = unicodedata.normalize("NFKC", wanted.text).strip()
    return query.where(_about(look, text)) if text else query


def _narrowed(look: Look, scope: PartyScope, key: str, values: Sequence[str]) -> sa.ColumnElement[bool]:
    if key == "building":
        rooms = narrowing.rooms_in(values)
        leases = sa.select(LeaseRoom.lease_id).where(LeaseRoom.room_id.in_(rooms), LeaseRoom.deleted_at.is_(None))
        return Party.id.in_(_with_lease(*_STATES.get(scope, ())).where(Lease.id.in_(leases)))
    if key == "arrears":
        return narrowing.in_arrears(look, Party.id, BillBalance.debtor_id, values)
    if key == "kind":
        return Party.kind.in_([PartyKind(value) for value in values if value in _KINDS])
    if key == "mark":
        return narrowing.marked(look, Party.id, values)
    return sa.true()


def _about(look: Look, text: str) -> sa.ColumnElement[bool]:
    ways = [named(look, text)]
    if any(character.isdigit() for character in text):
        ways.append(Party.id.in_(_in_room(text)))
    return sa.or_(*ways)


@part
def named(look: Look, text: str) -> sa.ColumnElement[bool]:
    """A condition on Party: who may be meant by a name, its sound, a number, a phone or the last four of one."""
    ways: list[sa.ColumnElement[bool]] = [Party.id.in_(called(look.connection, Searched.PARTY, text))]
    if text.isascii():
        key = "".join(text.lower().split())
        if key.isalpha():
            sounding = sa.select(PartyName.party_id).where(PartyName.key >= key, PartyName.key < key + "\x7f")
            ways.append(Party.id.in_(sounding))
        number = "".join(text.upper().split())
        if len(number) >= 4:
            ways += [Party.number == number, Party.id.in_(party_search.by_number(look, number))]
    elif spoken := party_search.by_spoken_phone(look, text):
        ways.append(Party.id.in_(spoken))
    return sa.or_(*ways)


def _in_room(text: str) -> sa.Select[Any]:
    """Who lives or will live in rooms whose number begins so."""
    return (
        _with_lease(*INSIDE, LeaseState.SIGNED)
        .join(LeaseRoom, LeaseRoom.lease_id == Lease.id)
        .join(Room, Room.id == LeaseRoom.room_id)
        .where(LeaseRoom.deleted_at.is_(None), Room.number.like(f"{like(text)}%", escape="\\"))
    )


# ---- rows ----------------------------------------------------------------------------------------------------------


def _rows(look: Look, ids: Sequence[UUID]) -> list[PartyRow]:
    if not ids:
        return []
    session = look.session
    found = {party.id: party for party in session.scalars(sa.select(Party).where(Party.id.in_(ids)))}
    phones = party_search.masked_phones(look, ids)
    homes = _homes(look, ids)
    debts = {
        row.debtor_id: Money(int(row.fen))
        for row in session.execute(_debts(look).where(BillBalance.debtor_id.in_(ids)))
    }
    rows = []
    for party_id in ids:
        party = found[party_id]
        standing, rooms = homes.get(party_id, (Standing.NONE, ()))
        rows.append(
            PartyRow(
                party_id, party.number, party.name, party.kind, phones.get(party_id, ""), rooms, standing,
                debts.get(party_id, NIL),
            )
        )  # fmt: skip
    return rows


def _homes(look: Look, ids: Sequence[UUID]) -> dict[UUID, tuple[Standing, tuple[str, ...]]]:
    """{party: (how they stand, rooms)}: of the leases of the best standing only."""
    ranks = [Standing.FORMER, Standing.COMING, Standing.INSIDE]
    homes: dict[UUID, tuple[int, dict[str, None]]] = {}
    for row in look.session.execute(
        sa.select(LeaseParty.party_id, Lease.state, Building.name, Room.number)
        .join(Lease, Lease.id == LeaseParty.lease_id)
        .join(LeaseRoom, LeaseRoom.lease_id == Lease.id)
        .join(Room, Room.id == LeaseRoom.room_id)
        .join(Building, Building.id == Room.building_id)
        .where(
            LeaseParty.party_id.in_(ids), LeaseParty.role.in_(TENANT_ROLES), LeaseParty.deleted_at.is_(None),
            Lease.deleted_at.is_(None), LeaseRoom.deleted_at.is_(None),
            Lease.state.not_in((LeaseState.CANCELLED, LeaseState.DRAFT)),
        )
        .order_by(LeaseRoom.valid_from, LeaseRoom.id)
    ):  # fmt: skip
        rank = 2 if row.state in INSIDE else 1 if row.state is LeaseState.SIGNED else 0
        known, rooms = homes.get(row.party_id, (-1, {}))
        words = f"{row.name} {row.number}"
        if rank > known or rank == 0:  # of a former tenant only the last room
            homes[row.party_id] = (rank, {words: None}) if rank >= known else (known, rooms)
        elif rank == known:
            rooms[words] = None
    return {party_id: (ranks[rank], tuple(rooms)) for party_id, (rank, rooms) in homes.items()}
