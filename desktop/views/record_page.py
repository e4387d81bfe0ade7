"""The page of one record, a lease or a party: facts at the left, lists in tabs, what happened at the right or in a tab.

A page of a record makes its parts in `__init__`, hands them to `lay_out`, and shows what `load` brought.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.services.notes import NoteForm, NoteRow
from desktop.services.timeline import TimelineEntry
from desktop.views.history import History, Reader
from desktop.views.labels import Card
from desktop.views.pages import Command, Page, Shell
from desktop.views.reveals import Reveals
from desktop.views.tabbed_card import ListTab, TabbedCard
from desktop.views.theme import theme

FOLD_BELOW = 940
"""Below this page width the history becomes a tab."""


class Told(Protocol):
    """A record that knows what happened to it."""

    @property
    def events(self) -> tuple[TimelineEntry, ...]: ...
    @property
    def pinned(self) -> tuple[NoteRow, ...]: ...


Record = TypeVar("Record", bound=Told)


class RecordPage(Page, Generic[Record]):
    """Opened with the id of its record under `param`."""

    param = ""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, scrolls=True)
        self.record: Record | None = None
        self.record_id: UUID | None = None
        self._asked = 0
        self.reveals = Reveals(shell, self)
        self.reveals.revealed.connect(self.load)
        self.stream = History(shell, self.reader, self.about)
        self.timeline = self.stream.timeline

    def lay_out(self, facts: QWidget, lists: Sequence[ListTab], below: Sequence[QWidget]) -> None:
        """The three columns; `below` stands under the lists."""
        self.facts_column = facts
        words = self.tr("往来记录")
        self.folded = QWidget()
        self._folded = QVBoxLayout(self.folded)
        self._folded.setContentsMargins(10, 6, 10, 6)
        self.listing = TabbedCard([*lists, ListTab("history", words, self.folded)])
        self.tabs = self.listing.tabs
        middle = QWidget()
        middle.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.listing, 1)
        for widget in below:
            column.addWidget(widget)
        self.history = Card(words)
        self.stream.place_in(self.history.body)
        across = QHBoxLayout()
        across.setSpacing(10)
        across.addWidget(facts)
        across.addWidget(middle, 1)
        across.addWidget(self.history)
        self.body.addLayout(across, 1)
        self.listing.bind_keys(self)
        self.listing.changed.connect(self.tab_shown)
        self._fit()

    # what a page of a record says

    reader: Reader
    """Which of services.timeline's functions tells what happened here."""

    @abstractmethod
    def about(self, subject: UUID) -> NoteForm:
        """An empty note on the record."""

    @abstractmethod
    def words(self, record: Record) -> str:
        """What the record is called over a note: 顾听澜, 1 栋 301 · 顾听澜."""

    @abstractmethod
    def load(self) -> None:
        """Ask for the record anew, by `ask`."""

    @abstractmethod
    def show_record(self, record: Record, first: bool) -> None:
        """Show head, facts, lists and figures; `first`: of this record nothing was shown before."""

    @abstractmethod
    def counts(self, record: Record) -> list[tuple[str, str]]:
        """The tabs this role sees, each with its count."""

    @abstractmethod
    def tab_shown(self) -> None:
        """Another tab is in front: show what belongs under it."""

    # the page

    def opened(self, params: dict[str, Any]) -> None:
        wanted: UUID = params[self.param]
        if wanted != self.record_id:
            self.record_id, self.record = wanted, None
            self.listing.begin()
        self.load()
        self.tabs.setFocus(Qt.FocusReason.OtherFocusReason)
        if self.record is not None:  # back again: where the clerk was
            self.listing.into_list()

    def refresh(self, tables: frozenset[str]) -> None:
        self.load()

    def left(self) -> None:
        self.reveals.mask()

    def command(self, command: Command) -> bool:
        return command is Command.REVEAL and self.reveals.reveal()

    def ask(self, read: Callable[..., Record], busy: str) -> None:
        """Read the record off the GUI thread; an answer that was overtaken is dropped."""
        self._asked += 1
        job = partial(self.shell.session.read, read, self.record_id)
        self.shell.run(job, partial(self._answered, self._asked), busy=busy)

    def _answered(self, asked: int, record: Record) -> None:
        if asked != self._asked:
            return
        first = self.record is None
        self.record = record
        self.show_record(record, first)
        if self.record_id is not None:
            self.stream.show_history(self.record_id, self.words(record), record.events, record.pinned)
        self._show_tabs(record)
        if first:
            self.listing.into_list()
        self.shell.retitle()

    def _show_tabs(self, record: Record) -> None:
        folded = [] if self._wide() else [("history", "")]
        self.listing.show_counts([*self.counts(record), *folded])
        self.listing.show_front()

    # the width there is

    def _wide(self) -> bool:
        return self.width() >= FOLD_BELOW

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "history"):
            self._fit()
        super().changeEvent(event)

    def _fit(self) -> None:
        self.facts_column.setFixedWidth(theme().panel("party-facts"))
        self.history.setFixedWidth(theme().panel("timeline"))
        if self.history.isVisibleTo(self) != self._wide():
            self.history.setVisible(self._wide())
            self.stream.place_in(self.history.body if self._wide() else self._folded)
            if self.record is not None:
                self._show_tabs(self.record)
