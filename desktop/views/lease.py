"""The page of one lease: what was agreed, the whole schedule with what was paid, who, the handover, files, history."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from desktop.models.values import (
    NIL,
    FeeType,
    LeaseRole,
    LeaseState,
    Money,
    ReadingKind,
    Right,
    total,
)
from desktop.services import handover, lease_moves, lease_record, lease_words
from desktop.services.acts import Op
from desktop.services.attachments import FileRow
from desktop.services.billing import FEE_WORDS, BillRow
from desktop.services.handover import ReadingRow
from desktop.services.lease_record import LeaseRecord, Paid, Period
from desktop.services.lease_terms import term_text
from desktop.services.transitions import LEASE
from desktop.views.bill_table import STATE_SAMPLE, state_tag
from desktop.views.buttons import Button
from desktop.views.columns import Column, GroupHead, Kind, TagLook
from desktop.views.dialogs import BodyScroll, Question
from desktop.views.figures import FigureStrip
from desktop.views.file_preview import KIND_WORDS, PdfDialog, show_kept
from desktop.views.history import event_of, padded
from desktop.views.keys import bind
from desktop.views.labels import Card, Fact, FactList, Tag, label, rule
from desktop.views.layouts import clear
from desktop.views.lease_dialogs import CancelDialog, MoveInLeaseDialog, MoveOutDialog, SettleDialog
from desktop.views.leases import lease_tag
from desktop.views.pages import Command, Page, Shell
from desktop.views.printing import PrintOrder
from desktop.views.reveals import Reveals
from desktop.views.steps import Option, Tabs
from desktop.views.tables import RowTable, TableFoot, fill
from desktop.views.theme import theme
from desktop.views.timeline import Timeline
from desktop.world import OFFICE_ZONE

_FOLD = 940
_ROLES = {
    LeaseRole.TENANT: "承租人", LeaseRole.CO_TENANT: "共同承租", LeaseRole.GUARANTOR: "保证人",
    LeaseRole.GUARDIAN: "监护人", LeaseRole.AGENT: "代理人",
}  # fmt: skip
_PAID = {
    Paid.PLANNED: TagLook("未出账", "", "calendar"),
    Paid.OPEN: TagLook("待收", "info", "clock"),
    Paid.OVERDUE: TagLook("逾期", "danger", "circle-alert"),
    Paid.PART: TagLook("收了一部分", "warn", "circle-dot"),
    Paid.PAID: TagLook("已收清", "ok", "circle-check"),
    Paid.TAKEN_BACK: TagLook("已冲回", "", "undo-2"),
}
_READINGS = {
    ReadingKind.INITIAL: "入住", ReadingKind.REGULAR: "抄表", ReadingKind.FINAL: "搬离",
    ReadingKind.REPLACEMENT: "换表", ReadingKind.ESTIMATED: "估算",
}  # fmt: skip
_MOVES = {
    "move_in": Right.CHECK_IN,
    "give_notice": Right.EDIT_LEASES,
    "withdraw_notice": Right.EDIT_LEASES,
    "move_out": Right.EDIT_LEASES,
    "settle": Right.TAKE_PAYMENT,
    "close": Right.EDIT_LEASES,
    "cancel": Right.EDIT_LEASES,
}
"""The moves that can be made here, with the right each needs; the machine says which are possible now."""


class LeasePage(Page):
    """Opened with `lease_id`."""

    help_topic = "leases"
    tables = frozenset(
        {
            "lease", "lease_term", "lease_room", "lease_party", "occupant", "party", "contact", "room", "bill",
            "bill_line", "bill_balance", "payment", "receipt", "reading", "meter", "key_move", "stored_file",
            "print_event",
        }
    )  # fmt: skip

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, scrolls=True)
        self.record: LeaseRecord | None = None
        self._lease: UUID | None = None
        self._asked = 0
        self._shown: object = None
        self.reveals = Reveals(shell, self)
        self._build_head()
        self._build_middle()
        self._build_body()
        self._wire()

    def _build_head(self) -> None:
        self.preview = Button(self.tr("预览"), "secondary", key="Ctrl+P")
        self.print = Button(self.tr("打印租约"), "secondary", key="F6")
        self.more = Button(self.tr("变更"), "secondary", key="Ctrl+M")
        self.more.setAccessibleDescription(self.tr("退租、撤销等"))
        self.first = Button(self.tr("收款"), "primary", icon="banknote", key="F4")
        self.set_head("", "", self.preview, self.print, self.more, self.first)
        self._tags = QHBoxLayout()
        self._tags.setSpacing(6)
        # The state stands below the name: beside it four buttons would push both out of a narrow window.
        above = QVBoxLayout()
        above.setSpacing(0)
        self.head.removeWidget(self.title_label)
        self.detail_label.hide()
        above.addWidget(self.title_label)
        above.addLayout(self._tags)
        self.head.insertLayout(0, above)

    def _build_middle(self) -> None:
        self.tabs = Tabs([])
        self.schedule = RowTable(self._schedule_columns(), two_lines=False)
        self.bills = RowTable(self._bill_columns(), two_lines=True)
        self.readings = RowTable(self._reading_columns())
        self.files = RowTable(self._file_columns())
        self.folded = Timeline()
        self.schedule_foot = TableFoot()
        plan = QWidget()
        column = QVBoxLayout(plan)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.schedule, 1)
        column.addWidget(self.schedule_foot)
        self.keys_line = label("", wrap=True)
        handed = QWidget()
        column = QVBoxLayout(handed)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(6)
        inset = QHBoxLayout()
        inset.setContentsMargins(10, 0, 10, 0)
        inset.addWidget(self.keys_line)
        column.addLayout(inset)
        column.addWidget(self.readings, 1)
        self._tab_pages: dict[str, QWidget] = {
            "schedule": plan,
            "bills": self.bills,
            "handover": handed,
            "files": self.files,
            "history": BodyScroll(padded(self.folded)),
        }
        self._lists = {
            "schedule": self.schedule,
            "bills": self.bills,
            "handover": self.readings,
            "files": self.files,
        }
        self.pile = QStackedWidget()
        for key, words in self._tab_words().items():
            self._tab_pages[key].setAccessibleName(words)
            self.pile.addWidget(self._tab_pages[key])
        self._nothing = label("", "muted", wrap=True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.pile.addWidget(self._nothing)
        names = (self.tr("月租（元）"), self.tr("押金在管（元）"), self.tr("到今天未付（元）"), self.tr("下一期"))
        self.figures = FigureStrip(names)

    def _tab_words(self) -> dict[str, str]:
        return {
            "schedule": self.tr("排期"),
            "bills": self.tr("账单"),
            "handover": self.tr("交接"),
            "files": self.tr("文件"),
            "history": self.tr("往来记录"),
        }

    def _build_body(self) -> None:
        self.whole = Button(self.tr("显示原文"), "quiet", key="F3", size="small", slot=self.reveals.reveal)
        self.facts = Card()
        self.facts.head(self.tr("约定"), "", self.whole)
        inside = QWidget()
        self._facts = QVBoxLayout(inside)
        self._facts.setContentsMargins(0, 0, 4, 0)
        self._facts.setSpacing(6)
        self.facts.body.setContentsMargins(12, 8, 8, 8)
        self.facts.body.addWidget(BodyScroll(inside), 1)
        listing = QFrame()
        listing.setProperty("kind", "card")
        inner = QVBoxLayout(listing)
        inner.setContentsMargins(1, 3, 1, 1)
        inner.setSpacing(0)
        tabs = QHBoxLayout()
        tabs.setContentsMargins(10, 0, 10, 0)
        tabs.addWidget(self.tabs)
        tabs.addStretch(1)
        inner.addLayout(tabs)
        inner.addWidget(self.pile, 1)
        self.pile.setMinimumHeight(theme().scaled(190))
        middle = QWidget()
        middle.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(listing, 1)
        column.addWidget(self.figures)
        self.timeline = Timeline()
        self.history = Card(self.tr("往来记录"))
        self.history.body.addWidget(BodyScroll(padded(self.timeline)), 1)
        across = QHBoxLayout()
        across.setSpacing(10)
        across.addWidget(self.facts)
        across.addWidget(middle, 1)
        across.addWidget(self.history)
        self.body.addLayout(across, 1)
        self._fit()

    def _wire(self) -> None:
        self.preview.clicked.connect(self._preview)
        self.print.clicked.connect(self._print)
        self.more.clicked.connect(self._menu)
        self.first.clicked.connect(self._first)
        self.tabs.changed.connect(self._tab_chosen)
        self.schedule.opened.connect(self._open_period)
        self.bills.opened.connect(self._open_bill)
        self.files.opened.connect(self._open_file)
        self.reveals.revealed.connect(self._load)
        self.keys = [bind(self, f"Ctrl+{at + 1}", partial(self._to_tab, at)) for at in range(5)]
        self.keys.append(bind(self, "F4", self._pay))

    # columns

    def _schedule_columns(self) -> list[Column]:
        return [
            Column(self.tr("期次"), _title, kind=Kind.NAME, sample="钥匙押金", strong=True),
            Column(self.tr("计费期间"), _span, kind=Kind.DATE, sample="26-11-25 至 27-02-24", stretch=1),
            Column(self.tr("应缴日"), _due, kind=Kind.DATE, sample="2026-11-25", fold=True),
            Column(self.tr("金额（元）"), _money, kind=Kind.MONEY, sample="12,860.00"),
            Column(self.tr("状态"), str, kind=Kind.TAG, sample=self.tr("收了一部分"), tag=_paid),
        ]

    def _bill_columns(self) -> list[Column]:
        return [
            Column(
                self.tr("账单"), attrgetter("title"), kind=Kind.NAME, sample="租金 第 12 期", stretch=1,
                detail=attrgetter("detail"),
            ),
            Column(self.tr("应缴日"), _bill_due, kind=Kind.DATE, sample="2026-11-22", fold=True),
            Column(self.tr("应收"), _bill_amount, kind=Kind.MONEY, sample="12,860.00"),
            Column(self.tr("未付"), _bill_owed, kind=Kind.MONEY, sample="12,860.00"),
            Column(self.tr("状态"), str, kind=Kind.TAG, sample=STATE_SAMPLE, tag=self._bill_tag),
        ]  # fmt: skip

    def _bill_tag(self, row: BillRow) -> TagLook:
        return state_tag(self.shell.today(), row)

    def _reading_columns(self) -> list[Column]:
        return [
            Column(self.tr("表"), _meter, kind=Kind.NAME, sample="热水表", stretch=1),
            Column(self.tr("表号"), _serial, kind=Kind.CODE, sample="20261122001", fold=True),
            Column(self.tr("哪一次"), _reading, kind=Kind.TEXT, sample="入住"),
            Column(self.tr("读数"), _value, kind=Kind.NUMBER, sample="123456.789 m³"),
            Column(self.tr("日期"), _read_on, kind=Kind.DATE, sample="2026-11-22"),
        ]

    def _file_columns(self) -> list[Column]:
        return [
            Column(self.tr("文件"), attrgetter("title"), kind=Kind.NAME, sample="房况照片 客厅", stretch=1),
            Column(self.tr("种类"), _file_kind, kind=Kind.TEXT, sample="房况照片"),
            Column(self.tr("大小"), _file_size, kind=Kind.NUMBER, sample="1,024 KB", fold=True),
            Column(self.tr("存入"), _file_day, kind=Kind.DATE, sample="2026-11-22"),
        ]

    # the page

    def title(self) -> str:
        return f"{self.record.page.row.room} {self.record.page.row.tenant}" if self.record is not None else ""

    def hints(self) -> str:
        many = max(1, self.tabs.count)
        return self.tr("F6 打印 · Ctrl+1…{n} 分页 · Enter 打开 · Esc 返回").format(n=many)

    def opened(self, params: dict[str, Any]) -> None:
        """`lease_id` says which."""
        if params["lease_id"] != self._lease:
            self._lease, self.record = params["lease_id"], None
            self.tabs.choose(0)
        self._load()
        self.tabs.setFocus(Qt.FocusReason.OtherFocusReason)
        if self.record is not None:  # back again: where the clerk was
            self._into_list()

    def refresh(self, tables: frozenset[str]) -> None:
        self._load()

    def left(self) -> None:
        self.reveals.mask()

    def command(self, command: Command) -> bool:
        if command is Command.REVEAL:
            return self.reveals.reveal()
        return False

    def _load(self) -> None:
        self._asked += 1
        job = partial(self.shell.session.read, lease_record.lease_record, self._lease)
        self.shell.run(job, partial(self.show_record, self._asked), busy=self.tr("正在读取租约"))

    def show_record(self, asked: int, record: LeaseRecord) -> None:
        """Show everything about a lease, keeping the tab and the row."""
        if asked != self._asked:
            return
        first = self.record is None
        self.record = record
        self._show_head(record)
        self._show_facts(record)
        self._show_tabs(record)
        self._show_figures(record)
        events = [event_of(entry, self.shell.today()) for entry in record.events]
        self.timeline.show_events(events)
        self.folded.show_events(events)
        self._tab_chosen()
        if first:
            self._choose_next(record)
            self._into_list()
        self.shell.retitle()

    def _show_head(self, record: LeaseRecord) -> None:
        row, today = record.page.row, self.shell.today()
        self.title_label.setText(f"{row.room} · {row.tenant}")
        clear(self._tags)
        days = record.expiring_days
        look = lease_tag(row, today, days)
        self._tags.addWidget(Tag(look.text, look.tone, look.icon))
        overdue = record.overdue(today)
        if overdue > NIL:
            self._tags.addWidget(Tag(self.tr("欠费 ¥{owed}").format(owed=overdue), "danger", "circle-alert"))
        self._tags.addStretch(1)
        may = self.shell.allowed(Right.PRINT_PAPER)
        self.print.allow("" if may else self.tr("您的角色不能打印租约"))
        self._show_first(record)
        offers = self.moves()
        nothing = self.tr("这份租约已经办结") if not record.moves else self.tr("您的角色不能变更租约：请主管登录后办理")
        self.more.allow("" if offers else nothing)

    def _show_first(self, record: LeaseRecord) -> None:
        """The one solid button: what this lease waits for."""
        due = record.due(self.shell.today())
        event = self._first_move(record)
        if event:
            self.first.setText(LEASE.events[event] if event != "move_in" else self.tr("交房入住"))
            self.first.set_icon("key-round" if event == "move_in" else "hand-coins")
            self.first.set_key("Alt+1")
            self.first.allow("")
            return
        self.first.setText(self.tr("收款 ¥{due}").format(due=due) if due > NIL else self.tr("收款"))
        self.first.set_icon("banknote")
        self.first.set_key("F4")
        may = self.shell.allowed(Right.TAKE_PAYMENT)
        self.first.allow("" if may else self.tr("您的角色不能办收款：请收银员登录后办理"))

    def _first_move(self, record: LeaseRecord) -> str:
        """交房 once the day has come and the first bills are paid, 结算 after moving out; else money comes first."""
        may, row = self.moves(), record.page.row
        if "move_in" in may and row.start <= self.shell.today() and record.due(self.shell.today()) <= NIL:
            return "move_in"
        return "settle" if "settle" in may else ""

    def moves(self) -> list[str]:
        """What may be done with the lease now, by the machine and the role."""
        possible = self.record.moves if self.record is not None else ()
        return [event for event in possible if event in _MOVES and self.shell.allowed(_MOVES[event])]

    # facts

    def _show_facts(self, record: LeaseRecord) -> None:
        page = record.page
        what = (page.terms, page.parties, page.occupants, page.row.state, record.phone, record.notice_on, page.version)
        if what == self._shown:
            return
        self._shown = what
        self.reveals.forget()
        clear(self._facts)
        may = record.phone is not None and self.shell.allowed(Right.REVEAL_SECRETS)
        self.whole.setVisible(may)
        self._people(record)
        self._terms(record)
        self._days(record)
        self._facts.addStretch(1)

    def _add(self, facts: list[Fact]) -> None:
        if facts:
            self._facts.addWidget(FactList(facts, tight=True, names=theme().scaled(40)))

    def _people(self, record: LeaseRecord) -> None:
        page, facts = record.page, []
        for party_id, name, role in page.parties:
            facts.append(Fact(_ROLES[role], self._link(name, party_id)))
        if record.phone is not None:
            facts.append(Fact(self.tr("手机"), self.reveals.make(record.phone, self.tr("手机"))))
        signing = {party_id for party_id, _, _ in page.parties}
        for party_id, name in page.occupants:
            if party_id not in signing:
                facts.append(Fact(self.tr("同住"), self._link(name, party_id)))
        facts.append(Fact(self.tr("房间"), self._room_link(page.row.room, page.row.room_id)))
        self._add(facts)

    def _link(self, name: str, party_id: UUID) -> QWidget:
        link = Button(name, "quiet", size="small", slot=partial(self.shell.navigate, "party", party_id=party_id))
        if not self.shell.allowed(Right.SEE_PARTIES):
            return label(name)
        return _left(link)

    def _room_link(self, words: str, room_id: UUID) -> QWidget:
        slot = partial(self.shell.navigate, "room", room_id=room_id)
        return _left(Button(words, "quiet", size="small", slot=slot))

    def _terms(self, record: LeaseRecord) -> None:
        terms = record.page.terms
        self._facts.addWidget(rule())
        facts = [
            Fact(self.tr("租期"), self.tr("{start} 至 {end}").format(start=terms.start, end=terms.end)),
            Fact("", term_text(terms.start, terms.end)),
            Fact(self.tr("月租"), f"¥{terms.rent}"),
            Fact(self.tr("付款"), f"{lease_words.pay_words(terms)} · {lease_words.due_words(terms)}"),
            Fact(self.tr("押金"), f"¥{terms.deposit}"),
        ]
        facts += [Fact(self.tr("调租"), words) for words in lease_words.step_words(terms)]
        if terms.key_deposit:
            facts.append(Fact(self.tr("钥匙押"), f"¥{terms.key_deposit}"))
        if terms.free_days:
            facts.append(Fact(self.tr("免租"), lease_words.free_words(terms)))
        facts += [
            Fact(self.tr("零头"), lease_words.stub_words(terms)),
            Fact(self.tr("物业费"), lease_words.property_words(terms)),
            Fact(self.tr("违约金"), lease_words.late_words(terms)),
            Fact(self.tr("用途"), record.page.purpose),
        ]
        self._add(facts)

    def _days(self, record: LeaseRecord) -> None:
        page, facts = record.page, []
        days = (
            (self.tr("签约"), page.signed_on),
            (self.tr("入住"), page.moved_in_on),
            (self.tr("通知"), record.notice_on),
            (self.tr("搬离"), page.moved_out_on),
        )
        facts += [Fact(name, f"{day}") for name, day in days if day is not None]
        facts.insert(0, Fact(self.tr("合同号"), page.row.number))
        if record.template is not None:
            facts.append(Fact(self.tr("合同"), self.tr("第 {n} 版模板").format(n=record.template)))
        for name, other in ((self.tr("续自"), record.renews), (self.tr("续为"), record.renewed_by)):
            if other is not None:
                slot = partial(self.shell.navigate, "lease", lease_id=other[0])
                facts.append(Fact(name, _left(Button(other[1], "quiet", size="small", slot=slot))))
        if facts:
            self._facts.addWidget(rule())
            self._add(facts)

    # tabs

    def _show_tabs(self, record: LeaseRecord) -> None:
        words, page = self._tab_words(), record.page
        fill(self.schedule, _grouped(record.periods), _period_key)
        rents = [each for each in record.periods if each.planned.fee_type is FeeType.RENT]
        paid = sum(each.paid is Paid.PAID for each in rents)
        told = self.tr("租金 {n} 期，已收清 {paid} 期").format(n=len(rents), paid=paid)
        whole = total(each.planned.money for each in rents)
        self.schedule_foot.show_words(told, self.tr("租金合计 {sum}").format(sum=whole))
        options = [Option("schedule", words["schedule"], count=f"{len(record.periods)}")]
        if record.bills is not None:
            options.append(Option("bills", words["bills"], count=f"{len(record.bills)}"))
            fill(self.bills, record.bills, attrgetter("id"))
        options.append(Option("handover", words["handover"], count=f"{len(page.readings)}"))
        fill(self.readings, page.readings, _reading_key)
        self.keys_line.setText(self._keys_words(page.keys_out))
        options.append(Option("files", words["files"], count=f"{len(page.files)}"))
        fill(self.files, page.files, attrgetter("id"))
        if not self._wide():
            options.append(Option("history", words["history"]))
        self.tabs.set_options(options)

    def _keys_words(self, keys: tuple[tuple[str, int], ...]) -> str:
        units = {"钥匙": self.tr("钥匙 {n} 把"), "门卡": self.tr("门卡 {n} 张")}
        out = " · ".join(units.get(name, name + " {n}").format(n=count) for name, count in keys)
        return self.tr("在租客手里：{keys}").format(keys=out) if out else self.tr("没有钥匙和门卡在租客手里")

    def _show_figures(self, record: LeaseRecord) -> None:
        page, today = record.page, self.shell.today()
        due = record.due(today)
        ahead = [each for each in record.periods if each.paid in (Paid.PLANNED, Paid.OPEN) and each.planned.due > today]
        following = min(ahead, key=lambda each: each.planned.due, default=None)
        over = page.row.state not in (LeaseState.SIGNED, LeaseState.ACTIVE, LeaseState.NOTICE)
        words = "—" if following is None or over else f"{following.planned.due:%m-%d} {following.planned.money}"
        open_ = "—" if record.bills is None else str(due)
        held = "—" if record.bills is None else str(page.deposit_held)
        self.figures.show_figures(
            [(str(page.row.rent), ""), (held, ""), (open_, "danger" if due > NIL else ""), (words, "")]
        )

    def _choose_next(self, record: LeaseRecord) -> None:
        """The schedule opens on the first bill that is not settled."""
        for each in record.periods:
            if each.paid not in (Paid.PAID, Paid.TAKEN_BACK):
                self.schedule.stand_on(_period_key(each))
                return

    def _to_tab(self, at: int) -> None:
        self.tabs.choose(at)
        self._into_list()

    def _tab_chosen(self) -> None:
        key = str(self.tabs.value() or "schedule")
        widget = self._tab_pages[key]
        if key in ("bills", "files") and not self._lists[key].rows.rowCount():
            self._nothing.setText(self._empty_words(key))
            widget = self._nothing
        self.pile.setCurrentWidget(widget)
        self.figures.setVisible(key == "schedule")

    def _empty_words(self, key: str) -> str:
        if key == "bills":
            return self.tr("还没有出账。到应缴日前几天，账单会自动生成")
        return self.tr("没有文件。打印过的租约和房况照片会在这里")

    def _into_list(self) -> None:
        table = self._lists.get(str(self.tabs.value()))
        if table is None or not table.rows.rowCount():
            self.tabs.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        if not table.currentIndex().isValid():
            table.choose(0)
        table.setFocus(Qt.FocusReason.OtherFocusReason)

    # what is opened from here

    def _open_period(self, row: Period) -> None:
        if row.bill_id is not None and self.shell.allowed(Right.SEE_BILLS):
            self.shell.navigate("bill", bill_id=row.bill_id)

    def _open_bill(self, row: BillRow) -> None:
        self.shell.navigate("bill", bill_id=row.id)

    def _open_file(self, row: FileRow) -> None:
        show_kept(self.shell, row, self._load)

    def _pay(self) -> None:
        if self.record is not None and self.shell.allowed(Right.TAKE_PAYMENT):
            self.shell.navigate("till", party_id=self.record.page.row.tenant_id)

    # paper

    def _preview(self) -> None:
        from desktop.services import papers

        read = partial(self.shell.session.read, papers.preview_lease, self._lease)
        self.shell.run(read, self._show_preview, busy=self.tr("正在排版租约"))

    def _show_preview(self, pdf: bytes) -> None:
        if self.record is not None:
            dialog = PdfDialog(self.shell, self.tr("租约 {n}").format(n=self.record.page.row.number), pdf)
            # The preview is masked; what is signed carries the whole numbers, so it is made anew.
            dialog.print_with(self._print if self.print.isEnabled() else None)
            self.shell.open(dialog)

    def _print(self) -> None:
        """Make the lease and note the print in one act, then tell the printer; the first print is kept."""
        from desktop.services import papers

        act = partial(self.shell.session.act, Op.PRINT_PAPER, papers.print_lease, self._lease)
        self.shell.run(act, self._printed, write=True, busy=self.tr("正在排版租约"))

    def _printed(self, printed: Any) -> None:
        self.shell.session.printing.submit(PrintOrder(printed.pdf, "lease", printed.title))
        again = self.tr("，补打 {n}").format(n=printed.ordinal) if printed.ordinal else ""
        self.shell.toast(self.tr("正在打印 {title}{again}").format(title=printed.title, again=again))

    # moving on

    def _first(self) -> None:
        event = self._first_move(self.record) if self.record is not None else ""
        if event:
            self._move(event)
        else:
            self._pay()

    def _menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for event in self.moves():
            menu.addAction(LEASE.events[event], partial(self._move, event))
        menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height() + 2)))
        menu.setActiveAction(menu.actions()[0])

    def _move(self, event: str) -> None:
        record, shell = self.record, self.shell
        if record is None:
            return
        page, today = record.page, shell.today()
        due = record.due(today)
        if event == "move_in":
            self._open_dialog(MoveInLeaseDialog(shell, page.row, due), self.tr("已交房，{who} 入住"))
        elif event == "move_out":
            self._open_dialog(MoveOutDialog(shell, page.row, page.keys_out), self.tr("已收房，接着办退租结算"))
        elif event == "settle":
            owed = total(bill.owed for bill in record.bills or ())
            self._open_dialog(SettleDialog(shell, page.row, page.deposit_held, owed), "")
        elif event == "cancel":
            self._open_dialog(CancelDialog(shell, page.row), self.tr("租约已撤销"))
        else:
            self._ask(event)

    def _open_dialog(self, dialog: Any, words: str) -> None:
        dialog.done.connect(partial(self._moved, words))
        self.shell.open(dialog)

    def _ask(self, event: str) -> None:
        texts = {
            "give_notice": self.tr("租客今天通知要退租：房态图和租约会标为「已通知退租」，账单照常。"),
            "withdraw_notice": self.tr("租客不退租了：租约回到在租。"),
            "close": self.tr("押金已退、账已结清：租约归档，以后只能查看。"),
        }
        word = LEASE.events[event]
        question = Question(self.shell.frame, word, texts[event], [(event, word, "primary")])
        question.answered.connect(self._answered)
        self.shell.open(question)

    def _answered(self, event: str) -> None:
        functions = {
            "give_notice": lease_moves.give_notice,
            "withdraw_notice": lease_moves.withdraw_notice,
            "close": lease_moves.close_lease,
        }
        act = partial(self.shell.session.act, Op.CHANGE_LEASE, functions[event], self._lease)
        words = {
            "give_notice": self.tr("已登记退租通知"),
            "withdraw_notice": self.tr("已撤回退租通知"),
            "close": self.tr("租约已结案"),
        }
        self.shell.run(act, partial(self._moved, words[event]), write=True)

    def _moved(self, words: str, news: object) -> None:
        self._load()
        if isinstance(news, lease_moves.Settled):
            words = self._settled_words(news)
        who = self.record.page.row.tenant if self.record is not None else ""
        self.shell.toast(words.format(who=who))

    def _settled_words(self, news: lease_moves.Settled) -> str:
        if news.still_owed > NIL:
            return self.tr("已结算，租客还欠 {owed}").format(owed=news.still_owed)
        back: Money = news.returned
        return self.tr("已结算，退还 {back}，收据 {number}").format(back=back, number=news.receipt_number or "—")

    # the width there is

    def _wide(self) -> bool:
        return self.width() >= _FOLD

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "history"):
            self._shown = None
            self._fit()
        super().changeEvent(event)

    def _fit(self) -> None:
        self.facts.setFixedWidth(theme().panel("party-facts"))
        self.history.setFixedWidth(theme().panel("timeline"))
        if self.history.isVisibleTo(self) != self._wide():
            self.history.setVisible(self._wide())
            if self.record is not None:
                self._show_tabs(self.record)
                self._tab_chosen()


def _left(widget: QWidget) -> QWidget:
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(widget)
    row.addStretch(1)
    return line


def _grouped(periods: tuple[Period, ...]) -> list[Period | GroupHead]:
    """The schedule with a head over each kind of fee, when there is more than rent."""
    kinds: dict[FeeType, list[Period]] = {}
    for period in periods:
        kinds.setdefault(period.planned.fee_type, []).append(period)
    rows: list[Period | GroupHead] = []
    single = [each for kind, some in kinds.items() if len(some) == 1 and kind is not FeeType.RENT for each in some]
    rows += single
    for kind, some in kinds.items():
        if some[0] in single:
            continue
        if len(kinds) > 1:
            whole = total(each.planned.money for each in some)
            rows.append(GroupHead(FEE_WORDS[kind], f"{len(some)} 期 · 共 {whole}"))
        rows += some
    return rows


def _period_key(row: Period) -> str:
    return row.planned.source_key


def _title(row: Period) -> str:
    return row.planned.title


def _span(row: Period) -> str:
    period = row.planned.period
    if period is None:
        return ""
    return f"{period.start:%y-%m-%d} 至 {period.end:%y-%m-%d}"


def _due(row: Period) -> str:
    return f"{row.planned.due}"


def _money(row: Period) -> str:
    return str(row.planned.money)


def _paid(row: Period) -> TagLook:
    return _PAID[row.paid]


def _bill_due(row: BillRow) -> str:
    return f"{row.due}"


def _bill_amount(row: BillRow) -> str:
    return str(row.amount)


def _bill_owed(row: BillRow) -> str:
    return str(row.owed) if row.owed else ""


def _meter(row: ReadingRow) -> str:
    return handover.METER_WORDS[row.kind]


def _serial(row: ReadingRow) -> str:
    return row.serial or ""


def _reading(row: ReadingRow) -> str:
    return _READINGS[row.reading]


def _value(row: ReadingRow) -> str:
    return f"{row.value.normalize():f} {handover.METER_UNITS[row.kind]}"


def _read_on(row: ReadingRow) -> str:
    return f"{row.read_on}"


def _reading_key(row: ReadingRow) -> Any:
    return (row.kind, row.serial, row.reading, row.read_on, row.value)


def _file_kind(row: FileRow) -> str:
    return KIND_WORDS.get(row.kind, row.kind)


def _file_size(row: FileRow) -> str:
    return f"{max(1, row.size // 1024):,} KB"


def _file_day(row: FileRow) -> str:
    return f"{row.at.astimezone(OFFICE_ZONE).date()}"
