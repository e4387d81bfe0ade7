"""The till 收款台: who comes to pay, what is open, and the receipt as it will be before anything is stored."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.leases import Lease, LeaseParty, LeaseRoom
from desktop.models.parties import Party
from desktop.models.payments import Allocation
from desktop.models.places import Room
from desktop.models.values import (
    LIABILITY_FEES,
    NIL,
    FeeType,
    LeaseState,
    Money,
    PayMethod,
    Period,
    Right,
    Surplus,
    total,
)
from desktop.services import allocation, cash_off, early_payment
from desktop.services.allocation import DebtFacts, paid_lines
from desktop.services.bill_codes import bill_in
from desktop.services.bill_lists import bills_by_id
from desktop.services.billing import BillRow
from desktop.services.cash_off import RoundingRule
from desktop.services.credit import credit_of
from desktop.services.early_payment import EarlyOffer
from desktop.services.leases import INSIDE, TENANT_ROLES, rooms_of_parties
from desktop.services.paging import like
from desktop.services.paper.money import ReceiptPaper, TenderLine
from desktop.services.party_search import find_parties
from desktop.services.payments import TakePayment
from desktop.services.receipt_kinds import RECEIPT_TITLES, ReceiptKind, payment_kind
from desktop.services.receipt_papers import (
    NUMBER_LATER,
    credit_lines,
    debtor_names,
    instead_words,
    receipt_line,
    receipt_of,
)
from desktop.services.receipts import PaidLine
from desktop.services.rights import needs
from desktop.services.tenders import TenderForm
from desktop.services.work import Look

SHOWN = 60
_NOTHING: sa.ColumnElement[int] = sa.literal_column("0")


@dataclass(frozen=True, slots=True)
class PayerRow:
    """Somebody who may come to pay."""

    id: UUID
    name: str
    rooms: str
    bills: int
    """Open and due by today."""
    owed: Money
    """Of these."""
    oldest: date | None
    """The earliest due date among them."""
    open_owed: Money
    """Everything open, also what is not due yet."""

    def overdue_days(self, today: date) -> int:
        """Days past the earliest due date; 0 when nothing is late."""
        return max(0, (today - self.oldest).days) if self.oldest is not None else 0


@dataclass(frozen=True, slots=True)
class OpenLine:
    """What is open of one bill line, in the order in which money goes to them."""

    fee_type: FeeType
    period: Period | None
    quantity: Decimal | None
    unit: str | None
    unit_price: Decimal | None
    open: Money


@dataclass(frozen=True, slots=True)
class TillBill:
    """A bill with something open; in the debtor's favour when that is below zero."""

    row: BillRow
    """`owed` is what it costs when it is paid whole today."""
    lines: tuple[OpenLine, ...]
    debt: DebtFacts
    early: EarlyOffer | None = None
    """What is taken off already, for being paid whole before its day."""

    def lines_for(self, amount: Money) -> tuple[OpenLine, ...]:
        """What is open of its lines when so much of it is paid: in part, nothing is taken off."""
        if self.early is None or amount != self.row.owed:
            return self.lines
        return (*self.lines, self._taken_off(self.early))

    def _taken_off(self, early: EarlyOffer) -> OpenLine:
        line = early.line
        return OpenLine(early.fee_type, early.period, line.quantity, line.unit, line.unit_price, -early.off)


@dataclass(frozen=True, slots=True)
class TillFacts:
    """Everything the till shows of one payer."""

    payer_id: UUID
    payer: str
    rooms: str
    """1 栋 1203 of today's leases; empty when none."""
    prepaid: Money
    """Stands to the payer's credit."""
    bills: tuple[TillBill, ...]
    today: date
    rounding: RoundingRule
    """What may be let off in cash here."""

    def overdue_days(self) -> int:
        """Days past the earliest due date of what is open."""
        return max((bill.row.overdue_days(self.today) for bill in self.bills), default=0)

    def early(self, amounts: Mapping[UUID, Money]) -> dict[UUID, Money]:
        """What is taken off the bills that these amounts pay whole before their day, for `take_payment`."""
        return {
            bill.row.id: bill.early.off
            for bill in self.bills
            if bill.early is not None and amounts.get(bill.row.id) == bill.row.owed
        }

    def in_legal_order(self, amount: Money) -> dict[UUID, Money]:
        """How much of this party's own bills a sum pays when nobody chose, as `take_payment` holds it."""
        own = [bill for bill in self.bills if bill.row.debtor_id == self.payer_id]
        return allocation.legal_amounts(
            {bill.row.id: bill.lines_for(bill.row.owed) for bill in own}, {bill.row.id: bill.row.due for bill in own},
            {bill.row.id: bill.debt for bill in own}, amount, self.today,
        )  # fmt: skip


@needs(Right.SEE_BILLS)
def till_facts(look: Look, party_id: UUID | None, bill_ids: Sequence[UUID] = ()) -> TillFacts:
    """What is open of a party, in order of due date, and of the bills named, whoever owes them.

    Without a party the debtor of the first bill is the payer. Raises NotFound.
    """
    named = bills_by_id(look, list(bill_ids))
    if party_id is None and named:
        party_id = named[0].debtor_id
    if party_id is None:
        from desktop.services.errors import NotFound

        raise NotFound("这张账单")
    party = look.get(Party, party_id)
    ids = allocation.open_bills_of(look, party_id)
    others = [row.id for row in named if row.owed != NIL and row.debtor_id != party_id]
    rows = sorted(bills_by_id(look, [*ids, *others]), key=lambda row: (row.due, row.id))
    lines = _open_lines(look, [row.id for row in rows])
    rows = [row for row in rows if row.owed > NIL or not _held(lines.get(row.id, ()))]
    debts = allocation.debt_facts(look, [row.id for row in rows])
    early = early_payment.offers(look, [row.id for row in rows if row.due > look.world.today()])
    rooms = rooms_of_parties(look, [party_id]).get(party_id, [])
    return TillFacts(
        party_id, party.name, "、".join(rooms), credit_of(look, party_id),
        tuple(
            TillBill(_at_the_till(row, offer), tuple(lines.get(row.id, ())), debts[row.id], offer)
            for row, offer in ((row, early.get(row.id)) for row in rows)
        ), look.world.today(),
        cash_off.rule_of(look),
    )  # fmt: skip


def _at_the_till(row: BillRow, early: EarlyOffer | None) -> BillRow:
    """What it costs when paid whole today, and why that is less than what is open."""
    if early is None:
        return row
    return row._replace(owed=row.owed - early.off, detail=" · ".join(filter(None, (row.detail, early.words))))


def _held(lines: Iterable[OpenLine]) -> bool:
    """It is about a deposit: what is due back of one is no matter of the till."""
    return any(line.fee_type in LIABILITY_FEES for line in lines)


def _open_lines(look: Look, bill_ids: Sequence[UUID]) -> dict[UUID, list[OpenLine]]:
    if not bill_ids:
        return {}
    paid: dict[UUID, int] = {}
    for line_id, fen in look.session.execute(
        sa.select(Allocation.bill_line_id, sa.func.sum(sa.type_coerce(Allocation.amount, sa.BigInteger)))
        .where(Allocation.bill_id.in_(bill_ids))
        .group_by(Allocation.bill_line_id)
    ):
        paid[line_id] = int(fen)
    found: dict[UUID, list[OpenLine]] = {}
    for line in look.session.scalars(sa.select(BillLine).where(BillLine.bill_id.in_(bill_ids)).order_by(BillLine.id)):
        left = line.amount - Money(paid.get(line.id, 0))
        if left != NIL:
            period = Period(line.period_start, line.period_end) if line.period_start and line.period_end else None
            found.setdefault(line.bill_id, []).append(
                OpenLine(line.fee_type, period, line.quantity, line.unit, line.unit_price, left)
            )
    return found


# ---- who comes to pay ----------------------------------------------------------------------------------------------


@needs(Right.SEE_BILLS)
def find_payers(look: Look, text: str = "", limit: int = SHOWN) -> list[PayerRow]:
    """Payers by name, sound, number, phone or room; with nothing typed, everybody who owes today, the latest first."""
    wanted = unicodedata.normalize("NFKC", text).strip()
    if not wanted:
        return _due_today(look, limit)
    if (bill_id := bill_in(wanted)) is not None:  # the square of a bill notice, scanned
        return _payers(look, look.session.scalars(sa.select(Bill.debtor_id).where(Bill.id == bill_id)).all())
    ids: dict[UUID, None] = {}
    if any(character.isdigit() for character in wanted):
        for party_id in _living_in(look, wanted, limit):
            ids.setdefault(party_id)
    if Right.SEE_PARTIES in look.actor.rights:
        for hit in find_parties(look, wanted, limit):
            ids.setdefault(hit.id)
    # Four digits may end a phone, a card and a number of ours: who owes is whom the till waits for.
    return sorted(_payers(look, list(ids)[:limit]), key=lambda row: row.open_owed <= NIL)


def _living_in(look: Look, text: str, limit: int) -> Sequence[UUID]:
    """Tenants of a room by the beginning of its number: 1203, or 1-1203 with the building before it."""
    number = text.replace("栋", "-").replace("幢", "-").replace(" ", "-").split("-")[-1]
    if not number:
        return []
    return look.session.scalars(
        sa.select(LeaseParty.party_id)
        .join(Lease, Lease.id == LeaseParty.lease_id)
        .join(LeaseRoom, LeaseRoom.lease_id == Lease.id)
        .join(Room, Room.id == LeaseRoom.room_id)
        .where(
            Room.number.like(f"{like(number)}%", escape="\\"),
            Lease.state.in_((*INSIDE, LeaseState.SIGNED)),
            LeaseParty.role.in_(TENANT_ROLES),
        )
        .order_by(sa.func.length(Room.number), Room.number)
        .limit(limit)
    ).all()


def _due_today(look: Look, limit: int) -> list[PayerRow]:
    ids = look.session.scalars(
        sa.select(BillBalance.debtor_id)
        .where(BillBalance.owed != _NOTHING, BillBalance.owed > _NOTHING, BillBalance.due <= look.world.today())
        .group_by(BillBalance.debtor_id)
        .order_by(sa.func.min(BillBalance.due), BillBalance.debtor_id)
        .limit(limit)
    ).all()
    return _payers(look, ids)


def _payers(look: Look, ids: Sequence[UUID]) -> list[PayerRow]:
    if not ids:
        return []
    today = look.world.today()
    names = {row.id: row.name for row in look.session.execute(sa.select(Party.id, Party.name).where(Party.id.in_(ids)))}
    rooms = rooms_of_parties(look, ids)
    due: dict[UUID, list[tuple[date, Money]]] = {}
    for row in look.session.execute(
        sa.select(BillBalance.debtor_id, BillBalance.due, BillBalance.owed).where(
            BillBalance.debtor_id.in_(ids), BillBalance.owed != _NOTHING, BillBalance.owed > _NOTHING
        )
    ):
        due.setdefault(row.debtor_id, []).append((row.due, row.owed))
    found = []
    for party_id in ids:
        if party_id not in names:
            continue
        each = due.get(party_id, [])
        now = [(day, owed) for day, owed in each if day <= today]
        found.append(
            PayerRow(
                party_id, names[party_id], "、".join(rooms.get(party_id, ())), len(now), total(owed for _, owed in now),
                min((day for day, _ in now), default=None), total(owed for _, owed in each),
            )
        )  # fmt: skip
    return found


# ---- the receipt before it is one ----------------------------------------------------------------------------------


def receipt_preview(
    facts: TillFacts, request: TakePayment, *, office: str, cashier: str, desk: str, payer: str = ""
) -> ReceiptPaper:
    """The receipt that this payment would give, as it is printed; only the number is still to come.

    `payer` is the name of who pays where that is not the party of the facts.
    """
    amounts = {bill.row.id: _fitting(bill, request.amounts.get(bill.row.id, NIL)) for bill in facts.bills}
    paid = [
        PaidLine(
            bill.row.id, bill.row.title, line.fee_type, line.period.start if line.period else None,
            line.period.end if line.period else None, line.quantity, line.unit, line.unit_price, use, None,
            bill.row.debtor if bill.row.debtor_id != request.payer_id else "",
        )
        for bill in facts.bills
        for line, use in paid_lines(bill.lines_for(amounts[bill.row.id]), amounts[bill.row.id], request.rule)
    ]  # fmt: skip
    rooms = dict.fromkeys(bill.row.room for bill in facts.bills if amounts[bill.row.id] != NIL)
    asked, given = total(line.amount for line in paid), request.given
    over = max(given - (asked - request.credit - request.rounding), NIL)
    cash = total(tender.amount for tender in request.tenders if tender.method is PayMethod.CASH)
    credited = (over if request.surplus is Surplus.CREDIT else NIL) - request.credit
    change = over if request.surplus is not Surplus.CREDIT and over <= cash else NIL
    whole = asked + credited - request.rounding
    kind, names = payment_kind({line.fee_type for line in paid}, whole, credited), debtor_names(paid)
    lines = [receipt_line(line, named=len(names) > 1) for line in paid]
    return ReceiptPaper(
        office=office, number=NUMBER_LATER, business_date=facts.today, payer=payer or facts.payer,
        room="、".join(room for room in rooms if room),
        lines=(*lines, *credit_lines(credited, request.rounding, kind)), total=whole, cashier=cashier, desk=desk,
        kind=kind, title=RECEIPT_TITLES[kind], tenders=_net(request.tenders, change),
        received=None if kind is ReceiptKind.OFFSET else given,
        change=change, remark=instead_words(names),
    )  # fmt: skip


def _fitting(bill: TillBill, amount: Money) -> Money:
    """What of an amount the bill can take: while it is typed it may be anything."""
    return max(min(amount, max(bill.row.owed, NIL)), min(bill.row.owed, NIL))


@needs(Right.SEE_BILLS)
def receipt_paper(look: Look, payment_id: UUID) -> ReceiptPaper:
    """A receipt as it was printed, or will be, for showing it on screen. Raises NotFound."""
    return receipt_of(look, payment_id)


def _net(tenders: Sequence[TenderForm], change: Money) -> tuple[TenderLine, ...]:
    """What stays in the till of each tender: change comes out of the cash."""
    back, kept = change, []
    for tender in tenders:
        amount = tender.amount
        if tender.method is PayMethod.CASH:
            out = min(back, amount)
            amount, back = amount - out, back - out
        if amount > NIL:
            kept.append(TenderLine(tender.method, amount, tender.reference))
    return tuple(kept)
