"""The bills of a lease to be as a painted schedule: what is due today is tinted, the rent is summed at the foot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.models.values import FeeType, Money, Period, total
from desktop.services.check_in_facts import price_words
from desktop.services.lease_terms import LeaseTerms, term_text
from desktop.services.schedule import PlannedBill, due_at_signing, of_fee
from desktop.views.labels import Painted
from desktop.views.painting import middle, put, rounded, width
from desktop.views.theme import theme

_ROW, _TWO, _HEAD = 32, 42, 28


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the schedule."""

    title: str
    period: str
    note: str
    due: str
    amount: str
    today: bool = False
    total: bool = False
    due_brief: str = ""
    """`due` without its year (where that is this one or the next) or its 每月."""


def span(period: Period | None, today: date) -> str:
    """11-25 至 02-24, with the years where they are not this one or the next."""
    if period is None:
        return "—"
    near = period.start.year - today.year in (0, 1) and period.end.year - period.start.year in (0, 1)
    return f"{period.start:%m-%d} 至 {period.end:%m-%d}" if near else f"{period.start} 至 {period.end}"


def lines_of(terms: LeaseTerms, plan: Sequence[PlannedBill], today: date) -> list[Line]:
    """Rows as they stand in the schedule; the property fees, one a month, are told in one row."""
    now = {bill.source_key for bill in due_at_signing(plan, today)}
    rows = []
    for bill in plan:
        if bill.fee_type is not FeeType.PROPERTY_FEE:
            words = span(bill.period, today)
            brief = f"{bill.due:%m-%d}" if bill.due.year - today.year in (0, 1) else ""
            rows.append(
                Line(
                    bill.title, words, bill.note, str(bill.due), str(bill.money), bill.source_key in now,
                    due_brief=brief,
                )
            )  # fmt: skip
    fees = of_fee(plan, FeeType.PROPERTY_FEE)
    if fees and terms.property_price is not None:
        usual = fees[min(1, len(fees) - 1)]
        words = f"{terms.property_area} m² × {price_words(terms.property_price)}"
        first = [fee for fee in fees if fee.source_key in now]
        note = f"共 {len(fees)} 张" + (f"，首张 {first[0].money}" if first else "")
        day = f"{usual.due.day} 日"
        rows.append(Line("物业费", words, note, f"每月 {day}", str(usual.money), bool(first), due_brief=day))
    rent = total(bill.money for bill in of_fee(plan, FeeType.RENT))
    rows.append(Line("租金合计", term_text(terms.start, terms.end), "", "", str(rent), total=True))
    return rows


def today_sum(plan: Sequence[PlannedBill], today: date) -> Money:
    """What is asked for today: deposit and first bills."""
    return total(bill.money for bill in due_at_signing(plan, today))


class ScheduleView(Painted):
    """Paints the rows; the scroll area around it scrolls."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: list[Line] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def lines(self) -> list[Line]:
        return self._lines

    def show_lines(self, lines: Sequence[Line]) -> None:
        self._lines = list(lines)
        said = "；".join(f"{line.title} {line.period} {line.due} {line.amount} 元" for line in lines)
        self.setAccessibleName(f"账单计划：{said}")
        self.updateGeometry()
        self.update()

    def _heights(self) -> list[int]:
        look = theme()
        return [look.scaled(_TWO if line.note else _ROW) for line in self._lines]

    def sizeHint(self) -> QSize:
        return QSize(380, theme().scaled(_HEAD) + sum(self._heights()))

    def minimumSizeHint(self) -> QSize:
        return QSize(330, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        look, painter = theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        small, body, strong = look.font("small"), look.font("body"), look.font("strong")
        caption, ink = look.font("caption"), look.colour("text")
        wide = float(self.width())
        # Dates and amounts take what they need, the period gets the rest.
        amounts = max((width(strong, line.amount) for line in self._lines), default=80.0)
        titles = max((width(strong, line.title) for line in self._lines), default=60.0)
        told = max((max(width(body, line.period), width(caption, line.note)) for line in self._lines), default=60.0)
        rest = wide - titles - max(amounts, 78) - 56 - told
        dues = [line.due for line in self._lines]
        if rest < max((width(body, due) for due in dues), default=0):
            dues = [line.due_brief or line.due for line in self._lines]  # in a narrow window the year goes first
        dates = max((width(body, due) for due in dues), default=80.0)
        places = (10.0, titles + 22, wide - 12 - max(amounts, 78) - 14 - dates, wide - 12)
        head = look.scaled(_HEAD)
        for x, words, side in zip(places, ("期次", "计费期间", "应收日", "金额（元）"), "lllr", strict=True):
            put(painter, x, middle(small, 0, head), words, small, look.colour("text-muted"), side)
        painter.fillRect(QRectF(0, head - 1, wide, 1), look.colour("line-strong"))
        top = float(head)
        for line, due, high in zip(self._lines, dues, self._heights(), strict=True):
            box = QRectF(0, top, wide, high)
            if line.today:
                painter.fillRect(box, look.colour("selected"))
            if line.total:
                rounded(painter, box, 0, look.colour("sunken"))
            font = strong if line.today or line.total else body
            put(painter, places[0], middle(strong, top, high), line.title, strong, look.colour("text"))
            room = places[2] - places[1] - 8
            if line.note:
                upper, lower = middle(body, top + 2, high * 0.52), middle(small, top + high * 0.5, high * 0.44)
                put(painter, places[1], upper, line.period, body, ink, "l", room)
                put(painter, places[1], lower, line.note, caption, look.colour("text-muted"), "l", room)
            else:
                put(painter, places[1], middle(body, top, high), line.period, body, ink, "l", room)
            put(painter, places[2], middle(body, top, high), due, body, look.colour("text"))
            put(painter, places[3], middle(font, top, high), line.amount, font, look.colour("text"), "r")
            painter.fillRect(QRectF(0, top + high - 1, wide, 1), look.colour("line"))
            top += high
