"""Promise: one pass of the engine of due things over 100,000 live leases and 50,000 work orders takes at most 2 s.

    due.py [leases=100000] [orders=50000]

`day`: the first pass of a day, which goes through everything that stands; `stored`: a pass after something was stored;
`quiet`: after nothing was. `first` is the very first pass of an office that was never looked at (20,000 facts of it),
`whole` all of them: once in the life of an office, without a goal. The floor is the driver alone with the three
questions no engine can do without: which live leases end within 60 days, which bills are open, which orders are not
done. Memory is what Python held at most in a pass; `day.small_mb` the same with a tenth of the leases: it stays flat.
"""

from __future__ import annotations

import random
import shutil
import sys
import time
import tracemalloc
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from common import DIR, PG, emit, med, noise

from desktop.models.base import table_of
from desktop.models.billing import Bill, BillBalance
from desktop.models.leases import Lease, LeaseTerm
from desktop.models.parties import Party
from desktop.models.values import FreeDaysRule, LeaseKind, LeaseState, Money, PartyKind, StubPlacement, StubRule
from desktop.models.work_orders import WorkOrder, WorkOrderState
from desktop.services import database, derived, due_engine, opening, owed_days
from desktop.services.acts import Op
from desktop.services.bulk import insert_tuples
from desktop.services.office import Office
from desktop.services.places import BuildingDraft, RoomDraft
from desktop.services.recovery import make_recovery_code
from desktop.services.work import PROGRAM, Work, begin
from desktop.world import OFFICE_ZONE, SeededWorld

LEASES = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
ORDERS = int(sys.argv[2]) if len(sys.argv) > 2 else 50_000
START = datetime(2026, 11, 23, 9, 0, tzinfo=OFFICE_ZONE)
ROUNDS = 5
_FLOOR = (
    "SELECT count(*) FROM lease l JOIN lease_term t ON t.lease_id = l.id WHERE l.state IN ('active', 'notice')"
    ' AND t."end" <= {horizon}',
    "SELECT count(*) FROM bill_balance WHERE owed <> 0 AND owed > 0 AND due <= {today}",
    "SELECT count(*) FROM work_order WHERE state IN ('reported', 'assigned', 'working')",
)


def full_office(leases: int, orders: int, url: str) -> Office:
    """An office with so many live leases, as many again that are closed, an open bill on each fourth live one, and so
    many orders, one in fifty of them not done."""
    folder = DIR / f"due-{leases}-{'pg' if url else 'sqlite'}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    address = database.parse_url(url) if url else database.sqlite_url(folder)
    if url:
        engine = database.open_engine(address)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
        engine.dispose()
    drafts = [RoomDraft("101", 1, Decimal("46.20"), "一室一厅", Money.yuan(1860))]
    buildings = (BuildingDraft("1 栋", drafts),)
    form = opening.FirstStart(
        "望江物业服务有限公司", "望江苑", "WJY", "前台 1", "admin", "周砚秋", "", buildings=buildings, demo=True
    )
    world = SeededWorld(START)
    office = opening.create_office(world, folder, address, form, make_recovery_code(world))
    with begin(office, PROGRAM, Op.ADD_DEMO_DATA) as work:
        _fill(work, leases, orders)
        work.record(leases=leases, orders=orders)
    with office.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if url else "ANALYZE")
    return office


def _fill(work: Work, leases: int, orders: int) -> None:
    """Straight into the tables: ops and audit of a million rows would say nothing of the engine."""
    r, new, today = random.Random(41), work.world.new_id, work.world.today()
    same: dict[str, Any] = {"project_id": work.office.project_id, "created_at": work.at, "created_by": None}
    edited = same | {"updated_at": work.at, "version": 1}
    connection, party = work.session.connection(), new()
    kept: dict[type, list[tuple[Any, ...]]] = {Lease: [], LeaseTerm: [], Bill: [], BillBalance: [], WorkOrder: []}
    for n in range(2 * leases):
        live = n < leases
        lease, end = new(), today + timedelta(days=r.randrange(-20, 365) if live else -r.randrange(1, 1500))
        kept[Lease].append((lease, f"L{n}", LeaseKind.LEASE, LeaseState.ACTIVE if live else LeaseState.CLOSED))
        kept[LeaseTerm].append(_term(new(), lease, end))
        if live:
            bill, due = new(), today - timedelta(days=r.randrange(-20, 40))
            kept[Bill].append((bill, party, lease, due, due, "租金", f"bench:{n}"))
            kept[BillBalance].append((bill, party, lease, None, due, Money.yuan(1860 if n % 4 == 0 else 0)))
    states = [WorkOrderState.DONE] * 147 + [WorkOrderState.REPORTED, WorkOrderState.ASSIGNED, WorkOrderState.WORKING]
    for n in range(orders):
        due = work.at + timedelta(hours=r.randrange(-24, 72))
        kept[WorkOrder].append((new(), f"W{n}", "repair", states[n % 150], "水龙头滴水", n % 9 == 0, due))
    columns = {
        Lease: ["id", "number", "kind", "state"],
        LeaseTerm: list(_TERM),
        Bill: ["id", "debtor_id", "lease_id", "issued_on", "due", "title", "source_key"],
        BillBalance: derived.BALANCE_COLUMNS,
        WorkOrder: ["id", "number", "kind", "state", "summary", "urgent", "due_at"],
    }
    insert_tuples(
        connection, table_of(Party), ["id", "number", "kind", "name", "hold_erasure"],
        [(party, "WJY-PA000001", PartyKind.PERSON, "顾听澜", False)], edited,
    )  # fmt: skip
    for model, rows in kept.items():
        extra = {Bill: same, BillBalance: {}}.get(model, edited)
        insert_tuples(connection, table_of(model), columns[model], rows, extra)
    owed_days.rebuild(work.session)


_TERM = (
    "id", "lease_id", "effective_from", "start", "end", "rent", "rent_steps", "cycle_months", "calendar_months",
    "pay_ahead_days", "deposit", "stub_rule", "stub_placement", "free_days", "free_days_rule", "late_fee_per_mille",
    "property_fee_months", "key_deposit", "purpose",
)  # fmt: skip


def _term(row_id: Any, lease: Any, end: date) -> tuple[Any, ...]:
    start, rent = end - timedelta(days=364), Money.yuan(1860)
    return (
        row_id, lease, start, start, end, rent, [], 1, False, 0, rent, StubRule.ACTUAL_DAYS, StubPlacement.MERGED, 0,
        FreeDaysRule.DEDUCT_FREE_DAYS, Decimal("0.5"), 1, Money(0), "居住",
    )  # fmt: skip


def timed(office: Office, most: int = due_engine.MOST) -> tuple[float, due_engine.DuePass]:
    """(milliseconds, news) of a pass."""
    began = time.perf_counter()
    news = due_engine.run_pass(office, most)
    return (time.perf_counter() - began) * 1e3, news


def bare(office: Office) -> float:
    """The floor, in milliseconds."""
    today = office.world.today()
    words = {"today": f"'{today}'", "horizon": f"'{today + timedelta(days=60)}'"}
    with office.engine.connect() as connection:
        began = time.perf_counter()
        for question in _FLOOR:
            connection.exec_driver_sql(question.format(**words)).fetchall()
        return (time.perf_counter() - began) * 1e3


def memory_of_a_day(office: Office) -> float:
    """The most that Python held in the first pass of a day, in MB."""
    office.world.advance(timedelta(days=1))  # type: ignore[attr-defined]
    tracemalloc.start()
    due_engine.run_pass(office)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def measured(kind: str, url: str) -> dict[str, Any]:
    """All figures of one engine."""
    office = full_office(LEASES, ORDERS, url)
    figures: dict[str, Any] = {}
    first, news = timed(office)
    whole, facts = first, news.produced
    while news.more:
        took, news = timed(office)
        whole, facts = whole + took, facts + news.produced
    figures |= {f"{kind}.first_ms": first, f"{kind}.whole_ms": whole, f"{kind}.facts": facts}
    rounds: dict[str, list[float]] = {"day": [], "stored": [], "quiet": [], "floor": []}
    for _ in range(ROUNDS):
        for name, by in (
            ("day", timedelta(days=1)),
            ("stored", timedelta(minutes=20)),
            ("quiet", timedelta(minutes=1)),
        ):
            office.world.advance(by)  # type: ignore[attr-defined]
            if name == "stored":
                with begin(office, PROGRAM, Op.CHECK_OFFICE) as work:
                    work.record(nothing=True)
            if name == "quiet":
                due_engine.run_pass(office)  # its own line in the log, if it wrote one, is seen
            rounds[name].append(timed(office)[0])
        rounds["floor"].append(bare(office))
    for name, took in rounds.items():
        figures[f"{kind}.{name}_ms"] = med(took)
    figures[f"{kind}.day.ratio"] = med([a / b for a, b in zip(rounds["day"], rounds["floor"], strict=True)])
    figures[f"{kind}.day.mb"] = memory_of_a_day(office)
    office.close()
    if not url:
        small = full_office(LEASES // 10, ORDERS // 10, url)
        due_engine.catch_up(small)
        figures[f"{kind}.day.small_mb"] = memory_of_a_day(small)
        small.close()
    for name in ("day", "stored"):
        figures[f"{kind}.{name}_ms.goal"] = 2000
    figures[f"{kind}.quiet_ms.goal"] = 200
    figures[f"{kind}.day.mb.goal"] = 16
    return figures


def main() -> None:
    figures: dict[str, Any] = {"noise": noise(), "leases": LEASES, "orders": ORDERS}
    for kind, url in (("sqlite", ""), ("pg", PG)):
        if kind == "sqlite" or url:
            figures |= measured(kind, url)
    emit(figures)


if __name__ == "__main__":
    main()
