"""Allocation 核销: which bills a sum pays, and which lines of a bill; the till shows by it and the act posts by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol, TypeVar
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance
from desktop.models.leases import LeaseParty, LeaseTerm
from desktop.models.values import NIL, AllocationRule, FeeType, LeaseRole, Money, total
from desktop.services.asked import Asked
from desktop.services.legal_order import Debt, in_legal_order
from desktop.services.rights import part
from desktop.services.spreading import spread
from desktop.services.work import Look

MOST_BILLS = 500
"""So many open bills of one debtor are looked at, the earliest first."""
_NOTHING: sa.ColumnElement[int] = sa.literal_column("0")


class Line(Protocol):
    """What is open of a bill line."""

    @property
    def fee_type(self) -> FeeType: ...
    @property
    def open(self) -> Money: ...


L = TypeVar("L", bound=Line)


@dataclass(frozen=True, slots=True)
class DebtFacts:
    """What ranks a bill among others (Civil Code 560)."""

    billed_on: date
    secured: bool
    """A guarantor stands for the lease it belongs to. The deposit does not count: it stands for every bill alike."""
    late_fee_per_mille: Decimal
    """Agreed in the lease, per day; 0 for bills that follow no lease."""


def paid_lines(lines: Sequence[L], amount: Money, rule: AllocationRule | None) -> list[tuple[L, Money]]:
    """How an amount goes to the lines of a bill; lines that get nothing are left out.

    As the payer chose: what is below zero is used up first, then line by line. In the legal order the late fee, which
    is interest, comes before what it was charged on (Civil Code 561).
    """
    interest = [line for line in lines if line.fee_type is FeeType.LATE_FEE]
    rest = [line for line in lines if line.fee_type is not FeeType.LATE_FEE]
    groups: list[tuple[Sequence[L], Money]] = [(lines, amount)]
    if rule is AllocationRule.LEGAL_ORDER and _apart(interest, rest):
        first = min(amount, _open(interest))
        groups = [(interest, first), (rest, amount - first)]
    return [
        (line, use)
        for group, part_of in groups
        for line, use in zip(group, spread([line.open for line in group], part_of), strict=True)
        if use
    ]


def _open(lines: Sequence[Line]) -> Money:
    return total(line.open for line in lines)


def _apart(interest: Sequence[Line], rest: Sequence[Line]) -> bool:
    """Interest and principal are each something owed; where one of them is below zero the bill is one debt."""
    return _open(interest) >= NIL and _open(rest) >= NIL


def legal_amounts(
    bills: Mapping[UUID, Sequence[Line]], due: Mapping[UUID, date], facts: Mapping[UUID, DebtFacts], amount: Money,
    today: date,
) -> dict[UUID, Money]:  # fmt: skip
    """How much of each bill a sum pays in the legal order 法定抵充, in the order of the bills given.

    What is above all debts is left. Bills in the debtor's favour are no debts and take no part.
    """
    debts = [
        Debt(
            bill_id, due[bill_id], facts[bill_id].billed_on, facts[bill_id].secured, facts[bill_id].late_fee_per_mille,
            **_ranks(lines),
        )
        for bill_id, lines in bills.items()
        if _open(lines) > NIL
    ]  # fmt: skip
    return {paid.debt_id: paid.money for paid in in_legal_order(debts, amount, today)}


def _ranks(lines: Sequence[Line]) -> dict[str, Money]:
    interest = [line for line in lines if line.fee_type is FeeType.LATE_FEE]
    rest = [line for line in lines if line.fee_type is not FeeType.LATE_FEE]
    if not _apart(interest, rest):
        return {"principal": _open(lines)}
    return {"interest": _open(interest), "principal": _open(rest)}


@part
def open_bills_of(look: Look, party_id: UUID) -> dict[UUID, date]:
    """{bill: due} of what is open of a party, in its favour too, the earliest due first."""
    return {row.bill_id: row.due for row in _OPEN.rows(look.session.connection(), [party_id])}


_OPEN = Asked(
    lambda one_of: (
        sa.select(BillBalance.bill_id, BillBalance.due)
        .where(one_of(BillBalance.debtor_id), BillBalance.owed != _NOTHING)
        .order_by(BillBalance.due, BillBalance.bill_id)
        .limit(MOST_BILLS)
    )
)


@part
def debt_facts(look: Look, bill_ids: Collection[UUID]) -> dict[UUID, DebtFacts]:
    """What ranks these bills."""
    if not bill_ids:
        return {}
    connection = look.session.connection()
    bills = _BILLS.rows(connection, bill_ids)
    leases = {row.lease_id for row in bills if row.lease_id is not None}
    secured = {row.lease_id for row in _GUARANTORS.rows(connection, leases)} if leases else set[UUID]()
    per_mille: dict[UUID | None, Decimal] = {}
    for row in _TERMS.rows(connection, leases, today=look.world.today()) if leases else ():
        per_mille[row.lease_id] = row.late_fee_per_mille  # the latest in force is the last one
    none = Decimal(0)
    return {
        row.id: DebtFacts(row.issued_on, row.lease_id in secured, per_mille.get(row.lease_id, none)) for row in bills
    }


_BILLS = Asked(lambda one_of: sa.select(Bill.id, Bill.issued_on, Bill.lease_id).where(one_of(Bill.id)))
_GUARANTORS = Asked(
    lambda one_of: sa.select(LeaseParty.lease_id).where(
        one_of(LeaseParty.lease_id), LeaseParty.role == LeaseRole.GUARANTOR, LeaseParty.valid_to.is_(None),
        LeaseParty.deleted_at.is_(None),
    )
)  # fmt: skip
_TERMS = Asked(
    lambda one_of: (
        sa.select(LeaseTerm.lease_id, LeaseTerm.late_fee_per_mille)
        .where(
            one_of(LeaseTerm.lease_id), LeaseTerm.deleted_at.is_(None),
            LeaseTerm.effective_from <= sa.bindparam("today", type_=sa.Date),
        )
        .order_by(LeaseTerm.effective_from)
    )
)  # fmt: skip
