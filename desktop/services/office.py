"""An open office: its database, keys, clock and place, handed to every act. Made once by `opening`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from desktop.services.change_notices import new_origin
from desktop.services.keys import Vault
from desktop.services.sync.clock import HybridClock
from desktop.world import World

if TYPE_CHECKING:
    from desktop.services.sync.runner import Runner

Listener = Callable[[frozenset[str]], None]


@dataclass(frozen=True, slots=True)
class DeskFacts:
    """The cash position this program sits at."""

    id: UUID
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Unsure:
    """An act whose commit was under way when the line broke (`services.outcome`)."""

    act_id: UUID
    op: str


@dataclass(slots=True)
class Office:
    """One office database with everything an act needs."""

    engine: Engine
    vault: Vault
    world: World
    clock: HybridClock
    project_id: UUID
    project_code: str
    project_name: str
    organisation: str
    node_id: UUID
    desk: DeskFacts
    demo: bool
    data_dir: Path
    reading: sessionmaker[Session]
    writing: sessionmaker[Session]
    origin: str = field(init=False)
    """This program among all that have the office open: its own change notices are not heard twice."""
    unsure: list[Unsure] = field(default_factory=list)
    sync: Runner | None = None
    """What keeps the office in step with head office while the window is open; None: nothing does."""
    _listeners: list[Listener] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.origin = new_origin(self.device_id)

    @property
    def device_id(self) -> UUID:
        return self.vault.device_id

    def listen(self, listener: Listener) -> None:
        """Call `listener` with the names of touched tables after each commit, here on the thread that committed, for
        other PCs on the thread of the line. No name at all: everything may have changed."""
        with self._lock:
            self._listeners.append(listener)

    def unlisten(self, listener: Listener) -> None:
        with self._lock:
            self._listeners.remove(listener)

    def announce(self, tables: Iterable[str]) -> None:
        """Tell every listener what changed."""
        touched = frozenset(tables)
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            listener(touched)

    def close(self) -> None:
        """Give back every connection; one that a job still holds is closed when it comes back, and so is one that a
        job asks for too late."""
        event.listen(self.engine.pool, "checkin", _closed_when_it_comes_back)  # the pool after it inherits this
        self.engine.dispose()


def _closed_when_it_comes_back(_connection: object, record: ConnectionPoolEntry) -> None:
    record.invalidate()
