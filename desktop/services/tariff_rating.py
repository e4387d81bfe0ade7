"""What a use costs under a price or under tiers 阶梯价, as the lines that are printed.

Pure arithmetic after DOMAIN §7 and §16: exact decimals, one rounding to fen a printed line, half away from zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

from desktop.models.values import NIL, Money, total
from desktop.services.proration import round_fen

TOP_UP = "最低消费补足"
_SIX_PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Tier:
    """Usage up to and including `upto` in the span costs `price` yuan a unit; the last tier has no end (None)."""

    upto: Decimal | None
    price: Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """What a unit costs: one price, or tiers with a rising end. `minimum`: the least sum of one bill."""

    unit_price: Decimal | None = None
    tiers: tuple[Tier, ...] = ()
    minimum: Money = NIL

    def steps(self) -> tuple[Tier, ...]:
        """The price as tiers. ValueError when there is none."""
        if self.tiers:
            return self.tiers
        if self.unit_price is None:
            raise ValueError("a price needs a unit price or tiers")
        return (Tier(None, self.unit_price),)

    def over(self, months: int) -> Price:
        """The price for a bill of several months: each tier is so many times as wide."""
        if months == 1 or not self.tiers:
            return self
        wider = tuple(Tier(None if each.upto is None else each.upto * months, each.price) for each in self.tiers)
        return Price(self.unit_price, wider, self.minimum)


@dataclass(frozen=True, slots=True)
class RatedLine:
    """One printed line: so many units at a price (yuan)."""

    quantity: Decimal
    unit_price: Decimal
    money: Money
    note: str = ""


def rate_usage(usage: Decimal, price: Price, before: Decimal = Decimal(0)) -> tuple[RatedLine, ...]:
    """One line a tier that the usage reaches, each rounded once; below the minimum a line tops the sum up.

    `before`: what was billed already in the span of the tiers (a yearly ladder). ValueError for a negative usage.
    """
    pieces = _pieces(usage, price.steps(), before)
    tiered = len(price.steps()) > 1
    lines = [
        RatedLine(quantity, tier.price, round_fen(_fen(quantity, tier.price)), _tier_words(number) if tiered else "")
        for number, quantity, tier in pieces
    ]
    return tuple(lines + _top_up(lines, price.minimum))


def rate_usage_as_one(usage: Decimal, price: Price, before: Decimal = Decimal(0)) -> tuple[RatedLine, ...]:
    """The same as one line: the tiers are added exactly and rounded once. The unit price shown is the average."""
    pieces = _pieces(usage, price.steps(), before)
    lines = []
    if pieces:
        exact = sum((_fen(quantity, tier.price) for _, quantity, tier in pieces), Fraction(0))
        average = exact / Fraction(usage) / 100
        shown = (Decimal(average.numerator) / Decimal(average.denominator)).quantize(_SIX_PLACES, ROUND_HALF_UP)
        note = "、".join(f"{_tier_words(number)} {_plain(quantity)}" for number, quantity, _ in pieces)
        lines = [RatedLine(usage, shown, round_fen(exact), note if len(price.steps()) > 1 else "")]
    return tuple(lines + _top_up(lines, price.minimum))


def tier_problem(tiers: Sequence[Tier]) -> str:
    """Why tiers are no ladder; "" when each ends above the one before and only the last is open."""
    if any(each.upto is None for each in tiers[:-1]):
        return "只有最后一档可以不封顶"
    if tiers and tiers[-1].upto is not None:
        return "最后一档不封顶：上限不要填"
    ends = [each.upto for each in tiers if each.upto is not None]
    if any(end <= 0 for end in ends) or any(low >= high for low, high in pairwise(ends)):
        return "每一档的上限要比前一档高"
    return ""


def _pieces(usage: Decimal, tiers: Sequence[Tier], before: Decimal) -> list[tuple[int, Decimal, Tier]]:
    """(number of the tier, how much falls into it, the tier)."""
    if usage < 0 or before < 0:
        raise ValueError("a use is never negative")
    pieces, left, at = [], usage, before
    for number, tier in enumerate(tiers, 1):
        room = left if tier.upto is None else min(left, max(tier.upto - at, Decimal(0)))
        if room > 0:
            pieces.append((number, room, tier))
            left, at = left - room, at + room
    return pieces


def _top_up(lines: Sequence[RatedLine], minimum: Money) -> list[RatedLine]:
    missing = minimum - total(line.money for line in lines)
    if missing <= NIL:
        return []
    return [RatedLine(Decimal(1), Decimal(missing.fen) / 100, missing, TOP_UP)]


def _fen(quantity: Decimal, price: Decimal) -> Fraction:
    return Fraction(quantity) * Fraction(price) * 100


def _tier_words(number: int) -> str:
    return f"第 {number} 档"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
