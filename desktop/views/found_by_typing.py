"""One of many as a form field: found as one types, what is meant stands beneath, arrows choose of several."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.text_fields import SearchField

Found = TypeVar("Found")


class FoundByTyping(QWidget, Generic[Found]):
    """`current()` is what is meant, None while there is nothing. Signals: changed(). A kind of field says how to find
    and how to put it in words."""

    changed = Signal()

    def __init__(self, shell: Shell, hint: str, nothing: str) -> None:
        super().__init__()
        self._shell, self._nothing = shell, nothing
        self._asked = self._answered = 0
        self._found: Sequence[Found] = ()
        self._at = 0
        self.box = SearchField(hint)
        self.box.searched.connect(self._look)
        self.box.installEventFilter(self)
        self.said = label("", "muted", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.box)
        column.addWidget(self.said)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @abstractmethod
    def finding(self, text: str) -> Callable[[], Sequence[Found]]:
        """What finds it, in a reading job."""

    @abstractmethod
    def words_of(self, found: Found) -> str:
        """How it reads beneath the box."""

    # a field

    def current(self) -> Found | None:
        return self._found[self._at] if self._found else None

    def show_given(self, found: Found, words: str) -> None:
        """What is given; it is found without being typed."""
        self._asked += 1
        self._answered, self._found, self._at = self._asked, (found,), 0
        self._put(words)

    def clear_given(self) -> None:
        """Nothing, as at the beginning."""
        self._asked += 1
        self._answered, self._found, self._at = self._asked, (), 0
        self._put("")

    def _put(self, words: str) -> None:
        self.box.blockSignals(True)
        self.box.setText(words)
        self.box.setCursorPosition(0)
        self.box.blockSignals(False)
        self._say()

    def typed(self) -> str:
        return self.box.text()

    def show_typed(self, text: Any) -> None:
        self.box.setText(str(text))
        self._look(str(text))

    def problem(self) -> str:
        return ""

    def set_state(self, state: str) -> None:
        self.box.set_state(state)

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
            self._shell.run(self.finding(text), partial(self._show, self._asked), self._shell.read_failed)

    def _show(self, asked: int, found: Sequence[Found]) -> None:
        if asked != self._asked:
            return
        self._found, self._answered = found, asked
        self._choose(0)

    def _choose(self, at: int) -> None:
        self._at = at
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        current = self.current()
        if current is None:
            unfound = self.box.text().strip() and self._answered == self._asked
            self.said.setText(self._nothing if unfound else "")
            return
        words = self.words_of(current)
        if len(self._found) > 1:
            words = self._shell.frame.tr("{words}（第 {n} / {all} 个，↑↓ 换）").format(
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
