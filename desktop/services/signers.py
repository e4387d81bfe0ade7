"""Who may hold the pen 签字人: for oneself, or in a capacity for somebody whom the signature binds.

A company cannot sign: its legal person or its handler does. For a minor with a registered guardian the guardian signs
(Civil Code 19, 20, 23); an agent signs within written authority (161, 165).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from desktop.models.leases import Lease, LeaseParty
from desktop.models.parties import Party, PartyRelation
from desktop.models.values import LeaseRole, PartyKind
from desktop.services import capacity
from desktop.services.errors import DomainError
from desktop.services.leases import INSIDE
from desktop.services.rights import part
from desktop.services.work import Look


class Capacity(StrEnum):
    """In what capacity somebody signs."""

    SELF = "self"
    LEGAL_PERSON = "legal_person"
    HANDLER = "handler"
    AGENT = "agent"
    GUARDIAN = "guardian"
    PAYER = "payer"
    """Brings the money of a company that has nobody registered here."""


CAPACITY_WORDS = {
    Capacity.SELF: "本人",
    Capacity.LEGAL_PERSON: "法定代表人",
    Capacity.HANDLER: "经办人",
    Capacity.AGENT: "代理人",
    Capacity.GUARDIAN: "监护人",
    Capacity.PAYER: "交款经手人",
}
_RELATED = {"legal_person": Capacity.LEGAL_PERSON, "handler": Capacity.HANDLER, "guardian": Capacity.GUARDIAN}


class NotASigner(DomainError):
    """Somebody else than these may sign."""

    def __init__(self, who: str) -> None:
        super().__init__(f"现在能签的是：{who}。请重新选谁来签", "signature")


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs, in what capacity, and whom it binds."""

    party_id: UUID
    name: str
    capacity: Capacity
    bound: str
    """Name of whom the signature binds."""
    detail: str = ""
    """What a guardian is to the tenant: 母亲."""

    @property
    def words(self) -> str:
        """顾听澜（本人）; 顾母（监护人，母亲），代顾听澜签."""
        return signer_words(self.name, self.capacity, self.bound, self.detail)

    @property
    def role_words(self) -> str:
        """本人; 监护人，母亲，代顾听澜签."""
        if self.capacity is Capacity.SELF:
            return CAPACITY_WORDS[self.capacity]
        return "，".join(part for part in (CAPACITY_WORDS[self.capacity], self.detail, f"代{self.bound}签") if part)


def signer_words(name: str, kind: Capacity, bound: str, detail: str = "") -> str:
    """A signer in words, as on the screen that faces them, the paper and the page."""
    if kind is Capacity.SELF:
        return f"{name}（{CAPACITY_WORDS[kind]}）"
    if kind is Capacity.PAYER:
        return f"{CAPACITY_WORDS[kind]}，代{bound}签"
    near = f"，{detail}" if detail else ""
    return f"{name}（{CAPACITY_WORDS[kind]}{near}），代{bound}签"


@part
def of_lease(look: Look, lease_id: UUID) -> tuple[Signer, ...]:
    """Who may sign a lease for its tenant, the one most likely first."""
    sides = look.session.execute(
        sa.select(LeaseParty.party_id, LeaseParty.role)
        .where(LeaseParty.lease_id == lease_id, LeaseParty.deleted_at.is_(None))
        .order_by(LeaseParty.created_at, LeaseParty.id)
    ).all()
    tenant = look.get(Party, next(row.party_id for row in sides if row.role is LeaseRole.TENANT))
    kinds = {LeaseRole.AGENT: Capacity.AGENT, LeaseRole.GUARDIAN: Capacity.GUARDIAN}
    stand_ins = [(row.party_id, kinds[row.role]) for row in sides if row.role in kinds]
    return _choices(look, tenant, stand_ins)


@part
def of_payer(look: Look, party_id: UUID) -> tuple[Signer, ...]:
    """Who may sign for the money of a payer: of a company those who stand for it, also by a lease that runs."""
    payer = look.get(Party, party_id)
    mine = sa.select(LeaseParty.lease_id).where(
        LeaseParty.party_id == party_id, LeaseParty.role == LeaseRole.TENANT, LeaseParty.deleted_at.is_(None)
    )
    agents = look.session.scalars(
        sa.select(LeaseParty.party_id)
        .join(Lease, Lease.id == LeaseParty.lease_id)
        .where(
            LeaseParty.lease_id.in_(mine), LeaseParty.role == LeaseRole.AGENT, LeaseParty.deleted_at.is_(None),
            Lease.state.in_(INSIDE),
        )
        .order_by(LeaseParty.created_at, LeaseParty.id)
    )  # fmt: skip
    return _choices(look, payer, [(agent, Capacity.AGENT) for agent in agents])


def _choices(look: Look, bound: Party, stand_ins: Iterable[tuple[UUID, Capacity]]) -> tuple[Signer, ...]:
    near, company = _related(look, bound.id), bound.kind is PartyKind.ORGANISATION
    found: dict[UUID, Signer] = {}
    for party_id, kind in stand_ins:
        as_ = Capacity.HANDLER if company and kind is Capacity.AGENT else kind
        detail = near[party_id][1] if as_ is Capacity.GUARDIAN and party_id in near else ""
        found.setdefault(party_id, Signer(party_id, look.get(Party, party_id).name, as_, bound.name, detail))
    for party_id, (kind, detail) in near.items():
        if company is not (kind is Capacity.GUARDIAN):
            told = detail if kind is Capacity.GUARDIAN else ""
            found.setdefault(party_id, Signer(party_id, look.get(Party, party_id).name, kind, bound.name, told))
    others = tuple(found.values())
    if company:
        return others or (Signer(bound.id, bound.name, Capacity.PAYER, bound.name),)
    guardians = tuple(each for each in others if each.capacity is Capacity.GUARDIAN)
    if capacity.is_minor(bound.birth, look.world.today()) and guardians:
        return guardians
    agents = tuple(each for each in others if each.capacity is not Capacity.GUARDIAN)
    return (Signer(bound.id, bound.name, Capacity.SELF, bound.name), *agents)


def _related(look: Look, party_id: UUID) -> dict[UUID, tuple[Capacity, str]]:
    """{somebody: (in what capacity they sign for a party, what they are to it)}."""
    rows = look.session.execute(
        sa.select(PartyRelation.other_id, PartyRelation.kind, PartyRelation.words)
        .where(
            PartyRelation.party_id == party_id, PartyRelation.kind.in_(_RELATED), PartyRelation.until.is_(None),
            PartyRelation.deleted_at.is_(None),
        )
        .order_by(PartyRelation.created_at, PartyRelation.id)
    )  # fmt: skip
    return {row.other_id: (_RELATED[row.kind], row.words) for row in rows}


def chosen(signers: tuple[Signer, ...], party_id: UUID) -> Signer:
    """The one of them who signs. Raises NotASigner when they may not, or not any more."""
    for each in signers:
        if each.party_id == party_id:
            return each
    raise NotASigner("；".join(each.words for each in signers))
