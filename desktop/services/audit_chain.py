"""One link of the audit chain: its hash over the one before, what it keeps of a changed field, and the head."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.base import table_of
from desktop.models.columns import canonical_json, to_wire
from desktop.models.trust import AuditEntry, AuditHead


def audit_hash(entry: Mapping[str, Any]) -> bytes:
    """The hash of one audit link: its predecessor's hash, then its canonical content."""
    table = table_of(AuditEntry)
    content = {
        name: to_wire(table.columns[name], value)
        for name, value in entry.items()
        if name not in ("prev", "hash", "mac")
    }
    return hashlib.sha256(entry["prev"] + canonical_json(content)).digest()


def field_digest(salt: bytes, table: str, row_id: UUID, name: str, old: Any, new: Any) -> bytes:
    """What the chain keeps of a field's before and after; without the salt it tells nothing."""
    return hashlib.sha256(salt + canonical_json([table, row_id.hex, name, old, new])).digest()


HEAD = (
    sa.select(AuditHead.n, AuditHead.hash, AuditHead.moved_to, AuditHead.moved_at)
    .where(AuditHead.id == 1)
    .with_for_update()
)
"""The last link; its row lock makes acts of several PCs queue, so the chain has no fork and none outlives a move."""


MOVE_HEAD = (
    sa.update(table_of(AuditHead))
    .where(table_of(AuditHead).c.id == 1)
    .values(n=sa.bindparam("link"), hash=sa.bindparam("its_hash"))
)
"""The new last link, given as `link` and `its_hash`."""
