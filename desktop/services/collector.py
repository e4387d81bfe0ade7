"""Python's cycle collector held off while one act holds hundreds of thousands of values.

It looks through everything alive each time a quarter more has come to life; a bill run, whose values live until its end
and hold no cycles, spends a third of its time in it.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOCK = threading.Lock()
_holders = 0
_was_on = False


@contextmanager
def held_off() -> Iterator[None]:
    """No collection until the last of those who hold it off is done; references are counted as ever."""
    global _holders, _was_on
    with _LOCK:
        if not _holders:
            _was_on = gc.isenabled()
            gc.disable()
        _holders += 1
    try:
        yield
    finally:
        with _LOCK:
            _holders -= 1
            if not _holders and _was_on:
                gc.enable()
