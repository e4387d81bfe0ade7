"""The shared costs of the demo office: a master meter in the first building, and what its lift and lamps used."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa

from desktop.models.fees import FeeItem
from desktop.models.meters import Meter, Reading
from desktop.models.places import Building
from desktop.models.values import (
    AreaKind,
    DebtorRule,
    FeeBasis,
    FeeType,
    MeterKind,
    Money,
    Period,
    PoolMethod,
    PoolSource,
    ReadingKind,
    StubRule,
    add_months,
)
from desktop.services import pool_charges, pools
from desktop.services.acts import Op
from desktop.services.demo_stage import Stage
from desktop.services.meter_uses import meters_of_rooms, uses_of_period

_TIMES = Decimal(40)
_ONE_DAY = timedelta(days=1)


def share_costs(stage: Stage) -> None:
    """A lift shared by area and the lamps of a building by its master meter, each charged for what is over."""
    today = stage.world.today()
    # The last round was made on the 2nd of an odd month, for the two months before.
    month = today.replace(day=1)
    month = month if month.month % 2 and today.day > 2 else add_months(month, -1 if month.month % 2 == 0 else -2)
    first, last = add_months(month, -2), month - _ONE_DAY
    if first <= stage.plan.opened:
        return
    source = random.Random(f"anju-demo shared {first}")
    # Figures of its own: those of the story stay what they were.
    with stage.act(stage.staff["finance_lead"], Op.SHARE_COST) as work:
        house = work.session.execute(sa.select(Building.id, Building.name).order_by(Building.sort).limit(1)).one()
        fees = [
            work.add(
                FeeItem(
                    name=name, fee_type=FeeType.ELECTRICITY, basis=FeeBasis.SHARED, area_kind=AreaKind.BUILDING,
                    meter_kind=MeterKind.ELECTRICITY, debtor=DebtorRule.OCCUPANT, every_room=True, room_kinds=[],
                    building_ids=[], cycle_months=2, in_arrears=True, due_days=10, stub_rule=StubRule.ACTUAL_DAYS,
                    unit=None, valid_from=first, valid_to=None, sort=90 + at,
                )
            ).id
            for at, name in enumerate(("公共照明电费", "电梯电费"))
        ]  # fmt: skip
        master = work.add(
            Meter(
                room_id=None, building_id=house.id, place="地下室配电间", kind=MeterKind.ELECTRICITY,
                serial="DTZ-30518", multiplier=_TIMES, highest=Decimal(999_999), installed_on=first - _ONE_DAY,
                removed_on=None,
            )
        ).id  # fmt: skip
        behind = meters_of_rooms(work, house.id, MeterKind.ELECTRICITY)
        used = sum((use.use for use in uses_of_period(work, behind, Period(first, last))), Decimal(0))
        shown = Decimal(source.randint(4000, 9000))
        for day, value in ((first.replace(day=2), shown), (month.replace(day=2), _after(shown, used))):
            work.add(
                Reading(
                    meter_id=master, lease_id=None, kind=ReadingKind.REGULAR, value=value, read_on=day,
                    reverses_id=None, remark=None,
                )
            )  # fmt: skip
        lamps = pools.add_pool(
            work,
            pools.PoolForm(
                f"{house.name}公共照明", fees[0], PoolMethod.EQUAL, PoolSource.MASTER_METER, house.id,
                master_meter_id=master, valid_from=first,
            ),
        )  # fmt: skip
        lift = pools.add_pool(
            work,
            pools.PoolForm(
                f"{house.name}电梯", fees[1], PoolMethod.AREA, PoolSource.INVOICE, house.id,
                vacant_percent=Decimal(70), valid_from=first,
            ),
        )  # fmt: skip
    with stage.act(stage.staff["cashier"], Op.SHARE_COST) as work:
        work.session.flush()
        pool_charges.enter_charge(work, pool_charges.ChargeForm(lamps, first, last, unit_price=Decimal("0.64")))
    with stage.act(stage.staff["cashier"], Op.SHARE_COST) as work:
        end = add_months(first, 1) - _ONE_DAY
        amount = Money(source.randint(62_000, 98_000))
        pool_charges.enter_charge(work, pool_charges.ChargeForm(lift, first, end, amount, "24332000000018837745"))


def _after(shown: Decimal, used: Decimal) -> Decimal:
    """What the master meter shows when the rooms have used so much, and lamps and lift half as much as one of them."""
    return shown + (Decimal(round((used + 430) / _TIMES * 10)) / 10).quantize(Decimal("0.1"))
