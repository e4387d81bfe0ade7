"""Section 终端: the PCs that hold this office's keys, and whether the recovery code still opens it."""

from __future__ import annotations

from functools import partial

from desktop.services import devices
from desktop.services.devices import DeviceRow, Trust
from desktop.views.admin.section import Section
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.labels import Fact, FactList
from desktop.views.pages import Shell
from desktop.views.tables import RowTable
from desktop.views.theme import theme
from desktop.world import OFFICE_ZONE


class DevicesSection(Section):
    """Shows; approving a second PC is done on that PC with the recovery code."""

    tables = frozenset({"device", "office_key_wrap"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        code = self.card(
            self.tr("恢复码"), self.tr("纸上的九组字。电脑都坏了，凭它和备份就能找回一切；新电脑也用它加入。")
        )
        self.facts = FactList()
        code.body.addWidget(self.facts)
        card = self.card(self.tr("已开通的终端"), self.tr("要让另一台电脑加入：在那台电脑上打开安居前台，输入恢复码。"))
        self.table = RowTable(
            [
                Column(self.tr("名称"), lambda row: row.name, kind=Kind.NAME, sample="前台 1", strong=True, stretch=1),
                Column(self.tr("前台"), lambda row: row.desk, kind=Kind.NAME, sample="前台 1", stretch=1),
                Column(self.tr("开通"), _since, kind=Kind.DATE, sample="2026-11-22 14:30"),
                Column(self.tr("状态"), _state, kind=Kind.TAG, sample=self.tr("这台电脑"), tag=_state_look),
            ]
        )
        self.table.setAccessibleName(self.tr("已开通的终端"))
        self.table.setMinimumHeight(theme().height("header-row") + 4 * theme().height("row"))
        card.body.addWidget(self.table)
        self.column.addStretch(1)

    def entered(self) -> None:
        self.table.setFocus()
        self.refresh()

    def refresh(self) -> None:
        self.shell.run(partial(self.shell.session.read, devices.trust_facts), self.show_trust)

    def show_trust(self, trust: Trust) -> None:
        """Show the devices and the state of the recovery code."""
        self.table.show_list(list(trust.devices), key=lambda row: row.id)
        made = trust.recovery.made_at
        good = trust.recovery.holds
        state = self.tr("有效，能打开今天的密钥") if good else self.tr("打不开今天的密钥")
        self.facts.set_facts(
            [
                Fact(self.tr("生成于"), f"{made.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}" if made else "—"),
                Fact(self.tr("状态"), state, "ok" if good else "danger"),
            ]
        )


def _since(row: DeviceRow) -> str:
    return f"{row.approved_at.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M}" if row.approved_at else "—"


def _state(row: DeviceRow) -> str:
    return _state_look(row).text


def _state_look(row: DeviceRow) -> TagLook:
    if row.revoked_at is not None:
        return TagLook("已收回", "danger", "ban")
    return TagLook("这台电脑", "ok", "monitor") if row.here else TagLook("已开通", "info", "check")
