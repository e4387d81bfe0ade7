"""The outline of a card under the camera: found on a small copy of the frame, followed from frame to frame."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from desktop.ocr.documents import CARD_MM, PRINTED, Side
from desktop.ocr.quality import Pixels
from desktop.ocr.rectify import Floats

WORK_SIDE = 480  # pixels along the longer side of the copy that is looked at: a card of a third of it has 2 to the mm
_SMALLEST, _LARGEST = 0.14, 1.02  # length of a card's long side in parts of the copy's longer side
_RATIO = (1.22, 2.05)  # of the sides: 1.585, seen as much as 35 degrees askew
_SKEW = 1.55  # most that opposite sides may differ
_CORNER = 0.62  # most |cosine| at a corner
_LINES = 36  # lines combined at most, longest first
_ALIKE = 5  # of one direction
_ROUND = 0.07  # the part of a side at either end where the card's corner is round
_SAMPLES = 22  # places looked at along a side
_SHARES = np.linspace(_ROUND, 1 - _ROUND, _SAMPLES)
_SURE = 0.8  # a confidence beyond which no second way of looking is tried
_MOST = 20  # outlines begun with
_MOVES_MM = (-12.0, -7.0, 4.0, 8.0, 13.0)  # of one side, outwards
_LEAST_SUPPORT = 0.52  # of the places along the four sides, how many must show an edge
_WEAKEST_SIDE = 0.30  # a finger may hide this much less of one
_PRINT_SEEN = 0.38  # correlation with a side's print that tells a card from a sheet of paper
_PRINT_CLEAR = 0.65  # what half of all good outlines reach, and one in thirty of those with a side in the wrong place
_PRINT_SIZE = (107, 68)  # pixels of the laid-flat copy whose print is compared: 1.25 to the mm
_AT_EDGE = 5.0  # pixels of the copy from the frame's edge: what comes so near may go on outside
_LEAST_SEEN = 0.35  # of a cut card, for its print to be known
_REACH = 7.0  # pixels of the copy that a side may move between two frames and still be followed
_SAME_SIZE = (0.6, 1.65)  # of two cards on a desk seen askew, or one held a little higher
_LOOK_AGAIN = 8  # frames after which a followed card is looked for anew: another may have come, or it was no card


@dataclass(frozen=True, slots=True)
class Outline:
    """Where a card is in the frame.

    `corners` are 4 × 2, in pixels of the frame, clockwise from the card's own top left where its print tells which way
    up it lies, otherwise from the picture's. `confidence` is 0-1. `looks_like` is the side the print resembles, None
    when it resembles neither: a card of another kind, or too blurred; only reading makes it certain.
    """

    corners: Floats = field(repr=False)
    confidence: float
    looks_like: Side | None = None
    whole: bool = True
    """Whether all of the card is in the frame; where not, the corners outside it are as a card would have them."""

    @property
    def px_per_mm(self) -> float:
        """Pixels a millimetre along the long sides."""
        one, two, three, four = self.corners
        return float(np.linalg.norm(two - one) + np.linalg.norm(three - four)) / (2 * CARD_MM[0])

    @property
    def middle(self) -> Floats:
        return np.asarray(self.corners.mean(0), dtype=np.float64)

    def to_flat(self, px_per_mm: float) -> Floats:
        """The mapping from frame pixels to the card laid flat at `px_per_mm`."""
        width, height = CARD_MM[0] * px_per_mm, CARD_MM[1] * px_per_mm
        target = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
        return np.asarray(cv2.getPerspectiveTransform(self.corners.astype(np.float32), target), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Followed:
    """The card in one frame of a film: its outline, how fast it moves and how many other cards lie beside it."""

    outline: Outline
    speed_mm_s: float
    """Of the fastest corner, on the card's own scale; infinite in the first frame."""
    others: int


def find_outlines(frame: Pixels, most: int = 3) -> list[Outline]:
    """Card-shaped outlines in a frame, the surest first; empty when there is none.

    What bears the print of an identity card goes before blank shapes: a sheet of paper may have a card's proportions.
    """
    copy, scale = _small(frame)
    return [_enlarged(found, scale) for found in _found(copy, most)]


class Track:
    """Follows one card from frame to frame; call `follow` for every frame in order, from one thread."""

    def __init__(self) -> None:
        self._last: Outline | None = None  # in pixels of the copy
        self._last_at = 0.0
        self._others = (0, 0)  # as either way of looking saw them last
        self._since_looked = 0
        self._by_lines = True

    def forget(self) -> None:
        """The next frame is looked at as the first."""
        self._last, self._others = None, (0, 0)

    def begin(self, frame: Pixels, outline: Outline, at: float) -> None:
        """Follow a card from here on that was found by other means."""
        _, scale = _small(frame)
        self._last, self._last_at = replace(outline, corners=(outline.corners + 0.5) / scale - 0.5), at

    def follow(self, frame: Pixels, at: float) -> Followed | None:
        """The card in this frame, None when there is none; `at` is the frame's monotonic time in seconds."""
        copy, scale = _small(frame)
        before = self._last
        kept = _followed(copy, before) if before is not None else None
        self._since_looked += 1
        if kept is None or kept.looks_like is None or not kept.whole or self._since_looked >= _patience(kept):
            kept = self._looked(copy, kept)
        elapsed = at - self._last_at
        speed = float("inf")
        if kept is not None and before is not None and elapsed > 0:
            apart = np.linalg.norm(_turned_as(kept.corners, before.corners) - before.corners, axis=1).max()
            speed = float(apart) / kept.px_per_mm / elapsed
        self._last, self._last_at = kept, at
        return None if kept is None else Followed(_enlarged(kept, scale), speed, max(self._others))

    def _looked(self, copy: Pixels, kept: Outline | None) -> Outline | None:
        """Looks over the whole copy: for a surer card than the one that is followed, and for others beside it.

        Half the ways of looking in each frame keep the film flowing; a card lies still for longer than two.
        """
        self._since_looked = 0
        self._by_lines = not self._by_lines
        found = _found(copy, 3, not self._by_lines, self._by_lines)
        if kept is None or (found and _better(found[0], kept)):
            kept = found[0] if found else None
        others = sum(kept is not None and _another(one, kept) for one in found)
        self._others = (others, self._others[0])
        return kept


def _small(frame: Pixels) -> tuple[Pixels, float]:
    """A small copy of the frame, and how many frame pixels one of its pixels is."""
    height, width = frame.shape[:2]
    scale = max(height, width) / WORK_SIDE
    if scale <= 1:
        return frame, 1.0
    size = (round(width / scale), round(height / scale))
    # Sampling every fourth pixel pair costs a tenth of a full average, and the blur after it takes the rest.
    return np.asarray(cv2.blur(cv2.resize(frame, size, interpolation=cv2.INTER_LINEAR), (3, 3)), np.uint8), scale


def _enlarged(outline: Outline, scale: float) -> Outline:
    return Outline((outline.corners + 0.5) * scale - 0.5, outline.confidence, outline.looks_like, outline.whole)


def _found(copy: Pixels, most: int, by_patches: bool = True, by_lines: bool = True) -> list[Outline]:
    """Outlines on the copy, by patches of light and tint, which is quick, and by crossing lines where that fails."""
    grey = np.asarray(cv2.cvtColor(copy, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    height, width = grey.shape
    outlines: list[Outline] = []
    if by_patches:
        rings = _patches(copy, grey)
        outlines = _judged(copy, grey, _card_shaped(rings, width, height))
        if not any(found.looks_like for found in outlines):
            outlines += _cut_cards(copy, grey, rings)
    if by_lines and not any(found.looks_like and found.confidence > _SURE for found in outlines):
        edges = np.asarray(cv2.Canny(copy, 30, 70), dtype=np.uint8)
        near_edge = np.asarray(cv2.dilate(edges, np.ones((3, 3), np.uint8)), dtype=np.uint8)
        outlines += _judged(copy, grey, _best(_quads(_lines(edges), width, height), near_edge, 8))
    # Of two frames of one card the outer is its edge, the inner a line of its print.
    outlines.sort(key=lambda found: -found.confidence * (1 + 0.2 * found.px_per_mm))
    kept: list[Outline] = []
    for found in outlines:
        if not any(_overlap(found, other) for other in kept):
            kept.append(found)
    kept.sort(key=lambda found: -found.confidence)
    if kept and kept[0].whole and kept[0].confidence < _SURE:
        kept[0] = _coaxed(copy, grey, kept[0])
    return kept[:most]


def _coaxed(copy: Pixels, grey: Pixels, found: Outline) -> Outline:
    """The outline with the one side moved whose place makes the print fit better, if there is such.

    Where a finger, a paper's edge or the grain of the desk runs beside a side, the wrong one of two edges was taken.
    """
    per_mm = found.px_per_mm
    tried = []
    for side in range(4):
        along = np.roll(found.corners, -1, axis=0)[side] - found.corners[side]
        outwards = np.array([along[1], -along[0]]) / max(float(np.linalg.norm(along)), 1e-6)
        for millimetres in _MOVES_MM:
            moved = found.corners.copy()
            moved[[side, (side + 1) % 4]] += outwards * millimetres * per_mm
            tried.append(moved)
    return max([found, *_judged(copy, grey, np.array(tried), 2.0)], key=lambda one: one.confidence)


def _judged(copy: Pixels, grey: Pixels, begun: Floats, reach: float = 5.0) -> list[Outline]:
    """The quadrangles moved onto their edges, those that are none left out, the best edged looked at for print."""
    if not len(begun):
        return []
    settled, first = _settled(copy, begun[:_MOST], reach)
    settled, again = _settled(copy, settled, 2.0)
    support = np.minimum(first, again)
    outlines: list[Outline] = []
    for place in np.argsort(-support)[:10]:
        if support[place] < _LEAST_SUPPORT:
            break
        if all(np.abs(settled[place] - _turned_as(other.corners, settled[place])).max() > 4 for other in outlines):
            outlines.append(_told(grey, settled[place], float(support[place])))
    return outlines


def _best(quads: Floats, near_edge: Pixels, most: int) -> Floats:
    """The quadrangles whose sides show the most edge, no two of them nearly the same."""
    if not len(quads):
        return quads
    support = _support(near_edge, quads)
    whole = support.mean(1)
    good = np.flatnonzero((whole > _LEAST_SUPPORT) & (support.min(1) > _WEAKEST_SIDE))
    size = np.linalg.norm(quads[good, 1] - quads[good, 0], axis=1) / WORK_SIDE
    kept: list[int] = []
    for place in good[np.argsort(-(whole[good] + 0.15 * size))][:60].tolist():
        if all(np.abs(quads[place] - quads[other]).max() > 6 for other in kept):
            kept.append(place)
            if len(kept) == most:
                break
    return quads[kept]


def _patches(copy: Pixels, grey: Pixels) -> Floats:
    """Corners of the patches that are lighter, darker or of another tint than what is around them, largest first."""
    height, width = grey.shape
    half = (
        width // 2,
        height // 2,
    )  # the corners are settled later: half the copy finds the patches four times as fast
    light = cv2.resize(grey, half, interpolation=cv2.INTER_AREA)
    small = cv2.resize(copy, half, interpolation=cv2.INTER_AREA)
    tint = cv2.addWeighted(small[:, :, 0], 0.5, cv2.bitwise_not(small[:, :, 2]), 0.5, 0)
    least = _SMALLEST * max(half)
    found: list[tuple[float, Floats]] = []
    for channel, shares in ((light, (20, 40, 55, 70, 85)), (tint, (35, 65))):
        smooth = cv2.medianBlur(channel, 5)
        # Beside levels of so many darker pixels the one that parts the darker from the lighter best (Otsu 1979): on a
        # desk of strong grain every other one leaves streaks of it on the card, or parts of the card on the desk.
        parts, _ = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        for level in np.unique([*np.percentile(smooth[::3, ::3], shares).astype(int), int(parts)]).tolist():
            mask = cv2.threshold(smooth, level, 255, cv2.THRESH_BINARY)[1]
            outlines, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
            for outline in outlines:
                if len(outline) < 8:
                    continue
                _, _, across, down = cv2.boundingRect(outline)
                if max(across, down) < least or min(across, down) < 8:
                    continue
                hull = cv2.convexHull(outline)
                _, (one, two), _ = cv2.minAreaRect(hull)
                area = cv2.contourArea(hull)
                if len(hull) < 4 or area < 0.72 * one * two:
                    continue
                ring = np.asarray(cv2.approxPolyN(hull, 4), dtype=np.float64).reshape(-1, 2)
                if len(ring) == 4:
                    found.append((area, ring * 2 + 0.5))
    found.sort(key=lambda patch: -patch[0])
    return np.array([ring for _, ring in found]).reshape(-1, 4, 2)


def _cut_off(rings: Floats, width: int, height: int) -> Floats:
    """The cards of which the frame's edge cuts off one end: that end put where a card has it, outside the frame.

    The first side of each is the one opposite the cut.
    """
    found = []
    for ring in rings:
        clockwise = ring if cv2.contourArea(ring.astype(np.float32), oriented=True) > 0 else ring[::-1]
        for turn in range(4):
            a, b, c, d = np.roll(clockwise, -turn, axis=0)
            near = [
                {i for i, off in enumerate((x, y, width - x, height - y)) if off < _AT_EDGE} for x, y in (a, b, c, d)
            ]
            if not near[2] & near[3] or near[0] or near[1]:
                continue
            side, down = float(np.linalg.norm(b - a)), (float(np.linalg.norm(c - b)), float(np.linalg.norm(d - a)))
            for whole in (side * CARD_MM[1] / CARD_MM[0], side * CARD_MM[0] / CARD_MM[1]):
                if 0.3 * whole < min(down) and max(down) < 1.02 * whole:
                    found.append(np.array([a, b, b + (c - b) / down[0] * whole, a + (d - a) / down[1] * whole]))
    return np.array(found).reshape(-1, 4, 2)


def _cut_cards(copy: Pixels, grey: Pixels, rings: Floats) -> list[Outline]:
    """Cards that are not all in the frame, told by three sides and by the print of the part that is seen."""
    height, width = grey.shape
    outlines = []
    for quad in _cut_off(rings, width, height)[:6]:
        turned = quad if np.linalg.norm(quad[1] - quad[0]) > np.linalg.norm(quad[2] - quad[1]) else np.roll(quad, 1, 0)
        told = _told(grey, turned, 0.6)
        if told.looks_like is not None:
            outlines.append(replace(told, whole=False))
    return outlines


def _lines(edges: Pixels) -> NDArray[np.float64]:
    """Straight edges as (angle, distance, length): the longest of each direction, so that the grain of a wooden desk
    or the lines of a letter do not crowd out the rest."""
    found = cv2.HoughLinesP(edges, 1, np.pi / 180, 22, minLineLength=18, maxLineGap=4)
    if found is None:
        return np.zeros((0, 3))
    ends = np.asarray(found, dtype=np.float64).reshape(-1, 4)
    along = ends[:, 2:] - ends[:, :2]
    length = np.hypot(along[:, 0], along[:, 1])
    order = np.argsort(-length)[:120]
    ends, along, length = ends[order], along[order], length[order]
    angle = np.arctan2(along[:, 1], along[:, 0]) % np.pi
    middle = (ends[:, :2] + ends[:, 2:]) / 2
    distance = -np.sin(angle) * middle[:, 0] + np.cos(angle) * middle[:, 1]
    turn = np.abs((angle[:, None] - angle[None, :] + np.pi / 2) % np.pi - np.pi / 2)
    off = np.abs(-np.sin(angle)[None] * middle[:, :1] + np.cos(angle)[None] * middle[:, 1:] - distance[None])
    same = (turn < 0.05) & (off < 2.0)
    alike = turn < 0.05
    taken = np.zeros(len(length), dtype=bool)
    kept: list[int] = []
    for place in range(len(length)):
        if taken[place] or int(alike[place, kept].sum()) >= _ALIKE:
            continue
        taken |= same[:, place]
        kept.append(place)
        if len(kept) == _LINES:
            break
    return np.stack([angle[kept], distance[kept], length[kept]], axis=1)


def _quads(lines: NDArray[np.float64], width: int, height: int) -> Floats:
    """Every four lines that could be a card's sides, as corners clockwise with the long sides first and third."""
    count = len(lines)
    if count < 4:
        return np.zeros((0, 4, 2))
    turn = np.abs((lines[:, None, 0] - lines[None, :, 0] + np.pi / 2) % np.pi - np.pi / 2)
    apart = np.abs(lines[:, None, 1] - lines[None, :, 1])
    one, two = np.triu_indices(count, 1)
    least = _SMALLEST * max(width, height) * 0.5
    fit = (turn[one, two] < 0.38) & ((apart[one, two] > least) | (turn[one, two] > 0.15))
    one, two = one[fit], two[fit]
    # Pairs of opposite sides, long with short: their directions must cross.
    middle = lines[one, 0] + ((lines[two, 0] - lines[one, 0] + np.pi / 2) % np.pi - np.pi / 2) / 2
    left, right = np.nonzero(np.abs(np.cos(middle[:, None] - middle[None, :])) < 0.5)
    keep = left < right
    left, right = left[keep], right[keep]
    if not len(left):
        return np.zeros((0, 4, 2))
    ring = np.stack(
        [_crossing(lines, one[left], one[right]), _crossing(lines, one[right], two[left]),
         _crossing(lines, two[left], two[right]), _crossing(lines, two[right], one[left])], axis=1,
    )  # fmt: skip
    return _card_shaped(ring, width, height)


def _crossing(lines: NDArray[np.float64], one: NDArray[np.intp], two: NDArray[np.intp]) -> Floats:
    a, b = lines[one, 0], lines[two, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        across = np.sin(a - b)
        x = (lines[one, 1] * np.cos(b) - lines[two, 1] * np.cos(a)) / -across
        y = (lines[one, 1] * np.sin(b) - lines[two, 1] * np.sin(a)) / -across
    return np.stack([x, y], axis=-1)


def _card_shaped(ring: Floats, width: int, height: int) -> Floats:
    """Those of many quadrangles that a card could look like, turned clockwise with a long side on top."""
    sides = np.roll(ring, -1, axis=1) - ring
    ahead = np.roll(sides, -1, axis=1)
    turn = (sides[:, :, 0] * ahead[:, :, 1] - sides[:, :, 1] * ahead[:, :, 0]).sum(1)
    ring = np.where((turn < 0)[:, None, None], ring[:, ::-1], ring)
    length = np.linalg.norm(np.roll(ring, -1, axis=1) - ring, axis=2)
    upright = length[:, 0] + length[:, 2] < length[:, 1] + length[:, 3]
    ring = np.where(upright[:, None, None], np.roll(ring, -1, axis=1), ring)
    return np.asarray(ring[_fits_card(ring, width, height)][:1500])


def _fits_card(ring: Floats, width: int, height: int) -> NDArray[np.bool_]:
    """Which clockwise quadrangles with a long side first have the shape and size of a card in a picture."""
    sides = np.roll(ring, -1, axis=1) - ring
    ahead = np.roll(sides, -1, axis=1)
    cross = sides[:, :, 0] * ahead[:, :, 1] - sides[:, :, 1] * ahead[:, :, 0]
    length = np.linalg.norm(sides, axis=2)
    longest = max(width, height)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (length[:, 0] + length[:, 2]) / (length[:, 1] + length[:, 3])
        skew = np.maximum(length[:, :2] / length[:, 2:], length[:, 2:] / length[:, :2]).max(1)
        unit = sides / length[:, :, None]
        corner = np.abs((unit * np.roll(unit, 1, axis=1)).sum(2)).max(1)
        size = (length[:, 0] + length[:, 2]) / 2 / longest
        slack = 0.03 * longest
        inside = ((ring > -slack) & (ring < np.array([width, height]) + slack)).all((1, 2))
        fit = inside & (cross > 0).all(1) & (ratio > _RATIO[0]) & (ratio < _RATIO[1]) & (skew < _SKEW)
        fit &= (corner < _CORNER) & (size > _SMALLEST) & (size < _LARGEST)
    return np.asarray(fit)


def _support(edges: Pixels, quads: Floats) -> Floats:
    """For each quadrangle and each of its sides the part of it (0-1) along which there is an edge."""
    ahead = np.roll(quads, -1, axis=1)
    places = quads[:, :, None, :] * (1 - _SHARES[:, None]) + ahead[:, :, None, :] * _SHARES[:, None]
    x = np.rint(places[..., 0]).astype(np.intp)
    y = np.rint(places[..., 1]).astype(np.intp)
    height, width = edges.shape
    off = (x < 0) | (y < 0) | (x >= width) | (y >= height)
    seen = edges[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)] > 0
    return np.asarray((seen & ~off).mean(2))


def _settled(copy: Pixels, quads: Floats, reach: float) -> tuple[Floats, Floats]:
    """Each quadrangle moved onto the edges next to it, and the part of its four sides (0-1) that shows an edge.

    Each side looks along its normals for the strongest step in any colour; a straight line is laid through the steps,
    and those off it (a finger, the print) are weighed down. What could not be settled has support 0.
    """
    ahead = np.roll(quads, -1, axis=1)
    along = ahead - quads
    length = np.maximum(np.linalg.norm(along, axis=2), 1e-6)
    along = along / length[..., None]
    normal = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    steps = np.arange(-reach - 1, reach + 1.01, 0.5)
    base = quads[:, :, None] * (1 - _SHARES[:, None]) + ahead[:, :, None] * _SHARES[:, None]
    places = base[:, :, :, None] + normal[:, :, None, None] * steps[:, None]
    shown = cv2.remap(
        copy, places[..., 0].reshape(-1, len(steps)).astype(np.float32),
        places[..., 1].reshape(-1, len(steps)).astype(np.float32), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.int16)  # fmt: skip
    rise = np.abs(shown[:, 4:] - shown[:, :-4]).max(2).reshape(len(quads), 4, _SAMPLES, -1)  # over two pixels
    offset = steps[2:-2]
    best = (rise * (1 - 0.35 * np.abs(offset) / reach)).argmax(3)
    strength = np.take_along_axis(rise, best[..., None], 3)[..., 0]
    off = offset[best]
    weight = np.where(strength > 9, np.minimum(strength, 60), 0) + 1e-9
    centred = _SHARES - 0.5
    middle, slope = np.median(off, axis=2, keepdims=True), np.zeros((*off.shape[:2], 1))
    for loose in (2.0, 1.5, 1.0, 0.7, 0.6):
        now = weight / (1 + ((off - middle - slope * centred) / loose) ** 2) ** 2
        total = now.sum(2, keepdims=True)
        mean, level = (now * centred).sum(2, keepdims=True) / total, (now * off).sum(2, keepdims=True) / total
        apart = centred - mean
        slope = (now * apart * (off - level)).sum(2, keepdims=True) / ((now * apart**2).sum(2, keepdims=True) + 1e-9)
        slope = np.clip(slope, -2 * reach, 2 * reach)
        middle = level - slope * mean
    held = (np.abs(off - middle - slope * centred) < 1.3) & (strength > 9)
    start = quads + normal * (middle - slope / 2)
    stop = ahead + normal * (middle + slope / 2)
    angle = np.arctan2(stop[..., 1] - start[..., 1], stop[..., 0] - start[..., 0])
    distance = -np.sin(angle) * start[..., 0] + np.cos(angle) * start[..., 1]
    table = np.stack([angle, distance], axis=-1).reshape(-1, 2)
    order = np.arange(len(table)).reshape(-1, 4)
    moved = _crossing(table, np.roll(order, 1, axis=1), order)
    shares = held.mean(2)
    fit = np.isfinite(moved).all((1, 2)) & (np.abs(moved - quads).max((1, 2)) < 3 * reach)
    fit &= _fits_card(np.nan_to_num(moved), copy.shape[1], copy.shape[0]) & (shares.min(1) > _WEAKEST_SIDE)
    return np.where(fit[:, None, None], moved, quads), np.where(fit, shares.mean(1), 0.0)


def _followed(copy: Pixels, before: Outline) -> Outline | None:
    """The card not far from where it was; None when it is lost."""
    coarse, _ = _settled(copy, before.corners[None], _REACH)
    fine, support = _settled(copy, coarse, 2.0)
    if not before.whole or support[0] < max(_LEAST_SUPPORT, before.confidence * 0.5):
        return None
    return _told(np.asarray(cv2.cvtColor(copy, cv2.COLOR_BGR2GRAY), dtype=np.uint8), fine[0], float(support[0]))


def _patience(kept: Outline) -> int:
    """How many frames to follow before looking over the whole copy again."""
    return _LOOK_AGAIN if kept.confidence > _SURE else 2


def _another(one: Outline, kept: Outline) -> bool:
    """Whether a second card lies on the desk: all are of one size, the grain of wood that resembles print is of any."""
    alike = _SAME_SIZE[0] < one.px_per_mm / kept.px_per_mm < _SAME_SIZE[1]
    return one.looks_like is not None and alike and not _overlap(one, kept)


def _better(found: Outline, kept: Outline) -> bool:
    """Whether to follow another outline from now on: one that bears print or is whole, where the followed does not."""
    if (found.looks_like is None) != (kept.looks_like is None):
        return found.looks_like is not None
    if found.whole != kept.whole:
        return found.whole and not _overlap(found, kept)
    return found.confidence > kept.confidence + 0.08


def _told(grey: Pixels, corners: Floats, support: float) -> Outline:
    """An outline with what its print resembles; a paper without print is hardly one."""
    best, turned, side = -1.0, 0, None
    flat = Outline(corners, 0.0).to_flat(_PRINT_SIZE[0] / CARD_MM[0])
    laid = cv2.warpPerspective(grey, flat, _PRINT_SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    around = cv2.blur(laid, (25, 25)).astype(np.float32)
    ink = cv2.GaussianBlur(np.maximum(around - laid, 0), (0, 0), 1.5)
    ink = np.minimum(ink, max(float(np.percentile(ink, 97)), 1e-3)).ravel()
    ink = ink - ink.mean()
    names, prints = _prints()
    cut = corners.min() < -2 or (corners > np.array([grey.shape[1], grey.shape[0]]) + 2).any()
    if cut:  # what lies outside the frame says nothing
        seen = cv2.warpPerspective(np.ones_like(grey), flat, _PRINT_SIZE, flags=cv2.INTER_NEAREST).ravel() > 0
        if seen.mean() < _LEAST_SEEN:
            return Outline(_picture_up(corners), support * 0.3, None, False)
        prints = prints[:, seen] - prints[:, seen].mean(1, keepdims=True)
        prints = prints / np.linalg.norm(prints, axis=1, keepdims=True)
        ink = ink[seen] - ink[seen].mean()
    norm = float(np.linalg.norm(ink))
    if norm > 1e-6:
        alike = prints @ (ink / norm)
        place = int(alike.argmax())
        best = float(alike[place])
        if best > _PRINT_SEEN:
            side, turned = names[place // 2], 2 * (place % 2)
    confidence = support * (0.3 + 0.7 * min(1.0, max(0.0, best) / _PRINT_CLEAR))
    return Outline(np.roll(corners, -turned, axis=0) if side else _picture_up(corners), confidence, side)


@lru_cache(maxsize=1)
def _prints() -> tuple[tuple[Side, ...], NDArray[np.float32]]:
    """What the small laid-flat copy of each side looks like, upright and upside down, as rows of unit length."""
    width, height = _PRINT_SIZE
    per_mm = width / CARD_MM[0]
    names: list[Side] = ["front", "back"]
    rows = []
    for name in names:
        ink: NDArray[np.float32] = np.zeros((height, width), np.float32)
        for left, top, right, bottom in PRINTED[name]:
            ink[round(top * per_mm) : round(bottom * per_mm), round(left * per_mm) : round(right * per_mm)] = 1
        ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), 1.5), dtype=np.float32)
        for way in (ink, ink[::-1, ::-1]):
            flat = way.ravel() - way.mean()
            rows.append(flat / np.linalg.norm(flat))
    return tuple(names), np.stack(rows)


def _picture_up(corners: Floats) -> Floats:
    """The same corners from the one of the two long-side starts that is nearer the picture's top left."""
    along = corners[1] - corners[0]
    backwards = along[0] < 0 if abs(along[0]) >= abs(along[1]) else along[1] < 0
    return np.roll(corners, -2, axis=0) if backwards else corners


def _turned_as(corners: Floats, other: Floats) -> Floats:
    """The corners in the order in which they are nearest the other ones."""
    ways = [np.roll(corners, -turn, axis=0) for turn in range(4)]
    return min(ways, key=lambda way: float(np.abs(way - other).sum()))


def _overlap(one: Outline, two: Outline) -> bool:
    first, second = one.corners.astype(np.float32), two.corners.astype(np.float32)
    area = float(cv2.intersectConvexConvex(first, second)[0])
    return area > 0.3 * min(cv2.contourArea(first), cv2.contourArea(second))
