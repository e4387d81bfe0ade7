"""An open office: its database, keys, clock and place, handed to every act. Made once by `opening`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker

from desktop.services.keys import Vault
from desktop.services.sync.clock import HybridClock
from desktop.world import World

Listener = Callable[[frozenset[str]], None]


@dataclass(frozen=True, slots=True)
class DeskFacts:
    """The cash position this program sits at."""

    id: UUID
    code: str
    name: str


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
    _listeners: list[Listener] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def device_id(self) -> UUID:
        return self.vault.device_id

    def listen(self, listener: Listener) -> None:
        """Call `listener` with the names of touched tables after each commit, on the thread that committed."""
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
        """Give back every connection."""
        self.engine.dispose()
