"""Card pictures: where they come from, what was read of them, and the strips shown beside the fields.

Everything here lives in memory only: `Pictures.wipe()` is called when the review is left, and nothing writes to disk.
`read_sources` runs in a job; cv2 and the recogniser are imported there, never on the GUI thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QMimeData, QObject, QUrl, Signal
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.services.errors import DomainError
from desktop.services.progress import Report, silent
from desktop.services.typed_card import Doubt
from desktop.views.check_in.step import sentence

if TYPE_CHECKING:
    from desktop.ocr.fields import FieldReading
    from desktop.ocr.live import CapturedSide
    from desktop.ocr.pipeline import CardReader, IdCardReading
    from desktop.ocr.sources import PictureSource

FACE = (856, 540)
"""Pixels of a card face laid flat: 10 to the millimetre."""
SIDES = {"front": "人像面", "back": "国徽面"}
PICTURE_FILES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif", ".heic", ".heif")
"""As `desktop.ocr.sources` has them, which loads OpenCV and so is not imported at first paint."""

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
        """Overwrite and forget every pixel."""
        _wipe(self.faces, self.crops)


@dataclass(slots=True)
class Read:
    """What one or several pictures gave."""

    sides: tuple[str, ...]
    texts: dict[str, str | None]
    doubts: dict[str, Doubt]
    faces: dict[str, Face]
    crops: dict[str, QImage]

    def wipe(self) -> None:
        """Overwrite and forget the pictures; the texts stay."""
        _wipe(self.faces, self.crops)


def _wipe(faces: dict[str, Face], crops: dict[str, QImage]) -> None:
    for image in (*(face.image for face in faces.values()), *crops.values()):
        image.fill(0)
    faces.clear()
    crops.clear()


@dataclass(slots=True)
class ReadPeople:
    """Everybody whose card was on the pictures, and how many backs lay there that may be anybody's."""

    people: list[Read]
    spare_backs: int


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


def picture_files(window: QWidget) -> list[Path]:
    """Ask the system for picture files of cards; both sides may be chosen at once."""
    kinds = " ".join(f"*{ending}" for ending in PICTURE_FILES)
    names, _kind = QFileDialog.getOpenFileNames(window, window.tr("选证件图片"), "", window.tr("图片") + f" ({kinds})")
    return [Path(name) for name in names]


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


def read_people(sources: Sequence[Path | QImage | PictureSource], today: date, report: Report = silent) -> ReadPeople:
    """Read everybody's cards in some pictures: both sides of one person, or a page of several.

    Raises NoCard with a sentence for the clerk; a job that is cancelled ends at the next `report`, a scan with it.
    """
    from desktop.ocr.pipeline import ReadOptions
    from desktop.ocr.quality import PictureError, decode_picture
    from desktop.ocr.sources import SourceError

    reader, going = card_reader(), partial(report, 0, 0, "")
    found: list[tuple[Any, IdCardReading]] = []
    pages: list[Any] = []
    try:
        for source in sources:
            going()
            pixels = decode_picture(_source(source).take(going)).pixels
            pages.append(pixels)
            going()
            cards = reader.read(pixels, ReadOptions(today=today))
            if cards[0].side == "none":
                raise NoCard(sentence(cards[0].error or ""))
            found += [(pixels, card) for card in cards]
        return _people(found)
    except (PictureError, SourceError) as trouble:
        raise NoCard(sentence(trouble.message)) from trouble
    finally:
        for pixels in pages:
            if pixels.flags.writeable:
                pixels.fill(0)


def read_captured(captured: Mapping[Any, CapturedSide], fields: Mapping[str, FieldReading]) -> Read:
    """What the camera saw, as if it had come from a file; pictures of their own, so that the capture can be wiped."""
    wide, high = FACE
    whole = ((0.0, 0.0), (wide, 0.0), (wide, high), (0.0, high))
    faces: dict[str, Face] = {}
    for side, one in captured.items():
        here = {name: reading for name, reading in fields.items() if name in one.fields}
        faces[str(side)] = _face(one.face, whole, here)
    return _read(fields, faces)


def _source(source: Path | QImage | PictureSource) -> PictureSource:
    from desktop.ocr.sources import PictureFile

    if isinstance(source, Path):
        return PictureFile(source)
    return _Copied(source) if isinstance(source, QImage) else source


class _Copied:
    """A bare picture from the clipboard, as a source."""

    name = "剪贴板"

    def __init__(self, image: QImage) -> None:
        self._image = image

    def take(self, going: Callable[[], object] = lambda: None) -> bytes:
        held = QByteArray()
        buffer = QBuffer(held)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        self._image.save(buffer, "PNG")  # type: ignore[call-overload]
        return bytes(held.data())


def _people(found: Sequence[tuple[Any, IdCardReading]]) -> ReadPeople:
    """Whose sides these are. Among several holders a back that lies by itself is nobody's: only a person can tell."""
    fronts = [each for each in found if "front" in each[1].corners]
    backs = [each for each in found if "back" in each[1].corners]
    if len(fronts) <= 1 and len(backs) <= 1:
        return ReadPeople([_together(found)], 0)
    if not fronts:
        raise NoCard(f"图片里有 {len(backs)} 张国徽面，没有人像面：一次只放一位的证件，或把人像面一起放进来")
    return ReadPeople([_together([each]) for each in fronts], sum("front" not in card.corners for _page, card in backs))


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
    return _read(fields, faces)


def _read(fields: Mapping[str, FieldReading], faces: dict[str, Face]) -> Read:
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
