"""Copying and printing what is selected in a list: by right, or with a colleague's word, and always noted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from desktop.models.values import Right
from desktop.services import list_copies
from desktop.services.acts import Op
from desktop.services.batch_prints import PaperKind
from desktop.services.conditions import chips
from desktop.services.list_copies import MOST_COPIED, MOST_PRINTED, PrintList, TooManyRows
from desktop.services.paper.list_sheet import SheetColumn
from desktop.services.print_events import Printed
from desktop.services.work import Work
from desktop.views import messages
from desktop.views.columns import Ask, Column, GroupHead, Kind, Source
from desktop.views.dialogs import Question
from desktop.views.on_the_spot import Asked, act_or_ask
from desktop.views.printing import PrintOrder, printer_of

if TYPE_CHECKING:
    from desktop.views.list_page import ListPage

PAPER = "list"
PAPERS = "papers"
"""An answer of the question: the papers of the rows themselves, one by one."""
_FORMULA = ("=", "+", "-", "@")
_PAGE = 500
Spans = list[tuple[int, int]]


class PrintQuestion(Question):
    """Which rows go on paper."""

    help_topic = "lists.copies"


class ListCopies(QObject):
    """Made by its page."""

    def __init__(self, page: ListPage) -> None:
        super().__init__(page)
        self._page, self._shell = page, page.shell

    # which rows

    def _count(self, spans: Spans) -> int:
        return sum(last - first + 1 for first, last in spans)

    def gather(self, spans: Spans, then: Callable[[list[Any]], object]) -> None:
        """The rows of these positions, read anew where they have not been fetched."""
        rows = self._page.table.rows
        here = [row for first, last in spans for row in rows.rows_here(first, last)]
        if len(here) == self._count(spans) or rows.source is None:
            then(here)
            return
        read = partial(read_rows, rows.source, spans, rows.sort_key, rows.descending)
        self._shell.run(read, then, busy=self.tr("正在读取选中的行"))

    def _columns(self) -> list[Column]:
        table = self._page.table
        shown = [column for at, column in enumerate(table.rows.columns) if not table.isColumnHidden(at)]
        return [column for column in shown if column.kind != Kind.TICK]

    def _about(self) -> str:
        """In words which rows these are."""
        parts = [self._page.scope_words()]
        parts += [words for _, words in chips(self._page.strip.chosen, self._page.strip.known)]
        return " · ".join(part for part in parts if part)

    # copying

    def copy(self) -> None:
        """Ctrl C: the selected rows with their headings, for a workbook."""
        spans = self._page.table.spans()
        count = self._count(spans)
        if count > MOST_COPIED:
            messages.show_error(TooManyRows("复制", f"{count:,}", MOST_COPIED))
        elif count:
            self.gather(spans, self._ask_copy)

    def _ask_copy(self, rows: list[Any]) -> None:
        columns = self._columns()
        keys = [column.key or column.title for column in columns]
        asked = Asked(
            self.tr("复制{what} {n} 行到剪贴板").format(what=self._page.title_label.text(), n=len(rows)),
            self._about(), self.tr("同意复制"),
        )  # fmt: skip
        act = partial(_note_copy, self._page.list_key, len(rows), keys)
        act_or_ask(self._shell, asked, Op.EXPORT_LIST, act, partial(self._copied, columns, rows), messages.show_error)

    def _copied(self, columns: Sequence[Column], rows: list[Any], _news: object) -> None:
        QGuiApplication.clipboard().setText(as_text(columns, rows))
        self._shell.toast(self.tr("已复制 {n} 行，带标题，可粘到表格里").format(n=len(rows)))

    # printing

    def print_rows(self) -> None:
        """F6: the selected rows, or the whole list."""
        table = self._page.table
        spans, total = table.spans(), table.rows.total
        if not table.rows.rowCount():
            self._shell.toast(self.tr("列表是空的，没有要打印的：先换个条件"))
            return
        count = self._count(spans)
        chosen = (spans, self.tr("选中的 {n} 行").format(n=f"{count:,}"))
        every = ([(0, total.rows - 1)], self.tr("全部 {n} 行").format(n=total))
        whole = total.exact and total.rows <= MOST_PRINTED
        # One row is always in hand: only who has selected more is asked for these first.
        offered = [every, chosen] if whole and count > 1 else [chosen, every] if whole else [chosen]
        answers: list[tuple[Any, str, str]] = [
            (rows, words, "primary" if at == len(offered) - 1 else "secondary")
            for at, (rows, words) in enumerate(offered)
        ]
        if (kind := self._page.papers) is not None and self._shell.allowed(Right.PRINT_PAPER):
            words = {PaperKind.RECEIPT: self.tr("逐份打印收据"), PaperKind.LEASE: self.tr("逐份打印租约")}
            answers.insert(0, (PAPERS, words[kind], "secondary"))
        text = self.tr("{what}：{about}。按列表现在的列打印，号码照样打码，打印记在审计日志里。").format(
            what=self._page.title_label.text(), about=self._about()
        )
        question = PrintQuestion(self._shell.frame, self.tr("打印名单"), text, answers)
        question.answered.connect(self._print)
        self._shell.open(question)

    def _papers(self, rows: Sequence[Any]) -> None:
        """批量打印: of the rows that are selected; of one row alone what days and numbers find."""
        from desktop.views.batch_print_dialog import BatchPrintDialog

        assert self._page.papers is not None
        chosen = [self._page.paper_of(row) for row in rows] if len(rows) > 1 else []
        self._shell.open(BatchPrintDialog(self._shell, self._page.papers, chosen))

    def _print(self, spans: Spans | str) -> None:
        if isinstance(spans, str):
            self.gather(self._page.table.spans(), self._papers)
            return
        count = self._count(spans)
        if count > MOST_PRINTED:
            messages.show_error(TooManyRows("打印", f"{count:,}", MOST_PRINTED))
        else:
            self.gather(spans, self._ask_print)

    def _ask_print(self, rows: list[Any]) -> None:
        columns = [part for column in self._columns() for part in parts_of(column)]
        sheet = tuple(
            SheetColumn(title, float(max(4, len(title), *(len(text(row)) for row in rows))), right)
            for title, text, right in columns
        )
        words = tuple(tuple(text(row) for _, text, _ in columns) for row in rows)
        request = PrintList(self._page.list_key, f"{self._about()} · {len(rows):,} 行", sheet, words)
        asked = Asked(
            self.tr("打印{what}名单 {n} 行").format(what=self._page.title_label.text(), n=len(rows)), self._about(),
            self.tr("同意打印"),
        )  # fmt: skip
        printer = printer_of(self._shell.session, PAPER).printer
        act_or_ask(
            self._shell, asked, Op.EXPORT_LIST, partial(_print_list, request, printer), self._printed,
            messages.show_error, busy=self.tr("正在排版名单"),
        )  # fmt: skip

    def _printed(self, printed: Printed) -> None:
        order = PrintOrder(printed.pdf, PAPER, printed.title, job_id=printed.job_id)
        self._shell.session.printing.submit(order)
        self._shell.toast(self.tr("{title}已送去打印").format(title=printed.title))


def _note_copy(list_key: str, count: int, keys: Sequence[str], work: Work) -> None:
    list_copies.note_copy(work, list_key, count, keys)


def _print_list(request: PrintList, printer: str, work: Work) -> Printed:
    return list_copies.print_list(work, request, printer)


def read_rows(source: Source, spans: Spans, sort: str | None, descending: bool) -> list[Any]:
    """The rows of these positions, page by page; in a reading job."""
    rows: list[Any] = []
    for first, last in spans:
        after, offset = None, first
        while offset <= last:
            ask = Ask(offset, min(_PAGE, last + 1 - offset), after=after, sort=sort, descending=descending)
            page = source.page(ask)
            if not page:
                break
            rows += page
            after, offset = page[-1], offset + len(page)
    return [row for row in rows if not isinstance(row, GroupHead)]


def parts_of(column: Column) -> list[tuple[str, Callable[[Any], str], bool]]:
    """(title, text, figures) of what a column shows; its second line stands in a column of its own."""
    parts: list[tuple[str, Callable[[Any], str], bool]] = [(column.title, column.words, column.right)]
    if column.detail is not None and column.detail_title:
        parts.append((column.detail_title, column.detail, False))
    return parts


def as_text(columns: Sequence[Column], rows: Sequence[Any]) -> str:
    """Rows with their headings as text with tabs, for a workbook."""
    parts = [part for column in columns for part in parts_of(column)]
    lines = ["\t".join(title for title, _, _ in parts)]
    lines += ["\t".join(_cell(text(row)) for _, text, _ in parts) for row in rows]
    return "\n".join(lines)


def _cell(words: str) -> str:
    """One cell: no tab or break of its own, and no name or note that a workbook would take for a formula."""
    flat = " ".join(words.split())
    figure = flat.lstrip("+-").replace(",", "").replace(".", "").isdigit()
    return f"'{flat}" if flat.startswith(_FORMULA) and not figure else flat
