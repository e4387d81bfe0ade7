"""What belongs to one clerk: views of lists 视图 with their columns, and where they have been lately."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Local, Profile
from desktop.models.columns import Json


class SavedView(Profile):
    """A named view of a list: conditions, order and columns; the unnamed one of a person is how she left the list."""

    __tablename__ = "saved_view"
    __table_args__ = (sa.Index(None, "staff_id", "list_key"),)

    staff_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("staff_member.id"))
    """NULL: for everybody of the office."""
    list_key: Mapped[str]
    """parties | rooms | leases | bills | payments."""
    title: Mapped[str]
    """"" for a person's own last state of the list."""
    conditions: Mapped[Any] = mapped_column(Json)
    columns: Mapped[Any] = mapped_column(Json)
    """[[column key, width in px or null], …] in their order; [] takes the list's own."""
    sort: Mapped[Any] = mapped_column(Json)
    """[column key, descending]; [] takes the list's own."""
    ordinal: Mapped[int] = mapped_column(sa.Integer)


class Visit(Local):
    """A page somebody opened, for 最近 and 置顶 under the search box: ids only."""

    __tablename__ = "visit"
    __table_args__ = (sa.Index(None, "staff_id", "visited_at"),)

    staff_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_table: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    visited_at: Mapped[datetime]
    pinned: Mapped[bool]
