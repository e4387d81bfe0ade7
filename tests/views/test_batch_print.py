"""Many papers at once: found while one types, looked through, sent one by one; a printer that fails loses none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.models.payments import PrintEvent
from desktop.models.printing import PrintState
from desktop.services import papers
from desktop.services.batch_prints import PaperKind
from desktop.services.errors import DatabaseGone, ProblemsFound
from desktop.views.batch_print_dialog import BatchPrintDialog
from desktop.views.file_preview import PdfDialog
from desktop.views.printing import PrinterTrouble, PrintOrder
from desktop.views.theme import Shade, Theme, TypeSize
from desktop.world import SeededWorld
from tests.offices import check_in, many, rooms_of, sit_down
from tests.services.paper.samples import pdf_text
from tests.views.admin_desk import AdminDesk
from tests.views.test_print_queue import Printer, QueueDesk
from tests.views.till_kit import ALT, CONTROL, counter

KEY = Qt.Key


class JamsAt(Printer):
    """Takes so many papers, then has none left; more can be put in."""

    def __init__(self, folder: Path, papers: int) -> None:
        super().__init__(folder)
        self.papers = papers

    def send(self, order: PrintOrder) -> str:
        if not self.papers:
            raise PrinterTrouble("针打-01", "缺纸")
        self.papers -= 1
        return super().send(order)


@pytest.fixture
def printer(tmp_path: Path) -> JamsAt:
    return JamsAt(tmp_path / "prints", 1000)


@pytest.fixture
def at(qtbot: QtBot, tmp_path: Path, printer: JamsAt) -> Iterator[QueueDesk]:
    """Six receipts of today, none printed."""
    with counter(qtbot, tmp_path, "manager", "cashier", sink=printer) as desk:
        made = QueueDesk(desk, printer)
        for amount in (100, 110, 120, 130, 140, 150):
            desk.pay_elsewhere(desk.late if amount % 20 else desk.now, amount)
        desk.settle()
        yield made


def begin(at: QueueDesk, kind: PaperKind = PaperKind.RECEIPT) -> BatchPrintDialog:
    dialog = BatchPrintDialog(at.desk.window.seat, kind)
    at.desk.window.open(dialog)
    at.desk.settle()
    return dialog


def look_again(at: QueueDesk, dialog: BatchPrintDialog) -> None:
    """A quarter of a second after the last key."""
    dialog._pause.timeout.emit()
    dialog._pause.stop()
    at.desk.settle()


def send(at: QueueDesk) -> None:
    """Ctrl Enter, until the printer rests."""
    at.desk.press(KEY.Key_Return, CONTROL)
    for _ in range(12):
        at.desk.settle()


def prints(at: QueueDesk) -> list[int]:
    with at.desk.office.reading() as session:
        return list(session.scalars(sa.select(PrintEvent.ordinal).order_by(PrintEvent.created_at, PrintEvent.id)))


def texts(at: QueueDesk) -> list[str]:
    return ["".join(pdf_text(order.pdf)) for order in at.printer.sent]


def numbers(at: QueueDesk) -> list[str]:
    return [row.number for row in reversed(at.desk.receipts())]


# ---- finding and choosing ------------------------------------------------------------------------------------------


def test_the_queue_leads_to_the_receipts_of_today(at: QueueDesk) -> None:
    at.dialog()
    at.desk.press(KEY.Key_6, ALT)
    dialog = at.desk.dialog
    assert isinstance(dialog, BatchPrintDialog)
    assert [row.number for row in dialog.rows()] == numbers(at)
    assert dialog.count.text() == "印 6 份 · 首次 6"
    assert dialog.primary.text() == "打印 6 份"


def test_it_is_narrowed_by_typing_and_says_what_is_wrong(at: QueueDesk) -> None:
    dialog = begin(at)
    assert dialog.form is not None
    dialog.form.field("first").setFocus()
    at.desk.type("3")
    look_again(at, dialog)
    assert [row.number for row in dialog.rows()] == numbers(at)[2:]
    dialog.form.field("last").setFocus()
    at.desk.type("2")
    look_again(at, dialog)
    assert "止号小于起号" in dialog.form.rows["last"].said
    assert not dialog.primary.isEnabled()
    dialog.form.field("last").set_value("4")
    look_again(at, dialog)
    assert [row.number for row in dialog.rows()] == numbers(at)[2:4]
    dialog.form.field("who").set_value("没有这个人")
    look_again(at, dialog)
    assert dialog.table.nothing.isVisible()
    assert "放宽" in dialog.table.nothing.text()


def test_space_leaves_one_out_and_what_is_held_cannot_be_ticked(at: QueueDesk, printer: JamsAt) -> None:
    printer.papers = 0
    at.desk.open("receipt", payment_id=at.desk.receipts()[-1].payment_id)
    at.desk.press(KEY.Key_F6)  # lies in the queue now
    dialog = begin(at)
    assert dialog.count.text() == "印 5 份 · 首次 5 · 不印 1（原因在右边）"
    dialog.table.setFocus()
    dialog.table.choose(0)
    at.desk.press(KEY.Key_Space)
    assert len(dialog.rows()) == 5, "it stays unticked"
    at.desk.press(KEY.Key_Down)
    at.desk.press(KEY.Key_Space)
    assert len(dialog.rows()) == 4
    at.desk.press(KEY.Key_A, CONTROL)
    assert len(dialog.rows()) == 5
    at.desk.press(KEY.Key_Escape)


def test_one_preview_shows_everything_and_counts_nothing(at: QueueDesk) -> None:
    begin(at)
    at.desk.press(KEY.Key_1, ALT)
    preview = at.desk.dialog
    assert isinstance(preview, PdfDialog)
    assert preview.panel.preview.pages == 12, "six receipts, two copies each"
    assert not preview.panel.print_button.isVisible()
    at.desk.press(KEY.Key_Escape)
    assert prints(at) == []


# ---- printing ------------------------------------------------------------------------------------------------------


def test_all_come_out_in_order_each_counted(at: QueueDesk) -> None:
    begin(at)
    send(at)
    assert at.desk.dialog is None
    assert "6 份已打出" in at.desk.window.toast_widget.accessibleName()
    assert prints(at) == [0] * 6
    assert all(number in text for number, text in zip(numbers(at), texts(at), strict=True))
    begin(at)
    send(at)
    assert sorted(prints(at)) == [0] * 6 + [1] * 6
    assert all("补打 1" in text for text in texts(at)[6:])
    assert {job.state for job in at.jobs()} == {PrintState.PRINTED}


def test_a_printer_that_fails_half_way(at: QueueDesk, printer: JamsAt) -> None:
    """Two of six came out: the rest is neither lost nor counted, and nothing comes out twice."""
    printer.papers = 2
    dialog = begin(at)
    send(at)
    assert dialog.isVisible()
    assert "缺纸" in dialog.trouble.text()
    assert "还有 4 份没打" in dialog.trouble.text()
    assert dialog.primary.text() == "接着打 4 份"
    counted = len(prints(at))
    assert 2 < counted <= 4, "what was sent ahead is counted, and lies in the queue"
    assert sum(job.state is PrintState.FAILED for job in at.jobs()) == counted - 2
    printer.papers = 1000
    send(at)
    assert prints(at) == [0] * 6
    assert [[number for number in numbers(at) if number in text] for text in texts(at)] == [
        [number] for number in numbers(at)
    ]
    assert len(printer.sent) == 6
    assert {job.state for job in at.jobs()} == {PrintState.PRINTED}
    assert not any("补打" in text for text in texts(at))


def test_what_failed_may_be_settled_in_the_queue_meanwhile(at: QueueDesk, printer: JamsAt) -> None:
    printer.papers = 2
    begin(at)
    send(at)
    waiting = [row for row in at.queue.rows() if row.open]
    at.queue.drop(waiting[0])  # she has written that one by hand
    printer.papers = 1000
    for row in waiting[1:]:
        at.queue.retry(row)
    for _ in range(3):
        at.desk.settle()
    send(at)
    assert len(printer.sent) == 5
    assert at.desk.dialog is None


def test_stopped_by_hand_and_gone_on_with(at: QueueDesk, printer: JamsAt) -> None:
    printer.hold = threading.Event()
    dialog = begin(at)
    at.desk.press(KEY.Key_Return, CONTROL, wait=False)
    at.desk.qtbot.waitUntil(lambda: len(at.desk.printing.under_way) > 0, timeout=10_000)
    at.desk.qtbot.waitUntil(lambda: not at.desk.window.jobs.count, timeout=10_000)
    assert len(at.desk.printing.under_way) == 2, "never far ahead of a slow printer"
    at.desk.press(KEY.Key_Return, CONTROL, wait=False)
    assert "停下了" in dialog.trouble.text()
    printer.hold.set()
    for _ in range(4):
        at.desk.settle()
    assert len(printer.sent) < 6
    assert len(prints(at)) == len(printer.sent), "what was not sent was not counted"
    send(at)
    assert len(printer.sent) == 6
    assert prints(at) == [0] * 6


def test_one_that_cannot_be_made_is_set_aside_with_its_reason(at: QueueDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    real = papers.print_lease
    spoiled, spoilt = at.desk.lease, ProblemsFound({"template": "模板第 3 行：没有叫「每越」的字段"})

    def make(work: Any, lease_id: Any, printer: str = "") -> Any:
        if lease_id == spoiled:
            raise spoilt
        return real(work, lease_id, printer)

    monkeypatch.setattr(papers, "print_lease", make)
    dialog = begin(at, PaperKind.LEASE)
    assert dialog.form is not None
    dialog.form.field("since").set_value(None)
    look_again(at, dialog)
    assert len(dialog.rows()) == 2
    send(at)
    assert dialog.isVisible()
    assert dialog.count.text() == "1 份已打出，1 份没有做出来"
    assert list(dialog.printing.aside.values()) == [
        ProblemsFound({"template": "模板第 3 行：没有叫「每越」的字段"}).message
    ]
    assert len(at.printer.sent) == 1


def test_the_line_breaks_half_way(at: QueueDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    import desktop.views.batch_printing as module

    real, calls = module.make_paper, []

    def make(session: Any, row: Any) -> Any:
        calls.append(row)
        if len(calls) == 3:
            raise DatabaseGone
        return real(session, row)

    monkeypatch.setattr(module, "make_paper", make)
    dialog = begin(at)
    send(at)
    assert "还有 4 份没打" in dialog.trouble.text()
    send(at)
    assert prints(at) == [0] * 6
    assert len(at.printer.sent) == 6


def test_closing_stops_what_was_not_begun(at: QueueDesk, printer: JamsAt) -> None:
    printer.hold = threading.Event()
    begin(at)
    at.desk.press(KEY.Key_Return, CONTROL, wait=False)
    at.desk.qtbot.waitUntil(lambda: len(at.desk.printing.under_way) == 2, timeout=10_000)
    at.desk.press(KEY.Key_Escape, wait=False)
    printer.hold.set()
    for _ in range(4):
        at.desk.settle()
    assert len(prints(at)) == len(printer.sent) < 6
    assert {job.state for job in at.jobs()} == {PrintState.PRINTED}


# ---- from the lists ------------------------------------------------------------------------------------------------


def test_receipts_selected_in_their_list(at: QueueDesk) -> None:
    page = at.desk.open("receipts")
    page.table.setFocus()
    page.table.choose(1)
    at.desk.press(KEY.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    at.desk.press(KEY.Key_F6)
    at.desk.press(KEY.Key_1, ALT)
    dialog = at.desk.dialog
    assert isinstance(dialog, BatchPrintDialog)
    assert dialog.primary.text() == "打印 2 份"
    send(at)
    assert prints(at) == [0, 0]


def test_selected_leases_are_printed_and_the_first_print_is_kept(
    qtbot: QtBot, on_desk: Callable[..., QWidget], world: SeededWorld, tmp_path: Path
) -> None:
    from desktop.models.documents import StoredFile
    from tests.offices import make_office

    office = make_office(world, tmp_path / "office", f"sqlite:///{tmp_path}/office.db")
    actor = sit_down(office, "manager", login="zhouyq", name="周砚秋")
    for room, form in zip(rooms_of(office), many(4), strict=False):
        check_in(office, actor, room, form)
    desk = AdminDesk(qtbot, office, actor, tmp_path / "prints")
    on_desk(desk.window, 1093, 614)
    desk.window.navigate("leases")
    desk.idle()
    page: Any = desk.window.page()
    page.table.setFocus()
    page.table.choose(0)
    desk.press(KEY.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    desk.press(KEY.Key_F6)
    desk.press(KEY.Key_1, ALT)  # not the list: the papers themselves
    dialog: Any = desk.dialog()
    assert isinstance(dialog, BatchPrintDialog)
    assert not dialog.form.isVisible()
    assert len(dialog.rows()) == 2
    desk.press(KEY.Key_Return, CONTROL)
    for _ in range(6):
        desk.idle()
    assert len(list((tmp_path / "prints").glob("*lease*.pdf"))) == 2
    with office.reading() as session:
        assert session.query(StoredFile).filter_by(kind="lease_pdf").count() == 2
    desk.close()
    office.close()


@pytest.mark.parametrize("size", list(TypeSize))
def test_it_fits_the_smallest_desk(at: QueueDesk, look: Theme, size: TypeSize) -> None:
    look.switch(Shade.LIGHT, size)
    at.desk.window.resize(911, 512)
    dialog = begin(at)
    least = dialog.minimumSizeHint()
    assert least.width() <= 900
    assert least.height() <= 480
    assert dialog.table.height() >= 110
    at.desk.press(KEY.Key_Escape)
