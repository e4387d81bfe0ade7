"""The grid of the meter book: one walks with ↑ ↓ and Enter, typing starts in 本次读数, use and sum follow while typing.

What is typed stays here, by meter, until it is stored or taken back; the page keeps it as a draft.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent

from desktop.models.values import Money, ReadingKind
from desktop.services.bill_lists import plain
from desktop.services.meter_book import BookRow, MeterBook
from desktop.services.meter_import import number_of
from desktop.services.problems import Level, Problem, error
from desktop.services.reading_checks import MeterStand, NewReading, estimate, reading_problem, short_of, usual_per_day
from desktop.views.columns import Ask, Column, Count, Kind, TagLook
from desktop.views.fields import NumberField
from desktop.views.keys import asks_for_key, leaves_field
from desktop.views.tables import RowTable

_STEPS = {
    Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -10, Qt.Key.Key_PageDown: 10,
}  # fmt: skip


@dataclass(slots=True)
class TypedRow:
    """What the clerk has put down for one meter."""

    text: str = ""
    rolled_over: bool = False
    estimated: bool = False
    remark: str = ""
    confirmed: bool = False
    seen: str = ""
    """The newest reading on screen when typing began, as hex."""

    def kept(self) -> dict[str, Any]:
        return asdict(self)


class ReadingField(NumberField):
    """The cell in hand. Signals: stepped(rows), confirmed() for Enter."""

    stepped = Signal(int)
    confirmed = Signal()

    def __init__(self, parent: Any) -> None:
        super().__init__(decimals=3)
        self.setParent(parent)
        self.enter_moves_on = False
        self.setAccessibleName(self.tr("本次读数"))

    def event(self, event: QEvent) -> bool:
        if asks_for_key(event) and isinstance(event, QKeyEvent) and (event.key() in _STEPS or leaves_field(event)):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key()) if event.key() in _STEPS else None
        if key is not None and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self.stepped.emit(_STEPS[key])
        elif leaves_field(event):
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self.stepped.emit(-1)
            else:
                self.confirmed.emit()
        else:
            super().keyPressEvent(event)


class _Rows:
    """The lines of a book that are shown, as a source of the table: each is made when it comes into view."""

    def __init__(self, book: MeterBook, places: Sequence[int]) -> None:
        self._book, self.places = book, places

    def count(self) -> Count:
        return Count(len(self.places))

    def page(self, ask: Ask) -> list[BookRow]:
        return [self._book.rows[at] for at in self.places[ask.offset : ask.offset + ask.limit]]

    def key(self, row: BookRow) -> Hashable:
        return row.stand.id


class MeterGrid(RowTable):
    """Signals: typed() whatever was put down; walked(row or None) when another row is in hand."""

    typed_in = Signal()
    walked = Signal(object)

    def __init__(self) -> None:
        super().__init__([])
        self.book: MeterBook | None = None
        self.day = date.min
        self.typed: dict[UUID, TypedRow] = {}
        self.asked: UUID | None = None
        """The row whose warning was read: Enter once more confirms it."""
        self._only_waiting = False
        self.known = self._columns()
        self.rows.show_columns(self.known)
        self.cell = ReadingField(self.viewport())
        self.cell.hide()
        self.setFocusProxy(self.cell)
        self.cell.changed.connect(self._typed)
        self.cell.stepped.connect(self.step)
        self.cell.confirmed.connect(self._enter)
        self.verticalScrollBar().valueChanged.connect(self._lay_cell)
        self.rows.modelReset.connect(self._lay_cell)
        self.horizontalHeader().sectionResized.connect(self._lay_cell)

    def _columns(self) -> list[Column]:
        return [
            Column(self.tr("房间"), _place_of, kind=Kind.NAME, sample="12 栋 2305", strong=True),
            Column(self.tr("住户"), _who, kind=Kind.NAME, sample=self.tr("欧阳知微"), stretch=1),
            Column(self.tr("上次"), self._last, kind=Kind.NUMBER, sample="12,345.6"),
            Column(self.tr("抄于"), self._last_day, kind=Kind.DATE, sample="11-20", fold=True),
            Column(self.tr("本次读数"), self._value, kind=Kind.NUMBER, sample="12,345.67", tone=self._tone),
            Column(self.tr("用量"), self._use, kind=Kind.NUMBER, sample="1,234"),
            Column(self.tr("平时"), self._usual, kind=Kind.NUMBER, sample="1,234", fold=True),
            Column(self.tr("元"), self._money, kind=Kind.MONEY, sample="1,234.50"),
            Column("", str, kind=Kind.TAG, sample=self.tr("是平时的 12.3 倍"), tag=self._tag),
        ]

    # showing

    def show_book(self, book: MeterBook, day: date, only_waiting: bool = False) -> None:
        """Show the lines of a book; the row in hand and what was typed stay."""
        kept, held = self.current(), self.cell.hasFocus()
        self.book, self.day, self._only_waiting = book, day, only_waiting
        self.asked = None
        places = [
            at for at in range(len(book.rows)) if not only_waiting or not book.rows.read[at] or self._typed_at(at)
        ]
        self.show_source(_Rows(book, places))
        at = self.rows.position(kept.stand.id) if kept is not None else -1
        if places:
            self.choose(at if at >= 0 else self._first_waiting(places))
        self._show_cell()
        if held:  # the cell was gone for a moment, and the focus with it
            self.cell.setFocus(Qt.FocusReason.OtherFocusReason)

    def _typed_at(self, at: int) -> bool:
        return bool(self.typed) and self.book is not None and self.book.rows[at].stand.id in self.typed

    def _first_waiting(self, places: Sequence[int]) -> int:
        assert self.book is not None
        return next((n for n, at in enumerate(places) if not self.book.rows.read[at]), 0)

    def set_day(self, day: date) -> None:
        """Another day of the round: what was typed is judged anew."""
        self.day = day
        self.asked = None
        self.viewport().update()

    def go_to(self, at: int) -> None:
        """Take the line of the book with this place in hand, if it is shown."""
        assert self.book is not None
        place = self.rows.position(self.book.rows[at].stand.id)
        if place < 0 and isinstance(self.rows.source, _Rows) and at in self.rows.source.places:
            place = list(self.rows.source.places).index(at)
        if place >= 0:
            self.choose(place)

    def step(self, rows: int) -> None:
        """So many rows down, or up."""
        at = self.currentIndex().row() + rows
        if self.rows.rowCount():
            self.choose(max(0, min(self.rows.rowCount() - 1, at)))

    # what is typed

    def _typed(self) -> None:
        row = self.current()
        if row is None:
            return
        text = self.cell.text()
        known = self.typed.get(row.stand.id)
        if not text and known is not None and not known.remark:
            del self.typed[row.stand.id]
        elif text or known is not None:
            entry = self.entry(row)
            entry.text, entry.confirmed = text, False
            entry.estimated = False
        self.asked = None
        self._changed()

    def entry(self, row: BookRow) -> TypedRow:
        """What was put down for a row; begun when there is nothing yet."""
        known = self.typed.get(row.stand.id)
        if known is None:
            newest = row.newest
            known = self.typed[row.stand.id] = TypedRow(seen="" if newest is None else newest.id.hex)
        return known

    def _changed(self) -> None:
        self.viewport().update()
        self.typed_in.emit()
        self.walked.emit(self.current())

    def _enter(self) -> None:
        """The next row; a warning is confirmed by a second Enter, what is wrong keeps the row in hand."""
        row = self.current()
        if row is None:
            return
        problem = self.problem_of(row)
        if problem is not None and problem.stops:
            self.walked.emit(row)
            self.cell.selectAll()
            return
        if problem is not None and problem.level is Level.WARN:
            if self.asked != row.stand.id:
                self.asked = row.stand.id
                self.walked.emit(row)
                self.cell.selectAll()  # read again and typed anew it takes the place of what was wrong
                return
            self.typed[row.stand.id].confirmed = True
            self._changed()
        self.asked = None
        self.step(1)

    def estimate_current(self) -> bool:
        """Put down what the meter would show if it went on as before; False where nobody can say."""
        row = self.current()
        value = estimate(standing(row), self.day) if row is not None else None
        if row is None or value is None:
            return False
        entry = self.entry(row)
        entry.text, entry.estimated, entry.rolled_over, entry.confirmed = f"{value:f}", True, False, False
        self._show_cell()
        self._changed()
        return True

    def flip_rolled_over(self) -> None:
        """The counter of the row in hand passed its highest figure, or did not."""
        row = self.current()
        if row is not None and row.stand.id in self.typed:
            entry = self.typed[row.stand.id]
            entry.rolled_over = not entry.rolled_over
            entry.confirmed, self.asked = False, None
            self._changed()

    def set_remark(self, row: BookRow, remark: str) -> None:
        entry = self.entry(row)
        entry.remark = remark
        if not entry.text and not remark:
            del self.typed[row.stand.id]
        self._changed()

    def forms(self) -> list[NewReading]:
        """Every reading that was typed, whether it can be stored or not."""
        assert self.book is not None
        return [form for row in self.typed_rows() if (form := self.form_of(row)) is not None]

    def typed_rows(self) -> list[BookRow]:
        """The lines of the book for which something was typed, in its order."""
        if self.book is None or not self.typed:
            return []
        return [row for row in self.book.rows if row.stand.id in self.typed and self.typed[row.stand.id].text]

    def form_of(self, row: BookRow) -> NewReading | None:
        """What was typed as a reading; None without a figure."""
        entry = self.typed.get(row.stand.id)
        value = number_of(entry.text) if entry is not None else None
        if entry is None or value is None:
            return None
        return NewReading(
            row.stand.id, value, self.day, entry.rolled_over, entry.estimated, entry.remark, entry.confirmed,
            UUID(hex=entry.seen) if entry.seen else None,
        )  # fmt: skip

    def problem_of(self, row: BookRow) -> Problem | None:
        """What is wrong or strange about what was typed for a row."""
        entry = self.typed.get(row.stand.id)
        if self.book is None or entry is None or not entry.text:
            return None
        form = self.form_of(row)
        if form is None:
            return error("value", self.tr("读数只写数字，如 368.5"))
        return reading_problem(standing(row), form, self._today(), self.book.limits)

    today: Callable[[], date]
    """Given by the page."""

    def _today(self) -> date:
        return self.today()

    # the cells

    def _last(self, row: BookRow) -> str:
        last = standing(row).last if row.stand.id in self.typed else row.stand.last
        return "" if last is None else plain(last.value)

    def _last_day(self, row: BookRow) -> str:
        last = standing(row).last if row.stand.id in self.typed else row.stand.last
        if last is None:
            return ""
        return f"{last.read_on:%m-%d}" if last.read_on.year == self.day.year else f"{last.read_on:%Y-%m}"

    def _value(self, row: BookRow) -> str:
        entry = self.typed.get(row.stand.id)
        if entry is not None and entry.text:
            value = number_of(entry.text)
            return entry.text if value is None else plain(value)
        return plain(row.now.value) if row.now is not None else ""

    def _tone(self, row: BookRow) -> str:
        return "primary-text" if row.stand.id in self.typed else "text-muted"

    def use_of(self, row: BookRow) -> Decimal | None:
        """What was used: of what is typed, else of this round."""
        form = self.form_of(row)
        return row.use if form is None else standing(row).use_of(form.value, form.rolled_over)

    def _use(self, row: BookRow) -> str:
        use = self.use_of(row)
        return "" if use is None else plain(use)

    def _usual(self, row: BookRow) -> str:
        usual = standing(row).usual(self.day) if row.now is None or row.stand.id in self.typed else None
        if row.now is not None and usual is None and row.stand.per_day is not None and row.stand.last is not None:
            usual = row.stand.per_day * (row.now.read_on - row.stand.last.read_on).days
        return "" if usual is None else plain(round(usual, 1))

    def money_of(self, row: BookRow) -> Money | None:
        use = self.use_of(row)
        return None if use is None or row.price is None else row.price.money(use)

    def _money(self, row: BookRow) -> str:
        money = self.money_of(row)
        return "" if money is None else str(money)

    def _tag(self, row: BookRow) -> TagLook | None:
        problem = self.problem_of(row)
        entry = self.typed.get(row.stand.id)
        if problem is not None:
            if problem.stops:
                return TagLook(short_of(problem), "danger", "circle-alert")
            return TagLook(short_of(problem), "warn", "triangle-alert")
        if entry is not None and entry.text:
            if entry.estimated:
                return TagLook(self.tr("估读，待存"), "info", "pencil")
            if entry.confirmed:
                return TagLook(self.tr("已核对，待存"), "info", "check")
            return TagLook(self.tr("待存"), "info", "pencil")
        if row.now is not None:
            if row.now.kind is ReadingKind.ESTIMATED:
                return TagLook(self.tr("估读"), "info", "check")
            return TagLook(self.tr("已抄 {day}").format(day=f"{row.now.read_on:%m-%d}"), "ok", "check")
        return None

    # where the cell lies

    def hasFocus(self) -> bool:
        """The ring is the cell's; the row in hand has its bar."""
        return False

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:
        super().currentChanged(current, previous)
        if hasattr(self, "cell"):
            self.asked = None
            self._show_cell()
            self.walked.emit(self.current())

    def _show_cell(self) -> None:
        row = self.current()
        self.cell.blockSignals(True)
        entry = self.typed.get(row.stand.id) if row is not None else None
        self.cell.setText(entry.text if entry is not None else "")
        self.cell.setPlaceholderText(plain(row.now.value) if row is not None and row.now is not None else "")
        self.cell.blockSignals(False)
        self.cell.selectAll()
        self._lay_cell()

    def _lay_cell(self, *_: object) -> None:
        if not hasattr(self, "cell"):
            return
        index = self.currentIndex()
        here = self.rows.index(index.row(), 4) if index.isValid() else QModelIndex()
        box = self.visualRect(here) if here.isValid() else None
        if box is None or not box.isValid():
            self.cell.hide()
            return
        self.cell.setGeometry(box.adjusted(3, 1, -3, -2))
        self.cell.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_cell()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self.cell.setFocus(Qt.FocusReason.MouseFocusReason)


def standing(row: BookRow) -> MeterStand:
    """A meter as it stands for what is typed now: what was read in this round already comes before it."""
    if row.now is None:
        return row.stand
    last, per_day = row.stand.last, row.stand.per_day
    if per_day is None and last is not None:
        per_day = usual_per_day((last, row.now), row.stand.multiplier, row.stand.highest)
    return replace(row.stand, last=row.now, before=last, per_day=per_day)


def _place_of(row: BookRow) -> str:
    return f"{row.building} {row.number}".strip()


def _who(row: BookRow) -> str:
    return row.who
