"""All receipts 收据: what was taken today and this month, by whom and how, what was taken back."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QMenu

from desktop.models.payments import PaymentKind
from desktop.models.values import NIL, Right
from desktop.services import receipt_gaps, receipt_lists
from desktop.services.batch_prints import PaperKind
from desktop.services.payments import METHOD_WORDS
from desktop.services.receipt_lists import ReceiptCount, ReceiptFilter, ReceiptOrder, ReceiptScope
from desktop.services.receipts import ReceiptRow
from desktop.views.buttons import Button
from desktop.views.columns import Ask, Column, Count, Kind, TagLook
from desktop.views.gap_report import GapReportDialog
from desktop.views.keys import bind
from desktop.views.list_page import ListPage, span_of
from desktop.views.pages import Shell
from desktop.views.steps import Option, Tabs
from desktop.views.tables import RowTable
from desktop.views.text_fields import SearchField
from desktop.views.timeline import EmptyState


@dataclass(slots=True)
class ReceiptsSource:
    """The receipts a filter lets through; asked in reading jobs only."""

    read: Callable[..., Any]
    wanted: ReceiptFilter
    last: ReceiptCount | None = field(default=None)
    """What the latest count found, for the foot."""

    def count(self) -> Count:
        found: ReceiptCount = self.read(receipt_lists.count_receipts, self.wanted)
        self.last = found
        return Count(found.rows, found.exact)

    def page(self, ask: Ask) -> Sequence[ReceiptRow]:
        order = ReceiptOrder(ask.sort) if ask.sort else None
        span = span_of(ask, name="payment_id")
        rows: Sequence[ReceiptRow] = self.read(receipt_lists.list_receipts, self.wanted, span, order)
        return rows

    def key(self, row: ReceiptRow) -> Hashable:
        return row.payment_id


class ReceiptsPage(ListPage):
    """Opened with `scope`, `chosen` or `text` to begin with."""

    help_topic = "receipts"
    list_key = "receipts"
    conditions_read = staticmethod(receipt_lists.receipt_conditions)
    papers = PaperKind.RECEIPT
    tables = frozenset({"payment", "receipt", "tender", "party", "staff_member", "building"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._none_at_all = False
        self._build()
        self._wire()

    def _build(self) -> None:
        search = SearchField(self.tr("收据号 / 付款人 / 拼音"))
        search.setAccessibleName(self.tr("找收据，Ctrl F"))
        search.setMinimumWidth(240)
        self.gaps = Button(self.tr("缺号报告"), "quiet", icon="hash", key="Ctrl+G", size="small")
        self.invoices = Button(self.tr("发票登记"), "quiet", icon="file-text", key="Ctrl+I", size="small")
        self.set_head(self.tr("收据"), "", search)
        scopes = Tabs([Option(scope, words) for scope, words in self._words().items()])
        scopes.setAccessibleName(self.tr("看哪些收据"))
        table = RowTable(self._columns(), self.shell.run)
        table.setAccessibleName(self.tr("收据"))
        self.everything = Button(self.tr("看全部收据"), "secondary", icon="list")
        self.to_till = Button(self.tr("去收款"), "secondary", icon="banknote")
        empty = EmptyState("", "", [self.everything, self.to_till], icon="receipt-text", tone="info")
        self.lay_out(search, table, empty, scopes, acts=(self.gaps, self.invoices))

    def _wire(self) -> None:
        self.everything.clicked.connect(self._show_everything)
        self.to_till.clicked.connect(self._to_till)
        self.gaps.clicked.connect(self._show_gaps)
        self.invoices.clicked.connect(self._to_invoices)
        self._search_key = bind(self, "Ctrl+F", self.into_search)

    def _words(self) -> dict[ReceiptScope, str]:
        return {
            ReceiptScope.TODAY: self.tr("今天"),
            ReceiptScope.MONTH: self.tr("本月"),
            ReceiptScope.TAKEN_BACK: self.tr("冲红、作废、退款"),
            ReceiptScope.ALL: self.tr("全部"),
        }

    def _columns(self) -> list[Column]:
        return [
            Column(
                self.tr("收据号"), attrgetter("number"), sort_key=ReceiptOrder.TAKEN, kind=Kind.CODE,
                sample="WJYA26-001396", strong=True, key="number",
            ),
            Column(
                self.tr("日期"), self._day, sort_key=ReceiptOrder.DAY, kind=Kind.DATE, sample="2026-11-22", key="day"
            ),
            Column(
                self.tr("付款人"), attrgetter("payer"), kind=Kind.NAME, sample="欧阳知微", stretch=2, key="payer"
            ),
            Column(self.tr("方式"), self._methods, kind=Kind.NAME, sample="微信、现金", stretch=1, key="methods"),
            Column(
                self.tr("收款人"), attrgetter("cashier"), kind=Kind.NAME, sample="欧阳知微", fold=True, key="cashier"
            ),
            Column(self.tr("状态"), str, kind=Kind.TAG, sample=self.tr("已冲红"), tag=self._tag, key="state"),
            Column(
                self.tr("金额（元）"), self._amount, sort_key=ReceiptOrder.AMOUNT, kind=Kind.MONEY, sample="-12,860.00",
                strong=True, tone=self._tone, key="amount",
            ),
            Column(
                self.tr("名称"), attrgetter("title"), kind=Kind.TEXT, sample="押金收据", key="title", usual=False
            ),
            Column(
                self.tr("冲红号"), self._reversal, kind=Kind.CODE, sample="WJYA26-001396", key="reversal", usual=False
            ),
        ]  # fmt: skip

    @staticmethod
    def _day(row: ReceiptRow) -> str:
        return f"{row.business_date}"

    @staticmethod
    def _methods(row: ReceiptRow) -> str:
        return "、".join(METHOD_WORDS[method] for method in row.methods)

    @staticmethod
    def _amount(row: ReceiptRow) -> str:
        return str(row.amount)

    @staticmethod
    def _reversal(row: ReceiptRow) -> str:
        return row.reversed_by or ""

    @staticmethod
    def _tone(row: ReceiptRow) -> str:
        return "danger" if row.amount < NIL else "text" if row.stands else "text-faint"

    def _tag(self, row: ReceiptRow) -> TagLook:
        if row.kind is PaymentKind.REVERSAL:
            return TagLook(self.tr("冲红"), "danger", "undo-2")
        if row.voided:
            return TagLook(self.tr("已作废"), "", "ban")
        if row.reversed_by is not None:
            return TagLook(self.tr("已冲红"), "", "undo-2")
        if row.kind is PaymentKind.REFUND:
            return TagLook(self.tr("退款"), "info", "undo-2")
        return TagLook(self.tr("已收"), "ok", "circle-check")

    # the page

    def hints(self) -> str:
        return self.strip.hints() or self.tr("Enter 打开 · Ctrl+F 找 · Ctrl+1…4 换列表 · Alt+1…9 排序")

    def begin(self, params: dict[str, Any]) -> None:
        self.search.set_value(params.get("text", ""))
        self.tabs.set_value(ReceiptScope(params.get("scope", ReceiptScope.TODAY)))

    # showing

    def ask_figures(self) -> None:
        self._asked += 1
        read = partial(self.shell.session.read, receipt_lists.receipt_figures, self.search.value(), self.strip.chosen)
        self.shell.run(read, partial(self.show_figures, self._asked))

    def show_figures(self, asked: int, figures: dict[ReceiptScope, ReceiptCount]) -> None:
        """How many there are behind each tab."""
        if asked != self._asked:
            return
        counts = {scope: str(Count(found.rows, found.exact)) for scope, found in figures.items()}
        self.tabs.set_options([Option(scope, words, count=counts[scope]) for scope, words in self._words().items()])
        whole = not self.search.value() and not self.strip.chosen
        self._none_at_all = whole and not figures[ReceiptScope.ALL].rows
        if self.stack.currentWidget() is self.empty:
            self.say_empty()

    def source_wanted(self) -> ReceiptsSource:
        scope = ReceiptScope(str(self.tabs.value() or ReceiptScope.TODAY))
        return ReceiptsSource(self.shell.session.read, ReceiptFilter(scope, self.search.value(), self.strip.chosen))

    def say_count(self, count: Count) -> None:
        found = self.source.last if self.source is not None else None
        sums = self.tr("合计 {amount}").format(amount=found.amount) if found is not None and found.exact else ""
        self.foot_row.show_words(self.tr("{n} 张").format(n=count), sums)

    def say_empty(self) -> None:
        wanted = self.source.wanted if self.source is not None else ReceiptFilter()
        self.everything.setVisible(wanted != ReceiptFilter(ReceiptScope.ALL) and not self._none_at_all)
        self.to_till.setVisible(not wanted.text and self.shell.allowed(Right.TAKE_PAYMENT))
        if self.say_none_so(self.tr("收据")):
            return
        if wanted.text:
            self.empty.title.setText(self.tr("没有找到「{text}」的收据").format(text=wanted.text))
            self.empty.why.setText(self.tr("换个收据号或付款人，或在全部收据里找"))
            return
        titles = {
            ReceiptScope.TODAY: self.tr("今天还没有收款"),
            ReceiptScope.MONTH: self.tr("本月还没有收款"),
            ReceiptScope.TAKEN_BACK: self.tr("没有冲红、作废和退款"),
            ReceiptScope.ALL: self.tr("还没有收据"),
        }
        self.empty.title.setText(titles[ReceiptScope.ALL if self._none_at_all else wanted.scope])
        first = self._none_at_all or wanted.scope is ReceiptScope.ALL
        self.empty.why.setText(
            self.tr("收下第一笔款，收据就会出现在这里") if first else self.tr("换个列表，或看全部收据")
        )

    # what the clerk does

    def _show_everything(self) -> None:
        self.widen()
        self.tabs.set_value(ReceiptScope.ALL)
        self.narrow()

    def _show_gaps(self) -> None:
        self.shell.run(
            partial(self.shell.session.read, receipt_gaps.gap_report), self._open_gaps, busy=self.tr("正在核对收据号")
        )

    def _open_gaps(self, report: Sequence[receipt_gaps.SeriesReport]) -> None:
        dialog = GapReportDialog(self.shell.frame, report)
        dialog.receipt_wanted.connect(self._open_void)
        self.shell.open(dialog)

    def _open_void(self, payment_id: UUID) -> None:
        self.shell.navigate("receipt", payment_id=payment_id)

    def _to_invoices(self) -> None:
        self.shell.navigate("invoices")

    def _to_till(self) -> None:
        self.shell.navigate("till")

    def paper_of(self, row: ReceiptRow) -> UUID:
        return row.payment_id

    def open_row(self, row: ReceiptRow) -> None:
        self.shell.navigate("receipt", payment_id=row.payment_id)

    def fill_menu(self, menu: QMenu, row: ReceiptRow) -> None:
        menu.addAction(self.tr("打开收据"), partial(self.open_row, row))
        if self.shell.allowed(Right.SEE_PARTIES):
            words = self.tr("看付款人 {name}").format(name=row.payer)
            menu.addAction(words, partial(self.shell.navigate, "party", party_id=row.payer_id))
