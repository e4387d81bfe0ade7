"""Readings from a workbook 导入读数: columns found by the words above them, each row judged, stored only when asked.

.xlsx, .xls and .csv; figures may be text, full-width, or Excel's own days. What a row means is said in words beside it.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from uuid import UUID

from desktop.models.values import MeterKind, Right
from desktop.services.errors import DomainError
from desktop.services.handover import METER_WORDS
from desktop.services.meter_book import meters_to_read
from desktop.services.problems import Level
from desktop.services.reading_checks import JumpLimits, MeterStand, NewReading, reading_problem
from desktop.services.reading_entry import jump_limits, stands_of
from desktop.services.rights import needs
from desktop.services.work import Look

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 20_000
_HEADER_WITHIN = 15
"""The words above the columns stand within so many rows from the top: a title may be over them."""
_EXCEL_DAY_0 = date(1899, 12, 30)


class Column(StrEnum):
    """What a column holds."""

    ROOM = "room"
    BUILDING = "building"
    SERIAL = "serial"
    VALUE = "value"
    DAY = "day"
    REMARK = "remark"


COLUMN_WORDS: Mapping[Column, tuple[str, ...]] = {
    Column.VALUE: (
        "本次读数", "本期读数", "本月读数", "本次抄表", "本期抄表", "本次示数", "止码", "止数", "现读数", "读数",
    ),
    Column.DAY: ("抄表日期", "抄表日", "抄表时间", "读数日期", "日期"),
    Column.BUILDING: ("楼栋", "楼号", "栋号", "楼"),
    Column.ROOM: ("房号", "房间号", "房间", "门牌", "户号", "室号"),
    Column.SERIAL: ("表号", "表计编号", "表具编号", "水表号", "电表号", "气表号"),
    Column.REMARK: ("备注", "说明"),
}  # fmt: skip
"""Words that stand above a column; the earlier in a list the surer."""


class WorkbookRefused(DomainError):
    """The file is too big, broken, or no workbook at all."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A workbook's first filled sheet: the words above its columns, and its rows as they stand."""

    name: str
    header: tuple[str, ...]
    header_row: int
    """1-based, as a person counts."""
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One row of the preview."""

    line: int
    """Of the sheet, as a person counts."""
    place: str
    """As found in the office, or as it stands in the sheet."""
    shown: str
    """The figure as it stands in the sheet."""
    day: date | None
    last: str
    use: Decimal | None
    level: Level | None
    """None: as usual."""
    words: str
    """Why not, what is strange, or 正常."""
    reading: NewReading | None
    """None: cannot be stored."""

    @property
    def stored(self) -> bool:
        """Whether it would be stored: as usual, or strange and confirmed by the one who imports."""
        return self.reading is not None and self.level is not Level.ERROR


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What an import would do."""

    sheet: str
    columns: Mapping[Column, int]
    rows: tuple[ImportRow, ...]

    def count(self, level: Level | None) -> int:
        """How many rows are judged so; None: as usual."""
        return sum(row.level is level for row in self.rows)

    def readings(self) -> list[NewReading]:
        """What is stored when it is confirmed: every row but those with an error."""
        return [replace(row.reading, confirmed=True) for row in self.rows if row.reading is not None and row.stored]


# ---- the file -----------------------------------------------------------------------------------------------------


def read_sheet(data: bytes, name: str) -> Sheet:
    """The first sheet with words above its columns. Raises WorkbookRefused."""
    if len(data) > MOST_BYTES:
        raise WorkbookRefused(f"文件有 {len(data) // 1024 // 1024} MB，最多 20 MB：只留要导入的表格再试")
    if not data:
        raise WorkbookRefused("文件是空的：换一个文件")
    sheets = [("", _csv_rows(data))] if name.lower().endswith((".csv", ".txt")) else _workbook_rows(data)
    best: Sheet | None = None
    for title, rows in sheets:
        found = _with_header(title, rows)
        if found is not None and (best is None or len(columns_of(found.header)) > len(columns_of(best.header))):
            best = found
    if best is None:
        raise WorkbookRefused("找不到表头：第一行写上「房号」「本次读数」这样的列名，或用「带走的抄表单」")
    if len(best.rows) > MOST_ROWS:
        raise WorkbookRefused(f"有 {len(best.rows):,} 行，一次最多 {MOST_ROWS:,} 行：分几个文件导入")
    return best


def _workbook_rows(data: bytes) -> list[tuple[str, list[list[Any]]]]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names]
    except PasswordError as error:
        raise WorkbookRefused("文件有密码：在 Excel 里去掉密码，另存后再导入") from error
    except (CalamineError, OSError, ValueError) as error:
        raise WorkbookRefused("文件打不开，可能已损坏，或不是 Excel 表格：用 Excel 打开另存一份再试") from error
    except BaseException as error:
        # The reader is written in Rust: what it did not foresee in a broken file comes as a panic, past Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise WorkbookRefused("文件打不开，可能已损坏：用 Excel 打开另存一份再试") from error


def _csv_rows(data: bytes) -> list[list[Any]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        mark = max(",\t;", key=text[:4000].count)
        return [list(row) for row in csv.reader(io.StringIO(text), delimiter=mark)]
    raise WorkbookRefused("文字编码认不出：用 Excel 打开，另存为 .xlsx 再导入")


def _with_header(title: str, rows: Sequence[Sequence[Any]]) -> Sheet | None:
    for at, row in enumerate(rows[:_HEADER_WITHIN]):
        header = tuple(_text(cell) for cell in row)
        columns = columns_of(header)
        if Column.VALUE in columns and (Column.ROOM in columns or Column.SERIAL in columns):
            return Sheet(title, header, at + 1, tuple(tuple(each) for each in rows[at + 1 :]))
    return None


def columns_of(header: Sequence[str]) -> dict[Column, int]:
    """Which column holds what, by the words above it; each column once."""
    words = [unicodedata.normalize("NFKC", each).replace(" ", "").replace("\n", "") for each in header]
    found: dict[Column, int] = {}
    for exact in (True, False):
        for column, known in COLUMN_WORDS.items():
            if column in found:
                continue
            for word in known:
                at = next(
                    (
                        n
                        for n, each in enumerate(words)
                        if n not in found.values() and (each == word if exact else word in each and not _of_last(each))
                    ),
                    None,
                )
                if at is not None:
                    found[column] = at
                    break
    return found


def _of_last(words: str) -> bool:
    """上次读数 holds a word of the column that is looked for, and is another one."""
    return any(each in words for each in ("上次", "上期", "上月", "起码", "起数", "前次"))


# ---- the rows -----------------------------------------------------------------------------------------------------


@needs(Right.READ_METERS)
def preview_import(
    look: Look, sheet: Sheet, kind: MeterKind, building_id: UUID | None, day: date,
    columns: Mapping[Column, int] | None = None,
) -> ImportPreview:  # fmt: skip
    """Every row of a sheet held against the meters of one kind (of one building); `day` where a row tells none.

    Nothing is stored. `columns`: what a person chose; otherwise by the words above them.
    """
    chosen = dict(columns) if columns is not None else columns_of(sheet.header)
    known = meters_to_read(look, building_id, kind)
    stands = stands_of(look, [each.id for each in known])
    by_serial: dict[str, list[UUID]] = {}
    by_room: dict[str, list[UUID]] = {}
    for each in known:
        if each.serial:
            by_serial.setdefault(key_of(each.serial), []).append(each.id)
        for name in (each.number, f"{each.building}{each.number}"):
            by_room.setdefault(key_of(name), []).append(each.id)
    judge = _Judge(stands, by_serial, by_room, kind, day, look.world.today(), jump_limits(look))
    rows = [
        judge.row(sheet.header_row + 1 + at, {column: _cell(cells, place) for column, place in chosen.items()})
        for at, cells in enumerate(sheet.rows)
        if any(_text(cell) for cell in cells)
    ]
    return ImportPreview(sheet.name, chosen, tuple(row for row in rows if row is not None))


def _cell(cells: Sequence[Any], place: int) -> Any:
    return cells[place] if 0 <= place < len(cells) else ""


def key_of(text: str) -> str:
    """A room or serial number as it is compared: full-width as half-width, without spaces, 1 栋 1203 as 1栋1203."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(each for each in plain if not each.isspace() and each not in "-—_#号室")


@dataclass(slots=True)
class _Judge:
    """Says of each row what becomes of it."""

    stands: Mapping[UUID, MeterStand]
    by_serial: Mapping[str, list[UUID]]
    by_room: Mapping[str, list[UUID]]
    kind: MeterKind
    day: date
    today: date
    limits: JumpLimits
    seen: dict[UUID, int] | None = None

    def row(self, line: int, cells: Mapping[Column, Any]) -> ImportRow | None:
        room, serial = _text(cells.get(Column.ROOM, "")), _text(cells.get(Column.SERIAL, ""))
        building, shown = _text(cells.get(Column.BUILDING, "")), _text(cells.get(Column.VALUE, ""))
        place = " ".join(each for each in (building, room or serial) if each)
        if not shown and not place:
            return None

        def refused(words: str, day: date | None = None, stand: MeterStand | None = None) -> ImportRow:
            where = stand.place if stand is not None else place
            return ImportRow(line, where, shown, day, _last(stand), None, Level.ERROR, words, None)

        if not room and not serial:
            return None if key_of(shown) in ("合计", "总计", "小计") else refused("这一行没有房号，也没有表号")
        if key_of(room) in ("合计", "总计", "小计"):
            return None
        meter_id, why = self._meter(building, room, serial)
        if meter_id is None:
            return refused(why)
        stand = self.stands[meter_id]
        if not shown:
            return ImportRow(
                line, stand.place, "", None, _last(stand), None, Level.NOTE, "没有填读数，不导入", None
            )  # fmt: skip
        day, why = day_of(cells.get(Column.DAY, ""), self.day)
        if day is None:
            return refused(why, None, stand)
        value = number_of(cells.get(Column.VALUE, ""))
        if value is None:
            return refused(f"「{shown}」不是数字：读数列只写数字", day, stand)
        self.seen = self.seen if self.seen is not None else {}
        if meter_id in self.seen:
            return refused(f"和第 {self.seen[meter_id]} 行是同一块表：留一行", day, stand)
        self.seen[meter_id] = line
        reading = NewReading(meter_id, value, day, remark=_text(cells.get(Column.REMARK, ""))[:100])
        problem = reading_problem(stand, reading, self.today, self.limits)
        use = stand.use_of(value)
        if problem is None:
            return ImportRow(line, stand.place, shown, day, _last(stand), use, None, "正常", reading)
        kept = None if problem.stops else reading
        return ImportRow(line, stand.place, shown, day, _last(stand), use, problem.level, problem.text, kept)

    def _meter(self, building: str, room: str, serial: str) -> tuple[UUID | None, str]:
        """The meter that a row is about, or why it cannot be told."""
        word = METER_WORDS[self.kind]
        by_serial = self.by_serial.get(key_of(serial), []) if serial else []
        wanted = key_of(f"{building}{room}")
        by_room = (
            list(dict.fromkeys(self.by_room.get(wanted, []) or self.by_room.get(key_of(room), []))) if room else []
        )
        if len(by_serial) == 1:
            if room and by_room and by_serial[0] not in by_room:
                return None, f"表号 {serial} 在 {self.stands[by_serial[0]].place}，不在 {room}：核对房号和表号"
            return by_serial[0], ""
        if serial and not room:
            return None, f"找不到表号 {serial} 的{word}"
        if serial and len(by_room) == 1 and self.stands[by_room[0]].serial:
            return None, f"{room} 的{word}是 {self.stands[by_room[0]].serial}，不是 {serial}：换过表就先办「换表」"
        if not by_room:
            return None, f"找不到房间 {room}，或它没有{word}"
        if len(by_room) > 1:
            return None, f"{room} 不止一块{word}或不止一栋楼有：加上「楼栋」或「表号」一列"
        return by_room[0], ""


def _last(stand: MeterStand | None) -> str:
    return "" if stand is None or stand.last is None else f"{stand.last.value.normalize():f}"


def _text(cell: Any) -> str:
    """A cell as a person reads it: 1203.0 as 1203."""
    if cell is None or isinstance(cell, bool):
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return unicodedata.normalize("NFKC", str(cell)).strip()


def number_of(cell: Any) -> Decimal | None:
    """A figure from a cell: a number, or text with full-width digits, commas, a unit behind it; None for others."""
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, int | float):
        # What Excel shows is the shortest text of the double, not its last bit: 368.4 is not 368.39999999999998.
        return Decimal(repr(cell)) if isinstance(cell, int) or (cell == cell and abs(cell) != float("inf")) else None
    text = _text(cell).replace(",", "").replace(" ", "")
    for unit in ("立方米", "立方", "m3", "m³", "吨", "千瓦时", "kwh", "kWh", "度"):
        text = text.removesuffix(unit)
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def day_of(cell: Any, usual: date) -> tuple[date | None, str]:
    """The day of a cell: a date, Excel's number of days, or text; the usual day where nothing stands. (None, why)."""
    if isinstance(cell, datetime):
        return cell.date(), ""
    if isinstance(cell, date):
        return cell, ""
    text = _text(cell)
    if not text:
        return usual, ""
    if isinstance(cell, int | float) or (text.isdecimal() and len(text) == 5):
        days = int(float(text))
        if 20_000 < days < 80_000:
            return _EXCEL_DAY_0 + timedelta(days=days), ""
    plain = text.split("T")[0].split(" ")[0]
    for mark in "年月/.":
        plain = plain.replace(mark, "-")
    parts = plain.replace("日", "").strip("-").split("-")
    if len(parts) == 1 and len(parts[0]) == 8 and parts[0].isdecimal():
        parts = [parts[0][:4], parts[0][4:6], parts[0][6:]]
    if len(parts) == 2:
        parts = [str(usual.year), *parts]
    try:
        return date(*(int(part) for part in parts)), ""
    except (ValueError, TypeError):
        return None, f"「{text}」不是日期：写成 2026-11-20 这样"
