"""One person as a field of a form: a few who are likely, or anybody whom one types."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from desktop.models.values import Right
from desktop.services import party_search
from desktop.services.party_search import PartyHit
from desktop.views.fields import ChoiceField
from desktop.views.pages import Shell
from desktop.views.text_fields import SearchField

_SHOWN = 12


class PersonField(QWidget):
    """`PersonField(shell, [(party id, "顾听澜 · 原付款人"), …])`; `value()` is the id, or None. Signals: changed()."""

    changed = Signal()

    def __init__(self, shell: Shell, likely: Sequence[tuple[Any, str]]) -> None:
        super().__init__()
        self._shell, self._likely, self._asked = shell, list(likely), 0
        self.choice = ChoiceField(self._likely)
        self.choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.choice.setMinimumContentsLength(10)
        self.search = SearchField(self.tr("找别人 / 姓名 / 手机"))
        self.search.setAccessibleName(self.tr("找别人"))
        self.search.setVisible(shell.allowed(Right.SEE_PARTIES))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.choice, 3)
        row.addWidget(self.search, 2)
        self.choice.changed.connect(self.changed)
        self.search.searched.connect(self._look)
        self.search.entered.connect(self._into_choice)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def value(self) -> Any:
        return self.choice.value()

    def set_value(self, party_id: Any) -> None:
        self.choice.set_value(party_id)

    def words(self) -> str:
        return self.choice.currentText()

    def problem(self) -> str:
        return ""

    def set_state(self, state: str) -> None:
        self.choice.set_state(state)

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.choice.setAccessibleName(name)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.choice.setFocus(event.reason())

    def _look(self, text: str) -> None:
        self._asked += 1
        if not text:
            self._show(self._likely)
            return
        read = partial(self._shell.session.read, party_search.find_parties, text, _SHOWN)
        self._shell.run(read, partial(self._found, self._asked))

    def _found(self, asked: int, hits: list[PartyHit]) -> None:
        if asked == self._asked:
            known = dict(self._likely)
            self._show([(hit.id, known.get(hit.id) or _words(hit)) for hit in hits])

    def _show(self, people: Sequence[tuple[UUID, str]]) -> None:
        self.choice.set_choices(people)
        self.changed.emit()

    def _into_choice(self) -> None:
        self.choice.setFocus(Qt.FocusReason.OtherFocusReason)


def _words(hit: PartyHit) -> str:
    return " · ".join(each for each in (hit.name, hit.phone, hit.rooms) if each)
