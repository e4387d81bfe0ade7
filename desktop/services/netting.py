"""Netting 抵扣: bills of one party set off against each other at a settlement, and the rest paid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from desktop.models.payments import PaymentKind
from desktop.models.values import NIL, Account, Money, PayMethod, total
from desktop.services import derived, journal
from desktop.services.numbers import Series, take_numbers
from desktop.services.payment_rows import OpenLine, PaymentRows, PaymentTaken, allocation_sides, lock_open_lines
from desktop.services.receipt_kinds import RECEIPT_TITLES, ReceiptKind
from desktop.services.rights import part
from desktop.services.shifts import open_shift
from desktop.services.tenders import clean_reference
from desktop.services.work import Work


@dataclass(frozen=True, slots=True)
class Netting:
    """Bills of one party to be set off against each other, and how the rest is paid out."""

    payee_id: UUID
    bill_ids: Sequence[UUID]
    """Debts are paid in this order as far as the credits reach."""
    method: PayMethod
    reference: str
    reason: str
    credit: bool = False
    """What is left stands to the party's credit instead of being paid out."""
    releases: Mapping[UUID, Money] | None = None
    """{line: so much of it is given back}: a part of a deposit. None: all that is negative on the bills."""
    title: str = ""
    """What the receipt is called; empty: 退款单 or 抵扣单."""


@part
def put_nettings(work: Work, nettings: Sequence[Netting]) -> list[PaymentTaken | None]:
    """Set what the office owes on bills off against what it is owed, and pay out the rest; None: nothing to net.

    What the credits do not reach stays open. Each netting has its own receipt.
    """
    bill_ids = sorted({bill_id for netting in nettings for bill_id in netting.bill_ids})
    found = lock_open_lines(work, bill_ids)
    due_back = [_due_back(netting, found) for netting in nettings]
    if not any(due_back):
        return [None] * len(nettings)
    numbers = iter(take_numbers(work, Series.RECEIPT, sum(map(bool, due_back))))
    shift_id, rows = open_shift(work), PaymentRows()
    taken = [
        _net_one(work, netting, lines, found, next(numbers), shift_id, rows) if lines else None
        for netting, lines in zip(nettings, due_back, strict=True)
    ]
    rows.store(work)
    derived.refresh_balances(work.session, bill_ids)
    return taken


def _due_back(netting: Netting, found: Mapping[UUID, list[OpenLine]]) -> list[tuple[OpenLine, Money]]:
    """The lines on which the office owes, and how much of each is given back now."""
    owing = [line for bill_id in netting.bill_ids for line in found[bill_id] if line.open < NIL]
    if netting.releases is None:
        return [(line, -line.open) for line in owing]
    return [(line, min(netting.releases[line.id], -line.open)) for line in owing if line.id in netting.releases]


def _net_one(
    work: Work, netting: Netting, due_back: Sequence[tuple[OpenLine, Money]], found: Mapping[UUID, list[OpenLine]],
    number: str, shift_id: UUID, rows: PaymentRows,
) -> PaymentTaken:  # fmt: skip
    left = total(back for _, back in due_back)
    giving = {line.bill_id for line, _ in due_back}
    # A deposit that was never paid in full is first set off against itself: only what was received comes back. Where
    # a part is let go on purpose, what is still asked for of it stays asked for.
    ordered = sorted(netting.bill_ids, key=lambda bill_id: bill_id not in giving)
    if netting.releases is not None:
        ordered = [bill_id for bill_id in ordered if bill_id not in giving]
    payment_id, day = work.world.new_id(), work.world.today()
    uses, still = [(line, -back) for line, back in due_back], NIL
    for line in (line for bill_id in ordered for line in found[bill_id] if line.open > NIL):
        use = min(left, line.open)
        left, still = left - use, still + line.open - use
        if use:
            uses.append((line, use))
    paid_out = NIL if netting.credit else left
    sides: list[journal.Side] = []
    for line, use in uses:
        rows.allocations.append((work.world.new_id(), payment_id, line.id, line.bill_id, use))
        sides += allocation_sides(line, use)
    rows.payments.append(
        (
            payment_id, PaymentKind.REFUND, netting.payee_id, work.desk.id, shift_id, day, -paid_out, -paid_out, NIL,
            left - paid_out, None, netting.reason, NIL, None,
        )
    )  # fmt: skip
    if credited := left - paid_out:
        sides.append(journal.Side(Account.PREPAID, -credited, party_id=netting.payee_id))
    if paid_out:
        reference = clean_reference(netting.reference)
        rows.tenders.append((work.world.new_id(), payment_id, netting.method, -paid_out, reference))
        sides.append(
            journal.Side(
                Account.CASH, -paid_out, method=netting.method, desk_id=work.desk.id, party_id=netting.payee_id
            )
        )
    rows.entries.append(journal.Entry(day, "payment", payment_id, sides))
    title = netting.title or RECEIPT_TITLES[ReceiptKind.REFUND if paid_out else ReceiptKind.OFFSET]
    rows.receipts.append((work.world.new_id(), payment_id, number, title))
    return PaymentTaken(payment_id, number, -paid_out, NIL, left - paid_out, still)
