"""Finding a party by whatever people say of one: a name or a part of it, its sound, a number whole or by its end."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
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
from desktop.services.quick import Asking, KeptId, Quick, uuid_of
from desktop.services.rights import needs, part
from desktop.services.search_index import find_containing, find_texts, number_ends
from desktop.services.work import Look

SHOWN = 30
"""Hits a search shows at most; a longer list is narrowed by typing on."""
TAIL = 4
"""So many characters at the end of a phone, document or other number find it."""
_LONGEST_END = 8
"""More digits than that are no end of one of our numbers, and in nobody's name."""
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

    ids = [uuid_of(kept) for kept in matching(look, text, limit)]
    if not ids:
        return []
    found = {row.id: row for row in _NAMES.rows(look.connection, ids)}
    phones, rooms = masked_phones(look, ids), rooms_of_parties(look, ids)
    return [
        PartyHit(row.id, row.number, row.name, row.kind, phones.get(row.id, ""), "、".join(rooms.get(row.id, ())))
        for row in (found[party_id] for party_id in ids if party_id in found)
    ]


_NAMES = Quick(
    lambda q: sa.select(Party.id, Party.number, Party.name, Party.kind).where(
        q.among(Party.id), Party.deleted_at.is_(None)
    )
)


@part
def matching(look: Look, text: str, limit: int = SHOWN) -> dict[KeptId, str]:
    """Who may be meant, the likeliest first, with the number (masked) they were found by, "" when by name.

    A record that was merged into another leads to the one that was kept.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    found: dict[KeptId, str] = {}
    named = True
    if plain.isascii():
        key = normalise_query(plain)
        if key.isalpha():
            # Both a whole name and its initials may begin so: twice the limit are as many parties as are wanted.
            sounding = _SOUNDING.first(look.connection, key=key, end=key + "\x7f", most=2 * limit)
            found |= dict.fromkeys(sounding, "")
        number = "".join(plain.upper().split())
        if len(number) >= TAIL and not key.isalpha():
            ours = number.startswith(look.office.project_code)  # WJY-PA000123: no phone and no document begins so
            numbered = _NUMBERED.ask(look.connection, number=number) if ours or len(number) <= _LONGEST_END else list
            sealed = {} if ours else _by_number(look, number)
            found |= dict.fromkeys((row[0] for row in numbered()), "") | sealed
            named = not ours and not (number.isdigit() and len(number) > _LONGEST_END)
    elif any(character.isdigit() for character in plain):
        with suppress(PhoneError):  # written as people do beside Chinese words: 0571-88001234 转 806
            found |= _by_number(look, parse_phone(plain).stored)
    if named and len(found) < limit:
        # What begins so in letters has been found by its sound already.
        find = find_containing if plain.isascii() else find_texts
        found |= dict.fromkeys(find(look.connection, Searched.PARTY, plain, limit), "") | found
    return dict(list(_kept(look, found).items())[:limit])


_SOUNDING = Quick(
    lambda q: (
        sa.select(q.kept(PartyName.party_id))
        .where(PartyName.key >= sa.bindparam("key", type_=sa.Text), PartyName.key < sa.bindparam("end", type_=sa.Text))
        .order_by(PartyName.key, PartyName.party_id.desc())
        .limit(sa.bindparam("most", type_=sa.Integer))
    )
)
_NUMBERED = Quick(
    lambda q: sa.select(q.kept(Party.id)).where(number_ends(Party.number, sa.bindparam("number", type_=sa.Text)))
)


def _kept(look: Look, found: dict[KeptId, str]) -> dict[KeptId, str]:
    """The records that stand for those found, in the same order."""
    if not found or not _MERGED.rows(look.connection, found):
        return found
    led = {row.merged_id: row.kept_id for row in _ALIASES.rows(look.connection)}
    kept: dict[KeptId, str] = {}
    for party_id, number in found.items():
        seen = {party_id}
        while (other := led.get(party_id)) is not None and other not in seen:  # a circle has no end
            seen.add(other)
            party_id = other
        kept.setdefault(party_id, number)
    return kept


_IN_FORCE = PartyAlias.deleted_at.is_(None)
_MERGED = Quick(
    lambda q: sa.select(q.kept(PartyAlias.merged_id)).where(q.among(PartyAlias.merged_id, kept=True), _IN_FORCE)
)
_ALIASES = Quick(lambda q: sa.select(q.kept(PartyAlias.merged_id), q.kept(PartyAlias.kept_id)).where(_IN_FORCE))


# ---- numbers that are kept sealed ----------------------------------------------------------------------------------


@part
def by_number(look: Look, number: str) -> list[UUID]:
    """Parties with this document or phone number; of exactly four characters: whose number ends in them."""
    return [uuid_of(kept) for kept in _by_number(look, number)]


@part
def by_spoken_phone(look: Look, text: str) -> list[UUID]:
    """Parties with a phone written as people do beside Chinese words: 0571-88001234 转 806."""
    try:
        return by_number(look, parse_phone(text).stored)
    except PhoneError:
        return []


def _by_number(look: Look, number: str) -> dict[KeptId, str]:
    """`by_number`, each with what was found of them, masked.

    The last four are told apart by 16 bits that others share: a candidate counts only when it opens to them.
    """
    connection, found = look.connection, dict[KeptId, str]()
    if len(number) == TAIL:
        papers = _PAPERS_ENDING.ask(connection, _tails(look, _PAPERS, number))
        phones = _PHONES_ENDING.ask(connection, _tails(look, (BlindField.PHONE,), number))
    else:
        papers = _PAPERS_LIKE.ask(connection, [look.vault.blind(field, number) for field in _PAPERS])
        phones = _PHONES_LIKE.ask(connection, _phone_indexes(look, number))
    for table, column, mask, asked in (
        ("person_document", "number", mask_id_number, papers),
        ("contact", "value", mask_phone, phones),
    ):
        hidden = look.sight(f"{table}.{column}") is Sight.NONE
        for row in asked():
            clear = look.vault.open(table, column, row.id, row.sealed)
            if len(number) != TAIL or clear.endswith(number):
                found.setdefault(row.party_id, _HIDDEN if hidden else mask(clear))
    return found


_PAPERS_ENDING = Quick(lambda q: _documents(q).where(q.among(PersonDocument.number_tail)))
_PAPERS_LIKE = Quick(lambda q: _documents(q).where(q.among(PersonDocument.number_index)))
_PHONES_ENDING = Quick(lambda q: _contacts(q).where(q.among(Contact.value_tail)))
_PHONES_LIKE = Quick(lambda q: _contacts(q).where(q.among(Contact.value_index)))


def _documents(q: Asking) -> Any:
    columns = (PersonDocument.id, q.kept(PersonDocument.party_id), PersonDocument.number.label("sealed"))
    return sa.select(*columns).where(PersonDocument.deleted_at.is_(None))


def _contacts(q: Asking) -> Any:
    columns = (Contact.id, q.kept(Contact.party_id), Contact.value.label("sealed"))
    return sa.select(*columns).where(Contact.deleted_at.is_(None))


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
def masked_phones(look: Look, ids: Collection[UUID]) -> dict[UUID, str]:
    """{party: the number to call, masked}: the preferred one, else the one kept last."""
    best = {row.party_id: row for row in _PHONES.rows(look.connection, ids)}
    return {party_id: masked_phone(look, row.id, row.sealed) for party_id, row in best.items()}


@part
def masked_phone(look: Look, contact_id: UUID, sealed: bytes) -> str:
    """A telephone number in the form this actor may see."""
    if look.sight("contact.value") is Sight.NONE:
        return _HIDDEN
    return mask_phone(look.vault.open("contact", "value", contact_id, sealed))


_PHONES = Quick(
    lambda q: (
        sa.select(Contact.id, Contact.party_id, Contact.value.label("sealed"))
        .where(q.among(Contact.party_id), Contact.deleted_at.is_(None), Contact.kind.in_(PHONE_KINDS))
        .order_by(Contact.preferred, Contact.created_at, Contact.id)
    )
)
