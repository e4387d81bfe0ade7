"""Owners 业主 of a room with their shares, from a day on; who owned before keeps their days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.parties import Party
from desktop.models.places import Ownership, Room
from desktop.models.values import Right
from desktop.services import enquiries, timeline
from desktop.services.changes import last_touch
from desktop.services.errors import ProblemsFound, RowChanged
from desktop.services.party_forms import PartyForm, party_problems
from desktop.services.rights import needs
from desktop.services.shares import share_words
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


def owner_words(owners: Sequence[OwnerForm | OwnerRow]) -> str:
    """Owners in words: 林以宁 1/3，自住；周思齐 2/3."""
    told = (f"{each.name} {share_words(each.share)}{'，自住' if each.owner_occupied else ''}" for each in owners)
    return "；".join(told) or "没有业主"


def together(
    base: Sequence[OwnerForm], theirs: Sequence[OwnerForm], yours: Sequence[OwnerForm]
) -> tuple[OwnerForm, ...] | None:
    """Two corrections of the same owners put together; None when both changed who owns how much, each otherwise.

    Shares only make sense as a whole, so one side's are taken; who lives there is taken owner by owner.
    """
    of_base, of_theirs, of_yours = (_shares(side) for side in (base, theirs, yours))
    if of_theirs in (of_base, of_yours):
        taken, mine = yours, True
    elif of_yours == of_base:
        taken, mine = theirs, False
    else:
        return None
    stood, other = ({_who(each): each.owner_occupied for each in side} for side in (base, theirs if mine else yours))
    return tuple(
        replace(each, owner_occupied=other.get(_who(each), each.owner_occupied))
        if each.owner_occupied == stood.get(_who(each)) else each
        for each in taken
    )  # fmt: skip


def _who(owner: OwnerForm) -> tuple[UUID | None, str, str]:
    return (owner.party_id, "", "") if owner.party_id is not None else (None, owner.name, owner.phone)


def _shares(owners: Sequence[OwnerForm]) -> frozenset[tuple[object, Decimal]]:
    return frozenset((_who(each), each.share) for each in owners)


@needs(Right.EDIT_PLACES)
def set_owners(
    work: Work, room_id: UUID, shown: Sequence[OwnerRow], owners: Sequence[OwnerForm], since: date
) -> tuple[OwnerRow, ...]:
    """Who owns the room from a day on; earlier owners keep their days. Returns the owners as they stand now.

    `shown`: those that stood on the screen. Raises ProblemsFound: `owners`, `since`; RowChanged with both versions when
    others stand there now.
    """
    room = work.take(Room, room_id)
    now = _current(work, room_id)
    if _stored(now) != _stored(shown):
        theirs, yours = {"owners": owner_words(now)}, {"owners": owner_words(owners)}
        raise RowChanged(theirs, yours, *timeline.last_act(work, room_id), _who_wrote(work, room_id))
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
    work.session.flush()
    return _current(work, room_id)


def _current(look: Look, room_id: UUID) -> tuple[OwnerRow, ...]:
    return tuple(_row(*found) for found in look.session.execute(_owned(room_id).where(Ownership.valid_to.is_(None))))


def _who_wrote(look: Look, room_id: UUID) -> dict[str, str]:
    row = look.session.scalars(
        sa.select(Ownership)
        .where(Ownership.room_id == room_id)
        .order_by(Ownership.updated_at.desc(), Ownership.id.desc())
        .limit(1)
    ).first()
    return {"owners": last_touch(look, row)} if row is not None else {}


def _stored(rows: Sequence[OwnerRow]) -> frozenset[tuple[object, ...]]:
    """What of them the dialog shows; a name that was corrected meanwhile is no other owner."""
    return frozenset((row.party_id, row.share, row.owner_occupied, row.valid_from) for row in rows)


def _party_of(work: Work, owner: OwnerForm) -> UUID:
    if owner.party_id is None:
        return enquiries.caller(work, owner.name, owner.phone)
    return work.get(Party, owner.party_id).id


@needs(Right.SEE_BOARD)
def owners_of(look: Look, room_id: UUID) -> list[OwnerRow]:
    """The owners of a room, today's first."""
    return [_row(*found) for found in look.session.execute(_owned(room_id))]


def _owned(room_id: UUID) -> sa.Select[Ownership, str]:
    return (
        sa.select(Ownership, Party.name)
        .join(Party, Party.id == Ownership.party_id)
        .where(Ownership.room_id == room_id, Ownership.deleted_at.is_(None))
        .order_by(Ownership.valid_to.is_not(None), Ownership.valid_from.desc(), Ownership.share.desc(), Party.name)
    )


def _row(row: Ownership, name: str) -> OwnerRow:
    return OwnerRow(row.party_id, name, row.share, row.owner_occupied, row.valid_from, row.valid_to)
