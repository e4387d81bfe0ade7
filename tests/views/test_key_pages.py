"""Keys and cards by keys in a real window: out, back, lost and charged, a card scanned, one that nobody entered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from desktop.services import key_register, key_rows
from desktop.services.acts import Op
from desktop.services.key_register import EnterKeys
from desktop.services.key_rows import KeyRow, Where
from desktop.services.work import PROGRAM, begin, look
from desktop.views.dialogs import Question
from desktop.views.key_dialogs import EnterKeysDialog, GiveOutDialog, LossDialog, MoveKeyDialog
from desktop.views.key_list import KeyHistoryDialog, KeysPage
from tests.offices import rooms_of
from tests.views.conftest import type_chinese
from tests.views.till_kit import CONTROL, Counter, counter

KEY = Qt.Key


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Counter]:
    with counter(qtbot, tmp_path, "manager", "cashier") as made:
        yield made


@pytest.fixture
def auditor(qtbot: QtBot, tmp_path: Path) -> Iterator[Counter]:
    with counter(qtbot, tmp_path, "auditor") as made:
        yield made


def rows_of(desk: Counter, room: int = 1) -> dict[str, KeyRow]:
    with look(desk.office, PROGRAM) as reading:
        return {row.label: row for row in key_rows.keys_of_room(reading, rooms_of(desk.office)[room])}


def shown(page: Any) -> list[str]:
    return [page.table.rows.row(at).words for at in range(page.table.rows.rowCount())]


def test_taken_back_and_given_out_again_by_keys(desk: Counter) -> None:
    page = desk.open("keys")
    assert isinstance(page, KeysPage)
    assert len(shown(page)) == 8, "two keys and two cards of each tenant"
    assert not page.out.isEnabled()
    assert "先收回" in page.out.toolTip()
    first = page.table.current()
    desk.press(KEY.Key_B, CONTROL)
    dialog = desk.dialog
    assert isinstance(dialog, MoveKeyDialog)
    assert len(dialog.request().item_ids) == 4, "all that the same person has of the room"
    desk.press(KEY.Key_Return, CONTROL)
    assert len(shown(page)) == 4
    desk.press(KEY.Key_2, CONTROL)
    page.table.stand_on(first.id)
    desk.settle()
    desk.press(KEY.Key_D, CONTROL)
    out = desk.dialog
    assert isinstance(out, GiveOutDialog)
    assert out.request().item_ids == (first.id,)
    assert out.request().lease_id is not None, "the tenancy of the room is offered first"
    desk.press(KEY.Key_Return, CONTROL)
    assert len(shown(page)) == 3
    assert "已发出" in desk.window.toast_widget.text
    desk.press(KEY.Key_4, CONTROL)
    page.table.stand_on(first.id)
    desk.settle()
    desk.enter()
    history = desk.dialog
    assert isinstance(history, KeyHistoryDialog)
    assert [event.title for event in history.timeline.events] == ["发出", "收回", "发出", "登记"]
    desk.enter()
    assert desk.dialog is None


def test_a_loss_is_told_and_charged_by_a_bill(desk: Counter, qtbot: QtBot) -> None:
    page = desk.open("keys")
    row = page.table.current()
    desk.press(KEY.Key_L, CONTROL)
    desk.press(KEY.Key_Return, CONTROL)
    dialog = desk.dialog
    assert isinstance(dialog, MoveKeyDialog)
    assert dialog.form is not None
    assert "写明经过" in dialog.form.rows["remark"].said
    type_chinese(desk.focus, "diu", "搬家时丢失")
    desk.press(KEY.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: isinstance(desk.dialog, LossDialog))
    loss = desk.dialog
    assert loss.form is not None
    assert "way" not in loss.form.rows, "no key deposit was taken"
    loss.form.field("amount").setFocus()
    desk.type("30")
    desk.press(KEY.Key_Return, CONTROL)
    desk.settle()
    assert desk.place[0] == "till"
    with look(desk.office, PROGRAM) as reading:
        assert key_rows.key_of(reading, row.id).where is Where.LOST


def test_a_scanned_card_is_found_wherever_it_is_and_a_new_one_is_offered(desk: Counter, qtbot: QtBot) -> None:
    room = rooms_of(desk.office)[1]
    with begin(desk.office, PROGRAM, Op.MOVE_KEY) as work:
        card = key_register.enter_keys(work, EnterKeys(room, "card", serial="0012345678"))[0]
    page = desk.open("keys")
    desk.press(KEY.Key_F, CONTROL)
    desk.type("0012345678")
    desk.enter()
    assert page.table.current().id == card, "in the cabinet, while the list showed what is out"
    assert page.out.isEnabled()
    desk.press(KEY.Key_F, CONTROL)
    desk.type("0099887766")
    desk.enter()
    qtbot.waitUntil(lambda: isinstance(desk.dialog, Question))
    desk.press(KEY.Key_Return, CONTROL)
    dialog = desk.dialog
    assert isinstance(dialog, EnterKeysDialog)
    assert dialog.form is not None
    assert dialog.request().serial == "0099887766"
    assert dialog.request().kind == "card"
    desk.type("303")
    desk.press(KEY.Key_Return, CONTROL)
    desk.settle()
    assert desk.dialog is None
    with look(desk.office, PROGRAM) as reading:
        row = key_rows.find_serial(reading, "0099887766")
    assert row is not None
    assert row.room == "1 栋 303"


def test_what_may_happen_stands_in_the_menu(desk: Counter) -> None:
    page = desk.open("keys")
    menu = QMenu()
    page.fill_menu(menu, page.table.current())
    assert [action.text() for action in menu.actions()][:5] == ["看经过", "收回", "报失", "复制", "更正名称和卡号"]


def test_who_may_only_look_is_told_so(auditor: Counter) -> None:
    page = auditor.open("keys")
    assert shown(page)
    for button in (page.enter, page.back, page.lost):
        assert not button.isEnabled()
    assert "前台或主管" in page.enter.toolTip()
