"""A span of days by key 期间: this month, the last one, this year, or any other, typed."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from desktop.models.values import add_months
from desktop.views.dates import DateField
from desktop.views.keys import bind
from desktop.views.labels import label
from desktop.views.pages import Shell
from desktop.views.steps import Option, Segment

Days = tuple[date, date]


def preset(name: str, today: date) -> Days:
    """The days of a span by name: month, last_month, year."""
    first = today.replace(day=1)
    if name == "last_month":
        return add_months(first, -1), first - timedelta(days=1)
    if name == "year":
        return date(today.year, 1, 1), date(today.year, 12, 31)
    return first, add_months(first, 1) - timedelta(days=1)


class PeriodChoice(QWidget):
    """Alt 1…4 choose; a day that is typed makes it a span of one's own. Signals: changed()."""

    changed = Signal()

    def __init__(self, shell: Shell, owner: QWidget, chosen: str = "month") -> None:
        """`owner`: the page or dialog whose keys Alt 1…4 are."""
        super().__init__()
        self._today, self._setting = shell.today, False
        options = (
            Option("month", self.tr("本月")), Option("last_month", self.tr("上月")), Option("year", self.tr("今年")),
            Option("other", self.tr("自定义")),
        )  # fmt: skip
        self.segment = Segment(options, chosen)
        self.segment.setAccessibleName(self.tr("期间"))
        self.segment.setToolTip(self.tr("Alt 1…4"))
        self.segment.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        since, until = preset(chosen, shell.today())
        self.since, self.until = DateField(shell.today, since), DateField(shell.today, until)
        self.since.setAccessibleName(self.tr("从哪天"))
        self.until.setAccessibleName(self.tr("到哪天"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.segment)
        row.addWidget(self.since)
        row.addWidget(label(self.tr("至"), "muted"))
        row.addWidget(self.until)
        self._keys = [bind(owner, f"Alt+{at + 1}", partial(self._by_key, at)) for at in range(len(options))]
        self.segment.changed.connect(self._chosen)
        self.since.changed.connect(self._typed)
        self.until.changed.connect(self._typed)

    def days(self) -> Days | None:
        """The days, both counted; None while one is empty, wrong, or they stand the wrong way round."""
        since, until = self.since.value(), self.until.value()
        return (since, until) if since is not None and until is not None and since <= until else None

    def problem(self) -> str:
        """What is wrong with the days, in words."""
        if own := self.since.problem() or self.until.problem():
            return own
        if self.since.value() is None or self.until.value() is None:
            return self.tr("两个日期都要写")
        return self.tr("止日早于起日：改其中一个") if self.days() is None else ""

    def words(self) -> str:
        """本月, 上月 …, or the days themselves."""
        name = str(self.segment.value())
        days = self.days()
        if name != "other" or days is None:
            return self.segment.words_of(name)
        return self.tr("{since} 至 {until}").format(since=days[0], until=days[1])

    def _by_key(self, at: int) -> None:
        self.segment.choose(at)
        if self.segment.value() == "other":
            self.since.setFocus()
            self.since.selectAll()

    def _chosen(self) -> None:
        name = str(self.segment.value())
        if name == "other":
            return
        self._setting = True
        since, until = preset(name, self._today())
        self.since.set_value(since)
        self.until.set_value(until)
        self._setting = False
        self._tell()

    def _typed(self) -> None:
        if self._setting:
            return
        self._setting = True
        self.segment.set_value("other")
        self._setting = False
        self._tell()

    def _tell(self) -> None:
        for field in (self.since, self.until):
            field.set_state("error" if self.problem() else "")
        self.changed.emit()
