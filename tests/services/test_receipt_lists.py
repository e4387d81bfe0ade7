"""The list of all receipts on both engines: scopes, conditions, search, sums, paging by key from both ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desktop.models.payments import PaymentKind
from desktop.models.values import Money, PayMethod, total
from desktop.services import billing, payments, receipt_lists, reversals
from desktop.services.acts import Op
from desktop.services.conditions import chosen_of
from desktop.services.errors import Refused
from desktop.services.office import Office
from desktop.services.paging import Span
from desktop.services.receipt_lists import ReceiptFilter, ReceiptOrder, ReceiptScope
from desktop.services.receipts import ReceiptRow
from desktop.services.work import Actor, begin, look
from desktop.world import SeededWorld
from tests.offices import check_in, many, rooms_of, sit_down

ALL = ReceiptFilter(ReceiptScope.ALL)


@pytest.fixture
def lead(office: Office) -> Actor:
    return sit_down(office, "finance_lead", login="anyi", name="安以")


@pytest.fixture
def lived(office: Office, lead: Actor, world: SeededWorld) -> Office:
    """Six receipts: four of forty days ago, by WeChat and in cash, one of today, and one taken back today."""
    clerk = sit_down(office, "front_desk")
    cashier = sit_down(office, "cashier", login="shenrx", name="沈若溪")
    taken = []
    for at, (room, form) in enumerate(zip(rooms_of(office), many(5), strict=False)):
        if at == 4:
            world.advance(timedelta(days=40))
        news = check_in(office, clerk, room, form)
        with look(office, lead) as reading:
            bill = billing.bills_of(reading, lease_id=news.lease_id)[0]
        how = PayMethod.CASH if at % 2 else PayMethod.WECHAT
        tender = payments.TenderForm(how, bill.owed, "" if how is PayMethod.CASH else "4200001")
        with begin(office, lead if at == 3 else cashier, Op.TAKE_PAYMENT) as work:
            taken.append(
                payments.take_payment(work, payments.TakePayment(news.party_id, {bill.id: bill.owed}, [tender]))
            )
    with begin(office, lead, Op.REVERSE_PAYMENT) as work:
        reversals.reverse_payment(work, taken[0].payment_id, "微信实际未到账")
    return office


def listed(office: Office, actor: Actor, wanted: ReceiptFilter) -> list[ReceiptRow]:
    with look(office, actor) as reading:
        rows = receipt_lists.list_receipts(reading, wanted, Span(0, 100))
        counted = receipt_lists.count_receipts(reading, wanted)
    assert (counted.rows, counted.exact, counted.amount) == (len(rows), True, total(row.amount for row in rows))
    return rows


def test_scopes_and_figures(lived: Office, lead: Actor) -> None:
    rows = listed(lived, lead, ALL)
    assert [row.number for row in rows] == sorted((row.number for row in rows), reverse=True)
    assert len(rows) == 6
    today = listed(lived, lead, ReceiptFilter())
    assert [row.kind for row in today] == [PaymentKind.REVERSAL, PaymentKind.PAYMENT]
    back = listed(lived, lead, ReceiptFilter(ReceiptScope.TAKEN_BACK))
    assert [row.kind for row in back] == [PaymentKind.REVERSAL]
    assert back[0].amount < Money(0)
    with look(lived, lead) as reading:
        figures = receipt_lists.receipt_figures(reading)
        assert {scope: found.rows for scope, found in figures.items()} == {
            ReceiptScope.TODAY: 2, ReceiptScope.MONTH: 2, ReceiptScope.TAKEN_BACK: 1, ReceiptScope.ALL: 6,
        }  # fmt: skip
        cash = receipt_lists.receipt_figures(reading, chosen=chosen_of({"method": ["cash"]}))
        assert cash[ReceiptScope.ALL].rows == 2


def test_conditions_let_through_what_they_say(lived: Office, lead: Actor) -> None:
    rows = {row.payment_id: row for row in listed(lived, lead, ALL)}

    def found(**values: list[str]) -> set[str]:
        return {row.number for row in listed(lived, lead, ReceiptFilter(ReceiptScope.ALL, chosen=chosen_of(values)))}

    with look(lived, lead) as reading:
        known = {each.key: each for each in receipt_lists.receipt_conditions(reading)}
    assert [choice.words for choice in known["cashier"].choices] == ["安以", "沈若溪"]
    for choice in known["cashier"].choices:
        assert found(cashier=[choice.value]) == {row.number for row in rows.values() if row.cashier == choice.words}
    for method in PayMethod:
        assert found(method=[method.value]) == {row.number for row in rows.values() if method in row.methods}
    for kind in PaymentKind:
        assert found(kind=[kind.value]) == {row.number for row in rows.values() if row.kind is kind}
    assert len(found(day=["today"])) == 2
    assert found(day=["yesterday"]) == set()
    assert len(found(day=["today"], kind=["payment"])) == 1
    assert found(building=[known["building"].choices[0].value]) == {row.number for row in rows.values()}
    assert found(building=[lived.world.new_id().hex]) == set()


def test_a_number_or_a_payer_is_found(lived: Office, lead: Actor) -> None:
    first = listed(lived, lead, ALL)[-1]
    for text in (first.number, first.number[-4:], first.number.lower(), "沈知微", "szw", "shenzhi"):
        assert first.number in {row.number for row in listed(lived, lead, ReceiptFilter(ReceiptScope.ALL, text))}, text
    for text in ("%", "_", "查无此人", "'; --"):
        assert listed(lived, lead, ReceiptFilter(ReceiptScope.ALL, text)) == []


@pytest.mark.parametrize("order", list(ReceiptOrder))
def test_pages_by_key_join_into_the_whole_list(lived: Office, lead: Actor, order: ReceiptOrder) -> None:
    for descending in (False, True):
        with look(lived, lead) as reading:
            whole = receipt_lists.list_receipts(reading, ALL, Span(0, 100, descending=descending), order)
            joined: list[ReceiptRow] = []
            while page := receipt_lists.list_receipts(
                reading, ALL, Span(99, 2, after=joined[-1].payment_id if joined else None, descending=descending)
                if joined else Span(0, 2, descending=descending), order,
            ):  # fmt: skip
                joined += page
            last = receipt_lists.list_receipts(reading, ALL, Span(4, 100, descending=descending, left=-98), order)
        assert joined == whole
        assert last == whole[4:]


def test_who_may_not_see_bills_sees_no_receipts(lived: Office) -> None:
    repair = sit_down(lived, "repair_lead", login="weix", name="魏修")
    with look(lived, repair) as reading, pytest.raises(Refused):
        receipt_lists.list_receipts(reading, ALL, Span(0, 10))
