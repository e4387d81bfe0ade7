"""Due things 到期事项: what the engine found due, what people answered, and how far the engine has come.

Everything but the answers is this database's own (decision 0011): another database of the project finds the same facts
by the same keys from what was synced, so nothing can arrive twice.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Ledger, Local
from desktop.models.columns import Word


class DueState(StrEnum):
    """What became of a due fact."""

    OPEN = "open"
    DONE = "done"
    """Somebody of the office dealt with it."""
    VOID = "void"
    """Its cause has gone: paid, renewed, closed. It opens again when the cause comes back."""


class DueFact(Local):
    """One thing that fell due, for one rung 级 of one rule: a lease 30 days before its end, a bill 7 days overdue."""

    __tablename__ = "due_fact"
    __table_args__ = (
        sa.Index(None, "subject_id", "rule", "level"),
        sa.Index(None, "state", "rule", "id"),
        sa.Index(None, "state", "due_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Of one pass in the order of `due_at`; of several in theirs, by the clock of the PC."""
    key: Mapped[str] = mapped_column(unique=True)
    """rule.level:subject:what the time is counted from. Late, repeated and simultaneous passes make one row of it."""
    rule: Mapped[str] = mapped_column(sa.String(40))
    """Of `services.due_rules`."""
    level: Mapped[int] = mapped_column(sa.Integer)
    """Which rung of the rule, 0-based: a later one goes further up."""
    subject_table: Mapped[str]
    subject_id: Mapped[UUID]
    cause_on: Mapped[date | None]
    """The day the time is counted from (end of a lease, due day of a bill); NULL where it is an instant."""
    cause_at: Mapped[datetime | None]
    """The instant it is counted from (report of a repair, last backup); NULL where it is a day."""
    due_at: Mapped[datetime]
    produced_at: Mapped[datetime]
    """By the clock of the PC whose engine found it; before `due_at`: that clock was ahead."""
    state: Mapped[DueState] = mapped_column(Word(DueState))
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[UUID | None]
    """The staff member; NULL while open, and where the engine settled it."""
    reason: Mapped[str | None]
    """Why the engine settled it: the `gone` of its rule; or why somebody said that nothing was to be done."""
    reopened: Mapped[int] = mapped_column(sa.Integer, default=0)
    """How often its cause came back."""


class DueAnswer(Ledger):
    """Somebody dealt with a due thing: the only part that people enter, so the only part that travels."""

    __tablename__ = "due_answer"

    fact_key: Mapped[str] = mapped_column(index=True)
    rule: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[UUID]
    due_at: Mapped[datetime]


class DueMark(Local):
    """How far one rule has been looked at; locked by a pass from its beginning, so passes come one after the other."""

    __tablename__ = "due_mark"

    rule: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    looked_until: Mapped[datetime | None]
    """By the clock of the latest pass, wherever that stood; NULL: never."""
    furthest: Mapped[datetime | None]
    """The latest instant any pass believed it was: behind it, a clock was ahead."""
    looked_through: Mapped[int | None]
    """The link of the audit chain up to which everything stored has been seen."""


class DueRun(Local):
    """The heartbeat 心跳 of the engine on one PC."""

    __tablename__ = "due_run"

    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    last_run_at: Mapped[datetime]
    looked_until: Mapped[datetime]
    passes: Mapped[int]
    produced: Mapped[int]
    """Facts produced by this PC, ever."""
