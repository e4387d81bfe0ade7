"""Reservations 预订: a room held for somebody until a day, by 定金, 订金 or without money, and how it ends.

定金 (earnest) and 订金 (advance) are two kinds of money with two ledgers and two receipts: earnest is at most 20 % of
the contract sum, lost when its giver withdraws and returned double when the office does; an advance always goes back
(Civil Code 586, 587). Both are liabilities until then, and are set off against the first bills when a lease is signed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.enquiries import Reservation
from desktop.models.leases import Lease, LeaseParty, LeaseRoom
from desktop.models.parties import Party
from desktop.models.payments import Allocation
from desktop.models.places import Building, Room
from desktop.models.values import (
    NIL,
    FeeType,
    HoldingMoney,
    LeaseRole,
    LeaseState,
    Money,
    PayMethod,
    Period,
    ReservationState,
    Right,
    RoomCondition,
)
from desktop.services import billing, enquiries, payments, timeline
from desktop.services.changes import last_changes
from desktop.services.errors import DomainError, NotFound, ProblemsFound, RowChanged
from desktop.services.leases import INSIDE
from desktop.services.numbers import Series, take_number
from desktop.services.payments import NEEDS_REFERENCE
from desktop.services.rights import needs, part
from desktop.services.schedule import PlannedBill, PlannedLine
from desktop.services.transitions import RESERVATION, move
from desktop.services.work import Look, Work

LONGEST = timedelta(days=90)
EARNEST_PERCENT = 20
MONEY_WORDS = {HoldingMoney.NONE: "不收款", HoldingMoney.EARNEST: "定金", HoldingMoney.ADVANCE: "订金"}
_FEES = {HoldingMoney.EARNEST: FeeType.EARNEST, HoldingMoney.ADVANCE: FeeType.ADVANCE}


class RoomHeld(DomainError):
    """The room is held for somebody else in that time; `until` is the last day."""

    def __init__(self, name: str, until: date) -> None:
        super().__init__(f"这间房为{name}留到 {until}：换一间，或先处理那份预订", "room")
        self.name = name
        self.until = until


@dataclass(frozen=True, slots=True)
class ReservationForm:
    """What the reservation dialog gathers. `party_id` or name and phone; `months` is how long they mean to stay."""

    room_id: UUID
    valid_to: date
    party_id: UUID | None = None
    name: str = ""
    phone: str = ""
    enquiry_id: UUID | None = None
    money: HoldingMoney = HoldingMoney.NONE
    amount: Money = NIL
    moves_in_on: date | None = None
    rent: Money | None = None
    """Agreed rent per month, for the limit of the earnest money."""
    months: int = 12


@dataclass(frozen=True, slots=True)
class Reserved:
    """News of a reservation: its number, and the bill of its money."""

    reservation_id: UUID
    number: str
    party_id: UUID
    bill_id: UUID | None
    amount: Money


@dataclass(frozen=True, slots=True)
class ReservationRow:
    """One reservation as pages show it."""

    id: UUID
    version: int
    number: str
    state: ReservationState
    party_id: UUID
    name: str
    room_id: UUID
    room: str
    money: HoldingMoney
    amount: Money
    received: Money
    """Of the amount, what was really paid."""
    valid_from: date
    valid_to: date
    moves_in_on: date | None
    enquiry_id: UUID | None
    bill_id: UUID | None
    close_reason: str

    def run_out(self, today: date) -> bool:
        """Its last day has gone by and nobody has decided what becomes of it."""
        return self.state is ReservationState.HELD and self.valid_to < today

    def moves(self) -> tuple[str, ...]:
        """What may happen to it now; 定金's two fates only where earnest money was received."""
        possible = RESERVATION.possible(self.state)
        if self.money is not HoldingMoney.EARNEST or not self.received:
            possible = tuple(event for event in possible if event not in ("forfeit", "double"))
        return possible


def reservation_problems(form: ReservationForm, today: date) -> dict[str, str]:
    """What is still to be mended, by field."""
    problems: dict[str, str] = {}
    if form.party_id is None:
        asked = enquiries.EnquiryForm(form.name, form.phone)
        problems |= enquiries.enquiry_problems(asked, today)
    if form.valid_to < today:
        problems["valid_to"] = "留到哪天：选今天或以后"
    elif form.valid_to > today + LONGEST:
        problems["valid_to"] = f"最多留 {LONGEST.days} 天，到 {today + LONGEST}：到期可以再延长"
    if form.moves_in_on is not None and form.moves_in_on < today:
        problems["moves_in_on"] = "入住日已经过去，选今天或以后"
    if form.money is HoldingMoney.NONE:
        if form.amount:
            problems["money"] = "收了款就要选：定金，还是订金"
    elif form.amount <= NIL:
        problems["amount"] = f"填写{MONEY_WORDS[form.money]}金额，或改为不收款"
    elif form.money is HoldingMoney.EARNEST:
        limit = earnest_limit(form)
        if limit is None:
            problems["rent"] = "收定金要先填月租和租期：定金不能超过合同总额的两成"
        elif form.amount > limit:
            problems["amount"] = f"定金最多 {limit}（合同总额的 {EARNEST_PERCENT}%）：改少，或改收订金"
    return problems


def earnest_limit(form: ReservationForm) -> Money | None:
    """The most that may be earnest money: 20 % of the contract sum (Civil Code 586), in whole fen, rounded down."""
    if form.rent is None or form.rent <= NIL or form.months < 1:
        return None
    return Money(form.rent.fen * form.months * EARNEST_PERCENT // 100)


# ---- holding a room ------------------------------------------------------------------------------------------------


@needs(Right.RESERVE_ROOMS)
def reserve_room(work: Work, form: ReservationForm) -> Reserved:
    """Hold a room for somebody and post the bill of its money, which the till then takes.

    Raises ProblemsFound, RoomHeld, also when another desk was quicker.
    """
    today = work.world.today()
    if problems := reservation_problems(form, today):
        raise ProblemsFound(problems)
    room = _lock(work, form.room_id)
    if room.condition in (RoomCondition.REPAIR, RoomCondition.OUT_OF_USE):
        raise ProblemsFound({"room": "这间房在维修或停用：换一间，或先恢复使用"})
    period = Period(today, form.valid_to)
    _refuse_held(work, form.room_id, period)
    _refuse_let(work, form.room_id, form.moves_in_on or form.valid_to)
    party_id = form.party_id or enquiries.caller(work, form.name, form.phone)
    row = work.add(
        Reservation(
            number=take_number(work, Series.RESERVATION), state=ReservationState.HELD, enquiry_id=form.enquiry_id,
            party_id=party_id, room_id=form.room_id, money=form.money, amount=form.amount, bill_id=None,
            valid_from=today, valid_to=form.valid_to, moves_in_on=form.moves_in_on, lease_id=None, closed_on=None,
            close_reason=None,
        )
    )  # fmt: skip
    work.session.flush()
    if form.amount:
        row.bill_id = _bill(work, row, "money", _FEES[form.money], form.amount)
    enquiries.follow_enquiry(work, form.enquiry_id, "reserve", {"room_id": form.room_id})
    work.subject_id("room", form.room_id)
    work.record(reservation=row.number, until=form.valid_to.isoformat(), fen=form.amount.fen)
    return Reserved(row.id, row.number, party_id, row.bill_id, form.amount)


@needs(Right.RESERVE_ROOMS)
def extend_reservation(work: Work, reservation_id: UUID, until: date, version: int) -> None:
    """Hold the room some days longer. `version`: of the reservation as it stood on the screen.

    Raises ProblemsFound, ForbiddenMove, RoomHeld, RowChanged when somebody else has extended it meanwhile.
    """
    row = _held(work, reservation_id, "extend")
    if row.version != version:
        by = last_changes(work, "reservation", [reservation_id])
        who, when = timeline.last_act(work, row.room_id)
        raise RowChanged({"valid_to": row.valid_to}, {"valid_to": until}, who, when, by)
    today = work.world.today()
    if not today <= until <= today + LONGEST:
        raise ProblemsFound({"valid_to": f"延长到今天至 {today + LONGEST} 之间的一天"})
    _lock(work, row.room_id)
    _refuse_held(work, row.room_id, Period(min(row.valid_from, until), until), but=row.id)
    row.valid_to = until
    work.subject_id("room", row.room_id)
    work.record(reservation=row.number, until=until.isoformat())


# ---- how it ends ---------------------------------------------------------------------------------------------------


@needs(Right.RESERVE_ROOMS)
def release_reservation(work: Work, reservation_id: UUID, reason: str) -> None:
    """Give the room free where no money was taken; an unpaid bill is taken back. Raises MoneyTaken, ForbiddenMove."""
    row = _held(work, reservation_id, "return")
    if received(work, row.bill_id):
        raise MoneyTaken(MONEY_WORDS[row.money])
    if row.bill_id is not None:
        billing.counter_bills(work, [row.bill_id], "解除预订")
    _close(work, row, "return", reason)


class MoneyTaken(DomainError):
    def __init__(self, word: str) -> None:
        super().__init__(f"已经收了{word}：选退还，或定金不退、双倍返还，由收银员办理")


@needs(Right.TAKE_PAYMENT)
def return_money(
    work: Work, reservation_id: UUID, reason: str, method: PayMethod = PayMethod.CASH, reference: str = ""
) -> payments.PaymentTaken | None:
    """Pay the money back and give the room free. Raises ProblemsFound, ForbiddenMove."""
    row = _held(work, reservation_id, "return")
    _check_reference(method, reference)
    _close(work, row, "return", reason)
    return _net(work, row, [], method, reference, "退还" + MONEY_WORDS[row.money])


@needs(Right.APPROVE_CASES)
def forfeit_earnest(work: Work, reservation_id: UUID, reason: str) -> payments.PaymentTaken | None:
    """The one who paid 定金 withdraws: it stays with the office, as income (Civil Code 587). Raises ForbiddenMove."""
    row = _held(work, reservation_id, "forfeit")
    kept = _earnest(work, row)
    _close(work, row, "forfeit", reason)
    kept_bill = _bill(work, row, "forfeit", FeeType.OTHER, kept, "定金不退")
    return _net(work, row, [kept_bill], PayMethod.CASH, "", "定金不退")


@needs(Right.APPROVE_CASES)
def double_earnest(
    work: Work, reservation_id: UUID, reason: str, method: PayMethod = PayMethod.CASH, reference: str = ""
) -> payments.PaymentTaken | None:
    """The office cannot keep its word: 定金 goes back twice (Civil Code 587). Raises ProblemsFound, ForbiddenMove."""
    row = _held(work, reservation_id, "double")
    _check_reference(method, reference)
    kept = _earnest(work, row)
    _close(work, row, "double", reason)
    again = _bill(work, row, "double", FeeType.OTHER, -kept, "双倍返还定金")
    return _net(work, row, [again], method, reference, "双倍返还定金")


@dataclass(frozen=True, slots=True)
class Signed:
    """Somebody signed a lease: room, tenant, and the bills due at signing."""

    room_id: UUID
    party_id: UUID
    lease_id: UUID
    due_now: Sequence[UUID]


@part
def become_leases(work: Work, signed: Sequence[Signed]) -> dict[UUID, Money]:
    """Those a room was held for sign: what they paid is set off against the bills due at signing (Civil Code 587).

    What is above these bills stands to their credit. Returns what remains to be paid now, of leases that were reserved.
    """
    rooms = {each.room_id: each for each in signed}
    left: dict[UUID, Money] = {}
    for row in work.session.scalars(
        sa.select(Reservation)
        .where(
            Reservation.room_id.in_(rooms), Reservation.state == ReservationState.HELD, Reservation.deleted_at.is_(None)
        )
        .order_by(Reservation.created_at, Reservation.id)
    ):
        lease = rooms[row.room_id]
        if row.party_id != lease.party_id:
            continue
        row.state = move(RESERVATION, row.state, "lease")
        row.lease_id, row.closed_on = lease.lease_id, work.world.today()
        enquiries.follow_enquiry(work, row.enquiry_id, "lease", {"lease_id": lease.lease_id})
        done = _net(work, row, lease.due_now, PayMethod.CASH, "", f"{MONEY_WORDS[row.money]}抵作首期款", credit=True)
        if done is not None:
            left[lease.lease_id] = done.still_owed
    return left


def _held(work: Work, reservation_id: UUID, event: str) -> Reservation:
    """The reservation, locked, when the event may happen to it. Raises NotFound, ForbiddenMove."""
    row = work.session.scalar(
        sa.select(Reservation)
        .where(Reservation.id == reservation_id, Reservation.deleted_at.is_(None))
        .with_for_update()
    )
    if row is None:
        raise NotFound("这份预订")
    move(RESERVATION, row.state, event)
    return row


def _close(work: Work, row: Reservation, event: str, reason: str) -> None:
    if len(reason.strip()) < 2:
        raise ProblemsFound({"reason": "写明原因，例如 客户改租别处"})
    row.state = move(RESERVATION, row.state, event)
    row.closed_on, row.close_reason = work.world.today(), reason.strip()
    enquiries.follow_enquiry(work, row.enquiry_id, "release")
    work.subject_id("room", row.room_id)
    work.record(reservation=row.number, end=event, reason=reason.strip())


def _check_reference(method: PayMethod, reference: str) -> None:
    if method in NEEDS_REFERENCE and not reference.strip():
        raise ProblemsFound({"reference": "填写退款的流水号或单号后几位，日后好对账"})


def _earnest(work: Work, row: Reservation) -> Money:
    if row.money is not HoldingMoney.EARNEST:
        raise DomainError("订金不适用定金规则：只能退还")
    kept = received(work, row.bill_id)
    if not kept:
        raise DomainError("还没有收到定金：解除预订就可以了")
    return kept


def _bill(work: Work, row: Reservation, key: str, fee: FeeType, amount: Money, title: str = "") -> UUID:
    """A bill around the reservation: its money, or what its end makes of it."""
    today = work.world.today()
    word = title or billing.FEE_WORDS[fee]
    yuan = Decimal(amount.fen) / 100
    line = PlannedLine(f"{key}:line", fee, None, Decimal(1), "笔", yuan, amount, "", (f"预订 {row.number}",))
    planned = PlannedBill(key, 0, fee, None, today, (line,))
    order = billing.BillOrder(row.party_id, row.room_id, [planned], f"reservation:{row.id.hex}", title=word)
    return billing.put_bills(work, [order])[0]


def _net(
    work: Work, row: Reservation, against: Sequence[UUID], method: PayMethod, reference: str, why: str, *,
    credit: bool = False,
) -> payments.PaymentTaken | None:  # fmt: skip
    """Take the liability back and set it off against bills; what is left is paid out, or stands to their credit."""
    if row.bill_id is None:
        return None
    if not received(work, row.bill_id):
        billing.counter_bills(work, [row.bill_id], why)
        return None
    billing.counter_bills(work, [row.bill_id], why, even_paid=True)
    netting = payments.Netting(row.party_id, [row.bill_id, *against], method, reference, why, credit)
    return payments.put_nettings(work, [netting])[0]


# ---- who stands in the way -----------------------------------------------------------------------------------------


def _lock(work: Work, room_id: UUID) -> Room:
    """The room as it stands now, locked: two desks cannot hold it for two people, nor one hold what another splits."""
    room = work.take(Room, room_id)
    if room.retired_on is not None and room.retired_on <= work.world.today():
        raise ProblemsFound({"room": "这间房刚被拆分、合并或注销：刷新（F5）后换一间"})
    return room


def _refuse_held(look: Look, room_id: UUID, period: Period, but: UUID | None = None) -> None:
    for row in holding(look, [room_id], period):
        if row.id != but:
            raise RoomHeld(row.name, row.valid_to)


@part
def holding(look: Look, room_ids: Sequence[UUID], period: Period) -> list[ReservationRow]:
    """Reservations that hold one of these rooms on a day of the period."""
    query = _query().where(
        Reservation.room_id.in_(room_ids), Reservation.state == ReservationState.HELD,
        Reservation.valid_from <= period.end, Reservation.valid_to >= period.start,
    )  # fmt: skip
    return _rows(look, query.order_by(Reservation.valid_from, Reservation.id))


def _refuse_let(look: Look, room_id: UUID, day: date) -> None:
    """Nobody else may have the room on the day somebody wants to move in."""
    found = look.session.execute(
        sa.select(Party.name, LeaseRoom.valid_to)
        .join(Lease, Lease.id == LeaseRoom.lease_id)
        .join(LeaseParty, (LeaseParty.lease_id == Lease.id) & (LeaseParty.role == LeaseRole.TENANT))
        .join(Party, Party.id == LeaseParty.party_id)
        .where(
            LeaseRoom.room_id == room_id, LeaseRoom.deleted_at.is_(None), LeaseRoom.valid_from <= LeaseRoom.valid_to,
            Lease.deleted_at.is_(None), Lease.state.in_((*INSIDE, LeaseState.SIGNED, LeaseState.DRAFT)),
            LeaseRoom.valid_to >= day,
        )
        .order_by(LeaseRoom.valid_from)
        .limit(1)
    ).first()  # fmt: skip
    if found is not None:
        raise ProblemsFound({"moves_in_on": f"{found.name}租到 {found.valid_to}：入住日改到之后，或换一间"})


@part
def received(look: Look, bill_id: UUID | None) -> Money:
    """What was really paid on the bill of a reservation."""
    if bill_id is None:
        return NIL
    amounts = look.session.scalars(sa.select(Allocation.amount).where(Allocation.bill_id == bill_id))
    return Money(sum(amount.fen for amount in amounts))


# ---- reading -------------------------------------------------------------------------------------------------------


@needs(Right.SEE_PARTIES)
def reservation_of(look: Look, reservation_id: UUID) -> ReservationRow:
    """One reservation, for its dialogs. Raises NotFound."""
    found = _rows(look, _query().where(Reservation.id == reservation_id))
    if not found:
        raise NotFound("这份预订")
    return found[0]


@needs(Right.SEE_BOARD)
def reservations_of(look: Look, *, room_id: UUID | None = None, party_id: UUID | None = None) -> list[ReservationRow]:
    """Reservations of a room or person, the running one first."""
    which = Reservation.room_id == room_id if room_id is not None else Reservation.party_id == party_id
    held = sa.case((Reservation.state == ReservationState.HELD, 0), else_=1)
    return _rows(look, _query().where(which).order_by(held, Reservation.created_at.desc()).limit(50))


@needs(Right.SEE_BOARD)
def run_out(look: Look) -> list[ReservationRow]:
    """Reservations whose last day has gone by: somebody must decide."""
    query = _query().where(Reservation.state == ReservationState.HELD, Reservation.valid_to < look.world.today())
    return _rows(look, query.order_by(Reservation.valid_to).limit(200))


def _query() -> Any:
    return (
        sa.select(Reservation, Party.name, Building.name, Room.number)
        .join(Party, Party.id == Reservation.party_id)
        .join(Room, Room.id == Reservation.room_id)
        .join(Building, Building.id == Room.building_id)
        .where(Reservation.deleted_at.is_(None))
    )


def _rows(look: Look, query: Any) -> list[ReservationRow]:
    found = look.session.execute(query).all()
    bills = [row.bill_id for row, *_ in found if row.bill_id is not None]
    paid: dict[UUID, int] = {}
    for bill_id, amount in look.session.execute(
        sa.select(Allocation.bill_id, Allocation.amount).where(Allocation.bill_id.in_(bills))
    ):
        paid[bill_id] = paid.get(bill_id, 0) + amount.fen
    return [
        ReservationRow(
            row.id, row.version, row.number, row.state, row.party_id, name, row.room_id, f"{building} {number}",
            row.money, row.amount, Money(paid.get(row.bill_id, 0)) if row.bill_id is not None else NIL, row.valid_from,
            row.valid_to, row.moves_in_on, row.enquiry_id, row.bill_id, row.close_reason or "",
        )
        for row, name, building, number in found
    ]  # fmt: skip
