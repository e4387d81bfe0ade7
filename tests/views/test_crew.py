"""The page 班组与物料 by keys: technicians, teams, firms, the stock, and who is told when something is late."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import DutyKind, Money, RepairCategory
from desktop.services import crew, repair_costs, technicians
from desktop.services.work import PROGRAM, look
from desktop.views.crew import CrewPage
from desktop.views.crew_dialogs import DutiesDialog, GoneDialog
from desktop.views.crew_lists import week_words
from desktop.world import SeededWorld
from tests.views.people_kit import ALT, CONTROL, Desk, column
from tests.views.repair_kit import Reported, reported, stored

KEY = Qt.Key


@pytest.fixture
def desk(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]) -> Desk:
    return Desk(world, tmp_path, qtbot, on_desk, reported, "repair_lead", pages=("crew", "repairs", "party"))


def opened(desk: Desk, part: str = "technicians") -> CrewPage:
    page: CrewPage = desk.open("crew", part=part)
    desk.settle()
    return page


def test_a_technician_is_written_down(desk: Desk) -> None:
    page = opened(desk)
    assert column(page.list.table, 0) == ["卢大勇", "方一鸣"]
    desk.press(KEY.Key_N, CONTROL)
    dialog = desk.dialog()
    desk.press(KEY.Key_Return, CONTROL)
    assert "写姓名" in dialog.form.rows["name"].said
    assert "选会修什么" in dialog.form.rows["skills"].said
    dialog.form.set_values({"name": "石磊", "phone": "13900002103", "skills": (RepairCategory.WATER,)})
    dialog.form.field("weekdays").set_value(())
    desk.press(KEY.Key_Return, CONTROL)
    assert "写数字" in dialog.form.rows["weekdays"].said
    dialog.form.field("weekdays").set_value(("1", "3", "5"))
    desk.press(KEY.Key_Return, CONTROL)
    assert desk.dialog() is None
    assert "石磊" in column(page.list.table, 0)
    assert "周一三五" in column(page.list.table, 2)


def test_leave_stays_open_for_the_next(desk: Desk) -> None:
    opened(desk)
    made: Reported = desk.made
    desk.press(KEY.Key_Down)
    desk.press(KEY.Key_1, ALT)
    dialog = desk.dialog()
    assert isinstance(dialog, DutiesDialog)
    dialog.form.set_values({"first": date(2026, 11, 25), "last": date(2026, 11, 24), "note": "回老家"})
    desk.press(KEY.Key_Return, CONTROL)
    assert "不能早于" in dialog.form.rows["last"].said
    dialog.form.field("last").set_value(date(2026, 11, 27))
    desk.press(KEY.Key_Return, CONTROL)
    assert column(dialog.table, 0) == ["2026-11-25 至 2026-11-27"]
    with look(desk.office, PROGRAM) as reading:
        (row,) = crew.duties_of(reading, made.man)
    assert (row.form.kind, row.form.note) == (DutyKind.LEAVE, "回老家")
    desk.press(KEY.Key_8, ALT)
    assert column(dialog.table, 0) == []
    dialog.cancel()


def test_who_goes_hands_over(desk: Desk) -> None:
    page = opened(desk)
    made: Reported = desk.made
    desk.press(KEY.Key_Down)  # 方一鸣 has the lamp
    desk.press(KEY.Key_2, ALT)
    dialog = desk.dialog()
    assert isinstance(dialog, GoneDialog)
    desk.press(KEY.Key_Return, CONTROL)
    assert "选一位接手" in dialog.form.rows["to"].said
    dialog.form.field("to").set_value(made.other)
    desk.press(KEY.Key_Return, CONTROL)
    assert stored(desk, made.lamp).technician_id == made.other
    assert column(page.list.table, 0) == ["卢大勇"]
    assert desk.toast == "方一鸣已离岗"


def test_teams_firms_and_stock_by_keys(desk: Desk) -> None:
    page = opened(desk, "teams")
    desk.press(KEY.Key_N, CONTROL)
    desk.dialog().form.set_values({"name": "电梯班", "categories": (RepairCategory.LIFT,)})
    desk.press(KEY.Key_Return, CONTROL)
    assert column(page.list.table, 0) == ["电梯班"]
    desk.press(KEY.Key_2, ALT)
    desk.press(KEY.Key_Return, CONTROL)
    assert column(page.list.table, 0) == []
    desk.press(KEY.Key_3, CONTROL)
    desk.press(KEY.Key_N, CONTROL)
    form = desk.dialog().form
    desk.press(KEY.Key_Return, CONTROL)
    assert "填电话" in form.rows["phone"].said
    form.set_values({
        "name": "青川市安达电梯有限公司", "phone": "057188002266", "categories": (RepairCategory.LIFT,), "price": "300",
        "warranty_days": 90,
    })  # fmt: skip
    desk.press(KEY.Key_Return, CONTROL)
    assert column(page.list.table, 2) == ["300.00"]
    desk.press(KEY.Key_E, CONTROL)
    desk.dialog().form.field("warranty_days").set_value(180)
    desk.press(KEY.Key_Return, CONTROL)
    with look(desk.office, PROGRAM) as reading:
        (firm,) = technicians.list_contractors(reading)
    assert (firm.warranty_days, firm.price) == (180, Money.yuan(300))
    desk.press(KEY.Key_4, CONTROL)
    desk.press(KEY.Key_N, CONTROL)
    desk.dialog().form.set_values({"name": "6 分角阀", "unit": "个", "price": "18", "low_mark": 5})
    desk.press(KEY.Key_Return, CONTROL)
    desk.press(KEY.Key_Return)  # 进货盘点
    desk.dialog().form.set_values({"quantity": 3, "note": "五金店购入"})
    desk.press(KEY.Key_Return, CONTROL)
    with look(desk.office, PROGRAM) as reading:
        (valve,) = repair_costs.list_materials(reading)
    assert (valve.stock, valve.low) == (Decimal(3), True)
    desk.press(KEY.Key_2, ALT)
    desk.press(KEY.Key_Return, CONTROL)
    assert "账上还有 3 个" in desk.dialog().summary.text.text()
    desk.dialog().cancel()


def test_nobody_to_be_told_is_seen(desk: Desk) -> None:
    page = opened(desk, "answerers")
    assert "维修班长" in column(page.list.table, 0)
    assert column(page.list.table, 1)[0].startswith("秦岭")
    assert not page.list.ways[0][0].isEnabled()


def test_who_may_only_look_is_told_why(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]
) -> None:
    desk = Desk(world, tmp_path, qtbot, on_desk, reported, "cashier", pages=("crew",))
    page = opened(desk)
    assert all(not button.isEnabled() for button, _ in page.list.ways)
    assert "请维修班长或主管来改" in page.list.ways[0][0].toolTip()
    desk.press(KEY.Key_Return)
    assert desk.dialog() is None


@pytest.mark.parametrize(
    ("days", "words"),
    [("1234567", "每天"), ("12345", "周一至周五"), ("135", "周一三五"), ("67", "周六日"), ("7", "周日")],
)
def test_a_week_in_words(days: str, words: str) -> None:
    assert week_words(days) == words
