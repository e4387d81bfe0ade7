"""Somebody who was here before 老客户: recognised by the blind index of a paper, with history and warnings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillBalance
from desktop.models.leases import Lease, LeaseParty, LeaseRoom, LeaseTerm
from desktop.models.parties import Party
from desktop.models.places import Building, Room
from desktop.models.values import NIL, DocumentKind, LeaseRole, LeaseState, Money, PartyKind, Right, total
from desktop.services import notes, parties
from desktop.services.leases import INSIDE, TENANT_ROLES
from desktop.services.rights import needs
from desktop.services.work import Look

_DEAD = (LeaseState.CANCELLED, LeaseState.DRAFT)


@dataclass(frozen=True, slots=True)
class Returning:
    """A party whose paper was shown again. `history` and `warnings` are sentences."""

    id: UUID
    number: str
    name: str
    kind: PartyKind
    history: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Stay:
    role: LeaseRole
    state: LeaseState
    room: str
    start: date
    end: date
    moved_out: date | None


@needs(Right.SEE_PARTIES)
def who_returns(look: Look, kind: DocumentKind, number: str) -> Returning | None:
    """Whoever has this document, with what the office knows: stays, what is owed, pinned notes; None for a new one.

    Found by the blind index, nothing is decrypted for it. Money is told only to whoever may see bills.
    """
    known = parties.known_by_document(look, kind, number)
    if known is None:
        return None
    stays, today = _stays(look, known.id), look.world.today()
    warnings = _now_here(stays, today) + _owed(look, known.id, today)
    warnings += [f"留言：{row.form.text}" for row in notes.pinned_notes(look, party_id=known.id)]
    party = look.get(Party, known.id)
    return Returning(known.id, known.number, known.name, party.kind, tuple(_history(stays, today)), tuple(warnings))


def _stays(look: Look, party_id: UUID) -> list[_Stay]:
    """Every lease somebody is a party to, the latest first, each with its last room and terms."""
    rows = look.session.execute(
        sa.select(
            Lease.id, Lease.state, Lease.moved_out_on, LeaseParty.role, Building.name.label("building"), Room.number,
            LeaseTerm.start, LeaseTerm.end,
        )
        .join(LeaseParty, LeaseParty.lease_id == Lease.id)
        .join(LeaseTerm, LeaseTerm.lease_id == Lease.id)
        .join(LeaseRoom, LeaseRoom.lease_id == Lease.id)
        .join(Room, Room.id == LeaseRoom.room_id)
        .join(Building, Building.id == Room.building_id)
        .where(
            LeaseParty.party_id == party_id, LeaseParty.deleted_at.is_(None), Lease.deleted_at.is_(None),
            Lease.state.not_in(_DEAD), LeaseTerm.deleted_at.is_(None), LeaseRoom.deleted_at.is_(None),
        )
        .order_by(LeaseTerm.effective_from, LeaseRoom.valid_from)
    )  # fmt: skip
    last = {
        (row.id, row.role): _Stay(
            row.role, row.state, f"{row.building} {row.number}", row.start, row.end, row.moved_out_on
        )
        for row in rows
    }
    return sorted(last.values(), key=lambda stay: stay.start, reverse=True)


def _history(stays: Sequence[_Stay], today: date) -> list[str]:
    """How often they rented, where and until when last; for whom else they answered."""
    rented = [stay for stay in stays if stay.role in TENANT_ROLES]
    said = []
    past = [stay for stay in rented if stay.state not in (*INSIDE, LeaseState.SIGNED)]
    if past:
        last = past[0]
        said.append(f"住过 {len(past)} 次，最近 {last.room}，{last.moved_out or last.end} 搬离")
    elif not rented:
        said.append("登记过资料，没有租过房")
    surety = sum(stay.role is LeaseRole.GUARANTOR for stay in stays)
    if surety:
        said.append(f"为 {surety} 份租约做过保证人")
    return said


def _now_here(stays: Sequence[_Stay], today: date) -> list[str]:
    """Whether they rent a room already, and whether its time is over."""
    said = []
    for stay in stays:
        if stay.role not in TENANT_ROLES:
            continue
        if stay.state in INSIDE:
            over = "，已过期没有退租" if stay.end < today else ""
            said.append(f"现在租着 {stay.room}，到 {stay.end}{over}")
        elif stay.state is LeaseState.SIGNED:
            said.append(f"已签 {stay.room}，{stay.start} 入住")
    return said


def _owed(look: Look, party_id: UUID, today: date) -> list[str]:
    """What is past due."""
    if Right.SEE_BILLS not in look.actor.rights:
        return []
    amounts = look.session.scalars(
        sa.select(BillBalance.owed).where(
            BillBalance.debtor_id == party_id, BillBalance.due < today, BillBalance.owed != NIL
        )
    )
    owed: Money = total(amount for amount in amounts if amount > NIL)
    return [f"还欠 ¥{owed}：先收清，或请主管定"] if owed > NIL else []
