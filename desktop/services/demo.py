"""The invented office 演示管理处: the story of `demo_plan` lived through the real services, day by day up to yesterday.

The clock of its World is moved along, so every act carries the day on which it would have happened. Its random
bytes are predictable: nothing in it is secret. The same seed and day give the same office on both engines.
"""

from __future__ import annotations

import json
import random
import shutil
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import URL

from desktop.models.billing import BillBalance
from desktop.models.meters import Meter, Reading
from desktop.models.places import Building, Room
from desktop.models.values import (
    NIL,
    FeeType,
    MeterKind,
    Money,
    PayMethod,
    Period,
    ReadingKind,
    RoomCondition,
    Surplus,
    add_months,
)
from desktop.models.work_orders import WorkOrder, WorkOrderEvent, WorkOrderState
from desktop.services import (
    access,
    billing,
    check_in_forms,
    check_ins,
    database,
    lease_moves,
    opening,
    payments,
    reversals,
)
from desktop.services.acts import Op
from desktop.services.demo_people import People
from desktop.services.demo_plan import DAY, DemoPlan, Fate, Stay, plan_demo
from desktop.services.handover import ReadingForm
from desktop.services.numbers import Series, take_number
from desktop.services.office import Office
from desktop.services.recovery import make_recovery_code
from desktop.services.rights import part
from desktop.services.schedule import PlannedBill, PlannedLine
from desktop.services.transitions import WORK_ORDER, move
from desktop.services.work import PROGRAM, Actor, Work, begin
from desktop.world import OFFICE_ZONE, SeededWorld

ROOMS, TENANTS, MONTHS = 240, 200, 24
PASSWORD = "demo"
PAY_DAYS = (5, 10, 15, 20, 25, 28)
"""Days of the month on which what has come due is paid and settled; the last days before today come one by one."""
VERSION = 2
"""Of the story: raised when the demo changes, so that a kept one is built anew."""
STAFF = (
    ("admin", "周砚秋", "administrator"), ("gumy", "顾明远", "manager"), ("linxm", "林小满", "front_desk"),
    ("shenrx", "沈若溪", "cashier"), ("hanqh", "韩清和", "finance_lead"), ("qinl", "秦岭", "repair_lead"),
    ("luzw", "陆知微", "auditor"), ("jiangws", "江望舒", "head_office"),
)  # fmt: skip
_REPAIRS = (
    ("厨房水龙头滴水", False, "waiting"), ("卫生间顶部渗水", True, "under_way"), ("空调不制冷", False, "dispatched"),
    ("门锁打不开", True, "waiting"), ("马桶堵塞", False, "under_way"), ("客厅灯不亮", False, "waiting"),
    ("热水器点不着火", True, "dispatched"), ("窗户关不严", False, "waiting"),
)  # fmt: skip
_METHODS = (PayMethod.WECHAT, PayMethod.ALIPAY, PayMethod.TRANSFER, PayMethod.CASH, PayMethod.POS)
_WEIGHTS = (45, 20, 15, 12, 8)
_ELECTRICITY, _WATER = Decimal("0.64"), Decimal("3.45")

Report = Callable[[int, int, str], None]


def _silent(_done: int, _total: int, _text: str) -> None: ...


def build_demo(
    today: date, data_dir: Path, url: URL | None = None, rooms: int = ROOMS, tenants: int = TENANTS,
    months: int = MONTHS, seed: int = 1, report: Report = _silent,
) -> None:  # fmt: skip
    """Build an invented office in an empty folder (or database) as it would stand on the morning of `today`.

    Password of everybody: "demo". Raises OfficeExists where there is one already.
    """
    plan = plan_demo(today, rooms, tenants, months, seed)
    world = SeededWorld(_at(plan.opened, 9), seed)
    office = opening.create_office(
        world, data_dir, url or database.sqlite_url(data_dir),
        opening.FirstStart(
            organisation="望江物业服务有限公司", organisation_code="91990101MA0EXAMPXH", project="望江苑", code="WJY",
            desk="前台 2", admin_login="admin", admin_name="周砚秋", admin_password="", demo=True,
            address="青川市文昌区松风路 6 号", phone="0571-88001234", buildings=plan.buildings,
        ),
        make_recovery_code(world),
    )  # fmt: skip
    try:
        with _hurried(office):
            _Story(office, world, plan, seed).live(report)
    finally:
        office.close()


def demo_dir(
    cache: Path, today: date, report: Report = _silent, *, rooms: int = ROOMS, tenants: int = TENANTS,
    months: int = MONTHS,
) -> Path:  # fmt: skip
    """The folder of today's demo office inside `cache`: the one built earlier today, else built anew."""
    folder, fresh = cache / "office", cache / "office.new"
    wanted = {
        "version": VERSION, "today": today.isoformat(), "schema": database.HEAD_REVISION, "rooms": rooms,
        "tenants": tenants, "months": months,
    }  # fmt: skip
    told = folder / "built.json"
    if told.exists() and json.loads(told.read_text("utf-8")) == wanted:
        return folder
    for old in (folder, fresh):
        if old.exists():
            shutil.rmtree(old)
    fresh.mkdir(mode=0o700, parents=True)
    build_demo(today, fresh, rooms=rooms, tenants=tenants, months=months, report=report)
    (fresh / told.name).write_text(json.dumps(wanted), "utf-8")
    # Only a finished office gets the name by which the next start finds it.
    return fresh.rename(folder)


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), OFFICE_ZONE)


@contextmanager
def _hurried(office: Office) -> Iterator[None]:
    """SQLite without waiting for the disk: an office that can be built again has nothing to lose."""
    if office.engine.dialect.name != "sqlite":
        yield
        return

    def connected(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
        for pragma in ("synchronous=OFF", "journal_mode=MEMORY", "secure_delete=OFF"):
            connection.cursor().execute(f"PRAGMA {pragma}")

    office.engine.dispose()
    sa.event.listen(office.engine, "connect", connected)
    try:
        yield
    finally:
        sa.event.remove(office.engine, "connect", connected)
        office.engine.dispose()


@dataclass(slots=True)
class _Living:
    """A stay that began: what the story needs to go on with it."""

    stay: Stay
    lease_id: UUID
    party_id: UUID
    room_id: UUID
    pays: dict[UUID, date] = field(default_factory=dict)


class _Story:
    """The acts of the office, one day after the other."""

    def __init__(self, office: Office, world: SeededWorld, plan: DemoPlan, seed: int) -> None:
        self.office, self.world, self.plan = office, world, plan
        self.source = random.Random(f"anju-demo life {seed}")
        self.people = People(self.source, [name for _login, name, _role in STAFF])
        self.staff: dict[str, Actor] = {}
        self.rooms: list[UUID] = []
        self.meters: dict[int, dict[MeterKind, Decimal]] = {}
        self.living: dict[UUID, _Living] = {}
        self.days: dict[date, dict[str, list[Any]]] = {}
        self.reversals = deque(sorted(self.source.sample(range(20, 400), 6)))
        self.paid = 0

    def live(self, report: Report) -> None:
        """Everything from the opening to yesterday evening."""
        self._people_of_the_office()
        self._calendar()
        whole = (self.plan.today - self.plan.opened).days
        for number in range(1, whole):
            day = self.plan.opened + number * DAY
            if day in self.days:
                report(number, whole, f"{day:%Y-%m}")
                self._day(day)
        self._rooms_today()
        report(whole, whole, "完成")

    def _people_of_the_office(self) -> None:
        passwords = opening.passwords_for(self.world, demo=True)
        with self._act(PROGRAM, Op.ADD_STAFF) as work:
            for login, name, role in STAFF:
                access.put_staff(work, access.StaffForm(login, name, (role,)), passwords.hash(PASSWORD))
        for _login, _name, role in STAFF:
            self.staff[role] = access.sign_in_demo(self.office, role).actor
        with self.office.reading() as session:
            rows = session.execute(
                sa.select(Room.id, Building.sort, Room.floor, Room.number)
                .join(Building, Building.id == Room.building_id)
                .order_by(Room.id)
            ).all()
        # Ids are made in the order of the drafts, so the order of the plan is the order of the ids.
        self.rooms = [row.id for row in rows]

    def _calendar(self) -> None:
        """What happens on which day."""
        for stay in self.plan.stays:
            self._on(stay.signed, "sign", stay)
        yesterday = self.plan.today - DAY
        month = self.plan.opened.replace(day=1)
        while month <= yesterday:
            for day in PAY_DAYS:
                self._on(month.replace(day=day), "pay", None)
            if month.month % 2:
                self._on(month.replace(day=2), "meters", month)
            self._on(month.replace(day=25), "bills", add_months(month.replace(day=25), 1))
            month = add_months(month, 1)
        for back in (5, 4, 3, 2, 1):
            self._on(self.plan.today - back * DAY, "pay", None)
        self._on(yesterday, "bills", self.plan.today + 7 * DAY)
        self._on(yesterday, "repairs", None)

    def _soon(self, days: int, what: str, about: Any) -> None:
        """Note what is to happen some days from now, on the next day on which the office does such things."""
        day = self.world.today() + timedelta(days=days)
        while day.day not in PAY_DAYS:
            day += DAY
        self._on(day, what, about)

    def _on(self, day: date, what: str, about: Any) -> None:
        """Note what is to happen on a day. Days not yet lived through only, so a step may add to later ones."""
        if self.plan.opened < day < self.plan.today:
            self.days.setdefault(day, {}).setdefault(what, []).append(about)

    def _day(self, day: date) -> None:
        self.world.set_now(max(self.world.now(), _at(day, 9, 10)))
        todo = self.days[day]
        for month in todo.get("meters", ()):
            self._read_meters(month)
        for until in todo.get("bills", ()):
            with self._act(self.staff["cashier"], Op.POST_BILLS) as work:
                billing.run_bills(work, until)
        for what in ("leave", "settle", "close", "notice", "cancel"):
            if what in todo:
                self._change(what, todo[what])
        self._sign(todo.get("sign", []))
        if "pay" in todo:
            self._collect(day)
        if "repairs" in todo:
            self._repairs()

    @contextmanager
    def _act(self, actor: Actor, op: Op) -> Iterator[Work]:
        self.world.advance(timedelta(minutes=3))
        with begin(self.office, actor, op) as work:
            # The story is told by the program in the clerks' names: no clerk sits there whose rights could be asked.
            work.authorised += 1
            yield work

    # ---- moving in -------------------------------------------------------------------------------------------------

    def _sign(self, stays: Sequence[Stay]) -> None:
        if not stays:
            return
        taken: list[tuple[_Living, tuple[UUID, ...]]] = []
        recent = [stay for stay in stays if stay.fate is not Fate.LEFT]
        past = [stay for stay in stays if stay.fate is Fate.LEFT]
        # Leases of today have an act each, as in life, so their pages have a history; those long gone share one.
        for group in [[stay] for stay in recent] + ([past] if past else []):
            with self._act(self.staff["front_desk"], Op.CHECK_IN) as work:
                taken += self._check_in(work, group)
        self._pay([(living, bills) for living, bills in taken if living.stay.pays_at_once])

    def _check_in(self, work: Work, stays: Sequence[Stay]) -> list[tuple[_Living, tuple[UUID, ...]]]:
        forms = [
            check_in_forms.CheckIn(
                self.rooms[stay.room], stay.terms, party=self.people.tenant(stay.signed), matched=True,
                notice_told=True, bank_consent=True,
                occupants=[self.people.companion() for _ in range(stay.companions)],
                readings=[ReadingForm(kind, value) for kind, value in self._shown(stay.room).items()],
                keys=2, cards=1 + (stay.room % 2) + stay.companions,
            )
            for stay in stays
        ]  # fmt: skip
        if stays[0].fate is Fate.DRAFT:
            check_ins.put_lease_draft(work, forms[0])
            return []
        begun = []
        for stay, form, done in zip(stays, forms, check_ins.put_check_ins(work, forms), strict=True):
            living = _Living(stay, done.lease_id, done.party_id, form.room_id)
            self.living[done.lease_id] = living
            begun.append((living, done.due_now))
            if stay.notice is not None:
                self._on(max(stay.notice, stay.signed + DAY), "notice", living)
            if stay.leaves is not None:
                self._on(stay.leaves, "cancel" if stay.fate is Fate.CANCELLED else "leave", living)
        return begun

    def _shown(self, room: int) -> dict[MeterKind, Decimal]:
        """What the meters of a room show now."""
        if room not in self.meters:
            start = Decimal(self.source.randint(100, 4000))
            self.meters[room] = {MeterKind.ELECTRICITY: start, MeterKind.WATER: start // 12}
        return self.meters[room]

    # ---- moving on -------------------------------------------------------------------------------------------------

    def _change(self, what: str, living: Sequence[_Living]) -> None:
        """Notice, leaving, settling, closing, cancelling, by whoever does it at the desk."""
        clerk = self.staff["finance_lead" if what == "settle" else "manager" if what == "cancel" else "front_desk"]
        ids = [each.lease_id for each in living]
        with self._act(clerk, Op.CHANGE_LEASE) as work:
            if what == "notice":
                lease_moves.put_notices(work, ids)
            elif what == "close":
                lease_moves.put_closings(work, ids)
            elif what == "cancel":
                for lease_id in ids:
                    lease_moves.put_cancellation(work, lease_id, "客户改租别处")
                    del self.living[lease_id]
            elif what == "leave":
                self._leave(work, living)
            else:
                payouts = {}
                for each in living:
                    method = self.source.choices(_METHODS, (3, 1, 4, 2, 0))[0]
                    payouts[each.lease_id] = (method, self._reference(method))
                    del self.living[each.lease_id]
                for lease_id, done in lease_moves.put_settlements(work, payouts).items():
                    if done.still_owed == NIL:
                        closed = next(each for each in living if each.lease_id == lease_id)
                        self._soon(self.source.randint(9, 20), "close", closed)

    def _leave(self, work: Work, living: Sequence[_Living]) -> None:
        lease_moves.put_move_outs(
            work,
            [
                lease_moves.Leaving(
                    each.lease_id, [ReadingForm(kind, value) for kind, value in self._shown(each.stay.room).items()]
                )
                for each in living
            ],
        )
        for each in living:
            # Cleaned at once for the next tenant; the rooms that are dirty today are made so at the end of the story.
            work.get(Room, each.room_id).condition = RoomCondition.CLEAN
            self._soon(self.source.randint(2, 6), "settle", each)

    def _read_meters(self, month: date) -> None:
        """The round of every other month: the meters of let rooms are read and what was used since is billed."""
        last = Period(add_months(month, -2), month - DAY)
        standing = [
            each
            for each in self.living.values()
            if each.stay.signed < last.start and each.stay.terms.start < last.start
        ]
        if not standing:
            return
        readings: list[tuple[Any, ...]] = []
        orders: list[billing.BillOrder] = []
        today = self.world.today()
        with self._act(self.staff["cashier"], Op.POST_BILLS) as work:
            meters: dict[tuple[UUID, MeterKind], UUID] = {
                (meter.room_id, meter.kind): meter.id
                for meter in work.session.scalars(sa.select(Meter).where(Meter.removed_on.is_(None)))
            }
            for each in standing:
                shown = self._shown(each.stay.room)
                used = {
                    MeterKind.ELECTRICITY: Decimal(self.source.randint(120, 480)),
                    MeterKind.WATER: Decimal(self.source.randint(6, 26)),
                }
                for kind, amount in used.items():
                    shown[kind] += amount
                    readings.append(
                        (
                            self.world.new_id(), meters[each.room_id, kind], each.lease_id, ReadingKind.REGULAR,
                            shown[kind], today, None,
                        )
                    )  # fmt: skip
                bill = _meter_bill(last, today + 10 * DAY, used)
                orders.append(billing.lease_bills(each.lease_id, each.party_id, each.room_id, [bill]))
            work.insert_many(
                Reading, ["id", "meter_id", "lease_id", "kind", "value", "read_on", "reverses_id"], readings
            )
            billing.put_bills(work, orders)
            work.record(readings=len(readings), month=f"{last.start:%Y-%m}")

    # ---- paying ----------------------------------------------------------------------------------------------------

    def _collect(self, day: date) -> None:
        """Everybody whose day has come pays all that is open."""
        with self.office.reading() as session:
            rows = session.execute(
                sa.select(BillBalance.lease_id, BillBalance.bill_id, BillBalance.due, BillBalance.owed)
                .where(BillBalance.owed > NIL)
                .order_by(BillBalance.due, BillBalance.bill_id)
            ).all()
        ready: dict[UUID, list[Any]] = {}
        for row in rows:
            living = self.living.get(row.lease_id)
            if living is None or not living.stay.pays_at_once:
                continue
            if row.bill_id not in living.pays:
                living.pays[row.bill_id] = self._pay_day(living.stay, row.due)
            if living.pays[row.bill_id] <= day:
                ready.setdefault(row.lease_id, []).append(row)
        dues = [(self.living[lease_id], tuple(row.bill_id for row in found)) for lease_id, found in ready.items()]
        self._pay(dues)

    def _pay_day(self, stay: Stay, due: date) -> date:
        if stay.stops_paying is not None and due >= stay.stops_paying:
            return date.max
        habit = self.source.choices((-2, 0, 1, 3, 6), (25, 40, 15, 12, 8))[0]
        late = due + timedelta(days=habit + (self.source.randint(4, 18) if stay.careless else 0))
        # Whoever owes today is meant to: the rest has paid by then.
        return min(late, self.plan.today - DAY) if due < self.plan.today else late

    def _pay(self, dues: Sequence[tuple[_Living, tuple[UUID, ...]]]) -> None:
        if not dues:
            return
        with self.office.reading() as session:
            ids = [bill_id for _, bills in dues for bill_id in bills]
            owed = {
                row.bill_id: row.owed
                for start in range(0, len(ids), 500)
                for row in session.execute(
                    sa.select(BillBalance.bill_id, BillBalance.owed).where(
                        BillBalance.bill_id.in_(ids[start : start + 500])
                    )
                )
            }
        requests = [self._request(living, {bill: owed[bill] for bill in bills}) for living, bills in dues]
        single = (self.plan.today - self.world.today()).days <= 6
        for group in [[each] for each in requests] if single else [requests]:
            with self._act(self.staff["cashier"], Op.TAKE_PAYMENT) as work:
                taken = payments.put_payments(work, group)
            self.paid += len(taken)
            if self.reversals and self.paid > self.reversals[0]:
                self.reversals.popleft()
                self._reverse(taken[-1], group[-1])

    def _request(self, living: _Living, amounts: dict[UUID, Money]) -> payments.TakePayment:
        source, due = self.source, Money(sum(amount.fen for amount in amounts.values()))
        method = source.choices(_METHODS, _WEIGHTS)[0]
        given, surplus = due, None
        if method is PayMethod.CASH:
            note = 10_000 if due.fen > 50_000 else 5_000
            given = Money(-(-due.fen // note) * note)
            surplus = Surplus.CHANGE if given > due else None
        elif source.random() < 0.01 or self.paid == 0:
            given, surplus = due + Money.yuan(200), Surplus.CREDIT
        return payments.TakePayment(
            living.party_id, amounts, [payments.TenderForm(method, given, self._reference(method))], surplus
        )

    def _reverse(self, taken: payments.PaymentTaken, request: payments.TakePayment) -> None:
        """The clerk chose the wrong means of payment: reversed, and taken again in cash."""
        with self._act(self.staff["finance_lead"], Op.REVERSE_PAYMENT) as work:
            reversals.reverse_payment(work, taken.payment_id, "付款方式录错")
        due = Money(sum(amount.fen for amount in request.amounts.values()))
        again = payments.TakePayment(request.payer_id, request.amounts, [payments.TenderForm(PayMethod.CASH, due)])
        with self._act(self.staff["cashier"], Op.TAKE_PAYMENT) as work:
            payments.put_payments(work, [again])

    def _reference(self, method: PayMethod) -> str:
        return "" if method is PayMethod.CASH else f"{self.source.randrange(10**8):08d}"

    # ---- yesterday -------------------------------------------------------------------------------------------------

    def _repairs(self) -> None:
        """Open work orders, most of them where somebody lives."""
        living = [each for each in self.living.values() if each.stay.fate is Fate.LIVES]
        for summary, urgent, state in _REPAIRS[: len(living)]:
            each = self.source.choice(living)
            with self._act(self.staff["front_desk"], Op.REPORT_REPAIR) as work:
                put_repair(work, each.room_id, each.party_id, summary, urgent, state)

    def _rooms_today(self) -> None:
        """Half payments of those who owe, and the rooms that are not ready."""
        with self.office.reading() as session:
            rows = session.execute(
                sa.select(BillBalance.lease_id, BillBalance.bill_id, BillBalance.owed)
                .where(BillBalance.owed > NIL, BillBalance.due < self.plan.today)
                .order_by(BillBalance.due, BillBalance.bill_id)
            ).all()
        for row in rows:
            living = self.living.get(row.lease_id)
            if living is not None and living.stay.half_paid:
                living.stay.half_paid = False
                half = Money(row.owed.fen // 200 * 100)
                request = self._request(living, {row.bill_id: half})
                with self._act(self.staff["cashier"], Op.TAKE_PAYMENT) as work:
                    payments.put_payments(work, [request])
        with self._act(self.staff["manager"], Op.CHANGE_PLACE) as work:
            for empty in self.plan.empties:
                room = work.get(Room, self.rooms[empty.room])
                room.condition, room.condition_note = empty.condition, empty.note
            work.record(rooms=len(self.plan.empties))


def _meter_bill(period: Period, due: date, used: dict[MeterKind, Decimal]) -> PlannedBill:
    lines = []
    for kind, fee, unit, price in (
        (MeterKind.ELECTRICITY, FeeType.ELECTRICITY, "度", _ELECTRICITY),
        (MeterKind.WATER, FeeType.WATER, "m³", _WATER),
    ):
        money = Money.rounded(used[kind] * price * 100)
        lines.append(
            PlannedLine(
                f"{fee}:{period.start:%Y%m}", fee, period, used[kind], unit, price, money, "",
                (f"{used[kind]} {unit} × {price}",),
            )
        )  # fmt: skip
    return PlannedBill(
        f"meters:{period.start:%Y%m}", period.start.month, FeeType.ELECTRICITY, period, due, tuple(lines)
    )


@part
def put_repair(work: Work, room_id: UUID, party_id: UUID | None, summary: str, urgent: bool, state: str) -> UUID:
    """A repair somebody reported, moved on to where it stands."""
    order = work.add(
        WorkOrder(
            number=take_number(work, Series.WORK_ORDER), kind="repair", state=WorkOrderState.WAITING, room_id=room_id,
            party_id=party_id, summary=summary, urgent=urgent, assignee_id=None,
            due_at=work.at + timedelta(hours=4 if urgent else 48),
        )
    )  # fmt: skip
    work.session.flush()
    work.add(WorkOrderEvent(work_order_id=order.id, kind="reported", detail={}))
    for event, after in (("dispatch", "dispatched"), ("begin", "under_way")):
        if order.state == state:
            break
        order.state = move(WORK_ORDER, order.state, event)
        work.add(WorkOrderEvent(work_order_id=order.id, kind=event, detail={"state": after}))
    work.subject(order)
    work.record(urgent=urgent)
    return order.id
