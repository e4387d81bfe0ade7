"""The room board: one view and one delegate paint every tile, floor by floor, fast enough for 5,000 rooms.

The view knows plain `Tile`s and nothing of rooms or leases; the page gives them and listens to its signals.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QStyleOptionViewItem, QWidget

from desktop.models.values import RoomState
from desktop.views.keys import asks_for_key, swallows_enter
from desktop.views.painting import middle, put, width
from desktop.views.theme import theme, tokens
from desktop.views.tile_painting import Mark, Tile, TileDelegate, TilesModel, tile_height, tile_min_width

Index = QModelIndex | QPersistentModelIndex
_DIGITS_MS = 1200
"""How long a clerk may pause between the digits of one room number."""
_WIDEST = 1.6
"""Times the least width: floors of few rooms fill the line so far and no further."""
_MOVES = {
    Qt.Key.Key_Left: QAbstractItemView.CursorAction.MoveLeft,
    Qt.Key.Key_Right: QAbstractItemView.CursorAction.MoveRight,
    Qt.Key.Key_Up: QAbstractItemView.CursorAction.MoveUp,
    Qt.Key.Key_Down: QAbstractItemView.CursorAction.MoveDown,
}


@dataclass(slots=True)
class _Line:
    """One line of tiles: where it lies, its floor label and which tiles stand in it. A head has no tiles."""

    y: int
    high: int
    label: str
    first: int
    count: int
    head: bool = False


class TilesView(QAbstractItemView):
    """The board itself. Rooms never move: what a filter leaves out is only dimmed.

    Signals: opened(tile) for Enter or a double click; current_tile(tile or None); menu_wanted(tile, global point);
    digits(text) while a room number is being typed; marks_changed() when Shift and arrows took neighbours in.
    """

    opened = Signal(object)
    current_tile = Signal(object)
    menu_wanted = Signal(object, QPoint)
    digits = Signal(str)
    marks_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tiles = TilesModel()
        self._lines: list[_Line] = []
        self._runs: list[tuple[int, str, str]] = []
        self._words: dict[str, str] = {}
        self._tops: list[int] = []
        self._line_of: list[int] = []
        self._columns = 1
        self._tile_wide = 100.0
        self._label_wide = 40
        self._whole = 0
        self._heads = False
        self._typed = ""
        self._marking = False
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_DIGITS_MS)
        self._typing.timeout.connect(self._forget_digits)
        self.setModel(self.tiles)
        self.setItemDelegate(TileDelegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setObjectName("Board")
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName(self.tr("房态图"))
        self.doubleClicked.connect(self._open)

    # what is shown

    def show_tiles(self, tiles: Sequence[Tile], *, heads: bool = False) -> None:
        """Show these rooms in this order; `heads` puts a line with its name before each building. Keeps the room."""
        kept = self.current()
        self._heads = heads
        self.tiles.set_tiles(tiles)
        self._mark(set())
        self._group()
        self._lay_out()
        at = self.tiles.place(kept.room_id) if kept is not None else -1
        if at >= 0:
            self.setCurrentIndex(self.tiles.index(at, 0))

    def replace(self, tile: Tile) -> bool:
        """Change one room in place."""
        return self.tiles.replace(tile)

    def dim(self, keep: Any) -> int:
        """Dim every tile for which `keep(tile)` is false (None: dim none). Answers how many stay bright."""
        everything = self.tiles.tiles
        self.tiles.dimmed = set() if keep is None else {at for at, tile in enumerate(everything) if not keep(tile)}
        self.viewport().update()
        return len(everything) - len(self.tiles.dimmed)

    def current(self) -> Tile | None:
        index = self.currentIndex()
        return self.tiles.tiles[index.row()] if index.isValid() else None

    def choose(self, room_id: Any) -> bool:
        """Make a room the current one and bring it into view."""
        at = self.tiles.place(room_id)
        if at >= 0:
            self.setCurrentIndex(self.tiles.index(at, 0))
        return at >= 0

    def marked(self) -> tuple[Any, ...]:
        """The rooms taken in with Shift and the arrows, the one in hand among them; empty without."""
        tiles = self.tiles.tiles
        return tuple(tiles[at].room_id for at in sorted(self.tiles.marked) if at < len(tiles))

    def _mark(self, rows: set[int]) -> None:
        if rows != self.tiles.marked:
            self.tiles.marked = rows
            self.viewport().update()
            self.marks_changed.emit()

    @property
    def columns(self) -> int:
        return self._columns

    # where things lie

    def _group(self) -> None:
        """Where floors and buildings begin: the tiles know, widths do not change it."""
        self._runs = []
        before: tuple[str, str] | None = None
        for at, tile in enumerate(self.tiles.tiles):
            here = (tile.building, tile.floor)
            if here != before:
                self._runs.append((at, tile.building, tile.floor))
                before = here
        self._words = {floor: self._floor_words(floor) for floor in {run[2] for run in self._runs}}

    def _lay_out(self) -> None:
        gap, high = tokens()["tile"]["gap"], tile_height()
        font = theme().font("small")
        self._label_wide = round(max((width(font, words) for words in self._words.values()), default=30.0)) + 8
        # The edge is where it is with the bar, also without it.
        wide = min(self.viewport().width(), self.width() - self.verticalScrollBar().sizeHint().width())
        room = wide - self._label_wide - 4
        self._columns = max(1, int((room + gap) // (tile_min_width() + gap)))
        ends = [*(run[0] for run in self._runs[1:]), len(self.tiles.tiles)]
        longest = max((end - run[0] for run, end in zip(self._runs, ends, strict=False)), default=1)
        across = min(self._columns, max(1, longest))
        self._tile_wide = min((room - gap * (across - 1)) / across, _WIDEST * tile_min_width())
        self._lines, self._line_of = [], []
        y, building, head = 3, None, theme().scaled(28)
        for (at, house, floor), end in zip(self._runs, ends, strict=False):
            if self._heads and house != building:
                self._lines.append(_Line(y, head, house, at, 0, True))
                y += head
            building = house
            for first in range(at, end, self._columns):
                count = min(self._columns, end - first)
                self._line_of += [len(self._lines)] * count
                self._lines.append(_Line(y, high, self._words[floor] if first == at else "", first, count))
                y += high + gap
        self._tops = [line.y for line in self._lines]
        self._whole = y
        self.updateGeometries()
        self.viewport().update()

    def _floor_words(self, floor: str) -> str:
        return self.tr("{floor}层").format(floor=floor) if floor.lstrip("-").isdigit() else floor

    def updateGeometries(self) -> None:
        bar = self.verticalScrollBar()
        bar.setSingleStep(tile_height() + tokens()["tile"]["gap"])
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, max(0, self._whole - self.viewport().height()))
        super().updateGeometries()

    def _box(self, row: int) -> QRect:
        """Where a tile lies in the whole board."""
        if not 0 <= row < len(self._line_of):
            return QRect()
        line = self._lines[self._line_of[row]]
        gap = tokens()["tile"]["gap"]
        step = self._tile_wide + gap
        x = self._label_wide + 2 + (row - line.first) * step
        return QRect(round(x), line.y, round(x + self._tile_wide) - round(x), line.high)

    def visualRect(self, index: Index) -> QRect:
        return self._box(index.row()).translated(0, -self.verticalOffset()) if index.isValid() else QRect()

    def indexAt(self, point: QPoint) -> QModelIndex:
        y = point.y() + self.verticalOffset()
        at = bisect_right(self._tops, y) - 1
        if at >= 0:
            line = self._lines[at]
            for row in range(line.first, line.first + line.count):
                if self._box(row).contains(point.x(), y):
                    return self.tiles.index(row, 0)
        return QModelIndex()

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        box = self.visualRect(index)
        bar = self.verticalScrollBar()
        if box.top() < 3:
            bar.setValue(bar.value() + box.top() - 3)
        elif box.bottom() > self.viewport().height() - 3:
            bar.setValue(bar.value() + box.bottom() - self.viewport().height() + 3)

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, index: Index) -> bool:
        return False

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        index = self.indexAt(rect.center())
        if index.isValid():
            self.selectionModel().select(index, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        region = QRegion()
        for index in selection.indexes():
            region += self.visualRect(index).adjusted(-2, -2, 2, 2)
        return region

    def minimumSizeHint(self) -> QSize:
        gap = tokens()["tile"]["gap"]
        return QSize(self._label_wide + 3 * (tile_min_width() + gap), 2 * (tile_height() + gap))

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        offset, exposed = self.verticalOffset(), event.rect()
        start = max(0, bisect_right(self._tops, exposed.top() + offset) - 1)
        end = bisect_left(self._tops, exposed.bottom() + offset + 2)
        option = QStyleOptionViewItem()
        delegate, look = self.itemDelegate(), theme()
        current = self.currentIndex().row()
        for line in self._lines[start:end]:
            y = line.y - offset
            if line.head:
                font = look.font("strong")
                put(painter, 4, middle(font, y, line.high), line.label, font, look.colour("text"))
                continue
            if line.label:
                font, ink = look.font("small"), look.colour("text-muted")
                put(painter, self._label_wide - 6, middle(font, y, line.high), line.label, font, ink, "r")
            for row in range(line.first, line.first + line.count):
                if row != current:
                    option.rect = self._box(row).translated(0, -offset)
                    delegate.paint(painter, option, self.tiles.index(row, 0))
        if 0 <= current < len(self._line_of) and start <= self._line_of[current] < end:
            option.rect = self._box(current).translated(0, -offset)  # last, so that its ring lies over its neighbours
            delegate.paint(painter, option, self.tiles.index(current, 0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        top = self.indexAt(QPoint(self._label_wide + 8, 8))
        self._lay_out()
        if top.isValid() and self.verticalOffset():
            self.scrollTo(top)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_typing"):
            delegate: TileDelegate = self.itemDelegate()  # type: ignore[assignment]
            delegate.forget()
            self._lay_out()
        super().changeEvent(event)

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:
        super().currentChanged(current, previous)
        for index in (current, previous):
            if index.isValid():
                self.viewport().update(self.visualRect(index).adjusted(-3, -3, 3, 3))
        if current.isValid():
            self.scrollTo(current)
        if not self._marking:
            self._mark(set())
        self.current_tile.emit(self.current())

    def dataChanged(self, first: QModelIndex, last: QModelIndex, roles: Sequence[int] = ()) -> None:
        for row in range(first.row(), last.row() + 1):
            self.viewport().update(self.visualRect(self.tiles.index(row, 0)).adjusted(-3, -3, 3, 3))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.tiles.tiles:
            self.setCurrentIndex(self.tiles.index(0, 0))
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    # keys and mouse

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        index = self.currentIndex()
        if not self.tiles.tiles:
            return QModelIndex()
        if not index.isValid():
            return self.tiles.index(0, 0)
        row, last, move = index.row(), len(self.tiles.tiles) - 1, QAbstractItemView.CursorAction
        if action in (move.MoveLeft, move.MovePrevious):
            row = max(0, row - 1)
        elif action in (move.MoveRight, move.MoveNext):
            row = min(last, row + 1)
        elif action == move.MoveHome:
            row = 0
        elif action == move.MoveEnd:
            row = last
        elif action in (move.MoveUp, move.MoveDown):
            row = self._neighbour(row, 1 if action == move.MoveDown else -1)
        else:
            lines = max(1, self.viewport().height() // (tile_height() + tokens()["tile"]["gap"]) - 1)
            for _ in range(lines):
                row = self._neighbour(row, 1 if action == move.MovePageDown else -1)
        return self.tiles.index(row, 0)

    def _neighbour(self, row: int, step: int) -> int:
        """The tile above or below, in the same column where the line is long enough."""
        line = self._lines[self._line_of[row]]
        column, at = row - line.first, self._line_of[row] + step
        while 0 <= at < len(self._lines):
            if self._lines[at].count:
                return self._lines[at].first + min(column, self._lines[at].count - 1)
            at += step
        return row

    def event(self, event: QEvent) -> bool:
        if asks_for_key(event) and swallows_enter(event) and self.currentIndex().isValid():
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        digit = event.text()
        if event.modifiers() == Qt.KeyboardModifier.ShiftModifier and event.key() in _MOVES:
            self._mark_on(_MOVES[Qt.Key(event.key())])
        elif swallows_enter(event) and self.currentIndex().isValid():
            self._open(self.currentIndex())
        elif len(digit) == 1 and digit.isdigit() and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self._jump(str(int(digit)))
        elif event.key() == Qt.Key.Key_Backspace and self._typed:
            self._typed = self._typed[:-1]
            self.digits.emit(self._typed)
        else:
            super().keyPressEvent(event)

    def _mark_on(self, action: QAbstractItemView.CursorAction) -> None:
        """Shift and an arrow: the room in hand and the one beside it belong together."""
        before = self.currentIndex().row()
        target = self.moveCursor(action, Qt.KeyboardModifier.NoModifier)
        if before < 0 or not target.isValid():
            return
        self._marking = True
        self.setCurrentIndex(target)
        self._marking = False
        self._mark({*self.tiles.marked, before, target.row()})

    def keyboardSearch(self, search: str) -> None:
        """Letters do nothing: the board jumps by digits only, and names are for the search box."""

    def _jump(self, digit: str) -> None:
        """Digits jump to the first room whose number begins with them; a pause begins anew."""
        self._typed += digit
        self._typing.start()
        self.digits.emit(self._typed)
        here = self.current()
        near = here.building if here is not None else ""
        hits = [tile for tile in self.tiles.tiles if tile.number.lstrip("0").startswith(self._typed.lstrip("0") or "0")]
        exact = [tile for tile in hits if tile.number.lstrip("0") == self._typed.lstrip("0")]
        ordered = sorted(exact or hits, key=lambda tile: tile.building != near)
        if ordered:
            self.choose(ordered[0].room_id)

    def hideEvent(self, event: QHideEvent) -> None:
        self._typing.stop()
        self._typed = ""
        super().hideEvent(event)

    def _forget_digits(self) -> None:
        self._typed = ""
        self.digits.emit("")

    def _open(self, index: Index) -> None:
        self.opened.emit(self.tiles.tiles[index.row()])

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.currentIndex()
        point = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            index = self.indexAt(event.pos())
        else:
            point = self.viewport().mapToGlobal(self.visualRect(index).bottomLeft())
        if index.isValid():
            self.setCurrentIndex(index)
            self.menu_wanted.emit(self.tiles.tiles[index.row()], point)


def warm_up() -> None:
    """Paint one tile of every state aside, while the clerk types the password: glyphs, icons and Qt's classes are ready

    when the board comes. 30 ms once, on the GUI thread.
    """
    view = TilesView()
    floors = enumerate(RoomState)
    view.show_tiles([Tile(at, "1 栋", str(at), f"{at}01", state, "沈知微") for at, state in floors], heads=True)
    view.resize(400, 300)
    view.grab()
    view.deleteLater()


__all__ = ["Mark", "Tile", "TilesView", "warm_up"]
