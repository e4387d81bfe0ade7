"""What the files of the hand-computed table share: a case with its arithmetic, and short words for dates and money.

To add a case: work it out with a pencil, write the steps into `why`, put it into the tuple of its subject, and raise
the count in README.md. The expectation never comes from the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from desktop.models.values import Money, Period


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the table: what it is about, and the arithmetic a person can check with a pencil."""

    name: str
    why: str


def each(cases: Sequence[Case]) -> pytest.MarkDecorator:
    """The test runs once for each case, under its name."""
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


def yuan(amount: str) -> Money:
    """Money as it is written on paper: "1860.00", "-0.05"."""
    return Money.yuan(amount)


def yuans(amounts: str) -> tuple[Money, ...]:
    """Several amounts with blanks between: "33.34 33.33 33.33"."""
    return tuple(Money.yuan(amount) for amount in amounts.split())


def day(text: str) -> date:
    return date.fromisoformat(text)


def span(text: str) -> Period:
    """Days from … to …, both counted: "2026-11-25 2026-11-30"."""
    first, last = text.split()
    return Period(day(first), day(last))


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def numbers(text: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(each_number) for each_number in text.split())


def fractions(text: str) -> tuple[Fraction, ...]:
    """Exact numbers with blanks between: "46.20 7/10 1"."""
    return tuple(Fraction(each_number) for each_number in text.split())
