"""Printing: orders end in a folder or on a printer, trouble comes in words, and the window never waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from PySide6.QtCore import QThread, qInstallMessageHandler
from PySide6.QtGui import QImage
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo
from pytestqt.qtbot import QtBot

from desktop.preferences import PrinterChoice
from desktop.services.paper.receipt_form import shipped
from desktop.services.paper.receipts import receipt_pdf, receipts_pdf
from desktop.views.printing import (
    FolderSink,
    PrinterGone,
    PrinterSink,
    PrintFailed,
    Printing,
    PrintOrder,
    close_pdf,
    open_pdf,
    open_printer,
    page_sizes,
    paint_pdf,
    printer_names,
    render_page,
    tray_names,
)
from tests.services.paper.samples import deposit_receipt, receipt

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return receipt_pdf(receipt(), invariant=True)


@pytest.fixture
def printing(tmp_path: Path) -> Iterator[Printing]:
    made = Printing(FolderSink(tmp_path / "out"))
    yield made
    made.shutdown()


def pdf_printer(path: Path) -> QPrinter:
    """Qt's own printer to a file: the same painting path as a real one."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    printer.setResolution(300)
    return printer


def test_an_order_ends_in_the_folder_unchanged(qtbot: QtBot, printing: Printing, pdf: bytes, tmp_path: Path) -> None:
    order = PrintOrder(pdf, "receipt", "收据 CHY-01/000123")
    with qtbot.waitSignal(printing.printed, timeout=5000) as done:
        printing.submit(order)
    sent, where = done.args
    assert sent is order
    assert Path(where).read_bytes() == pdf
    assert Path(where).name == "0001-receipt-收据_CHY-01_000123.pdf"
    assert printing.unprinted == ()


def test_orders_come_out_in_the_order_they_were_given(qtbot: QtBot, printing: Printing, tmp_path: Path) -> None:
    with qtbot.waitSignals([printing.printed] * 5, timeout=5000):
        for number in range(5):
            printing.submit(PrintOrder(b"%d" % number, "receipt", str(number)))
    files = sorted((tmp_path / "out").glob("*.pdf"))
    assert [path.read_bytes() for path in files] == [b"0", b"1", b"2", b"3", b"4"]


def test_a_sheet_taken_away_leaves_every_other_one_in_its_place(tmp_path: Path) -> None:
    sink = FolderSink(tmp_path / "out")
    first, second = (Path(sink.send(PrintOrder(text, "receipt", "同一张"))) for text in (b"1", b"2"))
    first.unlink()
    third = Path(sink.send(PrintOrder(b"3", "receipt", "同一张")))
    assert (second.read_bytes(), third.read_bytes()) == (b"2", b"3")


def test_a_sheet_is_whole_or_not_there(tmp_path: Path) -> None:
    def cut(_point: str) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(PrintFailed, match="No space left"):
        FolderSink(tmp_path / "out", cut).send(PrintOrder(b"half", "receipt", "收据"))
    assert list((tmp_path / "out").iterdir()) == []


def test_the_window_does_not_wait_for_the_printer(qtbot: QtBot, printing: Printing) -> None:
    slow, gui = threading.Event(), QThread.currentThread()
    threads = []

    class SlowSink:
        def send(self, order: PrintOrder) -> str:
            threads.append(QThread.currentThread())
            assert slow.wait(10)
            return "slow"

    printing.use(SlowSink())
    printing.submit(PrintOrder(b"", "receipt", "一"))  # returns although the printer is stuck
    assert printing.waiting == 1
    with qtbot.waitSignal(printing.printed, timeout=5000):
        slow.set()
    assert threads[0] is not gui


def test_a_printer_that_is_gone_says_so_and_f6_prints_again(
    qtbot: QtBot, printing: Printing, pdf: bytes, tmp_path: Path
) -> None:
    printing.use(PrinterSink(lambda kind: PrinterChoice(printer="前台 HP")))
    with qtbot.waitSignal(printing.failed, timeout=5000) as failure:
        printing.submit(PrintOrder(pdf, "receipt", "收据"))
    order, error = failure.args
    assert isinstance(error, PrinterGone)
    assert error.message == "打印机「前台 HP」不见了。文件已存好，换打印机后按 F6 补打"
    assert error.printer == "前台 HP"
    assert error.retry
    assert printing.unprinted == (order,)
    printing.use(FolderSink(tmp_path / "other"))
    with qtbot.waitSignal(printing.printed, timeout=5000):
        assert printing.retry() == 1
    assert printing.unprinted == ()
    assert (tmp_path / "other" / "0001-receipt-收据.pdf").read_bytes() == pdf


def test_an_order_may_be_given_up(qtbot: QtBot, printing: Printing) -> None:
    printing.use(PrinterSink(lambda kind: PrinterChoice(printer="没有")))
    with qtbot.waitSignal(printing.failed, timeout=5000) as failure:
        printing.submit(PrintOrder(b"", "receipt", "收据"))
    printing.forget(failure.args[0])
    assert printing.retry() == 0


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(PrintFailed) as failure:
        FolderSink(blocked).send(PrintOrder(b"", "receipt", "收据"))
    assert str(blocked) in failure.value.message
    assert failure.value.safe == "文件已存好"


def test_a_printer_that_takes_nothing_is_named(tmp_path: Path, pdf: bytes) -> None:
    printer = pdf_printer(tmp_path / "no-such-folder" / "out.pdf")
    heard: list[str] = []
    before = qInstallMessageHandler(lambda level, context, text: heard.append(text))
    try:
        with pytest.raises(PrintFailed):
            paint_pdf(pdf, printer, PrinterChoice())
    finally:
        qInstallMessageHandler(before)
    assert heard == ["QPainter::begin(): Returned false"]


def test_without_any_printer_the_message_says_so() -> None:
    if QPrinterInfo.availablePrinterNames():
        pytest.skip("this PC has printers")
    with pytest.raises(PrinterGone) as gone:
        open_printer(PrinterChoice())
    assert gone.value.message.startswith("这台电脑没有可用的打印机")
    assert printer_names() == []


def test_trays_are_known_by_name() -> None:
    assert {"Auto", "Upper", "Lower", "Manual"} <= set(tray_names())


def ink(path: Path, page: int = 0, dpi: int = 100) -> tuple[QImage, tuple[int, int, int, int]]:
    """The printed page and the box around everything dark on it, in pixels."""
    document = pypdfium2.PdfDocument(path)
    drawn = document[page]
    picture = drawn.render(scale=dpi / 72).to_pil().convert("L")
    drawn.close()
    document.close()
    box = picture.point(lambda value: 255 if value < 128 else 0).getbbox()
    assert box is not None
    return picture, box


def test_pages_are_printed_in_true_size_on_a_sheet_of_their_own(tmp_path: Path, pdf: bytes) -> None:
    original = tmp_path / "original.pdf"
    original.write_bytes(pdf)
    sink = PrinterSink(lambda kind: PrinterChoice(), lambda choice: pdf_printer(tmp_path / "out.pdf"))
    sink.send(PrintOrder(pdf, "receipt", "收据"))
    wanted, box = ink(original)
    printed, printed_box = ink(tmp_path / "out.pdf")
    assert abs(printed.width - wanted.width) <= 1
    assert abs(printed.height - wanted.height) <= 1
    assert max(abs(one - other) for one, other in zip(box, printed_box, strict=True)) <= 2
    document = pypdfium2.PdfDocument(tmp_path / "out.pdf")
    assert len(document) == 2
    document.close()


def test_the_remembered_offset_and_copies_are_used(tmp_path: Path, pdf: bytes) -> None:
    def send(name: str, choice: PrinterChoice, copies: int = 1) -> Path:
        path = tmp_path / name
        paint_pdf(pdf, pdf_printer(path), choice, copies)
        return path

    _picture, plain = ink(send("plain.pdf", PrinterChoice()))
    _picture, moved = ink(send("moved.pdf", PrinterChoice(offset_x_mm=5, offset_y_mm=-3)))
    assert moved[0] - plain[0] == pytest.approx(5 / 25.4 * 100, abs=1.5)
    assert moved[1] - plain[1] == pytest.approx(-3 / 25.4 * 100, abs=1.5)
    document = pypdfium2.PdfDocument(send("twice.pdf", PrinterChoice(), copies=2))
    assert len(document) == 4
    document.close()


@pytest.mark.parametrize(("paper", "size"), [("A4", (297, 210)), ("241x140", (241, 140)), ("", (210, 148))])
def test_the_remembered_paper_decides_the_sheet(tmp_path: Path, pdf: bytes, paper: str, size: tuple[int, int]) -> None:
    paint_pdf(pdf, pdf_printer(tmp_path / "out.pdf"), PrinterChoice(paper=paper))
    document = open_pdf((tmp_path / "out.pdf").read_bytes())
    (width, height), *_others = page_sizes(document)
    close_pdf(document)
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == size


def test_a_page_is_rendered_as_it_is(pdf: bytes) -> None:
    document = open_pdf(pdf)
    image = render_page(document, 0, 2.0)
    close_pdf(document)
    assert (image.width(), image.height()) == (1191, 840) or abs(image.width() - 1190) <= 2
    colours = {image.pixelColor(x, 100).name() for x in range(0, image.width(), 3)}
    assert "#ffffff" in colours
    assert len(colours) > 3


# ---- the sheet ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "choice", "size"),
    [
        ("a5", PrinterChoice(), (210, 148)),
        ("a4", PrinterChoice(), (210, 297)),
        ("half", PrinterChoice(), (241, 139.7)),
        ("third", PrinterChoice(), (241, 93.13)),
        ("third", PrinterChoice(feed_mm=-0.5), (241, 92.63)),
        ("third", PrinterChoice(paper="241x139.7"), (241, 139.7)),
        ("third", PrinterChoice(orientation="landscape"), (93.13, 241)),
        ("a5", PrinterChoice(paper="A4"), (297, 210)),
        ("a5", PrinterChoice(paper="A4", orientation="portrait"), (210, 297)),
        ("own", PrinterChoice(), (241, 139.7)),
    ],
)
def test_tractor_paper_is_as_wide_as_it_is_and_office_paper_lies_on_its_side(
    tmp_path: Path, key: str, choice: PrinterChoice, size: tuple[float, float]
) -> None:
    path = tmp_path / "out.pdf"
    paint_pdf(receipt_pdf(receipt(), shipped(key)), pdf_printer(path), choice)
    document = open_pdf(path.read_bytes())
    try:
        for wide, high in page_sizes(document):
            assert (wide / 72 * 25.4, high / 72 * 25.4) == pytest.approx(size, abs=0.4)
    finally:
        close_pdf(document)


def test_each_receipt_of_a_roll_is_as_long_as_it_is(tmp_path: Path) -> None:
    path, pdf = tmp_path / "out.pdf", receipts_pdf([receipt(), deposit_receipt()], shipped("roll"))
    paint_pdf(pdf, pdf_printer(path), PrinterChoice())
    before, after = open_pdf(pdf), open_pdf(path.read_bytes())
    try:
        assert [high for _, high in page_sizes(after)] == pytest.approx([high for _, high in page_sizes(before)], abs=1)
        assert len({round(high) for _, high in page_sizes(after)}) == 2
    finally:
        close_pdf(before)
        close_pdf(after)


def test_an_offset_of_a_tenth_of_a_millimetre_moves_the_ink(tmp_path: Path) -> None:
    """0.1 mm is more than one dot at 300 dpi."""

    def left_edge(offset: float) -> float:
        path = tmp_path / f"{offset}.pdf"
        paint_pdf(receipt_pdf(receipt(), shipped("third")), pdf_printer(path), PrinterChoice(offset_x_mm=offset))
        document = open_pdf(path.read_bytes())
        try:
            image = render_page(document, 0, 20)
            row = image.height() * 40 // 93
            return next(x for x in range(image.width()) if image.pixelColor(x, row).lightness() < 128) / 20 / 72 * 25.4
        finally:
            close_pdf(document)

    still, moved = left_edge(0), left_edge(0.3)
    assert moved - still == pytest.approx(0.3, abs=0.06)


def test_another_printer_is_used_for_one_order_alone(qtbot: QtBot, printing: Printing, pdf: bytes) -> None:
    asked: list[str] = []

    def make(choice: PrinterChoice) -> QPrinter:
        asked.append(choice.printer)
        raise PrinterGone(choice.printer)

    printing.use(PrinterSink(lambda kind: PrinterChoice(printer="前台 HP"), make))
    for order in (PrintOrder(pdf, "receipt", "一"), PrintOrder(pdf, "receipt", "二", printer="针打-02")):
        with qtbot.waitSignal(printing.failed, timeout=5000):
            printing.submit(order)
    assert asked == ["前台 HP", "针打-02"]
