"""Pictures of the office 图片 that templates may name: a letter head, a map, the scan of a pre-printed receipt.

A picture never changes under its name: what was printed once can be printed again as it was.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from desktop.models.documents import StoredFile
from desktop.models.values import Right
from desktop.services import attachments
from desktop.services.errors import ProblemsFound
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

KIND = "template_picture"
MOST_FILE = 5 * 1024 * 1024
"""Bytes of a file that is looked at at all."""
MOST_BYTES = 2 * 1024 * 1024
"""Bytes kept, after it was scaled down."""
MOST_PIXELS = 40_000_000
MOST_SIDE = 1600
"""Pixels of the longer side kept: 160 mm at 254 dpi."""
MOST_PICTURES = 30

_NAME = re.compile(r"[^|{}*#@\n\r]{1,20}")
_NAMED = re.compile(r"^[ \t]*@picture[ \t]+([^|\n]+)", re.MULTILINE)
_MAGIC = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@dataclass(frozen=True, slots=True)
class PictureRow:
    """A picture in the list; `size` in bytes."""

    name: str
    size: int
    at: datetime


def file_problem(size: int, pixels: tuple[int, int] | None) -> str:
    """Why a file is not taken as a picture, before it costs memory; empty when it is. `pixels` None: not a picture."""
    if size > MOST_FILE:
        return f"图片有 {size / 1024 / 1024:.1f} MB，最多 {MOST_FILE // 1024 // 1024} MB：先缩小再添加"
    if pixels is None:
        return "这个文件打不开：请用 PNG 或 JPEG 图片"
    if pixels[0] * pixels[1] > MOST_PIXELS:
        return f"图片有 {pixels[0]}×{pixels[1]} 个像素，太大了：缩到 {MOST_SIDE} 像素以内再添加"
    if min(pixels) < 8:
        return "图片太小，印出来看不清"
    return ""


def name_problem(name: str) -> str:
    """What is wrong with the name of a picture, or nothing."""
    name = name.strip()
    return "" if _NAME.fullmatch(name) else "名称 1 到 20 个字，不用 | { } * # @"


@needs(Right.EDIT_TEMPLATES)
def list_pictures(look: Look) -> list[PictureRow]:
    """Every picture, by name."""
    return sorted((PictureRow(name, row.size, row.created_at) for name, row in _rows(look)), key=lambda row: row.name)


@needs(Right.EDIT_TEMPLATES)
def read_pictures(look: Look, known: Container[str] = ()) -> dict[str, bytes]:
    """Every picture with its bytes but the `known` ones, for the preview of a template that is being edited."""
    return {name: attachments.file_content(look, row.id).data for name, row in _rows(look) if name not in known}


@needs(Right.EDIT_TEMPLATES)
def add_picture(work: Work, name: str, data: bytes) -> None:
    """Keep a picture (PNG or JPEG, scaled down already), encrypted like any file. Raises ProblemsFound."""
    name = name.strip()
    problems = {}
    if words := name_problem(name):
        problems["name"] = words
    known = [each for each, _row in _rows(work)]
    if name in known:
        problems["name"] = f"已有叫「{name}」的图片：换个名称，用旧名的合同照旧"
    if len(known) >= MOST_PICTURES:
        problems["name"] = f"最多 {MOST_PICTURES} 张图片"
    media = next((media for magic, media in _MAGIC.items() if data.startswith(magic)), "")
    if words := file_problem(0, _size_of(data) if media else None):
        problems["file"] = words
    elif len(data) > MOST_BYTES:
        problems["file"] = file_problem(MOST_FILE + 1, None)
    if problems:
        raise ProblemsFound(problems)
    attachments.put_file(
        work, KIND, "project", work.office.project_id, attachments.FileForm(name, media, data)
    )  # fmt: skip
    work.record(kind=KIND, size=len(data))


@part
def pictures_of(look: Look, source: str) -> dict[str, bytes]:
    """The pictures a template names, with their bytes; what it names and is not there is left out."""
    wanted = picture_names(source)
    if not wanted:
        return {}
    return {name: attachments.file_content(look, row.id).data for name, row in _rows(look) if name in wanted}


@part
def picture_named(look: Look, name: str) -> bytes | None:
    """One picture, or None."""
    found = next((row for each, row in _rows(look) if each == name), None) if name else None
    return None if found is None else attachments.file_content(look, found.id).data


def _rows(look: Look) -> list[tuple[str, StoredFile]]:
    rows = look.session.scalars(
        sa.select(StoredFile)
        .where(StoredFile.kind == KIND, StoredFile.deleted_at.is_(None), StoredFile.file_key.is_not(None))
        .order_by(StoredFile.created_at, StoredFile.id)
    )
    return [(look.unsealed(row, "title") or "", row) for row in rows]


def picture_names(source: str) -> list[str]:
    """The pictures a template names (@picture 名称 | 40), each once."""
    return list(dict.fromkeys(found[1].strip() for found in _NAMED.finditer(source)))


def _size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height from the head of a PNG or JPEG: nothing is unpacked. None where there are none."""
    if data.startswith(b"\x89PNG") and len(data) > 24:
        wide, high = struct.unpack(">II", data[16:24])
        return wide, high
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        mark, length = data[at + 1], struct.unpack(">H", data[at + 2 : at + 4])[0]
        if 0xC0 <= mark <= 0xCF and mark not in (0xC4, 0xC8, 0xCC):  # a start of frame
            high, wide = struct.unpack(">HH", data[at + 5 : at + 9])
            return wide, high
        at += 2 + length
    return None
