"""Dialogs of teams and technicians 班组与维修员: who they are, when they work, leave, and their going."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from desktop.models.values import DutyKind, RepairCategory
from desktop.services import crew, technicians
from desktop.services.acts import Op
from desktop.services.crew import CrewChoices, DutyRow
from desktop.services.repair_words import CATEGORY_WORDS
from desktop.services.technicians import DutyForm, TeamForm, TeamRow, Technical, TechnicianForm
from desktop.views.act_dialog import ActDialog
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind
from desktop.views.dates import DateField
from desktop.views.fields import ChoiceField, PhoneField
from desktop.views.form_draft import FormDraft
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.steps import Option, Segment
from desktop.views.tables import RowTable, fill
from desktop.views.text_fields import TextField
from desktop.views.ticks import TicksField

_CATEGORIES = [(each, words, "") for each, words in CATEGORY_WORDS.items()]
_WEEK = [(str(at), words, "") for at, words in enumerate(("一", "二", "三", "四", "五", "六", "日"), 1)]
_DUTY_WORDS = {DutyKind.LEAVE: "请假", DutyKind.EXTRA: "加班"}


class TechnicianDialog(ActDialog):
    """登记维修员, 改维修员. Signals: done(id)."""

    help_topic = "crew.technicians"

    def __init__(self, shell: Shell, choices: CrewChoices, row: Technical | None = None) -> None:
        title = shell.frame.tr("改维修员") if row is not None else shell.frame.tr("登记维修员")
        super().__init__(shell, title, subtitle=row.form.name if row is not None else "", wide=860)
        self._row = row
        known = row.form if row is not None else TechnicianForm("")
        form = self.use_form(3)
        form.add("name", self.tr("姓名"), TextField(known.name, limit=20), required=True)
        form.add("phone", self.tr("电话"), PhoneField(known.phone), note=self.tr("加密保存，派单时显示"))
        teams: list[tuple[UUID | None, str]] = [(None, self.tr("没有班组")), *choices.teams]
        form.add("team_id", self.tr("班组"), ChoiceField(teams, known.team_id))
        skills = TicksField(_CATEGORIES, columns=7)
        skills.set_value(known.skills)
        form.add("skills", self.tr("会修什么"), skills, span=3, note=self.tr("都不勾就按班组的"))
        houses = TicksField([(house, name, "") for house, name in choices.buildings], columns=7)
        houses.set_value(known.building_ids)
        form.add("building_ids", self.tr("管哪几栋"), houses, span=3, note=self.tr("都不勾就是全部"))
        week = TicksField(_WEEK, columns=7)
        week.set_value(known.weekdays)
        form.add("weekdays", self.tr("星期几上班"), week, required=True)
        form.add("hours", self.tr("几点上班"), TextField(known.hours, limit=60), required=True, span=2,
                 hint=self.tr("中间空一格"))  # fmt: skip
        self.draft = FormDraft(shell, self, "crew.technician", row.id if row is not None else "")

    def request(self) -> TechnicianForm:
        assert self.form is not None
        typed = self.form.values()
        return TechnicianForm(
            typed["name"], typed["team_id"], typed["phone"], frozenset(typed["skills"]),
            frozenset(typed["building_ids"]), "".join(typed["weekdays"]), typed["hours"],
        )  # fmt: skip

    def problems(self) -> Mapping[str, str]:
        return technicians.typed_problems(self.request())

    def order(self, request: TechnicianForm) -> Callable[[], object]:
        about = (None, None) if self._row is None else (self._row.id, self._row.version)
        act = self.shell.session.act
        return partial(act, Op.CHANGE_TECHNICIANS, technicians.save_technician, request, *about)


class TeamDialog(ActDialog):
    """新班组, 改班组. Signals: done(id)."""

    help_topic = "crew.teams"

    def __init__(self, shell: Shell, choices: CrewChoices, row: TeamRow | None = None) -> None:
        title = shell.frame.tr("改班组") if row is not None else shell.frame.tr("新班组")
        super().__init__(shell, title, subtitle=row.form.name if row is not None else "", wide=760)
        self._row = row
        known = row.form if row is not None else TeamForm("")
        form = self.use_form(2)
        form.add("name", self.tr("名字"), TextField(known.name, limit=20, hint=self.tr("例如 水电班")), required=True)
        staff: list[tuple[UUID | None, str]] = [(None, self.tr("没有班长")), *choices.staff]
        form.add("lead_id", self.tr("班长"), ChoiceField(staff, known.lead_id), note=self.tr("计划开的单由他负责"))
        ticks = TicksField(_CATEGORIES, columns=6)
        ticks.set_value(known.categories)
        form.add("categories", self.tr("负责什么"), ticks, span=2)
        self.draft = FormDraft(shell, self, "crew.team", row.id if row is not None else "")

    def request(self) -> TeamForm:
        assert self.form is not None
        typed = self.form.values()
        return TeamForm(typed["name"], frozenset[RepairCategory](typed["categories"]), typed["lead_id"])

    def problems(self) -> Mapping[str, str]:
        return technicians.team_problems(self.request())

    def order(self, request: TeamForm) -> Callable[[], object]:
        about = (None, None) if self._row is None else (self._row.id, self._row.version)
        return partial(self.shell.session.act, Op.CHANGE_TECHNICIANS, technicians.save_team, request, *about)


class DropTeamDialog(ActDialog):
    """删除班组."""

    help_topic = "crew.teams"

    def __init__(self, shell: Shell, row: TeamRow) -> None:
        tr = shell.frame.tr
        super().__init__(
            shell,
            tr("删除班组"),
            subtitle=row.form.name,
            primary=tr("删除"),
            kind="danger",
            cancel=tr("保留"),
            wide=520,
        )
        self._row = row
        self.body.addWidget(label(self.tr("做过的工单不变，以后派单不再有这个班组。"), wrap=True))

    def request(self) -> None:
        return None

    def order(self, request: None) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.CHANGE_TECHNICIANS, crew.drop_team, self._row.id)


class GoneDialog(ActDialog):
    """离岗: with whoever takes over what is still in hand."""

    help_topic = "crew.technicians"

    def __init__(self, shell: Shell, row: Technical, others: Sequence[tuple[UUID, str]]) -> None:
        tr = shell.frame.tr
        super().__init__(
            shell, tr("离岗"), subtitle=row.form.name, primary=tr("办离岗"), kind="danger", cancel=tr("保留"), wide=560
        )
        self._row = row
        words = self.tr("手上没有单。从今天起派单里不再有他，做过的工单不变。")
        if row.load:
            words = self.tr("手上还有 {n} 单：选一位接手，一起转过去；做过的工单不变。").format(n=row.load)
        self.body.addWidget(label(words, wrap=True))
        form = self.use_form(1)
        choices: list[tuple[UUID | None, str]] = [(None, self.tr("先选一位")), *others]
        form.add("to", self.tr("谁接手"), ChoiceField(choices), required=bool(row.load))
        form.rows["to"].setVisible(bool(row.load))

    def request(self) -> UUID | None:
        assert self.form is not None
        to: UUID | None = self.form.values()["to"]
        return to

    def problems(self) -> Mapping[str, str]:
        none = self._row.load and self.request() is None
        return {"to": self.tr("手上还有单，选一位接手")} if none else {}

    def order(self, request: UUID | None) -> Callable[[], object]:
        act = self.shell.session.act
        return partial(act, Op.CHANGE_TECHNICIANS, crew.leave_for_good, self._row.id, request)


class DutiesDialog(ActDialog):
    """请假加班 of one technician: what is known, and one more; it stays open."""

    help_topic = "crew.technicians"
    fills = True

    def __init__(self, shell: Shell, row: Technical) -> None:
        tr = shell.frame.tr
        super().__init__(shell, tr("请假加班"), subtitle=row.form.name, primary=tr("记下"), cancel=tr("关闭"), wide=760)
        self._row = row
        self.table = RowTable(
            [
                Column(self.tr("哪几天"), _days, kind=Kind.NAME, sample="2026-11-25 至 2026-11-27", strong=True),
                Column(self.tr("怎么"), lambda each: _DUTY_WORDS[each.form.kind], sample=self.tr("请假")),
                Column(self.tr("说明"), _about, kind=Kind.NAME, sample=self.tr("回老家"), stretch=1),
            ]
        )
        self.table.setAccessibleName(self.tr("请假加班"))
        self.table.setMinimumHeight(100)
        self.table.say_when_empty(self.tr("以后没有请假加班"), self.tr("在下面填哪几天，Ctrl Enter 记下"))
        form = self.use_form(4)
        kinds = Segment([Option(each, _DUTY_WORDS[each]) for each in DutyKind])
        form.add("kind", self.tr("怎么"), kinds)
        form.add("first", self.tr("从哪天"), DateField(shell.today, shell.today()), required=True)
        form.add("last", self.tr("到哪天（当天算）"), DateField(shell.today, shell.today()), required=True)
        form.add("hours", self.tr("加班几点"), TextField(limit=60, hint=self.tr("空着按平时")))
        form.add("note", self.tr("说明"), TextField(limit=40, hint=self.tr("回老家")), span=4)
        self.back = Button(self.tr("取消这一行"), "quiet", icon="undo-2", key="Alt+8", size="small", writes=True)
        self.foot.insertWidget(1, self.back)
        self.body.insertWidget(0, self.table, 1)
        self.body.setStretch(self.body.count() - 1, 0)
        self.back.clicked.connect(self._drop)
        self.table.current_row.connect(self._chosen)
        self._read()

    def _read(self) -> None:
        read = partial(self.shell.session.read, crew.duties_of, self._row.id)
        self.shell.run(read, self._show, self.refuse)

    def _show(self, rows: Sequence[DutyRow]) -> None:
        fill(self.table, list(rows), lambda each: each.id)
        self._chosen(self.table.current())

    def _chosen(self, row: DutyRow | None) -> None:
        self.back.allow("" if row is not None else self.tr("先选一行"))

    def _drop(self) -> None:
        if (row := self.table.current()) is not None:
            act = partial(self.shell.session.act, Op.CHANGE_TECHNICIANS, technicians.drop_duty, row.id)
            self.shell.run(act, self._again, self.refuse, write=True)

    def _again(self, _nothing: object) -> None:
        self._read()

    def request(self) -> DutyForm:
        assert self.form is not None
        typed = self.form.values()
        today = self.shell.today()
        return DutyForm(
            self._row.id, typed["kind"], typed["first"] or today, typed["last"] or today, typed["hours"], typed["note"]
        )

    def problems(self) -> Mapping[str, str]:
        assert self.form is not None
        empty = {
            name: self.tr("填日期，例如 11-25") for name in ("first", "last") if self.form.field(name).value() is None
        }
        return technicians.duty_problems(self.request()) | empty

    def order(self, request: DutyForm) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.CHANGE_TECHNICIANS, technicians.save_duty, request)

    def stored(self, news: Any) -> None:
        assert self.form is not None
        self._asked = False
        self.form.set_values({"hours": "", "note": ""})
        self.set_busy(False)
        self.check()
        self.form.field("first").setFocus()
        self._read()


def _days(row: DutyRow) -> str:
    first, last = row.form.first, row.form.last
    return f"{first}" if first == last else f"{first} 至 {last}"


def _about(row: DutyRow) -> str:
    return " · ".join(part for part in (row.form.hours, row.form.note) if part)
