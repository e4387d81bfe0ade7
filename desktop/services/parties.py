"""Parties 当事人: registering persons and organisations, showing them masked, revealing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.parties import BankAccount, Contact, Party, PartyRelation, PersonDocument
from desktop.models.values import ContactKind, DocumentKind, PartyKind, Right, Sex, Sight
from desktop.services import derived
from desktop.services.errors import DomainError, ProblemsFound
from desktop.services.identity import (
    LONG_TERM,
    check_bank_card,
    check_document,
    normalise_bank_card,
    party_age_problem,
    read_number,
)
from desktop.services.keys import BlindField
from desktop.services.masks import find_secrets, mask_address, mask_bank_card, mask_id_number, mask_phone
from desktop.services.names import normalise_ethnicity, normalise_name
from desktop.services.numbers import Series, take_number
from desktop.services.phones import Phone, PhoneError, parse_phone
from desktop.services.problems import Problem, error
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

S = TypeVar("S", PersonDocument, Contact, BankAccount)

PHONE_KINDS = (ContactKind.MOBILE, ContactKind.LANDLINE, ContactKind.FOREIGN_PHONE)


@dataclass(frozen=True, slots=True)
class DocumentForm:
    """An identity paper as typed or read. `valid_to` may be LONG_TERM (长期)."""

    kind: DocumentKind
    number: str
    address: str | None = None
    issuer: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    how: str = "typed"
    """typed | picture."""


@dataclass(frozen=True, slots=True)
class EmergencyForm:
    """Whom to call 紧急联系人, and what they are to the party."""

    name: str
    relation: str
    phone: str


@dataclass(frozen=True, slots=True)
class BankForm:
    """An account for refunds; only with separate consent (DOMAIN §9)."""

    bank: str
    number: str
    holder: str


@dataclass(frozen=True, slots=True)
class PartyForm:
    """A party to be registered."""

    name: str
    kind: PartyKind = PartyKind.PERSON
    sex: Sex | None = None
    birth: date | None = None
    ethnicity: str | None = None
    occupation: str | None = None
    document: DocumentForm | None = None
    phone: str = ""
    home_address: str | None = None
    emergency: EmergencyForm | None = None
    bank: BankForm | None = None
    note: str | None = None


def party_problems(form: PartyForm, today: date) -> list[Problem]:
    """Everything to say about a party while it is being typed; errors stop, warnings ask.

    Fields: name, document.number, document.valid_to …, phone, emergency.name, emergency.phone, bank.number, note.
    """
    found: list[Problem] = []
    try:
        normalise_name(form.name)
    except DomainError as trouble:
        found.append(error("name", trouble.message))
    if form.document is not None:
        doc = form.document
        found += [
            replace(
                problem, field=f"document.{problem.field}" if problem.field not in ("birth", "sex") else problem.field
            )
            for problem in check_document(
                doc.kind, doc.number, form.birth, doc.valid_from, doc.valid_to, today, form.sex
            )
        ]
    if form.ethnicity and normalise_ethnicity(form.ethnicity) is None:
        found.append(error("ethnicity", f"没有「{form.ethnicity}」这个民族，请对照证件"))
    if not form.phone.strip():
        found.append(error("phone", "请填电话号码"))
    else:
        found += _phone_problem("phone", form.phone)
    if form.emergency is not None:
        if not form.emergency.name.strip():
            found.append(error("emergency.name", "请填紧急联系人姓名"))
        if not form.emergency.relation.strip():
            found.append(error("emergency.relation", "请填与本人的关系，例如 姐姐、同事"))
        found += _phone_problem("emergency.phone", form.emergency.phone)
    if form.bank is not None:
        found += [
            replace(p, field="bank.number")
            for p in check_bank_card(form.bank.number, form.kind is PartyKind.ORGANISATION)
        ]
        if not form.bank.bank.strip():
            found.append(error("bank.bank", "请填开户银行"))
    if form.note and find_secrets(form.note):
        found.append(error("note", "备注里有像证件号或电话的数字：请填到对应的栏目，备注不加密"))
    return found


def return_problems(document: DocumentForm | None, phone: str, today: date) -> list[Problem]:
    """What to say about a party that comes again: the paper shown today, and a number only when there is a new one."""
    found = []
    if document is not None:
        checked = check_document(
            document.kind, document.number, None, document.valid_from, document.valid_to, today
        )  # fmt: skip
        found += [replace(problem, field=f"document.{problem.field}") for problem in checked]
    return found + (_phone_problem("phone", phone) if phone.strip() else [])


def age_problem(birth: date, today: date) -> Problem | None:
    """Whether somebody may sign a lease alone (Civil Code 17–20)."""
    return party_age_problem(birth, today)


def _phone_problem(field: str, text: str) -> list[Problem]:
    try:
        parse_phone(text)
    except PhoneError as trouble:
        return [error(field, trouble.message)]
    return []


@dataclass(frozen=True, slots=True)
class Known:
    """A party already here whose document has the same number."""

    id: UUID
    number: str
    name: str


@needs(Right.SEE_PARTIES)
def same_document(look: Look, kind: DocumentKind, number: str) -> Known | None:
    """Whether somebody with this document was here before: found by the blind index, nothing is decrypted in bulk."""
    return known_by_document(look, kind, number)


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
            PersonDocument.number_index == look.vault.blind(_blind_field(kind), stored),
            PersonDocument.kind == kind, Party.deleted_at.is_(None),
        )
        .limit(1)
    ).first()  # fmt: skip
    return None if row is None else Known(row.id, row.number, row.name)


def _blind_field(kind: DocumentKind) -> BlindField:
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
            number=take_number(work, Series.PARTY), kind=form.kind, name=normalise_name(form.name), sex=form.sex,
            birth=form.birth, ethnicity=normalise_ethnicity(form.ethnicity) if form.ethnicity else None,
            occupation=(form.occupation or "").strip() or None, note=(form.note or "").strip() or None,
            hold_erasure=False,
        )
    )  # fmt: skip
    if form.document is not None:
        add_document(work, party, form.document, matched)
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
def meet_again(work: Work, party_id: UUID, document: DocumentForm | None, phone: str) -> None:
    """A party comes again: the paper shown is matched anew, with the validity it has now, and a new number kept.

    A paper not known yet is added to the others.
    """
    party = work.get(Party, party_id)
    if document is not None:
        number = read_number(document.kind, document.number, work.world.today()).number
        known = work.session.scalar(
            sa.select(PersonDocument)
            .where(
                PersonDocument.party_id == party_id, PersonDocument.kind == document.kind,
                PersonDocument.number_index == work.vault.blind(_blind_field(document.kind), number),
                PersonDocument.deleted_at.is_(None),
            )
            .limit(1)
        )  # fmt: skip
        if known is None:
            add_document(work, party, document, matched=True)
        else:
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
    blind = _blind_field(form.kind)
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


@dataclass(frozen=True, slots=True)
class MaskedField:
    """A sealed value as this person may see it, and where it lies, so that a reveal can name it."""

    table: str
    column: str
    row_id: UUID
    text: str
    """Masked, in clear or empty, by the role's field right."""
    revealable: bool


@dataclass(frozen=True, slots=True)
class DocumentRow:
    kind: DocumentKind
    number: MaskedField
    address: MaskedField | None
    issuer: str | None
    valid_from: date | None
    valid_to: date | None
    long_term: bool
    matched_at: datetime | None
    matched_by: str
    """Who confirmed 「人证一致(人工核对)」; empty when nobody did."""


@dataclass(frozen=True, slots=True)
class ContactRow:
    kind: ContactKind
    value: MaskedField
    preferred: bool
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class BankRow:
    bank: str
    number: MaskedField
    holder: MaskedField


@dataclass(frozen=True, slots=True)
class RelationRow:
    party_id: UUID
    name: str
    kind: str
    words: str
    phones: tuple[MaskedField, ...]


@dataclass(frozen=True, slots=True)
class PartyPage:
    """Everything the party page shows of a person or organisation itself."""

    id: UUID
    number: str
    version: int
    kind: PartyKind
    name: str
    sex: Sex | None
    birth: date | None
    ethnicity: str | None
    occupation: str | None
    note: str | None
    documents: tuple[DocumentRow, ...]
    contacts: tuple[ContactRow, ...]
    banks: tuple[BankRow, ...]
    relations: tuple[RelationRow, ...]
    since: datetime


_SEALED_TABLES: dict[str, Any] = {"person_document": PersonDocument, "contact": Contact, "bank_account": BankAccount}
_MASKS = {
    ("person_document", "number"): mask_id_number,
    ("person_document", "address"): mask_address,
    ("bank_account", "number"): mask_bank_card,
}


@part
def shown(look: Look, row: Contact | PersonDocument | BankAccount, column: str) -> MaskedField:
    """A sealed field of a row in the form this actor may see."""
    table = row.__tablename__
    sight = look.sight(f"{table}.{column}")
    clear = look.unsealed(row, column) or ""
    if sight is Sight.NONE:
        text = "***"
    else:
        text = _mask_of(row, column, clear)
    return MaskedField(table, column, row.id, text, sight in (Sight.READ, Sight.WRITE))


def _mask_of(row: Contact | PersonDocument | BankAccount, column: str, clear: str) -> str:
    if isinstance(row, Contact):
        return mask_address(clear) if row.kind is ContactKind.HOME_ADDRESS else mask_phone(clear)
    mask = _MASKS.get((row.__tablename__, column))
    if mask is None:
        from desktop.services.masks import mask_name

        return mask_name(clear)
    return mask(clear)


@needs(Right.SEE_PARTIES)
def party_page(look: Look, party_id: UUID) -> PartyPage:
    """The party with papers, contacts, accounts and relations, masked. Raises NotFound."""
    party = look.get(Party, party_id)
    session = look.session
    documents = _live(look, PersonDocument, party_id)
    staff = {
        row.id: row.name
        for row in session.execute(
            sa.select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_([d.matched_by for d in documents]))
        )
    }
    contacts = _live(look, Contact, party_id)
    banks = _live(look, BankAccount, party_id)
    related = session.execute(
        sa.select(PartyRelation, Party)
        .join(Party, Party.id == PartyRelation.other_id)
        .where(PartyRelation.party_id == party_id, PartyRelation.deleted_at.is_(None), PartyRelation.until.is_(None))
        .order_by(PartyRelation.created_at)
    ).all()
    phones: dict[UUID, list[MaskedField]] = {}
    if related:
        for contact in session.scalars(
            sa.select(Contact).where(
                Contact.party_id.in_([other.id for _, other in related]), Contact.deleted_at.is_(None),
                Contact.kind.in_(PHONE_KINDS),
            )
        ):  # fmt: skip
            phones.setdefault(contact.party_id, []).append(shown(look, contact, "value"))
    return PartyPage(
        party.id, party.number, party.version, party.kind, party.name, party.sex, party.birth, party.ethnicity,
        party.occupation, party.note,
        tuple(
            DocumentRow(
                d.kind, shown(look, d, "number"), shown(look, d, "address") if d.address else None, d.issuer,
                d.valid_from, d.valid_to, d.long_term, d.matched_at,
                staff.get(d.matched_by, "") if d.matched_by else "",
            )
            for d in documents
        ),
        tuple(ContactRow(c.kind, shown(look, c, "value"), c.preferred, c.confirmed_at) for c in contacts),
        tuple(BankRow(b.bank, shown(look, b, "number"), shown(look, b, "holder")) for b in banks),
        tuple(
            RelationRow(other.id, other.name, relation.kind, relation.words, tuple(phones.get(other.id, ())))
            for relation, other in related
        ),
        party.created_at,
    )  # fmt: skip


def _live(look: Look, model: type[S], party_id: UUID) -> Sequence[S]:
    return look.session.scalars(
        sa.select(model)
        .where(model.party_id == party_id, model.deleted_at.is_(None))
        .order_by(model.created_at, model.id)
    ).all()


@needs(Right.REVEAL_SECRETS)
def reveal(work: Work, table: str, row_id: UUID, column: str) -> str:
    """One sealed value in clear, with a line in the audit log and the party's timeline. Raises Refused by field
    right."""
    row = work.get(_SEALED_TABLES[table], row_id)
    if work.sight(f"{table}.{column}") not in (Sight.READ, Sight.WRITE):
        from desktop.services.errors import Refused

        raise Refused(Right.REVEAL_SECRETS.value, "您的角色不能查看这一项：请主管登录后查看")
    work.subject_id("party", row.party_id)
    work.record(field=f"{table}.{column}", row=row_id.hex)
    return work.unsealed(row, column) or ""
