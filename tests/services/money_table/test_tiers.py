"""By hand: what usage costs: one price, ladders of a month and of a year, edges, minimum charge (DOMAIN §7, §16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from desktop.models.values import total
from tests.services.money_table.kit import Case, each, number, numbers, yuan, yuans

if TYPE_CHECKING:
    from desktop.services.tariff_rating import Price, RatedLine

WATER = (("15", "2.80"), ("25", "4.20"), (None, "8.40"))
"""A month's ladder: up to 15 m³, up to 25 m³, above; yuan a m³."""
YEAR = (("180", "5.00"), ("260", "7.00"), (None, "9.00"))
"""A year's ladder: what was billed since January comes before."""
POWER = (("51", "0.5283"), (None, "0.5784"))
POWER_55 = (("55", "0.5283"), (None, "0.5784"))


@dataclass(frozen=True, slots=True)
class Usage(Case):
    """Usage at a price, or through tiers after what was billed before, and its lines: quantity, unit price, money."""

    usage: str
    price: str | tuple[tuple[str | None, str], ...]
    lines: tuple[str, ...]
    sum: str
    before: str = "0"
    minimum: str = "0"

    def rated_at(self) -> Price:
        from desktop.services.tariff_rating import Price, Tier

        if isinstance(self.price, str):
            return Price(unit_price=Decimal(self.price), minimum=yuan(self.minimum))
        tiers = tuple(Tier(number(upto), Decimal(price)) for upto, price in self.price)
        return Price(tiers=tiers, minimum=yuan(self.minimum))


USAGES = (
    # ---- one price
    Usage("one price", "137 × 0.5469 = 54.69 + 37 × 0.5469 (20.2353) = 74.9253: 74.93",
          "137", "0.5469", ("137 0.5469 74.93",), "74.93"),
    Usage("one price, usage with decimals", "12.5 × 3.45 = 41.40 + 1.725 = 43.125: half a fen goes up: 43.13",
          "12.5", "3.45", ("12.5 3.45 43.13",), "43.13"),
    Usage("nothing used", "0 × 3.45: no line", "0", "3.45", (), "0.00"),
    # ---- a ladder of the month
    Usage("all three tiers", "15 × 2.80 = 42.00; 25 − 15 = 10 × 4.20 = 42.00; 31 − 25 = 6 × 8.40 = 50.40; sum 134.40",
          "31", WATER, ("15 2.80 42.00", "10 4.20 42.00", "6 8.40 50.40"), "134.40"),
    Usage("inside the first tier", "9.5 × 2.80 = 26.60", "9.5", WATER, ("9.5 2.80 26.60",), "26.60"),
    Usage("exactly on the first edge", "up to and including 15: 15 × 2.80 = 42.00, no second line",
          "15", WATER, ("15 2.80 42.00",), "42.00"),
    Usage("a hundredth above the first edge", "15 × 2.80 = 42.00; 0.01 × 4.20 = 0.042: 0.04; sum 42.04",
          "15.01", WATER, ("15 2.80 42.00", "0.01 4.20 0.04"), "42.04"),
    Usage("exactly on the second edge", "15 × 2.80 = 42.00; 10 × 4.20 = 42.00; sum 84.00",
          "25", WATER, ("15 2.80 42.00", "10 4.20 42.00"), "84.00"),
    Usage("nothing used of a ladder", "0: no line", "0", WATER, (), "0.00"),
    # ---- a ladder of the year
    Usage("over the edge of the year", "180 − 170 = 10 left at 5: 50.00; 25 − 10 = 15 at 7: 105.00; sum 155.00",
          "25", YEAR, ("10 5.00 50.00", "15 7.00 105.00"), "155.00", before="170"),
    Usage("exactly up to the edge of the year", "170 + 10 = 180, still included: 10 × 5 = 50.00",
          "10", YEAR, ("10 5.00 50.00",), "50.00", before="170"),
    Usage("the edge was reached before", "180 billed before: nothing is left at 5; 25 × 7 = 175.00",
          "25", YEAR, ("25 7.00 175.00",), "175.00", before="180"),
    Usage("from the second into the third", "260 − 250 = 10 × 7 = 70.00; 30 − 10 = 20 × 9 = 180.00; sum 250.00",
          "30", YEAR, ("10 7.00 70.00", "20 9.00 180.00"), "250.00", before="250"),
    Usage("through all tiers of the year",
          "10 × 5 = 50.00; 260 − 180 = 80 × 7 = 560.00; 100 − 90 = 10 × 9 = 90.00; sum 700.00",
          "100", YEAR, ("10 5.00 50.00", "80 7.00 560.00", "10 9.00 90.00"), "700.00", before="170"),
    Usage("all in the last tier", "300 is above 260: 4 × 9 = 36.00",
          "4", YEAR, ("4 9.00 36.00",), "36.00", before="300"),
    Usage("an edge between whole units", "180 − 179.5 = 0.5 × 5 = 2.50; 0.5 × 7 = 3.50; sum 6.00",
          "1", YEAR, ("0.5 5.00 2.50", "0.5 7.00 3.50"), "6.00", before="179.5"),
    Usage("January begins anew", "nothing billed before: 25 × 5 = 125.00", "25", YEAR, ("25 5.00 125.00",), "125.00"),
    # ---- a line each
    Usage("a line a tier, each rounded (1)", "51 × 0.5283 = 26.9433: 26.94; 11 × 0.5784 = 6.3624: 6.36; sum 33.30",
          "62", POWER, ("51 0.5283 26.94", "11 0.5784 6.36"), "33.30"),
    Usage("a line a tier, each rounded (2)", "55 × 0.5283 = 29.0565: 29.06; 2 × 0.5784 = 1.1568: 1.16; sum 30.22",
          "57", POWER_55, ("55 0.5283 29.06", "2 0.5784 1.16"), "30.22"),
)  # fmt: skip


def assert_lines(lines: Sequence[RatedLine], case: Usage) -> None:
    expected = [(*numbers(text)[:2], yuan(text.split()[2])) for text in case.lines]
    assert [(line.quantity, line.unit_price, line.money) for line in lines] == expected
    assert total(line.money for line in lines) == yuan(case.sum)


@each(USAGES)
def test_usage_costs(case: Usage) -> None:
    from desktop.services.tariff_rating import rate_usage

    assert_lines(rate_usage(Decimal(case.usage), case.rated_at(), Decimal(case.before)), case)


@dataclass(frozen=True, slots=True)
class Minimum(Usage):
    """What is added on a line of its own where a bill stays below the minimum; empty: nothing."""

    added: str = ""


MINIMA = (
    Minimum("below the minimum", "2 × 3.45 = 6.90; 10.00 − 6.90 = 3.10 is added",
            "2", "3.45", ("2 3.45 6.90", "1 3.10 3.10"), "10.00", minimum="10.00", added="3.10"),
    Minimum("exactly the minimum", "4 × 2.50 = 10.00: nothing is added",
            "4", "2.50", ("4 2.50 10.00",), "10.00", minimum="10.00"),
    Minimum("above the minimum", "5 × 2.50 = 12.50: nothing is added",
            "5", "2.50", ("5 2.50 12.50",), "12.50", minimum="10.00"),
    Minimum("a fen below the minimum", "3 × 3.33 = 9.99; 10.00 − 9.99 = 0.01 is added",
            "3", "3.33", ("3 3.33 9.99", "1 0.01 0.01"), "10.00", minimum="10.00", added="0.01"),
    Minimum("the minimum of an unused meter", "nothing used, no line for it; 10.00 is added",
            "0", "3.45", ("1 10.00 10.00",), "10.00", minimum="10.00", added="10.00"),
    Minimum("the minimum counts the printed tiers", "42.00 + 1 × 4.20 = 46.20; 50.00 − 46.20 = 3.80 is added",
            "16", WATER, ("15 2.80 42.00", "1 4.20 4.20", "1 3.80 3.80"), "50.00", minimum="50.00", added="3.80"),
)  # fmt: skip


@each(MINIMA)
def test_at_least_the_minimum(case: Minimum) -> None:
    from desktop.services.tariff_rating import rate_usage

    lines = rate_usage(Decimal(case.usage), case.rated_at(), Decimal(case.before))
    assert_lines(lines, case)
    assert tuple(line.money for line in lines if "最低消费补足" in line.note) == yuans(case.added)


@dataclass(frozen=True, slots=True)
class OneLine(Usage):
    """The setting "one line": the exact sum of the tiers, rounded once."""


ONE_LINES = (
    OneLine("one line is a fen more than two", "26.9433 + 6.3624 = 33.3057: 33.31 (two lines: 33.30)",
            "62", POWER, (), "33.31"),
    OneLine("one line is a fen less than two", "29.0565 + 1.1568 = 30.2133: 30.21 (two lines: 30.22)",
            "57", POWER_55, (), "30.21"),
    OneLine("one line where nothing rounds", "42.00 + 42.00 + 50.40 = 134.40", "31", WATER, (), "134.40"),
    OneLine("one line over the edge of the year", "50.00 + 105.00 = 155.00", "25", YEAR, (), "155.00", before="170"),
)  # fmt: skip


@each(ONE_LINES)
def test_usage_on_one_line(case: OneLine) -> None:
    from desktop.services.tariff_rating import rate_usage_as_one

    (line,) = rate_usage_as_one(Decimal(case.usage), case.rated_at(), Decimal(case.before))
    assert (line.quantity, line.money) == (Decimal(case.usage), yuan(case.sum))


@dataclass(frozen=True, slots=True)
class NoUsage(Usage):
    """What no meter can have used."""


NO_USAGES = (
    NoUsage("less than nothing at one price", "− 0.1 m³ was never used", "-0.1", "3.45", (), "0.00"),
    NoUsage("less than nothing on a ladder", "− 1 m³ was never used", "-1", WATER, (), "0.00"),
)  # fmt: skip


@each(NO_USAGES)
def test_no_usage_below_zero(case: NoUsage) -> None:
    from desktop.services.tariff_rating import rate_usage

    with pytest.raises(ValueError):  # noqa: PT011
        rate_usage(Decimal(case.usage), case.rated_at(), Decimal(case.before))
