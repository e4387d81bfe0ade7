"""Everything the page of one party shows: facts, leases, money, papers and history, each part by its right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.journal import JournalEntry, Posting
from desktop.models.leases import Occupant
from desktop.models.parties import Party
from desktop.models.payments import Allocation, Payment, PaymentKind, Receipt
from desktop.models.places import Building, Room
from desktop.models.values import NIL, Account, FeeType, Money, Right, total
from desktop.services import (
    attachments,
    billing,
    consents,
    handover,
    journal,
    leases,
    notes,
    party_page,
    party_sides,
    receipts,
    settings,
    timeline,
    vehicles,
)
from desktop.services.rights import needs
from desktop.services.work import Look

MOST = 200
"""Bills and receipts shown at once; the lists of all bills and receipts go further."""


@dataclass(frozen=True, slots=True)
class DepositMove:
    """Money of a deposit that came in or went out; negative: out."""

    day: date
    fee_type: FeeType
    amount: Money
    receipt: str
    payment_id: UUID | None
    lease_id: UUID | None
    where: str
    """1 栋 1203."""
    reversal: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures under the leases."""

    deposit_held: Money
    prepaid: Money
    on_time: int
    """Rent bills fallen due and paid by that day."""
    periods: int
    """Rent bills fallen due."""


@dataclass(frozen=True, slots=True)
class LeaseFile:
    """A kept file and the lease it belongs to; None: of the party itself."""

    file: attachments.FileRow
    lease: leases.LeaseRow | None


@dataclass(frozen=True, slots=True)
class PartyRecord:
    """A party with everything around it. None: not for this role."""

    page: party_page.PartyPage
    vehicles: tuple[str, ...]
    occupants: tuple[tuple[UUID, str], ...]
    """Who lives with them now, by the leases in which they have the keys."""
    leases_of_others: tuple[party_sides.LeaseOfOthers, ...]
    related_to: tuple[party_sides.RelatedTo, ...]
    consents: tuple[consents.ConsentRow, ...]
    leases: tuple[leases.LeaseRow, ...] | None
    expiring_days: int
    keys: tuple[tuple[str, int], ...]
    """(钥匙, 2), (门卡, 2) of all leases."""
    bills: tuple[billing.BillRow, ...] | None
    receipts: tuple[receipts.ReceiptRow, ...] | None
    deposits: tuple[DepositMove, ...] | None
    figures: Figures | None
    files: tuple[LeaseFile, ...] | None
    events: tuple[timeline.TimelineEntry, ...]
    pinned: tuple[notes.NoteRow, ...]

    def due(self, today: date) -> tuple[billing.BillRow, ...]:
        """The bills to be paid by today, the oldest first."""
        return tuple(bill for bill in self.bills or () if bill.owed > NIL and bill.due <= today)

    def overdue(self, today: date) -> Money:
        """What is past due; a bill due today is not late."""
        return total(bill.owed for bill in self.bills or () if bill.owed > NIL and bill.due < today)


@needs(Right.SEE_PARTIES)
def party_record(look: Look, party_id: UUID) -> PartyRecord:
    """A party with everything around it, masked. Raises NotFound."""
    rights = look.actor.rights
    page = party_page.party_page(look, party_id)
    signed = leases.leases_of(look, party_id=party_id) if Right.SEE_LEASES in rights else None
    money = Right.SEE_BILLS in rights
    return PartyRecord(
        page, vehicles.plates_of_party(look, party_id), _occupants(look, party_id, signed or ()),
        party_sides.leases_of_others(look, party_id),
        party_sides.related_to(look, party_id), tuple(consents.consents_of(look, party_id)),
        None if signed is None else _once(signed),
        int(settings.value_of(look, "expiring_days")), _keys(look, signed or ()),
        tuple(billing.bills_of(look, party_id=party_id, limit=MOST)) if money else None,
        tuple(receipts.receipts_of(look, party_id=party_id, limit=MOST)) if money else None,
        _deposits(look, party_id) if money else None, _figures(look, party_id) if money else None,
        None if signed is None else _files(look, party_id, _once(signed)),
        tuple(timeline.party_timeline(look, party_id)), tuple(notes.pinned_notes(look, party_id=party_id)),
    )  # fmt: skip


def _once(rows: Sequence[leases.LeaseRow]) -> tuple[leases.LeaseRow, ...]:
    """A lease with several terms or rooms speaks once."""
    return tuple({row.id: row for row in reversed(rows)}.values())[::-1]


def _occupants(look: Look, party_id: UUID, signed: Sequence[leases.LeaseRow]) -> tuple[tuple[UUID, str], ...]:
    inside = [row.id for row in signed if row.state in leases.INSIDE]
    found = look.session.execute(
        sa.select(Party.id, Party.name)
        .join(Occupant, Occupant.party_id == Party.id)
        .where(
            Occupant.lease_id.in_(inside), Occupant.party_id != party_id, Occupant.valid_to.is_(None),
            Occupant.deleted_at.is_(None),
        )
        .order_by(Occupant.created_at, Occupant.id)
    )  # fmt: skip
    return tuple({row.id: (row.id, row.name) for row in found}.values())


def _keys(look: Look, signed: Sequence[leases.LeaseRow]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for row in signed:
        if row.state in leases.INSIDE:
            for word, count in handover.keys_out(look, row.id):
                counts[word] = counts.get(word, 0) + count
    return tuple(counts.items())


def _deposits(look: Look, party_id: UUID) -> tuple[DepositMove, ...]:
    """Every posting to the deposits in hand, with the receipt that tells of it; the latest first."""
    held = Posting.account == Account.DEPOSIT_HELD
    # A void payment has no receipt of its own: it is told by the one it made void.
    told_by = sa.case((Payment.kind == PaymentKind.VOID, Payment.reverses_id), else_=Payment.id)
    rows = look.session.execute(
        sa.select(
            JournalEntry.business_date, Posting.fee_type, Posting.amount, Posting.lease_id,
            told_by.label("payment_id"), Payment.kind, Receipt.number,
            Building.name.label("building"), Room.number.label("room"),
        )
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .outerjoin(Payment, sa.and_(JournalEntry.subject_table == "payment", Payment.id == JournalEntry.subject_id))
        .outerjoin(Receipt, Receipt.payment_id == told_by)
        .outerjoin(Room, Room.id == Posting.room_id)
        .outerjoin(Building, Building.id == Room.building_id)
        .where(held, Posting.party_id == party_id)
        .order_by(JournalEntry.business_date.desc(), JournalEntry.id.desc(), Posting.id)
    )  # fmt: skip
    return tuple(
        DepositMove(
            row.business_date, row.fee_type or FeeType.DEPOSIT, -row.amount, row.number or "", row.payment_id,
            row.lease_id,
            f"{row.building} {row.room}" if row.room else "", row.kind in (PaymentKind.REVERSAL, PaymentKind.VOID),
        )
        for row in rows
    )  # fmt: skip


def _figures(look: Look, party_id: UUID) -> Figures:
    held = -journal.balance(look, Account.DEPOSIT_HELD, party_id=party_id)
    prepaid = -journal.balance(look, Account.PREPAID, party_id=party_id)
    on_time, periods = _punctual(look, party_id)
    return Figures(held, prepaid, on_time, periods)


def _punctual(look: Look, party_id: UUID) -> tuple[int, int]:
    """(paid by the due date, fallen due) of the rent bills that were not taken back."""
    session, today = look.session, look.world.today()
    fallen: dict[UUID, Any] = {
        row.id: row
        for row in session.execute(
            sa.select(Bill.id, Bill.due, BillBalance.owed)
            .join(BillBalance, BillBalance.bill_id == Bill.id)
            .join(BillLine, BillLine.bill_id == Bill.id)
            .where(Bill.debtor_id == party_id, Bill.due <= today, BillLine.fee_type == FeeType.RENT)
            .group_by(Bill.id, Bill.due, BillBalance.owed)
            .having(sa.func.sum(sa.type_coerce(BillLine.amount, sa.BigInteger)) > 0)
        )
    }
    undone = sa.select(Payment.reverses_id).where(Payment.reverses_id.is_not(None))
    settled = session.execute(
        sa.select(Allocation.bill_id, sa.func.max(Payment.business_date))
        .join(Payment, Payment.id == Allocation.payment_id)
        .join(Bill, Bill.id == Allocation.bill_id)
        .where(
            Bill.debtor_id == party_id, Payment.kind.not_in((PaymentKind.REVERSAL, PaymentKind.VOID)),
            Payment.id.not_in(undone),
        )
        .group_by(Allocation.bill_id)
    )  # fmt: skip
    last: dict[UUID, date] = {bill_id: day for bill_id, day in settled}  # noqa: C416 - rows are no pairs to mypy
    # A bill due today and still open is not late yet, so it does not count at all.
    counted = [row for row in fallen.values() if row.owed <= NIL or row.due < today]
    on_time = sum(row.owed <= NIL and last.get(row.id, row.due) <= row.due for row in counted)
    return on_time, len(counted)


def _files(look: Look, party_id: UUID, signed: Sequence[leases.LeaseRow]) -> tuple[LeaseFile, ...]:
    found = [LeaseFile(file, None) for file in attachments.files_of(look, party_id)]
    for row in signed:
        found += [LeaseFile(file, row) for file in attachments.files_of(look, row.id)]
    return tuple(sorted(found, key=lambda each: each.file.at, reverse=True))
