"""Days and fen: every convention of DOMAIN §16 on proration, by example and by property."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.models.values import FreeDaysRule, Money, Period, StubRule, add_months, anchor_period
from desktop.services.proration import (
    ONE_DAY,
    Unit,
    by_calendar_month,
    days_share,
    free_period,
    free_share,
    period_share,
    rate,
    remaining_days,
    round_fen,
    stub_share,
    unit_share,
    units,
)

days = st.dates(date(1999, 1, 1), date(2060, 12, 31))
rules = st.sampled_from(StubRule)


@st.composite
def periods(draw: st.DrawFn, most: int = 1500) -> Period:
    start = draw(days)
    return Period(start, start + timedelta(days=draw(st.integers(0, most))))


def test_six_days_of_november_by_actual_days() -> None:
    assert rate(Period(date(2026, 11, 25), date(2026, 11, 30)), Money.yuan(1860), StubRule.ACTUAL_DAYS) == Money(37200)


@pytest.mark.parametrize(
    ("start", "end", "rule", "share"),
    [
        # a stub across two calendar months: each day at its own month's rate
        (date(2027, 1, 25), date(2027, 2, 10), StubRule.ACTUAL_DAYS, Fraction(7, 31) + Fraction(10, 28)),
        (date(2028, 1, 25), date(2028, 2, 10), StubRule.ACTUAL_DAYS, Fraction(7, 31) + Fraction(10, 29)),
        # thirty days that would cost 1.047 months cost one
        (date(2027, 1, 25), date(2027, 2, 23), StubRule.ACTUAL_DAYS, Fraction(1)),
        (date(2027, 1, 2), date(2027, 1, 31), StubRule.THIRTY, Fraction(1)),
        (date(2027, 2, 1), date(2027, 2, 27), StubRule.THIRTY, Fraction(27, 30)),
        # 365 also in a leap year
        (date(2028, 2, 1), date(2028, 2, 28), StubRule.YEAR_365, Fraction(28 * 12, 365)),
    ],
)
def test_share_of_a_stub(start: date, end: date, rule: StubRule, share: Fraction) -> None:
    assert stub_share(Period(start, end), rule) == share


def test_whole_anchor_months_count_one_each_from_the_31st() -> None:
    anchor = date(2027, 1, 31)
    assert [unit.period for unit in units(anchor_period(anchor, 3), anchor)] == [
        Period(date(2027, 1, 31), date(2027, 2, 27)),
        Period(date(2027, 2, 28), date(2027, 3, 30)),
        Period(date(2027, 3, 31), date(2027, 4, 29)),
    ]
    assert period_share(anchor_period(anchor, 3), StubRule.ACTUAL_DAYS) == 3


def test_a_whole_month_of_the_lease_anchor_is_whole_wherever_it_is_asked() -> None:
    """28 Feb to 30 Mar is month 2 of a lease of the 31st, but a month and three days of one of the 28th."""
    period = Period(date(2027, 2, 28), date(2027, 3, 30))
    assert period_share(period, StubRule.ACTUAL_DAYS, anchor=date(2027, 1, 31)) == 1
    assert period_share(period, StubRule.ACTUAL_DAYS, anchor=date(2027, 2, 28)) == 1 + Fraction(3, 31)


def test_a_stub_before_and_after_the_months_of_the_anchor() -> None:
    cut = units(Period(date(2026, 11, 25), date(2027, 2, 10)), date(2026, 11, 1))
    assert cut == [
        Unit(Period(date(2026, 11, 25), date(2026, 11, 30)), whole=False),
        Unit(Period(date(2026, 12, 1), date(2026, 12, 31)), whole=True),
        Unit(Period(date(2027, 1, 1), date(2027, 1, 31)), whole=True),
        Unit(Period(date(2027, 2, 1), date(2027, 2, 10)), whole=False),
    ]


@pytest.mark.parametrize(
    ("fen", "money"),
    [("0.5", 1), ("-0.5", -1), ("1.5", 2), ("2.5", 3), ("-2.5", -3), ("0.49", 0), ("-0.49", 0), ("7", 7)],
)
def test_half_a_fen_goes_away_from_zero(fen: str, money: int) -> None:
    assert round_fen(Fraction(fen)) == Money(money)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=4))
def test_rounding_agrees_with_the_tills_own(fen: Decimal) -> None:
    assert round_fen(Fraction(fen)) == Money.rounded(fen) == Money(int(fen.quantize(Decimal(1), ROUND_HALF_UP)))


def test_free_days_differ_under_thirty_in_a_month_of_31() -> None:
    january = Unit(Period(date(2027, 1, 1), date(2027, 1, 31)), whole=True)
    free = free_period(date(2027, 1, 1), 5)
    assert free_share(january, free, StubRule.THIRTY, FreeDaysRule.DEDUCT_FREE_DAYS) == Fraction(5, 30)
    assert free_share(january, free, StubRule.THIRTY, FreeDaysRule.CHARGE_REST) == 1 - Fraction(26, 30)
    by_days = [free_share(january, free, StubRule.ACTUAL_DAYS, rule) for rule in FreeDaysRule]
    assert by_days == [Fraction(5, 31), Fraction(5, 31)]


def test_thirty_free_days_that_would_save_more_than_the_month_save_the_month() -> None:
    """25 Jan to 23 Feb by actual days is 1.047 months; the month of 25 Jan to 24 Feb costs one."""
    month = Unit(Period(date(2027, 1, 25), date(2027, 2, 24)), whole=True)
    free = free_period(date(2027, 1, 25), 30)
    assert free_share(month, free, StubRule.ACTUAL_DAYS, FreeDaysRule.DEDUCT_FREE_DAYS) == 1
    assert free_share(month, free, StubRule.ACTUAL_DAYS, FreeDaysRule.CHARGE_REST) == 1 - Fraction(1, 28)


@given(periods())
def test_calendar_parts_tile_the_period(period: Period) -> None:
    parts = by_calendar_month(period)
    assert sum(part.days for part in parts) == period.days
    assert all(part.days_in_month == calendar.monthrange(part.first.year, part.first.month)[1] for part in parts)
    assert all(a.first + timedelta(days=a.days) == b.first for a, b in pairwise(parts))


@given(periods(), days)
def test_units_tile_the_period_and_only_the_ends_are_stubs(period: Period, anchor: date) -> None:
    cut = units(period, anchor)
    assert (cut[0].period.start, cut[-1].period.end) == (period.start, period.end)
    assert all(a.period.end + ONE_DAY == b.period.start for a, b in pairwise(cut))
    assert all(unit.whole for unit in cut[1:-1])
    assert all(unit.period.days <= 30 for unit in cut if not unit.whole)


@given(days, st.integers(1, 60), rules)
def test_whole_months_cost_whole_months_under_every_rule(anchor: date, months: int, rule: StubRule) -> None:
    assert rate(anchor_period(anchor, months), Money(186_000), rule) == Money(186_000 * months)


@given(days, st.integers(0, 27))
def test_a_split_calendar_month_equals_the_month(day: date, after: int) -> None:
    first = day.replace(day=1)
    last = add_months(first, 1) - ONE_DAY
    cut = first + timedelta(days=after)
    assert cut <= last
    parts = [Period(first, cut)] + ([Period(cut + ONE_DAY, last)] if cut < last else [])
    assert sum(days_share(part, StubRule.ACTUAL_DAYS) for part in parts) == 1


@given(periods(most=29), rules, st.integers(0, 10**9))
def test_a_stub_is_something_but_never_above_a_month(period: Period, rule: StubRule, monthly: int) -> None:
    share = stub_share(period, rule)
    assert 0 < share <= 1
    assert Money(0) <= round_fen(share * monthly) <= Money(monthly)


@given(periods(most=400), rules, days)
def test_one_day_more_never_costs_less(period: Period, rule: StubRule, anchor: date) -> None:
    longer = Period(period.start, period.end + ONE_DAY)
    shorter_cut, longer_cut = units(period, anchor), units(longer, anchor)
    if longer_cut[-1].whole:  # a stub that becomes whole is one month, which no stub exceeds
        assert unit_share(shorter_cut[-1], rule) <= 1
    assert period_share(longer, rule, anchor) >= period_share(period, rule, anchor)


@given(periods(most=120), days, st.integers(0, 140), rules, st.sampled_from(FreeDaysRule))
def test_free_days_take_nothing_negative_and_never_more_than_there_is(
    period: Period, anchor: date, free_days: int, rule: StubRule, free_rule: FreeDaysRule
) -> None:
    free = free_period(period.start, free_days)
    for unit in units(period, anchor):
        gone = free_share(unit, free, rule, free_rule)
        assert 0 <= gone <= unit_share(unit, rule)
        rest = remaining_days(unit.period, free)
        if rest is None:
            assert gone == unit_share(unit, rule)
        elif rest == unit.period:
            assert gone == 0


@given(days, st.integers(1, 40))
def test_on_calendar_months_by_actual_days_both_free_rules_agree(day: date, free_days: int) -> None:
    first = day.replace(day=1)
    lease = Period(first, add_months(first, 2) - ONE_DAY)
    free = free_period(first, free_days)
    for unit in units(lease, first):
        deducted, rest = (free_share(unit, free, StubRule.ACTUAL_DAYS, rule) for rule in FreeDaysRule)
        assert deducted == rest
