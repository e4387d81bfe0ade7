"""A room or a person as a form field: found as one types, what is meant stands beneath, arrows choose of several."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.services import search
from desktop.services.search_hits import Hit, HitKind
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.text_fields import SearchField

Meant = tuple[UUID, str]
"""The id of what was found, and its words."""


class HitField(QWidget):
    """`value()` is the id of what was found, None while there is nothing. Signals: changed()."""

    changed = Signal()

    def __init__(self, shell: Shell, name: str, hint: str, nothing: str) -> None:
        super().__init__()
        self._shell, self._nothing = shell, nothing
        self._asked = self._answered = 0
        self._found: Sequence[Meant] = ()
        self._at = 0
        self._meant: Meant | None = None
        self.box = SearchField(hint)
        self.box.setAccessibleName(name)
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
    def meant(self, hit: Hit) -> Meant | None:
        """What a line under the search box stands for here; None: nothing."""

    # a field

    def value(self) -> UUID | None:
        return self._meant[0] if self._meant is not None else None

    def words(self) -> str:
        """What is meant, in words."""
        return self._meant[1] if self._meant is not None else ""

    def set_value(self, value: UUID | None) -> None:
        """Only what is known by its words can be shown: use `show_known`."""
        if value is None:
            self.box.setText("")

    def show_known(self, row_id: UUID, words: str) -> None:
        """What is given; it is found without being typed."""
        self._asked += 1
        self._found, self._meant = (), (row_id, words)
        self.box.blockSignals(True)
        self.box.setText(words)
        self.box.blockSignals(False)
        self._say()

    def fix(self) -> None:
        """It is given and cannot be another."""
        self.box.setReadOnly(True)
        self.box.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

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
        self._found, self._at, self._meant = (), 0, None
        self._say()
        self.changed.emit()
        if text.strip():
            read = partial(self._shell.session.read, search.search, text)
            self._shell.run(read, partial(self._show, self._asked), self._shell.read_failed)

    def _show(self, asked: int, found: search.Found) -> None:
        if asked != self._asked:
            return
        meant = [each for hit in found.hits if (each := self.meant(hit)) is not None]
        self._found = list({each[0]: each for each in meant}.values())
        self._answered = asked
        self._choose(0)

    def _choose(self, at: int) -> None:
        self._at = at
        self._meant = self._found[at] if self._found else None
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        if self._meant is None:
            words = self._nothing if self.box.text().strip() and self._answered == self._asked else ""
        elif len(self._found) > 1:
            words = self.tr("{words}（第 {n} / {all} 个，↑↓ 换）").format(
                words=self._meant[1], n=self._at + 1, all=len(self._found)
            )
        else:
            words = self._meant[1]
        self.said.setText(words)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and len(self._found) > 1:
            step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
            if step is not None:
                self._choose((self._at + step) % len(self._found))
                return True
        return super().eventFilter(watched, event)


class RoomField(HitField):
    """A room by its number."""

    def __init__(self, shell: Shell) -> None:
        frame = shell.frame
        super().__init__(shell, frame.tr("房号"), frame.tr("房号，例如 301 或 1-301"), frame.tr("没有这间房"))

    def meant(self, hit: Hit) -> Meant | None:
        return (hit.id, hit.title) if hit.kind is HitKind.ROOM else None


class PartyField(HitField):
    """A person or company by name, sound or telephone, or who lives in a room by its number."""

    def __init__(self, shell: Shell) -> None:
        frame = shell.frame
        hint = frame.tr("姓名 / 拼音 / 手机 / 房号")
        super().__init__(shell, frame.tr("付款人"), hint, frame.tr("没有找到：换姓名、手机或房号再试"))

    def meant(self, hit: Hit) -> Meant | None:
        if hit.kind is HitKind.PARTY:
            return hit.id, " · ".join(each for each in (hit.title, hit.second) if each)
        if hit.kind is HitKind.ROOM and hit.party_id is not None:
            return hit.party_id, f"{hit.name} · {hit.title}"
        return None
