"""The whole program offscreen: from the first start to the board, locked and unlocked, one office one program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.app import Desk, Start
from desktop.models.trust import AuditEntry
from desktop.services import access, database, opening, settings
from desktop.services.acts import Op
from desktop.services.device_key import FILE_NAME
from desktop.services.recovery import RecoveryCode, make_recovery_code
from desktop.services.work import PROGRAM, begin
from desktop.views.admin.passwords import OwnPasswordDialog
from desktop.views.first_start import FirstStartPage
from desktop.views.first_start.join import JoinDialog
from desktop.views.first_start.plan import Step
from desktop.views.keys import top_overlay
from desktop.views.login import SignIn
from desktop.views.theme import Theme
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.offices import PASSWORD, first_start

CTRL = Qt.KeyboardModifier.ControlModifier
WRONG, NEW = "Maple-丙丁-42", "Cedar-庚辛-44"


@pytest.fixture(autouse=True)
def look(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Theme:
    """The look of the program."""
    return Theme(tmp_path_factory.mktemp("icons")).install(qapp)


class Seat:
    """The running program, and somebody's hands."""

    def __init__(self, qtbot: QtBot, desk: Desk) -> None:
        self.qtbot, self.desk, self.window = qtbot, desk, desk.window
        self.closed = False
        desk.show()
        self.window.activateWindow()
        self.idle()

    def idle(self) -> None:
        """Until no work is under way, nor begun by work that has just ended."""
        for _ in range(4):
            QApplication.sendPostedEvents()
            QApplication.processEvents()
            self.qtbot.waitUntil(lambda: self.window.jobs.count == 0, timeout=30000)
            self.qtbot.wait(1)

    @property
    def card(self) -> SignIn:
        card = self.window.stack.currentWidget()
        assert isinstance(card, SignIn)
        return card

    @property
    def place(self) -> str:
        return self.window.place.key if self.window.place is not None else ""

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.qtbot.keyClick(QApplication.focusWidget() or self.window, key, modifier)
        self.idle()

    def sign_in(self, user: str, password: str) -> None:
        card = self.card
        if user:
            card.user.set_value(user)
        card.password.setText(password)
        card.password.setFocus()
        self.press(Qt.Key.Key_Return)

    def said(self) -> str:
        return self.card.error.text if self.card.error.isVisible() else ""

    def close(self) -> None:
        """As somebody closes the window."""
        self.closed = True
        self.window.toast_widget.dismiss()
        self.window.close()
        QApplication.processEvents()
        self.desk.shut()
        self.desk._idle.stop()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


Sit = Callable[..., Seat]


@pytest.fixture
def sit(qtbot: QtBot, world: SeededWorld, tmp_path: Path) -> Iterator[Sit]:
    """`sit()`: the program over the data folder of this test; again for a second program or a restart."""
    seats: list[Seat] = []

    def start(outside: SeededWorld | None = None, **how: Any) -> Seat:
        seats.append(Seat(qtbot, Desk(Start(data=tmp_path / "data", **how), outside or world)))
        return seats[-1]

    yield start
    for seat in seats:
        if not seat.closed:
            seat.close()


@pytest.fixture
def code(world: SeededWorld) -> RecoveryCode:
    return make_recovery_code(world)


@pytest.fixture
def office(world: SeededWorld, tmp_path: Path, code: RecoveryCode) -> Path:
    """An office on the disk, closed: administrator admin, clerk linxm whose password need not be changed."""
    data = tmp_path / "data"
    made = opening.create_office(world, data, database.sqlite_url(data), first_start(demo=False), code)
    passwords = opening.passwords_for(world, demo=True)  # cheap: tests make people often
    with begin(made, PROGRAM, Op.ADD_STAFF) as work:
        work.authorised += 1
        access.enter_staff(
            work, access.StaffForm("linxm", "林小满", ("front_desk",), PASSWORD), passwords, must_change=False
        )
    made.close()
    return data


def acts(seat: Seat, op: Op) -> list[Any]:
    assert seat.desk.office is not None
    with seat.desk.office.reading() as session:
        query = sa.select(AuditEntry.actor_id).where(AuditEntry.op == op.value).order_by(AuditEntry.n)
        return list(session.scalars(query))


def visible_words(window: QWidget) -> str:
    return " ".join(label.text() for label in window.findChildren(QLabel) if label.isVisible())


# ---- from nothing to the board -----------------------------------------------------------------------------------


def wizard_of(seat: Seat) -> FirstStartPage:
    page = seat.window.stack.currentWidget()
    assert isinstance(page, FirstStartPage)
    seat.qtbot.waitUntil(lambda: page._known is not None, timeout=15000)
    return page


def walk_through(seat: Seat, page: FirstStartPage) -> None:
    def fill(**values: Any) -> None:
        form = page.view.form
        assert form is not None
        form.set_values(values)
        seat.press(Qt.Key.Key_Return, CTRL)

    fill(organisation="望江物业服务有限公司", project="望江苑")
    seat.press(Qt.Key.Key_Return, CTRL)
    fill(floor_to=3)
    fill(admin_name="周砚秋", admin_login="zhouyq", admin_password=PASSWORD, repeat=PASSWORD)
    seat.press(Qt.Key.Key_Return, CTRL)
    assert page.plan.here is Step.PROOF
    proof: Any = page.view
    for place, field in proof.fields.items():
        field.set_value(page._code.groups[place - 1])
    seat.press(Qt.Key.Key_Return, CTRL)


def test_from_the_first_start_to_the_board(sit: Sit, tmp_path: Path) -> None:
    seat = sit()
    page = wizard_of(seat)
    groups: list[str] = []
    page.office_made.connect(lambda *_: groups.extend(page._code.groups))
    walk_through(seat, page)
    assert seat.card.isVisible()
    assert len(groups) == 9
    assert not any(group in visible_words(seat.window) for group in groups)
    assert not [child for child in seat.window.findChildren(FirstStartPage) if child.isVisible()]
    assert "望江苑" in visible_words(seat.window)
    seat.sign_in("zhouyq", PASSWORD)
    assert seat.place == "board"
    assert seat.window.stack.currentWidget() is seat.window.page()
    assert seat.desk.preferences.login == "zhouyq"
    seat.close()
    again = sit()
    assert again.card.user.value() == "zhouyq", "the name is remembered, the password is not"
    assert again.card.password.value() == ""
    again.sign_in("", PASSWORD)
    assert again.place == "board"


def test_a_start_that_was_cut_off_begins_anew(sit: Sit, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    engine = database.open_engine(database.sqlite_url(tmp_path / "data"))
    database.migrate(engine)
    engine.dispose()
    seat = sit()
    walk_through(seat, wizard_of(seat))
    seat.sign_in("zhouyq", PASSWORD)
    assert seat.place == "board"


@pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
def test_an_address_given_at_the_start_stands_in_the_wizard(sit: Sit, database_url: str) -> None:
    address = database_url.replace("+psycopg", "")
    page = wizard_of(sit(database=address))
    assert page.database.values() == {"database": address}


# ---- signing in --------------------------------------------------------------------------------------------------


def test_many_wrong_passwords_make_one_wait_even_after_a_restart(sit: Sit, office: Path, world: SeededWorld) -> None:
    seat = sit()
    for _ in range(4):
        seat.sign_in("linxm", WRONG)
        assert "不对" in seat.said()
        assert seat.card.primary.isEnabled()
    seat.sign_in("linxm", WRONG)
    assert "30 秒后再试" in seat.said()
    assert not seat.card.primary.isEnabled()
    seat.close()
    seat = sit()
    seat.sign_in("linxm", PASSWORD)
    assert "30 秒后再试" in seat.said()
    assert seat.place == ""
    assert not seat.card.primary.isEnabled()
    seat.close()
    world.advance(timedelta(seconds=31))
    seat = sit()
    seat.sign_in("linxm", PASSWORD)
    assert seat.place == "board"
    assert len(acts(seat, Op.SIGN_IN_FAILED)) == 5
    assert len(acts(seat, Op.SIGN_IN)) == 1


def test_the_clerk_may_be_quicker_than_the_database(qtbot: QtBot, sit: Sit, office: Path, world: SeededWorld) -> None:
    seat = sit()
    seat.close()
    desk = Desk(Start(data=office), world)
    desk.show()
    card = desk._card
    assert card is not None
    assert desk.office is None
    card.user.set_value("linxm")
    card.password.setText(PASSWORD)
    card.submit()
    qtbot.waitUntil(lambda: desk.window.place is not None, timeout=20000)
    last = Seat.__new__(Seat)
    last.qtbot, last.desk, last.window = qtbot, desk, desk.window
    last.idle()
    last.close()


def test_a_password_given_by_somebody_else_is_changed_first(sit: Sit, office: Path, world: SeededWorld) -> None:
    made = opening.open_office(world, office, database.sqlite_url(office))
    passwords = opening.passwords_for(world, demo=True)
    with begin(made, PROGRAM, Op.ADD_STAFF) as work:
        access.add_staff(work, access.StaffForm("heyu", "贺屿", ("cashier",), PASSWORD), passwords)
    made.close()
    seat = sit()
    seat.sign_in("heyu", PASSWORD)
    dialog = top_overlay(seat.window)
    assert isinstance(dialog, OwnPasswordDialog)
    seat.press(Qt.Key.Key_F2)
    assert seat.place == "board", "nothing can be done beside it"
    seat.press(Qt.Key.Key_F9)
    assert not dialog.isVisible(), "locked: the dialog hides too"
    seat.sign_in("", PASSWORD)
    assert dialog.isVisible()
    seat.press(Qt.Key.Key_Escape)
    assert seat.card.user.value() == ""
    assert seat.desk.session is None
    seat.sign_in("heyu", PASSWORD)
    dialog = top_overlay(seat.window)
    assert isinstance(dialog, OwnPasswordDialog)
    assert dialog.form is not None
    dialog.form.set_values({"old": PASSWORD, "new": NEW, "repeat": NEW})
    seat.press(Qt.Key.Key_Return, CTRL)
    assert top_overlay(seat.window) is None
    seat.close()
    seat = sit()
    seat.sign_in("heyu", NEW)
    assert top_overlay(seat.window) is None
    assert seat.place == "board"


# ---- one office, one program ---------------------------------------------------------------------------------------


def test_a_second_program_is_told_and_gets_in_when_the_first_is_closed(sit: Sit, office: Path) -> None:
    first, second = sit(), sit()
    assert first.desk.office is not None
    assert second.desk.office is None
    assert "已在另一个程序中打开" in second.said()
    second.sign_in("linxm", PASSWORD)
    assert "已在另一个程序中打开" in second.said()
    first.close()
    with opening.alone(office, database.sqlite_url(office)):
        pass  # closing gave the lock back
    second.sign_in("linxm", PASSWORD)
    assert second.place == "board"


# ---- locking -------------------------------------------------------------------------------------------------------


def test_f9_locks_and_unlocking_returns_to_the_same_page(sit: Sit, office: Path) -> None:
    seat = sit()
    seat.sign_in("linxm", PASSWORD)
    seat.window.navigate("settings")
    seat.idle()
    page = seat.window.page()
    seat.press(Qt.Key.Key_F9)
    assert seat.card.user.isReadOnly()
    assert seat.card.user.value() == "林小满"
    assert page is not None
    assert not page.isVisible()
    seat.window.navigate("board")
    assert seat.place == "settings", "nothing moves behind the lock"
    seat.sign_in("", WRONG)
    assert "不对" in seat.said()
    seat.sign_in("", PASSWORD)
    assert seat.window.page() is page
    assert page.isVisible()
    assert page.isAncestorOf(QApplication.focusWidget())


def test_nobody_at_the_desk_locks_it(sit: Sit, office: Path) -> None:
    seat = sit()
    seat.sign_in("linxm", PASSWORD)
    assert seat.desk._idle.interval() == 5 * 60_000
    assert seat.desk._idle.isActive()
    seat.desk._idle.setInterval(600)
    for _ in range(5):  # every key begins the time anew
        seat.qtbot.wait(200)
        seat.qtbot.keyClick(seat.window.windowHandle(), Qt.Key.Key_Shift)
        assert seat.desk._card is None
    seat.qtbot.waitUntil(lambda: seat.desk._card is not None, timeout=3000)
    assert seat.card.user.value() == "林小满"


def test_a_changed_rule_changes_the_lock_at_once(sit: Sit, office: Path) -> None:
    seat = sit()
    seat.sign_in("admin", PASSWORD)
    session = seat.desk.session
    assert session is not None
    session.act(Op.CHANGE_SETTING, settings.change_settings, {"lock_minutes": 2})
    seat.idle()
    assert seat.desk._idle.interval() == 2 * 60_000


def test_somebody_else_sits_down(sit: Sit, office: Path) -> None:
    seat = sit()
    seat.sign_in("linxm", PASSWORD)
    seat.window.navigate("settings")
    seat.idle()
    before = seat.window.page()
    clerk = seat.desk.session.actor.staff_id if seat.desk.session is not None else None
    seat.press(Qt.Key.Key_F9)
    seat.card.other_user_wanted.emit()
    seat.idle()
    assert seat.desk.session is None
    assert seat.window.page() is None
    assert acts(seat, Op.SIGN_OUT) == [clerk]
    seat.sign_in("admin", PASSWORD)
    assert seat.place == "board"
    assert seat.window.page() is not before
    assert seat.desk.session is not None
    assert seat.desk.session.actor.name == "周砚秋"
    seat.window.back()
    assert seat.place == "board", "the other's history is gone"


def test_rights_taken_away_meanwhile_are_gone_after_unlocking(sit: Sit, office: Path) -> None:
    seat = sit()
    seat.sign_in("linxm", PASSWORD)
    before = seat.desk.session
    assert before is not None
    assert before.actor.staff_id is not None
    seat.press(Qt.Key.Key_F9)
    passwords = opening.passwords_for(before.office.world, demo=True)
    with begin(before.office, PROGRAM, Op.CHANGE_STAFF) as work:
        form = access.StaffForm("linxm", "林小满", ("auditor",))
        version = work.get(access.StaffMember, before.actor.staff_id).version
        access.change_staff(work, before.actor.staff_id, version, form, passwords)
    seat.idle()
    seat.sign_in("", PASSWORD)
    assert seat.desk.session is not before
    assert seat.desk.session is not None
    assert seat.desk.session.actor.rights == access.SHIPPED["auditor"][1]
    assert not seat.window.top_bar.buttons["check_in"].isEnabled()


def test_closing_is_noted_in_the_log(sit: Sit, office: Path, world: SeededWorld) -> None:
    seat = sit()
    seat.sign_in("linxm", PASSWORD)
    assert seat.desk.session is not None
    clerk = seat.desk.session.actor.staff_id
    seat.close()
    made = opening.open_office(world, office, database.sqlite_url(office))
    with made.reading() as session:
        last = session.execute(sa.select(AuditEntry.op, AuditEntry.actor_id).order_by(AuditEntry.n.desc())).first()
    made.close()
    assert last is not None
    assert tuple(last) == (Op.SIGN_OUT.value, clerk)


# ---- keys lost -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["another PC", "keyring cleared", "file broken"])
def test_the_recovery_code_lets_a_pc_in(
    sit: Sit, office: Path, code: RecoveryCode, world: SeededWorld, way: str
) -> None:
    outside = world
    if way == "file broken":
        (office / FILE_NAME).write_bytes(b"{}")
    else:
        outside = SeededWorld(MORNING, seed=9)  # its keyring is empty
        if way == "another PC":
            (office / FILE_NAME).unlink()
    seat = sit(outside)
    dialog = top_overlay(seat.window)
    assert isinstance(dialog, JoinDialog)
    assert dialog.form is not None
    assert "passphrase" not in dialog.form.rows
    dialog.form.set_values({"recovery_code": " ".join(code.groups), "desk": "前台 2"})
    seat.press(Qt.Key.Key_Return, CTRL)
    seat.qtbot.waitUntil(lambda: seat.desk.office is not None, timeout=15000)
    seat.idle()
    assert top_overlay(seat.window) is None
    seat.sign_in("linxm", PASSWORD)
    assert seat.place == "board"
    assert seat.desk.office is not None
    assert seat.desk.office.desk.name == "前台 2"
    seat.close()
    again = sit(outside)
    assert again.said() == ""
    assert again.desk.office is not None
