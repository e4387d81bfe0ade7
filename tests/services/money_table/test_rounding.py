"""By hand: to whole fen once per printed line, half away from zero, also below it (DOMAIN §7, §16)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from desktop.models.values import Money, total
from desktop.services.proration import round_fen
from tests.services.money_table.kit import Case, each, fractions, yuan


@dataclass(frozen=True, slots=True)
class Rounded(Case):
    """Exact yuan as they are reckoned, and the line they give."""

    exact: str
    line: str


ROUNDED = (
    Rounded("444.195", "98.71 m² × 4.50 = 444.195: half a fen, away from zero", "444.195", "444.20"),
    Rounded("the counter-line of 444.195", "− 444.195: half a fen, away from zero again: both lines sum to 0.00",
            "-444.195", "-444.20"),
    Rounded("a fraction below a half", "444.1949 lacks 0.0001 to the half", "444.1949", "444.19"),
    Rounded("a fraction above a half", "− 444.1951 is 0.0001 beyond the half", "-444.1951", "-444.20"),
    Rounded("half a fen", "0.005 is the smallest half", "0.005", "0.01"),
    Rounded("half a fen below zero", "− 0.005 is half a fen: away from zero", "-0.005", "-0.01"),
    Rounded("two and a half fen", "not to the even fen, as a bank would: 3", "0.025", "0.03"),
    Rounded("a third", "100 ÷ 3 = 33.3333…", "100/3", "33.33"),
    Rounded("two thirds below zero", "− 200 ÷ 3 = − 66.6666…", "-200/3", "-66.67"),
)  # fmt: skip


@each(ROUNDED)
def test_a_line_rounds(case: Rounded) -> None:
    fen = Fraction(case.exact) * 100
    assert round_fen(fen) == yuan(case.line)
    if "/" not in case.exact:
        assert Money.rounded(Decimal(case.exact) * 100) == yuan(case.line)


@dataclass(frozen=True, slots=True)
class Sum(Case):
    """A total adds the printed lines, not what they were before."""

    lines: str
    total: str


SUMS = (
    Sum("three thirds", "3 × 33.33 = 99.99, though 3 × 33.333… = 100.00", "100/3 100/3 100/3", "99.99"),
    Sum("half a fen twice", "0.01 + 0.01 = 0.02, though 0.005 + 0.005 = 0.01", "0.005 0.005", "0.02"),
    Sum("a line and its counter-line", "444.20 − 444.20 = 0.00", "444.195 -444.195", "0.00"),
    Sum("rent and property fee of six days", "372.00 + 16.63 (16.632) = 388.63", "372 16.632", "388.63"),
)  # fmt: skip


@each(SUMS)
def test_a_total_adds_printed_lines(case: Sum) -> None:
    assert total(round_fen(exact * 100) for exact in fractions(case.lines)) == yuan(case.total)
