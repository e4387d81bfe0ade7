"""The others of a check-in as they are stored: new or known parties, what they are to the tenant, their place in the
lease."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from desktop.models.leases import LeaseParty, Occupant
from desktop.models.parties import Party, PartyRelation
from desktop.models.values import LeaseRole
from desktop.services import capacity, consents, parties, party_forms
from desktop.services.check_in_forms import CheckIn, signer_of
from desktop.services.check_in_people import LEASE_ROLES, CompanyForm, PersonForm, Role, birth_of
from desktop.services.names import normalise_name
from desktop.services.rights import part
from desktop.services.work import Work


@dataclass(frozen=True, slots=True)
class Side:
    """Somebody's place in a lease. `role` None: only lives there."""

    party_id: UUID
    role: LeaseRole | None
    basis: str = ""
    lives_in: bool = True


@part
def put_others(work: Work, form: CheckIn, tenant_id: UUID, notice: UUID, names: list[tuple[UUID, str]]) -> list[Side]:
    """Everybody besides the tenant, with what they are to them; (id, name) of the new ones goes to `names`."""
    sides = [_put_person(work, person, tenant_id, names) for person in form.people]
    guardian = next((side.party_id for side in sides if side.role is LeaseRole.GUARDIAN), None)
    for person, side in zip(form.people, sides, strict=True):
        birth = birth_of(person.party.birth, person.party.document, work.world.today())
        if person.role is Role.CO_TENANT and capacity.is_minor(birth, work.world.today()) and guardian is not None:
            _relate(work, side.party_id, guardian, "guardian", _words_of(form, Role.GUARDIAN))
        if person.consented and capacity.is_child(birth, work.world.today()):
            consents.put(work, side.party_id, "under_14", "given", notice, by=guardian or tenant_id)
    child = capacity.is_child(signer_of(form, work.world.today()).birth, work.world.today())
    if child and guardian is not None and form.company is None:
        consents.put(work, tenant_id, "under_14", "given", notice, by=guardian)
    return sides


def _words_of(form: CheckIn, role: Role) -> str:
    return next((person.relation for person in form.people if person.role is role), "")


def _put_person(work: Work, person: PersonForm, tenant_id: UUID, names: list[tuple[UUID, str]]) -> Side:
    if person.party_id is None:
        added = parties.add_party(work, person.party, person.matched)
        names += added
        party_id = added[0][0]
    else:
        party_id = person.party_id
        parties.meet_again(work, party_id, person.party.document, person.party.phone, matched=person.matched)
    new = person.party_id is None
    if person.role is Role.GUARDIAN:
        _relate(work, tenant_id, party_id, "guardian", person.relation, new=new)
    elif person.role in (Role.HOUSEHOLD, Role.CO_TENANT) and person.relation.strip():
        _relate(work, tenant_id, party_id, "household", person.relation, new=new)
    return Side(party_id, LEASE_ROLES.get(person.role), person.basis.strip(), person.lives_in)


def _relate(work: Work, party_id: UUID, other_id: UUID, kind: str, words: str, *, new: bool = False) -> None:
    """What one is to the other, unless it stands there already. `new`: one of them is, so nothing can."""
    known = None if new else work.session.scalar(
        sa.select(PartyRelation.id)
        .where(
            PartyRelation.party_id == party_id, PartyRelation.other_id == other_id, PartyRelation.kind == kind,
            PartyRelation.words == words.strip(), PartyRelation.until.is_(None), PartyRelation.deleted_at.is_(None),
        )
        .limit(1)
    )  # fmt: skip
    if known is None:
        work.add(
            PartyRelation(
                party_id=party_id, other_id=other_id, kind=kind, words=words.strip(), since=work.world.today(),
                until=None,
            )
        )  # fmt: skip


@part
def put_company(
    work: Work, company: CompanyForm, handler_id: UUID, handler_phone: str, names: list[tuple[UUID, str]]
) -> tuple[UUID, Side]:
    """The company as tenant, with its legal person and handler; (its party, the handler's place in the lease)."""
    form = company.party
    if company.party_id is None:
        # Whoever is called about the rent is the handler, until the company names another number.
        added = parties.add_party(work, replace(form, phone=form.phone.strip() or handler_phone), matched=False)
        names += added
        company_id = added[0][0]
    else:
        company_id = company.party_id
        parties.meet_again(work, company_id, form.document, form.phone, matched=False)
    _legal_person(work, company_id, company.legal_person, names)
    _relate(work, company_id, handler_id, "handler", "经办人")
    return company_id, Side(handler_id, LeaseRole.AGENT, company.authority.strip(), company.handler_lives_in)


def _legal_person(work: Work, company_id: UUID, name: str, names: list[tuple[UUID, str]]) -> None:
    """The one on the licence; a former one stays, with the day on which somebody else stood there."""
    wanted = normalise_name(name)
    for relation in work.session.scalars(
        sa.select(PartyRelation).where(
            PartyRelation.party_id == company_id, PartyRelation.kind == "legal_person", PartyRelation.until.is_(None),
            PartyRelation.deleted_at.is_(None),
        )
    ):  # fmt: skip
        if work.get(Party, relation.other_id).name == wanted:
            return
        relation.until = work.world.today()
    added = parties.add_party(work, party_forms.PartyForm(wanted), matched=False)
    names += added
    _relate(work, company_id, added[0][0], "legal_person", "法定代表人", new=True)


@part
def place(work: Work, lease_id: UUID, sides: Sequence[Side], start: date) -> None:
    """Everybody's row in the lease, and who lives there by it."""
    for side in sides:
        if side.role is not None:
            work.add(
                LeaseParty(
                    lease_id=lease_id, party_id=side.party_id, role=side.role, valid_from=start, valid_to=None,
                    basis=side.basis or None,
                )
            )  # fmt: skip
    for party_id in dict.fromkeys(side.party_id for side in sides if side.lives_in):
        work.add(Occupant(lease_id=lease_id, party_id=party_id, valid_from=start, valid_to=None))
