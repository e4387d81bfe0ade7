"""Notes 备注 and talks 沟通记录: what was said with whom, about which room or lease; part of every timeline."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Profile
from desktop.models.columns import Word
from desktop.models.values import NoteKind


class Note(Profile):
    """One note, call, visit or message. Digits that look like an ID number or account never stay in it."""

    __tablename__ = "note"
    __table_args__ = (
        sa.Index(None, "party_id", "happened_at"),
        sa.Index(None, "room_id", "happened_at"),
        sa.Index(None, "lease_id"),
    )

    kind: Mapped[NoteKind] = mapped_column(Word(NoteKind))
    party_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("party.id"))
    room_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("room.id"))
    lease_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("lease.id"))
    happened_at: Mapped[datetime]
    incoming: Mapped[bool | None]
    """Of a call or message: True when they called us; NULL for notes and visits."""
    answered: Mapped[bool | None]
    """Of a call we made: whether somebody picked up; NULL otherwise."""
    text: Mapped[str]
    follow_up_on: Mapped[date | None] = mapped_column(index=True)
    """When somebody said they would come back to it; NULL: nothing promised."""
    pinned: Mapped[bool]
    """Stands on top of the person's or room's page until somebody takes it down."""
