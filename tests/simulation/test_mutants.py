"""The simulation would notice: one guard is taken away at a time, and some history must go wrong.

What a history cannot show, because another guard stands behind, has a case of its own beside the guard's tests: numbers
given before the commit (`test_log`: the careless control), two who hold the lease (`test_lease`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa

from desktop.services.sync.apply import Applied, apply_page
from desktop.services.sync.incoming import Incoming
from desktop.services.sync.outbox import Sealed, sealed_after
from desktop.services.sync.state import hash_at
from desktop.services.sync.wire import NotUnderstood
from tests.simulation.line import Line
from tests.simulation.test_simulation import lived

MOST = 150
"""Histories in which a mutant must have been noticed."""


def no_dedup(patch: pytest.MonkeyPatch) -> None:
    """Head office no longer knows an act by its id."""
    patch.setattr("central.log._known", lambda connection, project_id, ids: set())


def no_hash(patch: pytest.MonkeyPatch) -> None:
    """Only the number of acts is compared at hello: a copy believes itself done."""
    real = hash_at
    greeted: dict[str, bytes] = {}

    def hello(self: Any, hello: Any) -> Any:
        greeting = real_hello(self, hello)
        greeted["hash"] = greeting.hash
        return greeting

    real_hello = Line.hello
    patch.setattr(Line, "hello", hello)
    patch.setattr(
        "desktop.services.sync.session.hash_at", lambda s, seq: greeted["hash"] if real(s, seq) is not None else None
    )


def no_offer(patch: pytest.MonkeyPatch) -> None:
    """What head office or this database lost is not offered."""
    patch.setattr("desktop.services.sync.session._offer", lambda *_: None)


def cursor_first(patch: pytest.MonkeyPatch) -> None:
    """The cursor is moved in a transaction of its own, before the page is in."""
    real = apply_page

    def careless(office: Any, page: Any, trusted: Any = None, then: Any = None) -> Any:
        real(office, (), then=then)
        office.world.fault("mutant.between")
        return real(office, page, trusted)

    patch.setattr("desktop.services.sync.session.apply_page", careless)


def half_an_act(patch: pytest.MonkeyPatch) -> None:
    """An op that cannot be applied is left out, the rest of its act goes in."""
    real = Incoming._set

    def careless(self: Any, body: Any, clock: str) -> None:
        with suppress(NotUnderstood):
            real(self, body, clock)

    patch.setattr(Incoming, "_set", careless)


def acked_before_pushed(patch: pytest.MonkeyPatch) -> None:
    """An act counts as sent when it is read, not when head office has answered."""
    real = sealed_after

    def careless(s: Any, seq: int) -> list[Sealed]:
        found = real(s, seq)
        if found:
            engine = s.get_bind()
            with engine.execution_options(anju_write=True).begin() as connection:
                connection.exec_driver_sql("UPDATE sync_state SET acked = ?", (found[-1].seq,))
        return found

    patch.setattr("desktop.services.sync.session.sealed_after", careless)


def own_clock(patch: pytest.MonkeyPatch) -> None:
    """A clock that was ahead counts for its own office as it was."""
    patch.setattr("desktop.services.sync.session.settle_clocks", lambda work, clocks: 0)


def last_come_wins(patch: pytest.MonkeyPatch) -> None:
    """A value that comes holds, whatever its clock."""
    patch.setattr("desktop.services.sync.incoming.rank_of", lambda model, name, value, clock, op: next(_counter))


def waits_for_ever(patch: pytest.MonkeyPatch) -> None:
    """What waits is never tried again."""
    patch.setattr("desktop.services.sync.apply.apply_waiting", lambda office, trusted=None: Applied())
    patch.setattr("desktop.services.sync.session.apply_waiting", lambda office, trusted=None: Applied())


def _numbers() -> Any:
    n = 0
    while True:
        n -= 1
        yield n


_counter = _numbers()
MUTANTS: tuple[Callable[[pytest.MonkeyPatch], None], ...] = (
    no_dedup, no_hash, no_offer, cursor_first, half_an_act, acked_before_pushed, own_clock, last_come_wins,
    waits_for_ever,
)  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_it_is_noticed(mutant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    mutant(monkeypatch)
    for seed in range(MOST):
        try:
            wrong = lived(seed).wrong
        except (sa.exc.DBAPIError, AssertionError) as error:
            wrong = [repr(error)]
        if wrong:
            print(f"\n{mutant.__name__}: noticed by history {seed}: {wrong[0]}")
            return
    pytest.fail(f"{MOST} histories without {mutant.__name__} and nothing went wrong")
