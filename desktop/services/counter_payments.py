"""A payment taken back whole by a counter-payment: what 冲红 and 作废 have in common."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from desktop.models.journal import JournalEntry, Posting
from desktop.models.payments import Allocation, Payment, PaymentKind, Receipt, Tender
from desktop.models.values import NIL
from desktop.services import credit, deposit_lines, derived, early_payment, journal
from desktop.services.bill_locks import lock_bills
from desktop.services.errors import DomainError, NotFound
from desktop.services.payment_rows import PaymentRows
from desktop.services.rights import part
from desktop.services.work import Look, Work


class AlreadyReversed(DomainError):
    """`number` is that of the red receipt."""

    def __init__(self, number: str) -> None:
        super().__init__(f"这张收据已冲红，红字收据 {number}")
        self.number = number


class AlreadyVoid(DomainError):
    """`number` is that of the receipt, which it keeps."""

    def __init__(self, number: str) -> None:
        super().__init__(f"收据 {number} 已作废：账单已重新变为未付，要收就重新收款")
        self.number = number


@dataclass(frozen=True, slots=True)
class Countered:
    """A payment and what took it back."""

    kind: PaymentKind
    number: str
    """Of the red receipt; of a void payment, its own."""


@part
def lock_payment(work: Work, payment_id: UUID) -> Payment:
    """The payment that is to be taken back, with its bills and, where it brought some, the payer's credit; nobody else
    takes it back meanwhile. Raises NotFound."""
    payment = work.session.scalar(sa.select(Payment).where(Payment.id == payment_id).with_for_update())
    if payment is None:
        raise NotFound("这笔收款")
    # Before a number is taken, as a payment does it: two who want the same never wait crosswise.
    paid = sa.select(Allocation.bill_id).where(Allocation.payment_id == payment_id).distinct()
    lock_bills(work.session.connection(), work.session.scalars(paid))
    if payment.prepaid > NIL:
        credit.lock_credit(work, payment.payer_id)
    return payment


@part
def refuse_countered(look: Look, payment: Payment) -> None:
    """Raise AlreadyReversed or AlreadyVoid when the payment was taken back before."""
    counter = look.session.scalar(sa.select(Payment).where(Payment.reverses_id == payment.id))
    if counter is None:
        return
    if counter.kind is PaymentKind.VOID:
        raise AlreadyVoid(number_of(look, payment.id))
    raise AlreadyReversed(number_of(look, counter.id))


@part
def number_of(look: Look, payment_id: UUID) -> str:
    """The number of a payment's receipt; empty for a counter-payment without one."""
    return look.session.scalar(sa.select(Receipt.number).where(Receipt.payment_id == payment_id)) or ""


@part
def put_counter(work: Work, payment: Payment, kind: PaymentKind, shift_id: UUID, reason: str, number: str = "") -> UUID:
    """Store the counter-payment with every sign turned round; with a number it has a receipt of its own.

    Raises CreditUsed when money that came to the payer's credit is not there any more, DepositMovedOn when a deposit
    that it paid has gone on meanwhile.
    """
    credit.refuse_used(work, payment)
    session, counter_id, day, rows = work.session, work.world.new_id(), work.world.today(), PaymentRows()
    rows.payments.append(
        (
            counter_id, kind, payment.payer_id, work.desk.id, shift_id, day, -payment.amount, -payment.amount, NIL,
            -payment.prepaid, payment.id, reason, -payment.rounding, None,
        )
    )  # fmt: skip
    for tender in session.scalars(sa.select(Tender).where(Tender.payment_id == payment.id).order_by(Tender.id)):
        rows.tenders.append((work.world.new_id(), counter_id, tender.method, -tender.amount, tender.reference))
    bills: set[UUID] = set()
    for allocation in session.scalars(
        sa.select(Allocation).where(Allocation.payment_id == payment.id).order_by(Allocation.id)
    ):
        bills.add(allocation.bill_id)
        rows.allocations.append(
            (work.world.new_id(), counter_id, allocation.bill_line_id, allocation.bill_id, -allocation.amount)
        )
    entry_id, sides = _counter_sides(work, payment.id)
    rows.entries.append(journal.Entry(day, "payment", counter_id, sides, entry_id))
    if number:
        title = session.scalar(sa.select(Receipt.title).where(Receipt.payment_id == payment.id)) or "收款收据"
        rows.receipts.append((work.world.new_id(), counter_id, number, title))
    rows.store(work)
    derived.refresh_balances(session, bills)
    early_payment.take_back(work, payment.id)
    deposit_lines.undo_moves(work, payment.id)
    return counter_id


def _counter_sides(work: Work, payment_id: UUID) -> tuple[UUID, list[journal.Side]]:
    entry_id = work.session.scalars(
        sa.select(JournalEntry.id).where(JournalEntry.subject_table == "payment", JournalEntry.subject_id == payment_id)
    ).one()
    sides = [
        journal.Side(p.account, -p.amount, p.fee_type, p.method, p.desk_id, p.party_id, p.room_id, p.lease_id)
        for p in work.session.scalars(sa.select(Posting).where(Posting.entry_id == entry_id).order_by(Posting.id))
    ]
    return entry_id, sides
