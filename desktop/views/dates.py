"""The date field: typed as 2026-11-25, 20261125, 11-25 or 1125, or picked from a calendar."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from PySide6.QtCore import QDate, QEvent, QLocale, QPoint, QSignalBlocker, Qt
from PySide6.QtGui import QAction, QKeyEvent, QTextCharFormat
from PySide6.QtWidgets import QCalendarWidget, QFrame, QLineEdit, QVBoxLayout, QWidget

from desktop.views.text_fields import TextField, clean_code
from desktop.views.theme import theme

FOREVER = "长期"


def read_date(text: str, today: date) -> date:
    """A date as a clerk types it; without a year, this year. Raises ValueError with what to do, in Chinese."""
    figures = re.sub(r"[年月./\-_]", "-", text).replace("日", "").strip("-")
    parts = figures.split("-")
    if len(parts) == 1 and parts[0].isdigit():
        digits = parts[0]
        if len(digits) == 8:
            parts = [digits[:4], digits[4:6], digits[6:]]
        elif len(digits) == 6:
            parts = [f"20{digits[:2]}", digits[2:4], digits[4:]]
        elif len(digits) == 4:
            parts = [digits[:2], digits[2:]]
    if len(parts) == 2:
        parts = [str(today.year), *parts]
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        raise ValueError("日期写成 2026-11-25、20261125 或 1125")
    year, month, day = (int(part) for part in parts)
    year += 2000 if year < 100 else 0
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"没有 {year} 年 {month} 月 {day} 日这一天") from None


def _clean_date(text: str) -> str:
    return re.sub(r"[^0-9年月日长期./\-]", "", clean_code(text).replace("。", ".").replace("—", "-"))


class DateField(TextField):
    """A day. `value()` is a date, or None while empty or wrong; ↑ and ↓ move a day, PgUp and PgDn a month.

    `today` is asked for when the year is missing. With `forever`, 「长期」 may be typed and `is_forever` tells.
    """

    sample = "2026-12-28"

    def __init__(self, today: Callable[[], date], day: date | None = None, *, forever: bool = False) -> None:
        self._today, self._may_forever = today, forever
        super().__init__(limit=12, clean=_clean_date)
        self._popup: QFrame | None = None
        self._pick = QAction(self)
        self._pick.setToolTip(self.tr("翻日历，Ctrl ↓"))
        self._pick.triggered.connect(self.show_calendar)
        self.addAction(self._pick, QLineEdit.ActionPosition.TrailingPosition)
        self._tint()
        if day is not None:
            self.set_value(day)
        self.editingFinished.connect(self._tidy)

    def value(self) -> date | None:  # type: ignore[override]
        if not self.text() or self.is_forever:
            return None
        try:
            return read_date(self.text(), self._today())
        except ValueError:
            return None

    @property
    def is_forever(self) -> bool:
        return self._may_forever and self.text() == FOREVER

    def set_value(self, value: date | str | None) -> None:  # type: ignore[override]
        self.setText("" if value is None else value if isinstance(value, str) else value.isoformat())

    def problem(self) -> str:
        if not self.text() or self.is_forever:
            return ""
        try:
            read_date(self.text(), self._today())
        except ValueError as wrong:
            return str(wrong)
        return ""

    def _tidy(self) -> None:
        day = self.value()
        if day is not None and day.isoformat() != self.text():
            blocker = QSignalBlocker(self)
            self.setText(day.isoformat())
            blocker.unblock()

    def _tint(self) -> None:
        self._pick.setIcon(theme().qicon("calendar-days", "text-muted"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_pick"):
            self._tint()
        super().changeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, ctrl = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        day = self.value() or self._today()
        if ctrl and key == Qt.Key.Key_Down:
            self.show_calendar()
        elif not event.modifiers() and not self.isReadOnly() and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.set_value(day + timedelta(days=1 if key == Qt.Key.Key_Up else -1))
        elif not self.isReadOnly() and key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            moved = QDate(day.year, day.month, day.day).addMonths(1 if key == Qt.Key.Key_PageUp else -1)
            self.set_value(date(moved.year(), moved.month(), moved.day()))
        else:
            super().keyPressEvent(event)

    # the calendar

    def show_calendar(self) -> None:
        """Open the calendar under the field, on the day typed or on today."""
        if self.isReadOnly():
            return
        self._tidy()
        popup = QFrame(self, Qt.WindowType.Popup)
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        popup.setProperty("kind", "popup")
        calendar = QCalendarWidget(popup)
        calendar.setLocale(QLocale(QLocale.Language.Chinese, QLocale.Country.China))
        calendar.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        calendar.setHorizontalHeaderFormat(QCalendarWidget.HorizontalHeaderFormat.SingleLetterDayNames)
        plain = QTextCharFormat()  # red is for what is late or wrong, not for Sundays
        plain.setForeground(theme().colour("text-muted"))
        for rest in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
            calendar.setWeekdayTextFormat(rest, plain)
        day = self.value() or self._today()
        calendar.setSelectedDate(QDate(day.year, day.month, day.day))
        calendar.clicked.connect(self._picked)
        calendar.activated.connect(self._picked)
        column = QVBoxLayout(popup)
        column.setContentsMargins(6, 6, 6, 6)
        column.addWidget(calendar)
        popup.adjustSize()
        popup.move(self._popup_place(popup))
        self._popup = popup
        popup.show()
        calendar.setFocus()

    def _popup_place(self, popup: QWidget) -> QPoint:
        """Below the field, or above it when the screen ends; never beyond its right edge."""
        below = self.mapToGlobal(QPoint(0, self.height() + 2))
        screen = self.screen().availableGeometry()
        if below.y() + popup.height() > screen.bottom():
            below.setY(self.mapToGlobal(QPoint(0, 0)).y() - popup.height() - 2)
        below.setX(max(screen.left(), min(below.x(), screen.right() - popup.width())))
        return below

    def _picked(self, chosen: QDate) -> None:
        self.set_value(date(chosen.year(), chosen.month(), chosen.day()))
        if self._popup is not None:
            popup, self._popup = self._popup, None
            popup.close()
        self.setFocus(Qt.FocusReason.PopupFocusReason)
