"""Section 楼栋: buildings, floors and rooms added after the first start, by the same generator and paste box."""

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
    from collections.abc import Mapping
    from uuid import UUID

    from desktop.services.places import PlacesAdded, Standing
    from desktop.views.pages import Command, Shell

_UNDONE_MOST = 500
"""More rooms than that are looked at before they are stored, and not taken back by a key."""


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
        self._standing: dict[str, Standing] = {}
        self._wished: UUID | None = None

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

    def wished(self, params: Mapping[str, Any]) -> None:
        self._wished = params.get("building_id")
        self._begin_wished()

    def _loaded(self, loaded: tuple[Known, dict[str, Standing]]) -> None:
        known, standing = loaded
        self.step.standing = {name: each.numbers for name, each in standing.items()}
        self.step.learned(known)
        self._named(standing)
        self._begin_wished()
        self.step.entered()

    def _named(self, standing: dict[str, Standing]) -> None:
        self._standing = standing
        self.step.standing = {name: each.numbers for name, each in standing.items()}
        self._changed()

    def _begin_wished(self) -> None:
        """Opened from a room: its building, and the floor above its last."""
        for name, each in self._standing.items():
            if each.id == self._wished:
                self._wished = None
                self.step.begin_with(name, each.top_floor + 1 or 1)

    def _changed(self) -> None:
        count = sum(len(draft.rooms) for draft in self.step.buildings)
        have = self.tr("现有 {n} 栋").format(n=len(self._standing)) if self._standing else self.tr("还没有楼栋")
        self.note.setText(f"{have} · " + self.tr("待建 {n} 间").format(n=f"{count:,}") if count else have)

    def save(self) -> None:
        """Make the collected buildings, floors and rooms in one act."""
        self.step.may_go_on(self.save)
        problems = self.step.own_problems()
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

    def _made(self, added: PlacesAdded) -> None:
        self.save_button.enable()
        self.step.buildings.clear()
        self.step._show_list()
        self._changed()
        text = self.tr("已建好 {n} 间房").format(n=f"{len(added.rooms):,}")
        undo = partial(self._take_back, added) if len(added.rooms) <= _UNDONE_MOST else None
        self.shell.toast(text, undo)
        self.shell.navigate("board", room_id=added.rooms[0] if added.rooms else None)

    def _take_back(self, added: PlacesAdded) -> None:
        work = partial(_drop, self.shell.session, added)
        self.shell.run(work, self._taken_back, write=True)

    def _taken_back(self, _nothing: object) -> None:
        self.shell.toast(self.tr("已撤销"))

    def _not_made(self, error: Exception) -> None:
        from desktop.views import messages

        self.save_button.enable()
        messages.show_error(error)


def _load(session: Any) -> tuple[Known, dict[str, Standing]]:
    from desktop.services import first_rooms, places
    from desktop.services.errors import DomainError

    services = SimpleNamespace(
        RoomRun=first_rooms.RoomRun, generate_rooms=first_rooms.generate_rooms, parse_rooms=first_rooms.parse_rooms,
        parse_floors=first_rooms.parse_floors, BuildingDraft=places.BuildingDraft, DomainError=DomainError,
        both_have=places.both_have,
    )  # fmt: skip
    return Known(services), _names(session)


def _names(session: Any) -> dict[str, Standing]:
    from desktop.services import places

    return {each.name: each for each in session.read(places.standing_buildings)}


def _make(session: Any, drafts: tuple[Any, ...]) -> PlacesAdded:
    from desktop.services import places

    made: PlacesAdded = session.act(Op.ADD_PLACES, places.add_places, drafts)
    return made


def _drop(session: Any, added: PlacesAdded) -> None:
    from desktop.services import places

    session.act(Op.ADD_PLACES, places.take_back_places, added)
