"""Applying acts that other databases made: each one whole or not at all, any number of times, in any sensible order.

A page of acts is one transaction, with the cursor behind it. Where one act of a page does not go in, the page is taken
act by act: that one waits with its reason, and is tried again whenever something else came in. An act that is forged or
broken never waits: it is told as a task and that is all.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa

from desktop.ids import id_of_hex
from desktop.models.base import table_of
from desktop.models.columns import Digest
from desktop.models.offices import Device
from desktop.models.sync import ConflictTask, OutboxAct, SeenAct
from desktop.services.acts import Op
from desktop.services.asked import CHUNK
from desktop.services.bulk import insert_tuples
from desktop.services.keys import Vault, verify
from desktop.services.office import Office
from desktop.services.sync.incoming import Incoming
from desktop.services.sync.meeting import open_task
from desktop.services.sync.wire import ActHeader, NotUnderstood, OpBody, WireAct, decode_body, decode_header, digest_of
from desktop.services.work import PROGRAM, Work, begin

PAGE = 500
_OPS = msgspec.msgpack
Then = Callable[[Work], None]
"""What belongs to the same transaction: moving the cursor."""


class Forged(NotUnderstood):
    """An act that no waiting makes better."""


@dataclass(frozen=True, slots=True)
class Coming:
    """An act as it came. `clock`: the one that counts, where its own was ahead; `place`: its number at head office."""

    act: WireAct
    clock: str | None = None
    place: int = 0


@dataclass(slots=True)
class Applied:
    """What came of a run: acts applied, acts already known, acts that wait or were refused, with the reason."""

    acts: int = 0
    known: int = 0
    aside: list[tuple[str, str]] = field(default_factory=list)

    def add(self, other: Applied) -> None:
        self.acts += other.acts
        self.known += other.known
        self.aside += other.aside


@dataclass(frozen=True, slots=True)
class _Opened:
    coming: Coming
    header: ActHeader
    bodies: Sequence[OpBody]
    act_id: UUID


def apply_acts(office: Office, acts: Iterable[WireAct], trusted: Mapping[UUID, bytes] | None = None) -> Applied:
    """Bring foreign acts into this office. `trusted`: signing keys of devices not yet in the database."""
    result, waiting = Applied(), [Coming(act) for act in acts]
    for start in range(0, len(waiting), PAGE):
        result.add(apply_page(office, waiting[start : start + PAGE], trusted))
    return result


def apply_page(
    office: Office, page: Sequence[Coming], trusted: Mapping[UUID, bytes] | None = None, then: Then | None = None
) -> Applied:
    """Bring a page of foreign acts in, and then what belongs to it, `then`: all of it or, act by act, what can be."""
    trusted = trusted or {}
    try:
        return _together(office, page, trusted, then)
    except (NotUnderstood, sa.exc.IntegrityError):
        result = Applied()
    for coming in page:
        result.add(_alone(office, coming, trusted))
    if result.acts:
        again = apply_waiting(office, trusted)
        result.acts += again.acts
    if then is not None:
        _together(office, (), trusted, then)
    return result


def apply_waiting(office: Office, trusted: Mapping[UUID, bytes] | None = None) -> Applied:
    """Try again what waits, as long as something goes in. Returns what did."""
    result = Applied()
    while waiting := _waiting(office):
        before = result.acts
        for coming in waiting:
            result.acts += _alone(office, coming, trusted or {}).acts
        if result.acts == before:
            break
    return result


def _waiting(office: Office) -> list[Coming]:
    with office.reading() as session:
        rows = session.execute(
            sa.select(SeenAct.header, SeenAct.sig, SeenAct.ops, SeenAct.clock, SeenAct.place)
            .where(SeenAct.applied_at.is_(None))
            .order_by(SeenAct.place)
        ).all()
    return [
        Coming(WireAct(bytes(row.header), row.sig, _OPS.decode(row.ops, type=list[bytes])), row.clock, row.place)
        for row in rows
    ]


def _alone(office: Office, coming: Coming, trusted: Mapping[UUID, bytes]) -> Applied:
    """One act in a transaction of its own; one that does not go in is kept to be tried again."""
    try:
        return _together(office, (coming,), trusted, None)
    except (NotUnderstood, sa.exc.IntegrityError) as trouble:
        why = trouble.why if isinstance(trouble, NotUnderstood) else "constraint"
        _put_aside(office, coming, why, forged=isinstance(trouble, Forged))
        return Applied(aside=[(_name_of(coming), why)])


def _together(
    office: Office, page: Sequence[Coming], trusted: Mapping[UUID, bytes], then: Then | None
) -> Applied:  # fmt: skip
    result = Applied()
    opened = [_opened(office, coming) for coming in page]
    with begin(office, PROGRAM, Op.APPLY_CHANGES) as work:
        work.authorised += 1  # what was allowed where it was done is not asked for again
        known = _known(work, [each.act_id for each in opened])
        devices = work.session.execute(sa.select(Device.id, Device.signing_key))
        keys = dict(trusted) | {row.id: row.signing_key for row in devices}
        incoming, fresh = Incoming(work), list[_Opened]()
        for each in opened:
            if each.act_id in known:
                result.known += 1
                continue
            known.add(each.act_id)
            _check_signature(each, keys, work.vault)
            keys |= {
                id_of_hex(body.pk): Digest().from_wire(body.set["signing_key"])
                for body in each.bodies
                if body.t == "device" and body.k == "ins"
            }
            incoming.take(each.header, each.bodies, each.coming.clock)
            fresh.append(each)
        if fresh:
            incoming.settle()
            _keep(work, fresh)
            work.record(acts=len(fresh), ops=sum(len(each.bodies) for each in fresh))
        result.acts += len(fresh)
        if then is not None:
            then(work)
    return result


def _opened(office: Office, coming: Coming) -> _Opened:
    act = coming.act
    try:
        header = decode_header(act.header)
    except NotUnderstood as trouble:
        raise Forged(trouble.why) from trouble
    if header.project != office.project_id.hex:
        raise Forged("another project")
    if header.n != len(act.bodies) or header.ops != digest_of(hashlib.sha256(b).digest() for b in act.bodies).hex():
        raise Forged("ops do not match their header")
    bodies = [decode_body(raw) for raw in act.bodies]
    if any(body.act != header.act for body in bodies):
        raise Forged("op of another act")
    return _Opened(coming, header, bodies, id_of_hex(header.act))


def _check_signature(opened: _Opened, keys: Mapping[UUID, bytes], vault: Vault) -> None:
    device_id = id_of_hex(opened.header.dev)
    key = keys.get(device_id) or _vouched(opened, device_id, vault)
    if key is None:
        raise NotUnderstood("unknown device")  # the act that lets it in may still come
    if not verify(key, hashlib.sha256(opened.coming.act.header).digest(), opened.coming.act.sig):
        raise Forged("signature")


def _vouched(opened: _Opened, device_id: UUID, vault: Vault) -> bytes | None:
    """The key of a PC that lets itself in: whoever has the project's keys may."""
    for body in opened.bodies:
        if body.t == "device" and body.k == "ins" and body.pk == device_id.hex and body.set.get("vouch") is not None:
            told = {name: Digest().from_wire(body.set[name]) for name in ("signing_key", "wrapping_key", "vouch")}
            right = vault.vouch(device_id, told["signing_key"], told["wrapping_key"])
            if hmac.compare_digest(right, told["vouch"]):
                return told["signing_key"]
    return None


def _known(work: Work, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these acts were made here or are applied already."""
    connection, found = work.session.connection(), set[UUID]()
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        found |= set(connection.scalars(sa.select(OutboxAct.act_id).where(OutboxAct.act_id.in_(some))))
        seen = sa.select(SeenAct.act_id).where(SeenAct.act_id.in_(some), SeenAct.applied_at.is_not(None))
        found |= set(connection.scalars(seen))
    return found


_COLUMNS = ["act_id", "place", "device_id", "header", "sig", "ops", "clock", "came_at", "applied_at", "why"]


def _row(each: _Opened, came_at: datetime, applied_at: datetime | None, why: str | None) -> tuple[object, ...]:
    act = each.coming.act
    return (
        each.act_id, each.coming.place, id_of_hex(each.header.dev), act.header, act.sig,
        _OPS.encode(list(act.bodies)), each.coming.clock, came_at, applied_at, why,
    )  # fmt: skip


def _keep(work: Work, fresh: Sequence[_Opened]) -> None:
    """Keep applied acts as they were signed; those among them that waited wait no more."""
    connection, table = work.session.connection(), table_of(SeenAct)
    for start in range(0, len(fresh), CHUNK):
        ids = [each.act_id for each in fresh[start : start + CHUNK]]
        connection.execute(sa.delete(table).where(table.c.act_id.in_(ids)))
    insert_tuples(connection, table, _COLUMNS, [_row(each, work.at, work.at, None) for each in fresh])


def _put_aside(office: Office, coming: Coming, why: str, *, forged: bool) -> None:
    """Let an act wait, or tell of one that is forged; once each."""
    key = UUID(bytes=hashlib.sha256(coming.act.header).digest()[:16])
    with begin(office, PROGRAM, Op.APPLY_CHANGES) as work:
        work.authorised += 1
        connection, table = work.session.connection(), table_of(SeenAct)
        if not forged:
            each = _waiting_as(office, coming)
            same = sa.select(table.c.header, table.c.why).where(table.c.act_id == each.act_id)
            there = connection.execute(same).first()
            if there is not None and bytes(there.header) == coming.act.header and there.why == why:
                return
            work.derive(sa.delete(table).where(table.c.act_id == each.act_id), "seen_act")
            insert_tuples(connection, table, _COLUMNS, [_row(each, work.at, None, why)])
        else:
            known = sa.select(ConflictTask.id).where(ConflictTask.kind == "quarantined", ConflictTask.row_id == key)
            if connection.scalar(known) is not None:
                return
            open_task(work, "quarantined", "outbox", key, {"why": why, "header": coming.act.header.hex()})
        work.record(aside=why)


def _waiting_as(office: Office, coming: Coming) -> _Opened:
    """An act that is whole but not all understood."""
    header = decode_header(coming.act.header)
    return _Opened(coming, header, (), id_of_hex(header.act))


def _name_of(coming: Coming) -> str:
    return hashlib.sha256(coming.act.header).hexdigest()[:16]
