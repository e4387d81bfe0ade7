"""Gap report 缺号报告: every receipt number of a desk and year, used, void or unused, with why it was not used.

Numbers are granted in blocks. What lies in a block above the next number has not come up yet; what lies in no block any
more was given up when the office was restored from a backup. Anything else that is missing is an alarm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.offices import Desk
from desktop.models.payments import Payment, PaymentKind, Receipt
from desktop.models.trust import AuditEntry, NumberBlock
from desktop.models.values import Right
from desktop.services.acts import Op
from desktop.services.numbers import Series
from desktop.services.rights import needs, part
from desktop.services.work import Look


class Why(StrEnum):
    """Why a number was not used."""

    WAITING = "waiting"
    """In a granted block, above the next number."""
    GIVEN_UP = "given_up"
    """In a block that the office gave up when it was restored from a backup."""
    UNKNOWN = "unknown"


WHY_WORDS = {
    Why.WAITING: "已分配给这个收银台，还没有用到",
    Why.GIVEN_UP: "恢复备份时旧号段作废，不再使用",
    Why.UNKNOWN: "说不清：请查审计日志，并联系管理员",
}


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers from first to last, both counted, that no receipt has."""

    first: int
    last: int
    why: Why

    @property
    def count(self) -> int:
        return self.last - self.first + 1

    def words(self) -> str:
        """000123 至 000140, or 000123."""
        return f"{self.first:06d}" if self.first == self.last else f"{self.first:06d} 至 {self.last:06d}"


@dataclass(frozen=True, slots=True)
class VoidNumber:
    """A number whose receipt is void."""

    payment_id: UUID
    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class SeriesReport:
    """One series: a desk in a year."""

    head: str
    """What its numbers begin with: WJYA26."""
    desk: str
    year: int
    last_granted: int
    """The highest number there is, used or not; numbers begin at 1."""
    used: int
    """Receipts, void ones among them."""
    voided: tuple[VoidNumber, ...]
    gaps: tuple[Gap, ...]

    @property
    def unexplained(self) -> tuple[Gap, ...]:
        return tuple(gap for gap in self.gaps if gap.why is Why.UNKNOWN)

    @property
    def last_used(self) -> int:
        """The highest number a receipt has; 0 when none has."""
        tail = self.gaps[-1] if self.gaps and self.gaps[-1].last == self.last_granted else None
        return tail.first - 1 if tail is not None else self.last_granted


@needs(Right.SEE_BILLS)
def gap_report(look: Look) -> tuple[SeriesReport, ...]:
    """Every series of the office, the latest year first."""
    return tuple(sorted(all_series(look), key=lambda each: (-each.year, each.head)))


@part
def all_series(look: Look) -> list[SeriesReport]:
    """`gap_report` inside another function."""
    session = look.session
    used: dict[str, list[int]] = {}
    for number in session.scalars(sa.select(Receipt.number).order_by(Receipt.number)):
        head, _, tail = number.rpartition("-")
        used.setdefault(head, []).append(int(tail))
    blocks = _blocks(look)
    desks = {row.code: row.name for row in session.execute(sa.select(Desk.code, Desk.name))}
    voids = _voids(look)
    restored = bool(session.scalar(sa.select(AuditEntry.n).where(AuditEntry.op == Op.RESTORE_BACKUP).limit(1)))
    found = []
    for head in sorted(used.keys() | blocks.keys()):
        numbers, of = set(used.get(head, ())), blocks.get(head, [])
        last = max([*numbers, *(block.last for block in of)])
        desk, year = _desk_of(head, look.office.project_code)
        found.append(
            SeriesReport(
                head, desks.get(desk, desk), year, last, len(used.get(head, ())), tuple(voids.get(head, ())),
                tuple(_gaps(numbers, of, last, restored=restored)),
            )
        )  # fmt: skip
    return found


def _blocks(look: Look) -> dict[str, list[NumberBlock]]:
    """{head: blocks} of the receipt series that were granted here."""
    code = look.office.project_code
    rows = look.session.execute(
        sa.select(NumberBlock, Desk.code)
        .join(Desk, Desk.id == NumberBlock.desk_id)
        .where(NumberBlock.series.startswith(f"{Series.RECEIPT}:"))
        .order_by(NumberBlock.first)
    )
    found: dict[str, list[NumberBlock]] = {}
    for block, desk in rows:
        year = int(block.series.partition(":")[2])
        found.setdefault(f"{code}{desk}{year % 100:02d}", []).append(block)
    return found


def _voids(look: Look) -> dict[str, list[VoidNumber]]:
    counter = sa.orm.aliased(Payment)
    rows = look.session.execute(
        sa.select(Receipt.payment_id, Receipt.number, counter.reason)
        .join(counter, counter.reverses_id == Receipt.payment_id)
        .where(counter.kind == PaymentKind.VOID)
        .order_by(Receipt.number)
    )
    found: dict[str, list[VoidNumber]] = {}
    for row in rows:
        head = row.number.rpartition("-")[0]
        found.setdefault(head, []).append(VoidNumber(row.payment_id, row.number, row.reason or ""))
    return found


def _desk_of(head: str, code: str) -> tuple[str, int]:
    """WJYA26 → the desk's code and the year."""
    rest = head.removeprefix(code)
    return rest[:-2], 2000 + int(rest[-2:]) if rest[-2:].isdecimal() else 0


def _gaps(used: set[int], blocks: Sequence[Any], last: int, *, restored: bool) -> Iterator[Gap]:
    missing = (number for number in range(1, last + 1) if number not in used)
    for first, end, why in _runs((number, _why(number, blocks, restored=restored)) for number in missing):
        yield Gap(first, end, why)


def _why(number: int, blocks: Sequence[Any], *, restored: bool) -> Why:
    for block in blocks:
        if block.first <= number <= block.last:
            return Why.WAITING if number >= block.upcoming else Why.UNKNOWN
    return Why.GIVEN_UP if restored else Why.UNKNOWN


def _runs(numbers: Iterable[tuple[int, Why]]) -> Iterator[tuple[int, int, Why]]:
    """Numbers in a row that have the same reason, together."""
    begun: tuple[int, int, Why] | None = None
    for number, why in numbers:
        if begun is not None and number == begun[1] + 1 and why is begun[2]:
            begun = (begun[0], number, why)
            continue
        if begun is not None:
            yield begun
        begun = (number, number, why)
    if begun is not None:
        yield begun
