"""Sums split among many to the fen 分摊: shared utilities 公摊, debts paid in part. The largest remainder decides.

Pure arithmetic after DOMAIN §7: the parts always add up to exactly the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from desktop.models.values import NIL, Money, PoolMethod, total
from desktop.services.errors import DomainError
from desktop.services.proration import round_fen


class NothingToApportion(DomainError):
    """A sum, and nobody who bears a part of it."""

    def __init__(self, amount: Money) -> None:
        super().__init__(f"{amount} 没有可以分摊的房间：检查面积、比例或用量是不是都为 0")
        self.amount = amount


@dataclass(frozen=True, slots=True)
class PoolMember:
    """A room that takes part, with what its part may be worked out from; m², parts, units."""

    area: Decimal | None
    ratio: Decimal | None = None
    own_use: Decimal | None = None
    vacant: bool = False


@dataclass(frozen=True, slots=True)
class Split:
    """A sum that was split: a share each, which of them got a left-over fen, and what stays with the office."""

    shares: tuple[Money, ...]
    rounded_up: frozenset[int]
    """Places whose share is a fen above the exact one cut off: the largest remainders."""
    office: Money = NIL


def apportion(amount: Money, weights: Sequence[Fraction]) -> tuple[Money, ...]:
    """A share of the amount for each weight, adding up to exactly the amount.

    Each exact share is cut off to fen; what is left goes, a fen each, to the largest remainders, the earlier first.
    A negative amount is the mirror of the positive one. Raises NothingToApportion, ValueError for a negative weight.
    """
    return split(amount, weights).shares


def split(amount: Money, weights: Sequence[Fraction]) -> Split:
    """`apportion`, told with who got the left-over fen."""
    if any(weight < 0 for weight in weights):
        raise ValueError("a weight is never negative")
    whole = sum(weights, Fraction(0))
    if not whole:
        if amount == NIL:
            return Split((NIL,) * len(weights), frozenset())
        raise NothingToApportion(amount)
    # With a common denominator all that follows is whole numbers, which 10,000 rooms notice.
    scale = _common_denominator(weights)
    parts = [weight.numerator * (scale // weight.denominator) for weight in weights]
    of_all, fen = sum(parts), abs(amount.fen)
    cut = [divmod(fen * part, of_all) for part in parts]
    left = fen - sum(share for share, _ in cut)
    largest = sorted(range(len(cut)), key=lambda at: (-cut[at][1], at))[:left]
    lucky = frozenset(largest)
    sign = -1 if amount < NIL else 1
    shares = tuple(Money(sign * (share + (at in lucky))) for at, (share, _) in enumerate(cut))
    return Split(shares, lucky)


def pool_weights(
    method: PoolMethod, members: Sequence[PoolMember], vacant_part: Fraction = Fraction(1)
) -> tuple[Fraction, ...]:
    """What each room counts: its area, 1, its agreed parts or its own use; vacant ones so much of it (1, 7/10, 0).

    A room without an area, a part or a use counts nothing (DOMAIN §16).
    """
    weights = []
    for member in members:
        match method:
            case PoolMethod.AREA:
                weight = Fraction(member.area or 0)
            case PoolMethod.EQUAL:
                weight = Fraction(1)
            case PoolMethod.RATIO:
                weight = Fraction(member.ratio or 0)
            case PoolMethod.OWN_USE:
                weight = Fraction(member.own_use or 0)
        weights.append(weight * vacant_part if member.vacant else weight)
    return tuple(weights)


def split_pool(
    amount: Money, method: PoolMethod, members: Sequence[PoolMember], vacant_part: Fraction = Fraction(1),
    office_bears_rest: bool = False,
) -> Split:  # fmt: skip
    """The shares of a pool. What vacant homes do not bear falls on all, or is the office's where it was so agreed.

    Borne by the office: everybody's share is what it would be if nobody's home was vacant; a vacant home pays its
    part of that, rounded half away from zero.
    """
    if not office_bears_rest:
        return split(amount, pool_weights(method, members, vacant_part))
    full = split(amount, pool_weights(method, members))
    shares = tuple(
        round_fen(share.fen * vacant_part) if member.vacant else share
        for share, member in zip(full.shares, members, strict=True)
    )
    return Split(shares, full.rounded_up, amount - total(shares))


def apportion_pool(
    amount: Money, method: PoolMethod, members: Sequence[PoolMember], vacant_part: Fraction = Fraction(1),
    office_bears_rest: bool = False,
) -> tuple[tuple[Money, ...], Money]:  # fmt: skip
    """(a share each, what is the office's); together exactly the amount."""
    done = split_pool(amount, method, members, vacant_part, office_bears_rest)
    return done.shares, done.office


def pool_amount(master_use: Decimal, sub_uses: Sequence[Decimal], unit_price: Decimal) -> Money:
    """What was used together: the master meter less the meters of the rooms, times the price, rounded once.

    Raises DomainError when the rooms used more than the master meter counted.
    """
    together = master_use - sum(sub_uses, Decimal(0))
    if together < 0:
        raise DomainError(f"分表合计比总表多 {-together}：核对总表和各户读数的日期", "amount")
    return round_fen(Fraction(together) * Fraction(unit_price) * 100)


def _common_denominator(weights: Sequence[Fraction]) -> int:
    from math import lcm

    return lcm(*{weight.denominator for weight in weights})
