"""Workbooks that leave the program: money as exact numbers with two decimals, days as days, text never as a formula.

    book = ExactBook("对账单", office, at)
    sheet = book.sheet("往来", [("日期", 12), ("金额", 14)])
    sheet.row(date(2026, 11, 22), Money(123450))
    data = book.finish()

Written in memory: nothing of it lies on the disk before the clerk has said where.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from desktop.models.values import Money

Cell = str | int | Money | Decimal | date | None
"""What a cell may hold; None stays empty."""


class ExactBook:
    """One workbook being made."""

    def __init__(self, title: str, author: str, at: datetime) -> None:
        """`at`: when it was made; the same content then gives the same bytes."""
        import xlsxwriter

        self._buffer = io.BytesIO()
        self._book: Any = xlsxwriter.Workbook(self._buffer, {"in_memory": True})
        self._book.set_properties({"title": title, "author": author, "created": at.replace(tzinfo=None)})
        font = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "vcenter"}
        self.looks = {
            (kind, bold): self._book.add_format({**font, **looks, "bold": bold})
            for kind, looks in _LOOKS.items()
            for bold in (False, True)
        }
        self.head: Any = self._book.add_format({**font, "bold": True, "bottom": 1, "text_wrap": True})

    def sheet(self, name: str, columns: Sequence[tuple[str, float]], about: Sequence[str] = ()) -> ExactSheet:
        """A sheet with lines about it, and under them the heads of its columns (title, width in characters)."""
        made: Any = self._book.add_worksheet(name, _worksheet())
        sheet = ExactSheet(made, self)
        for words in about:
            sheet.row(words, bold=True)
        for at, (title, wide) in enumerate(columns):
            made.set_column(at, at, wide)
            made.write_string(sheet.at, at, title, self.head)
        sheet.at += 1
        made.freeze_panes(sheet.at, 0)
        made.set_landscape()
        made.set_paper(9)
        made.fit_to_pages(1, 0)
        made.repeat_rows(sheet.at - 1)
        return sheet

    def finish(self) -> bytes:
        """The file."""
        self._book.close()
        return self._buffer.getvalue()


_LOOKS: dict[str, dict[str, Any]] = {
    "text": {}, "money": {"num_format": "#,##0.00;[Red]-#,##0.00"}, "number": {"num_format": "General"},
    "day": {"num_format": "yyyy-mm-dd", "align": "left"},
}  # fmt: skip


class ExactSheet:
    """One sheet, filled row by row; `at` is the next row, 0-based."""

    def __init__(self, made: Any, book: ExactBook) -> None:
        self._made, self._book, self.at = made, book, 0

    def row(self, *cells: Cell, bold: bool = False) -> None:
        """The next row."""
        for column, cell in enumerate(cells):
            self._write(column, cell, bold)
        self.at += 1

    def gap(self) -> None:
        """An empty row."""
        self.at += 1

    def _write(self, column: int, cell: Cell, bold: bool) -> None:
        made, looks = self._made, self._book.looks
        if cell is None:
            return
        if isinstance(cell, str):
            made.write_string(self.at, column, cell, looks["text", bold])
        elif isinstance(cell, Money):
            made.write_number(self.at, column, Decimal(cell.fen).scaleb(-2), looks["money", bold])
        elif isinstance(cell, date):
            made.write_datetime(self.at, column, cell, looks["day", bold])
        else:
            made.write_number(self.at, column, Decimal(cell), looks["number", bold])


def _worksheet() -> Any:
    """xlsxwriter's sheet, which writes a Decimal digit for digit: its own way rounds to sixteen digits."""
    from xlsxwriter.worksheet import Worksheet

    class DigitsSheet(Worksheet):  # type: ignore[misc]
        def _xml_number_element(self, number: Any, attributes: Any = ()) -> None:
            if isinstance(number, Decimal):
                told = "".join(f' {key}="{value}"' for key, value in attributes)
                self.fh.write(f"<c{told}><v>{number:f}</v></c>")
            else:
                super()._xml_number_element(number, attributes)

    return DigitsSheet
