"""Head office under load: what it takes and gives over HTTPS, beside a bare COPY of the same bytes.

    sync.py [rows=100000]

A real server process (`anju-central serve`) and PostgreSQL on the same machine, over TLS on loopback, requests signed.
Promises: 3,000 changes a second at a p99 push below 1 s; 1,000 rows pulled in 300 ms (p99); a new office of 100,000
rows in 20 s; 100 offices after three days alone (200,000 changes) drained, none lost, in bounded memory; a session with
nothing to do in two round trips. `floor`: the same bodies by COPY into a table of (id, bytes), one transaction.
Peers (PERFORMANCE §8, rows a second against COPY, measured there): a note-sync server 0.24, a document database 0.021;
promised are twice and twelve times. Needs `BENCH_PG`, a superuser.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE), str(HERE / "floors")]
os.environ.setdefault("BENCH_DIR", str(HERE.parent / "build" / "bench"))

import psycopg  # noqa: E402
import sqlalchemy as sa  # noqa: E402
from common import DIR, PG, emit, noise, p99  # noqa: E402 - reads BENCH_DIR when imported

from central.certificates import CA_FILE, FILE, KEY_FILE, make_certificates  # noqa: E402
from central.log import Log  # noqa: E402
from central.store import open_store  # noqa: E402
from desktop.models.parties import Party  # noqa: E402
from desktop.models.values import PartyKind  # noqa: E402
from desktop.services import database, opening  # noqa: E402
from desktop.services.acts import Op  # noqa: E402
from desktop.services.office import Office  # noqa: E402
from desktop.services.recovery import make_recovery_code  # noqa: E402
from desktop.services.sync.http_client import HttpHeadOffice, Place  # noqa: E402
from desktop.services.sync.lease import take_lease  # noqa: E402
from desktop.services.sync.session import meet  # noqa: E402
from desktop.services.work import PROGRAM, begin  # noqa: E402
from desktop.world import MemoryKeyring, World  # noqa: E402
from tests.central.kit import Pc, Station  # noqa: E402
from tests.offices import first_start  # noqa: E402

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
OPS, PAGE = 20, 200
"""Changes of an act, acts of a push."""
OFFICES, EACH = 100, 2_000
SECONDS = 20
BODY = {"text": "水管漏水，已联系师傅，约明天上午上门。" * 3, "kind": "talk", "about": "厨房"}
"""About 330 bytes as it travels."""


@contextlib.contextmanager
def head_office(folder: Path) -> Iterator[tuple[Place, str, int]]:
    """A server process on a fresh database: its place, its database's address and its process id."""
    with psycopg.connect(PG, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS bench_central")
        admin.execute("DROP ROLE IF EXISTS bench_central")
        admin.execute("CREATE ROLE bench_central LOGIN")
        admin.execute("CREATE DATABASE bench_central OWNER bench_central")
    own = sa.engine.make_url(PG).set(database="bench_central", username="bench_central", drivername="postgresql")
    url = own.render_as_string(hide_password=False)
    make_certificates(folder, ["127.0.0.1"], World().now())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "central.toml").write_text(
        f'database = "{url}"\nlisten = "127.0.0.1:{port}"\naddress = "127.0.0.1:{port}"\nlogs = "logs"\n'
        f'ca = "{CA_FILE}"\n[tls]\ncertificate = "{FILE}"\nkey = "{KEY_FILE}"\n'
        '[pace]\ndevice = "100000/second"\nenrol = "100/minute"\n',
        "utf-8",
    )
    command = [sys.executable, "-m", "central", "--config", str(folder / "central.toml"), "serve"]
    server = subprocess.Popen(command, cwd=HERE.parent)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield Place(f"https://127.0.0.1:{port}", (folder / CA_FILE).read_text("utf-8")), url, server.pid
    finally:
        server.terminate()
        server.wait(30)


class Keyed(World):
    """The real world, whose keyring is of this run alone."""

    def __init__(self) -> None:
        super().__init__(MemoryKeyring())


def station(log: Log, project: UUID, acts: int) -> Station:
    pc = Pc()
    log.add_device(project, pc.id, pc.public)
    made = Station(project, pc, datetime.now(UTC) - timedelta(days=3))
    for _ in range(acts):
        made.act(OPS, set=BODY)
    return made


def line(place: Place, of: Station, world: World) -> HttpHeadOffice:
    keys: Any = of.pc.keys
    return HttpHeadOffice(place, of.project_id.hex, keys, world)


def push_all(head: HttpHeadOffice, of: Station, times: list[float]) -> None:
    head.hello(of.hello())
    for first in range(1, len(of.acts) + 1, PAGE):
        message = of.push(first, first + PAGE - 1)
        began = time.perf_counter()
        head.push(message)
        times.append((time.perf_counter() - began) * 1000)


def floor(bodies: list[bytes]) -> float:
    """Rows a second of COPY."""
    with psycopg.connect(PG) as bare:
        bare.execute("CREATE TEMP TABLE sy (id uuid PRIMARY KEY, body bytea)")
        bare.commit()
        began = time.perf_counter()
        with bare.cursor().copy("COPY sy FROM STDIN") as copy:
            for body in bodies:
                copy.write_row((uuid4(), body))
        bare.commit()
        return len(bodies) / (time.perf_counter() - began)


def taking(place: Place, log: Log, world: World) -> dict[str, float]:
    """One office pushes 10,000 changes, in turns with the floor."""
    project = uuid4()
    log.add_project(project, "AAA", "一")
    rates, floors = list[float](), list[float]()
    for _ in range(3):
        one = station(log, project, 10_000 // OPS)
        with line(place, one, world) as head:
            began = time.perf_counter()
            push_all(head, one, [])
            rates.append(10_000 / (time.perf_counter() - began))
        floors.append(floor([body for act in one.acts for body in act.bodies]))
    rate, bare = statistics.median(rates), statistics.median(floors)
    return {
        "push.changes_a_second": rate, "push.floor_a_second": bare, "push.of_floor": rate / bare,
        "push.against_note_sync": rate / bare / 0.24, "push.against_document_db": rate / bare / 0.021,
    }  # fmt: skip


def steady(place: Place, log: Log, world: World) -> dict[str, float]:
    """Eight offices push twenty changes an act, as fast as they are answered."""
    stations = []
    for n in range(8):
        project = uuid4()
        log.add_project(project, f"S{n:02d}", "稳")
        stations.append(station(log, project, 1000))
    times: list[list[float]] = [[] for _ in stations]
    until = time.monotonic() + SECONDS

    def work(n: int) -> None:
        with line(place, stations[n], world) as head:
            head.hello(stations[n].hello())
            for first in range(1, 1000, 10):
                if time.monotonic() > until:
                    return
                began = time.perf_counter()
                head.push(stations[n].push(first, first + 9))
                times[n].append((time.perf_counter() - began) * 1000)

    began = time.monotonic()
    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(stations))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = [one for some in times for one in some]
    return {
        "steady.changes_a_second": len(every) * 10 * OPS / (time.monotonic() - began),
        "steady.push_p99_ms": p99(every), "steady.push_p99_ms.goal": 1000,
    }  # fmt: skip


def giving(place: Place, log: Log, world: World) -> dict[str, float]:
    """Pages of 1,000 rows: 50 acts of 20."""
    project = uuid4()
    log.add_project(project, "GIV", "给")
    one = station(log, project, 1000)
    times = list[float]()
    with line(place, one, world) as head:
        push_all(head, one, [])
        other = uuid4().hex
        for after in [*range(0, 950, 50)] * 5:
            began = time.perf_counter()
            page = head.pull(project.hex, other, after, 50)
            times.append((time.perf_counter() - began) * 1000)
            assert sum(len(each.act.ops) for each in page.acts) == 1000
    return {"pull.1000_rows_p50_ms": statistics.median(times), "pull.1000_rows_p99_ms": p99(times),
            "pull.1000_rows_p99_ms.goal": 300}  # fmt: skip


def flood(place: Place, log: Log, world: World, pid: int) -> dict[str, float]:
    """A hundred offices come back after three days: each its 2,000 changes, eight lines at once."""
    project_ids = [uuid4() for _ in range(OFFICES)]
    stations = []
    for n, project in enumerate(project_ids):
        log.add_project(project, f"F{n:03d}", "涌")
        stations.append(station(log, project, EACH // OPS))
    waiting = list(stations)
    began, before = time.monotonic(), memory(pid)

    def work() -> None:
        while True:
            try:
                one = waiting.pop()
            except IndexError:
                return
            with line(place, one, world) as head:
                push_all(head, one, [])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - began
    there = sum(log.pull(one.pc.id, one.project_id.hex, uuid4().hex, 0).head for one in stations)
    assert there == OFFICES * EACH // OPS, f"{there} acts of {OFFICES * EACH // OPS}"
    return {"flood.seconds": seconds, "flood.changes_a_second": OFFICES * EACH / seconds,
            "flood.memory_added_mb": memory(pid) - before, "flood.lost": 0}  # fmt: skip


def memory(pid: int) -> float:
    """Most megabytes that a process has held."""
    for text in Path(f"/proc/{pid}/status").read_text().splitlines():
        if text.startswith("VmHWM"):
            return int(text.split()[1]) / 1024
    return 0


class Counted:
    """A line that counts its questions."""

    def __init__(self, head: HttpHeadOffice) -> None:
        self._head, self.asked = head, 0

    def __getattr__(self, name: str) -> Any:
        question = getattr(self._head, name)

        def ask(*told: Any) -> Any:
            self.asked += 1
            return question(*told)

        return ask


def real_office(folder: Path, place: Place, log: Log) -> dict[str, float]:
    """An office with many rows meets head office; a new office of the project takes all of it in."""
    world = Keyed()
    for name in ("first", "second"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)
    url = database.sqlite_url(folder / "first")
    office = opening.create_office(
        world, folder / "first", url, first_start(demo=True), make_recovery_code(world)
    )  # fmt: skip
    fill(office)
    log.add_project(office.project_id, "BIG", "大")
    log.add_device(office.project_id, office.device_id, office.vault.device.ed25519_public)
    with HttpHeadOffice(place, office.project_id.hex, office.vault.device, world) as head:
        lease = take_lease(office, world.new_id())
        assert lease is not None
        began = time.perf_counter()
        meet(office, head, lease)
        sent = time.perf_counter() - began
        counted = Counted(head)
        meet(office, counted, lease)
        idle = counted.asked
        copy = opening.replica_office(
            world, folder / "second", database.sqlite_url(folder / "second"), office.vault.keys, office.vault.device
        )
        other = take_lease(copy, world.new_id())
        assert other is not None
        began = time.perf_counter()
        met = meet(copy, head, other)
        took = time.perf_counter() - began
    with copy.reading() as session:
        rows = session.scalar(sa.select(sa.func.count()).select_from(Party)) or 0
    assert rows == ROWS, f"{rows} of {ROWS}"
    copy.close()
    office.close()
    return {
        "office.push_seconds": sent, "office.push_rows_a_second": ROWS / sent, "first.seconds": took,
        "first.seconds.goal": 20 * ROWS / 100_000, "first.acts": met.came, "idle.round_trips": idle,
        "idle.round_trips.goal": 2,
    }  # fmt: skip


def fill(office: Office) -> None:
    """Parties in acts of a thousand, as an import would bring them."""
    for start in range(0, ROWS, 1000):
        with begin(office, PROGRAM, Op.ADD_DEMO_DATA) as work:
            ids = work.world.new_ids(1000)
            rows = [
                (party_id, f"WJY-P{start + n:06d}", PartyKind.PERSON, f"住户{start + n}", False, "转来的资料")
                for n, party_id in enumerate(ids)
            ]
            work.insert_many(Party, ["id", "number", "kind", "name", "hold_erasure", "note"], rows)


def main() -> None:
    if not PG:
        emit({"skipped": 1})
        return
    folder = DIR / "sync"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    figures: dict[str, float] = {"noise": noise(), "rows": ROWS}
    with head_office(folder) as (place, url, pid):
        world = World()
        log = Log(open_store(url), world)
        figures |= taking(place, log, world)
        figures |= steady(place, log, world)
        figures |= giving(place, log, world)
        figures |= flood(place, log, world, pid)
        figures |= real_office(folder, place, log)
        log._reading.dispose()
    emit(figures)


if __name__ == "__main__":
    main()
