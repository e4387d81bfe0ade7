"""Drafts 草稿 that the database could not take: a sealed file each, in the data folder of this PC, until it can.

A clerk goes on typing while the server is gone; what is typed then survives the program and the power as well.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec

from desktop.services.device_key import LocalSealBroken
from desktop.services.files import write_whole
from desktop.services.office import Office

FOLDER = "drafts"
ENDING = ".draft"


@dataclass(frozen=True, slots=True)
class KeptHere:
    """A draft as it lies in its file."""

    id: UUID
    staff_id: UUID
    kind: str
    title: str
    body: bytes
    saved_at: datetime


def keep(office: Office, draft: KeptHere) -> None:
    """Write a draft to its file, whole and flushed. Raises OSError."""
    state = {
        "staff": draft.staff_id.hex, "kind": draft.kind, "title": draft.title, "at": draft.saved_at.isoformat(),
        "body": b64encode(draft.body).decode(),
    }  # fmt: skip
    path = _path(office, draft.id)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_whole(path, office.vault.device.seal_local(_name(draft.id), msgspec.json.encode(state)))


def find(office: Office, draft_id: UUID) -> KeptHere | None:
    """The draft in its file, None when there is none that opens here."""
    try:
        sealed = _path(office, draft_id).read_bytes()
        state = msgspec.json.decode(office.vault.device.open_local(_name(draft_id), sealed))
    except (OSError, LocalSealBroken):
        return None
    return KeptHere(
        draft_id, UUID(hex=state["staff"]), state["kind"], state["title"], b64decode(state["body"]),
        datetime.fromisoformat(state["at"]),
    )  # fmt: skip


def all_of(office: Office, staff_id: UUID | None) -> Iterator[KeptHere]:
    """Every draft of a person that lies here as a file."""
    for path in sorted((office.data_dir / FOLDER).glob(f"*{ENDING}")):
        with suppress(ValueError):  # a file of somebody else's making
            draft = find(office, UUID(hex=path.stem))
            if draft is not None and draft.staff_id == staff_id:
                yield draft


def forget(office: Office, draft_id: UUID) -> None:
    """The database has it now, or it is not wanted any more. An older file that stays loses against the database."""
    with suppress(OSError):
        _path(office, draft_id).unlink(missing_ok=True)


def _path(office: Office, draft_id: UUID) -> Path:
    return office.data_dir / FOLDER / f"{draft_id.hex}{ENDING}"


def _name(draft_id: UUID) -> str:
    return f"draft-file:{draft_id}"
