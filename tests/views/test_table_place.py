"""A list read anew under the clerk's hands: her row, and what stands before her eyes, stay where they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from PySide6.QtWidgets import QWidget

from desktop.views.columns import Ask, Column, Count
from desktop.views.tables import RowTable, fill
from tests.rest import come_to_rest

ROWS = [f"行{n:04d}" for n in range(900)]
COLUMNS = (Column("名称", str, sample="行0000", stretch=1),)


@dataclass
class Long:
    """A long list read a page at a time; `rows` is what lies in the database."""

    rows: list[str]

    def count(self) -> Count:
        return Count(len(self.rows))

    def page(self, ask: Ask) -> list[str]:
        return self.rows[ask.offset : ask.offset + ask.limit]

    def key(self, row: str) -> str:
        return row


@pytest.fixture
def table(on_desk: Callable[..., QWidget]) -> RowTable:
    made = RowTable(list(COLUMNS))
    on_desk(made, 400, 300)
    return made


def settle(table: RowTable) -> None:
    come_to_rest(table, lambda: False)


def top_row(table: RowTable) -> tuple[object, int]:
    at = table.rowAt(0)
    return table.rows.key(at), table.rowViewportPosition(at)


@pytest.mark.parametrize("short", [True, False])
@pytest.mark.parametrize("before", [1, 3])
def test_rows_that_come_above_move_nothing(table: RowTable, short: bool, before: int) -> None:
    source = Long(ROWS[:40])
    if short:
        table.show_list(source.rows, str)
    else:
        table.show_source(source)
    settle(table)
    table.choose(20)
    table.verticalScrollBar().setValue(table.verticalScrollBar().value() + 50)
    settle(table)
    stood = table.visualRect(table.currentIndex()).top()
    source.rows = [f"新{n}" for n in range(before)] + source.rows
    if short:
        table.show_list(source.rows, str)
    else:
        table.refresh()
    settle(table)
    assert table.current() == "行0020"
    assert table.visualRect(table.currentIndex()).top() == stood
    assert table.chosen() == ["行0020"]


def test_a_list_scrolled_away_from_the_row_in_hand_does_not_jump_back(table: RowTable) -> None:
    source = Long(list(ROWS))
    table.show_source(source)
    settle(table)
    table.choose(2)
    table.verticalScrollBar().setValue(table.rowHeight(0) * 500 + 7)
    settle(table)
    seen = top_row(table)
    source.rows.insert(0, "新的一行")
    table.refresh()
    settle(table)
    assert top_row(table) == seen
    table.verticalScrollBar().setValue(0)
    settle(table)
    assert table.current() == "行0002", "her row is still hers when she comes back to it"


def test_two_changes_before_the_rows_are_here_are_as_one(table: RowTable) -> None:
    table.show_list(ROWS[:60], str)
    settle(table)
    table.choose(30)
    settle(table)
    stood = table.visualRect(table.currentIndex()).top()
    fill(table, ["甲", *ROWS[:60]], str)
    fill(table, ["甲", "乙", *ROWS[:60]], str)
    settle(table)
    assert (table.current(), table.visualRect(table.currentIndex()).top()) == ("行0030", stood)


def test_rows_chosen_together_stay_chosen(table: RowTable) -> None:
    table.show_list(ROWS[:40], str)
    settle(table)
    table.choose(3)
    table.selectionModel().select(
        table.rows.index(5, 0),
        table.selectionModel().SelectionFlag.Select | table.selectionModel().SelectionFlag.Rows,
    )
    table.show_list(["甲", *ROWS[:40]], str)
    settle(table)
    assert sorted(table.chosen()) == ["行0003", "行0005"]


def test_when_her_row_is_gone_the_list_begins_where_it_was(table: RowTable) -> None:
    table.show_list(ROWS[:10], str)
    settle(table)
    table.choose(4)
    fill(table, [row for row in ROWS[:10] if row != "行0004"], str)
    settle(table)
    assert table.current() == "行0000"


def test_another_list_begins_at_its_top(table: RowTable) -> None:
    table.show_list(ROWS[:60], str)
    settle(table)
    table.choose(40)
    table.show_list([f"别的{n}" for n in range(60)], str)
    settle(table)
    assert table.verticalScrollBar().value() == 0
