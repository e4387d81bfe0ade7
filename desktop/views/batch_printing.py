"""Sending a batch of papers to the printer, one after the other, each made and noted just before it is sent.

A batch never runs far ahead of its printer: when that fails, what was not sent was not counted either, the failed
papers lie in the print queue, and the batch goes on where it stopped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from desktop.services.acts import Op
from desktop.services.batch_prints import PaperKind, PaperRow
from desktop.services.errors import Outage
from desktop.views.pages import Shell
from desktop.views.printing import PrintOrder, printer_of
from desktop.views.receipt_printing import make_receipt

AHEAD = 2
"""Papers at the printer before the next one is made: it never waits for us, and little is under way when it stops."""


class BatchPrinting(QObject):
    """Signals: progressed(done, total) whenever a paper came out; stopped(words) when the printer, or the database,
    wants a hand; finished() when all came out or were set aside."""

    progressed = Signal(int, int)
    stopped = Signal(str)
    finished = Signal()

    def __init__(self, shell: Shell, parent: QObject) -> None:
        super().__init__(parent)
        self._shell = shell
        self._printing = shell.session.printing
        self._waiting: deque[PaperRow] = deque()
        self._making = False
        self._running = self._begun = False
        self._out: set[UUID] = set()
        self._failed: dict[UUID, PrintOrder] = {}
        self.total = self.done = 0
        self.aside: dict[UUID, str] = {}
        """{paper: why it could not be made}."""
        self.notices: list[str] = []
        """What to look at on the papers, in sentences."""
        self._printing.printed.connect(self._printed)
        self._printing.failed.connect(self._print_failed)

    @property
    def running(self) -> bool:
        return self._running

    @property
    def under_way(self) -> bool:
        """Whether a batch was begun and is not through, running or not."""
        return self._begun

    @property
    def left(self) -> int:
        """Papers that did not come out yet."""
        return self.total - self.done - len(self.aside)

    def begin(self, rows: Sequence[PaperRow]) -> None:
        """Print these, in this order."""
        self._waiting = deque(rows)
        self.total, self.done, self.aside, self.notices = len(rows), 0, {}, []
        self._running = self._begun = True
        self._next()

    def stop(self) -> None:
        """Nothing more is made; what lies at the printer comes out."""
        self._running = False

    def go_on(self) -> None:
        """After paper was put in: first what did not come out, as it was, then the rest."""
        self._running = True
        failed, self._failed = list(self._failed.items()), {}
        kept = {order.job_id for order in self._printing.unprinted}
        for job_id, order in failed:
            if job_id in kept:
                self._out.add(job_id)
                self._printing.again(order)
            else:  # given up, or marked as printed, in the print queue meanwhile
                self.total -= 1
        self._next()

    def _next(self) -> None:
        if self._making or not self._begun:
            return
        if not self._waiting and not self._out and not self._failed:
            self._running = self._begun = False
            self.finished.emit()
        elif self._running and self._waiting and len(self._out) < AHEAD:
            self._making = True
            row = self._waiting.popleft()
            make = partial(make_paper, self._shell.session, row)
            self._shell.run(make, partial(self._made, row), partial(self._not_made, row), write=True)

    def _made(self, row: PaperRow, printed: Any) -> None:
        self._making = False
        self._out.add(printed.job_id)
        self.notices += [f"{row.number}：{words}" for words in printed.notices]
        self._printing.submit(PrintOrder(printed.pdf, row.kind.value, printed.title, job_id=printed.job_id))
        self._next()

    def _not_made(self, row: PaperRow, error: Exception) -> None:
        self._making = False
        words = getattr(error, "message", "") or self.tr("没有做出来，到原件那里打印看看")
        if isinstance(error, Outage):  # the database is away: nothing is wrong with this paper
            self._waiting.appendleft(row)
            self._stop(words)
            return
        self.aside[row.id] = words
        self.progressed.emit(self.done, self.total)
        self._next()

    def _printed(self, order: PrintOrder, _where: str) -> None:
        """Also when somebody sent it again from the print queue."""
        if order.job_id is None or (order.job_id not in self._out and order.job_id not in self._failed):
            return
        self._out.discard(order.job_id)
        self._failed.pop(order.job_id, None)
        self.done += 1
        self.progressed.emit(self.done, self.total)
        self._next()

    def _print_failed(self, order: PrintOrder, error: Exception) -> None:
        if order.job_id is None or order.job_id not in self._out:
            return
        self._out.discard(order.job_id)
        self._failed[order.job_id] = order
        self._stop(getattr(error, "message", "") or self.tr("打印机没有接收"))

    def _stop(self, words: str) -> None:
        self._running = False
        self.stopped.emit(words)


def make_paper(session: Any, row: PaperRow) -> Any:
    """In a writing job: one paper with its print event and its place in the queue."""
    choice = printer_of(session, row.kind.value)
    if row.kind is PaperKind.RECEIPT:
        return make_receipt(session, row.id, choice)
    from desktop.services import papers

    return session.act(Op.PRINT_PAPER, papers.print_lease, row.id, choice.printer)
