"""The bill run 出账: a list of what would be billed and why, and the same list posted.

What is new is posted, what comes out differently than before is put right by counter-lines, what is skipped says why.
Running it twice makes nothing twice; two PCs that run at once come one after the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillRun
from desktop.models.offices import Node
from desktop.models.parties import Party
from desktop.models.values import NIL, FeeType, Money, Period, Right, total
from desktop.services import billing, collector, rent_charges
from desktop.services.asked import Asked
from desktop.services.billing import BillOrder, Rerating
from desktop.services.charge_values import Charge
from desktop.services.errors import DomainError, ProblemsFound
from desktop.services.month_lines import PlannedLine
from desktop.services.rights import needs, part
from desktop.services.run_outcome import Outcome, as_posted, difference, outcome_of
from desktop.services.work import Look, Work

RERATED = "重新计算"
NO_LONGER_OWED = "不再应收"


class Fate(StrEnum):
    """What a run would do with a bill."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"
    """Posted before, and nothing of it is owed any more."""
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class RunOrder:
    """What is to be run: the days, of one building or all. `without`: bills the clerk has taken out this time."""

    first: date
    last: date
    building_id: UUID | None = None
    without: frozenset[str] = frozenset()
    shown: str = ""
    """The digest of the list that stood on the screen; "": nobody looked."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """One line of the list."""

    key: str
    fate: Fate
    fee: str
    """住宅物业费, 租金."""
    fee_type: FeeType
    room_id: UUID | None
    room: str
    debtor_id: UUID | None
    debtor: str
    period: Period | None
    due: date | None
    amount: Money
    """What the bill will come to."""
    before: Money
    """What it came to so far; 0 for a new one."""
    why: tuple[str, ...]
    """The arithmetic, or the reason for skipping."""
    expected: bool = False
    """Of a skipped one: nothing is wrong."""

    @property
    def added(self) -> Money:
        return self.amount - self.before


@dataclass(frozen=True, slots=True)
class RunPreview:
    """What a run would do, and what it leaves alone."""

    order: RunOrder
    rows: tuple[RunRow, ...]
    unchanged: int
    digest: str

    def of(self, fate: Fate) -> list[RunRow]:
        return [row for row in self.rows if row.fate is fate]

    @property
    def added(self) -> Money:
        """What the run adds to what is owed, those taken out left out."""
        return total(row.added for row in self.rows if row.key not in self.order.without)


@dataclass(frozen=True, slots=True)
class RunDone:
    """News of a run."""

    run_id: UUID | None
    """None: there was nothing to do, so nothing was written."""
    made: int
    changed: int
    skipped: int
    amount: Money


class RunChanged(DomainError):
    """Something was paid, read or billed since the list was made: it is shown anew before anything is posted."""

    def __init__(self) -> None:
        super().__init__("名单出来以后又有人抄表、改价或出过账：没有生成，请看新的名单再确认")


def run_problems(order: RunOrder, today: date) -> dict[str, str]:
    """What is still to be mended of an order, by field."""
    if order.last < order.first:
        return {"last": f"结束日早于开始日，请选 {order.first} 之后"}
    if (order.last - order.first).days > 366:
        return {"last": "一次最多出一年的账：把时间改短"}
    if (order.last - today).days > 366:
        return {"last": "结束日在一年以后：核对年份"}
    return {}


# ---- showing it ------------------------------------------------------------------------------------------------------


@needs(Right.POST_BILLS)
def preview_run(look: Look, order: RunOrder) -> RunPreview:
    """What a run would make, change, take back and skip, with the reasons. Raises ProblemsFound."""
    with collector.held_off():
        return _preview(look, order)[0]


def _preview(look: Look, order: RunOrder) -> tuple[RunPreview, Outcome]:
    if problems := run_problems(order, look.world.today()):
        raise ProblemsFound(problems)
    outcome = outcome_of(look, Period(order.first, order.last), order.building_id)
    names = _names(look, outcome)
    rows = [*_rent_rows(outcome, names), *_fee_rows(outcome, names)]
    return RunPreview(order, tuple(rows), outcome.unchanged, _digest(rows)), outcome


def _digest(rows: Iterable[RunRow]) -> str:
    """What the list comes to; skipped lines do not count, they post nothing."""
    told = hashlib.sha256()
    for row in rows:
        if row.fate is not Fate.SKIPPED:
            told.update(f"{row.key}|{row.fate}|{row.amount.fen}|{row.before.fen};".encode())
    return told.hexdigest()


def _names(look: Look, outcome: Outcome) -> Mapping[UUID, str]:
    ids = {charge.bearer.party_id for charge in outcome.new}
    ids |= {charge.bearer.party_id for charge, _ in outcome.changed}
    ids |= {found.debtor_id for found in outcome.gone} | {rent.debtor_id for rent in outcome.rents}
    return {row.id: row.name for row in _NAMES.rows(look.connection, sorted(ids))}


_NAMES = Asked(lambda one_of: sa.select(Party.id, Party.name).where(one_of(Party.id)))


def _rent_rows(outcome: Outcome, names: Mapping[UUID, str]) -> Iterable[RunRow]:
    for rent in outcome.rents:
        bill = rent.bill
        yield RunRow(
            rent.key, Fate.NEW, rent.title, bill.fee_type, rent.room_id, rent.room, rent.debtor_id,
            names.get(rent.debtor_id, ""), bill.period, bill.due, bill.money, NIL, _why(bill.lines),
        )  # fmt: skip


def _fee_rows(outcome: Outcome, names: Mapping[UUID, str]) -> Iterable[RunRow]:
    for charge in outcome.new:
        yield _charge_row(charge, Fate.NEW, NIL, names)
    for charge, found in outcome.changed:
        yield _charge_row(charge, Fate.CHANGED, found.money, names)
    for found in outcome.gone:
        line = next(iter(found.lines.values()))
        yield RunRow(
            f"gone:{found.bill_id.hex}", Fate.GONE, found.title, line.fee_type, found.room_id, found.room,
            found.debtor_id, names.get(found.debtor_id, ""), Period(line.period_start, line.period_end), None, NIL,
            found.money, (NO_LONGER_OWED,),
        )  # fmt: skip
    for each in outcome.skipped:
        yield RunRow(
            f"skip:{each.item.id.hex}:{each.room.id.hex}:{each.period.start}", Fate.SKIPPED, each.item.name,
            each.item.fee_type, each.room.id, each.room.words, None, "", each.period, None, NIL, NIL, (each.reason,),
            each.expected,
        )  # fmt: skip


def _charge_row(charge: Charge, fate: Fate, before: Money, names: Mapping[UUID, str]) -> RunRow:
    bill = charge.bill
    return RunRow(
        charge.key, fate, charge.item.name, charge.item.fee_type, charge.room.id, charge.room.words,
        charge.bearer.party_id, names.get(charge.bearer.party_id, ""), charge.period, bill.due, bill.money, before,
        _why(bill.lines),
    )  # fmt: skip


def _why(lines: Sequence[PlannedLine]) -> tuple[str, ...]:
    return tuple(step for line in lines for step in line.why)


# ---- posting it ------------------------------------------------------------------------------------------------------


@needs(Right.POST_BILLS)
def post_run(work: Work, order: RunOrder) -> RunDone:
    """Post what `preview_run` shows, by the same computation over locked ground.

    Raises RunChanged when it comes to something else than what stood on the screen, ProblemsFound.
    """
    return put_run(work, order)


@part
def put_run(work: Work, order: RunOrder) -> RunDone:
    """`post_run` inside another act."""
    work.until_over.enter_context(collector.held_off())
    # Whoever runs at the same time waits here and then finds everything posted.
    work.session.execute(sa.select(Node.id).with_for_update())
    preview, outcome = _preview(work, order)
    if order.shown and order.shown != preview.digest:
        raise RunChanged
    work.world.fault("bill_run.planned")
    rows = [row for row in preview.rows if row.fate is not Fate.SKIPPED and row.key not in order.without]
    skipped = len(preview.rows) - len(rows)
    if not rows:
        work.record(bills=0, until=order.last.isoformat())
        return RunDone(None, 0, 0, skipped, NIL)
    wanted = {row.key for row in rows}
    made = sum(row.fate is Fate.NEW for row in rows)
    run = work.add(
        BillRun(
            first=order.first, last=order.last, building_id=order.building_id, made=made, changed=len(rows) - made,
            skipped=skipped, amount=total(row.added for row in rows),
        )
    )  # fmt: skip
    work.session.flush()
    billing.put_bills(work, _orders(outcome, wanted), run_id=run.id)
    work.world.fault("bill_run.billed")
    billing.rerate_bills(work, _reratings(outcome, wanted))
    work.world.fault("bill_run.rerated")
    work.subject(run)
    work.record(bills=made, changed=len(rows) - made, until=order.last.isoformat())
    return RunDone(run.id, made, len(rows) - made, skipped, run.amount)


def _orders(outcome: Outcome, wanted: set[str]) -> Iterable[BillOrder]:
    yield from rent_charges.orders_of(rent for rent in outcome.rents if rent.key in wanted)
    for charge in outcome.new:
        if charge.key in wanted:
            yield BillOrder(
                charge.bearer.party_id, charge.room.id, [charge.bill], charge.source, charge.bearer.lease_id,
                charge.title,
            )  # fmt: skip


def _reratings(outcome: Outcome, wanted: set[str]) -> list[Rerating]:
    """Only the lines that come out differently are taken back; each has its counter-line beside it."""
    found = []
    for charge, bill in outcome.changed:
        if charge.key not in wanted:
            continue
        stand = {line_id: as_posted(line) for line_id, line in bill.lines.items()}
        over, missing = difference(stand, charge.bill.lines)
        found.append(Rerating(bill.bill_id, over, missing, f"{charge.source}~{bill.count}", RERATED))
    for bill in outcome.gone:
        if f"gone:{bill.bill_id.hex}" in wanted:
            found.append(Rerating(bill.bill_id, list(bill.lines), (), "", NO_LONGER_OWED))
    return found
