"""Chinese text in lines: where a line may end, how wide it is, and how it is set on the page.

Own line breaking instead of reportlab's: figures and Latin words stay whole, 「，」 never begins a line, 「（」 never
ends one, lines are flush on both sides, and each character finds a font that has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

from desktop.services.paper.fonts import clean, font_named, glyphs

NOT_FIRST = frozenset("！），．：；？］｝、。〃〉》」』】〕〗’”…—～·%‰℃°!),.:;?]}%々〇㎡")
NOT_LAST = frozenset("（［｛〈《「『【〔〖‘“￥¥$([{№")
_MEASURES = frozenset("年月日时元角分个人份期号栋层室厅卫把张台只")
"""A figure is not torn from these."""

_FIRST_HAN = "\u2e80"
"""From here on characters fill a whole em: radicals, kana, han, full-width forms."""

_THIN_GAP = 0.125
"""Ems between a han and a figure or Latin letter, as every Chinese word processor sets it."""

_MOST_STRETCH = 0.22
"""Ems that justification may add to each character; a looser line stays ragged."""

_LEAST_LAST = 4
"""Characters, with the full stop, that the last line of a paragraph should hold at least."""

_LEAST_RAGGED = 3
"""… and that of a paragraph that is not flush: in a narrow cell one character stood alone below the others."""

Colour = tuple[float, float, float]
BLACK: Colour = (0.0, 0.0, 0.0)
GREY: Colour = (0.42, 0.44, 0.47)
RED: Colour = (0.78, 0.1, 0.1)


class Run(NamedTuple):
    """A stretch of text in one weight."""

    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Style:
    """How a paragraph looks; all lengths in points."""

    size: float = 10.5
    leading: float = 17.5
    bold: bool = False
    align: str = "justify"
    """left, right, centre or justify."""
    first: float = 0.0
    """Indent of the first line, beyond `left`."""
    left: float = 0.0
    before: float = 0.0
    after: float = 0.0
    colour: Colour = BLACK

    def but(self, **changes: Any) -> Style:
        return replace(self, **changes)


class Piece(NamedTuple):
    """Characters of one font that stand side by side: x from the left edge of the paragraph."""

    x: float
    font: str
    text: str
    spacing: float


class Line(NamedTuple):
    pieces: tuple[Piece, ...]
    width: float


class _Mark(NamedTuple):
    text: str
    font: str
    width: float
    han: bool
    gap: float


def break_lines(runs: Sequence[Run], style: Style, width: float) -> Sequence[Line]:
    """The lines of a paragraph in a column `width` points wide. Raises MissingGlyphs."""
    return _broken(tuple(runs), style, width)


@lru_cache(maxsize=2048)
def _broken(runs: tuple[Run, ...], style: Style, width: float) -> tuple[Line, ...]:
    """Kept, because every lease repeats its clauses and every receipt its labels."""
    lines: list[Line] = []
    for hard in _hard_lines(runs):
        marks = _marks(hard, style)
        start = 0
        while True:
            indent = style.left + (style.first if not lines else 0.0)
            end = _line_end(marks, start, width - indent)
            left_over = len(marks) - end
            least = _LEAST_LAST if style.align == "justify" else _LEAST_RAGGED
            if 0 < left_over < least:
                end = _earlier_cut(marks, start, end, least - left_over)
            last = end >= len(marks)
            lines.append(_set_line(marks[start:end], style, indent, width, last))
            if last:
                break
            start = end
            while start < len(marks) - 1 and marks[start].text == " ":
                start += 1
    return tuple(lines)


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width of one unbroken line in points. Raises MissingGlyphs."""
    return sum(mark.width + mark.gap for mark in _marks([Run(text, bold)], Style(size=size)))


def _hard_lines(runs: Sequence[Run]) -> list[list[Run]]:
    lines: list[list[Run]] = [[]]
    for text, bold in runs:
        first, *more = clean(text).split("\n")
        lines[-1].append(Run(first, bold))
        lines.extend([Run(part, bold)] for part in more)
    return lines


def _marks(runs: Sequence[Run], style: Style) -> list[_Mark]:
    marks: list[_Mark] = []
    before = ""
    size = style.size
    for text, bold in runs:
        table = glyphs(bold or style.bold)
        for character in text:
            font, ems = table[character]
            han = character >= _FIRST_HAN
            gap = 0.0
            if before and han is not (before >= _FIRST_HAN) and _touches(before, character):
                gap = _THIN_GAP * size
            marks.append(_Mark(character, font, ems * size, han, gap))
            before = character
    return marks


def _touches(left: str, right: str) -> bool:
    """Whether a letter or figure meets a han here, so that a thin gap belongs between them."""
    if left >= _FIRST_HAN:
        return left.isalpha() and (right.isalnum() or right == "¥")
    return right.isalpha() and (left.isalnum() or left == "%")


def _may_break(marks: Sequence[_Mark], cut: int) -> bool:
    """Whether a line may end before the mark numbered `cut`."""
    left, right = marks[cut - 1], marks[cut]
    if right.text in NOT_FIRST or left.text in NOT_LAST or right.text == " ":
        return False
    if right.text in _MEASURES:
        figure = marks[cut - 2] if left.text == " " and cut > 1 else left
        if figure.text.isdigit():
            return False
    if left.text == " " or left.han or right.han:
        return True
    return left.text in "·—…-/"


def _line_end(marks: Sequence[_Mark], start: int, width: float) -> int:
    """Index after the last mark of the line that begins at `start`; at least one mark fits."""
    used = 0.0
    for index in range(start, len(marks)):
        mark = marks[index]
        used += mark.width + (mark.gap if index > start else 0.0)
        if used > width + 0.01 and mark.text != " " and index > start:
            for cut in range(index, start, -1):
                if _may_break(marks, cut):
                    return cut
            return index  # one word longer than the line: cut it like a knife
    return len(marks)


def _earlier_cut(marks: Sequence[_Mark], start: int, end: int, count: int) -> int:
    """A cut some marks before `end`, so that a paragraph does not close with one character on a line."""
    for cut in range(end - count, max(start + 10, end - count - 4), -1):
        if _may_break(marks, cut):
            return cut
    return end


def _set_line(marks: Sequence[_Mark], style: Style, indent: float, width: float, last: bool) -> Line:
    while marks and marks[-1].text == " ":
        marks = marks[:-1]
    natural = sum(mark.width for mark in marks) + sum(mark.gap for mark in marks[1:])
    room = width - indent - natural
    stretch = 0.0
    x = indent
    if style.align == "justify" and not last:
        stretchable = sum(mark.han for mark in marks[:-1])
        if stretchable and room / stretchable <= _MOST_STRETCH * style.size:
            stretch = room / stretchable
    elif style.align == "right":
        x += room
    elif style.align == "centre":
        x += room / 2
    pieces: list[Piece] = []
    text: list[str] = []
    piece_x, font, han = x, "", False
    for index, mark in enumerate(marks):
        gap = mark.gap if index else 0.0
        if text and (gap or mark.font != font or (stretch and mark.han is not han)):
            pieces.append(Piece(piece_x, font, "".join(text), stretch if han else 0.0))
            text = []
        x += gap
        if not text:
            piece_x, font, han = x, mark.font, mark.han
        text.append(mark.text)
        x += mark.width + (stretch if mark.han else 0.0)
    if text:
        pieces.append(Piece(piece_x, font, "".join(text), stretch if han else 0.0))
    return Line(tuple(pieces), x)


def draw_lines(canvas: Any, lines: Sequence[Line], style: Style, x: float, top: float) -> None:
    """Set lines on a reportlab canvas, the first one's box beginning at `top`.

    The PDF operators are written here: reportlab's text object formats six numbers for each piece and doubles the time.
    """
    # Noto's han fill 0.88 em above the base line and 0.12 below: this centres them in the line box.
    baseline = top - (style.leading - style.size) / 2 - 0.86 * style.size
    document = canvas._doc
    red, green, blue = style.colour
    code = [f"BT {red:.3f} {green:.3f} {blue:.3f} rg"]
    spacing = 0.0
    chosen = ""
    for line in lines:
        for piece in line.pieces:
            if piece.spacing != spacing:
                spacing = piece.spacing
                code.append(f"{spacing:.4f} Tc")
            code.append(f"1 0 0 1 {x + piece.x:.3f} {baseline:.3f} Tm")
            font = font_named(piece.font)
            for subset, letters in font.splitString(piece.text, document):
                name = font.getSubsetInternalName(subset, document)
                if name != chosen:
                    chosen = name
                    code.append(f"{name} {style.size:.4g} Tf")
                code.append(f"<{letters.hex()}> Tj")
        baseline -= style.leading
    code.append("0 Tc ET" if spacing else "ET")
    canvas._code.append(" ".join(code))
