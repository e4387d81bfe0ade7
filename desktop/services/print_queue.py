"""The print queue 打印队列 of a PC: every paper asked for, where it stands, and how it is sent once more.

A job is written in the very act that notes the print, so a crash between the two cannot happen. The paper itself is
not kept: it is made anew from its subject, with the number of prints it had then, so a retry is never a 补打.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.printing import PrintJob, PrintState
from desktop.models.values import Right
from desktop.services.errors import DomainError, NotFound
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

KEPT = timedelta(days=30)
"""Printed and dropped jobs are forgotten after this long; the print events stay for ever."""

UNSURE = "上次退出时还没打完，可能已经出纸：先看一眼打印机，没有再点重试"


class AlreadyPrinted(DomainError):
    """A job that came out is not sent again: a second paper is a 补打 and says so."""

    def __init__(self, title: str) -> None:
        super().__init__(f"{title} 已经打出来了；要再来一张，请用补打")


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """One job as the queue shows it. `title` names number and paper, no person."""

    id: UUID
    paper: str
    subject_table: str
    subject_id: UUID
    title: str
    state: PrintState
    printer: str
    trouble: str
    tries: int
    asked_at: datetime
    done_at: datetime | None
    who: str

    @property
    def open(self) -> bool:
        return self.state in (PrintState.WAITING, PrintState.FAILED)


@part
def put_job(
    work: Work, paper: str, subject_table: str, subject_id: UUID, title: str, printer: str, options: Mapping[str, Any]
) -> UUID:
    """Queue a paper in the act that notes its print. It counts as sent: the printer is told right after the act."""
    job = work.add(
        PrintJob(
            device_id=work.office.device_id, staff_id=work.actor.staff_id, paper=paper, subject_table=subject_table,
            subject_id=subject_id, options={**options, "title": title}, state=PrintState.WAITING, printer=printer,
            trouble=None, tries=1, asked_at=work.at, done_at=None,
        )
    )  # fmt: skip
    return job.id


@needs(Right.PRINT_PAPER)
def list_jobs(look: Look, done: int = 20) -> list[QueuedJob]:
    """What waits or failed on this PC, the oldest first, then the last that are done with."""
    mine = sa.select(PrintJob, StaffMember.name).outerjoin(StaffMember, StaffMember.id == PrintJob.staff_id)
    mine = mine.where(PrintJob.device_id == look.office.device_id)
    unfinished = PrintJob.state.in_((PrintState.WAITING, PrintState.FAILED))
    rows = [
        *look.session.execute(mine.where(unfinished).order_by(PrintJob.asked_at, PrintJob.id)),
        *look.session.execute(
            mine.where(sa.not_(unfinished)).order_by(PrintJob.asked_at.desc(), PrintJob.id.desc()).limit(done)
        ),
    ]
    return [_shown(job, name or "程序") for job, name in rows]


def _shown(job: PrintJob, who: str) -> QueuedJob:
    again = int(job.options.get("ordinal", 0))
    title = str(job.options["title"]) + (f"，补打 {again}" if again else "")
    return QueuedJob(
        job.id, job.paper, job.subject_table, job.subject_id, title, job.state, job.printer, job.trouble or "",
        job.tries, job.asked_at, job.done_at, who,
    )  # fmt: skip


@part
def job_of(look: Look, job_id: UUID) -> PrintJob:
    """A job of this PC. Raises NotFound."""
    job = look.session.get(PrintJob, job_id)
    if job is None or job.device_id != look.office.device_id:
        raise NotFound("这个打印任务")
    return job


@needs(Right.PRINT_PAPER)
def send_again(work: Work, job_id: UUID, printer: str) -> None:
    """A job goes to a printer once more; noted before it is sent. Raises AlreadyPrinted, NotFound."""
    job = job_of(work, job_id)
    if job.state is PrintState.PRINTED:
        raise AlreadyPrinted(str(job.options["title"]))
    job.state, job.printer, job.trouble, job.done_at = PrintState.WAITING, printer, None, None
    job.tries += 1


@needs(Right.PRINT_PAPER)
def note_printed(work: Work, job_id: UUID, printer: str) -> None:
    """The printer took it, or the clerk has seen it come out."""
    job = job_of(work, job_id)
    job.state, job.printer, job.trouble, job.done_at = PrintState.PRINTED, printer, None, work.at


@needs(Right.PRINT_PAPER)
def note_failed(work: Work, job_id: UUID, trouble: str) -> None:
    """It did not come out, and why. What has been printed or dropped meanwhile stays so."""
    job = job_of(work, job_id)
    if job.state in (PrintState.WAITING, PrintState.FAILED):
        job.state, job.trouble = PrintState.FAILED, trouble


@needs(Right.PRINT_PAPER)
def drop_job(work: Work, job_id: UUID) -> None:
    """Nobody wants it any more. Raises AlreadyPrinted, NotFound."""
    job = job_of(work, job_id)
    if job.state is PrintState.PRINTED:
        raise AlreadyPrinted(str(job.options["title"]))
    job.state, job.done_at = PrintState.DROPPED, work.at


@needs(Right.PRINT_PAPER)
def settle_left_over(work: Work, under_way: Sequence[UUID] = ()) -> int:
    """At sign-in: what was being printed when the program ended may have come out or not, and says so.

    `under_way` are the jobs that this program is printing right now. Returns how many were settled.
    """
    work.derive(
        sa.delete(PrintJob).where(
            PrintJob.device_id == work.office.device_id,
            PrintJob.state.in_((PrintState.PRINTED, PrintState.DROPPED)),
            PrintJob.asked_at < work.at - KEPT,
        ),
        "print_job",
    )
    left = work.session.scalars(
        sa.select(PrintJob).where(
            PrintJob.device_id == work.office.device_id, PrintJob.state == PrintState.WAITING,
            PrintJob.id.not_in(under_way),
        )
    ).all()  # fmt: skip
    for job in left:
        job.state, job.trouble = PrintState.FAILED, UNSURE
    return len(left)
