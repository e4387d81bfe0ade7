"""Statements 对账单 of a party or a room: every movement of its account over a period, with the balance after each.

All of it is read from the journal, so what a statement ends with is what is open. Three sections stand apart: charges
(rent and fees) and what was paid of them, deposits 押金 as asked for, paid and held, and the credit 预存 of a party.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.journal import JournalEntry, Posting
from desktop.models.parties import Party
from desktop.models.payments import Allocation, Payment, PaymentKind, Receipt, Tender
from desktop.models.places import Building, Room
from desktop.models.values import LIABILITY_FEES, NIL, Account, Money, Right
from desktop.services.asked import Asked
from desktop.services.errors import DomainError, NotFound, ProblemsFound
from desktop.services.leases import rooms_of_parties
from desktop.services.paper.statement import Movement, Section, StatementPaper
from desktop.services.payments import METHOD_WORDS
from desktop.services.rights import needs, part
from desktop.services.work import Look

MOST = 5_000
"""Movements in one statement: a hundred pages."""
_MOST_TITLES = 3
_ACCOUNTS = (Account.RECEIVABLE, Account.DEPOSIT_HELD, Account.PREPAID)


@dataclass(frozen=True, slots=True)
class StatementWanted:
    """Whose statement, and of which days (both counted): of a party or of a room, one of the two."""

    since: date
    until: date
    party_id: UUID | None = None
    room_id: UUID | None = None


def statement_problems(wanted: StatementWanted) -> dict[str, str]:
    """What is to be mended of the days, by field."""
    return {"until": "止日早于起日：改其中一个"} if wanted.since > wanted.until else {}


class TooLong(DomainError):
    """More movements than a statement holds; `rows` are there."""

    def __init__(self, rows: int) -> None:
        super().__init__(f"这段时间有 {rows:,} 笔分录，一份对账单最多 {MOST:,} 笔：把期间缩短些")
        self.rows = rows


@needs(Right.SEE_BILLS)
def statement_of(look: Look, wanted: StatementWanted) -> StatementPaper:
    """The statement, from the journal. Raises ProblemsFound, NotFound, TooLong."""
    return read_statement(look, wanted)


@part
def read_statement(look: Look, wanted: StatementWanted) -> StatementPaper:
    """`statement_of` inside another function."""
    if problems := statement_problems(wanted):
        raise ProblemsFound(problems)
    who, about = _named(look, wanted)
    mine = _postings_of(wanted)
    opening = _opening(look, wanted, mine)
    events = _events(look, wanted, mine)
    words = _Words(look, events)
    deposits = _section(words, events, "deposits", opening)
    held = opening["held"]
    return StatementPaper(
        office=look.office.organisation, who=who, about=about, since=wanted.since, until=wanted.until,
        made_on=look.world.today(), charges=_section(words, events, "charges", opening),
        deposits=Section(
            deposits.opening, deposits.movements, deposits.closing, held,
            deposits.movements[-1].held if deposits.movements else held,
        ),
        credit=_section(words, events, "credit", opening) if wanted.party_id is not None else None,
    )  # fmt: skip


def _named(look: Look, wanted: StatementWanted) -> tuple[str, str]:
    if wanted.party_id is not None:
        party = look.get(Party, wanted.party_id)
        return party.name, "、".join(rooms_of_parties(look, [party.id]).get(party.id, ()))
    row = look.session.execute(
        sa.select(Building.name, Room.number)
        .join(Room, Room.building_id == Building.id)
        .where(Room.id == wanted.room_id)
    ).one_or_none()
    if row is None:
        raise NotFound("这间房")
    return f"{row.name} {row.number}", ""


# ---- the journal -----------------------------------------------------------------------------------------------------


def _postings_of(wanted: StatementWanted) -> sa.ColumnElement[bool]:
    """Which postings are the account. A room has no index among postings: it is reached through its bills."""
    if wanted.party_id is not None:
        return sa.and_(Posting.party_id == wanted.party_id, Posting.account.in_(_ACCOUNTS))
    bills = sa.select(BillBalance.bill_id).where(BillBalance.room_id == wanted.room_id)
    payments = sa.select(Allocation.payment_id).where(Allocation.bill_id.in_(bills))
    entries = sa.union(
        sa.select(JournalEntry.id).where(JournalEntry.subject_id.in_(bills)),
        sa.select(JournalEntry.id).where(JournalEntry.subject_id.in_(payments)),
    )
    return sa.and_(
        Posting.entry_id.in_(entries), Posting.room_id == wanted.room_id,
        Posting.account.in_((Account.RECEIVABLE, Account.DEPOSIT_HELD)),
    )  # fmt: skip


_LIABILITY: sa.ColumnElement[bool] = Posting.fee_type.in_(LIABILITY_FEES)
_FEN: Any = sa.type_coerce(Posting.amount, sa.BigInteger)


def _opening(look: Look, wanted: StatementWanted, mine: sa.ColumnElement[bool]) -> dict[str, Money]:
    """What stood on each section before the first day."""
    found = {"charges": NIL, "deposits": NIL, "held": NIL, "credit": NIL}
    liability = sa.case((_LIABILITY, 1), else_=0)
    for account, deposit, fen in look.session.execute(
        sa.select(Posting.account, liability, sa.func.sum(_FEN))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(mine, JournalEntry.business_date < wanted.since)
        .group_by(Posting.account, liability)
    ):
        name, sign = _place(account, bool(deposit))
        found[name] += Money(int(fen) * sign)
    return found


def _place(account: Account, deposit: bool) -> tuple[str, int]:
    """(section, sign): held money and credit are liabilities, shown as what is there."""
    if account is Account.RECEIVABLE:
        return ("deposits" if deposit else "charges"), 1
    return ("held" if account is Account.DEPOSIT_HELD else "credit"), -1


@dataclass(slots=True)
class _Event:
    """One entry of the journal, as far as it is about this account."""

    id: UUID
    day: date
    table: str
    subject_id: UUID
    sums: dict[str, list[Money]] = field(default_factory=dict)
    """{section: [what added, what lessened]}, both positive."""

    def net(self, section: str) -> Money:
        plus, less = self.sums.get(section, (NIL, NIL))
        return plus - less


def _events(look: Look, wanted: StatementWanted, mine: sa.ColumnElement[bool]) -> list[_Event]:
    """The entries of the period, in the order of days and of the journal."""
    rows = look.session.execute(
        sa.select(
            JournalEntry.id, JournalEntry.business_date, JournalEntry.subject_table, JournalEntry.subject_id,
            Posting.account, Posting.fee_type, Posting.amount,
        )
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(mine, JournalEntry.business_date.between(wanted.since, wanted.until))
        .order_by(JournalEntry.business_date, JournalEntry.id, Posting.id)
        .limit(4 * MOST)
    ).all()  # fmt: skip
    events: dict[UUID, _Event] = {}
    for row in rows:
        event = events.get(row.id)
        if event is None:
            event = _Event(row.id, row.business_date, row.subject_table, row.subject_id)
            events[row.id] = event
        name, sign = _place(row.account, row.fee_type in LIABILITY_FEES)
        sums = event.sums.setdefault(name, [NIL, NIL])
        amount = row.amount if sign > 0 else -row.amount
        sums[amount < NIL] += abs(amount)
    if len(events) > MOST or len(rows) >= 4 * MOST:
        raise TooLong(max(len(events), len(rows)))
    return list(events.values())


# ---- sections --------------------------------------------------------------------------------------------------------


def _section(words: _Words, events: Sequence[_Event], name: str, opening: dict[str, Money]) -> Section:
    balance, held = opening[name], opening["held"]
    movements = []
    for event in events:
        changed = event.net("held") if name == "deposits" else NIL
        held += changed
        parts = list(_parts(event, name))
        for at, (plus, less) in enumerate(parts):
            balance += plus - less
            last = at == len(parts) - 1
            movements.append(words.movement(event, plus, less, balance, held if last else held - changed))
        if changed and not parts:
            movements.append(words.movement(event, NIL, NIL, balance, held))
    return Section(opening[name], tuple(movements), balance)


def _parts(event: _Event, name: str) -> Iterable[tuple[Money, Money]]:
    """A bill that takes lines back and rates them anew shows both; a payment is one sum."""
    if name not in event.sums:
        return
    plus, less = event.sums[name]
    if event.table == "bill":
        if less:
            yield NIL, less
        if plus:
            yield plus, NIL
        return
    net = plus - less
    yield (net, NIL) if net > NIL else (NIL, -net)


# ---- in words --------------------------------------------------------------------------------------------------------


class _Words:
    """What the entries were about, read for all of them at once."""

    def __init__(self, look: Look, events: Sequence[_Event]) -> None:
        connection = look.session.connection()
        bills = {event.subject_id for event in events if event.table == "bill"}
        payments = {event.subject_id for event in events if event.table == "payment"}
        self._payments = {row.id: row for row in _PAYMENTS.rows(connection, payments)}
        self._methods: dict[UUID, list[str]] = {}
        for row in _TENDERS.rows(connection, payments):
            self._methods.setdefault(row.payment_id, []).append(METHOD_WORDS[row.method])
        self._paid: dict[UUID, dict[UUID, None]] = {}
        for row in _ALLOCATED.rows(connection, payments):
            self._paid.setdefault(row.payment_id, {})[row.bill_id] = None
        asked = bills | {bill_id for paid in self._paid.values() for bill_id in paid}
        self._bills = {row.id: row for row in _BILLS.rows(connection, asked)}
        self._periods = {row.bill_id: row for row in _PERIODS.rows(connection, bills)}
        self._whys: dict[UUID, str] = {}
        for row in _COUNTERS.rows(connection, bills):
            self._whys[row.bill_id] = "；".join(str(each) for each in row.explanation or ())

    def movement(self, event: _Event, plus: Money, less: Money, balance: Money, held: Money) -> Movement:
        what, number, detail = self._bill(event, less) if event.table == "bill" else self._payment(event)
        return Movement(event.day, what, number, detail, plus, less, balance, held, event.table, event.subject_id)

    def _bill(self, event: _Event, less: Money) -> tuple[str, str, str]:
        bill = self._bills.get(event.subject_id)
        title = bill.title if bill is not None else ""
        if less:
            return f"冲回 {title}", "", self._whys.get(event.subject_id, "")
        row = self._periods.get(event.subject_id)
        period = f"{row.first} 至 {row.last}" if row is not None and row.first and row.last else ""
        return title, "", period

    def _payment(self, event: _Event) -> tuple[str, str, str]:
        row = self._payments[event.subject_id]
        titles = [self._bills[bill_id].title for bill_id in self._paid.get(row.id, {}) if bill_id in self._bills]
        more = f" 等 {len(titles)} 笔" if len(titles) > _MOST_TITLES else ""
        paid = "、".join(titles[:_MOST_TITLES]) + more
        methods = "、".join(dict.fromkeys(self._methods.get(row.id, ())))
        others = {bill.debtor for bill_id in self._paid.get(row.id, {}) if (bill := self._bills.get(bill_id))} - {
            row.name
        }
        by = f"{row.name} 代交" if others else ""
        rounded = f"含抹零 {row.rounding}" if row.rounding else ""
        reason = row.reason or ""
        what = {
            PaymentKind.PAYMENT: "收款",
            PaymentKind.REVERSAL: "冲红",
            PaymentKind.VOID: "作废",
            PaymentKind.REFUND: "退款" if row.amount else "抵扣",
        }[row.kind]
        detail = " · ".join(each for each in (methods, by, paid, rounded, reason) if each)
        return what, row.number or "", detail


_PAYMENTS = Asked(
    lambda one_of: (
        sa.select(
            Payment.id, Payment.kind, Payment.amount, Payment.rounding, Payment.reason, Receipt.number, Party.name
        )
        .join(Party, Party.id == Payment.payer_id)
        .outerjoin(Receipt, Receipt.payment_id == Payment.id)
        .where(one_of(Payment.id))
    )
)
_TENDERS = Asked(
    lambda one_of: sa.select(Tender.payment_id, Tender.method).where(one_of(Tender.payment_id)).order_by(Tender.id)
)
_ALLOCATED = Asked(
    lambda one_of: (
        sa.select(Allocation.payment_id, Allocation.bill_id)
        .where(one_of(Allocation.payment_id))
        .order_by(Allocation.id)
    )
)
_BILLS = Asked(
    lambda one_of: (
        sa.select(Bill.id, Bill.title, Party.name.label("debtor"))
        .join(Party, Party.id == Bill.debtor_id)
        .where(one_of(Bill.id))
    )
)
_PERIODS = Asked(
    lambda one_of: (
        sa.select(
            BillLine.bill_id, sa.func.min(BillLine.period_start).label("first"),
            sa.func.max(BillLine.period_end).label("last"),
        )
        .where(one_of(BillLine.bill_id))
        .group_by(BillLine.bill_id)
    )
)  # fmt: skip
_COUNTERS = Asked(
    lambda one_of: (
        sa.select(BillLine.bill_id, BillLine.explanation)
        .where(one_of(BillLine.bill_id), BillLine.reverses_id.is_not(None))
        .order_by(BillLine.id)
    )
)
