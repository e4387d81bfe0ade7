"""车牌 on the tenant's page, by keys: added, corrected, removed, taken back, asked about, two clerks at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from desktop.services import vehicles
from desktop.services.acts import Op
from desktop.services.work import PROGRAM, begin
from desktop.views.party import PartyPage
from desktop.views.theme import Theme, TypeSize
from desktop.views.vehicles_dialog import VehiclesDialog
from desktop.views.versions import VersionsDialog
from desktop.world import SeededWorld
from tests.views.conftest import type_chinese
from tests.views.people_kit import CONTROL, Desk, texts
from tests.views.test_party_pages import lived

OnDesk = Callable[..., QWidget]
KEY = Qt.Key


@pytest.fixture
def desk(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: OnDesk) -> Desk:
    return Desk(world, tmp_path, qtbot, on_desk, lived(world))


def open_plates(desk: Desk) -> VehiclesDialog:
    """Ctrl M, Enter."""
    desk.press(KEY.Key_M, CONTROL)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert [action.text() for action in menu.actions()][:2] == ["车辆", "添加关联人"]
    QTest.keyClick(menu, KEY.Key_Return)
    desk.settle()
    dialog = desk.dialog()
    assert isinstance(dialog, VehiclesDialog)
    assert dialog.plates.hasFocus()
    return dialog


def write(desk: Desk, dialog: VehiclesDialog, preedit: str, commit: str, rest: str) -> None:
    """The province by an input method, the rest by keys."""
    type_chinese(dialog.plates, preedit, commit)
    QTest.keyClicks(dialog.plates, rest)
    desk.settle()


def test_two_keys_a_plate_and_enter(desk: Desk) -> None:
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    write(desk, open_plates(desk), "chuan", "川", "ad12345")
    desk.press(KEY.Key_Return)
    assert desk.dialog() is None
    assert "川A·D12345" in texts(page)
    assert "车辆 1" in texts(page)
    assert desk.toast == "顾听澜：登记 川A·D12345"
    assert page.timeline.events[0].title == "变更车辆"
    write(desk, open_plates(desk), "yue", " 粤", "b8k3z7")  # one more, at the end of what stands there
    desk.press(KEY.Key_Return)
    assert "粤B·8K3Z7" in texts(page)
    desk.press(KEY.Key_Z, CONTROL)
    assert "粤B·8K3Z7" not in texts(page)
    assert "川A·D12345" in texts(page)
    assert desk.toast == "已恢复原来的车牌"


def test_corrected_and_removed_with_the_button_on_the_page(desk: Desk) -> None:
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    page.facts.vehicles_wanted.emit()
    desk.settle()
    dialog: Any = desk.dialog()
    dialog.form.field("plates").set_value("川A8K3Z7")
    desk.press(KEY.Key_Return)
    dialog = open_plates(desk)
    assert dialog.plates.value() == "川A·8K3Z7"
    desk.press(KEY.Key_Backspace)
    QTest.keyClicks(dialog.plates, "8")
    desk.press(KEY.Key_Return)
    assert desk.toast == "顾听澜：川A·8K3Z7 改为 川A·8K3Z8"
    dialog = open_plates(desk)
    dialog.plates.selectAll()
    desk.press(KEY.Key_Delete)
    desk.press(KEY.Key_Return)
    assert desk.toast == "顾听澜：删除 川A·8K3Z8"
    assert page.record is not None
    assert page.record.vehicles == ()


def test_what_is_no_plate_stays_and_what_is_odd_is_asked_once(desk: Desk) -> None:
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    dialog = open_plates(desk)
    dialog.form.field("plates").set_value("川A1")  # type: ignore[union-attr]
    desk.press(KEY.Key_Return)
    assert desk.dialog() is dialog
    assert "有 3 位" in dialog.form.rows["plates"].message.text  # type: ignore[union-attr]
    dialog.form.field("plates").set_value("川AO1234")  # type: ignore[union-attr]
    desk.press(KEY.Key_Return)
    assert desk.dialog() is dialog
    assert "数字 1 和 0" in dialog.form.rows["plates"].message.text  # type: ignore[union-attr]
    assert "再按一次 Enter" in dialog.summary.text.text()
    desk.press(KEY.Key_Return)
    assert desk.dialog() is None
    assert page.record is not None
    assert page.record.vehicles == ("川AO1234",)


def test_what_was_typed_stands_there_again(desk: Desk) -> None:
    desk.open("party", party_id=desk.made.pays)
    dialog = open_plates(desk)
    write(desk, dialog, "chuan", "川", "a8k3z7")
    dialog.cancel()
    desk.settle()
    desk.open("party", party_id=desk.made.owes)
    assert open_plates(desk).plates.value() == ""
    desk.dialog().cancel()
    desk.open("party", party_id=desk.made.pays)
    assert open_plates(desk).plates.value().upper() == "川A8K3Z7"
    desk.dialog().cancel()


def test_a_colleague_was_there_first(desk: Desk) -> None:
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    dialog = open_plates(desk)
    dialog.form.field("plates").set_value("川A·8K3Z7")  # type: ignore[union-attr]
    with begin(desk.office, PROGRAM, Op.CHANGE_PARTY) as work:
        vehicles.set_plates(work, desk.made.pays, (), "川AD12345")
    desk.settle()
    desk.press(KEY.Key_Return)
    versions = desk.dialog()
    assert isinstance(versions, VersionsDialog)
    assert {"川A·D12345", "川A·8K3Z7"} <= set(texts(versions))
    versions.submit()
    desk.settle()
    assert desk.dialog() is None
    assert page.record is not None
    assert page.record.vehicles == ("川A·8K3Z7",)


def test_a_role_that_may_not_change_sees_plates_and_no_button(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: OnDesk
) -> None:
    desk = Desk(world, tmp_path, qtbot, on_desk, lived(world), "auditor")
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    assert "车辆" not in texts(page)
    assert not page.more.isEnabled()
    with begin(desk.office, PROGRAM, Op.CHANGE_PARTY) as work:
        vehicles.set_plates(work, desk.made.pays, (), "川AD12345")
    desk.settle()
    assert "川A·D12345" in texts(page)
    assert not any("车牌" in name for name in (each.accessibleName() for each in page.facts.findChildren(QWidget)))


@pytest.mark.parametrize("size", list(TypeSize))
def test_the_dialog_fits(desk: Desk, look: Theme, size: TypeSize) -> None:
    page: PartyPage = desk.open("party", party_id=desk.made.pays)
    look.switch(look.shade, size)
    desk.settle()
    dialog = VehiclesDialog(page.shell, desk.made.pays, "顾听澜", ("川A·8K3Z7",) * 3)
    assert dialog.minimumSizeHint().width() <= 900
    assert dialog.minimumSizeHint().height() <= 480
    assert page.minimumSizeHint().width() <= 833
    dialog.open()
    dialog.cancel()
