"""Whether the chosen room is free in the chosen time, asked in the background while the clerk goes on."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.models.values import Period
from desktop.services import check_in_draft as wizard
from desktop.services import room_claims
from desktop.services.check_in_forms import CheckInFacts
from desktop.views.check_in.wizard import WizardPage

_ASK_AFTER_MS = 250


class RoomCheck(QObject):
    """`found` is what was answered last of the room of the draft, None until then. Signals: answered()."""

    answered = Signal()

    def __init__(self, page: WizardPage, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page
        self.found: CheckInFacts | None = None
        self._asked: tuple[UUID, Period | None] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_ASK_AFTER_MS)
        self._timer.timeout.connect(self.ask)

    def forget(self) -> None:
        """Another check-in begins."""
        self.found, self._asked = None, None

    def ask_soon(self) -> None:
        """The dates are being typed: ask when the keys rest."""
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def ask(self) -> None:
        """Ask off the GUI thread; an older answer is dropped."""
        draft = self._page.draft
        terms = wizard.terms_of(draft)
        if draft.room_id is None or draft.lease_id is not None:
            return
        period = Period(terms.start, terms.end) if terms is not None and terms.start <= terms.end else None
        self._asked = (draft.room_id, period)
        session = self._page.shell.session
        self._page.shell.run(partial(_room_facts, session, draft.room_id, period), self._show)

    def _show(self, answer: tuple[Any, CheckInFacts]) -> None:
        asked, facts = answer
        if asked == self._asked and self._page.draft.lease_id is None:
            self.found = facts
            self.answered.emit()


def _room_facts(session: Any, room_id: UUID, period: Period | None) -> tuple[Any, CheckInFacts]:
    """The answer together with what was asked, so that an older one can be told."""
    return (room_id, period), session.read(room_claims.check_in_facts, room_id, period)
