"""Month sums 月报 as a workbook: the tables of the paper, each building by fee, and every sum once as plain rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from desktop.models.values import FeeType
from desktop.services.exact_sheets import ExactBook
from desktop.services.paper.month_sums import (
    FEE_HEADS,
    SOURCE_WORDS,
    STORED,
    MonthSums,
    SumTable,
    fee_figures,
    title_of,
)


def month_sums_xlsx(sums: MonthSums, tables: Sequence[SumTable], words: Mapping[FeeType, str], at: datetime) -> bytes:
    """The report as XLSX, made at an instant of the office's zone: money as numbers. `words` names the fees."""
    about = (sums.office, f"{title_of(sums)}　{sums.building or '全部楼栋'}　{sums.since} 至 {sums.until}　单位：元")
    book = ExactBook(f"{title_of(sums)} {sums.since} 至 {sums.until}", sums.office, at)
    for table in tables:
        columns = [(table.name, 20.0), *((head, 15.0) for head in table.heads)]
        sheet = book.sheet(_SHEETS[table.key], columns, (*about, table.title))
        for name, figures in table.lines:
            sheet.row(name, *figures)
        if table.whole is not None:
            sheet.row(table.whole[0], *table.whole[1], bold=True)
    names = dict(sums.buildings)
    sheet = book.sheet("楼栋与费用", [("楼栋", 20.0), ("费用", 14.0), *((head, 15.0) for head in FEE_HEADS)], about)
    for where, name in sums.buildings:
        for fee in FeeType:
            if (where, fee) in sums.fees:
                sheet.row(name, words[fee], *fee_figures(sums.fees[where, fee]))
    columns = [("楼栋", 20.0), ("费用", 14.0), ("方式", 14.0), ("金额", 15.0)]
    sheet = book.sheet("楼栋、费用与方式", columns, about)
    for cell in sums.cells:
        use = "存入预存" if cell.use == STORED else words[FeeType(cell.use)]
        sheet.row(names.get(cell.building_id, ""), use, SOURCE_WORDS[cell.source], cell.amount)
    if sums.problems:
        sheet = book.sheet("与分录不符", [("差异", 60.0)])
        for each in sums.problems:
            sheet.row(each)
    return book.finish()


_SHEETS = {
    "fees": "费用", "deposits": "押金应收", "held": "押金在管", "methods": "收款方式", "credit": "预存款",
    "buildings": "楼栋", "sources": "费用与方式",
}  # fmt: skip
