"""The line to the server of a shared office: what other PCs changed, whether it answers, whose clock is right.

One thread a program, with a connection of its own outside any transaction. It listens, asks the time every few seconds,
and when the line breaks it tries again by itself; whoever comes back looks at everything anew, since nobody knows what
was missed. An embedded office needs none of this: its database is a file of this PC.
"""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from desktop.services import outcome
from desktop.services.change_notices import CHANNEL, understood
from desktop.services.database import KEEPALIVE, reason_in_words
from desktop.services.errors import Outage
from desktop.services.office import Office
from desktop.services.outcome import Settled

log = logging.getLogger(__name__)

BEAT_S = 5.0
"""How often the server is asked for its time: the light says when it was last seen alive."""
PATIENCE_S = 6.0
"""A server that owes an answer longer than this counts as gone, though the line may look open (a pulled cable)."""
CONNECT_S = 3
BACKOFF_S = (1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True, slots=True)
class LineState:
    """How the line stands. `checked`: when the server last answered; `since`: when it was first missed."""

    up: bool
    checked: datetime
    since: datetime | None = None
    why: str = ""
    tries: int = 0
    next_try: float = 0.0
    """On the monotonic clock."""
    clock_ahead: timedelta = timedelta()
    """This PC's clock minus the server's."""
    settled: tuple[Settled, ...] = ()
    """Acts that were under way when the line broke, and what became of them."""


class _Silent(Exception):
    """The server owes an answer for too long."""


class ServerLine:
    """Listens for one open office. `told(state)` is called from the line's own thread whenever the state changes."""

    def __init__(self, office: Office, told: Callable[[LineState], None], beat: float = BEAT_S) -> None:
        self._office, self._told, self._beat = office, told, beat
        self._ending = threading.Event()
        self._asked = threading.Event()
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_out.setblocking(False)
        self._state = LineState(True, office.world.now())
        self._thread = threading.Thread(target=self._run, name="server line", daemon=True)

    @property
    def state(self) -> LineState:
        return self._state

    def start(self) -> None:
        """Begin to listen; only a PostgreSQL office has a line."""
        self._thread.start()

    def check_now(self) -> None:
        """Ask the server at once, or try again at once: somebody pressed 立即重试, or an act met a broken line."""
        self._asked.set()
        with contextlib.suppress(OSError):
            self._wake_in.send(b"!")

    def stop(self) -> None:
        """End the thread; waits until it has."""
        self._ending.set()
        self.check_now()
        if self._thread.is_alive():
            self._thread.join(CONNECT_S + 2)
        self._wake_in.close()
        self._wake_out.close()

    # the thread

    def _run(self) -> None:
        import psycopg

        tries = 0
        while not self._ending.is_set():
            try:
                with contextlib.closing(self._connect()) as connection:
                    tries = 0
                    self._listen(connection)
            except (psycopg.Error, OSError, _Silent, Outage) as trouble:
                if self._ending.is_set():
                    return
                tries += 1
                self._gone(trouble, tries)
            self._rest(BACKOFF_S[min(tries, len(BACKOFF_S)) - 1] if tries else 0.0)

    def _connect(self) -> Any:
        import psycopg

        engine = self._office.engine
        _, how = engine.dialect.create_connect_args(engine.url)
        how = {**how, **KEEPALIVE, "connect_timeout": CONNECT_S, "application_name": "anju-desk line"}
        connection = psycopg.connect(**how, autocommit=True)
        try:
            connection.execute(f"LISTEN {CHANNEL}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _listen(self, connection: Any) -> None:
        pg = connection.pgconn
        asked_at: float | None = None
        next_beat = 0.0
        fresh = True
        while not self._ending.is_set():
            now = time.monotonic()
            if asked_at is None and (now >= next_beat or self._asked.is_set()):
                self._asked.clear()
                pg.send_query(b"SELECT extract(epoch FROM clock_timestamp())")
                pg.flush()
                asked_at, asked_wall = now, self._office.world.now()
            if asked_at is not None and now - asked_at > PATIENCE_S:
                raise _Silent
            wait = PATIENCE_S - (now - asked_at) if asked_at is not None else next_beat - now
            ready, _, _ = select.select([pg.socket, self._wake_out], [], [], max(0.0, min(wait, self._beat)))
            if self._wake_out in ready:
                self._drain()
            if pg.socket not in ready:
                continue
            pg.consume_input()
            if asked_at is not None and not pg.is_busy():
                server = self._answer(pg)
                asked_at, next_beat = None, time.monotonic() + self._beat
                self._alive(server, asked_wall, fresh)
                fresh = False
            self._hear(pg)

    def _answer(self, pg: Any) -> float:
        import psycopg

        answer = 0.0
        while (result := pg.get_result()) is not None:
            if result.status != psycopg.pq.ExecStatus.TUPLES_OK:
                raise psycopg.OperationalError(result.error_message.decode("utf-8", "replace"))
            answer = float(result.get_value(0, 0))
        return answer

    def _hear(self, pg: Any) -> None:
        """Pass on what others did, all that has come at once as one."""
        touched: set[str] = set()
        everything = heard = False
        while (notice := pg.notifies()) is not None:
            origin, tables = understood(notice.extra.decode("utf-8", "replace"))
            if origin == self._office.origin:
                continue
            heard, everything = True, everything or not tables
            touched |= tables
        if heard:
            self._office.announce(() if everything else touched)

    def _alive(self, server: float, asked_wall: datetime, fresh: bool) -> None:
        """The server has answered: say so, and after a break look at everything anew."""
        world = self._office.world
        here = world.now()
        ahead = asked_wall + (here - asked_wall) / 2 - world.server_clock(datetime.fromtimestamp(server, UTC))
        settled = outcome.settle_all(self._office) if fresh else ()
        state = LineState(True, here, clock_ahead=ahead, settled=settled)
        self._say(state)
        if fresh:
            log.info("line to the server is up")
            self._office.announce(())

    def _gone(self, trouble: BaseException, tries: int) -> None:
        before = self._state
        why = (
            "服务器没有应答，请看网线和服务器" if isinstance(trouble, _Silent) else reason_in_words(trouble, "连接断了")
        )
        if before.up:
            log.warning("line to the server is down: %s", type(trouble).__name__)
        since = before.since if not before.up else self._office.world.now()
        pause = BACKOFF_S[min(tries, len(BACKOFF_S)) - 1]
        self._say(
            replace(
                before, up=False, since=since, why=why, tries=tries, next_try=time.monotonic() + pause, settled=()
            )
        )  # fmt: skip

    def _say(self, state: LineState) -> None:
        self._state = state
        self._told(state)

    def _rest(self, pause: float) -> None:
        """Wait before the next try, or until somebody asks for it."""
        if not self._ending.is_set():
            self._asked.wait(pause)
        self._asked.clear()
        self._drain()

    def _drain(self) -> None:
        with contextlib.suppress(OSError):
            while self._wake_out.recv(64):
                pass
