"""A page that is one long list: searched, narrowed, read a page at a time, with words when nothing is left of it.

Recipe: make search, table, empty state and, if there are several lists, their tabs; hand them to `lay_out`; say in
`source_wanted` what is to be listed now. Opening, searching, counting, Ctrl F and Esc are here.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLayout, QMenu, QStackedWidget

from desktop.models.values import NIL, Money, Right
from desktop.services.paging import Span
from desktop.views.buttons import Button
from desktop.views.columns import Ask, Count, Source
from desktop.views.fields import ChoiceField, SearchField
from desktop.views.keys import bind
from desktop.views.labels import Card
from desktop.views.pages import Command, Page, Shell
from desktop.views.steps import Tabs
from desktop.views.tables import RowTable, TableFoot
from desktop.views.timeline import EmptyState


class Narrowed(Source, Protocol):
    """A source that knows which filter it was made for."""

    @property
    def wanted(self) -> Any: ...


def span_of(ask: Ask, descending: bool | None = None) -> Span:
    """What a table asks for, as the services page by id."""
    after, before = (row.id if row else None for row in (ask.after, ask.before))
    return Span(ask.offset, ask.limit, after, before, ask.descending if descending is None else descending)


class BuildingField(ChoiceField):
    """全部楼栋 or one; a building asked for before the list of them was read is kept in mind until it has come."""

    def __init__(self) -> None:
        super().__init__([(None, self.tr("全部楼栋"))])
        self.setAccessibleName(self.tr("楼栋"))
        self._wish: UUID | None = None
        self.changed.connect(self._forget_wish)

    def wish(self, building_id: UUID | None) -> None:
        """Choose a building, also before it is here; None: all."""
        self.set_value(building_id)
        self._wish = building_id

    def wanted(self) -> UUID | None:
        """The building chosen or wished for; None: all."""
        return self._wish or self.value()  # type: ignore[return-value]

    def show_buildings(self, buildings: Sequence[tuple[UUID, str]]) -> None:
        """The buildings there are; what was chosen stays chosen."""
        choices: list[tuple[Hashable, str]] = [(None, self.tr("全部楼栋")), *buildings]
        if [self.itemText(at) for at in range(self.count())] != [words for _, words in choices]:
            chosen = self.wanted()
            self.set_choices(choices)
            self.set_value(chosen)
        self._wish = None

    def _forget_wish(self) -> None:
        self._wish = None


class ListPage(Page):
    """`source` is what the table shows now; its `wanted` is the filter it was made for."""

    search: SearchField
    table: RowTable
    empty: EmptyState

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.source: Any = None
        self.scopes: Tabs | None = None
        self._asked = 0

    def lay_out(
        self, search: SearchField, table: RowTable, empty: EmptyState, scopes: Tabs | None = None,
        above: QLayout | None = None,
    ) -> None:  # fmt: skip
        """`scopes` are tabs over the table with Ctrl 1…9; `above` stands over the card."""
        self.search, self.table, self.empty, self.scopes = search, table, empty, scopes
        self.stack = QStackedWidget()
        self.stack.addWidget(table)
        self.stack.addWidget(empty)
        self.foot_row = TableFoot()
        card = Card()
        card.body.setContentsMargins(1, 4 if scopes is not None else 1, 1, 1)
        card.body.setSpacing(0)
        if above is not None:
            self.body.addLayout(above)
        if scopes is not None:
            row = QHBoxLayout()
            row.setContentsMargins(8, 0, 8, 0)
            row.addWidget(scopes)
            row.addStretch(1)
            card.body.addLayout(row)
            scopes.changed.connect(self.show_source)
            self._scope_keys = [bind(self, f"Ctrl+{at + 1}", partial(self._to_scope, at)) for at in range(scopes.count)]
        card.body.addWidget(self.stack, 1)
        card.body.addWidget(self.foot_row)
        self.body.addWidget(card, 1)
        search.installEventFilter(self)
        search.searched.connect(self._typed)
        search.entered.connect(self.into_table)
        table.opened.connect(self.open_row)
        table.menu_wanted.connect(self._menu)
        table.rows.counted.connect(self._counted)
        table.rows.failed.connect(self.shell.read_failed)

    @property
    def tabs(self) -> Tabs:
        """The tabs of a page that has several lists."""
        assert self.scopes is not None
        return self.scopes

    # what a list says

    @abstractmethod
    def source_wanted(self) -> Narrowed:
        """What is to be listed now, by search box, tabs and choices."""

    @abstractmethod
    def begin(self, params: dict[str, Any]) -> None:
        """Set search box, tabs and choices to what the page is opened with."""

    @abstractmethod
    def ask_figures(self) -> None:
        """Ask how many there are behind each tab or counter."""

    @abstractmethod
    def say_count(self, count: Count) -> None:
        """How many there are, in the foot."""

    @abstractmethod
    def say_empty(self) -> None:
        """Why there is nothing, and which ways on there are."""

    @abstractmethod
    def open_row(self, row: Any) -> None:
        """Enter or a double click."""

    @abstractmethod
    def fill_menu(self, menu: QMenu, row: Any) -> None:
        """What may be done with a row."""

    def narrowed(self) -> bool:
        """Whether Esc has something to let go."""
        return bool(self.search.value())

    def widen(self) -> None:
        """Let go of what narrows the list."""
        self.search.set_value("")

    def shown_anew(self) -> None:
        """Another list is shown: no row is in hand."""

    # the page

    def opened(self, params: dict[str, Any]) -> None:
        before = self.source
        if params or self.source is None:
            self.begin(params)
            self.show_source()
        if self.source is before:  # listed already, and perhaps changed behind another page
            self.table.refresh()
        self.ask_figures()
        self.into_table()

    def refresh(self, tables: frozenset[str]) -> None:
        self.table.refresh()
        self.ask_figures()

    def command(self, command: Command) -> bool:
        if command == Command.BACK and self.narrowed():
            self.widen()
            self.narrow()
            self.into_table()
            return True
        return False

    def show_source(self) -> None:
        """List what is wanted now, unless it is listed already."""
        source = self.source_wanted()
        if self.source is None or self.source.wanted != source.wanted:
            self.source = source
            self.table.show_source(source)
            self.shown_anew()

    def narrow(self) -> None:
        """Something narrows the list, or does so no more."""
        self.show_source()
        self.ask_figures()

    def into_table(self) -> None:
        """Give the focus to the list."""
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def into_search(self) -> None:
        """Ctrl F."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def show_pay(self, button: Button, owed: Money | None, none: str) -> None:
        """What is to be paid of the row in hand; `owed` None: no row, and `none` says to choose one."""
        words = self.tr("收款") if owed is None or owed <= NIL else self.tr("收款 ¥{owed}").format(owed=owed)
        button.setText(words)
        reason = none if owed is None else ""
        if not self.shell.allowed(Right.TAKE_PAYMENT):
            reason = self.tr("您的角色不能办收款：请收银员登录后办理")
        button.allow(reason)

    def _typed(self, _text: str) -> None:
        self.narrow()

    def _to_scope(self, at: int) -> None:
        self.tabs.choose(at)
        self.into_table()

    def _counted(self, count: Count) -> None:
        self.say_count(count)
        here = self.stack.currentWidget()
        self.stack.setCurrentWidget(self.table if count.rows else self.empty)
        if not count.rows:
            self.say_empty()
        elif here is not self.table and not self.search.hasFocus():
            self.into_table()
        if count.rows and not self.table.currentIndex().isValid():
            self.table.choose(0)

    def _menu(self, row: Any, point: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill_menu(menu, row)
        menu.popup(point)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        pressed = event if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress else None
        down = pressed is not None and pressed.key() == Qt.Key.Key_Down
        if watched is self.search and down and self.table.rows.rowCount():
            self.into_table()
            return True
        return super().eventFilter(watched, event)
