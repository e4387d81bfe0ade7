"""An office of many people for the search benchmark: names, phones, papers, leases, receipts and plates, by the bulk
path. The people are those of floors/common.py, so that the product and its floor look for the same ones."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from common import DIR, tenants

from desktop.models.base import table_of
from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.leases import Lease, LeaseParty, LeaseRoom, LeaseTerm
from desktop.models.offices import Desk
from desktop.models.parties import Contact, Party, PersonDocument, Vehicle
from desktop.models.payments import Allocation, Payment, PaymentKind, Receipt, Shift, ShiftState
from desktop.models.values import (
    ContactKind,
    DocumentKind,
    FeeType,
    FreeDaysRule,
    LeaseKind,
    LeaseRole,
    LeaseState,
    Money,
    PartyKind,
    StubPlacement,
    StubRule,
)
from desktop.services import access, board, database, derived, opening, search_index
from desktop.services.acts import Op
from desktop.services.bulk import insert_tuples
from desktop.services.errors import DomainError
from desktop.services.folding import Searched
from desktop.services.keys import BlindField
from desktop.services.office import Office
from desktop.services.places import BuildingDraft, RoomDraft
from desktop.services.recovery import make_recovery_code
from desktop.services.work import PROGRAM, Work, begin, look
from desktop.world import World

ROOMS, PER_BUILDING = 3000, 120
VERSION = 3
"""Of what is built: raised when it changes, so that a kept one is built anew."""


def crowded_office(people: int, url: str = "", folder: Path | None = None) -> Office:
    """The office of `people`, opened; built when it is not there yet, under BENCH_DIR or in a database of ours."""
    world = World()
    folder = folder or DIR / f"crowd-{people}-{'pg' if url else 'sqlite'}-{VERSION}"
    address = database.parse_url(url) if url else database.sqlite_url(folder)
    if (folder / "ready").exists():
        # A scratch server that was made anew holds no office: build again.
        with suppress(DomainError):
            return opening.open_office(world, folder, address)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if url:
        _empty(address)
    drafts = [RoomDraft(f"{n // 10 + 1}{n % 10 + 1:02d}", n // 10 + 1, Decimal("46.20"), "一室一厅", Money.yuan(1860))
              for n in range(PER_BUILDING)]  # fmt: skip
    buildings = [BuildingDraft(f"{n + 1} 栋", drafts) for n in range(ROOMS // PER_BUILDING)]
    form = opening.FirstStart(
        "望江物业服务有限公司", "望江苑", "WJY", "前台 1", "admin", "周砚秋", "", buildings=buildings, demo=True
    )
    office = opening.create_office(world, folder, address, form, make_recovery_code(world))
    with look(office, PROGRAM) as reading:
        rooms = [tile.room_id for tile in board.board(reading).tiles]
    with begin(office, PROGRAM, Op.ADD_DEMO_DATA) as work:
        _fill(work, rooms, people)
        work.record(people=people)
    if url:  # as the server does by itself; an office's SQLite keeps no statistics, and nobody tidies its index
        with office.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    (folder / "ready").touch()
    return office


def _empty(address: sa.URL) -> None:
    engine = database.open_engine(address)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()


class _Rows:
    """Tuples for tables, straight into them: ops and audit of a million rows would say nothing of the search."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._rows: dict[Any, tuple[Sequence[str], list[tuple[Any, ...]]]] = {}

    def add(self, model: Any, **values: Any) -> None:
        table = table_of(model)
        if not values.get("id"):
            values["id"] = self._work.world.new_id()
        extra = {"project_id": self._work.office.project_id, "created_at": self._work.at, "created_by": None,
                 "updated_at": self._work.at, "version": 1}  # fmt: skip
        values |= {name: value for name, value in extra.items() if name in table.columns}
        names, rows = self._rows.setdefault(model, (tuple(values), []))
        rows.append(tuple(values[name] for name in names))

    def store(self) -> None:
        connection = self._work.session.connection()
        for model, (names, rows) in self._rows.items():
            insert_tuples(connection, table_of(model), names, rows)
        self._rows = {}


def _fill(work: Work, rooms: Sequence[Any], people: int) -> None:
    r, vault, new = random.Random(41), work.vault, work.world.new_id
    today = work.world.today()
    rows = _Rows(work)
    everybody = list(tenants(people))
    ids = [new() for _ in everybody]
    phones = [new() for _ in everybody]
    papers = [new() for _ in everybody]
    sealed = vault.seal_many("contact", "value", zip(phones, (p[3] for p in everybody), strict=True))
    numbers = vault.seal_many("person_document", "number", zip(papers, (p[4] for p in everybody), strict=True))
    indexes = vault.blind_many(BlindField.PHONE, (p[3] for p in everybody))
    blind = vault.blind_many(BlindField.ID_NUMBER, (p[4] for p in everybody))
    for at, (number, name, _, phone, identity) in enumerate(everybody):
        kind = PartyKind.ORGANISATION if name.endswith("公司") else PartyKind.PERSON
        rows.add(Party, id=ids[at], number=f"WJY-PA{number:06d}", kind=kind, name=name, hold_erasure=False)
        rows.add(
            Contact, id=phones[at], party_id=ids[at], kind=ContactKind.MOBILE, value=sealed[at],
            value_index=indexes[at], value_tail=vault.blind_tail(BlindField.PHONE, phone), preferred=True,
            confirmed_at=work.at,
        )  # fmt: skip
        rows.add(
            PersonDocument, id=papers[at], party_id=ids[at], kind=DocumentKind.ID_CARD, number=numbers[at],
            number_index=blind[at], number_tail=vault.blind_tail(BlindField.ID_NUMBER, identity), long_term=True,
            how="typed",
        )  # fmt: skip
        if at % 4 == 0:
            plate = f"{r.choice('川浙粤沪')}{r.choice('ABCD')}·" + "".join(
                r.choice("0123456789SZWXK") for _ in range(5)
            )
            rows.add(Vehicle, party_id=ids[at], plate=plate)
    rows.store()
    connection = work.session.connection()
    derived.add_names(work.session, ((ids[at], p[1]) for at, p in enumerate(everybody)))
    cars = connection.execute(sa.select(Vehicle.id, Vehicle.plate)).all()
    search_index.add_texts(connection, Searched.VEHICLE, [(car.id, car.plate) for car in cars])
    _leases(work, rows, r, rooms, ids, today)


def _leases(work: Work, rows: _Rows, r: random.Random, rooms: Sequence[Any], ids: Sequence[Any], today: date) -> None:
    """Every party has a lease, some more; the newest live here now. Rooms are let one lease after another."""
    shift = work.world.new_id()
    desk = work.session.scalar(sa.select(Desk.id))
    form = access.StaffForm("bench", "林小满", ("manager",), "Spruce-甲乙-41")
    staff = access.add_staff(work, form, opening.passwords_for(work.world, True))
    rows.add(Shift, id=shift, desk_id=desk, staff_id=staff, state=ShiftState.OPEN, opened_at=work.at)
    free = {room: today + timedelta(days=r.randrange(20, 300)) for room in rooms}
    every = list(ids) + [r.choice(ids) for _ in range(len(ids) // 5)]
    receipt = 0
    for n, party in enumerate(reversed(every)):
        room = rooms[n % len(rooms)]
        end = free[room]
        start = end - timedelta(days=364)
        free[room] = start - timedelta(days=r.randrange(1, 9))
        lease, inside = work.world.new_id(), end >= today and start <= today and n % 9 != 4
        state = LeaseState.ACTIVE if inside else LeaseState.CLOSED
        number = f"WJY-{start.year}-A{len(every) - n:06d}"
        rows.add(
            Lease, id=lease, number=number, kind=LeaseKind.LEASE, state=state, signed_on=start, moved_in_on=start,
            moved_out_on=None if inside else end,
        )  # fmt: skip
        rows.add(
            LeaseTerm, lease_id=lease, effective_from=start, start=start, end=end, rent=Money.yuan(1860), rent_steps=[],
            cycle_months=1, calendar_months=False, pay_ahead_days=0, deposit=Money.yuan(1860),
            stub_rule=StubRule.ACTUAL_DAYS, stub_placement=StubPlacement.MERGED, free_days=0,
            free_days_rule=FreeDaysRule.DEDUCT_FREE_DAYS, late_fee_per_mille=Decimal("0.5"), property_fee_months=1,
            key_deposit=Money(0), purpose="居住",
        )  # fmt: skip
        rows.add(LeaseParty, lease_id=lease, party_id=party, role=LeaseRole.TENANT, valid_from=start)
        rows.add(LeaseRoom, lease_id=lease, room_id=room, valid_from=start, valid_to=end)
        for part in range(2):
            bill, line = work.world.new_id(), work.world.new_id()
            due = start + timedelta(days=30 * part)
            open_ = inside and n % 8 == 0 and part == 1
            source = f"lease:{lease.hex}:{part}"
            rows.add(
                Bill, id=bill, debtor_id=party, lease_id=lease, room_id=room, issued_on=due, due=due, title="租金",
                source_key=source,
            )  # fmt: skip
            rows.add(
                BillLine, id=line, bill_id=bill, debtor_id=party, room_id=room, lease_id=lease,
                fee_type=FeeType.RENT if part else FeeType.DEPOSIT, amount=Money.yuan(1860), source_key=source,
                explanation=[],
            )  # fmt: skip
            if part == 0:
                receipt += 1
                payment = work.world.new_id()
                rows.add(
                    Payment, id=payment, kind=PaymentKind.PAYMENT, payer_id=party, desk_id=desk, shift_id=shift,
                    business_date=due, amount=Money.yuan(1860), given=Money.yuan(1860), change=Money(0),
                    prepaid=Money(0),
                )  # fmt: skip
                rows.add(Receipt, payment_id=payment, number=f"WJYA26-{receipt:06d}", title="收款收据")
                rows.add(Allocation, payment_id=payment, bill_line_id=line, bill_id=bill, amount=Money.yuan(1860))
            insert = (bill, party, lease, room, due, Money.yuan(1860 if open_ else 0))
            rows._rows.setdefault(BillBalance, (derived.BALANCE_COLUMNS, []))[1].append(insert)
        if n % 20_000 == 19_999:
            rows.store()
    rows.store()


__all__ = ["Path", "crowded_office"]
