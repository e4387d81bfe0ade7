"""New rooms as lines of a form: number, area, layout, rent; a line more, a line less."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop.models.values import Money, RoomKind
from desktop.services.places import RoomDraft
from desktop.services.room_changes import NUMBER_LIMIT
from desktop.views.buttons import Button, IconButton
from desktop.views.fields import MoneyField, NumberField
from desktop.views.labels import label
from desktop.views.text_fields import TextField

MOST_LINES = 12
_COLUMNS = ("number", "area", "layout", "rent")


class RoomLine:
    """The fields of one new room."""

    def __init__(self, number: str = "", area: Decimal | None = None, layout: str = "", rent: Money | None = None):
        self.number = TextField(number, limit=NUMBER_LIMIT)
        self.area = NumberField(area, decimals=2)
        self.layout = TextField(layout, limit=20)
        self.rent = MoneyField(rent)
        self.fields: dict[str, TextField] = {name: getattr(self, name) for name in _COLUMNS}
        self.drop = IconButton("x", "", size=26)

    def draft(self, floor: int, kind: RoomKind) -> RoomDraft:
        """The room as it would be made."""
        return RoomDraft(
            self.number.value(), floor, self.area.value(), self.layout.value() or None, self.rent.value(), kind
        )

    def texts(self) -> list[str]:
        return [field.text() for field in self.fields.values()]


class RoomLinesField(QWidget):
    """Several new rooms as one form field; `value()` is a tuple of RoomDraft. Signals: changed()."""

    changed = Signal()

    def __init__(self, floor: int, kind: RoomKind, lines: Sequence[RoomLine], *, least: int = 2) -> None:
        super().__init__()
        self._floor, self._kind, self._least = floor, kind, least
        self.lines: list[RoomLine] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        for at, stretch in enumerate((3, 3, 4, 3)):
            self._grid.setColumnStretch(at, stretch)
        heads = (self.tr("房号"), self.tr("面积（m²）"), self.tr("户型"), self.tr("挂牌月租（元）"))
        self._heads = heads
        for at, words in enumerate(heads):
            self._grid.addWidget(label(words, "small"), 0, at)
        self.more = Button(self.tr("再加一间"), "quiet", size="small", icon="plus", key="Alt+1", slot=self.add)
        self.more.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        foot = QHBoxLayout()
        foot.addWidget(self.more)
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._grid)
        column.addLayout(foot)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for line in lines:
            self._put(line)
        self._number_lines()

    def value(self) -> tuple[RoomDraft, ...]:
        return tuple(line.draft(self._floor, self._kind) for line in self.lines)

    def set_value(self, value: Sequence[RoomDraft]) -> None:
        self.show_typed(
            [[d.number, f"{d.area or ''}", d.layout or "", f"{d.asking_rent or ''}"] for d in value]
        )  # fmt: skip

    def typed(self) -> list[list[str]]:
        """What stands here, as text, for a draft."""
        return [line.texts() for line in self.lines]

    def show_typed(self, typed: Any) -> None:
        """Put back what `typed` gave."""
        while len(self.lines) > len(typed):
            self._take(self.lines[-1])
        while len(self.lines) < len(typed):
            self._put(RoomLine())
        for line, texts in zip(self.lines, typed, strict=True):
            for field, text in zip(line.fields.values(), texts, strict=True):
                field.setText(text)
        self._number_lines()

    def problem(self) -> str:
        """The first field that is wrong by itself."""
        for at, line in enumerate(self.lines, start=1):
            for field in line.fields.values():
                if words := field.problem():
                    return self.tr("第 {n} 间：{words}").format(n=at, words=words)
        return ""

    def set_state(self, state: str) -> None:
        for line in self.lines:
            for field in line.fields.values():
                field.set_state("error" if state == "error" and field.problem() else "")

    def add(self) -> None:
        """One line more, with the cursor in it."""
        if len(self.lines) >= MOST_LINES:
            return
        before = self.lines[-1].number.value() if self.lines else ""
        self._put(RoomLine(_next_number(before), None, self.lines[-1].layout.value() if self.lines else ""))
        self._number_lines()
        self.lines[-1].number.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def focusInEvent(self, event: Any) -> None:
        super().focusInEvent(event)
        if self.lines and event.type() == QEvent.Type.FocusIn:
            self.lines[0].number.setFocus(event.reason())

    def _put(self, line: RoomLine) -> None:
        row = len(self.lines) + 1
        for at, field in enumerate(line.fields.values()):
            field.changed.connect(self.changed)
            self._grid.addWidget(field, row, at)
            field.show()  # at once: it may be given the focus in the same breath
        line.drop.clicked.connect(partial(self._dropped, line))
        self._grid.addWidget(line.drop, row, len(line.fields))
        self.lines.append(line)

    def _dropped(self, line: RoomLine, _checked: bool = False) -> None:
        self._take(line)
        self._number_lines()
        self.lines[-1].number.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def _take(self, line: RoomLine) -> None:
        kept = [each for each in self.lines if each is not line]
        for each in self.lines:
            for widget in (*each.fields.values(), each.drop):
                self._grid.removeWidget(widget)
        for widget in (*line.fields.values(), line.drop):
            widget.hide()
            widget.deleteLater()
        self.lines = kept
        for row, each in enumerate(kept, start=1):
            for at, field in enumerate(each.fields.values()):
                self._grid.addWidget(field, row, at)
            self._grid.addWidget(each.drop, row, len(each.fields))

    def _number_lines(self) -> None:
        for at, line in enumerate(self.lines, start=1):
            for words, field in zip(self._heads, line.fields.values(), strict=True):
                field.setAccessibleName(self.tr("第 {n} 间，{words}").format(n=at, words=words))
            line.drop.setAccessibleName(self.tr("去掉第 {n} 间").format(n=at))
            line.drop.setVisible(len(self.lines) > self._least)
        self.more.setVisible(len(self.lines) < MOST_LINES)


def _next_number(number: str) -> str:
    """301A → 301B, 301-1 → 301-2; nothing where it cannot be told."""
    head, last = number[:-1], number[-1:]
    if last.isascii() and last.isalpha() and last not in "Zz":
        return head + chr(ord(last) + 1)
    base, dash, end = number.rpartition("-")
    return f"{base}-{int(end) + 1}" if dash and end.isascii() and end.isdigit() else ""


def parts_of(area: Decimal | None, parts: int) -> list[Decimal | None]:
    """An area in equal parts that sum up to it, in 0.01 m²; the first ones take what is left over."""
    if area is None:
        return [None] * parts
    whole, left = divmod(int(area.scaleb(2)), parts)
    return [Decimal(whole + (1 if at < left else 0)).scaleb(-2) for at in range(parts)]
