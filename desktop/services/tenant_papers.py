"""What a tenant reads and signs on the screen that faces them: the notice, the lease in short, the receipt.

Each carries the SHA-256 of its words: a signature is kept with it, and refused when the words have changed meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from desktop.models.leases import Lease
from desktop.models.values import LeaseRole, Right, SignedPaper
from desktop.services import leases, receipt_papers, receipts, signers
from desktop.services.lease_terms import term_text
from desktop.services.paper.money import title_words
from desktop.services.rights import needs, part
from desktop.services.rmb import uppercase_rmb
from desktop.services.signers import Signer
from desktop.services.work import Look


@dataclass(frozen=True, slots=True)
class TenantPaper:
    """Words for one person: in the markup of the notice (# heads, - points, > small print)."""

    paper: SignedPaper
    party_id: UUID
    subject_id: UUID
    template_id: UUID | None
    title: str
    lines: tuple[str, ...]
    signer: Signer

    @property
    def sha(self) -> bytes:
        """SHA-256 of the words."""
        return words_sha(self.lines)


def words_sha(lines: Sequence[str]) -> bytes:
    """SHA-256 of what stood on the screen."""
    return hashlib.sha256("\n".join(lines).encode()).digest()


def signer_line(words: str) -> str:
    """The line that says who signs: it stands on the screen and is bound with the rest."""
    return f"- 签字人：{words}"


@needs(Right.CHECK_IN)
def lease_signers(look: Look, lease_id: UUID) -> tuple[Signer, ...]:
    """Who may sign a lease for its tenant, the one most likely first."""
    return signers.of_lease(look, lease_id)


@needs(Right.CHECK_IN)
def lease_for_tenant(look: Look, lease_id: UUID, signer_id: UUID) -> TenantPaper:
    """The lease in short, for this person to sign under. Raises NotFound, NotASigner."""
    return lease_words(look, lease_id, signer_id)


@part
def lease_words(look: Look, lease_id: UUID, signer_id: UUID) -> TenantPaper:
    """`lease_for_tenant` inside an act."""
    signer = signers.chosen(signers.of_lease(look, lease_id), signer_id)
    page = leases.lease_facts(look, lease_id)
    terms, row = page.terms, page.row
    tenant = next(side.party_id for side in page.parties if side.role is LeaseRole.TENANT)
    lines = (
        f"- 合同编号：{row.number}",
        f"- 承租人：{row.tenant}",
        signer_line(signer.words),
        f"- 房屋：{row.room}",
        f"- 租期：{terms.start} 至 {terms.end}，{term_text(terms.start, terms.end)}",
        f"- 租金：每月 {terms.rent} 元，一次收 {terms.cycle_months} 个月",
        f"- 押金：{terms.deposit} 元",
        "> 完整条款以打印的租赁合同为准。签名表示您看过合同并同意以上内容。",
    )
    template = look.get(Lease, lease_id).template_id
    return TenantPaper(SignedPaper.LEASE, tenant, lease_id, template, "住房租赁合同", lines, signer)


@needs(Right.SEE_BILLS)
def receipt_signers(look: Look, payment_id: UUID) -> tuple[Signer, ...]:
    """Who may sign a receipt for its payer, the one most likely first."""
    return signers.of_payer(look, receipts.receipt_facts(look, payment_id).row.payer_id)


@needs(Right.SEE_BILLS)
def receipt_for_tenant(look: Look, payment_id: UUID, signer_id: UUID) -> TenantPaper:
    """A receipt, for this person to sign under. Raises NotFound, NotASigner."""
    return receipt_words(look, payment_id, signer_id)


@part
def receipt_words(look: Look, payment_id: UUID, signer_id: UUID) -> TenantPaper:
    """`receipt_for_tenant` inside an act."""
    payer = receipts.receipt_facts(look, payment_id).row.payer_id
    signer = signers.chosen(signers.of_payer(look, payer), signer_id)
    paper = receipt_papers.receipt_of(look, payment_id)
    lines = [f"- 收据编号：{paper.number}", f"- 交款人：{paper.payer}，签字人：{signer.words}"]
    lines += [f"- 房号：{paper.room}"] if paper.room else []
    lines += [f"- 合计：{paper.total} 元，{uppercase_rmb(paper.total)}"]  # first: it must be seen without turning
    lines += [f"- {line.item}：{line.amount} 元" for line in paper.lines]
    return TenantPaper(SignedPaper.RECEIPT, payer, payment_id, None, title_words(paper), tuple(lines), signer)
