"""Photos of a repair by the camera: taken by keys, the light on only while it is seen, every trouble in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.ocr.camera import CameraProblem
from desktop.services import work_orders
from desktop.views.capture.camera_run import _running, use_cameras
from desktop.views.capture.photo_dialog import PhotoDialog
from desktop.views.keys import top_overlay
from desktop.world import SeededWorld
from tests.idcards.sequences import Cue
from tests.views.people_kit import CONTROL, Desk
from tests.views.repair_kit import repair_desk
from tests.views.test_capture import Patient, Watched, plug_in, shots


@pytest.fixture
def desk(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]) -> Iterator[Desk]:
    yield repair_desk(world, tmp_path, qtbot, on_desk, "front_desk")
    use_cameras(None)


def photograph(desk: Desk) -> tuple[Any, PhotoDialog]:
    """F7, Ctrl P: the form and the camera over it."""
    desk.open("parties")
    desk.press(Qt.Key.Key_F7)
    form = desk.dialog()
    desk.press(Qt.Key.Key_P, CONTROL)
    dialog = top_overlay(desk.window)
    assert isinstance(dialog, PhotoDialog)
    return form, dialog


def thing() -> Patient:
    return Patient(shots([Cue(0.2, "away")]))


def wait(desk: Desk, what: Callable[[], Any]) -> None:
    desk.qtbot.waitUntil(lambda: bool(what()), timeout=30_000)


def test_two_photos_by_space_and_into_the_form(desk: Desk) -> None:
    camera = thing()
    plug_in(camera)
    form, dialog = photograph(desk)
    wait(desk, lambda: dialog.preview.pictures > 1)
    assert dialog.preview.hasFocus()
    assert not dialog.primary.isEnabled()
    for taken in (1, 2, 3):
        desk.press(Qt.Key.Key_Space)
        wait(desk, lambda taken=taken: len(dialog.pictures) == taken)
    desk.press(Qt.Key.Key_Backspace)
    assert len(dialog.pictures) == 2
    assert camera.is_open
    desk.press(Qt.Key.Key_Return, CONTROL)
    assert top_overlay(desk.window) is form
    photos = form.form.field("photos").value()
    assert [work_orders.photo_problem(photo) for photo in photos] == ["", ""]
    wait(desk, lambda: not camera.is_open)
    assert not _running or all(not run.running for run in _running)


def test_leaving_takes_nothing_and_puts_the_light_out(desk: Desk) -> None:
    camera = thing()
    plug_in(camera)
    form, dialog = photograph(desk)
    wait(desk, lambda: dialog.preview.pictures > 0)
    desk.press(Qt.Key.Key_Space)
    wait(desk, lambda: dialog.pictures)
    desk.press(Qt.Key.Key_Escape)
    assert top_overlay(desk.window) is form
    assert form.form.field("photos").value() == ()
    wait(desk, lambda: not camera.is_open)


def test_twelve_are_enough(desk: Desk) -> None:
    plug_in(thing())
    _, dialog = photograph(desk)
    wait(desk, lambda: dialog.preview.pictures > 0)
    for taken in range(1, work_orders.MOST_PHOTOS + 1):
        desk.press(Qt.Key.Key_Space)
        wait(desk, lambda taken=taken: len(dialog.pictures) == taken)
    assert not dialog.shot.isEnabled()
    desk.press(Qt.Key.Key_Space)
    assert len(dialog.pictures) == work_orders.MOST_PHOTOS


@pytest.mark.parametrize(
    ("cameras", "words"),
    [
        ((), "没有找到摄像头：请插好摄像头后重试，或选择图片文件"),
        ((Watched([], busy=True),), "摄像头正被其他程序使用：请关闭微信、会议等软件后重试"),
        ((Watched([], trouble=CameraProblem.LOST),), "摄像头断开了：请重新插好后重试"),
    ],
)
def test_a_camera_that_gives_no_picture_says_what_to_do(desk: Desk, cameras: tuple[Any, ...], words: str) -> None:
    plug_in(*cameras)
    _, dialog = photograph(desk)
    wait(desk, lambda: dialog.again.isVisible())
    assert dialog.preview.words == words
    assert not dialog.running
    camera = thing()
    plug_in(camera)
    desk.press(Qt.Key.Key_F5)
    wait(desk, lambda: dialog.preview.pictures > 0)
    assert not dialog.again.isVisible()
