"""What a party owes today, under their leases: the bills that are due, their sum, and the way to the till."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from operator import attrgetter

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from desktop.models.values import total
from desktop.services.billing import BillRow
from desktop.views.bill_list import owed_words
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.labels import Tag, label
from desktop.views.tables import RowTable, TableFoot, fill
from desktop.views.theme import theme

_ROWS = 3


class ArrearsCard(QFrame):
    """Signals: pay_wanted() when the clerk goes to the till."""

    pay_wanted = Signal()

    def __init__(self, today: Callable[[], date]) -> None:
        super().__init__()
        self._today = today
        self.setProperty("kind", "card")
        self.tag = Tag("", "danger", "circle-alert")
        self.to_till = Button(self.tr("去收款"), "quiet", size="small", slot=self.pay_wanted.emit)
        self.table = RowTable(
            [
                Column(self.tr("欠费账单"), _words, kind=Kind.NAME, sample="租金 第 12 期", stretch=1),
                Column(self.tr("逾期"), str, kind=Kind.TAG, sample=self.tr("今天到期"), tag=self._late_tag),
                Column(self.tr("未付"), owed_words, kind=Kind.MONEY, sample="12,860.00"),
            ]
        )
        self.table.setAccessibleName(self.tr("欠费"))
        self.table.say_when_empty(self.tr("没有欠费"), self.tr("到期的账单都收清了；要收后面的按 F4"))
        self.foot = TableFoot()
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 6, 1, 1)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(10, 0, 8, 0)
        head.setSpacing(8)
        head.addWidget(label(self.tr("欠费"), "strong"))
        head.addWidget(self.tag)
        head.addStretch(1)
        head.addWidget(self.to_till)
        column.addLayout(head)
        column.addWidget(self.table)
        column.addWidget(self.foot)

    def show_bills(self, due: Sequence[BillRow]) -> None:
        """The bills due by today."""
        fill(self.table, due, attrgetter("id"))
        owed = total(bill.owed for bill in due)
        self.tag.set(self.tr("应收 ¥{owed}").format(owed=owed), "danger", "circle-alert")
        self.foot.show_words(self.tr("合计 {n} 张").format(n=len(due)), str(owed))
        look = theme()
        self.table.setFixedHeight(look.height("header-row") + min(len(due), _ROWS) * look.height("row") + 2)

    def _late_tag(self, row: BillRow) -> TagLook:
        late = row.overdue_days(self._today())
        return (
            TagLook(self.tr("{n} 天").format(n=late), "danger", "circle-alert")
            if late
            else TagLook(self.tr("今天到期"), "warn", "clock")
        )


def _words(row: BillRow) -> str:
    return f"{row.title} · {row.detail}" if row.detail else row.title
