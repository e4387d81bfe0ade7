"""The fixed keys of the frame: help, search, hand-over, print queue, and the commands the page in front answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from desktop.views.bars import OPENING_LIGHTS
from desktop.views.keys import bind, top_overlay
from desktop.views.pages import Command

TODAY_KEY = "Alt+Home"
"""今日 from anywhere."""

if TYPE_CHECKING:
    from desktop.views.main_window import MainWindow


class FixedKeys:
    """Of one window; they mean the same on every page. `hide_message` answers whether there was one."""

    def __init__(self, window: MainWindow, hide_message: Callable[[], bool]) -> None:
        self._window, self._hide_message = window, hide_message
        self._bound = [bind(window, "F1", self._help), bind(window, Command.BACK.value, self._back)]
        self._awake = False

    def wake(self) -> None:
        """Somebody sits here: the keys that mean nothing before."""
        if self._awake:
            return
        self._awake = True
        window, others = self._window, [command for command in Command if command is not Command.BACK]
        self._bound += [
            bind(window, "F8", self._hand_over),
            bind(window, "Ctrl+K", window.focus_search),
            bind(window, OPENING_LIGHTS["printer"], self.show_print_queue),
            bind(window, OPENING_LIGHTS["due"], self.show_due),
            bind(window, OPENING_LIGHTS["sync"], self.show_sync),
            bind(window, TODAY_KEY, self._today),
            bind(window, "Alt+Left", window.back),
            *(bind(window, command.value, getattr(self, f"_{command.name.lower()}")) for command in others),
        ]

    def show_print_queue(self) -> None:
        if self._window.session is not None and not self._window.shut:
            self._window.print_queue_wanted.emit()

    def show_due(self) -> None:
        if self._window.session is not None and not self._window.shut:
            self._window.due_wanted.emit()

    def show_sync(self) -> None:
        if self._window.session is not None:
            self._window.navigate("sync")

    def _today(self) -> None:
        if self._window.session is not None:
            self._window.navigate("today")

    def _command(self, command: Command) -> bool:
        page = self._window.page()
        return page is not None and not self._window.shut and page.command(command)

    def _reveal(self) -> None:
        self._command(Command.REVEAL)

    def _refresh(self) -> None:
        page = self._window.page()
        if not self._command(Command.REFRESH) and page is not None and not self._window.shut:
            page.refresh(frozenset())

    def _print(self) -> None:
        if not self._command(Command.PRINT) and self._window.page() is not None and not self._window.shut:
            self._window.toast(self._window.tr("这一页没有要打印的"))

    def _back(self) -> None:
        if not self._hide_message() and not self._command(Command.BACK):
            self._window.back()

    def _save(self) -> None:
        self._command(Command.SAVE)

    def _undo(self) -> None:
        self._command(Command.UNDO)

    def _edit(self) -> None:
        self._command(Command.EDIT)

    def _new(self) -> None:
        self._command(Command.NEW)

    def _hand_over(self) -> None:
        if self._window.session is not None and not self._window.shut:
            self._window.hand_over_wanted.emit()

    def _help(self) -> None:
        """F1: the handbook at the page of what is in front; a dialog that has a page of its own comes first."""
        from desktop.views.dialogs import Dialog
        from desktop.views.help import HelpDialog

        front = top_overlay(self._window)
        if self._window.lock_screen is not None or isinstance(front, HelpDialog):
            return
        under: Any = self._window.sign_in_card or self._window.page()
        topic = (front.help_topic if isinstance(front, Dialog) else "") or getattr(under, "help_topic", "start")
        self._window.help_wanted.emit(topic)
        hints = getattr(under, "hints", None)
        HelpDialog(self._window, topic, hints() if hints is not None and front is None else "").open()
