"""What the wizard does: the lease stored, the money taken, the papers printed; and what is said when it cannot be."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt

from desktop.services import check_in_draft as wizard
from desktop.services import check_in_facts
from desktop.services import check_in_steps as way
from desktop.services.check_in_draft import ORDER, CheckInDraft, Step
from desktop.services.check_in_facts import OpenBills
from desktop.services.errors import Outage, ProblemsFound
from desktop.services.payments import BillsChanged, ChoiceNeeded
from desktop.services.problems import Problem, error
from desktop.services.trouble import RoomTaken
from desktop.views import messages
from desktop.views.buttons import Button
from desktop.views.check_in import acts
from desktop.views.check_in.keeping import DraftKeeper
from desktop.views.pages import Page


class Fulfilment(Page):
    """The half of the wizard's page that acts; `CheckInPage` is the half that shows and asks."""

    draft: CheckInDraft
    keeper: DraftKeeper
    views: dict[Step, Any]
    primary: Button
    said: list[Problem]
    furthest: int
    busy_words: str

    @property
    def view(self) -> Any:
        raise NotImplementedError

    @property
    def step(self) -> Step:
        return self.draft.step

    def to_step(self, step: Step) -> None:
        """Go to a step, keeping the draft."""
        raise NotImplementedError

    def check(self) -> None:
        """Ask what is to be said of the step in front, and say it."""
        raise NotImplementedError

    def show_all(self) -> None:
        raise NotImplementedError

    def show_step(self) -> None:
        raise NotImplementedError

    def show_foot(self) -> None:
        raise NotImplementedError

    def begin(self) -> None:
        raise NotImplementedError

    def list_drafts(self) -> None:
        raise NotImplementedError

    def set_busy(self, words: str) -> None:
        """Work is under way: the primary waits and the foot says why. Empty: it is over."""
        self.busy_words = words
        self.check()

    # the act

    def store(self) -> None:
        """Check in: one act; a second press or a broken line never makes a second lease."""
        self.keeper.timer.stop()
        self.set_busy(self.tr("正在办理入住"))
        form = wizard.request(self.draft, self.keeper.draft_id)
        work = partial(acts.store_once, self.shell.session, self.keeper.draft_id, self.draft, form)
        self.shell.run(work, self._stored, self._not_stored, write=True, busy=self.tr("正在办理入住"))

    def _stored(self, stored: acts.Stored) -> None:
        self.shell.session.office.world.fault("wizard.heard_stored")
        self.busy_words = ""
        self.draft = wizard.after_check_in(self.draft)
        self.draft.lease_id, self.draft.party_id = stored.lease_id, stored.party_id
        self.draft.lease_number = stored.lease_number
        self.keeper.settled()
        for view in self.views.values():
            view.asked = False
        self.furthest = ORDER.index(Step.PAYMENT)
        if stored.payment_id is not None:
            self._paid(acts.Paid(stored.payment_id, ""))
            return
        self.show_all()

    def _not_stored(self, trouble: Exception) -> None:
        self.set_busy("")
        self.keeper.changed()
        if isinstance(trouble, RoomTaken):
            self.to_step(Step.ROOM)
            self.view.show_trouble(trouble.message)
        elif isinstance(trouble, ProblemsFound):
            self._go_to_problem(trouble.problems)
        elif isinstance(trouble, Outage):
            messages.show_error(trouble, self.store)
            self.primary.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            messages.show_error(trouble)
            self.primary.setFocus(Qt.FocusReason.OtherFocusReason)

    def _go_to_problem(self, problems: dict[str, str]) -> None:
        """What the act found goes to the first step it belongs to; that step then names all of its own."""
        found_in = {way.step_of(name) for name in problems}
        self.to_step(min(found_in, key=ORDER.index))
        self.view.asked = True
        self.check()
        if not any(p.stops for p in self.said):
            # The world has moved on since the form was checked: say what the act said.
            self.view.show_problems([error(name, text) for name, text in problems.items()])
            messages.show_warning(next(iter(problems.values())))
        self.view.focus_problem()

    # the money

    def load_bills(self) -> None:
        if self.draft.lease_id is not None:
            session = self.shell.session
            self.shell.run(partial(session.read, check_in_facts.open_bills, self.draft.lease_id), self._show_bills)

    def _show_bills(self, found: OpenBills) -> None:
        if self.draft.lease_id != found.lease.id:
            return
        self.draft.lease_number = found.lease.number
        self.draft.name, self.draft.room = found.lease.tenant, found.lease.room
        if not found.bills and found.receipts and self.step is Step.PAYMENT:
            # The till was quicker, or the line broke after the money was taken.
            self._paid(acts.Paid(found.receipts[0].payment_id, found.receipts[0].number))
            return
        self.views[Step.PAYMENT].show_open(found)
        self.views[Step.PAYMENT].entered()
        self.show_foot()

    def pay(self) -> None:
        view = self.views[Step.PAYMENT]
        if view.open is None:
            return
        if not view.taking:
            self.hand_to_till()
            return
        if not view.check():
            return
        self.set_busy(self.tr("正在收款"))
        work = partial(acts.pay_once, self.shell.session, self.keeper.draft_id, view.request(self.keeper.draft_id))
        self.shell.run(work, self._paid, self._not_paid, write=True, busy=self.tr("正在收款"))

    def _paid(self, paid: acts.Paid) -> None:
        self.shell.session.office.world.fault("wizard.heard_paid")
        self.busy_words = ""
        self.draft.payment_id, self.draft.handed_over = paid.payment_id, False
        self._to_print(paid.number)

    def _not_paid(self, trouble: Exception) -> None:
        self.set_busy("")
        view = self.views[Step.PAYMENT]
        if isinstance(trouble, ChoiceNeeded):
            view.form.ask_surplus()
        elif isinstance(trouble, BillsChanged):
            messages.show_error(trouble)
            self.load_bills()
        elif isinstance(trouble, ProblemsFound):
            view.refuse(trouble.problems)
        else:
            messages.show_error(trouble, self.pay)
            view.entered()

    def hand_to_till(self) -> None:
        """Leave the bills for the cashier and go on to the lease."""
        self.draft.handed_over = True
        self.keeper.changed()
        self._to_print("")

    def _to_print(self, receipt: str) -> None:
        self.draft.step = Step.PRINT
        self.keeper.save()
        self.view.show_draft()
        self.view.show_done(receipt)
        self.show_step()

    # the end

    def print_papers(self) -> None:
        view = self.views[Step.PRINT]
        if view.finished:
            self.begin()
            self.list_drafts()
            return
        lease_id, payment_id = view.wanted()
        if lease_id is None and payment_id is None:
            self._finish()
            return
        self.set_busy(self.tr("正在打印"))
        view.print_them(lease_id, payment_id, self._finish, self._not_printed)

    def _finish(self) -> None:
        """Everything is stored, and what was asked for is on its way to the printer."""
        self.shell.session.office.world.fault("wizard.finishing")
        self.busy_words = ""
        self.views[Step.PRINT].finished = True
        self.papers_out()
        self.check()
        self.shell.retitle()

    def papers_out(self) -> None:
        """The draft has done its work when the last sheet has come; until then a power cut leaves it to print from."""
        view = self.views[Step.PRINT]
        if view.finished and not view.waiting:
            self.keeper.drop()

    def _not_printed(self, trouble: Exception) -> None:
        self.set_busy("")
        messages.show_error(trouble, self.print_papers)

    def see_lease(self) -> None:
        """Open the lease just signed."""
        if self.draft.lease_id is not None:
            self.shell.navigate("lease", lease_id=self.draft.lease_id)
