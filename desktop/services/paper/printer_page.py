"""The test page of a printer: rulers and two crosses, by which the clerk reads off what to type as offset.

The page is printed with the offset that is set now, so what it tells to type is the new value, not a correction.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from desktop.services.paper.layout import MM, Grid, Paper, text
from desktop.services.paper.lines import BLACK, Style

EDGE = 10
"""mm from the edge of the paper to the frame."""
CROSS = 20
"""mm from the left and the upper edge to the first cross; the other stands as far from the right and lower edge."""

_WIDE = 150
"""mm: on narrower paper the table stands upright."""

SIZES = {"A4": (210.0, 297.0), "A5": (210.0, 148.0), "B5": (176.0, 250.0)}
"""mm; A5 lies on its side, as receipts do."""


@dataclass(frozen=True, slots=True)
class PrinterPage:
    """What the page is about; offsets in mm as they are set now."""

    kind: str
    printer: str
    when: str
    paper: str
    width: float
    height: float
    offset_x: float = 0.0
    offset_y: float = 0.0


def printer_page(page: PrinterPage, *, invariant: bool = False) -> bytes:
    """The test page as PDF."""
    size = (page.width * MM, page.height * MM)

    def draw(canvas: Any) -> None:
        canvas.setStrokeColorRGB(*BLACK)
        canvas.setLineWidth(0.6)
        canvas.rect(EDGE * MM, EDGE * MM, size[0] - 2 * EDGE * MM, size[1] - 2 * EDGE * MM)
        _rulers(canvas, page)
        for x, y in ((CROSS, CROSS), (page.width - CROSS, page.height - CROSS)):
            _cross(canvas, x * MM, size[1] - y * MM)
        _words(canvas, page)

    made = Paper(f"打印测试页 {page.kind}", "", invariant)
    made.add_page(size, draw)
    return made.finish()


def new_offset(now: float, measured: Decimal) -> Decimal:
    """What to type when the cross was measured `measured` mm from the edge with the offset that is set now."""
    return Decimal(str(now)) + CROSS - measured


def _rulers(canvas: Any, page: PrinterPage) -> None:
    """Millimetres along the frame's upper and left side, counted from the edge of the paper, every tenth numbered."""
    top = page.height * MM
    style = Style(size=6.5, leading=8, align="centre")
    for axis, whole in (("x", page.width), ("y", page.height)):
        for at in range(EDGE, int(whole) - EDGE + 1):
            long = (3.5 if at % 10 == 0 else 2.4 if at % 5 == 0 else 1.4) * MM
            if axis == "x":
                canvas.line(at * MM, top - EDGE * MM, at * MM, top - EDGE * MM + long)
                if at % 10 == 0:
                    text(str(at), style).draw(canvas, at * MM - 10, top - EDGE * MM + long + 8, 20)
            else:
                canvas.line(EDGE * MM, top - at * MM, EDGE * MM - long, top - at * MM)
                if at % 10 == 0:
                    text(str(at), style.but(align="right")).draw(canvas, 0, top - at * MM + 4, EDGE * MM - long - 2)


def _cross(canvas: Any, x: float, y: float) -> None:
    arm = 7 * MM
    canvas.line(x - arm, y, x + arm, y)
    canvas.line(x, y - arm, x, y + arm)
    canvas.circle(x, y, 2.5 * MM)


def _words(canvas: Any, page: PrinterPage) -> None:
    narrow = page.width < _WIDE
    body = Style(size=8 if narrow else 9.5, leading=11 if narrow else 14, align="left")
    left = (EDGE + 3 if narrow else 32) * MM
    width = page.width * MM - left - (EDGE + 3 if narrow else 16) * MM
    y = (page.height - (29 if narrow else 14)) * MM
    heading = body.but(size=body.size + 1.5, leading=body.leading + 3, bold=True)
    lines = (
        (f"打印测试页 · {page.kind}", heading),
        (f"{page.printer} · {page.paper} · {page.when}", body),
        (f"现在填的偏移：向右 {_signed(page.offset_x)}，向下 {_signed(page.offset_y)}", body),
        (f"量左上角的十字：离纸的左边、上边都应是 {CROSS} 毫米。量得多少，照下表填：", body.but(bold=True)),
    )
    for words, style in lines:
        paragraph = text(words, style)
        paragraph.draw(canvas, left, y, width)
        y -= paragraph.height(width)
    table = _table(page, body, narrow)
    table.draw(canvas, left, y - 4, width)
    y -= table.height(width) + 8
    apart = " × ".join(_typed(Decimal(str(side - 2 * CROSS))) for side in (page.width, page.height))
    text(
        f"差 0.1 毫米，就多填或少填 0.1。两个十字横竖应相距 {apart} 毫米；不是，就把打印机的缩放设成 100%。", body
    ).draw(canvas, left, y, width)


def _table(page: PrinterPage, body: Style, narrow: bool) -> Grid:
    cell = body.but(align="centre")
    head = cell.but(bold=True)
    measured = [Decimal(CROSS + step) for step in range(-3, 4)]
    right = [_typed(new_offset(page.offset_x, each)) for each in measured]
    down = [_typed(new_offset(page.offset_y, each)) for each in measured]
    columns = [["量得", *map(str, measured)], ["向右填", *right], ["向下填", *down]]
    if narrow:
        rows = [[text(words, head if at == 0 else cell) for words in row]
                for at, row in enumerate(zip(*columns, strict=True))]  # fmt: skip
        return Grid((1, 1, 1), rows, pad_x=2, pad_y=1.2, ink=BLACK, weight=0.6)
    rows = [[text(words, head if at == 0 else cell) for at, words in enumerate(row)] for row in columns]
    return Grid((1.5, *[1.0] * len(measured)), rows, pad_x=2, pad_y=1.8, ink=BLACK, weight=0.6)


def _typed(value: Decimal) -> str:
    """As one types it: 1.5, -2, 0."""
    plain = value.quantize(Decimal("0.1")).normalize()
    return f"{plain:f}" if plain else "0"


def _signed(value: float) -> str:
    return _typed(Decimal(str(value)))
