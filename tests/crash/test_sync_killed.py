"""SIGKILL of an office, of head office and of PostgreSQL, at named points and at random: what was said to be stored is
there, once, in the office and at head office."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa

from central import tables
from central.certificates import CA_FILE
from central.config import read_config
from central.isolation import speak_for
from central.log import Log
from central.store import open_store
from desktop.models.notes import Note
from desktop.services import database, opening
from desktop.services.checkup import check_office
from desktop.services.office import Office
from desktop.services.sync.http_client import HttpHeadOffice, Place
from desktop.services.sync.lease import take_lease
from desktop.services.sync.session import meet
from desktop.services.sync.wire import decode_body
from desktop.services.work import PROGRAM, look
from desktop.world import World
from tests.central.test_command_line import until_open, write_settings
from tests.crash.sync_desk import Doomed
from tests.databases import Databases
from tests.offices import check_in, make_office, many, rooms_of
from tests.postgresql import OWNER, Server

ROOT = Path(__file__).parents[2]
SHORT = ("sync.sealed", "sync.pushed")
DESK = ("sync.greeted", "sync.healed", "sync.heard", "sync.written", "work.before_commit")
"""The other points of a session, for the long form."""
HEAD = ("central.before_numbers", "central.before_commit", "central.after_commit")
ROUNDS = 4


@dataclass
class Scene:
    """An office and the head office that it is enrolled with."""

    data: Path
    settings: Path
    store: str

    @property
    def place(self) -> Place:
        told = read_config(self.settings)
        return Place(f"https://{told.address}", (self.settings.parent / CA_FILE).read_text("utf-8"))

    def desk(self, notes: int, point: str = "none", occurrence: int = 1) -> subprocess.Popen[str]:
        words = [str(self.data), self.place.address, str(self.settings.parent / CA_FILE), str(notes), point]
        return subprocess.Popen(
            [sys.executable, "-m", "tests.crash.sync_desk", *words, str(occurrence)], cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    @contextmanager
    def head(self, point: str = "none", occurrence: int = 1) -> Iterator[subprocess.Popen[str]]:
        words = [str(self.settings), point, str(occurrence)]
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.central_doomed", *words], cwd=ROOT, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env={**os.environ, "PYTHONUTF8": "1"},
        )  # fmt: skip
        try:
            until_open(self.place, process)
            yield process
        finally:
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=60)

    def settle(self, acknowledged: list[str]) -> None:
        """A last session, and everything is where it belongs."""
        office = opening.open_office(Doomed("none", 1), self.data, database.sqlite_url(self.data))
        with self.head(), HttpHeadOffice(self.place, office.project_id.hex, office.vault.device, World()) as head:
            _taken_over(office)
            lease = take_lease(office, office.world.new_id())
            assert lease is not None
            meet(office, head, lease)
        with office.reading() as session:
            here = {row.hex for row in session.scalars(sa.select(Note.id))}
        with look(office, PROGRAM) as reading:
            assert check_office(reading).sound
        there = Counter(self._notes_at_head(office.project_id))
        office.close()
        assert acknowledged, "nothing was ever said to be stored"
        assert set(acknowledged) <= here, "an acknowledged note is not in the office"
        assert set(there) == here, "head office holds something else"
        assert set(there.values()) == {1}

    def _notes_at_head(self, project_id: UUID) -> list[str]:
        engine = open_store(self.store)
        with engine.connect() as connection:
            speak_for(connection, project_id)
            packed = connection.scalars(sa.select(tables.act.c.ops)).all()
        engine.dispose()
        bodies = [decode_body(raw) for ops in packed for raw in msgspec.msgpack.decode(ops, type=list[bytes])]
        return [body.pk for body in bodies if body.t == "note"]


def _taken_over(office: Office) -> None:
    """The lease of a program that was killed: nobody waits a minute for it here."""
    with office.writing() as session:
        session.execute(sa.text("UPDATE sync_lease SET holder_id = NULL"))
        session.commit()


def set_up(folder: Path, store: str) -> Scene:
    office = make_office(World(), folder / "office", database.sqlite_url(folder / "office").render_as_string())
    check_in(office, PROGRAM, rooms_of(office)[0], many(1)[0])
    settings = write_settings(folder, store)
    engine = open_store(store)
    log = Log(engine, World())
    log.add_project(office.project_id, "WJY", "望江苑")
    log.add_device(office.project_id, office.device_id, office.vault.device.ed25519_public)
    engine.dispose()
    office.close()
    return Scene(folder / "office", settings, store)


@pytest.fixture(scope="module")
def scene(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    (folder := tmp_path_factory.mktemp("scene")).joinpath("office").mkdir()
    return set_up(folder, databases.empty("postgresql"))


def free_lease(scene: Scene) -> None:
    office = opening.open_office(Doomed("none", 1), scene.data, database.sqlite_url(scene.data))
    _taken_over(office)
    office.close()


@pytest.mark.parametrize("point", [*SHORT, *(pytest.param(point, marks=pytest.mark.long) for point in DESK)])
def test_an_office_that_is_killed_in_a_session_loses_nothing(scene: Scene, point: str) -> None:
    free_lease(scene)
    with scene.head():
        killed = scene.desk(3, point, 2)
        said, told = killed.communicate(timeout=120)
        assert killed.returncode == -signal.SIGKILL, told[-2000:]
    scene.settle(said.split())


@pytest.mark.parametrize("point", [HEAD[-1], *(pytest.param(point, marks=pytest.mark.long) for point in HEAD[:-1])])
def test_head_office_that_is_killed_while_it_takes_acts_loses_nothing(scene: Scene, point: str) -> None:
    free_lease(scene)
    with scene.head(point) as head:
        said, told = scene.desk(2).communicate(timeout=120)
        assert head.wait(60) == -signal.SIGKILL, told[-2000:]
    scene.settle(said.split())


def test_whoever_is_killed_at_random_what_was_acknowledged_is_there(durable_server: Server, tmp_path: Path) -> None:
    pick, acknowledged = random.Random(5), list[str]()
    (tmp_path / "office").mkdir()
    with durable_server.admin() as admin:
        admin.execute(f"CREATE DATABASE sync_killed OWNER {OWNER}")
    scene = set_up(tmp_path, durable_server.url("sync_killed"))
    for _ in range(ROUNDS):
        free_lease(scene)
        with scene.head():
            desk = scene.desk(30)
            assert desk.stdout is not None
            acknowledged.append(desk.stdout.readline().strip())
            time.sleep(pick.uniform(0, 2))
            match pick.randrange(3):
                case 0:
                    desk.kill()
                case 1:
                    durable_server.kill()
                    durable_server.resume()
                case _:
                    pass  # head office is killed at the end of the block, the office goes on alone
        time.sleep(pick.uniform(0, 1))
        desk.kill()
        acknowledged += desk.communicate(timeout=60)[0].split()
    scene.settle(acknowledged)
