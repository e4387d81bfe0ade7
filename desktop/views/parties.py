"""All tenants 租客: who lives here, who owes, who comes, who left; found by whatever the clerk knows of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget

from desktop.models.values import NIL, PartyKind, Right
from desktop.services import party_lists
from desktop.services.paging import Span
from desktop.services.party_lists import PartyFilter, PartyOrder, PartyRow, PartyScope, Standing
from desktop.views import messages
from desktop.views.buttons import Button
from desktop.views.columns import Ask, Column, Count, Kind, TagLook
from desktop.views.fields import SearchField
from desktop.views.keys import bind
from desktop.views.labels import Card
from desktop.views.pages import Command, Page, Shell
from desktop.views.steps import Option, Tabs
from desktop.views.tables import RowTable, TableFoot
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
        return Count(self.read(party_lists.count_parties, self.wanted))

    def page(self, ask: Ask) -> Sequence[PartyRow]:
        order, down = (PartyOrder(ask.sort), ask.descending) if ask.sort else (PartyOrder.KNOWN, True)
        if ask.sort is None and self.wanted.scope is PartyScope.OWING:
            order = PartyOrder.OWED  # the largest debt first
        after, before = ask.after, ask.before
        span = Span(ask.offset, ask.limit, after.id if after else None, before.id if before else None, down)
        rows: Sequence[PartyRow] = self.read(party_lists.list_parties, self.wanted, span, order)
        return rows

    def key(self, row: PartyRow) -> Hashable:
        return row.id


class PartiesPage(Page):
    """Opened with `scope` or `text` to begin with."""

    help_topic = "parties"
    tables = frozenset(
        {"party", "contact", "person_document", "lease", "lease_room", "lease_party", "bill", "bill_balance", "room"}
    )

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.source: PartiesSource | None = None
        self._asked = 0
        self._build()
        self._wire()

    def _build(self) -> None:
        self.search = SearchField(self.tr("姓名 / 拼音 / 房号 / 手机或证件后 4 位"))
        self.search.setAccessibleName(self.tr("找租客，Ctrl F"))
        self.search.setMinimumWidth(300)
        self.search.installEventFilter(self)
        self.pay = Button(self.tr("收款"), "primary", icon="banknote", key="F4")
        self.set_head(self.tr("租客"), "", self.search, self.pay)
        self.scopes = Tabs([Option(scope, words) for scope, words in self._scope_words().items()])
        self.scopes.setAccessibleName(self.tr("看哪些人"))
        self.table = RowTable(self._columns(), self.shell.run)
        self.table.setAccessibleName(self.tr("租客"))
        self.everybody = Button(self.tr("看全部人员"), "secondary", icon="list")
        self.to_check_in = Button(self.tr("办理入住"), "secondary", icon="log-in", key="F2")
        self.empty = EmptyState("", "", [self.everybody, self.to_check_in], icon="users", tone="info")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.empty)
        self.foot_row = TableFoot()
        tabs = QHBoxLayout()
        tabs.setContentsMargins(8, 0, 8, 0)
        tabs.addWidget(self.scopes)
        tabs.addStretch(1)
        card = Card()
        card.body.setContentsMargins(1, 4, 1, 1)
        card.body.setSpacing(0)
        card.body.addLayout(tabs)
        card.body.addWidget(self.stack, 1)
        card.body.addWidget(self.foot_row)
        self.body.addWidget(card, 1)

    def _wire(self) -> None:
        self.scopes.changed.connect(self._show_source)
        self.search.searched.connect(self._searched)
        self.search.entered.connect(self._into_table)
        self.table.opened.connect(self._open)
        self.table.current_row.connect(self._current)
        self.table.menu_wanted.connect(self._menu)
        self.table.rows.counted.connect(self._counted)
        self.table.rows.failed.connect(messages.show_error)
        self.pay.clicked.connect(self._pay)
        self.everybody.clicked.connect(self._show_everybody)
        self.to_check_in.clicked.connect(self._check_in)
        self.keys = [bind(self, f"Ctrl+{at + 1}", partial(self._to_scope, at)) for at in range(len(PartyScope))]
        self.keys.append(bind(self, "Ctrl+F", self._to_search))

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
                stretch=2, strong=True,
            ),
            Column(
                self.tr("手机"), attrgetter("phone"), field="contact.value", kind=Kind.CODE, sample="0571-****1234"
            ),
            Column(self.tr("房间"), self._rooms, kind=Kind.NAME, sample="1 栋 1203 等 2 间", stretch=3),
            Column(self.tr("状态"), str, kind=Kind.TAG, sample=self.tr("待入住"), tag=self._tag),
            Column(
                self.tr("欠费（元）"), self._owed, sort_key=PartyOrder.OWED, kind=Kind.MONEY, sample="12,860.00",
                tone=self._tone,
            ),
            Column(
                self.tr("登记号"), attrgetter("number"), sort_key=PartyOrder.KNOWN, kind=Kind.CODE,
                sample="WJY-PA000123", fold=True,
            ),
        ]  # fmt: skip
        if not self.shell.allowed(Right.SEE_BILLS):
            del columns[4]
        return columns

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
        return self.tr("Enter 打开 · F4 收款 · Ctrl+F 找人 · Ctrl+1…5 换列表")

    def opened(self, params: dict[str, Any]) -> None:
        if params or self.source is None:
            self.search.set_value(params.get("text", ""))
            self.scopes.set_value(PartyScope(params.get("scope", PartyScope.INSIDE)))
            self._show_source()
        self._ask_figures()
        self._into_table()

    def refresh(self, tables: frozenset[str]) -> None:
        self.table.refresh()
        self._ask_figures()

    def command(self, command: Command) -> bool:
        if command == Command.BACK and self.search.value():
            self.search.set_value("")
            self._searched("")
            self._into_table()
            return True
        return False

    # showing

    def _ask_figures(self) -> None:
        self._asked += 1
        read = partial(self.shell.session.read, party_lists.party_figures, self.search.value())
        self.shell.run(read, partial(self.show_figures, self._asked))

    def show_figures(self, asked: int, figures: dict[PartyScope, int]) -> None:
        """How many there are behind each tab, of those the search box finds."""
        if asked == self._asked:
            words = self._scope_words()
            self.scopes.set_options([Option(scope, words[scope], count=f"{figures[scope]:,}") for scope in words])

    def _show_source(self) -> None:
        scope = PartyScope(str(self.scopes.value() or PartyScope.INSIDE))
        wanted = PartyFilter(scope, self.search.value())
        if self.source is None or self.source.wanted != wanted:
            self.source = PartiesSource(self.shell.session.read, wanted)
            self.table.show_source(self.source)
            self._current(None)

    def _counted(self, count: Count) -> None:
        self.foot_row.show_words(self.tr("{n} 人").format(n=count))
        here = self.stack.currentWidget()
        self.stack.setCurrentWidget(self.table if count.rows else self.empty)
        if not count.rows:
            self._say_empty()
        elif here is not self.table and not self.search.hasFocus():
            self._into_table()
        if count.rows and not self.table.currentIndex().isValid():
            self.table.choose(0)

    def _say_empty(self) -> None:
        wanted = self.source.wanted if self.source is not None else PartyFilter()
        self.everybody.setVisible(wanted.scope is not PartyScope.EVERYBODY)
        self.to_check_in.setVisible(not wanted.text and self.shell.allowed(Right.CHECK_IN))
        words = self._scope_words().get(wanted.scope, "")
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
        if row is None or row.owed <= NIL:
            self.pay.setText(self.tr("收款"))
        else:
            self.pay.setText(self.tr("收款 ¥{owed}").format(owed=row.owed))
        reason = "" if row is not None else self.tr("先选一位租客")
        if not self.shell.allowed(Right.TAKE_PAYMENT):
            reason = self.tr("您的角色不能办收款：请收银员登录后办理")
        self.pay.allow(reason)

    # what the clerk does

    def _searched(self, _text: str) -> None:
        self._show_source()
        self._ask_figures()

    def _to_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _to_scope(self, at: int) -> None:
        self.scopes.choose(at)
        self._into_table()

    def _into_table(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_everybody(self) -> None:
        self.scopes.set_value(PartyScope.EVERYBODY)

    def _open(self, row: PartyRow) -> None:
        self.shell.navigate("party", party_id=row.id)

    def _pay(self) -> None:
        row = self.table.current()
        if row is not None:
            self.shell.navigate("till", party_id=row.id)

    def _check_in(self) -> None:
        self.shell.navigate("check_in")

    def _menu(self, row: PartyRow, point: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("打开资料"), partial(self._open, row))
        if self.pay.isEnabled():
            menu.addAction(self.tr("收款"), self._pay)
        menu.popup(point)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        pressed = event if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress else None
        down = pressed is not None and pressed.key() == Qt.Key.Key_Down
        if watched is self.search and down and self.table.rows.rowCount():
            self._into_table()
            return True
        return super().eventFilter(watched, event)
