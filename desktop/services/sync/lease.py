"""Which PC of an office talks to head office: one at a time, and another one soon after the first was switched off.

The time is the database's, so PCs whose clocks differ agree. Whoever slept through the end of his lease is refused by
its token at the next thing he writes, however sure he is of himself; head office takes nothing twice anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desktop.models.base import table_of
from desktop.models.sync import SyncLease
from desktop.services.bulk import insert_new
from desktop.services.office import Office
from desktop.services.trouble import translated
from desktop.world import World

LASTS = timedelta(seconds=60)


class LeaseLost(Exception):
    """Another PC has taken over: this one writes nothing more of its session."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A hold on the session with head office."""

    world: World
    holder_id: UUID
    token: int

    def confirm(self, session: Session) -> None:
        """In a writing transaction: it is still ours, and lasts anew. Raises LeaseLost."""
        row, now = _row(session), _now(session, self.world)
        if row is None or row.holder_id != self.holder_id or row.token != self.token or row.until <= now:
            raise LeaseLost
        _write(session, until=now + LASTS)


def take_lease(office: Office, holder_id: UUID) -> Lease | None:
    """The hold for this running program; None while another one has it."""
    with translated(), office.writing() as session:
        row, now = _row(session), _now(session, office.world)
        if row is None:
            first: tuple[Any, ...] = (1, None, None, 0, now)
            insert_new(session.connection(), table_of(SyncLease), _NAMES, [first])
            row = _row(session)
        # One that lasts longer than any was written before a clock was set back: nobody waits two days for it.
        runs = now < row.until <= now + LASTS
        if runs and row.holder_id not in (None, holder_id):
            return None
        # One that ran out is taken anew even by who had it: he may have slept.
        same = row.holder_id == holder_id and runs
        token = row.token if same else row.token + 1
        _write(session, holder_id=holder_id, device_id=office.device_id, token=token, until=now + LASTS)
        session.commit()
    return Lease(office.world, holder_id, token)


def give_back(office: Office, lease: Lease) -> None:
    """Let another PC have it at once: the program ends."""
    with translated(), office.writing() as session:
        row = _row(session)
        if row is not None and row.holder_id == lease.holder_id and row.token == lease.token:
            _write(session, holder_id=None, device_id=None)
            session.commit()


_NAMES = ["id", "holder_id", "device_id", "token", "until"]


def _row(session: Session) -> Any:
    table = table_of(SyncLease)
    return session.execute(sa.select(table).where(table.c.id == 1).with_for_update()).first()


def _write(session: Session, **values: Any) -> None:
    session.execute(sa.update(table_of(SyncLease)).where(table_of(SyncLease).c.id == 1).values(**values))


def _now(session: Session, world: World) -> datetime:
    if session.connection().dialect.name == "sqlite":
        return world.now()
    return world.server_clock(session.execute(sa.text("SELECT clock_timestamp()")).scalar_one())
