"""Moving an office between SQLite and PostgreSQL: every table copied, both sides compared, the old one marked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection

from desktop.models.base import Base
from desktop.models.guards import FUNCTIONS
from desktop.models.offices import Node
from desktop.models.search import SearchText
from desktop.models.trust import AuditHead
from desktop.models.values import Right
from desktop.services import database, opening, search_index
from desktop.services.acts import Op
from desktop.services.audit_chain import HEAD
from desktop.services.bulk import insert_tuples
from desktop.services.errors import Outage
from desktop.services.moved_on import HERE, OfficeMoved, clear_mark, leave_mark, moved_on, refuse_moved
from desktop.services.office import Office
from desktop.services.office_state import OfficeState, state_of
from desktop.services.progress import Report, silent
from desktop.services.restore import refuse_unless_empty
from desktop.services.rights import needs
from desktop.services.sync.digest import office_digest
from desktop.services.trouble import translated
from desktop.services.work import Actor, Look, Work, begin, look

PAGE = 2000


@dataclass(frozen=True, slots=True)
class Moved:
    """News of a move: what was copied, and both databases held against each other."""

    tables: int
    rows: int
    before: OfficeState
    after: OfficeState


def move_office(office: Office, actor: Actor, target: URL, report: Report = silent) -> Moved:
    """Copy a whole office into an empty database of the other kind, or of the same; it lives on there.

    Nothing is stored in the old one while it is copied, and nothing afterwards: it says where the office has gone and
    can be read. This PC's keys stay where they are; other PCs open the new address with theirs.

    Raises Refused, TargetNotEmpty, ServerTooOld, OfficeMoved, DatabaseBusy, DiskFull, Outage; then the target is empty
    again and the office is here as before.
    """
    if (gone := moved_on(office)) is not None:
        raise OfficeMoved(gone)
    refuse_unless_empty(target)
    engine = database.open_engine(target)
    try:
        database.check_server(engine)
        with _standing_still(office) as held:
            moved = _copied(office, actor, engine, report)
            there = opening.open_office(office.world, office.data_dir, target)
            try:
                with begin(there, actor, Op.MOVE_OFFICE) as work:
                    note_move(work, office.engine.dialect.name, moved)
            finally:
                there.close()
            leave_mark(held, office, HERE if target.get_backend_name() == "sqlite" else address_of(target))
    except BaseException:
        _empty_again(engine)
        raise
    finally:
        engine.dispose()
    office.announce((AuditHead.__tablename__,))
    return moved


def address_of(target: URL) -> str:
    """The address as people write it, without driver and password."""
    return target.set(drivername=target.get_backend_name(), password=None).render_as_string(hide_password=False)


@contextmanager
def _standing_still(office: Office) -> Iterator[Connection]:
    """Every act that would store something waits for the end of this transaction, or is told to try again."""
    with translated(), office.writing() as session, session.begin():
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            # It does nothing but hold a lock, for as long as the copy takes.
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        head = connection.execute(HEAD).one()
        if head.moved_to is not None:
            refuse_moved(head.moved_to, head.moved_at)
        yield connection


def _copied(office: Office, actor: Actor, engine: sa.Engine, report: Report) -> Moved:
    """Copy, then hold both against each other: rows, sums, chain, and a digest of everything that was ever entered."""
    with look(office, actor) as reading:
        may_move(reading)
        database.migrate(engine)
        tables, rows = _copy(reading, engine, report)
        before, digest = state_of(reading.session), office_digest(reading.session)
    with engine.connect() as connection, sa.orm.Session(connection) as session:
        after, digest_there = state_of(session), office_digest(session)
    wrong = before.differs(after) + sorted(name for name in digest if digest[name] != digest_there[name])
    if wrong:
        raise Outage(
            f"复制后的内容与原来不同，换一个空的目标再试（{wrong[0]}）", safe="原来的管理处没有改动", retry=False
        )
    return Moved(tables, rows, before, after)


@needs(Right.RESTORE_BACKUP)
def may_move(look: Look) -> None:
    """Refuse whoever may not bring an office into another database."""


@needs(Right.RESTORE_BACKUP)
def note_move(work: Work, came_from: str, moved: Moved) -> None:
    """Write down in the new database where it came from."""
    work.record(came_from=came_from, rows=moved.rows)


def _copy(look: Look, engine: sa.Engine, report: Report) -> tuple[int, int]:
    # What search finds names by is cut differently on each engine: made anew there.
    tables = [table for table in Base.metadata.sorted_tables if table.name != SearchText.__tablename__]
    rows = 0
    with translated(), engine.execution_options(anju_write=True).begin() as connection:
        for number, table in enumerate(tables):
            report(number, len(tables), table.name)
            names = [column.name for column in table.columns]
            found = look.session.execute(sa.select(*table.columns)).yield_per(PAGE)
            for page in found.partitions(PAGE):
                insert_tuples(connection, table, names, [tuple(row) for row in page])
                rows += len(page)
        search_index.rebuild_texts(connection)
        # A second life of the office, should somebody go on with the first by mistake.
        connection.execute(sa.update(Node).values(node_id=look.world.new_id()))
        clear_mark(connection)
        if connection.dialect.name == "postgresql":
            _move_sequences_on(connection)
    report(len(tables), len(tables), "核对")
    return len(tables), rows


def _move_sequences_on(connection: Connection) -> None:
    """Rows were copied with their numbers: the next ones come after them."""
    for name in ("outbox", "outbox_act"):
        connection.execute(
            sa.text(
                f"SELECT setval(pg_get_serial_sequence('{name}', 'lid'), coalesce(max(lid), 0) + 1, false) FROM {name}"
            )
        )


def _empty_again(engine: sa.Engine) -> None:
    """Take away what a move that failed had begun; the database was empty before it."""
    if engine.dialect.name == "sqlite":
        engine.dispose()
        for end in ("", "-wal", "-shm"):
            Path(f"{engine.url.database}{end}").unlink(missing_ok=True)
        return
    with engine.begin() as connection:
        for name in (*Base.metadata.tables, "alembic_version"):
            connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{name}" CASCADE')
        for name in FUNCTIONS:
            connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {name}()")
