"""Photos of a repair as a field of a form: taken by the camera, chosen, dropped or pasted and made small; a film is
refused in words."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy

from desktop.services import work_orders
from desktop.services.attachments import FileForm
from desktop.views.buttons import Button
from desktop.views.check_in.reading import PICTURE_FILES
from desktop.views.files_field import FilesField
from desktop.views.pages import Shell
from desktop.views.photos import NoPhoto, photo_files


class PhotosField(FilesField):
    """`value()` is a tuple of FileForm, pictures only."""

    kinds = PICTURE_FILES

    def __init__(self, shell: Shell, name: str) -> None:
        super().__init__(shell, name)
        self.camera_button = Button(self.tr("拍照"), "secondary", icon="camera", key="Ctrl+P", size="small")
        self.camera_button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.camera_button.clicked.connect(self.photograph)
        row = self.layout()
        assert isinstance(row, QHBoxLayout)
        row.insertWidget(1, self.camera_button)

    def photograph(self) -> None:
        """Open the camera; what is taken stands beside what was chosen."""
        from desktop.views.capture.photo_dialog import PhotoDialog

        dialog = PhotoDialog(self._shell)
        dialog.taken.connect(self.add)
        self._shell.open(dialog)

    def words(self) -> str:
        return self.tr("添加照片")

    @staticmethod
    def reading(sources: Sequence[Path | QImage], title: str) -> list[FileForm]:
        """In a job. Raises NoPhoto."""
        for source in sources:
            if isinstance(source, Path) and _is_video(source):
                raise NoPhoto(source.name, "是视频，这里只收照片：截一张图再添加")
        return photo_files(sources, title)


def _is_video(path: Path) -> bool:
    """By the beginning of the file: a phone's film may be named as anything."""
    kind = mimetypes.guess_type(path.name)[0] or ""
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError:
        return False  # whoever reads it says why it cannot be read
    return work_orders.is_video(FileForm(path.name, kind, head))
