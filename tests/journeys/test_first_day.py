"""The first day of an office, keyboard only: from the first start to the receipt of a drawn card, on both databases.

Nothing is patched. The printed receipt and lease are read back and held against golden pages; at the end the outbox of
the day is replayed into an empty database and the two offices are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app import Desk, Start
from desktop.models.values import Money, RoomState
from desktop.services import board, checkup, payments
from desktop.services.check_in_draft import Step
from desktop.services.work import PROGRAM, look
from desktop.views.first_start.plan import Step as WizardStep
from desktop.world import SeededWorld
from tests.databases import Databases, EngineKind
from tests.golden.compare import draw, problems, store
from tests.offices import PASSWORD
from tests.services.test_replay import prove
from tests.views.check_in_kit import drawn_card
from tests.views.test_first_start import Clerk

CONTROL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


class Hands:
    """Ten fingers on the keyboard of a desk; they never touch the mouse."""

    def __init__(self, qtbot: QtBot, desk: Desk) -> None:
        self.qtbot, self.desk, self.window = qtbot, desk, desk.window

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifier)
        self.settle()

    def type(self, text: str) -> None:
        focus = QApplication.focusWidget()
        assert focus is not None
        QTest.keyClicks(focus, text)
        self.settle()

    def go_on(self) -> None:
        self.press(Qt.Key.Key_Return, CONTROL)

    def until(self, what: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(what, timeout=60_000)
        self.settle()

    def settle(self) -> None:
        for _ in range(3):
            self.qtbot.waitUntil(lambda: self.window.jobs.count == 0, timeout=60_000)
            QApplication.sendPostedEvents()
            QApplication.processEvents()


@pytest.fixture
def desk(qtbot: QtBot, world: SeededWorld, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(Start(data=tmp_path / "data"), world)
    qtbot.addWidget(made.window)
    made.show()
    with qtbot.waitExposed(made.window):
        made.window.activateWindow()
    qtbot.waitUntil(made.window.isActiveWindow)
    yield made
    made.window.toast_widget.dismiss()
    made.window.close()
    made.shut()


def pages_of(pdf: Path) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def card_in_clipboard(folder: Path) -> None:
    urls = []
    for side in ("front", "back"):
        path = folder / f"{side}.jpg"
        path.write_bytes(drawn_card(side))
        urls.append(QUrl.fromLocalFile(str(path)))
    mime = QMimeData()
    mime.setUrls(urls)
    QGuiApplication.clipboard().setMimeData(mime)


@pytest.mark.golden
def test_from_first_start_to_the_receipt(
    desk: Desk, qtbot: QtBot, databases: Databases, engine_kind: EngineKind, tmp_path: Path, golden_anew: bool
) -> None:
    hands = Hands(qtbot, desk)
    address = "" if engine_kind == "sqlite" else databases.empty(engine_kind).replace("+psycopg", "")

    # The wizard
    hands.until(lambda: desk.window._sign_in is not None)
    wizard: Any = desk.window._sign_in
    qtbot.waitUntil(lambda: wizard._known is not None, timeout=15_000)
    clerk = Clerk(qtbot, wizard)
    clerk.office()
    clerk.database(address)
    clerk.rooms()
    clerk.admin()
    clerk.at(WizardStep.CODE)
    clerk.press(Qt.Key.Key_F6)
    hands.until(lambda: bool(list((tmp_path / "data" / "prints").glob("*.pdf"))))
    clerk.next()
    clerk.at(WizardStep.PROOF)
    clerk.proof(wizard._code)
    clerk.next()
    hands.until(lambda: desk.office is not None)
    office = desk.office
    assert office is not None
    assert office.engine.dialect.name == engine_kind

    # Signing in
    card: Any = desk._card
    if not card.user.value():
        card.user.setFocus()
        hands.type("zhouyq")
        hands.press(Qt.Key.Key_Return)
    hands.press(Qt.Key.Key_Tab) if QApplication.focusWidget() is card.user else None
    QTest.keyClicks(QApplication.focusWidget(), "Spruce-") if not PASSWORD.isascii() else None
    from tests.views.conftest import type_chinese

    rest = PASSWORD.removeprefix("Spruce-")
    chinese = rest[:2]
    type_chinese(QApplication.focusWidget(), "jia yi", chinese)
    QTest.keyClicks(QApplication.focusWidget(), rest[2:])
    hands.press(Qt.Key.Key_Return)
    hands.until(lambda: desk.session is not None and desk.window.page() is not None)

    # F2: the card is in the clipboard, Ctrl V reads it
    hands.press(Qt.Key.Key_F2)
    page: Any = desk.window.page()
    card_in_clipboard(tmp_path)
    hands.press(Qt.Key.Key_V, CONTROL)
    hands.until(lambda: page.draft.step is Step.REVIEW)
    assert page.draft.name == "顾听澜"
    hands.go_on()
    hands.press(Qt.Key.Key_Return)
    hands.press(Qt.Key.Key_2, ALT)
    hands.press(Qt.Key.Key_9, ALT)
    hands.go_on()
    assert page.draft.step is Step.CONTACT
    hands.type("13812345678")
    hands.press(Qt.Key.Key_1, ALT)
    hands.go_on()
    assert page.draft.step is Step.TERMS, "the room chosen on the board is taken over"
    assert page.draft.room == "A 栋 301"
    hands.type("1860")  # the room has no asking rent yet: the focus waits there
    hands.go_on()
    assert page.draft.step is Step.HANDOVER, page.missing_words.text()
    hands.go_on()
    hands.until(lambda: page.draft.step is Step.PAYMENT)
    hands.press(Qt.Key.Key_Return)
    hands.until(lambda: page.draft.step is Step.PRINT)
    hands.go_on()
    prints = tmp_path / "data" / "prints"
    hands.until(lambda: len(list(prints.glob("*.pdf"))) == 3)

    # The paper, read back and looked at
    _recovery, receipt_pdf, lease_pdf = sorted(prints.glob("*.pdf"))
    with look(office, PROGRAM) as reading:
        tile = next(tile for tile in board.board(reading).tiles if tile.number == "301")
        assert (tile.state, tile.who) == (RoomState.LET, "顾听澜")
        receipt = payments.receipts_of(reading, lease_id=tile.lease_id)[0]
        assert checkup.check_office(reading).findings == ()
    text = pages_of(receipt_pdf)
    for words in (receipt.number, "顾听澜", "A 栋 301", "周砚秋", "本收据不作为发票", "存根联", "客户联"):
        assert words in text, words
    assert receipt.amount > Money(0)
    lease_text = pages_of(lease_pdf)
    for words in ("住房租赁合同", "顾听澜", "望江物业服务有限公司"):
        assert words in lease_text, words
    for name, pdf in (("journey-receipt", receipt_pdf), ("journey-lease", lease_pdf)):
        drawn = draw(pdf.read_bytes())
        if golden_anew:
            store(name, drawn)
        assert problems(name, drawn) == []

    # The replay proof
    prove(office, databases.clone("sqlite"), tmp_path / "copy")
