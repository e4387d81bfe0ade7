"""单价: what an item costs from a day on, checked while typed, with an example worked out by the code that bills."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from desktop.models.values import NIL, FeeBasis, RoomKind, TierSpan
from desktop.services import tariffs
from desktop.services.acts import Op
from desktop.services.errors import RowChanged
from desktop.services.fee_catalogue import TariffRow
from desktop.services.fee_examples import example_words
from desktop.services.fee_words import KIND_WORDS, SPAN_WORDS, plain, price_unit, quantity_unit, scope_words
from desktop.services.tariff_problems import (
    NEW,
    TariffFacts,
    TariffForm,
    tariff_doubts,
    tariff_plan,
    tariff_problems,
)
from desktop.services.tariffs import TariffSaved
from desktop.views.act_dialog import ActDialog
from desktop.views.dates import DateField
from desktop.views.document_files import PathField, document_file
from desktop.views.fields import ChoiceField, MoneyField, NumberField
from desktop.views.form_draft import FormDraft
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.steps import Option, Segment
from desktop.views.text_fields import TextField
from desktop.views.ticks import TicksField
from desktop.views.tiers_field import TiersField
from desktop.views.versions import Merge

_HUNDRED = Decimal(100)


class TariffDialog(ActDialog):
    """A new price, or one that is corrected. Signals: done(TariffSaved)."""

    help_topic = "fees.prices"

    def __init__(self, shell: Shell, facts: TariffFacts, row: TariffRow | None = None) -> None:
        item = facts.item
        title = shell.frame.tr("新价格") if row is None else shell.frame.tr("修改价格")
        where = scope_words(row.scope, facts.buildings) if row is not None else ""
        super().__init__(shell, title, subtitle=" · ".join(each for each in (item.name, where) if each), wide=880)
        self.facts, self._row = facts, row
        self._tiered = item.basis is FeeBasis.METER
        self._build()
        self._fill()
        self._merge: Merge | None = None
        if row is not None:
            read = partial(shell.session.read, tariffs.tariff_facts, item.id)
            self._merge = Merge(shell, self, read, self._values_of, self._know)
        self.draft = FormDraft(shell, self, "fees.price", row.id if row is not None else item.id)
        self._show_example()

    # the form

    def _build(self) -> None:
        item, form = self.facts.item, self.use_form(4)
        form.add("valid_from", self.tr("从哪天起"), DateField(self.shell.today), required=True)
        form.add("valid_to", self.tr("到哪天止"), DateField(self.shell.today), note=self.tr("长期有效就留空"))
        if self._row is None:
            houses: list[tuple[UUID | None, str]] = [(None, self.tr("全部楼栋")), *self.facts.buildings.items()]
            kinds: list[tuple[RoomKind | None, str]] = [(None, self.tr("全部类型")), *KIND_WORDS.items()]
            form.add("building_id", self.tr("楼栋"), ChoiceField(houses))
            form.add("room_kind", self.tr("房间类型"), ChoiceField(kinds))
        if self._tiered:
            modes = [Option(False, self.tr("一个价")), Option(True, self.tr("阶梯价"))]
            form.add("tiered", self.tr("怎么定价"), Segment(modes), span=2)
        unit = price_unit(item)
        price = NumberField(decimals=6)
        form.add(
            "unit_price",
            self.tr("单价（{unit}）").format(unit=unit),
            price,
            required=True,
            span=2 if self._tiered else 1,
        )
        if self._tiered:
            self.tiers = TiersField(quantity_unit(item))
            form.add("tiers", self.tr("阶梯"), self.tiers, span=4)
            spans = [Option(span, words) for span, words in SPAN_WORDS.items()]
            form.add("tier_span", self.tr("阶梯怎么累计"), Segment(spans), span=2)
            lines = [Option(False, self.tr("一档一行")), Option(True, self.tr("合成一行"))]
            form.add("one_line", self.tr("账单上"), Segment(lines), span=2)
        form.add("minimum", self.tr("最低消费（元）"), MoneyField(), note=self.tr("一张账单，没有就留空"))
        form.add("tax_rate", self.tr("税率（%）"), NumberField(decimals=2, most=100), note=self.tr("含在单价里"))
        form.add("document", self.tr("批准文件"), TextField(limit=60, hint=self.tr("文号或合同名")))
        form.add("file", self.tr("文件附件"), PathField(self.shell, self.tr("选批准文件"), "Alt+1"), span=4)
        pause = TicksField([(True, self.tr("中间没有价格的日子确实不收费"), "")], columns=1)
        form.add("pauses", self.tr("暂停收费"), pause, span=4)
        form.rows["pauses"].hide()
        self.example = label("", "muted", wrap=True)
        self.body.insertWidget(self.body.count() - 1, self.example)
        form.changed.connect(self._show_example)

    def _fill(self) -> None:
        assert self.form is not None
        if self._row is not None:
            self.form.set_values(_values(tariffs.form_of(self._row)))
        else:
            first = date(self.shell.today().year, self.shell.today().month, 1)
            begin = max(self.facts.item.valid_from, first) if not self.facts.rows else None
            self.form.set_values({"valid_from": begin})
        self._turn()

    def _turn(self) -> None:
        """One price or tiers: the fields of the other do not stand there."""
        if not self._tiered or self.form is None:
            return
        tiered = bool(self.form.field("tiered").value())
        for name, shown in (("unit_price", not tiered), ("tiers", tiered), ("tier_span", tiered), ("one_line", tiered)):
            self.form.rows[name].setVisible(shown)

    def _show_example(self) -> None:
        self._turn()
        asked = self.request()
        words = example_words(asked, self.facts.item)
        self.example.setText(self.tr("试算：{words}").format(words=words) if words else "")
        assert self.form is not None
        gap = "pauses" in tariff_problems(replace(asked, pauses=False), self.facts, self._id) if self._dated else False
        self.form.rows["pauses"].setVisible(gap)

    @property
    def _id(self) -> UUID:
        return self._row.id if self._row is not None else NEW

    @property
    def _dated(self) -> bool:
        assert self.form is not None
        return self.form.field("valid_from").value() is not None

    # what is asked

    def request(self) -> TariffForm:
        assert self.form is not None
        typed = self.form.values()
        tiered = bool(typed.get("tiered"))
        tax = typed["tax_rate"]
        building, kind = self._row.scope if self._row is not None else (typed["building_id"], typed["room_kind"])
        return TariffForm(
            self.facts.item.id, typed["valid_from"] or date.max, typed["valid_to"], building, kind,
            None if tiered else typed["unit_price"], typed["tiers"] if tiered else (),
            typed.get("tier_span") or TierSpan.BILL, bool(typed.get("one_line")), typed["minimum"] or NIL,
            None if tax is None else tax / _HUNDRED, typed["document"], bool(typed["pauses"]),
        )  # fmt: skip

    def problems(self) -> Mapping[str, str]:
        assert self.form is not None
        found = tariff_problems(self.request(), self.facts, self._id)
        if not self._dated:
            found = {"valid_from": self.tr("填写从哪天起")} | {
                name: words for name, words in found.items() if name not in ("valid_from", "valid_to", "pauses")
            }
        if self._tiered and self.form.field("tiered").value():
            missing = self.tiers.missing()
            found |= {"tiers": missing} if missing else {}
        return found

    def doubts(self) -> Mapping[str, str]:
        return tariff_doubts(self.request(), self.facts, self._id) if self._dated else {}

    def order(self, request: TariffForm) -> Callable[[], object]:
        assert self.form is not None
        path = str(self.form.field("file").value())
        plan = tariff_plan(request, self.facts, self._id)
        closes = plan.moved.id if plan.moved is not None else None
        return partial(_store, self.shell.session, request, self._row, closes, path)

    # somebody saved first

    def refuse(self, error: Exception) -> None:
        if isinstance(error, RowChanged) and self._merge is not None:
            self._merge.begin(error)
            return
        super().refuse(error)
        read = partial(self.shell.session.read, tariffs.tariff_facts, self.facts.item.id)
        self.shell.run(read, self._learn, self.shell.read_failed)

    def _learn(self, facts: TariffFacts) -> None:
        """The prices as they stand by now: what is checked while one types is held against them."""
        self.facts = facts

    def _values_of(self, facts: TariffFacts) -> dict[str, Any]:
        row = next((row for row in facts.rows if row.id == self._id), None)
        if row is None:
            row = self._row
        assert row is not None
        values = _values(tariffs.form_of(row))
        assert self.form is not None
        return {name: value for name, value in values.items() if name in self.form.rows and name != "pauses"}

    def _know(self, facts: TariffFacts) -> None:
        self.facts = facts
        self._row = next((row for row in facts.rows if row.id == self._id), self._row)


def _values(form: TariffForm) -> dict[str, Any]:
    """What stands in the form for a price."""
    return {
        "valid_from": form.valid_from, "valid_to": form.valid_to, "tiered": bool(form.tiers),
        "unit_price": None if form.unit_price is None else Decimal(plain(form.unit_price)), "tiers": form.tiers,
        "tier_span": form.tier_span, "one_line": form.one_line, "minimum": form.minimum if form.minimum else None,
        "tax_rate": None if form.tax_rate is None else Decimal(plain(form.tax_rate * _HUNDRED)),
        "document": form.document,
    }  # fmt: skip


def _store(session: Any, request: TariffForm, row: TariffRow | None, closes: UUID | None, path: str) -> TariffSaved:
    """In a writing job: read the file, then store the price."""
    if path:
        request = replace(request, file=document_file(Path(path)))
    if row is None:
        saved: TariffSaved = session.act(Op.SAVE_TARIFF, tariffs.add_tariff, request, closes)
    else:
        saved = session.act(Op.SAVE_TARIFF, tariffs.change_tariff, row.id, row.version, request)
    return saved
