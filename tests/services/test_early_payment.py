"""Paying early: taken off by the payment itself, whole or not at all, and owed again when the payment is taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from desktop.models.fees import DiscountRule
from desktop.models.values import NIL, AllocationRule, DiscountKind, FeeType, Money, total
from desktop.services import billing, payments, till
from desktop.services.acts import Op
from desktop.services.errors import ProblemsFound
from desktop.services.fee_catalogue import RENT
from desktop.services.office import Office
from desktop.services.payments import BillsChanged, TakePayment
from desktop.services.work import PROGRAM, begin, look
from tests.offices import check_in, rooms_of, sit_down
from tests.services.lease_kit import sound
from tests.services.pay_kit import CASH, Desk, cash
from tests.services.run_kit import add_item, bill_of, discount, fee_rows, run, shown
from tests.services.test_bill_runs import DECEMBER

FEE = Money.yuan("129.36")
OFF = Money.yuan("6.47")
"""5 % of 129.36 is 6.468."""


@pytest.fixture
def desk(office: Office) -> Desk:
    cashier = sit_down(office, "manager", "cashier", "finance_lead")
    done = check_in(office, cashier, rooms_of(office)[0])
    return Desk(office, cashier, done.party_id, done.lease_id)


@pytest.fixture
def fee(desk: Desk) -> UUID:
    """December's property fee, due on the 10th, with 5 % off for who pays it ten days ahead."""
    item = add_item(desk.office, "2.80")
    discount(desk.office, DiscountKind.EARLY_PAYMENT, [item], "5", threshold=10)
    (row,) = fee_rows(shown(desk.office, DECEMBER))
    run(desk.office, DECEMBER)
    return bill_of(desk.office, row)


def _bill(desk: Desk, bill_id: UUID) -> till.TillBill:
    return next(bill for bill in desk.facts().bills if bill.row.id == bill_id)


def _early(desk: Desk, bill_id: UUID, **changes: object) -> TakePayment:
    """What the till sends when the bill alone is ticked."""
    facts = desk.facts()
    bill = next(bill for bill in facts.bills if bill.row.id == bill_id)
    amounts = {bill_id: bill.row.owed}
    given = payments.TenderForm(CASH, bill.row.owed)
    request = TakePayment(desk.tenant, amounts, [given], early=facts.early(amounts))
    return replace(request, **changes)  # type: ignore[arg-type]


def test_who_pays_whole_and_early_owes_less(desk: Desk, fee: UUID) -> None:
    bill = _bill(desk, fee)
    ahead = (bill.row.due - desk.office.world.today()).days
    assert ahead >= 10
    assert bill.row.owed == FEE - OFF
    assert bill.row.detail.endswith(f"提前 {ahead} 天缴清优惠 5%，减 6.47")
    request = _early(desk, fee)
    paper = till.receipt_preview(desk.facts(), request, office="", cashier="", desk="")
    assert [line.amount for line in paper.lines] == [FEE, -OFF]
    taken = desk.take(request)
    assert (taken.amount, taken.still_owed) == (FEE - OFF, NIL)
    assert desk.owed(fee) == [NIL]
    with look(desk.office, desk.cashier) as reading:
        page = billing.bill_page(reading, fee)
    assert page.row.amount == FEE - OFF
    assert page.lines[-1].explanation[-1].endswith("129.36 × 5% = 6.47")
    desk.hold_books()
    sound(desk.office)


def test_a_part_earns_nothing(desk: Desk, fee: UUID) -> None:
    half = Money.yuan(60)
    request = _early(desk, fee, amounts={fee: half}, tenders=[cash(60)], early={})
    assert desk.facts().early({fee: half}) == {}
    paper = till.receipt_preview(desk.facts(), request, office="", cashier="", desk="")
    assert [line.amount for line in paper.lines] == [half]
    desk.take(request)
    assert desk.owed(fee) == [FEE - half]
    assert _bill(desk, fee).early is None, "something was paid on it"


def test_part_of_it_with_the_discount_is_refused_in_words(desk: Desk, fee: UUID) -> None:
    with pytest.raises(ProblemsFound) as refused:
        desk.take(_early(desk, fee, amounts={fee: Money.yuan(60)}, tenders=[cash(60)], early={fee: OFF}))
    assert "一次付清" in refused.value.problems["amounts"]
    assert desk.owed(fee) == [FEE]
    sound(desk.office)


def test_too_late_a_day_earns_nothing_and_a_screen_of_yesterday_is_told(desk: Desk, fee: UUID) -> None:
    request = _early(desk, fee)
    due = _bill(desk, fee).row.due
    desk.office.world.advance(timedelta(days=(due - desk.office.world.today()).days - 9))  # type: ignore[attr-defined]
    with pytest.raises(BillsChanged):
        desk.take(request)
    assert _bill(desk, fee).early is None
    assert desk.owed(fee) == [FEE]


def test_the_same_bill_at_two_desks_gets_it_once(desk: Desk, fee: UUID) -> None:
    request = _early(desk, fee)
    desk.take(request)
    with pytest.raises(BillsChanged):
        desk.take(request)
    assert desk.owed(fee) == [NIL]


@pytest.mark.parametrize("way", ["reverse", "void"])
def test_taken_back_with_the_payment_and_earned_again(desk: Desk, fee: UUID, way: str) -> None:
    taken = desk.take(_early(desk, fee))
    if way == "reverse":
        desk.reverse(taken.payment_id)
    else:
        desk.void(taken.payment_id)
    assert desk.owed(fee) == [FEE]
    desk.hold_books()
    assert desk.take(_early(desk, fee)).amount == FEE - OFF
    assert desk.owed(fee) == [NIL]
    desk.hold_books()
    sound(desk.office)


@pytest.mark.parametrize("way", ["reverse", "void"])
def test_what_was_taken_back_before_is_not_taken_back_again(desk: Desk, fee: UUID, way: str) -> None:
    desk.reverse(desk.take(_early(desk, fee)).payment_id)
    plain = desk.take(_early(desk, fee, amounts={fee: FEE}, tenders=[payments.TenderForm(CASH, FEE)], early={}))
    assert desk.owed(fee) == [NIL]
    if way == "reverse":
        desk.reverse(plain.payment_id)
    else:
        desk.void(plain.payment_id)
    assert desk.owed(fee) == [FEE]
    desk.hold_books()
    sound(desk.office)


def test_a_bill_run_leaves_it_alone(desk: Desk, fee: UUID) -> None:
    taken = desk.take(_early(desk, fee))
    again = shown(desk.office, DECEMBER)
    assert again.rows == tuple(row for row in again.rows if row.fate == "skipped")
    desk.reverse(taken.payment_id)
    assert not fee_rows(shown(desk.office, DECEMBER))


def test_of_two_rules_the_better_one_holds(desk: Desk) -> None:
    item = add_item(desk.office, "2.80")
    discount(desk.office, DiscountKind.EARLY_PAYMENT, [item], "5", threshold=10)
    discount(desk.office, DiscountKind.EARLY_PAYMENT, [item], "2", threshold=1)
    (row,) = fee_rows(shown(desk.office, DECEMBER))
    run(desk.office, DECEMBER)
    bill = bill_of(desk.office, row)
    assert _bill(desk, bill).row.owed == FEE - OFF
    desk.office.world.advance(timedelta(days=(row.due - desk.office.world.today()).days - 5))  # type: ignore[attr-defined, operator]
    assert _bill(desk, bill).row.owed == FEE - Money.yuan("2.59")


def test_in_the_legal_order_the_act_counts_as_the_screen_did(desk: Desk, fee: UUID) -> None:
    facts = desk.facts()
    everything = total(bill.row.owed for bill in facts.bills)
    amounts = facts.in_legal_order(everything)
    assert amounts[fee] == FEE - OFF
    request = TakePayment(
        desk.tenant, amounts, [payments.TenderForm(CASH, everything)], rule=AllocationRule.LEGAL_ORDER,
        early=facts.early(amounts),
    )  # fmt: skip
    assert desk.take(request).still_owed == NIL
    desk.hold_books()
    sound(desk.office)


def test_rent_due_later_earns_it_too(desk: Desk) -> None:
    with begin(desk.office, PROGRAM, Op.SAVE_TARIFF) as work:
        work.add(
            DiscountRule(
                name="早缴租金", kind=DiscountKind.EARLY_PAYMENT, fee_item_ids=[RENT], percent=Decimal(3), threshold=5,
                valid_from=date(2026, 1, 1), valid_to=None, sort=1, document=None,
            )
        )  # fmt: skip
    later, water = desk.bill((FeeType.RENT, "1000.00"), due=5), desk.bill((FeeType.WATER, "30.00"), due=5)
    soon = desk.bill((FeeType.RENT, "1000.00"), due=4)
    assert [_bill(desk, bill).row.owed for bill in (later, soon, water)] == [
        Money.yuan(970), Money.yuan(1000), Money.yuan(30),
    ]  # fmt: skip
    desk.take(_early(desk, later))
    assert desk.owed(later, soon) == [NIL, Money.yuan(1000)]
