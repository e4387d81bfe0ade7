"""Adding a picture for templates: a file chosen, dropped or typed; too large is refused before it is opened."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage, QImageReader
from PySide6.QtWidgets import QFileDialog, QHBoxLayout

from desktop.services import template_pictures
from desktop.services.acts import Op
from desktop.services.errors import ProblemsFound
from desktop.services.template_pictures import MOST_BYTES, MOST_FILE, MOST_SIDE, file_problem, name_problem
from desktop.views.buttons import Button
from desktop.views.dialogs import Dialog
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.text_fields import TextField

ENDINGS = "*.png *.jpg *.jpeg *.bmp"


def scaled_picture(path: Path) -> bytes:
    """A file as PNG or JPEG of at most 1600 pixels a side. Raises ProblemsFound("file"); reads no more than it must."""
    try:
        size = path.stat().st_size
        if words := file_problem(size, (100, 100)):
            raise ProblemsFound({"file": words})
        data = path.read_bytes()
    except OSError as error:
        raise ProblemsFound({"file": f"打不开这个文件：{error.strerror or '请换一个'}"}) from error
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    found = reader.size()
    if words := file_problem(size, (found.width(), found.height()) if found.isValid() else None):
        raise ProblemsFound({"file": words})
    if max(found.width(), found.height()) > MOST_SIDE:
        reader.setScaledSize(found.scaled(QSize(MOST_SIDE, MOST_SIDE), Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    if image.isNull():
        raise ProblemsFound({"file": file_problem(size, None)})
    tries = [("PNG", -1, MOST_SIDE)]  # a drawing keeps its edges
    tries += (
        [("PNG", -1, 800), ("PNG", -1, 400)]
        if image.hasAlphaChannel()
        else [("JPEG", 88, MOST_SIDE), ("JPEG", 80, 1000)]
    )
    for kind, quality, side in tries:
        if len(made := _encoded(image, kind, quality, side)) <= MOST_BYTES:
            return made
    raise ProblemsFound({"file": file_problem(MOST_FILE + 1, None)})


def _encoded(image: QImage, kind: str, quality: int, side: int) -> bytes:
    if max(image.width(), image.height()) > side:
        image = image.scaled(
            side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )  # fmt: skip
    out = QBuffer()
    out.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(out, kind, quality)
    return bytes(out.data().data())


class PictureDialog(Dialog):
    """`about`: what the picture is for, where it is not for a template. Signals: submitted(name) after it was kept."""

    help_topic = "templates.picture"

    def __init__(self, shell: Shell, about: str = "") -> None:
        super().__init__(shell.frame, self.tr("添加图片"), primary=self.tr("添加"), primary_icon="image-plus", wide=520)
        self._shell = shell
        about = about or self.tr(
            "抬头、标志或平面图，PNG 或 JPEG，最大 5 MB。加好后在模板里写「@picture 名称 | 宽度毫米」。"
        )
        self.body.addWidget(label(about, "muted", wrap=True))
        form = self.use_form(1)
        form.add(
            "file", self.tr("图片文件"), TextField(hint=self.tr("拖到这里，或点「选文件」"), limit=400), required=True
        )
        form.add("name", self.tr("名称"), TextField(hint=self.tr("例如 抬头"), limit=20), required=True)
        row = QHBoxLayout()
        self.browse = Button(self.tr("选文件"), "secondary", icon="folder-open", key="Alt+1", slot=self._browse)
        row.addWidget(self.browse)
        row.addStretch(1)
        self.body.insertLayout(1, row)
        self.setAcceptDrops(True)

    def problems(self) -> Mapping[str, str]:
        typed = self._typed()
        found = {}
        if not typed["file"]:
            found["file"] = self.tr("先选一个图片文件")
        if words := name_problem(typed["name"]):
            found["name"] = words
        return found

    def _typed(self) -> dict[str, str]:
        assert self.form is not None
        return {name: str(value) for name, value in self.form.values().items()}

    def submit(self) -> None:
        self._asked = True
        if self.check():
            assert self.form is not None
            self.form.focus_first()
            return
        typed = self._typed()
        self.set_busy(True, self.tr("正在添加"))
        self._shell.run(
            partial(keep_picture, self._shell.session, typed["name"], Path(typed["file"])),
            partial(self._kept, typed["name"]), self.refuse, write=True,
        )  # fmt: skip

    def _kept(self, name: str, _nothing: object) -> None:
        self.submitted.emit(name)
        self.accept()

    def refuse(self, error: Exception) -> None:
        """Each trouble under its own field."""
        problems = getattr(error, "problems", None)
        if problems and self.form is not None:
            self.form.show_problems(problems)
            self.summary.show_count(len(problems))
            self.form.focus_first()
            self.set_busy(False)
        else:
            super().refuse(error)

    def take(self, path: str) -> None:
        """A file was chosen or dropped; its name is a good beginning for the picture's."""
        assert self.form is not None
        self.form.field("file").set_value(path)
        if not self.form.field("name").value():
            self.form.field("name").set_value(Path(path).stem[:20])
        self.form.field("name").setFocus(Qt.FocusReason.OtherFocusReason)

    def _browse(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(
            self._shell.frame, self.tr("选图片"), "", self.tr("图片 ({endings})").format(endings=ENDINGS)
        )
        if name:
            self.take(name)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.take(paths[0])


def keep_picture(session: Any, name: str, path: Path) -> None:
    """In a writing job: scale the file down and keep it."""
    session.act(Op.SAVE_TEMPLATE, template_pictures.add_picture, name, scaled_picture(path))
