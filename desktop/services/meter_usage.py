"""What a meter counted between two readings 用量: multiplier, roll-over, replacement, estimate. Pure arithmetic."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_DOWN, ROUND_FLOOR, Decimal

from desktop.services.errors import DomainError


class ReadingBelow(DomainError):
    """A reading below the earlier one, and nobody said that the counter rolled over or was replaced."""

    def __init__(self, earlier: Decimal, later: Decimal) -> None:
        super().__init__(
            f"本次读数 {later} 小于上次 {earlier}：核对读数；表走完一圈就选「过零」，换过表就登记换表", "value"
        )
        self.earlier = earlier
        self.later = later


def usage_between(
    earlier: Decimal, later: Decimal, multiplier: Decimal = Decimal(1), highest: Decimal | None = None,
    rolled_over: bool = False,
) -> Decimal:  # fmt: skip
    """Units used, exact: what the counter moved on times its multiplier 倍率.

    `highest`: the highest figure the counter shows; after a roll-over it counts on from 0, so a round adds its whole
    units + 1 (DOMAIN §16): 10,000 behind 9,999.9 as behind 9,999. Raises ReadingBelow, DomainError for a roll-over that
    cannot have been.
    """
    if not rolled_over:
        if later < earlier:
            raise ReadingBelow(earlier, later)
        return (later - earlier) * multiplier
    if highest is None:
        raise DomainError("先在表计资料里填「最大读数」，才能按过零计算用量", "rolled_over")
    if later >= earlier:
        raise DomainError(f"本次读数 {later} 不小于上次 {earlier}：没有过零，去掉「过零」", "rolled_over")
    return (later - earlier + highest.to_integral_value(ROUND_FLOOR) + 1) * multiplier


def estimate_on(day: date, earlier: tuple[date, Decimal], later: tuple[date, Decimal]) -> Decimal:
    """What the meter showed on a day, taken as even between two readings (or going on after them); whole units down."""
    (first, start), (second, end) = earlier, later
    if second <= first:
        raise ValueError("two readings of different days are needed")
    value = start + (end - start) * (day - first).days / Decimal((second - first).days)
    # Whole units, but never below a reading with decimals that was really taken before the day.
    return max(value.quantize(Decimal(1), ROUND_DOWN), start)
