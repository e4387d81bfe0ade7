"""The two acts of the wizard as jobs: done once, however often they are asked for.

A line can break after the database has stored an act and before we hear of it. The draft follows the act in the same
transaction, so before anything is asked again the stored draft is read: it knows whether the lease, or the money, is
there already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from desktop.services import check_in_forms, check_ins, drafts, payments
from desktop.services.acts import Op
from desktop.services.check_in_draft import KIND, CheckInDraft, encode
from desktop.services.check_in_facts import stored_progress
from desktop.services.errors import DatabaseGone

if TYPE_CHECKING:
    from desktop.services.work import Approval
    from desktop.views.session import DeskSession


@dataclass(frozen=True, slots=True)
class Stored:
    """The lease that is there now; `payment_id` when its money was taken, too."""

    lease_id: UUID
    party_id: UUID | None = None
    lease_number: str = ""
    payment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Paid:
    """The payment that is there now; `number` of its receipt, empty when it was found and not made."""

    payment_id: UUID
    number: str


def progress(session: DeskSession, draft_id: UUID) -> CheckInDraft | None:
    """How far this check-in is stored. Raises DatabaseGone in the words of an act: nobody asked to read something."""
    try:
        return session.read(stored_progress, draft_id)
    except DatabaseGone as gone:
        raise DatabaseGone(gone.detail) from gone


def store_once(
    session: DeskSession, draft_id: UUID, draft: CheckInDraft, form: check_in_forms.CheckIn, approval: Approval | None
) -> Stored:
    """Check in, unless it was done already. Raises what `check_ins.check_in` raises."""
    fault = session.office.world.fault
    fault("wizard.store")
    kept = progress(session, draft_id)
    if kept is not None and kept.lease_id is not None:
        return Stored(kept.lease_id, kept.party_id, kept.lease_number, kept.payment_id)
    # The act only carries a draft on that is there: kept first, then followed.
    drafts.save_draft(session.office, session.actor, KIND, draft_id, draft.title, encode(draft))
    fault("wizard.kept")
    done = session.act_with(approval, Op.CHECK_IN, lambda work: check_ins.check_in(work, form))
    fault("wizard.stored")
    return Stored(done.lease_id, done.party_id, done.lease_number)


def pay_once(session: DeskSession, draft_id: UUID, order: payments.TakePayment) -> Paid:
    """Take the money, unless it was taken already. Raises what `payments.take_payment` raises."""
    fault = session.office.world.fault
    fault("wizard.pay")
    kept = progress(session, draft_id)
    if kept is not None and kept.payment_id is not None:
        return Paid(kept.payment_id, "")
    done = session.act(Op.TAKE_PAYMENT, payments.take_payment, order)
    fault("wizard.paid")
    return Paid(done.payment_id, done.receipt_number)
