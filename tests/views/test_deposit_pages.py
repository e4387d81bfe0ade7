"""Deposits by keys in a real window: the list, one deposit, deducted, paid back, refused in words, lent on the spot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from desktop.models.values import NIL, Money, PayMethod
from desktop.services import deposit_moves, deposits
from desktop.services.acts import Op
from desktop.services.deposit_forms import Cause, DepositFacts, Refund
from desktop.services.work import PROGRAM, begin, look
from desktop.views.deposit import DepositPage
from desktop.views.deposit_dialogs import DeductDialog, ForfeitDialog, RefundDialog
from desktop.views.deposits import DepositsPage
from desktop.views.files_field import FilesField
from desktop.views.on_the_spot import ApprovalDialog
from desktop.views.theme import Shade, Theme, TypeSize
from tests.offices import PIN, sit_down, with_pin
from tests.services.deposit_kit import bill_of
from tests.services.lease_kit import RENT
from tests.views.conftest import type_chinese
from tests.views.till_kit import ALT, CONTROL, Counter, counter

KEY = Qt.Key


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Counter]:
    with counter(qtbot, tmp_path, "finance_lead", "manager") as made:
        yield made


@pytest.fixture
def cashier(qtbot: QtBot, tmp_path: Path) -> Iterator[Counter]:
    with counter(qtbot, tmp_path, "cashier") as made:
        yield made


def held(desk: Counter) -> UUID:
    """The late tenant pays the deposit at another desk."""
    bill_id = bill_of(desk.office, desk.lease)
    from desktop.services import payments

    tender = payments.TenderForm(PayMethod.CASH, RENT)
    with begin(desk.office, PROGRAM, Op.TAKE_PAYMENT) as work:
        payments.take_payment(work, payments.TakePayment(desk.late, {bill_id: RENT}, [tender]))
    return bill_id


def facts(desk: Counter, bill_id: UUID) -> DepositFacts:
    with look(desk.office, PROGRAM) as reading:
        return deposits.deposit_facts(reading, bill_id)


def shown(page: Any) -> list[Any]:
    return [page.table.rows.row(at) for at in range(page.table.rows.rowCount())]


def test_the_list_tells_what_is_held_and_opens_one(desk: Counter) -> None:
    bill_id = held(desk)
    page = desk.open("deposits")
    assert isinstance(page, DepositsPage)
    assert [(row.debtor, row.held) for row in shown(page)] == [("沈知微", RENT)]
    assert [figure.text() for figure in page.figures.figures] == ["1,860.00", "0.00", "0.00", "1,860.00"]
    assert page.foot_row.left.text() == "1 笔"
    desk.press(KEY.Key_4, CONTROL)
    assert [row.debtor for row in shown(page)] == ["林以宁"], "who still owes the deposit"
    desk.press(KEY.Key_F4)
    assert desk.place[0] == "till"
    page = desk.open("deposits")
    desk.press(KEY.Key_1, CONTROL)
    desk.enter()
    assert desk.place == ("deposit", {"bill_id": bill_id})
    one = desk.page
    assert isinstance(one, DepositPage)
    assert one.title_label.text() == "押金"
    assert one.refund.isEnabled()
    assert not one.transfer.isEnabled()
    assert "没有待交押金的新租约" in one.transfer.toolTip()
    page = desk.open("deposits")
    menu = QMenu()
    page.fill_menu(menu, shown(page)[0])
    assert [action.text() for action in menu.actions()] == [
        "打开", "退押金", "扣款", "没收", "", "看租约", "看租客 沈知微",
    ]  # fmt: skip


def test_a_deduction_by_keys_goes_to_its_paper(desk: Counter, qtbot: QtBot) -> None:
    """扣款: cause, amount, reason, clause, a picture pasted; the sums are there with every key."""
    bill_id = held(desk)
    page = desk.open("deposit", bill_id=bill_id)
    desk.press(KEY.Key_2, ALT)
    dialog = desk.dialog
    assert isinstance(dialog, DeductDialog)
    form = dialog.form
    assert form is not None
    assert desk.focus is form.field("cause")
    desk.press(KEY.Key_Down)  # 损坏赔偿
    desk.enter()
    desk.type("300")
    assert dialog.well.left._amount == RENT - Money.yuan(300)
    assert "扣 300.00" in dialog.well.told.text()
    desk.enter()
    desk.enter()
    type_chinese(desk.focus, "qiang", "客厅墙面被砸破")
    desk.press(KEY.Key_Return, CONTROL)
    assert "第十条" in form.rows["clause"].said
    assert "凭据" in form.rows["evidence"].said
    assert desk.focus is form.field("clause")
    desk.press(KEY.Key_Down)
    assert form.field("clause").currentText().startswith("5.")
    field = form.field("evidence")
    assert isinstance(field, FilesField)
    picture = QImage(60, 40, QImage.Format.Format_RGB888)
    picture.fill(Qt.GlobalColor.gray)
    QGuiApplication.clipboard().setImage(picture)
    field.setFocus()
    desk.press(KEY.Key_V, CONTROL)
    assert [(each.title, each.media_type) for each in field.value()] == [("凭据", "image/jpeg")]
    desk.press(KEY.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: desk.place[0] == "receipt")
    desk.settle()
    now = facts(desk, bill_id)
    assert (now.held, now.moved) == (RENT - Money.yuan(300), Money.yuan(300))
    assert desk.page.shown.row.title == "押金扣款单"
    assert page.acts is not None
    one = desk.open("deposit", bill_id=bill_id)
    assert one.events.current().words.startswith("损坏赔偿：客厅墙面被砸破；依据合同 5.")
    assert one.files.isVisible()
    desk.press(KEY.Key_O, CONTROL)
    assert desk.dialog is not None, "the picture is shown"
    desk.press(KEY.Key_Escape)


def test_wear_is_refused_in_words_and_debts_are_ticked(desk: Counter) -> None:
    bill_id = held(desk)
    desk.open("deposit", bill_id=bill_id)
    desk.press(KEY.Key_2, ALT)
    dialog = desk.dialog
    form = dialog.form
    assert not form.rows["against"].isVisible()
    form.field("cause").set_value(Cause.WEAR)
    form.field("amount").set_value("100")
    desk.press(KEY.Key_Return, CONTROL)
    assert "正常使用的损耗不能扣（《民法典》第七百一十条）" in form.rows["cause"].said
    form.field("amount").set_value("")
    form.field("cause").set_value(Cause.ARREARS)
    assert form.rows["against"].isVisible()
    assert not form.rows["evidence"].isVisible()
    assert form.field("amount").value() == RENT, "all that is held, since more is owed"
    assert "抵账单 1,860.00" in dialog.well.told.text()
    form.field("reason").set_value("抵拖欠的租金")
    form.field("other").set_value("第五条")
    form.field("clause").set_value("other")
    desk.press(KEY.Key_Return, CONTROL)
    desk.settle()
    assert facts(desk, bill_id).held == NIL


def test_a_refund_by_keys_and_somebody_elses_with_authority_only(desk: Counter, qtbot: QtBot) -> None:
    bill_id = held(desk)
    desk.open("deposit", bill_id=bill_id)
    desk.press(KEY.Key_1, ALT)
    dialog = desk.dialog
    assert isinstance(dialog, RefundDialog)
    form = dialog.form
    assert form is not None
    assert form.field("payee").value() == desk.late
    assert not form.rows["authority"].isVisible()
    assert form.field("amount").value() == RENT
    form.field("payee").search.setFocus()
    desk.type("lyn")
    assert form.field("payee").value() == desk.now
    assert form.rows["authority"].isVisible()
    desk.press(KEY.Key_Return, CONTROL)
    assert "只能退给原付款人" in form.rows["authority"].said
    form.field("payee").search.setFocus()
    form.field("payee").search.selectAll()
    desk.press(KEY.Key_Backspace)
    assert form.field("payee").value() == desk.late
    form.field("amount").set_value("2000")
    assert form.rows["amount"].said == "退 2,000.00 超过收了还在管的 1,860.00：最多退 1,860.00"
    form.field("amount").set_value("860")
    form.field("reference").setFocus()
    desk.type("8812")
    desk.press(KEY.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: desk.place[0] == "receipt")
    desk.settle()
    assert facts(desk, bill_id).held == Money.yuan(1000)
    assert desk.page.shown.row.amount == Money.yuan(-860)


def test_money_moved_meanwhile_is_told_and_what_was_typed_stays(desk: Counter) -> None:
    bill_id = held(desk)
    desk.open("deposit", bill_id=bill_id)
    desk.press(KEY.Key_1, ALT)
    dialog = desk.dialog
    dialog.form.field("method").set_value(PayMethod.CASH)
    with begin(desk.office, PROGRAM, Op.MOVE_DEPOSIT) as work:
        deposit_moves.refund_deposit(work, Refund(bill_id, Money.yuan(500), desk.late))
    desk.press(KEY.Key_Return, CONTROL)
    assert desk.dialog is dialog
    assert "在管由 1,860.00 变为 1,360.00" in dialog.form.rows["amount"].said
    assert "在管 1,360.00" in dialog.well.told.text()
    assert dialog.form.field("amount").value() == RENT
    dialog.form.field("amount").set_value("1360")
    desk.press(KEY.Key_Return, CONTROL)
    desk.settle()
    assert facts(desk, bill_id).held == NIL


def test_forfeiting_is_lent_on_the_spot(cashier: Counter, qtbot: QtBot) -> None:
    desk = cashier
    with_pin(desk.office, sit_down(desk.office, "finance_lead", login="hanqh", name="韩清和"))
    bill_id = held(desk)
    desk.open("deposit", bill_id=bill_id)
    desk.press(KEY.Key_4, ALT)
    dialog = desk.dialog
    assert isinstance(dialog, ForfeitDialog)
    form = dialog.form
    assert form is not None
    form.field("reason").set_value("租期未满擅自搬离")
    form.field("other").set_value("第十四条")
    form.field("clause").set_value("other")
    desk.press(KEY.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: isinstance(desk.dialog, ApprovalDialog))
    asked = desk.dialog
    asked.secret.setText(PIN)
    asked.submit()
    desk.settle()
    qtbot.waitUntil(lambda: desk.place[0] == "receipt", timeout=15_000)
    desk.settle()
    assert facts(desk, bill_id).held == NIL


def test_earnest_money_is_not_moved_from_here(desk: Counter) -> None:
    from desktop.models.values import HoldingMoney
    from desktop.services import payments, reservations
    from tests.offices import rooms_of

    form = reservations.ReservationForm(
        rooms_of(desk.office)[4], desk.world.today(), name="许朗", phone="13800000001", money=HoldingMoney.ADVANCE,
        amount=Money.yuan(200),
    )  # fmt: skip
    with begin(desk.office, PROGRAM, Op.RESERVE_ROOM) as work:
        news = reservations.reserve_room(work, form)
    assert news.bill_id is not None
    tender = payments.TenderForm(PayMethod.CASH, Money.yuan(200))
    with begin(desk.office, PROGRAM, Op.TAKE_PAYMENT) as work:
        request = payments.TakePayment(news.party_id, {news.bill_id: Money.yuan(200)}, [tender])
        payments.take_payment(work, request)
    page = desk.open("deposits")
    assert [(row.title, row.held) for row in shown(page)] == [("订金", Money.yuan(200))]
    desk.enter()
    assert not desk.page.refund.isEnabled()
    assert "预订" in desk.page.refund.toolTip()


def test_the_bill_of_a_deposit_leads_to_it(desk: Counter) -> None:
    bill_id = held(desk)
    desk.open("bill", bill_id=bill_id)
    desk.press(KEY.Key_1, ALT)
    assert desk.place == ("deposit", {"bill_id": bill_id})


@pytest.mark.parametrize("size", list(TypeSize))
@pytest.mark.parametrize(("wide", "high"), [(1093, 614), (911, 512)])
def test_pages_and_dialogs_fit_at_every_size(desk: Counter, look: Theme, size: TypeSize, wide: int, high: int) -> None:
    bill_id = held(desk)
    look.switch(Shade.LIGHT, size)
    desk.window.resize(wide, high)
    desk.settle()
    for key, params in (("deposits", {}), ("keys", {}), ("deposit", {"bill_id": bill_id})):
        page = desk.open(key, **params)
        assert page.minimumSizeHint().width() <= page.width(), key
        assert page.minimumSizeHint().height() <= page.height(), key
    for digit in (KEY.Key_1, KEY.Key_2, KEY.Key_4):
        desk.press(digit, ALT)
        hint = desk.dialog.minimumSizeHint()
        assert (hint.width() <= 887, hint.height() <= 480) == (True, True), hint
        desk.press(KEY.Key_Escape)
