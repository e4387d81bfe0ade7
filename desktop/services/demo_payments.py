"""Paying in the demo office: habits of the tenants, means of payment, a wrong one now and then."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillBalance
from desktop.models.values import NIL, Money, PayMethod, Surplus
from desktop.services import payments, reversals
from desktop.services.acts import Op
from desktop.services.demo_plan import DAY, Stay
from desktop.services.demo_stage import METHODS, Living, Stage

_WEIGHTS = (45, 20, 15, 12, 8)


class Till:
    """The cashier's part of a day."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._reversals = deque(sorted(stage.source.sample(range(20, 400), 6)))
        self._paid = 0

    def open(self, begun: Mapping[UUID, tuple[UUID, ...]], *, everybody: bool) -> None:
        """Those who moved in pay what is due at once, and on a pay day everybody whose day has come all that is open.

        `begun`: bills to be paid at once, by lease.
        """
        if not begun and not everybody:
            return
        requests = []
        for lease_id, rows in self._open_bills().items():
            living = self.stage.living.get(lease_id) or self.stage.renewed.get(lease_id)
            if living is None:
                continue
            at_once = begun.get(lease_id, ())
            ready = {row.bill_id: row.owed for row in rows if row.bill_id in at_once}
            if everybody and living.stay.pays_at_once:
                ready |= {row.bill_id: row.owed for row in rows if self._day_has_come(living, row)}
            if ready:
                requests.append(self._request(living, ready))
        for group in [[each] for each in requests] if self.stage.slowly else [requests] if requests else []:
            with self.stage.act(self.stage.staff["cashier"], Op.TAKE_PAYMENT) as work:
                taken = payments.put_payments(work, group)
            self._paid += len(taken)
            if self._reversals and self._paid > self._reversals[0]:
                self._reversals.popleft()
                self._reverse(taken[-1], group[-1])

    def _open_bills(self) -> dict[UUID, list[Any]]:
        """What is open, by lease, the oldest first."""
        opened: dict[UUID, list[Any]] = {}
        with self.stage.office.reading() as session:
            for row in session.connection().execute(_OPEN):
                opened.setdefault(row.lease_id, []).append(row)
        return opened

    def _day_has_come(self, living: Living, row: Any) -> bool:
        if row.bill_id not in living.pays:
            living.pays[row.bill_id] = self._pay_day(living.stay, row.due)
        return living.pays[row.bill_id] <= self.stage.world.today()

    def _pay_day(self, stay: Stay, due: date) -> date:
        if stay.stops_paying is not None and due >= stay.stops_paying:
            return date.max
        habit = self.stage.source.choices((-2, 0, 1, 3, 6), (25, 40, 15, 12, 8))[0]
        late = due + timedelta(days=habit + (self.stage.source.randint(4, 18) if stay.careless else 0))
        # Whoever owes today is meant to: the rest has paid by then.
        return min(late, self.stage.plan.today - DAY) if due < self.stage.plan.today else late

    def _request(self, living: Living, amounts: dict[UUID, Money]) -> payments.TakePayment:
        source, due = self.stage.source, Money(sum(amount.fen for amount in amounts.values()))
        method = source.choices(METHODS, _WEIGHTS)[0]
        given, surplus = due, None
        if method is PayMethod.CASH:
            note = 10_000 if due.fen > 50_000 else 5_000
            given = Money(-(-due.fen // note) * note)
            surplus = Surplus.CHANGE if given > due else None
        elif source.random() < 0.01 or self._paid == 0:
            given, surplus = due + Money.yuan(200), Surplus.CREDIT
        return payments.TakePayment(
            living.party_id, amounts, [payments.TenderForm(method, given, self.stage.reference(method))], surplus
        )

    def _reverse(self, taken: payments.PaymentTaken, request: payments.TakePayment) -> None:
        """The clerk chose the wrong means of payment: reversed, and taken again in cash."""
        with self.stage.act(self.stage.staff["finance_lead"], Op.REVERSE_PAYMENT) as work:
            reversals.reverse_payment(work, taken.payment_id, "付款方式录错")
        due = Money(sum(amount.fen for amount in request.amounts.values()))
        again = payments.TakePayment(request.payer_id, request.amounts, [payments.TenderForm(PayMethod.CASH, due)])
        with self.stage.act(self.stage.staff["cashier"], Op.TAKE_PAYMENT) as work:
            payments.put_payments(work, [again])

    def pay_halves(self) -> None:
        """Some of those who owe have paid half of the oldest bill."""
        today = self.stage.plan.today
        for lease_id, rows in self._open_bills().items():
            living = self.stage.living.get(lease_id) or self.stage.renewed.get(lease_id)
            if living is None or not living.stay.half_paid or rows[0].due >= today:
                continue
            half = Money(rows[0].owed.fen // 200 * 100)
            with self.stage.act(self.stage.staff["cashier"], Op.TAKE_PAYMENT) as work:
                payments.put_payments(work, [self._request(living, {rows[0].bill_id: half})])


_OPEN = (
    sa.select(BillBalance.lease_id, BillBalance.bill_id, BillBalance.due, BillBalance.owed)
    .where(BillBalance.owed > NIL)
    .order_by(BillBalance.due, BillBalance.bill_id)
)
