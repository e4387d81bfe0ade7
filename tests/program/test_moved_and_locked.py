"""The office goes to another address, or its server goes away behind the lock: a sentence says so, nothing typed is
lost, and one key leads on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app import Desk, Start
from desktop.models.documents import Draft
from desktop.services import database, draft_files
from desktop.services.acts import Op
from desktop.services.move_office import move_office
from desktop.services.moved_on import come_back
from desktop.services.office import Office
from desktop.services.opening import open_office
from desktop.services.work import PROGRAM, begin
from desktop.views.crash_dialog import CrashDialog
from desktop.views.dialogs import Question
from desktop.views.keys import top_overlay
from desktop.views.login import SignIn
from desktop.views.theme import Theme
from desktop.world import SeededWorld
from tests.cable import Cable
from tests.databases import Databases
from tests.offices import PASSWORD, PIN, check_in, hire, make_office, rooms_of, sit_down, with_pin
from tests.program.conftest import Seat, visible_words

pytestmark = pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
KEY = Qt.Key


@pytest.fixture(autouse=True)
def look_of_it(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Theme:
    return Theme(tmp_path_factory.mktemp("icons")).install(qapp)


@pytest.fixture
def cable(database_url: str) -> Iterator[Cable]:
    laid = Cable(sa.make_url(database_url).port or 5432)
    yield laid
    laid.close()


@pytest.fixture
def tenant(world: SeededWorld, database_url: str, tmp_path: Path) -> UUID:
    """Somebody lives in the first room; 林小满 has a PIN on this PC, 赵财务 and the manager may sign in."""
    office = make_office(world, tmp_path / "data", database_url)
    with_pin(office, sit_down(office, "manager", "cashier"))
    hire(office, "manager", login="zhouyq", name="周砚秋")
    found = check_in(office, PROGRAM, rooms_of(office)[0]).party_id
    office.close()
    return found


@pytest.fixture
def seat(
    qtbot: QtBot, world: SeededWorld, tmp_path: Path, database_url: str, tenant: UUID, cable: Cable
) -> Iterator[Seat]:
    address = str(database.parse_url(database_url).set(port=cable.port))
    sitting = Seat(qtbot, Desk(Start(data=tmp_path / "data", database=address), world))
    sitting.sign_in("linxm", PASSWORD)
    yield sitting
    sitting.close()


@pytest.fixture
def neighbour(database_url: str, tmp_path: Path, tenant: UUID) -> Iterator[Office]:
    opened = open_office(SeededWorld(seat_morning(), seed=5), tmp_path / "data", database.parse_url(database_url))
    yield opened
    opened.close()


def seat_morning() -> Any:
    from tests.conftest import MORNING

    return MORNING


# ---- behind the lock -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [PIN, PASSWORD], ids=["PIN", "password"])
def test_unlocking_while_the_server_is_gone_says_so_and_loses_nothing(
    seat: Seat, cable: Cable, tenant: UUID, secret: str, expect_log: Callable[[str], None]
) -> None:
    expect_log("line to the server is down")
    seat.window.navigate("till", party_id=tenant)
    seat.idle()
    page: Any = seat.window.page()
    page.form.given.setText("88.50")
    seat.press(KEY.Key_F9)
    assert seat.window.lock_screen is not None
    cable.cut()
    seat.unlock(secret)
    seat.qtbot.waitUntil(lambda: bool(seat.lock.row.message.text), timeout=15000)
    assert seat.lock.row.message.text == "连不上数据库，核对不了：没做完的事都在，恢复后再按 Enter"
    assert seat.lock.secret.value() == secret, "Enter is enough when it is back"
    assert seat.lock.primary.isEnabled()
    assert not seat.window.findChildren(CrashDialog)
    cable.mend()
    assert seat.desk._guard is not None
    seat.desk._guard.check_now()
    seat.qtbot.waitUntil(lambda: seat.desk._guard is not None and seat.desk._guard.up, timeout=15000)
    seat.press(KEY.Key_Return)
    seat.qtbot.waitUntil(lambda: seat.window.lock_screen is None, timeout=15000)
    assert seat.place == "till"
    assert page.form.given.text() == "88.50"


def test_signing_in_while_the_server_is_gone_says_so(
    seat: Seat, cable: Cable, expect_log: Callable[[str], None]
) -> None:
    expect_log("line to the server is down")
    seat.press(KEY.Key_F9)
    seat.lock.other.click()
    seat.idle()
    cable.cut()
    card = seat.card
    card.user.set_value("zhouyq")
    card.password.setText(PASSWORD)
    card.password.setFocus()
    seat.press(KEY.Key_Return)
    seat.qtbot.waitUntil(lambda: bool(seat.said()), timeout=15000)
    assert seat.said() == "连不上数据库，核对不了密码：恢复后再按 Enter"
    assert card.user.value() == "zhouyq"
    cable.mend()
    assert seat.desk._guard is not None
    seat.desk._guard.check_now()
    seat.qtbot.waitUntil(lambda: seat.desk._guard is not None and seat.desk._guard.up, timeout=15000)


# ---- the office moves ------------------------------------------------------------------------------------------------


def type_a_name(seat: Seat, name: str) -> None:
    """A check-in under way: the name of somebody new."""
    seat.window.navigate("check_in")
    seat.idle()
    page: Any = seat.window.page()
    page.draft.name = name
    page.typed()
    page.show_all()
    seat.idle()


def banner(seat: Seat) -> str:
    notice = seat.window.banner_strip.notice
    return f"{notice.cause}，{notice.text}" if notice is not None else ""


def test_the_desk_is_told_where_the_office_went_and_follows_with_what_was_typed(
    seat: Seat, neighbour: Office, databases: Databases, tmp_path: Path
) -> None:
    type_a_name(seat, "许清和")
    there = database.parse_url(databases.empty("postgresql"))
    move_office(neighbour, PROGRAM, there)
    seat.qtbot.waitUntil(lambda: "管理处已迁走" in banner(seat), timeout=3000)
    address = f"postgresql://office@127.0.0.1:{there.port}/{there.database}"
    assert f"11-22 09:00 迁到了新地址 {address}" in banner(seat)
    page: Any = seat.window.page()
    assert page.draft.name == "许清和", "the page stands as it was"
    seat.window.navigate("board")
    seat.idle()
    files = list((tmp_path / "data" / draft_files.FOLDER).iterdir())
    assert len(files) == 1, "the old database does not take the draft any more: it waits on this PC"

    seat.press(KEY.Key_F5)
    question = top_overlay(seat.window)
    assert isinstance(question, Question)
    seat.press(KEY.Key_Return)
    seat.qtbot.waitUntil(
        lambda: seat.desk.office is not None and seat.desk.office.engine.url.database == there.database, timeout=15000
    )
    seat.idle()
    assert isinstance(seat.window.stack.currentWidget(), SignIn)
    assert banner(seat) == ""
    assert seat.desk.preferences.office == address
    seat.sign_in("linxm", PASSWORD)
    type_a_name(seat, "另一位")
    assert "许清和" in " ".join(row.title for row in _drafts(seat))
    with seat.desk.office.reading() as session:  # type: ignore[union-attr]
        assert session.scalar(sa.select(sa.func.count()).select_from(Draft)) is not None


def _drafts(seat: Seat) -> list[Any]:
    from desktop.services.drafts import list_drafts

    assert seat.desk.session is not None
    found: list[Any] = seat.desk.session.read(list_drafts)
    return found


def test_buttons_that_store_wait_with_the_reason_until_it_comes_back(
    seat: Seat, neighbour: Office, tenant: UUID, tmp_path: Path
) -> None:
    seat.window.navigate("till", party_id=tenant)
    seat.idle()
    page: Any = seat.window.page()
    page.form.given.setText("88.50")
    (tmp_path / "there").mkdir()
    move_office(neighbour, PROGRAM, database.sqlite_url(tmp_path / "there"))
    seat.qtbot.waitUntil(lambda: "管理处已迁走" in banner(seat), timeout=3000)
    assert "迁到了一台电脑的本机" in banner(seat)
    assert seat.window.banner_strip.notice is not None
    assert seat.window.banner_strip.notice.action is None, "nobody can follow into the data folder of another PC"
    assert not page.pay_card.button.isEnabled()
    assert "管理处已迁走" in page.pay_card.button.reason
    assert page.form.given.text() == "88.50"
    seat.qtbot.wait(400)  # a beat of the line must not let the buttons go
    assert not page.pay_card.button.isEnabled()
    with begin(neighbour, PROGRAM, Op.MOVE_OFFICE) as work:
        come_back(work)
    seat.qtbot.waitUntil(lambda: banner(seat) == "", timeout=3000)
    seat.idle()
    assert page.pay_card.button.isEnabled()
    assert page.form.given.text() == "88.50"
    assert "88.50" in visible_words(seat.window) or page.form.given.isVisible()


def test_who_opens_the_old_address_is_told_at_the_sign_in(
    qtbot: QtBot, neighbour: Office, tmp_path: Path, world: SeededWorld, database_url: str
) -> None:
    (tmp_path / "there").mkdir()
    move_office(neighbour, PROGRAM, database.sqlite_url(tmp_path / "there"))
    seat = Seat(qtbot, Desk(Start(data=tmp_path / "data", database=database_url), world))
    try:
        seat.qtbot.waitUntil(lambda: "管理处已迁走" in banner(seat), timeout=15000)
        seat.sign_in("linxm", PASSWORD)
        assert "管理处 11-22 09:00 迁到了一台电脑的本机" in seat.said()
        assert seat.desk.session is None
    finally:
        seat.close()
