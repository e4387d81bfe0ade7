"""The audit chain: every act hangs on the one before it, and the verifier names the first link that does not hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.base import table_of
from desktop.models.offices import Device
from desktop.models.sync import Outbox, OutboxAct
from desktop.models.trust import AuditEntry, AuditHead, FieldChange
from desktop.models.values import Right
from desktop.services.acts import OP_WORDS, Op
from desktop.services.audit_chain import audit_hash, field_digest
from desktop.services.keys import verify
from desktop.services.rights import needs
from desktop.services.sync.wire import digest_of
from desktop.services.timeline import approver_names
from desktop.services.work import Look

FIRST_LINK = hashlib.sha256(b"anju-desk audit chain v1").digest()
"""What the first entry hangs on."""


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain does not hold: the number of the entry, and what is wrong there."""

    n: int
    what: str

    def __str__(self) -> str:
        return f"第 {self.n} 条：{self.what}"


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What the verifier saw: entries walked, the end of the chain, and the breaks found."""

    entries: int
    head: str
    breaks: tuple[Break, ...]


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One act, for reading."""

    n: int
    at: datetime
    who: str
    what: str
    subject_table: str | None
    subject_id: UUID | None
    facts: dict[str, Any]


@needs(Right.SEE_AUDIT)
def verify_chain(look: Look, anchor: tuple[int, bytes] | None = None) -> ChainReport:
    """Walk the whole chain: hashes, keyed digests, ops, field changes, signatures and the end.

    `anchor`: (n, hash) noted elsewhere,
    e.g. in a backup or on paper: a chain cut shorter or made anew does not contain it.
    """
    return _verify(look, anchor)


def _verify(look: Look, anchor: tuple[int, bytes] | None) -> ChainReport:
    session, breaks = look.session, []
    table = table_of(AuditEntry)
    ops = _digests(look, table_of(Outbox).c.act_id, table_of(Outbox).c.body, table_of(Outbox).c.body_sha)
    bad_ops = {act_id for act_id, (_, sound) in ops.items() if not sound}
    changes, bad_changes = _change_digests(look)
    keys = {row.id: row.signing_key for row in session.execute(sa.select(Device.id, Device.signing_key))}
    headers = {
        a: (bytes(h), bytes(s))
        for a, h, s in session.execute(sa.select(OutboxAct.act_id, OutboxAct.header, OutboxAct.sig))
    }
    prev, expected, last = FIRST_LINK, 1, FIRST_LINK
    for row in session.execute(sa.select(table).order_by(table.c.n)).mappings().yield_per(500):
        entry = dict(row)
        n = entry["n"]
        if n != expected:
            breaks.append(Break(n, f"前面缺 {n - expected} 条"))
            expected = n
        if entry["prev"] != prev:
            breaks.append(Break(n, "与上一条接不上"))
        if audit_hash(entry) != entry["hash"]:
            breaks.append(Break(n, "内容被改动"))
        if look.vault.audit_mac(entry["hash"]) != entry["mac"]:
            breaks.append(Break(n, "密钥校验不符"))
        act_id = entry["act_id"]
        if entry["op_count"] and act_id in ops:
            if act_id in bad_ops or digest_of(ops[act_id][0]) != entry["ops_sha"]:
                breaks.append(Break(n, "对应的变更内容被改动"))
            header, sig = headers.get(act_id, (b"", b""))
            key = keys.get(entry["device_id"])
            if key is None or not verify(key, hashlib.sha256(header).digest(), sig) or sig != entry["sig"]:
                breaks.append(Break(n, "终端签名不符"))
        if act_id in bad_changes or digest_of(sorted(changes.get(act_id, []))) != entry["changes_sha"]:
            breaks.append(Break(n, "修改前后的内容被改动"))
        if anchor is not None and n == anchor[0] and entry["hash"] != anchor[1]:
            breaks.append(Break(n, "与留存的锚点不符"))
        prev = last = entry["hash"]
        expected = n + 1
    head = session.execute(sa.select(AuditHead.n, AuditHead.hash)).one()
    if head.n != expected - 1 or head.hash != last:
        breaks.append(Break(expected, "链尾被截断"))
    if anchor is not None and anchor[0] >= expected:
        breaks.append(Break(expected, f"锚点在第 {anchor[0]} 条，链只到第 {expected - 1} 条"))
    return ChainReport(expected - 1, last.hex(), tuple(breaks))


def _digests(look: Look, act: Any, body: Any, sha: Any) -> dict[UUID, tuple[list[bytes], bool]]:
    found: dict[UUID, tuple[list[bytes], bool]] = {}
    table = table_of(Outbox)
    for act_id, raw, digest in look.session.execute(sa.select(act, body, sha).order_by(table.c.lid)).yield_per(500):
        shas, sound = found.get(act_id, ([], True))
        shas.append(digest)
        found[act_id] = (shas, sound and hashlib.sha256(bytes(raw)).digest() == digest)
    return found


def _change_digests(look: Look) -> tuple[dict[UUID, list[bytes]], set[UUID]]:
    found: dict[UUID, list[bytes]] = {}
    bad: set[UUID] = set()
    for row in look.session.execute(sa.select(table_of(FieldChange))).mappings().yield_per(500):
        found.setdefault(row["act_id"], []).append(row["digest"])
        # With the salt erased the content is gone by right; its digest still stands in the chain.
        if row["salt"] is not None and row["digest"] != field_digest(
            row["salt"], row["table_name"], row["row_id"], row["field"], row["old"], row["new"]
        ):
            bad.add(row["act_id"])
    return found, bad


@needs(Right.SEE_AUDIT)
def audit_size(look: Look) -> int:
    """How many entries the chain has: the number of the latest one."""
    return int(look.session.scalar(sa.select(AuditHead.n)) or 0)


@needs(Right.SEE_AUDIT)
def list_audit(
    look: Look, before: int | None = None, limit: int = 100, subject_id: UUID | None = None
) -> list[AuditRow]:
    """The latest acts, newest first, below entry number `before`."""
    query = sa.select(AuditEntry, StaffMember.name).outerjoin(StaffMember, StaffMember.id == AuditEntry.actor_id)
    if before is not None:
        query = query.where(AuditEntry.n < before)
    if subject_id is not None:
        query = query.where(AuditEntry.subject_id == subject_id)
    return list(_rows(look, query.order_by(AuditEntry.n.desc()).limit(limit)))


def _rows(look: Look, query: Any) -> Iterator[AuditRow]:
    found = look.session.execute(query).all()
    approvers = approver_names(look, [entry.facts for entry, _ in found])
    for entry, name in found:
        facts = dict(entry.facts)
        if facts.get("approved_by") in approvers:
            facts["approved_by"] = approvers[facts["approved_by"]]
        words = OP_WORDS.get(Op(entry.op), entry.op) if entry.op in set(Op) else entry.op
        yield AuditRow(entry.n, entry.at, name or "程序", words, entry.subject_table, entry.subject_id, facts)
