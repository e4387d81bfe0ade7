"""What the wizard does: the lease stored, the money taken, the papers printed; and what is said when it cannot be."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Qt

from desktop.services import check_in_draft as wizard
from desktop.services import check_in_facts
from desktop.services import check_in_steps as way
from desktop.services.acts import Op
from desktop.services.check_in_draft import ORDER, CheckInDraft, Step
from desktop.services.check_in_facts import OpenBills
from desktop.services.errors import DatabaseGone, Outage, ProblemsFound
from desktop.services.lease_terms import LeaseTerms
from desktop.services.outcome import OutcomeUnknown
from desktop.services.payments import BillsChanged, ChoiceNeeded
from desktop.services.problems import error
from desktop.services.references import ReferenceRepeated
from desktop.services.trouble import RoomTaken
from desktop.views import messages
from desktop.views.check_in import acts
from desktop.views.check_in.wizard import WizardPage
from desktop.views.on_the_spot import Asked, run_or_ask
from desktop.views.repeat_question import ask_about_repeats


class Fulfilment(QObject):
    """The half of the wizard that acts; the page is the half that shows and asks."""

    def __init__(self, page: WizardPage, parent: QObject) -> None:
        super().__init__(parent)
        self._page, self._shell = page, page.shell
        self.in_doubt = False
        """A line broke in the very moment of storing: until it is known what became of it, the draft is not kept over
        what the act may have made of it."""

    # the act

    def store(self) -> None:
        """Check in: one act; a second press or a broken line never makes a second lease."""
        page = self._page
        page.keeper.timer.stop()
        page.set_busy(self.tr("正在办理入住"))
        form = wizard.request(page.draft, page.keeper.draft_id)
        work = partial(acts.store_once, self._shell.session, page.keeper.draft_id, page.draft, form)
        run_or_ask(
            self._shell, self._asked(form.terms), Op.CHECK_IN, work, self._stored, self._not_stored,
            busy=self.tr("正在办理入住"),
        )  # fmt: skip

    def _asked(self, terms: LeaseTerms) -> Asked:
        """What a second person is asked for where the office lets nobody pass its limits alone."""
        draft = self._page.draft
        return Asked(
            self.tr("{name} 入住 {room}，月租 {rent} 元，押金 {deposit} 元").format(
                name=draft.tenant, room=draft.room, rent=terms.rent, deposit=terms.deposit
            ),
            self.tr("{start} 至 {end}，一次收 {n} 个月").format(start=terms.start, end=terms.end, n=terms.cycle_months),
            self.tr("同意入住"),
        )

    def _stored(self, stored: acts.Stored) -> None:
        page = self._page
        self._shell.session.office.world.fault("wizard.heard_stored")
        page.busy_words, self.in_doubt = "", False
        page.draft = wizard.after_check_in(page.draft)
        page.draft.lease_id, page.draft.party_id = stored.lease_id, stored.party_id
        page.draft.lease_number = stored.lease_number
        page.keeper.settled()
        for view in page.views.values():
            view.asked = False
        page.furthest = ORDER.index(Step.PAYMENT)
        if stored.payment_id is not None:
            self._paid(acts.Paid(stored.payment_id, ""))
            return
        page.show_all()

    def _not_stored(self, trouble: Exception) -> None:
        page = self._page
        page.set_busy("")
        self._doubt(trouble)
        page.keeper.changed()
        if isinstance(trouble, RoomTaken):
            page.to_step(Step.ROOM)
            page.view.show_trouble(trouble.message)
        elif isinstance(trouble, ProblemsFound):
            self._go_to_problem(trouble.problems)
        elif isinstance(trouble, Outage):
            messages.show_error(trouble, self.store)
            page.primary.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            messages.show_error(trouble)
            page.primary.setFocus(Qt.FocusReason.OtherFocusReason)

    def _doubt(self, trouble: Exception) -> None:
        if isinstance(trouble, OutcomeUnknown):
            self.in_doubt = True
        elif not isinstance(trouble, DatabaseGone):
            self.in_doubt = False

    def find_out(self) -> None:
        """The line is back: look what became of the act it broke in."""
        work = partial(acts.progress, self._shell.session, self._page.keeper.draft_id)
        self._shell.run(work, self._found_out, self._doubt)

    def _found_out(self, kept: CheckInDraft | None) -> None:
        page = self._page
        if not self.in_doubt or page.busy_words:
            return
        self.in_doubt = False
        if kept is not None and kept.lease_id is not None and page.draft.lease_id is None:
            self._stored(acts.Stored(kept.lease_id, kept.party_id, kept.lease_number, kept.payment_id))
        elif kept is not None and kept.payment_id is not None and page.draft.payment_id is None:
            self._paid(acts.Paid(kept.payment_id, ""))
        else:
            page.keeper.changed()

    def _go_to_problem(self, problems: dict[str, str]) -> None:
        """What the act found goes to the first step it belongs to; that step then names all of its own."""
        page = self._page
        found_in = {way.step_of(name) for name in problems}
        page.to_step(min(found_in, key=ORDER.index))
        page.view.asked = True
        page.check()
        if not any(p.stops for p in page.said):
            # The world has moved on since the form was checked: say what the act said.
            page.view.show_problems([error(name, text) for name, text in problems.items()])
            messages.show_warning(next(iter(problems.values())))
        page.view.focus_problem()

    # the money

    def load_bills(self) -> None:
        if self._page.draft.lease_id is not None:
            session = self._shell.session
            self._shell.run(
                partial(session.read, check_in_facts.open_bills, self._page.draft.lease_id), self._show_bills
            )

    def _show_bills(self, found: OpenBills) -> None:
        page = self._page
        if page.draft.lease_id != found.lease.id:
            return
        page.draft.lease_number = found.lease.number
        page.draft.name, page.draft.room = found.lease.tenant, found.lease.room
        if not found.bills and found.receipts and page.step is Step.PAYMENT:
            # The till was quicker, or the line broke after the money was taken.
            self._paid(acts.Paid(found.receipts[0].payment_id, found.receipts[0].number))
            return
        page.views[Step.PAYMENT].show_open(found)
        page.views[Step.PAYMENT].entered()
        page.show_foot()

    def pay(self) -> None:
        page = self._page
        view = page.views[Step.PAYMENT]
        if view.open is None:
            return
        if not view.taking:
            self.hand_to_till()
            return
        if not view.check():
            return
        page.set_busy(self.tr("正在收款"))
        work = partial(acts.pay_once, self._shell.session, page.keeper.draft_id, view.request(page.keeper.draft_id))
        self._shell.run(work, self._paid, self._not_paid, write=True, busy=self.tr("正在收款"))

    def _paid(self, paid: acts.Paid) -> None:
        page = self._page
        self._shell.session.office.world.fault("wizard.heard_paid")
        page.busy_words, self.in_doubt = "", False
        page.draft.payment_id, page.draft.handed_over = paid.payment_id, False
        self._to_print(paid.number)

    def _not_paid(self, trouble: Exception) -> None:
        self._page.set_busy("")
        self._doubt(trouble)
        view = self._page.views[Step.PAYMENT]
        if isinstance(trouble, ChoiceNeeded):
            view.form.ask_surplus()
        elif isinstance(trouble, BillsChanged):
            messages.show_error(trouble)
            self.load_bills()
        elif isinstance(trouble, ProblemsFound):
            view.refuse(trouble.problems)
        elif isinstance(trouble, ReferenceRepeated):
            view.refuse({"reference": self.tr("这个流水号收过款")})
            ask_about_repeats(self._shell, trouble, self._another_payment, view.form.reference.setFocus)
        else:
            messages.show_error(trouble, self.pay)
            view.entered()

    def _another_payment(self) -> None:
        self._page.views[Step.PAYMENT].repeat_seen = True
        self.pay()

    def hand_to_till(self) -> None:
        """Leave the bills for the cashier and go on to the lease."""
        self._page.draft.handed_over = True
        self._page.keeper.changed()
        self._to_print("")

    def _to_print(self, receipt: str) -> None:
        page = self._page
        page.draft.step = Step.PRINT
        page.keeper.save()
        page.view.show_draft()
        page.view.show_done(receipt)
        page.show_step()

    # the end

    def print_papers(self) -> None:
        page = self._page
        view = page.views[Step.PRINT]
        if view.finished:
            page.begin()
            page.shelf.offer()
            return
        lease_id, payment_id = view.wanted()
        if lease_id is None and payment_id is None:
            self._finish()
            return
        self._page.set_busy(self.tr("正在打印"))
        view.print_them(lease_id, payment_id, self._finish, self._not_printed)

    def _finish(self) -> None:
        """Everything is stored, and what was asked for is on its way to the printer."""
        page = self._page
        self._shell.session.office.world.fault("wizard.finishing")
        page.busy_words = ""
        page.views[Step.PRINT].finished = True
        self.papers_out()
        page.check()
        self._shell.retitle()

    def papers_out(self) -> None:
        """The draft has done its work when the last sheet has come; until then a power cut leaves it to print from."""
        view = self._page.views[Step.PRINT]
        if view.finished and not view.waiting:
            self._page.keeper.drop()

    def _not_printed(self, trouble: Exception) -> None:
        self._page.set_busy("")
        messages.show_error(trouble, self.print_papers)

    def see_lease(self) -> None:
        """Open the lease just signed."""
        if self._page.draft.lease_id is not None:
            self._shell.navigate("lease", lease_id=self._page.draft.lease_id)
