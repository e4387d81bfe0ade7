"""An office on its first morning: every list that has nothing in it says so, why, and what to do first."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

import desktop.views
from desktop.services.office import Office
from desktop.views.admin.section import SECTIONS
from desktop.views.buttons import Button
from desktop.views.columns import Column
from desktop.views.search import SearchPopup
from desktop.views.tables import RowTable
from desktop.views.timeline import EmptyState
from desktop.world import SeededWorld
from tests.offices import first_start, make_office, rooms_of, sit_down
from tests.views.admin_desk import AdminDesk

VIEWS = Path(desktop.views.__path__[0])
SHORTEST = 10
DO = re.compile("[按先在选换填输看收签试]|添加|办理|打印|自动|批准|到期|登记")
"""Every empty place names a first step, or when something will stand there by itself."""


@pytest.fixture(params=[False, True], ids=["no rooms", "two rooms"])
def office(request: pytest.FixtureRequest, world: SeededWorld, tmp_path: Path) -> Iterator[Office]:
    form = first_start(1, 2) if request.param else replace(first_start(), buildings=())
    made = make_office(world, tmp_path / "office", f"sqlite:///{tmp_path}/office/office.db", form)
    yield made
    made.close()


@pytest.fixture
def desk(qtbot: QtBot, on_desk: Callable[..., QWidget], office: Office, tmp_path: Path) -> Iterator[AdminDesk]:
    """Everything may be seen: one person with the roles of manager and administrator."""
    actor = sit_down(office, "administrator", "manager", login="zhouyq", name="周砚秋")
    made = AdminDesk(qtbot, office, actor, tmp_path / "prints")
    on_desk(made.window, 1093, 614)
    yield made
    made.close()


def _places(office: Office) -> list[tuple[str, dict[str, Any]]]:
    rooms = rooms_of(office)
    return [
        *(
            (key, {})
            for key in (
                "board",
                "rooms",
                "parties",
                "leases",
                "bills",
                "receipts",
                "till",
                "enquiries",
                "staff",
                "check_in",
            )
        ),
        *(("settings", {"section": spec.key}) for spec in SECTIONS),
        *([("room", {"room_id": rooms[0]})] if rooms else []),
    ]


def _shown(page: QWidget, kind: type) -> list[Any]:
    return [each for each in page.findChildren(kind) if each.isVisible()]


def _silent(page: QWidget) -> Iterator[str]:
    for table in _shown(page, RowTable):
        words = table.nothing.text() if table.nothing.isVisible() else ""
        if not table.rows.rowCount() and not (len(words) >= SHORTEST and DO.search(words)):
            yield f"a table of {[column.title for column in table.rows.columns][:3]}: {words!r}"
    for empty in _shown(page, EmptyState):
        said = f"{empty.title.text()}。{empty.why.text()}"
        if not (len(empty.title.text()) >= 4 and len(empty.why.text()) >= 6 and DO.search(said)):
            yield f"an empty state: {said!r}"


def test_every_page_of_an_empty_office_says_what_to_do_first(desk: AdminDesk, office: Office) -> None:
    silent = []
    for key, params in _places(office):
        desk.window.navigate(key, **params)
        desk.idle()
        page: Any = desk.window.page()
        assert page is not None
        silent += [f"{key} {params}: {what}" for what in _silent(page)]
        for tab in getattr(page, "_tab_pages", {}) if key == "room" else ():
            page.tabs.set_value(tab)
            desk.idle()
            silent += [f"{key} {tab}: {what}" for what in _silent(page)]
    assert silent == []


def test_the_board_of_an_office_without_rooms_leads_to_the_first_building(desk: AdminDesk, office: Office) -> None:
    desk.window.navigate("board")
    desk.idle()
    page: Any = desk.window.page()
    assert page._empty.isVisible() == (not rooms_of(office))
    if page._empty.isVisible():
        (way,) = _shown(page._empty, Button)
        way.click()
        desk.idle()
        assert desk.window.place is not None
        assert desk.window.place.key == "settings"


def test_an_empty_search_says_how_else_to_look(desk: AdminDesk) -> None:
    popup = SearchPopup(desk.window)
    desk.window.navigate("board")
    desk.idle()
    desk.window.top_bar.search.setText("没有这个人")
    popup.ask("没有这个人")
    desk.idle()
    assert popup.none.isVisible()
    assert DO.search(popup.none.text())
    popup.dismiss()


def test_a_search_that_finds_nothing_offers_to_loosen_it(desk: AdminDesk) -> None:
    for key in ("parties", "leases", "bills"):
        desk.window.navigate(key)
        desk.idle()
        page: Any = desk.window.page()
        page.search.setText("没有这个人")
        page.search.searched.emit("没有这个人")
        desk.qtbot.wait(400)
        desk.idle()
        assert page.empty.isVisible(), key
        assert "没有这个人" in page.empty.title.text() + page.empty.why.text(), key
        assert _shown(page.empty, Button), f"{key}: no way on"


def test_words_go_when_rows_come(qtbot: QtBot, on_desk: Callable[..., QWidget]) -> None:
    table = RowTable([Column("姓名", str)])
    table.say_when_empty("还没有人", "按 F2 办理入住")
    on_desk(table, 400, 200)
    assert not table.nothing.isVisible(), "nothing is said before anything was asked"
    table.show_list([])
    qtbot.waitUntil(table.nothing.isVisible)
    assert table.accessibleDescription() == "还没有人，按 F2 办理入住"
    table.show_list(["沈知微"])
    qtbot.waitUntil(lambda: not table.nothing.isVisible())
    table.resize(300, 160)
    QApplication.processEvents()
    assert table.nothing.width() <= table.viewport().width()


def test_no_table_is_made_without_words_for_when_it_is_empty() -> None:
    """Every table in the source: it says its words itself, or a state, a label beside it does."""
    silent = []
    for path in sorted(VIEWS.rglob("*.py")):
        source = path.read_text("utf-8")
        made = sum(
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "RowTable"
            for node in ast.walk(ast.parse(source))
        )
        spoken = source.count("say_when_empty(") + source.count("EmptyState(")
        beside = len(re.findall(r"self\.(?:empty|none|no_\w+) = label\(", source))
        if spoken + beside < made:
            silent.append(f"{path.relative_to(VIEWS)}: {made} tables, words for {spoken + beside}")
    assert silent == [], "table.say_when_empty(what, how), or an EmptyState in its place"
