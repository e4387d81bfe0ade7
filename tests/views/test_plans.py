"""The page 保养巡检 by keys: a plan written from a usual one, paused, its order made and checked line by line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import CheckAnswer, OrderKind, PlanUnit, RepairCategory
from desktop.models.work_orders import WorkOrderState
from desktop.services import checks, plans
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.plan_presets import PRESETS
from desktop.services.plans import PlanForm, plan_problems
from desktop.services.work import PROGRAM, begin, look
from desktop.views.plan_dialogs import PausePlanDialog, PlanDialog
from desktop.views.plans import PlansPage
from desktop.views.repair import RepairPage
from desktop.views.repair_checks import ChecksDialog
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.offices import sit_down
from tests.services.due_kit import order_event
from tests.services.plan_kit import LINES, inspection_form, plan_form, put_plan, rounds
from tests.services.test_dispatch import hire
from tests.views.people_kit import ALT, CONTROL, Desk, column, texts

KEY = Qt.Key


def planned(office: Office) -> None:
    """A lift and the fire equipment, on a Monday morning."""
    world = office.world
    assert isinstance(world, SeededWorld)
    world.set_now(datetime(2026, 11, 23, 9, 0, tzinfo=OFFICE_ZONE))
    lead = sit_down(office, "repair_lead", login="qinl", name="秦岭")
    hire(office, lead, "方一鸣")
    put_plan(office, plan_form(office), lead)
    put_plan(office, inspection_form(office, anchor=date(2026, 11, 20), valid_from=date(2026, 11, 20)), lead)


@pytest.fixture
def desk(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]) -> Desk:
    pages = ("plans", "repairs", "repair", "today")
    return Desk(world, tmp_path, qtbot, on_desk, planned, "repair_lead", pages=pages)


def opened(desk: Desk) -> PlansPage:
    page: PlansPage = desk.open("plans")
    desk.settle()
    return page


def forms(desk: Desk) -> dict[str, PlanForm]:
    with look(desk.office, PROGRAM) as reading:
        return {row.form.name: row.form for row in plans.list_plans(reading)}


def test_what_is_overdue_stands_first_with_its_rounds(desk: Desk) -> None:
    page = opened(desk)
    assert column(page.table, 0) == ["1 栋消防月检", "2 号电梯月度维保"]
    assert column(page.table, 2) == ["2026-11-20", "2026-11-30"]
    assert page.detail_label.text() == "2 个在用 · 1 个逾期"
    desk.press(KEY.Key_Down)
    assert page.title_words.text() == "2 号电梯月度维保"
    assert "电梯维保合同第 4 条" in texts(page.side)
    assert column(page.rounds, 1) == []


def test_a_usual_plan_is_taken_and_stored(desk: Desk) -> None:
    page = opened(desk)
    desk.press(KEY.Key_N, CONTROL)
    dialog = desk.dialog()
    assert isinstance(dialog, PlanDialog)
    desk.press(KEY.Key_Return, CONTROL)
    assert "写做什么" in dialog.form.rows["name"].said
    dialog.preset.set_value(PRESETS[0])
    assert (dialog.form.field("every").value(), dialog.form.field("unit").value()) == (15, PlanUnit.DAY)
    dialog.form.field("room").set_value("101")
    desk.press(KEY.Key_Return, CONTROL)
    assert "先选楼栋" in dialog.form.rows["room"].said
    dialog.form.field("room").set_value("")
    dialog.form.field("facility").set_value("1 号电梯")
    desk.press(KEY.Key_Return, CONTROL)
    made = forms(desk)["电梯半月维保"]
    assert (made.every, made.unit, made.category, made.facility) == (15, PlanUnit.DAY, RepairCategory.LIFT, "1 号电梯")
    assert made.lines == PRESETS[0].lines
    assert page.table.current().form.name == "电梯半月维保"
    assert desk.toast == "计划已存"


def test_a_plan_is_changed_in_its_room(desk: Desk) -> None:
    page = opened(desk)
    desk.press(KEY.Key_E, CONTROL)
    dialog = desk.dialog()
    with look(desk.office, PROGRAM) as reading:
        (house, numbers) = next(iter(plans.plan_choices(reading).rooms.items()))
    dialog.form.set_values({"building_id": house, "room": next(iter(numbers))})
    desk.press(KEY.Key_Return, CONTROL)
    assert forms(desk)["1 栋消防月检"].room_id == next(iter(numbers.values()))
    desk.press(KEY.Key_E, CONTROL)
    assert desk.dialog().form.field("room").value() == next(iter(numbers))
    desk.dialog().cancel()
    assert page.card is not None


def test_it_rests_with_a_reason_and_goes_on(desk: Desk) -> None:
    page = opened(desk)
    desk.press(KEY.Key_3, ALT)
    assert isinstance(desk.dialog(), PausePlanDialog)
    desk.press(KEY.Key_Return, CONTROL)
    assert "写明为什么暂停" in desk.dialog().form.rows["reason"].said
    desk.dialog().form.field("reason").set_value("消防改造")
    desk.press(KEY.Key_Return, CONTROL)
    assert "2026-11-23 起：消防改造" in texts(page.side)
    assert page.pause.text() == "恢复"
    assert not page.early.isEnabled()
    desk.press(KEY.Key_3, ALT)
    assert page.pause.text() == "暂停"
    assert desk.toast == "计划已恢复"


def test_its_order_is_made_now_and_checked_by_keys(desk: Desk) -> None:
    opened(desk)
    desk.press(KEY.Key_2, ALT)
    desk.qtbot.waitUntil(lambda: desk.at()[0] == "repair")
    desk.settle()
    page: RepairPage = desk.window.page()
    ((_, order),) = rounds(desk.office)
    assert "消防（巡检）" in texts(page)
    assert column(page.events, 1) == ["按计划开单"]
    order_event(desk.office, order.id, "assign")
    order_event(desk.office, order.id, "begin")
    page.refresh(frozenset())
    desk.settle()
    desk.press(KEY.Key_Return, CONTROL)  # the list comes before the end
    dialog = desk.dialog()
    assert isinstance(dialog, ChecksDialog)
    desk.qtbot.waitUntil(lambda: bool(dialog.rows))
    assert not dialog.repair.isEnabled()
    desk.press(KEY.Key_Return, CONTROL)
    desk.press(KEY.Key_2, ALT)
    desk.press(KEY.Key_Return, CONTROL)
    assert "写一句哪里异常" in dialog.form.rows["note"].said
    dialog.form.field("note").set_value("门卡住")
    desk.press(KEY.Key_Return, CONTROL)
    assert dialog.table.current().words == LINES[1]
    desk.press(KEY.Key_9, ALT)
    assert desk.toast.startswith("已开维修单 ")
    desk.press(KEY.Key_8, ALT)
    assert dialog.sums.text() == "都查完了，可以完成工单 · 1 项异常"
    desk.press(KEY.Key_Escape)
    desk.settle()
    desk.press(KEY.Key_Return, CONTROL)
    desk.press(KEY.Key_Return, CONTROL)
    ((_, order),) = rounds(desk.office)
    assert order.state is WorkOrderState.DONE


def test_who_may_only_look_is_told_why(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]
) -> None:
    desk = Desk(world, tmp_path, qtbot, on_desk, planned, "cashier", pages=("plans", "repair"))
    page = opened(desk)
    assert not page.new.isEnabled()
    assert "请维修班长或主管来改" in page.edit.toolTip()


@pytest.mark.parametrize("preset", PRESETS, ids=lambda each: each.name)
def test_usual_plans_can_be_stored_as_they_are(preset: object) -> None:
    known = PRESETS[PRESETS.index(preset)]  # type: ignore[arg-type]
    form = PlanForm(
        known.name, known.kind, known.category, every=known.every, unit=known.unit, anchor=date(2026, 11, 30),
        lead_days=known.lead_days, valid_from=date(2026, 11, 23), basis=known.basis, lines=known.lines,
    )  # fmt: skip
    assert plan_problems(form, date(2026, 11, 23)) == {}
    assert known.kind in (OrderKind.MAINTENANCE, OrderKind.INSPECTION)


def test_what_a_colleague_found_meanwhile_is_told_and_nothing_typed_is_lost(desk: Desk) -> None:
    opened(desk)
    desk.press(KEY.Key_2, ALT)
    desk.qtbot.waitUntil(lambda: desk.at()[0] == "repair")
    desk.settle()
    ((_, order),) = rounds(desk.office)
    desk.press(KEY.Key_L, CONTROL)
    dialog = desk.dialog()
    desk.qtbot.waitUntil(lambda: bool(dialog.rows))
    with begin(desk.office, PROGRAM, Op.GO_ON_WITH_REPAIR) as work:
        checks.answer_check(work, dialog.rows[0].id, CheckAnswer.BAD, "三层那只在红区")
    desk.press(KEY.Key_3, ALT)
    dialog.form.field("note").set_value("这栋没有")
    desk.press(KEY.Key_Return, CONTROL)
    desk.qtbot.waitUntil(lambda: "再按一次" in dialog.summary.text.text())
    assert dialog.form.field("note").value() == "这栋没有"
    assert dialog.rows[0].note == "三层那只在红区"
    desk.press(KEY.Key_Return, CONTROL)
    with look(desk.office, PROGRAM) as reading:
        first = checks.checklist_of(reading, order.id)[0]
    assert (first.answer, first.note) == (CheckAnswer.NONE, "这栋没有")
    dialog.cancel()
