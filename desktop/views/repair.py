"""One order 工单: what is to be done where and for whom, its clock, its whole history with photos, what may follow."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.models.values import OrderKind, Right
from desktop.models.work_orders import OPEN
from desktop.models.work_orders import WorkOrderState as W
from desktop.services import work_order_page
from desktop.services.repair_intake import CHANNEL_WORDS, KIND_WORDS, LEVEL_WORDS
from desktop.services.repair_words import CATEGORY_WORDS
from desktop.services.transitions import WORK_ORDER
from desktop.services.work_order_page import HistoryLine, OrderPage
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind
from desktop.views.history import when_words
from desktop.views.keys import bind, top_overlay
from desktop.views.labels import Card, Fact, FactList, Tag, label, rule
from desktop.views.layouts import Flow
from desktop.views.overlays import BodyScroll, Overlay
from desktop.views.pages import Command, Page, Shell
from desktop.views.repair_acts import WAYS, RepairActs, next_act, possible
from desktop.views.repair_lanes import clock_look
from desktop.views.repair_photos import RepairPhotos
from desktop.views.reveals import Reveals
from desktop.views.tables import RowTable, fill
from desktop.views.theme import theme
from desktop.world import OFFICE_ZONE

_STATES = {
    W.REPORTED: ("warn", "inbox"), W.ASSIGNED: ("warn", "user-check"), W.ACCEPTED: ("info", "user-check"),
    W.ON_THE_WAY: ("info", "user-check"), W.WORKING: ("info", "wrench"), W.WAITING_MATERIAL: ("", "pause"),
    W.WAITING_TENANT: ("", "pause"), W.WAITING_CONTRACTOR: ("", "pause"), W.DONE: ("ok", "check"),
    W.CHECKED: ("ok", "badge-check"), W.CLOSED: ("", "archive"), W.CANCELLED: ("", "ban"),
}  # fmt: skip
"""Tone and glyph of each state."""


class RepairPage(Page):
    """Opened with `order_id`."""

    help_topic = "repairs.order"
    tables = frozenset(
        {
            "work_order", "work_order_event", "technician", "contractor", "party", "contact", "room", "setting",
            "print_event", "check_line", "maintenance_plan",
        }
    )  # fmt: skip

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.shown: OrderPage | None = None
        self._order_id: UUID | None = None
        self._fresh = True
        self.reveals = Reveals(shell, self)
        self.acts = RepairActs(shell, self)
        self._build_head()
        self._build_body()
        self._wire()

    def _build_head(self) -> None:
        self.urgent = Tag(self.tr("紧急"), "danger", "flame")
        self.set_record_head()
        self.head.insertWidget(2, self.urgent)

    def _build_body(self) -> None:
        self.clock = Tag("", "")
        self.clock_words = label("", "small", wrap=True)
        self.facts = FactList()
        self.to_room = Button(self.tr("看房间"), "quiet", icon="door-open", size="small")
        self.to_party = Button(self.tr("看住户"), "quiet", icon="user-round", size="small")
        self.to_plan = Button(self.tr("看计划"), "quiet", icon="calendar-clock", size="small")
        self.to_other = Button("", "quiet", icon="wrench", size="small")
        card = Card()
        card.body.addWidget(self.clock, 0, Qt.AlignmentFlag.AlignLeft)
        card.body.addWidget(self.clock_words)
        card.body.addWidget(rule())
        card.body.addWidget(self.facts)
        ways = QWidget()
        flow = Flow()
        ways.setLayout(flow)
        for way in (self.to_room, self.to_party, self.to_plan, self.to_other):
            flow.addWidget(way)
        card.body.addWidget(ways)
        card.body.addStretch(1)
        self.left_side = BodyScroll(card)
        self.events = RowTable(
            [
                Column(self.tr("时间"), self._when, kind=Kind.NAME, sample="11-22 10:12"),
                Column(self.tr("经过"), attrgetter("words"), kind=Kind.NAME, sample="完成 · 卢大勇 · 45 分钟",
                       strong=True, detail=attrgetter("who")),
                Column(self.tr("说明"), attrgetter("note"), kind=Kind.NAME, sample="换了 6 分角阀", stretch=1),
                Column(self.tr("照片"), self._many, kind=Kind.NUMBER, sample="12", fold=True),
            ],
            two_lines=True,
        )  # fmt: skip
        self.events.setAccessibleName(self.tr("经过"))
        self.events.say_when_empty(self.tr("还没有经过"), self.tr("正在读取；读不出来就按 F5 再试"))
        self.note = label("", wrap=True, select=True)
        self.photos = RepairPhotos(self.shell)
        self.buttons = {
            way.act: Button(way.words, "secondary", icon=way.icon, key=way.key, size="small", writes=True)
            for way in WAYS
        }
        steps = QWidget()
        line = Flow()
        steps.setLayout(line)
        for button in self.buttons.values():
            button.hide()
            line.addWidget(button)
        self.events_card = Card()
        self.events_card.body.addWidget(steps)
        self.events_card.body.addWidget(self.events, 1)
        self.events_card.body.addWidget(self.note)
        self.events_card.body.addWidget(self.photos)
        across = QHBoxLayout()
        across.setSpacing(10)
        across.addWidget(self.left_side)
        across.addWidget(self.events_card, 1)
        self.body.addLayout(across, 1)
        self._measure()

    def _wire(self) -> None:
        self.to_room.clicked.connect(self._room)
        self.to_party.clicked.connect(self._party)
        self.to_plan.clicked.connect(self._plan)
        self.to_other.clicked.connect(self._other)
        self.events.current_row.connect(self._current)
        self.acts.refused.connect(self._load)
        self._see_key = bind(self, "Ctrl+P", self._see_slip)
        for act, button in self.buttons.items():
            button.clicked.connect(partial(self._act, act))

    # the page

    def title(self) -> str:
        return f"{self.shown.card.number} {self.shown.card.summary}" if self.shown is not None else ""

    def hints(self) -> str:
        first = self._first()
        words = next((way.words for way in WAYS if way.act == first), "")
        does = self.tr("Ctrl+Enter {words} · ").format(words=words) if words else ""
        return does + self.tr("F3 看电话 · F6 打维修单 · Ctrl+O 看照片 · Ctrl+N 记一笔 · Esc 返回")

    def opened(self, params: dict[str, Any]) -> None:
        self._order_id, self._fresh = params["order_id"], True
        self._load()

    def refresh(self, tables: frozenset[str]) -> None:
        self._load()

    def left(self) -> None:
        self.reveals.mask()

    def command(self, command: Command) -> bool:
        if command is Command.SAVE and (first := self._first()):
            self._act(first)
            return True
        return command is Command.REVEAL and self.reveals.reveal()

    def _first(self) -> str:
        """The act that usually follows, where this role may do it."""
        act = next_act(self.shown) if self.shown is not None else ""
        return "" if not act or self.acts.why_not(act) else act

    def _act(self, act: str) -> None:
        if self.shown is not None:
            self.acts.make(act, self.shown)

    def _see_slip(self) -> None:
        if self.shown is not None:
            self.acts.slips.see_slip(self.shown.card.id)

    def _load(self) -> None:
        if self._order_id is not None:
            read = partial(self.shell.session.read, work_order_page.order_page, self._order_id)
            self.shell.run(read, self.show_order, self.shell.read_failed, busy=self.tr("正在读取工单"))

    # showing

    def show_order(self, page: OrderPage) -> None:
        """Everything there is to say of an order."""
        if page.card.id != self._order_id:
            return  # another one has been opened since
        self.shown = page
        card = page.card
        self.title_label.setText(card.number)
        self.about_label.setText(" · ".join(part for part in (card.place, card.summary) if part))
        self.urgent.setVisible(card.urgent)
        self.state_tag.set(WORK_ORDER.words[card.state], *_STATES[card.state])
        self._show_clock(page)
        self.facts.set_facts(self._facts(page))
        self.to_room.setVisible(page.room_id is not None)
        self.to_party.setVisible(page.party_id is not None and self.shell.allowed(Right.SEE_PARTIES))
        self.to_plan.setVisible(page.plan is not None)
        others = (*((page.follows,) if page.follows is not None else ()), *page.followed_by)
        self.to_other.setVisible(bool(others))
        if others:
            words = self.tr("原单 {number}") if page.follows is not None else self.tr("整改单 {number}")
            self.to_other.setText(words.format(number=others[0][1]))
        lines = page.lines[::-1]  # what happened last stands first
        fill(self.events, lines, lambda line: lines.index(line))
        if self._fresh and lines:
            self.events.choose(0)
        self._current(self.events.current())
        self.photos.show_photos(page)
        self._show_ways(page)
        if self._fresh:
            self._fresh = False
            self._stand()
        self.shell.retitle()

    def _stand(self) -> None:
        """The focus into the history; a slip that was scanned has opened its form over the page by now and keeps it."""
        front = top_overlay(self.window())
        if isinstance(front, Overlay):
            front.return_to(self.events)
        else:
            self.events.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_ways(self, page: OrderPage) -> None:
        """The steps that may follow; the usual one is the solid one."""
        first, here = next_act(page), possible(page)
        for act, button in self.buttons.items():
            button.setVisible(act in here)
            button.set_kind("primary" if act == first else "secondary")
            button.allow(self.acts.why_not(act))

    def _show_clock(self, page: OrderPage) -> None:
        clock = page.card.clock
        self.clock.setVisible(page.card.state in OPEN)
        look = clock_look(clock)
        self.clock.set(look.words, look.tone, look.icon)
        answer = self.tr("响应 {when} 前").format(when=self._moment(clock.answer_due)) if clock.answer_due else ""
        finish = self.tr("完成 {when} 前").format(when=self._moment(clock.finish_due)) if clock.finish_due else ""
        words = "\n".join(each for each in (answer, finish) if each)
        if page.card.state not in OPEN:
            done = self.tr("{when} 完成").format(when=self._moment(page.done_at)) if page.done_at else ""
            words = done or WORK_ORDER.words[page.card.state]
        self.clock_words.setText(words)

    def _moment(self, at: datetime | None) -> str:
        return when_words(at.astimezone(OFFICE_ZONE), self.shell.today(), time=True) if at is not None else ""

    def _facts(self, page: OrderPage) -> list[Fact]:
        self.reveals.forget()
        card = page.card
        found = []
        if page.phone is not None:
            value = self.reveals.make(page.phone, self.tr("电话"), first=True, kind="title")
            found.append(Fact(self.tr("电话"), value))
        said = [
            (self.tr("报修人"), card.name),
            (self.tr("事情"), card.summary),
            (self.tr("地点"), card.place),
            (self.tr("类别"), self._kind(page)),
            (self.tr("计划日"), f"{page.plan[2]}" if page.plan is not None else ""),
            (self.tr("检查项"), page.checks.words if page.checks is not None else ""),
            (self.tr("谁去做"), card.hands or self.tr("还没派")),
            (self.tr("负责"), card.owner),
            (self.tr("原因"), card.reason),
            (self.tr("约的时间"), self._wished(page)),
            (self.tr("外包价"), str(page.contract_price) if page.contract_price is not None else ""),
            (self.tr("保修到"), f"{page.warranty_until}" if page.warranty_until is not None else ""),
            (self.tr("评价"), self.tr("{n} 分").format(n=page.rating) if page.rating is not None else ""),
            (self.tr("怎么报的"), f"{CHANNEL_WORDS[page.channel]} {self._moment(card.since)}"),
        ]
        return found + [Fact(name, value) for name, value in said if value]

    def _kind(self, page: OrderPage) -> str:
        words = CATEGORY_WORDS[page.card.category]
        if page.card.kind is OrderKind.REPAIR:
            return words
        level = f" · {LEVEL_WORDS[page.level]}" if page.level is not None else ""
        return f"{words}（{KIND_WORDS[page.card.kind]}{level}）"

    def _wished(self, page: OrderPage) -> str:
        if page.wished_from is None:
            return ""
        begin = self._moment(page.wished_from)
        end = f"–{page.wished_to.astimezone(OFFICE_ZONE):%H:%M}" if page.wished_to is not None else ""
        return begin + end

    def _when(self, line: HistoryLine) -> str:
        return self._moment(line.at)

    @staticmethod
    def _many(line: HistoryLine) -> str:
        return str(len(line.photos)) if line.photos else ""

    def _current(self, line: HistoryLine | None) -> None:
        """The line in hand in full: a note is often longer than its row."""
        self.note.setText(line.note if line is not None else "")
        self.note.setVisible(line is not None and len(line.note) > 12)

    # ways on

    def _room(self) -> None:
        if self.shown is not None and self.shown.room_id is not None:
            self.shell.navigate("room", room_id=self.shown.room_id)

    def _party(self) -> None:
        if self.shown is not None and self.shown.party_id is not None:
            self.shell.navigate("party", party_id=self.shown.party_id)

    def _plan(self) -> None:
        if self.shown is not None and self.shown.plan is not None:
            self.shell.navigate("plans", plan_id=self.shown.plan[0])

    def _other(self) -> None:
        """The order that this one follows, or the one that came of it."""
        if self.shown is not None:
            page = self.shown
            followed = page.followed_by[0][0] if page.followed_by else None
            if (other := page.follows[0] if page.follows is not None else followed) is not None:
                self.shell.navigate("repair", order_id=other)

    # measures

    def _measure(self) -> None:
        self.left_side.setFixedWidth(theme().panel("party-facts") + 2)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "events"):
            self._measure()
        super().changeEvent(event)
