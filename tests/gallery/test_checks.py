"""What the machine looks for in a picture, each rule on a widget that breaks it, and a sound page that breaks none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.gallery.checks import look_over, overhear
from desktop.views.buttons import Button
from desktop.views.columns import Column, Kind, TagLook
from desktop.views.dialogs import Question
from desktop.views.fields import ChoiceField, MoneyField, NoteField
from desktop.views.forms import MessageLine
from desktop.views.labels import FreeText, Painted, Tag, label
from desktop.views.overlays import BodyScroll
from desktop.views.painting import middle, put
from desktop.views.screens import settle
from desktop.views.tables import RowTable
from desktop.views.text_fields import TextField
from desktop.views.theme import theme


@pytest.fixture
def found(on_desk: Callable[..., QWidget]) -> Callable[..., list[str]]:
    """Puts a widget on the desk, in a column or as it is, and tells what the checks find."""

    def find(*widgets: QWidget, wide: int = 600) -> list[str]:
        window = QWidget()
        column = QVBoxLayout(window)
        anchor = TextField("在这里")
        for widget in (anchor, *widgets):
            column.addWidget(widget)
        on_desk(window, wide, 400)
        if not window.findChildren(Question):
            anchor.setFocus()
        settle()
        with overhear() as heard:
            window.grab()
        return look_over(window, heard)

    return find


def fixed(widget: QWidget, wide: int, high: int = 0) -> QWidget:
    widget.setFixedWidth(wide)
    if high:
        widget.setFixedHeight(high)
    return widget


def test_a_sound_page_is_sound(found: Callable[..., list[str]]) -> None:
    table = RowTable([Column("租客", str, kind=Kind.NAME, sample="沈知微", stretch=1)])
    table.show_list(["沈知微", "一个名字非常长的租客，长得表格里放不下，只能缩短再放进提示里，而且还要更长一些才行"])
    note = label("很长的一句说明，放不下就换行，不会被切掉。" * 3, wrap=True)
    shut = Button("收款", "primary", key="F4")
    shut.disable("您的角色不能收款")
    assert found(note, shut, table, ChoiceField([(1, "全部楼栋")]), MoneyField(), NoteField(hint="不写证件号")) == []


def test_cut_words(found: Callable[..., list[str]]) -> None:
    told = "\n".join(
        found(
            fixed(label("月租金和押金"), 30),
            fixed(label("一句换行也放不下的话，因为高度只给了一行" * 2, wrap=True), 120, 20),
            fixed(Button("收款并打印", "primary", key="Return"), 60),
            fixed(Tag("逾期 130 天", "danger", "circle-alert"), 40),
            fixed(ChoiceField([(1, "按起租日对月")]), 70),
            fixed(TextField(hint="手机号要 11 位，没有就写座机"), 90),
            fixed(NoteField(hint="例如 付款方式录错、收错了房间，或者租客要求改用别的方式付款", lines=1), 120),
        )
    )
    for words in (
        "QLabel 「月租金和押金」: words are cut", "换行也放不下", "Button 「收款并打印」: squeezed", "Tag",
        "ChoiceField", "「手机号要 11 位，没有就写座机」 is cut", "its hint is cut",
    ):  # fmt: skip
        assert words in told, words


def test_only_free_text_may_be_shortened(found: Callable[..., list[str]]) -> None:
    class Word(Painted):
        def paintEvent(self, event: QPaintEvent) -> None:
            font, painter = theme().font("body"), QPainter(self)
            box = QRectF(self.rect())
            put(painter, 0, middle(font, 0, box.height()), "押金在管", font, theme().colour("text"), room=30)

    assert found(fixed(FreeText("一个非常非常长的名字"), 60)) == []
    told = found(fixed(Word(), 30, 20))
    assert len(told) == 1
    assert told[0].startswith("「押金在管」 painted as 「")
    assert "paintEvent" in told[0]


def test_cut_cells(found: Callable[..., list[str]]) -> None:
    table = RowTable(
        [
            Column("很长很长的栏目名称", str, kind=Kind.CODE, sample="A"),
            Column(
                "状态", str, kind=Kind.TAG, sample="在", tag=lambda _row: TagLook("期满未退很久了", "danger", "clock")
            ),
        ]
    )
    table.show_list(["WJY-2026-A00012-很长的编号"])
    table.setColumnWidth(0, 40)
    table.setColumnWidth(1, 40)
    table._lay_out = lambda _count=None: None  # type: ignore[method-assign,assignment]
    told = "\n".join(found(table))
    for words in ("head 「很长很长的栏目名称」 is cut", "tag 「期满未退很久了」 is cut", "by RowDelegate._text"):
        assert words in told, words


def test_out_of_place(found: Callable[..., list[str]]) -> None:
    outside, under = QWidget(), QWidget()
    outside.setFixedHeight(40)
    lost = QLabel("在外面", outside)
    lost.setGeometry(500, 30, 80, 30)
    row = QHBoxLayout(under)
    first, second = label("第一"), label("第二")
    row.addWidget(first)
    row.addWidget(second)
    inside = QWidget()
    inside.setMinimumWidth(900)
    told = found(fixed(outside, 300), under, BodyScroll(inside))
    assert any("QLabel 「在外面」: outside of its parent" in each for each in told)
    assert any("wider than what it scrolls in" in each for each in told)
    second.move(first.pos())
    with overhear() as heard:
        under.window().grab()
    assert any("lies on QLabel 「第二」" in each for each in look_over(under.window(), heard))


def test_a_bar_sideways(found: Callable[..., list[str]]) -> None:
    inside = QWidget()
    inside.setFixedWidth(800)
    area = BodyScroll(inside)
    area.setMinimumWidth(100)
    assert any("goes on to the right, out of sight" in each for each in found(area, wide=400))
    report = QPlainTextEdit("一行报告")
    assert found(report) == []


def test_words_no_font_of_ours_has(found: Callable[..., list[str]]) -> None:
    told = found(label("还有 ⋮ 层"), label("保存成功!"), label("𡒄先生，m²，‰"))
    assert "no font of ours has '⋮' of 「还有 ⋮ 层」" in told
    assert "punctuation of 「保存成功!」" in told
    assert len(told) == 2


def test_a_shut_button_says_why(found: Callable[..., list[str]]) -> None:
    button = Button("收款", "primary")
    button.setEnabled(False)
    assert found(button) == ["Button 「收款」: disabled without a reason"]


def test_the_focus_is_where_the_eye_is(on_desk: Callable[..., QWidget]) -> None:
    window = QWidget()
    column = QVBoxLayout(window)
    behind = TextField("页面")
    column.addWidget(behind)
    tall = QWidget()
    inner = QVBoxLayout(tall)
    inner.addSpacing(900)
    deep = Button("在下面", "secondary")
    inner.addWidget(deep)
    area = BodyScroll(tall)
    column.addWidget(area)
    on_desk(window, 500, 300)
    deep.setFocus()
    area.verticalScrollBar().setValue(0)
    with overhear() as heard:
        window.grab()
    assert look_over(window, heard) == ["Button 「在下面」 in BodyScroll: has the focus out of sight"]
    question = Question(window, "丢弃草稿", "找不回来。", [(1, "丢弃草稿", "danger")])
    question.open()
    behind.setFocus()
    assert not behind.hasFocus()  # a dialog keeps it
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    app.focusChanged.disconnect(question._keep_focus)
    behind.setFocus()
    with overhear() as heard:
        window.grab()
    assert any("has the focus behind the dialog" in each for each in look_over(window, heard))
    question.cancel()


def test_a_date_that_no_line_has_room_for_is_found(found: Callable[..., list[str]]) -> None:
    line = MessageLine()
    line.set("至 2027-11-21")
    assert any("words are cut" in each for each in found(fixed(line, 50, 80)))
