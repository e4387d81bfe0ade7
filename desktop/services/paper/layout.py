"""Pages of paper: blocks (text, grids, rules), how they flow over pages, and the finished PDF.

Adding a kind of block: give it `height`, `split` and `draw`; `flow` knows nothing else of it. All lengths are points,
y grows upwards as in PDF, `top` is the upper edge of a block.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from desktop.services.errors import DomainError
from desktop.services.paper.fonts import REGULAR, load_fonts, write_lock
from desktop.services.paper.lines import GREY, RED, Colour, Line, Run, Style, break_lines, draw_lines, text_width

MM = 72 / 25.4
A4 = (210 * MM, 297 * MM)
A5_LANDSCAPE = (210 * MM, 148 * MM)
HAIR = 0.5


class Block(Protocol):
    """One thing on a page. `height` may be asked for any width, `split` and `draw` for the same width again."""

    @property
    def before(self) -> float: ...

    @property
    def after(self) -> float: ...

    @property
    def with_next(self) -> bool: ...

    def height(self, width: float) -> float: ...

    def split(self, width: float, room: float) -> tuple[Block, Block] | None:
        """Two parts of which the first fits into `room`, or None where no good place to split is."""

    def draw(self, canvas: Any, x: float, top: float, width: float) -> None: ...


@dataclass(slots=True)
class Text:
    """A paragraph of runs; `label` is a number set at `label_at` beside its first line."""

    runs: Sequence[Run]
    style: Style = field(default_factory=Style)
    with_next: bool = False
    label: str = ""
    label_at: float = 0.0
    _width: float = -1.0
    _lines: Sequence[Line] = ()

    @property
    def before(self) -> float:
        return self.style.before

    @property
    def after(self) -> float:
        return self.style.after

    def lines(self, width: float) -> Sequence[Line]:
        if width != self._width:
            self._lines = break_lines(self.runs, self.style, width)
            self._width = width
        return self._lines

    def height(self, width: float) -> float:
        return len(self.lines(width)) * self.style.leading

    def split(self, width: float, room: float) -> tuple[Block, Block] | None:
        """Never leaves one line of a paragraph alone at the foot or the head of a page."""
        lines = self.lines(width)
        count = min(int((room + 0.01) / self.style.leading), len(lines) - 2)
        if count < 2:
            return None
        return self._parts(count, self.style.but(after=0.0), self.style.but(before=0.0))

    def cut(self, width: float, room: float) -> tuple[Text, Text]:
        """Two parts at any line, for a text too tall for a page."""
        lines = self.lines(width)
        count = max(1, min(int((room + 0.01) / self.style.leading), len(lines)))
        return self._parts(count, self.style, self.style)

    def _parts(self, count: int, upper: Style, lower: Style) -> tuple[Text, Text]:
        head = Text(self.runs, upper, False, self.label, self.label_at, self._width, self._lines[:count])
        return head, Text(self.runs, lower, self.with_next, "", 0.0, self._width, self._lines[count:])

    def draw(self, canvas: Any, x: float, top: float, width: float) -> None:
        if self.label:
            style = self.style.but(left=0.0, first=0.0, align="left", bold=self.style.bold or self.runs[0].bold)
            draw_lines(canvas, break_lines([Run(self.label)], style, width), style, x + self.label_at, top)
        draw_lines(canvas, self.lines(width), self.style, x, top)


def text(words: str, style: Style | None = None, with_next: bool = False) -> Text:
    """A paragraph of plain words."""
    return Text([Run(words)], style or Style(), with_next)


@dataclass(slots=True)
class Rule:
    """A thin line across the column."""

    before: float = 4.0
    after: float = 4.0
    weight: float = HAIR
    with_next: bool = False

    def height(self, width: float) -> float:
        return self.weight

    def split(self, width: float, room: float) -> None:
        return None

    def draw(self, canvas: Any, x: float, top: float, width: float) -> None:
        canvas.setLineWidth(self.weight)
        canvas.setStrokeColorRGB(*GREY)
        canvas.line(x, top - self.weight / 2, x + width, top - self.weight / 2)


@dataclass(slots=True)
class Gap:
    """Empty room; swallowed at the head of a page."""

    points: float
    before: float = 0.0
    after: float = 0.0
    with_next: bool = False

    def height(self, width: float) -> float:
        return self.points

    def split(self, width: float, room: float) -> None:
        return None

    def draw(self, canvas: Any, x: float, top: float, width: float) -> None:
        return None


@dataclass(slots=True)
class Picture:
    """A picture (PNG or JPEG bytes) `wide` points wide, as high as it is then; narrower where the column is."""

    data: bytes
    wide: float
    align: str = "centre"
    before: float = 2.0
    after: float = 4.0
    with_next: bool = False
    _image: Any = None

    def _size(self, width: float) -> tuple[float, float]:
        if self._image is None:
            from reportlab.lib.utils import ImageReader

            self._image = ImageReader(io.BytesIO(self.data))
        across, down = self._image.getSize()
        wide = min(self.wide, width)
        return wide, wide * down / across

    def height(self, width: float) -> float:
        return self._size(width)[1]

    def split(self, width: float, room: float) -> None:
        return None

    def draw(self, canvas: Any, x: float, top: float, width: float) -> None:
        wide, high = self._size(width)
        x += {"left": 0.0, "centre": (width - wide) / 2, "right": width - wide}[self.align]
        canvas.drawImage(self._image, x, top - high, wide, high, mask="auto")


@dataclass(slots=True)
class NewPage(Gap):
    """What follows begins on a new page."""

    points: float = 0.0


@dataclass(slots=True)
class Group:
    """Blocks that stay on one page; split like others only when a whole page is too small for them."""

    blocks: Sequence[Block]
    before: float = 0.0
    after: float = 0.0
    with_next: bool = False

    def height(self, width: float) -> float:
        return stack_height(self.blocks, width)

    def split(self, width: float, room: float) -> None:
        return None

    def draw(self, canvas: Any, x: float, top: float, width: float) -> None:
        for index, block in enumerate(self.blocks):
            top -= block.before if index else 0.0
            block.draw(canvas, x, top, width)
            top -= block.height(width) + block.after


def stack_height(blocks: Sequence[Block], width: float) -> float:
    """Height of blocks one below the other, without the room before the first."""
    return sum(block.height(width) + block.after for block in blocks) + sum(block.before for block in blocks[1:])


@dataclass(slots=True)
class Grid:
    """A table. `widths` are shares of the column; rows hold texts; the first `head` rows repeat on each page."""

    widths: Sequence[float]
    rows: Sequence[Sequence[Text]]
    head: int = 0
    lines: str = "all"
    """all: a frame and every line; rows: lines below rows only; none."""
    pad_x: float = 5.0
    pad_y: float = 3.0
    before: float = 4.0
    after: float = 6.0
    with_next: bool = False
    least: float = 0.0
    """Least height of a row, for room to write by hand."""
    ink: Colour = GREY
    weight: float = HAIR

    def columns(self, width: float) -> list[float]:
        whole = sum(self.widths)
        return [width * share / whole for share in self.widths]

    def row_height(self, row: Sequence[Text], columns: Sequence[float]) -> float:
        tallest = max(cell.height(column - 2 * self.pad_x) for cell, column in zip(row, columns, strict=True))
        return max(tallest + 2 * self.pad_y, self.least)

    def height(self, width: float) -> float:
        columns = self.columns(width)
        return sum(self.row_height(row, columns) for row in self.rows)

    def _part(self, rows: Sequence[Sequence[Text]], last: bool) -> Grid:
        after, before = (self.after, 0.0) if last else (0.0, self.before)
        return replace(self, rows=rows, before=before, after=after, with_next=self.with_next and last)

    def split(self, width: float, room: float) -> tuple[Block, Block] | None:
        columns = self.columns(width)
        fits, used = 0, 0.0
        for row in self.rows:
            used += self.row_height(row, columns)
            if used > room + 0.01:
                break
            fits += 1
        if not self.head < fits < len(self.rows):
            return None
        return self._part(self.rows[:fits], False), self._part([*self.rows[: self.head], *self.rows[fits:]], True)

    def cut(self, width: float, room: float) -> tuple[Grid, Grid]:
        """Two parts through the middle of the first body row, for a row too tall for a page."""
        columns = self.columns(width)
        head = self.rows[: self.head]
        room -= sum(self.row_height(row, columns) for row in head) + 2 * self.pad_y
        tall, *rest = self.rows[self.head :]
        parts = [cell.cut(column - 2 * self.pad_x, room) for cell, column in zip(tall, columns, strict=True)]
        upper, lower = [part[0] for part in parts], [part[1] for part in parts]
        return self._part([*head, upper], False), self._part([*head, lower, *rest], True)

    def draw(self, canvas: Any, x: float, top: float, width: float) -> None:
        columns = self.columns(width)
        edges = [top]
        for row in self.rows:
            height = self.row_height(row, columns)
            left = x
            for cell, column in zip(row, columns, strict=True):
                inner = cell.height(column - 2 * self.pad_x)
                cell.draw(canvas, left + self.pad_x, edges[-1] - (height - inner) / 2, column - 2 * self.pad_x)
                left += column
            edges.append(edges[-1] - height)
        if self.lines == "none":
            return
        canvas.setLineWidth(self.weight)
        canvas.setStrokeColorRGB(*self.ink)
        for edge in edges:
            canvas.line(x, edge, x + width, edge)
        if self.lines == "all":
            left = x
            for column in [0.0, *columns]:
                left += column
                canvas.line(left, edges[0], left, edges[-1])


@dataclass(frozen=True, slots=True)
class PageSetup:
    """A sheet, its margins, and what stands on every page."""

    size: tuple[float, float] = A4
    left: float = 22 * MM
    right: float = 22 * MM
    top: float = 20 * MM
    bottom: float = 20 * MM
    foot_left: str = ""
    numbered: bool = True
    """第 x 页 / 共 y 页 in the foot."""
    watermark: str = ""

    @property
    def width(self) -> float:
        return self.size[0] - self.left - self.right

    @property
    def height(self) -> float:
        return self.size[1] - self.top - self.bottom


class TooManyPages(DomainError):
    """A text that would never end on paper; `pages` is the limit."""

    def __init__(self, pages: int) -> None:
        super().__init__(f"内容超过 {pages} 页，没有打印：请检查模板或明细")
        self.pages = pages


Placed = tuple[Block, float]
MOST_PAGES = 500
_LONGEST_CHAIN = 6
"""Blocks that may announce one another: article, clause, table."""


def flow(blocks: Sequence[Block], setup: PageSetup) -> list[list[Placed]]:
    """Blocks laid over as many pages as they need, each with its distance from the upper margin."""
    pages: list[list[Placed]] = [[]]
    used = 0.0
    queue = list(reversed(blocks))
    width, height = setup.width, setup.height
    while queue:
        if len(pages) > MOST_PAGES:
            raise TooManyPages(MOST_PAGES)
        block = queue.pop()
        page = pages[-1]
        if isinstance(block, Gap) and (not page or isinstance(block, NewPage)):
            if page:
                pages.append([])
                used = 0.0
            continue
        used_before = used + (block.before if page else 0.0)
        needed = block.height(width)
        follower = _follower_height(block, queue, width)
        if used_before + needed + follower <= height + 0.01:
            page.append((block, used_before))
            used = used_before + needed + block.after
            continue
        parts = block.split(width, height - used_before)
        if parts is None and not page:
            if follower and needed <= height:  # alone on a page: what should stay with it cannot
                page.append((block, 0.0))
                used = needed + block.after
                continue
            if isinstance(block, Group):
                queue.extend(reversed(block.blocks))
                continue
            if isinstance(block, (Text, Grid)):
                parts = block.cut(width, height)
        if parts is not None:
            page.append((parts[0], used_before))
            if parts[1].height(width):  # nothing is left of a single line taller than the sheet
                queue.append(parts[1])
        else:
            queue.append(block)
        pages.append([])
        used = 0.0
    return pages if pages[-1] or len(pages) == 1 else pages[:-1]


def _follower_height(block: Block, queue: Sequence[Block], width: float) -> float:
    """Room wanted below a heading, so that it never stands alone at the foot of a page.

    Of what follows two lines or one row are enough, unless that announces something in its turn.
    """
    room = 0.0
    for follower in reversed(queue[-_LONGEST_CHAIN:]):
        if not block.with_next:
            break
        room += block.after + follower.before
        wanted = follower.height(width)
        if not follower.with_next:
            if isinstance(follower, Text):
                wanted = min(wanted, 2 * follower.style.leading)
            elif isinstance(follower, Grid):
                wanted = min(wanted, replace(follower, rows=follower.rows[: follower.head + 1]).height(width))
        room += wanted
        block = follower
    return room


class Paper:
    """One PDF being made: pages are added, `finish` gives the bytes.

    `invariant` leaves out the moment of making, so that the same content gives the same bytes.
    """

    def __init__(self, title: str, author: str = "", invariant: bool = False) -> None:
        load_fonts()
        from reportlab.pdfgen.canvas import Canvas

        self._buffer = io.BytesIO()
        self.canvas: Any = Canvas(self._buffer, pageCompression=1, invariant=int(invariant), initialFontName=REGULAR)
        self.canvas.setTitle(title)
        self.canvas.setAuthor(author)
        self.canvas.setCreator("Anju Desk")
        self.pages = 0

    def add_page(self, size: tuple[float, float], draw: Callable[[Any], None]) -> None:
        """One page painted by hand."""
        self.canvas.setPageSize(size)
        draw(self.canvas)
        self.canvas.showPage()
        self.pages += 1

    def add_flow(self, blocks: Sequence[Block], setup: PageSetup) -> None:
        """Blocks over as many pages as they need, with watermark and foot."""
        pages = flow(blocks, setup)
        for number, placed in enumerate(pages, start=1):
            self.canvas.setPageSize(setup.size)
            if setup.watermark:
                draw_watermark(self.canvas, setup.size, setup.watermark)
            for block, offset in placed:
                block.draw(self.canvas, setup.left, setup.size[1] - setup.top - offset, setup.width)
            self._draw_foot(setup, number, len(pages))
            self.canvas.showPage()
            self.pages += 1

    def _draw_foot(self, setup: PageSetup, number: int, count: int) -> None:
        style = Style(size=8, leading=10, align="left", colour=GREY)
        top = setup.bottom - 16
        if setup.foot_left:
            text(setup.foot_left, style).draw(self.canvas, setup.left, top, setup.width * 0.72)
        if setup.numbered:
            text(f"第 {number} 页 / 共 {count} 页", style.but(align="right")).draw(
                self.canvas, setup.left, top, setup.width
            )

    def finish(self) -> bytes:
        """The PDF. Subsetting reads shared font files, so documents are closed one at a time."""
        with write_lock():
            self.canvas.save()
        return self._buffer.getvalue()


def draw_watermark(
    canvas: Any, size: tuple[float, float], words: str, red: bool = False, outline: bool = False
) -> None:
    """Words across the page, light enough to read the text over them; `outline` for printers that know no tints."""
    width, height = size
    scale = min(110.0, 0.72 * (width**2 + height**2) ** 0.5 / text_width(words, 1.0, bold=True))
    ink = RED if red else GREY
    style = Style(size=scale, leading=scale * 1.2, bold=True, align="centre", colour=ink)
    canvas.saveState()
    if outline:
        canvas.setStrokeColorRGB(*ink)
        canvas.setLineWidth(0.7)
        canvas._code.append("1 Tr")
    else:
        canvas.setFillAlpha(0.22 if red else 0.10)
    canvas.translate(width / 2, height / 2)
    canvas.rotate(30 if height > width else 18)
    text(words, style).draw(canvas, -width, style.leading / 2, 2 * width)
    canvas.restoreState()
