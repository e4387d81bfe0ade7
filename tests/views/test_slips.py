"""Work slips at the desk: printed by F6 and with the dispatch, scanned from anywhere, typed back in a few keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import CostCause, CostPayer, Money
from desktop.models.work_orders import WorkOrderState as W
from desktop.services import repair_costs, slip_prints
from desktop.services.acts import Op
from desktop.services.repair_costs import MaterialForm
from desktop.services.slip_codes import code_of
from desktop.services.work import PROGRAM, begin
from desktop.services.work import look as reading_look
from desktop.views.file_preview import PdfDialog
from desktop.views.repair import RepairPage
from desktop.views.repair_dispatch import AssignDialog
from desktop.views.search import SearchPopup
from desktop.views.slip_result import SlipResultDialog
from desktop.views.theme import Shade, Theme, TypeSize
from desktop.world import SeededWorld
from tests.services.paper.samples import pdf_text
from tests.services.test_work_orders import go
from tests.views.conftest import type_chinese
from tests.views.people_kit import ALT, CONTROL, Desk, column
from tests.views.repair_kit import Reported, repair_desk, stored

K = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def desk(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]) -> Desk:
    made = repair_desk(world, tmp_path, qtbot, on_desk)
    SearchPopup(made.window)
    return made


def print_first(desk: Desk, order: UUID) -> str:
    """A slip that was printed before; its code."""
    with begin(desk.office, PROGRAM, Op.PRINT_PAPER) as work:
        slip_prints.print_slip(work, order)
    return code_of(order, 0)


def scan(desk: Desk, text: str) -> None:
    """What a scanner types, key by key into whatever has the focus, faster than anything answers, and Enter."""
    for character in text:
        target = QApplication.focusWidget() or desk.window
        if character.isalpha():
            plain = Qt.KeyboardModifier.NoModifier
            QTest.keyClick(target, Qt.Key(ord(character.upper())), SHIFT if character.isupper() else plain)
        else:
            QTest.keyClick(target, character)
    QTest.keyClick(QApplication.focusWidget() or desk.window, K.Key_Return)
    desk.settle()


def say(desk: Desk, words: str) -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    type_chinese(focus, "ni", words)
    desk.settle()


def told(desk: Desk) -> str:
    """What the message bar says; it is put away."""
    words: str = desk.window.message_bar.text.text()
    desk.window.message_bar.hide()
    return words


def printed_text(path: Path) -> str:
    return "".join(pdf_text(path.read_bytes()))


# ---- on paper --------------------------------------------------------------------------------------------------------


def test_f6_prints_the_order_and_again_as_a_reprint(desk: Desk) -> None:
    made: Reported = desk.made
    page: RepairPage = desk.open("repair", order_id=made.lamp)
    desk.press(K.Key_F6)
    assert "正在打印 维修单" in desk.toast
    (first,) = desk.printed()
    assert "灯不亮" in printed_text(first)
    desk.settle()
    assert column(page.events, 1)[0] == "打印维修单"
    desk.press(K.Key_F6)
    desk.settle()
    assert "补打 1" in printed_text(desk.printed()[1])


def test_the_slip_is_looked_at_and_printed_from_there(desk: Desk) -> None:
    made: Reported = desk.made
    desk.open("repair", order_id=made.tap)
    desk.press(K.Key_P, CONTROL)
    assert isinstance(desk.dialog(), PdfDialog)
    assert desk.printed() == []
    desk.press(K.Key_F6)
    assert len(desk.printed()) == 1
    assert "还没派单" in told(desk), "the number stands masked until somebody is sent"
    while desk.dialog() is not None:
        desk.press(K.Key_Escape)


def test_the_board_prints_what_is_in_hand(desk: Desk) -> None:
    made: Reported = desk.made
    page = desk.open("repairs")
    page.stand_on(made.lamp)
    desk.press(K.Key_F6)
    assert "灯不亮" in printed_text(desk.printed()[0])


def test_dispatch_offers_the_slip_and_remembers_it(desk: Desk) -> None:
    made: Reported = desk.made
    desk.open("repair", order_id=made.tap)
    desk.press(K.Key_D, CONTROL)
    dialog: AssignDialog = desk.dialog()
    assert dialog.slip.value() == ()
    desk.session.save_preferences = lambda kept: setattr(desk.session, "preferences", kept)
    desk.press(K.Key_6, ALT)
    desk.press(K.Key_Return)
    said = printed_text(desk.printed()[0])
    assert "卢大勇" in said
    assert "13812345678" in said
    desk.open("repair", order_id=made.pipe)
    desk.press(K.Key_D, CONTROL)
    again: AssignDialog = desk.dialog()
    assert again.slip.value() == ("slip",)
    desk.press(K.Key_Escape)


def test_who_may_not_print_is_told(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]
) -> None:
    desk = repair_desk(world, tmp_path, qtbot, on_desk, "auditor")
    made: Reported = desk.made
    page: RepairPage = desk.open("repair", order_id=made.lamp)
    assert "不能打印" in page.buttons["slip"].reason
    desk.open("repairs").stand_on(made.lamp)
    desk.press(K.Key_F6)
    assert "不能打印" in desk.toast
    assert desk.printed() == []


# ---- scanned ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["search", "board", "list", "board search"])
def test_a_scan_opens_the_result_from_anywhere(desk: Desk, place: str) -> None:
    made: Reported = desk.made
    code = print_first(desk, made.lamp)
    page = desk.open("repairs")
    if place == "search":
        desk.window.focus_search()
    elif place == "list":
        desk.open("parties").table.setFocus()
    elif place == "board search":
        page.search.setFocus()
    scan(desk, code)
    assert desk.at() == ("repair", {"order_id": made.lamp})
    dialog: SlipResultDialog = desk.dialog()
    assert isinstance(dialog, SlipResultDialog)
    assert dialog.form is not None
    assert dialog.form.field("note").hasFocus()
    assert desk.window.top_bar.search.text() == ""


def test_typed_back_in_a_few_keys(desk: Desk) -> None:
    """Keys by hand: what was done, Enter, minutes, Enter, what was used, Ctrl Enter."""
    made: Reported = desk.made
    with begin(desk.office, PROGRAM, Op.GO_ON_WITH_REPAIR) as work:
        repair_costs.save_material(work, MaterialForm("6 分角阀", "个", Money.yuan(18)))
    scan(desk, print_first(desk, made.lamp))
    presses = 0
    dialog: SlipResultDialog = desk.dialog()
    assert dialog.form is not None
    say(desk, "换了角阀")
    desk.press(K.Key_Return)
    desk.type("45")
    desk.press(K.Key_Return)
    presses += 4
    say(desk, "6 分角阀 2；上门人工 1×60")
    assert "6 分角阀（个） 2 × 18.00；上门人工 1 × 60.00；共 96.00 元，房东付" in dialog.form.rows["used"].message.text
    desk.press(K.Key_Return, CONTROL)
    presses += 1
    assert stored(desk, made.lamp).state is W.DONE
    assert presses == 5, "beside the words"
    assert "费用 96.00 元" in desk.toast
    page = desk.window.page()
    assert isinstance(page, RepairPage)
    assert column(page.events, 1)[0] == "完成 · 方一鸣 · 45 分钟"


def test_what_the_tenant_pays_leads_to_the_bill(desk: Desk) -> None:
    made: Reported = desk.made
    scan(desk, print_first(desk, made.lamp))
    dialog: SlipResultDialog = desk.dialog()
    assert dialog.form is not None
    say(desk, "换了灯管")
    dialog.form.field("cause").set_value(CostCause.DAMAGE)
    assert dialog.form.field("payer").value() is CostPayer.TENANT
    dialog.form.field("used").set_value("灯管 1×35")
    desk.press(K.Key_Return, CONTROL)
    assert "租客要付 35.00 元" in desk.toast


def test_not_mended_says_what_for(desk: Desk) -> None:
    made: Reported = desk.made
    scan(desk, print_first(desk, made.lamp))
    dialog: SlipResultDialog = desk.dialog()
    desk.press(K.Key_2, ALT)
    desk.press(K.Key_Return, CONTROL)
    assert dialog.form is not None
    assert "写明等什么材料" in dialog.form.rows["note"].said
    say(desk, "等灯管")
    dialog.form.field("used").set_value("灯管 一根")
    desk.press(K.Key_Return, CONTROL)
    assert "写明数量" in dialog.form.rows["used"].said
    dialog.form.field("used").set_value("")
    desk.press(K.Key_Return, CONTROL)
    assert (stored(desk, made.lamp).state, stored(desk, made.lamp).reason) == (W.WAITING_MATERIAL, "等灯管")


def test_an_old_slip_is_said_to_be_one(desk: Desk) -> None:
    made: Reported = desk.made
    code = print_first(desk, made.lamp)
    print_first(desk, made.lamp)
    scan(desk, code)
    dialog: SlipResultDialog = desk.dialog()
    assert "后来又补打过" in dialog.summary.text.text()
    assert dialog.summary.isVisible()
    desk.press(K.Key_Escape)
    go(desk.office, desk.actor, made.lamp, "finish", "换了灯管")
    desk.settle()
    scan(desk, code)
    assert desk.dialog() is None
    assert "已经填过" in told(desk)
    assert desk.at() == ("repair", {"order_id": made.lamp})
    scan(desk, code_of(made.tap, 0))
    assert "还没派单" in told(desk)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (code_of(UUID(int=9), 0), "别的管理处"), ("ANJU:W:01A2", "没有读全"), ("ANJU:Q:01A2", "不认识这个码"),
        ("https://u.wechat.com/x", "网址或付款码"),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_is_told(desk: Desk, typed: str, words: str) -> None:
    desk.open("repairs")
    desk.window.focus_search()
    scan(desk, typed)
    assert words in told(desk)
    assert desk.at()[0] == "repairs"
    assert desk.dialog() is None


def test_a_colleague_was_quicker_and_nothing_typed_is_lost(desk: Desk) -> None:
    made: Reported = desk.made
    scan(desk, print_first(desk, made.lamp))
    dialog: SlipResultDialog = desk.dialog()
    assert dialog.form is not None
    say(desk, "换了灯管")
    dialog.form.field("used").set_value("灯管 1×35")
    go(desk.office, desk.actor, made.lamp, "resume")
    desk.settle()
    desk.press(K.Key_Return, CONTROL)
    assert desk.dialog() is dialog
    assert "仍要这样办就再按一次" in dialog.summary.text.text()
    with reading_look(desk.office, PROGRAM) as reading:
        assert repair_costs.costs_of(reading, made.lamp).lines == ()
    desk.press(K.Key_Return, CONTROL)
    assert stored(desk, made.lamp).state is W.DONE
    with reading_look(desk.office, PROGRAM) as reading:
        assert len(repair_costs.costs_of(reading, made.lamp).lines) == 1


def test_who_only_looks_gets_no_form(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]
) -> None:
    desk = repair_desk(world, tmp_path, qtbot, on_desk, "auditor")
    SearchPopup(desk.window)
    made: Reported = desk.made
    desk.open("repairs")
    scan(desk, print_first(desk, made.lamp))
    assert desk.dialog() is None
    assert "只能看" in told(desk)


@pytest.mark.parametrize("size", list(TypeSize))
def test_it_fits_the_smallest_desk(desk: Desk, look: Theme, size: TypeSize) -> None:
    look.switch(Shade.LIGHT, size)
    desk.window.resize(911, 512)
    made: Reported = desk.made
    scan(desk, print_first(desk, made.lamp))
    dialog: Any = desk.dialog()
    least = dialog.minimumSizeHint()
    assert (least.width() <= 900, least.height() <= 480) == (True, True)
    desk.press(K.Key_Escape)
