"""The long ledger with its books: a journal entry for each bill, and for each that is paid a payment with tender,
allocation and entry; made by the engine, straight into the tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from _ledger import long_ledger

from desktop.services import database, opening
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.work import PROGRAM, begin
from desktop.world import World

_MIXED_EVERY = 50
"""One payment in so many is made by two means."""
_PREFIX = {"entry": "01900003", "owed": "01900004", "income": "01900005", "payment": "01900006", "tender": "01900007",
           "second": "01900008", "allocation": "01900009", "paid": "0190000a", "cash": "0190000b", "more": "0190000c",
           "settled": "0190000d"}  # fmt: skip


def office_with_books(bills: int, url: str = "") -> Office:
    """`long_ledger` with a journal that agrees with it; the journal is made when it is not there yet."""
    office = long_ledger(bills, url)
    with office.engine.connect() as connection:
        if connection.exec_driver_sql("SELECT 1 FROM journal_entry WHERE subject_table = 'bench' LIMIT 1").first():
            return office
    if url:
        with begin(office, PROGRAM, Op.ADD_DEMO_DATA) as work:
            server = work.session.connection()
            _write(lambda sql: server.exec_driver_sql(sql.replace("%", "%%")), server=True)
            work.record(books=True)
    else:
        path, folder = str(office.engine.url.database), office.data_dir
        office.close()
        _fill(path)
        office = opening.open_office(World(), folder, database.sqlite_url(folder))
    with office.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    return office


def _fill(path: str) -> None:
    """Ten million rows go in without journal, indexes and triggers; the two last are put back as they were."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.create_function("unhex", 1, bytes.fromhex, deterministic=True)
    for pragma in ("journal_mode = DELETE", "journal_mode = OFF", "synchronous = OFF", "cache_size = -200000"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    tables = ("journal_entry", "posting", "payment", "tender", "allocation")
    made = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
        f" AND tbl_name IN {tables}"
    ).fetchall()
    for kind, name, _sql in made:
        connection.execute(f"DROP {kind} {name}")
    connection.execute("BEGIN")
    _write(connection.execute, server=False)
    connection.execute("COMMIT")
    for _kind, _name, sql in made:
        connection.execute(sql)
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.close()


def _write(execute: Callable[[str], object], *, server: bool) -> None:
    def made(kind: str) -> str:
        tail = "right(encode(uuid_send(b.id), 'hex'), 24)" if server else "substr(lower(hex(b.id)), 9)"
        return f"('{_PREFIX[kind]}' || {tail})::uuid" if server else f"unhex('{_PREFIX[kind]}' || {tail})"

    number = "('x' || right(encode(uuid_send(b.id), 'hex'), 8))::bit(32)::int" if server else "(b.rowid)"
    values = {"project": "b.project_id", "at": "b.created_at", "number": number, "every": str(_MIXED_EVERY),
              "desk": "(SELECT id FROM desk LIMIT 1)", "shift": "(SELECT id FROM shift LIMIT 1)"}  # fmt: skip
    ids = {kind: made(kind) for kind in _PREFIX}
    for statement in _STATEMENTS:
        execute(statement.format(**values, **{f"{kind}_id": sql for kind, sql in ids.items()}, paid_bills=_PAID))


_PAID = (
    "(SELECT * FROM bill WHERE source_key LIKE 'bench:%' AND NOT EXISTS"
    " (SELECT 1 FROM bill_balance w WHERE w.bill_id = bill.id AND w.owed <> 0))"
)
_POSTING = (
    "INSERT INTO posting (id, project_id, created_at, entry_id, account, fee_type, method, desk_id, party_id, room_id,"
    " lease_id, amount)"
)
_ENTRY = "INSERT INTO journal_entry (id, project_id, created_at, business_date, subject_table, subject_id)"
_TENDER = "INSERT INTO tender (id, project_id, created_at, payment_id, method, amount)"
_LINES = " FROM bill b JOIN bill_line l ON l.bill_id = b.id WHERE b.source_key LIKE 'bench:%'"
_WHOSE = "b.debtor_id, b.room_id, b.lease_id"
_METHOD = "CASE {number} % 3 WHEN 0 THEN 'cash' WHEN 1 THEN 'wechat' ELSE 'transfer' END"
_HALF = "CASE WHEN {number} % {every} = 0 THEN 9300 ELSE 18600 END"
_MIXED = " FROM {paid_bills} b WHERE {number} % {every} = 0"
_STATEMENTS = (
    _ENTRY + " SELECT {entry_id}, {project}, {at}, b.issued_on, 'bill', b.id FROM bill b"
    " WHERE b.source_key LIKE 'bench:%'",
    _POSTING + " SELECT {owed_id}, {project}, {at}, {entry_id}, 'receivable', l.fee_type, NULL, NULL, "
    + _WHOSE + ", l.amount" + _LINES,
    _POSTING + " SELECT {income_id}, {project}, {at}, {entry_id}, 'income', l.fee_type, NULL, NULL, "
    + _WHOSE + ", -l.amount" + _LINES,
    "INSERT INTO payment (id, project_id, created_at, kind, payer_id, desk_id, shift_id, business_date, amount, given,"
    " change, prepaid, rounding) SELECT {payment_id}, {project}, {at}, 'payment', b.debtor_id, {desk}, {shift}, b.due,"
    " 18600, 18600, 0, 0, 0 FROM {paid_bills} b",
    _TENDER + " SELECT {tender_id}, {project}, {at}, {payment_id}, " + _METHOD + ", " + _HALF + " FROM {paid_bills} b",
    _TENDER + " SELECT {second_id}, {project}, {at}, {payment_id}, 'alipay', 9300" + _MIXED,
    "INSERT INTO allocation (id, project_id, created_at, payment_id, bill_line_id, bill_id, amount)"
    " SELECT {allocation_id}, {project}, {at}, {payment_id}, l.id, b.id, 18600"
    " FROM {paid_bills} b JOIN bill_line l ON l.bill_id = b.id",
    _ENTRY + " SELECT {paid_id}, {project}, {at}, b.due, 'payment', {payment_id} FROM {paid_bills} b",
    _POSTING + " SELECT {cash_id}, {project}, {at}, {paid_id}, 'cash', NULL, " + _METHOD
    + ", {desk}, b.debtor_id, NULL, NULL, " + _HALF + " FROM {paid_bills} b",
    _POSTING + " SELECT {more_id}, {project}, {at}, {paid_id}, 'cash', NULL, 'alipay', {desk}, b.debtor_id, NULL, NULL,"
    " 9300" + _MIXED,
    _POSTING + " SELECT {settled_id}, {project}, {at}, {paid_id}, 'receivable', l.fee_type, NULL, NULL, "
    + _WHOSE + ", -18600 FROM {paid_bills} b JOIN bill_line l ON l.bill_id = b.id",
    _ENTRY + " SELECT {settled_id}, {project}, {at}, b.due, 'bench', b.id FROM bill b WHERE b.source_key = 'bench:0'",
)  # fmt: skip
