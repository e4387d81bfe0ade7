"""Head office's log of acts: taking those of a database, handing out those of a project, nothing lost, nothing twice.

Every function is one transaction. Signatures and digests are checked before any row is held; then the row of the
database, then that of its project, always in this order. An act that cannot be taken is put aside with the reason and
never holds up the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from central import letters, tables
from central.acts import Taken, all_checked, counted_clocks
from central.isolation import speak_for
from desktop.ids import id_of_hex
from desktop.services.bulk import insert_new, insert_tuples
from desktop.services.sync import messages
from desktop.services.sync.messages import (
    Greeting,
    Hello,
    Page,
    PulledAct,
    Push,
    Pushed,
    Refusal,
    Returned,
    SentAct,
)
from desktop.services.sync.wire import WireAct
from desktop.world import World

SPARE = 2
"""Letters that lie ready in every database: a PC that comes, a copy that is found, without head office."""
CHUNK = 500
_OPS = msgspec.msgpack


class Log:
    """The acts of every project in one database."""

    def __init__(self, engine: Engine, world: World) -> None:
        self._reading = engine
        self._writing = engine.execution_options(anju_write=True)
        self._world = world

    @contextmanager
    def _looking(self, project_id: UUID) -> Iterator[Connection]:
        """A reading that sees one project."""
        with self._reading.connect() as connection:
            speak_for(connection, project_id)
            yield connection

    @contextmanager
    def _changing(self, project_id: UUID) -> Iterator[Connection]:
        """A transaction that sees and changes one project."""
        with self._writing.begin() as connection:
            speak_for(connection, project_id)
            yield connection

    # ---- enrolling -----------------------------------------------------------------------------------------------

    def add_project(self, project_id: UUID, code: str, name: str) -> None:
        """A project that may be enrolled. Nothing happens when it is there."""
        with self._changing(project_id) as connection:
            know_project(connection, project_id, code, name)

    def add_device(self, project_id: UUID, device_id: UUID, signing_key: bytes) -> None:
        """The first PC of a project: the others come with the acts that let them in."""
        with self._changing(project_id) as connection:
            know(connection, project_id, [(device_id, signing_key)])

    def revoke(self, project_id: UUID, device_id: UUID) -> None:
        """From now on nothing is taken from this PC and nothing given to it. What it did before stays."""
        table = tables.device
        with self._changing(project_id) as connection:
            connection.execute(
                sa.update(table)
                .where(table.c.project_id == project_id, table.c.device_id == device_id, table.c.revoked_at.is_(None))
                .values(revoked_at=self._world.now())
            )

    def key_of(self, device_id: UUID, project_id: UUID) -> bytes | None:
        """The public key of a PC of this project, also of one that was shut out; None when it has no such PC."""
        table = tables.device
        with self._looking(project_id) as connection:
            return connection.execute(
                sa.select(table.c.signing_key).where(table.c.project_id == project_id, table.c.device_id == device_id)
            ).scalar_one_or_none()

    # ---- one session of a database -------------------------------------------------------------------------------

    def hello(self, device_id: UUID, hello: Hello) -> Greeting:
        """Where head office stands; a database that it has not met becomes known. Raises Refusal."""
        project_id, node_id = id_of_hex(hello.project), id_of_hex(hello.node)
        with self._changing(project_id) as connection:
            may(connection, device_id, project_id)
            insert_new(
                connection,
                tables.node,
                ["project_id", "node_id", "last_seq", "last_hash", "last_seen_at", "schema_rev"],
                [(project_id, node_id, 0, messages.NO_HASH, self._world.now(), hello.rev)],
            )
            connection.execute(
                sa.update(tables.node)
                .where(tables.node.c.project_id == project_id, tables.node.c.node_id == node_id)
                .values(last_seen_at=self._world.now(), schema_rev=hello.rev)
            )
            _project(connection, project_id)
            spare = letters.spare(connection, project_id, node_id, hello.letters, SPARE)
            return self._greeting(connection, _node(connection, node_id, project_id, held=False), spare)

    def push(self, device_id: UUID, push: Push) -> Pushed:
        """Take acts of a database behind those that are there; what came before is known again and passed over.

        Raises Refusal: EPOCH after a restore of head office, GAP when acts before the first are missing, FORK when the
        chain is not the one that is known, TOO_LARGE.
        """
        _fits(push.acts)
        project_id, node_id = id_of_hex(push.project), id_of_hex(push.node)
        with self._looking(project_id) as connection:
            may(connection, device_id, project_id)
            keys = _keys(connection, project_id)
        checked = all_checked(push.acts, push.project, keys)
        hashes = _chain(push)
        with self._changing(project_id) as connection:
            row = _node(connection, node_id, project_id, held=True)
            seen = self._greeting(connection, row)
            if seen.epoch != push.epoch:
                raise Refusal(messages.EPOCH, seen)
            known = _place(push, hashes, row, seen)
            news = checked[known:]
            self._world.fault("central.before_numbers")
            clocks = self._store(connection, project_id, node_id, news, push.clocks)
            self._world.fault("central.before_commit")
            last = push.first + len(push.acts) - 1
            if news:
                connection.execute(
                    sa.update(tables.node)
                    .where(tables.node.c.project_id == project_id, tables.node.c.node_id == node_id)
                    .values(last_seq=last, last_hash=hashes[-1])
                )
            told = clocks | self._told_before(connection, project_id, checked[:known])
        self._world.fault("central.after_commit")
        refused = {act.act_id.hex: act.why for act in checked if act.why}
        return Pushed(max(last, row.last_seq), hashes[-1] if news else row.last_hash, told, refused)

    def pull(self, device_id: UUID, project: str, node: str, after: int, limit: int = messages.MOST_ACTS) -> Page:
        """The acts of a project after a number that other databases than this one sent, in their order, no more than
        fit one page. Raises Refusal."""
        project_id, limit = id_of_hex(project), min(limit, messages.MOST_ACTS)
        table = tables.act
        with self._looking(project_id) as connection:
            may(connection, device_id, project_id)
            head = connection.execute(
                sa.select(tables.project.c.last_number).where(tables.project.c.project_id == project_id)
            ).scalar_one()
            rows = connection.execute(
                sa.select(table.c.number, table.c.node_id, table.c.header, table.c.sig, table.c.ops, table.c.clock)
                .where(table.c.project_id == project_id, table.c.number > after, table.c.node_id != id_of_hex(node))
                .order_by(table.c.number)
                .limit(limit)
            ).all()
            epoch = epoch_of(connection)
        found, size, whole = list[PulledAct](), 0, len(rows) < limit
        for row in rows:
            size += len(row.header) + len(row.ops)
            if found and size > messages.MOST_BYTES:
                whole = False
                break
            wire = WireAct(bytes(row.header), row.sig, _OPS.decode(row.ops, type=list[bytes]))
            found.append(PulledAct(row.number, row.node_id.hex, messages.sent(wire), row.clock))
        last = found[-1].number if found else after
        # Asked for before the acts were: whatever is not among them up to here is our own.
        return Page(epoch, max(last, head) if whole else last, head, found)

    # ---- healing -------------------------------------------------------------------------------------------------

    def wanted(self, device_id: UUID, project: str, acts: Sequence[str]) -> list[str]:
        """Which of the acts that a database knows are not here, in the same order. Raises Refusal."""
        project_id = id_of_hex(project)
        with self._looking(project_id) as connection:
            may(connection, device_id, project_id)
            known = _known(connection, project_id, [id_of_hex(act) for act in acts])
        return [act for act in acts if id_of_hex(act) not in known]

    def take_back(self, device_id: UUID, returned: Returned) -> Pushed:
        """Take acts that another database kept: each counts by the signature of the PC that made it. Raises Refusal."""
        _fits(returned.acts)
        project_id = id_of_hex(returned.project)
        with self._looking(project_id) as connection:
            may(connection, device_id, project_id)
            keys = _keys(connection, project_id)
        checked = all_checked(returned.acts, returned.project, keys)
        with self._changing(project_id) as connection:
            if epoch_of(connection) != returned.epoch:
                raise Refusal(messages.EPOCH)
            told = self._store(connection, project_id, UUID(int=0), checked, returned.clocks)
        return Pushed(0, messages.NO_HASH, told, {act.act_id.hex: act.why for act in checked if act.why})

    def restored(self) -> int:
        """Say that this database came back from a backup: every office offers what it knows. The new epoch.

        Letters that were given since the backup only their desks know, so the next ones of each project are left out.
        """
        with self._writing.begin() as connection:
            insert_new(connection, tables.meta, ["id", "epoch"], [(1, 1)])
            connection.execute(sa.update(tables.meta).values(epoch=tables.meta.c.epoch + 1))
            return epoch_of(connection)

    # ---- inside --------------------------------------------------------------------------------------------------

    def _greeting(self, connection: Connection, row: Any, spare: Sequence[str] = ()) -> Greeting:
        project = _project(connection, row.project_id)
        at = self._world.now().isoformat(timespec="microseconds")
        return Greeting(
            at, project.epoch, row.last_seq, row.last_hash, project.last_number, project.kept, list(spare)
        )  # fmt: skip

    def _store(
        self, connection: Connection, project_id: UUID, node_id: UUID, acts: Sequence[Taken],
        told: Mapping[str, str],
    ) -> dict[str, str]:  # fmt: skip
        """Number what is new and keep it; what cannot be taken is kept aside. Returns the clocks that count where an
        act's own was ahead; `told`: what was said of them before, to those who return them."""
        good = {act.act_id: act for act in acts if not act.why}
        now = self._world.now()
        # Held until commit: whoever numbers acts of this project at the same time waits here.
        project = _project(connection, project_id, held=True)
        known = _known(connection, project_id, list(good))
        fresh = [act for act_id, act in good.items() if act_id not in known]
        clocks, last_clock = counted_clocks(fresh, told, project.last_clock, now)
        rows = [
            (
                project_id, project.last_number + place, act.act_id, node_id, act.device_id, act.act.header,
                act.act.sig, _OPS.encode(list(act.act.bodies)), clocks.get(act.act_id.hex), now,
            )
            for place, act in enumerate(fresh, 1)
        ]  # fmt: skip
        insert_tuples(connection, tables.act, [column.name for column in tables.act.columns], rows, copy=False)
        if rows:
            connection.execute(
                sa.update(tables.project)
                .where(tables.project.c.project_id == project_id)
                .values(last_number=project.last_number + len(rows), last_clock=last_clock)
            )
        for act in fresh:
            _mind_devices(connection, project_id, act)
            letters.mind(connection, project_id, node_id, [name for _, name in act.letters])
        bad = {hashlib.sha256(act.act.header + act.act.sig).digest(): act for act in acts if act.why}
        insert_new(
            connection, tables.aside, [column.name for column in tables.aside.columns],
            [
                (project_id, sha, node_id, act.act.header, act.act.sig, _OPS.encode(list(act.act.bodies)), act.why, now)
                for sha, act in bad.items()
            ],
        )  # fmt: skip
        return clocks | self._told_before(connection, project_id, [good[act_id] for act_id in good if act_id in known])

    def _told_before(self, connection: Connection, project_id: UUID, acts: Sequence[Taken]) -> dict[str, str]:
        """The clocks of acts that were pushed before: the reply may have been lost."""
        found: dict[str, str] = {}
        for ids in _chunks([act.act_id for act in acts if not act.why]):
            rows = connection.execute(
                sa.select(tables.act.c.act_id, tables.act.c.clock).where(
                    tables.act.c.project_id == project_id, tables.act.c.act_id.in_(ids), tables.act.c.clock.is_not(None)
                )
            )
            found |= {row.act_id.hex: row.clock for row in rows}
        return found


def _fits(acts: Sequence[SentAct]) -> None:
    """Raise Refusal for more than goes at once; an act alone may be larger."""
    most = messages.MOST_BYTES if len(acts) > 1 else messages.MOST_OF_ONE
    if len(acts) > messages.MOST_ACTS or messages.size_of(acts) > most:
        raise Refusal(messages.TOO_LARGE)


def _project(connection: Connection, project_id: UUID, *, held: bool = False) -> Any:
    """The row of a project in today's epoch. After head office was restored, the first who asks notes what is left."""
    query = sa.select(tables.project).where(tables.project.c.project_id == project_id)
    row, epoch = connection.execute(query.with_for_update() if held else query).one(), epoch_of(connection)
    if row.epoch != epoch:
        connection.execute(
            sa.update(tables.project)
            .where(tables.project.c.project_id == project_id, tables.project.c.epoch != epoch)
            .values(epoch=epoch, kept=tables.project.c.last_number)
        )
        letters.leave_out(connection, project_id, SPARE)
        row = connection.execute(query).one()
    return row


def know_project(connection: Connection, project_id: UUID, code: str, name: str) -> None:
    """A project from now on, in a transaction that speaks for it. Nothing happens when it is there."""
    insert_new(connection, tables.meta, ["id", "epoch"], [(1, 1)])
    insert_new(
        connection, tables.project, ["project_id", "code", "name", "last_number", "epoch"],
        [(project_id, code, name, 0, epoch_of(connection))],
    )  # fmt: skip


def epoch_of(connection: Connection) -> int:
    """How often head office was restored, and one."""
    return int(connection.execute(sa.select(tables.meta.c.epoch)).scalar_one())


def may(connection: Connection, device_id: UUID, project_id: UUID) -> None:
    """Raise Refusal unless this PC is one of the project and was not shut out."""
    row = connection.execute(
        sa.select(tables.device.c.revoked_at).where(
            tables.device.c.project_id == project_id, tables.device.c.device_id == device_id
        )
    ).first()
    if row is None:  # the same answer for a project that is not there: nobody learns what others have
        raise Refusal(messages.UNKNOWN_DEVICE)
    if row.revoked_at is not None:
        raise Refusal(messages.REVOKED)


def _keys(connection: Connection, project_id: UUID) -> dict[UUID, bytes]:
    table = tables.device
    rows = connection.execute(sa.select(table.c.device_id, table.c.signing_key).where(table.c.project_id == project_id))
    return {row.device_id: row.signing_key for row in rows}


def know(connection: Connection, project_id: UUID, devices: Sequence[tuple[UUID, bytes]]) -> None:
    """PCs whose signatures count from now on; of those that are known, nothing changes."""
    insert_new(
        connection,
        tables.device,
        ["project_id", "device_id", "signing_key", "revoked_at"],
        [(project_id, device_id, key, None) for device_id, key in devices],
    )


def _mind_devices(connection: Connection, project_id: UUID, act: Taken) -> None:
    """An act that lets a PC in, or shuts one out, changes whose signature counts."""
    know(connection, project_id, act.lets_in)
    for device_id, at in act.shuts_out:
        connection.execute(
            sa.update(tables.device)
            .where(tables.device.c.device_id == device_id, tables.device.c.project_id == project_id)
            .values(revoked_at=at)
        )


def _head(connection: Connection, project_id: UUID) -> int:
    """The last number of a project. Held until commit: whoever numbers acts of it at the same time waits here."""
    query = sa.select(tables.project.c.last_number).where(tables.project.c.project_id == project_id)
    return int(connection.execute(query.with_for_update()).scalar_one())


def _node(connection: Connection, node_id: UUID, project_id: UUID, *, held: bool) -> Any:
    """The row of a database. Raises Refusal where it is none of this project."""
    query = sa.select(tables.node).where(tables.node.c.project_id == project_id, tables.node.c.node_id == node_id)
    row = connection.execute(query.with_for_update() if held else query).first()
    if row is None:
        raise Refusal(messages.FOREIGN)
    return row


def _chain(push: Push) -> list[bytes]:
    """The hash behind each act, from the one before the first."""
    hashes, last = [], push.before
    for act in push.acts:
        last = messages.link(last, bytes(act.header))
        hashes.append(last)
    return hashes


def _place(push: Push, hashes: Sequence[bytes], row: Any, seen: Greeting) -> int:
    """How many of the acts are known already. Raises Refusal where the chain does not fit the one that is known."""
    if push.first > row.last_seq + 1:
        raise Refusal(messages.GAP, seen)
    known: int = min(row.last_seq - push.first + 1, len(push.acts))
    at = push.first + known - 1
    told = hashes[known - 1] if known else push.before
    if at == row.last_seq and told != row.last_hash:
        raise Refusal(messages.FORK, seen)
    return known


def _known(connection: Connection, project_id: UUID, ids: Sequence[UUID]) -> set[UUID]:
    found: set[UUID] = set()
    for some in _chunks(ids):
        found |= set(
            connection.scalars(
                sa.select(tables.act.c.act_id).where(
                    tables.act.c.project_id == project_id, tables.act.c.act_id.in_(some)
                )
            )
        )
    return found


def _chunks(ids: Sequence[UUID]) -> Iterable[Sequence[UUID]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
