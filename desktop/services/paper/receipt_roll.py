"""The receipt on a roll 卷纸: as long as its content, the copies one under the other with a line to cut along."""

from __future__ import annotations

from typing import Any

from desktop.models.values import NIL
from desktop.services.ink import Ink
from desktop.services.paper.ink_marks import SignedGrid
from desktop.services.paper.layout import MM, Block, Gap, Grid, Paper, Text, draw_watermark, stack_height, text
from desktop.services.paper.lines import BLACK, RED, Colour, Run, Style
from desktop.services.paper.money import (
    NOT_AN_INVOICE,
    ReceiptLine,
    ReceiptPaper,
    closing_words,
    date_words,
    payer_label,
    period_words,
    price_words,
    quantity_words,
    standing_words,
    sum_words,
    tender_words,
    title_words,
)
from desktop.services.paper.receipt_form import ReceiptForm
from desktop.services.receipt_kinds import PAID_OUT
from desktop.services.rmb import uppercase_rmb

EDGE = 4.0
"""mm on either side that no thermal printer reaches: an 80 mm roll prints on 72."""

_BODY = Style(size=9, leading=12.6, align="left")
_SMALL = Style(size=8, leading=11.2, align="left")
_TITLE = Style(size=14, leading=20, bold=True, align="centre")
_CUT = 20.0
"""Points between two copies, the line to cut along in the middle."""


class _Dashes(Gap):
    """A dashed line across the roll."""

    def draw(self, canvas: Any, x: float, top: float, width: float) -> None:
        canvas.setStrokeColorRGB(*BLACK)
        canvas.setLineWidth(0.6)
        canvas.setDash(2.5, 2)
        canvas.line(x, top - self.points / 2, x + width, top - self.points / 2)
        canvas.setDash()


def add_roll(pdf: Paper, facts: ReceiptPaper, form: ReceiptForm) -> None:
    """Every copy of one receipt on one strip."""
    width = (form.width - 2 * EDGE) * MM
    copies = [_blocks(facts, form, name) for name in form.copies]
    heights = [stack_height(blocks, width) for blocks in copies]
    whole = sum(heights) + _CUT * (len(copies) - 1) + 2 * EDGE * MM

    def draw(canvas: Any) -> None:
        top = whole - EDGE * MM
        for number, (blocks, height) in enumerate(zip(copies, heights, strict=True)):
            if number:
                _cut_line(canvas, form.width * MM, top - _CUT / 2)
                top -= _CUT
            if facts.stamp:
                canvas.saveState()
                across = min(height, 0.9 * width)  # as wide as the strip, in the middle of the copy
                canvas.translate(EDGE * MM, top - (height + across) / 2)
                draw_watermark(canvas, (width, across), facts.stamp, red=True, outline=True)
                canvas.restoreState()
            y = top
            for index, block in enumerate(blocks):
                y -= block.before if index else 0.0
                block.draw(canvas, EDGE * MM, y, width)
                y -= block.height(width) + block.after
            top -= height

    pdf.add_page((form.width * MM, whole), draw)


def _cut_line(canvas: Any, width: float, y: float) -> None:
    canvas.setStrokeColorRGB(*BLACK)
    canvas.setLineWidth(0.5)
    canvas.setDash(5, 3)
    canvas.line(0, y, width, y)
    canvas.setDash()
    text("✂", _BODY).draw(canvas, 6, y + 6.4, 20)


def _blocks(facts: ReceiptPaper, form: ReceiptForm, name: str) -> list[Block]:
    ink = RED if facts.red else BLACK
    mark = f"补打 {facts.reprint}" if facts.reprint else ""
    blocks: list[Block] = [
        text(facts.office, _BODY.but(align="centre")),
        text(title_words(facts), _TITLE.but(colour=ink)),
        _pair(name, mark, _BODY.but(bold=True)),
        text(f"No. {facts.number}", _BODY.but(bold=True, colour=ink)),
        text(f"日期：{date_words(facts.business_date)}", _BODY),
        text(f"{payer_label(facts)}：{facts.payer}", _BODY),
    ]
    if facts.room:
        blocks.append(text(f"房号：{facts.room}", _BODY))
    blocks.append(_Dashes(7))
    for line in facts.lines:
        blocks += _line(line)
    blocks += [
        _Dashes(7),
        _pair("合计", f"¥ {facts.total}", _BODY.but(bold=True, size=11, leading=15, colour=ink), widths=(22, 78)),
        text(uppercase_rmb(facts.total), _BODY.but(bold=True, colour=ink, after=2)),
        *(text(words, _SMALL) for words in (*tender_words(facts), *sum_words(facts))),
    ]
    if words := standing_words(facts):
        blocks.append(text(words, _BODY.but(colour=RED)))
    if facts.remark:
        blocks.append(text(f"备注：{facts.remark}", _SMALL))
    desk = f"　收银台：{facts.desk}" if facts.desk else ""
    back = "收款" if facts.kind in PAID_OUT else "付款"
    blocks += [
        _Dashes(7),
        text(f"收银员：{facts.cashier}{desk}", _SMALL),
        _sign(f"{back}人签字：", facts.signature),
        Text([Run(f"{NOT_AN_INVOICE}。", True), Run(closing_words(facts, form.note))], _SMALL),
    ]
    if form.stub:
        blocks.append(text(form.stub, _SMALL.but(align="centre")))
    return blocks


def _sign(words: str, signature: Ink | None) -> Block:
    """The line to sign on, or the signature that was given before the clerk."""
    if signature is None:
        return text(f"{words}＿＿＿＿＿＿＿＿", _SMALL.but(before=5, after=5))
    style = _SMALL.but(leading=26)
    return SignedGrid(Grid([1.0], [[text(words, style)]], lines="none", pad_x=0, pad_y=2), [(0, signature)], 0, 62, 28)


def _line(line: ReceiptLine) -> list[Block]:
    """Item and amount; beneath, what it was reckoned from."""
    ink = RED if line.amount < NIL else BLACK
    blocks: list[Block] = [_pair(line.item, str(line.amount), _BODY, ink)]
    if period := period_words(line):
        blocks.append(text(period, _SMALL.but(left=6)))
    if line.quantity is not None and line.unit_price is not None:
        blocks.append(text(f"{quantity_words(line)} × {price_words(line)}", _SMALL.but(left=6)))
    return blocks


def _pair(
    left: str, right: str, style: Style, ink: Colour | None = None, widths: tuple[float, float] = (66, 34)
) -> Grid:
    cells = [text(left, style), text(right, style.but(align="right", colour=ink or style.colour))]
    return Grid(widths, [cells], lines="none", pad_x=0, pad_y=0, before=0, after=0)
