"""A table on screen: head, rows painted by one delegate, keyboard, copying, ticks, and the strip at its foot."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from math import ceil
from typing import Any

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSignalBlocker,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QTableView,
    QWidget,
)

from desktop.views.columns import Column, Count, GroupHead, Kind, ListSource, Source
from desktop.views.keys import asks_for_key, swallows_enter
from desktop.views.labels import label
from desktop.views.paged import PagedModel, Runner, run_now
from desktop.views.painting import focus_ring, tag_width, width
from desktop.views.table_painting import PAD, Head, RowDelegate, rows_selected_in_view
from desktop.views.table_place import Place, place_of, return_to
from desktop.views.theme import theme

_COPY_MOST = 5_000
"""Rows copied at most: a clipboard of a million rows helps nobody."""
_NARROWEST = 44
"""px of a column that somebody has made narrow: its sort arrow and a few figures."""
_SETTLE_MS = 300
"""After the last move of a column's edge, before the others make room."""

ColumnLooks = tuple[tuple[str, int | None], ...]
"""((column key, width in px where somebody set one), …) in their order; () is the table's own."""


class RowTable(QTableView):
    """Signals: opened(row) for Enter or a double click; current_row(row or None); menu_wanted(row, global point);
    looks_changed() when a person has set a width or an order.

    `rows` is its PagedModel. Space ticks, Ctrl A ticks all where there are ticks, Ctrl C copies the selected rows, or
    calls `copier` where there is one.
    """

    opened = Signal(object)
    current_row = Signal(object)
    menu_wanted = Signal(object, QPoint)
    looks_changed = Signal()

    def __init__(
        self,
        columns: Sequence[Column],
        run: Runner = run_now,
        *,
        two_lines: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.known = list(columns)
        """Every column a person may choose; shown are those in `rows.columns`."""
        self.rows = PagedModel([column for column in columns if column.usual], run)
        self.copier: Callable[[], object] | None = None
        self.hovered = -1
        self.selected_in_view: frozenset[int] = frozenset()
        self._widths: dict[str, int] = {}
        self._chosen_columns = False
        self._two_lines = two_lines
        self._kept: Hashable | None = None
        self._place: Place | None = None
        self._short = False
        self._end_at = -1
        """Where End went while there may be more rows, or -1."""
        self._empty_words = ("", "")
        self.nothing = label("", "muted", wrap=True)
        self.nothing.setParent(self.viewport())
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.nothing.hide()
        self.setModel(self.rows)
        self.setHorizontalHeader(Head(self))
        self.setItemDelegate(RowDelegate(self))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setMinimumSectionSize(20)
        self.horizontalHeader().sectionClicked.connect(self._head_clicked)
        self.doubleClicked.connect(self._double_clicked)
        self.rows.counted.connect(self._lay_out)
        self.rows.counted.connect(self._say_nothing)
        self.rows.counted.connect(self._go_on_to_end)
        self.rows.arrived.connect(self._came)
        self.rows.first_arrived.connect(self._paint_first)
        self.rows.ticked.connect(self.viewport().update)
        self.rows.modelAboutToBeReset.connect(self._forget)
        self._measure()

    def say_when_empty(self, what: str, how: str) -> None:
        """What is so when there is no row, and what to do first; it stands where the rows would."""
        self._empty_words = (what, how)
        self._place_nothing()
        self.setAccessibleDescription(f"{what}，{how}")

    # the columns of a person

    def let_arrange(self) -> None:
        """Let a person set widths with the mouse, and show more columns than there is room for."""
        head = self.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        head.setMinimumSectionSize(_NARROWEST)
        head.sectionResized.connect(self._resized)
        head.sectionHandleDoubleClicked.connect(self._handle_double_clicked)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_SETTLE_MS)
        self._settled.timeout.connect(self._settle_widths)

    def show_looks(self, looks: ColumnLooks) -> None:
        """Show these columns in this order and width; what is not known here is left out, () is the table's own."""
        by_key = {column.key: column for column in self.known if column.key}
        shown = [by_key[key] for key, _ in looks if key in by_key]
        usual = [column for column in self.known if column.usual]
        self._chosen_columns = bool(shown) and shown != usual
        self._widths = {key: max(_NARROWEST, wide) for key, wide in looks if wide and key in by_key}
        if self.rows.columns != (shown or usual):
            kept = self.rows.key(self.currentIndex().row()) if self.currentIndex().isValid() else None
            self.rows.show_columns(shown or usual)
            if kept is not None:
                self.stand_on(kept)
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if self._chosen_columns else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setHorizontalScrollBarPolicy(policy)
        self._lay_out()

    def show_columns(self, columns: Sequence[Column]) -> None:
        """From now on these are the table's own columns: another kind of rows has less to say."""
        if [column.key for column in columns] == [column.key for column in self.known]:
            return
        self.known = list(columns)
        self.rows.show_columns([column for column in columns if column.usual])
        self._lay_out()

    def looks(self) -> ColumnLooks:
        """The columns as they stand now; () when they are the table's own."""
        if not self._chosen_columns and not self._widths:
            return ()
        return tuple((column.key, self._widths.get(column.key)) for column in self.rows.columns)

    def sort_by(self, at: int) -> bool:
        """Sort by the shown column number `at`, from 0, the other way round the second time; whether it can be."""
        shown = [each for each in range(len(self.rows.columns)) if not self.isColumnHidden(each)]
        if not 0 <= at < len(shown) or self.rows.columns[shown[at]].sort_key is None:
            return False
        self._head_clicked(shown[at])
        return True

    def _resized(self, logical: int, _before: int, now: int) -> None:
        if self.rows.columns[logical].key:
            self._widths[self.rows.columns[logical].key] = now
            self._settled.start()

    def _handle_double_clicked(self, logical: int) -> None:
        self._widths.pop(self.rows.columns[logical].key, None)
        self._settled.start()

    def _settle_widths(self) -> None:
        self._lay_out()
        self.looks_changed.emit()

    # what is chosen

    def show_source(self, source: Source | None) -> None:
        """Show these rows, from their top; the head stays."""
        self._place, self._short = None, False
        self.rows.set_source(source)

    def show_list(self, rows: Sequence[Any], key: Any = id) -> None:
        """Show a short list that is already here; rows that were in it before stay where they stood."""
        # A second change may come before the rows of the first one are here: the place is still the one before both.
        if self._place is None or self.rows.blocks_held:
            self._place = place_of(self)
        self._short = True
        self.rows.set_source(ListSource(rows, key))

    def refresh(self) -> None:
        """Ask again; the row in hand and what is in view stay where they are."""
        self._place, self._end_at = place_of(self), -1
        self.rows.refresh()

    def current(self) -> Any:
        """The row in hand, or None."""
        index = self.currentIndex()
        return self.rows.row(index.row()) if index.isValid() else None

    def spans(self) -> list[tuple[int, int]]:
        """The selected rows as (first, last), in order: of a million rows their list alone would take seconds."""
        found: list[tuple[int, int]] = []
        chosen: Any = self.selectionModel().selection()
        for first, last in sorted((each.top(), each.bottom()) for each in chosen):
            if found and first <= found[-1][1] + 1:
                found[-1] = (found[-1][0], max(found[-1][1], last))
            else:
                found.append((first, last))
        return found

    def chosen(self) -> list[Any]:
        """The selected rows that are here, in order."""
        rows = (row for first, last in self.spans() for row in self.rows.rows_here(first, last))
        return [row for row in rows if not isinstance(row, GroupHead)]

    def choose(self, at: int) -> None:
        """Make a row the current one."""
        index = self.rows.index(at, self._first_column())
        if index.isValid():
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            self.selectionModel().setCurrentIndex(index, flags)

    def stand_on(self, key: Hashable) -> None:
        """Make the row with this key the current one, as soon as it is here."""
        at = self.rows.position(key)
        if at >= 0:
            self.choose(at)
        else:
            self._kept = key

    # measures

    def _first_column(self) -> int:
        return next((at for at in range(len(self.rows.columns)) if not self.isColumnHidden(at)), 0)

    def _measure(self) -> None:
        self.verticalHeader().setDefaultSectionSize(theme().height("row-two-lines" if self._two_lines else "row"))
        self._lay_out()

    def _wish(self, column: Column) -> float:
        look = theme()
        if column.kind == Kind.TICK:
            return 40.0
        if column.key in self._widths:
            return float(self._widths[column.key])
        font = look.font("strong" if column.strong else "body")
        head = width(look.font("small"), column.title) + (16 if column.sort_key else 0)
        body = tag_width(column.sample, "check") if column.tag is not None else width(font, column.sample)
        return max(head, body) + 2 * PAD

    def _lay_out(self, _count: object = None) -> None:
        """Give every column what it asks for and the rest to those that stretch; fold columns before cutting any."""
        columns = self.rows.columns
        wishes = {at: ceil(self._wish(column)) for at, column in enumerate(columns)}
        room = float(self.viewport().width())
        shown = list(range(len(columns)))
        for at in reversed(range(len(columns))):
            if sum(wishes[each] for each in shown) > room and columns[at].fold and not self._chosen_columns:
                shown.remove(at)
        spare = max(0.0, room - sum(wishes[at] for at in shown))
        stretch = {at: 0 if columns[at].key in self._widths else columns[at].stretch for at in shown}
        parts = sum(stretch.values())
        wide = {at: int(wishes[at] + (spare * stretch[at] / parts if parts else 0)) for at in shown}
        if spare and shown:
            wide[shown[-1]] = int(room) - sum(wide[at] for at in shown[:-1])  # the head's line reaches the edge
        if [wide.get(at, 0) for at in range(len(columns))] == [self.columnWidth(at) for at in range(len(columns))]:
            return
        with QSignalBlocker(self.horizontalHeader()):  # the view would hear of each and paint all rows once more later
            for at in range(len(columns)):
                self.setColumnHidden(at, at not in wide)
                if at in wide:
                    self.setColumnWidth(at, wide[at])
        self.updateGeometries()
        self.viewport().update()

    def _say_nothing(self, count: Count) -> None:
        self.nothing.setVisible(not count.rows and bool(self.nothing.text()))
        self._place_nothing()

    def _place_nothing(self) -> None:
        """Where the rows would stand; in a table too low for both sentences, what to do is enough."""
        room = self.viewport().rect().adjusted(12, 4, -12, -4)
        self.nothing.setText("\n".join(part for part in self._empty_words if part))
        if self._empty_words[1] and self.nothing.heightForWidth(room.width()) > room.height():
            self.nothing.setText(self._empty_words[1])
        self.nothing.setGeometry(room)

    def resizeEvent(self, event: QResizeEvent) -> None:
        current = self.currentIndex()
        before = QRect(0, 0, event.oldSize().width(), event.oldSize().height())
        seen = before.intersects(self.visualRect(current))
        super().resizeEvent(event)
        self._place_nothing()
        self._lay_out()
        if seen and event.size().height() < event.oldSize().height():
            self.scrollTo(current)  # what comes under the table later must not cut the row in hand

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_two_lines"):
            self._measure()
        super().changeEvent(event)

    def minimumSizeHint(self) -> QSize:
        must = [column for column in self.rows.columns if not column.fold and not self._chosen_columns]
        needed = sum(ceil(self._wish(column)) for column in must)
        return QSize(needed + 12, theme().height("header-row") + 2 * theme().height("row"))

    # what comes and goes

    def _forget(self) -> None:
        self._kept, self._end_at = None, -1
        self.clearSpans()

    def _came(self) -> None:
        for at in range(min(self.rows.rowCount(), 300)):
            if isinstance(self.rows.row(at), GroupHead) and self.columnSpan(at, 0) == 1 and self.rows.columnCount() > 1:
                self.setSpan(at, 0, 1, self.rows.columnCount())
                self.setRowHeight(at, theme().scaled(26))
        if self._kept is not None:
            at = self.rows.position(self._kept)
            if at >= 0:
                self._kept = self._place = None
                if at != self.currentIndex().row():
                    self.choose(at)
        if self._place is not None and (return_to(self, self._place) or self._short):
            self._place = None
        if self.hasFocus() and not self.currentIndex().isValid() and self.rows.rowCount():
            self.choose(0)  # shown anew under the clerk's hands: Enter still opens something
        self.current_row.emit(self.current())

    def _paint_first(self) -> None:
        """At once, and only then are the rows counted: beside another thread of Python they take twice as long."""
        self.executeDelayedItemsLayout()
        QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall)  # the scroll bar first: it moves the columns
        self.viewport().repaint()

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:
        super().currentChanged(current, previous)
        self.viewport().update()
        self.current_row.emit(self.current())

    def _head_clicked(self, logical: int) -> None:
        column = self.rows.columns[logical]
        if column.kind == Kind.TICK:
            self.rows.tick_all(not (self.rows.ticks.everything and not self.rows.ticks.keys))
        elif column.sort_key is not None:
            again = self.rows.sort_key == column.sort_key
            self.rows.order_by(column.sort_key, again and not self.rows.descending)
            self.looks_changed.emit()
        self.horizontalHeader().viewport().update()

    def _double_clicked(self, index: QModelIndex) -> None:
        row = self.rows.row(index.row())
        if row is not None and not isinstance(row, GroupHead):
            self.opened.emit(row)

    # keys and mouse

    def event(self, event: QEvent) -> bool:
        if asks_for_key(event) and swallows_enter(event) and self.currentIndex().isValid():
            event.accept()  # Enter opens the row; a page-wide Enter must not take it away
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if swallows_enter(event) and self.currentIndex().isValid():
            self._double_clicked(self.currentIndex())
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() == Qt.Key.Key_Space and self._has_ticks():
            self.rows.flip_tick(self.currentIndex().row())
        elif event.matches(QKeySequence.StandardKey.SelectAll) and self._has_ticks():
            self.rows.tick_all(True)
        elif event.key() == Qt.Key.Key_Home and self.rows.rowCount():
            self.choose(0)
        elif event.key() == Qt.Key.Key_End and self.rows.rowCount():
            self._to_end()
        else:
            super().keyPressEvent(event)

    def _to_end(self) -> None:
        last = self.rows.rowCount() - 1
        self.choose(last)
        self._end_at = last if self.rows.may_grow else -1

    def _go_on_to_end(self, _count: object) -> None:
        """End was pressed before anybody had counted: on to the true end, unless the clerk has moved since."""
        if self._end_at >= 0 and self._end_at == self.currentIndex().row():
            self._to_end()

    def keyboardSearch(self, search: str) -> None:
        """Typing does not jump: rows that are not here yet would be searched too, one query a letter."""

    def _has_ticks(self) -> bool:
        return any(column.kind == Kind.TICK for column in self.rows.columns)

    def copy(self) -> None:
        """Copy the selected rows as text with tabs, for a workbook; 5,000 at most."""
        if self.copier is not None:
            self.copier()
            return
        columns = [column for column in self.rows.columns if column.kind != Kind.TICK]
        lines = ["\t".join(column.words(row) for column in columns) for row in self.chosen()[:_COPY_MOST]]
        if lines:
            QGuiApplication.clipboard().setText("\n".join(lines))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and self.rows.columns[index.column()].kind == Kind.TICK:
            self.choose(index.row())
            self.rows.flip_tick(index.row())
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.indexAt(event.position().toPoint()).row())
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)
        super().leaveEvent(event)

    def _hover(self, row: int) -> None:
        if row != self.hovered:
            self.hovered = row
            self.viewport().update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.currentIndex()
        point = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            index = self.indexAt(event.pos())
        else:
            point = self.viewport().mapToGlobal(self.visualRect(index).bottomLeft())
        row = self.rows.row(index.row()) if index.isValid() else None
        if row is not None and not isinstance(row, GroupHead):
            self.menu_wanted.emit(row, point)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.rows.rowCount():
            self.choose(0)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        self.selected_in_view = rows_selected_in_view(self)
        super().paintEvent(event)
        index = self.currentIndex()
        if not index.isValid():
            return
        top = self.rowViewportPosition(index.row())
        box = QRectF(0, top, self.viewport().width(), self.rowHeight(index.row()) - 1)
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus():
            focus_ring(painter, box.adjusted(1, 0, -1, 0), 5)
        elif index.row() in self.selected_in_view:
            painter.fillRect(QRectF(0, box.y(), 3, box.height()), theme().colour("primary"))


class TableFoot(QFrame):
    """The sunken strip under a table: how many at the left, sums at the right."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "well")
        self.left, self.right = label("", "muted"), label("", "strong")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 7, 14, 7)
        row.addWidget(self.left)
        row.addStretch(1)
        row.addWidget(self.right)

    def show_words(self, left: str, right: str = "") -> None:
        self.left.setText(left)
        self.right.setText(right)


def fill(table: RowTable, rows: Any, key: Any) -> None:
    """Show a short list, keeping the row in hand; without one the first is taken."""
    kept = table.rows.key(table.currentIndex().row()) if table.currentIndex().isValid() else None
    table.show_list(rows, key)
    if rows and not any(not isinstance(row, GroupHead) and key(row) == kept for row in rows):
        table.choose(0)
