"""A plan of charges held against what is posted: what is new, what comes out differently, what is over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillLine
from desktop.models.values import FeeBasis, Money, Period, total
from desktop.services import charge_facts, early_payment, rent_charges
from desktop.services.charge_values import Charge, ChargeFacts, Skipped
from desktop.services.charges import item_windows, plan_charges
from desktop.services.month_lines import PlannedLine
from desktop.services.rights import part
from desktop.services.work import Look


@dataclass(slots=True)
class PostedBill:
    """A posted bill of fee items with the lines that stand."""

    bill_id: UUID
    room_id: UUID | None
    room: str
    debtor_id: UUID
    title: str
    lines: dict[UUID, Any] = field(default_factory=dict)
    count: int = 0
    """All its lines, also those taken back."""

    @property
    def money(self) -> Money:
        return total(line.amount for line in self.lines.values())


@dataclass(slots=True)
class Outcome:
    """What is to be done, before anybody is named."""

    new: list[Charge] = field(default_factory=list)
    changed: list[tuple[Charge, PostedBill]] = field(default_factory=list)
    gone: list[PostedBill] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    unchanged: int = 0
    rents: list[rent_charges.RentCharge] = field(default_factory=list)


@part
def outcome_of(look: Look, span: Period, building_id: UUID | None = None) -> Outcome:
    """What a span comes to, held against what is posted."""
    facts = charge_facts.charge_facts(look, span, building_id)
    plan = plan_charges(facts, span, look.world.today())
    posted = _posted(look, facts, span)
    outcome = Outcome(skipped=plan.skipped)
    planned = set()
    for charge in plan.charges:
        planned.add(charge.key)
        found = posted.get(charge.key)
        if found is None:
            outcome.new.append(charge)
        elif _same(found.lines.values(), charge.bill.lines):
            outcome.unchanged += 1
        else:
            outcome.changed.append((charge, found))
    outcome.gone = [
        found
        for key, found in posted.items()
        if key not in planned and found.lines and _is_over(key, found, plan.skipped, facts, span)
    ]
    outcome.rents = rent_charges.rents_due(look, span.end, building_id)
    return outcome


def _posted(look: Look, facts: ChargeFacts, span: Period) -> dict[str, PostedBill]:
    """{source key: bill} of what the span plans: lines that end in it or in a collecting period that it touches."""
    windows = [window for item in facts.catalogue.items for window in item_windows(item, span)]
    first = min((window.start for window in windows), default=span.start)
    last = max((window.end for window in windows), default=span.end)
    ended = [item.id for item in facts.catalogue.items if item.basis in (FeeBasis.METER, FeeBasis.SHARED)]
    monthly = [item.id for item in facts.catalogue.items if item.id not in ended]
    rooms = {room.id: room.words for room in facts.rooms}
    found: dict[str, PostedBill] = {}
    lines = look.connection.execute(
        sa.select(
            Bill.source_key, Bill.title, Bill.debtor_id, BillLine.bill_id, BillLine.room_id, BillLine.id,
            BillLine.fee_type, BillLine.period_start, BillLine.period_end, BillLine.quantity, BillLine.unit_price,
            BillLine.amount, BillLine.reverses_id, BillLine.fee_item_id,
        )
        .join(Bill, Bill.id == BillLine.bill_id)
        .where(
            # What the payer of a bill has earned at the till is no part of the plan.
            sa.not_(BillLine.source_key.like(f"{early_payment.SOURCE}%")),
            sa.or_(
                BillLine.fee_item_id.in_(ended) & BillLine.period_end.between(span.start, span.end),
                BillLine.fee_item_id.in_(monthly) & BillLine.period_end.between(first, last),
            ),
        )
        .order_by(BillLine.bill_id, BillLine.id)
    )  # fmt: skip
    for line in lines:
        if line.room_id not in rooms:
            continue
        bill = found.get(line.source_key)
        if bill is None:
            bill = found[line.source_key] = PostedBill(
                line.bill_id, line.room_id, rooms[line.room_id], line.debtor_id, line.title
            )
        bill.count += 1
        if line.reverses_id is None:
            bill.lines[line.id] = line
        else:
            bill.lines.pop(line.reverses_id, None)
    return found


def _same(stand: Iterable[Any], planned: Sequence[PlannedLine]) -> bool:
    return sorted(map(as_posted, stand)) == sorted(map(as_planned, planned))


def as_posted(line: Any) -> tuple[Any, ...]:
    return line.fee_type, line.period_start, line.period_end, line.quantity, line.unit_price, line.amount


def as_planned(line: PlannedLine) -> tuple[Any, ...]:
    period = line.period
    return (
        line.fee_type, period.start if period else None, period.end if period else None, line.quantity,
        line.unit_price, line.money,
    )  # fmt: skip


def difference(
    stand: Mapping[UUID, tuple[Any, ...]], planned: Sequence[PlannedLine]
) -> tuple[list[UUID], list[PlannedLine]]:
    """(lines to be taken back, lines that are missing): only what comes out differently.

    `stand`: {line: what it says, as `as_posted`}.
    """
    over, missing = dict(stand), list(planned)
    for line_id, told in stand.items():
        match = next((line for line in missing if as_planned(line) == told), None)
        if match is not None:
            missing.remove(match)
            del over[line_id]
    return list(over), missing


def _is_over(key: str, found: PostedBill, skipped: Sequence[Skipped], facts: ChargeFacts, span: Period) -> bool:
    """Whether a posted bill that is not planned any more is to be taken back: the tenant left, the room is free of it.

    Not where the plan could not be made (a price is missing now), nor for days that this run does not plan.
    """
    kind, *_ = key.split(":")
    lines = list(found.lines.values())
    item = facts.catalogue.by_id.get(lines[0].fee_item_id)
    if item is None:
        return False
    if kind == "fee":
        month = key.split(":")[2]
        planned = any(f"{window.start:%Y%m}" == month for window in item_windows(item, span))
    else:
        planned = all(span.start <= line.period_end <= span.end for line in lines)
    stopped = any(
        not each.expected
        and each.item.id == item.id
        and each.room.id == found.room_id
        and any(each.period.start <= line.period_end and line.period_start <= each.period.end for line in lines)
        for each in skipped
    )
    return planned and not stopped
