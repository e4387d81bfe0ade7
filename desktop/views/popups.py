"""A card that hangs under a field of the frame, such as search hits; the field keeps the focus."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from desktop.views.painting import soft_shadow

_AIR = 18
"""Room around the card for its shadow."""


class Popup(QWidget):
    """Fill `body`, then `show_under(widget, width)`. Signals: dismissed() however it went."""

    dismissed = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._anchor: QWidget | None = None
        self.card = QFrame(self)
        self.card.setProperty("kind", "popup")
        self.body = QVBoxLayout(self.card)
        self.body.setContentsMargins(8, 6, 8, 6)
        self.body.setSpacing(0)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def show_under(self, anchor: QWidget, wide: int) -> None:
        """Hang the card below a widget, kept inside the window; as high as its content, at most down to the foot."""
        window = self._window
        self._anchor = anchor
        wide = min(wide, window.width() - 24)
        below = anchor.mapTo(window, QPoint(0, anchor.height() + 4))
        middle = below.x() + anchor.width() // 2
        x = max(12, min(middle - wide // 2, window.width() - wide - 12))
        self.card.layout().activate()
        high = min(self.card.sizeHint().height(), window.height() - below.y() - 16)
        self.setGeometry(x - _AIR, below.y() - _AIR, wide + 2 * _AIR, high + 2 * _AIR)
        self.card.setGeometry(_AIR, _AIR, wide, high)
        if not self.isVisible():
            QApplication.instance().installEventFilter(self)
        self.show()
        self.raise_()

    def dismiss(self) -> None:
        """Take it away."""
        if not self.isHidden():
            QApplication.instance().removeEventFilter(self)
            self.hide()
            self.dismissed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.MouseButtonPress
            and isinstance(watched, QWidget)
            and isinstance(event, QMouseEvent)
        ):
            inside = watched is self or self.isAncestorOf(watched)
            anchored = self._anchor is not None and (watched is self._anchor or self._anchor.isAncestorOf(watched))
            if not inside and not anchored:
                self.dismiss()
        elif event.type() == QEvent.Type.Resize and watched is self._window:
            self.dismiss()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        soft_shadow(painter, QRectF(self.card.geometry()), 8, blur=28, drop=6, alpha=0.27)
