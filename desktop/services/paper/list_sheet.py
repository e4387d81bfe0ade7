"""A list on paper 名单: the columns and rows that were chosen on screen, as masked as they were there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop.services.paper.fonts import printable
from desktop.services.paper.layout import A4, MM, Block, Grid, PageSetup, Paper, Text, text
from desktop.services.paper.lines import GREY, Style

_SIDEWAYS_FROM = 120.0
"""Widths of columns, in characters of the screen, above which the sheet lies on its side."""
_HEAD = Style(size=8.5, leading=12, align="left", bold=True)
_CELL = Style(size=8.5, leading=12, align="left")


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column: its head, its share of the width, and whether figures stand at its right."""

    head: str
    share: float
    right: bool = False


@dataclass(frozen=True, slots=True)
class ListSheet:
    """What is printed: `about` says which rows these are, `office` and `printed` whose and when by whom."""

    title: str
    about: str
    office: str
    printed: str
    columns: tuple[SheetColumn, ...]
    rows: tuple[tuple[str, ...], ...]


def list_pdf(sheet: ListSheet, *, invariant: bool = False) -> bytes:
    """The list as PDF on A4, lying where it is wide; the heads stand on every page."""
    sheet = printable(sheet, True)
    wide = sum(column.share for column in sheet.columns) > _SIDEWAYS_FROM
    size = (A4[1], A4[0]) if wide else A4
    heads = [text(column.head, _aligned(_HEAD, column)) for column in sheet.columns]
    rows: list[Sequence[Text]] = [heads]
    for row in sheet.rows:
        rows.append([text(words, _aligned(_CELL, column)) for words, column in zip(row, sheet.columns, strict=True)])
    blocks: list[Block] = [
        text(sheet.title, Style(size=15, leading=22, bold=True, align="left", after=2)),
        text(sheet.about, Style(size=9, leading=14, align="left", colour=GREY, after=4)),
        Grid([column.share for column in sheet.columns], rows, head=1, lines="rows", pad_x=3, pad_y=2.5),
    ]
    pdf = Paper(sheet.title, sheet.office, invariant)
    foot = f"{sheet.office} · {sheet.printed}"
    pdf.add_flow(blocks, PageSetup(size, 15 * MM, 15 * MM, 14 * MM, 16 * MM, foot_left=foot))
    return pdf.finish()


def _aligned(style: Style, column: SheetColumn) -> Style:
    return style.but(align="right") if column.right else style
