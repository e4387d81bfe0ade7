"""Section 审计日志: every act, the newest first, and the chain walked on demand with a green or red answer."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any

from PySide6.QtWidgets import QHBoxLayout

from desktop.services import audit
from desktop.services.access import SHIPPED
from desktop.services.acts import OP_WORDS, Op
from desktop.services.audit import AuditRow, ChainReport
from desktop.services.settings import RULES
from desktop.views.admin.section import Section
from desktop.views.buttons import Button
from desktop.views.columns import Ask, Column, Count, Kind
from desktop.views.labels import Card, Tag, label
from desktop.views.pages import Command, Shell
from desktop.views.session import DeskSession
from desktop.views.tables import RowTable
from desktop.world import OFFICE_ZONE

SUBJECTS = {
    "party": "租客", "lease": "租约", "room": "房间", "building": "楼栋", "bill": "账单", "payment": "收款",
    "receipt": "收据", "staff_member": "员工", "setting": "规则", "project": "项目", "device": "终端",
    "template": "模板", "attachment": "附件", "work_order": "报修",
    "technician": "维修工", "repair_team": "班组", "contractor": "外包", "repair_material": "材料",
}  # fmt: skip
FACTS = {
    "rooms": "间数", "bills": "账单", "keys_back": "收回钥匙", "failures": "第几次", "roles": "角色",
    "password": "重置密码", "disabled": "停用", "reason": "原因", "receipt": "收据", "setting": "规则",
    "demo": "演示", "kind": "种类", "field": "字段", "way": "方式", "notice": "告知", "ordinal": "版本",
    "clean": "已打扫", "moved_in": "已入住", "ops": "变更", "until": "截至", "month": "月份", "payments": "笔数",
    "approved_by": "授权人", "dropped": "取消", "act": "授权办理",
    "paper": "纸", "relation": "关联", "up_to": "截至", "expired_reason": "证件过期原因", "check_ins": "入住",
    "came_from": "来自", "made": "新建", "reopened": "重开", "undone": "撤销", "pinned": "置顶", "engine": "数据库",
    "returned_fen": "退回（分）", "taken_back_fen": "冲红（分）", "draft": "草稿", "readings": "读数", "urgent": "加急",
}  # fmt: skip
PAPERS = {"receipt": "收据", "lease": "合同", "notice": "告知书"}
WAYS = {"pin": "PIN", "password": "密码", "recovery_code": "恢复码"}
_SHOWN_BREAKS = 5


class AuditSource:
    """Pages of the log: entry numbers run without a hole, so an offset is a number."""

    def __init__(self, session: DeskSession) -> None:
        self._session = session
        self._size = 0

    def count(self) -> Count:
        self._size = self._session.read(audit.audit_size)
        return Count(self._size)

    def page(self, ask: Ask) -> Sequence[AuditRow]:
        # The first page may be asked for before the count.
        size = self._size or self._session.read(audit.audit_size)
        return self._session.read(audit.list_audit, size - ask.offset + 1, ask.limit)

    def key(self, row: AuditRow) -> Hashable:
        return row.n


class AuditSection(Section):
    """The log as a table, the verifier's answer above it."""

    help_topic = "settings.audit"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, scrolls=False)
        self.verify = Button(self.tr("校验审计链"), "primary", icon="shield-check", key="Alt+1", slot=self._verify)
        self.result = Tag("", "", "shield")
        self.words = label(self.tr("从第一条走到最后一条，看有没有人改过、删过"), "muted", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.result)
        row.addWidget(self.words, 1)
        row.addWidget(self.verify)
        self.column.addLayout(row)
        self.table = RowTable(
            [
                Column(self.tr("号"), lambda row: f"{row.n}", kind=Kind.CODE, sample="123456"),
                Column(self.tr("时间"), _when, kind=Kind.DATE, sample="2026-11-22 14:30:05"),
                Column(self.tr("谁"), lambda row: row.who, kind=Kind.NAME, sample="欧阳听澜"),
                Column(self.tr("做了什么"), lambda row: row.what, sample="修改自己的密码"),
                Column(self.tr("对象"), _subject, sample="租客", fold=True),
                Column(self.tr("要点"), _facts, kind=Kind.NAME, sample="规则：提前几天", stretch=1),
            ],
            shell.run,
        )
        self.table.setAccessibleName(self.tr("审计日志"))
        self.table.say_when_empty(self.tr("日志是空的"), self.tr("建立管理处就会有第一条：请先按 Alt+1 校验"))
        card = Card()
        card.body.setContentsMargins(0, 0, 0, 0)
        card.body.addWidget(self.table)
        self.column.addWidget(card, 1)
        self.result.hide()
        self._session: Any = None

    def entered(self) -> None:
        if self._session is not self.shell.session:
            self._session = self.shell.session
            self.table.show_source(AuditSource(self._session))
        else:
            self.table.refresh()
        self.table.setFocus()

    def refresh(self) -> None:
        self.table.refresh()

    def command(self, command: Command) -> bool:
        if command == Command.REFRESH:
            self.table.refresh()
            return True
        return False

    def _verify(self) -> None:
        self.words.setText(self.tr("正在校验…"))
        self.result.hide()
        self.shell.run(
            partial(self.shell.session.read, audit.verify_chain), self.show_report, self._failed,
            busy=self.tr("正在校验审计链"),
        )  # fmt: skip

    def show_report(self, report: ChainReport) -> None:
        """Green with the number of entries, or red with the number of the first bad one."""
        self.result.show()
        if not report.breaks:
            self.result.set(self.tr("完好"), "ok", "shield-check")
            self.words.setText(
                self.tr("{n:,} 条全部接得上，链尾 {head}").format(n=report.entries, head=report.head[:12])
            )
            return
        self.result.set(self.tr("被改动"), "danger", "shield-alert")
        told = [str(each) for each in report.breaks[:_SHOWN_BREAKS]]
        if len(report.breaks) > _SHOWN_BREAKS:
            told.append(self.tr("等 {n} 处").format(n=len(report.breaks)))
        self.words.setText("；".join(told))

    def _failed(self, error: Exception) -> None:
        from desktop.views import messages

        self.words.setText(self.tr("校验停在半路，再按一次「校验审计链」"))
        messages.show_error(error)

    def hints(self) -> str:
        return self.tr("方向键翻看 · Alt+1 校验 · F5 刷新")


def _when(row: AuditRow) -> str:
    return f"{row.at.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M:%S}"


def _subject(row: AuditRow) -> str:
    return SUBJECTS.get(row.subject_table or "", "")


def _facts(row: AuditRow) -> str:
    printed = "paper" in row.facts  # of a paper the ordinal counts reprints, of a template its editions
    told = (_fact("reprint" if printed and name == "ordinal" else name, value) for name, value in row.facts.items())
    return "，".join(part for part in told if part)


def _fact(name: str, value: Any) -> str:
    """One fact in words; what was not done is not told."""
    if name == "disabled":
        return "停用" if value else "恢复登录"
    if value is False or value is None:
        return ""
    words = FACTS.get(name, name)
    if value is True:
        return words
    if name in ("approved", "row"):
        return ""  # which right it was says less than whose word; a row is known by its subject
    if name == "reprint":
        return f"补打 {value}" if value else ""
    if name == "paper":
        return PAPERS.get(value, str(value))
    if name == "way":
        value = WAYS.get(value, value)
    elif name == "act":
        value = OP_WORDS[Op(value)] if value in set(Op) else value
    if name == "roles":
        value = "、".join(SHIPPED[role][0] if role in SHIPPED else role for role in value)
    elif name == "setting":
        value = "、".join(RULES[key].title if key in RULES else key for key in str(value).split("、"))
    return f"{words} {value}"
