"""Bill notices 缴费通知单: for whom there is one, what is open on it, and everything that stands on it.

A notice is for one debtor and one room. It holds the bills asked for and, marked, what is overdue besides; who pays a
part has that taken off. What is open is read when the notice is made: a bill that was paid meanwhile stands on none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.fees import FeeItem
from desktop.models.journal import Posting
from desktop.models.parties import Party
from desktop.models.payments import PrintEvent
from desktop.models.places import Building, Room
from desktop.models.values import NIL, Account, FeeType, Money, PartyKind, Right, total
from desktop.services import payment_codes, settings
from desktop.services.asked import Asked
from desktop.services.bill_codes import PAPER, code_of
from desktop.services.bill_lists import plain
from desktop.services.billing import FEE_WORDS
from desktop.services.masks import mask_name
from desktop.services.narrowing import NOTHING
from desktop.services.paper.bill_notice import BillNoticePaper, NoticeLine, PayWays
from desktop.services.progress import Report, silent
from desktop.services.rights import needs, part
from desktop.services.work import Look
from desktop.world import OFFICE_ZONE

MOST = 3_000
"""Notices in one run: a box of paper."""
NOWHERE = "不属房间"
"""Where a notice goes that is about no room: to the desk."""
METERED = frozenset({FeeType.WATER, FeeType.ELECTRICITY, FeeType.GAS, FeeType.HEATING})
_LONGEST_WHY = 90
_LUMP = "笔"
"""The unit of what is counted by nothing."""

Group = tuple[UUID, ...]
"""The bills of one notice."""


@dataclass(frozen=True, slots=True)
class FindNotices:
    """Which bills notices are wanted of: due up to a day, or made by a run, or chosen; only what was asked narrows."""

    until: date
    run_id: UUID | None = None
    bill_ids: tuple[UUID, ...] = ()
    building_id: UUID | None = None
    unprinted: bool = False
    """Only those of which no bill stood on a notice before."""


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One notice to be; `bill_ids` in the order of the paper."""

    debtor_id: UUID
    room_id: UUID | None
    building_id: UUID | None
    building: str
    number: str
    debtor: str
    bill_ids: Group
    arrears: Money
    """Of `amount`, what was due before today."""
    amount: Money
    printed: date | None
    """When one of its bills last stood on a notice."""

    @property
    def room(self) -> str:
        return f"{self.building} {self.number}".strip() or NOWHERE


@dataclass(frozen=True, slots=True)
class Notices:
    """What was found, in the order of printing; `more`: there are more than one run takes."""

    rows: tuple[NoticeRow, ...]
    more: bool


# ---- for whom ------------------------------------------------------------------------------------------------------


@needs(Right.SEE_BILLS)
def find_notices(look: Look, wanted: FindNotices) -> Notices:
    """The notices there would be, by building, floor and room; who owes nothing of what is wanted gets none."""
    bills = _open_bills(look, wanted)
    pairs: dict[tuple[UUID, UUID | None], list[Any]] = {}
    for bill in sorted(bills, key=lambda bill: (bill.due, bill.bill_id)):
        pairs.setdefault((bill.debtor_id, bill.room_id), []).append(bill)
    places = _places(look, {room_id for _, room_id in pairs if room_id is not None})
    ordered = sorted(pairs.items(), key=lambda pair: _order(places.get(pair[0][1]), pair[0]))
    if wanted.unprinted:
        seen = _printed(look, [bill.bill_id for _, found in ordered for bill in found])
        ordered = [pair for pair in ordered if not any(bill.bill_id in seen for bill in pair[1])]
    shown = ordered[:MOST]
    seen = _printed(look, [bill.bill_id for _, found in shown for bill in found])
    names = {row.id: row.name for row in _NAMES.rows(look.session.connection(), {pair[0] for pair, _ in shown})}
    today = look.world.today()
    rows = []
    for (debtor_id, room_id), found in shown:
        place = places.get(room_id)
        printed = [seen[bill.bill_id] for bill in found if bill.bill_id in seen]
        rows.append(
            NoticeRow(
                debtor_id, room_id, place.building_id if place else None, place.building if place else "",
                place.number if place else "", names[debtor_id], tuple(bill.bill_id for bill in found),
                total(bill.owed for bill in found if bill.due < today), total(bill.owed for bill in found),
                max(printed, default=None),
            )
        )  # fmt: skip
    return Notices(tuple(rows), len(ordered) > MOST)


def _open_bills(look: Look, wanted: FindNotices) -> Sequence[Any]:
    """What is open of those wanted, and what is overdue of the same debtors in the same rooms."""
    here = _OPEN if wanted.building_id is None else [*_OPEN, BillBalance.room_id.in_(_rooms_of(wanted.building_id))]
    columns = (BillBalance.bill_id, BillBalance.debtor_id, BillBalance.room_id, BillBalance.due, BillBalance.owed)
    if not wanted.bill_ids and wanted.run_id is None:
        # Nothing overdue is due after the day: one question has both.
        return look.session.execute(sa.select(*columns).where(*here, BillBalance.due <= wanted.until)).all()
    if wanted.bill_ids:
        connection = look.session.connection()
        found = [row for row in _CHOSEN.rows(connection, wanted.bill_ids) if row.owed > NIL]
    else:
        run = sa.select(Bill.id).where(Bill.run_id == wanted.run_id)
        found = list(look.session.execute(sa.select(*columns).where(*here, BillBalance.bill_id.in_(run))))
    pairs = {(row.debtor_id, row.room_id) for row in found}
    late = _LATE.rows(look.session.connection(), {pair[0] for pair in pairs}, today=look.world.today())
    known = {row.bill_id for row in found}
    return found + [row for row in late if (row.debtor_id, row.room_id) in pairs and row.bill_id not in known]


_OPEN: list[sa.ColumnElement[bool]] = [BillBalance.owed != NOTHING, BillBalance.owed > NOTHING]
"""Written out twice: the first makes the partial index serve."""


def _rooms_of(building_id: UUID) -> sa.Select[Any]:
    return sa.select(Room.id).where(Room.building_id == building_id)


def _balances(*where: sa.ColumnElement[bool]) -> Any:
    return sa.select(
        BillBalance.bill_id, BillBalance.debtor_id, BillBalance.room_id, BillBalance.due, BillBalance.owed
    ).where(*where)


_CHOSEN = Asked(lambda one_of: _balances(one_of(BillBalance.bill_id)))
_LATE = Asked(
    lambda one_of: _balances(
        one_of(BillBalance.debtor_id), *_OPEN,
        BillBalance.due < sa.bindparam("today", type_=BillBalance.due.type),
    )
)  # fmt: skip
_NAMES = Asked(lambda one_of: sa.select(Party.id, Party.name, Party.kind).where(one_of(Party.id)))
_PLACES = Asked(
    lambda one_of: (
        sa.select(Room.id, Room.number, Room.floor, Room.building_id, Building.name.label("building"), Building.sort)
        .join(Building, Building.id == Room.building_id)
        .where(one_of(Room.id))
    )
)
_PRINTED = Asked(
    lambda one_of: (
        sa.select(PrintEvent.subject_id, sa.func.max(PrintEvent.created_at).label("at"))
        .where(one_of(PrintEvent.subject_id), PrintEvent.paper == PAPER)
        .group_by(PrintEvent.subject_id)
    )
)


def _places(look: Look, room_ids: Iterable[UUID]) -> dict[UUID | None, Any]:
    return {row.id: row for row in _PLACES.rows(look.session.connection(), list(room_ids))}


def _order(place: Any, pair: tuple[UUID, UUID | None]) -> tuple[Any, ...]:
    """By building, floor and number; what has no room comes last."""
    if place is None:
        return (1, 0, "", 0, 0, "", str(pair[0]))
    return (0, place.sort, place.building, place.floor, len(place.number), place.number, str(pair[0]))


def _printed(look: Look, bill_ids: Sequence[UUID]) -> dict[UUID, date]:
    rows = _PRINTED.rows(look.session.connection(), bill_ids)
    return {row.subject_id: row.at.astimezone(OFFICE_ZONE).date() for row in rows}


# ---- what stands on them -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Facts:
    """What the notices of a run need, read for many bills at once."""

    bills: dict[UUID, Any] = field(default_factory=dict)
    lines: dict[UUID, list[Any]] = field(default_factory=dict)
    parties: dict[UUID, Any] = field(default_factory=dict)
    places: dict[UUID | None, Any] = field(default_factory=dict)
    credit: dict[UUID, Money] = field(default_factory=dict)
    items: dict[UUID, str] = field(default_factory=dict)


@part
def papers_of(look: Look, groups: Sequence[Group], report: Report = silent) -> list[list[BillNoticePaper]]:
    """The notices of these bills as they stand now, a list for each building, in the order of `groups`.

    Bills that are paid by now are left out, and notices of which nothing is left.
    """
    facts, full = _read(look, groups), bool(settings.value_of(look, "bill_notice_full_names"))
    stacks: dict[str, list[BillNoticePaper]] = {}
    for done, group in enumerate(groups):
        report(done, len(groups), "读取账单")
        bills = [facts.bills[bill_id] for bill_id in group if bill_id in facts.bills]
        if not bills:
            continue
        paper = _paper(look, facts, bills, full)
        stacks.setdefault(paper.building, []).append(paper)
    return list(stacks.values())


@part
def pay_ways(look: Look) -> PayWays:
    """How the office is paid, as every notice says it."""
    codes = payment_codes.codes_of(look)
    words = str(settings.value_of(look, "bill_notice_pay") or "")
    return PayWays(words, tuple((method.value, data) for method, data in codes.items()))


def _read(look: Look, groups: Sequence[Group]) -> _Facts:
    connection, facts = look.session.connection(), _Facts()
    ids = [bill_id for group in groups for bill_id in group]
    facts.bills = {row.id: row for row in _BILLS.rows(connection, ids) if row.owed > NIL}
    for line in _LINES.rows(connection, list(facts.bills)):
        facts.lines.setdefault(line.bill_id, []).append(line)
    debtors = {bill.debtor_id for bill in facts.bills.values()}
    facts.parties = {row.id: row for row in _NAMES.rows(connection, debtors)}
    facts.places = _places(look, {bill.room_id for bill in facts.bills.values() if bill.room_id is not None})
    facts.credit = {row.party_id: Money(-int(row.fen)) for row in _CREDIT.rows(connection, debtors)}
    facts.items = {row.id: row.name for row in look.session.execute(sa.select(FeeItem.id, FeeItem.name))}
    return facts


_BILLS = Asked(
    lambda one_of: (
        sa.select(Bill.id, Bill.title, Bill.debtor_id, Bill.room_id, Bill.due, BillBalance.owed)
        .join(BillBalance, BillBalance.bill_id == Bill.id)
        .where(one_of(Bill.id))
    )
)
_LINES = Asked(
    lambda one_of: (
        sa.select(
            BillLine.id, BillLine.bill_id, BillLine.fee_type, BillLine.fee_item_id, BillLine.period_start,
            BillLine.period_end, BillLine.quantity, BillLine.unit, BillLine.unit_price, BillLine.amount,
            BillLine.reverses_id, BillLine.explanation,
        )
        .where(one_of(BillLine.bill_id))
        .order_by(BillLine.id)
    )
)  # fmt: skip
_CREDIT = Asked(
    lambda one_of: (
        sa.select(Posting.party_id, sa.func.sum(sa.type_coerce(Posting.amount, sa.BigInteger)).label("fen"))
        .where(one_of(Posting.party_id), Posting.account == Account.PREPAID)
        .group_by(Posting.party_id)
    )
)


def _paper(look: Look, facts: _Facts, bills: Sequence[Any], full: bool) -> BillNoticePaper:
    today, party = look.world.today(), facts.parties[bills[0].debtor_id]
    place = facts.places.get(bills[0].room_id)
    now = [bill for bill in bills if bill.due >= today]
    late = [bill for bill in bills if bill.due < today]
    lines = [line for bill in now for line in _lines_of(bill, facts)] + [_arrears_line(bill, facts) for bill in late]
    masked = not full and party.kind is PartyKind.PERSON
    return BillNoticePaper(
        office=look.office.organisation, building=place.building if place else "", number=place.number if place else "",
        debtor=mask_name(party.name) if masked else party.name, made_on=today,
        due=min((bill.due for bill in now), default=None), lines=tuple(lines),
        arrears=total(bill.owed for bill in late), total=total(bill.owed for bill in bills),
        credit=max(facts.credit.get(party.id, NIL), NIL), code=code_of(bills[0].id),
    )  # fmt: skip


def _lines_of(bill: Any, facts: _Facts) -> Iterator[NoticeLine]:
    """The lines of a bill, without those that a counter-line has taken back whole, and less what was paid."""
    lines = facts.lines.get(bill.id, [])
    amounts = {line.id: line.amount for line in lines}
    gone: set[UUID] = set()
    for line in lines:
        if line.reverses_id in amounts and line.amount + amounts[line.reverses_id] == NIL:
            gone |= {line.id, line.reverses_id}
    for line in lines:
        if line.id not in gone:
            yield _line(bill, line, facts.items)
    paid = total(line.amount for line in lines) - bill.owed
    if paid:
        yield NoticeLine("已缴", -paid, why=bill.title)


def _line(bill: Any, line: Any, items: Mapping[UUID, str]) -> NoticeLine:
    whole = line.quantity is not None and line.unit_price is not None
    fits = whole and Money.rounded(line.quantity * line.unit_price * 100) == line.amount
    measured = ""
    if fits and line.amount >= NIL and line.unit != _LUMP:
        measured = f"{plain(line.quantity)} {line.unit or ''}".strip() + f" × {plain(line.unit_price, 2)}"
    told = line.fee_type in METERED or line.amount < NIL or not fits
    return NoticeLine(
        items.get(line.fee_item_id) or FEE_WORDS[line.fee_type], line.amount, _period(line), measured, bill.due,
        _why(line.explanation) if told else "",
    )  # fmt: skip


def _arrears_line(bill: Any, facts: _Facts) -> NoticeLine:
    """All of an overdue bill in one line: what it asked for was told on the notice of its own month."""
    lines = facts.lines.get(bill.id, [])
    starts = [line.period_start for line in lines if line.period_start]
    ends = [line.period_end for line in lines if line.period_end]
    period = f"{min(starts)} 至 {max(ends)}" if starts and ends else ""
    asked = total(line.amount for line in lines)
    why = f"应缴 {asked}，已缴 {asked - bill.owed}" if asked != bill.owed else ""
    return NoticeLine(bill.title, bill.owed, period, "", bill.due, why, arrears=True)


def _period(line: Any) -> str:
    if line.period_start is None or line.period_end is None:
        return ""
    return f"{line.period_start} 至 {line.period_end}"


def _why(explanation: Any) -> str:
    """The facts behind a line in one sentence: [["上次读数", "1203"], …] or ["免租 6 天", …]."""
    told = [each if isinstance(each, str) else " ".join(str(word) for word in each) for each in explanation or ()]
    words = "；".join(each for each in told if each)
    return words if len(words) <= _LONGEST_WHY else words[: _LONGEST_WHY - 1] + "…"
