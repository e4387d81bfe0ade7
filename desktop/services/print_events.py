"""What was printed: an event with the hash of the paper, and in the same act its place in the print queue."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.payments import PrintEvent
from desktop.services import print_queue
from desktop.services.rights import part
from desktop.services.work import Look, Work


@dataclass(frozen=True, slots=True)
class Sheets:
    """A finished paper: `title` names number and what it is, for the print queue; no person's name."""

    pdf: bytes
    title: str
    number: str
    notices: tuple[str, ...] = ()
    """What the clerk should look at on it, in sentences."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A paper on its way to the printer."""

    pdf: bytes
    title: str
    number: str
    ordinal: int
    """0 for the original, n for 补打 n."""
    job_id: UUID
    """Its place in the print queue."""
    notices: tuple[str, ...] = ()


@part
def ordinal_of(look: Look, paper: str, subject_id: UUID) -> int:
    """Which print of this paper the next one is: 0 for the first."""
    return (
        look.session.scalar(
            sa.select(sa.func.count())
            .select_from(PrintEvent)
            .where(PrintEvent.subject_id == subject_id, PrintEvent.paper == paper)
        )
        or 0
    )


@part
def note_print(
    work: Work, /, paper: str, table: str, subject_id: UUID, sheets: Sheets, ordinal: int, printer: str, **options: Any
) -> Printed:
    """The print event of one paper and its place in the queue, in one act."""
    work.add(
        PrintEvent(
            paper=paper, subject_table=table, subject_id=subject_id, ordinal=ordinal,
            sha256=hashlib.sha256(sheets.pdf).digest(), options=options,
        )
    )  # fmt: skip
    work.subject_id(table, subject_id)
    work.record(paper=paper, ordinal=ordinal)
    job_id = print_queue.put_job(
        work, paper, table, subject_id, sheets.title, printer, {**options, "ordinal": ordinal, "number": sheets.number}
    )
    work.world.fault("paper.noted")
    return Printed(sheets.pdf, sheets.title, sheets.number, ordinal, job_id, sheets.notices)
