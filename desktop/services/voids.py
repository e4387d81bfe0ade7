"""Voiding 作废: a payment of this desk and day is taken back while every printed copy of its receipt is in hand.

The receipt keeps its number and says 作废 from then on; no other number is used up. After the shift or the day, or when
a copy has left the house, only a reversal 冲红 takes it back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.offices import Desk
from desktop.models.payments import Payment, PaymentKind, PrintEvent, Shift, ShiftState
from desktop.models.values import NIL, Money, Right
from desktop.services import counter_payments, receipt_forms
from desktop.services.counter_payments import AlreadyReversed as AlreadyReversed
from desktop.services.counter_payments import AlreadyVoid as AlreadyVoid
from desktop.services.errors import DomainError, NotFound, ProblemsFound
from desktop.services.paper.receipt_form import KEYS
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

ONLY_RED = "要退就点「冲红」"


class NotVoidable(DomainError):
    """Too late, elsewhere, or no receipt of money taken: what can be done instead stands in the sentence."""


@dataclass(frozen=True, slots=True)
class VoidPayment:
    """What the clerk says: why, and which copies lie before her (of `copies_out`)."""

    payment_id: UUID
    reason: str
    copies: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class VoidFacts:
    """Whether a receipt can be voided here and now, and which copies of it were printed."""

    copies: tuple[str, ...]
    """存根, 补打 1 客户联 …; empty when it was never printed."""
    refusal: str
    """Why only a reversal is left, in words; empty when it can be voided."""


@dataclass(frozen=True, slots=True)
class Voided:
    """News of a void receipt."""

    payment_id: UUID
    receipt_number: str
    amount: Money
    """What goes back to the payer."""


def void_problems(request: VoidPayment, copies: Collection[str]) -> dict[str, str]:
    """What is to be mended before a receipt is void, by field."""
    problems: dict[str, str] = {}
    if missing := [copy for copy in copies if copy not in request.copies]:
        problems["copies"] = f"还缺{'、'.join(missing)}：收齐所有联才能作废，收不齐就冲红"
    if len(request.reason.strip()) < 2:
        problems["reason"] = "写明作废原因，例如 金额录错"
    return problems


@needs(Right.SEE_BILLS)
def void_facts(look: Look, payment_id: UUID) -> VoidFacts:
    """What the dialog asks for. Raises NotFound."""
    payment = look.session.get(Payment, payment_id)
    if payment is None:
        raise NotFound("这笔收款")
    try:
        _refuse(look, payment)
        counter_payments.refuse_countered(look, payment)
    except DomainError as error:
        return VoidFacts(copies_out(look, payment_id), error.message)
    return VoidFacts(copies_out(look, payment_id), "")


@part
def copies_out(look: Look, payment_id: UUID) -> tuple[str, ...]:
    """The copies of a receipt that were printed, by what stands on them."""
    events = look.session.scalars(
        sa.select(PrintEvent)
        .where(PrintEvent.subject_id == payment_id, PrintEvent.paper == "receipt")
        .order_by(PrintEvent.ordinal)
    )
    return tuple(
        f"补打 {event.ordinal} {copy}" if event.ordinal else copy
        for event in events
        for copy in _copies(look, event.options)
    )


def _copies(look: Look, options: dict[str, Any]) -> Sequence[str]:
    form, template = str(options.get("form", "")), options.get("template")
    if form not in KEYS:
        return ("收据",)
    return receipt_forms.by_template(look, form, UUID(hex=template) if template else None).form.copies or ("收据",)


def _refuse(look: Look, payment: Payment) -> None:
    """Raise NotVoidable unless it was taken at this desk, today, in a shift that is still open."""
    if payment.kind is PaymentKind.REVERSAL:
        raise NotVoidable("这本身就是一张红字收据，不能作废：要改就重新收款")
    if payment.kind is PaymentKind.VOID:
        raise NotVoidable("这是作废留下的冲销，不能再作废：要改就重新收款")
    if payment.kind is PaymentKind.REFUND:
        raise NotVoidable(f"退款单不能作废：{ONLY_RED}")
    if payment.desk_id != look.office.desk.id:
        desk = look.session.scalar(sa.select(Desk.name).where(Desk.id == payment.desk_id))
        raise NotVoidable(f"这是在{desk}收的：请在那里作废，{ONLY_RED}")
    if payment.business_date != look.world.today():
        raise NotVoidable(f"这是 {payment.business_date} 收的，过了当天不能作废：{ONLY_RED}")
    if look.session.scalar(sa.select(Shift.state).where(Shift.id == payment.shift_id)) is not ShiftState.OPEN:
        raise NotVoidable(f"收这笔的班次已经点钞交班，不能作废：{ONLY_RED}")


@needs(Right.VOID_PAYMENT)
def void_payment(work: Work, request: VoidPayment) -> Voided:
    """Make a receipt void 作废: the money goes back, the bills are open again, the receipt keeps its number.

    Raises NotVoidable, AlreadyReversed, AlreadyVoid, CreditUsed, DepositMovedOn, ProblemsFound without a reason or with
    a copy missing.
    """
    payment = counter_payments.lock_payment(work, request.payment_id)
    # A cash-up of the shift waits until this is in it, or is over before and then refuses.
    work.session.execute(sa.select(Shift.id).where(Shift.id == payment.shift_id).with_for_update(read=True))
    _refuse(work, payment)
    counter_payments.refuse_countered(work, payment)
    copies = copies_out(work, request.payment_id)
    if problems := void_problems(request, copies):
        raise ProblemsFound(problems)
    reason = request.reason.strip()
    counter_payments.put_counter(work, payment, PaymentKind.VOID, payment.shift_id, reason)
    number = counter_payments.number_of(work, payment.id)
    work.subject_id("payment", payment.id)
    work.record(reason=reason, receipt=number, copies=len(copies))
    return Voided(payment.id, number, payment.amount if payment.amount > NIL else NIL)
