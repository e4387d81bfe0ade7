"""Making a paper of the print queue anew, when the program no longer has it: after a restart, or on another printer."""

from __future__ import annotations

from uuid import UUID

from desktop.models.values import Right
from desktop.services import (
    bill_codes,
    bill_notice_prints,
    month_sums_copies,
    papers,
    print_queue,
    receipt_papers,
    service_report_copies,
    slip_codes,
    slip_prints,
    statement_copies,
)
from desktop.services.errors import DomainError
from desktop.services.print_events import Printed, Sheets
from desktop.services.rights import needs
from desktop.services.work import Look


class CannotBeMadeAnew(DomainError):
    """A job whose paper nobody here can make, from another version of the program."""

    def __init__(self, title: str) -> None:
        super().__init__(f"{title} 在这里重新做不出来：取消它，再从原来的页面打印")


@needs(Right.PRINT_PAPER)
def paper_of_job(look: Look, job_id: UUID) -> Printed:
    """The paper of a job with the number of prints it had then: sending it again is no 补打. Raises NotFound,
    and Refused where the role may not see what stands on it."""
    job = print_queue.job_of(look, job_id)
    options, ordinal = job.options, int(job.options.get("ordinal", 0))
    if job.paper == "receipt":
        look.require(Right.SEE_BILLS)
        template_id = UUID(hex=options["template"]) if options.get("template") else None
        sheets = receipt_papers.receipt_again(look, job.subject_id, ordinal, options["form"], template_id)
    elif job.paper == "lease":
        look.require(Right.SEE_LEASES)
        sheets = papers.lease_again(look, job.subject_id, ordinal)
    elif job.paper == slip_codes.PAPER:
        sheets = slip_prints.slip_again(look, job.subject_id, ordinal, options)
    elif job.paper == bill_codes.PAPER:
        look.require(Right.SEE_BILLS)
        sheets = bill_notice_prints.notices_again(look, options, str(options["title"]))
    elif job.paper == statement_copies.PAPER:
        look.require(Right.SEE_BILLS)
        sheets = statement_copies.statement_again(look, job.subject_table, job.subject_id, options)
    elif job.paper == month_sums_copies.PAPER:
        look.require(Right.SEE_BILLS)
        sheets = month_sums_copies.sums_again(look, options)
    elif job.paper == service_report_copies.PAPER:
        sheets = service_report_copies.report_again(look, options)
    else:
        raise CannotBeMadeAnew(str(options["title"]))
    return _printed(sheets, ordinal, job.id)


def _printed(sheets: Sheets, ordinal: int, job_id: UUID) -> Printed:
    return Printed(sheets.pdf, sheets.title, sheets.number, ordinal, job_id, sheets.notices)
