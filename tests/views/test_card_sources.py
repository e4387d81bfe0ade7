"""Cards that come otherwise than by camera: watched folder, scanner, drop, paste, telephone, a page of many."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.ocr.sources import PICTURE_ENDINGS
from desktop.preferences import CardChoice, Preferences
from desktop.services.check_in_draft import Step
from desktop.services.check_in_people import Role
from desktop.services.office import Office
from desktop.views.capture.scan_settings import ScanSettingsDialog
from desktop.views.capture.whose import WhoseDialog
from desktop.views.check_in.reading import PICTURE_FILES
from desktop.views.keys import top_overlay
from desktop.world import SeededWorld
from tests.idcards.page import Laid, page
from tests.idcards.sequences import person
from tests.ocr.test_scanner import stand_in
from tests.offices import make_office
from tests.views.check_in_kit import CONTROL, NUMBER, Desk, drawn_card, new_desk

FIRST, SECOND, THIRD = 9701, 9702, 9703


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

    def save(preferences: Preferences) -> None:
        made.session.preferences = preferences

    made.session.save_preferences = save
    yield made
    made.close()


def remember(desk: Desk, **choice: Any) -> None:
    desk.session.preferences = Preferences(cards=CardChoice(**choice))


def sheet(*cards: Laid) -> bytes:
    return cv2.imencode(".png", page(cards))[1].tobytes()


def paste(desk: Desk, data: bytes) -> None:
    desk.clip_image(data)
    desk.press(Qt.Key.Key_V, CONTROL)


def known(*seeds: int) -> list[str]:
    return [person(seed)["number"] for seed in seeds]


def test_one_list_of_picture_files() -> None:
    """The window has its own copy, since the reader's module loads OpenCV."""
    assert PICTURE_FILES == PICTURE_ENDINGS


# ---- the watched folder --------------------------------------------------------------------------------------------


def test_a_new_picture_is_offered_when_it_is_whole_and_read_by_a_key(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "old.jpg").write_bytes(drawn_card("back"))
    remember(desk, folder=str(folder))
    desk.start()
    watch, step = desk.page.cards.folder, desk.page.views[Step.READ]
    desk.until(lambda: watch._folder is not None)
    assert not step.folder_line.isVisible(), "what lay there is nobody's who stands here"
    data = drawn_card("front")
    (folder / "0001.jpg").write_bytes(data[: len(data) // 2])
    watch.look()
    desk.settle()
    (folder / "0001.jpg").write_bytes(data)
    desk.until(step.folder_line.isVisible)
    assert step.folder_words.text() == "扫描文件夹来了 1 张新图片"
    assert desk.page.draft.empty, "offered, not read"
    desk.press(Qt.Key.Key_I, CONTROL)
    desk.until(lambda: desk.step is Step.REVIEW)
    assert desk.page.draft.number == NUMBER
    assert not step.folder_line.isVisible()
    assert (folder / "0001.jpg").read_bytes() == data, "pictures of the folder are not ours"
    (folder / "0002.jpg").write_bytes(drawn_card("back"))
    desk.until(lambda: len(watch.waiting) == 1)
    desk.press(Qt.Key.Key_I, CONTROL)
    desk.until(lambda: "back" in desk.page.pictures.faces)
    assert desk.page.draft.issuer == "青川市公安局临江分局"


def test_the_folder_is_watched_only_while_cards_are_wanted(desk: Desk, tmp_path: Path) -> None:
    remember(desk, folder=str(tmp_path))
    desk.start()
    watch = desk.page.cards.folder
    assert watch.timer.isActive()
    desk.press(Qt.Key.Key_Escape)
    assert not watch.timer.isActive()
    desk.start()
    assert watch.timer.isActive()
    desk.window._seat.leave()
    assert not watch.timer.isActive(), "nor behind the lock"
    desk.window._seat.return_()
    desk.press(Qt.Key.Key_Escape)


def test_a_folder_that_is_gone_says_so_and_comes_back(desk: Desk, tmp_path: Path) -> None:
    remember(desk, folder=str(tmp_path / "scans"))
    desk.start()
    step = desk.page.views[Step.READ]
    desk.until(step.folder_line.isVisible)
    assert "打不开扫描文件夹 scans" in step.folder_words.text()
    assert not step.folder_button.isVisible()
    (tmp_path / "scans").mkdir()
    desk.until(lambda: not step.folder_line.isVisible())


def test_a_picture_that_comes_while_others_are_entered(desk: Desk, tmp_path: Path) -> None:
    remember(desk, folder=str(tmp_path / "scans"))
    (tmp_path / "scans").mkdir()
    desk.start()
    watch = desk.page.cards.folder
    desk.until(lambda: watch._folder is not None)
    desk.typed_person()
    desk.alt(0)
    dialog = desk.page.people.dialog
    (tmp_path / "scans/0001.png").write_bytes(sheet(Laid(FIRST, "front", 105, 60)))
    desk.until(lambda: "Ctrl I 读取" in dialog.note.text())
    desk.press(Qt.Key.Key_I, CONTROL)
    desk.until(lambda: [each.number for each in desk.page.draft.people] == known(FIRST))
    assert "Ctrl I" not in dialog.note.text()
    dialog.accept()


def test_the_folder_is_set_where_it_is_used(desk: Desk, tmp_path: Path) -> None:
    desk.start()
    desk.alt(5)
    dialog: Any = top_overlay(desk.window)
    assert isinstance(dialog, ScanSettingsDialog)
    dialog.folder.set_value(str(tmp_path / "nothing"))
    desk.go_on()
    assert "没有这个文件夹" in dialog.form.rows["folder"].said
    dialog.folder.set_value(f'"{tmp_path}"')
    desk.go_on()
    assert top_overlay(desk.window) is None
    assert desk.session.preferences.cards.folder == str(tmp_path)
    assert desk.page.cards.folder.timer.isActive()


# ---- the scanner ---------------------------------------------------------------------------------------------------


def test_a_scan_is_read(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for `scanimage`, since SANE's test device scans no card."""
    stand_in(tmp_path, sheet(Laid(FIRST, "front", 105, 70), Laid(FIRST, "back", 105, 160)))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    desk.start()
    desk.press(Qt.Key.Key_S, CONTROL)
    desk.until(lambda: desk.step is Step.REVIEW)
    assert [desk.page.draft.number] == known(FIRST)
    assert set(desk.page.pictures.faces) == {"front", "back"}


@pytest.mark.skipif(shutil.which("scanimage") is None, reason="needs sane-utils")
def test_sanes_own_test_device(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found and chosen, scans a grid that is no card, and its troubles are told in words."""
    (tmp_path / "dll.conf").write_text("test\n", encoding="ascii")
    (tmp_path / "test.conf").write_text('number_of_devices 2\ntest-picture "Grid"\n', encoding="ascii")
    monkeypatch.setenv("SANE_CONFIG_DIR", str(tmp_path))
    desk.start()
    desk.alt(5)
    dialog: Any = top_overlay(desk.window)
    desk.until(lambda: "2 台" in dialog.state.text())
    dialog.scanner.set_value("test:1")
    desk.go_on()
    assert desk.session.preferences.cards.scanner == "test:1"
    row = desk.page.views[Step.READ].path_row
    desk.press(Qt.Key.Key_S, CONTROL)
    desk.until(lambda: "没有找到居民身份证" in row.said)
    (tmp_path / "test.conf").write_text('read-status-code "SANE_STATUS_COVER_OPEN"\n', encoding="ascii")
    remember(desk, scanner="test:0")
    desk.press(Qt.Key.Key_S, CONTROL)
    desk.until(lambda: "盖子开着" in row.said)
    assert (desk.step, desk.page.draft.empty) == (Step.READ, True)


# ---- a telephone's photo, a drop, the clipboard ----------------------------------------------------------------------


@pytest.mark.parametrize("turn", [1, 3, 6, 8])
def test_a_telephones_photo_stands_upright(desk: Desk, tmp_path: Path, turn: int) -> None:
    """Whatever way the telephone was held: the note in the file says how to turn it."""
    kept = Image.open(io.BytesIO(drawn_card("front")))
    back = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    lying = kept.transpose(back[turn]) if turn in back else kept
    note = Image.Exif()
    note[0x0112] = turn
    lying.save(tmp_path / "IMG_0417.jpg", exif=note, quality=92)
    desk.start()
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "IMG_0417.jpg"))])
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    dragged = QDragEnterEvent(QPoint(200, 200), Qt.DropAction.CopyAction, mime, button, none)
    QApplication.sendEvent(desk.page, dragged)
    assert dragged.isAccepted()
    QApplication.sendEvent(desk.page, QDropEvent(QPointF(200, 200), Qt.DropAction.CopyAction, mime, button, none))
    desk.until(lambda: desk.step is Step.REVIEW)
    assert desk.page.draft.number == NUMBER
    face = desk.page.pictures.faces["front"].image
    assert _ink(face, top=False) > _ink(face, top=True), "the number stands below, the portrait to the right"


def _ink(face: QImage, *, top: bool) -> int:
    """Dark pixels of the line where the number stands, or of the same line with the face upside down."""
    y = 74 if top else 466
    grey = [face.pixelColor(x, y + dy).lightness() for x in range(280, 770, 2) for dy in (-8, 0, 8)]
    return sum(each < 110 for each in grey)


def test_a_screenshot_and_a_copied_file(desk: Desk) -> None:
    desk.start()
    paste(desk, drawn_card("back"))
    desk.until(lambda: "back" in desk.page.pictures.faces)
    desk.clip(drawn_card("front"))
    desk.press(Qt.Key.Key_V, CONTROL)
    desk.until(lambda: desk.step is Step.REVIEW)
    assert (desk.page.draft.number, desk.page.draft.issuer) == (NUMBER, "青川市公安局临江分局")
    QGuiApplication.clipboard().clear()


# ---- several cards -------------------------------------------------------------------------------------------------


def test_several_on_a_page_and_the_clerk_says_who_rents(desk: Desk) -> None:
    desk.start()
    paste(
        desk,
        sheet(
            Laid(FIRST, "front", 55, 60), Laid(FIRST, "back", 155, 60), Laid(SECOND, "front", 55, 140, 180),
            Laid(SECOND, "back", 155, 140), Laid(THIRD, "front", 55, 220), Laid(THIRD, "back", 155, 220),
        ),
    )  # fmt: skip
    desk.until(lambda: isinstance(top_overlay(desk.window), WhoseDialog))
    dialog: Any = top_overlay(desk.window)
    assert [read.texts["number"] for read in dialog.people] == known(FIRST, SECOND, THIRD)
    assert desk.page.draft.empty
    desk.alt(2)
    desk.until(lambda: desk.step is Step.REVIEW)
    draft = desk.page.draft
    assert [draft.number] == known(SECOND)
    assert draft.issuer == person(SECOND)["issuer"]
    assert "issuer" in draft.doubts, "whose back it is, is confirmed by a key"
    assert [each.number for each in draft.people] == known(FIRST, THIRD)
    assert {each.role for each in draft.people} == {Role.HOUSEHOLD}
    assert all(not each.issuer for each in draft.people), "what nobody is shown there is left out while it is in doubt"


def test_several_without_those_who_come_along_and_none_at_all(desk: Desk) -> None:
    desk.start()
    page_of_two = sheet(Laid(FIRST, "front", 55, 60), Laid(SECOND, "front", 155, 60), Laid(SECOND, "back", 155, 200))
    paste(desk, page_of_two)
    desk.until(lambda: isinstance(top_overlay(desk.window), WhoseDialog))
    dialog: Any = top_overlay(desk.window)
    pictures = [read.faces["front"].image for read in dialog.people]
    desk.press(Qt.Key.Key_Escape)
    assert (desk.page.draft.empty, desk.step) == (True, Step.READ)
    assert all(image.pixelColor(400, 300).lightness() == 0 for image in pictures), "overwritten"
    paste(desk, page_of_two)
    desk.until(lambda: isinstance(top_overlay(desk.window), WhoseDialog))
    desk.alt(9)
    desk.alt(1)
    desk.until(lambda: desk.step is Step.REVIEW)
    assert ([desk.page.draft.number], desk.page.draft.people, desk.page.draft.issuer) == (known(FIRST), [], "")


def test_two_files_of_two_people(desk: Desk) -> None:
    desk.start()
    desk.clip(drawn_card("front"), drawn_card("front", name="沈知微"))
    desk.press(Qt.Key.Key_V, CONTROL)
    desk.until(lambda: isinstance(top_overlay(desk.window), WhoseDialog))
    desk.alt(2)
    desk.until(lambda: desk.step is Step.REVIEW)
    assert (desk.page.draft.name, desk.page.draft.people[0].name) == ("沈知微", "顾听澜")


def test_a_page_for_those_who_come_along(desk: Desk) -> None:
    desk.start()
    desk.typed_person()
    desk.alt(0)
    paste(desk, sheet(Laid(FIRST, "front", 105, 60), Laid(SECOND, "front", 105, 160)))
    desk.until(lambda: len(desk.page.draft.people) == 2)
    assert [each.number for each in desk.page.draft.people] == known(FIRST, SECOND)
    desk.page.people.dialog.accept()


def test_two_backs_without_a_front(desk: Desk) -> None:
    desk.start()
    paste(desk, sheet(Laid(FIRST, "back", 105, 60), Laid(SECOND, "back", 105, 160)))
    desk.until(lambda: bool(desk.page.view.path_row.said))
    assert "2 张国徽面" in desk.page.view.path_row.said


def test_a_scan_under_way_is_stopped_by_esc_and_nothing_is_lost(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Esc stops the scanner first and leaves the check-in only when it is pressed again."""
    programs = tmp_path / "programs"
    programs.mkdir()
    told, begun = programs / "told", programs / "begun"
    (programs / "scanimage").write_text(
        f"#!/bin/sh\ntrap \"echo stopped > '{told}'; exit 1\" TERM\necho > '{begun}'\n"
        "i=0; while [ $i -lt 600 ]; do sleep 0.1; i=$((i+1)); done\n",
        encoding="utf-8",
    )
    (programs / "scanimage").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    desk.start()
    desk.type(NUMBER[:6])
    desk.qtbot.keyClick(desk.focus, Qt.Key.Key_S, CONTROL)
    page = desk.page
    desk.qtbot.waitUntil(lambda: page.cards.reading and begun.exists(), timeout=30_000)
    assert (page.park_button.text(), page.missing_words.text()) == ("停止读取", "正在扫描，扫完就读")
    desk.qtbot.keyClick(desk.focus, Qt.Key.Key_Escape)
    desk.until(lambda: not page.busy_words)
    assert told.exists()
    assert (desk.step, page.draft.number) == (Step.READ, NUMBER[:6])
    assert page.park_button.text() == "暂存并离开"
    assert "已停止" in page.view.path_row.message.text
