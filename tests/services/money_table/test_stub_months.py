"""By hand: days that are no whole month, under three rules, in months of 28 to 31 days (DOMAIN §7, §16)."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.models.values import StubRule, anchor_period
from desktop.services.proration import rate
from tests.services.money_table.kit import Case, day, each, span, yuan

ACTUAL, THIRTY, YEAR = StubRule.ACTUAL_DAYS, StubRule.THIRTY, StubRule.YEAR_365


@dataclass(frozen=True, slots=True)
class Stub(Case):
    """A period at a monthly price. `anchor`: the day on which the months begin; empty: the period's own first."""

    days: str
    monthly: str
    rule: StubRule
    costs: str
    anchor: str = ""


STUBS = (
    # ---- a month of 30 days
    Stub("30 days, by days of the month", "25 to 30 Nov is 6 of 30 days: 1860.00 × 6 = 11160.00; ÷ 30 = 372.00",
         "2026-11-25 2026-11-30", "1860.00", ACTUAL, "372.00"),
    Stub("30 days, by thirtieths",
         "1860.00 ÷ 30 = 62.00 a day; × 6 days = 372.00: a month of 30 days costs the same under both rules",
         "2026-11-25 2026-11-30", "1860.00", THIRTY, "372.00"),
    Stub("30 days, by the year", "1860 × 12 × 6 = 133920; 365 × 366 = 133590, rest 330; 330 ÷ 365 = 0.9041: 366.90",
         "2026-11-25 2026-11-30", "1860.00", YEAR, "366.90"),
    # ---- a month of 31 days
    Stub("31 days, by days of the month",
         "20 to 31 Jan is 12 of 31 days: 2500 × 12 = 30000; 31 × 967 = 29977, rest 23; 23 ÷ 31 = 0.7419: 967.74",
         "2027-01-20 2027-01-31", "2500.00", ACTUAL, "967.74"),
    Stub("31 days, by thirtieths", "2500 × 12 = 30000; ÷ 30 = 1000.00: thirtieths make the days of a long month dearer",
         "2027-01-20 2027-01-31", "2500.00", THIRTY, "1000.00"),
    Stub("31 days, by the year", "2500 × 12 × 12 = 360000; 365 × 986 = 359890, rest 110; 110 ÷ 365 = 0.3014: 986.30",
         "2027-01-20 2027-01-31", "2500.00", YEAR, "986.30"),
    # ---- a February of 28 days
    Stub("28 days, by days of the month",
         "10 to 28 Feb is 19 of 28 days: 2000 × 19 = 38000; 28 × 1357 = 37996, rest 4; 4 ÷ 28 = 0.1429: 1357.14",
         "2027-02-10 2027-02-28", "2000.00", ACTUAL, "1357.14"),
    Stub("28 days, by thirtieths", "2000 × 19 = 38000; 30 × 1266 = 37980, rest 20; 20 ÷ 30 = 0.6667: 1266.67",
         "2027-02-10 2027-02-28", "2000.00", THIRTY, "1266.67"),
    Stub("28 days, by the year", "2000 × 12 × 19 = 456000; 365 × 1249 = 455885, rest 115; 115 ÷ 365 = 0.3151: 1249.32",
         "2027-02-10 2027-02-28", "2000.00", YEAR, "1249.32"),
    Stub("half of February, 28 days against thirtieths (1)",
         "the quarrel of DOMAIN §7: 15 to 28 Feb is 14 of 28 days, one half: 2800.00 ÷ 2 = 1400.00",
         "2027-02-15 2027-02-28", "2800.00", ACTUAL, "1400.00"),
    Stub("half of February, 28 days against thirtieths (2)",
         "the same 14 days: 2800 × 14 = 39200; 30 × 1306 = 39180, rest 20; 20 ÷ 30 = 0.6667: 1306.67",
         "2027-02-15 2027-02-28", "2800.00", THIRTY, "1306.67"),
    # ---- a February of 29 days: 2024, 2028 and 2000, but not 2100
    Stub("29 days of 2028, by days of the month",
         "10 to 29 Feb is 20 of 29 days: 2000 × 20 = 40000; 29 × 1379 = 39991, rest 9; 9 ÷ 29 = 0.3103: 1379.31",
         "2028-02-10 2028-02-29", "2000.00", ACTUAL, "1379.31"),
    Stub("29 days of 2028, by thirtieths", "2000 × 20 = 40000; 30 × 1333 = 39990, rest 10; 10 ÷ 30 = 0.3333: 1333.33",
         "2028-02-10 2028-02-29", "2000.00", THIRTY, "1333.33"),
    Stub("29 days of 2028, by the year of 365",
         "365 also in a leap year: 2000 × 12 × 20 = 480000; 365 × 1315 = 479975, rest 25; 25 ÷ 365 = 0.0685: 1315.07 "
         "(366 would give 1311.48)",
         "2028-02-10 2028-02-29", "2000.00", YEAR, "1315.07"),
    Stub("29 Feb alone, by the year of 365", "3650 × 12 × 1 = 43800; ÷ 365 = 120.00 exactly (366 would give 119.67)",
         "2028-02-29 2028-02-29", "3650.00", YEAR, "120.00"),
    Stub("29 days of 2024",
         "15 to 29 Feb is 15 of 29 days: 3100 × 15 = 46500; 29 × 1603 = 46487, rest 13; 13 ÷ 29 = 0.4483: 1603.45",
         "2024-02-15 2024-02-29", "3100.00", ACTUAL, "1603.45"),
    Stub("2000 was a leap year",
         "400 divides 2000: 15 to 29 Feb is 15 of 29 days: 2900 ÷ 29 = 100 a day; × 15 = 1500.00",
         "2000-02-15 2000-02-29", "2900.00", ACTUAL, "1500.00"),
    Stub("2100 is no leap year",
         "100 divides 2100, 400 does not: 15 to 28 Feb is 14 of 28 days, one half: 3100.00 ÷ 2 = 1550.00",
         "2100-02-15 2100-02-28", "3100.00", ACTUAL, "1550.00"),
    Stub("over the end of February 2100",
         "25, 26, 27, 28 Feb: 4 of 28 = 3100 × 4 ÷ 28 = 442.857…; 1, 2, 3 Mar: 3 of 31 = 300.00; together 742.857…: "
         "742.86",
         "2100-02-25 2100-03-03", "3100.00", ACTUAL, "742.86"),
    # ---- days of two months
    Stub("two months, rounded once",
         "29, 30, 31 Jan: 1000 × 3 ÷ 31 = 96.77419; 1 Feb: 1000 ÷ 28 = 35.71428; together 132.48847: 132.49 (each "
         "rounded: 96.77 + 35.71 = 132.48)",
         "2027-01-29 2027-02-01", "1000.00", ACTUAL, "132.49"),
    Stub("never above one month, by days of the month",
         "25 to 31 Jan: 7/31; 1 to 23 Feb: 23/28; 7 × 28 + 23 × 31 = 196 + 713 = 909 of 31 × 28 = 868: above 1, so "
         "one month: 3000.00",
         "2027-01-25 2027-02-23", "3000.00", ACTUAL, "3000.00"),
    Stub("thirty days of thirtieths are one month",
         "2 to 31 Jan is 30 days: 30/30 = 1: 3000.00, though the month of 2 Jan lasts until 1 Feb",
         "2027-01-02 2027-01-31", "3000.00", THIRTY, "3000.00"),
    Stub("thirty days of the year",
         "3000 × 12 × 30 = 1080000; 365 × 2958 = 1079670, rest 330; 330 ÷ 365 = 0.9041: 2958.90",
         "2027-01-02 2027-01-31", "3000.00", YEAR, "2958.90"),
    # ---- whole months
    Stub("a whole February is a month under every rule (1)",
         "1 to 28 Feb is a whole month: 3000.00, not 3000 × 28 ÷ 30 = 2800.00",
         "2027-02-01 2027-02-28", "3000.00", THIRTY, "3000.00"),
    Stub("a whole February is a month under every rule (2)",
         "1 to 29 Feb 2028 is a whole month: 3000.00, not 29 × 36000 ÷ 365 = 2860.27",
         "2028-02-01 2028-02-29", "3000.00", YEAR, "3000.00"),
    Stub("a leap year is twelve months",
         "1 Jan to 31 Dec 2028 is 12 whole months: 12 × 1234.56 = 14814.72, not 366/365 of it",
         "2028-01-01 2028-12-31", "1234.56", YEAR, "14814.72"),
    Stub("stub, months, stub",
         "25 to 30 Nov: 2800 × 6 ÷ 30 = 560.00; Dec and Jan: 2 × 2800 = 5600.00; 1 to 10 Feb: 2800 × 10 ÷ 28 = "
         "1000.00; 560 + 5600 + 1000 = 7160.00",
         "2026-11-25 2027-02-10", "2800.00", ACTUAL, "7160.00", "2026-11-01"),
    # ---- the 31st as anchor
    Stub("28 Feb to 30 Mar is a month of the 31st",
         "anchor 31 Jan: its second month runs from 28 Feb (there is no 31 Feb) to 30 Mar: one month, 3100.00",
         "2027-02-28 2027-03-30", "3100.00", ACTUAL, "3100.00", "2027-01-31"),
    Stub("28 Feb to 30 Mar is more than a month of the 28th",
         "anchor 28 Feb: one month to 27 Mar, then 28, 29, 30 Mar: 3 of 31 days: 3100.00 + 300.00 = 3400.00",
         "2027-02-28 2027-03-30", "3100.00", ACTUAL, "3400.00", "2027-02-28"),
    Stub("three months from the 31st", "31 Jan to 27 Feb, 28 Feb to 30 Mar, 31 Mar to 29 Apr: 3 × 2345.67 = 7037.01",
         "2027-01-31 2027-04-29", "2345.67", ACTUAL, "7037.01"),
    Stub("a stub of the 31st over the end of March",
         "months of 31 Jan end on 30 Mar; left 31 Mar: 1 of 31, and 1 to 15 Apr: 15 of 30: 3100 ÷ 31 = 100.00; 3100 ÷ "
         "2 = 1550.00; together 1650.00",
         "2027-03-31 2027-04-15", "3100.00", ACTUAL, "1650.00", "2027-01-31"),
)  # fmt: skip


@each(STUBS)
def test_days_cost(case: Stub) -> None:
    assert rate(span(case.days), yuan(case.monthly), case.rule, day(case.anchor) if case.anchor else None) == yuan(
        case.costs
    )


@dataclass(frozen=True, slots=True)
class Months(Case):
    """The months of a lease that begins on a day which not every month has."""

    anchor: str
    months: tuple[str, ...]


MONTHS = (
    Months("the 31st in a common year",
           "the 31st of Feb, Apr is the last day there; a month ends the day before the next begins: 28 Feb − 1 = 27 "
           "Feb, 31 Mar − 1 = 30 Mar, 30 Apr − 1 = 29 Apr",
           "2027-01-31", ("2027-01-31 2027-02-27", "2027-02-28 2027-03-30", "2027-03-31 2027-04-29")),
    Months("the 31st in a leap year",
           "February 2028 has 29 days: 29 Feb − 1 = 28 Feb; then 29 Feb to 30 Mar; 31 Mar to 29 Apr",
           "2028-01-31", ("2028-01-31 2028-02-28", "2028-02-29 2028-03-30", "2028-03-31 2028-04-29")),
    Months("the 31st in 2100", "February 2100 has 28 days, as in 2027: 28 Feb − 1 = 27 Feb",
           "2100-01-31", ("2100-01-31 2100-02-27", "2100-02-28 2100-03-30", "2100-03-31 2100-04-29")),
    Months("the 29th needs a leap year",
           "29 Jan 2027: Feb has no 29th, so 28 Feb, less a day 27 Feb; 29 Mar − 1 = 28 Mar; 29 Apr − 1 = 28 Apr",
           "2027-01-29", ("2027-01-29 2027-02-27", "2027-02-28 2027-03-28", "2027-03-29 2027-04-28")),
)  # fmt: skip


@each(MONTHS)
def test_months_begin(case: Months) -> None:
    found = [anchor_period(day(case.anchor), 1, first) for first in range(len(case.months))]
    assert found == [span(month) for month in case.months]
