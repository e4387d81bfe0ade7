"""Bills as rows: what stands in their columns, and the till's table where they are ticked and paid in part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from operator import attrgetter
from uuid import UUID

from PySide6.QtCore import QEvent, QModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView

from desktop.models.values import NIL, Money, total
from desktop.services.billing import BillRow
from desktop.views.bill_list import state_tag
from desktop.views.columns import Column, GroupHead, Kind, Ticks
from desktop.views.fields import MoneyField
from desktop.views.keys import asks_for_key
from desktop.views.tables import RowTable
from desktop.views.theme import theme


class AmountEditor(MoneyField):
    """The amount of one bill under the cursor. Signals: finished(kept, step): Enter or leaving keeps, Esc does not."""

    finished = Signal(bool, int)

    def __init__(self, table: RowTable, typed: str = "") -> None:
        super().__init__()
        self.setParent(table.viewport())
        self.enter_moves_on = False
        self._over = False
        self._typed = typed

    def event(self, event: QEvent) -> bool:
        if asks_for_key(event) and event.key() in (  # type: ignore[attr-defined]
            Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter,
        ):  # fmt: skip
            event.accept()  # Enter ends the amount here; it must not pay
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        if not self._typed:
            super().focusInEvent(event)
            return
        # The digit that opened the editor stays: selecting it would let the next one replace it.
        super(MoneyField, self).focusInEvent(event)
        self.setText(self._typed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self._finish(False, 0)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish(True, 0)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._finish(True, -1 if key == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._finish(True, 0, left=True)

    def _finish(self, kept: bool, step: int, left: bool = False) -> None:
        if self._over:
            return
        self._over = True
        self.finished.emit(kept, step if not left else 9)


def _within(amount: Money, row: BillRow) -> Money:
    """As much of an amount as is still open."""
    return max(min(amount, max(row.owed, NIL)), min(row.owed, NIL))


def due_first(rows: Iterable[BillRow], today: date) -> list[BillRow]:
    """What is ticked to begin with: what is due by today, and what is in their favour as far as that reaches."""
    every = list(rows)
    owed = [row for row in every if row.owed > NIL and row.due <= today]
    left, chosen = total(row.owed for row in owed), {row.id for row in owed}
    for row in every:
        if row.owed < NIL and -row.owed <= left:
            chosen.add(row.id)
            left += row.owed
    return [row for row in every if row.id in chosen]


LEFT = 9
"""`finished` with this step: the focus has gone elsewhere by itself and is not taken back."""


class BillTable(RowTable):
    """Open bills to be paid now: due ones first, each with what is paid of it this time.

    Signals: asked_changed() when ticks or amounts differ; edited() after Enter in an amount. Space ticks, Ctrl A ticks
    what is due, digits change 本次收.
    """

    asked_changed = Signal()
    edited = Signal()
    grouped = True
    """Due ones under one head, others under theirs."""

    def __init__(self, today: date) -> None:
        self._today = today
        self._bills: dict[UUID, BillRow] = {}
        self._asked: dict[UUID, Money] = {}
        self._editor: AmountEditor | None = None
        self._editing: UUID | None = None
        super().__init__(self._columns(today), two_lines=True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.rows.ticked.connect(self._ticked)
        self.setAccessibleName(self.tr("账单"))

    def _columns(self, today: date) -> list[Column]:
        return [
            Column("", str, kind=Kind.TICK),
            Column(
                self.tr("账单"), attrgetter("title"), kind=Kind.NAME, sample="租金 第 12 期", stretch=1,
                detail=attrgetter("detail"),
            ),
            Column(self.tr("状态"), str, kind=Kind.TAG, sample="逾期 88 天", tag=partial(state_tag, today)),
            Column(self.tr("未付"), lambda row: str(row.owed), kind=Kind.MONEY, sample="88,888.00"),
            Column(
                self.tr("本次收"), self._asked_words, kind=Kind.MONEY, sample="88,888.00", strong=True,
                tone=self._asked_tone,
            ),
        ]  # fmt: skip

    # what is shown

    def show_bills(
        self, bills: Sequence[BillRow], chosen: Iterable[UUID], today: date, debtor_id: UUID | None = None
    ) -> None:
        """Show open bills with these ticked; amounts changed by hand are kept for bills that are still open.

        Bills of somebody else than `debtor_id` stand behind, under their debtor's name.
        """
        if all(row.id != self._editing for row in bills):
            self.close_editor()
        self._today = today
        self._bills = {row.id: row for row in bills}
        wanted = set(chosen)
        self._asked = {row.id: _within(self._asked.get(row.id, row.owed), row) for row in bills if row.id in wanted}
        own = [row for row in bills if debtor_id in (None, row.debtor_id)]
        groups = [
            (self.tr("已到期"), [row for row in own if row.due <= today]),
            (self.tr("未到期"), [row for row in own if row.due > today]),
        ]
        others = dict.fromkeys(row.debtor_id for row in bills if row not in own)
        for other in others:
            theirs = [row for row in bills if row.debtor_id == other]
            groups.append((self.tr("代 {name} 交").format(name=theirs[0].debtor), theirs))
        shown: list[BillRow | GroupHead] = [] if self.grouped else list(bills)
        for words, group in groups if self.grouped else ():
            if group:
                owed = total(row.owed for row in group)
                shown.append(GroupHead(words, self.tr("{n} 张 · {owed}").format(n=len(group), owed=owed)))
                shown += group
        self.show_list(shown, attrgetter("id"))
        self._mirror()
        self.asked_changed.emit()

    def amounts(self) -> dict[UUID, Money]:
        """What is to be paid of each ticked bill, in the order shown."""
        return {bill_id: self._asked[bill_id] for bill_id in self._bills if bill_id in self._asked}

    def owed(self) -> dict[UUID, Money]:
        return {row.id: row.owed for row in self._bills.values()}

    @property
    def bills(self) -> tuple[BillRow, ...]:
        return tuple(self._bills.values())

    def tick_due(self) -> None:
        """Tick what is due by today, and nothing else; with nothing due, everything."""
        due = due_first(self.bills, self._today) or list(self.bills)
        self._asked = {row.id: self._asked.get(row.id, row.owed) for row in due}
        self._changed()

    def forget_amounts(self) -> None:
        """Another payer: what was changed by hand is nobody's any more."""
        self.close_editor()
        self._asked = {}

    def untick_all(self) -> None:
        """Nothing is to be paid: the payment has been taken."""
        self._asked = {}
        self._changed()

    def spread(self, amount: Money) -> None:
        """Take only this much: the earliest bills first, the last one in part."""
        chosen = [self._bills[bill_id] for bill_id in self.amounts()]
        asked = {row.id: row.owed for row in chosen if row.owed < NIL}  # what is in their favour is used whole
        left = amount - total(asked.values())
        for row in chosen:
            use = min(left, row.owed)
            if use > NIL:
                asked[row.id] = use
                left -= use
        self.set_amounts(asked)

    def set_amounts(self, amounts: Mapping[UUID, Money]) -> None:
        """Pay these amounts of these bills, and nothing else."""
        self._asked = {bill_id: amount for bill_id, amount in amounts.items() if bill_id in self._bills}
        self._changed()

    def set_amount(self, bill_id: UUID, amount: Money) -> None:
        """Pay this much of a bill; nothing unticks it."""
        if self._bills[bill_id].owed < NIL:
            amount = -abs(amount)  # of a bill in their favour one types how much of it is set off
        if amount != NIL:
            self._asked[bill_id] = amount
        else:
            self._asked.pop(bill_id, None)
        self._changed()

    # ticks and amounts are one thing

    def _ticked(self) -> None:
        ticks = self.rows.ticks
        self._asked = {
            row.id: self._asked.get(row.id, row.owed) for row in self._bills.values() if ticks.has(row.id)
        }  # fmt: skip
        self._changed()

    def _changed(self) -> None:
        self._mirror()
        self.viewport().update()
        self.asked_changed.emit()

    def _mirror(self) -> None:
        every = bool(self._bills) and len(self._asked) == len(self._bills)
        self.rows.ticks = Ticks(everything=True) if every else Ticks(keys=set(self._asked))
        self.horizontalHeader().viewport().update()

    def _asked_words(self, row: BillRow) -> str:
        amount = self._asked.get(row.id)
        return "—" if amount is None else str(amount)

    def _asked_tone(self, row: BillRow) -> str:
        amount = self._asked.get(row.id)
        if amount is None:
            return "text-faint"
        if not min(row.owed, NIL) <= amount <= max(row.owed, NIL):
            return "danger"
        return "primary-text" if abs(amount) < abs(row.owed) else "ok" if amount < NIL else "text"

    def _head_clicked(self, logical: int) -> None:
        if self.rows.columns[logical].kind == Kind.TICK:
            every = len(self._asked) == len(self._bills)
            self._asked = {} if every else {row.id: self._asked.get(row.id, row.owed) for row in self._bills.values()}
            self._changed()

    def _came(self) -> None:
        super()._came()
        if not self.currentIndex().isValid() and self.rows.row(0) is not None:
            self.choose(0)  # Space and the arrows work from the amount at once
        if self._editor is not None and self._editing is not None:  # half an amount is typed: its field goes along
            self._place_editor(self.rows.position(self._editing))

    # changing an amount in place

    def edit_amount(self, first: str = "") -> None:
        """Change 本次收 of the current row, beginning with what was typed."""
        row = self.current()
        if row is None or isinstance(row, GroupHead):
            return
        self.close_editor()
        editor = AmountEditor(self, first)
        self._editor, self._editing = editor, row.id
        editor.setAccessibleName(self.tr("本次收"))
        self._place_editor(self.currentIndex().row())
        editor.set_value(abs(self._asked.get(row.id, row.owed)))
        editor.finished.connect(self._edited)
        editor.show()
        editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _place_editor(self, at: int) -> None:
        """Over the amount of a row."""
        assert self._editor is not None
        box = self.visualRect(self.rows.index(at, len(self.rows.columns) - 1))
        self._editor.setGeometry(box.adjusted(0, 4, -2, -5))

    def _left_amount(self) -> None:
        """The clerk went elsewhere; a list that was only read anew brings her back to it."""
        if self._place is None:
            self.close_editor()

    def close_editor(self) -> None:
        """Take what is typed and close; nothing when no amount is being changed."""
        if self._editor is not None:
            self._edited(True, LEFT)

    def _edited(self, kept: bool, step: int) -> None:
        editor, bill_id = self._editor, self._editing
        self._editor = self._editing = None
        if editor is None or bill_id is None:
            return
        amount = editor.value()
        editor._over = True
        editor.hide()
        editor.deleteLater()
        if step != LEFT:
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        if kept and amount is not None and bill_id in self._bills:
            self.set_amount(bill_id, amount)
        if step in (-1, 1):
            self.step(step)
        elif step == 0 and kept:
            self.edited.emit()

    # keys and mouse

    def step(self, by: int) -> None:
        """To the next or previous bill, over the heads of groups."""
        at = self.currentIndex().row()
        rows = self.rows.rowCount()
        while 0 <= (at := at + by) < rows:
            if not isinstance(self.rows.row(at), GroupHead):
                self.choose(at)
                self.scrollTo(self.rows.index(at, 1))
                return

    def choose(self, at: int) -> None:
        if isinstance(self.rows.row(at), GroupHead):
            at += 1
        index = self.rows.index(at, 1)
        if index.isValid():
            self.selectionModel().setCurrentIndex(index, self.selectionModel().SelectionFlag.NoUpdate)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.matches(QKeySequence.StandardKey.SelectAll):
            self.tick_due()
        elif plain and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.step(-1 if event.key() == Qt.Key.Key_Up else 1)
        elif plain and event.text().isdigit():
            self.edit_amount(event.text())
        elif plain and event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self.edit_amount()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        super().mousePressEvent(event)
        if index.isValid() and index.column() == len(self.rows.columns) - 1:
            self.choose(index.row())
            self.edit_amount()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self._left_amount()
        super().scrollContentsBy(dx, dy)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        index = self.currentIndex()
        if index.isValid() and not self.hasFocus() and not isinstance(self.rows.row(index.row()), GroupHead):
            top = self.rowViewportPosition(index.row())
            painter = QPainter(self.viewport())
            painter.fillRect(QRectF(0, top, 3, self.rowHeight(index.row()) - 1), theme().colour("primary"))

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:
        super().currentChanged(current, previous)
        self._left_amount()
