"""The till by its keys, beyond cash for own bills: credit, 抹零, the legal order, others, serials, no bill."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.models.values import NIL, AllocationRule, Money, PayMethod, Surplus
from desktop.services import billing, credit, payments, receipts
from desktop.services.acts import Op
from desktop.services.payments import TakePayment, TenderForm
from desktop.services.work import PROGRAM, begin, look
from tests.offices import PIN, with_pin
from tests.services.pay_kit import planned_bill
from tests.views.conftest import type_chinese
from tests.views.till_kit import ALT, CONTROL, Counter, counter

KEY = Qt.Key


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Counter]:
    with counter(qtbot, tmp_path, "finance_lead") as made:
        yield made


def put_bill(desk: Counter, yuan: str, party_id: UUID | None = None) -> UUID:
    """A bill made at the desk, due today."""
    planned = planned_bill(yuan, yuan, desk.world.today())
    order = billing.BillOrder(party_id or desk.late, None, [planned], f"test:{yuan}", None, "水费")
    with begin(desk.office, PROGRAM, Op.POST_BILLS) as work:
        work.authorised += 1
        (bill_id,) = billing.put_bills(work, [order])
        work.authorised -= 1
    desk.settle()
    return bill_id


def put_credit(desk: Counter, yuan: int, party_id: UUID | None = None) -> None:
    with begin(desk.office, PROGRAM, Op.TAKE_PAYMENT) as work:
        tender = TenderForm(PayMethod.CASH, Money.yuan(yuan))
        payments.take_payment(work, TakePayment(party_id or desk.late, {}, [tender], Surplus.CREDIT))
    desk.settle()


def credit_of(desk: Counter, party_id: UUID | None = None) -> Money:
    with look(desk.office, PROGRAM) as reading:
        return credit.credit_now(reading, party_id or desk.late)


def last(desk: Counter) -> receipts.ReceiptPage:
    with look(desk.office, PROGRAM) as reading:
        return receipts.receipt_page(reading, desk.receipts()[0].payment_id)


def type_given(desk: Counter, text: str) -> None:
    assert desk.focus is desk.page.form.given
    desk.page.form.given.selectAll()
    desk.type(text)


# ---- credit ------------------------------------------------------------------------------------------------------


def test_credit_is_there_only_when_there_is_any_and_goes_in_by_one_key(desk: Counter) -> None:
    page = desk.open("till", party_id=desk.late)
    assert page.form.extras.use.isHidden()
    assert not page.payer.prepaid.isVisible()
    put_credit(desk, 500)
    page = desk.open("board") and desk.open("till", party_id=desk.late)
    assert page.form.extras.use.text() == "用预存 500.00"
    assert page.payer.prepaid.isVisible()
    desk.press(KEY.Key_4, ALT)
    assert page.form.given.text() == "6,940.00"
    assert page.form.extras.words.text() == "账单 7,440.00 − 用预存 500.00"
    assert [line.item for line in page.preview.paper.lines][-1] == "使用预存"
    assert desk.focus is page.form.given
    desk.enter()
    assert last(desk).credited == -Money.yuan(500)
    assert credit_of(desk) == NIL
    assert desk.facts().bills == ()


def test_credit_for_everything_needs_no_money(desk: Counter) -> None:
    put_credit(desk, 8000)
    page = desk.open("till", party_id=desk.late)
    desk.press(KEY.Key_4, ALT)
    assert page.form.strip.words.text() == "不用收钱，直接抵扣"
    assert page.pay_card.button.text() == "抵扣并打印"
    assert page.form.tenders() == ()
    desk.enter()
    assert (desk.receipts()[0].title, desk.receipts()[0].amount) == ("抵扣单", NIL)
    assert credit_of(desk) == Money.yuan(560)
    assert "已抵扣" in page.paid.words.text()


def test_who_brings_the_money_uses_their_own_credit(desk: Counter) -> None:
    put_credit(desk, 500, desk.now)
    page = desk.open("till", party_id=desk.late)
    desk.press(KEY.Key_7, ALT)
    desk.type("lyn")
    desk.enter()
    assert page.payer.instead.text() == "由 林以宁 代交"
    assert page.form.extras.use.text() == "用预存 500.00"
    desk.press(KEY.Key_4, ALT)
    desk.enter()
    assert credit_of(desk, desk.now) == NIL
    assert desk.receipts()[0].payer == "林以宁"


def test_money_is_paid_ahead_where_nothing_is_owed_and_given_back(desk: Counter) -> None:
    for _ in range(2):
        desk.pay_elsewhere()
    page = desk.open("till", party_id=desk.late)
    assert page.bills.ahead.isVisible()
    assert not page.bills.refund.isVisible()
    desk.press(KEY.Key_8, ALT)
    assert desk.focus is page.form.given
    desk.enter()
    assert len(desk.receipts()) == 2  # nothing was put down
    type_given(desk, "300")
    assert page.preview.paper.lines[0].item == "预存"
    desk.enter()
    assert desk.receipts()[0].title == "预存款收据"
    assert credit_of(desk) == Money.yuan(300)
    page = desk.open("board") and desk.open("till", party_id=desk.late)
    assert not page.pay_card.isVisible()
    desk.press(KEY.Key_9, ALT)
    dialog = desk.dialog
    dialog.form.field("amount").setFocus()
    dialog.form.field("amount").set_value(Money.yuan(400))
    desk.press(KEY.Key_Return, CONTROL)
    assert desk.dialog is dialog  # more than there is
    dialog.form.field("amount").set_value(Money.yuan(120))
    dialog.form.field("reason").setFocus()
    type_chinese(dialog.form.field("reason"), "tuizu", "退租")
    desk.press(KEY.Key_Return, CONTROL)
    assert desk.place[0] == "receipt"
    assert desk.receipts()[0].amount == -Money.yuan(120)
    assert credit_of(desk) == Money.yuan(180)


# ---- 抹零 --------------------------------------------------------------------------------------------------------


def test_small_coins_are_let_off_by_one_key_in_cash_only(desk: Counter) -> None:
    page = desk.open("till", party_id=desk.late)
    assert page.form.extras.off.isHidden()
    put_bill(desk, "12.33")
    page = desk.open("board") and desk.open("till", party_id=desk.late)
    assert page.form.extras.off.text() == "抹零 0.03"
    desk.press(KEY.Key_2, CONTROL)
    assert page.form.extras.off.isHidden()
    desk.press(KEY.Key_1, CONTROL)
    desk.press(KEY.Key_5, ALT)
    assert page.form.given.text() == "7,452.30"
    desk.press(KEY.Key_2, CONTROL)  # no small coins there: the whole sum is asked for again
    assert page.form.given.text() == "7,452.33"
    desk.press(KEY.Key_1, CONTROL)
    desk.enter()
    found = last(desk)
    assert (found.rounding, found.row.amount) == (Money(3), Money(745230))


def test_who_may_not_let_off_asks_a_colleague_and_pays_once(qtbot: QtBot, tmp_path: Path) -> None:
    with counter(qtbot, tmp_path, "cashier") as desk:
        from tests.offices import sit_down

        lead = with_pin(desk.office, sit_down(desk.office, "finance_lead", login="zhaocw", name="赵财务"))
        assert lead.staff_id is not None
        put_bill(desk, "12.33")
        page = desk.open("till", party_id=desk.late)
        desk.press(KEY.Key_5, ALT)
        desk.enter()
        assert desk.dialog is not None
        desk.press(KEY.Key_Escape)
        assert desk.receipts() == []
        assert "没有得到授权" in page.form.message.text
        desk.enter()
        desk.type(PIN)
        desk.enter()
        assert last(desk).rounding == Money(3)
        assert len(desk.receipts()) == 1


# ---- a part ------------------------------------------------------------------------------------------------------


def test_a_sum_goes_to_the_bills_in_the_legal_order_by_one_key(desk: Counter) -> None:
    page = desk.open("till", party_id=desk.late)
    type_given(desk, "2000")
    assert page.form.strip.answers["legal"].text() == "按法定顺序"
    desk.press(KEY.Key_3, ALT)
    assert sum(amount.fen for amount in page.table.amounts().values()) == 200_000
    assert page.bills.foot.left.text().startswith("按法定顺序")
    desk.enter()
    assert last(desk).allocated_by is AllocationRule.LEGAL_ORDER


def test_an_amount_changed_by_hand_is_the_payers_choice_again(desk: Counter) -> None:
    page = desk.open("till", party_id=desk.late)
    type_given(desk, "2000")
    desk.press(KEY.Key_3, ALT)
    (first, *_) = page.table.amounts()
    page.table.set_amount(first, Money.yuan(100))
    assert page.bills.foot.left.text().startswith("已选")
    desk.settle()
    page.form.focus_given()
    type_given(desk, "100")
    page.table.set_amounts({first: Money.yuan(100)})
    desk.enter()
    assert last(desk).allocated_by is AllocationRule.CHOSEN


# ---- for others, in their favour ---------------------------------------------------------------------------------


def test_bills_of_others_are_added_and_paid_along(desk: Counter) -> None:
    page = desk.open("till", party_id=desk.late)
    desk.press(KEY.Key_6, ALT)
    assert desk.focus is page.chooser.search
    desk.type("lyn")
    desk.enter()
    assert page.facts.payer == "沈知微"
    assert len(page.table.amounts()) == 4
    heads = [row.text for row in map(page.table.rows.row, range(page.table.rows.rowCount())) if hasattr(row, "text")]
    assert "代 林以宁 交" in heads
    assert page.preview.paper.remark == "代林以宁交"
    assert page.form.given.text() == "14,880.00"
    desk.enter()
    assert (desk.receipts()[0].payer, desk.receipts()[0].amount) == ("沈知微", Money.yuan(14880))
    assert desk.facts(desk.now).bills == ()


def test_what_is_in_the_payers_favour_is_ticked_and_set_off(desk: Counter) -> None:
    put_bill(desk, "-52.00")
    page = desk.open("till", party_id=desk.late)
    assert page.form.given.text() == "7,388.00"
    assert sorted(amount.fen for amount in page.table.amounts().values())[0] == -5200
    desk.enter()
    assert desk.receipts()[0].amount == Money.yuan(7388)
    assert desk.facts().bills == ()


def test_more_in_their_favour_than_owed_goes_to_credit(desk: Counter) -> None:
    for _ in range(2):
        desk.pay_elsewhere()
    put_bill(desk, "-52.00")
    page = desk.open("till", party_id=desk.late)
    assert "该退的多 52.00" in page.form.strip.words.text()
    desk.press(KEY.Key_2, ALT)
    assert credit_of(desk) == Money.yuan(52)
    assert desk.receipts()[0].title == "抵扣单"


# ---- serials -----------------------------------------------------------------------------------------------------


def test_a_serial_taken_before_is_shown_and_confirmed_or_not(desk: Counter) -> None:
    page = desk.open("till", party_id=desk.now)
    desk.press(KEY.Key_2, CONTROL)
    desk.type("4200001234")
    desk.enter()
    assert len(desk.receipts()) == 1
    page = desk.open("board") and desk.open("till", party_id=desk.late)
    desk.press(KEY.Key_2, CONTROL)
    desk.type("4200 001234")
    desk.enter()
    question = desk.dialog
    assert question is not None
    desk.press(KEY.Key_Escape)
    assert len(desk.receipts()) == 1
    assert desk.focus is page.form.reference
    assert "核对流水号" in page.form.message.text
    desk.enter()
    desk.press(KEY.Key_Return, CONTROL)
    assert len(desk.receipts()) == 2
    assert desk.receipts()[0].payer == "沈知微"
