"""Dialogs of the invoice register: asking for an invoice, its number once it was issued, giving it up, taking it back.

ask_invoice(shell, payment_id=… | bill_ids=… | party_id=…)      # reads what may be asked for, then opens the dialog
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt

from desktop.models.values import NIL, total
from desktop.services import invoices
from desktop.services.acts import Op
from desktop.services.attachments import FileForm
from desktop.services.errors import ProblemsFound
from desktop.services.invoice_lists import InvoiceRow
from desktop.services.invoices import InvoiceOffer, IssueInvoice, RequestInvoice
from desktop.views.act_dialog import ActDialog
from desktop.views.bill_table import BillTable
from desktop.views.columns import Column, Kind
from desktop.views.dates import DateField
from desktop.views.fields import NoteField
from desktop.views.form_draft import FormDraft
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.path_field import PathField
from desktop.views.text_fields import TextField


def ask_invoice(
    shell: Shell, *, bill_ids: Sequence[UUID] = (), payment_id: UUID | None = None, party_id: UUID | None = None
) -> None:
    """Open the request for some bills, a payment's bills, or a party, with what is known filled in."""
    read = partial(
        shell.session.read, invoices.invoice_offer, bill_ids=bill_ids, payment_id=payment_id, party_id=party_id
    )
    shell.run(read, partial(_open, shell), busy=shell.frame.tr("正在读取账单"))


def _open(shell: Shell, offer: InvoiceOffer) -> None:
    shell.open(RequestInvoiceDialog(shell, offer))


class InvoiceBills(BillTable):
    """The bills of a request: what may still be asked for of each, and how much is asked for."""

    grouped = False

    def _columns(self, today: date) -> list[Column]:
        return [
            Column("", str, kind=Kind.TICK),
            Column(
                self.tr("账单"), attrgetter("title"), kind=Kind.NAME, sample="租金 第 12 期", stretch=1,
                detail=attrgetter("detail"),
            ),
            Column(self.tr("账单金额"), lambda row: str(row.amount), kind=Kind.MONEY, sample="88,888.00"),
            Column(self.tr("还能开"), lambda row: str(row.owed), kind=Kind.MONEY, sample="88,888.00"),
            Column(
                self.tr("本次开"), self._asked_words, kind=Kind.MONEY, sample="88,888.00", strong=True,
                tone=self._asked_tone,
            ),
        ]  # fmt: skip


class RequestInvoiceDialog(ActDialog):
    """Signals: done(invoice id)."""

    help_topic = "invoices.request"

    def __init__(self, shell: Shell, offer: InvoiceOffer) -> None:
        frame = shell.frame
        super().__init__(
            shell, frame.tr("登记发票申请"), subtitle=offer.buyer, primary=frame.tr("登记申请"),
            primary_icon="file-plus", wide=820,
        )  # fmt: skip
        self.offer = offer
        self.table = InvoiceBills(shell.today())
        self.table.setMinimumHeight(132)
        free = [bill for bill in offer.bills if bill.free > NIL]
        rows = [bill.row._replace(owed=bill.free) for bill in free]
        self.table.say_when_empty(self._nothing(), self.tr("按 Esc 关掉"))
        self.table.show_bills(rows, [row.id for row in rows], date.max)
        self.table.asked_changed.connect(self._asked_changed)
        self.sum = label("", "strong")
        self.sum.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.sum)
        left_out = [bill for bill in offer.bills if bill.free <= NIL]
        if left_out and free:
            words = self.tr("不能开的 {n} 张没有列出：{why}").format(n=len(left_out), why=left_out[0].why_not)
            self.body.addWidget(label(words, "small", wrap=True))
        form = self.use_form(2)
        form.add("title", self.tr("发票抬头"), TextField(limit=100), required=True)
        form.add(
            "tax_number", self.tr("纳税人识别号"), TextField(limit=24), required=offer.company,
            hint="" if offer.company else self.tr("个人不填"),
        )  # fmt: skip
        form.add("note", self.tr("备注"), TextField(limit=100, hint=self.tr("例如 电子发票发到财务邮箱")), span=2)
        form.set_values({"title": offer.title, "tax_number": offer.tax_number})
        self.draft = FormDraft(shell, self, "invoices.request", offer.buyer_id)
        self._asked_changed()

    def _nothing(self) -> str:
        why = next((bill.why_not for bill in self.offer.bills), "")
        return why or self.tr("{name} 没有能开票的账单").format(name=self.offer.buyer)

    def _asked_changed(self) -> None:
        amounts = self.table.amounts()
        self.sum.setText(self.tr("{n} 张账单，开票 {amount}").format(n=len(amounts), amount=total(amounts.values())))

    def problems(self) -> Mapping[str, str]:
        return invoices.request_problems(self.request(), self.offer.free(), company=self.offer.company)

    def request(self) -> RequestInvoice:
        values = self.form.values() if self.form is not None else {}
        return RequestInvoice(
            self.offer.buyer_id, values["title"], self.table.amounts(), values["tax_number"], values["note"]
        )

    def order(self, request: Any) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.REGISTER_INVOICE, invoices.request_invoice, request)


class IssueInvoiceDialog(ActDialog):
    """What the tax system issued. Signals: done(None)."""

    help_topic = "invoices.issue"

    def __init__(self, shell: Shell, row: InvoiceRow) -> None:
        frame = shell.frame
        super().__init__(
            shell, frame.tr("登记开票"), subtitle=f"{row.title} · {row.amount}", primary=frame.tr("登记开票"),
            primary_icon="file-check", wide=660,
        )  # fmt: skip
        self.row = row
        words = self.tr("在税务系统开好后，把票上的号码、日期抄到这里，PDF 一起存。这里只登记，不开票。")
        self.body.addWidget(label(words, "muted", wrap=True))
        form = self.use_form(2)
        form.add("number", self.tr("发票号码"), TextField(limit=24), required=True, hint=self.tr("数电票 20 位"))
        form.add("code", self.tr("发票代码"), TextField(limit=16), hint=self.tr("数电票不填"))
        form.add("issued_on", self.tr("开票日"), DateField(shell.today, shell.today()), required=True)
        form.add("pdf", self.tr("发票 PDF"), PathField("PDF (*.pdf)"), hint=self.tr("可以拖进来"), span=2)
        self.draft = FormDraft(shell, self, "invoices.issue", row.id)

    def problems(self) -> Mapping[str, str]:
        return invoices.issue_problems(self.request(), self.shell.today())

    def request(self) -> IssueInvoice:
        values = self.form.values() if self.form is not None else {}
        day = values["issued_on"] or self.shell.today()
        return IssueInvoice(self.row.id, values["number"], day, values["code"])

    def order(self, request: Any) -> Callable[[], object]:
        path = str(self.form.values()["pdf"]) if self.form is not None else ""
        return partial(_issue, self.shell.session, request, path)


def _issue(session: Any, request: IssueInvoice, path: str) -> None:
    """In a writing job: read the PDF and note the invoice."""
    pdf = None
    if path:
        try:
            pdf = FileForm(Path(path).name, "application/pdf", Path(path).read_bytes())
        except OSError:
            raise ProblemsFound({"pdf": "读不到这个文件：它可能已经移走，重新选一次"}) from None
    session.act(Op.REGISTER_INVOICE, invoices.issue_invoice, replace(request, pdf=pdf))


class CancelInvoiceDialog(ActDialog):
    """Why nobody needs it any more. Signals: done(None)."""

    help_topic = "invoices.cancel"

    def __init__(self, shell: Shell, row: InvoiceRow) -> None:
        frame = shell.frame
        super().__init__(
            shell, frame.tr("取消发票申请"), subtitle=f"{row.title} · {row.amount}", primary=frame.tr("取消申请"),
            kind="danger", cancel=frame.tr("保留申请"), wide=520,
        )  # fmt: skip
        self.row = row
        form = self.use_form(1)
        hint = self.tr("例如 客户改要收据")
        form.add("reason", self.tr("为什么不开了"), NoteField(hint=hint, lines=2, limit=200), required=True)
        self.draft = FormDraft(shell, self, "invoices.cancel", row.id)

    def problems(self) -> Mapping[str, str]:
        return {} if len(self.request()) >= 2 else {"reason": self.tr("写明为什么不开了，例如 客户改要收据")}

    def request(self) -> str:
        return str(self.form.values()["reason"]).strip() if self.form is not None else ""

    def order(self, request: Any) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.REGISTER_INVOICE, invoices.cancel_invoice, self.row.id, request)


class ReverseInvoiceDialog(ActDialog):
    """The red invoice that took it back. Signals: done(None)."""

    help_topic = "invoices.reverse"

    def __init__(self, shell: Shell, row: InvoiceRow) -> None:
        frame = shell.frame
        super().__init__(
            shell, frame.tr("登记红字发票"), subtitle=f"{row.title} · {row.number}", primary=frame.tr("登记红冲"),
            kind="danger", cancel=frame.tr("不红冲"), wide=560,
        )  # fmt: skip
        self.row = row
        self.body.addWidget(
            label(self.tr("先在税务系统开红字发票，再把它的号码抄到这里。账单可以重新开票。"), "muted", wrap=True)
        )
        form = self.use_form(1)
        form.add("red_number", self.tr("红字发票号码"), TextField(limit=24), required=True)
        form.add(
            "reason",
            self.tr("红冲原因"),
            NoteField(hint=self.tr("例如 抬头开错、退款"), lines=2, limit=200),
            required=True,
        )
        self.draft = FormDraft(shell, self, "invoices.reverse", row.id)

    def problems(self) -> Mapping[str, str]:
        number, reason = self.request()
        return invoices.reverse_problems(number, reason, self.row.number)

    def request(self) -> tuple[str, str]:
        values = self.form.values() if self.form is not None else {}
        return str(values["red_number"]), str(values["reason"])

    def order(self, request: Any) -> Callable[[], object]:
        number, reason = request
        return partial(
            self.shell.session.act, Op.REGISTER_INVOICE, invoices.reverse_invoice, self.row.id, number, reason
        )
