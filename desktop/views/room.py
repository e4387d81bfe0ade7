"""The room page: what it is, who lived here, its bills, keys and meters, and everything that happened."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from desktop.models.values import Right
from desktop.services import handover, rooms, timeline
from desktop.services.board import TileFacts
from desktop.services.leases import LeaseRow
from desktop.services.notes import NoteForm
from desktop.views import one_off_dialog
from desktop.views.buttons import Button
from desktop.views.check_in.reading import sources_in
from desktop.views.columns import Column, Kind, ListSource, TagLook
from desktop.views.history import History
from desktop.views.keys import bind
from desktop.views.labels import Card, Tag
from desktop.views.layouts import clear
from desktop.views.leases import lease_tag
from desktop.views.overlays import BodyScroll
from desktop.views.pages import Command, Page, Shell
from desktop.views.renewal_key import RENEW_KEY
from desktop.views.room_actions import CHANGE_KEY, STORED_AT_ONCE, Act, Offer, RoomActions
from desktop.views.room_dialogs import EditRoomDialog
from desktop.views.room_facts import RoomFacts
from desktop.views.room_panel import mark_tag
from desktop.views.room_photos import RoomPhotos
from desktop.views.statement_dialog import StatementDialog
from desktop.views.steps import Option, Tabs
from desktop.views.tables import RowTable
from desktop.views.theme import theme

_FOLD = 940
"""Below this page width the timeline becomes a tab."""
_ROOMY = 1200
"""From this page width on the head has room for whole words beside a room's tags."""
_EXPIRING = 30


class RoomPage(Page):
    """Facts at the left, leases, bills, keys in tabs, history at the right."""

    help_topic = "room"
    tables = frozenset(
        {
            "room", "room_number", "building", "lease", "lease_room", "lease_term", "lease_party", "occupant", "party",
            "contact", "bill", "bill_balance", "payment", "work_order", "key_item", "key_move", "meter", "reading",
            "note", "reservation", "ownership", "room_origin", "stored_file",
        }
    )  # fmt: skip

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, margin=12)
        self.page: rooms.RoomPage | None = None
        self._room: UUID | None = None
        self._asked = 0
        self._anew = True
        self.room_actions = RoomActions(shell, self)
        self.offer_buttons: dict[Act, Button] = {}
        self._build()
        self.tabs.changed.connect(self._tab_chosen)
        self.leases.opened.connect(self._open_lease)
        self.bills.opened.connect(self._open_bill)
        self.keys.opened.connect(self._open_holder)
        bind(self, "F2", self._check_in)
        bind(self, RENEW_KEY, self._renew)
        bind(self, "F4", self._take_payment)
        bind(self, "F7", self._report_repair)
        bind(self, one_off_dialog.KEY, self._one_off)
        for at in range(5):
            bind(self, f"Ctrl+{at + 1}", partial(self._to_tab, at))
        self.setAcceptDrops(True)

    def _build(self) -> None:
        may = self.shell.allowed(Right.EDIT_PLACES)
        self.edit = Button(self.tr("修改房间"), "secondary", icon="pencil", key="Ctrl+E")
        self.edit.clicked.connect(self._edit)
        self.edit.allow("" if may else self.tr("您的角色不能改房间：请主管登录后修改"))
        self.change = Button(self.tr("房间变动"), "secondary", icon="layers", key=CHANGE_KEY, slot=self._change)
        self.change.allow("" if may else self.tr("您的角色不能改房间：请主管登录后修改"))
        self._offers = QHBoxLayout()
        self._offers.setSpacing(8)
        self.set_head("", "")
        self._tags = QWidget()
        tags = QHBoxLayout(self._tags)
        tags.setContentsMargins(4, 0, 0, 0)
        tags.setSpacing(6)
        self.head.insertWidget(2, self._tags)
        self.head.addWidget(self.edit)
        self.head.addWidget(self.change)
        self.head.addLayout(self._offers)
        self.facts = RoomFacts()
        self.facts.room_wanted.connect(self._go)
        facts = Card()
        facts.body.addWidget(BodyScroll(self.facts))
        self._facts_card = facts
        self.tabs = Tabs([])
        self.leases = RowTable(self._lease_columns())
        self.bills = RowTable(self._bill_columns())
        self.keys = RowTable(self._key_columns())
        self.meters = RowTable(self._meter_columns())
        self.leases.say_when_empty(self.tr("这间房还没有租约"), self.tr("按 F2 给租客办理入住"))
        self.bills.say_when_empty(self.tr("这间房没有账单"), self.tr("办理入住时按租约自动生成；旧账单在租约里看"))
        self.keys.say_when_empty(self.tr("没有登记钥匙和门卡"), self.tr("办理入住的「交接」一步交出时登记"))
        self.meters.say_when_empty(self.tr("没有登记水电表"), self.tr("办理入住的「交接」一步填表底数，表就建好了"))
        self._sources = {
            self.leases: ListSource([], lambda row: row.id),
            self.bills: ListSource([], lambda row: row.id),
            self.keys: ListSource([], lambda row: row.label),
            self.meters: ListSource([], lambda row: (row.kind, row.serial)),
        }
        things = QWidget()
        column = QVBoxLayout(things)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.keys, 1)
        column.addWidget(self.meters, 1)
        self.stream = History(self.shell, timeline.room_timeline, self._note_about)
        self.timeline = self.stream.timeline
        folded = QWidget()
        self._folded = QVBoxLayout(folded)
        self._folded.setContentsMargins(2, 4, 2, 4)
        self.photos = RoomPhotos(self.shell)
        self._pile = QStackedWidget()
        self._tab_pages: dict[str, QWidget] = {
            "leases": self.leases,
            "bills": self.bills,
            "keys": things,
            "photos": self.photos,
            "history": folded,
        }
        for widget in self._tab_pages.values():
            self._pile.addWidget(widget)
        middle = QFrame()
        middle.setProperty("kind", "card")
        inner = QVBoxLayout(middle)
        inner.setContentsMargins(10, 6, 10, 8)
        inner.setSpacing(4)
        self.statement = Button(self.tr("对账单"), "secondary", key="Ctrl+T", size="small", slot=self._statement)
        line = QHBoxLayout()
        line.addWidget(self.tabs)
        line.addStretch(1)
        line.addWidget(self.statement)
        inner.addLayout(line)
        inner.addWidget(self._pile, 1)
        middle.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self._history_card = Card(self.tr("往来记录"))
        self.stream.place_in(self._history_card.body)
        across = QHBoxLayout()
        across.setSpacing(10)
        across.addWidget(self._facts_card)
        across.addWidget(middle, 1)
        across.addWidget(self._history_card)
        self.body.addLayout(across, 1)

    # columns

    def _lease_columns(self) -> list[Column]:
        return [
            Column(self.tr("租客"), lambda row: row.tenant, kind=Kind.NAME, sample="欧阳知微", stretch=1, strong=True),
            Column(
                self.tr("租期"), lambda row: f"{row.start} 至 {row.end}", kind=Kind.DATE,
                sample="2026-11-22 至 2027-11-21",
            ),
            Column(self.tr("月租（元）"), lambda row: f"{row.rent}", kind=Kind.MONEY, sample="12,860.00", fold=True),
            Column(
                self.tr("欠费（元）"), lambda row: f"{row.owed}" if row.owed else "", kind=Kind.MONEY,
                sample="12,860.00", tone=lambda row: "danger" if row.owed.fen > 0 else "", fold=True,
            ),
            Column(self.tr("状态"), str, kind=Kind.TAG, sample=self.tr("今天到期"), tag=self._lease_tag),
        ]  # fmt: skip

    def _lease_tag(self, row: LeaseRow) -> TagLook:
        return lease_tag(row, self.shell.today(), _EXPIRING, short=True)

    def _bill_columns(self) -> list[Column]:
        return [
            Column(self.tr("应缴日"), lambda row: f"{row.due}", kind=Kind.DATE, sample="2026-11-22"),
            Column(self.tr("账单"), lambda row: row.title, kind=Kind.NAME, sample="租金 第 12 期", stretch=1),
            Column(self.tr("付款人"), lambda row: row.debtor, kind=Kind.NAME, sample="欧阳知微", fold=True),
            Column(self.tr("应收（元）"), lambda row: f"{row.amount}", kind=Kind.MONEY, sample="12,860.00"),
            Column(
                self.tr("未付（元）"), lambda row: f"{row.owed}" if row.owed else "", kind=Kind.MONEY,
                sample="12,860.00", tone=lambda row: "danger" if row.overdue_days(self.shell.today()) else "",
            ),
        ]  # fmt: skip

    def _key_columns(self) -> list[Column]:
        return [
            Column(self.tr("钥匙和门卡"), lambda row: row.label, kind=Kind.NAME, sample="门卡 12", stretch=1),
            Column(
                self.tr("在谁手里"), lambda row: row.holder or self.tr("管理处"), kind=Kind.NAME, sample="欧阳知微",
                stretch=1,
            ),
            Column(self.tr("从哪天起"), lambda row: f"{row.since or ''}", kind=Kind.DATE, sample="2026-11-22"),
        ]  # fmt: skip

    def _meter_columns(self) -> list[Column]:
        return [
            Column(
                self.tr("表"), lambda row: handover.METER_WORDS[row.kind], kind=Kind.NAME, sample="热水表", stretch=1
            ),
            Column(self.tr("表号"), lambda row: row.serial or "", kind=Kind.CODE, sample="20261122001", fold=True),
            Column(
                self.tr("最近读数"),
                lambda row: "" if row.value is None else f"{row.value.normalize():f} {handover.METER_UNITS[row.kind]}",
                kind=Kind.NUMBER, sample="123456.789 m³",
            ),
            Column(self.tr("读表日"), lambda row: f"{row.read_on or ''}", kind=Kind.DATE, sample="2026-11-22"),
        ]  # fmt: skip

    # the page

    def title(self) -> str:
        return self.page.place.words if self.page is not None else ""

    def hints(self) -> str:
        if self.tabs.value() == "photos":
            return self.photos.hints()
        return self.tr("Ctrl+1…9 换标签 · Enter 打开 · Ctrl+R 房间变动")

    def opened(self, params: dict[str, Any]) -> None:
        """`room_id` says which room."""
        room_id = params["room_id"]
        if room_id != self._room:
            self._room, self.page = room_id, None
        self._load()
        self.tabs.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self, tables: frozenset[str]) -> None:
        self._load()

    def command(self, command: Command) -> bool:
        if command is Command.REFRESH:
            self._load()
            return True
        if command is Command.EDIT and self.edit.isEnabled():
            self._edit()
            return True
        return False

    def _load(self) -> None:
        self._asked += 1
        job = partial(self.shell.session.read, rooms.room_page, self._room)
        self.shell.run(job, partial(self.show_room, asked=self._asked), busy=self.tr("正在读取房间"))

    def show_room(self, page: rooms.RoomPage, asked: int | None = None) -> None:
        """Show everything about the room, keeping the tab and the row."""
        if asked is not None and asked != self._asked:
            return
        first = self.page is None or self.page.place.id != page.place.id
        self.page, self._anew = page, first
        place, tile = page.place, page.panel.tile
        self.title_label.setText(place.words)
        size = f"{place.area} m²" if place.area is not None else ""
        self.detail_label.setText(" · ".join(part for part in (place.layout or "", size) if part))
        self._show_tags(tile)
        self._show_offers(tile)
        self._show_facts(page)
        self._show_tabs(page)
        self.stream.show_history(place.id, place.words, page.events, page.pinned)
        if first:
            self._focus_list()
        self.shell.retitle()

    def _show_tags(self, tile: TileFacts) -> None:
        layout = self._tags.layout()
        if layout is not None:
            clear(layout)
        self._tags.layout().addWidget(Tag.room(tile.state))
        for mark in tile.marks:
            self._tags.layout().addWidget(mark_tag(tile, mark))

    def _show_offers(self, tile: TileFacts) -> None:
        clear(self._offers)
        self.offer_buttons = {}
        debts = self.page.panel.debts if self.page is not None else None
        offers = [o for o in self.room_actions.offers(tile, debts.owed if debts else None) if o.act is not Act.ROOM]
        # Enter belongs to the list in front here, so the acts go by their other keys or Alt and a digit.
        most = 3 if self._wide() else 1
        for at, offer in reversed(list(enumerate(offers[:most]))):
            self._offers.addWidget(self._offer_button(offer, at))

    def _offer_button(self, offer: Offer, at: int) -> Button:
        key = offer.key if offer.key not in ("", "Return") else f"Alt+{at + 1}"
        kind = "primary" if at == 0 and not offer.reason else "secondary"
        icon, writes = offer.icon if at == 0 else None, offer.act in STORED_AT_ONCE
        button = Button(offer.words, kind, icon=icon, key=key, writes=writes)
        button.allow(offer.reason)
        button.clicked.connect(partial(self._do, offer.act))
        self.offer_buttons[offer.act] = button
        return button

    def _do(self, act: Act, _checked: bool = False) -> None:
        if self.page is not None:
            self.room_actions.do(act, self.page.panel.tile)

    def _show_facts(self, page: rooms.RoomPage) -> None:
        self.facts.show_room(page)

    def _go(self, room_id: UUID, _checked: bool = False) -> None:
        self.shell.navigate("room", room_id=room_id)

    def _show_tabs(self, page: rooms.RoomPage) -> None:
        options = []
        if page.leases is not None:
            options.append(Option("leases", self.tr("租约"), count=f"{len(page.leases)}"))
            self._fill(self.leases, page.leases)
        if page.bills is not None:
            options.append(Option("bills", self.tr("账单"), count=f"{len(page.bills)}"))
            self._fill(self.bills, page.bills)
        options.append(Option("keys", self.tr("钥匙和表"), count=f"{len(page.keys) + len(page.meters)}"))
        self._fill(self.keys, page.keys)
        self._fill(self.meters, page.meters)
        options.append(Option("photos", self.tr("照片"), count=f"{len(page.photos)}" if page.photos else ""))
        self.photos.show_photos(page.place.id, page.photos, may=not page.panel.tile.retired)
        if not self._wide():
            options.append(Option("history", self.tr("往来记录")))
        self.tabs.set_options(options)
        self._tab_chosen()

    def _fill(self, table: RowTable, rows: Sequence[Any]) -> None:
        """Show a short list: of another room anew, of the same room keeping the row in hand."""
        source = self._sources[table]
        source.replace(rows)
        if self._anew:
            table.show_source(source)
        else:
            table.refresh()

    def _to_tab(self, at: int) -> None:
        self.tabs.choose(at)
        self._focus_list()

    def _tab_chosen(self) -> None:
        self._pile.setCurrentWidget(self._tab_pages[str(self.tabs.value() or "keys")])
        self.statement.setVisible(self.tabs.value() == "bills")
        if self.tabs.value() == "photos":
            self.photos.load()
        self.shell.retitle()

    def _focus_list(self) -> None:
        if self.tabs.value() == "photos":
            self.photos.take_focus()
            return
        table = {"leases": self.leases, "bills": self.bills, "keys": self.keys}.get(str(self.tabs.value()))
        if table is not None and table.rows.rowCount():
            table.choose(0)
            table.setFocus(Qt.FocusReason.OtherFocusReason)

    # what is opened from here

    def _open_lease(self, row: LeaseRow) -> None:
        self.shell.navigate("lease", lease_id=row.id)

    def _open_bill(self, row: Any) -> None:
        self.shell.navigate("bill", bill_id=row.id)

    def _statement(self) -> None:
        if self.page is not None:
            self.shell.open(StatementDialog(self.shell, self.page.place.words, room_id=self.page.place.id))

    def _open_holder(self, row: rooms.KeyRow) -> None:
        if row.holder_id is not None:
            self.shell.navigate("party", party_id=row.holder_id)

    def _check_in(self) -> None:
        self.room_actions.check_in(self.page.panel.tile if self.page is not None else None)

    def _renew(self) -> None:
        self.room_actions.renew(self.page.panel.tile if self.page is not None else None)

    def _report_repair(self) -> None:
        self.room_actions.report_repair(self.page.panel.tile if self.page is not None else None)

    def _take_payment(self) -> None:
        self.room_actions.take_payment(self.page.panel.tile if self.page is not None else None)

    def _one_off(self) -> None:
        self.room_actions.one_off(self.page.panel.tile if self.page is not None else None)

    def _edit(self) -> None:
        if self.page is not None:
            self.shell.open(EditRoomDialog(self.shell, self.page.place, self.page.inhabited))

    def _change(self) -> None:
        if self.page is not None:
            below = self.change.mapToGlobal(QPoint(0, self.change.height() + 2))
            self.room_actions.changes.menu(self.page.panel.tile, below)

    def show_instead(self, room_id: UUID) -> None:
        """The room shown has been split or merged: its page makes way for that of the new one."""
        self._go(room_id)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.photos.may and sources_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.tabs.set_value("photos")
        self.photos.add(sources_in(event.mimeData()))

    def _note_about(self, room_id: UUID) -> NoteForm:
        return NoteForm("", room_id=room_id)

    # the width there is

    def _wide(self) -> bool:
        return self.width() >= _FOLD

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_history_card"):
            self._fit()
        super().changeEvent(event)

    def _fit(self) -> None:
        self._facts_card.setFixedWidth(theme().panel("party-facts") if self._wide() else theme().scaled(220))
        self._history_card.setFixedWidth(theme().panel("timeline"))
        roomy = self.width() >= _ROOMY
        self.change.setText(self.tr("房间变动") if roomy else self.tr("变动"))
        self.edit.setText(self.tr("修改房间") if roomy else self.tr("修改"))
        self.change.set_icon("layers" if roomy else None)
        self.edit.set_icon("pencil" if roomy else None)
        self.detail_label.setVisible(roomy)  # layout and area stand among the facts, too
        if self._history_card.isVisibleTo(self) != self._wide():
            self._history_card.setVisible(self._wide())
            self.stream.place_in(self._history_card.body if self._wide() else self._folded)
            if self.page is not None:
                self._show_tabs(self.page)
                self._show_offers(self.page.panel.tile)
