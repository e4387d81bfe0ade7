"""A second PC comes to a shared office, as two people at two windows see it: digits, approval, revoking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.app import Desk, Start
from desktop.services import access, database, drafts
from desktop.services.acts import Op
from desktop.services.opening import passwords_for
from desktop.services.recovery import RecoveryCode, make_recovery_code
from desktop.services.work import PROGRAM, begin
from desktop.views.admin.devices import ApproveDialog, DevicesSection
from desktop.views.dialogs import Question
from desktop.views.first_start import FirstStartPage
from desktop.views.first_start.join import JoinDialog
from desktop.views.first_start.waiting import AskDialog, WaitingDialog
from desktop.views.keys import top_overlay
from desktop.views.login import SignIn
from desktop.views.theme import Theme
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.offices import PASSWORD, make_office
from tests.program.conftest import Seat, visible_words

pytestmark = pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture(autouse=True)
def look_of_it(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Theme:
    return Theme(tmp_path_factory.mktemp("icons")).install(qapp)


@pytest.fixture
def code(world: SeededWorld) -> RecoveryCode:
    return make_recovery_code(world)


@pytest.fixture
def first(qtbot: QtBot, world: SeededWorld, database_url: str, tmp_path: Path, code: RecoveryCode) -> Iterator[Seat]:
    """The administrator at the PC that is there already."""
    office = make_office(world, tmp_path / "one", database_url, recovery=code)
    form = access.StaffForm("linxm", "林小满", ("administrator",), PASSWORD)
    with begin(office, PROGRAM, Op.ADD_STAFF) as work:
        work.authorised += 1
        access.enter_staff(work, form, passwords_for(world, demo=True), must_change=False)
    office.close()
    seat = Seat(qtbot, Desk(Start(data=tmp_path / "one", database=database_url), world))
    seat.sign_in("linxm", PASSWORD)
    yield seat
    if not seat.closed:
        seat.close()


Newcomer = Callable[[], Seat]


@pytest.fixture
def newcomer(qtbot: QtBot, first: Seat, database_url: str, tmp_path: Path) -> Iterator[Newcomer]:
    """A PC without keys, pointed at the same database; again for a restart of it."""
    outside = SeededWorld(MORNING, seed=55)
    seats: list[Seat] = []

    def come(address: str = database_url) -> Seat:
        seats.append(Seat(qtbot, Desk(Start(data=tmp_path / "two", database=address), outside)))
        return seats[-1]

    yield come
    for seat in seats:
        if not seat.closed:
            seat.close()


def dialog(seat: Seat, kind: type[Any]) -> Any:
    found: list[Any] = []

    def there() -> bool:
        found[:] = [top_overlay(seat.window)]
        return isinstance(found[0], kind)

    seat.qtbot.waitUntil(there, timeout=15000)
    return found[0]


def ask(seat: Seat, desk: str = "前台 2") -> WaitingDialog:
    asking = dialog(seat, AskDialog)
    asking.form.set_values({"desk": desk})
    asking.submit()
    waiting: WaitingDialog = dialog(seat, WaitingDialog)
    return waiting


def sign_in(seat: Seat) -> None:
    """Without keys: the other window may have the focus."""
    seat.card.user.set_value("linxm")
    seat.card.password.setText(PASSWORD)
    seat.card.submit()
    seat.qtbot.waitUntil(lambda: seat.place == "today", timeout=15000)
    seat.idle()


def devices_of(seat: Seat) -> DevicesSection:
    seat.window.activateWindow()
    seat.window.navigate("settings", section="devices")
    seat.idle()
    page: Any = seat.window.page()
    section = page.section
    assert isinstance(section, DevicesSection)
    return section


def approve(seat: Seat, digits: str) -> ApproveDialog:
    section = devices_of(seat)
    seat.qtbot.waitUntil(lambda: section.waiting.current() is not None, timeout=5000)
    section.approve.click()
    shown = dialog(seat, ApproveDialog)
    shown.form.set_values({"digits": digits})
    shown.submit()
    seat.idle()
    assert isinstance(shown, ApproveDialog)
    return shown


def test_a_pc_asks_and_goes_on_by_itself_when_it_is_approved(first: Seat, newcomer: Newcomer) -> None:
    second = newcomer()
    waiting = ask(second)
    digits = waiting.digits.text()
    first.qtbot.waitUntil(lambda: "devices" in first.window.status.lights, timeout=2000)
    assert "1 台终端待批准" in first.window.status.lights["devices"].accessibleName()
    assert "设置，1" in first.window.rail.entries["settings"].accessibleName()
    approve(first, digits)
    second.qtbot.waitUntil(lambda: second.desk.office is not None, timeout=15000)
    second.idle()
    assert isinstance(second.window.stack.currentWidget(), SignIn)
    assert second.desk.office is not None
    assert second.desk.office.desk.name == "前台 2"
    first.qtbot.waitUntil(lambda: "devices" not in first.window.status.lights, timeout=2000)
    sign_in(second)
    assert second.place == "today"


def test_other_digits_are_not_approved_and_nothing_typed_is_lost(first: Seat, newcomer: Newcomer) -> None:
    second = newcomer()
    waiting = ask(second)
    wrong = "000000" if waiting.digits.text() != "000000" else "111111"
    shown = approve(first, wrong)
    assert shown.isVisible()
    assert shown.form is not None
    assert "不一样" in shown.form.rows["digits"].message.text
    assert shown.form.values()["digits"] == wrong
    assert second.desk.office is None
    shown.cancel()


def test_a_refused_pc_is_told_and_may_ask_again(first: Seat, newcomer: Newcomer) -> None:
    second = newcomer()
    ask(second)
    section = devices_of(first)
    first.qtbot.waitUntil(lambda: section.waiting.current() is not None, timeout=5000)
    section.refuse.click()
    question = dialog(first, Question)
    question.buttons[0].click()
    asking = dialog(second, AskDialog)
    assert "没有批准" in visible_words(asking)


def test_a_pc_switched_off_while_waiting_goes_on_waiting(first: Seat, newcomer: Newcomer) -> None:
    second = newcomer()
    digits = ask(second).digits.text()
    dialog(second, WaitingDialog).stop()
    second.close()
    again = newcomer()
    assert dialog(again, WaitingDialog).digits.text() == digits
    approve(first, digits)
    again.qtbot.waitUntil(lambda: again.desk.office is not None, timeout=15000)


def test_esc_takes_the_request_back(first: Seat, newcomer: Newcomer) -> None:
    second = newcomer()
    ask(second).cancel()
    second.idle()
    first.qtbot.waitUntil(lambda: "devices" not in first.window.status.lights, timeout=3000)


def test_the_recovery_code_still_lets_a_pc_in_alone(first: Seat, newcomer: Newcomer, code: RecoveryCode) -> None:
    second = newcomer()
    dialog(second, AskDialog).by_code.click()
    joining = dialog(second, JoinDialog)
    joining.form.set_values({"recovery_code": " ".join(code.groups), "desk": "前台 2"})
    joining.submit()
    second.qtbot.waitUntil(lambda: second.desk.office is not None, timeout=30000)


def test_a_revoked_pc_is_sent_to_the_sign_in_page_and_told_why(first: Seat, newcomer: Newcomer) -> None:
    second = newcomer()
    approve(first, ask(second).digits.text())
    second.qtbot.waitUntil(lambda: second.desk.office is not None, timeout=15000)
    second.idle()
    sign_in(second)
    section = devices_of(first)
    first.qtbot.waitUntil(lambda: section.table.rows.rowCount() == 2, timeout=5000)
    section.table.choose(1)
    section.revoke.click()
    question = dialog(first, Question)
    question.buttons[0].click()
    asking = dialog(second, AskDialog)
    assert "收回了这台电脑" in visible_words(asking)
    assert second.desk.session is None
    assert second.desk.office is None
    assert isinstance(second.window.stack.currentWidget(), SignIn)


def test_what_was_typed_at_a_revoked_pc_is_there_when_it_is_let_in_again(first: Seat, newcomer: Newcomer) -> None:
    second = newcomer()
    approve(first, ask(second).digits.text())
    second.qtbot.waitUntil(lambda: second.desk.office is not None, timeout=15000)
    second.idle()
    sign_in(second)
    second.window.navigate("check_in")
    second.idle()
    page: Any = second.window.page()
    page.draft.name = "许清和"
    page.typed()
    section = devices_of(first)
    first.qtbot.waitUntil(lambda: section.table.rows.rowCount() == 2, timeout=5000)
    section.table.choose(1)
    section.revoke.click()
    dialog(first, Question).buttons[0].click()
    assert "收回了这台电脑" in visible_words(dialog(second, AskDialog))
    approve(first, ask(second).digits.text())
    second.qtbot.waitUntil(lambda: second.desk.office is not None, timeout=15000)
    second.idle()
    sign_in(second)
    assert second.desk.session is not None
    assert [row.title for row in second.desk.session.read(drafts.list_drafts)] == ["许清和"]


def test_a_new_pc_finds_the_way_from_the_wizard(qtbot: QtBot, first: Seat, database_url: str, tmp_path: Path) -> None:
    """Started without an address, the wizard is given one where an office lives already."""
    outside = SeededWorld(MORNING, seed=66)
    seat = Seat(qtbot, Desk(Start(data=tmp_path / "three"), outside))
    try:
        page = seat.window.stack.currentWidget()
        assert isinstance(page, FirstStartPage)
        qtbot.waitUntil(lambda: page._known is not None, timeout=15000)
        page._office_found(str(database.parse_url(database_url)))
        digits = ask(seat, "前台 3").digits.text()
        approve(first, digits)
        qtbot.waitUntil(lambda: seat.desk.office is not None, timeout=15000)
        assert seat.desk.preferences.office
    finally:
        seat.close()
