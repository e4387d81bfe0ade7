"""Where a clerk is in a list: her row, and what stands before her eyes. A list read anew brings her back there.

Another PC adds rows above hers at any moment: nothing may move under her hands, and a list she has scrolled through
does not jump back to the row that she chose before.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel

if TYPE_CHECKING:
    from desktop.views.tables import RowTable


@dataclass(slots=True)
class Place:
    """Rows by their keys. `anchor` is the one whose `y` in the view is to stay; None once it has been seen to."""

    current: Hashable | None
    chosen: tuple[Hashable, ...]
    anchor: Hashable | None
    y: int
    scrolled: int


def place_of(table: RowTable) -> Place:
    """The row in hand if it is in view, else the topmost one that is."""
    index, rows = table.currentIndex(), table.rows
    current = rows.key(index.row()) if index.isValid() else None
    chosen = tuple(filter(None, (rows.key(each.row()) for each in table.selectionModel().selectedRows())))
    in_view = index.isValid() and table.visualRect(index).intersects(table.viewport().rect())
    at = index.row() if in_view else table.rowAt(0)
    anchor = rows.key(at) if at >= 0 else None
    y = table.rowViewportPosition(at) if at >= 0 else 0
    return Place(current, chosen, anchor, y, table.verticalScrollBar().value())


def return_to(table: RowTable, place: Place) -> bool:
    """Bring the clerk back as far as her rows are here; True when nothing is left to be done."""
    bar, rows = table.verticalScrollBar(), table.rows
    at = rows.position(place.current) if place.current is not None else -1
    if at >= 0 and at != table.currentIndex().row():
        _stand(table, at, place)
    if place.anchor is not None and (stands := rows.position(place.anchor)) >= 0:
        table.updateGeometries()  # how far it can be scrolled depends on the rows there are now
        bar.setValue(bar.value() + table.rowViewportPosition(stands) - place.y)
        place.anchor = None
    return place.anchor is None and (place.current is None or at >= 0)


def _stand(table: RowTable, at: int, place: Place) -> None:
    """Her row is in hand again, and the others she had chosen; the view does not follow it."""
    scrolls = table.hasAutoScroll()
    table.setAutoScroll(False)
    table.choose(at)
    table.setAutoScroll(scrolls)
    if len(place.chosen) < 2:
        return
    for key in place.chosen:
        if (other := table.rows.position(key)) >= 0:
            flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
            table.selectionModel().select(table.rows.index(other, 0), flags)
