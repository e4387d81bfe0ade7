"""同步: how the office stands with head office, what two offices wrote differently, what waits, the latest sessions."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from desktop.models.values import Right
from desktop.services.acts import Op
from desktop.services.sync import conflicts
from desktop.services.sync.conflicts import Task
from desktop.services.sync.desk import HeldAct
from desktop.services.sync.overview import SyncOverview, sync_overview
from desktop.services.sync.troubles import sentence_of
from desktop.views.act_dialog import ActDialog
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.fields import NoteField
from desktop.views.keys import bind
from desktop.views.labels import Card, Fact, FactList, label
from desktop.views.layouts import flowing
from desktop.views.pages import Command, Page, Shell
from desktop.views.steps import Option, Tabs
from desktop.views.tables import RowTable, fill
from desktop.world import OFFICE_ZONE

_TASKS, _HELD, _SESSIONS = "tasks", "held", "sessions"
_LOOKS = {
    conflicts.EDITED_TWICE: ("info", "arrow-right-left"), conflicts.TWICE: ("warn", "copy"),
    conflicts.TRANSITION: ("warn", "arrow-right-left"), conflicts.QUARANTINED: ("danger", "shield-alert"),
    conflicts.REFUSED: ("danger", "cloud-off"),
}  # fmt: skip


class SettledDialog(ActDialog):
    """已处理: one sentence about what was done."""

    help_topic = "sync"

    def __init__(self, shell: Shell, task: Task) -> None:
        super().__init__(
            shell, shell.frame.tr("已处理"), subtitle=task.what, primary=shell.frame.tr("记下"), primary_icon="check",
            wide=600,
        )  # fmt: skip
        self._task = task
        self.body.addWidget(label(task.told, wrap=True))
        form = self.use_form(1)
        form.add("note", self.tr("怎么处理的"), NoteField(lines=3), required=True)

    def open(self) -> None:
        super().open()
        assert self.form is not None
        self.form.field("note").setFocus()

    def problems(self) -> dict[str, str]:
        problem = conflicts.note_problem(self.request())
        return {"note": problem} if problem else {}

    def request(self) -> str:
        assert self.form is not None
        return str(self.form.values()["note"] or "")

    def order(self, request: str) -> Any:
        session = self.shell.session
        return partial(session.act, Op.SETTLE_CONFLICT, conflicts.note_settled, self._task.id, request)


class SyncPage(Page):
    """Opened with nothing."""

    help_topic = "sync"
    tables = frozenset({"sync_state", "conflict_task", "seen_act", "outbox_act", "head_office"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.now = Button(self.tr("立即同步"), "primary", icon="refresh-cw", key="Ctrl+Return", slot=self._sync_now)
        self.set_head(self.tr("同步"), "", self.now)
        self.why = label("", "body", tone="warn", wrap=True)
        self.why.hide()
        self.body.addWidget(self.why)
        self.tabs = Tabs(
            [
                Option(_TASKS, self.tr("要看一眼"), "list-checks"),
                Option(_HELD, self.tr("等着补上"), "hourglass"),
                Option(_SESSIONS, self.tr("最近几次"), "history"),
            ]
        )
        self.tabs.setAccessibleName(self.tr("哪一部分"))
        self.body.addWidget(self.tabs)
        self._build_tasks()
        self._build_others()
        self.stack = QStackedWidget()
        for each in (self.tasks_part, self.held, self.sessions):
            self.stack.addWidget(each)
        self.body.addWidget(self.stack, 1)
        self.tabs.changed.connect(self._turned)
        self._keys = [bind(self, f"Ctrl+{at + 1}", partial(self.tabs.choose, at)) for at in range(3)]
        self._allow()

    def _build_tasks(self) -> None:
        self.table = RowTable(
            [
                Column(self.tr("关于"), attrgetter("what"), kind=Kind.NAME, sample=self.tr("租约 WJYA26-000012"),
                       strong=True, detail=attrgetter("brief"), stretch=1),
                Column(self.tr("什么时候"), _opened, kind=Kind.DATE, sample="11-22 14:30"),
                Column("", str, kind=Kind.TAG, sample=self.tr("两边办得不同"), tag=_look),
            ],
            two_lines=True,
        )  # fmt: skip
        self.table.setAccessibleName(self.tr("要看一眼的"))
        self.table.say_when_empty(
            self.tr("没有要您看的"), self.tr("两边办的都合到一起了；两边写得不一样的，会自动出现在这里")
        )
        self.side = Card()
        self.what = label("", "title", wrap=True)
        self.told = label("", "body", wrap=True)
        self.facts = FactList()
        self.keep = Button(self.tr("保留现在的"), icon="check", key="Alt+1", writes=True, slot=self._keep)
        self.other = Button(self.tr("改用另一个"), icon="arrow-right-left", key="Alt+2", writes=True, slot=self._other)
        self.done = Button(self.tr("已处理"), icon="circle-check", key="Alt+3", writes=True, slot=self._done)
        for widget in (self.what, self.told, self.facts):
            self.side.body.addWidget(widget)
        self.side.body.addWidget(flowing(self.keep, self.other, self.done))
        self.side.body.addStretch(1)
        self.tasks_part = QWidget()
        row = QHBoxLayout(self.tasks_part)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.table, 3)
        row.addWidget(self.side, 2)
        self.table.current_row.connect(self._walked)
        self.table.opened.connect(self._enter)

    def _build_others(self) -> None:
        self.held = RowTable(
            [
                Column(self.tr("哪一笔"), attrgetter("what"), kind=Kind.NAME, sample=self.tr("变更租约 11-22 14:30"),
                       strong=True),
                Column(self.tr("为什么等"), attrgetter("why"), kind=Kind.NAME, stretch=1,
                       sample=self.tr("它接着办的那一步还没有到，到了自动补上")),
                Column(self.tr("到这里"), _came, kind=Kind.DATE, sample="11-22 14:30"),
            ]
        )  # fmt: skip
        self.held.setAccessibleName(self.tr("等着补上的"))
        self.held.say_when_empty(
            self.tr("没有等着补上的"), self.tr("别的管理处办的都到齐了；缺了前一步的会先等在这里，到了自动补上")
        )
        self.sessions = RowTable(
            [
                Column(self.tr("什么时候"), _at, kind=Kind.DATE, sample="11-22 14:30"),
                Column(self.tr("怎么样"), _outcome, kind=Kind.NAME, sample=self.tr("上传 12 笔，收到 8 笔"), stretch=1),
            ]
        )
        self.sessions.setAccessibleName(self.tr("最近几次"))
        self.sessions.say_when_empty(
            self.tr("打开程序以来还没有同步过"), self.tr("登记到总部以后，每分钟自动同步一次，有来往的记在这里")
        )

    # ---- the frame asks ----------------------------------------------------------------------------------------------

    def hints(self) -> str:
        return self.tr("Ctrl+1…3 换一部分 · ↑↓ 选 · Alt+1 保留现在的 · Alt+2 改用另一个 · Ctrl+Enter 立即同步")

    def opened(self, params: dict[str, Any]) -> None:
        self._turned()
        self._ask()

    def refresh(self, tables: frozenset[str]) -> None:
        self._ask()

    def command(self, command: Command) -> bool:
        if command == Command.REFRESH:
            self._ask()
            return True
        return False

    # ---- showing -----------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        self.shell.run(
            partial(self.shell.session.read, sync_overview), self.show_overview, self.shell.read_failed,
            busy=self.tr("正在读取同步的情况"),
        )  # fmt: skip

    def show_overview(self, seen: SyncOverview) -> None:
        """The line at the top, and the three lists; the rows in hand stay."""
        facts = seen.facts
        self.detail_label.setText(facts.words)
        self.why.setText(facts.why)
        self.why.setVisible(bool(facts.why))
        fill(self.table, list(seen.tasks), attrgetter("id"))
        fill(self.held, list(seen.held), _held_key)
        running = self.shell.session.office.sync
        fill(self.sessions, list(reversed(running.recent)) if running is not None else [], attrgetter("at"))
        if not facts.enrolled:
            self.now.disable(self.tr("还没有登记到总部"))
        elif running is None:
            self.now.disable(self.tr("同步还没有开始：稍等几秒"))
        else:
            self.now.enable()
        self._walked(self.table.current())

    def _turned(self, *_: object) -> None:
        at = (_TASKS, _HELD, _SESSIONS).index(str(self.tabs.value()))
        keep = self.tabs.hasFocus()
        self.stack.setCurrentIndex(at)
        if not keep:
            (self.table, self.held, self.sessions)[at].setFocus(Qt.FocusReason.OtherFocusReason)

    def _walked(self, task: Task | None) -> None:
        self.side.setVisible(task is not None)
        self.what.setText(task.what if task is not None else "")
        sides = task.sides if task is not None else None
        self.told.setText(task.told if task is not None and sides is None else "")
        self.told.setVisible(sides is None)
        self.facts.setVisible(sides is not None)
        if sides is not None:
            self.facts.set_facts(
                [
                    Fact(self.tr("哪一项"), self.tr("{field}，两边各改了一次").format(field=sides.field)),
                    Fact(self.tr("现在的"), sides.now),
                    Fact(self.tr("另一个"), sides.other),
                ]
            )
        self.keep.setVisible(sides is not None)
        self.other.setVisible(sides is not None)
        self.done.setVisible(sides is None)
        self._allow()

    def _allow(self) -> None:
        may = self.shell.allowed(Right.EDIT_LEASES)
        refused = "" if may else self.tr("您的角色只能看：请主管来选")
        for button in (self.keep, self.other, self.done):
            button.allow(refused)

    # ---- doing -------------------------------------------------------------------------------------------------------

    def _sync_now(self) -> None:
        running = self.shell.session.office.sync
        if running is not None:
            running.soon()
            self.shell.toast(self.tr("正在同步"))

    def _enter(self, task: Task) -> None:
        if task.sides is None:
            self._done()

    def _keep(self) -> None:
        task = self.table.current()
        if task is not None:
            act = partial(self.shell.session.act, Op.SETTLE_CONFLICT, conflicts.keep_present, task.id)
            self.shell.run(act, partial(self._settled, self.tr("保留了现在的")), self._refused, write=True)

    def _other(self) -> None:
        task = self.table.current()
        if task is not None:
            act = partial(
                self.shell.session.act, Op.SETTLE_CONFLICT, conflicts.take_other, task.id, task.version
            )  # fmt: skip
            self.shell.run(act, self._taken, self._refused, write=True)

    def _done(self) -> None:
        task = self.table.current()
        if task is not None and self.done.isEnabled():
            dialog = SettledDialog(self.shell, task)
            dialog.done.connect(partial(self._settled, self.tr("记下了")))
            self.shell.open(dialog)

    def _taken(self, shown: str) -> None:
        self._settled(self.tr("改成了 {value}，会传给总部和别的管理处").format(value=shown))

    def _settled(self, words: str, *_: object) -> None:
        self.shell.toast(words)
        self._ask()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _refused(self, error: Exception) -> None:
        """Somebody was first, or wrote it anew: what stands now is shown with the reason."""
        from desktop.views import messages

        messages.show_error(error)
        self._ask()


def _look(task: Task) -> TagLook:
    tone, icon = _LOOKS.get(task.kind, ("warn", "flag"))
    return TagLook(task.kind_words, tone, icon)


def _moment(at: Any) -> str:
    return f"{at.astimezone(OFFICE_ZONE):%m-%d %H:%M}"


def _opened(task: Task) -> str:
    return _moment(task.opened_at)


def _came(row: HeldAct) -> str:
    return _moment(row.came_at)


def _held_key(row: HeldAct) -> tuple[object, ...]:
    return row.what, row.came_at


def _at(turn: Any) -> str:
    return _moment(turn.at)


def _outcome(turn: Any) -> str:
    """What a session did, in a line."""
    if turn.met is None:
        return sentence_of(turn.code)
    met = turn.met
    said = [f"上传 {met.sent} 笔" if met.sent else "", f"收到 {met.came} 笔" if met.came else ""]
    said += [f"重新交给总部 {met.given_back} 笔" if met.given_back else ""]
    said += [f"{met.waiting} 笔等着补上" if met.waiting else "", f"{met.refused} 笔总部没有收" if met.refused else ""]
    said += ["这个数据库换了新的编号：它是从备份恢复或复制来的" if met.new_life else ""]
    return "，".join(filter(None, said)) or "两边一致，没有要传的"
