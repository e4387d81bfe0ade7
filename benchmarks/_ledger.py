"""An office with a long ledger for the benchmark of lists: people, leases and 1,500,000 bills by the bulk path."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from _crowd import ROOMS, crowded_office
from common import DIR

from desktop.models.base import table_of
from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.values import FeeType, Money, add_months
from desktop.services import database, derived, opening
from desktop.services.acts import Op
from desktop.services.bulk import insert_tuples
from desktop.services.errors import DomainError
from desktop.services.office import Office
from desktop.services.work import PROGRAM, Work, begin
from desktop.world import World

VERSION = 1
PEOPLE = 100_000
OPEN_EVERY = 25
"""One bill in so many has something open."""
_AT_ONCE = 50_000


def long_ledger(bills: int, url: str = "") -> Office:
    """An office of 100,000 people and so many bills, opened; built when it is not there yet, under BENCH_DIR."""
    world = World()
    kind = "pg" if url else "sqlite"
    folder = DIR / f"ledger-{bills}-{kind}-{VERSION}"
    address = database.parse_url(url) if url else database.sqlite_url(folder)
    if (folder / "ready").exists():
        with suppress(DomainError):
            return opening.open_office(world, folder, address)
    shutil.rmtree(folder, ignore_errors=True)
    crowded_office(min(PEOPLE, max(1_000, bills // 15)), url, folder).close()
    (folder / "ready").unlink()
    office = opening.open_office(world, folder, address)
    with begin(office, PROGRAM, Op.ADD_DEMO_DATA) as work:
        _bill(work, bills)
        work.record(bills=bills)
    with office.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if url else "ANALYZE")
    (folder / "ready").touch()
    return office


def _bill(work: Work, bills: int) -> None:
    """Bills of the last three years over every lease, most of them paid: straight into the tables, since 1,500,000 ops
    for sync would say nothing of a list."""
    connection = work.session.connection()
    query = "SELECT lease_id, party_id, room_id FROM lease_party JOIN lease_room USING (lease_id)"
    leases = connection.exec_driver_sql(query).all()
    r = random.Random(43)
    ids = [tuple(_uuid(value) for value in row) for row in leases]
    have = connection.exec_driver_sql("SELECT count(*) FROM bill").scalar_one()
    today = work.world.today()
    for start in range(0, max(0, bills - have), _AT_ONCE):
        count = min(_AT_ONCE, bills - have - start)
        rows = list(_rows(work, r, ids, today, start, count))
        at = {"project_id": work.office.project_id, "created_at": work.at, "created_by": None}
        insert_tuples(
            connection, table_of(Bill),
            ["id", "debtor_id", "lease_id", "room_id", "issued_on", "due", "title", "source_key"],
            [(bill, party, lease, room, due, due, title, f"bench:{bill.hex}")
             for bill, _, party, lease, room, due, title, _, _ in rows], at,
        )  # fmt: skip
        insert_tuples(
            connection, table_of(BillLine),
            ["id", "bill_id", "debtor_id", "room_id", "lease_id", "fee_type", "amount", "source_key", "explanation"],
            [(line, bill, party, room, lease, fee, Money.yuan(186), f"bench:{line.hex}", [])
             for bill, line, party, lease, room, _, _, fee, _ in rows], at,
        )  # fmt: skip
        insert_tuples(
            connection, table_of(BillBalance), derived.BALANCE_COLUMNS,
            [(bill, party, lease, room, due, owed) for bill, _, party, lease, room, due, _, _, owed in rows],
        )  # fmt: skip


def _rows(work: Work, r: random.Random, ids: Any, today: date, start: int, count: int) -> Iterator[tuple[Any, ...]]:
    fees = (
        (FeeType.RENT, "租金"),
        (FeeType.WATER, "水费"),
        (FeeType.ELECTRICITY, "电费"),
        (FeeType.PROPERTY_FEE, "物业费"),
    )
    for n in range(start, start + count):
        lease, party, room = ids[r.randrange(len(ids))]
        due = add_months(today, -r.randrange(36)) + timedelta(days=r.randrange(28) - 14)
        fee, title = fees[n % 4]
        owed = Money.yuan(186 if n % OPEN_EVERY == 7 else 0)
        yield work.world.new_id(), work.world.new_id(), party, lease, room, due, title, fee, owed


def _uuid(value: Any) -> Any:
    from uuid import UUID

    return value if isinstance(value, UUID) else UUID(bytes=bytes(value))


__all__ = ["ROOMS", "long_ledger"]
