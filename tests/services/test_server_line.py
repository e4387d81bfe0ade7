"""The line to a shared office's server: notices from another PC, breaks noticed and mended, acts in doubt settled."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from desktop.models.parties import Party
from desktop.services import database, opening, outcome, parties, server_line
from desktop.services.acts import Op
from desktop.services.errors import DatabaseGone
from desktop.services.office import Office
from desktop.services.outcome import OutcomeUnknown
from desktop.services.server_line import LineState, ServerLine
from desktop.services.work import PROGRAM, begin
from desktop.world import SeededWorld
from tests.cable import Cable
from tests.offices import make_office, person

pytestmark = pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
DOWN = r"line to the server is down"


@pytest.fixture
def cable(database_url: str) -> Iterator[Cable]:
    """A cable to the server of the tests."""
    laid = Cable(sa.make_url(database_url).port or 5432)
    yield laid
    laid.close()


@pytest.fixture
def office(world: SeededWorld, database_url: str, tmp_path: Path, cable: Cable) -> Iterator[Office]:
    """An office that is reached over the cable."""
    make_office(world, tmp_path / "office", database_url).close()
    url = database.parse_url(database_url).set(port=cable.port)
    opened = opening.open_office(world, tmp_path / "office", url)
    yield opened
    opened.close()


@pytest.fixture
def neighbour(world: SeededWorld, database_url: str, tmp_path: Path, office: Office) -> Iterator[Office]:
    """A second program on the same database, with a cable of its own."""
    opened = opening.open_office(world, tmp_path / "office", database.parse_url(database_url))
    yield opened
    opened.close()


class Ear:
    """What a line told, and what the pages heard."""

    def __init__(self, office: Office, beat: float = 0.2) -> None:
        self.states: list[LineState] = []
        self.heard: list[tuple[frozenset[str], float]] = []
        office.listen(self._hear)
        self._office = office
        self.line = ServerLine(office, self.states.append, beat)
        self.line.start()
        until(lambda: bool(self.heard))
        self.heard.clear()

    def _hear(self, tables: frozenset[str]) -> None:
        self.heard.append((tables, time.monotonic()))

    def close(self) -> None:
        self.line.stop()
        self._office.unlisten(self._hear)


@pytest.fixture
def ear(office: Office) -> Iterator[Ear]:
    """A listening line."""
    listening = Ear(office)
    yield listening
    listening.close()


def until(ready: Callable[[], bool], patience: float = 15) -> None:
    deadline = time.monotonic() + patience
    while not ready():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.005)


def register(office: Office, **about: Any) -> None:
    with begin(office, PROGRAM, Op.REGISTER_PARTY) as work:
        parties.register_party(work, person(**about))


def names(office: Office) -> list[str]:
    with office.reading() as session:
        return sorted(session.scalars(sa.select(Party.name)))


def test_what_another_pc_did_is_heard_at_once_and_ones_own_once(office: Office, neighbour: Office, ear: Ear) -> None:
    delays = []
    for n in range(7):
        ear.heard.clear()
        register(neighbour, name="沈知微", sequence=n + 1)
        done = time.monotonic()
        until(lambda: bool(ear.heard))
        delays.append(ear.heard[0][1] - done)
        assert {"party", "contact"} <= ear.heard[0][0]
    assert sorted(delays)[3] < 0.5
    ear.heard.clear()
    register(office, name="林以宁", sequence=30)
    register(neighbour, name="周思齐", sequence=31)
    until(lambda: len(ear.heard) >= 2)
    time.sleep(0.1)
    assert len(ear.heard) == 2, "one's own act was told by the act itself and not again by the line"


def test_a_broken_line_is_noticed_and_comes_back_by_itself(
    office: Office, neighbour: Office, ear: Ear, cable: Cable, expect_log: Callable[[str], None]
) -> None:
    expect_log(DOWN)
    until(lambda: bool(ear.states))
    cable.cut()
    until(lambda: not ear.line.state.up)
    down = ear.line.state
    assert down.since is not None
    assert down.why == "连接断了"
    assert down.next_try > time.monotonic() - 1
    with pytest.raises(DatabaseGone):
        register(office)
    register(neighbour, name="沈知微")
    ear.heard.clear()
    until(lambda: "没有数据库在听" in ear.line.state.why)
    cable.mend()
    ear.line.check_now()
    until(lambda: ear.line.state.up)
    until(lambda: bool(ear.heard))
    assert ear.heard[0][0] == frozenset(), "nobody knows what was missed: everything is looked at anew"
    register(office)
    assert names(office) == ["沈知微", "顾听澜", "顾知夏", "顾知夏"]


def test_it_tries_again_less_and_less_often_and_says_when(
    ear: Ear, cable: Cable, expect_log: Callable[[str], None]
) -> None:
    expect_log(DOWN)
    cable.cut()
    until(lambda: ear.line.state.tries >= 3)
    waits = [state.tries for state in ear.states if not state.up]
    assert waits == [1, 2, 3]
    assert {state.since for state in ear.states if not state.up} == {ear.line.state.since}
    cable.mend()
    until(lambda: ear.line.state.up)


def test_a_pulled_plug_counts_as_gone_though_the_line_looks_open(
    ear: Ear, cable: Cable, monkeypatch: pytest.MonkeyPatch, expect_log: Callable[[str], None]
) -> None:
    expect_log(DOWN)
    monkeypatch.setattr(server_line, "PATIENCE_S", 0.4)
    cable.freeze()
    until(lambda: not ear.line.state.up)
    assert "没有应答" in ear.line.state.why
    cable.mend()
    ear.line.check_now()
    until(lambda: ear.line.state.up)


def test_the_servers_clock_is_compared_with_ours(ear: Ear, office: Office, world: SeededWorld) -> None:
    until(lambda: bool(ear.states))
    assert ear.line.state.clock_ahead == timedelta()
    world.server_ahead = timedelta(minutes=7)
    until(lambda: ear.line.state.clock_ahead == timedelta(minutes=-7))


def test_a_line_ends_at_once_with_its_thread(office: Office) -> None:
    ear = Ear(office, beat=30)
    begun = time.monotonic()
    ear.close()
    assert time.monotonic() - begun < 1
    assert not [thread for thread in threading.enumerate() if thread.name == "server line"]


# ---- the line breaks while an act is being stored --------------------------------------------------------------------


def act_then(office: Office, point: str, happens: Callable[[], object]) -> None:
    """Register somebody; at this point of the act something happens to the cable."""

    def fault(name: str) -> None:
        if name == point:
            happens()

    office.world._fault = fault  # type: ignore[attr-defined]
    try:
        register(office)
    finally:
        office.world._fault = None  # type: ignore[attr-defined]


def test_a_commit_nobody_answered_but_the_server_did_is_saved(office: Office, neighbour: Office, cable: Cable) -> None:
    def deaf_for_a_moment() -> None:
        cable.deafen()
        threading.Timer(0.5, lambda: (cable.cut(), cable.mend())).start()

    act_then(office, "work.before_commit", deaf_for_a_moment)
    assert names(neighbour) == ["顾听澜", "顾知夏"]
    assert office.unsure == []


def test_a_commit_that_never_arrived_is_said_to_be_not_saved(office: Office, neighbour: Office, cable: Cable) -> None:
    def cut_and_mend() -> None:
        cable.cut()
        cable.mend()

    with pytest.raises(DatabaseGone) as raised:
        act_then(office, "work.before_commit", cut_and_mend)
    assert not isinstance(raised.value, OutcomeUnknown)
    assert "没有保存" in raised.value.message
    assert names(neighbour) == []


@pytest.mark.parametrize("arrives", [True, False])
def test_an_act_in_doubt_is_told_when_the_line_is_back(
    office: Office, neighbour: Office, cable: Cable, arrives: bool, ear: Ear,
    monkeypatch: pytest.MonkeyPatch, expect_log: Callable[[str], None],
) -> None:  # fmt: skip
    expect_log(DOWN)
    monkeypatch.setattr(outcome, "PATIENCE_S", 0.3)
    monkeypatch.setattr(outcome.settle, "__defaults__", (0.3,))

    def lose() -> None:
        if arrives:
            cable.deafen()
            threading.Timer(0.3, cable.cut).start()
        else:
            cable.cut()

    with pytest.raises(OutcomeUnknown) as raised:
        act_then(office, "work.before_commit", lose)
    assert "登记人员" in raised.value.message
    assert "没有保存" not in raised.value.message
    assert len(office.unsure) == 1
    cable.mend()
    ear.line.check_now()
    until(lambda: not office.unsure)
    until(lambda: any(state.settled for state in ear.states))
    settled = next(state.settled for state in ear.states if state.settled)
    assert [(each.op, each.stored) for each in settled] == [("register_party", arrives)]
    assert ("不用重办" if arrives else "再办一次") in settled[0].words
    assert bool(names(neighbour)) is arrives
