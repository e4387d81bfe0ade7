"""The test page of a printer: a frame 10 mm from every edge and rulers, by which the offset is read off."""

from __future__ import annotations

from typing import Any

from reportlab.lib.pagesizes import A4, A5

from desktop.services.paper.layout import Paper, text
from desktop.services.paper.lines import GREY, Style

MM = 72 / 25.4
EDGE = 10
"""mm from the edge of the paper to the frame, where nothing is moved."""

SIZES = {"A4": A4, "A5": (A5[1], A5[0])}
"""A5 lies on its side, as receipts do."""


def printer_page(kind: str, printer: str, when: str, paper: str = "A4", *, invariant: bool = False) -> bytes:
    """The test page as PDF: `kind` is the kind of paper in words, `paper` A4 or A5."""
    size = SIZES.get(paper, A4)

    def draw(canvas: Any) -> None:
        wide, high = size
        canvas.setLineWidth(0.6)
        canvas.rect(EDGE * MM, EDGE * MM, wide - 2 * EDGE * MM, high - 2 * EDGE * MM)
        for step in range(51):
            long = (4 if step % 10 == 0 else 2.5 if step % 5 == 0 else 1.5) * MM
            x, y = (EDGE + step) * MM, high - (EDGE + step) * MM
            canvas.line(x, high - EDGE * MM, x, high - EDGE * MM - long)
            canvas.line(EDGE * MM, y, EDGE * MM + long, y)
        style = Style(size=11, leading=18, align="left", after=4)
        top = high - 32 * MM
        for at, line in enumerate(
            (
                f"打印测试页 · {kind}",
                f"打印机：{printer}",
                f"纸张：{paper}，{when}",
                "框线应离纸边各 10 毫米。量一下左边和上边：",
                "左边量得 8 毫米，就把向右的偏移加 2；上边量得 11 毫米，就把向下的偏移减 1。",
            )
        ):
            look = style.but(bold=True) if at == 0 else style if at < 4 else style.but(size=9.5, colour=GREY)
            text(line, look).draw(canvas, 30 * MM, top - at * 20, wide - 45 * MM)

    made = Paper(f"打印测试页 {kind}", "", invariant)
    made.add_page(size, draw)
    return made.finish()
