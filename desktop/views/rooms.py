"""All rooms as a list 房间列表: what the board shows, narrowed, sorted, copied, printed; Ctrl L goes to and fro."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QMenu

from desktop.models.values import NIL, Right
from desktop.services import room_lists
from desktop.services.board import Count as Figure
from desktop.services.board import TileFacts
from desktop.services.conditions import Chosen, chosen_of
from desktop.services.room_facts import Kept
from desktop.services.room_lists import RoomFigures, RoomFilter, RoomOrder, RoomRow, RoomScope
from desktop.views.buttons import Button
from desktop.views.columns import Ask, Column, Count, Kind, TagLook
from desktop.views.keys import bind
from desktop.views.list_page import ListPage, span_of
from desktop.views.pages import Shell
from desktop.views.painting import ROOM_TONE
from desktop.views.renewal_key import RENEW_KEY
from desktop.views.room_actions import CHANGE_KEY, LIST_KEY, RoomActions
from desktop.views.steps import Option, Tabs
from desktop.views.tables import RowTable
from desktop.views.text_fields import SearchField
from desktop.views.theme import theme
from desktop.views.timeline import EmptyState

_PAINTED_MS = 30
"""After rows came, before the whole board is read behind them: two threads of Python paint them half as fast."""
_FIGURES: dict[Figure, tuple[RoomScope, dict[str, list[str]]]] = {
    Figure.VACANT: (RoomScope.VACANT, {}),
    Figure.ENDING: (RoomScope.ALL, {"end": ["over"]}),
    Figure.ARREARS: (RoomScope.ALL, {"arrears": ["any"]}),
    Figure.COMING: (RoomScope.ALL, {"mark": ["arriving"]}),
    Figure.REPAIRS: (RoomScope.ALL, {"mark": ["repairs"]}),
}


def as_on_board(house: UUID | None, states: Sequence[str], figure: Figure | None) -> tuple[RoomScope, Chosen]:
    """Scope and conditions that list what a board with these filters leaves bright."""
    scope, chosen = _FIGURES[figure] if figure is not None else (RoomScope.ALL, {})
    return scope, chosen_of({**chosen, "building": [house.hex] if house is not None else [], "state": states})


@dataclass(slots=True)
class RoomsSource:
    """The rooms a filter lets through; asked in reading jobs only."""

    read: Callable[..., Any]
    wanted: RoomFilter
    kept: Kept

    def count(self) -> Count:
        return Count(self.read(room_lists.count_rooms, self.wanted, self.kept))

    def page(self, ask: Ask) -> Sequence[RoomRow]:
        order = RoomOrder(ask.sort) if ask.sort else None
        rows: Sequence[RoomRow] = self.read(room_lists.list_rooms, self.wanted, span_of(ask), order, self.kept)
        return rows

    def key(self, row: RoomRow) -> Hashable:
        return row.id


class RoomsPage(ListPage):
    """Opened with `scope`, `chosen` or `text` to begin with; `room_id` is taken in hand."""

    help_topic = "rooms"
    list_key = "rooms"
    conditions_read = staticmethod(room_lists.room_conditions)
    tables = frozenset(
        {
            "room", "building", "lease", "lease_room", "lease_term", "lease_party", "party", "bill", "bill_balance",
            "payment", "work_order", "setting", "reservation", "note", "ownership",
        }
    )  # fmt: skip

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.kept = Kept()
        self.room_actions = RoomActions(shell, self)
        self._figures: RoomFigures | None = None
        self._waiting: dict[str, Callable[[], None]] = {}
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_PAINTED_MS)
        self._soon.timeout.connect(self._rows_are_painted)
        self._wanted: UUID | None = None
        self._build()
        self._wire()

    def _build(self) -> None:
        search = SearchField(self.tr("房号 / 租客 / 业主"))
        search.setAccessibleName(self.tr("找房间，Ctrl F"))
        search.setMinimumWidth(200)
        self.to_board = Button(self.tr("房态图"), "secondary", icon="layout-grid", key=LIST_KEY)
        self.set_head(self.tr("房间"), "", search, self.to_board)
        scopes = Tabs([Option(scope, words) for scope, words in self._words().items()])
        scopes.setAccessibleName(self.tr("看哪些房间"))
        table = RowTable(self._columns(), self.shell.run, two_lines=True)
        table.setAccessibleName(self.tr("房间"))
        self.everything = Button(self.tr("看全部房间"), "secondary", icon="list")
        self.first_step = Button(self.tr("去建楼栋和房间"), "secondary", icon="building-2")
        empty = EmptyState("", "", [self.everything, self.first_step], icon="building-2", tone="info")
        self.lay_out(search, table, empty, scopes)

    def _wire(self) -> None:
        self.to_board.clicked.connect(self._to_board)
        self.everything.clicked.connect(self._show_everything)
        self.first_step.clicked.connect(self._add_rooms)
        self.first_step.allow("" if self.shell.allowed(Right.EDIT_PLACES) else self.tr("请管理员或主管登录后建房"))
        self.table.rows.arrived.connect(self._soon.start)
        self.table.rows.counted.connect(self._stand_on_wanted)
        self._search_key = bind(self, "Ctrl+F", self.into_search)
        bind(self, "F2", self._check_in)
        bind(self, RENEW_KEY, self._renew)
        bind(self, "F4", self._take_payment)
        bind(self, "F7", self._report_repair)
        bind(self, CHANGE_KEY, self._change)

    def _words(self) -> dict[RoomScope, str]:
        return {
            RoomScope.ALL: self.tr("全部"),
            RoomScope.VACANT: self.tr("空置可租"),
            RoomScope.LET: self.tr("在租"),
            RoomScope.RESERVED: self.tr("预订"),
            RoomScope.CLOSED: self.tr("维修停用"),
        }

    def _columns(self) -> list[Column]:
        columns = [
            Column(
                self.tr("房间"), attrgetter("words"), sort_key=RoomOrder.ROOM, kind=Kind.CODE,
                sample=self.tr("三室一厅 104.3 m"),
                detail=self._about, strong=True, key="room", detail_title=self.tr("户型和面积"),
            ),
            Column(
                self.tr("状态"), str, sort_key=RoomOrder.STATE, kind=Kind.TAG, sample=self.tr("停用"), tag=self._tag,
                key="state",
            ),
            Column(
                self.tr("租客"), attrgetter("tile.who"), sort_key=RoomOrder.TENANT, kind=Kind.NAME, sample="欧阳知微",
                stretch=2, detail=self._flags, key="tenant", detail_title=self.tr("标记"),
            ),
            Column(
                self.tr("到期日"), self._end, sort_key=RoomOrder.END, kind=Kind.DATE, sample="2026-11-25",
                tone=self._end_tone, key="end",
            ),
            Column(
                self.tr("空置（天）"), self._empty, sort_key=RoomOrder.EMPTY, kind=Kind.NUMBER, sample="1,203",
                key="empty",
            ),
            Column(
                self.tr("月租（元）"), self._rent, sort_key=RoomOrder.RENT, kind=Kind.MONEY, sample="12,860.00",
                tone=self._rent_tone, key="rent",
            ),
            Column(
                self.tr("欠费（元）"), self._owed, sort_key=RoomOrder.OWED, kind=Kind.MONEY, sample="12,860.00",
                tone=self._owed_tone, key="owed", field="bills",
            ),
            Column(
                self.tr("业主"), self._owners, kind=Kind.NAME, sample="欧阳知微", stretch=1, key="owner",
                field="parties", usual=False,
            ),
            Column(
                self.tr("楼栋"), attrgetter("building"), kind=Kind.NAME, sample="10 栋", key="building", usual=False
            ),
            Column(
                self.tr("楼层"), self._floor, sort_key=RoomOrder.FLOOR, kind=Kind.NUMBER, sample="33", key="floor",
                usual=False,
            ),
            Column(
                self.tr("户型"), self._layout_words, sort_key=RoomOrder.LAYOUT, kind=Kind.NAME, sample="三室两厅",
                key="layout", usual=False,
            ),
            Column(
                self.tr("面积（m²）"), self._area, sort_key=RoomOrder.AREA, kind=Kind.NUMBER, sample="146.20",
                key="area", usual=False,
            ),
        ]  # fmt: skip
        may = {"bills": Right.SEE_BILLS, "parties": Right.SEE_PARTIES, None: Right.SEE_BOARD}
        return [column for column in columns if self.shell.allowed(may[column.field])]

    # what stands in the columns

    @staticmethod
    def _about(row: RoomRow) -> str:
        area = f"{row.tile.area.normalize():f} m²" if row.tile.area is not None else ""
        return " · ".join(part for part in (row.tile.layout or "", area) if part)

    @staticmethod
    def _tag(row: RoomRow) -> TagLook:
        look = theme().room(row.tile.state)
        return TagLook(look.word, f"{ROOM_TONE}{row.tile.state.value}", look.icon)

    @staticmethod
    def _flags(row: RoomRow) -> str:
        return " · ".join(row.flags)

    @staticmethod
    def _end(row: RoomRow) -> str:
        return f"{row.end}" if row.end is not None else ""

    @staticmethod
    def _end_tone(row: RoomRow) -> str:
        left = row.tile.days_left
        return "danger" if left is not None and left < 0 else ""

    @staticmethod
    def _empty(row: RoomRow) -> str:
        return f"{row.empty_days:,}" if row.empty_days is not None else ""

    @staticmethod
    def _rent(row: RoomRow) -> str:
        return str(row.rent.month) if row.rent is not None else ""

    @staticmethod
    def _rent_tone(row: RoomRow) -> str:
        return "text-muted" if row.rent is not None and row.rent.asking else ""

    @staticmethod
    def _owed(row: RoomRow) -> str:
        return str(row.tile.overdue) if row.tile.overdue > NIL else ""

    @staticmethod
    def _owed_tone(row: RoomRow) -> str:
        return "danger" if row.tile.overdue > NIL else ""

    @staticmethod
    def _owners(row: RoomRow) -> str:
        return "、".join(row.owners.names)

    @staticmethod
    def _floor(row: RoomRow) -> str:
        return str(row.tile.floor)

    @staticmethod
    def _layout_words(row: RoomRow) -> str:
        return row.tile.layout or ""

    @staticmethod
    def _area(row: RoomRow) -> str:
        return f"{row.tile.area:.2f}" if row.tile.area is not None else ""

    # the page

    def hints(self) -> str:
        return self.strip.hints() or self.tr("Enter 打开 · 右键更多 · Ctrl+L 房态图 · Ctrl+F 找 · Ctrl+1…5 换列表")

    def opened(self, params: dict[str, Any]) -> None:
        if params is not self._begun:
            self._wanted = params.get("room_id")
        super().opened(params)

    def begin(self, params: dict[str, Any]) -> None:
        self.search.set_value(params.get("text", ""))
        self.tabs.set_value(RoomScope(params.get("scope", RoomScope.ALL)))

    def refresh(self, tables: frozenset[str]) -> None:
        self.kept.forget()  # also what came from another office's program, which leaves no act here
        super().refresh(tables)

    # showing

    def ask_figures(self) -> None:
        self._asked += 1
        self._figures = None
        self._after_rows(self._read_figures)

    def _ask_conditions(self) -> None:
        self._after_rows(super()._ask_conditions)

    def _after_rows(self, ask: Callable[[], None]) -> None:
        """Behind the first rows: the figures need every tile of the board, the rows only those in view."""
        self._waiting[ask.__name__] = ask
        if self.table.rows.blocks_held:
            self._soon.start()

    def _rows_are_painted(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for ask in waiting.values():
            ask()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._soon.stop()  # nothing ticks behind a page that is not seen; opened again, it asks again

    def _read_figures(self) -> None:
        read = partial(
            self.shell.session.read, room_lists.room_figures, self.search.value(), self.strip.chosen, self.kept
        )
        self.shell.run(read, partial(self.show_figures, self._asked), self.shell.read_failed)

    def show_figures(self, asked: int, figures: RoomFigures) -> None:
        """How many there are behind each tab, and what is owed on those that are shown."""
        if asked != self._asked:
            return
        self._figures = figures
        words = self._words()
        self.tabs.set_options([Option(scope, words[scope], count=f"{figures.counts[scope]:,}") for scope in words])
        self.say_count(self.table.rows.total)
        if self.stack.currentWidget() is self.empty:
            self.say_empty()

    def source_wanted(self) -> RoomsSource:
        scope = RoomScope(str(self.tabs.value() or RoomScope.ALL))
        wanted = RoomFilter(scope, self.search.value(), self.strip.chosen)
        return RoomsSource(self.shell.session.read, wanted, self.kept)

    def say_count(self, count: Count) -> None:
        owed = self._figures.owed[self.source.wanted.scope] if self._figures is not None else NIL
        sums = self.tr("欠费合计 {owed}").format(owed=owed) if owed > NIL else ""
        self.foot_row.show_words(self.tr("{n} 间").format(n=count), sums)

    def say_empty(self) -> None:
        wanted: RoomFilter = self.source.wanted
        none_at_all = self._figures is not None and not self._figures.counts[RoomScope.ALL]
        bare = not wanted.text and not wanted.chosen
        self.everything.setVisible(wanted != RoomFilter() and not (none_at_all and bare))
        self.first_step.setVisible(none_at_all and bare)
        if none_at_all and bare and not self.strip.holds_focus():
            self.first_step.setFocus(Qt.FocusReason.OtherFocusReason)
        if self.say_none_so(self.tr("房间")):
            return
        if wanted.text:
            self.empty.title.setText(self.tr("没有找到「{text}」的房间").format(text=wanted.text))
            self.empty.why.setText(self.tr("换个房号、租客或业主，或看全部房间"))
            return
        titles = {
            RoomScope.ALL: self.tr("还没有房间"),
            RoomScope.VACANT: self.tr("没有空置可租的房间"),
            RoomScope.LET: self.tr("没有在租的房间"),
            RoomScope.RESERVED: self.tr("没有预订的房间"),
            RoomScope.CLOSED: self.tr("没有维修或停用的房间"),
        }
        self.empty.title.setText(titles[RoomScope.ALL if none_at_all else wanted.scope])
        first = self.tr("先建一栋楼，按楼层批量生成；建好后房间就列在这里")
        self.empty.why.setText(first if none_at_all else self.tr("换个列表，或看全部房间"))

    def _stand_on_wanted(self, _count: Count) -> None:
        """The room that was in hand on the board, wherever it stands in the list."""
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            rows = self.table.rows
            order = RoomOrder(rows.sort_key) if rows.sort_key else None
            filtered: RoomFilter = self.source.wanted
            read = partial(
                self.shell.session.read, room_lists.position_of, filtered, wanted, order, rows.descending, self.kept
            )
            self.shell.run(read, partial(self._stand, filtered), self.shell.read_failed)

    def _stand(self, filtered: RoomFilter, at: int | None) -> None:
        if at is not None and self.source.wanted == filtered:
            self.table.choose(at)

    # what the clerk does

    def current(self) -> TileFacts | None:
        """The room in hand."""
        row: RoomRow | None = self.table.current()
        return row.tile if row is not None else None

    def _to_board(self) -> None:
        tile = self.current()
        params = {"room_id": tile.room_id} if tile is not None else {}
        self.shell.navigate("board", **params)

    def _show_everything(self) -> None:
        self.widen()
        self.tabs.set_value(RoomScope.ALL)
        self.narrow()

    def _add_rooms(self) -> None:
        self.shell.navigate("settings", section="places")

    def open_row(self, row: RoomRow) -> None:
        self.shell.navigate("room", room_id=row.id)

    def _check_in(self) -> None:
        self.room_actions.check_in(self.current())

    def _renew(self) -> None:
        self.room_actions.renew(self.current())

    def _report_repair(self) -> None:
        self.room_actions.report_repair(self.current())

    def _take_payment(self) -> None:
        self.room_actions.take_payment(self.current())

    def _chosen(self) -> list[UUID]:
        """The selected rooms, where there are several: for 合并."""
        rows = self.table.chosen()
        return [row.id for row in rows] if len(rows) > 1 else []

    def _change(self) -> None:
        """Ctrl R: what may be changed of the room in hand, beside its row."""
        tile = self.current()
        if tile is not None:
            box = self.table.visualRect(self.table.currentIndex())
            at = self.table.viewport().mapToGlobal(box.bottomLeft())
            self.room_actions.changes.menu(tile, at, self._chosen())

    def show_instead(self, room_id: UUID) -> None:
        """A room was split or merged: stand on what was made of it, once the list has been read anew."""
        self._wanted = room_id
        self.refresh(self.tables)

    def fill_menu(self, menu: QMenu, row: RoomRow) -> None:
        self.room_actions.fill(menu, row.tile, self._chosen())
