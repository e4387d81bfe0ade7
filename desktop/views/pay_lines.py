"""Parts of how the money comes: what is due in large and capital figures, and each means of payment put down."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.models.values import NIL, Money, PayMethod
from desktop.services.rmb import uppercase_rmb
from desktop.services.tenders import METHOD_WORDS, TenderForm
from desktop.views.buttons import IconButton
from desktop.views.labels import Glyph, MoneyLabel, label

METHOD_ICONS = {
    PayMethod.CASH: "banknote",
    PayMethod.WECHAT: "qr-code",
    PayMethod.ALIPAY: "scan-line",
    PayMethod.TRANSFER: "landmark",
    PayMethod.POS: "credit-card",
}
"""Glyphs of the means of payment, in the order in which they stand."""


class DueHead(QWidget):
    """本次应收: how much, of how many bills, and the same in capital figures."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.count = label("", "muted"), label("", "small")
        self.money = MoneyLabel(NIL, role="total")
        self.capitals = label("", "small", wrap=True)
        self.capitals.setAlignment(Qt.AlignmentFlag.AlignRight)
        top = QHBoxLayout()
        top.addWidget(self.words)
        top.addStretch(1)
        top.addWidget(self.count)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self.money, 0, Qt.AlignmentFlag.AlignRight)
        column.addWidget(self.capitals)
        self.words.setText(self.tr("本次应收"))

    def show_due(self, due: Money, bills: int) -> None:
        """What is to be paid now, of how many bills."""
        self.money.set_amount(due)
        self.count.setText(self.tr("{n} 张账单").format(n=bills) if bills else "")
        self.capitals.setText(uppercase_rmb(due) if bills or due else "")


class PutLine(QWidget):
    """One means of payment already put down: 「微信 1,000.00 · 4821」 with a cross. Signals: dropped(index)."""

    dropped = Signal(int)

    def __init__(self, at: int, tender: TenderForm) -> None:
        super().__init__()
        self._at = at
        words = METHOD_WORDS[tender.method]
        cross = IconButton("x", self.tr("去掉{method} {amount}").format(method=words, amount=tender.amount), size=26)
        cross.clicked.connect(self._drop)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(Glyph(METHOD_ICONS[tender.method], "text-muted", 15))
        row.addWidget(label(words))
        if tender.reference:
            row.addWidget(label(f"…{tender.reference[-6:]}", "hint"))
        row.addStretch(1)
        row.addWidget(label(str(tender.amount), "strong"))
        row.addWidget(cross)

    def _drop(self) -> None:
        self.dropped.emit(self._at)
