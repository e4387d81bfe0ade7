"""Dialogs fit the smallest desk at every size of type, keep Tab inside, give the focus back and keep what was typed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import Money
from desktop.views.crash_dialog import CrashDialog
from desktop.views.dates import DateField
from desktop.views.dialogs import MOST_HIGH, MOST_WIDE, Dialog, Question
from desktop.views.fields import MoneyField, NoteField, PhoneField
from desktop.views.help import HelpDialog
from desktop.views.messages import Level, Message
from desktop.views.overlays import focusable
from desktop.views.text_fields import TextField
from desktop.views.theme import Shade, Theme, TypeSize
from tests.views.conftest import TODAY


class Edit(Dialog):
    """Picture 09: seven fields in three columns."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window, "修改租约资料", subtitle="WJY-2026-00318 · 1 栋 1203")
        form = self.use_form(3)
        form.add("name", "姓名", TextField("沈知微"), required=True)
        form.add("phone", "手机", PhoneField("1385678"), required=True)
        form.add("until", "证件有效期至", DateField(lambda: TODAY, TODAY))
        form.add("start", "起租日", DateField(lambda: TODAY, TODAY), required=True)
        form.add("end", "到期日", DateField(lambda: TODAY, TODAY), required=True)
        form.add("deposit", "押金（元）", MoneyField(Money(500000)))
        form.add("note", "备注", NoteField("转租给同事"), span=3, note="备注里不要写证件号，请填到证件栏")

    def problems(self) -> dict[str, str]:
        phone = self.form.values()["phone"]
        return {} if len(phone) == 11 else {"phone": f"手机号要 11 位，现在 {len(phone)} 位"}

    def doubts(self) -> dict[str, str]:
        return {"deposit": "超过 1 个月租金，保存时写原因"}


@pytest.fixture
def window(on_desk: Callable[..., QWidget]) -> QWidget:
    made = QWidget()
    column = QVBoxLayout(made)
    made.field = TextField("页面")  # type: ignore[attr-defined]
    column.addWidget(made.field)  # type: ignore[attr-defined]
    on_desk(made, 911, 512)
    made.field.setFocus()  # type: ignore[attr-defined]
    return made


SURPLUS = [(1, "存入预存", "secondary"), (2, "找零", "primary")]
DIALOGS: list[Callable[[QWidget], Dialog]] = [
    Edit,
    lambda window: HelpDialog(window, "board", "方向键选房 · Enter 打开"),
    lambda window: CrashDialog(window, Message(Level.CRASH, "刚才这一步没有完成", report="x\n" * 40)),
    lambda window: Question(
        window, "多收 40.00 元", "找零，还是存入预存？", [(1, "存入预存", "secondary"), (2, "找零", "primary")]
    ),
]


@pytest.mark.parametrize("size", list(TypeSize))
@pytest.mark.parametrize("make", DIALOGS)
def test_every_dialog_fits_900_by_480(
    window: QWidget, look: Theme, make: Callable[[QWidget], Dialog], size: TypeSize
) -> None:
    look.switch(Shade.LIGHT, size)
    dialog = make(window)
    dialog.open()
    dialog.submit() if isinstance(dialog, Edit) else None
    QApplication.processEvents()
    least = dialog.card.minimumSizeHint()
    assert least.width() <= MOST_WIDE - 24
    assert least.height() <= MOST_HIGH
    assert dialog.card.width() <= MOST_WIDE
    assert dialog.card.height() <= MOST_HIGH
    assert window.rect().contains(dialog.card.geometry())
    dialog.cancel()


def test_labels_are_never_cut(window: QWidget, look: Theme) -> None:
    from PySide6.QtWidgets import QLabel

    look.switch(Shade.LIGHT, TypeSize.LARGE)
    dialog = Edit(window)
    dialog.open()
    dialog.submit()
    QApplication.processEvents()
    for words in dialog.findChildren(QLabel):
        if words.isVisible() and words.text() and not words.wordWrap():
            assert words.width() >= words.sizeHint().width(), words.text()


def test_tab_stays_inside_and_the_focus_comes_back(window: QWidget, qtbot: QtBot) -> None:
    dialog = Edit(window)
    dialog.open()
    assert dialog.form.field("name").hasFocus()
    ring = focusable(dialog)
    seen = []
    for _ in range(len(ring) + 1):
        seen.append(QApplication.focusWidget())
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert set(seen) == set(ring)
    assert seen[0] is seen[-1]
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Backtab)
    assert dialog.isAncestorOf(QApplication.focusWidget())
    dialog.cancel()
    assert window.field.hasFocus()  # type: ignore[attr-defined]


def test_problems_are_shown_when_asked_and_then_on_every_key(window: QWidget, qtbot: QtBot) -> None:
    dialog = Edit(window)
    sent: list[object] = []
    dialog.submitted.connect(sent.append)
    dialog.open()
    row = dialog.form.rows["phone"]
    assert (row.message.text, dialog.summary.isVisible()) == ("", False)
    qtbot.keyClick(dialog.form.field("name"), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert sent == []
    assert row.message.text == "手机号要 11 位，现在 7 位"
    assert "1 处" in dialog.summary.text.text()
    assert row.field.property("state") == "error"
    assert row.field.hasFocus()
    assert dialog.form.field("deposit").property("state") == "doubt"
    row.field.setText("13800138000")
    assert (row.message.text, dialog.summary.isVisible()) == ("", False)
    qtbot.keyClick(row.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert len(sent) == 1
    assert sent[0]["phone"] == "13800138000"  # type: ignore[index]


def test_alt_down_walks_the_wrong_fields(window: QWidget, qtbot: QtBot) -> None:
    dialog = Edit(window)
    dialog.open()
    dialog.problems = lambda: {"name": "要写姓名", "end": "早于起租日"}  # type: ignore[method-assign]
    dialog.submit()
    names = []
    for _ in range(3):
        names.append(next(name for name, row in dialog.form.rows.items() if row.field.hasFocus()))
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert names == ["name", "end", "name"]


def test_a_refusal_comes_back_to_its_field_and_nothing_is_lost(window: QWidget) -> None:
    class Refused(Exception):
        message, field = "这个手机号已登记给陆明河", "phone"

    dialog = Edit(window)
    dialog.open()
    dialog.form.field("phone").setText("13800138000")
    dialog.submit()
    dialog.set_busy(True, "正在保存")
    assert not dialog.primary.isEnabled()
    dialog.refuse(Refused())
    assert dialog.form.rows["phone"].message.text == Refused.message
    assert dialog.form.field("phone").text() == "13800138000"
    assert dialog.primary.isEnabled()
    Refused.field = "elsewhere"
    dialog.refuse(Refused())
    assert dialog.summary.text.text() == Refused.message


def test_a_message_never_moves_the_rows(window: QWidget) -> None:
    dialog = Edit(window)
    dialog.open()
    QApplication.processEvents()
    before = {name: row.geometry() for name, row in dialog.form.rows.items()}
    dialog.form.show_problems({"phone": "手机号要 11 位，现在 7 位"}, {"deposit": "超过 1 个月租金"})
    QApplication.processEvents()
    assert {name: row.geometry() for name, row in dialog.form.rows.items()} == before


def test_a_dangerous_answer_is_never_the_default(window: QWidget, qtbot: QtBot) -> None:
    question = Question(
        window, "作废收据？", "A2-0004518", [("keep", "保留收据", "secondary"), ("void", "作废收据", "danger")]
    )
    got: list[object] = []
    question.answered.connect(got.append)
    question.open()
    assert question.buttons[0].hasFocus()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert got == []
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert got == ["keep"]


def test_the_overlay_follows_the_window(window: QWidget, qtbot: QtBot) -> None:
    dialog = Edit(window)
    dialog.open()
    window.resize(1000, 560)
    qtbot.waitUntil(lambda: dialog.geometry() == QRect(0, 0, 1000, 560))
    assert dialog.card.geometry().center().x() == pytest.approx(500, abs=2)


def test_a_message_of_two_lines_makes_the_card_grow_before_it_scrolls(window: QWidget, qtbot: QtBot) -> None:
    dialog = Dialog(window, "退租结算", wide=520)
    form = dialog.use_form(2)
    form.add("means", "退款方式", TextField())
    form.add("number", "流水号", TextField())
    dialog.open()
    QApplication.processEvents()
    before = dialog.card.height()
    form.show_problems({"number": "填写退款的流水号或单号后几位，日后好对账，现金不用填"})
    qtbot.waitUntil(lambda: dialog.card.height() > before)
    assert len(form.rows["number"].message.lines()) == 2
    assert dialog.scroller.verticalScrollBar().maximum() == 0
