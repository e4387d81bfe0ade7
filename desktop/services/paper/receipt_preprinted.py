"""套打: values set into the blanks of a receipt that was printed by a print shop; nothing else is drawn.

What does not fit is set smaller, then cut with 「…」 and told: a blank must not run into the next one unseen. Items
beyond the last line of the form are summed up in it, so that the printed lines always add up to the printed total.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from desktop.models.values import NIL, Money, Period, total
from desktop.services.paper.layout import MM, Paper, text
from desktop.services.paper.lines import BLACK, RED, Colour, Style, text_width
from desktop.services.paper.money import (
    NOT_AN_INVOICE,
    ReceiptLine,
    ReceiptPaper,
    date_words,
    period_words,
    price_words,
    quantity_words,
    standing_words,
    tender_words,
    title_words,
)
from desktop.services.paper.receipt_form import BOXES, FIELD_WORDS, FieldPlace, ReceiptForm
from desktop.services.rmb import uppercase_rmb

LEAST_SIZE = 6.5
_SHRINK = 0.7
"""A value is set down to this share of its size before it is cut."""

_CAPITALS = "零壹贰叁肆伍陆柒捌玖"
EMPTY_BOX = "⊗"
"""Crosses out the boxes before the first figure, so that nobody writes one in."""


@dataclass(frozen=True, slots=True)
class Set:
    """One value as it will stand: millimetres of its room, the size it came down to, and whether it was cut."""

    name: str
    text: str
    x: float
    y: float
    width: float
    size: float
    align: str
    cut: bool
    ink: Colour = BLACK


def add_preprinted(pdf: Paper, facts: ReceiptPaper, form: ReceiptForm, backdrop: Any = None) -> None:
    """One page of values. `backdrop` is a scan of the form, drawn beneath on screen only."""
    size = (form.width * MM, form.height * MM)
    values = list(values_set(facts, form))

    def draw(canvas: Any) -> None:
        if backdrop is not None:
            canvas.drawImage(backdrop, 0, 0, *size)
        for value in values:
            style = Style(size=value.size, leading=value.size * 1.2, align=value.align, colour=value.ink)
            # Half a point of grace: a text of exactly the width would be broken by rounding.
            top = size[1] - value.y * MM + 0.96 * value.size  # the base line of a text lies 0.96 em below its top
            text(value.text, style).draw(canvas, value.x * MM - 0.25, top, value.width * MM + 0.5)

    pdf.add_page(size, draw)


def cut_fields(facts: ReceiptPaper, form: ReceiptForm) -> list[str]:
    """What the clerk must know before the form goes out: names of blanks that were too small, items summed up."""
    words = []
    for value in values_set(facts, form):
        if value.cut and (said := f"「{FIELD_WORDS[value.name]}」写不下，印到「{value.text[-4:]}」为止") not in words:
            words.append(said)
    if len(facts.lines) > form.rows:
        words.append(f"这张单子只有 {form.rows} 行，第 {form.rows} 行起合并为「其余 {_rest(facts, form)} 项」")
    return words


def _rest(facts: ReceiptPaper, form: ReceiptForm) -> int:
    return len(facts.lines) - form.rows + 1


def values_set(facts: ReceiptPaper, form: ReceiptForm) -> Iterator[Set]:
    """Every value with its place, as it will be printed."""
    plain = _plain_values(facts)
    for place in form.fields:
        if place.name == "boxes":
            yield from _boxes(facts.total, place)
        elif place.name.startswith("line."):
            yield from _column(facts, form, place)
        elif plain.get(place.name):
            ink = RED if facts.red and place.name in ("total", "uppercase", "number", "title") else BLACK
            yield _fitted(place, plain[place.name], place.y, RED if place.name == "mark" else ink)


def _plain_values(facts: ReceiptPaper) -> dict[str, str]:
    day = facts.business_date
    marks = [f"补打 {facts.reprint}"] if facts.reprint else []
    if facts.reverses:
        marks.append("冲红")
    if facts.stamp:
        marks.append(facts.stamp)
    periods = [line.period for line in facts.lines if line.period]
    span = Period(min(p.start for p in periods), max(p.end for p in periods)) if periods else None
    return {
        "number": facts.number, "date": date_words(day), "year": str(day.year), "month": str(day.month),
        "day": str(day.day), "payer": facts.payer, "room": facts.room,
        "period": f"{span.start} 至 {span.end}" if span else "",
        "total": f"¥{facts.total}", "uppercase": uppercase_rmb(facts.total),
        "method": "；".join(tender_words(facts)), "received": str(facts.received or ""),
        "change": str(facts.change) if facts.change else "",
        "remark": "；".join(part for part in (standing_words(facts), facts.remark) if part),
        "cashier": facts.cashier, "desk": facts.desk, "title": title_words(facts), "office": facts.office,
        "mark": " · ".join(marks), "note": NOT_AN_INVOICE,
    }  # fmt: skip


def _column(facts: ReceiptPaper, form: ReceiptForm, place: FieldPlace) -> Iterator[Set]:
    lines = list(facts.lines)
    if len(lines) > form.rows:
        rest = lines[form.rows - 1 :]
        lines[form.rows - 1 :] = [ReceiptLine(f"其余 {len(rest)} 项", total(line.amount for line in rest))]
    for number, line in enumerate(lines):
        words = {
            "line.item": line.item, "line.period": period_words(line), "line.quantity": quantity_words(line),
            "line.unit_price": price_words(line), "line.amount": str(line.amount),
        }[place.name]  # fmt: skip
        if words:
            ink = RED if place.name == "line.amount" and line.amount < NIL else BLACK
            yield _fitted(place, words, place.y + number * form.row_step, ink)


def _boxes(amount: Money, place: FieldPlace) -> Iterator[Set]:
    """One capital a box, 分 in the last one; the boxes before the first figure are crossed out."""
    figures = str(abs(amount.fen)).rjust(3, "0")
    ink = RED if amount < NIL else BLACK
    cut = len(figures) > BOXES - (amount < NIL)
    figures = figures[-BOXES:]
    for number in range(BOXES):
        at = number - (BOXES - len(figures))
        word = _CAPITALS[int(figures[at])] if at >= 0 else EMPTY_BOX
        if amount < NIL and at == -1:
            word = "负"
        x = place.x + number * place.step
        yield Set(place.name, word, x, place.y, max(place.step, 3.0), place.size, "centre", cut and number == 0, ink)


def _fitted(place: FieldPlace, words: str, y: float, ink: Colour) -> Set:
    room, size = place.width * MM, place.size
    words = words.replace("\n", " ")
    wide = text_width(words, 1.0)
    if wide * size > room:
        size = max(LEAST_SIZE, place.size * _SHRINK, room / wide)
    cut = wide * size > room + 0.01
    if cut:
        while words and text_width(words + "…", size) > room:
            words = words[:-1]
        words += "…"
    return Set(place.name, words, place.x, y, place.width, size, place.align.value, cut, ink)
