"""The facts of a record beside its page: masked, scrolled on their own, left alone while they are what is shown."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.views.buttons import Button
from desktop.views.labels import Card, Fact, FactList
from desktop.views.layouts import clear
from desktop.views.overlays import BodyScroll
from desktop.views.pages import Shell
from desktop.views.reveals import Reveals
from desktop.views.theme import theme


class FactsCard(Card):
    """A column of facts with F3's button `whole` in its head."""

    def __init__(self, shell: Shell, reveals: Reveals, title: str, reveal: Callable[[], object]) -> None:
        super().__init__()
        self._shell, self._reveals = shell, reveals
        self._shown: object = None
        self.whole = Button(self.tr("显示原文"), "quiet", key="F3", size="small", slot=reveal)
        self.head(title, "", self.whole)
        if self.head_row is not None:
            self.head_row.setContentsMargins(0, 0, 6, 0)
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self.body.setContentsMargins(12, 8, 2, 8)
        self.body.addWidget(BodyScroll(inside, gutter=10), 1)

    def _begin(self, what: object) -> bool:
        """Empty the column for other facts; False when these already stand there, so that a revealed value stays its
        30 s."""
        if what == self._shown:
            return False
        self._shown = what
        self._reveals.forget()
        clear(self._column)
        return True

    def _add(self, facts: list[Fact]) -> None:
        if facts:
            self._column.addWidget(FactList(facts, tight=True, names=theme().scaled(40)))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange:
            self._shown = None  # sizes of type changed: the widths of names are measured anew on the next showing
        super().changeEvent(event)
