"""Reversal 冲红: a whole payment is taken back by a counter-payment with its own receipt number."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from desktop.models.payments import (
    Allocation,
    Payment,
    PaymentKind,
    Receipt,
    Tender,
)
from desktop.models.values import (
    NIL,
    Right,
)
from desktop.services import deposit_lines, derived, journal
from desktop.services.errors import DomainError, NotFound, ProblemsFound
from desktop.services.numbers import Series, take_numbers
from desktop.services.payments import PaymentRows, PaymentTaken, open_shift
from desktop.services.rights import needs
from desktop.services.work import Work


class AlreadyReversed(DomainError):
    def __init__(self, number: str) -> None:
        super().__init__(f"这张收据已冲红，红字收据 {number}")
        self.number = number


@needs(Right.REVERSE_PAYMENT)
def reverse_payment(work: Work, payment_id: UUID, reason: str) -> PaymentTaken:
    """Take a whole payment back 冲红: a counter-payment with its own receipt number; the bills are open again.

    Raises ProblemsFound without a reason, AlreadyReversed, NotFound, DepositMovedOn when a deposit that it paid has
    gone on meanwhile; CreditUsed is left to the credit account's own act.
    """
    if len(reason.strip()) < 2:
        raise ProblemsFound({"reason": "写明冲红原因，例如 付款方式录错"})
    session = work.session
    # The row lock makes a second reversal at another desk wait and then find the first.
    payment = session.scalar(sa.select(Payment).where(Payment.id == payment_id).with_for_update())
    if payment is None:
        raise NotFound("这笔收款")
    if payment.kind is PaymentKind.REVERSAL:
        raise DomainError("这本身就是一张红字收据，不能再冲红：要改就重新收款")
    earlier = session.scalar(
        sa.select(Receipt.number)
        .join(Payment, Payment.id == Receipt.payment_id)
        .where(Payment.reverses_id == payment_id)
    )
    if earlier is not None:
        raise AlreadyReversed(earlier)
    number = take_numbers(work, Series.RECEIPT, 1)[0]
    counter_id = work.world.new_id()
    day = work.world.today()
    rows = PaymentRows()
    rows.payments.append(
        (
            counter_id, PaymentKind.REVERSAL, payment.payer_id, work.desk.id, open_shift(work), day, -payment.amount,
            -payment.amount, NIL, -payment.prepaid, payment_id, reason.strip(), -payment.rounding, None,
        )
    )  # fmt: skip
    for tender in session.scalars(sa.select(Tender).where(Tender.payment_id == payment_id).order_by(Tender.id)):
        rows.tenders.append((work.world.new_id(), counter_id, tender.method, -tender.amount, tender.reference))
    bills: set[UUID] = set()
    for allocation in session.scalars(
        sa.select(Allocation).where(Allocation.payment_id == payment_id).order_by(Allocation.id)
    ):
        bills.add(allocation.bill_id)
        rows.allocations.append(
            (work.world.new_id(), counter_id, allocation.bill_line_id, allocation.bill_id, -allocation.amount)
        )
    entry_id, sides = _counter_sides(work, payment_id)
    rows.entries.append(journal.Entry(day, "payment", counter_id, sides, entry_id))
    title = session.scalar(sa.select(Receipt.title).where(Receipt.payment_id == payment_id)) or "收款收据"
    rows.receipts.append((work.world.new_id(), counter_id, number, title))
    rows.store(work)
    derived.refresh_balances(session, bills)
    deposit_lines.undo_moves(work, payment_id)
    work.subject_id("payment", payment_id)
    work.record(reason=reason.strip(), receipt=number)
    return PaymentTaken(counter_id, number, -payment.amount, NIL, -payment.prepaid, NIL)


def _counter_sides(work: Work, payment_id: UUID) -> tuple[UUID, list[journal.Side]]:
    from desktop.models.journal import JournalEntry, Posting

    entry_id = work.session.scalars(
        sa.select(JournalEntry.id).where(JournalEntry.subject_table == "payment", JournalEntry.subject_id == payment_id)
    ).one()
    sides = [
        journal.Side(p.account, -p.amount, p.fee_type, p.method, p.desk_id, p.party_id, p.room_id, p.lease_id)
        for p in work.session.scalars(sa.select(Posting).where(Posting.entry_id == entry_id).order_by(Posting.id))
    ]
    return entry_id, sides
