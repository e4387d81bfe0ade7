"""Statements and month sums at the desk: periods by key, preview, print by right or with a word, files by path."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import python_calamine
import sqlalchemy as sa
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.models.trust import AuditEntry
from desktop.models.values import Money
from desktop.views.file_preview import PdfDialog
from desktop.views.month_sums import MonthSumsPage
from desktop.views.on_the_spot import ApprovalDialog
from desktop.views.save_file import SaveDialog
from desktop.views.statement_dialog import StatementDialog
from desktop.views.theme import Shade, Theme, TypeSize
from tests.offices import rooms_of, sit_down
from tests.services.paper.samples import pdf_text
from tests.views import till_kit
from tests.views.test_print_queue import Printer, QueueDesk
from tests.views.till_kit import ALT, CONTROL, Counter, counter

KEY = Qt.Key


@pytest.fixture(autouse=True)
def real_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = (*till_kit.MONEY_PAGES, "party", "room", "month_sums")
    monkeypatch.setattr(till_kit, "MONEY_PAGES", pages)


@pytest.fixture
def printer(tmp_path: Path) -> Printer:
    return Printer(tmp_path / "prints")


@pytest.fixture
def at(qtbot: QtBot, tmp_path: Path, printer: Printer) -> Iterator[QueueDesk]:
    with counter(qtbot, tmp_path, "manager", "cashier", sink=printer) as desk:
        yield QueueDesk(desk, printer)
        put_away(desk)


@pytest.fixture
def clerk(qtbot: QtBot, tmp_path: Path, printer: Printer) -> Iterator[QueueDesk]:
    """Somebody who may look and print, and hands nothing on alone."""
    with counter(qtbot, tmp_path, "cashier", sink=printer) as desk:
        yield QueueDesk(desk, printer)
        put_away(desk)


def put_away(desk: Counter) -> None:
    """Close what is open: a preview draws on a thread of its own."""
    while desk.dialog is not None:
        desk.press(KEY.Key_Escape)


def last_entry(at: QueueDesk) -> AuditEntry:
    with at.desk.office.reading() as session:
        query = sa.select(AuditEntry).where(AuditEntry.op == "export_list").order_by(AuditEntry.n.desc())
        return session.scalars(query.limit(1)).one()


def statement(at: QueueDesk) -> StatementDialog:
    """Ctrl T on the page of 沈知微."""
    at.desk.open("party", party_id=at.desk.late)
    at.desk.press(KEY.Key_T, CONTROL)
    dialog = at.desk.dialog
    assert isinstance(dialog, StatementDialog)
    return dialog


def save(at: QueueDesk, path: Path) -> SaveDialog:
    dialog = at.desk.dialog
    assert isinstance(dialog, SaveDialog)
    dialog.path.set_value(str(path))
    dialog.check()
    at.desk.press(KEY.Key_Return, CONTROL)
    at.desk.settle()
    return dialog


# ---- statements ------------------------------------------------------------------------------------------------------


def test_a_statement_stands_there_at_once_and_turns_by_key(at: QueueDesk) -> None:
    dialog = statement(at)
    assert dialog.panel.preview.pages == 1
    assert dialog.period.words() == "本月"
    today = at.desk.world.today()
    at.desk.press(KEY.Key_2, ALT)
    assert dialog.wanted().until < today  # type: ignore[union-attr]
    at.desk.press(KEY.Key_3, ALT)
    assert dialog.wanted().since == today.replace(month=1, day=1)  # type: ignore[union-attr]
    at.desk.press(KEY.Key_4, ALT)
    assert at.desk.focus is dialog.period.since
    dialog.period.since.set_value(today.replace(year=2027))
    at.desk.settle()
    assert dialog.wanted() is None
    assert "止日早于起日" in dialog.trouble.text()
    assert not dialog.panel.print_button.isEnabled()
    dialog.period.since.set_value(today)
    dialog.period.until.set_value(today)
    at.desk.settle()
    assert dialog.period.words() == f"{today} 至 {today}"
    assert dialog.panel.print_button.isEnabled()


def test_f6_prints_and_notes_it(at: QueueDesk, printer: Printer) -> None:
    statement(at)
    at.desk.press(KEY.Key_F6)
    at.desk.settle()
    (order,) = printer.sent
    assert order.kind == "statement"
    assert "7,440.00" in "".join(pdf_text(order.pdf))
    entry = last_entry(at)
    assert (entry.facts["list"], entry.facts["how"], entry.subject_id) == ("statement", "printed", at.desk.late)


def test_a_file_goes_where_the_path_says(at: QueueDesk, tmp_path: Path) -> None:
    statement(at)
    at.desk.press(KEY.Key_5, ALT)
    dialog: Any = at.desk.dialog
    assert isinstance(dialog, SaveDialog)
    assert dialog.path.value().endswith(".xlsx")
    assert "沈知微" in dialog.path.value()
    save(at, tmp_path / "nowhere" / "a.xlsx")
    assert "没有这个文件夹" in dialog.form.rows["path"].said
    save(at, tmp_path / "a.doc")
    assert ".xlsx 或 .pdf" in dialog.form.rows["path"].said
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"old")
    dialog.path.set_value(str(path))
    dialog.check()
    assert "旧的就没有了" in dialog.form.rows["path"].said
    save(at, path)
    assert isinstance(at.desk.dialog, StatementDialog)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
    summary = {row[0]: row[1] for row in book.get_sheet_by_name("汇总").to_python()}
    assert summary["期末未付合计"] == 7440
    assert last_entry(at).facts["how"] == "xlsx"
    at.desk.press(KEY.Key_5, ALT)
    save(at, tmp_path / "b.pdf")
    assert (tmp_path / "b.pdf").read_bytes().startswith(b"%PDF")


def test_a_disk_that_refuses_is_told_and_what_was_typed_stays(
    at: QueueDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement(at)
    at.desk.press(KEY.Key_5, ALT)
    folder = tmp_path / "full"
    folder.mkdir()
    target = folder / "a.xlsx"

    def full(_path: Path, _data: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("desktop.views.save_file.write_whole", full)
        dialog = save(at, target)
    assert "没有写成" in dialog.summary.text.text()
    assert dialog.path.value() == str(target)
    save(at, target)
    assert target.exists()


def test_a_colleague_gives_the_word(clerk: QueueDesk, printer: Printer) -> None:
    sit_down(clerk.desk.office, "manager", login="zhaozg", name="赵主管")
    dialog = statement(clerk)
    clerk.desk.press(KEY.Key_F6)
    clerk.desk.settle()
    asked = clerk.desk.dialog
    assert isinstance(asked, ApprovalDialog)
    clerk.desk.press(KEY.Key_Escape)
    clerk.desk.settle()
    assert printer.sent == []
    assert clerk.desk.dialog is dialog


def test_the_room_has_its_own(at: QueueDesk) -> None:
    page = at.desk.open("room", room_id=rooms_of(at.desk.office)[1])
    assert not page.statement.isVisible()
    page.tabs.set_value("bills")
    at.desk.settle()
    at.desk.press(KEY.Key_T, CONTROL)
    dialog = at.desk.dialog
    assert isinstance(dialog, StatementDialog)
    assert dialog.wanted().room_id is not None  # type: ignore[union-attr]
    assert dialog.panel.preview.pages == 1


# ---- the month -------------------------------------------------------------------------------------------------------


def month(at: QueueDesk) -> MonthSumsPage:
    """Ctrl B among the bills."""
    at.desk.open("bills")
    at.desk.press(KEY.Key_B, CONTROL)
    page = at.desk.page
    assert isinstance(page, MonthSumsPage)
    return page


def test_the_month_by_key_and_what_changes_elsewhere(at: QueueDesk) -> None:
    page = month(at)
    assert page.title_label.text() == "2026 年 11 月月报"
    assert page.sums is not None
    assert page.sums.whole(False).closing == Money.yuan(11160)
    assert page.figures.figures[2].text() == "11,160.00"
    at.desk.press(KEY.Key_2, ALT)
    assert page.sums.whole(False) == type(page.sums.whole(False))()
    at.desk.press(KEY.Key_1, ALT)
    at.desk.pay_elsewhere(at.desk.late, 1000)
    at.desk.settle()
    assert page.sums.whole(True).received == Money.yuan(1000)
    assert list(page._shown) == ["fees", "deposits", "held", "methods", "sources"]
    at.desk.press(KEY.Key_4, CONTROL)
    assert page.table is page.pile.currentWidget()
    assert page.table.current()[0] == "现金"
    page.building.set_value(page.sums.buildings[0][0])
    at.desk.settle()
    assert page.sums.building == "1 栋"
    assert "methods" not in page._shown, "means of payment belong to no building"


def test_the_report_is_seen_printed_and_saved(at: QueueDesk, printer: Printer, tmp_path: Path) -> None:
    page = month(at)
    at.desk.press(KEY.Key_5, ALT)
    assert isinstance(at.desk.dialog, PdfDialog)
    at.desk.press(KEY.Key_F6)
    at.desk.settle()
    (order,) = printer.sent
    text = "".join(pdf_text(order.pdf))
    assert "2026 年 11 月月报" in text
    assert "11,160.00" in text
    assert last_entry(at).facts["how"] == "printed"
    at.desk.press(KEY.Key_6, ALT)
    save(at, tmp_path / "月报.xlsx")
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO((tmp_path / "月报.xlsx").read_bytes()))
    assert {"费用", "押金应收", "楼栋与费用", "楼栋、费用与方式"} <= set(book.sheet_names)
    rows = book.get_sheet_by_name("费用").to_python()
    assert rows[-1][-1] == 11160
    assert page.sums is not None
    assert last_entry(at).facts["list"] == "month_sums"


@pytest.mark.parametrize("size", list(TypeSize))
def test_they_fit_the_smallest_desk(at: QueueDesk, look: Theme, size: TypeSize) -> None:
    look.switch(Shade.LIGHT, size)
    at.desk.window.resize(911, 512)
    page = month(at)
    least = page.minimumSizeHint()
    assert least.width() <= 833
    assert least.height() <= 430
    dialog = statement(at)
    least = dialog.minimumSizeHint()
    assert least.width() <= 900
    assert least.height() <= 480
    at.desk.press(KEY.Key_Escape)
