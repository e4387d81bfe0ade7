"""A page that is one long list: searched, narrowed, read a page at a time, with words when nothing is left of it.

Recipe: make search, table, empty state and, if there are several lists, their tabs; hand them to `lay_out`; say in
`source_wanted` what is to be listed now, and in `conditions_read` which service names the conditions. Opening,
searching, counting, conditions (F10), views (F11), columns, copying, printing, Ctrl F and Esc are here.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, Protocol
from uuid import UUID

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLayout, QMenu, QStackedWidget

from desktop.models.values import NIL, Money, Right
from desktop.services.batch_prints import PaperKind
from desktop.services.conditions import Chosen, Condition
from desktop.services.paging import Span
from desktop.views import condition_strip
from desktop.views.buttons import Button
from desktop.views.columns import Ask, Count, Source
from desktop.views.condition_strip import ConditionStrip
from desktop.views.keys import bind
from desktop.views.labels import Card
from desktop.views.list_copies import ListCopies
from desktop.views.list_views import ListViews
from desktop.views.pages import Command, Page, Shell
from desktop.views.steps import Tabs
from desktop.views.tables import RowTable, TableFoot
from desktop.views.text_fields import SearchField
from desktop.views.timeline import EmptyState


class Narrowed(Source, Protocol):
    """A source that knows which filter it was made for."""

    @property
    def wanted(self) -> Any: ...


def span_of(ask: Ask, descending: bool | None = None, name: str = "id") -> Span:
    """What a table asks for, as the services page by id; `name` is where a row has its id."""
    after, before = (getattr(row, name) if row else None for row in (ask.after, ask.before))
    down = ask.descending if descending is None else descending
    return Span(ask.offset, ask.limit, after, before, down, ask.skip, ask.left)


class ListPage(Page):
    """`source` is what the table shows now; its `wanted` is the filter it was made for."""

    list_key: ClassVar[str]
    """What views and columns of the list are kept under (`services.saved_views.LISTS`)."""
    conditions_read: ClassVar[Callable[..., tuple[Condition, ...]] | None] = None
    """The service that names the conditions; None: the list has none."""
    papers: ClassVar[PaperKind | None] = None
    """Each row is a paper of this kind, which can be printed by the hundred."""
    search: SearchField
    table: RowTable
    empty: EmptyState

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.tables = type(self).tables | {"saved_view"}  # somebody may share a view meanwhile
        self.source: Any = None
        self.scopes: Tabs | None = None
        self._asked = 0
        self._begun: dict[str, Any] | None = None

    def lay_out(
        self, search: SearchField, table: RowTable, empty: EmptyState, scopes: Tabs | None = None,
        above: QLayout | None = None, acts: Sequence[Button] = (),
    ) -> None:  # fmt: skip
        """`scopes` are tabs over the table with Ctrl 1…9, `acts` beside them are for the row in hand, where there is no
        room in the head; `above` stands over the card."""
        self.search, self.table, self.empty, self.scopes = search, table, empty, scopes
        self.stack = QStackedWidget()
        self.stack.addWidget(table)
        self.stack.addWidget(empty)
        self.foot_row = TableFoot()
        self.strip = ConditionStrip()
        self.conditions = Button(
            self.tr("条件"), "secondary", icon="funnel", key=condition_strip.KEY, size="small",
            slot=self.strip.open_strip,
        )  # fmt: skip
        self.views, self.copies = ListViews(self), ListCopies(self)
        for at, button in enumerate((self.conditions, self.views.button)):
            self.head.insertWidget(3 + at, button)
        self.conditions.setVisible(type(self).conditions_read is not None)
        self._sort_keys = [bind(self, f"Alt+{at + 1}", partial(self._sort_by, at)) for at in range(9)]
        card = Card()
        card.body.setContentsMargins(1, 4 if scopes is not None else 1, 1, 1)
        card.body.setSpacing(0)
        if above is not None:
            self.body.addLayout(above)
        self.body.addWidget(self.strip)
        if scopes is not None:
            row = QHBoxLayout()
            row.setContentsMargins(8, 0, 8, 0)
            row.addWidget(scopes)
            row.addStretch(1)
            for act in acts:
                row.addSpacing(8)
                row.addWidget(act)
            card.body.addLayout(row)
            scopes.changed.connect(self._scope_changed)
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
        table.let_arrange()
        table.looks_changed.connect(self.views.looks_changed)
        table.copier = self.copies.copy
        self.strip.changed.connect(self._narrowed_anew)
        self.strip.closed.connect(self.into_list)
        self.strip.closed.connect(self._strip_turned)
        self.strip.opened.connect(self._strip_turned)
        self.strip.save_wanted.connect(self.views.save)

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

    def scope_now(self) -> str:
        """Which of the page's lists is shown, as a view keeps it."""
        return str(self.tabs.value()) if self.scopes is not None else ""

    def set_scope(self, scope: str) -> None:
        """Show another of the page's lists; told to nobody."""
        if self.scopes is not None:
            self.scopes.set_value(scope)

    def scope_words(self, scope: str | None = None) -> str:
        """How a list of the page is called, the one that is shown when none is named."""
        if self.scopes is None:
            return self.title_label.text()
        return self.scopes.words_of(self.scope_now() if scope is None else scope)

    def paper_of(self, row: Any) -> UUID:
        """The id of the paper that a row is, where the rows are `papers`."""
        return row.id  # type: ignore[no-any-return]

    def narrowed(self) -> bool:
        """Whether Esc has something to let go."""
        return bool(self.search.value() or self.strip.chosen)

    def widen(self) -> None:
        """Let go of what narrows the list."""
        self.search.set_value("")
        self.strip.set_chosen(())

    def shown_anew(self) -> None:
        """Another list is shown: no row is in hand."""

    # the page

    def opened(self, params: dict[str, Any]) -> None:
        before = self.source
        back = params is self._begun  # the very visit of before: the clerk comes back to the list as she left it
        self._begun = params
        if (params and not back) or self.source is None:
            self.begin(params)
            self.strip.set_chosen(params.get("chosen", ()))
            self.views.leave()
            self.show_source()  # the rows are asked for first: what stands over them may come a moment later
        if self.source is before:  # listed already, and perhaps changed behind another page
            self.table.refresh()
        if self.views.known is None:
            self.views.reload()
        self._ask_conditions()
        self.ask_figures()
        self.into_table()

    def left(self) -> None:
        self.views.keep_now()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.views.rest()

    def refresh(self, tables: frozenset[str]) -> None:
        if not tables or "saved_view" in tables:
            self.views.reload()
        if tables == {"saved_view"}:
            return
        if self.source is not None:
            self.table.refresh()
        self._ask_conditions()
        self.ask_figures()

    def command(self, command: Command) -> bool:
        if command == Command.BACK and self.narrowed():
            self.show_all()
            return True
        if command == Command.PRINT:
            self.copies.print_rows()
            return True
        return False

    def show_all(self) -> None:
        """Without search, conditions and view."""
        self.widen()
        self.views.leave()
        self.narrow()
        self.into_list()

    def show_rows_of(self, scope: str, chosen: Chosen) -> None:
        """The rows of a view."""
        self.search.set_value("")
        if scope:
            self.set_scope(scope)
        self.strip.set_chosen(chosen)
        self.narrow()
        self.into_list()

    def _ask_conditions(self) -> None:
        read = type(self).conditions_read
        if read is not None:
            self.shell.run(partial(self.shell.session.read, read), self.strip.show_known, self.shell.read_failed)

    def _scope_changed(self) -> None:
        self.show_source()
        self.views.show_name()

    def _narrowed_anew(self) -> None:
        self.narrow()
        self.views.show_name()

    def _strip_turned(self) -> None:
        self._fit_drawing()
        self.shell.retitle()

    def _fit_drawing(self) -> None:
        """A low window has no room for the strip and the drawing of an empty list."""
        self.empty.drawing.setVisible(not self.strip.is_open and not self.strip.chosen)

    def _sort_by(self, at: int) -> None:
        if not self.table.sort_by(at):
            self.shell.toast(self.tr("这一列不能排序：按标题带日期、金额或姓名的列"))

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

    def into_list(self) -> None:
        """Give the focus to the rows, or to the way on where there are none."""
        if self.stack.currentWidget() is self.table:
            self.into_table()
        else:
            self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def say_none_so(self, what: str) -> bool:
        """Words for a list that conditions have emptied; False when there are none in force."""
        if not self.strip.chosen:
            return False
        self.empty.title.setText(self.tr("没有符合条件的{what}").format(what=what))
        self.empty.why.setText(self.tr("按 F10 改条件，或按 Esc 去掉全部条件"))
        return True

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
            self._fit_drawing()
            self.say_empty()
        elif here is not self.table and not self.search.hasFocus() and not self.strip.holds_focus():
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
        if watched is self.search and down and not self.search.composing and self.table.rows.rowCount():
            self.into_table()
            return True
        return super().eventFilter(watched, event)
