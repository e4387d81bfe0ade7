"""Forms: label, field, hint and message as one row that never jumps, and a form that shows problems where they are.

Recipe: `form.add("phone", self.tr("手机"), PhoneField(), required=True)`, listen to `form.changed`, ask the service's
`problems(request, facts)` and hand its answer to `form.show_problems(...)`; `form.values()` gathers what was typed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import ceil
from typing import Any, Protocol

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop.views.buttons import Button
from desktop.views.labels import Glyph, Painted, label, set_property
from desktop.views.painting import em, middle, put, width
from desktop.views.theme import theme

_PIECES = r"[（「《]*(?:[!-~]+|.)[，。；：！？）」》、]*"
"""What stays together in one line: brackets open with the next character and close with the one before."""
_GLYPHS = {"danger": "circle-alert", "warn": "triangle-alert", "ok": "circle-check"}
SIDE_LABEL = 84
"""Width of the label column of long forms, in pixels at 标准."""


class Field(Protocol):
    """What a form knows of a field; everything in fields.py and dates.py fits."""

    changed: Signal

    def value(self) -> Any: ...
    def set_value(self, value: Any) -> None: ...
    def problem(self) -> str: ...
    def set_state(self, state: str) -> None: ...


class MessageLine(Painted):
    """One line under a field: glyph and words in danger, warn, ok or faint. Keeps its height when empty, wraps."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._text, self._tone = "", ""

    def set(self, text: str, tone: str = "") -> None:
        self._text, self._tone = text, tone
        self.setAccessibleName(text)
        self.setToolTip(text)
        self.updateGeometry()
        self.update()

    @property
    def text(self) -> str:
        return self._text

    def _indent(self) -> float:
        return theme().scaled(14) + 5 if self._tone in _GLYPHS else 0.0

    def whole(self) -> int:
        """How wide the text is in one line."""
        return ceil(width(theme().font("small"), self._text) + self._indent())

    def room(self) -> float:
        """How wide a line of it may be."""
        return self.width() - self._indent()

    def lines(self) -> list[str]:
        """The text broken to the width there is: Chinese after any character, Latin and figures between words."""
        font, room = theme().font("small"), max(40.0, self.room())
        if not self._text:
            return [""]
        lines, line = [], ""
        for piece in re.findall(_PIECES, self._text):
            if line and width(font, line + piece) > room:
                lines.append(line)
                line = ""
            line += piece
        return [*lines, line]

    def sizeHint(self) -> QSize:
        each = round(em(theme().font("small")) * 1.5)
        return QSize(40, each * max(1, len(self.lines())))

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        if self.sizeHint().height() != self.height():
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._text:
            return
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font, indent = look.font("small"), self._indent()
        high = em(font) * 1.5
        if indent:
            size = look.scaled(14)
            look.icon(painter, _GLYPHS[self._tone], self._tone, QRectF(0, (high - size) / 2, size, size))
        colour = look.colour(self._tone if indent else "text-faint")
        for at, line in enumerate(self.lines()):
            put(painter, indent, middle(font, at * high, high), line, font, colour)


class FormRow(QWidget):
    """A label above its field (dialogs) or left of it (long forms), a hint, and room for one message."""

    def __init__(
        self, text: str, field: QWidget, *, required: bool = False, hint: str = "", side: bool = False, note: str = ""
    ) -> None:
        super().__init__()
        self.field, self._note, self._hint, self._said = field, note, hint, ""
        self._side_by_side, self._below = side, False
        self.caption = label(text, "label")
        self.caption.setBuddy(field)
        self.message = MessageLine()
        self.hint = label(hint, "hint")
        field.setAccessibleName(text + (self.tr("，必填") if required else ""))
        self._head = head = QHBoxLayout()
        head.setSpacing(3)
        head.addWidget(self.caption)
        if required:
            head.addWidget(label("*", "label", tone="danger"))
        head.addStretch(1)
        if side:
            self._side(head)
        else:
            column = QVBoxLayout(self)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(3)
            if hint:
                head.addWidget(self.hint)
            column.addLayout(head)
            column.addWidget(field)
            column.addWidget(self.message)
            column.addStretch(1)
        self.say("")

    def _side(self, head: QHBoxLayout) -> None:
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(2)
        grid.setColumnMinimumWidth(0, theme().scaled(SIDE_LABEL))
        grid.addLayout(head, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self.field, 0, 1)
        grid.addWidget(self.message, 0, 2, Qt.AlignmentFlag.AlignVCenter)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)

    def say(self, text: str, tone: str = "") -> None:
        """Show a message in danger or warn, or the row's own quiet note when there is none.

        In a long form it takes the place of the hint at the right, so the rows stay close and nothing jumps.
        """
        quiet = self._note or (self._hint if self._side_by_side else "")
        self.message.set(text or quiet, tone if text else "")
        self._said = text
        self._fold()

    def _fold(self) -> None:
        """In a long form a message that does not fit beside its field goes below it: a column of single words is not
        read."""
        if not self._side_by_side:
            return
        room = self.width() - max(theme().scaled(SIDE_LABEL), self._head.sizeHint().width()) - 20
        room -= max(room // 2, self.field.minimumSizeHint().width())
        below = self.message.whole() > room
        if below != self._below:
            self._below = below
            self._grid.removeWidget(self.message)
            place = (1, 1, 1, 2) if below else (0, 2, 1, 1)
            self._grid.addWidget(self.message, *place, Qt.AlignmentFlag.AlignVCenter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    @property
    def said(self) -> str:
        """The message of the row; its quiet note is none."""
        return self._said

    def set_note(self, text: str) -> None:
        """The quiet line under the field, where no message stands."""
        self._note = text
        if not self._said:
            self.say("")

    def set_hint(self, text: str) -> None:
        self._hint = text
        self.hint.setText(text)
        if self._side_by_side and not self._said:
            self.say("")


class Form(QWidget):
    """Rows of named fields in columns. Signals: changed() on any keystroke or choice."""

    changed = Signal()

    def __init__(self, columns: int = 1, *, side: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: dict[str, FormRow] = {}
        self._columns, self._side, self._at = columns, side, 0
        self._wrong: list[str] = []
        self._visited = -1
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(8 if side else 4)
        for column in range(columns):
            self._grid.setColumnStretch(column, 1)

    def add(
        self,
        name: str,
        text: str,
        field: QWidget,
        *,
        required: bool = False,
        hint: str = "",
        note: str = "",
        span: int = 1,
    ) -> QWidget:
        """Add a field under its name; answers the field. `span` columns wide; a row that is full starts the next."""
        row = FormRow(text, field, required=required, hint=hint, side=self._side, note=note)
        line, column = divmod(self._at, self._columns)
        if column + span > self._columns:
            line, column = line + 1, 0
        self._grid.addWidget(row, line, column, 1, span)
        self._at = line * self._columns + column + span
        self.rows[name] = row
        field.changed.connect(self.changed)  # type: ignore[attr-defined]
        return field

    def add_widget(self, widget: QWidget) -> None:
        """A widget of its own across all columns: a rule, a heading, a tick."""
        line = -(-self._at // self._columns)
        self._grid.addWidget(widget, line, 0, 1, self._columns)
        self._at = (line + 1) * self._columns

    def field(self, name: str) -> Any:
        return self.rows[name].field

    def values(self) -> dict[str, Any]:
        return {name: row.field.value() for name, row in self.rows.items()}  # type: ignore[attr-defined]

    def set_values(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            if name in self.rows:
                self.rows[name].field.set_value(value)  # type: ignore[attr-defined]

    def own_problems(self) -> dict[str, str]:
        """What is wrong with the texts by themselves: no date, three decimals."""
        found = {name: row.field.problem() for name, row in self.rows.items()}  # type: ignore[attr-defined]
        return {name: text for name, text in found.items() if text}

    def show_problems(self, problems: Mapping[str, str], doubts: Mapping[str, str] | None = None) -> int:
        """Put each text under its field: problems in danger, doubts in warn. Answers how many problems there are."""
        doubts = doubts or {}
        self._wrong = [name for name in self.rows if name in problems]
        for name, row in self.rows.items():
            problem, doubt = problems.get(name, ""), doubts.get(name, "")
            row.say(problem or doubt, "danger" if problem else "warn")
            row.field.set_state("error" if problem else "doubt" if doubt else "")  # type: ignore[attr-defined]
            row.field.setAccessibleDescription(problem or doubt)
        return len(self._wrong)

    def focus_first(self) -> None:
        """Open on the first wrong field, else on the first one."""
        names = self._wrong or [name for name, row in self.rows.items() if row.field.isEnabled()]
        if names:
            self.rows[names[0]].field.setFocus(Qt.FocusReason.TabFocusReason)
            self._visited = 0

    def focus_next_problem(self) -> None:
        """Alt ↓: the next wrong field after the one in hand, round and round."""
        if not self._wrong:
            return
        here = next((at for at, name in enumerate(self._wrong) if self.rows[name].field.hasFocus()), self._visited)
        self._visited = (here + 1) % len(self._wrong)
        self.rows[self._wrong[self._visited]].field.setFocus(Qt.FocusReason.TabFocusReason)


class ErrorSummary(QFrame):
    """「有 3 处需要改正」 over a form, with the key to the next one. Signals: next_wanted()."""

    next_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "summary")
        self._glyph = Glyph("circle-alert", "danger", 18)
        self.text: QLabel = label("", "strong", tone="danger", wrap=True)
        self.next_button = Button(self.tr("下一处"), "quiet", key="Alt+Down", size="small", slot=self.next_wanted.emit)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 8, 5)
        row.setSpacing(8)
        row.addWidget(self._glyph)
        row.addWidget(self.text, 1)
        row.addWidget(self.next_button)
        self.hide()

    def show_count(self, count: int, then: str = "") -> None:
        """Show how many places need mending, and what can be done `then`; hide for none."""
        words = self.tr("有 {n} 处需要改正，改好后{then}").format(n=count, then=then or self.tr("再保存"))
        self.say(words if count else "")
        self.next_button.setVisible(count > 0)

    def say(self, text: str, tone: str = "danger") -> None:
        """Show a sentence that belongs to no field, or hide."""
        self.text.setText(text)
        set_property(self.text, "tone", tone)
        set_property(self, "tone", "" if tone == "danger" else tone)
        self._glyph.set("circle-alert" if tone == "danger" else "triangle-alert", tone)
        self.next_button.hide()
        self.setVisible(bool(text))
