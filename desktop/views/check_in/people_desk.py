"""The way from the wizard to 更多的人: key and button, the dialog, what is said about the people in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject

from desktop.services import check_in_steps as way
from desktop.services.check_in_draft import Step
from desktop.services.check_in_people import Role
from desktop.services.problems import Problem
from desktop.views.buttons import Button
from desktop.views.check_in.people_dialog import PeopleDialog
from desktop.views.check_in.wizard import WizardPage

_STEPS = frozenset({Step.REVIEW, Step.CONTACT, Step.ROOM, Step.TERMS, Step.HANDOVER})


class PeopleDesk(QObject):
    """`open` shows the dialog over any step before the act; `take` reads a card picture into a row of it."""

    def __init__(self, page: WizardPage, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page
        self.dialog: PeopleDialog | None = None
        # The key works on every step before the act; the button stands where the tenant is asked for people.
        self.button = Button(self.tr("更多的人"), icon="users", size="small", key="Alt+0", slot=self.open)

    def open(self, *_pressed: bool, role: Role | None = None, wrong: bool = False) -> None:
        """Alt 0: a row for whoever comes with the tenant. `wrong`: go to what stops."""
        if self._page.busy_words or self._page.draft.lease_id is not None or self._page.step not in _STEPS:
            return
        self.dialog = PeopleDialog(self._page)
        self.dialog.closed.connect(self._closed)
        self.dialog.open_at(role, wrong)

    def _closed(self, _accepted: bool) -> None:
        self.dialog = None
        self._page.show_foot()

    def take(self, sources: Sequence[Any]) -> None:
        """A card that comes after the tenant's own: it is somebody else's."""
        self.open()
        if self.dialog is not None:
            self.dialog.add()
            self.dialog.take(sources)

    def photograph(self) -> None:
        """Somebody else's card under the camera."""
        self.open()
        if self.dialog is not None:
            self.dialog.add()
            self.dialog.photograph()

    def said(self) -> list[Problem]:
        """Everything to say about the others, whatever step is in front."""
        facts = self._page.facts_now()
        return [] if facts is None else way.of_the_others(way.problems(self._page.draft, Step.CONTACT, facts))

    def show_button(self) -> None:
        """How many there are."""
        draft = self._page.draft
        many = len(draft.people) + (draft.company is not None)
        self.button.setText(self.tr("更多的人 {n}").format(n=many) if many else self.tr("更多的人"))
