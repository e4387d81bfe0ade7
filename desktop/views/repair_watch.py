"""The number on 报修 in the rail: so many orders wait for somebody to be sent, whichever page is in front."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from shiboken6 import isValid

from desktop.models.values import Right

if TYPE_CHECKING:
    from desktop.views.main_window import MainWindow

TOLD_BY = frozenset({"work_order"})


class RepairWatch(QObject):
    """Watches for one open office."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._window = window
        self._asked = 0
        window.tables_changed.connect(self._changed, Qt.ConnectionType.QueuedConnection)

    def stop(self) -> None:
        self._asked += 1  # an answer that is under way is of another office
        if isValid(self._window):
            self._window.tables_changed.disconnect(self._changed)
            self._window.set_badge("repairs", 0)

    def look(self) -> None:
        """Somebody has signed in, or an order was stored: how many wait?"""
        self._asked += 1
        session = self._window.session
        if session is None or not self._window.allowed(Right.SEE_REPAIRS):
            self._window.set_badge("repairs", 0)
            return
        from desktop.services import repair_board

        self._window.run(partial(session.read, repair_board.count_waiting), partial(self._found, self._asked), _quiet)

    def _changed(self, tables: frozenset[str]) -> None:
        if not tables or tables & TOLD_BY:
            self.look()

    def _found(self, asked: int, count: int) -> None:
        if asked == self._asked:
            self._window.set_badge("repairs", count)


def _quiet(_error: Exception) -> None:
    """The number stays as it was: whoever looks at the page is told what is wrong."""
