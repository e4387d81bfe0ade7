"""Dialogs about one meter: put up, put right, replaced, taken down; a reading corrected, a word beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import Signal

from desktop.models.values import MeterKind
from desktop.services import meters, reading_entry
from desktop.services.acts import Op
from desktop.services.bill_lists import plain
from desktop.services.handover import METER_UNITS, METER_WORDS
from desktop.services.meter_story import MeterStory
from desktop.services.meters import MeterCard, MeterEdit, NewMeter, RemoveMeter, ReplaceMeter
from desktop.services.reading_entry import REASON_LIMIT, CorrectReading, Neighbours
from desktop.views.act_dialog import ActDialog
from desktop.views.dates import DateField
from desktop.views.dialogs import Dialog
from desktop.views.fields import ChoiceField, NumberField
from desktop.views.form_draft import FormDraft
from desktop.views.forms import Form
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.text_fields import TextField


def _add_facts(form: Form, facts: MeterEdit, *, master: bool) -> None:
    """The fields of what is set down of a meter."""
    tr = form.tr
    form.add("serial", tr("表号"), TextField(facts.serial, limit=meters.SERIAL_LIMIT, hint=tr("表面上印的号码")))
    form.add(
        "multiplier", tr("倍率"), NumberField(_plain(facts.multiplier), decimals=3), required=True,
        hint=tr("没有互感器填 1"),
    )  # fmt: skip
    form.add("highest", tr("最大读数"), NumberField(_plain(facts.highest), decimals=3), hint=tr("例如 99999"))
    hint = tr("例如 地下室配电间") if master else tr("例如 厨房、走廊水井")
    form.add("place", tr("装在哪里"), TextField(facts.place, limit=meters.PLACE_LIMIT, hint=hint))


def _plain(number: Decimal | None) -> Decimal | None:
    """1.000 as 1."""
    return None if number is None else Decimal(f"{number.normalize():f}")


def _facts_in(values: Mapping[str, Any]) -> MeterEdit:
    return MeterEdit(values["serial"], values["multiplier"], values["highest"], values["place"])


class NewMeterDialog(ActDialog):
    """加表: a meter of a room, or a master meter of a building."""

    help_topic = "meters.change"

    def __init__(
        self, shell: Shell, kind: MeterKind, building: UUID | None, buildings: Sequence[tuple[UUID, str]],
        rooms: Sequence[tuple[UUID, UUID, str]],
    ) -> None:  # fmt: skip
        super().__init__(shell, shell.frame.tr("加表"), primary=shell.frame.tr("加上"), primary_icon="plus")
        self._rooms = {(house, number): room for house, room, number in rooms}
        form = self.use_form(3)
        form.add("kind", self.tr("什么表"), ChoiceField([(each, METER_WORDS[each]) for each in MeterKind], kind))
        form.add(
            "building", self.tr("楼栋"), ChoiceField([*buildings, (None, self.tr("全管理处"))], building),
        )  # fmt: skip
        form.add("room", self.tr("房号"), TextField(limit=12, hint=self.tr("空着就是总表")))
        _add_facts(form, MeterEdit("", Decimal(1), None), master=False)
        form.add("installed_on", self.tr("安装日期"), DateField(shell.today, shell.today()), required=True)
        form.add("first", self.tr("现在的读数"), NumberField(decimals=3), note=self.tr("没看就留空，抄表时再录"))
        self.draft = FormDraft(shell, self, "meters.new", building or "")

    def problems(self) -> Mapping[str, str]:
        assert self.form is not None
        values = self.form.values()
        found = dict(meters.new_meter_problems(self.request(), self.shell.today()))
        if values["room"] and self._room(values) is None:
            found["room"] = self.tr("这栋楼没有 {number}：核对楼栋和房号").format(number=values["room"])
        if values["installed_on"] is None:
            found["installed_on"] = self.tr("填写安装日期")
        return found

    def _room(self, values: Mapping[str, Any]) -> UUID | None:
        return self._rooms.get((values["building"], values["room"]))

    def request(self) -> NewMeter:
        assert self.form is not None
        values = self.form.values()
        room = self._room(values) if values["room"] else None
        on = values["installed_on"] or self.shell.today()
        house = values["building"] if room is None else None
        return NewMeter(values["kind"], _facts_in(values), on, room, house, values["first"])

    def order(self, request: NewMeter) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.CHANGE_METER, meters.add_meter, request)


class MeterDialog(ActDialog):
    """表的资料: number, multiplier, highest figure, place put right."""

    help_topic = "meters.change"

    def __init__(self, shell: Shell, card: MeterCard) -> None:
        what = f"{card.place_words} {METER_WORDS[card.kind]}"
        super().__init__(shell, shell.frame.tr("表的资料"), subtitle=what, wide=640)
        self._card = card
        text = self.tr("改倍率会按新倍率重算这块表以前的用量。换了互感器或换了表，请用「换表」。")
        self.body.addWidget(label(text, "muted", wrap=True))
        form = self.use_form(2)
        _add_facts(form, card.facts, master=card.room_id is None)
        self.draft = FormDraft(shell, self, "meters.facts", card.id)

    def problems(self) -> Mapping[str, str]:
        return meters.edit_problems(self.request())

    def request(self) -> MeterEdit:
        assert self.form is not None
        return _facts_in(self.form.values())

    def order(self, request: MeterEdit) -> Callable[[], object]:
        return partial(
            self.shell.session.act, Op.CHANGE_METER, meters.change_meter, self._card.id, self._card.version, request
        )


class ReplaceDialog(ActDialog):
    """换表: what the old meter showed last, what the new one shows first, in one act."""

    help_topic = "meters.replace"

    def __init__(self, shell: Shell, card: MeterCard) -> None:
        what = f"{card.place_words} {METER_WORDS[card.kind]}"
        super().__init__(
            shell, shell.frame.tr("换表"), subtitle=what, primary=shell.frame.tr("换上新表"), primary_icon="repeat"
        )
        self._card = card
        last = card.stand.last
        seen = self.tr("上次 {value}（{day}）").format(value=plain(last.value), day=last.read_on) if last else ""
        unit = METER_UNITS[card.kind]
        form = self.use_form(3)
        form.add("day", self.tr("换表日期"), DateField(shell.today, shell.today()), required=True)
        form.add(
            "end", self.tr("旧表最后读数（{unit}）").format(unit=unit), NumberField(decimals=3),
            required=last is not None, note=seen,
        )  # fmt: skip
        form.add(
            "rolled_over", self.tr("旧表过零"), ChoiceField([(False, self.tr("没有")), (True, self.tr("走完一圈过零"))])
        )
        form.add(
            "start", self.tr("新表起始读数（{unit}）").format(unit=unit), NumberField(0, decimals=3), required=True
        )
        _add_facts(form, replace(card.facts, serial=""), master=card.room_id is None)
        form.add(
            "reason", self.tr("为什么换"), TextField(limit=40, hint=self.tr("例如 到期轮换、表坏了")), required=True,
            span=2,
        )  # fmt: skip
        self.draft = FormDraft(shell, self, "meters.replace", card.id)

    def problems(self) -> Mapping[str, str]:
        assert self.form is not None
        found = meters.replacement_problems(self.request(), self._card.stand, self.shell.today())
        return found if self.form.values()["day"] is not None else found | {"day": self.tr("填换表日期")}

    def request(self) -> ReplaceMeter:
        assert self.form is not None
        values = self.form.values()
        return ReplaceMeter(
            self._card.id, self._card.version, values["day"] or self.shell.today(), values["end"], values["start"],
            _facts_in(values), values["reason"], bool(values["rolled_over"]),
        )  # fmt: skip

    def order(self, request: ReplaceMeter) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.CHANGE_METER, meters.replace_meter, request)


class RemoveDialog(ActDialog):
    """拆表: a meter is taken down for good, with its last reading."""

    help_topic = "meters.replace"

    def __init__(self, shell: Shell, card: MeterCard) -> None:
        what = f"{card.place_words} {METER_WORDS[card.kind]}"
        super().__init__(
            shell, shell.frame.tr("拆表"), subtitle=what, primary=shell.frame.tr("拆下"), kind="danger", wide=640,
            cancel=shell.frame.tr("保留这块表"),
        )  # fmt: skip
        self.primary.set_key(None)
        self._card = card
        last = card.stand.last
        seen = self.tr("上次 {value}（{day}）").format(value=plain(last.value), day=last.read_on) if last else ""
        form = self.use_form(2)
        form.add("day", self.tr("拆表日期"), DateField(shell.today, shell.today()), required=True)
        form.add("end", self.tr("最后读数"), NumberField(decimals=3), required=last is not None, note=seen)
        form.add("reason", self.tr("为什么拆"), TextField(limit=40, hint=self.tr("例如 并户、改用电")), required=True)
        self.draft = FormDraft(shell, self, "meters.remove", card.id)

    def problems(self) -> Mapping[str, str]:
        assert self.form is not None
        found = meters.removal_problems(self.request(), self._card.stand, self.shell.today())
        return found if self.form.values()["day"] is not None else found | {"day": self.tr("填拆表日期")}

    def request(self) -> RemoveMeter:
        assert self.form is not None
        values = self.form.values()
        day = values["day"] or self.shell.today()
        return RemoveMeter(self._card.id, self._card.version, day, values["end"], values["reason"])

    def order(self, request: RemoveMeter) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.CHANGE_METER, meters.remove_meter, request)


class CorrectDialog(ActDialog):
    """更正读数: another figure takes the place of the wrong one, which stays to be seen."""

    help_topic = "meters.correct"

    def __init__(self, shell: Shell, around: Neighbours, story: MeterStory | None = None) -> None:
        what = f"{around.place} {METER_WORDS[around.meter.kind]}"
        super().__init__(
            shell, shell.frame.tr("更正读数"), subtitle=what, primary=shell.frame.tr("更正"), primary_icon="pencil",
            wide=640,
        )  # fmt: skip
        self._around = around
        wrong = around.reading
        told = [self.tr("现在是 {value}（{day}）").format(value=plain(wrong.value), day=wrong.read_on)]
        if around.earlier is not None:
            told.append(self.tr("上次 {value}").format(value=plain(around.earlier.value)))
        if around.later is not None:
            told.append(self.tr("下次 {value}").format(value=plain(around.later.value)))
        self.body.addWidget(label("，".join(told), wrap=True))
        text = self.tr("原来的读数留着可查。已经按它出的账单，下次出账时用负数和新数更正差额。")
        self.body.addWidget(label(text, "muted", wrap=True))
        form = self.use_form(2)
        unit = METER_UNITS[around.meter.kind]
        form.add("value", self.tr("正确的读数（{unit}）").format(unit=unit), NumberField(decimals=3), required=True)
        hint = self.tr("例如 抄错一位、看错表")
        form.add("reason", self.tr("为什么更正"), TextField(limit=REASON_LIMIT, hint=hint), required=True)
        # The day and the roll-over are right as they stand, nearly always: they come after what is always typed.
        form.add("read_on", self.tr("抄表日期"), DateField(shell.today, wrong.read_on), required=True)
        form.add(
            "rolled_over", self.tr("过零"),
            ChoiceField([(False, self.tr("没有")), (True, self.tr("走完一圈过零"))], wrong.rolled_over),
        )  # fmt: skip
        self.draft = FormDraft(shell, self, "meters.correct", wrong.id)

    def problems(self) -> Mapping[str, str]:
        assert self.form is not None
        values = self.form.values()
        if values["value"] is None:
            return {"value": self.tr("填正确的读数")}
        if values["read_on"] is None:
            return {"read_on": self.tr("填写抄表日期")}
        return reading_entry.correction_problems(self.request(), self._around, self.shell.today())

    def request(self) -> CorrectReading:
        assert self.form is not None
        values = self.form.values()
        return CorrectReading(
            self._around.reading.id, values["value"], values["read_on"], values["reason"], bool(values["rolled_over"])
        )

    def order(self, request: CorrectReading) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.READ_METERS, reading_entry.correct_reading, request)


class RemarkDialog(Dialog):
    """备注: a word beside a reading that is being typed. Signals: submitted(text)."""

    help_topic = "meters"
    writes = False
    said = Signal(str)

    def __init__(self, shell: Shell, place: str, remark: str) -> None:
        super().__init__(
            shell.frame, shell.frame.tr("备注"), subtitle=place, primary=shell.frame.tr("记下"), wide=520
        )  # fmt: skip
        form = self.use_form(1)
        hint = self.tr("例如 锁门，从门缝抄的")
        form.add("remark", self.tr("写在这个读数旁边"), TextField(remark, limit=REASON_LIMIT, hint=hint))
        self.submitted.connect(self._said)

    def request(self) -> str:
        assert self.form is not None
        text: str = self.form.values()["remark"]
        return text

    def _said(self, text: str) -> None:
        self.accept()
        self.said.emit(text)
