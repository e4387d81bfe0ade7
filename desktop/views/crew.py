"""班组与物料: who does the repairs, which firms help, what is in stock, and who answers for what is late."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget

from desktop.views.buttons import Button
from desktop.views.crew_lists import AnswererList, CrewList, TeamList, TechnicianList
from desktop.views.keys import bind
from desktop.views.pages import Command, Page, Shell
from desktop.views.steps import Option, Tabs
from desktop.views.stock_lists import FirmList, MaterialList


class CrewPage(Page):
    """Opened with nothing, or with `part`: technicians, teams, firms, materials, answerers."""

    help_topic = "crew"
    tables = frozenset(
        {
            "technician", "repair_team", "duty_change", "contractor", "party", "repair_material", "material_move",
            "work_order", "staff_member", "staff_role", "building",
        }
    )  # fmt: skip

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        parts: list[tuple[str, str, type[CrewList]]] = [
            ("technicians", self.tr("维修员"), TechnicianList),
            ("teams", self.tr("班组"), TeamList),
            ("firms", self.tr("外包单位"), FirmList),
            ("materials", self.tr("物料"), MaterialList),
            ("answerers", self.tr("超时报给谁"), AnswererList),
        ]
        self.to_board = Button(self.tr("看板"), "quiet", icon="wrench", key="Ctrl+B", slot=self._board)
        self.set_head(self.tr("班组与物料"), "", self.to_board)
        self.tabs = Tabs([Option(key, words) for key, words, _ in parts])
        self.tabs.setAccessibleName(self.tr("哪一部分"))
        self.head.insertWidget(1, self.tabs)
        self.head.insertSpacing(1, 12)
        self.lists: dict[str, CrewList] = {key: made(shell) for key, _, made in parts}
        self.stack = QStackedWidget()
        for each in self.lists.values():
            self.stack.addWidget(each)
        self.body.addWidget(self.stack, 1)
        self.tabs.changed.connect(self._turned)
        self._keys = [bind(self, f"Ctrl+{at + 1}", partial(self._choose, at)) for at in range(len(parts))]

    @property
    def list(self) -> CrewList:
        """The list in front."""
        return self.lists[str(self.tabs.value())]

    def hints(self) -> str:
        return self.tr("Ctrl+1…5 换一部分 · ↑↓ 选 · Enter 打开 · Ctrl+N 新增")

    def opened(self, params: dict[str, Any]) -> None:
        if "part" in params:
            self.tabs.set_value(params["part"])
        self._turned()

    def refresh(self, tables: frozenset[str]) -> None:
        self.list.ask()

    def command(self, command: Command) -> bool:
        if command == Command.REFRESH:
            self.list.ask()
            return True
        return False

    def _choose(self, at: int) -> None:
        self.tabs.choose(at)

    def _turned(self) -> None:
        keep = self.tabs.hasFocus()
        self.stack.setCurrentWidget(self.list)
        self.list.ask()
        if not keep:
            self.list.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _board(self) -> None:
        self.shell.navigate("repairs")
