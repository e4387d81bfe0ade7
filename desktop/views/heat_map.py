"""A map of counts: rows by columns, the more the darker, every count a figure; arrows walk, Enter goes further in."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from desktop.services.repair_figures import HeatMap
from desktop.services.repair_words import CATEGORY_WORDS
from desktop.views.keys import swallows_enter
from desktop.views.labels import Painted
from desktop.views.painting import em, focus_ring, middle, put, rounded, width
from desktop.views.theme import theme

FAINTEST, STRONGEST = 0.10, 0.48
"""How much of the primary colour lies on a cell with one order, and on the fullest: the figure stays readable on it in
both shades (a test measures it)."""
LEAST_FULL = 4
"""A map of single orders is not painted as if they were many."""


def strength(count: int, most: int) -> float:
    """How much of the primary colour a cell gets, 0 to STRONGEST."""
    return FAINTEST + (STRONGEST - FAINTEST) * count / max(most, LEAST_FULL) if count else 0.0


class HeatMapView(Painted):
    """`show_map(HeatMap, name of the rows)`. Signals: opened(row, 0-based) by Enter or a double click, pointed() when
    another cell is in hand."""

    opened = Signal(int)
    pointed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.heat = HeatMap((), ())
        self._name = ""
        self._none = ("", "")
        self.row, self.column = 0, 0

    def say_when_empty(self, what: str, how: str) -> None:
        """What is so where there is nothing to show, and what to do."""
        self._none = what, how

    def show_map(self, heat: HeatMap, name: str) -> None:
        """Show other counts; the cell in hand stays where it is, if there is such a one."""
        self.heat, self._name = heat, name
        self.row = max(0, min(self.row, len(heat.rows) - 1))
        self.column = max(0, min(self.column, len(heat.categories) - 1))
        self.setFixedHeight(max(1, self.sizeHint().height()))  # the area around it has no layout that would do it
        self.updateGeometry()
        self._tell()

    def words(self) -> str:
        """The cell in hand: 1 栋 · 给排水 12 单，占全部 18.5%; of an empty map what is so."""
        if not self.heat.rows:
            return self._none[0]
        name, counts = self.heat.rows[self.row]
        count, whole = counts[self.column], sum(sum(each) for _, each in self.heat.rows)
        said = self.tr("{row} · {category} {n} 单").format(
            row=name, category=CATEGORY_WORDS[self.heat.categories[self.column]], n=count
        )
        return said + self.tr("，占全部 {share}%").format(share=f"{100 * count / whole:.1f}") if whole else said

    def _tell(self) -> None:
        self.setAccessibleDescription(self.words())
        self.update()
        self.pointed.emit()

    # measures

    def _row_high(self) -> int:
        return theme().scaled(26)

    def _head_lines(self, wide: float) -> int:
        font = theme().font("small")
        return 2 if any(width(font, CATEGORY_WORDS[each]) > wide - 6 for each in self.heat.categories) else 1

    def _first(self) -> float:
        font = theme().font("body")
        return min(180.0, max([width(font, name) for name, _ in self.heat.rows] or [60.0]) + 22)

    def _cell_wide(self) -> float:
        room = max(200.0, self.width() - self._first() - 4)
        return min(theme().scaled(96), room / (len(self.heat.categories) + 1))

    def _top(self) -> float:
        return ceil(em(theme().font("small")) * 1.5) * self._head_lines(self._cell_wide()) + 8

    def sizeHint(self) -> QSize:
        rows = len(self.heat.rows) + 1 if self.heat.rows else 4
        return QSize(theme().scaled(560), ceil(self._top() + rows * self._row_high() + 6))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().scaled(420), self.sizeHint().height())

    def box(self, row: int, column: int) -> QRectF:
        """Where a cell lies."""
        wide, high = self._cell_wide(), self._row_high()
        return QRectF(self._first() + column * wide, self._top() + row * high, wide, high)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.heat.rows:
            self._paint_nothing(painter)
            return
        self._paint_heads(painter)
        for at in range(len(self.heat.rows)):
            self._paint_row(painter, at)
        self._paint_sums(painter)

    def _paint_nothing(self, painter: QPainter) -> None:
        look, middle_x = theme(), self.width() / 2
        strong, small, high = look.font("strong"), look.font("small"), self._row_high()
        put(painter, middle_x, middle(strong, high, high), self._none[0], strong, look.colour("text"), "c")
        put(painter, middle_x, middle(small, 2 * high, high), self._none[1], small, look.colour("text-muted"), "c")

    def _paint_heads(self, painter: QPainter) -> None:
        look, wide = theme(), self._cell_wide()
        font, ink = look.font("small"), look.colour("text-muted")
        line, lines = ceil(em(font) * 1.5), self._head_lines(wide)
        put(painter, 8, middle(font, 4, line), self._name, font, ink)
        for at, words in enumerate((*(CATEGORY_WORDS[each] for each in self.heat.categories), self.tr("合计"))):
            centre = self.box(0, at).center().x()
            for number, part in enumerate(_in_lines(words, lines)):
                put(painter, centre, middle(font, 4 + number * line, line), part, font, ink, "c")

    def _paint_row(self, painter: QPainter, at: int) -> None:
        look = theme()
        body, text = look.font("body"), look.colour("text")
        name, counts = self.heat.rows[at]
        y = middle(body, self.box(at, 0).y(), self._row_high())
        put(painter, 8, y, name, body, text, room=self._first() - 12)
        for column, count in enumerate(counts):
            box = self.box(at, column).adjusted(1.5, 1.5, -1.5, -1.5)
            here = (at, column) == (self.row, self.column)
            fill = look.colour("primary", strength(count, self.heat.most)) if count else look.colour("sunken")
            rounded(painter, box, 4, fill)
            if count:
                put(painter, box.center().x(), middle(body, box.y(), box.height()), f"{count:,}", body, text, "c")
            if here and self.hasFocus():
                focus_ring(painter, box, 4)
        total = self.box(at, len(counts))
        strong = look.font("strong")
        put(painter, total.center().x(), y, f"{sum(counts):,}", strong, text, "c")

    def _paint_sums(self, painter: QPainter) -> None:
        look, rows = theme(), len(self.heat.rows)
        strong, ink = look.font("strong"), look.colour("text")
        top = self.box(rows, 0).y()
        y = middle(strong, top, self._row_high())
        painter.fillRect(QRectF(0, top, self.box(0, len(self.heat.categories)).right(), 1), look.colour("line"))
        put(painter, 8, y, self.tr("合计"), strong, ink)
        sums = [self.heat.sum_of(at) for at in range(len(self.heat.categories))]
        for at, count in enumerate((*sums, sum(sums))):
            put(painter, self.box(rows, at).center().x(), y, f"{count:,}", strong, ink, "c")

    # keys and mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Home: (0, -len(self.heat.categories)), Qt.Key.Key_End: (0, len(self.heat.categories)),
        }  # fmt: skip
        step = steps.get(Qt.Key(event.key()))
        if step is not None and self.heat.rows:
            self._point(self.row + step[0], self.column + step[1])
        elif swallows_enter(event) and self.heat.rows:
            self.opened.emit(self.row)
        else:
            super().keyPressEvent(event)

    def _point(self, row: int, column: int) -> None:
        self.row = max(0, min(row, len(self.heat.rows) - 1))
        self.column = max(0, min(column, len(self.heat.categories) - 1))
        self._tell()

    def _at(self, point: QPointF) -> tuple[int, int] | None:
        row = int((point.y() - self._top()) // self._row_high())
        column = int((point.x() - self._first()) // self._cell_wide())
        inside = 0 <= row < len(self.heat.rows) and column < len(self.heat.categories)
        return (row, max(0, column)) if inside else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if (at := self._at(event.position())) is not None:
            self._point(*at)
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if (at := self._at(event.position())) is not None:
            self._point(*at)
            self.opened.emit(self.row)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()
        super().focusOutEvent(event)


def _in_lines(words: str, lines: int) -> Sequence[str]:
    """电路照明 in two lines of two."""
    if lines == 1 or len(words) <= 2:
        return ("", words)[2 - lines :] if lines == 2 else (words,)
    half = (len(words) + 1) // 2
    return words[:half], words[half:]
