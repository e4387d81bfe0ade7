"""Parties 当事人: registering persons and organisations, their papers, numbers, relations and accounts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from desktop.models.parties import BankAccount, Contact, Party, PartyRelation, PersonDocument
from desktop.models.values import ContactKind, DocumentKind, PartyKind, Right
from desktop.services import derived
from desktop.services.errors import ProblemsFound
from desktop.services.identity import (
    LONG_TERM,
    normalise_bank_card,
    read_number,
)
from desktop.services.keys import BlindField
from desktop.services.names import normalise_ethnicity, normalise_name
from desktop.services.numbers import Series, take_number
from desktop.services.party_forms import BankForm, DocumentForm, EmergencyForm, PartyForm, party_problems
from desktop.services.phones import Phone, parse_phone
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

PHONE_KINDS = (ContactKind.MOBILE, ContactKind.LANDLINE, ContactKind.FOREIGN_PHONE)


@dataclass(frozen=True, slots=True)
class Known:
    """A party already here whose document has the same number."""

    id: UUID
    number: str
    name: str


@part
def known_by_document(look: Look, kind: DocumentKind, number: str) -> Known | None:
    """`same_document` inside another function."""
    stored = read_number(kind, number, look.world.today()).number
    if not stored:
        return None
    row = look.session.execute(
        sa.select(Party.id, Party.number, Party.name)
        .join(PersonDocument, PersonDocument.party_id == Party.id)
        .where(
            PersonDocument.number_index == look.vault.blind(blind_field_of(kind), stored),
            PersonDocument.kind == kind, Party.deleted_at.is_(None),
        )
        .limit(1)
    ).first()  # fmt: skip
    return None if row is None else Known(row.id, row.number, row.name)


def blind_field_of(kind: DocumentKind) -> BlindField:
    """How the number of such a paper is found again without being read."""
    same_scheme = (
        DocumentKind.ID_CARD, DocumentKind.TEMPORARY_ID_CARD, DocumentKind.HOUSEHOLD_REGISTER,
        DocumentKind.HMT_RESIDENCE_PERMIT, DocumentKind.FOREIGNER_PERMANENT_CARD,
    )  # fmt: skip
    return BlindField.ID_NUMBER if kind in same_scheme else BlindField.DOCUMENT_NUMBER


@needs(Right.EDIT_PARTIES)
def register_party(work: Work, form: PartyForm) -> UUID:
    """Register a person or organisation. Raises ProblemsFound with every field to mend."""
    return put_party(work, form)


@part
def put_party(work: Work, form: PartyForm, matched: bool = False) -> UUID:
    """`register_party` inside another act. `matched`: the clerk confirmed 「人证一致(人工核对)」."""
    check_party(work, form)
    added = add_party(work, form, matched)
    work.session.flush()
    derived.add_names(work.session, added)
    work.subject_id("party", added[0][0])
    work.record(kind=form.kind.value)
    return added[0][0]


@part
def check_party(look: Look, form: PartyForm) -> None:
    """Raise ProblemsFound with every field to mend."""
    stops = {p.field: p.text for p in party_problems(form, look.world.today()) if p.stops}
    if stops:
        raise ProblemsFound(stops)


@part
def add_party(work: Work, form: PartyForm, matched: bool) -> list[tuple[UUID, str]]:
    """The rows of a new party whose form was checked; (id, name) of it and of its emergency contact.

    The caller flushes and hands the names to `derived.add_names`, once for as many parties as it likes.
    """
    party = work.add(
        Party(
            number=take_number(work, Series.PARTY), kind=form.kind,
            name=normalise_name(form.name, form.kind is PartyKind.ORGANISATION), sex=form.sex,
            birth=form.birth, ethnicity=normalise_ethnicity(form.ethnicity) if form.ethnicity else None,
            occupation=(form.occupation or "").strip() or None, note=(form.note or "").strip() or None,
            hold_erasure=False,
        )
    )  # fmt: skip
    if form.document is not None:
        add_document(work, party, form.document, matched)
    if form.phone.strip():
        add_phone(work, party, parse_phone(form.phone), preferred=True)
    if form.home_address and form.home_address.strip():
        contact = Contact(party_id=party.id, kind=ContactKind.HOME_ADDRESS, preferred=False, confirmed_at=work.at)
        work.seal(contact, "value", form.home_address.strip())
        work.add(contact)
    added = [(party.id, party.name)]
    if form.emergency is not None:
        near = form.emergency
        other = _add_related(work, party, "emergency", near.name, near.relation, near.phone)
        added.append((other.id, other.name))
    if form.bank is not None:
        put_bank(work, party, form.bank)
    return added


@part
def complete_party(work: Work, party_id: UUID, form: PartyForm) -> list[tuple[UUID, str]]:
    """Somebody who was here by name and phone shows the card: paper, address and the rest come to that party.

    The form was checked. Returns (id, name) of whoever is new with it, for `derived.add_names`.
    """
    party = work.get(Party, party_id)
    party.name, party.sex, party.birth = normalise_name(form.name), form.sex or party.sex, form.birth or party.birth
    party.ethnicity = normalise_ethnicity(form.ethnicity) if form.ethnicity else party.ethnicity
    party.occupation = (form.occupation or "").strip() or party.occupation
    if form.phone.strip():
        prefer_phone(work, party, parse_phone(form.phone))
    if form.document is not None:
        add_document(work, party, form.document, matched=True)
    if form.home_address and form.home_address.strip():
        contact = Contact(party_id=party.id, kind=ContactKind.HOME_ADDRESS, preferred=False, confirmed_at=work.at)
        work.seal(contact, "value", form.home_address.strip())
        work.add(contact)
    added = []
    if form.emergency is not None:
        near = form.emergency
        other = _add_related(work, party, "emergency", near.name, near.relation, near.phone)
        added.append((other.id, other.name))
    if form.bank is not None:
        put_bank(work, party, form.bank)
    work.session.flush()
    derived.refresh_names(work.session, [party_id])
    return added


@part
def meet_again(work: Work, party_id: UUID, document: DocumentForm | None, phone: str, matched: bool = True) -> None:
    """A party comes again: the paper shown is matched anew, with the validity it has now, and a new number kept.

    A paper not known yet is added to the others. `matched`: the clerk compared paper and person.
    """
    party = work.get(Party, party_id)
    if document is not None:
        number = read_number(document.kind, document.number, work.world.today()).number
        known = work.session.scalar(
            sa.select(PersonDocument)
            .where(
                PersonDocument.party_id == party_id, PersonDocument.kind == document.kind,
                PersonDocument.number_index == work.vault.blind(blind_field_of(document.kind), number),
                PersonDocument.deleted_at.is_(None),
            )
            .limit(1)
        )  # fmt: skip
        if known is None:
            add_document(work, party, document, matched)
        else:
            if matched:
                known.matched_by, known.matched_at = work.actor.staff_id, work.at
            if document.valid_to is not None:
                known.valid_from, known.issuer = document.valid_from, (document.issuer or "").strip() or known.issuer
                known.valid_to = None if document.valid_to == LONG_TERM else document.valid_to
                known.long_term = document.valid_to == LONG_TERM
            if document.address and document.address.strip() != (work.unsealed(known, "address") or ""):
                work.seal(known, "address", document.address.strip())
    if phone.strip():
        prefer_phone(work, party, parse_phone(phone))


@part
def prefer_phone(work: Work, party: Party, phone: Phone) -> None:
    """Make a number the one to call, known or new; the others stay."""
    index = work.vault.blind(BlindField.PHONE, phone.stored)
    kept = None
    for contact in work.session.scalars(
        sa.select(Contact).where(
            Contact.party_id == party.id, Contact.kind.in_(PHONE_KINDS), Contact.deleted_at.is_(None)
        )
    ):
        contact.preferred = contact.value_index == index
        if contact.preferred:
            kept = contact
            contact.confirmed_at = work.at
    if kept is None:
        add_phone(work, party, phone, preferred=True)


@part
def add_document(work: Work, party: Party, form: DocumentForm, matched: bool) -> PersonDocument:
    """Keep an identity paper: number and address encrypted, picture discarded."""
    facts = read_number(form.kind, form.number, work.world.today())
    blind = blind_field_of(form.kind)
    if party.birth is None:
        party.birth = facts.birth
    if party.sex is None:
        party.sex = facts.sex
    document = PersonDocument(
        party_id=party.id, kind=form.kind, number_index=work.vault.blind(blind, facts.number),
        number_tail=work.vault.blind_tail(blind, facts.number), issuer=(form.issuer or "").strip() or None,
        valid_from=form.valid_from, valid_to=None if form.valid_to == LONG_TERM else form.valid_to,
        long_term=form.valid_to == LONG_TERM, how=form.how,
        matched_by=work.actor.staff_id if matched else None, matched_at=work.at if matched else None,
    )  # fmt: skip
    work.seal(document, "number", facts.number)
    work.seal(document, "address", (form.address or "").strip() or None)
    return work.add(document)


@part
def add_phone(work: Work, party: Party, phone: Phone, preferred: bool) -> Contact:
    """Keep a telephone number, encrypted, findable whole and by its last four."""
    contact = Contact(
        party_id=party.id, kind=phone.kind, value_index=work.vault.blind(BlindField.PHONE, phone.stored),
        value_tail=work.vault.blind_tail(BlindField.PHONE, phone.stored), preferred=preferred, confirmed_at=work.at,
    )  # fmt: skip
    work.seal(contact, "value", phone.stored)
    return work.add(contact)


@part
def put_emergency(work: Work, party: Party, form: EmergencyForm) -> UUID:
    """An emergency contact is a party of their own, related to the tenant."""
    return put_related(work, party, "emergency", form.name, form.relation, form.phone)


@part
def put_related(work: Work, party: Party, kind: str, name: str, words: str, phone: str = "") -> UUID:
    """Somebody else registered for what they are to a party: emergency contact, legal person, who lives there too."""
    other = _add_related(work, party, kind, name, words, phone)
    work.session.flush()
    derived.add_names(work.session, [(other.id, other.name)])
    return other.id


def _add_related(work: Work, party: Party, kind: str, name: str, words: str, phone: str) -> Party:
    other = work.add(
        Party(
            number=take_number(work, Series.PARTY), kind=PartyKind.PERSON, name=normalise_name(name), sex=None,
            birth=None, ethnicity=None, occupation=None, note=None, hold_erasure=False,
        )
    )  # fmt: skip
    if phone.strip():
        add_phone(work, other, parse_phone(phone), preferred=True)
    work.add(
        PartyRelation(
            party_id=party.id, other_id=other.id, kind=kind, words=words.strip(), since=work.world.today(), until=None
        )
    )
    return other


@part
def put_bank(work: Work, party: Party, form: BankForm) -> None:
    """An account for refunds, encrypted."""
    number = normalise_bank_card(form.number)
    account = BankAccount(
        party_id=party.id, bank=form.bank.strip(), number_index=work.vault.blind(BlindField.BANK_ACCOUNT, number),
        number_tail=work.vault.blind_tail(BlindField.BANK_ACCOUNT, number),
    )  # fmt: skip
    work.seal(account, "number", number)
    work.seal(account, "holder", normalise_name(form.holder or party.name))
    work.add(account)


# ---- showing -----------------------------------------------------------------------------------------------------
