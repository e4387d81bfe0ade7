"""Receipts and the four-page lease as PDF, beside what reportlab itself takes for the same words on the same pages.

The floor of the lease sets the product's own blocks with bare platypus: its paragraphs, its tables, the same fonts,
sizes and text (ready in memory, no template, no number in words). The floor of a batch of receipts is the bare canvas
told to set every string and line of those very pages, its places ready in memory: no layout at all. Each round is
another tenant's paper, so that nothing is answered from memory that a real desk would have to set. Arms run
interleaved; milliseconds unless the key says otherwise.
"""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks" / "floors")]
os.environ.setdefault("BENCH_DIR", str(Path(tempfile.gettempdir()) / "anju-bench"))

from common import emit, interleave, med, ms, name, noise  # noqa: E402 - reads BENCH_DIR when imported

from desktop.models.values import Money, total  # noqa: E402
from desktop.services.paper import fonts  # noqa: E402
from desktop.services.paper.layout import Block, Grid, Group, PageSetup, Text  # noqa: E402
from desktop.services.paper.lease import (  # noqa: E402
    LeasePaper,
    default_lease_template,
    lease_facts,
    lease_pdf,
)
from desktop.services.paper.markup import read_markup  # noqa: E402
from desktop.services.paper.money import ReceiptPaper  # noqa: E402
from desktop.services.paper.receipt_form import SHIPPED, ReceiptForm, shipped  # noqa: E402
from desktop.services.paper.receipts import receipt_pdf, receipts_pdf  # noqa: E402
from desktop.services.paper.template import render  # noqa: E402
from tests.services.paper import samples  # noqa: E402

BATCH = 1000
SETUP = PageSetup()


def words_of(block: Block) -> Any:
    """The plain content of a block: what the floor is handed, ready in memory."""
    if isinstance(block, Text):
        return ("text", block.label, [tuple(run) for run in block.runs], block.style)
    if isinstance(block, Grid):
        rows = [[words_of(cell) for cell in row] for row in block.rows]
        return ("grid", tuple(block.widths), rows, block.head, block.lines, (block.pad_x, block.pad_y))
    if isinstance(block, Group):
        return ("group", [words_of(part) for part in block.blocks])
    return ("gap",)


def lease_words(paper: LeasePaper) -> list[Any]:
    blocks, _clauses = read_markup(render(default_lease_template(), lease_facts(paper)))
    return [words_of(block) for block in blocks]


def paragraph(content: Any, styles: dict[Any, Any]) -> Any:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    _kind, label, runs, style = content
    made = styles.get(style)
    if made is None:
        made = styles[style] = ParagraphStyle(
            f"s{len(styles)}", fontName=fonts.BOLD if style.bold else fonts.REGULAR, fontSize=style.size,
            leading=style.leading, alignment={"left": 0, "centre": 1, "right": 2, "justify": 4}[style.align],
            leftIndent=style.left, firstLineIndent=style.first, spaceBefore=style.before, spaceAfter=style.after,
            wordWrap="CJK", bulletFontName=fonts.REGULAR, bulletFontSize=style.size,
        )  # fmt: skip
    marked = "".join(
        f'<font name="{fonts.BOLD}">{escape(text)}</font>' if bold else escape(text) for text, bold in runs
    )
    return Paragraph(marked, made, bulletText=label or None)


def platypus_lease(content: list[Any]) -> bytes:
    """The floor: reportlab's own paragraphs, tables and page flow."""
    from reportlab.platypus import KeepTogether, SimpleDocTemplate, Spacer, Table

    styles: dict[Any, Any] = {}
    width = SETUP.width

    def flowable(item: Any) -> Any:
        if item[0] == "text":
            return paragraph(item, styles)
        if item[0] == "grid":
            _kind, widths, rows, head, lines, (pad_x, pad_y) = item
            whole = sum(widths)
            cells = [[paragraph(cell, styles) for cell in row] for row in rows]
            style: list[tuple[Any, ...]] = [
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("LEFTPADDING", (0, 0), (-1, -1), pad_x),
                ("RIGHTPADDING", (0, 0), (-1, -1), pad_x),
                ("TOPPADDING", (0, 0), (-1, -1), pad_y),
                ("BOTTOMPADDING", (0, 0), (-1, -1), pad_y),
            ]
            if lines == "all":
                style.append(("GRID", (0, 0), (-1, -1), 0.5, (0.4, 0.4, 0.4)))
            return Table(cells, [width * share / whole for share in widths], repeatRows=head, style=style)
        if item[0] == "group":
            return KeepTogether([flowable(part) for part in item[1]])
        return Spacer(1, 6)

    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer, pagesize=SETUP.size, leftMargin=SETUP.left - 6, rightMargin=SETUP.right - 6, topMargin=SETUP.top - 6,
        bottomMargin=SETUP.bottom - 6,  # its frame keeps six points inside
    )  # fmt: skip
    document.build([flowable(item) for item in content])
    return buffer.getvalue()


def a_lease(number: int) -> LeasePaper:
    """Another tenant, rent and number for each number."""
    base, who, rent = samples.lease(), name(random.Random(number)), Money.yuan(1500 + number)
    return replace(
        base,
        number=f"CHY-ZL-2026-{number:05d}",
        tenants=(replace(base.tenants[0], name=who, phone=f"138{number:08d}"),),
        occupants=(replace(base.occupants[0], name=who), *base.occupants[1:]),
        rent=rent,
        deposit=rent,
        penalty=rent,
        schedule=tuple(replace(line, amount=rent * 3) for line in base.schedule),
    )


def a_receipt(number: int) -> ReceiptPaper:
    """Another payer, number and amount for each number."""
    base = samples.receipt()
    lines = tuple(replace(line, amount=line.amount + Money(number)) for line in base.lines)
    return replace(
        base,
        number=f"CHY-01-2026-{number:06d}",
        payer=name(random.Random(number)),
        lines=lines,
        total=total(line.amount for line in lines),
    )


@dataclass
class Strokes:
    """What a batch of receipts puts on its pages: strings and lines with their places."""

    pages: list[tuple[tuple[float, float], list[tuple[str, float, float, float, str]], list[tuple[float, ...]]]]


def strokes_of(papers: list[ReceiptPaper], form: ReceiptForm) -> Strokes:
    """Watch the product set these receipts once, and remember every string and line."""
    from reportlab.pdfgen.canvas import Canvas

    from desktop.services.paper import layout

    found = Strokes([])
    texts: list[tuple[str, float, float, float, str]] = []
    lines: list[tuple[float, ...]] = []
    set_lines, line, add_page = layout.draw_lines, Canvas.line, layout.Paper.add_page

    def watch_text(canvas: Any, made: Any, style: Any, x: float, top: float) -> None:
        baseline = top - (style.leading - style.size) / 2 - 0.86 * style.size
        for number, each in enumerate(made):
            for piece in each.pieces:
                texts.append((piece.font, style.size, x + piece.x, baseline - number * style.leading, piece.text))
        set_lines(canvas, made, style, x, top)

    def watch_line(canvas: Any, *ends: float) -> None:
        lines.append(ends)
        line(canvas, *ends)

    def watch_page(paper: Any, size: tuple[float, float], draw: Any) -> None:
        texts.clear()
        lines.clear()
        add_page(paper, size, draw)
        found.pages.append((size, list(texts), list(lines)))

    layout.draw_lines, Canvas.line, layout.Paper.add_page = watch_text, watch_line, watch_page
    try:
        receipts_pdf(papers, form)
    finally:
        layout.draw_lines, Canvas.line, layout.Paper.add_page = set_lines, line, add_page
    return found


def canvas_receipts(strokes: Strokes) -> bytes:
    """The floor: the bare canvas, told what to set where."""
    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()
    canvas = Canvas(buffer, pageCompression=1, initialFontName=fonts.REGULAR)
    for size, texts, lines in strokes.pages:
        canvas.setPageSize(size)
        canvas.setLineWidth(0.75)
        for ends in lines:
            canvas.line(*ends)
        for font, points, x, y, words in texts:
            canvas.setFont(font, points)
            canvas.drawString(x, y, words)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def cpu(function: Callable[[], object]) -> float:
    """CPU milliseconds: other work on the machine does not count."""
    began = time.process_time()
    function()
    return (time.process_time() - began) * 1e3


def one_receipt(turn: Iterator[int], form: ReceiptForm) -> bytes:
    return receipt_pdf(a_receipt(next(turn)), form)


def batches(figures: dict[str, Any]) -> None:
    """1,000 receipts in one file on every form, A B A B beside the bare canvas on the same pages."""
    papers = [a_receipt(number) for number in range(1000, 1000 + BATCH)]
    for form in SHIPPED:
        strokes = strokes_of(papers, form)
        product, floor = [], []
        for _ in range(3):
            product.append(cpu(partial(receipts_pdf, papers, form)))
            floor.append(cpu(partial(canvas_receipts, strokes)))
        name = f"receipts.batch_{BATCH}.{form.key}"
        figures[name], figures[f"{name}.canvas_floor"] = med(product), med(floor)
        figures[f"{name}.ratio"] = med([one / other for one, other in zip(product, floor, strict=True)])
    figures["receipts.batch.pages"] = len(strokes_of(papers[:10], shipped("a5")).pages) / 10 * BATCH


def pages(pdf: bytes) -> int:
    return len(samples.pdf_text(pdf))


def cold() -> float:
    """Start of a process to the bytes of its first lease, with a warm file cache."""
    began = time.perf_counter()
    subprocess.run([sys.executable, __file__, "--first"], check=True, cwd=ROOT, timeout=120)
    return (time.perf_counter() - began) * 1e3


cold.self_timed = True  # type: ignore[attr-defined] - read by common.interleave


def main() -> None:
    figures: dict[str, Any] = {"noise": noise()}
    began = time.perf_counter()
    fonts.load_fonts()
    figures["fonts.load"] = (time.perf_counter() - began) * 1e3
    turn = count()
    contents = [lease_words(a_lease(number)) for number in range(40)]
    figures["lease.first"] = ms(lease_pdf, a_lease(999))
    timed = interleave(
        {
            "lease.warm": lambda: lease_pdf(a_lease(next(turn))),
            "lease.platypus_floor": lambda: platypus_lease(contents[next(turn) % 40]),
            **{
                f"receipt.{form.key}.warm": lambda form=form: receipt_pdf(a_receipt(next(turn)), form)
                for form in SHIPPED
            },
        },
        n=15,
        warm=2,
    )
    figures |= {key: med(values) for key, values in timed.items()}
    for form in SHIPPED:
        figures[f"receipt.{form.key}.cpu"] = med([cpu(partial(one_receipt, turn, form)) for _ in range(15)])
    batches(figures)
    figures["lease.cold_process"] = med(interleave({"cold": cold}, n=3)["cold"])
    figures["lease.pages"] = pages(lease_pdf(a_lease(1)))
    figures["lease.platypus_floor.pages"] = pages(platypus_lease(contents[1]))
    figures["lease.kb"] = len(lease_pdf(a_lease(1))) / 1e3
    figures["lease.ratio"] = figures["lease.warm"] / figures["lease.platypus_floor"]
    figures["lease.ratio.goal"] = 1.2
    figures |= {f"receipt.{form.key}.warm.goal": 30 for form in SHIPPED}
    emit(figures)


if __name__ == "__main__":
    lease_pdf(samples.lease()) if "--first" in sys.argv else main()
