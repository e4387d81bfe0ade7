"""Service reports of repairs 维修服务月报 that leave the program: looked at, printed, or handed out as files; by right,
and noted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from desktop.models.values import Right
from desktop.services.paper.service_report import service_report_pdf, title_of
from desktop.services.print_events import Printed, Sheets, note_print
from desktop.services.repair_figures import Trends
from desktop.services.repair_trends import TrendsWanted, read_trends
from desktop.services.rights import needs, part
from desktop.services.service_report_sheet import service_report_xlsx
from desktop.services.work import Look, Work
from desktop.world import OFFICE_ZONE

PAPER = "service_report"
"""What the report is called among print events and printers."""


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """The report as both files, made of the same figures. `name`: of both, without an ending."""

    name: str
    pdf: bytes
    xlsx: bytes


@needs(Right.SEE_REPAIRS)
def preview_report(look: Look, wanted: TrendsWanted) -> bytes:
    """The report as it would be printed now; nothing is noted. Raises ProblemsFound."""
    return service_report_pdf(read_trends(look, wanted), invariant=True)


@needs(Right.EXPORT_LISTS)
def print_report(work: Work, wanted: TrendsWanted, printer: str = "") -> Printed:
    """The report on paper and its place in the print queue. Raises Refused without the right to print."""
    work.require(Right.PRINT_PAPER)
    work.require(Right.SEE_REPAIRS)
    sheets = _sheets(read_trends(work, wanted), _stamp(work))
    printed = note_print(work, PAPER, "project", work.office.project_id, sheets, 0, printer, **_options(wanted))
    work.record(list=PAPER, how="printed", **_options(wanted))
    return printed


@needs(Right.EXPORT_LISTS)
def report_files(work: Work, wanted: TrendsWanted) -> ReportFiles:
    """The report as PDF and as workbook, to be handed out; where they go is the clerk's. Raises ProblemsFound."""
    work.require(Right.SEE_REPAIRS)
    trends = read_trends(work, wanted)
    work.subject_id("project", work.office.project_id)
    work.record(list=PAPER, how="pdf, xlsx", **_options(wanted))
    place = f" {trends.building}" if trends.building else ""
    return ReportFiles(
        f"{title_of(trends)}{place} {wanted.since} 至 {wanted.until}",
        service_report_pdf(trends, _stamp(work), invariant=True),
        service_report_xlsx(trends, work.at.astimezone(OFFICE_ZONE)),
    )


@part
def report_again(look: Look, options: Mapping[str, Any]) -> Sheets:
    """A report that did not come out, of the same days and building."""
    look.require(Right.SEE_REPAIRS)
    since, until = (date.fromisoformat(options[name]) for name in ("since", "until"))
    building = UUID(hex=options["building"]) if options.get("building") else None
    return _sheets(read_trends(look, TrendsWanted(since, until, building)), "")


def _options(wanted: TrendsWanted) -> dict[str, str]:
    return {
        "since": wanted.since.isoformat(), "until": wanted.until.isoformat(),
        "building": wanted.building_id.hex if wanted.building_id is not None else "",
    }  # fmt: skip


def _stamp(work: Work) -> str:
    return f"{work.actor.name} {work.at.astimezone(OFFICE_ZONE):%Y-%m-%d %H:%M} 打印"


def _sheets(trends: Trends, printed: str) -> Sheets:
    title = f"{title_of(trends)} {trends.since} 至 {trends.until}"
    return Sheets(service_report_pdf(trends, printed, invariant=True), title, title)
