"""A call is taken in by keys: who, what, and what the words say; twice the same is asked about, a film is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.models.values import CaseLevel, OrderKind, RepairCategory
from desktop.models.work_orders import WorkOrder, WorkOrderEvent
from desktop.services.work import PROGRAM, look
from desktop.views.labels import MaskedValue
from desktop.views.repair_intake import ReportDialog
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.offices import rooms_of
from tests.views.conftest import type_chinese
from tests.views.people_kit import ALT, Desk
from tests.views.repair_kit import Reported, repair_desk


@pytest.fixture
def desk(world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]) -> Desk:
    return repair_desk(world, tmp_path, qtbot, on_desk, "front_desk")


def orders(desk: Desk) -> list[WorkOrder]:
    """Every order, the latest first."""
    with look(desk.office, PROGRAM) as reading:
        return list(reading.session.scalars(sa.select(WorkOrder).order_by(WorkOrder.number.desc())))


def say(desk: Desk, words: str) -> None:
    """Chinese as an input method gives it, where the focus is."""
    focus = QApplication.focusWidget()
    assert focus is not None
    type_chinese(focus, "ni", words)
    desk.settle()


def opened(desk: Desk) -> ReportDialog:
    desk.press(Qt.Key.Key_F7)
    dialog = desk.dialog()
    assert isinstance(dialog, ReportDialog)
    return dialog


def test_room_enter_what_enter(desk: Desk) -> None:
    desk.open("parties")  # wherever the clerk is when the telephone rings
    dialog = opened(desk)
    keys = 1
    desk.type("201")
    desk.press(Qt.Key.Key_Return)
    assert dialog.what.hasFocus()
    say(desk, "厨房水管爆了，漏水")
    assert (dialog.category.value(), dialog.urgent.value()) == (RepairCategory.WATER, True)
    assert "猜的" in dialog.form.rows["summary"].message.text  # type: ignore[union-attr]
    desk.press(Qt.Key.Key_Return)
    keys += 3 + 1 + 1  # what is broken is typed in any case
    assert keys == 6
    assert desk.dialog() is None
    order = orders(desk)[0]
    assert (order.summary, order.category, order.urgent) == ("厨房水管爆了，漏水", RepairCategory.WATER, True)
    assert order.room_id == rooms_of(desk.office)[4]
    assert desk.at()[0] == "parties"
    assert desk.toast.startswith(f"已登记 {order.number}，今天 09:30 前")


def test_enter_is_the_forms_even_where_the_page_beneath_has_one(desk: Desk) -> None:
    desk.open("today")  # Enter opens what is in hand there
    dialog = opened(desk)
    desk.type("201")
    desk.press(Qt.Key.Key_Return)
    assert dialog.what.hasFocus()
    say(desk, "门铃不响")
    desk.press(Qt.Key.Key_Return)
    assert desk.dialog() is None
    assert desk.at()[0] == "today"


def test_the_number_to_call_today_stands_large(desk: Desk) -> None:
    desk.open("parties")
    dialog = opened(desk)
    desk.type("5678")
    value = dialog.phone.findChildren(MaskedValue)[0]
    assert value._text.property("kind") == "title"
    assert value._text.text().endswith("5678")
    assert "顾听澜" in dialog.caller.said.text()


def test_what_is_guessed_is_corrected_by_one_key_and_stays_corrected(desk: Desk) -> None:
    desk.open("parties")
    dialog = opened(desk)
    desk.type("201")
    desk.press(Qt.Key.Key_Return)
    say(desk, "灯不亮")
    assert dialog.category.value() is RepairCategory.POWER
    desk.press(Qt.Key.Key_1, ALT)
    corrected = dialog.category.value()
    assert corrected is not RepairCategory.POWER
    desk.press(Qt.Key.Key_2, ALT)
    desk.press(Qt.Key.Key_3, ALT)
    say(desk, "，水管也漏水")
    assert (dialog.category.value(), dialog.urgent.value(), dialog.kind.value()) == (
        corrected, CaseLevel.GRAVE, OrderKind.COMPLAINT,
    )  # fmt: skip
    assert dialog.what.value() == "灯不亮，水管也漏水"  # the keys wrote nothing


def test_a_time_that_was_promised_is_typed_and_kept(desk: Desk) -> None:
    desk.open("parties")
    dialog = opened(desk)
    desk.type("201")
    desk.press(Qt.Key.Key_Return)
    say(desk, "灯不亮")
    assert dialog.form is not None
    dialog.promised.setFocus()
    dialog.promised.setText("昨天 9:00")
    assert "18:00" in dialog.promised.problem()
    dialog.promised.setText("8:00")
    dialog.submit()
    desk.settle()
    assert "以后" in dialog.form.rows["promised"].message.text
    dialog.promised.setText("明天 12:00")
    desk.settle()
    assert "12:00 前办完" in dialog.form.rows["promised"].message.text
    dialog.submit()
    desk.settle()
    assert desk.dialog() is None
    assert orders(desk)[0].due_at == datetime(2026, 11, 24, 12, 0, tzinfo=OFFICE_ZONE)


def test_the_fields_stand_in_the_order_of_their_keys(desk: Desk) -> None:
    desk.open("parties")
    form = opened(desk).form
    assert form is not None
    hints = [row.hint.text() for row in form.rows.values() if row.hint is not None and "Alt" in row.hint.text()]
    assert hints == ["Alt 1", "Alt 2", "Alt 3", "Alt 4"]


def test_the_same_is_shown_before_a_second_order_is_made(desk: Desk) -> None:
    desk.open("parties")
    made: Reported = desk.made
    dialog = opened(desk)
    desk.type("301")
    desk.press(Qt.Key.Key_Return)
    say(desk, "水龙头漏水")
    assert dialog.open_here.isVisible()
    assert "同一间房" in dialog.open_here.lines.text()
    assert "水龙头滴水" in dialog.open_here.lines.text()
    before = len(orders(desk))
    desk.press(Qt.Key.Key_Return)
    assert "已有工单" in dialog.summary.text.text()
    assert len(orders(desk)) == before
    desk.press(Qt.Key.Key_8, ALT)
    assert desk.dialog() is None
    assert len(orders(desk)) == before
    with look(desk.office, PROGRAM) as reading:
        lines = reading.session.scalars(
            sa.select(WorkOrderEvent.note).where(
                WorkOrderEvent.work_order_id == made.tap, WorkOrderEvent.kind == "again"
            )
        ).all()
    assert lines == ["水龙头漏水"]


def test_another_thing_in_the_same_room_is_another_order(desk: Desk) -> None:
    desk.open("parties")
    opened(desk)
    desk.type("301")
    desk.press(Qt.Key.Key_Return)
    say(desk, "马桶漏水")
    desk.press(Qt.Key.Key_9, ALT)
    desk.press(Qt.Key.Key_Return)
    assert desk.dialog() is None
    assert orders(desk)[0].summary == "马桶漏水"


def test_nobody_and_nothing_is_told_at_its_field(desk: Desk) -> None:
    desk.open("parties")
    dialog = opened(desk)
    desk.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert dialog.form is not None
    assert "写房号、姓名或手机尾号" in dialog.form.rows["room_id"].said
    assert "写一句坏了什么" in dialog.form.rows["summary"].said
    dialog.caller.box.setFocus()
    say(desk, "没有的人")
    assert dialog.caller.said.text() == "没有找到：换房号、姓名或手机尾号再试；公共部位写 1 栋电梯"


def test_photos_come_by_file_and_paste_and_a_film_is_refused(desk: Desk, tmp_path: Path) -> None:
    picture = QImage(400, 300, QImage.Format.Format_RGB888)
    picture.fill(Qt.GlobalColor.darkCyan)
    assert picture.save(str(tmp_path / "漏水.jpg"))
    film = tmp_path / "漏水.jpg.mp4"
    film.write_bytes(b"\x00\x00\x00\x20ftypisom" + bytes(64))
    named = tmp_path / "像照片.jpg"
    named.write_bytes(film.read_bytes())
    desk.open("parties")
    dialog = opened(desk)
    assert dialog.form is not None
    photos = dialog.form.field("photos")
    for wrong in (film, named):
        photos.add([wrong])
        desk.settle()
        assert "是视频，这里只收照片：截一张图再添加" in dialog.form.rows["photos"].said
    photos.add([tmp_path / "漏水.jpg"])
    desk.settle()
    QApplication.clipboard().setImage(picture)
    photos.add_button.setFocus()
    QTest.keyClick(photos.add_button, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    desk.settle()
    assert len(photos.value()) == 2
    assert dialog.form.rows["photos"].said == ""
    dialog.caller.box.setFocus()
    desk.type("201")
    dialog.what.setText("水管漏水")
    desk.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert desk.dialog() is None
    with look(desk.office, PROGRAM) as reading:
        event = reading.session.scalars(
            sa.select(WorkOrderEvent).where(WorkOrderEvent.work_order_id == orders(desk)[0].id)
        ).one()
        assert [when for _, when in event.detail["photos"]] == ["before", "before"]


def test_from_a_room_and_a_tenant_nothing_is_asked_twice(desk: Desk) -> None:
    made: Reported = desk.made
    for page, params in (
        ("room", {"room_id": rooms_of(desk.office)[0]}), ("party", {"party_id": made.lease.party_id}),
    ):  # fmt: skip
        desk.open(page, **params)
        dialog = opened(desk)
        caller = dialog.caller.value()
        assert caller is not None
        assert (caller.party_id, caller.room_id) == (made.lease.party_id, rooms_of(desk.office)[0])
        assert dialog.what.hasFocus()
        dialog.cancel()
        desk.settle()


def test_what_was_typed_is_there_again(desk: Desk) -> None:
    desk.open("parties")
    dialog = opened(desk)
    desk.type("201")
    desk.press(Qt.Key.Key_Return)
    say(desk, "门铃不响")
    desk.press(Qt.Key.Key_Escape)
    dialog = opened(desk)
    assert dialog.what.value() == "门铃不响"
    caller = dialog.caller.value()
    assert caller is not None
    assert caller.room_id == rooms_of(desk.office)[4]


def test_from_the_board_the_new_order_is_in_hand(desk: Desk) -> None:
    page = desk.open("repairs")
    dialog = opened(desk)
    dialog.caller.box.setFocus()
    desk.type("201")
    dialog.what.setText("门铃不响")
    desk.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    now = page.current()
    assert now is not None
    assert now.card.summary == "门铃不响"


def test_who_may_only_look_is_told_who_may(
    world: SeededWorld, tmp_path: Path, qtbot: QtBot, on_desk: Callable[..., QWidget]
) -> None:
    desk = repair_desk(world, tmp_path, qtbot, on_desk, "auditor")
    desk.open("repairs")
    desk.press(Qt.Key.Key_F7)
    assert desk.dialog() is None
    assert "您的角色不能登记报修" in desk.window.message_bar.text.text()


def test_rows_that_come_late_do_not_take_the_focus_from_the_form(desk: Desk) -> None:
    page = desk.open("parties")
    dialog = opened(desk)
    assert dialog.caller.box.hasFocus()
    page.table.setFocus(Qt.FocusReason.OtherFocusReason)  # as a page does when its rows have come
    assert dialog.caller.box.hasFocus()
    desk.type("201")
    assert dialog.caller.value() is not None
    dialog.cancel()
    desk.settle()
    assert page.table.hasFocus()


def test_a_lift_is_reported_by_its_house_or_by_what_is_said(desk: Desk) -> None:
    made: Reported = desk.made
    desk.open("parties")
    dialog = opened(desk)
    say(desk, "1栋电梯")
    assert dialog.caller.said.text().startswith("1 栋 · 电梯")
    desk.press(Qt.Key.Key_Return)
    assert (dialog.part.value(), dialog.part.isEnabled()) == ("电梯", False)
    say(desk, "门夹人")  # of a flat it would be the door
    assert dialog.category.value() is RepairCategory.LIFT
    desk.press(Qt.Key.Key_Return)
    assert desk.dialog() is None
    lift = orders(desk)[0]
    assert (lift.room_id, lift.party_id, lift.facility) == (None, None, "电梯")
    assert lift.building_id is not None
    # Another place after all: the choice is there again, and follows what is said
    dialog = opened(desk)
    say(desk, "1栋大堂")
    assert dialog.part.value() == "大堂"
    dialog.caller.box.clear()
    desk.type("201")
    assert (dialog.part.value(), dialog.part.isEnabled()) == ("", True)
    dialog.cancel()
    desk.settle()
    # A tenant says it: the order is the building's, she is called back, and it is the same as the first
    dialog = opened(desk)
    dialog.caller.box.clear()
    desk.type("301")
    desk.press(Qt.Key.Key_Return)
    say(desk, "电梯按键不灵")
    assert dialog.part.value() == "电梯"
    assert "同一栋楼的电梯" in dialog.open_here.lines.text()
    desk.press(Qt.Key.Key_4, ALT)
    assert dialog.part.value() == "楼道"
    for _ in range(10):
        desk.press(Qt.Key.Key_4, ALT)
    assert dialog.part.value() == "电梯"
    assert dialog.form is not None
    dialog.form.field("place").set_value("2 号")
    desk.press(Qt.Key.Key_9, ALT)
    desk.press(Qt.Key.Key_Return)
    assert desk.dialog() is None
    second = orders(desk)[0]
    assert (second.room_id, second.party_id, second.facility) == (None, made.lease.party_id, "2 号电梯")


def test_a_common_part_without_a_building_is_told_what_to_write(desk: Desk) -> None:
    desk.open("parties")
    dialog = opened(desk)
    dialog.part.set_value("大堂")
    dialog.what.setText("灯不亮")
    desk.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert dialog.form is not None
    assert "例如 1 栋电梯" in dialog.form.rows["part"].said


def test_an_incident_has_a_level_and_its_deadline_is_shown(desk: Desk) -> None:
    desk.open("parties")
    dialog = opened(desk)
    desk.type("201")
    desk.press(Qt.Key.Key_Return)
    say(desk, "楼道里有人打架")
    dialog.kind.set_value(OrderKind.INCIDENT)
    assert dialog.form.rows["urgent"].caption.text() == "级别"
    dialog.urgent.set_value(CaseLevel.SERIOUS)
    desk.settle()
    assert dialog.form.rows["urgent"].field.words_of(CaseLevel.SERIOUS) == "较重"
    assert dialog.facts.done_by is not None
    desk.press(Qt.Key.Key_2, ALT)
    assert dialog.urgent.value() is CaseLevel.GRAVE
    desk.press(Qt.Key.Key_Return)
    with look(desk.office, PROGRAM) as reading:
        order = reading.session.scalars(sa.select(WorkOrder).where(WorkOrder.summary == "楼道里有人打架")).one()
    assert (order.kind, order.level, order.urgent) == (OrderKind.INCIDENT, 3, True)
