"""Promise: the trends of a month with 3,000 orders (a hundred a day, M-13) out of 180,000 stand after one second, and
those of a month four years ago as well.

    trends.py [orders=180000]

Orders lie evenly over five years, five events each. `month`: the last whole one; `old`: one of four years ago, which
must cost the same; `year`: the last twelve. The floor is the driver alone with the rows that no trend can do without:
the month's orders, and their events, found by the same ids.
"""

from __future__ import annotations

import random
import shutil
import sys
import time
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from common import DIR, PG, emit, med, noise

from desktop.models.base import table_of
from desktop.models.places import Room
from desktop.models.values import Money, RepairCategory, RepairChannel
from desktop.models.work_orders import WorkOrder, WorkOrderEvent, WorkOrderState
from desktop.services import database, opening, repair_trends, technicians
from desktop.services.acts import Op
from desktop.services.bulk import insert_tuples
from desktop.services.office import Office
from desktop.services.places import BuildingDraft, RoomDraft
from desktop.services.recovery import make_recovery_code
from desktop.services.repair_trends import TrendsWanted
from desktop.services.technicians import TechnicianForm
from desktop.services.work import PROGRAM, Work, begin, look
from desktop.world import OFFICE_ZONE, SeededWorld

ORDERS = int(sys.argv[1]) if len(sys.argv) > 1 else 180_000
START = datetime(2026, 11, 30, 23, 0, tzinfo=OFFICE_ZONE)
DAYS = 5 * 365
ROUNDS = 5
SPANS = {
    "month": (date(2026, 11, 1), date(2026, 11, 30)), "old": (date(2022, 11, 1), date(2022, 11, 30)),
    "year": (date(2025, 12, 1), date(2026, 11, 30)),
}  # fmt: skip
_WAY = (
    ("reported", WorkOrderState.REPORTED, 0), ("assign", WorkOrderState.ASSIGNED, 20),
    ("accept", WorkOrderState.ACCEPTED, 30), ("finish", WorkOrderState.DONE, 300), ("rate", None, 320),
)  # fmt: skip
_FLOOR = (
    "SELECT id, state, category, created_at, done_at FROM work_order WHERE {mine}",
    "SELECT work_order_id, kind, created_at FROM work_order_event WHERE work_order_id IN"
    " (SELECT id FROM work_order WHERE {mine})",
)


def full_office(url: str) -> Office:
    """An office that has mended things for five years."""
    folder = DIR / f"trends-{ORDERS}-{'pg' if url else 'sqlite'}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    address = database.parse_url(url) if url else database.sqlite_url(folder)
    if url:
        engine = database.open_engine(address)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
        engine.dispose()
    drafts = [
        RoomDraft(f"{floor}{n:02d}", floor, Decimal("46.20"), "一室一厅", Money.yuan(1860))
        for floor in range(1, 19)
        for n in range(1, 11)
    ]
    buildings = tuple(BuildingDraft(f"{n} 栋", drafts) for n in range(1, 6))
    form = opening.FirstStart(
        "望江物业服务有限公司", "望江苑", "WJY", "前台 1", "admin", "周砚秋", "", buildings=buildings, demo=True
    )
    world = SeededWorld(START)
    office = opening.create_office(world, folder, address, form, make_recovery_code(world))
    with begin(office, PROGRAM, Op.ADD_DEMO_DATA) as work:
        _fill(work)
        work.record(orders=ORDERS)
    with office.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if url else "ANALYZE")
    return office


def _fill(work: Work) -> None:
    """Straight into the tables: ops and audit of two million rows would say nothing of the figures."""
    r, world = random.Random(17), work.world
    assert isinstance(world, SeededWorld)
    work.authorised += 1
    every = frozenset(RepairCategory)
    names = ("方一鸣", "卢大勇", "石磊", "丁一")
    men = [technicians.save_technician(work, TechnicianForm(name, skills=every)).hex for name in names]
    work.session.flush()
    rooms = list(work.session.scalars(sa.select(Room.id)))
    connection, categories = work.session.connection(), list(RepairCategory)
    orders: list[tuple[Any, ...]] = []
    events: list[tuple[Any, ...]] = []
    step = timedelta(days=DAYS) / ORDERS
    for n in range(ORDERS):
        at = START - timedelta(days=DAYS) + n * step
        world.set_now(at)
        order, man = world.new_id(), r.choice(men)
        done = at + timedelta(minutes=300)
        orders.append((
            order, f"W{n}", "complaint" if n % 9 == 0 else "repair", WorkOrderState.CLOSED, r.choice(categories),
            RepairChannel.PHONE, r.choice(rooms), "水龙头滴水", n % 12 == 0, at + timedelta(days=2), done,
            UUID(hex=man), at,
        ))  # fmt: skip
        for kind, state, minutes in _WAY:
            detail = {"technician": man, "stars": r.randint(1, 5)} if kind == "rate" else {"technician": man}
            events.append((world.new_id(), order, kind, state, detail, at + timedelta(minutes=minutes)))
    world.set_now(START)
    same = {"project_id": work.office.project_id, "created_by": None}
    columns = ["id", "number", "kind", "state", "category", "channel", "room_id", "summary", "urgent", "due_at",
               "done_at", "technician_id", "created_at"]  # fmt: skip
    insert_tuples(connection, table_of(WorkOrder), columns, orders, same | {"updated_at": work.at, "version": 1})
    columns = ["id", "work_order_id", "kind", "state", "detail", "created_at"]
    insert_tuples(connection, table_of(WorkOrderEvent), columns, events, same)


def timed(office: Office, wanted: TrendsWanted) -> tuple[float, int]:
    """(milliseconds, orders) of one span."""
    with look(office, PROGRAM) as reading:
        began = time.perf_counter()
        found = repair_trends.repair_trends(reading, wanted)
        return (time.perf_counter() - began) * 1e3, found.whole.orders


def bare(office: Office, wanted: TrendsWanted) -> float:
    """The floor, in milliseconds."""
    since, until = (repair_trends._first_id(at) for at in repair_trends.instants(wanted.since, wanted.until))
    pg = office.engine.dialect.name == "postgresql"
    since_id, until_id = (f"'{each}'" if pg else f"X'{each.hex}'" for each in (since, until))
    mine = f"id >= {since_id} AND id < {until_id}"
    with office.engine.connect() as connection:
        began = time.perf_counter()
        for question in _FLOOR:
            connection.exec_driver_sql(question.format(mine=mine)).fetchall()
        return (time.perf_counter() - began) * 1e3


def measured(kind: str, url: str) -> dict[str, Any]:
    """All figures of one engine."""
    office = full_office(url)
    rounds: dict[str, list[float]] = {name: [] for name in (*SPANS, "floor")}
    figures: dict[str, Any] = {}
    for _ in range(ROUNDS):
        for name, span in SPANS.items():
            took, figures[f"{kind}.{name}.orders"] = timed(office, TrendsWanted(*span))
            rounds[name].append(took)
        rounds["floor"].append(bare(office, TrendsWanted(*SPANS["month"])))
    for name, took in rounds.items():
        figures[f"{kind}.{name}_ms"] = med(took)
    figures[f"{kind}.month.ratio"] = med([a / b for a, b in zip(rounds["month"], rounds["floor"], strict=True)])
    figures[f"{kind}.old.ratio"] = med([a / b for a, b in zip(rounds["old"], rounds["month"], strict=True)])
    figures[f"{kind}.month_ms.goal"], figures[f"{kind}.old.ratio.goal"] = 1000, 1.5
    office.close()
    return figures


def main() -> None:
    figures: dict[str, Any] = {"noise": noise(), "orders": ORDERS}
    for kind, url in (("sqlite", ""), ("pg", PG)):
        if kind == "sqlite" or url:
            figures |= measured(kind, url)
    emit(figures)


if __name__ == "__main__":
    main()
