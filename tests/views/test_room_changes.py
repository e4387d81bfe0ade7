"""Rooms changed in the window: by keys, with what comes drawn before it is stored, refused in words, taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import RoomCondition
from desktop.services import board, drafts, owners, parties, room_changes, room_photos, rooms
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.owners import OwnerForm
from desktop.services.work import PROGRAM, begin, look
from desktop.views.owners_dialog import OwnersDialog
from desktop.views.room import RoomPage
from desktop.views.room_change_dialogs import MergeDialog, RenumberDialog, RetireDialog, SplitDialog
from desktop.views.room_changes import Change
from desktop.views.room_dialogs import CloseRoomDialog
from desktop.views.theme import Theme, TypeSize
from desktop.views.versions import VersionsDialog
from desktop.world import SeededWorld
from tests.offices import check_in, person, rooms_of, sit_down
from tests.views.conftest import type_chinese
from tests.views.house import House, house

Make = Callable[..., House]
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def make(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]) -> Iterator[Make]:
    """Twelve empty rooms, with a tenant in 304."""
    open_: list[Any] = []

    def fill(office: Office) -> None:
        check_in(office, PROGRAM, rooms_of(office)[3])

    def build(role: str = "manager", wide: int = 1093) -> House:
        made = house(world, tmp_path, qtbot, on_desk, fill, lambda office: sit_down(office, role), wide)
        open_.append(made)
        return made.__enter__()

    yield build
    for made in reversed(open_):
        made.__exit__(None, None, None)


def numbers(desk: House) -> list[str]:
    with look(desk.office, PROGRAM) as reading:
        return [tile.number for tile in board.board(reading).tiles]


def change(desk: House, at: int, what: Change, kind: type[Any]) -> Any:
    """Open a dialog about a room from the board, by Ctrl R and the menu."""
    page = desk.open_board()
    desk.choose(rooms_of(desk.office)[at])
    page.tiles.setFocus()
    QTest.keyClick(page.tiles, Qt.Key.Key_R, CTRL)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    words = next(each.words for each in page.room_actions.changes.entries(page.current()) if each.change is what)
    action = next(action for action in menu.actions() if action.text() == words)
    menu.close()
    desk.window.activateWindow()  # without a window manager nobody gives it back the keys
    desk.qtbot.waitUntil(desk.window.isActiveWindow)
    action.trigger()
    desk.qtbot.waitUntil(lambda: isinstance(desk.dialog(), kind))
    desk.settle()
    return desk.dialog()


def stored(desk: House, dialog: Any) -> None:
    QTest.keyClick(dialog, Qt.Key.Key_Return, CTRL)
    desk.qtbot.waitUntil(lambda: desk.dialog() is not dialog)
    desk.settle()


def undo(desk: House) -> None:
    assert desk.window.toast_widget.isVisible()
    QTest.keyClick(desk.window, Qt.Key.Key_Z, CTRL)
    desk.settle()


def said(dialog: Any) -> dict[str, str]:
    return {name: row.said for name, row in dialog.form.rows.items() if row.said}


def test_a_split_is_two_keys_and_one_back(make: Make) -> None:
    desk = make()
    dialog = change(desk, 0, Change.SPLIT, SplitDialog)
    shown = [(box.number, box.detail) for box in dialog.preview.after]
    assert shown == [("301A", "23.10 m²"), ("301B", "23.10 m²")]
    assert [(box.number, box.gone) for box in dialog.preview.before] == [("301", True)]
    stored(desk, dialog)
    assert "301A" in numbers(desk)
    assert desk.board.current() is not None
    assert desk.board.current().number == "301A", "the cursor stands on what was made"
    undo(desk)
    desk.qtbot.waitUntil(lambda: "301" in numbers(desk) and "301A" not in numbers(desk))


def test_a_split_that_cannot_be_says_why_where_it_is(make: Make) -> None:
    desk = make()
    dialog = change(desk, 0, Change.SPLIT, SplitDialog)
    lines = dialog.form.field("parts").lines
    lines[0].area.setText("20")
    dialog.submit()
    assert "少 3.10" in said(dialog)["reason"]
    lines[1].number.setText("302")
    dialog.check()
    assert "302 已有" in said(dialog)["parts"]
    lines[1].number.setText("301B")
    dialog.form.field("reason").setText("砌了隔墙")
    dialog.form.field("on").set_value(None)
    dialog.check()
    assert set(said(dialog)) == {"on"}
    dialog.form.field("on").set_value(desk.window.today())
    dialog.form.field("parts").more.click()
    assert dialog.form.field("parts").lines[2].number.value() == "301C"
    dialog.form.field("parts").lines[2].drop.click()
    stored(desk, dialog)
    assert {"301A", "301B"} <= set(numbers(desk))


def test_neighbours_taken_in_on_the_board_are_merged(make: Make) -> None:
    desk = make()
    page = desk.open_board()
    desk.choose(rooms_of(desk.office)[0])
    page.tiles.setFocus()
    QTest.keyClick(page.tiles, Qt.Key.Key_Right, SHIFT)
    assert set(page.tiles.marked()) == set(rooms_of(desk.office)[:2])
    assert "已选 2 间" in page.hints()
    page.room_actions.changes.do(Change.MERGE, page.current(), page.tiles.marked())
    desk.qtbot.waitUntil(lambda: isinstance(desk.dialog(), MergeDialog))
    dialog = desk.dialog()
    assert [(box.number, box.detail) for box in dialog.preview.after] == [("302", "92.40 m²")]
    assert "304" in " ".join(each.text() for each in dialog.findChildren(QLabel)), "who cannot be merged is told"
    dialog.form.field("others").setText("303")
    assert dialog.form.field("area").value() == dialog.place.area * 3
    for typed, says in (("304", "还没有结束"), ("999", "没有 999")):
        dialog.form.field("others").setText(typed)
        dialog.submit()
        assert says in said(dialog)["others"]
    dialog.form.field("others").setText("")
    stored(desk, dialog)
    assert "301" not in numbers(desk)
    undo(desk)
    desk.qtbot.waitUntil(lambda: "301" in numbers(desk))
    QTest.keyClick(page.tiles, Qt.Key.Key_Left)
    assert page.tiles.marked() == ()


@pytest.mark.parametrize("what", [Change.SPLIT, Change.MERGE, Change.RETIRE])
def test_a_room_somebody_needs_is_refused_before_anything_is_typed(make: Make, what: Change) -> None:
    desk = make()
    page = desk.open_board()
    desk.choose(rooms_of(desk.office)[3])
    page.room_actions.changes.do(what, page.current())
    desk.qtbot.waitUntil(lambda: desk.window.message_bar.isVisible())
    assert "304 现在不能" in desk.window.message_bar.text.text()
    assert "还没有结束" in desk.window.message_bar.text.text()
    assert desk.dialog() is None


def test_a_new_number_from_the_rooms_own_page(make: Make) -> None:
    desk = make()
    dialog = change(desk, 0, Change.RENUMBER, RenumberDialog)
    dialog.submit()
    assert "填写房号" in said(dialog)["number"]
    dialog.form.field("number").setText("3-01")
    assert [box.number for box in dialog.preview.after] == ["3-01"]
    stored(desk, dialog)
    assert "3-01" in numbers(desk)
    undo(desk)
    desk.qtbot.waitUntil(lambda: "301" in numbers(desk))


def test_struck_off_and_standing_again(make: Make) -> None:
    desk = make()
    dialog = change(desk, 0, Change.RETIRE, RetireDialog)
    dialog.form.field("reason").setText("已拆除")
    QTest.keyClick(dialog, Qt.Key.Key_Return, CTRL)
    assert desk.dialog() is dialog, "a danger has no key"
    dialog.primary.click()
    desk.qtbot.waitUntil(lambda: desk.dialog() is None)
    desk.settle()
    assert "301" not in numbers(desk)
    page = open_room(desk, rooms_before(desk))
    entries = page.room_actions.changes.entries(page.page.panel.tile)
    assert [entry.change for entry in entries] == [Change.RESTORE]
    assert not [offer for offer in page.room_actions.offers(page.page.panel.tile) if offer.act.value == "reopen"]
    page.room_actions.changes.do(Change.RESTORE, page.page.panel.tile)
    desk.qtbot.waitUntil(lambda: "301" in numbers(desk))


def rooms_before(desk: House) -> UUID:
    """301, wherever it stands now."""
    from desktop.models.places import Room

    with look(desk.office, PROGRAM) as reading:
        return next(room.id for room in reading.session.query(Room) if room.number == "301")


def open_room(desk: House, room_id: UUID) -> RoomPage:
    desk.window.navigate("room", room_id=room_id)
    page = desk.window._pages["room"]
    assert isinstance(page, RoomPage)
    desk.qtbot.waitUntil(lambda: page.page is not None and page.page.place.id == room_id)
    desk.settle()
    return page


def test_closed_for_a_reason_until_a_day_and_taken_back(make: Make) -> None:
    desk = make()
    dialog = change(desk, 0, Change.CLOSE, CloseRoomDialog)
    dialog.submit()
    assert "写明原因" in said(dialog)["condition_note"]
    dialog.form.field("condition_note").setText("换门锁")
    dialog.form.field("until").setText("1126")
    stored(desk, dialog)
    tile = desk.board._facts[rooms_of(desk.office)[0]]
    assert (tile.who, tile.mark_words) == ("换门锁", "到 11-26")
    undo(desk)
    with look(desk.office, PROGRAM) as reading:
        place = rooms.room_page(reading, rooms_of(desk.office)[0]).place
    assert place.condition is RoomCondition.CLEAN


def test_what_was_typed_stands_there_again_and_is_gone_when_stored(make: Make) -> None:
    desk = make()
    dialog = change(desk, 0, Change.RENUMBER, RenumberDialog)
    dialog.form.field("number").setText("3-01")
    dialog.cancel()
    desk.settle()
    who = desk.session.actor
    with look(desk.office, who) as reading:
        assert [row.kind for row in drafts.list_drafts(reading)] == ["room.renumber"]
    dialog = change(desk, 0, Change.RENUMBER, RenumberDialog)
    assert dialog.form.field("number").value() == "3-01"
    assert dialog.draft.again.isVisible()
    dialog.draft.again.click()
    assert dialog.form.field("number").value() == ""
    desk.settle()
    dialog.form.field("number").setText("3-02")
    stored(desk, dialog)
    with look(desk.office, who) as reading:
        assert drafts.list_drafts(reading) == []
    assert change(desk, 1, Change.RENUMBER, RenumberDialog).form.field("number").value() == "", "of another room"


def test_owners_found_typed_and_shared_by_keys(make: Make) -> None:
    desk = make()
    with begin(desk.office, PROGRAM, Op.REGISTER_PARTY) as work:
        work.authorised += 1
        parties.register_party(work, person("顾听澜", 5, phone="13800000055"))
    dialog = change(desk, 0, Change.OWNERS, OwnersDialog)
    assert dialog.search.hasFocus()
    type_chinese(dialog.search, "gutl", "顾听澜")
    desk.qtbot.waitUntil(lambda: dialog.hits.current() is not None)
    QTest.keyClick(dialog.search, Qt.Key.Key_Return)
    assert [line.name for line in dialog.field.lines] == ["顾听澜"]
    assert dialog.field.lines[0].share.hasFocus()
    QTest.keyClicks(dialog.field.lines[0].share, "1/3")
    QTest.keyClick(dialog.field.lines[0].share, Qt.Key.Key_Return)
    assert dialog.search.hasFocus()
    type_chinese(dialog.search, "wry", "温如玉")
    desk.settle()
    QTest.keyClick(dialog.search, Qt.Key.Key_Return)
    new = dialog.field.lines[1]
    assert new.phone.hasFocus()
    QTest.keyClicks(new.phone, "13900000011")
    new.share.setText("66.66%")
    dialog.submit()
    assert "还差 约 0.0067%" in said(dialog)["owners"]
    new.share.setText("2/3")
    stored(desk, dialog)
    room = rooms_of(desk.office)[0]
    page = open_room(desk, room)

    def shown() -> str:
        return " ".join(each.text() for each in page._facts_card.findChildren(QLabel) if each.isVisibleTo(page))

    desk.qtbot.waitUntil(lambda: "温如玉 2/3" in shown())
    assert "顾听澜 1/3" in shown()
    undo(desk)
    with look(desk.office, PROGRAM) as reading:
        assert [row for row in owners.owners_of(reading, room) if row.valid_to is None] == []


def test_a_number_given_at_the_other_pc_is_shown_beside_the_typed_one(make: Make) -> None:
    desk = make()
    room = rooms_of(desk.office)[0]
    dialog = change(desk, 0, Change.RENUMBER, RenumberDialog)
    dialog.form.field("number").setText("3A")
    with begin(desk.office, PROGRAM, Op.CHANGE_PLACE) as work:
        room_changes.renumber_room(work, room, "301", "3-01", work.world.today())
    QTest.keyClick(dialog, Qt.Key.Key_Return, CTRL)
    desk.qtbot.waitUntil(lambda: isinstance(desk.dialog(), VersionsDialog))
    both: VersionsDialog = desk.dialog()
    assert [(row.name, row.theirs, row.yours, row.mine) for row in both.rows] == [("新房号", "3-01", "3A", True)]
    assert both.rows[0].by.startswith("程序 今天")
    QTest.keyClick(both, Qt.Key.Key_Return, CTRL)
    desk.qtbot.waitUntil(lambda: desk.dialog() is None)
    desk.settle()
    assert "3A" in numbers(desk)
    assert "3-01 已改为 3A" in desk.window.toast_widget.text
    undo(desk)
    desk.qtbot.waitUntil(lambda: "3-01" in numbers(desk))


def test_the_number_of_the_other_pc_may_stand(make: Make) -> None:
    desk = make()
    dialog = change(desk, 0, Change.RENUMBER, RenumberDialog)
    dialog.form.field("number").setText("3A")
    with begin(desk.office, PROGRAM, Op.CHANGE_PLACE) as work:
        room_changes.renumber_room(work, rooms_of(desk.office)[0], "301", "3-01", work.world.today())
    QTest.keyClick(dialog, Qt.Key.Key_Return, CTRL)
    desk.qtbot.waitUntil(lambda: isinstance(desk.dialog(), VersionsDialog))
    desk.dialog().choices["number"].set_value(False)
    QTest.keyClick(desk.dialog(), Qt.Key.Key_Return, CTRL)
    desk.qtbot.waitUntil(lambda: desk.dialog() is None)
    desk.settle()
    assert "3-01" in numbers(desk)
    assert desk.window.toast_widget.text == "没有改，房号是 3-01"


def test_owners_of_two_pcs_are_put_together_or_chosen(make: Make) -> None:
    """A tick at one PC and another at the other are both kept, after a look; shares that clash are chosen."""
    desk = make()
    room, today = rooms_of(desk.office)[0], desk.office.world.today()
    pair = [
        OwnerForm(None, Decimal("0.5"), name=name, phone=phone)
        for name, phone in (("温如玉", "13900000011"), ("顾听澜", "13900000012"))
    ]
    with begin(desk.office, PROGRAM, Op.CHANGE_PLACE) as work:
        stood = owners.set_owners(work, room, (), pair, today)
    dialog = change(desk, 0, Change.OWNERS, OwnersDialog)
    names = [line.name for line in dialog.field.lines]
    dialog.field.lines[0].occupied.setChecked(True)
    other = [OwnerForm(row.party_id, row.share, row.name == names[1]) for row in stood]
    with begin(desk.office, PROGRAM, Op.CHANGE_PLACE) as work:
        stood = owners.set_owners(work, room, stood, other, today)
    QTest.keyClick(dialog, Qt.Key.Key_Return, CTRL)
    desk.settle()
    assert desk.dialog() is dialog
    assert "两边的改动已合在一起，看过再保存" in dialog.summary.text.text()
    assert [line.occupied.isChecked() for line in dialog.field.lines] == [True, True]
    with begin(desk.office, PROGRAM, Op.CHANGE_PLACE) as work:
        whole = [OwnerForm(stood[0].party_id, Decimal(1))]
        owners.set_owners(work, room, stood, whole, today)
    dialog.field.lines[0].share.setText("1/4")
    dialog.field.lines[1].share.setText("3/4")
    QTest.keyClick(dialog, Qt.Key.Key_Return, CTRL)
    desk.qtbot.waitUntil(lambda: isinstance(desk.dialog(), VersionsDialog))
    assert [row.theirs for row in desk.dialog().rows] == [f"{stood[0].name} 100%"]
    assert desk.dialog().rows[0].yours == f"{names[0]} 25%，自住；{names[1]} 75%，自住"
    QTest.keyClick(desk.dialog(), Qt.Key.Key_Return, CTRL)
    desk.qtbot.waitUntil(lambda: desk.dialog() is None)
    desk.settle()
    with look(desk.office, PROGRAM) as reading:
        now = {row.name: row.share for row in owners.owners_of(reading, room) if row.valid_to is None}
    assert now == {names[0]: Decimal("0.25"), names[1]: Decimal("0.75")}


def test_photos_are_dropped_looked_at_taken_away_and_brought_back(make: Make, tmp_path: Path) -> None:
    desk = make("front_desk")
    room = rooms_of(desk.office)[0]
    page = open_room(desk, room)
    assert not page.change.isEnabled()
    good, broken = tmp_path / "客厅.png", tmp_path / "坏了.jpg"
    picture = QImage(900, 600, QImage.Format.Format_RGB32)
    picture.fill(QColor("#88aacc"))
    picture.save(str(good))
    broken.write_bytes(b"no picture at all")
    drop(page, broken)
    desk.qtbot.waitUntil(lambda: "坏了.jpg" in page.photos.message.text)
    drop(page, good)
    desk.qtbot.waitUntil(lambda: page.photos.shelf.count() == 1)
    desk.settle()
    assert "客厅" in page.photos.shelf.item(0).text()
    assert page.photos._thumbs, "the thumbnail was read"
    page.photos.take_focus()
    QTest.keyClick(page.photos.shelf, Qt.Key.Key_Return)
    desk.qtbot.waitUntil(lambda: desk.dialog() is not None)
    desk.dialog().accept()
    QTest.keyClick(page.photos.shelf, Qt.Key.Key_Delete)
    desk.qtbot.waitUntil(lambda: page.photos.shelf.count() == 0)
    undo(desk)
    desk.qtbot.waitUntil(lambda: page.photos.shelf.count() == 1)
    QApplication.clipboard().clear()
    QTest.keyClick(page.photos.shelf, Qt.Key.Key_V, CTRL)
    assert "剪贴板里没有图片" in page.photos.message.text
    QApplication.clipboard().setImage(picture)
    QTest.keyClick(page.photos.shelf, Qt.Key.Key_V, CTRL)
    desk.qtbot.waitUntil(lambda: page.photos.shelf.count() == 2)
    desk.settle()
    with look(desk.office, PROGRAM) as reading:
        assert {row.title for row in room_photos.photos_of(reading, room)} == {"客厅", "房间照片"}


def drop(page: RoomPage, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    page.dropEvent(QDropEvent(QPointF(5, 5), copy, mime, left, none))


def test_who_may_not_change_rooms_is_told(make: Make) -> None:
    desk = make("front_desk")
    page = desk.open_board()
    desk.choose(rooms_of(desk.office)[0])
    QTest.keyClick(page.tiles, Qt.Key.Key_R, CTRL)
    desk.qtbot.waitUntil(lambda: desk.window.message_bar.isVisible())
    assert "不能改房间" in desk.window.message_bar.text.text()
    assert not page.room_actions.changes.entries(page.current())


@pytest.mark.parametrize("size", list(TypeSize))
def test_every_dialog_fits_the_smallest_desk(make: Make, look: Theme, size: TypeSize) -> None:
    desk = make(wide=911)
    look.switch(size=size)
    for what, kind in (
        (Change.SPLIT, SplitDialog), (Change.MERGE, MergeDialog), (Change.RENUMBER, RenumberDialog),
        (Change.OWNERS, OwnersDialog), (Change.RETIRE, RetireDialog), (Change.CLOSE, CloseRoomDialog),
    ):  # fmt: skip
        dialog = change(desk, 0, what, kind)
        least = dialog.minimumSizeHint()
        assert (what, least.width() <= 900, least.height() <= 480) == (what, True, True)
        dialog.cancel()
        desk.settle()
