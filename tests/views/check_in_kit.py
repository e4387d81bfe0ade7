"""A desk to try the check-in at: a real office, the real window, a drawn card, and hands that count their keys."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.ocr.id_number import make_id_number
from desktop.preferences import Preferences
from desktop.services import opening
from desktop.services.check_in_draft import Step
from desktop.services.office import Office
from desktop.services.work import Actor
from desktop.views.main_window import MainWindow
from desktop.views.pages import PAGES, Page, PageSpec, Shell
from desktop.views.printing import FolderSink, Printing, PrintSink
from desktop.views.session import DeskSession
from desktop.views.text_fields import TextField
from tests.offices import sit_down
from tests.rest import come_to_rest
from tests.views.conftest import type_chinese

ROOT = Path(__file__).resolve().parents[2]
NUMBER = make_id_number(date(1996, 4, 18), "female")
CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


# ---- a drawn card --------------------------------------------------------------------------------------------------


@cache
def _painter() -> ModuleType:
    sys.path.insert(0, str(ROOT / "tests/idcards"))
    try:
        import make_cards
    finally:
        sys.path.pop(0)
    return make_cards


@cache
def drawn_card(side: str, valid_from: str = "2019-05-06", valid_to: str = "2029-05-06", name: str = "顾听澜") -> bytes:
    """One side of an invented card on a grey desk, as JPEG; printed with the fonts of the program."""
    import numpy as np

    cards: Any = _painter()
    fonts = ROOT / "resources/fonts"
    faces = {
        "hei": [str(fonts / "NotoSansSC-Regular.ttf")], "digits": [str(fonts / "NotoSansSC-SemiBold.ttf")],
        "song": [str(fonts / "NotoSansSC-Bold.ttf")],
    }  # fmt: skip
    person = {
        "name": name, "sex": "女", "ethnicity": "汉", "birth": "1996-04-18", "number": NUMBER,
        "address": "样例省青川市临江区望江路88号3幢502", "issuer": "青川市公安局临江分局", "valid_from": valid_from,
        "valid_to": valid_to,
    }  # fmt: skip
    drawn = (cards.draw_front if side == "front" else cards.draw_back)(person, faces, np.random.default_rng(3))
    page = np.full((drawn.shape[0] + 120, drawn.shape[1] + 120, 3), 205, np.float32)
    page[60:-60, 60:-60] = drawn[..., :3]
    return bytes(cards.jpeg(page, 92))


def other_card() -> bytes:
    """A card that is no identity card."""
    import numpy as np

    cards: Any = _painter()
    drawn, _kind = cards.draw_other_card(
        {
            "hei": [str(ROOT / "resources/fonts/NotoSansSC-Regular.ttf")],
            "digits": [str(ROOT / "resources/fonts/NotoSansSC-SemiBold.ttf")],
            "song": [],
        },
        np.random.default_rng(5),
    )
    return bytes(cards.jpeg(drawn[..., :3].astype(np.float32), 90))


# ---- the desk ------------------------------------------------------------------------------------------------------


class Lobby(Page):
    """Where one comes from and goes back to, in place of the board."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.body.addWidget(TextField())


class Desk:
    """A window with somebody at it."""

    def __init__(self, qtbot: QtBot, office: Office, actor: Actor, folder: Path, sink: PrintSink | None = None) -> None:
        self.qtbot, self.office, self.actor = qtbot, office, actor
        self.prints = folder / "prints"
        self.printing = Printing(sink or FolderSink(self.prints))
        passwords = opening.passwords_for(office.world, demo=True)
        self.session = DeskSession(office, actor, self.printing, passwords, Preferences(), lambda _kept: None)
        specs = [PageSpec("board", "房态", "layout-grid", Lobby, None, 10)]
        specs += [spec for spec in PAGES if spec.key == "check_in"]
        self.window = MainWindow(office.world.today, specs=specs)
        office.listen(self.window.tables_changed.emit)
        self.keys = 0
        self.window.resize(1093, 614)
        self.closed = False
        # pytest-qt closes its widgets before any fixture ends: what ticks or works must rest by then.
        qtbot.addWidget(self.window, before_close_func=lambda _: self.close())
        with qtbot.waitExposed(self.window):
            self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow)
        self.window.set_session(self.session, actor.rights, actor.name)
        self.window.navigate("board")
        self.settle()

    def close(self) -> None:
        """Everybody goes home; once."""
        if self.closed:
            return
        self.closed = True
        self.settle()
        self.office.unlisten(self.window.tables_changed.emit)
        self.window.toast_widget.dismiss()
        self.window.close()
        self.printing.shutdown()

    # what stands there

    @property
    def page(self) -> Any:
        return self.window._pages["check_in"]

    @property
    def step(self) -> Step:
        return self.page.draft.step

    @property
    def missing(self) -> str:
        return self.page.missing_words.text()

    @property
    def focus(self) -> Any:
        return QApplication.focusWidget()

    # hands

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """One key, where the focus is."""
        self.keys += 1
        QTest.keyClick(self.focus or self.window, key, modifier)
        self.settle()

    def enter(self, times: int = 1) -> None:
        for _ in range(times):
            self.press(Qt.Key.Key_Return)

    def go_on(self) -> None:
        """Ctrl Enter: the primary."""
        self.press(Qt.Key.Key_Return, CONTROL)

    def alt(self, digit: int) -> None:
        self.press(Qt.Key(Qt.Key.Key_0 + digit), ALT)

    def type(self, text: str, preedit: str = "") -> None:
        """Latin by keys; Chinese as an input method gives it, counted by the letters of its spelling and the choice."""
        assert self.focus is not None
        if text.isascii():
            self.keys += len(text)
            QTest.keyClicks(self.focus, text)
        else:
            self.keys += len(preedit or "xx" * len(text)) + 1
            type_chinese(self.focus, preedit or "x", text)
        self.settle()

    def fill(self, name: str, text: str) -> None:
        """Put a text into a row of the present step, as typing would."""
        row = self.page.view.rows[name]
        row.field.setFocus()
        row.field.set_value(text)
        self.settle()

    def clip(self, *data: bytes) -> None:
        """Copy files of the card to the clipboard."""
        urls = []
        for at, each in enumerate(data):
            path = self.prints.parent / f"card{at}.jpg"
            path.write_bytes(each)
            urls.append(QUrl.fromLocalFile(str(path)))
        mime = QMimeData()
        mime.setUrls(urls)
        QGuiApplication.clipboard().setMimeData(mime)

    def clip_image(self, data: bytes) -> None:
        QGuiApplication.clipboard().setImage(QImage.fromData(data))

    def settle(self) -> None:
        """Let jobs and signals come to rest."""
        come_to_rest(self.window, lambda: self.window.jobs.count, 60_000)

    def until(self, what: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(what, timeout=30_000)
        self.settle()

    # ways

    def front(self) -> None:
        """Bring this window to the front."""
        self.window.activateWindow()
        self.qtbot.waitUntil(self.window.isActiveWindow)

    def start(self) -> None:
        """F2."""
        self.press(Qt.Key.Key_F2)

    def typed_person(self) -> None:
        """Through the first three steps with as few keys as possible."""
        self.type(NUMBER)
        self.enter()
        assert self.step is Step.REVIEW
        self.type("顾听澜", "gutinglan")
        self.alt(9)
        self.go_on()
        assert self.step is Step.CONTACT
        self.type("13812345678")
        self.alt(1)
        self.go_on()
        assert self.step is Step.ROOM

    def to_terms(self, room: str = "201") -> None:
        self.typed_person()
        self.type(room)
        self.enter()
        assert self.step is Step.TERMS

    def to_payment(self) -> None:
        self.to_terms()
        self.go_on()
        assert self.step is Step.HANDOVER
        self.go_on()
        self.until(lambda: self.step is Step.PAYMENT)


def new_desk(qtbot: QtBot, office: Office, folder: Path, *roles: str, sink: PrintSink | None = None) -> Desk:
    """A desk with a new person of these roles."""
    return Desk(qtbot, office, sit_down(office, *(roles or ("manager",))), folder, sink)
