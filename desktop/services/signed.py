"""The signature behind a paper: kept in an act of its own or in the check-in, and read again to be printed."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from desktop.models.signatures import Signature
from desktop.models.values import SignedPaper
from desktop.services import ink
from desktop.services.ink import Ink
from desktop.services.rights import part
from desktop.services.work import Look, Work

_TABLES = {SignedPaper.NOTICE: "consent", SignedPaper.LEASE: "lease", SignedPaper.RECEIPT: "payment"}


@part
def put_signature(
    work: Work, paper: SignedPaper, party_id: UUID, subject_id: UUID, template_id: UUID | None, words_sha: bytes,
    drawn: Ink,
) -> UUID:  # fmt: skip
    """Keep a signature with the SHA-256 of the words it stands under. Raises NotSigned."""
    ink.check(drawn)
    row = Signature(
        party_id=party_id, paper=paper, subject_table=_TABLES[paper], subject_id=subject_id, template_id=template_id,
        words_sha=words_sha, signed_at=work.at, device_id=work.office.device_id,
    )  # fmt: skip
    work.seal(row, "ink", ink.encode(drawn))
    return work.add(row).id


@part
def signature_of(look: Look, subject_id: UUID) -> Ink | None:
    """The latest signature given for something, to be printed; None without one, or when it was erased."""
    row = look.session.scalars(
        sa.select(Signature)
        .where(Signature.subject_id == subject_id, Signature.deleted_at.is_(None), Signature.ink.is_not(None))
        .order_by(Signature.signed_at.desc(), Signature.id.desc())
        .limit(1)
    ).first()
    text = look.unsealed(row, "ink") if row is not None else None
    return None if text is None else ink.decode(text)
