"""报修: the orders that somebody must look after, a lane for each stage, with clocks that go on by themselves."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from desktop.models.values import Right
from desktop.services import dispatch, repair_board
from desktop.services.repair_board import BoardOrder, RepairBoard, of_team
from desktop.services.repair_intake import Reported
from desktop.services.repair_words import CATEGORY_WORDS
from desktop.services.slip_codes import slip_in
from desktop.services.technicians import TeamRow
from desktop.views.buttons import Button
from desktop.views.fields import ChoiceField
from desktop.views.keys import bind
from desktop.views.labels import Tag
from desktop.views.pages import Command, Page, Shell
from desktop.views.repair_acts import RepairActs
from desktop.views.repair_intake import take_in
from desktop.views.repair_lanes import STAGE_OF, Lane, LaneView, Stage, order_clock
from desktop.views.slip_result import open_slip
from desktop.views.text_fields import SearchField
from desktop.views.timeline import EmptyState

_TICK_MS = 60_000
_SEARCH_WIDE = 260
_SUGGESTED = 60
_FIRST = 60
"""So many orders stand there before the others are read: more than a window shows."""


class RepairsPage(Page):
    """The board. Opened with `text` to look for something, with `order_id` to stand on an order."""

    help_topic = "repairs"
    tables = frozenset(
        {"work_order", "work_order_event", "technician", "contractor", "party", "room", "building", "setting"}
    )

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.board: RepairBoard | None = None
        self._read: RepairBoard | None = None
        """As it was read: the clocks are carried on from here, so that no minute is lost in rounding."""
        self._asked = 0
        self._wanted: UUID | None = None
        self._minute = QTimer(self)
        self._minute.setInterval(_TICK_MS)
        self._minute.timeout.connect(self.tick)
        self.acts = RepairActs(shell, self)
        self._build()
        self._wire()

    def _build(self) -> None:
        self.search = SearchField(self.tr("房号 / 姓名 / 事情 / 单号"))
        self.search.setAccessibleName(self.tr("找报修，Ctrl F"))
        self.search.setFixedWidth(_SEARCH_WIDE)
        self.late, self.soon = Tag("", "danger", "clock-alert"), Tag("", "warn", "hourglass")
        self.send = Button(self.tr("派单"), "primary", icon="user-check", key="Ctrl+D", writes=True)
        self.trends = Button(self.tr("趋势"), "quiet", icon="chart-column", key="Alt+9", size="small")
        self.plans = Button(self.tr("保养巡检"), "quiet", icon="calendar-clock", key="Ctrl+L", size="small")
        self.crew = Button(self.tr("班组物料"), "quiet", icon="users", key="Ctrl+T", size="small")
        self.team, self.house = ChoiceField(), ChoiceField()
        self.team.setAccessibleName(self.tr("班组"))
        self.house.setAccessibleName(self.tr("楼栋"))
        self._offer((), ())
        self.set_head(self.tr("报修"), "", self.team, self.house, self.send)
        self.head.insertWidget(1, self.late)
        self.head.insertWidget(2, self.soon)
        self.lanes = {stage: Lane(stage) for stage in Stage}
        self.views: list[LaneView] = [lane.view for lane in self.lanes.values()]
        across = QWidget()
        row = QHBoxLayout(across)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for lane in self.lanes.values():
            row.addWidget(lane, 1)
        self.add = self.lanes[Stage.REPORTED].offer(self.tr("新报修"), "F7")
        self.first = Button(self.tr("登记报修"), "primary", icon="wrench", key="F7", slot=self._take_in)
        self.whole = Button(self.tr("看全部报修"), "secondary", icon="list", slot=self._show_all)
        self.empty = EmptyState("", "", [self.whole, self.first], icon="wrench", tone="ok")
        self.stack = QStackedWidget()
        self.stack.addWidget(across)
        self.stack.addWidget(self.empty)
        tools = QHBoxLayout()
        tools.setContentsMargins(0, 0, 0, 0)
        tools.addWidget(self.search)
        tools.addStretch(1)
        for link in (self.trends, self.plans, self.crew):
            tools.addWidget(link)
        self.body.addLayout(tools)
        self.body.addWidget(self.stack, 1)
        self._in_front: LaneView = self.views[0]

    def _wire(self) -> None:
        self.search.searched.connect(self._narrow)
        self.search.entered.connect(self._entered)
        self._search_key = bind(self, "Ctrl+F", self._into_search)
        self._report_key = bind(self, "F7", self._take_in)
        self.send.clicked.connect(self._send)
        self.team.changed.connect(self._filtered)
        self.house.changed.connect(self._filtered)
        self.add.clicked.connect(self._take_in)
        self.trends.clicked.connect(self._trends)
        self.plans.clicked.connect(self._plans)
        self.crew.clicked.connect(self._crew)
        self.acts.refused.connect(self._load)
        may = self.shell.allowed(Right.EDIT_REPAIRS)
        self.first.allow("" if may else self.tr("您的角色只能看：请前台或维修班长登记"))
        self.add.setVisible(may)
        for view in self.views:
            view.opened.connect(self._open)
            view.stepped.connect(partial(self._step, view))
            view.came.connect(partial(self._came, view))
            view.selectionModel().currentChanged.connect(self._chosen)

    # the page

    def hints(self) -> str:
        return self.tr("←→ 换列 · ↑↓ 选单 · Enter 打开 · Ctrl+D 派单 · F6 维修单 · F7 登记 · Ctrl+F 找")

    def opened(self, params: dict[str, Any]) -> None:
        self._wanted = params.get("order_id")
        if "text" in params:
            self.search.set_value(params["text"])
        self._load()
        self._into_lanes()

    def refresh(self, tables: frozenset[str]) -> None:
        self._load()

    def command(self, command: Command) -> bool:
        if command is Command.BACK and (self.search.value() or self._narrowed()):
            self._show_all()
            return True
        if command is Command.NEW:
            self._take_in()
            return True
        if command is Command.PRINT and (order := self.current()) is not None:
            self.acts.slips.print_slip(order.card.id)
            return True
        return False

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._minute.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._minute.stop()

    def _load(self) -> None:
        self._asked += 1
        first = (_FIRST,) if self._read is None else ()
        read = partial(self.shell.session.read, repair_board.repair_board, *first)
        done = partial(self.show_board, self._asked)
        self.shell.run(read, done, self.shell.read_failed, busy=self.tr("正在读取报修"))

    def tick(self) -> None:
        """A minute is over: the clocks go on from what was read, the database is not asked."""
        if self._read is not None:
            self.board = repair_board.carried_on(self._read, self.shell.session.office.world.now())
            self._show()

    # showing

    def show_board(self, asked: int, board: RepairBoard) -> None:
        """Every lane anew; the order in hand stays in hand."""
        if asked != self._asked:
            return
        first = self._read is None
        self._read = self.board = board
        if board.whole:
            self._offer(board.teams, board.houses)
        self._show()
        if not board.whole:
            self._load()
        else:
            self._ask_whom(asked)
        if self._wanted is not None:
            self.stand_on(self._wanted)
            self._wanted = None if board.whole else self._wanted
        elif first or not self._in_front.lane.orders:
            self._choose_lane()

    def _show(self) -> None:
        assert self.board is not None
        text, here = self.search.value().strip().casefold(), self._here(self.board)
        found = [order for order in here if not text or text in _words(order)]
        for stage, lane in self.lanes.items():
            orders = [order for order in found if STAGE_OF[order.card.state] is stage]
            lane.show_orders(orders, self.board.at, whole=self.board.whole)
        self._say_figures(self.board, here)
        if found or self.board.whole:
            self._say_empty(found)
        self._chosen()

    def _here(self, board: RepairBoard) -> Sequence[BoardOrder]:
        """The orders of the team and the building that are chosen."""
        team = next((team for team in board.teams if team.id == self.team.value()), None)
        house = self.house.value()
        return [
            order for order in board.orders
            if (team is None or of_team(order, team)) and (house is None or order.card.building_id == house)
        ]  # fmt: skip

    def _offer(self, teams: Sequence[TeamRow], houses: Sequence[tuple[UUID, str]]) -> None:
        """What one may narrow the board to; one team or one building is no choice."""
        offered: tuple[tuple[ChoiceField, str, list[tuple[Hashable, str]]], ...] = (
            (self.team, self.tr("全部班组"), [(team.id, team.form.name) for team in teams]),
            (self.house, self.tr("全部楼栋"), [*houses]),
        )
        for field, whole, choices in offered:
            chosen = field.value()
            if chosen is not None and chosen not in dict(choices):
                choices.append((chosen, field.words_of(chosen)))  # nothing stands there now: the choice stays
            field.set_choices([(None, whole), *choices])
            field.setVisible(len(choices) > 1)

    def _narrowed(self) -> bool:
        return self.team.value() is not None or self.house.value() is not None

    def _filtered(self) -> None:
        self._narrow("")
        if not self._in_front.lane.orders:
            self._in_front = next((view for view in self.views if view.lane.orders), self._in_front)
            self._chosen()

    def _ask_whom(self, asked: int) -> None:
        """Whom dispatching would send: asked for the orders that press most, once all others are painted."""
        if self.board is None or not self.shell.allowed(Right.DISPATCH_REPAIRS):
            return
        waiting = [order.card.id for order in self.board.orders if STAGE_OF[order.card.state] is Stage.REPORTED]
        if waiting:
            read = partial(self.shell.session.read, dispatch.suggest, waiting[:_SUGGESTED])
            self.shell.run(read, partial(self._suggested, asked), self.shell.read_failed)

    def _suggested(self, asked: int, best: Mapping[UUID, str]) -> None:
        if asked == self._asked and self._read is not None and self.board is not None:
            self._read = repair_board.suggested(self._read, best)
            self.board = repair_board.suggested(self.board, best)
            self._show()

    def _say_figures(self, board: RepairBoard, here: Sequence[BoardOrder]) -> None:
        tones = [order_clock(order, board.at).tone for order in here]
        late, soon = tones.count("danger"), tones.count("warn")
        self.late.setVisible(late > 0)
        self.late.set(self.tr("超时 {n}").format(n=f"{late:,}"), "danger", "clock-alert")
        self.soon.setVisible(soon > 0)
        self.soon.set(self.tr("快到期 {n}").format(n=f"{soon:,}"), "warn", "hourglass")
        if not board.whole:
            self.late.hide()  # figures of a part would be wrong ones
            self.soon.hide()
            self.detail_label.setText(self.tr("正在读取"))
            return
        still = sum(STAGE_OF[order.card.state] is not Stage.DONE for order in here)
        words = self.tr("未结 {n} 单 · 今日完成 {done}")
        self.detail_label.setText(words.format(n=f"{still:,}", done=f"{board.done_today:,}"))

    def _say_empty(self, found: Sequence[BoardOrder]) -> None:
        was = self.stack.currentIndex()
        self.stack.setCurrentIndex(0 if found else 1)
        if found:
            if was and self.empty.isAncestorOf(self.focusWidget() or self):
                self._choose_lane()
            return
        text = self.search.value().strip()
        narrowed = self._narrowed()
        self.whole.setVisible(bool(text) or narrowed)
        self.first.setVisible(not text and not narrowed)
        if text:
            self.empty.title.setText(self.tr("没有找到「{text}」的报修").format(text=text))
            self.empty.why.setText(
                self.tr("这里只有没结的报修：换个房号、姓名或单号，或按 Esc 看全部；结了的按 Ctrl K 找单号或事情")
            )
        elif narrowed:
            self.empty.title.setText(self.tr("这样筛选没有报修"))
            self.empty.why.setText(self.tr("换个班组或楼栋，或按 Esc 看全部"))
        else:
            self.empty.title.setText(self.tr("没有未结的报修"))
            self.empty.why.setText(self._first_step())

    def _first_step(self) -> str:
        return self.tr("住户来电时按 F7 登记：房号、什么事、Enter，就排在这里计时")

    # walking

    def current(self) -> BoardOrder | None:
        """The order in hand."""
        return self._in_front.current()

    def stand_on(self, order_id: UUID) -> None:
        """Take an order in hand, if it is on the board."""
        for view in self.views:
            if view.stand_on(order_id):
                view.setFocus(Qt.FocusReason.OtherFocusReason)
                return

    def _step(self, view: LaneView, by: int) -> None:
        """To the next lane that way in which something stands."""
        at = self.views.index(view) + by
        while 0 <= at < len(self.views):
            if self.views[at].lane.orders:
                self.views[at].setFocus(Qt.FocusReason.OtherFocusReason)
                return
            at += by

    def _came(self, view: LaneView) -> None:
        self._in_front = view
        self._chosen()

    def _chosen(self, *_: object) -> None:
        """派单 is for what is not done yet."""
        order = self.current()
        none = self.tr("先选一单") if order is None else ""
        done = self.tr("做完的单不用派") if order and STAGE_OF[order.card.state] is Stage.DONE else ""
        self.send.allow(self.acts.why_not("assign") or none or done)
        waits = order is None or STAGE_OF[order.card.state] is Stage.REPORTED
        self.send.setText(self.tr("派单") if waits else self.tr("转派"))

    def _plans(self) -> None:
        self.shell.navigate("plans")

    def _crew(self) -> None:
        self.shell.navigate("crew")

    def _send(self) -> None:
        if (order := self.current()) is not None:
            self.acts.dispatch(order.card.id)

    def _choose_lane(self) -> None:
        target = next((view for view in self.views if view.lane.orders), self.views[0])
        self._in_front = target
        if not self.search.hasFocus():
            self._into_lanes()

    def _into_lanes(self) -> None:
        if self.stack.currentIndex():
            way = self.first if self.whole.isHidden() else self.whole
            way.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        if not self._in_front.lane.orders:
            self._in_front = next((view for view in self.views if view.lane.orders), self._in_front)
        self._in_front.setFocus(Qt.FocusReason.OtherFocusReason)

    def _entered(self) -> None:
        """Enter in the search: into the lanes; a scanned slip opens its order."""
        code = slip_in(self.search.value())
        if code is None:
            self._into_lanes()
            return
        self._show_all()
        open_slip(self.shell, code)

    def _into_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)
        self.search.selectAll()

    def _narrow(self, _text: str) -> None:
        if self.board is not None:
            self._show()

    def _show_all(self) -> None:
        self.search.set_value("")
        self.team.set_value(None)
        self.house.set_value(None)
        self._narrow("")
        self._into_lanes()

    # what the clerk does

    def _take_in(self) -> None:
        """F7 or Ctrl N: a new order, which is in hand once it is stored."""
        dialog = take_in(self.shell)
        if dialog is not None:
            dialog.done.connect(self._taken_in)

    def _taken_in(self, news: Reported | None) -> None:
        if news is not None:
            self._wanted = news.order_id
            self._load()

    def _trends(self) -> None:
        self.shell.navigate("repair_trends")

    def _open(self, order: BoardOrder) -> None:
        self.shell.navigate("repair", order_id=order.card.id)


def _words(order: BoardOrder) -> str:
    """Where the search looks."""
    card = order.card
    told = (card.number, card.place, card.summary, card.name, card.hands, CATEGORY_WORDS[card.category], card.reason)
    return " ".join(told).casefold()
