"""What the office's rules take off the rent of a lease that was renewed 老租户续约优惠, each on a line that says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.leases import Lease
from desktop.models.values import NIL, DiscountKind, FeeType
from desktop.services.discounting import stack_off
from desktop.services.fee_catalogue import DiscountRow, discounts_of, holds
from desktop.services.month_lines import PlannedLine, plain_number
from desktop.services.rights import part
from desktop.services.schedule import PlannedBill
from desktop.services.work import Look

Renewed = Mapping[UUID, UUID | None]
"""{lease: the one it renews}."""


@dataclass(frozen=True, slots=True)
class LoyalRents:
    """The rules that hold for rent, and which lease renews which."""

    rules: tuple[DiscountRow, ...] = ()
    renewed: Renewed = field(default_factory=dict)

    def off(self, lease_id: UUID, bills: Iterable[PlannedBill]) -> list[PlannedBill]:
        """Bills of a lease with what is taken off them."""
        found = list(bills)
        if not self.rules or not found:
            return found
        return self.earned(count_renewals(self.renewed, lease_id), found)

    def earned(self, renewals: int, bills: Iterable[PlannedBill]) -> list[PlannedBill]:
        """Bills of a lease that was renewed so many times, with what is taken off them."""
        return [_off(bill, self.rules, renewals) for bill in bills]


@part
def loyal_rents(look: Look) -> LoyalRents:
    """What is known beside the leases themselves."""
    rules = tuple(rule for rule in discounts_of(look) if rule.kind is DiscountKind.LOYAL_RENEWAL and rule.of_rent)
    return LoyalRents(rules, renewed_of(look) if rules else {})


@part
def renewed_of(look: Look) -> Renewed:
    """{lease: the one it renews}, of all that renew one."""
    rows = look.connection.execute(sa.select(Lease.id, Lease.renews_id).where(Lease.renews_id.is_not(None)))
    return {row.id: row.renews_id for row in rows}


def count_renewals(renewed: Renewed, lease_id: UUID) -> int:
    """How many times a tenancy was renewed up to a lease: 0 for the first one."""
    count, seen = 0, {lease_id}
    while (before := renewed.get(lease_id)) is not None and before not in seen:
        seen.add(before)
        lease_id, count = before, count + 1
    return count


def _off(bill: PlannedBill, rules: Sequence[DiscountRow], renewals: int) -> PlannedBill:
    if bill.fee_type is not FeeType.RENT or bill.period is None or bill.money <= NIL:
        return bill
    start = bill.period.start
    earned = [rule for rule in rules if holds(rule, start) and renewals >= max(rule.threshold, 1)]
    left, lines = bill.money, list[PlannedLine]()
    for number, (rule, off) in enumerate(
        zip(earned, stack_off(bill.money, [rule.percent for rule in earned]), strict=True), 1
    ):
        if off:
            why = f"{rule.name}：{left} × {plain_number(rule.percent)}% = {off}"
            lines.append(
                PlannedLine(
                    f"{bill.source_key}/off{number}", FeeType.RENT, bill.period, Decimal(-1), "项",
                    Decimal(off.fen) / 100, -off, rule.name, (why,), bill.lines[0].tax_rate,
                )
            )  # fmt: skip
            left -= off
    return replace(bill, lines=(*bill.lines, *lines))
