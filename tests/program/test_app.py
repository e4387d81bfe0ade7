"""The whole program offscreen: from the first start to the day, locked and unlocked, one office one program."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.app import Desk, Start
from desktop.models.trust import AuditEntry
from desktop.services import access, database, opening
from desktop.services.acts import Op
from desktop.services.device_key import FILE_NAME
from desktop.services.recovery import RecoveryCode
from desktop.services.work import PROGRAM, begin
from desktop.views.admin.passwords import OwnPasswordDialog
from desktop.views.first_start import FirstStartPage
from desktop.views.first_start.join import JoinDialog
from desktop.views.first_start.plan import Step
from desktop.views.keys import top_overlay
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.offices import PASSWORD
from tests.program.conftest import CTRL, NEW, WRONG, Seat, Sit, acts, visible_words

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


def test_from_the_first_start_to_the_day(sit: Sit, tmp_path: Path) -> None:
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
    assert seat.place == "today"
    assert seat.window.stack.currentWidget() is seat.window.page()
    assert seat.desk.preferences.login == "zhouyq"
    seat.close()
    again = sit()
    assert again.card.user.value() == "zhouyq", "the name is remembered, the password is not"
    assert again.card.password.value() == ""
    again.sign_in("", PASSWORD)
    assert again.place == "today"


def test_a_start_that_was_cut_off_begins_anew(sit: Sit, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    engine = database.open_engine(database.sqlite_url(tmp_path / "data"))
    database.migrate(engine)
    engine.dispose()
    seat = sit()
    walk_through(seat, wizard_of(seat))
    seat.sign_in("zhouyq", PASSWORD)
    assert seat.place == "today"


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
    assert seat.place == "today"
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
    assert seat.place == "today", "nothing can be done beside it"
    seat.press(Qt.Key.Key_F9)
    assert not dialog.isVisible(), "locked: the dialog hides too"
    seat.unlock(PASSWORD)
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
    assert seat.place == "today"


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
    assert second.place == "today"


# ---- leaving -------------------------------------------------------------------------------------------------------


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
    assert seat.place == "today"
    assert seat.desk.office is not None
    assert seat.desk.office.desk.name == "前台 2"
    seat.close()
    again = sit(outside)
    assert again.said() == ""
    assert again.desk.office is not None
