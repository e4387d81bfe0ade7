"""The board of repairs in a real window: walked by keys, searched, its clocks going on without the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import RepairCategory
from desktop.models.work_orders import Technician
from desktop.services import technicians
from desktop.services.acts import Op
from desktop.services.technicians import TeamForm
from desktop.services.work import PROGRAM, begin
from desktop.services.work_orders import Step, go_on
from desktop.views.repair_lanes import LaneView, Stage, order_clock, span_words
from desktop.views.repairs import RepairsPage
from desktop.world import SeededWorld
from tests.views.people_kit import CONTROL, Desk, texts
from tests.views.repair_kit import Reported, repair_desk


@pytest.fixture
def desk(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]) -> Desk:
    return repair_desk(world, tmp_path, qtbot, on_desk)


def told(page: RepairsPage, stage: Stage) -> list[str]:
    """Place, what and clock of each card of a lane."""
    assert page.board is not None
    orders, at = page.lanes[stage].view.lane.orders, page.board.at
    return [f"{order.card.summary} {order_clock(order, at).words}" for order in orders]


def in_front() -> LaneView:
    lane = QApplication.focusWidget()
    assert isinstance(lane, LaneView)
    return lane


def test_each_stage_has_its_lane_and_each_order_its_clock(desk: Desk) -> None:
    page: RepairsPage = desk.open("repairs")
    assert told(page, Stage.REPORTED) == ["水管爆了 剩 30 分", "水龙头滴水 剩 2时00分"]
    assert told(page, Stage.WAITING) == ["灯不亮 计时暂停"]
    assert told(page, Stage.DONE) == ["门锁打不开 24 小时内回访"]
    assert "未结 3 单 · 今日完成 1" in texts(page)
    assert [lane.count.text() for lane in page.lanes.values()] == ["2", "0", "0", "1", "1"]
    assert (page.late.isVisible(), page.soon.isVisible()) == (False, True)
    cell = page.views[0].lane.index(1)
    said = str(cell.data(Qt.ItemDataRole.AccessibleTextRole))
    assert "1 栋 301 · 水龙头滴水 · 顾听澜 · 未派 · 建议 卢大勇 · 剩 2时00分" in said


def test_walked_and_opened_by_keys(desk: Desk) -> None:
    page: RepairsPage = desk.open("repairs")
    made: Reported = desk.made
    assert in_front() is page.views[0]
    for key, order in (
        (Qt.Key.Key_Down, made.tap), (Qt.Key.Key_Right, made.lamp), (Qt.Key.Key_Right, made.door),
        (Qt.Key.Key_Right, made.door), (Qt.Key.Key_Left, made.lamp), (Qt.Key.Key_Left, made.tap),
    ):  # fmt: skip
        desk.press(key)
        now = page.current()
        assert now is not None
        assert now.card.id == order
    desk.press(Qt.Key.Key_Return)
    assert desk.at() == ("repair", {"order_id": made.tap})
    desk.window.back()
    desk.settle()
    now = page.current()
    assert now is not None
    assert now.card.id == made.tap  # where the clerk was


def test_clocks_go_on_without_the_database(desk: Desk) -> None:
    page: RepairsPage = desk.open("repairs")
    asked: list[str] = []
    sa.event.listen(desk.office.engine, "before_cursor_execute", lambda *each: asked.append(str(each[2])))
    desk.world.advance(timedelta(minutes=31))
    page.tick()
    assert told(page, Stage.REPORTED) == ["水管爆了 超时 1 分", "水龙头滴水 剩 1时29分"]
    assert page.late.isVisible()
    assert told(page, Stage.WAITING) == ["灯不亮 计时暂停"]
    assert asked == []
    desk.world.advance(timedelta(hours=23))
    page.tick()
    assert told(page, Stage.DONE) == ["门锁打不开 剩 29 分"]
    assert page._minute.isActive()
    desk.open("parties")
    assert not page._minute.isActive()  # nothing ticks behind another page


def test_a_search_finds_by_room_name_and_number(desk: Desk) -> None:
    page: RepairsPage = desk.open("repairs")
    desk.press(Qt.Key.Key_F, CONTROL)
    page.search.setText("顾听澜")
    page._narrow("")
    assert told(page, Stage.REPORTED) == ["水龙头滴水 剩 2时00分"]
    page.search.setText("没有这间")
    page._narrow("")
    assert page.stack.currentWidget() is page.empty
    assert "没有找到「没有这间」的报修" in texts(page)
    desk.press(Qt.Key.Key_Escape)
    assert page.search.value() == ""
    assert isinstance(QApplication.focusWidget(), LaneView)
    assert page.lanes[Stage.REPORTED].count.text() == "2"


def test_what_somebody_else_does_is_seen_and_the_order_in_hand_stays(desk: Desk) -> None:
    page: RepairsPage = desk.open("repairs")
    made: Reported = desk.made
    desk.press(Qt.Key.Key_Down)
    with begin(desk.office, PROGRAM, Op.GO_ON_WITH_REPAIR) as work:
        go_on(work, Step(made.pipe, "cancel", "自己关了总阀"))
    desk.settle()
    assert told(page, Stage.REPORTED) == ["水龙头滴水 剩 2时00分"]
    now = page.current()
    assert now is not None
    assert now.card.id == made.tap


def test_an_office_without_repairs_is_told_the_first_step(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]
) -> None:
    desk = Desk(world, tmp_path, qtbot, on_desk, lambda office: None, "front_desk", pages=("repairs",))
    page: RepairsPage = desk.open("repairs")
    assert "没有未结的报修" in texts(page)


@pytest.mark.parametrize("wide", [1093, 911])
def test_many_orders_are_painted_as_fast_as_few(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget], wide: int
) -> None:
    desk = repair_desk(world, tmp_path, qtbot, on_desk, wide=wide)
    page: RepairsPage = desk.open("repairs")
    assert page.board is not None
    many = page.board.orders * 500
    begun = perf_counter()
    page.show_board(page._asked, type(page.board)(many, 0, page.board.at, page.board.calendar))
    page.grab()
    assert perf_counter() - begun < 1  # the figure itself is the benchmark's; this sees an order of magnitude
    assert page.lanes[Stage.REPORTED].count.text() == "1,000"


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0 分"), (18, "18 分"), (72, "1时12分"), (605, "10 小时"), (1860, "31 小时")]
)
def test_spans_read_as_a_clerk_says_them(minutes: int, words: str) -> None:
    assert span_words(timedelta(minutes=minutes)) == words


def test_the_oldest_stand_there_while_the_others_are_read(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.views.repairs._FIRST", 2)
    desk = repair_desk(world, tmp_path, qtbot, on_desk)
    seen: list[tuple[int, bool, str]] = []
    monkeypatch.setattr(RepairsPage, "_show", _noting(seen, RepairsPage._show))
    page: RepairsPage = desk.open("repairs")
    assert seen[:2] == [(2, False, "…"), (4, True, "2")]  # then once more, with whom one would send
    assert "未结 3 单 · 今日完成 1" in texts(page)


def _noting(seen: list[tuple[int, bool, str]], show: Callable[[RepairsPage], None]) -> Callable[[RepairsPage], None]:
    def noted(page: RepairsPage) -> None:
        show(page)
        assert page.board is not None
        seen.append((len(page.board.orders), page.board.whole, page.lanes[Stage.REPORTED].count.text()))

    return noted


def test_the_board_narrows_to_a_team_or_a_building(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]
) -> None:
    desk = repair_desk(world, tmp_path, qtbot, on_desk)
    page: RepairsPage = desk.open("repairs")
    assert not page.team.isVisible()  # without teams, and with one building, there is nothing to choose
    assert not page.house.isVisible()
    with begin(desk.office, PROGRAM, Op.CHANGE_TECHNICIANS) as work:
        lights = technicians.save_team(work, TeamForm("电工班", frozenset({RepairCategory.POWER})))
        waters = technicians.save_team(work, TeamForm("水工班", frozenset({RepairCategory.WATER})))
        work.session.flush()
        man = work.get(Technician, desk.made.man)  # 方一鸣, who has the lamp, is of the water team
        man.team_id = waters
    desk.settle()
    assert page.team.isVisible()
    page.team.set_value(waters)
    assert told(page, Stage.REPORTED) == ["水管爆了 剩 30 分", "水龙头滴水 剩 2时00分"]
    assert told(page, Stage.WAITING) == ["灯不亮 计时暂停"]  # whoever has it decides, not the kind of work
    assert told(page, Stage.DONE) == []
    assert "未结 3 单 · 今日完成 1" in texts(page)
    page.team.set_value(lights)
    assert page.stack.currentWidget() is page.empty
    assert "这样筛选没有报修" in texts(page)
    desk.press(Qt.Key.Key_Escape)
    assert page.team.value() is None
    assert page.lanes[Stage.REPORTED].count.text() == "2"


def test_the_dashed_card_takes_a_call_in(desk: Desk) -> None:
    page: RepairsPage = desk.open("repairs")
    page.add.setFocus()
    desk.press(Qt.Key.Key_Return)
    dialog = desk.dialog()
    assert dialog is not None
    assert dialog.caller.box.hasFocus()
    dialog.cancel()
    desk.settle()
    assert page.add.hasFocus()
