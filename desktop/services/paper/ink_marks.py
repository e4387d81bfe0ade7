"""Signatures on paper: lines of the pen drawn into the room that is left for them, as large as it allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from desktop.services.ink import Ink
from desktop.services.paper.layout import Block, Grid


@dataclass(frozen=True, slots=True)
class SignedHere:
    """A signature given before the clerk: set into its place with who gave it and when, in words.

    `places` are tried in turn: 乙方代签人 for who signs for the tenant, 乙方 where the template has no place of theirs.
    """

    ink: Ink
    words: str
    day: str
    places: tuple[str, ...] = ("乙方",)

    def place_among(self, names: Sequence[str]) -> str:
        """Which of the places of a paper it belongs to; "" for none."""
        for wanted in self.places:
            for name in names:
                if name.startswith(wanted) and ("代签" in name) == ("代签" in wanted):
                    return name
        return ""


_LINE = 1.1
"""Points: as a ball pen writes."""


def draw_ink(canvas: Any, ink: Ink, x: float, bottom: float, width: float, height: float) -> None:
    """Set a signature into a box, from its left edge on, in its own proportions."""
    left, top, wide, high = ink.box
    scale = min(width / max(wide, 1), height / max(high, 1))
    base = bottom + (height + high * scale) / 2
    canvas.saveState()
    canvas.setLineWidth(_LINE)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    canvas.setStrokeColorRGB(0, 0, 0)
    for stroke in ink.strokes:
        path = canvas.beginPath()
        points = [(x + (px - left) * scale, base - (py - top) * scale) for px, py in stroke]
        path.moveTo(*points[0])
        for point in points[1:] or points:  # a dot is a line to itself with a round end
            path.lineTo(*point)
        canvas.drawPath(path, stroke=1, fill=0)
    canvas.restoreState()


@dataclass(slots=True)
class SignedGrid:
    """A grid with places to sign: a signature stands over row `row` of its column, right of `indent` points."""

    grid: Grid
    marks: Sequence[tuple[int, Ink]]
    row: int
    indent: float
    tall: float

    @property
    def before(self) -> float:
        return self.grid.before

    @property
    def after(self) -> float:
        return self.grid.after

    @property
    def with_next(self) -> bool:
        return self.grid.with_next

    def height(self, width: float) -> float:
        return self.grid.height(width)

    def split(self, width: float, room: float) -> tuple[Block, Block] | None:
        return None

    def draw(self, canvas: Any, x: float, top: float, width: float) -> None:
        self.grid.draw(canvas, x, top, width)
        columns = self.grid.columns(width)
        above = sum(self.grid.row_height(row, columns) for row in self.grid.rows[: self.row])
        for column, ink in self.marks:
            left = x + sum(columns[:column]) + self.indent
            room = columns[column] - self.indent - 8
            draw_ink(canvas, ink, left, top - above - self.tall, room, self.tall)
