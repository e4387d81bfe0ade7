"""The lock over the real window: everything hides and stays, nothing of the one who left reaches the one who sits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLabel, QLineEdit, QMenu, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import Right
from desktop.services.errors import DomainError
from desktop.views import messages
from desktop.views.dialogs import Dialog
from desktop.views.fields import ChoiceField
from desktop.views.idle import Idle
from desktop.views.lock import Knocker, LockScreen
from desktop.views.main_window import MainWindow
from desktop.views.pages import Page, PageSpec, Shell
from desktop.views.popups import Popup
from desktop.views.seat import Seat
from desktop.views.text_fields import TextField
from desktop.views.theme import Shade, Theme, TypeSize
from desktop.world import OFFICE_ZONE
from tests.views.conftest import TODAY, type_chinese

RIGHTS = frozenset({Right.SEE_BOARD, Right.SEE_PARTIES})
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
AT = datetime(2026, 11, 22, 14, 32, tzinfo=OFFICE_ZONE)
LIN, ZHOU, HE = (
    Knocker(1, "linxm", "林小满", "前台", True),  # type: ignore[arg-type]
    Knocker(2, "zhouyq", "周砚秋", "主管、管理员", True),  # type: ignore[arg-type]
    Knocker(3, "heyu", "贺屿", "收银员", False),  # type: ignore[arg-type]
)


class Desk(Page):
    tables = frozenset({"bill"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.name, self.note = TextField("沈知微" if shell.session == "林小满" else ""), TextField()
        self.choice = ChoiceField([(1, "甲"), (2, "乙")])
        self.heard: list[Any] = []
        for field in (self.name, self.note, self.choice):
            self.body.addWidget(field)

    def title(self) -> str:
        return self.name.value()

    def opened(self, params: dict[str, Any]) -> None:
        self.heard.append("opened")

    def refresh(self, tables: frozenset[str]) -> None:
        self.heard.append(tables)

    def left(self) -> None:
        self.heard.append("left")


SPECS = [PageSpec("board", "房态", "layout-grid", Desk, Right.SEE_BOARD, 10), PageSpec("other", "其他", "users", Desk)]


@pytest.fixture
def window(on_desk: Callable[..., QWidget]) -> Iterator[MainWindow]:
    made = MainWindow(lambda: TODAY, specs=SPECS)
    made.show_office("望江苑服务中心", "前台 2")
    made.set_session("林小满", RIGHTS, "林小满")
    on_desk(made, 1093, 614)
    made.navigate("board")
    yield made
    made.toast_widget.dismiss()
    made.close()


def page_of(window: MainWindow) -> Desk:
    page = window.page()
    assert isinstance(page, Desk)
    return page


def lock(window: MainWindow, now: Callable[[], datetime] = lambda: AT, people: Any = (LIN,)) -> LockScreen:
    screen = LockScreen(window, "望江苑服务中心 · 前台 2", "14:32 按 F9 锁定", AT, now, people[0])
    screen.show_people(people)
    window.lock(screen)
    QApplication.processEvents()
    return screen


def words(window: QWidget) -> str:
    labels = [each.text() for each in window.findChildren(QLabel) if each.isVisible()]
    return " ".join(labels + [each.text() for each in window.findChildren(QLineEdit) if each.isVisible()])


# ---- what hides, what stays ------------------------------------------------------------------------------------------


def test_everything_hides_and_is_as_it_was_afterwards(window: MainWindow, qtbot: QtBot) -> None:
    page = page_of(window)
    page.note.setFocus()
    dialog = Dialog(window, "修改沈知微")
    field = dialog.use_form(1).add("name", "姓名", TextField("沈知微"))
    window.open(dialog)
    field.setText("沈知微 2")
    field.setSelection(1, 2)
    window.toast("已删除沈知微的备注", lambda: None)
    messages.show_warning("沈知微的电话刚被改过")
    screen = lock(window)
    assert "沈知微" not in words(window)
    assert "沈知微" not in window.windowTitle()
    assert "已锁定" in window.windowTitle()
    shown = [each for each in window.findChildren(QWidget) if each.isVisible() and not screen.isAncestorOf(each)]
    assert shown == [], "nothing but the lock"
    assert screen.isVisible()
    assert screen.geometry() == window.rect()
    assert not window.toast_widget.isVisible()
    assert page.heard[-1] == "left", "what was revealed is masked, the draft kept"
    assert screen.secret.hasFocus()
    window.unlock()
    assert dialog.isVisible()
    assert (field.text(), field.selectedText()) == ("沈知微 2", "知微")
    assert field.hasFocus()
    assert window.windowTitle().startswith("沈知微")
    dialog.cancel()
    assert page.note.hasFocus()


def test_popups_menus_tooltips_and_choosers_go(window: MainWindow, qtbot: QtBot) -> None:
    page = page_of(window)
    popup = Popup(window)
    popup.body.addWidget(QLabel("沈知微 138****5678"))
    popup.show_under(page.name, 300)
    page.choice.showPopup()
    QToolTip.showText(QCursor.pos(), "沈知微")
    lock(window)
    assert not popup.isVisible()
    assert not page.choice.view().isVisible()
    assert not QToolTip.isVisible() or QToolTip.text() == ""
    window.unlock()
    menu = QMenu(page)
    menu.addAction("沈知微 · 收款")
    menu.popup(window.mapToGlobal(QPoint(20, 20)))
    qtbot.waitUntil(menu.isVisible)
    lock(window)
    assert not menu.isVisible()
    window.unlock()
    chooser = QFileDialog(window)
    chooser.setOption(QFileDialog.Option.DontUseNativeDialog)
    chooser.open()
    lock(window)
    assert not chooser.isVisible()
    window.unlock()
    chooser.deleteLater()
    qtbot.wait(400)  # the tooltip takes its time to go


def test_half_a_word_in_the_input_method_is_there_again(window: MainWindow) -> None:
    """Nothing that stood on the screen is lost silently: it is selected, so that typing on replaces it."""
    page = page_of(window)
    page.note.setFocus()
    type_chinese(page.note, "", "望江")
    type_chinese(page.note, "lu'kou")
    assert page.note.composing
    lock(window)
    window.unlock()
    assert page.note.hasFocus()
    assert page.note.text() == "望江lu'kou"
    assert page.note.selectedText() == "lu'kou"
    assert not page.note.composing
    type_chinese(page.note, "lu", "路")
    assert page.note.text() == "望江路"


def test_no_key_reaches_what_is_behind(window: MainWindow, qtbot: QtBot) -> None:
    page = page_of(window)
    screen = lock(window)
    for key in (Qt.Key.Key_F1, Qt.Key.Key_F2, Qt.Key.Key_F5, Qt.Key.Key_F6, Qt.Key.Key_F9, Qt.Key.Key_Escape):
        qtbot.keyClick(screen.secret, key)
    qtbot.keyClick(screen.secret, Qt.Key.Key_K, CTRL)
    window.navigate("other")
    window.back()
    assert window.page() is page
    assert page.heard == ["opened", "left"]
    for _ in range(12):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert screen.isAncestorOf(QApplication.focusWidget())
    assert window.lock_screen is screen


def test_a_smaller_window_is_covered_too(window: MainWindow) -> None:
    screen = lock(window)
    window.resize(911, 512)
    QApplication.processEvents()
    assert screen.geometry() == window.rect()


# ---- what comes while nobody looks -----------------------------------------------------------------------------------


def test_answers_dialogs_and_messages_wait_behind_the_lock(window: MainWindow, qtbot: QtBot) -> None:
    page, seat = page_of(window), window.seat
    got: list[str] = []

    def failing() -> None:
        raise DomainError("沈知微的账单刚有人收过款")

    lock(window)
    seat.run(lambda: "沈知微", got.append)
    seat.run(failing)
    qtbot.waitUntil(lambda: window.jobs.count == 0)
    dialog = Dialog(window, "沈知微")
    seat.open(dialog)
    seat.toast("沈知微已入住")
    messages.show_warning("沈知微")
    window.tables_changed.emit(frozenset({"bill"}))
    QApplication.processEvents()
    assert got == []
    assert "沈知微" not in words(window)
    assert not dialog.isVisible()
    assert page.heard[-1] == "left"
    window.unlock()
    assert got == ["沈知微"]
    assert dialog.isVisible()
    assert "沈知微" in dialog.summary.text.text() or "沈知微" in window.message_bar.text.text()
    assert frozenset({"bill"}) in page.heard
    dialog.cancel()


def test_an_answer_for_a_page_that_is_gone_is_forgotten(window: MainWindow, qtbot: QtBot) -> None:
    class Asker(QWidget):
        def answered(self, value: object) -> None:
            raise AssertionError("asked by nobody any more")

    asker, seat = Asker(), window.seat
    lock(window)
    seat.run(lambda: 1, asker.answered)
    qtbot.waitUntil(lambda: window.jobs.count == 0)
    asker.deleteLater()
    QApplication.sendPostedEvents(asker, QEvent.Type.DeferredDelete)
    window.unlock()


# ---- somebody else takes over ----------------------------------------------------------------------------------------


def test_the_second_sees_nothing_of_the_first_and_the_first_finds_everything(window: MainWindow, qtbot: QtBot) -> None:
    page, first = page_of(window), window.seat
    page.note.setText("沈知微改天再来")
    page.note.setFocus()
    window.top_bar.search.set_value("沈知")
    dialog = Dialog(window, "沈知微")
    window.open(dialog)
    lock(window)
    second = Seat(window, "周砚秋", frozenset({Right.SEE_BOARD}), "周砚秋")
    window.change_seat(second)
    window.unlock()
    assert not dialog.isVisible()
    assert "沈知" not in words(window)
    assert "沈知微" not in window.windowTitle()
    assert window.session == "周砚秋"
    window.navigate("board")
    other = page_of(window)
    assert other is not page
    assert (other.shell.session, page.shell.session) == ("周砚秋", "林小满"), "each page knows its own person"
    window.back()
    assert window.page() is other, "her history is her own"
    got: list[object] = []
    page.shell.run(lambda: "for the first", got.append)
    qtbot.waitUntil(lambda: window.jobs.count == 0)
    page.shell.navigate("other")
    page.shell.toast("沈知微")
    assert window.page() is other
    assert "沈知" not in words(window) + window.toast_widget.text
    assert got == []
    window.tables_changed.emit(frozenset({"bill"}))
    QApplication.processEvents()
    assert other.heard[-1] == frozenset({"bill"})
    assert page.heard[-1] == "left"
    lock(window)
    window.change_seat(first)
    window.unlock()
    assert window.session == "林小满"
    assert window.allowed(Right.SEE_PARTIES)
    assert dialog.isVisible()
    assert page.note.text() == "沈知微改天再来"
    assert got == ["for the first"]
    assert frozenset({"bill"}) in page.heard
    assert window.top_bar.search.text() == "沈知"
    dialog.cancel()


def test_a_seat_that_is_forgotten_takes_its_pages_along(window: MainWindow) -> None:
    page, first = page_of(window), window.seat
    window.change_seat(Seat(window, "周砚秋", RIGHTS, "周砚秋"))
    window.forget_seat(first)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert window.asleep == []
    from shiboken6 import isValid

    assert not isValid(page)


# ---- the card --------------------------------------------------------------------------------------------------------


def test_arrows_digits_and_the_mouse_choose_who_opens(window: MainWindow, qtbot: QtBot) -> None:
    screen = lock(window, people=(LIN, ZHOU, HE))
    got: list[tuple[Knocker, str]] = []
    screen.submitted.connect(lambda who, secret: got.append((who, secret)))
    assert (screen.row.caption.text(), screen.primary.text()) == ("PIN 或密码", "解锁")
    qtbot.keyClicks(screen.secret, "12")
    qtbot.keyClick(screen.secret, Qt.Key.Key_Down)
    assert screen.chosen is ZHOU
    assert screen.secret.text() == "", "digits typed for one are not tried for another"
    assert screen.primary.text() == "换周砚秋"
    qtbot.keyClicks(screen.secret, "407186")
    qtbot.keyClick(screen.secret, Qt.Key.Key_Return)
    assert got == [(ZHOU, "407186")]
    screen.show_error("PIN 不对，还能试 4 次；也可以输密码")
    assert screen.secret.selectedText() == "407186" or screen.secret.hasSelectedText()
    qtbot.keyClick(screen.secret, Qt.Key.Key_3, ALT)
    assert screen.chosen is HE
    assert screen.row.caption.text() == "密码", "her PIN does not work here today"
    assert screen.row.message.text == ""
    screen.list.setFocus()
    qtbot.keyClick(screen.list, Qt.Key.Key_1)
    assert screen.chosen is LIN
    qtbot.mouseClick(screen.list, Qt.MouseButton.LeftButton, pos=QPoint(40, screen.list.height() - 12))
    assert screen.chosen is HE
    assert "贺屿" in screen.list.accessibleDescription()


def test_enter_needs_something_typed_and_waits_for_the_answer(window: MainWindow, qtbot: QtBot) -> None:
    screen = lock(window)
    got: list[str] = []
    screen.submitted.connect(lambda _who, secret: got.append(secret))
    qtbot.keyClick(screen.secret, Qt.Key.Key_Return)
    assert screen.row.message.text == "写上PIN 或密码"
    qtbot.keyClicks(screen.secret, "407186")
    qtbot.keyClick(screen.secret, Qt.Key.Key_Return)
    qtbot.keyClick(screen.secret, Qt.Key.Key_Return)
    assert got == ["407186"], "one try at a time"
    screen.show_error("PIN 不对")
    screen.show_wait(2)
    assert "2 秒后再试" in screen.row.message.text
    qtbot.keyClick(screen.secret, Qt.Key.Key_Return)
    assert len(got) == 1
    screen._tick()
    screen._tick()
    qtbot.keyClick(screen.secret, Qt.Key.Key_Return)
    assert len(got) == 2
    screen.wipe()
    assert screen.secret.text() == ""


def test_the_card_says_since_when_and_how_long(window: MainWindow) -> None:
    clock = [AT]
    screen = lock(window, lambda: clock[0])
    assert screen.since.text() == "14:32 按 F9 锁定"
    clock[0] = AT + timedelta(minutes=7)
    screen._tick()
    assert screen.since.text() == "14:32 按 F9 锁定 · 已 7 分钟"
    clock[0] = AT + timedelta(hours=3, minutes=5)
    screen._tick()
    assert screen.since.text() == "14:32 按 F9 锁定 · 已 3 小时 5 分"


@pytest.mark.parametrize("size", list(TypeSize))
def test_the_card_fits_the_smallest_desk(window: MainWindow, look: Theme, size: TypeSize) -> None:
    look.switch(Shade.LIGHT, size)
    window.resize(911, 512)
    screen = lock(window, people=(LIN, ZHOU, HE) * 2)
    assert screen.minimumSizeHint().height() <= 480
    for each in screen.findChildren(QLabel):
        if each.isVisible() and each.text() and not each.wordWrap():
            assert each.width() >= each.sizeHint().width(), each.text()


# ---- idle ------------------------------------------------------------------------------------------------------------


def test_input_in_any_of_our_windows_is_somebody(window: MainWindow, qtbot: QtBot) -> None:
    idle = Idle()
    idle.watch(window.windowHandle())
    idle.set_minutes(3)
    assert idle.timer.interval() == 180_000
    idle.timer.setInterval(500)
    passed: list[int] = []
    idle.passed.connect(passed.append)
    idle.start()
    page = page_of(window)
    for _ in range(4):
        qtbot.wait(200)
        qtbot.keyClick(window.windowHandle(), Qt.Key.Key_Shift)
    assert passed == []
    combo: QComboBox = page.choice
    combo.showPopup()
    drop = combo.view().window()
    popup = drop.windowHandle()
    idle.watch(popup)
    for _ in range(4):
        qtbot.wait(200)
        qtbot.keyClick(popup, Qt.Key.Key_Down)
    assert passed == [], "a list that dropped down is one of our windows"
    combo.hidePopup()
    type_chinese(page.note, "")
    qtbot.waitUntil(lambda: passed == [3], timeout=3000)
    qtbot.keyClick(window.windowHandle(), Qt.Key.Key_Shift)
    assert not idle.timer.isActive(), "over is over: unlocking begins it anew"
