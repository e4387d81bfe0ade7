"""Fee items and shared costs written past the forms, for tests that ask what comes of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from desktop.models.fees import FeeItem, Tariff
from desktop.models.pools import PoolCharge, PoolMember, SharedPool
from desktop.models.values import (
    NIL,
    AreaKind,
    DebtorRule,
    FeeBasis,
    FeeType,
    MeterKind,
    Money,
    PoolMethod,
    PoolSource,
    StubRule,
    TierSpan,
)
from desktop.services.work import Work

FROM = date(2026, 1, 1)


def put_fee(
    work: Work, basis: FeeBasis = FeeBasis.SHARED, fee_type: FeeType = FeeType.ELECTRICITY,
    kind: MeterKind | None = MeterKind.ELECTRICITY, name: str = "公共电费", room_kinds: tuple[str, ...] = (),
) -> UUID:  # fmt: skip
    """A fee item of every room."""
    return work.add(
        FeeItem(
            name=name, fee_type=fee_type, basis=basis, area_kind=AreaKind.BUILDING, meter_kind=kind,
            debtor=DebtorRule.OCCUPANT, every_room=True, room_kinds=list(room_kinds), building_ids=[], cycle_months=1,
            in_arrears=True, due_days=10, stub_rule=StubRule.ACTUAL_DAYS, unit=None, valid_from=FROM, valid_to=None,
            sort=1,
        )
    ).id  # fmt: skip


def put_tariff(
    work: Work, fee: UUID, price: str | None, tiers: list[list[str | None]] | None = None, *,
    building: UUID | None = None, valid_from: date = FROM, minimum: Money = NIL,
) -> UUID:  # fmt: skip
    """A price from a day on."""
    return work.add(
        Tariff(
            fee_item_id=fee, building_id=building, room_kind=None, valid_from=valid_from, valid_to=None,
            unit_price=None if price is None else Decimal(price), tiers=tiers or [], tier_span=TierSpan.BILL,
            one_line=False, minimum=minimum, tax_rate=None, document=None,
        )
    ).id  # fmt: skip


def put_pool(
    work: Work, fee: UUID, method: PoolMethod = PoolMethod.EQUAL, *, building: UUID | None = None,
    vacant: str = "100", office: bool = False, source: PoolSource = PoolSource.INVOICE, master: UUID | None = None,
    members: dict[UUID, str | None] | None = None,
) -> UUID:  # fmt: skip
    """A shared cost."""
    pool = work.add(
        SharedPool(
            fee_item_id=fee, name="1 栋电梯", building_id=building, by_members=members is not None, method=method,
            source=source, master_meter_id=master, vacant_percent=Decimal(vacant), office_bears_rest=office,
            valid_from=FROM, valid_to=None,
        )
    )  # fmt: skip
    for room, ratio in (members or {}).items():
        work.add(
            PoolMember(
                pool_id=pool.id, room_id=room, ratio=None if ratio is None else Decimal(ratio), valid_from=FROM,
                valid_to=None,
            )
        )  # fmt: skip
    return pool.id


def put_charge(work: Work, pool: UUID, amount: str, first: date, last: date) -> UUID:
    """A sum of a period."""
    return work.add(
        PoolCharge(
            pool_id=pool, period_start=first, period_end=last, amount=Money.yuan(amount), facts={"invoice": "0631"},
            reverses_id=None,
        )
    ).id  # fmt: skip
