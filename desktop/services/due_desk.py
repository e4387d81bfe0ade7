"""What an open desk asks of the engine of due things: what was before it came, a pass, how it stands; each in a job."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from desktop import watcher
from desktop.models.values import Right
from desktop.services import due_engine
from desktop.services.due_engine import DuePass
from desktop.services.due_lists import DueHealth, health_of
from desktop.services.office import Office
from desktop.services.rights import needs
from desktop.services.work import PROGRAM, Look, look
from desktop.watcher import Health, Says

log = logging.getLogger(__name__)

AT_A_TIME = 2_000
"""Facts of one pass: after a long absence several follow each other, and what a clerk stores comes in between."""


@dataclass(frozen=True, slots=True)
class Stood:
    """The engine stood still, on every PC of the office, from an instant to another."""

    since: datetime
    until: datetime
    closed: bool
    """Nobody had opened the program; otherwise it was torn away or stuck."""

    @property
    def span(self) -> str:
        return watcher.span(self.until - self.since)


@dataclass(frozen=True, slots=True)
class DueState:
    """How the engine stands, as this PC and the database know it."""

    at: datetime
    says: Says
    health: DueHealth

    @property
    def last_run_at(self) -> datetime | None:
        """Of any PC of the office."""
        known = [at for at in (self.says.last_run_at, self.health.last_run_at) if at is not None]
        return max(known, default=None)

    @property
    def stood(self) -> Stood | None:
        """The silence that lasts until now and must be told; None: it runs, ran lately, or never ran at all."""
        last = self.last_run_at
        if last is None:
            return None
        silent = self.at - last
        late = self.says.health is Health.LATE and silent >= timedelta(seconds=watcher.LATE_SECONDS)
        return Stood(last, self.at, self.says.closed or not late) if late or self.health.silent else None


@dataclass(frozen=True, slots=True)
class Turn:
    """News of one turn of the loop: the pass, and whether somebody outside this program watches it."""

    news: DuePass
    to_be_watched: bool
    """A demo office is not."""
    watched: bool


def state_of(office: Office) -> DueState:
    """How the engine stands now. Asked before the first pass it says what was missed."""
    with look(office, PROGRAM) as reading:
        return engine_state(reading)


@needs(Right.SEE_BOARD)
def engine_state(look: Look) -> DueState:
    """`state_of` for somebody who sits at the desk."""
    now = look.world.now()
    return DueState(now, watcher.what_it_says(look.office.data_dir, now), health_of(look))


def turn(office: Office, first: bool) -> Turn:
    """One pass, and a look whether the watcher is there; with the first turn, and when nothing is heard of it, it is
    started.

    Raises what a pass raises. That no watcher could be started is no reason to stop: the turn tells it.
    """
    news = due_engine.run_pass(office, AT_A_TIME)
    watched = watcher.what_it_says(office.data_dir, news.at).watched
    to_be_watched = watched and not office.demo
    if not office.demo and (first or not watched):
        try:
            to_be_watched = office.world.watch(office.data_dir)
        except OSError as error:
            log.info("the watcher of due things was not started: %s", error.strerror)
            to_be_watched = True
    return Turn(news, to_be_watched, watched)


def close(office: Office, at: datetime) -> None:
    """The desk is closed as it should be: the watcher need not worry before the next working day is over."""
    watcher.beat(office.data_dir, at, closing=True)
