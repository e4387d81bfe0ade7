"""Finding the card in a picture by its printed words, and laying it flat at 12 pixels a millimetre."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from desktop.ocr.documents import CARD_MM, LABELS, Label, Side
from desktop.ocr.engine import Line, TextBox
from desktop.ocr.quality import Pixels

PX_PER_MM = 12
_PAIR_TURN = 14.0  # degrees between a line of text and the card it is on, perspective included
_NEAR_MM = 2.2

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Anchor:
    """A printed word found in the picture: the middles of its first and last character, in picture pixels."""

    label: Label
    first: Floats = field(repr=False)
    last: Floats = field(repr=False)

    @property
    def middle(self) -> Floats:
        return (self.first + self.last) / 2

    @property
    def scale(self) -> float:
        """Pixels a millimetre along the word."""
        return float(np.linalg.norm(self.last - self.first)) / (self.label.last - self.label.first)

    @property
    def degrees(self) -> float:
        along = self.last - self.first
        return float(np.degrees(np.arctan2(along[1], along[0])))


@dataclass(frozen=True, slots=True)
class CardFrame:
    """One side of a card in the picture; `to_pixels` maps card millimetres to picture pixels."""

    side: Side
    to_pixels: Floats = field(repr=False)
    seen: frozenset[str]

    def corners(self) -> Floats:
        """The card's corners in picture pixels, clockwise from its own top left."""
        width, height = CARD_MM
        return self.points([(0, 0), (width, 0), (width, height), (0, height)])

    def points(self, millimetres: Sequence[tuple[float, float]]) -> Floats:
        """Places on the card in picture pixels."""
        return _mapped(self.to_pixels, np.array(millimetres, dtype=np.float64))

    def scale(self) -> float:
        """Pixels a millimetre, over the whole card."""
        corners = self.corners()
        return float(np.linalg.norm(corners[1] - corners[0]) + np.linalg.norm(corners[2] - corners[3])) / (
            2 * CARD_MM[0]
        )


def crop_line(picture: Pixels, box: TextBox, flipped: bool = False) -> Pixels:
    """The picture of one detected line, upright; `flipped` reads it the other way round."""
    corners = np.roll(box.corners, -2, axis=0) if flipped else box.corners
    width, height = max(4, round(box.length)), max(4, round(box.height))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    turn = cv2.getPerspectiveTransform(np.ascontiguousarray(corners, dtype=np.float32), target)
    return np.asarray(
        cv2.warpPerspective(picture, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        dtype=np.uint8,
    )


def anchors_in(box: TextBox, line: Line, flipped: bool = False) -> list[Anchor]:
    """The printed words of a card that a read line contains, placed in the picture."""
    corners = (np.roll(box.corners, -2, axis=0) if flipped else box.corners).astype(np.float64)
    start, stop = (corners[0] + corners[3]) / 2, (corners[1] + corners[2]) / 2
    text = line.text
    found = []
    for label in LABELS:
        span = _span(label, text)
        if span is None:
            continue
        first, last = line.letters[span[0]].place, line.letters[span[1] - 1].place
        if last > first:
            found.append(Anchor(label, start + (stop - start) * first, start + (stop - start) * last))
    return found


def fit_frames(anchors: Sequence[Anchor], most: int = 6) -> list[CardFrame]:
    """The cards whose printed words stand where a card has them; words in running text fit nowhere."""
    left = list(anchors)
    frames: list[CardFrame] = []
    while len(frames) < most:
        best: list[Anchor] = []
        best_score = 0.0
        for one, two in combinations(left, 2):
            if one.label.side != two.label.side or one.label.key == two.label.key:
                continue
            turn = _similarity(one, two)
            if turn is None:
                continue
            held = _inliers(turn, [anchor for anchor in left if anchor.label.side == one.label.side], _NEAR_MM, 0.06)
            score = _score(held)
            if score > best_score:
                best, best_score = held, score
        if not best or not _convincing(best):
            return frames
        side = best[0].label.side
        turn, held = _refined(best, [anchor for anchor in left if anchor.label.side == side])
        if _sane(turn):
            frames.append(CardFrame(side, turn, frozenset(anchor.label.key for anchor in held)))
        left = [anchor for anchor in left if not any(anchor is used for used in (*held, *best))]
    return frames


def lay_flat(picture: Pixels, frame: CardFrame, margin_mm: float = 0.0, px_per_mm: float = PX_PER_MM) -> Pixels:
    """The card seen straight from above at `px_per_mm`, with a margin of its surroundings."""
    width = round((CARD_MM[0] + 2 * margin_mm) * px_per_mm)
    height = round((CARD_MM[1] + 2 * margin_mm) * px_per_mm)
    to_mm = np.array([[1 / px_per_mm, 0, -margin_mm], [0, 1 / px_per_mm, -margin_mm], [0, 0, 1]])
    turn = frame.to_pixels @ to_mm
    source, scale = picture, frame.scale() / px_per_mm
    if scale > 1.6:  # a fine scan is averaged first: skipping pixels would break thin strokes
        source = np.asarray(cv2.resize(picture, None, fx=1 / scale, fy=1 / scale, interpolation=cv2.INTER_AREA))
        turn = np.diag([source.shape[1] / picture.shape[1], source.shape[0] / picture.shape[0], 1.0]) @ turn
    return np.asarray(
        cv2.warpPerspective(
            source,
            turn,
            (width, height),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        dtype=np.uint8,
    )


def stretch(pixels: Pixels) -> Pixels:
    """Dark or pale print brought to full contrast, each colour on its own so that tinted light goes too."""
    low, high = np.percentile(pixels[::4, ::4], (1, 99), axis=(0, 1))
    spread = np.maximum(high - low, 24)
    if (low < 30).all() and (high > 215).all():
        return pixels
    return np.asarray(np.clip((pixels - low) * (245 / spread) + 5, 0, 255), dtype=np.uint8)


def _span(label: Label, text: str) -> tuple[int, int] | None:
    if label.key == "digits":
        found = re.search(r"[0-9]{17}[0-9X]", text)
        return found.span() if found else None
    place = text.find(label.text)
    if place >= 0:
        return place, place + len(label.text)
    if len(label.text) < 4:
        return None
    # A long label may have one character misread; its length must hold so that the places stay right.
    for place in range(len(text) - len(label.text) + 1):
        part = text[place : place + len(label.text)]
        if sum(a != b for a, b in zip(part, label.text, strict=True)) <= max(1, len(label.text) // 4):
            return place, place + len(label.text)
    return None


def _middle_mm(label: Label) -> Floats:
    return np.array([(label.first + label.last) / 2, label.y])


def _similarity(one: Anchor, two: Anchor) -> Floats | None:
    mm = _middle_mm(two.label) - _middle_mm(one.label)
    px = two.middle - one.middle
    length = float(np.linalg.norm(mm))
    if length < 5:
        return None
    scale = float(np.linalg.norm(px)) / length
    if not (0.6 < scale / max(one.scale, 1e-6) < 1.6 and 0.6 < scale / max(two.scale, 1e-6) < 1.6):
        return None
    turn = np.degrees(np.arctan2(px[1], px[0]) - np.arctan2(mm[1], mm[0]))
    if any(abs((anchor.degrees - turn + 180) % 360 - 180) > _PAIR_TURN for anchor in (one, two)):
        return None
    angle = np.radians(turn)
    spin = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = one.middle - spin @ _middle_mm(one.label)
    return np.array([[*spin[0], shift[0]], [*spin[1], shift[1]], [0, 0, 1]])


def _inliers(turn: Floats, anchors: Sequence[Anchor], near_mm: float, slope: float) -> list[Anchor]:
    """For each label the nearest word to where the card would have it, if near enough."""
    scale = float(np.sqrt(abs(np.linalg.det(turn[:2, :2]))))
    best: dict[str, tuple[float, Anchor]] = {}
    for anchor in anchors:
        place = _mapped(turn, _middle_mm(anchor.label)[None])[0]
        off = float(np.linalg.norm(place - anchor.middle)) / max(scale, 1e-6)
        if off < near_mm + slope * 20 and off < best.get(anchor.label.key, (1e9, anchor))[0]:
            best[anchor.label.key] = (off, anchor)
    return [anchor for _, anchor in best.values()]


def _score(held: Sequence[Anchor]) -> float:
    return sum(anchor.label.weight for anchor in held)


def _convincing(held: Sequence[Anchor]) -> bool:
    keys = {anchor.label.key for anchor in held}
    if held[0].label.side == "front":
        return len(keys) >= 4 or (len(keys) >= 3 and bool(keys & {"number", "digits"}))
    return len(keys) >= 3 or {"issuer", "valid"} <= keys


def _refined(held: list[Anchor], everyone: Sequence[Anchor]) -> tuple[Floats, list[Anchor]]:
    turn = _affine(held)
    held = _inliers(turn, everyone, 2.0, 0.0) or held
    turn = _affine(held)
    spread = np.ptp([anchor.label.y for anchor in held])
    if len(held) >= 5 and spread > 25:
        source, target = _pairs(held)
        bent, _ = cv2.findHomography(source, target, cv2.RANSAC, 0.9 * float(np.sqrt(abs(np.linalg.det(turn[:2, :2])))))
        if bent is not None:
            flat = np.asarray(bent, dtype=np.float64) / float(bent[2, 2])
            if _sane(flat):
                turn = flat
    return turn, held


def _pairs(held: Sequence[Anchor]) -> tuple[Floats, Floats]:
    source = [(x, anchor.label.y) for anchor in held for x in (anchor.label.first, anchor.label.last)]
    target = [point for anchor in held for point in (anchor.first, anchor.last)]
    return np.array(source, dtype=np.float64), np.array(target, dtype=np.float64)


def _affine(held: Sequence[Anchor]) -> Floats:
    source, target = _pairs(held)
    ys = {anchor.label.y for anchor in held}
    if len(ys) < 2 or np.ptp(source[:, 0]) < 12 or np.ptp(source[:, 1]) < 8:
        turn, _ = cv2.estimateAffinePartial2D(source, target, method=cv2.LMEDS)
    else:
        turn, _ = cv2.estimateAffine2D(source, target, method=cv2.LMEDS)
    if turn is None:
        return np.eye(3)
    return np.vstack([turn, [0, 0, 1]])


def _sane(turn: Floats) -> bool:
    width, height = CARD_MM
    corners = _mapped(turn, np.array([(0, 0), (width, 0), (width, height), (0, height)]))
    if not np.isfinite(corners).all():
        return False
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    if sides.min() < 60:
        return False
    convex = cv2.isContourConvex(corners.astype(np.float32))
    ratio = (sides[0] + sides[2]) / (sides[1] + sides[3])
    return bool(convex and 1.0 < ratio < 2.6 and sides[0] / sides[2] < 2 and sides[2] / sides[0] < 2)


def _mapped(turn: Floats, points: Floats) -> Floats:
    spread = np.hstack([points, np.ones((len(points), 1))]) @ turn.T
    return np.asarray(spread[:, :2] / spread[:, 2:], dtype=np.float64)
