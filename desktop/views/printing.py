"""Printing: a finished PDF goes to the printer this PC remembers for its kind of paper, on a thread of its own.

    printing = Printing(PrinterSink(lambda kind: preferences.printers.get(kind, PrinterChoice())))
    printing.failed.connect(self._print_failed)       # PrintOrder, the trouble in words; F6 calls printing.retry()
    printing.submit(PrintOrder(pdf, "receipt", "收据 CHY-01-000123"))

The till never waits: the PDF exists and is stored before anything is sent, and a printer that is gone only leaves an
order to be repeated. Tests and offices without a printer use `FolderSink`. What is written of an order in the office's
print queue is `print_queue.PrintQueue`'s.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from PySide6.QtCore import QMarginsF, QObject, QRectF, QSizeF, Signal
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from desktop.preferences import PrinterChoice
from desktop.services.errors import Outage
from desktop.services.files import swapped_in
from desktop.views.jobs import Job, Jobs
from desktop.views.printer_state import trouble_of

MOST_DPI = 300
"""Finer than any receipt needs; 600 dpi would take four times the memory."""

_MM = 72 / 25.4
_TRAYS = dict(QPrinter.PaperSource.__members__)  # with the aliases: Upper is OnlyOne
_SIZES = {"A4": QPageSize.PageSizeId.A4, "A5": QPageSize.PageSizeId.A5, "B5": QPageSize.PageSizeId.B5}
_CUSTOM = re.compile(r"(\d+(?:\.\d+)?)\s*[x×*]\s*(\d+(?:\.\d+)?)")

_pdfium = threading.Lock()
"""PDFium serves one thread at a time, whatever the document."""


@dataclass(frozen=True, slots=True)
class PrintOrder:
    """One document to print. `kind` (receipt, lease, …) chooses the printer; `copies` times the remembered ones."""

    pdf: bytes
    kind: str
    title: str
    copies: int = 1
    job_id: UUID | None = None
    """Its place in the office's print queue; None for what is never queued, such as a test page."""
    printer: str = ""
    """Another printer than the remembered one, for this order alone."""


class PrinterGone(Outage):
    """The remembered printer is not there; the file is safe and F6 prints it again."""

    def __init__(self, printer: str) -> None:
        name = f"打印机「{printer}」不见了" if printer else "这台电脑没有可用的打印机"
        super().__init__(f"{name}。文件已存好，换打印机后按 F6 补打", safe="文件已存好")
        self.printer = printer


class PrintFailed(Outage):
    """The printer is there and took nothing, or the folder cannot be written."""

    def __init__(self, where: str, reason: str = "") -> None:
        detail = f"（{reason}）" if reason else ""
        super().__init__(f"没有打印成功：{where} 没有接收{detail}。文件已存好，处理后按 F6 补打", safe="文件已存好")
        self.where = where


class PrinterTrouble(Outage):
    """The printer is there and cannot print now: no paper, jammed, switched off. Nothing was sent to it."""

    def __init__(self, printer: str, trouble: str) -> None:
        super().__init__(f"{printer} {trouble}。文件已存好，处理后按 F6 补打", safe="文件已存好")
        self.printer = printer
        self.trouble = trouble


class PrintSink(Protocol):
    """Where print orders end: a real printer or a folder."""

    def send(self, order: PrintOrder) -> str:
        """Print and say where. Called off the GUI thread. Raises PrinterGone, PrintFailed."""
        ...


class FolderSink:
    """Prints into a folder, one numbered PDF an order: for tests, training, and offices that keep paper as files.

    What lies there is paper: in clear, for whoever may hold it. The folder is never one of the program's own.
    """

    def __init__(self, folder: Path, fault: Callable[[str], None] = lambda _point: None) -> None:
        self._folder = folder
        self._fault = fault

    def send(self, order: PrintOrder) -> str:
        name = re.sub(r'[\\/:*?"<>|\s]+', "_", f"{order.kind}-{order.title}")[:80]
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # After the highest number, not after the count: a sheet that was taken away frees no other one's place.
            last = max((int(path.name[:4]) for path in self._folder.glob("[0-9][0-9][0-9][0-9]-*.pdf")), default=0)
            path = self._folder / f"{last + 1:04d}-{name}.pdf"
            # A sheet is whole or not there: after a power cut nobody finds half a receipt under its number.
            with swapped_in(path) as stream:
                stream.write(order.pdf)
                self._fault("print.written")
        except OSError as error:
            raise PrintFailed(str(self._folder), error.strerror or "") from error
        return str(path)


class PrinterSink:
    """Prints on the printer remembered for the kind of paper, else on the system's default one.

    `choice_of` gives what this PC remembers; `make_printer` is the one place where a QPrinter is made.
    """

    def __init__(
        self,
        choice_of: Callable[[str], PrinterChoice],
        make_printer: Callable[[PrinterChoice], QPrinter] | None = None,
    ) -> None:
        self._choice_of = choice_of
        self._make_printer = make_printer or open_printer

    def send(self, order: PrintOrder) -> str:
        choice = self._choice_of(order.kind)
        if order.printer:
            choice = choice._replace(printer=order.printer)
        printer = self._make_printer(choice)
        printer.setDocName(order.title)
        copies = max(1, choice.copies) * order.copies
        if printer.supportsMultipleCopies():
            printer.setCopyCount(copies)
            copies = 1
        paint_pdf(order.pdf, printer, choice, copies)
        return printer.printerName()


def printer_of(session: Any, kind: str) -> PrinterChoice:
    """What this PC remembers for a kind of paper."""
    found: PrinterChoice = session.preferences.printers.get(kind, PrinterChoice())
    return found


def printer_names() -> list[str]:
    """The printers of this PC, the default one first."""
    default = QPrinterInfo.defaultPrinterName()
    names = QPrinterInfo.availablePrinterNames()
    return sorted(names, key=lambda name: (name != default, name))


def tray_names() -> list[str]:
    """Paper sources by the names that preferences keep."""
    return [name for name in _TRAYS if name not in ("LastPaperSource", "CustomSource", "OnlyOne")]


def open_printer(choice: PrinterChoice) -> QPrinter:
    """The remembered printer, ready to paint on. Raises PrinterGone."""
    name = choice.printer or QPrinterInfo.defaultPrinterName()
    if not name or name not in QPrinterInfo.availablePrinterNames():
        raise PrinterGone(choice.printer)
    if trouble := trouble_of(name):
        raise PrinterTrouble(name, trouble)
    printer = QPrinter(QPrinterInfo.printerInfo(name), QPrinter.PrinterMode.HighResolution)
    if choice.tray in _TRAYS:
        printer.setPaperSource(_TRAYS[choice.tray])
    return printer


def paint_pdf(pdf: bytes, printer: QPrinter, choice: PrinterChoice, copies: int = 1) -> None:
    """Every page of a PDF on a printer, in its true size, moved by the remembered offset. Raises PrintFailed."""
    document = open_pdf(pdf)
    try:
        sizes = page_sizes(document)
        painter = QPainter()
        dpi = min(MOST_DPI, printer.resolution())
        for number, index in enumerate(index for _copy in range(copies) for index in range(len(sizes))):
            _set_page(printer, sizes[index], choice)
            if number == 0:
                if not painter.begin(printer):
                    raise PrintFailed(printer.printerName() or choice.printer)
            elif not printer.newPage():
                raise PrintFailed(printer.printerName(), f"第 {number + 1} 页")
            image = render_page(document, index, dpi / 72)
            scale = printer.resolution() / 72
            width, height = sizes[index]
            place = QRectF(
                choice.offset_x_mm * _MM * scale, choice.offset_y_mm * _MM * scale, width * scale, height * scale
            )
            painter.drawImage(place, image)
        if painter.isActive() and not painter.end():
            raise PrintFailed(printer.printerName())
    finally:
        close_pdf(document)


def _set_page(printer: QPrinter, size: tuple[float, float], choice: PrinterChoice) -> None:
    """The sheet: the remembered paper, or the page's own size; the whole of it, margins are in the PDF already."""
    page, turned = _page_size(size, choice)
    direction = QPageLayout.Orientation.Landscape if turned else QPageLayout.Orientation.Portrait
    layout = QPageLayout(page, direction, QMarginsF(0, 0, 0, 0))
    layout.setMode(QPageLayout.Mode.FullPageMode)
    printer.setPageLayout(layout)


def _page_size(size: tuple[float, float], choice: PrinterChoice) -> tuple[QPageSize, bool]:
    """The sheet, and whether it lies on its side.

    Office paper goes in upright and is printed turned. Tractor paper and forms are as wide as they are: 241×139.7 mm
    turned would come out across the tear line.
    """
    width, height = size
    custom = _CUSTOM.search(choice.paper)
    if custom:
        sheet = QSizeF(float(custom[1]), float(custom[2]))
        return _exactly(sheet, QPageSize.Unit.Millimeter, choice.paper), choice.orientation == "landscape"
    turned = choice.orientation != "portrait" and (choice.orientation == "landscape" or width > height)
    if choice.paper in _SIZES:
        return QPageSize(_SIZES[choice.paper]), turned
    upright = QPageSize(QSizeF(*sorted(size)), QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.FuzzyMatch)
    if upright.id() != QPageSize.PageSizeId.Custom:
        return upright, turned
    wanted = QSizeF(width, height + choice.feed_mm * _MM)
    return _exactly(wanted, QPageSize.Unit.Point, ""), choice.orientation == "landscape"


def _exactly(size: QSizeF, unit: QPageSize.Unit, name: str) -> QPageSize:
    return QPageSize(size, unit, name, QPageSize.SizeMatchPolicy.ExactMatch)


def open_pdf(pdf: bytes) -> Any:
    """An open PDF for `page_sizes` and `render_page`; close it with `close_pdf`."""
    import pypdfium2

    with _pdfium:
        return pypdfium2.PdfDocument(pdf)


def close_pdf(document: Any) -> None:
    with _pdfium:
        document.close()


def page_sizes(document: Any) -> list[tuple[float, float]]:
    """Width and height of each page in points."""
    with _pdfium:
        return [document.get_page_size(index) for index in range(len(document))]


def render_page(document: Any, index: int, scale: float) -> QImage:
    """A page (0-based) as picture, `scale` pixels a point."""
    with _pdfium:
        page = document[index]
        bitmap = page.render(scale=scale, prefer_bgrx=True)
        try:
            image = QImage(bitmap.buffer, bitmap.width, bitmap.height, bitmap.stride, QImage.Format.Format_RGB32)
            return image.copy()  # the bitmap's memory goes away with it
        finally:
            del image
            bitmap.close()
            page.close()


class Printing(QObject):
    """Sends orders to a sink, one after another, and keeps the failed ones for F6.

    Signals: sent(PrintOrder) when one is on its way; printed(PrintOrder, where); failed(PrintOrder, Exception).
    """

    sent = Signal(object)
    printed = Signal(object, str)
    failed = Signal(object, object)

    def __init__(self, sink: PrintSink, fault: Callable[[str], None] = lambda _point: None) -> None:
        super().__init__()
        self._sink = sink
        self._fault = fault
        self._jobs = Jobs(readers=1)
        self._failed: list[PrintOrder] = []
        self._under_way: list[PrintOrder] = []
        self.before_again: Callable[[PrintOrder, Callable[[], object]], object] | None = None
        """Asked before a queued order is sent once more; it notes that, then calls the second argument."""

    @property
    def waiting(self) -> int:
        """Orders under way."""
        return self._jobs.count

    @property
    def under_way(self) -> tuple[PrintOrder, ...]:
        """Orders given to the printer or waiting for it, the oldest first."""
        return tuple(self._under_way)

    @property
    def unprinted(self) -> tuple[PrintOrder, ...]:
        """Orders that failed and were not repeated yet, the oldest first."""
        return tuple(self._failed)

    def use(self, sink: PrintSink) -> None:
        """Send what comes from now on to another sink."""
        self._sink = sink

    def submit(self, order: PrintOrder) -> Job:
        """Queue an order and return at once."""
        job = Job(partial(self._send, self._sink, order))
        job.succeeded.connect(partial(self._succeeded, order))
        job.failed.connect(partial(self._kept, order))
        self._under_way.append(order)
        started = self._jobs.start(job)
        self.sent.emit(order)
        return started

    def retry(self) -> int:
        """Send every failed order again; how many there were."""
        orders = self.unprinted
        for order in orders:
            self.again(order)
        return len(orders)

    def again(self, order: PrintOrder, printer: str = "") -> PrintOrder:
        """Send a failed order once more, perhaps to another printer; the order that goes out."""
        self.forget(order)
        once_more = replace(order, printer=printer or order.printer)
        if once_more.job_id is not None and self.before_again is not None:
            self.before_again(once_more, partial(self.submit, once_more))
        else:
            self.submit(once_more)
        return once_more

    def keep(self, order: PrintOrder, error: Exception) -> None:
        """An order that could not even be sent is kept like a failed one."""
        self._failed.append(order)
        self.failed.emit(order, error)

    def forget(self, order: PrintOrder) -> None:
        """Give up on a failed order."""
        self._failed = [each for each in self._failed if each is not order]

    def shutdown(self) -> None:
        """Wait for the page under way; what still waited is not sent."""
        self._jobs.shutdown()

    def _send(self, sink: PrintSink, order: PrintOrder) -> str:
        self._fault("print.sending")
        where = sink.send(order)
        self._fault("print.sent")
        return where

    def _succeeded(self, order: PrintOrder, where: str) -> None:
        self._fault("print.heard")
        self._leave(order)
        self.printed.emit(order, where)

    def _kept(self, order: PrintOrder, error: Exception) -> None:
        self._leave(order)
        self.keep(order, error)

    def _leave(self, order: PrintOrder) -> None:
        self._under_way = [each for each in self._under_way if each is not order]
