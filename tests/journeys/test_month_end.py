"""A meter day and the month's end by keys: readings with a doubt and a mistake, corrected, billed, put right, noticed.

The same desk all the way: what the meters say becomes bills, a wrong reading becomes a counter-line, the notices come
out of the printer, and the month's sums are the journal's.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from pytestqt.qtbot import QtBot

from desktop.app import Desk
from desktop.models.billing import BillLine, BillRun
from desktop.models.meters import Reading
from desktop.models.printing import PrintJob
from desktop.models.values import add_months
from desktop.services import checkup, month_sums, opening
from desktop.services.bill_codes import PAPER
from desktop.services.bill_runs import Fate, RunOrder, RunPreview, preview_run
from desktop.services.database import sqlite_url
from desktop.services.month_sums import SumsWanted
from desktop.services.proration import ONE_DAY
from desktop.services.work import PROGRAM, look
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.databases import Databases
from tests.journeys import desk_checks as so
from tests.journeys import desk_states as at
from tests.journeys.day import Day, Task, build_office, live, open_desk
from tests.journeys.forty_tasks import BOARD, MANAGER
from tests.services.test_replay import prove


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    build_office(tmp_path / "data")
    made = open_desk(tmp_path / "data", MANAGER)
    qtbot.addWidget(made.window)
    yield made
    shutil.rmtree(tmp_path / "data", ignore_errors=True)


def morning(day: Day) -> None:
    at.morning(day)
    day.at("board")


def round_ahead(day: Day) -> None:
    """The round of the first building: what the first two meters waiting will show, and a slip of the finger."""
    day.at("meters")
    day.settle()
    page = day.page
    waiting = [row for row in page.book.rows if row.stand.last is not None and row.stand.last.read_on.month != 11]
    first, second = [row for row in waiting if row.stand.per_day and row.who and row.price is not None][:2]
    day.kept["first"], day.kept["second"] = first.stand.id, second.stand.id
    day.facts["first"] = first.number
    day.facts["slip"] = f"{_shows(first) + 90_000:f}"
    day.facts["first_value"], day.facts["second_value"] = f"{_shows(first):f}", f"{_shows(second):f}"
    day.facts["second"] = second.number
    at.board(day)


def _shows(row: object) -> Decimal:
    stand = row.stand  # type: ignore[attr-defined]
    days = (MORNING.date() - stand.last.read_on).days
    return Decimal(int(stand.last.value + stand.per_day * days / stand.multiplier))


def readings_of(day: Day, meter: str) -> list[Decimal]:
    with day.hands.desk.office.reading() as session:  # type: ignore[union-attr]
        query = sa.select(Reading.value).where(Reading.meter_id == day.kept[meter]).order_by(Reading.id)
        return list(session.scalars(query))


def both_stored(day: Day) -> None:
    assert readings_of(day, "first")[-1] == Decimal(day.facts["first_value"])
    assert readings_of(day, "second")[-1] == Decimal(day.facts["second_value"])
    assert day.page.grid.typed == {}


def of_month(day: Day) -> tuple[date, date]:
    first = day.today.replace(day=1)
    return first, add_months(first, 1) - ONE_DAY


def preview(day: Day) -> RunPreview:
    return day.read(preview_run, RunOrder(*of_month(day)))  # type: ignore[no-any-return]


def all_billed(day: Day) -> None:
    with day.hands.desk.office.reading() as session:  # type: ignore[union-attr]
        runs = session.scalars(sa.select(BillRun)).all()
    assert len(runs) == day.kept.setdefault("runs", 0) + 1
    day.kept["runs"] = len(runs)
    assert runs[-1].made + runs[-1].changed > 0
    left = preview(day)
    assert [row for row in left.rows if row.fate is not Fate.SKIPPED] == []


def corrected(day: Day) -> None:
    assert readings_of(day, "second")[-1] == Decimal(day.facts["second_value"]) - 10
    changed = [row for row in preview(day).rows if row.fate is Fate.CHANGED]
    assert changed, "a bill stands on it, so the next run puts it right"


def before_correcting(day: Day) -> None:
    at.board(day)
    day.facts["second_right"] = f"{Decimal(day.facts['second_value']) - 10:f}"


def put_right(day: Day) -> None:
    all_billed(day)
    with day.hands.desk.office.reading() as session:  # type: ignore[union-attr]
        counters = session.scalars(
            sa.select(BillLine.amount).where(BillLine.reverses_id.is_not(None), BillLine.fee_item_id.is_not(None))
        ).all()
    assert counters


def noticed(day: Day) -> None:
    with day.hands.desk.office.reading() as session:  # type: ignore[union-attr]
        job = session.scalars(sa.select(PrintJob).order_by(PrintJob.id.desc()).limit(1)).one()
    assert job.paper == PAPER


def sums_are_the_journal(day: Day) -> None:
    so.place("month_sums")(day)
    found = day.read(month_sums.month_sums, SumsWanted(*of_month(day)))
    assert found.problems == ()


TASKS = [
    Task("登录", "", "登录卡", "「demo」 Return", so.place("today")),
    Task(
        "抄两块表：第一块先打错一位", MANAGER, BOARD,
        "Ctrl+Tab 6 Ctrl+F 「{first}」 Return 「{slip}」 Return 「{first_value}」 Return "
        "Ctrl+F 「{second}」 Return 「{second_value}」 Return Ctrl+Return",
        both_stored, round_ahead,
    ),
    Task("这个月出账", MANAGER, BOARD, "Ctrl+Tab 5 Ctrl+G Ctrl+Return", all_billed, at.board),
    Task(
        "抄错了，更正", MANAGER, BOARD,
        "Ctrl+Tab 6 Ctrl+F 「{second}」 Return Alt+5 「{second_right}」 Tab 「看错了一位」 Ctrl+Return", corrected,
        before_correcting,
    ),
    Task("再出一次，只补差", MANAGER, BOARD, "Ctrl+Tab 5 Ctrl+G Ctrl+Return", put_right, at.board),
    Task("打缴费通知单", MANAGER, BOARD, "Ctrl+Tab 5 Ctrl+T Ctrl+Return", noticed, at.board),
    Task("看月报", MANAGER, BOARD, "Ctrl+Tab 5 Ctrl+B", sums_are_the_journal, at.board),
]  # fmt: skip


def test_a_meter_day_and_the_end_of_the_month(desk: Desk, databases: Databases, tmp_path: Path) -> None:
    live(desk, TASKS, morning)
    office = opening.open_office(SeededWorld(MORNING, seed=100), desk.folders.data, sqlite_url(desk.folders.data))
    try:
        with look(office, PROGRAM) as reading:
            assert checkup.check_office(reading).findings == ()
        prove(office, databases.clone("sqlite"), tmp_path / "copy")
    finally:
        office.close()
