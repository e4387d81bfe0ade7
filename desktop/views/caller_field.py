"""Who calls, and about which room: found by room, name, the end of a number or a plate, as it is heard on the phone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.services import repair_intake
from desktop.services.repair_intake import Caller
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.text_fields import SearchField


class CallerField(QWidget):
    """`value()` is the Caller that is meant, None while nobody is. Signals: changed(), entered() for Enter."""

    changed = Signal()
    entered = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._asked = self._answered = 0
        self._found: Sequence[Caller] = ()
        self._at = 0
        self.box = SearchField(self.tr("房号 / 姓名 / 手机后 4 位 / 车牌"))
        self.box.keeps_enter = True
        self.box.searched.connect(self._look)
        self.box.entered.connect(self.entered)
        self.box.installEventFilter(self)
        self.said = label("", "muted", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.box)
        column.addWidget(self.said)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    # a field

    def value(self) -> Caller | None:
        return self._found[self._at] if self._found else None

    def set_value(self, value: Caller | None) -> None:
        """Somebody who is known already."""
        self._asked += 1
        self._answered, self._found, self._at = self._asked, (value,) if value is not None else (), 0
        self.box.blockSignals(True)
        self.box.setText(value.words if value is not None else "")
        self.box.setCursorPosition(0)
        self.box.blockSignals(False)
        self._say()
        self.changed.emit()

    def typed(self) -> str:
        return self.box.text()

    def show_typed(self, text: Any) -> None:
        self.box.setText(str(text))
        self._look(str(text))

    def problem(self) -> str:
        return ""

    def set_state(self, state: str) -> None:
        self.box.set_state(state)

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.box.setAccessibleName(name)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.box.setFocus(event.reason())

    # finding

    def _look(self, text: str) -> None:
        self._asked += 1
        self._found, self._at = (), 0
        self._say()
        self.changed.emit()
        if text.strip():
            read = partial(self._shell.session.read, repair_intake.find_callers, text)
            self._shell.run(read, partial(self._show, self._asked), self._shell.read_failed)

    def _show(self, asked: int, found: Sequence[Caller]) -> None:
        if asked != self._asked:
            return
        self._found, self._answered = found, asked
        self._say()
        self.changed.emit()

    def _choose(self, at: int) -> None:
        self._at = at
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        caller = self.value()
        if caller is None:
            typed, answered = self.box.text().strip(), self._answered == self._asked
            self.said.setText(self.tr("没有找到：换房号、姓名或手机尾号再试") if typed and answered else "")
            return
        words = caller.words if caller.words != self.box.text() else caller.note
        if len(self._found) > 1:
            words = self.tr("{words}（第 {n} / {all} 个，↑↓ 换）").format(
                words=words, n=self._at + 1, all=len(self._found)
            )
        self.said.setText(words)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and len(self._found) > 1:
            step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
            if step is not None:
                self._choose((self._at + step) % len(self._found))
                return True
        return super().eventFilter(watched, event)
