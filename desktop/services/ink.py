"""A signature as lines of a pen: small enough to keep in a sealed column, sharp at any size on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import msgspec

from desktop.services.errors import DomainError

Point = tuple[int, int]
Stroke = tuple[Point, ...]

SIDE = 4000
"""Largest coordinate kept; a wider field is scaled down."""
MOST_POINTS = 4000
_NEAR = 3
"""Points closer than this to the one before are left out; in the units of the field."""
_LEAST_LENGTH = 60
"""Shorter lines are a slip of the pen, not a name."""


class NotSigned(DomainError):
    """There is no signature yet, or only a dot."""

    def __init__(self) -> None:
        super().__init__("还没有签名：请客户在签名框里写上名字", "signature")


@dataclass(frozen=True, slots=True)
class Ink:
    """Strokes in a box of `width` × `height`; y grows downwards."""

    width: int
    height: int
    strokes: tuple[Stroke, ...]

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, width and height of what was written."""
        across = [x for stroke in self.strokes for x, _ in stroke]
        down = [y for stroke in self.strokes for _, y in stroke]
        return min(across), min(down), max(across) - min(across), max(down) - min(down)


def gathered(width: int, height: int, strokes: Sequence[Sequence[tuple[float, float]]]) -> Ink:
    """What a pen has drawn in a field of so many pixels, with points that say nothing left out. Raises NotSigned."""
    kept = [thinned for stroke in strokes if (thinned := _thinned(stroke))]
    if _length(kept) < _LEAST_LENGTH:
        raise NotSigned
    scale = min(1.0, SIDE / max(width, height))
    if scale < 1:
        kept = [tuple((round(x * scale), round(y * scale)) for x, y in stroke) for stroke in kept]
    ink = Ink(round(width * scale), round(height * scale), tuple(kept))
    check(ink)
    return ink


def check(ink: Ink) -> None:
    """Whether it is a signature that may be kept. Raises NotSigned, DomainError."""
    points = [point for stroke in ink.strokes for point in stroke]
    if not points or _length(ink.strokes) < _LEAST_LENGTH * min(1.0, ink.width / 400):
        raise NotSigned
    if len(points) > MOST_POINTS:
        raise DomainError("签名的笔画太多：按「重写」，再签一次", "signature")
    inside = all(0 <= x <= ink.width and 0 <= y <= ink.height for x, y in points)
    if not inside or not 0 < ink.width <= SIDE or not 0 < ink.height <= SIDE:
        raise DomainError("签名写出了框：按「重写」，再签一次", "signature")


def encode(ink: Ink) -> str:
    """As text, to be sealed."""
    return msgspec.json.encode(ink).decode()


def decode(text: str) -> Ink:
    """The inverse of `encode`."""
    return msgspec.json.decode(text, type=Ink)


def _thinned(stroke: Sequence[tuple[float, float]]) -> Stroke:
    kept: list[Point] = []
    for x, y in stroke:
        point = (round(x), round(y))
        if not kept or abs(point[0] - kept[-1][0]) + abs(point[1] - kept[-1][1]) >= _NEAR:
            kept.append(point)
    return tuple(kept)


def _length(strokes: Sequence[Stroke]) -> float:
    """How far the pen went on the paper."""
    return sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for stroke in strokes for a, b in pairwise(stroke))
