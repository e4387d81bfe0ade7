"""Parties 当事人: persons and organisations, their papers, contacts, bank accounts, relations and vehicles."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Derived, Meets, Profile
from desktop.models.columns import NUMBER_END, Digest, Sealed, Word
from desktop.models.values import ContactKind, DocumentKind, PartyKind, Sex


class Party(Meets, Profile):
    """A person or an organisation. *Tenant* 租客 is a party in a lease role, never a kind of party."""

    __tablename__ = "party"
    __table_args__ = (
        sa.Index(None, "project_id", "number", "arrived", unique=True),
        sa.Index("ix_party_number_end", sa.text(NUMBER_END)),
    )

    number: Mapped[str]
    """The office's own number for people to say, e.g. WJY-P000123."""
    kind: Mapped[PartyKind] = mapped_column(Word(PartyKind))
    name: Mapped[str]
    """In clear by decision (DESIGN §4.7): searched, printed, shown on the board."""
    sex: Mapped[Sex | None] = mapped_column(Word(Sex))
    birth: Mapped[date | None]
    ethnicity: Mapped[str | None]
    """Without 族: 汉, 维吾尔."""
    occupation: Mapped[str | None]
    note: Mapped[str | None]
    hold_erasure: Mapped[bool] = mapped_column(default=False)
    """A dispute or order keeps the person's data beyond the retention period."""


class PartyName(Derived):
    """One way to type a party's name: full pinyin, initials, every reading of a surname."""

    __tablename__ = "party_name"
    __table_args__ = (sa.Index("ix_party_name_key", "key", sa.text("party_id DESC")),)

    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), primary_key=True)


class PersonDocument(Profile):
    """An identity paper 证件 of a party; the picture is not kept (read, verify, discard)."""

    __tablename__ = "person_document"
    __table_args__ = (sa.Index(None, "number_index"), sa.Index(None, "number_tail"))

    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"), index=True)
    kind: Mapped[DocumentKind] = mapped_column(Word(DocumentKind))
    number: Mapped[bytes] = mapped_column(Sealed)
    number_index: Mapped[bytes] = mapped_column(Digest)
    """Blind index of the whole number: HMAC-SHA256, 32 bytes."""
    number_tail: Mapped[bytes] = mapped_column(Digest)
    """Keyed hash of exactly the last four, 16 bits: candidates are re-checked after decryption."""
    address: Mapped[bytes | None] = mapped_column(Sealed)
    """The address printed on the card."""
    issuer: Mapped[str | None]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    """NULL with long_term: 长期; NULL without: not known."""
    long_term: Mapped[bool]
    how: Mapped[str]
    """typed | picture: where the fields came from."""
    matched_by: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    """Who confirmed 「人证一致(人工核对)」."""
    matched_at: Mapped[datetime | None]


class Contact(Profile):
    """A way to reach a party 联系方式."""

    __tablename__ = "contact"
    __table_args__ = (sa.Index(None, "value_index"), sa.Index(None, "value_tail"))

    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"), index=True)
    kind: Mapped[ContactKind] = mapped_column(Word(ContactKind))
    value: Mapped[bytes] = mapped_column(Sealed)
    value_index: Mapped[bytes | None] = mapped_column(Digest)
    value_tail: Mapped[bytes | None] = mapped_column(Digest)
    preferred: Mapped[bool]
    confirmed_at: Mapped[datetime]
    """When somebody last said it still holds (REQUIREMENTS T-10)."""


class BankAccount(Profile):
    """An account for refunds 银行账户; financial data, so it is asked for with separate consent (DOMAIN §9)."""

    __tablename__ = "bank_account"

    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"), index=True)
    bank: Mapped[str]
    number: Mapped[bytes] = mapped_column(Sealed)
    number_index: Mapped[bytes] = mapped_column(Digest)
    number_tail: Mapped[bytes] = mapped_column(Digest)
    holder: Mapped[bytes] = mapped_column(Sealed)


class PartyRelation(Profile):
    """What one party is to another: emergency contact 紧急联系人, household 同住, guardian, legal person, handler."""

    __tablename__ = "party_relation"

    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"), index=True)
    other_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"), index=True)
    kind: Mapped[str]
    """emergency | household | guardian | legal_person | handler."""
    words: Mapped[str]
    """What the other is to the party, in their words: 姐姐, 配偶, 同事."""
    since: Mapped[date | None]
    until: Mapped[date | None]


class PartyAlias(Meets, Profile):
    """Two records turned out to be one person: the merged one stays and points at the kept one."""

    __tablename__ = "party_alias"
    __table_args__ = (sa.UniqueConstraint("merged_id", "arrived"),)

    merged_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"))
    kept_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"), index=True)


class Vehicle(Profile):
    """A vehicle 车辆 with its plate, in clear."""

    __tablename__ = "vehicle"

    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"), index=True)
    plate: Mapped[str] = mapped_column(index=True)
    colour: Mapped[str | None]
    space_room_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("room.id"))
