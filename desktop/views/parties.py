"""All tenants 租客: who lives here, who owes, who comes, who left; found by whatever the clerk knows of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any

from PySide6.QtWidgets import QMenu

from desktop.models.values import NIL, PartyKind, Right
from desktop.services import party_lists
from desktop.services.paging import Counted
from desktop.services.party_lists import PartyFilter, PartyOrder, PartyRow, PartyScope, Standing
from desktop.views.buttons import Button
from desktop.views.columns import Ask, Column, Count, Kind, TagLook
from desktop.views.keys import bind
from desktop.views.list_page import ListPage, span_of
from desktop.views.pages import Shell
from desktop.views.steps import Option, Tabs
from desktop.views.tables import RowTable
from desktop.views.text_fields import SearchField
from desktop.views.timeline import EmptyState

STANDING_LOOKS = {
    Standing.INSIDE: TagLook("在租", "info", "user-round"),
    Standing.COMING: TagLook("待入住", "violet", "bookmark"),
    Standing.FORMER: TagLook("已退租", "", "log-out"),
    Standing.NONE: TagLook("未租房", "", "contact-round"),
}


@dataclass(slots=True)
class PartiesSource:
    """The parties a filter lets through; asked in reading jobs only."""

    read: Callable[..., Any]
    wanted: PartyFilter

    def count(self) -> Count:
        found: Counted = self.read(party_lists.count_parties, self.wanted)
        return Count(found.rows, found.exact)

    def count_all(self) -> Count | None:
        rows: int | None = self.read(party_lists.count_all_parties, self.wanted)
        return Count(rows) if rows is not None else None

    def page(self, ask: Ask) -> Sequence[PartyRow]:
        order, down = (PartyOrder(ask.sort), ask.descending) if ask.sort else (PartyOrder.KNOWN, True)
        if ask.sort is None and self.wanted.scope is PartyScope.OWING:
            order = PartyOrder.OWED  # the largest debt first
        rows: Sequence[PartyRow] = self.read(party_lists.list_parties, self.wanted, span_of(ask, down), order)
        return rows

    def key(self, row: PartyRow) -> Hashable:
        return row.id


class PartiesPage(ListPage):
    """Opened with `scope`, `chosen` or `text` to begin with."""

    help_topic = "parties"
    list_key = "parties"
    conditions_read = staticmethod(party_lists.party_conditions)
    tables = frozenset(
        {"party", "contact", "person_document", "lease", "lease_room", "lease_party", "bill", "bill_balance", "room"}
    )

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._nobody_at_all = False
        self._build()
        self._wire()

    def _build(self) -> None:
        search = SearchField(self.tr("姓名 / 拼音 / 房号 / 手机或证件后 4 位"))
        search.setAccessibleName(self.tr("找租客，Ctrl F"))
        search.setMinimumWidth(240)
        self.pay = Button(self.tr("收款"), "primary", icon="banknote", key="F4")
        self.set_head(self.tr("租客"), "", search, self.pay)
        scopes = Tabs([Option(scope, words) for scope, words in self._scope_words().items()])
        scopes.setAccessibleName(self.tr("看哪些人"))
        table = RowTable(self._columns(), self.shell.run)
        table.setAccessibleName(self.tr("租客"))
        self.everybody = Button(self.tr("看全部人员"), "secondary", icon="list")
        self.to_check_in = Button(self.tr("办理入住"), "secondary", icon="log-in", key="F2")
        empty = EmptyState("", "", [self.everybody, self.to_check_in], icon="users", tone="info")
        self.lay_out(search, table, empty, scopes)

    def _wire(self) -> None:
        self.table.current_row.connect(self._current)
        self.pay.clicked.connect(self._pay)
        self.everybody.clicked.connect(self._show_everybody)
        self.to_check_in.clicked.connect(self._check_in)
        self._search_key = bind(self, "Ctrl+F", self.into_search)

    def _scope_words(self) -> dict[PartyScope, str]:
        words = {
            PartyScope.INSIDE: self.tr("在租"),
            PartyScope.OWING: self.tr("欠费"),
            PartyScope.COMING: self.tr("待入住"),
            PartyScope.FORMER: self.tr("已退租"),
            PartyScope.EVERYBODY: self.tr("全部人员"),
        }
        if not self.shell.allowed(Right.SEE_BILLS):
            del words[PartyScope.OWING]
        return words

    def _columns(self) -> list[Column]:
        columns = [
            Column(
                self.tr("姓名"), attrgetter("name"), sort_key=PartyOrder.NAME, kind=Kind.NAME, sample="欧阳知微",
                stretch=2, strong=True, key="name",
            ),
            Column(
                self.tr("手机"), attrgetter("phone"), field="contact.value", kind=Kind.CODE, sample="0571-****1234",
                key="phone",
            ),
            Column(self.tr("房间"), self._rooms, kind=Kind.NAME, sample="1 栋 1203 等 2 间", stretch=3, key="rooms"),
            Column(self.tr("状态"), str, kind=Kind.TAG, sample=self.tr("待入住"), tag=self._tag, key="standing"),
            Column(
                self.tr("欠费（元）"), self._owed, sort_key=PartyOrder.OWED, kind=Kind.MONEY, sample="12,860.00",
                tone=self._tone, key="owed",
            ),
            Column(
                self.tr("登记号"), attrgetter("number"), sort_key=PartyOrder.KNOWN, kind=Kind.CODE,
                sample="WJY-PA000123", fold=True, key="number",
            ),
            Column(self.tr("类别"), self._kind, kind=Kind.TEXT, sample=self.tr("单位"), key="kind", usual=False),
        ]  # fmt: skip
        if not self.shell.allowed(Right.SEE_BILLS):
            del columns[4]
        return columns

    def _kind(self, row: PartyRow) -> str:
        return self.tr("单位") if row.kind is PartyKind.ORGANISATION else self.tr("个人")

    @staticmethod
    def _rooms(row: PartyRow) -> str:
        return "、".join(row.rooms)

    @staticmethod
    def _tag(row: PartyRow) -> TagLook:
        if row.standing is Standing.NONE and row.kind is PartyKind.ORGANISATION:
            return TagLook("单位", "", "building-2")
        return STANDING_LOOKS[row.standing]

    @staticmethod
    def _owed(row: PartyRow) -> str:
        return str(row.owed) if row.owed > NIL else ""

    @staticmethod
    def _tone(row: PartyRow) -> str:
        return "danger" if row.owed > NIL else ""

    # the page

    def hints(self) -> str:
        return self.strip.hints() or self.tr("Enter 打开 · Ctrl+F 找人 · Ctrl+1…5 换列表 · Alt+1…9 排序")

    def begin(self, params: dict[str, Any]) -> None:
        self.search.set_value(params.get("text", ""))
        self.tabs.set_value(PartyScope(params.get("scope", PartyScope.INSIDE)))

    # showing

    def ask_figures(self) -> None:
        self._asked += 1
        read = partial(self.shell.session.read, party_lists.party_figures, self.search.value(), self.strip.chosen)
        self.shell.run(read, partial(self.show_figures, self._asked))

    def show_figures(self, asked: int, figures: dict[PartyScope, Counted]) -> None:
        """How many there are behind each tab, of those the search box finds."""
        if asked == self._asked:
            words = self._scope_words()
            counts = {scope: str(Count(found.rows, found.exact)) for scope, found in figures.items()}
            self.tabs.set_options([Option(scope, words[scope], count=counts[scope]) for scope in words])
            whole = not self.search.value() and not self.strip.chosen
            self._nobody_at_all = whole and not figures[PartyScope.EVERYBODY].rows
            if self.stack.currentWidget() is self.empty:
                self.say_empty()

    def source_wanted(self) -> PartiesSource:
        scope = PartyScope(str(self.tabs.value() or PartyScope.INSIDE))
        return PartiesSource(self.shell.session.read, PartyFilter(scope, self.search.value(), self.strip.chosen))

    def shown_anew(self) -> None:
        self._current(None)

    def say_count(self, count: Count) -> None:
        self.foot_row.show_words(self.tr("{n} 人").format(n=count))

    def say_empty(self) -> None:
        wanted = self.source.wanted if self.source is not None else PartyFilter()
        self.everybody.setVisible(wanted.scope is not PartyScope.EVERYBODY and not self._nobody_at_all)
        self.to_check_in.setVisible(not wanted.text and self.shell.allowed(Right.CHECK_IN))
        words = self._scope_words().get(wanted.scope, "")
        if self.say_none_so(self.tr("租客")):
            return
        if wanted.text:
            self.empty.title.setText(self.tr("{scope}里没有「{text}」").format(scope=words, text=wanted.text))
            self.empty.why.setText(self.tr("换个名字、房号或号码，或在全部人员里找"))
            return
        titles = {
            PartyScope.INSIDE: self.tr("还没有租客"),
            PartyScope.OWING: self.tr("没有人欠费"),
            PartyScope.COMING: self.tr("没有等着入住的人"),
            PartyScope.FORMER: self.tr("还没有人退租"),
            PartyScope.EVERYBODY: self.tr("还没有登记过人员"),
        }
        self.empty.title.setText(titles[wanted.scope])
        first = wanted.scope in (PartyScope.INSIDE, PartyScope.EVERYBODY)
        why = self.tr("办好第一份入住，租客就会出现在这里") if first else self.tr("换个列表，或看全部人员")
        self.empty.why.setText(why)

    def _current(self, row: PartyRow | None) -> None:
        self.show_pay(self.pay, row.owed if row is not None else None, self.tr("先选一位租客"))

    # what the clerk does

    def _show_everybody(self) -> None:
        if self.strip.chosen:
            self.widen()
        self.tabs.set_value(PartyScope.EVERYBODY)
        self.narrow()

    def open_row(self, row: PartyRow) -> None:
        self.shell.navigate("party", party_id=row.id)

    def _pay(self) -> None:
        row = self.table.current()
        if row is not None:
            self.shell.navigate("till", party_id=row.id)

    def _check_in(self) -> None:
        self.shell.navigate("check_in")

    def fill_menu(self, menu: QMenu, row: PartyRow) -> None:
        menu.addAction(self.tr("打开资料"), partial(self.open_row, row))
        if self.pay.isEnabled():
            menu.addAction(self.tr("收款"), self._pay)
