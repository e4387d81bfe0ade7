"""Leases and their money as the tests of their moves ask for them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillBalance
from desktop.models.leases import Lease
from desktop.models.values import NIL, LeaseState, Money, PayMethod, total
from desktop.services import checkup, payments
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.work import PROGRAM, Actor, begin, look

RENT = Money.yuan(1860)


def pay(office: Office, clerk: Actor, party_id: UUID, amounts: dict[UUID, Money]) -> payments.PaymentTaken:
    """Cash on some bills."""
    request = payments.TakePayment(party_id, amounts, [payments.TenderForm(PayMethod.CASH, total(amounts.values()))])
    with begin(office, clerk, Op.TAKE_PAYMENT) as work:
        return payments.take_payment(work, request)


def open_of(office: Office, lease_id: UUID) -> dict[UUID, Money]:
    """{bill: what is open of it}, by due date."""
    with office.reading() as session:
        rows = session.execute(
            sa.select(BillBalance.bill_id, BillBalance.owed)
            .where(BillBalance.lease_id == lease_id, BillBalance.owed != NIL)
            .order_by(BillBalance.due, BillBalance.bill_id)
        )
        return {row.bill_id: row.owed for row in rows}


def state(office: Office, lease_id: UUID) -> LeaseState:
    """How a lease stands."""
    with office.reading() as session:
        return session.get_one(Lease, lease_id).state


def sound(office: Office) -> None:
    """Nothing is found wrong with the office."""
    with look(office, PROGRAM) as reading:
        assert checkup.check_office(reading).findings == ()


def days(office: Office, days: int) -> None:
    """So many days go by."""
    office.world.advance(timedelta(days=days))  # type: ignore[attr-defined]
