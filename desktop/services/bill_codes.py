"""The code of a bill as printed on its notice and read by a scanner: ANJU:B: and the bill's id in hex digits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance
from desktop.models.payments import PrintEvent
from desktop.models.values import Right
from desktop.services.errors import NotFound
from desktop.services.narrowing import NOTHING
from desktop.services.rights import needs
from desktop.services.scan_codes import HEAD, folded
from desktop.services.work import Look

PAPER = "bill_notice"
"""What a notice 缴费通知单 is called among print events and printers."""
_BILL = f"{HEAD}B:"
_CODE = re.compile(rf"{_BILL}([0-9A-F]{{32}})")


def code_of(bill_id: UUID) -> str:
    """What the square on a notice says. Capitals: a square of capitals and digits has a third fewer modules."""
    return _BILL + bill_id.hex.upper()


def bill_in(text: str) -> UUID | None:
    """The bill that a scanned code names; None for any other text. A scanner may type in lower case or full width."""
    found = _CODE.fullmatch(folded(text))
    return UUID(hex=found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Scanned:
    """Whose notice was scanned, and what of it is still to be paid."""

    debtor_id: UUID
    bill_ids: tuple[UUID, ...]
    """By due day; empty: all is paid."""


@needs(Right.SEE_BILLS)
def scanned_notice(look: Look, bill_id: UUID) -> Scanned:
    """What is open of the notice that carries the code of this bill: of its debtor and room, up to the notice's day.

    Of a notice that this office has not printed itself, what is due by now and by the bill's own day. Raises NotFound.
    """
    bill = look.session.execute(
        sa.select(Bill.debtor_id, Bill.room_id, Bill.due).where(Bill.id == bill_id)
    ).one_or_none()
    if bill is None:
        raise NotFound("这张通知单上的账单")
    options = look.session.scalar(
        sa.select(PrintEvent.options)
        .where(PrintEvent.subject_id == bill_id, PrintEvent.paper == PAPER)
        .order_by(PrintEvent.created_at.desc(), PrintEvent.id.desc())
        .limit(1)
    )
    until = max(bill.due, look.world.today())
    if options and options.get("until"):
        until = max(bill.due, date.fromisoformat(options["until"]))
    ids = look.session.scalars(
        sa.select(BillBalance.bill_id)
        .where(
            BillBalance.debtor_id == bill.debtor_id, BillBalance.room_id.is_not_distinct_from(bill.room_id),
            BillBalance.due <= until, BillBalance.owed != NOTHING, BillBalance.owed > NOTHING,
        )
        .order_by(BillBalance.due, BillBalance.bill_id)
    )  # fmt: skip
    return Scanned(bill.debtor_id, tuple(ids))
