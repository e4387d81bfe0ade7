"""Kept files on screen: a condition photo or a stored paper is opened in memory and never written to the disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPixmap
from PySide6.QtWidgets import QWidget

from desktop.services import attachments
from desktop.services.acts import Op
from desktop.services.attachments import FileForm, FileRow
from desktop.services.errors import DomainError
from desktop.services.work import Approval
from desktop.views.dialogs import Dialog
from desktop.views.keys import bind
from desktop.views.labels import PictureLabel
from desktop.views.on_the_spot import Asked, run_or_ask
from desktop.views.pages import Shell
from desktop.views.preview import PreviewPanel
from desktop.views.printing import PrintOrder
from desktop.views.reveals import not_revealed

_LONGEST = 2400
"""Pixels of the longer side: sharp on the whole screen; a photo of 50 megapixels never lies in memory."""
KIND_WORDS = {"condition_photo": "房况照片", "lease_pdf": "租约", "lease": "租约", "scan": "扫描件"}


class NotShown(DomainError):
    """A kind of file that cannot be looked at here."""

    def __init__(self, title: str) -> None:
        super().__init__(f"{title} 不是图片或 PDF，这里打不开：另存成图片或 PDF 再添加")


@dataclass(frozen=True, slots=True)
class Opened:
    """A file ready to be shown: a decoded picture, or the bytes of a PDF."""

    title: str
    picture: QImage | None
    pdf: bytes | None


def open_kept(session: Any, file: FileRow, approval: Approval | None = None) -> Opened:
    """Read and decode a kept file, in a job; one with whole numbers on it is noted. Raises NotFound, NotShown."""
    if file.kind in attachments.WITH_NUMBERS:
        form = session.act_with(approval, Op.REVEAL, lambda work: attachments.reveal_file(work, file.id))
    else:
        form = session.read(attachments.read_file, file.id)
    return decoded(form)


def decoded(form: FileForm) -> Opened:
    """A file in clear made ready to be shown, in a job. Raises NotShown."""
    if form.media_type == "application/pdf":
        return Opened(form.title, None, form.data)
    held = QByteArray(form.data)
    buffer = QBuffer(held)
    buffer.open(QBuffer.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > _LONGEST:
        reader.setScaledSize(size.scaled(QSize(_LONGEST, _LONGEST), Qt.AspectRatioMode.KeepAspectRatio))
    picture = reader.read()
    if picture.isNull():
        raise NotShown(form.title)
    return Opened(form.title, picture, None)


def show_kept(shell: Shell, file: FileRow, noted: Callable[[], object]) -> None:
    """Read a kept file off the GUI thread and open it over the page; `noted` when that left a line in the history."""
    writes = file.kind in attachments.WITH_NUMBERS
    done = partial(_show, shell, noted if writes else None)
    work = partial(open_kept, shell.session, file)
    if not writes:
        shell.run(work, done)
        return
    words = KIND_WORDS.get(file.kind, shell.frame.tr("文件"))
    asked = Asked(shell.frame.tr("打开{kind}原件，上面有完整的证件号").format(kind=words), file.title)
    run_or_ask(shell, asked, Op.REVEAL, work, done, not_revealed)


def _show(shell: Shell, noted: Callable[[], object] | None, opened: Opened) -> None:
    if noted is not None:
        noted()
    show_opened(shell, opened)


def show_opened(shell: Shell, opened: Opened) -> None:
    """Open it over the page."""
    if opened.picture is not None:
        shell.open(PictureDialog(shell.frame, opened.title, opened.picture))
    elif opened.pdf is not None:
        shell.open(PdfDialog(shell, opened.title, opened.pdf))


class PictureDialog(Dialog):
    """One picture, as large as the dialog; Esc or Enter closes it."""

    help_topic = "files"
    writes = False

    def __init__(self, window: QWidget, title: str, picture: QImage) -> None:
        super().__init__(window, title, primary=self.tr("关闭"), wide=900)
        self.primary.set_key("Return")
        self.cancel_button.hide()  # with its key, so Esc is bound anew
        self._away = bind(self, "Esc", self.cancel)
        self.picture = PictureLabel()
        self.picture.setMinimumHeight(300)
        self.picture.setAccessibleName(title)
        self.body.addWidget(self.picture, 1)
        self.picture.set_picture(QPixmap.fromImage(picture))

    def submit(self) -> None:
        self.accept()

    def open(self) -> None:
        super().open()
        self.primary.setFocus(Qt.FocusReason.TabFocusReason)


class PdfDialog(Dialog):
    """A paper to look through and print. `kind` is what this PC remembers a printer for."""

    help_topic = "files"
    writes = False

    def __init__(self, shell: Shell, title: str, pdf: bytes, kind: str = "lease") -> None:
        super().__init__(shell.frame, title, cancel=self.tr("关闭"), wide=900)
        self._shell, self._title, self._pdf, self._kind = shell, title, pdf, kind
        self.primary.hide()
        self.primary.set_key(None)
        self.panel = PreviewPanel()
        self.panel.setMinimumHeight(320)
        self._print: Callable[[], object] | None = None
        self.panel.print_asked.connect(self.print_it)
        self.body.addWidget(self.panel, 1)
        self.closed.connect(self._shut)
        self.panel.show_pdf(pdf)

    def print_with(self, slot: Callable[[], object] | None) -> None:
        """Let the button do something else than print what is shown; None: it may not be printed."""
        self._print = slot
        self.panel.print_button.setVisible(slot is not None)

    def print_it(self) -> None:
        """F6: send it as it is to the printer remembered for its kind, or what `print_with` said."""
        if self._print is not None:
            self.accept()
            self._print()
            return
        self._shell.session.printing.submit(PrintOrder(self._pdf, self._kind, self._title))
        self._shell.toast(self.tr("正在打印 {title}").format(title=self._title))

    def open(self) -> None:
        super().open()
        self.panel.preview.setFocus(Qt.FocusReason.TabFocusReason)

    def _shut(self) -> None:
        self.panel.shutdown()
