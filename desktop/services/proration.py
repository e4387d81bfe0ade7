"""Days and fen: what part of a month a period is, and what that part costs.

Pure arithmetic after DOMAIN §16; it knows months, days and money, no tenants. Shares of a month are exact fractions and
become fen once, by `round_fen`, for each printed line. The words:

whole month   the clamped anchor of month n to the day before the clamped anchor of month n+1; always counts 1
stub          days that are no whole month; rated by the contract's `StubRule`, never above one month
free days     rent-free days of a unit, by `FreeDaysRule` deducted from it, or the days that remain are charged
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from desktop.models.values import FreeDaysRule, Money, Period, StubRule, add_months

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of a lease that is rated as one: a whole month, or a stub."""

    period: Period
    whole: bool


@dataclass(frozen=True, slots=True)
class MonthDays:
    """Days of one calendar month inside a period, and how many days that month has."""

    first: date
    days: int
    days_in_month: int


def round_fen(fen: Fraction) -> Money:
    """An exact number of fen as money, half away from zero, also below zero: once per printed line."""
    half_up = (2 * abs(fen.numerator) + fen.denominator) // (2 * fen.denominator)
    return Money(half_up if fen >= 0 else -half_up)


def by_calendar_month(period: Period) -> list[MonthDays]:
    """The period cut at calendar months, in order."""
    parts: list[MonthDays] = []
    first = period.start
    while first <= period.end:
        days_in_month = calendar.monthrange(first.year, first.month)[1]
        days = min((period.end - first).days + 1, days_in_month - first.day + 1)
        parts.append(MonthDays(first, days, days_in_month))
        first += timedelta(days=days)
    return parts


def days_share(period: Period, rule: StubRule) -> Fraction:
    """The days of a period in months, each under the rule, without the limit of one month."""
    match rule:
        case StubRule.ACTUAL_DAYS:
            return sum((Fraction(part.days, part.days_in_month) for part in by_calendar_month(period)), Fraction(0))
        case StubRule.THIRTY:
            return Fraction(period.days, 30)
        case StubRule.YEAR_365:
            return Fraction(period.days * 12, 365)


def stub_share(period: Period, rule: StubRule) -> Fraction:
    """What part of a month a stub is, 0 to 1: a stub never costs more than the month it belongs to."""
    return min(days_share(period, rule), Fraction(1))


def months_until(anchor: date, day: date) -> int:
    """How many anchor months have begun before or on `day`, less one: the 0-based number of the month it lies in."""
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    return months if add_months(anchor, months) <= day else months - 1


def units(period: Period, anchor: date) -> list[Unit]:
    """The period cut on the months of the anchor: a stub before the first whole month, whole months, a stub after."""
    cut: list[Unit] = []
    start = period.start
    number = months_until(anchor, start)
    while start <= period.end:
        month_start, month_end = add_months(anchor, number), add_months(anchor, number + 1) - ONE_DAY
        end = min(month_end, period.end)
        cut.append(Unit(Period(start, end), whole=start == month_start and end == month_end))
        start, number = end + ONE_DAY, number + 1
    return cut


def unit_share(unit: Unit, rule: StubRule) -> Fraction:
    """A whole month is 1, a stub what the rule says."""
    return Fraction(1) if unit.whole else stub_share(unit.period, rule)


def period_share(period: Period, rule: StubRule, anchor: date | None = None) -> Fraction:
    """The period in months: whole months of the anchor (by default its own first day) count 1, the rest is a stub."""
    return sum((unit_share(unit, rule) for unit in units(period, anchor or period.start)), Fraction(0))


def rate(period: Period, monthly: Money, rule: StubRule, anchor: date | None = None) -> Money:
    """What a period costs at a monthly price, rounded once. Source: DOMAIN §16."""
    return round_fen(period_share(period, rule, anchor) * monthly.fen)


def overlap(one: Period, other: Period | None) -> Period | None:
    """The days both have, None without any."""
    if other is None or not one.overlaps(other):
        return None
    return Period(max(one.start, other.start), min(one.end, other.end))


def free_period(start: date, free_days: int) -> Period | None:
    """The rent-free days at the beginning of a lease; None for none."""
    return Period(start, start + timedelta(days=free_days - 1)) if free_days > 0 else None


def remaining_days(period: Period, free: Period | None) -> Period | None:
    """The days of a unit after its free days, which always come first; None when all are free."""
    gone = overlap(period, free)
    if gone is None:
        return period
    return Period(gone.end + ONE_DAY, period.end) if gone.end < period.end else None


def free_share(unit: Unit, free: Period | None, rule: StubRule, free_rule: FreeDaysRule) -> Fraction:
    """The part of a month by which the free days make a unit cheaper, 0 up to the unit's own share.

    Deducting 5 free days of a 31-day month under ÷30 leaves 25/30; charging the 26 that remain leaves 26/30.
    """
    gone = overlap(unit.period, free)
    if gone is None:
        return Fraction(0)
    full = unit_share(unit, rule)
    rest = remaining_days(unit.period, free)
    if rest is None:
        return full
    if free_rule is FreeDaysRule.DEDUCT_FREE_DAYS:
        return min(days_share(gone, rule), full)
    return full - min(stub_share(rest, rule), full)
