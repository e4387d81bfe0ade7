"""Step 4 选房间: the free rooms, narrowed by building, floor or number as one types; Enter takes the one in hand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from desktop.services import check_in_draft as wizard
from desktop.services.check_in_draft import Step
from desktop.services.check_in_facts import FreeRoom, free_rooms
from desktop.services.problems import Level, Problem
from desktop.views.check_in.step import StepView
from desktop.views.check_in.wizard import Wizard
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.forms import MessageLine
from desktop.views.keys import swallows_enter
from desktop.views.labels import Card, label
from desktop.views.tables import RowTable
from desktop.views.text_fields import SearchField


def _state(room: FreeRoom) -> TagLook:
    return TagLook("空净", "ok", "door-open") if room.clean else TagLook("空脏", "warn", "brush-cleaning")


class RoomStep(StepView):
    """The focus stays in the box: digits narrow, ↑ and ↓ move, Enter takes."""

    step = Step.ROOM
    scrolls = False

    def __init__(self, page: Wizard) -> None:
        super().__init__(page)
        self.rooms: list[FreeRoom] = []
        self._shown: list[FreeRoom] = []
        self._trouble = ""
        self.search = SearchField(self.tr("房号 / 楼栋 / 楼层，例如 09、3栋、9楼"))
        self.search.installEventFilter(self)
        self.search.searched.connect(self._narrow)
        self.count = label("", "muted")
        self.table = RowTable(
            [
                Column(self.tr("房间"), lambda room: room.words, kind=Kind.NAME, sample="10 栋 1203-2", strong=True),
                Column(self.tr("楼层"), lambda room: f"{room.floor} 楼", sample="12 楼"),
                Column(self.tr("户型"), lambda room: room.layout or "—", sample="两室一厅一卫", stretch=1),
                Column(
                    self.tr("面积（m²）"), lambda room: f"{room.area}" if room.area else "—", kind=Kind.NUMBER,
                    sample="146.20",
                ),
                Column(
                    self.tr("挂牌租金（元/月）"), lambda room: str(room.asking_rent) if room.asking_rent else "—",
                    kind=Kind.MONEY, sample="12,860.00",
                ),
                Column(self.tr("状态"), lambda room: _state(room).text, kind=Kind.TAG, tag=_state, sample="空净空净"),
            ]
        )  # fmt: skip
        self.table.say_when_empty(
            self.tr("没有可以选的空房"), self.tr("换个房号再找；都租出去了，就在房态图看哪间快到期")
        )
        self.table.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.table.setMinimumHeight(150)
        self.table.opened.connect(self._open)
        self.table.current_row.connect(self._current)
        self.message = MessageLine()
        card = Card()
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.search, 1)
        head.addWidget(self.count)
        card.body.addLayout(head)
        card.body.addWidget(self.message)
        card.body.addWidget(self.table, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.addWidget(card, 1)

    # what it shows

    def entered(self) -> None:
        self.search.setFocus(Qt.FocusReason.TabFocusReason)
        self.load()

    def load(self) -> None:
        """Ask which rooms are free now; what was typed in the box stays."""
        session = self.wizard.shell.session
        self.wizard.shell.run(partial(session.read, free_rooms), self.show_rooms)

    def show_rooms(self, rooms: Sequence[FreeRoom]) -> None:
        self.rooms = list(rooms)
        self._narrow(self.search.text().strip())

    def _narrow(self, text: str) -> None:
        self._shown = [room for room in self.rooms if room.fits(text)] if text else list(self.rooms)
        chosen = next((r for r in self._shown if r.id == self.draft.room_id), None)
        self.table.show_list(self._shown, _key)
        if text and chosen is None and self._shown:
            chosen = self._shown[0]
            self.take(chosen)
        if chosen is not None:
            self.table.choose(self._shown.index(chosen))
        if self.rooms and not self._shown:
            self.count.setText(self.tr("没有符合「{text}」的空房，少写几个字").format(text=text))
        elif not self.rooms:
            self.count.setText(self.tr("现在没有空房：先在房态图看哪间快到期"))
        else:
            self.count.setText(self.tr("空房 {n} 间").format(n=len(self._shown)))

    def show_problems(self, problems: Sequence[Problem]) -> None:
        stop = next((p for p in problems if p.stops), None)
        warn = next((p for p in problems if p.level is Level.WARN), None)
        if stop is not None and (self.asked or self.draft.room_id is not None):
            self.message.set(stop.text, "danger")
        elif self._trouble:
            self.message.set(self._trouble, "danger")
        else:
            self.message.set(warn.text if warn else "", "warn" if warn else "")

    def show_trouble(self, text: str) -> None:
        """The room was let in this very moment: everything typed is kept, another one is chosen here."""
        self._trouble = text
        self.message.set(text, "danger" if text else "")
        self.load()

    def focus_problem(self) -> None:
        self.search.setFocus(Qt.FocusReason.TabFocusReason)

    def primary(self) -> tuple[str, str]:
        return self.tr("选这间，下一步"), ""

    def hints(self) -> str:
        return self.tr("输入房号 · ↑↓ 选房 · Enter 选这间 · Esc 暂存并离开")

    # what happens

    def _current(self, room: FreeRoom | None) -> None:
        if room is None or room.id == self.draft.room_id or not isinstance(room, FreeRoom):
            return
        self.take(room)

    def take(self, room: FreeRoom) -> None:
        """Choose a room: its asking rent and area become the defaults of the terms."""
        draft = self.draft
        self._trouble = ""
        draft.room_id, draft.room = room.id, room.words
        draft.area, draft.layout = "" if room.area is None else str(room.area), room.layout
        asking = "" if room.asking_rent is None else str(room.asking_rent)
        if not draft.rent or draft.rent == draft.asking_rent:
            draft.rent = asking
        draft.asking_rent = asking
        wizard.follow_rent(draft)
        self.wizard.room_chosen()

    def _open(self, room: FreeRoom) -> None:
        self._current(room)
        self.wizard.go_on()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and not self.search.composing:
            key = event.key()
            moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -8, Qt.Key.Key_PageDown: 8}
            if key in moves and self._shown:
                at = self.table.currentIndex().row()
                # The first step down from nowhere is the first room.
                to = min(max(at + moves[Qt.Key(key)], 0), len(self._shown) - 1)
                self.table.choose(to)
                self.take(self._shown[to])
                return True
            if swallows_enter(event):
                self.wizard.go_on()
                return True
        return super().eventFilter(watched, event)


def _key(room: FreeRoom) -> UUID:
    return room.id
