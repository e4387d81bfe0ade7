"""Fields of the office's calendar: days of the week as ticks, single days as a line of dates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from desktop.views.text_fields import TextField
from desktop.views.ticks import TicksField

_WEEK = [(str(at), words, "") for at, words in enumerate("一二三四五六日", 1)]


class WeekField(TicksField):
    """星期几. `value()` is 12345, 1 Monday … 7 Sunday."""

    def __init__(self) -> None:
        super().__init__(_WEEK, columns=4)

    def value(self) -> str:  # type: ignore[override]
        return "".join(str(day) for day in super().value())


class DatesField(TextField):
    """Single days with blanks between them. `value()` is a list of ISO dates in order, or the text while it is none."""

    def __init__(self) -> None:
        super().__init__(limit=700)

    def value(self) -> list[str] | str:  # type: ignore[override]
        words = self.text().replace("，", " ").replace(",", " ").replace("、", " ").split()
        try:
            return sorted({date.fromisoformat(word).isoformat() for word in words})
        except ValueError:
            return self.text()

    def set_value(self, days: Iterable[str] | str) -> None:  # type: ignore[override]
        super().set_value(days if isinstance(days, str) else " ".join(days))

    def words_of(self, days: Iterable[str] | str) -> str:
        """How a value reads on screen."""
        return days if isinstance(days, str) else "、".join(days)
