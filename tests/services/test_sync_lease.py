"""One PC of an office talks to head office: whoever slept through his lease writes nothing more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desktop.services.office import Office
from desktop.services.sync.lease import LASTS, Lease, LeaseLost, give_back, take_lease
from desktop.services.sync.state import change_state, state_in, state_of
from desktop.world import SeededWorld


def test_one_at_a_time_and_another_soon_after(office: Office, world: SeededWorld) -> None:
    one, other = world.new_id(), world.new_id()
    first = take_lease(office, one)
    assert first is not None
    assert take_lease(office, other) is None
    assert take_lease(office, one) == first
    world.advance(LASTS)
    assert take_lease(office, other) is not None, "a PC that was switched off is replaced within 90 s"


def test_a_lease_lasts_as_long_as_its_holder_works(office: Office, world: SeededWorld) -> None:
    first = take_lease(office, world.new_id())
    assert first is not None
    for _ in range(5):
        world.advance(timedelta(seconds=50))
        with office.writing() as session:
            first.confirm(session)
            session.commit()
    assert take_lease(office, world.new_id()) is None


def remember(office: Office, lease: Lease) -> None:
    """What a session writes of itself."""
    with office.writing() as session:
        state_in(session, held=True)
        lease.confirm(session)
        change_state(session, acked=99)
        session.commit()


def test_whoever_slept_writes_nothing_more(office: Office, world: SeededWorld) -> None:
    state_of(office)
    sleeper, other = take_lease(office, world.new_id()), world.new_id()
    assert sleeper is not None
    world.advance(LASTS)
    for taken in (None, take_lease(office, other)):  # nobody took it, or somebody did
        with pytest.raises(LeaseLost):
            remember(office, sleeper)
        assert state_of(office).acked == 0
        assert taken is None or taken.holder_id == other


def test_one_that_ran_out_is_another_when_it_is_taken_again(office: Office, world: SeededWorld) -> None:
    holder = world.new_id()
    first = take_lease(office, holder)
    assert first is not None
    world.advance(LASTS)
    again = take_lease(office, holder)
    assert again is not None
    assert again.token == first.token + 1
    with pytest.raises(LeaseLost), office.writing() as session:
        first.confirm(session)


def test_a_clock_set_back_does_not_keep_the_others_waiting(office: Office, world: SeededWorld) -> None:
    assert take_lease(office, world.new_id()) is not None
    world.advance(-timedelta(days=2))
    world.server_ahead = timedelta()
    assert take_lease(office, world.new_id()) is not None


def test_it_is_given_back_at_the_end(office: Office, world: SeededWorld) -> None:
    first = take_lease(office, world.new_id())
    assert first is not None
    give_back(office, first)
    assert take_lease(office, world.new_id()) is not None
