"""The bill run 出账: which days, which building; what would be billed and why; one key posts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from desktop.models.values import NIL, Right, add_months, total
from desktop.services import batch_prints, bill_runs
from desktop.services.acts import Op
from desktop.services.bill_runs import Fate, RunChanged, RunDone, RunOrder, RunPreview, RunRow
from desktop.views import messages
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind, TagLook, Ticks
from desktop.views.dates import DateField
from desktop.views.fields import ChoiceField
from desktop.views.keys import bind
from desktop.views.labels import Card, Fact, FactList, label, rule
from desktop.views.overlays import BodyScroll
from desktop.views.pages import Command, Page, Shell
from desktop.views.steps import Option, Segment, Tabs
from desktop.views.tables import RowTable
from desktop.views.theme import theme

FOLD_BELOW = 900
"""Narrower pages show the reasons under the list's own second line only."""
FATES = (Fate.NEW, Fate.CHANGED, Fate.GONE, Fate.SKIPPED)


class BillRunPage(Page):
    """Opened with nothing, or with `first` and `last`."""

    help_topic = "bill_run"
    tables = frozenset(
        {"bill", "bill_line", "fee_item", "tariff", "room_fee", "discount_rule", "reading", "pool_charge", "lease",
        "lease_room", "ownership", "room"}
    )  # fmt: skip

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.preview: RunPreview | None = None
        self.done: RunDone | None = None
        self._without: set[str] = set()
        self._asked: RunOrder | None = None
        self._posting = False
        self.post = Button(self.tr("生成账单"), "primary", icon="check", key="Ctrl+Return", writes=True)
        self.to_fees = Button(self.tr("收费标准"), "quiet", icon="settings")
        self.to_bills = Button(self.tr("看账单"), "quiet", icon="receipt")
        self.set_head(self.tr("出账"), "", self.to_bills, self.to_fees, self.post)
        self._build()
        self._wire()

    def _build(self) -> None:
        today = self.shell.today()
        self.which = Segment(
            [Option("this", self.tr("本月")), Option("next", self.tr("下月")), Option("own", self.tr("自选"))], "this"
        )
        self.which.setAccessibleName(self.tr("出哪段时间的账"))
        self.first = DateField(self.shell.today, today.replace(day=1))
        self.last = DateField(self.shell.today, _month_end(today))
        self.first.setAccessibleName(self.tr("从哪天"))
        self.last.setAccessibleName(self.tr("到哪天"))
        self.building = ChoiceField([(None, self.tr("全部楼栋"))])
        self.building.setAccessibleName(self.tr("楼栋"))
        self.trouble = label("", "small", tone="danger", wrap=True)
        self.trouble.hide()
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addWidget(self.which, 2)
        top.addWidget(self.first, 1)
        top.addWidget(label(self.tr("至"), "muted"))
        top.addWidget(self.last, 1)
        top.addWidget(self.building, 2)
        self.tabs = Tabs(self._options(None))
        self.table = RowTable(self._columns(), two_lines=True)
        self.table.setAccessibleName(self.tr("出账名单"))
        self.sum = label("", "strong")
        self.note = label("", "muted", wrap=True)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.tabs)
        left.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.setSpacing(10)
        foot.addWidget(self.sum)
        foot.addWidget(self.note, 1)
        left.addLayout(foot)
        self.why_card = Card(self.tr("为什么是这个数"))
        self.facts = FactList(right=True)
        self.steps = label("", wrap=True, select=True)
        self.why_card.body.addWidget(self.facts)
        self.why_card.body.addWidget(rule())
        self.why_card.body.addWidget(self.steps)
        self.why_card.body.addStretch(1)
        self.why_side = BodyScroll(self.why_card)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addLayout(left, 1)
        row.addWidget(self.why_side)
        self.body.addLayout(top)
        self.body.addWidget(self.trouble)
        self.body.addLayout(row, 1)
        self._measure()

    def _columns(self) -> list[Column]:
        return [
            Column("", str, kind=Kind.TICK),
            Column(self.tr("房间"), _room, kind=Kind.NAME, sample="12 栋 2305", detail=_debtor, strong=True),
            Column(self.tr("收什么"), _fee, kind=Kind.NAME, sample=self.tr("自来水费"), detail=_period, stretch=1),
            Column(self.tr("应缴日"), _due, kind=Kind.DATE, sample="2026-12-10", fold=True),
            Column(self.tr("金额"), _amount, kind=Kind.MONEY, sample="12,345.00", detail=self._before),
            Column("", str, kind=Kind.TAG, sample=self.tr("不再应收"), tag=self._tag),
        ]

    def _wire(self) -> None:
        self.which.changed.connect(self._which_changed)
        self.first.changed.connect(self._days_typed)
        self.last.changed.connect(self._days_typed)
        self.building.changed.connect(self.ask)
        self.tabs.changed.connect(self._show_tab)
        self.table.current_row.connect(self._show_why)
        self.table.opened.connect(self._open_room)
        self.table.rows.ticked.connect(self._ticked)
        self.post.clicked.connect(self._post)
        self.to_fees.clicked.connect(self._fees)
        self.to_bills.clicked.connect(self._bills)
        for number in range(len(FATES)):
            bind(self, f"Ctrl+{number + 1}", partial(self.tabs.choose, number))

    # ---- the frame asks ----------------------------------------------------------------------------------------------

    def hints(self) -> str:
        return self.tr("Space 勾选 · Ctrl+1…4 分栏 · Ctrl+Enter 生成 · F5 重算")

    def opened(self, params: dict[str, Any]) -> None:
        self.done = None
        if "first" in params:
            self.which.set_value("own")
            self.first.set_value(params["first"])
            self.last.set_value(params["last"])
        self.shell.run(partial(self.shell.session.read, batch_prints.buildings_to_find), self._show_buildings)
        self.ask()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self, tables: frozenset[str]) -> None:
        if not self._posting:
            self.ask()

    def command(self, command: Command) -> bool:
        if command == Command.REFRESH:
            self.ask()
            return True
        return False

    def can_leave(self) -> bool:
        if self._posting:
            messages.show_warning(self.tr("正在生成账单，请等它做完"))
            return False
        return True

    # ---- what is asked -----------------------------------------------------------------------------------------------

    def _show_buildings(self, buildings: Sequence[tuple[UUID, str]]) -> None:
        self.building.set_choices([(None, self.tr("全部楼栋")), *buildings])

    def _which_changed(self) -> None:
        which = self.which.value()
        if which != "own":
            start = self.shell.today().replace(day=1)
            start = add_months(start, 1) if which == "next" else start
            self.first.set_value(start)
            self.last.set_value(_month_end(start))
            self.ask()
        else:
            self.first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _days_typed(self) -> None:
        if self.which.value() != "own":
            self.which.set_value("own")
        self.ask()

    def order(self) -> RunOrder | None:
        """What stands in the fields; None while a day is missing."""
        first, last = self.first.value(), self.last.value()
        if not isinstance(first, date) or not isinstance(last, date):
            return None
        building = self.building.value()
        return RunOrder(first, last, building if isinstance(building, UUID) else None)

    def ask(self) -> None:
        """Work the list out anew; late answers are dropped."""
        order = self.order()
        problems = bill_runs.run_problems(order, self.shell.today()) if order is not None else {}
        self.trouble.setText(next(iter(problems.values()), ""))
        self.trouble.setVisible(bool(problems))
        if order is None or problems:
            self.post.allow(self.trouble.text() or self.tr("先写好起止日期"))
            return
        if self._asked is None or replace(self._asked, without=frozenset()) != order:
            self._without.clear()
        self._asked = order
        self.post.allow(self.tr("正在算这段时间的账"))
        self.shell.run(
            partial(self.shell.session.read, bill_runs.preview_run, order),
            self.show_preview,
            busy=self.tr("正在算这段时间的账"),
        )

    # ---- showing -----------------------------------------------------------------------------------------------------

    def show_preview(self, preview: RunPreview) -> None:
        """The list: first what is new, else the first tab with something in it."""
        if preview.order != self._asked:
            return
        self.preview = preview
        self._without &= {row.key for row in preview.rows}
        self.tabs.set_options(self._options(preview))
        if not preview.of(self._fate()):
            self.tabs.set_value(next((fate for fate in FATES if preview.of(fate)), Fate.NEW))
        self._show_tab()
        self.shell.retitle()

    def _options(self, preview: RunPreview | None) -> list[Option]:
        words = {
            Fate.NEW: self.tr("要生成"), Fate.CHANGED: self.tr("有变化"), Fate.GONE: self.tr("不再应收"),
            Fate.SKIPPED: self.tr("跳过"),
        }  # fmt: skip
        return [Option(fate, words[fate], count=f"{len(preview.of(fate)):,}" if preview else "") for fate in FATES]

    def _fate(self) -> Fate:
        return Fate(str(self.tabs.value() or Fate.NEW))

    def _show_tab(self) -> None:
        preview = self.preview
        if preview is None:
            return
        fate = self._fate()
        rows = sorted(preview.of(fate), key=lambda row: row.expected)
        self._say_empty(fate)
        self.table.show_list(rows, _key)
        if fate is not Fate.SKIPPED:
            self.table.rows.ticks = Ticks(everything=True, keys={r.key for r in rows if r.key in self._without})
        else:
            self.table.rows.ticks = Ticks()
        self.table.viewport().update()
        self._show_sum()

    def _say_empty(self, fate: Fate) -> None:
        preview = self.preview
        words = {
            Fate.NEW: (
                self.tr("这段时间没有要生成的账单"),
                self.tr("{n} 张已经出过；还没有收费标准就先按「收费标准」").format(
                    n=preview.unchanged if preview else 0
                ),
            ),
            Fate.CHANGED: (self.tr("出过的账单都没有变"), self.tr("改过读数、价格或住户后，差额会列在这里")),
            Fate.GONE: (self.tr("没有要收回的账单"), self.tr("搬走或免收后不再欠的账单会列在这里")),
            Fate.SKIPPED: (self.tr("没有跳过的房间"), self.tr("缺面积、价格或读数的房间会列在这里")),
        }
        self.table.say_when_empty(*words[fate])

    def _show_sum(self) -> None:
        preview = self.preview
        if preview is None:
            return
        rows = [row for row in preview.rows if row.fate is not Fate.SKIPPED and row.key not in self._without]
        added = total(row.added for row in rows)
        self.sum.setText(self.tr("{n} 张 · 应收增加 {sum}").format(n=len(rows), sum=added))
        notes = []
        if left_out := len(self._without):
            notes.append(self.tr("这次不出 {n} 张").format(n=left_out))
        if stopped := sum(not row.expected for row in preview.of(Fate.SKIPPED)):
            notes.append(self.tr("{n} 处缺资料，没有算进来：看「跳过」").format(n=stopped))
        if preview.unchanged:
            notes.append(self.tr("{n} 张已出过，不重复").format(n=preview.unchanged))
        self.note.setText(" · ".join(notes))
        self.post.setText(self.tr("生成 {n} 张账单").format(n=len(rows)) if rows else self.tr("生成账单"))
        self.post.allow("" if rows else self.tr("没有可生成的：换一段时间，或先补资料"))

    def _ticked(self) -> None:
        if self._fate() is Fate.SKIPPED:
            self.table.rows.ticks = Ticks()
            self.table.viewport().update()
            return
        of_tab = {row.key for row in self.preview.of(self._fate())} if self.preview else set()
        ticks = self.table.rows.ticks
        self._without = (self._without - of_tab) | {key for key in of_tab if not ticks.has(key)}
        self._show_sum()

    def _show_why(self, row: RunRow | None) -> None:
        if row is None:
            self.facts.set_facts([])
            self.steps.setText("")
            return
        facts = [Fact(self.tr("谁付"), row.debtor or self.tr("没有人")), Fact(self.tr("收什么"), row.fee)]
        if row.period is not None:
            facts.append(Fact(self.tr("哪些天"), f"{row.period.start} 至 {row.period.end}"))
        if row.due is not None:
            facts.append(Fact(self.tr("应缴日"), str(row.due)))
        if row.fate is not Fate.SKIPPED:
            facts.append(Fact(self.tr("金额"), str(row.amount)))
        if row.before:
            facts.append(Fact(self.tr("原来"), str(row.before)))
        self.facts.set_facts(facts)
        self.steps.setText("\n".join(row.why))

    def _before(self, row: RunRow) -> str:
        return self.tr("原 {before}").format(before=row.before) if row.before != NIL else ""

    def _tag(self, row: RunRow) -> TagLook | None:
        match row.fate:
            case Fate.NEW:
                return None
            case Fate.CHANGED:
                more = row.added > NIL
                words = self.tr("多 {n}") if more else self.tr("少 {n}")
                return TagLook(words.format(n=row.added if more else -row.added), "warn", "pencil")
            case Fate.GONE:
                return TagLook(self.tr("收回"), "warn", "undo-2")
            case Fate.SKIPPED:
                if row.expected:
                    return TagLook(self.tr("不用收"), "", None)
                return TagLook(self.tr("缺资料"), "danger", "circle-alert")

    def _open_room(self, row: RunRow) -> None:
        if row.room_id is not None and self.shell.allowed(Right.SEE_BOARD):
            self.shell.navigate("room", room_id=row.room_id)

    def _fees(self) -> None:
        self.shell.navigate("fees")

    def _bills(self) -> None:
        self.shell.navigate("bills")

    # ---- posting -----------------------------------------------------------------------------------------------------

    def _post(self) -> None:
        preview = self.preview
        if preview is None or self._posting or not self.post.isEnabled():
            return
        self._posting = True
        self.post.disable(self.tr("正在生成账单"))
        order = replace(preview.order, without=frozenset(self._without), shown=preview.digest)
        self.shell.run(
            partial(self.shell.session.act, Op.POST_BILLS, bill_runs.post_run, order),
            self._posted,
            self._not_posted,
            write=True,
            busy=self.tr("正在生成账单"),
        )

    def _posted(self, done: RunDone) -> None:
        self._posting = False
        self.done = done
        words = [self.tr("已生成 {n} 张账单").format(n=done.made)]
        if done.changed:
            words.append(self.tr("更正 {n} 张").format(n=done.changed))
        words.append(self.tr("应收增加 {sum}").format(sum=done.amount))
        messages.show_info("，".join(words))
        self._without.clear()
        self.ask()

    def _not_posted(self, error: Exception) -> None:
        self._posting = False
        messages.show_error(error)
        if isinstance(error, RunChanged):
            self.ask()
        else:
            self._show_sum()

    # ---- room --------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def _measure(self) -> None:
        self.why_side.setFixedWidth(theme().scaled(252))
        self.why_side.setVisible(self.width() >= theme().scaled(FOLD_BELOW) or not self.isVisible())


def _month_end(day: date) -> date:
    return add_months(day.replace(day=1), 1) - timedelta(days=1)


def _key(row: RunRow) -> str:
    return row.key


def _room(row: RunRow) -> str:
    return row.room


def _debtor(row: RunRow) -> str:
    return row.debtor


def _fee(row: RunRow) -> str:
    return row.fee


def _period(row: RunRow) -> str:
    days = f"{row.period.start:%m-%d} 至 {row.period.end:%m-%d}" if row.period is not None else ""
    # Why nothing is billed stands where there is room for it: the panel beside says it of one row only.
    return " · ".join(part for part in (days, row.why[0] if row.fate is Fate.SKIPPED else "") if part)


def _due(row: RunRow) -> str:
    return f"{row.due}" if row.due is not None else ""


def _amount(row: RunRow) -> str:
    return str(row.amount) if row.fate is not Fate.SKIPPED else ""
