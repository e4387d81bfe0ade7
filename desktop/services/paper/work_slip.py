"""Work slip 维修单 on A5 lying on its side: what is broken where, who is sent, and lines to be filled in by hand. The
slip of a plan's order has its checklist, to be ticked on the round.

The square at the right leads a scanner back to the order, so that what was written is typed back in seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from desktop.services.paper.fonts import printable
from desktop.services.paper.layout import A5_LANDSCAPE, MM, Block, Grid, Group, PageSetup, Paper, Text, flow, text
from desktop.services.paper.lines import BLACK, GREY, Run, Style, text_width
from desktop.services.paper.qr import draw_code

TITLE = "维修单"
CHECK_WORDS = ("正常", "异常", "不适用")
"""The answers of a checklist, as they are ticked."""
_SETUP = PageSetup(A5_LANDSCAPE, 10 * MM, 10 * MM, 8 * MM, 11 * MM)
_CODE = 62.0
"""Points of the square: 22 mm, 0.75 mm a module."""
_QUIET = 9.0
_HEAD = 66.0

_BODY = Style(size=9, leading=12, align="left")
_STRONG = _BODY.but(bold=True, size=10.5, leading=13.5)
_LABEL = Style(size=8.4, leading=12, align="left", colour=GREY)
_SMALL = Style(size=7.6, leading=10, align="left", colour=GREY)
_OFFICE = Style(size=9, leading=12, align="left")
_TITLE = Style(size=19, leading=25, align="left", bold=True)
_NUMBER = Style(size=12.5, leading=16, align="left", bold=True)
_TICK, _TICKED = "□ ", "■ "
_TIMES = "到场　　:　　　离开　　:　　　共　　　　分钟"
_MOST_LINES = 4
"""Lines for materials; fewer where what is broken takes the room."""


@dataclass(frozen=True, slots=True)
class WorkSlipPaper:
    """Everything on a slip; days and times in words. `code` is what its square says."""

    office: str
    office_phone: str
    number: str
    code: str
    place: str
    summary: str
    category: str
    urgent: bool
    who: str
    """Who reported it; empty where nobody is known or may be seen."""
    phone: str
    """Whole or masked, as it may stand on this paper."""
    whole_phone: bool
    wished: str
    promised: str
    """By when it is to be done."""
    reported: str
    hands: str
    """Who is sent; empty: written in by hand."""
    note: str
    """What they were told on the way."""
    printed: str
    """By whom and when; empty in a preview."""
    reprint: int = 0
    photos: int = 0
    """How many the order has: whoever goes looks at them before."""
    checks: tuple[tuple[str, str], ...] = ()
    """(Line of the checklist, its answer in words; empty: nobody has looked yet)."""


def work_slip_pdf(paper: WorkSlipPaper, *, mark_missing: bool = False, invariant: bool = False) -> bytes:
    """The slip as PDF: one sheet, two where much is said. Raises MissingGlyphs unless `mark_missing` sets 〓."""
    paper = printable(paper, mark_missing)
    pdf = Paper(f"{TITLE} {paper.number}", paper.office, invariant)
    setup = PageSetup(
        _SETUP.size, _SETUP.left, _SETUP.right, _SETUP.top, _SETUP.bottom, foot_left=_foot(paper), numbered=False
    )
    fits = (made for lines in range(_MOST_LINES, 0, -1) if len(flow(made := _blocks(paper, lines), setup)) == 1)
    blocks = next(fits, None)
    if blocks is None:
        blocks, setup = _blocks(paper, _MOST_LINES), replace(setup, numbered=True)
    pdf.add_flow(blocks, setup)
    return pdf.finish()


def _foot(paper: WorkSlipPaper) -> str:
    keep = "单上有住户的完整电话，用完交回前台，不要拍照外传。" if paper.whole_phone else ""
    return f"{paper.number}　{keep}{paper.printed}"


class _Top:
    """Office, title, number, urgency, and the square with the number in clear below it."""

    before = after = 0.0
    with_next = True

    def __init__(self, paper: WorkSlipPaper) -> None:
        self._paper = paper

    def height(self, width: float) -> float:
        return _HEAD + 10

    def split(self, width: float, room: float) -> None:
        return None

    def draw(self, canvas: Any, x: float, top: float, width: float) -> None:
        paper, wide = self._paper, width - _CODE - 2 * _QUIET
        text(paper.office, _OFFICE).draw(canvas, x, top, wide)
        title = f"{TITLE}（补打 {paper.reprint}）" if paper.reprint else TITLE
        text(title, _TITLE).draw(canvas, x, top - 13, wide)
        text(paper.number, _NUMBER).draw(canvas, x, top - 41, wide)
        if paper.urgent:
            _box(canvas, "紧急", x + text_width(paper.number, _NUMBER.size, bold=True) + 14, top - 41)
        draw_code(canvas, paper.code, x + width - _CODE, top, _CODE)
        caption = text(f"{paper.number}  扫码填结果", _SMALL.but(align="right", colour=BLACK))
        caption.draw(canvas, x + width - 180, top - _CODE - 2, 180)
        told = f"报修 {paper.reported}" + (f"　系统里有 {paper.photos} 张照片" if paper.photos else "")
        text(told, _SMALL).draw(canvas, x, top - 60, wide)


def _box(canvas: Any, words: str, x: float, top: float) -> None:
    """A word in a frame: urgency on a printer that knows no colours."""
    style = _BODY.but(bold=True, size=11, leading=14)
    wide = text_width(words, style.size, bold=True) + 8
    canvas.setLineWidth(1.1)
    canvas.setStrokeColorRGB(*BLACK)
    canvas.rect(x, top - 15.5, wide, 15.5)
    text(words, style).draw(canvas, x + 4, top - 0.5, wide)


_PAIR = (1.25, 4.6, 1.25, 4.0)
_WIDE = (1.25, 9.85)
_CHECKS = (2.95, 2.6, 2.95, 2.6)


def _blocks(paper: WorkSlipPaper, lines: int) -> list[Block]:
    who = Text([Run(paper.who or "—"), *([Run(f"　{paper.phone}", True)] if paper.phone else [])], _BODY)
    unsaid = "—" if paper.checks else "没有约，先打电话"
    facts: list[Sequence[Text]] = [
        [text("地点", _LABEL), text(paper.place or "—", _STRONG), text("报修人", _LABEL), who],
        [text("约的时间", _LABEL), text(paper.wished or unsaid, _BODY), text("完成期限", _LABEL),
         text(paper.promised or "—", _BODY)],
    ]  # fmt: skip
    what: list[Sequence[Text]] = [
        [text("事情", _LABEL), Text([Run(f"{paper.category}　"), Run(paper.summary, True)], _BODY.but(size=10))],
        [text("谁去做", _LABEL), text("　".join(e for e in (paper.hands, paper.note) if e), _BODY)],
    ]
    return [
        _Top(paper),
        Grid(_PAIR, facts, pad_x=4, pad_y=2.6, before=0, after=0),
        Grid(_WIDE, what, pad_x=4, pad_y=2.6, before=0, after=5),
        *_checklist(paper),
        Group(_of_the_round() if paper.checks else _by_hand(paper, lines)),
    ]


def _checklist(paper: WorkSlipPaper) -> list[Block]:
    """What is looked at on the round, two lines beside each other."""
    if not paper.checks:
        return []
    cells = [
        [text(f"{n}. {words}", _BODY), text("  ".join(_box_of(word, answer) for word in CHECK_WORDS), _BODY)]
        for n, (words, answer) in enumerate(paper.checks, 1)
    ]
    if len(cells) % 2:
        cells.append([text("", _BODY), text("", _BODY)])
    rows = [left + right for left, right in zip(cells[::2], cells[1::2], strict=True)]
    return [Grid(_CHECKS, rows, pad_x=4, pad_y=2.2, before=0, after=5)]


def _box_of(word: str, answer: str) -> str:
    return (_TICKED if word == answer else _TICK) + word


def _of_the_round() -> list[Block]:
    """What whoever goes round writes in: nobody lives there who pays or signs, and what is broken becomes a repair."""
    result = text(f"{_TICK}做完了　　{_TICK}没做完，等材料　　{_TICK}等外包　　原因：", _BODY)
    signs = [[text("谁做的，签字", _LABEL), text("谁看过，签字", _LABEL), text("日期", _LABEL)]]
    return [
        Grid(_WIDE, [[text("结果", _LABEL), result]], pad_x=4, pad_y=2.6, before=0, after=0),
        Grid(_WIDE, [[text("异常、用料", _LABEL), text("", _BODY)]], pad_x=4, before=0, after=0, least=36),
        Grid(_WIDE, [[text("用时", _LABEL), text(_TIMES, _BODY)]], pad_x=4, pad_y=2.6, before=0, after=0),
        Grid((4.4, 4.4, 1.8), signs, pad_x=4, pad_y=2.6, before=0, after=0, least=36),
    ]


def _by_hand(paper: WorkSlipPaper, lines: int) -> list[Block]:
    """What whoever goes writes in, in the order in which it is typed back, and the tenant signs."""
    result = text(f"{_TICK}修好了　　{_TICK}没修好，等材料　　{_TICK}等住户　　{_TICK}等外包　　原因：", _BODY)
    heads = ("材料、人工", "数量", "单价（元）", "金额（元）")
    table: list[Sequence[Text]] = [[text(head, _LABEL) for head in heads]]
    table += [[text("", _BODY) for _ in heads] for _ in range(lines)]
    cause = text(f"{_TICK}自然损耗　{_TICK}租客弄坏　{_TICK}公共部位　{_TICK}返工", _BODY)
    payer = text(f"{_TICK}租客　{_TICK}房东　{_TICK}物业", _BODY)
    agreed = "租客签字：修的结果和要付的钱我看过了"
    question = f"；有疑问打前台 {paper.office_phone}" if paper.office_phone else ""
    signs = [[text("维修人签字", _LABEL), text(agreed + question, _LABEL), text("日期", _LABEL)]]
    return [
        Grid(_WIDE, [[text("结果", _LABEL), result]], pad_x=4, pad_y=2.6, before=0, after=0),
        Grid(_WIDE, [[text("做了什么", _LABEL), text("", _BODY)]], pad_x=4, before=0, after=0, least=34),
        Grid(_WIDE, [[text("用时", _LABEL), text(_TIMES, _BODY)]], pad_x=4, pad_y=2.6, before=0, after=0),
        Grid((6, 1.4, 1.8, 1.9), table, pad_x=4, pad_y=1.6, before=0, after=0, least=17),
        Grid((1.25, 5.05, 0.8, 4), [[text("怎么坏的", _LABEL), cause, text("谁付", _LABEL), payer]], pad_x=4,
             pad_y=2.6, before=0, after=0),
        Grid((2.4, 6.4, 1.8), signs, pad_x=4, pad_y=2.6, before=0, after=0, least=36),
    ]  # fmt: skip
