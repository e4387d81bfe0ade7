"""The left of the till: open bills to tick and to pay in part, with what is chosen in the foot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from desktop.models.values import total
from desktop.services.billing import BillRow
from desktop.views.bill_table import BillTable
from desktop.views.buttons import Button, KeyCap
from desktop.views.labels import Card, label
from desktop.views.tables import TableFoot
from desktop.views.timeline import EmptyState


class TillBills(Card):
    """`table` is where bills are ticked; `none` stands there when the payer owes nothing."""

    def __init__(self, today: date) -> None:
        super().__init__()
        self._field: QWidget | None = None
        self._low = False
        self.table = BillTable(today)
        self.foot = TableFoot()
        self.sum = label("", "strong")
        self.foot.layout().addWidget(self.sum)
        self.foot.right.setProperty("kind", "muted")
        self.ahead = Button(self.tr("收预存款"), "secondary", icon="piggy-bank", key="Alt+8")
        self.refund = Button(self.tr("退预存款"), "secondary", icon="undo-2", key="Alt+9")
        self.others = Button(self.tr("加别人的账单"), "quiet", icon="plus", key="Alt+6", size="small")
        self.hints = self._hints()
        self.none = EmptyState("", "", [self.ahead, self.refund], icon="circle-check")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.none)
        self.body.setContentsMargins(1, 1, 1, 1)
        self.body.setSpacing(0)
        self.body.addWidget(self.stack, 1)
        self.body.addWidget(self.hints)
        self.body.addWidget(self.foot)

    def _hints(self) -> QWidget:
        hints = QWidget()
        row = QHBoxLayout(hints)
        row.setContentsMargins(14, 4, 8, 4)
        row.setSpacing(6)
        self._words: list[QWidget] = []
        for key, words in (("Space", self.tr("勾选")), ("Ctrl+A", self.tr("全选到期"))):
            for widget in (KeyCap(key), label(words, "small")):
                row.addWidget(widget)
                self._words.append(widget)
            row.addSpacing(4)
        row.addStretch(1)
        row.addWidget(self.others)
        return hints

    def show_bills(
        self, rows: Sequence[BillRow], ticked: Sequence[UUID], today: date, payer: str, payer_id: UUID | None = None
    ) -> None:
        """The open bills of a payer, or that there are none."""
        self.table.show_bills(rows, ticked, today, payer_id)
        self.foot.setVisible(bool(rows))
        self.measure(self._low)
        self.stack.setCurrentWidget(self.table if rows else self.none)
        self.none.title.setText(self.tr("{name} 没有未付的账单").format(name=payer))
        self.none.why.setText(self.tr("按 Ctrl K 换一位交款人，或先收一笔预存款，以后抵账单"))

    def measure(self, low: bool) -> None:
        """On a `low` screen the words about keys go; what does something stays."""
        self._low = low
        self.hints.setVisible(bool(self.table.bills))
        self.hints.layout().setContentsMargins(14, 0 if low else 4, 8, 0 if low else 4)
        for widget in self._words:
            widget.setVisible(not low)

    def show_sums(self, *, lawful: bool = False) -> None:
        """How many are chosen, what is paid of them now, what is open of all; `lawful`: as the law has it."""
        rows, amounts = self.table.bills, self.table.amounts()
        chosen = self.tr("按法定顺序 {n} 张 / 共 {all} 张") if lawful else self.tr("已选 {n} 张 / 共 {all} 张")
        self.foot.show_words(
            chosen.format(n=len(amounts), all=len(rows)),
            self.tr("未付合计 {owed}").format(owed=total(row.owed for row in rows)),
        )
        self.sum.setText(self.tr("本次 {due}").format(due=total(amounts.values())))

    def reach_from(self, field: QWidget) -> None:
        """From 实收 the bills are in reach: arrows choose one, Space ticks it, Ctrl A ticks what is due."""
        self._field = field
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._field and event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            key, control = event.key(), event.modifiers() == Qt.KeyboardModifier.ControlModifier  # type: ignore[attr-defined]
            plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier  # type: ignore[attr-defined]
            ours = (plain and key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Space)) or (
                control and key == Qt.Key.Key_A
            )
            if ours and event.type() == QEvent.Type.KeyPress:
                self.table.keyPressEvent(event)  # type: ignore[arg-type]
                return True
        return super().eventFilter(watched, event)
