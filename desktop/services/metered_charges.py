"""Charges by the meter 按表收的费: one bill for what a meter counted between two readings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from desktop.models.values import NIL, DebtorRule, MeterKind, Period, TierSpan, add_months
from desktop.services.bearers import Bearer, bearers
from desktop.services.charge_values import (
    ChargeFacts,
    Plan,
    RoomToBill,
    Skipped,
    UseToBill,
    charge_of,
    discount_lines,
    nobody_owes,
    price_words,
)
from desktop.services.fee_catalogue import Catalogue, FeeItemRow, TariffRow, room_fee_for, tariff_for
from desktop.services.month_lines import PlannedLine, plain_number
from desktop.services.proration import ONE_DAY, months_until
from desktop.services.tariff_rating import TOP_UP, Price, RatedLine, Tier, rate_usage, rate_usage_as_one


def plan_metered(
    facts: ChargeFacts, item: FeeItemRow, rooms: Mapping[UUID, RoomToBill], span: Period, today: date, plan: Plan
) -> None:
    named = facts.catalogue.room_fees.get(item.id, {})
    of_year: dict[tuple[UUID, int], Decimal] = {}
    for use in sorted(facts.uses, key=lambda each: (each.period.end, each.period.start)):
        room = rooms.get(use.room_id)
        if use.kind is not item.meter_kind or room is None:
            continue
        if not (item.covers(room.building_id, room.kind) if item.every_room else room.id in named):
            continue
        year = (room.id, use.period.end.year)
        before = of_year.get(year, Decimal(0))
        of_year[year] = before + use.use
        inside = span.start <= use.period.end <= span.end
        day = use.period.end
        if inside and item.valid_from <= day and (item.valid_to is None or day <= item.valid_to):
            _metered(facts.catalogue, item, room, use, before, today, plan)


def _metered(
    catalogue: Catalogue, item: FeeItemRow, room: RoomToBill, use: UseToBill, before: Decimal, today: date, plan: Plan
) -> None:
    """One use: the price is that of the day on which the meter was read."""
    fee = room_fee_for(catalogue, item.id, room.id, use.period.end)
    if fee is not None and fee.exempt:
        plan.skipped.append(Skipped(item, room, use.period, f"免收：{fee.reason or '已登记免收'}", True))
        return
    if use.trouble:
        plan.skipped.append(Skipped(item, room, use.period, use.trouble))
        return
    bearer, reason, expected = _bearer_of(item, room, use)
    if bearer is None:
        if use.use:
            plan.skipped.append(Skipped(item, room, use.period, reason, expected))
        return
    tariff = tariff_for(catalogue, item.id, room.building_id, room.kind, use.period.end)
    own = fee.unit_price if fee is not None else None
    if tariff is None and own is None:
        plan.skipped.append(Skipped(item, room, use.period, "没有单价：在「收费标准」里补上抄表那天的价格"))
        return
    yearly = tariff is not None and tariff.tier_span is TierSpan.YEAR
    price = _price(tariff, own)
    if not yearly:
        price = price.over(_months_in(use.period))
    rate: Callable[..., tuple[RatedLine, ...]] = rate_usage
    if tariff is not None and tariff.one_line:
        rate = rate_usage_as_one
    rated = rate(use.use, price, before if yearly else Decimal(0))
    if not rated:
        return
    key = f"{use.root_id.hex}:{(bearer.lease_id or bearer.party_id).hex}"
    unit = _UNITS.get(use.kind, "")
    lines = []
    for number, line in enumerate(rated, 1):
        why = [*(use.why if number == 1 else ()), _rated_words(line, unit)]
        if yearly and number == 1 and before:
            why.insert(len(use.why), f"今年已用 {plain_number(before)} {unit}，阶梯接着算")
        lines.append(
            PlannedLine(
                f"{key}/{number:02d}", item.fee_type, use.period, line.quantity, unit if line.note != TOP_UP else "项",
                line.unit_price, line.money, line.note, tuple(why), tariff.tax_rate if tariff else None, item.id,
            )
        )  # fmt: skip
    lines[-1] = replace(lines[-1], why=(*lines[-1].why, price_words(tariff, fee)))
    lines += discount_lines(catalogue, item, bearer, use.period.end, key, lines, 0)
    plan.charges.append(
        charge_of(
            item, room, bearer, use.period, f"meter:{item.id.hex}", key, lines, use.period.end + ONE_DAY, today
        )
    )  # fmt: skip


_UNITS = {
    MeterKind.WATER: "m³", MeterKind.HOT_WATER: "m³", MeterKind.ELECTRICITY: "度", MeterKind.GAS: "m³",
    MeterKind.HEAT: "kWh",
}  # fmt: skip


def _bearer_of(item: FeeItemRow, room: RoomToBill, use: UseToBill) -> tuple[Bearer | None, str, bool]:
    """Who owes for a use. Whoever's tenancy a reading ends owes up to it; else one and the same all the time."""
    if use.lease_id is not None and item.debtor is not DebtorRule.OWNER:
        for stay in room.past.stays:
            if stay.lease_id == use.lease_id:
                return Bearer(stay.party_id, stay, vacant=False), "", False
    runs = bearers(room.past, item.debtor, use.period)
    owing = {(bearer.party_id, bearer.lease_id): bearer for _, bearer in runs if bearer is not None}
    if not owing:
        return None, *nobody_owes(item.debtor)
    if len(owing) > 1:
        turn = runs[1][0].start
        return None, f"{turn} 前后住的人不同，缺交接那天的读数：补抄或补一个估读", False
    # Days for which nobody owes (between two tenancies, before the owner was known) go with the others.
    return next(iter(owing.values())), "", False


def _price(tariff: TariffRow | None, own: Decimal | None) -> Price:
    minimum = tariff.minimum if tariff is not None else NIL
    if own is not None or tariff is None:
        return Price(own, (), minimum)
    return Price(tariff.unit_price, tuple(Tier(upto, price) for upto, price in tariff.tiers), minimum)


def _months_in(period: Period) -> int:
    """How many months a bill of a ladder stands for: the calendar months from reading to reading, at least one."""
    return max(1, months_until(period.start, period.end + ONE_DAY) + (1 if _above_half(period) else 0))


def _above_half(period: Period) -> bool:
    """Meters are read some days early or late: what is over after whole months counts as one from the sixteenth day."""
    whole = months_until(period.start, period.end + ONE_DAY)
    over: int = (period.end + ONE_DAY - add_months(period.start, whole)).days
    return over > 15


def _rated_words(line: RatedLine, unit: str) -> str:
    if line.note == TOP_UP:
        return f"不足最低消费，补 {line.money}"
    tier = f"{line.note}：" if line.note else ""
    return f"{tier}{plain_number(line.quantity)} {unit} × {plain_number(line.unit_price)} = {line.money}"
