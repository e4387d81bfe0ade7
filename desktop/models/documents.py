"""Papers made and files kept: templates with versions, stored documents and attachments, encrypted, addressed by
content."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Local, Meets, Profile
from desktop.models.columns import Digest, Sealed


class Template(Meets, Profile):
    """One version of a template 合同模板; an edit makes the next version, leases keep theirs."""

    __tablename__ = "template"
    __table_args__ = (sa.UniqueConstraint("project_id", "kind", "ordinal", "arrived"),)

    kind: Mapped[str]
    """housing_lease | pipl_notice."""
    ordinal: Mapped[int] = mapped_column(sa.Integer)
    title: Mapped[str]
    body: Mapped[str]


class StoredFile(Profile):
    """A stored document or attachment 附件: its own random key, wrapped by the project's; destroyed at erasure."""

    __tablename__ = "stored_file"
    __table_args__ = (sa.Index(None, "subject_id"),)

    kind: Mapped[str]
    """lease_pdf | receipt_pdf | condition_photo | signed_scan …"""
    subject_table: Mapped[str]
    subject_id: Mapped[UUID]
    title: Mapped[bytes] = mapped_column(Sealed)
    """A file name may hold a person's name."""
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[bytes] = mapped_column(Digest)
    """Of the ciphertext: its address in `blob`."""
    file_key: Mapped[bytes | None] = mapped_column(Digest)
    """The wrapped key; NULL after erasure: nobody can read the file again."""


class Blob(Local):
    """Ciphertext by its SHA-256. Kept in the database, so that every PC of the office and every backup has it."""

    __tablename__ = "blob"

    sha256: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    data: Mapped[bytes] = mapped_column(sa.LargeBinary)


class Draft(Local):
    """A form not yet saved 草稿, sealed with this device's key; survives lock, crash and power cut."""

    __tablename__ = "draft"
    __table_args__ = (sa.Index(None, "staff_id", "kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    device_id: Mapped[UUID]
    staff_id: Mapped[UUID]
    kind: Mapped[str]
    title: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """Sealed: may hold a name."""
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
    saved_at: Mapped[datetime]
