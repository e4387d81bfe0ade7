"""Service report of repairs 维修服务月报 on A4 lying on its side: how it stands, month by month, where, by whom.

The tables are made once, for the screen, the paper and the workbook alike; every share and mean says of how many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from desktop.models.values import add_months
from desktop.services.paper.fonts import printable
from desktop.services.paper.layout import A4, HAIR, MM, Block, Grid, Group, PageSetup, Paper, Text, text
from desktop.services.paper.lines import BLACK, GREY, RED, Style
from desktop.services.paper.money import date_words
from desktop.services.repair_figures import (
    BIG_SHARE,
    BUSY_LIFT,
    REPEAT_DAYS,
    SMALL,
    HeatMap,
    Mean,
    Minutes,
    Share,
    Sums,
    Trends,
    heat_by_building,
    heat_by_floor,
)
from desktop.services.repair_words import CATEGORY_WORDS

TITLE = "维修服务月报"
NOTHING = "—"
FEW = "＊"
"""Stands behind a share or a mean of fewer than SMALL."""
_MOST_FLOORS = 6
"""Buildings shown floor by floor on paper, the busiest; the workbook has all of them."""

Cell = str | int | date | Share | Mean | Minutes


@dataclass(frozen=True, slots=True)
class ServiceTable:
    """One table: `name` is what its rows are, `note` how its figures are meant. A row may be marked as standing out."""

    key: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    marked: frozenset[int] = frozenset()
    """Rows (0-based) over a limit."""
    nothing: str = "本期没有"


def words_of(cell: Cell) -> str:
    """A cell as it stands on screen and paper."""
    if isinstance(cell, Share):
        few = FEW if cell.small else ""
        return NOTHING if cell.percent is None else f"{cell.percent}%（{cell.part}/{cell.of}）{few}"
    if isinstance(cell, Minutes):
        few = FEW if cell.small else ""
        return NOTHING if cell.value is None else f"{minutes_words(cell)}（{cell.of}）{few}"
    if isinstance(cell, Mean):
        few = FEW if cell.small else ""
        return NOTHING if cell.value is None else f"{cell.value}（{cell.of}）{few}"
    if isinstance(cell, int):
        return f"{cell:,}" if cell else NOTHING
    return str(cell)


def minutes_words(mean: Mean) -> str:
    """2 小时 05 分; 45 分; 3 天 4 小时 is not said: working hours are no days."""
    minutes = (2 * mean.total + mean.of) // (2 * mean.of)
    hours, rest = divmod(minutes, 60)
    return f"{hours} 小时 {rest:02d} 分" if hours else f"{rest} 分"


# ---- the tables ------------------------------------------------------------------------------------------------------

_ANSWER_NOTE = "没到时限又还没响应、没做完的不计；按今天的时限规则和上班时间算，等住户的时间扣除"
_SUM_HEADS = ("报修", "投诉", "响应达标", "完成达标", "平均响应", "平均完成", "重开率", "平均分")
_HANDS_HEADS = ("接手", "响应达标", "完成达标", "平均完成", "重开率", "平均分", "好评率", "差评")


def _sum_cells(sums: Sums) -> tuple[Cell, ...]:
    return (sums.orders, sums.complaints, sums.answer, sums.promise, sums.answer_time, sums.finish_time, sums.again,
            sums.rating)  # fmt: skip


def _hands_cells(sums: Sums) -> tuple[Cell, ...]:
    return (sums.orders, sums.answer, sums.promise, sums.finish_time, sums.again, sums.rating, sums.good, sums.bad)


def whole_table(sums: Sums) -> ServiceTable:
    """How it stands, a line a figure."""
    rows: tuple[tuple[Cell, ...], ...] = (
        ("报修（含投诉）", sums.orders), ("其中投诉", sums.complaints), ("已取消", sums.cancelled),
        ("还没做完", sums.open),
        ("响应达标", sums.answer), ("完成达标", sums.promise), ("平均响应（上班时间）", sums.answer_time),
        ("平均完成（上班时间）", sums.finish_time), ("重开率", sums.again), ("平均分（1–5）", sums.rating),
        ("好评率（4、5 分）", sums.good), ("差评（1、2 分）", sums.bad),
    )  # fmt: skip
    return ServiceTable("whole", "总体", ("指标", "数值"), rows, _ANSWER_NOTE)


def heat_table(heat: HeatMap, name: str, title: str, key: str = "heat") -> ServiceTable:
    """A map as a table, with the sums of rows and columns."""
    rows: list[tuple[Cell, ...]] = [(row, *counts, sum(counts)) for row, counts in heat.rows]
    if rows:
        sums = tuple(heat.sum_of(at) for at in range(len(heat.categories)))
        rows.append(("合计", *sums, sum(sums)))
    heads = (name, *(CATEGORY_WORDS[each] for each in heat.categories), "合计")
    return ServiceTable(key, title, heads, tuple(rows), "已取消的和整改单不计")


def heat_of(trends: Trends, building_id: UUID | None = None) -> HeatMap:
    """Of one building floor by floor, of the office building by building."""
    shown = building_id or trends.building_id
    return (
        heat_by_building(trends.heat, trends.buildings) if shown is None else heat_by_floor(trends.heat, shown)
    )  # fmt: skip


def tables_of(trends: Trends) -> list[ServiceTable]:
    """Every table but the map, in their order."""
    months = tuple((f"{month:%Y-%m}", *_sum_cells(sums)) for month, sums in trends.months)
    kinds = tuple((CATEGORY_WORDS[each], *_sum_cells(sums)) for each, sums in trends.categories)
    teams = tuple((name, *_hands_cells(sums)) for name, sums in trends.teams)
    people = tuple((each.name, each.team, *_hands_cells(each.sums)) for each in trends.people)
    repeats = tuple(
        (each.place, CATEGORY_WORDS[each.category], len(each.numbers), each.last, "、".join(each.numbers))
        for each in trends.repeats
    )
    lifts = tuple((each.place, f"{each.month:%Y-%m}", each.count) for each in trends.lifts)
    complaints = tuple(
        (CATEGORY_WORDS[each.category], each.count, each.share, f"超过 {BIG_SHARE}%" if each.big else "")
        for each in trends.complaints
    )
    big = frozenset(at for at, each in enumerate(trends.complaints) if each.big)
    return [
        whole_table(trends.whole),
        ServiceTable("months", "逐月", ("月份", *_SUM_HEADS), months, "按报修的月份；" + _ANSWER_NOTE),
        ServiceTable("categories", "类别", ("类别", *_SUM_HEADS), kinds, _ANSWER_NOTE),
        ServiceTable("teams", "班组", ("班组", *_HANDS_HEADS), teams, "人按现在的班组算；整改单也算做它的人"),
        ServiceTable("people", "人员", ("谁", "班组", *_HANDS_HEADS), people,
                     "重开算在修的人头上；评价算在当时修的人头上；整改单也算"),
        ServiceTable("repeats", "反复报修", ("地点", "类别", "次数", "最近一次", "单号"), repeats,
                     f"同一间房（电梯、消防是同一处）同一类，{REPEAT_DAYS} 天内又报；投诉和「其他」不计",
                     nothing=f"本期没有 {REPEAT_DAYS} 天内又报的"),
        ServiceTable("lifts", "电梯", ("电梯", "月份", "次数"), lifts, f"一个月多于 {BUSY_LIFT} 次的电梯",
                     frozenset(range(len(lifts))), f"本期没有一个月多于 {BUSY_LIFT} 次的电梯"),
        ServiceTable("complaints", "投诉", ("类别", "件数", "占全部投诉", "提示"), complaints,
                     f"超过 {BIG_SHARE}% 的标出来；整改单不计", big, "本期没有投诉"),
    ]  # fmt: skip


def title_of(trends: Trends) -> str:
    """2026 年 11 月维修服务月报 for a whole month, 维修服务报告 for any other days."""
    last = add_months(trends.since, 1) - timedelta(days=1)
    if trends.since.day == 1 and trends.until == last:
        return f"{trends.since.year} 年 {trends.since.month} 月{TITLE}"
    return "维修服务报告"


# ---- on paper --------------------------------------------------------------------------------------------------------

_BODY = Style(size=8.4, leading=11.6, align="left")
_HEAD = Style(size=8, leading=11, align="left", colour=GREY)
_NOTE = Style(size=7.8, leading=11, align="left", colour=GREY, after=2)
_SECTION = Style(size=11, leading=16, bold=True, align="left", before=8, after=1)
_RIGHT = ("报修", "投诉", "接手", "差评", "次数", "件数", "数值", "合计")
_WIDE = {"repeats": (3.2, 1.2, 0.8, 1.3, 6), "lifts": (4.0, 1.4, 1.0), "complaints": (2.0, 1.0, 2.0, 2.0)}
_FILLED = frozenset({"lifts", "complaints"})
_LINE = 13.5
Findings = tuple[str, ...]


def findings_of(trends: Trends) -> Findings:
    """What stands out, a sentence each: the report begins with it."""
    found = [
        f"{each.place} {each.month:%Y-%m} 报了 {each.count} 次，多于 {BUSY_LIFT} 次：请维保单位查原因"
        for each in trends.lifts
    ]
    for each in trends.complaints:
        if each.big and each.count > 1:
            few = f"（只有 {each.of} 件，样本少）" if each.of < 2 * SMALL else ""
            found.append(
                f"投诉里{CATEGORY_WORDS[each.category]}占 {each.share.percent}%，超过 {BIG_SHARE}%：请主管查原因{few}"
            )
    for fault in trends.repeats[:5]:
        if len(fault.numbers) > 2:
            word = CATEGORY_WORDS[fault.category]
            found.append(
                f"{fault.place}（{word}）{REPEAT_DAYS} 天内接连报了 {len(fault.numbers)} 次：小修不管用，请查根本原因"
            )
    return tuple(found)


def service_report_pdf(trends: Trends, printed: str = "", *, invariant: bool = False) -> bytes:
    """The report as PDF; heads stand on every page. `printed`: by whom and when, in the foot."""
    about = f"{trends.building or '全部楼栋'}　{trends.since} 至 {trends.until}　出表日 {date_words(trends.made_on)}"
    facts = printable((trends.office, about, tuple(tables_of(trends)), findings_of(trends)), True)
    office, about, tables, findings = facts
    title = title_of(trends)
    small = f"{FEW} 样本少于 {SMALL}，只供参考；括号里是单数。各项按报修的日子算，口径写在每张表上。"
    blocks: list[Block] = [
        text(f"{office} {title}", Style(size=15, leading=22, bold=True, align="left", after=2)),
        text(about, Style(size=9, leading=13, align="left", colour=GREY)),
        text(small, Style(size=8.2, leading=12, align="left", colour=GREY, after=3)),
    ]
    blocks += [text(f"• {words}", _BODY.but(colour=RED, size=9, leading=13)) for words in findings]
    for table in tables:
        blocks += _section(table)
        if table.key == "whole":
            blocks += _first_map(trends)
    blocks += _floor_maps(trends)
    pdf = Paper(f"{title} {trends.since} 至 {trends.until}", trends.office, invariant)
    foot = " · ".join(each for each in (office, title, printed) if each)
    pdf.add_flow(blocks, PageSetup((A4[1], A4[0]), 14 * MM, 14 * MM, 13 * MM, 15 * MM, foot_left=foot))
    return pdf.finish()


def _section(table: ServiceTable) -> list[Block]:
    head = text(table.title, _SECTION, with_next=True)
    if not table.rows:
        return [head, text(table.nothing, _BODY.but(colour=GREY, after=3))]
    note = [text(table.note, _NOTE, with_next=True)] if table.note else []
    return [head, *note, _beside(table) if table.key == "whole" else _grid(table)]


_PAIRS = 3


def _beside(table: ServiceTable) -> Grid:
    """Figures one after the other, three in a line."""
    strong = _BODY.but(bold=True, size=9.4)
    cells = [[text(words_of(name), _HEAD), text(words_of(figure), strong)] for name, figure in table.rows]
    rows: list[Sequence[Text]] = [
        [part for pair in cells[at : at + _PAIRS] for part in pair] for at in range(0, len(cells), _PAIRS)
    ]
    return Grid((2.1, 1.9) * _PAIRS, rows, lines="rows", pad_x=5, pad_y=2.2, before=0, after=2)


def _grid(table: ServiceTable) -> Grid:
    def style(at: int, base: Style) -> Style:
        return base.but(align="right") if at and (table.heads[at] in _RIGHT) else base

    fill = table.key in _FILLED  # a table of few columns does not run over the whole sheet
    rows: list[Sequence[Text]] = [[text(head, style(at, _HEAD)) for at, head in enumerate(table.heads)]]
    for number, row in enumerate(table.rows):
        base = _BODY.but(bold=True) if number in table.marked else _BODY
        rows.append([text(words_of(cell), style(at, base)) for at, cell in enumerate(row)])
    if fill:
        rows = [[*row, text("", _BODY)] for row in rows]
    widths = [*(_WIDE.get(table.key) or _widths(table)), *([6.0] if fill else [])]
    return Grid(widths, rows, head=1, lines="rows", pad_x=5, pad_y=1.7, before=0, after=2)


def _widths(table: ServiceTable) -> list[float]:
    return [
        1.7 if at == 0 or head == "班组" else 0.8 if head in _RIGHT else 1.75 for at, head in enumerate(table.heads)
    ]


def _first_map(trends: Trends) -> list[Block]:
    """Where: building by building; of one building floor by floor."""
    one = trends.building_id is not None
    title = f"{trends.building}：楼层 × 类别" if one else "楼栋 × 类别"
    return _map_blocks(heat_of(trends), "楼层" if one else "楼栋", title)


def _floor_maps(trends: Trends) -> list[Block]:
    """The busiest buildings floor by floor, behind everything else."""
    if trends.building_id is not None:
        return []
    blocks: list[Block] = []
    counts = {building_id: sum(c.count for c in trends.heat if c.building_id == building_id)
              for building_id, _ in trends.buildings}  # fmt: skip
    busiest = [each for each in sorted(trends.buildings, key=lambda each: -counts[each[0]]) if counts[each[0]]]
    for building_id, words in busiest[:_MOST_FLOORS]:
        blocks += _map_blocks(heat_by_floor(trends.heat, building_id), "楼层", f"{words}：楼层 × 类别")
    if len(busiest) > _MOST_FLOORS:
        blocks.append(text(f"其余 {len(busiest) - _MOST_FLOORS} 栋的楼层见工作簿", _NOTE))
    return blocks


def _map_blocks(heat: HeatMap, name: str, title: str) -> list[Block]:
    head = text(title, _SECTION, with_next=True)
    if not heat.rows:
        return [head, text("本期没有报修", _BODY.but(colour=GREY, after=3))]
    table = heat_table(heat, name, title)
    block = HeatBlock(heat, name)
    note = text(table.note + "；颜色越深单越多", _NOTE)
    return [Group([head, block, note], before=6)] if len(heat.rows) < 25 else [head, block, note]


class HeatBlock:
    """A map of counts: the darker, the more; every figure is printed, so a black and white printer tells it too."""

    after = 2.0
    with_next = False

    def __init__(self, heat: HeatMap, name: str, rows: slice = slice(None), most: int = 0) -> None:
        self._heat, self._name, self._rows = heat, name, rows
        self._most = most or heat.most
        self.before = 3.0

    @property
    def rows(self) -> Sequence[tuple[str, tuple[int, ...]]]:
        return self._heat.rows[self._rows]

    def height(self, width: float) -> float:
        return _LINE * (len(self.rows) + 2)

    def split(self, width: float, room: float) -> tuple[Block, Block] | None:
        fits, first = int(room / _LINE) - 2, self._rows.start or 0
        if not 0 < fits < len(self.rows):
            return None
        whole = self._heat, self._name
        last = self._rows.stop
        return (
            HeatBlock(*whole, slice(first, first + fits), self._most),
            HeatBlock(*whole, slice(first + fits, last), self._most),
        )

    def draw(self, canvas: Any, x: float, top: float, width: float) -> None:
        categories = self._heat.categories
        first = min(150.0, width * 0.2)
        wide = min(58.0, (width - first) / (len(categories) + 1))
        self._line(
            canvas, x, top, first, wide, (self._name, *(CATEGORY_WORDS[each] for each in categories), "合计"), _HEAD
        )
        y = top - _LINE
        for name, counts in self.rows:
            for at, count in enumerate(counts):
                if count:
                    shade = 1 - 0.62 * count / max(self._most, 4)
                    canvas.setFillColorRGB(shade, 0.5 + shade / 2, 0.52 + shade * 0.48)
                    canvas.rect(x + first + at * wide, y - _LINE + 0.7, wide - 1, _LINE - 1.4, stroke=0, fill=1)
            canvas.setFillColorRGB(*BLACK)
            cells = (name, *(str(count) if count else "" for count in counts), str(sum(counts)))
            self._line(canvas, x, y, first, wide, cells, _BODY)
            y -= _LINE
        canvas.setLineWidth(HAIR)
        canvas.setStrokeColorRGB(*GREY)
        canvas.line(x, y, x + first + wide * (len(categories) + 1), y)
        sums = [self._heat.sum_of(at) for at in range(len(categories))]
        cells = ("合计", *(str(each) for each in sums), str(sum(sums)))
        self._line(canvas, x, y, first, wide, cells, _BODY.but(bold=True))

    def _line(
        self, canvas: Any, x: float, top: float, first: float, wide: float, cells: Sequence[str], style: Style
    ) -> None:
        style = style.but(leading=11.0)
        text(cells[0], style).draw(canvas, x + 3, top - 1.2, first - 6)
        for at, words in enumerate(cells[1:]):
            text(words, style.but(align="centre")).draw(canvas, x + first + at * wide, top - 1.2, wide)
