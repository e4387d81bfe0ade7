"""What stands in the way of letting a room in a time: leases, reservations, its state; a flat and its beds are one."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.enquiries import Reservation
from desktop.models.leases import Lease, LeaseParty, LeaseRoom
from desktop.models.parties import Party
from desktop.models.places import Room
from desktop.models.values import (
    LeaseRole,
    Period,
    ReservationState,
    Right,
)
from desktop.services import (
    settings,
)
from desktop.services.asked import Asked
from desktop.services.check_in_forms import CheckInFacts
from desktop.services.errors import NotFound
from desktop.services.lease_limits import LimitRules
from desktop.services.leases import INSIDE
from desktop.services.rights import needs, part
from desktop.services.work import Look


@needs(Right.CHECK_IN)
def check_in_facts(look: Look, room_id: UUID | None, period: Period | None) -> CheckInFacts:
    """The facts that `check_in_problems` needs, as they are now."""
    return facts_now(look, room_id, period)


@part
def facts_now(look: Look, room_id: UUID | None, period: Period | None) -> CheckInFacts:
    """`check_in_facts` inside an act."""
    if room_id is None:
        return CheckInFacts(look.world.today(), limit_rules(look))
    return facts_of(look, [(room_id, period)])[0]


@part
def limit_rules(look: Look) -> LimitRules:
    """What this office allows of deposits, rent ahead and short stays."""
    rules = settings.values_of(look, "deposit_months_limit", "rent_ahead_months_limit", "short_stay_days")
    return LimitRules(
        deposit_months=int(rules["deposit_months_limit"]), rent_months=int(rules["rent_ahead_months_limit"]),
        short_stay_days=int(rules["short_stay_days"]),
    )  # fmt: skip


@part
def facts_of(look: Look, wanted: Sequence[tuple[UUID, Period | None]]) -> list[CheckInFacts]:
    """The facts of several rooms, each for its own time."""
    today, rules = look.world.today(), limit_rules(look)
    ids = sorted({room_id for room_id, _ in wanted})
    rooms = {room.id: room for room in _ROOMS.rows(look.session.connection(), ids)}
    families = families_of(look, ids)
    held = _HELD.rows(look.session.connection(), set().union(*families.values()))
    reserved = _RESERVED.rows(look.session.connection(), set().union(*families.values()), today=today)
    facts = []
    for room_id, period in wanted:
        room = rooms.get(room_id)
        if room is None or room.deleted_at is not None or (room.retired_on is not None and room.retired_on <= today):
            raise NotFound("这间房")
        taken = waiting = None
        if period is not None:
            taken = next((_span(row) for row in held if _in_the_way(row, families[room_id], period, today)), None)
            waiting = next((_reservation(row) for row in reserved if _before(row, families[room_id], period)), None)
        facts.append(CheckInFacts(today, rules, taken, waiting, room.condition, room.habitable, room.capacity))
    return facts


def _before(row: Any, family: AbstractSet[UUID], period: Period) -> bool:
    """A lease that is over before they come does not take the room from them."""
    return row.room_id in family and period.end >= (row.moves_in_on or row.valid_from)


def _reservation(row: Any) -> tuple[str, date, UUID]:
    return row.name, row.valid_to, row.party_id


_RESERVED = Asked(
    lambda one_of: (
        sa.select(
            Reservation.room_id, Reservation.party_id, Reservation.valid_from, Reservation.valid_to,
            Reservation.moves_in_on, Party.name,
        )
        .join(Party, Party.id == Reservation.party_id)
        .where(
            one_of(Reservation.room_id), Reservation.state == ReservationState.HELD,
            Reservation.deleted_at.is_(None), Reservation.valid_to >= sa.bindparam("today"),
        )
        .order_by(Reservation.valid_from, Reservation.id)
    )
)  # fmt: skip
"""The reservations that hold some rooms today, with whom they are for."""


_ROOMS = Asked(
    lambda one_of: sa.select(
        Room.id, Room.deleted_at, Room.retired_on, Room.condition, Room.habitable, Room.capacity
    ).where(one_of(Room.id))
)


_HELD = Asked(
    lambda one_of: (
        sa.select(LeaseRoom.room_id, LeaseRoom.valid_from, LeaseRoom.valid_to, Lease.id, Lease.state, Party.name)
        .join(Lease, Lease.id == LeaseRoom.lease_id)
        .join(LeaseParty, (LeaseParty.lease_id == Lease.id) & (LeaseParty.role == LeaseRole.TENANT))
        .join(Party, Party.id == LeaseParty.party_id)
        .where(one_of(LeaseRoom.room_id), LeaseRoom.deleted_at.is_(None), LeaseRoom.valid_from <= LeaseRoom.valid_to)
        .order_by(LeaseRoom.valid_from, LeaseRoom.id)
    )
)
"""The leases on some rooms from the earliest on, with who signed them."""


_NESTED = Asked(
    lambda one_of: sa.select(Room.id, Room.parent_id).where(
        Room.parent_id.is_not(None), sa.or_(one_of(Room.id), one_of(Room.parent_id))
    )
)


def _in_the_way(row: Any, family: AbstractSet[UUID], period: Period, today: date) -> bool:
    if row.room_id not in family:
        return False
    if row.valid_from <= period.end and row.valid_to >= period.start:
        return True
    # Expired but not moved out: the tenant is still inside, whatever the paper says.
    return row.state in INSIDE and row.valid_to < period.start <= today


def _span(row: Any) -> tuple[Period, str]:
    return Period(row.valid_from, row.valid_to), row.name


@part
def lock_rooms(look: Look, room_ids: Sequence[UUID]) -> None:
    """Nobody else lets these rooms, what contains them or what they contain, until the act is over."""
    connection = look.session.connection()
    if connection.dialect.name == "postgresql":
        _LOCK.rows(connection, set().union(*families_of(look, room_ids).values()))


_LOCK = Asked(lambda one_of: sa.select(Room.id).where(one_of(Room.id)).order_by(Room.id).with_for_update())


@part
def beside(
    look: Look, room_id: UUID, lease_id: UUID, tenant_id: UUID
) -> tuple[tuple[tuple[Period, str], ...], tuple[tuple[date, date, str], ...]]:
    """What else claims the room of a lease: (days of other leases and whose, reservations of others).

    A reservation is (from when they need it, held until, for whom).
    """
    family = families_of(look, [room_id])[room_id]
    connection = look.session.connection()
    leases = tuple(_span(row) for row in _HELD.rows(connection, family) if row.id != lease_id)
    reserved = _RESERVED.rows(connection, family, today=look.world.today())
    return leases, tuple(
        (row.moves_in_on or row.valid_from, row.valid_to, row.name) for row in reserved if row.party_id != tenant_id
    )


@part
def families_of(look: Look, room_ids: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """Each room with what contains it and what it contains: a flat and its beds are not let twice."""
    above: dict[UUID, UUID] = {}
    below: dict[UUID, set[UUID]] = {}
    asked: set[UUID] = set()
    members = set(room_ids)
    while members:
        rows = _NESTED.rows(look.session.connection(), members)
        asked |= members
        for room_id, parent_id in rows:
            if parent_id is not None:
                above[room_id] = parent_id
                below.setdefault(parent_id, set()).add(room_id)
        members = (above.keys() | below.keys()) - asked
    families = {}
    for room_id in room_ids:
        family, up, down = {room_id}, above.get(room_id), [room_id]
        while up is not None:
            family.add(up)
            up = above.get(up)
        while down:
            inner = below.get(down.pop(), set())
            family |= inner
            down += inner
        families[room_id] = family
    return families
