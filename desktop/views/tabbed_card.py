"""A card of tabs over lists: one list at a time, words instead of an empty one, Ctrl 1…9 straight into a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.views.keys import bind
from desktop.views.labels import label
from desktop.views.steps import Option, Tabs
from desktop.views.tables import RowTable


@dataclass(frozen=True, slots=True)
class ListTab:
    """One tab: what it shows, and the table in it that takes the focus."""

    key: str
    words: str
    widget: QWidget
    table: RowTable | None = None
    empty: str = ""
    """Said in place of a table without rows; without it the empty table is shown."""


class TabbedCard(QFrame):
    """Signals: changed() when another tab is in front."""

    changed = Signal()

    def __init__(self, pages: Sequence[ListTab]) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._pages = {each.key: each for each in pages}
        self._filled = False
        self.tabs = Tabs([])
        self.pile = QStackedWidget()
        for each in pages:
            each.widget.setAccessibleName(each.words)
            self.pile.addWidget(each.widget)
        self.nothing = label("", "muted", wrap=True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.pile.addWidget(self.nothing)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 3, 1, 1)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(10, 0, 10, 0)
        head.addWidget(self.tabs)
        head.addStretch(1)
        column.addLayout(head)
        column.addWidget(self.pile, 1)
        self.tabs.changed.connect(self.show_front)

    def bind_keys(self, page: QWidget) -> None:
        """Ctrl 1…9, anywhere on the page, goes into the list of a tab."""
        self.keys = [bind(page, f"Ctrl+{at + 1}", partial(self._to_tab, at)) for at in range(len(self._pages))]

    @property
    def front(self) -> str:
        """The key of the tab in front."""
        return str(self.tabs.value() or next(iter(self._pages)))

    def begin(self) -> None:
        """Something else is going to be shown: the first tab, and nothing said of lists not read yet."""
        self._filled = False
        self.tabs.choose(0)

    def show_counts(self, counts: Sequence[tuple[str, str]]) -> None:
        """Which tabs there are, each with its count; the lists have been filled."""
        self._filled = True
        self.tabs.set_options([Option(key, self._pages[key].words, count=count) for key, count in counts])

    def show_front(self) -> None:
        """Bring the chosen tab to the front, or say why its list is empty."""
        chosen = self._pages[self.front]
        widget, table = chosen.widget, chosen.table
        if self._filled and chosen.empty and table is not None and not table.rows.rowCount():
            self.nothing.setText(chosen.empty)
            widget = self.nothing
        self.pile.setCurrentWidget(widget)
        self.changed.emit()

    def into_list(self) -> None:
        """Give the focus to the list in front, on its current or first row; to the tabs when there is no row."""
        table = self._pages[self.front].table
        if table is None or not table.rows.rowCount():
            self.tabs.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        if not table.currentIndex().isValid():
            table.choose(0)
        table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _to_tab(self, at: int) -> None:
        self.tabs.choose(at)
        self.into_list()
