"""Pictures that come to the wizard: the tenant's card is read in a job and reviewed, a later one is somebody else's; in
the handover they are photos of the room."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QObject

from desktop.services import typed_card
from desktop.services.check_in_draft import Step
from desktop.services.errors import DomainError
from desktop.views import messages
from desktop.views.check_in.reading import Read, read_sources
from desktop.views.check_in.wizard import WizardPage


class CardIntake(QObject):
    """`take` whatever was dropped, pasted or chosen; `choose` asks for files."""

    def __init__(self, page: WizardPage, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page

    def choose(self) -> None:
        """The file dialog of the first step, from any step."""
        self._page.views[Step.READ].choose()

    def take(self, sources: Sequence[Any]) -> None:
        """Read card pictures in a job; in the handover they are pictures of the room."""
        page = self._page
        if page.busy_words:
            return
        if page.step is Step.HANDOVER:
            page.view.add(sources)
            return
        if page.step in (Step.CONTACT, Step.ROOM, Step.TERMS):
            page.people.take(sources)
            return
        if page.step not in (Step.READ, Step.REVIEW):
            return
        page.views[Step.READ].show_trouble("")
        page.set_busy(self.tr("正在读证件"))
        work = partial(read_sources, list(sources), page.shell.today())
        page.shell.run(work, self.show_read, self._not_read, busy=self.tr("正在读证件"))

    def show_read(self, read: Read) -> None:
        """What was read goes into the draft and to the review."""
        page = self._page
        page.busy_words = ""
        page.pictures.faces |= read.faces
        page.pictures.crops |= read.crops
        typed_card.take_reading(page.draft, read.texts, read.doubts)
        page.views[Step.REVIEW].forget()
        page.views[Step.REVIEW].show_draft()
        page.views[Step.READ].show_draft()
        page.keeper.dirty = True
        if "front" in page.pictures.faces or page.draft.name:
            page.to_step(Step.REVIEW)
        else:
            page.set_busy("")
            page.views[Step.READ].show_progress(self.tr("国徽面已读好，再放入人像面"))

    def _not_read(self, trouble: Exception) -> None:
        page = self._page
        page.set_busy("")
        if not isinstance(trouble, DomainError):
            messages.show_error(trouble)
            return
        page.views[Step.READ].show_trouble(trouble.message)
        if page.step is not Step.READ:
            messages.show_error(trouble)
