"""The field a tenant signs in: by pen, finger or mouse; what was drawn is kept as lines, never as a picture."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QTabletEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.views.painting import middle, put
from desktop.views.theme import theme

_PEN = 2.4


class SignaturePad(QWidget):
    """Signals: drawn() with every line of the pen, also when everything was wiped."""

    drawn = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.strokes: list[list[tuple[float, float]]] = []
        self._down = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(self.tr("签名框"))

    def sizeHint(self) -> QSize:
        return QSize(640, 220)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 110)

    @property
    def empty(self) -> bool:
        return not self.strokes

    def wipe(self) -> None:
        """Once more from the beginning."""
        self.strokes, self._down = [], False
        self.update()
        self.drawn.emit()

    # the pen: a tablet tells more finely than the mouse it would otherwise become

    def tabletEvent(self, event: QTabletEvent) -> None:
        kind = event.type()
        if kind == QEvent.Type.TabletPress:
            self._begin(event.position())
        elif kind == QEvent.Type.TabletMove and self._down:
            self._go_on(event.position())
        elif kind == QEvent.Type.TabletRelease:
            self._end()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._begin(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._down:
            self._go_on(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._end()

    def _begin(self, at: QPointF) -> None:
        self._down = True
        self.strokes.append([self._inside(at)])
        self.update()

    def _go_on(self, at: QPointF) -> None:
        self.strokes[-1].append(self._inside(at))
        self.update()

    def _end(self) -> None:
        if self._down:
            self._down = False
            self.drawn.emit()

    def _inside(self, at: QPointF) -> tuple[float, float]:
        """A pen that slips over the edge draws along it."""
        return min(max(at.x(), 0.0), float(self.width())), min(max(at.y(), 0.0), float(self.height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(look.colour("line-strong"), 1))
        painter.setBrush(look.colour("surface"))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 6, 6)
        y = self.height() * 0.78
        painter.setPen(QPen(look.colour("line"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(24, y), QPointF(self.width() - 24, y))
        if self.empty:
            font = look.font("title")
            words = self.tr("请在这里签名")
            put(painter, self.width() / 2, middle(font, 0, self.height()), words, font, look.colour("text-faint"), "c")
        pen = QPen(look.colour("text"), _PEN)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for stroke in self.strokes:
            path = QPainterPath(QPointF(*stroke[0]))
            for point in stroke[1:] or stroke:
                path.lineTo(QPointF(*point))
            painter.drawPath(path)
