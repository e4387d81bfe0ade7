"""Step 8 打印: receipt and lease looked at, printed, and the way on; a printer that is gone loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.services.acts import Op
from desktop.services.check_in_draft import Step
from desktop.services.paper.receipt_form import KEYS, SHIPPED
from desktop.views.buttons import Button
from desktop.views.check_in.step import StepView, Tick, page_of
from desktop.views.check_in.wizard import Wizard
from desktop.views.fields import ChoiceField
from desktop.views.labels import Card, Glyph, Tag, label
from desktop.views.overlays import BodyScroll
from desktop.views.preview import PreviewPanel
from desktop.views.printing import PrintOrder, printer_of
from desktop.views.steps import Option, Tabs
from desktop.views.tenant.screen import tenant_of
from desktop.views.tenant.signing import LeaseSigning
from desktop.views.theme import theme

if TYPE_CHECKING:
    from desktop.views.session import DeskSession


@dataclass(frozen=True, slots=True)
class Drawn:
    """The papers of a check-in as they would be printed."""

    receipt: bytes | None
    lease: bytes


def draw(session: DeskSession, lease_id: UUID, payment_id: UUID | None, form: str) -> Drawn:
    """Draw both papers for the preview. Runs in a job."""
    from desktop.services import papers, receipt_papers

    receipt = None
    if payment_id is not None:
        receipt = session.read(receipt_papers.preview_receipt, payment_id, form)
    return Drawn(receipt, session.read(papers.preview_lease, lease_id))


def print_papers(
    session: DeskSession, lease_id: UUID | None, payment_id: UUID | None, form: str
) -> list[tuple[str, PrintOrder]]:
    """Write down that the papers are printed and draw them: receipt first. Runs in a job; None leaves a paper out."""
    from desktop.services import papers, receipt_papers

    fault = session.office.world.fault
    fault("wizard.print")
    orders = []
    if payment_id is not None:
        printer = printer_of(session, "receipt").printer
        done = session.act(Op.PRINT_PAPER, receipt_papers.print_receipt, payment_id, form, printer)
        orders.append(("receipt", PrintOrder(done.pdf, "receipt", done.title, job_id=done.job_id)))
    if lease_id is not None:
        done = session.act(Op.PRINT_PAPER, papers.print_lease, lease_id, printer_of(session, "lease").printer)
        orders.append(("lease", PrintOrder(done.pdf, "lease", done.title, job_id=done.job_id)))
    fault("wizard.printed")
    return orders


class PrintStep(StepView):
    """Everything is stored; what is printed here can be printed again at any time."""

    step = Step.PRINT
    scrolls = False

    def __init__(self, page: Wizard) -> None:
        super().__init__(page)
        self.finished = False
        self._drawn: Drawn | None = None
        self._orders: dict[str, PrintOrder] = {}
        self._out: set[str] = set()
        self._then: Callable[[], object] | None = None
        self._build()
        self.tabs.changed.connect(self._show_chosen)
        self.form.changed.connect(self.load)
        self.receipt.changed.connect(self._ticked)
        self.lease.changed.connect(self._ticked)
        self.panel.print_asked.connect(self._print_shown)
        printing = page.shell.session.printing
        printing.printed.connect(self._printed)
        printing.failed.connect(self._failed)

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(12)
        left = BodyScroll(self._left())
        left.setMinimumWidth(theme().scaled(264))
        left.setMaximumWidth(theme().scaled(300))
        row.addWidget(left, 3)
        right = QVBoxLayout()
        right.setSpacing(6)
        self.tabs = Tabs([Option("receipt", self.tr("收据")), Option("lease", self.tr("租赁合同"))])
        self.panel = PreviewPanel()
        self.panel.print_button.set_kind("secondary")
        self.panel.print_button.setText(self.tr("只打印这份"))
        self.panel.setMinimumHeight(220)
        right.addWidget(self.tabs)
        right.addWidget(self.panel, 1)
        row.addLayout(right, 7)

    def _left(self) -> QWidget:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.done = Card()
        head = QHBoxLayout()
        head.setSpacing(6)
        self.done_glyph = Glyph("circle-check", "ok", 20)
        self.done_title = label("", "title", wrap=True)
        head.addWidget(self.done_glyph)
        head.addWidget(self.done_title, 1)
        self.done.body.addLayout(head)
        self.done_words = label("", "muted", wrap=True)
        self.done.body.addWidget(self.done_words)
        column.addWidget(self.done)
        papers = Card(self.tr("要打印的"))
        self.receipt = Tick(self.tr("收据"), "Alt+1")
        self.lease = Tick(self.tr("租赁合同"), "Alt+2")
        self.receipt_state, self.lease_state = Tag(""), Tag("")
        self.form = ChoiceField([(form.key, form.title) for form in SHIPPED])
        self.form.setAccessibleName(self.tr("收据版式"))
        for tick, state in ((self.receipt, self.receipt_state), (self.lease, self.lease_state)):
            line = QHBoxLayout()
            line.addWidget(tick, 1)
            line.addWidget(state)
            papers.body.addLayout(line)
            state.hide()
            if tick is self.receipt:
                papers.body.addWidget(self.form)
        self.trouble = label("", "error", wrap=True)
        self.retry_button = Button(self.tr("再打一次"), "secondary", icon="printer", key="Alt+3", slot=self._retry)
        papers.body.addWidget(self.trouble)
        papers.body.addWidget(self.retry_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.trouble.hide()
        self.retry_button.hide()
        column.addWidget(papers)
        self.see_lease = Button(self.tr("看租约"), icon="file-text", key="Alt+4", slot=self._see_lease)
        column.addWidget(self.see_lease, 0, Qt.AlignmentFlag.AlignLeft)
        self.sign = Button(self.tr("客户签合同"), icon="signature", key="Alt+5", slot=self._ask_to_sign)
        column.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignLeft)
        self.sign.setVisible(tenant_of(self.wizard.shell) is not None)  # shown without a parent it takes the keys away
        column.addStretch(1)
        return side

    # what it shows

    def show_draft(self) -> None:
        paid = self.draft.payment_id is not None
        self.finished, self._drawn, self._orders, self._out = False, None, {}, set()
        self.receipt.set_value(paid)
        self.lease.set_value(True)
        self.receipt.setVisible(paid)
        self.form.setVisible(paid)
        usual = self.wizard.facts.receipt_form if self.wizard.facts is not None else KEYS[0]
        mine = printer_of(self.wizard.shell.session, "receipt").form
        self.form.set_value(mine if mine in KEYS else usual)
        self.receipt_state.hide()
        self.lease_state.hide()
        self._say_trouble("")
        self.tabs.set_options(
            [Option("receipt", self.tr("收据")), Option("lease", self.tr("租赁合同"))]
            if paid
            else [Option("lease", self.tr("租赁合同"))]
        )
        self.tabs.choose(0)
        self.show_done("")

    def show_done(self, receipt: str) -> None:
        """What has been reached, in the green card."""
        words = self.tr("{room} 已入住") if self.moved_in else self.tr("{room} 已签约")
        self.done_title.setText(words.format(room=self.draft.room))
        if self.draft.payment_id is not None:
            paid = self.tr("已收款，收据 {number}").format(number=receipt) if receipt else self.tr("已收款，收据已存好")
        else:
            paid = self.tr("账单已交给收银台")
        self.done_words.setText(f"{self.draft.name} · {paid}" if self.draft.name else paid)

    @property
    def moved_in(self) -> bool:
        from desktop.services.check_in_steps import moves_in_now

        return moves_in_now(self.draft, self.wizard.shell.today())

    def load(self) -> None:
        """Draw what would be printed; nothing is written down yet."""
        lease_id = self.draft.lease_id
        if lease_id is not None:
            work = partial(draw, self.wizard.shell.session, lease_id, self.draft.payment_id, str(self.form.value()))
            self.wizard.shell.run(work, self._show_drawn, busy=self.tr("正在排版"))

    @property
    def empty(self) -> bool:
        """Whether there is nothing to look at yet."""
        return self._drawn is None

    def _show_drawn(self, drawn: Drawn) -> None:
        self._drawn = drawn
        self._show_chosen()

    def _show_chosen(self) -> None:
        if self._drawn is None:
            return
        pdf = self._drawn.lease if self.tabs.value() == "lease" else self._drawn.receipt
        if pdf is not None:
            self.panel.show_pdf(pdf)

    def entered(self) -> None:
        self.load()
        self.lease.setFocus(Qt.FocusReason.TabFocusReason)

    def forget(self) -> None:
        self.finished = False

    def left_behind(self) -> None:
        self.panel.preview.clear()
        tenant = tenant_of(self.wizard.shell)
        if tenant is not None:
            tenant.withdraw(page_of(self))

    # the tenant signs

    def _ask_to_sign(self) -> None:
        """The tenant signs the lease on the screen that faces them; it is printed with the signature."""
        if self.draft.lease_id is not None:
            signing = LeaseSigning(self.wizard.shell, page_of(self))
            signing.ask(self.draft.lease_id, self._took_signature)

    def _took_signature(self) -> None:
        self.tabs.set_value("lease")
        self.load()

    def primary(self) -> tuple[str, str]:
        if self.finished:
            return self.tr("下一位"), "log-in"
        if not self.receipt.value() and not self.lease.value():
            return self.tr("不打印，完成"), "check"
        return self.tr("打印并完成"), "printer"

    def hints(self) -> str:
        if self.finished:
            return self.tr("Ctrl+Enter 下一位 · Alt 4 看租约 · F6 再打一份")
        return self.tr("Ctrl+Enter 打印并完成 · PgUp PgDn 翻页 · F6 只打印这份")

    # what happens

    def _ticked(self) -> None:
        self.wizard.typed()

    def wanted(self) -> tuple[UUID | None, UUID | None]:
        """(lease, payment) to be printed; None for what is not ticked."""
        lease = self.draft.lease_id if self.lease.value() else None
        payment = self.draft.payment_id if self.receipt.value() else None
        return lease, payment

    def print_them(
        self, lease_id: UUID | None, payment_id: UUID | None, done: Callable[[], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
    ) -> None:  # fmt: skip
        """Write down and send to the printer; `done` when it was written down, `failed` when nothing was."""
        self._say_trouble("")
        self._then = done
        work = partial(print_papers, self.wizard.shell.session, lease_id, payment_id, str(self.form.value()))
        self.wizard.shell.run(work, self._send, failed, write=True, busy=self.tr("正在打印"))

    @property
    def waiting(self) -> bool:
        """Whether a sheet is still on its way, or waits for a printer that is gone."""
        return bool(self._out)

    def _send(self, orders: list[tuple[str, PrintOrder]]) -> None:
        for name, order in orders:
            self._out.add(name)
            self._orders[name] = order
            state = self.receipt_state if name == "receipt" else self.lease_state
            state.set(self.tr("正在打印"), "info", "printer")
            state.show()
            self.wizard.shell.session.printing.submit(order)
        then, self._then = self._then, None
        if then is not None:
            then()

    def _print_shown(self) -> None:
        if self.wizard.busy_words:
            return  # both are being printed already
        if self.tabs.value() == "lease":
            self.print_them(self.draft.lease_id, None)
        else:
            self.print_them(None, self.draft.payment_id)

    def _name_of(self, order: Any) -> str:
        """Which paper an order was; a repeated order is a copy of the first one."""
        return next((name for name, mine in self._orders.items() if mine.pdf is order.pdf), "")

    def _printed(self, order: Any, where: str) -> None:
        name = self._name_of(order)
        if name:
            state = self.receipt_state if name == "receipt" else self.lease_state
            state.set(self.tr("已打印"), "ok", "printer-check")
            state.setToolTip(where)
            if not self.wizard.shell.session.printing.unprinted:
                self._say_trouble("")
            self._out.discard(name)
            self.wizard.acts.papers_out()

    def _failed(self, order: Any, error: Any) -> None:
        name = self._name_of(order)
        if name:
            state = self.receipt_state if name == "receipt" else self.lease_state
            state.set(self.tr("没有打印"), "danger", "printer-x")
            self._say_trouble(getattr(error, "message", "") or str(error))

    def _say_trouble(self, text: str) -> None:
        self.trouble.setText(text)
        self.trouble.setVisible(bool(text))
        self.retry_button.setVisible(bool(text))

    def _retry(self) -> None:
        self._say_trouble("")
        self.wizard.shell.session.printing.retry()

    def _see_lease(self) -> None:
        self.wizard.acts.see_lease()

    def shutdown(self) -> None:
        """The page goes: stop drawing."""
        self.panel.shutdown()
