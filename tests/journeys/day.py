"""A clerk's day at the demo office, by keys: what is pressed and typed is counted, what it takes is measured.

A task is data (forty_tasks.py): the keys as a line, `Ctrl+K 「{tail}」 Return`, where 「」 is typed and the rest
pressed; words in {} are facts that `before` has put down. Every press counts one, a chord too. What is typed counts by
character, Chinese by the letters an input method wants for it and one press more to choose the word.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import QTimer
from PySide6.QtGui import QContextMenuEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.app import Desk, Start
from desktop.services import board, demo
from desktop.services.acts import Op
from desktop.services.board import TileFacts
from desktop.services.pinyin import pinyin_keys
from desktop.services.work import PROGRAM, begin, look
from desktop.views.preview import PagePreview
from desktop.world import SeededWorld
from tests.conftest import MORNING
from tests.journeys.hands import Hands
from tests.views.conftest import type_chinese

PASSWORD = demo.PASSWORD
ROOMS, TENANTS, MONTHS = 120, 100, 8
"""Of the demo office in which the day is lived."""
_BRIEF_MS = 1000
"""A single shot shorter than this belongs to what is being shown (a pause after typing); longer ones do not."""
_QUIET = 3
"""Turns of the event loop without anything under way, after which the window rests."""
_STROKES = re.compile(r"「([^」]*)」|(\S+)")


@dataclass(frozen=True, slots=True)
class Task:
    """One thing a clerk does. `before` puts the desk and the facts in order, `after` asserts what came of it."""

    name: str
    login: str
    start: str
    keys: str
    after: Callable[[Day], object]
    before: Callable[[Day], object] = lambda _day: None


@dataclass(slots=True)
class Taken:
    """What a task took: presses, characters; milliseconds in all, after the slowest key, and of the longest turn of the
    GUI thread, in which the window could not be drawn."""

    name: str
    keys: int = 0
    typed: int = 0
    ms: float = 0
    slowest: float = 0
    stuck: float = 0


@dataclass(slots=True)
class Day:
    """The day under way. `facts` fill the keys of the task in hand; they stay for those that follow."""

    hands: Hands
    facts: dict[str, str] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    trace: Callable[[str], None] | None = None

    # asking

    @property
    def login(self) -> str:
        """Who sits at the desk."""
        return self.hands.desk.keeper._login[self.hands.desk.session.actor.staff_id]  # type: ignore[union-attr]

    @property
    def today(self) -> date:
        return self.hands.window.today()

    @property
    def houses(self) -> tuple[tuple[UUID, str], ...]:
        found: tuple[tuple[UUID, str], ...] = tuple(self.read(board.board).buildings)
        return found

    @property
    def page(self) -> Any:
        return self.hands.page

    @property
    def dialog(self) -> Any:
        return self.hands.dialog

    @property
    def office(self) -> Any:
        assert self.hands.desk.office is not None
        return self.hands.desk.office

    def read(self, function: Any, *arguments: Any, **named: Any) -> Any:
        """Ask a service as the program itself."""
        with look(self.office, PROGRAM) as asked:
            return function(asked, *arguments, **named)

    def act(self, op: Op, function: Any, *arguments: Any, **named: Any) -> Any:
        """Something that was done before, not counted."""
        with begin(self.office, PROGRAM, op) as work:
            work.authorised += 1
            done = function(work, *arguments, **named)
        self.settle()
        return done

    def tiles(self, *wanted: Callable[[TileFacts], object]) -> list[TileFacts]:
        """The rooms that are as wanted now."""
        return [tile for tile in self.read(board.board).tiles if all(each(tile) for each in wanted)]

    # being somewhere

    def at(self, key: str, **params: Any) -> None:
        """The clerk has this page in front, nothing over it."""
        window = self.hands.window
        while (dialog := self.hands.dialog) is not None:
            dialog.cancel()
            self.settle()
        window.toast_widget.dismiss()
        if window.top_bar.search.hasFocus():
            window.top_bar.search.clear()
            window.leave_search()
        window.navigate(key, **params)
        self.settle()
        assert window.place is not None
        assert window.place.key == key, f"the page {key} did not open"

    def settle(self) -> None:
        for _ in range(2):
            self.hands.settle()
            self.hands.wait(self.rests)

    def rests(self) -> bool:
        """Nothing is under way: no job, no paper, no page being drawn, no pause after typing."""
        window, printing = self.hands.window, self.hands.desk.printer.printing
        if window.jobs.count or printing.waiting:
            return False
        drawn = not any(preview._jobs.count for preview in window.findChildren(PagePreview))
        pauses = (each for each in window.findChildren(QTimer) if each.isSingleShot() and each.isActive())
        return drawn and all(each.interval() >= _BRIEF_MS for each in pauses)

    def sit(self, login: str) -> None:
        """Another clerk takes the desk over, by the card; not counted."""
        self.at("board")
        self.hands.window.lock_wanted.emit()
        self.hands.until(lambda: self.hands.window.lock_screen is not None)
        self.hands.window.lock_screen.other.click()  # type: ignore[union-attr]
        self.hands.sign_in(login, PASSWORD)
        self.settle()

    # doing

    def do(self, task: Task) -> Taken:
        """Live one task; gives what it took. Raises AssertionError when it came to something else."""
        if task.login and self.login != task.login:
            self.sit(task.login)
        task.before(self)
        self.settle()
        taken = Taken(task.name)
        for typed, pressed in strokes(task.keys.format(**self.facts)):
            if self.trace is not None:
                self.trace(typed or pressed)
            if typed:
                taken.typed += characters(typed)
                for piece in pieces(typed):
                    self._timed(taken, partial(self._type, piece))
            else:
                taken.keys += 1
                self._timed(taken, partial(self._press, pressed))
        task.after(self)
        return taken

    def _press(self, key: str) -> None:
        if key == "Menu":
            self._menu()
        else:
            pressed = QKeySequence(key)[0]  # type: ignore[index]
            QTest.keyClick(self._focus(), pressed.key(), pressed.keyboardModifiers())

    def _menu(self) -> None:
        """The menu key, which the offscreen platform does not turn into a request for the menu itself."""
        view: Any = self.hands.focus
        at = view.visualRect(view.currentIndex()).center()
        target = view.viewport()
        reason = QContextMenuEvent.Reason.Keyboard
        QApplication.sendEvent(target, QContextMenuEvent(reason, at, target.mapToGlobal(at)))

    def _type(self, piece: str) -> None:
        if piece.isascii():
            QTest.keyClicks(self._focus(), piece)
        else:
            type_chinese(self._focus(), "x", piece)

    def _focus(self) -> Any:
        return QApplication.activePopupWidget() or self.hands.focus

    def _timed(self, taken: Taken, stroke: Callable[[], None]) -> None:
        """One stroke, until the window rests; how long that took, and the longest the window could not be drawn."""
        began = settled = time.perf_counter()
        worked = time.thread_time()  # of this thread alone: what other programs on this PC take is not counted
        stroke()
        taken.stuck = max(taken.stuck, (time.thread_time() - worked) * 1000)
        quiet = 0
        while quiet < _QUIET:
            worked = time.thread_time()
            self.hands.turn()
            settled = settled if quiet else time.perf_counter()
            taken.stuck = max(taken.stuck, (time.thread_time() - worked) * 1000)
            quiet = quiet + 1 if self.rests() else 0
            if not quiet:
                time.sleep(0.0005)
        wait = (settled - began) * 1000
        taken.ms, taken.slowest = taken.ms + wait, max(taken.slowest, wait)
        self.settle()


# ---- counting ----------------------------------------------------------------------------------------------------


def strokes(keys: str) -> Iterator[tuple[str, str]]:
    """(typed, "") or ("", pressed), one after the other; `Down*3` is three presses."""
    for found in _STROKES.finditer(keys):
        if found[2] is None:
            yield found[1], ""
        else:
            key, _, times = found[2].partition("*")
            yield from [("", key)] * int(times or 1)


def pieces(text: str) -> Iterator[str]:
    """What falls at once: a letter or figure, a word as the input method gives it."""
    for latin, run in groupby(text, str.isascii):
        word = "".join(run)
        yield from word if latin else (word,)


def characters(text: str) -> int:
    """How many keys it takes to type this: Chinese by its sound, and one more to choose each word."""
    return sum(1 if piece.isascii() else sum(map(_sound, piece)) + 1 for piece in pieces(text))


def _sound(letter: str) -> int:
    keys = pinyin_keys(letter).full
    return len(keys[0]) if keys else 1


# ---- the whole day -----------------------------------------------------------------------------------------------


def build_office(data: Path) -> None:
    """The office of the day in a fresh folder, as it stands in the morning. Everybody's password: "demo"."""
    data.mkdir(parents=True, exist_ok=True)
    demo.build_demo(MORNING.date(), data, rooms=ROOMS, tenants=TENANTS, months=MONTHS)


def open_desk(data: Path, login: str) -> Desk:
    """The program on that office, with the login of yesterday remembered and other ids than it was built with."""
    desk = Desk(Start(data=data), SeededWorld(MORNING, seed=99))
    desk.preferences = desk.preferences._replace(login=login)
    return desk


def live(desk: Desk, tasks: Sequence[Task], morning: Callable[[Day], object]) -> list[Taken]:
    """The whole day; the first task is the sign-in, `morning` chooses people and rooms for those after it.

    Raises AssertionError, with the task named, where one comes to something else.
    """
    hands = Hands(desk)
    hands.open()
    hands.until(lambda: desk.office is not None)
    day = Day(hands)
    taken = []
    try:
        for task in tasks:
            try:
                taken.append(day.do(task))
            except AssertionError as wrong:
                raise AssertionError(f"{task.name}（{task.keys}）: {wrong}") from wrong
            if len(taken) == 1:
                morning(day)
    finally:
        hands.leave()
    return taken
