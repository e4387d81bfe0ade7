"""The receipt as a ruled form with title, table and sum: on cut sheets, and on tractor paper of several layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from desktop.models.values import NIL
from desktop.services.paper.ink_marks import draw_ink
from desktop.services.paper.layout import HAIR, MM, Block, Grid, Paper, Text, draw_watermark, stack_height, text
from desktop.services.paper.lines import BLACK, GREY, RED, Colour, Run, Style, text_width
from desktop.services.paper.money import (
    NOT_AN_INVOICE,
    ReceiptPaper,
    closing_words,
    date_words,
    paid_label,
    payer_label,
    period_words,
    price_words,
    quantity_words,
    standing_words,
    sum_words,
    tender_words,
    title_words,
)
from desktop.services.paper.receipt_form import Layout, ReceiptForm
from desktop.services.receipt_kinds import PAID_OUT
from desktop.services.rmb import uppercase_rmb

TRACTOR = 12.7
"""mm on either side of tractor paper that tear off with the holes."""
_TIGHT_BELOW = 110
"""mm: a lower form is set smaller."""
_WIDTHS = (25, 31, 15, 13, 16)
_NUMERALS = "一二三四五"
_GO_ON = 18.0
"""Points under the table for 「接下页」."""


@dataclass(frozen=True, slots=True)
class _Look:
    """Sizes and inks of one kind of sheet, in points."""

    body: Style
    small: Style
    head: Style
    title: Style
    top: float
    sign: float
    pad: float
    faint: Colour
    weight: float


def _look(roomy: bool, needles: bool) -> _Look:
    """Needles print no grey: what is faint on a laser sheet is black there, and lines are thicker."""
    faint = BLACK if needles else GREY
    weight = 0.75 if needles else HAIR
    if roomy:
        body = Style(size=9.5, leading=13.5, align="left")
        small = Style(size=8, leading=11.5, align="left", colour=faint)
        title = Style(size=17, leading=24, bold=True, align="centre")
        return _Look(body, small, body.but(size=9, align="centre", colour=faint), title, 48, 40, 2.5, faint, weight)
    body = Style(size=9, leading=11.8, align="left")
    small = Style(size=8, leading=10.5, align="left", colour=faint)
    title = Style(size=14, leading=19, bold=True, align="centre")
    return _Look(body, small, body.but(align="centre", colour=faint), title, 36, 26, 1.6, faint, weight)


@dataclass(frozen=True, slots=True)
class _Box:
    """Where copies lie on a page, in points: left edge, width, height, and the lower edge of each."""

    x: float
    width: float
    height: float
    bottoms: tuple[float, ...]


def _box(form: ReceiptForm) -> _Box:
    if form.layout is Layout.CONTINUOUS:
        side, edge = TRACTOR + 2.3, 6.0 if form.height >= _TIGHT_BELOW else 4.0
    else:
        side, edge = 12.0, 10.0
    each = form.height / form.per_page
    bottoms = tuple((each * place + edge) * MM for place in reversed(range(form.per_page)))
    return _Box(side * MM, (form.width - 2 * side) * MM, (each - 2 * edge) * MM, bottoms)


def add_sheets(pdf: Paper, facts: ReceiptPaper, form: ReceiptForm) -> None:
    """Every copy of one receipt; a long one takes several sheets."""
    box = _box(form)
    layers = form.layout is Layout.CONTINUOUS
    names = ("",) if layers else form.copies
    look = _look(box.height >= (_TIGHT_BELOW - 12) * MM, layers)
    copies = [_Copy(facts, form, name, look, box.width, box.height) for name in names]
    size = (form.width * MM, form.height * MM)
    for number in range(len(copies[0].sheets)):
        for first in range(0, len(copies), form.per_page):
            shown = copies[first : first + form.per_page]
            pdf.add_page(size, partial(_draw_page, copies=shown, number=number, box=box, size=size))


def _draw_page(canvas: Any, copies: Sequence[_Copy], number: int, box: _Box, size: tuple[float, float]) -> None:
    for copy, bottom in zip(copies, box.bottoms, strict=False):
        copy.draw(canvas, number, box.x, bottom)
    for place in range(1, len(box.bottoms)):
        canvas.setStrokeColorRGB(*GREY)
        canvas.setLineWidth(HAIR)
        canvas.setDash(3, 3)
        canvas.line(0, size[1] * place / len(box.bottoms), size[0], size[1] * place / len(box.bottoms))
        canvas.setDash()


class _Copy:
    """One copy of a receipt, laid out for a box; long receipts need several sheets."""

    def __init__(
        self, facts: ReceiptPaper, form: ReceiptForm, name: str, look: _Look, width: float, height: float
    ) -> None:
        self.facts = facts
        self.form = form
        self.name = name
        self.look = look
        self.width = width
        self.height = height
        self.ink = RED if facts.red else BLACK
        self._info = self._info_grid()
        self._foot = self._foot_blocks()
        self._foot_height = stack_height(self._foot, width)
        room = height - look.top - self._info.height(width) - self._foot_height - look.sign
        self.sheets = self._chunks(self._rows(), room)

    def _table(self, rows: Sequence[Sequence[Text]]) -> Grid:
        return Grid(_WIDTHS, rows, head=1, pad_y=self.look.pad, ink=self.look.faint, weight=self.look.weight)

    def draw(self, canvas: Any, number: int, x: float, bottom: float) -> None:
        facts = self.facts
        top = bottom + self.height
        if facts.stamp:
            canvas.saveState()
            canvas.translate(x, bottom)
            outline = self.form.layout is Layout.CONTINUOUS
            draw_watermark(canvas, (self.width, self.height), facts.stamp, red=True, outline=outline)
            canvas.restoreState()
        self._draw_top(canvas, number, x, top)
        y = top - self.look.top
        self._info.draw(canvas, x, y, self.width)
        y -= self._info.height(self.width)
        last = number == len(self.sheets) - 1
        table = self._table([self._header(), *self.sheets[number]])
        table.draw(canvas, x, y, self.width)
        y -= table.height(self.width)
        if last:
            for block in self._foot:
                y -= block.before if block is not self._foot[0] else 0.0
                block.draw(canvas, x, y, self.width)
                y -= block.height(self.width) + block.after
        else:
            text("（接下页，合计见末页）", self.look.small).draw(canvas, x, y - 4, self.width)
        self._draw_signs(canvas, x, bottom)

    def _draw_top(self, canvas: Any, number: int, x: float, top: float) -> None:
        facts, look = self.facts, self.look
        office = look.body.but(align="centre", size=look.body.size + 1, leading=look.body.leading + 1.5)
        text(facts.office, office).draw(canvas, x, top, self.width)
        text(title_words(facts), look.title.but(colour=self.ink)).draw(
            canvas, x, top - office.leading - (2 if look.sign > 30 else 0), self.width
        )
        right = Style(size=8.5, leading=12, align="right")
        marks = [self.name] if self.name else []
        if facts.reprint:
            marks.append(f"补打 {facts.reprint}")
        if len(self.sheets) > 1:
            marks.append(f"第 {number + 1} 张 / 共 {len(self.sheets)} 张")
        text(" · ".join(marks), right.but(bold=True)).draw(canvas, x, top - look.top + 28, self.width)
        number_style = right.but(size=10, colour=self.ink, bold=True)
        text(f"No. {facts.number}", number_style).draw(canvas, x, top - look.top + 15, self.width)

    def _info_grid(self) -> Grid:
        facts = self.facts
        blank = text("", self.look.body)
        cells = [
            self._labelled(payer_label(facts), facts.payer),
            blank,
            self._labelled("房号", facts.room),
            blank,
            self._labelled("日期", date_words(facts.business_date), align="right"),
        ]
        return Grid((40, 2, 35, 2, 21), [cells], lines="none", pad_x=0, pad_y=self.look.pad + 0.5)

    def _rows(self) -> list[list[Text]]:
        body, rows = self.look.body, []
        right, centre = body.but(align="right"), body.but(align="centre")
        for line in self.facts.lines:
            ink = RED if line.amount < NIL else BLACK
            rows.append([
                text(line.item, body), text(period_words(line), centre), text(quantity_words(line), right),
                text(price_words(line), right), text(str(line.amount), right.but(colour=ink)),
            ])  # fmt: skip
        return rows

    def _header(self) -> list[Text]:
        return [text(title, self.look.head) for title in ("收费项目", "所属期间", "数量", "单价（元）", "金额（元）")]

    def _foot_blocks(self) -> list[Block]:
        facts, look = self.facts, self.look
        bold = look.body.but(bold=True, colour=self.ink)
        amount = bold.but(align="right", size=look.body.size + 1.5)
        sums = [[text(f"合计（大写）：{uppercase_rmb(facts.total)}", bold), text(f"¥ {facts.total}", amount)]]
        blocks: list[Block] = [
            Grid(
                (74, 26), sums, before=0, after=look.pad + 1.5, pad_y=look.pad + 1.5, ink=look.faint,
                weight=look.weight,
            )
        ]  # fmt: skip
        tenders, sums_paid = tender_words(facts), sum_words(facts)
        if tenders or sums_paid:
            paid = "　".join([*(["；".join(tenders)] if tenders else []), *sums_paid])
            blocks.append(self._labelled(paid_label(facts), paid))
        if words := standing_words(facts):
            blocks.append(text(words, look.body.but(colour=RED)))
        if facts.remark:
            blocks.append(self._labelled("备注", facts.remark))
        closing = Run(closing_words(facts, self.form.note))
        blocks.append(Text([Run(f"{NOT_AN_INVOICE}。", True), closing], look.small.but(before=look.pad + 0.5)))
        if self.form.stub:
            blocks.append(text(self.form.stub, look.small))
        return blocks

    def _labelled(self, label: str, value: str, align: str = "left") -> Text:
        return Text([Run(f"{label}：", False), Run(value, False)], self.look.body.but(align=align))

    def _draw_signs(self, canvas: Any, x: float, bottom: float) -> None:
        facts, look = self.facts, self.look
        desk = f"　收银台：{facts.desk}" if facts.desk else ""
        back = facts.kind in PAID_OUT
        cells = [
            text(f"{'付款' if back else '收款'}单位（盖章处）：", look.body),
            text(f"收银员：{facts.cashier}{desk}", look.body),
            text(f"{'收款' if back else '付款'}人签字：", look.body),
        ]
        top = bottom + look.sign - (8 if look.sign > 30 else 3)
        places = Grid((40, 34, 26), [cells], lines="none", pad_x=0, pad_y=look.pad)
        places.draw(canvas, x, top, self.width)
        if facts.signature is not None:
            left, tall = self.width * 0.74 + text_width(cells[2].runs[0].text, look.body.size) + 3, look.sign - 6
            draw_ink(canvas, facts.signature, x + left, top - tall + 4, self.width - left, tall)
        if self.form.layout is Layout.CONTINUOUS:
            names = "　".join(
                f"第{numeral}联 {name}" for numeral, name in zip(_NUMERALS, self.form.copies, strict=False)
            )
            text(names, look.small.but(align="right")).draw(canvas, x, bottom + look.small.leading - 2, self.width)

    def _chunks(self, rows: list[list[Text]], room: float) -> list[list[list[Text]]]:
        """Rows for each sheet, at least one a sheet. Only the last sheet carries the sum and what follows it: on the
        others rows take its room, too."""
        head = self._table([self._header()]).height(self.width)
        heights = [self._table([row]).height(self.width) for row in rows]
        chunks: list[list[list[Text]]] = []
        at = 0
        while sum(heights[at:]) + head > room and at < len(rows) - 1:
            taken, used = 1, head + heights[at]
            while at + taken < len(rows) - 1 and used + heights[at + taken] <= room + self._foot_height - _GO_ON:
                used += heights[at + taken]
                taken += 1
            chunks.append(rows[at : at + taken])
            at += taken
        return [*chunks, rows[at:]]
