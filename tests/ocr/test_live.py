"""Whole captures on drawn films: the right fields, nothing moving ever shot, the preview never waiting, nothing kept.

No threshold was set on these films, but 9502, 9506 and 9513 failed at first and showed what to mend (a burst that ends
when the card is turned, outlines coaxed by their print, noise taken for glare): figures to report come from
`benchmarks/capture.py`, whose seeds nobody looked at.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from desktop.ocr.camera import CameraError
from desktop.ocr.documents import FIELDS, FRONT_FIELDS, Side
from desktop.ocr.engine import DetectorLoader, PpOcrEngine
from desktop.ocr.hints import Hint
from desktop.ocr.live import LiveCapture, LiveSettings, Stage, View
from desktop.ocr.pipeline import CardReader
from desktop.ocr.quality import Pixels
from tests.idcards.sequences import Cue, Scene, Shot, film, person, whole_turn
from tests.ocr.fake_camera import FakeCamera

SETTINGS = LiveSettings(today=date(2026, 11, 22))
BOTH = [Cue(0.9, "hold"), Cue(1.0, "turn"), Cue(0.9, "hold")]
PLAIN = Scene(desk=False)


@pytest.fixture(scope="module")
def reader() -> CardReader:
    made = CardReader()
    made.warm()
    return made


class AtOnce:
    """An executor that reads before it returns, so that a film needs no clock; it remembers every picture."""

    def __init__(self) -> None:
        self.pictures: list[Pixels] = []

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        self.pictures += [one for one in arguments if isinstance(one, np.ndarray)]
        future: Future[Any] = Future()
        future.set_result(function(*arguments))
        return future


class Later(AtOnce):
    """An executor that reads when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = []

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        self.pictures += [one for one in arguments if isinstance(one, np.ndarray)]
        future: Future[Any] = Future()
        self.waiting.append((future, function, arguments))
        return future

    def read_one(self) -> None:
        future, function, arguments = self.waiting.pop(0)
        if future.set_running_or_notify_cancel():
            future.set_result(function(*arguments))


@dataclass
class Played:
    """What a film made of a capture."""

    texts: dict[str, str | None] = field(default_factory=dict)
    doubted: set[str] = field(default_factory=set)
    views: list[tuple[Shot, View]] = field(default_factory=list)
    shot_at: list[Shot] = field(default_factory=list)
    captured: tuple[Side, ...] = ()
    done: bool = False

    def silent(self, truth: dict[str, str]) -> dict[str, str | None]:
        """Fields that are wrong and not doubted."""
        return {
            key: text
            for key, text in self.texts.items()
            if text is not None and text != truth[key] and key not in self.doubted
        }


def play(
    capture: LiveCapture, shots: Iterator[Shot], told: Callable[[Shot, LiveCapture], None] | None = None
) -> Played:
    played, before = Played(), 0
    for shot in shots:
        if told is not None:
            told(shot, capture)
        view = capture.offer(shot.pixels, shot.at)
        if view.shots not in (before, 0):
            played.shot_at.append(shot)
        before = view.shots
        played.views.append((shot, view))
    fields = capture.fields()
    played.texts = {key: one.text for key, one in fields.items()}
    played.doubted = {key for key, one in fields.items() if one.reasons}
    played.captured, played.done = tuple(capture.captured), capture.done
    return played


def late(*first: Cue) -> list[Cue]:
    """The usual film with something before it."""
    return [*first, *BOTH]


FILMS: dict[str, tuple[int, Sequence[Cue], Scene]] = {
    "in and over and out": (9501, whole_turn(1.0), Scene()),
    "back first": (9502, late(Cue(0.6, "hold")), Scene(first="back")),
    "upside down": (9503, BOTH, Scene(turned=180, desk=False)),
    "a trembling hand": (9504, late(Cue(1.2, "shake")), PLAIN),
    "a passing glare": (9505, late(Cue(1.0, "glare")), PLAIN),
    "too far first": (9506, late(Cue(0.6, "far")), Scene()),
    "half in the picture first": (9507, late(Cue(0.6, "cut")), PLAIN),
    "the light is switched on": (9508, late(Cue(0.6, "dark")), Scene()),
    "the lens finds its focus": (9509, late(Cue(0.8, "soft")), PLAIN),
    "two cards first": (9510, late(Cue(0.6, "two")), PLAIN),
    "a small card in a large picture": (9511, BOTH, Scene(size=(1920, 1080), share=0.36)),
    "pushed along the desk": (9512, late(Cue(1.0, "drift")), Scene(noise=5.0)),
    "a poor camera": (9513, BOTH, Scene(size=(960, 540), share=0.62, noise=6.0)),
}


@pytest.mark.parametrize("name", FILMS)
def test_a_film_ends_in_the_right_card_and_nothing_moving_was_shot(reader: CardReader, name: str) -> None:
    seed, cues, scene = FILMS[name]
    executor = AtOnce()
    with LiveCapture(reader, executor, SETTINGS) as capture:
        played = play(capture, film(seed, cues, scene))
        truth = person(seed)
        assert played.done
        assert played.views[-1][1].words == "已读好，请核对"
        assert played.silent(truth) == {}
        right = [key for key in FIELDS if played.texts.get(key) == truth[key]]
        assert len(right) >= len(FIELDS) - 1, {key: (truth[key], played.texts.get(key)) for key in FIELDS}
        assert played.texts["number"] == truth["number"]
        assert [shot.kind for shot in played.shot_at if shot.speed_mm_s > 20] == []
        assert all(side.face.any() for side in capture.captured.values())
        for side in capture.captured.values():
            assert 3 <= side.voters <= 5
            for one in side.fields.values():
                assert one.box is None or np.array(one.box).max() < 900
    assert not any(picture.any() for picture in executor.pictures)


def test_the_same_side_twice_is_told_and_not_taken(reader: CardReader) -> None:
    cues = [Cue(0.9, "hold"), Cue(0.4, "leave"), Cue(0.4, "enter"), Cue(1.2, "hold")]
    with LiveCapture(reader, AtOnce(), SETTINGS) as capture:
        played = play(capture, film(9520, cues, PLAIN))
        assert played.captured == ("front",)
        assert played.views[-1][1].stage is Stage.TURN_OVER
        assert played.views[-1][1].words == Hint.TURN_TO_BACK.words
        assert not [shot for shot in played.shot_at if shot.at > 1.5]


def test_a_side_whose_print_was_misjudged_is_told_by_its_reading(reader: CardReader) -> None:
    later = Later()
    with LiveCapture(reader, later, LiveSettings(frames=1)) as capture:
        front = next(film(9521, [Cue(0.1, "hold")], PLAIN))
        for number in range(2):
            for step in range(8):
                capture.force(number + step / 15)
                capture.offer(front.pixels, number + step / 15)
            later.read_one()
            view = capture.offer(front.pixels, number + 0.6)
        assert view.captured == ("front",)
        assert view.hint is Hint.TURN_TO_BACK


def test_space_takes_what_the_program_would_not_but_nothing_that_moves(reader: CardReader) -> None:
    def force_at(when: float) -> Callable[[Shot, LiveCapture], None]:
        return lambda shot, capture: capture.force(shot.at) if abs(shot.at - when) < 0.03 else None

    far = [Cue(1.6, "far")]
    scene = Scene(size=(1920, 1080), desk=False)
    with LiveCapture(reader, AtOnce(), SETTINGS) as capture:
        assert play(capture, film(9522, far, scene)).shot_at == []
    with LiveCapture(reader, AtOnce(), SETTINGS) as capture:
        played = play(capture, film(9522, far, scene), force_at(0.8))
        assert played.captured == ("front",)
        assert played.silent(person(9522)) == {}
    with LiveCapture(reader, AtOnce(), SETTINGS) as capture:
        played = play(
            capture, film(9523, [Cue(0.4, "hold"), Cue(1.6, "drift"), Cue(0.8, "hold")], PLAIN), force_at(1.4)
        )
        assert played.shot_at
        assert {shot.kind for shot in played.shot_at} == {"hold"}


def test_what_is_no_card_is_never_shot_and_forced_reads_as_nothing(reader: CardReader) -> None:
    with LiveCapture(reader, AtOnce(), SETTINGS) as capture:
        played = play(capture, film(9524, [Cue(1.2, "away")], Scene()))
        assert played.shot_at == []
        capture.force(2.0)
        still = played.views[-1][0]
        views = [capture.offer(still.pixels, 2.0 + number / 15) for number in range(14)]
        assert any(view.shots for view in views)
        assert views[-1].captured == ()
        assert views[-1].stage is Stage.LOOKING


def test_the_preview_never_waits_for_a_reading(reader: CardReader) -> None:
    later = Later()
    with LiveCapture(reader, later, SETTINGS) as capture:
        played = play(capture, film(9525, [Cue(1.5, "hold")], PLAIN))
        assert len(later.waiting) == 1  # one at a time, the others wait here
        assert played.views[-1][1].stage is Stage.SHOT
        assert played.views[-1][1].words == "已拍下，正在读取"
        later.read_one()
        last = played.views[-1][0]
        view = capture.offer(last.pixels, last.at + 1 / 15)
        # One picture is known to be right: the card may be turned over while the rest is read.
        assert view.stage is Stage.TURN_OVER
        assert view.captured == ()
        number = 2
        while later.waiting:
            later.read_one()
            view = capture.offer(last.pixels, last.at + number / 15)
            number += 1
        assert view.captured == ("front",)
        assert set(capture.fields()) == set(FRONT_FIELDS)


def test_a_card_turned_over_too_soon_is_looked_for_again(reader: CardReader) -> None:
    cues = [Cue(0.55, "hold"), Cue(1.0, "turn"), Cue(1.0, "hold"), Cue(1.0, "turn"), Cue(1.0, "hold")]
    with LiveCapture(reader, AtOnce(), SETTINGS) as capture:
        played = play(capture, film(9531, cues, PLAIN))
        assert played.captured == ("back", "front")
        assert played.silent(person(9531)) == {}


def test_closing_in_the_middle_leaves_no_picture(reader: CardReader) -> None:
    later = Later()
    capture = LiveCapture(reader, later, SETTINGS)
    play(capture, film(9526, BOTH[:1], PLAIN))
    assert later.pictures[0].any()
    capture.close()
    assert not later.pictures[0].any()
    with pytest.raises(RuntimeError):
        capture.offer(np.zeros((480, 640, 3), np.uint8), 9.0)


def test_what_is_read_after_closing_is_wiped_too(reader: CardReader) -> None:
    later = Later()
    capture = LiveCapture(reader, later, SETTINGS)
    play(capture, film(9526, BOTH[:1], PLAIN))
    future, function, arguments = later.waiting.pop()
    assert future.set_running_or_notify_cancel()
    capture.close()
    read = function(*arguments)
    assert read.face.any()
    future.set_result(read)
    assert not read.face.any()
    assert not later.pictures[0].any()


def test_the_faces_are_wiped_with_the_capture(reader: CardReader) -> None:
    capture = LiveCapture(reader, AtOnce(), SETTINGS)
    play(capture, film(9527, BOTH, PLAIN))
    faces = [side.face for side in capture.captured.values()]
    strips = [one.crop for side in capture.captured.values() for one in side.fields.values() if one.crop is not None]
    assert all(face.any() for face in faces)
    assert any(strip.any() for strip in strips)
    capture.close()
    assert not any(one.any() for one in [*faces, *strips])


def test_without_a_recogniser_the_clerk_is_told(tmp_path: Path) -> None:
    missing = CardReader(engine=PpOcrEngine(tmp_path), detector=DetectorLoader(tmp_path))
    with LiveCapture(missing, AtOnce(), SETTINGS) as capture:
        played = play(capture, film(9528, BOTH[:1], PLAIN))
        view = played.views[-1][1]
        assert view.trouble is not None
        assert "手工录入" in view.words


def test_settings_are_checked_before_work_starts() -> None:
    for wrong in ({"sides": ()}, {"sides": ("front", "front")}, {"frames": 0}):
        with pytest.raises(ValueError, match="side"):
            LiveSettings(**wrong)  # type: ignore[arg-type]


def test_one_side_alone_may_be_wanted(reader: CardReader) -> None:
    with LiveCapture(reader, AtOnce(), LiveSettings(sides=("back",))) as capture:
        played = play(capture, film(9529, BOTH, PLAIN))
        assert played.captured == ("back",)
        assert Hint.TURN_TO_BACK in {view.hint for _, view in played.views}


def test_frames_keep_coming_at_real_speed_while_cards_are_read(reader: CardReader) -> None:
    """A drawn camera plays at 15 frames a second; two in three are shown whatever the recogniser does meanwhile."""
    source = FakeCamera(film(9530, whole_turn(1.6), Scene(desk=False)))
    source.open()
    shown, while_reading = 0, 0
    spent: list[float] = []
    threads = threading.active_count()
    with ThreadPoolExecutor(1) as executor, LiveCapture(reader, executor, SETTINGS) as capture:
        with suppress(CameraError):  # the film ends
            while True:
                frame = source.read()
                begun = time.thread_time()
                view = capture.offer(frame.pixels, frame.at)
                spent.append(time.thread_time() - begun)
                frame.wipe()
                shown += 1
                while_reading += capture._reading is not None
        deadline = time.monotonic() + 20
        while not capture.captured and time.monotonic() < deadline:
            view = capture.offer(frame.pixels, time.monotonic())
            time.sleep(0.02)
        assert "front" in capture.captured
        assert view.trouble is None
    assert while_reading > 5
    assert shown / (shown + source.missed) > 0.66
    assert float(np.median(spent)) < 0.015
    assert threading.active_count() == threads


THIRTY: dict[str, list[Cue]] = {
    "shaking": [Cue(1.0, "hold"), Cue(1.0, "shake")],
    "a glare passes": [Cue(0.6, "glare"), Cue(1.4, "hold")],
    "comes and goes": [Cue(0.4, "enter"), Cue(1.2, "hold"), Cue(0.4, "leave")],
    "turned over": [Cue(0.8, "hold"), Cue(0.6, "turn"), Cue(0.6, "hold")],
}


@pytest.mark.parametrize("name", THIRTY)
def test_thirty_frames_at_real_speed(reader: CardReader, name: str) -> None:
    """Two seconds before a camera: no view waits for a reading, and what is read is right or doubted."""
    seed = 9560 + list(THIRTY).index(name)
    shots = list(film(seed, THIRTY[name], PLAIN))
    assert len(shots) == 30
    source = FakeCamera(shots)
    source.open()
    spent: list[float] = []
    with ThreadPoolExecutor(1) as executor, LiveCapture(reader, executor, SETTINGS) as capture:
        with suppress(CameraError):
            while True:
                frame = source.read()
                begun = time.thread_time()
                capture.offer(frame.pixels, frame.at)
                spent.append(time.thread_time() - begun)
        away = np.zeros_like(frame.pixels)
        deadline = time.monotonic() + 30
        while (capture._reading is not None or capture._bursts) and time.monotonic() < deadline:
            capture.offer(away, time.monotonic())
            time.sleep(0.02)
        fields, truth = capture.fields(), person(seed)
        wrong = {key for key, one in fields.items() if one.text not in (None, truth[key])}
        assert not [key for key in wrong if not fields[key].reasons]
    assert len(spent) > 6, "the camera waits for nobody, but on a busy PC it is looked at more seldom"
    assert float(np.median(spent)) < 0.015


def resident_mb() -> float:
    with open("/proc/self/statm") as told:
        return int(told.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def many(reader: CardReader, count: int) -> tuple[float, int]:
    """Captures one card after another; the growth in MB after the first fifth, and how many were done."""
    shots = [(shot.pixels, shot.side) for shot in film(9540, BOTH, Scene(size=(960, 540), share=0.62, desk=False))]
    done, early = 0, 0.0
    settings = LiveSettings(frames=1, steady_s=0.1)
    for number in range(count):
        with LiveCapture(reader, AtOnce(), settings) as capture:
            for place, (pixels, _) in enumerate(shots):
                if capture.done:
                    break
                capture.offer(pixels, place / 15)
            done += capture.done
        if number == count // 5:
            early = resident_mb()
    return resident_mb() - early, done


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="resident memory is read from /proc")
def test_a_few_captures_leave_nothing_behind(reader: CardReader) -> None:
    grown, done = many(reader, 6)
    assert done == 6
    assert grown < 60


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="resident memory is read from /proc")
def test_five_hundred_captures_leave_nothing_behind(reader: CardReader) -> None:
    grown, done = many(reader, 500)
    assert done == 500
    assert grown < 60


def test_the_films_differ_and_their_cards_are_what_they_say() -> None:
    numbers = {person(seed)["number"] for seed, _, _ in FILMS.values()}
    assert len(numbers) == len(FILMS)
    first = next(film(9501, [Cue(0.1, "hold")], Scene()))
    again = next(film(9501, [Cue(0.1, "hold")], Scene()))
    other = next(film(9502, [Cue(0.1, "hold")], Scene()))
    assert (first.pixels == again.pixels).all()
    assert float(cv2.absdiff(first.pixels, other.pixels).mean()) > 5
