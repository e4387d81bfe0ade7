"""Which lease had a room on which days: asked where a cost is shared, and where a reading is taken."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from desktop.models.leases import Lease, LeaseRoom
from desktop.models.places import Ownership
from desktop.models.values import LeaseState, Period
from desktop.services.leases import INSIDE
from desktop.services.quick import Quick
from desktop.services.rights import part
from desktop.services.work import Look

HELD = (*INSIDE, LeaseState.MOVED_OUT, LeaseState.SETTLED, LeaseState.CLOSED, LeaseState.RENEWED)
"""States of a lease whose tenant has, or had, the keys."""


@dataclass(frozen=True, slots=True)
class LetSpan:
    """Days on which a lease had a room, both counted."""

    lease_id: UUID
    start: date
    end: date


@part
def let_spans(look: Look, period: Period, room_ids: Collection[UUID] | None = None) -> dict[UUID, list[LetSpan]]:
    """Who had which room in a period, in order (None: of all rooms). Who stays past the end 期满未退 still has it."""
    look.settle()
    spans: dict[UUID, list[LetSpan]] = {}
    for row in _SPANS.rows(look.connection, room_ids, first=period.start, last=period.end):
        end = max(row.valid_to, period.end) if row.stays else row.valid_to
        if end >= period.start:
            spans.setdefault(row.room_id, []).append(LetSpan(row.lease_id, row.valid_from, end))
    return spans


@part
def lease_on(look: Look, day: date, room_ids: Collection[UUID] | None = None) -> dict[UUID, UUID]:
    """{room: the lease that has it on a day}; vacant rooms are left out. Of two on one day the later one."""
    return {room: spans[-1].lease_id for room, spans in let_spans(look, Period(day, day), room_ids).items()}


@part
def lived_in(look: Look, period: Period, room_ids: Collection[UUID] | None = None) -> set[UUID]:
    """Rooms that were let, or lived in by their owner, on at least one day of a period; all others stood vacant."""
    return set(let_spans(look, period, room_ids)) | owner_homes(look, period, room_ids)


@part
def owner_homes(look: Look, period: Period, room_ids: Collection[UUID] | None = None) -> set[UUID]:
    """Rooms lived in by their owner on at least one day of a period."""
    look.settle()
    return set(_OWN_HOMES.first(look.connection, room_ids, first=period.start, last=period.end))


_FIRST = sa.bindparam("first", type_=LeaseRoom.valid_from.type)
_LAST = sa.bindparam("last", type_=LeaseRoom.valid_from.type)
_LATER = sa.orm.aliased(LeaseRoom)


def _follows() -> sa.ColumnElement[bool]:
    """Another room of the same lease comes after this one: the tenant has moved house."""
    return (
        sa.select(_LATER.id)
        .where(
            _LATER.lease_id == LeaseRoom.lease_id, _LATER.deleted_at.is_(None),
            _LATER.valid_from > LeaseRoom.valid_to, _LATER.valid_from <= _LATER.valid_to,
        )
        .exists()
    )  # fmt: skip


def _stays() -> sa.ColumnElement[bool]:
    return sa.and_(Lease.state.in_(INSIDE), LeaseRoom.valid_to < _LAST, ~_follows())


_SPANS = Quick(
    lambda q: sa.select(
        LeaseRoom.room_id, LeaseRoom.lease_id, LeaseRoom.valid_from, LeaseRoom.valid_to, _stays().label("stays")
    )
    .join(Lease, Lease.id == LeaseRoom.lease_id)
    .where(
        Lease.state.in_(HELD), Lease.deleted_at.is_(None), LeaseRoom.deleted_at.is_(None),
        LeaseRoom.valid_from <= LeaseRoom.valid_to, LeaseRoom.valid_from <= _LAST,
        sa.or_(LeaseRoom.valid_to >= _FIRST, Lease.state.in_(INSIDE)), q.among(LeaseRoom.room_id),
    )
    .order_by(LeaseRoom.valid_from, LeaseRoom.id)
)  # fmt: skip
_OWN_HOMES = Quick(
    lambda q: sa.select(Ownership.room_id).where(
        Ownership.owner_occupied, Ownership.deleted_at.is_(None), Ownership.valid_from <= _LAST,
        sa.or_(Ownership.valid_to.is_(None), Ownership.valid_to >= _FIRST), q.among(Ownership.room_id),
    )
)  # fmt: skip
