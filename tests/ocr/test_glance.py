"""Cards that the edges do not tell: on the grain of a desk, beside what looks like another, with no edge at all."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from desktop.ocr.documents import FRONT_FIELDS
from desktop.ocr.live import LiveCapture, LiveSettings
from desktop.ocr.outline import Track, find_outlines
from desktop.ocr.pipeline import CardReader
from desktop.ocr.quality import Pixels
from tests.idcards.sequences import Cue, Scene, face, film, person
from tests.ocr.test_live import SETTINGS, AtOnce

HD = (1920, 1080)
HIDDEN = 9533


@pytest.fixture(scope="module")
def reader() -> CardReader:
    made = CardReader()
    made.warm()
    return made


def without_edges(noise: int) -> Pixels:
    """A front whose ground goes on to the edge of the frame, as on a sheet of its own tint."""
    whole = face(HIDDEN, "front")[..., :3]
    inner = whole[14:-14, 14:-14]
    small = cv2.resize(inner, None, fx=0.62, fy=0.62, interpolation=cv2.INTER_AREA)
    down, across = (720 - small.shape[0]) // 2, (1280 - small.shape[1]) // 2
    frame = cv2.copyMakeBorder(
        small, down, 720 - small.shape[0] - down, across, 1280 - small.shape[1] - across, cv2.BORDER_REPLICATE
    )
    grain = np.random.default_rng(noise).normal(0, 2, frame.shape)
    return np.asarray(np.clip(frame + grain, 0, 255), dtype=np.uint8)


def still(frames: list[Pixels], seconds: float) -> Iterator[tuple[Pixels, float]]:
    for number in range(round(seconds * 15)):
        yield frames[number % len(frames)], number / 15


def test_a_card_on_strong_grain_is_outlined() -> None:
    shot = next(film(17108, [Cue(0.05, "hold")], Scene(HD, 0.48, noise=4.0)))
    assert find_outlines(shot.pixels)[0].looks_like == "front"


def test_grain_that_resembles_print_is_no_second_card() -> None:
    track = Track()
    shots = list(film(17129, [Cue(0.4, "hold")], Scene(HD, 0.66, turned=180.0, noise=4.0)))
    seen = [track.follow(shots[number % len(shots)].pixels, number / 15) for number in range(12)]
    assert [card.others for card in seen if card is not None] == [0] * 12


def test_a_card_without_edges_is_found_by_its_print_once_nothing_moves(reader: CardReader) -> None:
    frames = [without_edges(noise) for noise in range(3)]
    assert not any(found.looks_like for found in find_outlines(frames[0]))
    executor = AtOnce()
    with LiveCapture(reader, executor, LiveSettings(sides=("front",), today=SETTINGS.today)) as capture:
        looked = [len(executor.pictures) for frame, at in still(frames, 0.9) if capture.offer(frame, at)]
        assert set(looked) == {0}, "not before it lay still for a while"
        for frame, at in still(frames, 2.0):
            capture.offer(frame, 1.0 + at)
        truth = person(HIDDEN)
        assert {key: one.text for key, one in capture.fields().items()} == {key: truth[key] for key in FRONT_FIELDS}
    assert not any(picture.any() for picture in executor.pictures)


def test_an_empty_desk_is_looked_at_once_until_something_moves(reader: CardReader) -> None:
    executor = AtOnce()
    empty = [shot.pixels for shot in film(9524, [Cue(0.2, "away")], Scene())]
    with LiveCapture(reader, executor, SETTINGS) as capture:
        views = [capture.offer(frame, at) for frame, at in still(empty, 4.0)]
        assert len(executor.pictures) == 1
        assert {view.shots for view in views} == {0}
        capture.offer(np.zeros_like(empty[0]), 5.0)
        for frame, at in still(empty, 2.0):
            capture.offer(frame, 6.0 + at)
        assert len(executor.pictures) == 2
    assert not any(picture.any() for picture in executor.pictures)
