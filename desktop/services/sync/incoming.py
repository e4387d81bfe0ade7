"""Foreign changes on their way into the tables: rows that are new, fields that follow the later clock, what met.

Besides `Work` and `reclock` this is the only writer of synced tables. Rules (SYNC-AND-SECURITY §2.7, decision 0016): a
row is inserted once; a field follows the later clock and the loser is kept; of two states that met an end stands, else
the later; money is never refused for what it says. What comes of it follows from the acts alone, not from their order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.ids import id_of_hex
from desktop.models.base import Base, Meets, Nature, Profile, depth_of, model_of, owner_of, synced_columns, table_of
from desktop.models.billing import Bill, BillLine
from desktop.models.columns import canonical_json, from_wire, to_wire
from desktop.models.parties import Party
from desktop.models.payments import Allocation
from desktop.models.sync import RowSync
from desktop.services.asked import CHUNK
from desktop.services.bulk import insert_tuples
from desktop.services.derived import FINDABLE, refresh_balances, refresh_found, refresh_names
from desktop.services.row_clocks import store_row_clock
from desktop.services.sync.clock import NEVER
from desktop.services.sync.meeting import find_meetings, keep_loser, open_task
from desktop.services.sync.wire import ActHeader, NotUnderstood, OpBody
from desktop.services.transitions import MACHINES
from desktop.services.work import Work

WATCHED_FIELDS = frozenset({"lease_term.rent", "lease_term.deposit", "person_document.number", "bank_account.number"})
"""Fields where a silent last-writer-wins would hurt somebody: a meeting of two edits also opens a task."""

_ENDS: Mapping[str, frozenset[Any]] = {machine.name: machine.terminal for machine in MACHINES}

Rank = tuple[bool, str, str]
"""What decides between two values of a field: an end of a machine, the clock, the op."""


def rank_of(model: type[Base], name: str, value: Any, clock: str, op: str) -> Rank:
    """How a value of a field stands against another of the same field; the higher one holds."""
    ends = name == "state" and value in _ENDS.get(model.__machine__ or "", ())
    return ends, clock, op


def mark_of(row_id: UUID) -> int:
    """What stands in `arrived` of a row that came from elsewhere: another number for each row, never 0."""
    return row_id.int & ((1 << 62) - 1) or 1


def travelling_model(name: str) -> type[Base]:
    """The class of a table that travels. Raises NotUnderstood."""
    try:
        model = model_of(name)
    except KeyError as error:
        raise NotUnderstood(f"table {name}") from error
    if model.__nature__ not in (Nature.PROFILE, Nature.LEDGER):
        raise NotUnderstood(f"{name} does not travel")
    return model


@dataclass(slots=True)
class _Touched:
    bills: set[UUID] = field(default_factory=set)
    parties: set[UUID] = field(default_factory=set)
    found: defaultdict[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    """Rows of FINDABLE, by table."""
    meeting: defaultdict[type[Base], set[UUID]] = field(default_factory=lambda: defaultdict(set))
    """Rows whose keys others may have as well."""


class Incoming:
    """Acts of other databases in one transaction: `take` each, then `settle`."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._connection = work.session.connection()
        self._rows: defaultdict[type[Base], list[tuple[Any, ...]]] = defaultdict(list)
        """New rows that wait to be stored together."""
        self._touched = _Touched()

    def take(self, header: ActHeader, bodies: Iterable[OpBody], clock: str | None = None) -> None:
        """One act; `clock`: the one that counts, where its own was ahead. Raises NotUnderstood."""
        # What makes room comes first: a renewal that begins early cuts the old lease's days before the new one takes
        # them.
        for body in sorted(bodies, key=lambda body: body.k == "ins"):
            told = clock or body.h
            self._work.office.clock.see(told)
            if body.k == "ins":
                self._gather(header, body)
            else:
                self._set(body, told)
            self._work.touch(body.t)

    def settle(self) -> None:
        """Store what waits, and bring in step what is computed from it."""
        self._store()
        session = self._work.session
        refresh_balances(session, self._touched.bills)
        refresh_names(session, self._touched.parties)
        for table, found in self._touched.found.items():
            refresh_found(session, table, found)
        for model, ids in self._touched.meeting.items():
            find_meetings(self._work, model, ids)

    # ---- new rows ------------------------------------------------------------------------------------------------

    def _gather(self, header: ActHeader, body: OpBody) -> None:
        self._rows_of(header, travelling_model(body.t), [body.set])
        inside = {(body.t, body.pk)}
        parts = [(travelling_model(table_name), rows) for table_name, rows in body.parts.items()]
        for model, rows in sorted(parts, key=lambda part: depth_of(part[0])):
            table_name = model.__tablename__
            for row in rows:
                if owner_of(model, defaultdict(str, row)) not in inside:
                    raise NotUnderstood(f"{table_name} is no part of {body.t}")
            inside |= {(table_name, str(row.get("id"))) for row in rows}
            self._rows_of(header, model, rows)
            self._work.touch(table_name)

    def _rows_of(self, header: ActHeader, model: type[Base], rows: Iterable[Mapping[str, Any]]) -> None:
        at = datetime.fromisoformat(header.at)
        implied: dict[str, Any] = {
            "project_id": self._work.office.project_id,
            "created_at": at,
            "updated_at": at,
            "created_by": None if header.who is None else id_of_hex(header.who),
        }
        shape = _shape(model)
        for row in rows:
            if unknown := row.keys() - shape.names:
                raise NotUnderstood(f"{model.__tablename__}.{min(unknown)}")
            values = shape.values(row, implied)
            self._rows[model].append(values)
            self._note(model, values[shape.id_at], values, shape)

    def _note(self, model: type[Base], row_id: UUID, values: Sequence[Any], shape: _Shape) -> None:
        if model is Bill:
            self._touched.bills.add(row_id)
        elif model is BillLine or model is Allocation:
            self._touched.bills.add(values[shape.places["bill_id"]])
        elif model is Party:
            self._touched.parties.add(row_id)
        elif model.__tablename__ in FINDABLE:
            self._touched.found[model.__tablename__].add(row_id)

    def _store(self) -> None:
        for model in sorted(self._rows, key=_order):
            shape, rows = _shape(model), {row[_shape(model).id_at]: row for row in reversed(self._rows[model])}
            present = self._present(model, list(rows))
            fresh = [row for row_id, row in rows.items() if row_id not in present]
            names: list[str] = list(shape.columns)
            if issubclass(model, Profile):
                names.append("version")
                fresh = [(*row, 1) for row in fresh]
            if issubclass(model, Meets):
                names.append("arrived")
                fresh = [(*row, mark_of(row[shape.id_at])) for row in fresh]
                self._touched.meeting[model].update(row[shape.id_at] for row in fresh)
            insert_tuples(self._connection, table_of(model), names, fresh[::-1])
            for row in self._rows[model] if issubclass(model, Profile) else ():
                # Two databases made the row under one name, or one act brought it twice.
                if row is not rows[row[shape.id_at]] or row[shape.id_at] in present:
                    self._merge(model, row)
        self._rows.clear()

    def _present(self, model: type[Base], ids: Sequence[UUID]) -> set[UUID]:
        column, found = table_of(model).c.id, set[UUID]()
        for start in range(0, len(ids), CHUNK):
            found |= set(self._connection.scalars(sa.select(column).where(column.in_(ids[start : start + CHUNK]))))
        return found

    def _merge(self, model: type[Base], row: tuple[Any, ...]) -> None:
        """A row that was made elsewhere as well: the later made holds, as far as nobody has changed a field since."""
        table, shape = table_of(model), _shape(model)
        row_id = row[shape.id_at]
        current = self._connection.execute(sa.select(table).where(table.c.id == row_id).with_for_update()).mappings()
        mine, clocks = current.one(), self._clocks(model, row_id)
        made = row[shape.places["created_at"]]
        winners: dict[str, Any] = {}
        for name, value in zip(shape.columns, row, strict=True):
            old, new = to_wire(table.c[name], mine[name]), to_wire(table.c[name], value)
            if old == new or name in clocks:
                continue
            newer = made > mine["created_at"] or (
                made == mine["created_at"] and canonical_json(new) > canonical_json(old)
            )
            if newer:
                winners[name] = value
            if name not in _OF_EVERY_ROW:
                keep_loser(self._work, table.name, row_id, name, old if newer else new, (NEVER, ""), NEVER)
        if winners:
            self._connection.execute(
                sa.update(table).where(table.c.id == row_id).values(**winners, **_marked(model, row_id))
            )
            self._note(model, row_id, row, shape)

    # ---- fields --------------------------------------------------------------------------------------------------

    def _clocks(self, model: type[Base], row_id: UUID) -> dict[str, list[str]]:
        found: dict[str, list[str]] | None = self._connection.execute(
            sa.select(RowSync.fields).where(RowSync.table_name == model.__tablename__, RowSync.row_id == row_id)
        ).scalar()
        return found or {}

    def _set(self, body: OpBody, clock: str) -> None:
        model = travelling_model(body.t)
        if model.__nature__ is not Nature.PROFILE:
            raise NotUnderstood(f"{body.t} is a ledger")
        if model in self._rows:
            self._store()
        table, row_id = table_of(model), id_of_hex(body.pk)
        columns = {c.name: c for c in synced_columns(model)}
        if unknown := body.set.keys() - columns.keys():
            raise NotUnderstood(f"{body.t}.{min(unknown)}")
        current = self._connection.execute(sa.select(table).where(table.c.id == row_id).with_for_update())
        row = current.mappings().first()
        if row is None:
            raise NotUnderstood(f"{body.t} {body.pk} is not here")
        clocks = self._clocks(model, row_id)
        winners: dict[str, Any] = {}
        changes: list[tuple[str, Any, Any]] = []
        for name, value in body.set.items():
            mine = clocks.get(name, [NEVER, ""])
            old = to_wire(columns[name], row[name])
            unseen = mine[0] != body.old.get(name, NEVER)  # the other side had not seen what stands here
            if name == "state" and body.k == "trn" and unseen and old != value:
                open_task(
                    self._work, "transition", body.t, row_id, {"from": body.was, "to": value, "is": old, "op": body.op}
                )
            if rank_of(model, name, value, clock, body.op) <= rank_of(model, name, old, mine[0], mine[1]):
                keep_loser(self._work, body.t, row_id, name, value, (clock, body.op), mine[0])
                continue
            if unseen:
                keep_loser(self._work, body.t, row_id, name, old, (mine[0], mine[1]), clock)
                if f"{body.t}.{name}" in WATCHED_FIELDS:
                    open_task(self._work, "edited_twice", body.t, row_id, {"field": name, "op": body.op})
            winners[name] = from_wire(columns[name], value)
            clocks[name] = [clock, body.op]
            if name != "updated_at":
                changes.append((name, old, value))
        if winners:
            self._connection.execute(
                sa.update(table)
                .where(table.c.id == row_id)
                .values(**winners, version=table.c.version + 1, **_marked(model, row_id))
            )
            store_row_clock(self._connection, body.t, row_id, max(entry[0] for entry in clocks.values()), clocks)
            self._work.note_foreign(body.t, row_id, changes)
            if issubclass(model, Meets):
                self._touched.meeting[model].add(row_id)
        shape = _shape(model)
        self._note(model, row_id, [row[name] for name in shape.columns], shape)


_OF_EVERY_ROW = frozenset({"created_at", "updated_at", "created_by"})
"""Columns whose loser nobody will ask for."""


def _marked(model: type[Base], row_id: UUID) -> dict[str, Any]:
    """A row that others changed is no longer one that was written here alone: its unique keys no longer bind."""
    return {"arrived": mark_of(row_id)} if issubclass(model, Meets) else {}


@dataclass(frozen=True, slots=True)
class _Shape:
    """The travelling columns of a table, and what brings a row of the wire into their order."""

    columns: tuple[str, ...]
    names: frozenset[str]
    places: Mapping[str, int]
    id_at: int
    made: tuple[tuple[str, Callable[[Any], Any] | None, Any], ...]
    """(name, what converts it, what it begins with)."""

    def values(self, row: Mapping[str, Any], implied: Mapping[str, Any]) -> tuple[Any, ...]:
        """A row in the order of the columns. What it does not bring is implied by the act, or what the column begins
        with: an older program knows nothing of columns that came later."""
        found = []
        for name, convert, begin_with in self.made:
            value = row.get(name)
            if value is None:
                value = implied.get(name, begin_with)
            elif convert is not None:
                value = convert(value)
            found.append(value)
        return tuple(found)


@cache
def _shape(model: type[Base]) -> _Shape:
    columns = synced_columns(model)
    names = tuple(column.name for column in columns)
    made = tuple(
        (c.name, getattr(c.type, "from_wire", None), c.default.arg if isinstance(c.default, sa.ColumnDefault) else None)
        for c in columns
    )
    return _Shape(names, frozenset(names), {name: at for at, name in enumerate(names)}, names.index("id"), made)


@cache
def _places() -> Mapping[sa.Table, int]:
    return {table: place for place, table in enumerate(Base.metadata.sorted_tables)}


def _order(model: type[Base]) -> int:
    """The place of a table behind those that it points at: SQLite searches every table without an index on a foreign
    key when a row comes after the one that names it."""
    return _places()[table_of(model)]
