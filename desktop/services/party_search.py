"""Finding a party by whatever people say of one: a name, its sound, a number whole or by its last four."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.parties import Contact, Party, PartyName, PersonDocument
from desktop.models.values import PartyKind, Right
from desktop.services.keys import BlindField
from desktop.services.parties import PHONE_KINDS, shown
from desktop.services.phones import PhoneError, parse_phone
from desktop.services.rights import needs, part
from desktop.services.work import Look

SHOWN = 30
"""Hits a search shows at most; a longer list is narrowed by typing on."""


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
    wanted = text.strip()
    if not wanted:
        return []
    ids = _matching(look, wanted, limit)
    return _hits(look, ids)


def _matching(look: Look, wanted: str, limit: int) -> list[UUID]:
    session = look.session
    folded = unicodedata.normalize("NFKC", wanted)
    found: dict[UUID, None] = {}

    def take(query: Any) -> None:
        for party_id in session.scalars(query.limit(limit)):
            found.setdefault(party_id)

    if folded.isascii():
        key = "".join(folded.lower().split())
        if key.isalpha():
            take(
                sa.select(PartyName.party_id)
                .where(PartyName.key >= key, PartyName.key < key + "\x7f")
                .order_by(PartyName.key)
            )
        number = key.upper()
        if len(number) >= 4 and any(character.isdigit() for character in number):
            take(sa.select(Party.id).where(Party.number == number))
            for candidate in by_secret(look, number):
                found.setdefault(candidate)
    else:
        escaped = folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        take(
            sa.select(Party.id)
            .where(Party.name.like(f"%{escaped}%", escape="\\"), Party.deleted_at.is_(None))
            .order_by(Party.name)
        )
        for candidate in by_spoken_phone(look, folded):
            found.setdefault(candidate)
    return list(found)[:limit]


def _tails(look: Look, fields: Sequence[BlindField], text: str) -> list[bytes]:
    """Tail hashes of four characters under the fields that can end in them: 002X ends an ID number, never a phone."""
    tails = []
    for field in fields:
        with suppress(ValueError):
            tails.append(look.vault.blind_tail(field, text))
    return tails


@part
def by_spoken_phone(look: Look, text: str) -> Sequence[UUID]:
    """Parties with a phone written as people do beside Chinese words: 0571-88001234 转 806."""
    try:
        return by_secret(look, parse_phone(text).stored)
    except PhoneError:
        return []


@part
def by_secret(look: Look, number: str) -> Sequence[UUID]:
    """Parties with this document or phone number; of exactly four characters, those whose number ends in them."""
    session, vault = look.session, look.vault
    found: dict[UUID, None] = {}
    papers = (BlindField.ID_NUMBER, BlindField.DOCUMENT_NUMBER)
    if len(number) == 4:
        for document in session.scalars(
            sa.select(PersonDocument).where(
                PersonDocument.number_tail.in_(_tails(look, papers, number)),
                PersonDocument.deleted_at.is_(None),
            )
        ):  # fmt: skip
            # 16 bits are shared by others: the candidate counts only when it opens to these four.
            if (look.unsealed(document, "number") or "").endswith(number):
                found.setdefault(document.party_id)
        for contact in session.scalars(
            sa.select(Contact).where(
                Contact.value_tail.in_(_tails(look, (BlindField.PHONE,), number)), Contact.deleted_at.is_(None)
            )
        ):
            if (look.unsealed(contact, "value") or "").endswith(number):
                found.setdefault(contact.party_id)
        return list(found)
    indexes = [vault.blind(f, number) for f in papers]
    for party_id in session.scalars(
        sa.select(PersonDocument.party_id).where(
            PersonDocument.number_index.in_(indexes), PersonDocument.deleted_at.is_(None)
        )
    ):
        found.setdefault(party_id)
    try:
        phone = parse_phone(number).stored
    except PhoneError:
        return list(found)
    for party_id in session.scalars(
        sa.select(Contact.party_id).where(
            Contact.value_index == vault.blind(BlindField.PHONE, phone), Contact.deleted_at.is_(None)
        )
    ):
        found.setdefault(party_id)
    return list(found)


def _hits(look: Look, ids: Sequence[UUID]) -> list[PartyHit]:
    from desktop.services.leases import rooms_of_parties

    if not ids:
        return []
    session = look.session
    parties = {p.id: p for p in session.scalars(sa.select(Party).where(Party.id.in_(ids), Party.deleted_at.is_(None)))}
    phones: dict[UUID, str] = {}
    for contact in session.scalars(
        sa.select(Contact)
        .where(Contact.party_id.in_(ids), Contact.kind.in_(PHONE_KINDS), Contact.deleted_at.is_(None))
        .order_by(Contact.preferred)
    ):
        phones[contact.party_id] = shown(look, contact, "value").text
    rooms = rooms_of_parties(look, ids)
    return [
        PartyHit(p.id, p.number, p.name, p.kind, phones.get(p.id, ""), "、".join(rooms.get(p.id, ())))
        for p in (parties[i] for i in ids if i in parties)
    ]
