"""The leases of one tenancy 续租链: which renews which, from the first to the last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from desktop.models.leases import Lease, LeaseTerm
from desktop.models.values import LeaseState, Money
from desktop.services.leases import latest_term
from desktop.services.rights import part
from desktop.services.work import Look

MOST = 60
"""Leases of one tenancy that are looked for: monthly renewals of five years."""


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One lease of a tenancy."""

    id: UUID
    number: str
    state: LeaseState
    start: date
    end: date
    rent: Money
    """Per month, when it began."""


@part
def follower(look: Look, lease_id: UUID) -> Lease | None:
    """The lease that renews another one and was not cancelled; None where none does."""
    return look.session.scalars(
        sa.select(Lease)
        .where(Lease.renews_id == lease_id, Lease.deleted_at.is_(None), Lease.state != LeaseState.CANCELLED)
        .limit(1)
    ).first()


@part
def chain_of(look: Look, lease_id: UUID) -> tuple[ChainLink, ...]:
    """The leases of the tenancy that a lease belongs to, the first one first; itself alone where nothing was renewed.

    A renewal that was withdrawn stands in no chain but its own.
    """
    ids = [*reversed(list(_before(look, lease_id))), lease_id, *_after(look, lease_id)]
    rows = {
        row.id: ChainLink(*row)
        for row in look.session.execute(
            sa.select(Lease.id, Lease.number, Lease.state, LeaseTerm.start, LeaseTerm.end, LeaseTerm.rent)
            .select_from(Lease)
            .join(LeaseTerm, LeaseTerm.id == latest_term())
            .where(Lease.id.in_(ids))
        )
    }
    return tuple(rows[each] for each in ids if each in rows)


def _before(look: Look, lease_id: UUID) -> Iterator[UUID]:
    for _ in range(MOST):
        before = look.session.scalar(sa.select(Lease.renews_id).where(Lease.id == lease_id))
        if before is None:
            return
        yield before
        lease_id = before


def _after(look: Look, lease_id: UUID) -> Iterator[UUID]:
    for _ in range(MOST):
        after = follower(look, lease_id)
        if after is None:
            return
        yield after.id
        lease_id = after.id
