"""Places: buildings 楼栋, rooms 房间 down to beds, their numbers over time, their owners 业主."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Profile
from desktop.models.columns import NUMBER_BY_POINT, Scaled, Word
from desktop.models.values import Money, RoomCondition, RoomKind


class Building(Profile):
    """A building 楼栋."""

    __tablename__ = "building"

    name: Mapped[str]
    sort: Mapped[int] = mapped_column(sa.Integer)


class Room(Profile):
    """Something that can be let; a flat may hold rooms, a room beds."""

    __tablename__ = "room"
    __table_args__ = (
        sa.Index(None, "building_id", "number"),
        sa.Index("ix_room_number", "number").ddl_if(dialect="sqlite"),
        sa.Index("ix_room_number_c", sa.text(NUMBER_BY_POINT)).ddl_if(dialect="postgresql"),
    )

    building_id: Mapped[UUID] = mapped_column(sa.ForeignKey("building.id"))
    parent_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("room.id"), index=True)
    kind: Mapped[RoomKind] = mapped_column(Word(RoomKind))
    number: Mapped[str]
    """Today's number; numbers over time stand in room_number."""
    floor: Mapped[int] = mapped_column(sa.Integer)
    area: Mapped[Decimal | None] = mapped_column(Scaled(2))
    """Building area 建筑面积, m²."""
    inner_area: Mapped[Decimal | None] = mapped_column(Scaled(2))
    """套内面积, m²."""
    layout: Mapped[str | None]
    """一室一厅 and the like."""
    asking_rent: Mapped[Money | None]
    """Per month."""
    habitable: Mapped[bool]
    """False: kitchen, balcony, store, garage … may not be let alone for living (Order 812)."""
    capacity: Mapped[int | None] = mapped_column(sa.Integer)
    """Most people who may live here under the city's rule; NULL: not set."""
    condition: Mapped[RoomCondition] = mapped_column(Word(RoomCondition))
    condition_note: Mapped[str | None]
    """Shown on the tile: 样板间, 换门锁."""
    condition_until: Mapped[date | None]
    """Last day a room under repair or out of use is expected to be so; it opens by a person's word, never by itself."""
    retired_on: Mapped[date | None]
    """From this day on it is no room any more: split, merged or pulled down; NULL: it stands."""


class RoomNumber(Profile):
    """A number a room bore, with its dates."""

    __tablename__ = "room_number"
    __table_args__ = (
        sa.Index("ix_room_number_number", "number").ddl_if(dialect="sqlite"),
        sa.Index("ix_room_number_number_c", sa.text(NUMBER_BY_POINT)).ddl_if(dialect="postgresql"),
    )

    room_id: Mapped[UUID] = mapped_column(sa.ForeignKey("room.id"), index=True)
    number: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class RoomOrigin(Profile):
    """A room that came out of another by splitting 拆分 or merging 合并 on a day."""

    __tablename__ = "room_origin"

    room_id: Mapped[UUID] = mapped_column(sa.ForeignKey("room.id"), index=True)
    from_room_id: Mapped[UUID] = mapped_column(sa.ForeignKey("room.id"), index=True)
    kind: Mapped[str]
    """split | merge."""
    on: Mapped[date]


class Ownership(Profile):
    """Who owns a room and how much of it; owner-occupied rooms owe their property fee through the owner."""

    __tablename__ = "ownership"

    room_id: Mapped[UUID] = mapped_column(sa.ForeignKey("room.id"), index=True)
    party_id: Mapped[UUID] = mapped_column(sa.ForeignKey("party.id"), index=True)
    share: Mapped[Decimal] = mapped_column(Scaled(6))
    """1 is the whole."""
    owner_occupied: Mapped[bool]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
