"""How far long work has come: told to whoever waits for it, or to nobody."""

from __future__ import annotations

from collections.abc import Callable

Report = Callable[[int, int, str], None]
"""`report(done, total, text)`: steps done of all, and what is being done now, in words for the clerk."""


def silent(_done: int, _total: int, _text: str) -> None:
    """Nobody waits: scripts and tests."""
