"""Fees by the month 按月计费: property fee by area, parking by the space, a sum by the room. Pure arithmetic."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from desktop.models.values import Period, StubRule
from desktop.services.errors import DomainError
from desktop.services.proration import period_share, round_fen
from desktop.services.tariff_rating import RatedLine


def monthly_fee(
    period: Period, price: Decimal, quantity: Decimal, rule: StubRule, anchor: date | None = None
) -> RatedLine:
    """Price (yuan a unit and month) × quantity (m², spaces) × the period in months, rounded once.

    Whole months of the anchor (by default the period's own first day) count 1, the rest by the rule; DOMAIN §7, §16.
    Raises DomainError for a quantity of 0 or less: an area of 0 is a mistake of the record, not a free room.
    """
    if quantity <= 0:
        raise DomainError("面积或数量为 0：先在房间资料里填上", "quantity")
    months = period_share(period, rule, anchor)
    return RatedLine(quantity, price, round_fen(Fraction(price) * Fraction(quantity) * months * 100))
