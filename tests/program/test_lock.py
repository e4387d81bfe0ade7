"""Locked, opened by PIN, handed over to somebody else and back: the real program over a real office."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from desktop.models.access import StaffMember
from desktop.models.trust import AuditEntry
from desktop.services import access, database, opening, pins, settings
from desktop.services.acts import Op
from desktop.services.work import PROGRAM, begin
from desktop.views.check_in.page import CheckInPage
from desktop.views.keys import top_overlay
from desktop.world import SeededWorld
from tests.offices import PASSWORD
from tests.program.conftest import WRONG, Seat, Sit, acts, visible_words

LIN_PIN, HE_PIN = "407186", "918273"
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def two(office: Path, world: SeededWorld) -> dict[str, UUID]:
    """林小满 of the front desk and 贺屿 the cashier, each with a PIN; neither has signed in on this PC yet."""
    made = opening.open_office(world, office, database.sqlite_url(office))
    passwords = opening.passwords_for(world, demo=True)
    with begin(made, PROGRAM, Op.ADD_STAFF) as work:
        work.authorised += 1
        form = access.StaffForm("heyu", "贺屿", ("cashier",), PASSWORD)
        access.enter_staff(work, form, passwords, must_change=False)
    with made.reading() as session:
        ids = {row.login: row.id for row in session.execute(sa.select(StaffMember.login, StaffMember.id))}
    for login, pin in (("linxm", LIN_PIN), ("heyu", HE_PIN)):
        with begin(made, access.actor_of(made, ids[login]), Op.SET_PIN) as work:
            pins.set_pin(work, PASSWORD, pin, passwords)
    made.close()
    return ids


def facts(seat: Seat, op: Op) -> list[Any]:
    assert seat.desk.office is not None
    with seat.desk.office.reading() as session:
        return list(
            session.scalars(sa.select(AuditEntry.facts).where(AuditEntry.op == op.value).order_by(AuditEntry.n))
        )


def test_f9_locks_and_the_pin_opens_the_same_page(sit: Sit, two: dict[str, UUID]) -> None:
    seat = sit()
    seat.sign_in("linxm", PASSWORD)
    seat.window.navigate("settings")
    seat.idle()
    page = seat.window.page()
    assert page is not None
    seat.press(Qt.Key.Key_F9)
    assert not page.isVisible()
    assert "林小满" in seat.lock.list.accessibleDescription()
    assert seat.lock.since.text() == "09:00 按 F9 锁定"
    assert "望江苑" in visible_words(seat.window)
    seat.window.navigate("board")
    assert seat.place == "settings", "nothing moves behind the lock"
    seat.unlock("509142")
    assert "还能试 4 次" in seat.lock.row.message.text
    seat.unlock(WRONG)
    assert "不对" in seat.lock.row.message.text
    seat.unlock(LIN_PIN)
    assert seat.window.lock_screen is None
    assert seat.window.page() is page
    assert page.isVisible()
    assert page.isAncestorOf(QApplication.focusWidget())
    assert facts(seat, Op.SIGN_IN)[-1] == {"way": "pin"}


def test_five_wrong_pins_leave_only_the_password_even_after_a_restart(sit: Sit, two: dict[str, UUID]) -> None:
    seat = sit()
    seat.sign_in("linxm", PASSWORD)
    seat.press(Qt.Key.Key_F9)
    for _ in range(5):
        seat.unlock("509142")
    assert "请输密码" in seat.lock.row.message.text
    seat.unlock(LIN_PIN)
    assert "请输密码" in seat.lock.row.message.text
    seat.close()
    seat = sit()
    seat.sign_in("linxm", PASSWORD)  # signing in by password is what gives the PIN back
    seat.press(Qt.Key.Key_F9)
    seat.unlock(LIN_PIN)
    assert seat.window.lock_screen is None


def test_a_pin_does_not_open_the_program_only_its_lock(sit: Sit, two: dict[str, UUID]) -> None:
    seat = sit()
    seat.sign_in("linxm", PASSWORD)
    seat.close()
    seat = sit()
    seat.sign_in("linxm", LIN_PIN)
    assert seat.place == ""
    assert "不对" in seat.said()


def test_nobody_at_the_desk_locks_it(sit: Sit, two: dict[str, UUID]) -> None:
    seat = sit()
    seat.sign_in("linxm", PASSWORD)
    idle = seat.desk.keeper.idle
    assert idle.minutes == 5
    assert idle.timer.isActive()
    idle.timer.setInterval(600)
    for _ in range(5):  # every key begins the time anew
        seat.qtbot.wait(200)
        seat.qtbot.keyClick(seat.window.windowHandle(), Qt.Key.Key_Shift)
        assert seat.window.lock_screen is None
    seat.qtbot.waitUntil(lambda: seat.window.lock_screen is not None, timeout=3000)
    seat.idle()
    assert seat.lock.since.text() == "5 分钟没有操作，09:00 起锁定"
    seat.unlock(LIN_PIN)
    assert idle.timer.isActive(), "it begins anew"


def test_a_changed_rule_changes_the_lock_at_once(sit: Sit, office: Path) -> None:
    seat = sit()
    seat.sign_in("admin", PASSWORD)
    session = seat.desk.session
    assert session is not None
    session.act(Op.CHANGE_SETTING, settings.change_settings, {"lock_minutes": 2}, {"lock_minutes": 5})
    seat.idle()
    assert seat.desk.keeper.idle.minutes == 2


def test_another_takes_over_by_pin_and_the_first_comes_back_to_her_work(sit: Sit, two: dict[str, UUID]) -> None:
    seat = sit()
    seat.sign_in("heyu", PASSWORD)  # both have worked here today
    seat.press(Qt.Key.Key_F9)
    seat.lock.other.click()
    seat.idle()
    seat.sign_in("linxm", PASSWORD)
    seat.window.navigate("check_in")
    seat.idle()
    page = seat.window.page()
    assert isinstance(page, CheckInPage)
    seat.press(Qt.Key.Key_F9)
    assert [each.name for each in seat.lock.people] == ["林小满", "贺屿"]
    seat.press(Qt.Key.Key_Down)
    assert seat.lock.primary.text() == "换贺屿"
    seat.unlock(HE_PIN, who=1)
    assert seat.desk.session is not None
    assert seat.desk.session.actor.name == "贺屿"
    assert seat.place == "today"
    assert "林小满" not in visible_words(seat.window)
    assert seat.window.page() is not page
    assert not page.isVisible()
    assert page.shell.session.actor.name == "林小满", "her drafts are kept in her name"
    assert not seat.window.top_bar.buttons["check_in"].isEnabled(), "a cashier's rights"
    seat.window.back()
    assert seat.place == "today", "no history of the other"
    seat.press(Qt.Key.Key_F9)
    seat.press(Qt.Key.Key_2, ALT)
    seat.unlock(LIN_PIN, who=1)
    assert seat.window.page() is page
    assert page.isVisible()
    assert seat.desk.session.actor.staff_id == two["linxm"]
    assert acts(seat, Op.SIGN_OUT) == [], "nobody has signed out"
    seat.close()


def test_closing_signs_everybody_out(sit: Sit, two: dict[str, UUID], office: Path, world: SeededWorld) -> None:
    seat = sit()
    seat.sign_in("heyu", PASSWORD)
    seat.press(Qt.Key.Key_F9)
    seat.lock.other.click()
    seat.idle()
    seat.sign_in("linxm", PASSWORD)
    seat.close()
    made = opening.open_office(world, office, database.sqlite_url(office))
    with made.reading() as session:
        left = set(session.scalars(sa.select(AuditEntry.actor_id).where(AuditEntry.op == Op.SIGN_OUT.value)))
    made.close()
    assert left == {two["heyu"], two["linxm"]}


def test_somebody_who_is_not_listed_signs_in_by_password(sit: Sit, two: dict[str, UUID]) -> None:
    seat = sit()
    seat.sign_in("linxm", PASSWORD)
    seat.window.navigate("settings")
    seat.idle()
    before = seat.window.page()
    seat.press(Qt.Key.Key_F9)
    assert [each.name for each in seat.lock.people] == ["林小满"], "the others have not worked here"
    seat.lock.other.click()
    seat.idle()
    assert seat.desk.session is None
    assert seat.card.user.value() == ""
    assert not seat.window.top_bar.search.isEnabled()
    seat.sign_in("admin", PASSWORD)
    assert seat.place == "today"
    assert seat.window.page() is not before
    seat.press(Qt.Key.Key_F9)
    seat.unlock(LIN_PIN, who=1)
    assert seat.window.page() is before, "her page has waited"


def test_a_pin_sleeps_after_a_week_and_the_card_asks_for_the_password(
    sit: Sit, two: dict[str, UUID], world: SeededWorld
) -> None:
    seat = sit()
    seat.sign_in("linxm", PASSWORD)
    world.advance(timedelta(days=8))
    seat.press(Qt.Key.Key_F9)
    assert seat.lock.row.caption.text() == "密码"
    seat.unlock(LIN_PIN)
    assert "请输密码" in seat.lock.row.message.text
    seat.unlock(PASSWORD)
    assert seat.window.lock_screen is None
    seat.press(Qt.Key.Key_F9)
    assert seat.lock.row.caption.text() == "PIN 或密码"


@pytest.mark.parametrize("change", ["rights", "gone"])
def test_what_was_taken_away_meanwhile_is_gone_after_unlocking(sit: Sit, two: dict[str, UUID], change: str) -> None:
    seat = sit()
    seat.sign_in("linxm", PASSWORD)
    before, page = seat.desk.session, seat.window.page()
    assert before is not None
    seat.press(Qt.Key.Key_F9)
    passwords = opening.passwords_for(before.office.world, demo=True)
    with begin(before.office, PROGRAM, Op.CHANGE_STAFF) as work:
        member = work.get(StaffMember, two["linxm"])
        if change == "rights":
            form = access.StaffForm("linxm", "林小满", ("auditor",))
            access.change_staff(work, member.id, member.version, form, passwords)
        else:
            access.disable_staff(work, member.id, True)
    seat.idle()
    if change == "gone":
        seat.unlock(LIN_PIN)
        assert "已停用" in seat.lock.row.message.text
        seat.unlock(PASSWORD)
        assert seat.window.lock_screen is not None
        return
    seat.unlock(LIN_PIN)
    assert seat.desk.session is not before
    assert seat.desk.session is not None
    assert seat.desk.session.actor.rights == access.SHIPPED["auditor"][1]
    assert not seat.window.top_bar.buttons["check_in"].isEnabled()
    assert seat.window.page() is not page


def test_a_dialog_half_filled_is_there_again(sit: Sit, two: dict[str, UUID]) -> None:
    seat = sit()
    seat.sign_in("linxm", PASSWORD)
    seat.window.navigate("settings")
    seat.idle()
    seat.press(Qt.Key.Key_1, ALT)  # 修改密码
    dialog = top_overlay(seat.window)
    assert dialog is not None
    form: Any = dialog.form  # type: ignore[attr-defined]
    form.field("old").setText("half of it")
    form.field("new").setFocus()
    seat.press(Qt.Key.Key_F9)
    assert not dialog.isVisible()
    seat.unlock(LIN_PIN)
    assert dialog.isVisible()
    assert form.field("old").text() == "half of it"
    assert form.field("new").hasFocus()
    seat.press(Qt.Key.Key_Escape)


def test_no_pin_is_written_into_any_log(sit: Sit, two: dict[str, UUID], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    seat = sit()
    seat.sign_in("linxm", PASSWORD)
    seat.press(Qt.Key.Key_F9)
    seat.unlock("509142")
    seat.unlock(LIN_PIN)
    seat.close()
    assert LIN_PIN not in caplog.text
    assert "509142" not in caplog.text
