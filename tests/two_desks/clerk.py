"""One PC of two: the real window, offscreen, in a process of its own, with a clerk who acts at random.

    python -m tests.two_desks.clerk ORDERS.json

What is real: the program (`Desk`), its window with its pages, the line to the server with its guard, the workers, and
the services each page calls; acts go through the window's writing thread as `DeskSession.act`, as pages do it. What is
not: keys. Which act comes next is drawn by `tests.two_desks.acts`.

Commands come line by line on standard input: `go SECONDS ACTS`, `show [[page, params], …]`, `leave`. The log gets one
JSON line for each thing that happened, in the order in which this process learned of it:

    ready, rested, shown, left
    act        what was begun: outcome confirmed | refused | gone | unsure | busy, with what was seen, written and told
    settled    what became of an act in doubt, as the window said it
    line       the line to the server went down or came up
    heard      a notice of the other PC: when, and the last audit number the server had by then
    painted    … when the page in front had taken it in
    kept       a draft was kept, and where
    crash      a crash dialog stood on the window
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView

from desktop.app import Desk, Start, make_application
from desktop.services import drafts
from desktop.services.errors import DatabaseBusy, DatabaseGone, DomainError, Outage, RowChanged
from desktop.services.outcome import OutcomeUnknown
from desktop.services.server_line import LineState
from desktop.services.work import Work
from desktop.views.crash_dialog import CrashDialog
from desktop.world import OFFICE_ZONE, World
from tests.journeys.hands import Hands
from tests.two_desks.acts import Clerk, Plan, survey
from tests.two_desks.screen import words_of

MORNING = datetime(2026, 11, 22, 9, 0, tzinfo=OFFICE_ZONE)
DRAFTS = 3
LINGER_MS = 8
"""Longest pause just before a commit: a kill finds some of them under way."""


class SharedMorning(World):
    """The real world on a Sunday morning in November; both PCs and the server agree on the time."""

    def __init__(self, epoch: float, linger: random.Random | None = None) -> None:
        super().__init__()
        self._epoch, self._linger = epoch, linger
        self.commits: dict[int, tuple[float, float]] = {}
        """{thread: (last commit begun, ended)} on the monotonic clock, which processes of one machine share."""

    def now(self) -> datetime:
        return MORNING + timedelta(seconds=time.time() - self._epoch)

    def server_clock(self, told: datetime) -> datetime:
        return MORNING + timedelta(seconds=told.astimezone(UTC).timestamp() - self._epoch)

    def fault(self, name: str) -> None:
        me = threading.get_ident()
        if name == "work.before_commit":
            if self._linger is not None:
                time.sleep(self._linger.random() * LINGER_MS / 1000)
            self.commits[me] = (time.monotonic(), 0.0)
        elif name == "work.after_commit":
            self.commits[me] = (self.commits[me][0], time.monotonic())


@dataclass
class Orders:
    """What the parent wants of this process."""

    data: str
    url: str
    log: str
    login: str
    mark: str
    seed: int
    epoch: float


class Log:
    """One line a thing, flushed at once: the parent reads it after the process has ended, or has been killed."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def __call__(self, what: str, **facts: Any) -> None:
        line = json.dumps({"what": what, "at": time.monotonic(), **facts}, ensure_ascii=False, default=str)
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()


class Ear(QObject):
    """Notices from the other PC, from the line's thread to the painted page.

    The first listener asks the server how far the audit log is before the window hears of the notice: what the page
    then reads holds at least that much.
    """

    _arrived = Signal(int, float)

    def __init__(self, desk: Desk, log: Log) -> None:
        super().__init__()
        assert desk.office is not None
        self._desk, self._log, self._office = desk, log, desk.office
        self._numbers: deque[tuple[int, float]] = deque()
        self._waiting: list[tuple[int, float]] = []
        self._connection: psycopg.Connection | None = None
        self._arrived.connect(self._reached, Qt.ConnectionType.QueuedConnection)
        with self._office._lock:
            self._office._listeners.insert(0, self._first)
            self._office._listeners.append(self._last)

    def _first(self, _tables: frozenset[str]) -> None:
        if threading.current_thread().name != "server line":
            return
        heard = time.monotonic()
        self._numbers.append((self._head(), heard))

    def _last(self, _tables: frozenset[str]) -> None:
        if threading.current_thread().name == "server line" and self._numbers:
            self._arrived.emit(*self._numbers.popleft())

    def _head(self) -> int:
        for _ in range(2):  # the connection may be that of a server which has been killed since
            try:
                if self._connection is None or self._connection.closed:
                    engine = self._office.engine
                    _, how = engine.dialect.create_connect_args(engine.url)
                    self._connection = psycopg.connect(**how, autocommit=True)
                row = self._connection.execute("SELECT n FROM audit_head WHERE id = 1").fetchone()
            except psycopg.Error:
                self._connection = None
            else:
                return int(row[0]) if row is not None else 0
        return 0

    def _reached(self, number: int, heard: float) -> None:
        """The window has heard it and begun to read: painted as soon as nothing is under way any more."""
        self._log("heard", n=number, heard=heard)
        self._waiting.append((number, heard))

    def look(self) -> None:
        """Called after every turn of the event loop."""
        if self._waiting and not self._desk.window.jobs.count:
            for number, heard in self._waiting:
                self._log("painted", n=number, heard=heard)
            self._waiting.clear()


class Sitting:
    """The clerk at her window."""

    def __init__(self, orders: Orders) -> None:
        self.log = Log(Path(orders.log))
        self.random = random.Random(orders.seed)
        self.world = SharedMorning(orders.epoch, random.Random(orders.seed + 1))
        self.desk = Desk(Start(data=Path(orders.data), database=orders.url), self.world)
        self.hands = Hands(self.desk, seen=self._seen)
        self.orders = orders
        self.clerk = Clerk(orders.seed, orders.mark, self.world.today())
        self.ear: Ear | None = None
        self._crashes = self.done = 0
        self._drafts: list[tuple[UUID, int]] = []

    def _seen(self) -> None:
        if self.ear is not None:
            self.ear.look()

    def _look_for_crashes(self) -> None:
        """Not at every turn of the event loop: it walks over every widget there is."""
        crashes = len(self.desk.window.findChildren(CrashDialog))
        if crashes > self._crashes:
            self.log("crash", words=self.hands.message)
        self._crashes = crashes

    def sit_down(self) -> None:
        self.hands.open()
        self.hands.until(lambda: self.desk.office is not None)
        self.hands.sign_in(self.orders.login)
        self.ear = Ear(self.desk, self.log)
        assert self.desk._guard is not None
        self.desk._guard._told.connect(self._line)
        self._drafts = [(self.world.new_id(), 0) for _ in range(DRAFTS)]
        self.log("ready")

    def _line(self, state: LineState) -> None:
        self.log("line", up=state.up, why=state.why)
        for each in state.settled:
            self.log("settled", act=each.act_id.hex, stored=each.stored, words=each.words)

    # working

    def go(self, seconds: float, least: int) -> None:
        """Act at random for so long and so many acts, then wait until everything is told and nothing is under way."""
        until = time.monotonic() + seconds
        while time.monotonic() < until or self.done < least:
            draw = self.random.random()
            if draw < 0.12:
                self._walk()
            elif draw < 0.2:
                self._keep_draft()
            else:
                self._act()
            self._think(0.35)
            self._look_for_crashes()
        self._rest()

    def _think(self, most: float) -> None:
        until = time.monotonic() + self.random.random() * most
        self.hands.wait(lambda: time.monotonic() >= until)

    def _rest(self) -> None:
        office, guard = self.desk.office, self.desk._guard
        assert office is not None
        assert guard is not None
        self.hands.until(lambda: guard.up and not office.unsure, 60)
        self._think(1.0)
        self.hands.until(lambda: self.ear is not None and not self.ear._waiting, 60)
        for draft_id, number in self._drafts:  # once more, should the database not have taken it
            if number:
                self._keep(draft_id, number)
        self.log("rested")

    def _ask(self, function: Callable[[], Any], write: bool = False) -> tuple[Any, Exception | None]:
        """Have the window do some work, and wait as a clerk waits: the window lives on meanwhile."""
        said: list[tuple[Any, Exception | None]] = []

        def done(result: Any) -> None:
            said.append((result, None))

        def failed(error: Exception) -> None:
            said.append((None, error))

        self.hands.window.run(function, done, failed, write=write)
        self.hands.wait(lambda: said)
        return said[0]

    def _act(self) -> None:
        plan, error = self._ask(partial(self.desk.session.read, self.clerk.next))  # type: ignore[union-attr]
        if error is not None:
            self._unread(error)
            return
        for _ in range(4):
            if plan is None:
                return
            self._think(0.3)  # the other one may be quicker
            error = self._do(plan)
            if plan.again is None or not _overtaken(error):
                return
            plan, error = self._ask(partial(self.desk.session.read, plan.again))  # type: ignore[union-attr]
            if error is not None:
                self._unread(error)
                return

    def _unread(self, error: Exception) -> None:
        self.log("unread", outcome=_outcome(error), **_told(error))

    def _do(self, plan: Plan) -> Exception | None:
        """One act, and what the clerk was told of it."""
        known: dict[str, Any] = {"act": "", "commit": (0.0, 0.0)}
        session = self.desk.session
        assert session is not None

        def call(work: Work) -> Any:
            known["act"] = work.act_id.hex
            return plan.call(work)

        def work() -> Any:
            begun = time.monotonic()
            try:
                return session.act_with(None, plan.op, call)
            finally:
                commit = self.world.commits.get(threading.get_ident(), (0.0, 0.0))
                if commit[0] >= begun:
                    known["commit"] = commit

        _, error = self._ask(work, write=True)
        self.done += 1
        self.log(
            "act", name=plan.name, op=plan.op.value, outcome=_outcome(error), token=plan.token, **known,
            saw=_flat(plan.saw), wrote=_flat(plan.wrote), **_told(error),
        )  # fmt: skip
        return error

    def _walk(self) -> None:
        """Another page comes to the front, or the same one of another record."""
        seen, error = self._ask(partial(self.desk.session.read, survey))  # type: ignore[union-attr]
        if error is not None:
            return
        ways: list[tuple[str, dict[str, Any]]] = [("board", {}), ("parties", {}), ("leases", {}), ("bills", {})]
        ways += [("room", {"room_id": room}) for room in seen.rooms[:4]]
        ways += [("party", {"party_id": party}) for party in seen.parties[:4]]
        ways += [("lease", {"lease_id": lease}) for lease, _ in seen.leases[:4]]
        ways += [("bill", {"bill_id": bill}) for bill, _, _ in seen.bills[:2]]
        ways += [("till", {"party_id": debtor}) for _, debtor, _ in seen.bills[:2]]
        ways += [("enquiries", {})]
        key, params = self.random.choice(ways)
        self.hands.window.navigate(key, **params)
        self.hands.turn()

    def _keep_draft(self) -> None:
        at = self.random.randrange(len(self._drafts))
        draft_id, number = self._drafts[at][0], self._drafts[at][1] + 1
        self._drafts[at] = (draft_id, number)
        self._keep(draft_id, number)

    def _keep(self, draft_id: UUID, number: int) -> None:
        session = self.desk.session
        assert session is not None
        body = json.dumps({"typed": number}).encode()
        work = partial(drafts.keep_draft, session.office, session.actor, "two_desks", draft_id, "草稿", body)
        kept, error = self._ask(work, write=True)
        if error is None:
            self.log("kept", draft=draft_id.hex, number=number, here=kept.here)
        else:
            self.log("unkept", draft=draft_id.hex, error=type(error).__name__)

    # looking

    def show(self, places: list[tuple[str, dict[str, str]]]) -> None:
        """What the page in front shows by notices alone, then read anew; then each of these pages."""
        page = self.hands.page
        by_notice = words_of(page)
        page.refresh(frozenset())
        self.hands.settle()
        self.log("front", page=self.hands.window.place.key, by_notice=by_notice, anew=words_of(page))  # type: ignore[union-attr]
        for key, params in places:
            self.hands.window.navigate(key, **{name: UUID(hex=value) for name, value in params.items()})
            self.hands.settle()
            self._take_first()
            self.log("shown", page=key, params=params, words=words_of(self.hands.page))
        session = self.desk.session
        assert session is not None
        for draft_id, number in self._drafts:
            if number:
                body, _ = self._ask(partial(session.read, drafts.read_draft, draft_id))
                self.log("draft", draft=draft_id.hex, number=number, found=json.loads(body)["typed"])
        self.log("looked")

    def _take_first(self) -> None:
        """The first row of every list: what is said of the row in hand is then said of the same one on both PCs."""
        for view in self.hands.page.findChildren(QAbstractItemView):
            if view.isVisible() and view.model() is not None and view.model().rowCount():
                view.setCurrentIndex(view.model().index(0, 0))
        until = time.monotonic() + 0.3  # the panel of the board asks a moment after the tile
        self.hands.wait(lambda: time.monotonic() >= until)
        self.hands.settle()


def _overtaken(error: Exception | None) -> bool:
    from desktop.services.templates import TemplateChanged

    return isinstance(error, RowChanged | TemplateChanged)


def _outcome(error: Exception | None) -> str:
    if error is None:
        return "confirmed"
    kinds = ((OutcomeUnknown, "unsure"), (DatabaseGone, "gone"), (DatabaseBusy, "busy"), (DomainError, "refused"))
    return next(
        (word for kind, word in kinds if isinstance(error, kind)), "outage" if isinstance(error, Outage) else "bug"
    )


def _told(error: Exception | None) -> dict[str, Any]:
    """What the error says to the clerk."""
    if error is None:
        return {}
    told = {"error": type(error).__name__, "told": getattr(error, "message", "") or repr(error)}
    if isinstance(error, RowChanged):
        told |= {"theirs": _plain(error.theirs), "yours": _plain(error.yours), "by": error.by}  # type: ignore[dict-item]
    return told


def _plain(values: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}


def _flat(values: Any) -> list[list[str]]:
    return [[*key, value] for key, value in values.items()]


def main(arguments: list[str]) -> None:
    orders = Orders(**json.loads(Path(arguments[0]).read_text("utf-8")))
    application = make_application(sys.argv[:1], None, Path(orders.data).parent / "icons")
    sitting = Sitting(orders)
    sitting.sit_down()
    commands: deque[str] = deque()

    def listen() -> None:
        for line in sys.stdin:
            commands.append(line.strip())

    threading.Thread(target=listen, daemon=True).start()
    while True:
        sitting.hands.wait(lambda: commands, 3600)
        word, _, rest = commands.popleft().partition(" ")
        if word == "go":
            seconds, least = rest.split()
            sitting.go(float(seconds), int(least))
        elif word == "show":
            sitting.show([(key, params) for key, params in json.loads(rest)])
        else:
            break
    sitting.log("left", unsure=[each.act_id.hex for each in sitting.desk.office.unsure])  # type: ignore[union-attr]
    sitting.hands.leave()
    del application


if __name__ == "__main__":
    main(sys.argv[1:])
