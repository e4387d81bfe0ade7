"""Printing bill notices 缴费通知单: a run of a thousand is made beside the database, then noted and queued in one act.

One file, one job (docs/decisions/0010): a notice has no number and is no voucher, so a second one costs paper only, and
a printer that stops half-way is told from which sheet to go on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.payments import PrintEvent
from desktop.models.values import Right
from desktop.services import bill_notices, print_queue
from desktop.services.bill_codes import PAPER, bill_in
from desktop.services.bill_notices import Group
from desktop.services.errors import DomainError
from desktop.services.paper.bill_notice import BillNoticePaper, notices_pdf, sheet_count
from desktop.services.print_events import Printed, Sheets
from desktop.services.progress import Report, silent
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

MOST_SHOWN = 60
"""Notices laid out in the preview."""


class NothingToNotify(DomainError):
    """All that was chosen is paid by now."""

    def __init__(self) -> None:
        super().__init__("选中的账单都已缴清，没有通知单要印：刷新后再看")


@dataclass(frozen=True, slots=True)
class PrintNotices:
    """Which notices to print; `until` is the day up to which their bills were looked for."""

    groups: tuple[Group, ...]
    until: date
    from_sheet: int = 1
    """1-based: what came out before a jam is left out."""


@dataclass(frozen=True, slots=True)
class MadeNotices:
    """A run ready for the printer; `firsts` are the bills whose codes stand on its notices."""

    request: PrintNotices
    pdf: bytes
    notices: int
    sheets: int
    """Of the whole run, also those before `from_sheet`."""
    firsts: tuple[UUID, ...]


@needs(Right.SEE_BILLS)
def preview_notices(look: Look, request: PrintNotices, report: Report = silent) -> bytes:
    """The first `MOST_SHOWN` notices as they would be printed now; nothing is noted. Raises NothingToNotify."""
    return _pdf(look, _stacks(look, request.groups[:MOST_SHOWN], report), 1, report)


@needs(Right.SEE_BILLS)
def make_notices(look: Look, request: PrintNotices, report: Report = silent) -> MadeNotices:
    """The whole run in one file, with what is open now; a long job that holds up nobody. Raises NothingToNotify."""
    stacks = _stacks(look, request.groups, report)
    pdf = _pdf(look, stacks, request.from_sheet, report)
    papers = [paper for stack in stacks for paper in stack]
    firsts = [bill_id for paper in papers if (bill_id := bill_in(paper.code)) is not None]
    return MadeNotices(request, pdf, len(papers), sheet_count(stacks), tuple(firsts))


@needs(Right.PRINT_PAPER)
def print_notices(work: Work, made: MadeNotices, printer: str = "") -> Printed:
    """Note that a run is printed, for each notice by its first bill, and queue it as one job."""
    work.require(Right.SEE_BILLS)
    request = made.request
    options = {"until": request.until.isoformat(), "sheet": request.from_sheet}
    sha = hashlib.sha256(made.pdf).digest()
    ordinals = _ordinals(work, made.firsts)
    rows = [
        (work.world.new_id(), PAPER, "bill", bill_id, ordinals.get(bill_id, 0), sha, options) for bill_id in made.firsts
    ]
    columns = ["id", "paper", "subject_table", "subject_id", "ordinal", "sha256", "options"]
    work.insert_many(PrintEvent, columns, rows)
    project_id = work.office.project_id
    work.subject_id("project", project_id)
    work.record(paper=PAPER, notices=made.notices, **options)
    title = f"缴费通知单 {made.notices} 份"
    kept = {**options, "groups": [[bill_id.hex for bill_id in group] for group in request.groups], "number": title}
    job_id = print_queue.put_job(work, PAPER, "project", project_id, title, printer, kept)
    work.world.fault("paper.noted")
    return Printed(made.pdf, title, title, 0, job_id)


@part
def notices_again(look: Look, options: Mapping[str, Any], title: str) -> Sheets:
    """A run that did not come out, with what is open of its bills now: nobody is asked for what was paid since."""
    groups = [tuple(UUID(hex=bill_id) for bill_id in group) for group in options["groups"]]
    stacks = _stacks(look, groups, silent)
    return Sheets(_pdf(look, stacks, int(options.get("sheet", 1)), silent), title, title)


def _stacks(look: Look, groups: Sequence[Group], report: Report) -> list[list[BillNoticePaper]]:
    stacks = bill_notices.papers_of(look, groups, report)
    if not stacks:
        raise NothingToNotify
    return stacks


def _pdf(look: Look, stacks: Sequence[Sequence[BillNoticePaper]], from_sheet: int, report: Report) -> bytes:
    ways = bill_notices.pay_ways(look)
    return notices_pdf(stacks, ways, from_sheet=from_sheet, mark_missing=True, invariant=True, report=report)


def _ordinals(work: Work, bill_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How often a notice with this code was printed before."""
    found: dict[UUID, int] = {}
    for start in range(0, len(bill_ids), 500):
        rows = work.session.execute(
            sa.select(PrintEvent.subject_id, sa.func.count())
            .where(PrintEvent.subject_id.in_(bill_ids[start : start + 500]), PrintEvent.paper == PAPER)
            .group_by(PrintEvent.subject_id)
        )
        found |= {row[0]: int(row[1]) for row in rows}
    return found
