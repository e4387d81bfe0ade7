"""The signature behind a paper: kept in an act of its own or in the check-in, and read again to be shown and printed.

Who signed, in what capacity, for whom and under which words lies sealed together with the ink, and is held against the
row whenever it is read: a row that was altered in the database no longer fits what is sealed in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa

from desktop.models.signatures import Signature
from desktop.models.values import SignedPaper
from desktop.services import ink
from desktop.services.errors import DomainError
from desktop.services.ink import Ink
from desktop.services.keys import SealBroken
from desktop.services.rights import part
from desktop.services.signers import Capacity, Signer
from desktop.services.work import Look, Work

_TABLES = {SignedPaper.NOTICE: "consent", SignedPaper.LEASE: "lease", SignedPaper.RECEIPT: "payment"}

BROKEN_WORDS = "和记录对不上，不能用：请管理员体检"


class SignatureBroken(DomainError):
    """What is sealed with the ink is not what the row says: somebody has altered it."""

    def __init__(self) -> None:
        super().__init__("这份签名和它的记录对不上，可能被改动过，不能用：请管理员在设置里做体检，再请客户重签")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is sealed: the ink with everything it stands for."""

    ink: Ink
    signer_id: UUID
    signer: str
    capacity: Capacity
    detail: str
    party_id: UUID
    bound: str
    paper: SignedPaper
    subject_id: UUID
    words_sha: str
    signed_at: str


@dataclass(frozen=True, slots=True)
class Given:
    """A signature as it is shown and printed."""

    ink: Ink
    at: datetime
    signer: Signer | None
    """None: given before the program kept who signed."""

    @property
    def words(self) -> str:
        """顾母（监护人，母亲），代顾听澜签; empty for one of old."""
        return self.signer.words if self.signer is not None else ""

    @property
    def for_another(self) -> bool:
        """Whether somebody signed for another, a company too."""
        return self.signer is not None and self.signer.capacity is not Capacity.SELF

    @property
    def stands_in(self) -> bool:
        """Whether it belongs where somebody signs in place of the tenant; a legal person is the company's own hand."""
        return self.for_another and self.signer is not None and self.signer.capacity is not Capacity.LEGAL_PERSON


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


@part
def put_signature(
    work: Work, paper: SignedPaper, party_id: UUID, subject_id: UUID, template_id: UUID | None, words_sha: bytes,
    drawn: Ink, signer: Signer,
) -> UUID:  # fmt: skip
    """Keep a signature with who gave it and the SHA-256 of the words it stands under. Raises NotSigned."""
    ink.check(drawn)
    row = Signature(
        party_id=party_id, paper=paper, subject_table=_TABLES[paper], subject_id=subject_id, template_id=template_id,
        words_sha=words_sha, signed_at=work.at, device_id=work.office.device_id,
    )  # fmt: skip
    evidence = Evidence(
        drawn,
        signer.party_id,
        signer.name,
        signer.capacity,
        signer.detail,
        party_id,
        signer.bound,
        paper,
        subject_id,
        words_sha.hex(),
        _utc(work.at),
    )
    work.seal(row, "ink", msgspec.json.encode(evidence).decode())
    return work.add(row).id


@part
def signature_of(look: Look, subject_id: UUID) -> Given | None:
    """The latest signature given for something; None without one, or when it was erased. Raises SignatureBroken."""
    row = look.session.scalars(
        sa.select(Signature)
        .where(Signature.subject_id == subject_id, Signature.deleted_at.is_(None), Signature.ink.is_not(None))
        .order_by(Signature.signed_at.desc(), Signature.id.desc())
        .limit(1)
    ).first()
    return None if row is None else given(look, row)


@part
def told_of(look: Look, subject_id: UUID) -> str:
    """Who signed for something, in words for a page; empty without a signature, or for one of old."""
    try:
        found = signature_of(look, subject_id)
    except SignatureBroken:
        return BROKEN_WORDS
    return found.words if found is not None else ""


@part
def given(look: Look, row: Signature) -> Given:
    """A stored signature, held against what is sealed in it. Raises SignatureBroken."""
    try:
        text = look.unsealed(row, "ink") or ""
    except SealBroken as error:
        raise SignatureBroken from error
    try:
        sealed = msgspec.json.decode(text, type=Evidence)
    except msgspec.ValidationError:
        return Given(ink.decode(text), row.signed_at, None)
    said = (sealed.party_id, sealed.paper, sealed.subject_id, sealed.words_sha, sealed.signed_at)
    if said != (row.party_id, row.paper, row.subject_id, row.words_sha.hex(), _utc(row.signed_at)):
        raise SignatureBroken
    signer = Signer(sealed.signer_id, sealed.signer, sealed.capacity, sealed.bound, sealed.detail)
    return Given(sealed.ink, row.signed_at, signer)


@part
def broken(look: Look) -> Iterator[UUID]:
    """Signatures that do not fit their rows, for the check of the office."""
    for row in look.session.scalars(sa.select(Signature).where(Signature.ink.is_not(None)).order_by(Signature.id)):
        try:
            given(look, row)
        except SignatureBroken:
            yield row.id
