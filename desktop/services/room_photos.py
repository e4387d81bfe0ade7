"""Photos of a room 房间照片: how it looks, for the next tenant and against the last; kept encrypted like any file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.documents import StoredFile
from desktop.models.places import Room
from desktop.models.values import Right
from desktop.services import attachments
from desktop.services.attachments import FileForm
from desktop.services.errors import DomainError, NotFound, ProblemsFound
from desktop.services.rights import needs
from desktop.services.work import Look, Work

KIND = "room_photo"
MOST_PHOTOS = 24
"""Of one room."""


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """A kept photo of a room; `by` who added it."""

    id: UUID
    title: str
    at: datetime
    by: str


@needs(Right.SEE_BOARD)
def photos_of(look: Look, room_id: UUID) -> list[PhotoRow]:
    """The photos of a room, the latest first."""
    rows = look.session.execute(
        sa.select(StoredFile, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == StoredFile.created_by)
        .where(
            StoredFile.subject_id == room_id, StoredFile.kind == KIND, StoredFile.deleted_at.is_(None),
            StoredFile.file_key.is_not(None),
        )
        .order_by(StoredFile.created_at.desc(), StoredFile.id.desc())
    )  # fmt: skip
    return [PhotoRow(row.id, look.unsealed(row, "title") or "", row.created_at, name or "程序") for row, name in rows]


@needs(Right.SEE_BOARD)
def read_photo(look: Look, photo_id: UUID) -> FileForm:
    """One photo in clear. Raises NotFound."""
    return attachments.file_content(look, _photo(look, photo_id).id)


@needs(Right.CHECK_IN)
def add_photos(work: Work, room_id: UUID, photos: Sequence[FileForm]) -> list[UUID]:
    """Keep photos of a room, already made small. Raises ProblemsFound, FileTooLarge, NotFound."""
    room = work.get(Room, room_id)
    have = len(photos_of(work, room_id))
    if have + len(photos) > MOST_PHOTOS:
        raise ProblemsFound({"photos": f"一间房最多 {MOST_PHOTOS} 张照片，现在有 {have} 张：先去掉几张"})
    ids = [attachments.put_file(work, KIND, "room", room_id, photo) for photo in photos]
    work.subject(room)
    work.record(photos=len(ids))
    return ids


@needs(Right.CHECK_IN)
def drop_photo(work: Work, photo_id: UUID) -> None:
    """Take a photo away; `restore_photo` brings it back."""
    row = _photo(work, photo_id)
    row.deleted_at = work.at
    work.subject_id("room", row.subject_id)
    work.record(photos=-1)


@needs(Right.CHECK_IN)
def restore_photo(work: Work, photo_id: UUID) -> None:
    """Bring back a photo that was taken away by mistake. Raises DomainError when there is no room for it."""
    row = work.session.get(StoredFile, photo_id)
    if row is None or row.kind != KIND or row.file_key is None:
        raise NotFound("这张照片")
    if len(photos_of(work, row.subject_id)) >= MOST_PHOTOS:
        raise DomainError(f"一间房最多 {MOST_PHOTOS} 张照片：先去掉一张")
    row.deleted_at = None
    work.subject_id("room", row.subject_id)
    work.record(photos=1)


def _photo(look: Look, photo_id: UUID) -> StoredFile:
    row = look.get(StoredFile, photo_id)
    if row.kind != KIND:
        raise NotFound("这张照片")
    return row
