"""What an office charges for: fee items 收费项目, their tariffs 计费单价, exceptions of rooms, discounts 优惠."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Profile
from desktop.models.columns import Json, Scaled, Word
from desktop.models.values import (
    AreaKind,
    DebtorRule,
    DiscountKind,
    FeeBasis,
    FeeType,
    MeterKind,
    Money,
    RoomKind,
    StubRule,
    TierSpan,
)


class FeeItem(Profile):
    """Something the office charges for: 住宅物业费, 地下车位费, 自来水费. Which rooms owe it, who, how often."""

    __tablename__ = "fee_item"

    name: Mapped[str]
    fee_type: Mapped[FeeType] = mapped_column(Word(FeeType))
    basis: Mapped[FeeBasis] = mapped_column(Word(FeeBasis))
    area_kind: Mapped[AreaKind] = mapped_column(Word(AreaKind))
    """For AREA; a room without an inner area is charged on none and is listed as skipped."""
    meter_kind: Mapped[MeterKind | None] = mapped_column(Word(MeterKind))
    """For METER and SHARED."""
    debtor: Mapped[DebtorRule] = mapped_column(Word(DebtorRule))
    every_room: Mapped[bool]
    """True: every room of the kinds and buildings below; False: only rooms named in `room_fee`."""
    room_kinds: Mapped[Any] = mapped_column(Json)
    """["flat", …]; []: every kind."""
    building_ids: Mapped[Any] = mapped_column(Json)
    """[building as 32 hex digits, …]; []: every building."""
    cycle_months: Mapped[int] = mapped_column(sa.Integer)
    """1, 2, 3, 4, 6 or 12 calendar months in one bill, counted from January."""
    in_arrears: Mapped[bool]
    """True: due days count from the day after the period; False: from its first day. Metered fees are in arrears."""
    due_days: Mapped[int] = mapped_column(sa.Integer)
    stub_rule: Mapped[StubRule] = mapped_column(Word(StubRule))
    unit: Mapped[str | None]
    """For PIECE: 个, 车位; NULL otherwise."""
    valid_from: Mapped[date]
    """First day charged."""
    valid_to: Mapped[date | None]
    sort: Mapped[int] = mapped_column(sa.Integer)


class Tariff(Profile):
    """A price from a day on, with the paper that allows it; what was billed under it stays as it was."""

    __tablename__ = "tariff"

    fee_item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("fee_item.id"), index=True)
    building_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("building.id"))
    """NULL: every building without a price of its own."""
    room_kind: Mapped[RoomKind | None] = mapped_column(Word(RoomKind))
    """NULL: every kind without a price of its own. A building's price goes before a kind's."""
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """Last day, counted; NULL: until further notice."""
    unit_price: Mapped[Decimal | None] = mapped_column(Scaled(6))
    """Yuan a unit (m² and month, month, piece and month, m³, 度); NULL where tiers stand."""
    tiers: Mapped[Any] = mapped_column(Json)
    """[["180", "3.45"], [null, "5.83"]]: up to and including so many units at so many yuan; [] for one price."""
    tier_span: Mapped[TierSpan] = mapped_column(Word(TierSpan))
    one_line: Mapped[bool]
    """True: tiers are added exactly and rounded once; False: a line, and a rounding, a tier."""
    minimum: Mapped[Money]
    """Least sum of one bill; 0: none."""
    tax_rate: Mapped[Decimal | None] = mapped_column(Scaled(4))
    """0.06 is 6 %, contained in the price; NULL: not told."""
    document: Mapped[str | None]
    """Number or name of the approval 批准文件; its file is an attachment of the tariff."""


class RoomFee(Profile):
    """What of a fee item is particular to a room in a span of days: so many spaces, a price of its own, exempt."""

    __tablename__ = "room_fee"

    fee_item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("fee_item.id"), index=True)
    room_id: Mapped[UUID] = mapped_column(sa.ForeignKey("room.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    exempt: Mapped[bool]
    quantity: Mapped[Decimal | None] = mapped_column(Scaled(6))
    """Pieces, or m² instead of the room's area; NULL: as the item says."""
    unit_price: Mapped[Decimal | None] = mapped_column(Scaled(6))
    """NULL: the tariff's."""
    reason: Mapped[str | None]


class DiscountRule(Profile):
    """A discount that the program grants by itself and explains on the bill."""

    __tablename__ = "discount_rule"

    name: Mapped[str]
    """As printed: 老租户续约优惠."""
    kind: Mapped[DiscountKind] = mapped_column(Word(DiscountKind))
    fee_item_ids: Mapped[Any] = mapped_column(Json)
    """[fee item as 32 hex digits, …]; "rent" stands for rent of leases."""
    percent: Mapped[Decimal] = mapped_column(Scaled(2))
    """Taken off, above 0 up to 100."""
    threshold: Mapped[int] = mapped_column(sa.Integer)
    """Renewals, months or days, as the kind says; 0 for VACANCY."""
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    sort: Mapped[int] = mapped_column(sa.Integer)
    """The order in which several are taken, each off what the earlier left."""
    document: Mapped[str | None]
