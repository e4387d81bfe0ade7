"""Beside today's list: drafts to go on with, and how reminders, backup and disk stand."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.models.values import Right
from desktop.services.check_in_draft import KIND as CHECK_IN
from desktop.services.drafts import DraftRow
from desktop.services.today import DeskState, Today
from desktop.views.buttons import Button
from desktop.views.due_watch import moment
from desktop.views.labels import Card, FreeText, Glyph
from desktop.views.layouts import clear
from desktop.views.overlays import BodyScroll
from desktop.views.pages import Shell
from desktop.views.theme import theme
from desktop.world import OFFICE_ZONE

MOST = 4
"""Drafts shown, the latest first; each has a key."""


class TodayPanel(QWidget):
    """`words` is what a narrow window says in its place."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.words = ""
        self.buttons: list[Button] = []
        self.drafts = Card()
        self.desk = Card()
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.drafts)
        column.addWidget(self.desk)
        column.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(BodyScroll(content))
        self._shown: Any = None
        self._fit()

    def _fit(self) -> None:
        self.setFixedWidth(theme().panel("detail"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "desk"):
            self._fit()
        super().changeEvent(event)

    def show_today(self, facts: Today) -> None:
        """Show them; what is the same stays as it is."""
        rows = self._usable(facts.drafts)
        lines = self._lines(facts.desk) if facts.desk is not None else []
        wrong = sum(tone != "ok" for _, tone, _, _ in lines)
        parts = [self.tr("草稿 {n}").format(n=len(rows))] if rows else []
        parts += [self.tr("系统 {n}").format(n=wrong)] if wrong else []
        self.words = " · ".join(parts)
        shown = rows, lines, theme().size
        if shown == self._shown:
            return
        self._shown = shown
        self._show_drafts(rows)
        self._show_desk(lines, wrong)

    # drafts

    def _usable(self, drafts: tuple[DraftRow, ...]) -> list[DraftRow]:
        return [row for row in drafts if self._place(row) is not None]

    def _place(self, row: DraftRow) -> tuple[str, dict[str, Any]] | None:
        """The page that goes on with a draft, and what it is opened with; None for what is no form."""
        if row.kind == CHECK_IN and self._shell.allowed(Right.CHECK_IN):
            return "check_in", {"draft_id": row.id}
        if row.kind == "meters.round" and self._shell.allowed(Right.READ_METERS):
            return "meters", {}
        if row.kind.startswith("template:") and self._shell.allowed(Right.EDIT_TEMPLATES):
            return "settings", {"section": "templates"}
        if row.kind.startswith("form:") and self._shell.allowed(Right.EDIT_TEMPLATES):
            return "receipt_form", {}
        return None

    def _show_drafts(self, rows: list[DraftRow]) -> None:
        clear(self.drafts.body)
        self.buttons = []
        self.drafts.setVisible(bool(rows))
        self.drafts.head(self.tr("没办完的"), f"{len(rows)}")
        words = {CHECK_IN: self.tr("办理入住"), "meters.round": self.tr("抄表")}
        for at, row in enumerate(rows[:MOST]):
            kind = words.get(row.kind, self.tr("模板"))
            button = Button(
                self.tr("继续"), "secondary", key=f"Alt+{at + 4}", size="small", slot=partial(self._resume, row)
            )
            self.buttons.append(button)
            self.drafts.body.addLayout(
                self._line("pencil", "text-muted", row.title or kind, f"{kind} · {self._when(row.saved_at)}", button)
            )

    def _when(self, at: datetime) -> str:
        local = at.astimezone(OFFICE_ZONE)
        return f"{local:%H:%M}" if local.date() == self._shell.today() else f"{local:%m-%d}"

    def _resume(self, row: DraftRow) -> None:
        place = self._place(row)
        if place is not None:
            self._shell.navigate(place[0], **place[1])

    # the desk

    def _lines(self, desk: DeskState) -> list[tuple[str, str, str, str]]:
        """(glyph, tone, what, more) of the engine, the backup and the disk."""
        engine = desk.engine
        last = engine.last_run_at
        if engine.stood is not None:
            lines = [("clock-alert", "danger", self.tr("到期提醒停了"), self.tr("按 Shift F5 看"))]
        elif last is None:
            lines = [("refresh-cw", "info", self.tr("到期提醒检查中"), self.tr("马上就好"))]
        else:
            lines = [("heart-pulse", "ok", self.tr("到期提醒在运行"), self.tr("最近一次 {at}").format(at=moment(last)))]
        made = desk.backup_at
        when = self.tr("上次 {at}").format(at=moment(made)) if made is not None else self.tr("还没有备份过")
        if desk.backup_late:
            lines.append(("database-backup", "warn", self.tr("该备份了"), when))
        else:
            lines.append(("database-backup", "ok", self.tr("备份正常"), when))
        if desk.free is not None:
            room = self.tr("还剩 {n} GB").format(n=f"{desk.free / 1024**3:.0f}")
            if desk.little_room:
                lines.append(("hard-drive", "danger", self.tr("磁盘快满了，请腾地方"), self.tr("还剩不到 2 GB")))
            else:
                lines.append(("hard-drive", "ok", self.tr("磁盘够用"), room))
        return lines

    def _show_desk(self, lines: list[tuple[str, str, str, str]], wrong: int) -> None:
        clear(self.desk.body)
        self.desk.head(self.tr("系统"), self.tr("{n} 项要看").format(n=wrong) if wrong else "")
        for icon, tone, what, more in lines:
            self.desk.body.addLayout(self._line(icon, tone, what, more))

    def _line(self, icon: str, token: str, what: str, more: str, button: Button | None = None) -> QHBoxLayout:
        """A glyph, one line of words over a smaller one, and a button beside that."""
        title, below = FreeText(what), FreeText(more, "caption", token="text-faint")
        for words in (title, below):
            words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        second = QHBoxLayout()
        second.setSpacing(8)
        second.addWidget(below, 1)
        if button is not None:
            second.addWidget(button)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(title)
        column.addLayout(second)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(Glyph(icon, token, 18), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        return row
