"""Dialogs of a shared cost: what it is and who takes part; its end; a charge that was wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from uuid import UUID

from desktop.models.values import PoolMethod, PoolSource
from desktop.services import pool_charges, pools
from desktop.services.acts import Op
from desktop.services.bill_lists import plain
from desktop.services.pool_split import METHOD_WORDS
from desktop.services.pools import ChargeRow, PoolCard, PoolChoices, PoolForm
from desktop.views.act_dialog import ActDialog
from desktop.views.dates import DateField
from desktop.views.fields import ChoiceField, NoteField, NumberField
from desktop.views.form_draft import FormDraft
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.text_fields import TextField

_ALL, _NAMED = "all", "named"


class PoolDialog(ActDialog):
    """新公摊, 改公摊."""

    help_topic = "pools"

    def __init__(self, shell: Shell, choices: PoolChoices, card: PoolCard | None = None) -> None:
        title = shell.frame.tr("改公摊") if card is not None else shell.frame.tr("新公摊")
        super().__init__(shell, title, subtitle=card.form.name if card is not None else "", wide=860)
        self._choices, self._card = choices, card
        self.fees = dict(choices.fees)
        form = self.use_form(3)
        fees: list[tuple[UUID | None, str]] = [*choices.fees]
        fees = fees or [(None, self.tr("还没有公摊的收费项目"))]
        masters = [(None, self.tr("没有总表")), *((each.id, each.words) for each in choices.masters)]
        form.add("name", self.tr("名称"), TextField(limit=pools.NAME_LIMIT, hint=self.tr("例如 1 栋电梯电费")),
                 required=True)  # fmt: skip
        form.add("fee_item_id", self.tr("收费项目"), ChoiceField(fees), required=True)
        form.add("method", self.tr("怎么摊"), ChoiceField([(each, METHOD_WORDS[each]) for each in PoolMethod]))
        form.add(
            "source", self.tr("金额从哪来"),
            ChoiceField([
                (PoolSource.INVOICE, self.tr("按发票金额")), (PoolSource.MASTER_METER, self.tr("总表减分表，乘单价")),
            ]),
        )  # fmt: skip
        form.add("master_meter_id", self.tr("总表"), ChoiceField(masters))
        form.add("building_id", self.tr("楼栋"), ChoiceField([(None, self.tr("全管理处")), *choices.buildings]))
        form.add(
            "scope", self.tr("参加的房间"),
            ChoiceField([(_ALL, self.tr("楼里全部房间")), (_NAMED, self.tr("指定的房间"))]),
        )  # fmt: skip
        form.add(
            "vacant_percent", self.tr("空置户摊（%）"), NumberField(100, decimals=2, most=100),
            note=self.tr("整期没人住才算空置"),
        )  # fmt: skip
        form.add(
            "office_bears_rest", self.tr("空置少摊的部分"),
            ChoiceField([(False, self.tr("由大家分摊")), (True, self.tr("由管理处承担"))]),
        )  # fmt: skip
        form.add(
            "members",
            self.tr("指定的房间"),
            NoteField(lines=2, hint=self.tr("101 102 104-108；按份额写 101=2")),
            span=2,
        )
        form.add("valid_from", self.tr("从哪天起"), DateField(shell.today, shell.today()), required=True)
        if card is not None:
            self._fill(card)
        self.draft = FormDraft(shell, self, "pools.edit", card.row.facts.id if card is not None else "")

    def _fill(self, card: PoolCard) -> None:
        assert self.form is not None
        form = card.form
        self.form.set_values(
            {
                "name": form.name, "fee_item_id": form.fee_item_id, "method": form.method, "source": form.source,
                "master_meter_id": form.master_meter_id, "building_id": form.building_id,
                "scope": _NAMED if form.by_members else _ALL,
                "vacant_percent": plain(form.vacant_percent or Decimal(0)),
                "office_bears_rest": form.office_bears_rest,
                "members": pools.members_text(form.members, self._choices, form.building_id),
                "valid_from": form.valid_from,
            }
        )  # fmt: skip
        if form.by_members:
            # A change of members holds from today unless she says otherwise; what was charged stays as it was.
            self.form.set_values({"valid_from": self.shell.today()})

    def problems(self) -> Mapping[str, str]:
        assert self.form is not None
        found = dict(pools.pool_problems(self.request()))
        values = self.form.values()
        if values["scope"] == _NAMED:
            _, why = pools.members_of_text(values["members"], self._choices, values["building_id"])
            if why:
                found["members"] = why
        return found

    def request(self) -> PoolForm:
        assert self.form is not None
        values = self.form.values()
        named = values["scope"] == _NAMED
        members, _ = pools.members_of_text(values["members"], self._choices, values["building_id"])
        return PoolForm(
            values["name"], values["fee_item_id"], values["method"], values["source"], values["building_id"], named,
            members if named else (), values["master_meter_id"], values["vacant_percent"],
            bool(values["office_bears_rest"]), values["valid_from"],
        )  # fmt: skip

    def order(self, request: PoolForm) -> Callable[[], object]:
        act = self.shell.session.act
        if self._card is None:
            return partial(act, Op.SHARE_COST, pools.add_pool, request)
        row = self._card.row
        return partial(
            act, Op.SHARE_COST, pools.change_pool, row.facts.id, row.version, request, self._card.form.members
        )


class EndPoolDialog(ActDialog):
    """停用公摊: with its last day, or let it go on."""

    help_topic = "pools"

    def __init__(self, shell: Shell, card: PoolCard) -> None:
        super().__init__(
            shell, shell.frame.tr("停用公摊"), subtitle=card.form.name, primary=shell.frame.tr("停用"), wide=520,
        )  # fmt: skip
        self._card = card
        self.body.addWidget(label(self.tr("空着就是继续用。已经录过的各期不变。"), "muted", wrap=True))
        last = card.row.facts.valid_to or (card.row.charged[-1].end if card.row.charged else shell.today())
        self.use_form(1).add("valid_to", self.tr("用到哪天（当天算）"), DateField(shell.today, last))

    def order(self, request: Mapping[str, object]) -> Callable[[], object]:
        row = self._card.row
        return partial(
            self.shell.session.act, Op.SHARE_COST, pools.end_pool, row.facts.id, row.version, request["valid_to"]
        )


class ReverseChargeDialog(ActDialog):
    """冲销一期: the sum of a period was wrong."""

    help_topic = "pools.charge"

    def __init__(self, shell: Shell, name: str, row: ChargeRow) -> None:
        super().__init__(
            shell, shell.frame.tr("冲销这一期"), subtitle=name, primary=shell.frame.tr("冲销"), kind="danger",
            cancel=shell.frame.tr("保留这一期"), wide=560,
        )  # fmt: skip
        self.primary.set_key(None)
        self._charge: UUID = row.id
        words = self.tr("{start} 至 {end}，{amount} 元。已经按它出的账单，下次出账时冲回；这一期可以重新录。")
        text = words.format(start=row.period.start, end=row.period.end, amount=row.amount)
        self.body.addWidget(label(text, wrap=True))
        form = self.use_form(1)
        hint = self.tr("例如 发票抄错、录错楼栋")
        form.add("reason", self.tr("为什么冲销"), TextField(limit=60, hint=hint), required=True)

    def problems(self) -> Mapping[str, str]:
        short = len(self.request().strip()) < 2
        return {"reason": self.tr("写明为什么冲销，例如 发票抄错")} if short else {}

    def request(self) -> str:
        assert self.form is not None
        reason: str = self.form.values()["reason"]
        return reason

    def order(self, request: str) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.SHARE_COST, pool_charges.reverse_charge, self._charge, request)
