"""The sum of a period is entered 录一期公摊: the split on every room stands beside it while one types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from uuid import UUID

from PySide6.QtCore import QTimer

from desktop.models.values import NIL, Period, PoolSource, add_months
from desktop.services import pool_charges, pool_split
from desktop.services.acts import Op
from desktop.services.bill_lists import plain
from desktop.services.errors import DomainError
from desktop.services.pool_charges import INVOICE_LIMIT, ChargeFacts, ChargeForm
from desktop.services.pool_split import METHOD_WORDS, PoolFacts, Split, SplitRow
from desktop.views.act_dialog import ActDialog
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.dates import DateField
from desktop.views.fields import MoneyField, NumberField
from desktop.views.form_draft import FormDraft
from desktop.views.labels import label, set_property
from desktop.views.pages import Shell
from desktop.views.tables import RowTable, TableFoot
from desktop.views.text_fields import TextField

_SETTLE_MS = 200


class ChargeDialog(ActDialog):
    """One period of one shared cost."""

    help_topic = "pools.charge"
    fills = True

    def __init__(self, shell: Shell, pool: PoolFacts, charged: tuple[Period, ...]) -> None:
        super().__init__(
            shell, shell.frame.tr("录一期公摊"), subtitle=pool.name, primary=shell.frame.tr("录入这一期"),
            primary_icon="check", wide=900,
        )  # fmt: skip
        self.pool = pool
        self.facts: ChargeFacts = ChargeFacts(pool, None, (), None, charged)
        self.split: Split | None = None
        start = self.facts.next_start
        end = add_months(start.replace(day=1), 1)
        form = self.use_form(4)
        form.add("start", self.tr("从"), DateField(shell.today, start), required=True)
        form.add("end", self.tr("到"), DateField(shell.today, date.fromordinal(end.toordinal() - 1)), required=True)
        if pool.source is PoolSource.INVOICE:
            form.add("amount", self.tr("发票金额（元）"), MoneyField(), required=True)
            form.add("invoice", self.tr("发票号"), TextField(limit=INVOICE_LIMIT))
        else:
            form.add("unit_price", self.tr("单价（元）"), NumberField(decimals=6), required=True)
            form.add("amount", self.tr("公摊金额（元）"), _ShownMoney())
        self.how = label("", "muted", wrap=True)
        self.table = RowTable(
            [
                Column(self.tr("房间"), _room, kind=Kind.NAME, sample="12 栋 2305", strong=True, stretch=1),
                Column("", str, kind=Kind.TAG, sample=self.tr("空置"), tag=self._tag),
                Column(METHOD_WORDS[pool.method], _basis, kind=Kind.NUMBER, sample="1,234.56 m²"),
                Column(self.tr("应摊（未取整）"), _exact, kind=Kind.NUMBER, sample="1,234.567890", fold=True),
                Column(self.tr("摊到（元）"), _money, kind=Kind.MONEY, sample="1,234.56", strong=True),
                Column(self.tr("尾差"), self._remainder, kind=Kind.TEXT, sample=self.tr("补 1 分"),
                       tone=_remainder_tone),
            ]
        )  # fmt: skip
        self.table.setAccessibleName(self.tr("怎么摊"))
        self.table.say_when_empty(self.tr("还没有摊"), self.tr("填好起止日期和金额，这里逐户列出"))
        self.foot_line = TableFoot()
        self.body.takeAt(self.body.count() - 1)  # the table takes the room that the form would leave
        self.body.addWidget(self.how)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.foot_line)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_SETTLE_MS)
        self._wait.timeout.connect(self._ask)
        self._period: tuple[date | None, date | None] = (None, None)
        form.changed.connect(self._typed)
        self.draft = FormDraft(shell, self, "pools.charge", pool.id)
        self._typed()

    # what is typed

    def request(self) -> ChargeForm:
        assert self.form is not None
        values = self.form.values()
        invoice = self.pool.source is PoolSource.INVOICE
        return ChargeForm(
            self.pool.id, values["start"], values["end"], values["amount"] if invoice else None,
            values["invoice"] if invoice else "", None if invoice else values["unit_price"],
        )  # fmt: skip

    def problems(self) -> Mapping[str, str]:
        return pool_charges.charge_problems(self.request(), self.facts, self.shell.today())

    def _typed(self) -> None:
        form = self.request()
        if (form.start, form.end) != self._period:
            self._period = (form.start, form.end)
            self._wait.start()
        self._show()

    def _ask(self) -> None:
        start, end = self._period
        self.shell.run(
            partial(self.shell.session.read, pool_charges.charge_facts, self.pool.id, start, end), self.show_facts,
            self.refuse,
        )  # fmt: skip

    def show_facts(self, facts: ChargeFacts) -> None:
        """Who takes part in the period, what the meters counted."""
        self.facts = replace(facts, charged=facts.charged or self.facts.charged)
        self._show()
        self.check()

    # the preview

    def _show(self) -> None:
        """The split of what stands in the form now: worked out by the very function that bills it."""
        amount = pool_charges.amount_of(self.request(), self.facts)
        self.split = None
        trouble = ""
        if amount is not None and amount > NIL and self.facts.members:
            try:
                self.split = pool_split.split(self.pool, self.facts.members, amount)
            except DomainError as error:
                trouble = error.message
        shown = self.form.field("amount") if self.form is not None else None
        if isinstance(shown, _ShownMoney):
            shown.set_value(amount)
        self.how.setText(trouble or self._how())
        set_property(self.how, "tone", "danger" if trouble else "")
        self.table.show_list(list(self.split.rows) if self.split is not None else [], _key)
        self._say_foot()

    def _how(self) -> str:
        members, master = self.facts.members, self.facts.master
        words = []
        if master is not None:
            if master.use is None:
                words.append(self.tr("总表在这一期没有读数"))
            else:
                words.append(
                    self.tr("总表 {all} − 分表 {rooms} = {rest}").format(
                        all=plain(master.use), rooms=plain(master.rooms), rest=plain(master.use - master.rooms)
                    )
                )
            if master.unread:
                words.append(self.tr("有 {n} 块分表这一期没抄，它们的用量算进了公摊").format(n=master.unread))
        if members:
            vacant = sum(member.vacant for member in members)
            words.append(self.tr("{n} 间参加，空置 {vacant} 间").format(n=len(members), vacant=vacant))
            if vacant and self.pool.vacant_percent != 100:
                rest = self.tr("管理处承担其余") if self.pool.office_bears_rest else self.tr("少摊的由大家分摊")
                words.append(self.tr("空置摊 {n}%，{rest}").format(n=plain(self.pool.vacant_percent), rest=rest))
        return "；".join(words)

    def _say_foot(self) -> None:
        divided = self.split
        if divided is None:
            self.foot_line.show_words("")
            return
        left = self.tr("除不尽的 {n} 分，按尾数大的先补").format(n=divided.left_over) if divided.left_over else ""
        right = self.tr("各户合计 {sum}").format(sum=divided.amount - divided.office)
        if divided.office:
            right += self.tr(" · 管理处 {sum}").format(sum=divided.office)
        self.foot_line.show_words(left, right)

    def _tag(self, row: SplitRow) -> TagLook | None:
        return TagLook(self.tr("空置"), "", None) if row.member.vacant else None

    def _remainder(self, row: SplitRow) -> str:
        return self.tr("补 1 分") if row.remainder else ""

    def order(self, request: ChargeForm) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.SHARE_COST, pool_charges.enter_charge, request)


class _ShownMoney(MoneyField):
    """A sum that is worked out, not typed."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)


def _key(row: SplitRow) -> UUID:
    return row.member.room_id


def _room(row: SplitRow) -> str:
    return row.member.room


def _basis(row: SplitRow) -> str:
    return plain(row.basis)


def _exact(row: SplitRow) -> str:
    return f"{row.exact.numerator / row.exact.denominator / 100:,.6f}"


def _money(row: SplitRow) -> str:
    return str(row.money)


def _remainder_tone(_row: SplitRow) -> str:
    return "primary-text"
