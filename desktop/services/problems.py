"""What a form says under a field while one types: how much it weighs, where it stands, one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """An error stops, a warning asks the clerk to confirm, a note informs."""

    ERROR = "error"
    WARN = "warn"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Problem:
    """One remark: the field it stands under and one Chinese sentence saying what to do."""

    level: Level
    field: str
    text: str

    @property
    def stops(self) -> bool:
        return self.level is Level.ERROR


def error(field: str, text: str) -> Problem:
    return Problem(Level.ERROR, field, text)


def warn(field: str, text: str) -> Problem:
    return Problem(Level.WARN, field, text)


def note(field: str, text: str) -> Problem:
    return Problem(Level.NOTE, field, text)
