"""A look at the whole frame where no outline is found: a card that littered papers or the grain of a desk hide from the
edges is still told by its print.

It costs a reading, so it is done once while nothing moves, and again only when something has moved.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from desktop.ocr.documents import SIDE_NAMES, Side
from desktop.ocr.outline import Outline
from desktop.ocr.pipeline import CardReader, ReadOptions
from desktop.ocr.quality import Pixels
from desktop.ocr.wiping import wipe, wipe_strips

REST_S = 1.0
"""How long nothing may have moved: a card that is laid down is mostly outlined by then."""


class Pending(Protocol):
    """What an executor hands back: `concurrent.futures.Future` is one."""

    def done(self) -> bool: ...
    def result(self) -> Any: ...
    def cancel(self) -> bool: ...


class Executor(Protocol):
    """Where reading runs: `concurrent.futures.ThreadPoolExecutor(1)`, or a job queue of the window."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Pending: ...


class Glance:
    """Offered every frame, it answers an outline where the print of one card was found and nothing moved since."""

    def __init__(self, reader: CardReader, executor: Executor) -> None:
        self._reader, self._executor = reader, executor
        self._options = ReadOptions(page=False)
        self._still_since: float | None = None
        self._looked = False
        self._pending: tuple[Pending, Pixels] | None = None

    def offer(self, frame: Pixels, at: float, *, moves: bool, wanted: bool) -> Outline | None:
        """`wanted`: no outline is known, and the executor has nothing else to do."""
        found = self._collect()
        if moves:
            self._still_since, self._looked = None, False
            return None
        if self._still_since is None:
            self._still_since = at
        if wanted and not self._looked and self._pending is None and at - self._still_since >= REST_S:
            self._looked = True
            picture = frame.copy()
            self._pending = (self._executor.submit(read_whole, self._reader, picture, self._options), picture)
        return found if wanted else None

    def close(self) -> None:
        """What was not looked at yet is overwritten; what is being read, by its reader."""
        if self._pending is not None and self._pending[0].cancel():
            wipe(self._pending[1])
        self._pending = None

    def _collect(self) -> Outline | None:
        if self._pending is None or not self._pending[0].done():
            return None
        (future, picture), self._pending = self._pending, None
        wipe(picture)  # a reader in another process wiped only its own copy
        found: Outline | None = future.result()
        # It moved since, and may lie elsewhere by now.
        return found if self._looked else None


def read_whole(reader: CardReader, picture: Pixels, options: ReadOptions) -> Outline | None:
    """Where the one card of a frame lies, by its print; overwrites the frame. Runs in the executor."""
    try:
        cards = reader.read(picture, options)
        for card in cards:
            wipe_strips(card.fields)
        if len(cards) != 1 or cards[0].side not in SIDE_NAMES:
            return None
        side: Side = "front" if cards[0].side == "front" else "back"
        return Outline(np.array(cards[0].corners[side], dtype=np.float64), 1.0, side)
    finally:
        wipe(picture)
