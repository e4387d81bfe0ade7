"""Backup and restore 备份与恢复 of a whole office, into one sealed file that the recovery code alone opens.

SQLite is copied by VACUUM INTO, PostgreSQL by pg_dump; row counts and the end of the audit chain are taken from the
very snapshot that is sealed. After writing, the file is read back whole. A restored office has a new node id, and the
PC that restores gets a desk of its own: receipts printed after the backup was made keep their numbers to themselves.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import URL

from desktop.models.base import Base
from desktop.models.offices import Node, OfficeKeyWrap
from desktop.models.trust import AuditHead, NumberBlock
from desktop.models.values import Right
from desktop.services import database, opening
from desktop.services.acts import Op
from desktop.services.backup_file import (
    SUFFIX,
    BackupDamaged,
    BackupHeader,
    read_backup,
    read_header,
    write_backup,
)
from desktop.services.errors import DiskFull, DomainError, Outage
from desktop.services.files import flush_folder
from desktop.services.keys import ProjectKeys, WrapBroken
from desktop.services.office import Office
from desktop.services.recovery import RecoveryCode, rewrap_for_recovery, wrap_holds
from desktop.services.rights import needs
from desktop.services.trouble import translated
from desktop.services.work import PROGRAM, SCHEMA_REV, Actor, Look, Work, begin, look
from desktop.world import OFFICE_ZONE, World

Report = Callable[[int, int, str], None]
_TEMPORARY = "backup-"
_PIECE = 1 << 20


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


class ToolMissing(DomainError):
    """pg_dump and pg_restore come with PostgreSQL's client programs; `tool` is what was not found."""

    def __init__(self, tool: str) -> None:
        super().__init__(f"这台电脑上没有 {tool}：请安装与服务器同版本或更新的 PostgreSQL 客户端程序后再试")
        self.tool = tool


class ToolFailed(DomainError):
    """What pg_dump or pg_restore complained about."""

    def __init__(self, tool: str, complaint: str) -> None:
        super().__init__(f"{tool} 没有完成：{complaint}")
        self.tool = tool


@dataclass(frozen=True, slots=True)
class BackupMade:
    """News of a backup: where it lies, what it says of itself, how many bytes of database are in it."""

    path: Path
    header: BackupHeader
    size: int


def _silent(_done: int, _total: int, _text: str) -> None: ...


# ---- making ------------------------------------------------------------------------------------------------------


def default_name(office: Office) -> str:
    """WJY-20261122-0930.anjubak."""
    return f"{office.project_code}-{office.world.now().astimezone(OFFICE_ZONE):%Y%m%d-%H%M}{SUFFIX}"


def make_backup(office: Office, actor: Actor, path: Path, report: Report = _silent) -> BackupMade:
    """Write a backup of the whole office to `path` (a file, or a folder in which it gets a name) and read it back.

    Raises Refused, ToolMissing, ToolFailed, DiskFull, Outage; then nothing is left behind, neither there nor here.
    """
    with look(office, actor) as reading:
        wrap = recovery_wrap(reading)
    if path.is_dir():
        path = path / default_name(office)
    report(0, 3, "取快照")
    with _snapshot(office) as (source, counts, head):
        facts = BackupHeader(
            app_version=_version(), schema_rev=SCHEMA_REV, engine=office.engine.dialect.name,
            project_id=office.project_id, created=office.world.now(), audit_count=head[0], audit_head=head[1],
            counts=counts, recovery_wrap=wrap, key_fingerprints=office.vault.keys.fingerprints(), demo=office.demo,
        )  # fmt: skip
        report(1, 3, "加密写入")
        hashed = _Hashed(source)
        header = write_backup(
            office.world, path, facts, cast(BinaryIO, hashed), office.vault.keys,
            lambda done: report(1, 3, f"加密写入 {done >> 20} MB"),
        )  # fmt: skip
    report(2, 3, "读回核对")
    _prove(path, office, hashed)
    with begin(office, actor, Op.MAKE_BACKUP) as work:
        note_backup(work, header, hashed.size)
    report(3, 3, "完成")
    return BackupMade(path, header, hashed.size)


@needs(Right.MAKE_BACKUP)
def recovery_wrap(look: Look) -> bytes:
    """The project's keys of today, wrapped by the recovery code, as they go into the header. Raises WrapBroken."""
    wrapped = look.session.scalar(sa.select(OfficeKeyWrap.wrapped).where(OfficeKeyWrap.device_id.is_(None)))
    if wrapped is None:
        raise WrapBroken
    keys = look.vault.keys
    return wrapped if wrap_holds(wrapped, keys) else rewrap_for_recovery(wrapped, keys)


@needs(Right.MAKE_BACKUP)
def note_backup(work: Work, header: BackupHeader, size: int) -> None:
    """Write down that a backup was made, and up to which act it goes."""
    work.record(size=size, up_to=header.audit_count, engine=header.engine)


def _prove(path: Path, office: Office, written: _Hashed) -> None:
    """Read the file back: the very bytes whose rows were counted. A disk that lies is found now, not in need."""
    sink = _Sink()
    try:
        read_backup(path, office.vault.keys, cast(BinaryIO, sink))
        if sink.digest() != written.digest():
            raise BackupDamaged(path, "data")
    except BaseException:
        path.unlink(missing_ok=True)
        raise


class _Hashed:
    """A source that remembers the digest and size of what was read from it."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._sha = hashlib.sha256()
        self.size = 0

    def read(self, count: int = -1) -> bytes:
        data = self._source.read(count)
        self._sha.update(data)
        self.size += len(data)
        return data

    def digest(self) -> bytes:
        return self._sha.digest()


class _Sink(io.RawIOBase):
    """Takes everything and keeps only its digest: proving a backup leaves no plain copy."""

    def __init__(self) -> None:
        self._sha = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._sha.update(data)
        return len(data)

    def digest(self) -> bytes:
        return self._sha.digest()


Snapshot = tuple[BinaryIO, dict[str, int], tuple[int, bytes]]
"""The database as bytes, rows by table, and the end of the audit chain: (number, hash)."""


@contextmanager
def _snapshot(office: Office) -> Iterator[Snapshot]:
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
            counts, head = _read_sqlite(connection)
        with copy.open("rb") as source:
            yield source, counts, head
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read_sqlite(
    connection: sqlite3.Connection, of: BackupHeader | None = None
) -> tuple[dict[str, int], tuple[int, bytes]]:
    with _sqlite_trouble():
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise Outage(f"数据库的副本有损坏（{verdict}）", safe="原数据没有改动；请先做体检", retry=False)
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
    tool = _tool("pg_dump")
    reading = office.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with translated(), reading.connect() as connection:
        # pg_dump sees exactly what is counted here: both stand on one exported snapshot, held until it is done.
        name = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        counts, head = _read_database(connection)
        arguments, environment = _target(office.engine.url)
        command = [tool, "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={name}", *arguments]
        with _running("pg_dump", command, environment, stdout=subprocess.PIPE) as program:
            yield cast(BinaryIO, program), counts, head


def _read_database(
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


class _Program(io.RawIOBase):
    """A client program at work: what it writes can be read, what it reads can be written."""

    def __init__(self, tool: str, process: subprocess.Popen[bytes], complaints: Any) -> None:
        self._tool, self._process, self._complaints = tool, process, complaints

    def readable(self) -> bool:
        return self._process.stdout is not None

    def writable(self) -> bool:
        return self._process.stdin is not None

    def read(self, count: int = -1) -> bytes:
        """What it wrote; its end counts only when the program says that it went well."""
        assert self._process.stdout is not None
        data = self._process.stdout.read(count)
        if not data:
            self.check()
        return data

    def write(self, data: Any) -> int:
        assert self._process.stdin is not None
        return self._process.stdin.write(data)

    def end_input(self) -> None:
        """Nothing more comes."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def check(self) -> None:
        """Wait for its end. Raises ToolFailed with the first thing it complained about."""
        if self._process.wait() == 0:
            return
        self._complaints.seek(0)
        lines = self._complaints.read().decode("utf-8", "replace").strip().splitlines()
        errors = [line for line in lines if "error" in line.lower()] or lines or [f"代码 {self._process.returncode}"]
        raise ToolFailed(self._tool, errors[0].removeprefix(f"{self._tool}: "))


@contextmanager
def _running(
    tool: str, command: list[str], environment: dict[str, str], stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
) -> Iterator[_Program]:  # fmt: skip
    with tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(command, env=environment, stdin=stdin, stdout=stdout, stderr=complaints)
        except OSError as trouble:
            raise ToolFailed(tool, trouble.strerror or str(trouble)) from trouble
        try:
            yield _Program(tool, process, complaints)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with suppress(OSError):
                        stream.close()


def _tool(name: str) -> str:
    """The newest of PostgreSQL's client programs on this PC: an older pg_dump refuses a newer server."""
    end = ".exe" if os.name == "nt" else ""
    roots = [Path("/usr/lib/postgresql"), Path("/usr/local/pgsql"), Path("C:/Program Files/PostgreSQL")]
    found = [path for root in roots for path in root.glob(f"*/bin/{name}{end}")]
    if found:
        return str(max(found, key=lambda path: [int(n) if n.isdigit() else 0 for n in path.parts[-3].split(".")]))
    on_path = shutil.which(name)
    if on_path is None:
        raise ToolMissing(name)
    return on_path


def _target(url: URL) -> tuple[list[str], dict[str, str]]:
    """Arguments and environment for a client program; a password travels in the environment, never on the command."""
    environment = dict(os.environ)
    if url.password:
        environment["PGPASSWORD"] = str(url.password)
    parts = (("--host", url.host), ("--port", url.port), ("--username", url.username), ("--dbname", url.database))
    arguments = [f"{name}={value}" for name, value in parts if value]
    if (socket := url.query.get("host")) and not url.host:
        arguments.append(f"--host={socket}")
    return arguments, environment


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("anju-desk")
    except PackageNotFoundError:
        return "0"


# ---- restoring ---------------------------------------------------------------------------------------------------


def restore_backup(
    world: World, path: Path, recovery: RecoveryCode, data_dir: Path, url: URL | None = None, desk_name: str = "",
    passphrase: str | None = None, report: Report = _silent,
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
    proven = read_backup(path, recovery, cast(BinaryIO, _Sink()))
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
                _compare(path, header, *_read_sqlite(connection, header))
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
    arguments, environment = _target(url)
    command = [
        _tool("pg_restore"), "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", *arguments,
    ]  # fmt: skip
    with _running("pg_restore", command, environment, stdin=subprocess.PIPE) as program:
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
            _compare(path, header, *_read_database(connection, header))
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
