"""The check-in wizard without a screen: what has been typed so far, which step may follow, what is still missing.

Everything is kept as it was typed, so a half-written phone or an impossible date survives a crash; `request()` turns it
into the order of `leases.check_in`, and `problems()` asks the same function as the act does. No card picture is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from desktop.models.values import (
    NIL,
    CollectionBasis,
    DocumentKind,
    MeterKind,
    Money,
    Sex,
    StubPlacement,
    add_months,
    age_on,
)
from desktop.services import leases, parties
from desktop.services.attachments import FileForm
from desktop.services.errors import DomainError
from desktop.services.handover import ReadingForm, handover_problems
from desktop.services.identity import LONG_TERM, read_number
from desktop.services.lease_terms import LeaseTerms, end_after, term_from_choice
from desktop.services.masks import find_secrets
from desktop.services.problems import Problem, error

if TYPE_CHECKING:
    from collections.abc import Mapping

KIND = "check_in"
"""The kind under which drafts of this wizard are kept."""
FOREVER = "长期"
SEX_WORDS = {
    "name": ("name", "姓名"), "document.number": ("number", "证件号码"), "matched": ("matched", "人证核对"),
    "expired_reason": ("expired_reason", "过期原因"), "phone": ("phone", "电话"), "notice": ("notice_told", "已告知"),
    "bank_consent": ("bank_consent", "银行账户同意"), "room": ("room_id", "房间"), "start": ("start", "起租日"),
    "end": ("end", "到期日"), "rent": ("rent", "月租金"),
}  # fmt: skip
"""Field of a remark → attribute of the draft, and what it is called when it is still empty."""


# ---- the way through -----------------------------------------------------------------------------------------------


def may_show(draft: CheckInDraft, step: Step) -> bool:
    """Whether a step can be gone to: after the act only what follows it, before it only what has been reached."""
    if draft.lease_id is not None:
        return step is (Step.PRINT if draft.payment_id is not None or draft.handed_over else Step.PAYMENT)
    return step not in (Step.PAYMENT, Step.PRINT)


def after(draft: CheckInDraft, step: Step, today: date) -> Step:
    """The step that follows. A lease that begins later has its handover on that day, so the step is left out."""
    if step is Step.TERMS and not moves_in_now(draft, today):
        return Step.PAYMENT
    return ORDER[min(ORDER.index(step) + 1, len(ORDER) - 1)]


def before(draft: CheckInDraft, step: Step) -> Step | None:
    """The step to go back to, None where there is none: what is stored is not taken back by a key."""
    if draft.lease_id is not None or step is Step.READ:
        return None
    return ORDER[ORDER.index(step) - 1]


def moves_in_now(draft: CheckInDraft, today: date) -> bool:
    """Whether room and keys are handed over today."""
    start = day_of(draft.start)
    return start is None or start <= today


def stores_on_leaving(draft: CheckInDraft, step: Step, today: date) -> bool:
    """Whether the primary of a step is the act itself."""
    return draft.lease_id is None and after(draft, step, today) is Step.PAYMENT


# ---- what a picture gives ------------------------------------------------------------------------------------------


def take_reading(draft: CheckInDraft, texts: Mapping[str, str | None], doubts: Mapping[str, Doubt]) -> None:
    """Fill the fields of the sides that were read; each doubtful one waits for a key press of the clerk."""
    draft.how = "picture"
    draft.kind = DocumentKind.ID_CARD
    for name, text in texts.items():
        if name not in CARD_FIELDS:
            continue
        setattr(draft, name, text or "")
        draft.doubts.pop(name, None)
        if name in draft.confirmed:
            draft.confirmed.remove(name)
        if name in doubts:
            draft.doubts[name] = doubts[name]


def settle(draft: CheckInDraft, name: str) -> None:
    """The clerk has looked at a doubtful field and answered with a key."""
    if draft.doubts.pop(name, None) is not None and name not in draft.confirmed:
        draft.confirmed.append(name)
