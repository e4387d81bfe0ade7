"""Section 备份: one press writes the whole office into one sealed file and reads it back."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QHBoxLayout

from desktop.services import devices
from desktop.views import messages
from desktop.views.admin.section import Section
from desktop.views.buttons import Button
from desktop.views.forms import FormRow
from desktop.views.jobs import Job, Report
from desktop.views.labels import Fact, FactList, Tag, label
from desktop.views.pages import Shell
from desktop.views.text_fields import TextField
from desktop.world import OFFICE_ZONE

OLD_DAYS = 3
"""A backup older than this is a warning."""


class BackupSection(Section):
    """The folder is remembered on this PC; the file opens with the recovery code alone."""

    help_topic = "settings.backup"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._job: Job | None = None
        card = self.card(
            self.tr("备份"),
            self.tr("整个管理处写进一个加密文件，写完再读回核对。凭恢复码就能打开，文件可以放 U 盘或网盘。"),
        )
        self.facts = FactList()
        card.body.addWidget(self.facts)
        self.folder = TextField(shell.session.preferences.backup_folder, limit=300, clean=str)
        self.row = FormRow(
            self.tr("存到这个文件夹"),
            self.folder,
            required=True,
            note=self.tr("最好是另一块硬盘或 U 盘，例如 E:\\备份"),
        )
        card.body.addWidget(self.row)
        self.start = Button(
            self.tr("现在备份"), "primary", icon="database-backup", key="Ctrl+Return", slot=self._start, writes=True
        )
        self.stop = Button(self.tr("停下"), "quiet", key="Alt+2", slot=self._stop)
        self.result, self.words = Tag("", "", "database-backup"), label("", "muted", wrap=True)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.start)
        line.addWidget(self.stop)
        line.addWidget(self.result)
        line.addWidget(self.words, 1)
        card.body.addLayout(line)
        self.column.addStretch(1)
        self.stop.hide()
        self.result.hide()

    def entered(self) -> None:
        self.folder.setFocus()
        self.refresh()

    def refresh(self) -> None:
        self.shell.run(partial(self.shell.session.read, devices.last_backup), self.show_last)

    def show_last(self, at: datetime | None) -> None:
        """Say when the last backup was made; warn when that is long ago."""
        if at is None:
            self.facts.set_facts([Fact(self.tr("上次备份"), self.tr("还没有备份过"), "warn")])
            return
        here = at.astimezone(OFFICE_ZONE)
        days = (self.shell.today() - here.date()).days
        ago = self.tr("今天") if days <= 0 else self.tr("{n} 天前").format(n=days)
        tone = "warn" if days > OLD_DAYS else "ok"
        self.facts.set_facts([Fact(self.tr("上次备份"), f"{here:%Y-%m-%d %H:%M}，{ago}", tone)])

    def _start(self) -> None:
        if self._job is not None:
            return
        folder = Path(self.folder.value()).expanduser() if self.folder.value() else None
        if folder is None or not folder.is_dir():
            self.row.say(self.tr("写上一个已有的文件夹") if folder is None else self.tr("没有这个文件夹"), "danger")
            self.folder.set_state("error")
            self.folder.setFocus()
            return
        self.row.say("")
        self.folder.set_state("")
        session = self.shell.session
        if session.preferences.backup_folder != self.folder.value():
            session.save_preferences(session.preferences._replace(backup_folder=self.folder.value()))
        self.result.hide()
        self.stop.show()
        self.words.setText(self.tr("正在备份…"))
        self._job = self.shell.run(
            partial(_make, session, folder), self.show_made, self._failed, busy=self.tr("正在备份")
        )
        self._job.progressed.connect(self._show_step)
        self._job.cancelled.connect(self._cancelled)

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _show_step(self, _done: int, _total: int, text: str) -> None:
        self.words.setText(self.tr("{text}…").format(text=text))

    def show_made(self, made: Any) -> None:
        """Say where the file lies."""
        self._over()
        self.result.set(self.tr("备份好了"), "ok", "circle-check")
        self.result.show()
        words = self.tr("{path}，{entries:,} 条审计记录都在里面")
        self.words.setText(words.format(path=made.path, entries=made.header.audit_count))
        self.refresh()

    def _cancelled(self) -> None:
        self._over()
        self.words.setText(self.tr("停下了，没有留下半个文件"))

    def _failed(self, error: Exception) -> None:
        self._over()
        self.result.set(self.tr("没有备份成"), "danger", "circle-alert")
        self.result.show()
        self.words.setText(getattr(error, "message", ""))
        if not getattr(error, "message", ""):
            messages.show_error(error)

    def _over(self) -> None:
        self._job = None
        self.stop.hide()

    def hints(self) -> str:
        return self.tr("Ctrl+Enter 现在备份 · Alt+2 停下")


def _make(session: Any, folder: Path, report: Report) -> Any:
    from desktop.services import backup  # only whoever makes one pays for it

    return backup.make_backup(session.office, session.actor, folder, report)
