"""Card pictures: where they come from, what was read of them, and the strips shown beside the fields.

Everything here lives in memory only: `Pictures.wipe()` is called when the review is left, and nothing writes to disk.
`read_sources` runs in a job; cv2 and the recogniser are imported there, never on the GUI thread.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QMimeData, QObject, QUrl, Signal
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent, QKeySequence

from desktop.services.errors import DomainError
from desktop.services.typed_card import Doubt
from desktop.views.check_in.step import sentence

if TYPE_CHECKING:
    from desktop.ocr.pipeline import CardReader, IdCardReading

MOST_BYTES = 160_000_000
FACE = (856, 540)
"""Pixels of a card face laid flat: 10 to the millimetre."""
SIDES = {"front": "人像面", "back": "国徽面"}
PICTURE_FILES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif", ".heic", ".heif")

_NAMES = {"valid": ("valid_from", "valid_to")}
"""A strip of the card that holds more than one field."""
_MARGIN_MM = 0.6

_lock = threading.Lock()
_reader: CardReader | None = None


class NoCard(DomainError):
    """The picture shows no card that can be read; the sentence says why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "picture")


@dataclass(slots=True)
class Face:
    """One side of the card laid flat, with the box of every field on it."""

    image: QImage
    boxes: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)
    """Field → left, top, width, height in parts of the face (0–1)."""


@dataclass(slots=True)
class Pictures:
    """What is in memory of the card: faces and strips. Emptied by `wipe`."""

    faces: dict[str, Face] = field(default_factory=dict)
    crops: dict[str, QImage] = field(default_factory=dict)

    def wipe(self) -> None:
        """Forget every pixel."""
        self.faces.clear()
        self.crops.clear()


@dataclass(slots=True)
class Read:
    """What one or several pictures gave."""

    sides: tuple[str, ...]
    texts: dict[str, str | None]
    doubts: dict[str, Doubt]
    faces: dict[str, Face]
    crops: dict[str, QImage]


def card_reader() -> CardReader:
    """The reader of this program, made on first use; keep it off the GUI thread (it loads numpy and OpenCV)."""
    global _reader
    with _lock:
        if _reader is None:
            from desktop.ocr.pipeline import CardReader

            _reader = CardReader()
        return _reader


def use_reader(reader: CardReader | None) -> None:
    """Put another reader in place, or none: the next use makes a new one."""
    global _reader
    with _lock:
        _reader = reader


def warm_up() -> None:
    """Load the recogniser in the background, so that the first card waits for nothing."""
    card_reader().warm()


def sources_in(mime: QMimeData | None) -> list[Path | QImage]:
    """The pictures in a drop or on the clipboard: files first, else the bare picture."""
    if mime is None:
        return []
    files = [Path(url.toLocalFile()) for url in mime.urls() if isinstance(url, QUrl) and url.isLocalFile()]
    if files:
        return list(files)
    if mime.hasImage():
        image = mime.imageData()
        if isinstance(image, QImage) and not image.isNull():
            return [image]
    return []


class PasteFilter(QObject):
    """Lets Ctrl V bring a picture although a field has the focus: fields take text, a picture is meant for the reader.

    Signals: pasted(list of sources).
    """

    pasted = Signal(list)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        pressed = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if pressed and not getattr(watched, "composing", False) and event.matches(QKeySequence.StandardKey.Paste):  # type: ignore[attr-defined]
            sources = sources_in(QGuiApplication.clipboard().mimeData())
            if sources:
                self.pasted.emit(sources)
                return True
        return super().eventFilter(watched, event)


def read_sources(sources: Sequence[Path | QImage], today: date) -> Read:
    """Read the pictures of one person's card. Raises NoCard with a sentence for the clerk."""
    from desktop.ocr.pipeline import ReadOptions
    from desktop.ocr.quality import PictureError, decode_picture

    reader = card_reader()
    found: list[tuple[Any, IdCardReading]] = []
    for source in sources:
        data = _bytes_of(source)
        try:
            pixels = decode_picture(data).pixels
        except PictureError as trouble:
            raise NoCard(sentence(trouble.message)) from trouble
        cards = reader.read(pixels, ReadOptions(today=today))
        if cards[0].side == "none":
            raise NoCard(sentence(cards[0].error or ""))
        found += [(pixels, card) for card in cards]
    fronts = sum("front" in card.corners for _pixels, card in found)
    backs = sum("back" in card.corners for _pixels, card in found)
    if fronts > 1 or backs > 1:
        raise NoCard(f"图片里有 {max(fronts, backs)} 张证件：一次只放一位租客的证件")
    return _together(found)


def _bytes_of(source: Path | QImage) -> bytes:
    if isinstance(source, QImage):
        held = QByteArray()
        buffer = QBuffer(held)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        source.save(buffer, "PNG")  # type: ignore[call-overload]
        return bytes(held.data())
    try:
        if source.stat().st_size > MOST_BYTES:
            raise NoCard(f"{source.name} 超过 {MOST_BYTES // 1_000_000} MB：缩小后再试")
        return source.read_bytes()
    except IsADirectoryError as trouble:
        raise NoCard(f"{source.name} 是文件夹：请选一张图片") from trouble
    except OSError as trouble:
        raise NoCard(f"打不开 {source.name}：文件不在了或没有权限，换一张图片") from trouble


def _together(found: Sequence[tuple[Any, IdCardReading]]) -> Read:
    from desktop.ocr.fields import cross_check
    from desktop.ocr.regions import RegionTable

    fields: dict[str, Any] = {}
    faces: dict[str, Face] = {}
    for pixels, card in found:
        fields |= card.fields
        for side, corners in card.corners.items():
            faces[side] = _face(pixels, corners, card.fields)
    if len(faces) == 2 and len(found) == 2:
        fields = cross_check(fields, RegionTable())
    doubts = {
        name: Doubt([sentence(reason) for reason in reading.reasons], list(reading.suggestions))
        for name, reading in fields.items()
        if reading.reasons
    }
    crops = {name: _image(_value_part(name, r.crop)) for name, r in fields.items() if r.crop is not None}
    texts = {name: reading.text for name, reading in fields.items()}
    return Read(tuple(faces), texts, doubts, faces, crops)


def _value_part(name: str, crop: Any) -> Any:
    """The strip without its printed label: the clerk compares values."""
    from desktop.ocr.rectify import PX_PER_MM

    start = round((_value_starts()[name] - _label_starts()[name] - _MARGIN_MM) * PX_PER_MM)
    return crop[:, start:] if crop.shape[1] > start + 20 else crop


def _value_starts() -> dict[str, float]:
    from desktop.ocr.documents import SLOTS

    return {name: slot.value_x for slot in SLOTS for name in _NAMES.get(slot.key, (slot.key,))}


def _label_starts() -> dict[str, float]:
    from desktop.ocr.documents import SLOTS

    return {name: slot.left for slot in SLOTS for name in _NAMES.get(slot.key, (slot.key,))}


def _face(pixels: Any, corners: Sequence[tuple[float, float]], fields: Mapping[str, Any]) -> Face:
    """The card cut out and laid flat; the boxes of its fields go along."""
    import cv2
    import numpy as np

    wide, high = FACE
    target = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    flat = cv2.getPerspectiveTransform(np.array(corners, np.float32), target)
    face = Face(_image(cv2.warpPerspective(pixels, flat, FACE, flags=cv2.INTER_AREA)))
    for name, reading in fields.items():
        if reading.box is None:
            continue
        moved = cv2.perspectiveTransform(np.array([reading.box], np.float32), flat)[0]
        left, top = moved.min(axis=0)
        right, bottom = moved.max(axis=0)
        left = min(max(left, (_value_starts()[name] - _MARGIN_MM) * 10), right - 10)
        if min(left, top) >= -5 and right <= wide + 5 and bottom <= high + 5:
            face.boxes[name] = (left / wide, top / high, (right - left) / wide, (bottom - top) / high)
    return face


def _image(bgr: Any) -> QImage:
    """OpenCV's pixels as a picture of its own."""
    import numpy as np

    kept = np.ascontiguousarray(bgr)
    if kept.ndim == 2:
        high, wide = kept.shape
        return QImage(kept.data, wide, high, wide, QImage.Format.Format_Grayscale8).copy()
    high, wide = kept.shape[:2]
    return QImage(kept.data, wide, high, wide * 3, QImage.Format.Format_BGR888).copy()
