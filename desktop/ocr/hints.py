"""What to tell the clerk about the card under the camera: one thing at a time, the one that helps first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from desktop.ocr.documents import ADDRESS_LINES, CARD_MM, Side, slots_of
from desktop.ocr.outline import Followed, Outline
from desktop.ocr.quality import Pixels, glare_share

LEAST_PX_PER_MM = 5.0
"""A glyph of 2.95 mm is then 15 pixels high, the least that is still read (OCR.md 5); 33 % of a 1280 frame."""
STILL_MM_S = 12.0
"""A shutter of 1/60 s smears this by 0.2 mm, about the stroke of a character; a resting hand trembles less."""
LEAST_LIGHT = 70.0
"""Median grey of the card's paper. Drawn frames read worse below it whatever is stretched: noise is stretched too."""
MOST_GLARE = 0.12
"""Of the strip of any one line burnt out: one character of eight may be hidden."""
LEAST_SHARPNESS: dict[Side, float] = {"front": 1.35, "back": 1.85}
"""Steepness of the print's edges in contrasts a millimetre. 24 drawn faces (seeds 7301-7304) were blurred step by step:
at 0.14 mm every field was read and no face lay below this; at 0.20 mm 21 of 24 were read, at 0.26 mm 15."""
_FLAT_PX_PER_MM = 8  # fine enough to tell a blur of 0.1 mm
_EDGE_MM = 2.0  # the card's own edge is steep however blurred its print is


class Hint(StrEnum):
    """What the clerk may do now; `words` is the sentence for the screen."""

    GOOD = "good"
    NO_CARD = "no_card"
    TWO_CARDS = "two_cards"
    INCOMPLETE = "incomplete"
    CLOSER = "closer"
    DARK = "dark"
    TURN_TO_BACK = "turn_to_back"
    TURN_TO_FRONT = "turn_to_front"
    MOVING = "moving"
    GLARE = "glare"
    BLURRED = "blurred"

    @property
    def words(self) -> str:
        """The Chinese sentence."""
        return _WORDS[self]


_WORDS = {
    Hint.GOOD: "很好，请保持不动",
    Hint.NO_CARD: "没有看到证件",
    Hint.TWO_CARDS: "有两张卡：只留一张",
    Hint.INCOMPLETE: "卡片没有放全",
    Hint.CLOSER: "放近一点",
    Hint.DARK: "太暗：开灯或靠近窗口",
    Hint.TURN_TO_BACK: "请翻到背面（国徽面）",
    Hint.TURN_TO_FRONT: "请翻到正面（人像面）",
    Hint.MOVING: "拿稳不要动",
    Hint.GLARE: "反光：把卡片转一个角度",
    Hint.BLURRED: "不清楚：等镜头对焦，或稍微拿远一点",
}


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """What was measured on the card in one frame; None where an earlier trouble made measuring pointless.

    `light` is the median grey of its paper (0-255), `glare` the burnt-out part of the worst line (0-1), `sharpness`
    the steepness of its print in contrasts a millimetre.
    """

    px_per_mm: float
    speed_mm_s: float
    whole: bool
    others: int
    looks_like: Side | None
    light: float | None = None
    glare: float | None = None
    sharpness: float | None = None


def facts_of(frame: Pixels, card: Followed | None) -> FrameFacts | None:
    """Measures the card in a frame; None when there is no card, or only something of its shape."""
    if card is None or card.outline.looks_like is None:
        return None
    outline = card.outline
    facts = FrameFacts(outline.px_per_mm, card.speed_mm_s, outline.whole, card.others, outline.looks_like)
    if not outline.whole or card.others or facts.px_per_mm < LEAST_PX_PER_MM:
        return facts
    flat = _flat(frame, outline)
    return FrameFacts(
        facts.px_per_mm,
        facts.speed_mm_s,
        facts.whole,
        facts.others,
        facts.looks_like,
        float(np.median(flat[::4, ::4])),
        _glare(flat, outline.looks_like) if outline.looks_like else glare_share(flat),
        print_sharpness(flat),
    )


def advise(facts: FrameFacts | None, wanted: Side | None = None) -> Hint:
    """The one thing to tell; GOOD when the frame is worth reading. `wanted` None takes either side."""
    if facts is None:
        return Hint.NO_CARD
    if facts.others:
        return Hint.TWO_CARDS
    if not facts.whole:
        return Hint.INCOMPLETE
    if facts.px_per_mm < LEAST_PX_PER_MM:
        return Hint.CLOSER
    if facts.light is not None and facts.light < LEAST_LIGHT:
        return Hint.DARK
    if wanted is not None and facts.looks_like not in (None, wanted):
        return Hint.TURN_TO_BACK if wanted == "back" else Hint.TURN_TO_FRONT
    if facts.speed_mm_s > STILL_MM_S:
        return Hint.MOVING
    if facts.glare is not None and facts.glare > MOST_GLARE:
        return Hint.GLARE
    if facts.sharpness is not None and facts.sharpness < LEAST_SHARPNESS[facts.looks_like or "front"]:
        return Hint.BLURRED
    return Hint.GOOD


def print_sharpness(flat: Pixels) -> float:
    """The steepness of the hundredth steepest place of a grey card laid flat at 8 pixels a millimetre, in contrasts of
    the card a millimetre: it falls with blur, and hardly with light, noise or distance."""
    edge = round(_EDGE_MM * _FLAT_PX_PER_MM)
    inner = cv2.GaussianBlur(flat[edge:-edge, edge:-edge], (0, 0), 0.8)
    across = cv2.Sobel(inner, cv2.CV_16S, 1, 0)
    down = cv2.Sobel(inner, cv2.CV_16S, 0, 1)
    steep = np.hypot(across[::2, ::2].astype(np.float32), down[::2, ::2].astype(np.float32)) / 8
    low, high = np.percentile(inner[::3, ::3], (2, 70))
    return float(np.percentile(steep, 99)) * _FLAT_PX_PER_MM / max(float(high - low), 12.0)


def _flat(frame: Pixels, outline: Outline) -> Pixels:
    size = (round(CARD_MM[0] * _FLAT_PX_PER_MM), round(CARD_MM[1] * _FLAT_PX_PER_MM))
    laid = cv2.warpPerspective(
        frame, outline.to_flat(_FLAT_PX_PER_MM), size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(cv2.cvtColor(laid, cv2.COLOR_BGR2GRAY), dtype=np.uint8)


def _glare(flat: Pixels, side: Side) -> float:
    """The burnt-out part of the worst line: glare on bare paper hides nothing."""
    worst = 0.0
    flat = np.asarray(cv2.blur(flat, (5, 5)), dtype=np.uint8)  # bright paper with noise on it is not burnt out
    for slot in slots_of(side):
        top, bottom = (slot.y - 2, slot.y + 2) if slot.key != "address" else (slot.y - 2, ADDRESS_LINES[1] - 4)
        left, right = slot.left, min(slot.right, 54.0) if slot.key != "number" else slot.right
        area = tuple(round(value * _FLAT_PX_PER_MM) for value in (left, top, right, bottom))
        worst = max(worst, glare_share(flat[area[1] : area[3], area[0] : area[2]]))
    return worst
