"""What may happen to a lease after it was signed 租约变更: notice, move-out, settlement, closing, cancelling.

Each follows the declared machine (`transitions.LEASE`). Settlement here returns the deposit less what is owed, with its
receipt; deductions for damage and rent paid ahead are agreed on paper first and posted as bills.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.leases import Lease, LeaseParty, LeaseRoom, Occupant
from desktop.models.places import Room
from desktop.models.values import (
    LIABILITY_FEES,
    NIL,
    LeaseRole,
    Money,
    PayMethod,
    ReadingKind,
    Right,
    RoomCondition,
    total,
)
from desktop.services import billing, handover, payments
from desktop.services.errors import DomainError, NotFound, ProblemsFound
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
class Settled:
    """News of a settlement."""

    returned: Money
    """Paid out to the tenant."""
    still_owed: Money
    """What the deposit did not cover."""
    payment_id: UUID | None
    receipt_number: str | None


@needs(Right.EDIT_LEASES)
def cancel_lease(work: Work, lease_id: UUID, reason: str) -> None:
    """Cancel a lease before the tenant moved in: the room is free, unpaid bills are taken back by counter-lines.

    Raises ProblemsFound without a reason, ForbiddenMove, BillPaid when money was taken (reverse it first).
    """
    put_cancellation(work, lease_id, reason)


@part
def put_cancellation(work: Work, lease_id: UUID, reason: str) -> None:
    """`cancel_lease` inside another act."""
    if len(reason.strip()) < 2:
        raise ProblemsFound({"reason": "写明撤销原因，例如 客户改租别处"})
    lease = work.get(Lease, lease_id)
    lease.state = move(LEASE, lease.state, "cancel")
    for room in _rooms(work, lease_id):
        # Never held: the days before its beginning belong to nobody.
        room.valid_to = room.valid_from - timedelta(days=1)
    bills = work.session.scalars(sa.select(Bill.id).where(Bill.lease_id == lease_id).order_by(Bill.id)).all()
    taken_back = billing.counter_bills(work, bills, "租约撤销")
    work.subject(lease)
    work.record(reason=reason.strip(), taken_back_fen=taken_back.fen)


@needs(Right.EDIT_LEASES)
def give_notice(work: Work, lease_id: UUID) -> None:
    """The tenant said today that they leave. Raises ForbiddenMove."""
    put_notice(work, lease_id)


@part
def put_notice(work: Work, lease_id: UUID) -> None:
    """`give_notice` inside another act."""
    lease = work.get(Lease, lease_id)
    lease.state = move(LEASE, lease.state, "give_notice")
    lease.notice_on = work.world.today()
    work.subject(lease)
    work.record(notice=True)


@needs(Right.EDIT_LEASES)
def withdraw_notice(work: Work, lease_id: UUID) -> None:
    """The tenant stays after all. Raises ForbiddenMove."""
    lease = work.get(Lease, lease_id)
    lease.state = move(LEASE, lease.state, "withdraw_notice")
    lease.notice_on = None
    work.subject(lease)
    work.record(notice=False)


@needs(Right.EDIT_LEASES)
def move_out(work: Work, lease_id: UUID, readings: Sequence[handover.ReadingForm] = ()) -> int:
    """The tenant hands the room back today: last readings, keys and cards in, the room is to be cleaned.

    Bills for time after today on which nothing was paid are taken back. Returns how many keys and cards came back.
    """
    return put_move_out(work, lease_id, readings)


@part
def put_move_out(work: Work, lease_id: UUID, readings: Sequence[handover.ReadingForm] = ()) -> int:
    """`move_out` inside another act."""
    today = work.world.today()
    lease = work.get(Lease, lease_id)
    lease.state = move(LEASE, lease.state, "move_out")
    lease.moved_out_on = today
    tenant = tenant_of(work, lease_id)
    for held in _rooms(work, lease_id):
        held.valid_to = min(held.valid_to, today)
        room = work.get(Room, held.room_id)
        if room.condition is RoomCondition.CLEAN:
            room.condition = RoomCondition.DIRTY
        handover.put_readings(work, held.room_id, lease_id, readings, ReadingKind.FINAL)
    back = handover.take_back(work, lease_id, tenant)
    for occupant in work.session.scalars(
        sa.select(Occupant).where(Occupant.lease_id == lease_id, Occupant.valid_to.is_(None)).order_by(Occupant.id)
    ):
        occupant.valid_to = max(today, occupant.valid_from)
    billing.counter_bills(work, _unpaid_after(work, lease_id), "提前搬离")
    work.subject(lease)
    work.record(keys_back=back)
    return back


def _unpaid_after(look: Look, lease_id: UUID) -> Sequence[UUID]:
    """Bills of a lease that are wholly for time after today and on which nothing was paid."""
    first = (
        sa.select(
            BillLine.bill_id, sa.func.min(BillLine.period_start).label("day"), sa.func.sum(BillLine.amount).label("fen")
        )
        .where(BillLine.lease_id == lease_id)
        .group_by(BillLine.bill_id)
        .subquery()
    )  # fmt: skip
    return look.session.scalars(
        sa.select(Bill.id)
        .join(first, first.c.bill_id == Bill.id)
        .join(BillBalance, BillBalance.bill_id == Bill.id)
        .where(first.c.day > look.world.today(), BillBalance.owed == first.c.fen, BillBalance.owed != NIL)
        .order_by(Bill.id)
    ).all()


@needs(Right.TAKE_PAYMENT)
def settle_lease(work: Work, lease_id: UUID, method: PayMethod = PayMethod.CASH, reference: str = "") -> Settled:
    """Return the deposit of a tenant who moved out, less what they still owe, and say what remains.

    Raises ForbiddenMove, ProblemsFound when the means of payment needs a reference.
    """
    return put_settlement(work, lease_id, method, reference)


@part
def put_settlement(work: Work, lease_id: UUID, method: PayMethod = PayMethod.CASH, reference: str = "") -> Settled:
    """`settle_lease` inside another act."""
    if method in NEEDS_REFERENCE and not reference.strip():
        raise ProblemsFound({"reference": "填写退款的流水号或单号后几位，日后好对账"})
    lease = work.get(Lease, lease_id)
    lease.state = move(LEASE, lease.state, "settle")
    deposits = work.session.scalars(
        sa.select(BillLine.bill_id)
        .where(BillLine.lease_id == lease_id, BillLine.fee_type.in_(LIABILITY_FEES))
        .distinct()
    ).all()
    billing.counter_bills(work, deposits, "退租结算", even_paid=True)
    opened = work.session.execute(
        sa.select(BillBalance.bill_id, BillBalance.owed)
        .where(BillBalance.lease_id == lease_id, BillBalance.owed != NIL)
        .order_by(BillBalance.due, BillBalance.bill_id)
    ).all()
    done = payments.put_netting(
        work, tenant_of(work, lease_id), [row.bill_id for row in opened], method, reference, "退租结算"
    )
    work.subject(lease)
    if done is None:
        work.record(returned_fen=0)
        return Settled(NIL, total(row.owed for row in opened), None, None)
    work.record(returned_fen=-done.amount.fen, receipt=done.receipt_number)
    return Settled(-done.amount, done.still_owed, done.payment_id, done.receipt_number)


@needs(Right.EDIT_LEASES)
def close_lease(work: Work, lease_id: UUID) -> None:
    """Put a settled lease away. Raises ForbiddenMove, StillOwed."""
    put_closing(work, lease_id)


@part
def put_closing(work: Work, lease_id: UUID) -> None:
    """`close_lease` inside another act."""
    lease = work.get(Lease, lease_id)
    owed = total(
        work.session.scalars(
            sa.select(BillBalance.owed).where(BillBalance.lease_id == lease_id, BillBalance.owed != NIL)
        )
    )
    if owed != NIL:
        raise StillOwed(owed)
    lease.state = move(LEASE, lease.state, "close")
    work.subject(lease)
    work.record(closed=True)


@part
def tenant_of(look: Look, lease_id: UUID) -> UUID:
    """The tenant who signed. Raises NotFound."""
    tenant = look.session.scalars(
        sa.select(LeaseParty.party_id)
        .where(LeaseParty.lease_id == lease_id, LeaseParty.role == LeaseRole.TENANT, LeaseParty.deleted_at.is_(None))
        .order_by(LeaseParty.valid_from, LeaseParty.id)
    ).first()
    if tenant is None:
        raise NotFound("这份租约")
    return tenant


def _rooms(work: Work, lease_id: UUID) -> Sequence[LeaseRoom]:
    return work.session.scalars(
        sa.select(LeaseRoom)
        .where(LeaseRoom.lease_id == lease_id, LeaseRoom.deleted_at.is_(None))
        .order_by(LeaseRoom.id)
    ).all()
