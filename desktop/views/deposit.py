"""One deposit 押金: what is held, when it must be back, who paid it, what became of it, and what can be done."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.models.values import NIL, Right
from desktop.services import deposits
from desktop.services.billing import FEE_WORDS
from desktop.services.deposit_forms import DepositFacts
from desktop.services.deposits import DepositEvent, Happened
from desktop.services.rmb import uppercase_rmb
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.deposit_acts import DepositActs, refusal
from desktop.views.deposits import deposit_tag
from desktop.views.file_preview import show_kept
from desktop.views.labels import Card, Fact, FactList, MoneyLabel, label, rule
from desktop.views.layouts import Flow
from desktop.views.overlays import BodyScroll
from desktop.views.pages import Page, Shell
from desktop.views.tables import RowTable, fill
from desktop.views.theme import theme

_LOOKS = {
    Happened.RECEIVED: ("收押金", "ok", "circle-plus"),
    Happened.TRANSFERRED_IN: ("转入", "ok", "arrow-right-left"),
    Happened.DEDUCTED: ("扣款", "warn", "circle-minus"),
    Happened.REFUNDED: ("退还", "info", "hand-coins"),
    Happened.TRANSFERRED: ("转出", "info", "arrow-right-left"),
    Happened.FORFEITED: ("没收", "danger", "gavel"),
    Happened.SETTLED: ("退租结算", "info", "hand-coins"),
    Happened.REVERSED: ("冲红", "danger", "undo-2"),
}


class DepositPage(Page):
    """Opened with `bill_id`."""

    help_topic = "deposit"
    tables = frozenset(
        {
            "bill",
            "bill_line",
            "bill_balance",
            "payment",
            "allocation",
            "receipt",
            "deposit_move",
            "stored_file",
            "lease",
        }
    )

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self.shown: deposits.DepositPage | None = None
        self._bill_id: UUID | None = None
        self._fresh = True
        self.acts = DepositActs(shell, self)
        self._build_head()
        self._build_body()
        self._wire()

    def _build_head(self) -> None:
        self.refund = Button(self.tr("退押金"), "primary", icon="hand-coins", key="Alt+1", writes=True)
        self.deduct = Button(self.tr("扣款"), "secondary", icon="circle-minus", key="Alt+2", writes=True)
        self.transfer = Button(self.tr("转存"), "secondary", icon="arrow-right-left", key="Alt+3", writes=True)
        self.forfeit = Button(self.tr("没收"), "warn", icon="gavel", key="Alt+4", writes=True)
        self._buttons = {
            "refund": self.refund, "deduct": self.deduct, "transfer": self.transfer, "forfeit": self.forfeit,
        }  # fmt: skip
        self.set_record_head(self.deduct, self.transfer, self.forfeit, self.refund)

    def _build_body(self) -> None:
        self.held = MoneyLabel(NIL, role="total")
        self.capitals = label("", "small", wrap=True)
        self.facts = FactList(right=True)
        self.pay = Button(self.tr("收款"), "secondary", icon="banknote", key="F4", size="small")
        self.to_lease = Button(self.tr("看租约"), "quiet", icon="file-text", size="small")
        self.to_party = Button(self.tr("看租客"), "quiet", icon="user-round", size="small")
        card = Card(self.tr("在管"))
        card.body.addWidget(self.held, 0, Qt.AlignmentFlag.AlignRight)
        card.body.addWidget(self.capitals)
        card.body.addWidget(rule())
        card.body.addWidget(self.facts)
        card.body.addWidget(self.pay)
        ways = QWidget()
        flow = Flow()
        ways.setLayout(flow)
        for way in (self.to_lease, self.to_party):
            flow.addWidget(way)
        card.body.addWidget(ways)
        card.body.addStretch(1)
        self.left_side = BodyScroll(card)
        self.events = RowTable(
            [
                Column(self.tr("日期"), self._day, kind=Kind.DATE, sample="2026-11-22"),
                Column("", str, kind=Kind.TAG, sample=self.tr("退租结算"), tag=self._tag),
                Column(self.tr("说明"), self._words, kind=Kind.NAME, sample="欧阳听澜", stretch=1,
                       detail=attrgetter("party"), tone=self._faint),
                Column(self.tr("单号"), attrgetter("receipt"), kind=Kind.CODE, sample="WJYA26-001396", fold=True),
                Column(self.tr("金额（元）"), self._amount, kind=Kind.MONEY, sample="-12,860.00", strong=True,
                       tone=self._tone),
            ],
            two_lines=True,
        )  # fmt: skip
        self.events.setAccessibleName(self.tr("往来"))
        self.events.say_when_empty(self.tr("还没有收过这笔押金"), self.tr("按 F4 收款，收据会列在这里"))
        self.reason = label("", wrap=True, select=True)
        self.files = Button(self.tr("看附件"), "quiet", icon="paperclip", key="Ctrl+O", size="small")
        foot = QHBoxLayout()
        foot.addWidget(self.reason, 1)
        foot.addWidget(self.files, 0, Qt.AlignmentFlag.AlignTop)
        self.events_card = Card(self.tr("往来"))
        self.events_card.body.addWidget(self.events, 1)
        self.events_card.body.addWidget(rule())
        self.events_card.body.addLayout(foot)
        across = QHBoxLayout()
        across.setSpacing(10)
        across.addWidget(self.left_side)
        across.addWidget(self.events_card, 1)
        self.body.addLayout(across, 1)
        self._measure()

    def _wire(self) -> None:
        for act, button in self._buttons.items():
            button.clicked.connect(partial(self._act, act))
        self.pay.clicked.connect(self._pay)
        self.to_lease.clicked.connect(self._lease)
        self.to_party.clicked.connect(self._party)
        self.files.clicked.connect(self._files)
        self.events.opened.connect(self._open_receipt)
        self.events.current_row.connect(self._current)

    # the page

    def title(self) -> str:
        return f"{self.shown.facts.title} {self.shown.facts.debtor}" if self.shown is not None else ""

    def hints(self) -> str:
        return self.tr("Alt+1 退 · Alt+2 扣 · Alt+3 转 · Alt+4 没收 · Enter 打开收据 · Esc 返回")

    def opened(self, params: dict[str, Any]) -> None:
        self._bill_id, self._fresh = params["bill_id"], True
        self._load()

    def refresh(self, tables: frozenset[str]) -> None:
        self._load()

    def _load(self) -> None:
        if self._bill_id is not None:
            read = partial(self.shell.session.read, deposits.deposit_page, self._bill_id)
            self.shell.run(read, self.show_deposit, self.shell.read_failed, busy=self.tr("正在读取押金"))

    # showing

    def show_deposit(self, page: deposits.DepositPage) -> None:
        """Everything there is to say of a deposit."""
        facts = page.facts
        if facts.bill_id != self._bill_id:
            return  # another one has been opened since
        self.shown = page
        late = facts.overdue_days(self.shell.today())
        self.title_label.setText(facts.title)
        self.about_label.setText(" · ".join(part for part in (facts.room, facts.debtor, facts.lease_number) if part))
        tag = deposit_tag(facts, late)
        self.state_tag.set(tag.text, tag.tone, tag.icon)
        self.held.set_amount(facts.held, owed=late > 0)
        self.capitals.setText(uppercase_rmb(facts.held) if facts.held > NIL else "")
        self.facts.set_facts(self._facts(page, late))
        words = self.acts.words()
        for act, button in self._buttons.items():
            button.allow(refusal(facts, act, words))
        self.pay.setVisible(facts.owed > NIL and self.shell.allowed(Right.TAKE_PAYMENT))
        self.to_lease.setVisible(facts.lease_id is not None and self.shell.allowed(Right.SEE_LEASES))
        self.to_party.setVisible(self.shell.allowed(Right.SEE_PARTIES))
        fill(self.events, page.events, attrgetter("payment_id"))
        if self._fresh and page.events:
            self.events.choose(0)  # what happened last
        self._current(self.events.current())
        if self._fresh:
            self._fresh = False
            self.events.setFocus(Qt.FocusReason.OtherFocusReason)
        self.shell.retitle()

    def _facts(self, page: deposits.DepositPage, late: int) -> list[Fact]:
        facts = page.facts
        found = [
            Fact(self.tr("种类"), FEE_WORDS[facts.fee_type]),
            Fact(self.tr("应收"), str(facts.billed)),
            Fact(self.tr("已收"), str(facts.received)),
            Fact(self.tr("已动用"), str(facts.moved)),
        ]
        if facts.owed > NIL:
            found.append(Fact(self.tr("还差"), str(facts.owed), "danger"))
        for payer in facts.payers:
            back = self.tr("，已退 {back}").format(back=payer.returned) if payer.returned else ""
            found.append(Fact(self.tr("付款人"), f"{payer.name} {payer.paid}{back}"))
        if facts.moved_out_on is not None:
            found.append(Fact(self.tr("退租日"), f"{facts.moved_out_on}"))
        if facts.refund_due is not None and facts.held > NIL:
            over = self.tr("，逾期 {n} 天").format(n=late) if late else ""
            found.append(Fact(self.tr("应退日"), f"{facts.refund_due}{over}", "danger" if late else ""))
        return found

    @staticmethod
    def _day(row: DepositEvent) -> str:
        return f"{row.day}"

    @staticmethod
    def _tag(row: DepositEvent) -> TagLook:
        return TagLook(*_LOOKS[row.happened])

    def _words(self, row: DepositEvent) -> str:
        undone = "" if row.standing or row.happened is Happened.REVERSED else self.tr("（已冲红）")
        return (row.words or row.receipt) + undone

    @staticmethod
    def _faint(row: DepositEvent) -> str:
        return "" if row.standing else "text-faint"

    @staticmethod
    def _amount(row: DepositEvent) -> str:
        return str(row.amount)

    @staticmethod
    def _tone(row: DepositEvent) -> str:
        if not row.standing:
            return "text-faint"
        return "danger" if row.amount < NIL else "text"

    def _current(self, row: DepositEvent | None) -> None:
        """The row in hand in full: its reason and clause are what the tenant asks for."""
        by = self.tr("经手 {who}").format(who=row.who) if row is not None else ""
        self.reason.setText("；".join(part for part in (row.words, by) if part) if row is not None else "")
        many = len(row.files) if row is not None else 0
        self.files.setVisible(bool(many))
        self.files.setText(self.tr("看附件 {n}").format(n=many))

    # what the clerk does

    def _now(self) -> DepositFacts | None:
        return self.shown.facts if self.shown is not None else None

    def _act(self, act: str) -> None:
        if self._bill_id is not None:
            self.acts.make(act, self._bill_id)

    def _pay(self) -> None:
        if self._bill_id is not None:
            self.shell.navigate("till", bill_ids=(self._bill_id,))

    def _lease(self) -> None:
        facts = self._now()
        if facts is not None and facts.lease_id is not None:
            self.shell.navigate("lease", lease_id=facts.lease_id)

    def _party(self) -> None:
        facts = self._now()
        if facts is not None:
            self.shell.navigate("party", party_id=facts.debtor_id)

    def _files(self) -> None:
        """The first of them; the next with each press."""
        row: DepositEvent | None = self.events.current()
        if row is not None and row.files:
            self._at = (getattr(self, "_at", -1) + 1) % len(row.files)
            show_kept(self.shell, row.files[self._at], self._load)

    def _open_receipt(self, row: DepositEvent) -> None:
        self.shell.navigate("receipt", payment_id=row.payment_id)

    # measures

    def _measure(self) -> None:
        self.left_side.setFixedWidth(theme().panel("party-facts") + 2)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "events"):
            self._measure()
        super().changeEvent(event)
