"""The frame: rights, history, fixed keys, change notices, lock, messages, and a size every office PC has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QStatusTipEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import Right
from desktop.services.errors import DomainError, Outage
from desktop.views import messages
from desktop.views.crash_dialog import CrashDialog
from desktop.views.dialogs import Dialog
from desktop.views.keys import top_overlay
from desktop.views.main_window import MainWindow
from desktop.views.notices import Notice
from desktop.views.pages import PAGES, Command, Page, PageSpec, Shell
from desktop.views.text_fields import TextField
from desktop.views.theme import Shade, Theme, TypeSize
from tests.views.conftest import TODAY, type_chinese


class Notebook(Page):
    """A page that notes down what the frame does with it."""

    tables = frozenset({"bill", "room"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.heard: list[Any] = []
        self.stays = False
        self.field = TextField()
        self.body.addWidget(self.field)

    def opened(self, params: dict[str, Any]) -> None:
        self.heard.append(("opened", params))

    def refresh(self, tables: frozenset[str]) -> None:
        self.heard.append(("refresh", tables))

    def can_leave(self) -> bool:
        return not self.stays

    def left(self) -> None:
        self.heard.append("left")

    def hints(self) -> str:
        return "Enter 打开"

    def command(self, command: Command) -> bool:
        self.heard.append(command)
        return command == Command.REVEAL


class Other(Notebook):
    tables = frozenset({"lease"})


class Broken(Page):
    def __init__(self, shell: Shell) -> None:
        raise LookupError("沈知微")


SPECS = [
    PageSpec("room_board", "房态", "layout-grid", Notebook, Right.SEE_BOARD, 10),
    PageSpec("parties", "租客", "users", Other, Right.SEE_PARTIES, 20),
    PageSpec("party", "租客", "users", "tests.views.test_main_window:Other", Right.SEE_PARTIES, rail_key="parties"),
    PageSpec("till", "收款", "wallet", Notebook, Right.TAKE_PAYMENT, 50),
    PageSpec("check_in", "入住", "log-in", Notebook, Right.CHECK_IN),
    PageSpec("broken", "坏", "bug", Broken, rail=60),
    PageSpec("settings", "设置", "settings", Notebook, rail=90),
]
RIGHTS = frozenset({Right.SEE_BOARD, Right.SEE_PARTIES, Right.CHECK_IN})


@pytest.fixture
def window(on_desk: Callable[..., QWidget], qtbot: QtBot) -> Iterator[MainWindow]:
    made = MainWindow(lambda: TODAY, specs=SPECS)
    made.show_office("望江苑服务中心", "前台 2")
    made.set_session("林小满", RIGHTS, "林小满", "早班")
    on_desk(made, 1093, 614)
    yield made
    made.toast_widget.dismiss()
    for page in made._pages.values():
        page.stays = False  # type: ignore[attr-defined]
    made.close()


def heard(window: MainWindow, key: str) -> list[Any]:
    return window._pages[key].heard  # type: ignore[attr-defined]


def test_the_rail_lists_registered_pages_that_the_clerk_may_see(window: MainWindow) -> None:
    shown = [key for key, entry in window.rail.entries.items() if entry.isVisibleTo(window.rail)]
    assert shown == ["room_board", "parties", "broken", "settings"]
    assert not window.top_bar.buttons["repairs"].isVisible(), "no page for it in this release"
    assert window.top_bar.buttons["check_in"].isEnabled()
    assert "不能办收款" in window.top_bar.buttons["till"].reason


def test_opening_pages_lights_the_rail_and_keeps_a_history(window: MainWindow, qtbot: QtBot) -> None:
    window.navigate("room_board")
    assert window.rail.entries["room_board"].isChecked()
    assert "房态" in window.windowTitle()
    window.navigate("party", party=7)
    assert window.rail.entries["parties"].isChecked(), "a page off the rail lights the entry it belongs to"
    assert heard(window, "room_board")[-1] == "left"
    window.navigate("party", party=8)
    qtbot.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert heard(window, "party")[-1] == ("opened", {"party": 7})
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.place.key == "room_board"
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.place.key == "room_board", "nothing before the first page"


def test_ctrl_tab_takes_the_rail_and_a_figure_opens_a_page(window: MainWindow, qtbot: QtBot) -> None:
    window.navigate("room_board")
    field = window.page().field  # type: ignore[union-attr]
    field.setFocus()
    entries = window.rail.entries
    qtbot.keyClick(field, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    assert entries["room_board"].hasFocus(), "it begins at the page in front"
    assert [entry._figure for entry in entries.values() if entry.isVisible()] == ["1", "2", "3", "0"]
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert field.hasFocus(), "Esc goes back to where the clerk was"
    assert window.place.key == "room_board"
    assert {entry._figure for entry in entries.values()} == {""}
    qtbot.keyClick(field, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_4)
    assert window.place.key == "room_board", "what the role may not see has no figure"
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_0)
    assert window.place.key == "settings", "at the bottom, however many pages stand above"
    window.page().field.setFocus()  # type: ignore[union-attr]
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
    assert entries["room_board"].hasFocus(), "round and round"
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert window.place.key == "parties"
    qtbot.keyClick(window.page(), Qt.Key.Key_7)
    assert window.place.key == "parties", "a figure is nothing but a figure elsewhere"


@pytest.fixture
def whole(on_desk: Callable[..., QWidget]) -> Iterator[MainWindow]:
    """The pages of the program as they stand on the rail, each a note of its visit."""
    made = MainWindow(lambda: TODAY, specs=[spec._replace(factory=Notebook) for spec in PAGES])
    made.set_session("林小满", frozenset(Right), "林小满", "早班")
    on_desk(made, 911, 512)
    yield made
    made.close()


def test_today_has_keys_of_its_own_and_leaves_the_figures_alone(whole: MainWindow, qtbot: QtBot) -> None:
    whole.navigate("leases")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Home, Qt.KeyboardModifier.AltModifier)
    assert whole.place.key == "today"
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    entries = whole.rail.entries
    assert (entries["today"]._figure, entries["board"]._figure, entries["leases"]._figure) == ("", "1", "4")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_1)
    assert whole.place.key == "board"
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Home)
    assert whole.place.key == "today"


@pytest.mark.parametrize("size", list(TypeSize))
def test_the_whole_rail_fits_the_smallest_desk(whole: MainWindow, look: Theme, size: TypeSize) -> None:
    look.switch(Shade.LIGHT, size)
    QApplication.processEvents()
    for entry in whole.rail.entries.values():
        assert entry.height() >= entry.minimumSizeHint().height(), entry.text()
    logo = whole.rail._logo
    assert logo.isHidden() or logo.height() >= logo.sizeHint().height(), "whole or not at all"


def test_a_page_without_the_right_is_refused_in_words(window: MainWindow) -> None:
    window.navigate("room_board")
    window.navigate("till")
    assert window.place.key == "room_board"
    assert "看不了「收款」" in window.message_bar.text.text()
    window.navigate("nowhere")
    assert window.place.key == "room_board"


def test_a_page_may_keep_the_clerk(window: MainWindow) -> None:
    window.navigate("room_board")
    page = window.page()
    page.stays = True  # type: ignore[union-attr]
    window.navigate("parties")
    assert window.page() is page
    assert not window.close()
    assert window.isVisible()


def test_a_page_that_cannot_be_built_leaves_the_window_standing(
    window: MainWindow, expect_log: Callable[[str], None]
) -> None:
    expect_log(r"builtins\.LookupError")
    window.navigate("room_board")
    window.navigate("broken")
    dialog = top_overlay(window)
    assert isinstance(dialog, CrashDialog)
    dialog.submit()
    report = QApplication.clipboard().text()
    assert "LookupError" in report
    assert "沈知微" not in report
    dialog.cancel()
    window.navigate("parties")
    assert window.place.key == "parties"


def test_fixed_keys_reach_the_page_in_front(window: MainWindow, qtbot: QtBot) -> None:
    window.navigate("room_board")
    field = window.page().field  # type: ignore[union-attr]
    qtbot.keyClick(field, Qt.Key.Key_F3)
    qtbot.keyClick(field, Qt.Key.Key_F5)
    qtbot.keyClick(field, Qt.Key.Key_F6)
    assert heard(window, "room_board")[1:] == [
        Command.REVEAL,
        Command.REFRESH,
        ("refresh", frozenset()),
        Command.PRINT,
    ]
    assert window.toast_widget.text == "这一页没有要打印的"
    with qtbot.waitSignal(window.lock_wanted):
        qtbot.keyClick(field, Qt.Key.Key_F9)
    with qtbot.waitSignal(window.hand_over_wanted):
        qtbot.keyClick(field, Qt.Key.Key_F8)
    qtbot.keyClick(field, Qt.Key.Key_F2)
    assert window.place.key == "check_in"


def test_the_search_box_takes_and_gives_back_the_focus(window: MainWindow, qtbot: QtBot) -> None:
    window.navigate("room_board")
    field = window.page().field  # type: ignore[union-attr]
    assert field.hasFocus(), "a page opens with the focus in its first field"
    qtbot.keyClick(field, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    search = window.top_bar.search
    assert search.hasFocus()
    asked: list[str] = []
    search.searched.connect(asked.append)
    type_chinese(search, "shen", "沈")
    steered: list[int] = []
    search.steered.connect(steered.append)
    qtbot.keyClick(search, Qt.Key.Key_Down)
    assert (asked, steered) == (["沈"], [Qt.Key.Key_Down.value])
    qtbot.keyClick(search, Qt.Key.Key_Escape)
    assert search.text() == ""
    assert field.hasFocus()
    assert window.place.key == "room_board"


def test_a_commit_refreshes_the_page_in_front_and_others_later(window: MainWindow, qtbot: QtBot) -> None:
    window.navigate("parties")
    window.navigate("room_board")
    window.tables_changed.emit(frozenset({"bill", "payment"}))
    qtbot.waitUntil(lambda: heard(window, "room_board")[-1] == ("refresh", frozenset({"bill"})))
    window.tables_changed.emit(frozenset({"lease"}))
    qtbot.wait(20)
    assert ("refresh", frozenset({"lease"})) not in heard(window, "parties")
    window.navigate("parties")
    assert heard(window, "parties")[-1] == ("opened", {}), "opening loads anew, so nothing is stale"


def test_another_clerk_begins_with_fresh_pages(window: MainWindow) -> None:
    window.navigate("room_board")
    first = window.page()
    window.set_session("周砚秋", RIGHTS, "周砚秋")
    assert window.page() is None
    window.navigate("room_board")
    assert window.page() is not first
    window.set_session(None)
    assert not window.top_bar.search.isEnabled()
    assert window.top_bar.buttons["check_in"].reason == "登录后可用"


def test_each_kind_of_trouble_has_its_place(window: MainWindow, qtbot: QtBot) -> None:
    window.navigate("room_board")
    messages.show_error(DomainError("这间房已经出租，换房或改起租日"))
    assert window.message_bar.isVisible()
    assert window.message_bar.text.text() == "这间房已经出租，换房或改起租日"
    again: list[int] = []
    messages.show_error(Outage("针打-01 缺纸", "收据已存好，装纸后按 F6 补打"), lambda: again.append(1))
    assert window.message_bar.text.text() == "针打-01 缺纸。收据已存好，装纸后按 F6 补打"
    window.message_bar._again.click()
    assert again == [1]
    messages.show_info("已收 2,460.00，收据 A2-0004518")
    assert window.toast_widget.text.startswith("已收")
    dialog = Dialog(window, "修改")
    window.open(dialog)
    messages.show_error(DomainError("周砚秋 14:30 改过电话"))
    assert dialog.summary.text.text() == "周砚秋 14:30 改过电话"
    dialog.cancel()
    messages.show_warning("还在")
    qtbot.keyClick(window.page().field, Qt.Key.Key_Escape)  # type: ignore[union-attr]
    assert not window.message_bar.isVisible()


def test_work_calls_back_and_shows_its_own_trouble(window: MainWindow, qtbot: QtBot) -> None:
    window.navigate("room_board")
    got: list[Any] = []
    window.run(lambda: 42, got.append)
    qtbot.waitUntil(lambda: got == [42])

    def refuse() -> None:
        raise DomainError("押金已经退过了")

    window.run(refuse)
    qtbot.waitUntil(lambda: window.message_bar.text.text() == "押金已经退过了")
    window.run(refuse, failed=got.append)
    qtbot.waitUntil(lambda: len(got) == 2)
    assert isinstance(got[1], DomainError)


def test_a_milder_banner_does_not_push_a_graver_one_away(window: MainWindow, qtbot: QtBot) -> None:
    pressed: list[int] = []
    again = ("立即重试", "F5", lambda: pressed.append(1))
    grave = Notice("连不上数据库", "14:21 起只能查看；草稿照常保存", action=again)
    window.banner(grave)
    mild = Notice("打印机缺纸", "收据照常保存", tone="warn")
    window.banner(mild, "printer")
    assert window.banner_strip.notice is grave
    qtbot.keyClick(window, Qt.Key.Key_F5)
    assert pressed == [1]
    window.banner(None)
    assert window.banner_strip.notice is mild, "the graver one over, the milder one is told"
    window.banner(None, "printer")
    assert not window.banner_strip.isVisible()


def test_the_toast_takes_back_and_counts_down(window: MainWindow, qtbot: QtBot) -> None:
    window.navigate("room_board")
    undone: list[int] = []
    window.toast("已删除 1 条备注", lambda: undone.append(1))
    toast = window.toast_widget
    assert toast.seconds_left == 10
    toast._tick()
    assert toast.seconds_left == 9
    toast.setFocus()
    toast._tick()
    assert toast.seconds_left == 9, "the focus stops the clock"
    qtbot.keyClick(toast, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == [1]
    assert not toast.isVisible()
    window.toast("已保存")
    window.page().field.setFocus()  # type: ignore[union-attr]
    for _ in range(10):
        toast._tick()
    assert not toast.isVisible()


def test_lights_and_hints_go_whole_and_are_never_cut(window: MainWindow) -> None:
    window.navigate("room_board")
    for key, icon, text, detail in (
        ("sync", "cloud", "已同步", "14:32"),
        ("unsent", "arrow-up", "待上传 0", ""),
        ("engine", "heart-pulse", "提醒正常", "14:35"),
        ("backup", "database-backup", "备份", "08:00"),
        ("printer", "printer-check", "打印就绪", ""),
    ):
        window.set_light(key, icon, text, detail)
    window.set_light("database", "database-zap", "数据库断开", "14:21 起", "danger")
    status = window.status
    assert list(status.lights) == ["database", "sync", "unsent", "engine", "backup", "printer"]
    for width in (1400, 1093, 911, 860, 620):
        status.resize(width, status.height())
        shown = [light for light in status.lights.values() if light.isVisible()]
        boxes = [light.geometry() for light in shown] + [status.clerk.geometry(), status.lock.geometry()]
        if status._hint.isVisible():
            boxes.insert(0, status._hint.geometry())
        assert all(left.right() < right.left() for left, right in pairwise(boxes)), width
        assert boxes[0].left() >= 0
        assert all(light.width() >= light.sizeHint().width() for light in shown)
        assert status.lights["database"].isVisible(), "what is wrong stays"


def test_a_reason_stands_in_the_status_line(window: MainWindow) -> None:
    window.navigate("room_board")
    QApplication.sendEvent(window, QStatusTipEvent("没有欠费"))
    assert window.status._hint.text() == "没有欠费"
    QApplication.sendEvent(window, QStatusTipEvent(""))
    assert window.status._hint.text() == "Enter 打开"


@pytest.mark.parametrize("size", list(TypeSize))
def test_the_frame_fits_the_smallest_desk_at_every_size(window: MainWindow, look: Theme, size: TypeSize) -> None:
    window.navigate("room_board")
    look.switch(Shade.DARK, size)
    QApplication.processEvents()
    least = window.centralWidget().minimumSizeHint()
    assert least.width() <= 900
    assert least.height() <= 480
    window.resize(911, 480)
    QApplication.processEvents()
    for words in window.findChildren(QLabel):
        if words.isVisible() and words.text() and not words.wordWrap():
            assert words.width() >= words.sizeHint().width(), words.text()
    bottom = window.rail.entries["settings"].geometry().bottom()
    assert bottom <= window.rail.height()


def test_every_page_of_the_release_has_its_icon_and_right() -> None:
    from resources import resource

    assert len({spec.key for spec in PAGES}) == len(PAGES)
    for spec in PAGES:
        assert resource(f"icons/{spec.icon}.svg").exists()
        assert spec.right is not None, spec.key
        assert spec.rail is None or not spec.rail_key
        assert not spec.rail_key or spec.rail_key in {each.key for each in PAGES}


def test_badges_are_read_out(window: MainWindow) -> None:
    window.set_badge("parties", 5)
    assert window.rail.entries["parties"].accessibleName() == "租客，5"
    window.set_badge("nowhere", 1)


def test_a_window_closed_in_the_middle_of_work_ticks_no_more(on_desk: Callable[..., QWidget]) -> None:
    """The thin bar waited for an end that nobody tells once the window goes."""
    closed = MainWindow(lambda: TODAY, specs=SPECS)
    on_desk(closed)
    closed.run(lambda: None)
    closed.close()
    assert not closed._announcer.busy._delay.isActive()
    assert not closed._announcer.busy._motion.isActive()
