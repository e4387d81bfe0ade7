"""Finding the card in a picture by its printed words, and laying it flat at 12 pixels a millimetre."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from desktop.ocr.documents import CARD_MM, LABELS, VALUE_STARTS, Label, Side
from desktop.ocr.engine import Line, TextBox
from desktop.ocr.id_number import is_valid
from desktop.ocr.quality import Pixels

PX_PER_MM = 12
_PAIR_TURN = 14.0  # degrees between a line of text and the card it is on, perspective included
_NEAR_MM = 3.4  # how far a second word may stand from where two others put it, before perspective is known
_NOISE_MM = 0.45  # how well a character's middle is known
_SOFT_MM = 0.9  # the same for the first character of a value

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReadBox:
    """A detected line with what it says; `flipped` when it had to be read the other way round."""

    box: TextBox
    line: Line = field(repr=False)
    flipped: bool = False

    def corners(self) -> Floats:
        """Clockwise from the text's own top left, in picture pixels."""
        corners = np.roll(self.box.corners, -2, axis=0) if self.flipped else self.box.corners
        return np.asarray(corners, dtype=np.float64)

    def place(self, share: float) -> Floats:
        """A point on the line's middle, `share` of the way along it, in picture pixels."""
        corners = self.corners()
        start, stop = (corners[0] + corners[3]) / 2, (corners[1] + corners[2]) / 2
        return np.asarray(start + (stop - start) * share, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A printed word found in the picture: the middles of its first and last character, in picture pixels."""

    label: Label
    first: Floats = field(repr=False)
    last: Floats = field(repr=False)
    proven: bool = False
    """A number whose check digit holds: alone enough to begin from."""

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

    def holds(self, point: NDArray[np.float32]) -> bool:
        """Whether a place in the picture is on the card or close to its edge."""
        x, y = self.millimetres(np.asarray(point, dtype=np.float64)[None])[0]
        return bool(-4 < x < CARD_MM[0] + 4 and -4 < y < CARD_MM[1] + 4)

    def millimetres(self, pixels: Floats) -> Floats:
        """Places in the picture in millimetres on the card."""
        return _mapped(_inverse(self.to_pixels), pixels)

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


def anchors_in(read: ReadBox) -> list[Anchor]:
    """The printed words of a card that a read line contains, placed in the picture."""
    letters = read.line.letters
    text = read.line.text
    found = []
    for label in LABELS:
        ends = _ends(label, text, [letter.place for letter in letters])
        if ends is not None and ends[1] > ends[0]:
            proven = label.key == "digits" and any(
                is_valid(text[place : place + 18]) for place in range(max(1, len(text) - 17))
            )
            found.append(Anchor(label, read.place(ends[0]), read.place(ends[1]), proven))
    return found


def fit_frames(anchors: Sequence[Anchor], read: Sequence[ReadBox], most: int = 6) -> list[CardFrame]:
    """The cards whose printed words stand where a card has them; words in running text fit nowhere."""
    left = list(anchors)
    frames: list[CardFrame] = []
    while len(frames) < most:
        best = max(_fits(left, read), key=lambda fit: fit.score, default=None)
        if best is None:
            return frames
        side = best.held[0].label.side
        frames.append(CardFrame(side, best.turn, frozenset(anchor.label.key for anchor in best.held)))
        left = [anchor for anchor in left if not _inside(best.turn, anchor) or anchor.label.side != side]
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


def _ends(label: Label, text: str, places: Sequence[float]) -> tuple[float, float] | None:
    """How far along a line a label's first and last characters stand, 0-1; None when it is not there."""
    if label.key == "digits":
        found = re.search(r"[0-9]{17}[0-9X]", text)
        return (places[found.start()], places[found.end() - 1]) if found else None
    if label.key == "date":
        found = re.search(r"年[0-9]{0,2}月[0-9]{0,2}日", text)
        return (places[found.start()], places[found.end() - 1]) if found else None
    size = len(label.text)
    start = text.find(label.text)
    if start >= 0:
        return places[start], places[start + size - 1]
    if size < 4 or len(text) < 3:
        return None
    # A long label may be half unreadable: three of its characters in their order place the rest.
    for start in range(1 - size, len(text)):
        hits = [i for i in range(size) if 0 <= start + i < len(text) and text[start + i] == label.text[i]]
        if len(hits) >= 3 and hits[-1] > hits[0]:
            first, last = places[start + hits[0]], places[start + hits[-1]]
            step = (last - first) / (hits[-1] - hits[0])
            return first - step * hits[0], last + step * (size - 1 - hits[-1])
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


@dataclass(frozen=True, slots=True)
class _Fit:
    turn: Floats
    held: tuple[Anchor, ...]
    soft: int

    @property
    def score(self) -> float:
        return sum(anchor.label.weight for anchor in self.held) + 0.3 * self.soft


class _Words:
    """The words of one side, with their places in the picture and on a card as arrays."""

    def __init__(self, anchors: Sequence[Anchor]) -> None:
        self.anchors = anchors
        self.places: Floats = np.array([anchor.middle for anchor in anchors])
        self.wanted: Floats = np.array([_middle_mm(anchor.label) for anchor in anchors])


def _fits(anchors: Sequence[Anchor], read: Sequence[ReadBox]) -> Iterator[_Fit]:
    """Every convincing card frame that some pair of words, or a proven number alone, begins."""
    sides: dict[Side, _Words] = {
        side: _Words([anchor for anchor in anchors if anchor.label.side == side])
        for side in {anchor.label.side for anchor in anchors}
    }
    seeds: list[tuple[float, tuple[Anchor, ...], Floats]] = []
    for one, two in combinations(anchors, 2):
        if one.label.side == two.label.side and one.label.key != two.label.key:
            turn = _similarity(one, two)
            if turn is not None:
                near = _held(sides[one.label.side], turn, _NEAR_MM)
                seeds.append((sum(anchor.label.weight for anchor in near), tuple(near), turn))
    for anchor in anchors:
        if anchor.proven:
            turn = _solved([(anchor, _NOISE_MM)], [])
            near = _held(sides[anchor.label.side], turn, 5.0)
            seeds.append((sum(other.label.weight for other in near), tuple(near), turn))
    seeds.sort(key=lambda seed: -seed[0])
    tried: set[frozenset[int]] = set()
    for _, begun, turn in seeds[:40]:
        key = frozenset(id(anchor) for anchor in begun)
        if key in tried or not begun:
            continue
        tried.add(key)
        fit = _grown(turn, begun, sides[begun[0].label.side], read)
        if fit is not None and _convincing(fit) and _sane(fit.turn):
            yield fit
        if len(tried) >= 6:
            return


def _grown(turn: Floats, near: Sequence[Anchor], words: _Words, read: Sequence[ReadBox]) -> _Fit | None:
    """A frame fitted again and again with the words it explains, as perspective becomes known."""
    side = near[0].label.side
    held = list(near)
    soft: list[tuple[Floats, Floats]] = []
    for _ in range(4):
        turn = _solved([(anchor, _NOISE_MM) for anchor in held], soft)
        if not np.isfinite(turn).all():
            return None
        known = np.array([_middle_mm(anchor.label) for anchor in held])
        held = _held(words, turn, 1.6, known) or held
        soft = _values(turn, side, read)
    return _Fit(turn, tuple(held), len(soft))


def _held(words: _Words, turn: Floats, reach_mm: float, known: Floats | None = None) -> list[Anchor]:
    """For each label the nearest word to where the card would have it, if within `reach_mm`.

    With `known` places the reach grows with the distance from them: the further off, the less is sure.
    """
    off = np.linalg.norm(_mapped(_inverse(turn), words.places) - words.wanted, axis=1)
    reach = np.full(len(off), reach_mm)
    if known is not None:
        reach += 0.07 * np.linalg.norm(words.wanted[:, None] - known[None], axis=2).min(1)
    best: dict[str, int] = {}
    for place in np.flatnonzero(off < reach).tolist():
        key = words.anchors[place].label.key
        if key not in best or off[place] < off[best[key]]:
            best[key] = place
    return [words.anchors[place] for place in best.values()]


def _values(turn: Floats, side: Side, read: Sequence[ReadBox]) -> list[tuple[Floats, Floats]]:
    """Lines that begin where a value begins: (place on the card, place in the picture) of their first character."""
    back = _inverse(turn)
    found: dict[tuple[float, float], tuple[float, Floats]] = {}
    for line in read:
        if not line.line.letters:
            continue
        point = line.place(line.line.letters[0].place)
        on_card = _mapped(back, point[None])[0]
        for start in VALUE_STARTS[side]:
            off = float(np.linalg.norm(on_card - start))
            if off < 2.0 and off < found.get(start, (1e9, point))[0]:
                found[start] = (off, point)
    return [(np.array(start), point) for start, (_, point) in found.items()]


def _convincing(fit: _Fit) -> bool:
    keys = {anchor.label.key for anchor in fit.held}
    if fit.held[0].label.side == "back":
        return len(keys) >= 3 or {"issuer", "valid"} <= keys or (len(keys) == 2 and fit.soft == 2)
    if any(anchor.proven for anchor in fit.held):
        return len(keys) - 1 + 0.5 * fit.soft >= 1.5
    return len(keys) >= 4 or (len(keys) >= 3 and bool(keys & {"number", "digits"}))


def _inside(turn: Floats, anchor: Anchor) -> bool:
    x, y = _mapped(_inverse(turn), anchor.middle[None])[0]
    return bool(-3 < x < CARD_MM[0] + 3 and -3 < y < CARD_MM[1] + 3)


def _solved(held: Sequence[tuple[Anchor, float]], soft: Sequence[tuple[Floats, Floats]]) -> Floats:
    """The mapping from card millimetres to pixels that the words ask for, least squares.

    A few words cannot tell tilt from noise, so a card seen straight on is the prior: shear and unequal scales about
    12 %, perspective about 15 % over half the card; many words outvote it. Outliers are weighed down.
    """
    centre, unit = np.array(CARD_MM) / 2, CARD_MM[0] / 2
    source, target, noise = [], [], []
    for anchor, wide in held:
        for x, point in ((anchor.label.first, anchor.first), (anchor.label.last, anchor.last)):
            source.append((x, anchor.label.y))
            target.append(point)
            noise.append(wide)
    for place, point in soft:
        source.append((place[0], place[1]))
        target.append(point)
        noise.append(_SOFT_MM)
    on_card = (np.array(source) - centre) / unit
    pixels = np.array(target)
    middle = pixels.mean(0)
    pixels = pixels - middle
    spread = float(np.ptp(pixels, axis=0).max())
    scale = spread / max(float(np.ptp(on_card, axis=0).max()), 1e-6)  # pixels for half a card's width
    sigma = np.array(noise) / unit * scale
    priors = np.zeros((4, 8))
    priors[0, [0, 4]] = np.array([1, -1]) / (0.12 * scale)
    priors[1, [1, 3]] = np.array([1, 1]) / (0.12 * scale)
    priors[2, 6] = priors[3, 7] = 1 / 0.15
    weight = np.ones(len(sigma))
    solution = np.zeros(8)
    for _ in range(4):
        rows, wanted = [priors], [np.zeros(4)]
        for (u, v), (x, y), loose in zip(on_card, pixels, sigma / np.sqrt(weight), strict=True):
            rows.append(np.array([[u, v, 1, 0, 0, 0, -u * x, -v * x], [0, 0, 0, u, v, 1, -u * y, -v * y]]) / loose)
            wanted.append(np.array([x, y]) / loose)
        solution = np.linalg.lstsq(np.vstack(rows), np.concatenate(wanted), rcond=None)[0]
        left_over = np.linalg.norm(_mapped(np.append(solution, 1).reshape(3, 3), on_card) - pixels, axis=1)
        weight = np.maximum(1 / (1 + (left_over / (2 * sigma)) ** 2), 1e-3)
    inner = np.append(solution, 1).reshape(3, 3)
    to_unit = np.array([[1 / unit, 0, -centre[0] / unit], [0, 1 / unit, -centre[1] / unit], [0, 0, 1]])
    back = np.array([[1, 0, middle[0]], [0, 1, middle[1]], [0, 0, 1]])
    turn = back @ inner @ to_unit
    return np.asarray(turn / turn[2, 2], dtype=np.float64)


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


def _inverse(turn: Floats) -> Floats:
    return np.asarray(np.linalg.inv(turn), dtype=np.float64)


def _mapped(turn: Floats, points: Floats) -> Floats:
    spread = np.hstack([points, np.ones((len(points), 1))]) @ turn.T
    return np.asarray(spread[:, :2] / spread[:, 2:], dtype=np.float64)
