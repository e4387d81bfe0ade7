"""Payments 收款: money against bills, and bills set off against each other at a settlement. Nothing is ever edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.billing import Bill, BillLine
from desktop.models.payments import (
    Allocation,
    Payment,
    PaymentKind,
    Receipt,
    Shift,
    ShiftState,
    Tender,
)
from desktop.models.values import (
    LIABILITY_FEES,
    NIL,
    Account,
    FeeType,
    Money,
    PayMethod,
    Right,
    Surplus,
    total,
)
from desktop.services import derived, drafts, journal
from desktop.services.asked import Asked
from desktop.services.errors import DomainError, ProblemsFound
from desktop.services.numbers import Series, take_numbers
from desktop.services.receipt_kinds import RECEIPT_TITLES, ReceiptKind, receipt_kind
from desktop.services.rights import needs, part
from desktop.services.work import Work

METHOD_WORDS = {
    PayMethod.CASH: "现金",
    PayMethod.TRANSFER: "转账",
    PayMethod.POS: "POS",
    PayMethod.WECHAT: "微信",
    PayMethod.ALIPAY: "支付宝",
}
NEEDS_REFERENCE = frozenset({PayMethod.TRANSFER, PayMethod.POS, PayMethod.WECHAT, PayMethod.ALIPAY})


class ChoiceNeeded(DomainError):
    """More is given than is owed: change, or to the payer's credit? `owed` and `over` are the facts."""

    def __init__(self, owed: Money, over: Money) -> None:
        super().__init__(f"多收 {over}：找零，还是存入预存？", "given")
        self.owed = owed
        self.over = over


class BillsChanged(DomainError):
    """Somebody took money on one of these bills in the meantime; `owed` is what is open now."""

    def __init__(self, owed: Money) -> None:
        super().__init__(f"这些账单刚有人收过款，现在未付 {owed}：请核对后再收", "given")
        self.owed = owed


@dataclass(frozen=True, slots=True)
class TenderForm:
    """One means of payment as given; cash is what the customer put down, before change."""

    method: PayMethod
    amount: Money
    reference: str = ""


@dataclass(frozen=True, slots=True)
class TakePayment:
    """Money against bills. `amounts` maps a bill to what is to be paid of it now."""

    payer_id: UUID
    amounts: Mapping[UUID, Money]
    tenders: Sequence[TenderForm]
    surplus: Surplus | None = None
    business_date: date | None = None
    draft_id: UUID | None = None
    """The draft this came from; it goes on as what remains to be done (printing)."""
    draft_body: bytes | None = None


@dataclass(frozen=True, slots=True)
class PaymentTaken:
    """News of a payment."""

    payment_id: UUID
    receipt_number: str
    amount: Money
    change: Money
    credited: Money
    still_owed: Money


def payment_problems(request: TakePayment, owed: Mapping[UUID, Money]) -> dict[str, str]:
    """What is to be mended at the till while it is typed, by field."""
    problems: dict[str, str] = {}
    if not request.amounts:
        problems["amounts"] = "先勾选要收的账单"
    for bill_id, amount in request.amounts.items():
        if amount <= NIL:
            problems["amounts"] = "本次收要大于 0，不收就去掉勾"
        elif amount > owed.get(bill_id, NIL):
            problems["amounts"] = f"本次收 {amount} 超过未付 {owed.get(bill_id, NIL)}：改少，多出的写在实收里"
    due, given = total(request.amounts.values()), total(t.amount for t in request.tenders)
    if not request.tenders or any(t.amount <= NIL for t in request.tenders):
        problems["given"] = "填写实收金额"
    elif given < due:
        problems["given"] = f"还差 {due - given}：改本次收，或再加一种收款方式"
    for tender in request.tenders:
        if tender.method in NEEDS_REFERENCE and not tender.reference.strip():
            problems["reference"] = f"填写{METHOD_WORDS[tender.method]}的流水号或单号后几位，日后好对账"
    if given > due and request.surplus is Surplus.CHANGE:
        cash = total(t.amount for t in request.tenders if t.method is PayMethod.CASH)
        if given - due > cash:
            problems["surplus"] = "找零只能从现金里找：多付的部分存入预存"
    return problems


@needs(Right.TAKE_PAYMENT)
def take_payment(work: Work, request: TakePayment) -> PaymentTaken:
    """Take money against bills and issue the receipt.

    Raises ChoiceNeeded when more is given than is asked and no choice was made, BillsChanged when a bill was paid at
    another desk in the meantime, ProblemsFound.
    """
    taken = put_payments(work, [request])[0]
    if request.draft_id is not None:
        drafts.follow(work, request.draft_id, request.draft_body, payment_id=taken.payment_id)
    work.world.fault("payment.draft")
    return taken


@part
def put_payments(work: Work, requests: Sequence[TakePayment]) -> list[PaymentTaken]:
    """`take_payment` for many at once, inside another act: the bulk path of imports and the demo office."""
    bill_ids = sorted({bill_id for request in requests for bill_id in request.amounts})
    open_lines = _lock_open_lines(work, bill_ids)
    work.world.fault("payment.locked")
    owed = {bill_id: total(line.open for line in lines) for bill_id, lines in open_lines.items()}
    shift_id = open_shift(work)
    numbers = take_numbers(work, Series.RECEIPT, len(requests))
    work.world.fault("payment.numbered")
    rows = PaymentRows()
    taken = []
    for request, number in zip(requests, numbers, strict=True):
        taken.append(_take_one(work, request, number, shift_id, open_lines, owed, rows))
    rows.store(work)
    work.world.fault("payment.stored")
    derived.refresh_balances(work.session, bill_ids)
    work.world.fault("payment.balanced")
    if len(requests) == 1:
        work.subject_id("payment", taken[0].payment_id)
    work.record(payments=len(taken))
    return taken


@dataclass(slots=True)
class _OpenLine:
    id: UUID
    bill_id: UUID
    fee_type: FeeType
    room_id: UUID | None
    lease_id: UUID | None
    debtor_id: UUID
    open: Money


@dataclass(slots=True)
class PaymentRows:
    """The rows of some payments, stored all at once."""

    payments: list[tuple[Any, ...]] = field(default_factory=list)
    tenders: list[tuple[Any, ...]] = field(default_factory=list)
    allocations: list[tuple[Any, ...]] = field(default_factory=list)
    receipts: list[tuple[Any, ...]] = field(default_factory=list)
    entries: list[journal.Entry] = field(default_factory=list)

    def store(self, work: Work) -> None:
        work.insert_many(
            Payment,
            [
                "id", "kind", "payer_id", "desk_id", "shift_id", "business_date", "amount", "given", "change",
                "prepaid", "reverses_id", "reason", "rounding", "allocated_by",
            ],
            self.payments,
        )  # fmt: skip
        work.insert_many(Tender, ["id", "payment_id", "method", "amount", "reference"], self.tenders)
        work.insert_many(Allocation, ["id", "payment_id", "bill_line_id", "bill_id", "amount"], self.allocations)
        work.insert_many(Receipt, ["id", "payment_id", "number", "title"], self.receipts)
        journal.post(work, self.entries)


def _lock_open_lines(work: Work, bill_ids: Sequence[UUID]) -> dict[UUID, list[_OpenLine]]:
    """What is open of each line, with the bills locked: two desks cannot pay the same fen."""
    found: dict[UUID, list[_OpenLine]] = {bill_id: [] for bill_id in bill_ids}
    connection = work.session.connection()
    if connection.dialect.name == "postgresql":
        _LOCK.rows(connection, bill_ids)
    paid: dict[UUID, Money] = {}
    for line_id, amount in _PAID.rows(connection, bill_ids):
        paid[line_id] = amount if isinstance(amount, Money) else Money(int(amount))
    for line in _LINES.rows(connection, bill_ids):
        found[line.bill_id].append(
            _OpenLine(
                line.id, line.bill_id, line.fee_type, line.room_id, line.lease_id, line.debtor_id,
                line.amount - paid.get(line.id, NIL),
            )
        )  # fmt: skip
    return found


_LOCK = Asked(lambda one_of: sa.select(Bill.id).where(one_of(Bill.id)).order_by(Bill.id).with_for_update())
_PAID = Asked(
    lambda one_of: (
        sa.select(Allocation.bill_line_id, sa.func.sum(Allocation.amount))
        .where(one_of(Allocation.bill_id))
        .group_by(Allocation.bill_line_id)
    )
)
_LINES = Asked(
    lambda one_of: sa.select(
        BillLine.id, BillLine.bill_id, BillLine.fee_type, BillLine.room_id, BillLine.lease_id, BillLine.debtor_id,
        BillLine.amount,
    )
    .where(one_of(BillLine.bill_id))
    .order_by(BillLine.id)
)  # fmt: skip


def _take_one(
    work: Work, request: TakePayment, number: str, shift_id: UUID, open_lines: Mapping[UUID, list[_OpenLine]],
    owed: dict[UUID, Money], rows: PaymentRows,
) -> PaymentTaken:  # fmt: skip
    if any(amount > owed.get(bill_id, NIL) for bill_id, amount in request.amounts.items()):
        raise BillsChanged(total(owed.get(bill_id, NIL) for bill_id in request.amounts))
    asked, given = total(request.amounts.values()), total(t.amount for t in request.tenders)
    if given > asked and request.surplus is None:
        raise ChoiceNeeded(asked, given - asked)
    if problems := payment_problems(request, owed):
        raise ProblemsFound(problems)
    change = given - asked if request.surplus is Surplus.CHANGE else NIL
    credited = given - asked if request.surplus is Surplus.CREDIT else NIL
    payment_id = work.world.new_id()
    day = request.business_date or work.world.today()
    kept = given - change
    rows.payments.append(
        (
            payment_id, PaymentKind.PAYMENT, request.payer_id, work.desk.id, shift_id, day, kept, given, change,
            credited, None, None, NIL, None,
        )
    )  # fmt: skip
    sides: list[journal.Side] = []
    rest_of_change = change
    for tender in request.tenders:
        amount = tender.amount
        if tender.method is PayMethod.CASH and rest_of_change:
            back = min(rest_of_change, amount)
            amount, rest_of_change = amount - back, rest_of_change - back
        if amount:
            rows.tenders.append(
                (work.world.new_id(), payment_id, tender.method, amount, tender.reference.strip() or None)
            )
            sides.append(
                journal.Side(
                    Account.CASH, amount, method=tender.method, desk_id=work.desk.id, party_id=request.payer_id
                )
            )
    fees: set[FeeType] = set()
    for bill_id, amount in request.amounts.items():
        left = amount
        for line in open_lines[bill_id]:
            use = min(left, line.open)
            if use <= NIL:
                continue
            line.open -= use
            left -= use
            fees.add(line.fee_type)
            rows.allocations.append((work.world.new_id(), payment_id, line.id, bill_id, use))
            sides += _allocation_sides(line, use)
        owed[bill_id] -= amount
    if credited:
        sides.append(journal.Side(Account.PREPAID, -credited, party_id=request.payer_id))
    rows.entries.append(journal.Entry(day, "payment", payment_id, sides))
    title = RECEIPT_TITLES[receipt_kind(fees)]
    rows.receipts.append((work.world.new_id(), payment_id, number, title))
    still = total(owed[bill_id] for bill_id in request.amounts)
    return PaymentTaken(payment_id, number, kept, change, credited, still)


def _allocation_sides(line: _OpenLine, amount: Money) -> list[journal.Side]:
    where: dict[str, Any] = {
        "fee_type": line.fee_type, "party_id": line.debtor_id, "room_id": line.room_id, "lease_id": line.lease_id,
    }  # fmt: skip
    sides = [journal.Side(Account.RECEIVABLE, -amount, **where)]
    if line.fee_type in LIABILITY_FEES:
        # Only what was really received is held for the tenant.
        sides += [
            journal.Side(Account.DEPOSIT_BILLED, amount, **where),
            journal.Side(Account.DEPOSIT_HELD, -amount, **where),
        ]
    return sides


@part
def open_shift(work: Work) -> UUID:
    """The shift of this person at this desk; the first payment opens one."""
    if work.actor.staff_id is None:
        staff = work.session.scalar(sa.select(StaffMember.id).order_by(StaffMember.login).limit(1))
    else:
        staff = work.actor.staff_id
    found = work.session.connection().execute(_SHIFT, {"desk": work.desk.id, "staff": staff}).scalar()
    if found is not None:
        return found
    shift = work.add(
        Shift(desk_id=work.desk.id, staff_id=staff, state=ShiftState.OPEN, opened_at=work.at, closed_at=None)
    )
    work.session.flush()
    return shift.id


_SHIFT = sa.select(Shift.id).where(
    Shift.desk_id == sa.bindparam("desk"), Shift.staff_id == sa.bindparam("staff"), Shift.state == ShiftState.OPEN,
    Shift.deleted_at.is_(None),
)  # fmt: skip


# ---- settlement --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Netting:
    """Bills of one party to be set off against each other, and how the rest is paid out."""

    payee_id: UUID
    bill_ids: Sequence[UUID]
    """Debts are paid in this order as far as the credits reach."""
    method: PayMethod
    reference: str
    reason: str
    credit: bool = False
    """What is left stands to the party's credit instead of being paid out."""
    releases: Mapping[UUID, Money] | None = None
    """{line: so much of it is given back}: a part of a deposit. None: all that is negative on the bills."""
    title: str = ""
    """What the receipt is called; empty: 退款单 or 抵扣单."""


@part
def put_nettings(work: Work, nettings: Sequence[Netting]) -> list[PaymentTaken | None]:
    """Set what the office owes on bills off against what it is owed, and pay out the rest; None: nothing to net.

    What the credits do not reach stays open. Each netting has its own receipt.
    """
    bill_ids = sorted({bill_id for netting in nettings for bill_id in netting.bill_ids})
    found = _lock_open_lines(work, bill_ids)
    due_back = [_due_back(netting, found) for netting in nettings]
    if not any(due_back):
        return [None] * len(nettings)
    numbers = iter(take_numbers(work, Series.RECEIPT, sum(map(bool, due_back))))
    shift_id, rows = open_shift(work), PaymentRows()
    taken = [
        _net_one(work, netting, lines, found, next(numbers), shift_id, rows) if lines else None
        for netting, lines in zip(nettings, due_back, strict=True)
    ]
    rows.store(work)
    derived.refresh_balances(work.session, bill_ids)
    return taken


def _due_back(netting: Netting, found: Mapping[UUID, list[_OpenLine]]) -> list[tuple[_OpenLine, Money]]:
    """The lines on which the office owes, and how much of each is given back now."""
    owing = [line for bill_id in netting.bill_ids for line in found[bill_id] if line.open < NIL]
    if netting.releases is None:
        return [(line, -line.open) for line in owing]
    return [(line, min(netting.releases[line.id], -line.open)) for line in owing if line.id in netting.releases]


def _net_one(
    work: Work, netting: Netting, due_back: Sequence[tuple[_OpenLine, Money]], found: Mapping[UUID, list[_OpenLine]],
    number: str, shift_id: UUID, rows: PaymentRows,
) -> PaymentTaken:  # fmt: skip
    left = total(back for _, back in due_back)
    giving = {line.bill_id for line, _ in due_back}
    # A deposit that was never paid in full is first set off against itself: only what was received comes back. Where
    # a part is let go on purpose, what is still asked for of it stays asked for.
    ordered = sorted(netting.bill_ids, key=lambda bill_id: bill_id not in giving)
    if netting.releases is not None:
        ordered = [bill_id for bill_id in ordered if bill_id not in giving]
    payment_id, day = work.world.new_id(), work.world.today()
    uses, still = [(line, -back) for line, back in due_back], NIL
    for line in (line for bill_id in ordered for line in found[bill_id] if line.open > NIL):
        use = min(left, line.open)
        left, still = left - use, still + line.open - use
        if use:
            uses.append((line, use))
    paid_out = NIL if netting.credit else left
    sides: list[journal.Side] = []
    for line, use in uses:
        rows.allocations.append((work.world.new_id(), payment_id, line.id, line.bill_id, use))
        sides += _allocation_sides(line, use)
    rows.payments.append(
        (
            payment_id, PaymentKind.REFUND, netting.payee_id, work.desk.id, shift_id, day, -paid_out, -paid_out, NIL,
            left - paid_out, None, netting.reason, NIL, None,
        )
    )  # fmt: skip
    if credited := left - paid_out:
        sides.append(journal.Side(Account.PREPAID, -credited, party_id=netting.payee_id))
    if paid_out:
        reference = netting.reference.strip() or None
        rows.tenders.append((work.world.new_id(), payment_id, netting.method, -paid_out, reference))
        sides.append(
            journal.Side(
                Account.CASH, -paid_out, method=netting.method, desk_id=work.desk.id, party_id=netting.payee_id
            )
        )
    rows.entries.append(journal.Entry(day, "payment", payment_id, sides))
    title = netting.title or RECEIPT_TITLES[ReceiptKind.REFUND if paid_out else ReceiptKind.OFFSET]
    rows.receipts.append((work.world.new_id(), payment_id, number, title))
    return PaymentTaken(payment_id, number, -paid_out, NIL, left - paid_out, still)
