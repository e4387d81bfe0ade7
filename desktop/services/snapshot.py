"""The whole database as bytes, with row counts and the end of the audit chain taken from the very same state."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import sqlalchemy as sa

from desktop.models.base import Base
from desktop.models.trust import AuditHead
from desktop.services.backup_file import (
    BackupHeader,
)
from desktop.services.client_programs import find_tool, running, where_and_who
from desktop.services.errors import DiskFull, Outage
from desktop.services.office import Office
from desktop.services.trouble import translated

_TEMPORARY = "backup-"


Snapshot = tuple[BinaryIO, dict[str, int], tuple[int, bytes]]
"""The database as bytes, rows by table, and the end of the audit chain: (number, hash)."""


@contextmanager
def snapshot(office: Office) -> Iterator[Snapshot]:
    if office.engine.dialect.name == "sqlite":
        with _sqlite_copy(office) as found:
            yield found
    else:
        with _postgresql_dump(office) as found:
            yield found


@contextmanager
def _sqlite_copy(office: Office) -> Iterator[Snapshot]:
    for left in office.data_dir.glob(f"{_TEMPORARY}*"):
        shutil.rmtree(left, ignore_errors=True)  # of a program that was killed; ours alone, the office is locked
    # mkdtemp makes a folder that only this user may enter: what lies in it needs no mode of its own.
    folder = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=office.data_dir))
    try:
        copy = folder / "copy.db"
        raw = office.engine.raw_connection()
        try:
            with _sqlite_trouble():
                raw.cursor().execute("VACUUM INTO ?", (str(copy),))
        finally:
            raw.close()
        office.world.fault("backup.copied")
        with closing(sqlite3.connect(copy)) as connection:
            counts, head = read_sqlite(connection)
        with copy.open("rb") as source:
            yield source, counts, head
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def read_sqlite(
    connection: sqlite3.Connection, of: BackupHeader | None = None
) -> tuple[dict[str, int], tuple[int, bytes]]:
    with _sqlite_trouble():
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise Outage(
                f"数据库的副本有损坏，先做体检再备份（{verdict}）", safe="原数据没有改动；请先做体检", retry=False
            )
        there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        counts = {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in _tables(of, there)
        }
        n, digest = connection.execute("SELECT n, hash FROM audit_head").fetchone()
    return counts, (int(n), bytes(digest))


@contextmanager
def _sqlite_trouble() -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as trouble:
        if getattr(trouble, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise DiskFull from trouble
        raise Outage(f"数据库读写不成（{trouble}）", safe="原数据没有改动") from trouble


@contextmanager
def _postgresql_dump(office: Office) -> Iterator[Snapshot]:
    tool = find_tool("pg_dump")
    reading = office.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with translated(), reading.connect() as connection:
        # pg_dump sees exactly what is counted here: both stand on one exported snapshot, held until it is done.
        name = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        counts, head = read_database(connection)
        arguments, environment = where_and_who(office.engine.url)
        command = [tool, "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={name}", *arguments]
        with running("pg_dump", command, environment, stdout=subprocess.PIPE) as program:
            yield cast(BinaryIO, program), counts, head


def read_database(
    connection: sa.Connection, of: BackupHeader | None = None
) -> tuple[dict[str, int], tuple[int, bytes]]:
    counts = {
        name: int(connection.execute(sa.select(sa.func.count()).select_from(sa.table(name))).scalar_one())
        for name in _tables(of, sa.inspect(connection).get_table_names())
    }
    head = connection.execute(sa.select(AuditHead.n, AuditHead.hash)).one()
    return counts, (head.n, head.hash)


def _tables(of: BackupHeader | None, there: Iterable[str]) -> list[str]:
    """What is counted: our tables, or those of a backup that an earlier program made and that has fewer."""
    return sorted(Base.metadata.tables if of is None else set(of.counts) & set(there))
