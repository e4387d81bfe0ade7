"""What a change of rooms will make of them: small tiles before, an arrow, small tiles after, drawn while one types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from desktop.views.labels import Painted
from desktop.views.painting import elided, middle, put, rounded, width
from desktop.views.theme import theme

_GAP = 6


@dataclass(frozen=True, slots=True)
class Box:
    """One room as it is or will be: its number, and a second line (46.20 m²). `gone`: it will be no more."""

    number: str
    detail: str = ""
    gone: bool = False


class BeforeAfter(Painted):
    """Shows rooms before and after; tiles that do not fit are counted."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.before: tuple[Box, ...] = ()
        self.after: tuple[Box, ...] = ()

    def show_rooms(self, before: Sequence[Box], after: Sequence[Box]) -> None:
        """Draw these."""
        self.before, self.after = tuple(before), tuple(after)
        words = self.tr("之前 {before}，之后 {after}")
        told = ["、".join(f"{box.number} {box.detail}".strip() for box in side) for side in (before, after)]
        self.setAccessibleName(words.format(before=told[0], after=told[1]))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, theme().scaled(46))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, theme().scaled(46))

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.before:
            return
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        arrow = look.scaled(18)
        # Each side gets what it needs; where both do not fit, the shorter one keeps its tiles.
        room = self.width() - arrow - 4 * _GAP
        wide = min(self._wide(), (room - 2 * _GAP) / 3)
        most = max(2, int((room + _GAP) // (wide + _GAP)))
        left = min(len(self.before), max(1, most - len(self.after), most // 2))
        x = self._paint(painter, 0.0, wide, self.before, left)
        look.icon(painter, "arrow-right", "text-muted", QRectF(x + _GAP, (self.height() - arrow) / 2, arrow, arrow))
        self._paint(painter, x + arrow + 3 * _GAP, wide, self.after, max(1, most - left))

    def _wide(self) -> float:
        strong, small = theme().font("strong"), theme().font("caption")
        boxes = (*self.before, *self.after)
        return max(max(width(strong, box.number), width(small, box.detail)) for box in boxes) + 20

    def _paint(self, painter: QPainter, x: float, wide: float, boxes: Sequence[Box], most: int) -> float:
        """Paint tiles from x on; where the next thing may stand."""
        look, high = theme(), float(self.height())
        shown = boxes if len(boxes) <= most else boxes[: max(1, most - 1)]
        for box in shown:
            rect = QRectF(x, 0, wide, high).adjusted(0.5, 0.5, -0.5, -0.5)
            rounded(painter, rect, 4, look.colour("sunken" if box.gone else "surface"), look.colour("line-strong"))
            ink = look.colour("text-faint" if box.gone else "text")
            strong, small = look.font("strong"), look.font("caption")
            number = elided(strong, box.number, wide - 8)
            top, tall = (3, high / 2) if box.detail else (0, high)
            put(painter, rect.center().x(), middle(strong, top, tall), number, strong, ink, "c")
            if box.gone:
                across, y = width(strong, number) / 2, top + tall / 2
                painter.setPen(ink)
                painter.drawLine(int(rect.center().x() - across), int(y), int(rect.center().x() + across), int(y))
            detail = look.colour("text-muted")
            put(painter, rect.center().x(), middle(small, high / 2 - 2, high / 2), box.detail, small, detail, "c")
            x += wide + _GAP
        if len(shown) < len(boxes):
            font = look.font("small")
            words = f"+{len(boxes) - len(shown)}"
            put(painter, x + 2, middle(font, 0, high), words, font, look.colour("text-muted"))
            x += width(font, words) + _GAP
        painter.setBrush(Qt.BrushStyle.NoBrush)
        return x
