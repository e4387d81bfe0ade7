"""One receipt 收据: what was paid, how, for what, how often it was printed; print it again, or take it back 冲红."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.models.payments import PaymentKind
from desktop.models.values import NIL, AllocationRule, Right
from desktop.services import receipts, reversals, till, voids
from desktop.services.acts import Op
from desktop.services.billing import FEE_WORDS
from desktop.services.paper.money import ReceiptPaper
from desktop.services.payments import METHOD_WORDS, PaymentTaken, TenderForm
from desktop.services.receipts import PaidLine
from desktop.services.rmb import uppercase_rmb
from desktop.services.voids import Voided, VoidFacts, VoidPayment
from desktop.services.work import Work
from desktop.views import messages
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind
from desktop.views.invoice_dialogs import ask_invoice
from desktop.views.labels import Card, Fact, FactList, MoneyLabel, label, rule
from desktop.views.on_the_spot import Asked, act_or_ask
from desktop.views.overlays import BodyScroll
from desktop.views.pages import Page, Shell
from desktop.views.receipt_preview import ReceiptPreview
from desktop.views.receipt_printing import ReceiptPrinting
from desktop.views.tables import RowTable
from desktop.views.take_back_dialogs import ReverseDialog, VoidDialog
from desktop.views.theme import theme
from desktop.views.timeline import Event, Timeline
from desktop.world import OFFICE_ZONE

FOLD_BELOW = 940
"""Narrower pages leave the picture of the receipt out."""


def _reverse(payment_id: UUID, reason: str, work: Work) -> PaymentTaken:
    return reversals.reverse_payment(work, payment_id, reason)


def _voided(request: VoidPayment, work: Work) -> Voided:
    return voids.void_payment(work, request)


class ReceiptPage(Page):
    """Opened with `payment_id`."""

    help_topic = "receipt"
    tables = frozenset({"payment", "receipt", "print_event", "allocation", "party", "signature"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.shown: receipts.ReceiptPage | None = None
        self._payment_id: UUID | None = None
        self._fresh = True
        self.void_facts: VoidFacts | None = None
        self._dialog: ReverseDialog | VoidDialog | None = None
        self._build_head()
        self._build_body()
        self._wire()

    def _build_head(self) -> None:
        self.print_words = label("", "muted", wrap=True)
        self.print_words.hide()
        self.to_payer = Button(self.tr("看交款人"), "quiet", icon="user-round")
        self.reverse = Button(self.tr("冲红"), "secondary", icon="undo-2", key="Alt+1")
        self.void = Button(self.tr("作废"), "secondary", icon="ban", key="Alt+2")
        self.invoice = Button(self.tr("登记发票"), "quiet", icon="file-text", key="Ctrl+I")
        self.reprint = Button(self.tr("补打"), "primary", icon="printer", key="F6", writes=True)
        self.set_record_head(self.void, self.reverse, self.reprint)

    def _build_body(self) -> None:
        self.amount = MoneyLabel(NIL, role="total")
        self.capitals = label("", "small", wrap=True)
        self.capitals.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.facts = FactList(right=True)
        self.other = Button("", "secondary", icon="receipt-text", size="small")
        self.left_card = Card(self.tr("收了"))
        self.left_card.body.addWidget(self.amount, 0, Qt.AlignmentFlag.AlignRight)
        self.left_card.body.addWidget(self.capitals)
        self.left_card.body.addWidget(self.other)
        self.left_card.body.addWidget(rule())
        self.left_card.body.addWidget(self.facts)
        self.left_card.body.addWidget(self.print_words)
        for way in (self.invoice, self.to_payer):
            self.left_card.body.addWidget(way, 0, Qt.AlignmentFlag.AlignLeft)
        self.left_card.body.addStretch(1)
        self.lines = RowTable(
            [
                Column(
                    self.tr("收费项目"), _fee, kind=Kind.NAME, sample="物业费", detail=_title, strong=True, stretch=1
                ),
                Column(self.tr("所属期间"), _period, kind=Kind.DATE, sample="2026-11-01 至 2026-11-30", fold=True),
                Column(self.tr("金额"), _line_amount, kind=Kind.MONEY, sample="88,888.00", tone=_line_tone),
            ],
            two_lines=True,
        )
        self.lines.setAccessibleName(self.tr("收费项目"))
        self.lines.say_when_empty(self.tr("没有对应的账单"), self.tr("整笔存入了预存，下次收款时可以抵"))
        self.lines_card = Card(self.tr("收费项目"))
        self.lines_card.body.addWidget(self.lines)
        self.tenders = FactList(right=True)
        self.tenders_card = Card(self.tr("收款方式"))
        self.tenders_card.body.addWidget(self.tenders)
        self.prints = Timeline()
        self.no_prints = label(self.tr("还没有打印过：按 F6 打印"), "muted", wrap=True)
        self.prints_card = Card(self.tr("打印记录"))
        self.prints_card.body.addWidget(self.prints)
        self.prints_card.body.addWidget(self.no_prints)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for card in (self.lines_card, self.tenders_card, self.prints_card):
            column.addWidget(card)
        column.addStretch(1)
        self.preview = ReceiptPreview()
        self.preview_card = Card(self.tr("收据"))
        self.preview_card.body.addWidget(self.preview, 1)
        self.left_scroll = BodyScroll(self.left_card)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.left_scroll)
        row.addWidget(BodyScroll(middle), 1)
        row.addWidget(self.preview_card)
        self.body.addLayout(row, 1)
        self.printing = ReceiptPrinting(self.shell, self)
        self._measure()

    def _wire(self) -> None:
        self.reprint.clicked.connect(self._reprint)
        self.reverse.clicked.connect(self._ask_reverse)
        self.void.clicked.connect(self._ask_void)
        self.invoice.clicked.connect(self._ask_invoice)
        self.to_payer.clicked.connect(self._party)
        self.other.clicked.connect(self._open_other)
        self.lines.opened.connect(self._open_bill)
        self.printing.changed.connect(self._say)

    def _say(self, words: str) -> None:
        """How far its printing is; nothing leaves no gap."""
        self.print_words.setText(words)
        self.print_words.setVisible(bool(words))

    def title(self) -> str:
        return self.tr("收据 {number}").format(number=self.shown.row.number) if self.shown is not None else ""

    def hints(self) -> str:
        print_words = self.tr("F6 补打") if self.shown is not None and self.shown.prints else self.tr("F6 打印")
        return " · ".join((print_words, self.tr("Enter 打开账单"), self.tr("Esc 返回")))

    def opened(self, params: dict[str, Any]) -> None:
        self._payment_id = params["payment_id"]
        self._fresh = True
        self._say("")
        self._load()

    def refresh(self, tables: frozenset[str]) -> None:
        self._load()

    def _load(self) -> None:
        if self._payment_id is None:
            return
        self.shell.run(
            partial(read_receipt, self.shell.session, self._payment_id),
            self.show_receipt,
            busy=self.tr("正在读取收据"),
        )

    # showing

    def show_receipt(self, found: Read) -> None:
        """Everything there is to say of a receipt, and the receipt itself."""
        page, paper, self.void_facts = found
        if page.row.payment_id != self._payment_id:
            return  # another receipt has been opened since
        self.shown = page
        self.preview.show_paper(paper)
        row = page.row
        self.title_label.setText(row.number)
        self.about_label.setText(f"{row.title} · {row.payer}")
        self._show_state(page)
        self.amount.set_amount(row.amount, tone="danger" if row.amount < NIL else "text")
        self.capitals.setText(uppercase_rmb(row.amount))
        self.facts.set_facts(self._facts(page))
        self.tenders.set_facts(self._tender_facts(page))
        self.lines.show_list(page.lines, id)
        printed = [self._print(*each) for each in reversed(page.prints)]
        self.prints.show_events(printed)
        self.prints.setVisible(bool(printed))
        self.no_prints.setVisible(not printed)
        self._measure()
        self._allow(page)
        if self._fresh:
            self._fresh = False
            (self.reprint if self.reprint.isEnabled() else self.lines).setFocus(Qt.FocusReason.OtherFocusReason)
        self.shell.retitle()

    def _show_state(self, page: receipts.ReceiptPage) -> None:
        row = page.row
        if row.kind is PaymentKind.REVERSAL:
            self.state_tag.set(self.tr("红字收据"), "danger", "undo-2")
        elif row.kind is PaymentKind.REFUND:
            self.state_tag.set(self.tr("退款"), "info", "undo-2")
        elif row.voided:
            self.state_tag.set(self.tr("已作废"), "danger", "ban")
        elif row.reversed_by is not None:
            self.state_tag.set(self.tr("已冲红"), "danger", "undo-2")
        else:
            self.state_tag.set(self.tr("有效"), "ok", "circle-check")
        if page.reverses is not None:
            self.other.setText(self.tr("冲销的是 {number}").format(number=page.reverses[1]))
        elif row.reversed_by is not None:
            self.other.setText(self.tr("红字收据 {number}").format(number=row.reversed_by))
        self.other.setVisible(page.reverses is not None or row.reversed_by is not None)

    def _facts(self, page: receipts.ReceiptPage) -> list[Fact]:
        taken = page.taken_at.astimezone(OFFICE_ZONE)
        facts = [
            Fact(self.tr("交款人"), page.row.payer),
            Fact(self.tr("入账日"), page.row.business_date.isoformat()),
            Fact(self.tr("时间"), f"{taken:%Y-%m-%d %H:%M}"),
            Fact(self.tr("收款人"), page.cashier),
            Fact(self.tr("收银台"), page.desk),
        ]
        if page.reason:
            facts.append(Fact(self.tr("原因"), page.reason, "danger" if page.reverses else ""))
        if page.row.voided:
            facts.append(Fact(self.tr("作废"), f"{page.voided_by} · {page.void_reason}", "danger"))
        if page.allocated_by is AllocationRule.LEGAL_ORDER:
            facts.append(Fact(self.tr("分配"), self.tr("按法定顺序（民法典 560 条）")))
        if page.signed_by:
            facts.append(Fact(self.tr("当面签名"), page.signed_by))
        return facts

    def _tender_facts(self, page: receipts.ReceiptPage) -> list[Fact]:
        facts = [Fact(_tender_words(tender), str(tender.amount)) for tender in page.tenders]
        if page.change:
            facts.append(Fact(self.tr("实收"), str(page.given)))
            facts.append(Fact(self.tr("找零"), str(page.change), "ok"))
        if page.credited:
            facts.append(Fact(*_credit_words(page), "ok"))
        if page.rounding:
            facts.append(Fact(self.tr("抹零"), str(page.rounding)))
        return facts

    def _print(self, at: Any, who: str, ordinal: int) -> Event:
        words = self.tr("补打 {n}").format(n=ordinal) if ordinal else self.tr("打印")
        return Event("printer", words, f"{at.astimezone(OFFICE_ZONE):%m-%d %H:%M}", who)

    def _allow(self, page: receipts.ReceiptPage) -> None:
        row = page.row
        self.to_payer.setVisible(self.shell.allowed(Right.SEE_PARTIES))
        taken = row.kind is PaymentKind.PAYMENT and row.stands
        self.invoice.setVisible(taken and bool(page.lines) and self.shell.allowed(Right.REGISTER_INVOICES))
        may_print = self.shell.allowed(Right.PRINT_PAPER)
        self.reprint.setText(self.tr("补打") if page.prints else self.tr("打印"))
        self.reprint.allow("" if may_print else self.tr("您的角色不能打印收据"))
        why = ""
        if row.kind is PaymentKind.REVERSAL:
            why = self.tr("这本身就是一张红字收据，不能再冲红")
        elif row.voided:
            why = self.tr("这张收据已作废")
        elif row.reversed_by is not None:
            why = self.tr("这张收据已冲红，红字收据 {number}").format(number=row.reversed_by)
        elif not (self.shell.allowed(Right.REVERSE_PAYMENT) or self.shell.allowed(Right.USE_DRAFTS)):
            why = self.tr("您的角色只能查看：冲红请前台或收银发起，主管授权")
        self.reverse.allow(why)
        may_void = self.shell.allowed(Right.VOID_PAYMENT) or self.shell.allowed(Right.USE_DRAFTS)
        self.void.allow(why if not may_void else self.void_facts.refusal if self.void_facts is not None else "")

    # what the clerk does

    def _reprint(self) -> None:
        if self.shown is not None:
            row = self.shown.row
            self._say(self.printing.print_again(row.payment_id, row.number))

    def _ask_reverse(self) -> None:
        if self.shown is not None:
            self._open_dialog(ReverseDialog(self.shell, self.shown), self._reverse)

    def _ask_void(self) -> None:
        if self.shown is not None and self.void_facts is not None:
            self._open_dialog(VoidDialog(self.shell, self.shown, self.void_facts), self._void)

    def _open_dialog(self, dialog: ReverseDialog | VoidDialog, submitted: Callable[[Any], object]) -> None:
        dialog.submitted.connect(submitted)
        dialog.closed.connect(self._dialog_closed)
        self._dialog = dialog
        self.shell.open(dialog)

    def _ask_invoice(self) -> None:
        if self.shown is not None:
            ask_invoice(self.shell, payment_id=self.shown.row.payment_id)

    def _void(self, request: VoidPayment) -> None:
        if self._dialog is None or self.shown is None:
            return
        self._dialog.set_busy(True, self.tr("正在作废"))
        row = self.shown.row
        asked = Asked(
            self.tr("作废收据 {number}，退还 {amount} 元").format(number=row.number, amount=row.amount),
            self.tr("付款人 {payer}，原因：{reason}").format(payer=row.payer, reason=request.reason),
            self.tr("授权作废"),
        )
        act = partial(_voided, request)
        act_or_ask(
            self.shell, asked, Op.VOID_PAYMENT, act, self._void_done, self._not_reversed, busy=self.tr("正在作废")
        )

    def _void_done(self, _voided: Voided) -> None:
        if self._dialog is not None:
            self._dialog.accept()
        self._load()

    def _dialog_closed(self, _accepted: bool) -> None:
        self._dialog = None

    def _reverse(self, reason: str) -> None:
        if self._dialog is None or self.shown is None:
            return
        self._dialog.set_busy(True, self.tr("正在冲红"))
        row = self.shown.row
        asked = Asked(
            self.tr("冲红收据 {number}，退回 {amount} 元").format(number=row.number, amount=row.amount),
            self.tr("付款人 {payer}，原因：{reason}").format(payer=row.payer, reason=reason),
            self.tr("授权冲红"),
        )
        act = partial(_reverse, row.payment_id, reason)
        act_or_ask(
            self.shell, asked, Op.REVERSE_PAYMENT, act, self._reversed, self._not_reversed, busy=self.tr("正在冲红")
        )

    def _reversed(self, taken: PaymentTaken) -> None:
        if self._dialog is not None:
            self._dialog.accept()
        self.shell.navigate("receipt", payment_id=taken.payment_id)
        self._say(self.printing.print_receipt(taken.payment_id, taken.receipt_number))

    def _not_reversed(self, error: Exception) -> None:
        if self._dialog is not None:
            self._dialog.refuse(error)
        else:
            messages.show_error(error)

    def _party(self) -> None:
        if self.shown is not None:
            self.shell.navigate("party", party_id=self.shown.row.payer_id)

    def _open_other(self) -> None:
        page = self.shown
        if page is None:
            return
        if page.reverses is not None:
            self.shell.navigate("receipt", payment_id=page.reverses[0])
        elif page.row.reversed_by is not None:
            self.shell.run(
                partial(self.shell.session.read, receipts.receipts_of, number=page.row.reversed_by), self._open_first
            )

    def _open_first(self, rows: Sequence[receipts.ReceiptRow]) -> None:
        if rows:
            self.shell.navigate("receipt", payment_id=rows[0].payment_id)

    def _open_bill(self, line: PaidLine) -> None:
        self.shell.navigate("bill", bill_id=line.bill_id)

    # measures

    def _measure(self) -> None:
        look = theme()
        wide = look.panel("party-facts")
        self.left_scroll.setFixedWidth(wide)
        rows = len(self.shown.lines) if self.shown is not None else 1
        self.lines.setFixedHeight(look.height("header-row") + max(1, rows) * look.height("row-two-lines") + 4)
        self.preview_card.setFixedWidth(look.panel("receipt"))
        self.preview_card.setVisible(self.width() >= look.scaled(FOLD_BELOW))

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._measure()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "printing"):
            self._measure()
        super().changeEvent(event)


Read = tuple[receipts.ReceiptPage, ReceiptPaper, VoidFacts]


def read_receipt(session: Any, payment_id: UUID) -> Read:
    """In a reading job: the facts of a receipt, its paper, and whether it can be voided here and now."""
    return (
        session.read(receipts.receipt_page, payment_id),
        session.read(till.receipt_paper, payment_id),
        session.read(voids.void_facts, payment_id),
    )


def _tender_words(tender: TenderForm) -> str:
    words = METHOD_WORDS[tender.method]
    return f"{words} · {tender.reference}" if tender.reference else words


def _credit_words(page: receipts.ReceiptPage) -> tuple[str, str]:
    """What of a payment touched the payer's credit: words and amount."""
    if page.row.kind is PaymentKind.REFUND and page.credited < NIL:
        return "退预存款", str(-page.credited)
    used = page.credited > NIL if page.row.kind is PaymentKind.REVERSAL else page.credited < NIL
    return ("使用预存", str(-page.credited)) if used else ("存入预存", str(page.credited))


def _fee(line: PaidLine) -> str:
    return FEE_WORDS[line.fee_type]


def _title(line: PaidLine) -> str:
    return line.title if line.title != FEE_WORDS[line.fee_type] else ""


def _period(line: PaidLine) -> str:
    return f"{line.period_start} 至 {line.period_end}" if line.period_start and line.period_end else ""


def _line_amount(line: PaidLine) -> str:
    return str(line.amount)


def _line_tone(line: PaidLine) -> str:
    return "danger" if line.amount < NIL else "text"
