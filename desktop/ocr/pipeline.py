"""Reading identity cards from pictures: bytes or pixels in, one reading per card out, doubts named in words."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

import numpy as np

from desktop.ocr.documents import BACK_FIELDS, FIELDS, FRONT_FIELDS, OTHER_DOCUMENTS, Side
from desktop.ocr.emblem_side import read_back
from desktop.ocr.engine import (
    DetectorLoader,
    EngineUnavailable,
    LineEngine,
    NullEngine,
    PpOcrEngine,
    TextBox,
)
from desktop.ocr.fields import FieldReading, Quad, as_quad, cross_check, read_front
from desktop.ocr.lines import read_side
from desktop.ocr.pages import Cut, apart_from, by_place, cards_beside, pairs
from desktop.ocr.quality import Picture, PictureError, Pixels, decode_picture
from desktop.ocr.rectify import Anchor, CardFrame, ReadBox, anchors_in, crop_line, fit_frames
from desktop.ocr.regions import RegionTable

CardSide = Literal["front", "back", "both", "none"]

_MOST_BOXES = 90  # lines read of one picture; a card has about ten
_BATCH = 12
_READS_WELL = 0.7  # the least sure character of a line that is upright and sharp
_CROWDED = 36  # more lines than two cards and their surroundings have
_LOOK_AT = (960, 1536)  # pixels along the longer side, the second only when the first finds no card


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read; `today` lets dates in the future be doubted, None skips those checks.

    `page`: other cards may lie beside the one that is read first; the cut-out of a camera's picture has only one.
    """

    today: date | None = None
    look_at: tuple[int, ...] = _LOOK_AT
    page: bool = True

    def __post_init__(self) -> None:
        if not self.look_at or min(self.look_at) < 320:
            raise ValueError("a card cannot be found below 320 pixels")


@dataclass(frozen=True, slots=True)
class IdCardReading:
    """What one card says. `front` is the portrait side 人像面, `back` the emblem side 国徽面.

    `fields` holds every field of the sides that were seen; `needs_review` names those the clerk must look at. With side
    "none", `error` says in Chinese why and what to do, and `problem` is the fact behind it ("broken", "no_card" …).
    `corners` are the card's corners by side in pixels of the original picture.
    """

    side: CardSide
    fields: Mapping[str, FieldReading] = field(default_factory=dict)
    seconds: float = 0.0
    error: str | None = None
    problem: str | None = None
    corners: Mapping[Side, Quad] = field(default_factory=dict)

    @property
    def needs_review(self) -> tuple[str, ...]:
        return tuple(key for key in FIELDS if key in self.fields and self.fields[key].reasons)

    def text(self, key: str) -> str | None:
        """The value of a field, None when it was not read or is on the other side."""
        reading = self.fields.get(key)
        return reading.text if reading is not None else None


CardReading = IdCardReading


class CardReader:
    """Reads cards; keep one for the program's life, `warm()` it in the background. Safe from several threads."""

    def __init__(
        self,
        engine: LineEngine | None = None,
        detector: DetectorLoader | None = None,
        regions: RegionTable | None = None,
    ) -> None:
        self._engine = engine if engine is not None else PpOcrEngine()
        self._detector = detector if detector is not None else DetectorLoader()
        self._regions = regions if regions is not None else RegionTable()

    def warm(self) -> None:
        """Load the recogniser and the region table, so that the first card is as quick as the next (0.3 s)."""
        self._engine.warm()
        self._regions.names()

    def read(self, picture: bytes | Pixels | Picture, options: ReadOptions | None = None) -> list[IdCardReading]:
        """The cards in a picture, top to bottom; never empty: without a card one reading of side "none" says why."""
        begun = time.perf_counter()
        given = options if options is not None else ReadOptions()
        try:
            pixels = _pixels(picture)
            with self._detector.loaded():
                sides, refusal = self._sides(pixels, given)
                if sides and given.page:
                    sides = self._with_others(pixels, sides, given)
        except PictureError as trouble:
            return [_refused(trouble.message, trouble.reason.value, begun)]
        except EngineUnavailable as trouble:
            return [_refused(trouble.message, "engine", begun)]
        if not sides:
            return [_refused(refusal, "no_card", begun)]
        spent = time.perf_counter() - begun
        return [replace(card, seconds=round(spent, 3)) for card in _holders(sides, self._regions)]

    def _sides(self, pixels: Pixels, options: ReadOptions) -> tuple[list[IdCardReading], str]:
        if isinstance(self._engine, NullEngine):
            return [], "证件识别已关闭,请手工录入。"
        found: list[IdCardReading] = []
        refusal = ""
        for longest in options.look_at:
            boxes = sorted(self._detector.find(pixels, longest), key=lambda box: -box.length)
            left = boxes
            for flipped in self._turns(pixels, boxes):
                read, anchors, frames = self._look(pixels, left, flipped)
                found = [self._side(pixels, frame, read, options) for frame in frames]
                refusal = refusal or _why_not(read, anchors)
                # What reads well this way up need not be turned; a card may lie upside down on papers that do not.
                left = [line.box for line in read if line.line.confidence < _READS_WELL]
                if found:
                    break
            if found or max(pixels.shape[:2]) <= longest or len(left) < 4 < len(boxes):
                break
        found.sort(key=lambda card: min(y for corners in card.corners.values() for _, y in corners))
        return found, refusal or "图片里没有找到居民身份证,请把证件放平、对准后重拍,或手工录入。"

    def _with_others(self, pixels: Pixels, sides: list[IdCardReading], options: ReadOptions) -> list[IdCardReading]:
        """The cards of a page that reading passed over: turned otherwise than the first, or one of many."""
        found = list(sides)
        places = [quad for card in sides for quad in card.corners.values()]
        for cut in cards_beside(pixels, places):
            for card in self._sides(cut.pixels, options)[0][:1]:
                moved = _on_page(card, cut)
                corners = next(iter(moved.corners.values()))
                if apart_from(corners, places):
                    places.append(corners)
                    found.append(moved)
            cut.pixels.fill(0)
        order = by_place({at: next(iter(card.corners.values())) for at, card in enumerate(found)})
        return [found[at] for at in order] if len(found) > 2 else found

    def _turns(self, pixels: Pixels, boxes: Sequence[TextBox]) -> tuple[bool, bool]:
        """Which way up to read first: the longest lines are tried both ways until one way makes sense."""
        score = {False: 0.0, True: 0.0}
        for box in boxes[:4]:
            for flipped in score:
                line = self._engine.read(crop_line(pixels, box, flipped))
                if line.letters:
                    if anchors_in(ReadBox(box, line, flipped)):
                        return flipped, not flipped
                    score[flipped] += float(np.mean([letter.probability for letter in line.letters]))
        return (True, False) if score[True] > score[False] else (False, True)

    def _look(
        self, pixels: Pixels, boxes: Sequence[TextBox], flipped: bool
    ) -> tuple[list[ReadBox], list[Anchor], list[CardFrame]]:
        """Reads lines, longest first, and fits cards to them.

        On a desk full of papers reading stops outside the first card found; a page of one or two cards is read whole.
        """
        read: list[ReadBox] = []
        anchors: list[Anchor] = []
        frames: list[CardFrame] = []
        waiting = list(boxes)
        while waiting and len(read) < _MOST_BOXES:
            for box in waiting[:_BATCH]:
                read.append(ReadBox(box, self._engine.read(crop_line(pixels, box, flipped)), flipped))
                anchors += anchors_in(read[-1])
            waiting = waiting[_BATCH:]
            if len(boxes) > _CROWDED and waiting and len(anchors) >= 2:
                frames = fit_frames(anchors, read, most=1)
                if frames:
                    inside = [box for box in waiting if frames[0].holds(box.middle)]
                    for box in inside:
                        read.append(ReadBox(box, self._engine.read(crop_line(pixels, box, flipped)), flipped))
                        anchors += anchors_in(read[-1])
                    break
        return read, anchors, fit_frames(anchors, read)

    def _side(self, pixels: Pixels, frame: CardFrame, read: Sequence[ReadBox], options: ReadOptions) -> IdCardReading:
        raws = read_side(pixels, frame, read, self._engine)
        if frame.side == "front":
            fields = read_front(raws, self._regions, options.today)
        else:
            fields = read_back(raws, self._regions)
        return IdCardReading(frame.side, fields, corners={frame.side: as_quad(frame.corners())})


def read_card_json(reading: IdCardReading, picture_id: str, card: int) -> dict[str, Any]:
    """One line of `read-card --jsonl` for a reading (DESIGN §6)."""
    return {
        "id": picture_id,
        "card": card,
        "side": reading.side,
        **{key: reading.text(key) for key in FIELDS},
        "confidence": {key: value.confidence for key, value in reading.fields.items()},
        "needs_review": list(reading.needs_review),
        "seconds": reading.seconds,
        "error": reading.error,
    }


def read_files(
    paths: Iterable[Path], reader: CardReader | None = None, options: ReadOptions | None = None
) -> Iterator[dict[str, Any]]:
    """One JSON object per card of each file, in order; an unreadable file gives one object with its `error`."""
    used = reader if reader is not None else CardReader()
    for path in paths:
        try:
            data = path.read_bytes()
        except OSError as trouble:
            reading = IdCardReading("none", error=f"无法打开文件:{trouble.strerror}", problem="unreadable")
            yield read_card_json(reading, path.stem, 0)
            continue
        for number, reading in enumerate(used.read(data, options)):
            yield read_card_json(reading, path.stem, number)


def _pixels(picture: bytes | Pixels | Picture) -> Pixels:
    if isinstance(picture, Picture):
        return picture.pixels
    if isinstance(picture, np.ndarray):
        return picture
    return decode_picture(picture).pixels


def _refused(message: str, problem: str, begun: float) -> IdCardReading:
    return IdCardReading("none", seconds=round(time.perf_counter() - begun, 3), error=message, problem=problem)


def _why_not(read: Sequence[ReadBox], anchors: Sequence[Anchor]) -> str:
    text = " ".join(box.line.text for box in read)
    for word, name in OTHER_DOCUMENTS.items():
        if word in text:
            return f"这看起来是{name},不是居民身份证;请放上居民身份证,或手工录入。"
    if len({anchor.label.key for anchor in anchors}) >= 2:
        return "看到了身份证上的部分文字,但证件不完整或不清楚,请放平、补光、对准后重拍。"
    return ""


def _on_page(card: IdCardReading, cut: Cut) -> IdCardReading:
    """A reading of a cut-out with its places on the page it was cut from."""
    fields = {
        key: replace(one, box=cut.on_page(one.box) if one.box is not None else None) for key, one in card.fields.items()
    }
    return replace(card, fields=fields, corners={side: cut.on_page(quad) for side, quad in card.corners.items()})


def _holders(sides: Sequence[IdCardReading], regions: RegionTable) -> list[IdCardReading]:
    """The two sides of one holder become one reading, where their places on the page tell that they are.

    With several holders on a page the back is a doubt all the same: somebody may have laid it beside another's front.
    """
    fronts = [card for card in sides if card.side == "front"]
    backs = [card for card in sides if card.side == "back"]
    order = pairs([card.corners["front"] for card in fronts], [card.corners["back"] for card in backs])
    if order is None:
        return list(sides)
    return [_holder(front, backs[at], regions, alone=len(fronts) == 1) for front, at in zip(fronts, order, strict=True)]


def _holder(front: IdCardReading, back: IdCardReading, regions: RegionTable, *, alone: bool) -> IdCardReading:
    fields = cross_check({**front.fields, **back.fields}, regions)
    issuer = fields.get("issuer")
    if not alone and issuer is not None:
        fields["issuer"] = replace(issuer, reasons=(*issuer.reasons, "一页上有几位的证件,请核对国徽面是这一位的"))
    return IdCardReading("both", fields, corners={**front.corners, **back.corners})


__all__ = [
    "BACK_FIELDS",
    "FIELDS",
    "FRONT_FIELDS",
    "CardReader",
    "CardReading",
    "FieldReading",
    "IdCardReading",
    "ReadOptions",
    "read_card_json",
    "read_files",
]
