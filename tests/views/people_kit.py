"""A window over a real SQLite office with the pages of people and leases in it; the others are notes of a visit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.preferences import Preferences
from desktop.services import opening
from desktop.services.office import Office
from desktop.services.work import Actor
from desktop.views.keys import top_overlay
from desktop.views.main_window import MainWindow
from desktop.views.printing import FolderSink, Printing
from desktop.views.session import DeskSession
from desktop.world import SeededWorld
from tests.offices import filled_office, sit_down
from tests.rest import come_to_rest
from tests.views.visited import specs_with

PEOPLE_PAGES = ("parties", "party", "leases", "lease", "enquiries")
CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


def _filled(fill: Callable[[Office], Any], roles: tuple[str, ...], office: Office) -> tuple[Any, Actor]:
    made = fill(office)
    return made, sit_down(office, *(roles or ("manager",)), login="gumy", name="顾明远")


class Desk:
    """The window, the office and who sits there. `fill` lives in the office before anybody sits down."""

    def __init__(
        self, world: SeededWorld, folder: Path, qtbot: QtBot, on_desk: Callable[..., QWidget],
        fill: Callable[[Office], Any], *roles: str, wide: int = 1093, pages: tuple[str, ...] = PEOPLE_PAGES,
    ) -> None:  # fmt: skip
        self.qtbot, self.world = qtbot, world
        url = f"sqlite:///{folder / 'office.db'}"
        self.office, (self.made, actor) = filled_office(world, folder / "office", url, partial(_filled, fill, roles))
        self.actor: Actor = actor
        self.printing = Printing(FolderSink(folder / "prints"))
        self.session = DeskSession(
            self.office, self.actor, self.printing, opening.passwords_for(world, True), Preferences(), lambda kept: None
        )
        self.window = MainWindow(world.today, specs=specs_with(pages))
        self.office.listen(self.window.tables_changed.emit)
        self.window.show_office("望江苑服务中心", "前台 1")
        self.window.set_session(self.session, self.actor.rights, self.actor.name)
        # pytest-qt closes its widgets before any fixture ends: what ticks or works must rest by then.
        qtbot.addWidget(self.window, before_close_func=self._rest)
        on_desk(self.window, wide, 614 if wide > 1000 else 512)

    def open(self, key: str, **params: Any) -> Any:
        """Go to a page and wait until it has its facts."""
        self.window.navigate(key, **params)
        self.settle()
        return self.window.page()

    def settle(self) -> None:
        """Until no job is under way and the tables have asked for their rows."""
        come_to_rest(self.window, lambda: self.window.jobs.count)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key wherever the focus is, and wait for what it does."""
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifier)
        self.settle()

    def type(self, text: str) -> None:
        QTest.keyClicks(QApplication.focusWidget(), text)
        self.settle()

    def at(self) -> tuple[str, dict[str, Any]]:
        """The page in front and what it was opened with."""
        place = self.window.place
        assert place is not None
        return place.key, place.params

    def dialog(self) -> Any:
        return top_overlay(self.window)

    @property
    def toast(self) -> str:
        return self.window.toast_widget.text if self.window.toast_widget.isVisible() else ""

    def printed(self) -> list[Path]:
        self.qtbot.waitUntil(lambda: not self.printing.waiting, timeout=5000)
        folder: Path = self.printing._sink._folder  # type: ignore[attr-defined]
        return sorted(folder.glob("*.pdf")) if folder.exists() else []

    def _rest(self, _window: object) -> None:
        while (front := self.dialog()) is not None:
            front.cancel()
        self.settle()
        self.window.toast_widget.dismiss()
        for page in self.window._pages.values():
            if hasattr(page, "reveals"):
                page.reveals.mask()
        self.printing.shutdown()
        self.window.close()
        self.office.close()


def texts(widget: QWidget) -> list[str]:
    """Every label that can be seen, in no particular order."""
    return [each.text() for each in widget.findChildren(QLabel) if each.isVisible()]


def column(table: Any, at: int) -> list[str]:
    """What stands in a column of a table."""
    return [str(table.rows.data(table.rows.index(row, at))) for row in range(table.rows.rowCount())]


def position(table: Any, key: UUID) -> int:
    found: int = table.rows.position(key)
    return found
