"""The till 收款: open bills left, how the money comes in the middle, the receipt at the right. Enter pays, once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.models.values import NIL, Money, Right, total
from desktop.preferences import PrinterChoice
from desktop.services import payments, till
from desktop.services.acts import Op
from desktop.services.errors import DomainError, ProblemsFound
from desktop.services.payments import PaymentTaken, TakePayment
from desktop.views import messages
from desktop.views.bill_table import BillTable
from desktop.views.buttons import Button, KeyCap
from desktop.views.dialogs import BodyScroll
from desktop.views.labels import Card, FreeText, Glyph, MoneyLabel, Tag, label
from desktop.views.pages import Command, Page, Shell
from desktop.views.paid_panel import PaidPanel
from desktop.views.pay_form import PayForm
from desktop.views.payer_chooser import PayerChooser
from desktop.views.receipt_preview import ReceiptPreview
from desktop.views.receipt_printing import ReceiptPrinting
from desktop.views.tables import TableFoot
from desktop.views.theme import theme
from desktop.views.timeline import EmptyState

FOLD_BELOW = 940
"""Narrower pages (a window under 1000 px) show no receipt."""
LOW_BELOW = 470
BOUNCE_SECONDS = 0.6
"""An Enter this soon after the one that paid is the same press: it must not send the payer away with the change."""


class TillPage(Page):
    """Opened with `party_id` or `bill_ids`, else on the chooser of payers."""

    help_topic = "till"
    tables = frozenset({"bill", "bill_line", "bill_balance", "payment", "allocation", "party"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.facts: till.TillFacts | None = None
        self._payer: tuple[UUID, str] | None = None
        self._wanted: tuple[UUID | None, tuple[UUID, ...]] = (None, ())
        self._chosen: tuple[UUID, ...] = ()
        self._fresh = True
        self._for_payer = False
        self._paying = False
        self._attempted = False
        self._paid_at = 0.0
        self.last: PaymentTaken | None = None
        self._build_head()
        self._build_bills()
        self._build_pay()
        self._build_receipt()
        self._put_together()
        self._wire()

    # ---- widgets -----------------------------------------------------------------------------------------------------

    def _build_head(self) -> None:
        self.glyph = Glyph("user-round", "text-muted", 18)
        self.name, self.room = FreeText("", "page"), FreeText("", token="text-muted")
        self.let_tag = Tag(self.tr("在租"), "info", "user-round")
        self.late_tag = Tag("", "danger", "circle-alert")
        self.instead = FreeText("", token="text-muted")
        self.prepaid_words = label(self.tr("预存"), "muted")
        self.prepaid = MoneyLabel(NIL, role="title")
        self.stand_in = Button(self.tr("由他人代交"), "quiet", icon="user-round-plus")
        self.change_payer = Button(self.tr("换交款人"), "quiet", key="Ctrl+K")
        for widget in (self.glyph, self.name, self.room, self.let_tag, self.late_tag, self.instead):
            self.head.addWidget(widget)
        self.head.addStretch(1)
        for trailing in (self.prepaid_words, self.prepaid, self.stand_in, self.change_payer):
            self.head.addWidget(trailing)
        self.head_frame.show()

    def _build_bills(self) -> None:
        self.table = BillTable(self.shell.today())
        self.foot_row = TableFoot()
        self.sum = label("", "strong")
        self.foot_row.layout().addWidget(self.sum)
        self.foot_row.right.setProperty("kind", "muted")
        hints = QWidget()
        row = QHBoxLayout(hints)
        row.setContentsMargins(14, 6, 14, 8)
        row.setSpacing(6)
        for key, words in (("Space", self.tr("勾选")), ("Ctrl+A", self.tr("全选到期"))):
            row.addWidget(KeyCap(key))
            row.addWidget(label(words, "small"))
            row.addSpacing(4)
        row.addStretch(1)
        row.addWidget(label(self.tr("部分收款：直接改「本次收」"), "small"))
        self.table_hints = hints
        self.none = EmptyState("", "", icon="circle-check")
        self.bills_stack = QStackedWidget()
        self.bills_stack.addWidget(self.table)
        self.bills_stack.addWidget(self.none)
        self.bills_card = Card()
        self.bills_card.body.setContentsMargins(1, 1, 1, 1)
        self.bills_card.body.setSpacing(0)
        self.bills_card.body.addWidget(self.bills_stack, 1)
        self.bills_card.body.addWidget(hints)
        self.bills_card.body.addWidget(self.foot_row)

    def _build_pay(self) -> None:
        self.form = PayForm()
        self.printer = label("", "small")
        self.pay = Button(self.tr("收款并打印"), "primary", icon="banknote", key="Return", size="pay")
        self.note = label(self.tr("收款后不能修改，只能冲红"), "small", wrap=True)
        self.note.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.printer_line = QWidget()
        printer = QHBoxLayout(self.printer_line)
        printer.setContentsMargins(0, 0, 0, 0)
        printer.setSpacing(6)
        printer.addWidget(Glyph("printer", "text-muted", 15))
        printer.addWidget(self.printer, 1)
        asking = QWidget()
        column = QVBoxLayout(asking)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.form_scroll = BodyScroll(self.form)
        column.addWidget(self.form_scroll, 1)
        column.addWidget(self.printer_line)
        column.addWidget(self.pay)
        column.addWidget(self.note)
        self.paid = PaidPanel()
        self.pay_stack = QStackedWidget()
        self.pay_stack.addWidget(asking)
        self.pay_stack.addWidget(self.paid)
        self.pay_card = Card()
        self.pay_card.body.addWidget(self.pay_stack)

    def _build_receipt(self) -> None:
        self.preview = ReceiptPreview()
        self.receipt_card = Card(self.tr("收据预览"))
        self.receipt_card.body.addWidget(self.preview, 1)
        self.printing = ReceiptPrinting(self.shell, self)

    def _put_together(self) -> None:
        self.desk = QWidget()
        row = QHBoxLayout(self.desk)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.bills_card, 1)
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
        self.chooser.chosen.connect(self._payer_chosen)
        self.change_payer.clicked.connect(self._choose_payer)
        self.stand_in.clicked.connect(self._choose_stand_in)
        self.table.asked_changed.connect(self._asked_changed)
        self.table.edited.connect(self.form.focus_given)
        self.table.opened.connect(self._pay_row)
        self.form.changed.connect(self._form_changed)
        self.form.pay_wanted.connect(self._pay)
        self.form.less_wanted.connect(self._less)
        self.form.given.installEventFilter(self)
        self.pay.clicked.connect(self._pay)
        self.paid.next.clicked.connect(self._next)
        self.paid.again.clicked.connect(self._again)
        self.paid.open.clicked.connect(self._open_receipt)
        self.paid.reprint.clicked.connect(self._reprint)
        self.printing.changed.connect(self._show_printing)

    # ---- the frame asks ----------------------------------------------------------------------------------------------

    def title(self) -> str:
        return self.tr("收款 {name}").format(name=self.facts.payer) if self.facts and self._at_desk else ""

    @property
    def _at_desk(self) -> bool:
        return self.stack.currentWidget() is self.desk

    @property
    def done(self) -> bool:
        """Whether the last payment is shown, not the next one asked for."""
        return self.pay_stack.currentWidget() is self.paid

    def hints(self) -> str:
        if not self._at_desk:
            return self.tr("输入姓名或房号 · ↑↓ 选人 · Enter 打开")
        if self.done:
            return self.tr("F6 补打 · F4 下一位")
        return self.tr("↑↓ 选账单 · Space 勾选 · Enter 收款")

    def opened(self, params: dict[str, Any]) -> None:
        party_id, bill_ids = params.get("party_id"), tuple(params.get("bill_ids") or ())
        self._payer = None
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
        if command == Command.PRINT and self.last is not None:
            self._reprint()
            return True
        if command == Command.BACK and not self._at_desk and self.facts is not None and self._wanted != (None, ()):
            self._show_desk()
            self.form.focus_given()
            return True
        return False

    # ---- who pays ----------------------------------------------------------------------------------------------------

    def _choose_payer(self) -> None:
        self._for_payer = False
        self._show_chooser(self.tr("收款"))

    def _choose_stand_in(self) -> None:
        if self.facts is None:
            return
        self._for_payer = True
        self._show_chooser(self.tr("谁来替 {name} 交").format(name=self.facts.payer))

    def _show_chooser(self, words: str) -> None:
        self.stack.setCurrentWidget(self.chooser)
        self.name.setText(words)
        self.room.setText("")
        for widget in (self.let_tag, self.late_tag, self.instead, self.prepaid_words, self.prepaid, self.stand_in):
            widget.hide()
        self.change_payer.hide()
        self.glyph.set("users")
        self.chooser.start(self.shell.today())
        self.shell.retitle()

    def _payer_chosen(self, party_id: UUID, name: str) -> None:
        if self._for_payer and self.facts is not None:
            self._payer = (party_id, name) if party_id != self.facts.payer_id else None
            self._show_desk()
            self._check()
            self.form.focus_given()
            return
        self._payer = None
        self._load(party_id, ())

    def _load(self, party_id: UUID | None, bill_ids: Sequence[UUID]) -> None:
        self._wanted = (party_id, tuple(bill_ids))
        self._chosen = tuple(bill_ids)
        self._fresh = True
        self._ask()

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
            due = [row.id for row in rows if row.due <= facts.today]
            ticked = list(self._chosen) or due or [row.id for row in rows[:1]]
            self.table.forget_amounts()
        else:
            ticked = list(self.table.amounts())
        self.table.show_bills(rows, ticked, facts.today)
        self._show_desk()
        self.bills_stack.setCurrentWidget(self.table if rows else self.none)
        self.none.title.setText(self.tr("{name} 没有未付的账单").format(name=facts.payer))
        self.none.why.setText(self.tr("按 Ctrl K 换一位交款人，或在账单里看以往的"))
        if fresh:
            self._attempted = False
            self.pay_stack.setCurrentIndex(0)
            amounts = self.table.amounts()
            self.form.start(total(amounts.values()), len(amounts))
            if rows:
                self.form.focus_given()
            else:
                self.change_payer.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.done:
            self.paid.show_rest(total(row.owed for row in rows), len(rows))
        self._check()
        self.shell.retitle()

    def _show_desk(self) -> None:
        facts = self.facts
        if facts is None:
            return
        self.stack.setCurrentWidget(self.desk)
        self.glyph.set("user-round")
        self.name.setText(facts.payer)
        self.room.setText(facts.rooms)
        self.let_tag.setVisible(bool(facts.rooms))
        late = facts.overdue_days()
        self.late_tag.set(self.tr("欠费 {n} 天").format(n=late), "danger", "circle-alert")
        self.late_tag.setVisible(late > 0)
        self.instead.setText(self.tr("由 {name} 代交").format(name=self._payer[1]) if self._payer else "")
        self.instead.setVisible(self._payer is not None)
        self.prepaid.set_amount(facts.prepaid)
        self.prepaid_words.show()
        self.prepaid.show()
        self.stand_in.setVisible(bool(facts.bills) and not self.done)
        self.change_payer.show()
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
        payer = self._payer[0] if self._payer else self.facts.payer_id
        return TakePayment(payer, self.table.amounts(), self.form.tenders(), self.form.surplus())

    def _check(self) -> dict[str, str]:
        """Look at everything again, as the service will: problems, sums, the button, the receipt."""
        facts = self.facts
        if facts is None:
            return {}
        amounts = self.table.amounts()
        problems = payments.payment_problems(self._request(), self.table.owed())
        shown = dict(problems)
        if not self._attempted:
            shown.pop("reference", None)  # not yet typed is no mistake
        self.form.show_problems(shown)
        rows = self.table.bills
        self.foot_row.show_words(
            self.tr("已选 {n} 张 / 共 {all} 张").format(n=len(amounts), all=len(rows)),
            self.tr("未付合计 {owed}").format(owed=total(row.owed for row in rows)),
        )
        self._make_room()
        self.sum.setText(self.tr("本次 {due}").format(due=total(amounts.values())))
        self._allow(problems)
        self._show_receipt()
        return problems

    def _allow(self, problems: dict[str, str]) -> None:
        if not self.shell.allowed(Right.TAKE_PAYMENT):
            self.pay.disable(self.tr("收款要收银员办：账单已在收款台的待收名单里，请交给收银"))
            self.note.setText(self.tr("您可以看账单，收款请交给收银"))
        elif self._paying:
            self.pay.disable(self.tr("正在收款"))
        else:
            self.pay.allow(problems.get("amounts", ""))

    def _show_receipt(self) -> None:
        facts, session = self.facts, self.shell.session
        if facts is None or self.done:
            return
        paper = till.receipt_preview(
            facts, self.table.amounts(), self.form.tenders(), self.form.surplus(), office=session.office.organisation,
            cashier=session.actor.name, desk=session.office.desk.name, payer=self._payer[1] if self._payer else "",
        )  # fmt: skip
        self.preview.show_paper(paper)
        choice: PrinterChoice = session.preferences.printers.get("receipt", PrinterChoice())
        size = "A4" if self.printing.sheet.value == "a4" else "A5"
        self.printer.setText(
            self.tr("{size} 收据 · 两联 · {printer}").format(size=size, printer=choice.printer or self.tr("默认打印机"))
        )

    # ---- paying ------------------------------------------------------------------------------------------------------

    def _pay_row(self, _row: object) -> None:
        self._pay()

    def _pay(self) -> None:
        """Take the money, once: while the act runs the button is shut and every other way ends at the first line."""
        if self._paying or self.done or self.facts is None or not self.pay.isEnabled():
            return
        self.table.close_editor()
        self._attempted = True
        problems = self._check()
        if problems:
            self._go_to(problems)
            return
        self._paying = True
        self.pay.disable(self.tr("正在收款"))
        self.shell.run(
            partial(self.shell.session.act, Op.TAKE_PAYMENT, payments.take_payment, self._request()),
            self._taken,
            self._not_taken,
            write=True,
            busy=self.tr("正在收款"),
        )

    def _go_to(self, problems: dict[str, str]) -> None:
        name = next(iter(problems))
        if name == "amounts":
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        elif name == "reference":
            self.form.reference.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.form.focus_given()

    def _taken(self, taken: PaymentTaken) -> None:
        self._paying = False
        self._paid_at = time.monotonic()
        self.last = taken
        rest = [row for row in self.table.bills if row.owed > self.table.amounts().get(row.id, NIL)]
        owed = total(row.owed for row in self.table.bills) - total(self.table.amounts().values())
        self.paid.show_taken(taken, owed, len(rest))
        self.pay_stack.setCurrentWidget(self.paid)
        self.paid.next.setFocus(Qt.FocusReason.OtherFocusReason)
        self.stand_in.hide()
        paper = self.preview.paper
        if paper is not None:
            self.preview.show_paper(replace(paper, number=taken.receipt_number))
        self._show_printing(self.printing.begin(taken))
        self.table.untick_all()
        self._ask()

    def _not_taken(self, error: Exception) -> None:
        self._paying = False
        self._allow({})
        if isinstance(error, payments.ChoiceNeeded):
            self._ask_surplus()
        elif isinstance(error, payments.BillsChanged):
            messages.show_warning(error.message)
            self._ask()
            self.form.focus_given()
        elif isinstance(error, ProblemsFound):
            self.form.show_problems(error.problems)
            self._go_to(error.problems)
        elif isinstance(error, DomainError):
            self.form.show_problems({"surplus": error.message})
            self.form.focus_given()
        else:
            messages.show_error(error)
            self.form.focus_given()

    def _ask_surplus(self) -> None:
        self.form.ask_surplus()
        self._make_room()

    def _make_room(self) -> None:
        """On a low screen the lines about paper give way to whatever has to be answered."""
        tight = self.height() < theme().scaled(LOW_BELOW) and self.form.wants_room
        self.printer_line.setVisible(not tight)
        self.note.setVisible(not tight or not self.shell.allowed(Right.TAKE_PAYMENT))

    def _less(self, amount: Money) -> None:
        self.table.spread(amount)
        self.form.focus_given()

    # ---- afterwards --------------------------------------------------------------------------------------------------

    def _show_printing(self, words: str) -> None:
        if self.last is not None:
            amount, number = self.last.amount, self.last.receipt_number
            self.paid.words.setText(
                self.tr("已收 {amount}，收据 {number}，{print}").format(amount=amount, number=number, print=words)
            )

    def _reprint(self) -> None:
        if self.last is not None:
            self._show_printing(self.printing.again(self.last))

    def _next(self) -> None:
        if time.monotonic() - self._paid_at >= BOUNCE_SECONDS:
            self._choose_payer()

    def _again(self) -> None:
        self._payer = None
        assert self.facts is not None
        self._load(self.facts.payer_id, ())

    def _open_receipt(self) -> None:
        if self.last is not None and time.monotonic() - self._paid_at >= BOUNCE_SECONDS:
            self.shell.navigate("receipt", payment_id=self.last.payment_id)

    # ---- measures ----------------------------------------------------------------------------------------------------

    def _measure(self) -> None:
        look = theme()
        self.pay_card.setFixedWidth(look.panel("till-pay"))
        self.receipt_card.setFixedWidth(look.panel("receipt"))
        self.receipt_card.setVisible(self.width() >= look.scaled(FOLD_BELOW))
        low = self.height() < look.scaled(LOW_BELOW)
        self.form.set_compact(low)
        self.body.setContentsMargins(*((12, 8, 12, 8) if low else (12, 12, 12, 12)))
        self.pay_card.body.setContentsMargins(*((14, 6, 14, 6) if low else (14, 10, 14, 10)))
        self._make_room()
        self.table_hints.setVisible(not low)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "desk"):
            self._measure()
        super().changeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """From 实收 the bills are in reach: arrows choose one, Space ticks it, Ctrl A ticks what is due."""
        if watched is self.form.given and event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            key, control = event.key(), event.modifiers() == Qt.KeyboardModifier.ControlModifier  # type: ignore[attr-defined]
            plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier  # type: ignore[attr-defined]
            ours = (plain and key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Space)) or (
                control and key == Qt.Key.Key_A
            )
            if ours and event.type() == QEvent.Type.KeyPress:
                self.table.keyPressEvent(event)  # type: ignore[arg-type]
                return True
        return super().eventFilter(watched, event)
