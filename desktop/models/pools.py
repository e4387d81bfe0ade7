"""Shared utilities 公摊: what a house uses together, who takes part, and each sum that was split."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Ledger, Meets, Profile
from desktop.models.columns import Json, Scaled, Word
from desktop.models.values import Money, PoolMethod, PoolSource


class SharedPool(Profile):
    """A cost that rooms share: the lift of building 3, the water of a flat let by the room."""

    __tablename__ = "shared_pool"

    fee_item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("fee_item.id"), index=True)
    name: Mapped[str]
    building_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("building.id"))
    """Rooms of this building take part; NULL with no members: all rooms of the office."""
    by_members: Mapped[bool]
    """True: only rooms named in `pool_member`."""
    method: Mapped[PoolMethod] = mapped_column(Word(PoolMethod))
    source: Mapped[PoolSource] = mapped_column(Word(PoolSource))
    master_meter_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("meter.id"))
    vacant_percent: Mapped[Decimal] = mapped_column(Scaled(2))
    """What a vacant home bears of its share: 100, 70, 0."""
    office_bears_rest: Mapped[bool]
    """True: what vacant homes do not bear is the office's; False: it falls on all."""
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class PoolMember(Profile):
    """A room that takes part, with its part where shares are agreed."""

    __tablename__ = "pool_member"

    pool_id: Mapped[UUID] = mapped_column(sa.ForeignKey("shared_pool.id"), index=True)
    room_id: Mapped[UUID] = mapped_column(sa.ForeignKey("room.id"), index=True)
    ratio: Mapped[Decimal | None] = mapped_column(Scaled(6))
    """Parts of the sum of all parts; for RATIO."""
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class PoolCharge(Meets, Ledger):
    """The sum of one period that is split; a wrong one is reversed and entered anew."""

    __tablename__ = "pool_charge"
    __table_args__ = (sa.UniqueConstraint("reverses_id", "arrived"),)

    pool_id: Mapped[UUID] = mapped_column(sa.ForeignKey("shared_pool.id"), index=True)
    period_start: Mapped[date]
    period_end: Mapped[date]
    amount: Mapped[Money]
    facts: Mapped[Any] = mapped_column(Json)
    """How the sum came about: {"invoice": "…"} or master use, sub use, price."""
    reverses_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("pool_charge.id"))
