"""What is open of all bills, day by day of their falling due: totals of arrears at any size, from some hundred rows.

Kept in step by whoever changes `bill_balance`, once at the end of an act and in the order of days: two acts that meet
on a day wait for each other, and never crosswise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desktop.models.base import table_of
from desktop.models.billing import BillBalance, OwedDay
from desktop.models.columns import Day
from desktop.models.values import NIL, Money
from desktop.services.rights import part

if TYPE_CHECKING:
    from desktop.services.work import Look

Opened = Iterable[Any]
"""(due, owed) of bills; what is owed back to a payer is no arrears and does not count."""


@dataclass(frozen=True, slots=True)
class OwedTotal:
    """Open bills together."""

    bills: int
    owed: Money


@part
def owed_between(look: Look, first: date | None = None, last: date | None = None) -> OwedTotal:
    """What is open of bills due from a day to a day, both counted; None: without an end."""
    found = look.connection.execute(_BETWEEN, {"first": first or date.min, "last": last or date.max}).one()
    return OwedTotal(int(found[0]), Money(int(found[1])))


_FEN: Any = sa.cast(OwedDay.owed, sa.BigInteger)
_BETWEEN = sa.select(sa.func.coalesce(sa.func.sum(OwedDay.bills), 0), sa.func.coalesce(sa.func.sum(_FEN), 0)).where(
    OwedDay.due >= sa.bindparam("first"), OwedDay.due <= sa.bindparam("last")
)


def note(session: Session, before: Opened, after: Opened) -> None:
    """Some bills had this open and have that now. Inside an act it is written at its end."""
    changes: dict[date, list[int]] = {}
    for sign, rows in ((-1, before), (1, after)):
        for due, owed in rows:
            if owed > NIL:
                change = changes.setdefault(due, [0, 0])
                change[0] += sign * owed.fen
                change[1] += sign
    work = session.info.get("work")
    if work is None:
        _write(session.connection(), changes)
        return
    waiting: dict[date, list[int]] = session.info.setdefault("owed_days", {})
    if not waiting and changes:
        work.at_the_end(lambda: _write(session.connection(), session.info.pop("owed_days", {})))
    for due, (fen, bills) in changes.items():
        change = waiting.setdefault(due, [0, 0])
        change[0] += fen
        change[1] += bills


def _write(connection: sa.Connection, changes: dict[date, list[int]]) -> None:
    rows = [
        {"day": due, "fen": fen, "open_bills": bills} for due, (fen, bills) in sorted(changes.items()) if fen or bills
    ]
    if rows:
        connection.execute(_ADD, rows)


_ADD = sa.text(
    "INSERT INTO owed_day (due, owed, bills) VALUES (:day, :fen, :open_bills) ON CONFLICT (due)"
    " DO UPDATE SET owed = owed_day.owed + excluded.owed, bills = owed_day.bills + excluded.bills"
).bindparams(sa.bindparam("day", type_=Day()), sa.bindparam("fen", type_=sa.BigInteger()))


def _computed() -> sa.Select[Any]:
    fen: Any = sa.cast(sa.func.sum(BillBalance.owed), sa.BigInteger)
    query: sa.Select[Any] = (
        sa.select(BillBalance.due, fen, sa.func.count())
        .where(BillBalance.owed > NIL)
        .group_by(BillBalance.due)
        .order_by(BillBalance.due)
    )
    return query


def drift(session: Session) -> list[str]:
    """Days on which the sums differ from the bills; none in a sound office."""
    wanted = {row[0]: (int(row[1]), int(row[2])) for row in session.execute(_computed())}
    kept = {
        row.due: (row.owed.fen, row.bills)
        for row in session.execute(sa.select(OwedDay.due, OwedDay.owed, OwedDay.bills))
        if row.owed or row.bills
    }
    return [f"owed_day {day}" for day in sorted(wanted.keys() | kept.keys()) if wanted.get(day) != kept.get(day)]


def rebuild(session: Session) -> None:
    """Compute every day anew."""
    connection = session.connection()
    connection.execute(sa.delete(table_of(OwedDay)))
    _write(connection, {row[0]: [int(row[1]), int(row[2])] for row in connection.execute(_computed())})
