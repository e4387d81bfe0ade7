"""Finding a party by whatever people say of one: a name or a part of it, its sound, a number whole or by its end."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.parties import Contact, Party, PartyAlias, PartyName, PersonDocument
from desktop.models.values import PartyKind, Right, Sight
from desktop.services.folding import Searched
from desktop.services.keys import BlindField
from desktop.services.masks import mask_id_number, mask_phone
from desktop.services.parties import PHONE_KINDS
from desktop.services.phones import PhoneError, parse_phone
from desktop.services.pinyin import normalise_query
from desktop.services.rights import needs, part
from desktop.services.search_index import find_texts, number_ends
from desktop.services.work import Look

SHOWN = 30
"""Hits a search shows at most; a longer list is narrowed by typing on."""
TAIL = 4
"""So many characters at the end of a phone, document or other number find it."""
_HIDDEN = "***"
_PAPERS = (BlindField.ID_NUMBER, BlindField.DOCUMENT_NUMBER)


@dataclass(frozen=True, slots=True)
class PartyHit:
    """One hit of a search, masked."""

    id: UUID
    number: str
    name: str
    kind: PartyKind
    phone: str
    rooms: str
    """1 栋 1203 of today's leases; empty when none."""


@needs(Right.SEE_PARTIES)
def find_parties(look: Look, text: str, limit: int = SHOWN) -> list[PartyHit]:
    """Parties by name, pinyin, initials, whole document number or phone, or the last four of either."""
    from desktop.services.leases import rooms_of_parties

    ids = list(matching(look, text, limit))
    if not ids:
        return []
    found = {row.id: row for row in look.session.connection().execute(_NAMES, {"ids": ids})}
    phones, rooms = masked_phones(look, ids), rooms_of_parties(look, ids)
    return [
        PartyHit(row.id, row.number, row.name, row.kind, phones.get(row.id, ""), "、".join(rooms.get(row.id, ())))
        for row in (found[party_id] for party_id in ids if party_id in found)
    ]


_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
_NAMES = sa.select(Party.id, Party.number, Party.name, Party.kind).where(Party.id.in_(_IDS), Party.deleted_at.is_(None))


@part
def matching(look: Look, text: str, limit: int = SHOWN) -> dict[UUID, str]:
    """Who may be meant, the likeliest first, with the number (masked) they were found by, "" when by name.

    A record that was merged into another leads to the one that was kept.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    connection = look.session.connection()
    found: dict[UUID, str] = {}
    if plain.isascii():
        key = normalise_query(plain)
        if key.isalpha():
            asked = {"key": key, "end": key + "\x7f", "most": 2 * limit}  # a whole name and its initials: one party
            found |= dict.fromkeys(connection.scalars(_SOUNDING, asked), "")
        number = "".join(plain.upper().split())
        if len(number) >= TAIL and any(character.isdigit() for character in number):
            found |= dict.fromkeys(connection.scalars(_NUMBERED, {"number": number}), "")
            found |= by_number(look, number)
    elif any(character.isdigit() for character in plain):
        with suppress(PhoneError):  # written as people do beside Chinese words: 0571-88001234 转 806
            found |= by_number(look, parse_phone(plain).stored)
    if len(found) < limit:
        found |= dict.fromkeys(find_texts(connection, Searched.PARTY, plain, limit), "") | found
    return dict(list(_kept(connection, found).items())[:limit])


_SOUNDING = (
    sa.select(PartyName.party_id)
    .where(PartyName.key >= sa.bindparam("key"), PartyName.key < sa.bindparam("end"))
    .order_by(PartyName.key, PartyName.party_id.desc())
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_NUMBERED = sa.select(Party.id).where(number_ends(Party.number, sa.bindparam("number", type_=sa.Text)))


def _kept(connection: sa.Connection, found: dict[UUID, str]) -> dict[UUID, str]:
    """The records that stand for those found, in the same order."""
    if not found:
        return found
    led = {row.merged_id: row.kept_id for row in connection.execute(_ALIASES, {"ids": list(found)})}
    if not led:
        return found
    ways = connection.execute(sa.select(PartyAlias.merged_id, PartyAlias.kept_id).where(_IN_FORCE))
    every = {row.merged_id: row.kept_id for row in ways}
    kept: dict[UUID, str] = {}
    for party_id, number in found.items():
        seen = {party_id}
        while (other := every.get(party_id)) is not None and other not in seen:  # a circle has no end
            seen.add(other)
            party_id = other
        kept.setdefault(party_id, number)
    return kept


_IN_FORCE = PartyAlias.deleted_at.is_(None)
_ALIASES = sa.select(PartyAlias.merged_id, PartyAlias.kept_id).where(PartyAlias.merged_id.in_(_IDS), _IN_FORCE)


# ---- numbers that are kept sealed ----------------------------------------------------------------------------------


@part
def by_number(look: Look, number: str) -> dict[UUID, str]:
    """Parties with this document or phone number (of exactly four characters: that end in them), each with it masked.

    The last four are told apart by 16 bits that others share: a candidate counts only when it opens to them.
    """
    connection, found = look.session.connection(), dict[UUID, str]()
    if len(number) == TAIL:
        papers = connection.execute(_PAPERS_ENDING, {"tails": _tails(look, _PAPERS, number)})
        phones = connection.execute(_PHONES_ENDING, {"tails": _tails(look, (BlindField.PHONE,), number)})
    else:
        papers = connection.execute(_PAPERS_LIKE, {"indexes": [look.vault.blind(field, number) for field in _PAPERS]})
        phones = connection.execute(_PHONES_LIKE, {"indexes": _phone_indexes(look, number)})
    for table, column, mask, rows in (
        ("person_document", "number", mask_id_number, papers),
        ("contact", "value", mask_phone, phones),
    ):
        hidden = look.sight(f"{table}.{column}") is Sight.NONE
        for row in rows:
            clear = look.vault.open(table, column, row.id, row.sealed)
            if len(number) != TAIL or clear.endswith(number):
                found.setdefault(row.party_id, _HIDDEN if hidden else mask(clear))
    return found


_DOCUMENTS = sa.select(PersonDocument.id, PersonDocument.party_id, PersonDocument.number.label("sealed")).where(
    PersonDocument.deleted_at.is_(None)
)
_CONTACTS = sa.select(Contact.id, Contact.party_id, Contact.value.label("sealed")).where(Contact.deleted_at.is_(None))
_TAILS: sa.BindParameter[Any] = sa.bindparam("tails", expanding=True)
_INDEXES: sa.BindParameter[Any] = sa.bindparam("indexes", expanding=True)
_PAPERS_ENDING = _DOCUMENTS.where(PersonDocument.number_tail.in_(_TAILS))
_PAPERS_LIKE = _DOCUMENTS.where(PersonDocument.number_index.in_(_INDEXES))
_PHONES_ENDING = _CONTACTS.where(Contact.value_tail.in_(_TAILS))
_PHONES_LIKE = _CONTACTS.where(Contact.value_index.in_(_INDEXES))


def _tails(look: Look, fields: Sequence[BlindField], text: str) -> list[bytes]:
    """Tail hashes of four characters under the fields that can end in them: 002X ends an ID number, never a phone."""
    tails = []
    for field in fields:
        with suppress(ValueError):
            tails.append(look.vault.blind_tail(field, text))
    return tails


def _phone_indexes(look: Look, number: str) -> list[bytes]:
    try:
        return [look.vault.blind(BlindField.PHONE, parse_phone(number).stored)]
    except PhoneError:
        return []


@part
def by_spoken_phone(look: Look, text: str) -> list[UUID]:
    """Parties with a phone written as people do beside Chinese words: 0571-88001234 转 806."""
    try:
        return list(by_number(look, parse_phone(text).stored))
    except PhoneError:
        return []


@part
def masked_phones(look: Look, ids: Iterable[UUID]) -> dict[UUID, str]:
    """{party: the number to call, masked}: the preferred one, else the one kept last."""
    hidden = look.sight("contact.value") is Sight.NONE
    best = {row.party_id: row for row in look.session.connection().execute(_PHONES, {"ids": list(ids)})}
    return {
        party_id: _HIDDEN if hidden else mask_phone(look.vault.open("contact", "value", row.id, row.sealed))
        for party_id, row in best.items()
    }


_PHONES = _CONTACTS.where(Contact.party_id.in_(_IDS), Contact.kind.in_(PHONE_KINDS)).order_by(
    Contact.preferred, Contact.created_at, Contact.id
)
