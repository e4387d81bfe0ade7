"""The meter rounds of the demo office: what was used is read every other month and billed."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.meters import Meter, Reading
from desktop.models.values import FeeType, MeterKind, Money, Period, ReadingKind, add_months
from desktop.services import billing, meters
from desktop.services.acts import Op
from desktop.services.demo_plan import DAY
from desktop.services.demo_stage import Living, Stage
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
    # One household's water runs away in the last round: somebody ought to look.
    leaking = standing[min(3, len(standing) - 1)] if add_months(month, 2) > stage.plan.today else None
    with stage.act(stage.staff["cashier"], Op.POST_BILLS) as work:
        hanging: dict[tuple[UUID, MeterKind], UUID] = {
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
            if each is leaking:
                used[MeterKind.WATER] *= 7
            for kind, amount in used.items():
                shown[kind] += amount
                readings.append(
                    (
                        stage.world.new_id(), hanging[each.room_id, kind], each.lease_id, ReadingKind.REGULAR,
                        shown[kind], today, None,
                    )
                )  # fmt: skip
            bill = _bill(last, today + 10 * DAY, used)
            orders.append(billing.lease_bills(each.lease_id, each.party_id, each.room_id, [bill]))
        work.insert_many(Reading, ["id", "meter_id", "lease_id", "kind", "value", "read_on", "reverses_id"], readings)
        billing.put_bills(work, orders)
        work.record(readings=len(readings), month=f"{last.start:%Y-%m}")


def read_at_leaving(stage: Stage, each: Living) -> dict[MeterKind, Decimal]:
    """What the meters of somebody who leaves show: the days since the last round were lived, too."""
    today = stage.world.today()
    since = max(each.stay.terms.start, today.replace(day=2) if today.day > 2 else add_months(today, -1))
    shown, days = stage.shown(each.stay.room), max((today - since).days, 0)
    # Figures of its own: those of the story stay what they were.
    source = random.Random(f"anju-demo leaving {each.stay.room} {today}")
    shown[MeterKind.ELECTRICITY] += Decimal(days * source.randint(2, 7))
    shown[MeterKind.WATER] += Decimal(days * source.randint(2, 7) // 16)
    return shown


def replace_one(stage: Stage) -> None:
    """A water meter that stood still is replaced, as happens every few weeks."""
    if not stage.living:
        return
    each = min(stage.living.values(), key=lambda living: living.stay.room)
    today = stage.world.today()
    with stage.act(stage.staff["front_desk"], Op.CHANGE_METER) as work:
        old = work.session.scalars(
            sa.select(Meter).where(
                Meter.room_id == each.room_id, Meter.kind == MeterKind.WATER, Meter.removed_on.is_(None)
            )
        ).first()
        if old is None:
            return
        shown = stage.shown(each.stay.room)
        form = meters.ReplaceMeter(
            old.id, old.version, today, shown[MeterKind.WATER], Decimal(0),
            meters.MeterEdit("LS2026-0417", Decimal(1), Decimal(99999), "厨房"), "表停走，到期轮换",
        )  # fmt: skip
        meters.replace_meter(work, form)
        shown[MeterKind.WATER] = Decimal(0)


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
