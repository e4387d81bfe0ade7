"""保养巡检 on screen: the plans, when each is next due and was last done, and the rounds of the one in hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout

from desktop.models.values import Right
from desktop.models.work_orders import OPEN
from desktop.services import plans
from desktop.services.acts import Op
from desktop.services.plans import PlanCard, PlanChoices, PlanRow, RoundRow
from desktop.services.repair_intake import KIND_WORDS
from desktop.views import messages
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.dialogs import Dialog
from desktop.views.labels import Card, Fact, FactList, label
from desktop.views.layouts import flowing
from desktop.views.pages import Command, Page, Shell
from desktop.views.plan_dialogs import PausePlanDialog, PlanDialog
from desktop.views.tables import RowTable


class PlansPage(Page):
    """Opened with nothing, or with `plan_id`."""

    help_topic = "plans"
    tables = frozenset(
        {"maintenance_plan", "plan_round", "work_order", "check_line", "repair_team", "contractor", "building", "room"}
    )

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.card: PlanCard | None = None
        self._wanted: UUID | None = None
        self.to_board = Button(self.tr("看板"), "quiet", icon="wrench", key="Ctrl+B")
        self.new = Button(self.tr("新计划"), "primary", icon="calendar-plus", key="Ctrl+N")
        self.set_head(self.tr("保养巡检"), "", self.to_board, self.new)
        self.table = RowTable(
            [
                Column(self.tr("计划"), _name, kind=Kind.NAME, sample=self.tr("2 号电梯半月维保"), strong=True,
                       detail=_place, stretch=1),
                Column(self.tr("多久一次"), _rhythm, kind=Kind.NAME, sample=self.tr("每 15 天"), detail=_who),
                Column(self.tr("下一次"), _next, kind=Kind.DATE, sample="2026-11-30", detail=_last, tone=_tone),
                Column("", str, kind=Kind.TAG, sample=self.tr("逾期 12 天"), tag=self._tag),
            ],
            two_lines=True,
        )  # fmt: skip
        self.table.setAccessibleName(self.tr("保养巡检计划"))
        self.table.say_when_empty(
            self.tr("还没有保养巡检计划"), self.tr("按 Ctrl N 加一个：电梯、消防的常用计划已经写好，选上就能改")
        )
        self._build_side()
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.table, 3)
        row.addWidget(self.side, 2)
        self.body.addLayout(row, 1)
        self._wire()
        self._allow()

    def _build_side(self) -> None:
        self.side = Card()
        self.title_words = label("", "title", wrap=True)
        self.facts = FactList(right=True)
        self.rounds = RowTable(
            [
                Column(self.tr("计划日"), _due, kind=Kind.DATE, sample="2026-11-30", tone=_round_tone),
                Column(self.tr("结果"), _result, kind=Kind.NAME, sample=self.tr("2026-11-29 做完"), stretch=1,
                       detail=_checks, tone=_round_tone),
            ],
            two_lines=True,
        )  # fmt: skip
        self.rounds.setAccessibleName(self.tr("历次"))
        self.rounds.setMinimumHeight(60)
        self.rounds.say_when_empty(self.tr("还没有到过期"), self.tr("到日子前程序自动开工单，登记在这里"))
        small: dict[str, Any] = {"kind": "quiet", "size": "small"}
        self.edit = Button(self.tr("改"), icon="pencil", key="Ctrl+E", **small)
        self.order = Button(self.tr("看工单"), icon="wrench", key="Alt+1", **small)
        self.early = Button(self.tr("现在开单"), icon="calendar-check", key="Alt+2", writes=True, **small)
        self.pause = Button(self.tr("暂停"), icon="pause", key="Alt+3", writes=True, **small)
        self.side.body.addWidget(self.title_words)
        self.side.body.addWidget(self.facts)
        self.side.body.addWidget(self.rounds, 1)
        self.side.body.addWidget(flowing(self.edit, self.order, self.early, self.pause, gap=4))

    def _wire(self) -> None:
        self.table.current_row.connect(self._walked)
        self.table.opened.connect(self._edit)
        self.rounds.opened.connect(self._open_round)
        for button, slot in (
            (self.new, self._new), (self.edit, self._edit), (self.order, self._open_order), (self.early, self._early),
            (self.pause, self._pause), (self.to_board, self._board),
        ):  # fmt: skip
            button.clicked.connect(slot)

    # ---- the frame asks ----------------------------------------------------------------------------------------------

    def hints(self) -> str:
        return self.tr("↑↓ 选 · Enter 改 · Alt+1 看工单 · Alt+2 现在开单 · Ctrl+N 新计划")

    def opened(self, params: dict[str, Any]) -> None:
        self._wanted = params.get("plan_id")
        self._ask()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self, tables: frozenset[str]) -> None:
        self._ask()

    def command(self, command: Command) -> bool:
        if command == Command.REFRESH:
            self._ask()
            return True
        return False

    # ---- showing -----------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        self.shell.run(
            partial(self.shell.session.read, plans.list_plans), self.show_plans, self.shell.read_failed,
            busy=self.tr("正在读取计划"),
        )  # fmt: skip

    def show_plans(self, rows: Sequence[PlanRow]) -> None:
        """The list; the row in hand stays."""
        going, late = sum(not row.ended for row in rows), sum(row.late_days > 0 for row in rows)
        words = self.tr("{n} 个在用").format(n=going) if rows else ""
        self.detail_label.setText(words + (self.tr(" · {n} 个逾期").format(n=late) if late else ""))
        kept = self.table.current()
        self.table.show_list(list(rows), _key)
        at = next((at for at, row in enumerate(rows) if row.id == self._wanted), 0)
        if rows and (kept is None or self._wanted is not None):
            self.table.choose(at)
        self._wanted = None
        self._walked(self.table.current())

    def _walked(self, row: PlanRow | None) -> None:
        if row is None:
            self.card = None
            self.title_words.setText("")
            self.facts.set_facts([])
            self.rounds.show_list([])
            self._allow()
            return
        if self.card is not None and self.card.row.id != row.id:
            self.card = None
            self.rounds.show_list([])
        self._allow()
        self.shell.run(
            partial(self.shell.session.read, plans.plan_card, row.id), self._show_card, self.shell.read_failed
        )

    def _show_card(self, card: PlanCard) -> None:
        here = self.table.current()
        if here is None or here.id != card.row.id:
            return
        self.card = card
        row, form = card.row, card.row.form
        self.title_words.setText(form.name)
        lead = self.tr("提前 {n} 天开单").format(n=form.lead_days) if form.lead_days else self.tr("当天开单")
        lines = self.tr("{kind} · {n} 项检查").format(kind=KIND_WORDS[form.kind], n=len(form.lines))
        coming = "、".join(f"{day:%m-%d}" for day in card.coming[:3])
        said = [
            (self.tr("种类"), lines if form.lines else KIND_WORDS[form.kind]),
            (self.tr("多久一次"), f"{row.rhythm_words}，{lead}"),
            (self.tr("依据"), form.basis),
            (self.tr("以后"), self._until(coming, form.valid_to)),
            (self.tr("暂停"), self._paused(row)),
        ]
        self.facts.set_facts([Fact(name, value) for name, value in said if value])
        self.rounds.show_list(list(card.rounds), _round_key)
        if card.rounds and self.rounds.current() is None:
            self.rounds.choose(0)
        self._allow()

    def _until(self, coming: str, last: date | None) -> str:
        """The days that come, and the last on which one may."""
        if last is None:
            return coming
        return self.tr("{days}，到 {last} 为止").format(days=coming, last=last) if coming else f"{last} 为止"

    def _paused(self, row: PlanRow) -> str:
        if row.pause is None:
            return ""
        return self.tr("{day} 起：{why}").format(day=row.pause.first, why=row.pause.reason)

    def _allow(self, *_: object) -> None:
        nothing = "" if self.card is not None else self.tr("先选一个计划")
        may = self.shell.allowed(Right.DISPATCH_REPAIRS)
        change = "" if may else self.tr("您的角色只能看：请维修班长或主管来改")
        row = self.card.row if self.card is not None else None
        self.new.allow(change)
        self.edit.allow(change or nothing)
        self.order.allow(nothing or ("" if row and row.order_id else self.tr("现在没有没做完的工单")))
        stops = self.tr("工单还没做完，先做完它") if row and row.order_id else ""
        rests = self.tr("计划暂停着，先恢复") if row and row.pause is not None else ""
        over = self.tr("计划已经到期") if row and row.ended else ""
        self.early.allow(change or nothing or stops or rests or over)
        self.pause.allow(change or nothing or over)
        self.pause.setText(self.tr("恢复") if row and row.pause is not None else self.tr("暂停"))

    def _tag(self, row: PlanRow) -> TagLook | None:
        if row.late_days:
            return TagLook(self.tr("逾期 {n} 天").format(n=row.late_days), "danger", "clock-alert")
        if row.ended:
            return TagLook(self.tr("已到期"), "", "ban")
        if row.pause is not None:
            return TagLook(self.tr("暂停"), "", "pause")
        return TagLook(self.tr("已开单"), "info", "wrench") if row.order_id else None

    # ---- acts --------------------------------------------------------------------------------------------------------

    def _new(self) -> None:
        self.shell.run(partial(self.shell.session.read, plans.plan_choices), partial(self._open_plan, None))

    def _edit(self, *_: object) -> None:
        if self.card is not None and self.edit.isEnabled():
            read = partial(self.shell.session.read, plans.plan_choices)
            self.shell.run(read, partial(self._open_plan, self.card.row))

    def _open_plan(self, row: PlanRow | None, choices: PlanChoices) -> None:
        self._open(PlanDialog(self.shell, choices, row), self.tr("计划已存"))

    def _pause(self) -> None:
        if self.card is None:
            return
        row = self.card.row
        if row.pause is None:
            self._open(PausePlanDialog(self.shell, row), self.tr("计划已暂停：期间不开单，也不算漏做"))
            return
        act = partial(self.shell.session.act, Op.CHANGE_PLAN, plans.resume_plan, row.id, row.version)
        self.shell.run(act, partial(self._done, self.tr("计划已恢复")), messages.show_error, write=True)

    def _early(self) -> None:
        if self.card is not None:
            act = partial(self.shell.session.act, Op.CHANGE_PLAN, plans.make_order_now, self.card.row.id)
            self.shell.run(act, self._made, messages.show_error, write=True)

    def _made(self, order_id: UUID) -> None:
        self.shell.navigate("repair", order_id=order_id)

    def _open_order(self) -> None:
        if self.card is not None and self.card.row.order_id is not None:
            self.shell.navigate("repair", order_id=self.card.row.order_id)

    def _open_round(self, row: RoundRow) -> None:
        if row.order_id is not None:
            self.shell.navigate("repair", order_id=row.order_id)

    def _open(self, dialog: Dialog, words: str) -> None:
        dialog.done.connect(partial(self._done, words))  # type: ignore[attr-defined]
        self.shell.open(dialog)

    def _done(self, words: str, news: object) -> None:
        self.shell.toast(words)
        if isinstance(news, UUID):
            self._wanted = news
        self._ask()

    def _board(self) -> None:
        self.shell.navigate("repairs")


def _key(row: PlanRow) -> UUID:
    return row.id


def _round_key(row: RoundRow) -> date:
    return row.due


def _name(row: PlanRow) -> str:
    return row.form.name


def _place(row: PlanRow) -> str:
    return row.place


def _rhythm(row: PlanRow) -> str:
    return row.rhythm_words


def _who(row: PlanRow) -> str:
    return row.who or KIND_WORDS[row.form.kind]


def _next(row: PlanRow) -> str:
    return f"{row.next_due}" if row.next_due is not None else ""


def _last(row: PlanRow) -> str:
    return f"上次 {row.last_done:%m-%d}" if row.last_done is not None else "还没做过"


def _tone(row: PlanRow) -> str:
    return "danger" if row.late_days else "text-faint" if row.ended or row.pause is not None else ""


def _due(row: RoundRow) -> str:
    return f"{row.due}"


def _result(row: RoundRow) -> str:
    return row.words


def _checks(row: RoundRow) -> str:
    return row.checks.words if row.checks else row.number


def _round_tone(row: RoundRow) -> str:
    if row.state is None:
        return "danger"
    return "" if row.state in OPEN or row.done_at is not None else "text-faint"
