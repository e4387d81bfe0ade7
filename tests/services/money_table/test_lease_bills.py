"""By hand: the bills of a lease: stubs merged or apart, the 31st, rent that changes, free days (DOMAIN §7, §16)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from desktop.models.values import CollectionBasis, FeeType, FreeDaysRule, StubPlacement, StubRule
from desktop.services.lease_terms import LeaseTerms, RentStep, end_after
from desktop.services.schedule import of_fee, plan_bills, sum_of
from tests.services.money_table.kit import Case, day, each, span, yuan, yuans

CALENDAR = {"basis": CollectionBasis.CALENDAR}
APART = CALENDAR | {"stub_placement": StubPlacement.OWN_BILL}
THIRTY, YEAR = {"stub_rule": StubRule.THIRTY}, {"stub_rule": StubRule.YEAR_365}
REST = {"free_rule": FreeDaysRule.CHARGE_REST}


@dataclass(frozen=True, slots=True)
class Rent(Case):
    """A lease from … to …, its rent, how many months are paid at a time, what else was agreed, and its rent bills."""

    days: str
    rent: str
    cycle: int
    more: dict[str, Any]
    bills: str
    """What the first bills come to; all of them where `whole` is given."""
    whole: str = ""
    """The sum of all rent bills."""
    steps: tuple[tuple[str, str], ...] = ()

    def terms(self) -> LeaseTerms:
        lease = span(self.days)
        steps = tuple(RentStep(day(first), yuan(rent)) for first, rent in self.steps)
        return LeaseTerms(lease.start, lease.end, yuan(self.rent), cycle_months=self.cycle, steps=steps, **self.more)


def check_rent(case: Rent) -> None:
    bills = of_fee(plan_bills(case.terms()), FeeType.RENT)
    expected = yuans(case.bills)
    assert tuple(bill.money for bill in bills[: len(expected)]) == expected
    if case.whole:
        assert len(bills) == len(expected)
        assert sum_of(bills) == yuan(case.whole)


PLACES = (
    Rent("25 Nov, the stub merged",
         "25 to 30 Nov: 6 × 1860 ÷ 30 = 372; with Dec, Jan, Feb 3 × 1860 = 5580: 5952. Mar to May 5580, Jun to Aug "
         "5580. Sep, Oct 3720 and 1 to 24 Nov 24 × 62 = 1488: 5208. Together 22320 = 12 × 1860",
         "2026-11-25 2027-11-24", "1860.00", 3, CALENDAR, "5952.00 5580.00 5580.00 5208.00", "22320.00"),
    Rent("25 Nov, the stub a bill of its own",
         "6 days 372; three quarters of 5580 from 1 Dec, 1 Mar, 1 Jun; Sep, Oct and 24 days 3720 + 1488 = 5208: 22320",
         "2026-11-25 2027-11-24", "1860.00", 3, APART, "372.00 5580.00 5580.00 5580.00 5208.00", "22320.00"),
    Rent("20 Jan by days of the month",
         "12 × 2500 ÷ 31 = 967.74, + 3 × 2500 = 8467.74; 7500; 7500; Nov, Dec 5000 and 19 × 2500 ÷ 31 = 47500 ÷ 31 = "
         "1532.258: 6532.26. Sum 8467.74 + 15000.00 + 6532.26 = 30000.00 = 12 × 2500: both Januaries have 31 days",
         "2027-01-20 2028-01-19", "2500.00", 3, CALENDAR, "8467.74 7500.00 7500.00 6532.26", "30000.00"),
    Rent("20 Jan by thirtieths",
         "12 × 2500 ÷ 30 = 1000, + 7500 = 8500; 7500; 7500; 5000 + 19 × 2500 ÷ 30 (47500 ÷ 30 = 1583.333) = 6583.33; "
         "sum 30083.33: 31 thirtieths of January cost 83.33 more than the year",
         "2027-01-20 2028-01-19", "2500.00", 3, CALENDAR | THIRTY, "8500.00 7500.00 7500.00 6583.33", "30083.33"),
    Rent("20 Jan by the year",
         "12 days: 986.30 (360000 ÷ 365), + 7500 = 8486.30; 7500; 7500; 19 days: 19 × 30000 ÷ 365 = 570000 ÷ 365; 365 "
         "× 1561 = 569765, rest 235, 0.6438: 1561.64, + 5000 = 6561.64; sum 30047.94",
         "2027-01-20 2028-01-19", "2500.00", 3, CALENDAR | YEAR, "8486.30 7500.00 7500.00 6561.64", "30047.94"),
    Rent("20 Jan by the year, the stub apart",
         "986.30; Feb to Apr, May to Jul, Aug to Oct 7500 each; Nov, Dec and 19 days 5000 + 1561.64: the same sum "
         "30047.94",
         "2027-01-20 2028-01-19", "2500.00", 3, APART | YEAR, "986.30 7500.00 7500.00 7500.00 6561.64", "30047.94"),
    Rent("10 Feb of a common year", "10 to 28 Feb is 19 of 28 days: 2800 ÷ 28 × 19 = 1900; + March 2800 = 4700",
         "2027-02-10 2027-03-31", "2800.00", 1, CALENDAR, "4700.00", "4700.00"),
    Rent("10 Feb of a leap year", "10 to 29 Feb is 20 of 29 days: 2900 ÷ 29 × 20 = 2000; + March 2900 = 4900",
         "2028-02-10 2028-03-31", "2900.00", 1, CALENDAR, "4900.00", "4900.00"),
    Rent("10 Feb 2100, the stub apart",
         "2100 has no 29 Feb: 19 of 28 days: 2800 ÷ 28 × 19 = 1900; March 2800: together 4700",
         "2100-02-10 2100-03-31", "2800.00", 1, APART, "1900.00 2800.00", "4700.00"),
    Rent("the 31st on its own months", "4 months from 31 Jan are 4 × 2345.67 = 9382.68, whatever February has",
         "2027-01-31 2027-05-30", "2345.67", 1, {}, "2345.67 2345.67 2345.67 2345.67", "9382.68"),
    Rent("the 31st with days at the end",
         "31 Jan, 28 Feb: two months 3100 each; from 31 Mar to 15 Apr 1 × 3100 ÷ 31 + 15 × 3100 ÷ 30 = 100 + 1550 = "
         "1650",
         "2027-01-31 2027-04-15", "3100.00", 1, {}, "3100.00 3100.00 1650.00", "7850.00"),
    Rent("the 31st on calendar months", "31 Jan is 1 of 31 days: 100; with February 3100: 3200; March 3100: 6300",
         "2027-01-31 2027-03-31", "3100.00", 1, CALENDAR, "3200.00 3100.00", "6300.00"),
)  # fmt: skip


@each(PLACES)
def test_stubs_in_their_bills(case: Rent) -> None:
    check_rent(case)


STEPS = (
    Rent("a new rent in mid-month",
         "Jun, Jul 2 × 3000 = 6000; 1 to 15 Aug 15 × 3000 ÷ 31 = 1451.6129; 16 to 31 Aug 16 × 3100 ÷ 31 = 1600; "
         "August 3051.6129 = 3051.61, rounded once: 9051.61",
         "2027-06-01 2027-08-31", "3000.00", 3, {}, "9051.61", "9051.61", (("2027-08-16", "3100.00"),)),
    Rent("a new rent in mid-month under thirtieths",
         "August is a whole month and counts 1: its 31 days share it, 15/31 and 16/31 as above; not 15/30 + 16/30",
         "2027-06-01 2027-08-31", "3000.00", 3, THIRTY, "9051.61", "9051.61", (("2027-08-16", "3100.00"),)),
    Rent("a new rent between two months", "Jun, Jul 2 × 3000 = 6000; August 3100: 9100",
         "2027-06-01 2027-08-31", "3000.00", 3, {}, "9100.00", "9100.00", (("2027-08-01", "3100.00"),)),
    Rent("a new rent in mid-month of the leap February",
         "1 to 14 Feb 14 × 2900 ÷ 29 = 1400; 15 to 29 Feb 15 × 3190 ÷ 29 = 15 × 110 = 1650; 3050",
         "2028-02-01 2028-02-29", "2900.00", 1, {}, "3050.00", "3050.00", (("2028-02-15", "3190.00"),)),
    Rent("a new rent inside a stub",
         "20 to 25 Jan 6 × 3100 ÷ 31 = 600; 26 to 31 Jan 6 × 3410 ÷ 31 = 660; 1260, + February 3410 = 4670",
         "2027-01-20 2027-02-28", "3100.00", 1, CALENDAR, "4670.00", "4670.00", (("2027-01-26", "3410.00"),)),
    Rent("two new rents in one month",
         "Apr: 10 days 3000, 10 days 3030, 10 days 3060: (3000 + 3030 + 3060) × 10 ÷ 30 = 9090 ÷ 3 = 3030",
         "2027-04-01 2027-04-30", "3000.00", 1, {}, "3030.00", "3030.00",
         (("2027-04-11", "3030.00"), ("2027-04-21", "3060.00"))),
    Rent("a new rent in a month of two calendar months",
         "the month of 25 Nov: 6 days of Nov weigh 6/30 = 62/310, 9 days of Dec to the 9th 9/31 = 90/310, the last 15 "
         "15/31 = 150/310; old 152 and new 150 of 302 parts: 3020 × 152 ÷ 302 = 1520; 3322 × 150 ÷ 302 = 1650; 3170",
         "2026-11-25 2026-12-24", "3020.00", 1, {}, "3170.00", "3170.00", (("2026-12-10", "3322.00"),)),
)  # fmt: skip


@each(STEPS)
def test_rent_that_changes(case: Rent) -> None:
    check_rent(case)


FREE = (
    Rent("5 free days by thirtieths, deducted", "3000 ÷ 30 = 100 a day; − 5 × 100 = 2500",
         "2027-01-01 2027-12-31", "3000.00", 1, THIRTY | {"free_days": 5}, "2500.00 3000.00"),
    Rent("5 free days by thirtieths, the rest charged",
         "26 days of January remain: 26 × 100 = 2600: 100 more than deducting, for January has a 31st",
         "2027-01-01 2027-12-31", "3000.00", 1, THIRTY | REST | {"free_days": 5}, "2600.00 3000.00"),
    Rent("5 free days by days of the month, deducted",
         "5 × 3000 ÷ 31 = 15000 ÷ 31 = 483.871: − 483.87; 3000 − 483.87 = 2516.13",
         "2027-01-01 2027-12-31", "3000.00", 1, {"free_days": 5}, "2516.13 3000.00"),
    Rent("5 free days by days of the month, the rest charged",
         "26 × 3000 ÷ 31 = 78000 ÷ 31 = 2516.129: 2516.13: here both rules agree",
         "2027-01-01 2027-12-31", "3000.00", 1, REST | {"free_days": 5}, "2516.13 3000.00"),
    Rent("5 free days by the year, deducted",
         "5 × 36000 ÷ 365 = 180000 ÷ 365; 365 × 493 = 179945, rest 55, 0.1507: − 493.15; 3000 − 493.15 = 2506.85",
         "2027-01-01 2027-12-31", "3000.00", 1, YEAR | {"free_days": 5}, "2506.85 3000.00"),
    Rent("5 free days by the year, the rest charged",
         "26 × 36000 ÷ 365 = 936000 ÷ 365; 365 × 2564 = 935860, rest 140, 0.3836: 2564.38",
         "2027-01-01 2027-12-31", "3000.00", 1, YEAR | REST | {"free_days": 5}, "2564.38 3000.00"),
    Rent("9 free days of the leap February by the year, deducted",
         "9 × 2900 × 12 ÷ 365 = 313200 ÷ 365; 365 × 858 = 313170, rest 30, 0.0822: − 858.08; 2900 − 858.08 = 2041.92",
         "2028-02-01 2029-01-31", "2900.00", 1, YEAR | {"free_days": 9}, "2041.92 2900.00"),
    Rent("9 free days of the leap February by the year, the rest charged",
         "20 days remain: 20 × 34800 ÷ 365 = 696000 ÷ 365; 365 × 1906 = 695690, rest 310, 0.8493: 1906.85",
         "2028-02-01 2029-01-31", "2900.00", 1, YEAR | REST | {"free_days": 9}, "1906.85 2900.00"),
    Rent("45 free days by days of the month",
         "31 days make January 0.00; 14 are left, 14 of 28 days of February: 2800 − 1400 = 1400; March 2800",
         "2027-01-01 2027-12-31", "2800.00", 1, {"free_days": 45}, "0.00 1400.00 2800.00"),
    Rent("45 free days by thirtieths, deducted",
         "January 0.00; 14 × 2800 ÷ 30 = 39200 ÷ 30 = 1306.667: − 1306.67; 2800 − 1306.67 = 1493.33",
         "2027-01-01 2027-12-31", "2800.00", 1, THIRTY | {"free_days": 45}, "0.00 1493.33 2800.00"),
    Rent("45 free days by thirtieths, the rest charged",
         "January 0.00; 14 days of February remain: 14 × 2800 ÷ 30 = 1306.67",
         "2027-01-01 2027-12-31", "2800.00", 1, THIRTY | REST | {"free_days": 45}, "0.00 1306.67 2800.00"),
    Rent("30 free days that would save more than the month",
         "25 Jan to 23 Feb: 7/31 + 23/28 is above 1 (1.047); they save the month of 3000, not 3141.71: 0.00",
         "2027-01-25 2028-01-24", "3000.00", 1, {"free_days": 30}, "0.00 3000.00"),
    Rent("30 free days and one day left",
         "the month of 25 Jan lasts to 24 Feb: one day of 28 remains: 3000 ÷ 28 = 107.143: 107.14",
         "2027-01-25 2028-01-24", "3000.00", 1, REST | {"free_days": 30}, "107.14 3000.00"),
    Rent("free days and a new rent in one month",
         "April 3000 to the 20th, 3300 from the 21st: 3000 × 20 ÷ 30 + 3300 × 10 ÷ 30 = 2000 + 1100 = 3100; 5 free "
         "days at the first rent: − 500: 2600",
         "2027-04-01 2027-05-31", "3000.00", 1, {"free_days": 5}, "2600.00 3300.00", "5900.00",
         (("2027-04-21", "3300.00"),)),
)  # fmt: skip


@each(FREE)
def test_rent_free_days(case: Rent) -> None:
    check_rent(case)


@dataclass(frozen=True, slots=True)
class Fee(Case):
    """A property fee collected with a lease on calendar months: yuan for each m² and month, m², months at a time."""

    days: str
    price: str
    area: str
    cycle: int
    bills: str
    more: dict[str, Any] = field(default_factory=dict)


FEES = (
    Fee("444.195 is 444.20",
        "4.50 × 98.71 = 4 × 98.71 + 98.71 ÷ 2 = 394.84 + 49.355 = 444.195: half a fen goes up: 444.20 (a double holds "
        "444.19499… and gives 444.19: the note of DOMAIN §7)",
        "2027-03-01 2027-04-30", "4.50", "98.71", 1, "444.20 444.20"),
    Fee("a quarter of 444.195 rounds once",
        "98.71 × 3 = 296.13 m²·months; × 4.50 = 1184.52 + 148.065 = 1332.585: 1332.59, not 3 × 444.20 = 1332.60",
        "2027-03-01 2027-05-31", "4.50", "98.71", 3, "1332.59"),
    Fee("46.20 m² with a stub merged into the first bill",
        "1.80 × 46.20 = 83.16 a month; 25 to 30 Nov 83.16 × 6 ÷ 30 = 16.632: 16.63; + 83.16 = 99.79; January 83.16",
        "2026-11-25 2027-01-31", "1.80", "46.20", 1, "99.79 83.16"),
    Fee("a price finer than a fen",
        "2.345 × 46.20 = 92.40 + 15.939 = 108.339 a month; × 3 = 325.017: 325.02 (108.34 × 3 would also be 325.02)",
        "2027-03-01 2027-05-31", "2.345", "46.20", 3, "325.02"),
    Fee("rent-free days do not free the property fee", "the landlord's gift, not the manager's: January 83.16 whole",
        "2027-01-01 2027-02-28", "1.80", "46.20", 1, "83.16 83.16", {"free_days": 10}),
)  # fmt: skip


@each(FEES)
def test_property_fee_of_a_lease(case: Fee) -> None:
    lease = span(case.days)
    price, area = case.price, case.area
    terms = LeaseTerms(
        lease.start, lease.end, yuan("1860.00"), basis=CollectionBasis.CALENDAR, property_price=Decimal(price),
        property_area=Decimal(area), property_cycle_months=case.cycle, **case.more,
    )  # fmt: skip
    assert tuple(bill.money for bill in of_fee(plan_bills(terms), FeeType.PROPERTY_FEE)) == yuans(case.bills)


@dataclass(frozen=True, slots=True)
class LastDay(Case):
    """The last day of a lease of so many months."""

    start: str
    months: int
    last: str


LAST_DAYS = (
    LastDay("a year from 25 Nov", "25 Nov 2027 less one day", "2026-11-25", 12, "2027-11-24"),
    LastDay("four months from 31 Jan", "31 May less one day", "2027-01-31", 4, "2027-05-30"),
    LastDay("one month from 31 Jan", "no 31 Feb: the month ends before 28 Feb, on the 27th",
            "2027-01-31", 1, "2027-02-27"),
    LastDay("a year from 29 Feb", "no 29 Feb 2029: 28 Feb less one day", "2028-02-29", 12, "2029-02-27"),
    LastDay("four years from 29 Feb 2096", "2100 has no 29 Feb: 28 Feb less one day", "2096-02-29", 48, "2100-02-27"),
)  # fmt: skip


@each(LAST_DAYS)
def test_a_lease_ends_on(case: LastDay) -> None:
    assert end_after(day(case.start), case.months) == day(case.last)
