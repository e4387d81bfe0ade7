"""How a checklist stands 检查进度: an order that has one is done only when every line has an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from desktop.models.plans import CheckLine
from desktop.models.values import CheckAnswer
from desktop.models.work_orders import WorkOrder
from desktop.services.errors import DomainError
from desktop.services.rights import part
from desktop.services.work import Look, Work


@dataclass(frozen=True, slots=True)
class CheckSums:
    """How a checklist stands: its lines, how many nobody has answered, how many are 异常."""

    lines: int
    open: int
    bad: int

    @property
    def words(self) -> str:
        """12 项，2 项异常，还有 3 项没查."""
        bad = f"，{self.bad} 项异常" if self.bad else ""
        return f"{self.lines} 项{bad}，还有 {self.open} 项没查" if self.open else f"{self.lines} 项查完{bad}"


class ChecksOpen(DomainError):
    """An order is to be finished though nobody has looked at all of its list. `open`: so many lines."""

    def __init__(self, number: str, open_: int) -> None:
        super().__init__(f"{number} 还有 {open_} 项没查：按 Ctrl L 逐项填正常、异常或不适用，再完成")
        self.open = open_


@part
def sums_of(look: Look, orders: Sequence[UUID]) -> dict[UUID, CheckSums]:
    """{order: how its checklist stands}, of those that have one."""
    if not orders:
        return {}
    look.settle()
    rows = look.session.execute(
        sa.select(
            CheckLine.work_order_id, sa.func.count(),
            sa.func.sum(sa.case((CheckLine.answer.is_(None), 1), else_=0)),
            sa.func.sum(sa.case((CheckLine.answer == CheckAnswer.BAD, 1), else_=0)),
        )
        .where(CheckLine.work_order_id.in_(orders), CheckLine.deleted_at.is_(None))
        .group_by(CheckLine.work_order_id)
    )  # fmt: skip
    return {row[0]: CheckSums(row[1], int(row[2]), int(row[3])) for row in rows}


@part
def refuse_unchecked(work: Work, order: WorkOrder) -> None:
    """Raise ChecksOpen while lines of an order's list have no answer."""
    sums = sums_of(work, [order.id]).get(order.id)
    if sums is not None and sums.open:
        raise ChecksOpen(order.number, sums.open)
