"""What a running desk does to stay in step with head office: a session every minute, and soon after every change.

One thread, its own: nobody at the desk waits for it, and whatever goes wrong is told and tried again later. Where PCs
share an office one of them holds the lease; the others ask now and then whether it still does.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime

from desktop.models.base import Nature, model_of
from desktop.services.errors import DatabaseGone, Outage
from desktop.services.office import Office
from desktop.services.sync.desk import record_trouble
from desktop.services.sync.head_office import HeadOffice, NoHeadOffice
from desktop.services.sync.lease import Lease, LeaseLost, give_back, take_lease
from desktop.services.sync.messages import Refusal
from desktop.services.sync.reaching import NotEnrolled, reached
from desktop.services.sync.session import Met, meet
from desktop.services.sync.troubles import BROKEN

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
SOON_SECONDS = 5.0
"""After a change of our own: several that follow each other go together."""
ELSEWHERE_SECONDS = 25.0
"""Until another PC that holds the lease is asked for again: with the lease's minute, one that died is replaced within
90 s. So often, too, is a lease of our own made to last."""
FIRST_BACK_OFF, LONGEST_BACK_OFF = 1.0, 300.0
KEPT = 20

Reach = Callable[[Office], AbstractContextManager[HeadOffice]]


@dataclass(frozen=True, slots=True)
class Turn:
    """One try. `met`: what the session did, None when it did not come to its end; `code`: why not, empty while another
    PC of the office does it; `again`: seconds until the next."""

    at: datetime
    met: Met | None
    code: str = ""
    again: float = EVERY_SECONDS

    @property
    def elsewhere(self) -> bool:
        return self.met is None and not self.code

    @property
    def moved(self) -> bool:
        """Something went there or came back."""
        return self.met is not None and bool(self.met.sent or self.met.came or self.met.given_back)


class Runner:
    """The sync of one open office. `told` hears of every turn, on the runner's thread."""

    def __init__(
        self, office: Office, told: Callable[[Turn], object] = lambda _turn: None, reach: Reach = reached
    ) -> None:
        self._office, self._told, self._reach = office, told, reach
        self._holder = office.world.new_id()
        self._lease: Lease | None = None
        self._failures = 0
        self._wake = threading.Condition()
        self._next: float | None = None
        """When the next turn is due, by the clock that only goes on; None: nobody has said so since one began."""
        self._stopping = False
        self._thread: threading.Thread | None = None
        self.under_way = False
        self.recent: deque[Turn] = deque(maxlen=KEPT)
        """The latest turns that tell something, the last one at the end."""

    # ---- beginning and end -------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin, with a first session at once."""
        self._office.listen(self._changed)
        self._office.sync = self
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)
        self._thread.start()

    def stop(self, patience: float = 3.0) -> None:
        """End, and let another PC take over at once. A session that hangs in the line is left to its end: what it
        does not finish is done by the next one."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join(patience)
            self._office.unlisten(self._changed)
            self._office.sync = None
            self._thread = None
        else:
            self._let_go()

    def soon(self, seconds: float = 0.0) -> None:
        """The next turn comes in so many seconds at the latest."""
        with self._wake:
            at = time.monotonic() + seconds
            self._next = at if self._next is None else min(self._next, at)
            self._wake.notify_all()

    def _changed(self, tables: frozenset[str]) -> None:
        """Somebody stored something that others want to know; in trouble the back-off goes before it."""
        if threading.current_thread() is not self._thread and not self._failures and _travels(tables):
            self.soon(SOON_SECONDS)

    # ---- the loop ----------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping:
            with self._wake:
                self._next = None  # what is stored from here on wants a turn of its own
            turn = self.turn()
            with self._wake:
                at = time.monotonic() + turn.again
                self._next = at if self._next is None or turn.code else min(self._next, at)
            self._rest()
        self._let_go()

    def _rest(self) -> None:
        """Until the next turn is due, in pieces within which the lease lasts."""
        while True:
            with self._wake:
                left = (self._next or 0.0) - time.monotonic()
                if self._stopping or left <= 0:
                    return
                self._wake.wait(min(left, ELSEWHERE_SECONDS))
            self._hold()

    def turn(self) -> Turn:
        """One try: the lease, a session, and what came of it. Never raises."""
        self.under_way = True
        try:
            turn = self._try()
        finally:
            self.under_way = False
        self._failures = self._failures + 1 if turn.code else 0
        if turn.moved or turn.code or not self.recent or bool(self.recent[-1].code):
            self.recent.append(turn)
            self._office.announce(("sync_state",))
        with suppress(RuntimeError):  # the window is gone
            self._told(turn)
        return turn

    def _try(self) -> Turn:
        office, now = self._office, self._office.world.now()
        try:
            self._lease = take_lease(office, self._holder)
            if self._lease is None:
                return Turn(now, None, again=ELSEWHERE_SECONDS)
            with self._reach(office) as head:
                met = meet(office, head, self._lease)
        except LeaseLost:
            self._lease = None
            return Turn(now, None, again=ELSEWHERE_SECONDS)
        except NotEnrolled:
            return Turn(now, None)
        except NoHeadOffice as trouble:
            log.info("no session with head office: %s %s", trouble.code.value, trouble.detail)
            return self._in_trouble(now, trouble.code.value, trouble.retry_after or 0.0)
        except Refusal as refusal:
            log.warning("head office refused: %s", refusal.code)
            return self._in_trouble(now, refusal.code)
        except DatabaseGone:
            return Turn(now, None)  # the line to the database has its own guard, and its own words
        except Outage as trouble:
            log.info("no session with head office: %s", type(trouble).__name__)
            return Turn(now, None)
        except Exception:
            log.exception("a session with head office broke")
            return self._in_trouble(now, BROKEN)
        return Turn(now, met)

    def _in_trouble(self, now: datetime, code: str, asked: float = 0.0) -> Turn:
        """Remember it, let another PC try, and come again after a while that grows and is never the same."""
        with suppress(Outage):
            record_trouble(self._office, code)
        self._let_go()
        longest = min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2**self._failures)
        chance = int.from_bytes(self._office.world.random_bytes(4), "big") / 2**32
        return Turn(now, None, code, max(asked, FIRST_BACK_OFF, longest * chance))

    # ---- the lease ---------------------------------------------------------------------------------------------------

    def _hold(self) -> None:
        """Between sessions the lease goes on; an embedded database has nobody else to take it."""
        if self._lease is None or self._stopping or self._office.engine.dialect.name == "sqlite":
            return
        with suppress(Outage):
            self._lease = take_lease(self._office, self._holder)

    def _let_go(self) -> None:
        lease, self._lease = self._lease, None
        if lease is not None:
            with suppress(Outage):
                give_back(self._office, lease)


def _travels(tables: frozenset[str]) -> bool:
    """Whether a change of these tables goes to head office; no name at all: who knows."""
    return not tables or any(_nature(table) in (Nature.PROFILE, Nature.LEDGER) for table in tables)


def _nature(table: str) -> Nature | None:
    try:
        return model_of(table).__nature__
    except KeyError:
        return None
