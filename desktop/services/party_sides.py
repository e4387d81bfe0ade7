"""Where somebody stands besides being a tenant: in the leases of others, and to other people."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from desktop.models.leases import Lease, LeaseParty, LeaseRoom, Occupant
from desktop.models.parties import Party, PartyRelation
from desktop.models.places import Building, Room
from desktop.models.values import LeaseRole, LeaseState, Right
from desktop.services.rights import part
from desktop.services.work import Look

_DEAD = (LeaseState.CANCELLED, LeaseState.DRAFT)
_OF = {"guardian": "监护", "legal_person": "法定代表", "handler": "经办", "household": "同住", "emergency": "联系"}
"""What somebody is to the other, as a caption: 监护 沈知微."""


@dataclass(frozen=True, slots=True)
class LeaseOfOthers:
    """A lease in which somebody stands without being its tenant. `role` None: they only live there."""

    lease_id: UUID
    role: LeaseRole | None
    words: str
    """1 栋 1203 沈知微."""


@dataclass(frozen=True, slots=True)
class RelatedTo:
    """Somebody for whom a party is something. `caption` says what, shortly."""

    party_id: UUID
    name: str
    caption: str


@part
def leases_of_others(look: Look, party_id: UUID) -> tuple[LeaseOfOthers, ...]:
    """As co-tenant, guarantor, guardian, agent or occupant, the latest first; nothing for whoever sees no leases."""
    if Right.SEE_LEASES not in look.actor.rights:
        return ()
    tenant = sa.orm.aliased(LeaseParty)
    base = (
        sa.select(Lease.id, Building.name.label("building"), Room.number, Party.name, Party.id.label("tenant_id"))
        .join(tenant, (tenant.lease_id == Lease.id) & (tenant.role == LeaseRole.TENANT))
        .join(Party, Party.id == tenant.party_id)
        .join(LeaseRoom, LeaseRoom.lease_id == Lease.id)
        .join(Room, Room.id == LeaseRoom.room_id)
        .join(Building, Building.id == Room.building_id)
        .where(Lease.deleted_at.is_(None), LeaseRoom.deleted_at.is_(None), Lease.state.not_in(_DEAD))
        .order_by(LeaseRoom.valid_from.desc(), LeaseRoom.id.desc())
        .limit(50)
    )
    signed = base.add_columns(LeaseParty.role).join(
        LeaseParty,
        (LeaseParty.lease_id == Lease.id)
        & (LeaseParty.party_id == party_id)
        & (LeaseParty.role != LeaseRole.TENANT)
        & LeaseParty.deleted_at.is_(None),
    )
    living = base.add_columns(sa.null().label("role")).join(
        Occupant,
        (Occupant.lease_id == Lease.id)
        & (Occupant.party_id == party_id)
        & Occupant.valid_to.is_(None)
        & Occupant.deleted_at.is_(None),
    )
    found: dict[UUID, LeaseOfOthers] = {}
    for row in (*look.session.execute(signed), *look.session.execute(living)):
        if row.tenant_id != party_id:
            words = f"{row.building} {row.number} {row.name}"
            found.setdefault(row.id, LeaseOfOthers(row.id, row.role, words))
    return tuple(found.values())


@part
def related_to(look: Look, party_id: UUID) -> tuple[RelatedTo, ...]:
    """Whose guardian, legal person, handler, household member or emergency contact somebody is."""
    rows = look.session.execute(
        sa.select(Party.id, Party.name, PartyRelation.kind)
        .join(PartyRelation, PartyRelation.party_id == Party.id)
        .where(PartyRelation.other_id == party_id, PartyRelation.until.is_(None), PartyRelation.deleted_at.is_(None))
        .order_by(PartyRelation.created_at.desc(), PartyRelation.id)
        .limit(50)
    )
    return tuple({row.id: RelatedTo(row.id, row.name, _OF.get(row.kind, "")) for row in rows}.values())
