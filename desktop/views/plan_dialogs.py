"""Dialogs of a plan 保养计划: what is done where and how often; and why it rests."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from desktop.models.values import PlanUnit, RepairCategory
from desktop.services import plans
from desktop.services.acts import Op
from desktop.services.plan_presets import PRESETS, Preset
from desktop.services.plans import PLAN_KINDS, UNIT_WORDS, PlanChoices, PlanForm, PlanRow
from desktop.services.repair_intake import KIND_WORDS
from desktop.services.repair_words import CATEGORY_WORDS
from desktop.views.act_dialog import ActDialog
from desktop.views.dates import DateField
from desktop.views.fields import ChoiceField, NoteField, NumberField
from desktop.views.form_draft import FormDraft
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.text_fields import TextField

_TEAM, _FIRM = "team", "firm"


class PlanDialog(ActDialog):
    """新计划, 改计划. Signals: done(id of the plan)."""

    help_topic = "plans.edit"

    def __init__(self, shell: Shell, choices: PlanChoices, row: PlanRow | None = None) -> None:
        title = shell.frame.tr("改计划") if row is not None else shell.frame.tr("新计划")
        super().__init__(shell, title, subtitle=row.form.name if row is not None else "", wide=900)
        self._choices, self._row = choices, row
        form = self.use_form(4)
        if row is None:
            presets: list[tuple[Preset | None, str]] = [(None, self.tr("自己填"))]
            presets += [(each, each.name) for each in PRESETS]
            self.preset = ChoiceField(presets)
            form.add("preset", self.tr("套用常用计划"), self.preset)
            self.preset.changed.connect(self._take_preset)
        hint = self.tr("例如 2 号电梯半月维保")
        form.add("name", self.tr("做什么"), TextField(limit=plans.NAME_LIMIT, hint=hint), required=True,
                 span=2 if row is None else 3)  # fmt: skip
        form.add("kind", self.tr("种类"), ChoiceField([(each, KIND_WORDS[each]) for each in PLAN_KINDS]))
        houses: list[tuple[UUID | None, str]] = [(None, self.tr("全项目")), *choices.buildings]
        form.add("building_id", self.tr("楼栋"), ChoiceField(houses))
        form.add("room", self.tr("房号"), TextField(limit=20, hint=self.tr("公共部位空着")))
        form.add("facility", self.tr("设备或部位"), TextField(limit=plans.FACILITY_LIMIT, hint=self.tr("2 号电梯")))
        categories = [(each, CATEGORY_WORDS[each]) for each in RepairCategory]
        form.add("category", self.tr("类别"), ChoiceField(categories, RepairCategory.OTHER))
        form.add("every", self.tr("隔多久一次"), NumberField(1), required=True)
        form.add("unit", self.tr("单位"), ChoiceField([(each, UNIT_WORDS[each]) for each in PlanUnit], PlanUnit.MONTH))
        form.add("anchor", self.tr("下一个计划日"), DateField(shell.today, shell.today()), required=True,
                 note=self.tr("往后都从这天推算"))  # fmt: skip
        form.add("lead_days", self.tr("提前几天开单"), NumberField(3), required=True)
        form.add("valid_from", self.tr("从哪天起安排"), DateField(shell.today, shell.today()), required=True)
        form.add("valid_to", self.tr("到哪天为止"), DateField(shell.today), note=self.tr("空着就是一直"))
        whose: list[tuple[Any, str]] = [(None, self.tr("派单时再定"))]
        whose += [((_TEAM, team), name) for team, name in choices.teams]
        whose += [((_FIRM, firm), self.tr("外包 {name}").format(name=name)) for firm, name in choices.contractors]
        form.add("who", self.tr("谁去做"), ChoiceField(whose))
        form.add("basis", self.tr("法规或合同"), TextField(limit=plans.BASIS_LIMIT, hint=self.tr("维保合同第 4 条")))
        form.add(
            "lines", self.tr("检查项，一行一项"),
            NoteField(lines=4, hint=self.tr("例如 灭火器压力在绿区")), span=4,
        )  # fmt: skip
        if row is not None:
            self._fill(row.form)
        self.draft = FormDraft(shell, self, "plan.edit", row.id if row is not None else "")

    def _fill(self, known: PlanForm) -> None:
        assert self.form is not None
        numbers = self._choices.rooms.get(known.building_id, {}) if known.building_id is not None else {}
        room = next((number for number, room_id in numbers.items() if room_id == known.room_id), "")
        who = (_TEAM, known.team_id) if known.team_id else (_FIRM, known.contractor_id) if known.contractor_id else None
        self.form.set_values(
            {
                "name": known.name, "kind": known.kind, "building_id": known.building_id, "room": room,
                "facility": known.facility, "category": known.category, "every": known.every, "unit": known.unit,
                "anchor": known.anchor, "lead_days": known.lead_days, "valid_from": known.valid_from,
                "valid_to": known.valid_to, "who": who, "basis": known.basis, "lines": "\n".join(known.lines),
            }
        )  # fmt: skip

    def _take_preset(self) -> None:
        """What the law or habit says of it; where and when is still to be said."""
        preset = self.preset.value()
        if isinstance(preset, Preset) and self.form is not None:
            self.form.set_values(
                {
                    "name": preset.name, "kind": preset.kind, "category": preset.category, "every": preset.every,
                    "unit": preset.unit, "lead_days": preset.lead_days, "basis": preset.basis,
                    "lines": "\n".join(preset.lines),
                }
            )  # fmt: skip

    def request(self) -> PlanForm:
        assert self.form is not None
        typed = self.form.values()
        who = typed["who"]
        return PlanForm(
            typed["name"], typed["kind"], typed["category"], typed["building_id"], self._room(typed)[0],
            typed["facility"], _whole(typed["every"]), typed["unit"], typed["anchor"], _whole(typed["lead_days"]),
            typed["valid_from"], typed["valid_to"], who[1] if who and who[0] == _TEAM else None,
            who[1] if who and who[0] == _FIRM else None, typed["basis"], plans.lines_of(typed["lines"]),
        )  # fmt: skip

    def _room(self, typed: Mapping[str, Any]) -> tuple[UUID | None, str]:
        """(the room that is meant, why there is none)."""
        number = unicodedata.normalize("NFKC", typed["room"]).strip()
        if not number:
            return None, ""
        if typed["building_id"] is None:
            return None, self.tr("先选楼栋，再写房号")
        room = self._choices.rooms.get(typed["building_id"], {}).get(number)
        return room, "" if room is not None else self.tr("这栋楼没有 {room}：核对房号").format(room=number)

    def problems(self) -> Mapping[str, str]:
        assert self.form is not None
        found = dict(plans.plan_problems(self.request(), self.shell.today()))
        if "contractor_id" in found:
            found["who"] = found.pop("contractor_id")
        _, why = self._room(self.form.values())
        return found | ({"room": why} if why else {})

    def order(self, request: PlanForm) -> Callable[[], object]:
        row = self._row
        about = (None, None) if row is None else (row.id, row.version)
        return partial(self.shell.session.act, Op.CHANGE_PLAN, plans.save_plan, request, *about)


class PausePlanDialog(ActDialog):
    """暂停计划, with the reason."""

    help_topic = "plans.pause"

    def __init__(self, shell: Shell, row: PlanRow) -> None:
        super().__init__(
            shell, shell.frame.tr("暂停计划"), subtitle=row.form.name, primary=shell.frame.tr("暂停"), wide=560,
        )  # fmt: skip
        self._row = row
        words = self.tr("从今天起不开单，期间的计划日不算漏做；按 Alt 3 恢复后接着原来的日子。")
        self.body.addWidget(label(words, "muted", wrap=True))
        hint = self.tr("例如 电梯停用改造")
        self.use_form(1).add(
            "reason", self.tr("为什么暂停"), TextField(limit=plans.BASIS_LIMIT, hint=hint), required=True
        )

    def request(self) -> str:
        assert self.form is not None
        return str(self.form.values()["reason"])

    def problems(self) -> Mapping[str, str]:
        return plans.pause_problems(self.request())

    def order(self, request: str) -> Callable[[], object]:
        act = self.shell.session.act
        return partial(act, Op.CHANGE_PLAN, plans.pause_plan, self._row.id, request, self._row.version)


def _whole(number: Any) -> int | None:
    return None if number is None or number != int(number) else int(number)
