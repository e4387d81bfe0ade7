"""Waiting until a window rests: on what is under way, never on time that only has to pass."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QAbstractEventDispatcher, QEvent, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

BRIEF_MS = 60
"""A single shot no longer than this belongs to what is being shown: rows asked for, the facts beside a tile."""
_TURNS = 3
"""Turns of the event loop without anything under way, after which a window rests."""
_LOOK_AGAIN_MS = 10


class WatchfulBot(QtBot):
    """The hands of pytest-qt, whose `waitUntil` looks again at every event instead of every ten milliseconds."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = 5000) -> None:
        deadline = time.monotonic() + timeout / 1000
        while True:
            late = time.monotonic() > deadline
            try:
                if callback() in (True, None):
                    return
            except AssertionError as error:
                if late:
                    raise TimeoutError(f"waited in vain for {timeout} ms") from error
            if late:
                raise TimeoutError(f"waited in vain for {timeout} ms")
            wait_for_event(_LOOK_AGAIN_MS)
            turn()


def come_to_rest(window: QWidget, works: Callable[[], object], timeout: int = 15_000, brief_ms: int = BRIEF_MS) -> None:
    """Goes round the event loop until nothing `works`, no brief pause of the window runs and nothing new has begun."""
    deadline = time.monotonic() + timeout / 1000
    quiet = 0
    while quiet < _TURNS:
        turn()
        if not works() and not _pauses(window, brief_ms):
            quiet += 1
            continue
        quiet = 0
        assert time.monotonic() < deadline, f"still at work after {timeout} ms"
        wait_for_event(_LOOK_AGAIN_MS)


def turn() -> None:
    """Once round the event loop, deletions included."""
    QApplication.sendPostedEvents()
    QApplication.processEvents()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def wait_for_event(longest_ms: int) -> None:
    """Sleeps until something happens: the end of a job wakes it at once."""
    end = QTimer()
    end.setSingleShot(True)
    end.start(longest_ms)
    QAbstractEventDispatcher.instance().processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    end.stop()


def _pauses(window: QWidget, brief_ms: int) -> bool:
    return isValid(window) and any(
        timer.isActive() and timer.isSingleShot() and timer.interval() <= brief_ms
        for timer in window.findChildren(QTimer)
    )
