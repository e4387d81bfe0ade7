"""费用 of an order: materials, labour and firms, who pays each, and the tenant's part as a bill."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QSizePolicy

from desktop.models.values import NIL, CostCause, CostKind, CostPayer, Right
from desktop.models.work_orders import WorkOrderState
from desktop.services import one_off, repair_costs
from desktop.services.acts import Op
from desktop.services.fee_words import plain
from desktop.services.one_off import OneOffBilled, OneOffFacts
from desktop.services.repair_costs import (
    KIND_WORDS,
    PAYER_WORDS,
    BillTenant,
    CostForm,
    CostRow,
    Costs,
    MaterialRow,
    who_pays,
)
from desktop.services.work_order_page import OrderPage
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind
from desktop.views.dates import DateField
from desktop.views.fields import ChoiceField, MoneyField, NumberField
from desktop.views.form_key import FormKey
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.repair_steps import OrderDialog
from desktop.views.tables import RowTable, fill
from desktop.views.text_fields import TextField
from desktop.views.theme import theme

_USUAL = timedelta(days=7)
_OWN = "own"
"""Something that is no material of the stock list, by its kind."""


class CostsDialog(OrderDialog):
    """The lines of an order, and one more: it stays open, since a repair costs a part and an hour."""

    kind = "repair.costs"
    help_topic = "repairs.costs"
    fills = True

    def __init__(self, shell: Shell, page: OrderPage) -> None:
        super().__init__(
            shell, page, shell.frame.tr("费用"), shell.frame.tr("记一行"), wide=900, cancel=shell.frame.tr("关闭")
        )
        self.costs = Costs((), {}, NIL)
        self.table = RowTable(
            [
                Column(self.tr("什么"), lambda row: row.words, kind=Kind.NAME, sample="6 分角阀（个）", stretch=1,
                       strong=True, tone=self._faint),
                Column(self.tr("种类"), lambda row: KIND_WORDS[row.kind], sample="材料", tone=self._faint),
                Column(self.tr("谁付"), self._payer, sample=self.tr("租客"), tone=self._faint),
                Column(self.tr("数量 × 单价"), self._times, kind=Kind.NUMBER, sample="12.5 × 1,200.00",
                       tone=self._faint),
                Column(self.tr("金额（元）"), lambda row: str(row.amount), kind=Kind.MONEY, sample="12,042.60",
                       tone=self._faint),
            ]
        )  # fmt: skip
        self.table.setAccessibleName(self.tr("费用"))
        self.table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.table.setMinimumHeight(theme().scaled(100))
        self.table.say_when_empty(self.tr("还没有记费用"), self.tr("在下面填一行，Ctrl Enter 记下"))
        self.sums = label("", "strong", wrap=True)
        form = self.use_form(6)
        causes = [
            (CostCause.WEAR, self.tr("自然损耗")), (CostCause.DAMAGE, self.tr("租客弄坏")),
            (CostCause.COMMON, self.tr("公共部位")), (CostCause.OWN_WORK, self.tr("返工")),
        ]  # fmt: skip
        form.add("what", self.tr("材料或人工"), ChoiceField(self._kinds(())), span=2)
        form.add("cause", self.tr("怎么坏的"), ChoiceField(causes, CostCause.WEAR), span=2)
        payers = [(each, PAYER_WORDS[each]) for each in CostPayer]
        form.add("payer", self.tr("谁付"), ChoiceField(payers, CostPayer.LANDLORD), span=2)
        words = TextField(limit=repair_costs.WORDS_LIMIT, hint=self.tr("上门人工"))
        form.add("words", self.tr("写明是什么"), words, span=3)
        form.add("quantity", self.tr("数量"), NumberField(1, decimals=3))
        form.add("unit_price", self.tr("单价（元）"), MoneyField(), span=2)
        self.back = Button(self.tr("撤回这一行"), "quiet", icon="undo-2", key="Alt+8", size="small", writes=True)
        self.bill = Button(self.tr("给租客开账单"), "secondary", icon="receipt", key="Alt+9", size="small", writes=True)
        self.foot.insertWidget(1, self.back)
        self.foot.insertWidget(2, self.bill)
        self.body.insertWidget(0, self.table, 1)
        self.body.insertWidget(1, self.sums)
        self.body.setStretch(self.body.count() - 1, 0)
        form.field("cause").changed.connect(self._say_payer)
        form.field("what").changed.connect(self._say_price)
        self.table.current_row.connect(self._chosen)
        self.back.clicked.connect(self._take_back)
        self.bill.clicked.connect(self._bill)
        self._materials: dict[UUID, MaterialRow] = {}
        self._say_payer()
        self._read()

    def _kinds(self, materials: tuple[MaterialRow, ...]) -> list[tuple[Any, str]]:
        own = [((_OWN, kind), KIND_WORDS[kind]) for kind in (CostKind.LABOUR, CostKind.CONTRACTOR, CostKind.OTHER)]
        return [*own, *((row.id, f"{row.form.name}（{row.form.unit}）") for row in materials)]

    # how a line reads

    @staticmethod
    def _faint(row: CostRow) -> str:
        return "text-faint" if row.undone else ""

    def _payer(self, row: CostRow) -> str:
        return self.tr("已撤回") if row.undone else PAYER_WORDS[row.payer]

    @staticmethod
    def _times(row: CostRow) -> str:
        return f"{plain(row.quantity)} × {row.unit_price}"

    # what is known

    def _read(self) -> None:
        self.shell.run(partial(_read, self.shell.session, self.page.card.id), self._show, self.refuse)

    def _show(self, read: tuple[Costs, tuple[MaterialRow, ...]]) -> None:
        self.costs, materials = read
        self._materials = {row.id: row for row in materials}
        assert self.form is not None
        self.form.field("what").set_choices(self._kinds(materials))
        fill(self.table, self.costs.lines, lambda row: row.id)
        parts = [
            self.tr("{who}付 {money} 元").format(who=PAYER_WORDS[who], money=money)
            for who, money in self.costs.sums.items()
            if money != NIL
        ]
        if self.costs.billed != NIL:
            parts.append(self.tr("租客已开账单 {money} 元").format(money=self.costs.billed))
        self.sums.setText(" · ".join(parts))
        self.sums.setVisible(bool(parts))
        self._chosen(self.table.current())
        may = self.shell.allowed(Right.POST_BILLS)
        owes = self.costs.to_bill > NIL and self.page.party_id is not None
        self.bill.setVisible(owes)
        self.bill.allow("" if may else self.tr("请收银员或主管来开账单"))
        if self.page.card.state is WorkOrderState.CANCELLED:
            self.primary.allow(self.tr("已取消的工单不再记费用"))
        elif not self.shell.allowed(Right.EDIT_REPAIRS):
            self.primary.allow(self.tr("您的角色只能看"))

    def _chosen(self, row: CostRow | None) -> None:
        self.back.allow("" if row is not None and not row.undone else self.tr("先选一行没有撤回的"))

    def _say_payer(self) -> None:
        """Who pays as a rule; another agreement is chosen over it."""
        assert self.form is not None
        payer, why = who_pays(self.form.field("cause").value())
        self.form.field("payer").set_value(payer)
        self.form.rows["payer"].set_note(why)

    def _say_price(self) -> None:
        """The price of the stock list."""
        assert self.form is not None
        row = self._materials.get(self.form.field("what").value())
        if row is not None:
            self.form.field("unit_price").set_value(row.form.price)
            self.form.field("words").set_value("")

    # what is asked

    def request(self) -> CostForm:
        assert self.form is not None
        typed = self.form.values()
        what = typed["what"]
        material = what if isinstance(what, UUID) else None
        kind = CostKind.MATERIAL if material is not None else what[1]
        quantity: Decimal | None = typed["quantity"]
        return CostForm(
            self.page.card.id, kind, typed["payer"], Decimal(0) if quantity is None else quantity, typed["words"],
            typed["unit_price"], material,
        )  # fmt: skip

    def problems(self) -> Mapping[str, str]:
        return repair_costs.cost_problems(self.request())

    def order(self, request: CostForm) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.GO_ON_WITH_REPAIR, repair_costs.add_cost, request)

    def stored(self, news: Any) -> None:
        """The next line: the form stands empty, the dialog stays."""
        assert self.form is not None
        self._asked = False
        self.form.set_values({"quantity": 1, "unit_price": None, "words": ""})
        self.set_busy(False)
        self.check()
        self.form.field("what").setFocus()
        self._read()

    def _take_back(self) -> None:
        row: CostRow | None = self.table.current()
        if row is not None:
            act = partial(self.shell.session.act, Op.GO_ON_WITH_REPAIR, repair_costs.take_back_cost, row.id)
            self.shell.run(act, self._taken_back, self.refuse, write=True)

    def _taken_back(self, _nothing: object) -> None:
        self._read()

    def _bill(self) -> None:
        dialog = BillTenantDialog(self.shell, self.page, self.costs)
        dialog.done.connect(self._taken_back)
        self.shell.open(dialog)


class BillTenantDialog(OrderDialog):
    """The tenant's part as a bill with the order's number. Signals: done(OneOffBilled)."""

    kind = "repair.bill"
    help_topic = "repairs.costs"

    def __init__(self, shell: Shell, page: OrderPage, costs: Costs) -> None:
        super().__init__(shell, page, shell.frame.tr("给租客开账单"), shell.frame.tr("生成账单"), wide=620)
        self.facts: OneOffFacts | None = None
        words = self.tr("{name} 付 {money} 元").format(name=page.card.name, money=costs.to_bill)
        self.body.addWidget(label(words, "strong"))
        form = self.use_form(2)
        form.add("fee_item_id", self.tr("收费项目"), ChoiceField([(None, self.tr("正在读取"))]))
        form.add("due", self.tr("应缴日"), DateField(shell.today, shell.today() + _USUAL), required=True)
        self.key = FormKey(shell.session.office.world.new_id)
        form.add("key", "", self.key)
        form.rows["key"].hide()
        shell.run(partial(shell.session.read, one_off.one_off_facts, page.party_id), self._learn, self.refuse)

    def _learn(self, facts: OneOffFacts) -> None:
        assert self.form is not None
        self.facts = facts
        items: list[tuple[UUID | None, str]] = [(item.id, item.name) for item in facts.catalogue.items]
        self.form.field("fee_item_id").set_choices(items or [(None, self.tr("先建一个一次性项目"))])

    def request(self) -> BillTenant:
        assert self.form is not None
        typed = self.form.values()
        return BillTenant(typed["key"], self.page.card.id, typed["fee_item_id"], typed["due"] or self.shell.today())

    def problems(self) -> Mapping[str, str]:
        if self.facts is None:
            return {"fee_item_id": self.tr("正在读取收费项目，稍等再按一次")}
        assert self.form is not None
        empty = self.form.field("due").value() is None
        return {"due": self.tr("填写哪天前缴清")} if empty else {}

    def order(self, request: BillTenant) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.POST_BILLS, repair_costs.bill_tenant, request)

    def stored(self, news: OneOffBilled) -> None:
        super().stored(news)
        words = self.tr("{title} {money} 这张账单已经开过") if news.again else self.tr("已开单：{title} {money} 元")
        self.shell.toast(words.format(title=news.title, money=news.amount))


def _read(session: Any, order_id: UUID) -> tuple[Costs, tuple[MaterialRow, ...]]:
    """In a reading job."""
    return session.read(repair_costs.costs_of, order_id), tuple(session.read(repair_costs.list_materials))
