"""Whether two databases hold the same office: a count and a hash for every synced table."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desktop.models.base import Nature, models, synced_columns, table_of
from desktop.models.columns import canonical_json, to_wire


def office_digest(session: Session) -> dict[str, tuple[int, str]]:
    """{table: (rows, SHA-256)} over the wire form of every synced row, ordered by id; equal on both engines."""
    result: dict[str, tuple[int, str]] = {}
    for model in models():
        if model.__nature__ not in (Nature.PROFILE, Nature.LEDGER):
            continue
        columns = synced_columns(model)
        table = table_of(model)
        digest, count = hashlib.sha256(), 0
        for row in session.execute(sa.select(*columns).order_by(table.c.id)).yield_per(1000):
            digest.update(canonical_json([to_wire(c, v) for c, v in zip(columns, row, strict=True)]))
            count += 1
        result[model.__tablename__] = (count, digest.hexdigest())
    return result
