"""A file of this PC as a form field: its path typed, chosen, or dropped onto it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from desktop.views.buttons import Button
from desktop.views.text_fields import TextField


class PathField(QWidget):
    """`kinds` as the file dialog wants them: "PDF (*.pdf)". `value()` is the path, "" while none is given.

    Signals: changed().
    """

    changed = Signal()

    def __init__(self, kinds: str) -> None:
        super().__init__()
        self._kinds = kinds
        self.path = TextField(limit=400)
        self.path.setAcceptDrops(False)
        self.choose = Button(self.tr("选文件"), "secondary", slot=self._choose)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.path, 1)
        row.addWidget(self.choose)
        self.setAcceptDrops(True)
        self.setFocusProxy(self.path)
        self.path.changed.connect(self.changed)

    def value(self) -> str:
        return self.path.value().strip().strip('"')

    def set_value(self, path: str | None) -> None:
        self.path.set_value(path or "")

    def typed(self) -> str:
        """For a draft."""
        return self.value()

    def show_typed(self, path: str) -> None:
        self.set_value(path)

    def problem(self) -> str:
        return ""

    def set_state(self, state: str) -> None:
        self.path.set_state(state)

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.path.setAccessibleName(name)

    def _choose(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(self.window(), self.tr("选文件"), "", self._kinds)
        if name:
            self.set_value(name)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        urls = event.mimeData().urls()
        if urls:
            self.set_value(urls[0].toLocalFile())
