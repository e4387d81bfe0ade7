"""发票登记 by keys: asked for from a bill, a receipt and a tenant; the number, what ends it, and where it shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from desktop.models.values import InvoiceState, Money
from desktop.ocr.id_number import make_id_number
from desktop.services import invoice_lists
from desktop.services.invoice_lists import InvoiceFilter, InvoiceRow, InvoiceScope
from desktop.services.paging import Span
from desktop.services.work import PROGRAM, look
from desktop.views.theme import Theme, TypeSize
from tests.views.conftest import type_chinese
from tests.views.test_bill_pages import facts
from tests.views.till_kit import CONTROL, Counter, counter

KEY = Qt.Key
NUMBER, RED = "26117000001234567890", "26117000009876543210"


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Counter]:
    with counter(qtbot, tmp_path, "finance_lead") as made:
        yield made


def register(desk: Counter) -> list[InvoiceRow]:
    with look(desk.office, PROGRAM) as reading:
        return invoice_lists.list_invoices(reading, InvoiceFilter(InvoiceScope.ALL), Span(0, 50))


def rent(desk: Counter) -> object:
    return desk.facts().bills[1].row


def ask(desk: Counter) -> None:
    """Asked for from the bill of the rent, with what is filled in."""
    desk.open("bill", bill_id=rent(desk).id)  # type: ignore[attr-defined]
    desk.press(KEY.Key_I, CONTROL)
    desk.press(KEY.Key_Return, CONTROL)


def test_from_a_bill_with_what_is_filled_in(desk: Counter) -> None:
    page = desk.open("bill", bill_id=rent(desk).id)  # type: ignore[attr-defined]
    assert "发票" not in facts(page.facts)
    desk.press(KEY.Key_I, CONTROL)
    dialog = desk.dialog
    assert dialog.form.values()["title"] == "沈知微"
    assert dialog.sum.text() == "1 张账单，开票 5,580.00"
    dialog.form.field("tax_number").set_value(make_id_number(date(1990, 1, 1), "male"))
    desk.press(KEY.Key_Return, CONTROL)
    assert desk.dialog is dialog
    assert "身份证号" in dialog.form.rows["tax_number"].message.accessibleName()
    dialog.form.field("tax_number").set_value("")
    dialog.table.setFocus()
    desk.type("1")  # opens the amount, and the rest is typed into it
    desk.type("000")
    desk.enter()
    assert dialog.sum.text() == "1 张账单，开票 1,000.00"
    desk.press(KEY.Key_Return, CONTROL)
    assert desk.dialog is None
    (row,) = register(desk)
    assert (row.amount, row.state) == (Money.yuan(1000), InvoiceState.REQUESTED)
    assert facts(desk.page.facts)["发票"] == "待开 1,000.00"


def test_a_deposit_is_not_offered_and_says_so(desk: Counter) -> None:
    deposit = desk.facts().bills[0].row.id
    desk.open("bill", bill_id=deposit)
    desk.press(KEY.Key_I, CONTROL)
    assert desk.dialog is None
    desk.open("till", bill_ids=(deposit,))
    desk.enter()
    desk.open("receipt", payment_id=desk.receipts()[0].payment_id)
    desk.press(KEY.Key_I, CONTROL)
    dialog = desk.dialog
    assert dialog.table.bills == ()
    assert "押金" in dialog.table.nothing.text()
    desk.press(KEY.Key_Return, CONTROL)
    assert desk.dialog is dialog
    assert register(desk) == []


def test_from_a_receipt(desk: Counter) -> None:
    desk.open("till", party_id=desk.late)
    desk.enter()
    desk.open("receipt", payment_id=desk.receipts()[0].payment_id)
    desk.press(KEY.Key_I, CONTROL)
    desk.press(KEY.Key_Return, CONTROL)
    (row,) = register(desk)
    assert row.amount == Money.yuan(5580)  # the deposit that was paid along is none of it


def test_the_number_is_written_down_with_its_paper_and_seen_on_the_bill(desk: Counter, tmp_path: Path) -> None:
    ask(desk)
    pdf = tmp_path / "发票.pdf"
    pdf.write_bytes(b"%PDF-1.4\n%%EOF")
    page = desk.open("invoices")
    QAbstractItemModelTester(page.table.rows, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert desk.focus is page.table
    assert not page.pdf.isEnabled()
    desk.press(KEY.Key_Return, CONTROL)
    dialog = desk.dialog
    assert desk.focus is dialog.form.field("number")
    desk.type("123")
    desk.press(KEY.Key_Return, CONTROL)
    assert desk.dialog is dialog
    dialog.form.field("number").set_value(NUMBER)
    dialog.form.field("pdf").set_value(str(tmp_path / "weg.pdf"))
    desk.press(KEY.Key_Return, CONTROL)
    assert "读不到" in dialog.form.rows["pdf"].message.accessibleName()
    dialog.form.field("pdf").set_value(str(pdf))
    desk.press(KEY.Key_Return, CONTROL)
    assert desk.dialog is None
    assert page.stack.currentWidget() is page.empty  # nothing waits any more
    desk.press(KEY.Key_2, CONTROL)
    assert page.table.rows.row(0).number == NUMBER
    page.table.setFocus()
    page.table.choose(0)
    desk.settle()
    assert page.pdf.isEnabled()
    desk.enter()
    assert desk.dialog.bills.rows.rowCount() == 1
    desk.enter()
    assert desk.place[0] == "bill"
    assert facts(desk.page.facts)["发票"] == f"已开 {NUMBER}"


def test_given_up_and_taken_back(desk: Counter) -> None:
    ask(desk)
    page = desk.open("invoices")
    desk.press(KEY.Key_R, CONTROL)
    assert page.end.text() == "取消申请"
    type_chinese(desk.dialog.form.field("reason"), "buyao", "客户改要收据")
    desk.press(KEY.Key_Return, CONTROL)
    assert register(desk)[0].state is InvoiceState.CANCELLED
    ask(desk)
    page = desk.open("invoices")
    desk.press(KEY.Key_Return, CONTROL)
    desk.type(NUMBER)
    desk.press(KEY.Key_Return, CONTROL)
    desk.press(KEY.Key_2, CONTROL)
    page.table.setFocus()
    page.table.choose(0)
    desk.settle()
    assert page.end.text() == "登记红冲"
    desk.press(KEY.Key_R, CONTROL)
    desk.type(RED)
    type_chinese(desk.dialog.form.field("reason"), "cuo", "抬头开错")
    desk.press(KEY.Key_Return, CONTROL)
    row = register(desk)[0]
    assert (row.state, row.red_number) == (InvoiceState.REVERSED, RED)


def test_who_may_only_look(qtbot: QtBot, tmp_path: Path) -> None:
    with counter(qtbot, tmp_path, "front_desk") as desk:
        page = desk.open("invoices")
        assert page.empty.isVisible()
        assert not page.issue.isEnabled()
        bill = desk.open("bill", bill_id=rent(desk).id)  # type: ignore[attr-defined]
        assert not bill.invoice.isVisible()


@pytest.mark.parametrize("size", list(TypeSize))
@pytest.mark.parametrize(("wide", "high"), [(1093, 614), (911, 512)])
def test_pages_fit_at_every_size(desk: Counter, look: Theme, size: TypeSize, wide: int, high: int) -> None:
    look.switch(look.shade, size)
    desk.window.resize(wide, high)
    ask(desk)
    page = desk.open("invoices")
    desk.settle()
    assert page.minimumSizeHint().width() <= page.width()
    assert page.minimumSizeHint().height() <= page.height()
    desk.press(KEY.Key_Return, CONTROL)
    hint = desk.dialog.minimumSizeHint()
    assert hint.width() <= 900
    assert hint.height() <= 480
