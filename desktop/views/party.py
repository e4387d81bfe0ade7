"""The page of one party: masked facts at the left, leases and money in the middle, everything that happened right."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from desktop.models.payments import PaymentKind
from desktop.models.values import NIL, Right, total
from desktop.services import party_edits, party_record
from desktop.services.acts import Op
from desktop.services.billing import FEE_WORDS, BillRow
from desktop.services.leases import INSIDE, LeaseRow
from desktop.services.party_edits import PartyChanged
from desktop.services.party_record import MOST, DepositMove, LeaseFile, PartyRecord
from desktop.services.payments import METHOD_WORDS, ReceiptRow
from desktop.views.bill_table import STATE_SAMPLE, state_tag
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.dialogs import BodyScroll, Question
from desktop.views.figures import FigureStrip
from desktop.views.file_preview import KIND_WORDS, show_kept
from desktop.views.history import event_of, padded
from desktop.views.keys import bind
from desktop.views.labels import Avatar, Card, Tag, label
from desktop.views.layouts import clear
from desktop.views.leases import lease_tag
from desktop.views.pages import Command, Page, Shell
from desktop.views.party_dialogs import BankDialog, EditPartyDialog, RelationDialog
from desktop.views.party_facts import PartyFacts
from desktop.views.reveals import Reveals
from desktop.views.steps import Option, Tabs
from desktop.views.tables import RowTable, TableFoot, fill
from desktop.views.theme import theme
from desktop.views.timeline import Timeline
from desktop.world import OFFICE_ZONE

_FOLD = 940
"""Below this page width the history becomes a tab."""
_ARREARS_ROWS = 3
_RETURNED = 2
"""Leases from which on somebody is called 老客户."""


class PartyPage(Page):
    """Opened with `party_id`."""

    help_topic = "parties"
    tables = frozenset(
        {
            "party", "contact", "person_document", "bank_account", "party_relation", "vehicle", "consent", "lease",
            "lease_room", "lease_term", "lease_party", "occupant", "bill", "bill_line", "bill_balance", "payment",
            "receipt", "key_move", "stored_file", "print_event",
        }
    )  # fmt: skip

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell, scrolls=True)
        self.record: PartyRecord | None = None
        self._party: UUID | None = None
        self._asked = 0
        self.reveals = Reveals(shell, self)
        self._build_head()
        self._build_middle()
        self._build_body()
        self._wire()

    def _build_head(self) -> None:
        self.edit = Button(self.tr("编辑资料"), "secondary", key="Ctrl+E")
        self.pay = Button(self.tr("收款"), "primary", icon="banknote", key="F4")
        self.set_head("", "", self.edit, self.pay)
        self.avatar = Avatar("")
        self.head.insertWidget(0, self.avatar)
        self._tags = QHBoxLayout()
        self._tags.setSpacing(6)
        self.head.insertLayout(2, self._tags)

    def _build_middle(self) -> None:
        self.tabs = Tabs([])
        self.leases = RowTable(self._lease_columns(), two_lines=True)
        self.bills = RowTable(self._bill_columns(), two_lines=True)
        self.receipts = RowTable(self._receipt_columns())
        self.deposits = RowTable(self._deposit_columns())
        self.files = RowTable(self._file_columns())
        self.folded = Timeline()
        self._tab_pages: dict[str, QWidget] = {
            "leases": self.leases,
            "bills": self.bills,
            "receipts": self.receipts,
            "deposits": self.deposits,
            "files": self.files,
            "history": BodyScroll(padded(self.folded)),
        }
        self.pile = QStackedWidget()
        for key, words in self._tab_words().items():
            self._tab_pages[key].setAccessibleName(words)
            self.pile.addWidget(self._tab_pages[key])
        self._nothing = label("", "muted", wrap=True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.pile.addWidget(self._nothing)
        self.arrears_tag = Tag("", "danger", "circle-alert")
        self.to_till = Button(self.tr("去收款"), "quiet", size="small", slot=self._pay)
        self.arrears = RowTable(self._arrears_columns())
        self.arrears.setAccessibleName(self.tr("欠费"))
        self.arrears_foot = TableFoot()
        names = (self.tr("押金在管（元）"), self.tr("预存（元）"), self.tr("按时缴费"), self.tr("钥匙 / 门卡"))
        self.figures = FigureStrip(names)

    def _tab_words(self) -> dict[str, str]:
        return {
            "leases": self.tr("租约"),
            "bills": self.tr("账单"),
            "receipts": self.tr("收据"),
            "deposits": self.tr("押金"),
            "files": self.tr("文件"),
            "history": self.tr("往来记录"),
        }

    def _build_body(self) -> None:
        self.facts = PartyFacts(self.shell, self.reveals)
        listing = QFrame()
        listing.setProperty("kind", "card")
        inner = QVBoxLayout(listing)
        inner.setContentsMargins(1, 3, 1, 3)
        inner.setSpacing(0)
        tabs = QHBoxLayout()
        tabs.setContentsMargins(10, 0, 10, 0)
        tabs.addWidget(self.tabs)
        tabs.addStretch(1)
        inner.addLayout(tabs)
        inner.addWidget(self.pile, 1)
        self.arrears_card = QFrame()
        self.arrears_card.setProperty("kind", "card")
        owed = QVBoxLayout(self.arrears_card)
        owed.setContentsMargins(1, 6, 1, 1)
        owed.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(10, 0, 8, 0)
        head.setSpacing(8)
        head.addWidget(label(self.tr("欠费"), "strong"))
        head.addWidget(self.arrears_tag)
        head.addStretch(1)
        head.addWidget(self.to_till)
        owed.addLayout(head)
        owed.addWidget(self.arrears)
        owed.addWidget(self.arrears_foot)
        middle = QWidget()
        middle.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(listing, 1)
        column.addWidget(self.arrears_card)
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
        self.edit.clicked.connect(self._edit)
        self.pay.clicked.connect(self._pay)
        self.tabs.changed.connect(self._tab_chosen)
        self.leases.opened.connect(self._open_lease)
        self.bills.opened.connect(self._open_bill)
        self.arrears.opened.connect(self._open_bill)
        self.receipts.opened.connect(self._open_receipt)
        self.deposits.opened.connect(self._open_receipt)
        self.files.opened.connect(self._open_file)
        self.facts.reveal_wanted.connect(self.reveals.reveal)
        self.reveals.revealed.connect(self._load)
        self.facts.opened.connect(self._open_party)
        self.facts.bank_wanted.connect(self._bank)
        self.facts.withdrawal_wanted.connect(self._withdraw)
        self.facts.relation_wanted.connect(self._relation)
        self.keys = [bind(self, f"Ctrl+{at + 1}", partial(self._to_tab, at)) for at in range(6)]

    # columns

    def _lease_columns(self) -> list[Column]:
        return [
            Column(
                self.tr("租约"), attrgetter("room"), kind=Kind.NAME, sample="WJY-2026-A0062",
                detail=attrgetter("number"), stretch=1,
            ),
            Column(
                self.tr("租期"), _term, kind=Kind.DATE, sample="26-03-01 至 27-02-28", detail=self._rent_words,
            ),
            Column(self.tr("状态"), str, kind=Kind.TAG, sample=self.tr("今天到期"), tag=self._lease_tag),
        ]  # fmt: skip

    def _rent_words(self, row: LeaseRow) -> str:
        return self.tr("月租 {rent}").format(rent=row.rent)

    def _lease_tag(self, row: LeaseRow) -> TagLook:
        days = self.record.expiring_days if self.record is not None else 30
        return lease_tag(row, self.shell.today(), days, short=True)

    def _bill_columns(self) -> list[Column]:
        return [
            Column(
                self.tr("账单"), attrgetter("title"), kind=Kind.NAME, sample="租金 第 12 期", stretch=1,
                detail=attrgetter("detail"),
            ),
            Column(self.tr("应缴日"), _due, kind=Kind.DATE, sample="2026-11-22", fold=True),
            Column(self.tr("应收"), _amount, kind=Kind.MONEY, sample="12,860.00"),
            Column(self.tr("未付"), _owed, kind=Kind.MONEY, sample="12,860.00", tone=self._owed_tone),
            Column(self.tr("状态"), str, kind=Kind.TAG, sample=STATE_SAMPLE, tag=self._bill_tag),
        ]  # fmt: skip

    def _owed_tone(self, row: BillRow) -> str:
        return "danger" if row.overdue_days(self.shell.today()) else ""

    def _bill_tag(self, row: BillRow) -> TagLook:
        return state_tag(self.shell.today(), row)

    def _arrears_columns(self) -> list[Column]:
        return [
            Column(self.tr("欠费账单"), _bill_words, kind=Kind.NAME, sample="租金 第 12 期", stretch=1),
            Column(self.tr("逾期"), str, kind=Kind.TAG, sample=self.tr("888 天"), tag=self._late_tag),
            Column(self.tr("未付"), _owed, kind=Kind.MONEY, sample="12,860.00"),
        ]  # fmt: skip

    def _late_tag(self, row: BillRow) -> TagLook:
        late = row.overdue_days(self.shell.today())
        return (
            TagLook(self.tr("{n} 天").format(n=late), "danger", "circle-alert")
            if late
            else TagLook(self.tr("今天到期"), "warn", "clock")
        )

    def _receipt_columns(self) -> list[Column]:
        return [
            Column(self.tr("收据"), attrgetter("number"), kind=Kind.CODE, sample="WJYA26-001396"),
            Column(self.tr("日期"), _business_date, kind=Kind.DATE, sample="2026-11-22"),
            Column(self.tr("方式"), _methods, kind=Kind.NAME, sample="微信、现金", stretch=1),
            Column(self.tr("金额（元）"), _amount, kind=Kind.MONEY, sample="-12,860.00"),
            Column(self.tr("状态"), str, kind=Kind.TAG, sample=self.tr("已冲红"), tag=self._receipt_tag, fold=True),
        ]

    def _receipt_tag(self, row: ReceiptRow) -> TagLook:
        if row.kind is PaymentKind.REVERSAL:
            return TagLook(self.tr("冲红"), "danger", "undo-2")
        if row.reversed_by is not None:
            return TagLook(self.tr("已冲红"), "", "undo-2")
        return (
            TagLook(self.tr("退款"), "info", "undo-2")
            if row.kind is PaymentKind.REFUND
            else TagLook(self.tr("已收"), "ok", "circle-check")
        )

    def _deposit_columns(self) -> list[Column]:
        return [
            Column(self.tr("日期"), _day, kind=Kind.DATE, sample="2026-11-22"),
            Column(self.tr("事由"), self._deposit_words, kind=Kind.NAME, sample="钥匙押金 冲红", stretch=1),
            Column(self.tr("房间"), attrgetter("where"), kind=Kind.NAME, sample="12 栋 1203", fold=True),
            Column(self.tr("收据"), attrgetter("receipt"), kind=Kind.CODE, sample="WJYA26-001396", fold=True),
            Column(self.tr("金额（元）"), _amount, kind=Kind.MONEY, sample="-12,860.00"),
        ]

    def _deposit_words(self, row: DepositMove) -> str:
        if row.reversal:
            what = self.tr("冲红")
        else:
            what = self.tr("收取") if row.amount > NIL else self.tr("退还或抵扣")
        return f"{FEE_WORDS[row.fee_type]} {what}"

    def _file_columns(self) -> list[Column]:
        return [
            Column(self.tr("文件"), _file_title, kind=Kind.NAME, sample="房况照片 客厅", stretch=1),
            Column(self.tr("种类"), _file_kind, kind=Kind.TEXT, sample="房况照片"),
            Column(self.tr("租约"), _file_lease, kind=Kind.NAME, sample="12 栋 1203", fold=True),
            Column(self.tr("存入"), _file_day, kind=Kind.DATE, sample="2026-11-22"),
        ]

    # the page

    def title(self) -> str:
        return self.record.page.name if self.record is not None else ""

    def hints(self) -> str:
        many = max(1, self.tabs.count)
        return self.tr("F3 显示原文 · Ctrl+1…{n} 分页 · Enter 打开 · Esc 返回").format(n=many)

    def opened(self, params: dict[str, Any]) -> None:
        """`party_id` says who."""
        if params["party_id"] != self._party:
            self._party, self.record = params["party_id"], None
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
        job = partial(self.shell.session.read, party_record.party_record, self._party)
        self.shell.run(job, partial(self.show_record, self._asked), busy=self.tr("正在读取资料"))

    def show_record(self, asked: int, record: PartyRecord) -> None:
        """Show everything about a party, keeping the tab and the row."""
        if asked != self._asked:
            return
        first = self.record is None
        self.record = record
        self._show_head(record)
        self.facts.show_record(record)
        self._show_tabs(record)
        self._show_arrears(record)
        self._show_figures(record)
        self._show_history(record)
        self._tab_chosen()
        if first:
            self._into_list()
        self.shell.retitle()

    def _show_head(self, record: PartyRecord) -> None:
        page, today = record.page, self.shell.today()
        self.avatar.set_name(page.name)
        self.title_label.setText(page.name)
        clear(self._tags)
        self._tags.addWidget(self._standing(record))
        overdue = record.overdue(today)
        if overdue > NIL:
            self._tags.addWidget(Tag(self.tr("欠费 ¥{owed}").format(owed=overdue), "danger", "circle-alert"))
        if record.leases is not None and len(record.leases) >= _RETURNED:
            self._tags.addWidget(Tag(self.tr("老客户"), "", "star"))
        due = total(bill.owed for bill in record.due(today))
        self.pay.setText(self.tr("收款 ¥{due}").format(due=due) if due > NIL else self.tr("收款"))
        may = self.shell.allowed(Right.TAKE_PAYMENT)
        reason = "" if may else self.tr("您的角色不能办收款：请收银员登录后办理")
        self.pay.allow(reason)
        self.to_till.allow(reason)
        may = self.shell.allowed(Right.EDIT_PARTIES)
        self.edit.allow("" if may else self.tr("您的角色不能改资料：请前台登录后修改"))

    def _standing(self, record: PartyRecord) -> Tag:
        for row in record.leases or ():
            if row.state in INSIDE:
                look = self._lease_tag(row)
                return Tag(look.text, look.tone, look.icon)
        if record.leases:
            look = self._lease_tag(record.leases[0])
            return Tag(look.text, look.tone, look.icon)
        return Tag(self.tr("未租房"), "", "contact-round")

    def _show_tabs(self, record: PartyRecord) -> None:
        lists: dict[str, tuple[RowTable, tuple[Any, ...] | None, Any]] = {
            "leases": (self.leases, record.leases, attrgetter("id")),
            "bills": (self.bills, record.bills, attrgetter("id")),
            "receipts": (self.receipts, record.receipts, attrgetter("payment_id")),
            "deposits": (self.deposits, record.deposits, _deposit_key),
            "files": (self.files, record.files, attrgetter("file.id")),
        }
        words, options = self._tab_words(), []
        for key, (table, rows, by) in lists.items():
            if rows is not None:
                count = f"{len(rows)}+" if len(rows) >= MOST else f"{len(rows)}"
                options.append(Option(key, words[key], count=count))
                fill(table, rows, by)
        if not self._wide():
            options.append(Option("history", words["history"]))
        self.tabs.set_options(options)

    def _show_arrears(self, record: PartyRecord) -> None:
        due = record.due(self.shell.today())
        fill(self.arrears, due, attrgetter("id"))
        owed = total(bill.owed for bill in due)
        self.arrears_tag.set(self.tr("应收 ¥{owed}").format(owed=owed), "danger", "circle-alert")
        self.arrears_foot.show_words(self.tr("合计 {n} 张").format(n=len(due)), str(owed))
        look = theme()
        rows = min(len(due), _ARREARS_ROWS)
        self.arrears.setFixedHeight(look.height("header-row") + rows * look.height("row") + 2)

    def _show_figures(self, record: PartyRecord) -> None:
        found = record.figures
        if found is not None:
            keys = dict(record.keys)
            out = self.tr("{keys} 把 / {cards} 张").format(keys=keys.get("钥匙", 0), cards=keys.get("门卡", 0))
            on_time = self.tr("{n} / {all} 期").format(n=found.on_time, all=found.periods) if found.periods else "—"
            words = (str(found.deposit_held), str(found.prepaid), on_time, out)
            self.figures.show_figures([(each, "") for each in words])

    def _show_history(self, record: PartyRecord) -> None:
        events = [event_of(entry, self.shell.today()) for entry in record.events]
        self.timeline.show_events(events)
        self.folded.show_events(events)

    # tabs

    def _to_tab(self, at: int) -> None:
        self.tabs.choose(at)
        self._into_list()

    def _tab_chosen(self) -> None:
        key = str(self.tabs.value() or "leases")
        widget = self._tab_pages[key]
        if isinstance(widget, RowTable) and not widget.rows.rowCount() and self.record is not None:
            self._nothing.setText(self._empty_words(key))
            widget = self._nothing
        self.pile.setCurrentWidget(widget)
        beside = key == "leases" and self.record is not None
        due = self.record.due(self.shell.today()) if self.record is not None else ()
        self.arrears_card.setVisible(beside and bool(due))
        self.figures.setVisible(beside and self.record is not None and self.record.figures is not None)

    def _empty_words(self, key: str) -> str:
        return {
            "leases": self.tr("还没有租约。按 F2 办理入住"),
            "bills": self.tr("没有账单"),
            "receipts": self.tr("还没有收过款"),
            "deposits": self.tr("没有收过押金"),
            "files": self.tr("没有文件。入住时拍的房况照片和存下的租约会在这里"),
        }.get(key, "")

    def _into_list(self) -> None:
        widget = self.pile.currentWidget()
        if isinstance(widget, RowTable):
            if not widget.currentIndex().isValid():
                widget.choose(0)
            widget.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.tabs.setFocus(Qt.FocusReason.OtherFocusReason)

    # what is opened from here

    def _open_lease(self, row: LeaseRow) -> None:
        self.shell.navigate("lease", lease_id=row.id)

    def _open_bill(self, row: BillRow) -> None:
        self.shell.navigate("bill", bill_id=row.id)

    def _open_receipt(self, row: ReceiptRow | DepositMove) -> None:
        if row.payment_id is not None:
            self.shell.navigate("receipt", payment_id=row.payment_id)

    def _open_file(self, row: LeaseFile) -> None:
        show_kept(self.shell, row.file, self._load)

    def _open_party(self, party_id: UUID) -> None:
        self.shell.navigate("party", party_id=party_id)

    def _pay(self) -> None:
        if self._party is not None:
            self.shell.navigate("till", party_id=self._party)

    # corrections

    def _edit(self) -> None:
        if self.record is not None:
            dialog = EditPartyDialog(self.shell, self.record.page)
            dialog.saved.connect(self._saved)
            self.shell.open(dialog)

    def _saved(self, changed: PartyChanged) -> None:
        self._load()
        self.shell.toast(self.tr("{name} 的资料已改").format(name=changed.name), partial(self._undo, changed))

    def _undo(self, changed: PartyChanged) -> None:
        """A second act writes the old values back; refused when somebody saved in between."""
        act = self.shell.session.act
        self.shell.run(
            partial(act, Op.CHANGE_PARTY, party_edits.undo_change, changed.party_id, changed.act_id),
            self._undone,
            write=True,
        )

    def _undone(self, _result: object) -> None:
        self._load()
        self.shell.toast(self.tr("已恢复原来的资料"))

    def _relation(self) -> None:
        if self.record is not None:
            dialog = RelationDialog(self.shell, self.record.page)
            dialog.saved.connect(self._related)
            self.shell.open(dialog)

    def _related(self, name: str) -> None:
        self._load()
        self.shell.toast(self.tr("已添加 {name}").format(name=name))

    def _bank(self) -> None:
        if self.record is not None:
            dialog = BankDialog(self.shell, self.record.page)
            dialog.saved.connect(self._banked)
            self.shell.open(dialog)

    def _banked(self) -> None:
        self._load()
        self.shell.toast(self.tr("退款账户已保存"))

    def _withdraw(self) -> None:
        question = Question(
            self.shell.frame, self.tr("撤回银行账户的同意"),
            self.tr("租客不再同意保存银行账户：账户从资料里清除，退押金时要重新登记。"),
            [(True, self.tr("撤回并清除"), "warn")], cancel=self.tr("保留"),
        )  # fmt: skip
        question.answered.connect(self._withdrawn)
        self.shell.open(question)

    def _withdrawn(self, _answer: object) -> None:
        act = partial(self.shell.session.act, Op.CHANGE_PARTY, party_edits.withdraw_bank, self._party)
        self.shell.run(act, self._gone, write=True)

    def _gone(self, _result: object) -> None:
        self._load()
        self.shell.toast(self.tr("已撤回同意，账户已清除"))

    # the width there is

    def _wide(self) -> bool:
        return self.width() >= _FOLD

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "history"):
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


def _term(row: LeaseRow) -> str:
    return f"{row.start:%y-%m-%d} 至 {row.end:%y-%m-%d}"


def _due(row: BillRow) -> str:
    return f"{row.due}"


def _amount(row: Any) -> str:
    return str(row.amount)


def _owed(row: BillRow) -> str:
    return str(row.owed) if row.owed else ""


def _bill_words(row: BillRow) -> str:
    return f"{row.title} · {row.detail}" if row.detail else row.title


def _business_date(row: ReceiptRow) -> str:
    return f"{row.business_date}"


def _methods(row: ReceiptRow) -> str:
    return "、".join(METHOD_WORDS[method] for method in row.methods)


def _day(row: DepositMove) -> str:
    return f"{row.day}"


def _deposit_key(row: DepositMove) -> Any:
    return (row.payment_id, row.lease_id, row.fee_type, row.amount)


def _file_title(row: LeaseFile) -> str:
    return row.file.title


def _file_kind(row: LeaseFile) -> str:
    return KIND_WORDS.get(row.file.kind, row.file.kind)


def _file_lease(row: LeaseFile) -> str:
    return row.lease.room if row.lease is not None else ""


def _file_day(row: LeaseFile) -> str:
    return f"{row.file.at.astimezone(OFFICE_ZONE).date()}"
