"""Offices that this process has made before: copied, not made again, where nothing could tell them apart.

Making one takes as long as most tests of a service, and filling it longer. Two are alike when their worlds stand alike,
the same form was filled in and the same function filled them; the copy has the same rows, files, keys, ids to come and
clock.
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
import pickle
import shutil
import sqlite3
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy.engine import URL

from desktop.services import database, opening
from desktop.services.keys import ProjectKeys, Vault
from desktop.services.office import DeskFacts, Office
from desktop.services.recovery import RecoveryCode
from desktop.services.sync.clock import HybridClock
from desktop.world import MemoryKeyring, SeededWorld, World
from tests.databases import TestRun, create_postgresql, drop_postgresql, keep_postgresql, stands


@dataclass(frozen=True)
class _Made:
    """An office as it was when it had just been made."""

    rows: Path | str
    """The file of SQLite, or the name of a database of PostgreSQL."""
    files: dict[str, bytes]
    keys: ProjectKeys
    facts: dict[str, Any]
    clock: str
    now: datetime
    count: int
    random: Any
    secrets: dict[str, str]
    outside: dict[str, Any]
    """How else the world stood: room on the disk, the clock of a server."""
    given: bytes
    """What the function that filled it gave back, pickled."""


_OUTSIDE = ("free", "server_ahead")
_made: dict[Hashable, _Made] = {}


def alike(
    world: World, data_dir: Path, where: URL, form: opening.FirstStart, recovery: RecoveryCode | None
) -> Hashable | None:
    """What tells this office from others; None where it has to be made: another world, a fault on the way, a folder
    or a database that is in use."""
    if type(world) is not SeededWorld or world._fault is not None or os.environ.get(TestRun.variable) is None:
        return None
    if type(world.keyring) is not MemoryKeyring or world.keyring._secrets:
        return None
    if _strangers(data_dir, where) or _holds_an_office(where):
        return None
    code = None if recovery is None else recovery.groups
    place = where.drivername, where.host, where.port
    return place, world.now(), world._count, hash(world._random.getstate()), repr(form), code


def _file(where: URL) -> Path | None:
    return Path(where.database) if where.drivername == "sqlite" and where.database else None


def _strangers(data_dir: Path, where: URL) -> list[Path]:
    """Files in the folder of an office besides its database."""
    file = _file(where)
    return [
        path for path in data_dir.rglob("*")
        if path.is_file() and not (file is not None and path.name.startswith(file.name))
    ]  # fmt: skip


def _holds_an_office(where: URL) -> bool:
    file = _file(where)
    if file is None:
        return False  # looked at when it is filled: a connection costs more than all else here
    if not file.exists():
        return False
    with contextlib.closing(sqlite3.connect(file)) as connection, contextlib.suppress(sqlite3.OperationalError):
        return bool(connection.execute("SELECT count(*) FROM node").fetchone()[0])
    return False


def filled_by(fill: Callable[[Office], Any], world: World) -> Hashable | None:
    """What tells this way of filling an office from others; None where it leans on something that may be different the
    next time: a function is told by its code and by what it closes over."""
    try:
        return _told(fill, world)
    except TypeError:
        return None


def _told(part: Any, world: World) -> Hashable:
    if part is world:
        return "the world"
    if part is None or isinstance(part, str | int | UUID | CodeType):
        return type(part), part
    if isinstance(part, tuple):
        return tuple(_told(each, world) for each in part)
    if isinstance(part, functools.partial):
        return _told(part.func, world), _told(part.args, world), _told(tuple(part.keywords.items()), world)
    if isinstance(part, FunctionType):
        inner = tuple(_told(cell.cell_contents, world) for cell in part.__closure__ or ())
        return part.__code__, inner, _told(part.__defaults__, world)
    raise TypeError(part)


class _Facts(pickle.Pickler):
    """Takes facts only: no office, no world and nothing that the system holds for us."""

    def reducer_override(self, thing: Any) -> Any:
        if isinstance(thing, Office | World):
            raise pickle.PicklingError("lives on in its test")
        return NotImplemented


def _pickled(given: Any) -> bytes | None:
    written = io.BytesIO()
    try:
        _Facts(written).dump(given)
    except (pickle.PicklingError, TypeError, AttributeError):
        return None
    return written.getvalue()


def keep(key: Hashable, office: Office, where: URL, given: Any = None) -> None:
    """Remember an office as it stands, and what the function that filled it gave back."""
    if (facts_given := _pickled(given)) is None:
        return
    world = office.world
    assert isinstance(world, SeededWorld)
    assert isinstance(world.keyring, MemoryKeyring)
    clock, names = office.clock, ("project_id", "project_code", "project_name", "organisation", "node_id", "demo")
    _made[key] = _Made(
        _rows_of(office, where),
        {str(path.relative_to(office.data_dir)): path.read_bytes() for path in _strangers(office.data_dir, where)},
        office.vault.keys, {name: getattr(office, name) for name in names} | {"desk": office.desk},
        f"{clock._milliseconds:012x}{clock._count:04x}{clock._node:08x}", world.now(), world._count,
        world._random.getstate(), dict(world.keyring._secrets), {name: getattr(world, name) for name in _OUTSIDE},
        facts_given,
    )  # fmt: skip


def is_kept(key: Hashable) -> bool:
    """Whether `copy` has an office of this kind to give."""
    return key in _made


def copy(key: Hashable, world: World, data_dir: Path, where: URL) -> tuple[Office, Any] | None:
    """An office like one that was kept, open, and what was given back of it; None when there is none yet."""
    made = _made.get(key)
    if made is None or not _fill(where, made.rows):
        return None
    assert isinstance(world, SeededWorld)
    assert isinstance(world.keyring, MemoryKeyring)
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in made.files.items():
        target = data_dir / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod(0o600)
    world.keyring._secrets.update(made.secrets)
    device = opening.device_keys_for(world, data_dir, made.facts["demo"])
    engine = database.open_engine(where)
    reading, writing = database.sessions(engine)
    desk: DeskFacts = made.facts["desk"]
    facts = {name: value for name, value in made.facts.items() if name != "desk"}
    world._now, world._count, world._told = made.now, made.count, None
    world._random.setstate(made.random)
    vars(world).update(made.outside)
    office = Office(
        engine, Vault(made.keys, device, world), world, HybridClock(facts["node_id"], made.clock), desk=desk,
        data_dir=data_dir, reading=reading, writing=writing, **facts,
    )  # fmt: skip
    return office, pickle.loads(made.given)


# ---- rows ------------------------------------------------------------------------------------------------------------


def _rows_of(office: Office, where: URL) -> Path | str:
    if (file := _file(where)) is not None:
        kept = Path(os.environ[TestRun.variable]) / f"office-{os.getpid()}-{len(_made)}.db"
        with contextlib.closing(sqlite3.connect(file)) as source, contextlib.closing(sqlite3.connect(kept)) as target:
            source.backup(target)
        return kept
    office.engine.dispose()  # nobody may have open what is copied
    return keep_postgresql(where.render_as_string(hide_password=False))


def _fill(where: URL, rows: Path | str) -> bool:
    """Put the database in its place, where there is none or an empty one; False when somebody uses what is there."""
    if isinstance(rows, Path):
        file = _file(where)
        assert file is not None
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(rows, file)
        return True
    url = where.render_as_string(hide_password=False)
    if stands(url):
        if not _is_empty(where):
            return False
        drop_postgresql(url)
    create_postgresql(url, rows)
    return True


def _is_empty(where: URL) -> bool:
    """A schema, no office in it, and nobody else at it."""
    plain = where.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('node') IS NOT NULL")
        if cursor.fetchone() != (True,):
            return False
        cursor.execute(
            "SELECT NOT EXISTS (SELECT FROM node) AND (SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database()) = 1"
        )
        return cursor.fetchone() == (True,)
