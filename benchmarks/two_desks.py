"""Two PCs: from the commit on one to the page of the other that shows it, beside a bare LISTEN and NOTIFY.

    two_desks.py [acts=40]

Promise: at most 500 ms in the median, 2 s always. `floor` is one row updated, NOTIFY and COMMIT over psycopg, until a
second connection that waits in `select` has the notice. `heard` is a whole act (rows, ops, audit link) until the
listeners of the other program are called, `shown` until its page has read and painted it: the real window, offscreen,
on the page of a tenant whose note is changed. All three in turn, from the beginning of the commit. Needs `BENCH_PG`.
"""

from __future__ import annotations

import os
import select
import sys
import threading
import time
from pathlib import Path
from typing import Any
from uuid import UUID

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE), str(HERE / "floors")]
os.environ.setdefault("BENCH_DIR", str(HERE.parent / "build" / "bench"))
os.environ["QT_QPA_PLATFORM"] = "offscreen"

import psycopg  # noqa: E402
import sqlalchemy as sa  # noqa: E402
from common import DIR, PG, emit, med, noise, p99  # noqa: E402 - reads BENCH_DIR when imported
from psycopg import sql  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from desktop.models.parties import Party  # noqa: E402
from desktop.services import access, database, opening, party_edits, party_page  # noqa: E402
from desktop.services.acts import Op  # noqa: E402
from desktop.services.office import Office  # noqa: E402
from desktop.services.work import PROGRAM, begin, look  # noqa: E402
from desktop.world import World  # noqa: E402

ACTS = int(sys.argv[1]) if len(sys.argv) > 1 else 40
PASSWORD = "Spruce-甲乙-41"


class Timed(World):
    """The real world, which notes when the last commit began."""

    def __init__(self) -> None:
        super().__init__()
        self.committing = 0.0

    def fault(self, name: str) -> None:
        if name == "work.before_commit":
            self.committing = time.perf_counter()


class Bare:
    """Nothing but the driver: what a notice costs at least."""

    def __init__(self, url: str) -> None:
        self.sender, self.ear = psycopg.connect(url), psycopg.connect(url, autocommit=True)
        self.sender.execute("CREATE TABLE IF NOT EXISTS bare_floor (id int PRIMARY KEY, n int)")
        self.sender.execute("INSERT INTO bare_floor VALUES (1, 0) ON CONFLICT DO NOTHING")
        self.sender.commit()
        self.ear.execute("LISTEN bare_floor")

    def once(self) -> float:
        self.sender.execute("UPDATE bare_floor SET n = n + 1 WHERE id = 1")
        self.sender.execute("SELECT pg_notify('bare_floor', 'party')")
        begun = time.perf_counter()
        self.sender.commit()
        while True:
            select.select([self.ear.fileno()], [], [])
            self.ear.pgconn.consume_input()
            if self.ear.pgconn.notifies() is not None:
                return (time.perf_counter() - begun) * 1e3

    def close(self) -> None:
        self.sender.close()
        self.ear.close()


class Window:
    """The other PC: the whole program on a tenant's page."""

    def __init__(self, folder: Path, url: str, party_id: UUID) -> None:
        from desktop.app import Desk, Start, make_application

        self.application = make_application(["bench"], None, DIR / "icons")
        self.desk = Desk(Start(data=folder, database=url))
        self.desk.show()
        self.until(lambda: self.desk.office is not None)
        self.desk._submitted("bench", PASSWORD)
        self.until(lambda: self.desk.session is not None)
        self.desk.window.navigate("party", party_id=party_id)
        self.heard = 0.0
        assert self.desk.office is not None
        self.desk.office.listen(self._hear)
        self.until(lambda: self.page.record is not None and not self.desk.window.jobs.count)

    @property
    def page(self) -> Any:
        return self.desk.window.page()

    def _hear(self, tables: frozenset[str]) -> None:
        if "party" in tables:
            self.heard = time.perf_counter()

    def until(self, ready: Any) -> None:
        deadline = time.monotonic() + 60
        while not ready():
            assert time.monotonic() < deadline
            QApplication.processEvents()
            time.sleep(0.0005)

    def close(self) -> None:
        self.desk.window.toast_widget.dismiss()
        self.desk.window.close()
        QApplication.processEvents()
        self.desk.shut()


def change(office: Office, party_id: UUID, note: str) -> None:
    with look(office, PROGRAM) as reading:
        page = party_page.party_page(reading, party_id)
    with begin(office, PROGRAM, Op.CHANGE_PARTY) as work:
        party_edits.change_party(work, party_id, page.version, party_edits.PartyEdit(page.name, page.occupation, note))


def once(office: Office, world: Timed, window: Window, party_id: UUID, note: str) -> tuple[float, float]:
    """One act in a thread of its own, as it is on another PC; ms until it is heard, and until it is painted."""
    window.heard = 0.0
    act = threading.Thread(target=change, args=(office, party_id, note))
    act.start()
    window.until(lambda: window.page.record.page.note == note)
    window.desk.window.grab()
    shown = time.perf_counter()
    act.join()
    return (window.heard - world.committing) * 1e3, (shown - world.committing) * 1e3


def office_on(url: str, folder: Path) -> tuple[Office, Timed, UUID]:
    """A small office with one tenant, and a clerk who may sign in."""
    from _offices import big_office

    big_office(World(), folder, 60, url).close()
    world = Timed()
    office = opening.open_office(world, folder, database.parse_url(url))
    with begin(office, PROGRAM, Op.ADD_STAFF) as work:
        work.authorised += 1
        form = access.StaffForm("bench", "林小满", ("manager",), PASSWORD)
        access.enter_staff(work, form, opening.passwords_for(world, True), must_change=False)
    with look(office, PROGRAM) as reading:
        party_id = reading.session.scalars(sa.select(Party.id)).first()
    assert party_id is not None
    return office, world, party_id


def main() -> None:
    out: dict[str, float] = {"noise": noise(), "acts": ACTS}
    if not PG:
        emit(out)
        return
    import shutil

    server, name = PG.replace("+psycopg", ""), f"two_desks_{os.getpid()}"
    base = server.rpartition("/")[0]
    folder = DIR / name
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    try:
        url = f"{base}/{name}"
        office, world, party_id = office_on(url, folder)
        bare, window = Bare(url), Window(folder, url, party_id)
        floor, heard, shown = [], [], []
        for n in range(ACTS + 5):
            one, two = bare.once(), once(office, world, window, party_id, f"第 {n} 次")
            if n >= 5:  # the first ones load what the page has not needed yet
                floor.append(one)
                heard.append(two[0])
                shown.append(two[1])
        window.close()
        bare.close()
        office.close()
    finally:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        shutil.rmtree(folder, ignore_errors=True)
    for key, values in (("floor", floor), ("heard", heard), ("shown", shown)):
        out |= {f"{key}.p50_ms": med(values), f"{key}.p99_ms": p99(values)}
    out |= {"heard_ratio": med(heard) / med(floor), "shown_ratio": med(shown) / med(floor)}
    out |= {"shown.p50_ms.goal": 500, "shown.most_ms": max(shown), "shown.most_ms.goal": 2000}
    emit(out)


if __name__ == "__main__":
    main()
