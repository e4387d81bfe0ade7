"""意向: who looks for a room and is to be called next, with what fits them now; from the first call to the lease."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any

from PySide6.QtWidgets import QMenu

from desktop.models.values import EnquiryState, Money, Right
from desktop.services import enquiries, enquiry_lists
from desktop.services.acts import Op
from desktop.services.board import TileFacts
from desktop.services.enquiries import CHANNEL_WORDS
from desktop.services.enquiry_lists import EnquiryFilter, EnquiryOrder, EnquiryRow, Which
from desktop.services.notes import NoteForm
from desktop.services.transitions import ENQUIRY
from desktop.views.buttons import Button
from desktop.views.columns import Ask, Column, Count, Kind, TagLook
from desktop.views.enquiry_dialogs import EnquiryDialog, LoseDialog
from desktop.views.keys import bind
from desktop.views.list_page import ListPage, span_of
from desktop.views.note_dialog import NoteDialog
from desktop.views.pages import Command, Shell
from desktop.views.reservation_acts import ReservationActs
from desktop.views.reservation_dialogs import Holding
from desktop.views.steps import Option, Tabs
from desktop.views.tables import RowTable
from desktop.views.text_fields import SearchField
from desktop.views.timeline import EmptyState

_LOOKS = {
    EnquiryState.OPEN: ("info", "user-round-plus"),
    EnquiryState.VIEWING: ("warn", "calendar-check"),
    EnquiryState.RESERVED: ("violet", "bookmark"),
    EnquiryState.LEASED: ("ok", "file-check"),
    EnquiryState.LOST: ("", "circle-slash"),
}


@dataclass(slots=True)
class EnquiriesSource:
    """The enquiries of a tab; asked in reading jobs only."""

    read: Callable[..., Any]
    wanted: EnquiryFilter

    def count(self) -> Count:
        counts = self.read(enquiry_lists.count_enquiries, self.wanted.text, self.wanted.chosen)
        return Count(counts[self.wanted.which])

    def page(self, ask: Ask) -> Sequence[EnquiryRow]:
        order = EnquiryOrder(ask.sort) if ask.sort else None
        rows: Sequence[EnquiryRow] = self.read(enquiry_lists.list_enquiries, self.wanted, span_of(ask), order)
        return rows

    def key(self, row: EnquiryRow) -> Hashable:
        return row.id


class EnquiriesPage(ListPage):
    """Opened with `which`, `chosen` or `text` to begin with."""

    help_topic = "letting"
    list_key = "enquiries"
    conditions_read = staticmethod(enquiry_lists.enquiry_conditions)
    tables = frozenset({"enquiry", "reservation", "party", "contact", "room", "building", "lease", "note"})

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.reservations = ReservationActs(shell, self)
        self._build()
        self._wire()

    def _build(self) -> None:
        search = SearchField(self.tr("姓名 / 要求 / 房号"))
        search.setAccessibleName(self.tr("找意向，Ctrl F"))
        search.setMinimumWidth(220)
        self.reserve = Button(self.tr("预订"), "secondary", icon="bookmark", key="Ctrl+R", size="small")
        self.call = Button(self.tr("记通话"), "secondary", icon="phone", key="Ctrl+N", size="small")
        self.add = Button(self.tr("登记意向"), "primary", icon="user-round-plus", key="Ctrl+Return")
        self.set_head(self.tr("意向"), "", search, self.add)
        scopes = Tabs([Option(which, words) for which, words in self._words().items()])
        scopes.setAccessibleName(self.tr("看哪些意向"))
        table = RowTable(self._columns(), self.shell.run, two_lines=True)
        table.setAccessibleName(self.tr("意向"))
        self.first = Button(self.tr("登记意向"), "secondary", icon="user-round-plus")
        self.everything = Button(self.tr("看全部意向"), "secondary", icon="list")
        empty = EmptyState("", "", [self.everything, self.first], icon="user-round-plus", tone="info")
        self.lay_out(search, table, empty, scopes, acts=(self.call, self.reserve))

    def _wire(self) -> None:
        self.add.clicked.connect(self._add)
        self.first.clicked.connect(self._add)
        self.reserve.clicked.connect(self._reserve)
        self.call.clicked.connect(self._call)
        self.everything.clicked.connect(self._show_everything)
        self.table.current_row.connect(self._current)
        self._search_key = bind(self, "Ctrl+F", self.into_search)
        may = self.shell.allowed(Right.RESERVE_ROOMS)
        reason = "" if may else self.tr("您的角色不能登记意向：请前台登录后办理")
        self.add.allow(reason)
        self.first.allow(reason)

    def _words(self) -> dict[Which, str]:
        return {
            Which.RUNNING: self.tr("跟进中"),
            Which.TODAY: self.tr("今天要回访"),
            Which.RESERVED: self.tr("已预订"),
            Which.LEASED: self.tr("已签约"),
            Which.LOST: self.tr("未成"),
            Which.ALL: self.tr("全部"),
        }

    def _columns(self) -> list[Column]:
        return [
            Column(self.tr("姓名"), attrgetter("name"), sort_key=EnquiryOrder.NAME, kind=Kind.NAME,
                   sample="138****12345", strong=True, detail=attrgetter("phone"), key="name",
                   detail_title=self.tr("手机")),
            Column(self.tr("要找的房"), attrgetter("words"), kind=Kind.NAME, sample="两室 · 2 人 · 1,800", stretch=2,
                   key="wishes"),
            Column(self.tr("房间"), self._room, sort_key=EnquiryOrder.ROOM, kind=Kind.CODE, sample="1 栋 1203",
                   detail=self._held, key="room", detail_title=self.tr("预订")),
            Column(self.tr("回访"), self._follow_up, sort_key=EnquiryOrder.FOLLOW_UP, kind=Kind.DATE,
                   sample="12-26 周六", tone=self._late, key="follow_up"),
            Column(self.tr("跟进人"), attrgetter("who"), sort_key=EnquiryOrder.WHO, kind=Kind.NAME, sample="欧阳知",
                   fold=True, key="who"),
            Column(self.tr("状态"), str, kind=Kind.TAG, sample=self.tr("已约看房"), tag=self._tag, key="state"),
            Column(self.tr("预算（元）"), self._budget, sort_key=EnquiryOrder.BUDGET, kind=Kind.NUMBER,
                   sample="1,800–2,200", key="budget", usual=False),
            Column(self.tr("想入住"), self._wanted_from, sort_key=EnquiryOrder.WANTED, kind=Kind.DATE,
                   sample="2026-12-01", key="wanted", usual=False),
            Column(self.tr("来源"), self._channel, kind=Kind.NAME, sample="租房平台", key="channel", usual=False),
            Column(self.tr("登记日"), self._since, sort_key=EnquiryOrder.SINCE, kind=Kind.DATE, sample="2026-11-22",
                   key="since", usual=False),
            Column(self.tr("未成原因"), attrgetter("lost_reason"), kind=Kind.NAME, sample="超预算", stretch=1,
                   key="lost", usual=False),
        ]  # fmt: skip

    @staticmethod
    def _room(row: EnquiryRow) -> str:
        return row.room or "—"

    def _held(self, row: EnquiryRow) -> str:
        return self.tr("留到 {day:%m-%d}").format(day=row.held_until) if row.held_until is not None else ""

    @staticmethod
    def _follow_up(row: EnquiryRow) -> str:
        return f"{row.form.follow_up_on:%m-%d}" if row.form.follow_up_on is not None else ""

    @staticmethod
    def _budget(row: EnquiryRow) -> str:
        low, high = row.form.rent_from, row.form.rent_to
        return "–".join(f"{each.fen // 100:,}" for each in (low, high) if each is not None)

    @staticmethod
    def _wanted_from(row: EnquiryRow) -> str:
        return f"{row.form.wanted_from}" if row.form.wanted_from is not None else ""

    @staticmethod
    def _channel(row: EnquiryRow) -> str:
        return CHANNEL_WORDS[row.form.channel]

    @staticmethod
    def _since(row: EnquiryRow) -> str:
        return f"{row.since}"

    def _late(self, row: EnquiryRow) -> str:
        day = row.form.follow_up_on
        return "danger" if day is not None and day < self.shell.today() else ""

    @staticmethod
    def _tag(row: EnquiryRow) -> TagLook:
        tone, icon = _LOOKS[row.state]
        return TagLook(ENQUIRY.words[row.state], tone, icon)

    # the page

    def hints(self) -> str:
        return self.strip.hints() or self.tr("Enter 修改 · Ctrl+N 记通话 · Ctrl+R 预订 · Ctrl+F 找 · 右键更多")

    def begin(self, params: dict[str, Any]) -> None:
        self.search.set_value(params.get("text", ""))
        self.tabs.set_value(Which(params.get("which", Which.RUNNING)))

    def command(self, command: Command) -> bool:
        if command == Command.NEW:
            self._call()
            return True
        return super().command(command)

    def ask_figures(self) -> None:
        self._asked += 1
        search, chosen = self.search.value(), self.strip.chosen
        read = partial(self.shell.session.read, enquiry_lists.count_enquiries, search, chosen)
        self.shell.run(read, partial(self._show_figures, self._asked))

    def _show_figures(self, asked: int, counts: dict[Which, int]) -> None:
        if asked == self._asked:
            self.tabs.set_options(
                [Option(which, words, count=f"{counts[which]:,}") for which, words in self._words().items()]
            )

    def source_wanted(self) -> EnquiriesSource:
        which = Which(str(self.tabs.value() or Which.RUNNING))
        return EnquiriesSource(self.shell.session.read, EnquiryFilter(which, self.search.value(), self.strip.chosen))

    def shown_anew(self) -> None:
        self._current(None)

    def say_count(self, count: Count) -> None:
        self.foot_row.show_words(self.tr("{n} 位").format(n=count))

    def say_empty(self) -> None:
        wanted: EnquiryFilter = self.source.wanted
        self.everything.setVisible(wanted != EnquiryFilter(Which.ALL))
        self.first.setVisible(not wanted.text and not wanted.chosen)
        if self.say_none_so(self.tr("意向")):
            return
        if wanted.text:
            self.empty.title.setText(self.tr("没有找到「{text}」的意向").format(text=wanted.text))
            self.empty.why.setText(self.tr("换个名字或要求，或看全部意向"))
            return
        titles = {
            Which.RUNNING: self.tr("没有在跟进的意向"),
            Which.TODAY: self.tr("今天没有要回访的"),
            Which.RESERVED: self.tr("没有预订中的客人"),
            Which.LEASED: self.tr("还没有意向签成租约"),
            Which.LOST: self.tr("没有未成的意向"),
            Which.ALL: self.tr("还没有意向"),
        }
        self.empty.title.setText(titles[wanted.which])
        self.empty.why.setText(self.tr("有人来问房，按 Ctrl Enter 记下他要什么，空房会自动配出来"))

    # what the clerk does

    def _current(self, row: EnquiryRow | None) -> None:
        may = self.shell.allowed(Right.RESERVE_ROOMS)
        none = self.tr("先选一位") if row is None else ""
        free = row is not None and ENQUIRY.can(row.state, "reserve")
        self.call.allow(none or ("" if self.shell.allowed(Right.WRITE_NOTES) else self.tr("您的角色不能记通话")))
        self.reserve.allow(
            none or ("" if may and free else self.tr("这位现在不能预订") if may else self.tr("您的角色不能预订"))
        )

    def open_row(self, row: EnquiryRow) -> None:
        dialog = EnquiryDialog(self.shell, row)
        dialog.done.connect(partial(self._told, self.tr("已保存 {name} 的意向").format(name=row.name)))
        self.shell.open(dialog)

    def _add(self) -> None:
        dialog = EnquiryDialog(self.shell)
        dialog.done.connect(self._added)
        self.shell.open(dialog)

    def _added(self, enquiry_id: object) -> None:
        self.table.stand_on(enquiry_id)
        self._told(self.tr("已登记意向"), None)

    def _told(self, text: str, _news: object) -> None:
        self.shell.toast(text)

    def _call(self) -> None:
        row = self.table.current()
        if row is not None:
            dialog = NoteDialog(self.shell, NoteForm("", party_id=row.party_id), row.name)
            dialog.kind.set_value("out")
            dialog.done.connect(self._noted)
            self.shell.open(dialog)

    def _noted(self, _note_id: object, words: str) -> None:
        self._told(self.tr("已记下{what}").format(what=words), None)

    def _reserve(self) -> None:
        """预订: in the room they settled on, else in the best that fits."""
        row = self.table.current()
        if row is None:
            return
        read = partial(self.shell.session.read, enquiries.fitting_rooms, row.form)
        self.shell.run(read, partial(self._show_fitting, row))

    def _show_fitting(self, row: EnquiryRow, rooms: list[tuple[TileFacts, Money | None]]) -> None:
        if not rooms:
            self.shell.toast(self.tr("没有合适的空房：改一下租金或户型再试"))
            return
        menu = QMenu(self)
        for tile, rent in rooms:
            words = f"{tile.number}　{tile.layout or ''}　{rent if rent is not None else self.tr('租金未定')}"
            menu.addAction(words, partial(self._reserve_in, row, tile, rent))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.reserve.mapToGlobal(self.reserve.rect().bottomLeft()))
        menu.setActiveAction(menu.actions()[0])

    def _reserve_in(self, row: EnquiryRow, tile: TileFacts, rent: Money | None) -> None:
        self.reservations.reserve(
            Holding(tile.room_id, tile.number, rent, row.party_id, row.name, row.id, row.form.wanted_from)
        )

    def _move(self, row: EnquiryRow, event: str) -> None:
        job = partial(self.shell.session.act, Op.CHANGE_ENQUIRY, enquiries.move_enquiry, row.id, event)
        said = self.tr("{name}：{what}").format(name=row.name, what=ENQUIRY.events[event])
        self.shell.run(job, partial(self._told, said), write=True)

    def _lose(self, row: EnquiryRow) -> None:
        dialog = LoseDialog(self.shell, row)
        dialog.done.connect(partial(self._told, self.tr("{name} 已登记未成").format(name=row.name)))
        self.shell.open(dialog)

    def _show_everything(self) -> None:
        self.widen()
        self.tabs.set_value(Which.ALL)
        self.narrow()

    def fill_menu(self, menu: QMenu, row: EnquiryRow) -> None:
        possible = ENQUIRY.possible(row.state)
        if self.shell.allowed(Right.RESERVE_ROOMS):
            menu.addAction(self.tr("修改意向"), partial(self.open_row, row))
            for event in ("view", "reopen"):
                if event in possible:
                    menu.addAction(ENQUIRY.events[event], partial(self._move, row, event))
            if "reserve" in possible:
                menu.addAction(self.tr("预订房间"), self._reserve)
            if row.reservation_id is not None:
                menu.addAction(self.tr("延长预订"), partial(self.reservations.extend, row.reservation_id))
                menu.addAction(self.tr("结束预订"), partial(self.reservations.end, row.reservation_id))
            if "lose" in possible:
                menu.addAction(ENQUIRY.events["lose"], partial(self._lose, row))
            menu.addSeparator()
        if "lease" in possible and self.shell.allowed(Right.CHECK_IN):
            room = {"room_id": row.form.room_id} if row.form.room_id is not None else {}
            menu.addAction(self.tr("办理入住"), partial(self.shell.navigate, "check_in", party_id=row.party_id, **room))
        menu.addAction(
            self.tr("看 {name} 的资料").format(name=row.name),
            partial(self.shell.navigate, "party", party_id=row.party_id),
        )
