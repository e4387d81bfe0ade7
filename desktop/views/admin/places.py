"""Section 楼栋: buildings and rooms added after the first start, by the same generator and paste box."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from desktop.services.acts import Op
from desktop.views.admin.section import Section
from desktop.views.buttons import Button
from desktop.views.first_start.rooms_step import RoomsStep
from desktop.views.first_start.step import Known
from desktop.views.labels import label

if TYPE_CHECKING:
    from desktop.views.pages import Command, Shell


class PlacesSection(Section):
    """What is collected here becomes rooms when the primary is pressed; nothing is stored before."""

    tables = frozenset({"building"})
    help_topic = "settings.places"

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, scrolls=False)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.step = RoomsStep(shell.run)
        self.column.addWidget(self.step, 1)
        self.note = label("", "small", wrap=True)
        self.save_button = Button(
            self.tr("建好这些楼栋"), "primary", icon="building-2", key="Ctrl+Return", slot=self.save, writes=True
        )
        self.add_foot(self.note, self.save_button)
        self.step.changed.connect(self._changed)
        self._taken: frozenset[str] = frozenset()

    def entered(self) -> None:
        if self.step.known is None:
            self.shell.run(partial(_load, self.shell.session), self._loaded)
        else:
            self.step.entered()

    def refresh(self) -> None:
        self.shell.run(partial(_names, self.shell.session), self._named)

    def command(self, command: Command) -> bool:
        from desktop.views.pages import Command as Key

        if command is Key.SAVE:
            self.save()
            return True
        return False

    def _loaded(self, loaded: tuple[Known, frozenset[str]]) -> None:
        known, names = loaded
        self.step.learned(known)
        self._named(names)
        self.step.entered()

    def _named(self, names: frozenset[str]) -> None:
        self._taken = names
        self._changed()

    def _changed(self) -> None:
        count = sum(len(draft.rooms) for draft in self.step.buildings)
        have = self.tr("现有 {n} 栋").format(n=len(self._taken)) if self._taken else self.tr("还没有楼栋")
        self.note.setText(f"{have} · " + self.tr("待建 {n} 间").format(n=f"{count:,}") if count else have)

    def save(self) -> None:
        """Make the collected buildings in one act; a name that exists is told and nothing is made."""
        self.step.may_go_on(self.save)
        problems = self.step.own_problems()
        twice = sorted(draft.name for draft in self.step.buildings if draft.name in self._taken)
        if twice:
            problems = {"buildings": self.tr("{names} 已经有了，换个名称").format(names="、".join(twice))}
        if problems:
            self.step.show_problems(problems)
            self.note.setText(next(iter(problems.values())))
            self.step.focus_problem()
            return
        self.save_button.disable(self.tr("正在建"))
        drafts = tuple(self.step.buildings)
        self.shell.run(
            partial(_make, self.shell.session, drafts), self._made, self._not_made, write=True,
            busy=self.tr("正在建楼栋和房间"),
        )  # fmt: skip

    def _made(self, rooms: int) -> None:
        self.save_button.enable()
        self.step.buildings.clear()
        self.step._show_list()
        self._changed()
        self.shell.toast(self.tr("已建好 {n} 间房").format(n=f"{rooms:,}"))
        self.shell.navigate("board")

    def _not_made(self, error: Exception) -> None:
        from desktop.views import messages

        self.save_button.enable()
        messages.show_error(error)


def _load(session: Any) -> tuple[Known, frozenset[str]]:
    from desktop.services import first_rooms, places
    from desktop.services.errors import DomainError

    services = SimpleNamespace(
        RoomRun=first_rooms.RoomRun, generate_rooms=first_rooms.generate_rooms, parse_rooms=first_rooms.parse_rooms,
        parse_floors=first_rooms.parse_floors, BuildingDraft=places.BuildingDraft, DomainError=DomainError,
    )  # fmt: skip
    return Known(services), _names(session)


def _names(session: Any) -> frozenset[str]:
    from desktop.services import places

    return frozenset(name for _, name in session.read(places.list_buildings))


def _make(session: Any, drafts: tuple[Any, ...]) -> int:
    from desktop.services import places

    return int(session.act(Op.ADD_PLACES, places.add_buildings, drafts))
