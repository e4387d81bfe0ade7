"""The invoice register 发票登记: who waits for an invoice, what was issued under which number, what was taken back."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QMenu

from desktop.models.values import InvoiceState, Right
from desktop.services import invoice_lists
from desktop.services.invoice_lists import InvoiceCount, InvoiceFilter, InvoiceOrder, InvoiceRow, InvoiceScope
from desktop.services.transitions import INVOICE
from desktop.views.buttons import Button
from desktop.views.columns import Ask, Column, Count, Kind, TagLook
from desktop.views.file_preview import show_kept
from desktop.views.invoice_dialogs import CancelInvoiceDialog, IssueInvoiceDialog, ReverseInvoiceDialog
from desktop.views.invoice_facts import InvoiceFactsDialog
from desktop.views.keys import bind
from desktop.views.list_page import ListPage, span_of
from desktop.views.pages import Shell
from desktop.views.steps import Option, Tabs
from desktop.views.tables import RowTable
from desktop.views.text_fields import SearchField
from desktop.views.timeline import EmptyState

LOOKS = {
    InvoiceState.REQUESTED: ("warn", "clock"),
    InvoiceState.ISSUED: ("ok", "circle-check"),
    InvoiceState.REVERSED: ("danger", "undo-2"),
    InvoiceState.CANCELLED: ("", "ban"),
}


@dataclass(slots=True)
class InvoicesSource:
    """The invoices a filter lets through; asked in reading jobs only."""

    read: Callable[..., Any]
    wanted: InvoiceFilter
    last: InvoiceCount | None = field(default=None)
    """What the latest count found, for the foot."""

    def count(self) -> Count:
        found: InvoiceCount = self.read(invoice_lists.count_invoices, self.wanted)
        self.last = found
        return Count(found.rows, found.exact)

    def page(self, ask: Ask) -> Sequence[InvoiceRow]:
        order = InvoiceOrder(ask.sort) if ask.sort else None
        rows: Sequence[InvoiceRow] = self.read(invoice_lists.list_invoices, self.wanted, span_of(ask), order)
        return rows

    def key(self, row: InvoiceRow) -> Hashable:
        return row.id


class InvoicesPage(ListPage):
    """Opened with `scope`, `chosen` or `text` to begin with."""

    help_topic = "invoices"
    list_key = "invoices"
    conditions_read = staticmethod(invoice_lists.invoice_conditions)
    tables = frozenset({"invoice", "invoiced_bill", "party", "stored_file", "staff_member"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._none_at_all = False
        self._build()
        self._wire()

    def _build(self) -> None:
        search = SearchField(self.tr("抬头 / 税号 / 发票号 / 拼音"))
        search.setAccessibleName(self.tr("找发票登记，Ctrl F"))
        search.setMinimumWidth(220)
        self.issue = Button(self.tr("登记开票"), "primary", icon="file-check", key="Ctrl+Return", size="small")
        self.end = Button(self.tr("取消申请"), "secondary", icon="undo-2", key="Ctrl+R", size="small")
        self.pdf = Button(self.tr("PDF"), "secondary", icon="file-text", key="Ctrl+O", size="small")
        self.set_head(self.tr("发票登记"), "", search)
        scopes = Tabs([Option(scope, words) for scope, words in self._words().items()])
        scopes.setAccessibleName(self.tr("看哪些发票"))
        table = RowTable(self._columns(), self.shell.run)
        table.setAccessibleName(self.tr("发票登记"))
        self.everything = Button(self.tr("看全部登记"), "secondary", icon="list")
        empty = EmptyState("", "", [self.everything], icon="file-text", tone="info")
        self.lay_out(search, table, empty, scopes, acts=(self.pdf, self.end, self.issue))

    def _wire(self) -> None:
        self.everything.clicked.connect(self._show_everything)
        self.issue.clicked.connect(self._issue)
        self.end.clicked.connect(self._end)
        self.pdf.clicked.connect(self._pdf)
        self.table.current_row.connect(self._current)
        self._search_key = bind(self, "Ctrl+F", self.into_search)
        self._current(None)

    def _words(self) -> dict[InvoiceScope, str]:
        return {
            InvoiceScope.REQUESTED: self.tr("待开"),
            InvoiceScope.ISSUED: self.tr("已开"),
            InvoiceScope.ENDED: self.tr("红冲和取消"),
            InvoiceScope.ALL: self.tr("全部"),
        }

    def _columns(self) -> list[Column]:
        return [
            Column(self.tr("申请日"), self._asked_on, sort_key=InvoiceOrder.DAY, kind=Kind.DATE, sample="2026-11-22",
                   key="asked"),
            Column(self.tr("抬头"), attrgetter("title"), kind=Kind.NAME, sample="望江科技有限公司", strong=True,
                   stretch=2, key="title"),
            Column(self.tr("税号"), attrgetter("tax_number"), kind=Kind.CODE, sample="91110108MA01ABCD2X", fold=True,
                   key="tax_number"),
            Column(self.tr("账单"), self._bills, kind=Kind.NAME, sample="租金 第 1 期", stretch=1, fold=True,
                   key="bills"),
            Column(self.tr("状态"), str, kind=Kind.TAG, sample=self.tr("已红冲"), tag=self.tag, key="state"),
            Column(self.tr("发票号码"), attrgetter("number"), kind=Kind.CODE, sample="26117000001234567890",
                   key="number"),
            Column(self.tr("金额（元）"), self._amount, sort_key=InvoiceOrder.AMOUNT, kind=Kind.MONEY,
                   sample="12,860.00", strong=True, key="amount"),
            Column(self.tr("开票日"), self._issued_on, kind=Kind.DATE, sample="2026-11-22", key="issued", usual=False),
            Column(self.tr("申请人"), attrgetter("requested_by"), kind=Kind.NAME, sample="欧阳知微", key="clerk",
                   usual=False),
            Column(self.tr("备注"), attrgetter("note"), kind=Kind.NAME, sample="发到财务邮箱", stretch=1, key="note",
                   usual=False),
        ]  # fmt: skip

    @staticmethod
    def _asked_on(row: InvoiceRow) -> str:
        return f"{row.requested_on}"

    @staticmethod
    def _issued_on(row: InvoiceRow) -> str:
        return f"{row.issued_on}" if row.issued_on is not None else ""

    @staticmethod
    def _bills(row: InvoiceRow) -> str:
        return "、".join(title for _, title, _ in row.bills)

    @staticmethod
    def _amount(row: InvoiceRow) -> str:
        return str(row.amount)

    @staticmethod
    def tag(row: InvoiceRow) -> TagLook:
        """How an invoice stands."""
        tone, icon = LOOKS[row.state]
        return TagLook(INVOICE.words[row.state], tone, icon)

    # the page

    def hints(self) -> str:
        return self.strip.hints() or self.tr("Enter 打开 · Ctrl+Enter 登记开票 · Ctrl+F 找 · Ctrl+1…4 换列表")

    def begin(self, params: dict[str, Any]) -> None:
        self.search.set_value(params.get("text", ""))
        self.tabs.set_value(InvoiceScope(params.get("scope", InvoiceScope.REQUESTED)))

    def _current(self, row: InvoiceRow | None) -> None:
        may = "" if self.shell.allowed(Right.REGISTER_INVOICES) else self.tr("您的角色只能查看：登记发票请收银来办")
        state = row.state if row is not None else None
        none = self.tr("先选一行")
        self.issue.allow(
            may or ("" if state is InvoiceState.REQUESTED else self.tr("只有待开的能登记开票") if state else none)
        )
        issued = state is InvoiceState.ISSUED
        self.end.setText(self.tr("登记红冲") if issued else self.tr("取消申请"))
        can_end = state in (InvoiceState.REQUESTED, InvoiceState.ISSUED)
        self.end.allow(may or ("" if can_end else self.tr("已经办结，不能再改") if state else none))
        self.pdf.allow(
            "" if state in (InvoiceState.ISSUED, InvoiceState.REVERSED) else self.tr("开票后存下的 PDF 在这里看")
        )

    # showing

    def ask_figures(self) -> None:
        self._asked += 1
        search, chosen = self.search.value(), self.strip.chosen
        read = partial(self.shell.session.read, invoice_lists.invoice_figures, search, chosen)
        self.shell.run(read, partial(self.show_figures, self._asked))

    def show_figures(self, asked: int, figures: dict[InvoiceScope, InvoiceCount]) -> None:
        """How many there are behind each tab."""
        if asked != self._asked:
            return
        counts = {scope: str(Count(found.rows, found.exact)) for scope, found in figures.items()}
        self.tabs.set_options([Option(scope, words, count=counts[scope]) for scope, words in self._words().items()])
        whole = not self.search.value() and not self.strip.chosen
        self._none_at_all = whole and not figures[InvoiceScope.ALL].rows
        if self.stack.currentWidget() is self.empty:
            self.say_empty()

    def source_wanted(self) -> InvoicesSource:
        scope = InvoiceScope(str(self.tabs.value() or InvoiceScope.REQUESTED))
        return InvoicesSource(self.shell.session.read, InvoiceFilter(scope, self.search.value(), self.strip.chosen))

    def say_count(self, count: Count) -> None:
        found = self.source.last if self.source is not None else None
        sums = self.tr("合计 {amount}").format(amount=found.amount) if found is not None and found.exact else ""
        self.foot_row.show_words(self.tr("{n} 张").format(n=count), sums)

    def say_empty(self) -> None:
        wanted = self.source.wanted if self.source is not None else InvoiceFilter()
        self.everything.setVisible(wanted != InvoiceFilter(InvoiceScope.ALL) and not self._none_at_all)
        if self.say_none_so(self.tr("发票登记")):
            return
        if wanted.text:
            self.empty.title.setText(self.tr("没有找到「{text}」").format(text=wanted.text))
            self.empty.why.setText(self.tr("换抬头、税号或发票号再试，或在全部登记里找"))
            return
        titles = {
            InvoiceScope.REQUESTED: self.tr("没有等着开票的"),
            InvoiceScope.ISSUED: self.tr("还没有登记过开票"),
            InvoiceScope.ENDED: self.tr("没有红冲和取消的"),
            InvoiceScope.ALL: self.tr("还没有发票登记"),
        }
        self.empty.title.setText(titles[InvoiceScope.ALL if self._none_at_all else wanted.scope])
        self.empty.why.setText(self.tr("在账单、收据或租客页按「登记发票」；开好后回到这里抄号码"))

    # what the clerk does

    def _show_everything(self) -> None:
        self.widen()
        self.tabs.set_value(InvoiceScope.ALL)
        self.narrow()

    def _issue(self) -> None:
        row = self.table.current()
        if row is not None:
            self.shell.open(IssueInvoiceDialog(self.shell, row))

    def _end(self) -> None:
        row = self.table.current()
        if row is not None:
            issued = row.state is InvoiceState.ISSUED
            self.shell.open((ReverseInvoiceDialog if issued else CancelInvoiceDialog)(self.shell, row))

    def _pdf(self) -> None:
        row = self.table.current()
        if row is not None:
            self._with_record(row.id, self._show_pdf)

    def _show_pdf(self, row: InvoiceRow) -> None:
        if row.files:
            show_kept(self.shell, row.files[0], self._nothing)
        else:
            self._show_facts(row)

    def _nothing(self) -> None:
        """An invoice leaves no line in any history."""

    def _with_record(self, invoice_id: UUID, done: Callable[[InvoiceRow], object]) -> None:
        self.shell.run(partial(self.shell.session.read, invoice_lists.invoice_record, invoice_id), done)

    def open_row(self, row: InvoiceRow) -> None:
        self._with_record(row.id, self._show_facts)

    def _show_facts(self, row: InvoiceRow) -> None:
        dialog = InvoiceFactsDialog(self.shell, row)
        dialog.bill_wanted.connect(self._open_bill)
        self.shell.open(dialog)

    def _open_bill(self, bill_id: UUID) -> None:
        self.shell.navigate("bill", bill_id=bill_id)

    def fill_menu(self, menu: QMenu, row: InvoiceRow) -> None:
        menu.addAction(self.tr("打开"), partial(self.open_row, row))
        if self.issue.isEnabled():
            menu.addAction(self.tr("登记开票"), self._issue)
        if self.end.isEnabled():
            menu.addAction(self.end.text(), self._end)
        if self.shell.allowed(Right.SEE_PARTIES):
            words = self.tr("看购买方 {name}").format(name=row.buyer)
            menu.addAction(words, partial(self.shell.navigate, "party", party_id=row.buyer_id))
