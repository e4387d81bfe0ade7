"""The database goes away under the clerk: what was typed stays, the window says what to do, nothing is doubled, and
the next act goes on without a new start of the program.

PostgreSQL is a server of the test's own, really stopped and started; a line that breaks in the very moment of a commit
goes through a wire that is cut there. SQLite is really locked by another process, and really full.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from psycopg import sql
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.app import Desk, Start
from desktop.models.leases import Lease
from desktop.models.payments import Payment
from desktop.models.values import Money, RoomState
from desktop.services import board, checkup, draft_files
from desktop.services.check_in_draft import ORDER, Step
from desktop.services.office import Office
from desktop.services.receipts import ReceiptRow, receipts_of
from desktop.services.work import PROGRAM, look
from desktop.world import SeededWorld
from tests.cable import Cable
from tests.conftest import MORNING
from tests.databases import Databases
from tests.journeys.hands import CONTROL, TYPED, Hands, TypedCheckIn, kept
from tests.offices import check_in, hire, make_office, person, rooms_of
from tests.postgresql import OWNER, Server
from tests.services.test_replay import prove

LOGIN = "linxm"


class Doors:
    """Failure doors of the world: what a test hangs behind a point happens there, in the thread that passes it."""

    def __init__(self) -> None:
        self.behind: dict[str, Callable[[], object]] = {}

    def __call__(self, point: str) -> None:
        if point in self.behind:
            self.behind.pop(point)()


class Seat:
    """An office with two tenants who owe, its data folder, and whoever sits down at it."""

    def __init__(self, qtbot: QtBot, folder: Path, url: str) -> None:
        self.qtbot, self.folder, self.url = qtbot, folder, url
        self.doors = Doors()
        self.world = SeededWorld(MORNING, fault=self.doors)
        self.hands: list[Hands] = []
        office = make_office(self.world, folder / "data", url)
        hire(office, "manager", login=LOGIN)
        owing = check_in(office, PROGRAM, rooms_of(office)[0], person("沈知微", 3, phone="13900000003"))
        self.owing = owing.party_id
        office.close()

    def sit(self, url: str = "") -> Hands:
        """Start the program and sign in."""
        hands = Hands(Desk(Start(data=self.folder / "data", database=url or self.url), self.world))
        self.qtbot.addWidget(hands.window)
        hands.open()
        hands.sign_in(LOGIN)
        self.hands.append(hands)
        return hands

    def leave(self) -> None:
        while self.hands:
            self.hands.pop().leave()


def office_of(hands: Hands) -> Office:
    assert hands.desk.office is not None
    return hands.desk.office


def receipts(hands: Hands) -> list[ReceiptRow]:
    with look(office_of(hands), PROGRAM) as reading:
        return receipts_of(reading)


def tile(hands: Hands, number: str) -> Any:
    with look(office_of(hands), PROGRAM) as reading:
        return next(each for each in board.board(reading).tiles if each.number == number)


def all_is_well(hands: Hands, databases: Databases, folder: Path) -> None:
    with look(office_of(hands), PROGRAM) as reading:
        assert checkup.check_office(reading).findings == ()
    prove(office_of(hands), databases.clone("sqlite"), folder / "copy")


# ---- PostgreSQL stops and starts ------------------------------------------------------------------------------------


@pytest.fixture
def server(durable_server: Server) -> Iterator[Server]:
    """A server of this test's own, running again afterwards whatever happened."""
    yield durable_server
    if not _answers(durable_server):
        durable_server.resume()


def _answers(server: Server) -> bool:
    try:
        server.admin().close()
    except Exception:  # noqa: BLE001 - whatever it is, it does not answer
        return False
    return True


@pytest.fixture
def seat(qtbot: QtBot, server: Server, tmp_path: Path) -> Iterator[Seat]:
    name = f"line_{tmp_path.name}"
    with server.admin() as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(OWNER)))
    seat = Seat(qtbot, tmp_path, server.url(name))
    yield seat
    seat.leave()
    if not _answers(server):
        server.resume()
    with server.admin() as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def up(hands: Hands) -> bool:
    return hands.light("engine") == "数据库正常" and not hands.window.banner_strip.isVisible()


def gone(server: Server, hands: Hands) -> None:
    """The server stops, and the window has noticed by itself."""
    server.stop()
    hands.until(lambda: hands.light("engine") == "数据库断开")


def back(server: Server, hands: Hands) -> None:
    server.resume()
    hands.until(lambda: up(hands))


def test_in_the_middle_of_a_check_in(
    seat: Seat, server: Server, databases: Databases, tmp_path: Path, expect_log: Callable[[str], None]
) -> None:
    expect_log("line to the server is down")
    hands = seat.sit()
    way = TypedCheckIn(hands)
    way.to(Step.TERMS)
    gone(server, hands)

    # Typing goes on, and is kept on this PC.
    way.terms()
    hands.until(lambda: way.page.keeper.words.text().startswith("草稿已存在本机"))
    assert len(list((tmp_path / "data" / draft_files.FOLDER).iterdir())) == 1
    way.handover()
    hands.go_on()
    assert way.page.draft.step is Step.HANDOVER
    assert way.page.view.rows["reading.water"].field.text() == TYPED["reading.water"]
    assert {name: kept(way.page.draft, name) for name in way.typed} == way.typed

    # It is back: the next press stores, once.
    back(server, hands)
    hands.until(lambda: way.page.keeper.words.text().startswith("草稿已保存"))
    assert not list((tmp_path / "data" / draft_files.FOLDER).iterdir())
    way.store()
    assert stored_leases(hands) == 2

    # Gone once more, before the money: the amount and the answer stay.
    hands.focus.selectAll()  # type: ignore[attr-defined]
    hands.type("8000")
    hands.enter()
    assert "找零，还是存入预存" in way.page.view.form.strip.words.text()
    gone(server, hands)
    hands.alt(1)
    assert (way.page.draft.step, way.page.view.form.given.value()) == (Step.PAYMENT, Money.yuan(8000))
    back(server, hands)
    assert way.page.view.form.given.value() == Money.yuan(8000)
    hands.go_on()
    way.at(Step.PRINT)

    # And before the paper.
    hands.until(lambda: not way.page.view.empty)
    gone(server, hands)
    hands.go_on()
    assert not way.page.finished
    back(server, hands)
    way.print()
    assert len(list(hands.desk.folders.prints.glob("*.pdf"))) == 2
    (receipt,) = receipts(hands)
    assert receipt.payer == TYPED["name"]
    assert stored_leases(hands) == 2
    assert tile(hands, "201").state is RoomState.LET
    all_is_well(hands, databases, tmp_path)


def test_the_program_ends_while_the_server_is_gone(
    seat: Seat, server: Server, expect_log: Callable[[str], None]
) -> None:
    """What was typed after the server went lies on this PC, and stands in the page of the next window."""
    expect_log("leaving was not noted: DatabaseGone")
    expect_log("line to the server is down")
    hands = seat.sit()
    way = TypedCheckIn(hands)
    way.to(Step.CONTACT)
    gone(server, hands)
    for name in ("phone", "occupation", "home_address"):
        way.put(name)
        hands.enter()
    seat.leave()  # the last words are kept at closing; the server is not there to note that somebody left
    server.resume()
    hands = seat.sit()
    again = TypedCheckIn(hands)
    again.begin()
    hands.until(lambda: again.page.view.drafts)
    hands.alt(1)
    again.at(Step.CONTACT)
    assert {name: again.page.view.rows[name].field.text() for name in ("phone", "occupation", "home_address")} == {
        name: way.values[name] for name in ("phone", "occupation", "home_address")
    }
    for step in ORDER[ORDER.index(Step.CONTACT) :]:
        again.do(step)
    assert stored_leases(hands) == 2


# ---- a line that breaks in the very moment of a commit ---------------------------------------------------------------


@pytest.fixture
def cable(seat: Seat, server: Server) -> Iterator[Cable]:
    laid = Cable(server.port)
    yield laid
    seat.leave()
    laid.close()


def over(cable: Cable, seat: Seat) -> str:
    return sa.make_url(seat.url).set(port=cable.port).render_as_string(hide_password=False)


STORED = pytest.mark.parametrize("stored", [True, False], ids=["stored", "not stored"])


def break_at_commit(seat: Seat, cable: Cable, stored: bool) -> None:
    """The line breaks at the commit of the next act: before it arrives, or before its answer does."""
    seat.doors.behind["work.before_commit"] = cable.deafen if stored else cable.cut


def broken(seat: Seat, cable: Cable, hands: Hands, stored: bool, table: type[Any], rows: int) -> None:
    """Until the server has what it was to have, the line is cut, and the window has said how it stands."""
    if stored:
        engine = sa.create_engine(seat.url)
        query = sa.select(sa.func.count()).select_from(table)
        hands.wait(lambda: _count(engine, query) == rows)
        engine.dispose()
        cable.cut()
    hands.until(lambda: hands.message)
    assert "保存到一半时断了线，存没存上还不知道" in hands.message


def _count(engine: sa.Engine, query: sa.Select[Any]) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(query) or 0)


@STORED
def test_a_check_in_and_its_money_are_stored_once(
    seat: Seat, cable: Cable, databases: Databases, tmp_path: Path, stored: bool, expect_log: Callable[[str], None]
) -> None:
    """The wizard goes to where it had come, by itself; only what was not stored is pressed again."""
    expect_log("line to the server is down")
    hands = seat.sit(over(cable, seat))
    way = TypedCheckIn(hands)
    way.to(Step.HANDOVER)
    way.handover()
    break_at_commit(seat, cable, stored)
    hands.press(Qt.Key.Key_Return, CONTROL, settle=False)
    broken(seat, cable, hands, stored, Lease, 2)
    assert way.page.draft.step is Step.HANDOVER
    cable.mend()
    hands.until(lambda: up(hands) and not way.page.acts.in_doubt)
    if not stored:
        assert {name: kept(way.page.draft, name) for name in way.typed} == way.typed
        hands.go_on()
    way.at(Step.PAYMENT)
    hands.until(lambda: way.page.view.open is not None)
    assert stored_leases(hands) == 2
    break_at_commit(seat, cable, stored)
    hands.press(Qt.Key.Key_Return, settle=False)
    broken(seat, cable, hands, stored, Payment, 1)
    cable.mend()
    hands.until(lambda: up(hands) and not way.page.acts.in_doubt)
    if not stored:
        assert way.page.draft.step is Step.PAYMENT
        hands.go_on()
    way.at(Step.PRINT)
    way.print()
    assert (len(receipts(hands)), stored_leases(hands)) == (1, 2)
    all_is_well(hands, databases, tmp_path)


@STORED
def test_a_part_payment_at_the_till_is_taken_once(
    seat: Seat, cable: Cable, databases: Databases, tmp_path: Path, stored: bool, expect_log: Callable[[str], None]
) -> None:
    """A thousand of what is owed: taken twice it would look as right as taken once."""
    expect_log("line to the server is down")
    hands = seat.sit(over(cable, seat))
    hands.window.navigate("till", party_id=seat.owing)
    hands.until(lambda: hands.page.facts is not None)
    page = hands.page
    page.table.spread(Money.yuan(1000))
    hands.focus.selectAll()  # type: ignore[attr-defined]
    hands.type("1000")
    break_at_commit(seat, cable, stored)
    hands.press(Qt.Key.Key_Return, settle=False)
    broken(seat, cable, hands, stored, Payment, 1)
    cable.mend()
    hands.until(lambda: up(hands))
    if not stored:
        assert receipts(hands) == []
        hands.until(lambda: page.pay_card.button.isEnabled())
        assert page.form.given.value() == Money.yuan(1000)
        hands.enter()
        hands.until(lambda: page.pay_card.done)
    hands.until(lambda: len(receipts(hands)) == 1)
    (receipt,) = receipts(hands)
    assert receipt.amount == Money.yuan(1000)
    all_is_well(hands, databases, tmp_path)


def stored_leases(hands: Hands) -> int:
    with office_of(hands).reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Lease)) or 0


# ---- SQLite: locked by another process, and full ---------------------------------------------------------------------


@pytest.fixture
def own_seat(qtbot: QtBot, tmp_path: Path) -> Iterator[Seat]:
    """The embedded database in its data folder."""
    seat = Seat(qtbot, tmp_path, f"sqlite:///{tmp_path / 'data' / 'office.db'}")
    yield seat
    seat.leave()


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize("place", ["till", "check-in"])
def test_locked_by_another_process(own_seat: Seat, databases: Databases, tmp_path: Path, place: str) -> None:
    """Longer than we wait for it."""
    hands = own_seat.sit()
    engine = office_of(hands).engine
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout = 300"))
    pay, done = _before_the_money(own_seat, hands, place)
    path = str(engine.url.database)
    holder = subprocess.Popen([sys.executable, "-c", HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    try:
        pay()
        hands.until(lambda: hands.message)
        assert hands.message == "数据库正忙，这一步没有保存：稍等几秒再按一次。填写的内容还在"
        assert not done()
    finally:
        holder.communicate(b"\n")
    assert receipts(hands) == []
    pay()
    hands.until(done)
    assert len(receipts(hands)) == 1
    all_is_well(hands, databases, tmp_path)


@pytest.mark.parametrize("place", ["till", "check-in"])
def test_a_full_disk(own_seat: Seat, databases: Databases, tmp_path: Path, place: str) -> None:
    """SQLite itself finds no room for another page, in the middle of the payment."""
    hands = own_seat.sit()
    engine = office_of(hands).engine
    pay, done = _before_the_money(own_seat, hands, place)

    def full(connection: sa.Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # clamped to what is there: not a page more

    def room(connection: sa.Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")

    sa.event.listen(engine, "begin", full)
    pay()
    hands.until(lambda: hands.message)
    assert hands.message == "磁盘已满，这一步没有保存。已保存的资料完好；请腾出空间后再试"
    assert not done()
    assert receipts(hands) == []
    sa.event.remove(engine, "begin", full)
    sa.event.listen(engine, "begin", room)
    pay()
    hands.until(done)
    assert len(receipts(hands)) == 1
    all_is_well(hands, databases, tmp_path)


def _before_the_money(seat: Seat, hands: Hands, place: str) -> tuple[Callable[[], None], Callable[[], bool]]:
    """Everything is typed but the Enter that pays; how to press it, and whether it is paid."""
    if place == "till":
        hands.window.navigate("till", party_id=seat.owing)
        hands.until(lambda: hands.page.facts is not None)
        page = hands.page
        return hands.enter, lambda: bool(page.pay_card.done)
    way = TypedCheckIn(hands)
    way.to(Step.PAYMENT)
    hands.until(lambda: not way.page.keeper.dirty and not way.page.keeper.timer.isActive())
    return hands.enter, lambda: way.page.draft.step is Step.PRINT
