"""Several cards on one page: those that reading passed over are cut out by their outlines, and sides are put together.

Which back belongs to which front only their places can tell, so with more than one holder it is always a doubt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import cv2
import numpy as np

from desktop.ocr.documents import CARD_MM
from desktop.ocr.fields import Quad
from desktop.ocr.outline import Outline, find_outlines
from desktop.ocr.quality import Pixels
from desktop.ocr.rectify import Floats

MOST_CARDS = 10
"""On one page: A4 holds ten cards without overlapping."""
_MARGIN_MM = 5.0  # of paper around a card that is cut out, as far as the next one leaves it
_SAME = 0.3  # of the smaller of two cards, covered by the other: they are one
_CLEAR = 0.15  # how much longer two exchanged ways must be than they are
_CROWDED = 4  # cards on a page, from which on some are looked for again with the others covered
_ALIKE = 1.35  # cards on one page are of one size: a frame within a card is not a card


@dataclass(frozen=True, slots=True)
class Cut:
    """A card cut out of a page, turned the way up its print says; `to_page` maps its pixels to the page's."""

    pixels: Pixels
    to_page: Floats

    def on_page(self, corners: Quad) -> Quad:
        """Corners in this picture as corners on the page."""
        moved = cv2.perspectiveTransform(np.array([corners], np.float64), self.to_page)[0]
        one, two, three, four = ((float(x), float(y)) for x, y in moved)
        return one, two, three, four


def cards_beside(page: Pixels, read: Sequence[Quad]) -> list[Cut]:
    """What looks like a card on a page and lies apart from those that were `read`, from the top."""
    known = [np.array(corners, dtype=np.float64) for corners in read]
    found = _new(page, known)
    if found and len(found) + len(read) >= _CROWDED:  # among many the looking gives up before the last
        covered = _covered(page, [*known, *(one.corners for one in found)])
        found += _new(covered, [*known, *(one.corners for one in found)])
        covered.fill(0)
    found.sort(key=lambda outline: float(outline.corners[:, 1].min()))
    return [_cut(page, outline) for outline in found[: max(0, MOST_CARDS - len(read))]]


def _new(page: Pixels, known: Sequence[Floats]) -> list[Outline]:
    size = max((_long_side(corners) for corners in known), default=0.0)
    found: list[Outline] = []
    for outline in find_outlines(page, MOST_CARDS + len(known)):
        if outline.looks_like is None or not outline.whole:
            continue
        alike = not size or size / _ALIKE < _long_side(outline.corners) < size * _ALIKE
        apart = all(not _same(outline.corners, other) for other in [*known, *(one.corners for one in found)])
        if alike and apart:
            found.append(outline)
    return found


def _covered(page: Pixels, cards: Sequence[Floats]) -> Pixels:
    """A copy of the page with these cards painted over in the colour of the paper."""
    copy = page.copy()
    edge = np.concatenate([page[:3].reshape(-1, 3), page[-3:].reshape(-1, 3)])
    paper = [float(value) for value in np.median(edge, axis=0)]
    for corners in cards:
        grown = corners + (corners - corners.mean(0)) * 0.03
        cv2.fillConvexPoly(copy, np.rint(grown).astype(np.int32), paper)
    return copy


def apart_from(corners: Quad, others: Sequence[Quad]) -> bool:
    """Whether a card is none of the others."""
    return all(not _same(np.array(corners), np.array(other)) for other in others)


def pairs(fronts: Sequence[Quad], backs: Sequence[Quad]) -> list[int] | None:
    """For each front which back is the same holder's, by the shortest ways between them over all.

    None when the numbers differ, or when another pairing is about as short: then nobody can tell.
    """
    if len(fronts) != len(backs) or not fronts or len(fronts) > 5:
        return None
    middles = [np.array(corners, dtype=np.float64).mean(0) for corners in (*fronts, *backs)]
    ways = np.array(
        [[np.linalg.norm(front - back) for back in middles[len(fronts) :]] for front in middles[: len(fronts)]]
    )
    sums = sorted(
        (float(sum(ways[front, back] for front, back in enumerate(order))), order)
        for order in permutations(range(len(backs)))
    )
    if len(sums) > 1 and sums[1][0] - sums[0][0] < _CLEAR * sums[0][0] * 2 / len(fronts):
        return None
    return list(sums[0][1])


def by_place(cards: Mapping[int, Quad]) -> list[int]:
    """The keys of cards in the order in which a page is read: row by row, from the left."""
    middles = {key: np.array(corners, dtype=np.float64).mean(0) for key, corners in cards.items()}
    half = {key: min(np.ptp(np.array(corners), axis=0)) / 2 for key, corners in cards.items()}
    left = sorted(cards, key=lambda key: float(middles[key][1]))
    ordered: list[int] = []
    while left:
        row = [key for key in left if middles[key][1] - middles[left[0]][1] < half[left[0]]]
        ordered += sorted(row, key=lambda key: float(middles[key][0]))
        left = [key for key in left if key not in row]
    return ordered


def _cut(page: Pixels, outline: Outline) -> Cut:
    """The card laid flat with a margin, at the page's own scale."""
    per_mm = outline.px_per_mm
    margin = _MARGIN_MM * per_mm
    width, height = CARD_MM[0] * per_mm, CARD_MM[1] * per_mm
    shift = np.array([[1, 0, margin], [0, 1, margin], [0, 0, 1]], dtype=np.float64)
    turn = shift @ outline.to_flat(per_mm)
    size = (round(width + 2 * margin), round(height + 2 * margin))
    flat = cv2.warpPerspective(page, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return Cut(np.asarray(flat, dtype=np.uint8), np.asarray(np.linalg.inv(turn), dtype=np.float64))


def _long_side(corners: Floats) -> float:
    return float(np.linalg.norm(corners[1] - corners[0]) + np.linalg.norm(corners[2] - corners[3])) / 2


def _same(one: Floats, two: Floats) -> bool:
    first, second = one.astype(np.float32), two.astype(np.float32)
    shared = float(cv2.intersectConvexConvex(first, second)[0])
    return shared > _SAME * min(float(cv2.contourArea(first)), float(cv2.contourArea(second)))
