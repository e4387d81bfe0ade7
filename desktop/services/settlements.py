"""Settlement of a lease 退租结算 and putting it away 结案: the deposit goes back less what is owed, with its receipt.

What the clerk sees before and what is posted are one computation (`_standing`): the act works it out again over locked
rows and refuses with both when somebody took money or posted a bill in between. Deductions for damage and rent paid
ahead are agreed on paper first and posted as bills.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.payments import Allocation
from desktop.models.values import LIABILITY_FEES, NIL, Money, PayMethod, Right, total
from desktop.services import billing, lease_moves, payments
from desktop.services.asked import Asked
from desktop.services.errors import DomainError, ProblemsFound
from desktop.services.payments import NEEDS_REFERENCE
from desktop.services.rights import needs, part
from desktop.services.transitions import LEASE, move
from desktop.services.work import Look, Work


class StillOwed(DomainError):
    """Something of the lease is still open; `owed` says how much."""

    def __init__(self, owed: Money) -> None:
        super().__init__(f"这份租约还有 {owed} 没有结清：收款或退款后再结案")
        self.owed = owed


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a settlement comes to, before it is posted."""

    held: Money
    """Received as deposit 押金在管, all of which goes back."""
    owed: Money
    """Open of everything else; what was never paid of the deposit is not asked for any more."""

    @property
    def returned(self) -> Money:
        """Paid out to the tenant."""
        return max(self.held - self.owed, NIL)

    @property
    def still_owed(self) -> Money:
        """What the deposit does not cover."""
        return max(self.owed - self.held, NIL)


class SettlementChanged(DomainError):
    """Money was taken or a bill posted since the clerk looked. `shown` is what she saw, `now` what stands."""

    def __init__(self, shown: Settlement, now: Settlement) -> None:
        pairs = (("押金在管", shown.held, now.held), ("未付", shown.owed, now.owed))
        told = "，".join(f"{word}由 {old} 变为 {new}" for word, old, new in pairs if old != new)
        super().__init__(f"这份租约的账刚变过，{told}：没有结算，按新的金额核对后再按「结算」")
        self.shown = shown
        self.now = now


@dataclass(frozen=True, slots=True)
class Payout:
    """How the deposit goes back. `shown`: the sums on the clerk's screen; None: nobody looked."""

    method: PayMethod = PayMethod.CASH
    reference: str = ""
    shown: Settlement | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """News of a settlement."""

    returned: Money
    """Paid out to the tenant."""
    still_owed: Money
    """What the deposit did not cover."""
    payment_id: UUID | None
    receipt_number: str | None


@needs(Right.SEE_BILLS)
def settlement_of(look: Look, lease_id: UUID) -> Settlement:
    """What settling a lease would come to now."""
    return _standing(look, [lease_id])[lease_id]


@needs(Right.TAKE_PAYMENT)
def settle_lease(
    work: Work, lease_id: UUID, shown: Settlement, method: PayMethod = PayMethod.CASH, reference: str = ""
) -> Settled:
    """Return the deposit of a tenant who moved out, less what they still owe, and say what remains.

    `shown`: what stood on the screen. Raises SettlementChanged when it comes to something else now, ForbiddenMove,
    ProblemsFound when the means of payment needs a reference.
    """
    return put_settlements(work, {lease_id: Payout(method, reference, shown)})[lease_id]


@part
def put_settlements(work: Work, payouts: Mapping[UUID, Payout]) -> dict[UUID, Settled]:
    """`settle_lease` of several tenants inside another act."""
    ids, connection = list(payouts), work.session.connection()
    tenants = lease_moves.tenants_of(work, ids)
    leases = lease_moves.leases_to_move(work, ids)
    for lease in leases:
        lease.state = move(LEASE, lease.state, "settle")
    lease_moves.about(work, leases)
    if connection.dialect.name == "postgresql":
        _LOCK.rows(connection, ids)
    planned = _standing(work, ids)
    for lease_id, payout in payouts.items():
        _agreed(payout, planned[lease_id])
    deposits = [row.bill_id for row in _DEPOSITS.rows(connection, ids)]
    billing.counter_bills(work, deposits, "退租结算", even_paid=True)
    opened: dict[UUID, list[Any]] = {lease_id: [] for lease_id in ids}
    for row in _OPENED.rows(connection, ids):
        opened[row.lease_id].append(row)
    nettings = []
    for lease_id, rows in opened.items():
        payout, bills = payouts[lease_id], [row.bill_id for row in rows]
        nettings.append(payments.Netting(tenants[lease_id], bills, payout.method, payout.reference.strip(), "退租结算"))
    settled = {}
    for (lease_id, rows), done in zip(opened.items(), payments.put_nettings(work, nettings), strict=True):
        if done is None:
            settled[lease_id] = Settled(NIL, total(row.owed for row in rows), None, None)
        else:
            settled[lease_id] = Settled(-done.amount, done.still_owed, done.payment_id, done.receipt_number)
        _as_planned(settled[lease_id], planned[lease_id])
    work.record(returned_fen=sum(each.returned.fen for each in settled.values()))
    return settled


def _agreed(payout: Payout, now: Settlement) -> None:
    """The sums are those the clerk agreed to, and whoever is paid out by bank can be found in its statement."""
    if payout.shown is not None and payout.shown != now:
        raise SettlementChanged(payout.shown, now)
    if now.returned > NIL and payout.method in NEEDS_REFERENCE and not payout.reference.strip():
        raise ProblemsFound({"reference": "填写退款的流水号或单号后几位，日后好对账"})


def _as_planned(settled: Settled, planned: Settlement) -> None:
    """What was posted is what was shown, to the fen; anything else is a bug and stores nothing."""
    if (settled.returned, settled.still_owed) != (planned.returned, planned.still_owed):
        raise AssertionError(f"settled {settled}, shown {planned}")


def _standing(look: Look, lease_ids: Sequence[UUID]) -> dict[UUID, Settlement]:
    """{lease: what settling it comes to}: from what was received on its deposit and what is open beside it."""
    connection = look.session.connection()
    found = {lease_id: [NIL, NIL, NIL] for lease_id in lease_ids}
    for at, question in enumerate((_OPENED, _ASKED, _RECEIVED)):
        for row in question.rows(connection, lease_ids):
            found[row.lease_id][at] += row.owed if isinstance(row.owed, Money) else Money(int(row.owed))
    return {
        lease_id: Settlement(received, opened - (asked - received))
        for lease_id, (opened, asked, received) in found.items()
    }


@needs(Right.EDIT_LEASES)
def close_lease(work: Work, lease_id: UUID) -> None:
    """Put a settled lease away. Raises ForbiddenMove, StillOwed."""
    put_closings(work, [lease_id])


@part
def put_closings(work: Work, lease_ids: Sequence[UUID]) -> None:
    """`close_lease` of several leases inside another act."""
    owed = total(row.owed for row in _OPENED.rows(work.session.connection(), lease_ids) if row.owed > NIL)
    if owed != NIL:
        raise StillOwed(owed)
    leases = lease_moves.leases_to_move(work, lease_ids)
    for lease in leases:
        lease.state = move(LEASE, lease.state, "close")
    lease_moves.about(work, leases)
    work.record(closed=True)


_LOCK = Asked(lambda one_of: sa.select(Bill.id).where(one_of(Bill.lease_id)).order_by(Bill.id).with_for_update())
_DEPOSITS = Asked(
    lambda one_of: (
        sa.select(BillLine.bill_id)
        .where(one_of(BillLine.lease_id), BillLine.fee_type.in_(LIABILITY_FEES))
        .distinct()
        .order_by(BillLine.bill_id)
    )
)
_OPENED = Asked(
    lambda one_of: (
        sa.select(BillBalance.lease_id, BillBalance.bill_id, BillBalance.owed)
        .where(one_of(BillBalance.lease_id), BillBalance.owed != NIL)
        .order_by(BillBalance.due, BillBalance.bill_id)
    )
)
_ASKED = Asked(
    lambda one_of: (
        sa.select(BillLine.lease_id, sa.func.sum(BillLine.amount).label("owed"))
        .where(one_of(BillLine.lease_id), BillLine.fee_type.in_(LIABILITY_FEES))
        .group_by(BillLine.lease_id)
    )
)
"""Deposits of a lease as they were billed, counter-lines taken off."""
_RECEIVED = Asked(
    lambda one_of: (
        sa.select(BillLine.lease_id, sa.func.sum(Allocation.amount).label("owed"))
        .join(Allocation, Allocation.bill_line_id == BillLine.id)
        .where(one_of(BillLine.lease_id), BillLine.fee_type.in_(LIABILITY_FEES))
        .group_by(BillLine.lease_id)
    )
)
"""What was really taken on them."""
