"""What the tenant sees, small, in the clerk's window: so that nobody shows anything without knowing it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.views.buttons import KeyCap
from desktop.views.labels import PictureLabel, label
from desktop.views.theme import theme

_WIDE, _HIGH = 208, 117
_EDGE = 12
_ABOVE = 92
"""Above the status bar and the foot of a page, where the buttons are."""


class Mirror(QFrame):
    """At the lower left, over the page; it takes no clicks and no focus."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setProperty("kind", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.words = label("", "small")
        self.picture = PictureLabel()
        self.picture.setFixedSize(_WIDE, _HIGH)
        head = QHBoxLayout()
        head.addWidget(self.words, 1)
        head.addWidget(KeyCap("F12"))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.picture)
        window.installEventFilter(self)
        self.hide()

    def show_view(self, words: str, view: QPixmap) -> None:
        """This is what stands there now."""
        self.words.setText(words)
        self.picture.set_picture(view)
        self.setAccessibleName(words)
        self._place()
        self.show()
        self.raise_()

    def _place(self) -> None:
        self.adjustSize()
        window = self.parentWidget()
        left = theme().scaled(72) + _EDGE
        self.move(left, window.height() - self.height() - theme().scaled(_ABOVE))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False
