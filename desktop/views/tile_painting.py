"""What a room tile is and how it is painted: state, tenant and the worst mark; hatching, arrears corner, dimming."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop.models.values import RoomMark, RoomState
from desktop.views.painting import put, width
from desktop.views.theme import theme, tokens

if TYPE_CHECKING:
    from desktop.views.tiles import TilesView

Index = QModelIndex | QPersistentModelIndex
_GLYPH = 12
"""Of a glyph, in logical pixels at standard type."""
_FIRST = 0.315
"""Where the first line of a tile stands, as a part of its height."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What needs a hand: shown on the third line, e.g. Mark(ARREARS, "欠 2,460") or a plain note without a kind."""

    kind: RoomMark | None
    text: str
    icon: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """One room as the board shows it. `marks` worst first; `who` the tenant or what goes on; `spoken` is read out."""

    room_id: Any
    building: str
    floor: str
    number: str
    state: RoomState
    who: str = ""
    marks: tuple[Mark, ...] = field(default=())
    spoken: str = ""

    def said(self) -> str:
        """「1203，在租，沈知微，欠 2,460 元」"""
        words = theme().room(self.state).word
        parts = (self.number, words, self.who, *(mark.text for mark in self.marks))
        return self.spoken or "，".join(part for part in parts if part)


class TilesModel(QAbstractListModel):
    """The tiles in board order: building by building, floors from the top. Tiles that are filtered out stay, dimmed."""

    def __init__(self) -> None:
        super().__init__()
        self.tiles: list[Tile] = []
        self.dimmed: set[int] = set()
        self.marked: set[int] = set()
        """Rows taken in beside the one in hand."""
        self._places: dict[Any, int] = {}

    def set_tiles(self, tiles: Sequence[Tile]) -> None:
        self.beginResetModel()
        self.tiles = list(tiles)
        self._places = {tile.room_id: at for at, tile in enumerate(self.tiles)}
        self.dimmed = set()
        self.endResetModel()

    def replace(self, tile: Tile) -> bool:
        """Change one room in place: only its tile is painted again. False when the room is not on the board."""
        at = self._places.get(tile.room_id, -1)
        if at < 0:
            return False
        self.tiles[at] = tile
        self.dataChanged.emit(self.index(at, 0), self.index(at, 0))
        return True

    def place(self, room_id: Any) -> int:
        return self._places.get(room_id, -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.tiles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        tile = self.tiles[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return tile.number
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return tile.said()
        return None


def tile_height() -> int:
    return theme().scaled(tokens()["tile"]["height"])


def tile_min_width() -> int:
    """What number, glyph and word need side by side: columns are as many as fit."""
    look = theme()
    words = max(width(look.font("caption", 500), look.room(state).word) for state in RoomState)
    sides = 2 * tokens()["tile"]["padding"] + 1
    return round(width(look.font("small", 600), "8888") + 2 + look.scaled(_GLYPH) + 2.5 + words + sides)


class TileDelegate(QStyledItemDelegate):
    """Paints one tile. Everything that can be made beforehand is: fonts, hatching, words' widths."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hatches: dict[tuple[str, float], QPixmap] = {}
        self._plates: dict[tuple[RoomState, float, float, float, bool], QPixmap] = {}

    def forget(self) -> None:
        self._hatches.clear()
        self._plates.clear()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        view: TilesView = self.parent()  # type: ignore[assignment]
        model = view.tiles
        tile = model.tiles[index.row()]
        box = QRectF(option.rect)
        dim = index.row() in model.dimmed
        if dim:
            painter.setOpacity(tokens()["tile"]["dimmed-opacity"])
        self._paint_tile(painter, box, tile)
        if dim:
            painter.setOpacity(1.0)
        if index.row() in view.tiles.marked:
            painter.setPen(QPen(theme().colour("primary"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 4, 4)
        if index.row() == view.currentIndex().row():
            self._paint_current(painter, box, view.hasFocus())

    def _paint_tile(self, painter: QPainter, box: QRectF, tile: Tile) -> None:
        look = theme()
        state = look.room(tile.state)
        mark = tile.marks[0] if tile.marks else None
        corner = mark is not None and mark.kind is not None and look.mark(mark.kind).corner
        painter.drawPixmap(box.topLeft(), self._plate(painter, box, tile.state, corner))
        ink = state.fg if tile.state == RoomState.OUT_OF_USE else look.colour("text")
        pad, high = tokens()["tile"]["padding"], box.height()
        x, right = box.x() + pad + 1, box.right() - pad
        first, second, third = (box.y() + high * part for part in (_FIRST, 0.605, 0.88))
        put(painter, x, first, tile.number, look.font("small", 600), ink)
        if tile.who:
            put(painter, x, second, tile.who, look.font("small"), ink, room=box.width() - 2 * pad)
        if mark is not None:
            self._mark(painter, x, third, right - x, mark, state.fg if tile.state != RoomState.LET else None)

    def _plate(self, painter: QPainter, box: QRectF, state: RoomState, corner: bool) -> QPixmap:
        """Fill, border, hatching, corner, glyph and word: the same for every room of a state, so painted once."""
        ratio = painter.device().devicePixelRatioF()
        key = (state, box.width(), box.height(), ratio, corner)
        if key not in self._plates:
            plate = QPixmap(ceil(box.width() * ratio), ceil(box.height() * ratio))
            plate.setDevicePixelRatio(ratio)
            plate.fill(Qt.GlobalColor.transparent)
            brush = QPainter(plate)
            brush.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_plate(brush, QRectF(0, 0, box.width(), box.height()), state, corner)
            brush.end()
            self._plates[key] = plate
        return self._plates[key]

    def _paint_plate(self, painter: QPainter, box: QRectF, which: RoomState, corner: bool) -> None:
        look = theme()
        state = look.room(which)
        painter.setPen(QPen(state.line, 1))
        painter.setBrush(state.bg)
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        if state.hatched:
            self._hatch(painter, box, state.line)
        if corner:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.colour("danger"))
            size = tokens()["tile"]["corner"]
            cut = ((2, 0), (size, 0), (0, size), (0, 2))  # the tile's own corner is round
            painter.drawPolygon(QPolygonF([QPointF(1 + x, 1 + y) for x, y in cut]))
        right, first = box.right() - tokens()["tile"]["padding"], box.height() * _FIRST
        words = put(painter, right, first, state.word, look.font("caption", 500), state.fg, "r")
        glyph = look.scaled(_GLYPH)
        look.icon(painter, state.icon, state.fg, QRectF(right - words - glyph - 2.5, first - glyph + 1.5, glyph, glyph))

    def _mark(self, painter: QPainter, x: float, y: float, room: float, mark: Mark, own: Any) -> None:
        look = theme()
        known = look.mark(mark.kind) if mark.kind is not None else None
        if known is not None:
            colour, icon = look.colour(known.token), mark.icon or known.icon
        else:
            colour, icon = look.colour(mark.token) if mark.token else own or look.colour("text-muted"), mark.icon
        glyph = look.scaled(_GLYPH)
        if icon:
            look.icon(painter, icon, colour, QRectF(x - 0.5, y - glyph + 1.5, glyph, glyph))
            x, room = x + glyph + 3, room - glyph - 3
        put(painter, x, y, mark.text, look.font("caption", 500), colour, room=room)

    def _hatch(self, painter: QPainter, box: QRectF, colour: Any) -> None:
        """45° lines 7 px apart, from a tile that is painted once per colour and scale."""
        ratio = painter.device().devicePixelRatioF()
        key = (colour.name(), ratio)
        if key not in self._hatches:
            side = round(28 * ratio)
            stamp = QPixmap(side, side)
            stamp.fill(Qt.GlobalColor.transparent)
            brush = QPainter(stamp)
            brush.setRenderHint(QPainter.RenderHint.Antialiasing)
            brush.setPen(QPen(colour, ratio))
            step = side / 4
            for k in range(-5, 6):
                brush.drawLine(QPointF(k * step, side), QPointF(k * step + side, 0))
            brush.end()
            stamp.setDevicePixelRatio(ratio)
            self._hatches[key] = stamp
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(self._hatches[key]))
        painter.setBrushOrigin(box.topLeft())
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 4.5, 4.5)

    @staticmethod
    def _paint_current(painter: QPainter, box: QRectF, focused: bool) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if focused:
            painter.setPen(QPen(theme().colour("focus"), 2))
            painter.drawRoundedRect(box.adjusted(-1, -1, 1, 1), 6, 6)
        else:
            painter.setPen(QPen(theme().colour("primary"), 1.5))
            painter.drawRoundedRect(box.adjusted(0.75, 0.75, -0.75, -0.75), 5, 5)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(tile_min_width(), tile_height())
