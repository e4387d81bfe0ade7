"""The room board 房态图, the clerk's home: figures that filter, buildings, states, a tile a room, a side panel."""

from __future__ import annotations

from collections import Counter as Tally
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import UUID

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from desktop.models.values import Right, RoomState
from desktop.services import board
from desktop.services.board import Count, TileFacts, counted
from desktop.views import one_off_dialog
from desktop.views.buttons import Button, IconButton
from desktop.views.fields import ChoiceField
from desktop.views.filters import Counter, Legend
from desktop.views.keys import bind
from desktop.views.labels import label
from desktop.views.pages import Command, Page, Shell
from desktop.views.renewal_key import RENEW_KEY
from desktop.views.room_actions import CHANGE_KEY, LIST_KEY, Act, RoomActions
from desktop.views.room_panel import RoomPanelCard
from desktop.views.steps import Option, Tabs
from desktop.views.theme import theme
from desktop.views.tiles import Mark, Tile, TilesView
from desktop.views.timeline import EmptyState

_FOLD = 940
"""Below this page width the side panel folds away by itself: a window of 1000 less the rail."""


def shown_tile(facts: TileFacts, building: str, today: Any, tr: Any) -> Tile:
    """A room as the board paints and speaks it."""
    marks = [Mark(mark, facts.words_of(mark)) for mark in facts.marks]
    if facts.state is RoomState.RESERVED and facts.comes_on is not None:
        day = facts.comes_on
        same_month = (day.year, day.month) == (today.year, today.month)
        late, near = tr("{n} 日未到").format(n=day.day), tr("{n} 日入住").format(n=day.day)
        far = tr("{day} 到").format(day=f"{day:%m-%d}")
        words = tr("今天入住") if day == today else late if day < today and same_month else near if same_month else far
        marks.append(Mark(None, words, icon="clock"))
    elif facts.unsigned:
        marks.append(Mark(None, tr("合同待签"), icon="signature"))
    elif facts.closed_until is not None:
        word = tr("过了 {day}") if facts.late else tr("到 {day}")
        until = word.format(day=f"{facts.closed_until:%m-%d}")
        marks.append(Mark(None, until, icon="calendar-clock", token="warn" if facts.late else ""))
    spoken = [facts.number, theme().room(facts.state).word, facts.who, *(mark.text for mark in marks)]
    return Tile(
        facts.room_id, building, str(facts.floor), facts.number, facts.state, facts.who, tuple(marks),
        "，".join(part for part in spoken if part),
    )  # fmt: skip


class RoomBoardPage(Page):
    """Home. Arrows and digits choose a room, Enter offers what fits, a right click offers everything."""

    help_topic = "board"
    tables = frozenset(
        {
            "room", "building", "lease", "lease_room", "lease_term", "lease_party", "occupant", "party", "contact",
            "bill", "bill_balance", "payment", "work_order", "setting", "key_move", "reservation", "note",
        }
    )  # fmt: skip

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, margin=0)
        self._board: board.Board | None = None
        self._facts: dict[UUID, TileFacts] = {}
        self._wanted: UUID | None = None
        self._panel_wanted: bool | None = None
        self._typed = ""
        self._asked = 0
        self.room_actions = RoomActions(shell, self)
        self._build()
        self._wire()

    def _build(self) -> None:
        self.counters = {
            Count.VACANT: Counter("door-open", self.tr("空置可租"), "ok"),
            Count.ENDING: Counter("hourglass", self.tr("今日到期"), "warn"),
            Count.ARREARS: Counter("circle-alert", self.tr("欠费"), "danger"),
            Count.COMING: Counter("log-in", self.tr("今日入住"), "info"),
            Count.REPAIRS: Counter("wrench", self.tr("待处理报修")),
        }
        if not self.shell.allowed(Right.SEE_BILLS):
            self.counters[Count.ARREARS].hide()
        figures = QHBoxLayout()
        figures.setSpacing(8)
        for counter in self.counters.values():
            figures.addWidget(counter)
        self.tabs, self.houses, self.legend = Tabs([]), ChoiceField(), Legend()
        self.houses.setAccessibleName(self.tr("楼栋"))
        self.houses.hide()
        narrow = QHBoxLayout()
        narrow.setSpacing(8)
        narrow.addWidget(self.tabs)
        narrow.addWidget(self.houses)
        narrow.addWidget(self.legend, 1)
        self.to_list = IconButton("list", self.tr("列表"), key=LIST_KEY, token="text", slot=self._to_list)
        narrow.addWidget(self.to_list)
        self.tiles = TilesView()
        self._none = QWidget()
        self._none_text = label("", "muted", wrap=True)
        self.loosen = Button(self.tr("去掉筛选"), "quiet", size="small", icon="funnel-x")
        row = QHBoxLayout(self._none)
        row.setContentsMargins(4, 0, 4, 0)
        row.addWidget(self._none_text, 1)
        row.addWidget(self.loosen)
        self._none.hide()
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(9, 10, 0, 0)
        column.setSpacing(6)
        top = QVBoxLayout()
        top.setContentsMargins(3, 0, 12, 0)
        top.setSpacing(6)
        top.addLayout(figures)
        top.addLayout(narrow)
        top.addWidget(self._none)
        column.addLayout(top)
        column.addWidget(self.tiles, 1)
        self.panel = RoomPanelCard(self.shell, self.room_actions)
        whole = QWidget()
        across = QHBoxLayout(whole)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(left, 1)
        across.addWidget(self.panel)
        left.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        first = Button(self.tr("去建楼栋和房间"), "primary", icon="building-2")
        first.clicked.connect(self._add_rooms)
        first.allow("" if self.shell.allowed(Right.EDIT_PLACES) else self.tr("请管理员或主管登录后建房"))
        self.first_step = first
        self._empty = EmptyState(
            self.tr("还没有房间"), self.tr("先建一栋楼，按楼层批量生成；建好后这里就是房态图"), [first],
            icon="building-2", tone="",
        )  # fmt: skip
        self._stack = QStackedWidget()
        self._stack.addWidget(whole)
        self._stack.addWidget(self._empty)
        self.body.addWidget(self._stack)
        narrowing = (self.tabs, self.houses, *self.legend.chips.values(), self.to_list)
        order = [*self.counters.values(), *narrowing, self.tiles]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def _wire(self) -> None:
        for counter in self.counters.values():
            counter.clicked.connect(partial(self._counter_clicked, counter))
        self.legend.changed.connect(self._filter)
        self.tabs.changed.connect(self._house_chosen)
        self.houses.changed.connect(self._house_listed)
        self.loosen.clicked.connect(self.clear_filters)
        self.tiles.opened.connect(self._opened_tile)
        self.tiles.current_tile.connect(self._current)
        self.tiles.menu_wanted.connect(self._menu)
        self.tiles.digits.connect(self._digits)
        self.tiles.marks_changed.connect(self.shell.retitle)
        self.tiles.installEventFilter(self)
        self.panel.dismissed.connect(self._fold)
        self.panel.chosen.connect(self.room_actions.do)
        for at, counter in enumerate(self.counters.values(), 1):
            bind(counter, f"Ctrl+{at}", partial(self._count_key, counter))
        bind(self, "F2", self._check_in)
        bind(self, RENEW_KEY, self._renew)
        bind(self, "F4", self._take_payment)
        bind(self, "F7", self._report_repair)
        bind(self, one_off_dialog.KEY, self._one_off)
        bind(self, "Alt+Return", self._room_page)
        bind(self, CHANGE_KEY, self._change)

    # the page

    def hints(self) -> str:
        if self._stack.currentIndex():
            return self.tr("Enter 去建楼栋和房间")
        if self._typed:
            return self.tr("跳到房号 {typed}…").format(typed=self._typed)
        if many := len(self.tiles.marked()):
            return self.tr("已选 {n} 间 · Ctrl+R 合并 · 方向键取消").format(n=many)
        if not self.panel_shown:
            return self.tr("方向键选房 · Enter 打开 · 空格看详情 · Ctrl+L 列表 · Ctrl+Tab 换页")
        if self.width() >= _FOLD:
            return self.tr("方向键选房 · Enter 打开 · 数字跳房号 · Ctrl+1…5 筛选 · Ctrl+L 列表 · Ctrl+Tab 换页")
        return self.tr("方向键选房 · Enter 打开 · 数字跳房号 · Ctrl+1…5 筛选 · Ctrl+L 列表")

    def opened(self, params: dict[str, Any]) -> None:
        """`room_id` chooses a room, `count` (a Count) switches a figure's filter on."""
        self._wanted = params.get("room_id")
        if (count := params.get("count")) is not None:
            for kind, counter in self.counters.items():
                counter.setChecked(kind is Count(count))
        self._load()
        (self.first_step if self._stack.currentIndex() else self.tiles).setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self, tables: frozenset[str]) -> None:
        self._load()

    def left(self) -> None:
        self.panel.mask()

    def command(self, command: Command) -> bool:
        if command is Command.REFRESH:
            self._load()
            return True
        if command is Command.REVEAL:
            return self.panel_shown and self.panel.reveal()
        if command is Command.BACK and self._filtering():
            self.clear_filters()
            return True
        return False

    def _load(self) -> None:
        self._asked += 1
        job = partial(self.shell.session.read, board.board)
        self.shell.run(job, partial(self.show_board, asked=self._asked), busy=self.tr("正在读取房态"))

    # showing

    def show_board(self, found: board.Board, asked: int | None = None) -> None:
        """Show the whole board, keeping room, building and filters."""
        if asked is not None and asked != self._asked:
            return  # a newer answer is under way
        before, self._board = self._board, found
        self._facts = {tile.room_id: tile for tile in found.tiles}
        self._stack.setCurrentIndex(0 if found.tiles else 1)
        if not found.tiles:
            self.first_step.setFocus(Qt.FocusReason.OtherFocusReason)
            self.shell.retitle()
            return
        if self.first_step.hasFocus():
            self.tiles.setFocus(Qt.FocusReason.OtherFocusReason)
        if before is None or before.buildings != found.buildings or len(before.tiles) != len(found.tiles):
            self._show_houses()
        wanted, self._wanted = self._wanted, None
        if wanted is not None and wanted in self._facts:
            house = self._house()
            if house is not None and self._facts[wanted].building_id != house:
                self.tabs.set_value(None)
        self._show_tiles()
        if wanted is not None:
            self.tiles.choose(wanted)
        elif self.tiles.current() is None:
            self.tiles.choose(self.tiles.tiles.tiles[0].room_id)
        here = self.tiles.current()
        self.panel.show_tile(self._facts.get(here.room_id) if here is not None else None, again=True)

    def _show_houses(self) -> None:
        assert self._board is not None
        rooms = Tally(tile.building_id for tile in self._board.tiles)
        options = [Option(key, name, count=f"{rooms[key]}") for key, name in self._board.buildings if rooms[key]]
        if len(options) > 1:
            options.insert(0, Option(None, self.tr("全部"), count=f"{len(self._board.tiles)}"))
        self.tabs.set_options(options)
        self.houses.set_choices([(each.value, f"{each.words} {each.count}") for each in options])
        self._fit()

    def _house(self) -> UUID | None:
        """The building in front; None: all."""
        value = self.tabs.value()
        return value if isinstance(value, UUID) else None

    def _in_front(self) -> list[TileFacts]:
        assert self._board is not None
        house = self._house()
        return [tile for tile in self._board.tiles if house is None or tile.building_id == house]

    def _show_tiles(self) -> None:
        assert self._board is not None
        names, today = dict(self._board.buildings), self._board.today
        facts = self._in_front()
        tiles = [shown_tile(tile, names[tile.building_id], today, self.tr) for tile in facts]
        old = self.tiles.tiles.tiles
        if [tile.room_id for tile in old] == [tile.room_id for tile in tiles]:
            for before, after in zip(old, tiles, strict=True):
                if before != after:
                    self.tiles.replace(after)
        else:
            self.tiles.show_tiles(tiles, heads=self._house() is None and len(names) > 1)
        self._show_figures(facts)
        self._filter()

    def _show_figures(self, facts: list[TileFacts]) -> None:
        assert self._board is not None
        counts = board.count(facts, self._board.today)
        show = self.counters
        show[Count.VACANT].show_figure(f"{counts.vacant}", self.tr("{n} 间今日可看").format(n=counts.vacant_clean))
        over = self.tr("{n} 间已期满未退").format(n=counts.overstayed) if counts.overstayed else self.tr("没有超期")
        show[Count.ENDING].show_figure(f"{counts.ending}", over)
        owed = f"¥{counts.overdue}" if counts.overdue_rooms else self.tr("没有欠费")
        show[Count.ARREARS].show_figure(f"{counts.overdue_rooms}", owed)
        names = [tile.who for tile in facts if counted(tile, Count.COMING, self._board.today)]
        later = self.tr("待入住 {n} 间").format(n=counts.coming_later)
        show[Count.COMING].show_figure(f"{counts.coming}", names[0] if len(names) == 1 and names[0] else later)
        show[Count.REPAIRS].show_figure(f"{counts.repairs}", self.tr("{n} 间房").format(n=counts.repair_rooms))
        self.legend.show_counts(dict(Tally(tile.state for tile in facts)))
        self._fit()

    # filtering

    def _filtering(self) -> bool:
        return self.chosen_count() is not None or bool(self.legend.chosen())

    def chosen_count(self) -> Count | None:
        """The figure that filters now."""
        return next((kind for kind, counter in self.counters.items() if counter.isChecked()), None)

    def clear_filters(self) -> None:
        """Every room bright again."""
        for counter in self.counters.values():
            counter.setChecked(False)
        self.legend.clear()
        self._filter()
        self.tiles.setFocus(Qt.FocusReason.OtherFocusReason)

    def _counter_clicked(self, chosen: Counter, _checked: bool = False) -> None:
        for counter in self.counters.values():
            if counter is not chosen:
                counter.setChecked(False)
        self._filter()

    def _count_key(self, counter: Counter) -> None:
        """Ctrl 1…5: only these rooms stay bright, and the first of them is in hand for Enter and F4."""
        counter.click()
        kept = [tile for at, tile in enumerate(self.tiles.tiles.tiles) if at not in self.tiles.tiles.dimmed]
        here = self.tiles.current()
        if kept and here is not None and here.room_id not in {tile.room_id for tile in kept}:
            self.tiles.choose(kept[0].room_id)
        self.tiles.setFocus(Qt.FocusReason.OtherFocusReason)

    def _keeps(self, kind: Count | None, states: frozenset[RoomState], tile: Tile) -> bool:
        assert self._board is not None
        facts = self._facts[tile.room_id]
        if states and facts.state not in states:
            return False
        return kind is None or counted(facts, kind, self._board.today)

    def _filter(self) -> None:
        if self._board is None:
            return
        keeps = partial(self._keeps, self.chosen_count(), self.legend.chosen())
        bright = self.tiles.dim(keeps if self._filtering() else None)
        self._none.setVisible(self._filtering() and not bright)
        if self._filtering() and not bright:
            house = self._house()
            where = dict(self._board.buildings).get(house) if house is not None else self.tr("全部楼栋")
            self._none_text.setText(self.tr("{where}没有这样的房间。换个条件，或去掉筛选").format(where=f"{where} "))
        self.shell.retitle()

    def _house_chosen(self) -> None:
        self.houses.set_value(self.tabs.value())
        if self._board is not None:
            self._show_tiles()
            if self.tiles.current() is None and self.tiles.tiles.tiles:
                self.tiles.choose(self.tiles.tiles.tiles[0].room_id)

    def _house_listed(self) -> None:
        self.tabs.set_value(self.houses.value())

    # one room

    def current(self) -> TileFacts | None:
        """The room in hand."""
        tile = self.tiles.current()
        return self._facts.get(tile.room_id) if tile is not None else None

    def _current(self, tile: Tile | None) -> None:
        self.panel.show_tile(self._facts.get(tile.room_id) if tile is not None else None)

    def _opened_tile(self, tile: Tile) -> None:
        self.room_actions.enter(self._facts[tile.room_id])

    def _menu(self, tile: Tile, at: QPoint) -> None:
        self.room_actions.menu(self._facts[tile.room_id], at, self.tiles.marked())

    def _check_in(self) -> None:
        self.room_actions.check_in(self.current())

    def _renew(self) -> None:
        self.room_actions.renew(self.current())

    def _report_repair(self) -> None:
        self.room_actions.report_repair(self.current())

    def _take_payment(self) -> None:
        self.room_actions.take_payment(self.current())

    def _one_off(self) -> None:
        self.room_actions.one_off(self.current())

    def _room_page(self) -> None:
        if (facts := self.current()) is not None:
            self.room_actions.do(Act.ROOM, facts)

    def _change(self) -> None:
        """Ctrl R: what may be changed of the room in hand, beside its tile."""
        facts = self.current()
        if facts is not None:
            box = self.tiles.visualRect(self.tiles.currentIndex())
            at = self.tiles.viewport().mapToGlobal(box.bottomLeft())
            self.room_actions.changes.menu(facts, at, self.tiles.marked())

    def show_instead(self, room_id: UUID) -> None:
        """A room was split or merged: stand on what was made of it, once the board has been read anew."""
        self._wanted = room_id
        self._load()

    def _to_list(self) -> None:
        """Ctrl L: the rooms that are bright now, as a list."""
        from desktop.views.rooms import as_on_board  # with all that lists need: the board is painted without it

        house = self._house() if self.tabs.count > 1 else None
        scope, chosen = as_on_board(house, [state.value for state in self.legend.chosen()], self.chosen_count())
        facts = self.current()
        self.shell.navigate("rooms", scope=scope, chosen=chosen, room_id=facts.room_id if facts is not None else None)

    def _digits(self, typed: str) -> None:
        self._typed = typed
        self.shell.retitle()
        here = self.tiles.current()
        if (
            not typed
            or self._board is None
            or (here is not None and here.number.lstrip("0").startswith(typed.lstrip("0")))
        ):
            return
        # Not in this building: the first one elsewhere, with all buildings in front.
        for tile in self._board.tiles:
            if tile.number.lstrip("0").startswith(typed.lstrip("0") or "0"):
                self.tabs.set_value(None)
                self.tiles.choose(tile.room_id)
                return

    def _add_rooms(self) -> None:
        self.shell.navigate("settings", section="places")

    # the panel and the width there is

    @property
    def panel_shown(self) -> bool:
        """Whether the side panel is there; it folds away by itself in a narrow window."""
        return self.width() >= _FOLD if self._panel_wanted is None else self._panel_wanted

    def _fold(self) -> None:
        self._panel_wanted = False
        self._fit()
        self.tiles.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fit(self) -> None:
        self.panel.setVisible(self.panel_shown)
        room = self.width() - (self.panel.width() if self.panel_shown else 0) - 36
        beside = self.legend.minimumSizeHint().width() + self.to_list.sizeHint().width() + 16
        listed = self.tabs.sizeHint().width() + beside > room
        self.tabs.setVisible(not listed)
        self.houses.setVisible(listed)
        self.shell.retitle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (event.oldSize().width() >= _FOLD) != (event.size().width() >= _FOLD):
            self._panel_wanted = None
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        pressed = event if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress else None
        space = pressed is not None and pressed.key() == Qt.Key.Key_Space and not pressed.modifiers()
        if watched is self.tiles and space:
            self._panel_wanted = not self.panel_shown
            self._fit()
            return True
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "panel"):
            self._fit()
        super().changeEvent(event)
