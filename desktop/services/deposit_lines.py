"""Lines that let a part of a deposit go: a negative line on its bill, and the line that takes such a one back.

The negative line is the office's debt to the tenant; `payments.put_nettings` then pays it, in money or by paying other
bills, and with it leaves what is held. Open negative lines, which a reversed settlement left, are used up first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillLine
from desktop.models.deposits import DepositMove
from desktop.models.payments import Allocation
from desktop.models.values import LIABILITY_FEES, NIL, Account, FeeType, Money, total
from desktop.services import billing, derived, journal
from desktop.services.asked import Asked
from desktop.services.errors import DomainError
from desktop.services.rights import part
from desktop.services.work import Work

_COLUMNS = (
    "id", "bill_id", "debtor_id", "room_id", "lease_id", "fee_type", "amount", "source_key", "reverses_id",
    "explanation",
)  # fmt: skip


class DepositMovedOn(DomainError):
    """A payment cannot be taken back, since the deposit it paid has gone on; `title` is the deposit's."""

    def __init__(self, title: str, short: Money) -> None:
        super().__init__(f"{title}已经退出、扣款或转走，冲红后会少 {short}：先冲红后来的那张退款单或扣款单")
        self.title = title
        self.short = short


MADE_BILL = "bill"
"""What the bill that a move makes is called within it."""


def move_source(move_id: UUID) -> str:
    """What the lines and bills of a move are known by."""
    return f"deposit:{move_id.hex}"


def release_source(move_id: UUID, fee_type: FeeType) -> str:
    """The line that lets go of one kind of deposit."""
    return f"{move_source(move_id)}:release:{fee_type}"


def bill_source(move_id: UUID) -> str:
    """The bill of what was deducted or forfeited."""
    return f"{move_source(move_id)}:{MADE_BILL}"


@part
def release(work: Work, bill_id: UUID, amount: Money, move_id: UUID, why: str) -> dict[UUID, Money]:
    """Let go of so much of what is held: {line: how much of it is to be paid back}. The bill is locked by the caller.

    The open amount of the bill is refreshed by the netting that follows.
    """
    lines = [line for line in _LINES.rows(work.session.connection(), [bill_id]) if line.fee_type in LIABILITY_FEES]
    paid = _paid(work, [bill_id])
    opens = {line.id: line.amount - paid.get(line.id, NIL) for line in lines}
    freed: dict[UUID, Money] = {}
    waiting = min(amount, max(-total(opens.values()), NIL))
    for line_id, opened in opens.items():
        if (use := min(waiting, -opened)) > NIL:
            freed[line_id] = use
            waiting -= use
    left = amount - total(freed.values())
    held: dict[FeeType, Money] = {}
    for line in lines:
        held[line.fee_type] = held.get(line.fee_type, NIL) + paid.get(line.id, NIL)
    rows, sides = list[tuple[Any, ...]](), list[journal.Side]()
    for fee_type, there in held.items():
        use = min(left, there)
        if use <= NIL:
            continue
        left -= use
        model = next(line for line in lines if line.fee_type is fee_type)
        line_id = work.world.new_id()
        rows.append(_row(line_id, model, -use, release_source(move_id, fee_type), None, why))
        sides += _sides(model, -use)
        freed[line_id] = use
    if left:
        raise AssertionError(f"{bill_id}: {left} more than is held")
    work.insert_many(BillLine, _COLUMNS, rows)
    if sides:
        journal.post(work, [journal.Entry(work.world.today(), "bill", bill_id, sides)])
    return freed


@part
def undo_moves(work: Work, payment_id: UUID) -> None:
    """What a deposit's move made beside its payment is taken back with it: the line that let go, and bills made for it.

    Called when a payment has been reversed or voided. Raises DepositMovedOn when a deposit would be left with less than
    nothing, since what this payment brought has been paid back or set off meanwhile.
    """
    moves = {row.id for row in _MOVES.rows(work.session.connection(), [payment_id])}
    touched = {row.bill_id for row in _TOUCHED.rows(work.session.connection(), [payment_id])}
    for move_id in sorted(moves):
        _take_back(work, move_id)
    _refuse_less_than_nothing(work, sorted(touched))


def _take_back(work: Work, move_id: UUID) -> None:
    day = work.world.today()
    rows, entries, bills = list[tuple[Any, ...]](), list[journal.Entry](), set[UUID]()
    for line in work.session.scalars(
        sa.select(BillLine)
        .where(BillLine.source_key.in_([release_source(move_id, fee_type) for fee_type in LIABILITY_FEES]))
        .order_by(BillLine.id)
    ):
        source = f"{line.source_key}:back"
        rows.append(_row(work.world.new_id(), line, -line.amount, source, line.id, "冲红，押金恢复在管"))
        entries.append(journal.Entry(day, "bill", line.bill_id, _sides(line, -line.amount)))
        bills.add(line.bill_id)
    work.insert_many(BillLine, _COLUMNS, rows)
    journal.post(work, entries)
    made = work.session.scalars(sa.select(Bill.id).where(Bill.source_key == bill_source(move_id))).all()
    billing.counter_bills(work, made, "冲红，扣款撤销")
    derived.refresh_balances(work.session, bills)


def _refuse_less_than_nothing(work: Work, bill_ids: Sequence[UUID]) -> None:
    held: dict[UUID, Money] = {}
    connection = work.session.connection()
    for row in _HELD.rows(connection, bill_ids):
        held[row.bill_id] = row.fen if isinstance(row.fen, Money) else Money(int(row.fen))
    for bill_id, amount in held.items():
        if amount < NIL:
            title = work.session.scalars(sa.select(Bill.title).where(Bill.id == bill_id)).one()
            raise DepositMovedOn(title, -amount)


def _row(
    line_id: UUID, like: Any, amount: Money, source: str, reverses_id: UUID | None, why: str
) -> tuple[Any, ...]:  # fmt: skip
    return (
        line_id, like.bill_id, like.debtor_id, like.room_id, like.lease_id, like.fee_type, amount, source, reverses_id,
        [why],
    )  # fmt: skip


def _sides(line: Any, amount: Money) -> list[journal.Side]:
    where: dict[str, Any] = {"party_id": line.debtor_id, "room_id": line.room_id, "lease_id": line.lease_id}
    return [
        journal.Side(Account.RECEIVABLE, amount, line.fee_type, **where),
        journal.Side(Account.DEPOSIT_BILLED, -amount, line.fee_type, **where),
    ]


def _paid(work: Work, bill_ids: Sequence[UUID]) -> dict[UUID, Money]:
    found: dict[UUID, Money] = {}
    for row in _PAID.rows(work.session.connection(), bill_ids):
        found[row.bill_line_id] = found.get(row.bill_line_id, NIL) + row.amount
    return found


_LINES = Asked(
    lambda one_of: (
        sa.select(
            BillLine.id, BillLine.bill_id, BillLine.debtor_id, BillLine.room_id, BillLine.lease_id, BillLine.fee_type,
            BillLine.amount,
        )
        .where(one_of(BillLine.bill_id))
        .order_by(BillLine.id)
    )
)  # fmt: skip
_PAID = Asked(lambda one_of: sa.select(Allocation.bill_line_id, Allocation.amount).where(one_of(Allocation.bill_id)))
_MOVES = Asked(lambda one_of: sa.select(DepositMove.id).where(one_of(DepositMove.payment_id)))
_TOUCHED = Asked(
    lambda one_of: (
        sa.select(Allocation.bill_id)
        .join(BillLine, BillLine.id == Allocation.bill_line_id)
        .where(one_of(Allocation.payment_id), BillLine.fee_type.in_(LIABILITY_FEES))
        .distinct()
    )
)
_HELD = Asked(
    lambda one_of: (
        sa.select(Allocation.bill_id, sa.func.sum(Allocation.amount).label("fen"))
        .join(BillLine, BillLine.id == Allocation.bill_line_id)
        .where(one_of(Allocation.bill_id), BillLine.fee_type.in_(LIABILITY_FEES))
        .group_by(Allocation.bill_id)
    )
)
