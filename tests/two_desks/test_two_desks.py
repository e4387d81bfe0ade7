"""Two real processes on one PostgreSQL office do random work while the server is killed and started again.

Short form in CI: eight seconds and one kill. Long form, `run.py test --long tests/two_desks`: ten minutes and three.
Each process is the real window, offscreen, with a device of its own that was let in by six digits (`clerk.py` says what
is real). Afterwards the judge holds what both were told against what is stored; both windows show the same on every
page, the office is sound, and its outbox makes the same office again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from desktop.models.leases import Lease
from desktop.models.parties import Party
from desktop.models.payments import Payment
from desktop.models.places import Room
from desktop.services import checkup, database, device_requests, opening
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.opening import DEMO_MARK
from desktop.services.work import PROGRAM, begin, look
from tests.databases import Databases
from tests.offices import check_in, hire, make_office, many, rooms_of
from tests.postgresql import OWNER, Server
from tests.services.test_replay import prove
from tests.two_desks.clerk import Orders, SharedMorning
from tests.two_desks.judge import Figures, Log, ids_in, judge, same_views

ROOT = Path(__file__).resolve().parents[2]
ROLES = ("manager", "administrator", "finance_lead")
LOGINS = ("linxm", "zhouyq")
LEAST = 15
"""Acts of each process: a busy machine takes longer than it was told."""


class Pc:
    """One of the two processes."""

    def __init__(self, folder: Path, orders: Orders) -> None:
        self.log_path = Path(orders.log)
        told = folder / f"{orders.login}.json"
        told.write_text(json.dumps(asdict(orders)), "utf-8")
        self._errors = (folder / f"{orders.login}.err").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.two_desks.clerk", str(told)], cwd=ROOT, stdin=subprocess.PIPE,
            stdout=self._errors, stderr=self._errors, text=True, env={**os.environ, "TMPDIR": str(folder)},
        )  # fmt: skip

    def tell(self, command: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def until(self, what: str, seconds: float) -> None:
        """Wait until the process has written this down."""
        deadline = time.monotonic() + seconds
        while not (self.log_path.exists() and f'"what": "{what}"' in self.log_path.read_text("utf-8")):
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, f"{what} did not come: {self.said()}"
            time.sleep(0.1)

    def said(self) -> str:
        """What the process printed: errors nobody caught."""
        self._errors.seek(0)
        return self._errors.read()[-4000:]

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(30)
        assert self.process.stdin is not None
        self.process.stdin.close()
        self._errors.close()


class Desks:
    """An office on a server of its own, and two PCs at it."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.name = f"two_{folder.name}"
        with server.admin() as connection:
            names = sql.Identifier(self.name), sql.Identifier(OWNER)
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))
        self.url = server.url(self.name)
        self.epoch = time.time()
        self.world = SharedMorning(self.epoch)
        self._make()
        self.pcs = [self._start(n) for n in range(2)]

    def _make(self) -> None:
        office = make_office(self.world, self.folder / "data0", self.url)
        for login, name in zip(LOGINS, ("林小满", "周砚秋"), strict=True):
            hire(office, *ROLES, login=login, name=name)
        for room, form in zip(rooms_of(office), many(4), strict=False):
            check_in(office, PROGRAM, room, form)
        second = self.folder / "data1"
        second.mkdir()
        (second / DEMO_MARK).touch()  # cheap keys, as the first one has them
        asked = device_requests.ask_to_join(self.world, second, database.parse_url(self.url), "前台 2", "PC-02")
        with begin(office, PROGRAM, Op.APPROVE_DEVICE) as work:
            device_requests.approve_device(work, asked.device_id, asked.digits)
        office.close()

    def _start(self, n: int) -> Pc:
        log = self.folder / f"{LOGINS[n]}.jsonl"
        orders = Orders(str(self.folder / f"data{n}"), self.url, str(log), LOGINS[n], "AB"[n], 11 + n, self.epoch)
        return Pc(self.folder, orders)

    def both(self, command: str) -> None:
        for pc in self.pcs:
            pc.tell(command)

    def until(self, what: str, seconds: float = 90) -> None:
        for pc in self.pcs:
            pc.until(what, seconds)

    def open(self) -> Office:
        return opening.open_office(self.world, self.folder / "data0", database.parse_url(self.url))

    def places(self) -> list[tuple[str, dict[str, str]]]:
        """Every kind of page, of the latest records."""
        office = self.open()
        with office.reading() as session:
            ids: dict[tuple[str, str], Any] = {
                ("room", "room_id"): ids_in(session, Room.id, 3),
                ("party", "party_id"): ids_in(session, Party.id, 3),
                ("lease", "lease_id"): ids_in(session, Lease.id, 3),
                ("receipt", "payment_id"): ids_in(session, Payment.id, 2),
            }
        office.close()
        plain = [
            (key, dict[str, str]()) for key in ("board", "parties", "enquiries", "leases", "bills", "till", "staff")
        ]
        return plain + [(page, {name: each.hex}) for (page, name), found in ids.items() for each in found]

    def close(self) -> None:
        for pc in self.pcs:
            pc.end()
        with self.server.admin() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.name)))


@pytest.fixture
def desks(durable_server: Server, tmp_path: Path) -> Iterator[Desks]:
    two = Desks(durable_server, tmp_path)
    yield two
    _answer(durable_server)
    two.close()


def _answer(server: Server) -> None:
    try:
        server.admin().close()
    except Exception:  # noqa: BLE001 - whatever it is, it does not answer
        server.resume()


def work_through(
    desks: Desks, databases: Databases, seconds: float, outages: list[tuple[float, Callable[[], None], float]]
) -> Figures:
    """Both work for so long; at each (second, how, seconds down) the server goes. Then everything is proved."""
    desks.until("ready")
    desks.both(f"go {seconds} {LEAST}")
    begun = time.monotonic()
    for at, how, down in outages:
        time.sleep(max(0.0, begun + at - time.monotonic()))
        how()
        time.sleep(down)
        desks.server.resume()
    desks.until("rested", seconds + 90)
    desks.both("show " + json.dumps(desks.places()))
    desks.until("looked")
    desks.both("leave")
    for pc in desks.pcs:
        assert pc.process.wait(60) == 0, pc.said()
        assert "Traceback" not in pc.said(), pc.said()
    logs = [Log(pc.log_path) for pc in desks.pcs]
    office = desks.open()
    try:
        figures = judge(logs, office, LOGINS)
        assert same_views(logs) == []
        with look(office, PROGRAM) as reading:
            assert checkup.check_office(reading).findings == ()
        prove(office, databases.clone("sqlite"), desks.folder / "copy")
    finally:
        office.close()
    return figures


def test_two_desks_work_side_by_side_over_a_killed_server(desks: Desks, databases: Databases) -> None:
    figures = work_through(desks, databases, 8, [(3, desks.server.kill, 0.7)])
    print(figures.words())
    assert figures.confirmed >= LEAST
    assert figures.lines_down >= 1
    assert figures.heard_p50_ms <= 500, figures.words()


@pytest.mark.long
def test_ten_minutes_of_it_and_three_outages(desks: Desks, databases: Databases) -> None:
    server = desks.server
    figures = work_through(
        desks, databases, 600, [(120, server.kill, 1.0), (300, server.stop, 9.0), (480, server.kill, 3.0)]
    )
    print(figures.words())
    assert figures.confirmed > 300
    assert figures.lines_down >= 6
    assert figures.overtaken > 0
    assert figures.heard_p50_ms <= 500, figures.words()
    if _quiet():  # beside other work a page waits for the processor, not for the other PC
        assert figures.painted_p50_ms <= 500, figures.words()
        assert figures.painted_most_ms <= 2000, figures.words()


def _quiet() -> bool:
    """Whether the last quarter of an hour belonged to the two windows and their server alone."""
    return hasattr(os, "getloadavg") and os.getloadavg()[2] <= 1.5 * (os.cpu_count() or 1)
