"""Reversal 冲红: a whole payment is taken back by a counter-payment with its own receipt number."""

from __future__ import annotations

from uuid import UUID

from desktop.models.payments import PaymentKind
from desktop.models.values import NIL, Right
from desktop.services import counter_payments
from desktop.services.counter_payments import AlreadyReversed as AlreadyReversed
from desktop.services.errors import DomainError, ProblemsFound
from desktop.services.numbers import Series, take_number
from desktop.services.payment_rows import PaymentTaken
from desktop.services.rights import needs
from desktop.services.shifts import open_shift
from desktop.services.work import Work


@needs(Right.REVERSE_PAYMENT)
def reverse_payment(work: Work, payment_id: UUID, reason: str) -> PaymentTaken:
    """Take a whole payment back 冲红: a counter-payment with its own receipt number; the bills are open again.

    Raises ProblemsFound without a reason, AlreadyReversed, AlreadyVoid, NotFound, CreditUsed when what it brought to
    the payer's credit has been used meanwhile, DepositMovedOn when a deposit that it paid has gone on.
    """
    if len(reason.strip()) < 2:
        raise ProblemsFound({"reason": "写明冲红原因，例如 付款方式录错"})
    payment = counter_payments.lock_payment(work, payment_id)
    if payment.kind is PaymentKind.REVERSAL:
        raise DomainError("这本身就是一张红字收据，不能再冲红：要改就重新收款")
    if payment.kind is PaymentKind.VOID:
        raise DomainError("这是作废留下的冲销，不能再冲红：要改就重新收款")
    counter_payments.refuse_countered(work, payment)
    number = take_number(work, Series.RECEIPT)
    counter_id = counter_payments.put_counter(
        work, payment, PaymentKind.REVERSAL, open_shift(work), reason.strip(), number
    )
    work.subject_id("payment", payment_id)
    work.record(reason=reason.strip(), receipt=number)
    return PaymentTaken(counter_id, number, -payment.amount, NIL, -payment.prepaid, NIL, -payment.rounding)
