"""房间变动: what may be changed of a room for good, as a menu; the dialogs behind it, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from desktop.models.values import Right, RoomCondition, RoomState
from desktop.services import owners, places, room_changes
from desktop.services.acts import Op
from desktop.services.board import TileFacts
from desktop.services.owners import OwnerForm, OwnerRow
from desktop.services.room_changes import ChangeFacts, RoomBusy
from desktop.views import messages
from desktop.views.holding import hold
from desktop.views.owners_dialog import OwnersDialog, standing
from desktop.views.pages import Shell
from desktop.views.room_change_dialogs import MergeDialog, RenumberDialog, RetireDialog, SplitDialog
from desktop.views.room_dialogs import CloseRoom, CloseRoomDialog


class Change(StrEnum):
    """One kind of change."""

    SPLIT = "split"
    MERGE = "merge"
    RENUMBER = "renumber"
    CLOSE = "close"
    OWNERS = "owners"
    RETIRE = "retire"
    RESTORE = "restore"
    ADD = "add"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu."""

    change: Change
    words: str
    icon: str


class RoomChanges(QObject):
    """Offers the changes of one page's rooms and does them."""

    def __init__(self, shell: Shell, page: QWidget) -> None:
        super().__init__(page)
        self._shell, self._page = shell, page

    def entries(self, tile: TileFacts) -> list[Entry]:
        """What fits the room; nothing for a role that may not change rooms."""
        if not self._shell.allowed(Right.EDIT_PLACES):
            return []
        if tile.retired:
            return [Entry(Change.RESTORE, self.tr("撤销注销"), "undo-2")]
        found = [
            Entry(Change.SPLIT, self.tr("拆分"), "grid-3x3"),
            Entry(Change.MERGE, self.tr("合并"), "layers"),
            Entry(Change.RENUMBER, self.tr("改房号"), "hash"),
        ]
        if tile.state in (RoomState.VACANT_CLEAN, RoomState.VACANT_DIRTY):
            found.append(Entry(Change.CLOSE, self.tr("转维修或停用"), "ban"))
        return [
            *found,
            Entry(Change.OWNERS, self.tr("业主和份额"), "user-round-cog"),
            Entry(Change.RETIRE, self.tr("注销房间"), "archive"),
            Entry(Change.ADD, self.tr("加楼层或房间"), "building-2"),
        ]

    def fill(self, menu: QMenu, tile: TileFacts, chosen: Sequence[UUID] = (), *, whole: bool = False) -> None:
        """Put the changes into a menu; without `whole` what stands in the menu around it is left out."""
        for entry in self.entries(tile):
            if entry.change is Change.CLOSE and not whole:
                continue
            action = QAction(entry.words, menu)
            reason = hold().reason if entry.change is Change.RESTORE else ""
            action.setEnabled(not reason)
            action.setToolTip(reason)
            action.triggered.connect(partial(self._chosen, entry.change, tile, tuple(chosen)))
            menu.addAction(action)

    def menu(self, tile: TileFacts, at: QPoint, chosen: Sequence[UUID] = ()) -> QMenu | None:
        """The changes alone, for the key; None where there are none."""
        menu = QMenu(self._page)
        self.fill(menu, tile, chosen, whole=True)
        if not menu.actions():
            messages.show_warning(self.tr("您的角色不能改房间：请主管登录后修改"))
            menu.deleteLater()
            return None
        menu.setActiveAction(menu.actions()[0])
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)
        return menu

    def _chosen(self, change: Change, tile: TileFacts, chosen: tuple[UUID, ...], _checked: bool = False) -> None:
        self.do(change, tile, chosen)

    def do(self, change: Change, tile: TileFacts, chosen: Sequence[UUID] = ()) -> None:
        """Ask what is needed; a room that cannot go is refused in words before anything is typed."""
        shell, session = self._shell, self._shell.session
        if change is Change.ADD:
            shell.navigate("settings", section="places", building_id=tile.building_id)
        elif change is Change.CLOSE:
            self.close_room(tile)
        elif change is Change.OWNERS:
            read = partial(session.read, _owned, tile.room_id)
            shell.run(read, self._owners)
        elif change is Change.RESTORE:
            work = partial(session.act, Op.CHANGE_PLACE, room_changes.restore_room, tile.room_id)
            shell.run(work, partial(self._told, self.tr("{room} 恢复了").format(room=tile.number)), write=True)
        else:
            read = partial(session.read, room_changes.change_facts, tile.room_id)
            shell.run(read, partial(self._open, change, tuple(chosen)))

    def _open(self, change: Change, chosen: tuple[UUID, ...], facts: ChangeFacts) -> None:
        number = facts.place.number
        if change is Change.RENUMBER:
            renumber = RenumberDialog(self._shell, facts)
            renumber.done.connect(partial(self._renumbered, renumber))
            self._shell.open(renumber)
            return
        if facts.busy:
            words = {Change.SPLIT: self.tr("拆分"), Change.MERGE: self.tr("合并"), Change.RETIRE: self.tr("注销")}
            text = self.tr("{room} 现在不能{what}：{why}")
            why = RoomBusy(facts.busy).message
            messages.show_warning(text.format(room=number, what=words[change], why=why))
            return
        if change is Change.SPLIT:
            split = SplitDialog(self._shell, facts)
            split.done.connect(partial(self._split, facts))
            self._shell.open(split)
        elif change is Change.MERGE:
            merge = MergeDialog(self._shell, facts, chosen)
            merge.done.connect(partial(self._merged, merge))
            self._shell.open(merge)
        else:
            retire = RetireDialog(self._shell, facts.place)
            retire.done.connect(partial(self._retired, facts))
            self._shell.open(retire)

    # what came of it, and the way back

    def _split(self, facts: ChangeFacts, made: list[UUID]) -> None:
        words = self.tr("{room} 已拆成 {n} 间").format(room=facts.place.number, n=len(made))
        self._shell.toast(words, partial(self._undo, room_changes.take_back, made))
        self._show(made[0])

    def _merged(self, dialog: MergeDialog, made: UUID) -> None:
        rooms = [dialog.place.number, *(each.number for each in dialog.request().rooms)]
        words = self.tr("{rooms} 已合并成 {number}").format(rooms="、".join(rooms), number=dialog.request().into.number)
        self._shell.toast(words, partial(self._undo, room_changes.take_back, [made]))
        self._show(made)

    def _renumbered(self, dialog: RenumberDialog, _news: object) -> None:
        asked = dialog.request()
        words = self.tr("{old} 已改为 {new}").format(old=dialog.place.number, new=asked.number)
        back = (dialog.place.id, asked.number.strip(), dialog.place.number, asked.since)
        self._shell.toast(words, partial(self._undo, room_changes.renumber_room, *back))

    def _retired(self, facts: ChangeFacts, _news: object) -> None:
        words = self.tr("{room} 已注销").format(room=facts.place.number)
        self._shell.toast(words, partial(self._undo, room_changes.restore_room, facts.place.id))

    def _owners(self, found: tuple[places.RoomPlace, list[OwnerRow]]) -> None:
        place, rows = found
        dialog = OwnersDialog(self._shell, place, standing(rows))
        dialog.done.connect(partial(self._owned, dialog))
        self._shell.open(dialog)

    def _owned(self, dialog: OwnersDialog, now: tuple[OwnerRow, ...]) -> None:
        forms = [OwnerForm(row.party_id, row.share, row.owner_occupied) for row in dialog.before]
        words = self.tr("{room} 的业主已保存").format(room=dialog.room.number)
        back = (dialog.room.id, now, forms, dialog.request().since)
        self._shell.toast(words, partial(self._undo, owners.set_owners, *back))

    def _show(self, room_id: UUID) -> None:
        """The old room's page has become history: go on with what was made of it."""
        here = getattr(self._page, "show_instead", None)
        if here is not None:
            here(room_id)

    def _undo(self, function: Callable[..., Any], *arguments: Any) -> None:
        work = partial(self._shell.session.act, Op.CHANGE_PLACE, function, *arguments)
        self._shell.run(work, partial(self._told, self.tr("已撤销")), write=True)

    def _told(self, text: str, _news: object) -> None:
        self._shell.toast(text)

    # out of use

    def close_room(self, tile: TileFacts) -> None:
        """转维修或停用: a reason for the tile, the last day where one is known."""
        dialog = CloseRoomDialog(self._shell, tile.number, tile.room_id)
        dialog.done.connect(partial(self._closed, dialog, tile))
        self._shell.open(dialog)

    def _closed(self, dialog: CloseRoomDialog, tile: TileFacts, before: RoomCondition) -> None:
        order: CloseRoom = dialog.request()
        words = self.tr("维修") if order.condition is RoomCondition.REPAIR else self.tr("停用")
        text = self.tr("{room} 已转为{words}").format(room=tile.number, words=words)
        back = partial(self._undo, places.reopen_room, tile.room_id, before is RoomCondition.CLEAN)
        self._shell.toast(text, back)


def _owned(look: Any, room_id: UUID) -> tuple[places.RoomPlace, list[OwnerRow]]:
    """In a reading job: the room with its owners."""
    return places.room_place(look, room_id), owners.owners_of(look, room_id)
