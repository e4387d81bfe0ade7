"""Files of pictures that were spoilt on their way, and the child process that reads them one after another.

    python -m tests.ocr.fuzz FIRST COUNT        a line of JSON a file; a file is its number, always the same

A crash of a picture library takes the process with it: so a child reads, and whoever started it sees at which number it
died. All are opened, and all go on to the function behind `read-card`.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

CARDS = Path(__file__).resolve().parents[2] / "resources" / "demo_cards"
READABLE, SMALL = 360, 160
"""Pixels along the longer side. The card in a readable one is found and read; a small one takes a quarter of the time
and ends with lines that say nothing: three of four are small, so that 20,000 can be read and not only opened."""


@lru_cache(maxsize=2)
def whole(long_side: int = READABLE) -> tuple[bytes, ...]:
    """One card in every kind of file the program opens or refuses by name."""
    card = cv2.imread(str(CARDS / "chen_scan.jpg"))
    front = card[: card.shape[0] // 2]
    scale = long_side / max(front.shape[:2])
    small = cv2.resize(front, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    files = [cv2.imencode(kind, small)[1].tobytes() for kind in (".jpg", ".png", ".bmp", ".webp", ".tiff", ".gif")]
    image = Image.fromarray(small[..., ::-1])
    turn = Image.Exif()
    turn[0x0112] = 6
    for picture, kind, how in (
        (image, "JPEG", {"exif": turn, "progressive": True}),
        (image.convert("CMYK"), "JPEG", {}),
        (image.convert("P"), "PNG", {"interlace": 1}),
        (image.convert("LA"), "PNG", {}),
        (image, "TIFF", {"compression": "tiff_lzw"}),
        (image, "WEBP", {"lossless": True}),
        (image, "GIF", {"save_all": True, "append_images": [image.rotate(90)]}),
    ):
        out = io.BytesIO()
        picture.save(out, kind, **how)  # type: ignore[arg-type]
        files.append(out.getvalue())
    files.append(b"\x00\x00\x00\x18ftypheic" + bytes(200))
    files.append(b"%PDF-1.7\n" + files[0])
    return tuple(files)


def _flip(data: bytearray, rng: np.random.Generator) -> bytearray:
    for _ in range(int(rng.integers(1, 12))):
        data[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
    return data


def _head(data: bytearray, rng: np.random.Generator) -> bytearray:
    """Sizes, counts and offsets stand at the beginning: that is where a lie costs most."""
    for _ in range(int(rng.integers(1, 6))):
        place = int(rng.integers(min(len(data), 120)))
        data[place] = int(rng.choice([0, 1, 0x7F, 0x80, 0xFF, int(rng.integers(256))]))
    return data


def _word(data: bytearray, rng: np.random.Generator) -> bytearray:
    place = int(rng.integers(max(1, len(data) - 4)))
    value = int(rng.choice([0, 1, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000]))
    data[place : place + 4] = value.to_bytes(4, str(rng.choice(["little", "big"])))  # type: ignore[arg-type]
    return data


def _cut(data: bytearray, rng: np.random.Generator) -> bytearray:
    return data[: int(rng.integers(len(data)))]


def _drop(data: bytearray, rng: np.random.Generator) -> bytearray:
    start = int(rng.integers(len(data)))
    del data[start : start + int(rng.integers(1, 400))]
    return data


def _repeat(data: bytearray, rng: np.random.Generator) -> bytearray:
    start = int(rng.integers(len(data)))
    part = bytes(data[start : start + int(rng.integers(1, 400))])
    place = int(rng.integers(len(data)))
    data[place:place] = part * int(rng.integers(1, 40))
    return data


def _noise(data: bytearray, rng: np.random.Generator) -> bytearray:
    start = int(rng.integers(len(data)))
    span = int(rng.integers(1, 600))
    data[start : start + span] = rng.integers(0, 256, span, dtype=np.uint8).tobytes()
    return data


def _other_tail(data: bytearray, rng: np.random.Generator) -> bytearray:
    other = whole()[int(rng.integers(len(whole())))]
    return data[: int(rng.integers(1, len(data)))] + bytearray(other[int(rng.integers(len(other))) :])


WAYS: tuple[Callable[[bytearray, np.random.Generator], bytearray], ...] = (
    _flip, _head, _word, _cut, _drop, _repeat, _noise, _other_tail,
)  # fmt: skip


def spoilt(number: int) -> bytes:
    """The file of this number."""
    rng = np.random.default_rng([20_000, number])
    round_, kind = divmod(number, len(whole()))
    data = bytearray(whole(SMALL if round_ % 4 else READABLE)[kind])
    for _ in range(int(rng.integers(1, 4))):
        if data:
            data = WAYS[int(rng.integers(len(WAYS)))](data, rng)
    return bytes(data)


def main(first: int, count: int) -> None:
    from desktop.ocr.pipeline import CardReader, read_card_json
    from desktop.ocr.quality import PictureError, decode_picture

    reader = CardReader()
    reader.warm()
    reader.read(whole()[0])
    print(json.dumps({"ready": True, "mb": _peak_mb()}), flush=True)
    for number in range(first, first + count):
        data = spoilt(number)
        begun = time.process_time()
        try:
            told = {"opened": decode_picture(data).format}
        except PictureError as trouble:
            told = {"refused": trouble.reason.value, "words": trouble.message}
        cards = [read_card_json(card, str(number), at) for at, card in enumerate(reader.read(data))]
        took = time.process_time() - begun
        assert cards
        assert all(card["side"] != "none" or card["error"] for card in cards)
        assert "opened" in told or all(card["side"] == "none" for card in cards)
        told["side"] = cards[0]["side"]
        print(json.dumps({"number": number, "seconds": round(took, 3), "mb": _peak_mb(), **told}), flush=True)


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
