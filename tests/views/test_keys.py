"""Whose key is it? Dialog before page before frame; nothing while composing; Enter stays with a focused button."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop.views.buttons import Button, IconButton
from desktop.views.dialogs import Dialog
from desktop.views.keys import bind, key_words
from desktop.views.text_fields import TextField
from tests.views.conftest import type_chinese


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("Ctrl+Return", "Ctrl Enter"),
        ("Alt+Left", "Alt ←"),
        ("F4", "F4"),
        ("Ctrl++", "Ctrl +"),
        ("Alt+Down", "Alt ↓"),
        (None, ""),
    ],
)
def test_a_key_is_spelled_for_the_button(key: str | None, words: str) -> None:
    assert key_words(key) == words


class Desk(QWidget):
    """A frame with a page in it, as small as it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self.page = QWidget()
        self.page.is_page = True  # type: ignore[attr-defined]
        self.frame_button, self.page_button = Button("框架", key="F4"), Button("页面", key="F4")
        self.field = TextField()
        column, inner = QVBoxLayout(self), QVBoxLayout(self.page)
        column.addWidget(self.frame_button)
        column.addWidget(self.page)
        inner.addWidget(self.page_button)
        inner.addWidget(self.field)
        self.frame_button.clicked.connect(lambda: self.heard.append("frame"))
        self.page_button.clicked.connect(lambda: self.heard.append("page"))


@pytest.fixture
def desk(on_desk: Callable[..., QWidget]) -> Desk:
    made = Desk()
    on_desk(made)
    made.field.setFocus()
    return made


def test_the_page_wins_over_the_frame(desk: Desk, qtbot: QtBot) -> None:
    qtbot.keyClick(desk.field, Qt.Key.Key_F4)
    assert desk.heard == ["page"]
    desk.page_button.disable("没有欠费")
    qtbot.keyClick(desk.field, Qt.Key.Key_F4)
    assert desk.heard == ["page", "frame"]


def test_a_dialog_shuts_out_everything_beneath(desk: Desk, qtbot: QtBot) -> None:
    dialog = Dialog(desk, "修改")
    form = dialog.use_form(1)
    field = form.add("name", "姓名", TextField("甲"))
    dialog.open()
    qtbot.keyClick(field, Qt.Key.Key_F4)
    assert desk.heard == []
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    qtbot.keyClick(desk.field, Qt.Key.Key_F4)
    assert desk.heard == ["page"]


def test_nothing_fires_while_composing(desk: Desk, qtbot: QtBot) -> None:
    type_chinese(desk.field, "shou")
    qtbot.keyClick(desk.field, Qt.Key.Key_F4)
    assert desk.heard == []


def test_enter_presses_the_focused_button_and_no_other(on_desk: Callable[..., QWidget], qtbot: QtBot) -> None:
    box = QWidget()
    column = QVBoxLayout(box)
    pay, leave = Button("收款", "primary", key="Return"), Button("取消", "quiet")
    heard: list[str] = []
    pay.clicked.connect(lambda: heard.append("pay"))
    leave.clicked.connect(lambda: heard.append("leave"))
    column.addWidget(pay)
    column.addWidget(leave)
    on_desk(box)
    leave.setFocus()
    qtbot.keyClick(leave, Qt.Key.Key_Return)
    assert heard == ["leave"]
    qtbot.keyClick(leave, Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    assert heard == ["leave", "leave"]


def test_the_number_pad_has_an_enter_too(desk: Desk, qtbot: QtBot) -> None:
    button = Button("保存", "primary", key="Ctrl+Return")
    desk.page.layout().addWidget(button)
    button.show()
    button.clicked.connect(lambda: desk.heard.append("save"))
    qtbot.keyClick(desk.field, Qt.Key.Key_Enter, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(desk.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert desk.heard == ["save", "save"]


def test_a_button_says_its_key_and_why_it_is_off() -> None:
    button = Button("生成账单", "primary", key="Ctrl+G")
    assert button.accessibleName() == "生成账单，Ctrl G"
    button.disable("连不上数据库")
    assert (button.toolTip(), button.statusTip(), button.reason) == ("连不上数据库",) * 3
    assert not button.isEnabled()
    button.enable()
    assert button.toolTip() == "生成账单，Ctrl G"
    button.set_key("F5")
    assert button.accessibleName() == "生成账单，F5"
    with pytest.raises(ValueError, match="kind"):
        Button("好", "huge")


def test_a_key_can_be_changed_and_the_old_one_is_free(desk: Desk, qtbot: QtBot) -> None:
    desk.page_button.set_key("F6")
    qtbot.keyClick(desk.field, Qt.Key.Key_F4)
    qtbot.keyClick(desk.field, Qt.Key.Key_F6)
    assert desk.heard == ["frame", "page"]


def test_a_key_does_not_keep_its_owner_alive(desk: Desk, qtbot: QtBot) -> None:
    class Owner(QWidget):
        def act(self) -> None:
            desk.heard.append("owner")

    owner = Owner(desk)
    owner.show()
    bind(owner, "F9", owner.act)
    qtbot.keyClick(desk.field, Qt.Key.Key_F9)
    assert desk.heard == ["owner"]
    owner.deleteLater()
    del owner
    qtbot.wait(20)
    qtbot.keyClick(desk.field, Qt.Key.Key_F9)
    assert desk.heard == ["owner"]


def test_a_glyph_button_is_named(on_desk: Callable[..., QWidget], qtbot: QtBot) -> None:
    button = IconButton("eye", "显示手机原文", key="F3")
    on_desk(button)
    assert button.accessibleName() == "显示手机原文，F3"
    with qtbot.waitSignal(button.clicked):
        qtbot.keyClick(button, Qt.Key.Key_Return)
