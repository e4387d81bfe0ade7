"""The bookkeeping of sync: what goes out, what came in, how far head office knows us, clocks of rows, losers of
conflicts."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Local
from desktop.models.columns import Digest, Json

_UNSEALED = sa.text("seq IS NULL")
_WAITING = sa.text("applied_at IS NULL")


class OutboxAct(Local):
    """An act of this database with its signature; its ops stand in outbox."""

    __tablename__ = "outbox_act"
    __table_args__ = (sa.Index("ix_outbox_act_unsealed", "lid", sqlite_where=_UNSEALED, postgresql_where=_UNSEALED),)

    lid: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    act_id: Mapped[UUID] = mapped_column(unique=True)
    header: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """Exact bytes of the act's header on the wire."""
    sig: Mapped[bytes] = mapped_column(Digest)
    created_at: Mapped[datetime]
    seq: Mapped[int | None] = mapped_column(unique=True)
    """Its place in the chain of this database, given before it is first sent; NULL: not sealed yet. Below zero: made in
    an earlier life of the database, offered and never pushed."""
    hash: Mapped[bytes | None] = mapped_column(Digest)
    """Of the chain up to here."""
    clock: Mapped[str | None] = mapped_column(sa.String(24))
    """The clock that counts, where head office found the act's own to be ahead of the time."""


class Outbox(Local):
    """One op, with its exact bytes."""

    __tablename__ = "outbox"

    lid: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    op_id: Mapped[UUID] = mapped_column(unique=True)
    act_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[str]
    table_name: Mapped[str]
    row_id: Mapped[UUID]
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
    body_sha: Mapped[bytes] = mapped_column(Digest)
    created_at: Mapped[datetime]


class SeenAct(Local):
    """An act that came from another database, as it was signed: head office may lose it and want it back."""

    __tablename__ = "seen_act"
    __table_args__ = (sa.Index("ix_seen_act_waiting", "place", sqlite_where=_WAITING, postgresql_where=_WAITING),)

    act_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[int]
    """In which order acts came here; what waits is tried again in this order."""
    device_id: Mapped[UUID]
    header: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sig: Mapped[bytes] = mapped_column(Digest)
    ops: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """The exact bytes of each op, as a MessagePack array."""
    clock: Mapped[str | None] = mapped_column(sa.String(24))
    """The clock that counts, where the act's own was ahead of the time."""
    came_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    """NULL: it waits, for what it builds on or for a newer program."""
    why: Mapped[str | None]
    """Why it waits."""


class SyncState(Local):
    """How far this database and head office know each other: one row."""

    __tablename__ = "sync_state"

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    epoch: Mapped[int]
    """Of head office's database; 0: never met."""
    cursor: Mapped[int]
    """The last number of the project that was pulled."""
    acked: Mapped[int]
    """The last act of our chain that head office has taken, answer included."""
    last_seq: Mapped[int]
    last_hash: Mapped[bytes] = mapped_column(Digest)
    """The end of our chain."""
    offering: Mapped[bool] = mapped_column(sa.Boolean)
    """Every act that is known here is still to be offered: head office or this database came back from a backup."""
    met_at: Mapped[datetime | None]
    """When a session last came to its end."""
    trouble: Mapped[str | None]
    """Why the last one did not, as a code; NULL: it did."""
    trouble_since: Mapped[datetime | None]
    letters: Mapped[Any] = mapped_column(Json)
    """Letters of desks that head office has set aside for this database and nobody uses yet."""


class SyncLease(Local):
    """Which PC of the office talks to head office, and until when: one row."""

    __tablename__ = "sync_lease"

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    holder_id: Mapped[UUID | None]
    """The running program; NULL: nobody."""
    device_id: Mapped[UUID | None]
    token: Mapped[int]
    """Goes up with every change of the holder, so that one who slept through it is refused."""
    until: Mapped[datetime]


class HeadOfficeAddress(Local):
    """Where head office is reached and by what it is known: one row, none before the office was enrolled."""

    __tablename__ = "head_office"

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    address: Mapped[str]
    authority: Mapped[str]
    """The certificate of its own authority, PEM: no other is trusted."""
    enrolled_at: Mapped[datetime]


class RowSync(Local):
    """The clocks of one profile row: when each field was last written, and by which op."""

    __tablename__ = "row_sync"

    table_name: Mapped[str] = mapped_column(primary_key=True)
    row_id: Mapped[UUID] = mapped_column(primary_key=True)
    row_hlc: Mapped[str] = mapped_column(sa.String(24))
    fields: Mapped[Any] = mapped_column(Json)
    """{field: [hlc, op id]} for fields written after the insert."""


class FieldHistory(Local):
    """A value that lost against a later one: nothing typed disappears without a trace."""

    __tablename__ = "field_history"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    table_name: Mapped[str]
    row_id: Mapped[UUID] = mapped_column(index=True)
    field: Mapped[str]
    value: Mapped[Any] = mapped_column(Json, nullable=True)
    hlc: Mapped[str] = mapped_column(sa.String(24))
    op: Mapped[str]
    """The op that wrote it; empty: it came with the row."""
    lost_to: Mapped[str] = mapped_column(sa.String(24))
    at: Mapped[datetime]


class ConflictTask(Local):
    """Something that met across offices and needs a person."""

    __tablename__ = "conflict_task"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    table_name: Mapped[str]
    row_id: Mapped[UUID]
    detail: Mapped[Any] = mapped_column(Json)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]
