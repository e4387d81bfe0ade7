"""An office with a long ledger for the benchmark of lists: people, leases and 1,500,000 bills."""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import Any

from _crowd import crowded_office
from common import DIR

from desktop.services import database, opening, owed_days
from desktop.services.acts import Op
from desktop.services.errors import DomainError
from desktop.services.office import Office
from desktop.services.work import PROGRAM, Work, begin
from desktop.world import World

VERSION = 2
PEOPLE = 100_000
OPEN_EVERY = 25
"""One bill in so many has something open."""


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
    if url:  # as the server does by itself; an office's SQLite keeps no statistics
        with office.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    (folder / "ready").touch()
    return office


def _bill(work: Work, bills: int) -> None:
    """Bills of the last three years over every lease, most of them paid: made by the engine, straight into the tables,
    since 1,500,000 ops for sync would say nothing of a list."""
    connection = work.session.connection()
    server = connection.dialect.name == "postgresql"
    have = connection.exec_driver_sql("SELECT count(*) FROM bill").scalar_one()
    leases = connection.exec_driver_sql("SELECT count(*) FROM lease").scalar_one()
    words = {
        "count": max(0, bills - have),
        "leases": leases,
        "open": OPEN_EVERY,
        "id": "(:kind || lpad(to_hex(n), 24, '0'))::uuid" if server else "unhex(:kind || printf('%024x', n))",
        "due": f"current_date - ({_DAYS})::int" if server else f"date('now', '-' || ({_DAYS}) || ' days')",
        "series": "generate_series(0::bigint, {count} - 1) AS s(n)" if server else "series",
        "with": "" if server else
        "WITH RECURSIVE series(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM series WHERE n + 1 < {count})",
    }  # fmt: skip
    words |= {name: words[name].format(count=words["count"]) for name in ("series", "with")}
    if not server:  # SQLite has it since 3.41
        driver: Any = connection.connection.dbapi_connection
        driver.create_function("unhex", 1, bytes.fromhex, deterministic=True)
    connection.exec_driver_sql(_LEASES)
    connection.exec_driver_sql("CREATE INDEX ix_bench_lease ON bench_lease (at)")
    for statement in (_BILLS, _LINES, _BALANCES):
        sql = statement.format(**words)
        for kind, name in (("01900001", ":bill"), ("01900002", ":line")):
            sql = sql.replace(name, words["id"].replace(":kind", f"'{kind}'"))
        connection.exec_driver_sql(sql.replace("%", "%%") if server else sql)
    connection.exec_driver_sql("DROP TABLE bench_lease")
    owed_days.rebuild(work.session)


_DAYS = "n * 7919 % 1080"
_LEASES = """
CREATE TEMPORARY TABLE bench_lease AS
SELECT row_number() OVER () - 1 AS at, lease_id, party_id, room_id FROM lease_party JOIN lease_room USING (lease_id)
"""
_FROM = "FROM {series} JOIN bench_lease AS l ON l.at = n * 31 % {leases}"
_BILLS = f"""
INSERT INTO bill (id, project_id, created_at, debtor_id, lease_id, room_id, issued_on, due, title, source_key)
{{with}}
SELECT :bill, b.project_id, b.created_at, l.party_id, l.lease_id, l.room_id, {{due}}, {{due}}, '租金', 'bench:' || n
{_FROM}, (SELECT project_id, created_at FROM bill LIMIT 1) AS b
"""
_LINES = f"""
INSERT INTO bill_line (id, project_id, created_at, bill_id, debtor_id, room_id, lease_id, fee_type, amount, source_key,
 explanation)
{{with}}
SELECT :line, b.project_id, b.created_at, :bill, l.party_id, l.room_id, l.lease_id,
 CASE n % 4 WHEN 0 THEN 'water' WHEN 1 THEN 'electricity' ELSE 'rent' END, 18600, 'bench:' || n, '[]'
{_FROM}, (SELECT project_id, created_at FROM bill LIMIT 1) AS b
"""
_BALANCES = f"""
INSERT INTO bill_balance (bill_id, debtor_id, lease_id, room_id, due, owed)
{{with}}
SELECT :bill, l.party_id, l.lease_id, l.room_id, {{due}}, CASE WHEN n % {{open}} = 7 THEN 18600 ELSE 0 END
{_FROM}
"""


__all__ = ["long_ledger"]
