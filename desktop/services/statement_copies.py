"""Statements 对账单 that leave the program: looked at, printed, or handed out as a file; by right, and noted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from desktop.models.values import Right
from desktop.services.paper.statement import TITLE, StatementPaper, sections_of, statement_pdf
from desktop.services.print_events import Printed, Sheets, note_print
from desktop.services.rights import needs, part
from desktop.services.statement_sheet import statement_xlsx
from desktop.services.statements import StatementWanted, read_statement
from desktop.services.work import Look, Work
from desktop.world import OFFICE_ZONE

PAPER = "statement"
"""What a statement is called among print events and printers."""


class FileKind(StrEnum):
    """What a file is written as, and its ending."""

    XLSX = "xlsx"
    PDF = "pdf"


@needs(Right.SEE_BILLS)
def preview_statement(look: Look, wanted: StatementWanted) -> bytes:
    """The statement as it would be printed now; nothing is noted. Raises ProblemsFound, NotFound, TooLong."""
    return statement_pdf(read_statement(look, wanted), invariant=True)


@needs(Right.EXPORT_LISTS)
def print_statement(work: Work, wanted: StatementWanted, printer: str = "") -> Printed:
    """The statement on paper and its place in the print queue. Raises Refused without the right to print."""
    work.require(Right.PRINT_PAPER)
    paper = read_statement(work, wanted)
    table, subject = _subject(wanted)
    days = {"since": wanted.since.isoformat(), "until": wanted.until.isoformat()}
    printed = note_print(work, PAPER, table, subject, _sheets(paper, _stamp(work)), 0, printer, **days)
    _note(work, paper, wanted, "printed")
    return printed


@needs(Right.EXPORT_LISTS)
def statement_file(work: Work, wanted: StatementWanted, kind: FileKind) -> bytes:
    """The statement as a file; where it goes is the clerk's. Raises ProblemsFound, NotFound, TooLong."""
    paper = read_statement(work, wanted)
    _note(work, paper, wanted, kind.value)
    if kind is FileKind.PDF:
        return statement_pdf(paper, _stamp(work), invariant=True)
    return statement_xlsx(paper, work.at.astimezone(OFFICE_ZONE))


@part
def statement_again(look: Look, table: str, subject_id: UUID, options: Mapping[str, Any]) -> Sheets:
    """A statement that did not come out, of the same days."""
    since, until = (date.fromisoformat(options[name]) for name in ("since", "until"))
    whose = {"party_id": subject_id} if table == "party" else {"room_id": subject_id}
    return _sheets(read_statement(look, StatementWanted(since, until, **whose)), "")


def _sheets(paper: StatementPaper, printed: str) -> Sheets:
    title = f"{TITLE} {paper.since} 至 {paper.until}"
    return Sheets(statement_pdf(paper, printed, invariant=True), title, title)


def _subject(wanted: StatementWanted) -> tuple[str, UUID]:
    if wanted.party_id is not None:
        return "party", wanted.party_id
    assert wanted.room_id is not None
    return "room", wanted.room_id


def _stamp(work: Work) -> str:
    return f"{work.actor.name} {work.at.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M} 打印"


def _note(work: Work, paper: StatementPaper, wanted: StatementWanted, how: str) -> None:
    work.subject_id(*_subject(wanted))
    rows = sum(len(section.movements) for _, section in sections_of(paper))
    days = {"since": wanted.since.isoformat(), "until": wanted.until.isoformat()}
    work.record(list=PAPER, rows=rows, how=how, **days)
