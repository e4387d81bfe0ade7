"""到期提醒: how the engine of due things stands, when it stood still, who watches it; and a look at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from desktop.services.due_desk import DueState, engine_state
from desktop.views.dialogs import Dialog
from desktop.views.due_watch import moment
from desktop.views.labels import Fact, FactList, label
from desktop.views.pages import Shell
from desktop.watcher import span

if TYPE_CHECKING:
    from desktop.views.due_watch import DueWatch

SILENCES = 5
"""Former silences shown, the latest first."""


class DueEngineDialog(Dialog):
    """Esc closes it; the primary looks at once."""

    help_topic: ClassVar[str] = "due.engine"
    writes: ClassVar[bool] = False

    def __init__(self, shell: Shell, watch: DueWatch) -> None:
        super().__init__(
            shell.frame, self.tr("到期提醒"), primary=self.tr("马上查一遍"), primary_icon="refresh-cw",
            cancel=self.tr("关闭"), wide=640,
        )  # fmt: skip
        self._shell, self._watch = shell, watch
        self.says = label("", "body", wrap=True)
        self.facts = FactList()
        self.body.addWidget(self.says)
        self.body.addWidget(self.facts)
        self.body.addStretch(1)
        watch.turned.connect(self._ask)
        self._ask()

    def submit(self) -> None:
        self._watch.look_now()

    def _ask(self) -> None:
        if self._watch.under_way:
            self.primary.disable(self.tr("正在查"))
        else:
            self.primary.enable()
        self._shell.run(partial(self._shell.session.read, engine_state), self.show_state, self._unread)

    def _unread(self, error: Exception) -> None:
        self.says.setText(getattr(error, "message", "") or self.tr("读不到数据库：过一会儿再打开"))

    def show_state(self, state: DueState) -> None:
        """What is known now."""
        self.says.setText(self._sentence(state))
        last, health = state.last_run_at, state.health
        facts = [Fact(self.tr("最近一次"), moment(last) if last is not None else self.tr("还没有查过"))]
        if self._watch.trouble:
            facts.append(Fact(self.tr("上一次没查成"), self._watch.trouble, "warn"))
        if health.early:
            words = self.tr("{n} 件还没到时候：有电脑的时间曾经快了，到时候再提醒").format(n=health.early)
            facts.append(Fact(self.tr("提前发现的"), words))
        facts.append(self._watcher(state.says.watched))
        past = [
            self.tr("{since} 到 {until}，{span}").format(
                since=moment(each.since), until=moment(each.until), span=span(each.until - each.since)
            )
            for each in reversed(state.says.past[-SILENCES:])
        ]
        facts.append(Fact(self.tr("停过的时候"), "\n".join(past) or self.tr("没有")))
        self.facts.set_facts(facts)

    def _watcher(self, watched: bool) -> Fact:
        if self._shell.session.office.demo:
            return Fact(self.tr("看护程序"), self.tr("演示管理处不用看护"))
        words = self.tr("在看着") if watched else self.tr("没有在运行，重新打开安居前台会再启动")
        return Fact(self.tr("看护程序"), words, "" if watched else "warn")

    def _sentence(self, state: DueState) -> str:
        late = self._watch.late
        if late is not None:
            return self.tr("已经 {span}没有查过到期的事。按 Ctrl Enter 马上查；还是不行就关掉安居前台再打开。").format(
                span=span(late)
            )
        if self._watch.trouble:
            return self.tr("刚才没查成，1 分钟后自动再试。")
        if self._watch.under_way or state.last_run_at is None:
            return self.tr("正在查到期的事。")
        return self.tr("每分钟查一遍到期的事，漏掉的自动补上。")
