"""The staff page by keyboard: adding, roles, clashes with both versions, disabling, resetting, one's own password."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.services import access, opening
from desktop.services.access import StaffForm, sign_in
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.passwords import Passwords
from desktop.services.work import PROGRAM, begin
from desktop.views.admin.passwords import OwnPasswordDialog, ResetPasswordDialog
from desktop.views.admin.staff import StaffDialog, StaffPage
from desktop.views.dialogs import MOST_HIGH, MOST_WIDE, Dialog, Question
from desktop.views.keys import top_overlay
from desktop.views.theme import Shade, Theme, TypeSize
from desktop.views.versions import VersionsDialog
from desktop.world import SeededWorld
from tests.offices import PASSWORD, make_office, sit_down
from tests.views.admin_desk import ALT, CTRL, AdminDesk

NEW = "Cedar-庚辛-44"


@pytest.fixture
def office(world: SeededWorld, tmp_path: Path) -> Iterator[Office]:
    made = make_office(world, tmp_path / "office", f"sqlite:///{tmp_path}/office/office.db")
    yield made
    made.close()


@pytest.fixture
def passwords(office: Office) -> Passwords:
    return opening.passwords_for(office.world, demo=True)


@pytest.fixture
def seat(
    qtbot: QtBot, on_desk: Callable[..., QWidget], office: Office, tmp_path: Path
) -> Iterator[Callable[..., AdminDesk]]:
    """`seat("administrator")`: somebody with this role on the staff page."""
    desks: list[AdminDesk] = []

    def sit(role: str = "administrator") -> AdminDesk:
        desk = AdminDesk(qtbot, office, sit_down(office, role, login="zhouyq", name="周砚秋"), tmp_path / "prints")
        desks.append(desk)
        on_desk(desk.window, 1093, 614)
        desk.window.navigate("staff")
        desk.idle()
        return desk

    yield sit
    for desk in desks:
        desk.close()


def page_of(desk: AdminDesk) -> StaffPage:
    page = desk.window.page()
    assert isinstance(page, StaffPage)
    return page


def shown(desk: AdminDesk) -> list[tuple[str, str, str]]:
    page = page_of(desk)
    columns = page.table.rows.columns
    return [
        (columns[0].text(row), columns[2].text(row), columns[3].text(row))
        for row in map(page.table.rows.row, range(page.table.rows.rowCount()))
    ]


def test_adding_a_person_by_keys(seat: Callable[..., AdminDesk], office: Office, passwords: Passwords) -> None:
    desk = seat()
    assert page_of(desk).table.hasFocus()
    assert shown(desk) == [("周砚秋", "管理员", "待改密码")]
    desk.press(Qt.Key.Key_N, CTRL)
    dialog = desk.dialog()
    assert isinstance(dialog, StaffDialog)
    desk.fill("林小满", "ZhouYQ")
    desk.press(Qt.Key.Key_Return, CTRL)
    assert dialog.form is not None
    assert dialog.form.rows["login"].message.text == "zhouyq 已有人用，换一个"
    assert dialog.form.rows["roles"].message.text == "至少选一个角色"
    assert dialog.form.field("login").hasFocus()
    desk.fill("linxm")
    desk.press(Qt.Key.Key_Right)
    desk.press(Qt.Key.Key_Right)
    desk.press(Qt.Key.Key_Space)  # front desk
    desk.press(Qt.Key.Key_Right)
    desk.press(Qt.Key.Key_Space)  # cashier
    desk.press(Qt.Key.Key_Return)
    assert dialog.form.field("password").hasFocus()
    desk.type(PASSWORD)
    desk.press(Qt.Key.Key_Return, CTRL)
    assert top_overlay(desk.window) is None
    assert ("林小满", "收银员、前台", "待改密码") in shown(desk)
    signed = sign_in(office, "linxm", PASSWORD, passwords)
    assert set(signed.actor.roles) == {"front_desk", "cashier"}
    assert signed.must_change_password


def test_enter_edits_and_escape_changes_nothing(seat: Callable[..., AdminDesk], office: Office) -> None:
    sit_down(office, "front_desk")
    desk = seat()
    page_of(desk).table.choose(0)
    desk.press(Qt.Key.Key_Return)
    desk.fill("林小曼")
    desk.press(Qt.Key.Key_Escape)
    assert desk.staff("linxm").name == "林小满"
    assert page_of(desk).table.hasFocus(), "the focus comes back"
    desk.press(Qt.Key.Key_E, CTRL)
    desk.fill("林小曼")
    desk.press(Qt.Key.Key_Return, CTRL)
    assert desk.staff("linxm").name == "林小曼"
    assert page_of(desk).table.current().login == "linxm", "the person in hand stays in hand"


@pytest.mark.parametrize("mine", [True, False])
def test_both_versions_are_shown_and_the_clerk_decides(
    seat: Callable[..., AdminDesk], office: Office, passwords: Passwords, mine: bool
) -> None:
    sit_down(office, "front_desk")
    desk = seat()
    page_of(desk).table.choose(0)
    desk.press(Qt.Key.Key_E, CTRL)
    row = desk.staff("linxm")
    with begin(office, desk.actor, Op.CHANGE_STAFF) as work:
        access.change_staff(work, row.id, row.version, StaffForm("linxm", "林小曼", ("cashier",)), passwords)
    desk.fill("林晓满")
    desk.press(Qt.Key.Key_Return, CTRL)
    both = desk.dialog()
    assert isinstance(both, VersionsDialog)
    words = {each.text() for each in both.findChildren(QLabel)}
    assert {"林小曼", "林晓满", "收银员", "前台"} <= words
    assert any("周砚秋 今天 09:00 改过" in each for each in words)
    both.choices["name"].set_value(mine)
    desk.press(Qt.Key.Key_Return, CTRL)
    assert top_overlay(desk.window) is None
    now = desk.staff("linxm")
    assert (now.name, now.role_titles) == ("林晓满" if mine else "林小曼", ("收银员",)), (
        "the roles were not touched here"
    )


def test_a_new_password_leaves_what_somebody_else_has_just_changed(
    seat: Callable[..., AdminDesk], office: Office, passwords: Passwords
) -> None:
    sit_down(office, "front_desk")
    desk = seat()
    row = desk.staff("linxm")
    page_of(desk).table.choose(0)
    page_of(desk)._reset()
    desk.idle()
    with begin(office, desk.actor, Op.CHANGE_STAFF) as work:
        access.change_staff(work, row.id, row.version, StaffForm("linxm", "林小曼", ("cashier",)), passwords)
    page_of(desk)._store_reset(row, {"new": PASSWORD + "7"})
    desk.qtbot.waitUntil(lambda: top_overlay(desk.window) is None, timeout=10000)
    assert desk.staff("linxm").name == "林小曼"
    assert sign_in(office, "linxm", PASSWORD + "7", passwords).actor.roles == ("cashier",)


def test_disabling_is_asked_and_taken_back(seat: Callable[..., AdminDesk], office: Office) -> None:
    sit_down(office, "front_desk")
    desk = seat()
    page_of(desk).table.choose(0)
    desk.press(Qt.Key.Key_2, ALT)
    question = desk.dialog()
    assert isinstance(question, Question)
    assert question.cancel_button.hasFocus(), "Enter does not disable anybody"
    desk.press(Qt.Key.Key_1, ALT)
    assert desk.staff("linxm").disabled_at is not None
    assert shown(desk)[-1] == ("林小满", "前台", "已停用"), "disabled people stand last"
    assert page_of(desk).disable.text() == "恢复"
    assert not page_of(desk).reset.isEnabled()
    desk.press(Qt.Key.Key_2, ALT)
    assert desk.staff("linxm").disabled_at is None


def test_the_last_administrator_is_kept_in_words(seat: Callable[..., AdminDesk]) -> None:
    desk = seat()
    desk.press(Qt.Key.Key_2, ALT)
    desk.press(Qt.Key.Key_1, ALT)
    assert desk.staff("zhouyq").disabled_at is None
    assert desk.window.message_bar.isVisible()
    assert "至少要留一位" in "".join(label.text() for label in desk.window.message_bar.findChildren(QLabel))
    desk.press(Qt.Key.Key_E, CTRL)
    dialog = desk.dialog()
    assert isinstance(dialog, StaffDialog)
    assert dialog.form is not None
    dialog.form.field("roles").set_value(("manager",))
    desk.press(Qt.Key.Key_Return, CTRL)
    assert "至少要留一位" in dialog.form.rows["roles"].message.text
    assert dialog.primary.isEnabled()
    desk.press(Qt.Key.Key_Escape)


def test_a_forgotten_password_is_reset(seat: Callable[..., AdminDesk], office: Office, passwords: Passwords) -> None:
    sit_down(office, "front_desk")
    desk = seat()
    page_of(desk).table.choose(0)
    desk.press(Qt.Key.Key_1, ALT)
    dialog = desk.dialog()
    assert isinstance(dialog, ResetPasswordDialog)
    assert dialog.form is not None
    desk.fill("linxm-2026", NEW)
    desk.press(Qt.Key.Key_Return, CTRL)
    assert dialog.form.rows["new"].message.text == "密码里不要包含工号，换一个"
    assert dialog.form.rows["repeat"].message.text == "两次输入的密码不一样"
    dialog.form.field("new").setFocus()
    desk.fill(NEW, NEW)
    desk.press(Qt.Key.Key_Return, CTRL)
    assert top_overlay(desk.window) is None
    assert sign_in(office, "linxm", NEW, passwords).must_change_password


def test_an_auditor_looks_and_cannot_touch(seat: Callable[..., AdminDesk], office: Office) -> None:
    sit_down(office, "administrator", login="admin2", name="沈知微")
    desk = seat("auditor")
    page = page_of(desk)
    assert len(shown(desk)) == 2
    for button in (page.add, page.edit, page.reset, page.disable):
        assert not button.isEnabled()
        assert button.reason == "只有管理员能改员工"
    desk.press(Qt.Key.Key_N, CTRL)
    desk.press(Qt.Key.Key_Return)
    assert top_overlay(desk.window) is None


def test_a_page_in_front_hears_of_another_desks_change(seat: Callable[..., AdminDesk], office: Office) -> None:
    desk = seat()
    sit_down(office, "cashier", login="heyu", name="贺屿")
    desk.idle()
    assert ("贺屿", "收银员", "待改密码") in shown(desk)


# ---- one's own password ------------------------------------------------------------------------------------------


def own_dialog(desk: AdminDesk, must: bool = False) -> OwnPasswordDialog:
    dialog = OwnPasswordDialog(desk.window.seat, must=must)
    desk.window.open(dialog)
    return dialog


def test_ones_own_password(seat: Callable[..., AdminDesk], office: Office, passwords: Passwords) -> None:
    desk = seat()
    dialog = own_dialog(desk)
    closed: list[bool] = []
    dialog.closed.connect(closed.append)
    assert dialog.form is not None
    desk.fill("wrong one", NEW, NEW)
    desk.press(Qt.Key.Key_Return, CTRL)
    assert dialog.form.rows["old"].message.text == "现在的密码不对，重新输入"
    assert dialog.form.field("old").hasFocus()
    assert dialog.form.field("new").value() == NEW, "what was typed stays"
    desk.fill(NEW)
    desk.press(Qt.Key.Key_Return, CTRL)
    assert dialog.form.rows["new"].message.text == "新密码要和现在的不同，换一个"
    dialog.form.field("old").setFocus()
    desk.fill(PASSWORD)
    left: list[str] = []
    dialog.closed.connect(lambda _ok: left.extend(row.field.text() for row in dialog.form.rows.values()))
    desk.press(Qt.Key.Key_Return, CTRL)
    assert closed == [True]
    assert left == ["", "", ""], "passwords leave the widgets"
    assert not sign_in(office, "zhouyq", NEW, passwords).must_change_password


def test_a_password_that_must_change_cannot_be_put_off(seat: Callable[..., AdminDesk]) -> None:
    desk = seat()
    dialog = own_dialog(desk, must=True)
    closed: list[bool] = []
    dialog.closed.connect(closed.append)
    assert dialog.cancel_button.text() == "退出登录"
    desk.press(Qt.Key.Key_Escape)
    assert closed == [False]


# ---- looks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", list(TypeSize))
def test_every_dialog_fits_the_smallest_desk(
    seat: Callable[..., AdminDesk], look: Theme, office: Office, size: TypeSize
) -> None:
    look.switch(Shade.LIGHT, size)
    sit_down(office, "front_desk")
    desk = seat()
    desk.window.resize(911, 512)
    page = page_of(desk)
    makers: list[Callable[[], Dialog]] = [
        lambda: StaffDialog(page.shell, page._roles, [], None),
        lambda: ResetPasswordDialog(desk.window, "林小满", "linxm"),
        lambda: OwnPasswordDialog(desk.window.seat, must=True),
    ]
    for make in makers:
        dialog = make()
        desk.window.open(dialog)
        dialog.submit()
        QApplication.processEvents()
        least = dialog.card.minimumSizeHint()
        assert least.width() <= MOST_WIDE
        assert least.height() <= MOST_HIGH
        assert desk.window.rect().contains(dialog.card.geometry())
        for words in dialog.findChildren(QLabel):
            if words.isVisible() and words.text() and not words.wordWrap():
                assert words.width() >= words.sizeHint().width(), words.text()
        dialog.cancel()
    assert page.minimumSizeHint().width() <= 851


def test_the_program_itself_is_not_on_the_list(seat: Callable[..., AdminDesk]) -> None:
    desk = seat()
    assert PROGRAM.name not in {row[0] for row in shown(desk)}
