"""Signatures 当面签名: given by pen or mouse before the clerk, sealed, bound to the words they are for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.signatures import Signature
from desktop.models.values import Right, SignedPaper
from desktop.services import signed, tenant_papers
from desktop.services.errors import DomainError
from desktop.services.ink import Ink
from desktop.services.rights import needs
from desktop.services.signed import SignatureBroken
from desktop.services.tenant_papers import TenantPaper
from desktop.services.work import Look, Work

PAPER_WORDS = {SignedPaper.NOTICE: "个人信息处理告知书", SignedPaper.LEASE: "租赁合同", SignedPaper.RECEIPT: "收据"}


class WordsChanged(DomainError):
    """What the tenant read is not what stands there now."""

    def __init__(self) -> None:
        super().__init__("内容刚刚改过：请客户看过新的内容，再签一次", "signature")


@dataclass(frozen=True, slots=True)
class SignedRow:
    """One signature in a list; never the ink itself."""

    paper: SignedPaper
    subject_id: UUID
    at: datetime
    clerk: str
    signer: str
    """Who held the pen, in what capacity; empty when it was erased."""


@needs(Right.CHECK_IN)
def sign_lease(work: Work, lease_id: UUID, signer_id: UUID, shown: bytes, drawn: Ink) -> UUID:
    """The tenant signs the lease, or who stands in for them. `shown`: SHA-256 of the words that stood there.

    Raises NotSigned, WordsChanged, NotASigner.
    """
    made = _put(work, tenant_papers.lease_words(work, lease_id, signer_id), shown, drawn)
    work.subject_id("lease", lease_id)
    work.record(paper=SignedPaper.LEASE.value)
    return made


@needs(Right.TAKE_PAYMENT)
def sign_receipt(work: Work, payment_id: UUID, signer_id: UUID, shown: bytes, drawn: Ink) -> UUID:
    """The payer signs the receipt, or who brought the money. `shown`: SHA-256 of the words that stood there.

    Raises NotSigned, WordsChanged, NotASigner.
    """
    made = _put(work, tenant_papers.receipt_words(work, payment_id, signer_id), shown, drawn)
    work.subject_id("payment", payment_id)
    work.record(paper=SignedPaper.RECEIPT.value)
    return made


def _put(work: Work, words: TenantPaper, shown: bytes, drawn: Ink) -> UUID:
    if words.sha != shown:
        raise WordsChanged
    return signed.put_signature(
        work, words.paper, words.party_id, words.subject_id, words.template_id, words.sha, drawn, words.signer
    )


@needs(Right.SEE_PARTIES)
def signatures_of(look: Look, party_id: UUID) -> list[SignedRow]:
    """What binds a person here, the latest first."""
    rows = look.session.execute(
        sa.select(Signature, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == Signature.created_by)
        .where(Signature.party_id == party_id, Signature.deleted_at.is_(None))
        .order_by(Signature.signed_at.desc(), Signature.id.desc())
    )
    return [
        SignedRow(row.paper, row.subject_id, row.signed_at, name or "程序", _signer(look, row)) for row, name in rows
    ]


def _signer(look: Look, row: Signature) -> str:
    if row.ink is None:
        return ""
    try:
        return signed.given(look, row).words
    except SignatureBroken as error:
        return error.message
