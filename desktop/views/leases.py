"""All leases 租约: in force, about to end, overstayed, waiting for handover or settlement; by building or text."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from operator import attrgetter
from typing import Any

from PySide6.QtWidgets import QMenu

from desktop.models.values import NIL, LeaseState, Right
from desktop.services import lease_lists
from desktop.services.batch_prints import PaperKind
from desktop.services.lease_lists import LeaseFigures, LeaseFilter, LeaseOrder, LeaseScope
from desktop.services.leases import INSIDE, LeaseRow
from desktop.views.buttons import Button
from desktop.views.columns import Ask, Column, Count, Kind, TagLook
from desktop.views.keys import bind, key_words
from desktop.views.list_page import ListPage, span_of
from desktop.views.pages import Shell
from desktop.views.renewal import Renewing
from desktop.views.renewal_key import RENEW_KEY
from desktop.views.steps import Option, Tabs
from desktop.views.tables import RowTable
from desktop.views.text_fields import SearchField
from desktop.views.timeline import EmptyState

_LOOKS = {
    LeaseState.DRAFT: ("", "pencil"),
    LeaseState.SIGNED: ("violet", "bookmark"),
    LeaseState.ACTIVE: ("info", "user-round"),
    LeaseState.NOTICE: ("warn", "log-out"),
    LeaseState.MOVED_OUT: ("warn", "door-open"),
    LeaseState.SETTLED: ("", "check"),
    LeaseState.CLOSED: ("", "archive"),
    LeaseState.CANCELLED: ("", "ban"),
    LeaseState.RENEWED: ("", "calendar-check"),
}


def lease_tag(row: LeaseRow, today: date, expiring_days: int, *, short: bool = False) -> TagLook:
    """The state of a lease as a tag; expiring and overstayed come from the dates: 将到期 剩 6 天; `short`: 剩 6 天."""
    left = (row.end - today).days
    if row.state in INSIDE and left < 0:
        return TagLook(f"超 {-left} 天" if short else f"期满未退 {-left} 天", "danger", "clock-alert")
    if row.state is LeaseState.ACTIVE and left <= expiring_days:
        words = f"剩 {left} 天" if short else f"将到期 剩 {left} 天"
        return TagLook(words if left else "今天到期", "warn", "hourglass")
    if row.state is LeaseState.ACTIVE and row.start > today:
        return TagLook(f"续租 {row.start:%m-%d} 起", "info", "calendar-plus")
    if short and row.state is LeaseState.NOTICE:
        return TagLook("将退租", "warn", "log-out")
    tone, icon = _LOOKS[row.state]
    return TagLook(row.word(today, expiring_days) if row.state not in INSIDE else row.word(today, -1), tone, icon)


@dataclass(slots=True)
class LeasesSource:
    """The leases a filter lets through; asked in reading jobs only."""

    read: Callable[..., Any]
    wanted: LeaseFilter

    def count(self) -> Count:
        return Count(self.read(lease_lists.count_leases, self.wanted))

    def page(self, ask: Ask) -> Sequence[LeaseRow]:
        order = LeaseOrder(ask.sort) if ask.sort else None
        rows: Sequence[LeaseRow] = self.read(lease_lists.list_leases, self.wanted, span_of(ask), order)
        return rows

    def key(self, row: LeaseRow) -> Hashable:
        return row.id


class LeasesPage(ListPage):
    """Opened with `scope`, `chosen` or `text` to begin with."""

    help_topic = "leases"
    list_key = "leases"
    papers = PaperKind.LEASE
    conditions_read = staticmethod(lease_lists.lease_conditions)
    tables = frozenset(
        {"lease", "lease_term", "lease_room", "lease_party", "party", "room", "building", "bill", "bill_balance"}
    )

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.expiring_days = 30
        self._none_at_all = False
        self.renewing = Renewing(shell, self)
        self._build()
        self._wire()

    def _build(self) -> None:
        search = SearchField(self.tr("姓名 / 拼音 / 房号 / 合同号"))
        search.setAccessibleName(self.tr("找租约，Ctrl F"))
        search.setMinimumWidth(240)
        self.pay = Button(self.tr("收款"), "primary", icon="banknote", key="F4")
        self.set_head(self.tr("租约"), "", search, self.pay)
        scopes = Tabs([Option(scope, words) for scope, words in self._scope_words().items()])
        scopes.setAccessibleName(self.tr("看哪些租约"))
        table = RowTable(self._columns(), self.shell.run, two_lines=True)
        table.setAccessibleName(self.tr("租约"))
        self.everything = Button(self.tr("看全部租约"), "secondary", icon="list")
        self.to_check_in = Button(self.tr("办理入住"), "secondary", icon="log-in")
        empty = EmptyState("", "", [self.everything, self.to_check_in], icon="file-text", tone="info")
        self.lay_out(search, table, empty, scopes)

    def _wire(self) -> None:
        self.pay.clicked.connect(self._pay)
        self.to_check_in.clicked.connect(self._check_in)
        self.table.current_row.connect(self._current)
        self.everything.clicked.connect(self._show_everything)
        self._search_key = bind(self, "Ctrl+F", self.into_search)
        self._renew_key = bind(self, RENEW_KEY, self._renew)

    def _scope_words(self) -> dict[LeaseScope, str]:
        return {
            LeaseScope.CURRENT: self.tr("在租"),
            LeaseScope.EXPIRING: self.tr("将到期"),
            LeaseScope.OVERSTAYED: self.tr("期满未退"),
            LeaseScope.COMING: self.tr("待入住"),
            LeaseScope.LEAVING: self.tr("待结算"),
            LeaseScope.ALL: self.tr("全部"),
        }

    def _columns(self) -> list[Column]:
        columns = [
            Column(
                self.tr("房间"), attrgetter("room"), sort_key=LeaseOrder.ROOM, kind=Kind.CODE, sample="WJY-2026-A00629",
                detail=attrgetter("number"), strong=True, key="room", detail_title=self.tr("合同号"),
            ),
            Column(
                self.tr("租客"), attrgetter("tenant"), sort_key=LeaseOrder.TENANT, kind=Kind.NAME, sample="欧阳知微",
                stretch=2, key="tenant",
            ),
            Column(
                self.tr("起租日"), self._start, sort_key=LeaseOrder.START, kind=Kind.DATE, sample="2026-11-25",
                fold=True, key="start",
            ),
            Column(
                self.tr("到期日"), self._end, sort_key=LeaseOrder.END, kind=Kind.DATE, sample="2026-11-25", key="end"
            ),
            Column(
                self.tr("月租（元）"), self._rent, sort_key=LeaseOrder.RENT, kind=Kind.MONEY, sample="12,860.00",
                key="rent",
            ),
            Column(
                self.tr("欠费（元）"), self._owed, sort_key=LeaseOrder.OWED, kind=Kind.MONEY, sample="12,860.00",
                tone=self._tone, key="owed",
            ),
            Column(self.tr("状态"), str, kind=Kind.TAG, sample=self.tr("将到期 剩 30 天"), tag=self._tag, key="state"),
            Column(
                self.tr("合同号"), attrgetter("number"), sort_key=LeaseOrder.SIGNED, kind=Kind.CODE,
                sample="WJY-2026-A00629", key="number", usual=False,
            ),
        ]  # fmt: skip
        if not self.shell.allowed(Right.SEE_BILLS):
            del columns[5]
        return columns

    @staticmethod
    def _start(row: LeaseRow) -> str:
        return f"{row.start}"

    @staticmethod
    def _end(row: LeaseRow) -> str:
        return f"{row.end}"

    @staticmethod
    def _rent(row: LeaseRow) -> str:
        return str(row.rent)

    @staticmethod
    def _owed(row: LeaseRow) -> str:
        return str(row.owed) if row.owed > NIL else ""

    @staticmethod
    def _tone(row: LeaseRow) -> str:
        return "danger" if row.owed > NIL else ""

    def _tag(self, row: LeaseRow) -> TagLook:
        return lease_tag(row, self.shell.today(), self.expiring_days)

    # the page

    def hints(self) -> str:
        return self.strip.hints() or self.tr("Enter 打开 · Shift+F2 续租 · Ctrl+F 找 · Ctrl+1…6 换列表 · Alt+1…9 排序")

    def begin(self, params: dict[str, Any]) -> None:
        self.search.set_value(params.get("text", ""))
        self.tabs.set_value(LeaseScope(params.get("scope", LeaseScope.CURRENT)))

    # showing

    def ask_figures(self) -> None:
        self._asked += 1
        read = partial(self.shell.session.read, lease_lists.lease_figures, self.search.value(), self.strip.chosen)
        self.shell.run(read, partial(self.show_figures, self._asked))

    def show_figures(self, asked: int, figures: LeaseFigures) -> None:
        """How many there are behind each tab."""
        if asked != self._asked:
            return
        words = self._scope_words()
        self.tabs.set_options([Option(scope, words[scope], count=f"{figures.counts[scope]:,}") for scope in words])
        whole = not self.search.value() and not self.strip.chosen
        self._none_at_all = whole and not figures.counts[LeaseScope.ALL]
        if self.stack.currentWidget() is self.empty:
            self.say_empty()
        if figures.expiring_days != self.expiring_days:
            self.expiring_days = figures.expiring_days
            self.table.viewport().update()

    def source_wanted(self) -> LeasesSource:
        scope = LeaseScope(str(self.tabs.value() or LeaseScope.CURRENT))
        wanted = LeaseFilter(scope, self.search.value(), self.strip.chosen)
        return LeasesSource(self.shell.session.read, wanted)

    def shown_anew(self) -> None:
        self._current(None)

    def say_count(self, count: Count) -> None:
        self.foot_row.show_words(self.tr("{n} 份").format(n=count))

    def say_empty(self) -> None:
        wanted = self.source.wanted if self.source is not None else LeaseFilter()
        if self._none_at_all:  # the first step is offered, not a way round
            wanted = LeaseFilter(LeaseScope.ALL)
        self.everything.setVisible(wanted != LeaseFilter(LeaseScope.ALL))
        self.to_check_in.setVisible(not wanted.text and self.shell.allowed(Right.CHECK_IN))
        if self.say_none_so(self.tr("租约")):
            return
        if wanted.text:
            self.empty.title.setText(self.tr("没有找到「{text}」的租约").format(text=wanted.text))
            self.empty.why.setText(self.tr("换个名字、房号或合同号，或看全部租约"))
            return
        titles = {
            LeaseScope.CURRENT: self.tr("没有在租的租约"),
            LeaseScope.EXPIRING: self.tr("{n} 天内没有到期的租约").format(n=self.expiring_days),
            LeaseScope.OVERSTAYED: self.tr("没有期满未退的租客"),
            LeaseScope.COMING: self.tr("没有待入住的租约"),
            LeaseScope.LEAVING: self.tr("没有搬离后待结算的租约"),
            LeaseScope.ALL: self.tr("还没有租约"),
        }
        self.empty.title.setText(titles[wanted.scope])
        first = self.tr("按 F2 办好第一份入住，租约就会出现在这里")
        way_on = self.tr("换个列表，或看全部租约")
        self.empty.why.setText(first if wanted.scope in (LeaseScope.ALL, LeaseScope.CURRENT) else way_on)

    def _current(self, row: LeaseRow | None) -> None:
        self.show_pay(self.pay, row.owed if row is not None else None, self.tr("先选一份租约"))

    # what the clerk does

    def _show_everything(self) -> None:
        self.widen()
        self.tabs.set_value(LeaseScope.ALL)
        self.narrow()

    def open_row(self, row: LeaseRow) -> None:
        self.shell.navigate("lease", lease_id=row.id)

    def _pay(self) -> None:
        row = self.table.current()
        if row is not None:
            self.shell.navigate("till", party_id=row.tenant_id)

    def _renew(self) -> None:
        row = self.table.current()
        self.renewing.begin(row.id if row is not None else None)

    def _check_in(self) -> None:
        self.shell.navigate("check_in")

    def fill_menu(self, menu: QMenu, row: LeaseRow) -> None:
        menu.addAction(self.tr("打开租约"), partial(self.open_row, row))
        if self.shell.allowed(Right.CHECK_IN) and row.state in INSIDE:
            words = f"{self.tr('续租')}\t{key_words(RENEW_KEY)}"
            menu.addAction(words, partial(self.renewing.begin, row.id))
        if self.shell.allowed(Right.SEE_PARTIES):
            words = self.tr("看租客 {name}").format(name=row.tenant)
            menu.addAction(words, partial(self.shell.navigate, "party", party_id=row.tenant_id))
        menu.addAction(
            self.tr("看房间 {room}").format(room=row.room), partial(self.shell.navigate, "room", room_id=row.room_id)
        )
        if self.shell.allowed(Right.TAKE_PAYMENT):
            menu.addAction(self.tr("收款"), partial(self.shell.navigate, "till", party_id=row.tenant_id))
