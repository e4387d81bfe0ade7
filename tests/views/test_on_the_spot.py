"""A second person's PIN at the real window: reversals, reveals, cancelled leases, terms above a limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from desktop.models.trust import AuditEntry
from desktop.services import settings
from desktop.services.acts import Op
from desktop.services.check_in_draft import Step
from desktop.services.office import Office
from desktop.services.work import PROGRAM, begin
from desktop.views.keys import top_overlay
from desktop.views.lease_dialogs import CancelDialog
from desktop.views.on_the_spot import ApprovalDialog
from desktop.views.theme import Shade, Theme, TypeSize
from desktop.world import SeededWorld
from tests.offices import PASSWORD, PIN, check_in, person, rooms_of, sit_down, terms, with_pin
from tests.views.check_in_kit import CONTROL as CTRL
from tests.views.check_in_kit import new_desk
from tests.views.people_kit import Desk
from tests.views.till_kit import Counter, counter

ALT = Qt.KeyboardModifier.AltModifier
OnDesk = Callable[..., QWidget]


def facts(office: Office, op: Op) -> list[Any]:
    with office.reading() as session:
        return list(
            session.scalars(sa.select(AuditEntry.facts).where(AuditEntry.op == op.value).order_by(AuditEntry.n))
        )


def words(widget: QWidget) -> str:
    return " ".join(each.text() for each in widget.findChildren(QLabel) if each.isVisible())


@pytest.fixture
def till(qtbot: QtBot, tmp_path: Path) -> Iterator[Counter]:
    """A cashier, a manager whose PIN works here, and one paid receipt on screen."""
    with counter(qtbot, tmp_path, "cashier") as made:
        with_pin(made.office, sit_down(made.office, "manager", login="shenyz", name="沈月舟"))
        sit_down(made.office, "finance_lead", login="anyi", name="安以")
        paid = made.pay_elsewhere()
        made.open("receipt", payment_id=paid.payment_id)
        yield made


def ask(till: Counter, reason: str = "yi fang") -> ApprovalDialog:
    """The cashier wants to reverse: the reason is typed, then somebody else is asked."""
    till.page.reverse.click()
    till.settle()
    till.type(reason)
    till.press(Qt.Key.Key_Return, CTRL)
    dialog = till.dialog
    assert isinstance(dialog, ApprovalDialog)
    return dialog


def test_a_reversal_goes_through_with_the_managers_pin(till: Counter) -> None:
    dialog = ask(till)
    number = till.receipts()[0].number
    said = words(dialog)
    assert f"冲红收据 {number}" in said
    assert "原因：yi fang" in said
    assert "林小满来办" in said
    assert [each.name for each in dialog.people] == ["沈月舟", "安以"]
    assert dialog.row.caption.text() == "沈月舟的 PIN 或密码"
    assert dialog.secret.hasFocus()
    till.press(Qt.Key.Key_Down)
    assert dialog.row.caption.text() == "安以的密码"
    till.press(Qt.Key.Key_Up)
    till.type(PIN)
    till.press(Qt.Key.Key_Return)
    assert till.dialog is None
    assert till.place[0] == "receipt"
    assert till.page.shown.reverses is not None
    (entry,) = facts(till.office, Op.REVERSE_PAYMENT)
    assert "approved_by" in entry
    assert till.printed(), "the red receipt is printed at once"


def test_wrong_pins_are_said_counted_and_end_it(till: Counter) -> None:
    dialog = ask(till)
    for left in (4, 3, 2, 1):
        till.type("509142")
        till.press(Qt.Key.Key_Return)
        assert f"还能试 {left} 次" in dialog.row.message.text
        assert dialog.secret.hasSelectedText(), "the next try is typed over it"
    till.type("509142")
    till.press(Qt.Key.Key_Return)
    assert "请输密码" in dialog.row.message.text
    till.type(PIN)
    till.press(Qt.Key.Key_Return)
    assert "请输密码" in dialog.row.message.text
    dialog.secret.setText(PASSWORD)
    till.press(Qt.Key.Key_Return)
    assert till.dialog is None
    assert len(facts(till.office, Op.REVERSE_PAYMENT)) == 1
    assert [each["way"] for each in facts(till.office, Op.APPROVE_ON_SPOT)] == ["password"]


def test_without_the_word_nothing_changes_and_what_was_typed_stays(till: Counter) -> None:
    dialog = ask(till, "fu kuan ren cuo")
    secret = dialog.secret
    till.press(Qt.Key.Key_Return)
    assert dialog.row.message.text == "请沈月舟输入"
    till.type("4071")
    till.press(Qt.Key.Key_Escape)
    reverse = till.dialog
    assert reverse is not None
    assert not isinstance(reverse, ApprovalDialog)
    assert "没有得到授权" in reverse.summary.text.text()
    assert reverse.request() == "fu kuan ren cuo"
    assert reverse.primary.isEnabled()
    assert facts(till.office, Op.REVERSE_PAYMENT) == []
    till.settle()
    assert not isValid(secret) or secret.text() == ""
    till.press(Qt.Key.Key_Escape)


def test_nobody_else_with_the_right_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    with counter(qtbot, tmp_path, "cashier") as till:
        paid = till.pay_elsewhere()
        till.open("receipt", payment_id=paid.payment_id)
        till.page.reverse.click()
        till.settle()
        till.type("yi fang")
        till.press(Qt.Key.Key_Return, CTRL)
        assert "没有人有这个权限" in till.dialog.summary.text.text()
        till.press(Qt.Key.Key_Escape)


def test_who_has_the_right_is_not_asked(qtbot: QtBot, tmp_path: Path) -> None:
    with counter(qtbot, tmp_path, "manager") as till:
        paid = till.pay_elsewhere()
        till.open("receipt", payment_id=paid.payment_id)
        till.page.reverse.click()
        till.settle()
        till.type("yi fang")
        till.press(Qt.Key.Key_Return, CTRL)
        assert till.dialog is None
        assert "approved_by" not in facts(till.office, Op.REVERSE_PAYMENT)[0]


def test_locked_while_asked_the_question_waits(till: Counter) -> None:
    from tests.views.test_lock import LIN, lock

    dialog = ask(till)
    till.type("40")
    lock(till.window, people=(LIN,))
    assert not dialog.isVisible()
    till.window.unlock()
    assert dialog.isVisible()
    assert dialog.secret.text() == "40"
    till.press(Qt.Key.Key_Escape)
    till.press(Qt.Key.Key_Escape)


def _lived(office: Office) -> Any:
    clerk = sit_down(office, "front_desk", login="lujx", name="陆见夏")
    with_pin(office, sit_down(office, "manager", login="shenyz", name="沈月舟"))
    later = office.world.today().replace(day=28)
    first = check_in(office, clerk, rooms_of(office)[0], person(bank=True))
    return first, check_in(office, clerk, rooms_of(office)[1], person("许朗", 2, phone="13800000002"), terms(later))


def test_a_cashier_sees_a_number_with_the_managers_word(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: OnDesk
) -> None:
    desk = Desk(world, tmp_path, qtbot, on_desk, _lived, "cashier")
    page = desk.open("party", party_id=desk.made[0].party_id)
    desk.press(Qt.Key.Key_F3)
    dialog = desk.dialog()
    assert isinstance(dialog, ApprovalDialog)
    assert "查看手机原文" in words(dialog), "what is asked for most comes first"
    assert "顾听澜" in words(dialog)
    desk.press(Qt.Key.Key_Escape)
    assert not desk.window.message_bar.isVisible(), "nothing was to change, nothing need be said"
    desk.press(Qt.Key.Key_F3)
    QTest.keyClicks(desk.dialog().secret, PIN)
    desk.press(Qt.Key.Key_Return)
    assert desk.dialog() is None
    shown = [field for field, value, _name in page.reveals._values if value.revealed]
    assert [(field.table, field.column) for field in shown] == [("contact", "value")]
    assert "approved_by" in facts(desk.office, Op.REVEAL)[0]


def test_the_front_desk_cancels_a_lease_with_the_managers_word(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: OnDesk
) -> None:
    desk = Desk(world, tmp_path, qtbot, on_desk, _lived, "front_desk")
    page = desk.open("lease", lease_id=desk.made[1].lease_id)
    assert "cancel" in page.moves.possible()
    page.moves.make("cancel")
    dialog = desk.dialog()
    assert isinstance(dialog, CancelDialog)
    desk.type("ke hu gai zu")
    dialog.primary.click()
    desk.settle()
    asked = desk.dialog()
    assert isinstance(asked, ApprovalDialog)
    assert "撤销租约" in words(asked)
    assert "许朗" in words(asked)
    QTest.keyClicks(asked.secret, PIN)
    desk.press(Qt.Key.Key_Return)
    assert desk.dialog() is None
    assert page.record.page.row.state == "cancelled"
    assert "approved_by" in facts(desk.office, Op.CHANGE_LEASE)[-1]


def test_terms_above_the_limit_wait_for_the_manager_where_the_office_wants_it(
    office: Office, qtbot: QtBot, tmp_path: Path
) -> None:
    with_pin(office, sit_down(office, "manager", login="shenyz", name="沈月舟"))
    with begin(office, PROGRAM, Op.CHANGE_SETTING) as work:
        settings.change_setting(work, "over_limit_approval", True)
    desk = new_desk(qtbot, office, tmp_path, "front_desk")
    try:
        desk.start()
        desk.to_terms()
        desk.fill("deposit", "3720")
        desk.go_on()
        desk.go_on()
        asked = top_overlay(desk.window)
        assert isinstance(asked, ApprovalDialog)
        assert "顾听澜 入住 201" in words(asked).replace("1 栋 ", "")
        assert "押金 3,720.00 元" in words(asked)
        assert "押金合 2 个月租金" in words(asked)
        desk.press(Qt.Key.Key_Escape)
        assert desk.step is Step.HANDOVER, "declined: everything is as it was"
        assert facts(office, Op.CHECK_IN) == []
        desk.go_on()
        desk.type(PIN)
        desk.enter()
        desk.until(lambda: desk.step is Step.PAYMENT)
        assert "approved_by" in facts(office, Op.CHECK_IN)[0]
    finally:
        desk.close()


def test_an_auditor_only_looks(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: OnDesk) -> None:
    desk = Desk(world, tmp_path, qtbot, on_desk, _lived, "auditor")
    page = desk.open("lease", lease_id=desk.made[1].lease_id)
    assert page.moves.possible() == []


@pytest.mark.parametrize("size", list(TypeSize))
def test_it_fits_the_smallest_desk(till: Counter, look: Theme, size: TypeSize) -> None:
    look.switch(Shade.LIGHT, size)
    dialog = ask(till)
    hint = dialog.minimumSizeHint()
    assert (hint.width() <= 900, hint.height() <= 480) == (True, True)
    till.press(Qt.Key.Key_Escape)
    till.press(Qt.Key.Key_Escape)
