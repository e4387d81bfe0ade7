"""What may happen to a lease after it was signed 租约变更: move-in, notice, move-out, cancelling.

Each follows the declared machine (`transitions.LEASE`); settling and closing stand in `settlements`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.leases import Lease, LeaseParty, LeaseRoom, Occupant
from desktop.models.parties import Party
from desktop.models.places import Room
from desktop.models.values import (
    NIL,
    LeaseRole,
    ReadingKind,
    Right,
    RoomCondition,
)
from desktop.services import (
    billing,
    handover,
    lease_bills,
)
from desktop.services.asked import Asked, OneOf
from desktop.services.errors import DomainError, NotFound, ProblemsFound
from desktop.services.leases import INSIDE, term_of, terms_of
from desktop.services.rights import needs, part
from desktop.services.stays import stayed_until
from desktop.services.transitions import LEASE, move
from desktop.services.trouble import RoomTaken
from desktop.services.work import Look, Work


@needs(Right.CHECK_IN)
def move_in(
    work: Work, lease_id: UUID, readings: Sequence[handover.ReadingForm] = (), keys: int = 0, cards: int = 0
) -> None:
    """Hand over the room of a signed lease on the day the tenant comes. Raises ForbiddenMove, RoomTaken."""
    lease = work.take(Lease, lease_id)
    room = work.session.scalars(
        sa.select(LeaseRoom).where(LeaseRoom.lease_id == lease_id).order_by(LeaseRoom.valid_from)
    ).first()
    tenant = work.session.scalars(
        sa.select(LeaseParty.party_id).where(LeaseParty.lease_id == lease_id, LeaseParty.role == LeaseRole.TENANT)
    ).first()
    if room is None or tenant is None:
        raise NotFound("这份租约")
    inside = work.session.scalar(
        sa.select(Party.name)
        .join(LeaseParty, (LeaseParty.party_id == Party.id) & (LeaseParty.role == LeaseRole.TENANT))
        .join(Lease, Lease.id == LeaseParty.lease_id)
        .join(LeaseRoom, LeaseRoom.lease_id == Lease.id)
        .where(LeaseRoom.room_id == room.room_id, Lease.state.in_(INSIDE), Lease.id != lease_id)
        .limit(1)
    )
    if inside is not None:
        raise RoomTaken(f"{inside}还没有退租，先办退租再交房")
    _hand_over(work, lease, room.room_id, tenant, readings, keys, cards)
    work.subject(lease)
    work.record(moved_in=True)


def _hand_over(
    work: Work,
    lease: Lease,
    room_id: UUID,
    party_id: UUID,
    readings: Sequence[handover.ReadingForm],
    keys: int,
    cards: int,
) -> None:
    lease.state = move(LEASE, lease.state, "move_in")
    lease.moved_in_on = work.world.today()
    handings = [handover.Handing(room_id, lease.id, party_id, readings, keys, cards)]
    handover.put_readings(work, handings)
    handover.hand_out(work, handings)


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
    lease = work.take(Lease, lease_id)
    lease.state = move(LEASE, lease.state, "cancel")
    for room in _rooms(work, [lease_id]):
        # Never held: the days before its beginning belong to nobody.
        room.valid_to = room.valid_from - timedelta(days=1)
    bills = work.session.scalars(sa.select(Bill.id).where(Bill.lease_id == lease_id).order_by(Bill.id)).all()
    taken_back = billing.counter_bills(work, bills, "租约撤销")
    work.subject(lease)
    work.record(reason=reason.strip(), taken_back_fen=taken_back.fen)


@needs(Right.EDIT_LEASES)
def give_notice(work: Work, lease_id: UUID) -> None:
    """The tenant said today that they leave. Raises ForbiddenMove."""
    put_notices(work, [lease_id])


@part
def put_notices(work: Work, lease_ids: Sequence[UUID]) -> None:
    """`give_notice` of several tenants inside another act."""
    leases = leases_to_move(work, lease_ids)
    for lease in leases:
        lease.state = move(LEASE, lease.state, "give_notice")
        lease.notice_on = work.world.today()
    about(work, leases)
    work.record(notice=True)


@needs(Right.EDIT_LEASES)
def withdraw_notice(work: Work, lease_id: UUID) -> None:
    """The tenant stays after all. Raises ForbiddenMove."""
    lease = work.take(Lease, lease_id)
    lease.state = move(LEASE, lease.state, "withdraw_notice")
    lease.notice_on = None
    work.subject(lease)
    work.record(notice=False)


@dataclass(frozen=True, slots=True)
class Leaving:
    """A tenant who hands the room back, and what the meters show."""

    lease_id: UUID
    readings: Sequence[handover.ReadingForm] = ()


@needs(Right.EDIT_LEASES)
def move_out(work: Work, lease_id: UUID, readings: Sequence[handover.ReadingForm] = ()) -> int:
    """The tenant hands the room back today: last readings, keys and cards in, the room is to be cleaned.

    Bills for time after today on which nothing was paid are taken back. Returns how many keys and cards came back.
    """
    return put_move_outs(work, [Leaving(lease_id, readings)])[lease_id]


@part
def put_move_outs(work: Work, leaving: Sequence[Leaving]) -> dict[UUID, int]:
    """`move_out` of several tenants inside another act; {lease: keys and cards that came back}."""
    today, session = work.world.today(), work.session
    ids = [each.lease_id for each in leaving]
    readings = {each.lease_id: each.readings for each in leaving}
    tenants = tenants_of(work, ids)
    back = handover.take_back(work, tenants)
    unpaid = _unpaid_after(work, ids)
    leases = leases_to_move(work, ids)
    held = _rooms(work, ids)
    _refuse_not_begun(leases, held, today)
    rooms = {room.id: room for room in _ROOMS.objects(session, {each.room_id for each in held})}
    occupants = _INSIDE.objects(session, ids)
    handover.put_readings(
        work,
        [handover.Handing(h.room_id, h.lease_id, tenants[h.lease_id], readings[h.lease_id]) for h in held],
        ReadingKind.FINAL,
    )
    for lease in leases:
        lease.state = move(LEASE, lease.state, "move_out")
        lease.moved_out_on = today
    for each in held:
        each.valid_to = min(each.valid_to, today)
        if rooms[each.room_id].condition is RoomCondition.CLEAN:
            rooms[each.room_id].condition = RoomCondition.DIRTY
    for occupant in occupants:
        occupant.valid_to = max(today, occupant.valid_from)
    billing.counter_bills(work, unpaid, "提前搬离")
    for lease in leases:
        _cut_stay(work, lease)
    about(work, leases)
    work.record(keys_back=sum(back.values()))
    return back


def _cut_stay(work: Work, lease: Lease) -> None:
    """Who stayed past the end was asked for whole months: the last of them ends with the day of leaving."""
    today, terms = work.world.today(), terms_of(term_of(work, lease.id))
    if terms.end >= today:
        return
    bills = [bill for bill in lease_bills.lease_bills(work, lease.id) if bill.stays and bill.lines]
    wanted = {f"{lease_bills.OVER}{bill.source_key}": bill for bill in stayed_until(terms, today)}
    lease_bills.put_changes(work, lease.id, lease_bills.changes(bills, wanted), f"{today} 搬离")


def _refuse_not_begun(leases: Sequence[Lease], held: Sequence[LeaseRoom], today: date) -> None:
    """Who leaves before a renewal begins leaves by the lease before it."""
    renewing = {lease.id for lease in leases if lease.renews_id is not None}
    for each in held:
        if each.lease_id in renewing and each.valid_from > today:
            raise DomainError(f"续租从 {each.valid_from} 才开始：先撤销续租，再从原租约办搬离")


def _unpaid_after(look: Look, lease_ids: Sequence[UUID]) -> Sequence[UUID]:
    """Bills of leases that are wholly for time after today and on which nothing was paid."""
    found = _UNPAID.rows(look.session.connection(), lease_ids, today=look.world.today())
    return [row.id for row in found]


def _unpaid(one_of: OneOf) -> sa.Select[Any]:
    first = (
        sa.select(
            BillLine.bill_id, sa.func.min(BillLine.period_start).label("day"), sa.func.sum(BillLine.amount).label("fen")
        )
        .where(one_of(BillLine.lease_id))
        .group_by(BillLine.bill_id)
        .subquery()
    )
    return (
        sa.select(Bill.id)
        .join(first, first.c.bill_id == Bill.id)
        .join(BillBalance, BillBalance.bill_id == Bill.id)
        .where(first.c.day > sa.bindparam("today"), BillBalance.owed == first.c.fen, BillBalance.owed != NIL)
        .order_by(Bill.id)
    )


_UNPAID = Asked(_unpaid)


@part
def about(work: Work, leases: Sequence[Lease]) -> None:
    """One lease is what the act is about; several tell it each by their changed state (`timeline`)."""
    if len(leases) == 1:
        work.subject(leases[0])


@part
def leases_to_move(work: Work, lease_ids: Sequence[UUID]) -> Sequence[Lease]:
    """Leases that this act is going to change: nobody else does until it is over. Raises NotFound."""
    found = _STANDING.objects(work.session, lease_ids)
    if len(found) != len(set(lease_ids)):
        raise NotFound("这份租约")
    return found


@part
def tenants_of(look: Look, lease_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """{lease: the tenant who signed}. Raises NotFound."""
    rows = _SIGNED.rows(look.session.connection(), lease_ids)
    tenants = {row.lease_id: row.party_id for row in rows}
    if set(lease_ids) - tenants.keys():
        raise NotFound("这份租约")
    return {lease_id: tenants[lease_id] for lease_id in lease_ids}


def _rooms(work: Work, lease_ids: Sequence[UUID]) -> Sequence[LeaseRoom]:
    return _HELD.objects(work.session, lease_ids)


_STANDING = Asked(
    lambda one_of: (
        sa.select(Lease).where(one_of(Lease.id), Lease.deleted_at.is_(None)).order_by(Lease.id).with_for_update()
    )
)
_HELD = Asked(
    lambda one_of: (
        sa.select(LeaseRoom).where(one_of(LeaseRoom.lease_id), LeaseRoom.deleted_at.is_(None)).order_by(LeaseRoom.id)
    )
)
_INSIDE = Asked(
    lambda one_of: (
        sa.select(Occupant).where(one_of(Occupant.lease_id), Occupant.valid_to.is_(None)).order_by(Occupant.id)
    )
)
_ROOMS = Asked(lambda one_of: sa.select(Room).where(one_of(Room.id)))
_SIGNED = Asked(
    lambda one_of: (
        sa.select(LeaseParty.lease_id, LeaseParty.party_id)
        .where(one_of(LeaseParty.lease_id), LeaseParty.role == LeaseRole.TENANT, LeaseParty.deleted_at.is_(None))
        .order_by(LeaseParty.valid_from.desc(), LeaseParty.id.desc())
    )
)
