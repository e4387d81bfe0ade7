"""A cashier's hour by keys: a part in the legal order, surplus to credit and its use, void, red."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.app import Desk
from desktop.models.values import NIL, AllocationRule, Money, PayMethod
from desktop.services import checkup, credit, opening, receipt_gaps, receipts
from desktop.services.database import sqlite_url
from desktop.services.work import PROGRAM, look
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.databases import Databases
from tests.journeys import desk_checks as so
from tests.journeys import desk_states as at
from tests.journeys.day import Day, Task, build_office, live, open_desk
from tests.journeys.desk_checks import newest
from tests.journeys.desk_states import morning
from tests.journeys.forty_tasks import BOARD, MANAGER
from tests.services.test_replay import prove


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    build_office(tmp_path / "data")
    made = open_desk(tmp_path / "data", MANAGER)
    qtbot.addWidget(made.window)
    yield made
    shutil.rmtree(tmp_path / "data", ignore_errors=True)


def by_law(day: Day) -> None:
    row = newest(day, "part")
    page = day.read(receipts.receipt_page, row.payment_id)
    assert (row.amount, page.allocated_by) == (Money.yuan(500), AllocationRule.LEGAL_ORDER)
    assert at.owed_by(day, "part") > NIL


def credited(day: Day) -> None:
    so.credited(day)
    assert day.read(credit.credit_now, day.kept["credit"].tenant_id) >= day.kept["credit over"]
    day.kept["had"] = day.read(credit.credit_now, day.kept["credit"].tenant_id)


def billed_again(day: Day) -> None:
    """The next bill of whoever paid too much has come."""
    from desktop.services import billing
    from desktop.services.acts import Op
    from tests.services.pay_kit import planned_bill

    tile = day.kept["credit"]
    bill = planned_bill("till-day", "33.33", day.today)
    order = billing.BillOrder(tile.tenant_id, None, [bill], "journey:water", None, "水费")
    day.act(Op.POST_BILLS, billing.put_bills, [order])
    at.board(day)


def credit_used(day: Day) -> None:
    row = newest(day, "credit")
    page = day.read(receipts.receipt_page, row.payment_id)
    used = min(Money(3333), day.kept["had"])
    assert page.credited == -used
    assert day.read(credit.credit_now, day.kept["credit"].tenant_id) == day.kept["had"] - used


def voided(day: Day) -> None:
    row = day.read(receipts.receipts_of, number=day.kept["receipt"].number)[0]
    assert row.voided
    assert at.owed_by(day, "exact") > NIL


def kept_receipt(day: Day) -> None:
    at.last(day)


TASKS = [
    Task("登录", "", "登录卡", "「demo」 Return", so.place("today")),
    Task("收一部分，按法定顺序", MANAGER, BOARD, "Ctrl+K 「{part}」 F4 「500」 Alt+3 Return", by_law, at.board),
    Task(
        "多交的存作预存", MANAGER, BOARD, "Ctrl+K 「{credit}」 F4 「{credit_given}」 Alt+2",
        so.both(so.paid("credit", PayMethod.CASH), credited), at.owing("credit"),
    ),
    Task("用预存付下一张", MANAGER, BOARD, "Ctrl+K 「{credit}」 F4 Alt+4 Return", credit_used, billed_again),
    Task("收现金", MANAGER, BOARD, "Ctrl+K 「{exact}」 F4 Return", so.paid("exact", PayMethod.CASH), at.board),
    Task(
        "两联都在，作废", MANAGER, BOARD,
        "Ctrl+K 「{last}」 Return Alt+2 Space Right Space Tab 「收错了人」 Ctrl+Return", voided, kept_receipt,
    ),
    Task("重新收款", MANAGER, BOARD, "Ctrl+K 「{exact}」 F4 Return", so.paid("exact", PayMethod.CASH), at.board),
    Task(
        "冲红", MANAGER, BOARD, "Ctrl+K 「{last}」 Return Alt+1 「付款方式录错」 Ctrl+Return", so.reversed_, at.last,
    ),
]  # fmt: skip


def test_an_hour_at_the_till(desk: Desk, databases: Databases, tmp_path: Path) -> None:
    live(desk, TASKS, morning)
    office = opening.open_office(SeededWorld(MORNING, seed=100), desk.folders.data, sqlite_url(desk.folders.data))
    try:
        with look(office, PROGRAM) as reading:
            assert checkup.check_office(reading).findings == ()
            assert all(series.unexplained == () for series in receipt_gaps.gap_report(reading))
        prove(office, databases.clone("sqlite"), tmp_path / "copy")
    finally:
        office.close()
