"""Posted bills of a lease held against a plan of its days: what is to be put right where its last day has moved.

A bill is never edited: what it asks too much is taken back by counter-lines, and what was paid of it then stands in the
payer's favour, for the next payment to set off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillLine
from desktop.models.values import NIL, Money, total
from desktop.services import billing, early_payment
from desktop.services.billing import Rerating
from desktop.services.month_lines import PlannedLine
from desktop.services.rights import part
from desktop.services.run_outcome import as_posted, difference
from desktop.services.schedule import PlannedBill
from desktop.services.work import Look, Work

OVER = "over:"
"""How the keys of bills begin that were posted for a stay past the end."""
BETWEEN = "over@"
"""And of those for days between a lease and the one that renews it, whose id follows: were the renewal withdrawn, the
stay is billed month by month as ever, under keys of its own."""


@dataclass(frozen=True, slots=True)
class StandingLine:
    """A line that was not taken back; `told` as `run_outcome.as_posted` says it."""

    id: UUID
    told: tuple[Any, ...]
    amount: Money
    early: bool
    """Taken off at the till for paying early: it goes with its bill only."""


@dataclass(frozen=True, slots=True)
class LeaseBill:
    """A posted bill of a lease's own days, with the lines that stand."""

    bill_id: UUID
    key: str
    """As the plan names it: rent:0003; of a stay past the end over:rent:0001."""
    title: str
    lines: tuple[StandingLine, ...]
    count: int
    """All its lines, also those taken back."""
    reach: date
    """The last day it asks for, or asked for before."""

    @property
    def money(self) -> Money:
        return total(line.amount for line in self.lines)

    @property
    def stays(self) -> bool:
        """Whether it stands for days past the end of the lease."""
        return self.key.startswith((OVER, BETWEEN))


@dataclass(frozen=True, slots=True)
class BillChange:
    """What is to become of a posted bill."""

    bill_id: UUID
    title: str
    before: Money
    after: Money
    take_back: tuple[UUID, ...]
    lines: tuple[PlannedLine, ...]
    count: int


@part
def lease_bills(look: Look, lease_id: UUID) -> tuple[LeaseBill, ...]:
    """The posted bills of a lease that stand for days, in the order of their posting; no deposits."""
    prefix = f"lease:{lease_id.hex}:"
    look.settle()
    rows = look.connection.execute(
        sa.select(
            BillLine.id, BillLine.bill_id, BillLine.fee_type, BillLine.period_start, BillLine.period_end,
            BillLine.quantity, BillLine.unit_price, BillLine.amount, BillLine.reverses_id, BillLine.source_key,
            Bill.title, Bill.source_key.label("bill_key"),
        )
        .join(Bill, Bill.id == BillLine.bill_id)
        .where(Bill.lease_id == lease_id, Bill.source_key.like(f"{prefix}%"))
        .order_by(BillLine.bill_id, BillLine.id)
    ).all()  # fmt: skip
    undone = {row.reverses_id for row in rows if row.reverses_id is not None}
    of_bill: dict[UUID, list[Any]] = {}
    for row in rows:
        of_bill.setdefault(row.bill_id, []).append(row)
    return tuple(
        LeaseBill(
            bill_id, lines[0].bill_key.removeprefix(prefix), lines[0].title,
            tuple(_standing(line) for line in lines if line.reverses_id is None and line.id not in undone), len(lines),
            max(line.period_end for line in lines if line.period_end is not None),
        )
        for bill_id, lines in of_bill.items()
        if any(line.period_end is not None for line in lines)
    )  # fmt: skip


def _standing(line: Any) -> StandingLine:
    early = line.source_key.startswith(early_payment.SOURCE)
    return StandingLine(line.id, as_posted(line), line.amount, early)


def changes(bills: Iterable[LeaseBill], planned: Mapping[str, PlannedBill]) -> tuple[BillChange, ...]:
    """What is to be done with some posted bills so that they ask for what is planned; a key without a plan: nothing."""
    found = []
    for bill in bills:
        wanted = planned[bill.key].lines if bill.key in planned else ()
        stand = {line.id: line.told for line in bill.lines if not (line.early and wanted)}
        over, missing = difference(stand, wanted)
        if over or missing:
            amounts = {line.id: line.amount for line in bill.lines}
            after = bill.money - total(amounts[each] for each in over) + total(line.money for line in missing)
            found.append(
                BillChange(bill.bill_id, bill.title, bill.money, after, tuple(over), tuple(missing), bill.count)
            )
    return tuple(found)


@part
def put_changes(work: Work, lease_id: UUID, wanted: Sequence[BillChange], why: str) -> Money:
    """Put posted bills right; what it adds to what is owed, negative when less is asked."""
    if not wanted:
        return NIL
    source = f"lease:{lease_id.hex}"
    return billing.rerate_bills(
        work,
        [
            Rerating(each.bill_id, each.take_back, each.lines, f"{source}~{each.bill_id.hex}~{each.count}", why)
            for each in wanted
        ],
    )
