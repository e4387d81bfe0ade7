"""A window with somebody signed in, for the tests of the staff and settings pages."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.preferences import Preferences
from desktop.services import access, opening
from desktop.services.office import Office
from desktop.services.work import Actor, look
from desktop.views.keys import top_overlay
from desktop.views.main_window import MainWindow
from desktop.views.printing import FolderSink, Printing
from desktop.views.session import DeskSession
from tests.rest import come_to_rest

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
NONE = Qt.KeyboardModifier.NoModifier


class AdminDesk:
    """The real window over a real office, and the keys of whoever sits there."""

    def __init__(self, qtbot: QtBot, office: Office, actor: Actor, prints: Path) -> None:
        self.qtbot, self.office, self.actor = qtbot, office, actor
        self.printing = Printing(FolderSink(prints))
        self.saved: list[Preferences] = []
        passwords = opening.passwords_for(office.world, demo=True)
        self.session = DeskSession(office, actor, self.printing, passwords, Preferences(), self._save)
        self.window = MainWindow(today=office.world.today)
        self.window.set_session(self.session, actor.rights, actor.name)
        office.listen(self.window.tables_changed.emit)

    def _save(self, preferences: Preferences) -> None:
        self.session.preferences = preferences
        self.saved.append(preferences)

    def idle(self) -> None:
        """Until no work is under way, nor begun by work that has just ended."""
        come_to_rest(self.window, lambda: self.window.jobs.count or self.printing.waiting, 20_000)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
        self.qtbot.keyClick(QApplication.focusWidget() or self.window, key, modifier)
        self.idle()

    def type(self, text: str) -> None:
        from tests.views.conftest import type_chinese

        for part in text:
            widget = QApplication.focusWidget()
            assert widget is not None
            if part.isascii():
                self.qtbot.keyClicks(widget, part)
            else:
                type_chinese(widget, "pin", part)

    def fill(self, *texts: str) -> None:
        """Field after field, over what stands there; Enter moves on."""
        for text in texts:
            focus = QApplication.focusWidget()
            if text and hasattr(focus, "selectAll"):
                focus.selectAll()
            self.type(text)
            self.press(Qt.Key.Key_Return)

    def dialog(self) -> QWidget:
        found = top_overlay(self.window)
        assert found is not None
        return found

    def staff(self, login: str) -> access.StaffRow:
        with look(self.office, self.actor) as reading:
            return next(row for row in access.list_staff(reading) if row.login == login)

    def close(self) -> None:
        self.office.unlisten(self.window.tables_changed.emit)
        self.window.toast_widget.dismiss()
        self.window.close()
        self.printing.shutdown()
