"""By hand: property fees by area and fees by parking space, whole months and stubs (DOMAIN §7, §16)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest

from desktop.models.values import StubRule
from desktop.services.errors import DomainError
from tests.services.money_table.kit import Case, day, each, span, yuan

ACTUAL, THIRTY, YEAR = StubRule.ACTUAL_DAYS, StubRule.THIRTY, StubRule.YEAR_365


@dataclass(frozen=True, slots=True)
class Fee(Case):
    """Yuan for each m² (or space) and month, how many of them, and the period. `anchor`: where months begin."""

    days: str
    price: str
    quantity: str
    rule: StubRule
    money: str
    anchor: str = ""


FEES = (
    Fee("444.195 is 444.20", "98.71 × 4.50 = 394.84 + 49.355 = 444.195: half a fen goes up",
        "2027-03-01 2027-03-31", "4.50", "98.71", ACTUAL, "444.20"),
    Fee("a quarter of 444.195", "444.195 × 3 = 1332.585, rounded once: 1332.59",
        "2027-03-01 2027-05-31", "4.50", "98.71", ACTUAL, "1332.59"),
    Fee("46.20 m²", "46.20 × 1.80 = 83.16", "2027-03-01 2027-03-31", "1.80", "46.20", ACTUAL, "83.16"),
    Fee("a price finer than a fen", "46.20 × 2.345 = 108.339; × 3 = 325.017: 325.02",
        "2027-03-01 2027-05-31", "2.345", "46.20", ACTUAL, "325.02"),
    Fee("a price of six places", "100 × 1.234567 = 123.4567: 123.46",
        "2027-03-01 2027-03-31", "1.234567", "100", ACTUAL, "123.46"),
    Fee("six days of November", "83.16 × 6 ÷ 30 = 498.96 ÷ 30 = 16.632: 16.63",
        "2026-11-25 2026-11-30", "1.80", "46.20", ACTUAL, "16.63"),
    Fee("half of the leap February by days of the month",
        "80 × 2.50 = 200; 15 to 29 Feb is 15 of 29 days: 3000 ÷ 29; 29 × 103 = 2987, rest 13, 0.448: 103.45",
        "2028-02-15 2028-02-29", "2.50", "80", ACTUAL, "103.45"),
    Fee("half of the leap February by thirtieths", "200 × 15 ÷ 30 = 100",
        "2028-02-15 2028-02-29", "2.50", "80", THIRTY, "100.00"),
    Fee("half of the leap February by the year", "200 × 12 × 15 = 36000; 365 × 98 = 35770, rest 230, 0.630: 98.63",
        "2028-02-15 2028-02-29", "2.50", "80", YEAR, "98.63"),
    Fee("a stub and a month on the 1st",
        "17 of 31 days and a month: 200 × 48 ÷ 31 = 9600 ÷ 31; 31 × 309 = 9579, rest 21, 0.677: 309.68",
        "2027-01-15 2027-02-28", "2.50", "80", ACTUAL, "309.68", "2027-01-01"),
    Fee("without an anchor months begin with the period",
        "15 Jan to 14 Feb is a month; 15 to 28 Feb 14 of 28 days, a half: 200 × 1.5 = 300",
        "2027-01-15 2027-02-28", "2.50", "80", ACTUAL, "300.00"),
    Fee("a month of the 31st", "28 Feb to 30 Mar is one month of the anchor 31 Jan: 200",
        "2027-02-28 2027-03-30", "2.50", "80", ACTUAL, "200.00", "2027-01-31"),
    Fee("one parking space for ten days", "350 × 1 × 10 ÷ 30 = 116.667: 116.67",
        "2026-11-21 2026-11-30", "350.00", "1", ACTUAL, "116.67", "2026-11-01"),
    Fee("two parking spaces for ten days", "350 × 2 = 700; × 10 ÷ 30 = 233.333: 233.33, rounded once, not 2 × 116.67",
        "2026-11-21 2026-11-30", "350.00", "2", ACTUAL, "233.33", "2026-11-01"),
)  # fmt: skip


@each(FEES)
def test_a_month_costs(case: Fee) -> None:
    from desktop.services.monthly_fee import monthly_fee

    anchor = day(case.anchor) if case.anchor else None
    line = monthly_fee(span(case.days), Decimal(case.price), Decimal(case.quantity), case.rule, anchor)
    assert line.money == yuan(case.money)


@dataclass(frozen=True, slots=True)
class NoArea(Fee):
    """What no area tariff can be reckoned with."""


NO_AREAS = (
    NoArea("area 0", "1.80 × 0 = 0 would be a gift: the area is missing",
           "2027-03-01 2027-03-31", "1.80", "0", ACTUAL, ""),
    NoArea("area 0.00", "the same with places", "2027-03-01 2027-03-31", "1.80", "0.00", ACTUAL, ""),
)  # fmt: skip


@each(NO_AREAS)
def test_no_fee_without_area(case: NoArea) -> None:
    from desktop.services.monthly_fee import monthly_fee

    with pytest.raises(DomainError):
        monthly_fee(span(case.days), Decimal(case.price), Decimal(case.quantity), case.rule, None)
