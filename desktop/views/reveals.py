"""Masked values of a page: the eye or F3 asks for one in clear for 30 s, and the audit log keeps that it was asked.

Who may not see it asks a colleague who may (`on_the_spot`); then both names are kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from desktop.models.values import Right
from desktop.services import party_page
from desktop.services.acts import Op
from desktop.services.masks import STAR
from desktop.services.party_page import HIDDEN, MaskedField
from desktop.services.work import Work
from desktop.views import messages
from desktop.views.labels import MaskedValue
from desktop.views.on_the_spot import Asked, Declined, act_or_ask
from desktop.views.pages import Page, Shell


def can_ask(shell: Shell, field: MaskedField) -> bool:
    """Whether there is anything behind the stars to be seen: by oneself, or at the desk with a colleague's word."""
    masked = STAR in field.text and field.text != HIDDEN
    return field.revealable or (masked and shell.allowed(Right.USE_DRAFTS))


def reveal(shell: Shell, field: MaskedField, what: str, whose: str, done: Callable[[str], object]) -> None:
    """Ask for a value in clear, with a colleague's word where one's own right does not reach."""
    asked = Asked(shell.frame.tr("查看{what}原文 30 秒").format(what=what), whose, shell.frame.tr("授权查看"))
    act_or_ask(shell, asked, Op.REVEAL, partial(_reveal, field), done, not_revealed)


def _reveal(field: MaskedField, work: Work) -> str:
    return party_page.reveal(work, field.table, field.row_id, field.column)


def not_revealed(error: Exception) -> None:
    """What went wrong is said; that nobody gave the word is not."""
    if not isinstance(error, Declined):  # nothing was to change, so nothing need be said
        messages.show_error(error)


class Reveals(QObject):
    """Makes the masked values of one page and answers their eyes. Signals: revealed() after one was shown."""

    revealed = Signal()

    def __init__(self, shell: Shell, page: QWidget) -> None:
        super().__init__(page)
        self._shell = shell
        self._values: list[tuple[MaskedField, MaskedValue, str]] = []

    def forget(self) -> None:
        """The page shows somebody else: what was made before is thrown away by it."""
        self._values = []

    @property
    def any(self) -> bool:
        """Whether there is anything to be revealed here."""
        return bool(self._values)

    def make(
        self, field: MaskedField, name: str, *, wrap: bool = False, first: bool = False, kind: str = "body"
    ) -> MaskedValue:
        """A masked value; its eye is there where somebody here may see the whole.

        `wrap`: an address, over lines. `first`: what is asked for most, so that F3 shows it and nothing else before.
        `kind`: of its label, where it is to be read from afar.
        """
        may = can_ask(self._shell, field)
        # A star for each hidden character says nothing but how long the street is: four will do.
        text = re.sub(r"\*{5,}$", "****", field.text) if wrap else field.text
        value = MaskedValue(text, name, can_reveal=may, wrap=wrap, kind=kind)
        value.reveal_requested.connect(partial(self._ask, field, value, name))
        if may:
            self._values.insert(0 if first else len(self._values), (field, value, name))
        return value

    def reveal(self) -> bool:
        """F3: the value in hand, else the phone, else the first one still masked. False when there is none to show."""
        here = QApplication.focusWidget()
        waiting = [each for each in self._values if not each[1].revealed]
        mine = [each for each in waiting if here is not None and each[1].isAncestorOf(here)]
        if not (mine or waiting):
            return False
        self._ask(*(mine or waiting)[0])
        return True

    def mask(self) -> None:
        """The page is left or the desk is locked."""
        for _, value, _ in self._values:
            value.mask()

    def _ask(self, field: MaskedField, value: MaskedValue, name: str) -> None:
        page = self.parent()
        whose = page.title() if isinstance(page, Page) else ""
        reveal(self._shell, field, name, whose, partial(self._show, value))

    def _show(self, value: MaskedValue, text: str) -> None:
        if isValid(value) and value.isVisible():  # else the clerk has gone on: nothing is shown behind their back
            value.show_value(text)
            self.revealed.emit()
