"""Bills 账单: planned by `schedule`, posted here by the same function at check-in and in a bill run, never edited."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from desktop.models.base import table_of
from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.parties import Party
from desktop.models.payments import Allocation, Payment, Receipt
from desktop.models.places import Building, Room
from desktop.models.values import LIABILITY_FEES, NIL, Account, FeeType, Money, Period, Right, total
from desktop.services import derived, journal, narrowing
from desktop.services.asked import Asked
from desktop.services.bill_locks import lock_bills
from desktop.services.errors import DomainError, NotFound
from desktop.services.rights import needs, part
from desktop.services.schedule import PlannedBill, PlannedLine
from desktop.services.work import Look, Work

FEE_WORDS: dict[FeeType, str] = {
    FeeType.RENT: "租金", FeeType.DEPOSIT: "押金", FeeType.PROPERTY_FEE: "物业费", FeeType.WATER: "水费",
    FeeType.ELECTRICITY: "电费", FeeType.GAS: "燃气费", FeeType.INTERNET: "网费", FeeType.PARKING: "停车费",
    FeeType.RUBBISH: "垃圾费", FeeType.KEY_DEPOSIT: "钥匙押金", FeeType.EARNEST: "定金", FeeType.ADVANCE: "订金",
    FeeType.LATE_FEE: "违约金", FeeType.DAMAGE: "赔偿金", FeeType.HEATING: "供暖费", FeeType.OTHER: "其他",
}  # fmt: skip

LINE_COLUMNS = (
    "id", "bill_id", "debtor_id", "room_id", "lease_id", "fee_type", "period_start", "period_end", "quantity", "unit",
    "unit_price", "amount", "tax_rate", "source_key", "reverses_id", "explanation", "fee_item_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BillOrder:
    """Bills to be posted for one debtor, with what they are about. `source` makes each of them exactly once."""

    debtor_id: UUID
    room_id: UUID | None
    planned: Sequence[PlannedBill]
    source: str
    lease_id: UUID | None = None
    title: str = ""
    """What the clerk calls it where the fee type alone says too little: 定金不退."""


def lease_bills(lease_id: UUID, debtor_id: UUID, room_id: UUID, planned: Sequence[PlannedBill]) -> BillOrder:
    """Bills of one lease to be posted."""
    return BillOrder(debtor_id, room_id, planned, f"lease:{lease_id.hex}", lease_id)


@part
def put_bills(
    work: Work, orders: Iterable[BillOrder], issued_on: date | None = None, run_id: UUID | None = None
) -> list[UUID]:
    """Post planned bills: rows, journal, open amounts. Bills already posted (same source key) are skipped.

    The one way a bill comes to be; preview is `schedule.plan_bills`, which is also what is posted.
    """
    wanted = {f"{order.source}:{planned.source_key}": (order, planned) for order in orders for planned in order.planned}
    known = _known_sources(work, list(wanted))
    day = issued_on or work.world.today()
    bills, lines, entries, balances = [], list[tuple[Any, ...]](), [], []
    fresh = [(source, *ordered) for source, ordered in wanted.items() if source not in known]
    ids = work.world.new_ids(len(fresh))
    for bill_id, (source, order, planned) in zip(ids, fresh, strict=True):
        bills.append(
            (
                bill_id,
                order.debtor_id,
                order.lease_id,
                order.room_id,
                day,
                planned.due,
                order.title or bill_title(planned),
                source,
                run_id,
            )
        )
        where = (bill_id, order.debtor_id, order.room_id, order.lease_id)
        lines += [_line_row(work, where, line, f"{order.source}:{line.source_key}") for line in planned.lines]
        entries.append(journal.Entry(day, "bill", bill_id, _sides(order, planned)))
        balances.append((bill_id, order.debtor_id, order.lease_id, order.room_id, planned.due, planned.money))
    work.insert_many(
        Bill, ["id", "debtor_id", "lease_id", "room_id", "issued_on", "due", "title", "source_key", "run_id"], bills
    )
    work.insert_many(BillLine, LINE_COLUMNS, lines)
    journal.post(work, entries)
    derived.add_balances(work.session, balances)
    return ids


def _line_row(
    work: Work, where: tuple[UUID, UUID, UUID | None, UUID | None], line: PlannedLine, source: str
) -> tuple[Any, ...]:
    """A planned line as it is stored; `where`: its bill, debtor, room and lease."""
    start, end = (line.period.start, line.period.end) if line.period else (None, None)
    return (
        work.world.new_id(), *where, line.fee_type, start, end, line.quantity, line.unit, line.unit_price, line.money,
        line.tax_rate, source, None, _explanation(line.note, line.why), line.fee_item_id,
    )  # fmt: skip


def _known_sources(look: Look, sources: Sequence[str]) -> set[str]:
    return {row.source_key for row in _KNOWN.rows(look.session.connection(), sources)}


_KNOWN = Asked(lambda one_of: sa.select(Bill.source_key).where(one_of(Bill.source_key)))


def bill_title(planned: PlannedBill) -> str:
    """What the clerk calls a bill of a lease: 租金 第 3 期, 物业费 2026-11."""
    word = FEE_WORDS[planned.fee_type]
    if planned.fee_type is FeeType.RENT:
        return f"{word} {planned.title}"
    if planned.period is not None:
        return f"{word} {planned.period.start:%Y-%m}"
    return word


def _explanation(note: str, why: Sequence[str]) -> list[str]:
    return [*([note] if note else []), *why]


def _sides(order: BillOrder, planned: PlannedBill) -> list[journal.Side]:
    where = (order.debtor_id, order.room_id, order.lease_id)
    return [side for line in planned.lines for side in _line_sides(line.fee_type, line.money, *where)]


@part
def counter_bills(work: Work, bill_ids: Sequence[UUID], why: str, *, even_paid: bool = False) -> Money:
    """Take back bills by counter-lines, which stand beside the lines they undo; what was taken back.

    Raises BillPaid for a bill on which money was taken, which is reversed first; with `even_paid` the bill then shows
    what is owed to the tenant as a negative open amount, for the settlement to pay out.
    """
    if not bill_ids:
        return NIL
    taken_back, rows, entries, touched = NIL, list[tuple[Any, ...]](), list[journal.Entry](), list[UUID]()
    connection, day = work.session.connection(), work.world.today()
    bills = _TO_COUNTER.rows(connection, bill_ids)
    used = {bill_id for bill_id, amount in _PAID.rows(connection, bill_ids) if _money(amount) != NIL}
    lines: dict[UUID, list[Any]] = {}
    for line in _LINES.rows(connection, bill_ids):
        lines.setdefault(line.bill_id, []).append(line)
    for bill in bills:
        if not even_paid and bill.id in used:
            raise BillPaid(bill.title)
        undone = {line.reverses_id for line in lines[bill.id] if line.reverses_id is not None}
        sides: list[journal.Side] = []
        for line in lines[bill.id]:
            if line.reverses_id is not None or line.id in undone:
                continue
            taken_back += line.amount
            rows.append(_counter_row(work, line, why))
            sides += _line_sides(line.fee_type, -line.amount, line.debtor_id, line.room_id, line.lease_id)
        if sides:
            entries.append(journal.Entry(day, "bill", bill.id, sides))
            touched.append(bill.id)
    work.insert_many(BillLine, LINE_COLUMNS, rows)
    journal.post(work, entries)
    derived.refresh_balances(work.session, touched)
    return taken_back


_TO_COUNTER = Asked(
    lambda one_of: sa.select(Bill.id, Bill.title).where(one_of(Bill.id)).order_by(Bill.id).with_for_update()
)
_PAID = Asked(
    lambda one_of: (
        sa.select(Allocation.bill_id, sa.func.sum(Allocation.amount))
        .where(one_of(Allocation.bill_id))
        .group_by(Allocation.bill_id)
    )
)
_LINES = Asked(
    lambda one_of: (
        sa.select(*(table_of(BillLine).columns[name] for name in LINE_COLUMNS))
        .where(one_of(table_of(BillLine).c.bill_id))
        .order_by(table_of(BillLine).c.id)
    )
)


@dataclass(frozen=True, slots=True)
class Rerating:
    """A posted bill that comes out differently now: lines to be taken back, and those that take their place."""

    bill_id: UUID
    take_back: Sequence[UUID]
    lines: Sequence[PlannedLine]
    source: str
    """Of the new lines, which the bill has never used before."""
    why: str


@part
def rerate_bills(work: Work, reratings: Sequence[Rerating]) -> Money:
    """Put bills right by counter-lines and new lines beside them; nothing is edited. What it adds to what is owed.

    A bill that was paid too much then has a negative open amount, which the next payment sets off. The bills are
    locked by their debtor's next payment, not here: a counter-line and a payment at once both count.
    """
    bill_ids = [each.bill_id for each in reratings]
    connection, day = work.session.connection(), work.world.today()
    lock_bills(connection, bill_ids)
    of_bill: dict[UUID, dict[UUID, Any]] = {}
    for line in _LINES.rows(connection, bill_ids):
        of_bill.setdefault(line.bill_id, {})[line.id] = line
    added, rows, entries = NIL, list[tuple[Any, ...]](), list[journal.Entry]()
    for each in reratings:
        lines = of_bill[each.bill_id]
        first = next(iter(lines.values()))
        where = (each.bill_id, first.debtor_id, first.room_id, first.lease_id)
        sides: list[journal.Side] = []
        for line in (lines[line_id] for line_id in each.take_back):
            rows.append(_counter_row(work, line, each.why))
            sides += _line_sides(line.fee_type, -line.amount, *where[1:])
            added -= line.amount
        for planned in each.lines:
            rows.append(_line_row(work, where, planned, f"{each.source}:{planned.source_key}"))
            sides += _line_sides(planned.fee_type, planned.money, *where[1:])
            added += planned.money
        entries.append(journal.Entry(day, "bill", each.bill_id, sides))
    work.insert_many(BillLine, LINE_COLUMNS, rows)
    journal.post(work, entries)
    derived.refresh_balances(work.session, bill_ids)
    return added


def _counter_row(work: Work, line: Any, why: str) -> tuple[Any, ...]:
    return (
        work.world.new_id(), line.bill_id, line.debtor_id, line.room_id, line.lease_id, line.fee_type,
        line.period_start, line.period_end, line.quantity, line.unit, line.unit_price, -line.amount,
        line.tax_rate, f"{line.source_key}:counter", line.id, [why], line.fee_item_id,
    )  # fmt: skip


def _line_sides(
    fee_type: FeeType, amount: Money, debtor_id: UUID, room_id: UUID | None, lease_id: UUID | None
) -> list[journal.Side]:
    """A billed line in the journal: owed, and either earned or, of a deposit, asked for."""
    account = Account.DEPOSIT_BILLED if fee_type in LIABILITY_FEES else Account.INCOME
    return [
        journal.Side(Account.RECEIVABLE, amount, fee_type, None, None, debtor_id, room_id, lease_id),
        journal.Side(account, -amount, fee_type, None, None, debtor_id, room_id, lease_id),
    ]


class BillPaid(DomainError):
    """Money was taken on the bill; `title` is what the clerk calls it."""

    def __init__(self, title: str) -> None:
        super().__init__(f"{title}已收过款：先冲红收款，再撤销账单")
        self.title = title


def _amount_of(look: Look, ids: Sequence[UUID]) -> Money:
    return total(row.owed for row in _OWED.rows(look.session.connection(), ids))


_OWED = Asked(lambda one_of: sa.select(BillBalance.owed).where(one_of(BillBalance.bill_id)))


# ---- showing -----------------------------------------------------------------------------------------------------


class BillRow(NamedTuple):
    """A bill in a list."""

    id: UUID
    title: str
    fee_type: FeeType
    detail: str
    """11-01 至 11-30, or 250 度 × 0.64."""
    debtor_id: UUID
    debtor: str
    room: str
    lease_id: UUID | None
    due: date
    amount: Money
    owed: Money

    def overdue_days(self, today: date) -> int:
        """Days past due while something is open; 0 otherwise. The due date itself is not late."""
        return max(0, (today - self.due).days) if self.owed.fen > 0 else 0


@dataclass(frozen=True, slots=True)
class BillLineRow:
    """One line of a bill, with the arithmetic in words."""

    id: UUID
    fee_type: FeeType
    period: Period | None
    quantity: Decimal | None
    unit: str | None
    unit_price: Decimal | None
    amount: Money
    paid: Money
    explanation: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BillPage:
    """Everything the bill page shows."""

    row: BillRow
    lines: tuple[BillLineRow, ...]
    issued_on: date
    room_id: UUID | None
    payments: tuple[tuple[UUID, str, date, Money], ...]
    """(payment, receipt number, date, amount) that paid on it, reversals included."""
    source: str
    """What made it: begins with "lease:", "fee:", "meter:", "oneoff:"."""


def _bill_query() -> Any:
    return (
        sa.select(
            Bill.id, Bill.title, Bill.debtor_id, Party.name.label("debtor"), Building.name.label("building"),
            Room.number.label("room"), Bill.lease_id, Bill.due, BillBalance.owed, Bill.room_id, Bill.issued_on,
            Bill.source_key,
        )
        .join(BillBalance, BillBalance.bill_id == Bill.id)
        .join(Party, Party.id == Bill.debtor_id)
        .outerjoin(Room, Room.id == Bill.room_id)
        .outerjoin(Building, Building.id == Room.building_id)
    )  # fmt: skip


_FACTS = Asked(
    lambda one_of: sa.select(
        BillLine.bill_id, BillLine.fee_type, BillLine.amount, BillLine.period_start, BillLine.period_end
    ).where(one_of(BillLine.bill_id))
)


def _rows(look: Look, found: Sequence[Any]) -> list[BillRow]:
    """Bills as they stand in a list. Their lines are asked for by themselves: summed up in the same statement, both
    engines sum up every line of the office first."""
    facts: dict[UUID, list[Any]] = {}
    for line in _FACTS.rows(look.session, [bill.id for bill in found]):
        facts.setdefault(line.bill_id, []).append(line)
    return [_row(bill, facts[bill.id]) for bill in found]


def _row(bill: Any, lines: Sequence[Any]) -> BillRow:
    start = min((line.period_start for line in lines if line.period_start), default=None)
    end = max((line.period_end for line in lines if line.period_end), default=None)
    detail = f"{start:%m-%d} 至 {end:%m-%d}" if start and end else ""
    room = f"{bill.building} {bill.room}" if bill.room else ""
    return BillRow(
        bill.id, bill.title, min(line.fee_type for line in lines), detail, bill.debtor_id, bill.debtor, room,
        bill.lease_id, bill.due, total(line.amount for line in lines), bill.owed,
    )  # fmt: skip


def _money(value: Any) -> Money:
    return value if isinstance(value, Money) else Money(int(value))


@needs(Right.SEE_BILLS)
def bills_of(
    look: Look, *, party_id: UUID | None = None, lease_id: UUID | None = None, room_id: UUID | None = None,
    open_only: bool = False, limit: int = 200,
) -> list[BillRow]:  # fmt: skip
    """Bills of a party, lease or room: the open ones in order of due date, the settled ones newest first behind
    them."""
    query = _bill_query()
    if party_id is not None:
        query = query.where(Bill.debtor_id == party_id)
    if lease_id is not None:
        query = query.where(Bill.lease_id == lease_id)
    if room_id is not None:
        query = query.where(BillBalance.room_id == room_id)  # which has an index by room, and the bills have none
    found = list(look.session.execute(query.where(narrowing.OPEN).order_by(Bill.due, Bill.id).limit(limit)))
    if not open_only and len(found) < limit:
        settled = query.where(narrowing.SETTLED).order_by(Bill.due.desc(), Bill.id.desc()).limit(limit - len(found))
        found += look.session.execute(settled)
    return _rows(look, found)


@needs(Right.SEE_BILLS)
def bill_page(look: Look, bill_id: UUID) -> BillPage:
    """One bill with its lines, their arithmetic and what paid on it. Raises NotFound."""
    found = look.session.execute(_bill_query().where(Bill.id == bill_id)).first()
    if found is None:
        raise NotFound("这张账单")
    paid: dict[UUID, Money] = {}
    for line_id, amount in look.session.execute(
        sa.select(Allocation.bill_line_id, sa.func.sum(Allocation.amount))
        .where(Allocation.bill_id == bill_id)
        .group_by(Allocation.bill_line_id)
    ):
        paid[line_id] = _money(amount)
    lines = tuple(
        BillLineRow(
            line.id, line.fee_type, Period(line.period_start,
            line.period_end) if line.period_start and line.period_end else None,
            line.quantity, line.unit, line.unit_price, line.amount, paid.get(line.id, NIL),
            tuple(line.explanation or ()),
        )
        for line in look.session.scalars(sa.select(BillLine).where(BillLine.bill_id == bill_id).order_by(BillLine.id))
    )  # fmt: skip
    # A void payment has no receipt of its own: it is told by the one it made void.
    told_by = sa.func.coalesce(sa.case((Payment.kind == sa.literal_column("'void'"), Payment.reverses_id)), Payment.id)
    payments = tuple(
        (payment_id, number, day, _money(amount))
        for payment_id, number, day, amount in look.session.execute(
            sa.select(told_by, Receipt.number, Payment.business_date, sa.func.sum(Allocation.amount))
            .join(Allocation, Allocation.payment_id == Payment.id)
            .join(Receipt, Receipt.payment_id == told_by)
            .where(Allocation.bill_id == bill_id)
            .group_by(Payment.id, told_by, Receipt.number, Payment.business_date)
            .order_by(Payment.business_date, Payment.id)
        )
    )
    return BillPage(_rows(look, [found])[0], lines, found.issued_on, found.room_id, payments, found.source_key)


@part
def owed_of(look: Look, bill_ids: Sequence[UUID]) -> Money:
    """What is open of some bills together."""
    return _amount_of(look, bill_ids)
