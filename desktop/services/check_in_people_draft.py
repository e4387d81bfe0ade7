"""The others of a check-in as they are being typed, kept with its draft: half a name and half a number too."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from desktop.services import party_forms
from desktop.services.check_in_people import GUARANTEES, CompanyForm, PersonForm, Role, company_party
from desktop.services.typed_card import SEX_WORDS, TypedCard, day_of, document_of

_HOME = frozenset({Role.HOUSEHOLD, Role.CO_TENANT})
"""Who usually lives there."""
_UNSEEN = ("sex", "birth", "ethnicity", "issuer", "valid_from", "valid_to")
"""Fields of a card that are not asked about for the others: what was not read surely there is left out."""


@dataclass(slots=True)
class PersonDraft(TypedCard):
    """Somebody besides the tenant, as typed or read."""

    role: Role = Role.HOUSEHOLD
    phone: str = ""
    relation: str = ""
    guarantee: str = GUARANTEES[0]
    basis: str = ""
    lives_in: bool = True
    consented: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing worth keeping was typed."""
        return not (self.number or self.name or self.phone or self.relation or self.basis)


@dataclass(slots=True)
class CompanyDraft:
    """A company as tenant; the card of the wizard is then that of its handler."""

    name: str = ""
    code: str = ""
    legal_person: str = ""
    phone: str = ""
    address: str = ""
    authority: str = ""
    lives_in: bool = False
    """The handler lives there as well."""
    known_id: UUID | None = None
    known_name: str = ""
    known_number: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing worth keeping was typed."""
        return not (self.name or self.code or self.legal_person or self.phone or self.address or self.authority)


def take_role(person: PersonDraft, role: Role) -> None:
    """Make somebody something else; whether they live there follows until it is said by itself."""
    if role is not person.role:
        person.role, person.lives_in = role, role in _HOME


def leave_unseen(person: PersonDraft) -> None:
    """A doubtful reading of a field that nobody is shown here is not kept: only what was seen is confirmed."""
    for name in _UNSEEN:
        if person.doubts.pop(name, None) is not None:
            setattr(person, name, "")


def person_form(person: PersonDraft) -> PersonForm:
    """Somebody as the act takes them."""
    document = document_of(person) if person.number.strip() else None
    party = party_forms.PartyForm(
        person.name, sex=SEX_WORDS.get(person.sex), birth=day_of(person.birth), ethnicity=person.ethnicity or None,
        document=document, phone=person.phone,
    )  # fmt: skip
    basis = person.guarantee if person.role is Role.GUARANTOR else person.basis
    rests = person.role in (Role.GUARANTOR, Role.AGENT, Role.GUARDIAN)
    return PersonForm(
        person.role, party, person.known_id, person.relation, basis if rests else "", person.lives_in, person.matched,
        person.consented, person.own_income,
    )  # fmt: skip


def company_form(company: CompanyDraft, bank: party_forms.BankForm | None) -> CompanyForm:
    """The company as the act takes it, with its account for refunds."""
    party = company_party(company.name, company.code, company.address, company.phone, bank)
    return CompanyForm(party, company.legal_person, company.authority, company.known_id, company.lives_in)
