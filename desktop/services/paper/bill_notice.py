"""Bill notices 缴费通知单 on paper: half an A4 sheet each, two on a sheet, in an order that one cut puts right.

The upper halves of a building's sheets hold the first half of its notices, the lower halves the rest: cut through the
middle, the upper pile laid on the lower one, and the whole goes up the house by floor and room. A notice with many
lines takes several halves, each of which names building and room.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from desktop.models.values import NIL, Money
from desktop.services.paper.fonts import printable
from desktop.services.paper.layout import A4, HAIR, MM, Paper, Text, text
from desktop.services.paper.lines import BLACK, GREY, Run, Style
from desktop.services.paper.money import date_words
from desktop.services.paper.qr import draw_code
from desktop.services.progress import Report, silent
from desktop.services.rmb import uppercase_rmb

TITLE = "缴费通知单"
NOT_A_RECEIPT = "本单不作为收据或发票。"

_SIDE, _EDGE = 12 * MM, 8 * MM
_HALF = A4[1] / 2
_WIDTH = A4[0] - 2 * _SIDE
_HEIGHT = _HALF - 2 * _EDGE
_COLUMNS = tuple(_WIDTH * share / 100 for share in (30, 23, 20, 12, 15))
_HEADS = ("收费项目", "所属期间", "数量 × 单价", "应缴日", "金额（元）")
_PAD_X, _PAD_Y = 3.0, 1.7
_CODE = 56.0
"""Points of the square at the foot: 20 mm, 0.7 mm a module."""
_PICTURE = 54.0
_GO_ON = 14.0

_BODY = Style(size=8.8, leading=11.4, align="left")
_RIGHT = _BODY.but(align="right")
_SMALL = Style(size=7.8, leading=10, align="left", colour=GREY)
_HEAD = Style(size=8, leading=10.4, align="left", colour=GREY)
_ROOM = Style(size=14, leading=17.5, bold=True, align="left")
_NAME = Style(size=10, leading=13, align="left")
_CENTRE = Style(size=9, leading=12, align="centre")
_TITLE = Style(size=16, leading=22, bold=True, align="centre")
_SUM = Style(size=9.5, leading=13, bold=True, align="left")


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One line; `why` stands under it in small letters over the whole width."""

    item: str
    amount: Money
    period: str = ""
    measured: str = ""
    """15 m³ × 3.45; empty where quantity × price is not the amount."""
    due: date | None = None
    why: str = ""
    arrears: bool = False
    """Due before today 往期未缴."""


@dataclass(frozen=True, slots=True)
class PayWays:
    """How the office is paid: its own words, and its codes as (method, PNG or JPEG)."""

    words: str = ""
    codes: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class BillNoticePaper:
    """Everything on one notice. `code` is what its square says; `credit` is told, not taken off."""

    office: str
    building: str
    number: str
    debtor: str
    made_on: date
    due: date | None
    """The nearest due day; None: all of it is overdue."""
    lines: tuple[NoticeLine, ...]
    arrears: Money
    total: Money
    credit: Money
    code: str

    def __post_init__(self) -> None:
        """A notice that does not add up is never printed."""
        if sum(line.amount.fen for line in self.lines) != self.total.fen:
            raise ValueError(f"notice {self.code}: lines do not add up to {self.total}")

    @property
    def room(self) -> str:
        return f"{self.building} {self.number}".strip()


def notices_pdf(
    stacks: Sequence[Sequence[BillNoticePaper]], ways: PayWays, *, from_sheet: int = 1, mark_missing: bool = False,
    invariant: bool = False, report: Report = silent,
) -> bytes:  # fmt: skip
    """Notices in one file, a stack of sheets for each building; `from_sheet` (1-based) leaves out those before it.

    Raises MissingGlyphs unless `mark_missing` sets 〓 for what no font has.
    """
    office = next((paper.office for stack in stacks for paper in stack), "")
    pdf = Paper(TITLE, office, invariant)
    ways = printable(ways, mark_missing)
    pictures = _Pictures(pdf.canvas, ways)
    number, done = 0, 0
    count, every = sum(len(stack) for stack in stacks), [sheets_of(stack, mark_missing) for stack in stacks]
    whole = sum(len(sheets) for sheets in every)
    for sheets in every:
        for halves in sheets:
            number += 1
            done += sum(half is not None and half.number == 0 for half in halves)
            report(min(done, count), count, "排版")
            if number >= from_sheet:
                mark = f"纸号 {number} / {whole}"
                pdf.add_page(A4, partial(_draw_sheet, halves=halves, ways=ways, pictures=pictures, mark=mark))
    if not pdf.pages:
        pdf.add_page(A4, _draw_nothing)
    return pdf.finish()


def sheets_of(stack: Sequence[BillNoticePaper], mark_missing: bool = True) -> list[tuple[_Half, _Half | None]]:
    """The sheets of one building, (upper, lower) each."""
    halves = [half for paper in stack for half in _halves(printable(paper, mark_missing))]
    count = (len(halves) + 1) // 2
    return [(halves[at], halves[at + count] if at + count < len(halves) else None) for at in range(count)]


def sheet_count(stacks: Sequence[Sequence[BillNoticePaper]]) -> int:
    """How many sheets of paper these notices take."""
    return sum(len(sheets_of(stack)) for stack in stacks)


class _Pictures:
    """The office's payment codes, each stored once in the file and only named on every notice."""

    def __init__(self, canvas: Any, ways: PayWays) -> None:
        from reportlab.lib.utils import ImageReader

        self.names: list[tuple[str, str]] = []
        """(form in the file, method)."""
        for method, data in ways.codes:
            name = f"pay.{method}"
            canvas.beginForm(name, 0, 0, _PICTURE, _PICTURE)
            picture = ImageReader(io.BytesIO(data))
            canvas.drawImage(picture, 0, 0, _PICTURE, _PICTURE, preserveAspectRatio=True, mask="auto")
            canvas.endForm()
            self.names.append((name, method))


class _Row:
    """A line of the table with its small print below."""

    def __init__(self, line: NoticeLine) -> None:
        due = line.due.isoformat() if line.due else ""
        item = Text([Run("往期 ", True), Run(line.item)] if line.arrears else [Run(line.item)], _BODY)
        cells = (line.period, line.measured)
        self.cells = [item, *(text(words, _BODY) for words in cells), text(due, _BODY), text(str(line.amount), _RIGHT)]
        self.why = text(line.why, _SMALL) if line.why else None
        tallest = max(cell.height(wide - 2 * _PAD_X) for cell, wide in zip(self.cells, _COLUMNS, strict=True))
        below = self.why.height(_WIDTH - 2 * _PAD_X) if self.why is not None else 0.0
        self.tall, self.height = tallest, tallest + below + 2 * _PAD_Y

    def draw(self, canvas: Any, x: float, top: float) -> None:
        left = x
        for cell, wide in zip(self.cells, _COLUMNS, strict=True):
            cell.draw(canvas, left + _PAD_X, top - _PAD_Y, wide - 2 * _PAD_X)
            left += wide
        if self.why is not None:
            self.why.draw(canvas, x + _PAD_X, top - _PAD_Y - self.tall, _WIDTH - 2 * _PAD_X)
        canvas.line(x, top - self.height, x + _WIDTH, top - self.height)


@dataclass(slots=True)
class _Half:
    """Half a sheet: a notice, or a part of one (`number` is 0-based)."""

    paper: BillNoticePaper
    rows: Sequence[_Row]
    number: int
    count: int

    @property
    def last(self) -> bool:
        return self.number == self.count - 1


_PAY = 66.0
"""Points of the block with the codes."""
_FOOT = 21 + 11 + _PAY + 11
_HEAD_ROW = _HEAD.leading + 2 * _PAD_Y


def _halves(paper: BillNoticePaper) -> list[_Half]:
    """A notice cut into halves of sheets; only the last carries sum and ways to pay, on the others lines take that
    room."""
    room = _HEIGHT - _top_height(paper) - _HEAD_ROW
    rows = [_Row(line) for line in paper.lines or (NoticeLine("（没有未缴的费用）", NIL),)]
    parts: list[list[_Row]] = []
    at = 0
    while sum(row.height for row in rows[at:]) > room - _FOOT and at < len(rows):
        taken, used = 1, rows[at].height
        while at + taken < len(rows) and used + rows[at + taken].height <= room - _GO_ON:
            used += rows[at + taken].height
            taken += 1
        parts.append(rows[at : at + taken])
        at += taken
    if rows[at:] or not parts:
        parts.append(rows[at:])
    elif sum(row.height for row in parts[-1]) > room - _FOOT:
        parts.append([parts[-1].pop()])  # the sum never stands alone
        parts = [part for part in parts if part]
    return [_Half(paper, part, number, len(parts)) for number, part in enumerate(parts)]


_LEFT, _MIDDLE = _WIDTH * 0.37, _WIDTH * 0.28


def _address(paper: BillNoticePaper) -> tuple[Text, Text]:
    """What whoever delivers it reads first."""
    return text(paper.room or "请到前台领取", _ROOM), text(paper.debtor, _NAME)


def _top_height(paper: BillNoticePaper) -> float:
    return max(42.0, sum(words.height(_LEFT) for words in _address(paper)) + 4)


def _draw_sheet(canvas: Any, halves: tuple[_Half, _Half | None], ways: PayWays, pictures: _Pictures, mark: str) -> None:
    canvas.setLineWidth(HAIR)
    canvas.setStrokeColorRGB(*GREY)
    canvas.setDash(3, 3)
    canvas.line(0, _HALF, A4[0], _HALF)
    canvas.setDash()
    for half, bottom in zip(halves, (_HALF, 0.0), strict=True):
        if half is not None:
            _draw_half(canvas, half, bottom + _EDGE, ways, pictures, mark)


def _draw_nothing(canvas: Any) -> None:
    text("没有要打印的通知单", _CENTRE).draw(canvas, _SIDE, A4[1] - 100, _WIDTH)


def _draw_half(canvas: Any, half: _Half, bottom: float, ways: PayWays, pictures: _Pictures, mark: str) -> None:
    paper, top, high = half.paper, bottom + _HEIGHT, _top_height(half.paper)
    y = top
    for words in _address(paper):
        words.draw(canvas, _SIDE, y, _LEFT)
        y -= words.height(_LEFT)
    text(paper.office, _CENTRE).draw(canvas, _SIDE + _LEFT, top, _MIDDLE)
    text(TITLE, _TITLE).draw(canvas, _SIDE + _LEFT, top - 13, _MIDDLE)
    right, wide = _SIDE + _LEFT + _MIDDLE, _WIDTH - _LEFT - _MIDDLE
    for at, mark_words in enumerate(_marks(half)):
        style = _RIGHT.but(bold=at == 0, size=9.5 if at == 0 else 8.8, leading=13)
        text(mark_words, style).draw(canvas, right, top - 13 * at, wide)
    y = top - high
    left = _SIDE
    for head, column in zip(_HEADS, _COLUMNS, strict=True):
        style = _HEAD.but(align="right") if head == _HEADS[-1] else _HEAD
        text(head, style).draw(canvas, left + _PAD_X, y - _PAD_Y, column - 2 * _PAD_X)
        left += column
    canvas.line(_SIDE, y, _SIDE + _WIDTH, y)
    y -= _HEAD_ROW
    canvas.line(_SIDE, y, _SIDE + _WIDTH, y)
    for row in half.rows:
        row.draw(canvas, _SIDE, y)
        y -= row.height
    if half.last:
        _draw_foot(canvas, half, bottom, ways, pictures, mark)
    else:
        text("（接下页，合计见末页）", _SMALL).draw(canvas, _SIDE, y - 2, _WIDTH)
        text(mark, _SMALL.but(align="right")).draw(canvas, _SIDE, bottom + _SMALL.leading, _WIDTH)


def _marks(half: _Half) -> list[str]:
    """What stands at the right above: until when, of which day, which page."""
    paper = half.paper
    until = f"请于 {paper.due.month}月{paper.due.day}日前缴清" if paper.due else "已过应缴日，请尽快缴清"
    if not paper.lines:
        until = ""
    marks = [until, f"通知日 {date_words(paper.made_on)}"]
    return marks + ([f"本单第 {half.number + 1} 页 / 共 {half.count} 页"] if half.count > 1 else [])


def _draw_foot(canvas: Any, half: _Half, bottom: float, ways: PayWays, pictures: _Pictures, mark: str) -> None:
    """The sum, what belongs to it, and how to pay, at the lower edge: every notice of a stack has them in one place."""
    paper = half.paper
    y = bottom + _FOOT
    canvas.setStrokeColorRGB(*BLACK)
    canvas.line(_SIDE, y, _SIDE + _WIDTH, y)
    canvas.setStrokeColorRGB(*GREY)
    text(f"合计（大写）：{uppercase_rmb(paper.total)}", _SUM).draw(canvas, _SIDE + _PAD_X, y - 4, _WIDTH * 0.74)
    text(f"¥ {paper.total}", _SUM.but(align="right", size=12)).draw(canvas, _SIDE, y - 4, _WIDTH - _PAD_X)
    y -= 21
    told = [f"其中往期未缴 ¥{paper.arrears}"] if paper.arrears else []
    if paper.credit:
        told.append(f"账上有预存 ¥{paper.credit}，没有算进来，到前台可以抵扣")
    text("；".join(told), _BODY).draw(canvas, _SIDE + _PAD_X, y, _WIDTH - 2 * _PAD_X)
    y -= 11
    _draw_ways(canvas, paper, y - 3, ways, pictures)
    closing = Text([Run(NOT_A_RECEIPT, True), Run(f"金额截至 {paper.made_on}，之后缴的以收据为准。")], _SMALL)
    closing.draw(canvas, _SIDE + _PAD_X, bottom + _SMALL.leading, _WIDTH * 0.8)
    text(mark, _SMALL.but(align="right")).draw(canvas, _SIDE, bottom + _SMALL.leading, _WIDTH)


_METHOD_WORDS = {"wechat": "微信收款码", "alipay": "支付宝收款码"}


def _draw_ways(canvas: Any, paper: BillNoticePaper, top: float, ways: PayWays, pictures: _Pictures) -> None:
    """The square by which the till finds the bills, words, and the codes of the office."""
    draw_code(canvas, paper.code, _SIDE + 6, top, _CODE)
    right = _SIDE + _WIDTH
    for name, method in reversed(pictures.names):
        right -= _PICTURE + 12
        canvas.saveState()
        canvas.translate(right + 6, top - _PICTURE)
        canvas.doForm(name)
        canvas.restoreState()
        caption = text(_METHOD_WORDS[method], _SMALL.but(align="centre"))
        caption.draw(canvas, right, top - _PICTURE, _PICTURE + 12)
    left = _SIDE + _CODE + 18
    words = ["到前台缴费：出示本单，收银员扫左边的码就能找到账单。"]
    if pictures.names:
        note = f"备注房号 {paper.room}" if paper.room else "备注姓名"
        words.append(f"手机付款：扫右边的收款码，{note}。")
    if ways.words:
        words.append(ways.words)
    paragraph = text("\n".join(words), _BODY)
    paragraph.draw(canvas, left, top, right - left - 8)
