"""The first rows of a list: painted before anybody counts them, the bar and End right as soon as somebody has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.views.columns import Ask, Count
from desktop.views.paged import BLOCK_ROWS
from desktop.views.tables import RowTable
from tests.views.test_tables import COLUMNS, Bills

Told = list[str]


class Watched(RowTable):
    """A table that tells when it paints rows, and that answers its questions when the test says so."""

    def __init__(self) -> None:
        self.told: Told = []
        self.waiting: list[tuple[Callable[[], Any], Callable[[Any], object]]] = []
        super().__init__(COLUMNS, self._ask)

    def _ask(self, function: Any, done: Any = None, failed: Any = None) -> None:
        self.told.append("counts" if "count" in getattr(function, "__name__", "") else "asks a page")
        self.waiting.append((function, done))

    def answer(self) -> None:
        """Answer the question that was asked first."""
        function, done = self.waiting.pop(0)
        done(function())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.rows.row(0) is not None:
            self.told.append(f"paints at {self.viewport().width()}")


class Estimated(Bills):
    """Rows of which a source first says that there are 10,000 and more."""

    def __init__(self, rows: int) -> None:
        super().__init__(rows, exact=False, told=10_000)

    def count_all(self) -> Count:
        return Count(self.rows)


@pytest.fixture
def table(on_desk: Callable[..., QWidget]) -> Watched:
    made = Watched()
    on_desk(made, 800, 500)
    return made


def rest() -> None:
    for _ in range(5):
        QApplication.processEvents()


def test_rows_are_painted_once_and_then_counted(table: Watched, qtbot: QtBot) -> None:
    table.show_source(Bills(250))
    rest()
    table.answer()
    rest()
    assert table.verticalScrollBar().isVisible()
    assert table.told == ["asks a page", f"paints at {table.viewport().width()}", "counts"], "once, beside the bar"


@pytest.mark.parametrize("rows", [0, 3])
def test_a_page_that_is_not_full_is_counted_too(table: Watched, qtbot: QtBot, rows: int) -> None:
    table.show_source(Bills(rows))
    rest()
    table.answer()
    assert table.told[-1] == "counts"
    table.answer()
    assert (table.rows.rowCount(), table.rows.total) == (rows, Count(rows))


def test_a_table_that_nobody_sees_is_counted_at_once_and_leaves_nothing_ticking(table: Watched, qtbot: QtBot) -> None:
    table.show_source(Bills(250))
    rest()
    table.hide()
    table.answer()
    assert table.told == ["asks a page", "counts"]
    table.answer()
    assert table.rows.rowCount() == 250
    assert not table.rows._soon.isActive()


def test_a_page_that_fails_is_counted_all_the_same(table: Watched, qtbot: QtBot) -> None:
    table.rows.failed.connect(lambda error: table.told.append(str(error)))
    lost: list[Any] = []
    table.rows._run = lambda function, done=None, failed=None: lost.append(failed)  # the answer is a failure
    table.show_source(Bills(250))
    table.rows._run = table._ask
    lost.pop()(OSError("line cut"))
    assert table.told == ["line cut", "counts"]


def test_rows_in_memory_are_not_painted_twice(on_desk: Callable[..., QWidget], qtbot: QtBot) -> None:
    told: list[Any] = []
    table = RowTable(COLUMNS)
    on_desk(table, 800, 500)
    table.rows.first_arrived.connect(lambda: told.append("paint now"))
    table.show_list(Bills(250).page(Ask(0, 250)), lambda bill: bill.number)
    assert (table.rows.rowCount(), told) == (250, [])


def test_the_bar_is_honest_as_soon_as_there_is_a_count(table: Watched, qtbot: QtBot) -> None:
    table.show_source(Bills(100_000))
    rest()
    table.answer()
    rest()
    before = table.verticalScrollBar().maximum()
    assert before == _scrolls(table, BLOCK_ROWS)
    table.answer()
    rest()
    assert table.verticalScrollBar().maximum() == _scrolls(table, 100_000) > before


def test_end_before_the_count_goes_on_to_the_true_end(table: Watched, qtbot: QtBot) -> None:
    table.show_source(Bills(1_000))
    table.answer()
    qtbot.keyClick(table, Qt.Key.Key_End)
    assert table.currentIndex().row() == BLOCK_ROWS - 1, "the last that is known"
    table.answer()
    assert table.currentIndex().row() == 999
    rest()
    while table.waiting:
        table.answer()
    assert table.current().number == 999
    assert table.viewport().rect().contains(table.visualRect(table.currentIndex()))


def test_end_behind_an_estimate_goes_on_too(table: Watched, qtbot: QtBot) -> None:
    table.show_source(Estimated(30_000))
    table.answer()
    qtbot.keyClick(table, Qt.Key.Key_End)
    table.answer()
    assert table.currentIndex().row() == 9_999
    rest()
    while table.waiting:
        table.answer()
    assert table.currentIndex().row() == 29_999


def test_who_has_moved_on_since_is_not_taken_to_the_end(table: Watched, qtbot: QtBot) -> None:
    table.show_source(Bills(1_000))
    table.answer()
    qtbot.keyClick(table, Qt.Key.Key_End)
    qtbot.keyClick(table, Qt.Key.Key_Up)
    table.answer()
    assert (table.rows.rowCount(), table.currentIndex().row()) == (1_000, BLOCK_ROWS - 2)


def test_a_known_end_is_not_followed_when_rows_are_added(table: Watched, qtbot: QtBot) -> None:
    source = Bills(150)
    table.show_source(source)
    table.answer()
    table.answer()
    qtbot.keyClick(table, Qt.Key.Key_End)
    assert table.currentIndex().row() == 149
    source.rows = 180
    table.refresh()
    table.answer()
    assert (table.rows.rowCount(), table.currentIndex().row()) == (180, 149)


def test_other_widths_are_painted_once(table: Watched, qtbot: QtBot) -> None:
    """Told of each column, Qt's view paints once more when its timer fires, a moment after it has painted."""
    table.show_source(Bills(250))
    table.answer()
    table.answer()
    rest()
    while table.waiting:
        table.answer()
    qtbot.wait(20)
    table.told.clear()
    table.resize(740, 500)
    qtbot.wait(20)
    assert table.told == [f"paints at {table.viewport().width()}"]


def _scrolls(table: RowTable, rows: int) -> int:
    return rows * table.verticalHeader().defaultSectionSize() - table.viewport().height()
