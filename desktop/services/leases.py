"""Leases 租赁合同: their terms as they are stored, and how they are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance
from desktop.models.leases import Lease, LeaseParty, LeaseRoom, LeaseTerm, Occupant
from desktop.models.parties import Party, PartyRelation
from desktop.models.places import Building, Room
from desktop.models.values import (
    NIL,
    Account,
    LeaseRole,
    LeaseState,
    Money,
    Right,
)
from desktop.services import (
    attachments,
    handover,
    journal,
    narrowing,
    rent_discounts,
)
from desktop.services.errors import NotFound
from desktop.services.lease_terms import CollectionBasis, LeaseTerms, RentStep
from desktop.services.rights import needs, part
from desktop.services.schedule import PlannedBill, plan_bills
from desktop.services.work import Look

HOLDING = (LeaseState.SIGNED, LeaseState.ACTIVE, LeaseState.NOTICE, LeaseState.MOVED_OUT)
"""States in which a lease still stands in the books of its room."""
INSIDE = (LeaseState.ACTIVE, LeaseState.NOTICE)
"""States in which the tenant has the keys."""
TENANT_ROLES = (LeaseRole.TENANT, LeaseRole.CO_TENANT)
"""Who rents: a guarantor, guardian or agent has no home by the lease."""


def terms_of(row: LeaseTerm) -> LeaseTerms:
    """The stored terms as the arithmetic wants them."""
    return LeaseTerms(
        start=row.start, end=row.end, rent=row.rent, cycle_months=row.cycle_months, deposit=row.deposit,
        stub_rule=row.stub_rule, stub_placement=row.stub_placement,
        basis=CollectionBasis.CALENDAR if row.calendar_months else CollectionBasis.LEASE_DAY,
        pay_ahead_days=row.pay_ahead_days, free_days=row.free_days, free_rule=row.free_days_rule,
        steps=tuple(RentStep(date.fromisoformat(day), Money(fen)) for day, fen in row.rent_steps or ()),
        late_fee_per_mille=row.late_fee_per_mille, property_price=row.property_fee_price,
        property_area=row.property_fee_area, property_cycle_months=row.property_fee_months, key_deposit=row.key_deposit,
    )  # fmt: skip


def term_row(lease_id: UUID, terms: LeaseTerms, purpose: str) -> LeaseTerm:
    """The inverse of `terms_of`, effective from the start."""
    return LeaseTerm(
        lease_id=lease_id, effective_from=terms.start, start=terms.start, end=terms.end, rent=terms.rent,
        rent_steps=[[step.start.isoformat(), step.rent.fen] for step in terms.steps], cycle_months=terms.cycle_months,
        calendar_months=terms.basis is CollectionBasis.CALENDAR, pay_ahead_days=terms.pay_ahead_days,
        deposit=terms.deposit, stub_rule=terms.stub_rule, stub_placement=terms.stub_placement,
        free_days=terms.free_days,
        free_days_rule=terms.free_rule, late_fee_per_mille=terms.late_fee_per_mille,
        property_fee_price=terms.property_price, property_fee_area=terms.property_area,
        property_fee_months=terms.property_cycle_months, key_deposit=terms.key_deposit, purpose=purpose,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """A lease with the terms in force, its debtor and its room: what a bill run walks over."""

    lease_id: UUID
    debtor_id: UUID
    room_id: UUID
    state: LeaseState
    terms: LeaseTerms


@part
def standing_terms(look: Look, states: Sequence[LeaseState]) -> Iterator[Standing]:
    """Every lease in one of these states with its latest terms, by page."""
    query = (
        sa.select(Lease.id, Lease.state, LeaseParty.party_id, LeaseRoom.room_id, LeaseTerm)
        .join(LeaseTerm, LeaseTerm.lease_id == Lease.id)
        .join(LeaseParty, (LeaseParty.lease_id == Lease.id) & (LeaseParty.role == LeaseRole.TENANT))
        .join(LeaseRoom, LeaseRoom.lease_id == Lease.id)
        .where(
            Lease.state.in_(states), Lease.deleted_at.is_(None), LeaseTerm.deleted_at.is_(None),
            LeaseParty.deleted_at.is_(None), LeaseRoom.deleted_at.is_(None),
        )
        .order_by(Lease.id, LeaseTerm.effective_from, LeaseRoom.valid_from)
    )  # fmt: skip
    latest: dict[UUID, Standing] = {}
    for lease_id, state, party_id, room_id, term in look.session.execute(query):
        latest[lease_id] = Standing(lease_id, party_id, room_id, state, terms_of(term))
    yield from latest.values()


# ---- showing -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """A lease in a list."""

    id: UUID
    number: str
    state: LeaseState
    tenant_id: UUID
    tenant: str
    room_id: UUID
    room: str
    start: date
    end: date
    rent: Money
    owed: Money
    """Open and past due today."""

    def word(self, today: date, expiring_days: int) -> str:
        """The state as people say it; expiring and overstayed come from the dates."""
        if self.state in INSIDE and today > self.end:
            return "期满未退"
        if self.state in INSIDE and (self.end - today).days <= expiring_days:
            return "将到期"
        return STATE_WORDS[self.state]


STATE_WORDS = {
    LeaseState.DRAFT: "草稿",
    LeaseState.SIGNED: "待入住",
    LeaseState.ACTIVE: "在租",
    LeaseState.NOTICE: "已通知退租",
    LeaseState.MOVED_OUT: "已搬离",
    LeaseState.SETTLED: "已结算",
    LeaseState.CLOSED: "已结案",
    LeaseState.CANCELLED: "已撤销",
    LeaseState.RENEWED: "已续租",
}


@dataclass(frozen=True, slots=True)
class LeaseSide:
    """A party to the lease. `basis`: the kind of guarantee, the written authority."""

    party_id: UUID
    name: str
    role: LeaseRole
    basis: str = ""
    relation: str = ""
    """What they are to the tenant: 母亲 of a guardian, 经办人 of a company."""


@dataclass(frozen=True, slots=True)
class OccupantRow:
    """Who lives there, and what they are to the tenant."""

    party_id: UUID
    name: str
    relation: str = ""


@dataclass(frozen=True, slots=True)
class LeasePage:
    """Everything the lease page shows and the lease prints."""

    row: LeaseRow
    version: int
    terms: LeaseTerms
    purpose: str
    signed_on: date | None
    moved_in_on: date | None
    moved_out_on: date | None
    template_id: UUID | None
    parties: tuple[LeaseSide, ...]
    occupants: tuple[OccupantRow, ...]
    schedule: tuple[PlannedBill, ...]
    posted: frozenset[str]
    """Source keys (without the lease) already posted as bills."""
    deposit_held: Money
    readings: tuple[handover.ReadingRow, ...]
    keys_out: tuple[tuple[str, int], ...]
    files: tuple[attachments.FileRow, ...]


def _lease_query(today: date) -> Any:
    # By the bills of these leases: as a sum over all leases, every open bill of the office is added up for one page.
    owed = (
        sa.select(sa.func.sum(BillBalance.owed))
        .join(Bill, Bill.id == BillBalance.bill_id)
        .where(Bill.lease_id == Lease.id, BillBalance.due < today, narrowing.OPEN)
        .correlate(Lease)
        .scalar_subquery()
    )
    return (
        sa.select(
            Lease.id, Lease.number, Lease.state, Party.id.label("tenant_id"), Party.name, LeaseRoom.room_id,
            Building.name.label("building"), Room.number.label("room_number"), LeaseTerm.start, LeaseTerm.end,
            LeaseTerm.rent, owed.label("fen"),
        )
        .select_from(Lease)
        .join(LeaseTerm, LeaseTerm.id == latest_term())
        .join(LeaseParty, (LeaseParty.lease_id == Lease.id) & (LeaseParty.role == LeaseRole.TENANT))
        .join(Party, Party.id == LeaseParty.party_id)
        .join(LeaseRoom, LeaseRoom.lease_id == Lease.id)
        .join(Room, Room.id == LeaseRoom.room_id)
        .join(Building, Building.id == Room.building_id)
        .where(Lease.deleted_at.is_(None), LeaseRoom.deleted_at.is_(None))
    )  # fmt: skip


def latest_term() -> Any:
    """The terms in force of the lease of a query, by id: what was agreed last."""
    term = sa.orm.aliased(LeaseTerm)
    return (
        sa.select(term.id)
        .where(term.lease_id == Lease.id, term.deleted_at.is_(None))
        .order_by(term.effective_from.desc(), term.id.desc())
        .limit(1)
        .correlate(Lease)
        .scalar_subquery()
    )


def _lease_row(found: Any) -> LeaseRow:
    owed = found.fen
    return LeaseRow(
        found.id, found.number, found.state, found.tenant_id, found.name, found.room_id,
        f"{found.building} {found.room_number}", found.start, found.end, found.rent,
        NIL if owed is None else owed if isinstance(owed, Money) else Money(int(owed)),
    )  # fmt: skip


@needs(Right.SEE_LEASES)
def leases_of(
    look: Look, *, party_id: UUID | None = None, room_id: UUID | None = None, limit: int = 50
) -> list[LeaseRow]:
    """Leases of a party or room, the latest first."""
    query = _lease_query(look.world.today())
    if party_id is not None:
        query = query.where(Party.id == party_id)
    if room_id is not None:
        query = query.where(LeaseRoom.room_id == room_id)
    return [
        _lease_row(row) for row in look.session.execute(query.order_by(LeaseTerm.start.desc(), Lease.id).limit(limit))
    ]


@needs(Right.SEE_LEASES)
def lease_page(look: Look, lease_id: UUID) -> LeasePage:
    """One lease with its parties, schedule and handover. Raises NotFound."""
    return lease_facts(look, lease_id)


@part
def lease_facts(look: Look, lease_id: UUID) -> LeasePage:
    """`lease_page` inside another function."""
    session = look.session
    lease = look.get(Lease, lease_id)
    found = session.execute(_lease_query(look.world.today()).where(Lease.id == lease_id)).first()
    if found is None:
        raise NotFound("这份租约")
    term = term_of(look, lease_id)
    terms = terms_of(term)
    people = session.execute(
        sa.select(Party.id, Party.name, LeaseParty.role, LeaseParty.basis)
        .join(LeaseParty, LeaseParty.party_id == Party.id)
        .where(LeaseParty.lease_id == lease_id, LeaseParty.deleted_at.is_(None))
        .order_by(LeaseParty.created_at, LeaseParty.id)
    ).all()
    occupants = session.execute(
        sa.select(Party.id, Party.name)
        .join(Occupant, Occupant.party_id == Party.id)
        .where(Occupant.lease_id == lease_id, Occupant.deleted_at.is_(None), _to_the_end(lease))
        .order_by(Occupant.created_at, Occupant.id)
    ).all()
    near = _relations(look, found.tenant_id)
    prefix = f"lease:{lease_id.hex}:"
    posted = frozenset(
        key.removeprefix(prefix) for key in session.scalars(sa.select(Bill.source_key).where(Bill.lease_id == lease_id))
    )
    return LeasePage(
        _lease_row(found), lease.version, terms, term.purpose, lease.signed_on, lease.moved_in_on, lease.moved_out_on,
        lease.template_id,
        tuple(LeaseSide(row.id, row.name, row.role, row.basis or "", near.get(row.id, "")) for row in people),
        tuple(OccupantRow(row.id, row.name, near.get(row.id, "")) for row in occupants),
        tuple(rent_discounts.loyal_rents(look).off(lease_id, plan_bills(terms))), posted,
        -journal.balance(look, Account.DEPOSIT_HELD, lease_id=lease_id), handover.readings_of(look, lease_id),
        handover.keys_out(look, lease_id), attachments.files_of(look, lease_id),
    )  # fmt: skip


@part
def term_of(look: Look, lease_id: UUID) -> LeaseTerm:
    """The stored terms in force of a lease: what was agreed last."""
    return look.session.scalars(
        sa.select(LeaseTerm)
        .where(LeaseTerm.lease_id == lease_id, LeaseTerm.deleted_at.is_(None))
        .order_by(LeaseTerm.effective_from.desc(), LeaseTerm.id.desc())
        .limit(1)
    ).one()


def _to_the_end(lease: Lease) -> sa.ColumnElement[bool]:
    """Who lives there, or did until the room was handed back or the next lease began; who left before is history."""
    if lease.state is LeaseState.RENEWED:
        last = sa.select(sa.func.max(LeaseRoom.valid_to)).where(
            LeaseRoom.lease_id == lease.id, LeaseRoom.deleted_at.is_(None)
        )
        return Occupant.valid_to >= last.scalar_subquery()
    if lease.moved_out_on is None:
        return Occupant.valid_to.is_(None)
    return sa.or_(Occupant.valid_to.is_(None), Occupant.valid_to >= lease.moved_out_on)


def _relations(look: Look, party_id: UUID) -> dict[UUID, str]:
    """{other: what they are to a party, in words}; what was said last."""
    rows = look.session.execute(
        sa.select(PartyRelation.other_id, PartyRelation.words)
        .where(PartyRelation.party_id == party_id, PartyRelation.until.is_(None), PartyRelation.deleted_at.is_(None))
        .order_by(PartyRelation.created_at, PartyRelation.id)
    )
    return {row.other_id: row.words for row in rows}


@part
def rooms_of_parties(look: Look, ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """{party: rooms in words} of leases in which the tenant has the keys or will get them."""
    found: dict[UUID, list[str]] = {}
    for party_id, building, number in look.session.execute(
        sa.select(LeaseParty.party_id, Building.name, Room.number)
        .join(Lease, Lease.id == LeaseParty.lease_id)
        .join(LeaseRoom, LeaseRoom.lease_id == Lease.id)
        .join(Room, Room.id == LeaseRoom.room_id)
        .join(Building, Building.id == Room.building_id)
        .where(
            LeaseParty.party_id.in_(ids),
            LeaseParty.role.in_(TENANT_ROLES),
            Lease.state.in_((*INSIDE, LeaseState.SIGNED)),
        )
        .order_by(LeaseRoom.valid_from)
    ):
        found.setdefault(party_id, []).append(f"{building} {number}")
    return found
