"""Files of the office: condition photos, printed leases, scans. Each has a key of its own; destroying it erases
the file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from desktop.models.base import table_of
from desktop.models.documents import Blob, StoredFile
from desktop.models.values import Right
from desktop.services.bulk import insert_tuples
from desktop.services.errors import DomainError, NotFound, Refused
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

MOST_BYTES = 20 * 1024 * 1024
WITH_NUMBERS = frozenset({"lease_pdf"})
"""Kinds of files that show document numbers and phones in full."""


class FileTooLarge(DomainError):
    """`size` in bytes."""

    def __init__(self, title: str, size: int) -> None:
        super().__init__(f"{title} 有 {size // 1024 // 1024} MB，最多 {MOST_BYTES // 1024 // 1024} MB：压缩后再添加")
        self.size = size


@dataclass(frozen=True, slots=True)
class FileForm:
    """A file to be kept."""

    title: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class FileRow:
    """A kept file in a list."""

    id: UUID
    kind: str
    title: str
    media_type: str
    size: int
    at: datetime


@part
def put_file(work: Work, kind: str, subject_table: str, subject_id: UUID, form: FileForm) -> UUID:
    """Keep a file encrypted under a key of its own. Raises FileTooLarge."""
    if len(form.data) > MOST_BYTES:
        raise FileTooLarge(form.title, len(form.data))
    wrapped, ciphertext = work.vault.seal_file(form.data)
    sha = hashlib.sha256(ciphertext).digest()
    row = StoredFile(
        kind=kind, subject_table=subject_table, subject_id=subject_id, media_type=form.media_type, size=len(form.data),
        sha256=sha, file_key=wrapped,
    )  # fmt: skip
    work.seal(row, "title", form.title)
    work.add(row)
    insert_tuples(work.session.connection(), table_of(Blob), ["sha256", "data"], [(sha, ciphertext)])
    return row.id


@needs(Right.SEE_LEASES)
def read_file(look: Look, file_id: UUID) -> FileForm:
    """A kept file in clear. Raises NotFound when it was erased or its content is not here yet.

    Papers with whole numbers on them go through `reveal_file`, which keeps who looked: here they are Refused.
    """
    if look.get(StoredFile, file_id).kind in WITH_NUMBERS:
        raise Refused(Right.REVEAL_SECRETS.value, "这份文件上有完整的证件号：从租约的文件里打开，会记入日志")
    return file_content(look, file_id)


@needs(Right.REVEAL_SECRETS)
def reveal_file(work: Work, file_id: UUID) -> FileForm:
    """A kept paper with whole numbers on it, with a line in the audit log and the timeline of what it belongs to."""
    row = work.get(StoredFile, file_id)
    form = file_content(work, file_id)
    work.subject_id(row.subject_table, row.subject_id)
    work.record(field=f"stored_file.{row.kind}", row=row.id.hex)
    return form


@part
def file_content(look: Look, file_id: UUID) -> FileForm:
    """`read_file` inside another function."""
    row = look.get(StoredFile, file_id)
    data = look.session.scalar(sa.select(Blob.data).where(Blob.sha256 == row.sha256))
    if row.file_key is None or data is None:
        raise NotFound("这个文件")
    return FileForm(look.unsealed(row, "title") or "", row.media_type, look.vault.open_file(row.file_key, bytes(data)))


@part
def files_of(look: Look, subject_id: UUID) -> tuple[FileRow, ...]:
    """Files kept with one subject, newest first."""
    rows: Sequence[StoredFile] = look.session.scalars(
        sa.select(StoredFile)
        .where(StoredFile.subject_id == subject_id, StoredFile.deleted_at.is_(None))
        .order_by(StoredFile.created_at.desc(), StoredFile.id)
    ).all()
    return tuple(
        FileRow(r.id, r.kind, look.unsealed(r, "title") or "", r.media_type, r.size, r.created_at) for r in rows
    )
