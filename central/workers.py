"""The few threads that work with the database: no more than it has connections, and no endless queue before them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread

from central.answers import Refused
from desktop.services.sync import over_http
from desktop.services.trouble import translated

Asked = ParamSpec("Asked")
Found = TypeVar("Found")

THREADS = 8
QUEUE = 64
"""Requests that may wait for a thread; the next one is asked to come again in a second."""


class Workers:
    """Runs what touches the database, off the event loop."""

    def __init__(self, threads: int = THREADS, queue: int = QUEUE) -> None:
        self._threads = anyio.CapacityLimiter(threads)
        self._most = threads + queue
        self._here = 0

    async def do(self, job: Callable[Asked, Found], *args: Asked.args, **told: Asked.kwargs) -> Found:
        """What the job returns; trouble of the database in our own words. Raises Refused when too many wait."""
        if self._here >= self._most:
            raise Refused(over_http.BUSY, "queue", retry_after=1)
        self._here += 1
        try:
            return await anyio.to_thread.run_sync(partial(_in_our_words, job, *args, **told), limiter=self._threads)
        finally:
            self._here -= 1


def _in_our_words(job: Callable[Asked, Found], *args: Asked.args, **told: Asked.kwargs) -> Found:
    with translated():
        return job(*args, **told)
