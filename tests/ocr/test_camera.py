"""The camera through OpenCV's own reader (a film on disk stands in for the device), and every trouble in words."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest

from desktop.ocr import camera
from desktop.ocr.camera import CameraError, CameraProblem, CvCamera, Frame, FrameSource, cameras, covered
from desktop.ocr.quality import Pixels
from tests.idcards.sequences import Cue, Scene, film
from tests.ocr.fake_camera import FakeCamera


def film_file(path: Path, frames: list[Pixels]) -> str:
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 15, (width, height))
    assert writer.isOpened()
    for frame in frames:
        writer.write(frame)
    writer.release()
    return str(path)


def grey(level: int) -> Pixels:
    page = np.full((480, 640, 3), level, np.uint8)
    if level > 10:
        cv2.rectangle(page, (100, 100), (300, 300), (0, 90, 200), -1)
    return page


def test_frames_come_in_order_until_the_camera_is_pulled_out(tmp_path: Path) -> None:
    source = CvCamera(film_file(tmp_path / "desk.avi", [grey(60 + 20 * number) for number in range(6)]))
    assert source.open() == (640, 480)
    frames = [source.read() for _ in range(5)]  # the first told the size
    with pytest.raises(CameraError) as caught:
        source.read()
    assert caught.value.reason is CameraProblem.LOST
    assert "重新插好" in caught.value.message
    levels = [int(frame.pixels[10, 10, 0]) for frame in frames]
    assert levels == sorted(levels)
    assert [frame.at for frame in frames] == sorted(frame.at for frame in frames)
    frames[0].wipe()
    assert not frames[0].pixels.any()
    source.close()
    with pytest.raises(CameraError):
        source.read()


def test_a_covered_lens_is_told_after_a_while_and_forgiven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "_DARK_S", 0.0)
    source = CvCamera(film_file(tmp_path / "dark.avi", [grey(90), grey(90), grey(0), grey(90)]))
    source.open()
    source.read()
    with pytest.raises(CameraError) as caught:
        source.read()
    assert caught.value.reason is CameraProblem.COVERED
    assert "隐私开关" in caught.value.message
    assert source.read().pixels.any()
    source.close()


def test_a_dark_room_is_not_a_covered_lens() -> None:
    rng = np.random.default_rng(1)
    assert covered(np.zeros((720, 1280, 3), np.uint8))
    assert covered(np.clip(rng.normal(1, 1, (720, 1280, 3)), 0, 255).astype(np.uint8))
    shot = next(film(9401, [Cue(0.1, "dark")], Scene()))
    assert not covered(shot.pixels)


def test_no_camera_is_told_apart_from_one_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CameraError) as caught:
        CvCamera(str(tmp_path / "nothing.avi")).open()
    assert caught.value.reason is CameraProblem.NONE
    broken = tmp_path / "broken.avi"
    broken.write_bytes(b"no film" * 100)
    with pytest.raises(CameraError) as caught:
        CvCamera(str(broken)).open()
    assert caught.value.reason is CameraProblem.FAILED
    if sys.platform == "win32":
        return
    assert camera._refused(7, tmp_path) is CameraProblem.NONE
    (tmp_path / "video7").touch()
    assert camera._refused(7, tmp_path) is None
    for number, reason in ((16, CameraProblem.BUSY), (13, CameraProblem.DENIED), (19, CameraProblem.NONE)):

        def refuse(*_: object, code: int = number) -> int:
            raise OSError(code, "refused")

        monkeypatch.setattr(camera.os, "open", refuse)
        assert camera._refused(7, tmp_path) is reason


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lists cameras only by opening them")
def test_the_cameras_of_this_pc_have_names_and_open_or_refuse() -> None:
    for source in cameras():
        assert source.name
        with suppress(CameraError):  # in use, perhaps, by whoever runs the tests
            source.open()
        source.close()
    with pytest.raises(CameraError):
        CvCamera(63).open()


def test_every_trouble_has_a_sentence_that_says_what_to_do() -> None:
    messages = {CameraError(problem).message for problem in CameraProblem}
    assert len(messages) == len(CameraProblem)
    assert all("请" in message and message.endswith("。") for message in messages)


def test_the_drawn_camera_is_a_source_too() -> None:
    source: FrameSource = FakeCamera(film(9402, [Cue(0.3, "away")], Scene()))
    assert source.open() == (1280, 720)
    first, second = source.read(), source.read()
    assert isinstance(first, Frame)
    assert 0.03 < second.at - first.at < 1
    source.close()
    busy = FakeCamera([], busy=True)
    with pytest.raises(CameraError):
        busy.open()
