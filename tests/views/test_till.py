"""The till by its keys: change while typing, one Enter pays once, choices asked, others at the bills, the printer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from desktop.models.values import NIL, Money, PayMethod
from desktop.services.payments import TenderForm
from desktop.views import till_after
from desktop.views.columns import GroupHead
from desktop.views.printing import FolderSink, PrinterGone, PrintOrder
from desktop.views.theme import Shade, Theme, TypeSize
from desktop.views.till import TillPage
from tests.offices import sit_down
from tests.views.conftest import type_chinese
from tests.views.till_kit import ALT, CONTROL, Counter, counter

KEY = Qt.Key


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Counter]:
    with counter(qtbot, tmp_path, "cashier") as made:
        yield made


@pytest.fixture
def at_till(desk: Counter) -> Counter:
    """沈知微 is at the desk: both of her bills are ticked."""
    desk.open("till", party_id=desk.late)
    return desk


def strip(desk: Counter) -> tuple[str, Money | None, list[str]]:
    """What the change strip says, its amount, and the answers it offers."""
    shown = desk.page.form.strip
    answers = [name for name, button in shown.answers.items() if not button.isHidden()]
    return shown.words.text(), None if shown.money.isHidden() else shown.money._amount, answers


def type_given(desk: Counter, text: str) -> None:
    assert desk.focus is desk.page.form.given
    desk.page.form.given.selectAll()
    desk.type(text)


# ---- who pays ----------------------------------------------------------------------------------------------------


def test_without_a_name_it_opens_on_who_owes_today(desk: Counter) -> None:
    page = desk.open("till")
    assert desk.focus is page.chooser.search
    rows = [page.chooser.table.rows.row(at) for at in range(page.chooser.table.rows.rowCount())]
    assert [row.name for row in rows] == ["沈知微", "林以宁"]
    desk.press(KEY.Key_Down)
    desk.enter()
    assert page.facts.payer == "林以宁"
    assert desk.focus is page.form.given


@pytest.mark.parametrize("text", ["lyn", "0002", "13900000002"])
def test_a_payer_is_typed_and_entered(desk: Counter, text: str) -> None:
    page = desk.open("till")
    desk.type(text)
    desk.enter()
    assert page.facts.payer == "林以宁"


def test_enter_before_the_answer_takes_the_answer_not_the_old_list(desk: Counter) -> None:
    page = desk.open("till")
    type_chinese(page.chooser.search, "lin", "林以")
    desk.press(KEY.Key_Return, wait=False)
    desk.settle()
    assert page.facts.payer == "林以宁"


def test_nobody_is_called_that(desk: Counter) -> None:
    page = desk.open("till")
    type_chinese(page.chooser.search, "zhao", "赵钱孙")
    desk.settle()
    assert page.chooser.stack.currentWidget() is page.chooser.empty
    assert "赵钱孙" in page.chooser.empty.title.text()
    desk.enter()
    assert page.facts is None


def test_ctrl_k_changes_the_payer_and_esc_comes_back(at_till: Counter) -> None:
    page = at_till.page
    at_till.press(KEY.Key_K, CONTROL)
    assert at_till.focus is page.chooser.search
    at_till.press(KEY.Key_Escape)
    assert at_till.focus is page.form.given
    assert page.facts.payer == "沈知微"


def test_somebody_else_may_pay_these_bills(at_till: Counter) -> None:
    page = at_till.page
    page.payer.stand_in.click()
    at_till.settle()
    at_till.type("lyn")
    at_till.enter()
    assert page.payer.instead.text() == "由 林以宁 代交"
    assert page.facts.payer == "沈知微"
    assert page.preview.paper.payer == "林以宁"
    at_till.enter()
    (row,) = at_till.receipts()
    assert row.payer == "林以宁"
    assert at_till.facts().bills == ()


# ---- looking and ticking -----------------------------------------------------------------------------------------


def test_it_opens_in_the_amount_with_what_is_due_ticked(at_till: Counter) -> None:
    page = at_till.page
    assert at_till.focus is page.form.given
    assert page.form.given.text() == "7,440.00"
    assert page.form.given.selectedText() == "7,440.00"
    assert list(page.table.amounts().values()) == [Money.yuan(1860), Money.yuan(5580)]
    assert page.payer.late_tag._text == "欠费 21 天"
    assert page.bills.foot.left.text() == "已选 2 张 / 共 2 张"
    assert page.preview.paper.total == Money.yuan(7440)
    assert page.preview.paper.number == "收款后取号"
    assert strip(at_till) == ("找零", NIL, [])


def test_the_bills_are_in_reach_from_the_amount(at_till: Counter) -> None:
    page = at_till.page
    at_till.press(KEY.Key_Space)  # the current bill is the first one
    assert list(page.table.amounts().values()) == [Money.yuan(5580)]
    assert page.form.given.text() == "5,580.00"
    at_till.press(KEY.Key_Down)
    at_till.press(KEY.Key_Space)
    assert page.table.amounts() == {}
    assert page.pay_card.button.reason == "先勾选要收的账单"
    at_till.enter()
    assert at_till.receipts() == []
    at_till.press(KEY.Key_A, CONTROL)
    assert page.form.given.text() == "7,440.00"
    assert page.pay_card.button.reason == ""


def test_digits_on_a_bill_pay_a_part_of_it(at_till: Counter) -> None:
    page = at_till.page
    page.table.setFocus()
    at_till.press(KEY.Key_Down)
    at_till.type("1")
    editor = at_till.focus
    assert editor is page.table._editor
    at_till.type("000.5")
    at_till.enter()
    assert list(page.table.amounts().values()) == [Money.yuan(1860), Money.yuan("1000.50")]
    assert at_till.focus is page.form.given
    assert page.form.given.text() == "2,860.50"
    at_till.enter()
    facts = at_till.facts()
    assert [bill.row.owed for bill in facts.bills] == [Money.yuan("4579.50")]


def test_an_amount_over_what_is_open_is_said_and_stops(at_till: Counter) -> None:
    page = at_till.page
    page.table.setFocus()
    at_till.type("9")
    at_till.type("999")
    at_till.enter()
    assert "超过未付 1,860.00" in page.pay_card.button.reason
    at_till.enter()
    assert at_till.receipts() == []
    page.table.setFocus()
    at_till.type("5")
    at_till.press(KEY.Key_Escape)
    assert at_till.focus is page.table
    assert next(iter(page.table.amounts().values())) == Money.yuan(9999)  # Esc takes nothing
    at_till.press(KEY.Key_Backspace)
    page.table._editor.setText("0")
    at_till.enter()
    assert list(page.table.amounts().values()) == [Money.yuan(5580)]


def test_a_click_on_this_time_changes_it_and_a_click_on_the_head_ticks_all(at_till: Counter) -> None:
    page = at_till.page
    table = page.table
    header = table.horizontalHeader()
    tick = QPoint(header.sectionViewportPosition(0) + 20, 10)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=tick)
    assert table.amounts() == {}
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=tick)
    assert len(table.amounts()) == 2
    last = table.visualRect(table.rows.index(1, len(table.rows.columns) - 1))
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=last.center())
    assert table._editor is not None
    assert table._editor.text() == "1,860.00"
    box = table.visualRect(table.rows.index(2, 0))
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=box.center())
    assert list(table.amounts().values()) == [Money.yuan(1860)]


def test_group_heads_are_stepped_over_and_named(desk: Counter) -> None:
    """Two groups: what is due and what is not."""
    page = desk.open("till", bill_ids=(desk.facts().bills[0].row.id,))
    assert len(page.table.amounts()) == 1  # only the bill asked for
    heads = [page.table.rows.row(at) for at in range(page.table.rows.rowCount())]
    assert [row.text for row in heads if isinstance(row, GroupHead)] == ["已到期"]
    page.table.setFocus()
    for _ in range(4):
        desk.press(KEY.Key_Up)
    assert not isinstance(page.table.current(), GroupHead)
    QAbstractItemModelTester(page.table.rows, QAbstractItemModelTester.FailureReportingMode.Fatal)


# ---- paying ------------------------------------------------------------------------------------------------------


def test_enter_pays_and_prints(at_till: Counter) -> None:
    page = at_till.page
    at_till.enter()
    (row,) = at_till.receipts()
    assert row.amount == Money.yuan(7440)
    assert row.methods == (PayMethod.CASH,)
    assert page.pay_card.done
    assert page.paid.words.text() == f"已收 7,440.00，收据 {row.number}，已打印"
    assert page.preview.paper.number == row.number
    assert [name for name in at_till.printed() if row.number in name] == at_till.printed() != []
    assert page.paid.rest.text() == "这位没有未付的账单了"


def test_change_appears_while_typing_and_is_asked_once(at_till: Counter) -> None:
    page = at_till.page
    seen = []
    for digit in "7500":
        if not seen:
            page.form.given.selectAll()
        at_till.type(digit)
        seen.append(strip(at_till)[:2])
    assert seen == [
        ("还差", Money.yuan(7433)), ("还差", Money.yuan(7365)), ("还差", Money.yuan(6690)), ("找零", Money.yuan(60)),
    ]  # fmt: skip
    assert at_till.focus is page.form.given
    at_till.enter()
    assert at_till.receipts() == []
    words, _, answers = strip(at_till)
    assert words == "多收 60.00：找零，还是存入预存？"
    assert answers == ["change", "credit"]
    assert at_till.focus is page.form.strip.answers["change"]
    at_till.enter()
    (row,) = at_till.receipts()
    assert row.amount == Money.yuan(7440)
    assert page.paid.change._amount == Money.yuan(60)
    assert page.paid.change_words.text() == "找零"


def test_the_rest_may_stand_to_the_payers_credit(at_till: Counter) -> None:
    type_given(at_till, "7500")
    at_till.press(KEY.Key_2, ALT)
    (row,) = at_till.receipts()
    assert row.amount == Money.yuan(7500)
    assert at_till.facts().prepaid == Money.yuan(60)
    assert at_till.page.payer.prepaid._amount == Money.yuan(60)


def test_a_card_gives_no_change(at_till: Counter) -> None:
    page = at_till.page
    page.form.method.set_value(PayMethod.WECHAT)
    page.form.reference.set_value("42000019")
    page.form.focus_given()
    type_given(at_till, "7500")
    assert strip(at_till) == ("多收 60.00：只有现金能找零", None, ["credit"])


def test_a_number_is_asked_of_whatever_is_not_cash(at_till: Counter) -> None:
    page = at_till.page
    page.form.method.setFocus()
    at_till.press(KEY.Key_Right)
    assert page.form.method.value() is PayMethod.WECHAT
    assert page.form.message.text == ""  # not typed yet is no mistake
    at_till.press(KEY.Key_Return)
    assert at_till.receipts() == []
    assert "流水号" in page.form.message.text
    assert at_till.focus is page.form.reference
    at_till.type("42000019")
    assert page.form.message.text == ""
    at_till.enter()
    (row,) = at_till.receipts()
    assert row.methods == (PayMethod.WECHAT,)


def test_a_means_of_payment_by_its_key_waits_for_its_number(at_till: Counter) -> None:
    form = at_till.page.form
    at_till.press(KEY.Key_2, CONTROL)
    assert (form.method.value(), at_till.focus) == (PayMethod.WECHAT, form.reference)
    at_till.press(KEY.Key_1, CONTROL)
    assert (form.method.value(), at_till.focus) == (PayMethod.CASH, form.given)
    type_given(at_till, "5000")
    at_till.press(KEY.Key_1, ALT)
    assert (form.method.value(), at_till.focus) == (PayMethod.WECHAT, form.reference), "the rest stands there already"
    at_till.type("42000019")
    at_till.enter()
    (row,) = at_till.receipts()
    assert row.methods == (PayMethod.CASH, PayMethod.WECHAT)
    assert row.amount == Money.yuan(7440)


def test_several_means_of_payment(at_till: Counter) -> None:
    page = at_till.page
    page.form.method.set_value(PayMethod.POS)
    page.form.focus_given()
    type_given(at_till, "5000")
    assert strip(at_till) == ("还差", Money.yuan(2440), ["add", "less", "legal"])
    at_till.press(KEY.Key_1, ALT)
    assert at_till.focus is page.form.reference  # first the number of the first one
    at_till.type("8812")
    at_till.press(KEY.Key_1, ALT)
    assert page.form.method.value() is PayMethod.CASH
    assert page.form.given.text() == "2,440.00"
    at_till.enter()
    (row,) = at_till.receipts()
    assert row.methods == (PayMethod.POS, PayMethod.CASH)
    assert row.amount == Money.yuan(7440)


def test_a_tender_put_down_by_mistake_is_dropped(at_till: Counter) -> None:
    form = at_till.page.form
    type_given(at_till, "5000")
    at_till.press(KEY.Key_1, ALT)
    assert form.tenders()[0] == TenderForm(PayMethod.CASH, Money.yuan(5000))
    form._drop(0)
    assert form.tenders()[0].amount == Money.yuan(7440)


def test_only_what_is_there_is_taken(at_till: Counter) -> None:
    page = at_till.page
    type_given(at_till, "2000")
    at_till.press(KEY.Key_2, ALT)
    assert list(page.table.amounts().values()) == [Money.yuan(1860), Money.yuan(140)]
    assert strip(at_till) == ("找零", NIL, [])
    at_till.enter()
    assert [bill.row.owed for bill in at_till.facts().bills] == [Money.yuan(5440)]
    assert "还有 1 张未付，共 5,440.00" in page.paid.rest.text()


def test_a_second_enter_while_the_act_runs_pays_nothing_more(at_till: Counter, qtbot: QtBot) -> None:
    page = at_till.page
    at_till.gate.hold("work.before_commit")
    at_till.press(KEY.Key_Return, wait=False)
    assert at_till.gate.reached.wait(15)
    assert page.pay_card.button.reason == "正在收款"
    for _ in range(3):
        at_till.press(KEY.Key_Return, wait=False)
        page.pay_card.button.click()
        page.form.pay_wanted.emit()
        qtbot.wait(20)
    at_till.window.navigate("board")
    assert at_till.window.page() is page  # nobody leaves in the middle
    assert at_till.message == "正在收款，马上就好"
    at_till.gate.open.set()
    at_till.settle()
    assert len(at_till.receipts()) == 1
    assert page.pay_card.done


def test_an_enter_right_after_the_one_that_paid_does_not_send_the_payer_away(
    at_till: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = at_till.page
    monkeypatch.setattr(till_after, "BOUNCE_SECONDS", 3600)
    at_till.enter()
    at_till.enter()
    assert page.pay_card.done
    assert len(at_till.receipts()) == 1
    monkeypatch.setattr(till_after, "BOUNCE_SECONDS", 0)
    at_till.enter()
    assert at_till.focus is page.chooser.search
    assert [page.chooser.table.rows.row(at).name for at in range(page.chooser.table.rows.rowCount())] == ["林以宁"]


def test_somebody_else_was_quicker(at_till: Counter) -> None:
    """The window has not heard yet: the act is refused, the bills are read again, what was typed stays."""
    page = at_till.page
    type_given(at_till, "8000")
    at_till.office.unlisten(at_till.window.tables_changed.emit)
    at_till.pay_elsewhere(yuan=1000)
    at_till.office.listen(at_till.window.tables_changed.emit)
    at_till.enter()
    assert len(at_till.receipts()) == 1
    assert "刚有人收过款" in at_till.message
    assert list(page.table.owed().values()) == [Money.yuan(860), Money.yuan(5580)]
    assert page.form.given.value() == Money.yuan(8000)


def test_a_payment_elsewhere_is_seen_and_what_was_typed_stays(at_till: Counter) -> None:
    page = at_till.page
    at_till.press(KEY.Key_Down)
    at_till.press(KEY.Key_Space)  # without the rent
    type_given(at_till, "1900")
    at_till.pay_elsewhere(yuan=1000)
    at_till.settle()
    assert list(page.table.amounts().values()) == [Money.yuan(860)]
    assert page.form.given.text() == "1900"
    assert strip(at_till)[:2] == ("找零", Money.yuan(1040))


def test_a_disk_that_is_full_loses_nothing(at_till: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    from desktop.services.errors import DiskFull

    page = at_till.page
    type_given(at_till, "7440")

    def full(name: str) -> None:
        if name == "work.before_commit":
            raise DiskFull

    monkeypatch.setattr(at_till.world, "_fault", full)
    at_till.enter()
    assert at_till.receipts() == []
    assert "磁盘已满" in at_till.message
    assert page.form.given.value() == Money.yuan(7440)
    assert page.pay_card.button.isEnabled()
    monkeypatch.setattr(at_till.world, "_fault", None)
    at_till.enter()
    assert len(at_till.receipts()) == 1


# ---- the printer -------------------------------------------------------------------------------------------------


class Jammed:
    """A printer that is gone until somebody mends it; then it prints into a folder."""

    def __init__(self, folder: Path) -> None:
        self.mended = False
        self.folder = FolderSink(folder)
        self.sent: list[PrintOrder] = []

    def send(self, order: PrintOrder) -> str:
        if not self.mended:
            raise PrinterGone("针打-01")
        self.sent.append(order)
        return self.folder.send(order)


def test_a_printer_that_is_gone_is_told_and_f6_prints_the_same_paper(qtbot: QtBot, tmp_path: Path) -> None:
    sink = Jammed(tmp_path / "prints")
    with counter(qtbot, tmp_path, "cashier", sink=sink) as desk:
        page = desk.open("till", party_id=desk.late)
        desk.enter()
        (row,) = desk.receipts()
        assert page.paid.words.text().startswith(f"已收 7,440.00，收据 {row.number}，打印机「针打-01」不见了")
        sink.mended = True
        desk.press(KEY.Key_F6)
        assert page.paid.words.text().endswith("已打印")
        assert len(sink.sent) == 1
        assert desk.printing.unprinted == ()
        desk.press(KEY.Key_F6)
        assert len(sink.sent) == 2
        assert sink.sent[0].pdf != sink.sent[1].pdf  # the second one says 补打 1


def test_f6_without_a_payment_is_nobodys(desk: Counter) -> None:
    page = desk.open("till")
    desk.press(KEY.Key_F6)
    assert page.last is None
    assert desk.printed() == []


# ---- rights ------------------------------------------------------------------------------------------------------


def test_who_may_not_take_money_sees_the_bills_and_why(qtbot: QtBot, tmp_path: Path) -> None:
    with counter(qtbot, tmp_path, "front_desk") as desk:
        page = desk.open("till", party_id=desk.late)
        assert len(page.table.bills) == 2
        assert not page.pay_card.button.isEnabled()
        assert "交给收银" in page.pay_card.button.reason
        assert "交给收银" in page.pay_card.note.text()
        desk.enter()
        page._pay()
        desk.settle()
        assert desk.receipts() == []


# ---- looks -------------------------------------------------------------------------------------------------------


def test_the_receipt_folds_away_below_1000(desk: Counter, qtbot: QtBot) -> None:
    page = desk.open("till", party_id=desk.late)
    assert page.receipt_card.isVisible()
    desk.window.resize(911, 512)
    desk.settle()
    assert not page.receipt_card.isVisible()
    assert page.table.isVisible()
    assert not any(widget.isVisible() for widget in page.bills._words)  # what does something stays
    assert page.bills.others.isVisible()


@pytest.mark.parametrize("size", list(TypeSize))
@pytest.mark.parametrize(("wide", "high"), [(1093, 614), (911, 512)])
def test_everything_fits_at_every_size(
    desk: Counter, qtbot: QtBot, look: Theme, size: TypeSize, wide: int, high: int
) -> None:
    look.switch(Shade.LIGHT, size)
    desk.window.resize(wide, high)
    page = desk.open("till", party_id=desk.late)
    type_given(desk, "7500")
    desk.enter()
    for button in (*page.form.strip.answers.values(), page.pay_card.button, page.form.method):
        if button.isVisible():
            assert button.width() >= button.minimumSizeHint().width()
            assert button.height() >= button.minimumSizeHint().height()
    table = page.table
    used = sum(table.columnWidth(at) for at in range(table.rows.columnCount()) if not table.isColumnHidden(at))
    assert used <= table.viewport().width()
    assert page.minimumSizeHint().width() <= page.width()
    assert page.minimumSizeHint().height() <= page.height()
    assert (
        page.pay_card.button.mapTo(desk.window, page.pay_card.button.rect().bottomRight()).y()
        < desk.window.height() - 28
    )
    assert page.pay_card.mapTo(desk.window, page.pay_card.rect().topRight()).x() <= desk.window.width()


def test_a_day_in_one_page_leaves_nothing_of_the_last_payer(at_till: Counter) -> None:
    page: TillPage = at_till.page
    page.form.method.set_value(PayMethod.POS)
    page.form.reference.set_value("8812")
    at_till.press(KEY.Key_F4)
    assert at_till.focus is page.chooser.search
    at_till.type("lyn")
    at_till.enter()
    assert page.form.method.value() is PayMethod.CASH
    assert page.form.reference.value() == ""
    assert page.facts is not None
    assert page.facts.payer == "林以宁"
    assert page.form.given.text() == "7,440.00"


def test_nothing_owed_says_so(desk: Counter) -> None:
    desk.pay_elsewhere()
    desk.pay_elsewhere()
    page = desk.open("till", party_id=desk.late)
    assert page.bills.stack.currentWidget() is page.bills.none
    assert page.bills.none.title.text() == "沈知微 没有未付的账单"
    assert desk.focus is page.payer.change
    assert page.pay_card.button.reason == "先勾选要收的账单"
    assert time.monotonic() - page.after.paid_at > 0


def test_the_preview_shows_long_receipts_and_red_ones(desk: Counter, qtbot: QtBot) -> None:
    """A receipt with many lines counts what it leaves out; painting never fails."""
    from dataclasses import replace

    page = desk.open("till", party_id=desk.late)
    paper = page.preview.paper
    long = replace(paper, lines=paper.lines * 12, total=Money(paper.total.fen * 12))
    red = replace(
        paper, lines=tuple(replace(line, amount=-line.amount) for line in paper.lines), total=-paper.total,
        reverses="WJYA26-000001",
    )  # fmt: skip
    pictures: list[Any] = []
    for each in (paper, long, red):
        page.preview.show_paper(each)
        pictures.append(page.preview.grab().toImage())
    assert len({bytes(picture.constBits()) for picture in pictures}) == 3


def test_two_people_of_one_office_have_their_own_rights(desk: Counter) -> None:
    """The page asks the shell, not a remembered answer."""
    other = sit_down(desk.office, "auditor", login="sheny", name="沈雨")
    page = desk.open("till", party_id=desk.late)
    assert page.pay_card.button.isEnabled()
    desk.session.actor = other
    desk.window.seat.rights = other.rights
    page._check()
    assert not page.pay_card.button.isEnabled()
