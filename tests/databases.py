"""Databases for the tests: one PostgreSQL server a run, one migrated template a worker, a fresh clone a test.

PostgreSQL comes from `ANJU_TEST_DATABASE` (the URL of a scratch server whose user may create databases), else from the
newest server programs on this machine, else from the pip package in the development set. When none can be had, tests
that need it fail and say so: never skipped. Data lies in memory where the system offers that.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import secrets
import shutil
import signal
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import psutil
import psycopg
import sqlalchemy as sa
from filelock import FileLock
from psycopg import sql

from tests.postgresql import ADMIN, OLDEST, OWNER, NoPostgresError, Server

EngineKind = Literal["sqlite", "postgresql"]
ENGINE_KINDS: tuple[EngineKind, ...] = ("sqlite", "postgresql")


def migrate(url: str) -> None:
    """Brings an empty database to the newest schema, the way the program does it."""
    from desktop.services.database import migrate_url

    migrate_url(url)


# ---- one run of the tests ----------------------------------------------------------------------------------------


class TestRun:
    """The folder of one run of the tests, and the server in it that all its worker processes share."""

    __test__ = False
    variable = "ANJU_TEST_RUN"

    def __init__(self, folder: Path, *, mine: bool) -> None:
        self.folder = folder
        self.mine = mine
        self._server: Server | None = None

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
        if self._server is None:
            told = self.folder / "server.json"
            with FileLock(self.folder / "server.lock"):
                if not told.exists():
                    server = Server.start(self.folder / "postgresql")
                    told.write_text(json.dumps(asdict(server)))
            self._server = Server(**json.loads(told.read_text()))
        return self._server

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
        url = self.reserve(kind)
        if kind == "postgresql":
            create_postgresql(url, "template0")
        return url

    def clone(self, kind: EngineKind) -> str:
        """The URL of a new database with the newest schema and nothing in it."""
        url = self.reserve(kind)
        self.lay(url)
        return url

    def lay(self, url: str) -> None:
        """The newest schema where a place was reserved."""
        kind = _kind(url)
        if kind not in self._templates:
            template = self.empty(kind)
            self._build(template)
            if kind == "sqlite":
                _settle(_path(template))
            self._templates[kind] = template
        _copy(self._templates[kind], url)

    def copy(self, url: str) -> str:
        """The URL of a copy of one of our databases, with everything in it. Nobody may have it open."""
        copied = self.reserve(_kind(url))
        if _kind(url) == "sqlite":
            _settle(_path(url))
        _copy(url, copied)
        return copied

    def reserve(self, kind: EngineKind) -> str:
        """The URL of a database that does not stand yet; whoever makes it there need not remove it."""
        number = next(self._numbers)
        if kind == "sqlite":
            path = self._folder / str(number) / "office.db"
            path.parent.mkdir(parents=True)
            url = f"sqlite:///{path}"
        else:
            url = self._server_url(f"{self._prefix}_{number}")
        self._alive.add(url)
        return url

    def _server_url(self, name: str) -> str:
        if (outside := os.environ.get("ANJU_TEST_DATABASE")) is not None:
            return sa.make_url(outside).set(database=name).render_as_string(hide_password=False)
        return self._run.server().url(name)

    def drop(self, url: str) -> None:
        """Removes a database again, also when a connection to it was forgotten."""
        self._alive.discard(url)
        if url.startswith("sqlite"):
            shutil.rmtree(_path(url).parent)
            return
        drop_postgresql(url)

    def close(self) -> None:
        """Removes every database that is still there."""
        for url in sorted(self._alive):
            self.drop(url)
        shutil.rmtree(self._folder, ignore_errors=True)

    @contextlib.contextmanager
    def admin(self) -> Iterator[psycopg.Connection]:
        """An autocommit connection to the server beside its databases."""
        yield admin_at(self._server_url("postgres"))


def _kind(url: str) -> EngineKind:
    return "sqlite" if url.startswith("sqlite") else "postgresql"


def _copy(source: str, target: str) -> None:
    if _kind(source) == "sqlite":
        shutil.copyfile(_path(source), _path(target))
    else:
        create_postgresql(target, sa.make_url(source).database or "")


# ---- PostgreSQL: whole databases -------------------------------------------------------------------------------------

_admins: dict[tuple[str | None, int | None], psycopg.Connection] = {}
_kept: list[str] = []


def admin_at(url: str) -> psycopg.Connection:
    """An autocommit connection to the server of a database, beside its databases. It stays open: most tests need it."""
    where = sa.make_url(url)
    key = where.host, where.port
    if key not in _admins or _admins[key].closed:
        if (outside := os.environ.get("ANJU_TEST_DATABASE")) is None:
            where = where.set(username=ADMIN, database="postgres")
        else:
            where = sa.make_url(outside)
        plain = where.set(drivername="postgresql").render_as_string(hide_password=False)
        _admins[key] = psycopg.connect(plain, autocommit=True)
        if _admins[key].info.server_version < OLDEST * 10_000:
            raise NoPostgresError(f"ANJU_TEST_DATABASE is older than PostgreSQL {OLDEST}.")
    return _admins[key]


def close_admins() -> None:
    """At the end of the run."""
    while _kept:
        drop_postgresql(_kept.pop())
    while _admins:
        _admins.popitem()[1].close()


def create_postgresql(url: str, template: str) -> None:
    """A database at this address, with all that the template has. Nobody may have the template open."""
    name, connection = sql.Identifier(sa.make_url(url).database or ""), admin_at(url)
    # The files as they are: half the time of copying block by block through the log.
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    connection.execute(statement.format(name, sql.Identifier(template)))
    if os.environ.get("ANJU_TEST_DATABASE") is None:
        # A non-superuser owns it, as in an office.
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, sql.Identifier(OWNER)))


def keep_postgresql(url: str) -> str:
    """The name of a copy that stays to the end of the run, to be copied from."""
    name = f"anju_kept_{os.getpid()}_{secrets.token_hex(4)}"
    kept = sa.make_url(url).set(database=name).render_as_string(hide_password=False)
    create_postgresql(kept, sa.make_url(url).database or "")
    _kept.append(kept)
    return name


def stands(url: str) -> bool:
    """Whether there is a database at this address."""
    query = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = %s)"
    return admin_at(url).execute(query, (sa.make_url(url).database,)).fetchone() == (True,)


def drop_postgresql(url: str) -> None:
    """Removes a database, also when a connection to it was forgotten."""
    name = sql.Identifier(sa.make_url(url).database or "")
    admin_at(url).execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def lay_schema(path: Path) -> None:
    """A SQLite file with the newest schema and nothing in it, copied from one that this run of the tests built once.

    Building it costs more than most tests of the window. Nothing is done where a file stands, or outside a run.
    """
    told = os.environ.get(TestRun.variable)
    if told is None or path.exists():
        return
    template = Path(told) / "template.db"
    with FileLock(Path(told) / "template.lock"):
        if not template.exists():
            fresh = template.with_suffix(".new")
            migrate(f"sqlite:///{fresh}")
            _settle(fresh)
            fresh.rename(template)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(template, path)


def _path(url: str) -> Path:
    return Path(sa.make_url(url).database or "")


def _settle(path: Path) -> None:
    """Brings everything from the write-ahead log into the file itself, so that copying the one file is enough."""
    connection = sqlite3.connect(path, timeout=1)
    busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.close()
    if busy:
        raise RuntimeError(f"{path} is still open: what built the template must close its connections")
