"""A day at the till of the demo office: money paid ahead, a sum in the legal order, 抹零, a void receipt, invoices."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.parties import Party
from desktop.models.values import LIABILITY_FEES, NIL, AllocationRule, Money, PayMethod, Surplus, total
from desktop.services import allocation, cash_off, invoices, payment_rows, payments, voids
from desktop.services.acts import Op
from desktop.services.demo_stage import Living, Stage
from desktop.services.invoices import IssueInvoice, RequestInvoice
from desktop.services.payments import TakePayment
from desktop.services.tenders import TenderForm

_AHEAD = Money.yuan(300)
_SUM = Money.yuan(800)


def at_the_till(stage: Stage) -> None:
    """What the till does besides taking what is due."""
    opened = _opened(stage)
    people = list(stage.living.values())
    _ahead(stage, [living for living in people if living.party_id not in opened][:2])
    owing = [living for living in people if len(opened.get(living.party_id, ())) > 1]
    for living in owing[-1:]:
        _in_legal_order(stage, living)
    _rounded(stage, _opened(stage))
    _voided(stage, people)
    _invoiced(stage, people)


def _opened(stage: Stage) -> dict[UUID, list[Any]]:
    """What is open of everybody, the earliest first."""
    opened: dict[UUID, list[Any]] = {}
    with stage.office.reading() as session:
        for row in session.execute(_OPEN):
            opened.setdefault(row.debtor_id, []).append(row)
    return opened


def _take(stage: Stage, request: TakePayment, who: str = "cashier") -> payments.PaymentTaken:
    with stage.act(stage.staff[who], Op.TAKE_PAYMENT) as work:
        return payments.put_payments(work, [request])[0]


def _ahead(stage: Stage, people: list[Living]) -> None:
    """Somebody who is away for a while pays before the bill is there."""
    for living in people:
        tender = TenderForm(PayMethod.WECHAT, _AHEAD, stage.reference(PayMethod.WECHAT))
        _take(stage, TakePayment(living.party_id, {}, [tender], Surplus.CREDIT))


def _in_legal_order(stage: Stage, living: Living) -> None:
    """A sum that nobody said what it is for."""
    with stage.act(stage.staff["cashier"], Op.TAKE_PAYMENT) as work:
        due = allocation.open_bills_of(work, living.party_id)
        lines, facts = payment_rows.open_lines(work, list(due)), allocation.debt_facts(work, list(due))
        amounts = allocation.legal_amounts(lines, due, facts, _SUM, work.world.today())
        tender = TenderForm(PayMethod.CASH, total(amounts.values()))
        request = TakePayment(living.party_id, amounts, [tender], rule=AllocationRule.LEGAL_ORDER)
        payments.put_payments(work, [request])


def _rounded(stage: Stage, opened: dict[UUID, list[Any]]) -> None:
    """Small coins let off by who may."""
    for party_id, rows in opened.items():
        for row in rows:
            off = cash_off.USUAL.offered(row.owed)
            if off > NIL and row.due <= stage.world.today():
                tender = TenderForm(PayMethod.CASH, row.owed - off)
                _take(stage, TakePayment(party_id, {row.bill_id: row.owed}, [tender], rounding=off), "finance_lead")
                return


def _voided(stage: Stage, people: list[Living]) -> None:
    """The wrong amount was typed; the paper had not left the desk."""
    tender = TenderForm(PayMethod.CASH, Money.yuan(50))
    taken = _take(stage, TakePayment(people[-1].party_id, {}, [tender], Surplus.CREDIT))
    with stage.act(stage.staff["cashier"], Op.VOID_PAYMENT) as work:
        voids.void_payment(work, voids.VoidPayment(taken.payment_id, "收错了人，没有离开柜台"))


def _invoiced(stage: Stage, people: list[Living]) -> None:
    """Some asked for an invoice: one waits, one was issued, one was reversed."""
    today = stage.world.today()
    with stage.office.reading() as session:
        paid: dict[UUID, Any] = {row.debtor_id: row for row in session.execute(_PAID)}
    wanted = [paid[living.party_id] for living in people if living.party_id in paid][:4]
    for at, row in enumerate(wanted):
        with stage.act(stage.staff["cashier"], Op.REGISTER_INVOICE) as work:
            request = RequestInvoice(row.debtor_id, row.name, {row.id: Money(int(row.fen))})
            made = invoices.request_invoice(work, request)
        if at in (1, 2):
            number = f"2611700000{stage.source.randint(10**9, 10**10 - 1)}"
            with stage.act(stage.staff["cashier"], Op.REGISTER_INVOICE) as work:
                invoices.issue_invoice(work, IssueInvoice(made, number, today))
        if at == 2:
            red = f"2611700000{stage.source.randint(10**9, 10**10 - 1)}"
            with stage.act(stage.staff["cashier"], Op.REGISTER_INVOICE) as work:
                invoices.reverse_invoice(work, made, red, "抬头开错")


_OPEN = (
    sa.select(BillBalance.debtor_id, BillBalance.bill_id, BillBalance.due, BillBalance.owed)
    .where(BillBalance.owed > NIL)
    .order_by(BillBalance.due, BillBalance.bill_id)
)
_FEN = sa.func.sum(sa.type_coerce(BillLine.amount, sa.BigInteger))
_PAID = (
    sa.select(Bill.id, Bill.debtor_id, Party.name, _FEN.label("fen"))
    .join(BillLine, BillLine.bill_id == Bill.id)
    .join(BillBalance, BillBalance.bill_id == Bill.id)
    .join(Party, Party.id == Bill.debtor_id)
    .where(BillBalance.owed == NIL, BillLine.fee_type.not_in(LIABILITY_FEES))
    .group_by(Bill.id, Bill.debtor_id, Party.name)
    .having(_FEN > 0)
    .order_by(Bill.due, Bill.id)
)
"""Bills that are paid, with what of them is income."""
