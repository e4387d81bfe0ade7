"""Promise: a repair that is taken in on the telephone is stored in 50 ms (p99), with its number, its promise, its first
line, what is open there already, and found by the search box; beside 2,000 open orders and 50,000 closed ones.

    repair_intake.py [closed=50000]

`facts` is what is asked while the clerk types: what is open there, whose warranty, which number to call. The floor is
the same commit on the same disk by sqlite3 alone: as many rows as the act wrote, under the product's own pragmas.
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE), str(HERE / "floors")]

import sqlalchemy as sa  # noqa: E402
from _repairs import repair_office, sentences  # noqa: E402
from check_in import rows_in  # noqa: E402
from common import DIR, PG, emit, ms, noise, p99  # noqa: E402 - reads BENCH_DIR when imported

from desktop.models.access import StaffMember  # noqa: E402
from desktop.models.leases import LeaseParty, LeaseRoom  # noqa: E402
from desktop.services import access, repair_intake  # noqa: E402
from desktop.services.acts import Op  # noqa: E402
from desktop.services.office import Office  # noqa: E402
from desktop.services.repair_intake import Report  # noqa: E402
from desktop.services.work import begin, look  # noqa: E402

OPEN, CLOSED = 2000, int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
COUNT, WARM = 200, 20


def product(office: Office) -> tuple[list[float], list[float], int]:
    """(acts, questions) in ms, and the rows one act writes."""
    with office.reading() as session:
        clerk = access.actor_of(office, session.scalar(sa.select(StaffMember.id).where(StaffMember.login == "bench")))
        homes = session.execute(
            sa.select(LeaseRoom.room_id, LeaseParty.party_id)
            .join(LeaseParty, LeaseParty.lease_id == LeaseRoom.lease_id)
            .order_by(LeaseRoom.room_id)
        ).all()
    acts, questions = [], []
    said = sentences()
    for n in range(COUNT + WARM):
        (room, party), (category, urgent, words) = homes[n * 4 % len(homes)], said[n % len(said)]
        request = Report(office.world.new_id(), words, category, urgent, party_id=party, room_id=room)

        def ask(request: Report = request) -> set[Any]:
            with look(office, clerk) as reading:
                return {each.order_id for each in repair_intake.intake_facts(reading, request).similar}

        others: list[Any] = []
        questions.append(ms(lambda ask=ask, others=others: others.extend(ask())))
        again = Report(request.key, words, category, urgent, party_id=party, room_id=room, despite=frozenset(others))

        def store(again: Report = again) -> None:
            with begin(office, clerk, Op.REPORT_REPAIR) as work:
                repair_intake.report_repair(work, again)

        if n == WARM:
            before = rows_in(office)
        acts.append(ms(store))
    return acts[WARM:], questions[WARM:], round((rows_in(office) - before) / COUNT)


def floor(folder: Path, rows: int) -> list[float]:
    path = folder / "floor.db"
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE r (id BLOB PRIMARY KEY, v BLOB)"
    )

    def commit() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO r VALUES (?, ?)", [(os.urandom(16), os.urandom(200)) for _ in range(rows)])
        connection.execute("COMMIT")

    times = [ms(commit) for _ in range(COUNT + WARM)][WARM:]
    connection.close()
    return times


def main() -> None:
    out: dict[str, float] = {"noise": noise(), "open": OPEN, "closed": CLOSED}
    for name, url in (("sqlite", ""), *((("pg", PG),) if PG else ())):
        office = repair_office(OPEN, CLOSED, url)
        acts, questions, rows = product(office)
        folder = office.data_dir
        office.close()
        (folder / "ready").unlink()  # it has more orders now
        out |= {
            f"{name}.stored_p50_ms": statistics.median(acts), f"{name}.stored_p99_ms": p99(acts),
            f"{name}.stored_p99_ms.goal": 50, f"{name}.facts_p50_ms": statistics.median(questions),
            f"{name}.facts_p99_ms": p99(questions), f"{name}.rows_written": rows,
        }  # fmt: skip
        bare = floor(DIR, rows)
        out |= {f"{name}.floor_p50_ms": statistics.median(bare),
                f"{name}.stored_ratio": statistics.median(acts) / statistics.median(bare)}  # fmt: skip
    emit(out)


if __name__ == "__main__":
    main()
