"""A clerk at the real window in a process of her own: types a check-in from sign-in to paper, and is killed on the way.

    python -m tests.crash.window DATA URL LOG POINT OCCURRENCE       kill at the n-th time of a named point
    python -m tests.crash.window DATA URL LOG after MILLISECONDS     kill so long after the first key
    python -m tests.crash.window DATA URL LOG census 0               nobody is killed; every point passed is listed

LOG gets one line for each thing the window reports, read off its widgets and on the disk before the next key falls:

    draft          the foot says 草稿已保存, with another minute than before; `typed` is what had been typed by then
    step           a step of the wizard came to the front
    lease          step 7 names the number of the lease
    receipt        step 8 names the number of the receipt
    printed        a sheet is shown as printed, `where` it lies
    done           the primary offers the next tenant
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from desktop.app import Desk, Start, make_application
from desktop.services.check_in_draft import ORDER, Step
from desktop.world import OFFICE_ZONE, World
from tests.journeys.hands import Hands, TypedCheckIn

MORNING = datetime(2026, 11, 22, 9, 0, tzinfo=OFFICE_ZONE)
LOGIN = "linxm"


class MorningWorld(World):
    """The real world on a Sunday morning in November."""

    def __init__(self, after: timedelta = timedelta(0)) -> None:
        super().__init__()
        self._begun = time.monotonic()
        self._after = after

    def watch(self, folder: Path) -> bool:
        return False

    def now(self) -> datetime:
        return MORNING + self._after + timedelta(seconds=time.monotonic() - self._begun)


class DoomedWorld(MorningWorld):
    """… until the named point is passed for the n-th time: then SIGKILL, no farewell."""

    def __init__(self, log: Path, point: str, occurrence: int) -> None:
        super().__init__()
        self._log, self._point, self._left = log, point, occurrence
        self._lock = threading.Lock()
        self.armed = False
        self.passed: list[str] = []

    def minute_later(self) -> None:
        """A minute between keys, so that the foot of the page tells one saving from the one before."""
        self._after += timedelta(minutes=1)

    def fault(self, name: str) -> None:
        if not self.armed:
            return
        with self._lock:
            self.passed.append(name)
            if name == self._point:
                self._left -= 1
                if self._left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)


class Report:
    """Reads the window after every turn of its event loop and writes down what it says."""

    def __init__(self, log: Path) -> None:
        self._stream = log.open("a", encoding="utf-8")
        self._said: set[str] = set()
        self._saved = ""
        self._step: Step | None = None
        self.way: TypedCheckIn | None = None

    def confirm(self, what: str, **facts: Any) -> None:
        """On the disk before anything else happens."""
        self._stream.write(json.dumps({"what": what, **facts}, ensure_ascii=False) + "\n")
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def once(self, what: str, **facts: Any) -> None:
        key = json.dumps([what, facts])
        if key not in self._said:
            self._said.add(key)
            self.confirm(what, **facts)

    def __call__(self) -> None:
        page = self.way.hands.window._pages.get("check_in") if self.way is not None else None
        if page is None or self.way is None:
            return
        saved = page.keeper.words.text()
        if saved != self._saved:
            self._saved = saved
            if saved.startswith("草稿已保存"):
                self.confirm("draft", typed=dict(self.way.typed))
        step = page.draft.step
        if step is not self._step:
            self._step = step
            self.confirm("step", step=step.value)
        if step is Step.PAYMENT and page.view.stored.accessibleName():
            self.once("lease", number=page.view.stored.accessibleName())
        if step is Step.PRINT:
            view = page.view
            if "收据 " in view.done_words.text():
                self.once("receipt", number=view.done_words.text().split("收据 ")[-1])
            for state in (view.receipt_state, view.lease_state):
                if state.accessibleName() == "已打印":
                    self.once("printed", where=state.toolTip())
            if page.primary.text() == "下一位":
                self.once("done")


def main(arguments: list[str]) -> None:
    data, url, log, point, number = (
        Path(arguments[0]), arguments[1], Path(arguments[2]), arguments[3], int(arguments[4]),
    )  # fmt: skip
    world = DoomedWorld(log, point, number)
    application = make_application(sys.argv[:1], None, data.parent / "icons")
    desk = Desk(Start(data=data, database=url), world)
    report = Report(log)
    hands = Hands(desk, seen=report, before_key=world.minute_later)
    report.way = way = TypedCheckIn(hands)
    hands.open()
    hands.until(lambda: desk.office is not None)
    report.confirm("ready")
    if point != "after":
        desk._catch_up.setInterval(3_600_000)  # the engine's acts have kills of their own (test_due_killed)
    world.armed = True
    began = time.monotonic()
    if point == "after":
        threading.Thread(target=_strike, args=(number / 1000,), daemon=True).start()
    hands.sign_in(LOGIN)
    way.begin()
    for step in ORDER:
        way.do(step)
    hands.go_on()
    if point == "after":
        time.sleep(60)  # the moment lies behind the last key: an idle desk is killed, too
    report.confirm("end", seconds=time.monotonic() - began, passed=world.passed)
    hands.leave()
    del application


def _strike(seconds: float) -> None:
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1:])
