"""The first day of an office, keyboard only: from the first start to the receipt of a drawn card, on both databases.

Nothing is patched. The printed receipt and lease are read back and held against golden pages; at the end the outbox of
the day is replayed into an empty database and the two offices are equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from desktop.app import Desk, Start
from desktop.models.values import Money, RoomState
from desktop.services import board, checkup, receipts
from desktop.services.check_in_draft import Step
from desktop.services.work import PROGRAM, look
from desktop.views.first_start.plan import Step as WizardStep
from desktop.world import SeededWorld
from tests.databases import Databases, EngineKind
from tests.golden.compare import draw, problems, store
from tests.journeys.hands import CONTROL, Hands
from tests.services.test_replay import prove
from tests.views.check_in_kit import drawn_card
from tests.views.test_first_start import Clerk


@pytest.fixture
def desk(qtbot: QtBot, world: SeededWorld, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(Start(data=tmp_path / "data"), world)
    qtbot.addWidget(made.window)
    hands = Hands(made)
    hands.open()
    yield made
    hands.leave()


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
    hands = Hands(desk)
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
    prints = desk.folders.prints
    hands.until(lambda: bool(list(prints.glob("*.pdf"))))
    clerk.next()
    clerk.at(WizardStep.PROOF)
    clerk.proof(wizard._code)
    clerk.next()
    hands.until(lambda: desk.office is not None)
    office = desk.office
    assert office is not None
    assert office.engine.dialect.name == engine_kind

    # Signing in
    hands.sign_in("zhouyq")
    assert desk.window.place is not None
    assert desk.window.place.key == "today"
    hands.press(Qt.Key.Key_Tab, CONTROL)
    hands.press(Qt.Key.Key_1)
    board_page: Any = desk.window.page()
    hands.until(lambda: board_page.current() is not None)

    # F2: the card is in the clipboard, Ctrl V reads it
    hands.press(Qt.Key.Key_F2)
    page: Any = desk.window.page()
    card_in_clipboard(tmp_path)
    hands.press(Qt.Key.Key_V, CONTROL)
    hands.until(lambda: page.draft.step is Step.REVIEW)
    assert page.draft.name == "顾听澜"
    hands.go_on()
    hands.press(Qt.Key.Key_Return)
    hands.alt(2)
    hands.alt(9)
    hands.go_on()
    assert page.draft.step is Step.CONTACT
    hands.type("13812345678")
    hands.alt(1)
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
    hands.until(lambda: len(list(prints.glob("*.pdf"))) == 3)

    # The paper, read back and looked at
    _recovery, receipt_pdf, lease_pdf = sorted(prints.glob("*.pdf"))
    with look(office, PROGRAM) as reading:
        tile = next(tile for tile in board.board(reading).tiles if tile.number == "301")
        assert (tile.state, tile.who) == (RoomState.LET, "顾听澜")
        receipt = receipts.receipts_of(reading, lease_id=tile.lease_id)[0]
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
