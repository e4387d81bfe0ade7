"""Rent and what else a lease collects, as it falls due: what a bill run adds to what was posted at the desk.

A lease's bills are planned by `schedule` and posted in the order of their due days, so of each lease only those due
after its last posted one are worked out. Who stays past the end of the lease owes the same rent month by month.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from desktop.models.base import table_of
from desktop.models.billing import Bill
from desktop.models.leases import Lease, LeaseParty, LeaseRoom, LeaseTerm
from desktop.models.places import Building, Room
from desktop.models.values import LeaseRole, LeaseState, Money, Right, total
from desktop.services import billing, rent_discounts, settings
from desktop.services.billing import BillOrder
from desktop.services.leases import INSIDE, terms_of
from desktop.services.rights import needs, part
from desktop.services.schedule import PlannedBill, plan_due
from desktop.services.stays import stay_title, stayed_on
from desktop.services.work import Look, Work

RUNNING = (LeaseState.SIGNED, LeaseState.ACTIVE, LeaseState.NOTICE, LeaseState.RENEWED)
"""A renewed lease asks for its own days to their end; nobody stays past it, for the next lease has them."""


@dataclass(frozen=True, slots=True)
class RentCharge:
    """A bill that a lease asks for now."""

    lease_id: UUID
    debtor_id: UUID
    room_id: UUID
    building_id: UUID
    room: str
    bill: PlannedBill
    source: str
    own_title: str = ""

    @property
    def title(self) -> str:
        """What the clerk calls it."""
        return self.own_title or billing.bill_title(self.bill)

    @property
    def key(self) -> str:
        return f"{self.source}:{self.bill.source_key}"


@dataclass(frozen=True, slots=True)
class BillsPosted:
    """News of bills that fell due."""

    bills: int
    amount: Money


@needs(Right.POST_BILLS)
def post_due_bills(work: Work, until: date | None = None) -> BillsPosted:
    """Post every bill of a running lease that falls due up to a day (default: today and the days posted ahead)."""
    return put_due_bills(work, until)


@part
def put_due_bills(work: Work, until: date | None = None) -> BillsPosted:
    """`post_due_bills` inside another act. Doing it twice makes nothing twice."""
    day = until or work.world.today() + timedelta(days=int(settings.value_of(work, "post_ahead_days")))
    rents = rents_due(work, day)
    ids = billing.put_bills(work, orders_of(rents))
    work.record(bills=len(ids), until=day.isoformat())
    return BillsPosted(len(ids), total(rent.bill.money for rent in rents))


def orders_of(rents: Iterable[RentCharge]) -> list[BillOrder]:
    """Bills of leases as `billing.put_bills` takes them."""
    return [
        BillOrder(rent.debtor_id, rent.room_id, [rent.bill], rent.source, rent.lease_id, rent.title) for rent in rents
    ]


@part
def rents_due(look: Look, until: date, building_id: UUID | None = None) -> list[RentCharge]:
    """Every bill of a running lease that is due up to a day and not yet posted, by lease and due day."""
    posted, over = ({row[0]: row[1] for row in look.connection.execute(query)} for query in (_POSTED, _POSTED_OVER))
    found, today, loyal = [], look.world.today(), rent_discounts.loyal_rents(look)
    for row, latest in _standing(look, building_id):
        terms = terms_of(cast(LeaseTerm, latest))  # the same names, without 100,000 objects
        source = f"lease:{row.lease_id.hex}"
        where = (row.lease_id, row.party_id, row.room_id, row.building_id, f"{row.building} {row.number}")
        due = loyal.off(row.lease_id, plan_due(terms, posted.get(row.lease_id), until))
        found += [RentCharge(*where, bill, source) for bill in due]
        # Whether somebody stays on is known when the day has come, and no sooner for how long.
        if row.state in INSIDE and terms.end < today:
            stayed = stayed_on(terms, over.get(row.lease_id), min(until, today))
            found += [RentCharge(*where, bill, f"{source}:over", stay_title(bill)) for bill in stayed]
    return found


def _of_leases(*which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """The due day of the last bill posted by a lease's own plan."""
    query: Any = sa.select(Bill.lease_id, sa.func.max(Bill.due))
    of_leases: sa.Select[Any] = query.where(Bill.lease_id.is_not(None), *which).group_by(Bill.lease_id)
    return of_leases


_OVER = Bill.source_key.like("lease:%:over:%")
_POSTED = _of_leases(Bill.source_key.like("lease:%"), sa.not_(Bill.source_key.like("lease:%:over%")))
_POSTED_OVER = _of_leases(_OVER)


def _standing(look: Look, building_id: UUID | None) -> Iterator[tuple[Any, Any]]:
    """Running leases with their tenant and the room they hold last, each with its latest terms, by building and room.

    Which terms and which room are the latest is told here, not asked: PostgreSQL takes "the first of each lease" for
    one row in two hundred and then goes through all of them for each lease.
    """
    terms = {row.lease_id: row for row in look.connection.execute(_TERMS)}
    last_room = {row.lease_id: row.id for row in look.connection.execute(_ROOMS)}
    query = (
        sa.select(
            Lease.id.label("lease_id"), Lease.state, LeaseParty.party_id, LeaseRoom.id, LeaseRoom.room_id,
            Room.building_id, Room.number, Building.name.label("building"),
        )
        .join(LeaseParty, (LeaseParty.lease_id == Lease.id) & (LeaseParty.role == LeaseRole.TENANT))
        .join(LeaseRoom, LeaseRoom.lease_id == Lease.id)
        .join(Room, Room.id == LeaseRoom.room_id)
        .join(Building, Building.id == Room.building_id)
        .where(
            Lease.state.in_(RUNNING), Lease.deleted_at.is_(None), LeaseParty.deleted_at.is_(None),
            LeaseRoom.deleted_at.is_(None),
        )
        .order_by(Building.sort, Building.name, Room.floor, Room.number, Lease.id)
    )  # fmt: skip
    if building_id is not None:
        query = query.where(Room.building_id == building_id)
    for row in look.connection.execute(query):
        if last_room[row.lease_id] == row.id and row.lease_id in terms:
            yield row, terms[row.lease_id]


def _of_running(query: Any, model: type[LeaseTerm] | type[LeaseRoom]) -> sa.Select[Any]:
    running: sa.Select[Any] = query.join(Lease, Lease.id == model.lease_id).where(
        Lease.state.in_(RUNNING), Lease.deleted_at.is_(None), model.deleted_at.is_(None)
    )
    return running


# The later of a lease come after the earlier, so the last one read stands.
_TERMS = _of_running(
    sa.select(*(column for column in table_of(LeaseTerm).c if column.name not in ("id", "project_id", "purpose"))),
    LeaseTerm,
).order_by(LeaseTerm.effective_from, LeaseTerm.id)
_ROOMS = _of_running(sa.select(LeaseRoom.lease_id, LeaseRoom.id), LeaseRoom).order_by(
    LeaseRoom.valid_from, LeaseRoom.id
)
