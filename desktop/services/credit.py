"""Credit 预存: what stands to a party's credit, money paid ahead without a bill, and its return.

The journal says how much it is (Account.PREPAID); it never falls below zero: whoever takes from it locks the party
first, so that two desks cannot use the same fen.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from desktop.models.parties import Party
from desktop.models.payments import Payment, PaymentKind, Receipt
from desktop.models.values import NIL, Account, Money, PayMethod, Right
from desktop.services import journal
from desktop.services.errors import DomainError, NotFound, ProblemsFound
from desktop.services.numbers import Series, take_number
from desktop.services.payment_rows import PaymentRows, PaymentTaken
from desktop.services.receipt_kinds import RECEIPT_TITLES, ReceiptKind
from desktop.services.rights import needs, part
from desktop.services.shifts import open_shift
from desktop.services.tenders import METHOD_WORDS, NEEDS_REFERENCE, clean_reference
from desktop.services.work import Look, Work


class CreditChanged(DomainError):
    """Less stands to the payer's credit than is to be used; `left` is what there is now."""

    def __init__(self, left: Money) -> None:
        super().__init__(f"预存只剩 {left}：刚被用过，请核对后再收", "credit")
        self.left = left


class CreditUsed(DomainError):
    """The money that came to somebody's credit has been used since. `left` is what remains, `by` who used it."""

    def __init__(self, credited: Money, left: Money, by: str) -> None:
        used = f"（收据 {by}）" if by else ""
        super().__init__(
            f"这笔收款存入了预存 {credited}，已经用掉一部分{used}，现在只剩 {left}：先冲红用了预存的那张，再来冲这张"
        )
        self.credited = credited
        self.left = left
        self.by = by


@dataclass(frozen=True, slots=True)
class RefundCredit:
    """Give somebody's credit back, or a part of it."""

    party_id: UUID
    amount: Money
    method: PayMethod = PayMethod.CASH
    reference: str = ""
    reason: str = ""


@part
def credit_of(look: Look, party_id: UUID) -> Money:
    """What stands to a party's credit."""
    return -journal.balance(look, Account.PREPAID, party_id=party_id)


@part
def lock_credit(work: Work, party_id: UUID) -> Money:
    """`credit_of`, and nobody else takes from it until the act is over. Raises NotFound."""
    # The party's row stands for the account: the ledger has no row to lock. Others may still point at the party.
    found = work.session.scalar(sa.select(Party.id).where(Party.id == party_id).with_for_update(key_share=True))
    if found is None:
        raise NotFound("这位租客")
    return credit_of(work, party_id)


@part
def take_from(work: Work, party_id: UUID, amount: Money) -> None:
    """Lock the credit and see that so much of it is there. Raises CreditChanged."""
    if amount > (left := lock_credit(work, party_id)):
        raise CreditChanged(left)


@part
def refuse_used(work: Work, payment: Payment) -> None:
    """Before a payment is taken back: what it brought to the payer's credit must still be there. Raises CreditUsed."""
    if payment.prepaid <= NIL:
        return
    left = lock_credit(work, payment.payer_id)
    if left < payment.prepaid:
        raise CreditUsed(payment.prepaid, left, _last_use(work, payment.payer_id))


def _last_use(look: Look, party_id: UUID) -> str:
    """The receipt by which credit was used last, of those that stand."""
    counter = sa.orm.aliased(Payment)
    found = look.session.scalar(
        sa.select(Receipt.number)
        .join(Payment, Payment.id == Receipt.payment_id)
        .where(
            Payment.payer_id == party_id, Payment.prepaid < NIL, Payment.reverses_id.is_(None),
            ~sa.select(counter.id).where(counter.reverses_id == Payment.id).exists(),
        )
        .order_by(Payment.id.desc())
        .limit(1)
    )  # fmt: skip
    return found or ""


def refund_problems(request: RefundCredit, credit: Money) -> dict[str, str]:
    """What is to be mended of a refund of credit, by field."""
    problems: dict[str, str] = {}
    if request.amount <= NIL:
        problems["amount"] = "填写要退多少"
    elif request.amount > credit:
        problems["amount"] = f"预存只有 {credit}，不能退 {request.amount}"
    if request.method in NEEDS_REFERENCE and not request.reference.strip():
        problems["reference"] = f"填写{METHOD_WORDS[request.method]}退款的流水号或单号后几位，日后好对账"
    if len(request.reason.strip()) < 2:
        problems["reason"] = "写明为什么退，例如 退租不再使用"
    return problems


@needs(Right.SEE_BILLS)
def credit_now(look: Look, party_id: UUID) -> Money:
    """What stands to a party's credit."""
    return credit_of(look, party_id)


@needs(Right.TAKE_PAYMENT)
def refund_credit(work: Work, request: RefundCredit) -> PaymentTaken:
    """Pay credit back to whom it belongs, with a receipt of its own 退款单. Raises CreditChanged, ProblemsFound."""
    left = lock_credit(work, request.party_id)
    if request.amount > left:
        raise CreditChanged(left)
    if problems := refund_problems(request, left):
        raise ProblemsFound(problems)
    payment_id, day, rows = work.world.new_id(), work.world.today(), PaymentRows()
    number = take_number(work, Series.RECEIPT)
    back = -request.amount
    rows.payments.append(
        (
            payment_id, PaymentKind.REFUND, request.party_id, work.desk.id, open_shift(work), day, back, back, NIL,
            back, None, request.reason.strip(), NIL, None,
        )
    )  # fmt: skip
    reference = clean_reference(request.reference) if request.method in NEEDS_REFERENCE else None
    rows.tenders.append((work.world.new_id(), payment_id, request.method, back, reference))
    sides = [
        journal.Side(Account.CASH, back, method=request.method, desk_id=work.desk.id, party_id=request.party_id),
        journal.Side(Account.PREPAID, request.amount, party_id=request.party_id),
    ]
    rows.entries.append(journal.Entry(day, "payment", payment_id, sides))
    title = RECEIPT_TITLES[ReceiptKind.CREDIT_BACK]
    rows.receipts.append((work.world.new_id(), payment_id, number, title))
    rows.store(work)
    work.subject_id("payment", payment_id)
    work.record(credit_back_fen=request.amount.fen, receipt=number)
    return PaymentTaken(payment_id, number, back, NIL, back, NIL)
