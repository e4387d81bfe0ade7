"""A cashier's desk in an office with somebody who owes: what the tests of money at the till stand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillBalance, BillLine
from desktop.models.journal import JournalEntry, Posting
from desktop.models.payments import Allocation, Payment, Tender
from desktop.models.values import NIL, Account, FeeType, Money, PayMethod, Surplus, total
from desktop.services import billing, credit, payments, receipts, reversals, till, voids
from desktop.services.acts import Op
from desktop.services.billing import BillRow
from desktop.services.office import Office
from desktop.services.payments import PaymentTaken, TakePayment, TenderForm
from desktop.services.schedule import PlannedBill, PlannedLine
from desktop.services.work import PROGRAM, Actor, begin, look

CASH, WECHAT, POS = PayMethod.CASH, PayMethod.WECHAT, PayMethod.POS


def cash(yuan: int | str) -> TenderForm:
    return TenderForm(CASH, Money.yuan(yuan))


def planned_bill(key: str, yuan: str, due: date, fee: FeeType = FeeType.WATER) -> PlannedBill:
    """A bill of one line, as somebody at the desk makes it."""
    line = PlannedLine("0", fee, None, Decimal(1), "次", Decimal(yuan), Money.yuan(yuan), "", ())
    return PlannedBill(key, 0, fee, None, due, (line,))


@dataclass
class Desk:
    """An office with one tenant who owes a deposit of 1,860.00 and the first rent of 5,580.00."""

    office: Office
    cashier: Actor
    tenant: UUID
    lease: UUID

    def bills(self) -> list[BillRow]:
        with look(self.office, self.cashier) as reading:
            return billing.bills_of(reading, lease_id=self.lease, open_only=True)

    def pay(
        self, amounts: Mapping[UUID, Money], tenders: Sequence[TenderForm], surplus: Surplus | None = None,
        payer: UUID | None = None,
    ) -> PaymentTaken:  # fmt: skip
        with begin(self.office, self.cashier, Op.TAKE_PAYMENT) as work:
            return payments.take_payment(work, TakePayment(payer or self.tenant, amounts, tenders, surplus))

    def reverse(self, payment_id: UUID, reason: str = "付款方式录错") -> PaymentTaken:
        with begin(self.office, self.cashier, Op.REVERSE_PAYMENT) as work:
            return reversals.reverse_payment(work, payment_id, reason)

    def take(self, request: TakePayment, actor: Actor | None = None) -> PaymentTaken:
        with begin(self.office, actor or self.cashier, Op.TAKE_PAYMENT) as work:
            return payments.take_payment(work, request)

    def void(self, payment_id: UUID, reason: str = "金额录错", copies: frozenset[str] = frozenset()) -> voids.Voided:
        with begin(self.office, self.cashier, Op.VOID_PAYMENT) as work:
            return voids.void_payment(work, voids.VoidPayment(payment_id, reason, copies))

    def refund(self, yuan: int | str, party_id: UUID | None = None) -> PaymentTaken:
        with begin(self.office, self.cashier, Op.TAKE_PAYMENT) as work:
            order = credit.RefundCredit(party_id or self.tenant, Money.yuan(yuan), reason="不再使用")
            return credit.refund_credit(work, order)

    def bill(self, *lines: tuple[FeeType, str], due: int = 0, debtor: UUID | None = None, lease: bool = True) -> UUID:
        """A bill made at the desk: lines of a fee and so many yuan (below zero too), due in so many days."""
        key = self.office.world.new_id().hex
        planned = tuple(
            PlannedLine(f"{at}", fee, None, Decimal(1), "次", Decimal(yuan), Money.yuan(yuan), "", ())
            for at, (fee, yuan) in enumerate(lines)
        )
        day = self.office.world.today() + timedelta(days=due)
        bill = PlannedBill(key, 0, lines[0][0], None, day, planned)
        lease_id = self.lease if lease else None
        order = billing.BillOrder(debtor or self.tenant, None, [bill], f"test:{key}", lease_id, "测试账单")
        with begin(self.office, PROGRAM, Op.POST_BILLS) as work:
            work.authorised += 1
            (bill_id,) = billing.put_bills(work, [order])
            work.authorised -= 1
        return bill_id

    def owed(self, *bill_ids: UUID) -> list[Money]:
        """What is open of bills, as the derived table has it."""
        with self.office.reading() as session:
            return [session.get_one(BillBalance, bill_id).owed for bill_id in bill_ids]

    def stored(self, payment_id: UUID) -> Payment:
        with self.office.reading() as session:
            return session.get_one(Payment, payment_id)

    def facts(self, *bill_ids: UUID) -> till.TillFacts:
        with look(self.office, self.cashier) as reading:
            return till.till_facts(reading, self.tenant, bill_ids)

    def hold_books(self) -> None:
        """What must be true after whatever happened: sums of every payment, of every entry, of every bill."""
        with self.office.reading() as session:
            tendered = _sums(session, Tender.payment_id, Tender.amount)
            spent = _sums(session, Allocation.payment_id, Allocation.amount)
            for row in session.scalars(sa.select(Payment)):
                assert tendered.get(row.id, NIL) == row.amount
                assert spent.get(row.id, NIL) == row.amount - row.prepaid + row.rounding
            assert set(_sums(session, Posting.entry_id, Posting.amount).values()) <= {NIL}
            billed, paid = (
                _sums(session, BillLine.bill_id, BillLine.amount),
                _sums(session, Allocation.bill_id, Allocation.amount),
            )
            for row in session.scalars(sa.select(BillBalance)):
                assert row.owed == billed[row.bill_id] - paid.get(row.bill_id, NIL)
            receivable = total(session.scalars(sa.select(Posting.amount).where(Posting.account == Account.RECEIVABLE)))
            assert receivable == total(session.scalars(sa.select(BillBalance.owed)))
            stands = _sums(session, Posting.party_id, Posting.amount, Posting.account == Account.PREPAID)
            assert all(amount <= NIL for amount in stands.values())

    def page(self, payment_id: UUID) -> receipts.ReceiptPage:
        with look(self.office, self.cashier) as reading:
            return receipts.receipt_page(reading, payment_id)

    def credit_of(self, party_id: UUID) -> Money:
        with look(self.office, self.cashier) as reading:
            return till.till_facts(reading, party_id).prepaid

    def postings(self, payment_id: UUID) -> dict[tuple[Account, PayMethod | None], Money]:
        with self.office.reading() as session:
            rows = session.execute(
                sa.select(Posting.account, Posting.method, Posting.amount)
                .join(JournalEntry, JournalEntry.id == Posting.entry_id)
                .where(JournalEntry.subject_id == payment_id)
            )
            found: dict[tuple[Account, PayMethod | None], Money] = {}
            for account, method, amount in rows:
                found[account, method] = found.get((account, method), NIL) + amount
            return found


def _sums(session: Any, key: Any, amount: Any, *conditions: Any) -> dict[UUID, Money]:
    rows = session.execute(
        sa.select(key, sa.func.sum(sa.type_coerce(amount, sa.BigInteger))).where(*conditions).group_by(key)
    )
    return {found: Money(int(fen)) for found, fen in rows}
