"""A manager in the paper workshop, in a process of her own: she edits, and is killed on the way.

    python -m tests.crash.workshop DATA URL LOG template|form POINT OCCURRENCE   kill at the n-th time of a named point
    python -m tests.crash.workshop DATA URL LOG template|form foot 0             as soon as 草稿已保存 stands there

LOG gets a line for each time the foot says 草稿已保存, with what the editor held at that moment.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor

from desktop.app import Desk, Start, make_application
from desktop.services.paper.receipt_form import read_form, write_form
from tests.crash.window import LOGIN, DoomedWorld, Report
from tests.journeys.hands import Hands

WORDS = ("第一句绝密条款", "第二句绝密条款", "第三句绝密条款")


def held(hands: Hands, what: str) -> str:
    """What the editor in front holds now."""
    if what == "template":
        return str(hands.page.section.editor.text())
    return write_form(read_form(write_form(hands.page.form)))  # 241 and 241.0 are one width


def open_editor(hands: Hands, what: str) -> None:
    """To the template of the lease, or the pre-printed form."""
    if what == "template":
        hands.window.navigate("settings", section="templates")
        hands.until(lambda: hands.page.section.opened is not None)
    else:
        hands.window.navigate("receipt_form")
        hands.until(lambda: hands.page.loaded is not None)


def keeper(hands: Hands, what: str) -> Any:
    return hands.page.section.keeper if what == "template" else hands.page.keeper


def _edit(hands: Hands, what: str, number: int) -> None:
    """One change: a sentence typed at the top, or a value moved by ten keys."""
    if what == "template":
        editor = hands.page.section.editor
        editor.setFocus()
        editor.moveCursor(QTextCursor.MoveOperation.Start)
        hands.type(WORDS[number])
        return
    if number == 0:
        hands.enter()  # the first value of the list, into the form
    for _ in range(10):
        hands.press(Qt.Key.Key_Right)


def main(arguments: list[str]) -> None:
    data, url, log, what, point, number = (
        Path(arguments[0]), arguments[1], Path(arguments[2]), arguments[3], arguments[4], int(arguments[5]),
    )  # fmt: skip
    world = DoomedWorld(log, point, number)
    application = make_application(sys.argv[:1], None, data.parent / "icons")
    desk = Desk(Start(data=data, database=url), world)
    report = Report(log)
    hands = Hands(desk)
    hands.open()
    hands.until(lambda: desk.office is not None)
    hands.sign_in(LOGIN)
    open_editor(hands, what)
    world.armed = True
    said = ""
    for change in range(3):
        world.minute_later()
        _edit(hands, what, change)
        hands.until(lambda said=said: keeper(hands, what).words.text() not in ("", said))  # type: ignore[misc]
        said = keeper(hands, what).words.text()
        assert said.startswith("草稿已保存"), said
        report.confirm("draft", held=held(hands, what))
        if point == "foot":
            os.kill(os.getpid(), signal.SIGKILL)
    report.confirm("end", passed=world.passed)
    hands.leave()
    del application


if __name__ == "__main__":
    main(sys.argv[1:])
