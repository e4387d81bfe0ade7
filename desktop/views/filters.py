"""What narrows a list: counters that filter, the legend that is the state filter, chips for conditions in force."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from desktop.models.values import RoomState
from desktop.views.painting import focus_ring, middle, put, rounded, tone_colours, width
from desktop.views.theme import theme

_TIGHT = 7.0
"""Around the figure of a counter that has little room."""
_SIDE = 6.0
"""At either side of a state of the legend."""


class Counter(QAbstractButton):
    """A figure with glyph, word and a line of detail; clicked it filters, clicked again it lets go (checkable)."""

    def __init__(self, icon: str, words: str, token: str = "text") -> None:
        super().__init__()
        self._icon, self._token = icon, token
        self._figure, self._detail = "—", ""
        self.setText(words)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_figure(self, figure: str, detail: str = "") -> None:
        """Set the figure and the line beneath."""
        self._figure, self._detail = figure, detail
        self.setAccessibleName("，".join(part for part in (f"{self.text()} {figure}", detail) if part))
        self.setToolTip(detail)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        look = theme()
        figure = max(width(look.font("figure", 600), self._figure), look.scaled(14))
        head = look.scaled(15) + 5 + width(look.font("small", 500), self.text())
        detail = width(look.font("caption"), self._detail)
        return QSize(round(11 + figure + 11 + max(head, detail) + 10), look.scaled(44))

    def minimumSizeHint(self) -> QSize:
        """Figure and word must fit; the line of detail and the glyph go whole when they do not."""
        look = theme()
        figure = max(width(look.font("figure", 600), self._figure), look.scaled(14))
        head = width(look.font("small", 500), self.text())
        return QSize(round(2 * _TIGHT + figure + head + 5), look.scaled(44))

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter, box = theme(), QPainter(self), QRectF(self.rect())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isChecked()
        fill = look.colour("primary-tint" if on else "hover" if self.underMouse() else "surface")
        rounded(painter, box, 8, fill, look.colour("primary" if on else "line"), 2.0 if on else 1.0)
        if self.hasFocus():
            focus_ring(painter, box, 8)
        ink, figure = look.colour(self._token), look.font("figure", 600)
        gap = 11.0 if box.width() >= self.minimumSizeHint().width() + 2 * (11 - _TIGHT) else _TIGHT
        x = gap
        wide = max(put(painter, x, middle(figure, 0, box.height()), self._figure, figure, ink), look.scaled(14))
        x += wide + gap
        head, detail, glyph = look.font("small", 500), look.font("caption"), look.scaled(15)
        told = self._detail if x + width(detail, self._detail) <= box.width() - 3 else ""
        upper = QRectF(0, 3, box.width(), box.height() / 2 - 3) if told or not self._detail else box
        before = glyph + 5
        if x + before + width(head, self.text()) <= box.width() - 3:
            look.icon(painter, self._icon, ink, QRectF(x, upper.center().y() - glyph / 2, glyph, glyph))
        else:
            before = 0
        put(painter, x + before, middle(head, upper.y(), upper.height()), self.text(), head, look.colour("text"))
        lower = QRectF(0, box.height() / 2, box.width(), box.height() / 2 - 4)
        put(painter, x, middle(detail, lower.y(), lower.height()), told, detail, look.colour("text-muted"))
        if on and x + before + width(head, self.text()) < box.right() - 22:
            look.icon(painter, "funnel", "primary-text", QRectF(box.right() - 22, 7, 14, 14))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self.updateGeometry()
        super().changeEvent(event)


class StateChip(QAbstractButton):
    """A room state in the legend, with its count: the legend is the state filter. Narrow it keeps glyph and count."""

    def __init__(self, state: RoomState) -> None:
        super().__init__()
        self.state, self._count, self._wordless = state, 0, False
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_count(0)

    def show_count(self, count: int) -> None:
        self._count = count
        words = theme().room(self.state).word
        self.setAccessibleName(f"{words} {count}")
        self.setToolTip(f"{words} {count}")
        self.updateGeometry()
        self.update()

    def set_wordless(self, wordless: bool) -> None:
        if wordless != self._wordless:
            self._wordless = wordless
            self.updateGeometry()
            self.update()

    def _words(self) -> str:
        word = theme().room(self.state).word
        return str(self._count) if self._wordless else f"{word} {self._count}"

    def full_width(self) -> int:
        look = theme()
        text = f"{look.room(self.state).word} {self._count}"
        return round(width(look.font("small", 500), text) + look.scaled(14) + 5 + 2 * _SIDE)

    def least_width(self) -> int:
        """Without its word."""
        look = theme()
        return round(width(look.font("small", 500), str(self._count)) + look.scaled(14) + 5 + 2 * _SIDE)

    def sizeHint(self) -> QSize:
        look = theme()
        wide = width(look.font("small", 500), self._words()) + look.scaled(14) + 5 + 2 * _SIDE
        return QSize(round(wide), look.height("control-small"))

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter, box = theme(), QPainter(self), QRectF(self.rect())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        state, font, glyph = look.room(self.state), look.font("small", 500), look.scaled(14)
        on = self.isChecked()
        rounded(painter, box, 5, state.bg, look.colour("primary") if on else state.line, 2.0 if on else 1.0)
        if self.hasFocus():
            focus_ring(painter, box)
        x, centre = _SIDE, box.center().y()
        look.icon(painter, state.icon, state.fg, QRectF(x, centre - glyph / 2, glyph, glyph))
        put(painter, x + glyph + 5, middle(font, 0, box.height()), self._words(), font, state.fg)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self.updateGeometry()
        super().changeEvent(event)


class Legend(QWidget):
    """All room states with their counts, right-aligned; words go first when it gets narrow. Signals: changed()."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chips = {state: StateChip(state) for state in RoomState}
        for chip in self.chips.values():
            chip.setParent(self)
            chip.toggled.connect(self._toggled)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def chosen(self) -> frozenset[RoomState]:
        """The states to show; empty shows all."""
        return frozenset(state for state, chip in self.chips.items() if chip.isChecked())

    def show_counts(self, counts: dict[RoomState, int]) -> None:
        for state, chip in self.chips.items():
            chip.show_count(counts.get(state, 0))
        self._lay_out()

    def clear(self) -> None:
        for chip in self.chips.values():
            chip.setChecked(False)

    def _toggled(self, on: bool) -> None:
        self.changed.emit()

    def sizeHint(self) -> QSize:
        wide = sum(chip.full_width() for chip in self.chips.values()) + 5 * (len(self.chips) - 1)
        return QSize(wide, theme().height("control-small"))

    def minimumSizeHint(self) -> QSize:
        wide = sum(chip.least_width() for chip in self.chips.values()) + 5 * (len(self.chips) - 1)
        return QSize(wide, theme().height("control-small"))

    def _lay_out(self) -> None:
        wordless = self.sizeHint().width() > self.width()
        for chip in self.chips.values():
            chip.set_wordless(wordless)
        x = self.width()
        for chip in reversed(self.chips.values()):
            size = chip.sizeHint()
            x -= size.width()
            chip.setGeometry(x, (self.height() - size.height()) // 2, size.width(), size.height())
            x -= 5

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_out()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange) and hasattr(self, "chips"):
            self.updateGeometry()
            self._lay_out()
        super().changeEvent(event)


class FilterChip(QAbstractButton):
    """A condition in force, with a cross at its right; clicking takes it away (signal clicked)."""

    def __init__(self, words: str, tone: str = "info") -> None:
        super().__init__()
        self._tone = tone
        self.setText(words)
        self.setAccessibleName(self.tr("去掉条件 {words}").format(words=words))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        look = theme()
        return QSize(round(width(look.font("caption", 500), self.text()) + 34), look.height("control-small"))

    minimumSizeHint = sizeHint

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter, box = theme(), QPainter(self), QRectF(self.rect())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink, fill, line = tone_colours(self._tone)
        high = look.height("tag")
        drawn = QRectF(0, (box.height() - high) / 2, box.width(), high)
        rounded(painter, drawn, 4, fill, line)
        font = look.font("caption", 500)
        put(painter, 7, middle(font, drawn.y(), high), self.text(), font, ink)
        size = 12
        look.icon(painter, "x", QColor(ink), QRectF(box.right() - 19, drawn.center().y() - size / 2, size, size))
        if self.hasFocus():
            focus_ring(painter, box)
