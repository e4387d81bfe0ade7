"""The page of one party: masked facts at the left, leases and money in the middle, everything that happened right."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QHBoxLayout

from desktop.models.values import NIL, Right, total
from desktop.services import party_record, timeline
from desktop.services.billing import BillRow
from desktop.services.leases import INSIDE, LeaseRow
from desktop.services.notes import NoteForm
from desktop.services.party_record import MOST, DepositMove, LeaseFile, PartyRecord
from desktop.services.receipts import ReceiptRow
from desktop.services.search_hits import HitKind
from desktop.views import one_off_dialog
from desktop.views.arrears_card import ArrearsCard
from desktop.views.bill_list import BillList
from desktop.views.buttons import Button
from desktop.views.figures import FigureStrip
from desktop.views.file_preview import show_kept
from desktop.views.keys import bind
from desktop.views.labels import Avatar, Tag
from desktop.views.layouts import clear
from desktop.views.pages import Shell
from desktop.views.party_changes import PartyChanges
from desktop.views.party_facts import PartyFacts
from desktop.views.party_lists import DepositList, LeaseList, PartyFileList, ReceiptList, deposit_key
from desktop.views.record_page import RecordPage
from desktop.views.repair_intake import About, take_in
from desktop.views.statement_dialog import StatementDialog
from desktop.views.tabbed_card import ListTab
from desktop.views.tables import fill

_RETURNED = 2
"""Leases from which on somebody is called 老客户."""


class PartyPage(RecordPage[PartyRecord]):
    """Opened with `party_id`."""

    help_topic = "party"
    param = "party_id"
    reader = staticmethod(timeline.party_timeline)
    tables = frozenset(
        {
            "party", "contact", "person_document", "bank_account", "party_relation", "vehicle", "consent", "lease",
            "lease_room", "lease_term", "lease_party", "occupant", "bill", "bill_line", "bill_balance", "payment",
            "receipt", "key_move", "stored_file", "print_event", "note", "work_order",
        }
    )  # fmt: skip

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.changes = PartyChanges(shell, self, self._now)
        self._build_head()
        self._build_body()
        self._wire()

    def _now(self) -> PartyRecord | None:
        return self.record

    def _build_head(self) -> None:
        self.edit = Button(self.tr("编辑资料"), "secondary", key="Ctrl+E")
        self.pay = Button(self.tr("收款"), "primary", icon="banknote", key="F4")
        self.more = Button(self.tr("更多"), "secondary", key="Ctrl+M")
        self.more.setAccessibleDescription(self.tr("对账单、一次性收费、车辆、关联人、退款账户、发票、退预存款"))
        self.set_head("", "", self.edit, self.more, self.pay)
        self.title_label.setWordWrap(True)  # the name of a company is long
        self.avatar = Avatar("")
        self.head.insertWidget(0, self.avatar)
        self._bill_key = bind(self, one_off_dialog.KEY, self.changes.bill)
        self._tags = QHBoxLayout()
        self._tags.setSpacing(6)
        self.head.insertLayout(2, self._tags)

    def _build_body(self) -> None:
        self.facts = PartyFacts(self.shell, self.reveals)
        self.leases, self.bills = LeaseList(self.shell.today), BillList(self.shell.today, loud=True)
        self.receipts, self.deposits, self.files = ReceiptList(), DepositList(), PartyFileList()
        self.arrears = ArrearsCard(self.shell.today)
        names = (self.tr("押金在管（元）"), self.tr("预存（元）"), self.tr("按时缴费"), self.tr("钥匙 / 门卡"))
        self.figures = FigureStrip(names)
        no_leases = self.tr("还没有租约。按 F2 办理入住")
        no_bills = self.tr("没有账单。签了租约，到应缴日前几天会自动生成")
        no_files = self.tr("没有文件。入住时拍的房况照片和存下的租约会在这里")
        lists = (
            ListTab("leases", self.tr("租约"), self.leases, self.leases, no_leases),
            ListTab("bills", self.tr("账单"), self.bills, self.bills, no_bills),
            ListTab(
                "receipts",
                self.tr("收据"),
                self.receipts,
                self.receipts,
                self.tr("还没有收过款。按 F4 收款，收据列在这里"),
            ),
            ListTab(
                "deposits",
                self.tr("押金"),
                self.deposits,
                self.deposits,
                self.tr("没有收过押金。入住收款时一起收，收据列在这里"),
            ),
            ListTab("files", self.tr("文件"), self.files, self.files, no_files),
        )
        self.lay_out(self.facts, lists, [self.arrears, self.figures])

    def _wire(self) -> None:
        self._statement_key = bind(self, "Ctrl+T", self._statement)
        self.edit.clicked.connect(self.changes.edit)
        self.more.clicked.connect(self._more)
        self.changes.changed.connect(self.load)
        self.pay.clicked.connect(self._pay)
        self._repair_key = bind(self, "F7", self._report_repair)
        self.arrears.pay_wanted.connect(self._pay)
        self.arrears.table.opened.connect(self._open_bill)
        self.leases.opened.connect(self._open_lease)
        self.bills.opened.connect(self._open_bill)
        self.receipts.opened.connect(self._open_receipt)
        self.deposits.opened.connect(self._open_receipt)
        self.files.opened.connect(self._open_file)
        self.facts.reveal_wanted.connect(self.reveals.reveal)
        self.facts.opened.connect(self._open_party)
        self.facts.lease_wanted.connect(self._open_lease_of_others)
        self.facts.bank_wanted.connect(self.changes.set_bank)
        self.facts.withdrawal_wanted.connect(self.changes.withdraw_bank)
        self.facts.relation_wanted.connect(self.changes.relate)
        self.facts.vehicles_wanted.connect(self.changes.set_plates)

    # what it shows

    def title(self) -> str:
        return self.record.page.name if self.record is not None else ""

    def hints(self) -> str:
        many = max(1, self.tabs.count)
        return self.tr("F3 显示原文 · Ctrl+1…{n} 分页 · Enter 打开 · Esc 返回").format(n=many)

    def about(self, subject: UUID) -> NoteForm:
        return NoteForm("", party_id=subject)

    def words(self, record: PartyRecord) -> str:
        return record.page.name

    def load(self) -> None:
        self.ask(party_record.party_record, self.tr("正在读取资料"))

    def show_record(self, record: PartyRecord, first: bool) -> None:
        self.leases.expiring_days = record.expiring_days
        self._show_head(record)
        self.facts.show_record(record)
        fill(self.leases, record.leases or (), attrgetter("id"))
        fill(self.bills, record.bills or (), attrgetter("id"))
        fill(self.receipts, record.receipts or (), attrgetter("payment_id"))
        fill(self.deposits, record.deposits or (), deposit_key)
        fill(self.files, record.files or (), attrgetter("file.id"))
        self.arrears.show_bills(record.due(self.shell.today()))
        self._show_figures(record)

    def counts(self, record: PartyRecord) -> list[tuple[str, str]]:
        lists: dict[str, Sequence[Any] | None] = {
            "leases": record.leases,
            "bills": record.bills,
            "receipts": record.receipts,
            "deposits": record.deposits,
            "files": record.files,
        }
        return [
            (key, f"{len(rows)}+" if len(rows) >= MOST else f"{len(rows)}")
            for key, rows in lists.items()
            if rows is not None
        ]

    def tab_shown(self) -> None:
        record = self.record
        beside = self.listing.front == "leases" and record is not None
        due = record.due(self.shell.today()) if record is not None else ()
        self.arrears.setVisible(beside and bool(due))
        self.figures.setVisible(beside and record is not None and record.figures is not None)

    def _show_head(self, record: PartyRecord) -> None:
        page, today = record.page, self.shell.today()
        self.avatar.set_name(page.name)
        self.title_label.setText(page.name)
        clear(self._tags)
        self._tags.addWidget(self._standing(record))
        if record.overdue(today) > NIL:  # how long: how much stands on the button and over the bills
            late = (today - min(bill.due for bill in record.due(today))).days
            self._tags.addWidget(Tag(self.tr("欠费 {n} 天").format(n=late), "danger", "circle-alert"))
        if record.leases is not None and len(record.leases) >= _RETURNED:
            self._tags.addWidget(Tag(self.tr("老客户"), "", "star"))
        due = total(bill.owed for bill in record.due(today))
        self.pay.setText(self.tr("收款 ¥{due}").format(due=due) if due > NIL else self.tr("收款"))
        may = self.shell.allowed(Right.TAKE_PAYMENT)
        reason = "" if may else self.tr("您的角色不能办收款：请收银员登录后办理")
        self.pay.allow(reason)
        self.arrears.to_till.allow(reason)
        may = self.shell.allowed(Right.EDIT_PARTIES)
        reason = "" if may else self.tr("您的角色不能改资料：请前台登录后修改")
        self.edit.allow(reason)
        self.more.allow(reason)

    def _standing(self, record: PartyRecord) -> Tag:
        rows = record.leases or ()
        row = next((row for row in rows if row.state in INSIDE), rows[0] if rows else None)
        if row is None:
            return Tag(self.tr("未租房"), "", "contact-round")
        look = self.leases.tag(row)
        return Tag(look.text, look.tone, look.icon)

    def _show_figures(self, record: PartyRecord) -> None:
        found = record.figures
        if found is not None:
            keys = dict(record.keys)
            out = self.tr("{keys} 把 / {cards} 张").format(keys=keys.get("钥匙", 0), cards=keys.get("门卡", 0))
            on_time = self.tr("{n} / {all} 期").format(n=found.on_time, all=found.periods) if found.periods else "—"
            words = (str(found.deposit_held), str(found.prepaid), on_time, out)
            self.figures.show_figures([(each, "") for each in words])

    # what is opened from here

    def _open_lease(self, row: LeaseRow) -> None:
        self.shell.navigate("lease", lease_id=row.id)

    def _open_lease_of_others(self, lease_id: UUID) -> None:
        self.shell.navigate("lease", lease_id=lease_id)

    def _open_bill(self, row: BillRow) -> None:
        self.shell.navigate("bill", bill_id=row.id)

    def _open_receipt(self, row: ReceiptRow | DepositMove) -> None:
        if row.payment_id is not None:
            self.shell.navigate("receipt", payment_id=row.payment_id)

    def _open_file(self, row: LeaseFile) -> None:
        show_kept(self.shell, row.file, self.load)

    def _open_party(self, party_id: UUID) -> None:
        self.shell.navigate("party", party_id=party_id)

    @property
    def _may_see(self) -> bool:
        return self.shell.allowed(Right.SEE_BILLS)

    def _statement(self) -> None:
        if self.record is not None and self._may_see:
            self.shell.open(StatementDialog(self.shell, self.record.page.name, party_id=self.record.page.id))

    def _more(self) -> None:
        more = [(self.tr("对账单"), "Ctrl+T", self._statement)] if self._may_see else []
        self.changes.menu(self.more.mapToGlobal(self.more.rect().bottomLeft()), more)

    def _report_repair(self) -> None:
        """F7: a repair in the room where they live."""
        if self.record_id is not None:
            take_in(self.shell, About(HitKind.PARTY, self.record_id))

    def _pay(self) -> None:
        if self.record_id is not None:
            self.shell.navigate("till", party_id=self.record_id)
