"""Twelve months of a household as bars, painted small: the trend beside the grid."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent

from desktop.services.bill_lists import plain
from desktop.services.meter_trends import MonthUse
from desktop.views.labels import Painted
from desktop.views.painting import middle, put, rounded
from desktop.views.theme import theme

_HIGH = 92
_WORDS = 16


class TrendChart(Painted):
    """Bars from the oldest month to this one; an estimated month is hollow, one without readings a dot."""

    def __init__(self) -> None:
        super().__init__()
        self._months: tuple[MonthUse, ...] = ()
        self._unit = ""

    def show_months(self, months: Sequence[MonthUse], unit: str) -> None:
        """Show these months; `unit` stands beside the highest figure."""
        self._months, self._unit = tuple(months), unit
        known = [f"{month.month:%m} 月 {plain(month.use)}" for month in self._months if month.use is not None]
        self.setAccessibleName(self.tr("近 12 个月用量"))
        self.setAccessibleDescription("，".join(known))
        self.setToolTip("\n".join(f"{month.month:%Y-%m}  {plain(month.use)} {unit}" for month in self._months
                                  if month.use is not None))  # fmt: skip
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme().scaled(200), theme().scaled(_HIGH))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().scaled(120), theme().scaled(_HIGH))

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font, faint = look.font("caption"), look.colour("text-faint")
        words, high, wide = look.scaled(_WORDS), float(self.height()), float(self.width())
        most = max((month.use for month in self._months if month.use is not None), default=None)
        if most is None:
            put(painter, 0, middle(font, 0, high), self.tr("还没有用量"), font, faint)
            return
        put(painter, 0, middle(font, 0, words), self.tr("最高 {n} {unit}").format(n=plain(most), unit=self._unit), font,
            faint)  # fmt: skip
        top, floor = float(words + 4), high - words
        step = wide / len(self._months)
        for at, month in enumerate(self._months):
            x, bar = at * step, min(step - 3, look.scaled(14))
            x += (step - bar) / 2
            last = at == len(self._months) - 1
            if month.use is None:
                rounded(painter, QRectF(x + bar / 2 - 1.5, floor - 4, 3, 3), 1.5, look.colour("line-strong"))
            else:
                tall = max(2.0, float(month.use) / float(most) * (floor - top)) if most else 2.0
                box = QRectF(x, floor - tall, bar, tall)
                colour = look.colour("primary" if last else "rail-mark")
                if month.estimated:
                    rounded(painter, box, 2, look.colour("surface"), colour, 1.5)
                else:
                    rounded(painter, box, 2, colour)
            if at % 3 == (len(self._months) - 1) % 3:
                put(painter, x + bar / 2, middle(font, floor, words), f"{month.month.month}", font, faint, "c")
        painter.fillRect(QRectF(0, floor, wide, 1), look.colour("line-strong"))
