"""What makes the office trustworthy: consents, settings with dates, number blocks, the audit chain, changes of
fields."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Ledger, Local, Meets, Profile
from desktop.models.columns import Digest, Json


class Consent(Ledger):
    """A notice given or a consent 授权同意 given, refused or withdrawn, with the version of the words."""

    __tablename__ = "consent"

    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"), index=True)
    kind: Mapped[str]
    """notice | bank_account | card_picture | under_14 …"""
    answer: Mapped[str]
    """told | given | refused | withdrawn."""
    template_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("template.id"))
    way: Mapped[str]
    """read_on_screen | paper."""
    by_party_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("party.id"))
    """A guardian answering for a minor."""


class Setting(Meets, Profile):
    """A rule of the office, effective from a date."""

    __tablename__ = "setting"
    __table_args__ = (sa.UniqueConstraint("project_id", "key", "valid_from", "arrived"),)

    key: Mapped[str]
    value: Mapped[Any] = mapped_column(Json)
    valid_from: Mapped[date]


class NumberBlock(Local):
    """A run of numbers one desk may issue in one series, unbroken."""

    __tablename__ = "number_block"
    __table_args__ = (sa.UniqueConstraint("desk_id", "series", "first"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    desk_id: Mapped[UUID]
    series: Mapped[str]
    """receipt:2026, lease:2026, party."""
    first: Mapped[int]
    last: Mapped[int]
    upcoming: Mapped[int]
    """The next number; above `last`: used up."""
    granted_at: Mapped[datetime]


class AuditEntry(Local):
    """One act in the audit chain 审计链: who did what to what, never a value. Insert-only, hashed onto its
    predecessor."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.Index(None, "subject_id"),
        sa.Index(None, "actor_id", "at"),
        sa.Index(
            "ix_audit_entry_backup",
            "at",
            sqlite_where=sa.text("op = 'make_backup'"),
            postgresql_where=sa.text("op = 'make_backup'"),
        ),
    )

    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    act_id: Mapped[UUID] = mapped_column(unique=True)
    at: Mapped[datetime]
    device_id: Mapped[UUID]
    actor_id: Mapped[UUID | None]
    op: Mapped[str]
    subject_table: Mapped[str | None]
    subject_id: Mapped[UUID | None]
    facts: Mapped[Any] = mapped_column(Json)
    """Counts, field names, reasons; never values of persons."""
    op_count: Mapped[int] = mapped_column(sa.Integer)
    ops_sha: Mapped[bytes] = mapped_column(Digest)
    """SHA-256 over the digests of the act's op bodies."""
    changes_sha: Mapped[bytes] = mapped_column(Digest)
    """SHA-256 over the digests of its field changes."""
    sig: Mapped[bytes] = mapped_column(Digest)
    """The device's signature over the act."""
    prev: Mapped[bytes] = mapped_column(Digest)
    hash: Mapped[bytes] = mapped_column(Digest)
    mac: Mapped[bytes] = mapped_column(Digest)
    """HMAC of the hash under the office's audit key: who has no key cannot make the chain anew."""


class AuditHead(Local):
    """The end of the chain: one row, locked while an act commits."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    n: Mapped[int]
    hash: Mapped[bytes] = mapped_column(Digest)
    moved_to: Mapped[str | None]
    """Where the office lives now (`services.moved_on`); NULL: here. No link is added while it is set."""
    moved_at: Mapped[datetime | None]


class FieldChange(Local):
    """Before and after of one field; erasable, since the chain covers only its digest."""

    __tablename__ = "field_change"
    __table_args__ = (sa.Index(None, "row_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    act_id: Mapped[UUID] = mapped_column(index=True)
    table_name: Mapped[str]
    row_id: Mapped[UUID]
    field: Mapped[str]
    old: Mapped[Any] = mapped_column(Json, nullable=True)
    new: Mapped[Any] = mapped_column(Json, nullable=True)
    """Wire form; sealed fields keep their ciphertext."""
    salt: Mapped[bytes | None] = mapped_column(Digest)
    digest: Mapped[bytes] = mapped_column(Digest)
    """SHA-256 of salt and content; with the salt erased it says nothing."""
