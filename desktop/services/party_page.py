"""A party as it is shown: papers, contacts, accounts and relations, masked; one value in clear when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.parties import BankAccount, Contact, Party, PartyRelation, PersonDocument
from desktop.models.values import ContactKind, DocumentKind, PartyKind, Right, Sex, Sight
from desktop.services.masks import mask_address, mask_bank_card, mask_id_number, mask_phone
from desktop.services.parties import PHONE_KINDS
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

S = TypeVar("S", PersonDocument, Contact, BankAccount)


HIDDEN = "***"
"""Shown of a field that the role does not see at all: not even how long it is."""


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
        text = HIDDEN
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
