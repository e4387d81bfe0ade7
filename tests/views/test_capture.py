"""The card under the camera, pressed as a clerk presses it; the camera plays drawn films at their real speed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.ocr.camera import CameraError, CameraProblem, Frame, FrameSource, Size
from desktop.ocr.engine import DetectorLoader, PpOcrEngine
from desktop.ocr.pipeline import CardReader
from desktop.preferences import CardChoice
from desktop.services.check_in_draft import Step
from desktop.services.office import Office
from desktop.views.capture.camera_dialog import CameraDialog
from desktop.views.capture.camera_run import _running, use_cameras
from desktop.views.check_in import reading
from desktop.views.check_in.person_panel import COMPANY
from desktop.views.keys import top_overlay
from desktop.views.lock import Knocker, LockScreen
from desktop.world import SeededWorld
from tests.idcards.sequences import Cue, Scene, Shot, film, person
from tests.ocr.fake_camera import FakeCamera
from tests.offices import make_office
from tests.views.check_in_kit import CONTROL, Desk, new_desk

SEED = 9801
PLAIN = Scene(desk=False)


@pytest.fixture
def office(world: SeededWorld, tmp_path: Path) -> Iterator[Office]:
    folder = tmp_path / "office"
    folder.mkdir()
    made = make_office(world, folder, f"sqlite:///{folder / 'office.db'}")
    yield made
    made.close()


@pytest.fixture
def desk(qtbot: QtBot, office: Office, tmp_path: Path) -> Iterator[Desk]:
    made = new_desk(qtbot, office, tmp_path)
    yield made
    made.close()
    use_cameras(None)


class Watched(FakeCamera):
    """A drawn camera that remembers whether it is open, and how often it was."""

    def __init__(self, shots: Sequence[Shot], name: str = "drawn camera", **said: Any) -> None:
        super().__init__(shots, **said)
        self.name = name
        self.opened: list[Size | None] = []
        self.is_open = False

    @property
    def sizes(self) -> Sequence[Size]:
        return ((1280, 720), (640, 480))

    def open(self, size: Size | None = None) -> Size:
        got = super().open(size)
        self.opened.append(size)
        self.is_open = True
        return got

    def close(self) -> None:
        super().close()
        self.is_open = False


class Patient(Watched):
    """A camera whose film stands still after each part until `next_part` is called, as a clerk waits for the beep."""

    def __init__(self, *parts: Sequence[Shot], **said: Any) -> None:
        super().__init__(parts[0], **said)
        self._parts = [self._film, *(FakeCamera(part)._film for part in parts[1:])]

    def next_part(self) -> None:
        self._film, self._begun, self._next = self._parts.pop(1), time.monotonic(), 0

    def read(self) -> Frame:
        if self.is_open and self._next >= len(self._film):
            time.sleep(1 / 15)
            pixels = cv2.imdecode(self._film[-1][1], cv2.IMREAD_COLOR)
            return Frame(np.asarray(pixels, dtype=np.uint8), time.monotonic())
        return super().read()


def front_and_back() -> Patient:
    """A card that comes, and is turned over when it is asked for."""
    whole = shots([Cue(0.3, "away"), Cue(0.5, "enter"), Cue(1.0, "hold"), Cue(1.0, "turn"), Cue(0.5, "hold")])
    first = round(1.8 * PLAIN.fps)
    later = [replace(shot, at=shot.at - whole[first].at) for shot in whole[first:]]
    return Patient(whole[:first], later)


def shots(cues: Sequence[Cue], scene: Scene = PLAIN, seed: int = SEED) -> list[Shot]:
    return list(film(seed, cues, scene))


def plug_in(*cameras: FrameSource) -> None:
    use_cameras(lambda: list(cameras))


def photograph(desk: Desk) -> CameraDialog:
    """Ctrl P on the first step."""
    if desk.window.place is None or desk.window.place.key != "check_in":
        desk.start()
    desk.press(Qt.Key.Key_P, CONTROL)
    dialog = top_overlay(desk.window)
    assert isinstance(dialog, CameraDialog)
    return dialog


def wait(desk: Desk, what: Callable[[], bool], seconds: float = 30) -> None:
    desk.qtbot.waitUntil(what, timeout=round(seconds * 1000))


def test_front_then_back_fill_the_form_by_themselves(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    beeps: list[float] = []
    monkeypatch.setattr(QApplication, "beep", lambda: beeps.append(time.monotonic()))
    camera = front_and_back()
    plug_in(camera)
    dialog = photograph(desk)
    preview = dialog.preview
    assert desk.focus is preview
    heard: list[str] = []
    stays: list[float] = []
    last = [time.monotonic()]

    def beat() -> None:
        now = time.monotonic()
        stays.append(now - last[0])
        last[0] = now
        if preview.words not in heard[-1:]:
            heard.append(preview.words)

    beating = QTimer()
    beating.timeout.connect(beat)
    beating.start(10)
    try:
        wait(desk, lambda: "请翻到背面（国徽面）" in heard and dialog.sides == ["front"])
        camera.next_part()
        wait(desk, lambda: desk.page.draft.number != "")
    finally:
        beating.stop()
    known = person(SEED)
    draft = desk.page.draft
    assert desk.step is Step.REVIEW
    assert (draft.number, draft.sex, draft.address) == (known["number"], known["sex"], known["address"])
    assert (draft.issuer, draft.valid_from, draft.valid_to) == (
        known["issuer"], known["valid_from"], known["valid_to"],
    )  # fmt: skip
    assert draft.name == known["name"] or "name" in draft.doubts
    assert set(desk.page.pictures.faces) == {"front", "back"}
    assert set(desk.page.pictures.crops) >= {"name", "number", "address", "issuer"}
    assert len(beeps) == 2, "one a side"
    assert max(stays) < 0.5, "the window waited for neither camera nor reading"
    wait(desk, lambda: not camera.is_open)


def test_space_forces_and_one_side_will_do(desk: Desk) -> None:
    """What lies in the dark is not taken by itself; Space takes it, and Ctrl Enter goes on with the front alone."""
    camera = Patient(shots([Cue(0.3, "away"), Cue(0.4, "enter"), Cue(1, "hold")], replace(PLAIN, light=0.27)))
    plug_in(camera)
    dialog = photograph(desk)
    wait(desk, lambda: "太暗" in dialog.preview.words)
    desk.press(Qt.Key.Key_Space)
    wait(desk, lambda: bool(dialog.sides))
    assert dialog.sides == ["front"]
    desk.press(Qt.Key.Key_Return, CONTROL)
    wait(desk, lambda: desk.step is Step.REVIEW)
    assert set(desk.page.pictures.faces) == {"front"}
    wait(desk, lambda: not camera.is_open)


def test_pulled_out_in_the_middle_and_plugged_in_again(desk: Desk) -> None:
    broken, whole = Watched(shots([Cue(0.4, "enter"), Cue(0.3, "hold")])), front_and_back()
    plug_in(broken)
    dialog = photograph(desk)
    wait(desk, lambda: "断开" in dialog.preview.words)
    assert dialog.preview.words == "摄像头断开了：请重新插好后重试"
    assert dialog.again.isVisible()
    assert (broken.is_open, dialog.running, dialog.preview.shown) == (False, False, None)
    plug_in(whole)
    desk.press(Qt.Key.Key_F5)
    wait(desk, lambda: dialog.sides == ["front"])
    assert not dialog.again.isVisible()
    whole.next_part()
    wait(desk, lambda: desk.step is Step.REVIEW)
    assert desk.page.draft.number == person(SEED)["number"]


@pytest.mark.parametrize(
    ("cameras", "words"),
    [
        ((), "没有找到摄像头：请插好摄像头后重试，或选择图片文件"),
        ((FakeCamera([], busy=True),), "摄像头正被其他程序使用：请关闭微信、会议等软件后重试"),
        ((FakeCamera([], CameraProblem.FAILED),), "摄像头打开了，但没有画面：请关闭其他使用它的程序，或拔下重插后重试"),
    ],
)  # fmt: skip
def test_no_picture_is_told_with_what_to_do(desk: Desk, cameras: tuple[FrameSource, ...], words: str) -> None:
    plug_in(*cameras)
    dialog = photograph(desk)
    wait(desk, lambda: dialog.preview.words == words)
    assert dialog.again.isVisible()
    chosen: list[bool] = []
    desk.page.views[Step.READ].choose = lambda: chosen.append(True)
    desk.press(Qt.Key.Key_O, CONTROL)
    assert (chosen, top_overlay(desk.window), desk.step) == ([True], None, Step.READ)


class Shuttered(Watched):
    """A camera whose shutter is shut at first."""

    def __init__(self, shots: Sequence[Shot]) -> None:
        super().__init__(shots)
        self.shut = True

    def read(self) -> Any:
        if self.shut:
            raise CameraError(CameraProblem.COVERED)
        return super().read()


def test_a_shutter_that_is_opened(desk: Desk) -> None:
    """The privacy switch needs no key of ours: the camera stays open and the picture comes."""
    camera = Shuttered(shots([Cue(8, "hold")]))
    plug_in(camera)
    dialog = photograph(desk)
    wait(desk, lambda: "隐私开关" in dialog.preview.words)
    camera.shut = False
    wait(desk, lambda: dialog.preview.shown is not None)
    assert len(camera.opened) == 1
    desk.press(Qt.Key.Key_Escape)
    wait(desk, lambda: not camera.is_open)
    assert (desk.step, desk.page.draft.empty) == (Step.READ, True)
    assert desk.focus is desk.page.view.number


def test_hidden_locked_and_folded_away_the_camera_is_closed(desk: Desk) -> None:
    camera = Watched(shots([Cue(20, "away")]))
    plug_in(camera)
    dialog = photograph(desk)
    wait(desk, lambda: dialog.preview.shown is not None)
    shown = dialog.preview.shown
    assert shown is not None
    knocker = Knocker(desk.actor.staff_id, "linxm", "林小满", pin=True)
    now = desk.office.world.now
    desk.window.lock(LockScreen(desk.window, "望江苑", "您按了 F9", now(), now, knocker))
    wait(desk, lambda: not camera.is_open)
    assert (dialog.preview.shown, int(shown.pixels.max())) == (None, 0), "what stood on screen is overwritten"
    desk.window.unlock()
    wait(desk, lambda: camera.is_open and dialog.preview.shown is not None)
    assert len(camera.opened) == 2
    desk.window.hide()
    wait(desk, lambda: not camera.is_open)
    desk.window.show()
    wait(desk, lambda: camera.is_open)
    dialog.cancel()
    wait(desk, lambda: not camera.is_open and not _running)


def test_a_pc_without_the_reader_says_so_and_closes_the_camera(desk: Desk, tmp_path: Path) -> None:
    """The program was copied without its models: typing is what is left, and the light goes out."""
    reading.use_reader(CardReader(PpOcrEngine(tmp_path), DetectorLoader(tmp_path)))
    try:
        camera = Patient(shots([Cue(0.4, "enter"), Cue(1, "hold")]))
        plug_in(camera)
        dialog = photograph(desk)
        wait(desk, lambda: dialog.again.isVisible())
        assert "识别" in dialog.preview.words
        assert not camera.is_open
        desk.press(Qt.Key.Key_Escape)
        assert desk.step is Step.READ
    finally:
        reading.use_reader(None)


def test_camera_size_and_sound_are_remembered(desk: Desk) -> None:
    first, second = Watched(shots([Cue(20, "away")]), "内置"), Watched(shots([Cue(20, "away")]), "高拍仪")
    kept: list[CardChoice] = []

    def save(preferences: Any) -> None:
        desk.session.preferences = preferences
        kept.append(preferences.cards)

    desk.session.save_preferences = save
    plug_in(first, second)
    dialog = photograph(desk)
    wait(desk, lambda: dialog.camera.value() == "内置" and dialog.preview.shown is not None)
    dialog.camera.set_value("高拍仪")
    wait(desk, lambda: second.is_open and not first.is_open)
    wait(desk, lambda: dialog.preview.shown is not None)
    dialog.size_choice.set_value("640x480")
    wait(desk, lambda: second.opened == [None, (640, 480)])
    desk.alt(3)
    assert not dialog.sound.value()
    dialog.cancel()
    assert kept[-1] == CardChoice("高拍仪", "640x480", beep=False)
    dialog = photograph(desk)
    wait(desk, lambda: second.opened[2:] == [(640, 480)])
    assert not dialog.sound.value()
    dialog.cancel()
    wait(desk, lambda: not _running)


def test_somebody_elses_card_from_the_same_camera(desk: Desk) -> None:
    """In the dialog of those who come along the card goes into the row in hand."""
    camera = front_and_back()
    plug_in(camera)
    desk.start()
    desk.typed_person()
    desk.alt(0)
    assert desk.page.people.dialog is not None
    desk.press(Qt.Key.Key_P, CONTROL)
    dialog: Any = top_overlay(desk.window)
    wait(desk, lambda: dialog.sides == ["front"])
    camera.next_part()
    wait(desk, lambda: bool(desk.page.draft.people) and desk.page.draft.people[0].number != "")
    assert desk.page.draft.people[0].number == person(SEED)["number"]
    people = desk.page.people.dialog
    assert top_overlay(desk.window) is people
    people._turn_into(COMPANY)
    assert not people.camera_button.isEnabled()
    assert "营业执照" in people.camera_button.reason
    desk.press(Qt.Key.Key_P, CONTROL)
    assert top_overlay(desk.window) is people
    people.accept()


def test_closing_the_window_closes_the_camera(qtbot: QtBot, office: Office, tmp_path: Path) -> None:
    desk = new_desk(qtbot, office, tmp_path)
    camera = Watched(shots([Cue(20, "away")]))
    plug_in(camera)
    dialog = photograph(desk)
    wait(desk, lambda: dialog.preview.shown is not None)
    desk.close()
    assert not camera.is_open
    use_cameras(None)
