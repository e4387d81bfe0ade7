"""Service report of repairs as a workbook: the tables of the paper with plain numbers, and every count of the map.

A share or a mean takes two columns, the figure and of how many it is; what there is none of stays empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from desktop.services.exact_sheets import Cell as SheetCell
from desktop.services.exact_sheets import ExactBook
from desktop.services.paper.service_report import Cell, ServiceTable, heat_of, heat_table, tables_of, title_of
from desktop.services.repair_figures import COMMON_WORDS, NO_HOUSE_WORDS, Mean, Minutes, Share, Trends
from desktop.services.repair_words import CATEGORY_WORDS


def service_report_xlsx(trends: Trends, at: datetime) -> bytes:
    """The report as XLSX, made at an instant of the office's zone."""
    title = title_of(trends)
    about = (trends.office, f"{title}　{trends.building or '全部楼栋'}　{trends.since} 至 {trends.until}")
    book = ExactBook(f"{title} {trends.since} 至 {trends.until}", trends.office, at)
    one = trends.building_id is not None
    heat = heat_table(
        heat_of(trends), "楼层" if one else "楼栋", "热力图：楼层 × 类别" if one else "热力图：楼栋 × 类别"
    )
    tables = tables_of(trends)
    for table in (tables[0], heat, *tables[1:]):
        _put(book, table, about)
    names = dict(trends.buildings)
    sheet = book.sheet("楼栋楼层类别", [("楼栋", 20.0), ("楼层", 10.0), ("类别", 14.0), ("单数", 10.0)], about)
    places = {building_id: number for number, (building_id, _) in enumerate(trends.buildings)}
    kinds = list(CATEGORY_WORDS)
    cells = sorted(
        trends.heat,
        key=lambda c: (places.get(c.building_id, len(places)) if c.building_id else len(places),
                       -(c.floor if c.floor is not None else -1000), kinds.index(c.category)),
    )  # fmt: skip
    for cell in cells:
        house = names.get(cell.building_id, NO_HOUSE_WORDS) if cell.building_id else NO_HOUSE_WORDS
        sheet.row(house, COMMON_WORDS if cell.floor is None else cell.floor, CATEGORY_WORDS[cell.category], cell.count)
    return book.finish()


def _put(book: ExactBook, table: ServiceTable, about: tuple[str, ...]) -> None:
    columns: list[tuple[str, float]] = []
    for at, head in enumerate(table.heads):
        kinds = {type(row[at]) for row in table.rows}
        wide = 60.0 if head == "单号" else 22.0 if at == 0 else 12.0
        columns += [(each, wide) for each in _heads(head, kinds)]
    if table.key == "whole":
        columns = [("指标", 24.0), ("数值", 14.0), ("单位", 10.0), ("单数", 10.0)]
    lines = (*about, *([table.note] if table.note else []))
    sheet = book.sheet(table.title.partition("：")[0], columns, lines)
    for number, row in enumerate(table.rows):
        cells = list(_whole(row)) if table.key == "whole" else [each for cell in row for each in _cells(cell)]
        sheet.row(*cells, bold=number in table.marked)
    if not table.rows:
        sheet.row(table.nothing)


def _heads(head: str, kinds: set[type]) -> list[str]:
    if Share in kinds:
        return [f"{head}（%）", f"{head}的单数"]
    if Minutes in kinds:
        return [f"{head}（分钟）", f"{head}的单数"]
    return [head, f"{head}的单数"] if Mean in kinds else [head]


def _cells(cell: Cell) -> Iterator[SheetCell]:
    if isinstance(cell, Share):
        yield from (cell.percent, cell.of)
    elif isinstance(cell, Mean):
        yield from (cell.value, cell.of)
    else:
        yield cell


def _whole(row: tuple[Cell, ...]) -> Iterator[SheetCell]:
    """One figure of the first table: its name, the number, its unit, of how many."""
    name, cell = row
    yield str(name)
    if isinstance(cell, Share):
        yield from (cell.percent, "%", cell.of)
    elif isinstance(cell, Minutes):
        yield from (cell.value, "分钟", cell.of)
    elif isinstance(cell, Mean):
        yield from (cell.value, "分", cell.of)
    else:
        yield from (cell, "单", None)
