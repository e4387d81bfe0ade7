"""The pre-printed form: values moved over the scan by keys and mouse, seen at once, undone, kept, stored, tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.services import drafts, receipt_forms, templates
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.paper import placing
from desktop.services.paper.receipt_form import FIELD_WORDS, Align, FieldPlace, shipped, write_form
from desktop.services.work import begin, look
from desktop.views.dialogs import Question
from desktop.views.printing import PrinterTrouble
from desktop.views.theme import Shade, Theme, TypeSize
from desktop.views.workshop.form_page import DRAFT, STORED, FormPage
from desktop.views.workshop.form_paper import FormPaperDialog
from desktop.views.workshop.picture_dialog import PictureDialog
from desktop.world import SeededWorld
from tests.offices import make_office, sit_down
from tests.services.paper.samples import pdf_text
from tests.views.admin_desk import ALT, CTRL, AdminDesk

KEY = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier
OWN = shipped("own")


@pytest.fixture
def office(world: SeededWorld, tmp_path: Path) -> Iterator[Office]:
    made = make_office(world, tmp_path / "office", f"sqlite:///{tmp_path}/office/office.db")
    yield made
    made.close()


@pytest.fixture
def sit(qtbot: QtBot, on_desk: Callable[..., QWidget], office: Office, tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """A manager before the form; called again she comes back after the program has ended."""
    desks: list[AdminDesk] = []
    actor = sit_down(office, "manager", login="zhouyq", name="周砚秋")

    def come() -> AdminDesk:
        desk = AdminDesk(qtbot, office, actor, tmp_path / "prints")
        desks.append(desk)
        on_desk(desk.window, 1093, 614)
        desk.window.navigate("receipt_form")
        desk.idle()
        return desk

    yield come
    for desk in desks:
        desk.close()


def page_of(desk: AdminDesk) -> FormPage:
    page: Any = desk.window.page()
    assert isinstance(page, FormPage)
    return page


def at(desk: AdminDesk, name: str) -> FieldPlace:
    found = placing.field(page_of(desk).form, name)
    assert found is not None
    return found


def into(desk: AdminDesk, name: str) -> FormPage:
    """As a clerk does: down the list to the value, Enter."""
    page = page_of(desk)
    page.list.table.setFocus()
    page.list.table.stand_on(name)
    desk.press(KEY.Key_Return)
    return page


def stored(office: Office, desk: AdminDesk) -> receipt_forms.FormOfOffice:
    with look(office, desk.actor) as reading:
        return receipt_forms.form_to_edit(reading, "own")


def kept(office: Office, desk: AdminDesk) -> int:
    with look(office, desk.actor) as reading:
        return len(drafts.list_drafts(reading, DRAFT))


# ---- keys ----------------------------------------------------------------------------------------------------------


def test_it_opens_on_the_list_with_every_value(sit: Callable[[], AdminDesk]) -> None:
    desk = sit()
    page = page_of(desk)
    assert page.list.table.hasFocus()
    assert page.form == OWN
    assert not page.save.isEnabled()
    rows = [page.list.table.rows.row(at) for at in range(page.list.table.rows.rowCount())]
    assert {row.name for row in rows if hasattr(row, "name")} == set(FIELD_WORDS)
    assert page.canvas.names == (placing.all_names(OWN)[0],), "the first value is in hand at once"


def test_arrows_move_by_a_millimetre_and_by_a_tenth(sit: Callable[[], AdminDesk]) -> None:
    desk = sit()
    page = into(desk, "payer")
    assert page.canvas.hasFocus()
    before = at(desk, "payer")
    desk.press(KEY.Key_Right)
    desk.press(KEY.Key_Down)
    desk.press(KEY.Key_Right, SHIFT)
    desk.press(KEY.Key_Up, SHIFT)
    moved = at(desk, "payer")
    assert (moved.x, moved.y) == (pytest.approx(before.x + 1.1), pytest.approx(before.y + 0.9))
    desk.press(KEY.Key_Right, CTRL)
    desk.press(KEY.Key_Left, CTRL | SHIFT)
    assert at(desk, "payer").width == pytest.approx(before.width + 0.9)
    desk.press(KEY.Key_Plus)
    assert at(desk, "payer").size == before.size + 0.5
    desk.press(KEY.Key_Minus)
    assert at(desk, "payer").size == before.size
    assert str(page.values.fields.field("x").value()) == f"{moved.x:g}"
    assert page.state.text() == "存了以后，下一张套打就用新位置"


def test_undo_and_redo_take_step_after_step(sit: Callable[[], AdminDesk]) -> None:
    desk = sit()
    page = into(desk, "payer")
    for key in (KEY.Key_Right, KEY.Key_Right, KEY.Key_Down):
        desk.press(key)
    end = page.form
    desk.press(KEY.Key_Z, CTRL)
    assert at(desk, "payer").y == placing.field(OWN, "payer").y  # type: ignore[union-attr]
    desk.press(KEY.Key_Y, CTRL)
    assert page.form == end
    for _ in range(3):
        desk.press(KEY.Key_Z, CTRL)
    assert page.form == OWN
    assert not page.save.isEnabled()
    desk.press(KEY.Key_Z, CTRL)
    assert page.form == OWN


def test_next_value_all_values_and_back_to_the_list(sit: Callable[[], AdminDesk]) -> None:
    desk = sit()
    names = list(placing.all_names(OWN))
    page = into(desk, names[0])
    desk.press(KEY.Key_PageDown)
    assert page.canvas.names == (names[1],)
    assert page.list.in_hand() == names[1]
    desk.press(KEY.Key_PageUp)
    desk.press(KEY.Key_PageUp)
    assert page.canvas.names == (names[-1],)
    desk.press(KEY.Key_A, CTRL)
    assert set(page.canvas.names) == set(names)
    desk.press(KEY.Key_Left)
    assert {place.x - now.x for place, now in zip(OWN.fields, page.form.fields, strict=True)} == {1.0}
    assert not page.values.isEnabled()
    assert "一起移" in page.values.heading.text()
    desk.press(KEY.Key_Escape)
    assert page.list.table.hasFocus()
    assert desk.window.page() is page, "Esc in the form leads to the list, not away"


def test_a_value_is_taken_away_and_put_back(sit: Callable[[], AdminDesk]) -> None:
    desk = sit()
    page = into(desk, "payer")
    desk.press(KEY.Key_Delete)
    assert placing.field(page.form, "payer") is None
    assert "还没有放：付款人" in page.summary.text.text()
    assert not page.save.isEnabled()
    assert "付款人" in page.save.reason
    into(desk, "payer")
    assert at(desk, "payer") == placing.field(OWN, "payer")
    assert not page.summary.isVisible()
    into(desk, "desk")
    assert placing.field(page.form, "desk") is not None


def test_measures_are_typed(sit: Callable[[], AdminDesk]) -> None:
    desk = sit()
    page = into(desk, "payer")
    for name, text in (("x", "43.5"), ("width", "60"), ("size", "9")):
        field = page.values.fields.field(name)
        field.setFocus()
        field.selectAll()
        desk.type(text)
    page.values.fields.field("align").set_value(Align.RIGHT)
    place = at(desk, "payer")
    assert (place.x, place.width, place.size, place.align) == (43.5, 60, 9, Align.RIGHT)
    field = page.values.fields.field("x")
    field.setFocus()
    field.selectAll()
    desk.type("230")
    assert "超出了纸边" in page.values.trouble.text()
    assert not page.save.isEnabled()
    desk.press(KEY.Key_Escape)
    assert page.canvas.hasFocus()
    desk.press(KEY.Key_Left)
    assert page.save.isEnabled()


def test_composing_letters_in_a_measure_move_nothing(sit: Callable[[], AdminDesk]) -> None:
    from tests.views.conftest import type_chinese

    desk = sit()
    page = into(desk, "payer")
    field = page.values.fields.field("x")
    field.setFocus()
    field.selectAll()
    type_chinese(field, "sishi", "４５．５")
    assert at(desk, "payer").x == 45.5, "full-width digits are digits"


# ---- mouse ---------------------------------------------------------------------------------------------------------


def spot(page: FormPage, x: float, y: float) -> QPoint:
    return QPoint(round(8 + x * page.canvas.scale), round(8 + y * page.canvas.scale))


def test_the_mouse_takes_moves_and_widens(sit: Callable[[], AdminDesk]) -> None:
    desk = sit()
    page = page_of(desk)
    before = at(desk, "payer")
    start, end = spot(page, before.x + 10, before.y - 1), spot(page, before.x + 20, before.y + 4)
    QTest.mousePress(page.canvas, Qt.MouseButton.LeftButton, pos=start)
    assert page.canvas.names == ("payer",)
    QTest.mouseMove(page.canvas, (start + end) / 2)
    QTest.mouseMove(page.canvas, end)
    QTest.mouseRelease(page.canvas, Qt.MouseButton.LeftButton, pos=end)
    moved = at(desk, "payer")
    assert moved.x - before.x == pytest.approx(10, abs=0.5)
    assert moved.y - before.y == pytest.approx(5, abs=0.5)
    edge, out = spot(page, moved.x + moved.width, moved.y - 1), spot(page, moved.x + moved.width - 20, moved.y - 1)
    QTest.mousePress(page.canvas, Qt.MouseButton.LeftButton, pos=edge)
    QTest.mouseMove(page.canvas, out)
    QTest.mouseRelease(page.canvas, Qt.MouseButton.LeftButton, pos=out)
    assert at(desk, "payer").width - moved.width == pytest.approx(-20, abs=0.6)
    assert at(desk, "payer").x == moved.x
    page.canvas.setFocus()
    desk.press(KEY.Key_Z, CTRL)
    desk.press(KEY.Key_Z, CTRL)
    assert page.form == OWN, "a stroke of the mouse is one step"
    QTest.mouseClick(page.canvas, Qt.MouseButton.LeftButton, pos=spot(page, 4, 4))
    assert page.canvas.names == ()


# ---- what it shows -------------------------------------------------------------------------------------------------


def test_the_fullest_receipt_shows_what_is_cut(sit: Callable[[], AdminDesk]) -> None:
    desk = sit()
    page = page_of(desk)
    assert page.told.text() == ""
    page.sample.set_value("full")
    assert "「付款人」写不下" in page.told.text()
    assert "其余 8 项" in page.told.text()
    page.sample.set_value("red")
    assert page.told.text() == ""


def scan(path: Path) -> Path:
    image = QImage(964, 559, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.yellow)
    assert image.save(str(path))
    return path


def test_a_scan_is_added_lies_beneath_and_is_never_printed(
    sit: Callable[[], AdminDesk], office: Office, tmp_path: Path
) -> None:
    desk = sit()
    page = page_of(desk)
    desk.press(KEY.Key_2, ALT)
    dialog: Any = desk.dialog()
    assert isinstance(dialog, PictureDialog)
    dialog.take(str(scan(tmp_path / "老收据.png")))
    desk.press(KEY.Key_Return, CTRL)
    desk.idle()
    assert page.form.picture == "老收据"
    corner = page.canvas.grab().toImage().pixelColor(12, 12)
    assert (corner.red(), corner.blue()) == (255, 0), "the scan is seen"
    desk.press(KEY.Key_Return, CTRL)
    assert stored(office, desk).form.picture == "老收据"
    desk.press(KEY.Key_F6)
    desk.idle()
    (sheet,) = (tmp_path / "prints").glob("*.pdf")
    document = pypdfium2.PdfDocument(sheet.read_bytes())
    pixels = document[0].render(scale=1).to_numpy()
    assert tuple(pixels[4, 4][:3]) == (255, 255, 255), "and not printed"
    document.close()


def test_paper_and_lines(sit: Callable[[], AdminDesk]) -> None:
    desk = sit()
    page = page_of(desk)
    desk.press(KEY.Key_1, ALT)
    dialog: Any = desk.dialog()
    assert isinstance(dialog, FormPaperDialog)
    dialog.form.field("height").set_value("20")
    desk.press(KEY.Key_Return, CTRL)
    assert "在 60 到 420 毫米之间" in dialog.form.rows["height"].said
    dialog.form.field("height").set_value("120")
    dialog.form.field("rows").set_value(4)
    desk.press(KEY.Key_Return, CTRL)
    assert (page.form.height, page.form.rows) == (120, 4)
    assert "fields.cashier" in page.problems, "what now lies below the paper is told"
    desk.press(KEY.Key_Down, ALT)
    assert page.canvas.names == ("cashier",)
    desk.press(KEY.Key_Up)
    assert "fields.cashier" not in page.problems
    page.undo()
    page.undo()
    assert page.form == OWN


# ---- the printed test ----------------------------------------------------------------------------------------------


def test_the_trial_says_that_it_is_one_and_counts_as_no_print(
    sit: Callable[[], AdminDesk], office: Office, tmp_path: Path
) -> None:
    from desktop.models.payments import PrintEvent

    desk = sit()
    into(desk, "payer")
    desk.press(KEY.Key_Right)
    desk.press(KEY.Key_F6)
    desk.idle()
    (sheet,) = (tmp_path / "prints").glob("*.pdf")
    text = "".join(pdf_text(sheet.read_bytes()))
    assert "样张-000001" in text
    assert "付款人姓名" in text
    assert "试打已送到" in page_of(desk).state.text()
    with office.reading() as session:
        assert session.query(PrintEvent).count() == 0


def test_a_printer_out_of_paper_is_told_and_nothing_waits_in_the_queue(
    sit: Callable[[], AdminDesk],
) -> None:
    class Empty:
        def send(self, order: Any) -> str:
            raise PrinterTrouble("针打-01", "缺纸")

    desk = sit()
    desk.printing.use(Empty())
    desk.press(KEY.Key_F6)
    desk.idle()
    assert page_of(desk).state.text() == "没有打出来，按 F6 再试"
    assert "针打-01 缺纸" in desk.window.message_bar.text.text()
    assert desk.printing.unprinted == ()


# ---- storing -------------------------------------------------------------------------------------------------------


def test_it_is_stored_as_the_next_version_and_an_older_one_comes_back(
    sit: Callable[[], AdminDesk], office: Office
) -> None:
    desk = sit()
    page = into(desk, "payer")
    desk.press(KEY.Key_Right)
    mine = page.form
    desk.press(KEY.Key_Return, CTRL)
    desk.idle()
    assert (stored(office, desk).ordinal, stored(office, desk).form) == (1, mine)
    assert page.detail_label.text().startswith("第 1 版")
    assert not page.save.isEnabled()
    assert kept(office, desk) == 0
    desk.press(KEY.Key_3, ALT)
    assert isinstance(desk.dialog(), Question)
    desk.press(KEY.Key_1, ALT)  # as the program brought it
    assert page.form == OWN
    assert stored(office, desk).ordinal == 1, "nothing is stored before it was looked at"
    desk.press(KEY.Key_Return, CTRL)
    desk.idle()
    assert (stored(office, desk).ordinal, stored(office, desk).form) == (2, OWN)


def test_somebody_stored_one_meanwhile(sit: Callable[[], AdminDesk], office: Office) -> None:
    desk = sit()
    page = into(desk, "payer")
    desk.press(KEY.Key_Right)
    other = sit_down(office, "manager", login="linxm", name="林小满")
    office.unlisten(desk.window.tables_changed.emit)  # her PC has not told us yet
    hers = placing.moved(OWN, ["room"], -3, 0)
    with begin(office, other, Op.SAVE_TEMPLATE) as work:
        templates.save_template(work, STORED, write_form(hers), 0)
    office.listen(desk.window.tables_changed.emit)
    desk.press(KEY.Key_Return, CTRL)
    desk.idle()
    assert isinstance(desk.dialog(), Question)
    mine = page.form
    desk.press(KEY.Key_Return, CTRL)  # look at hers first
    desk.idle()
    assert page.form == hers
    desk.press(KEY.Key_Z, CTRL)
    assert page.form == mine, "mine is one step back"
    desk.press(KEY.Key_Return, CTRL)
    desk.idle()
    assert (stored(office, desk).ordinal, stored(office, desk).form) == (2, mine)


def test_what_was_placed_is_there_after_the_program_ended(sit: Callable[[], AdminDesk], office: Office) -> None:
    desk = sit()
    page = into(desk, "payer")
    desk.press(KEY.Key_Right)
    page.keeper.timer.timeout.emit()  # three seconds are over
    desk.idle()
    assert kept(office, desk) == 1
    later = sit()  # the first window was never closed: as after a power cut
    again = page_of(later)
    assert again.form == page.form
    assert again.resumed.isVisible()
    later.press(KEY.Key_4, ALT)
    later.press(KEY.Key_1, ALT)
    later.idle()
    assert again.form == OWN
    assert kept(office, later) == 0


def test_back_where_it_was_there_is_nothing_to_keep(sit: Callable[[], AdminDesk], office: Office) -> None:
    desk = sit()
    page = into(desk, "payer")
    desk.press(KEY.Key_Right)
    page.keeper.timer.timeout.emit()
    desk.idle()
    assert kept(office, desk) == 1
    desk.press(KEY.Key_Left)
    desk.idle()
    assert kept(office, desk) == 0


def test_another_page_keeps_it(sit: Callable[[], AdminDesk], office: Office) -> None:
    desk = sit()
    page = into(desk, "payer")
    desk.press(KEY.Key_Right)
    desk.window.navigate("board")
    desk.idle()
    assert kept(office, desk) == 1
    desk.window.navigate("receipt_form")
    desk.idle()
    assert page.changed()


# ---- how it looks --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", list(TypeSize))
def test_it_fits_the_smallest_desk(sit: Callable[[], AdminDesk], look: Theme, size: TypeSize) -> None:
    look.switch(Shade.LIGHT, size)
    desk = sit()
    desk.window.resize(911, 512)
    desk.idle()
    page = page_of(desk)
    assert page.minimumSizeHint().width() <= 833
    assert page.minimumSizeHint().height() <= 430
    assert page.view.width() >= 400
    assert page.list.table.height() >= 90


def test_it_is_reached_from_the_templates(sit: Callable[[], AdminDesk]) -> None:
    desk = sit()
    desk.window.navigate("settings", section="templates")
    desk.idle()
    desk.press(KEY.Key_5, ALT)
    assert isinstance(desk.window.page(), FormPage)
    focus = QApplication.focusWidget()
    assert focus is page_of(desk).list.table
