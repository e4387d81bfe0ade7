"""Taking back: a receipt by 冲红 with a red one or by 作废 with every copy in hand; a charge billed by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from desktop.models.values import NIL
from desktop.services import one_off, receipts, voids
from desktop.services.acts import Op
from desktop.services.billing import BillRow
from desktop.services.one_off import TakeBackOneOff, take_back_problems
from desktop.services.voids import VoidFacts, VoidPayment
from desktop.views.act_dialog import ActDialog
from desktop.views.dialogs import Dialog
from desktop.views.fields import NoteField
from desktop.views.form_draft import FormDraft
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.ticks import TicksField


def open_again(page: receipts.ReceiptPage) -> str:
    """Which bills are unpaid again: 「租金 第 1 期、水费」."""
    return "、".join(dict.fromkeys(line.title for line in page.lines))


class ReverseDialog(Dialog):
    """Why a payment is taken back, and what follows. Signals: submitted(reason)."""

    help_topic = "receipt.reverse"

    def __init__(self, shell: Shell, page: receipts.ReceiptPage) -> None:
        super().__init__(
            shell.frame,
            self.tr("冲红收据 {number}").format(number=page.row.number),
            primary=self.tr("冲红 {amount}").format(amount=page.row.amount),
            kind="danger",
            cancel=self.tr("不冲红"),
            wide=560,
        )
        bills = {line.bill_id: line.title for line in page.lines}
        words = self.tr("{amount} 记为退回 {payer}，另开一张红字收据。").format(
            amount=page.row.amount, payer=page.row.payer
        )
        self.body.addWidget(label(words, wrap=True))
        if bills:
            again = self.tr("这些账单重新变为未付：{bills}").format(bills="、".join(dict.fromkeys(bills.values())))
            self.body.addWidget(label(again, wrap=True))
        if page.credited:
            self.body.addWidget(
                label(self.tr("存入的预存款 {amount} 一并退回").format(amount=page.credited), wrap=True)
            )
        self.body.addWidget(label(self.tr("冲红不能撤销；收错的改正是冲红后重新收款。"), "warnhint", wrap=True))
        form = self.use_form(1)
        form.add(
            "reason",
            self.tr("冲红原因"),
            NoteField(hint=self.tr("例如 付款方式录错、收错了房间"), lines=2, limit=200),
            required=True,
        )
        self.draft = FormDraft(shell, self, "receipt.reverse", page.row.payment_id)

    def problems(self) -> Mapping[str, str]:
        """What the service would say to the reason."""
        reason = str(self.form.values()["reason"]) if self.form is not None else ""
        return {} if len(reason) >= 2 else {"reason": self.tr("写明冲红原因，例如 付款方式录错")}

    def request(self) -> str:
        return str(self.form.values()["reason"]) if self.form is not None else ""


class VoidDialog(Dialog):
    """Why a receipt is made void, and that every printed copy lies here. Signals: submitted(VoidPayment)."""

    help_topic = "receipt.void"

    def __init__(self, shell: Shell, page: receipts.ReceiptPage, facts: VoidFacts) -> None:
        super().__init__(
            shell.frame,
            self.tr("作废收据 {number}").format(number=page.row.number),
            primary=self.tr("作废收据"),
            kind="danger",
            cancel=self.tr("保留收据"),
            wide=620,
        )
        self.page, self.facts = page, facts
        back = self.tr("收据号保留，到处写作废，不另开红字收据。")
        if page.row.amount > NIL:
            back = self.tr("把 {amount} 退还 {payer}。").format(amount=page.row.amount, payer=page.row.payer) + back
        self.body.addWidget(label(back, wrap=True))
        if bills := open_again(page):
            self.body.addWidget(label(self.tr("这些账单重新变为未付：{bills}").format(bills=bills), wrap=True))
        form = self.use_form(1)
        if facts.copies:
            ticks = TicksField([(copy, copy, "") for copy in facts.copies], columns=3)
            form.add("copies", self.tr("收回来的联（每联写上作废，订在一起）"), ticks, required=True)
        else:
            self.body.addWidget(label(self.tr("这张收据没有打印过，没有要收回的联。"), "muted", wrap=True))
        reason = NoteField(hint=self.tr("例如 金额录错、收错了人"), lines=2, limit=200)
        form.add("reason", self.tr("作废原因"), reason, required=True)
        self.draft = FormDraft(shell, self, "receipt.void", page.row.payment_id)

    def problems(self) -> Mapping[str, str]:
        return voids.void_problems(self.request(), self.facts.copies)

    def request(self) -> VoidPayment:
        values = self.form.values() if self.form is not None else {}
        copies = frozenset(str(each) for each in values.get("copies", ()))
        return VoidPayment(self.page.row.payment_id, str(values.get("reason", "")), copies)


class TakeBackBillDialog(ActDialog):
    """Why a charge billed by hand is taken back. Signals: done(what was taken back)."""

    help_topic = "fees.one_off"

    def __init__(self, shell: Shell, row: BillRow) -> None:
        super().__init__(
            shell, shell.frame.tr("撤回账单"), subtitle=f"{row.title} · {row.debtor}",
            primary=shell.frame.tr("撤回 {amount}").format(amount=row.amount), kind="danger",
            cancel=shell.frame.tr("不撤回"), wide=520,
        )  # fmt: skip
        self._bill_id = row.id
        words = self.tr("账单留着，旁边加一行冲回，写明原因和经手人；{name} 不再欠这笔钱。")
        self.body.addWidget(label(words.format(name=row.debtor), wrap=True))
        form = self.use_form(1)
        reason = NoteField(hint=self.tr("例如 开错了人、金额写错"), lines=2, limit=100)
        form.add("reason", self.tr("撤回原因"), reason, required=True)
        self.draft = FormDraft(shell, self, "one_off.take_back", row.id)

    def request(self) -> TakeBackOneOff:
        return TakeBackOneOff(self._bill_id, str(self.form.values()["reason"]) if self.form is not None else "")

    def problems(self) -> Mapping[str, str]:
        return take_back_problems(self.request())

    def order(self, request: TakeBackOneOff) -> Callable[[], object]:
        return partial(self.shell.session.act, Op.POST_BILLS, one_off.take_back_one_off, request)
