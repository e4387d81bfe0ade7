"""Who bears a fee of a room on which days: the tenant while it is let, the owner otherwise. Pure, no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from desktop.models.values import DebtorRule, Period
from desktop.services.proration import ONE_DAY


@dataclass(frozen=True, slots=True)
class Stay:
    """A tenancy of a room: whose, under which lease, which days."""

    lease_id: UUID
    party_id: UUID
    start: date
    end: date | None
    """Last day, counted; None while the tenant has not left, also past the end of the lease."""
    renewals: int = 0
    """How many times this tenancy was renewed before."""
    pays_property_fee: bool = False
    """The property fee is collected with the lease."""


@dataclass(frozen=True, slots=True)
class Owned:
    """An owner of a room for some days. Of several, the largest share answers for all of it."""

    party_id: UUID
    lives_there: bool
    start: date
    end: date | None


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who owes for some days. `stay` None: the owner."""

    party_id: UUID
    stay: Stay | None
    vacant: bool
    """Nobody lives there: neither a tenant nor the owner."""

    @property
    def lease_id(self) -> UUID | None:
        return self.stay.lease_id if self.stay is not None else None


@dataclass(frozen=True, slots=True)
class RoomPast:
    """The tenancies of a room, the earliest first, and its owners, the largest share first."""

    stays: tuple[Stay, ...] = ()
    owners: tuple[Owned, ...] = ()


def bearers(past: RoomPast, rule: DebtorRule, period: Period) -> list[tuple[Period, Bearer | None]]:
    """A period cut where somebody else bears the fee; None: days for which nobody does. In order, nothing left out."""
    cuts = {period.start}
    rows: tuple[Stay | Owned, ...] = (*past.stays, *past.owners)
    for row in rows:
        cuts.add(row.start)
        if row.end is not None:
            cuts.add(row.end + ONE_DAY)
    starts = sorted(day for day in cuts if period.start <= day <= period.end)
    found: list[tuple[Period, Bearer | None]] = []
    for start, end in zip(starts, [*(day - ONE_DAY for day in starts[1:]), period.end], strict=True):
        bearer = _on(past, rule, start)
        if found and found[-1][1] == bearer:
            found[-1] = (Period(found[-1][0].start, end), bearer)
        else:
            found.append((Period(start, end), bearer))
    return found


def _on(past: RoomPast, rule: DebtorRule, day: date) -> Bearer | None:
    stay = _last(past.stays, day)
    if rule is not DebtorRule.OWNER and stay is not None:
        return Bearer(stay.party_id, stay, vacant=False)
    if rule is DebtorRule.TENANT_ONLY:
        return None
    owner = next((each for each in past.owners if _holds(each, day)), None)
    if owner is None:
        return None
    lived_in = stay is not None or any(each.lives_there for each in past.owners if _holds(each, day))
    return Bearer(owner.party_id, None, vacant=not lived_in)


def _last(stays: Sequence[Stay], day: date) -> Stay | None:
    """The stay of a day; of a tenant who has not left and one who has come, the one who has come."""
    return next((stay for stay in reversed(stays) if _holds(stay, day)), None)


def _holds(row: Stay | Owned, day: date) -> bool:
    return row.start <= day and (row.end is None or day <= row.end)
