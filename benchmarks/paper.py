"""Receipts and the four-page lease as PDF, beside what reportlab itself takes for the same words on the same pages.

The floor sets the product's own blocks with bare platypus: its paragraphs, its tables, the same fonts, sizes and text
(ready in memory, no template, no number in words). Each round is another tenant's paper, so that nothing is answered
from memory that a real desk would have to set. Arms run interleaved; milliseconds unless the key says otherwise.
"""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
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
from desktop.services.paper.money import ReceiptPaper, Sheet, receipt_pdf, receipts_pdf  # noqa: E402
from desktop.services.paper.template import render  # noqa: E402
from tests.services.paper import samples  # noqa: E402

BATCH = 200
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
    batch = [a_receipt(number) for number in range(1000, 1000 + BATCH)]
    figures["lease.first"] = ms(lease_pdf, a_lease(999))
    timed = interleave(
        {
            "lease.warm": lambda: lease_pdf(a_lease(next(turn))),
            "lease.platypus_floor": lambda: platypus_lease(contents[next(turn) % 40]),
            "receipt.a5.warm": lambda: receipt_pdf(a_receipt(next(turn)), Sheet.A5),
            "receipt.a4.warm": lambda: receipt_pdf(a_receipt(next(turn)), Sheet.A4),
        },
        n=15,
        warm=2,
    )
    figures |= {key: med(values) for key, values in timed.items()}
    figures |= {f"receipts.batch_{BATCH}": med(interleave({"b": lambda: receipts_pdf(batch, Sheet.A4)}, n=3)["b"])}
    figures["lease.cold_process"] = med(interleave({"cold": cold}, n=3)["cold"])
    figures["lease.pages"] = pages(lease_pdf(a_lease(1)))
    figures["lease.platypus_floor.pages"] = pages(platypus_lease(contents[1]))
    figures["lease.kb"] = len(lease_pdf(a_lease(1))) / 1e3
    figures["lease.ratio"] = figures["lease.warm"] / figures["lease.platypus_floor"]
    figures["lease.ratio.goal"] = 1.2
    figures["receipt.a5.warm.goal"] = figures["receipt.a4.warm.goal"] = 30
    emit(figures)


if __name__ == "__main__":
    lease_pdf(samples.lease()) if "--first" in sys.argv else main()
