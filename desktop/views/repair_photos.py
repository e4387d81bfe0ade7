"""The photos of an order: before and after side by side, small; one key shows them large, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.services import work_orders
from desktop.services.work_order_page import OrderPage
from desktop.views.buttons import Button
from desktop.views.file_preview import decoded, show_opened
from desktop.views.labels import label
from desktop.views.pages import Shell

_THUMB = QSize(104, 78)
_SHOWN = 3
"""So many of each side stand small; the key shows all of them."""


class RepairPhotos(QWidget):
    """Hidden while there are none."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._ids: tuple[UUID, ...] = ()
        self._at = -1
        self._sides: list[tuple[QLabel, QHBoxLayout]] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(20)
        for _ in range(2):
            column = QVBoxLayout()
            column.setSpacing(3)
            words, pictures = label("", "caption"), QHBoxLayout()
            pictures.setSpacing(6)
            column.addWidget(words)
            column.addLayout(pictures)
            column.addStretch(1)
            row.addLayout(column)
            self._sides.append((words, pictures))
        row.addStretch(1)
        self.look = Button(self.tr("看照片"), "secondary", icon="image", key="Ctrl+O", size="small")
        self.look.clicked.connect(self.show_next)
        row.addWidget(self.look, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_photos(self, page: OrderPage) -> None:
        """Those of an order; what was taken at no particular time stands with the first."""
        before, after = page.photos("before") + page.photos(""), page.photos("after")
        if (*before, *after) == self._ids:
            return
        self._ids, self._at = (*before, *after), -1
        self.setVisible(bool(self._ids))
        names = (self.tr("修前 {n} 张"), self.tr("修后 {n} 张"))
        for (words, pictures), name, ids in zip(self._sides, names, (before, after), strict=True):
            words.setText(name.format(n=len(ids)) if ids else "")
            while (item := pictures.takeAt(0)) is not None:
                if (old := item.widget()) is not None:
                    old.deleteLater()
        if self._ids:
            read = partial(_thumbs, self._shell.session, before[:_SHOWN], after[:_SHOWN])
            self._shell.run(read, partial(self._came, self._ids))

    def _came(self, asked: tuple[UUID, ...], found: Sequence[Sequence[QImage]]) -> None:
        if asked != self._ids:
            return
        for (words, pictures), images in zip(self._sides, found, strict=True):
            for image in images:
                small = QLabel()
                small.setPixmap(QPixmap.fromImage(image))
                small.setAccessibleName(words.text())
                pictures.addWidget(small)

    def show_next(self) -> None:
        """The next of them, large."""
        if self._ids:
            self._at = (self._at + 1) % len(self._ids)
            read = partial(_opened, self._shell.session, self._ids[self._at])
            self._shell.run(read, partial(show_opened, self._shell))


def _opened(session: Any, photo_id: UUID) -> Any:
    return decoded(session.read(work_orders.read_photo, photo_id))


def _thumbs(session: Any, *sides: Sequence[UUID]) -> list[list[QImage]]:
    """In a reading job: small pictures of one size; a photo that cannot be decoded is left out."""
    found = []
    for ids in sides:
        images = [QImage.fromData(session.read(work_orders.read_photo, photo_id).data) for photo_id in ids]
        found.append([_small(image) for image in images if not image.isNull()])
    return found


def _small(image: QImage) -> QImage:
    smooth = Qt.TransformationMode.SmoothTransformation
    large = image.scaled(_THUMB, Qt.AspectRatioMode.KeepAspectRatioByExpanding, smooth)
    left, top = (large.width() - _THUMB.width()) // 2, (large.height() - _THUMB.height()) // 2
    return large.copy(left, top, _THUMB.width(), _THUMB.height())
