"""The few marks of a text template, and the blocks they become. The office learns them from the head of a template.

# 文字            title                         ## 文字     article, numbered 第一条; {@文字} refers to it
- 文字            clause, numbered 5.1          -- 文字     item of a clause, numbered （1）
-! 文字           clause that burdens the tenant: bold, with a place for initials (Civil Code 496)
> 文字            small grey note               文字        paragraph, first line indented
|= 2 | 3> | 1^ |  shares and sides of columns   |! 表 | 头 |  head row      | 一 | 行 |  row
@sign 甲方 | 乙方  places to sign                @space 12 · @line · @page · @together … @end
@picture 名称 | 40 | 右    a picture of the office, 40 mm wide; left, in the middle (nothing said), or right
**文字**          bold
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from desktop.services.paper.fonts import check_text
from desktop.services.paper.ink_marks import SignedGrid, SignedHere
from desktop.services.paper.layout import MM, Block, Gap, Grid, Group, NewPage, Picture, Rule, Text, text
from desktop.services.paper.lines import GREY, Run, Style
from desktop.services.paper.template import TemplateProblem, restore

BODY = Style(size=10, leading=15.8, first=20, after=2)
TITLE = Style(size=19, leading=28, bold=True, align="centre", after=5)
ARTICLE = Style(size=11, leading=17, bold=True, align="left", before=7, after=1.5)
CLAUSE = Style(size=10, leading=15.8, left=32, after=1.2)
ITEM = Style(size=10, leading=15.8, left=55, after=0.8)
NOTE = Style(size=9, leading=14, colour=GREY, after=4)
CELL = Style(size=9.2, leading=13.2, align="left")

_REFERENCE = re.compile(r"\{@([^{}]+)\}")
_COLUMN = re.compile(r"(\d+(?:\.\d+)?)\s*([>^]?)")
_SIDES = {"": "left", ">": "right", "^": "centre"}
_DIGITS = "零一二三四五六七八九"
MOST_SPACE = 400
LEAST_PICTURE, MOST_PICTURE = 5, 160
"""mm."""
_NUMBER = re.compile(r"\d{1,3}(?:\.\d)?")


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered place in a text, so that a deduction or a demand can name its ground."""

    number: str
    title: str
    text: str


@dataclass(slots=True)
class _Table:
    line: int
    widths: list[float] = field(default_factory=list)
    sides: list[str] = field(default_factory=list)
    rows: list[list[Text]] = field(default_factory=list)
    head: int = 0


class _Reader:
    """Reads lines into blocks; numbers articles and clauses as it goes."""

    def __init__(
        self, lines: Sequence[tuple[int, str]], pictures: Mapping[str, bytes] | None = None, tolerant: bool = False,
        signature: SignedHere | None = None,
    ) -> None:  # fmt: skip
        self.problems: list[TemplateProblem] = []
        self._tolerant = tolerant
        self._pictures = pictures or {}
        self._signature = signature
        self._signed_at = signature.place_among(_places(lines)) if signature is not None else ""
        self.blocks: list[Block] = []
        self.clauses: list[Clause] = []
        self._lines = lines
        self._articles: dict[str, int] = {}
        self._article = ""
        self._article_number = self._clause_number = self._item_number = 0
        self._table: _Table | None = None
        self._together: tuple[int, list[Block]] | None = None
        self._line = 1

    def read(self) -> None:
        with self._told():
            self._articles = _number_articles(self._lines)
        for number, words in self._lines:
            self._line, line = number, words.strip()
            with self._told():
                if self._table and not line.startswith("|"):
                    self._close_table()
                if line:
                    self._read_line(line)
        self._close_table()
        with self._told():
            if self._together:
                raise TemplateProblem(self._together[0], "「@together」没有「@end」：在后面补一行「@end」")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """A problem ends the reading, or is written down and the next line is read."""
        try:
            yield
        except TemplateProblem as problem:
            if not self._tolerant:
                raise
            self.problems.append(problem)

    def _read_line(self, line: str) -> None:
        for mark, read in _MARKS:
            if line.startswith(mark):
                read(self, line[len(mark) :].strip())
                return
        self._add(Text(self._runs(line), BODY, _leads(line)))

    def _add(self, block: Block) -> None:
        (self._together[1] if self._together else self.blocks).append(block)

    def title(self, words: str) -> None:
        self._add(Text(self._runs(words), TITLE, with_next=True))

    def article(self, words: str) -> None:
        self._article_number += 1
        self._clause_number = 0
        self._article = restore(words)
        self._add(Text(self._runs(f"第{chinese_number(self._article_number)}条　{words}"), ARTICLE, with_next=True))

    def clause(self, words: str, burden: bool = False) -> None:
        if not self._article_number:
            raise TemplateProblem(self._line, "款（-）要写在条（##）的后面")
        self._clause_number += 1
        self._item_number = 0
        number = f"{self._article_number}.{self._clause_number}"
        runs = self._runs(words, bold=burden)
        self.clauses.append(Clause(number, self._article, "".join(run.text for run in runs)))
        paragraph = Text(runs, CLAUSE, _leads(words), label=number)
        if burden:
            initials = text("乙方签认：＿＿＿＿", CELL.but(size=9, align="right", colour=GREY))
            self._add(Grid((79, 21), [[paragraph, initials]], lines="none", pad_x=0, pad_y=0, before=0, after=1.5))
        else:
            self._add(paragraph)

    def burden(self, words: str) -> None:
        self.clause(words, burden=True)

    def item(self, words: str) -> None:
        self._item_number += 1
        self._add(Text(self._runs(words), ITEM, label=f"（{self._item_number}）", label_at=CLAUSE.left - 5))

    def note(self, words: str) -> None:
        self._add(Text(self._runs(words), NOTE))

    def columns(self, words: str) -> None:
        table = self._open_table()
        if table.widths or table.rows:
            raise TemplateProblem(self._line, "一张表只能有一行列宽（|=），并且写在最前面")
        for part in _cells(words):
            found = _COLUMN.fullmatch(part)
            if not found or not float(found[1]):
                raise TemplateProblem(self._line, f"列宽写法有误：「{restore(part)}」，例如「|= 2 | 3> | 1^ |」")
            table.widths.append(float(found[1]))
            table.sides.append(_SIDES[found[2]])

    def head_row(self, words: str) -> None:
        table = self._open_table()
        if len(table.rows) != table.head:
            raise TemplateProblem(self._line, "表头（|!）要写在表的各行之前")
        self._row(words, CELL.but(bold=True, align="centre"))
        table.head += 1

    def row(self, words: str) -> None:
        self._open_table()
        self._row(words, CELL)

    def _row(self, words: str, style: Style) -> None:
        table = self._open_table()
        cells = _cells(words)
        if not table.widths:
            table.widths = [1.0] * len(cells)
            table.sides = ["left"] * len(cells)
        if len(cells) != len(table.widths):
            raise TemplateProblem(self._line, f"这一行有 {len(cells)} 格，表有 {len(table.widths)} 列：补齐或删去几格")
        heading = style.bold
        table.rows.append([
            Text(self._runs(cell), style if heading else style.but(align=side))
            for cell, side in zip(cells, table.sides, strict=True)
        ])  # fmt: skip

    def _open_table(self) -> _Table:
        if self._table is None:
            self._table = _Table(self._line)
        return self._table

    def _close_table(self) -> None:
        table, self._table = self._table, None
        if table and table.rows:
            self._add(Grid(table.widths, table.rows, table.head))

    def sign(self, words: str) -> None:
        names = _cells(words)
        if not 1 <= len(names) <= 3:
            raise TemplateProblem(self._line, "签章栏（@sign）写一至三方，用「|」隔开")
        style = CELL.but(size=10, leading=17)
        rows = [
            [Text(self._runs(name), style.but(bold=True)) for name in names],
            [text("签字（盖章）：", style) for _ in names],
            [text("", style.but(leading=22)) for _ in names],
            [text(self._date_of(name), style) for name in names],
        ]
        here, signed = self._signature, [at for at, name in enumerate(names) if name and name == self._signed_at]
        if here is not None and signed and here.words:
            rows.append([text(f"签字人：{here.words}" if at in signed else "", style) for at in range(len(names))])
        grid = Grid([1.0] * len(names), rows, lines="none", pad_x=0, pad_y=2)
        marks = [(at, here.ink) for at in signed] if here is not None else []
        self._add(Group([SignedGrid(grid, marks, 1, 74, 42) if marks else grid], before=16))

    def _date_of(self, name: str) -> str:
        """The day of a signature that was given, else a line to write it on."""
        if self._signature is not None and name == self._signed_at:
            return f"日期：{self._signature.day}"
        return "日期：＿＿＿＿年＿＿月＿＿日"

    def space(self, words: str) -> None:
        if not words.isdecimal() or int(words) > MOST_SPACE:
            raise TemplateProblem(self._line, f"「@space」后面写空白的高度，1 到 {MOST_SPACE}")
        self._add(Gap(float(words)))

    def picture(self, words: str) -> None:
        name, *rest = _cells(words)
        wide = rest[0] if rest else ""
        if not _NUMBER.fullmatch(wide) or not LEAST_PICTURE <= float(wide) <= MOST_PICTURE:
            raise TemplateProblem(
                self._line, f"图片的写法是「@picture 名称 | 宽度」，宽度 {LEAST_PICTURE} 到 {MOST_PICTURE} 毫米"
            )
        align = {"左": "left", "右": "right", "": "centre", "中": "centre"}.get(rest[1] if len(rest) > 1 else "")
        if align is None:
            raise TemplateProblem(self._line, "图片的位置写 左、中 或 右")
        data = self._pictures.get(restore(name))
        if data is None:
            raise TemplateProblem(self._line, unknown_picture(restore(name), self._pictures))
        self._add(Picture(data, float(wide) * MM, align))

    def rule(self, _words: str) -> None:
        self._add(Rule())

    def page(self, _words: str) -> None:
        self._add(NewPage())

    def together(self, _words: str) -> None:
        if self._together:
            raise TemplateProblem(self._line, "「@together」里面不能再有「@together」：先写「@end」")
        self._together = (self._line, [])

    def end(self, _words: str) -> None:
        if not self._together:
            raise TemplateProblem(self._line, "「@end」前面没有「@together」：删去它，或补上开头")
        _line, blocks = self._together
        self._together = None
        if blocks:
            self._add(Group(blocks, before=blocks[0].before))

    def unknown(self, words: str) -> None:
        raise TemplateProblem(
            self._line, f"不认识的标记「@{restore(words.split(' ')[0])}」：只有 @together、@end、@space、@sign"
        )

    def _runs(self, words: str, bold: bool = False) -> list[Run]:
        words = _REFERENCE.sub(self._reference, words)
        if missing := check_text(restore(words)):
            raise TemplateProblem(self._line, f"字库里没有「{missing}」，印出来会是空框：换一个字")
        parts = words.split("**")
        if len(parts) % 2 == 0:
            raise TemplateProblem(self._line, "粗体标记「**」没有成对：补上另一个")
        return [Run(restore(part), bold or index % 2 == 1) for index, part in enumerate(parts) if part] or [Run("")]

    def _reference(self, found: re.Match[str]) -> str:
        number = self._articles.get(found[1].strip())
        if number is None:
            raise TemplateProblem(self._line, f"没有叫「{found[1]}」的条：核对名字，或补上这一条")
        return f"第{chinese_number(number)}条"


_MARKS: tuple[tuple[str, Callable[[_Reader, str], Any]], ...] = (
    ("##", _Reader.article), ("#", _Reader.title), ("--", _Reader.item), ("-!", _Reader.burden), ("-", _Reader.clause),
    (">", _Reader.note), ("|=", _Reader.columns), ("|!", _Reader.head_row), ("|", _Reader.row), ("@sign", _Reader.sign),
    ("@picture", _Reader.picture),
    ("@space", _Reader.space), ("@line", _Reader.rule), ("@page", _Reader.page), ("@together", _Reader.together),
    ("@end", _Reader.end), ("@", _Reader.unknown),
)  # fmt: skip


def read_markup(
    lines: Sequence[tuple[int, str]], pictures: Mapping[str, bytes] | None = None,
    signature: SignedHere | None = None,
) -> tuple[list[Block], list[Clause]]:  # fmt: skip
    """Blocks ready to flow, and the numbered clauses. Raises TemplateProblem with the template's line.

    `signature` is set where its side signs.
    """
    reader = _Reader(lines, pictures, signature=signature)
    reader.read()
    return reader.blocks, reader.clauses


def markup_problems(
    lines: Sequence[tuple[int, str]], pictures: Mapping[str, bytes] | None = None
) -> list[TemplateProblem]:
    """Every line that cannot be read, not only the first."""
    reader = _Reader(lines, pictures, tolerant=True)
    reader.read()
    return reader.problems


def unknown_picture(name: str, known: Iterable[str]) -> str:
    """The sentence for a picture the office does not have."""
    names = list(known)
    near = get_close_matches(name, names, n=1, cutoff=0.4)
    meant = f"，是不是「{near[0]}」" if near else ""
    return f"没有叫「{name}」的图片{meant}{'' if names else '：先在「图片」里添加'}"


def chinese_number(number: int) -> str:
    """1 to 99 as in 第二十一条."""
    tens, ones = divmod(number, 10)
    head = "" if not tens else ("十" if tens == 1 else f"{_DIGITS[tens]}十")
    return head + (_DIGITS[ones] if ones or not tens else "")


def _number_articles(lines: Sequence[tuple[int, str]]) -> dict[str, int]:
    titles = [(number, line.strip()[2:].strip()) for number, line in lines if line.strip().startswith("##")]
    if len(titles) > 99:
        raise TemplateProblem(titles[99][0], "超过九十九条：把几条并成一条")
    return {title: index for index, (_line, title) in enumerate(titles, start=1)}


def _leads(words: str) -> bool:
    """Whether a text announces what follows, so that the two stay on one page."""
    return words.endswith("：")


def _places(lines: Sequence[tuple[int, str]]) -> list[str]:
    """Every place to sign of a text."""
    signs = (words.strip().removeprefix("@sign") for _, words in lines if words.strip().startswith("@sign"))
    return [name for words in signs for name in _cells(words)]


def _cells(words: str) -> list[str]:
    return [part.strip() for part in words.strip().removesuffix("|").split("|")]
