"""The only door to the outside: clock, randomness, ids, keyring and failure points. Tests and demos bring another
World.

Nothing deeper down asks the system for the time or for random bytes, so a run with the same World gives the same
office.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

OFFICE_ZONE = timezone(timedelta(hours=8), "CST")
"""Business dates are dates in China: the whole country keeps one time, without daylight saving since 1992. No table of
zones need be read for it, which Windows would not have."""


class KeyringPort(Protocol):
    """Where the device key rests between sessions; `services.keys` decides which keyrings it trusts."""

    def backend(self) -> str: ...
    def get(self, name: str) -> str | None: ...
    def put(self, name: str, secret: str) -> None: ...
    def drop(self, name: str) -> None: ...


class SystemKeyring:
    """The keyring of this PC and user. Imported on first use: it costs start-up time."""

    service = "anju-desk"

    def backend(self) -> str:
        """The full class name of the keyring in use, for the allow-list."""
        import keyring

        chosen = type(keyring.get_keyring())
        return f"{chosen.__module__}.{chosen.__qualname__}"

    def get(self, name: str) -> str | None:
        import keyring

        return keyring.get_password(self.service, name)

    def put(self, name: str, secret: str) -> None:
        import keyring

        keyring.set_password(self.service, name, secret)

    def drop(self, name: str) -> None:
        import keyring

        keyring.delete_password(self.service, name)


class MemoryKeyring:
    """A keyring that lives as long as the process: tests and the demo office."""

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}

    def backend(self) -> str:
        return "memory"

    def get(self, name: str) -> str | None:
        return self._secrets.get(name)

    def put(self, name: str, secret: str) -> None:
        self._secrets[name] = secret

    def drop(self, name: str) -> None:
        self._secrets.pop(name, None)


class World:
    """The real outside."""

    def __init__(self, keyring: KeyringPort | None = None) -> None:
        self.keyring: KeyringPort = keyring or SystemKeyring()

    def now(self) -> datetime:
        """This instant, UTC, aware."""
        return datetime.now(UTC)

    def today(self) -> date:
        """The business date in the office's zone."""
        return self.now().astimezone(OFFICE_ZONE).date()

    def server_clock(self, told: datetime) -> datetime:
        """What a server says the time is: its clock is part of the outside too."""
        return told

    def rest(self, seconds: float) -> None:
        """Do nothing for a while; never on the GUI thread."""
        time.sleep(seconds)

    def watch(self, folder: Path) -> bool:
        """See to it that a process of its own watches the reminders of the office in this folder; whether one does.
        Raises OSError."""
        from desktop import watcher

        watcher.start(folder)
        return True

    def free_bytes(self, folder: Path) -> int:
        """Room left on the disk of a folder. Raises OSError."""
        import shutil

        return shutil.disk_usage(folder).free

    def random_bytes(self, count: int) -> bytes:
        return os.urandom(count)

    def new_id(self) -> UUID:
        """A UUIDv7: sorts by time, made before the row exists."""
        return self._make_ids(1)[0]

    def new_ids(self, count: int) -> list[UUID]:
        """So many of them in the order of their making."""
        return self._make_ids(count)

    @cached_property
    def _make_ids(self) -> Callable[[int], list[UUID]]:
        # Loaded with the first row that is made: a desk starts without it.
        import uuid_utils

        from desktop.ids import make_id

        uuid7 = uuid_utils.uuid7
        return lambda count: [make_id(uuid7().int) for _ in range(count)]

    def fault(self, name: str) -> None:
        """A named moment at which tests kill the process or cut a line. Nothing happens in the real world."""


class SeededWorld(World):
    """An outside that repeats itself: the same seed and start give the same ids, times and bytes.

    The clock stands still between calls of `advance`, so documents and ids are reproducible. NEVER for real secrets:
    its bytes are predictable.
    """

    def __init__(self, start: datetime, seed: int = 1, fault: Callable[[str], None] | None = None) -> None:
        super().__init__(MemoryKeyring())
        self._now = start
        self._random = random.Random(seed)
        self._count = 0
        self._told: datetime | None = None
        self._head = 0
        """Of the ids of one moment: its milliseconds and the version."""
        self._fault = fault
        self.server_ahead = timedelta()
        """How far a server's clock is ahead of ours."""
        self.free = 100 * 1024**3
        """Bytes left on every disk."""

    def server_clock(self, told: datetime) -> datetime:
        return self._now + self.server_ahead

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by

    def set_now(self, now: datetime) -> None:
        self._now = now

    def watch(self, folder: Path) -> bool:
        """Nobody: a process that outlives a test would watch what is gone."""
        return False

    def free_bytes(self, folder: Path) -> int:
        return self.free

    def random_bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def new_id(self) -> UUID:
        from desktop.ids import make_id

        self._count += 1
        if self._told is not self._now:
            self._told = self._now
            self._head = int(self._now.timestamp() * 1000) << 80 | 7 << 76 | 0b10 << 62
        # 74 bits below the time: a counter keeps the order of making, the rest tells seeds apart.
        low = (self._count << 42 | self._random.getrandbits(42)) & ((1 << 74) - 1)
        return make_id(self._head | (low >> 62) << 64 | low & ((1 << 62) - 1))

    def new_ids(self, count: int) -> list[UUID]:
        return [self.new_id() for _ in range(count)]

    def fault(self, name: str) -> None:
        if self._fault is not None:
            self._fault(name)
