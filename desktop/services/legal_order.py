"""What a payment pays when it does not cover all and nobody chose 法定抵充 (Civil Code 560, 561). Pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from uuid import UUID

from desktop.models.values import NIL, Money, total
from desktop.services.apportioning import apportion


@dataclass(frozen=True, slots=True)
class Debt:
    """What is open of one bill, by rank: costs of collecting, interest (违约金), principal."""

    id: UUID
    due: date
    billed_on: date
    secured: bool
    """Somebody stands for it, or something is pledged."""
    late_fee_per_mille: Decimal
    """What being late with it costs a day: the burden."""
    costs: Money = NIL
    interest: Money = NIL
    principal: Money = NIL

    @property
    def open(self) -> Money:
        return self.costs + self.interest + self.principal


@dataclass(frozen=True, slots=True)
class Paid:
    """What one debt gets."""

    debt_id: UUID
    costs: Money
    interest: Money
    principal: Money

    @property
    def money(self) -> Money:
        return self.costs + self.interest + self.principal


def in_legal_order(debts: Sequence[Debt], amount: Money, today: date) -> tuple[Paid, ...]:
    """How an amount pays debts, in the order of the debts given; those that get nothing are left out.

    Due debts first; of them the unsecured, then the most burdensome, then the one due earliest, then pro rata. What is
    not yet due follows, earliest first, then pro rata. Within a debt: costs, interest, principal. What is above all
    debts is left. ValueError for a negative amount.
    """
    if amount < NIL:
        raise ValueError("a payment is never negative")
    got: dict[UUID, Money] = {}
    left = amount
    waiting = sorted((debt for debt in debts if debt.open > NIL), key=lambda debt: _rank(debt, today))
    for _, level in groupby(waiting, key=lambda debt: _rank(debt, today)):
        equals = list(level)
        opens = total(debt.open for debt in equals)
        use = min(left, opens)
        for debt, share in zip(equals, apportion(use, [Fraction(debt.open.fen) for debt in equals]), strict=True):
            got[debt.id] = share
        left -= use
    return tuple(_within(debt, got[debt.id]) for debt in debts if got.get(debt.id, NIL) > NIL)


def _rank(debt: Debt, today: date) -> tuple[bool, bool, Decimal, date]:
    if debt.due > today:
        return True, False, Decimal(0), debt.due
    return False, debt.secured, -debt.late_fee_per_mille, debt.due


def _within(debt: Debt, amount: Money) -> Paid:
    costs = min(amount, debt.costs)
    interest = min(amount - costs, debt.interest)
    return Paid(debt.id, costs, interest, amount - costs - interest)
