"""The queue's book: what the printer did is written into the office, and what did not come out is sent again.

    queue = PrintQueue(window, printing)     # once a program
    queue.start()                            # whenever somebody has sat down: what was left over, how things stand
    queue.changed.connect(self._show)        # rows() is what the dialog shows

Nothing here waits: orders go through `Printing`, notes through the window's writing thread. A note that the database
does not take now is tried again by itself; if it is never taken, the job says after the next start that it may have
come out already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.models.printing import PrintState
from desktop.models.values import Right
from desktop.services import print_queue
from desktop.services.acts import Op
from desktop.services.print_queue import QueuedJob
from desktop.views import messages
from desktop.views.pages import Shell
from desktop.views.printing import Printing, PrintOrder

AGAIN_MS = 10_000
"""After so long a note that the database did not take is tried once more."""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue: a job of the office, or an order that only this program knows (a kept file, a notice)."""

    title: str
    state: str
    """waiting, sending, failed, printed or dropped."""
    trouble: str
    printer: str
    at: datetime | None
    job: QueuedJob | None = None
    order: PrintOrder | None = None

    @property
    def open(self) -> bool:
        return self.state in ("waiting", "failed")


class PrintQueue(QObject):
    """One for the PC, whoever sits there. Signals: changed() when a job was added, sent, printed, failed or dropped."""

    changed = Signal()

    def __init__(self, shell: Shell, printing: Printing, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shell, self._printing = shell, printing
        self._last: Any = None
        self._jobs: list[QueuedJob] = []
        self._unnoted: list[Callable[[], object]] = []
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(AGAIN_MS)
        self._later.timeout.connect(self._note_the_rest)
        self._printing.before_again = self._before_again
        self._printing.sent.connect(self._sent)
        self._printing.printed.connect(self._printed)
        self._printing.failed.connect(self._failed)

    def start(self) -> None:
        """Settle what the last run of the program left over, and show how things stand."""
        self._light()
        if self._session is not None:
            under_way = tuple(self._ids(self._printing.under_way))
            self._shell.run(
                partial(self._session.act, Op.PRINT_PAPER, print_queue.settle_left_over, under_way),
                self._settled, self._quietly, write=True,
            )  # fmt: skip

    def close(self) -> None:
        """The program ends."""
        self._later.stop()
        self._printing.before_again = None
        self._printing.sent.disconnect(self._sent)
        self._printing.printed.disconnect(self._printed)
        self._printing.failed.disconnect(self._failed)

    @property
    def _session(self) -> Any:
        """Who writes in the book: the one who sits here if she may print, else the last one who might.

        What the printer did is a fact, whoever sits there when it is heard of.
        """
        session = self._shell.session
        if session is not None and Right.PRINT_PAPER in session.actor.rights:
            self._last = session
        return self._last

    # what there is

    def rows(self) -> list[QueueRow]:
        """Unfinished ones first, then what was printed or dropped lately."""
        under_way = set(self._ids(self._printing.under_way))
        loose = [
            QueueRow(order.title, "failed", self.tr("没有打出来"), order.printer, None, order=order)
            for order in self._printing.unprinted
            if order.job_id is None
        ]
        shown = [
            QueueRow(
                job.title, "sending" if job.id in under_way else job.state.value, job.trouble, job.printer,
                job.done_at or job.asked_at, job=job,
            )
            for job in self._jobs
        ]  # fmt: skip
        first = [row for row in shown if row.open or row.state == "sending"]
        return [*first, *loose, *(row for row in shown if row not in first)]

    def failed_count(self) -> int:
        return sum(row.state in ("failed", "waiting") for row in self.rows())

    def refresh(self) -> None:
        """Read the queue again."""
        if self._session is not None:
            self._shell.run(partial(self._session.read, print_queue.list_jobs), self._show, self._quietly)
        else:
            self._light()

    def _show(self, jobs: list[QueuedJob]) -> None:
        self._jobs = jobs
        self._light()
        self.changed.emit()

    def _settled(self, _count: int) -> None:
        self.refresh()

    def _light(self) -> None:
        failed, sending = self.failed_count(), len(self._printing.under_way)
        if failed:
            self._shell.set_light("printer", "printer-x", self.tr("{n} 份没打出来").format(n=failed), "", "danger")
        elif sending:
            self._shell.set_light("printer", "printer", self.tr("正在打印 {n} 份").format(n=sending), "", "info")
        else:
            self._shell.set_light("printer", "printer-check", self.tr("打印就绪"), "", "ok")

    # what the clerk does

    def retry(self, row: QueueRow, printer: str = "") -> None:
        """Send it once more, as it was; never a 补打."""
        order = row.order or (self._kept_order(row.job.id) if row.job is not None else None)
        if order is not None:
            self._printing.again(order, printer)
        elif row.job is not None and row.open:
            self._shell.run(
                partial(make_again, self._session, row.job.id, printer or row.job.printer),
                partial(self._made_again, row.job, printer), messages.show_error, write=True,
                busy=self.tr("正在重新排版"),
            )  # fmt: skip

    def retry_all(self) -> int:
        """Everything that did not come out and surely has not come out; how many.

        What may be lying in the printer already waits for a look.
        """
        rows = [row for row in self.rows() if row.open and row.trouble != print_queue.UNSURE]
        for row in rows:
            self.retry(row)
        return len(rows)

    def drop(self, row: QueueRow) -> None:
        """Nobody wants it any more."""
        self._forget(row)
        if row.job is not None:
            self._act(print_queue.drop_job, row.job.id)
        else:
            self._light()
            self.changed.emit()

    def came_out(self, row: QueueRow) -> None:
        """The clerk has the paper in hand."""
        self._forget(row)
        if row.job is not None:
            self._act(print_queue.note_printed, row.job.id, row.job.printer)

    def _forget(self, row: QueueRow) -> None:
        order = row.order or (self._kept_order(row.job.id) if row.job is not None else None)
        if order is not None:
            self._printing.forget(order)

    def _kept_order(self, job_id: UUID) -> PrintOrder | None:
        return next((order for order in self._printing.unprinted if order.job_id == job_id), None)

    def _made_again(self, job: QueuedJob, printer: str, printed: Any) -> None:
        self._printing.submit(PrintOrder(printed.pdf, job.paper, printed.title, job_id=job.id, printer=printer))

    def _before_again(self, order: PrintOrder, go: Callable[[], object]) -> None:
        """A retry is noted before it is sent: whatever happens then, nobody takes it for never printed."""
        send = partial(self._session.act, Op.PRINT_PAPER, print_queue.send_again, order.job_id, order.printer)
        self._shell.run(send, partial(_go, go), partial(self._printing.keep, order), write=True)

    # what the printer does

    def _sent(self, order: PrintOrder) -> None:
        if order.job_id is not None:
            self.refresh()
        else:
            self._light()

    def _printed(self, order: PrintOrder, where: str) -> None:
        self._light()
        if order.job_id is not None:
            self._note(print_queue.note_printed, order.job_id, where)

    def _failed(self, order: PrintOrder, error: Exception) -> None:
        self._light()
        if order.job_id is not None:
            trouble = getattr(error, "message", "") or self.tr("没有打出来")
            self._note(print_queue.note_failed, order.job_id, trouble)

    def _act(self, function: Callable[..., object], *args: object) -> None:
        work = partial(self._session.act, Op.PRINT_PAPER, function, *args)
        self._shell.run(work, self._noted, messages.show_error, write=True)

    def _note(self, function: Callable[..., object], *args: object) -> None:
        again = partial(self._note, function, *args)
        if self._session is None:
            self._not_noted(again)
            return
        work = partial(self._session.act, Op.PRINT_PAPER, function, *args)
        self._shell.run(work, self._noted, partial(self._not_noted, again), write=True)

    def _noted(self, _nothing: object) -> None:
        self.refresh()

    def _not_noted(self, again: Callable[[], object], _error: Exception | None = None) -> None:
        self._unnoted.append(again)
        self._later.start()

    def _note_the_rest(self) -> None:
        waiting, self._unnoted = self._unnoted, []
        for again in waiting:
            again()

    def _quietly(self, _error: Exception) -> None:
        """The queue is shown when the database answers again; the pages say themselves what they cannot do."""
        self._light()

    @staticmethod
    def _ids(orders: Any) -> list[UUID]:
        return [order.job_id for order in orders if order.job_id is not None]


def make_again(session: Any, job_id: UUID, printer: str) -> Any:
    """In a writing job: the paper of a job made anew, then noted as sent once more."""
    from desktop.services import print_again

    printed = session.read(print_again.paper_of_job, job_id)
    session.act(Op.PRINT_PAPER, print_queue.send_again, job_id, printer)
    return printed


def state_words(row: QueueRow) -> tuple[str, str, str]:
    """(word, tone, icon) of where a job stands."""
    return {
        PrintState.WAITING.value: ("等待", "warn", "clock"),
        "sending": ("正在打印", "info", "printer"),
        PrintState.FAILED.value: ("没打出来", "danger", "printer-x"),
        PrintState.PRINTED.value: ("已打印", "ok", "printer-check"),
        PrintState.DROPPED.value: ("不打了", "", "x"),
    }[row.state]


def _go(go: Callable[[], object], _nothing: object) -> None:
    go()
