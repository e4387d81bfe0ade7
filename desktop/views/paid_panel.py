"""The till after a payment: what was taken, the change to be handed out, how the printing goes, what comes next."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.models.values import NIL, Money
from desktop.services.payments import PaymentTaken
from desktop.views.buttons import Button
from desktop.views.labels import Glyph, MoneyLabel, label, rule
from desktop.views.overlays import BodyScroll


class PaidPanel(QWidget):
    """What was just taken, with the change still to be handed out and how the printing goes."""

    def __init__(self) -> None:
        super().__init__()
        self.words = label("", "strong", wrap=True)
        self.money = MoneyLabel(NIL, role="total", tone="ok")
        self.change_words, self.change = label("", "strong"), MoneyLabel(NIL, role="figure", tone="ok")
        self.rest = label("", "muted", wrap=True)
        self.again = Button(self.tr("继续收这位的账单"), "secondary", icon="plus")
        self.open = Button(self.tr("看这张收据"), "secondary", icon="receipt-text")
        self.reprint = Button(self.tr("补打"), "secondary", icon="printer", key="F6", writes=True)
        self.sign = Button(self.tr("客户签收据"), "secondary", icon="signature", key="Alt+3", writes=True)
        self.next = Button(self.tr("下一位"), "primary", icon="users", key="F4", size="pay")
        self.strip = QFrame()
        self.strip.setProperty("kind", "well")
        self.strip.setProperty("tone", "ok")
        row = QHBoxLayout(self.strip)
        row.setContentsMargins(12, 6, 8, 6)
        row.addWidget(self.change_words, 1)
        row.addWidget(self.change)
        top = QHBoxLayout()
        top.addWidget(Glyph("circle-check", "ok", 18))
        top.addWidget(label(self.tr("已收"), "muted"), 1)
        told = QWidget()
        words = QVBoxLayout(told)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(8)
        words.addLayout(top)
        words.addWidget(self.money, 0, Qt.AlignmentFlag.AlignRight)
        words.addWidget(self.strip)
        words.addWidget(rule())
        words.addWidget(self.words)
        words.addWidget(self.rest)
        words.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(BodyScroll(told), 1)
        for button in (self.again, self.open, self.sign, self.reprint, self.next):
            column.addWidget(button)

    def show_taken(self, taken: PaymentTaken, still_open: Money, bills: int) -> None:
        """What the service has just confirmed."""
        self.money.set_amount(taken.amount)
        over = taken.change or taken.credited
        self.strip.setVisible(over > NIL)
        self.change_words.setText(self.tr("找零") if taken.change else self.tr("存入预存"))
        self.change.set_amount(over)
        self.show_rest(still_open, bills)

    def show_rest(self, still_open: Money, bills: int) -> None:
        """What remains of this payer."""
        if bills:
            self.rest.setText(self.tr("还有 {n} 张未付，共 {owed}").format(n=bills, owed=still_open))
        else:
            self.rest.setText(self.tr("这位没有未付的账单了"))
        self.again.setVisible(bills > 0)
