"""Lists of the page 班组与物料: technicians, teams, who answers for what is late; `CrewList` is what they share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.models.values import DutyKind, Right
from desktop.services import crew, technicians
from desktop.services.crew import Answerer, CrewChoices
from desktop.services.technicians import TeamRow, Technical, on_duty, skill_words
from desktop.views.act_dialog import ActDialog
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.crew_dialogs import DropTeamDialog, DutiesDialog, GoneDialog, TeamDialog, TechnicianDialog
from desktop.views.labels import Card
from desktop.views.layouts import flowing
from desktop.views.pages import Shell
from desktop.views.tables import RowTable, fill


class CrewList(QWidget):
    """One list with the buttons of what may be done with its rows. Fill `table` and `add_way` what may be done."""

    reads: ClassVar[Callable[..., Any]]
    """The service that lists the rows."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell = shell
        self.may = shell.allowed(Right.DISPATCH_REPAIRS)
        self.table = self.make_table()
        self.ways: list[tuple[Button, bool]] = []
        self.add_ways()
        card = Card()
        card.body.addWidget(self.table, 1)
        if self.ways:
            card.body.addWidget(flowing(*(button for button, _ in self.ways), gap=6))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(card)
        self.table.current_row.connect(self.allow)
        self.table.opened.connect(self.open_row)
        self.allow()

    @abstractmethod
    def make_table(self) -> RowTable:
        """The table, with words for an empty one."""

    @abstractmethod
    def add_ways(self) -> None:
        """The buttons."""

    def open_row(self, _row: Any) -> None:
        """Enter."""

    def key_of(self, row: Any) -> Any:
        return row.id

    def why_not(self, _button: Button, _row: Any) -> str:
        """Why something cannot be done with the row in hand; empty when it can."""
        return ""

    def add_way(self, words: str, icon: str, key: str, slot: Callable[[], object], *, row: bool = True) -> Button:
        """A button; with `row` it needs one in hand."""
        button = Button(words, "secondary" if row else "primary", icon=icon, key=key, size="small", slot=slot)
        self.ways.append((button, row))
        return button

    def allow(self, *_: object) -> None:
        row = self.table.current()
        look = "" if self.may else self.tr("您的角色只能看：请维修班长或主管来改")
        for button, needs_row in self.ways:
            none = self.tr("先选一行") if needs_row and row is None else ""
            button.allow(look or none or (self.why_not(button, row) if row is not None and needs_row else ""))

    def ask(self) -> None:
        """Read the rows anew; the one in hand stays."""
        self.shell.run(partial(self.shell.session.read, type(self).reads), self.show_rows, self.shell.read_failed)

    def show_rows(self, rows: Sequence[Any]) -> None:
        fill(self.table, list(rows), self.key_of)
        self.allow()

    def open_dialog(self, dialog: ActDialog, words: str) -> None:
        """A dialog that changes something here."""
        dialog.done.connect(partial(self._done, words))
        self.shell.open(dialog)

    def _done(self, words: str, _news: object) -> None:
        self.shell.toast(words)
        self.ask()


class TechnicianList(CrewList):
    """维修员, with what each has in hand and when they work."""

    reads = technicians.list_technicians

    def make_table(self) -> RowTable:
        table = RowTable(
            [
                Column(self.tr("姓名"), lambda row: row.form.name, kind=Kind.NAME, sample="欧阳一鸣", strong=True,
                       detail=lambda row: row.team or self.tr("没有班组")),
                Column(self.tr("会修"), lambda row: skill_words(row.skills), kind=Kind.NAME, sample="给排水、电路照明",
                       stretch=1, detail=lambda row: row.form.phone),
                Column(self.tr("上班"), lambda row: week_words(row.form.weekdays), kind=Kind.NAME,
                       sample=self.tr("周一至周五"), detail=lambda row: row.form.hours),
                Column(self.tr("现在"), str, kind=Kind.TAG, sample=self.tr("请假到 11 月 25 日"), tag=self._duty),
                Column(self.tr("手上"), lambda row: f"{row.load} 单" if row.load else "", kind=Kind.NUMBER,
                       sample="12 单"),
            ],
            two_lines=True,
        )  # fmt: skip
        table.setAccessibleName(self.tr("维修员"))
        table.say_when_empty(self.tr("还没有维修员"), self.tr("按 Ctrl N 登记第一位：姓名、会修什么、哪几天上班"))
        return table

    def add_ways(self) -> None:
        self.add_way(self.tr("登记维修员"), "user-plus", "Ctrl+N", self._new, row=False)
        self.edit = self.add_way(self.tr("改"), "pencil", "Ctrl+E", self._edit)
        self.leave = self.add_way(self.tr("请假加班"), "calendar-x", "Alt+1", self._duties)
        self.gone = self.add_way(self.tr("离岗"), "user-x", "Alt+2", self._gone)

    def _duty(self, row: Technical) -> TagLook:
        there, words = on_duty(row.form, row.duties, self.shell.session.office.world.now())
        if there:
            return TagLook(words, "ok", "check")
        away = any(each.kind is DutyKind.LEAVE for each in row.duties) and "请假" in words
        return TagLook(words, "warn" if away and row.load else "", "calendar-x" if away else "clock")

    def open_row(self, _row: Technical) -> None:
        self._edit()

    def _new(self) -> None:
        self.shell.run(partial(self.shell.session.read, crew.crew_choices), partial(self._open, None))

    def _edit(self) -> None:
        if self.may and (row := self.table.current()) is not None:
            self.shell.run(partial(self.shell.session.read, crew.crew_choices), partial(self._open, row))

    def _open(self, row: Technical | None, choices: CrewChoices) -> None:
        self.open_dialog(TechnicianDialog(self.shell, choices, row), self.tr("维修员已存"))

    def _duties(self) -> None:
        if (row := self.table.current()) is not None:
            dialog = DutiesDialog(self.shell, row)
            dialog.closed.connect(self._closed)
            self.shell.open(dialog)

    def _closed(self, _accepted: bool) -> None:
        self.ask()

    def _gone(self) -> None:
        if (row := self.table.current()) is not None:
            read = partial(self.shell.session.read, technicians.list_technicians)
            self.shell.run(read, partial(self._open_gone, row))

    def _open_gone(self, row: Technical, everybody: Sequence[Technical]) -> None:
        others = [(each.id, each.form.name) for each in everybody if each.id != row.id]
        self.open_dialog(GoneDialog(self.shell, row, others), self.tr("{name}已离岗").format(name=row.form.name))


class TeamList(CrewList):
    """班组, with what goes to each and who leads it."""

    reads = technicians.list_teams

    def __init__(self, shell: Shell) -> None:
        self._staff: dict[Any, str] = {}
        super().__init__(shell)

    def make_table(self) -> RowTable:
        table = RowTable(
            [
                Column(self.tr("班组"), lambda row: row.form.name, kind=Kind.NAME, sample=self.tr("综合维修班"),
                       strong=True),
                Column(self.tr("负责"), lambda row: skill_words(row.form.categories), kind=Kind.NAME,
                       sample="给排水、电路照明", stretch=1),
                Column(self.tr("班长"), lambda row: self._staff.get(row.form.lead_id, ""), kind=Kind.NAME,
                       sample="欧阳一鸣"),
            ]
        )  # fmt: skip
        table.setAccessibleName(self.tr("班组"))
        table.say_when_empty(self.tr("还没有班组"), self.tr("按 Ctrl N 加一个，例如 水电班；也可以不分班组"))
        return table

    def add_ways(self) -> None:
        self.add_way(self.tr("新班组"), "plus", "Ctrl+N", self._new, row=False)
        self.add_way(self.tr("改"), "pencil", "Ctrl+E", self._edit)
        self.add_way(self.tr("删除"), "trash-2", "Alt+2", self._drop)

    def ask(self) -> None:
        self.shell.run(partial(self.shell.session.read, crew.crew_choices), self._know, self.shell.read_failed)

    def _know(self, choices: CrewChoices) -> None:
        self._staff = dict(choices.staff)
        super().ask()

    def open_row(self, _row: TeamRow) -> None:
        self._edit()

    def _new(self) -> None:
        self.shell.run(partial(self.shell.session.read, crew.crew_choices), partial(self._open, None))

    def _edit(self) -> None:
        if self.may and (row := self.table.current()) is not None:
            self.shell.run(partial(self.shell.session.read, crew.crew_choices), partial(self._open, row))

    def _open(self, row: TeamRow | None, choices: CrewChoices) -> None:
        self.open_dialog(TeamDialog(self.shell, choices, row), self.tr("班组已存"))

    def _drop(self) -> None:
        if (row := self.table.current()) is not None:
            self.open_dialog(DropTeamDialog(self.shell, row), self.tr("{name}已删").format(name=row.form.name))


class AnswererList(CrewList):
    """谁负责: the roles that what is late goes up to, who has them, and what reaches them."""

    reads = crew.who_answers

    def make_table(self) -> RowTable:
        table = RowTable(
            [
                Column(self.tr("角色"), lambda row: row.title, kind=Kind.NAME, sample=self.tr("维修班长"), strong=True),
                Column(self.tr("是谁"), lambda row: "、".join(row.names), kind=Kind.NAME, sample="欧阳一鸣、卢大勇",
                       stretch=1),
                Column("", str, kind=Kind.TAG, sample=self.tr("没有人"), tag=self._tag),
                Column(self.tr("哪些事报到这里"), lambda row: "、".join(row.titles[:2]), kind=Kind.NAME,
                       sample=self.tr("计划保养巡检、报修未响应"), stretch=2,
                       detail=lambda row: "、".join(row.titles[2:])),
            ],
            two_lines=True,
        )  # fmt: skip
        table.setAccessibleName(self.tr("超时报给谁"))
        table.say_when_empty(self.tr("还没有角色"), self.tr("按 F5 再读一次"))
        return table

    def add_ways(self) -> None:
        self.may = self.shell.allowed(Right.SEE_STAFF)
        self.add_way(self.tr("去员工页改角色"), "users", "Ctrl+E", self._staff, row=False)

    def allow(self, *_: object) -> None:
        for button, _needs_row in self.ways:
            button.allow("" if self.may else self.tr("角色由管理员在员工页改：请管理员来改"))

    def key_of(self, row: Answerer) -> str:
        return row.code

    def _tag(self, row: Answerer) -> TagLook | None:
        return None if row.names else TagLook(self.tr("没有人"), "danger", "triangle-alert")

    def _staff(self) -> None:
        self.shell.navigate("staff")


def week_words(weekdays: str) -> str:
    """每天, 周一至周五, 周一三五."""
    days = "".join(sorted(set(weekdays)))
    if days == "1234567":
        return "每天"
    if len(days) > 2 and days in "1234567":
        return f"周{_DAYS[int(days[0]) - 1]}至周{_DAYS[int(days[-1]) - 1]}"
    return "周" + "".join(_DAYS[int(day) - 1] for day in days)


_DAYS = "一二三四五六日"
