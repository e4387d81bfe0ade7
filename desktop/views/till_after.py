"""The till after a payment: its receipt goes to the printer, is signed, looked at, or printed again."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.models.values import NIL
from desktop.services.payments import PaymentTaken
from desktop.views.pages import Shell
from desktop.views.paid_panel import PaidPanel
from desktop.views.receipt_printing import ReceiptPrinting
from desktop.views.tenant.till import TillTenant

BOUNCE_SECONDS = 0.6
"""An Enter this soon after the one that paid is the same press: it must not send the payer away with the change."""


class TillAfter(QObject):
    """`last` is the payment that was taken last on this page, with the panel that tells of it."""

    def __init__(self, shell: Shell, page: QWidget, paid: PaidPanel, tenant: TillTenant) -> None:
        super().__init__(page)
        self._shell, self._paid, self._tenant = shell, paid, tenant
        self.last: PaymentTaken | None = None
        self.paid_at = 0.0
        self.printing = ReceiptPrinting(shell, self)
        self.printing.changed.connect(self._show_printing)
        paid.open.clicked.connect(self._open_receipt)
        paid.reprint.clicked.connect(self.reprint)
        paid.sign.clicked.connect(self._sign)
        paid.sign.setVisible(tenant.there)

    @property
    def bouncing(self) -> bool:
        """The key that paid may still be on its way up."""
        return time.monotonic() - self.paid_at < BOUNCE_SECONDS

    def begin(self, taken: PaymentTaken) -> None:
        """The money is taken: print."""
        self.paid_at = time.monotonic()
        self.last = taken
        self._tenant.paid(taken)
        self._show_printing(self.printing.begin(taken))

    def _show_printing(self, words: str) -> None:
        if self.last is None:
            return
        amount, number = self.last.amount, self.last.receipt_number
        taken, set_off = self.tr("已收 {amount}，收据 {number}，{print}"), self.tr("已抵扣，抵扣单 {number}，{print}")
        told = taken if amount > NIL else set_off
        self._paid.words.setText(told.format(amount=amount, number=number, print=words))

    def reprint(self) -> bool:
        """F6; whether there was something to print."""
        if self.last is None:
            return False
        self._show_printing(self.printing.again(self.last))
        return True

    def _sign(self) -> None:
        """Who paid signs; printed again, the receipt bears the signature."""
        if self.last is not None:
            self._tenant.sign(self.last.payment_id, self._signed)

    def _signed(self) -> None:
        self._paid.rest.setText(self.tr("客户已签名：按 F6 补打，收据上带签名"))

    def _open_receipt(self) -> None:
        if self.last is not None and not self.bouncing:
            self._shell.navigate("receipt", payment_id=self.last.payment_id)
