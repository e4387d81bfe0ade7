"""A run of 1,000 bill notices in one file, beside the bare canvas told to set the very same strings, lines and squares.

The floor has every string, line and place ready in memory and lays nothing out; the square of each notice it has from
reportlab's own encoder, as the product has. Arms run A B A B; CPU milliseconds, so that other work on the machine
counts little, and `noise` says how much there was. `find` and `papers` are the reading of 1,000 notices out of an
office, which the floor has none of.
"""

from __future__ import annotations

import io
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks" / "floors")]
os.environ.setdefault("BENCH_DIR", str(Path(tempfile.gettempdir()) / "anju-bench"))

from common import emit, med, name, noise  # noqa: E402 - reads BENCH_DIR when imported

from desktop.models.values import NIL, Money, total  # noqa: E402
from desktop.services.paper import fonts, layout, qr  # noqa: E402
from desktop.services.paper.bill_notice import BillNoticePaper, NoticeLine, PayWays, notices_pdf  # noqa: E402
from tests.services.paper.samples import pay_ways  # noqa: E402

BATCH, HOUSES, ROUNDS = 1000, 10, 5
MONTH = "2026-12-01 至 2026-12-31"


def a_notice(number: int) -> BillNoticePaper:
    """Another household, readings and sums for each number: rent, fees, water, power, every third in arrears."""
    dice = random.Random(number)
    water, power, area = dice.randrange(3, 30), dice.randrange(40, 400), dice.randrange(300, 1400)
    due = date(2026, 12, 5)
    lines = [
        NoticeLine("租金", Money(150_000 + number * 100), MONTH, f"1 月 × {Money(150_000 + number * 100)}", due),
        NoticeLine("住宅物业费", Money(area * 25), MONTH, f"{area / 10} m²·月 × 2.50", due),
        NoticeLine(
            "自来水费", Money(water * 345), "2026-10-26 至 2026-11-25", f"{water} m³ × 3.45", due,
            f"上次读数 {number + 1000:,}；本次读数 {number + 1000 + water:,}；用量 {water} m³",
        ),
        NoticeLine(
            "电费", Money(power * 59), "2026-10-26 至 2026-11-25", f"{power} 度 × 0.59", due,
            f"上次读数 {number + 5000:,}；本次读数 {number + 5000 + power:,}；用量 {power} 度",
        ),
    ]  # fmt: skip
    if number % 3 == 0:
        lines.append(
            NoticeLine("租金 第 3 期", Money(90_000), "2026-11-01 至 2026-11-30", "", date(2026, 11, 5), arrears=True)
        )
    return BillNoticePaper(
        "安居翠湖物业服务有限公司", f"{number * HOUSES // BATCH + 1} 栋", f"{number % 33 + 1}{number % 4 + 1:02d}",
        name(dice), date(2026, 11, 26), due, tuple(lines), total(line.amount for line in lines if line.arrears),
        total(line.amount for line in lines), NIL, f"ANJU:B:{dice.getrandbits(128):032X}",
    )  # fmt: skip


def stacks_of(first: int) -> list[list[BillNoticePaper]]:
    """A thousand notices of ten houses, no two rounds the same."""
    houses: dict[str, list[BillNoticePaper]] = {}
    for number in range(BATCH):
        paper = a_notice(number)
        code = f"ANJU:B:{random.Random(first + number).getrandbits(128):032X}"
        houses.setdefault(paper.building, []).append(
            replace(paper, code=code, debtor=name(random.Random(first - number)))
        )
    return list(houses.values())


@dataclass
class Strokes:
    """What a run puts on its pages."""

    size: tuple[float, float]
    texts: list[tuple[str, float, float, float, str]] = field(default_factory=list)
    lines: list[tuple[float, ...]] = field(default_factory=list)
    codes: list[tuple[str, float, float, float]] = field(default_factory=list)


def strokes_of(stacks: list[list[BillNoticePaper]], ways: PayWays) -> list[Strokes]:
    """Watch the product set these notices once, and remember every string, line and square."""
    from reportlab.pdfgen.canvas import Canvas

    from desktop.services.paper import bill_notice

    found: list[Strokes] = []
    here = Strokes((0, 0))
    set_lines, line, add_page, draw = layout.draw_lines, Canvas.line, layout.Paper.add_page, bill_notice.draw_code

    def watch_text(canvas: Any, made: Any, style: Any, x: float, top: float) -> None:
        baseline = top - (style.leading - style.size) / 2 - 0.86 * style.size
        for number, each in enumerate(made):
            for piece in each.pieces:
                place = (x + piece.x, baseline - number * style.leading)
                here.texts.append((piece.font, style.size, *place, piece.text))
        set_lines(canvas, made, style, x, top)

    def watch_line(canvas: Any, *ends: float) -> None:
        here.lines.append(ends)
        line(canvas, *ends)

    def watch_code(canvas: Any, text: str, x: float, top: float, side: float) -> None:
        here.codes.append((text, x, top, side))
        draw(canvas, text, x, top, side)

    def watch_page(paper: Any, size: tuple[float, float], drawing: Any) -> None:
        nonlocal here
        here = Strokes(size)
        add_page(paper, size, drawing)
        found.append(here)

    layout.draw_lines, Canvas.line, layout.Paper.add_page = watch_text, watch_line, watch_page
    bill_notice.draw_code = watch_code
    try:
        notices_pdf(stacks, ways)
    finally:
        layout.draw_lines, Canvas.line, layout.Paper.add_page = set_lines, line, add_page
        bill_notice.draw_code = draw
    return found


def bare_canvas(pages: list[Strokes], ways: PayWays, code: Callable[[str], Any] | None) -> bytes:
    """The floor: reportlab's canvas, told what to set where; `code` gives the squares, None leaves them out."""
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()
    canvas = Canvas(buffer, pageCompression=1, initialFontName=fonts.REGULAR)
    for method, data in ways.codes:
        canvas.beginForm(method)
        canvas.drawImage(ImageReader(io.BytesIO(data)), 0, 0, 54, 54)
        canvas.endForm()
    for page in pages:
        canvas.setPageSize(page.size)
        canvas.setLineWidth(0.5)
        for ends in page.lines:
            canvas.line(*ends)
        for font, points, x, y, words in page.texts:
            canvas.setFont(font, points)
            canvas.drawString(x, y, words)
        for text, x, top, side in page.codes if code is not None else ():
            rows = code(text)
            module = side / len(rows)
            path = canvas.beginPath()
            for number, row in enumerate(rows):
                for at, dark in enumerate(row):
                    if dark:
                        path.rect(x + at * module, top - (number + 1) * module, module, module)
            canvas.drawPath(path, stroke=0, fill=1)
            for method, _data in ways.codes:
                canvas.doForm(method)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def library_code(text: str) -> Any:
    """reportlab's encoder as it comes."""
    from reportlab.graphics.barcode import qrencoder

    code = qrencoder.QRCode(None, qrencoder.QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    return code.modules


def cpu(function: Callable[[], object]) -> float:
    """CPU milliseconds."""
    began = time.process_time()
    function()
    return (time.process_time() - began) * 1e3


def main() -> None:
    figures: dict[str, Any] = {"noise": noise()}
    fonts.load_fonts()
    ways = pay_ways()
    product: list[float] = []
    floor: list[float] = []
    ready: list[float] = []
    wall: list[float] = []
    strokes = strokes_of(stacks_of(0), ways)
    for turn in range(ROUNDS):
        stacks = stacks_of((turn + 1) * 100_000)
        strokes = strokes_of(stacks, ways)  # the same words as the product sets in this round
        qr.code_rows.cache_clear()
        known = {text: qr.code_rows(text) for page in strokes for text, *_ in page.codes}
        qr.code_rows.cache_clear()
        began = time.perf_counter()
        product.append(cpu(lambda stacks=stacks: notices_pdf(stacks, ways)))  # type: ignore[misc]
        wall.append((time.perf_counter() - began) * 1e3)
        floor.append(cpu(lambda strokes=strokes: bare_canvas(strokes, ways, library_code)))  # type: ignore[misc]
        ready.append(cpu(lambda strokes=strokes, known=known: bare_canvas(strokes, ways, known.__getitem__)))  # type: ignore[misc]
    key = f"notices.run_{BATCH}"
    figures |= {key: med(product), f"{key}.wall": med(wall), f"{key}.canvas_floor": med(floor)}
    figures[f"{key}.ratio"] = med([one / other for one, other in zip(product, floor, strict=True)])
    figures[f"{key}.ratio.goal"] = 1.2
    figures[f"{key}.canvas_floor.squares_ready"] = med(ready)
    figures[f"{key}.ratio.squares_ready"] = med([one / other for one, other in zip(product, ready, strict=True)])
    figures["notices.squares"] = med([cpu(lambda: [qr.code_rows.__wrapped__(f"ANJU:B:{n:032X}") for n in range(BATCH)])
                                      for _ in range(3)])  # fmt: skip
    figures["notices.pages"] = len(strokes)
    figures["notices.kb"] = len(notices_pdf(stacks_of(0), ways)) / 1e3
    emit(figures)


if __name__ == "__main__":
    main()
