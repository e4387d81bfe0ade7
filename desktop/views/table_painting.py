"""How a table is painted: one delegate for every kind of cell, the head with its sort arrow, the tick."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem

from desktop.views.columns import Column, GroupHead, Kind
from desktop.views.paged import PagedModel
from desktop.views.painting import middle, paint_tag, put, rounded, tone_colours, width
from desktop.views.theme import theme

if TYPE_CHECKING:
    from desktop.views.tables import RowTable

PAD = 10
_TICK = 16


def paint_tick(painter: QPainter, box: QRectF, on: bool, partly: bool = False, alive: bool = True) -> None:
    """A check box of 16 px, painted as the style sheet draws the real one."""
    look = theme()
    if on or partly:
        rounded(painter, box, 3, look.colour("primary" if alive else "text-disabled"))
        look.icon(painter, "minus" if partly else "check", "on-primary", box.adjusted(2, 2, -2, -2))
    else:
        rounded(painter, box, 3, look.colour("surface" if alive else "sunken"), look.colour("line-input"))


def rows_selected_in_view(table: RowTable) -> frozenset[int]:
    """What the delegate paints as selected: asked cell by cell, Qt would ask the flags of the whole row each time."""
    chosen, first = table.selectionModel(), table.rowAt(0)
    if first < 0 or not chosen.hasSelection():
        return frozenset()
    last = table.rowAt(table.viewport().height() - 1)
    rows = range(first, (last if last >= 0 else table.rows.rowCount() - 1) + 1)
    return frozenset(row for row in rows if chosen.isRowSelected(row, QModelIndex()))


class RowDelegate(QStyledItemDelegate):
    """Paints one cell from its Column: text, second line, money, tag or tick, and the line under the row."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        model: PagedModel = index.model()  # type: ignore[assignment]
        column, row, look = model.columns[index.column()], model.row(index.row()), theme()
        box = QRectF(option.rect)
        view: RowTable = self.parent()  # type: ignore[assignment]
        painter.save()
        words = model.data(index)  # also asks for the block when it is not here yet
        if isinstance(row, GroupHead):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._group(painter, box, row, index.column())
            painter.restore()
            return
        ticked = row is not None and model.ticks.has(model.key(index.row()) or 0)
        # Filled without smoothing: at 125 % the edges of cells lie between pixels, and a seam would show.
        if index.row() in view.selected_in_view or ticked:
            painter.fillRect(box, look.colour("selected"))
        elif index.row() == view.hovered:
            painter.fillRect(box, look.colour("hover"))
        painter.fillRect(QRectF(box.x(), box.bottom(), box.width(), 1).translated(0, -1), look.colour("line"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if column.kind == Kind.TICK:
            spot = QRectF(box.center().x() - _TICK / 2, box.center().y() - _TICK / 2, _TICK, _TICK)
            if row is not None:
                paint_tick(painter, spot, ticked, alive=model.can_tick(row))
        elif row is None:
            self._text(painter, box, Column("", str), "…", "…")
        elif column.tag is not None:
            tag = column.tag(row)
            if tag is not None:
                paint_tag(painter, box.x() + PAD, box.center().y(), tag.text, tag.icon, tone_colours(tag.tone))
        else:
            self._text(painter, box, column, row, str(words))
        painter.restore()

    def _text(self, painter: QPainter, box: QRectF, column: Column, row: Any, words: str) -> None:
        look = theme()
        font = look.font("strong" if column.strong else "body")
        colour = look.colour(column.tone(row) or "text") if column.tone is not None else look.colour("text")
        room = box.width() - 2 * PAD
        detail = column.detail(row) if column.detail is not None else ""
        x, side = (box.right() - PAD, "r") if column.right else (box.x() + PAD, "l")
        if detail:
            small = look.font("caption")
            upper, lower = box.height() * 0.54, box.height() * 0.42
            put(painter, x, middle(font, box.y() + 2, upper), words, font, colour, side, room)
            low = box.y() + upper - 1
            put(painter, x, middle(small, low, lower), detail, small, look.colour("text-muted"), side, room)
        else:
            put(painter, x, middle(font, box.y(), box.height()), words, font, colour, side, room)

    @staticmethod
    def _group(painter: QPainter, box: QRectF, group: GroupHead, column: int) -> None:
        look = theme()
        painter.fillRect(box, look.colour("sunken"))
        if column == 0:
            font = look.font("small")
            x = box.x() + PAD
            x += put(painter, x, middle(font, box.y(), box.height()), group.text, font, look.colour("text")) + 6
            put(painter, x, middle(font, box.y(), box.height()), group.detail, font, look.colour("text-muted"))

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(40, theme().height("row"))


class Head(QHeaderView):
    """Small muted words, an arrow only on the sorted column, a tick over tick columns."""

    def __init__(self, table: RowTable) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._table = table
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), theme().height("header-row"))

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:
        look, box, model = theme(), QRectF(rect), self._table.rows
        column = model.columns[logical]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(box, look.colour("surface"))
        painter.fillRect(QRectF(box.x(), box.bottom(), box.width(), 1).translated(0, -1), look.colour("line-strong"))
        if column.kind == Kind.TICK:
            spot = QRectF(box.center().x() - _TICK / 2, box.center().y() - _TICK / 2, _TICK, _TICK)
            ticks = model.ticks
            paint_tick(painter, spot, ticks.everything and not ticks.keys, partly=bool(ticks.keys))
            painter.restore()
            return
        font, sorted_here = look.font("small"), column.sort_key is not None and column.sort_key == model.sort_key
        arrow = 16 if sorted_here else 0
        baseline, colour = middle(font, box.y(), box.height()), look.colour("text-muted")
        if column.right:
            put(painter, box.right() - PAD, baseline, column.title, font, colour, "r")
            x = box.right() - PAD - width(font, column.title) - 15
        else:
            x = box.x() + PAD + put(painter, box.x() + PAD, baseline, column.title, font, colour) + 3
        if arrow:
            name = "arrow-down" if model.descending else "arrow-up"
            look.icon(painter, name, "primary-text", QRectF(x, box.center().y() - 6, 12, 12))
        painter.restore()
