"""Section 体检: everything that must hold, gone through part by part, with what was found."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from desktop.services import checkup
from desktop.services.checkup import CheckReport
from desktop.views.admin.section import Section
from desktop.views.buttons import Button
from desktop.views.jobs import Job, Report
from desktop.views.labels import Glyph, Tag, label
from desktop.views.pages import Shell

_SHOWN = 8


class CheckupSection(Section):
    """A check reads everything and changes nothing; it can be stopped."""

    help_topic = "settings.checkup"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._job: Job | None = None
        about = self.tr("检查数据库、防改动保护、审计链、账务、加密内容和编号。只看不改，可以随时停。")
        self.top = self.card(self.tr("体检"), about)
        self.start = Button(self.tr("开始体检"), "primary", icon="heart-pulse", key="Alt+1", slot=self._start)
        self.stop = Button(self.tr("停下"), "quiet", key="Alt+2", slot=self._stop)
        self.result, self.words = Tag("", "", "heart-pulse"), label("", "muted", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.start)
        row.addWidget(self.stop)
        row.addWidget(self.result)
        row.addWidget(self.words, 1)
        self.top.body.addLayout(row)
        self.list = QWidget()
        self._grid = QGridLayout(self.list)
        self._grid.setContentsMargins(0, 6, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(2, 1)
        self.top.body.addWidget(self.list)
        self.column.addStretch(1)
        self.stop.hide()
        self.result.hide()
        self.list.hide()

    def entered(self) -> None:
        self.start.setFocus()

    def _start(self) -> None:
        if self._job is not None:
            return
        self.result.hide()
        self.list.hide()
        self.stop.show()
        self.words.setText(self.tr("正在检查…"))
        self._job = self.shell.run(
            partial(_check, self.shell.session), self.show_report, self._failed, busy=self.tr("正在体检")
        )
        self._job.progressed.connect(self._show_step)
        self._job.cancelled.connect(self._cancelled)

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _show_step(self, done: int, total: int, text: str) -> None:
        self.words.setText(self.tr("{done} / {total}　{text}").format(done=done, total=total, text=text))

    def _over(self) -> None:
        self._job = None
        self.stop.hide()
        self.start.setFocus()

    def _cancelled(self) -> None:
        self._over()
        self.words.setText(self.tr("停下了，没有检查完"))

    def _failed(self, error: Exception) -> None:
        from desktop.views import messages

        self._over()
        self.words.setText(self.tr("没有检查完"))
        messages.show_error(error)

    def show_report(self, report: CheckReport) -> None:
        """A line a part: a tick, or what was found."""
        self._over()
        self.result.show()
        if report.sound:
            self.result.set(self.tr("健康"), "ok", "circle-check")
            self.words.setText(self.tr("{n} 项都好").format(n=len(report.parts)))
        else:
            self.result.set(self.tr("有问题"), "danger", "circle-alert")
            words = self.tr("有 {n} 处不对：先做一份备份，再请维护人员看")
            self.words.setText(words.format(n=len(report.findings)))
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for at, part in enumerate(report.parts):
            found = [finding.text for finding in report.findings if finding.part == part]
            glyph = Glyph("circle-alert", "danger") if found else Glyph("circle-check", "ok")
            self._grid.addWidget(glyph, at, 0)
            self._grid.addWidget(label(part), at, 1)
            told = found[:_SHOWN] + ([self.tr("等 {n} 处").format(n=len(found))] if len(found) > _SHOWN else [])
            tone = "danger" if found else ""
            self._grid.addWidget(label("；".join(told) or self.tr("没有问题"), "small", tone=tone, wrap=True), at, 2)
        self.list.show()

    def hints(self) -> str:
        return self.tr("Alt+1 开始体检 · Alt+2 停下")


def _check(session: Any, report: Report) -> CheckReport:
    found: CheckReport = session.read(checkup.check_office, report)
    return found
