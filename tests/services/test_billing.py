"""Bills of a tenant, a lease or a room as pages show them: the same rows whoever asks, and none read beside them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from desktop.models.values import FeeType, Money, PayMethod
from desktop.services import billing, leases, payments
from desktop.services.acts import Op
from desktop.services.check_ins import CheckedIn
from desktop.services.office import Office
from desktop.services.work import PROGRAM, Look, begin, look
from desktop.world import SeededWorld
from tests.offices import check_in, many, rooms_of, sit_down

Ask = Callable[[Look, CheckedIn], Any]


def pay_first(office: Office, news: CheckedIn) -> billing.BillRow:
    """The first bill of a lease, paid."""
    with look(office, PROGRAM) as reading:
        bill = billing.bills_of(reading, lease_id=news.lease_id)[0]
    order = payments.TakePayment(news.party_id, {bill.id: bill.owed}, [payments.TenderForm(PayMethod.CASH, bill.owed)])
    cashier = sit_down(office, "cashier", login="shenrx", name="沈若溪")
    with begin(office, cashier, Op.TAKE_PAYMENT) as work:
        payments.take_payment(work, order)
    return bill


def test_tenant_lease_and_room_show_the_same_bills(office: Office) -> None:
    news, _ = [check_in(office, PROGRAM, room, form) for room, form in zip(rooms_of(office)[:2], many(2), strict=True)]
    paid = pay_first(office, news)
    with look(office, PROGRAM) as reading:
        rows = billing.bills_of(reading, lease_id=news.lease_id)
        assert billing.bills_of(reading, party_id=news.party_id) == rows
        assert billing.bills_of(reading, room_id=rooms_of(office)[0]) == rows
        assert [billing.bill_page(reading, row.id).row for row in rows] == rows
        assert billing.bills_of(reading, lease_id=news.lease_id, open_only=True) == rows[:-1]
    assert (rows[-1].id, rows[-1].owed, rows[-1].amount) == (paid.id, Money(0), paid.amount)
    assert {row.fee_type for row in rows} >= {FeeType.RENT, FeeType.DEPOSIT}
    rent = next(row for row in rows if row.fee_type is FeeType.RENT)
    assert (rent.amount, rent.detail, rent.room) == (Money.yuan(5580), "11-22 至 02-21", "1 栋 301")


def test_a_lease_says_what_is_past_due_of_it_alone(office: Office, world: SeededWorld) -> None:
    first, second = [
        check_in(office, PROGRAM, room, form) for room, form in zip(rooms_of(office)[:2], many(2), strict=True)
    ]
    pay_first(office, first)
    world.advance(timedelta(days=2))
    with look(office, PROGRAM) as reading:
        owed = {row.id: row.owed for row in leases.leases_of(reading, room_id=rooms_of(office)[0])}
        assert owed == {first.lease_id: leases.lease_page(reading, first.lease_id).row.owed}
        assert owed[first.lease_id] < leases.lease_page(reading, second.lease_id).row.owed == Money.yuan(7440)


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "ask",
    [
        lambda reading, news: billing.bills_of(reading, lease_id=news.lease_id),
        lambda reading, news: billing.bills_of(reading, party_id=news.party_id),
        lambda reading, news: billing.bills_of(reading, room_id=rooms_of(reading.office)[0]),
        lambda reading, news: leases.lease_page(reading, news.lease_id),
    ],
    ids=["lease", "tenant", "room", "lease page"],
)
def test_no_page_reads_the_ledger_through(office: Office, ask: Ask) -> None:
    news = check_in(office, PROGRAM, rooms_of(office)[0])
    said: list[tuple[str, Any]] = []

    def hear(_c: Any, _cursor: Any, statement: str, values: Any, _x: Any, _many: bool) -> None:
        said.append((statement, values))

    with look(office, PROGRAM) as reading:
        sa.event.listen(office.engine, "before_cursor_execute", hear)
        ask(reading, news)
        sa.event.remove(office.engine, "before_cursor_execute", hear)
        asked = [(statement, values) for statement, values in said if "bill" in statement]
        plans = [
            step[3]
            for statement, values in asked
            for step in reading.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    assert plans
    assert [step for step in plans if step.startswith(("SCAN", "MATERIALIZE")) or "open (due" in step] == []
