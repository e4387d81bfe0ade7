"""The clerk's whole day by keys: every task comes to what it should, in no more presses than docs/tasks.md tells."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.app import Desk
from desktop.services import opening
from desktop.services.database import sqlite_url
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.databases import Databases
from tests.journeys.day import build_office, characters, live, open_desk, strokes
from tests.journeys.desk_states import morning
from tests.journeys.forty_tasks import MANAGER, TASKS
from tests.journeys.tasks_table import shown_keys, told
from tests.services.test_replay import prove


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    build_office(tmp_path / "data")
    made = open_desk(tmp_path / "data", MANAGER)
    qtbot.addWidget(made.window)
    yield made
    shutil.rmtree(tmp_path / "data", ignore_errors=True)


def test_the_day(desk: Desk, databases: Databases, tmp_path: Path) -> None:
    taken = live(desk, TASKS, morning)
    table = told()
    longer = [
        f"{each.name}: {each.keys} presses, docs/tasks.md says {table[each.name].now}"
        for each in taken
        if each.keys > table[each.name].now
    ]
    assert longer == [], "a task got longer: shorten it, or say in docs/tasks.md (run.py tasks) that it has"
    office = opening.open_office(SeededWorld(MORNING, seed=100), desk.folders.data, sqlite_url(desk.folders.data))
    try:
        prove(office, databases.clone("sqlite"), tmp_path / "copy")
    finally:
        office.close()


def test_the_table_tells_of_every_task_and_of_no_other() -> None:
    assert list(told()) == [task.name for task in TASKS]
    assert len(TASKS) >= 40
    assert len({task.name for task in TASKS}) == len(TASKS)


def test_the_day_got_shorter_since_the_first_count() -> None:
    table = told().values()
    assert sum(row.now for row in table) < 0.65 * sum(row.first for row in table)


def test_how_is_counted() -> None:
    assert list(strokes("Ctrl+K 「gtl」 Down*2 Return")) == [
        ("", "Ctrl+K"), ("gtl", ""), ("", "Down"), ("", "Down"), ("", "Return"),
    ]  # fmt: skip
    assert characters("603") == 3
    assert characters("钥匙") == len("yaoshi") + 1, "the sound, and one key to choose the word"
    assert characters("顾a听") == len("gu") + 1 + 1 + len("ting") + 1
    assert shown_keys("Ctrl+K 「{tail}」 F4 「500」 Return") == "Ctrl+K 「…」 F4 「500」 Enter"
