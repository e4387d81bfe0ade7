"""What the frame tells beside the pages: the worst notice in a banner, a message, a toast, work under way.

Each is made when it first has something to say: at first paint there is nothing.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.views.theme import theme

if TYPE_CHECKING:
    from desktop.views.jobs import Job
    from desktop.views.notices import Banner, BusyBar, MessageBar, Notice, Toast

_BUSY_HIGH = 30


class Announcer:
    """Of one window: `column` holds the top bar, then banner and message, then `stack`, the pages."""

    def __init__(self, window: QWidget, column: QVBoxLayout, stack: QWidget) -> None:
        self._window, self._column, self._stack = window, column, stack
        self._notices: dict[str, Notice] = {}

    @cached_property
    def banner(self) -> Banner:
        from desktop.views.notices import Banner

        made = Banner()
        self._column.insertWidget(1, made)
        return made

    @cached_property
    def message(self) -> MessageBar:
        from desktop.views.notices import MessageBar

        made = MessageBar()
        self._column.insertWidget(self._column.indexOf(self._stack), made)
        return made

    @cached_property
    def toast(self) -> Toast:
        from desktop.views.notices import Toast

        return Toast(self._window)

    @cached_property
    def busy(self) -> BusyBar:
        from desktop.views.notices import BusyBar

        return BusyBar(self._stack)

    def _made(self, name: str) -> Any:
        """One of the four if it has ever spoken."""
        return self.__dict__.get(name)

    def show_notice(self, notice: Notice | None, source: str) -> None:
        """Show the worst notice there is; a milder one does not push a graver one of another source away."""
        if notice is None:
            self._notices.pop(source, None)
        else:
            self._notices[source] = notice
        worst = next(iter(sorted(self._notices.values(), key=lambda each: each.tone != "danger")), None)
        if (worst is not None or self._made("banner") is not None) and worst != self.banner.notice:
            self.banner.show_notice(worst)

    def hide_message(self) -> bool:
        """Take the message away; whether there was one."""
        bar = self._made("message")
        was: bool = bar is not None and bar.isVisible()
        if was:
            bar.hide()
        return was

    def clear(self) -> None:
        """Toast and message go: they may name somebody."""
        if (toast := self._made("toast")) is not None:
            toast.dismiss()
        self.hide_message()

    def watch(self, job: Job, words: str) -> None:
        """Work under way is told once it takes longer than a moment."""
        job.progressed.connect(self.busy.show_step)
        job.ended.connect(self.busy.end)
        self.stretch()
        self.busy.begin(words)

    def stretch(self) -> None:
        """The bar of work under way is as wide as the page."""
        if (busy := self._made("busy")) is not None:
            busy.setGeometry(0, 0, self._stack.width(), theme().scaled(_BUSY_HIGH))

    def rest(self) -> None:
        """The window goes: nothing more is told of work."""
        if (busy := self._made("busy")) is not None:
            busy.rest()
