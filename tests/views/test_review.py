"""The review of a card: doubts first beside their strips; the picture follows the field; other readings by a key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from desktop.services.check_in_draft import Step
from desktop.services.office import Office
from desktop.services.typed_card import Doubt
from desktop.views.capture.camera_dialog import CameraDialog
from desktop.views.capture.camera_run import use_cameras
from desktop.views.check_in.reading import Face, Read
from desktop.views.check_in.review_widgets import Crop
from desktop.views.keys import top_overlay
from desktop.views.rare_characters import RareCharacterDialog
from desktop.world import SeededWorld
from tests.offices import make_office
from tests.views.check_in_kit import CONTROL, NUMBER, Desk, new_desk


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
    made.start()
    yield made
    made.close()


def grey() -> QImage:
    image = QImage(200, 40, QImage.Format.Format_RGB32)
    image.fill(0xFF_C0_C0_C0)
    return image


def read() -> Read:
    """Both sides, with a name that may be another and an issuer that is weak."""
    texts: dict[str, str | None] = {
        "number": NUMBER, "name": "顾所澜", "sex": "女", "birth": "1996-04-18", "ethnicity": "汉",
        "address": "样例省青川市临江区望江路88号", "issuer": "青川市公安局临江分局", "valid_from": "2019-05-06",
        "valid_to": "2029-05-06",
    }  # fmt: skip
    doubts = {
        "name": Doubt(["第 2 字偏弱，形近字多"], ["顾听澜", "顾昕澜", "顾诉澜"]),
        "issuer": Doubt(["「临江」二字偏弱，请对照图片"], []),
    }
    faces = {
        "front": Face(grey(), {"name": (0.2, 0.1, 0.2, 0.1), "number": (0.2, 0.8, 0.6, 0.1)}),
        "back": Face(grey(), {"issuer": (0.4, 0.7, 0.4, 0.1)}),
    }
    return Read(("front", "back"), texts, doubts, faces, {name: grey() for name in texts})


def review(desk: Desk) -> Any:
    desk.page.cards.show_read(read())
    desk.settle()
    assert desk.step is Step.REVIEW
    return desk.page.view


def test_another_reading_by_one_key(desk: Desk) -> None:
    view = review(desk)
    card = view.cards["name"]
    assert [button.text() for button in card.offers] == ["顾昕澜", "顾诉澜"]
    desk.press(Qt.Key.Key_2, CONTROL)
    assert (desk.page.draft.name, "name" in desk.page.draft.doubts) == ("顾诉澜", False)
    assert not card.others.isVisible()
    assert desk.focus is view.inputs["issuer"], "the next doubt"


def test_nothing_doubtful_passes_without_a_key(desk: Desk) -> None:
    view = review(desk)
    desk.alt(9)
    for _ in range(3):
        desk.go_on()
        assert desk.step is Step.REVIEW
        assert desk.focus is view.inputs["name"]
    desk.alt(1)
    desk.go_on()
    assert (desk.step, desk.page.draft.name) == (Step.REVIEW, "顾听澜")
    desk.enter()
    desk.go_on()
    assert desk.step is Step.CONTACT


def test_the_picture_follows_the_field_in_hand(desk: Desk) -> None:
    view = review(desk)
    side = view.side
    assert (side.title.text(), side.picture._marked) == ("人像面", "name")
    desk.press(Qt.Key.Key_Return)
    assert (side.title.text(), side.picture._marked) == ("国徽面", "issuer")
    view.inputs["number"].setFocus()
    assert (side.title.text(), side.picture._marked) == ("人像面", "number")
    view.inputs["ethnicity"].setFocus()
    assert side.title.text() == "人像面", "a field without a place turns nothing over"


def test_tab_goes_through_doubts_first_and_every_doubt_has_its_strip(desk: Desk) -> None:
    view = review(desk)
    assert list(view.cards) == ["name", "issuer"]
    assert all(card.findChildren(Crop) for card in view.cards.values())
    seen = []
    for _ in range(7):
        seen.append(desk.focus)
        desk.press(Qt.Key.Key_Tab)
    card = view.cards["name"]
    assert seen == [
        view.inputs["name"], card.button, *card.offers, view.inputs["issuer"], view.cards["issuer"].button,
        view.inputs["number"],
    ]  # fmt: skip


def test_the_card_is_taken_again_by_a_key(desk: Desk) -> None:
    use_cameras(list)
    review(desk)
    desk.press(Qt.Key.Key_P, CONTROL)
    dialog = top_overlay(desk.window)
    assert isinstance(dialog, CameraDialog)
    desk.until(lambda: "没有找到摄像头" in dialog.preview.words)
    desk.press(Qt.Key.Key_Escape)
    assert desk.page.draft.name == "顾所澜"
    assert desk.focus is desk.page.view.inputs["name"], "back in the field it was opened from"
    use_cameras(None)


def test_a_rare_character_is_found_by_its_sound_and_stands_where_the_cursor_was(desk: Desk) -> None:
    """Ctrl J in the name: the doubtful character is selected, so that what is found replaces it."""
    view = review(desk)
    assert desk.focus is view.inputs["name"]
    desk.press(Qt.Key.Key_J, CONTROL)
    dialog: Any = top_overlay(desk.window)
    assert isinstance(dialog, RareCharacterDialog)
    assert desk.focus is dialog.field
    assert not dialog.primary.isEnabled()
    desk.type("yu 13")
    assert dialog.list.count() > 20
    assert dialog.primary.isEnabled()
    first = dialog.list.in_hand
    desk.press(Qt.Key.Key_Down)
    assert dialog.list.in_hand != first
    assert desk.focus is dialog.field
    desk.press(Qt.Key.Key_Up)
    desk.press(Qt.Key.Key_Tab)
    for _ in range(dialog.list.count()):
        if dialog.list.in_hand == "煜":
            break
        desk.press(Qt.Key.Key_Right)
    desk.press(Qt.Key.Key_Return)
    assert top_overlay(desk.window) is None
    assert desk.focus is view.inputs["name"]
    assert desk.page.draft.name == "顾煜澜"
    assert "name" in desk.page.draft.doubts, "still to be confirmed"


def test_a_search_that_finds_nothing_says_what_to_write_and_esc_changes_nothing(desk: Desk) -> None:
    view = review(desk)
    view.inputs["address"].setFocus()
    desk.press(Qt.Key.Key_J, CONTROL)
    dialog: Any = top_overlay(desk.window)
    desk.type("zzz")
    assert "拼音" in dialog.said.text()
    desk.enter()
    assert top_overlay(desk.window) is dialog
    desk.press(Qt.Key.Key_Escape)
    assert desk.focus is view.inputs["address"]
    assert desk.page.draft.address == "样例省青川市临江区望江路88号"
    view.inputs["number"].setFocus()
    desk.press(Qt.Key.Key_J, CONTROL)
    assert top_overlay(desk.window) is None, "a number is digits"
