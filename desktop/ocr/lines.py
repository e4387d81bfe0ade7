"""From a card's frame to its lines: which detected text belongs to which field, and a second look where in doubt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np

from desktop.ocr.documents import (
    ADDRESS_LINES,
    ADDRESS_PITCH,
    CARD_MM,
    ETHNIC_GROUPS,
    Slot,
    slots_of,
)
from desktop.ocr.emblem_side import TERM
from desktop.ocr.engine import (
    BIRTH_CHARACTERS,
    DATE_CHARACTERS,
    NUMBER_CHARACTERS,
    SEX_CHARACTERS,
    Letter,
    Line,
    LineEngine,
    WordChoice,
)
from desktop.ocr.fields import SURE, RawField, as_quad
from desktop.ocr.id_number import is_valid
from desktop.ocr.quality import Pixels
from desktop.ocr.rectify import PX_PER_MM, CardFrame, ReadBox, lay_flat, stretch

_HALF_LINE_MM = 2.35
_AIRY_LINE_MM = 3.0  # where nothing is near: print that touches the edge of its strip is read worse
_SPELLED = ("name", "issuer")  # no check covers their characters, so they are always read twice
_CAREFUL_GAIN = 0.15  # an average over three looks is lower than any one of them
_GAP_MM = 2.1  # more than the engine's uncertainty about a character's middle, less than a missing ideograph
_FULL_MM = 40.0  # a row of the address breaks after ten or eleven ideographs, from 44 mm on; digits are narrower
_BELOW_SURE = 0.95  # of a row the detector did not see
_ROW_MM = 1.9  # boxes whose middles are closer stand on one row


@dataclass(frozen=True, slots=True)
class _Placed:
    """A read line on the card: its letters with their places in millimetres, its middle height and its ends."""

    letters: tuple[tuple[float, Letter], ...]
    outside: tuple[str, ...]
    y: float
    left: float
    right: float
    confidence: float

    @property
    def on_card(self) -> bool:
        """Papers under the card carry text too: the line's middle must be inside the printed area."""
        return 2 < (self.left + self.right) / 2 < CARD_MM[0] - 2 and self.left > 1 and 0 < self.y < CARD_MM[1]

    @property
    def length(self) -> float:
        return self.right - self.left


def read_side(picture: Pixels, frame: CardFrame, seen: Iterable[ReadBox], engine: LineEngine) -> dict[str, RawField]:
    """The lines of one side of a card, by slot; a slot nothing was read in is missing."""
    plain = lay_flat(picture, frame)
    card = _Card(frame, plain, stretch(plain), [_placed(frame, read) for read in seen], engine)
    raws: dict[str, RawField] = {}
    for slot in slots_of(frame.side):
        raw = card.address(slot) if slot.key == "address" else card.line(slot)
        if raw is not None:
            raws[slot.key] = raw
    return raws


class _Card:
    """One side laid flat, with what the detector saw on it."""

    def __init__(
        self, frame: CardFrame, plain: Pixels, flat: Pixels, placed: Sequence[_Placed], engine: LineEngine
    ) -> None:
        self._frame = frame
        self._flat = flat
        self._engine = engine
        self._placed = _without_doubles([line for line in placed if line.letters and line.on_card])
        grey = cv2.cvtColor(plain, cv2.COLOR_BGR2GRAY)
        # On a photocopy all paper is burnt out: only patches on a darker card are glare.
        self._burnt = grey >= 250 if float(np.median(grey)) < 236 else np.zeros_like(grey, dtype=bool)

    def line(self, slot: Slot) -> RawField | None:
        """One printed line: what the detector's line says, looked at again where that is doubtful."""
        reach = 3.2 if slot.key == "name" else 2.6
        rows = _rows([part for part in self._placed if abs(part.y - slot.y) < reach and _touches(part, slot)])
        first, label_seen = _value(slot, rows)
        right = max((part.right for row in rows for part in row), default=slot.right - 1.0)
        y = float(np.mean([part.y for row in rows for part in row])) if rows else slot.y
        tall = len(rows) > 1
        if slot.key in ("sex", "ethnicity"):
            right = slot.right - 1.0
        area = (slot.left, y - (4.2 if tall else 3.0), min(slot.right, right + 1.6), y + (4.2 if tall else 3.0))
        raw = RawField(first, label_seen, as_quad(self._frame.points(_corners(area))), self._cut(area))
        raw = replace(raw, glare=self._glare((slot.value_x, y - 2, area[2], y + 2)))
        if slot.key in ("name", "issuer"):
            raw = replace(raw, gap=any(_gap(row, slot.value_x - 0.7) for row in rows) or self._burnt_after(right, y))
        if not label_seen:
            label_seen = self._label(slot, y)
            raw = replace(raw, label_seen=label_seen)
        if tall and first.letters:
            return raw
        if slot.key == "number":
            return self._number(slot, raw, y)
        doubtful = not first.letters or not label_seen or first.confidence < SURE
        doubtful = doubtful or (slot.key == "valid" and TERM.search(first.text) is None)
        if slot.key in _SPELLED or doubtful:
            raw = self._again(slot, raw, y, area[2])
        if slot.key == "ethnicity":
            raw = replace(raw, choice=self._choice(slot, raw, y, area[2], ETHNIC_GROUPS))
        if slot.key == "sex" and not raw.line.letters:
            raw = replace(raw, choice=self._choice(slot, raw, y, 19.5, ("男", "女")))
        return raw if raw.line.letters or raw.choice is not None else None

    def address(self, slot: Slot) -> RawField | None:
        """The address block: one to four rows, the first beside its label."""
        top, bottom = ADDRESS_LINES
        rows = _rows([part for part in self._placed if top < part.y < bottom and part.left < 50 and part.right < 60])
        ys = [float(np.mean([part.y for part in row])) for row in rows]
        if not ys or abs(ys[0] - slot.y) > 2.4:
            ys.insert(0, slot.y)
            rows.insert(0, [])
        for place in range(len(ys) - 1, 0, -1):  # a row the detector skipped
            if ys[place] - ys[place - 1] > ADDRESS_PITCH * 1.6:
                ys.insert(place, (ys[place] + ys[place - 1]) / 2)
                rows.insert(place, [])
        letters: list[Letter] = []
        outside: tuple[str, ...] = ()
        label_seen = gap = False
        for place, (row, y) in enumerate(zip(rows, ys, strict=True)):
            line = _joined(row, slot.left, 60.0)
            text = line.text
            if place == 0:
                start = _after(slot.label, text)
                label_seen = start is not None
                line = line.part(start) if start is not None else _joined(row, slot.value_x - 0.7, 60.0)
                label_seen = label_seen or self._label(slot, y)
            gap = gap or _gap(row, slot.value_x - 0.7)
            if not line.letters or line.confidence < SURE:
                line = self._address_row(slot, line, y, place == 0)
            if place and len(line.letters) <= 3 and line.confidence < 0.5:
                gap = gap or (bool(line.letters) and _full(rows[place - 1]))
                continue
            letters += line.letters
            outside += line.outside
        below, unsure = self._row_below(slot, rows, ys)
        letters += below.letters
        outside += below.outside
        gap = gap or unsure or not all(_full(row) for row in rows[:-1] if row)
        if not letters:
            return None
        right = max((part.right for row in rows for part in row), default=52.0)
        area = (slot.left, ys[0] - 2.8, min(60.0, right + 1.6), ys[-1] + 2.8)
        box = as_quad(self._frame.points(_corners(area)))
        glare = self._glare((slot.value_x, area[1] + 0.5, area[2], area[3] - 0.5))
        last = max((part.right for part in rows[-1]), default=slot.value_x)
        gap = gap or self._burnt_after(last, ys[-1])
        return RawField(Line(tuple(letters), outside), label_seen, box, self._cut(area), glare, gap)

    def _row_below(self, slot: Slot, rows: Sequence[Sequence[_Placed]], ys: Sequence[float]) -> tuple[Line, bool]:
        """The few characters of a last row that the detector passed over, and whether they may be none.

        Print goes on in another row only where the one above is full, so nothing else is looked at.
        """
        pitch = (ys[-1] - ys[0]) / (len(ys) - 1) if len(ys) > 1 else ADDRESS_PITCH
        y = ys[-1] + min(max(pitch, 3.9), 5.0)
        if not _full(rows[-1]) or y + 2.0 > ADDRESS_LINES[1] + 0.9:
            return Line(), False
        line = self._engine.read(self._cut((slot.value_x, y - _HALF_LINE_MM, 32.0, y + _HALF_LINE_MM)))
        if not line.letters or line.confidence < 0.5:
            return Line(), False
        return line, line.confidence < _BELOW_SURE

    def _address_row(self, slot: Slot, line: Line, y: float, first: bool) -> Line:
        right = slot.right
        left = slot.left if first else slot.value_x
        again = self._engine.read(self._cut((left, y - _HALF_LINE_MM, right, y + _HALF_LINE_MM)), careful=True)
        if first:
            again = again.part(_after(slot.label, again.text) or 0)
        return again if again.confidence > line.confidence else line

    def _number(self, slot: Slot, raw: RawField, y: float) -> RawField:
        """The number line once more, cut without its label and spelled with digits only."""
        if _holds(raw.line) and raw.line.confidence >= SURE:
            return raw
        best = raw
        for half in (2.5, 3.0):
            cut = self._cut((slot.value_x, y - half, slot.right, y + half))
            again = self._engine.read(cut, NUMBER_CHARACTERS)
            good, better = _holds(best.line), _holds(again)
            if (better and not good) or (better == good and again.confidence > best.line.confidence):
                best = replace(best, line=again)
            if _holds(best.line):
                break
        return best if best.line.letters else raw

    def _again(self, slot: Slot, raw: RawField, y: float, right: float) -> RawField:
        """A second reading from the laid-flat card, label included: the surer of the two stands, the other is kept."""
        kinds = {"sex": SEX_CHARACTERS, "birth": BIRTH_CHARACTERS}
        if slot.key == "valid":
            cut = self._cut((slot.value_x, y - _HALF_LINE_MM, slot.right, y + _HALF_LINE_MM))
            second, labelled = self._engine.read(cut, DATE_CHARACTERS), raw.label_seen
        else:
            end = min(slot.right, right + 1.0) if raw.line.letters else slot.right
            half = _HALF_LINE_MM if slot.key not in _SPELLED else _AIRY_LINE_MM
            cut = self._cut((slot.left, y - half, end, y + half))
            whole = self._engine.read(cut, kinds.get(slot.key), careful=slot.key in _SPELLED)
            start = _after(slot.label, whole.text)
            labelled = start is not None
            second = whole.part(start) if start is not None else _past(whole, slot, end)
        if not second.letters:
            return raw
        if not raw.line.letters:
            return replace(raw, line=second, label_seen=labelled)
        seen = raw.label_seen or labelled
        if slot.key == "valid" and bool(TERM.search(second.text)) != bool(TERM.search(raw.line.text)):
            whole, part = (second, raw.line) if TERM.search(second.text) else (raw.line, second)
            return replace(raw, line=whole, label_seen=seen, other=part)
        if second.text == raw.line.text:
            surer = max(raw.line, second, key=lambda line: line.confidence)
            return replace(raw, line=surer, label_seen=seen, other=second)
        if slot.key in _SPELLED and labelled >= raw.label_seen and _rather(second, raw.line):
            return replace(raw, line=second, label_seen=seen, other=raw.line)
        if slot.key not in _SPELLED and second.confidence > raw.line.confidence and labelled >= raw.label_seen:
            return replace(raw, line=second, label_seen=seen, other=raw.line)
        return replace(raw, label_seen=seen, other=second if second.confidence > 0.4 else None)

    def _label(self, slot: Slot, y: float) -> bool:
        """Whether the label is there after all: asked which of the side's labels stands in its place."""
        known = [other.label for other in slots_of(self._frame.side)]
        width = len(slot.label) * 2.95 + 1.6
        found = self._engine.choose(self._cut((slot.left + 0.2, y - 2.0, slot.left + 0.2 + width, y + 2.0)), known)
        return found is not None and found.word == slot.label and found.probability > 0.9 and found.fit > 0.08

    def _choice(self, slot: Slot, raw: RawField, y: float, right: float, words: Sequence[str]) -> WordChoice | None:
        cut = self._cut((slot.value_x, y - _HALF_LINE_MM, right, y + _HALF_LINE_MM))
        if slot.key == "ethnicity" and raw.line.text in words and raw.line.confidence > 0.97:
            return None
        return self._engine.choose(cut, words)

    def _cut(self, area: tuple[float, float, float, float]) -> Pixels:
        left, top, right, bottom = (round(value * PX_PER_MM) for value in area)
        height, width = self._flat.shape[:2]
        return self._flat[max(0, top) : min(height, bottom), max(0, left) : min(width, right)]

    def _burnt_after(self, right: float, y: float) -> bool:
        """Whether glare begins where the line seems to end, so that its last characters may be hidden."""
        return self._glare((right, y - 1.5, right + 6, y + 1.5)) > 0.2

    def _glare(self, area: tuple[float, float, float, float]) -> float:
        left, top, right, bottom = (max(0, round(value * PX_PER_MM)) for value in area)
        patch = self._burnt[top:bottom, left:right]
        return float(patch.mean()) if patch.size else 0.0


def _placed(frame: CardFrame, read: ReadBox) -> _Placed:
    on_card = frame.millimetres(read.corners())
    start, stop = (on_card[0] + on_card[3]) / 2, (on_card[1] + on_card[2]) / 2
    letters = tuple((float(start[0] + (stop[0] - start[0]) * letter.place), letter) for letter in read.line.letters)
    return _Placed(
        letters,
        read.line.outside,
        float((start[1] + stop[1]) / 2),
        float(start[0]),
        float(stop[0]),
        read.line.confidence,
    )


def _rather(careful: Line, first: Line) -> bool:
    """Whether the careful reading of a name is to be preferred: a character is lost more often than invented."""
    if _within(careful.text, first.text):
        return False
    return _within(first.text, careful.text) or careful.confidence > first.confidence - _CAREFUL_GAIN


def _within(part: str, whole: str) -> bool:
    """Whether a text is another one with characters missing."""
    letters = iter(whole)
    return len(part) < len(whole) and all(character in letters for character in part)


def _full(row: Sequence[_Placed]) -> bool:
    """Whether a row of the address reaches so far that it may have been broken for want of room."""
    return max((part.right for part in row), default=0.0) > _FULL_MM


def _touches(part: _Placed, slot: Slot) -> bool:
    return part.right > slot.left and part.left < slot.right and part.left > -3


def _without_doubles(parts: Sequence[_Placed]) -> list[_Placed]:
    """The detector at times sees a line whole and in part: of two that overlap the surer stands."""
    kept: list[_Placed] = []
    for part in sorted(parts, key=lambda part: -part.confidence * (1 + 0.02 * part.length)):
        if not any(
            abs(part.y - other.y) < _ROW_MM
            and min(part.right, other.right) - max(part.left, other.left) > 0.35 * min(part.length, other.length)
            for other in kept
        ):
            kept.append(part)
    return kept


def _rows(parts: Sequence[_Placed]) -> list[list[_Placed]]:
    rows: list[list[_Placed]] = []
    for part in sorted(parts, key=lambda part: part.y):
        if rows and part.y - float(np.mean([other.y for other in rows[-1]])) < _ROW_MM:
            rows[-1].append(part)
        else:
            rows.append([part])
    return rows


def _joined(row: Sequence[_Placed], left: float, right: float) -> Line:
    letters = sorted(
        (pair for part in row for pair in part.letters if left <= pair[0] <= right), key=lambda pair: pair[0]
    )
    return Line(tuple(letter for _, letter in letters), tuple(text for part in row for text in part.outside))


def _value(slot: Slot, rows: Sequence[Sequence[_Placed]]) -> tuple[Line, bool]:
    """The letters behind the label, over all rows, and whether the label was there."""
    letters: tuple[Letter, ...] = ()
    outside: tuple[str, ...] = ()
    seen = False
    for row in rows:
        line = _joined(row, slot.left - 0.4, slot.right)
        start = _after(slot.label, line.text)
        if start is not None:
            seen = True
            line = line.part(start)
        else:
            line = _joined(row, slot.value_x - 0.7, slot.right)
        letters += line.letters
        outside += line.outside
    return Line(letters, outside), seen


def _gap(row: Sequence[_Placed], left: float) -> bool:
    """Whether two neighbouring characters stand so far apart that another may be hidden between them."""
    letters = sorted((x, letter.text) for part in row for x, letter in part.letters if x >= left)
    return any(b[0] - a[0] > (_width(a[1]) + _width(b[1])) / 2 + _GAP_MM for a, b in pairwise(letters))


def _width(character: str) -> float:
    """How wide a character is printed, in mm: ideographs are full, digits and capitals about half."""
    return 3.0 if character >= "一" else 1.7


def _holds(line: Line) -> bool:
    text = "".join(letter.text for letter in line.letters)
    return len(text) == 18 and is_valid(text)


def _after(label: str, text: str) -> int | None:
    """Where the value begins behind the label; a long label may have a character misread."""
    place = text.find(label)
    if place >= 0:
        return place + len(label)
    if len(label) >= 4:
        for place in range(len(text) - len(label) + 1):
            part = text[place : place + len(label)]
            if sum(a != b for a, b in zip(part, label, strict=True)) <= 1:
                return place + len(label)
        found = re.search(f"[{label}]{{{len(label) - 1}}}", text)
        return found.end() if found else None
    return None


def _past(whole: Line, slot: Slot, right: float) -> Line:
    """The letters of a whole slot that stand where its value does."""
    share = (slot.value_x - 0.7 - slot.left) / (right - slot.left)
    return Line(tuple(letter for letter in whole.letters if letter.place > share), whole.outside)


def _corners(area: tuple[float, float, float, float]) -> list[tuple[float, float]]:
    left, top, right, bottom = area
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
