"""Small widgets: masked values, money, tags, steps, segments, tabs, filters, timeline, popups, pictures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import Money, RoomState
from desktop.views.buttons import Button
from desktop.views.fields import PhoneField
from desktop.views.filters import Counter, FilterChip, Legend
from desktop.views.forms import Form, MessageLine
from desktop.views.labels import Fact, FactList, MaskedValue, MoneyLabel, Tag, label
from desktop.views.popups import Popup
from desktop.views.screens import PICTURE, SCALES, environment
from desktop.views.steps import Option, Segment, StepsHead, Tabs
from desktop.views.text_fields import TextField
from desktop.views.theme import Shade, Theme, TypeSize
from desktop.views.timeline import EmptyState, Event, Timeline

ROOT = Path(__file__).resolve().parents[2]


def test_a_masked_value_asks_shows_and_masks_again(on_desk: Callable[..., QWidget], qtbot: QtBot) -> None:
    value = MaskedValue("138****5678", "手机")
    on_desk(value, 300, 60)
    asked: list[int] = []
    value.reveal_requested.connect(lambda: asked.append(1))
    value._eye.click()
    assert asked == [1]
    assert value._text.text() == "138****5678", "the widget itself knows nothing more"
    value.show_value("13800005678")
    assert value._text.text() == "13800005678"
    assert 29_000 < value._clock.remainingTime() <= 30_000
    value._eye.click()
    assert (value._text.text(), asked) == ("138****5678", [1])
    value.show_value("13800005678")
    value.hide()
    assert value._text.text() == "138****5678", "leaving the page masks"


def test_money_stands_on_one_baseline_with_two_decimals() -> None:
    assert MoneyLabel(Money(246000))._parts() == ("¥", "2,460", ".00")
    assert MoneyLabel(Money(-5))._parts() == ("-¥", "0", ".05")
    empty = MoneyLabel()
    assert empty._parts() == ("", "—", "")
    empty.set_amount(Money(1), owed=True)
    assert empty.accessibleName() == "0.01 元"


def test_tags_and_states_say_their_word() -> None:
    assert Tag.room(RoomState.VACANT_DIRTY).accessibleName() == "空脏"
    tag = Tag("欠费 12 天", "danger", "circle-alert")
    narrow = tag.sizeHint().width()
    tag.set("欠费 112 天", "danger", "circle-alert")
    assert tag.sizeHint().width() > narrow


def test_facts_wrap_instead_of_being_cut(on_desk: Callable[..., QWidget]) -> None:
    facts = FactList(
        [Fact("住址", "样例省青川市临江区望江路 88 号 3 幢 502 室，邮政编码另填"), Fact("手机", Tag("常用"))],
        right=True,
    )
    on_desk(facts, 180, 300)
    QApplication.processEvents()
    words = next(each for each in facts.findChildren(QLabel) if "望江路" in each.text())
    assert words.height() >= words.heightForWidth(words.width())
    facts.set_facts([Fact("职业", "平面设计")])
    QApplication.processEvents()
    assert [each.text() for each in facts.findChildren(QLabel) if each.isVisible()] == ["职业", "平面设计"]


def test_done_steps_are_clickable_and_coming_ones_are_not(on_desk: Callable[..., QWidget], qtbot: QtBot) -> None:
    head = StepsHead(["读证件", "核对", "联系人", "选房间"])
    head.show_step(2)
    on_desk(head, 700, 40)
    head.grab()
    chosen: list[int] = []
    head.chosen.connect(chosen.append)
    for at in range(4):
        qtbot.mouseClick(head, Qt.MouseButton.LeftButton, pos=head._spots[at].center().toPoint())
    assert chosen == [0, 1]
    assert head.accessibleName() == "读证件，已完成，核对，已完成，联系人，当前，选房间"
    assert head.minimumSizeHint().width() < head.sizeHint().width()


def test_a_segment_moves_by_arrows_and_tabs_by_choice(on_desk: Callable[..., QWidget], qtbot: QtBot) -> None:
    segment = Segment([Option("cash", "现金", "banknote"), Option("pos", "POS", "credit-card")])
    on_desk(segment, 300, 60)
    with qtbot.waitSignal(segment.changed):
        qtbot.keyClick(segment, Qt.Key.Key_Right)
    assert segment.value() == "pos"
    qtbot.keyClick(segment, Qt.Key.Key_Right)
    assert segment.value() == "cash"
    qtbot.mouseClick(segment, Qt.MouseButton.LeftButton, pos=segment._boxes()[1].center().toPoint())
    assert segment.value() == "pos"
    tabs = Tabs([Option(1, "租约", count="2"), Option(2, "账单", count="34")])
    tabs.choose(1)
    tabs.set_options([Option(2, "账单", count="35"), Option(3, "收据")])
    assert tabs.value() == 2
    tabs.choose(9)
    assert tabs.value() == 2


def test_counters_and_the_legend_filter(on_desk: Callable[..., QWidget], qtbot: QtBot) -> None:
    counter = Counter("circle-alert", "欠费", "danger")
    counter.show_figure("5", "¥17,560.00")
    assert counter.accessibleName() == "欠费 5，¥17,560.00"
    counter.click()
    assert counter.isChecked()
    counter.click()
    assert not counter.isChecked()
    legend = Legend()
    legend.show_counts({RoomState.LET: 88, RoomState.VACANT_CLEAN: 9})
    on_desk(legend, 900, 40)
    told: list[frozenset[RoomState]] = []
    legend.changed.connect(lambda: told.append(legend.chosen()))
    legend.chips[RoomState.LET].click()
    assert told == [frozenset({RoomState.LET})]
    full = legend.chips[RoomState.LET].width()
    legend.resize(legend.sizeHint().width() - 20, 40)
    assert legend.chips[RoomState.LET].width() < full, "words go first, glyph and count stay"
    assert legend.minimumSizeHint().width() < legend.sizeHint().width()
    legend.clear()
    assert legend.chosen() == frozenset()


def test_a_condition_can_be_taken_away(qtbot: QtBot) -> None:
    chip = FilterChip("状态：欠费")
    qtbot.addWidget(chip)
    assert chip.accessibleName() == "去掉条件 状态：欠费"
    with qtbot.waitSignal(chip.clicked):
        chip.click()


def test_a_message_breaks_into_lines_at_any_width(on_desk: Callable[..., QWidget]) -> None:
    line = MessageLine()
    line.set("1203 在 2027-02-28 前已出租给沈知微，换房或改起租日", "danger")
    on_desk(line, 180, 30)
    assert "".join(line.lines()) == line.text
    assert len(line.lines()) > 1
    assert all(each and each[0] not in "，。" for each in line.lines())
    line.set("低于挂牌价 10% 要写原因，合同号 WJY-2026-00318", "warn")
    for wide in range(90, 300, 7):
        line.resize(wide, 60)
        assert not any(cut in "|".join(line.lines()) for cut in ("10|%", "1|0", "2026|", "-|0", "|，"))
    assert line.sizeHint().height() > MessageLine().sizeHint().height()


def test_long_forms_show_a_message_where_the_hint_stood(on_desk: Callable[..., QWidget]) -> None:
    form = Form(1, side=True)
    form.add("phone", "手机", PhoneField(), hint="11 位", required=True)
    form.add("name", "姓名", TextField())
    on_desk(form, 500, 200)
    row = form.rows["phone"]
    before = row.geometry()
    assert row.message.text == "11 位"
    form.show_problems({"phone": "手机号要 11 位，现在 7 位"})
    assert row.message.text == "手机号要 11 位，现在 7 位"
    form.show_problems({})
    assert row.message.text == "11 位"
    row.set_hint("已登记")
    assert row.message.text == "已登记"
    assert row.geometry() == before
    assert row.field.accessibleName() == "手机，必填"


def test_a_message_too_long_to_stand_beside_its_field_goes_below(on_desk: Callable[..., QWidget]) -> None:
    form = Form(1, side=True)
    form.add("end", "到期日", TextField(), hint="周日")
    on_desk(form, 330, 200)
    row = form.rows["end"]
    field = row.field.geometry()
    assert row.message.x() > field.right()
    form.show_problems({"end": "到期日早于起租日，请选 11-22 之后"})
    QApplication.processEvents()
    assert row.message.y() > row.field.geometry().bottom()
    assert row.message.x() == field.x()
    assert len(row.message.lines()) == 1
    assert row.field.width() == field.width(), "nothing but the message moves"
    form.show_problems({})
    QApplication.processEvents()
    assert row.message.x() > row.field.geometry().right()


def test_brackets_stay_with_what_they_hold() -> None:
    line = MessageLine()
    line.set("小数点写成「.」，如 812.5（《民法典》第十九条）", "danger")
    for wide in range(70, 300, 3):
        line.resize(wide, 60)
        assert not any(each[-1] in "（「《" or each[0] in "）」》，" for each in line.lines() if each), wide


def test_history_is_read_out_and_empty_states_wrap(on_desk: Callable[..., QWidget], look: Theme) -> None:
    history = Timeline(
        [Event("phone", "电话催缴", "今天 10:12", "答应周二缴", "warn"), Event("log-in", "入住 1203", "03-01")]
    )
    assert history.accessibleName() == "今天 10:12 电话催缴 答应周二缴；03-01 入住 1203"
    assert not history.grab().isNull()
    look.switch(Shade.LIGHT, TypeSize.LARGE)
    empty = EmptyState(
        "3 栋 12 月没有欠费", "这是按「3 栋 + 欠费」查的。换个条件，或看全部账单。", [Button("清除条件", key="Alt+1")]
    )
    on_desk(empty, 260, 460)
    QApplication.processEvents()
    for words in (empty.title, empty.why):
        assert words.height() >= words.heightForWidth(words.width())


def test_a_popup_hangs_under_its_field_and_goes_with_a_click_elsewhere(
    on_desk: Callable[..., QWidget], qtbot: QtBot
) -> None:
    window = QWidget()
    column = QVBoxLayout(window)
    field, other = TextField(), TextField()
    column.addWidget(field)
    column.addStretch(1)
    column.addWidget(other)
    on_desk(window, 700, 400)
    field.setFocus()
    popup = Popup(window)
    popup.body.addWidget(label("沈知微"))
    popup.show_under(field, 500)
    assert field.hasFocus()
    assert popup.card.width() == 500
    assert window.rect().contains(popup.card.geometry().translated(popup.pos()))
    gone: list[int] = []
    popup.dismissed.connect(lambda: gone.append(1))
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton)
    assert gone == []
    qtbot.mouseClick(other, Qt.MouseButton.LeftButton)
    assert gone == [1]
    assert not popup.isVisible()


DRAW = """
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
app = QApplication([])
from desktop.views.theme import Theme
Theme(Path(sys.argv[1])).install(app)
from desktop.views.main_window import MainWindow
from desktop.views.screens import render_widget
print(render_widget(MainWindow(), Path(sys.argv[1]) / "out" / "frame.png"))
"""


@pytest.mark.parametrize("scale", SCALES, ids=lambda scale: scale.words)
def test_pictures_are_1366_by_768_at_both_scales(tmp_path: Path, scale: object) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", DRAW, str(tmp_path)],
        cwd=ROOT,
        env=environment(scale),  # type: ignore[arg-type]
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    picture = QImage(ran.stdout.strip())
    assert picture.size() == PICTURE
    rail = json.loads((ROOT / "resources" / "tokens.json").read_text(encoding="utf-8"))["color"]["light"]["rail"]
    assert picture.pixelColor(2, 400).name().upper() == rail
    assert picture.pixelColor(1364, 300).name() != "#000000", "the window reaches the edge"
    assert os.environ.get("QT_SCALE_FACTOR") is None, "this process is left alone"
