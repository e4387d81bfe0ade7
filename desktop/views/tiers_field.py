"""Tiers 阶梯 as one form field: up to how much, at what price; the last tier has no end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.services.fee_catalogue import Tiers
from desktop.services.fee_words import plain, tier_words, yuan
from desktop.services.tariff_problems import MOST_TIERS
from desktop.views.buttons import Button
from desktop.views.fields import NumberField
from desktop.views.labels import label

_FIRST = 3
"""Tiers that stand there to begin with: what most price lists have."""


class _Line:
    """One tier: its number, its end (the last has none), its price."""

    def __init__(self) -> None:
        self.name = label("", "label")
        self.upto = NumberField(decimals=3)
        self.above: QLabel = label("", "muted")
        self.price = NumberField(decimals=6)

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        return self.name, self.upto, self.above, self.price


class TiersField(QWidget):
    """Signals: changed(). `value()` is the tiers as typed, () while nothing is; `missing()` says what is not there."""

    changed = Signal()

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit
        self.lines: list[_Line] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnStretch(2, 1)
        self._grid.setColumnStretch(3, 1)
        self._heads = [label(self.tr("用到（{unit}）").format(unit=unit), "hint"),
                       label(self.tr("单价（元/{unit}）").format(unit=unit), "hint")]  # fmt: skip
        for at, head in enumerate(self._heads):
            self._grid.addWidget(head, 0, at + 1)
        self.more = Button(self.tr("加一档"), "quiet", size="small", icon="plus", key="Alt+2", slot=self.add)
        self.less = Button(self.tr("去掉末档"), "quiet", size="small", icon="minus", key="Alt+3", slot=self.drop)
        foot = QHBoxLayout()
        foot.addWidget(self.more)
        foot.addWidget(self.less)
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._grid)
        column.addLayout(foot)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for _ in range(_FIRST):
            self._put()
        self._settle()

    # a field

    def value(self) -> Tiers:
        """The tiers; what is missing of one counts as 0, which no ladder has."""
        if not any(line.upto.text() or line.price.text() for line in self.lines):
            return ()
        ends = [line.upto.value() or Decimal(0) for line in self.lines[:-1]]
        prices = [line.price.value() or Decimal(0) for line in self.lines]
        return tuple(zip([*ends, None], prices, strict=True))

    def set_value(self, value: Tiers) -> None:
        while len(self.lines) > max(2, len(value) or _FIRST):
            self._take()
        while len(self.lines) < max(2, len(value) or _FIRST):
            self._put()
        for line, (upto, price) in zip(self.lines, value or [(None, None)] * len(self.lines), strict=True):
            line.upto.set_value(None if upto is None else plain(upto))
            line.price.set_value(None if price is None else yuan(price))
        self._settle()

    def words_of(self, value: Tiers) -> str:
        """The tiers in words, to be held beside another version."""
        return "，".join(tier_words(value))

    def typed(self) -> list[list[str]]:
        """What stands here, for a draft."""
        return [[line.upto.text(), line.price.text()] for line in self.lines]

    def show_typed(self, typed: Any) -> None:
        """Put back what `typed` gave."""
        self.set_value(tuple((Decimal(1), Decimal(1)) for _ in typed))
        for line, (upto, price) in zip(self.lines, typed, strict=True):
            line.upto.setText(upto)
            line.price.setText(price)
        self._settle()

    def problem(self) -> str:
        for number, line in enumerate(self.lines, 1):
            for field in (line.upto, line.price):
                if field.problem():
                    return self.tr("第 {n} 档：{what}").format(n=number, what=field.problem())
        return ""

    def missing(self) -> str:
        """What is not typed yet; "" when every tier is whole."""
        for number, line in enumerate(self.lines, 1):
            if line is not self.lines[-1] and not line.upto.text():
                return self.tr("第 {n} 档写用到多少为止；档数多了就去掉末档").format(n=number)
            if not line.price.text():
                return self.tr("第 {n} 档写单价；档数多了就去掉末档").format(n=number)
        return ""

    def set_state(self, state: str) -> None:
        for line in self.lines:
            line.upto.set_state(state)
            line.price.set_state(state)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        line = self.lines[0]
        (line.upto if not line.upto.text() else line.price).setFocus(event.reason())

    # more and less

    def add(self) -> None:
        """One more tier; what was the last gets an end."""
        if len(self.lines) < MOST_TIERS:
            self._put()
            self._settle()
            self.lines[-2].upto.setFocus(Qt.FocusReason.OtherFocusReason)

    def drop(self) -> None:
        """The last tier goes; the one before it has no end any more."""
        if len(self.lines) > 2:
            self._take()
            self._settle()
            self.lines[-1].price.setFocus(Qt.FocusReason.OtherFocusReason)

    def _put(self) -> None:
        line = _Line()
        row = len(self.lines) + 1
        for at, widget in ((0, line.name), (1, line.upto), (1, line.above), (2, line.price)):
            self._grid.addWidget(widget, row, at)
        line.upto.changed.connect(self._tell)
        line.price.changed.connect(self._tell)
        self.lines.append(line)

    def _take(self) -> None:
        line = self.lines.pop()
        for widget in line.widgets:
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()

    def _settle(self) -> None:
        """The last tier shows 「…以上」 in place of an end."""
        for number, line in enumerate(self.lines, 1):
            last = line is self.lines[-1]
            name = self.tr("第 {n} 档").format(n=number)
            line.name.setText(name)
            line.upto.setAccessibleName(self.tr("{name} 用到").format(name=name))
            line.price.setAccessibleName(self.tr("{name} 单价").format(name=name))
            line.upto.setVisible(not last)
            line.above.setVisible(last)
        self.more.allow("" if len(self.lines) < MOST_TIERS else self.tr("最多 {n} 档").format(n=MOST_TIERS))
        self.less.allow("" if len(self.lines) > 2 else self.tr("阶梯至少两档"))
        self._tell()

    def _tell(self) -> None:
        below = self.lines[-2].upto.text()
        self.lines[-1].above.setText(self.tr("{n} 以上").format(n=below) if below else self.tr("以上"))
        self.changed.emit()
