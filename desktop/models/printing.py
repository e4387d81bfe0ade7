"""The print queue 打印队列 of a PC: what was asked for, where it stands, so that it can be tried again."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Local
from desktop.models.columns import Json, Word


class PrintState(StrEnum):
    WAITING = "waiting"
    PRINTED = "printed"
    FAILED = "failed"
    DROPPED = "dropped"


class PrintJob(Local):
    """One paper on its way to a printer. The page itself is made anew from its subject: nothing of it rests here."""

    __tablename__ = "print_job"
    __table_args__ = (sa.Index(None, "device_id", "state"), sa.Index(None, "subject_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    device_id: Mapped[UUID]
    staff_id: Mapped[UUID | None]
    paper: Mapped[str]
    """receipt | lease | notice | … as in print_event."""
    subject_table: Mapped[str]
    subject_id: Mapped[UUID]
    options: Mapped[Any] = mapped_column(Json)
    """What to make it with: form, copies, ordinal of the print event it belongs to."""
    state: Mapped[PrintState] = mapped_column(Word(PrintState))
    printer: Mapped[str]
    """"" while it was not given to one."""
    trouble: Mapped[str | None]
    """Why it did not come out, in words."""
    tries: Mapped[int] = mapped_column(sa.Integer)
    asked_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
