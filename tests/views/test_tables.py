"""Tables: Qt's own checker, 100,000 rows in blocks, honest counts, the current row kept, ticks, copying."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.views.columns import Ask, Column, Count, GroupHead, Kind, ListSource, TagLook
from desktop.views.jobs import Jobs
from desktop.views.paged import BLOCK_ROWS, BLOCKS_KEPT, PagedModel
from desktop.views.tables import RowTable
from desktop.views.theme import theme


@dataclass(frozen=True)
class Bill:
    number: int
    payer: str
    fen: int


LATE = TagLook("逾期", "danger")
COLUMNS = [
    Column("账单号", lambda bill: f"B-{bill.number:07d}", "number", kind=Kind.CODE, sample="B-0000000"),
    Column("交款人", lambda bill: bill.payer, "payer", kind=Kind.NAME, sample="欧阳听澜", stretch=1),
    Column("金额", lambda bill: f"{bill.fen / 100:,.2f}", "fen", kind=Kind.MONEY, sample="1,234,567.00"),
    Column(
        "状态", str, tag=lambda bill: TagLook("逾期", "danger") if bill.fen % 2 else None, kind=Kind.TAG, sample="逾期"
    ),
]


class Bills:
    """Rows made on demand, as a database would; it notes what was asked and on which thread."""

    def __init__(self, rows: int, exact: bool = True, told: int | None = None) -> None:
        self.rows, self._exact, self._told = rows, exact, told
        self.asked: list[Ask] = []
        self.threads: set[int] = set()
        self.first = 0

    def count(self) -> Count:
        self.threads.add(threading.get_ident())
        return Count(self._told if self._told is not None else self.rows, self._exact)

    def page(self, ask: Ask) -> Sequence[Bill]:
        self.asked.append(ask)
        self.threads.add(threading.get_ident())
        order = range(self.first, self.first + self.rows)
        chosen = (order[::-1] if ask.descending else order)[ask.offset : ask.offset + ask.limit]
        return [Bill(number, f"租客 {number}", number * 100 + 1) for number in chosen]

    def key(self, row: Bill) -> int:
        return row.number


@pytest.fixture
def jobs(qapp: object) -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.shutdown()


@pytest.fixture
def table(on_desk: Callable[..., QWidget], jobs: Jobs) -> RowTable:
    made = RowTable(COLUMNS, jobs.run)
    on_desk(made, 800, 500)
    return made


def text(table: RowTable, row: int, column: int = 0) -> str:
    return str(table.rows.data(table.rows.index(row, column)))


def test_the_model_passes_qt_own_checker(jobs: Jobs, qtbot: QtBot) -> None:
    model = PagedModel(COLUMNS, jobs.run)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    source = Bills(950)
    with qtbot.waitSignal(model.counted):
        model.set_source(source)
    for row in (0, 500, 949):
        model.data(model.index(row, 0))
    qtbot.waitUntil(lambda: model.blocks_held == 3)
    source.rows = 300
    with qtbot.waitSignal(model.counted):
        model.refresh()
    source.rows = 700
    with qtbot.waitSignal(model.counted):
        model.refresh()
    model.order_by("payer", descending=True)
    model.set_source(None)
    assert model.rowCount() == 0
    assert tester.model() is model


def test_a_hundred_thousand_rows_come_in_blocks_off_the_gui_thread(table: RowTable, qtbot: QtBot) -> None:
    source = Bills(100_000)
    table.show_source(source)
    qtbot.waitUntil(lambda: text(table, 0) == "B-0000000")  # before anybody has counted
    qtbot.waitUntil(lambda: table.rows.rowCount() == 100_000)
    assert len(source.asked) <= 2
    table.choose(99_999)
    qtbot.waitUntil(lambda: text(table, 99_999) == "B-0099999")
    assert any(ask.offset and ask.left is not None and ask.left <= 0 for ask in source.asked)
    assert threading.get_ident() not in source.threads
    assert len(source.asked) < 12


def test_neighbouring_blocks_are_asked_for_by_key(table: RowTable, qtbot: QtBot) -> None:
    source = Bills(1000)
    table.show_source(source)
    qtbot.waitUntil(lambda: table.rows.row(0) is not None and table.rows.rowCount() == 1000)
    table.rows.data(table.rows.index(BLOCK_ROWS, 0))
    qtbot.waitUntil(lambda: table.rows.row(BLOCK_ROWS) is not None)
    ask = next(ask for ask in source.asked if ask.offset == BLOCK_ROWS)
    assert ask.after == Bill(99, "租客 99", 9901)


def test_a_far_block_is_asked_for_by_the_nearest_way(jobs: Jobs, qtbot: QtBot) -> None:
    """By the nearest block that is here, or by the nearer end of the list."""
    source, model = Bills(100_000), PagedModel(COLUMNS, jobs.run)
    with qtbot.waitSignal(model.counted):
        model.set_source(source)
    for block in (0, 400, 403, 397, 990, 999):
        model.data(model.index(block * BLOCK_ROWS, 0))
        qtbot.waitUntil(lambda block=block: model.row(block * BLOCK_ROWS) is not None)
    asked = {ask.offset // BLOCK_ROWS: ask for ask in source.asked}
    assert (asked[400].after, asked[400].skip) == (Bill(99, "租客 99", 9901), 399 * BLOCK_ROWS)
    assert (asked[403].after.number, asked[403].skip) == (400 * BLOCK_ROWS + 99, 200)
    assert (asked[397].before.number, asked[397].skip) == (400 * BLOCK_ROWS, 200)
    assert (asked[990].after, asked[990].before, asked[990].left) == (None, None, 9 * BLOCK_ROWS)
    assert (asked[999].after, asked[999].left) == (None, 0)


def test_the_first_page_is_shown_without_the_count(qapp: object) -> None:
    waiting: list[tuple[Any, Any]] = []
    model = PagedModel(COLUMNS, lambda function, done=None, failed=None: waiting.append((function, done)))
    model.set_source(Bills(250))
    page, show = waiting.pop()
    assert waiting == [], "the count waits for the page"
    show(page())
    assert (model.rowCount(), model.row(99).number) == (BLOCK_ROWS, 99)
    count, tell = waiting.pop()
    tell(count())
    assert model.rowCount() == 250


def test_another_order_before_the_first_page_came_leaves_no_empty_list(qapp: object) -> None:
    waiting: list[tuple[Any, Any]] = []
    model = PagedModel(COLUMNS, lambda function, done=None, failed=None: waiting.append((function, done)))
    model.set_source(Bills(250))
    late, show_late = waiting.pop()
    model.order_by("number", True)
    show_late(late())
    assert model.rowCount() == 0, "nobody asks for that order any more"
    while waiting:
        work, done = waiting.pop()
        done(work())
    assert (model.rowCount(), model.row(0) is not None) == (250, True)


def test_an_estimate_is_shown_first_and_counted_after(jobs: Jobs, qtbot: QtBot) -> None:
    class Counting(Bills):
        def count_all(self) -> Count:
            return Count(self.rows)

    source, model = Counting(30_000, exact=False, told=10_000), PagedModel(COLUMNS, jobs.run)
    told: list[str] = []
    model.counted.connect(lambda count: told.append(str(count)))
    model.set_source(source)
    qtbot.waitUntil(lambda: model.rowCount() == 30_000)
    assert told == ["10,000+", "30,000"]
    model.data(model.index(29_999, 0))
    qtbot.waitUntil(lambda: model.row(29_999) is not None)
    model.refresh()  # what somebody stands on does not go while it is counted again
    qtbot.waitUntil(lambda: len(told) >= 3)
    assert model.rowCount() == 30_000
    qtbot.waitUntil(lambda: len(told) == 4)


def test_memory_stays_flat(jobs: Jobs, qtbot: QtBot) -> None:
    model = PagedModel(COLUMNS, jobs.run)
    with qtbot.waitSignal(model.counted):
        model.set_source(Bills(100_000))
    for block in range(BLOCKS_KEPT + 20):
        model.data(model.index(block * BLOCK_ROWS, 0))
        qtbot.waitUntil(lambda block=block: model.row(block * BLOCK_ROWS) is not None)
    assert model.blocks_held == BLOCKS_KEPT


def test_a_dragged_scroll_bar_does_not_ask_for_everything_it_passes(table: RowTable, qtbot: QtBot) -> None:
    source = Bills(100_000)
    table.show_source(source)
    qtbot.waitUntil(lambda: table.rows.row(0) is not None and table.rows.rowCount() == 100_000)
    for block in range(500):
        table.rows.data(table.rows.index(block * BLOCK_ROWS, 0))
    qtbot.waitUntil(lambda: table.rows.row(499 * BLOCK_ROWS) is not None)
    assert len(source.asked) < 15


@pytest.mark.parametrize(("rows", "words"), [(9_999, "9,999"), (10_000, "10,000")])
def test_counts_are_exact_up_to_ten_thousand(rows: int, words: str) -> None:
    assert str(Count(rows)) == words
    assert str(Count(1_234_567, exact=False)) == "10,000+"


def test_an_estimate_learns_from_the_pages(jobs: Jobs, qtbot: QtBot) -> None:
    model = PagedModel(COLUMNS, jobs.run)
    with qtbot.waitSignal(model.counted):
        model.set_source(Bills(10_430, exact=False, told=12_000))
    model.data(model.index(10_450, 0))
    qtbot.waitUntil(lambda: model.rowCount() == 10_430)
    with qtbot.waitSignal(model.counted):
        model.set_source(Bills(10_430, exact=False, told=10_100))
    model.data(model.index(10_099, 0))
    qtbot.waitUntil(lambda: model.rowCount() == 10_200)


def test_the_current_row_is_kept_by_its_id(table: RowTable, qtbot: QtBot) -> None:
    source = Bills(200)
    source.first = 10
    table.show_source(source)
    qtbot.waitUntil(lambda: table.rows.row(0) is not None)
    table.choose(5)
    assert table.current().number == 15
    source.first = 12  # two earlier rows are gone
    table.refresh()
    qtbot.waitUntil(lambda: table.currentIndex().row() == 3)
    assert table.current().number == 15


def test_late_answers_to_an_old_question_are_dropped(qapp: object) -> None:
    waiting: list[tuple[Any, Any]] = []
    model = PagedModel(COLUMNS, lambda function, done=None, failed=None: waiting.append((function, done)))
    model.set_source(Bills(50))
    old = [*waiting]  # the count and the first page
    waiting.clear()
    model.set_source(Bills(70))
    for function, done in old:
        done(function())
    assert (model.rowCount(), model.blocks_held) == (0, 0)
    for function, done in waiting:
        done(function())
    assert model.rowCount() == 70


def test_a_failed_page_is_told_and_may_come_again(jobs: Jobs, qtbot: QtBot) -> None:
    class Broken(Bills):
        broken = True

        def page(self, ask: Ask) -> Sequence[Bill]:
            if self.broken:
                raise OSError("line cut")
            return super().page(ask)

    source, model = Broken(10), PagedModel(COLUMNS, jobs.run)
    with qtbot.waitSignal(model.counted):
        model.set_source(source)
    with qtbot.waitSignal(model.failed) as told:
        model.data(model.index(0, 0))
    assert isinstance(told.args[0], OSError)
    source.broken = False
    model.data(model.index(0, 0))
    qtbot.waitUntil(lambda: model.row(0) is not None)


def test_a_head_sorts_and_turns_round(table: RowTable, qtbot: QtBot) -> None:
    source = Bills(300)
    table.show_source(source)
    qtbot.waitUntil(lambda: table.rows.row(0) is not None)
    table.horizontalHeader().sectionClicked.emit(0)
    assert (table.rows.sort_key, table.rows.descending) == ("number", False)
    table.horizontalHeader().sectionClicked.emit(0)
    qtbot.waitUntil(lambda: text(table, 0) == "B-0000299")
    table.horizontalHeader().sectionClicked.emit(3)  # a tag column does not sort
    assert table.rows.sort_key == "number"


def test_keys_open_move_and_copy(on_desk: Callable[..., QWidget], qtbot: QtBot) -> None:
    table = RowTable(COLUMNS)
    table.show_list([Bill(number, f"租客 {number}", number * 100) for number in range(1, 6)], lambda bill: bill.number)
    on_desk(table, 800, 400)
    table.setFocus()
    qtbot.waitUntil(lambda: table.current() is not None)
    opened: list[Bill] = []
    table.opened.connect(opened.append)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert [bill.number for bill in opened] == [2]
    qtbot.keyClick(table, Qt.Key.Key_End)
    assert table.current().number == 5
    qtbot.keyClick(table, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().split("\n")
    assert [line.split("\t")[0] for line in lines] == ["B-0000004", "B-0000005"]
    with qtbot.waitSignal(table.doubleClicked):
        spot = table.visualRect(table.rows.index(0, 1)).center()
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert opened[-1].number == 1


def test_ticks_reach_rows_that_were_never_fetched(jobs: Jobs, on_desk: Callable[..., QWidget], qtbot: QtBot) -> None:
    table = RowTable([Column("", str, kind=Kind.TICK), *COLUMNS], jobs.run)
    on_desk(table, 800, 400)
    table.show_source(Bills(5_000))
    qtbot.waitUntil(lambda: table.rows.row(0) is not None)
    table.setFocus()
    table.choose(0)
    qtbot.keyClick(table, Qt.Key.Key_Space)
    assert table.rows.ticks.keys == {0}
    table.rows.tick_all(True)
    table.choose(2)
    qtbot.keyClick(table, Qt.Key.Key_Space)
    ticks = table.rows.ticks
    assert (ticks.everything, ticks.keys) == (True, {2})
    assert ticks.has(4_999)
    assert not ticks.has(2)


def test_group_heads_span_the_table_and_cannot_be_chosen(on_desk: Callable[..., QWidget], qtbot: QtBot) -> None:
    table = RowTable(COLUMNS)
    on_desk(table, 800, 400)
    rows: list[Any] = [
        GroupHead("已到期", "1 张 · 1.00"),
        Bill(1, "沈知微", 100),
        GroupHead("未到期"),
        Bill(2, "沈知微", 200),
    ]
    table.show_list(rows, lambda bill: bill.number)
    qtbot.waitUntil(lambda: table.columnSpan(0, 0) == len(COLUMNS))
    assert not table.rows.flags(table.rows.index(0, 0)) & Qt.ItemFlag.ItemIsSelectable
    table.selectAll()
    assert [bill.number for bill in table.chosen()] == [1, 2]


def test_columns_fold_before_any_is_cut(on_desk: Callable[..., QWidget], qtbot: QtBot) -> None:
    from dataclasses import replace

    columns = [COLUMNS[0], COLUMNS[1], COLUMNS[2], replace(COLUMNS[3], fold=True)]
    table = RowTable(columns)
    on_desk(table, 900, 300)
    assert not table.isColumnHidden(3)
    table.resize(table.minimumSizeHint().width() + 2, 300)
    qtbot.waitUntil(lambda: table.isColumnHidden(3))
    qtbot.waitUntil(lambda: table.horizontalScrollBar().maximum() == 0)


def test_rows_are_read_out_and_names_have_a_tooltip(table: RowTable, qtbot: QtBot) -> None:
    table.show_source(Bills(3))
    qtbot.waitUntil(lambda: table.rows.row(0) is not None)
    model = table.rows
    assert model.data(model.index(1, 1), Qt.ItemDataRole.AccessibleTextRole) == "交款人 租客 1"
    assert model.data(model.index(1, 1), Qt.ItemDataRole.ToolTipRole) == "租客 1"
    assert model.data(model.index(1, 3), Qt.ItemDataRole.AccessibleTextRole) == "状态 逾期"


def test_the_menu_knows_its_row(table: RowTable, qtbot: QtBot) -> None:
    from PySide6.QtGui import QContextMenuEvent
    from PySide6.QtWidgets import QApplication

    table.show_source(Bills(3))
    qtbot.waitUntil(lambda: table.rows.row(0) is not None)
    got: list[Any] = []
    table.menu_wanted.connect(lambda row, point: got.append(row.number))
    spot = table.visualRect(table.rows.index(1, 0)).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, spot, table.viewport().mapToGlobal(spot))
    QApplication.sendEvent(table.viewport(), event)
    assert got == [1]


def test_a_list_source_sorts_by_what_it_is_told() -> None:
    rows = [Bill(1, "乙", 5), Bill(2, "甲", 9)]
    source = ListSource(rows, lambda bill: bill.number, {"payer": lambda bill: -bill.fen})
    assert [bill.number for bill in source.page(Ask(0, 10, sort="payer"))] == [2, 1]
    assert [bill.number for bill in source.page(Ask(0, 10, sort="fen", descending=True))] == [2, 1]


def test_the_row_in_hand_stays_whole_when_the_table_gets_lower(table: RowTable, qtbot: QtBot) -> None:
    table.show_list([Bill(number, "沈知微", 100) for number in range(60)], lambda bill: bill.number)
    qtbot.waitUntil(lambda: table.rows.rowCount() == 60)
    table.choose(9)
    assert table.viewport().rect().contains(table.visualRect(table.currentIndex()))
    table.resize(800, 200)
    assert table.viewport().rect().contains(table.visualRect(table.currentIndex()))
    table.verticalScrollBar().setValue(table.verticalScrollBar().maximum())
    there = table.verticalScrollBar().value()
    table.resize(800, 180)
    assert table.verticalScrollBar().value() >= there, "who has scrolled away is not taken back"


def test_what_is_selected_is_painted_so_wherever_it_is_scrolled_to(table: RowTable, qtbot: QtBot) -> None:
    table.show_list([Bill(number, "沈知微", 100) for number in range(60)], lambda bill: bill.number)
    qtbot.waitUntil(lambda: table.rows.rowCount() == 60 and table.rows.row(59) is not None)

    def lit() -> set[int]:
        picture = table.viewport().grab().toImage()
        first, last = table.rowAt(0), table.rowAt(table.viewport().height() - 1)
        middle = table.verticalHeader().defaultSectionSize() // 2
        return {
            row
            for row in range(first, (last if last >= 0 else 59) + 1)
            if 0 <= (y := table.rowViewportPosition(row) + middle) < picture.height()
            and picture.pixelColor(5, y) == theme().colour("selected")
        }

    table.choose(0)
    assert lit() == {0}
    for first, last in ((2, 3), (5, 5), (40, 59)):
        chosen = QItemSelection(table.rows.index(first, 0), table.rows.index(last, 3))
        table.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.Select)
    assert lit() == {0, 2, 3, 5}
    table.scrollToBottom()
    assert table.rowAt(0) >= 40
    assert lit() == set(range(table.rowAt(0), 60))
