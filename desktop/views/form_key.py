"""The key of a form that must not be stored twice: pressed or opened again from its draft, it is the same form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.ids import id_of_hex


class FormKey(QWidget):
    """A field that nobody sees; `kept`: it goes with the draft."""

    changed = Signal()

    def __init__(self, make: Callable[[], UUID]) -> None:
        super().__init__()
        self._make, self._key, self.kept = make, make(), False

    def value(self) -> UUID:
        return self._key

    def set_value(self, value: UUID) -> None:
        self._key = value

    def typed(self) -> str:
        return self._key.hex if self.kept else ""

    def show_typed(self, text: Any) -> None:
        self._key = id_of_hex(str(text)) if text else self._make()

    def problem(self) -> str:
        return ""

    def set_state(self, state: str) -> None:
        pass
