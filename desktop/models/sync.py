"""The bookkeeping of sync: outgoing ops, ops seen, clocks of rows, losers of conflicts."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from desktop.models.base import Local
from desktop.models.columns import Digest, Json


class OutboxAct(Local):
    """An act that waits to be sent, with its signature; its ops stand in outbox."""

    __tablename__ = "outbox_act"

    lid: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    act_id: Mapped[UUID] = mapped_column(unique=True)
    header: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """Exact bytes of the act's header on the wire."""
    sig: Mapped[bytes] = mapped_column(Digest)
    created_at: Mapped[datetime]


class Outbox(Local):
    """One op, with its exact bytes. Sealed later by the one lease holder: seq and hash chain."""

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
    seq: Mapped[int | None] = mapped_column(unique=True)
    hash: Mapped[bytes | None] = mapped_column(Digest)
    acked_at: Mapped[datetime | None]


class SeenOp(Local):
    """A foreign op that was applied: applying it again does nothing."""

    __tablename__ = "seen_op"

    op_id: Mapped[UUID] = mapped_column(primary_key=True)
    act_id: Mapped[UUID] = mapped_column(index=True)
    device_id: Mapped[UUID]
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
    body_sha: Mapped[bytes] = mapped_column(Digest)
    sig: Mapped[bytes] = mapped_column(Digest)
    applied_at: Mapped[datetime]


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
