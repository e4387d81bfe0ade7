"""Charges for a share of what a house used together 公摊: one bill a share and debtor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from desktop.models.values import NIL, Period
from desktop.services.apportioning import apportion
from desktop.services.bearers import bearers
from desktop.services.charge_values import (
    ChargeFacts,
    Plan,
    RoomToBill,
    ShareToBill,
    Skipped,
    charge_of,
    discount_lines,
    nobody_owes,
)
from desktop.services.fee_catalogue import Catalogue, FeeItemRow, room_fee_for, tariff_for
from desktop.services.month_lines import PlannedLine, span_words
from desktop.services.proration import ONE_DAY


def plan_shared(
    facts: ChargeFacts, item: FeeItemRow, rooms: Mapping[UUID, RoomToBill], span: Period, today: date, plan: Plan
) -> None:
    for share in facts.shares:
        room = rooms.get(share.room_id)
        if share.fee_item_id != item.id or room is None or not span.start <= share.period.end <= span.end:
            continue
        if share.money == NIL:
            continue
        fee = room_fee_for(facts.catalogue, item.id, room.id, share.period.end)
        if fee is not None and fee.exempt:
            plan.skipped.append(Skipped(item, room, share.period, f"免收：{fee.reason or '已登记免收'}", True))
            continue
        _shared(facts.catalogue, item, room, share, today, plan)


def _shared(
    catalogue: Catalogue, item: FeeItemRow, room: RoomToBill, share: ShareToBill, today: date, plan: Plan
) -> None:
    """One share, by days where the people changed; what falls on days without a debtor stays with the office."""
    runs = bearers(room.past, item.debtor, share.period)
    parts = apportion(share.money, [Fraction(part.days) for part, _ in runs])
    tariff = tariff_for(catalogue, item.id, room.building_id, room.kind, share.period.end)
    for (part, bearer), money in zip(runs, parts, strict=True):
        if bearer is None:
            plan.skipped.append(Skipped(item, room, part, *nobody_owes(item.debtor)))
            continue
        if money == NIL:
            continue
        key = f"{room.id.hex}:{(bearer.lease_id or bearer.party_id).hex}:{part.start:%m%d}"
        why = list(share.why)
        if len(runs) > 1:
            why.append(f"{span_words(part)}：{part.days} 天 ÷ {share.period.days} 天 = {money}")
        line = PlannedLine(
            f"{key}/01", item.fee_type, part, Decimal(1), "份", Decimal(money.fen) / 100, money, "", tuple(why),
            tariff.tax_rate if tariff is not None else None, item.id,
        )  # fmt: skip
        lines = [line, *discount_lines(catalogue, item, bearer, part.start, key, [line], 0)]
        plan.charges.append(
            charge_of(
                item, room, bearer, part, f"share:{share.charge_id.hex}", key, lines, share.period.end + ONE_DAY, today
            )
        )
