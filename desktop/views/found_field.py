"""One of many as a field of a form: a few that are likely, or what one types: a person, a room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from desktop.models.values import Right
from desktop.services import key_rows, party_search
from desktop.services.work import Look
from desktop.views.fields import ChoiceField
from desktop.views.pages import Shell
from desktop.views.text_fields import SearchField

Likely = Sequence[tuple[Any, str]]
_SHOWN = 12


class FoundField(QWidget):
    """`FoundField(shell, [(id, words), …], hint, find)`; `value()` is the id, or None. Signals: changed().

    `find(look, text)` answers (id, words) of what is typed, in a reading job.
    """

    changed = Signal()

    def __init__(
        self, shell: Shell, likely: Likely, hint: str, find: Callable[[Look, str], Likely], *, first: str = "choice"
    ) -> None:
        super().__init__()
        self._shell, self._likely, self._find, self._asked = shell, list(likely), find, 0
        self.choice = ChoiceField(self._likely)
        self.choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.choice.setSizeAdjustPolicy(ChoiceField.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setMinimumContentsLength(12)
        self.search = SearchField(hint)
        self.search.setAccessibleName(hint)
        self._first: QWidget = self.choice if first == "choice" else self.search
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        parts = [(self.choice, 3), (self.search, 2)]
        for part, stretch in parts if first == "choice" else parts[::-1]:
            row.addWidget(part, stretch)
        self.choice.changed.connect(self.changed)
        self.search.searched.connect(self._look)
        self.search.entered.connect(self._on)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def value(self) -> Any:
        return self.choice.value()

    def set_value(self, value: Any) -> None:
        self.choice.set_value(value)

    def problem(self) -> str:
        return ""

    def set_state(self, state: str) -> None:
        self.choice.set_state(state)

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.choice.setAccessibleName(name)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._first.setFocus(event.reason())

    def _look(self, text: str) -> None:
        self._asked += 1
        if not text:
            self._show(self._likely)
        else:
            read = partial(self._shell.session.read, self._find, text)
            self._shell.run(read, partial(self._found, self._asked))

    def _found(self, asked: int, found: Likely) -> None:
        if asked == self._asked:
            known = dict(self._likely)
            self._show([(value, known.get(value) or words) for value, words in found])

    def _show(self, choices: Likely) -> None:
        self.choice.set_choices(choices)
        self.changed.emit()

    def _on(self) -> None:
        self.choice.setFocus(Qt.FocusReason.OtherFocusReason)


class PersonField(FoundField):
    """Somebody: those who are likely, or anybody by name or phone."""

    def __init__(self, shell: Shell, likely: Likely) -> None:
        super().__init__(shell, likely, shell.frame.tr("找别人 / 姓名 / 手机"), _people)
        self.search.setVisible(shell.allowed(Right.SEE_PARTIES))


class RoomField(FoundField):
    """A room by its number: 301, or 1-301 with the building before it."""

    def __init__(self, shell: Shell, likely: Likely = ()) -> None:
        super().__init__(shell, likely, shell.frame.tr("房号，例如 301"), _rooms, first="search")


def _people(look: Look, text: str) -> Likely:
    hits = party_search.find_parties(look, text, _SHOWN)
    return [(hit.id, " · ".join(each for each in (hit.name, hit.phone, hit.rooms) if each)) for hit in hits]


def _rooms(look: Look, text: str) -> Likely:
    return key_rows.rooms_by_number(look, text, _SHOWN)
