"""What the tenant sees, small, in the clerk's window: where nothing is that the clerk reads or types, or not at all.

The words about it are in the status bar whatever happens here: nobody shows anything without knowing it.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QPixmap, QRegion
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from desktop.views.buttons import KeyCap
from desktop.views.labels import PictureLabel, label
from desktop.views.theme import theme

_WIDE, _HIGH = 160, 90
_EDGE = 24
"""To the edge of the page: inside a card, not over its line."""
_GAP = 6
_ABOVE = 92
"""Above the status bar and the foot of a page, where the buttons are."""
_AGAIN_MS = 400
"""A page that scrolls or folds may move a field under it."""


class Mirror(QFrame):
    """A card over an empty part of the page; it takes no clicks and no focus."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setProperty("kind", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.picture = PictureLabel()
        self.picture.setFixedSize(_WIDE, _HIGH)
        head = QHBoxLayout()
        head.addWidget(label(self.tr("客户屏"), "small"), 1)
        head.addWidget(KeyCap("F12"))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.picture)
        self._page: QWidget | None = None
        self._wanted = False
        self._again = QTimer(self)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self._place)
        self.hide()

    def show_view(self, words: str, view: QPixmap, page: QWidget | None, *, wanted: bool = False) -> None:
        """This is what stands there now. Where `page` has no room it stays away, unless the clerk `wanted` it."""
        self.picture.set_picture(view)
        self.setAccessibleName(words)
        self._page, self._wanted = page, wanted
        self._place()
        self._again.start()

    def put_away(self) -> None:
        """Gone until something is shown again."""
        self._again.stop()
        self.hide()

    def _place(self) -> None:
        self.adjustSize()
        place = self._free_place()
        if place is None and self._wanted:
            high = self._window.height() - self.height() - theme().scaled(_ABOVE)
            place = QPoint(theme().scaled(72) + _EDGE, high)
        if place is not None:
            self.move(place)
            self.raise_()
        self.setVisible(place is not None)

    def _free_place(self) -> QPoint | None:
        """Where it lies on nothing: where it lies now, else as low and as far to the left as there is room."""
        page, size = self._page, self.size()
        if page is None or not page.isVisible():
            return None
        area = QRect(page.mapTo(self._window, QPoint()), page.size())
        area.adjust(_EDGE, _EDGE, -_EDGE - size.width(), -_EDGE - size.height())
        spots = QRegion(area)
        for taken in _taken(page, self._window):
            # Every upper left corner from which it would touch this one.
            spots -= QRegion(taken.adjusted(-size.width() - _GAP, -size.height() - _GAP, _GAP, _GAP))
        if self.isVisible() and spots.contains(self.pos()):
            return self.pos()
        best = max(spots, key=lambda rect: (rect.bottom(), -rect.left()), default=None)
        return best.bottomLeft() if best is not None else None


def _taken(page: QWidget, window: QWidget) -> list[QRect]:
    """What a page shows, piece by piece: fields, buttons, words, tables, lists; of cards and boxes their contents."""
    found = []
    for each in page.findChildren(QWidget):
        if not each.isVisible() or _holds(each):
            continue
        seen = each.visibleRegion().boundingRect()
        if isinstance(each, QLabel) and not each.wordWrap():
            seen &= _words_of(each)
        if not seen.isEmpty():
            found.append(QRect(each.mapTo(window, seen.topLeft()), seen.size()))
    return found


def _holds(widget: QWidget) -> bool:
    """Whether it only holds others, and is empty between them."""
    if isinstance(widget, QLabel):
        return not widget.text() and widget.pixmap().isNull()
    if isinstance(widget, QAbstractScrollArea):
        return isinstance(widget, QScrollArea)
    outer = widget.parentWidget()
    inside = isinstance(outer, QAbstractScrollArea) and outer.viewport() is widget
    return inside or widget.layout() is not None or type(widget) is QWidget


def _words_of(words: QLabel) -> QRect:
    """The part of a label that its words fill."""
    size: QSize = words.sizeHint().boundedTo(words.size())
    return QStyle.alignedRect(words.layoutDirection(), words.alignment(), size, words.rect())
