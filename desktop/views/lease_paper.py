"""A lease on paper: made and noted in one act, then sent to the printer that leases go to."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from desktop.services.acts import Op
from desktop.views.pages import Shell
from desktop.views.printing import PrintOrder, printer_of


def print_lease(shell: Shell, lease_id: UUID) -> None:
    """Make the lease and note the print in one act, then tell the printer; the first print is kept."""
    from desktop.services import papers  # draws, and costs a tenth of a second to import

    printer = printer_of(shell.session, "lease").printer
    act = partial(shell.session.act, Op.PRINT_PAPER, papers.print_lease, lease_id, printer)
    shell.run(act, partial(_printed, shell), write=True, busy=shell.frame.tr("正在排版租约"))


def _printed(shell: Shell, printed: Any) -> None:
    shell.session.printing.submit(PrintOrder(printed.pdf, "lease", printed.title, job_id=printed.job_id))
    again = shell.frame.tr("，补打 {n}").format(n=printed.ordinal) if printed.ordinal else ""
    shell.toast(shell.frame.tr("正在打印 {title}{again}").format(title=printed.title, again=again))
