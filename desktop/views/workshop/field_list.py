"""The list of fields a template may name: searched by part, sound or example, inserted by Enter or a double click."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.services.paper.template_fields import TemplateField
from desktop.views.columns import Column, GroupHead, Kind
from desktop.views.labels import label
from desktop.views.tables import RowTable
from desktop.views.text_fields import SearchField


class FieldList(QWidget):
    """Signals: chosen(TemplateField)."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._fields: tuple[TemplateField, ...] = ()
        self.search = SearchField(self.tr("找字段，如 押金、yj"))
        self.search.setAccessibleName(self.tr("找字段"))
        self.table = RowTable(
            [
                Column(
                    self.tr("字段"), _name, kind=Kind.NAME, sample="通知天数", strong=True, stretch=1, detail=_example
                )
            ],
            two_lines=True,
        )
        self.table.setAccessibleName(self.tr("字段"))
        self.none = label(self.tr("没有这样的字段。换个说法，或清空看全部"), "muted", wrap=True)
        self.none.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.search)
        column.addWidget(self.none)
        column.addWidget(self.table, 1)
        self.search.searched.connect(self._narrow)
        self.search.entered.connect(self._first)
        self.search.installEventFilter(self)
        self.table.opened.connect(self._opened)

    def show_fields(self, fields: tuple[TemplateField, ...]) -> None:
        """Offer these fields."""
        self._fields = fields
        self.search.clear()
        self._narrow("")

    def focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def shown(self) -> list[TemplateField]:
        """The fields that fit what was typed."""
        typed = self.search.value()
        return [field for field in self._fields if not typed or field.fits(typed)]

    def _narrow(self, _typed: str) -> None:
        rows: list[Any] = []
        group = ""
        for field in self.shown():
            if field.group != group:
                group = field.group
                rows.append(GroupHead(group))
            rows.append(field)
        self.table.show_list(rows, id)
        self.none.setVisible(not rows)

    def _first(self) -> None:
        """Enter in the search box takes the first hit."""
        if self.search.value() and (fields := self.shown()):
            self.chosen.emit(fields[0])

    def _opened(self, row: Any) -> None:
        if isinstance(row, TemplateField):
            self.chosen.emit(row)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        pressed = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and not self.search.composing
        if pressed and event.key() == Qt.Key.Key_Down:  # type: ignore[attr-defined]
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
            if not isinstance(self.table.current(), TemplateField):  # nothing yet, or the head of the first group
                self.table.choose(1)
            return True
        return False


def _name(row: Any) -> str:
    return str(row.name)


def _example(row: Any) -> str:
    return str(row.example)
