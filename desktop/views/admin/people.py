"""Section 员工: how many people there are, and the way to their page."""

from __future__ import annotations

from functools import partial

from desktop.services import access
from desktop.services.access import StaffRow
from desktop.views.admin.section import Section
from desktop.views.buttons import Button
from desktop.views.labels import Fact, FactList
from desktop.views.pages import Shell


class PeopleSection(Section):
    """People by role; the page of its own has everything else."""

    help_topic = "settings.people"

    tables = frozenset({"staff_member", "staff_role"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        card = self.card(self.tr("员工和角色"), self.tr("添加、停用、改角色、重置密码都在员工页。"))
        self.facts = FactList()
        card.body.addWidget(self.facts)
        self.way = Button(self.tr("打开员工页"), "primary", icon="users", key="Alt+1", slot=self._open)
        self.add_button(card, self.way)
        self.column.addStretch(1)

    def entered(self) -> None:
        self.way.setFocus()
        self.refresh()

    def refresh(self) -> None:
        self.shell.run(partial(self.shell.session.read, access.list_staff), self.show_staff)

    def show_staff(self, rows: list[StaffRow]) -> None:
        """Count the people of each role."""
        counts: dict[str, int] = {}
        for row in rows:
            for title in row.role_titles if row.disabled_at is None else ():
                counts[title] = counts.get(title, 0) + 1
        here = sum(row.disabled_at is None for row in rows)
        lines = [Fact(self.tr("在用"), self.tr("{n} 人").format(n=here))]
        lines += [Fact(title, self.tr("{n} 人").format(n=count)) for title, count in counts.items()]
        self.facts.set_facts(lines)

    def _open(self) -> None:
        self.shell.navigate("staff")
