"""The backup file `.anjubak`: a readable header, then the database in sealed chunks; the recovery code alone opens it.

    magic "ANJUBAK\\n" · format u16 · header length u32 · header JSON · SHA-256 of all that · chunks · trailer
    chunk    up to 1 MiB, AES-256-GCM; nonce = chunk number(11) ‖ last(1): cutting, swapping and repeating are noticed
    trailer  number of plain bytes u64 · "ANJUEND\\n"

The file key comes from the project's backup key, a salt of this file and the header, so a changed header opens nothing.
The project's keys travel in the header, wrapped by the recovery code: a PC without keyring and network can restore.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from desktop.services.errors import DomainError, Outage
from desktop.services.files import swapped_in
from desktop.services.keys import ProjectKeys
from desktop.services.recovery import RecoveryCode, unwrap_by_recovery_code, wrap_holds
from desktop.services.secret import subkey
from desktop.world import World

SUFFIX = ".anjubak"
MAGIC = b"ANJUBAK\n"
END = b"ANJUEND\n"
FORMAT = 1
CHUNK = 1 << 20
TAG = 16
SALT_BYTES = 32
HEADER_MAX = 4 << 20

_START = struct.Struct(">8sHI")
_TRAILER = struct.Struct(">Q8s")
SAFE = "管理处的数据没有受影响"

Step = Callable[[int], None]
"""Told the plain bytes done so far; raising from it stops the work and leaves nothing behind."""


class NotABackup(DomainError):
    def __init__(self, path: Path) -> None:
        super().__init__(f"{path.name} 不是安居前台的备份文件，请选择以 {SUFFIX} 结尾的备份。", "path")
        self.path = path


class BackupTooNew(DomainError):
    """`format` is the file's, above what this program knows."""

    def __init__(self, path: Path, found: int) -> None:
        super().__init__(f"备份 {path.name} 是更新版本的程序做的，请先升级安居前台再恢复。", "path")
        self.path = path
        self.format = found


class BackupDamaged(DomainError):
    """`part` is "header", "data" or "trailer"; `offset` the plain byte from which nothing can be trusted."""

    def __init__(self, path: Path, part: str, offset: int = 0) -> None:
        words = {"header": "文件头", "data": f"第 {offset // CHUNK + 1} 段数据", "trailer": "文件尾"}
        super().__init__(f"备份 {path.name} 已损坏（{words[part]}与写入时不同），请换用另一份备份。", "path")
        self.path = path
        self.part = part
        self.offset = offset


class BackupTruncated(DomainError):
    """The file ends too early: a copy that was interrupted."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"备份 {path.name} 不完整（可能没有复制完），请重新复制或换用另一份备份。", "path")
        self.path = path


class BackupOfOtherProject(DomainError):
    """`found` is the project of the file, `expected` the one whose keys were offered."""

    def __init__(self, path: Path, found: UUID, expected: UUID) -> None:
        super().__init__(f"备份 {path.name} 属于另一个项目，本管理处的密钥打不开它；请输入那个项目的恢复码。", "path")
        self.path = path
        self.found = found
        self.expected = expected


@dataclass(frozen=True, slots=True)
class BackupHeader:
    """What a backup says of itself, readable without any key. No personal data: names of tables and counts only."""

    app_version: str
    schema_rev: int
    engine: str
    project_id: UUID
    created: datetime
    audit_count: int
    audit_head: bytes
    counts: Mapping[str, int]
    recovery_wrap: bytes
    key_fingerprints: Mapping[str, str]
    salt: bytes = b""
    format: int = FORMAT
    demo: bool = False
    """An invented office: its device key needs no keyring."""

    def __post_init__(self) -> None:
        if self.created.tzinfo is None:
            raise ValueError("an instant carries its zone")

    def dump(self) -> bytes:
        stored = {
            "app_version": self.app_version,
            "schema_rev": self.schema_rev,
            "engine": self.engine,
            "project": str(self.project_id),
            "created": self.created.isoformat(),
            "audit_count": self.audit_count,
            "audit_head": self.audit_head.hex(),
            "counts": dict(sorted(self.counts.items())),
            "salt": self.salt.hex(),
            "demo": self.demo,
            "recovery_wrap": base64.b64encode(self.recovery_wrap).decode("ascii"),
            "key_fingerprints": dict(sorted(self.key_fingerprints.items())),
        }
        return json.dumps(stored, ensure_ascii=False, indent=1).encode()

    @classmethod
    def load(cls, raw: bytes, found_format: int) -> BackupHeader:
        """The header from its JSON; fields of a later minor version are left aside. Raises ValueError."""
        try:
            stored = json.loads(raw)
            return cls(
                app_version=str(stored["app_version"]),
                schema_rev=int(stored["schema_rev"]),
                engine=str(stored["engine"]),
                project_id=UUID(stored["project"]),
                created=datetime.fromisoformat(stored["created"]),
                audit_count=int(stored["audit_count"]),
                audit_head=bytes.fromhex(stored["audit_head"]),
                counts={str(name): int(count) for name, count in stored["counts"].items()},
                recovery_wrap=base64.b64decode(stored["recovery_wrap"], validate=True),
                key_fingerprints={str(name): str(print_) for name, print_ in stored["key_fingerprints"].items()},
                salt=bytes.fromhex(stored["salt"]),
                format=found_format,
                demo=bool(stored.get("demo", False)),
            )
        except (KeyError, TypeError, AttributeError) as trouble:
            raise ValueError("not a backup header") from trouble


@dataclass(frozen=True, slots=True)
class BackupRead:
    """A backup read whole and proven unchanged: its header, the project's keys, the plain size in bytes."""

    header: BackupHeader
    keys: ProjectKeys
    size: int


def write_backup(
    world: World, path: Path, header: BackupHeader, source: BinaryIO, keys: ProjectKeys, step: Step | None = None
) -> BackupHeader:
    """Seal everything `source` gives into `path`, which appears only when complete and on the disk.

    The salt is drawn here; the header as written is returned. `header.recovery_wrap` must hold these very keys (refresh
    it with `rewrap_for_recovery` after a new data key). Raises WrapBroken, Outage when the disk does not take it.
    """
    if header.key_fingerprints != keys.fingerprints() or header.project_id != keys.project_id:
        raise ValueError("the header speaks of other keys")
    if not wrap_holds(header.recovery_wrap, keys):
        raise ValueError("the recovery wrap holds other keys")
    header = replace(header, salt=world.random_bytes(SALT_BYTES), format=FORMAT)
    body = header.dump()
    start = _START.pack(MAGIC, FORMAT, len(body)) + body
    cipher = _cipher(keys, header.salt, start)
    try:
        with swapped_in(path) as stream:
            stream.write(start + hashlib.sha256(start).digest())
            done = _seal_chunks(cipher, source, stream, step)
            stream.write(_TRAILER.pack(done, END))
            world.fault("backup.before_swap")
    except OSError as trouble:
        raise Outage(f"备份没有写成（{trouble.strerror or trouble}），请检查磁盘空间后重试", SAFE) from trouble
    world.fault("backup.swapped")
    return header


def read_header(path: Path) -> BackupHeader:
    """What a backup says of itself; the chunks are not looked at. Raises NotABackup, BackupTooNew, BackupDamaged,
    BackupTruncated, Outage.
    """
    try:
        with path.open("rb") as stream:
            return _read_start(path, stream)[0]
    except OSError as trouble:
        raise _unreadable(path, trouble) from trouble


def read_backup(path: Path, key: RecoveryCode | ProjectKeys, out: BinaryIO, step: Step | None = None) -> BackupRead:
    """Write the plain database to `out`, by the recovery code alone or by the keys of a running office.

    On any error `out` is emptied again: nothing of a file that is not whole may be used. Raises NotABackup,
    BackupTooNew, BackupDamaged, BackupTruncated, BackupOfOtherProject, RecoveryCodeWrong, WrapBroken, Outage.
    """
    try:
        with path.open("rb") as stream:
            header, start = _read_start(path, stream)
            keys = _keys_for(path, header, key)
            size = _open_chunks(path, _cipher(keys, header.salt, start), stream, out, step)
    except OSError as trouble:
        _empty(out)
        raise _unreadable(path, trouble) from trouble
    except BaseException:
        _empty(out)
        raise
    return BackupRead(header, keys, size)


def _keys_for(path: Path, header: BackupHeader, key: RecoveryCode | ProjectKeys) -> ProjectKeys:
    keys = unwrap_by_recovery_code(header.recovery_wrap, key) if isinstance(key, RecoveryCode) else key
    if keys.project_id != header.project_id:
        raise BackupOfOtherProject(path, header.project_id, keys.project_id)
    if keys.fingerprints()["backup"] != header.key_fingerprints.get("backup"):
        raise BackupDamaged(path, "header")
    return keys


def _cipher(keys: ProjectKeys, salt: bytes, start: bytes) -> AESGCM:
    purpose = f"anju-desk backup v1|{hashlib.sha256(start).hexdigest()}"
    return AESGCM(subkey(keys.backup, purpose, salt).reveal())


def _read_start(path: Path, stream: BinaryIO) -> tuple[BackupHeader, bytes]:
    """(header, the bytes the file key is bound to); the stream stands before the first chunk."""
    start = stream.read(_START.size)
    if start[: len(MAGIC)] != MAGIC[: len(start)] or not start:
        raise NotABackup(path)
    if len(start) < _START.size:
        raise BackupTruncated(path)
    _, found, length = _START.unpack(start)
    body, digest = stream.read(min(length, HEADER_MAX)), stream.read(32)
    if hashlib.sha256(start + body).digest() != digest:
        stream.seek(-min(len(END), stream.tell()), os.SEEK_END)
        raise BackupDamaged(path, "header") if stream.read() == END else BackupTruncated(path)
    # Magic, format, length and digest stay where they are in every format, so a slip here is no newer file.
    if found > FORMAT:
        raise BackupTooNew(path, found)
    try:
        return BackupHeader.load(body, found), start + body
    except ValueError as trouble:
        raise BackupDamaged(path, "header") from trouble


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _seal_chunks(cipher: AESGCM, source: BinaryIO, stream: BinaryIO, step: Step | None) -> int:
    """Seal `source` to its end, one chunk ahead so that the last is known; the plain size."""
    number = done = 0
    chunk = _read_full(source, CHUNK)
    while True:
        following = _read_full(source, CHUNK)
        stream.write(cipher.encrypt(_nonce(number, not following), chunk, None))
        done += len(chunk)
        if step is not None:
            step(done)
        if not following:
            return done
        chunk, number = following, number + 1


def _open_chunks(path: Path, cipher: AESGCM, stream: BinaryIO, out: BinaryIO, step: Step | None) -> int:
    first = stream.tell()
    end = stream.seek(0, os.SEEK_END) - _TRAILER.size
    if end < first + TAG:
        raise BackupTruncated(path)
    stream.seek(end)
    size, mark = _TRAILER.unpack(stream.read(_TRAILER.size))
    stream.seek(first)
    number = done = 0
    left = end - first
    while left:
        sealed = stream.read(min(CHUNK + TAG, left))
        left -= len(sealed)
        try:
            plain = cipher.decrypt(_nonce(number, not left), sealed, None)
        except (InvalidTag, ValueError) as trouble:
            # The end mark tells a file that was cut short from one that was changed inside.
            raise BackupDamaged(path, "data", done) if mark == END else BackupTruncated(path) from trouble
        try:
            out.write(plain)
        except OSError as trouble:
            raise Outage(
                f"恢复的数据写不进去（{trouble.strerror or trouble}），请腾出磁盘空间后重试", SAFE
            ) from trouble
        done += len(plain)
        number += 1
        if step is not None:
            step(done)
    if mark != END or size != done:
        raise BackupDamaged(path, "trailer", done)
    return done


def _read_full(source: BinaryIO, count: int) -> bytes:
    """`count` bytes or all that is left: a pipe gives less than asked without being at its end."""
    parts = []
    while count and (part := source.read(count)):
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _empty(out: BinaryIO) -> None:
    # A disk that failed once may fail here too: the first trouble is the one to tell.
    with suppress(OSError):
        if out.seekable():
            out.seek(0)
            out.truncate()


def _unreadable(path: Path, trouble: OSError) -> Outage:
    return Outage(f"备份 {path.name} 读不出来（{trouble.strerror or trouble}），请检查磁盘或 U 盘后重试", SAFE)
