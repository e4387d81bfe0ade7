"""Compares a PDF with its golden pages: the text exactly, the picture at 100 dpi within one pixel in a thousand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pypdfium2
from PIL import Image

DPI = 100
MOST_DIFFERENT = 0.001
"""Share of pixels that may differ: another rasteriser rounds an edge another way, a moved line is far above this."""

_NOTICEABLE = 48
"""Steps of 255 that a colour may differ before its pixel counts."""

GOLDEN = Path(__file__).parent


@dataclass(frozen=True)
class Drawn:
    """A PDF as a reader sees it."""

    texts: tuple[str, ...]
    pages: tuple[Image.Image, ...]


def draw(pdf: bytes) -> Drawn:
    """Every page's text and picture."""
    texts, pages = [], []
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        text_page = page.get_textpage()
        texts.append("\n".join(line.rstrip() for line in text_page.get_text_bounded().splitlines()) + "\n")
        text_page.close()
        bitmap = page.render(scale=DPI / 72)
        pages.append(bitmap.to_pil().convert("RGB"))
        bitmap.close()
        page.close()
    document.close()
    return Drawn(tuple(texts), tuple(pages))


def difference(one: Image.Image, other: Image.Image) -> float:
    """Share of pixels that differ noticeably, 0 to 1; pages of different size differ wholly."""
    if one.size != other.size:
        return 1.0
    distance = np.abs(np.asarray(one.convert("RGB"), np.int16) - np.asarray(other.convert("RGB"), np.int16))
    return float((distance.max(axis=2) > _NOTICEABLE).mean())


def problems(name: str, drawn: Drawn, folder: Path = GOLDEN) -> list[str]:
    """What differs from the golden pages stored under `name`; empty when nothing does."""
    found = []
    stored = sorted(folder.glob(f"{name}-[0-9]*.png"))
    if len(stored) != len(drawn.pages):
        found.append(f"{name}: {len(drawn.pages)} pages, golden has {len(stored)}")
    for number, (text, page) in enumerate(zip(drawn.texts, drawn.pages, strict=True), start=1):
        text_file, page_file = folder / f"{name}-{number}.txt", folder / f"{name}-{number}.png"
        if not text_file.exists() or not page_file.exists():
            continue
        golden_text = text_file.read_text("utf-8")
        if text != golden_text:
            found.append(f"{name} page {number}: text differs: {_first_difference(golden_text, text)}")
        with Image.open(page_file) as golden:
            share = difference(golden, page)
        if share > MOST_DIFFERENT:
            found.append(f"{name} page {number}: {share:.2%} of the pixels differ")
    return found


def store(name: str, drawn: Drawn, folder: Path = GOLDEN) -> None:
    """Make these pages the golden ones."""
    for old in (*folder.glob(f"{name}-[0-9]*.png"), *folder.glob(f"{name}-[0-9]*.txt")):
        old.unlink()
    for number, (text, page) in enumerate(zip(drawn.texts, drawn.pages, strict=True), start=1):
        (folder / f"{name}-{number}.txt").write_text(text, "utf-8", newline="\n")
        grey = page.convert("L")
        colourless = difference(page, grey.convert("RGB")) == 0
        (grey if colourless else page).save(folder / f"{name}-{number}.png", optimize=True)


def _first_difference(golden: str, text: str) -> str:
    lines = zip(golden.splitlines(), text.splitlines(), strict=False)
    return next((f"{old!r} became {new!r}" for old, new in lines if old != new), "one is longer")
