"""One of the two processes: a desk of its own that does random acts of money as fast as it can.

`python -m tests.money_race.cashier ORDERS.json`: writes a line for each act with what the program told of it. What it
picks it picks blindly among open bills and receipts, so the two get in each other's way all the time.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.billing import BillBalance
from desktop.models.payments import Payment, PaymentKind
from desktop.models.values import NIL, AllocationRule, Money, PayMethod, Surplus, add_months, total
from desktop.services import access, bill_runs, credit, database, opening, payments, reversals, till, voids
from desktop.services.acts import Op
from desktop.services.errors import DomainError
from desktop.services.office import Office
from desktop.services.work import Actor, begin, look
from tests.two_desks.clerk import Log, SharedMorning


@dataclass
class Orders:
    """What the parent wants of this process."""

    data: str
    url: str
    log: str
    login: str
    seed: int
    acts: int
    epoch: float


class Cashier:
    """Random acts, each told in one line of the log."""

    def __init__(self, orders: Orders) -> None:
        world = SharedMorning(orders.epoch)
        self.office: Office = opening.open_office(world, Path(orders.data), database.parse_url(orders.url))
        with self.office.reading() as session:
            staff_id = session.execute(sa.select(StaffMember.id).where(StaffMember.login == orders.login)).scalar_one()
        self.actor: Actor = access.actor_of(self.office, staff_id)
        self.random, self.orders = random.Random(orders.seed), orders
        self.outcomes: Counter[str] = Counter()
        self._log = Log(Path(orders.log))
        self._month = 0
        self._choices: tuple[tuple[Callable[[], dict[str, Any]], int], ...] = (
            (self._pay, 50), (self._pay_in_legal_order, 10), (self._pay_early, 5), (self._use_credit, 8),
            (self._void, 10), (self._reverse, 12), (self._run, 3), (self._refund_credit, 2),
        )  # fmt: skip

    def work(self) -> None:
        """So many acts that were done, those that were refused beside them; then one line with the counts.

        Where everything is paid, something is taken back or billed next, so that there is always something to pay.
        """
        acts, weights = zip(*self._choices, strict=True)
        done, empty = 0, False
        while done < self.orders.acts:
            act = self.random.choice((*[self._reverse, self._void] * 5, self._run)) if empty else None
            act, empty = act or self.random.choices(acts, weights)[0], False
            name = act.__name__.strip("_")
            try:
                told = act()
            except DomainError as error:
                # Refused in words: paid at the other desk, already reversed, nothing there any more.
                empty = isinstance(error, Nothing)
                self.outcomes[f"{name} refused"] += 1
                self._tell(name, "refused", why=type(error).__name__)
            else:
                done += 1
                self.outcomes[f"{name} done"] += 1
                self._tell(name, "done", **told)
        self._tell("all", "rested", counts=dict(self.outcomes))
        self.office.close()

    def _tell(self, act: str, outcome: str, **facts: Any) -> None:
        self._log("act", act=act, outcome=outcome, **facts)

    # what there is

    def _open_bills(self) -> tuple[UUID, list[tuple[UUID, Money]]]:
        """Somebody who owes something, and all of it. Raises Nothing."""
        with self.office.reading() as session:
            debtors = session.scalars(
                sa.select(BillBalance.debtor_id)
                .where(BillBalance.owed > NIL)
                .distinct()
                .order_by(BillBalance.debtor_id)
            ).all()
            if not debtors:
                raise Nothing
            debtor = self.random.choice(debtors)
            rows = session.execute(
                sa.select(BillBalance.bill_id, BillBalance.owed)
                .where(BillBalance.debtor_id == debtor, BillBalance.owed > NIL)
                .order_by(BillBalance.due, BillBalance.bill_id)
            ).all()
        return debtor, [(row.bill_id, row.owed) for row in rows]

    def _payment(self) -> UUID:
        """A payment that nobody has taken back so far; the other desk may be about to. Raises Nothing."""
        counter = sa.orm.aliased(Payment)
        with self.office.reading() as session:
            latest = session.scalars(
                sa.select(Payment.id)
                .where(Payment.kind == PaymentKind.PAYMENT, ~sa.exists().where(counter.reverses_id == Payment.id))
                .order_by(Payment.id.desc())
                .limit(40)
            ).all()
        if not latest:
            raise Nothing
        return self.random.choice(latest)

    # acts

    def _pay(self) -> dict[str, Any]:
        debtor, bills = self._open_bills()
        chosen = self.random.sample(bills, self.random.randint(1, min(3, len(bills))))
        amounts = {
            bill: owed if self.random.random() < 0.6 else Money(self.random.randint(1, owed.fen))
            for bill, owed in chosen
        }
        asked, over = total(amounts.values()), Money(0)
        surplus = None
        if self.random.random() < 0.3:
            over, surplus = Money(self.random.randint(1, 5000)), self.random.choice([Surplus.CHANGE, Surplus.CREDIT])
        if self.random.random() < 0.3 and asked.fen > 1:
            part = Money(self.random.randint(1, asked.fen - 1))
            given = [self._cash(asked - part + over), payments.TenderForm(PayMethod.WECHAT, part, self._serial())]
        else:
            given = [self._cash(asked + over)]
        return self._take(payments.TakePayment(debtor, amounts, given, surplus))

    def _pay_in_legal_order(self) -> dict[str, Any]:
        debtor, _ = self._open_bills()
        with look(self.office, self.actor) as reading:
            facts = till.till_facts(reading, debtor)
        owed = total(bill.row.owed for bill in facts.bills if bill.row.owed > NIL)
        if owed <= NIL:
            raise Nothing
        amounts = facts.in_legal_order(Money(self.random.randint(1, owed.fen)))
        order = payments.TakePayment(
            debtor, amounts, [self._cash(total(amounts.values()))], rule=AllocationRule.LEGAL_ORDER,
            early=facts.early(amounts),
        )  # fmt: skip
        return self._take(order)

    def _pay_early(self) -> dict[str, Any]:
        """Everything that stands on the till's screen, what is earned early taken off."""
        debtor, _ = self._open_bills()
        with look(self.office, self.actor) as reading:
            facts = till.till_facts(reading, debtor)
        amounts = {bill.row.id: bill.row.owed for bill in facts.bills if bill.early is not None}
        if not amounts:
            raise Nothing
        cash = [self._cash(total(amounts.values()))]
        return self._take(payments.TakePayment(debtor, amounts, cash, early=facts.early(amounts)))

    def _use_credit(self) -> dict[str, Any]:
        debtor, bills = self._open_bills()
        with look(self.office, self.actor) as reading:
            have = credit.credit_now(reading, debtor)
        if have <= NIL:
            raise Nothing
        bill, owed = bills[0]
        use = min(have, owed)
        return self._take(payments.TakePayment(debtor, {bill: use}, [], credit=use))

    def _take(self, order: payments.TakePayment) -> dict[str, Any]:
        with begin(self.office, self.actor, Op.TAKE_PAYMENT) as work:
            taken = payments.take_payment(work, order)
        return {
            "number": taken.receipt_number, "fen": taken.amount.fen, "credited": taken.credited.fen,
            "change": taken.change.fen,
        }  # fmt: skip

    def _void(self) -> dict[str, Any]:
        payment_id = self._payment()
        with begin(self.office, self.actor, Op.VOID_PAYMENT) as work:
            news = voids.void_payment(work, voids.VoidPayment(payment_id, "金额录错"))
        return {"number": None, "fen": -news.amount.fen}

    def _reverse(self) -> dict[str, Any]:
        payment_id = self._payment()
        with begin(self.office, self.actor, Op.REVERSE_PAYMENT) as work:
            news = reversals.reverse_payment(work, payment_id, "付款人要求退回")
        return {"number": news.receipt_number, "fen": news.amount.fen}

    def _refund_credit(self) -> dict[str, Any]:
        debtor, _ = self._open_bills()
        with look(self.office, self.actor) as reading:
            have = credit.credit_now(reading, debtor)
        if have <= NIL:
            raise Nothing
        with begin(self.office, self.actor, Op.TAKE_PAYMENT) as work:
            news = credit.refund_credit(work, credit.RefundCredit(debtor, have, PayMethod.CASH, "", "退还预存"))
        return {"number": news.receipt_number, "fen": news.amount.fen}

    def _run(self) -> dict[str, Any]:
        self._month = (self._month + 1) % 12
        first = add_months(self.office.world.today().replace(day=1), self._month)
        order = bill_runs.RunOrder(first, add_months(first, 1) - timedelta(days=1))
        with begin(self.office, self.actor, Op.POST_BILLS) as work:
            done = bill_runs.post_run(work, order)
        return {"billed": done.amount.fen, "made": done.made, "number": None, "fen": 0}

    def _cash(self, amount: Money) -> payments.TenderForm:
        return payments.TenderForm(PayMethod.CASH, amount)

    def _serial(self) -> str:
        return f"42{self.random.randrange(10**12):012d}"


class Nothing(DomainError):
    """Nobody owes, or nothing was taken yet."""

    def __init__(self) -> None:
        super().__init__("没有可以做的")


def main(arguments: list[str]) -> None:
    Cashier(Orders(**json.loads(Path(arguments[0]).read_text("utf-8")))).work()


if __name__ == "__main__":
    main(sys.argv[1:])
