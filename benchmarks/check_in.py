"""Check-in: the act that stores party, lease, bills, journal, ops and audit link. Promise: at most 30 ms p99, no
printing.

The floor is the same commit on the same disk by sqlite3 alone: as many rows as the act wrote, in one transaction under
the product's own pragmas. Payment is timed the same way. `BENCH_PG` adds PostgreSQL.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks" / "floors")]
os.environ.setdefault("BENCH_DIR", str(Path(tempfile.gettempdir()) / "anju-bench"))

import sqlalchemy as sa  # noqa: E402
from common import DIR, PG, emit, ms, noise, p99  # noqa: E402 - reads BENCH_DIR when imported

from desktop.models.base import Base  # noqa: E402
from desktop.models.values import PayMethod  # noqa: E402
from desktop.services import billing, payments  # noqa: E402
from desktop.services.acts import Op  # noqa: E402
from desktop.services.office import Office  # noqa: E402
from desktop.services.work import begin, look  # noqa: E402
from desktop.world import World  # noqa: E402
from tests.offices import check_in, first_start, make_office, many, rooms_of, sit_down  # noqa: E402

COUNT, WARM = 200, 10


def rows_in(office: Office) -> int:
    with office.reading() as session:
        return sum(session.scalar(sa.select(sa.func.count()).select_from(t)) or 0 for t in Base.metadata.sorted_tables)


def product(url: str, folder: Path) -> tuple[list[float], list[float], int]:
    """(check-ins, payments) in ms, and the rows one check-in wrote."""
    office = make_office(World(), folder, url, first_start(21, 10))
    clerk = sit_down(office, "manager")
    rooms = rooms_of(office)
    stored: list[Any] = []
    arrivals, takings = [], []
    before = rows_in(office)
    for room, form in zip(rooms, many(COUNT + WARM), strict=False):
        arrivals.append(ms(lambda room=room, form=form: stored.append(check_in(office, clerk, room, form))))
    written = round((rows_in(office) - before) / len(stored))
    for news in stored:
        with look(office, clerk) as reading:
            amounts = {bill.id: bill.owed for bill in billing.bills_of(reading, lease_id=news.lease_id)}
        order = payments.TakePayment(
            news.party_id, amounts, [payments.TenderForm(PayMethod.WECHAT, news.due_now_amount, "4200")]
        )

        def take(order: payments.TakePayment = order) -> None:
            with begin(office, clerk, Op.TAKE_PAYMENT) as work:
                payments.take_payment(work, order)

        takings.append(ms(take))
    office.close()
    return arrivals[WARM:], takings[WARM:], written


def floor(folder: Path, rows: int) -> list[float]:
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
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
    folder = DIR / "check_in"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    arrivals, takings, rows = product(f"sqlite:///{folder / 'office.db'}", folder)
    bare = floor(folder, rows)
    out = {
        "noise": noise(),
        "sqlite.check_in_p50_ms": statistics.median(arrivals),
        "sqlite.check_in_p99_ms": p99(arrivals),
        "sqlite.check_in_p99_ms.goal": 30,
        "sqlite.payment_p50_ms": statistics.median(takings),
        "sqlite.payment_p99_ms": p99(takings),
        "sqlite.rows_written": rows,
        "sqlite.floor_p50_ms": statistics.median(bare),
        "sqlite.floor_p99_ms": p99(bare),
        "sqlite.check_in_ratio": statistics.median(arrivals) / statistics.median(bare),
    }
    if PG:
        arrivals, takings, _ = product(PG, folder / "pg")
        out |= {
            "pg.check_in_p50_ms": statistics.median(arrivals),
            "pg.check_in_p99_ms": p99(arrivals),
            "pg.payment_p99_ms": p99(takings),
        }
    emit(out)


if __name__ == "__main__":
    main()
