"""Payments 收款: money, credit and bills in the payer's favour against bills, with a receipt. Nothing is ever edited.

What bills get = what is kept − what goes to the payer's credit (negative: what is used of it) + what is let off 抹零.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillBalance
from desktop.models.payments import PaymentKind
from desktop.models.values import (
    LIABILITY_FEES,
    NIL,
    Account,
    AllocationRule,
    FeeType,
    Money,
    PayMethod,
    Right,
    Surplus,
    total,
)
from desktop.services import allocation, cash_off, credit, derived, drafts, early_payment, journal, references
from desktop.services.asked import Asked
from desktop.services.cash_off import RoundingRule, rounding_problem
from desktop.services.errors import DomainError, ProblemsFound
from desktop.services.netting import Netting as Netting
from desktop.services.netting import put_nettings as put_nettings
from desktop.services.numbers import Series, take_numbers
from desktop.services.payment_rows import OpenLine, PaymentRows, allocation_sides, lock_open_lines, open_lines, open_of
from desktop.services.payment_rows import PaymentTaken as PaymentTaken
from desktop.services.receipt_kinds import RECEIPT_TITLES, payment_kind
from desktop.services.rights import needs, part
from desktop.services.shifts import open_shift
from desktop.services.tenders import METHOD_WORDS as METHOD_WORDS
from desktop.services.tenders import NEEDS_REFERENCE as NEEDS_REFERENCE
from desktop.services.tenders import TenderForm as TenderForm
from desktop.services.tenders import clean_reference
from desktop.services.work import Work

NO_DEPOSITS = "押金不在收款台抵：到押金页办理退还或抵扣"
"""What is held for somebody is let go with a reason that points at the contract (services.deposits)."""


class ChoiceNeeded(DomainError):
    """More is given than is owed: change, or to the payer's credit? `owed` and `over` are the facts."""

    def __init__(self, owed: Money, over: Money) -> None:
        words = f"多收 {over}：找零，还是存入预存？" if owed >= NIL else f"该退的比该收的多 {over}：存入预存？"
        super().__init__(words, "given")
        self.owed = owed
        self.over = over


class BillsChanged(DomainError):
    """Somebody took money on one of these bills in the meantime; `owed` is what is open now."""

    def __init__(self, owed: Money) -> None:
        super().__init__(f"这些账单刚有人收过款，现在未付 {owed}：请核对后再收", "given")
        self.owed = owed


@dataclass(frozen=True, slots=True)
class TakePayment:
    """Money against bills, whoever owes them. `amounts` maps a bill to what is to be paid of it now.

    A bill in the debtor's favour takes part with a negative amount, down to what is open of it. No bills at all: money
    paid ahead, for the payer's credit.
    """

    payer_id: UUID
    amounts: Mapping[UUID, Money]
    tenders: Sequence[TenderForm]
    surplus: Surplus | None = None
    business_date: date | None = None
    draft_id: UUID | None = None
    """The draft this came from; it goes on as what remains to be done (printing)."""
    draft_body: bytes | None = None
    credit: Money = NIL
    """So much of the payer's credit is used."""
    rounding: Money = NIL
    """抹零, let off in cash."""
    early: Mapping[UUID, Money] = field(default_factory=dict)
    """Bills paid whole before their day: what is taken off each for it, as it stood on the screen."""
    rule: AllocationRule = AllocationRule.CHOSEN
    """LEGAL_ORDER: the amounts are those of `allocation.legal_amounts` over everything open of one debtor."""
    asks_repeats: bool = False
    """Somebody sits there who can say whether a bank serial that was taken before is another payment. Once she has, and
    where nobody can be asked, the money is taken and the repeat is noted."""

    @property
    def asked(self) -> Money:
        """What the bills get."""
        return total(self.amounts.values())

    @property
    def due(self) -> Money:
        """What is to be put down: what the bills get, less credit and 抹零; negative: in the payer's favour."""
        return self.asked - self.credit - self.rounding

    @property
    def given(self) -> Money:
        return total(tender.amount for tender in self.tenders)


def payment_problems(
    request: TakePayment, owed: Mapping[UUID, Money], have: Money = NIL, rounding: RoundingRule | None = None
) -> dict[str, str]:
    """What is to be mended at the till while it is typed, by field.

    `owed`: what is open of the bills; `have`: what stands to the payer's credit; `rounding`: the office's rule.
    """
    problems = _bill_problems(request, owed)
    due, given = request.due, request.given
    if any(tender.amount <= NIL for tender in request.tenders) or (not given and (due > NIL or not request.amounts)):
        problems["given"] = "填写实收金额"
    elif given < due:
        problems["given"] = f"还差 {due - given}：改本次收，或再加一种收款方式"
    for tender in request.tenders:
        if tender.method in NEEDS_REFERENCE and not tender.reference.strip():
            problems["reference"] = f"填写{METHOD_WORDS[tender.method]}的流水号或单号后几位，日后好对账"
    if problem := rounding_problem(
        request.rounding, request.due + request.rounding, request.tenders, rounding or cash_off.USUAL
    ):
        problems["rounding"] = problem
    if request.credit and (problem := _credit_problem(request, have)):
        problems["credit"] = problem
    if given > due and (problem := _surplus_problem(request, given - due)):
        problems["surplus"] = problem
    return problems


def _bill_problems(request: TakePayment, owed: Mapping[UUID, Money]) -> dict[str, str]:
    if not request.amounts and request.surplus is not Surplus.CREDIT:
        return {"amounts": "先勾选要收的账单"}
    for bill_id, amount in request.amounts.items():
        still = owed.get(bill_id, NIL)
        if still < NIL and not still <= amount < NIL:
            return {"amounts": f"这张是该退的账单，最多抵 {-still}：改少，或去掉勾"}
        if still >= NIL and amount <= NIL:
            return {"amounts": "本次收要大于 0，不收就去掉勾"}
        if still >= NIL and amount > still:
            return {"amounts": f"本次收 {amount} 超过未付 {still}：改少，多出的写在实收里"}
    return {}


def _credit_problem(request: TakePayment, have: Money) -> str:
    if request.credit < NIL or request.credit > max(request.asked, NIL):
        return f"用的预存 {request.credit} 超过要收的 {max(request.asked, NIL)}：少用一些"
    return f"预存只有 {have}，不够用 {request.credit}" if request.credit > have else ""


def _surplus_problem(request: TakePayment, over: Money) -> str:
    if request.surplus is Surplus.CHANGE:
        cash = total(tender.amount for tender in request.tenders if tender.method is PayMethod.CASH)
        return "找零只能从现金里找：多付的部分存入预存" if over > cash else ""
    if request.surplus is Surplus.CREDIT and (request.credit or request.rounding):
        return "用了预存或抹了零，就不能再存入预存：找零，或去掉它们"
    return ""


@needs(Right.TAKE_PAYMENT)
def take_payment(work: Work, request: TakePayment) -> PaymentTaken:
    """Take money against bills and issue the receipt.

    Raises ChoiceNeeded when more is given than is asked and no choice was made, ReferenceRepeated when money was taken
    under this bank serial before and somebody can be asked about it, BillsChanged and CreditChanged when another desk
    was quicker, Refused for 抹零 without its right, ProblemsFound.
    """
    if repeats := references.repeats_of(work, request.tenders, request.business_date or work.world.today()):
        if request.asks_repeats:
            raise references.ReferenceRepeated(repeats)
        work.record(reference_repeats=[repeat.receipt_number for repeat in repeats])
    taken = put_payments(work, [request])[0]
    if request.draft_id is not None:
        drafts.follow(work, request.draft_id, request.draft_body, payment_id=taken.payment_id)
    work.world.fault("payment.draft")
    return taken


@part
def put_payments(work: Work, requests: Sequence[TakePayment]) -> list[PaymentTaken]:
    """`take_payment` for many at once, inside another act: the bulk path of imports and the demo office."""
    bill_ids = sorted({bill_id for request in requests for bill_id in request.amounts})
    lines = lock_open_lines(work, bill_ids)
    work.world.fault("payment.locked")
    if early := {bill_id: off for request in requests for bill_id, off in request.early.items()}:
        if early.keys() - set(bill_ids) or not early_payment.grant(work, early):
            raise BillsChanged(total(open_of(lines).values()))
        lines = open_lines(work, bill_ids)
        work.world.fault("payment.early")
    for payer_id in sorted({request.payer_id for request in requests if request.credit}):
        credit.lock_credit(work, payer_id)
    desk = _Desk(work, open_shift(work), lines, open_of(lines), _open_beside(work, lines))
    numbers = take_numbers(work, Series.RECEIPT, len(requests))
    work.world.fault("payment.numbered")
    taken = [desk.take(request, number) for request, number in zip(requests, numbers, strict=True)]
    desk.rows.store(work)
    work.world.fault("payment.stored")
    derived.refresh_balances(work.session, bill_ids)
    work.world.fault("payment.balanced")
    if len(requests) == 1:
        work.subject_id("payment", taken[0].payment_id)
    work.record(payments=len(taken))
    return taken


def _open_beside(work: Work, lines: Mapping[UUID, Sequence[OpenLine]]) -> frozenset[UUID]:
    """Debtors who owe something on a bill that is none of these."""
    debtors = sorted({of[0].debtor_id for of in lines.values() if of})
    rows = _OWING.rows(work.session.connection(), debtors) if debtors else ()
    return frozenset(row.debtor_id for row in rows if row.bill_id not in lines)


_NOTHING: sa.ColumnElement[int] = sa.literal_column("0")
_OWING = Asked(
    lambda one_of: sa.select(BillBalance.debtor_id, BillBalance.bill_id).where(
        one_of(BillBalance.debtor_id), BillBalance.owed != _NOTHING, BillBalance.owed > _NOTHING
    )
)


class _Desk:
    """Some payments being taken: what is open goes down from one to the next, the rows are gathered."""

    def __init__(
        self, work: Work, shift_id: UUID, lines: Mapping[UUID, list[OpenLine]], owed: dict[UUID, Money],
        owing_beside: frozenset[UUID],
    ) -> None:  # fmt: skip
        self.work = work
        self.shift_id = shift_id
        self.lines = lines
        self.owed = owed
        self.owing_beside = owing_beside
        self.debtor_of = {bill_id: of[0].debtor_id for bill_id, of in lines.items() if of}
        self.bills_of: dict[UUID, list[UUID]] = {}
        for bill_id, debtor in self.debtor_of.items():
            self.bills_of.setdefault(debtor, []).append(bill_id)
        self.rows = PaymentRows()

    def take(self, request: TakePayment, number: str) -> PaymentTaken:
        """Gather the rows of one payment."""
        self._refuse(request)
        over = request.given - request.due
        change = over if request.surplus is Surplus.CHANGE else NIL
        credited = (over if request.surplus is Surplus.CREDIT else NIL) - request.credit
        work, payment_id = self.work, self.work.world.new_id()
        day, kept = request.business_date or work.world.today(), request.given - change
        sides = self._tenders(request, payment_id, change)
        fees = self._allocate(request, payment_id, sides)
        sides += [
            journal.Side(Account.PREPAID, -credited, party_id=request.payer_id),
            journal.Side(Account.ROUNDING, request.rounding, desk_id=work.desk.id, party_id=request.payer_id),
        ]
        self.rows.payments.append(
            (
                payment_id, PaymentKind.PAYMENT, request.payer_id, work.desk.id, self.shift_id, day, kept,
                request.given, change, credited, None, None, request.rounding, self._allocated_by(request),
            )
        )  # fmt: skip
        self.rows.entries.append(journal.Entry(day, "payment", payment_id, sides))
        title = RECEIPT_TITLES[payment_kind(fees, kept, credited)]
        self.rows.receipts.append((work.world.new_id(), payment_id, number, title))
        still = total(self.owed[bill_id] for bill_id in request.amounts)
        return PaymentTaken(payment_id, number, kept, change, credited, still, request.rounding)

    def _refuse(self, request: TakePayment) -> None:
        """Raise whatever speaks against it."""
        owed = self.owed
        for bill_id, amount in request.amounts.items():
            still = owed.get(bill_id, NIL)
            if bill_id not in owed or amount > max(still, NIL) or (still <= NIL and amount < still):
                raise BillsChanged(total(owed.get(each, NIL) for each in request.amounts))
            if bill_id in request.early and amount != still:
                raise ProblemsFound({"amounts": "提前缴费优惠要一次付清这张账单：付全额，或不要优惠"})
            if amount < NIL and any(line.fee_type in LIABILITY_FEES for line in self.lines[bill_id]):
                raise ProblemsFound({"amounts": NO_DEPOSITS})
        if request.rule is AllocationRule.LEGAL_ORDER and request.amounts:
            self._hold_against_law(request)
        if request.given > request.due and request.surplus is None:
            raise ChoiceNeeded(request.due, request.given - request.due)
        rule = None
        if request.credit:
            credit.take_from(self.work, request.payer_id, request.credit)
        if request.rounding:
            cash_off.require_rounding(self.work)
            rule = cash_off.rule_of(self.work)
        if problems := payment_problems(request, owed, request.credit, rule):
            raise ProblemsFound(problems)

    def _hold_against_law(self, request: TakePayment) -> None:
        """The amounts are those of the legal order, over everything that is open of the debtor now."""
        debtors = {self.debtor_of[bill_id] for bill_id in request.amounts}
        if len(debtors) > 1:
            raise ProblemsFound({"amounts": "法定顺序只分配一个人的欠款：去掉替别人交的账单，或自己选"})
        due = allocation.open_bills_of(self.work, debtors.pop())
        beside = open_lines(self.work, [bill_id for bill_id in due if bill_id not in self.lines])
        bills: dict[UUID, Sequence[allocation.Line]] = {
            bill_id: self.lines.get(bill_id) or beside[bill_id] for bill_id in due
        }
        # What could still be taken off counts here, as on the screen: it decides how far the money reaches.
        for bill_id, offer in early_payment.offers(self.work, due).items():
            bills[bill_id] = [*bills[bill_id], early_payment.EarlyLine(offer.fee_type, -offer.off)]
        facts = allocation.debt_facts(self.work, list(due))
        lawful = allocation.legal_amounts(bills, due, facts, request.asked, self.work.world.today())
        if lawful != dict(request.amounts):
            raise BillsChanged(total(self.owed[bill_id] for bill_id in request.amounts))

    def _tenders(self, request: TakePayment, payment_id: UUID, change: Money) -> list[journal.Side]:
        """What stays in the till of each means; change comes out of the cash."""
        work, sides, back = self.work, list[journal.Side](), change
        for tender in request.tenders:
            amount = tender.amount
            if tender.method is PayMethod.CASH and back:
                out = min(back, amount)
                amount, back = amount - out, back - out
            if amount:
                self.rows.tenders.append(
                    (work.world.new_id(), payment_id, tender.method, amount, clean_reference(tender.reference))
                )
                sides.append(
                    journal.Side(
                        Account.CASH, amount, method=tender.method, desk_id=work.desk.id, party_id=request.payer_id
                    )
                )
        return sides

    def _allocate(self, request: TakePayment, payment_id: UUID, sides: list[journal.Side]) -> set[FeeType]:
        """Give every bill its amount, line by line; the fees that were paid."""
        fees: set[FeeType] = set()
        for bill_id, amount in request.amounts.items():
            for line, use in allocation.paid_lines(self.lines[bill_id], amount, request.rule):
                line.open -= use
                fees.add(line.fee_type)
                self.rows.allocations.append((self.work.world.new_id(), payment_id, line.id, bill_id, use))
                sides += allocation_sides(line, use)
            self.owed[bill_id] -= amount
        return fees

    def _allocated_by(self, request: TakePayment) -> AllocationRule | None:
        """Who decided what is paid; None where everything the debtors owe is paid, so that nothing was to decide."""
        if request.rule is AllocationRule.LEGAL_ORDER:
            return request.rule
        debtors = {self.debtor_of[bill_id] for bill_id in request.amounts}
        left = debtors & self.owing_beside or any(
            self.owed[bill_id] > NIL for debtor in debtors for bill_id in self.bills_of[debtor]
        )
        return AllocationRule.CHOSEN if left else None
