"""The print queue at the desk: out of paper, printer gone, power cut; retried by a key, never printed twice unseen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop.models.printing import PrintState
from desktop.services import print_queue, receipt_papers
from desktop.services.acts import Op
from desktop.services.errors import DatabaseBusy
from desktop.services.print_queue import QueuedJob
from desktop.services.work import begin, look
from desktop.views.print_queue import PrintQueue
from desktop.views.print_queue_dialog import OtherPrinterDialog, PrintQueueDialog
from desktop.views.printer_state import words_of
from desktop.views.printing import FolderSink, PrinterGone, PrinterTrouble, PrintOrder
from desktop.views.theme import Shade, Theme, TypeSize
from tests.offices import sit_down
from tests.services.paper.samples import pdf_text
from tests.views.till_kit import ALT, Counter, counter

KEY = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier


class Printer:
    """A printer that can be out of paper, or gone, or slow; what came out of it lies in a folder."""

    def __init__(self, folder: Path) -> None:
        self.trouble: Exception | None = None
        self.hold: threading.Event | None = None
        self.folder = FolderSink(folder)
        self.sent: list[PrintOrder] = []

    def send(self, order: PrintOrder) -> str:
        if self.hold is not None:
            assert self.hold.wait(20)
        if self.trouble is not None:
            raise self.trouble
        self.sent.append(order)
        self.folder.send(order)
        return order.printer or "针打-01"


class QueueDesk:
    """A cashier's desk with its print queue, as the application makes it."""

    def __init__(self, desk: Counter, printer: Printer) -> None:
        self.desk, self.printer = desk, printer
        self.queue = PrintQueue(desk.window, desk.printing, desk.window)
        desk.window.print_queue_wanted.connect(self.show)
        self.queue.start()
        desk.settle()

    def show(self) -> None:
        self.desk.window.open(PrintQueueDialog(self.desk.window.seat, self.queue))

    def jobs(self) -> list[QueuedJob]:
        with look(self.desk.office, self.desk.actor) as reading:
            return print_queue.list_jobs(reading)

    @property
    def light(self) -> str:
        return self.desk.window.status.lights["printer"].accessibleName()

    def pay(self) -> str:
        """沈知微 pays what she owes; what the panel says then."""
        page = self.desk.open("till", party_id=self.desk.late)
        self.desk.enter()
        return str(page.paid.words.text())

    def dialog(self) -> Any:
        self.desk.press(KEY.Key_F6, SHIFT)
        assert isinstance(self.desk.dialog, PrintQueueDialog)
        return self.desk.dialog


@pytest.fixture
def at(qtbot: QtBot, tmp_path: Path) -> Iterator[QueueDesk]:
    printer = Printer(tmp_path / "prints")
    with counter(qtbot, tmp_path, "manager", "cashier", sink=printer) as desk:
        yield QueueDesk(desk, printer)


def states(at: QueueDesk) -> list[tuple[PrintState, int]]:
    return [(job.state, job.tries) for job in at.jobs()]


def test_a_print_that_comes_out_is_written_down(at: QueueDesk) -> None:
    assert at.light == "打印就绪"
    at.pay()
    (job,) = at.jobs()
    assert (job.state, job.printer, job.tries) == (PrintState.PRINTED, "针打-01", 1)
    assert at.light == "打印就绪"


def test_the_till_never_waits_for_a_stuck_printer(at: QueueDesk) -> None:
    at.printer.hold = threading.Event()
    at.desk.open("till", party_id=at.desk.late)
    at.desk.press(KEY.Key_Return, wait=False)
    at.desk.qtbot.waitUntil(lambda: at.desk.page.last is not None, timeout=10_000)
    at.desk.qtbot.waitUntil(lambda: at.light == "正在打印 1 份", timeout=10_000)
    at.desk.window.navigate("till", party_id=at.desk.now)
    at.desk.qtbot.waitUntil(lambda: at.desk.page.facts is not None, timeout=10_000)
    at.printer.hold.set()
    at.desk.settle()
    assert at.light == "打印就绪"


def test_out_of_paper_is_told_and_one_key_prints_the_same_paper(at: QueueDesk) -> None:
    at.printer.trouble = PrinterTrouble("针打-01", "缺纸")
    assert "针打-01 缺纸。文件已存好" in at.pay()
    assert at.light == "1 份没打出来"
    dialog = at.dialog()
    row = dialog.table.current()
    assert (row.state, row.trouble) == ("failed", "针打-01 缺纸。文件已存好，处理后按 F6 补打")
    at.printer.trouble = None
    at.desk.enter()
    assert states(at) == [(PrintState.PRINTED, 2)]
    assert "补打" not in "".join(pdf_text(at.printer.sent[0].pdf))
    assert at.light == "打印就绪"
    assert not dialog.primary.isEnabled()
    at.desk.enter()
    assert len(at.printer.sent) == 1, "what came out is not sent again by the same key"


def test_f6_at_the_till_and_the_queue_are_one_book(at: QueueDesk) -> None:
    at.printer.trouble = PrinterGone("针打-01")
    at.pay()
    at.desk.press(KEY.Key_F6)
    assert states(at) == [(PrintState.FAILED, 2)]
    at.printer.trouble = None
    at.desk.press(KEY.Key_F6)
    assert states(at) == [(PrintState.PRINTED, 3)]
    assert len(at.printer.sent) == 1


def test_another_printer_for_this_once(at: QueueDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.views.print_queue_dialog.printer_names", lambda: ["针打-01", "针打-02"])
    at.printer.trouble = PrinterGone("针打-01")
    at.pay()
    at.dialog()
    at.printer.trouble = None
    at.desk.press(KEY.Key_2, ALT)
    asked = at.desk.dialog
    assert isinstance(asked, OtherPrinterDialog)
    assert asked.form is not None
    assert asked.form.values() == {"printer": "针打-02"}, "not the one that failed"
    at.desk.press(KEY.Key_Return, Qt.KeyboardModifier.ControlModifier)
    (job,) = at.jobs()
    assert (job.state, job.printer) == (PrintState.PRINTED, "针打-02")


def test_given_up_and_come_out(at: QueueDesk) -> None:
    at.printer.trouble = PrinterTrouble("针打-01", "卡纸")
    at.pay()
    for _ in range(2):
        at.desk.press(KEY.Key_F6)
    at.desk.open("receipt", payment_id=at.desk.receipts()[0].payment_id)
    at.desk.press(KEY.Key_F6)
    assert [job.state for job in at.jobs()] == [PrintState.FAILED] * 2
    at.dialog()
    at.desk.press(KEY.Key_4, ALT)
    at.desk.press(KEY.Key_3, ALT)
    assert sorted(job.state for job in at.jobs()) == [PrintState.DROPPED, PrintState.PRINTED]
    assert at.light == "打印就绪"
    assert at.desk.printing.unprinted == ()
    assert at.printer.sent == []


def left_over(at: QueueDesk) -> None:
    """A power cut between the act and the printer, then the next start."""
    paid = at.desk.receipts()[0]
    with begin(at.desk.office, at.desk.actor, Op.PRINT_PAPER) as work:
        receipt_papers.print_receipt(work, paid.payment_id, "third", "针打-01")
    at.queue.close()
    at.queue = PrintQueue(at.desk.window, at.desk.printing, at.desk.window)
    at.queue.start()
    at.desk.settle()


def test_after_a_restart_it_waits_for_a_look_and_is_made_anew(at: QueueDesk) -> None:
    at.pay()
    left_over(at)
    assert at.light == "1 份没打出来"
    assert len(at.printer.sent) == 1, "nothing goes out by itself"
    dialog = at.dialog()
    assert "可能已经出纸" in dialog.table.current().trouble
    assert at.queue.retry_all() == 0, "not even with the others"
    at.desk.enter()
    assert [job.state for job in at.jobs()] == [PrintState.PRINTED] * 2
    text = "".join(pdf_text(at.printer.sent[1].pdf))
    assert "补打 1" in text
    assert "补打 2" not in text
    assert "第三联" in text, "on the form it was asked for"


def test_all_at_once_after_a_jam(at: QueueDesk) -> None:
    at.printer.trouble = PrinterTrouble("针打-01", "缺纸")
    at.pay()
    at.desk.open("receipt", payment_id=at.desk.receipts()[0].payment_id)
    at.desk.press(KEY.Key_F6)
    at.printer.trouble = None
    at.dialog()
    at.desk.press(KEY.Key_1, ALT)
    assert [job.state for job in at.jobs()] == [PrintState.PRINTED] * 2
    assert ["补打" in "".join(pdf_text(order.pdf)) for order in at.printer.sent] == [False, True]


def test_a_note_the_database_does_not_take_is_tried_again(at: QueueDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    real, refused = print_queue.note_printed, [DatabaseBusy()]

    def note(*args: Any) -> None:
        if refused:
            raise refused.pop()
        real(*args)

    monkeypatch.setattr(print_queue, "note_printed", note)
    at.pay()
    assert states(at) == [(PrintState.WAITING, 1)]
    at.queue._later.timeout.emit()
    at.desk.settle()
    assert states(at) == [(PrintState.PRINTED, 1)]
    at.queue._later.stop()


def test_the_light_opens_the_queue_and_escape_closes_it(at: QueueDesk) -> None:
    light = at.desk.window.status.lights["printer"]
    assert "Shift F6" in light.toolTip()
    QTest.mouseClick(light, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(4, 4))
    dialog = at.desk.dialog
    assert isinstance(dialog, PrintQueueDialog)
    assert dialog.empty.isVisible()
    at.desk.press(KEY.Key_Escape)
    assert at.desk.dialog is None


def test_from_a_job_to_its_receipt(at: QueueDesk) -> None:
    at.pay()
    at.dialog()
    at.desk.press(KEY.Key_5, ALT)
    assert at.desk.place == ("receipt", {"payment_id": at.desk.receipts()[0].payment_id})


def test_a_kept_file_that_does_not_come_out_is_in_the_queue_too(at: QueueDesk) -> None:
    at.printer.trouble = PrinterGone("HP")
    at.desk.printing.submit(PrintOrder(b"%PDF", "lease", "附件 合同.pdf"))
    at.desk.settle()
    (row,) = at.queue.rows()
    assert (row.title, row.state, row.job) == ("附件 合同.pdf", "failed", None)
    assert at.light == "1 份没打出来"
    at.printer.trouble = None
    at.queue.retry(row)
    at.desk.settle()
    assert at.queue.rows() == []


@pytest.mark.parametrize("size", list(TypeSize))
def test_the_queue_fits_the_smallest_desk(at: QueueDesk, look: Theme, size: TypeSize) -> None:
    look.switch(Shade.LIGHT, size)
    at.printer.trouble = PrinterTrouble("针打-01", "缺纸")
    at.pay()
    at.desk.window.resize(911, 512)
    dialog = at.dialog()
    least = dialog.minimumSizeHint()
    assert least.width() <= 900
    assert least.height() <= 480


@pytest.mark.parametrize(
    ("status", "words"),
    [(0, ""), (0x10, "缺纸"), (0x8, "卡纸"), (0x18, "缺纸"), (0x80, "没有联机"), (0x400 | 0x4000, ""), (0x20000, "")],
)
def test_what_a_windows_printer_says_of_itself(status: int, words: str) -> None:
    assert words_of(status) == words
    assert words_of(0, 0x400) == "没有联机"


def test_somebody_who_may_not_print_sits_there_when_the_printer_answers(at: QueueDesk) -> None:
    at.printer.hold = threading.Event()
    at.desk.open("till", party_id=at.desk.late)
    at.desk.press(KEY.Key_Return, wait=False)
    at.desk.qtbot.waitUntil(lambda: at.light == "正在打印 1 份", timeout=10_000)
    auditor = sit_down(at.desk.office, "auditor", login="luzw", name="陆知微")
    session = replace(at.desk.session, actor=auditor)
    at.desk.window.set_session(session, auditor.rights, auditor.name)
    at.printer.hold.set()
    at.desk.settle()
    assert states(at) == [(PrintState.PRINTED, 1)]
    at.desk.window.set_session(at.desk.session, at.desk.actor.rights, at.desk.actor.name)
