"""The picture of the camera with the card's outline drawn on it, and beneath it one sentence to be read from afar."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.views.capture.camera_run import Shown
from desktop.views.labels import Painted
from desktop.views.painting import em, focus_ring, put, rounded, width
from desktop.views.theme import theme

_GAP = 8
_RADIUS = 8.0
_GOOD = frozenset({"steady", "shot", "done"})
"""Stages in which the clerk need do nothing: the outline is green."""


class CameraPreview(Painted):
    """Give it each picture with `show_picture`, or words in place of one with `show_words`. Signals: resized()."""

    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, False)
        self.shown: Shown | None = None
        self.words = ""
        self.tone = ""
        self.pictures = 0
        """How many were shown."""

    def sizeHint(self) -> QSize:
        """It takes what room there is: asking for more would push the sentence below the edge."""
        return QSize(480, 200 + self._band())

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 150 + self._band())

    def show_picture(self, shown: Shown) -> None:
        """The newest picture; the one before it is overwritten."""
        self.forget_picture()
        self.shown = shown
        self.pictures += 1
        self._say(shown.view.words, "ok" if str(shown.view.stage) in _GOOD else "warn")
        self.update()

    def show_words(self, words: str, tone: str = "") -> None:
        """Words in place of a picture: what is being done, or what is to be done."""
        self.forget_picture()
        self._say(words, tone)
        self.update()

    def forget_picture(self) -> None:
        """Overwrite what is shown."""
        if self.shown is not None:
            self.shown.wipe()
            self.shown = None

    def _say(self, words: str, tone: str) -> None:
        if (words, tone) != (self.words, self.tone):
            self.words, self.tone = words, tone
            self.setAccessibleName(words)

    def _band(self) -> int:
        """Height of the sentence."""
        return ceil(em(theme().font("total")) * 1.5)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect())
        if self.shown is None:
            rounded(painter, whole, _RADIUS, theme().colour("sunken"))
            painter.setFont(theme().font("page"))
            painter.setPen(theme().colour(self.tone or "text-muted"))
            around = whole.adjusted(24, 12, -24, -12)
            painter.drawText(around, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.words)
        else:
            self._paint_picture(painter, self.shown)
            self._paint_words(painter)
        if self.hasFocus():
            focus_ring(painter, whole, _RADIUS)

    def _box(self) -> QRectF:
        """Where the picture may lie."""
        return QRectF(3, 3, self.width() - 6, self.height() - self._band() - _GAP - 3)

    def room(self) -> tuple[int, int]:
        """Pixels of the screen the picture may have."""
        box, ratio = self._box(), self.devicePixelRatioF()
        return max(1, round(box.width() * ratio)), max(1, round(box.height() * ratio))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def _paint_picture(self, painter: QPainter, shown: Shown) -> None:
        """The picture comes in the size it has here; only one on its way while the window changed is scaled."""
        room, image = self._box(), shown.image
        scale = min(room.width() / image.width(), room.height() / image.height())
        wide, high = image.width() * scale, image.height() * scale
        box = QRectF(room.x() + (room.width() - wide) / 2, room.y() + (room.height() - high) / 2, wide, high)
        painter.drawImage(box, image)
        if shown.corners:
            painter.save()
            painter.setClipRect(box)
            outline = QPolygonF([QPointF(box.x() + x * wide, box.y() + y * high) for x, y in shown.corners])
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for colour, thick in ((theme().colour("scrim"), 7.0), (_bright(self.tone), 3.5)):  # seen on any desk
                painter.setPen(QPen(colour, thick, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, _JOIN))
                painter.drawPolygon(outline)
            painter.restore()

    def _paint_words(self, painter: QPainter) -> None:
        """As large as fits: the sentence is read standing, with a card in one's hands."""
        room = self.width() - 16
        font = next((font for font in _fonts() if width(font, self.words) <= room), _fonts()[-1])
        middle = self.height() - self._band() / 2
        put(
            painter, self.width() / 2, middle + em(font) * 0.365, self.words, font, theme().colour(self.tone or "text"),
            align="c", room=room,
        )  # fmt: skip


_JOIN = Qt.PenJoinStyle.RoundJoin


def _fonts() -> tuple[QFont, ...]:
    return tuple(theme().font(role) for role in ("total", "page", "body"))


def _bright(tone: str) -> QColor:
    """A camera's picture is neither light nor dark: the outline takes the brighter shade of the tone in both themes."""
    shades = [theme().colour(tone or "warn"), theme().colour(f"{tone or 'warn'}-line")]
    return max(shades, key=lambda shade: shade.lightness())
