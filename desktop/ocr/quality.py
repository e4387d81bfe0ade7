"""Opening a picture safely: what is broken, foreign, tiny or huge is refused in words before it costs memory."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

SMALLEST_SIDE = 100  # pixels
LARGEST_PIXELS = 40_000_000
LARGEST_BYTES = 160_000_000


class PictureProblem(StrEnum):
    """Why a file cannot be read as a picture of a card."""

    EMPTY = "empty"
    BROKEN = "broken"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported"


class PictureError(ValueError):
    """The picture is refused; `reason` is the fact, `message` what the clerk can do, `size` pixels where known."""

    def __init__(self, reason: PictureProblem, message: str, size: tuple[int, int] | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.size = size


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture: BGR pixels standing upright as its camera meant; `format` as in 'jpeg'."""

    pixels: Pixels = field(repr=False)
    format: str

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])


def decode_picture(data: bytes) -> Picture:
    """The picture in a file's bytes, first frame if it moves, turned by its EXIF note; raises `PictureError`.

    The size is read from the header first, so a 50-megapixel file is refused without being unpacked.
    """
    if not data:
        raise PictureError(PictureProblem.EMPTY, "文件是空的,请重新选择或重新拍照。")
    kind = picture_format(data)
    if kind is None:
        raise PictureError(PictureProblem.BROKEN, "这个文件不是图片或已损坏,请选择 JPG 或 PNG 图片,或重新拍照。")
    if kind in _REFUSED:
        raise PictureError(PictureProblem.UNSUPPORTED, _REFUSED[kind])
    if len(data) > LARGEST_BYTES:
        raise PictureError(PictureProblem.TOO_LARGE, "图片文件过大(超过 160 MB),请缩小后再试。")
    try:
        size = _SIZES[kind](data)
    except (struct.error, IndexError, ValueError):
        size = None
    if size is None or 0 in size:
        raise PictureError(PictureProblem.BROKEN, "图片已损坏或不完整,请重新拍照或重新传送文件。")
    _check_size(size)
    if kind == "jpeg" and not _jpeg_ends(data):
        raise PictureError(PictureProblem.BROKEN, "图片不完整(可能没有传完),请重新传送文件或重新拍照。", size)
    if kind == "png" and not _png_ends(data):
        raise PictureError(PictureProblem.BROKEN, "图片不完整(可能没有传完),请重新传送文件或重新拍照。", size)
    return Picture(_unpacked(data, kind, size), kind)


def sharpness(pixels: Pixels) -> float:
    """How much fine detail a picture holds: the variance of its Laplacian; below about 40 a card is blurred."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY) if pixels.ndim == 3 else pixels
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())


def glare_share(pixels: Pixels) -> float:
    """The part of a picture (0-1) that is burnt out, so that print under it cannot be seen."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY) if pixels.ndim == 3 else pixels
    return float((grey >= 250).mean())


def picture_format(data: bytes) -> str | None:
    """What kind of file the first bytes promise; None when it is no picture."""
    for kind, starts in _STARTS:
        if starts(data):
            return kind
    return None


def _unpacked(data: bytes, kind: str, size: tuple[int, int]) -> Pixels:
    buffer = np.frombuffer(data, np.uint8)
    broken = PictureError(PictureProblem.BROKEN, "图片已损坏,无法打开,请重新拍照或重新传送文件。", size)
    try:
        decoded = cv2.imdecode(buffer, cv2.IMREAD_COLOR)
        if decoded is None:
            raise broken
        if kind in ("png", "webp"):
            decoded = _on_white(buffer, np.asarray(decoded, dtype=np.uint8))
    except cv2.error as trouble:
        raise broken from trouble
    _check_size((decoded.shape[1], decoded.shape[0]))  # a lying header
    return np.asarray(decoded, dtype=np.uint8)


def _on_white(buffer: NDArray[np.uint8], decoded: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """See-through parts of a clipboard picture become white paper, not whatever colour hides under them."""
    raw = cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED)
    if raw is None or raw.ndim != 3 or raw.shape[2] != 4 or raw.shape[:2] != decoded.shape[:2]:
        return decoded
    cover = raw[..., 3:].astype(np.float32) / (65535 if raw.dtype == np.uint16 else 255)
    if cover.min() >= 1:
        return decoded
    return np.asarray(decoded * cover + 255 * (1 - cover), dtype=np.uint8)


def _check_size(size: tuple[int, int]) -> None:
    width, height = size
    if min(size) < SMALLEST_SIDE:
        raise PictureError(
            PictureProblem.TOO_SMALL,
            f"图片太小({width}×{height}),看不清证件文字,请靠近一些重新拍照。",
            size,
        )
    if width * height > LARGEST_PIXELS:
        raise PictureError(
            PictureProblem.TOO_LARGE,
            f"图片过大({width}×{height},{width * height / 1e6:.0f} 百万像素;上限 40 百万),请缩小后再试。",
            size,
        )


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 < len(data):
        if data[place] != 0xFF:
            place += 1
            continue
        marker = data[place + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[place + 5 : place + 9])
            return width, height
        if marker in (0x01, 0xFF) or 0xD0 <= marker <= 0xD8:
            place += 1 if marker == 0xFF else 2
            continue
        place += 2 + struct.unpack(">H", data[place + 2 : place + 4])[0]
    return None


def _jpeg_ends(data: bytes) -> bool:
    """Whether the end mark follows the picture data; the thumbnail inside EXIF has one of its own."""
    place = 2
    while place + 4 <= len(data):
        if data[place] != 0xFF:
            place += 1
            continue
        marker = data[place + 1]
        if marker == 0xDA:
            return data.find(b"\xff\xd9", place) > 0
        if marker in (0x01, 0xFF) or 0xD0 <= marker <= 0xD8:
            place += 1 if marker == 0xFF else 2
            continue
        place += 2 + struct.unpack(">H", data[place + 2 : place + 4])[0]
    return False


def _png_size(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _png_ends(data: bytes) -> bool:
    """Whether every chunk lies in the file up to the end mark.

    OpenCV takes the length a chunk promises before it looks whether so much is there: a flipped bit asks for 2 GB.
    """
    place = 8
    while place + 12 <= len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        kind = data[place + 4 : place + 8]
        place += 12 + length
        if place > len(data):
            return False
        if kind == b"IEND":
            return True
    return False


def _gif_size(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack("<HH", data[6:10])
    return width, height


def _bmp_size(data: bytes) -> tuple[int, int]:
    if struct.unpack("<I", data[14:18])[0] == 12:
        width, height = struct.unpack("<HH", data[18:22])
    else:
        width, height = struct.unpack("<ii", data[18:26])
    return abs(width), abs(height)


def _webp_size(data: bytes) -> tuple[int, int] | None:
    chunk = data[12:16]
    if chunk == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if chunk == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _tiff_size(data: bytes) -> tuple[int, int] | None:
    order = "<" if data[:2] == b"II" else ">"
    start = struct.unpack(order + "I", data[4:8])[0]
    found: dict[int, int] = {}
    for number in range(struct.unpack(order + "H", data[start : start + 2])[0]):
        entry = data[start + 2 + number * 12 : start + 14 + number * 12]
        tag, kind = struct.unpack(order + "HH", entry[:4])
        if tag in (256, 257):
            found[tag] = struct.unpack(order + ("H" if kind == 3 else "I"), entry[8 : 10 if kind == 3 else 12])[0]
    return (found[256], found[257]) if len(found) == 2 else None


def _brand(*names: bytes) -> Callable[[bytes], bool]:
    return lambda data: data[4:8] == b"ftyp" and data[8:12] in names


_STARTS: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("jpeg", lambda data: data[:3] == b"\xff\xd8\xff"),
    ("png", lambda data: data[:8] == b"\x89PNG\r\n\x1a\n"),
    ("gif", lambda data: data[:6] in (b"GIF87a", b"GIF89a")),
    ("bmp", lambda data: data[:2] == b"BM" and len(data) > 26),
    ("webp", lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP"),
    ("tiff", lambda data: data[:4] in (b"II*\x00", b"MM\x00*")),
    ("heic", _brand(b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")),
    ("avif", _brand(b"avif", b"avis")),
    ("video", lambda data: data[4:8] == b"ftyp" or data[:4] == b"\x1aE\xdf\xa3"),
    ("pdf", lambda data: data[:1024].lstrip()[:5] == b"%PDF-"),
    ("office", lambda data: data[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")),
    ("svg", lambda data: b"<svg" in data[:1024]),
)
_SIZES: dict[str, Callable[[bytes], tuple[int, int] | None]] = {
    "jpeg": _jpeg_size,
    "png": _png_size,
    "gif": _gif_size,
    "bmp": _bmp_size,
    "webp": _webp_size,
    "tiff": _tiff_size,
}
_REFUSED = {
    "heic": "暂不支持 HEIC 照片,请在手机上改存为 JPG(设置 › 相机 › 格式 › 兼容性最佳)后再试。",
    "avif": "暂不支持 AVIF 图片,请另存为 JPG 或 PNG 后再试。",
    "video": "这是视频文件,请选择图片(JPG 或 PNG)。",
    "pdf": "这是 PDF 文件,请另存为图片(JPG 或 PNG)后再试。",
    "office": "这是文档或压缩包,请选择图片(JPG 或 PNG)。",
    "svg": "这是矢量图,请选择证件的照片或扫描件(JPG 或 PNG)。",
}
