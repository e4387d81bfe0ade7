"""Month sums 月报 that leave the program: looked at, printed, or handed out as a file; by right, and noted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from desktop.models.values import Right
from desktop.services.billing import FEE_WORDS
from desktop.services.month_sums import SumsWanted, read_sums
from desktop.services.month_sums_sheet import month_sums_xlsx
from desktop.services.paper.month_sums import month_sums_pdf, tables_of, title_of
from desktop.services.print_events import Printed, Sheets, note_print
from desktop.services.rights import needs, part
from desktop.services.statement_copies import FileKind
from desktop.services.work import Look, Work
from desktop.world import OFFICE_ZONE

PAPER = "month_sums"
"""What the report is called among print events and printers."""


@needs(Right.SEE_BILLS)
def preview_sums(look: Look, wanted: SumsWanted) -> bytes:
    """The report as it would be printed now; nothing is noted. Raises ProblemsFound."""
    return _pdf(look, wanted, "")


@needs(Right.EXPORT_LISTS)
def print_sums(work: Work, wanted: SumsWanted, printer: str = "") -> Printed:
    """The report on paper and its place in the print queue. Raises Refused without the right to print."""
    work.require(Right.PRINT_PAPER)
    project_id = work.office.project_id
    sheets = _sheets(work, wanted, _stamp(work))
    printed = note_print(work, PAPER, "project", project_id, sheets, 0, printer, **_options(wanted))
    work.record(list=PAPER, how="printed", **_options(wanted))
    return printed


@needs(Right.EXPORT_LISTS)
def sums_file(work: Work, wanted: SumsWanted, kind: FileKind) -> bytes:
    """The report as a file to be handed out; where it goes is the clerk's. Raises ProblemsFound."""
    work.subject_id("project", work.office.project_id)
    work.record(list=PAPER, how=kind.value, **_options(wanted))
    if kind is FileKind.PDF:
        return _pdf(work, wanted, _stamp(work))
    sums = read_sums(work, wanted)
    return month_sums_xlsx(sums, tables_of(sums, FEE_WORDS), FEE_WORDS, work.at.astimezone(OFFICE_ZONE))


@part
def sums_again(look: Look, options: Mapping[str, Any]) -> Sheets:
    """A report that did not come out, of the same days and building."""
    since, until = (date.fromisoformat(options[name]) for name in ("since", "until"))
    building = UUID(hex=options["building"]) if options.get("building") else None
    return _sheets(look, SumsWanted(since, until, building), "")


def _options(wanted: SumsWanted) -> dict[str, str]:
    return {
        "since": wanted.since.isoformat(), "until": wanted.until.isoformat(),
        "building": wanted.building_id.hex if wanted.building_id is not None else "",
    }  # fmt: skip


def _stamp(work: Work) -> str:
    return f"{work.actor.name} {work.at.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M} 打印"


def _sheets(look: Look, wanted: SumsWanted, printed: str) -> Sheets:
    sums = read_sums(look, wanted)
    title = f"{title_of(sums)} {wanted.since} 至 {wanted.until}"
    return Sheets(month_sums_pdf(sums, tables_of(sums, FEE_WORDS), printed, invariant=True), title, title)


def _pdf(look: Look, wanted: SumsWanted, printed: str) -> bytes:
    sums = read_sums(look, wanted)
    return month_sums_pdf(sums, tables_of(sums, FEE_WORDS), printed, invariant=True)
