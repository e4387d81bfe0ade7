"""Owners 业主 of a room with their shares, from a day on; who owned before keeps their days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.parties import Party
from desktop.models.places import Ownership, Room
from desktop.models.values import Right
from desktop.services import enquiries
from desktop.services.errors import ProblemsFound
from desktop.services.party_forms import PartyForm, party_problems
from desktop.services.rights import needs
from desktop.services.work import Look, Work


@dataclass(frozen=True, slots=True)
class OwnerForm:
    """One owner and how much of the room is theirs; `share` 1 is the whole.

    `party_id` None: somebody new, by name and phone; who is here under both is recognised.
    """

    party_id: UUID | None
    share: Decimal
    owner_occupied: bool = False
    name: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """An owner as the room's page shows them."""

    party_id: UUID
    name: str
    share: Decimal
    owner_occupied: bool
    valid_from: date
    valid_to: date | None


def owner_problems(owners: Sequence[OwnerForm], today: date | None = None) -> dict[str, str]:
    """What is still to be mended of a room's owners: shares sum to exactly the whole. No owner at all is allowed."""
    if not owners:
        return {}
    for owner in owners:
        if owner.party_id is None and (trouble := _person_problem(owner, today or date.max)):
            return {"owners": trouble}
    if any(not 0 < owner.share <= 1 for owner in owners):
        return {"owners": "每位业主的份额大于 0，不超过 100%"}
    known = [owner.party_id for owner in owners if owner.party_id is not None]
    if len(set(known)) < len(known):
        return {"owners": "同一位业主列了两次，合成一行"}
    whole = sum((owner.share for owner in owners), Decimal(0))
    if whole != 1:
        return {"owners": f"份额合计 {whole * 100:.4f}%，要正好 100%".replace(".0000%", "%", 1)}
    return {}


def _person_problem(owner: OwnerForm, today: date) -> str:
    """What is missing of somebody new."""
    form = PartyForm(owner.name, phone=owner.phone)
    return next((remark.text for remark in party_problems(form, today) if remark.stops), "")


@needs(Right.EDIT_PLACES)
def set_owners(work: Work, room_id: UUID, owners: Sequence[OwnerForm], since: date) -> None:
    """Who owns the room from a day on; earlier owners keep their days. Raises ProblemsFound: `owners`, `since`."""
    room = work.take(Room, room_id)
    if problems := owner_problems(owners, work.world.today()):
        raise ProblemsFound(problems)
    for row in work.session.scalars(
        sa.select(Ownership).where(
            Ownership.room_id == room_id, Ownership.valid_to.is_(None), Ownership.deleted_at.is_(None)
        )
    ):
        if row.valid_from > since:
            raise ProblemsFound({"since": f"已有从 {row.valid_from} 起的业主：选那天或之后"})
        if row.valid_from == since:
            row.deleted_at = work.at
        else:
            row.valid_to = since - timedelta(days=1)
    parties = [_party_of(work, owner) for owner in owners]
    if len(set(parties)) < len(parties):
        raise ProblemsFound({"owners": "同一位业主列了两次，合成一行"})
    for party_id, owner in zip(parties, owners, strict=True):
        work.add(
            Ownership(
                room_id=room_id, party_id=party_id, share=owner.share, owner_occupied=owner.owner_occupied,
                valid_from=since, valid_to=None,
            )
        )  # fmt: skip
    work.subject(room)
    work.record(owners=len(owners), since=since.isoformat())


def _party_of(work: Work, owner: OwnerForm) -> UUID:
    if owner.party_id is None:
        return enquiries.caller(work, owner.name, owner.phone)
    return work.get(Party, owner.party_id).id


@needs(Right.SEE_BOARD)
def owners_of(look: Look, room_id: UUID) -> list[OwnerRow]:
    """The owners of a room, today's first."""
    rows = look.session.execute(
        sa.select(Ownership, Party.name)
        .join(Party, Party.id == Ownership.party_id)
        .where(Ownership.room_id == room_id, Ownership.deleted_at.is_(None))
        .order_by(Ownership.valid_to.is_not(None), Ownership.valid_from.desc(), Ownership.share.desc(), Party.name)
    )
    return [
        OwnerRow(row.party_id, name, row.share, row.owner_occupied, row.valid_from, row.valid_to) for row, name in rows
    ]
