"""Bills, one bill, one receipt: what they show, where they lead, printing again and taking back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from desktop.models.values import NIL, FeeType, Money
from desktop.services import billing, one_off, reversals
from desktop.services.acts import Op
from desktop.services.bill_lists import BillState
from desktop.services.billing import BillRow
from desktop.services.work import PROGRAM, begin, look
from desktop.views.labels import FactList
from desktop.views.overlays import BodyScroll
from desktop.views.take_back_dialogs import TakeBackBillDialog
from desktop.views.theme import Shade, Theme, TypeSize
from tests.offices import sit_down
from tests.services.fee_kit import BY_HAND, put_item
from tests.views.conftest import type_chinese
from tests.views.till_kit import ALT, CONTROL, Counter, counter

KEY = Qt.Key


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Counter]:
    with counter(qtbot, tmp_path, "finance_lead") as made:
        yield made


def rows(desk: Counter) -> list[BillRow]:
    table = desk.page.table.rows
    desk.qtbot.waitUntil(lambda: not table.rowCount() or table.row(0) is not None, timeout=5000)
    return [table.row(at) for at in range(table.rowCount())]


def facts(shown: FactList) -> dict[str, str]:
    """Name and words of each fact, in either layout."""
    found, grid = {}, shown._grid
    for at in range(grid.rowCount()):
        item = grid.itemAtPosition(at, 0)
        if item is not None and item.widget() is not None and item.widget().isVisibleTo(shown):
            line = item.widget().layout()
            words = [line.itemAt(n).widget() for n in range(line.count()) if line.itemAt(n).widget() is not None]
            found[words[0].text()] = words[-1].text()
    return found


# ---- the list ----------------------------------------------------------------------------------------------------


def test_the_list_opens_on_what_is_open_earliest_first(desk: Counter) -> None:
    page = desk.open("bills")
    assert desk.focus is page.table
    shown = rows(desk)
    assert [row.due for row in shown] == sorted(row.due for row in shown)
    assert {row.debtor for row in shown} == {"沈知微", "林以宁"}
    assert page.open_counter.isChecked()
    assert (page.open_counter._figure, page.late_counter._figure) == ("4", "2")
    assert page.foot_row.left.text() == "4 张"
    assert page.foot_row.right.text() == "未付 14,880.00"
    QAbstractItemModelTester(page.table.rows, QAbstractItemModelTester.FailureReportingMode.Fatal)


def test_counters_filter_and_let_go(desk: Counter) -> None:
    page = desk.open("bills")
    desk.pay_elsewhere()
    desk.settle()
    page.late_counter.click()
    desk.settle()
    assert [row.debtor for row in rows(desk)] == ["沈知微"]
    assert page.state is BillState.OVERDUE
    assert not page.open_counter.isChecked()
    page.late_counter.click()
    desk.settle()
    assert len(rows(desk)) == 4
    assert page.state is BillState.ALL


def test_typing_narrows_arrows_choose_enter_opens(desk: Counter) -> None:
    page = desk.open("bills")
    page.search.setFocus()
    type_chinese(page.search, "shen", "沈知")
    desk.settle()
    assert {row.debtor for row in rows(desk)} == {"沈知微"}
    desk.press(KEY.Key_Down)
    desk.enter()
    assert desk.focus is page.table
    wanted = page.table.current()
    desk.enter()
    assert desk.place == ("bill", {"bill_id": wanted.id})
    desk.press(KEY.Key_Escape)
    assert desk.place[0] == "bills"
    assert page.search.value() == "沈知"
    desk.press(KEY.Key_Escape)  # first the filter goes
    assert page.search.value() == ""
    assert len(rows(desk)) == 4


def test_nothing_found_says_what_to_do(desk: Counter) -> None:
    page = desk.open("bills")
    page.search.setFocus()
    desk.type("zzz")
    assert page.stack.currentWidget() is page.empty
    assert "zzz" in page.empty.title.text()
    assert desk.focus is page.search
    page.everything.click()
    desk.settle()
    assert page.stack.currentWidget() is page.table
    assert len(rows(desk)) == 4


def test_sorting_goes_through_the_source(desk: Counter) -> None:
    page = desk.open("bills")
    header = page.table.horizontalHeader()
    for column, value in ((6, "owed"), (3, "due")):
        header.sectionClicked.emit(column)
        desk.settle()
        desk.qtbot.waitUntil(lambda: page.table.rows.row(0) is not None)
        up = [getattr(row, value) for row in rows(desk)]
        header.sectionClicked.emit(column)
        desk.settle()
        desk.qtbot.wait(30)
        down = [getattr(row, value) for row in rows(desk)]
        assert up == sorted(up)
        assert down == sorted(down, reverse=True)


def test_a_building_is_chosen_and_a_payment_elsewhere_shows(desk: Counter) -> None:
    page = desk.open("bills")
    desk.press(KEY.Key_F10)
    desk.press(KEY.Key_1)
    desk.press(KEY.Key_1)
    assert page.strip.conditions.picks[0].words == "楼栋 1 栋"
    desk.press(KEY.Key_Escape)
    assert len(rows(desk)) == 4
    kept = page.table.current()
    desk.pay_elsewhere(desk.now)
    desk.settle()
    assert len(rows(desk)) == 3
    assert page.table.current() == kept
    assert page.open_counter._figure == "3"


# ---- one bill ----------------------------------------------------------------------------------------------------


def first_bill(desk: Counter) -> Any:
    return desk.facts().bills[0].row


def test_a_bill_says_why_it_is_so_much_and_leads_on(desk: Counter) -> None:
    row = desk.facts().bills[1].row
    page = desk.open("bill", bill_id=row.id)
    assert page.title_label.text() == row.title
    assert page.state_tag._text == "逾期 21 天"
    assert page.owed._amount == Money.yuan(5580)
    known = facts(page.facts)
    assert known["应付人"] == "沈知微"
    assert (known["金额"], known["已收"]) == ("5,580.00", "0.00")
    with look(desk.office, PROGRAM) as reading:
        line = billing.bill_page(reading, row.id).lines[0]
    assert line.explanation
    words = [child.text() for child in page.lines_card.findChildren(type(page.title_label))]
    assert "为什么是这个数" in words
    assert set(line.explanation) <= set(words)
    assert desk.focus is page.pay
    desk.press(KEY.Key_F4)
    assert desk.place == ("till", {"bill_ids": (row.id,)})
    assert list(desk.page.table.amounts()) == [row.id]


def test_a_charge_billed_wrongly_is_taken_back_and_says_by_whom(desk: Counter) -> None:
    item = put_item(desk.office, form=BY_HAND)
    order = one_off.OneOff(uuid4(), desk.late, item, desk.world.today(), "更换门锁", amount=Money.yuan(120))
    with begin(desk.office, PROGRAM, Op.POST_BILLS) as work:
        bill_id = one_off.bill_one_off(work, order).bill_id
    page = desk.open("bill", bill_id=bill_id)
    assert page.take_back.isVisible()
    words = [child.text() for child in page.lines_card.findChildren(QLabel)]
    assert "谁经手" in words
    assert any(text.startswith("开单：程序 ") for text in words)
    desk.press(KEY.Key_2, ALT)
    dialog = desk.dialog
    assert isinstance(dialog, TakeBackBillDialog)
    desk.press(KEY.Key_Return, CONTROL)
    assert "写明为什么撤回" in dialog.form.rows["reason"].said
    dialog.form.field("reason").setFocus()
    type_chinese(dialog.form.field("reason"), "kaicuo", "开错了人")
    desk.press(KEY.Key_Return, CONTROL)
    desk.settle()
    assert desk.dialog is None
    assert page.owed._amount == NIL
    assert not page.take_back.isVisible()
    words = [child.text() for child in page.lines_card.findChildren(QLabel)]
    assert any(text.startswith("撤回：") for text in words)
    assert not desk.open("bill", bill_id=first_bill(desk).id).take_back.isVisible(), "a bill of the lease is not"


def test_a_bills_payments_lead_to_their_receipts(desk: Counter) -> None:
    row = first_bill(desk)
    taken = desk.pay_elsewhere()
    page = desk.open("bill", bill_id=row.id)
    assert page.state_tag._text == "已收清"
    assert page.pay.reason == "这张账单没有未付的金额"
    assert desk.focus is page.payments
    assert [each[1] for each in page.shown.payments] == [taken.receipt_number]
    desk.enter()
    assert desk.place == ("receipt", {"payment_id": taken.payment_id})


def test_the_open_bill_follows_a_payment(desk: Counter) -> None:
    page = desk.open("bill", bill_id=first_bill(desk).id)
    desk.pay_elsewhere(yuan=800)
    desk.settle()
    assert page.owed._amount == Money.yuan(1060)
    assert len(page.shown.payments) == 1


@pytest.mark.parametrize(("button", "place"), [("to_party", "party"), ("to_room", "room"), ("to_lease", "lease")])
def test_a_bill_leads_to_whom_where_and_why(desk: Counter, button: str, place: str) -> None:
    page = desk.open("bill", bill_id=first_bill(desk).id)
    getattr(page, button).click()
    desk.settle()
    assert desk.place[0] == place
    wanted = {"party": desk.late, "lease": desk.lease, "room": page.shown.room_id}[place]
    assert list(desk.place[1].values()) == [wanted]


def test_a_deposit_offers_no_invoice_what_is_earned_does(desk: Counter) -> None:
    deposit, rent = [bill.row for bill in desk.facts().bills][:2]
    assert (deposit.fee_type, rent.fee_type) == (FeeType.DEPOSIT, FeeType.RENT)
    assert not desk.open("bill", bill_id=deposit.id).invoice.isVisible()
    assert desk.open("bill", bill_id=rent.id).invoice.isVisible()


def test_a_bill_that_is_gone_is_said(desk: Counter) -> None:
    desk.open("bill", bill_id=desk.world.new_id())
    assert "找不到这张账单" in desk.message


# ---- one receipt -------------------------------------------------------------------------------------------------


def test_a_receipt_shows_everything_and_prints_again(desk: Counter) -> None:
    taken = desk.pay_elsewhere()
    page = desk.open("receipt", payment_id=taken.payment_id)
    assert page.title_label.text() == taken.receipt_number
    assert page.amount._amount == Money.yuan(1860)
    assert page.capitals.text() == "人民币壹仟捌佰陆拾元整"
    assert page.state_tag._text == "有效"
    assert facts(page.facts)["交款人"] == "沈知微"
    assert facts(page.tenders) == {"现金": "1,860.00"}
    assert page.preview.paper.number == taken.receipt_number
    assert page.no_prints.isVisible()
    assert page.reprint.text() == "打印"
    for wanted in (["打印"], ["补打 1", "打印"], ["补打 2", "补打 1", "打印"]):
        desk.press(KEY.Key_F6)
        assert page.print_words.text() == "已打印"
        assert [event.title for event in page.prints.events] == wanted
    assert page.reprint.text() == "补打"
    assert len(desk.printed()) == 3


def test_taking_back_asks_why_says_what_follows_and_shows_the_red_receipt(desk: Counter) -> None:
    taken = desk.pay_elsewhere()
    page = desk.open("receipt", payment_id=taken.payment_id)
    desk.press(KEY.Key_1, ALT)
    dialog = desk.dialog
    words = [child.text() for child in dialog.findChildren(type(page.title_label)) if child.isVisible()]
    assert any("这些账单重新变为未付：押金" in each for each in words)
    assert any("冲红不能撤销" in each for each in words)
    desk.press(KEY.Key_Return, CONTROL)  # no reason yet
    assert desk.dialog is dialog
    assert len(desk.receipts()) == 1
    type_chinese(desk.focus, "fu", "付款方式录错")
    desk.press(KEY.Key_Return, CONTROL)
    red = desk.receipts()[0]
    assert desk.dialog is None
    assert desk.place == ("receipt", {"payment_id": red.payment_id})
    assert page.state_tag._text == "红字收据"
    assert page.amount._amount == -Money.yuan(1860)
    assert facts(page.facts)["原因"] == "付款方式录错"
    assert page.reverse.reason == "这本身就是一张红字收据，不能再冲红"
    assert page.print_words.text() == "已打印"
    assert [bill.row.owed for bill in desk.facts().bills] == [Money.yuan(1860), Money.yuan(5580)]
    page.other.click()
    desk.settle()
    assert desk.place == ("receipt", {"payment_id": taken.payment_id})
    assert page.state_tag._text == "已冲红"
    assert red.number in page.reverse.reason
    page.other.click()
    desk.settle()
    assert desk.place == ("receipt", {"payment_id": red.payment_id})


def test_taken_back_at_another_desk_in_between(desk: Counter) -> None:
    """The dialog was open: the service's sentence stands in it, nothing is taken back twice."""
    from desktop.services.acts import Op
    from desktop.services.work import begin

    taken = desk.pay_elsewhere()
    desk.open("receipt", payment_id=taken.payment_id)
    desk.press(KEY.Key_1, ALT)
    dialog = desk.dialog
    with begin(desk.office, PROGRAM, Op.REVERSE_PAYMENT) as work:
        reversals.reverse_payment(work, taken.payment_id, "收错了房间")
    desk.settle()
    type_chinese(desk.focus, "fu", "付款方式录错")
    desk.press(KEY.Key_Return, CONTROL)
    assert desk.dialog is dialog
    said = [child.text() for child in dialog.summary.findChildren(type(desk.page.title_label))]
    assert any("已冲红" in each for each in said)
    assert len(desk.receipts()) == 2
    desk.press(KEY.Key_Escape)
    assert desk.dialog is None


def test_lines_lead_to_their_bills_and_the_payer_is_near(desk: Counter) -> None:
    row = first_bill(desk)
    taken = desk.pay_elsewhere()
    page = desk.open("receipt", payment_id=taken.payment_id)
    page.lines.setFocus()
    desk.settle()
    desk.enter()
    assert desk.place == ("bill", {"bill_id": row.id})
    desk.open("receipt", payment_id=taken.payment_id)
    page.to_payer.click()
    desk.settle()
    assert desk.place == ("party", {"party_id": desk.late})


def test_a_cashier_may_begin_to_take_back_and_an_auditor_only_looks(qtbot: QtBot, tmp_path: Path) -> None:
    with counter(qtbot, tmp_path, "cashier") as desk:
        taken = desk.pay_elsewhere()
        page = desk.open("receipt", payment_id=taken.payment_id)
        assert page.reverse.isEnabled(), "a manager gives her word on the spot (test_on_the_spot)"
        auditor = sit_down(desk.office, "auditor", login="sheny", name="沈雨")
        desk.window.seat.rights = auditor.rights
        page.refresh(frozenset())
        desk.settle()
        assert not page.reverse.isEnabled()
        assert page.reverse.reason == "您的角色只能查看：冲红请前台或收银发起，主管授权"
        desk.press(KEY.Key_1, ALT)
        assert desk.dialog is None
        assert page.reprint.reason == "您的角色不能打印收据"


# ---- looks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", list(TypeSize))
@pytest.mark.parametrize(("wide", "high"), [(1093, 614), (911, 512)])
def test_pages_fit_at_every_size(desk: Counter, look: Theme, size: TypeSize, wide: int, high: int) -> None:
    look.switch(Shade.LIGHT, size)
    desk.window.resize(wide, high)
    taken = desk.pay_elsewhere()
    bill, receipt = {"bill_id": desk.facts().bills[0].row.id}, {"payment_id": taken.payment_id}
    for key, params in (("bills", {}), ("bill", bill), ("receipt", receipt)):
        page = desk.open(key, **params)
        assert page.minimumSizeHint().width() <= page.width(), key
        assert page.minimumSizeHint().height() <= page.height(), key
        for scroll in page.findChildren(BodyScroll):
            assert scroll.widget().minimumSizeHint().width() <= scroll.viewport().width(), key
    desk.press(KEY.Key_1, ALT)
    hint = desk.dialog.minimumSizeHint()
    assert (hint.width() <= 900, hint.height() <= 480) == (True, True)
    desk.press(KEY.Key_Escape)


def test_paid_bills_are_told_from_open_ones(desk: Counter) -> None:
    from desktop.views.bill_list import state_tag

    day = desk.world.today()
    late = first_bill(desk)
    now = desk.facts(desk.now).bills[0].row
    assert state_tag(day, late).text == "逾期 21 天"
    assert state_tag(day, now).text == "今天到期"
    assert state_tag(now.due.replace(day=1), now).text == f"{now.due:%m-%d} 到期"
    assert state_tag(now.due.replace(year=2025), now).text == f"{now.due:%y-%m-%d} 到期"
    desk.pay_elsewhere()
    with look(desk.office, PROGRAM) as reading:
        paid = billing.bill_page(reading, late.id).row
    assert paid.owed == NIL
    assert state_tag(day, paid).text == "已收清"
