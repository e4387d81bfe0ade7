"""Applying acts that another database made: each one whole or not at all, any number of times, in any sensible order.

Rules (SYNC-AND-SECURITY §2.7): new rows are inserted once; profile fields follow the later clock and the loser is kept;
of two states that met an end stands, else the later; money is never refused for what it says. So what two databases
hold follows from the acts alone, in whatever order they came, as long as causes come before what they caused.
Besides `Work` this is the only writer of synced tables.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.base import Base, Nature, Profile, depth_of, model_of, owner_of, synced_columns, table_of
from desktop.models.billing import Bill, BillLine
from desktop.models.columns import from_wire, to_wire
from desktop.models.offices import Device
from desktop.models.parties import Party
from desktop.models.payments import Allocation
from desktop.models.sync import ConflictTask, FieldHistory, Outbox, RowSync, SeenOp
from desktop.services.acts import Op
from desktop.services.bulk import insert_tuples
from desktop.services.derived import FINDABLE, refresh_balances, refresh_found, refresh_names
from desktop.services.keys import verify
from desktop.services.office import Office
from desktop.services.row_clocks import store_row_clock
from desktop.services.sync.clock import NEVER
from desktop.services.sync.wire import ActHeader, NotUnderstood, OpBody, WireAct, decode_body, decode_header, digest_of
from desktop.services.transitions import MACHINES
from desktop.services.work import PROGRAM, Work, begin

WATCHED_FIELDS = frozenset({"lease_term.rent", "lease_term.deposit", "person_document.number", "bank_account.number"})
"""Fields where a silent last-writer-wins would hurt somebody: a meeting of two edits also opens a task."""


_ENDS: Mapping[str, frozenset[Any]] = {machine.name: machine.terminal for machine in MACHINES}


@dataclass(slots=True)
class Applied:
    """What came of a run: acts applied, acts already known, acts put aside with the reason."""

    acts: int = 0
    known: int = 0
    aside: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Touched:
    bills: set[UUID] = field(default_factory=set)
    parties: set[UUID] = field(default_factory=set)
    found: defaultdict[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    """Rows of FINDABLE, by table."""


def apply_acts(office: Office, acts: Iterable[WireAct], trusted: Mapping[UUID, bytes] | None = None) -> Applied:
    """Bring foreign acts into this office. `trusted`: signing keys of devices not yet in the database.

    An act that is forged, for another project or not understood is put aside as a conflict task; the rest goes on.
    """
    result = Applied()
    for act in acts:
        try:
            header, bodies = _opened(office, act)
            with begin(office, PROGRAM, Op.APPLY_CHANGES) as work:
                _check_signature(work, header, act, trusted or {})
                if _apply_one(work, header, act, bodies):
                    result.acts += 1
                else:
                    result.known += 1
        except (NotUnderstood, sa.exc.IntegrityError) as trouble:
            why = trouble.why if isinstance(trouble, NotUnderstood) else "constraint"
            result.aside.append((hashlib.sha256(act.header).hexdigest()[:16], why))
            _put_aside(office, act, why)
    return result


def _opened(office: Office, act: WireAct) -> tuple[ActHeader, list[OpBody]]:
    header = decode_header(act.header)
    if header.project != office.project_id.hex:
        raise NotUnderstood("another project")
    if header.n != len(act.bodies) or header.ops != digest_of(hashlib.sha256(b).digest() for b in act.bodies).hex():
        raise NotUnderstood("ops do not match their header")
    bodies = [decode_body(raw) for raw in act.bodies]
    if any(body.act != header.act for body in bodies):
        raise NotUnderstood("op of another act")
    return header, bodies


def _check_signature(work: Work, header: ActHeader, act: WireAct, trusted: Mapping[UUID, bytes]) -> None:
    device_id = UUID(hex=header.dev)
    key = trusted.get(device_id) or work.session.scalar(sa.select(Device.signing_key).where(Device.id == device_id))
    if key is None:
        raise NotUnderstood("unknown device")
    if not verify(key, hashlib.sha256(act.header).digest(), act.sig):
        raise NotUnderstood("signature")


def _apply_one(work: Work, header: ActHeader, act: WireAct, bodies: list[OpBody]) -> bool:
    connection = work.session.connection()
    ids = [UUID(hex=body.op) for body in bodies]
    for model, column in ((SeenOp, SeenOp.op_id), (Outbox, Outbox.op_id)):
        if connection.execute(sa.select(column).select_from(table_of(model)).where(column.in_(ids))).first():
            return False
    touched = _Touched()
    # What makes room comes first: a renewal that begins early cuts the old lease's days before the new one takes them.
    for body in sorted(bodies, key=lambda body: body.k == "ins"):
        work.office.clock.see(body.h)
        if body.k == "ins":
            _insert(work, header, body, touched)
        else:
            _set(work, body, touched)
        work.touch(body.t)
    refresh_balances(work.session, touched.bills)
    refresh_names(work.session, touched.parties)
    for table, found in touched.found.items():
        refresh_found(work.session, table, found)
    insert_tuples(
        connection,
        table_of(SeenOp),
        ["op_id", "act_id", "device_id", "body", "body_sha", "sig", "applied_at"],
        [
            (op_id, UUID(hex=header.act), UUID(hex=header.dev), raw, hashlib.sha256(raw).digest(), act.sig, work.at)
            for op_id, raw in zip(ids, act.bodies, strict=True)
        ],
    )
    work.record(act=header.act, op=header.op, ops=len(bodies))
    return True


def _model(name: str) -> type[Base]:
    try:
        model = model_of(name)
    except KeyError as error:
        raise NotUnderstood(f"table {name}") from error
    if model.__nature__ not in (Nature.PROFILE, Nature.LEDGER):
        raise NotUnderstood(f"{name} does not travel")
    return model


def _insert(work: Work, header: ActHeader, body: OpBody, touched: _Touched) -> None:
    _insert_rows(work, header, _model(body.t), [body.set], touched)
    inside = {(body.t, body.pk)}
    parts = [(_model(table_name), rows) for table_name, rows in body.parts.items()]
    for model, rows in sorted(parts, key=lambda part: depth_of(part[0])):
        table_name = model.__tablename__
        for row in rows:
            if owner_of(model, defaultdict(str, row)) not in inside:
                raise NotUnderstood(f"{table_name} is no part of {body.t}")
        inside |= {(table_name, str(row.get("id"))) for row in rows}
        _insert_rows(work, header, model, rows, touched)
        work.touch(table_name)


def _insert_rows(
    work: Work, header: ActHeader, model: type[Base], rows: Iterable[Mapping[str, Any]], touched: _Touched
) -> None:
    connection = work.session.connection()
    table = table_of(model)
    columns = synced_columns(model)
    at = datetime.fromisoformat(header.at)
    implied: dict[str, Any] = {
        "project_id": work.office.project_id,
        "created_at": at,
        "updated_at": at,
        "created_by": None if header.who is None else UUID(hex=header.who),
    }
    # An older program knows nothing of columns that came later: they hold what they begin with.
    begin_with = {c.name: c.default.arg for c in columns if isinstance(c.default, sa.ColumnDefault)} | implied
    made = []
    for row in rows:
        unknown = row.keys() - {c.name for c in columns}
        if unknown:
            raise NotUnderstood(f"{model.__tablename__}.{min(unknown)}")
        values = [from_wire(c, row[c.name]) if row.get(c.name) is not None else begin_with.get(c.name) for c in columns]
        made.append(tuple(values))
        _note(model, dict(zip([c.name for c in columns], values, strict=True)), touched)
    position = [c.name for c in columns].index("id")
    present = set(connection.scalars(sa.select(table.c.id).where(table.c.id.in_([row[position] for row in made]))))
    fresh = [row for row in made if row[position] not in present]
    names = [c.name for c in columns]
    if issubclass(model, Profile):
        names.append("version")
        fresh = [(*row, 1) for row in fresh]
    insert_tuples(connection, table, names, fresh)


def _note(model: type[Base], values: Mapping[str, Any], touched: _Touched) -> None:
    if model is Bill:
        touched.bills.add(values["id"])
    elif model is BillLine or model is Allocation:
        touched.bills.add(values["bill_id"])
    elif model is Party:
        touched.parties.add(values["id"])
    elif model.__tablename__ in FINDABLE:
        touched.found[model.__tablename__].add(values["id"])


def _set(work: Work, body: OpBody, touched: _Touched) -> None:
    model = _model(body.t)
    if model.__nature__ is not Nature.PROFILE:
        raise NotUnderstood(f"{body.t} is a ledger")
    connection, table, row_id = work.session.connection(), table_of(model), UUID(hex=body.pk)
    columns = {c.name: c for c in synced_columns(model)}
    unknown = body.set.keys() - columns.keys()
    if unknown:
        raise NotUnderstood(f"{body.t}.{min(unknown)}")
    current = connection.execute(sa.select(table).where(table.c.id == row_id).with_for_update()).mappings().first()
    if current is None:
        raise NotUnderstood(f"{body.t} {body.pk} is not here")
    clocks: dict[str, list[str]] = (
        connection.execute(
            sa.select(RowSync.fields).where(RowSync.table_name == body.t, RowSync.row_id == row_id)
        ).scalar()
        or {}
    )
    winners: dict[str, Any] = {}
    changes: list[tuple[str, Any, Any]] = []
    ends = _ENDS.get(model.__machine__ or "", frozenset())
    for name, value in body.set.items():
        mine = clocks.get(name, [NEVER, ""])
        old = to_wire(columns[name], current[name])
        # Two states that met are told apart by what both sides know whichever came first: an end stands over a state
        # from which one may still go on, of two alike the later.
        moved = name == "state" and body.k == "trn"
        theirs, ours = (moved and value in ends, body.h, body.op), (moved and old in ends, mine[0], mine[1])
        unseen = mine[0] != body.old.get(name, NEVER)  # the other side had not seen what stands here
        if moved and unseen and old != value:
            _task(work, "transition", body.t, row_id, {"from": body.was, "to": value, "is": old, "op": body.op})
        if theirs <= ours:
            _lost(work, body.t, row_id, name, value, body.h, mine[0])
            continue
        if unseen:
            _lost(work, body.t, row_id, name, old, mine[0], body.h)
            if f"{body.t}.{name}" in WATCHED_FIELDS:
                _task(work, "edited_twice", body.t, row_id, {"field": name, "op": body.op})
        winners[name] = from_wire(columns[name], value)
        clocks[name] = [body.h, body.op]
        if name != "updated_at":
            changes.append((name, old, value))
    if winners:
        connection.execute(sa.update(table).where(table.c.id == row_id).values(**winners, version=table.c.version + 1))
        store_row_clock(connection, body.t, row_id, max(entry[0] for entry in clocks.values()), clocks)
        work.note_foreign(body.t, row_id, changes)
    _note(model, {"id": row_id}, touched)


def _lost(work: Work, table: str, row_id: UUID, name: str, value: Any, hlc: str, lost_to: str) -> None:
    insert_tuples(
        work.session.connection(),
        table_of(FieldHistory),
        ["id", "table_name", "row_id", "field", "value", "hlc", "lost_to", "at"],
        [(work.world.new_id(), table, row_id, name, value, hlc, lost_to, work.at)],
    )


def _task(work: Work, kind: str, table: str, row_id: UUID, detail: dict[str, Any]) -> None:
    insert_tuples(
        work.session.connection(),
        table_of(ConflictTask),
        ["id", "kind", "table_name", "row_id", "detail", "opened_at"],
        [(work.world.new_id(), kind, table, row_id, detail, work.at)],
    )


def _put_aside(office: Office, act: WireAct, why: str) -> None:
    with begin(office, PROGRAM, Op.APPLY_CHANGES) as work:
        key = UUID(bytes=hashlib.sha256(act.header).digest()[:16])
        known = work.session.scalar(
            sa.select(ConflictTask.id).where(ConflictTask.kind == "quarantined", ConflictTask.row_id == key)
        )
        if known is not None:
            return
        _task(work, "quarantined", "outbox", key, {"why": why, "header": act.header.hex()})
        work.record(aside=why)
