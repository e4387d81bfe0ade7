"""Meters 表计 with their readings 抄表读数, keys and cards handed out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Ledger, Profile
from desktop.models.columns import Scaled, Word
from desktop.models.values import MeterKind, ReadingKind


class Meter(Profile):
    """A meter on a room, or a master meter of a building, for a span of days."""

    __tablename__ = "meter"

    room_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("room.id"), index=True)
    """NULL: a master meter."""
    building_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("building.id"))
    """Of a master meter; NULL: of the whole office."""
    place: Mapped[str | None]
    """Where it hangs: 1 层水井, 地下室配电间."""
    kind: Mapped[MeterKind] = mapped_column(Word(MeterKind))
    serial: Mapped[str | None]
    multiplier: Mapped[Decimal] = mapped_column(Scaled(3))
    highest: Mapped[Decimal | None] = mapped_column(Scaled(3))
    """Highest reading before it rolls over to 0."""
    installed_on: Mapped[date]
    removed_on: Mapped[date | None]
    replaces_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("meter.id"))
    """The meter that hung here before."""


class Reading(Ledger):
    """What a meter showed."""

    __tablename__ = "reading"

    meter_id: Mapped[UUID] = mapped_column(sa.ForeignKey("meter.id"), index=True)
    lease_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("lease.id"))
    kind: Mapped[ReadingKind] = mapped_column(Word(ReadingKind))
    value: Mapped[Decimal] = mapped_column(Scaled(3))
    read_on: Mapped[date]
    reverses_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("reading.id"))
    """The wrong reading this one takes the place of."""
    rolled_over: Mapped[bool] = mapped_column(server_default=sa.false(), default=False)
    """The counter passed its highest figure since the last reading; a person said so."""
    remark: Mapped[str | None]
    """Why it was corrected, estimated or taken although it looked wrong."""


class KeyItem(Profile):
    """A key 钥匙 or card 门卡 of a room."""

    __tablename__ = "key_item"

    room_id: Mapped[UUID] = mapped_column(sa.ForeignKey("room.id"), index=True)
    kind: Mapped[str]
    """key | card | remote."""
    label: Mapped[str]
    copy_of_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("key_item.id"))
    """The key it was copied from 复制."""
    serial: Mapped[str | None]
    """Printed on a card."""


class KeyMove(Ledger):
    """A key or card went out, came back or was lost."""

    __tablename__ = "key_move"

    key_item_id: Mapped[UUID] = mapped_column(sa.ForeignKey("key_item.id"), index=True)
    lease_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("lease.id"), index=True)
    party_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("party.id"))
    direction: Mapped[str]
    """out | in | lost | found | scrapped."""
    moved_on: Mapped[date]
    remark: Mapped[str | None]
