"""A paper given as a file 附件: a PDF as it is, a photo made small; typed, dropped or chosen as a path."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from desktop.services.attachments import MOST_BYTES, FileForm, FileTooLarge
from desktop.services.errors import DomainError
from desktop.views.buttons import Button
from desktop.views.pages import Shell
from desktop.views.photos import photo_files
from desktop.views.text_fields import TextField

_TITLE_LIMIT = 80


class NoDocument(DomainError):
    """The path leads to nothing that can be kept; the sentence says what to do."""

    def __init__(self, words: str) -> None:
        super().__init__(words, "file")


def document_file(path: Path) -> FileForm:
    """The file at a path, to be kept. Runs in a job. Raises NoDocument, NoPhoto, FileTooLarge."""
    title = path.stem[:_TITLE_LIMIT]
    try:
        if path.stat().st_size > MOST_BYTES and path.suffix.lower() == ".pdf":
            raise FileTooLarge(title, path.stat().st_size)
        with path.open("rb") as file:
            head = file.read(5)
        if head == b"%PDF-":
            return FileForm(title, "application/pdf", path.read_bytes())
    except OSError as error:
        raise NoDocument(f"打不开 {path.name}：看看文件还在不在，或重新选") from error
    return photo_files([path], title)[0]


class PathField(QWidget):
    """A path typed, dropped on the dialog or chosen by 「选文件」. `value()` is its text. Signals: changed()."""

    changed = Signal()

    def __init__(self, shell: Shell, title: str, key: str) -> None:
        super().__init__()
        self._shell, self._title = shell, title
        self.box = TextField(limit=400, hint=self.tr("PDF 或照片，也可以拖进来"))
        self.browse = Button(self.tr("选文件"), "secondary", icon="folder-open", key=key, size="small")
        self.browse.clicked.connect(self._browse)
        self.box.changed.connect(self.changed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.box, 1)
        row.addWidget(self.browse)
        self.setFocusProxy(self.box)
        self.setAcceptDrops(True)

    def value(self) -> str:
        return self.box.value()

    def set_value(self, value: str) -> None:
        self.box.set_value(value)

    def typed(self) -> str:
        return self.box.text()

    def show_typed(self, text: object) -> None:
        self.box.setText(str(text))

    def problem(self) -> str:
        return ""

    def set_state(self, state: str) -> None:
        self.box.set_state(state)

    def _browse(self) -> None:
        kinds = self.tr("PDF 或图片 ({endings})").format(endings="*.pdf *.jpg *.jpeg *.png")
        name, _kind = QFileDialog.getOpenFileName(self._shell.frame, self._title, "", kinds)
        if name:
            self.set_value(name)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.set_value(paths[0])
