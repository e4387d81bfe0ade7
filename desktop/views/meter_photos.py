"""The photos of a reading: what the meter showed, dropped, pasted or chosen, looked at large."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QIcon, QImage, QPixmap
from PySide6.QtWidgets import QFileDialog, QListWidget, QListWidgetItem

from desktop.services import reading_entry
from desktop.services.acts import Op
from desktop.services.attachments import FileRow
from desktop.services.bill_lists import plain
from desktop.services.reading_entry import MOST_PHOTOS
from desktop.services.readings import StandingReading
from desktop.views.buttons import Button
from desktop.views.check_in.reading import PICTURE_FILES, sources_in
from desktop.views.dialogs import Dialog
from desktop.views.file_preview import PictureDialog
from desktop.views.forms import MessageLine
from desktop.views.keys import bind
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.photos import photo_files
from desktop.views.theme import theme

_THUMB = QSize(176, 132)
_LARGE = 1600


class PhotosDialog(Dialog):
    """照片: of one stored reading."""

    help_topic = "meters.photo"
    writes = False

    def __init__(self, shell: Shell, place: str, reading: StandingReading) -> None:
        shown = shell.frame.tr("{value}（{day}）").format(value=plain(reading.value), day=reading.read_on)
        super().__init__(
            shell.frame, shell.frame.tr("读数照片"), subtitle=f"{place} {shown}", primary=shell.frame.tr("看大图"),
            primary_icon="image", cancel=shell.frame.tr("关闭"),
        )  # fmt: skip
        self.shell, self.reading = shell, reading
        self.rows: tuple[FileRow, ...] = ()
        self.setAcceptDrops(True)
        self.primary.set_key("Return")
        self.shelf = QListWidget()
        self.shelf.setViewMode(QListWidget.ViewMode.IconMode)
        self.shelf.setMovement(QListWidget.Movement.Static)
        self.shelf.setIconSize(_THUMB)
        self.shelf.setSpacing(6)
        self.shelf.setMinimumHeight(theme().scaled(170))
        self.shelf.setAccessibleName(self.tr("照片"))
        self.empty = label(self.tr("还没有照片：拖到这里，或 Ctrl V 粘贴，或按「添加」选文件"), "muted", wrap=True)
        self.message = MessageLine()
        self.body.addWidget(self.empty)
        self.body.addWidget(self.shelf, 1)
        self.body.addWidget(self.message)
        self.add_button = Button(self.tr("添加"), icon="image-plus", key="Ctrl+O", slot=self.choose, writes=True)
        self.foot.insertWidget(3, self.add_button)
        self.submitted.connect(self._open_current)
        self.shelf.itemDoubleClicked.connect(self._double)
        bind(self, "Ctrl+V", self.paste)
        self._ask()

    def _ask(self) -> None:
        self.shell.run(partial(_read, self.shell.session, self.reading.id), self._show, self._refused)

    def _show(self, found: tuple[tuple[FileRow, ...], dict[UUID, QImage]]) -> None:
        self.rows, pictures = found
        self.shelf.clear()
        for row in self.rows:
            self.shelf.addItem(QListWidgetItem(QIcon(QPixmap.fromImage(pictures[row.id])), row.title))
        self.shelf.setVisible(bool(self.rows))
        self.empty.setVisible(not self.rows)
        self.primary.allow("" if self.rows else self.tr("还没有照片"))
        full = len(self.rows) >= MOST_PHOTOS
        self.add_button.allow(self.tr("一条读数最多 {n} 张").format(n=MOST_PHOTOS) if full else "")
        if self.rows:
            self.shelf.setCurrentRow(0)
            self.shelf.setFocus(Qt.FocusReason.OtherFocusReason)

    def _double(self, _item: QListWidgetItem) -> None:
        self._open_current(None)

    def _open_current(self, _request: object) -> None:
        at = self.shelf.currentRow()
        if 0 <= at < len(self.rows):
            row = self.rows[at]
            self.shell.run(partial(_picture, self.shell.session, row.id, _LARGE), partial(self._open, row.title))

    def _open(self, title: str, picture: QImage) -> None:
        self.shell.open(PictureDialog(self.shell.frame, title, picture))

    # adding

    def choose(self) -> None:
        """Ask the system for picture files."""
        kinds = " ".join(f"*{ending}" for ending in PICTURE_FILES)
        names, _kind = QFileDialog.getOpenFileNames(
            self.shell.frame, self.tr("选读数照片"), "", self.tr("图片") + f" ({kinds})"
        )
        self.add([Path(name) for name in names])

    def paste(self) -> None:
        """What lies on the clipboard."""
        sources = sources_in(QGuiApplication.clipboard().mimeData())
        if sources:
            self.add(sources)
        else:
            self.message.set(self.tr("剪贴板里没有图片：先复制一张照片或图片文件"), "warn")

    def add(self, sources: Sequence[Path | QImage]) -> None:
        """Keep these pictures with the reading, made small and stored off the GUI thread."""
        if sources:
            self.message.set("")
            work = partial(_keep, self.shell.session, self.reading.id, list(sources), self.tr("表的照片"))
            self.shell.run(work, self._added, self._refused, write=True, busy=self.tr("正在存照片"))

    def _added(self, _ids: object) -> None:
        self._ask()

    def _refused(self, error: Exception) -> None:
        self.message.set(getattr(error, "message", "") or str(error), "danger")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if sources_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.add(sources_in(event.mimeData()))


def _keep(session: Any, reading_id: UUID, sources: Sequence[Path | QImage], title: str) -> list[UUID]:
    """In a writing job: make the pictures small and keep them."""
    made: list[UUID] = session.act(
        Op.STORE_FILE, reading_entry.add_reading_photos, reading_id, photo_files(sources, title)
    )
    return made


def _picture(session: Any, photo_id: UUID, longest: int) -> QImage:
    """In a reading job: one photo, decoded and no larger than asked."""
    image = QImage.fromData(session.read(reading_entry.read_reading_photo, photo_id).data)
    if max(image.width(), image.height()) > longest:
        smooth = Qt.TransformationMode.SmoothTransformation
        image = image.scaled(QSize(longest, longest), Qt.AspectRatioMode.KeepAspectRatio, smooth)
    return image


def _read(session: Any, reading_id: UUID) -> tuple[tuple[FileRow, ...], dict[UUID, QImage]]:
    """In a reading job: the photos of a reading, small."""
    rows = session.read(reading_entry.reading_photos, reading_id)
    return rows, {row.id: _picture(session, row.id, _THUMB.width()) for row in rows}
