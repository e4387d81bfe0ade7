"""Month sums 月报 on A4 lying on its side: fees, deposits, credit, means of payment, and each building."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import TypeVar
from uuid import UUID

from desktop.models.values import LIABILITY_FEES, NIL, FeeType, Money, PayMethod, add_months, total
from desktop.services.paper.fonts import printable
from desktop.services.paper.layout import A4, MM, Block, Grid, PageSetup, Paper, Text, text
from desktop.services.paper.lines import GREY, RED, Style
from desktop.services.paper.money import METHOD_WORDS, date_words

TITLE = "月报"


@dataclass(frozen=True, slots=True)
class FeeSums:
    """One fee over the period: opening + billed − countered − received + taken back − netted = closing."""

    opening: Money = NIL
    billed: Money = NIL
    countered: Money = NIL
    """Counter-lines and discounts, as a positive sum."""
    received: Money = NIL
    taken_back: Money = NIL
    """Reversed 冲红 and voided 作废 payments: open again."""
    netted: Money = NIL
    """Set off at settlements, less what was given back."""

    @property
    def closing(self) -> Money:
        return self.opening + self.billed - self.countered - self.received + self.taken_back - self.netted

    def __add__(self, other: FeeSums) -> FeeSums:
        return FeeSums(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(FeeSums)))


@dataclass(frozen=True, slots=True)
class HeldSums:
    """Money held over the period: opening + taken − given = closing."""

    opening: Money = NIL
    taken: Money = NIL
    given: Money = NIL

    @property
    def closing(self) -> Money:
        return self.opening + self.taken - self.given

    def __add__(self, other: HeldSums) -> HeldSums:
        return HeldSums(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(HeldSums)))


@dataclass(frozen=True, slots=True)
class MethodSums:
    """One means of payment over the period."""

    received: Money = NIL
    taken_back: Money = NIL
    refunded: Money = NIL
    """Paid out at settlements."""

    @property
    def net(self) -> Money:
        """What the drawer or the account gained."""
        return self.received - self.taken_back - self.refunded

    def __add__(self, other: MethodSums) -> MethodSums:
        return MethodSums(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(MethodSums)))


CREDIT, ROUNDING, OFFSET = "credit", "rounding", "offset"
SOURCE_WORDS = {**{method.value: METHOD_WORDS[method] for method in PayMethod}, CREDIT: "预存抵用", ROUNDING: "抹零",
                OFFSET: "互相抵扣"}  # fmt: skip
"""Where the money for a fee came from."""
STORED = "stored"
"""What is paid to no bill: it stands to the payer's credit."""

Where = UUID | None
"""A building; None: of no building."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Money of one source for one fee in one building, what went back taken off."""

    building_id: Where
    use: str
    """A fee type, or STORED."""
    source: str
    amount: Money


@dataclass(frozen=True, slots=True)
class MonthSums:
    """The sums of a period; `problems` says where they do not agree with the journal: none in a sound office."""

    office: str
    since: date
    until: date
    made_on: date
    buildings: tuple[tuple[Where, str], ...]
    """In the order of the board; None, 不属楼栋, last and only where there is some."""
    fees: Mapping[tuple[Where, FeeType], FeeSums]
    held: Mapping[tuple[Where, FeeType], HeldSums]
    credit: HeldSums
    methods: Mapping[PayMethod, MethodSums]
    cells: tuple[Cell, ...]
    problems: tuple[str, ...]
    building: str = ""
    """The one building the sums are narrowed to; empty: all. Credit and means of payment are the whole office's."""

    def fee_types(self, liability: bool) -> list[FeeType]:
        """The fees there is something of, in the order of the catalogue."""
        there = {fee for (_, fee), sums in self.fees.items() if _moved(sums)}
        there |= {fee for (_, fee), sums in self.held.items() if _moved(sums)}
        return [fee for fee in FeeType if fee in there and (fee in LIABILITY_FEES) == liability]

    def fee(self, fee: FeeType) -> FeeSums:
        """One fee in all buildings."""
        return _sum(FeeSums(), (sums for (_, which), sums in self.fees.items() if which is fee))

    def held_of(self, fee: FeeType) -> HeldSums:
        """One kind of deposit in all buildings."""
        return _sum(HeldSums(), (sums for (_, which), sums in self.held.items() if which is fee))

    def charges_of(self, where: Where) -> FeeSums:
        """Rent and fees of one building."""
        return _sum(
            FeeSums(), (sums for (here, fee), sums in self.fees.items() if here == where and fee not in LIABILITY_FEES)
        )

    def whole(self, liability: bool) -> FeeSums:
        """All rent and fees, or all deposits."""
        return _sum(FeeSums(), (sums for (_, fee), sums in self.fees.items() if (fee in LIABILITY_FEES) == liability))

    @property
    def held_whole(self) -> HeldSums:
        return _sum(HeldSums(), self.held.values())

    @property
    def methods_whole(self) -> MethodSums:
        return _sum(MethodSums(), self.methods.values())

    def by_source(self) -> tuple[list[str], dict[str, dict[str, Money]]]:
        """(sources there are, {fee type or STORED: {source: money}}) of all buildings."""
        table: dict[str, dict[str, Money]] = {}
        for cell in self.cells:
            row = table.setdefault(cell.use, {})
            row[cell.source] = row.get(cell.source, NIL) + cell.amount
        sources = [source for source in SOURCE_WORDS if any(row.get(source) for row in table.values())]
        uses = [fee.value for fee in FeeType] + [STORED]
        return sources, {use: table[use] for use in uses if any(table.get(use, {}).values())}


def _moved(sums: FeeSums | HeldSums) -> bool:
    return any(getattr(sums, each.name) for each in fields(sums))


S = TypeVar("S", FeeSums, HeldSums, MethodSums)


def _sum(first: S, others: Iterable[S]) -> S:
    for each in others:
        first = first + each
    return first


# ---- on paper --------------------------------------------------------------------------------------------------------

FEE_HEADS = ("期初未付", "出账", "冲减和优惠", "收款", "冲红和作废", "抵扣和退还", "期末未付")
HELD_HEADS = ("期初在管", "收到", "退还和抵用", "期末在管")
METHOD_HEADS = ("收款", "冲红和作废", "退款", "净额")

_BODY = Style(size=8.6, leading=11.8, align="left")
_HEAD = Style(size=8.2, leading=11, align="left", colour=GREY)
_SECTION = Style(size=11, leading=16, bold=True, align="left", before=8, after=2)

Line = tuple[str, tuple[Money, ...]]
"""A name and its figures."""


@dataclass(frozen=True, slots=True)
class SumTable:
    """One table of the report: shown on screen, on paper and in the workbook from the same rows."""

    key: str
    title: str
    name: str
    """What the rows are."""
    heads: tuple[str, ...]
    lines: tuple[Line, ...]
    whole: Line | None
    """The sum of all lines; None where they do not add up to anything."""


def fee_figures(sums: FeeSums) -> tuple[Money, ...]:
    """In the order of FEE_HEADS."""
    return (sums.opening, sums.billed, -sums.countered, sums.received, -sums.taken_back, sums.netted, sums.closing)


def held_figures(sums: HeldSums) -> tuple[Money, ...]:
    """In the order of HELD_HEADS."""
    return (sums.opening, sums.taken, sums.given, sums.closing)


def method_figures(sums: MethodSums) -> tuple[Money, ...]:
    """In the order of METHOD_HEADS."""
    return (sums.received, -sums.taken_back, -sums.refunded, sums.net)


def tables_of(sums: MonthSums, words: Mapping[FeeType, str]) -> list[SumTable]:
    """Every table of the report that has something in it, fees always; `words` names the fees."""
    fees = [(words[fee], fee_figures(sums.fee(fee))) for fee in sums.fee_types(False)]
    found = [SumTable("fees", "租金和费用", "费用", FEE_HEADS, tuple(fees), ("合计", fee_figures(sums.whole(False))))]
    if deposits := sums.fee_types(True):
        lines = tuple((words[fee], fee_figures(sums.fee(fee))) for fee in deposits)
        whole = ("合计", fee_figures(sums.whole(True)))
        found.append(SumTable("deposits", "押金、定金、订金（不是收入）：应收", "款项", FEE_HEADS, lines, whole))
        held = tuple((words[fee], held_figures(sums.held_of(fee))) for fee in deposits)
        whole = ("合计", held_figures(sums.held_whole))
        found.append(SumTable("held", "押金、定金、订金：在管", "款项", HELD_HEADS, held, whole))
    if not sums.building:
        methods = tuple((METHOD_WORDS[method], method_figures(each)) for method, each in sums.methods.items())
        whole = ("合计", method_figures(sums.methods_whole))
        found.append(SumTable("methods", "收款方式", "方式", METHOD_HEADS, methods, whole))
        if _moved(sums.credit):
            line = ("预存款", held_figures(sums.credit))
            found.append(
                SumTable("credit", "预存款（不是收入）", "", ("期初余额", "存入", "使用", "期末余额"), (line,), None)
            )
        if len(sums.buildings) > 1:
            houses = tuple((name, fee_figures(sums.charges_of(where))) for where, name in sums.buildings)
            found.append(SumTable("buildings", "各楼栋的租金和费用", "楼栋", FEE_HEADS, houses,
                                  ("合计", fee_figures(sums.whole(False)))))  # fmt: skip
    sources, table = sums.by_source()
    if table:
        named = [(words[FeeType(use)] if use != STORED else "存入预存", row) for use, row in table.items()]
        lines = tuple((name, _across([row.get(source, NIL) for source in sources])) for name, row in named)
        columns = zip(*(figures for _, figures in lines), strict=True)
        heads = (*(SOURCE_WORDS[source] for source in sources), "合计")
        found.append(SumTable("sources", "各项费用是怎样付的（冲红、退款已减去）", "费用", heads, lines,
                              ("合计", tuple(total(column) for column in columns))))  # fmt: skip
    return found


def _across(figures: Sequence[Money]) -> tuple[Money, ...]:
    return (*figures, total(figures))


def month_sums_pdf(sums: MonthSums, tables: Sequence[SumTable], printed: str = "", *, invariant: bool = False) -> bytes:
    """The report as PDF; heads stand on every page. `printed`: by whom and when, in the foot."""
    about = f"{sums.building or '全部楼栋'}　{sums.since} 至 {sums.until}　出表日 {date_words(sums.made_on)}　单位：元"
    facts = printable((sums.office, about, tuple(tables), sums.problems), True)
    office, about, shown, problems = facts
    blocks: list[Block] = [
        text(f"{office} {title_of(sums)}", Style(size=15, leading=22, bold=True, align="left", after=2)),
        text(about, Style(size=9, leading=13, align="left", colour=GREY, after=4)),
    ]
    rule = "期末未付 = 期初未付 + 出账 + 冲减和优惠 −（收款 + 冲红和作废 + 抵扣和退还）；冲减、冲红是负数"
    blocks.append(text(rule, Style(size=8.2, leading=12, align="left", colour=GREY, after=2)))
    blocks += [text(f"与分录不符：{words}", _BODY.but(colour=RED)) for words in problems]
    for table in shown:
        blocks.append(text(table.title, _SECTION, with_next=True))
        blocks.append(_grid(table))
    pdf = Paper(f"{title_of(sums)} {sums.since} 至 {sums.until}", sums.office, invariant)
    foot = " · ".join(each for each in (office, printed) if each)
    size = (A4[1], A4[0])
    pdf.add_flow(blocks, PageSetup(size, 15 * MM, 15 * MM, 14 * MM, 16 * MM, foot_left=foot))
    return pdf.finish()


def title_of(sums: MonthSums) -> str:
    """2026 年 11 月月报 for a whole month, 收支汇总 for any other period."""
    last = add_months(sums.since, 1) - timedelta(days=1)
    if sums.since.day == 1 and sums.until == last:
        return f"{sums.since.year} 年 {sums.since.month} 月{TITLE}"
    return "收支汇总"


def _grid(table: SumTable) -> Grid:
    right = _BODY.but(align="right")
    rows: list[Sequence[Text]] = [
        [text(table.name, _HEAD), *(text(head, _HEAD.but(align="right")) for head in table.heads)]
    ]
    for name, figures in table.lines:
        rows.append([text(name, _BODY), *(text(str(money) if money else "—", right) for money in figures)])
    if not table.lines:
        rows.append([text("本期没有发生", _BODY), *(text("", right) for _ in table.heads)])
    if table.whole is not None:
        name, figures = table.whole
        bold = right.but(bold=True)
        rows.append([text(name, _BODY.but(bold=True)), *(text(str(money), bold) for money in figures)])
    return Grid([1.5, *[1.0] * len(table.heads)], rows, head=1, lines="rows", pad_x=3, pad_y=2)
