"""Photos made small enough to travel and to keep; what is broken or too large is refused in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from desktop.services.attachments import FileForm
from desktop.services.check_in_draft import Photo
from desktop.services.errors import DomainError

LONGEST = 1600
"""Pixels of the longer side that are kept."""
_QUALITY = 82
_MOST_FILE = 60 * 1024 * 1024
_MOST_PIXELS = 120_000_000
"""A JPEG is shrunk while it is read; any other picture lies whole in memory first."""


class NoPhoto(DomainError):
    """The file is no picture that can be kept; the sentence says what to do."""

    def __init__(self, name: str, why: str = "") -> None:
        super().__init__(f"{name} {why or '不是能打开的图片：换 JPG 或 PNG'}", "photos")


def small_photos(sources: Sequence[Path | QImage]) -> list[Photo]:
    """Pictures made small enough to travel: 1600 pixels, JPEG. Runs in a job. Raises NoPhoto."""
    return [_small(source) for source in sources]


def photo_files(sources: Sequence[Path | QImage], title: str) -> list[FileForm]:
    """The same as files to be kept; a bare picture gets `title`. Runs in a job. Raises NoPhoto."""
    made = zip(sources, small_photos(sources), strict=True)
    return [
        FileForm(photo.title if isinstance(source, Path) else title, photo.media_type, photo.data)
        for source, photo in made
    ]


def _small(source: Path | QImage) -> Photo:
    image, name = (_read(source), source.stem) if isinstance(source, Path) else (source, "房况照片")
    if image.isNull():
        raise NoPhoto(source.name if isinstance(source, Path) else name)
    if max(image.width(), image.height()) > LONGEST:
        smooth = Qt.TransformationMode.SmoothTransformation
        image = image.scaled(QSize(LONGEST, LONGEST), Qt.AspectRatioMode.KeepAspectRatio, smooth)
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.convertToFormat(QImage.Format.Format_RGB888).save(buffer, "JPEG", _QUALITY)  # type: ignore[call-overload]
    return Photo(name, bytes(held.data()))


def _read(path: Path) -> QImage:
    try:
        large = path.stat().st_size
    except OSError as trouble:
        raise NoPhoto(path.name, f"打不开：{trouble.strerror or '换一个文件'}") from trouble
    if large > _MOST_FILE:
        raise NoPhoto(path.name, f"有 {large // 1024 // 1024} MB，最多 {_MOST_FILE // 1024 // 1024} MB：缩小后再添加")
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > LONGEST:
        if size.width() * size.height() > _MOST_PIXELS and bytes(reader.format().data()) != b"jpeg":
            raise NoPhoto(path.name, f"有 {size.width()}×{size.height()} 个像素，太大了：缩小后再添加")
        # The decoder itself shrinks a JPEG: 50 megapixels never lie in memory.
        reader.setScaledSize(size.scaled(QSize(LONGEST, LONGEST), Qt.AspectRatioMode.KeepAspectRatio))
    return reader.read()
