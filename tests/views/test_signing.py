"""Who signs is asked where there is a choice, stands before their eyes, and is told on the page afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.services import signatures
from desktop.services.check_in_people import Role
from desktop.services.office import Office
from desktop.services.work import PROGRAM, look
from desktop.views.lease import LeasePage
from desktop.views.tenant.showing import SignAsked
from desktop.views.tenant.signing import LeaseSigning, SignerDialog
from desktop.world import SeededWorld
from tests.offices import sit_down
from tests.services.test_check_in_people import company, other, store
from tests.views.people_kit import CONTROL, Desk, texts
from tests.views.test_tenant_screen import sign

OnDesk = Callable[..., QWidget]


class SecondScreen:
    def geometry(self) -> QRect:
        return QRect(1100, 0, 1024, 600)


@pytest.fixture
def desk(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: OnDesk) -> Desk:
    def fill(office: Office) -> UUID:
        clerk = sit_down(office, "front_desk")
        return store(office, clerk, company=company(), people=[other(Role.HOUSEHOLD, "陆远")]).lease_id

    made = Desk(world, tmp_path, qtbot, on_desk, fill)
    made.window.tenant.screens = lambda: [made.window.screen(), SecondScreen()]  # type: ignore[list-item]
    return made


def asked(desk: Desk) -> LeasePage:
    page: LeasePage = desk.open("lease", lease_id=desk.made)
    LeaseSigning(page.shell, page).ask(desk.made, page.load)
    desk.settle()
    return page


def test_the_handler_of_a_company_is_the_likeliest_and_one_key_away(desk: Desk) -> None:
    page = asked(desk)
    dialog = desk.dialog()
    assert isinstance(dialog, SignerDialog)
    assert [(each.name, each.role_words) for each in dialog.signers] == [
        ("顾听澜", "经办人，代青川样例科技有限公司签"), ("沈望舒", "法定代表人，代青川样例科技有限公司签"),
    ]  # fmt: skip
    assert dialog.list.hasFocus()
    desk.press(Qt.Key.Key_Down)
    assert dialog.list.at == 1
    desk.press(Qt.Key.Key_Down)  # round and round
    desk.press(Qt.Key.Key_Return, CONTROL)
    tenant = desk.window.tenant
    assert isinstance(tenant.shown, SignAsked)
    assert "- 签字人：顾听澜（经办人），代青川样例科技有限公司签" in tenant.shown.lines
    assert tenant.view is not None
    sign(tenant.view)
    desk.settle()
    assert desk.toast == "顾听澜（经办人），代青川样例科技有限公司签，已签住房租赁合同"
    assert "顾听澜（经办人），代青川样例科技有限公司签" in texts(page)
    with look(desk.office, PROGRAM) as reading:
        rows = signatures.signatures_of(reading, page.record.page.row.tenant_id)
    assert [row.signer for row in rows] == ["顾听澜（经办人），代青川样例科技有限公司签"]


def test_nobody_signs_when_the_question_is_put_away(desk: Desk) -> None:
    asked(desk)
    desk.press(Qt.Key.Key_Escape)
    assert desk.dialog() is None
    assert not isinstance(desk.window.tenant.shown, SignAsked)
