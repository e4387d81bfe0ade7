"""Lists that leave the program 复制或打印名单: rows to the clipboard or on paper, by right, noted in the audit log.

The rows are those of the screen, masked as they are there; nothing of them is kept, neither in the log nor in the
print queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop.models.offices import Project
from desktop.models.values import Right
from desktop.services.errors import DomainError
from desktop.services.paper.list_sheet import ListSheet, SheetColumn, list_pdf
from desktop.services.print_events import Printed, Sheets, note_print
from desktop.services.rights import needs
from desktop.services.saved_views import LISTS
from desktop.services.work import Work
from desktop.world import OFFICE_ZONE

MOST_COPIED = 5_000
"""Rows copied at once: a clipboard of a million helps nobody."""
MOST_PRINTED = 500


class TooManyRows(DomainError):
    """More rows than one copy or one print takes; `rows` were chosen, `most` may be."""

    def __init__(self, what: str, rows: str, most: int) -> None:
        super().__init__(f"选了 {rows} 行，一次最多{what} {most:,} 行：加条件（F10）或少选一些")
        self.most = most


@dataclass(frozen=True, slots=True)
class PrintList:
    """A list to print: the columns and rows of the screen, and in words which rows they are."""

    list_key: str
    about: str
    columns: tuple[SheetColumn, ...]
    rows: tuple[tuple[str, ...], ...]


@needs(Right.EXPORT_LISTS)
def note_copy(work: Work, list_key: str, rows: int, columns: Sequence[str]) -> None:
    """Rows of a list are about to be put on the clipboard: how many, of which columns. Raises TooManyRows."""
    if rows > MOST_COPIED:
        raise TooManyRows("复制", f"{rows:,}", MOST_COPIED)
    work.record(list=list_key, rows=rows, columns=list(columns), how="copied")


@needs(Right.EXPORT_LISTS)
def print_list(work: Work, request: PrintList, printer: str = "") -> Printed:
    """The rows on paper, and their place in the print queue. Raises TooManyRows, Refused without the right to print."""
    work.require(Right.PRINT_PAPER)
    if len(request.rows) > MOST_PRINTED:
        raise TooManyRows("打印", f"{len(request.rows):,}", MOST_PRINTED)
    project = work.session.get_one(Project, work.office.project_id)
    at = work.at.astimezone(OFFICE_ZONE)
    title = f"{LISTS[request.list_key]}名单"
    sheet = ListSheet(
        title, request.about, project.name, f"{work.actor.name} {at:%Y-%m-%d %H:%M} 打印", request.columns,
        request.rows,
    )  # fmt: skip
    pdf = list_pdf(sheet)
    count = f"{title} {len(request.rows)} 行"
    printed = note_print(work, "list", "project", project.id, Sheets(pdf, count, count), 0, printer)
    work.record(list=request.list_key, rows=len(request.rows), columns=[each.head for each in request.columns],
                how="printed")  # fmt: skip
    return printed
