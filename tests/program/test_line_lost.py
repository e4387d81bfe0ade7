"""The server of a shared office goes away under the running window: what is said, what waits, how it comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app import Desk, Start
from desktop.services import access, billing, board, database, party_edits, payments
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.opening import open_office, passwords_for
from desktop.services.party_edits import PartyEdit
from desktop.services.work import PROGRAM, begin, look
from desktop.views.crash_dialog import CrashDialog
from desktop.views.party_dialogs import EditPartyDialog
from desktop.views.theme import Theme
from desktop.world import SeededWorld
from tests.cable import Cable
from tests.offices import PASSWORD, check_in, make_office, rooms_of
from tests.program.conftest import Seat, visible_words

pytestmark = pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
PAGES = (
    "board", "room", "parties", "party", "check_in", "leases", "lease", "bills", "bill", "till", "receipt", "settings",
    "staff",
)  # fmt: skip


@pytest.fixture(autouse=True)
def look_of_it(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Theme:
    return Theme(tmp_path_factory.mktemp("icons")).install(qapp)


@pytest.fixture
def cable(database_url: str) -> Iterator[Cable]:
    laid = Cable(sa.make_url(database_url).port or 5432)
    yield laid
    laid.close()


@pytest.fixture
def facts(world: SeededWorld, database_url: str, tmp_path: Path) -> dict[str, UUID]:
    """A tenant in the first room who has paid, and a second bill open."""
    office = make_office(world, tmp_path / "data", database_url)
    form = access.StaffForm("linxm", "林小满", ("administrator", "manager"), PASSWORD)
    with begin(office, PROGRAM, Op.ADD_STAFF) as work:
        work.authorised += 1
        hired = access.enter_staff(work, form, passwords_for(world, demo=True), must_change=False)
    clerk = access.actor_of(office, hired)
    done = check_in(office, clerk, rooms_of(office)[0])
    with look(office, clerk) as reading:
        bills = billing.bills_of(reading, lease_id=done.lease_id)
        tile = board.board(reading).tiles[0]
    order = payments.TakePayment(
        done.party_id, {bills[0].id: bills[0].owed}, [payments.TenderForm(payments.PayMethod.CASH, bills[0].owed)]
    )
    with begin(office, clerk, Op.TAKE_PAYMENT) as work:
        taken = payments.take_payment(work, order)
    office.close()
    return {
        "party_id": done.party_id, "lease_id": done.lease_id, "room_id": tile.room_id, "bill_id": bills[-1].id,
        "payment_id": taken.payment_id,
    }  # fmt: skip


@pytest.fixture
def seat(
    qtbot: QtBot, world: SeededWorld, tmp_path: Path, database_url: str, facts: dict[str, UUID], cable: Cable
) -> Iterator[Seat]:
    """The window on the shared office, signed in, reached over a cable."""
    address = str(database.parse_url(database_url).set(port=cable.port))
    sitting = Seat(qtbot, Desk(Start(data=tmp_path / "data", database=address), world))
    sitting.sign_in("linxm", PASSWORD)
    yield sitting
    if not sitting.closed:
        sitting.close()


@pytest.fixture
def neighbour(world: SeededWorld, database_url: str, tmp_path: Path, facts: dict[str, UUID]) -> Iterator[Office]:
    opened = open_office(world, tmp_path / "data", database.parse_url(database_url))
    yield opened
    opened.close()


def params(page: str, facts: dict[str, UUID]) -> dict[str, Any]:
    wanted = {
        "room": "room_id", "party": "party_id", "lease": "lease_id", "bill": "bill_id", "receipt": "payment_id",
        "till": "party_id",
    }  # fmt: skip
    return {wanted[page]: facts[wanted[page]]} if page in wanted else {}


def lose(seat: Seat, cable: Cable) -> None:
    cable.cut()
    seat.qtbot.waitUntil(lambda: seat.window.banner_strip.isVisible(), timeout=15000)


def heal(seat: Seat, cable: Cable) -> None:
    cable.mend()
    assert seat.desk._guard is not None
    seat.desk._guard.check_now()
    seat.qtbot.waitUntil(lambda: not seat.window.banner_strip.isVisible(), timeout=15000)
    seat.idle()


def change_note(office: Office, party_id: UUID, note: str) -> None:
    from desktop.services.party_page import party_page

    with look(office, PROGRAM) as reading:
        page = party_page(reading, party_id)
    with begin(office, PROGRAM, Op.CHANGE_PARTY) as work:
        party_edits.change_party(work, party_id, page.version, PartyEdit(page.name, page.occupation, note))


def test_another_pcs_change_is_seen_without_a_key(seat: Seat, neighbour: Office, facts: dict[str, UUID]) -> None:
    seat.window.navigate("party", party_id=facts["party_id"])
    seat.idle()
    change_note(neighbour, facts["party_id"], "周末在家")
    seat.qtbot.waitUntil(lambda: "周末在家" in visible_words(seat.window), timeout=2000)


def test_the_till_waits_and_says_why_and_goes_on(
    seat: Seat, cable: Cable, facts: dict[str, UUID], expect_log: Callable[[str], None]
) -> None:
    expect_log("line to the server is down")
    seat.window.navigate("till", party_id=facts["party_id"])
    seat.idle()
    page: Any = seat.window.page()
    assert page.pay_card.button.isEnabled()
    page.form.given.setText("88.50")
    lose(seat, cable)
    notice = seat.window.banner_strip.notice
    assert notice is not None
    assert notice.cause == "连不上数据库"
    assert "起只能查看" in notice.text
    assert "恢复后自动继续" in notice.text
    assert "秒后" in notice.note or "正在试" in notice.note
    assert notice.action is not None
    assert notice.action[0] == "立即重试"
    assert not page.pay_card.button.isEnabled()
    assert "连不上数据库" in page.pay_card.button.reason
    assert seat.window.status.lights["engine"].tone == "danger"
    assert "数据库断开" in seat.window.status.lights["engine"].accessibleName()
    seat.press(Qt.Key.Key_Return)
    assert page.form.given.text() == "88.50"
    heal(seat, cable)
    assert page.pay_card.button.isEnabled()
    assert page.form.given.text() == "88.50", "what was typed is still there"
    assert seat.window.status.lights["engine"].tone == "ok"


def test_a_dialog_open_over_a_lost_line_keeps_everything_and_can_be_saved_after_it(
    seat: Seat, cable: Cable, facts: dict[str, UUID], neighbour: Office, expect_log: Callable[[str], None]
) -> None:
    expect_log("line to the server is down")
    seat.window.navigate("party", party_id=facts["party_id"])
    seat.idle()
    seat.press(Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = seat.window.findChild(EditPartyDialog)
    assert dialog is not None
    assert dialog.form is not None
    dialog.form.field("occupation").set_value("花艺师")
    lose(seat, cable)
    assert not dialog.primary.isEnabled()
    assert "连不上数据库" in dialog.note.text()
    heal(seat, cable)
    assert dialog.primary.isEnabled()
    assert dialog.form.field("occupation").value() == "花艺师"
    seat.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    seat.qtbot.waitUntil(lambda: "花艺师" in visible_words(seat.window), timeout=5000)


@pytest.mark.parametrize("page", PAGES)
def test_the_server_goes_and_comes_under_every_page(
    seat: Seat, cable: Cable, page: str, facts: dict[str, UUID], expect_log: Callable[[str], None]
) -> None:
    """What is shown stays, F5 breaks nothing, and afterwards the page is fresh; no crash report anywhere."""
    expect_log("line to the server is down")
    seat.window.navigate(page, **params(page, facts))
    seat.qtbot.wait(400)  # the panel of the board asks a moment after the tile
    seat.idle()
    before = visible_words(seat.window.page() or seat.window)
    lose(seat, cable)
    seat.window.page().refresh(frozenset())  # type: ignore[union-attr]
    seat.idle()
    assert seat.place == page
    assert visible_words(seat.window.page() or seat.window) == before
    assert not seat.window.findChildren(CrashDialog)
    assert not seat.window.message_bar.isVisible(), "the banner has said it"
    heal(seat, cable)
    assert not seat.window.findChildren(CrashDialog)
    assert visible_words(seat.window.page() or seat.window) == before


def test_a_server_that_is_not_there_yet_is_waited_for(
    qtbot: QtBot, world: SeededWorld, tmp_path: Path, database_url: str, facts: dict[str, UUID], cable: Cable
) -> None:
    cable.cut()
    address = str(database.parse_url(database_url).set(port=cable.port))
    seat = Seat(qtbot, Desk(Start(data=tmp_path / "data", database=address), world))
    try:
        qtbot.waitUntil(lambda: seat.window.banner_strip.isVisible(), timeout=10000)
        notice = seat.window.banner_strip.notice
        assert notice is not None
        assert "没有数据库在听" in notice.text
        assert "还没有连上" in seat.said()
        cable.mend()
        qtbot.waitUntil(lambda: seat.desk.office is not None, timeout=15000)
        assert not seat.window.banner_strip.isVisible()
        assert seat.said() == ""
        seat.sign_in("linxm", PASSWORD)
        assert seat.place == "today"
    finally:
        seat.close()


def test_a_wrong_clock_is_told_and_forgotten_when_it_is_right(seat: Seat, world: SeededWorld) -> None:
    guard = seat.desk._guard
    assert guard is not None

    def told(minutes: int, cause: str) -> None:
        world.server_ahead = timedelta(minutes=minutes)
        assert guard is not None
        guard.check_now()
        seat.qtbot.waitUntil(lambda: seat.window.banner_strip.isVisible() is bool(cause), timeout=5000)
        notice = seat.window.banner_strip.notice
        assert (notice.cause if notice is not None else "") == cause
        assert notice is None or notice.tone == "warn"

    told(1, "")
    told(7, "这台电脑的时钟慢了 7 分钟")
    told(0, "")
    told(-60 * 24 * 3, "这台电脑的时钟快了 3 天")
