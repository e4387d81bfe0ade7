"""Statements 对账单 as workbooks: the sections of the paper, a sheet each."""

from __future__ import annotations

from datetime import datetime

from desktop.services.exact_sheets import Cell, ExactBook
from desktop.services.paper.statement import NOT_A_RECEIPT, TITLE, StatementPaper, sections_of


def statement_xlsx(paper: StatementPaper, at: datetime) -> bytes:
    """The statement as XLSX, made at an instant of the office's zone: money as numbers, days as days."""
    book = ExactBook(f"{TITLE} {paper.since} 至 {paper.until}", paper.office, at)
    sections = sections_of(paper)
    first = book.sheet("汇总", [("项目", 22), ("金额（元）", 16), ("", 40)], (paper.office, TITLE))
    first.row("对账对象", None, f"{paper.who}　{paper.about}".strip())
    first.row("期间", None, f"{paper.since} 至 {paper.until}")
    first.row("出单日", None, f"{paper.made_on}")
    for heads, section in sections:
        first.row(f"{heads.title}：期初{heads.balance}", section.opening)
        first.row(f"{heads.title}：{heads.plus}", section.plus)
        first.row(f"{heads.title}：{heads.less}", section.less)
        first.row(f"{heads.title}：期末{heads.balance}", section.closing, bold=True)
        if heads.held:
            first.row(f"{heads.title}：期末{heads.held}", section.held_closing, bold=True)
    first.row("期末未付合计", paper.open, bold=True)
    first.row(NOT_A_RECEIPT)
    for heads, section in sections:
        columns = [("日期", 12.0), ("事项", 20.0), ("收据号", 20.0), ("说明", 44.0)]
        columns += [(name, 14.0) for name in (heads.plus, heads.less, heads.balance)]
        columns += [(heads.held, 14.0)] if heads.held else []
        sheet = book.sheet(heads.title.replace("、", "和"), columns)
        still: list[Cell] = [section.held_opening] if heads.held else []
        sheet.row(None, "期初", None, None, None, None, section.opening, *still, bold=True)
        for each in section.movements:
            held: list[Cell] = [each.held] if heads.held else []
            sheet.row(
                each.day, each.what, each.number or None, each.detail or None, each.plus or None, each.less or None,
                each.balance, *held,
            )  # fmt: skip
        still = [section.held_closing] if heads.held else []
        sheet.row(None, "合计 / 期末", None, None, section.plus, section.less, section.closing, *still, bold=True)
    return book.finish()
