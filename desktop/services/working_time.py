"""The office's working hours 工作时间: deadlines counted in them, with Chinese holidays, make-up days and pauses.

Pure arithmetic: instants come in and go out in UTC, days and hours are those of China (`world.OFFICE_ZONE`). Days off
and make-up working days of a year are data, `resources/holidays.tsv`; a year that is not in it has its weekends only,
until somebody adds the State Council's notice of that autumn.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise

from desktop.world import OFFICE_ZONE
from resources import resource

NO_TIME = timedelta()
FARTHEST_DAYS = 3660
"""A deadline that lies farther away is none: the calendar has no hours to count."""

Pause = tuple[datetime, datetime | None]
"""From when until when the clock of an order stands (waiting for the tenant, for a part); None: it still stands."""


@dataclass(frozen=True, slots=True)
class Span:
    """Hours of one day, in minutes since midnight; `until` is the first minute that is over (1440: midnight)."""

    since: int
    until: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """When an office works. `weekdays`: 1 Monday … 7 Sunday; a day in `off` is free, one in `on` is worked."""

    spans: tuple[Span, ...]
    weekdays: frozenset[int]
    off: frozenset[date] = frozenset()
    on: frozenset[date] = frozenset()

    def works_on(self, day: date) -> bool:
        """Whether the office is open on a day."""
        return day in self.on or (day.isoweekday() in self.weekdays and day not in self.off)


ALWAYS = Calendar((Span(0, 1440),), frozenset(range(1, 8)))
"""What is urgent does not wait for the morning: day and night, every day."""


class BadHours(ValueError):
    """Hours or days that cannot be read; the message tells the office what to write."""


def parse_hours(text: str) -> tuple[Span, ...]:
    """「08:30-12:00 13:30-17:30」 as spans. Raises BadHours in words."""
    spans = []
    for part in text.split():
        found = re.fullmatch(r"(\d{1,2}):(\d{2})[-–—~](\d{1,2}):(\d{2})", part)
        if found is None:
            raise BadHours("工作时间写成 08:30-12:00 13:30-17:30，中间空一格")
        h, m, h2, m2 = map(int, found.groups())
        if m > 59 or m2 > 59 or h * 60 + m >= h2 * 60 + m2 or h2 * 60 + m2 > 1440:
            raise BadHours(f"{part} 不是一段时间：开始要早于结束，最晚到 24:00")
        spans.append(Span(h * 60 + m, h2 * 60 + m2))
    if not spans:
        raise BadHours("至少写一段工作时间，例如 08:30-17:30")
    spans.sort(key=lambda span: span.since)
    if any(one.until > other.since for one, other in pairwise(spans)):
        raise BadHours("两段工作时间重叠了：分开写，例如 08:30-12:00 13:30-17:30")
    return tuple(spans)


def parse_weekdays(text: str) -> frozenset[int]:
    """「12345」 as days, 1 Monday … 7 Sunday. Raises BadHours in words."""
    if not re.fullmatch(r"[1-7]{1,7}", text):
        raise BadHours("每周工作日写数字，1 是周一、7 是周日，例如 12345")
    return frozenset(map(int, text))


@lru_cache(maxsize=1)
def shipped_days() -> tuple[frozenset[date], frozenset[date]]:
    """(days off, make-up working days) that came with the program."""
    found: Mapping[str, set[date]] = {"off": set(), "on": set()}
    for line in resource("holidays.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            day, kind, _name = line.split("\t")
            found[kind].add(date.fromisoformat(day))
    return frozenset(found["off"]), frozenset(found["on"])


def holiday_words(today: date) -> str:
    """Which years' days off the program knows, and what to do about the next one."""
    known = {day.year for days in shipped_days() for day in days}
    years = [year for year in (today.year, today.year + 1) if year in known]
    missing = [year for year in (today.year, today.year + 1) if year not in known]
    said = f"有 {'、'.join(map(str, years))} 年的安排" if years else "没有今明两年的安排"
    if missing:
        said += f"；{missing[0]} 年的还没有，公布后先填在下面两行，或更新程序"
    return said


def make_calendar(
    hours: str, weekdays: str, holidays: bool = True, off: Iterable[str] = (), on: Iterable[str] = ()
) -> Calendar:
    """The calendar of an office from its rules; days of its own in `off` and `on` (ISO) go before the country's.

    Raises BadHours in words.
    """
    try:
        own_off, own_on = frozenset(map(date.fromisoformat, off)), frozenset(map(date.fromisoformat, on))
    except ValueError as error:
        raise BadHours("放假和补班的日期写成 2026-10-01") from error
    if own_off & own_on:
        raise BadHours(f"{min(own_off & own_on)} 又放假又补班：只留一个")
    country_off, country_on = shipped_days() if holidays else (frozenset[date](), frozenset[date]())
    return Calendar(
        parse_hours(hours), parse_weekdays(weekdays), (country_off - own_on) | own_off, (country_on - own_off) | own_on
    )


# ---- counting ------------------------------------------------------------------------------------------------------


def add_working_minutes(
    start: datetime, minutes: int, calendar: Calendar, pauses: Collection[Pause] = ()
) -> datetime | None:
    """The first instant (UTC) by which so many working minutes have passed since `start`, pauses not counted.

    0 minutes: `start` itself. None: never, because a pause has no end yet or the calendar has no hours.
    """
    if minutes < 0:
        raise ValueError("a deadline lies ahead")
    left = timedelta(minutes=minutes)
    if not left:
        return start.astimezone(UTC)
    standing = _joined(pauses)
    farthest = start + timedelta(days=FARTHEST_DAYS + minutes // 60)
    if standing and standing[-1][1] is None:  # behind it there is nothing: years of days need not be walked
        farthest = min(farthest, standing[-1][0])
    for since, until in _open(calendar, start, farthest):
        for here, there in _without(since, until, standing):
            if there - here >= left:
                return here + left
            left -= there - here
    return None


def latest_start(until: datetime, minutes: int, calendar: Calendar) -> datetime | None:
    """The latest instant (UTC) from which so many working minutes have passed by `until`: whatever began by then is
    due, what began later is not. None: there is none.
    """
    left = timedelta(minutes=minutes)
    if not left:
        return until.astimezone(UTC)
    end, day = until.astimezone(UTC), until.astimezone(OFFICE_ZONE).date()
    for _ in range(FARTHEST_DAYS + minutes // 60):
        for since, there in reversed(_spans_of(calendar, day)):
            worked = min(there, end) - since
            if worked >= left:
                return min(there, end) - left
            left -= max(worked, NO_TIME)
        day -= timedelta(days=1)
    return None


def working_time_between(
    start: datetime, end: datetime, calendar: Calendar, pauses: Collection[Pause] = ()
) -> timedelta:  # fmt: skip
    """How much working time lies between two instants, pauses not counted; none where the end is not after the
    start."""
    standing = _joined(pauses)
    return sum(
        (
            there - here
            for since, until in _open(calendar, start, end)
            for here, there in _without(since, until, standing)
        ),
        NO_TIME,
    )


def working_minutes_between(start: datetime, end: datetime, calendar: Calendar, pauses: Collection[Pause] = ()) -> int:
    """`working_time_between` in whole minutes."""
    return working_time_between(start, end, calendar, pauses) // timedelta(minutes=1)


def _open(calendar: Calendar, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The spans between two instants in which the office works, in order, in UTC."""
    day, last = start.astimezone(OFFICE_ZONE).date(), end.astimezone(OFFICE_ZONE).date()
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    while day <= last:
        for since, until in _spans_of(calendar, day):
            if (here := max(since, start)) < (there := min(until, end)):
                yield here, there
        day += timedelta(days=1)


@lru_cache(maxsize=4096)
def _spans_of(calendar: Calendar, day: date) -> tuple[tuple[datetime, datetime], ...]:
    if not calendar.works_on(day):
        return ()
    midnight = datetime.combine(day, time(), OFFICE_ZONE).astimezone(UTC)
    return tuple(
        (midnight + timedelta(minutes=span.since), midnight + timedelta(minutes=span.until)) for span in calendar.spans
    )


def _joined(pauses: Collection[Pause]) -> list[Pause]:
    """Pauses in order, those that overlap or touch made one."""
    found: list[Pause] = []
    for since, until in sorted(pauses, key=lambda pause: pause[0]):
        if until is not None and until <= since:
            continue
        last = found[-1] if found else None
        if last is not None and (last[1] is None or since <= last[1]):
            ended = None if last[1] is None or until is None else max(last[1], until)
            found[-1] = (last[0], ended)
        else:
            found.append((since, until))
    return found


def _without(since: datetime, until: datetime, pauses: Iterable[Pause]) -> Iterator[tuple[datetime, datetime]]:
    """What is left of a span when joined pauses are taken out of it."""
    for begun, ended in pauses:
        if ended is not None and ended <= since:
            continue
        if begun >= until:
            break
        if begun > since:
            yield since, begun
        if ended is None:
            return
        since = max(since, ended)
        if since >= until:
            return
    if since < until:
        yield since, until
