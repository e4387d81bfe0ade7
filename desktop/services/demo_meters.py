"""The meter rounds of the demo office: what was used is read every other month and billed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.meters import Meter, Reading
from desktop.models.values import FeeType, MeterKind, Money, Period, ReadingKind, add_months
from desktop.services import billing
from desktop.services.acts import Op
from desktop.services.demo_plan import DAY
from desktop.services.demo_stage import Stage
from desktop.services.schedule import PlannedBill, PlannedLine

_ELECTRICITY, _WATER = Decimal("0.64"), Decimal("3.45")


def read_meters(stage: Stage, month: date) -> None:
    """The meters of let rooms are read and what was used in the two months before is billed."""
    last = Period(add_months(month, -2), month - DAY)
    standing = [
        each for each in stage.living.values() if each.stay.signed < last.start and each.stay.terms.start < last.start
    ]
    if not standing:
        return
    readings: list[tuple[Any, ...]] = []
    orders: list[billing.BillOrder] = []
    today = stage.world.today()
    with stage.act(stage.staff["cashier"], Op.POST_BILLS) as work:
        meters: dict[tuple[UUID, MeterKind], UUID] = {
            (meter.room_id, meter.kind): meter.id
            for meter in work.session.execute(
                sa.select(Meter.room_id, Meter.kind, Meter.id).where(Meter.removed_on.is_(None))
            )
        }
        for each in standing:
            shown = stage.shown(each.stay.room)
            used = {
                MeterKind.ELECTRICITY: Decimal(stage.source.randint(120, 480)),
                MeterKind.WATER: Decimal(stage.source.randint(6, 26)),
            }
            for kind, amount in used.items():
                shown[kind] += amount
                readings.append(
                    (
                        stage.world.new_id(), meters[each.room_id, kind], each.lease_id, ReadingKind.REGULAR,
                        shown[kind], today, None,
                    )
                )  # fmt: skip
            bill = _bill(last, today + 10 * DAY, used)
            orders.append(billing.lease_bills(each.lease_id, each.party_id, each.room_id, [bill]))
        work.insert_many(Reading, ["id", "meter_id", "lease_id", "kind", "value", "read_on", "reverses_id"], readings)
        billing.put_bills(work, orders)
        work.record(readings=len(readings), month=f"{last.start:%Y-%m}")


def _bill(period: Period, due: date, used: dict[MeterKind, Decimal]) -> PlannedBill:
    lines = []
    for kind, fee, unit, price in (
        (MeterKind.ELECTRICITY, FeeType.ELECTRICITY, "度", _ELECTRICITY),
        (MeterKind.WATER, FeeType.WATER, "m³", _WATER),
    ):
        money = Money.rounded(used[kind] * price * 100)
        lines.append(
            PlannedLine(
                f"{fee}:{period.start:%Y%m}", fee, period, used[kind], unit, price, money, "",
                (f"{used[kind]} {unit} × {price}",),
            )
        )  # fmt: skip
    return PlannedBill(
        f"meters:{period.start:%Y%m}", period.start.month, FeeType.ELECTRICITY, period, due, tuple(lines)
    )
