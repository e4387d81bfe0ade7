"""On which days the rounds of a plan are due 计划日. Pure arithmetic of days.

Round n lies n intervals behind the anchor, always counted from the anchor: a plan of the 31st is due on the last day
of a shorter month and on the 31st again afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from desktop.models.values import PlanUnit, add_months

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pause:
    """Days on which a plan rests, both included. `last` None: it still rests."""

    first: date
    last: date | None
    reason: str = ""

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a plan is due. Rounds before `valid_from`, after `valid_to` or in a pause are none."""

    anchor: date
    every: int
    unit: PlanUnit
    valid_from: date
    valid_to: date | None = None
    pauses: tuple[Pause, ...] = ()

    def day(self, number: int) -> date:
        """The due day of a round, which may be none of the plan's."""
        if self.unit is PlanUnit.MONTH:
            return add_months(self.anchor, number * self.every)
        return self.anchor + number * self.every * DAY

    def rests(self, day: date) -> bool:
        """Whether the plan rests on a day."""
        return any(pause.holds(day) for pause in self.pauses)

    def ended(self, day: date) -> bool:
        """Whether the plan is over by a day."""
        return self.valid_to is not None and self.valid_to < day

    def rounds(self, first: date, last: date) -> Iterator[date]:
        """The due days between two, both included, in order."""
        first = max(first, self.valid_from)
        last = last if self.valid_to is None else min(last, self.valid_to)
        number = self._number(first)
        while (day := self.day(number)) <= last:
            if day >= first and not self.rests(day):
                yield day
            number += 1

    @property
    def first(self) -> date | None:
        """Its first round; None: it has none."""
        return self.next(self.valid_from - DAY)

    def begun(self, today: date, lead_days: int) -> date | None:
        """The latest round whose order is to be there by a day. None: no round has begun, the plan rests or is over."""
        if self.rests(today) or self.ended(today):
            return None
        last = today + lead_days * DAY
        last = last if self.valid_to is None else min(last, self.valid_to)
        number = self._number(last)
        while (day := self.day(number)) >= self.valid_from:
            if day <= last and not self.rests(day):
                return day
            number -= 1
        return None

    def next(self, after: date) -> date | None:
        """The first round due after a day. None: there is none any more, or the plan rests until further notice."""
        number = self._number(max(after + DAY, self.valid_from))
        while not self.ended(day := self.day(number)):
            if any(pause.last is None and pause.first <= day for pause in self.pauses):
                return None
            if day > after and day >= self.valid_from and not self.rests(day):
                return day
            number += 1
        return None

    def _number(self, day: date) -> int:
        """The latest round due on or before a day."""
        if self.unit is PlanUnit.DAY:
            return (day - self.anchor).days // self.every
        months = (day.year - self.anchor.year) * 12 + day.month - self.anchor.month
        number = months // self.every
        return number if self.day(number) <= day else number - 1
