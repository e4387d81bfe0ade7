"""Restoring 恢复 a backup into an empty folder or database by the recovery code alone.

A restored office has a new node id, and the PC that restores gets a desk of its own: receipts printed after the
backup was made keep their numbers to themselves.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import URL

from desktop.models.offices import Node
from desktop.models.trust import AuditHead, NumberBlock
from desktop.services import database, opening
from desktop.services.acts import Op
from desktop.services.backup import Digesting
from desktop.services.backup_file import (
    BackupDamaged,
    BackupHeader,
    read_backup,
    read_header,
)
from desktop.services.client_programs import find_tool, running, where_and_who
from desktop.services.errors import DiskFull, DomainError, Outage
from desktop.services.files import flush_folder
from desktop.services.keys import ProjectKeys
from desktop.services.moved_on import clear_mark
from desktop.services.office import Office
from desktop.services.progress import Report, silent
from desktop.services.recovery import RecoveryCode
from desktop.services.snapshot import read_database, read_sqlite
from desktop.services.trouble import translated
from desktop.services.work import PROGRAM, SCHEMA_REV, begin
from desktop.world import World


class TargetNotEmpty(DomainError):
    """Restoring never overwrites an office."""

    def __init__(self) -> None:
        super().__init__("这里已经有一个管理处：恢复请选一个空文件夹或空数据库", "target")


class OtherEngine(DomainError):
    """A copy of one kind of database does not go into the other."""

    def __init__(self, engine: str) -> None:
        name = "PostgreSQL" if engine == "postgresql" else "内置数据库（SQLite）"
        super().__init__(f"这份备份来自{name}：请恢复到同一种数据库", "target")
        self.engine = engine


def restore_backup(
    world: World, path: Path, recovery: RecoveryCode, data_dir: Path, url: URL | None = None, desk_name: str = "",
    passphrase: str | None = None, report: Report = silent,
) -> Office:  # fmt: skip
    """Bring a backup back into an empty folder or database by the recovery code alone, and open it here.

    The office gets a new node id, this PC new keys and a desk of its own, number blocks begin anew after the highest
    number in use. Raises TargetNotEmpty, OtherEngine, RecoveryCodeWrong, BackupTruncated and its kin, ToolMissing,
    ToolFailed, DiskFull, PassphraseNeeded; then the target is as empty as before.
    """
    url = url or database.sqlite_url(data_dir)
    header = read_header(path)
    if header.engine != url.get_backend_name():
        raise OtherEngine(header.engine)
    if header.schema_rev > SCHEMA_REV:
        raise database.OfficeTooNew(str(header.schema_rev))
    refuse_unless_empty(url)
    report(0, 3, "核对备份")
    proven = read_backup(path, recovery, cast(BinaryIO, Digesting()))
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if header.demo:
        (data_dir / opening.DEMO_MARK).touch()
    # Before the database: without a place for this PC's keys nothing could be opened afterwards.
    opening.device_keys_for(world, data_dir, header.demo, passphrase)
    report(1, 3, "写入数据库")
    node_id = world.new_id()
    try:
        if header.engine == "sqlite":
            _fill_sqlite(world, path, proven.keys, header, Path(str(url.database)), node_id)
        else:
            _fill_postgresql(world, path, proven.keys, header, url, node_id)
        report(2, 3, "接入本机")
        office = opening.join_by_recovery_code(world, data_dir, url, recovery, desk_name, passphrase)
    except BaseException:
        if header.engine == "sqlite":
            for end in ("", "-wal", "-shm"):
                Path(f"{url.database}{end}").unlink(missing_ok=True)
        raise
    with begin(office, PROGRAM, Op.RESTORE_BACKUP) as work:
        work.record(up_to=header.audit_count, made=header.created.isoformat())
    report(3, 3, "完成")
    return office


def refuse_unless_empty(url: URL) -> None:
    """Raise TargetNotEmpty when there is anything at the address already."""
    if url.get_backend_name() == "sqlite":
        if Path(str(url.database)).exists():
            raise TargetNotEmpty
        return
    engine = database.open_engine(url)
    try:
        database.check_server(engine)
        with translated(), engine.connect() as connection:
            if sa.inspect(connection).get_table_names():
                raise TargetNotEmpty
    finally:
        engine.dispose()


def _fill_sqlite(
    world: World, path: Path, keys: ProjectKeys, header: BackupHeader, target: Path, node_id: UUID
) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = target.with_name(target.name + ".restoring")
    try:
        with open(os.open(aside, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            read_backup(path, keys, out)
            out.flush()
            os.fsync(out.fileno())
        world.fault("restore.written")
        engine = database.open_engine(URL.create("sqlite", database=str(aside)))
        try:
            with closing(sqlite3.connect(aside)) as connection:
                _compare(path, header, *read_sqlite(connection, header))
            with translated(), engine.execution_options(anju_write=True).begin() as opened:
                _begin_anew(opened, node_id)
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as opened:
                opened.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            engine.dispose()
        world.fault("restore.before_swap")
        os.replace(aside, target)
        flush_folder(target.parent)
    except OSError as trouble:
        if trouble.errno == errno.ENOSPC:
            raise DiskFull from trouble
        raise Outage(f"恢复的数据写不进去（{trouble.strerror or trouble}）") from trouble
    finally:
        for end in ("", "-wal", "-shm"):
            Path(f"{aside}{end}").unlink(missing_ok=True)


def _fill_postgresql(
    world: World, path: Path, keys: ProjectKeys, header: BackupHeader, url: URL, node_id: UUID
) -> None:
    arguments, environment = where_and_who(url)
    command = [
        find_tool("pg_restore"), "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", *arguments,
    ]  # fmt: skip
    with running("pg_restore", command, environment, stdin=subprocess.PIPE) as program:
        try:
            read_backup(path, keys, cast(BinaryIO, program))
            program.end_input()
        except Outage as trouble:
            # It ended early: what it complained about says more than a broken pipe.
            if not isinstance(trouble.__cause__, BrokenPipeError):
                raise
        program.check()
    world.fault("restore.written")
    engine = database.open_engine(url)
    try:
        with translated(), engine.begin() as connection:
            _compare(path, header, *read_database(connection, header))
            _begin_anew(connection, node_id)
    finally:
        engine.dispose()


def _compare(path: Path, header: BackupHeader, counts: dict[str, int], head: tuple[int, bytes]) -> None:
    if dict(header.counts) != counts or (header.audit_count, header.audit_head) != head:
        raise BackupDamaged(path, "data")


def _begin_anew(connection: sa.Connection, node_id: UUID) -> None:
    """A second life of the same office: another node, and no numbers promised by the first."""
    connection.execute(sa.update(Node).values(node_id=node_id))
    connection.execute(sa.delete(NumberBlock))
    if any(column["name"] == "moved_to" for column in sa.inspect(connection).get_columns(AuditHead.__tablename__)):
        clear_mark(connection)  # an office of an earlier release is brought up to date only when it is opened
