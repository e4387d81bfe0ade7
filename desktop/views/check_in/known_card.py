"""「这位来过」: whether somebody with this document is known already, asked once for each number that can be one."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from desktop.models.values import DocumentKind
from desktop.services import returning
from desktop.services.identity import read_number
from desktop.views.check_in.step import Tick
from desktop.views.check_in.wizard import Wizard
from desktop.views.labels import Card, Glyph, label

_SHORTEST = 6
"""A number with fewer characters is still being typed."""


class KnownCard(Card):
    """Hidden until somebody is found. Signals: changed() when ticked; found() when the answer changed the draft."""

    changed = Signal()
    found = Signal()

    def __init__(self, wizard: Wizard) -> None:
        super().__init__()
        self._wizard = wizard
        self._looked_up = ""
        self._known: returning.Returning | None = None
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(Glyph("user-round-check", "info", 18))
        row.addWidget(label(self.tr("这位来过"), "strong"))
        row.addStretch(1)
        self.body.addLayout(row)
        self.words = label("", "small", wrap=True)
        self.wary = label("", "warnhint", wrap=True)
        self.use = Tick(self.tr("沿用已有资料"), "Alt+8")
        self.body.addWidget(self.words)
        self.body.addWidget(self.wary)
        self.body.addWidget(self.use)
        self.use.changed.connect(self.changed)
        self.hide()

    def forget(self) -> None:
        """Another check-in begins: ask anew who is known."""
        self._looked_up, self._known = "", None

    def show_known(self) -> None:
        """Who was found, and whether the name fits."""
        draft = self._wizard.draft
        self.setVisible(draft.known_id is not None)
        if draft.known_id is None:
            return
        words = self.tr("{name}（{number}）登记过同一证件。").format(name=draft.known_name, number=draft.known_number)
        if draft.name and draft.name != draft.known_name:
            words += self.tr("姓名与这次不同，请先核对。")
        known = self._known if self._known is not None and self._known.id == draft.known_id else None
        if known is not None and known.history:
            words += "；".join(known.history) + self.tr("。")
        self.words.setText(words)
        self.wary.setText("\n".join(known.warnings) if known is not None else "")
        self.wary.setVisible(bool(self.wary.text()))

    def look_up(self) -> None:
        """Ask whether somebody with this document is known, once for each number that can be one."""
        draft, shell = self._wizard.draft, self._wizard.shell
        number = read_number(draft.kind, draft.number, shell.today())
        wanted = f"{draft.kind}:{number.number}"
        if any(p.stops for p in number.problems) or len(number.number) < _SHORTEST:
            wanted = ""
        if wanted == self._looked_up:
            return
        self._looked_up = wanted
        if not wanted:
            self._take(wanted, None)
            return
        shell.run(partial(_same, shell.session, wanted, draft.kind, number.number), self._answered)

    def _answered(self, answer: tuple[str, returning.Returning | None]) -> None:
        self._take(*answer)

    def _take(self, wanted: str, known: returning.Returning | None) -> None:
        if wanted != self._looked_up:
            return  # the number was changed meanwhile
        self._known = known
        draft = self._wizard.draft
        if known is None:
            draft.known_id, draft.known_name, draft.known_number, draft.use_known = None, "", "", False
        elif draft.known_id != known.id:
            draft.known_id, draft.known_name, draft.known_number = known.id, known.name, known.number
            draft.use_known = draft.name in ("", known.name)
            draft.name = draft.name or known.name
        self.found.emit()


def _same(session: Any, wanted: str, kind: DocumentKind, number: str) -> tuple[str, returning.Returning | None]:
    """The answer together with what was asked, so that a late one can be told."""
    return wanted, session.read(returning.who_returns, kind, number)
