"""One card under the camera, from the first frame to the voted fields: it watches, takes its pictures itself and reads.

`LiveCapture` is fed by whoever shows the preview and never blocks it: reading runs in the executor it was given.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import TracebackType
from typing import Any

import cv2
import numpy as np

from desktop.ocr.documents import CARD_MM, SIDE_NAMES, Side
from desktop.ocr.fields import FieldReading, Quad, as_quad, cross_check
from desktop.ocr.glance import Executor, Glance, Pending
from desktop.ocr.hints import STILL_MM_S, Hint, advise, facts_of
from desktop.ocr.outline import Followed, Outline, Track
from desktop.ocr.pipeline import CardReader, IdCardReading, ReadOptions
from desktop.ocr.quality import Pixels
from desktop.ocr.regions import RegionTable
from desktop.ocr.votes import ENOUGH, settled, vote
from desktop.ocr.wiping import wipe, wipe_strips

FACE_PX_PER_MM = 10
"""Of the face laid flat that goes with a captured side: 856 × 540 pixels; the boxes of its fields are places on it."""
_MARGIN_MM = 7.0  # of desk around the card: the outline may be a little off
_FORCE_S = 2.0  # how long a forced shot waits for the card to rest
_GONE_S = 0.6  # without the card lying well, after which the pictures so far must do
_REST_S = 0.6  # after a shot that was no card, before the next
_SAME_S = 2.0  # how long the clerk is told that this side was there already
_STILL_DIFFERENCE = 4.0  # grey levels between small copies of two frames; above, something moves


class Stage(StrEnum):
    """How far the capture is."""

    LOOKING = "looking"
    STEADY = "steady"
    SHOT = "shot"
    TURN_OVER = "turn_over"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """How to capture; checked before work starts.

    `sides` are those wanted, in whatever order the clerk lays them down. A card must lie well for `steady_s` before the
    first picture; up to `frames` pictures of a side are kept, `apart_s` from each other. `today` doubts future dates.
    `look_at`: see `ReadOptions`; the cut-out card fills its picture, so less will do than for a whole frame.
    """

    sides: tuple[Side, ...] = ("front", "back")
    frames: int = 5
    steady_s: float = 0.3
    apart_s: float = 0.06
    today: date | None = None
    look_at: tuple[int, ...] = (640, 960)

    def __post_init__(self) -> None:
        if not self.sides or len(set(self.sides)) != len(self.sides):
            raise ValueError("one or both sides, each once")
        if not 1 <= self.frames <= 9:
            raise ValueError("1 to 9 frames of a side")


@dataclass(frozen=True, slots=True)
class CapturedSide:
    """One side as it was read: voted fields, the face laid flat, and how many pictures voted.

    The boxes of `fields` are pixels of `face`.
    """

    side: Side
    fields: Mapping[str, FieldReading]
    face: Pixels = field(repr=False, compare=False)
    voters: int


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows of one frame: the outline (frame pixels, None without a card), the hint and how far it is.

    `wanted` is the side that is looked for next, None while either will do. `words` is the one sentence for the clerk.
    `trouble` is a sentence when reading is impossible on this PC; capturing has then stopped.
    """

    stage: Stage
    hint: Hint
    outline: Outline | None = None
    wanted: Side | None = None
    shots: int = 0
    captured: tuple[Side, ...] = ()
    trouble: str | None = None

    @property
    def words(self) -> str:
        """The Chinese sentence."""
        if self.trouble is not None:
            return self.trouble
        if self.stage is Stage.DONE:
            return "已读好，请核对"
        if self.stage is Stage.SHOT:
            return "已拍下，正在读取"
        return self.hint.words


class LiveCapture:
    """The capture of one card: `offer` it every frame of the preview, show the `View` it answers, until it is done.

    Frames are only looked at; what is kept of one is a copy of the card, overwritten with zeros as soon as it is read.
    Not for several threads: `offer`, `force` and `close` belong to the thread of the preview.
    """

    def __init__(
        self,
        reader: CardReader,
        executor: Executor,
        settings: LiveSettings | None = None,
        regions: RegionTable | None = None,
    ) -> None:
        self._reader = reader
        self._executor = executor
        self._settings = settings if settings is not None else LiveSettings()
        self._regions = regions if regions is not None else RegionTable()
        self._options = ReadOptions(today=self._settings.today, look_at=self._settings.look_at, page=False)
        self._track = Track()
        self._glance = Glance(reader, executor)
        self._told: Outline | None = None  # where print told a card that the edges do not, while nothing moves
        self._bursts: list[_Burst] = []  # the last may still be growing; all wait to be read, the first first
        self._reading: tuple[Pending, Pixels, _Burst] | None = None
        self._captured: dict[Side, CapturedSide] = {}
        self._good_since: float | None = None
        self._last_shot = self._well_at = -1e9
        self._forced_until = -1e9
        self._forced_left = 0
        self._rest_until = -1e9
        self._same: tuple[float, Side] | None = None
        self._small: Pixels | None = None
        self._trouble: str | None = None
        self._closed = False

    def __enter__(self) -> LiveCapture:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def done(self) -> bool:
        """Whether every wanted side is captured."""
        return all(side in self._captured for side in self._settings.sides)

    @property
    def captured(self) -> Mapping[Side, CapturedSide]:
        """The sides read so far; the form may be filled from the first while the card is turned over."""
        return dict(self._captured)

    def fields(self) -> dict[str, FieldReading]:
        """All fields read so far; with both sides there, each is held against the other."""
        found = {key: one for side in self._captured.values() for key, one in side.fields.items()}
        return cross_check(found, self._regions) if len(self._captured) == 2 else found

    def force(self, at: float) -> None:
        """Take the picture now (Space): the next frames in which nothing moves, whatever else is told of them."""
        self._forced_until = at + _FORCE_S
        self._forced_left = min(ENOUGH, self._settings.frames)

    def offer(self, frame: Pixels, at: float) -> View:
        """Looks at a frame, BGR at `at` seconds (monotonic), and answers what to show. Takes 5-15 ms."""
        if self._closed:
            raise RuntimeError("this capture is closed")
        if self.done or self._trouble is not None:
            return self._view(None, Hint.GOOD)
        self._collect(at)
        card = self._track.follow(frame, at)
        wanted = self._wanted()
        hint = advise(facts_of(frame, card), wanted)
        if self._same is not None and at < self._same[0] and hint is Hint.GOOD and self._growing() is None:
            hint = Hint.TURN_TO_BACK if self._same[1] == "front" else Hint.TURN_TO_FRONT
        moves = self._moves(frame, card)
        known = card is not None and card.outline.looks_like is not None
        outline = self._glance.offer(frame, at, moves=moves, wanted=not known and self._reading is None)
        if moves:
            self._told = None
        elif outline is not None:
            self._track.begin(frame, outline, at)
            self._told = outline
            self.force(at)
        self._end_burst(card, hint, at)
        self._shoot(frame, card, hint, moves, at)
        self._submit()
        return self._view(card.outline if card is not None else None, hint)

    def close(self) -> None:
        """Ends the capture and overwrites every picture it holds; faces that were handed out too."""
        self._closed = True
        self._glance.close()
        if self._reading is not None:
            future, picture, _ = self._reading
            if future.cancel() or future.done():
                wipe(picture)  # one that is being read is wiped by its reader
            when_done = getattr(future, "add_done_callback", None)
            if when_done is not None:
                when_done(_wipe_late)
            self._reading = None
        for burst in self._bursts:
            burst.wipe()
        self._bursts.clear()
        for side in self._captured.values():
            wipe(side.face)
            wipe_strips(side.fields)
        self._captured.clear()
        self._track.forget()
        if self._small is not None:
            wipe(self._small)

    def _wanted(self) -> Side | None:
        """The side looked for next; None while either will do."""
        missing = self._missing()
        return missing[0] if len(missing) == 1 else None

    def _taken(self) -> set[Side]:
        """The sides that need no more pictures: read, or enough of them taken and the first one read."""
        return set(self._captured) | {burst.side for burst in self._bursts if burst.full and burst.side is not None}

    def _growing(self) -> _Burst | None:
        """The burst that takes pictures now."""
        return self._bursts[-1] if self._bursts and not self._bursts[-1].full else None

    def _moves(self, frame: Pixels, card: Followed | None) -> bool:
        """Whether the card moves; without an outline, whether anything in the picture does."""
        height = frame.shape[0]
        small = np.asarray(cv2.resize(frame[:: max(1, height // 180)], (80, 45)), dtype=np.uint8)
        before, self._small = self._small, small
        if card is not None and card.outline.looks_like is not None:
            return card.speed_mm_s > STILL_MM_S
        return before is None or float(cv2.absdiff(small, before).mean()) > _STILL_DIFFERENCE

    def _shoot(self, frame: Pixels, card: Followed | None, hint: Hint, moves: bool, at: float) -> None:
        """Keeps the card of this frame when it lies well, or when a person forces it; never while it moves."""
        if hint is not Hint.GOOD:
            self._good_since = None
        elif self._good_since is None:
            self._good_since = at
        forced = self._forced_left > 0 and at <= self._forced_until
        steady = self._good_since is not None and at - self._good_since >= self._settings.steady_s
        apart = at - self._last_shot >= self._settings.apart_s
        if moves or not apart or not self._missing() or (not forced and (not steady or at < self._rest_until)):
            return
        burst = self._growing()
        if burst is None:
            if any(one.side is None for one in self._bursts):
                return  # the last pictures are not known yet to show a card at all
            burst = _Burst(looks_like=card.outline.looks_like if card is not None else None, forced=forced)
            self._bursts.append(burst)
        known = card is not None and card.outline.looks_like is not None  # else it may be a sheet of paper
        burst.waiting.append(_cut_out(frame, card.outline if card is not None and known else self._told))
        burst.shots += 1
        self._last_shot = at
        if forced:
            self._forced_left -= 1
        burst.full = burst.shots >= self._settings.frames or (forced and not self._forced_left)

    def _end_burst(self, card: Followed | None, hint: Hint, at: float) -> None:
        """A burst ends before it is full when the card is gone or turned over: three pictures will do, fewer do not."""
        burst = self._growing()
        if burst is None:
            return
        if hint is Hint.GOOD:
            self._well_at = at
        looks_like = card.outline.looks_like if card is not None else None
        turned = looks_like is not None and burst.looks_like not in (None, looks_like)
        if not turned and at - max(self._well_at, self._last_shot) < _GONE_S:
            return
        burst.full = True
        if burst.shots < min(ENOUGH, self._settings.frames) and not burst.forced:
            burst.wipe()
            self._bursts.remove(burst)
        elif not burst.waiting and (self._reading is None or self._reading[2] is not burst):
            self._finish(burst, at)

    def _submit(self) -> None:
        burst = next((one for one in self._bursts if one.waiting), None)
        if self._reading is None and burst is not None:
            picture = burst.waiting.popleft()
            self._reading = (self._executor.submit(read_shot, self._reader, picture, self._options), picture, burst)

    def _collect(self, at: float) -> None:
        """Takes in a finished reading, and closes its burst when the frames agree or are used up."""
        if self._reading is None or not self._reading[0].done():
            return
        future, picture, burst = self._reading
        self._reading = None
        wipe(picture)  # a reader in another process wiped only its own copy
        read: _Read | IdCardReading = future.result()
        if burst not in self._bursts:  # it was given up meanwhile
            if isinstance(read, _Read):
                read.wipe()
            return
        if isinstance(read, IdCardReading):
            if read.problem == "engine":
                self._trouble = read.error
        elif read.side in self._captured or read.side not in self._settings.sides:
            self._same = (at + _SAME_S, read.side)
            read.wipe()
            burst.wipe()
            self._bursts.remove(burst)
            return
        else:
            burst.reads.append(read)
            agreeing = burst.of_side()
            if len(agreeing) >= ENOUGH and settled(self._vote(agreeing)):
                burst.drop_waiting()
                burst.full = True
        if burst.full and not burst.waiting:
            self._finish(burst, at)

    def _finish(self, burst: _Burst, at: float) -> None:
        """All pictures of a burst are read: the side most of them show is captured."""
        self._bursts.remove(burst)
        reads = burst.of_side()
        if not reads:
            self._good_since, self._rest_until = None, at + _REST_S
            return
        best = max(reads, key=lambda read: read.sureness)
        fields = self._vote(reads)
        self._captured[best.side] = CapturedSide(best.side, fields, best.face, len(reads))
        kept = {id(one.crop) for one in fields.values()}
        for read in burst.reads:
            if read is not best:
                wipe(read.face)
            if not any(id(one.crop) in kept for one in read.fields.values()):
                wipe_strips(read.fields)

    def _vote(self, reads: Sequence[_Read]) -> dict[str, FieldReading]:
        return vote(reads[0].side, [read.fields for read in reads], self._settings.today)

    def _view(self, outline: Outline | None, hint: Hint) -> View:
        growing, waiting = self._growing(), any(one.side is None for one in self._bursts)
        if self.done:
            stage = Stage.DONE
        elif hint in (Hint.TURN_TO_BACK, Hint.TURN_TO_FRONT):
            stage = Stage.TURN_OVER
        elif (growing is not None and hint is Hint.GOOD) or (growing is None and waiting) or not self._missing():
            stage = Stage.SHOT
        else:
            stage = Stage.STEADY if hint is Hint.GOOD else Stage.LOOKING
        shots = self._bursts[-1].shots if self._bursts else 0
        return View(stage, hint, outline, self._wanted(), shots, tuple(self._captured), self._trouble)

    def _missing(self) -> list[Side]:
        """The wanted sides of which pictures are still needed."""
        taken = self._taken()
        return [side for side in self._settings.sides if side not in taken]


@dataclass(slots=True, eq=False)
class _Read:
    """One picture as it was read: the side it shows, its fields with their boxes on the face, and the face."""

    side: Side
    fields: dict[str, FieldReading]
    face: Pixels

    @property
    def sureness(self) -> float:
        return sum(one.confidence - len(one.reasons) for one in self.fields.values())

    def wipe(self) -> None:
        wipe(self.face)
        wipe_strips(self.fields)


@dataclass(slots=True, eq=False)
class _Burst:
    """The pictures of one hold of the card: those that wait to be read, and what was read of the others."""

    waiting: deque[Pixels] = field(default_factory=deque)
    reads: list[_Read] = field(default_factory=list)
    shots: int = 0
    full: bool = False
    looks_like: Side | None = None
    forced: bool = False

    @property
    def side(self) -> Side | None:
        """The side most readings show; None while none is read."""
        return self.of_side()[0].side if self.reads else None

    def of_side(self) -> list[_Read]:
        """The readings of the side most of them show."""
        fronts = [read for read in self.reads if read.side == "front"]
        backs = [read for read in self.reads if read.side == "back"]
        return fronts if len(fronts) >= len(backs) else backs

    def drop_waiting(self) -> None:
        while self.waiting:
            wipe(self.waiting.popleft())

    def wipe(self) -> None:
        self.drop_waiting()
        for read in self.reads:
            read.wipe()


def read_shot(reader: CardReader, picture: Pixels, options: ReadOptions) -> _Read | IdCardReading:
    """Reads one kept picture and overwrites it; a reading of side "none" comes back as it is. Runs in the executor."""
    try:
        (card, *more) = reader.read(picture, options)
        if card.side not in SIDE_NAMES or more:
            return IdCardReading("none", error=card.error, problem=card.problem or "several")
        side: Side = "front" if card.side == "front" else "back"
        return _on_face(picture, side, card)
    finally:
        wipe(picture)


def _on_face(picture: Pixels, side: Side, card: IdCardReading) -> _Read:
    """The reading with its boxes moved onto the face laid flat, so that boxes of several frames mean the same."""
    corners = np.array(card.corners[side], dtype=np.float32)
    flat = Outline(corners.astype(np.float64), 1.0).to_flat(FACE_PX_PER_MM)
    size = (round(CARD_MM[0] * FACE_PX_PER_MM), round(CARD_MM[1] * FACE_PX_PER_MM))
    face = np.asarray(cv2.warpPerspective(picture, flat, size, flags=cv2.INTER_AREA), dtype=np.uint8)
    fields = {key: replace(one, box=_moved(one.box, flat)) for key, one in card.fields.items()}
    return _Read(side, fields, face)


def _moved(box: Quad | None, turn: Any) -> Quad | None:
    if box is None:
        return None
    return as_quad(np.asarray(cv2.perspectiveTransform(np.array([box], np.float64), turn)[0], dtype=np.float64))


def _cut_out(frame: Pixels, outline: Outline | None) -> Pixels:
    """A copy of the card with a little of its surroundings, the way up its print says; all of the frame without one."""
    if outline is None:
        return frame.copy()
    height, width = frame.shape[:2]
    margin = _MARGIN_MM * outline.px_per_mm
    left, top = np.maximum(np.floor(outline.corners.min(0) - margin).astype(int), 0)
    right, bottom = np.minimum(np.ceil(outline.corners.max(0) + margin).astype(int), (width, height))
    along = outline.corners[1] - outline.corners[0]
    quarter = round(float(np.arctan2(along[1], along[0])) / (np.pi / 2)) % 4
    return np.array(np.rot90(frame[top:bottom, left:right], quarter), order="C")


def _wipe_late(future: Any) -> None:
    """What was still being read when the capture was closed goes the way of the rest."""
    if not future.cancelled() and future.exception() is None and isinstance(read := future.result(), _Read):
        read.wipe()
