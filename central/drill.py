"""The drill: the newest backup brought back on a scratch server, to a moment, and looked at. Nothing of the running
head office is touched.

A backup is what `pg_basebackup` wrote and the folder into which PostgreSQL archives its log (docs/head-office.md).
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine

from central import tables
from central.isolation import speak_as_head_office, speak_for
from desktop.services import database
from desktop.services.errors import DomainError

START_SECONDS = 3600
"""For the replay of the archived log."""


class DrillFailed(DomainError):
    """The backup does not come back, or not whole; the sentence says what to look at."""


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """What stood in the backup. `last_act`: when the newest act had come; None without any."""

    projects: int
    acts: int
    last_act: datetime | None


def drill(base: Path, archive: Path, until: datetime | None, programs: Path, of: URL) -> BroughtBack:
    """Bring a copy of `base` back to a moment (None: as far as the archive goes) and check every project. `of`: the
    address of head office's database, for its name and role. Raises DrillFailed."""
    with _scratch(base) as folder:
        _settings(folder, archive, until)
        port = _free_port()
        engine = database.open_engine(of.set(host="127.0.0.1", port=port, query={}))
        try:
            with _started(programs, folder, port):
                _until_recovered(engine)
                return _looked_at(engine)
        except sa.exc.DBAPIError as wrong:
            raise DrillFailed(f"恢复后的数据库读不出来：{type(wrong.orig).__name__}") from wrong
        finally:
            engine.dispose()


def find_programs() -> Path:
    """The folder of the newest PostgreSQL server programs of this machine. Raises DrillFailed."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    if on_path := shutil.which("pg_ctl"):
        found.append(Path(on_path).resolve().parent)
    if not found:
        raise DrillFailed("这台机器没有 PostgreSQL 服务器程序：装好后再演练，或用 --programs 指明")
    return max(found, key=lambda folder: folder.parent.name)


@contextmanager
def _scratch(base: Path) -> Iterator[Path]:
    if not (base / "PG_VERSION").is_file():
        raise DrillFailed(f"{base} 不是 pg_basebackup 的备份（--format=plain）")
    with tempfile.TemporaryDirectory(prefix="anju-drill-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        shutil.copytree(base, data)
        Path(folder).chmod(0o755)
        data.chmod(0o700)
        for name in ("postmaster.pid", "standby.signal"):
            (data / name).unlink(missing_ok=True)
        yield data


def _settings(data: Path, archive: Path, until: datetime | None) -> None:
    """Nothing of the old settings counts but what the recovery itself needs."""
    lines = [
        "listen_addresses = '127.0.0.1'", "unix_socket_directories = ''", "archive_mode = off", "ssl = off",
        "shared_preload_libraries = ''", "logging_collector = off", f"hba_file = '{data / 'drill_hba.conf'}'",
        f"restore_command = 'cp \"{archive.resolve()}/%f\" \"%p\"'", "recovery_target_action = 'promote'",
    ]  # fmt: skip
    if until is not None:
        lines.append(f"recovery_target_time = '{until.isoformat()}'")
    (data / "postgresql.auto.conf").write_text("")
    (data / "postgresql.conf").write_text("\n".join([*_limits(data), *lines, ""]))
    (data / "drill_hba.conf").write_text("host all all 127.0.0.1/32 trust\n")
    (data / "recovery.signal").touch()


def _limits(data: Path) -> list[str]:
    """A recovery refuses to start with fewer connections or locks than the server had."""
    names = ("max_connections", "max_worker_processes", "max_wal_senders", "max_prepared_transactions",
             "max_locks_per_transaction")  # fmt: skip
    text = (data / "postgresql.conf").read_text() if (data / "postgresql.conf").exists() else ""
    found = [line.strip() for line in text.splitlines() if line.strip().startswith(names)]
    return found or ["max_connections = 500", "max_wal_senders = 20", "max_worker_processes = 64"]


@contextmanager
def _started(programs: Path, data: Path, port: int) -> Iterator[None]:
    log, as_user = data.parent / "drill.log", _unprivileged(data.parent)
    command = [str(programs / "pg_ctl"), "-D", str(data), "-w", "-t", str(START_SECONDS)]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": data.parent} | as_user
    start = [*command, "-l", str(log), "-o", f"-p {port}", "start"]
    if subprocess.run(start, check=False, **quiet).returncode != 0:
        tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
        raise DrillFailed(f"备份恢复不起来，PostgreSQL 说：\n{tail}")
    try:
        yield
    finally:
        subprocess.run([*command, "-m", "immediate", "stop"], check=False, **quiet)


def _unprivileged(folder: Path) -> dict[str, Any]:
    """PostgreSQL does not run as root: root hands over to the user `postgres`."""
    if os.name == "nt" or os.geteuid() != 0:
        return {}
    import pwd

    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        raise DrillFailed("请用数据库的用户来演练（PostgreSQL 不能以 root 运行）") from None
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until_recovered(engine: Engine) -> None:
    """Wait for the end of the archived log: the server answers readers before it is there."""
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        with engine.connect() as connection:
            if not connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar_one():
                return
        time.sleep(0.2)
    raise DrillFailed("恢复太慢：归档日志太长，请先做一份新的 pg_basebackup")


def _looked_at(engine: Engine) -> BroughtBack:
    with engine.connect() as connection:
        speak_as_head_office(connection)
        known = [*connection.scalars(sa.select(tables.directory.c.project_id))]
        found = [_whole(connection, project_id) for project_id in known if project_id is not None]
    times = [at for _, at in found if at is not None]
    return BroughtBack(len(known), sum(acts for acts, _ in found), max(times, default=None))


def _whole(connection: Connection, project_id: UUID) -> tuple[int, datetime | None]:
    """How many acts of a project are there, and when the newest came. Raises DrillFailed where one is missing."""
    speak_for(connection, project_id)
    table = tables.act
    count, last, newest = connection.execute(
        sa.select(sa.func.count(), sa.func.max(table.c.number), sa.func.max(table.c.received_at)).where(
            table.c.project_id == project_id
        )
    ).one()
    told = connection.scalar(sa.select(tables.project.c.last_number).where(tables.project.c.project_id == project_id))
    if not count == (last or 0) == (told or 0):
        raise DrillFailed(f"恢复后项目 {project_id} 缺了变更：有 {count} 条，最后一条是第 {told} 条")
    return count, newest
