"""Rooms changed for good: split, merged, renumbered, closed, owned, photographed; and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from PySide6.QtGui import QColor, QImage, QPainter

from desktop.gallery.board import owing, room_in
from desktop.gallery.walk import Walk, wait_until
from desktop.models.values import RoomState
from desktop.services import owners, places, room_changes, room_photos
from desktop.services.acts import Op
from desktop.services.board import TileFacts
from desktop.services.owners import OwnerForm
from desktop.services.work import PROGRAM
from desktop.views.photos import photo_files
from desktop.views.room_changes import Change


def walk_room_changes(walk: Walk) -> None:
    """From the board by Ctrl R, then the page of a room that has been changed."""
    walk.sit_down()
    page = walk.go("board", room_id=room_in(walk, RoomState.VACANT_CLEAN).room_id)
    walk.press("Ctrl+R")
    walk.shoot("17-rooms-menu")
    walk.close_popups()
    _split(walk, page)
    _merge(walk, page)
    _renumber(walk, page)
    _close(walk)
    _refused(walk)
    _owners(walk)
    _photos(walk)
    walk.go("settings", section="places", building_id=room_in(walk, RoomState.LET).building_id)
    walk.shoot("17-rooms-add-floor")


def _open(walk: Walk, change: Change, tile: TileFacts | None = None) -> Any:
    page = walk.go("board", room_id=(tile or room_in(walk, RoomState.VACANT_CLEAN)).room_id)
    page.room_actions.changes.do(change, page.current(), page.tiles.marked())
    walk.quiet()
    return walk.dialog


def _split(walk: Walk, page: Any) -> None:
    dialog = _open(walk, Change.SPLIT)
    walk.shoot("17-rooms-split")
    parts = dialog.form.field("parts")
    parts.add()
    parts.lines[0].area.set_value("20.00")
    parts.lines[1].number.set_value(dialog.facts.taken[0])
    walk.press("Ctrl+Return")
    walk.shoot("17-rooms-split-errors")
    dialog.cancel()
    walk.quiet()


def _merge(walk: Walk, page: Any) -> None:
    page = walk.go("board", room_id=room_in(walk, RoomState.VACANT_CLEAN).room_id)
    page.tiles.setFocus()
    walk.press("Shift+Right")
    walk.shoot("17-rooms-taken-in")
    dialog = _open(walk, Change.MERGE)
    walk.shoot("17-rooms-merge")
    free = [each.number for each in dialog.facts.neighbours if not each.busy]
    dialog.form.field("others").set_value("、".join(free[-2:]))
    walk.shoot("17-rooms-merge-preview")
    dialog.cancel()
    walk.quiet()


def _renumber(walk: Walk, page: Any) -> None:
    dialog = _open(walk, Change.RENUMBER)
    dialog.form.field("number").set_value("A-08")
    walk.shoot("17-rooms-renumber")
    dialog.cancel()
    walk.quiet()
    dialog = _open(walk, Change.RENUMBER)
    walk.shoot("17-rooms-draft")
    dialog.form.field("number").set_value("A-09")
    walk.press("Ctrl+Return")
    wait_until(lambda: not walk.dialogs())
    walk.shoot("17-rooms-undo-toast")
    walk.window.toast_widget.dismiss()
    dialog = _open(walk, Change.RENUMBER)
    dialog.form.field("number").set_value("A-10")
    day, known = walk.session.office.world.today(), dialog.place
    walk.act_as(PROGRAM, Op.CHANGE_PLACE, room_changes.renumber_room, known.id, known.number, "B-10", day)
    walk.press("Ctrl+Return")
    walk.shoot("17-rooms-renumber-versions")
    walk.dialog.cancel()
    dialog.cancel()
    walk.quiet()


def _close(walk: Walk) -> None:
    dialog = _open(walk, Change.CLOSE)
    walk.press("Ctrl+Return")
    walk.shoot("17-rooms-close-errors")
    dialog.cancel()
    walk.quiet()
    tile = room_in(walk, RoomState.REPAIR)
    day = walk.session.office.world.today()
    walk.act(Op.CHANGE_PLACE, places.reopen_room, tile.room_id)
    walk.act(Op.CHANGE_PLACE, places.close_room, tile.room_id, tile.state, "换地板", day)
    walk.go("board", room_id=tile.room_id)
    walk.shoot("17-rooms-closed-until")
    dialog = _open(walk, Change.RETIRE)
    walk.shoot("17-rooms-strike-off")
    dialog.cancel()
    walk.quiet()


def _refused(walk: Walk) -> None:
    page = walk.go("board", room_id=owing(walk).room_id)
    page.room_actions.changes.do(Change.SPLIT, page.current())
    walk.quiet()
    walk.shoot("17-rooms-refused", told=True)


def _owners(walk: Walk) -> None:
    dialog = _open(walk, Change.OWNERS)
    walk.shoot("17-rooms-owners-empty")
    dialog.search.setFocus()
    walk.type("sh")
    walk.shoot("17-rooms-owners-search")
    walk.press("Return")
    dialog.field.add(None, "温如玉")
    dialog.field.lines[0].share.set_value("33.33%")
    dialog.field.lines[1].share.set_value("1/2")
    walk.press("Ctrl+Return")
    walk.shoot("17-rooms-owners-errors")
    dialog.cancel()
    walk.quiet()
    _owners_of_two_pcs(walk)


def _owners_of_two_pcs(walk: Walk) -> None:
    """Somebody ticks 自住 at another PC: both changes stand in the form; then the shares clash and are chosen."""
    tile, day = room_in(walk, RoomState.VACANT_DIRTY), walk.session.office.world.today()
    pair = [OwnerForm(None, share, name=name, phone=phone) for share, name, phone in _OWNERS]
    stood = walk.act(Op.CHANGE_PLACE, owners.set_owners, tile.room_id, (), pair, day)
    dialog = _open(walk, Change.OWNERS, tile)
    dialog.field.lines[1].occupied.setChecked(True)
    ticked = [OwnerForm(row.party_id, row.share, row is stood[0]) for row in stood]
    stood = walk.act_as(PROGRAM, Op.CHANGE_PLACE, owners.set_owners, tile.room_id, stood, ticked, day)
    walk.press("Ctrl+Return")
    walk.shoot("17-rooms-owners-together")
    whole = [OwnerForm(stood[0].party_id, Decimal(1))]
    walk.act_as(PROGRAM, Op.CHANGE_PLACE, owners.set_owners, tile.room_id, stood, whole, day)
    dialog.field.share_evenly()
    walk.press("Ctrl+Return")
    walk.shoot("17-rooms-owners-versions")
    walk.dialog.cancel()
    dialog.cancel()
    walk.quiet()


def _photos(walk: Walk) -> None:
    tile = room_in(walk, RoomState.VACANT_CLEAN)
    page = walk.go("room", room_id=tile.room_id)
    page.tabs.set_value("photos")
    page.photos.take_focus()
    walk.shoot("17-room-photos-empty")
    pictures = photo_files([_picture(each) for each in ("#7fa7c9", "#c9a97f", "#9fc97f", "#c97f9f")], "房间照片")
    walk.act(Op.CHANGE_PLACE, room_photos.add_photos, tile.room_id, pictures)
    half = [OwnerForm(None, share, name=name, phone=phone) for share, name, phone in _OWNERS]
    walk.act(Op.CHANGE_PLACE, owners.set_owners, tile.room_id, (), half, walk.session.office.world.today())
    number = tile.number
    made = walk.act(
        Op.CHANGE_PLACE, room_changes.split_room, room_in(walk, RoomState.VACANT_DIRTY).room_id,
        [places.RoomDraft("S-1", 3, None), places.RoomDraft("S-2", 3, None)], None, "砌了隔墙",
    )  # fmt: skip
    page = walk.go("room", room_id=tile.room_id)
    page.tabs.set_value("photos")
    walk.quiet()
    page.photos.take_focus()
    walk.shoot("17-room-photos")
    assert number == page.page.place.number
    page = walk.go("room", room_id=made[0])
    walk.shoot("17-room-after-split")
    page = walk.go("room", room_id=page.page.origins[0].room_id)
    walk.shoot("17-room-struck-off")


_OWNERS = ((Decimal("0.666667"), "温如玉", "13900000011"), (Decimal("0.333333"), "顾听澜", "13900000012"))


def _picture(colour: str) -> QImage:
    """Something like a photo of a room."""
    image = QImage(1200, 800, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    painter = QPainter(image)
    painter.fillRect(0, 560, 1200, 240, QColor("#8a6f55"))
    painter.fillRect(420, 140, 360, 260, QColor("#e8f2fa"))
    painter.end()
    return image
