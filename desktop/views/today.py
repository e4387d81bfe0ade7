"""今日: what needs doing now, overdue things first, one key to do each; beside it drafts and how the desk stands."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget

from desktop.models.values import Right
from desktop.services import due_lists
from desktop.services import today as day
from desktop.services.access import SHIPPED
from desktop.services.acts import Op
from desktop.services.due_later import in_minutes, put_off, until_when
from desktop.services.due_lists import DueRow
from desktop.services.today import RULES_OF, Scope, Today
from desktop.views.buttons import Button
from desktop.views.columns import Ask, Column, Count, Kind, TagLook
from desktop.views.due_dialogs import NeedlessDialog
from desktop.views.keys import bind
from desktop.views.labels import Card
from desktop.views.pages import Page, Shell
from desktop.views.renewal_key import RENEW_KEY
from desktop.views.steps import Option, Tabs
from desktop.views.tables import RowTable
from desktop.views.timeline import EmptyState
from desktop.views.today_panel import TodayPanel
from desktop.views.words import weekday
from desktop.watcher import span
from desktop.world import OFFICE_ZONE

_FOLD = 940
"""Below this page width the side panel folds away by itself."""
_LOOKS = {
    "move_in": ("交房", "key-round"),
    "lease_end": ("租约到期", "hourglass"),
    "bill_open": ("账单", "receipt"),
    "deposit_back": ("退押金", "piggy-bank"),
    "plan_due": ("保养巡检", "calendar-clock"),
    "repair_answer": ("报修响应", "wrench"),
    "repair_finish": ("报修完成", "wrench"),
    "repair_rating": ("维修回访", "phone"),
    "backup_late": ("备份", "database-backup"),
}
"""Of each rule: the word in the first column, and its glyph."""


@dataclass(slots=True)
class DueSource:
    """The due things of a scope; asked in reading jobs only."""

    read: Callable[..., Any]
    scope: Scope

    def count(self) -> Count:
        return Count(self.read(day.count_of, self.scope))

    def page(self, ask: Ask) -> Sequence[DueRow]:
        rows: Sequence[DueRow] = self.read(day.rows_of, self.scope, ask.offset, ask.limit)
        return rows

    def key(self, row: DueRow) -> Hashable:
        return row.id


class TodayPage(Page):
    """Enter opens the page that does it; Alt 1, 2, 3 answer. Opened with `scope` to begin with."""

    help_topic = "today"
    tables = frozenset(
        {
            "due_fact", "due_run", "draft", "lease", "lease_term", "bill", "bill_balance", "payment", "work_order",
            "room", "lease_room",
        }
    )  # fmt: skip

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.source: DueSource | None = None
        self.facts: Today | None = None
        self._asked = 0
        self._wanted: Scope | None = None
        """The scope the page was opened with, until its tabs are known."""
        self._panel_wanted: bool | None = None
        self._build()
        self._wire()

    def _build(self) -> None:
        self.more = Button(self.tr("草稿和系统"), "secondary", icon="list-checks", key="Ctrl+0", size="small")
        self.set_head(self.tr("今日"), "", self.more)
        self.tabs = Tabs([])
        self.tabs.setAccessibleName(self.tr("看哪些"))
        self.table = RowTable(self._columns(), self.shell.run, two_lines=True)
        self.table.setAccessibleName(self.tr("要办的事"))
        self.all = Button(self.tr("看全部"), "secondary", icon="list")
        self.board = Button(self.tr("看房态"), "secondary", icon="layout-grid")
        self.empty = EmptyState("", "", [self.all, self.board], icon="calendar-check")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.empty)
        card = Card()
        card.body.setContentsMargins(1, 4, 1, 1)
        card.body.setSpacing(0)
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 0)
        row.addWidget(self.tabs)
        row.addStretch(1)
        card.body.addLayout(row)
        card.body.addWidget(self.stack, 1)
        self.panel = TodayPanel(self.shell)
        across = QHBoxLayout()
        across.setSpacing(10)
        across.addWidget(card, 1)
        across.addWidget(self.panel)
        self.body.addLayout(across, 1)
        self.done = Button(self.tr("办好了"), "secondary", icon="check", key="Alt+1", writes=True)
        self.later = Button(self.tr("明天再说"), "secondary", icon="clock", key="Alt+2")
        self.renew = Button(self.tr("续租"), "secondary", icon="calendar-plus", key=RENEW_KEY)
        self.needless = Button(self.tr("不用办"), "secondary", icon="circle-slash", key="Alt+3", writes=True)
        self.go = Button(self.tr("打开"), "primary", key="Return")
        self.add_foot([self.done, self.later, self.needless], [self.renew, self.go])

    def _columns(self) -> list[Column]:
        return [
            Column(self.tr("事情"), str, kind=Kind.TAG, sample=self.tr("报修响应"), tag=self._tag, key="what"),
            Column(self.tr("是哪一件"), lambda row: row.subject, kind=Kind.NAME, sample="WJY-2026-A00012 1 栋",
                   strong=True, stretch=1, detail=lambda row: row.what_to_do, key="subject"),
            Column(self.tr("欠款（元）"), _owed, kind=Kind.MONEY, sample="12,042.60", fold=True, key="owed"),
            Column(self.tr("什么时候"), self._when, kind=Kind.NUMBER, sample=self.tr("已过 119 分钟"), tone=self._tone,
                   key="when"),
            Column(self.tr("归谁"), _role, sample=self.tr("财务主管"), fold=True, key="role"),
        ]  # fmt: skip

    def _wire(self) -> None:
        self.table.opened.connect(self._open)
        self.table.current_row.connect(self.show_row)
        self.table.rows.counted.connect(self._counted)
        self.table.rows.failed.connect(self.shell.read_failed)
        self.tabs.changed.connect(self._scope_changed)
        self._tab_keys = [bind(self, f"Ctrl+{at + 1}", partial(self._to_tab, at)) for at in range(9)]
        self.go.clicked.connect(self._go)
        self.renew.clicked.connect(self._renew)
        self.done.clicked.connect(self._done)
        self.later.clicked.connect(self._later)
        self.needless.clicked.connect(self._needless)
        self.more.clicked.connect(self._turn_panel)
        self.all.clicked.connect(self._show_all)
        self.board.clicked.connect(self._to_board)
        self.show_row(None)

    # the page

    def hints(self) -> str:
        return self.tr("Enter 去办 · Alt+1 办好了 · Ctrl+1…9 换一类 · Alt+Home 回到这里")

    def opened(self, params: dict[str, Any]) -> None:
        if (scope := params.get("scope")) is not None:
            self._wanted = Scope(scope)
        self._ask()
        if self.source is not None:
            self.table.refresh()
        self._into_list()

    def refresh(self, tables: frozenset[str]) -> None:
        self._ask()
        if self.source is not None:
            self.table.refresh()

    def _ask(self) -> None:
        self._asked += 1
        self.shell.run(partial(self.shell.session.read, day.today), partial(self.show_today, self._asked))

    def show_today(self, asked: int, facts: Today) -> None:
        """Tabs with their figures, the sum in the head, drafts and the desk."""
        if asked != self._asked:
            return
        self.facts = facts
        words = self._scope_words()
        self.tabs.set_options(
            [Option(each, words[each], count=f"{n.all:,}" if n.all else "") for each, n in facts.tallies.items()]
        )
        if self._wanted is not None:
            self.tabs.set_value(self._wanted)
            self._wanted = None
        today, whole = self.shell.today(), facts.tallies[Scope.ALL]
        parts = [f"{today.month}月{today.day}日 {weekday(today)}", self.tr("要办 {n} 件").format(n=f"{whole.all:,}")]
        if whole.late:
            parts.append(self.tr("逾期 {n} 件").format(n=f"{whole.late:,}"))
        self.detail_label.setText(" · ".join(parts))
        self.panel.show_today(facts)
        self.more.setText(self.panel.words or self.tr("草稿和系统"))
        self._fit()
        if self.source is None or self.source.scope is not self.tabs.value():
            self._show_source()
        elif self.stack.currentWidget() is self.empty:
            self._say_empty()

    def _scope_words(self) -> dict[Scope, str]:
        return {
            Scope.MINE: self.tr("我的"), Scope.ALL: self.tr("全部"), Scope.LEASES: self.tr("租约"),
            Scope.BILLS: self.tr("账单"), Scope.DEPOSITS: self.tr("押金"), Scope.REPAIRS: self.tr("报修"),
            Scope.OFFICE: self.tr("备份"), Scope.LATER: self.tr("稍后"),
        }  # fmt: skip

    def _show_source(self) -> None:
        scope = self.tabs.value()
        if isinstance(scope, Scope):
            self.source = DueSource(self.shell.session.read, scope)
            self.table.show_columns([each for each in self._columns() if each.key != "owed" or self._has_bills(scope)])
            self.table.show_source(self.source)
            self.show_row(None)

    def _has_bills(self, scope: Scope) -> bool:
        """Whether a bill may stand among its rows: where none can, no column is kept for what is owed."""
        mixed = scope not in RULES_OF and self.facts is not None and Scope.BILLS in self.facts.tallies
        return mixed or "bill_open" in RULES_OF.get(scope, ())

    def _scope_changed(self) -> None:
        self._show_source()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _to_tab(self, at: int) -> None:
        self.tabs.choose(at)
        self._into_list()

    def _counted(self, count: Count) -> None:
        here = self.stack.currentWidget()
        self.stack.setCurrentWidget(self.table if count.rows else self.empty)
        if not count.rows:
            self._say_empty()
            self.show_row(None)
            if here is not self.empty and not self.tabs.hasFocus():
                self._into_list()
            return
        if not self.table.selectionModel().hasSelection():
            self.table.choose(max(0, self.table.currentIndex().row()))
        if here is self.empty and self.empty.isAncestorOf(self.focusWidget() or self):
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _into_list(self) -> None:
        ways = [way for way in (self.all, self.board) if not way.isHidden()]
        target = self.table if self.stack.currentWidget() is self.table else ways[0]
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say_empty(self) -> None:
        whole = self.facts.tallies[Scope.ALL].all if self.facts is not None else 0
        mine = self.tabs.value() is Scope.MINE
        self.all.setVisible(bool(whole) and self.tabs.value() is not Scope.ALL)
        if whole:
            self.empty.title.setText(self.tr("您的事都办完了") if mine else self.tr("这一类没有要办的"))
            at = list(self.facts.tallies).index(Scope.ALL) + 1 if self.facts is not None else 1
            self.empty.why.setText(self.tr("管理处还有 {n} 件到期没办：按 Ctrl {at} 看全部").format(n=whole, at=at))
        else:
            self.empty.title.setText(self.tr("到期的事都办完了"))
            self.empty.why.setText(self.tr("租约快到期、账单该收、押金该退、报修超时，到时候自己出现在这里"))

    # the row in hand

    def show_row(self, row: DueRow | None) -> None:
        """What may be done with it."""
        none = self.tr("先选一件") if row is None else ""
        self.go.setText(self._verb(row) if row is not None else self.tr("打开"))
        self.go.allow(none or (self._no_way(row) if row is not None else ""))
        answers = self.shell.allowed(Right.WRITE_NOTES)
        for button in (self.done, self.needless):
            button.allow(none if answers else self.tr("您的角色只能看：请办这件事的同事来按"))
        self.renew.setVisible(row is not None and row.rule == "lease_end" and self.shell.allowed(Right.CHECK_IN))
        put = row is not None and self.facts is not None and row.id in self.facts.put_off
        soon = row is not None and in_minutes(row)
        self.later.setText(self.tr("现在办") if put else self.tr("一小时后再说") if soon else self.tr("明天再说"))
        may = self.shell.allowed(Right.USE_DRAFTS)
        self.later.allow(none if may else self.tr("您的角色只能看，不能往后放"))

    def _verb(self, row: DueRow) -> str:
        pays = self.shell.allowed(Right.TAKE_PAYMENT)
        return {
            "move_in": self.tr("看租约，交房"),
            "lease_end": self.tr("看租约"),
            "bill_open": self.tr("收款") if pays else self.tr("看账单"),
            "deposit_back": self.tr("去退押金"),
            "backup_late": self.tr("去备份"),
            "repair_rating": self.tr("去回访"),
            "plan_due": self.tr("看工单"),
        }.get(row.rule, self.tr("看报修"))

    def _no_way(self, row: DueRow) -> str:
        """Why the page that does it cannot be opened; empty when it can."""
        if row.rule == "backup_late" and not self.shell.allowed(Right.MAKE_BACKUP):
            return self.tr("备份由管理员做：告诉管理员")
        return ""

    def _open(self, row: DueRow) -> None:
        if reason := self._no_way(row):
            self.shell.toast(reason)
        elif row.rule == "bill_open":
            if self.shell.allowed(Right.TAKE_PAYMENT):
                self.shell.navigate("till", bill_ids=(row.subject_id,))
            else:
                self.shell.navigate("bill", bill_id=row.subject_id)
        elif row.rule == "deposit_back":
            self.shell.navigate("deposits", text=row.subject.split(" ")[0])
        elif row.subject_table == "work_order":
            self.shell.navigate("repair", order_id=row.subject_id)
        elif row.subject_table == "lease":
            self.shell.navigate("lease", lease_id=row.subject_id)
        else:
            self.shell.navigate("settings", section="backup")

    def _go(self) -> None:
        if (row := self.table.current()) is not None:
            self._open(row)

    def _renew(self) -> None:
        from desktop.views.renewal import Renewing  # today is the first page of many: it waits for less

        row = self.table.current()
        if row is not None and row.rule == "lease_end":
            Renewing(self.shell, self).begin(row.subject_id)

    # answering

    def _done(self) -> None:
        if (row := self.table.current()) is not None:
            self._answer(row, None)

    def _needless(self) -> None:
        if (row := self.table.current()) is not None:
            dialog = NeedlessDialog(self.shell, row)
            dialog.answered.connect(partial(self._answer, row))
            self.shell.open(dialog)

    def _answer(self, row: DueRow, needless: due_lists.Needless | None) -> None:
        work = partial(self.shell.session.act, Op.ANSWER_DUE, due_lists.answer_due, row.id, needless)
        said = self.tr("不用办") if needless is not None else self.tr("办好了")
        words = self.tr("已记：{subject} {said}").format(subject=row.subject, said=said)
        self.shell.run(work, partial(self._answered, words), self._not_answered, write=True)

    def _answered(self, words: str, _count: int) -> None:
        self.shell.toast(words)

    def _not_answered(self, error: Exception) -> None:
        from desktop.views import messages

        messages.show_error(error)
        self.refresh(frozenset())

    def _later(self) -> None:
        row = self.table.current()
        if row is None or self.facts is None:
            return
        session = self.shell.session
        until = None if row.id in self.facts.put_off else until_when(row, session.office.world.now())
        self._put(row.id, until)
        if until is not None:
            words = self.tr("{subject} 到 {when} 再出现").format(subject=row.subject, when=_moment(until))
            self.shell.toast(words, partial(self._put, row.id, None))

    def _put(self, fact_id: UUID, until: datetime | None) -> None:
        session = self.shell.session
        work = partial(put_off, session.office, session.actor, fact_id, until)
        self.shell.run(work, self._put_off, write=True)

    def _put_off(self, _nothing: object) -> None:
        self.refresh(frozenset())

    # how a row reads

    def _tag(self, row: DueRow) -> TagLook | None:
        words, icon = _LOOKS.get(row.rule, (row.title, "bell"))
        return TagLook(words, self._tone(row), icon)

    @staticmethod
    def _tone(row: DueRow) -> str:
        return "danger" if row.late else "warn"

    def _when(self, row: DueRow) -> str:
        if isinstance(row.cause, datetime):
            silent = self.shell.session.office.world.now() - row.cause
            if row.rule == "backup_late":
                return self.tr("已 {n} 天").format(n=max(0, silent.days))
            return self.tr("已过 {span}").format(span=span(self._over(row)))
        return self._days((self.shell.today() - row.cause).days, row)

    def _over(self, row: DueRow) -> timedelta:
        now: datetime = self.shell.session.office.world.now()
        return now - row.due_at

    def _days(self, gone: int, row: DueRow) -> str:
        if row.rule == "deposit_back":
            due = row.due_at.astimezone(OFFICE_ZONE).date() - timedelta(days=1 if row.late else 0)
            gone = (self.shell.today() - due).days
        if gone == 0:
            return self.tr("今天")
        if gone < 0:
            return self.tr("剩 {n} 天").format(n=-gone)
        return (self.tr("超 {n} 天") if row.rule == "lease_end" else self.tr("逾期 {n} 天")).format(n=gone)

    # the panel and the width there is

    @property
    def panel_shown(self) -> bool:
        """Whether the side panel is there; it folds away by itself in a narrow window."""
        return self.width() >= _FOLD if self._panel_wanted is None else self._panel_wanted

    def _turn_panel(self) -> None:
        self._panel_wanted = not self.panel_shown
        self._fit()
        self._into_list()

    def _fit(self) -> None:
        self.panel.setVisible(self.panel_shown)

    def _show_all(self) -> None:
        self.tabs.set_value(Scope.ALL)

    def _to_board(self) -> None:
        self.shell.navigate("board")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (event.oldSize().width() >= _FOLD) != (event.size().width() >= _FOLD):
            self._panel_wanted = None
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "panel"):
            self._fit()
        super().changeEvent(event)


def _owed(row: DueRow) -> str:
    return f"{row.owed}" if row.owed is not None else ""


def _role(row: DueRow) -> str:
    return SHIPPED[row.role][0]


def _moment(at: datetime) -> str:
    local = at.astimezone(OFFICE_ZONE)
    return f"{local:%m-%d}" if not (local.hour or local.minute) else f"{local:%H:%M}"
