"""Numbered words to pick from, in lines: a digit or Space picks, arrows move; what is picked is ticked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.views.keys import asks_for_key, swallows_enter
from desktop.views.labels import Painted
from desktop.views.painting import cap_width, focus_ring, key_cap, middle, put, rounded, width
from desktop.views.theme import theme

_GAP = 6
_SIDE = 8.0
_DIGITS = {Qt.Key.Key_0 + digit: digit for digit in range(1, 10)}


@dataclass(frozen=True, slots=True)
class Pick:
    """One word; `on`: it is picked."""

    words: str
    on: bool = False


class PickRow(Painted):
    """Signals: picked(position) by digit, Space or click; moved(position) by an arrow; left(up) off either end by ↑ ↓
    or Backspace; entered() for Enter."""

    picked = Signal(int)
    moved = Signal(int)
    left = Signal(bool)
    entered = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._picks: list[Pick] = []
        self.at = 0
        self.numbered = True
        """False where digits are typed to find a word."""
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_picks(self, picks: Sequence[Pick], at: int = 0) -> None:
        """These words, with the one at `at` in hand."""
        self._picks = list(picks)
        self.at = max(0, min(at, len(self._picks) - 1))
        self._tell()
        self.updateGeometry()
        self.update()

    @property
    def picks(self) -> list[Pick]:
        return self._picks

    def _tell(self) -> None:
        if self._picks:
            pick = self._picks[self.at]
            self.setAccessibleDescription("，".join(part for part in (pick.words, "已选" if pick.on else "") if part))

    # where they stand

    def _wide(self, at: int) -> float:
        look, pick = theme(), self._picks[at]
        cap = cap_width(str(at + 1)) + 6 if at < 9 and self.numbered else 0
        return 2 * _SIDE + cap + (look.scaled(16) if pick.on else 0) + width(look.font("small", 500), pick.words)

    def _boxes(self, wide: float) -> list[QRectF]:
        high, boxes, x, y = float(theme().height("control-small")), [], 0.0, 0.0
        for at in range(len(self._picks)):
            needed = self._wide(at)
            if x and x + needed > wide:
                x, y = 0.0, y + high + _GAP
            boxes.append(QRectF(x, y, needed, high))
            x += needed + _GAP
        return boxes

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, wide: int) -> int:
        boxes = self._boxes(wide)
        return round(boxes[-1].bottom()) if boxes else theme().height("control-small")

    def sizeHint(self) -> QSize:
        widest = max((self._wide(at) for at in range(len(self._picks))), default=40.0)
        return QSize(round(widest + 1), self.heightForWidth(self.width() or 600))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.sizeHint().width(), theme().height("control-small"))

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = look.font("small", 500)
        for at, (box, pick) in enumerate(zip(self._boxes(self.width()), self._picks, strict=True)):
            here = at == self.at and self.hasFocus()
            fill = look.colour("primary-tint" if pick.on else "surface")
            rounded(painter, box, 5, fill, look.colour("primary" if pick.on else "line-strong"))
            ink = look.colour("primary-text" if pick.on else "text")
            x, centre = box.x() + _SIDE, box.center().y()
            if at < 9 and self.numbered:
                x += key_cap(painter, str(at + 1), x, centre, ink, look.colour("text", 0.35)) + 6
            if pick.on:
                glyph = look.scaled(13)
                look.icon(painter, "check", ink, QRectF(x, centre - glyph / 2, glyph, glyph))
                x += look.scaled(16)
            put(painter, x, middle(font, box.y(), box.height()), pick.words, font, ink)
            if here:
                focus_ring(painter, box)

    # hands

    def event(self, event: QEvent) -> bool:
        if asks_for_key(event) and swallows_enter(event):
            event.accept()  # Enter belongs to the strip here
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        key = event.key()
        if not plain or not self._picks:
            if plain and key in (Qt.Key.Key_Up, Qt.Key.Key_Backspace):
                self.left.emit(True)
            else:
                super().keyPressEvent(event)
        elif key in _DIGITS and self.numbered:
            if _DIGITS[key] <= len(self._picks):
                self._move(_DIGITS[key] - 1)
                self.picked.emit(self.at)
        elif key == Qt.Key.Key_Space:
            self.picked.emit(self.at)
        elif swallows_enter(event):
            self.entered.emit()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._step(-1 if key == Qt.Key.Key_Left else 1)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._line(-1 if key == Qt.Key.Key_Up else 1)
        elif key == Qt.Key.Key_Backspace:
            self.left.emit(True)
        else:
            super().keyPressEvent(event)

    def _step(self, by: int) -> None:
        if 0 <= self.at + by < len(self._picks):
            self._move(self.at + by)
            self.moved.emit(self.at)

    def _line(self, by: int) -> None:
        """Up or down a line, to what stands nearest; off the end the strip decides."""
        boxes = self._boxes(self.width())
        here = boxes[self.at]
        rows = [at for at, box in enumerate(boxes) if (box.y() - here.y()) * by > 0]
        if not rows:
            self.left.emit(by < 0)
            return
        line = min(abs(boxes[at].y() - here.y()) for at in rows)
        near = [at for at in rows if abs(boxes[at].y() - here.y()) == line]
        self._move(min(near, key=lambda at: abs(boxes[at].center().x() - here.center().x())))
        self.moved.emit(self.at)

    def _move(self, at: int) -> None:
        self.at = at
        self._tell()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for at, box in enumerate(self._boxes(self.width())):
            if box.contains(event.position()):
                self._move(at)
                self.picked.emit(at)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()
