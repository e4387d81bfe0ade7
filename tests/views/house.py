"""A window over a real SQLite office: board and room page are real, every other page is a note of its visit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.preferences import Preferences
from desktop.services.office import Office
from desktop.services.work import PROGRAM, Actor
from desktop.views.keys import top_overlay
from desktop.views.main_window import MainWindow
from desktop.views.room_board import RoomBoardPage
from desktop.views.session import DeskSession
from desktop.world import SeededWorld
from tests.offices import filled_office
from tests.rest import come_to_rest
from tests.views.visited import specs_with


@dataclass
class House:
    """The desk under test."""

    window: MainWindow
    office: Office
    qtbot: QtBot
    session: DeskSession

    @property
    def board(self) -> RoomBoardPage:
        page = self.window._pages["board"]
        assert isinstance(page, RoomBoardPage)
        return page

    def open_board(self, **params: Any) -> RoomBoardPage:
        self.window.navigate("board", **params)
        self.qtbot.waitUntil(lambda: self.board._board is not None)
        self.settle()
        return self.board

    def settle(self) -> None:
        """Until the panel's facts have come and no job is under way."""
        come_to_rest(self.window, lambda: self.window.jobs.count)

    def choose(self, room_id: UUID) -> None:
        assert self.board.tiles.choose(room_id)
        self.settle()

    def press(self, key: Qt.Key, widget: QWidget | None = None) -> None:
        target = widget or self.board.tiles
        target.setFocus()
        QTest.keyClick(target, key)

    def at(self) -> tuple[str, dict[str, Any]]:
        """The page in front and what it was opened with."""
        place = self.window.place
        assert place is not None
        return place.key, place.params

    def rest(self) -> None:
        """Nothing works or ticks any more."""
        if "board" in self.window._pages:
            self.board.panel._wait.stop()
            self.board.tiles._typing.stop()
        self.settle()
        self.window.toast_widget.dismiss()
        self.window.close()

    def dialog(self) -> Any:
        return top_overlay(self.window)


@contextmanager
def house(
    world: SeededWorld, folder: Path, qtbot: QtBot, on_desk: Callable[..., QWidget], fill: Callable[[Office], Any],
    actor: Callable[[Office], Actor] = lambda office: PROGRAM, wide: int = 1093,
) -> Iterator[House]:  # fmt: skip
    """An office filled by `fill`, with `actor` at its desk."""
    made, _ = filled_office(world, folder, f"sqlite:///{folder / 'office.db'}", fill)
    window = MainWindow(world.today, specs=specs_with(("board", "room", "rooms")))
    made.listen(window.tables_changed.emit)
    who = actor(made)
    session = DeskSession(made, who, None, None, Preferences(), lambda kept: None)  # type: ignore[arg-type]
    window.show_office("望江苑服务中心", "前台 1")
    window.set_session(session, who.rights, who.name)
    made_house = House(window, made, qtbot, session)
    # pytest-qt closes its widgets before any fixture ends: what ticks or works must rest by then.
    qtbot.addWidget(window, before_close_func=lambda _: made_house.rest())
    on_desk(window, wide, 614 if wide > 1000 else 512)
    yield made_house
    made.close()
