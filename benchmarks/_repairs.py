"""An office with repairs for the benchmarks: rooms that are let, technicians, orders that are open and orders long
closed, said in the words of the lists of requests that the guessing is measured by."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from _crowd import _empty
from _offices import big_office
from common import DIR

from desktop.models.base import table_of
from desktop.models.leases import LeaseParty, LeaseRoom
from desktop.models.places import Building, Room
from desktop.models.values import OrderKind, RepairCategory, RepairChannel
from desktop.models.work_orders import Technician, WorkOrder, WorkOrderEvent, WorkOrderState
from desktop.services import access, database, opening, search_index, technicians
from desktop.services.acts import Op
from desktop.services.bulk import insert_tuples
from desktop.services.errors import DomainError
from desktop.services.folding import Searched
from desktop.services.office import Office
from desktop.services.technicians import TeamForm, TechnicianForm
from desktop.services.work import PROGRAM, Work, begin
from desktop.world import World

VERSION = 1
"""Of what is built: raised when it changes, so that a kept one is built anew."""
ROOMS = 1200
_CHUNK = 50_000
_LISTS = Path(__file__).resolve().parents[1] / "tests" / "services"
_OPEN = (
    WorkOrderState.REPORTED, WorkOrderState.ASSIGNED, WorkOrderState.ACCEPTED, WorkOrderState.WORKING,
    WorkOrderState.WAITING_MATERIAL, WorkOrderState.WAITING_TENANT,
)  # fmt: skip
_COLUMNS = (
    "id", "number", "kind", "state", "category", "channel", "room_id", "building_id", "facility", "place", "party_id",
    "summary", "urgent", "due_at", "owner_id", "technician_id", "reason", "done_at", "rating", "project_id",
    "created_at", "created_by", "updated_at", "version",
)  # fmt: skip
_EVENT = ("id", "work_order_id", "kind", "state", "stands", "note", "detail", "project_id", "created_at", "created_by")


def sentences() -> list[tuple[RepairCategory, bool, str]]:
    """(category, urgent, what is said) of every request of the lists."""
    found = []
    for name in ("repair_requests.tsv", "repair_requests_heard.tsv"):
        for line in (_LISTS / name).read_text("utf-8").splitlines():
            if not line.startswith("#"):
                category, _, urgency, _, text = line.split("\t")
                found.append((RepairCategory(category), urgency == "urgent", text))
    return found


def repair_office(open_: int, closed: int, url: str = "") -> Office:
    """The office with so many open orders, reported within two weeks, and so many closed within ten years; opened,
    and built when it is not there yet, under BENCH_DIR. Somebody of the front desk is `bench`."""
    world = World()
    folder = DIR / f"repairs-{open_}-{closed}-{'pg' if url else 'sqlite'}-{VERSION}"
    address = database.parse_url(url) if url else database.sqlite_url(folder)
    if (folder / "ready").exists():
        with suppress(DomainError):
            office = opening.open_office(world, folder, address)
            with office.reading() as session:
                if session.scalar(sa.select(sa.func.count()).select_from(WorkOrder)) == open_ + closed:
                    return office
            office.close()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if url:
        _empty(address)
    office = big_office(world, folder, ROOMS, url, behind=0)
    with begin(office, PROGRAM, Op.ADD_STAFF) as work:
        form = access.StaffForm("bench", "林小满", ("front_desk", "repair_lead"), "Spruce-甲乙-41")
        access.add_staff(work, form, opening.passwords_for(world, True))
    with begin(office, PROGRAM, Op.CHANGE_TECHNICIANS) as work:
        for n in range(3):
            team = technicians.save_team(
                work, TeamForm(f"{'水电综合保洁'[2 * n : 2 * n + 2]}班", frozenset(RepairCategory))
            )
            work.session.flush()
            for at in range(4):
                technicians.save_technician(work, TechnicianForm(f"师傅{n}{at}", team, weekdays="1234567"))
    connection = office.engine.connect()
    server = connection.dialect.name == "postgresql"
    connection.close()
    if server and closed > _CHUNK:  # an index over all at once is made ten times as fast as one that grows
        with office.engine.begin() as bare:
            bare.exec_driver_sql("DROP INDEX ix_search_text_pieces")
    for count, standing in ((closed, False), (open_, True)):
        for first in range(0, count, _CHUNK):
            with begin(office, PROGRAM, Op.ADD_DEMO_DATA) as work:
                _add(work, first, min(_CHUNK, count - first), standing, count)
                work.record(orders=count)
    with office.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as bare:
        if server and closed > _CHUNK:
            bare.exec_driver_sql(
                "CREATE INDEX ix_search_text_pieces ON search_text USING gin (pieces) WITH (fastupdate = off)"
            )
        bare.exec_driver_sql("VACUUM ANALYZE" if server else "ANALYZE")
        if not server:
            bare.exec_driver_sql("INSERT INTO search_fts (search_fts) VALUES ('optimize')")
    (folder / "ready").touch()
    return office


def _add(work: Work, first: int, count: int, standing: bool, of: int) -> None:
    """Straight into the tables: ops and audit of a million orders would say nothing of them."""
    r, session, new = random.Random(first * 2 + standing), work.session, work.world.new_id
    homes = session.execute(
        sa.select(Room.id, LeaseParty.party_id)
        .join(LeaseRoom, LeaseRoom.room_id == Room.id)
        .join(LeaseParty, LeaseParty.lease_id == LeaseRoom.lease_id)
    ).all()
    houses = session.scalars(sa.select(Building.id)).all()
    men = session.scalars(sa.select(Technician.id)).all()
    owner = session.scalar(sa.text("SELECT id FROM staff_member WHERE login = 'bench'"))
    owner = UUID(bytes=owner) if isinstance(owner, bytes) else owner
    said = sentences()
    orders: list[tuple[Any, ...]] = []
    events: list[tuple[Any, ...]] = []
    texts: list[tuple[UUID, str]] = []
    project = work.office.project_id
    for n in range(first, first + count):
        category, urgent, summary = r.choice(said)
        common = r.random() < 0.1
        room, party = (None, None) if common else r.choice(homes)
        place = r.choice(("", "主卧", "厨房", "客厅", "卫生间", "阳台"))
        age = timedelta(minutes=r.randrange(60, 14 * 1440) if standing else 20_160 + (of - n) * 5_256_000 // of)
        at, state = work.at - age, r.choice(_OPEN) if standing else WorkOrderState.CLOSED
        number = f"WJYA{at.year % 100:02d}-{'W' if standing else 'V'}{n:06d}"
        given = None if state is WorkOrderState.REPORTED else r.choice(men)
        reason = "约好再来" if state in (WorkOrderState.WAITING_MATERIAL, WorkOrderState.WAITING_TENANT) else None
        order, facility = new(), f"{r.randrange(1, 4)} 号电梯" if common else None
        orders.append(
            (
                order, number, OrderKind.REPAIR.value, state, category, RepairChannel.PHONE, room,
                r.choice(houses) if common else None, facility, place or None, party, summary, urgent,
                at + timedelta(hours=r.randrange(4, 96)), owner, given, reason,
                None if standing else at + timedelta(hours=5), None if standing else r.choice((None, 3, 4, 5)), project,
                at, owner, at, 1,
            )
        )  # fmt: skip
        texts.append((order, f"{number} {summary} {facility or ''} {place}"))
        if standing:
            events += _events(new, order, at, state, project, owner)
    connection = session.connection()
    insert_tuples(connection, table_of(WorkOrder), _COLUMNS, orders)
    insert_tuples(connection, table_of(WorkOrderEvent), _EVENT, events)
    search_index.add_texts(connection, Searched.ORDER, texts)


def _events(
    new: Any, order: UUID, at: Any, state: WorkOrderState, project: UUID, owner: Any
) -> Iterator[tuple[Any, ...]]:
    way = {
        WorkOrderState.ASSIGNED: ("assign",), WorkOrderState.ACCEPTED: ("assign", "accept"),
        WorkOrderState.WORKING: ("assign", "accept", "begin"),
        WorkOrderState.WAITING_MATERIAL: ("assign", "accept", "wait_material"),
        WorkOrderState.WAITING_TENANT: ("assign", "accept", "wait_tenant"),
    }.get(state, ())  # fmt: skip
    for step, kind in enumerate(("reported", *way)):
        last = step == len(way)
        stands = True if last and state is WorkOrderState.WAITING_TENANT else None
        yield (
            new(),
            order,
            kind,
            state if last else None,
            stands,
            None,
            {},
            project,
            at + timedelta(minutes=5 * step),
            owner,
        )
