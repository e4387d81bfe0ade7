"""Month sums 月报: what was billed, received and taken back in a period, and what is open at its end.

By fee, building and means of payment, income and deposits apart. The movements are sums over the journal; what is open
now is added up from the open bills alone (a twentieth of all), and what happened after the period is taken off, so a
report costs what its own days hold and not what the office has lived through. Where a sum can be had a second way, it
is: `problems` says where the two differ, and `office check` does the same for everything since the beginning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillBalance, BillLine
from desktop.models.journal import JournalEntry, Posting
from desktop.models.payments import Allocation, Payment, PaymentKind, Tender
from desktop.models.places import Building, Room
from desktop.models.values import LIABILITY_FEES, NIL, Account, FeeType, Money, PayMethod, Right
from desktop.services.billing import FEE_WORDS
from desktop.services.errors import ProblemsFound
from desktop.services.narrowing import FEN, OPEN
from desktop.services.paper.month_sums import (
    CREDIT,
    OFFSET,
    ROUNDING,
    STORED,
    Cell,
    FeeSums,
    HeldSums,
    MethodSums,
    MonthSums,
    Where,
)
from desktop.services.payments import METHOD_WORDS
from desktop.services.rights import needs, part
from desktop.services.work import Look

NOWHERE = "不属楼栋"
EVER = date(1900, 1, 1)
"""Before any entry."""


@dataclass(frozen=True, slots=True)
class SumsWanted:
    """The days (both counted), and one building or all."""

    since: date
    until: date
    building_id: UUID | None = None


def sums_problems(wanted: SumsWanted) -> dict[str, str]:
    """What is to be mended of the days, by field."""
    return {"until": "止日早于起日：改其中一个"} if wanted.since > wanted.until else {}


@needs(Right.SEE_BILLS)
def month_sums(look: Look, wanted: SumsWanted) -> MonthSums:
    """The sums of a period. Raises ProblemsFound for days the wrong way round."""
    return read_sums(look, wanted)


@part
def read_sums(look: Look, wanted: SumsWanted) -> MonthSums:
    """`month_sums` inside another function."""
    if problems := sums_problems(wanted):
        raise ProblemsFound(problems)
    moved = _Moved()
    for row in look.session.execute(_movements(wanted)):
        moved.add(row)
    fees, held, credit = _standing(look, moved)
    cells = _cells(look, wanted)
    found = tuple(_disagreements(look, wanted, moved, fees, cells))
    places = _buildings(look)
    here = {where for where, _ in (*fees, *held)} | {cell.building_id for cell in cells}
    buildings = tuple((where, name) for where, name in places if where is not None or where in here)
    name = ""
    if wanted.building_id is not None:
        only = wanted.building_id
        name = dict(places).get(only, "")
        fees = {key: sums for key, sums in fees.items() if key[0] == only}
        held = {key: sums for key, sums in held.items() if key[0] == only}
        cells = [cell for cell in cells if cell.building_id == only]
        buildings = tuple(each for each in buildings if each[0] == only)
    return MonthSums(
        look.office.organisation, wanted.since, wanted.until, look.world.today(), buildings, fees, held, credit,
        {method: moved.methods[method] for method in PayMethod if method in moved.methods}, tuple(cells),
        found, name,
    )  # fmt: skip


@part
def drift(look: Look) -> Iterator[str]:
    """Where the sums of everything since the beginning differ from the journal; nothing in a sound office."""
    sums = read_sums(look, SumsWanted(EVER, date.max))
    yield from sums.problems
    for (where, fee), each in sums.fees.items():
        if each.opening:
            yield f"{FEE_WORDS[fee]} 未付与分录相差 {each.opening}（楼栋 {where or NOWHERE}）"
    for (where, fee), still in sums.held.items():
        if still.opening:
            yield f"{FEE_WORDS[fee]} 在管与分录相差 {still.opening}（楼栋 {where or NOWHERE}）"
    if sums.credit.opening:
        yield f"预存与分录相差 {sums.credit.opening}"


def _buildings(look: Look) -> list[tuple[Where, str]]:
    rows = look.session.execute(sa.select(Building.id, Building.name).order_by(Building.sort, Building.name))
    return [*((row.id, row.name) for row in rows), (None, NOWHERE)]


# ---- movements -------------------------------------------------------------------------------------------------------

_FEN: Any = sa.type_coerce(Posting.amount, sa.BigInteger)
Key = tuple[Where, FeeType]


def _movements(wanted: SumsWanted) -> sa.Select[Any]:
    """Sums over the postings of the period and of what came after it, as finely as the report tells them apart."""
    after = sa.case((JournalEntry.business_date > wanted.until, 1), else_=0).label("after")
    plus = sa.case((_FEN > 0, 1), else_=0).label("plus")
    return (
        sa.select(
            after, JournalEntry.subject_table, Payment.kind, Posting.account, Posting.fee_type, Posting.method,
            Room.building_id, plus, sa.func.sum(_FEN).label("fen"),
        )
        .select_from(JournalEntry)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .outerjoin(Payment, Payment.id == JournalEntry.subject_id)
        .outerjoin(Room, Room.id == Posting.room_id)
        .where(JournalEntry.business_date >= wanted.since)
        .group_by(
            after, JournalEntry.subject_table, Payment.kind, Posting.account, Posting.fee_type, Posting.method,
            Room.building_id, plus,
        )
    )  # fmt: skip


@dataclass(slots=True)
class _Moved:
    """What the journal says of the period, and what is to be taken off what is open now."""

    fees: dict[Key, FeeSums] = field(default_factory=dict)
    held: dict[Key, HeldSums] = field(default_factory=dict)
    credit: HeldSums = field(default_factory=HeldSums)
    methods: dict[PayMethod, MethodSums] = field(default_factory=dict)
    later: dict[Key, int] = field(default_factory=dict)
    """Fen by which what is open changed after the period."""
    later_held: dict[Key, int] = field(default_factory=dict)
    later_credit: int = 0
    whole: int = 0
    """All postings together: nothing, in a journal whose entries sum to zero."""
    billed: dict[tuple[Account, FeeType], int] = field(default_factory=dict)
    """Of bills, by account: each fee stands once as owed and once as income or as a deposit asked for."""

    def add(self, row: Any) -> None:
        """One group of `_movements`."""
        fen, account = int(row.fen), row.account
        self.whole += fen
        key: Key = (row.building_id, row.fee_type)
        if row.after:
            if account is Account.RECEIVABLE:
                self.later[key] = self.later.get(key, 0) + fen
            elif account is Account.DEPOSIT_HELD:
                self.later_held[key] = self.later_held.get(key, 0) - fen
            elif account is Account.PREPAID:
                self.later_credit -= fen
            return
        if row.subject_table == "bill":
            side = (account, row.fee_type)
            self.billed[side] = self.billed.get(side, 0) + fen
        if account is Account.RECEIVABLE:
            self.fees[key] = self.fees.get(key, FeeSums()) + _fee_sums(row, Money(fen))
        elif account is Account.DEPOSIT_HELD:
            sums = HeldSums(given=Money(fen)) if fen > 0 else HeldSums(taken=Money(-fen))
            self.held[key] = self.held.get(key, HeldSums()) + sums
        elif account is Account.PREPAID:
            self.credit += HeldSums(given=Money(fen)) if fen > 0 else HeldSums(taken=Money(-fen))
        elif account is Account.CASH:
            money = Money(fen)
            used = (
                MethodSums(received=money) if row.kind is PaymentKind.PAYMENT
                else MethodSums(refunded=-money) if row.kind is PaymentKind.REFUND else MethodSums(taken_back=-money)
            )  # fmt: skip
            self.methods[row.method] = self.methods.get(row.method, MethodSums()) + used


def _fee_sums(row: Any, money: Money) -> FeeSums:
    if row.subject_table == "bill":
        return FeeSums(billed=money) if money > NIL else FeeSums(countered=-money)
    if row.kind is PaymentKind.PAYMENT:
        return FeeSums(received=-money)
    if row.kind is PaymentKind.REFUND:
        return FeeSums(netted=-money)
    return FeeSums(taken_back=money)


# ---- what is open ----------------------------------------------------------------------------------------------------


def _standing(look: Look, moved: _Moved) -> tuple[dict[Key, FeeSums], dict[Key, HeldSums], HeldSums]:
    """The movements with what was open before them, worked out from what is open now."""
    now = _open_now(look)
    fees: dict[Key, FeeSums] = {}
    for key in now.keys() | moved.fees.keys() | moved.later.keys():
        sums = moved.fees.get(key, FeeSums())
        closing = Money(now.get(key, 0) - moved.later.get(key, 0))
        fees[key] = sums + FeeSums(opening=closing - sums.closing)
    held: dict[Key, HeldSums] = {}
    there = _held_now(look)
    for key in there.keys() | moved.held.keys() | moved.later_held.keys():
        still = moved.held.get(key, HeldSums())
        closing = Money(there.get(key, 0) - moved.later_held.get(key, 0))
        held[key] = still + HeldSums(opening=closing - still.closing)
    fen = look.session.scalar(sa.select(sa.func.sum(_FEN)).where(Posting.account == Account.PREPAID)) or 0
    closing = Money(-int(fen) - moved.later_credit)
    credit = moved.credit + HeldSums(opening=closing - moved.credit.closing)
    return _told(fees), _told(held), credit


def _told(sums: dict[Key, Any]) -> dict[Key, Any]:
    """Without what never was, in a steady order."""
    ordered = sorted(sums, key=lambda key: (str(key[0]), str(key[1])))
    return {key: sums[key] for key in ordered if sums[key] != type(sums[key])()}


def _open_now(look: Look) -> dict[Key, int]:
    """Fen open today by building and fee: lines of the bills that are open, less what was paid on them."""
    lines = (
        sa.select(Room.building_id, BillLine.fee_type, sa.func.sum(sa.type_coerce(BillLine.amount, sa.BigInteger)))
        .select_from(BillBalance)
        .join(BillLine, BillLine.bill_id == BillBalance.bill_id)
        .outerjoin(Room, Room.id == BillLine.room_id)
        .where(OPEN)
        .group_by(Room.building_id, BillLine.fee_type)
    )
    paid = (
        sa.select(Room.building_id, BillLine.fee_type, sa.func.sum(sa.type_coerce(Allocation.amount, sa.BigInteger)))
        .select_from(BillBalance)
        .join(Allocation, Allocation.bill_id == BillBalance.bill_id)
        .join(BillLine, BillLine.id == Allocation.bill_line_id)
        .outerjoin(Room, Room.id == BillLine.room_id)
        .where(OPEN)
        .group_by(Room.building_id, BillLine.fee_type)
    )
    found: dict[Key, int] = {}
    for sign, query in ((1, lines), (-1, paid)):
        for building_id, fee, fen in look.session.execute(query):
            found[building_id, fee] = found.get((building_id, fee), 0) + sign * int(fen)
    return found


def _held_now(look: Look) -> dict[Key, int]:
    rows = look.session.execute(
        sa.select(Room.building_id, Posting.fee_type, sa.func.sum(_FEN))
        .select_from(Posting)
        .outerjoin(Room, Room.id == Posting.room_id)
        .where(Posting.account == Account.DEPOSIT_HELD)
        .group_by(Room.building_id, Posting.fee_type)
    )
    return {(building_id, fee): -int(fen) for building_id, fee, fen in rows}


# ---- which money paid what -------------------------------------------------------------------------------------------


def _cells(look: Look, wanted: SumsWanted) -> list[Cell]:
    """Fee × building × source: a payment of one means as the database adds it up, the others one by one."""
    sources = _sources(wanted)
    found: dict[tuple[Where, str, str], int] = {}
    plain = (
        sa.select(Room.building_id, Posting.fee_type, sources.c.method, sa.func.sum(_FEN))
        .select_from(sources)
        .join(Posting, Posting.entry_id == sources.c.entry_id)
        .outerjoin(Room, Room.id == Posting.room_id)
        .where(Posting.account == Account.RECEIVABLE, sources.c.plain == 1)
        .group_by(Room.building_id, Posting.fee_type, sources.c.method)
    )
    for building_id, fee, method, fen in look.session.execute(plain):
        key = (building_id, FeeType(fee).value, PayMethod(method).value)
        found[key] = found.get(key, 0) - int(fen)
    for entry in _mixed(look, sources):
        for key, fen in _matched(entry):
            found[key] = found.get(key, 0) + fen
    ordered = sorted(found.items(), key=lambda each: (str(each[0][0]), each[0][1], each[0][2]))
    return [Cell(*key, Money(fen)) for key, fen in ordered if fen]


def _sources(wanted: SumsWanted) -> sa.CTE:
    """The payments of the period, reached by their own index, and whether one means alone paid each."""
    other = sa.case((Posting.account == Account.CASH, 0), else_=1)
    taken = (Account.CASH, Account.PREPAID, Account.ROUNDING)
    one = sa.and_(
        Payment.kind != PaymentKind.REFUND, sa.func.sum(sa.case((Posting.account.in_(taken), other), else_=0)) == 0,
        sa.func.min(Posting.method) == sa.func.max(Posting.method),
    )  # fmt: skip
    return (
        sa.select(
            Posting.entry_id.label("entry_id"), sa.func.min(Posting.method).label("method"),
            sa.case((one, 1), else_=0).label("plain"), sa.case(
                (Payment.kind.in_((PaymentKind.REVERSAL, PaymentKind.VOID)), -1), else_=1
            ).label("sign"),
        )
        .select_from(Payment)
        .join(JournalEntry, JournalEntry.subject_id == Payment.id)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(Payment.business_date.between(wanted.since, wanted.until))
        .group_by(Posting.entry_id, Payment.kind)
        .cte("sources")
    )  # fmt: skip


Use = tuple[Where, str]


@dataclass(slots=True)
class _Mixed:
    """One payment of several means, or a settlement: what it paid and where that came from, in fen."""

    sign: int
    """-1: it takes a payment back. It is matched as that payment was, and all of it with the other sign."""
    uses: dict[Use, int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)


def _mixed(look: Look, sources: sa.CTE) -> Iterable[_Mixed]:
    rows = look.session.execute(
        sa.select(
            Posting.entry_id, sources.c.sign, Posting.account, Posting.fee_type, Posting.method, Room.building_id, _FEN
        )
        .select_from(sources)
        .join(Posting, Posting.entry_id == sources.c.entry_id)
        .outerjoin(Room, Room.id == Posting.room_id)
        .where(sources.c.plain == 0)
        .order_by(Posting.entry_id, Posting.id)
    )
    found: dict[UUID, _Mixed] = {}
    for entry_id, sign, account, fee, method, building_id, posted in rows:
        entry, fen = found.setdefault(entry_id, _Mixed(sign)), posted * sign
        if account is Account.RECEIVABLE:
            _put(entry.uses, (building_id, FeeType(fee).value), -fen)
        elif account is Account.CASH:
            _put(entry.sources, PayMethod(method).value, fen)
        elif account is Account.ROUNDING:
            _put(entry.sources, ROUNDING, fen)
        elif account is Account.PREPAID and fen < 0:
            _put(entry.uses, (None, STORED), -fen)
        elif account is Account.PREPAID:
            _put(entry.sources, CREDIT, fen)
    return found.values()


def _put(into: dict[Any, int], key: Any, fen: int) -> None:
    into[key] = into.get(key, 0) + fen


def _matched(entry: _Mixed) -> Iterator[tuple[tuple[Where, str, str], int]]:
    """Sources laid beside uses in the order of the lines until both are used up, so that rows and columns both hold.

    What one use gives back and another takes (a deposit that pays rent) goes through OFFSET.
    """
    if not entry.uses and CREDIT in entry.sources:  # credit that is paid out again: less is stored
        entry.uses[None, STORED] = -entry.sources.pop(CREDIT)
    gives = [(use, fen) for use, fen in entry.uses.items() if fen > 0]
    takes = [(use, fen) for use, fen in entry.uses.items() if fen < 0]
    inward = {source: fen for source, fen in entry.sources.items() if fen > 0}
    outward = {source: fen for source, fen in entry.sources.items() if fen < 0}
    if through := min(sum(fen for _, fen in gives), -sum(fen for _, fen in takes)):
        inward, outward = {OFFSET: through, **inward}, {OFFSET: -through, **outward}
    for uses, sources in ((gives, inward), (takes, outward)):
        names = list(sources)
        for use, asked in uses:
            fen = asked
            while fen:
                left = sources[names[0]]
                some = min(fen, left) if fen > 0 else max(fen, left)
                yield (*use, names[0]), some * entry.sign
                fen -= some
                sources[names[0]] = left - some
                if left == some:
                    del names[0]


# ---- held against each other -----------------------------------------------------------------------------------------


def _disagreements(
    look: Look, wanted: SumsWanted, moved: _Moved, fees: Mapping[Key, FeeSums], cells: Sequence[Cell]
) -> Iterator[str]:
    """Each sum that can be had a second way, where the two differ."""
    if moved.whole:
        yield f"分录合计 {Money(moved.whole)}，应为 0.00"
    for account, fee in {*moved.billed}:
        if account is not Account.RECEIVABLE:
            continue
        other = Account.DEPOSIT_BILLED if fee in LIABILITY_FEES else Account.INCOME
        owed, stands = moved.billed[account, fee], -moved.billed.get((other, fee), 0)
        if owed != stands:
            yield f"{FEE_WORDS[fee]} 出账 {Money(owed)}，收入或押金账 {Money(stands)}"
    yield from _methods_differ(look, wanted, moved)
    yield from _allocations_differ(look, wanted, moved)
    closing = sum(sums.closing.fen for sums in fees.values()) + sum(moved.later.values())
    owed = int(look.session.scalar(sa.select(sa.func.coalesce(sa.func.sum(FEN), 0)).where(OPEN)) or 0)
    if closing != owed:
        yield f"期末未付 {Money(closing)}，账单未付 {Money(owed)}"
    paid: dict[FeeType, int] = {}
    for (_, fee), sums in moved.fees.items():
        _put(paid, fee, (sums.received - sums.taken_back + sums.netted).fen)
    seen: dict[FeeType, int] = {}
    for cell in cells:
        if cell.use != STORED:
            _put(seen, FeeType(cell.use), cell.amount.fen)
    for fee in sorted(paid.keys() | seen.keys()):
        if paid.get(fee, 0) != seen.get(fee, 0):
            yield f"{FEE_WORDS[fee]} 收款 {Money(paid.get(fee, 0))}，按方式合计 {Money(seen.get(fee, 0))}"
    for method in PayMethod:
        used = sum(cell.amount.fen for cell in cells if cell.source == method.value)
        net = moved.methods.get(method, MethodSums()).net.fen
        if used != net:
            yield f"{METHOD_WORDS[method]} {Money(net)}，按费用合计 {Money(used)}"


def _methods_differ(look: Look, wanted: SumsWanted, moved: _Moved) -> Iterator[str]:
    """Cash in the journal beside the tenders of the payments."""
    rows = look.session.execute(
        sa.select(Tender.method, sa.func.sum(sa.type_coerce(Tender.amount, sa.BigInteger)))
        .join(Payment, Payment.id == Tender.payment_id)
        .where(Payment.business_date.between(wanted.since, wanted.until))
        .group_by(Tender.method)
    )
    tendered = {method: int(fen) for method, fen in rows}
    for method in sorted(tendered.keys() | moved.methods.keys()):
        net = moved.methods.get(method, MethodSums()).net.fen
        if net != tendered.get(method, 0):
            yield f"{METHOD_WORDS[method]} 分录 {Money(net)}，收款方式 {Money(tendered.get(method, 0))}"


def _allocations_differ(look: Look, wanted: SumsWanted, moved: _Moved) -> Iterator[str]:
    """What the journal says was paid of bills beside the allocations of the payments."""
    fen = look.session.scalar(
        sa.select(sa.func.sum(sa.type_coerce(Allocation.amount, sa.BigInteger)))
        .select_from(Payment)
        .join(Allocation, Allocation.payment_id == Payment.id)
        .where(Payment.business_date.between(wanted.since, wanted.until))
    )
    paid = sum((sums.received - sums.taken_back + sums.netted).fen for sums in moved.fees.values())
    if paid != int(fen or 0):
        yield f"分录收款 {Money(paid)}，核销 {Money(int(fen or 0))}"
