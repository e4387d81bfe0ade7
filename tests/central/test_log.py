"""Head office's log: acts are taken once, in the order of their database, and handed out in the order of commits."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central import tables
from central.acts import AHEAD
from central.isolation import speak_for
from central.log import Log
from central.store import migrate, open_store
from desktop.services.office import Office
from desktop.services.sync import messages
from desktop.services.sync.apply import apply_acts
from desktop.services.sync.digest import office_digest
from desktop.services.sync.messages import PulledAct, Refusal, Returned, sent
from desktop.services.sync.outbox import outgoing
from desktop.services.sync.wire import decode_header
from desktop.world import SeededWorld
from tests.central.kit import NOBODY, Pc, Station
from tests.conftest import MORNING
from tests.databases import Databases
from tests.offices import check_in, rooms_of, sit_down
from tests.services.test_replay import replica, trusted_of


@pytest.fixture
def central(databases: Databases, engine_kind: str, world: SeededWorld) -> Iterator[Log]:
    """An empty head office on both engines."""
    engine = open_store(databases.empty(engine_kind))  # type: ignore[arg-type]
    yield Log(engine, world)
    engine.dispose()


@pytest.fixture
def pc() -> Pc:
    return Pc()


@pytest.fixture
def station(central: Log, pc: Pc) -> Station:
    """A database of a project that is enrolled, and has said hello."""
    project_id = uuid4()
    central.add_project(project_id, "WJY", "望江苑")
    central.add_device(project_id, pc.id, pc.public)
    return greeted(central, Station(project_id, pc, MORNING))


def greeted(central: Log, station: Station) -> Station:
    central.hello(station.pc.id, station.hello())
    return station


def pulled(central: Log, station: Station, after: int = 0, limit: int = 500) -> list[PulledAct]:
    """Everything after a number, page by page."""
    found: list[PulledAct] = []
    while True:
        page = central.pull(station.pc.id, station.project_id.hex, NOBODY, after, limit)
        found += page.acts
        if page.next >= page.head:
            return found
        after = page.next


def test_acts_come_out_as_they_went_in(central: Log, station: Station) -> None:
    for ops in (1, 3, 0, 2):
        station.act(ops)
    told = central.push(station.pc.id, station.push())
    assert (told.last, told.hash, told.clocks, told.aside) == (4, station.hash_at(4), {}, {})
    found = pulled(central, station, limit=2)
    assert [act.number for act in found] == [1, 2, 3, 4]
    assert [act.act.bare for act in found] == station.acts
    assert {act.node for act in found} == {station.node_id.hex}


def test_a_push_as_large_as_it_may_be_is_taken(central: Log, station: Station) -> None:
    """More rows than one statement each: PostgreSQL refuses COPY where rows are guarded."""
    for _ in range(messages.MOST_ACTS):
        station.act()
    assert central.push(station.pc.id, station.push()).last == messages.MOST_ACTS
    assert [act.act.bare for act in pulled(central, station)] == station.acts


def test_a_reply_that_was_lost_is_given_again_and_nothing_is_kept_twice(central: Log, station: Station) -> None:
    for _ in range(5):
        station.act()
    first = central.push(station.pc.id, station.push(1, 3))
    assert central.push(station.pc.id, station.push(1, 3)) == first
    assert central.push(station.pc.id, station.push(2, 5)).last == 5  # half of it was known
    assert central.push(station.pc.id, station.push(1, 2)).last == 5  # an old one that wandered about
    assert [act.act.bare for act in pulled(central, station)] == station.acts


def test_a_hole_and_another_chain_are_found_at_once(central: Log, station: Station) -> None:
    for _ in range(4):
        station.act()
    with pytest.raises(Refusal) as gap:
        central.push(station.pc.id, station.push(2))
    assert gap.value.code == messages.GAP
    assert gap.value.seen is not None
    assert gap.value.seen.last == 0
    central.push(station.pc.id, station.push(1, 3))
    copied = Station(station.project_id, station.pc, MORNING, station.node_id)  # a copied PC, as old and as long
    copied.acts = [*station.acts[:2]]
    for _ in range(2):
        copied.act()
    for push in (copied.push(4), copied.push(1)):
        with pytest.raises(Refusal) as fork:
            central.push(station.pc.id, push)
        assert fork.value.code == messages.FORK
    assert central.hello(station.pc.id, copied.hello()).hash != copied.hash_at(3)
    assert len(pulled(central, station)) == 3


def test_what_is_forged_goes_to_nobody_and_holds_up_nothing(central: Log, station: Station) -> None:
    good = [station.act(2) for _ in range(2)]
    unsigned = replace(station.act(), sig=bytes(64))
    twisted = replace(station.act(2), bodies=[*reversed(station.acts[-1].bodies)])
    stranger = Station(station.project_id, Pc(), MORNING, station.node_id).act()
    elsewhere = Station(uuid4(), station.pc, MORNING, station.node_id).act()
    broken = replace(station.act(), header=b'{"v":1}')
    newer = station.act(v=99)
    station.acts = [good[0], unsigned, twisted, stranger, elsewhere, broken, newer, good[1]]
    told = central.push(station.pc.id, station.push())
    assert told.last == 8
    assert sorted(told.aside.values()) == [
        "Object missing required field `act`", "another project", "ops do not match their header",
        "signature", "unknown device", "wire version 99",
    ]  # fmt: skip
    assert [act.act.bare for act in pulled(central, station)] == good
    assert central.push(station.pc.id, station.push()).aside == told.aside
    with central._looking(station.project_id) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.aside)) == 6


ODD: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"act": "-5"}, {}), ({"act": "f" * 40}, {}), ({"dev": "0x10"}, {}), ({"act": "\u0661" * 32}, {}),
    ({}, {"h": "soon"}), ({}, {"h": "g" * 24}), ({}, {"h": "f" * 25}), ({}, {"k": "\0"}), ({}, {"k": "x" * 5000}),
    ({}, {"t": "device", "pk": "x"}), ({}, {"t": "device", "set": {}}),
    ({}, {"t": "device", "set": {"signing_key": 1}}),
    ({}, {"t": "device", "set": {"signing_key": {"$b": "AAAA"}}}),
    ({}, {"t": "device", "set": {"signing_key": {"$b": "\u00e9"}}}),
    ({}, {"t": "device", "k": "set", "set": {"revoked_at": "soon"}}),
    ({}, {"t": "device", "k": "set", "set": {"revoked_at": 5}}),
    ({}, {"t": "device", "k": "set", "set": {"revoked_at": "2026-11-22T09:00:00"}}),
    ({}, {"t": "device", "k": "set", "set": {"revoked_at": "0001-01-01T00:00:00+23:59"}}),
    ({}, {"set": {"text": [[["deep"]]]}, "old": {"x": "\0"}, "v": 2**40}),
)  # fmt: skip


def test_what_is_signed_and_makes_no_sense_goes_to_nobody(central: Log, station: Station) -> None:
    """A program gone wrong may sign anything: none of it may hold up what comes behind."""
    first = station.act()
    for header, op in ODD:
        station.odd_act(header, **op)
    nested = b'{"v":1,"act":' + b"[" * 100_000
    station.acts.append(replace(first, header=nested, sig=station.pc.sign(nested)))
    last = station.act()
    told = central.push(station.pc.id, station.push())
    assert told.last == len(ODD) + 3
    assert [act.act.bare for act in pulled(central, station)] == [first, last]
    assert all(0 < len(why) <= 200 for why in told.aside.values())
    assert central.push(station.pc.id, station.push()).aside == told.aside


def test_a_clock_ahead_counts_as_of_now_and_never_turns_the_order(central: Log, station: Station) -> None:
    in_time = station.act()
    station.at += timedelta(days=2)
    ahead = [station.act() for _ in range(3)]
    told = central.push(station.pc.id, station.push())
    ids = [decode_header(act.header).act for act in (in_time, *ahead)]
    assert list(told.clocks) == ids[1:]
    clocks = list(told.clocks.values())
    assert clocks == sorted(set(clocks))
    limit = int((MORNING + AHEAD).timestamp() * 1000)
    assert {int(clock[:12], 16) for clock in clocks} == {limit}
    assert central.push(station.pc.id, station.push()).clocks == told.clocks  # also when the reply was lost
    assert [act.clock for act in pulled(central, station)] == [None, *clocks]
    again = station.act()  # the clock was put right, but the office's hybrid clock does not run back
    later = central.push(station.pc.id, station.push(5))
    assert later.clocks[decode_header(again.header).act] > clocks[-1]


def test_a_pc_that_was_let_in_counts_and_one_shut_out_does_not(central: Log, station: Station, pc: Pc) -> None:
    second, third = Pc(), Pc()
    station.let_in(second)
    station.act(pc=second)  # in the same push
    assert central.push(pc.id, station.push()).aside == {}
    station.act(pc=third)
    assert set(central.push(pc.id, station.push(3)).aside.values()) == {"unknown device"}
    assert pulled(central, station)[-1].number == 2
    assert central.pull(second.id, station.project_id.hex, NOBODY, 0).head == 2
    station.shut_out(second)
    central.push(pc.id, station.push(4))
    for call in (
        lambda: central.pull(second.id, station.project_id.hex, NOBODY, 0),
        lambda: central.push(second.id, station.push(1)),
        lambda: central.hello(second.id, station.hello()),
        lambda: central.wanted(second.id, station.project_id.hex, []),
    ):
        with pytest.raises(Refusal) as shut:
            call()
        assert shut.value.code == messages.REVOKED
    assert len(pulled(central, station)) == 3  # what it did before stays


def test_a_project_is_nothing_to_another(central: Log, station: Station) -> None:
    station.act()
    central.push(station.pc.id, station.push())
    other = Pc()
    central.add_project(project := uuid4(), "CHY", "翠湖花园")
    central.add_device(project, other.id, other.public)
    theirs = greeted(central, Station(project, other, MORNING, station.node_id))  # even with a node id that was guessed
    for call in (
        lambda: central.pull(other.id, station.project_id.hex, NOBODY, 0),
        lambda: central.push(other.id, station.push()),
        lambda: central.hello(other.id, station.hello()),
        lambda: central.wanted(other.id, station.project_id.hex, [decode_header(station.acts[0].header).act]),
        lambda: central.pull(other.id, uuid4().hex, NOBODY, 0),  # the same answer as of one that is not there
    ):
        with pytest.raises(Refusal) as foreign:
            call()
        assert foreign.value.code == messages.UNKNOWN_DEVICE
    act = decode_header(station.acts[0].header).act
    assert central.wanted(other.id, project.hex, [act]) == [act]
    assert pulled(central, theirs) == []
    theirs.let_in(station.pc)  # may not take the PC of another project
    central.push(other.id, theirs.push())
    assert central.pull(station.pc.id, station.project_id.hex, NOBODY, 0).head == 1


def test_a_restored_head_office_gets_back_what_the_offices_know(
    central: Log, station: Station, databases: Databases, engine_kind: str, world: SeededWorld
) -> None:
    for _ in range(6):
        station.act()
    central.push(station.pc.id, station.push(1, 6))
    engine = open_store(databases.empty(engine_kind))  # type: ignore[arg-type]
    try:
        restored = Log(engine, world)  # its backup held two of them
        restored.add_project(station.project_id, "WJY", "望江苑")
        restored.add_device(station.project_id, station.pc.id, station.pc.public)
        greeted(restored, station)
        restored.push(station.pc.id, station.push(1, 2))
        assert restored.restored() == 2
        with pytest.raises(Refusal) as epoch:
            restored.push(station.pc.id, station.push(3))
        assert epoch.value.code == messages.EPOCH
        ids = [decode_header(act.header).act for act in station.acts]
        missing = restored.wanted(station.pc.id, station.project_id.hex, ids)
        assert missing == ids[2:]
        given = Returned(station.project_id.hex, 2, [sent(act) for act in station.acts[2:]])
        assert restored.take_back(station.pc.id, given).aside == {}
        assert restored.take_back(station.pc.id, given).aside == {}  # twice
        assert [act.act.bare for act in pulled(restored, station)] == station.acts
        station.epoch = 2
        assert restored.push(station.pc.id, station.push(3)).last == 6  # and its chain goes on
        assert len(pulled(restored, station)) == 6
    finally:
        engine.dispose()


def test_too_much_at_once_is_refused(central: Log, station: Station) -> None:
    acts = [station.act()] * (messages.MOST_ACTS + 1)
    with pytest.raises(Refusal) as much:
        central.push(station.pc.id, station.push(acts=acts))
    assert much.value.code == messages.TOO_LARGE


def test_an_office_is_made_again_from_what_head_office_hands_out(
    central: Log, office: Office, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> None:
    clerk = sit_down(office, "front_desk")
    check_in(office, clerk, rooms_of(office)[0])
    central.add_project(office.project_id, office.project_code, office.project_name)
    central.add_device(office.project_id, office.device_id, office.vault.device.ed25519_public)
    pc = Pc()
    pc.id = office.device_id
    there = Station(office.project_id, pc, MORNING, office.node_id)
    there.acts = [act for _, act in outgoing(office)]
    greeted(central, there)
    raw = msgspec.json.encode(there.push())  # over the wire and back
    assert central.push(pc.id, msgspec.json.decode(raw, type=messages.Push)).aside == {}
    copy = replica(office, databases.clone("sqlite"), tmp_path_factory.mktemp("copy"))
    try:
        page = msgspec.json.decode(
            msgspec.json.encode(central.pull(pc.id, office.project_id.hex, NOBODY, 0)), type=messages.Page
        )  # fmt: skip
        assert not apply_acts(copy, [act.act.bare for act in page.acts], trusted_of(office)).aside
        with office.reading() as here, copy.reading() as over_there:
            assert office_digest(here) == office_digest(over_there)
    finally:
        copy.close()


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_whatever_the_line_does_each_act_is_kept_once_and_in_order(
    databases: Databases, engine_kind: str, world: SeededWorld, seed: int
) -> None:
    """Pushes that come late, twice, in parts, in any order, of three databases."""
    chance = random.Random(seed)
    engine = open_store(databases.empty("sqlite"))
    try:
        central, project_id = Log(engine, world), UUID(int=chance.getrandbits(128))
        central.add_project(project_id, "WJY", "望江苑")
        stations, flying = [], list[tuple[Station, messages.Push]]()
        for _ in range(3):
            pc = Pc()
            central.add_device(project_id, pc.id, pc.public)
            stations.append(greeted(central, Station(project_id, pc, MORNING)))
        acked = dict.fromkeys(range(3), 0)
        for _ in range(40):
            n = chance.randrange(3)
            station = stations[n]
            for _ in range(chance.randrange(3)):
                station.act(chance.randrange(3))
            push = station.push(
                acked[n] + 1 - chance.randrange(min(acked[n], 2) + 1), acked[n] + chance.randrange(1, 5)
            )
            flying += [(station, push)] * chance.choice((0, 1, 1, 2))
            chance.shuffle(flying)
            for _ in range(chance.randrange(3)):
                if flying:
                    whose, arrived = flying.pop()
                    if arrived.acts:
                        told = central.push(whose.pc.id, arrived) if _fits(central, whose, arrived) else None
                        if told is not None and chance.random() < 0.7:  # else the reply is lost
                            acked[stations.index(whose)] = max(acked[stations.index(whose)], told.last)
        for station in stations:
            if station.acts:
                central.push(station.pc.id, station.push())
        found = [act.act.bare for act in pulled(central, stations[0])]
        assert len(found) == sum(len(station.acts) for station in stations)
        for station in stations:
            assert [act for act in found if act in station.acts] == station.acts
    finally:
        engine.dispose()


def _fits(central: Log, station: Station, push: messages.Push) -> bool:
    """A push with a hole before it is refused, and comes again."""
    if push.first <= central.hello(station.pc.id, station.hello()).last + 1:
        return True
    with pytest.raises(Refusal):
        central.push(station.pc.id, push)
    return False


# ---- the gap between the order of numbers and the order of commits ---------------------------------------------------


class Follower(threading.Thread):
    """Pulls behind a cursor while others write, as an office does."""

    def __init__(self, central: Log, station: Station) -> None:
        super().__init__()
        self._central, self._station = central, station
        self.over = threading.Event()
        self.found: list[PulledAct] = []

    def run(self) -> None:
        after = 0
        while True:
            last_look = self.over.is_set()
            page = self._central.pull(self._station.pc.id, self._station.project_id.hex, NOBODY, after)
            self.found += page.acts
            after = page.next
            if last_look and page.next >= page.head:
                return


class Careless(Log):
    """The control: numbers are taken without holding the row until commit, as a sequence would give them."""

    def _store(self, connection, project_id, node_id, acts, told):  # type: ignore[no-untyped-def]
        # A connection of its own: while it numbers, eight pushes hold theirs.
        alone = sa.create_engine(self._reading.url, poolclass=sa.NullPool)
        with alone.begin() as aside:
            speak_for(aside, project_id)
            head = aside.execute(
                sa.update(tables.project)
                .where(tables.project.c.project_id == project_id)
                .values(last_number=tables.project.c.last_number + len(acts))
                .returning(tables.project.c.last_number)
            ).scalar_one() - len(acts)
        time.sleep(random.random() * 0.01)
        for place, act in enumerate(acts, 1):
            connection.execute(
                sa.insert(tables.act).values(
                    project_id=project_id, number=head + place, act_id=act.act_id, node_id=node_id,
                    device_id=act.device_id, header=act.act.header, sig=act.act.sig, ops=b"\x90", clock=None,
                    received_at=self._world.now(),
                )
            )  # fmt: skip
        return {}


def race(central: Log, writers: int, seconds: float) -> tuple[int, int]:
    """(acts that were acknowledged, acts that a cursor saw) of some writers at once."""
    central.add_project(project_id := uuid4(), uuid4().hex[:6], "望江苑")
    stations = []
    for _ in range(writers):
        pc = Pc()
        central.add_device(project_id, pc.id, pc.public)
        stations.append(greeted(central, Station(project_id, pc, MORNING)))
    follower = Follower(central, stations[0])
    end, done = time.monotonic() + seconds, [0] * writers

    def write(n: int) -> None:
        while time.monotonic() < end:
            first = len(stations[n].acts) + 1
            for _ in range(random.randrange(1, 4)):
                stations[n].act()
            done[n] = central.push(stations[n].pc.id, stations[n].push(first)).last

    threads = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
    follower.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    follower.over.set()
    follower.join()
    seen = {act.number for act in follower.found}
    assert len(seen) == len(follower.found)
    return sum(done), len(seen)


SECONDS = 3


@pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
def test_a_cursor_passes_nothing_by(central: Log) -> None:
    acknowledged, seen = race(central, 8, SECONDS)
    assert acknowledged == seen > 0


@pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
def test_the_careless_control_loses_acts(central: Log) -> None:
    """If it lost none, the test above would prove nothing."""
    acknowledged, seen = race(Careless(central._reading, central._world), 8, SECONDS)
    assert seen < acknowledged


@pytest.mark.long
@pytest.mark.parametrize("engine_kind", ["postgresql"], indirect=True)
def test_a_cursor_passes_nothing_by_for_a_minute(central: Log) -> None:
    acknowledged, seen = race(central, 8, 60)
    assert acknowledged == seen > 0


def test_the_migration_makes_what_the_tables_say(databases: Databases, engine_kind: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = open_store(databases.empty(engine_kind))  # type: ignore[arg-type]
    try:
        migrate(engine)  # again: nothing to do
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"version_table": "central_version"})
            assert compare_metadata(context, tables.metadata) == []
    finally:
        engine.dispose()
