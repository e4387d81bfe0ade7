"""A drawn A4 page with several cards on it, as a flatbed scanner sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.idcards.sequences import face

MM = (210, 297)
CARD = (85.6, 54.0)


class Laid(NamedTuple):
    """A card on the page: whose, which side, where its middle lies in mm, and how it is turned."""

    seed: int
    side: str
    x: float
    y: float
    degrees: float = 0.0


def page(cards: Sequence[Laid], dpi: int = 200, paper: int = 250) -> NDArray[np.uint8]:
    """The page in pixels, BGR; the same cards give the same page."""
    mm = dpi / 25.4
    grain = np.random.default_rng(7).normal(0, 2, (round(MM[1] * mm), round(MM[0] * mm), 3))
    shown = np.clip(paper + grain, 0, 255)
    for card in cards:
        drawn = face(card.seed, card.side)
        high, wide = drawn.shape[:2]
        half = np.array(CARD) * mm / 2
        turn = np.deg2rad(card.degrees)
        spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        quad = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half @ spin.T + np.array([card.x, card.y]) * mm
        source = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], np.float32)
        laid = cv2.warpPerspective(
            drawn, cv2.getPerspectiveTransform(source, quad.astype(np.float32)), (shown.shape[1], shown.shape[0])
        ).astype(np.float64)
        cover = laid[..., 3:] / 255
        shown = shown * (1 - cover) + laid[..., :3] * cover
    return np.asarray(shown, dtype=np.uint8)
