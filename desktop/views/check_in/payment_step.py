"""Step 7 收款: deposit and first bill paid by any mix of means, in one act; or left for the till."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.models.values import NIL, Money, Right, total
from desktop.services import check_in_draft, payments
from desktop.services.billing import BillRow
from desktop.services.check_in_draft import Step
from desktop.services.check_in_facts import OpenBills
from desktop.services.problems import Problem
from desktop.views.buttons import Button
from desktop.views.check_in.step import StepView, Tick, page_of
from desktop.views.check_in.wizard import Wizard
from desktop.views.labels import Card, Fact, FactList, Tag, label
from desktop.views.pay_form import PayForm
from desktop.views.tenant.amounts import AmountsShown
from desktop.views.tenant.screen import tenant_of


class PaymentStep(StepView):
    """The lease is stored by now; the draft knows it, so nothing is asked or stored twice."""

    step = Step.PAYMENT

    def __init__(self, page: Wizard) -> None:
        super().__init__(page)
        self.open: OpenBills | None = None
        self.may = page.shell.allowed(Right.TAKE_PAYMENT)
        self.ticks: dict[UUID, Tick] = {}
        self.repeat_seen = False
        """The clerk has said that a bank serial that was taken before is another payment."""
        self.amounts_shown = AmountsShown(page.shell)
        self.form = PayForm(partial=False)
        self.form.changed.connect(self._typed)
        self.form.pay_wanted.connect(page.go_on)
        self.form.given.entered.connect(self._entered)
        self.form.reference.entered.connect(page.go_on)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(12)
        row.addWidget(self._bills(), 3)
        row.addWidget(self._pay(), 2)

    def _bills(self) -> QWidget:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        done = Card()
        self.stored = Tag("", "ok", "check")
        done.head(self.tr("租约已签好"), "", self.stored)
        self.facts = FactList()
        done.body.addWidget(self.facts)
        column.addWidget(done)
        self.card = Card()
        self.card.head(self.tr("这次要收"), self.tr("押金和首期，其余到期再收"))
        self.list = QVBoxLayout()
        self.list.setSpacing(6)
        self.card.body.addLayout(self.list)
        column.addWidget(self.card)
        column.addStretch(1)
        return side

    def _pay(self) -> QWidget:
        card = Card()
        self.no_right = label(
            self.tr("您的角色不收款：账单已经在收银台，收银员按房号或姓名就能找到。按 Ctrl Enter 继续打印合同。"),
            "muted", wrap=True,
        )  # fmt: skip
        self.later = Button(self.tr("稍后收款，交给收银台"), "quiet", key="Alt+5", slot=self._hand_to_till, writes=True)
        card.body.addWidget(self.no_right)
        card.body.addWidget(self.form)
        card.body.addStretch(1)
        card.body.addWidget(self.later, 0, Qt.AlignmentFlag.AlignLeft)
        card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.no_right.setVisible(not self.may)
        self.form.setVisible(self.may)
        self.later.setVisible(self.may)
        return card

    # what it shows

    def show_open(self, found: OpenBills) -> None:
        """The bills as they are now; called again when money was taken elsewhere."""
        self.open = found
        lease = found.lease
        self.stored.set(lease.number, "ok", "check")
        self.facts.set_facts(
            [Fact(self.tr("租客"), lease.tenant), Fact(self.tr("房间"), lease.room),
             Fact(self.tr("租期"), f"{lease.start} 至 {lease.end}")]
        )  # fmt: skip
        while (item := self.list.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self.ticks = {}
        today = self.wizard.shell.today()
        for bill in found.bills:
            self.list.addWidget(self._line(bill, bill.due <= max(today, lease.start)))
        if not found.bills:
            self.list.addWidget(label(self.tr("没有要收的账单"), "muted"))
        self.form.start(self.due(), len(self.amounts()))
        self.wizard.typed()

    def _line(self, bill: BillRow, now: bool) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        tick = Tick(bill.title)
        tick.set_value(now)
        tick.changed.connect(self._chosen)
        self.ticks[bill.id] = tick
        row.addWidget(tick if self.may else label(bill.title), 1)
        row.addWidget(label(bill.detail, "small"))
        row.addWidget(label(str(bill.owed), "strong"))
        return line

    def amounts(self) -> dict[UUID, Money]:
        """What is to be paid of each ticked bill: all that is open."""
        bills = self.open.bills if self.open is not None else ()
        return {bill.id: bill.owed for bill in bills if self.ticks[bill.id].value()}

    def due(self) -> Money:
        return total(self.amounts().values())

    def request(self, draft_id: UUID) -> payments.TakePayment:
        """The order for the till."""
        assert self.open is not None
        body = check_in_draft.encode(check_in_draft.after_payment(self.draft))
        return payments.TakePayment(
            self.open.lease.tenant_id, self.amounts(), self.form.tenders(), self.form.surplus(), draft_id=draft_id,
            draft_body=body, asks_repeats=not self.repeat_seen,
        )  # fmt: skip

    def stops(self) -> dict[str, str]:
        """What is to be mended before the money can be taken; a surplus without an answer is asked for."""
        if self.open is None:
            return {"amounts": self.tr("账单还没有读出来，稍等")}
        amounts = self.amounts()
        request = payments.TakePayment(
            self.open.lease.tenant_id, amounts, self.form.tenders(), self.form.surplus()
        )  # fmt: skip
        return payments.payment_problems(request, {bill.id: bill.owed for bill in self.open.bills})

    def check(self) -> bool:
        """Whether the money can be taken now; says what is missing where it is missing."""
        if not self.may or not self.open or not self.open.bills:
            return True
        problems = self.stops()
        self.form.show_problems(problems)
        if problems:
            if "reference" in problems:
                self.form.reference.setFocus(Qt.FocusReason.OtherFocusReason)
            elif "amounts" in problems and self.ticks:
                next(iter(self.ticks.values())).setFocus(Qt.FocusReason.TabFocusReason)
            else:
                self.form.focus_given()
            return False
        if self.form.over > NIL and self.form.surplus() is None:
            self.form.ask_surplus()
            return False
        return True

    def refuse(self, problems: dict[str, str]) -> None:
        """The service said no: its sentences go to their fields; what was typed stays."""
        self.form.show_problems(problems)
        self.form.focus_given()

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """The form shows its own."""

    def entered(self) -> None:
        self.amounts_shown.load(self._offer)
        self._offer()
        if self.may:
            self.form.focus_given()

    @property
    def taking(self) -> bool:
        """Whether money is taken here at all."""
        return self.may and self.open is not None and bool(self.open.bills) and not self.draft.handed_over

    def primary(self) -> tuple[str, str]:
        if not self.may:
            return self.tr("交给收银，下一步"), "send"
        if self.open is not None and not self.open.bills:
            return self.tr("下一步"), ""
        return self.tr("收款 ¥{amount}").format(amount=self.due()), "banknote"

    def hints(self) -> str:
        if not self.may:
            return self.tr("Ctrl+Enter 交给收银，接着打印合同")
        return self.tr("Enter 收款 · Shift+Tab 换收款方式 · Alt 1 Alt 2 回答多收少收")

    # what happens

    def _typed(self) -> None:
        self.repeat_seen = False
        self.wizard.typed()
        self._offer()

    def left_behind(self) -> None:
        tenant = tenant_of(self.wizard.shell)
        if tenant is not None:
            tenant.withdraw(page_of(self))

    def _offer(self) -> None:
        tenant = tenant_of(self.wizard.shell)
        if tenant is not None and self.open is not None and self.may and self.isVisible():
            tenant.offer(page_of(self), self.amounts_shown.of(self.due(), self.form))

    def _chosen(self) -> None:
        amounts = self.amounts()
        self.form.due_is(total(amounts.values()), len(amounts))
        self.wizard.typed()

    def _entered(self) -> None:
        """Enter pays; with a means that leaves a trace it first asks for the reference."""
        if not self.form.reference.isHidden() and not self.form.reference.value():
            self.form.reference.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.wizard.go_on()

    def _hand_to_till(self) -> None:
        self.wizard.acts.hand_to_till()
