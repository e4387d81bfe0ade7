"""The page 抄表 by keys: a grid that is typed like a spreadsheet, alarms in words, one act, a draft that survives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from desktop.models.documents import Draft
from desktop.models.meters import Meter, Reading
from desktop.models.values import FeeBasis, FeeType, MeterKind, ReadingKind
from desktop.services import reading_entry
from desktop.services.acts import Op
from desktop.services.meter_book import BookRow
from desktop.services.reading_checks import NewReading
from desktop.services.work import PROGRAM, begin, look
from desktop.views.meter_dialogs import CorrectDialog, NewMeterDialog, ReplaceDialog
from desktop.views.meter_photos import PhotosDialog
from desktop.views.meter_round import read_round
from desktop.views.meters import MetersPage
from desktop.views.theme import Shade, TypeSize, theme
from desktop.views.unusual_uses import UnusualDialog
from tests.offices import rooms_of
from tests.services.meter_kit import meter_with
from tests.services.pool_kit import put_fee, put_tariff
from tests.views.conftest import type_chinese
from tests.views.till_kit import ALT, CONTROL, Counter, counter

KEY = Qt.Key
SEP, OCT = date(2026, 9, 22), date(2026, 10, 22)


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Counter]:
    with counter(qtbot, tmp_path, "finance_lead") as made:
        yield made


def metered(desk: Counter, count: int = 4) -> list[UUID]:
    """Water meters W-1 … of the first rooms as one walks, read in September and October; 3.45 a cubic metre."""
    rooms = sorted(rooms_of(desk.office), key=lambda room: room.int)
    meters = [
        meter_with(desk.office, room, (SEP, "100"), (OCT, "110"), serial=f"W-{n}")
        for n, room in enumerate(rooms[:count], 1)
    ]
    with begin(desk.office, PROGRAM, Op.SAVE_TARIFF) as work:
        put_tariff(work, put_fee(work, FeeBasis.METER, FeeType.WATER, MeterKind.WATER, "自来水费"), "3.45")
    return meters


def opened(desk: Counter) -> MetersPage:
    page = desk.open("meters")
    assert isinstance(page, MetersPage)
    desk.settle()
    return page


def stored(desk: Counter) -> list[Reading]:
    """Readings of today, as they were entered."""
    with desk.office.reading() as session:
        return list(
            session.scalars(sa.select(Reading).where(Reading.read_on == desk.world.today()).order_by(Reading.id))
        )


def current(page: MetersPage) -> BookRow:
    row = page.grid.current()
    assert row is not None
    return row


def tag(page: MetersPage, at: int) -> str:
    look = page.grid._tag(page.grid.rows.row(at))
    return "" if look is None else look.text


def test_a_round_is_typed_with_digits_and_enter_and_stored_by_one_key(desk: Counter) -> None:
    metered(desk)
    page = opened(desk)
    assert desk.focus is page.grid.cell
    assert current(page).number == "101"
    for value in ("121.5", "120", "118"):
        desk.type(value)
        desk.enter()
    assert current(page).number == "104"
    assert [page.grid._use(page.grid.rows.row(at)) for at in range(3)] == ["11.5", "10", "8"]
    assert page.grid._money(page.grid.rows.row(0)) == "39.68"
    assert "合计 101.78 元" in page.sum.text()
    desk.press(KEY.Key_Return, CONTROL)
    rows = stored(desk)
    assert [row.value for row in rows] == [Decimal("121.5"), Decimal(120), Decimal(118)]
    assert len({row.created_at for row in rows}) == 1, "one act"
    assert page.grid.typed == {}
    assert tag(page, 0) == "已抄 11-22"
    assert "已抄 3 / 4" in page.detail_label.text()


def test_use_and_sum_follow_every_keystroke(desk: Counter) -> None:
    metered(desk)
    page = opened(desk)
    desk.type("12")
    assert page.said.text == "低于上次 110：换了表就办「换表」，上次抄错就更正上次"
    assert tag(page, 0) == "低于上次 110"
    desk.type("1")
    assert page.said.text == ""
    assert page.grid._use(current(page)) == "11"
    assert page.grid._money(current(page)) == "37.95"


def test_arrows_walk_and_keep_what_was_typed(desk: Counter) -> None:
    metered(desk)
    page = opened(desk)
    desk.type("121")
    desk.press(KEY.Key_Down)
    desk.press(KEY.Key_Down)
    desk.press(KEY.Key_Up)
    desk.press(KEY.Key_Up)
    assert page.grid.cell.text() == "121"
    desk.press(KEY.Key_PageDown)
    assert current(page).number == "104"


def test_what_is_wrong_keeps_the_row_and_a_warning_asks_for_a_second_enter(desk: Counter) -> None:
    metered(desk)
    page = opened(desk)
    desk.type("90")
    desk.enter()
    assert current(page).number == "101"
    page.grid.cell.selectAll()
    desk.type("180")
    desk.enter()
    assert current(page).number == "101"
    assert page.said.text == "是平时的 6.8 倍（约 10.3，这次 70）：核对后确认。再按 Enter 照存"
    desk.enter()
    assert current(page).number == "102"
    assert tag(page, 0) == "已核对，待存"
    desk.press(KEY.Key_Return, CONTROL)
    assert stored(desk)[0].remark == "已核对：是平时的 6.8 倍（约 10.3，这次 70）"


def test_nothing_is_stored_while_a_row_is_wrong_and_the_key_goes_there(desk: Counter) -> None:
    metered(desk)
    page = opened(desk)
    desk.type("90")
    desk.press(KEY.Key_Down)
    desk.type("120")
    desk.enter()
    desk.press(KEY.Key_Return, CONTROL)
    assert stored(desk) == []
    assert current(page).number == "101"
    assert "1 行要改" in page.sum.text()


def test_a_litre_figure_is_asked_about(desk: Counter) -> None:
    metered(desk)
    page = opened(desk)
    desk.type("121500")
    assert "是按升（L）抄的吗？应为 121.5" in page.said.text


def test_what_was_typed_survives_another_page_and_a_new_window(desk: Counter) -> None:
    metered(desk)
    page = opened(desk)
    desk.type("121.5")
    desk.enter()
    desk.type("95")
    page.keeper.save()
    desk.settle()
    desk.open("board")
    with desk.office.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Draft).where(Draft.kind == "meters.round")) == 1
    desk.window._pages.pop("meters").deleteLater()  # as after a crash: the page is made anew
    desk.settle()
    again = opened(desk)
    assert again is not page
    assert [entry.text for entry in again.grid.typed.values()] == ["121.5", "95"]
    assert again.keeper.words.text() == "接着上次没存完的抄"
    again.grid.choose(1)
    again.grid.cell.setFocus()
    again.grid.cell.selectAll()
    desk.type("115")
    desk.press(KEY.Key_Return, CONTROL)
    assert [row.value for row in stored(desk)] == [Decimal("121.5"), Decimal(115)]
    with desk.office.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Draft)) == 0


def test_a_reading_of_another_desk_is_seen_before_anything_is_written_over(desk: Counter) -> None:
    meters = metered(desk)
    page = opened(desk)
    desk.type("121")
    with begin(desk.office, PROGRAM, Op.READ_METERS) as work:
        reading_entry.enter_readings(work, [NewReading(meters[0], Decimal(119), desk.world.today())])
    desk.settle()
    assert page.grid.cell.text() == "121", "what was typed stays"
    assert "刚由别人录过 119" in page.said.text
    desk.press(KEY.Key_Return, CONTROL)
    assert [row.value for row in stored(desk)] == [Decimal(119)]


def test_estimate_roll_over_and_a_word_beside_it_by_keys(desk: Counter) -> None:
    meters = metered(desk)
    with begin(desk.office, PROGRAM, Op.CHANGE_METER) as work:
        work.get(Meter, meters[1]).highest = Decimal(9999)
    page = opened(desk)
    desk.press(KEY.Key_1, ALT)
    assert page.grid.cell.text() == "120"
    assert tag(page, 0) == "估读，待存"
    desk.press(KEY.Key_3, ALT)
    type_chinese(desk.focus, "suomen", "锁门进不去")
    desk.press(KEY.Key_Return, CONTROL)
    assert page.said.text == "锁门进不去"
    desk.press(KEY.Key_Down)
    desk.type("4")
    assert "过零了就标「过零」" in page.said.text
    desk.press(KEY.Key_2, ALT)
    assert "是平时的" in page.said.text  # 9,894 is a lot, but it can have been
    desk.enter()
    desk.enter()
    desk.press(KEY.Key_Return, CONTROL)
    first, second = stored(desk)
    assert (first.kind, first.remark) == (ReadingKind.ESTIMATED, "锁门进不去")
    assert second.rolled_over


def test_chinese_being_composed_is_no_figure_and_no_key(desk: Counter) -> None:
    metered(desk)
    page = opened(desk)
    type_chinese(page.grid.cell, "yibaier", "")
    assert page.grid.typed == {}
    type_chinese(page.grid.cell, "yi", "１２１")
    assert page.grid.cell.text() == "121"


def test_a_line_is_found_by_room_serial_number_or_name(desk: Counter) -> None:
    metered(desk)
    page = opened(desk)
    desk.press(KEY.Key_F, CONTROL)
    desk.type("w-3")
    assert current(page).stand.serial == "W-3"
    desk.enter()
    assert desk.focus is page.grid.cell


def test_f10_leaves_only_what_is_still_to_be_read(desk: Counter) -> None:
    metered(desk)
    page = opened(desk)
    desk.type("121")
    desk.press(KEY.Key_Return, CONTROL)
    desk.press(KEY.Key_F10)
    assert [page.grid.rows.row(at).number for at in range(page.grid.rows.rowCount())] == ["102", "103", "104"]
    desk.press(KEY.Key_F10)
    assert page.grid.rows.rowCount() == 4


def test_kinds_by_number_and_each_keeps_its_own_draft(desk: Counter) -> None:
    metered(desk)
    meter_with(desk.office, rooms_of(desk.office)[0], (SEP, "5"), (OCT, "9"), kind=MeterKind.GAS)
    page = opened(desk)
    desk.type("121")
    desk.press(KEY.Key_2, CONTROL)
    assert page.kinds.value() is MeterKind.GAS
    assert page.grid.typed == {}
    desk.press(KEY.Key_1, CONTROL)
    assert [entry.text for entry in page.grid.typed.values()] == ["121"]


def test_what_was_typed_for_one_kind_is_never_the_draft_of_another(desk: Counter) -> None:
    metered(desk)
    meter_with(desk.office, rooms_of(desk.office)[0], (SEP, "5"), (OCT, "9"), kind=MeterKind.GAS)
    page = opened(desk)
    desk.type("121")
    water = page.round
    desk.press(KEY.Key_2, CONTROL)
    gas = page.round
    with look(desk.office, desk.actor) as reading:
        assert read_round(reading, gas, desk.world.today(), True)[1] is None
        assert read_round(reading, water, desk.world.today(), True)[1] is not None


def test_a_day_of_next_year_is_said_on_every_row(desk: Counter) -> None:
    metered(desk)
    page = opened(desk)
    desk.type("121")
    page.day.set_value(date(2027, 11, 22))
    desk.settle()
    assert "是明年以后的日期" in page.said.text
    desk.press(KEY.Key_Return, CONTROL)
    assert stored(desk) == []


def test_a_meter_is_replaced_from_its_row(desk: Counter) -> None:
    meters = metered(desk)
    page = opened(desk)
    desk.press(KEY.Key_6, ALT)
    dialog = desk.dialog
    assert isinstance(dialog, ReplaceDialog)
    dialog.form.set_values({"end": "118", "start": "2", "serial": "W-99", "reason": "到期轮换"})
    desk.press(KEY.Key_Return, CONTROL)
    with desk.office.reading() as session:
        new = session.scalars(sa.select(Meter).where(Meter.replaces_id == meters[0])).one()
        assert (new.serial, session.get_one(Meter, meters[0]).removed_on) == ("W-99", desk.world.today())
    assert page.grid.rows.row(0).stand.serial == "W-99"
    assert "新表已换上" in desk.window.toast_widget.accessibleName()


def test_the_last_reading_is_corrected_from_its_row(desk: Counter) -> None:
    meters = metered(desk)
    page = opened(desk)
    desk.press(KEY.Key_5, ALT)
    dialog = desk.dialog
    assert isinstance(dialog, CorrectDialog)
    desk.type("111")
    dialog.form.field("reason").set_value("抄错一位")
    desk.press(KEY.Key_Return, CONTROL)
    with desk.office.reading() as session:
        made = session.scalars(sa.select(Reading).where(Reading.reverses_id.is_not(None))).one()
    assert (made.meter_id, made.value) == (meters[0], Decimal(111))
    assert page.grid._last(page.grid.rows.row(0)) == "111"


def test_the_panel_tells_the_story_of_the_row_and_folds_by_f3(desk: Counter) -> None:
    metered(desk)
    page = opened(desk)
    desk.qtbot.waitUntil(lambda: page.panel.story is not None)
    desk.settle()
    assert page.panel.readings.rows.rowCount() == 2
    assert page.panel.chart.accessibleDescription() == "09 月 2.7，10 月 7.3"
    desk.press(KEY.Key_F3)
    assert not page.side.isVisible()
    desk.press(KEY.Key_F3)
    assert page.side.isVisible()


def test_a_photo_is_kept_with_the_last_reading(desk: Counter) -> None:
    metered(desk)
    opened(desk)
    desk.press(KEY.Key_4, ALT)
    dialog = desk.dialog
    assert isinstance(dialog, PhotosDialog)
    picture = QImage(40, 30, QImage.Format.Format_RGB32)
    picture.fill(0x336699)
    dialog.add([picture])
    desk.settle()
    assert len(dialog.rows) == 1
    assert dialog.primary.isEnabled()
    dialog.cancel()


def test_a_meter_is_put_up_and_a_room_that_is_not_there_is_said(desk: Counter) -> None:
    metered(desk)
    page = opened(desk)
    desk.press(KEY.Key_N, CONTROL)
    dialog = desk.dialog
    assert isinstance(dialog, NewMeterDialog)
    dialog.form.set_values({"room": "909", "serial": "W-77", "first": "3"})
    desk.press(KEY.Key_Return, CONTROL)
    assert "没有 909" in dialog.form.rows["room"].said
    dialog.form.set_values({"room": "201"})
    desk.press(KEY.Key_Return, CONTROL)
    assert page.grid.rows.rowCount() == 5


def test_unusual_uses_stand_with_their_reason(desk: Counter) -> None:
    metered(desk)
    room = sorted(rooms_of(desk.office), key=lambda each: each.int)[6]
    days = [date(2026, month, 20) for month in (6, 7, 8, 9, 10)]
    meter_with(desk.office, room, *zip(days, ("0", "10", "20", "30", "90"), strict=True))
    opened(desk)
    desk.press(KEY.Key_U, CONTROL)
    dialog = desk.dialog
    assert isinstance(dialog, UnusualDialog)
    desk.settle()
    assert "中位数" in dialog.why.text
    assert any(row.room == "1 栋 203" for row in dialog.rows)
    dialog.cancel()


def test_the_sheet_to_take_along_is_written_and_read_in_again(desk: Counter, tmp_path: Path) -> None:
    metered(desk)
    page = opened(desk)
    page.write_sheet(tmp_path / "水表.xlsx")
    desk.settle()
    desk.press(KEY.Key_O, CONTROL)
    dialog = desk.dialog
    dialog.read_file(tmp_path / "水表.xlsx")
    desk.settle()
    assert len(dialog.preview.rows) == 4
    assert not dialog.primary.isEnabled()
    dialog.cancel()


def test_a_workbook_is_looked_at_before_it_is_stored(desk: Counter, tmp_path: Path) -> None:
    metered(desk)
    page = opened(desk)
    (tmp_path / "readings.csv").write_text("房号,本次读数,累计\n101,121,1\n102,90,1\n103,180,1\n", "utf-8")
    desk.press(KEY.Key_O, CONTROL)
    dialog = desk.dialog
    desk.type(str(tmp_path / "readings.csv"))
    desk.enter()
    assert dialog.primary.text() == "存 2 个读数"
    assert "其中 1 个要核对" in dialog.note.text()
    dialog.table.choose(1)
    assert "低于上次 110" in dialog.said.text
    desk.press(KEY.Key_Return, CONTROL)
    assert [row.value for row in stored(desk)] == [Decimal(121), Decimal(180)]
    assert tag(page, 0) == "已抄 11-22"
    assert "已导入 2 个读数" in desk.window.toast_widget.accessibleName()


def test_a_column_may_be_chosen_by_hand(desk: Counter, tmp_path: Path) -> None:
    metered(desk)
    opened(desk)
    (tmp_path / "a.csv").write_text("房号,读数,新读数\n101,1,121\n", "utf-8")
    desk.press(KEY.Key_O, CONTROL)
    dialog = desk.dialog
    dialog.read_file(tmp_path / "a.csv")
    desk.settle()
    from desktop.services.meter_import import Column

    assert "低于上次" in dialog.preview.rows[0].words
    dialog.columns[Column.VALUE].set_value(2)
    desk.settle()
    assert dialog.preview.rows[0].words == "正常"
    dialog.cancel()


def test_a_file_that_is_none_is_refused_in_words(desk: Counter, tmp_path: Path) -> None:
    metered(desk)
    opened(desk)
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 broken")
    desk.press(KEY.Key_O, CONTROL)
    dialog = desk.dialog
    for name, words in (("a.xlsx", "打不开"), ("none.xlsx", "打不开")):
        dialog.read_file(tmp_path / name)
        desk.settle()
        assert words in dialog.summary.text.text()
        assert not dialog.primary.isEnabled()
    dialog.cancel()


def test_an_office_without_meters_says_the_first_step(desk: Counter) -> None:
    page = opened(desk)
    assert "Ctrl N 加表" in page.grid.nothing.text()
    assert not page.store.isEnabled()


def test_the_first_reading_on_the_day_a_lease_ended(desk: Counter) -> None:
    """A final reading of today is no reading of the round: the meter is still to be read, from tomorrow on."""
    meters = metered(desk)
    with begin(desk.office, PROGRAM, Op.READ_METERS) as work:
        work.add(
            Reading(
                meter_id=meters[0], lease_id=None, kind=ReadingKind.FINAL, value=Decimal(115),
                read_on=desk.world.today(), reverses_id=None,
            )
        )  # fmt: skip
    page = opened(desk)
    desk.type("116")
    assert "已有读数 115" in page.said.text
    desk.world.advance(timedelta(days=1))


def test_it_fits_at_every_size_of_type(desk: Counter) -> None:
    metered(desk)
    page = opened(desk)
    try:
        for size in TypeSize:
            theme().switch(Shade.LIGHT, size)
            desk.settle()
            hint = page.minimumSizeHint()
            assert hint.width() <= 833
            assert hint.height() <= 430
    finally:
        theme().switch(Shade.LIGHT, TypeSize.STANDARD)
