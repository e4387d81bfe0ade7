"""The sheet to take along 抄表单: every meter of a book with its last reading, an empty column for what it shows today.

The columns bear the words by which the import finds them again. Nobody's name is on it: it goes through the house.
"""

from __future__ import annotations

import io
from datetime import date
from uuid import UUID

from desktop.models.values import MeterKind, Right
from desktop.services.handover import METER_UNITS, METER_WORDS
from desktop.services.meter_book import MeterBook, meter_book
from desktop.services.rights import needs
from desktop.services.work import Look

HEADER = ("楼栋", "房号", "表号", "上次日期", "上次读数", "本次读数", "抄表日期", "备注")
_WIDTHS = (10, 10, 16, 12, 12, 14, 12, 24)


@needs(Right.READ_METERS)
def sheet_to_take(look: Look, building_id: UUID | None, kind: MeterKind, day: date | None = None) -> bytes:
    """An .xlsx of the meters of a building and kind, by floor and room; what was read this month stands in it."""
    return write_sheet(meter_book(look, building_id, kind, day))


def write_sheet(book: MeterBook) -> bytes:
    """A meter book as a workbook."""
    import xlsxwriter

    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet(METER_WORDS[book.kind])
        title = workbook.add_format({"bold": True, "font_size": 14})
        head = workbook.add_format({"bold": True, "border": 1, "bg_color": "#E8EEF6", "align": "center"})
        text = workbook.add_format({"border": 1, "num_format": "@"})
        number = workbook.add_format({"border": 1, "num_format": "0.###"})
        days = workbook.add_format({"border": 1, "num_format": "yyyy-mm-dd"})
        fill = workbook.add_format({"border": 1, "bg_color": "#FFF8DC", "num_format": "0.###"})
        sheet.write(0, 0, f"{METER_WORDS[book.kind]}抄表单（{METER_UNITS[book.kind]}） {book.day:%Y-%m}", title)
        for column, (words, width) in enumerate(zip(HEADER, _WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write(2, column, words, head)
        for at, row in enumerate(book.rows, 3):
            last, now = row.stand.last, row.now
            # Numbers of rooms are text: 0101 keeps its zero.
            for column, words in enumerate((row.building, row.number, row.stand.serial or "")):
                sheet.write_string(at, column, words, text)
            if last is not None:
                sheet.write_datetime(at, 3, last.read_on, days)
                sheet.write_number(at, 4, float(last.value), number)
            else:
                sheet.write_blank(at, 3, None, days)
                sheet.write_blank(at, 4, None, number)
            if now is not None:
                sheet.write_number(at, 5, float(now.value), fill)
                sheet.write_datetime(at, 6, now.read_on, days)
            else:
                sheet.write_blank(at, 5, None, fill)
                sheet.write_blank(at, 6, None, days)
            sheet.write_blank(at, 7, None, text)
        sheet.freeze_panes(3, 2)
        sheet.repeat_rows(2)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
    return made.getvalue()
