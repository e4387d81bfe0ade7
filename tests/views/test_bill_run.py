"""The page 出账 by keys: the list with its reasons, what is taken out, one key that posts it once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.services.bill_runs import Fate
from desktop.views.bill_run import BillRunPage
from tests.services.run_kit import add_item, add_price, fee_rows, room_fee
from tests.views.till_kit import CONTROL, Counter, counter

KEY = Qt.Key


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Counter]:
    with counter(qtbot, tmp_path, "finance_lead") as made:
        yield made


def opened(desk: Counter, first: date = date(2026, 12, 1), last: date = date(2026, 12, 31)) -> BillRunPage:
    page = desk.open("bill_run", first=first, last=last)
    assert isinstance(page, BillRunPage)
    desk.settle()
    return page


def shown(page: BillRunPage) -> list[str]:
    rows = page.table.rows
    return [rows.row(at).room for at in range(rows.rowCount())]


def test_what_is_to_be_billed_stands_there_with_its_reason(desk: Counter) -> None:
    add_item(desk.office, "2.80")
    page = opened(desk)
    assert page.preview is not None
    assert len(fee_rows(page.preview)) == 2  # two tenants
    assert "46.20 m² × 2.80 × 1 个月 = 129.36" in page.steps.text()
    assert page.post.text().startswith("生成")
    assert "应收增加" in page.sum.text()


def test_the_key_posts_what_is_shown_once(desk: Counter) -> None:
    add_item(desk.office, "2.80")
    page = opened(desk)
    desk.press(KEY.Key_Return, CONTROL)
    desk.settle()
    assert page.done is not None
    assert page.done.made >= 2
    first = page.done
    desk.press(KEY.Key_Return, CONTROL)
    desk.settle()
    assert page.done is first, "nothing is left to be made"
    assert page.preview is not None
    assert page.preview.unchanged == 2


def test_space_takes_a_bill_out_until_the_next_time(desk: Counter) -> None:
    add_item(desk.office, "2.80")
    page = opened(desk)
    count = len(shown(page))
    page.table.setFocus()
    desk.press(KEY.Key_Space)
    assert f"{count - 1} 张" in page.sum.text()
    assert "这次不出 1 张" in page.note.text()
    desk.press(KEY.Key_Return, CONTROL)
    desk.settle()
    assert page.done is not None
    assert page.done.made == count - 1
    assert len(page.preview.of(Fate.NEW)) == 1  # type: ignore[union-attr]


def test_what_is_skipped_says_what_to_do_and_the_missing_comes_first(desk: Counter) -> None:
    item = add_item(desk.office)
    add_price(desk.office, item, "2.80", date(2026, 1, 1), date(2026, 12, 20))
    page = opened(desk)
    assert "缺资料" in page.note.text()
    desk.press(KEY.Key_4, CONTROL)
    desk.settle()
    row = page.table.rows.row(0)
    assert not row.expected
    assert "没有单价" in row.why[0]
    assert page._tag(row).text == "缺资料"  # type: ignore[union-attr]


def test_a_price_that_changed_meanwhile_posts_nothing_and_shows_the_new_list(desk: Counter) -> None:
    item = add_item(desk.office, "2.80")
    page = opened(desk)
    before = page.preview
    page.tables = frozenset()  # this window heard nothing of it
    for room in {row.room_id for row in fee_rows(before)}:  # type: ignore[arg-type]
        assert room is not None
        room_fee(desk.office, item, room, price="2.00")
    desk.press(KEY.Key_Return, CONTROL)
    desk.settle()
    assert page.done is None
    assert {str(row.amount) for row in fee_rows(page.preview)} == {"92.40"}  # type: ignore[arg-type]


def test_days_that_cannot_be_are_said_and_the_list_waits(desk: Counter) -> None:
    page = opened(desk)
    page.last.set_value(date(2026, 11, 1))
    page._days_typed()
    desk.settle()
    assert "结束日早于开始日" in page.trouble.text()
    assert not page.post.isEnabled()


def test_ctrl_g_opens_it_from_the_bills(desk: Counter) -> None:
    desk.open("bills")
    desk.press(KEY.Key_G, CONTROL)
    desk.settle()
    assert isinstance(desk.page, BillRunPage)


def test_who_may_not_post_bills_is_not_led_there(qtbot: QtBot, tmp_path: Path) -> None:
    with counter(qtbot, tmp_path, "front_desk") as desk:
        page = desk.open("bills")
        assert not page.to_run.isVisible()
