"""Signatures 签名 given before the clerk, by pen or mouse: for which paper, which words, by whom."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Profile
from desktop.models.columns import Digest, Sealed, Word
from desktop.models.values import SignedPaper


class Signature(Profile):
    """One signature; signing again makes a new row, and the latest is printed."""

    __tablename__ = "signature"

    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"), index=True)
    """Whom it binds; who held the pen is sealed with the ink."""
    paper: Mapped[SignedPaper] = mapped_column(Word(SignedPaper))
    subject_table: Mapped[str]
    """consent, lease or payment: what the signature was given for."""
    subject_id: Mapped[UUID] = mapped_column(index=True)
    template_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("template.id"))
    """The version of the notice or the lease; NULL for a receipt."""
    words_sha: Mapped[bytes] = mapped_column(Digest)
    """SHA-256 of the words that stood before the person while signing."""
    ink: Mapped[bytes | None] = mapped_column(Sealed)
    """The lines of the pen with who drew them, in what capacity and for what (services.signed), sealed; NULL after
    erasure."""
    signed_at: Mapped[datetime]
    device_id: Mapped[UUID]
    """The PC at which it was given."""
