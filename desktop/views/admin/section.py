"""What a section of the settings page is, and the list of them.

To add one: a class derived from Section in a file of its own here, and a line in SECTIONS.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.models.values import Right
from desktop.views.labels import Card, label
from desktop.views.overlays import BodyScroll

if TYPE_CHECKING:
    from collections.abc import Mapping

    from desktop.views.pages import Command, Shell


@dataclass(frozen=True, slots=True)
class SectionSpec:
    """A section as the page knows it before it exists; without `right` everybody sees it."""

    key: str
    title: str
    factory: str
    right: Right | None = None

    def make(self, shell: Shell) -> Section:
        """Import and build the section."""
        module, _, name = self.factory.partition(":")
        section: Section = getattr(import_module(f"desktop.views.admin.{module}"), name)(shell)
        return section


def _noop(words: str) -> str:
    """Marks words of the context "Settings"; the page translates them."""
    return words


SECTIONS = (
    SectionSpec("mine", _noop("我的"), "mine:MineSection"),
    SectionSpec("printers", _noop("打印机"), "printers:PrintersSection"),
    SectionSpec("rules", _noop("规则"), "rules:RulesSection", Right.EDIT_SETTINGS),
    SectionSpec("places", _noop("楼栋"), "places:PlacesSection", Right.EDIT_PLACES),
    SectionSpec("people", _noop("员工"), "people:PeopleSection", Right.SEE_STAFF),
    SectionSpec("audit", _noop("审计日志"), "audit_log:AuditSection", Right.SEE_AUDIT),
    SectionSpec("checkup", _noop("体检"), "checkup:CheckupSection", Right.CHECK_OFFICE),
    SectionSpec("backup", _noop("备份"), "backup:BackupSection", Right.MAKE_BACKUP),
    SectionSpec("devices", _noop("终端"), "devices:DevicesSection", Right.APPROVE_DEVICES),
    SectionSpec("templates", _noop("模板"), "templates:TemplatesSection", Right.EDIT_TEMPLATES),
)


class Section(QWidget):
    """One section. Fill `column`; with `scrolls` it lies in a scroll area."""

    tables: frozenset[str] = frozenset()
    help_topic = "settings"

    def __init__(self, shell: Shell, *, scrolls: bool = True) -> None:
        super().__init__()
        self.shell = shell
        content = QWidget()
        self.column = QVBoxLayout(content)
        self.column.setContentsMargins(12, 12, 12, 12)
        self.column.setSpacing(12)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(BodyScroll(content) if scrolls else content, 1)
        self._outer = outer

    def add_foot(self, *widgets: QWidget) -> None:
        """A fixed foot: what stands at the left first, the primary last; labels take the room between."""
        frame = QFrame()
        frame.setObjectName("Footer")
        row = QHBoxLayout(frame)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(8)
        for widget in widgets:
            row.addWidget(widget, 1 if isinstance(widget, QLabel) else 0)
        self._outer.addWidget(frame)

    def card(self, title: str, about: str = "") -> Card:
        """A white card with a title and one line about it."""
        made = Card()
        made.body.setContentsMargins(18, 12, 18, 14)
        made.body.addWidget(label(title, "title"))
        if about:
            made.body.addWidget(label(about, "small", wrap=True))
        self.column.addWidget(made)
        return made

    @staticmethod
    def add_button(card: Card, button: QWidget) -> None:
        """A button as wide as its words, under what the card says."""
        card.body.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)

    def entered(self) -> None:
        """The section comes to the front: load, place the focus."""

    def wished(self, params: Mapping[str, Any]) -> None:
        """What somebody wanted to do here, when the page was opened for this section."""

    def refresh(self) -> None:
        """Something it shows has changed."""

    def can_leave(self) -> bool:
        """False keeps the clerk here; the section then has said why."""
        return True

    def left(self) -> None:
        """The page goes to the back or the desk is locked: keep a draft."""

    def command(self, command: Command) -> bool:
        return False

    def hints(self) -> str:
        return ""
