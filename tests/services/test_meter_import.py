"""Readings from workbooks as people make them: words above columns, text for figures, Excel's days, broken files."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
import xlsxwriter

from desktop.models.values import MeterKind
from desktop.services import meter_import, meter_sheet, reading_entry
from desktop.services.acts import Op
from desktop.services.meter_import import (
    Column,
    ImportPreview,
    WorkbookRefused,
    columns_of,
    day_of,
    number_of,
    read_sheet,
)
from desktop.services.office import Office
from desktop.services.problems import Level
from desktop.services.work import Actor, begin, look
from tests.offices import rooms_of, sit_down
from tests.services.meter_kit import meter_with

SEP, OCT, TODAY = date(2026, 9, 20), date(2026, 10, 20), date(2026, 11, 22)


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "front_desk")


@pytest.fixture
def metered(office: Office) -> Office:
    """Water meters W-301 … with two readings on every room."""
    for room, number in zip(rooms_of(office), [*range(301, 305), *range(201, 205), *range(101, 105)], strict=True):
        meter_with(office, room, (SEP, "100"), (OCT, "110"), serial=f"W-{number}")
    return office


def workbook(*rows: tuple[Any, ...], sheet: str = "水表") -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        page = book.add_worksheet(sheet)
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        for at, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    page.write_datetime(at, column, datetime(cell.year, cell.month, cell.day), days)  # noqa: DTZ001 - Excel
                elif cell is not None:
                    page.write(at, column, cell)
    return made.getvalue()


def preview(office: Office, actor: Actor, data: bytes, name: str = "11月.xlsx") -> ImportPreview:
    with look(office, actor) as reading:
        return meter_import.preview_import(reading, read_sheet(data, name), MeterKind.WATER, None, TODAY)


HEAD = ("房号", "表号", "上次读数", "本次读数", "抄表日期", "备注")


def test_rows_are_judged_and_only_then_stored_as_one_act(metered: Office, clerk: Actor) -> None:
    data = workbook(
        ("望江苑 11 月水表",),
        HEAD,
        ("301", "W-301", 110, 121.5, date(2026, 11, 20), ""),
        (302, None, 110, "１２０", "2026/11/20", "门外抄"),  # a number for a room, full-width digits
        ("303", None, 110, 180, 46346, ""),  # a jump; Excel's number of the day
        ("304", None, 110, 90, "", ""),
        ("201", None, 110, "看不清", "", ""),
        ("999", None, 110, 5, "", ""),
        ("301", None, 110, 122, "", ""),
        ("202", "W-203", 110, 120, "", ""),
        ("203", "W-999", 110, 120, "", ""),
        ("204", None, 110, None, "", ""),
        ("101", None, 110, 120, "2027-01-01", ""),
        ("102", None, 110, 120, "昨天", ""),
        (None, None, None, None, None, None),
        ("合计", None, None, 1000, "", ""),
    )
    found = preview(metered, clerk, data)
    assert [(row.line, row.level) for row in found.rows] == [
        (3, None), (4, None), (5, Level.WARN), (6, Level.ERROR), (7, Level.ERROR), (8, Level.ERROR), (9, Level.ERROR),
        (10, Level.ERROR), (11, Level.ERROR), (12, Level.NOTE), (13, Level.ERROR), (14, Level.ERROR),
    ]  # fmt: skip
    words = {row.line: row.words for row in found.rows}
    for line, part in (
        (5, "是平时的 6.8 倍"), (6, "低于上次 110"), (7, "「看不清」不是数字"), (8, "找不到房间 999"),
        (9, "和第 3 行是同一块表"), (10, "表号 W-203 在 1 栋 203"), (11, "是 W-203，不是 W-999"), (12, "没有填读数"),
        (13, "明年"), (14, "不是日期"),
    ):  # fmt: skip
        assert part in words[line], words[line]
    assert [row.day for row in found.rows[:3]] == [date(2026, 11, 20)] * 2 + [date(2026, 11, 20)]
    ready = found.readings()
    assert [(each.value, each.remark) for each in ready] == [
        (Decimal("121.5"), ""), (Decimal(120), "门外抄"), (Decimal(180), ""),
    ]  # fmt: skip
    with begin(metered, clerk, Op.READ_METERS) as work:
        assert len(reading_entry.enter_readings(work, ready)) == 3
    again = preview(metered, clerk, data)
    assert again.count(None) == 0
    assert "已有读数" in again.rows[0].words


def test_the_sheet_to_take_along_comes_back(metered: Office, clerk: Actor) -> None:
    with look(metered, clerk) as reading:
        data = meter_sheet.sheet_to_take(reading, None, MeterKind.WATER)
    sheet = read_sheet(data, "抄表单.xlsx")
    assert sheet.header == meter_sheet.HEADER
    assert sheet.header_row == 3
    assert columns_of(sheet.header) == {
        Column.BUILDING: 0, Column.ROOM: 1, Column.SERIAL: 2, Column.VALUE: 5, Column.DAY: 6, Column.REMARK: 7,
    }  # fmt: skip
    assert [row[1] for row in sheet.rows][:2] == ["101", "102"]
    found = preview(metered, clerk, data)
    assert (len(found.rows), found.count(Level.NOTE)) == (12, 12)  # nothing was filled in yet
    assert found.readings() == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_of_any_usual_encoding(metered: Office, clerk: Actor, encoding: str) -> None:
    text = '楼栋,房号,本期读数\r\n1 栋,301,120\r\n1栋,３０２,"1,20"\r\n'
    found = preview(metered, clerk, text.encode(encoding), "水表.csv")
    assert [(row.place, row.level) for row in found.rows] == [("1 栋 301", None), ("1 栋 302", None)]


def test_a_room_of_two_buildings_or_two_meters_is_not_guessed(metered: Office, clerk: Actor) -> None:
    meter_with(metered, rooms_of(metered)[0], (OCT, "5"), serial="W-301B")
    found = preview(metered, clerk, workbook(("房号", "读数"), ("301", 120)))
    assert (found.rows[0].level, "不止一块水表" in found.rows[0].words) == (Level.ERROR, True)
    found = preview(metered, clerk, workbook(("表号", "读数"), ("w-301b", 6)))
    assert found.rows[0].level is None


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.xlsx", "空"),
        (b"\x50\x4b\x03\x04 broken", "a.xlsx", "打不开"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.xls", "打不开"),
        (b"not a table at all", "a.xlsx", "打不开"),
        (b"\x00\xff\xfe\x00\x80", "a.csv", "编码"),
        (workbook(("姓名", "电话"), ("a", "b")), "a.xlsx", "找不到表头"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(data: bytes, name: str, words: str) -> None:
    with pytest.raises(WorkbookRefused, match=words):
        read_sheet(data, name)


def test_a_file_above_20_mb_is_refused() -> None:
    with pytest.raises(WorkbookRefused, match="最多 20 MB"):
        read_sheet(b"x" * (20 * 1024 * 1024 + 1), "a.xlsx")


def test_a_good_workbook_cut_short_is_refused() -> None:
    data = workbook(("房号", "本次读数"), *((str(n), n) for n in range(200)))
    for part in (len(data) // 3, len(data) // 2, len(data) - 30):
        with pytest.raises(WorkbookRefused):
            read_sheet(data[:part], "a.xlsx")


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (368.4, "368.4"), (368, "368"), ("１，３６８．５", "1368.5"), ("368.5 m³", "368.5"), ("368吨", "368"),
        ("一百", None), (True, None), (None, None), (float("nan"), None), ("Infinity", None),
    ],
)  # fmt: skip
def test_figures_as_people_write_them(cell: Any, number: str | None) -> None:
    assert number_of(cell) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (46346, date(2026, 11, 20)),
        (46346.0, date(2026, 11, 20)),
        ("46346", date(2026, 11, 20)),
        ("2026年11月20日", date(2026, 11, 20)),
        ("２０２６－１１－２０", date(2026, 11, 20)),
        ("2026.11.20", date(2026, 11, 20)),
        ("20261120", date(2026, 11, 20)),
        ("11-20", date(2026, 11, 20)),
        (datetime(2026, 11, 20, 8), date(2026, 11, 20)),  # noqa: DTZ001 - Excel
        ("", TODAY),
        ("2026-02-30", None),
        ("某天", None),
        (12, None),
    ],
)
def test_days_as_people_write_them(cell: Any, day: date | None) -> None:
    assert day_of(cell, TODAY)[0] == day


def test_columns_are_found_by_words_that_people_use() -> None:
    header = ("序号", "楼 栋", "房间号", "水表号", "上月读数", "本月读数", "用量", "抄表 日期")
    assert columns_of(header) == {
        Column.BUILDING: 1, Column.ROOM: 2, Column.SERIAL: 3, Column.VALUE: 5, Column.DAY: 7,
    }  # fmt: skip
