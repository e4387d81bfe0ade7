"""What the card benchmarks share: the floor of reading a front, and intervals of shares."""

from __future__ import annotations

from math import comb
from typing import Any

import cv2
import numpy as np

from desktop.ocr.documents import CARD_MM, slots_of
from desktop.ocr.engine import PpOcrEngine
from desktop.ocr.outline import Outline
from desktop.ocr.quality import Pixels

PX_PER_MM = 12
_STEPS = 40  # halvings: finer than any share is printed


def bare_lines(engine: PpOcrEngine, frame: Pixels, quad: Any) -> list[str]:
    """The floor of reading a front (OCR.md 3): its eight lines, cut at their true places, through the recogniser."""
    flat = cv2.warpPerspective(
        frame,
        Outline(np.asarray(quad), 1.0).to_flat(PX_PER_MM),
        (round(CARD_MM[0] * PX_PER_MM), round(CARD_MM[1] * PX_PER_MM)),
    )
    rows = [
        (slot.left, slot.y, min(slot.right, 54.0) if slot.key != "number" else slot.right) for slot in slots_of("front")
    ]
    rows += [(13.9, 32.95, 54.0), (13.9, 37.5, 54.0)]
    cuts = [
        flat[round((y - 2.35) * PX_PER_MM) : round((y + 2.35) * PX_PER_MM), round(a * PX_PER_MM) : round(b * PX_PER_MM)]
        for a, y, b in rows
    ]
    return [engine.read(np.asarray(cut, dtype=np.uint8)).text for cut in cuts]


def interval(hits: int, of: int, sure: float = 0.95) -> tuple[float, float]:
    """Between which shares (0-1) the true one lies, exact (Clopper and Pearson 1934).

    Not one of 300 may still be 1.2 %.
    """
    rest = (1 - sure) / 2
    low = 0.0 if hits == 0 else _share(lambda p: 1 - _at_most(hits - 1, of, p) < rest)
    high = 1.0 if hits == of else _share(lambda p: _at_most(hits, of, p) > rest)
    return low, high


def _at_most(hits: int, of: int, share: float) -> float:
    return sum(comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(hits + 1))


def _share(below: Any) -> float:
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return (low + high) / 2
