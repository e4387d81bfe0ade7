"""Bills as rows of a list: how one stands, and the bills of a lease or a party."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from operator import attrgetter

from desktop.models.values import NIL
from desktop.services.billing import BillRow
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.tables import RowTable

STATE_SAMPLE = "逾期 888 天"


def state_tag(today: date, row: BillRow) -> TagLook:
    """How a bill stands: 逾期 12 天, 今天到期, 12-01 到期, 已收清, 应退."""
    if row.owed < NIL:
        return TagLook("应退", "info", "undo-2")
    if row.owed == NIL:
        return TagLook("已收清", "ok", "circle-check")
    late = row.overdue_days(today)
    if late:
        return TagLook(f"逾期 {late} 天", "danger", "circle-alert")
    if row.due == today:
        return TagLook("今天到期", "warn", "clock")
    words = f"{row.due:%m-%d} 到期" if row.due.year == today.year else f"{row.due:%y-%m-%d} 到期"
    return TagLook(words, "", "clock")


def owed_words(row: BillRow) -> str:
    """What is open of a bill; nothing when it is settled."""
    return str(row.owed) if row.owed else ""


class BillList(RowTable):
    """Everything that was billed; `loud` shows what is overdue in red."""

    def __init__(self, today: Callable[[], date], *, loud: bool = False) -> None:
        self._today = today
        super().__init__(
            [
                Column(
                    self.tr("账单"), attrgetter("title"), kind=Kind.NAME, sample="租金 第 12 期", stretch=1,
                    detail=attrgetter("detail"),
                ),
                Column(self.tr("应缴日"), _due, kind=Kind.DATE, sample="2026-11-22", fold=True),
                Column(self.tr("应收"), _amount, kind=Kind.MONEY, sample="12,860.00"),
                Column(
                    self.tr("未付"), owed_words, kind=Kind.MONEY, sample="12,860.00",
                    tone=self._tone if loud else None,
                ),
                Column(self.tr("状态"), str, kind=Kind.TAG, sample=STATE_SAMPLE, tag=self._tag),
            ],
            two_lines=True,
        )  # fmt: skip

    def _tone(self, row: BillRow) -> str:
        return "danger" if row.overdue_days(self._today()) else ""

    def _tag(self, row: BillRow) -> TagLook:
        return state_tag(self._today(), row)


def _due(row: BillRow) -> str:
    return f"{row.due}"


def _amount(row: BillRow) -> str:
    return str(row.amount)
