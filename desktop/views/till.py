"""The till 收款: open bills left, how the money comes in the middle, the receipt at the right. Enter pays, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from desktop.models.values import NIL, AllocationRule, Money, Right, total
from desktop.services import credit, payments, till
from desktop.services.errors import DomainError, ProblemsFound
from desktop.services.payments import PaymentTaken, TakePayment
from desktop.views import messages
from desktop.views.bill_table import due_first
from desktop.views.credit_dialog import RefundCreditDialog
from desktop.views.labels import Card
from desktop.views.one_off_dialog import Whom, bill_by_hand
from desktop.views.pages import Command, Page, Shell
from desktop.views.payer_chooser import PayerChooser
from desktop.views.payer_head import PayerHead
from desktop.views.receipt_preview import ReceiptPreview
from desktop.views.tenant.till import TillTenant
from desktop.views.theme import theme
from desktop.views.till_after import TillAfter
from desktop.views.till_bills import TillBills
from desktop.views.till_pay import TillPay
from desktop.views.till_payers import Choosing, TillPayers
from desktop.views.till_taking import NotTaken, Taking

FOLD_BELOW = 940
"""Narrower pages (a window under 1000 px) show no receipt."""
LOW_BELOW = 470


class TillPage(Page):
    """Opened with `party_id` or `bill_ids`, else on the chooser of payers."""

    help_topic = "till"
    tables = frozenset({"bill", "bill_line", "bill_balance", "payment", "allocation", "party"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.facts: till.TillFacts | None = None
        self._wanted: tuple[UUID | None, tuple[UUID, ...]] = (None, ())
        self._chosen: tuple[UUID, ...] = ()
        self._fresh = True
        self._more: tuple[UUID, ...] = ()
        self._lawful: dict[UUID, Money] = {}
        self._attempted = False
        self.payer = PayerHead()
        self.head.addWidget(self.payer, 1)
        self.head_frame.show()
        self.bills, self.pay_card = TillBills(shell.today()), TillPay()
        self.table, self.form, self.paid = self.bills.table, self.pay_card.form, self.pay_card.paid
        self.preview = ReceiptPreview()
        self.receipt_card = Card(self.tr("收据预览"))
        self.receipt_card.body.addWidget(self.preview, 1)
        self.payers = TillPayers(shell, self)
        self.taking = Taking(shell, self, self._taken, self._not_taken)
        self.tenant = TillTenant(shell, self)
        self.after = TillAfter(shell, self, self.paid, self.tenant)
        self._put_together()
        self._wire()

    def _put_together(self) -> None:
        self.desk = QWidget()
        row = QHBoxLayout(self.desk)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.bills, 1)
        row.addWidget(self.pay_card)
        row.addWidget(self.receipt_card)
        session = self.shell.session
        self.chooser = PayerChooser(self.shell.run, session.read, self.shell.today())
        self.stack = QStackedWidget()
        self.stack.addWidget(self.chooser)
        self.stack.addWidget(self.desk)
        self.body.addWidget(self.stack, 1)
        self._measure()

    def _wire(self) -> None:
        self.chooser.chosen.connect(self._chosen_person)
        self.payers.picked.connect(self._picked)
        self.payers.changed.connect(self._payer_changed)
        self.payers.added.connect(self._others_added)
        self.payer.change.clicked.connect(self._choose_payer)
        self.payer.stand_in.clicked.connect(self._choose_stand_in)
        self.payer.one_off.clicked.connect(self._one_off)
        self.table.asked_changed.connect(self._asked_changed)
        self.table.edited.connect(self.form.focus_given)
        self.table.opened.connect(self._pay_row)
        self.form.changed.connect(self._form_changed)
        self.form.pay_wanted.connect(self._pay)
        self.form.less_wanted.connect(self._less)
        self.form.legal_wanted.connect(self._legal)
        self.bills.others.clicked.connect(self._choose_others)
        self.bills.ahead.clicked.connect(self._pay_ahead)
        self.bills.refund.clicked.connect(self._refund)
        self.bills.reach_from(self.form.given)
        self.pay_card.button.clicked.connect(self._pay)
        self.paid.next.clicked.connect(self._next)
        self.paid.again.clicked.connect(self._again)

    # ---- the frame asks ----------------------------------------------------------------------------------------------

    def title(self) -> str:
        return self.tr("收款 {name}").format(name=self.facts.payer) if self.facts and self._at_desk else ""

    @property
    def _at_desk(self) -> bool:
        return self.stack.currentWidget() is self.desk

    @property
    def _paying(self) -> bool:
        return self.taking.busy

    def hints(self) -> str:
        if not self._at_desk:
            return self.tr("输入姓名或房号 · ↑↓ 选人 · Enter 打开")
        if self.pay_card.done:
            return self.tr("F6 补打 · F4 下一位")
        return self.tr("↑↓ 选账单 · Space 勾选 · 数字改本次收 · Ctrl+1…5 方式 · Enter 收款")

    def opened(self, params: dict[str, Any]) -> None:
        party_id, bill_ids = params.get("party_id"), tuple(params.get("bill_ids") or ())
        self.payers.forget()
        if party_id is None and not bill_ids:
            self._choose_payer()
            return
        self._load(party_id, bill_ids)

    def refresh(self, tables: frozenset[str]) -> None:
        if self._paying:
            return  # our own act: what it has changed is asked for when it has answered
        if not self._at_desk:
            self.chooser.refresh()
        elif self.facts is not None:
            self._ask()

    def can_leave(self) -> bool:
        if self._paying:
            messages.show_warning(self.tr("正在收款，马上就好"))
            return False
        return True

    def left(self) -> None:
        self.table.close_editor()

    def command(self, command: Command) -> bool:
        if command == Command.PRINT:
            return self.after.reprint()
        if command == Command.BACK and not self._at_desk and self.facts is not None and self._wanted != (None, ()):
            self._show_desk()
            self.form.focus_given()
            return True
        return False

    # ---- who pays ----------------------------------------------------------------------------------------------------

    def _choose_payer(self) -> None:
        self._show_chooser(Choosing.PAYER)

    def _choose_stand_in(self) -> None:
        self._show_chooser(Choosing.STAND_IN)

    def _choose_others(self) -> None:
        self._show_chooser(Choosing.OTHERS)

    def _one_off(self) -> None:
        """A charge by hand for who stands at the till; the bill then stands in the list."""
        facts = self.facts if self._at_desk else None
        bill_by_hand(self.shell, Whom(facts.payer_id, facts.payer) if facts is not None else Whom())

    def _show_chooser(self, what: Choosing) -> None:
        self.tenant.withdraw()
        self.stack.setCurrentWidget(self.chooser)
        self.payer.show_question(self.payers.words(what, self.facts))
        self.chooser.start(self.shell.today())
        self.shell.retitle()

    def _chosen_person(self, party_id: UUID, name: str) -> None:
        self.payers.take(party_id, name, self.facts)

    def _picked(self, party_id: UUID) -> None:
        self.payers.forget()
        self._load(party_id, ())

    def _payer_changed(self) -> None:
        """Somebody else brings the money, with a credit of their own."""
        if self.facts is None:
            return
        self._show_desk()
        self.form.credit_is(self.payers.credit_of(self.facts))
        self._check()
        self.form.focus_given()

    def _others_added(self, theirs: till.TillFacts) -> None:
        """Their bills stand under their name; ticked are those due."""
        assert self.facts is not None
        rows = [bill.row for bill in theirs.bills]
        if not rows:
            messages.show_info(self.tr("{name} 没有未付的账单").format(name=theirs.payer))
        self._more = tuple(row.id for row in due_first(rows, theirs.today) or rows[:1])
        named = dict.fromkeys((*self._wanted[1], *(row.id for row in rows)))
        self._wanted = (self.facts.payer_id, tuple(named))
        self._show_desk()
        self._ask()
        self.form.focus_given()

    def _load(self, party_id: UUID | None, bill_ids: Sequence[UUID]) -> None:
        self._wanted = (party_id, tuple(bill_ids))
        self._chosen = tuple(bill_ids)
        self._fresh = True
        self.tenant.withdraw()
        self.tenant.begin(self._show_tenant)
        self._ask()

    def _show_tenant(self) -> None:
        """Who pays sees the sum, on a screen of their own."""
        if self.facts is not None and self._at_desk and not self.pay_card.done and not self._fresh:
            self.tenant.offer(self.form.net, self.form)

    def _ask(self) -> None:
        party_id, bill_ids = self._wanted
        self.shell.run(
            partial(self.shell.session.read, till.till_facts, party_id, bill_ids),
            self.show_facts,
            busy=self.tr("正在读取账单"),
        )

    # ---- showing -----------------------------------------------------------------------------------------------------

    def show_facts(self, facts: till.TillFacts) -> None:
        """Bills of one payer: ticked are those named, else those due; after a change elsewhere, what was ticked."""
        fresh, self._fresh = self._fresh, False
        self.facts = facts
        rows = [bill.row for bill in facts.bills]
        if fresh:
            due = [row.id for row in due_first(rows, facts.today)]
            ticked = list(self._chosen) or due or [row.id for row in rows[:1]]
            self.table.forget_amounts()
            self._lawful = {}
        else:
            ticked = [*self.table.amounts(), *self._more]
        more, self._more = self._more, ()
        self.bills.show_bills(rows, ticked, facts.today, facts.payer, facts.payer_id)
        if more:
            self.table.stand_on(more[0])
        self.bills.ahead.allow("" if self.shell.allowed(Right.TAKE_PAYMENT) else self.tr("您的角色不收款，请交给收银"))
        self.bills.refund.setVisible(facts.prepaid > NIL and self.shell.allowed(Right.TAKE_PAYMENT))
        self.form.legal_offered = sum(row.owed > NIL and row.debtor_id == facts.payer_id for row in rows) > 1
        self._show_desk()
        if fresh:
            self._attempted = False
            self.pay_card.ask()
            amounts = self.table.amounts()
            self.form.start(total(amounts.values()), len(amounts))
            self.form.may_use(self.payers.credit_of(facts), facts.rounding)
            self._measure()
            if rows:
                self.form.focus_given()
            else:
                self.payer.change.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.form.credit_is(self.payers.credit_of(facts))
        if not fresh and self.pay_card.done:
            self.paid.show_rest(total(row.owed for row in rows), len(rows))
        self._check()
        self.shell.retitle()

    def _show_desk(self) -> None:
        facts = self.facts
        if facts is None:
            return
        self.stack.setCurrentWidget(self.desk)
        self.payer.show_payer(facts, self.payers.brought_by, self.payers.credit_of(facts))
        self.payer.stand_in.setVisible(bool(facts.bills) and not self.pay_card.done)
        self.shell.retitle()

    def _asked_changed(self) -> None:
        amounts = self.table.amounts()
        self.form.due_is(total(amounts.values()), len(amounts))
        self._check()

    def _form_changed(self) -> None:
        if self.facts is not None:
            self._check()

    def _request(self) -> TakePayment:
        assert self.facts is not None
        payer = self.payers.id_of(self.facts)
        amounts = self.table.amounts()
        rule = AllocationRule.LEGAL_ORDER if self._lawful and amounts == self._lawful else AllocationRule.CHOSEN
        return TakePayment(
            payer, amounts, self.form.tenders(), self.form.surplus(), credit=self.form.credit,
            rounding=self.form.rounding, rule=rule, early=self.facts.early(amounts),
        )  # fmt: skip

    def _check(self) -> dict[str, str]:
        """Look at everything again, as the service will: problems, sums, the button, the receipt."""
        facts = self.facts
        if facts is None:
            return {}
        request = self._request()
        problems = payments.payment_problems(request, self.table.owed(), self.payers.credit_of(facts), facts.rounding)
        shown = dict(problems)
        if not self._attempted:
            shown.pop("reference", None)  # not yet typed is no mistake
        self.form.show_problems(shown)
        self.bills.show_sums(lawful=request.rule is AllocationRule.LEGAL_ORDER)
        self._make_room()
        self._allow(problems)
        self._show_receipt()
        self._show_tenant()
        return problems

    def _allow(self, problems: dict[str, str]) -> None:
        if not self.shell.allowed(Right.TAKE_PAYMENT):
            self.pay_card.button.disable(self.tr("收款要收银员办：账单已在收款台的待收名单里，请交给收银"))
            self.pay_card.note.setText(self.tr("您可以看账单，收款请交给收银"))
        elif self._paying:
            self.pay_card.button.disable(self.tr("正在收款"))
        else:
            nothing = self.form.net <= NIL and bool(self.table.amounts())
            self.pay_card.button.setText(self.tr("抵扣并打印") if nothing else self.tr("收款并打印"))
            self.pay_card.button.allow(problems.get("amounts", ""))

    def _show_receipt(self) -> None:
        facts, session = self.facts, self.shell.session
        if facts is None or self.pay_card.done:
            return
        paper = till.receipt_preview(
            facts, self._request(), office=session.office.organisation, cashier=session.actor.name,
            desk=session.office.desk.name, payer=self.payers.brought_by,
        )  # fmt: skip
        self.preview.show_paper(paper)
        self.pay_card.printer.setText(self.after.printing.where)

    # ---- paying ------------------------------------------------------------------------------------------------------

    def _pay_row(self, _row: object) -> None:
        self._pay()

    def _pay(self) -> None:
        """Take the money, once: while the act runs the button is shut and every other way ends at the first line."""
        if self._paying or self.pay_card.done or self.facts is None or not self.pay_card.button.isEnabled():
            return
        self.table.close_editor()
        self._attempted = True
        problems = self._check()
        if problems:
            self._go_to(problems)
            return
        self.pay_card.button.disable(self.tr("正在收款"))
        self.taking.take(self._request())

    def _go_to(self, problems: dict[str, str]) -> None:
        name = next(iter(problems))
        if name == "amounts":
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.pay_card.go_to(name)

    def _taken(self, taken: PaymentTaken) -> None:
        rest = [row for row in self.table.bills if row.owed > self.table.amounts().get(row.id, NIL)]
        owed = total(row.owed for row in self.table.bills) - total(self.table.amounts().values())
        self.paid.show_taken(taken, owed, len(rest))
        self.pay_card.tell()
        self.payer.stand_in.hide()
        paper = self.preview.paper
        if paper is not None:
            self.preview.show_paper(replace(paper, number=taken.receipt_number))
        self.after.begin(taken)
        self.table.untick_all()
        self._ask()

    def _not_taken(self, error: Exception) -> None:
        self._allow({})
        if isinstance(error, payments.ChoiceNeeded):
            self._ask_surplus()
        elif isinstance(error, payments.BillsChanged | credit.CreditChanged):
            messages.show_warning(error.message)
            self._ask()
            self.form.focus_given()
        elif isinstance(error, ProblemsFound):
            self.form.show_problems(error.problems)
            self._go_to(error.problems)
        elif isinstance(error, NotTaken):
            self.form.show_problems({"reference": error.message})
            self.pay_card.go_to("reference")
        elif isinstance(error, DomainError):
            self.form.show_problems({"surplus": error.message})
            self.form.focus_given()
        else:
            messages.show_error(error)
            self.form.focus_given()

    def _ask_surplus(self) -> None:
        self.form.ask_surplus()
        self._make_room()

    def _low(self) -> bool:
        return self.height() < theme().scaled(LOW_BELOW)

    def _make_room(self) -> None:
        self.pay_card.make_room(self._low(), self.shell.allowed(Right.TAKE_PAYMENT))

    def _less(self, amount: Money) -> None:
        self.table.spread(amount)
        self.form.focus_given()

    def _legal(self, amount: Money) -> None:
        """Nobody said what the money is for: over everything open of the payer, as the Civil Code has it (560, 561)."""
        if self.facts is not None:
            self._lawful = self.facts.in_legal_order(amount)
            self.table.set_amounts(self._lawful)
            self.form.focus_given()

    # ---- without a bill ----------------------------------------------------------------------------------------------

    def _pay_ahead(self) -> None:
        """Money for the payer's credit; there is no bill to be paid."""
        self.form.start(NIL, 0, ahead=True)
        self._measure()
        self._check()
        self.form.focus_given()

    def _refund(self) -> None:
        """Credit goes back to whom it belongs."""
        if self.facts is not None:
            dialog = RefundCreditDialog(self.shell, self.facts.payer_id, self.facts.payer, self.facts.prepaid)
            dialog.done.connect(self._refunded)
            self.shell.open(dialog)

    def _refunded(self, taken: PaymentTaken) -> None:
        self.after.printing.begin(taken)
        self.shell.navigate("receipt", payment_id=taken.payment_id)

    # ---- afterwards --------------------------------------------------------------------------------------------------

    @property
    def last(self) -> PaymentTaken | None:
        """What was taken last on this page."""
        return self.after.last

    def _next(self) -> None:
        if not self.after.bouncing:
            self._choose_payer()

    def _again(self) -> None:
        self.payers.forget()
        assert self.facts is not None
        self._load(self.facts.payer_id, ())

    # ---- measures ----------------------------------------------------------------------------------------------------

    def _measure(self) -> None:
        look = theme()
        low = self._low()
        self.pay_card.measure(low)
        self.receipt_card.setFixedWidth(look.panel("receipt"))
        # With nothing to pay there is nothing to take and no receipt: the words have the page to themselves.
        wanted = self.facts is None or bool(self.facts.bills) or self.pay_card.done or self.form.ahead
        self.pay_card.setVisible(wanted)
        self.receipt_card.setVisible(wanted and self.width() >= look.scaled(FOLD_BELOW))
        self.body.setContentsMargins(*((12, 8, 12, 8) if low else (12, 12, 12, 12)))
        self._make_room()
        self.bills.measure(low)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "desk"):
            self._measure()
        super().changeEvent(event)
