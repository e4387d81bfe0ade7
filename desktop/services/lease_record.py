"""Everything the page of one lease shows: terms, schedule with what was posted and paid, people, handover, history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.documents import Template
from desktop.models.leases import Lease
from desktop.models.parties import Contact
from desktop.models.values import NIL, LeaseState, Money, Right, total
from desktop.services import (
    billing,
    lease_chain,
    lease_standing,
    leases,
    notes,
    parties,
    party_page,
    settings,
    settlements,
    signed,
    timeline,
)
from desktop.services.rights import needs
from desktop.services.schedule import PlannedBill
from desktop.services.transitions import LEASE
from desktop.services.work import Look


class Paid(StrEnum):
    """How far a planned bill has come."""

    PLANNED = "planned"
    """Not posted yet."""
    OPEN = "open"
    OVERDUE = "overdue"
    PART = "part"
    """Something was paid, not all; not late yet."""
    PAID = "paid"
    TAKEN_BACK = "taken_back"
    MOVED = "moved"
    """A deposit that was carried over to the lease that follows."""


@dataclass(frozen=True, slots=True)
class Period:
    """One bill of the schedule, with the bill that was posted for it."""

    planned: PlannedBill
    paid: Paid
    bill_id: UUID | None
    owed: Money
    """Open of it; all of it while it is only planned."""


@dataclass(frozen=True, slots=True)
class LeaseRecord:
    """A lease with everything around it. None: not for this role."""

    page: leases.LeasePage
    expiring_days: int
    """From how many days before its end a lease is 将到期."""
    periods: tuple[Period, ...]
    bills: tuple[billing.BillRow, ...] | None
    phone: party_page.MaskedField | None
    chain: tuple[lease_chain.ChainLink, ...]
    """The leases of this tenancy from the first to the last; this one alone where nothing was renewed."""
    template: int | None
    """The edition of the words that were printed and signed."""
    notice_on: date | None
    settlement: settlements.Settlement | None
    """What settling it would come to, once the tenant has moved out."""
    signature: signed.Given | None
    """Given before the clerk under this lease."""
    signature_broken: bool
    """What is sealed in it does not fit its row: it was altered."""
    moves: tuple[str, ...]
    """What the machine lets happen now."""
    events: tuple[timeline.TimelineEntry, ...]
    pinned: tuple[notes.NoteRow, ...]
    """What is pinned to the tenant."""

    def standing(self, today: date) -> tuple[str, str]:
        """How it stands where it runs out, has run out or was renewed, and the tone of that; see `lease_standing`."""
        return lease_standing.standing(self.page.row, self.chain, today, self.expiring_days)

    def due(self, today: date) -> Money:
        """What is open and to be paid by today."""
        return total(bill.owed for bill in self.bills or () if bill.owed > NIL and bill.due <= today)

    def overdue(self, today: date) -> Money:
        """What is past due."""
        return total(bill.owed for bill in self.bills or () if bill.owed > NIL and bill.due < today)


@needs(Right.SEE_LEASES)
def lease_record(look: Look, lease_id: UUID) -> LeaseRecord:
    """A lease with everything around it, masked, each part by its right. Raises NotFound."""
    rights, today, session = look.actor.rights, look.world.today(), look.session
    page = leases.lease_facts(look, lease_id)
    lease = look.get(Lease, lease_id)
    template = session.scalar(sa.select(Template.ordinal).where(Template.id == lease.template_id))
    return LeaseRecord(
        page, int(settings.value_of(look, "expiring_days")),
        _periods(look, page, today),
        tuple(billing.bills_of(look, lease_id=lease_id)) if Right.SEE_BILLS in rights else None,
        _phone(look, page.row.tenant_id) if Right.SEE_PARTIES in rights else None,
        lease_chain.chain_of(look, lease_id),
        template, lease.notice_on, _settlement(look, lease), *_signature(look, lease_id), _moves(lease),
        tuple(timeline.lease_timeline(look, lease_id)),
        tuple(notes.pinned_notes(look, party_id=page.row.tenant_id)) if Right.SEE_PARTIES in rights else (),
    )  # fmt: skip


def _moves(lease: Lease) -> tuple[str, ...]:
    """What the machine lets happen; only a renewal can be withdrawn."""
    return tuple(
        event for event in LEASE.possible(lease.state) if event != "withdraw_renewal" or lease.renews_id is not None
    )


def _settlement(look: Look, lease: Lease) -> settlements.Settlement | None:
    if Right.SEE_BILLS not in look.actor.rights or not LEASE.can(lease.state, "settle"):
        return None
    return settlements.settlement_of(look, lease.id)


def _signature(look: Look, lease_id: UUID) -> tuple[signed.Given | None, bool]:
    try:
        return signed.signature_of(look, lease_id), False
    except signed.SignatureBroken:
        return None, True


def _periods(look: Look, page: leases.LeasePage, today: date) -> tuple[Period, ...]:
    """The schedule, each bill with what became of it. Whoever may not see bills sees only what was posted."""
    lease_id = page.row.id
    prefix = f"lease:{lease_id.hex}:"
    bills = {
        row.source_key.removeprefix(prefix): row
        for row in look.session.execute(
            sa.select(Bill.id, Bill.source_key, Bill.due, BillBalance.owed)
            .join(BillBalance, BillBalance.bill_id == Bill.id)
            .where(Bill.lease_id == lease_id)
        )
    }
    taken_back = _taken_back(look, lease_id)
    found = []
    for planned in page.schedule:
        bill = bills.get(planned.source_key)
        if bill is None:
            found.append(Period(planned, Paid.PLANNED, None, planned.money))
        else:
            paid = _paid(planned, bill.owed, bill.due < today, bill.id in taken_back)
            if paid is Paid.TAKEN_BACK and planned.period is None and page.row.state is LeaseState.RENEWED:
                paid = Paid.MOVED
            found.append(Period(planned, paid, bill.id, bill.owed))
    return tuple(found)


def _paid(planned: PlannedBill, owed: Money, late: bool, taken_back: bool) -> Paid:
    if taken_back and owed == NIL:
        return Paid.TAKEN_BACK
    if owed <= NIL:
        return Paid.PAID
    if late:
        return Paid.OVERDUE
    return Paid.PART if owed < planned.money else Paid.OPEN


def _taken_back(look: Look, lease_id: UUID) -> set[UUID]:
    """Bills whose lines were all taken back by counter-lines."""
    return set(
        look.session.scalars(
            sa.select(BillLine.bill_id)
            .where(BillLine.lease_id == lease_id)
            .group_by(BillLine.bill_id)
            .having(sa.func.sum(sa.type_coerce(BillLine.amount, sa.BigInteger)) == 0)
        )
    )


def _phone(look: Look, party_id: UUID) -> party_page.MaskedField | None:
    contact = look.session.scalars(
        sa.select(Contact)
        .where(Contact.party_id == party_id, Contact.kind.in_(parties.PHONE_KINDS), Contact.deleted_at.is_(None))
        .order_by(Contact.preferred.desc(), Contact.created_at.desc(), Contact.id.desc())
        .limit(1)
    ).first()
    return None if contact is None else party_page.shown(look, contact, "value")
