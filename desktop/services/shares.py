"""Shares 份额 as people say them: 1/3, 50%, 0.5. Kept in millionths that add up to exactly the whole."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from desktop.services.errors import DomainError

PARTS = 1_000_000
"""Of the whole: what the column `ownership.share` holds."""
_SIMPLE = 100
"""A share whose fraction has no larger denominator is shown as a fraction."""
_FRACTION = re.compile(r"(\d{1,6})/(\d{1,6})")
_NUMBER = re.compile(r"(\d{1,3}(?:\.\d{1,6})?|\.\d{1,6})(%?)")


def read_share(text: str) -> Fraction:
    """A share as typed: 1/3, 33.5%, 0.335; a bare number above 1 is per cent. Raises DomainError (field share)."""
    told = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    share: Fraction | None = None
    if (found := _FRACTION.fullmatch(told)) and int(found[2]):
        share = Fraction(int(found[1]), int(found[2]))
    elif found := _NUMBER.fullmatch(told):
        share = Fraction(found[1])
        if found[2] or share > 1:
            share /= 100
    if share is None:
        raise DomainError(f"「{text.strip()}」不是份额：写成 1/3、50% 或 0.5" if told else "填份额，例如 1/2", "share")
    if not 0 < share <= 1:
        raise DomainError("份额大于 0，不超过 100%", "share")
    return share


def sum_problem(shares: Sequence[Fraction]) -> str:
    """Why shares are not the whole; "" when they are, exactly."""
    whole = sum(shares, Fraction(0))
    if whole == 1:
        return ""
    rest = 1 - whole
    more = f"还差 {_per_cent(rest)}" if rest > 0 else f"多了 {_per_cent(-rest)}"
    even = f"；{len(shares)} 人平分写 1/{len(shares)}" if len(shares) > 1 else ""
    return f"份额合计 {_per_cent(whole)}，{more}，要正好 100%{even}"


def stored_shares(shares: Sequence[Fraction]) -> list[Decimal]:
    """Shares that are the whole, in millionths that still are: the largest remainders get what rounding left over."""
    exact = [share * PARTS for share in shares]
    whole = [int(each) for each in exact]
    left = PARTS - sum(whole)
    by_remainder = sorted(range(len(exact)), key=lambda at: (whole[at] - exact[at], at))
    for at in by_remainder[: max(0, left)]:
        whole[at] += 1
    return [Decimal(each) / PARTS for each in whole]


def share_words(share: Decimal) -> str:
    """How a stored share reads: 1/3, 50%, 33.25%."""
    told = Fraction(share)
    if (told * 100).denominator == 1:
        return _per_cent(told)
    near = told.limit_denominator(_SIMPLE)
    if abs(near - told) <= Fraction(1, PARTS):
        return f"{near.numerator}/{near.denominator}"
    return _per_cent(told)


def _per_cent(share: Fraction) -> str:
    digits = f"{float(share * 100):.4f}".rstrip("0").rstrip(".")
    return f"{digits}%" if share * 10_000 * 100 == int(share * 10_000 * 100) else f"约 {digits}%"
