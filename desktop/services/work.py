"""One act, one transaction, one writer.

`begin` opens an act: what the service functions change is collected, and on a clean exit one transaction stores the
business rows, one op per aggregate for sync, before and after of edited fields, and one link of the audit chain.
On any exception nothing is stored. `look` opens a reading transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session, make_transient_to_detached

from desktop.ids import id_of_hex
from desktop.models.base import Nature, Profile, depth_of, model_of, synced_columns, table_of
from desktop.models.columns import to_wire, wire_form
from desktop.models.sync import Outbox, OutboxAct
from desktop.models.tables import Base  # all of them: a statement worded early must know what its keys point at
from desktop.models.trust import AuditEntry, FieldChange
from desktop.models.values import Right, Sight
from desktop.services import derived
from desktop.services.acts import Op
from desktop.services.audit_chain import HEAD, MOVE_HEAD, audit_hash, field_digest
from desktop.services.bulk import insert_tuples, wire_rows
from desktop.services.change_notices import tell_others
from desktop.services.errors import DatabaseGone, NotFound, Refused
from desktop.services.office import DeskFacts, Office
from desktop.services.row_clocks import CLOCKS, store_row_clocks
from desktop.services.sync.clock import NEVER
from desktop.services.sync.wire import WIRE_VERSION, ActHeader, OpBody, OpKind, digest_of, encode
from desktop.services.trouble import translated

SCHEMA_REV = 14
APPROVAL_LASTS = timedelta(minutes=2)
"""From the second person's PIN to the act: time for a slow database, none to walk away with."""

T = TypeVar("T", bound=Base)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: staff id (None: the program itself), name, rights, and how much of each sealed field is seen."""

    staff_id: UUID | None
    name: str
    rights: frozenset[Right]
    sights: Mapping[str, Sight] = field(default_factory=dict)
    roles: tuple[str, ...] = ()


PROGRAM = Actor(None, "程序", frozenset(Right))
"""First start, migrations and engines act as the program; no person can sign in as it."""


@dataclass(slots=True)
class Approval:
    """A second person's word for one act of somebody else, of one kind, soon (`services.on_the_spot` gives it)."""

    by: Actor
    asked_by: UUID
    op: Op
    right: Right
    at: datetime
    spent: bool = False

    def take(self, actor: Actor, op: Op, now: datetime) -> None:
        """Hold it against the act that wants to begin. Raises Refused when it was given for another one."""
        fresh = timedelta() <= now - self.at <= APPROVAL_LASTS
        fits = op is self.op and actor.staff_id == self.asked_by != self.by.staff_id
        if self.spent or not fresh or not fits:
            raise Refused(self.right.value, "这次同意已经用过或过了时间：请同事再输一次")


class Look:
    """A reading transaction: what the services need to answer a question."""

    def __init__(self, office: Office, actor: Actor) -> None:
        self.office = office
        self.actor = actor
        self.vault = office.vault
        self.world = office.world
        self.authorised = 0

    @cached_property
    def session(self) -> Session:
        """The session of this transaction. Of a reading it is made when the first service asks for it: the search,
        which asks nothing of it, takes place with every keystroke."""
        return self.office.reading(bind=self.connection)

    @cached_property
    def connection(self) -> sa.Connection:
        """The connection of this transaction, for statements past the session; what was added is not flushed by it."""
        return self.session.connection()

    def settle(self) -> None:
        """Before a question past the session: write what waits in it. A reading has nothing to write."""

    def require(self, right: Right, message: str = "") -> None:
        """Raise Refused, with a sentence of its own or the usual one, unless the actor holds the right."""
        if right not in self.actor.rights:
            raise Refused(right.value, message)

    def sight(self, field_name: str) -> Sight:
        """How much of a sealed field ("contact.value") the actor sees; masked unless a role says otherwise."""
        return self.actor.sights.get(field_name, Sight.MASKED)

    def unsealed(self, row: Base, column: str) -> str | None:
        """A sealed field in clear, for masking, matching and printing inside the services; None when empty."""
        sealed = getattr(row, column)
        if sealed is None:
            return None
        return self.vault.open(row.__tablename__, column, row.id, sealed)  # type: ignore[attr-defined]

    def get(self, model: type[T], row_id: UUID) -> T:
        """A row by id; NotFound when it is not there or was deleted."""
        row = self.session.get(model, row_id)
        if row is None or getattr(row, "deleted_at", None) is not None:
            raise NotFound(WORDS.get(model.__tablename__, "这条资料"))
        return row


WORDS = {
    "party": "这位租客",
    "room": "这间房",
    "lease": "这份租约",
    "bill": "这张账单",
    "payment": "这笔收款",
    "receipt": "这张收据",
    "staff_member": "这位员工",
    "building": "这栋楼",
    "template": "这份模板",
    "invoice": "这张发票登记",
    "work_order": "这张工单",
    "technician": "这位维修工",
    "contractor": "这家外包",
    "repair_team": "这个班组",
    "repair_material": "这种材料",
    "repair_cost": "这行费用",
}


@dataclass(slots=True)
class BlockHeld:
    """A number block locked by an act: its row, the next number and the last."""

    id: UUID
    upcoming: int
    last: int


class Work(Look):
    """A writing transaction. Services add and change rows through it and never commit."""

    def __init__(
        self, office: Office, session: Session, actor: Actor, op: Op, approval: Approval | None = None
    ) -> None:
        super().__init__(office, actor)
        self.session = session
        self.op = op
        self.approval = approval
        self.act_id = office.world.new_id()
        self.at = office.world.now()
        self.desk: DeskFacts = office.desk
        self._made: dict[tuple[str, UUID], dict[str, Any]] = {}
        self._changed: dict[tuple[str, UUID], dict[str, tuple[Any, Any]]] = {}
        self._bulk: list[tuple[type[Base], Sequence[str], list[tuple[Any, ...]]]] = []
        self._foreign: list[tuple[str, UUID, str, Any, Any]] = []
        self._touched: set[str] = set()
        self.blocks: dict[str, BlockHeld] = {}
        """Number blocks of this desk that the act has locked, by series (`services.numbers`)."""
        self._endings: list[Callable[[], None]] = []
        self._subject: tuple[str, UUID] | None = None
        self._facts: dict[str, Any] = {}
        self._recorded = False
        self._act_hex = self.act_id.hex
        self.until_over = ExitStack()
        """What is held until the act is over, however it ends."""
        self.written = False
        """The act's line stands in the audit log, if the transaction is committed."""

    # what services call

    def settle(self) -> None:
        self.session.flush()

    def require(self, right: Right, message: str = "") -> None:
        """Raise Refused unless the actor holds the right, or a second person has lent it for this act."""
        if self.approval is None or right is not self.approval.right:
            super().require(right, message)

    def sight(self, field_name: str) -> Sight:
        """How much is seen for this act: what the actor sees, or the second person whose right it borrows."""
        own = super().sight(field_name)
        if self.approval is None:
            return own
        return max(own, self.approval.by.sights.get(field_name, Sight.MASKED), key=list(Sight).index)

    def add(self, row: T) -> T:
        """Store a new row: id, project, time and author are filled in."""
        if getattr(row, "id", None) is None and hasattr(row, "id"):
            row.id = self.world.new_id()
        if hasattr(row, "project_id"):
            row.project_id = self.office.project_id
            row.created_at = self.at  # type: ignore[attr-defined]
            row.created_by = self.actor.staff_id  # type: ignore[attr-defined]
        if isinstance(row, Profile):
            row.updated_at = self.at
        self.session.add(row)
        return row

    def take(self, model: type[T], row_id: UUID) -> T:
        """A row by id that this act is going to change: nobody else changes it until the act is over.

        Its version is the stored one, so two editors at the same moment are told as two who come one after the other.
        """
        row = self.session.get(model, row_id, with_for_update=True, populate_existing=True)
        if row is None or getattr(row, "deleted_at", None) is not None:
            raise NotFound(WORDS.get(model.__tablename__, "这条资料"))
        return row

    def seal(self, row: Base, column: str, text: str | None) -> None:
        """Set a sealed column of a row that already has its id; None empties it."""
        if text is None:
            setattr(row, column, None)
            return
        if row.id is None:  # type: ignore[attr-defined]
            row.id = self.world.new_id()  # type: ignore[attr-defined]
        setattr(row, column, self.vault.seal(row.__tablename__, column, row.id, text))  # type: ignore[attr-defined]

    def insert_many(self, model: type[Base], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> int:
        """Store many new rows by the bulk path; `columns` begin with "id". Returns how many.

        Project, time, author and version are added. Rows of an aggregate travel with their root as usual.
        """
        kept = list(rows)
        if not kept:
            return 0
        if self.session.new:
            # Those they may point at are stored first: SQLite searches every table that has no index on a foreign key
            # when a row comes after the one that names it.
            self.session.flush()
        extra: dict[str, Any] = {}
        if hasattr(model, "project_id"):
            extra = {"project_id": self.office.project_id, "created_at": self.at, "created_by": self.actor.staff_id}
        if issubclass(model, Profile):
            extra |= {"updated_at": self.at, "version": 1}
        insert_tuples(self.session.connection(), table_of(model), columns, kept, extra)
        if model.__nature__ in (Nature.PROFILE, Nature.LEDGER):
            self._bulk.append((model, columns, kept))
        self._touched.add(model.__tablename__)
        return len(kept)

    def derive(self, statement: sa.Executable, table: str) -> None:
        """Run a statement that keeps a derived or local table in step. Synced tables are refused."""
        if model_of(table).__nature__ not in (Nature.DERIVED, Nature.LOCAL):
            raise AssertionError(f"{table} is written by rows, not by statements")
        self.session.flush()
        self.session.execute(statement)
        self._touched.add(table)

    def at_the_end(self, function: Callable[[], None]) -> None:
        """Call something once when the act has done its work, before anything of it is sealed."""
        self._endings.append(function)

    def subject(self, row: Base) -> None:
        """What the act is about, for the audit log."""
        self._subject = (row.__tablename__, row.id)  # type: ignore[attr-defined]

    def subject_id(self, table: str, row_id: UUID) -> None:
        """What the act is about, by id."""
        self._subject = (table, row_id)

    def record(self, **facts: Any) -> None:
        """Facts for the audit log: counts, reasons, field names; never a person's values. The act is kept even if
        it changed nothing."""
        self._facts |= facts
        self._recorded = True

    def note_foreign(self, table: str, row_id: UUID, changes: Iterable[tuple[str, Any, Any]]) -> None:
        """Before and after (wire form) of what sync.apply wrote: kept in field_change, not sent out again."""
        self._foreign += [(table, row_id, name, old, new) for name, old, new in changes]

    def touch(self, table: str) -> None:
        """Name a table that sync.apply wrote, so that open pages hear of it."""
        self._touched.add(table)

    # what was added and changed

    def _store_new(self) -> None:
        """Called before each flush: store the rows that were added, by the bulk path, and remember them.

        The unit of work would write them one by one and in an order of its own; here those come first that others
        point at (see `insert_many`).
        """
        session = self.session
        added: dict[type[Base], list[Any]] = {}
        for row in session.new:
            added.setdefault(type(row), []).append(row)
        for model in sorted(added, key=_order):
            names, defaults = _stored(model)
            tuples = []
            for row in added[model]:
                for name, value in defaults:
                    if name not in row.__dict__:
                        setattr(row, name, value)
                filled = row.__dict__
                tuples.append(tuple([filled.get(name) for name in names]))
                self._remember_new(row)
            insert_tuples(session.connection(), table_of(model), names, tuples)
            for row in added[model]:
                # From here on the session knows the row as one that it has read.
                session.expunge(row)
                make_transient_to_detached(row)
            session.add_all(added[model])

    def _remember_new(self, row: Any) -> None:
        model = type(row)
        self._touched.add(model.__tablename__)
        if model.__nature__ not in (Nature.PROFILE, Nature.LEDGER):
            return
        values = {}
        for name, convert in _wired(model):
            value = getattr(row, name)
            values[name] = value if value is None or convert is None else convert(value)
        self._made[model.__tablename__, row.id] = values

    def _collect(self) -> None:
        """Called after each flush: remember what was changed, in the form of the wire."""
        session = self.session
        for row in session.dirty:
            model = type(row)
            if not session.is_modified(row, include_collections=False):
                continue
            self._touched.add(model.__tablename__)
            if model.__nature__ is not Nature.PROFILE:
                continue
            state = sa.inspect(row)
            made = self._made.get((model.__tablename__, row.id))
            for column in synced_columns(model):
                history = state.attrs[column.name].history
                if not history.has_changes():
                    continue
                new = to_wire(column, getattr(row, column.name))
                if made is not None:
                    made[column.name] = new
                    continue
                changes = self._changed.setdefault((model.__tablename__, row.id), {})
                old = (
                    changes[column.name][0]
                    if column.name in changes
                    else to_wire(column, history.deleted[0] if history.deleted else None)
                )
                changes[column.name] = (old, new)

    def _finish(self) -> None:
        """Store ops, field changes and the audit link; the commit follows."""
        world, session = self.world, self.session
        for function in self._endings:
            function()
        session.flush()
        self._keep_findable()
        world.fault("work.after_flush")
        if not (self._made or self._changed or self._bulk or self._recorded):
            return
        if self.approval is not None and self.approval.by.staff_id is not None:
            self._facts |= {"approved_by": self.approval.by.staff_id.hex, "approved": self.approval.right.value}
        connection = session.connection()
        clocks = self._row_clocks(connection)
        newest = max((entry[0] for fields in clocks.values() for entry in fields.values()), default=NEVER)
        hlc = self.office.clock.tick(self.at, newest)
        bodies = list(self._bodies(hlc, clocks))
        encoded = [(body, encode(body)) for body in bodies]
        shas = [hashlib.sha256(raw).digest() for _, raw in encoded]
        ops_sha = digest_of(shas)
        header = encode(
            ActHeader(
                v=WIRE_VERSION,
                act=self.act_id.hex,
                project=self.office.project_id.hex,
                node=self.office.node_id.hex,
                dev=self.office.device_id.hex,
                op=self.op.value,
                at=self.at.isoformat(timespec="microseconds"),
                n=len(bodies),
                ops=ops_sha.hex(),
                who=None if self.actor.staff_id is None else self.actor.staff_id.hex,
            )
        )
        sig = self.vault.sign(hashlib.sha256(header).digest())
        if bodies:
            insert_tuples(
                connection,
                table_of(OutboxAct),
                ["act_id", "header", "sig", "created_at"],
                [(self.act_id, header, sig, self.at)],
            )
            insert_tuples(
                connection,
                table_of(Outbox),
                ["op_id", "kind", "table_name", "row_id", "body", "body_sha"],
                [
                    (id_of_hex(body.op), body.k, body.t, id_of_hex(body.pk), raw, sha)
                    for (body, raw), sha in zip(encoded, shas, strict=True)
                ],
                {"act_id": self.act_id, "created_at": self.at},
            )
        world.fault("work.after_outbox")
        changes_sha = self._store_changes(connection, hlc, clocks, bodies)
        world.fault("work.after_changes")
        self._audit(connection, len(bodies), ops_sha, changes_sha, sig)
        world.fault("work.after_audit")
        if self._touched:
            tell_others(connection, self.office.origin, self._touched)

    def _keep_findable(self) -> None:
        """Vehicles and orders are written in many places, and each of them would have to think of the search."""
        for name, (_, columns) in derived.FINDABLE.items():
            ids = {row_id for table, row_id in self._made if table == name}
            ids |= {key[1] for key, changes in self._changed.items() if key[0] == name and columns & changes.keys()}
            ids |= {row[0] for model, _, rows in self._bulk if model.__tablename__ == name for row in rows}
            if ids:
                derived.refresh_found(self.session, name, ids)

    def _row_clocks(self, connection: sa.Connection) -> dict[tuple[str, UUID], dict[str, list[str]]]:
        wanted: dict[str, list[UUID]] = {}
        for table, row_id in self._changed:
            wanted.setdefault(table, []).append(row_id)
        return {
            (table, row_id): fields or {}
            for table, ids in wanted.items()
            for row_id, fields in CLOCKS.rows(connection, ids, of_table=table)
        }

    def _bodies(self, hlc: str, clocks: Mapping[tuple[str, UUID], Mapping[str, list[str]]]) -> Iterator[OpBody]:
        made = self._rows_made()
        parts = _gathered(made)
        for table_name in sorted(made, key=_depth):
            inside = parts.get(table_name, {})
            ids = self.world.new_ids(len(made[table_name]))
            for op_id, (key, values) in zip(ids, made[table_name].items(), strict=True):
                yield self._body("ins", table_name, f"{key:032x}", hlc, values, parts=inside.get(key), op_id=op_id)
        for (table_name, row_id), changes in self._changed.items():
            machine = model_of(table_name).__machine__
            moved = machine is not None and "state" in changes
            seen = clocks.get((table_name, row_id), {})
            yield self._body(
                "trn" if moved else "set",
                table_name,
                row_id.hex,
                hlc,
                {name: new for name, (_, new) in changes.items()},
                old={name: seen[name][0] for name in changes if name in seen},
                was=changes["state"][0] if moved else None,
            )

    def _rows_made(self) -> _Made:
        """The new rows as they travel, by table and the number of their id, without what is empty or implied."""
        made: _Made = {}
        implied = self._implied()
        for (table, row_id), values in self._made.items():
            made.setdefault(table, {})[row_id.int] = {
                k: v for k, v in values.items() if v is not None and implied.get(k, values) != v
            }
        for model, columns, rows in self._bulk:
            target = made.setdefault(model.__tablename__, {})
            travelling: Iterable[_Row] = wire_rows(table_of(model), columns, rows)
            target |= {row[0].int: values for row, values in zip(rows, travelling, strict=True)}  # the id comes first
        return made

    def _body(
        self, kind: OpKind, table: str, key: str, hlc: str, values: Any, *, old: dict[str, str] | None = None,
        parts: dict[str, list[Any]] | None = None, was: str | None = None, op_id: UUID | None = None,
    ) -> OpBody:  # fmt: skip
        return OpBody(
            v=WIRE_VERSION, op=(op_id or self.world.new_id()).hex, act=self._act_hex, k=kind, t=table, pk=key, h=hlc,
            rev=SCHEMA_REV, set=values, old=old or {}, parts=parts or {}, was=was,
        )  # fmt: skip

    def _implied(self) -> dict[str, Any]:
        """What the receiver fills in from the header and is not sent: project, time and author of the act."""
        at = self.at.isoformat(timespec="microseconds")
        who = None if self.actor.staff_id is None else self.actor.staff_id.hex
        return {"project_id": self.office.project_id.hex, "created_at": at, "updated_at": at, "created_by": who}

    def _store_changes(
        self, connection: sa.Connection, hlc: str,
        clocks: Mapping[tuple[str, UUID], dict[str, list[str]]], bodies: Sequence[OpBody],
    ) -> bytes:  # fmt: skip
        op_of = {(b.t, b.pk): b.op for b in bodies if b.k != "ins"}
        known = [
            (table_name, row_id, name, old, new)
            for (table_name, row_id), changes in self._changed.items()
            for name, (old, new) in changes.items()
            if name != "updated_at"
        ]
        rows = []
        for change in known + self._foreign:
            salt = self.world.random_bytes(16)
            rows.append((self.world.new_id(), self.act_id, *change, salt, field_digest(salt, *change)))
        kept = {
            (table_name, row_id): dict(clocks.get((table_name, row_id), {}))
            | {name: [hlc, op_of[table_name, row_id.hex]] for name in changes}
            for (table_name, row_id), changes in self._changed.items()
        }
        store_row_clocks(connection, hlc, kept, clocks.keys())
        insert_tuples(
            connection,
            table_of(FieldChange),
            ["id", "act_id", "table_name", "row_id", "field", "old", "new", "salt", "digest"],
            rows,
        )
        return digest_of(sorted(row[-1] for row in rows))

    def _audit(self, connection: sa.Connection, count: int, ops_sha: bytes, changes_sha: bytes, sig: bytes) -> None:
        # The head's row lock makes acts of several PCs queue here, so the chain has no fork; it is held
        # until commit only.
        head = connection.execute(HEAD).one()
        if head.moved_to is not None:
            from desktop.services.moved_on import refuse_moved

            refuse_moved(head.moved_to, head.moved_at)
        table, row_id = self._subject or (None, None)
        entry: dict[str, Any] = {
            "n": head.n + 1, "act_id": self.act_id, "at": self.at, "device_id": self.office.device_id,
            "actor_id": self.actor.staff_id, "op": self.op.value, "subject_table": table, "subject_id": row_id,
            "facts": self._facts, "op_count": count, "ops_sha": ops_sha, "changes_sha": changes_sha, "sig": sig,
            "prev": head.hash,
        }  # fmt: skip
        entry["hash"] = audit_hash(entry)
        entry["mac"] = self.vault.audit_mac(entry["hash"])
        insert_tuples(connection, table_of(AuditEntry), list(entry), [tuple(entry.values())])
        connection.execute(MOVE_HEAD, {"link": entry["n"], "its_hash": entry["hash"]})
        self.written = True


_WIRED: dict[type[Base], tuple[tuple[str, Callable[[Any], Any] | None], ...]] = {}


def _wired(model: type[Base]) -> tuple[tuple[str, Callable[[Any], Any] | None], ...]:
    """The synced columns of a table with what puts their values into the form of an op; worked out once."""
    if model not in _WIRED:
        _WIRED[model] = tuple((column.name, wire_form(column)) for column in synced_columns(model))
    return _WIRED[model]


_STORED: dict[type[Base], tuple[tuple[str, ...], tuple[tuple[str, Any], ...]]] = {}


def _stored(model: type[Base]) -> tuple[tuple[str, ...], tuple[tuple[str, Any], ...]]:
    """The columns of a table, and what stands in those that nobody filled; worked out once."""
    if model not in _STORED:
        columns = table_of(model).columns
        defaults = [(c.name, c.default.arg) for c in columns if isinstance(c.default, sa.ColumnDefault)]
        if issubclass(model, Profile):
            defaults.append(("version", 1))
        _STORED[model] = (tuple(c.name for c in columns), tuple(defaults))
    return _STORED[model]


_ORDER: dict[sa.Table, int] = {}


def _order(model: type[Base]) -> int:
    """The place of a table behind those that it points at."""
    if not _ORDER:
        _ORDER.update({table: place for place, table in enumerate(Base.metadata.sorted_tables)})
    return _ORDER[table_of(model)]


def _depth(table_name: str) -> tuple[int, str]:
    """Roots before those that point at them, as far as that tells; foreign keys are checked at commit anyway."""
    return depth_of(model_of(table_name)), table_name


_Row = dict[str, Any] | msgspec.Struct
"""A new row in the form in which it travels: those of the bulk path as a struct."""
_Made = dict[str, dict[int, _Row]]
"""New rows by table and the number of their id."""
_Parts = dict[str, dict[int, dict[str, list[_Row]]]]
"""Rows by the table and id of the root with which they travel, and by their own table."""


def _gathered(made: _Made) -> _Parts:
    """Take out of `made` the rows that were made together with the root they are part of."""
    parts: _Parts = {}
    home: dict[str, dict[int, tuple[str, int]]] = {}
    for table_name in sorted(made, key=_depth):
        part_of = model_of(table_name).__part_of__
        if part_of is None:
            continue
        root, column = part_of
        alone, at_home = {}, home.setdefault(table_name, {})
        for key, values in made[table_name].items():
            if isinstance(values, dict):
                owner, table = int(values[column], 16), values["subject_table"] if root == "*" else root
            else:
                owner, table = getattr(values, column).int, values.subject_table if root == "*" else root  # type: ignore[attr-defined]
            if owner in made.get(table, ()):
                top = table, owner
            elif (found := home.get(table, {}).get(owner)) is not None:
                top = found
            else:
                alone[key] = values
                continue
            at_home[key] = top
            parts.setdefault(top[0], {}).setdefault(top[1], {}).setdefault(table_name, []).append(values)
        made[table_name] = alone
    return parts


def _before_flush(session: Session, _context: object, _instances: object) -> None:
    work: Work | None = session.info.get("work")
    if work is None:
        if session.new or session.dirty or session.deleted:
            raise AssertionError("rows are written inside an act only: use begin()")
        return
    if session.deleted:
        raise AssertionError("rows are not deleted: set deleted_at, or reverse")
    for row in session.dirty:
        if isinstance(row, Profile) and session.is_modified(row, include_collections=False):
            row.updated_at = work.at
    work._store_new()


def _after_flush(session: Session, _context: object) -> None:
    work: Work | None = session.info.get("work")
    if work is not None:
        work._collect()


def attach(factory: Any) -> None:
    """Make every session of a factory report to its act. Called once by `opening`."""
    sa.event.listen(factory, "before_flush", _before_flush)
    sa.event.listen(factory, "after_flush", _after_flush)


@contextmanager
def begin(office: Office, actor: Actor, op: Op, approval: Approval | None = None) -> Iterator[Work]:
    """One act: commits on a clean exit, leaves no trace on any exception.

    Raises DatabaseBusy, DatabaseGone, DiskFull, RowChanged and what the services raise.
    """
    if approval is not None:
        approval.take(actor, op, office.world.now())
    with translated(), office.writing() as session:
        work = Work(office, session, actor, op, approval)
        session.info["work"] = work
        try:
            office.world.fault("work.begin")
            yield work
            work._finish()
            office.world.fault("work.before_commit")
            _commit(office, work)
            if approval is not None:
                approval.spent = True
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info.pop("work", None)
            work.until_over.close()
    office.world.fault("work.after_commit")
    if work._touched:  # none: something was only noted (a reveal, a print), and to pages "none" would mean "all"
        office.announce(work._touched)


def _commit(office: Office, work: Work) -> None:
    """Commit; when the line breaks in the middle of it, find out what became of the act before anything is said."""
    try:
        work.session.commit()
    except sa.exc.DBAPIError as error:
        if not (work.written and error.connection_invalidated):
            raise
        from desktop.services.outcome import settle

        work.session.invalidate()
        if not settle(office, work.act_id, work.op.value):
            raise


@contextmanager
def look(office: Office, actor: Actor) -> Iterator[Look]:
    """A reading transaction: one consistent state, nothing written."""
    engine: sa.Engine = office.reading.kw["bind"]
    try:
        with translated(), engine.connect() as connection:
            connection.begin()
            reading = Look(office, actor)
            reading.connection = connection
            try:
                yield reading
            finally:
                if "session" in vars(reading):
                    reading.session.close()
            if connection.dialect.name == "postgresql":
                # Nothing was written; but at a rollback psycopg forgets what the server has prepared, and plans anew.
                connection.commit()
    except DatabaseGone as error:
        raise DatabaseGone(error.detail, reading=True) from error
