"""F1: every page and dialog has a page in the handbook, and the program opens it there, without a network."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QFontInfo, QTextCursor
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

import desktop.views
from desktop.models.values import Right
from desktop.services.check_in_draft import Step
from desktop.views import handbook
from desktop.views.act_dialog import ActDialog
from desktop.views.admin.section import SECTIONS, Section
from desktop.views.capture.camera_window import CameraWindow
from desktop.views.dialogs import Dialog, Question
from desktop.views.first_start import FirstStartPage
from desktop.views.fonts import FAMILIES
from desktop.views.help import HelpDialog
from desktop.views.keys import top_overlay
from desktop.views.lock import Knocker, LockScreen
from desktop.views.login import SignIn
from desktop.views.main_window import MainWindow
from desktop.views.pages import PAGES, Page, PageSpec, Shell
from desktop.views.text_fields import TextField
from desktop.views.theme import Shade, Theme, TypeSize
from tests.views.conftest import TODAY, type_chinese

CTRL = Qt.KeyboardModifier.ControlModifier
HOW = "give it a help_topic and write `<!-- help: … -->` above its heading in docs/handbook"


def _load_everything() -> None:
    for module in pkgutil.walk_packages(desktop.views.__path__, "desktop.views."):
        importlib.import_module(module.name)


def _below(kind: type) -> Iterator[type]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


def _class(factory: Any) -> Any:
    module, _, name = str(factory).partition(":")
    return getattr(importlib.import_module(module), name)


_load_everything()
# What others are built on and nobody ever sees by itself.
BASES = (Question, ActDialog, CameraWindow)
DIALOGS = sorted(
    {
        each
        for each in _below(Dialog)
        if each.__module__.startswith("desktop.") and each not in BASES and not each.__name__.startswith("_")
    },
    key=lambda each: each.__name__,
)
PLACES: list[Any] = [
    *(_class(spec.factory) for spec in PAGES),
    *(_class(f"desktop.views.admin.{spec.factory}") for spec in SECTIONS),
    SignIn, FirstStartPage,
]  # fmt: skip


@pytest.mark.parametrize("place", [*PLACES, *DIALOGS], ids=lambda place: place.__name__)
def test_everything_has_a_page_in_the_handbook(place: Any) -> None:
    topic = place.help_topic
    assert topic, f"{place.__name__}: {HOW}"
    assert topic != Page.help_topic or place.__name__ == "FirstStartPage", f"{place.__name__}: {HOW}"
    section = handbook.section_of(topic)
    assert section is not None, f"{place.__name__} asks for {topic!r}: {HOW}"
    assert len(section.text) > 10, f"{section.heading}: nothing to read there"


def test_every_step_of_a_check_in_has_its_own() -> None:
    headings = [handbook.section_of(f"check_in.{step}") for step in Step]
    assert None not in headings
    assert len({section.heading for section in headings if section is not None}) == len(Step)


def test_every_section_of_the_settings_has_its_own() -> None:
    _load_everything()
    topics = [each.help_topic for each in _below(Section)]
    assert len(set(topics)) == len(topics)


def test_a_topic_stands_over_one_heading() -> None:
    seen = Counter(topic for chapter in handbook.chapters() for s in chapter.sections for topic in s.topics)
    assert [topic for topic, count in seen.items() if count > 1] == []


def test_a_topic_without_a_heading_of_its_own_is_told_by_what_it_belongs_to() -> None:
    assert handbook.section_of("receipt.something.else") == handbook.section_of("receipt")
    assert handbook.section_of("nothing") is None


def test_every_chapter_is_in_the_contents_and_every_link_leads_somewhere() -> None:
    contents = (handbook.FOLDER / "README.md").read_text("utf-8")
    for chapter in handbook.chapters():
        assert f"({chapter.file})" in contents, chapter.file
        for target in re.findall(r"\]\(([^)]+)\)", chapter.markdown):
            assert handbook.chapter_of(unquote(target)) is not None, f"{chapter.file} → {target}"
        assert "<!--" not in chapter.markdown
    for target in re.findall(r"\]\(([^)]+\.md)\)", contents):
        assert (handbook.FOLDER / target).exists(), target


def test_search_puts_headings_first_and_wants_every_word() -> None:
    found = handbook.search("冲红")
    assert "冲红" in found[0].heading
    assert len(found) > 1
    assert any("冲红" not in section.heading for section in found)
    assert [section.heading for section in handbook.search("PIN 重启")] == ["PIN"]
    assert handbook.search("ＰＩＮ") == handbook.search("pin")
    assert handbook.search("没有这几个字的") == []
    assert all(section.text for section in found), "a chapter's bare title is nothing to read"
    assert len(handbook.search("")) == sum(len(chapter.sections) for chapter in handbook.chapters())


# ---- in the program ------------------------------------------------------------------------------------------------


class Board(Page):
    help_topic = "board"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.field = TextField("沈知微")
        self.body.addWidget(self.field)

    def hints(self) -> str:
        return "方向键选房 · Enter 打开"


class Reverse(Dialog):
    help_topic = "receipt.reverse"


@pytest.fixture
def window(on_desk: Callable[..., QWidget]) -> Iterator[MainWindow]:
    made = MainWindow(lambda: TODAY, specs=[PageSpec("board", "房态", "layout-grid", Board, Right.SEE_BOARD, 10)])
    made.set_session("林小满", frozenset(Right), "林小满")
    on_desk(made, 1093, 614)
    made.navigate("board")
    yield made
    made.close()


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.keyClick(QApplication.focusWidget() or window, key, modifier)
    for _ in range(3):
        QApplication.processEvents()


def help_of(window: MainWindow) -> HelpDialog:
    dialog = top_overlay(window)
    assert isinstance(dialog, HelpDialog)
    return dialog


def test_f1_opens_the_page_of_the_screen_and_esc_leads_back(window: MainWindow, qtbot: QtBot) -> None:
    page: Any = window.page()
    page.field.setFocus()
    with qtbot.waitSignal(window.help_wanted) as asked:
        press(qtbot, window, Qt.Key.Key_F1)
    assert asked.args == ["board"]
    dialog = help_of(window)
    assert dialog.reader.heading() == "房态图"
    assert "方向键选房" in dialog.hints.text()
    assert dialog.reader.hasFocus(), "the arrows turn the page at once"
    assert dialog.contents.section() == handbook.section_of("board")
    press(qtbot, window, Qt.Key.Key_F1)
    assert help_of(window) is dialog, "once is enough"
    press(qtbot, window, Qt.Key.Key_Escape)
    assert top_overlay(window) is None
    assert page.field.hasFocus()


def test_a_dialog_opens_its_own_page_and_keeps_what_was_typed(window: MainWindow, qtbot: QtBot) -> None:
    dialog = Reverse(window, "冲红收据")
    field = dialog.use_form(1).add("reason", "原因", TextField())
    window.open(dialog)
    qtbot.keyClicks(field, "yi fang")
    press(qtbot, window, Qt.Key.Key_F1)
    assert help_of(window).reader.heading() == "冲红"
    press(qtbot, window, Qt.Key.Key_Escape)
    assert top_overlay(window) is dialog
    assert field.value() == "yi fang"
    assert field.hasFocus()
    press(qtbot, window, Qt.Key.Key_Escape)


def test_a_dialog_without_one_asks_for_the_page_beneath(window: MainWindow, qtbot: QtBot) -> None:
    question = Question(window, "停用", "停用吗？", [(True, "停用", "danger")])
    window.open(question)
    press(qtbot, window, Qt.Key.Key_F1)
    assert help_of(window).reader.heading() == "房态图"
    press(qtbot, window, Qt.Key.Key_Escape)
    press(qtbot, window, Qt.Key.Key_Escape)


def test_the_sign_in_card_has_help_and_the_lock_has_none(window: MainWindow, qtbot: QtBot) -> None:
    screen = LockScreen(window, "望江苑", "14:32 按 F9 锁定", *_clock(), Knocker(1, "linxm", "林小满"))  # type: ignore[arg-type]
    window.lock(screen)
    press(qtbot, window, Qt.Key.Key_F1)
    assert top_overlay(window) is screen, "nothing opens over the lock"
    window.unlock()
    window.set_session(None)
    window.show_sign_in(SignIn("望江苑服务中心", "前台 2"))
    press(qtbot, window, Qt.Key.Key_F1)
    assert help_of(window).reader.heading() == "登录与锁屏"
    press(qtbot, window, Qt.Key.Key_Escape)


def _clock() -> tuple[Any, Any]:
    from datetime import UTC, datetime

    now = datetime(2026, 11, 22, 6, 32, tzinfo=UTC)
    return now, lambda: now


def test_searching_by_keys(window: MainWindow, qtbot: QtBot) -> None:
    press(qtbot, window, Qt.Key.Key_F1)
    dialog = help_of(window)
    press(qtbot, window, Qt.Key.Key_K, CTRL)
    assert dialog.search.hasFocus()
    type_chinese(dialog.search, "chong'hong")
    assert dialog.contents.count() == len(handbook.search("")), "half a word looks for nothing"
    type_chinese(dialog.search, "", "冲红")
    assert dialog.contents.count() == len(handbook.search("冲红"))
    assert "冲红" in dialog.reader.heading()
    press(qtbot, window, Qt.Key.Key_Down)
    assert dialog.contents.currentRow() == 1
    press(qtbot, window, Qt.Key.Key_Return)
    assert dialog.reader.hasFocus()
    assert dialog.section == handbook.search("冲红")[1]
    dialog.search.setText("")
    dialog.search.searched.emit("没有这几个字的")
    assert dialog.none.isVisible()
    dialog.search.searched.emit("")
    assert not dialog.none.isVisible()
    press(qtbot, window, Qt.Key.Key_Escape)


def test_links_lead_to_other_chapters_inside(window: MainWindow, qtbot: QtBot) -> None:
    press(qtbot, window, Qt.Key.Key_F1)
    dialog = help_of(window)
    dialog.reader.anchorClicked.emit(QUrl("02-登录与锁屏.md"))
    assert dialog.reader.file == "02-登录与锁屏.md"
    assert dialog.reader.heading() == "登录与锁屏"
    dialog.reader.anchorClicked.emit(QUrl("nowhere.md"))
    assert dialog.reader.file == "02-登录与锁屏.md"
    press(qtbot, window, Qt.Key.Key_Escape)


@pytest.mark.parametrize("size", list(TypeSize))
@pytest.mark.parametrize(("wide", "high"), [(1093, 614), (911, 512)])
def test_it_reads_in_our_type_and_nothing_is_cut(
    window: MainWindow, qtbot: QtBot, look: Theme, size: TypeSize, wide: int, high: int
) -> None:
    look.switch(Shade.LIGHT, size)
    window.resize(wide, high)
    press(qtbot, window, Qt.Key.Key_F1)
    dialog = help_of(window)
    assert dialog.minimumSizeHint().width() <= 900
    assert dialog.minimumSizeHint().height() <= 480
    for chapter in handbook.chapters():
        dialog.show_section(chapter.sections[-1])
        reader = dialog.reader
        assert reader.document().size().width() <= reader.viewport().width() + 1, chapter.file
        block = reader.document().begin()
        while block.isValid():
            piece = block.begin()
            while not piece.atEnd():
                font = QTextCursor(block).charFormat().font()
                assert piece.fragment().charFormat().fontFamilies()[0] in FAMILIES, piece.fragment().text()
                assert QFontInfo(font).pointSizeF() >= 8
                piece += 1
            block = block.next()
    press(qtbot, window, Qt.Key.Key_Escape)


def test_a_broken_folder_is_no_crash(tmp_path: Path) -> None:
    assert handbook.chapters.__wrapped__(tmp_path) == ()
