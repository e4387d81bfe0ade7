"""Unbroken numbers 编号: per desk and series, taken in the act's transaction, from blocks the office grants itself.

Until an office is enrolled with a head office it grants its own blocks; each number that was never used is explained by
the gap report of its series.
"""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from desktop.models.base import table_of
from desktop.models.trust import NumberBlock
from desktop.services.bulk import insert_tuples
from desktop.services.rights import part
from desktop.services.work import BlockHeld, Work
from desktop.world import OFFICE_ZONE

BLOCK = 500


class Series(StrEnum):
    RECEIPT = "receipt"
    LEASE = "lease"
    PARTY = "party"
    WORK_ORDER = "work_order"
    RESERVATION = "reservation"


@part
def take_number(work: Work, series: Series) -> str:
    """The next number of this desk's series, e.g. WJYA26-000001 for a receipt. A refusal later gives it back unused."""
    return take_numbers(work, series, 1)[0]


@part
def take_numbers(work: Work, series: Series, count: int) -> list[str]:
    """`count` consecutive numbers, for the bulk path."""
    year = work.at.astimezone(OFFICE_ZONE).year
    key = series.value if series is Series.PARTY else f"{series.value}:{year}"
    numbers = _take(work, key, count)
    work.world.fault("numbers.taken")
    code, desk = work.office.project_code, work.desk.code
    head, width = (
        _head(series, code, desk, year),
        6 if series in (Series.RECEIPT, Series.PARTY) else 5,
    )
    return [f"{head}{n:0{width}d}" for n in numbers]


def _head(series: Series, code: str, desk: str, year: int) -> str:
    """What a number begins with, before its digits."""
    return {
        Series.RECEIPT: f"{code}{desk}{year % 100:02d}-",
        Series.LEASE: f"{code}-{year}-{desk}",
        Series.WORK_ORDER: f"{code}{desk}{year % 100:02d}-W",
        Series.RESERVATION: f"{code}{desk}{year % 100:02d}-Y",
        Series.PARTY: f"{code}-P{desk}",
    }[series]


def _take(work: Work, series: str, count: int) -> list[int]:
    taken: list[int] = []
    while len(taken) < count:
        # Once asked for, the row is locked until the act ends: nobody else moves its numbers on.
        block = work.blocks.get(series)
        if block is not None and block.upcoming > block.last:
            _move_on(work, block)
            block = None
        block = block or _open_block(work, series)
        if block is None:
            _grant(work, series, max(BLOCK, count - len(taken)))
            continue
        first = block.upcoming
        block.upcoming += min(count - len(taken), block.last - first + 1)
        taken += range(first, block.upcoming)
    return taken


def _move_on(work: Work, block: BlockHeld) -> None:
    """Write how far the numbers of a block are used: once an act, however many were taken."""
    work.session.connection().execute(_MOVE_ON, {"block_id": block.id, "next_number": block.upcoming})


_MOVE_ON = (
    sa.update(table_of(NumberBlock))
    .where(table_of(NumberBlock).c.id == sa.bindparam("block_id"))
    .values(upcoming=sa.bindparam("next_number"))
)


def _open_block(work: Work, series: str) -> BlockHeld | None:
    row = work.session.connection().execute(_OPEN_BLOCK, {"desk": work.desk.id, "of_series": series}).first()
    if row is None:
        return None
    held = BlockHeld(row.id, row.upcoming, row.last)
    if series not in work.blocks:
        work.at_the_end(lambda: _move_on(work, work.blocks[series]))
    work.blocks[series] = held
    return held


_OPEN_BLOCK = (
    sa.select(table_of(NumberBlock).c.id, table_of(NumberBlock).c.upcoming, table_of(NumberBlock).c.last)
    .where(
        table_of(NumberBlock).c.desk_id == sa.bindparam("desk"),
        table_of(NumberBlock).c.series == sa.bindparam("of_series"),
        table_of(NumberBlock).c.upcoming <= table_of(NumberBlock).c.last,
    )
    .order_by(table_of(NumberBlock).c.first)
    .limit(1)
    .with_for_update()
)


def _pattern(work: Work, series: str) -> tuple[sa.ColumnElement[str], str]:
    """The column in which numbers of a series lie, and how they begin."""
    from desktop.models.enquiries import Reservation
    from desktop.models.leases import Lease
    from desktop.models.parties import Party
    from desktop.models.payments import Receipt
    from desktop.models.work_orders import WorkOrder

    kind, _, year = series.partition(":")
    code, desk = work.office.project_code, work.desk.code
    columns = {
        Series.RECEIPT: Receipt, Series.LEASE: Lease, Series.PARTY: Party, Series.WORK_ORDER: WorkOrder,
        Series.RESERVATION: Reservation,
    }  # fmt: skip
    return table_of(columns[Series(kind)]).c.number, _head(Series(kind), code, desk, int(year or 0))


def _highest_used(connection: sa.Connection, column: sa.ColumnElement[str], head: str) -> int:
    after = sa.func.substr(column, len(head) + 1, 1)
    found = connection.execute(
        sa.select(column)
        .where(column.startswith(head, autoescape=True), after.in_(list("0123456789")))
        .order_by(sa.func.length(column).desc(), column.desc())
        .limit(1)
    ).scalar()
    tail = (found or "").removeprefix(head)
    return int(tail) if tail.isdecimal() else 0


def _grant(work: Work, series: str, size: int) -> None:
    connection = work.session.connection()
    table = table_of(NumberBlock)
    granted: int = (
        connection.execute(
            sa.select(sa.func.max(table.c.last)).where(table.c.desk_id == work.desk.id, table.c.series == series)
        ).scalar()
        or 0
    )
    # A restored office has dropped its blocks, but not the numbers it gave out.
    highest = max(granted, _highest_used(connection, *_pattern(work, series)))
    block_id: UUID = work.world.new_id()
    insert_tuples(
        connection,
        table,
        ["id", "desk_id", "series", "first", "last", "upcoming", "granted_at"],
        [(block_id, work.desk.id, series, highest + 1, highest + size, highest + 1, work.at)],
    )
    work.world.fault("numbers.granted")
