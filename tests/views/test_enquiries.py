"""意向 in a real window: noted by keys, called back, reserved in a room that fits, given up with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import Money
from desktop.services import enquiries
from desktop.services.acts import Op
from desktop.services.enquiries import EnquiryForm
from desktop.services.enquiry_lists import Which
from desktop.services.office import Office
from desktop.services.work import PROGRAM, begin
from desktop.views.enquiries import EnquiriesPage
from desktop.views.enquiry_dialogs import EnquiryDialog, LoseDialog
from desktop.views.note_dialog import NoteDialog
from desktop.views.reservation_dialogs import ReserveDialog
from desktop.world import SeededWorld
from tests.views.people_kit import CONTROL, Desk, column, texts


def asked(office: Office) -> None:
    """方知意 is to be called today, 乔木 tomorrow."""
    today = office.world.today()
    for name, phone, days in (("乔木", "13900002222", 1), ("方知意", "13900001111", 0)):
        form = EnquiryForm(
            name, phone, layout="一室一厅", people=2, rent_from=Money.yuan(1500), rent_to=Money.yuan(2000),
            follow_up_on=today + timedelta(days=days), wishes="朝南",
        )  # fmt: skip
        with begin(office, PROGRAM, Op.ADD_ENQUIRY) as work:
            enquiries.add_enquiry(work, form)


@pytest.fixture
def desk(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]) -> Desk:
    return Desk(world, tmp_path, qtbot, on_desk, asked)


def test_who_is_to_be_called_first_stands_first(desk: Desk) -> None:
    page: EnquiriesPage = desk.open("enquiries")
    assert column(page.table, 0) == ["方知意", "乔木"]
    assert column(page.table, 1)[0] == "一室一厅 · 2 人 · 1,500–2,000 · 朝南"
    desk.press(Qt.Key.Key_2, CONTROL)
    assert column(page.table, 0) == ["方知意"]
    page.search.set_value("没有这个人")
    page.narrow()
    desk.settle()
    assert "没有找到「没有这个人」的意向" in texts(page)


def test_conditions_views_and_orders_as_in_every_list(desk: Desk) -> None:
    page: EnquiriesPage = desk.open("enquiries")
    for key in (Qt.Key.Key_F10, Qt.Key.Key_1):
        desk.press(key)
    assert [pick.words for pick in page.strip.choices.picks] == ["过了没回访", "今天", "7 天内", "没定日子"]
    desk.press(Qt.Key.Key_2)
    assert column(page.table, 0) == ["方知意"]
    assert page.tabs._options[0].count == "1"
    desk.press(Qt.Key.Key_1)
    desk.press(Qt.Key.Key_4)
    assert page.stack.currentWidget() is page.empty
    assert page.empty.title.text() == "没有符合条件的意向"
    assert not page.first.isVisible()
    desk.press(Qt.Key.Key_Escape)
    desk.press(Qt.Key.Key_Escape)
    assert column(page.table, 0) == ["方知意", "乔木"]
    for order in (["方知意", "乔木"], ["乔木", "方知意"]):  # by the day of the call, then the other way round
        desk.press(Qt.Key.Key_4, Qt.KeyboardModifier.AltModifier)
        desk.qtbot.waitUntil(lambda order=order: column(page.table, 0) == order)  # type: ignore[misc]


def test_noted_while_the_phone_rings(desk: Desk) -> None:
    page: EnquiriesPage = desk.open("enquiries")
    desk.press(Qt.Key.Key_Return, CONTROL)
    dialog: EnquiryDialog = desk.dialog()
    assert dialog.form is not None
    assert dialog.form.field("name").hasFocus()
    dialog.submit()
    assert dialog.form.rows["phone"].message.text == "请填电话号码"
    dialog.form.field("name").set_value("程晨")
    dialog.form.field("phone").set_value("139 0000 3333")
    dialog.form.field("rent_from").set_value(Money.yuan(2000))
    dialog.form.field("rent_to").set_value(Money.yuan(1000))
    dialog.submit()
    assert "对调一下" in dialog.form.rows["rent_to"].message.text
    dialog.form.field("rent_to").set_value(Money.yuan(2500))
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert desk.dialog() is None
    assert "程晨" in column(page.table, 0)


def test_a_call_is_kept_with_the_person(desk: Desk) -> None:
    desk.open("enquiries")
    desk.press(Qt.Key.Key_N, CONTROL)
    note: NoteDialog = desk.dialog()
    assert note.kind.value() == "out"
    note.text.set_value("明天下午来看")
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert desk.toast == "已记下去电"


def test_reserved_in_a_room_that_fits(desk: Desk) -> None:
    page: EnquiriesPage = desk.open("enquiries")
    desk.press(Qt.Key.Key_R, CONTROL)
    menu = next(each for each in page.findChildren(QMenu) if each.isVisible())
    assert menu.activeAction() is menu.actions()[0], "Enter takes the nearest in rent"
    desk.qtbot.keyClick(menu, Qt.Key.Key_Return)
    dialog: ReserveDialog = desk.dialog()
    assert isinstance(dialog, ReserveDialog)
    assert dialog.form is not None
    assert dialog.form.field("rent").value() == Money.yuan(1860)
    assert "name" not in dialog.form.rows  # it is known who calls
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert desk.dialog() is None
    desk.press(Qt.Key.Key_3, CONTROL)
    assert column(page.table, 0) == ["方知意"]


def test_given_up_with_a_reason(desk: Desk) -> None:
    page: EnquiriesPage = desk.open("enquiries")
    page._lose(page.table.current())
    dialog: LoseDialog = desk.dialog()
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert dialog.form is not None
    assert "写明为什么没成" in dialog.form.rows["reason"].message.text
    dialog.form.field("reason").set_value("超预算")
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert column(page.table, 0) == ["乔木"]
    page.tabs.set_value(Which.LOST)
    desk.settle()
    assert column(page.table, 0) == ["方知意"]
