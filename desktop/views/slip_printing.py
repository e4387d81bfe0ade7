"""Getting a work slip onto paper: made and noted in one act, then the printer is told; F6 sends a failed one again."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from PySide6.QtCore import QObject

from desktop.models.values import Right
from desktop.services import slip_prints
from desktop.services.acts import Op
from desktop.services.print_events import Printed
from desktop.services.slip_codes import PAPER
from desktop.views import messages
from desktop.views.file_preview import PdfDialog
from desktop.views.pages import Shell
from desktop.views.printing import PrintOrder, printer_of


class SlipPrinting(QObject):
    """Made by a page that shows orders."""

    def __init__(self, shell: Shell, parent: QObject) -> None:
        super().__init__(parent)
        self._shell = shell
        self._last: tuple[UUID, PrintOrder] | None = None
        self._failed = False
        shell.session.printing.failed.connect(self._print_failed)

    def why_not(self) -> str:
        """Why this role may print no slip; empty when it may."""
        return "" if self._shell.allowed(Right.PRINT_PAPER) else self.tr("您的角色不能打印：请前台或维修班长来打")

    def print_slip(self, order_id: UUID) -> None:
        """F6: a slip the printer did not take goes out again as it was; else one is made, from the second on 补打."""
        if why := self.why_not():
            self._shell.toast(why)
            return
        printing = self._shell.session.printing
        if self._failed and self._last is not None and self._last[0] == order_id:
            self._failed = False
            self._last = order_id, printing.again(self._last[1])
            self._shell.toast(self.tr("正在打印 {title}").format(title=self._last[1].title))
            return
        printer = printer_of(self._shell.session, PAPER).printer
        act = partial(self._shell.session.act, Op.PRINT_PAPER, slip_prints.print_slip, order_id, printer)
        self._shell.run(act, partial(self._made, order_id), write=True, busy=self.tr("正在排版维修单"))

    def see_slip(self, order_id: UUID) -> None:
        """Ctrl P: the slip as it would come out, the number masked; printed from there."""
        read = partial(self._shell.session.read, slip_prints.preview_slip, order_id)
        self._shell.run(read, partial(self._seen, order_id), busy=self.tr("正在排版维修单"))

    def _seen(self, order_id: UUID, pdf: bytes) -> None:
        dialog = PdfDialog(self._shell, self.tr("维修单"), pdf)
        dialog.print_with(None if self.why_not() else partial(self.print_slip, order_id))
        self._shell.open(dialog)

    def _made(self, order_id: UUID, printed: Printed) -> None:
        order = PrintOrder(printed.pdf, PAPER, printed.title, job_id=printed.job_id)
        self._last, self._failed = (order_id, order), False
        self._shell.session.printing.submit(order)
        again = self.tr("，补打 {n}").format(n=printed.ordinal) if printed.ordinal else ""
        self._shell.toast(self.tr("正在打印 {title}{again}").format(title=printed.title, again=again))
        if printed.notices:
            messages.show_warning("；".join(printed.notices))

    def _print_failed(self, order: PrintOrder, _error: Exception) -> None:
        if self._last is not None and order is self._last[1]:
            self._failed = True
