"""By hand: percent taken off an amount, one after the other, all of it, never more (DOMAIN §16: rounded a line)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest

from desktop.services.errors import DomainError
from tests.services.money_table.kit import Case, each, numbers, yuan, yuans


@dataclass(frozen=True, slots=True)
class Off(Case):
    """What a percentage takes off an amount."""

    amount: str
    percent: str
    off: str


OFFS = (
    Off("5 %", "1860 ÷ 100 = 18.60; × 5 = 93.00", "1860.00", "5", "93.00"),
    Off("12.5 %", "333.33 ÷ 8 = 41.66625: 41.67", "333.33", "12.5", "41.67"),
    Off("below half a fen", "100.10 ÷ 100 = 1.001: 1.00", "100.10", "1", "1.00"),
    Off("half a fen goes up", "10.10 ÷ 20 = 0.505: 0.51", "10.10", "5", "0.51"),
    Off("half a fen of a dime", "0.10 ÷ 20 = 0.005: 0.01", "0.10", "5", "0.01"),
    Off("too little to notice", "0.09 ÷ 20 = 0.0045: 0.00", "0.09", "5", "0.00"),
    Off("a hundredth of a percent", "1860.00 ÷ 10000 = 0.186: 0.19", "1860.00", "0.01", "0.19"),
    Off("100 %", "444.20 × 100 ÷ 100 = 444.20: all of it", "444.20", "100", "444.20"),
    Off("100 % of nothing", "0 × 1 = 0", "0.00", "100", "0.00"),
)  # fmt: skip


@each(OFFS)
def test_a_percentage_takes_off(case: Off) -> None:
    from desktop.services.discounting import percent_off

    assert percent_off(yuan(case.amount), Decimal(case.percent)) == yuan(case.off)


@dataclass(frozen=True, slots=True)
class Refused(Case):
    """Percentages that are no discount."""

    percent: str


REFUSED = (
    Refused("above 100 %", "100.01 % of 1860.00 is 1860.19, more than there is", "100.01"),
    Refused("double", "200 % would pay the tenant 1860.00", "200"),
    Refused("0 %", "takes nothing off: no discount", "0"),
    Refused("below 0 %", "− 5 % would be a surcharge", "-5"),
)  # fmt: skip


@each(REFUSED)
def test_is_no_discount(case: Refused) -> None:
    from desktop.services.discounting import percent_off, stack_off

    with pytest.raises(DomainError):
        percent_off(yuan("1860.00"), Decimal(case.percent))
    with pytest.raises(DomainError):
        stack_off(yuan("1860.00"), (Decimal(10), Decimal(case.percent)))


@dataclass(frozen=True, slots=True)
class Stack(Case):
    """Percentages one after the other, each from what the earlier ones left, and what each takes off."""

    amount: str
    percents: str
    offs: str


STACKS = (
    Stack("one", "1860 × 5 % = 93", "1860.00", "5", "93.00"),
    Stack("5 % and then 10 %", "93; 1860 − 93 = 1767; × 10 % = 176.70; together 269.70, not 15 % = 279",
          "1860.00", "5 10", "93.00 176.70"),
    Stack("10 % and then 5 %", "186; 1674 × 5 % = 83.70; together 269.70 again, but other lines",
          "1860.00", "10 5", "186.00 83.70"),
    Stack("each is rounded before the next", "9.999: 10.00; 99.99 − 10.00 = 89.99; 8.999: 9.00; 80.99 is left",
          "99.99", "10 10", "10.00 9.00"),
    Stack("a third three times",
          "33.33; 66.67 × 33.33 % = 22.2211: 22.22; 44.45 × 33.33 % = 14.8152: 14.82; 29.63 is left",
          "100.00", "33.33 33.33 33.33", "33.33 22.22 14.82"),
    Stack("half of a fen twice", "0.005: 0.01; nothing is left: 0.00, never below", "0.01", "50 50", "0.01 0.00"),
    Stack("100 % first", "all of it; 10 % of 0 = 0", "1860.00", "100 10", "1860.00 0.00"),
    Stack("100 % last", "186; 1674 × 100 % = 1674; nothing is left", "1860.00", "10 100", "186.00 1674.00"),
    Stack("none", "no percentage, no line", "1860.00", "", ""),
)  # fmt: skip


@each(STACKS)
def test_percentages_after_each_other(case: Stack) -> None:
    from desktop.services.discounting import stack_off

    offs = stack_off(yuan(case.amount), numbers(case.percents))
    assert offs == yuans(case.offs)
