"""Early payment 提前缴费优惠: who pays a bill whole, long enough before its day, owes less of it.

It is earned by the payment itself: the line that takes it off is posted in the same act, and goes with it when the
payment is taken back. Nothing is taken off a bill on which something was paid, nor where a part of it is paid.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillLine
from desktop.models.payments import Allocation
from desktop.models.values import NIL, DiscountKind, FeeType, Money, Period, total
from desktop.services import billing
from desktop.services.asked import Asked
from desktop.services.billing import Rerating
from desktop.services.discounting import percent_off
from desktop.services.fee_catalogue import DiscountRow, discounts_of, holds
from desktop.services.month_lines import PlannedLine, plain_number
from desktop.services.rights import part
from desktop.services.work import Look, Work

SOURCE = "early:"
"""How the source key of such a line begins, and that of its counter-line: a bill run leaves both alone."""
TAKEN_BACK = "这笔收款已撤回，提前缴费优惠随之取消"


@dataclass(frozen=True, slots=True)
class EarlyOffer:
    """What a bill costs less when it is paid whole today."""

    bill_id: UUID
    off: Money
    """Above zero."""
    words: str
    """提前 12 天缴清优惠 5%，减 12.30."""
    fee_type: FeeType
    period: Period | None
    line: PlannedLine
    number: int
    """So many such lines the bill has had."""


@dataclass(frozen=True, slots=True)
class EarlyLine:
    """What an offer would take off, as a line of the bill."""

    fee_type: FeeType
    open: Money


@part
def offers(look: Look, bill_ids: Collection[UUID]) -> dict[UUID, EarlyOffer]:
    """{bill: offer} for those that earn one today."""
    today = look.world.today()
    rules = [rule for rule in discounts_of(look) if rule.kind is DiscountKind.EARLY_PAYMENT and holds(rule, today)]
    if not rules or not bill_ids:
        return {}
    connection = look.session.connection()
    begun = {row.bill_id for row in _PAID.rows(connection, bill_ids) if int(_fen(row.amount))}
    lines: dict[UUID, list[Any]] = {}
    for row in _LINES.rows(connection, bill_ids):
        lines.setdefault(row.bill_id, []).append(row)
    found = {}
    for bill_id, rows in lines.items():
        if bill_id not in begun and (offer := _offer(bill_id, rows, rules, today)) is not None:
            found[bill_id] = offer
    return found


_PAID = Asked(
    lambda one_of: (
        sa.select(Allocation.bill_id, sa.func.sum(Allocation.amount).label("amount"))
        .where(one_of(Allocation.bill_id))
        .group_by(Allocation.bill_id)
    )
)
_LINES = Asked(
    lambda one_of: (
        sa.select(
            BillLine.id, BillLine.bill_id, BillLine.fee_type, BillLine.fee_item_id, BillLine.amount, BillLine.tax_rate,
            BillLine.reverses_id, BillLine.source_key, BillLine.period_start, BillLine.period_end, Bill.due,
        )
        .join(Bill, Bill.id == BillLine.bill_id)
        .where(one_of(BillLine.bill_id))
        .order_by(BillLine.id)
    )
)  # fmt: skip


def _offer(bill_id: UUID, lines: list[Any], rules: list[DiscountRow], today: date) -> EarlyOffer | None:
    """The best rule's; several are not added up, for each is there for an earlier day than the next."""
    ahead = (lines[0].due - today).days
    undone = {line.reverses_id for line in lines if line.reverses_id is not None}
    stand = [line for line in lines if line.reverses_id is None and line.id not in undone]
    if any(line.source_key.startswith(SOURCE) for line in stand):
        return None
    best: EarlyOffer | None = None
    for rule in rules:
        covered = [line for line in stand if _covers(rule, line)]
        base = total(line.amount for line in covered)
        if ahead < max(rule.threshold, 1) or base <= NIL:
            continue
        off = percent_off(base, rule.percent)
        if off <= NIL or (best is not None and off <= best.off):
            continue
        first, percent = covered[0], plain_number(rule.percent)
        period = Period(first.period_start, first.period_end) if first.period_start and first.period_end else None
        why = f"{rule.name}：提前 {ahead} 天缴清，{base} × {percent}% = {off}"
        planned = PlannedLine(
            "1", first.fee_type, period, Decimal(-1), "项", Decimal(off.fen) / 100, -off, rule.name, (why,),
            first.tax_rate, first.fee_item_id,
        )  # fmt: skip
        words = f"提前 {ahead} 天缴清优惠 {percent}%，减 {off}"
        number = sum(line.source_key.startswith(SOURCE) and line.reverses_id is None for line in lines)
        best = EarlyOffer(bill_id, off, words, first.fee_type, period, planned, number)
    return best


def _covers(rule: DiscountRow, line: Any) -> bool:
    if line.fee_item_id is not None:
        return line.fee_item_id in rule.fee_item_ids
    return rule.of_rent and line.fee_type is FeeType.RENT


def _fen(amount: Any) -> int:
    return amount.fen if isinstance(amount, Money) else int(amount)


@part
def grant(work: Work, wanted: Mapping[UUID, Money]) -> bool:
    """Take off what stood on the screen, `wanted`: {bill: amount off}, of bills that are locked by this act.

    False, and nothing is posted, when one of them does not earn just this any more.
    """
    earned = offers(work, wanted)
    if any(bill_id not in earned or earned[bill_id].off != off for bill_id, off in wanted.items()):
        return False
    billing.rerate_bills(
        work,
        [
            Rerating(bill_id, (), (offer.line,), f"{SOURCE}{bill_id.hex}:{offer.number}", "")
            for bill_id, offer in earned.items()
        ],
    )
    return True


@part
def take_back(work: Work, payment_id: UUID) -> None:
    """The payment is taken back, so it was not paid early: what it took off is owed again."""
    # Of a payment before it such a line may have been taken back already: what stands beside its counter-line is paid
    # with the rest of the bill, so a later payment names both.
    counter = sa.orm.aliased(BillLine)
    found = work.session.execute(
        sa.select(BillLine.id, BillLine.bill_id)
        .join(Allocation, Allocation.bill_line_id == BillLine.id)
        .where(
            Allocation.payment_id == payment_id, BillLine.source_key.like(f"{SOURCE}%"), BillLine.reverses_id.is_(None),
            ~sa.exists().where(counter.reverses_id == BillLine.id),
        )
    ).all()  # fmt: skip
    if found:
        billing.rerate_bills(work, [Rerating(row.bill_id, [row.id], (), "", TAKEN_BACK) for row in found])
