"""抹零 at the till: how much may be let off a sum paid in cash, what is offered, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from desktop.models.values import NIL, Money, PayMethod, Right, total
from desktop.services import settings
from desktop.services.cash_rounding import rounding_of
from desktop.services.rights import part
from desktop.services.tenders import TenderForm
from desktop.services.work import Look

NOT_YOURS = "抹零要主管同意：请主管在这里输入 PIN，或去掉抹零"


@dataclass(frozen=True, slots=True)
class RoundingRule:
    """What the office allows: less than `below` (nothing: never), and to what sums are rounded down."""

    below: Money
    to: Money

    def offered(self, due: Money) -> Money:
        """What may be let off a sum: nothing where it is round already or the rule forbids it."""
        if due <= NIL or self.to <= NIL:
            return NIL
        off = rounding_of(due, self.to)
        return off if off < self.below else NIL


USUAL = RoundingRule(below=Money(100), to=Money(10))
"""Less than 1 yuan, down to whole jiao."""


@part
def rule_of(look: Look) -> RoundingRule:
    """The office's rule of today."""
    found = settings.values_of(look, "cash_rounding_below", "cash_rounding_to")
    below, to = (Money.yuan(Decimal(str(value))) for value in found.values())
    return RoundingRule(below, to)


def rounding_problem(rounding: Money, due: Money, tenders: Iterable[TenderForm], rule: RoundingRule) -> str:
    """What is wrong with letting this off a sum of `due`; empty when nothing is."""
    if rounding == NIL:
        return ""
    if rounding < NIL or rounding >= rule.below:
        return f"抹零要小于 {rule.below}：改少，或去掉抹零" if rule.below > NIL else "这里不抹零：去掉抹零"
    if rounding > due:
        return f"抹零 {rounding} 超过要收的 {max(due, NIL)}：去掉抹零"
    if total(tender.amount for tender in tenders if tender.method is PayMethod.CASH) <= NIL:
        return "抹零只用于现金：改收现金，或去掉抹零"
    return ""


@part
def require_rounding(look: Look) -> None:
    """Raise Refused unless cash may be rounded here, or a second person has lent the right for this act."""
    look.require(Right.ROUND_CASH, NOT_YOURS)
