"""One bill 账单: its lines and why each is this amount, what was paid on it, and what can be done next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.models.values import LIABILITY_FEES, NIL, Money, Right, total
from desktop.services import billing, invoices, line_origins, one_off
from desktop.services.bill_lists import plain
from desktop.services.billing import FEE_WORDS, BillLineRow
from desktop.services.invoices import BillInvoice
from desktop.services.rmb import uppercase_rmb
from desktop.views.bill_list import state_tag
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind
from desktop.views.invoice_dialogs import ask_invoice
from desktop.views.labels import Card, Fact, FactList, Glyph, MoneyLabel, label, rule
from desktop.views.layouts import Flow
from desktop.views.overlays import BodyScroll
from desktop.views.pages import Page, Shell
from desktop.views.tables import RowTable
from desktop.views.take_back_dialogs import TakeBackBillDialog
from desktop.views.theme import theme

Paid = tuple[UUID, str, date, Money]
ReadBill = tuple[billing.BillPage, BillInvoice | None, Mapping[UUID, tuple[str, ...]]]


class BillPage(Page):
    """Opened with `bill_id`."""

    help_topic = "bills"
    tables = frozenset({"bill", "bill_line", "bill_balance", "payment", "allocation", "receipt", "party", "invoice"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.shown: billing.BillPage | None = None
        self._invoiced: BillInvoice | None = None
        self._bill_id: UUID | None = None
        self._fresh = True
        self._build_head()
        self._build_body()
        self._wire()

    def _build_head(self) -> None:
        self.to_party = Button(self.tr("看租客"), "quiet", icon="user-round")
        self.to_room = Button(self.tr("看房间"), "quiet", icon="layout-grid")
        self.to_lease = Button(self.tr("看租约"), "quiet", icon="file-text")
        self.to_deposit = Button(self.tr("看押金"), "quiet", icon="piggy-bank", key="Alt+1")
        self.take_back = Button(self.tr("撤回"), "quiet", icon="undo-2", key="Alt+2")
        self.invoice = Button(self.tr("登记发票"), "quiet", icon="file-text", key="Ctrl+I")
        self.pay = Button(self.tr("收款"), "primary", icon="banknote", key="F4")
        self.set_record_head(self.to_deposit, self.take_back, self.invoice, self.pay)

    def _build_body(self) -> None:
        self.owed = MoneyLabel(NIL, role="total")
        self.capitals = label("", "small", wrap=True)
        self.facts = FactList(right=True)
        self.left_card = Card(self.tr("未付"))
        self.left_card.body.addWidget(self.owed, 0, Qt.AlignmentFlag.AlignRight)
        self.left_card.body.addWidget(self.capitals)
        self.left_card.body.addWidget(rule())
        self.left_card.body.addWidget(self.facts)
        # Beside the facts, not in the head: there they pushed the page past a small screen.
        ways = QWidget()
        flow = Flow()
        ways.setLayout(flow)
        for way in (self.to_party, self.to_room, self.to_lease):
            flow.addWidget(way)
        self.left_card.body.addWidget(ways)
        self.left_card.body.addStretch(1)
        self.lines_card = Card(self.tr("账单明细"))
        self.lines = QVBoxLayout()
        self.lines.setSpacing(10)
        self.lines_card.body.addLayout(self.lines)
        self.payments = RowTable(
            [
                Column(self.tr("收据"), _number, kind=Kind.CODE, sample="WJYA26-000123", strong=True, stretch=1),
                Column(self.tr("日期"), _day, kind=Kind.DATE, sample="2026-11-22"),
                Column("", self._kind, kind=Kind.TEXT, sample=self.tr("冲红"), tone=_tone),
                Column(self.tr("收了"), _paid, kind=Kind.MONEY, sample="88,888.00", tone=_tone),
            ]
        )
        self.payments.setAccessibleName(self.tr("收款记录"))
        self.payments_card = Card(self.tr("收款记录"))
        self.payments_card.body.addWidget(self.payments)
        self.no_payments = label(self.tr("还没有收过款：按 F4 收款，收据会列在这里"), "muted", wrap=True)
        self.payments_card.body.addWidget(self.no_payments)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.lines_card)
        column.addWidget(self.payments_card)
        column.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(10)
        self.left_side = BodyScroll(self.left_card)
        row.addWidget(self.left_side)
        row.addWidget(BodyScroll(right), 1)
        self.body.addLayout(row, 1)
        self._measure()

    def _wire(self) -> None:
        self.pay.clicked.connect(self._pay)
        self.take_back.clicked.connect(self._take_back)
        self.invoice.clicked.connect(self._invoice)
        self.to_party.clicked.connect(self._party)
        self.to_room.clicked.connect(self._room)
        self.to_lease.clicked.connect(self._lease)
        self.to_deposit.clicked.connect(self._deposit)
        self.payments.opened.connect(self._open_receipt)

    def title(self) -> str:
        return f"{self.shown.row.title} {self.shown.row.debtor}" if self.shown is not None else ""

    def hints(self) -> str:
        return self.tr("F4 收款 · Enter 打开收据 · Esc 返回")

    def opened(self, params: dict[str, Any]) -> None:
        self._bill_id = params["bill_id"]
        self._fresh = True
        self._load()

    def refresh(self, tables: frozenset[str]) -> None:
        self._load()

    def _load(self) -> None:
        if self._bill_id is None:
            return
        self.shell.run(
            partial(read_bill, self.shell.session, self._bill_id),
            self.show_bill,
            busy=self.tr("正在读取账单"),
        )

    # showing

    def show_bill(self, found: ReadBill) -> None:
        """Everything there is to say of a bill."""
        page, self._invoiced, origins = found
        if page.row.id != self._bill_id:
            return  # another bill has been opened since
        self.shown = page
        row = page.row
        self.title_label.setText(row.title)
        self.about_label.setText(" · ".join(part for part in (row.debtor, row.room) if part))
        tag = state_tag(self.shell.today(), row)
        self.state_tag.set(tag.text, tag.tone, tag.icon)
        self.owed.set_amount(row.owed, owed=row.overdue_days(self.shell.today()) > 0)
        self.capitals.setText(uppercase_rmb(row.owed) if row.owed > NIL else "")
        self.facts.set_facts(self._facts(page))
        self._show_lines(page.lines, origins)
        self.payments.show_list(page.payments, _key)
        self.payments.setVisible(bool(page.payments))
        self.no_payments.setVisible(not page.payments)
        self._measure()
        deposit = row.fee_type in LIABILITY_FEES
        self.to_deposit.setVisible(deposit)
        self.to_room.setVisible(page.room_id is not None and not deposit and self.shell.allowed(Right.SEE_BOARD))
        self.to_lease.setVisible(row.lease_id is not None and self.shell.allowed(Right.SEE_LEASES))
        self.to_party.setVisible(self.shell.allowed(Right.SEE_PARTIES))
        income = total(line.amount for line in page.lines if line.fee_type not in LIABILITY_FEES)
        # A deposit has its receipt: it becomes income, and is invoiced, when it is kept.
        self.invoice.setVisible(income > NIL and self.shell.allowed(Right.REGISTER_INVOICES))
        by_hand = page.source.startswith(one_off.SOURCE) and row.amount > NIL
        self.take_back.setVisible(by_hand and self.shell.allowed(Right.POST_BILLS))
        self.take_back.allow("" if row.owed == row.amount else self.tr("已收过款：先冲红收款，再撤回账单"))
        self.pay.allow("" if row.owed > NIL else self.tr("这张账单没有未付的金额"))
        if self._fresh:
            self._fresh = False
            (self.pay if self.pay.isEnabled() else self.payments if page.payments else self.to_party).setFocus(
                Qt.FocusReason.OtherFocusReason
            )
        self.shell.retitle()

    def _facts(self, page: billing.BillPage) -> list[Fact]:
        row = page.row
        facts = [
            Fact(self.tr("应付人"), row.debtor),
            Fact(self.tr("房间"), row.room or "—"),
            Fact(self.tr("应缴日"), row.due.isoformat()),
            Fact(self.tr("出账日"), page.issued_on.isoformat()),
            Fact(self.tr("金额"), str(row.amount)),
            Fact(self.tr("已收"), str(row.amount - row.owed)),
        ]
        if self._invoiced is not None:
            facts.append(Fact(self.tr("发票"), self._invoiced.words()))
        if late := row.overdue_days(self.shell.today()):
            facts.insert(3, Fact(self.tr("逾期"), self.tr("{n} 天").format(n=late), "danger"))
        return facts

    def _show_lines(self, lines: Sequence[BillLineRow], origins: Mapping[UUID, tuple[str, ...]]) -> None:
        while (item := self.lines.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for at, line in enumerate(lines):
            if at:
                self.lines.addWidget(rule())
            self.lines.addWidget(self._line(line, origins.get(line.id, ())))
        if len(lines) > 1:
            self.lines.addWidget(rule())
            foot = QWidget()
            row = QHBoxLayout(foot)
            row.setContentsMargins(0, 0, 0, 0)
            row.addWidget(label(self.tr("合计"), "strong"), 1)
            row.addWidget(label(str(total(line.amount for line in lines)), "strong"))
            self.lines.addWidget(foot)

    def _line(self, line: BillLineRow, origins: Sequence[str]) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addWidget(label(FEE_WORDS[line.fee_type], "strong"))
        top.addWidget(label(line_words(line), "muted", wrap=True), 1)
        if line.paid:
            top.addWidget(label(self.tr("已收 {paid}").format(paid=line.paid), "small"))
        top.addWidget(label(str(line.amount), "strong", tone="danger" if line.amount < NIL else ""))
        column.addLayout(top)
        if line.explanation:
            column.addLayout(_told("calculator", self.tr("为什么是这个数"), line.explanation))
        if origins:
            column.addLayout(_told("users", self.tr("谁经手"), origins))
        return box

    def _kind(self, row: Paid) -> str:
        return self.tr("退回") if row[3] < NIL else ""

    # what the clerk does

    def _pay(self) -> None:
        if self.shown is not None:
            self.shell.navigate("till", bill_ids=(self.shown.row.id,))

    def _take_back(self) -> None:
        if self.shown is not None:
            dialog = TakeBackBillDialog(self.shell, self.shown.row)
            dialog.done.connect(self._taken_back)
            self.shell.open(dialog)

    def _taken_back(self, amount: Money) -> None:
        self.shell.toast(self.tr("已撤回 {amount}").format(amount=amount))
        self._load()

    def _invoice(self) -> None:
        if self.shown is not None:
            ask_invoice(self.shell, bill_ids=(self.shown.row.id,))

    def _party(self) -> None:
        if self.shown is not None:
            self.shell.navigate("party", party_id=self.shown.row.debtor_id)

    def _room(self) -> None:
        if self.shown is not None and self.shown.room_id is not None:
            self.shell.navigate("room", room_id=self.shown.room_id)

    def _lease(self) -> None:
        if self.shown is not None and self.shown.row.lease_id is not None:
            self.shell.navigate("lease", lease_id=self.shown.row.lease_id)

    def _deposit(self) -> None:
        if self.shown is not None:
            self.shell.navigate("deposit", bill_id=self.shown.row.id)

    def _open_receipt(self, row: Paid) -> None:
        self.shell.navigate("receipt", payment_id=row[0])

    # measures

    def _measure(self) -> None:
        look = theme()
        self.left_side.setFixedWidth(look.panel("party-facts") + 2)
        rows = len(self.shown.payments) if self.shown is not None else 0
        self.payments.setFixedHeight(look.height("header-row") + rows * look.height("row") + 4)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "payments"):
            self._measure()
        super().changeEvent(event)


def read_bill(session: Any, bill_id: UUID) -> ReadBill:
    """In a reading job: a bill, how it stands in the invoice register, and who is behind each of its lines."""
    page = session.read(billing.bill_page, bill_id)
    invoiced = session.read(invoices.invoices_of_bills, [bill_id]).get(bill_id)
    return page, invoiced, session.read(line_origins.origins_of_lines, bill_id)


def _told(icon: str, head: str, facts: Sequence[str]) -> QHBoxLayout:
    """Small print below a line: a heading and what belongs to it."""
    row = QHBoxLayout()
    row.setSpacing(6)
    row.addWidget(Glyph(icon, "text-faint", 14), 0, Qt.AlignmentFlag.AlignTop)
    told = QVBoxLayout()
    told.setSpacing(0)
    told.addWidget(label(head, "hint"))
    for fact in facts:
        told.addWidget(label(fact, "small", wrap=True, select=True))
    row.addLayout(told, 1)
    return row


def line_words(line: BillLineRow) -> str:
    """2026-11-01 至 2026-11-30 · 250 度 × 0.64, as far as a line has it."""
    parts = []
    if line.period is not None:
        parts.append(f"{line.period.start} 至 {line.period.end}")
    if line.quantity is not None and line.unit_price is not None:
        parts.append(f"{plain(line.quantity)} {line.unit or ''} × {plain(line.unit_price, 2)}".replace("  ", " "))
    return " · ".join(parts)


def _key(row: Paid) -> UUID:
    return row[0]


def _number(row: Paid) -> str:
    return row[1]


def _day(row: Paid) -> str:
    return row[2].isoformat()


def _paid(row: Paid) -> str:
    return str(row[3])


def _tone(row: Paid) -> str:
    return "danger" if row[3] < NIL else "text"
