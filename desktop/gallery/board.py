"""The room board: every kind of room in the panel, filters, menu, dialogs, other roles, large type; and the search."""

from __future__ import annotations

from typing import Any

from desktop.gallery.walk import Walk
from desktop.models.values import Money, RoomState
from desktop.services import board, enquiries
from desktop.services.acts import Op
from desktop.services.board import TileFacts
from desktop.services.enquiries import EnquiryForm
from desktop.views.theme import TypeSize, theme


def tiles(walk: Walk) -> tuple[TileFacts, ...]:
    """Every room of the office as the board knows it."""
    found: tuple[TileFacts, ...] = tuple(walk.read(board.board).tiles)
    return found


def owing(walk: Walk) -> TileFacts:
    """The room whose tenant owes most: it has something of everything."""
    return max((tile for tile in tiles(walk) if tile.tenant_id and tile.lease_id), key=lambda tile: tile.overdue.fen)


def room_in(walk: Walk, state: RoomState) -> TileFacts:
    """The first room in this state."""
    return next(tile for tile in tiles(walk) if tile.state is state)


def coming(walk: Walk) -> TileFacts:
    """The first room of a signed lease whose tenant has not moved in."""
    held = (tile for tile in tiles(walk) if tile.state is RoomState.RESERVED and tile.reservation_id is None)
    return next(tile for tile in held if not tile.unsigned)


def walk_board(walk: Walk) -> None:
    """Home, as the manager, the front desk and the auditor see it."""
    walk.sit_down("front_desk")
    walk.go("board", room_id=owing(walk).room_id)
    walk.shoot("02-board-front-desk")
    walk.sit_down()
    walk.shoot("02-board")
    page = walk.go("board", room_id=owing(walk).room_id)
    walk.shoot("02-board-owing")
    for name, state in (
        ("vacant", RoomState.VACANT_CLEAN), ("to-clean", RoomState.VACANT_DIRTY), ("reserved", RoomState.RESERVED),
        ("repair", RoomState.REPAIR), ("out-of-use", RoomState.OUT_OF_USE),
    ):  # fmt: skip
        walk.go("board", room_id=room_in(walk, state).room_id)
        walk.shoot(f"02-board-{name}")
    _filters(walk, page)
    _menu_and_dialogs(walk, page)
    if walk.look.size is not TypeSize.LARGE:
        walk.go("board", room_id=owing(walk).room_id)
        theme().switch(size=TypeSize.LARGE)
        walk.shoot("02-board-large-type")
        theme().switch(size=walk.look.size)
        walk.quiet()


def _filters(walk: Walk, page: Any) -> None:
    """One building, a figure that filters, nothing left over, the panel folded away."""
    walk.go("board", room_id=owing(walk).room_id)
    page.tabs.choose(1)
    walk.shoot("02-board-one-building")
    page.tabs.choose(0)
    walk.go("board", room_id=owing(walk).room_id, count=board.Count.ARREARS)
    walk.shoot("02-board-filter")
    walk.press("Space")
    walk.shoot("02-board-filter-panel")  # folded away where it was there, and there where it was folded
    walk.press("Space")
    page.tabs.choose(3)
    page.legend.chips[RoomState.OUT_OF_USE].click()
    walk.shoot("02-board-no-room")
    page.tabs.choose(0)
    page.clear_filters()


def _menu_and_dialogs(walk: Walk, page: Any) -> None:
    """A right click, and the dialogs of the board."""
    walk.go("board", room_id=next(tile for tile in tiles(walk) if tile.overdue).room_id)
    walk.ask_menu(page.tiles)
    walk.shoot("02-board-menu")
    walk.go("board", room_id=coming(walk).room_id)
    walk.ask_menu(page.tiles)  # the panel with its button is folded away at 150 %
    walk.pick("交房")
    walk.shoot("02-board-move-in")
    walk.go("board", room_id=room_in(walk, RoomState.VACANT_CLEAN).room_id)
    walk.ask_menu(page.tiles)
    walk.pick("转维修或停用")
    walk.shoot("02-board-close-room")


def walk_rooms_list(walk: Walk) -> None:
    """The rooms as a list: from the board and back, narrowed, with other columns, to copy and print, and nothing."""
    walk.sit_down()
    board_page = walk.go("board", room_id=owing(walk).room_id)
    walk.press("Ctrl+L")
    walk.shoot("02-rooms-list")
    page = walk.page
    walk.press("Ctrl+2", "Alt+5", "Alt+5")
    walk.shoot("02-rooms-list-vacant")
    walk.ask_menu(page.table)
    walk.shoot("02-rooms-list-menu")
    walk.close_popups()
    walk.press("F10", "5")
    walk.shoot("02-rooms-list-conditions")
    walk.press("3", "Return")
    walk.shoot("02-rooms-list-view-name")
    walk.dialog.cancel()
    page.show_all()
    page.views.choose_columns()
    walk.shoot("02-rooms-list-columns")
    walk.dialog.cancel()
    walk.press("Ctrl+1", "Shift+Down", "Shift+Down", "F6")
    walk.shoot("02-rooms-list-print")
    walk.dialog.cancel()
    page.search.setFocus()
    walk.type("9999")
    walk.shoot("02-rooms-list-nothing")
    walk.click("看全部房间")
    page.strip.close_strip()
    walk.go("board")
    board_page.tabs.choose(3)
    board_page.legend.chips[RoomState.REPAIR].click()
    walk.press("Ctrl+L")
    walk.shoot("02-rooms-list-as-board")
    walk.press("Ctrl+L")
    board_page.clear_filters()
    board_page.tabs.choose(0)
    _enquiries(walk)
    walk.sit_down("repair_lead")
    walk.go("rooms")
    walk.shoot("02-rooms-list-repair-lead")


def _enquiries(walk: Walk) -> None:
    """Who looks for a room: two of them, narrowed and found."""
    today = walk.session.office.world.today()
    for name, phone, layout, rent in (("沈望舒", "13900002331", "两室", 2200), ("卓清越", "13900002332", "一室", 1500)):
        form = EnquiryForm(
            name, phone, layout=layout, people=2, rent_to=Money.yuan(rent), wanted_from=today, follow_up_on=today
        )
        walk.act(Op.ADD_ENQUIRY, enquiries.add_enquiry, form)
    walk.go("enquiries")
    walk.shoot("09-enquiries")
    walk.press("F10", "3")
    walk.shoot("09-enquiries-conditions")
    walk.press("5", "Escape")
    walk.shoot("09-enquiries-none-so")
    walk.press("Escape")


def walk_search(walk: Walk) -> None:
    """The search box: hits of every kind, and none."""
    walk.sit_down()
    tile = owing(walk)
    for name, text in (("name", tile.who), ("room", tile.number), ("initials", "sz"), ("nothing", "不存在的人")):
        walk.go("board")
        walk.press("Ctrl+K")
        walk.type(text)
        walk.shoot(f"03-search-{name}")
        walk.press("Esc")
