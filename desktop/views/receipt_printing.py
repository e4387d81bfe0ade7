"""Getting a receipt onto paper: its PDF is made and the print noted in one act, then the printer is told.

The till and the receipt page share it. The money is safe before any of this begins; what goes wrong here is said in
words, and F6 tries again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from desktop.preferences import PrinterChoice
from desktop.services.acts import Op
from desktop.services.paper.receipt_form import KEYS, shipped
from desktop.services.payments import PaymentTaken
from desktop.views import messages
from desktop.views.pages import Shell
from desktop.views.printing import PrintOrder, printer_of

KIND = "receipt"


@dataclass(frozen=True, slots=True)
class _Job:
    payment_id: UUID
    number: str


class ReceiptPrinting(QObject):
    """Signals: changed(words) whenever there is something new to say of the receipt being printed."""

    changed = Signal(str)

    def __init__(self, shell: Shell, parent: QObject) -> None:
        super().__init__(parent)
        self._shell = shell
        self._job: _Job | None = None
        self._order: PrintOrder | None = None
        self._failed = False
        printing = shell.session.printing
        printing.printed.connect(self._printed)
        printing.failed.connect(self._print_failed)

    @property
    def choice(self) -> PrinterChoice:
        """Printer and form this PC remembers for receipts."""
        return printer_of(self._shell.session, KIND)

    @property
    def where(self) -> str:
        """What a receipt goes on and where: 「80 毫米卷纸 · 针打-01」."""
        form = shipped(self.choice.form).title if self.choice.form in KEYS else self.tr("收据")
        return f"{form} · {self.choice.printer or self.tr('默认打印机')}"

    def begin(self, taken: PaymentTaken) -> str:
        """Print the receipt of a payment; what to say meanwhile."""
        return self.print_receipt(taken.payment_id, taken.receipt_number)

    def again(self, taken: PaymentTaken) -> str:
        """F6: an order the printer did not take is sent again as it was; a printed one is printed anew as 补打."""
        return self.print_again(taken.payment_id, taken.receipt_number)

    def print_again(self, payment_id: UUID, number: str) -> str:
        """`again` for any receipt."""
        printing = self._shell.session.printing
        if self._failed and self._order is not None and self._job == _Job(payment_id, number):
            self._failed = False
            self._order = printing.again(self._order)
            return self.tr("正在打印")
        return self.print_receipt(payment_id, number)

    def print_receipt(self, payment_id: UUID, number: str) -> str:
        """Make the PDF and note the print in one act, then print; what to say meanwhile."""
        self._job, self._order, self._failed = _Job(payment_id, number), None, False
        make = partial(make_receipt, self._shell.session, payment_id, self.choice)
        self._shell.run(make, self._made, self._not_made, write=True)
        return self.tr("正在打印")

    def _made(self, printed: Any) -> None:
        if self._job is None:
            return
        self._order = PrintOrder(printed.pdf, KIND, printed.title, job_id=printed.job_id)
        if printed.notices:
            messages.show_warning("；".join(printed.notices))
        self._shell.session.printing.submit(self._order)

    def _not_made(self, error: Exception) -> None:
        self.changed.emit(self.tr("还没有打印，按 F6 再试"))
        messages.show_error(error)

    def _printed(self, order: PrintOrder, _where: str) -> None:
        if order is self._order:
            self.changed.emit(self.tr("已打印"))

    def _print_failed(self, order: PrintOrder, error: Exception) -> None:
        if order is self._order:
            self._failed = True
            self.changed.emit(getattr(error, "message", "") or self.tr("没有打印成功，按 F6 再试"))


def make_receipt(session: Any, payment_id: UUID, choice: PrinterChoice) -> Any:
    """In a writing job: the PDF of a receipt, with its print event and its place in the queue."""
    from desktop.services import receipt_papers

    form = choice.form if choice.form in KEYS else ""
    return session.act(Op.PRINT_PAPER, receipt_papers.print_receipt, payment_id, form, choice.printer)
