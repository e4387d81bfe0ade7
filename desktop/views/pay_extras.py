"""What lessens the money to be put down: the payer's credit and 抹零, each by one key."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from desktop.models.values import NIL, Money
from desktop.services.cash_off import RoundingRule
from desktop.views.buttons import Button
from desktop.views.labels import label


class PayExtras(QWidget):
    """Two switches that are there only when there is something to switch. Signals: changed()."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._have, self._asked, self._cash = NIL, NIL, True
        self._rule: RoundingRule | None = None
        self._using = self._rounding = False
        self.use = Button("", "secondary", key="Alt+4", size="small", slot=self._use)
        self.off = Button("", "secondary", key="Alt+5", size="small", slot=self._round)
        self.words = label("", "small", wrap=True)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(6)
        self._row.addWidget(self.use)
        self._row.addWidget(self.off)
        self._row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(3)
        column.addWidget(self.words)
        column.addLayout(self._row)
        self._show()

    # what it is told

    def start(self, have: Money, rule: RoundingRule | None) -> None:
        """Another payment: neither is used. `have` stands to the payer's credit; without a rule nothing is let off."""
        self._have, self._rule = have, rule
        self._using = self._rounding = False
        self._show()

    def have(self, have: Money) -> None:
        """Somebody else pays, or credit was used elsewhere: what is used follows."""
        self._have = have
        self._show()

    def asked_is(self, asked: Money, *, cash: bool) -> None:
        """What the bills come to, and whether the money comes in cash."""
        self._asked, self._cash = asked, cash
        self._show()

    # what it comes to

    @property
    def credit(self) -> Money:
        """So much of the credit is used."""
        return self._most if self._using else NIL

    @property
    def rounding(self) -> Money:
        """So much is let off."""
        return self._offered if self._rounding and self._cash else NIL

    @property
    def _most(self) -> Money:
        return max(min(self._have, self._asked), NIL)

    @property
    def _offered(self) -> Money:
        return self._rule.offered(self._asked - self.credit) if self._rule is not None else NIL

    @property
    def wants_room(self) -> bool:
        return not self.isHidden()

    def _use(self) -> None:
        self._using = not self._using
        self._tell()

    def _round(self) -> None:
        self._rounding = not self._rounding
        self._tell()

    def _tell(self) -> None:
        self._show()
        self.changed.emit()

    # showing

    def _show(self) -> None:
        can_use, can_round = self._most > NIL, self._cash and self._offered > NIL
        self.use.setVisible(can_use)
        self.use.setText(self.tr("不用预存") if self.credit else self.tr("用预存 {amount}").format(amount=self._most))
        self.off.setVisible(can_round)
        self.off.setText(self.tr("不抹零") if self.rounding else self.tr("抹零 {amount}").format(amount=self._offered))
        parts = [self.tr("账单 {amount}").format(amount=self._asked)]
        if self.credit:
            parts.append(self.tr("用预存 {amount}").format(amount=self.credit))
        if self.rounding:
            parts.append(self.tr("抹零 {amount}").format(amount=self.rounding))
        self.words.setText(" − ".join(parts))
        self.words.setVisible(len(parts) > 1)
        self.setVisible(can_use or can_round)
        self._turn()

    def _turn(self) -> None:
        """Side by side where they fit, else one below the other."""
        wide = [button.sizeHint().width() for button in (self.use, self.off) if not button.isHidden()]
        fits = sum(wide) + 6 * max(0, len(wide) - 1) <= self.width()
        way = QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom
        if self._row.direction() != way:
            self._row.setDirection(way)

    def minimumSizeHint(self) -> QSize:
        """No wider than the wider switch: they go below one another first."""
        wide = [button.sizeHint().width() for button in (self.use, self.off) if not button.isHidden()]
        return QSize(max(wide, default=0), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn()
