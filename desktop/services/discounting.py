"""Discounts 优惠 in fen: so many per cent off, one after the other. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from desktop.models.values import Money
from desktop.services.errors import DomainError
from desktop.services.proration import round_fen


def percent_off(amount: Money, percent: Decimal) -> Money:
    """What is taken off an amount, positive for a positive one; rounded once, half away from zero.

    Raises DomainError unless the percentage is above 0 and at most 100.
    """
    if trouble := percent_problem(percent):
        raise DomainError(trouble, "percent")
    return round_fen(Fraction(amount.fen) * Fraction(percent) / 100)


def stack_off(amount: Money, percents: Sequence[Decimal]) -> tuple[Money, ...]:
    """What several discounts take off in turn, each from what the earlier ones left; never more than the amount."""
    taken = []
    left = amount
    for percent in percents:
        off = percent_off(left, percent)
        taken.append(off)
        left -= off
    return tuple(taken)


def percent_problem(percent: Decimal) -> str:
    """Why a percentage is no discount; "" for one above 0 and at most 100."""
    if percent <= 0:
        return "优惠要大于 0%"
    return "优惠最多 100%，再多就是倒贴了" if percent > 100 else ""
