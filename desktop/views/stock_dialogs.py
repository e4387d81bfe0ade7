"""Dialogs of outside firms 外包单位 and materials 物料."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from desktop.models.values import RepairCategory
from desktop.services import crew, repair_costs, technicians
from desktop.services.acts import Op
from desktop.services.crew import FirmForm
from desktop.services.fee_words import plain
from desktop.services.repair_costs import WORDS_LIMIT, MaterialForm, MaterialRow
from desktop.services.repair_words import CATEGORY_WORDS
from desktop.services.technicians import ContractorForm, ContractorRow
from desktop.views.act_dialog import ActDialog
from desktop.views.fields import MoneyField, NumberField, PhoneField
from desktop.views.form_draft import FormDraft
from desktop.views.found_field import PersonField
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.text_fields import TextField
from desktop.views.ticks import TicksField

_NOBODY = UUID(int=0)


class FirmDialog(ActDialog):
    """登记外包: a firm that is in the files already, or a new one by its name; 改外包. Signals: done(id)."""

    help_topic = "crew.firms"

    def __init__(self, shell: Shell, row: ContractorRow | None = None) -> None:
        title = shell.frame.tr("改外包") if row is not None else shell.frame.tr("登记外包")
        super().__init__(shell, title, subtitle=row.name if row is not None else "", wide=820)
        self._row = row
        form = self.use_form(3)
        if row is None:
            known = PersonField(shell, [(None, self.tr("新单位，填下面的名字"))])
            form.add("party_id", self.tr("已有资料的单位"), known, span=3)
            name = TextField(limit=60, hint=self.tr("青川市安达电梯有限公司"))
            form.add("name", self.tr("新单位全名"), name, span=2)
            form.add("phone", self.tr("电话"), PhoneField(), note=self.tr("加密保存"))
        ticks = TicksField([(each, words, "") for each, words in CATEGORY_WORDS.items()], columns=7)
        form.add("categories", self.tr("做什么"), ticks, required=True, span=3)
        form.add("price", self.tr("一次多少（元）"), MoneyField(), note=self.tr("没谈好就空着"))
        form.add("warranty_days", self.tr("保修（天）"), NumberField(0), note=self.tr("修完起算，0 是不保"))
        form.add("note", self.tr("说明"), TextField(limit=60, hint=self.tr("合同到 2027-06-30")))
        if row is not None:
            form.set_values(
                {
                    "categories": row.categories, "price": row.price, "warranty_days": row.warranty_days,
                    "note": row.note,
                }
            )  # fmt: skip
        self.draft = FormDraft(shell, self, "crew.firm", row.id if row is not None else "")

    def request(self) -> FirmForm:
        assert self.form is not None
        typed = self.form.values()
        days: Decimal | None = typed["warranty_days"]
        party = self._row.party_id if self._row is not None else typed["party_id"] or _NOBODY
        agreed = ContractorForm(
            party, frozenset[RepairCategory](typed["categories"]), -1 if days is None else int(days), typed["note"],
            typed["price"],
        )  # fmt: skip
        return FirmForm(typed.get("name", ""), typed.get("phone", ""), agreed)

    def problems(self) -> Mapping[str, str]:
        asked = self.request()
        if asked.contractor.party_id != _NOBODY:
            return technicians.contractor_problems(asked.contractor)
        found = crew.firm_problems(asked)
        return found if asked.phone.strip() else found | {"phone": self.tr("填电话，派单时要打")}

    def order(self, request: FirmForm) -> Callable[[], object]:
        act = partial(self.shell.session.act, Op.CHANGE_TECHNICIANS)
        if request.contractor.party_id == _NOBODY:
            return partial(act, crew.add_firm, request)
        return partial(act, technicians.save_contractor, request.contractor)


class EndFirmDialog(ActDialog):
    """停止合作."""

    help_topic = "crew.firms"

    def __init__(self, shell: Shell, row: ContractorRow) -> None:
        tr = shell.frame.tr
        super().__init__(
            shell, tr("停止合作"), subtitle=row.name, primary=tr("停止合作"), kind="danger", cancel=tr("保留"), wide=560
        )
        self._row = row
        self.body.addWidget(
            label(self.tr("以后派单不再有它，保养计划开的单改为待派；做过的工单和保修不变。"), wrap=True)
        )

    def request(self) -> None:
        return None

    def order(self, request: None) -> Callable[[], object]:
        act = self.shell.session.act
        return partial(act, Op.CHANGE_TECHNICIANS, technicians.end_contractor, self._row.id)


class MaterialDialog(ActDialog):
    """新材料, 改材料. Signals: done(id)."""

    help_topic = "crew.materials"

    def __init__(self, shell: Shell, row: MaterialRow | None = None) -> None:
        title = shell.frame.tr("改材料") if row is not None else shell.frame.tr("新材料")
        super().__init__(shell, title, subtitle=row.form.name if row is not None else "", wide=640)
        self._row = row
        form = self.use_form(2)
        form.add("name", self.tr("材料"), TextField(limit=WORDS_LIMIT, hint=self.tr("例如 6 分角阀")), required=True)
        form.add("unit", self.tr("单位"), TextField(limit=10, hint=self.tr("个")), required=True)
        form.add("price", self.tr("单价（元）"), MoneyField(), required=True, note=self.tr("已经记的费用不变"))
        form.add("low_mark", self.tr("最少留多少"), NumberField(decimals=3), note=self.tr("少于它提醒该买了"))
        if row is not None:
            mark = "" if row.form.low_mark is None else plain(row.form.low_mark)
            form.set_values({"name": row.form.name, "unit": row.form.unit, "price": row.form.price, "low_mark": mark})
        self.draft = FormDraft(shell, self, "crew.material", row.id if row is not None else "")

    def request(self) -> MaterialForm:
        assert self.form is not None
        typed = self.form.values()
        return MaterialForm(typed["name"], typed["unit"], typed["price"], typed["low_mark"])

    def problems(self) -> Mapping[str, str]:
        return repair_costs.material_problems(self.request())

    def order(self, request: MaterialForm) -> Callable[[], object]:
        about = None if self._row is None else self._row.id
        act = self.shell.session.act
        return partial(act, Op.CHANGE_TECHNICIANS, repair_costs.save_material, request, about)


class MoveDialog(ActDialog):
    """进货盘点: material that was bought, or that a count has found missing."""

    help_topic = "crew.materials"

    def __init__(self, shell: Shell, row: MaterialRow) -> None:
        super().__init__(shell, shell.frame.tr("进货盘点"), subtitle=row.form.name, wide=560)
        self._row = row
        words = self.tr("账上 {n} {unit}").format(n=plain(row.stock), unit=row.form.unit)
        self.body.addWidget(label(words, "strong"))
        form = self.use_form(2)
        form.add("quantity", self.tr("进了多少"), NumberField(decimals=3, least=None), required=True,
                 note=self.tr("盘亏写负数"))  # fmt: skip
        form.add("note", self.tr("来由"), TextField(limit=60, hint=self.tr("例如 五金店购入")), required=True)

    def request(self) -> Mapping[str, Any]:
        assert self.form is not None
        return self.form.values()

    def problems(self) -> Mapping[str, str]:
        asked = self.request()
        return repair_costs.move_problems(asked["quantity"], asked["note"])

    def order(self, request: Mapping[str, Any]) -> Callable[[], object]:
        act = self.shell.session.act
        return partial(
            act, Op.CHANGE_TECHNICIANS, repair_costs.move_material, self._row.id, request["quantity"], request["note"]
        )


class DropMaterialDialog(ActDialog):
    """删除材料."""

    help_topic = "crew.materials"

    def __init__(self, shell: Shell, row: MaterialRow) -> None:
        tr = shell.frame.tr
        super().__init__(
            shell,
            tr("删除材料"),
            subtitle=row.form.name,
            primary=tr("删除"),
            kind="danger",
            cancel=tr("保留"),
            wide=520,
        )
        self._row = row
        self.body.addWidget(label(self.tr("以后记费用不再有它；已经记的费用不变。"), wrap=True))

    def request(self) -> None:
        return None

    def order(self, request: None) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.CHANGE_TECHNICIANS, repair_costs.drop_material, self._row.id)
