"""Settings 设置: sections by right, each in a file of its own (see `section.py`)."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QStackedWidget

from desktop.models.right import Right
from desktop.views.admin.section import SECTIONS, Section, SectionSpec
from desktop.views.buttons import Button
from desktop.views.keys import bind
from desktop.views.pages import Command, Page, Shell
from desktop.views.steps import Option, Tabs


class SettingsPage(Page):
    """Tabs of sections; a section is built when it is first looked at."""

    help_topic = "settings"
    tables = frozenset(
        {
            "setting", "staff_member", "staff_role", "device", "device_request", "office_key_wrap", "known_here",
            "template", "stored_file",
        }
    )  # fmt: skip

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, margin=0)
        self.specs = [spec for spec in SECTIONS if spec.right is None or shell.allowed(spec.right)]
        self._sections: dict[str, Section] = {}
        self.set_head(self.tr("设置"))
        self.tabs = Tabs([Option(spec.key, _title(spec)) for spec in self.specs])
        self.tabs.setAccessibleName(self.tr("设置的部分"))
        self.head.insertWidget(1, self.tabs)
        self.head.insertSpacing(1, 12)
        if shell.allowed(Right.SEE_BILLS):
            self.to_fees = Button(
                self.tr("收费标准"), "secondary", icon="calculator", key="Ctrl+T", size="small", slot=self._fees
            )
            self.head.addWidget(self.to_fees)
        self.stack = QStackedWidget()
        self.body.setSpacing(0)
        self.body.addWidget(self.stack, 1)
        self.tabs.changed.connect(self._tab_changed)
        # Ctrl 0 is the tenth: on the keyboard it stands behind the 9.
        self._keys = [
            bind(self, f"Ctrl+{(at + 1) % 10}", _Choose(self.tabs, at)) for at in range(min(10, len(self.specs)))
        ]

    def _fees(self) -> None:
        self.shell.navigate("fees")

    @property
    def section(self) -> Section:
        """The section in front."""
        return self._section(str(self.tabs.value()))

    def _section(self, key: str) -> Section:
        if key not in self._sections:
            spec = next(spec for spec in self.specs if spec.key == key)
            self._sections[key] = spec.make(self.shell)
            self.stack.addWidget(self._sections[key])
        return self._sections[key]

    def opened(self, params: dict[str, Any]) -> None:
        wanted = params.get("section")
        if wanted is not None and wanted != self.tabs.value():
            self.tabs.set_value(wanted)
        else:
            self._show()
        if wanted is not None:
            self.section.wished(params)

    def _tab_changed(self) -> None:
        self._show(keep_focus=self.tabs.hasFocus())

    def _show(self, keep_focus: bool = False) -> None:
        section = self.section
        self.stack.setCurrentWidget(section)
        self.help_topic = section.help_topic
        section.entered()
        if keep_focus:  # the arrows walk on along the tabs
            self.tabs.setFocus()
        self.shell.retitle()

    def refresh(self, tables: frozenset[str]) -> None:
        for section in self._sections.values():
            if not tables or section.tables & tables:
                section.refresh()

    def can_leave(self) -> bool:
        return self.section.can_leave()

    def left(self) -> None:
        for section in self._sections.values():
            section.left()

    def command(self, command: Command) -> bool:
        return self.section.command(command)

    def hints(self) -> str:
        return " · ".join(part for part in (self.section.hints(), self.tr("Ctrl+数字 换一部分")) if part)


class _Choose:
    """A key's tab; kept alive by the page's binding."""

    def __init__(self, tabs: Tabs, at: int) -> None:
        self._tabs, self._at = tabs, at

    def __call__(self) -> None:
        self._tabs.choose(self._at)


def _title(spec: SectionSpec) -> str:
    return QCoreApplication.translate("Settings", spec.title)
