"""The list of rooms in a real window: from the board and back, states, keys, conditions, views, menu, copies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.places import Room
from desktop.models.trust import AuditEntry
from desktop.models.values import RoomState
from desktop.services import board, places
from desktop.services.acts import Op
from desktop.services.board import Count
from desktop.services.room_lists import STATES, RoomScope
from desktop.services.work import PROGRAM, begin
from desktop.views.rooms import RoomsPage
from desktop.views.theme import Shade, Theme, TypeSize, theme
from desktop.world import SeededWorld
from tests.offices import sit_down
from tests.views.conftest import type_chinese
from tests.views.house import House, house
from tests.views.test_room_board import fill, room

KEY = Qt.Key
CONTROL, ALT, SHIFT, NONE = (
    Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)  # fmt: skip


class Desk:
    """The window with a clerk's hands."""

    def __init__(self, made: House) -> None:
        self.house, self.window, self.office = made, made.window, made.office

    @property
    def page(self) -> RoomsPage:
        page = self.window.page()
        assert isinstance(page, RoomsPage)
        return page

    def settle(self) -> None:
        self.house.settle()

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifier)
        self.settle()

    def open(self, **params: Any) -> RoomsPage:
        self.window.navigate("rooms", **params)
        self.settle()
        return self.page

    def numbers(self) -> list[str]:
        rows = self.page.table.rows
        return [rows.row(at).tile.number for at in range(rows.rowCount())]

    def texts(self, title: str) -> dict[str, str]:
        """What stands in a column, by room number."""
        rows = self.page.table.rows
        (column,) = [each for each in self.page.table.known if each.title == title]
        return {rows.row(at).tile.number: column.words(rows.row(at)) for at in range(rows.rowCount())}


@pytest.fixture
def make(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]
) -> Iterator[Callable[..., Desk]]:
    open_: list[Any] = []

    def build(role: str = "manager", filled: Callable[[Any], object] | None = None) -> Desk:
        made = house(
            world, tmp_path, qtbot, on_desk, filled or partial(fill, world), lambda office: sit_down(office, role)
        )
        open_.append(made)
        return Desk(made.__enter__())

    yield build
    for made in reversed(open_):
        made.__exit__(None, None, None)


@pytest.fixture
def desk(make: Callable[..., Desk]) -> Desk:
    return make()


def menu() -> QMenu:
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, QMenu)
    return popup


def test_one_key_goes_from_the_board_to_the_list_and_back(desk: Desk) -> None:
    desk.house.open_board()
    wanted = room(desk.house, "203")
    desk.house.choose(wanted)
    desk.press(KEY.Key_L, CONTROL)
    assert desk.page.table.hasFocus()
    assert len(desk.numbers()) == 15
    assert desk.page.table.current().id == wanted
    desk.press(KEY.Key_Down)
    here = desk.page.table.current().id
    assert here != wanted
    desk.press(KEY.Key_L, CONTROL)
    assert desk.house.at()[0] == "board"
    current = desk.house.board.current()
    assert current is not None
    assert current.room_id == here


@pytest.mark.parametrize("figure", list(Count))
def test_what_is_bright_on_the_board_is_what_is_listed(desk: Desk, figure: Count) -> None:
    page = desk.house.open_board(count=figure)
    page.tabs.choose(1)
    desk.settle()
    model = page.tiles.tiles
    bright = [tile.number for at, tile in enumerate(model.tiles) if at not in model.dimmed]
    page.to_list.click()
    desk.settle()
    assert desk.numbers() == bright
    assert page.counters[figure].isChecked()


def test_the_states_of_the_legend_come_along(desk: Desk) -> None:
    page = desk.house.open_board()
    page.legend.chips[RoomState.REPAIR].click()
    page.legend.chips[RoomState.OUT_OF_USE].click()
    desk.press(KEY.Key_L, CONTROL)
    assert desk.numbers() == ["201", "202"]
    assert dict(desk.page.strip.chosen) == {"state": ("out_of_use", "repair")}


def test_every_room_shows_the_state_of_its_tile_with_glyph_and_word(desk: Desk) -> None:
    board_page = desk.house.open_board()
    facts = {each.number: each for each in board_page._facts.values()}
    page = desk.open()
    states = desk.texts("状态")
    assert states == {number: theme().room(each.state).word for number, each in facts.items()}
    (column,) = [each for each in page.table.known if each.title == "状态"]
    assert column.tag is not None
    for at in range(page.table.rows.rowCount()):
        tag = column.tag(page.table.rows.row(at))
        assert tag is not None
        assert tag.icon
    assert desk.texts("租客")["302"] == "林以宁"
    assert desk.texts("租客")["201"] == "换门锁"
    assert page.foot_row.left.text() == "15 间"
    assert page.foot_row.right.text() == "欠费合计 11,820.00"


def test_the_words_of_the_conditions_are_those_of_the_tiles(look: Theme) -> None:
    assert {state: look.room(state).word for state in RoomState} == STATES


def test_enter_opens_the_room_and_the_list_is_as_it_was(desk: Desk) -> None:
    desk.open(scope=RoomScope.VACANT)
    desk.press(KEY.Key_F10)
    desk.press(KEY.Key_9)
    desk.press(KEY.Key_1)
    desk.press(KEY.Key_Escape)
    assert desk.numbers() == ["101", "102", "103", "104"]
    desk.press(KEY.Key_Down)
    here = desk.page.table.current().id
    desk.press(KEY.Key_Return)
    assert desk.house.at() == ("room", {"room_id": here})
    desk.window.back()
    desk.settle()
    assert desk.numbers() == ["101", "102", "103", "104"]
    assert desk.page.table.current().id == here


def test_a_right_click_offers_the_acts_of_the_board(desk: Desk) -> None:
    page = desk.open(scope=RoomScope.VACANT)
    row = page.table.current()
    page._menu(row, page.mapToGlobal(page.rect().center()))
    words = [action.text().partition("\t")[0] for action in menu().actions() if not action.isSeparator()]
    assert [each for each in words if each != "报修"] == [
        *(offer.words for offer in page.room_actions.offers(row.tile)), "房间变动",
    ]  # fmt: skip
    assert words[words.index("房间详情") - 1] == "报修"
    menu().close()
    (broom,) = [offer for offer in page.room_actions.offers(row.tile) if offer.act == "mark_clean"]
    page.room_actions.do(broom.act, row.tile)
    desk.settle()
    assert desk.texts("状态")["304"] == "空净"


def test_keys_of_the_board_serve_the_row_in_hand(desk: Desk) -> None:
    page = desk.open(scope=RoomScope.LET)
    row = page.table.current()
    desk.press(KEY.Key_F4)
    assert desk.house.at() == ("till", {"party_id": row.tile.tenant_id})
    page = desk.open(scope=RoomScope.VACANT)
    row = page.table.current()
    desk.press(KEY.Key_F2)
    assert desk.house.at() == ("check_in", {"room_id": row.id})
    desk.open(scope=RoomScope.VACANT)
    desk.press(KEY.Key_R, CONTROL)
    assert [action.text() for action in menu().actions()][:2] == ["拆分", "合并"]
    menu().close()


def test_conditions_orders_and_a_view_by_keys(desk: Desk) -> None:
    page = desk.open()
    for key, modifier in ((KEY.Key_F10, NONE), (KEY.Key_3, NONE), (KEY.Key_1, NONE), (KEY.Key_Return, NONE)):
        desk.press(key, modifier)
    dialog = desk.house.dialog()
    assert dialog.form.field("title").value() == "有欠费"
    desk.press(KEY.Key_Return)
    assert page.views.button.text() == "有欠费"
    assert desk.numbers() == ["301", "302"]
    assert page.foot_row.right.text() == "欠费合计 11,820.00"
    desk.press(KEY.Key_Escape)
    assert len(desk.numbers()) == 15
    assert page.views.button.text() == "视图"
    desk.press(KEY.Key_7, ALT)
    desk.press(KEY.Key_7, ALT)
    desk.house.qtbot.waitUntil(lambda: desk.numbers()[0] == "301")
    desk.press(KEY.Key_F11)
    QTest.keyClick(menu(), KEY.Key_1)
    desk.settle()
    assert desk.numbers() == ["301", "302"]


def test_a_name_by_input_method_and_by_sound_finds_the_room(desk: Desk) -> None:
    page = desk.open()
    desk.press(KEY.Key_F, CONTROL)
    type_chinese(page.search, "linyi", "林以宁")
    desk.settle()
    assert desk.numbers() == ["302"]
    page.search.selectAll()
    QTest.keyClicks(page.search, "zsq")
    desk.house.qtbot.waitUntil(lambda: desk.numbers() == ["303"])
    page.search.selectAll()
    QTest.keyClicks(page.search, "9999")
    desk.house.qtbot.waitUntil(lambda: page.stack.currentWidget() is page.empty)
    assert page.empty.title.text() == "没有找到「9999」的房间"
    page.everything.click()
    desk.settle()
    assert len(desk.numbers()) == 15


def test_what_somebody_else_changes_is_there_at_once(desk: Desk) -> None:
    page = desk.open(scope=RoomScope.CLOSED)
    assert desk.numbers() == ["201", "202"]
    with begin(desk.office, PROGRAM, Op.CHANGE_PLACE) as work:
        places.reopen_room(work, page.table.rows.row(0).id)
    desk.settle()
    assert desk.numbers() == ["202"]
    assert page.tabs._options[-1].count == "1"


def test_rows_are_copied_by_right_and_noted(desk: Desk) -> None:
    desk.open()
    desk.press(KEY.Key_Down, SHIFT)
    desk.press(KEY.Key_C, CONTROL)
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().split("\n")]
    assert lines[0] == [
        "房间", "户型和面积", "状态", "租客", "标记", "到期日", "空置（天）", "月租（元）", "欠费（元）"
    ]  # fmt: skip
    assert lines[1][:4] == ["1 栋 301", "一室一厅 · 46.2 m²", "在租", "沈知微"]
    assert len(lines) == 3
    with desk.office.reading() as session:
        (facts,) = session.scalars(sa.select(AuditEntry.facts).where(AuditEntry.op == "export_list"))
    assert (facts["list"], facts["rows"], facts["how"]) == ("rooms", 2, "copied")


def test_a_role_without_bills_sees_no_money_owed(make: Callable[..., Desk]) -> None:
    desk = make("repair_lead")
    page = desk.open()
    titles = [column.title for column in page.table.known]
    assert "欠费（元）" not in titles
    assert page.foot_row.right.text() == ""
    assert desk.texts("月租（元）")["301"] == ""
    desk.press(KEY.Key_F10)
    assert [pick.words for pick in page.strip.conditions.picks][:3] == ["楼栋", "状态", "到期"]


@pytest.mark.parametrize("size", list(TypeSize))
def test_open_and_closed_the_page_fits_its_window(desk: Desk, look: Theme, size: TypeSize) -> None:
    page = desk.open()
    desk.press(KEY.Key_F10)
    look.switch(Shade.LIGHT, size)
    desk.settle()
    hint = page.minimumSizeHint()
    assert hint.width() <= 833
    assert hint.height() <= 430


def test_the_first_rows_do_not_wait_for_the_whole_board(
    make: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = make()
    desk.window.navigate("settings")
    desk.settle()
    order: list[str] = []
    whole, some = board.board, board.tiles_of

    def noted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*arguments: Any) -> Any:
            order.append(name)
            return function(*arguments)

        return asked

    monkeypatch.setattr(board, "board", noted("board", whole))
    monkeypatch.setattr(board, "tiles_of", noted("rows", some))
    desk.open()
    assert order[0] == "rows"
    assert "board" in order


def test_an_office_without_rooms_is_sent_to_make_some(make: Callable[..., Desk]) -> None:
    def no_rooms(office: Any) -> None:
        with begin(office, PROGRAM, Op.ADD_PLACES) as work:
            for row in work.session.scalars(sa.select(Room)):
                row.deleted_at = work.at
            work.record()

    page = make(filled=no_rooms).open()
    assert page.empty.title.text() == "还没有房间"
    assert page.first_step.isVisible()
    assert page.first_step.hasFocus()
    assert not page.everything.isVisible()
    page.first_step.click()
    assert page.shell.frame.place is not None  # type: ignore[attr-defined]
    assert page.shell.frame.place.key == "settings"  # type: ignore[attr-defined]
