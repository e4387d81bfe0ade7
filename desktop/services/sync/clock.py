"""Hybrid logical clock: 24 hex digits that sort like time and never run backwards for a row.

`%012x%04x%08x`: milliseconds since 1970, counter, short id of the node. (Kulkarni et al., "Logical Physical Clocks",
2014.)
"""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Lock
from uuid import UUID

NEVER = "0" * 24


class HybridClock:
    """One clock a process; safe from several threads."""

    def __init__(self, node_id: UUID, last: str = NEVER) -> None:
        self._node = node_id.int & 0xFFFFFFFF
        self._milliseconds, self._count = int(last[:12], 16), int(last[12:16], 16)
        self._lock = Lock()

    @property
    def latest(self) -> datetime:
        """The latest time this clock gave or saw: before it the PC's own clock should not stand."""
        with self._lock:
            return datetime.fromtimestamp(self._milliseconds / 1000, UTC)

    @property
    def last(self) -> str:
        """The highest clock so far: what a clock that follows this one begins after."""
        with self._lock:
            return f"{self._milliseconds:012x}{self._count:04x}{self._node:08x}"

    def tick(self, now: datetime, after: str = NEVER) -> str:
        """A clock above everything this one gave or saw, and above `after`."""
        with self._lock:
            self._see(after)
            milliseconds = int(now.timestamp() * 1000)
            if milliseconds > self._milliseconds:
                self._milliseconds, self._count = milliseconds, 0
            else:
                self._count += 1
                if self._count > 0xFFFF:
                    self._milliseconds, self._count = self._milliseconds + 1, 0
            return f"{self._milliseconds:012x}{self._count:04x}{self._node:08x}"

    def see(self, other: str) -> None:
        """Take note of a foreign clock, so that what follows it here sorts after it."""
        with self._lock:
            self._see(other)

    def _see(self, other: str) -> None:
        seen = int(other[:12], 16), int(other[12:16], 16)
        if seen > (self._milliseconds, self._count):
            self._milliseconds, self._count = seen
