"""All deposits 押金 as a list: held, to go back, late, not fully paid, done with; figures equal to the journal.

A deposit is a bill with lines of a liability; 定金 and 订金 stand here too, and are ended with their reservation.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.journal import JournalEntry, Posting
from desktop.models.leases import Lease
from desktop.models.parties import Party, PartyName
from desktop.models.payments import Allocation
from desktop.models.places import Building, Room
from desktop.models.values import LIABILITY_FEES, NIL, Account, FeeType, LeaseState, Money, Right
from desktop.services import narrowing, settings
from desktop.services.billing import FEE_WORDS
from desktop.services.conditions import DAYS, Chosen, Condition, condition, days_of
from desktop.services.deposits import asked_of, flows_of, payers_of, refund_due
from desktop.services.folding import Searched
from desktop.services.leases import INSIDE
from desktop.services.paging import EXACT_TO, Span, counted_to, ids_of_page, like
from desktop.services.rights import needs, part
from desktop.services.search_index import called
from desktop.services.work import Look

_KINDS = (FeeType.DEPOSIT, FeeType.KEY_DEPOSIT, FeeType.EARNEST, FeeType.ADVANCE)
_TENANCIES = {"inside": "在租", "coming": "已签未住", "left": "已退租", "none": "不属租约"}
_DUE = ("today", "next_7", "month", "last_month")
_NEVER = date(9999, 12, 31)
"""Stands for "nobody has moved out": a day that sorts behind every other."""


class DepositScope(StrEnum):
    """Which deposits a list is about; each is also a figure over the list."""

    HELD = "held"
    DUE = "due"
    """Held, and the tenant has moved out."""
    LATE = "late"
    """Held, and past the day on which it should have gone back."""
    SHORT = "short"
    """Not fully paid."""
    DONE = "done"
    """Was received, and nothing of it is held any more."""
    ALL = "all"


class DepositOrder(StrEnum):
    """What a list is sorted by; POSTED is the order in which deposits came to be."""

    POSTED = "posted"
    NAME = "name"
    ROOM = "room"
    HELD = "held"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class DepositFilter:
    """Which deposits. `text`: part of a name or its sound, the beginning of a room number."""

    scope: DepositScope = DepositScope.HELD
    text: str = ""
    chosen: Chosen = ()
    """Of `deposit_conditions`."""


@dataclass(frozen=True, slots=True)
class DepositRow:
    """One deposit in the list."""

    id: UUID
    """Of its bill."""
    fee_type: FeeType
    title: str
    debtor_id: UUID
    debtor: str
    payers: str
    """Who paid, where that is somebody else: 「顾知夏」, 「顾听澜、顾知夏」."""
    room_id: UUID | None
    room: str
    lease_id: UUID | None
    lease_number: str
    lease_state: LeaseState | None
    asked_on: date
    billed: Money
    received: Money
    moved: Money
    owed: Money
    moved_out_on: date | None
    refund_due: date | None

    @property
    def held(self) -> Money:
        return self.received - self.moved

    def overdue_days(self, today: date) -> int:
        """Days past the day on which it should have gone back, while something is held."""
        if self.refund_due is None or self.held <= NIL:
            return 0
        return max(0, (today - self.refund_due).days)


@dataclass(frozen=True, slots=True)
class DepositCount:
    """How many deposits there are (exact up to 10,000), what is held of them and what of them is still to come."""

    rows: int
    exact: bool
    held: Money
    owed: Money


@needs(Right.SEE_BILLS)
def deposit_conditions(look: Look) -> tuple[Condition, ...]:
    """What the list can be narrowed by."""
    return (
        condition("kind", "种类", ((fee.value, FEE_WORDS[fee]) for fee in _KINDS)),
        narrowing.days_condition("return", "应退日", _DUE),
        condition("tenancy", "租约", _TENANCIES.items()),
        narrowing.building_condition(look),
    )


@needs(Right.SEE_BILLS)
def deposit_figures(look: Look, text: str = "", chosen: Chosen = ()) -> dict[DepositScope, DepositCount]:
    """How many deposits each scope holds, and what of them is held; HELD of everything is the journal's balance."""
    return {scope: _counted(look, DepositFilter(scope, text, chosen)) for scope in DepositScope}


@needs(Right.SEE_BILLS)
def count_deposits(look: Look, wanted: DepositFilter) -> DepositCount:
    """How many deposits a filter lets through, and their sums."""
    return _counted(look, wanted)


@needs(Right.SEE_BILLS)
def list_deposits(
    look: Look, wanted: DepositFilter, span: Span, order: DepositOrder | None = None
) -> list[DepositRow]:  # fmt: skip
    """One page of the list. Without an order: what is to go back by its day, everything else the latest first."""
    if order is None:
        back = wanted.scope in (DepositScope.DUE, DepositScope.LATE)
        order = DepositOrder.RETURN if back else DepositOrder.POSTED
        span = span.turned(descending=not back)
    query, held = _filtered(look, wanted)
    columns = [*_sorted_by(order, held), Bill.id]
    return _rows(look, ids_of_page(look.session, query, columns, span))


@needs(Right.SEE_BILLS)
def deposits_of(
    look: Look, *, lease_id: UUID | None = None, room_id: UUID | None = None, limit: int = 100
) -> list[DepositRow]:
    """Deposits of a lease or of a room, the latest first."""
    query, _held = _filtered(look, DepositFilter(DepositScope.ALL))
    which = Bill.lease_id == lease_id if lease_id is not None else Bill.room_id == room_id
    ids = look.session.scalars(
        query.with_only_columns(Bill.id).where(which).order_by(Bill.due.desc(), Bill.id.desc()).limit(limit)
    )
    return _rows(look, list(ids))


# ---- the statement -------------------------------------------------------------------------------------------------


def _sorted_by(order: DepositOrder, held: Any) -> list[Any]:
    match order:
        case DepositOrder.NAME:
            return [Party.name]
        case DepositOrder.ROOM:
            length = sa.func.coalesce(sa.func.length(Room.number), 0)
            return [sa.func.coalesce(Building.sort, 0), length, sa.func.coalesce(Room.number, "")]
        case DepositOrder.HELD:
            return [sa.func.coalesce(held.c.fen, 0)]
        case DepositOrder.RETURN:
            return [sa.func.coalesce(Lease.moved_out_on, sa.literal(_NEVER, sa.Date))]
    return []


def _filtered(look: Look, wanted: DepositFilter) -> tuple[sa.Select[Any], Any]:
    """(The deposits a filter lets through, what is held of each)."""
    # The journal has an index by account, the lines have none by fee: so the deposits are found among all bills.
    asked = (
        sa.select(JournalEntry.subject_id.label("bill_id"))
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(Posting.account == Account.DEPOSIT_BILLED, JournalEntry.subject_table == "bill")
        .distinct()
        .cte("asked")
    )
    fen: Any = sa.type_coerce(Allocation.amount, sa.BigInteger)
    held = (
        sa.select(Allocation.bill_id, sa.func.sum(fen).label("fen"))
        .join(asked, asked.c.bill_id == Allocation.bill_id)
        .join(BillLine, BillLine.id == Allocation.bill_line_id)
        .where(BillLine.fee_type.in_(LIABILITY_FEES))
        .group_by(Allocation.bill_id)
        .cte("held")
    )
    query: sa.Select[Any] = (
        sa.select(Bill)
        .join(asked, asked.c.bill_id == Bill.id)
        .join(BillBalance, BillBalance.bill_id == Bill.id)
        .join(Party, Party.id == Bill.debtor_id)
        .outerjoin(held, held.c.bill_id == Bill.id)
        .outerjoin(Lease, Lease.id == Bill.lease_id)
        .outerjoin(Room, Room.id == Bill.room_id)
        .outerjoin(Building, Building.id == Room.building_id)
        .where(*_of(look, wanted.scope, held))
    )
    for key, values in wanted.chosen:
        query = query.where(_narrowed(look, key, values))
    text = unicodedata.normalize("NFKC", wanted.text).strip()
    return (query.where(_about(look, text)) if text else query), held


def _of(look: Look, scope: DepositScope, held: Any) -> list[sa.ColumnElement[bool]]:
    # What was never paid and then taken back is no deposit any more: a lease that was cancelled.
    some = sa.or_(held.c.fen.is_not(None), BillBalance.owed != NIL)
    match scope:
        case DepositScope.HELD:
            return [held.c.fen > 0]
        case DepositScope.DUE:
            return [held.c.fen > 0, Lease.moved_out_on.is_not(None)]
        case DepositScope.LATE:
            days = int(settings.value_of(look, "deposit_return_days"))
            return [held.c.fen > 0, Lease.moved_out_on < look.world.today() - timedelta(days=days)]
        case DepositScope.SHORT:
            return [BillBalance.owed > NIL]
        case DepositScope.DONE:
            return [held.c.fen == 0, BillBalance.owed <= NIL]
    return [some]


def _narrowed(look: Look, key: str, values: Sequence[str]) -> sa.ColumnElement[bool]:
    if key == "building":
        return Room.building_id.in_(narrowing.ids(values))
    if key == "kind":
        fees = [fee for fee in _KINDS if fee.value in values]
        lines = sa.select(BillLine.id).where(BillLine.bill_id == Bill.id, BillLine.fee_type.in_(fees))
        return lines.exists()
    if key == "return":
        days = timedelta(days=int(settings.value_of(look, "deposit_return_days")))
        spans = [days_of(name, look.world.today()) for name in values if name in DAYS]
        ways = (Lease.moved_out_on.between(first - days, last - days) for first, last in spans)
        return sa.or_(sa.false(), *ways)
    if key == "tenancy":
        ways_of = {
            "inside": Lease.state.in_((*INSIDE, LeaseState.RENEWED)),
            "coming": Lease.state.in_((LeaseState.DRAFT, LeaseState.SIGNED)),
            "left": Lease.moved_out_on.is_not(None),
            "none": Bill.lease_id.is_(None),
        }
        return sa.or_(sa.false(), *(ways_of[value] for value in values if value in ways_of))
    return sa.true()


def _about(look: Look, text: str) -> sa.ColumnElement[bool]:
    """Deposits of a person by name or sound, or of a room by number."""
    ways: list[sa.ColumnElement[bool]] = [
        Room.number.like(f"{like(text)}%", escape="\\"),
        Bill.debtor_id.in_(called(look.connection, Searched.PARTY, text)),
    ]
    key = "".join(text.lower().split())
    if key.isascii() and key.isalpha():
        sounding = sa.select(PartyName.party_id).where(PartyName.key >= key, PartyName.key < key + "\x7f")
        ways.append(Bill.debtor_id.in_(sounding))
    return sa.or_(*ways)


def _counted(look: Look, wanted: DepositFilter) -> DepositCount:
    query, held = _filtered(look, wanted)
    found = counted_to(look.session, query.with_only_columns(Bill.id), EXACT_TO)
    owed: Any = sa.type_coerce(BillBalance.owed, sa.BigInteger)
    sums = query.with_only_columns(
        sa.func.coalesce(sa.func.sum(held.c.fen), 0),
        sa.func.coalesce(sa.func.sum(sa.case((owed > 0, owed), else_=0)), 0),
    )
    in_hand, open_still = look.session.execute(sums).one()
    return DepositCount(found.rows, found.exact, Money(int(in_hand)), Money(int(open_still)))


@part
def _rows(look: Look, ids: Sequence[UUID]) -> list[DepositRow]:
    """Deposits in the order of `ids`."""
    if not ids:
        return []
    days = int(settings.value_of(look, "deposit_return_days"))
    fees, flows = asked_of(look, ids), flows_of(look, ids)
    payers = payers_of(look, ids)
    rows = {}
    for bill in look.session.execute(
        sa.select(
            Bill.id, Bill.title, Bill.debtor_id, Party.name, Bill.room_id, Building.name.label("building"),
            Room.number, Bill.lease_id, Lease.number.label("lease_number"), Lease.state, Lease.moved_out_on, Bill.due,
            BillBalance.owed,
        )
        .join(BillBalance, BillBalance.bill_id == Bill.id)
        .join(Party, Party.id == Bill.debtor_id)
        .outerjoin(Lease, Lease.id == Bill.lease_id)
        .outerjoin(Room, Room.id == Bill.room_id)
        .outerjoin(Building, Building.id == Room.building_id)
        .where(Bill.id.in_(ids))
    ):  # fmt: skip
        fee_type, billed = fees.get(bill.id, (FeeType.DEPOSIT, NIL))
        others = [payer for payer in payers[bill.id] if payer.paid]
        told = (
            "" if [payer.party_id for payer in others] in ([], [bill.debtor_id]) else "、".join(p.name for p in others)
        )
        rows[bill.id] = DepositRow(
            bill.id, fee_type, bill.title, bill.debtor_id, bill.name, told, bill.room_id,
            f"{bill.building} {bill.number}" if bill.number else "", bill.lease_id, bill.lease_number or "", bill.state,
            bill.due, billed, flows[bill.id].received, flows[bill.id].moved, bill.owed, bill.moved_out_on,
            refund_due(bill.moved_out_on, days),
        )  # fmt: skip
    return [rows[bill_id] for bill_id in ids if bill_id in rows]
