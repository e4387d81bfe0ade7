"""The room page in a real window: what it shows, what it offers, and an edit against a room that somebody changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import Money, RoomCondition
from desktop.services import lease_moves, places
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.work import PROGRAM, begin, look
from desktop.views.room import RoomPage
from desktop.views.room_actions import Act
from desktop.views.room_dialogs import EditRoomDialog
from desktop.views.theme import Theme, TypeSize
from desktop.views.versions import VersionsDialog
from desktop.world import SeededWorld
from tests.offices import check_in, many, rooms_of, sit_down
from tests.views.house import House, house

Make = Callable[..., House]


@pytest.fixture
def make(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]) -> Iterator[Make]:
    """301 with a former tenant, one who is inside and owes, and keys handed out."""
    open_: list[object] = []

    def fill(office: Office) -> None:
        room, (first, second) = rooms_of(office)[0], many(2)
        old = check_in(office, PROGRAM, room, first)
        world.advance(timedelta(days=2))
        with begin(office, PROGRAM, Op.CHANGE_LEASE) as work:
            lease_moves.move_out(work, old.lease_id)
        world.advance(timedelta(days=1))
        check_in(office, PROGRAM, room, second)
        world.advance(timedelta(days=3))

    def build(roles: tuple[str, ...] = ("manager",), wide: int = 1093) -> House:
        made = house(world, tmp_path, qtbot, on_desk, fill, lambda office: sit_down(office, *roles), wide)
        open_.append(made)
        return made.__enter__()

    yield build
    for made in reversed(open_):
        made.__exit__(None, None, None)  # type: ignore[attr-defined]


def open_room(desk: House, at: int = 0) -> RoomPage:
    room_id = rooms_of(desk.office)[at]
    desk.window.navigate("room", room_id=room_id)
    page = desk.window._pages["room"]
    assert isinstance(page, RoomPage)
    desk.qtbot.waitUntil(lambda: page.page is not None and page.page.place.id == room_id)
    desk.settle()
    return page


def words(page: RoomPage) -> str:
    return " ".join(each.text() for each in page._facts_card.findChildren(QLabel) if each.isVisibleTo(page))


def place(desk: House, room_id: UUID) -> places.RoomPlace:
    with look(desk.office, PROGRAM) as reading:
        return places.room_place(reading, room_id)


def test_leases_bills_keys_and_history_are_there(make: Make) -> None:
    desk = make()
    page = open_room(desk)
    assert (page.title_label.text(), page.title()) == ("1 栋 301", "1 栋 301")
    assert [option.words for option in page.tabs._options] == ["租约", "账单", "钥匙和表", "照片"]
    desk.qtbot.waitUntil(lambda: page.leases.rows.row(0) is not None)
    assert [page.leases.rows.row(at).tenant for at in (0, 1)] == ["林以宁", "沈知微"]
    assert page.leases.hasFocus()
    assert "应收未付" in words(page)
    assert "前租客欠" in words(page)
    QTest.keyClick(page.leases, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert page.tabs.value() == "bills"
    assert page.bills.hasFocus()
    desk.qtbot.waitUntil(lambda: page.bills.rows.row(0) is not None)
    assert sum(page.bills.rows.row(at).owed.fen for at in range(page.bills.rows.rowCount())) > 0
    QTest.keyClick(page.bills, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    desk.qtbot.waitUntil(lambda: page.keys.rows.row(0) is not None)
    assert [page.keys.rows.row(at).holder for at in range(4)] == ["林以宁"] * 4
    titles = [event.title for event in page.timeline.events]
    assert titles[0] == "办理入住"
    assert "办理搬离" in titles


def test_rows_open_their_pages_and_keys_act(make: Make) -> None:
    desk = make()
    page = open_room(desk)
    desk.qtbot.waitUntil(lambda: page.leases.current() is not None)
    lease = page.leases.current()
    QTest.keyClick(page.leases, Qt.Key.Key_Return)
    assert desk.at() == ("lease", {"lease_id": lease.id})
    desk.window.back()
    assert desk.at()[0] == "room"
    desk.settle()
    assert page.page is not None
    tenant = page.page.panel.tile.tenant_id
    QTest.keyClick(page.leases, Qt.Key.Key_F4)
    assert desk.at() == ("till", {"party_id": tenant})


def test_a_free_room_offers_the_check_in(make: Make) -> None:
    desk = make()
    page = open_room(desk, 1)
    primary = [act for act, button in page.offer_buttons.items() if button.kind == "primary"]
    assert primary == [Act.CHECK_IN]
    QTest.keyClick(page, Qt.Key.Key_F2)
    assert desk.at() == ("check_in", {"room_id": rooms_of(desk.office)[1]})


def test_an_edit_is_checked_while_typing_and_stored(make: Make) -> None:
    desk = make()
    page = open_room(desk)
    QTest.keyClick(page.leases, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = desk.dialog()
    assert isinstance(dialog, EditRoomDialog)
    dialog.form.set_values({"area": "0", "asking_rent": "0", "condition": RoomCondition.REPAIR})
    dialog.submit()
    shown = {name: row.message._text for name, row in dialog.form.rows.items() if row.message._text}
    assert shown.keys() == {"area", "asking_rent", "condition"}
    assert "有人住" in shown["condition"]
    dialog.form.set_values(
        {
            "area": "51.80",
            "asking_rent": "2,100",
            "condition": RoomCondition.CLEAN,
            "layout": "两室",
            "condition_note": "朝南",
        }
    )
    dialog.submit()
    desk.qtbot.waitUntil(lambda: desk.dialog() is None)
    desk.qtbot.waitUntil(lambda: "51.80" in page.detail_label.text())
    stored = place(desk, rooms_of(desk.office)[0])
    assert (stored.layout, stored.asking_rent, stored.condition_note) == ("两室", Money.yuan(2100), "朝南")


@pytest.mark.parametrize("keep_mine", [True, False])
def test_a_room_changed_by_somebody_else_shows_both_versions(make: Make, keep_mine: bool) -> None:
    desk = make()
    page = open_room(desk)
    page._edit()
    dialog = desk.dialog()
    room_id = rooms_of(desk.office)[0]
    dialog.form.set_values({"layout": "三室"})
    known = place(desk, room_id)
    other = places.RoomForm(known.area, "两室一厅", Money.yuan(1990), known.condition, None)
    with begin(desk.office, PROGRAM, Op.CHANGE_PLACE) as work:
        places.change_room(work, room_id, known.version, other)
    dialog.submit()
    desk.qtbot.waitUntil(lambda: isinstance(desk.dialog(), VersionsDialog))
    versions = desk.dialog()
    text = " ".join(each.text() for each in versions.findChildren(QLabel))
    for part in ("程序 今天 09:00", "两室一厅", "三室", "1,990.00", "1,860.00"):
        assert part in text
    assert {row.field: row.mine for row in versions.rows} == {"layout": True, "asking_rent": False}
    versions.choices["layout"].set_value(keep_mine)
    versions.submit()
    desk.qtbot.waitUntil(lambda: desk.dialog() is None)
    stored = place(desk, room_id)
    assert stored.layout == ("三室" if keep_mine else "两室一厅")
    assert stored.asking_rent == Money.yuan(1990), "what was not touched here stays as the other one wrote it"


def test_two_versions_are_asked_once_more_when_somebody_is_quicker_again(make: Make) -> None:
    """What was chosen is compared anew; nothing typed before the first choice slips back in."""
    desk = make()
    page = open_room(desk)
    page._edit()
    dialog = desk.dialog()
    room_id = rooms_of(desk.office)[0]

    def somebody(layout: str, rent: int) -> None:
        known = place(desk, room_id)
        form = places.RoomForm(known.area, layout, Money.yuan(rent), known.condition, None)
        with begin(desk.office, PROGRAM, Op.CHANGE_PLACE) as work:
            places.change_room(work, room_id, known.version, form)

    dialog.form.set_values({"layout": "三室", "asking_rent": Money.yuan(2500)})
    somebody("两室一厅", 1990)
    dialog.submit()
    desk.qtbot.waitUntil(lambda: isinstance(desk.dialog(), VersionsDialog))
    first = desk.dialog()
    first.choices["layout"].set_value(False)
    somebody("一室", 2100)
    first.submit()
    desk.qtbot.waitUntil(lambda: isinstance(desk.dialog(), VersionsDialog) and desk.dialog() is not first)
    second = desk.dialog()
    shown = {row.field: (row.theirs, row.yours, row.mine) for row in second.rows}
    assert shown == {"layout": ("一室", "两室一厅", False), "asking_rent": ("2,100.00", "2,500.00", True)}
    second.submit()
    desk.qtbot.waitUntil(lambda: desk.dialog() is None)
    assert (place(desk, room_id).layout, place(desk, room_id).asking_rent) == ("一室", Money.yuan(2500))


def test_a_narrow_window_moves_the_history_into_a_tab(make: Make) -> None:
    desk = make(wide=911)
    page = open_room(desk)
    assert [option.value for option in page.tabs._options] == ["leases", "bills", "keys", "photos", "history"]
    assert not page._history_card.isVisible()
    assert len(page.offer_buttons) == 1


def test_parts_a_role_may_not_see_are_not_there(make: Make) -> None:
    desk = make(("repair_lead",))
    page = open_room(desk)
    assert [option.value for option in page.tabs._options] == ["keys", "photos"]
    assert "应收未付" not in words(page)
    assert not page.edit.isEnabled()


def test_a_commit_elsewhere_keeps_tab_and_row(make: Make) -> None:
    desk = make()
    page = open_room(desk)
    QTest.keyClick(page.leases, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    desk.qtbot.waitUntil(lambda: page.bills.rows.row(1) is not None)
    page.bills.choose(1)
    kept = page.bills.current().id
    room_id = rooms_of(desk.office)[0]
    known = place(desk, room_id)
    form = places.RoomForm(known.area, "四室", known.asking_rent, known.condition, None)
    with begin(desk.office, PROGRAM, Op.CHANGE_PLACE) as work:
        places.change_room(work, room_id, known.version, form)
    desk.qtbot.waitUntil(lambda: "四室" in page.detail_label.text())
    assert page.tabs.value() == "bills"
    desk.qtbot.waitUntil(lambda: page.bills.current() is not None and page.bills.current().id == kept)


@pytest.mark.parametrize("size", list(TypeSize))
def test_page_and_dialog_fit_the_smallest_desk(make: Make, look: Theme, size: TypeSize) -> None:
    desk = make(wide=911)
    page = open_room(desk)
    look.switch(size=size)
    desk.settle()
    assert page.minimumSizeHint().width() <= 840
    assert page.minimumSizeHint().height() <= 430
    page._edit()
    least = desk.dialog().minimumSizeHint()
    assert (least.width() <= 900, least.height() <= 480) == (True, True)
    desk.dialog().cancel()


def test_a_former_number_is_told(make: Make) -> None:
    desk = make()
    room_id = rooms_of(desk.office)[0]
    from desktop.models.places import Room, RoomNumber

    with begin(desk.office, PROGRAM, Op.CHANGE_PLACE) as work:
        row = work.session.query(RoomNumber).filter_by(room_id=room_id).one()
        row.valid_to = work.world.today() - timedelta(days=1)
        room = work.get(Room, room_id)
        room.number = "301A"
        work.add(RoomNumber(room_id=room_id, number="301A", valid_from=work.world.today(), valid_to=None))
        work.record()
    page = open_room(desk, len(rooms_of(desk.office)) - 9)  # a longer number stands behind the others of its floor
    assert page.title_label.text() == "1 栋 301A"
    assert "曾用房号" in words(page)
