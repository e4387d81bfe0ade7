"""The people of a lease as its paper names them: tenants, who signs for them, who stands surety, who lives there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import sqlalchemy as sa

from desktop.models.parties import Contact, Party, PartyRelation, PersonDocument
from desktop.models.values import ContactKind, LeaseRole, PartyKind
from desktop.services import check_in_forms, leases, parties, party_forms
from desktop.services.check_in_people import PARENTS, ROLE_WORDS, PersonForm, Role
from desktop.services.identity import DOCUMENT_NAMES
from desktop.services.paper.lease import OccupantFacts, PartyFacts, StandInFacts
from desktop.services.rights import part
from desktop.services.work import Look

CO_TENANT_WORDS = "共同承租人"
HANDLER_WORDS = "经办人"
_STATUTORY = "法定代理（父母）"


@dataclass(frozen=True, slots=True)
class Sides:
    """Everybody who signs for the tenant's side."""

    tenants: tuple[PartyFacts, ...]
    agents: tuple[StandInFacts, ...] = ()
    guarantors: tuple[StandInFacts, ...] = ()


@part
def of_lease(look: Look, sides: Sequence[leases.LeaseSide]) -> Sides:
    """The parties of a stored lease. A company's agent is its handler."""
    tenants = [side for side in sides if side.role in leases.TENANT_ROLES]
    facts = [_tenant(look, side) for side in tenants]
    handled = any(look.get(Party, side.party_id).kind is PartyKind.ORGANISATION for side in tenants)
    agents, guarantors = [], []
    for side in sides:
        if side.role is LeaseRole.GUARANTOR:
            guarantors.append(_stand_in(party_facts(look, side.party_id), ROLE_WORDS[Role.GUARANTOR], side.basis))
        elif side.role in (LeaseRole.GUARDIAN, LeaseRole.AGENT):
            word, basis = _signs_for(side.role, side.relation, side.basis, handled)
            agents.append(_stand_in(party_facts(look, side.party_id), word, basis))
    return _with_names(facts, agents, guarantors)


def _with_names(facts: list[PartyFacts], agents: list[StandInFacts], guarantors: list[StandInFacts]) -> Sides:
    """Older templates of an office name the one who signs with the tenant."""
    names = "、".join(one.name for one in agents)
    if facts and names:
        facts[0] = replace(facts[0], agent=names)
    return Sides(tuple(facts), tuple(agents), tuple(guarantors))


def _signs_for(role: LeaseRole, relation: str, basis: str, handled: bool) -> tuple[str, str]:
    """(监护人（母亲）, on what it rests)."""
    if role is LeaseRole.GUARDIAN:
        parent = relation in PARENTS
        word = f"监护人（{relation}）" if relation else ROLE_WORDS[Role.GUARDIAN]
        return word, basis or (_STATUTORY if parent else "")
    return (HANDLER_WORDS if handled else ROLE_WORDS[Role.AGENT]), basis


def _stand_in(facts: PartyFacts, role: str, basis: str) -> StandInFacts:
    return StandInFacts(role, facts.name, facts.document, facts.number, facts.phone, facts.address, basis)


def _tenant(look: Look, side: leases.LeaseSide) -> PartyFacts:
    facts = party_facts(look, side.party_id)
    if side.role is LeaseRole.CO_TENANT:
        return replace(facts, role=CO_TENANT_WORDS)
    return replace(facts, legal_person=_legal_person(look, side.party_id))


def _legal_person(look: Look, company_id: UUID) -> str:
    found = look.session.scalar(
        sa.select(Party.name)
        .join(PartyRelation, PartyRelation.other_id == Party.id)
        .where(
            PartyRelation.party_id == company_id, PartyRelation.kind == "legal_person", PartyRelation.until.is_(None),
            PartyRelation.deleted_at.is_(None),
        )
        .order_by(PartyRelation.created_at.desc())
        .limit(1)
    )  # fmt: skip
    return found or ""


@part
def party_facts(look: Look, party_id: UUID) -> PartyFacts:
    """A party with paper, phone and address in full: the last paper registered, the number preferred."""
    party = look.get(Party, party_id)
    document = look.session.scalars(
        sa.select(PersonDocument)
        .where(PersonDocument.party_id == party_id, PersonDocument.deleted_at.is_(None))
        .order_by(PersonDocument.created_at.desc())
        .limit(1)
    ).first()
    contacts = look.session.scalars(
        sa.select(Contact)
        .where(Contact.party_id == party_id, Contact.deleted_at.is_(None))
        .order_by(Contact.preferred.desc(), Contact.created_at)
    ).all()
    phone = next((look.unsealed(c, "value") for c in contacts if c.kind in parties.PHONE_KINDS), None)
    address = next((look.unsealed(c, "value") for c in contacts if c.kind is ContactKind.HOME_ADDRESS), None)
    if address is None and document is not None:
        address = look.unsealed(document, "address")
    return PartyFacts(
        party.name, DOCUMENT_NAMES[document.kind] if document else "",
        (look.unsealed(document, "number") if document else "") or "", phone or "", address or "",
    )  # fmt: skip


@part
def occupant(look: Look, row: leases.OccupantRow, signs: bool) -> OccupantFacts:
    """Who lives there, with what they are to the tenant."""
    facts = party_facts(look, row.party_id)
    words = row.relation or ("承租人本人" if signs else ROLE_WORDS[Role.HOUSEHOLD])
    return OccupantFacts(facts.name, words, facts.document, facts.number)


# ---- not stored yet ------------------------------------------------------------------------------------------------


@part
def of_form(look: Look, form: check_in_forms.CheckIn) -> tuple[Sides, tuple[OccupantFacts, ...]]:
    """The people of a check-in that is not stored yet, and who would live there."""
    signer = _signer(look, form)
    company = form.company
    tenants, agents, living = [signer], [], [OccupantFacts(signer.name, "承租人本人", signer.document, signer.number)]
    if company is not None:
        facts = _typed(company.party)
        tenants = [replace(facts, legal_person=company.legal_person)]
        agents = [_stand_in(signer, HANDLER_WORDS, company.authority)]
        living = [replace(living[0], relation=HANDLER_WORDS)] if company.handler_lives_in else []
    guarantors = []
    for person in form.people:
        facts = _typed(person.party)
        if person.role is Role.CO_TENANT:
            tenants.append(replace(facts, role=CO_TENANT_WORDS))
        elif person.role is Role.GUARANTOR:
            guarantors.append(_stand_in(facts, ROLE_WORDS[Role.GUARANTOR], person.basis))
        elif person.role is not Role.HOUSEHOLD:
            role = LeaseRole.GUARDIAN if person.role is Role.GUARDIAN else LeaseRole.AGENT
            agents.append(_stand_in(facts, *_signs_for(role, person.relation, person.basis, company is not None)))
        if person.lives_in:
            living.append(OccupantFacts(facts.name, _lives_as(person), facts.document, facts.number))
    return _with_names(tenants, agents, guarantors), tuple(living)


def _lives_as(person: PersonForm) -> str:
    return person.relation.strip() or ("承租人本人" if person.role is Role.CO_TENANT else ROLE_WORDS[person.role])


def _signer(look: Look, form: check_in_forms.CheckIn) -> PartyFacts:
    if form.party_id is not None and form.party is None:
        return party_facts(look, form.party_id)
    if form.party is None:
        return PartyFacts("", "", "")
    facts = _typed(form.party)
    if form.party_id is not None and not facts.phone:  # the number they called from is known
        facts = replace(facts, phone=party_facts(look, form.party_id).phone)
    return facts


def _typed(party: party_forms.PartyForm) -> PartyFacts:
    document = party.document
    return PartyFacts(
        party.name, DOCUMENT_NAMES[document.kind] if document else "", document.number if document else "",
        party.phone, party.home_address or (document.address if document else "") or "",
    )  # fmt: skip
