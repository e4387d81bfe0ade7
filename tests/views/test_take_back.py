"""作废 beside 冲红 on the page of a receipt, what the lists say of it, and the report of every number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.models.trust import NumberBlock
from desktop.services import receipts
from desktop.views.columns import GroupHead
from tests.offices import PIN, sit_down, with_pin
from tests.views.conftest import type_chinese
from tests.views.till_kit import ALT, CONTROL, Counter, counter

KEY = Qt.Key


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Counter]:
    with counter(qtbot, tmp_path, "finance_lead") as made:
        yield made


def take(desk: Counter, *, printed: bool = True) -> receipts.ReceiptRow:
    """Money taken and printed a moment ago, its receipt in front."""
    if printed:
        desk.open("till", party_id=desk.late)
        desk.enter()
    else:
        desk.pay_elsewhere()
    row = desk.receipts()[0]
    desk.open("receipt", payment_id=row.payment_id)
    return row


def state(desk: Counter) -> str:
    return str(desk.page.state_tag._text)


def test_every_copy_is_ticked_and_the_receipt_says_void(desk: Counter) -> None:
    row = take(desk)
    page = desk.page
    assert page.void.isEnabled()
    desk.press(KEY.Key_2, ALT)
    dialog = desk.dialog
    assert dialog.facts.copies == ("存根联", "客户联")
    desk.press(KEY.Key_Return, CONTROL)
    assert desk.dialog is dialog  # neither the copies nor a reason
    assert {name for name, said in dialog.form.rows.items() if said.message.accessibleName()} >= {"copies", "reason"}
    dialog.form.field("copies").setFocus()
    desk.press(KEY.Key_Space)
    desk.press(KEY.Key_Right)
    desk.press(KEY.Key_Space)
    dialog.form.field("reason").setFocus()
    type_chinese(dialog.form.field("reason"), "shoucuo", "收错了人")
    desk.press(KEY.Key_Return, CONTROL)
    assert desk.dialog is None
    assert state(desk) == "已作废"
    assert page.preview.paper.void
    assert not page.void.isEnabled()
    assert not page.reverse.isEnabled()
    assert desk.receipts()[0].number == row.number
    assert len(desk.facts().bills) == 2


def test_what_was_never_printed_asks_for_a_reason_alone(desk: Counter) -> None:
    take(desk, printed=False)
    desk.press(KEY.Key_2, ALT)
    assert desk.dialog.facts.copies == ()
    assert "copies" not in desk.dialog.form.rows
    desk.press(KEY.Key_Escape)
    assert state(desk) == "有效"


def test_after_the_day_the_button_says_why_and_reversal_is_left(desk: Counter) -> None:
    row = take(desk, printed=False)
    desk.world.advance(timedelta(days=1))
    desk.open("board")
    page = desk.open("receipt", payment_id=row.payment_id)
    assert not page.void.isEnabled()
    assert "过了当天" in page.void.reason
    assert "冲红" in page.void.reason
    assert page.reverse.isEnabled()


def test_front_desk_asks_a_colleague(qtbot: QtBot, tmp_path: Path) -> None:
    with counter(qtbot, tmp_path, "front_desk") as desk:
        lead = with_pin(desk.office, sit_down(desk.office, "cashier", login="shenrx", name="沈若溪"))
        assert lead.staff_id is not None
        take(desk, printed=False)
        desk.press(KEY.Key_2, ALT)
        type_chinese(desk.dialog.form.field("reason"), "shoucuo", "收错了人")
        desk.press(KEY.Key_Return, CONTROL)
        desk.type(PIN)
        desk.enter()
        assert state(desk) == "已作废"


def test_void_receipts_stand_in_the_list_and_count_nothing(desk: Counter) -> None:
    take(desk, printed=False)
    desk.press(KEY.Key_2, ALT)
    type_chinese(desk.dialog.form.field("reason"), "shoucuo", "收错了人")
    desk.press(KEY.Key_Return, CONTROL)
    page = desk.open("receipts")
    assert page.foot_row.left.text() == "1 张"
    assert page.foot_row.right.text() == "合计 0.00"
    assert page._tag(page.table.rows.row(0)).text == "已作废"
    desk.press(KEY.Key_3, CONTROL)
    assert page.table.rows.rowCount() == 1
    bill = desk.open("bill", bill_id=desk.facts().bills[0].row.id)
    kinds = [bill._kind(row) for row in bill.shown.payments]
    assert sorted(kinds) == ["", "退回"]


def rows_of(dialog: object) -> list[object]:
    table = dialog.table.rows  # type: ignore[attr-defined]
    return [table.row(at) for at in range(table.rowCount())]


def test_the_gap_report_tells_of_every_number_and_opens_what_is_void(desk: Counter) -> None:
    row = take(desk, printed=False)
    desk.press(KEY.Key_2, ALT)
    type_chinese(desk.dialog.form.field("reason"), "shoucuo", "收错了人")
    desk.press(KEY.Key_Return, CONTROL)
    desk.open("receipts")
    desk.press(KEY.Key_G, CONTROL)
    dialog = desk.dialog
    shown = rows_of(dialog)
    assert isinstance(shown[0], GroupHead)
    assert [each.state for each in shown[1:]] == ["used", "void", "waiting"]  # type: ignore[attr-defined]
    dialog.table.choose(2)
    desk.enter()
    assert desk.place == ("receipt", {"payment_id": row.payment_id})


def test_a_number_nobody_can_explain_stands_first_in_red(desk: Counter) -> None:
    desk.pay_elsewhere()
    with desk.office.writing() as session, session.begin():
        session.connection().execute(
            sa.update(NumberBlock).where(NumberBlock.series == "receipt:2026").values(upcoming=5)
        )
    desk.pay_elsewhere()
    desk.open("receipts")
    desk.press(KEY.Key_G, CONTROL)
    shown = rows_of(desk.dialog)
    assert (shown[1].state, shown[1].numbers, shown[1].count) == ("unknown", "000002 至 000004", 3)  # type: ignore[attr-defined]
    desk.press(KEY.Key_Escape)
