"""What a page shows, as words: labels, fields, buttons, rows of lists and tiles, in the order of the widgets."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLabel, QLineEdit, QPlainTextEdit, QWidget

from desktop.views.labels import FreeText, Painted
from desktop.views.tiles import TilesView

MOST_ROWS = 60


def words_of(page: QWidget) -> list[str]:
    """Everything that can be read on a page, hidden parts left out."""
    said: list[str] = []
    for widget in page.findChildren(QWidget):
        if not widget.isVisible():
            continue
        if isinstance(widget, TilesView):
            said += [tile.said() for tile in widget.tiles.tiles]
        elif isinstance(widget, QAbstractItemView):
            said += _rows(widget)
        elif isinstance(widget, QLabel | QLineEdit | QAbstractButton | FreeText):
            said.append(widget.text())
        elif isinstance(widget, QPlainTextEdit):
            said.append(widget.toPlainText())
        elif isinstance(widget, Painted):
            said.append(widget.accessibleName())
    return [words for words in said if words]


def _rows(view: QAbstractItemView) -> list[str]:
    model = view.model()
    # A model of a list keeps its one column to itself.
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount()
    rows = []
    for row in range(min(model.rowCount(), MOST_ROWS)):
        cells = [model.index(row, column).data(Qt.ItemDataRole.DisplayRole) for column in range(columns)]
        rows.append(" | ".join(str(cell) for cell in cells if cell))
    return rows
