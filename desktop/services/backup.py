"""Backup 备份 of a whole office, into one sealed file that the recovery code alone opens.

SQLite is copied by VACUUM INTO, PostgreSQL by pg_dump; row counts and the end of the audit chain are taken from the
very snapshot that is sealed. After writing, the file is read back whole.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import sqlalchemy as sa

from desktop.models.offices import OfficeKeyWrap
from desktop.models.values import Right
from desktop.services.acts import Op
from desktop.services.backup_file import (
    SUFFIX,
    BackupDamaged,
    BackupHeader,
    read_backup,
    write_backup,
)
from desktop.services.keys import WrapBroken
from desktop.services.office import Office
from desktop.services.progress import Report, silent
from desktop.services.recovery import rewrap_for_recovery, wrap_holds
from desktop.services.rights import needs
from desktop.services.snapshot import snapshot
from desktop.services.work import SCHEMA_REV, Actor, Look, Work, begin, look
from desktop.world import OFFICE_ZONE


@dataclass(frozen=True, slots=True)
class BackupMade:
    """News of a backup: where it lies, what it says of itself, how many bytes of database are in it."""

    path: Path
    header: BackupHeader
    size: int


def default_name(office: Office) -> str:
    """WJY-20261122-0930.anjubak."""
    return f"{office.project_code}-{office.world.now().astimezone(OFFICE_ZONE):%Y%m%d-%H%M}{SUFFIX}"


def make_backup(office: Office, actor: Actor, path: Path, report: Report = silent) -> BackupMade:
    """Write a backup of the whole office to `path` (a file, or a folder in which it gets a name) and read it back.

    Raises Refused, ToolMissing, ToolFailed, DiskFull, Outage; then nothing is left behind, neither there nor here.
    """
    with look(office, actor) as reading:
        wrap = recovery_wrap(reading)
    if path.is_dir():
        path = path / default_name(office)
    report(0, 3, "取快照")
    with snapshot(office) as (source, counts, head):
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
    sink = Digesting()
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


class Digesting(io.RawIOBase):
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


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("anju-desk")
    except PackageNotFoundError:
        return "0"
