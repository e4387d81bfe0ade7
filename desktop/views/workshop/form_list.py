"""The values of a pre-printed form as a list: which have a place and where, which have none yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from desktop.services.paper import placing
from desktop.services.paper.receipt_form import FIELD_WORDS, FieldPlace, ReceiptForm
from desktop.views.columns import Column, GroupHead, Kind
from desktop.views.tables import RowTable
from desktop.views.theme import theme


@dataclass(frozen=True, slots=True)
class FormField:
    """One value; `place` is None while it is not printed."""

    name: str
    place: FieldPlace | None
    wrong: str = ""

    @property
    def words(self) -> str:
        return FIELD_WORDS[self.name]


class FormList(QWidget):
    """Signals: current(name) when another one is in hand; opened(name) for Enter or a double click."""

    current = Signal(str)
    opened = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._told = ""
        self.table = RowTable(
            [
                Column(
                    self.tr("字段"), _words, kind=Kind.NAME, sample="补打、冲红、作废", strong=True, stretch=1,
                    tone=_tone,
                )
            ]
        )  # fmt: skip
        self.table.setAccessibleName(self.tr("套打字段"))
        self.table.say_when_empty(self.tr("正在读取版式"), self.tr("读不出来时，按 Esc 回设置再打开"))
        self.table.horizontalHeader().hide()  # one column, and the page is named after what stands in it
        self.table.setMinimumHeight(2 * theme().height("row"))
        self.table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)  # the measures come first
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table, 1)
        self.table.current_row.connect(self._current)
        self.table.opened.connect(self._opened)

    def show_form(self, form: ReceiptForm, problems: dict[str, str]) -> None:
        """Show what has a place, then what has none; the row in hand stays in hand."""
        here = self.table.current()
        rows: list[Any] = [
            FormField(name, placing.field(form, name), problems.get(f"fields.{name}", ""))
            for name in placing.all_names(form)
        ]
        rest = [FormField(name, None) for name in FIELD_WORDS if placing.field(form, name) is None]
        if rest:
            rows += [GroupHead(self.tr("还没有放：Enter 放上去")), *rest]
        self.table.show_list(rows, _key)
        if isinstance(here, FormField):
            self.table.stand_on(here.name)

    def stand_on(self, names: Sequence[str]) -> None:
        """The row of what is in hand on the form."""
        if names:
            self._told = names[0]
            self.table.stand_on(names[0])

    def in_hand(self) -> str:
        row = self.table.current()
        return row.name if isinstance(row, FormField) else ""

    def _current(self, row: Any) -> None:
        """Told when the clerk goes to another row, not when the same one comes back with new measures."""
        if isinstance(row, FormField) and row.name != self._told:
            self._told = row.name
            self.current.emit(row.name)

    def _opened(self, row: Any) -> None:
        if isinstance(row, FormField):
            self.opened.emit(row.name)


def _key(row: FormField) -> str:
    return row.name


def _words(row: FormField) -> str:
    return row.words


def _tone(row: FormField) -> str:
    return "danger" if row.wrong else "text-faint" if row.place is None else ""
