"""The board: rooms never move, keys find them, 5,000 are quick, and every tile is read out."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QImage
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import RoomMark, RoomState
from desktop.views.theme import Shade, Theme, TypeSize
from desktop.views.tile_painting import tile_height, tile_min_width
from desktop.views.tiles import Mark, Tile, TilesView


def rooms(floors: int, each: int, building: str = "1 栋") -> list[Tile]:
    """Invented rooms, the top floor first."""
    states = [RoomState.LET] * 5 + list(RoomState)
    made = []
    for floor in range(floors, 0, -1):
        for room in range(1, each + 1):
            state = states[(floor * 7 + room) % len(states)]
            owed = state == RoomState.LET and (floor + room) % 5 == 0
            marks = (Mark(RoomMark.ARREARS, "欠 2,460"),) if owed else ()
            who = "沈知微" if state == RoomState.LET else ""
            made.append(Tile((building, floor, room), building, str(floor), f"{floor}{room:02d}", state, who, marks))
    return made


@pytest.fixture
def board(on_desk: Callable[..., QWidget]) -> TilesView:
    ground = QWidget()
    ground.setObjectName("Canvas")
    column = QVBoxLayout(ground)
    column.setContentsMargins(0, 0, 0, 0)
    view = TilesView()
    column.addWidget(view)
    view.show_tiles(rooms(12, 8))
    on_desk(ground, 760, 420)
    view.setFocus()
    return view


def test_tiles_lie_floor_by_floor_and_are_found_where_they_lie(board: TilesView) -> None:
    assert board.columns == 8
    for row in (0, 7, 8, 40, 95):
        box = board.visualRect(board.tiles.index(row, 0))
        assert box.width() >= tile_min_width()
        assert box.height() == tile_height()
        assert board.indexAt(box.center()).row() == row
    first, second = (board.visualRect(board.tiles.index(row, 0)) for row in (0, 8))
    assert first.x() == second.x()
    assert second.y() - first.y() == tile_height() + 4
    assert not board.indexAt(QPoint(2, 2)).isValid()


def test_arrows_walk_and_enter_opens(board: TilesView, qtbot: QtBot) -> None:
    opened: list[Tile] = []
    board.opened.connect(opened.append)
    board.choose(("1 栋", 12, 3))
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_Down):
        qtbot.keyClick(board, key)
    qtbot.keyClick(board, Qt.Key.Key_Return)
    assert [tile.number for tile in opened] == ["1103"]
    qtbot.keyClick(board, Qt.Key.Key_End)
    assert board.current().number == "108"
    assert board.viewport().rect().contains(board.visualRect(board.currentIndex()))
    qtbot.keyClick(board, Qt.Key.Key_PageUp)
    assert int(board.current().floor) > 3


def test_an_uneven_floor_keeps_the_column_where_it_can(on_desk: Callable[..., QWidget], qtbot: QtBot) -> None:
    view = TilesView()
    tiles = rooms(1, 5) + [tile for tile in rooms(3, 8, "2 栋") if not (tile.floor == "2" and tile.number > "202")]
    view.show_tiles(tiles, heads=True)
    on_desk(view, 760, 420)
    view.choose(("2 栋", 3, 6))
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.current().number == "202"
    view.choose(("2 栋", 3, 2))
    qtbot.keyClick(view, Qt.Key.Key_Up)  # over the head into the other building
    assert (view.current().building, view.current().number) == ("1 栋", "102")


def test_digits_jump_to_a_room(board: TilesView, qtbot: QtBot) -> None:
    typed: list[str] = []
    board.digits.connect(typed.append)
    qtbot.keyClicks(board, "90")
    assert board.current().number == "901"
    qtbot.keyClicks(board, "5")
    assert board.current().number == "905"
    assert typed == ["9", "90", "905"]
    qtbot.waitUntil(lambda: typed[-1] == "", timeout=4000)
    qtbot.keyClicks(board, "12")
    assert board.current().number == "1201"


def test_an_exact_number_wins_over_a_longer_one(board: TilesView, qtbot: QtBot) -> None:
    board.show_tiles([*rooms(12, 8), Tile("shop", "1 栋", "商铺", "12", RoomState.LET)])
    qtbot.keyClicks(board, "12")
    assert board.current().room_id == "shop"


def test_filtered_rooms_stay_in_place_and_fade(board: TilesView) -> None:
    before = [board.visualRect(board.tiles.index(row, 0)) for row in range(96)]
    bright = board.dim(lambda tile: bool(tile.marks))
    assert bright == sum(1 for tile in board.tiles.tiles if tile.marks)
    assert [board.visualRect(board.tiles.index(row, 0)) for row in range(96)] == before
    assert board.dim(None) == 96


def ink_of(view: TilesView, row: int) -> int:
    """How much a tile stands out from the ground: the sum of differences to the tile's corner pixel."""
    box = view.visualRect(view.tiles.index(row, 0)).adjusted(3, 3, -3, -3)
    picture = view.window().grab(box).toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    ground = picture.pixelColor(picture.width() - 1, picture.height() - 1).value()
    return sum(
        abs(picture.pixelColor(x, y).value() - ground)
        for x in range(0, picture.width(), 2)
        for y in range(0, picture.height(), 2)
    )


def test_a_dimmed_tile_is_fainter_and_an_arrears_corner_red(board: TilesView, look: Theme) -> None:
    row = next(at for at, tile in enumerate(board.tiles.tiles) if tile.marks)
    board.choose(board.tiles.tiles[row + 1].room_id)
    strong = ink_of(board, row)
    box = board.visualRect(board.tiles.index(row, 0))
    corner = board.window().grab().toImage().pixelColor(box.topLeft() + QPoint(4, 3))
    assert abs(corner.red() - look.colour("danger").red()) < 12
    board.dim(lambda tile: False)
    assert ink_of(board, row) < strong * 0.6


def test_one_room_changes_without_touching_the_others(board: TilesView) -> None:
    tile = board.tiles.tiles[10]
    seen: list[int] = []
    board.tiles.dataChanged.connect(lambda first, last, roles: seen.extend(range(first.row(), last.row() + 1)))
    assert board.replace(Tile(tile.room_id, "1 栋", tile.floor, tile.number, RoomState.LET, "陆明河"))
    assert seen == [10]
    assert board.tiles.tiles[10].who == "陆明河"
    assert not board.replace(Tile("nowhere", "", "", "", RoomState.LET))


def test_reloading_keeps_the_current_room(board: TilesView) -> None:
    board.choose(("1 栋", 5, 5))
    board.show_tiles([*rooms(1, 3, "0 栋"), *rooms(12, 8)])
    assert board.current().room_id == ("1 栋", 5, 5)


def test_the_menu_knows_its_room(board: TilesView) -> None:
    got: list[str] = []
    board.menu_wanted.connect(lambda tile, point: got.append(tile.number))
    spot = board.visualRect(board.tiles.index(4, 0)).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, spot, board.viewport().mapToGlobal(spot))
    QApplication.sendEvent(board.viewport(), event)
    QApplication.sendEvent(board.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), spot))
    assert got == ["1205", "1205"]


def test_every_tile_is_read_out(board: TilesView) -> None:
    tile = Tile("x", "1 栋", "12", "1203", RoomState.LET, "沈知微", (Mark(RoomMark.ARREARS, "欠 2,460 元"),))
    board.show_tiles([tile])
    said = board.tiles.data(board.tiles.index(0, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert said == "1203，在租，沈知微，欠 2,460 元"


@pytest.mark.parametrize("size", list(TypeSize))
def test_number_glyph_and_word_never_touch(look: Theme, size: TypeSize) -> None:
    from desktop.views.painting import width

    look.switch(Shade.LIGHT, size)
    number = width(look.font("small", 600), "8888")
    words = max(width(look.font("caption", 500), look.room(state).word) for state in RoomState)
    assert number + look.scaled(12) + 2.5 + words + 13 < tile_min_width()


def test_five_thousand_rooms_are_quick(on_desk: Callable[..., QWidget], qtbot: QtBot) -> None:
    view = TilesView()
    on_desk(view, 1000, 600)
    view.show_tiles(rooms(10, 10))
    view.viewport().grab()  # fonts, icons and words are in memory now, for both
    few = best(lambda: view.viewport().grab())
    begun = time.perf_counter()
    view.show_tiles(rooms(100, 50))
    laid_out = time.perf_counter() - begun
    many = best(lambda: view.viewport().grab())
    assert many < few * 3 + 0.01, "painting depends on what is seen, not on how many rooms there are"
    assert laid_out < 2.0


def best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


def test_floors_of_few_rooms_fill_the_line_but_only_so_far(board: TilesView) -> None:
    def widths() -> set[int]:
        return {board.visualRect(board.tiles.index(row, 0)).width() for row in range(len(board.tiles.tiles))}

    def edge() -> int:
        return max(board.visualRect(board.tiles.index(row, 0)).right() for row in range(len(board.tiles.tiles)))

    whole = edge()
    board.show_tiles(rooms(12, 6))
    QApplication.processEvents()
    assert abs(edge() - whole) <= 1, "six rooms end where eight did"
    board.show_tiles(rooms(2, 6))
    QApplication.processEvents()
    assert board.verticalScrollBar().maximum() == 0
    assert abs(edge() - whole) <= 1, "nothing moves because the bar is gone"
    board.show_tiles(rooms(2, 2))
    assert max(widths()) <= 1.6 * tile_min_width() + 1, "two rooms are no wall"
