"""Rooms and the people in them: the room page, lists of people, one person with every tab, corrections and dialogs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from desktop.gallery.board import owing, room_in
from desktop.gallery.walk import Walk, wait_until
from desktop.models.values import RoomState
from desktop.services import access, party_edits, party_page, places
from desktop.services.acts import Op
from desktop.services.party_lists import PartyScope


def somebody_else(walk: Walk) -> Any:
    """Another clerk, at another PC of the office."""
    return access.sign_in_demo(walk.session.office, "administrator").actor


def walk_rooms(walk: Walk) -> None:
    """The page of a let room with its tabs, of an empty one, and the dialogs about a room."""
    walk.sit_down()
    room_id = owing(walk).room_id
    page = walk.go("room", room_id=room_id)
    for at, name in enumerate(("leases", "bills", "keys")):
        walk.press(f"Ctrl+{at + 1}")
        walk.shoot(f"05-room-{name}")
    if not page._wide():
        walk.press("Ctrl+5")
        walk.shoot("05-room-history")
    page.tabs.choose(0)
    page = walk.go("room", room_id=room_in(walk, RoomState.VACANT_DIRTY).room_id)
    walk.shoot("05-room-vacant")
    walk.press("Ctrl+E")
    dialog = walk.dialog
    dialog.form.field("area").set_value("78.505")
    dialog.form.field("asking_rent").set_value("-2300")
    dialog.form.field("condition").set_value(dialog._conditions[2][0])
    walk.press("Ctrl+Return")
    walk.shoot("05-room-edit-errors")
    dialog.cancel()
    _room_changed_elsewhere(walk, page.page.place.id)


def _room_changed_elsewhere(walk: Walk, room_id: UUID) -> None:
    """Two people change the same room: the second is shown both versions."""
    walk.go("board")
    walk.go("room", room_id=room_id)
    walk.press("Ctrl+E")
    walk.click("重新填")  # what was typed wrong before stands there again
    dialog = walk.dialog
    known = walk.read(places.room_place, room_id)
    theirs = places.RoomForm(known.area, "两室一厅", known.asking_rent, known.condition, known.condition_note)
    walk.act_as(somebody_else(walk), Op.CHANGE_PLACE, places.change_room, room_id, known.version, theirs)
    dialog.form.field("asking_rent").set_value("2350")
    dialog.submit()
    wait_until(lambda: len(walk.dialogs()) == 2)
    walk.shoot("09-dialog-room-versions")
    for each in reversed(walk.dialogs()):
        each.cancel()


def walk_parties(walk: Walk) -> None:
    """Lists of people, one of them with every tab, and what can be changed about them."""
    walk.sit_down()
    page = walk.go("parties")
    walk.shoot("07-parties")
    walk.press("F10", "2", "1", "1")
    walk.shoot("07-parties-conditions")
    walk.press("Esc")
    walk.shoot("07-parties-narrowed")
    page.show_all()
    page.scopes.set_value(PartyScope.OWING)
    walk.shoot("07-parties-owing")
    page.scopes.set_value(PartyScope.FORMER)
    page.search.setFocus()
    walk.type("不存在的人")
    walk.shoot("07-parties-nobody")
    walk.click("看全部人员")
    party_id = owing(walk).tenant_id
    page = walk.go("party", party_id=party_id)
    names = ("leases", "bills", "receipts", "deposits", "files", "history")
    for at, name in enumerate(names[: page.tabs.count]):
        walk.press(f"Ctrl+{at + 1}")
        walk.shoot(f"07-party-{name}" if at else "07-party")
    page.tabs.choose(0)
    walk.press("F3")
    walk.shoot("07-party-revealed")
    _corrections(walk, party_id)


def _corrections(walk: Walk, party_id: UUID | None) -> None:
    """编辑资料 with errors, with another version, undone; somebody related; the account for refunds."""
    page = walk.go("party", party_id=party_id)
    page.left()
    walk.press("Ctrl+E")
    dialog = walk.dialog
    walk.shoot("09-dialog-edit")
    for name, value in (
        ("name", ""), ("phone", "1385678"), ("emergency.phone", "139"), ("note", "证件 990101199604180028"),
    ):  # fmt: skip
        dialog.form.field(name).set_value(value)
    walk.press("Ctrl+Return")
    walk.shoot("09-dialog-errors")
    dialog.cancel()
    walk.quiet()  # what was typed is kept
    walk.press("Ctrl+E")
    wait_until(lambda: walk.dialog.draft.again.isVisible())
    walk.shoot("09-dialog-edit-draft")
    walk.press("Alt+0")
    dialog = walk.dialog
    known = walk.read(party_page.party_page, party_id)
    theirs = party_edits.PartyEdit(known.name, "室内设计", "每月 5 日前会转账", "13912340000", None, None)
    walk.act_as(somebody_else(walk), Op.CHANGE_PARTY, party_edits.change_party, party_id, known.version, theirs)
    dialog.form.field("phone").set_value("13812345678")
    dialog.form.field("note").set_value("联系请在晚上")
    dialog.submit()
    wait_until(lambda: len(walk.dialogs()) == 2)
    walk.shoot("09-dialog-versions")
    walk.press("Ctrl+Return")
    wait_until(lambda: not walk.dialogs())
    walk.shoot("07-party-undo-toast")
    walk.window.toast_widget.dismiss()
    walk.click("添加关联人")
    walk.press("Ctrl+Return")
    walk.shoot("09-dialog-relation-errors")
    walk.dialog.cancel()
    _vehicles(walk)
    _bank(walk)


def _vehicles(walk: Walk) -> None:
    """Ctrl M, and the plates: one too short, one that is asked about, stored."""
    walk.press("Ctrl+M")
    walk.shoot("07-party-more")
    walk.pick("车辆")
    walk.dialog.form.field("plates").set_value("川A1")
    walk.press("Ctrl+Return")
    walk.shoot("09-dialog-vehicles-errors")
    walk.dialog.form.field("plates").set_value("川AO1234 川AD12345")
    walk.press("Ctrl+Return")
    walk.shoot("09-dialog-vehicles-doubt")
    walk.dialog.form.field("plates").set_value("川A01234 川AD12345")
    walk.press("Return")
    wait_until(lambda: not walk.dialogs())
    walk.shoot("07-party-vehicles")
    walk.window.toast_widget.dismiss()


def _bank(walk: Walk) -> None:
    """The account for refunds: refused without consent, stored with it, and the consent taken back."""
    walk.click("登记退款账户")
    walk.press("Ctrl+Return")
    walk.shoot("09-dialog-bank-errors")
    for name, value in (("bank", "青川银行临江支行"), ("number", "6222020200012345678"), ("consent", True)):
        walk.dialog.form.field(name).set_value(value)
    walk.press("Ctrl+Return")
    wait_until(lambda: not walk.dialogs())
    walk.shoot("07-party-bank")
    walk.window.toast_widget.dismiss()
    walk.click("撤回")
    walk.shoot("09-dialog-question")
    walk.dialog.cancel()
