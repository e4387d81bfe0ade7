"""Engines of the tests: the statements that one has compiled are known to all others of its kind.

An office compiles a statement once and keeps it for as long as its program runs. Every test opens an office of its own,
and compiling the same few hundred statements again and again took a third of the time of a check-in.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

_KEPT = 5000
"""Statements: all that the tests know of, with room."""
_create_engine = sa.create_engine
_first: dict[str, Engine] = {}


def share_compiled_statements() -> None:
    """From now on in this process."""
    sa.create_engine = _create_shared


def _create_shared(*args: Any, **options: Any) -> Engine:
    engine = _create_engine(*args, query_cache_size=_KEPT, **options)
    kind = engine.dialect.driver
    if (first := _first.get(kind)) is None:
        # Not before it has met its server: a dialect learns from the first connection.
        sa.event.listen(engine, "first_connect", lambda *_: _first.setdefault(kind, engine))
        return engine
    engine.dialect = engine.pool._dialect = first.dialect
    engine._compiled_cache = first._compiled_cache
    return engine
