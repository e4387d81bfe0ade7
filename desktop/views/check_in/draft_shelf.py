"""Check-ins put aside: this one, when the clerk leaves in the middle; those that wait are offered, resumed, dropped."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from PySide6.QtCore import QObject

from desktop.services import check_in_draft as wizard
from desktop.services import drafts
from desktop.services.check_in_draft import KIND, Step
from desktop.services.drafts import DraftRow, Kept
from desktop.views import messages
from desktop.views.check_in.wizard import WizardPage
from desktop.views.dialogs import Question


class DraftShelf(QObject):
    """What lies in the database of check-ins not finished on this PC by this clerk."""

    def __init__(self, page: WizardPage, parent: QObject) -> None:
        super().__init__(parent)
        self._page, self._shell = page, page.shell

    def offer(self) -> None:
        """Show in the first step what waits."""
        session = self._shell.session
        self._shell.run(partial(session.read, drafts.list_drafts, KIND), self._show)

    def _show(self, rows: list[DraftRow]) -> None:
        page = self._page
        page.views[Step.READ].show_drafts([row for row in rows if row.id != page.keeper.draft_id])

    def resume(self, draft_id: UUID) -> None:
        """Go on with a draft that was put aside, or that a crash left."""
        page = self._page
        page.keeper.save()
        if page.finished:
            page.keeper.drop()
        page.keeper.begin(draft_id)
        session = self._shell.session
        self._shell.run(partial(session.read, drafts.read_draft, draft_id), self._resumed)

    def _resumed(self, body: bytes) -> None:
        self._page.take_up(wizard.decode(body))

    def drop(self, row: DraftRow) -> None:
        """Throw a draft away, after asking."""
        question = Question(
            self._shell.frame, self.tr("丢弃草稿"),
            self.tr("「{title}」填过的内容会删除，找不回来。").format(title=row.title),
            [(row.id, self.tr("丢弃草稿"), "danger")], cancel=self.tr("留着"),
        )  # fmt: skip
        question.answered.connect(self._drop)
        self._shell.open(question)

    def _drop(self, draft_id: UUID) -> None:
        session = self._shell.session
        work = partial(drafts.drop_draft, session.office, session.actor, draft_id)
        self._shell.run(work, self._dropped, write=True)

    def _dropped(self, _nothing: object) -> None:
        self.offer()

    def put_aside(self) -> None:
        """Esc: keep the draft and leave; only when it is kept, the page is. While a card is read, that stops first."""
        page = self._page
        if page.busy_words:
            page.cards.stop()
            return
        if page.finished or page.draft.empty or page.acts.in_doubt:
            page.leave()
            return
        page.keeper.timer.stop()
        work = page.keeper.saving()
        if work is None:
            return
        self._shell.run(work, self._kept, self._not_kept, write=True, busy=self.tr("正在保存草稿"))

    def _kept(self, _kept: Kept) -> None:
        self._page.keeper.settled()
        self._shell.toast(self.tr("草稿已保存，办理入住（F2）里可以接着办"))
        self._page.leave()

    def _not_kept(self, trouble: Exception) -> None:
        self._page.keeper.not_saved(trouble)
        messages.show_error(trouble, self.put_aside)
