"""The page of one lease: what was agreed, the whole schedule with what was paid, who, the handover, files, history."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from uuid import UUID

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from desktop.models.values import NIL, LeaseState, Right
from desktop.services import lease_record, timeline
from desktop.services.attachments import FileRow
from desktop.services.billing import BillRow
from desktop.services.lease_record import LeaseRecord, Paid, Period
from desktop.services.leases import INSIDE
from desktop.services.notes import NoteForm
from desktop.services.transitions import LEASE
from desktop.views.bill_list import BillList
from desktop.views.buttons import Button
from desktop.views.figures import FigureStrip
from desktop.views.file_preview import PdfDialog, show_kept
from desktop.views.keys import bind
from desktop.views.labels import Tag, Well, label
from desktop.views.layouts import clear
from desktop.views.lease_corrections import LeaseCorrections
from desktop.views.lease_facts import LeaseFacts
from desktop.views.lease_lists import HandoverList, LeaseFileList, ScheduleList
from desktop.views.lease_moves import LeaseMoves
from desktop.views.lease_paper import print_lease
from desktop.views.leases import lease_tag
from desktop.views.pages import Shell
from desktop.views.record_page import RecordPage
from desktop.views.renewal_key import RENEW_KEY
from desktop.views.tabbed_card import ListTab
from desktop.views.tables import fill
from desktop.views.theme import theme

_ICONS = {"move_in": "key-round", "settle": "hand-coins", "renew": "calendar-plus"}


class LeasePage(RecordPage[LeaseRecord]):
    """Opened with `lease_id`."""

    help_topic = "lease"
    param = "lease_id"
    reader = staticmethod(timeline.lease_timeline)
    tables = frozenset(
        {
            "lease", "lease_term", "lease_room", "lease_party", "occupant", "party", "contact", "room", "bill",
            "bill_line", "bill_balance", "payment", "receipt", "reading", "meter", "key_move", "stored_file",
            "print_event", "note", "signature",
        }
    )  # fmt: skip

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.moves = LeaseMoves(shell, self, self._now)
        self.corrections = LeaseCorrections(shell, self, self._now)
        self._build_head()
        self._build_body()
        self._wire()

    def _now(self) -> LeaseRecord | None:
        return self.record

    def _build_head(self) -> None:
        self.preview = Button(self.tr("预览"), "secondary", key="Ctrl+P")
        self.print = Button(self.tr("打印租约"), "secondary", key="F6", writes=True)
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
        self.title_label.setWordWrap(True)  # the name of a company is long
        self.detail_label.hide()
        above.addWidget(self.title_label)
        above.addLayout(self._tags)
        self.head.insertLayout(0, above)

    def _build_body(self) -> None:
        self.facts = LeaseFacts(self.shell, self.reveals)
        self.schedule, self.handover = ScheduleList(), HandoverList()
        self.bills, self.files = BillList(self.shell.today), LeaseFileList()
        no_bills = self.tr("还没有出账。到应缴日前几天，账单会自动生成")
        no_files = self.tr("没有文件。打印过的租约和房况照片会在这里")
        names = (self.tr("月租（元）"), self.tr("押金在管（元）"), self.tr("到今天未付（元）"), self.tr("下一期"))
        self.figures = FigureStrip(names)
        lists = (
            ListTab("schedule", self.tr("排期"), self.schedule, self.schedule.table),
            ListTab("bills", self.tr("账单"), self.bills, self.bills, no_bills),
            ListTab("handover", self.tr("交接"), self.handover, self.handover.table),
            ListTab("files", self.tr("文件"), self.files, self.files, no_files),
        )
        self.standing = label("", wrap=True)
        self.standing_well = Well()
        self.standing_well.body.addWidget(self.standing)
        self.standing_well.hide()
        self.lay_out(self.facts, lists, [self.standing_well, self.figures])
        self.listing.pile.setMinimumHeight(theme().scaled(190))

    def _wire(self) -> None:
        self.preview.clicked.connect(self._preview)
        self.print.clicked.connect(self._print)
        self.more.clicked.connect(self._more)
        self.first.clicked.connect(self._first)
        self.moves.moved.connect(self.load)
        self.facts.correct.clicked.connect(self.corrections.edit)
        self.corrections.corrected.connect(self.load)
        self.schedule.table.opened.connect(self._open_period)
        self.bills.opened.connect(self._open_bill)
        self.files.opened.connect(self._open_file)
        self._pay_key = bind(self, "F4", self._pay)
        self._renew_key = bind(self, RENEW_KEY, self._renew)

    # what it shows

    def title(self) -> str:
        return f"{self.record.page.row.room} {self.record.page.row.tenant}" if self.record is not None else ""

    def hints(self) -> str:
        many = max(1, self.tabs.count)
        return self.tr("F6 打印 · Shift+F2 续租 · Ctrl+E 更正 · Ctrl+1…{n} 分页 · Enter 打开 · Esc 返回").format(n=many)

    def about(self, subject: UUID) -> NoteForm:
        row = self.record.page.row if self.record is not None else None
        # Said about a lease, it belongs to the tenant and the room too: their pages tell it as well.
        return NoteForm("", lease_id=subject, party_id=row.tenant_id if row is not None else None)

    def words(self, record: LeaseRecord) -> str:
        return f"{record.page.row.room} · {record.page.row.tenant}"

    def load(self) -> None:
        self.ask(lease_record.lease_record, self.tr("正在读取租约"))

    def show_record(self, record: LeaseRecord, first: bool) -> None:
        self._show_head(record)
        self.facts.show_record(record)
        self.schedule.show_periods(record.periods)
        fill(self.bills, record.bills or (), attrgetter("id"))
        self.handover.show_handover(record.page.readings, record.page.keys_out)
        fill(self.files, record.page.files, attrgetter("id"))
        self._show_figures(record)
        words, tone = record.standing(self.shell.today())
        self.standing.setText(words)
        self.standing_well.set_tone(tone)
        self.standing_well.setVisible(bool(words))
        if first:
            self.schedule.stand_on_next(record.periods)

    def counts(self, record: LeaseRecord) -> list[tuple[str, str]]:
        page = record.page
        found = [("schedule", f"{len(record.periods)}")]
        if record.bills is not None:
            found.append(("bills", f"{len(record.bills)}"))
        return [*found, ("handover", f"{len(page.readings)}"), ("files", f"{len(page.files)}")]

    def tab_shown(self) -> None:
        self.figures.setVisible(self.listing.front == "schedule")

    def _show_head(self, record: LeaseRecord) -> None:
        row, today = record.page.row, self.shell.today()
        self.title_label.setText(f"{row.room} · {row.tenant}")
        clear(self._tags)
        look = lease_tag(row, today, record.expiring_days)
        self._tags.addWidget(Tag(look.text, look.tone, look.icon))
        overdue = record.overdue(today)
        if overdue > NIL:
            self._tags.addWidget(Tag(self.tr("欠费 ¥{owed}").format(owed=overdue), "danger", "circle-alert"))
        self._tags.addStretch(1)
        may = self.shell.allowed(Right.PRINT_PAPER)
        self.print.allow("" if may else self.tr("您的角色不能打印租约"))
        self._show_first(record)
        nothing = self.tr("这份租约已经办结") if not record.moves else self.tr("您的角色不能变更租约：请主管登录后办理")
        self.more.allow("" if self.moves.possible() else nothing)
        self.facts.correct.allow(self.corrections.refusal())

    def _show_first(self, record: LeaseRecord) -> None:
        """The one solid button: what this lease waits for."""
        due = record.due(self.shell.today())
        event = self.moves.first()
        if event:
            self.first.setText(LEASE.events[event] if event != "move_in" else self.tr("交房入住"))
            self.first.set_icon(_ICONS[event])
            self.first.set_key("Alt+1")
            self.first.allow("")
            return
        self.first.setText(self.tr("收款 ¥{due}").format(due=due) if due > NIL else self.tr("收款"))
        self.first.set_icon("banknote")
        self.first.set_key("F4")
        may = self.shell.allowed(Right.TAKE_PAYMENT)
        self.first.allow("" if may else self.tr("您的角色不能办收款：请收银员登录后办理"))

    def _show_figures(self, record: LeaseRecord) -> None:
        page, today = record.page, self.shell.today()
        due = record.due(today)
        ahead = [each for each in record.periods if each.paid in (Paid.PLANNED, Paid.OPEN) and each.planned.due > today]
        following = min(ahead, key=lambda each: each.planned.due, default=None)
        over = page.row.state not in (*INSIDE, LeaseState.SIGNED, LeaseState.RENEWED)
        words = "—" if following is None or over else f"{following.planned.due:%m-%d} {following.planned.money}"
        open_ = "—" if record.bills is None else str(due)
        held = "—" if record.bills is None else str(page.deposit_held)
        self.figures.show_figures(
            [(str(page.row.rent), ""), (held, ""), (open_, "danger" if due > NIL else ""), (words, "")]
        )

    # what is opened from here

    def _first(self) -> None:
        event = self.moves.first()
        if event:
            self.moves.make(event)
        else:
            self._pay()

    def _more(self) -> None:
        self.moves.pop_up(self.more)

    def _open_period(self, row: Period) -> None:
        if row.bill_id is not None and self.shell.allowed(Right.SEE_BILLS):
            self.shell.navigate("bill", bill_id=row.bill_id)

    def _open_bill(self, row: BillRow) -> None:
        self.shell.navigate("bill", bill_id=row.id)

    def _open_file(self, row: FileRow) -> None:
        show_kept(self.shell, row, self.load)

    def _pay(self) -> None:
        if self.record is not None and self.shell.allowed(Right.TAKE_PAYMENT):
            self.shell.navigate("till", party_id=self.record.page.row.tenant_id)

    def _renew(self) -> None:
        if self.record is not None:
            self.moves.renewing.begin(self.record_id)

    # paper

    def _preview(self) -> None:
        from desktop.services import papers

        read = partial(self.shell.session.read, papers.preview_lease, self.record_id)
        self.shell.run(read, self._show_preview, busy=self.tr("正在排版租约"))

    def _show_preview(self, pdf: bytes) -> None:
        if self.record is not None:
            dialog = PdfDialog(self.shell, self.tr("租约 {n}").format(n=self.record.page.row.number), pdf)
            # The preview is masked; what is signed carries the whole numbers, so it is made anew.
            dialog.print_with(self._print if self.print.isEnabled() else None)
            self.shell.open(dialog)

    def _print(self) -> None:
        if self.record_id is not None:
            print_lease(self.shell, self.record_id)
