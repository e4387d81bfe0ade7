"""All deposits 押金: what is held and of whom, what must go back and when, what is late."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import Any

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu

from desktop.models.values import NIL, Right
from desktop.services import deposit_lists
from desktop.services.billing import FEE_WORDS
from desktop.services.deposit_forms import MOVABLE
from desktop.services.deposit_lists import DepositCount, DepositFilter, DepositOrder, DepositRow, DepositScope
from desktop.views.buttons import Button
from desktop.views.columns import Ask, Column, Count, Kind, TagLook
from desktop.views.deposit_acts import DepositActs
from desktop.views.figures import FigureStrip
from desktop.views.keys import bind
from desktop.views.list_page import ListPage, span_of
from desktop.views.pages import Shell
from desktop.views.steps import Option, Tabs
from desktop.views.tables import RowTable
from desktop.views.text_fields import SearchField
from desktop.views.theme import theme
from desktop.views.timeline import EmptyState

_ROOMY = 450
"""From this page height on, at 标准, there is room for the sums under the list."""


@dataclass(slots=True)
class DepositsSource:
    """The deposits a filter lets through; asked in reading jobs only."""

    read: Callable[..., Any]
    wanted: DepositFilter
    last: DepositCount | None = field(default=None)
    """What the latest count found, for the foot."""

    def count(self) -> Count:
        found: DepositCount = self.read(deposit_lists.count_deposits, self.wanted)
        self.last = found
        return Count(found.rows, found.exact)

    def page(self, ask: Ask) -> Sequence[DepositRow]:
        order = DepositOrder(ask.sort) if ask.sort else None
        rows: Sequence[DepositRow] = self.read(deposit_lists.list_deposits, self.wanted, span_of(ask), order)
        return rows

    def key(self, row: DepositRow) -> Hashable:
        return row.id


class DepositsPage(ListPage):
    """Opened with `scope`, `chosen` or `text` to begin with."""

    help_topic = "deposits"
    list_key = "deposits"
    conditions_read = staticmethod(deposit_lists.deposit_conditions)
    tables = frozenset(
        {
            "bill",
            "bill_line",
            "bill_balance",
            "payment",
            "allocation",
            "deposit_move",
            "lease",
            "party",
            "room",
            "setting",
        }
    )

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.acts = DepositActs(shell, self)
        self._none_at_all = False
        self._build()
        self._wire()

    def _build(self) -> None:
        search = SearchField(self.tr("姓名 / 拼音 / 房号"))
        search.setAccessibleName(self.tr("找押金，Ctrl F"))
        search.setMinimumWidth(200)
        self.to_keys = Button(self.tr("钥匙门卡"), "secondary", icon="key-round", key="Ctrl+G")
        self.set_head(self.tr("押金"), "", search, self.to_keys)
        scopes = Tabs([Option(scope, words) for scope, words in self._words().items()])
        scopes.setAccessibleName(self.tr("看哪些押金"))
        table = RowTable(self._columns(), self.shell.run, two_lines=True)
        table.setAccessibleName(self.tr("押金"))
        self.everything = Button(self.tr("看全部押金"), "secondary", icon="list")
        empty = EmptyState("", "", [self.everything], icon="piggy-bank", tone="info")
        self.lay_out(search, table, empty, scopes)
        names = (self.tr("在管（元）"), self.tr("应退未退（元）"), self.tr("逾期未退（元）"), self.tr("还没收齐（元）"))
        self.figures = _Sums(names)
        self.body.addWidget(self.figures)

    def _wire(self) -> None:
        self.everything.clicked.connect(self._show_everything)
        self.to_keys.clicked.connect(self._keys)
        self._search_key = bind(self, "Ctrl+F", self.into_search)
        self._pay_key = bind(self, "F4", self._pay)

    def _words(self) -> dict[DepositScope, str]:
        return {
            DepositScope.HELD: self.tr("在管"),
            DepositScope.DUE: self.tr("应退"),
            DepositScope.LATE: self.tr("逾期未退"),
            DepositScope.SHORT: self.tr("没收齐"),
            DepositScope.DONE: self.tr("已办完"),
            DepositScope.ALL: self.tr("全部"),
        }

    def _columns(self) -> list[Column]:
        return [
            Column(self.tr("租客"), attrgetter("debtor"), sort_key=DepositOrder.NAME, kind=Kind.NAME,
                   sample="欧阳沈知微", strong=True, stretch=2, detail=self._payers, detail_title=self.tr("付款人"),
                   key="debtor"),
            Column(self.tr("房间"), attrgetter("room"), sort_key=DepositOrder.ROOM, kind=Kind.CODE,
                   sample="WJY-2026-A00629", detail=attrgetter("lease_number"), detail_title=self.tr("合同号"),
                   key="room"),
            Column(self.tr("种类"), self._kind, kind=Kind.NAME, sample="钥匙押金", key="kind"),
            Column(self.tr("已收（元）"), self._received, kind=Kind.MONEY, sample="12,860.00", fold=True,
                   key="received"),
            Column(self.tr("已动用（元）"), self._moved, kind=Kind.MONEY, sample="12,860.00", fold=True, key="moved"),
            Column(self.tr("在管（元）"), self._held, sort_key=DepositOrder.HELD, kind=Kind.MONEY,
                   sample="12,860.00", strong=True, key="held"),
            Column(self.tr("应退日"), self._due, sort_key=DepositOrder.RETURN, kind=Kind.DATE, sample="2026-11-22",
                   tone=self._late, key="due"),
            Column(self.tr("状态"), str, kind=Kind.TAG, sample=self.tr("逾期 888 天"), tag=self._tag, key="state"),
            Column(self.tr("应收（元）"), self._billed, kind=Kind.MONEY, sample="12,860.00", key="billed",
                   usual=False),
            Column(self.tr("应缴日"), self._asked_on, kind=Kind.DATE, sample="2026-11-22", key="asked", usual=False),
            Column(self.tr("退租日"), self._moved_out, kind=Kind.DATE, sample="2026-11-22", key="moved_out",
                   usual=False),
        ]  # fmt: skip

    def _payers(self, row: DepositRow) -> str:
        return self.tr("{names} 付").format(names=row.payers) if row.payers else ""

    @staticmethod
    def _kind(row: DepositRow) -> str:
        return FEE_WORDS[row.fee_type]

    @staticmethod
    def _received(row: DepositRow) -> str:
        return str(row.received)

    @staticmethod
    def _moved(row: DepositRow) -> str:
        return str(row.moved) if row.moved else ""

    @staticmethod
    def _held(row: DepositRow) -> str:
        return str(row.held)

    @staticmethod
    def _billed(row: DepositRow) -> str:
        return str(row.billed)

    @staticmethod
    def _due(row: DepositRow) -> str:
        return f"{row.refund_due}" if row.refund_due is not None and row.held > NIL else ""

    @staticmethod
    def _asked_on(row: DepositRow) -> str:
        return f"{row.asked_on}"

    @staticmethod
    def _moved_out(row: DepositRow) -> str:
        return f"{row.moved_out_on}" if row.moved_out_on is not None else ""

    def _late(self, row: DepositRow) -> str:
        return "danger" if row.overdue_days(self.shell.today()) else ""

    def _tag(self, row: DepositRow) -> TagLook:
        return deposit_tag(row, row.overdue_days(self.shell.today()))

    # the page

    def hints(self) -> str:
        return self.strip.hints() or self.tr("Enter 打开、退、扣、转 · F4 收款 · Ctrl+1…6 换列表 · F10 条件")

    def begin(self, params: dict[str, Any]) -> None:
        self.search.set_value(params.get("text", ""))
        self.tabs.set_value(DepositScope(params.get("scope", DepositScope.HELD)))

    def ask_figures(self) -> None:
        self._asked += 1
        read = partial(self.shell.session.read, deposit_lists.deposit_figures, self.search.value(), self.strip.chosen)
        self.shell.run(read, partial(self.show_figures, self._asked))

    def show_figures(self, asked: int, figures: dict[DepositScope, DepositCount]) -> None:
        """How many there are behind each tab, and their sums."""
        if asked != self._asked:
            return
        counts = {scope: str(Count(found.rows, found.exact)) for scope, found in figures.items()}
        self.tabs.set_options([Option(scope, words, count=counts[scope]) for scope, words in self._words().items()])
        late = figures[DepositScope.LATE].held
        self.figures.show_figures(
            [
                (str(figures[DepositScope.HELD].held), ""),
                (str(figures[DepositScope.DUE].held), "warn" if figures[DepositScope.DUE].held else ""),
                (str(late), "danger" if late else ""),
                (str(figures[DepositScope.SHORT].owed), ""),
            ]
        )
        whole = not self.search.value() and not self.strip.chosen
        self._none_at_all = whole and not figures[DepositScope.ALL].rows
        if self.stack.currentWidget() is self.empty:
            self.say_empty()

    def source_wanted(self) -> DepositsSource:
        scope = DepositScope(str(self.tabs.value() or DepositScope.HELD))
        return DepositsSource(self.shell.session.read, DepositFilter(scope, self.search.value(), self.strip.chosen))

    def say_count(self, count: Count) -> None:
        found = self.source.last if self.source is not None else None
        sums = self.tr("在管 {held}").format(held=found.held) if found is not None else ""
        self.foot_row.show_words(self.tr("{n} 笔").format(n=count), sums)

    def say_empty(self) -> None:
        wanted = self.source.wanted if self.source is not None else DepositFilter()
        self.everything.setVisible(wanted != DepositFilter(DepositScope.ALL) and not self._none_at_all)
        if self.say_none_so(self.tr("押金")):
            return
        if wanted.text:
            self.empty.title.setText(self.tr("没有找到「{text}」的押金").format(text=wanted.text))
            self.empty.why.setText(self.tr("换个名字或房号，或在全部押金里找"))
            return
        titles = {
            DepositScope.HELD: self.tr("没有在管的押金"),
            DepositScope.DUE: self.tr("没有要退的押金"),
            DepositScope.LATE: self.tr("没有逾期未退的押金"),
            DepositScope.SHORT: self.tr("押金都收齐了"),
            DepositScope.DONE: self.tr("还没有办完的押金"),
            DepositScope.ALL: self.tr("还没有押金"),
        }
        self.empty.title.setText(titles[DepositScope.ALL if self._none_at_all else wanted.scope])
        first = self._none_at_all or wanted.scope is DepositScope.ALL
        self.empty.why.setText(
            self.tr("办好第一份入住、收了押金，就会列在这里") if first else self.tr("换个列表，或看全部押金")
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A low window has no room for the sums: the tabs tell how many, the foot what is held."""
        super().resizeEvent(event)
        self.figures.setVisible(self.height() >= theme().scaled(_ROOMY))

    # what the clerk does

    def _show_everything(self) -> None:
        self.widen()
        self.tabs.set_value(DepositScope.ALL)
        self.narrow()

    def _keys(self) -> None:
        self.shell.navigate("keys")

    def _pay(self) -> None:
        row: DepositRow | None = self.table.current()
        if row is not None and row.owed > NIL and self.shell.allowed(Right.TAKE_PAYMENT):
            self.shell.navigate("till", bill_ids=(row.id,))

    def open_row(self, row: DepositRow) -> None:
        self.shell.navigate("deposit", bill_id=row.id)

    def fill_menu(self, menu: QMenu, row: DepositRow) -> None:
        menu.addAction(self.tr("打开"), partial(self.open_row, row))
        if row.owed > NIL and self.shell.allowed(Right.TAKE_PAYMENT):
            menu.addAction(self.tr("收款 {owed}").format(owed=row.owed), self._pay)
        if row.held > NIL and row.fee_type in MOVABLE:
            words = {"refund": self.tr("退押金"), "deduct": self.tr("扣款"), "forfeit": self.tr("没收")}
            for act, name in words.items():
                menu.addAction(name, partial(self.acts.make, act, row.id))
        menu.addSeparator()
        if row.lease_id is not None and self.shell.allowed(Right.SEE_LEASES):
            menu.addAction(self.tr("看租约"), partial(self.shell.navigate, "lease", lease_id=row.lease_id))
        if self.shell.allowed(Right.SEE_PARTIES):
            words_of = self.tr("看租客 {name}").format(name=row.debtor)
            menu.addAction(words_of, partial(self.shell.navigate, "party", party_id=row.debtor_id))


class _Sums(FigureStrip):
    """The sums under the list, which make way where there is no room."""

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), 0)


def deposit_tag(row: Any, late: int) -> TagLook:
    """How a deposit stands: 逾期 3 天, 应退, 没收齐, 在管, 已办完. `row` has held, owed, moved_out_on, received."""
    if row.held > NIL:
        if late:
            return TagLook(f"逾期 {late} 天", "danger", "circle-alert")
        if row.moved_out_on is not None:
            return TagLook("应退", "warn", "clock")
        if row.owed > NIL:
            return TagLook("没收齐", "info", "circle-dot")
        return TagLook("在管", "ok", "shield-check")
    if row.owed > NIL:
        return TagLook("未收", "", "clock")
    return TagLook("已办完" if row.received > NIL else "已撤销", "", "circle-check")
