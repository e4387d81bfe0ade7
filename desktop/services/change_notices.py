"""Change notices 变更通知 between the PCs of a shared office: after a commit, which tables it touched and who said so.

The program that did it tells its own pages directly; the origin in the notice lets it pass over the echo.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa

CHANNEL = "anju_changed"
MOST_BYTES = 7900
"""PostgreSQL refuses a payload of 8,000 bytes and takes the whole transaction with it."""

_programs = itertools.count(1)


def new_origin(device_id: UUID) -> str:
    """A name for one open office of one running program; no other PC or program has it."""
    return f"{device_id.hex}.{os.getpid()}.{next(_programs)}"


def payload(origin: str, tables: Iterable[str]) -> str:
    """What goes over the line; too many tables are told as "all"."""
    names = ",".join(sorted(tables))
    return f"{origin}|{names if len(names) < MOST_BYTES - len(origin) else ''}"


def understood(text: str) -> tuple[str, frozenset[str]]:
    """(origin, tables) of a notice; no table means that all may have changed, also when nobody understands it."""
    origin, _, names = text.partition("|")
    return origin, frozenset(filter(None, names.split(",")))


def tell_others(connection: sa.Connection, origin: str, tables: Iterable[str]) -> None:
    """Send a notice with the commit of this transaction; an embedded office has nobody to tell."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            sa.text("SELECT pg_notify(:channel, :told)"), {"channel": CHANNEL, "told": payload(origin, tables)}
        )
