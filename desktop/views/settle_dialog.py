"""退租结算: what goes back of the deposit and what stays open, agreed to before it is posted."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout

from desktop.models.values import NIL, PayMethod
from desktop.services import leases, settlements
from desktop.services.payments import METHOD_WORDS, NEEDS_REFERENCE
from desktop.services.settlements import Payout, Settlement, SettlementChanged
from desktop.views.fields import ChoiceField
from desktop.views.form_draft import FormDraft
from desktop.views.labels import MoneyLabel, Well, label
from desktop.views.lease_dialogs import LeaseDialog
from desktop.views.on_the_spot import Act
from desktop.views.pages import Shell
from desktop.views.text_fields import TextField


class SettlementWell(Well):
    """押金在管, 未付, and what it comes to."""

    def __init__(self) -> None:
        super().__init__()
        self.told, self.words, self.rest = label("", "muted", wrap=True), label("", "strong"), MoneyLabel(role="figure")
        line = QHBoxLayout()
        line.addWidget(self.told, 1)
        line.addWidget(self.words)
        line.addSpacing(6)
        line.addWidget(self.rest, 0, Qt.AlignmentFlag.AlignRight)
        self.body.addLayout(line)

    def show_sums(self, sums: Settlement) -> None:
        """Show what a settlement comes to."""
        short = sums.still_owed > NIL
        self.set_tone("warn" if short else "")
        self.told.setText(self.tr("押金在管 {held}，未付 {owed}").format(held=sums.held, owed=sums.owed))
        self.words.setText(self.tr("租客还要补") if short else self.tr("退给租客"))
        self.rest.set_amount(sums.still_owed if short else sums.returned, owed=short)


class SettleDialog(LeaseDialog):
    """The deposit less what is open, paid out; what the deposit does not cover stays open.

    Money that moved meanwhile is told with both sums: the figures are those of now, what was typed stays.
    """

    help_topic = "lease.settle"

    def __init__(self, shell: Shell, row: leases.LeaseRow, sums: Settlement) -> None:
        title = shell.frame.tr("退租结算")
        super().__init__(shell, row, title, primary=shell.frame.tr("结算"), primary_icon="hand-coins")
        self.well = SettlementWell()
        self.body.addWidget(self.well)
        form = self.use_form(2)
        form.add("method", self.tr("退款方式"), ChoiceField(list(METHOD_WORDS.items()), PayMethod.TRANSFER))
        form.add("reference", self.tr("流水号"), TextField(limit=60), hint=self.tr("现金不用填"))
        self._show(sums)
        self.draft = FormDraft(shell, self, "lease.settle", row.id)

    def _show(self, sums: Settlement) -> None:
        self.sums = sums
        self.well.show_sums(sums)

    def problems(self) -> Mapping[str, str]:
        order = self.request()
        if order.method in NEEDS_REFERENCE and not order.reference.strip():
            return {"reference": self.tr("填写退款的流水号或单号后几位，日后好对账")}
        return {}

    def request(self) -> Payout:
        assert self.form is not None
        values = self.form.values()
        if self.sums.returned == NIL:  # nothing leaves the till: the means does not matter
            return Payout(PayMethod.CASH, "", self.sums)
        return Payout(values["method"], values["reference"], self.sums)

    def order(self, request: Payout) -> Act:
        lease_id, shown = self.row.id, request.shown
        assert shown is not None
        return lambda work: settlements.settle_lease(work, lease_id, shown, request.method, request.reference)

    def refuse(self, error: Exception) -> None:
        if isinstance(error, SettlementChanged):
            self._show(error.now)
        super().refuse(error)
