"""Masked values of a page: the eye or F3 asks for one in clear for 30 s, and the audit log keeps that it was asked."""

from __future__ import annotations

import re
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from desktop.models.values import Right
from desktop.services import party_page
from desktop.services.acts import Op
from desktop.services.party_page import MaskedField
from desktop.views.labels import MaskedValue
from desktop.views.pages import Shell


class Reveals(QObject):
    """Makes the masked values of one page and answers their eyes. Signals: revealed() after one was shown."""

    revealed = Signal()

    def __init__(self, shell: Shell, page: QWidget) -> None:
        super().__init__(page)
        self._shell = shell
        self._values: list[tuple[MaskedField, MaskedValue]] = []

    def forget(self) -> None:
        """The page shows somebody else: what was made before is thrown away by it."""
        self._values = []

    def make(self, field: MaskedField, name: str, *, wrap: bool = False) -> MaskedValue:
        """A masked value; its eye is there only for a role that may see the whole. `wrap`: an address, over lines."""
        may = field.revealable and self._shell.allowed(Right.REVEAL_SECRETS)
        # A star for each hidden character says nothing but how long the street is: four will do.
        text = re.sub(r"\*{5,}$", "****", field.text) if wrap else field.text
        value = MaskedValue(text, name, can_reveal=may, wrap=wrap)
        value.reveal_requested.connect(partial(self._ask, field, value))
        if may:
            self._values.append((field, value))
        return value

    def reveal(self) -> bool:
        """F3: the value in hand, else the first one still masked. False when there is none to show."""
        here = QApplication.focusWidget()
        waiting = [(field, value) for field, value in self._values if not value.revealed]
        mine = [pair for pair in waiting if here is not None and pair[1].isAncestorOf(here)]
        if not (mine or waiting):
            return False
        self._ask(*(mine or waiting)[0])
        return True

    def mask(self) -> None:
        """The page is left or the desk is locked."""
        for _, value in self._values:
            value.mask()

    def _ask(self, field: MaskedField, value: MaskedValue) -> None:
        act = partial(self._shell.session.act, Op.REVEAL, party_page.reveal, field.table, field.row_id, field.column)
        self._shell.run(act, partial(self._show, value), write=True)

    def _show(self, value: MaskedValue, text: str) -> None:
        if isValid(value) and value.isVisible():  # else the clerk has gone on: nothing is shown behind their back
            value.show_value(text)
            self.revealed.emit()
