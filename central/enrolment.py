"""Letting offices in: projects that head office knows by their code, secrets that are good once, and PCs.

A secret is kept as its hash. The first PC of a project says which project id its office has; every later one must mean
the same, or has none yet and takes it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from central import tables
from central.answers import Refused
from central.isolation import speak_as_head_office, speak_for
from central.log import epoch_of, know, know_project
from desktop.ids import id_of_hex
from desktop.services.bulk import insert_new
from desktop.services.errors import DomainError
from desktop.services.sync import messages
from desktop.services.sync.enrol_code import (
    OTHER_PROJECT,
    SECRET_BYTES,
    TOKEN_EXPIRED,
    TOKEN_UNKNOWN,
    TOKEN_USED,
    Enrol,
    Enrolled,
)
from desktop.world import World

GOOD_FOR = timedelta(hours=24)
_CODE = re.compile(r"[A-Z0-9]{2,6}")


class WrongCode(DomainError):
    """Not a code of a project, or one that is taken, or unknown."""


@dataclass(frozen=True, slots=True)
class KnownProject:
    """A project in head office's list. `project_id`: None until its first office enrolled."""

    code: str
    name: str
    project_id: UUID | None


class Enrolment:
    """The list of projects and their enrolment secrets in one database."""

    def __init__(self, engine: Engine, world: World) -> None:
        self._reading = engine
        self._writing = engine.execution_options(anju_write=True)
        self._world = world

    def add_project(self, code: str, name: str) -> None:
        """A project whose offices may enrol. Raises WrongCode."""
        if _CODE.fullmatch(code) is None:
            raise WrongCode("项目代号是 2 到 6 位大写字母或数字，和管理处里填的一样")
        columns = [column.name for column in tables.directory.columns]
        with self._changing() as connection:
            row = (code, name.strip() or code, None, self._world.now())
            if not insert_new(connection, tables.directory, columns, [row]):
                raise WrongCode(f"项目代号 {code} 已经有了")

    def projects(self) -> list[KnownProject]:
        """All projects by their code."""
        table = tables.directory
        with self._reading.connect() as connection:
            speak_as_head_office(connection)
            rows = connection.execute(sa.select(table.c.code, table.c.name, table.c.project_id).order_by(table.c.code))
            return [KnownProject(row.code, row.name, row.project_id) for row in rows]

    def find(self, code: str) -> KnownProject:
        """The project with this code. Raises WrongCode."""
        found = next((known for known in self.projects() if known.code == code), None)
        if found is None:
            raise WrongCode(f"没有代号是 {code} 的项目：用 project list 看有哪些")
        return found

    def make_token(self, code: str, good_for: timedelta = GOOD_FOR) -> bytes:
        """A new secret for one PC of a project; only its hash stays here. Raises WrongCode."""
        self.find(code)
        secret, now = self._world.random_bytes(SECRET_BYTES), self._world.now()
        columns = [column.name for column in tables.token.columns]
        with self._changing() as connection:
            row = (hashlib.sha256(secret).digest(), code, now, now + good_for, None, None, None)
            insert_new(connection, tables.token, columns, [row])
        return secret

    def enrol(self, asked: Enrol) -> Enrolled:
        """Let a PC in whose signature was checked; the same PC is answered again. Raises Refused."""
        table, sha = tables.token, hashlib.sha256(asked.token).digest()
        with self._changing() as connection:
            row = connection.execute(sa.select(table).where(table.c.sha == sha).with_for_update()).first()
            if row is None:
                raise Refused(TOKEN_UNKNOWN, status=403)
            device_id = id_of_hex(asked.device)
            if row.used_at is not None and (row.device_id, row.signing_key) != (device_id, asked.signing_key):
                raise Refused(TOKEN_USED, status=403)
            if row.expires_at < self._world.now():
                raise Refused(TOKEN_EXPIRED, status=403)
            project_id, name = self._project_of(connection, row.code, asked)
            connection.execute(
                sa.update(table)
                .where(table.c.sha == sha)
                .values(used_at=self._world.now(), device_id=device_id, signing_key=asked.signing_key)
            )
            speak_for(connection, project_id)
            know_project(connection, project_id, row.code, name)
            know(connection, project_id, [(device_id, asked.signing_key)])
            self._same_key(connection, project_id, device_id, asked.signing_key)
            return Enrolled(project_id.hex, row.code, name, epoch_of(connection))

    def _project_of(self, connection: Connection, code: str, asked: Enrol) -> tuple[UUID, str]:
        """The project of a code; the first PC of it says its id. Raises Refused."""
        table = tables.directory
        row = connection.execute(sa.select(table).where(table.c.code == code).with_for_update()).one()
        own = None if asked.project is None else id_of_hex(asked.project)
        if row.project_id is not None:
            if own not in (None, row.project_id):
                raise Refused(OTHER_PROJECT, status=403)
            return row.project_id, row.name
        if own is None or connection.execute(sa.select(table.c.code).where(table.c.project_id == own)).first():
            raise Refused(OTHER_PROJECT, status=403)
        connection.execute(sa.update(table).where(table.c.code == code).values(project_id=own))
        return own, row.name

    def _same_key(self, connection: Connection, project_id: UUID, device_id: UUID, key: bytes) -> None:
        """Raise Refused where the id of the PC is known with another key, or was shut out."""
        table = tables.device
        row: Any = connection.execute(
            sa.select(table.c.signing_key, table.c.revoked_at).where(
                table.c.project_id == project_id, table.c.device_id == device_id
            )
        ).one()
        if row.signing_key != key:
            raise Refused(messages.FOREIGN)
        if row.revoked_at is not None:
            raise Refused(messages.REVOKED)

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        with self._writing.begin() as connection:
            speak_as_head_office(connection)
            yield connection
