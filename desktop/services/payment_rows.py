"""The rows of payments: what is open of each bill line, what is stored of a payment, and the journal's sides of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillLine
from desktop.models.payments import Allocation, Payment, Receipt, Tender
from desktop.models.values import LIABILITY_FEES, NIL, Account, FeeType, Money
from desktop.services import journal
from desktop.services.asked import Asked
from desktop.services.bill_locks import lock_bills
from desktop.services.rights import part
from desktop.services.work import Look, Work


@dataclass(frozen=True, slots=True)
class PaymentTaken:
    """News of a payment."""

    payment_id: UUID
    receipt_number: str
    amount: Money
    """Kept by the office; negative: paid out."""
    change: Money
    credited: Money
    """Put to the payer's credit; negative: so much of it was used."""
    still_owed: Money
    """Open of the bills it was about."""
    rounding: Money = NIL
    """抹零."""


@dataclass(slots=True)
class OpenLine:
    """A bill line and what is open of it; `open` goes down as it is paid."""

    id: UUID
    bill_id: UUID
    fee_type: FeeType
    room_id: UUID | None
    lease_id: UUID | None
    debtor_id: UUID
    open: Money


@dataclass(slots=True)
class PaymentRows:
    """The rows of some payments, stored all at once."""

    payments: list[tuple[Any, ...]] = field(default_factory=list)
    tenders: list[tuple[Any, ...]] = field(default_factory=list)
    allocations: list[tuple[Any, ...]] = field(default_factory=list)
    receipts: list[tuple[Any, ...]] = field(default_factory=list)
    entries: list[journal.Entry] = field(default_factory=list)

    def store(self, work: Work) -> None:
        """Write everything that was gathered."""
        work.insert_many(
            Payment,
            [
                "id", "kind", "payer_id", "desk_id", "shift_id", "business_date", "amount", "given", "change",
                "prepaid", "reverses_id", "reason", "rounding", "allocated_by",
            ],
            self.payments,
        )  # fmt: skip
        work.insert_many(Tender, ["id", "payment_id", "method", "amount", "reference"], self.tenders)
        work.insert_many(Allocation, ["id", "payment_id", "bill_line_id", "bill_id", "amount"], self.allocations)
        work.insert_many(Receipt, ["id", "payment_id", "number", "title"], self.receipts)
        journal.post(work, self.entries)


@part
def lock_open_lines(work: Work, bill_ids: Sequence[UUID]) -> dict[UUID, list[OpenLine]]:
    """What is open of each line, with the bills locked: two desks cannot pay the same fen."""
    lock_bills(work.session.connection(), bill_ids)
    return open_lines(work, bill_ids)


@part
def open_lines(look: Look, bill_ids: Sequence[UUID]) -> dict[UUID, list[OpenLine]]:
    """What is open of each line of these bills, in the order in which money goes to them."""
    found: dict[UUID, list[OpenLine]] = {bill_id: [] for bill_id in bill_ids}
    connection = look.session.connection()
    paid: dict[UUID, Money] = {}
    for line_id, amount in _PAID.rows(connection, bill_ids):
        paid[line_id] = amount if isinstance(amount, Money) else Money(int(amount))
    for line in _LINES.rows(connection, bill_ids):
        found[line.bill_id].append(
            OpenLine(
                line.id, line.bill_id, line.fee_type, line.room_id, line.lease_id, line.debtor_id,
                line.amount - paid.get(line.id, NIL),
            )
        )  # fmt: skip
    return found


_PAID = Asked(
    lambda one_of: (
        sa.select(Allocation.bill_line_id, sa.func.sum(Allocation.amount))
        .where(one_of(Allocation.bill_id))
        .group_by(Allocation.bill_line_id)
    )
)
_LINES = Asked(
    lambda one_of: sa.select(
        BillLine.id, BillLine.bill_id, BillLine.fee_type, BillLine.room_id, BillLine.lease_id, BillLine.debtor_id,
        BillLine.amount,
    )
    .where(one_of(BillLine.bill_id))
    .order_by(BillLine.id)
)  # fmt: skip


def open_of(lines: Mapping[UUID, Sequence[OpenLine]]) -> dict[UUID, Money]:
    """What is open of each bill; those without lines are not in it."""
    return {bill_id: Money(sum(line.open.fen for line in of)) for bill_id, of in lines.items() if of}


def allocation_sides(line: OpenLine, amount: Money) -> list[journal.Side]:
    """The journal's sides of an amount that pays a line."""
    where: dict[str, Any] = {
        "fee_type": line.fee_type, "party_id": line.debtor_id, "room_id": line.room_id, "lease_id": line.lease_id,
    }  # fmt: skip
    sides = [journal.Side(Account.RECEIVABLE, -amount, **where)]
    if line.fee_type in LIABILITY_FEES:
        # Only what was really received is held for the tenant.
        sides += [
            journal.Side(Account.DEPOSIT_BILLED, amount, **where),
            journal.Side(Account.DEPOSIT_HELD, -amount, **where),
        ]
    return sides
