"""Who comes to pay: everybody who owes today with the latest first, or whom one types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.models.values import NIL, total
from desktop.services.till import PayerRow, find_payers
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.labels import Card, label
from desktop.views.tables import RowTable, TableFoot
from desktop.views.text_fields import SearchField
from desktop.views.timeline import EmptyState

Ask = Callable[..., Any]


class PayerChooser(QWidget):
    """A search box over a list; arrows and Enter work from the box. Signals: chosen(party id, name)."""

    chosen = Signal(object, str)

    def __init__(self, run: Ask, read: Ask, today: date) -> None:
        super().__init__()
        self._run, self._read, self._today = run, read, today
        self._asked = self._answered = 0
        self._shown_for = ""
        self._open_when_here = False
        self.search = SearchField(self.tr("姓名 / 拼音 / 房号 / 手机后 4 位"))
        self.search.setAccessibleName(self.tr("找交款人"))
        self.search.installEventFilter(self)
        self.words = label("", "muted")
        self.table = RowTable(
            [
                Column(
                    self.tr("交款人"), attrgetter("name"), kind=Kind.NAME, sample="欧阳沈知微", strong=True, stretch=1
                ),
                Column(self.tr("房间"), attrgetter("rooms"), kind=Kind.NAME, sample="1 栋 1203、1 栋 1204", stretch=1),
                Column(self.tr("状态"), str, kind=Kind.TAG, sample="逾期 888 天", tag=self._tag),
                Column(self.tr("已到期"), self._due, kind=Kind.MONEY, sample="88,888.00", tone=self._tone, strong=True),
                Column(self.tr("未付合计"), self._open, kind=Kind.MONEY, sample="188,888.00", fold=True),
            ]
        )
        self.table.setAccessibleName(self.tr("交款人"))
        self.empty = EmptyState("", "", icon="wallet", tone="info")
        self.foot = TableFoot()
        self._lay_out()
        self.search.searched.connect(self._searched)
        self.search.entered.connect(self._open_current)
        self.table.opened.connect(self._open_row)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self.search, 1)
        top.addWidget(self.words)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.empty)
        card = Card()
        card.body.setContentsMargins(1, 1, 1, 1)
        card.body.setSpacing(0)
        card.body.addWidget(self.stack, 1)
        card.body.addWidget(self.foot)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(top)
        column.addWidget(card, 1)

    # columns

    def _tag(self, row: PayerRow) -> TagLook | None:
        late = row.overdue_days(self._today)
        if late:
            return TagLook(self.tr("逾期 {n} 天").format(n=late), "danger", "circle-alert")
        if row.owed > NIL:
            return TagLook(self.tr("今天到期"), "warn", "clock")
        return TagLook(self.tr("未到期"), "", "clock") if row.open_owed > NIL else None

    def _due(self, row: PayerRow) -> str:
        return str(row.owed) if row.owed > NIL else "—"

    def _open(self, row: PayerRow) -> str:
        return str(row.open_owed) if row.open_owed > NIL else "—"

    def _tone(self, row: PayerRow) -> str:
        return "danger" if row.overdue_days(self._today) else "text" if row.owed > NIL else "text-faint"

    # what happens

    def start(self, today: date) -> None:
        """Empty the box and show who owes today."""
        self._today = today
        self.search.clear()
        self.refresh()
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """Ask again for what is typed."""
        self._searched(self.search.value())

    def _searched(self, text: str) -> None:
        self._asked += 1
        self._open_when_here = False
        self._run(partial(_answer, self._read, self._asked, text), self.show_payers)

    def show_payers(self, answer: tuple[int, str, Sequence[PayerRow]]) -> None:
        """Show an answer, unless something else has been typed since."""
        asked, text, rows = answer
        if asked != self._asked:
            return
        self._answered = asked
        kept = self.table.current() if text == self._shown_for else None
        self.table.show_list(rows, attrgetter("id"))
        self.stack.setCurrentWidget(self.table if rows else self.empty)
        if text:
            self.words.setText(self.tr("找到 {n} 位").format(n=len(rows)))
            self.empty.title.setText(self.tr("没有找到「{text}」").format(text=text))
            self.empty.why.setText(self.tr("换姓名、拼音首字母、房号或手机后 4 位再试"))
        else:
            self.words.setText(self.tr("今天该收的，逾期久的在前"))
            self.empty.title.setText(self.tr("今天没有到期的账单"))
            self.empty.why.setText(self.tr("有人来交后面的账单，在上面输入姓名或房号"))
        self.foot.show_words(
            self.tr("{n} 位").format(n=len(rows)),
            self.tr("已到期 {owed}").format(owed=total(row.owed for row in rows)),
        )
        if rows and kept is None:
            self.table.choose(0)
        self._shown_for = text
        if self._open_when_here and rows:
            self._open_row(rows[0])

    def _open_current(self) -> None:
        """Enter in the box. The list may still be that of an earlier text: then the first of the answer is meant."""
        if self._answered != self._asked:
            self._open_when_here = True
            return
        row = self.table.current()
        if row is not None:
            self._open_row(row)

    def _open_row(self, row: PayerRow) -> None:
        party_id: UUID = row.id
        self.chosen.emit(party_id, row.name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and event.key() in (  # type: ignore[attr-defined]
            Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
        ):  # fmt: skip
            self.table.keyPressEvent(event)  # type: ignore[arg-type]
            return True
        return super().eventFilter(watched, event)


def _answer(read: Ask, asked: int, text: str) -> tuple[int, str, Sequence[PayerRow]]:
    """In a reading job: the payers for a text, with the number of the question."""
    return asked, text, read(find_payers, text)
