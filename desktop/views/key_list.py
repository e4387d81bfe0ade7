"""All keys, cards and remotes 钥匙门卡: who has which, what is in the cabinet, what is lost; a serial is scanned."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QMenu

from desktop.models.values import Money, Right
from desktop.services import key_lists, key_register, key_rows
from desktop.services.acts import Op
from desktop.services.deposit_forms import Cause
from desktop.services.key_lists import KeyFilter, KeyOrder, KeyScope
from desktop.services.key_register import KeyLost
from desktop.services.key_rows import EVENT_WORDS, KEY_WORDS, WHERE_WORDS, Holding, KeyEvent, KeyRow, Where
from desktop.services.paging import Counted
from desktop.views.buttons import Button
from desktop.views.columns import Ask, Column, Count, Kind, TagLook
from desktop.views.deposit_acts import DepositActs
from desktop.views.dialogs import Dialog, Question
from desktop.views.key_dialogs import (
    ChangeKeyDialog,
    CopyKeyDialog,
    EnterKeysDialog,
    GiveOutDialog,
    LossDialog,
    MoveKeyDialog,
)
from desktop.views.keys import bind
from desktop.views.labels import label
from desktop.views.list_page import ListPage, span_of
from desktop.views.pages import Shell
from desktop.views.steps import Option, Tabs
from desktop.views.tables import RowTable
from desktop.views.text_fields import SearchField
from desktop.views.timeline import EmptyState, Event, Timeline

_LOOKS = {
    Where.IN: ("", "package"), Where.OUT: ("ok", "user-round-check"), Where.LOST: ("danger", "circle-alert"),
    Where.SCRAPPED: ("", "trash-2"),
}  # fmt: skip
_EVENTS = {
    KeyEvent.OUT: ("log-out", "ok"), KeyEvent.IN: ("log-in", ""), KeyEvent.LOST: ("circle-alert", "danger"),
    KeyEvent.FOUND: ("badge-check", "ok"), KeyEvent.SCRAPPED: ("trash-2", ""),
}  # fmt: skip
_SERIAL_LEAST = 4
"""Characters from which what is typed may be a serial that nobody entered yet."""


@dataclass(slots=True)
class KeysSource:
    """The keys a filter lets through; asked in reading jobs only."""

    read: Callable[..., Any]
    wanted: KeyFilter

    def count(self) -> Count:
        found: Counted = self.read(key_lists.count_keys, self.wanted)
        return Count(found.rows, found.exact)

    def page(self, ask: Ask) -> Sequence[KeyRow]:
        order = KeyOrder(ask.sort) if ask.sort else None
        rows: Sequence[KeyRow] = self.read(key_lists.list_keys, self.wanted, span_of(ask), order)
        return rows

    def key(self, row: KeyRow) -> Hashable:
        return row.id


class KeysPage(ListPage):
    """Opened with `scope`, `chosen` or `text` to begin with."""

    help_topic = "key_register"
    list_key = "keys"
    conditions_read = staticmethod(key_lists.key_conditions)
    tables = frozenset({"key_item", "key_move", "lease", "party", "room", "building"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.deposits = DepositActs(shell, self)
        self._none_at_all = False
        self._build()
        self._wire()

    def _build(self) -> None:
        search = SearchField(self.tr("刷卡 / 卡号 / 房号 / 姓名"))
        search.setAccessibleName(self.tr("刷卡或找钥匙，Ctrl F"))
        search.setMinimumWidth(210)
        self.enter = Button(self.tr("登记钥匙"), "primary", icon="plus", key="Ctrl+Return")
        self.set_head(self.tr("钥匙门卡"), "", search, self.enter)
        self.out = Button(self.tr("发出"), "secondary", icon="log-out", key="Ctrl+D", size="small")
        self.back = Button(self.tr("收回"), "secondary", icon="log-in", key="Ctrl+B", size="small")
        self.lost = Button(self.tr("报失"), "secondary", icon="circle-alert", key="Ctrl+L", size="small")
        scopes = Tabs([Option(scope, words) for scope, words in self._words().items()])
        scopes.setAccessibleName(self.tr("看哪些钥匙"))
        table = RowTable(self._columns(), self.shell.run, two_lines=True)
        table.setAccessibleName(self.tr("钥匙门卡"))
        self.first = Button(self.tr("登记钥匙"), "secondary", icon="plus")
        self.everything = Button(self.tr("看全部钥匙"), "secondary", icon="list")
        empty = EmptyState("", "", [self.everything, self.first], icon="key-round", tone="info")
        self.lay_out(search, table, empty, scopes, acts=(self.out, self.back, self.lost))

    def _wire(self) -> None:
        self.enter.clicked.connect(self._enter)
        self.first.clicked.connect(self._enter)
        self.everything.clicked.connect(self._show_everything)
        self.out.clicked.connect(self._give_out)
        self.back.clicked.connect(partial(self._move_current, KeyEvent.IN))
        self.lost.clicked.connect(partial(self._move_current, KeyEvent.LOST))
        self.table.current_row.connect(self._current)
        self.search.entered.connect(self._scanned)
        self._search_key = bind(self, "Ctrl+F", self.into_search)
        for button in (self.enter, self.first):
            button.allow(self._may())
        self._current(None)

    def _may(self) -> str:
        allowed = self.shell.allowed(Right.KEEP_KEYS)
        return "" if allowed else self.tr("您的角色不能登记钥匙：请前台或主管登录后办理")

    def _words(self) -> dict[KeyScope, str]:
        return {
            KeyScope.OUT: self.tr("已发出"),
            KeyScope.IN: self.tr("在柜"),
            KeyScope.LOST: self.tr("丢失"),
            KeyScope.ALL: self.tr("全部"),
        }

    def _columns(self) -> list[Column]:
        return [
            Column(self.tr("房间"), attrgetter("room"), sort_key=KeyOrder.ROOM, kind=Kind.CODE, sample="1 栋 1203",
                   strong=True, key="room"),
            Column(self.tr("名称"), attrgetter("label"), kind=Kind.NAME, sample="遥控器 12", detail=self._copied,
                   detail_title=self.tr("复制自"), stretch=1, key="label"),
            Column(self.tr("卡号"), attrgetter("serial"), sort_key=KeyOrder.SERIAL, kind=Kind.CODE,
                   sample="0012345678", key="serial"),
            Column(self.tr("在谁手里"), attrgetter("holder"), sort_key=KeyOrder.HOLDER, kind=Kind.NAME,
                   sample="欧阳沈知微", stretch=2, detail=attrgetter("remark"), detail_title=self.tr("备注"),
                   key="holder"),
            Column(self.tr("从哪天"), self._since, sort_key=KeyOrder.SINCE, kind=Kind.DATE, sample="2026-11-22",
                   key="since"),
            Column(self.tr("状态"), str, kind=Kind.TAG, sample=self.tr("已报废"), tag=self._tag, key="state"),
            Column(self.tr("种类"), self._kind, kind=Kind.NAME, sample="遥控器", key="kind", usual=False),
        ]  # fmt: skip

    def _copied(self, row: KeyRow) -> str:
        return self.tr("复制自 {label}").format(label=row.copy_of) if row.copy_of else ""

    @staticmethod
    def _since(row: KeyRow) -> str:
        return f"{row.since}" if row.since is not None else ""

    @staticmethod
    def _kind(row: KeyRow) -> str:
        return KEY_WORDS.get(row.kind, row.kind)

    @staticmethod
    def _tag(row: KeyRow) -> TagLook:
        tone, icon = _LOOKS[row.where]
        return TagLook(WHERE_WORDS[row.where], tone, icon)

    # the page

    def hints(self) -> str:
        return self.strip.hints() or self.tr("Enter 经过 · Ctrl+D 发出 · Ctrl+B 收回 · Ctrl+L 报失 · 右键更多")

    def begin(self, params: dict[str, Any]) -> None:
        self.search.set_value(params.get("text", ""))
        self.tabs.set_value(KeyScope(params.get("scope", KeyScope.OUT)))

    def ask_figures(self) -> None:
        self._asked += 1
        read = partial(self.shell.session.read, key_lists.key_figures, self.search.value(), self.strip.chosen)
        self.shell.run(read, partial(self._show_figures, self._asked))

    def _show_figures(self, asked: int, figures: dict[KeyScope, Counted]) -> None:
        if asked != self._asked:
            return
        counts = {scope: str(Count(found.rows, found.exact)) for scope, found in figures.items()}
        self.tabs.set_options([Option(scope, words, count=counts[scope]) for scope, words in self._words().items()])
        whole = not self.search.value() and not self.strip.chosen
        self._none_at_all = whole and not figures[KeyScope.ALL].rows
        if self.stack.currentWidget() is self.empty:
            self.say_empty()

    def source_wanted(self) -> KeysSource:
        scope = KeyScope(str(self.tabs.value() or KeyScope.OUT))
        return KeysSource(self.shell.session.read, KeyFilter(scope, self.search.value(), self.strip.chosen))

    def shown_anew(self) -> None:
        self._current(None)

    def say_count(self, count: Count) -> None:
        self.foot_row.show_words(self.tr("{n} 把").format(n=count))

    def say_empty(self) -> None:
        wanted: KeyFilter = self.source.wanted if self.source is not None else KeyFilter()
        self.everything.setVisible(wanted != KeyFilter(KeyScope.ALL) and not self._none_at_all)
        self.first.setVisible(not wanted.text and not wanted.chosen)
        if self.say_none_so(self.tr("钥匙门卡")):
            return
        if wanted.text:
            self.empty.title.setText(self.tr("没有找到「{text}」").format(text=wanted.text))
            self.empty.why.setText(self.tr("新卡按 Enter 就能登记；或看全部钥匙"))
            return
        titles = {
            KeyScope.OUT: self.tr("没有发出的钥匙"),
            KeyScope.IN: self.tr("柜里没有钥匙"),
            KeyScope.LOST: self.tr("没有丢失的钥匙"),
            KeyScope.ALL: self.tr("还没有登记钥匙"),
        }
        self.empty.title.setText(titles[KeyScope.ALL if self._none_at_all else wanted.scope])
        self.empty.why.setText(self.tr("办理入住的「交接」会登记；也可以按 Ctrl Enter 一把一把登记"))

    # what the clerk does

    def _current(self, row: KeyRow | None) -> None:
        may, none = self._may(), self.tr("先选一把钥匙") if row is None else ""
        for button, event in ((self.out, KeyEvent.OUT), (self.back, KeyEvent.IN), (self.lost, KeyEvent.LOST)):
            trouble = key_register.event_problem(row, event) if row is not None else ""
            button.allow(may or none or trouble)

    def _scanned(self) -> None:
        """Enter behind a serial: the card is shown wherever it is; one that nobody entered is offered to be."""
        text = self.search.value()
        if text:
            read = partial(self.shell.session.read, key_rows.find_serial, text)
            self.shell.run(read, partial(self._found, text))

    def _found(self, text: str, row: KeyRow | None) -> None:
        if row is not None:
            self.tabs.set_value(KeyScope.ALL)
            self.strip.set_chosen(())
            self.narrow()
            self.table.stand_on(row.id)
            self.into_table()
            return
        serial = key_rows.clean_serial(text)
        nothing = self.stack.currentWidget() is self.empty and any(each.isdigit() for each in serial)
        if nothing and len(serial) >= _SERIAL_LEAST and not self._may():
            words = self.tr("没有登记过卡号 {serial}。是新卡就登记到一间房。").format(serial=serial)
            question = Question(
                self.shell.frame, self.tr("新卡？"), words, [("enter", self.tr("登记这张卡"), "primary")]
            )
            question.answered.connect(partial(self._enter_serial, serial))
            self.shell.open(question)

    def _enter_serial(self, serial: str, _answer: object) -> None:
        self._open(EnterKeysDialog(self.shell, serial=serial), self.tr("已登记"))

    def _enter(self) -> None:
        self._open(EnterKeysDialog(self.shell, self._room_in_hand()), self.tr("已登记"))

    def _room_in_hand(self) -> tuple[UUID, str] | None:
        row: KeyRow | None = self.table.current()
        return (row.room_id, row.room) if row is not None else None

    def _open(self, dialog: Any, said: str) -> None:
        dialog.done.connect(partial(self._told, said))
        self.shell.open(dialog)

    def _told(self, text: str, _news: object) -> None:
        self.shell.toast(text)

    def _give_out(self) -> None:
        row: KeyRow | None = self.table.current()
        if row is not None:
            self.shell.run(partial(_around, self.shell.session, row), partial(self._show_out, row))

    def _show_out(self, row: KeyRow, around: tuple[list[KeyRow], list[Holding]]) -> None:
        words = self.tr("{key} 已发出").format(key=row.words)
        self._open(GiveOutDialog(self.shell, row, *around), words)

    def _move_current(self, event: KeyEvent) -> None:
        row: KeyRow | None = self.table.current()
        if row is not None:
            self._move(row, event)

    def _move(self, row: KeyRow, event: KeyEvent) -> None:
        if event is KeyEvent.IN:
            self.shell.run(partial(_around, self.shell.session, row), partial(self._show_in, row))
            return
        dialog = MoveKeyDialog(self.shell, row, event)
        dialog.done.connect(partial(self._moved, row, event))
        self.shell.open(dialog)

    def _show_in(self, row: KeyRow, around: tuple[list[KeyRow], list[Holding]]) -> None:
        words = self.tr("{key} 已收回").format(key=row.words)
        self._open(MoveKeyDialog(self.shell, row, KeyEvent.IN, around[0]), words)

    def _moved(self, row: KeyRow, event: KeyEvent, news: object) -> None:
        self.shell.toast(f"{row.words} {EVENT_WORDS[event]}")
        if isinstance(news, KeyLost) and news.party_id is not None:
            dialog = LossDialog(self.shell, news)
            dialog.deposit_wanted.connect(partial(self._off_deposit, news))
            dialog.bill_wanted.connect(partial(self._bill, news))
            self.shell.open(dialog)

    def _off_deposit(self, news: KeyLost, amount: Money) -> None:
        if news.key_deposit_id is not None:
            reason = self.tr("{key} 丢失补办").format(key=news.words)
            self.deposits.deduct(news.key_deposit_id, Cause.KEYS, amount, reason)

    def _bill(self, news: KeyLost, amount: Money) -> None:
        act = partial(self.shell.session.act, Op.POST_BILLS, key_register.charge_lost_key, news.item_id, amount)
        self.shell.run(act, self._billed, write=True)

    def _billed(self, bill_id: UUID) -> None:
        if self.shell.allowed(Right.TAKE_PAYMENT):
            self.shell.navigate("till", bill_ids=(bill_id,))
        else:
            self.shell.toast(self.tr("账单已开：请到收银台交"))

    def _show_everything(self) -> None:
        self.widen()
        self.tabs.set_value(KeyScope.ALL)
        self.narrow()

    def open_row(self, row: KeyRow) -> None:
        read = partial(self.shell.session.read, key_rows.key_history, row.id)
        self.shell.run(read, partial(self._show_history, row))

    def _show_history(self, row: KeyRow, history: list[key_rows.KeyHappened]) -> None:
        self.shell.open(KeyHistoryDialog(self.shell, row, history))

    def fill_menu(self, menu: QMenu, row: KeyRow) -> None:
        menu.addAction(self.tr("看经过"), partial(self.open_row, row))
        if not self._may():
            if row.may(KeyEvent.OUT):
                menu.addAction(EVENT_WORDS[KeyEvent.OUT], self._give_out)
            for event in (KeyEvent.IN, KeyEvent.LOST, KeyEvent.FOUND, KeyEvent.SCRAPPED):
                if row.may(event):
                    menu.addAction(EVENT_WORDS[event], partial(self._move, row, event))
            if row.where in (Where.IN, Where.OUT):
                menu.addAction(self.tr("复制"), partial(self._copy, row))
            menu.addAction(self.tr("更正名称和卡号"), partial(self._change, row))
        menu.addSeparator()
        menu.addAction(self.tr("看房间 {room}").format(room=row.room),
                       partial(self.shell.navigate, "room", room_id=row.room_id))  # fmt: skip
        if row.lease_id is not None and self.shell.allowed(Right.SEE_LEASES):
            menu.addAction(self.tr("看租约"), partial(self.shell.navigate, "lease", lease_id=row.lease_id))

    def _copy(self, row: KeyRow) -> None:
        self._open(CopyKeyDialog(self.shell, row), self.tr("已登记复制的钥匙"))

    def _change(self, row: KeyRow) -> None:
        self._open(ChangeKeyDialog(self.shell, row), self.tr("已更正"))


class KeyHistoryDialog(Dialog):
    """经过: what happened to one key, the latest first."""

    help_topic = "key_register"
    writes = False

    def __init__(self, shell: Shell, row: KeyRow, history: Sequence[key_rows.KeyHappened]) -> None:
        super().__init__(shell.frame, row.words, subtitle=row.serial, primary=self.tr("关闭"), wide=560)
        self.primary.set_key("Return")
        self.cancel_button.hide()
        self.body.addWidget(label(WHERE_WORDS[row.where] + (f"：{row.holder}" if row.holder else ""), "strong"))
        events = []
        for each in history:
            icon, tone = _EVENTS[each.event] if each.event is not None else ("plus", "info")
            title = EVENT_WORDS[each.event] if each.event is not None else self.tr("登记")
            detail = " · ".join(part for part in (each.holder, each.remark, each.who) if part)
            events.append(Event(icon, title, f"{each.day}", detail, tone))
        self.timeline = Timeline(events)
        self.body.addWidget(self.timeline)
        self.body.addStretch(1)

    def submit(self) -> None:
        self.accept()


def _around(session: Any, row: KeyRow) -> tuple[list[KeyRow], list[Holding]]:
    """In a reading job: the other keys of the room, and to whom they may go."""
    here = session.read(key_rows.keys_of_room, row.room_id)
    return here, session.read(key_rows.holders_of_room, row.room_id)
