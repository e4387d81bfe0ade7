"""Tells the desk that the office was moved: what is shown stays, nothing is stored here, one key leads after it.

What was typed is kept: a draft that the old database does not take lies sealed on this PC, and is there again at the
new address.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from desktop.views.dialogs import Question
from desktop.views.holding import hold_writes
from desktop.views.notices import Notice

if TYPE_CHECKING:
    from desktop.services.moved_on import MovedOn
    from desktop.services.office import Office
    from desktop.views.main_window import MainWindow

TOLD_BY = "audit_head"
SOURCE = "moved"


class FollowQuestion(Question):
    """Its answer stores nothing here, so it does not wait for a database that takes nothing any more."""

    help_topic = "moved"
    writes = False


class MoveWatch(QObject):
    """Watches for one open office. Signals: follow_wanted(address) when somebody wants to go on where it lives now."""

    follow_wanted = Signal(str)

    def __init__(self, window: MainWindow, office: Office) -> None:
        super().__init__()
        self._window, self._office = window, office
        self.moved: MovedOn | None = None
        window.tables_changed.connect(self._changed, Qt.ConnectionType.QueuedConnection)
        self._look()

    def stop(self) -> None:
        """End; nothing of it stays on the window."""
        hold_writes("", SOURCE)
        if isValid(self._window):
            self._window.tables_changed.disconnect(self._changed)
            self._window.banner(None, SOURCE)

    def _changed(self, tables: frozenset[str]) -> None:
        if not tables or TOLD_BY in tables:
            self._look()

    def _look(self) -> None:
        from desktop.services.moved_on import moved_on

        self._window.run(partial(moved_on, self._office), self._show)

    def _show(self, moved: MovedOn | None) -> None:
        self.moved = moved
        if moved is None:
            hold_writes("", SOURCE)
            self._window.banner(None, SOURCE)
            return
        hold_writes(self.tr("管理处已迁走，这里不能再保存"), SOURCE)
        action = (self.tr("改用新地址"), "F5", self._ask) if moved.can_follow else None
        self._window.banner(
            Notice(
                self.tr("管理处已迁走"), self.tr("{where}。这里只能查看，填的存为草稿").format(where=moved.where),
                icon="log-out", action=action, tip=moved.to,
            ),
            SOURCE,
        )  # fmt: skip

    def _ask(self) -> None:
        """Before the pages go: whoever is in the middle of something finishes reading first."""
        assert self.moved is not None
        question = FollowQuestion(
            self._window, self.tr("改用新地址"),
            self.tr("打开的页面会关上。没办完的入住和模板在草稿里，登录后接着办。"),
            [("follow", self.tr("改用新地址"), "primary")], cancel=self.tr("再看一会"),
        )  # fmt: skip
        question.answered.connect(self._answered)
        self._window.open(question)

    def _answered(self, _answer: str) -> None:
        assert self.moved is not None
        self.follow_wanted.emit(self.moved.to)
