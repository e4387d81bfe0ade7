"""Taking a receipt back: 冲红 with a red receipt of its own, 作废 while every copy is in hand."""

from __future__ import annotations

from collections.abc import Mapping

from desktop.models.values import NIL
from desktop.services import receipts, voids
from desktop.services.voids import VoidFacts, VoidPayment
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
