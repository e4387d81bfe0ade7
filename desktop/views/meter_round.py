"""A round of the meter book 抄表: which building and kind, and what was typed for it and not stored, as a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from desktop.models.values import MeterKind, Right
from desktop.services import drafts, meter_book
from desktop.services.meter_book import MeterBook
from desktop.views.draft_keeping import Kept
from desktop.views.meter_grid import TypedRow

DRAFT = "meters.round"


@dataclass(frozen=True, slots=True)
class Round:
    """What a draft is of: a building (None: all) and a kind of meter."""

    building: UUID | None
    kind: MeterKind

    @property
    def title(self) -> str:
        return f"{self.kind.value}|{self.building.hex if self.building is not None else ''}"


def draft_of(wanted: Round, day: date | None, typed: Mapping[UUID, TypedRow]) -> Kept:
    """What was typed, as it is kept."""
    body = {
        "day": day.isoformat() if day is not None else "",
        "rows": {meter_id.hex: entry.kept() for meter_id, entry in typed.items()},
    }
    return Kept(wanted.title, msgspec.json.encode(body))


def typed_of(body: bytes) -> tuple[date | None, dict[UUID, TypedRow]]:
    """What was kept: the day of the round, and the rows."""
    kept = msgspec.json.decode(body)
    rows = {UUID(hex=key): TypedRow(**row) for key, row in kept["rows"].items()}
    return date.fromisoformat(kept["day"]) if kept["day"] else None, rows


def read_round(look: Any, wanted: Round, day: date, with_draft: bool) -> tuple[MeterBook, tuple[UUID, bytes] | None]:
    """In a reading job: the book of a round, and what was typed for it before."""
    book = meter_book.meter_book(look, wanted.building, wanted.kind, day)
    draft = None
    if with_draft and Right.USE_DRAFTS in look.actor.rights:
        for row in drafts.list_drafts(look, DRAFT):
            if row.title == wanted.title:
                draft = (row.id, drafts.read_draft(look, row.id))
                break
    return book, draft
