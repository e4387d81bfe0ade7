"""Conditions that several lists share, as choices and as SQL: buildings, arrears, marks of a person, days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillBalance
from desktop.models.notes import Note
from desktop.models.parties import Contact, PersonDocument, Vehicle
from desktop.models.places import Building, Room
from desktop.models.values import Right
from desktop.services.conditions import DAYS, Condition, condition, days_of
from desktop.services.paging import counted_to
from desktop.services.parties import PHONE_KINDS
from desktop.services.rights import part
from desktop.services.work import Look

NOTHING: sa.ColumnElement[Any] = sa.literal_column("0")
"""Written out, not bound: only then does the partial index on open bills serve."""
OPEN: sa.ColumnElement[bool] = BillBalance.owed != NOTHING
"""Something is open of a bill, or too much was paid."""
OWED: sa.ColumnElement[bool] = sa.and_(OPEN, sa.literal_column("+bill_balance.owed", sa.BigInteger) > NOTHING)
"""Something is owed. The sign keeps SQLite from the index over every amount: it would look up each bill in the table,
where the index of the open ones holds all that is asked (at 1,500,000 bills 240 ms instead of 20)."""
SETTLED: sa.ColumnElement[bool] = sa.literal_column("+bill_balance.owed", sa.BigInteger) == NOTHING
"""Nothing is open. The sign keeps SQLite from the same index: almost all bills stand under this one amount."""
FEN: Any = sa.type_coerce(BillBalance.owed, sa.BigInteger)
"""What is open, as a number that can be summed."""

FEW = 10_000
"""Up to so many rows are quickly sorted."""
_ARREARS = (("any", "有欠费"), ("30", "欠费 30 天以上"), ("90", "欠费 90 天以上"), ("none", "没有欠费"))
ENDS = {"7": "7 天内", "30": "30 天内", "60": "60 天内", "90": "90 天内", "month": "本月", "next_month": "下月"}
"""When a lease ends."""
RENTS = {
    "0-1000": "不到 1,000", "1000-2000": "1,000 起", "2000-3000": "2,000 起", "3000-5000": "3,000 起",
    "5000-": "5,000 以上",
}  # fmt: skip
"""Rents per month in yuan: the lower bound belongs to a span, the upper one to the next."""
_MARKS = (
    ("note", "有置顶备注"), ("vehicle", "有车辆"), ("no_phone", "没有电话"), ("expired", "证件已过期"),
)  # fmt: skip


@part
def building_condition(look: Look) -> Condition:
    """楼栋: every building there is, in the order of the board."""
    rows = look.session.execute(
        sa.select(Building.id, Building.name)
        .where(Building.deleted_at.is_(None))
        .order_by(Building.sort, Building.name)
    )
    return condition("building", "楼栋", ((row.id.hex, row.name) for row in rows))


def arrears_condition() -> Condition:
    """欠费: something past due, how long, or nothing."""
    return condition("arrears", "欠费", _ARREARS, single=True)


def mark_condition() -> Condition:
    """标记: what a clerk wants to know of a person before she calls."""
    return condition("mark", "标记", _MARKS)


def days_condition(key: str, words: str, names: Iterable[str]) -> Condition:
    """A span of days by name: 今天, 本月 …"""
    return condition(key, words, ((name, DAYS[name]) for name in names), single=True)


def rooms_in(values: Iterable[str]) -> sa.Select[Any]:
    """The rooms of these buildings."""
    return sa.select(Room.id).where(Room.building_id.in_(ids(values)))


@part
def debts(look: Look, whose: Any) -> sa.Subquery:
    """(who, fen): past due today by party or lease, of whoever may see bills; `whose` is the column of bill_balance.

    The open bills are taken first: grouped at once, SQLite would walk every bill in the order of the group.
    """
    late = sa.select(whose.label("who"), FEN.label("fen")).where(OWED, BillBalance.due < look.world.today())
    if Right.SEE_BILLS not in look.actor.rights:
        late = late.where(sa.false())
    rows = late.cte("late").prefix_with("MATERIALIZED")
    return sa.select(rows.c.who, sa.func.sum(rows.c.fen).label("fen")).group_by(rows.c.who).subquery()


@part
def billed_in(look: Look, values: Sequence[str], *, walked: bool) -> sa.ColumnElement[bool]:
    """A condition on bill_balance: of a room in these buildings.

    Few bills are found through their rooms and sorted. Where there are many and the list is walked in its order, they
    are met soon enough, and sorting them first would take longer than all else.
    """
    rooms = rooms_in(values)
    if (
        not walked
        or counted_to(look.session, sa.select(BillBalance.bill_id).where(BillBalance.room_id.in_(rooms)), FEW).exact
    ):
        return BillBalance.room_id.in_(rooms)
    return sa.select(Room.id).where(Room.id == BillBalance.room_id, Room.building_id.in_(ids(values))).exists()


def ids(values: Iterable[str]) -> list[UUID]:
    """Ids out of the values of a condition; what is none is no id."""
    found = []
    for value in values:
        try:
            found.append(UUID(hex=value))
        except ValueError:
            continue
    return found


@part
def in_arrears(look: Look, column: Any, whose: Any, values: Sequence[str]) -> sa.ColumnElement[bool]:
    """A condition on `column`, a party or lease id; `whose` is the column of bill_balance that names it.

    True of nobody for a role that may not see bills.
    """
    if Right.SEE_BILLS not in look.actor.rights:
        return sa.false()
    today = look.world.today()
    ways = []
    for value in values:
        days = int(value) if value.isdecimal() else 0
        late = sa.select(whose).where(OWED, BillBalance.due < today - timedelta(days=days), whose.is_not(None))
        ways.append(column.not_in(late) if value == "none" else column.in_(late))
    return sa.or_(*ways)


@part
def marked(look: Look, party_id: Any, values: Iterable[str]) -> sa.ColumnElement[bool]:
    """A condition on a party's id: one of these marks."""
    today = look.world.today()
    marks: dict[str, sa.ColumnElement[bool]] = {
        "note": party_id.in_(
            sa.select(Note.party_id).where(Note.pinned, Note.deleted_at.is_(None), Note.party_id.is_not(None))
        ),
        "vehicle": party_id.in_(sa.select(Vehicle.party_id).where(Vehicle.deleted_at.is_(None))),
        "no_phone": party_id.not_in(
            sa.select(Contact.party_id).where(Contact.deleted_at.is_(None), Contact.kind.in_(PHONE_KINDS))
        ),
        "expired": party_id.in_(
            sa.select(PersonDocument.party_id).where(
                PersonDocument.deleted_at.is_(None), PersonDocument.valid_to < today, sa.not_(PersonDocument.long_term)
            )
        ),
    }
    return sa.or_(sa.false(), *(marks[value] for value in values if value in marks))


@part
def within(look: Look, column: Any, names: Iterable[str]) -> sa.ColumnElement[bool]:
    """A condition on a day: in one of these spans."""
    today = look.world.today()
    spans = [days_of(name, today) for name in names if name in DAYS]
    return sa.or_(sa.false(), *(column.between(first, last) for first, last in spans))
