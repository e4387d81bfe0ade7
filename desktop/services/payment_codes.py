"""Payment codes 收款码 of the office: a picture for WeChat and one for Alipay, shown to who pays; kept encrypted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from desktop.models.documents import StoredFile
from desktop.models.values import PayMethod, Right
from desktop.services import attachments
from desktop.services.attachments import FileForm
from desktop.services.errors import ProblemsFound
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

KIND = "payment_code"
METHODS = (PayMethod.WECHAT, PayMethod.ALIPAY)
MOST_BYTES = 2 * 1024 * 1024
_MAGIC = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code the office has."""

    method: PayMethod
    size: int
    at: datetime


@needs(Right.SEE_BOARD)
def list_codes(look: Look) -> list[CodeRow]:
    """The codes there are."""
    return [CodeRow(method, row.size, row.created_at) for method, row in _rows(look).items()]


@needs(Right.SEE_BOARD)
def read_codes(look: Look) -> dict[PayMethod, bytes]:
    """The pictures themselves, for the screen that faces who pays."""
    return codes_of(look)


@part
def codes_of(look: Look) -> dict[PayMethod, bytes]:
    """`read_codes` for a paper."""
    return {method: attachments.file_content(look, row.id).data for method, row in _rows(look).items()}


@needs(Right.EDIT_SETTINGS)
def set_code(work: Work, method: PayMethod, data: bytes) -> None:
    """Keep a picture (PNG or JPEG) as the code of a method; the one before is gone. Raises ProblemsFound."""
    if method not in METHODS:
        raise ValueError(f"{method} has no payment code")
    media = next((media for magic, media in _MAGIC.items() if data.startswith(magic)), "")
    if not media:
        raise ProblemsFound({"file": "这不是图片：请用 PNG 或 JPEG 的收款码"})
    if len(data) > MOST_BYTES:
        raise ProblemsFound({"file": f"图片有 {len(data) / 1024 / 1024:.1f} MB，最多 2 MB：截小一点再添加"})
    before = _rows(work).get(method)
    if before is not None:
        before.deleted_at = work.at
    attachments.put_file(work, KIND, "project", work.office.project_id, FileForm(method.value, media, data))
    work.record(kind=KIND, method=method.value)


@needs(Right.EDIT_SETTINGS)
def drop_code(work: Work, method: PayMethod) -> None:
    """The office has no such code any more."""
    row = _rows(work).get(method)
    if row is not None:
        row.deleted_at = work.at
    work.record(kind=KIND, method=method.value, dropped=True)


def _rows(look: Look) -> dict[PayMethod, StoredFile]:
    rows = look.session.scalars(
        sa.select(StoredFile)
        .where(StoredFile.kind == KIND, StoredFile.deleted_at.is_(None), StoredFile.file_key.is_not(None))
        .order_by(StoredFile.created_at, StoredFile.id)
    )
    found = {}
    for row in rows:
        title = look.unsealed(row, "title") or ""
        if title in {method.value for method in METHODS}:
            found[PayMethod(title)] = row
    return found
