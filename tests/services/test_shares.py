"""Shares as people type them, and the millionths that are kept: exactly the whole, whatever was typed."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.services.errors import DomainError
from desktop.services.shares import PARTS, read_share, share_words, stored_shares, sum_problem


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("1/3", Fraction(1, 3)), ("１／３", Fraction(1, 3)), ("50%", Fraction(1, 2)), ("50％", Fraction(1, 2)),
        ("0.5", Fraction(1, 2)), (".25", Fraction(1, 4)), ("33.5", Fraction(67, 200)), ("1", Fraction(1)),
        ("100", Fraction(1)), (" 2 / 4 ", Fraction(1, 2)),
    ],
)  # fmt: skip
def test_shares_are_read_as_people_write_them(text: str, share: Fraction) -> None:
    assert read_share(text) == share


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "填份额"), ("一半", "不是份额"), ("1/0", "不是份额"), ("0", "大于 0"), ("120%", "不超过 100%"),
        ("3/2", "不超过"),
    ],
)  # fmt: skip
def test_what_is_no_share_is_told(text: str, says: str) -> None:
    with pytest.raises(DomainError, match=says):
        read_share(text)


def test_what_is_missing_of_the_whole_is_told() -> None:
    thirds = [read_share("33.33%")] * 3
    assert sum_problem(thirds) == "份额合计 99.99%，还差 0.01%，要正好 100%；3 人平分写 1/3"
    assert sum_problem([Fraction(3, 4), Fraction(1, 2)]) == "份额合计 125%，多了 25%，要正好 100%；2 人平分写 1/2"
    assert sum_problem([Fraction(1, 3)] * 3) == ""


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=12))
def test_kept_shares_are_exactly_the_whole_and_near_what_was_typed(parts: list[int]) -> None:
    shares = [Fraction(part, sum(parts)) for part in parts]
    kept = stored_shares(shares)
    assert sum(kept) == 1
    assert all(abs(Fraction(each) - share) < Fraction(1, PARTS) for each, share in zip(kept, shares, strict=True))


@given(st.integers(1, 100), st.integers(1, 100))
def test_a_simple_share_reads_as_it_was_typed(top: int, bottom: int) -> None:
    share = Fraction(min(top, bottom), max(top, bottom))
    kept = stored_shares([share, 1 - share])[0] if share < 1 else Decimal(1)
    assert read_share(share_words(kept)) == share
