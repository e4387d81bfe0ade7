"""The building as it would become: floors from the top down, a small tile for each room, drawn while one types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy

from desktop.views.labels import Painted
from desktop.views.painting import middle, put, rounded, width
from desktop.views.theme import theme

if TYPE_CHECKING:
    from desktop.services.places import RoomDraft  # only its name: the wizard paints before SQLAlchemy is here

_GAP = 3


class RoomsPreview(Painted):
    """Shows rooms or the sentence why there are none."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._floors: list[tuple[int, list[str]]] = []
        self._wide = 40.0

    def show_rooms(self, rooms: Sequence[RoomDraft]) -> None:
        """Draw these rooms; an empty list leaves the space empty."""
        floors: dict[int, list[str]] = {}
        for room in rooms:
            floors.setdefault(room.floor, []).append(room.number)
        self._floors = sorted(floors.items(), reverse=True)
        longest = max((room.number for room in rooms), key=len, default="")
        self._wide = width(theme().font("caption"), longest) + 10
        self.setAccessibleName(self.tr("预览：{n} 间").format(n=len(rooms)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, theme().scaled(110))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, theme().scaled(60))

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._floors:
            return
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = look.font("caption")
        high = look.scaled(19)
        label_wide = max(width(font, self._floor(floor)) for floor, _ in self._floors) + 8
        across = max(1, int((self.width() - label_wide + _GAP) // (self._wide + _GAP)))
        lines = max(1, int((self.height() + _GAP) // (high + _GAP)))
        shown = self._floors if len(self._floors) <= lines else self._some(lines)
        for at, (floor, numbers) in enumerate(shown):
            y = at * (high + _GAP)
            if not numbers:
                put(painter, label_wide, middle(font, y, high), "…", font, look.colour("text-faint"))
                continue
            put(painter, 0, middle(font, y, high), self._floor(floor), font, look.colour("text-muted"))
            fits = numbers if len(numbers) <= across else [*numbers[: across - 1], "…"]
            for place, number in enumerate(fits):
                box = QRectF(label_wide + place * (self._wide + _GAP), y, self._wide, high)
                if number != "…":
                    rounded(
                        painter,
                        box.adjusted(0.5, 0.5, -0.5, -0.5),
                        3,
                        look.colour("sunken"),
                        look.colour("line-strong"),
                    )
                put(painter, box.center().x(), middle(font, y, high), number, font, look.colour("text"), "c")

    def _some(self, lines: int) -> list[tuple[int, list[str]]]:
        """The upper floors and the lowest one, with a gap between them."""
        if lines < 3:
            return self._floors[:lines]
        return [*self._floors[: lines - 2], (0, []), self._floors[-1]]

    def _floor(self, floor: int) -> str:
        return self.tr("{n} 层").format(n=floor) if floor > 0 else f"B{-floor}"
