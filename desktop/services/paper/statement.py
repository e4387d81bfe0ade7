"""Statements 对账单 on A4: opening, every movement with the balance after it, closing; deposits and credit apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from desktop.models.values import NIL, Money, total
from desktop.services.paper.fonts import printable
from desktop.services.paper.layout import A4, MM, Block, Grid, PageSetup, Paper, Text, text
from desktop.services.paper.lines import GREY, Style
from desktop.services.paper.money import date_words

TITLE = "对账单"
NOT_A_RECEIPT = "本单不作为收据或发票。"


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of a section; `balance` and `held` stand after it."""

    day: date
    what: str
    number: str
    """Of the receipt; empty for bills."""
    detail: str
    plus: Money
    """Charged, asked for, or put to credit."""
    less: Money
    """Paid, taken back, or used."""
    balance: Money
    held: Money
    """Deposits held; means nothing in other sections."""
    subject_table: str
    subject_id: UUID | None


@dataclass(frozen=True, slots=True)
class Section:
    """One account over the period: opening + plus − less = closing."""

    opening: Money
    movements: tuple[Movement, ...]
    closing: Money
    held_opening: Money = NIL
    held_closing: Money = NIL

    def __post_init__(self) -> None:
        """A section that does not add up is never shown."""
        if self.opening + self.plus - self.less != self.closing:
            raise ValueError(f"{self.opening} + {self.plus} − {self.less} is not {self.closing}")

    @property
    def plus(self) -> Money:
        return total(each.plus for each in self.movements)

    @property
    def less(self) -> Money:
        return total(each.less for each in self.movements)

    @property
    def empty(self) -> bool:
        """Nothing was there and nothing happened."""
        still = self.opening or self.closing or self.held_opening or self.held_closing
        return not (still or self.movements)


@dataclass(frozen=True, slots=True)
class StatementPaper:
    """Everything on a statement."""

    office: str
    who: str
    about: str
    """The rooms of a party; empty for a room."""
    since: date
    until: date
    made_on: date
    charges: Section
    deposits: Section
    """As asked for and paid, with what is held."""
    credit: Section | None
    """None of a room: credit is a person's."""

    @property
    def open(self) -> Money:
        """Open at the end, deposits that were asked for and not paid included."""
        return self.charges.closing + self.deposits.closing


@dataclass(frozen=True, slots=True)
class Heads:
    """How the columns of a section are called, on paper and in a workbook."""

    title: str
    plus: str
    less: str
    balance: str
    held: str = ""


CHARGES = Heads("租金和费用", "应收", "已付或冲减", "未付")
DEPOSITS = Heads("押金、定金、订金", "应收", "已付或冲减", "未付", "在管")
CREDIT = Heads("预存款", "存入", "使用或退回", "余额")

_WIDTHS = (52, 84, 72, 128, 58, 58, 58)
_WITH_HELD = (52, 76, 72, 82, 57, 57, 57, 57)
"""Points: a day and 1,234,567.00 stand in one line."""
_BODY = Style(size=8.6, leading=11.8, align="left")
_RIGHT = _BODY.but(align="right")
_HEAD = Style(size=8.2, leading=11, align="left", colour=GREY)
_SECTION = Style(size=11, leading=16, bold=True, align="left", before=10, after=2)
_FACT = Style(size=9.5, leading=14, align="left")


def sections_of(paper: StatementPaper) -> list[tuple[Heads, Section]]:
    """The sections that have something to show; charges always."""
    found = [(CHARGES, paper.charges)]
    if not paper.deposits.empty:
        found.append((DEPOSITS, paper.deposits))
    if paper.credit is not None and not paper.credit.empty:
        found.append((CREDIT, paper.credit))
    return found


def statement_pdf(paper: StatementPaper, printed: str = "", *, invariant: bool = False) -> bytes:
    """The statement as PDF; heads stand on every page. `printed`: by whom and when, in the foot."""
    paper = printable(paper, True)
    whose = f"{paper.who}　{paper.about}" if paper.about else paper.who
    blocks: list[Block] = [
        text(paper.office, Style(size=9.5, leading=13, align="centre")),
        text(TITLE, Style(size=17, leading=25, bold=True, align="centre", after=4)),
        text(f"对账对象：{whose}", _FACT.but(bold=True)),
        text(f"期间：{paper.since} 至 {paper.until}　　出单日：{date_words(paper.made_on)}", _FACT.but(after=4)),
        _summary(paper),
    ]
    for heads, section in sections_of(paper):
        blocks.append(text(heads.title, _SECTION, with_next=True))
        blocks.append(_table(heads, section))
    blocks.append(text(f"{NOT_A_RECEIPT}金额单位：元。对账有疑问时，请带本单到前台核对。", _HEAD.but(before=6)))
    pdf = Paper(f"{TITLE} {paper.since} 至 {paper.until}", paper.office, invariant)
    foot = " · ".join(each for each in (paper.office, printed) if each)
    pdf.add_flow(blocks, PageSetup(A4, 15 * MM, 15 * MM, 15 * MM, 17 * MM, foot_left=foot))
    return pdf.finish()


def _summary(paper: StatementPaper) -> Grid:
    """The sums first: whoever gets it looks for what is open."""
    held = paper.deposits.held_closing
    credit = paper.credit.closing if paper.credit is not None else NIL
    figures = [("期末未付", paper.open), ("押金在管", held), ("预存余额", credit)]
    if paper.credit is None:
        figures.pop()
    label, figure = _HEAD.but(align="centre"), Style(size=12, leading=17, bold=True, align="centre")
    rows = [[text(name, label) for name, _ in figures], [text(str(money), figure) for _, money in figures]]
    return Grid([1.0] * len(figures), rows, lines="rows", pad_y=3)


def _table(heads: Heads, section: Section) -> Grid:
    held = bool(heads.held)
    widths = _WITH_HELD if held else _WIDTHS
    names = ["日期", "事项", "收据号", "说明", heads.plus, heads.less, heads.balance] + ([heads.held] if held else [])
    rows: list[Sequence[Text]] = [[text(name, _HEAD.but(align="right" if at > 3 else "left"))
                                   for at, name in enumerate(names)]]  # fmt: skip
    rows.append(_row("", "期初", "", "", "", "", section.opening, section.held_opening, held, bold=True))
    for each in section.movements:
        plus, less = (str(each.plus) if each.plus else ""), (str(each.less) if each.less else "")
        rows.append(_row(each.day.isoformat(), each.what, each.number, each.detail, plus, less, each.balance,
                         each.held, held))  # fmt: skip
    if not section.movements:
        rows.append([text(words, _BODY) for words in ["", "本期没有往来", *[""] * (len(widths) - 2)]])
    rows.append(_row("", "合计 / 期末", "", "", str(section.plus), str(section.less), section.closing,
                     section.held_closing, held, bold=True))  # fmt: skip
    return Grid(widths, rows, head=1, lines="rows", pad_x=2.5, pad_y=2)


def _row(
    day: str, what: str, number: str, detail: str, plus: str, less: str, balance: Money, held: Money, shows: bool,
    bold: bool = False,
) -> list[Text]:  # fmt: skip
    left, right = _BODY.but(bold=bold), _RIGHT.but(bold=bold)
    cells = [text(words, left) for words in (day, what, number, detail)]
    cells += [text(words, right) for words in (plus, less, str(balance))]
    return [*cells, text(str(held), right)] if shows else cells
