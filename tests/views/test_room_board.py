"""The board in a real window over a real office: keys, filters, offers, the panel, and what a commit changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import Money, Right, RoomCondition, RoomState
from desktop.services import places
from desktop.services.acts import Op
from desktop.services.board import Count
from desktop.services.office import Office
from desktop.services.work import PROGRAM, begin
from desktop.views.room_actions import Act, Offer
from desktop.views.room_dialogs import CloseRoomDialog, MoveInDialog
from desktop.views.theme import Theme, TypeSize
from desktop.world import SeededWorld
from tests.offices import check_in, first_start, make_office, many, rooms_of, sit_down, terms
from tests.views.house import House, house


def fill(world: SeededWorld, office: Office) -> None:
    """1 栋: 301 owing, 302 overstayed, 303 reserved for today, 304 dirty, 201 repair, 202 closed; the rest free."""
    ids, people, today = rooms_of(office), many(4), world.today()
    check_in(office, PROGRAM, ids[1], people[1], replace(terms(today), end=today + timedelta(days=40)))
    world.advance(timedelta(days=45))
    check_in(office, PROGRAM, ids[0], people[0], terms(world.today() - timedelta(days=20)))
    check_in(office, PROGRAM, ids[2], people[2], terms(world.today() + timedelta(days=1)))
    world.advance(timedelta(days=1))
    with begin(office, PROGRAM, Op.CHANGE_PLACE) as work:
        places.mark_clean(work, ids[3], False)
        places.close_room(work, ids[4], RoomCondition.REPAIR, "换门锁")
        places.close_room(work, ids[5], RoomCondition.OUT_OF_USE, "样板间")
    with begin(office, PROGRAM, Op.ADD_PLACES) as work:
        places.add_building(work, places.BuildingDraft("2 栋", [places.RoomDraft(f"{n}01", n) for n in (5, 6, 7)]))


Make = Callable[..., House]


@pytest.fixture
def make(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]
) -> Iterator[Callable[..., House]]:
    open_: list[object] = []

    def build(roles: tuple[str, ...] = ("manager",), wide: int = 1093) -> House:
        made = house(
            world, tmp_path, qtbot, on_desk, partial(fill, world), lambda office: sit_down(office, *roles), wide
        )
        open_.append(made)
        return made.__enter__()

    yield build
    for made in reversed(open_):
        made.__exit__(None, None, None)  # type: ignore[attr-defined]


@pytest.fixture
def desk(make: Make) -> House:
    made = make()
    made.open_board()
    return made


def numbers(desk: House, bright: bool = True) -> list[str]:
    model = desk.board.tiles.tiles
    return [tile.number for at, tile in enumerate(model.tiles) if (at not in model.dimmed) is bright]


def room(desk: House, number: str):  # type: ignore[no-untyped-def]
    return next(each.room_id for each in desk.board._facts.values() if each.number == number)


# ---- what is shown ---------------------------------------------------------------------------------------------------


def test_home_opens_on_the_first_room_with_the_focus_on_the_board(desk: House) -> None:
    assert desk.board.tiles.hasFocus()
    here = desk.board.current()
    assert here is not None
    assert here.number == "301"
    assert desk.board.panel.isVisible()
    assert desk.board.panel._number.text() == "301"
    states = {facts.number: facts.state for facts in desk.board._facts.values()}
    assert [states[n] for n in ("301", "302", "303", "304", "201", "202", "203")] == [
        RoomState.LET, RoomState.LET, RoomState.RESERVED, RoomState.VACANT_DIRTY, RoomState.REPAIR,
        RoomState.OUT_OF_USE, RoomState.VACANT_CLEAN,
    ]  # fmt: skip


def test_tiles_are_read_out_with_state_person_and_mark(desk: House) -> None:
    model = desk.board.tiles.tiles
    said = {
        t.number: model.data(model.index(at, 0), Qt.ItemDataRole.AccessibleTextRole) for at, t in enumerate(model.tiles)
    }
    assert said["301"] == "301，在租，沈知微，欠 7,440"
    assert said["302"] == "302，在租，林以宁，欠 4,380，超 6 天"
    assert said["303"] == "303，预订，周思齐，今天入住"
    assert said["201"] == "201，维修，换门锁"
    assert said["203"] == "203，空净"


def test_figures_follow_the_building_and_filter(desk: House) -> None:
    page = desk.board
    assert page.counters[Count.VACANT].accessibleName() == "空置可租 10，9 间今日可看"
    assert page.counters[Count.COMING].accessibleName() == "今日入住 1，周思齐"
    page.tabs.choose(2)
    assert page.counters[Count.VACANT].accessibleName() == "空置可租 3，3 间今日可看"
    assert [tile.number for tile in page.tiles.tiles.tiles] == ["701", "601", "501"]
    page.tabs.choose(1)
    for count, left in (
        (Count.ARREARS, ["301", "302"]), (Count.ENDING, ["302"]), (Count.COMING, ["303"]),
        (Count.VACANT, ["304", "203", "204", "101", "102", "103", "104"]),
    ):  # fmt: skip
        page.counters[count].click()
        assert numbers(desk) == left, count
        assert page.chosen_count() is count, "one figure filters at a time"
    page.counters[Count.VACANT].click()
    assert len(numbers(desk)) == 12


def test_the_legend_filters_by_state_and_together_with_a_figure(desk: House) -> None:
    page = desk.board
    page.legend.chips[RoomState.REPAIR].click()
    page.legend.chips[RoomState.OUT_OF_USE].click()
    assert numbers(desk) == ["201", "202"]
    page.counters[Count.ARREARS].click()
    assert numbers(desk) == []
    assert page._none.isVisible()
    assert "全部楼栋" in page._none_text.text()
    page.loosen.click()
    assert len(numbers(desk)) == 15
    assert not page._none.isVisible()
    assert page.tiles.hasFocus()


def test_a_figure_by_its_key_takes_the_first_such_room_in_hand(desk: House) -> None:
    page = desk.board
    desk.choose(room(desk, "101"))
    QTest.keyClick(page.tiles, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert page.chosen_count() is Count.ARREARS
    assert (page.tiles.current().number, page.tiles.hasFocus()) == ("301", True)  # type: ignore[union-attr]
    desk.choose(room(desk, "302"))
    QTest.keyClick(page.tiles, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert page.chosen_count() is Count.ENDING
    assert page.tiles.current().number == "302", "a room that belongs to it stays in hand"  # type: ignore[union-attr]
    QTest.keyClick(page.tiles, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert page.chosen_count() is None, "the same key lets go"


def test_enter_moves_on_in_a_dialog_over_the_board(desk: House) -> None:
    """The board has an Enter of its own, which is not for the fields of a dialog."""
    desk.choose(room(desk, "303"))
    desk.press(Qt.Key.Key_Return)
    dialog = desk.dialog()
    assert isinstance(dialog, MoveInDialog)
    QTest.keyClicks(QApplication.focusWidget(), "12.5")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert dialog.form.field("reading.electricity").hasFocus()
    QTest.keyClicks(QApplication.focusWidget(), "3021")
    typed = dialog.form.values()
    assert [f"{typed[name]}" for name in ("reading.water", "reading.electricity")] == ["12.5", "3021"]
    dialog.cancel()


def test_escape_takes_the_filter_away_before_it_leaves(desk: House) -> None:
    desk.board.counters[Count.ARREARS].click()
    desk.press(Qt.Key.Key_Escape)
    assert desk.at()[0] == "board"
    assert desk.board.chosen_count() is None


def test_a_page_may_open_the_board_filtered_and_on_a_room(desk: House) -> None:
    desk.window.navigate("till")
    page = desk.open_board(count="arrears", room_id=room(desk, "302"))
    assert (page.chosen_count(), page.tiles.current().number) == (Count.ARREARS, "302")  # type: ignore[union-attr]


def test_a_narrow_window_folds_the_panel_and_space_brings_it_back(make: Make) -> None:
    desk = make(wide=911)
    desk.open_board()
    assert not desk.board.panel.isVisible()
    assert "空格" in desk.board.hints()
    desk.press(Qt.Key.Key_Space)
    assert desk.board.panel.isVisible()
    desk.press(Qt.Key.Key_Space)
    assert not desk.board.panel.isVisible()


@pytest.mark.parametrize("size", list(TypeSize))
def test_the_page_fits_the_smallest_desk_at_every_size(desk: House, look: Theme, size: TypeSize) -> None:
    look.switch(size=size)
    desk.settle()
    least = desk.board.minimumSizeHint()
    assert (least.width(), least.height()) <= (833, 430)
    for counter in desk.board.counters.values():
        assert counter.width() >= counter.minimumSizeHint().width()


# ---- keys ------------------------------------------------------------------------------------------------------------


def test_digits_jump_also_into_a_building_that_is_not_in_front(desk: House) -> None:
    desk.board.tabs.choose(1)
    QTest.keyClicks(desk.board.tiles, "204")
    assert desk.board.current().number == "204"  # type: ignore[union-attr]
    assert "204" in desk.board.hints()
    desk.board.tiles._forget_digits()
    QTest.keyClicks(desk.board.tiles, "601")
    assert desk.board.current().number == "601"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("number", "page", "param"),
    [
        ("301", "party", "party_id"), ("203", "check_in", "room_id"), ("201", "room", "room_id"),
        ("202", "room", "room_id"),
    ],
)  # fmt: skip
def test_enter_opens_what_fits(desk: House, number: str, page: str, param: str) -> None:
    desk.choose(room(desk, number))
    facts = desk.board.current()
    assert facts is not None
    desk.press(Qt.Key.Key_Return)
    assert desk.at() == (page, {param: facts.tenant_id if param == "party_id" else facts.room_id})


def test_enter_on_a_dirty_room_marks_it_clean_and_undo_takes_it_back(desk: House) -> None:
    desk.choose(room(desk, "304"))
    desk.press(Qt.Key.Key_Return)
    state = lambda: desk.board.current().state  # type: ignore[union-attr] # noqa: E731
    desk.qtbot.waitUntil(lambda: state() is RoomState.VACANT_CLEAN)
    desk.qtbot.waitUntil(desk.window.toast_widget.isVisible)
    assert desk.board.current().number == "304"  # type: ignore[union-attr]
    desk.window.toast_widget.take_back()
    desk.qtbot.waitUntil(lambda: state() is RoomState.VACANT_DIRTY)


def test_enter_on_a_reserved_room_hands_it_over(desk: House) -> None:
    desk.choose(room(desk, "303"))
    desk.press(Qt.Key.Key_Return)
    dialog = desk.dialog()
    assert isinstance(dialog, MoveInDialog)
    dialog.form.field("keys").set_value(21)
    dialog.submit()
    assert "0 到 20" in dialog.form.rows["keys"].message._text
    dialog.form.set_values({"keys": 2, "cards": 1, "reading.water": "12.5"})
    dialog.submit()
    desk.qtbot.waitUntil(lambda: desk.board.current().state is RoomState.LET)  # type: ignore[union-attr]
    desk.settle()
    assert desk.dialog() is None
    facts = desk.board.panel.facts
    assert facts is not None
    assert facts.tenancy is not None
    assert facts.tenancy.keys == (("钥匙", 2), ("门卡", 1))
    assert desk.board.tiles.hasFocus()


def test_f4_goes_to_the_till_with_the_tenant_and_f2_checks_in_to_a_free_room(desk: House) -> None:
    desk.choose(room(desk, "301"))
    tenant = desk.board.current().tenant_id  # type: ignore[union-attr]
    desk.press(Qt.Key.Key_F4)
    assert desk.at() == ("till", {"party_id": tenant})
    desk.open_board(room_id=room(desk, "203"))
    desk.press(Qt.Key.Key_F4)
    assert desk.at() == ("till", {})
    desk.open_board(room_id=room(desk, "203"))
    desk.press(Qt.Key.Key_F2)
    assert desk.at() == ("check_in", {"room_id": room(desk, "203")})
    desk.open_board(room_id=room(desk, "301"))
    desk.press(Qt.Key.Key_F2)
    assert desk.at() == ("check_in", {})


def test_alt_enter_opens_the_room(desk: House) -> None:
    desk.choose(room(desk, "301"))
    QTest.keyClick(desk.board.tiles, Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    assert desk.at() == ("room", {"room_id": room(desk, "301")})


# ---- offers ----------------------------------------------------------------------------------------------------------

OFFERED = {
    "301": [Act.TAKE_PAYMENT, Act.TENANT, Act.LEASE, Act.ONE_OFF, Act.ROOM],
    "303": [Act.MOVE_IN, Act.TENANT, Act.TAKE_PAYMENT, Act.LEASE, Act.ONE_OFF, Act.ROOM],
    "304": [Act.MARK_CLEAN, Act.RESERVE, Act.CHECK_IN, Act.ROOM, Act.CLOSE],
    "201": [Act.REOPEN, Act.ROOM],
    "202": [Act.REOPEN, Act.ROOM],
    "203": [Act.CHECK_IN, Act.RESERVE, Act.MARK_DIRTY, Act.ROOM, Act.CLOSE],
}


@pytest.mark.parametrize("number", list(OFFERED))
def test_the_menu_offers_what_fits_with_the_same_keys(desk: House, number: str) -> None:
    desk.choose(room(desk, number))
    facts = desk.board.current()
    assert facts is not None
    offers = desk.board.room_actions.offers(facts)
    if number == "303":
        assert {offer.act for offer in offers} == set(OFFERED["303"])
    else:
        assert [offer.act for offer in offers] == OFFERED[number]
    menu = desk.board.room_actions.menu(facts, QPoint(10, 10))
    lines = [action.text().split("\t") for action in menu.actions() if not action.isSeparator()]
    assert [line[0] for line in lines] == [*_with_repair(offers), "房间变动"]
    keys = {offer.key for offer in offers if offer.key}
    assert {line[1] for line in lines if len(line) > 1} == {
        key.replace("Return", "Enter").replace("+", " ") for key in (*keys, "F7", "Ctrl+R")
    }
    menu.close()
    shown = [act for act, button in desk.board.panel.buttons.items() if button.kind == "primary"]
    assert shown == [offers[0].act], "one solid button"


def _with_repair(offers: list[Offer]) -> list[str]:
    """What the menu says: a repair may be reported of every room, before what opens its page."""
    words = [offer.words for offer in offers]
    words.insert(words.index("房间详情"), "报修")
    return words


def test_a_right_click_opens_the_menu_of_the_room_under_the_pointer(desk: House) -> None:
    view = desk.board.tiles
    spot = view.visualRect(view.tiles.index(view.tiles.place(room(desk, "304")), 0)).center()
    desk.board.tiles.menu_wanted.connect(lambda tile, at: seen.append(tile.number))
    seen: list[str] = []
    from PySide6.QtGui import QContextMenuEvent

    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, spot, view.viewport().mapToGlobal(spot))
    QApplication.sendEvent(view.viewport(), event)
    assert seen == ["304"]
    for menu in desk.board.findChildren(QMenu):
        menu.close()


def test_a_room_goes_to_repair_and_comes_back(desk: House) -> None:
    desk.choose(room(desk, "203"))
    facts = desk.board.current()
    assert facts is not None
    desk.board.room_actions.do(Act.CLOSE, facts)
    dialog = desk.dialog()
    assert isinstance(dialog, CloseRoomDialog)
    dialog.form.field("condition_note").set_value("电话 13812345678")
    dialog.submit()
    assert desk.dialog() is dialog
    dialog.form.field("condition_note").set_value("刷墙")
    dialog.submit()
    desk.qtbot.waitUntil(lambda: desk.board.current().state is RoomState.REPAIR)  # type: ignore[union-attr]
    assert desk.board.current().who == "刷墙"  # type: ignore[union-attr]
    desk.settle()
    desk.board.panel.buttons[Act.REOPEN].click()
    desk.qtbot.waitUntil(lambda: desk.board.current().state is RoomState.VACANT_DIRTY)  # type: ignore[union-attr]


def test_the_auditor_looks_and_changes_nothing(make: Make) -> None:
    desk = make(("auditor",))
    desk.open_board()
    for number in OFFERED:
        desk.choose(room(desk, number))
        acts = {offer.act for offer in desk.board.panel.offers if not offer.reason}
        assert acts <= {Act.TENANT, Act.LEASE, Act.ROOM}, number
    desk.choose(room(desk, "301"))
    button = desk.board.panel.buttons[Act.TAKE_PAYMENT]
    assert not button.isEnabled()
    assert "收银台" in button.reason
    assert not desk.board.panel.reveal()


# ---- the panel -------------------------------------------------------------------------------------------------------


def test_the_panel_shows_what_is_owed_and_reveals_the_phone_with_a_trace(desk: House) -> None:
    desk.choose(room(desk, "301"))
    panel = desk.board.panel
    assert panel.facts is not None
    assert panel.facts.debts is not None
    assert panel.facts.debts.owed == Money.yuan(7440)
    assert panel._phone is not None
    assert panel._phone._text.text() == "138****0000"
    desk.press(Qt.Key.Key_F3)
    desk.qtbot.waitUntil(lambda: panel._phone._text.text() == "13800000000")  # type: ignore[union-attr]
    desk.window.navigate("till")
    assert panel._phone._text.text() == "138****0000", "left pages mask what they revealed"


def test_an_answer_for_a_room_that_was_left_is_dropped(desk: House) -> None:
    desk.choose(room(desk, "301"))
    old = desk.board.panel.facts
    assert old is not None
    desk.choose(room(desk, "203"))
    desk.board.panel._answered(room(desk, "301"), old)
    assert desk.board.panel._number.text() == "203"
    assert desk.board.panel.facts is not old


def test_an_older_board_does_not_overtake_a_newer_one(desk: House) -> None:
    page = desk.board
    before = page._board
    assert before is not None
    page.show_board(replace(before, tiles=()), asked=page._asked - 1)
    assert page._board is before


# ---- commits ---------------------------------------------------------------------------------------------------------


def test_a_commit_elsewhere_changes_the_tile_and_keeps_room_filter_and_scroll(desk: House) -> None:
    desk.board.counters[Count.VACANT].click()
    desk.choose(room(desk, "204"))
    scroll = desk.board.tiles.verticalScrollBar().value()
    news = check_in(desk.office, PROGRAM, room(desk, "101"), many(9)[8])
    desk.qtbot.waitUntil(lambda: "101" not in numbers(desk))
    assert desk.board._facts[room(desk, "101")].lease_id == news.lease_id
    assert desk.board.current().number == "204"  # type: ignore[union-attr]
    assert desk.board.chosen_count() is Count.VACANT
    assert desk.board.tiles.verticalScrollBar().value() == scroll
    assert desk.board.counters[Count.VACANT].accessibleName().startswith("空置可租 9，")


def test_an_office_without_rooms_says_the_first_step(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]
) -> None:
    bare = replace(first_start(), buildings=())
    office = make_office(world, tmp_path / "bare", f"sqlite:///{tmp_path / 'bare' / 'office.db'}", bare)
    office.close()
    from desktop.preferences import Preferences
    from desktop.services import database, opening
    from desktop.views.main_window import MainWindow
    from desktop.views.session import DeskSession

    world.advance(timedelta(seconds=1))
    office = opening.open_office(world, tmp_path / "bare", database.sqlite_url(tmp_path / "bare"))
    window = MainWindow(world.today)
    window.set_session(
        DeskSession(office, PROGRAM, None, None, Preferences(), lambda kept: None),  # type: ignore[arg-type]
        frozenset(Right),
        "周砚秋",
    )
    on_desk(window, 1093, 614)
    window.navigate("board")
    page = window._pages["board"]
    qtbot.waitUntil(lambda: page._board is not None)  # type: ignore[attr-defined]
    assert page._empty.isVisible()  # type: ignore[attr-defined]
    assert page.first_step.hasFocus()  # type: ignore[attr-defined]
    office.listen(window.tables_changed.emit)
    with begin(office, PROGRAM, Op.ADD_PLACES) as work:
        places.add_building(work, places.BuildingDraft("1 栋", [places.RoomDraft("101", 1)]))
    qtbot.waitUntil(lambda: not page._empty.isVisible())  # type: ignore[attr-defined]
    assert page.tiles.hasFocus()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: not window.jobs.count and not page.panel._wait.isActive())  # type: ignore[attr-defined]
    window.close()
    office.close()
