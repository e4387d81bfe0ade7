"""Shared costs 公摊 on screen: which there are, their periods, and a period entered with the split beside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from desktop.models.values import PoolSource, Right
from desktop.services import pools
from desktop.services.bill_lists import plain
from desktop.services.pool_split import METHOD_WORDS
from desktop.services.pools import ChargeRow, PoolCard, PoolChoices, PoolRow
from desktop.views import messages
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.dialogs import Dialog
from desktop.views.labels import Card, Fact, FactList, label
from desktop.views.layouts import flowing
from desktop.views.pages import Command, Page, Shell
from desktop.views.pool_charge import ChargeDialog
from desktop.views.pool_dialogs import EndPoolDialog, PoolDialog, ReverseChargeDialog
from desktop.views.tables import RowTable


class PoolsPage(Page):
    """Opened with nothing, or with `pool_id`."""

    help_topic = "pools"
    tables = frozenset({"shared_pool", "pool_member", "pool_charge", "fee_item", "meter", "reading"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.card: PoolCard | None = None
        self.new = Button(self.tr("新公摊"), "quiet", icon="plus", key="Ctrl+N")
        self.to_meters = Button(self.tr("抄表"), "quiet", icon="gauge")
        self.enter = Button(self.tr("录一期"), "primary", icon="calculator", key="Ctrl+Return")
        self.set_head(self.tr("公摊"), "", self.to_meters, self.new, self.enter)
        self.table = RowTable(
            [
                Column(self.tr("名称"), _name, kind=Kind.NAME, sample=self.tr("1 栋电梯电费"), strong=True,
                       detail=_fee, stretch=1),
                Column(self.tr("怎么摊"), _method, kind=Kind.NAME, sample=self.tr("按约定份额"), detail=_scope),
                Column(self.tr("录到"), _charged, kind=Kind.DATE, sample="2026-11-30", detail=_amount),
                Column("", str, kind=Kind.TAG, sample=self.tr("已停用"), tag=self._tag),
            ],
            two_lines=True,
        )  # fmt: skip
        self.table.setAccessibleName(self.tr("公摊项目"))
        self.table.say_when_empty(
            self.tr("还没有公摊"), self.tr("先在「收费标准」里加一个公摊项目，再按 Ctrl N 加公摊")
        )  # fmt: skip
        self.side = Card()
        self.title_words = label("", "title", wrap=True)
        self.facts = FactList(right=True)
        self.charges = RowTable(
            [
                Column(
                    self.tr("期间"), _period, kind=Kind.NAME, sample="26-10-01 至 26-10-31", detail=_words, stretch=1
                ),
                Column(self.tr("金额"), _sum, kind=Kind.MONEY, sample="12,345.67", tone=_tone, detail=_who),
            ],
            two_lines=True,
        )
        self.charges.setAccessibleName(self.tr("各期"))
        self.charges.setMinimumHeight(60)
        self.charges.say_when_empty(self.tr("还没有录过"), self.tr("按 Ctrl Enter 录一期"))
        small: dict[str, Any] = {"kind": "quiet", "size": "small"}
        self.edit = Button(self.tr("改"), icon="pencil", key="Ctrl+E", **small)
        self.end = Button(self.tr("停用"), key="Alt+1", **small)
        self.reverse = Button(self.tr("冲销这一期"), key="Alt+2", **small)
        for part in (self.title_words, self.facts):
            self.side.body.addWidget(part)
        self.side.body.addWidget(self.charges, 1)
        self.side.body.addWidget(flowing(self.edit, self.end, self.reverse, gap=4))
        row = QHBoxLayout()
        row.setSpacing(10)
        left = QVBoxLayout()
        left.addWidget(self.table, 1)
        row.addLayout(left, 3)
        row.addWidget(self.side, 2)
        self.body.addLayout(row, 1)
        self._wire()
        self._allow()

    def _wire(self) -> None:
        self.table.current_row.connect(self._walked)
        self.table.opened.connect(self._charge)
        self.charges.current_row.connect(self._allow)
        for button, slot in (
            (self.new, self._new), (self.enter, self._charge), (self.edit, self._edit), (self.end, self._end),
            (self.reverse, self._reverse), (self.to_meters, self._meters),
        ):  # fmt: skip
            button.clicked.connect(slot)

    # ---- the frame asks ----------------------------------------------------------------------------------------------

    def hints(self) -> str:
        return self.tr("↑↓ 选 · Ctrl+Enter 录一期 · Ctrl+N 新公摊 · Ctrl+E 改")

    def opened(self, params: dict[str, Any]) -> None:
        if "pool_id" in params:
            self.table.stand_on(params["pool_id"])
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
            partial(self.shell.session.read, pools.list_pools), self.show_pools, self.shell.read_failed,
            busy=self.tr("正在读公摊"),
        )  # fmt: skip

    def show_pools(self, rows: Sequence[PoolRow]) -> None:
        """The list; the row in hand stays."""
        going = sum(not row.ended for row in rows)
        self.detail_label.setText(self.tr("{n} 项在用").format(n=going) if rows else "")
        kept = self.table.current()
        self.table.show_list(list(rows), _key)
        if rows and kept is None:
            self.table.choose(0)
        self._walked(self.table.current())

    def _walked(self, row: PoolRow | None) -> None:
        if row is None:
            self.card = None
            self.title_words.setText("")
            self.facts.set_facts([])
            self.charges.show_list([])
            self._allow()
            return
        if self.card is not None and self.card.row.facts.id != row.facts.id:
            self.card = None
            self.charges.show_list([])
        self._allow()
        self.shell.run(
            partial(self.shell.session.read, pools.pool_card, row.facts.id), self._show_card, self.shell.read_failed
        )

    def _show_card(self, card: PoolCard) -> None:
        here = self.table.current()
        if here is None or here.facts.id != card.row.facts.id:
            return
        self.card = card
        pool = card.row.facts
        self.title_words.setText(pool.name)
        facts = [
            Fact(self.tr("收费项目"), pool.fee),
            Fact(self.tr("怎么摊"), METHOD_WORDS[pool.method]),
            Fact(self.tr("谁参加"), card.row.scope),
            Fact(
                self.tr("金额"),
                self.tr("按发票") if pool.source is PoolSource.INVOICE else self.tr("总表减分表"),
            ),
        ]
        if pool.vacant_percent != 100:
            rest = self.tr("管理处承担其余") if pool.office_bears_rest else self.tr("其余由大家摊")
            facts.append(Fact(self.tr("空置户"), f"{plain(pool.vacant_percent)}%，{rest}"))
        span = f"{pool.valid_from} 起" if pool.valid_to is None else f"{pool.valid_from} 至 {pool.valid_to}"
        facts.append(Fact(self.tr("期限"), span))
        self.facts.set_facts(facts)
        self.charges.show_list(list(card.charges), _charge_key)
        if card.charges and self.charges.current() is None:
            self.charges.choose(0)
        self._allow()

    def _allow(self, *_: object) -> None:
        nothing = "" if self.card is not None else self.tr("先选一项公摊")
        bills = "" if self.shell.allowed(Right.POST_BILLS) else self.tr("录公摊要有「生成账单」的权限，请交给收银")
        tariffs = "" if self.shell.allowed(Right.EDIT_TARIFFS) else self.tr("改公摊要有「收费标准」的权限，请交给主管")
        ended = self.tr("这项公摊已停用") if self.card is not None and self.card.row.ended else ""
        charge = self.charges.current()
        self.enter.allow(bills or nothing or ended)
        self.new.allow(tariffs)
        self.edit.allow(tariffs or nothing)
        self.end.allow(tariffs or nothing)
        gone = self.tr("这一期已经冲销") if charge is not None and charge.reversed else ""
        self.reverse.allow(bills or ("" if charge is not None else self.tr("先选一期")) or gone)

    def _tag(self, row: PoolRow) -> TagLook | None:
        return TagLook(self.tr("已停用"), "", "ban") if row.ended else None

    # ---- acts --------------------------------------------------------------------------------------------------------

    def _new(self) -> None:
        self.shell.run(partial(self.shell.session.read, pools.pool_choices), partial(self._open_pool, None))

    def _edit(self) -> None:
        if self.card is not None:
            read = partial(self.shell.session.read, pools.pool_choices)
            self.shell.run(read, partial(self._open_pool, self.card))

    def _open_pool(self, card: PoolCard | None, choices: PoolChoices) -> None:
        self._open(PoolDialog(self.shell, choices, card), self.tr("公摊已存"))

    def _charge(self, *_: object) -> None:
        card = self.card
        if card is not None and self.enter.isEnabled():
            self._open(
                ChargeDialog(self.shell, card.row.facts, card.row.charged), self.tr("这一期已录，出账时生成账单")
            )

    def _end(self) -> None:
        if self.card is not None:
            self._open(EndPoolDialog(self.shell, self.card), self.tr("已改停用日"))

    def _reverse(self) -> None:
        row = self.charges.current()
        if self.card is not None and row is not None:
            self._open(ReverseChargeDialog(self.shell, self.card.form.name, row), self.tr("这一期已冲销"))

    def _open(self, dialog: Dialog, words: str) -> None:
        dialog.done.connect(partial(self._done, words))  # type: ignore[attr-defined]
        self.shell.open(dialog)

    def _done(self, words: str, _news: object) -> None:
        messages.show_info(words)
        self._ask()

    def _meters(self) -> None:
        self.shell.navigate("meters")


def _key(row: PoolRow) -> UUID:
    return row.facts.id


def _charge_key(row: ChargeRow) -> UUID:
    return row.id


def _name(row: PoolRow) -> str:
    return row.facts.name


def _fee(row: PoolRow) -> str:
    return row.facts.fee


def _method(row: PoolRow) -> str:
    return METHOD_WORDS[row.facts.method]


def _scope(row: PoolRow) -> str:
    return row.scope


def _charged(row: PoolRow) -> str:
    return f"{row.charged[-1].end}" if row.charged else ""


def _amount(row: PoolRow) -> str:
    return f"{row.last_amount} 元" if row.last_amount is not None else ""


def _period(row: ChargeRow) -> str:
    return f"{row.period.start:%y-%m-%d} 至 {row.period.end:%y-%m-%d}"


def _words(row: ChargeRow) -> str:
    return row.words


def _sum(row: ChargeRow) -> str:
    return str(row.amount)


def _who(row: ChargeRow) -> str:
    return row.who


def _tone(row: ChargeRow) -> str:
    return "text-faint" if row.reversed else "text"
