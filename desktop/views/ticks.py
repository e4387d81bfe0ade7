"""Several of a few: ticks as one form field, e.g. the roles of a person."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from desktop.views.labels import set_property


class TicksField(QWidget):
    """`TicksField([(value, "words", "tooltip"), …])`; `value()` is a tuple in the order given. Signals: changed().

    Arrows walk between the ticks, Space ticks, Tab and Enter go on to the next field.
    """

    changed = Signal()

    def __init__(self, choices: Sequence[tuple[Hashable, str, str]], *, columns: int = 4) -> None:
        super().__init__()
        self._columns = columns
        self._boxes: list[tuple[Hashable, _Tick]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 4, 0, 4)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(8)
        for at, (value, words, about) in enumerate(choices):
            box = _Tick(words, self)
            box.setToolTip(about)
            box.setAccessibleDescription(about)
            box.toggled.connect(self._tell)
            self._boxes.append((value, box))
            self._grid.addWidget(box, at // columns, at % columns)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def value(self) -> tuple[Hashable, ...]:
        return tuple(value for value, box in self._boxes if box.isChecked())

    def set_value(self, values: Iterable[Hashable]) -> None:
        wanted = set(values)
        for value, box in self._boxes:
            box.setChecked(value in wanted)

    def words_of(self, values: Iterable[Hashable]) -> str:
        """How a value reads on screen: 「前台、收银员」."""
        wanted = set(values)
        return "、".join(box.text() for value, box in self._boxes if value in wanted)

    def typed(self) -> list[str]:
        """What is ticked, in words: for a draft."""
        return [box.text() for _, box in self._boxes if box.isChecked()]

    def show_typed(self, words: list[str]) -> None:
        """Tick by words; what is no choice any more changes nothing."""
        for _, box in self._boxes:
            box.setChecked(box.text() in words)

    def problem(self) -> str:
        return ""

    def set_state(self, state: str) -> None:
        for _, box in self._boxes:
            set_property(box, "state", state)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._boxes:
            back = event.reason() == Qt.FocusReason.BacktabFocusReason
            self._boxes[-1 if back else 0][1].setFocus(event.reason())

    def step(self, box: _Tick, by: int) -> None:
        """Move the focus from one tick to another."""
        boxes = [each for _, each in self._boxes]
        at = boxes.index(box) + by
        if 0 <= at < len(boxes):
            boxes[at].setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """On to the field behind the last tick."""
        self._boxes[-1][1].setFocus(Qt.FocusReason.OtherFocusReason)
        self._boxes[-1][1].go_on()

    def _tell(self) -> None:
        self.changed.emit()

    def columns(self) -> int:
        return self._columns


class _Tick(QCheckBox):
    def __init__(self, words: str, field: TicksField) -> None:
        super().__init__(words, field)
        self._field = field

    def go_on(self) -> None:
        self.focusNextPrevChild(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -self._field.columns(),
            Qt.Key.Key_Down: self._field.columns(),
        }  # fmt: skip
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if plain and event.key() in steps:
            self._field.step(self, steps[Qt.Key(event.key())])
        elif plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._field.leave()
        else:
            super().keyPressEvent(event)
