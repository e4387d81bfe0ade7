"""Chinese under way: every text field of the check-in and the search box, with keys falling in the middle of a word.

The fields are found by walking the widgets of each step and dialog, so a field that comes later is tried as well. An
input method keeps most keys to itself; whichever it lets through must still do nothing. What is on the screen when the
focus leaves or the lock falls is kept in the field, never lost silently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop.app import Desk, Start
from desktop.services import board
from desktop.services.check_in_draft import ORDER, Step
from desktop.services.names import normalise_name
from desktop.services.work import PROGRAM, look
from desktop.views.composing import Composing
from desktop.views.text_fields import PasswordField
from desktop.world import SeededWorld
from tests.databases import Databases
from tests.journeys.hands import ALT, CONTROL, PLAIN, Hands, TypedCheckIn
from tests.offices import hire, make_office
from tests.services.test_replay import prove
from tests.views.conftest import type_chinese

LOGIN = "linxm"
TYPED_STEPS = (Step.READ, Step.REVIEW, Step.CONTACT, Step.ROOM, Step.TERMS, Step.HANDOVER, Step.PAYMENT)
KEYS = [
    *((Qt.Key(key), PLAIN) for key in (
        Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Tab, Qt.Key.Key_Up, Qt.Key.Key_Down,
        Qt.Key.Key_PageDown, Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_A,
    )),
    *((Qt.Key(Qt.Key.Key_0 + digit), PLAIN) for digit in range(10)),
    *((Qt.Key(Qt.Key.Key_F1 + n), PLAIN) for n in range(12)),
    *((Qt.Key(Qt.Key.Key_0 + digit), ALT) for digit in range(10)),
    (Qt.Key.Key_Return, CONTROL), (Qt.Key.Key_K, CONTROL), (Qt.Key.Key_V, CONTROL), (Qt.Key.Key_A, CONTROL),
    (Qt.Key.Key_O, CONTROL), (Qt.Key.Key_Left, ALT), (Qt.Key.Key_Delete, CONTROL), (Qt.Key.Key_Down, CONTROL),
]  # fmt: skip


@pytest.fixture
def hands(qtbot: QtBot, world: SeededWorld, tmp_path: Path) -> Iterator[Hands]:
    """A manager at the real window over an office in a file."""
    folder = tmp_path / "data"
    folder.mkdir()
    office = make_office(world, folder, f"sqlite:///{folder / 'office.db'}")
    hire(office, "manager", login=LOGIN)
    office.close()
    made = Desk(Start(data=folder, database=f"sqlite:///{folder / 'office.db'}"), world)
    qtbot.addWidget(made.window)
    fingers = Hands(made)
    fingers.open()
    fingers.until(lambda: made.office is not None)
    fingers.sign_in(LOGIN)
    yield fingers
    fingers.leave()


def text_fields(root: QWidget) -> list[Any]:
    """Every field somebody can type into right now, in the order of the widgets."""
    found = [*root.findChildren(QLineEdit), *root.findChildren(QPlainTextEdit)]
    return [
        field
        for field in found
        if field.isVisible() and field.isEnabled() and not field.isReadOnly()
        and field.focusPolicy() & Qt.FocusPolicy.TabFocus and not isinstance(field, PasswordField)
    ]  # fmt: skip


def text_of(field: Any) -> str:
    return str(field.text() if isinstance(field, QLineEdit) else field.toPlainText())


def cleaned(field: Any, text: str) -> str:
    """What a field makes of a text; a field of several lines cleans when it is asked for its value."""
    validator = field.validator() if isinstance(field, QLineEdit) else None
    if validator is None:
        return text
    answer: Any = validator.validate(text, len(text))
    return str(answer[1])


def compose(field: QWidget, preedit: str) -> None:
    """Letters under way, as an input method shows them."""
    QApplication.sendEvent(field, QInputMethodEvent(preedit, []))


def state_of(hands: Hands) -> tuple[Any, ...]:
    """Everything a key might have changed."""
    window, page = hands.window, hands.page
    draft = getattr(page, "draft", None)
    return (
        window.place, hands.dialog, window.lock_screen, hands.focus, window.message_bar.isVisible(),
        None if draft is None else (draft.step, draft.title, draft.matched, draft.notice_told, len(draft.people)),
    )  # fmt: skip


def empty(field: Any) -> None:
    if isinstance(field, QLineEdit):
        field.set_value("")  # type: ignore[attr-defined]
    else:
        field.setPlainText("")


def try_composing(hands: Hands, field: Any, name: str) -> None:
    """Keys in the middle of a word do nothing; the word comes in whole; left in the middle it is kept."""
    assert isinstance(field, Composing), f"{name}: no field of ours"
    field.setFocus(Qt.FocusReason.TabFocusReason)
    hands.turn()
    if hands.focus is not field:
        return  # a step may place the focus itself while its lists come in
    kept = text_of(field)
    empty(field)
    hands.turn()
    before = state_of(hands)
    compose(field, "ni'hao")
    assert field.composing, name
    for key, modifier in KEYS:
        QTest.keyClick(field, key, modifier)
        assert state_of(hands) == before, f"{name}: {QKeySequence(key).toString()} fired in the middle of a word"
        assert (text_of(field), field.composing) == ("", True), f"{name}: {QKeySequence(key).toString()} got in"
    compose(field, "")
    type_chinese(field, "ni'hao", "你好１２")
    assert text_of(field) == cleaned(field, "你好１２"), name
    empty(field)
    compose(field, "ni'hao")
    hands.window.setFocus(Qt.FocusReason.MouseFocusReason)  # somebody clicks elsewhere
    assert not field.composing, name
    assert text_of(field) == cleaned(field, "ni'hao"), f"{name}: what stood on the screen is in the field"
    empty(field)
    if isinstance(field, QLineEdit):
        field.set_value(kept)  # type: ignore[attr-defined]
    else:
        field.setPlainText(kept)
    hands.settle()


def walk_fields(hands: Hands, root: QWidget, where: str) -> int:
    fields = text_fields(root)
    for field in fields:
        if field.isVisible():
            try_composing(hands, field, f"{where} {field.accessibleName() or type(field).__name__}")
    return len(fields)


def test_no_key_fires_in_the_middle_of_a_word(hands: Hands, databases: Databases, tmp_path: Path) -> None:
    """All steps that take text, 更多的人 in every role, and the search box; then the check-in goes through."""
    way = TypedCheckIn(hands)
    seen = {"搜索": walk_fields(hands, hands.window.top_bar, "搜索")}
    way.begin()
    for step in TYPED_STEPS:
        seen[step] = walk_fields(hands, way.page.view, str(step))
        if step is Step.CONTACT:
            seen["people"] = _people(hands, way)
        if step is Step.PAYMENT:
            break
        way.page.view.entered()
        hands.settle()
        way.do(step)
    # As many as a person can type into; fewer would mean that the walk has stopped finding them.
    least = {
        "搜索": 1, Step.READ: 2, Step.REVIEW: 9, Step.CONTACT: 8, Step.ROOM: 1, Step.TERMS: 7, Step.HANDOVER: 4,
        Step.PAYMENT: 1, "people": 30,
    }  # fmt: skip
    assert {name: count for name, count in seen.items() if count < least[name]} == {}
    way.page.view.entered()
    hands.settle()
    way.pay()
    office = hands.desk.office
    assert office is not None
    with look(office, PROGRAM) as reading:
        assert [tile.who for tile in board.board(reading).tiles if tile.who] == ["顾听澜"]
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


def _people(hands: Hands, way: TypedCheckIn) -> int:
    hands.alt(0)
    dialog: Any = way.page.people.dialog
    count = 0
    for digit in "123456":
        dialog.panel.role.setFocus()
        hands.type(digit)
        count += walk_fields(hands, dialog, f"更多的人 {digit}")
    hands.press(Qt.Key.Key_Escape)
    way.page.draft.people, way.page.draft.company, way.page.draft.plates = [], None, ""
    assert way.page.people.dialog is None
    return count


@pytest.mark.parametrize("how", ["key", "idle"])
def test_a_word_under_way_when_the_lock_falls_is_there_again(hands: Hands, how: str) -> None:
    """In every text field of the review, and in the search box: shown again after unlocking, ready to be typed over."""
    way = TypedCheckIn(hands)
    way.to(Step.REVIEW)
    fields = [way.page.view.inputs[name] for name in ("name", "address", "issuer")]
    lock: Callable[[], None] = hands.desk.keeper.lock
    if how == "idle":
        lock = lambda: hands.desk.keeper._idle_passed(5)  # noqa: E731
    for field in fields:
        empty(field)
        field.setFocus(Qt.FocusReason.TabFocusReason)
        type_chinese(field, "gu", "顾")
        compose(field, "ting'lan")
        lock()
        hands.settle()
        assert not hands.window.top_bar.search.value()
        hands.unlock()
        assert hands.focus is field
        assert text_of(field) == "顾ting'lan"
        assert way.page.draft.step is Step.REVIEW
        type_chinese(field, "tinglan", "听澜")
        assert text_of(field) == "顾听澜", "typing on replaces what was half written"
    search = hands.window.top_bar.search
    search.setFocus(Qt.FocusReason.TabFocusReason)
    compose(search, "shen'zhi")
    lock()
    hands.settle()
    assert search.value() == "", "nothing of hers is on the screen"
    hands.unlock()
    assert search.value() == "shen'zhi"
    hands.press(Qt.Key.Key_Escape)


def test_a_word_left_in_the_middle_goes_into_the_draft(hands: Hands) -> None:
    way = TypedCheckIn(hands)
    way.to(Step.REVIEW)
    field = way.page.view.inputs["issuer"]
    field.setFocus(Qt.FocusReason.TabFocusReason)
    type_chinese(field, "qing", "青")
    compose(field, "chuan")
    way.page.view.inputs["name"].setFocus(Qt.FocusReason.MouseFocusReason)
    assert way.page.draft.issuer == "青chuan"


def test_escape_gets_out_of_a_word_whose_input_method_is_gone(hands: Hands) -> None:
    way = TypedCheckIn(hands)
    way.to(Step.REVIEW)
    field = way.page.view.inputs["name"]
    field.setFocus(Qt.FocusReason.TabFocusReason)
    compose(field, "gu")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not field.composing
    assert way.page.draft.step is Step.REVIEW, "the first Esc ends the word, not the page"
    QTest.keyClicks(field, "Li")
    assert field.text() == "Li"


# ---- what is pasted ------------------------------------------------------------------------------------------------

STRANGE = [
    ("１２３ＡＢＣ", "123ABC"),
    ("望江路88号\n3幢502", "望江路88号 3幢502"),
    ("青川市\r\n临江区", "青川市临江区"),
    ("青川市\u2028临江区\u2029", "青川市临江区"),
    ("顾\u200b听\ufeff澜\u200e", "顾听澜"),
    ("顾\x00听\x07澜\x1b", "顾听澜"),
    ("顾\ud800听澜", "顾听澜"),
    ("阿卜杜拉·买买提", "阿卜杜拉·买买提"),
    ("𬭎𠮷", "𬭎𠮷"),
    ("一", "一"),
    ("字" * 30, "字" * 30),
]


def paste(text: str) -> None:
    mime = QMimeData()
    mime.setData("text/plain", text.encode("utf-8", "surrogatepass"))
    mime.setText(text)
    QGuiApplication.clipboard().setMimeData(mime)


@pytest.mark.parametrize(("text", "kept"), STRANGE)
def test_pasted_text_comes_in_clean_and_is_kept(hands: Hands, text: str, kept: str) -> None:
    """Free text of the review, the contact and 更多的人: one line, nothing invisible, every real character."""
    way = TypedCheckIn(hands)
    way.to(Step.CONTACT)
    for field, attribute in (
        (way.page.view.rows["occupation"].field, "occupation"),
        (way.page.view.rows["emergency.name"].field, "emergency_name"),
    ):
        empty(field)
        field.setFocus(Qt.FocusReason.TabFocusReason)
        paste(text)
        QTest.keyClick(field, Qt.Key.Key_V, CONTROL)
        assert getattr(way.page.draft, attribute) == kept
    hands.alt(0)
    hands.enter()
    field = hands.focus
    paste(text)
    QTest.keyClick(field, Qt.Key.Key_V, CONTROL)
    name = way.page.draft.people[0].name
    assert name == kept
    assert normalise_name(name)
    hands.press(Qt.Key.Key_Escape)


def test_a_pasted_address_of_two_lines_is_one(hands: Hands) -> None:
    way = TypedCheckIn(hands)
    way.to(Step.REVIEW)
    field = way.page.view.inputs["address"]
    field.setFocus(Qt.FocusReason.TabFocusReason)
    paste("样例省青川市临江区\n望江路88号\u200b3幢502")
    QTest.keyClick(field, Qt.Key.Key_V, CONTROL)
    assert way.page.draft.address == "样例省青川市临江区望江路88号3幢502"


def test_a_name_of_31_characters_says_so(hands: Hands) -> None:
    way = TypedCheckIn(hands)
    way.to(Step.REVIEW)
    field = way.page.view.inputs["name"]
    field.setFocus(Qt.FocusReason.TabFocusReason)
    type_chinese(field, "zi", "字" * 31)
    assert "最多 30 个字，现在 31 个" in way.page.view.rows["name"].message.text
    assert field.text() == "字" * 31, "nothing is cut off behind her back"


def test_full_width_digits_are_digits_in_every_number(hands: Hands) -> None:
    way = TypedCheckIn(hands)
    way.begin()
    type_chinese(way.page.view.number, "", "９９０１０１１９９６０４１８００２Ｘ")
    assert way.page.draft.number == "99010119960418002X"
    way.page.view.number.set_value("")
    for step in ORDER[: ORDER.index(Step.CONTACT)]:
        way.do(step)
    phone = way.page.view.rows["phone"].field
    phone.setFocus(Qt.FocusReason.TabFocusReason)
    type_chinese(phone, "", "１３８　１２３４　５６７８")
    assert way.page.draft.phone == "13812345678"
