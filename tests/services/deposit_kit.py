"""Deposits as the tests of them ask: a tenant who paid, the facts, the moves, and what must hold after each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillLine
from desktop.models.values import Account, FeeType, Money, PayMethod
from desktop.services import deposit_lists, deposit_moves, deposits, journal, reversals
from desktop.services.acts import Op
from desktop.services.attachments import FileForm
from desktop.services.deposit_forms import Cause, Deduct, DepositFacts, Forfeit, Refund, Transfer, sums_of
from desktop.services.deposit_lists import DepositScope
from desktop.services.deposit_moves import DepositMoved
from desktop.services.office import Office
from desktop.services.paging import Span
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.offices import check_in, person, rooms_of, terms

PHOTO = FileForm("墙面.jpg", "image/jpeg", b"\xff\xd8\xff\xe0 a picture")
CLAUSE = "6.3 只有下列情形可以从押金中扣除"
KEYS = Money.yuan(100)


def let(office: Office, clerk: Actor, room: int = 0, sequence: int = 1) -> tuple[UUID, UUID]:
    """(lease, tenant) of somebody who moved in today, with a key deposit of 100.00."""
    lease = replace(terms(office.world.today()), key_deposit=KEYS)
    news = check_in(
        office, clerk, rooms_of(office)[room], person(sequence=sequence, phone=f"139{sequence:08d}"), lease
    )  # fmt: skip
    return news.lease_id, news.party_id


def bill_of(office: Office, lease_id: UUID, fee: FeeType = FeeType.DEPOSIT) -> UUID:
    """The bill of a lease with such a line."""
    with office.reading() as session:
        return session.scalars(
            sa.select(Bill.id)
            .join(BillLine, BillLine.bill_id == Bill.id)
            .where(BillLine.lease_id == lease_id, BillLine.fee_type == fee)
            .order_by(Bill.due, Bill.id)
        ).first()  # type: ignore[return-value]


def facts(office: Office, bill_id: UUID) -> DepositFacts:
    with look(office, PROGRAM) as reading:
        return deposits.deposit_facts(reading, bill_id)


def deduct(
    bill_id: UUID, amount: Money, *, cause: Cause | None = Cause.DAMAGE, reason: str = "客厅墙面被砸破 20 厘米",
    clause: str = CLAUSE, against: tuple[UUID, ...] = (), evidence: tuple[FileForm, ...] = (PHOTO,),
    fee: FeeType = FeeType.DAMAGE,
) -> Deduct:  # fmt: skip
    return Deduct(bill_id, amount, cause, reason, clause, fee, against, evidence)


def move(office: Office, actor: Actor, request: Deduct | Refund | Transfer | Forfeit) -> DepositMoved:
    """The move as somebody makes it who has just looked; what was shown must come about."""
    shown = sums_of(request, facts(office, request.bill_id))
    asked = replace(request, shown=shown)
    with begin(office, actor, Op.MOVE_DEPOSIT) as work:
        match asked:
            case Deduct():
                done = deposit_moves.deduct_deposit(work, asked)
            case Refund():
                done = deposit_moves.refund_deposit(work, asked)
            case Transfer():
                done = deposit_moves.transfer_deposit(work, asked)
            case _:
                done = deposit_moves.forfeit_deposit(work, asked)
    assert (done.amount, done.left) == (shown.moved, shown.left)
    assert facts(office, request.bill_id).held == shown.left
    return done


def refund(bill_id: UUID, amount: Money, payee_id: UUID | None, **more: object) -> Refund:
    return Refund(bill_id, amount, payee_id, PayMethod.CASH, **more)  # type: ignore[arg-type]


def reverse(office: Office, actor: Actor, payment_id: UUID) -> UUID:
    with begin(office, actor, Op.REVERSE_PAYMENT) as work:
        return reversals.reverse_payment(work, payment_id, "办错了").payment_id


def agree(office: Office) -> None:
    """Held is received less moved, of each deposit; all together it is account `deposit_held`, also lease by lease."""
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        figures = deposit_lists.deposit_figures(reading)
        assert figures[DepositScope.HELD].held == -journal.balance(reading, Account.DEPOSIT_HELD)
        rows = deposit_lists.list_deposits(
            reading, deposit_lists.DepositFilter(DepositScope.ALL), Span(0, 500)
        )  # fmt: skip
        by_lease: dict[UUID, Money] = {}
        for row in rows:
            assert row.held == row.received - row.moved
            assert row.held >= Money(0)
            now = deposits.facts_of(reading, row.id)
            assert (now.received, now.moved, now.held) == (row.received, row.moved, row.held)
            if row.lease_id is not None:
                by_lease[row.lease_id] = by_lease.get(row.lease_id, Money(0)) + row.held
        for lease_id, held in by_lease.items():
            assert held == -journal.balance(reading, Account.DEPOSIT_HELD, lease_id=lease_id)
        assert journal.uneven_entries(reading) == []


def later(office: Office, days: int) -> None:
    office.world.advance(timedelta(days=days))  # type: ignore[attr-defined]
