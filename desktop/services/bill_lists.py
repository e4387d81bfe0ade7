"""All bills of the office as a list: filtered, counted, and read a page at a time by key, at any size."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.leases import Lease
from desktop.models.parties import Party, PartyName
from desktop.models.places import Building, Room
from desktop.models.values import FeeType, Money, Right
from desktop.services import narrowing, owed_days
from desktop.services.billing import FEE_WORDS, BillRow
from desktop.services.conditions import Chosen, Condition, condition
from desktop.services.folding import Searched
from desktop.services.leases import INSIDE
from desktop.services.narrowing import FEN, OPEN, OWED
from desktop.services.paging import EXACT_TO, Span, counted_to, ids_of_page, in_order, like
from desktop.services.quick import Asking, KeptId, Quick, kept_of, uuid_of
from desktop.services.rights import needs, part
from desktop.services.search_index import called
from desktop.services.work import Look

_QUICK = frozenset({"age", "due"})
"""Conditions on what an index of bills holds: however many they let through can be counted."""
_AGES = {"on_time": "没到期", "30": "逾期 30 天内", "90": "逾期 31 至 90 天", "more": "逾期 90 天以上"}
_TENANCIES = {"inside": "在租", "left": "已退租", "none": "不属租约"}


class BillState(StrEnum):
    ALL = "all"
    OPEN = "open"
    OVERDUE = "overdue"


class BillOrder(StrEnum):
    """What a list is sorted by; POSTED is the order in which bills came to be."""

    DUE = "due"
    OWED = "owed"
    POSTED = "posted"


@dataclass(frozen=True, slots=True)
class BillFilter:
    """Which bills. `text` is part of a name, its pinyin, the beginning of a room number, or part of a title."""

    state: BillState = BillState.ALL
    text: str = ""
    chosen: Chosen = ()
    """Of `bill_conditions`."""


@dataclass(frozen=True, slots=True)
class BillCount:
    """How many bills there are (exact up to 10,000) and what is open of all of them, negative ones included.

    `owed` is None where adding it up would take longer than anybody waits.
    """

    rows: int
    exact: bool
    owed: Money | None


@dataclass(frozen=True, slots=True)
class BillFigures:
    """The counters over the list: bills with something open, those past due, and what is owed on each."""

    open_bills: int
    open_owed: Money
    overdue_bills: int
    overdue_owed: Money


@needs(Right.SEE_BILLS)
def bill_figures(look: Look) -> BillFigures:
    """What stands over the list."""
    every, late = (owed_days.owed_between(look, last=last) for last in (None, look.world.today() - timedelta(days=1)))
    return BillFigures(every.bills, every.owed, late.bills, late.owed)


@needs(Right.SEE_BILLS)
def bill_conditions(look: Look) -> tuple[Condition, ...]:
    """What the list can be narrowed by."""
    return (
        narrowing.building_condition(look),
        condition("age", "账龄", _AGES.items()),
        condition("fee", "费用", ((fee.value, FEE_WORDS[fee]) for fee in FeeType)),
        narrowing.days_condition("due", "应缴日", ("today", "next_7", "month", "last_month", "next_month", "year")),
        condition("tenancy", "租约", _TENANCIES.items()),
        narrowing.mark_condition(),
    )


@needs(Right.SEE_BILLS)
def count_bills(look: Look, wanted: BillFilter) -> BillCount:
    """How many bills a filter lets through, and what is open of them."""
    found = counted_to(look.session, _filtered(look, wanted, sa.select(BillBalance.bill_id)), EXACT_TO)
    owed = None
    if found.exact or _quick(wanted):
        still = _filtered(look, wanted, sa.select(sa.func.coalesce(sa.func.sum(FEN), 0))).where(OPEN)
        owed = Money(int(look.session.scalar(still) or 0))
    return BillCount(found.rows, found.exact, owed)


@needs(Right.SEE_BILLS)
def count_all_bills(look: Look, wanted: BillFilter) -> int | None:
    """How many bills there are beyond 10,000; None where counting them would take longer than anybody waits."""
    if not _quick(wanted):
        return None
    return look.session.scalar(_filtered(look, wanted, sa.select(sa.func.count()).select_from(BillBalance))) or 0


def _quick(wanted: BillFilter) -> bool:
    return not wanted.text and all(key in _QUICK for key, _ in wanted.chosen)


@needs(Right.SEE_BILLS)
def list_bills(look: Look, wanted: BillFilter, span: Span, order: BillOrder | None = None) -> list[BillRow]:
    """One page of the list. Without an order: open and overdue bills by due date, all bills the newest first."""
    if order is None:
        newest = wanted.state is BillState.ALL
        order, span = (BillOrder.POSTED if newest else BillOrder.DUE), span.turned(descending=newest)
    if span.at_top and wanted == BillFilter(wanted.state):
        look.settle()
        first = _first_page(wanted.state, order, span.descending)
        return _rows_of(look, first.rows(look.connection, today=look.world.today(), most=span.limit))
    query = _filtered(look, wanted, sa.select(BillBalance), walked=True)
    return bills_by_id(look, ids_of_page(look.session, query, [*_SORTED_BY[order], BillBalance.bill_id], span))


_SORTED_BY: dict[BillOrder, tuple[Any, ...]] = {
    BillOrder.DUE: (BillBalance.due,), BillOrder.OWED: (BillBalance.owed,), BillOrder.POSTED: (),
}  # fmt: skip


@cache
def _first_page(state: BillState, order: BillOrder, down: bool) -> Quick:
    """What a list of bills opens with: worded once, since wording it takes as long as reading it."""
    today, most = sa.bindparam("today", type_=BillBalance.due.type), sa.bindparam("most", type_=sa.Integer)
    columns = (*_SORTED_BY[order], BillBalance.bill_id)

    def build(q: Asking) -> sa.Select[Any]:
        # With what is open of each: the index of the open bills has it, where a join would look up every one again.
        kept: list[Any] = [BillBalance.bill_id, BillBalance.due, BillBalance.owed]
        first = in_order(_of_state(sa.select(*kept), state, today), columns, down=down).limit(most).subquery()
        bills = _bills(q, first.join(Bill, Bill.id == first.c.bill_id), first.c.owed)
        return in_order(bills, [first.c[column.key] for column in columns], down=down)

    return Quick(build)


def _of_state(query: sa.Select[Any], state: BillState, today: Any) -> sa.Select[Any]:
    if state is not BillState.ALL:
        query = query.where(OPEN)
    return query.where(OWED, BillBalance.due < today) if state is BillState.OVERDUE else query


def _filtered(look: Look, wanted: BillFilter, query: sa.Select[Any], *, walked: bool = False) -> sa.Select[Any]:
    """`walked`: the bills are read in the order of an index until a page is full, not all of them."""
    query = _of_state(query, wanted.state, look.world.today())
    for key, values in wanted.chosen:
        query = query.where(_narrowed(look, key, values, walked=walked))
    text = unicodedata.normalize("NFKC", wanted.text).strip()
    return query.where(_about(look, text)) if text else query


def _narrowed(look: Look, key: str, values: Sequence[str], *, walked: bool) -> sa.ColumnElement[bool]:
    if key == "building":
        return narrowing.billed_in(look, values, walked=walked)
    if key == "age":
        return sa.or_(sa.false(), *(_aged(look, value) for value in values))
    if key == "fee":
        # Asked of each bill: a list of all bills with rent in them would be made whole before the first is shown.
        fees = [fee for fee in FeeType if fee.value in values]
        lines = sa.select(BillLine.id).where(BillLine.bill_id == BillBalance.bill_id, BillLine.fee_type.in_(fees))
        return lines.exists()
    if key == "due":
        return narrowing.within(look, BillBalance.due, values)
    if key == "tenancy":
        inside = sa.select(Lease.id).where(Lease.state.in_(INSIDE))
        leased = BillBalance.lease_id.is_not(None)
        ways = {
            "inside": BillBalance.lease_id.in_(inside),
            "left": sa.and_(leased, BillBalance.lease_id.not_in(inside)),
            "none": sa.not_(leased),
        }
        return sa.or_(sa.false(), *(ways[value] for value in values if value in ways))
    if key == "mark":
        return narrowing.marked(look, BillBalance.debtor_id, values)
    return sa.true()


def _aged(look: Look, value: str) -> sa.ColumnElement[bool]:
    today = look.world.today()
    first, last = today - timedelta(days=90), today - timedelta(days=30)
    days = {
        "on_time": BillBalance.due >= today,
        "30": sa.and_(BillBalance.due >= last, BillBalance.due < today),
        "90": sa.and_(BillBalance.due >= first, BillBalance.due < last),
        "more": BillBalance.due < first,
    }
    return sa.and_(OWED, days[value]) if value in days else sa.false()


def _about(look: Look, text: str) -> sa.ColumnElement[bool]:
    """Bills about what was typed: of a person by name or sound, of a room by number, or called so."""
    escaped = like(text)
    ways: list[sa.ColumnElement[bool]] = [
        BillBalance.room_id.in_(sa.select(Room.id).where(Room.number.like(f"{escaped}%", escape="\\"))),
        BillBalance.debtor_id.in_(called(look.connection, Searched.PARTY, text)),
    ]
    key = "".join(text.lower().split())
    if key.isascii() and key.isalpha():
        sounding = sa.select(PartyName.party_id).where(PartyName.key >= key, PartyName.key < key + "\x7f")
        ways.append(BillBalance.debtor_id.in_(sounding))
    if not text.isascii():
        titled = sa.select(Bill.id).where(Bill.title.like(f"%{escaped}%", escape="\\"))
        ways.append(BillBalance.bill_id.in_(titled))
    return sa.or_(*ways)


@part
def bills_by_id(look: Look, ids: Sequence[UUID]) -> list[BillRow]:
    """Bills in the order of `ids`; only their own lines are read."""
    look.settle()
    rows = {row.id: row for row in _rows_of(look, _BILLS.rows(look.connection, kept_of(look.connection, ids)))}
    return [rows[bill_id] for bill_id in ids if bill_id in rows]


def _rows_of(look: Look, bills: Sequence[Any]) -> list[BillRow]:
    facts: dict[KeptId, list[Any]] = {}
    for line in _LINES.rows(look.connection, [bill.id for bill in bills]):
        facts.setdefault(line.bill_id, []).append(line)
    rows = []
    for bill in bills:
        lines = facts.get(bill.id, [])
        fee = lines[0].fee_type if lines else FeeType.OTHER
        room = f"{bill.building} {bill.number}" if bill.number else ""
        rows.append(
            BillRow(
                uuid_of(bill.id), bill.title, fee, _detail(fee, lines), bill.debtor_id, bill.name, room, bill.lease_id,
                bill.due, Money(lines[0].fen if len(lines) == 1 else sum(line.fen for line in lines)), bill.owed,
            )
        )  # fmt: skip
    return rows


_LINES = Quick(
    lambda q: (
        sa.select(
            q.kept(BillLine.bill_id), BillLine.fee_type, sa.type_coerce(BillLine.amount, sa.BigInteger).label("fen"),
            BillLine.period_start, BillLine.period_end, BillLine.quantity, BillLine.unit, BillLine.unit_price,
        )
        .where(q.among(BillLine.bill_id, kept=True))
        .order_by(BillLine.id)
    )
)  # fmt: skip


def _bills(q: Asking, whence: Any, owed: Any) -> sa.Select[Any]:
    return (
        sa.select(
            q.kept(Bill.id), Bill.title, Bill.debtor_id, Party.name, Building.name.label("building"), Room.number,
            Bill.lease_id, Bill.due, owed,
        )
        .select_from(whence)
        .join(Party, Party.id == Bill.debtor_id)
        .outerjoin(Room, Room.id == Bill.room_id)
        .outerjoin(Building, Building.id == Room.building_id)
    )  # fmt: skip


_BILLS = Quick(
    lambda q: _bills(q, sa.join(Bill, BillBalance, BillBalance.bill_id == Bill.id), BillBalance.owed).where(
        q.among(Bill.id, kept=True)
    )
)


_BY_DAYS = (FeeType.RENT, FeeType.PROPERTY_FEE)


def _detail(fee: FeeType, lines: Sequence[Any]) -> str:
    """250 度 × 0.64 for what is measured, 11-01 至 11-30 for what runs over days."""
    kept = [line for line in lines if line.fen > 0]
    if len(kept) == 1:  # as most bills have it
        line = kept[0]
        if fee not in _BY_DAYS and line.quantity is not None and line.unit_price is not None:
            return f"{plain(line.quantity)} {line.unit or ''}".strip() + f" × {plain(line.unit_price, 2)}"
        first, last = line.period_start, line.period_end
    else:
        first = min((line.period_start for line in kept if line.period_start), default=None)
        last = max((line.period_end for line in kept if line.period_end), default=None)
    if first is None or last is None:
        return ""
    skip = 5 if first.year == last.year else 2  # room for it is narrow, at the till above all
    return f"{first.isoformat()[skip:]} 至 {last.isoformat()[skip:]}"


def plain(number: Decimal, least: int = 0) -> str:
    """3.500 as 3.5, 3270 as 3,270; `least` decimals are kept (1.8 as 1.80)."""
    whole, _, rest = f"{number:,f}".partition(".")
    rest = rest.rstrip("0").ljust(least, "0")
    return f"{whole}.{rest}" if rest else whole
