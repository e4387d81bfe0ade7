"""Dialogs of a fee item 收费项目: what is charged and how, and the usual items taken over at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QStackedWidget

from desktop.models.values import AreaKind, FeeBasis, MeterKind, RoomKind, StubRule
from desktop.services import fees
from desktop.services.acts import Op
from desktop.services.billing import FEE_WORDS
from desktop.services.errors import RowChanged
from desktop.services.fee_words import AREA_WORDS, BASIS_WORDS, DEBTOR_WORDS, KIND_WORDS, cycle_words
from desktop.services.fees import CHARGED, CYCLES, FeeItemForm, ItemFacts
from desktop.services.handover import METER_WORDS
from desktop.views.act_dialog import ActDialog
from desktop.views.dates import DateField
from desktop.views.fields import ChoiceField, NumberField
from desktop.views.form_draft import FormDraft
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.steps import Option, Segment
from desktop.views.text_fields import TextField
from desktop.views.ticks import TicksField
from desktop.views.versions import Merge

_STUB_WORDS = {StubRule.ACTUAL_DAYS: "按当月天数", StubRule.THIRTY: "÷ 30 天", StubRule.YEAR_365: "× 12 ÷ 365"}
_MONTHLY = (FeeBasis.AREA, FeeBasis.PIECE, FeeBasis.MONTHLY)


class MeasureField(QStackedWidget):
    """What the way of charging still has to know: which area, which meter, counted in what. Signals: changed().

    `value()` is (area, meter, unit); only the part that the way needs is shown.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.area = Segment([Option(kind, words) for kind, words in AREA_WORDS.items()])
        self.meter = ChoiceField([(None, self.tr("选一种表")), *METER_WORDS.items()])
        self.unit = TextField(limit=6, hint=self.tr("例如 车位"))
        self.nothing = label(self.tr("不用填"), "muted")
        self.nothing.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for widget in (self.nothing, self.area, self.meter, self.unit):
            self.addWidget(widget)
        for field in (self.area, self.meter, self.unit):
            field.changed.connect(self.changed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def turn_to(self, basis: FeeBasis) -> None:
        """Show what this way of charging needs."""
        shown = {
            FeeBasis.AREA: self.area, FeeBasis.METER: self.meter, FeeBasis.SHARED: self.meter,
            FeeBasis.PIECE: self.unit, FeeBasis.ONE_OFF: self.unit,
        }.get(basis, self.nothing)  # fmt: skip
        self.setCurrentWidget(shown)
        self.setFocusPolicy(
            Qt.FocusPolicy.NoFocus if shown is self.nothing else Qt.FocusPolicy.StrongFocus
        )  # fmt: skip

    def value(self) -> tuple[AreaKind, MeterKind | None, str]:
        return self.area.value(), self.meter.value(), self.unit.value()  # type: ignore[return-value]

    def set_value(self, value: tuple[AreaKind, MeterKind | None, str]) -> None:
        self.area.set_value(value[0])
        self.meter.set_value(value[1])
        self.unit.set_value(value[2])

    def words_of(self, value: tuple[AreaKind, MeterKind | None, str]) -> str:
        shown = self.currentWidget()
        if shown is self.area:
            return AREA_WORDS[value[0]]
        if shown is self.meter:
            return METER_WORDS[value[1]] if value[1] is not None else ""
        return value[2] if shown is self.unit else ""

    def typed(self) -> list[str]:
        return [self.area.typed(), self.meter.typed(), self.unit.text()]

    def show_typed(self, typed: Any) -> None:
        self.area.show_typed(typed[0])
        self.meter.show_typed(typed[1])
        self.unit.setText(typed[2])

    def problem(self) -> str:
        return ""

    def set_state(self, state: str) -> None:
        for field in (self.area, self.meter, self.unit):
            field.set_state(state)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.currentWidget().setFocus(event.reason())


class FeeItemDialog(ActDialog):
    """A new fee item, or one that is corrected or ended. Signals: done(ItemSaved)."""

    help_topic = "fees"

    def __init__(self, shell: Shell, facts: ItemFacts, buildings: Mapping[UUID, str], row: Any = None) -> None:
        title = shell.frame.tr("新增收费项目") if row is None else shell.frame.tr("修改收费项目")
        super().__init__(shell, title, subtitle=row.name if row is not None else "", wide=880)
        self.facts, self._row, self._buildings = facts, row, buildings
        self._stored = fees.form_of(row) if row is not None else None
        self._build()
        assert self.form is not None
        self.form.set_values(_values(self._stored or _new(shell)))
        self._turn()
        self._merge: Merge | None = None
        if row is not None:
            read = partial(shell.session.read, _row_and_facts, row.id)
            self._merge = Merge(shell, self, read, self._values_of, self._know)
        self.draft = FormDraft(shell, self, "fees.item", row.id if row is not None else "")

    def _build(self) -> None:
        form = self.use_form(4)
        form.add("name", self.tr("名称"), TextField(limit=20, hint=self.tr("账单上这样印")), required=True, span=2)
        form.add("fee_type", self.tr("费用类型"), ChoiceField([(fee, FEE_WORDS[fee]) for fee in CHARGED]))
        form.add("basis", self.tr("计费方式"), ChoiceField(list(BASIS_WORDS.items())))
        form.add("measure", self.tr("按什么算"), MeasureField())
        form.add("debtor", self.tr("谁来付"), ChoiceField(list(DEBTOR_WORDS.items())))
        form.add("cycle_months", self.tr("多久一期"), ChoiceField([(n, cycle_words(n)) for n in CYCLES]))
        form.add("due_days", self.tr("几天内缴清"), NumberField(least=0, most=365))
        form.add("valid_from", self.tr("从哪天起收"), DateField(self.shell.today), required=True)
        form.add("valid_to", self.tr("停收日"), DateField(self.shell.today), note=self.tr("这天照收，次日停"))
        when = [Option(False, self.tr("先缴")), Option(True, self.tr("后缴"))]
        form.add("in_arrears", self.tr("先缴还是后缴"), Segment(when))
        form.add("stub_rule", self.tr("不满一月"), ChoiceField(list(_STUB_WORDS.items())))
        rooms = [Option(True, self.tr("范围内每间都收")), Option(False, self.tr("只收登记的房间"))]
        form.add("every_room", self.tr("收哪些房"), Segment(rooms), span=4)
        kinds = [(kind, words, "") for kind, words in KIND_WORDS.items()]
        form.add("room_kinds", self.tr("房间类型"), TicksField(kinds, columns=6), span=4, hint=self.tr("不勾 = 全部"))
        houses = [(each, name, "") for each, name in self._buildings.items()]
        form.add("building_ids", self.tr("楼栋"), TicksField(houses, columns=6), span=4, hint=self.tr("不勾 = 全部"))
        form.changed.connect(self._turn)

    def _turn(self) -> None:
        """What the chosen way of charging does not need does not stand there."""
        assert self.form is not None
        basis = self.form.field("basis").value()
        self.form.field("measure").turn_to(basis)
        by_hand = basis is FeeBasis.ONE_OFF
        shown = {
            "cycle_months": not by_hand, "stub_rule": basis in _MONTHLY, "in_arrears": basis in _MONTHLY,
            "due_days": not by_hand, "debtor": not by_hand, "every_room": not by_hand, "room_kinds": not by_hand,
            "building_ids": not by_hand and len(self._buildings) > 1,
        }  # fmt: skip
        for name, there in shown.items():
            self.form.rows[name].setVisible(there)

    # what is asked

    def request(self) -> FeeItemForm:
        assert self.form is not None
        typed = self.form.values()
        area, meter, unit = typed["measure"]
        return FeeItemForm(
            typed["name"], typed["fee_type"], typed["basis"], typed["valid_from"] or self.shell.today(),
            typed["valid_to"], typed["debtor"], area, meter, typed["every_room"], frozenset(typed["room_kinds"]),
            frozenset(typed["building_ids"]), typed["cycle_months"], typed["in_arrears"],
            int(typed["due_days"] if typed["due_days"] is not None else -1), typed["stub_rule"], unit,
        )  # fmt: skip

    def problems(self) -> Mapping[str, str]:
        assert self.form is not None
        found = fees.item_problems(self.request(), self.facts, self._stored)
        if self.form.field("valid_from").value() is None:
            found["valid_from"] = self.tr("填写从哪天起收")
        return _to_fields(found)

    def refuse(self, error: Exception) -> None:
        if isinstance(error, RowChanged) and self._merge is not None:
            self._merge.begin(error)
        else:
            problems = getattr(error, "problems", None)
            if problems:
                error.problems = _to_fields(problems)  # type: ignore[attr-defined]
            super().refuse(error)

    def order(self, request: FeeItemForm) -> Callable[[], object]:
        act, row = self.shell.session.act, self._row
        if row is None:
            return partial(act, Op.SAVE_TARIFF, fees.add_item, request)
        return partial(act, Op.SAVE_TARIFF, fees.change_item, row.id, row.version, request)

    def _values_of(self, read: tuple[Any, ItemFacts]) -> dict[str, Any]:
        values = _values(fees.form_of(read[0]))
        # In the order of the ticks: two versions are compared.
        chosen = tuple(each for each in self._buildings if each in values["building_ids"])
        return values | {"building_ids": chosen}

    def _know(self, read: tuple[Any, ItemFacts]) -> None:
        self._row, self.facts = read
        self._stored = fees.form_of(self._row)


def _to_fields(problems: Mapping[str, str]) -> dict[str, str]:
    """Area, meter and unit stand in one field."""
    names = {"area_kind": "measure", "meter_kind": "measure", "unit": "measure"}
    return {names.get(name, name): words for name, words in problems.items()}


def _new(shell: Shell) -> FeeItemForm:
    return FeeItemForm("", CHARGED[0], FeeBasis.AREA, shell.today())


def _values(form: FeeItemForm) -> dict[str, Any]:
    """What stands in the form for an item."""
    names = (
        "name", "fee_type", "basis", "debtor", "cycle_months", "stub_rule", "in_arrears", "due_days", "valid_from",
        "valid_to", "every_room", "room_kinds", "building_ids",
    )  # fmt: skip
    kept = {name: getattr(form, name) for name in names}
    kinds = tuple(kind for kind in RoomKind if kind in form.room_kinds)
    return kept | {"measure": (form.area_kind, form.meter_kind, form.unit), "room_kinds": kinds}


def _row_and_facts(look: Any, item_id: UUID) -> tuple[Any, ItemFacts]:
    """In a reading job: the item as it is stored by now."""
    return fees.item_row(look, item_id), fees.item_facts(look, item_id)


class TakeOverDialog(ActDialog):
    """常用收费项目: those the office does not have yet, ticked; they wait for a price. Signals: done(saved items)."""

    help_topic = "fees.usual"

    def __init__(self, shell: Shell, missing: Sequence[str]) -> None:
        super().__init__(
            shell, shell.frame.tr("常用收费项目"), primary=shell.frame.tr("添加勾选的项目"), wide=640
        )  # fmt: skip
        self._proposed = [form for form in fees.propose_catalogue(shell.today()) if form.name in missing]
        words = self.tr("先添加项目，再一项项填单价。没有单价的项目不会出账。")
        self.body.addWidget(label(words, "muted", wrap=True))
        form = self.use_form(1)
        ticks = TicksField([(each.name, each.name, "") for each in self._proposed], columns=3)
        form.add("names", self.tr("添加哪些"), ticks)
        ticks.set_value([each.name for each in self._proposed])

    def request(self) -> tuple[FeeItemForm, ...]:
        assert self.form is not None
        names = self.form.values()["names"]
        return tuple(form for form in self._proposed if form.name in names)

    def problems(self) -> Mapping[str, str]:
        return {} if self.request() else {"names": self.tr("至少勾一项，或按 Esc 关掉")}

    def order(self, request: tuple[FeeItemForm, ...]) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.SAVE_TARIFF, fees.take_over_catalogue, request)
