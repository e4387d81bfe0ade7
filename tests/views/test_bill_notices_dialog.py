"""Bill notices at the desk: found while one types, previewed, printed in one run; a scanned one leads to the till."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop.models.payments import PrintEvent
from desktop.services import bill_notice_prints
from desktop.services.bill_codes import code_of
from desktop.views.bill_notices_dialog import BillNoticesDialog
from desktop.views.file_preview import PdfDialog
from desktop.views.print_queue_dialog import PrintQueueDialog
from desktop.views.printing import PrinterTrouble
from desktop.views.search import SearchPopup
from desktop.views.theme import Shade, Theme, TypeSize
from tests.services.paper.samples import pdf_text
from tests.views.test_print_queue import Printer, QueueDesk
from tests.views.till_kit import ALT, CONTROL, counter

KEY = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def printer(tmp_path: Path) -> Printer:
    return Printer(tmp_path / "prints")


@pytest.fixture
def at(qtbot: QtBot, tmp_path: Path, printer: Printer) -> Iterator[QueueDesk]:
    with counter(qtbot, tmp_path, "manager", "cashier", sink=printer) as desk:
        yield QueueDesk(desk, printer)


def begin(at: QueueDesk) -> BillNoticesDialog:
    """Ctrl T among the bills."""
    at.desk.open("bills")
    at.desk.press(KEY.Key_T, CONTROL)
    dialog = at.desk.dialog
    assert isinstance(dialog, BillNoticesDialog)
    return dialog


def look_again(at: QueueDesk, dialog: BillNoticesDialog) -> None:
    dialog._pause.timeout.emit()
    dialog._pause.stop()
    at.desk.settle()


def send(at: QueueDesk) -> None:
    at.desk.press(KEY.Key_Return, CONTROL)
    for _ in range(4):
        at.desk.settle()


def events(at: QueueDesk) -> list[str]:
    with at.desk.office.reading() as session:
        return list(session.scalars(sa.select(PrintEvent.paper)))


def test_all_that_is_due_goes_out_as_one_job(at: QueueDesk, printer: Printer) -> None:
    dialog = begin(at)
    assert [row.debtor for row in dialog.rows()] == ["林以宁", "沈知微"]
    assert dialog.count.text() == "2 份，1 栋 · 共 14,880.00 · 其中往期 7,440.00"
    assert dialog.primary.text() == "打印 2 份"
    send(at)
    assert at.desk.dialog is None
    (order,) = printer.sent
    assert (order.kind, order.title) == ("bill_notice", "缴费通知单 2 份")
    assert len(pdf_text(order.pdf)) == 1, "both on one sheet"
    assert events(at) == ["bill_notice"] * 2
    dialog = begin(at)
    assert all(row.printed == at.desk.world.today() for row in dialog.rows())
    assert dialog.form is not None
    dialog.form.field("unprinted").set_value(True)
    look_again(at, dialog)
    assert dialog.rows() == []
    assert not dialog.primary.isEnabled()


def test_narrowed_by_day_house_and_tick(at: QueueDesk, printer: Printer) -> None:
    dialog = begin(at)
    today = at.desk.world.today()
    dialog.until.set_value(today - timedelta(days=1))
    look_again(at, dialog)
    assert [row.debtor for row in dialog.rows()] == ["沈知微"]
    dialog.until.set_value(None)
    assert dialog.form is not None
    assert "写上日期" in dialog.form.rows["until"].said
    assert not dialog.primary.isEnabled()
    dialog.until.set_value(today)
    look_again(at, dialog)
    dialog.table.setFocus()
    dialog.table.choose(0)
    at.desk.press(KEY.Key_Space)
    assert [row.debtor for row in dialog.rows()] == ["沈知微"]
    send(at)
    assert events(at) == ["bill_notice"]


def test_the_preview_counts_nothing_and_prints_nothing(at: QueueDesk) -> None:
    begin(at)
    at.desk.press(KEY.Key_1, ALT)
    preview = at.desk.dialog
    assert isinstance(preview, PdfDialog)
    assert preview.panel.preview.pages == 1
    assert not preview.panel.print_button.isVisible()
    at.desk.press(KEY.Key_Escape)
    at.desk.press(KEY.Key_Escape)
    assert events(at) == []


def test_selected_bills_have_their_own_notices(at: QueueDesk, printer: Printer) -> None:
    page = at.desk.open("bills")
    page.table.setFocus()
    page.table.choose(0)
    at.desk.press(KEY.Key_Down, SHIFT)  # 沈知微: both of her bills
    at.desk.press(KEY.Key_T, CONTROL)
    dialog: Any = at.desk.dialog
    assert [row.debtor for row in dialog.rows()] == ["沈知微"]
    assert not dialog.until.isEnabled()
    send(at)
    assert len(printer.sent) == 1


def test_a_printer_that_is_out_leaves_one_job_to_send_again(at: QueueDesk, printer: Printer) -> None:
    printer.trouble = PrinterTrouble("激光-02", "缺纸")
    begin(at)
    send(at)
    assert events(at) == ["bill_notice"] * 2
    assert [job.title for job in at.jobs()] == ["缴费通知单 2 份"]
    printer.trouble = None
    at.desk.window.print_queue_wanted.emit()
    at.desk.settle()
    assert isinstance(at.desk.dialog, PrintQueueDialog)
    at.desk.press(KEY.Key_Return, CONTROL)
    for _ in range(4):
        at.desk.settle()
    assert len(printer.sent) == 1
    assert events(at) == ["bill_notice"] * 2, "no second event: it is the same run"


def test_what_was_paid_while_she_looked_is_said(at: QueueDesk) -> None:
    dialog = begin(at)
    at.desk.pay_elsewhere(at.desk.late)
    at.desk.pay_elsewhere(at.desk.late)
    dialog.table.setFocus()
    dialog.table.choose(0)
    at.desk.press(KEY.Key_Space)  # 林以宁 stays away: only 沈知微, who has paid by now
    send(at)
    assert "都已缴清" in dialog.summary.text.text()
    assert at.desk.dialog is dialog
    assert dialog.primary.isEnabled()
    at.desk.press(KEY.Key_Escape)
    assert events(at) == []


def test_a_run_that_is_stopped_leaves_nothing(at: QueueDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    real, begun = bill_notice_prints.make_notices, threading.Event()

    def slow(look: Any, order: Any, report: Any) -> Any:
        assert begun.wait(20)
        return real(look, order, report)

    monkeypatch.setattr(bill_notice_prints, "make_notices", slow)
    dialog = begin(at)
    at.desk.press(KEY.Key_Return, CONTROL, wait=False)
    assert dialog.primary.text() == "停下"
    at.desk.press(KEY.Key_Return, CONTROL, wait=False)
    begun.set()
    at.desk.settle()
    assert dialog.isVisible()
    assert "停下了" in dialog.count.text()
    assert events(at) == []
    at.desk.press(KEY.Key_Escape)


# ---- the square ------------------------------------------------------------------------------------------------------


def test_a_scanned_notice_opens_the_till_with_its_bills(at: QueueDesk) -> None:
    """A scanner types in one go and ends with Enter, faster than the search answers."""
    SearchPopup(at.desk.window)
    dialog = begin(at)
    bills = dialog.rows()[1].bill_ids
    send(at)
    at.desk.window.focus_search()
    box = at.desk.window.top_bar.search
    box.setText("")
    QTest.keyClicks(box, code_of(bills[0]).lower())
    QTest.keyClick(box, KEY.Key_Return)
    at.desk.settle()
    assert at.desk.place == ("till", {"party_id": at.desk.late, "bill_ids": bills})
    assert set(at.desk.page.table.amounts()) == set(bills)
    assert box.text() == ""


def test_a_scan_in_the_till_finds_who_owes(at: QueueDesk) -> None:
    dialog = begin(at)
    bills = dialog.rows()[1].bill_ids
    at.desk.press(KEY.Key_Escape)
    at.desk.open("till")
    at.desk.type(code_of(bills[0]))
    at.desk.enter()
    assert at.desk.page.facts is not None
    assert at.desk.page.facts.payer_id == at.desk.late


@pytest.mark.parametrize("size", list(TypeSize))
def test_it_fits_the_smallest_desk(at: QueueDesk, look: Theme, size: TypeSize) -> None:
    look.switch(Shade.LIGHT, size)
    at.desk.window.resize(911, 512)
    dialog = begin(at)
    least = dialog.minimumSizeHint()
    assert least.width() <= 900
    assert least.height() <= 480
    at.desk.press(KEY.Key_Escape)
