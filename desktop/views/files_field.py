"""Photos and papers as a field of a form: chosen, dropped or pasted, made small off the GUI thread, named in a line."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QFocusEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QSizePolicy, QWidget

from desktop.services.attachments import MOST_BYTES, FileForm, FileTooLarge
from desktop.services.errors import DomainError
from desktop.views.buttons import Button
from desktop.views.check_in.reading import PICTURE_FILES, sources_in
from desktop.views.keys import bind
from desktop.views.labels import FreeText
from desktop.views.pages import Shell
from desktop.views.photos import photo_files

_PDF = ".pdf"


class NoPaper(DomainError):
    """A file that says it is a PDF and is none."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} 不是能打开的 PDF：换一个文件")


class FilesField(QWidget):
    """`value()` is a tuple of FileForm. Signals: changed() when files came, went or were refused."""

    changed = Signal()
    kinds: tuple[str, ...] = (*PICTURE_FILES, ".pdf")
    """Endings that are offered when somebody chooses."""

    def __init__(self, shell: Shell, name: str, *, key: str = "Ctrl+O") -> None:
        super().__init__()
        self._shell, self._name = shell, name
        self._files: list[FileForm] = []
        self._trouble = ""
        self.add_button = Button(self.words(), "secondary", icon="paperclip", key=key, size="small")
        self.add_button.clicked.connect(self.choose)
        self.drop_button = Button(self.tr("去掉最后一个"), "quiet", icon="trash-2", size="small", slot=self.drop_last)
        self.add_button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.drop_button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.names = FreeText("", token="text-muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.add_button)
        row.addWidget(self.names)
        row.addWidget(self.drop_button)
        row.addStretch(1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        bind(self, "Ctrl+V", self.paste)
        self._say()

    def words(self) -> str:
        """What the button says."""
        return self.tr("添加照片或文件")

    # a field

    def value(self) -> tuple[FileForm, ...]:
        return tuple(self._files)

    def set_value(self, files: Sequence[FileForm]) -> None:
        self._files, self._trouble = list(files), ""
        self._say()
        self.changed.emit()

    def problem(self) -> str:
        return self._trouble

    def set_state(self, state: str) -> None:
        """The message under the field says it; a button has no state of its own."""

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.add_button.setFocus(event.reason())

    # files

    def choose(self) -> None:
        """Ask the system for pictures and PDFs."""
        kinds = " ".join(f"*{ending}" for ending in self.kinds)
        words = (self.tr("照片和 PDF") if _PDF in self.kinds else self.tr("照片")) + f" ({kinds})"
        names, _kind = QFileDialog.getOpenFileNames(self._shell.frame, self._name, "", words)
        self.add([Path(name) for name in names])

    def paste(self) -> None:
        self.add(sources_in(QGuiApplication.clipboard().mimeData()))

    def add(self, sources: Sequence[Path | QImage]) -> None:
        """Read these files; what cannot be kept is said under the field, the others stay."""
        if sources:
            self._shell.run(partial(self.reading, list(sources), self._name), self._came, self._refused)

    @staticmethod
    def reading(sources: Sequence[Path | QImage], title: str) -> list[FileForm]:
        """In a job: what the files hold. Raises NoPhoto, NoPaper, FileTooLarge."""
        return [_paper(each) if _is_pdf(each) else photo_files([each], title)[0] for each in sources]

    def drop_last(self) -> None:
        if self._files:
            self.set_value(self._files[:-1])
            self.add_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _came(self, files: list[FileForm]) -> None:
        self.set_value([*self._files, *files])

    def _refused(self, error: Exception) -> None:
        self._trouble = getattr(error, "message", "") or str(error)
        self.changed.emit()

    def _say(self) -> None:
        names = "、".join(file.title for file in self._files)
        told = self.tr("{n} 个：{names}").format(n=len(self._files), names=names) if self._files else ""
        self.names.setText(told or self.tr("也可以拖进来，或 Ctrl V 粘贴"))
        self.drop_button.setVisible(bool(self._files))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if sources_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.add(sources_in(event.mimeData()))


def _is_pdf(source: Path | QImage) -> bool:
    return isinstance(source, Path) and source.suffix.lower() == _PDF


def _paper(source: Path | QImage) -> FileForm:
    assert isinstance(source, Path)
    try:
        size = source.stat().st_size
        if size > MOST_BYTES:
            raise FileTooLarge(source.name, size)
        data = source.read_bytes()
    except OSError as trouble:
        raise NoPaper(source.name) from trouble
    if not data.startswith(b"%PDF"):
        raise NoPaper(source.name)
    return FileForm(source.stem, "application/pdf", data)
