"""One invoice of the register: for whom, under which number, which bills it covers, and its PDF."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from desktop.services.attachments import FileRow
from desktop.services.invoice_lists import InvoiceRow
from desktop.services.transitions import INVOICE
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind
from desktop.views.dialogs import Dialog
from desktop.views.file_preview import show_kept
from desktop.views.labels import Fact, FactList
from desktop.views.pages import Shell
from desktop.views.tables import RowTable


class InvoiceFactsDialog(Dialog):
    """Signals: bill_wanted(bill id) for a bill that was opened."""

    help_topic = "invoices"
    bill_wanted = Signal(object)

    def __init__(self, shell: Shell, row: InvoiceRow) -> None:
        words = INVOICE.words[row.state]
        super().__init__(shell.frame, row.title, subtitle=f"{words} · {row.amount}", cancel=self.tr("关闭"), wide=720)
        self.primary.hide()
        self.primary.set_key(None)
        self._shell = shell
        self.facts = FactList()
        self.facts.set_facts(self._facts(row))
        self.bills = RowTable(
            [
                Column(self.tr("账单"), attrgetter("title"), kind=Kind.NAME, sample="租金 第 12 期", stretch=1),
                Column(self.tr("开票金额"), attrgetter("amount"), kind=Kind.MONEY, sample="88,888.00", strong=True),
            ]
        )
        self.bills.setAccessibleName(self.tr("账单"))
        self.bills.say_when_empty(self.tr("没有账单"), self.tr("这张发票没有对应的账单"))
        self.bills.show_list([_Bill(*bill) for bill in row.bills], attrgetter("id"))
        self.bills.setMinimumHeight(110)
        self.bills.opened.connect(self._open)
        self.body.addWidget(self.facts)
        self.body.addWidget(self.bills, 1)
        files = QHBoxLayout()
        for at, file in enumerate(row.files[:3], 1):
            button = Button(file.title, "secondary", icon="file-text", key=f"Alt+{at}", size="small")
            button.clicked.connect(partial(self._show, file))
            files.addWidget(button)
        files.addStretch(1)
        self.body.addLayout(files)

    def _facts(self, row: InvoiceRow) -> list[Fact]:
        facts = [
            Fact(self.tr("购买方"), row.buyer),
            Fact(self.tr("税号"), row.tax_number or "—"),
            Fact(self.tr("申请"), f"{row.requested_on} · {row.requested_by}"),
        ]
        if row.number:
            code = self.tr("（代码 {code}）").format(code=row.code) if row.code else ""
            facts.append(Fact(self.tr("发票"), f"{row.number}{code} · {row.issued_on}"))
        if row.red_number:
            facts.append(Fact(self.tr("红字发票"), row.red_number, "danger"))
        if row.note:
            facts.append(Fact(self.tr("备注"), row.note))
        return facts

    def _open(self, bill: Any) -> None:
        self.bill_wanted.emit(bill.id)
        self.cancel()

    def _show(self, file: FileRow) -> None:
        show_kept(self._shell, file, self._nothing)

    def _nothing(self) -> None:
        """An invoice leaves no line in any history."""

    def open(self) -> None:
        super().open()
        self.bills.setFocus()
        if self.bills.rows.rowCount():
            self.bills.choose(0)


class _Bill:
    """A bill the invoice covers, as a row."""

    def __init__(self, bill_id: UUID, title: str, amount: Any) -> None:
        self.id, self.title, self.amount = bill_id, title, str(amount)
