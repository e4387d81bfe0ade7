"""What is typed arrives normalised; while an input method composes nothing fires; every field says what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from PySide6.QtCore import QDate, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QCalendarWidget, QStyle, QStyleOptionFrame, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import Money
from desktop.views.dates import DateField, read_date
from desktop.views.fields import ChoiceField, IdNumberField, MoneyField, NoteField, NumberField, PhoneField
from desktop.views.keys import is_composing
from desktop.views.text_fields import PasswordField, SearchField, TextField, clean_text
from desktop.views.theme import Shade, Theme, TypeSize
from tests.views.conftest import TODAY, type_chinese


def today() -> date:
    return TODAY


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("１２０３　房", "1203 房"),
        ("ＷＪＹ－１／２", "WJY-1/2"),
        ("他说：好，明天（周二）来！", "他说：好，明天（周二）来！"),
        ("①号 ㎡", "①号 ㎡"),
        ("⼈⽔", "人水"),  # Kangxi radicals, as copied out of some PDFs
        ("a\x00b\x07", "ab"),
    ],
)
def test_free_text_is_normalised_but_keeps_chinese_punctuation(typed: str, kept: str) -> None:
    assert clean_text(typed) == kept
    assert TextField(typed).value() == kept


def test_committed_full_width_digits_arrive_plain_before_any_signal(qtbot: QtBot) -> None:
    field = SearchField()
    qtbot.addWidget(field)
    heard: list[str] = []
    field.searched.connect(heard.append)
    type_chinese(field, "１", "１２０３")
    assert field.text() == "1203"
    assert heard == ["1203"]


def test_live_search_waits_for_the_commit(qtbot: QtBot) -> None:
    field = SearchField()
    qtbot.addWidget(field)
    heard: list[str] = []
    field.searched.connect(heard.append)
    type_chinese(field, "zhang")
    assert (heard, field.text(), field.composing) == ([], "", True)
    type_chinese(field, "zhang", "张")
    assert (heard, field.composing) == (["张"], False)


def test_enter_belongs_to_the_input_method_while_it_composes(on_desk: object, qtbot: QtBot) -> None:
    field = TextField()
    on_desk(field)  # type: ignore[operator]
    field.setFocus()
    entered: list[int] = []
    field.entered.connect(lambda: entered.append(1))
    type_chinese(field, "wei")
    assert is_composing()
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert entered == []
    type_chinese(field, "wei", "微")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert entered == [1]
    assert field.value() == "微"


def test_enter_goes_to_the_next_field(on_desk: object, qtbot: QtBot) -> None:
    box = QWidget()
    column = QVBoxLayout(box)
    first, second = TextField("甲"), TextField("乙")
    column.addWidget(first)
    column.addWidget(second)
    on_desk(box)  # type: ignore[operator]
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Return)
    assert second.hasFocus()
    assert second.selectedText() == "乙"


@pytest.mark.parametrize("make", [TextField, MoneyField, PhoneField, IdNumberField])
def test_a_key_of_another_page_is_no_digit(qtbot: QtBot, make: Callable[[], TextField]) -> None:
    """Alt 1 where nothing answers to it wrote a 1 over the amount that was just selected."""
    field = make()
    qtbot.addWidget(field)
    field.setText("7500")
    field.selectAll()
    qtbot.keyClick(field, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    assert field.text() == "7500"


def test_a_limit_counts_characters_not_halves_of_them(qtbot: QtBot) -> None:
    field = TextField(limit=3)
    type_chinese(field, "", "𬭎𫖯𣲗㛃")
    assert field.value() == "𬭎𫖯𣲗"


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("1860", 186000), ("１，８６０。５", 186050), ("¥1,860.00", 186000), ("0.01", 1), ("1e5", 1500)],
)
def test_money_reads_what_clerks_type(typed: str, amount: int) -> None:
    field = MoneyField()
    type_chinese(field, "", typed)
    assert field.value() == Money(amount)


@pytest.mark.parametrize(
    ("typed", "words"), [("1.005", "两位小数"), ("-5", "负数"), ("1.2.3", "只写数字"), ("9999999999", "10 亿")]
)
def test_money_says_what_is_wrong(typed: str, words: str) -> None:
    field = MoneyField()
    field.set_value(typed)
    assert words in field.problem()
    assert field.value() is None


def test_money_is_tidied_when_left_and_selected_when_entered(on_desk: object, qtbot: QtBot) -> None:
    box = QWidget()
    column = QVBoxLayout(box)
    money, other = MoneyField(), TextField()
    column.addWidget(money)
    column.addWidget(other)
    on_desk(box)  # type: ignore[operator]
    money.setFocus()
    qtbot.keyClicks(money, "1234567.5")
    other.setFocus()
    assert money.text() == "1,234,567.50"
    money.setFocus()
    qtbot.waitUntil(lambda: money.selectedText() == "1,234,567.50")
    qtbot.keyClicks(money, "8")
    assert money.value() == Money.yuan(8)


def test_numbers_keep_their_bounds() -> None:
    field = NumberField(decimals=3, least=0, most=100)
    field.set_value("12.345")
    assert field.value() == Decimal("12.345")
    for wrong, words in (("1.2345", "3 位小数"), ("101", "100 或更小"), ("-1", "0 或更大"), ("--", "数字")):
        field.set_value(wrong)
        assert words in field.problem()
        assert field.value() is None
    whole = NumberField()
    whole.set_value("1.5")
    assert "整数" in whole.problem()


def test_phones_and_id_numbers_lose_blanks() -> None:
    phone = PhoneField()
    type_chinese(phone, "", "１３８ 0013-8000 转 5")
    assert phone.value() == "1380013-8000转5"
    card = IdNumberField()
    type_chinese(card, "", "110105 1949 1231 00２ｘ")
    assert card.value() == "11010519491231002X"


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-11-25", date(2026, 11, 25)),
        ("20261125", date(2026, 11, 25)),
        ("1125", date(2026, 11, 25)),
        ("11-25", date(2026, 11, 25)),
        ("11.5", date(2026, 11, 5)),
        ("261125", date(2026, 11, 25)),
        ("２０２６年１１月２５日", date(2026, 11, 25)),
        ("2026/1/5", date(2026, 1, 5)),
        ("2028-02-29", date(2028, 2, 29)),
    ],
)
def test_dates_are_read_as_typed(typed: str, day: date) -> None:
    field = DateField(today)
    type_chinese(field, "", typed)
    assert field.value() == day
    assert field.problem() == ""


@pytest.mark.parametrize(
    ("typed", "words"), [("2026-02-30", "没有 2026 年 2 月 30 日"), ("12", "20261125"), ("1301", "没有")]
)
def test_impossible_dates_are_named(typed: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_date(typed, TODAY)
    field = DateField(today)
    field.set_value(typed)
    assert words in field.problem()
    assert field.value() is None


def test_a_date_moves_by_keys_and_takes_forever(on_desk: object, qtbot: QtBot) -> None:
    field = DateField(today, date(2027, 1, 31), forever=True)
    on_desk(field)  # type: ignore[operator]
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert field.value() == date(2027, 2, 1)
    field.set_value(date(2027, 1, 31))
    qtbot.keyClick(field, Qt.Key.Key_PageUp)
    assert field.value() == date(2027, 2, 28)
    field.set_value("")
    type_chinese(field, "", "长期")
    assert field.is_forever
    assert (field.value(), field.problem()) == (None, "")


def test_a_day_can_be_picked_from_the_calendar(on_desk: object, qtbot: QtBot) -> None:
    field = DateField(today, date(2026, 11, 25))
    on_desk(field)  # type: ignore[operator]
    field.show_calendar()
    calendar = field.findChild(QCalendarWidget)
    assert calendar.selectedDate() == QDate(2026, 11, 25)
    calendar.clicked.emit(QDate(2026, 12, 1))
    assert field.value() == date(2026, 12, 1)


def test_choices_keep_their_value_and_the_wheel_leaves_them_alone(on_desk: object, qtbot: QtBot) -> None:
    field = ChoiceField([(1, "押一付一"), (3, "押一付三")], 3)
    on_desk(field)  # type: ignore[operator]
    changed: list[object] = []
    field.changed.connect(lambda: changed.append(field.value()))
    field.set_choices([(3, "押一付三"), (6, "押一付六")])
    assert (field.value(), changed) == (3, [])
    field.set_value(6)
    assert changed == [6]
    field.clearFocus()
    spin = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(field, spin)
    assert field.value() == 6


def test_a_note_that_is_too_long_says_by_how_much() -> None:
    note = NoteField("一二三四五", limit=3)
    assert note.problem() == "多了 2 个字，最多 3 个"


def test_caps_lock_gives_itself_away_and_a_password_is_wiped(qtbot: QtBot) -> None:
    field = PasswordField()
    qtbot.addWidget(field)
    told: list[bool] = []
    field.caps_lock.connect(told.append)
    qtbot.keyClick(field, "A")  # a capital without Shift
    qtbot.keyClick(field, "b")
    assert told == [True, False]
    assert field.value() == "Ab"
    field.wipe()
    assert field.value() == ""


def test_a_password_is_taken_exactly_as_typed() -> None:
    field = PasswordField()
    type_chinese(field, "", "Ａ 1 ")
    assert field.value() == "Ａ 1 "


@pytest.mark.parametrize("size", list(TypeSize))
@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: DateField(today), "2026-12-28"),
        (MoneyField, "1,234,567.00"),
        (lambda: MoneyField(big=True), "1,234,567.00"),
        (PhoneField, "13800138000"),
        (IdNumberField, "11010519491231002X"),
    ],
)
def test_no_field_gets_narrower_than_its_usual_text(
    on_desk: object, look: Theme, make: Callable[[], TextField], text: str, size: TypeSize
) -> None:
    look.switch(Shade.LIGHT, size)
    field = make()
    field.set_value(text)
    on_desk(field)  # type: ignore[operator]
    field.resize(field.minimumSizeHint())
    option = QStyleOptionFrame()
    field.initStyleOption(option)
    room = field.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, field).width() - 4
    room -= 24 * len(field.actions())
    assert field.fontMetrics().horizontalAdvance(text) <= room
