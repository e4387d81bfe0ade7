"""Reminders 提醒: each due fact once, by its stable key."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Profile


class Reminder(Profile):
    """A due fact that somebody was or will be told."""

    __tablename__ = "reminder"

    stable_key: Mapped[str] = mapped_column(unique=True)
    """rule:subject:due time, so that late or double runs produce it once."""
    rule: Mapped[str]
    subject_table: Mapped[str]
    subject_id: Mapped[UUID]
    due_at: Mapped[datetime]
    text: Mapped[str]
    done_at: Mapped[datetime | None]
