"""Deposits 押金: what is held of each, who paid it, when it must be back, and what became of it.

What is held of a deposit is what its bill received less what moved on, read from the allocations themselves: it equals
account `deposit_held` of the journal, whoever moved the money (`deposit_moves`, a settlement, the end of a reservation,
a reversal). Acts: `deposit_moves`; the list: `deposit_lists`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.deposits import DepositMove
from desktop.models.leases import Lease
from desktop.models.parties import Party
from desktop.models.payments import Allocation, Payment, PaymentKind, Receipt
from desktop.models.places import Building, Room
from desktop.models.values import LIABILITY_FEES, NIL, DepositAct, FeeType, Money, Right
from desktop.services import attachments, papers, settings, template_pictures
from desktop.services.asked import Asked, OneOf
from desktop.services.attachments import FileRow
from desktop.services.deposit_forms import MOVABLE, DepositFacts, OpenBill, Payer
from desktop.services.errors import DomainError, NotFound
from desktop.services.paper.lease import lease_clauses
from desktop.services.paper.markup import Clause
from desktop.services.rights import needs, part
from desktop.services.work import Look

MOST_DEBTS = 60
_ROUNDS = 6
"""So many transfers back the first payers are looked for: renewals of many years."""


class Happened(StrEnum):
    """What a line in the life of a deposit tells."""

    RECEIVED = "received"
    TRANSFERRED_IN = "transferred_in"
    DEDUCTED = "deducted"
    REFUNDED = "refunded"
    TRANSFERRED = "transferred"
    FORFEITED = "forfeited"
    SETTLED = "settled"
    """By a settlement or the end of a reservation."""
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class DepositEvent:
    """One movement of a deposit; `amount` is negative where it left the office's hands."""

    payment_id: UUID
    receipt: str
    day: date
    at: datetime
    happened: Happened
    amount: Money
    who: str
    """Who did it at the desk."""
    party: str
    """Who paid, or was paid."""
    words: str
    """The reason as the paper tells it."""
    standing: bool
    """False: it was reversed since, and counts no more."""
    files: tuple[FileRow, ...] = ()


@dataclass(frozen=True, slots=True)
class DepositPage:
    """Everything the panel of one deposit shows."""

    facts: DepositFacts
    asked_on: date
    events: tuple[DepositEvent, ...]


# ---- reading -------------------------------------------------------------------------------------------------------


@needs(Right.SEE_BILLS)
def deposit_page(look: Look, bill_id: UUID) -> DepositPage:
    """One deposit with its history, the latest first. Raises NotFound."""
    facts = facts_of(look, bill_id)
    due = look.session.scalars(sa.select(Bill.due).where(Bill.id == bill_id)).one()
    return DepositPage(facts, due, tuple(_events(look, bill_id)))


@needs(Right.SEE_BILLS)
def deposit_facts(look: Look, bill_id: UUID) -> DepositFacts:
    """What may become of a deposit, for its dialogs. Raises NotFound."""
    return facts_of(look, bill_id)


@needs(Right.SEE_LEASES)
def clauses_of(look: Look, lease_id: UUID) -> tuple[Clause, ...]:
    """The clauses a deduction may name, those on deposits and damages first; empty where the words cannot be read."""
    try:
        paper, template = papers.lease_of(look, lease_id)
        clauses = lease_clauses(paper, template, template_pictures.pictures_of(look, template))
    except DomainError:
        return ()
    return tuple(sorted(clauses, key=_far))


def _far(clause: Clause) -> int:
    """How far a clause is from what deductions rest on."""
    if "押金" in clause.title:
        return 0 if "扣除" in clause.text else 1
    return 2 if any(word in clause.title + clause.text for word in ("赔偿", "损坏", "违约", "押金")) else 3


@part
def facts_of(look: Look, bill_id: UUID) -> DepositFacts:
    """`deposit_facts` inside an act, which has locked the bill."""
    found = look.session.execute(_bill().where(Bill.id == bill_id)).first()
    fee = asked_of(look, [bill_id]).get(bill_id)
    if found is None or fee is None:
        raise NotFound("这笔押金")
    flows = flows_of(look, [bill_id])[bill_id]
    fee_type, billed = fee
    rules = settings.values_of(look, "deposit_return_days", "deposit_proof")
    return DepositFacts(
        bill_id, fee_type, found.title, found.debtor_id, found.debtor, found.lease_id, found.lease_number or "",
        found.state, found.room_id, f"{found.building} {found.room}" if found.room else "", billed, found.owed,
        flows.received, flows.moved, found.moved_out_on,
        refund_due(found.moved_out_on, int(rules["deposit_return_days"])),
        tuple(payers_of(look, [bill_id])[bill_id]), _open_bills(look, found, bill_id, debts=True),
        _open_bills(look, found, bill_id, debts=False), bool(rules["deposit_proof"]),
    )  # fmt: skip


def refund_due(moved_out_on: date | None, return_days: int) -> date | None:
    """By when a deposit must be back: so many days after the tenant moved out."""
    return None if moved_out_on is None else moved_out_on + timedelta(days=return_days)


def _bill() -> Any:
    return (
        sa.select(
            Bill.id, Bill.title, Bill.debtor_id, Party.name.label("debtor"), Bill.lease_id,
            Lease.number.label("lease_number"), Lease.state, Lease.moved_out_on, Bill.room_id,
            Building.name.label("building"), Room.number.label("room"), BillBalance.owed,
        )
        .join(BillBalance, BillBalance.bill_id == Bill.id)
        .join(Party, Party.id == Bill.debtor_id)
        .outerjoin(Lease, Lease.id == Bill.lease_id)
        .outerjoin(Room, Room.id == Bill.room_id)
        .outerjoin(Building, Building.id == Room.building_id)
    )  # fmt: skip


@part
def asked_of(look: Look, bill_ids: Collection[UUID]) -> dict[UUID, tuple[FeeType, Money]]:
    """{bill: kind of deposit, what was asked for}; what is no deposit is left out."""
    found: dict[UUID, tuple[FeeType, Money]] = {}
    for line in _ASKED.rows(look.session.connection(), bill_ids):
        fee_type, billed = found.get(line.bill_id, (line.fee_type, NIL))
        asked = line.amount if line.reverses_id is None and line.amount > NIL else NIL
        found[line.bill_id] = (fee_type, billed + asked)
    return found


@dataclass(frozen=True, slots=True)
class Flow:
    """What one payment that stands did to a deposit."""

    payment_id: UUID
    kind: PaymentKind
    payer_id: UUID
    paid_out: Money
    """What left the till with it altogether."""
    amount: Money
    """Positive: came in; negative: went."""


@dataclass(frozen=True, slots=True)
class Flows:
    """What payments that stand did to a deposit, in order. Reversed ones and their counterparts do not count."""

    flows: tuple[Flow, ...] = ()

    @property
    def received(self) -> Money:
        return Money(sum(flow.amount.fen for flow in self.flows if flow.amount > NIL))

    @property
    def moved(self) -> Money:
        return Money(-sum(flow.amount.fen for flow in self.flows if flow.amount < NIL))


@part
def flows_of(look: Look, bill_ids: Collection[UUID]) -> dict[UUID, Flows]:
    """What was received on each deposit and what left it.

    Netted by payment first: a settlement sets a deposit that was paid in part off against itself, which moves nothing.
    """
    nets: dict[UUID, dict[UUID, Flow]] = {bill_id: {} for bill_id in bill_ids}
    for row in _FLOWS.rows(look.session.connection(), bill_ids):
        before = nets[row.bill_id].get(row.id)
        sum_now = (before.amount if before is not None else NIL) + row.amount
        paid_out = max(-row.total, NIL)
        nets[row.bill_id][row.id] = Flow(row.id, row.kind, row.payer_id, paid_out, sum_now)
    return {
        bill_id: Flows(tuple(flow for flow in by_payment.values() if flow.amount))
        for bill_id, by_payment in nets.items()
    }


@part
def payers_of(look: Look, bill_ids: Collection[UUID], rounds: int = _ROUNDS) -> dict[UUID, list[Payer]]:
    """Who paid each deposit, in order; of what came from an earlier deposit its own payers. Names are filled in."""
    payers = _unnamed(look, bill_ids, rounds)
    ids = sorted({payer.party_id for some in payers.values() for payer in some})
    names = {row.id: row.name for row in _NAMES.rows(look.session.connection(), ids)}
    return {bill: [replace(one, name=names.get(one.party_id, "")) for one in some] for bill, some in payers.items()}


def _unnamed(look: Look, bill_ids: Collection[UUID], rounds: int) -> dict[UUID, list[Payer]]:
    flows, moves = flows_of(look, bill_ids), _moves_of(look, bill_ids)
    came = {
        (row.to_bill_id, row.payment_id): row.bill_id
        for row in (_CAME.rows(look.session.connection(), bill_ids) if rounds else ())
    }
    earlier = _unnamed(look, sorted(set(came.values())), rounds - 1) if came else {}
    found = {}
    for bill_id in bill_ids:
        paid, back = dict[UUID, Money](), dict[UUID, Money]()
        for flow in flows[bill_id].flows:
            if flow.amount < NIL:
                move = moves.get((bill_id, flow.payment_id))
                payee = move.payee_id if move is not None else flow.payer_id if flow.paid_out else None
                if payee is not None:
                    back[payee] = back.get(payee, NIL) + min(-flow.amount, flow.paid_out)
                continue
            source = came.get((bill_id, flow.payment_id))
            shares = [(flow.payer_id, flow.amount)]
            if source is not None:
                shares = _shared(earlier[source], flow.amount, flow.payer_id)
            for payer_id, amount in shares:
                paid[payer_id] = paid.get(payer_id, NIL) + amount
        found[bill_id] = [Payer(party_id, "", amount, back.get(party_id, NIL)) for party_id, amount in paid.items()]
    return found


def _shared(payers: Sequence[Payer], amount: Money, otherwise: UUID) -> list[tuple[UUID, Money]]:
    """Whose money an amount that was transferred is: of the first payer as far as theirs reaches, then the next."""
    shares, left = [], amount
    for payer in payers:
        if (use := min(left, payer.left)) > NIL:
            shares.append((payer.party_id, use))
            left -= use
    return [*shares, *([(otherwise, left)] if left else [])]


def _moves_of(look: Look, bill_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], Any]:
    """{(deposit, payment): its move}; several moves of one payment (several bills paid) tell the same."""
    return {(row.bill_id, row.payment_id): row for row in _MOVES.rows(look.session.connection(), bill_ids)}


def _open_bills(look: Look, found: Any, bill_id: UUID, *, debts: bool) -> tuple[OpenBill, ...]:
    """What is open of the tenant: debts, or the deposits of other leases."""
    wanted = LIABILITY_FEES if debts else MOVABLE
    liable = sa.select(BillLine.id).where(BillLine.bill_id == Bill.id, BillLine.fee_type.in_(wanted)).exists()
    query = (
        sa.select(Bill.id, Bill.title, Bill.due, Building.name.label("building"), Room.number, BillBalance.owed)
        .join(BillBalance, BillBalance.bill_id == Bill.id)
        .outerjoin(Room, Room.id == Bill.room_id)
        .outerjoin(Building, Building.id == Room.building_id)
        .where(BillBalance.debtor_id == found.debtor_id, BillBalance.owed > NIL, Bill.id != bill_id)
        .order_by(Bill.due, Bill.id)
        .limit(MOST_DEBTS)
    )
    if debts:
        query = query.where(sa.not_(liable))
    else:
        query = query.where(liable, Bill.lease_id.is_distinct_from(found.lease_id))
    return tuple(
        OpenBill(row.id, row.title, f"{row.building} {row.number}" if row.number else "", row.due, row.owed)
        for row in look.session.execute(query)
    )


# ---- what happened -------------------------------------------------------------------------------------------------


_HAPPENED = {
    DepositAct.DEDUCT: Happened.DEDUCTED, DepositAct.REFUND: Happened.REFUNDED,
    DepositAct.TRANSFER: Happened.TRANSFERRED, DepositAct.FORFEIT: Happened.FORFEITED,
}  # fmt: skip


def _events(look: Look, bill_id: UUID) -> list[DepositEvent]:
    sums: dict[UUID, int] = {}
    for row in _ALL.rows(look.session.connection(), [bill_id]):
        sums[row.payment_id] = sums.get(row.payment_id, 0) + row.amount.fen
    moves = {payment_id: move for (_, payment_id), move in _moves_of(look, [bill_id]).items()}
    files = _files(look, [move.id for move in moves.values()])
    counter = sa.orm.aliased(Payment)
    rows = look.session.execute(
        sa.select(Payment, Receipt.number, StaffMember.name, Party.name.label("party"), counter.id.label("undone"))
        .join(Receipt, Receipt.payment_id == Payment.id)
        .join(Party, Party.id == Payment.payer_id)
        .outerjoin(StaffMember, StaffMember.id == Payment.created_by)
        .outerjoin(counter, counter.reverses_id == Payment.id)
        .where(Payment.id.in_([payment_id for payment_id, fen in sums.items() if fen]))
        .order_by(Payment.created_at.desc(), Payment.id.desc())
    )
    found = []
    for payment, number, staff, party, undone in rows:
        amount, move = Money(sums[payment.id]), moves.get(payment.id)
        what = _HAPPENED[move.act] if move is not None else _told_by(payment, amount)
        standing = undone is None and payment.reverses_id is None
        found.append(
            DepositEvent(
                payment.id, number, payment.business_date, payment.created_at, what, amount, staff or "程序", party,
                payment.reason or "", standing, files.get(move.id, ()) if move is not None else (),
            )
        )  # fmt: skip
    return found


def _told_by(payment: Payment, amount: Money) -> Happened:
    if payment.reverses_id is not None:
        return Happened.REVERSED
    if payment.kind is PaymentKind.REFUND:
        return Happened.SETTLED if amount < NIL else Happened.TRANSFERRED_IN
    return Happened.RECEIVED


def _files(look: Look, move_ids: Sequence[UUID]) -> dict[UUID, tuple[FileRow, ...]]:
    return {move_id: files for move_id in move_ids if (files := attachments.files_of(look, move_id))}


_ASKED = Asked(
    lambda one_of: (
        sa.select(BillLine.bill_id, BillLine.fee_type, BillLine.amount, BillLine.reverses_id)
        .where(one_of(BillLine.bill_id), BillLine.fee_type.in_(LIABILITY_FEES))
        .order_by(BillLine.id)
    )
)


def _flow_query(one_of: OneOf) -> sa.Select[Any]:
    counter = sa.orm.aliased(Payment)
    undone = sa.select(counter.id).where(counter.reverses_id == Payment.id).exists()
    columns: tuple[Any, ...] = (
        Allocation.bill_id, Allocation.amount, Payment.id, Payment.kind, Payment.payer_id,
        Payment.amount.label("total"),
    )  # fmt: skip
    return (
        sa.select(*columns)
        .join(Payment, Payment.id == Allocation.payment_id)
        .join(BillLine, BillLine.id == Allocation.bill_line_id)
        .where(
            one_of(Allocation.bill_id),
            BillLine.fee_type.in_(LIABILITY_FEES),
            Payment.reverses_id.is_(None),
            sa.not_(undone),
        )
        .order_by(Payment.created_at, Payment.id)
    )


_FLOWS = Asked(_flow_query)
_ALL = Asked(
    lambda one_of: (
        sa.select(Allocation.payment_id, Allocation.amount)
        .join(BillLine, BillLine.id == Allocation.bill_line_id)
        .where(one_of(Allocation.bill_id), BillLine.fee_type.in_(LIABILITY_FEES))
    )
)
_MOVES = Asked(
    lambda one_of: (
        sa.select(DepositMove.bill_id, DepositMove.payment_id, DepositMove.id, DepositMove.act, DepositMove.payee_id)
        .where(one_of(DepositMove.bill_id))
        .order_by(DepositMove.id.desc())
    )
)
_CAME = Asked(
    lambda one_of: sa.select(DepositMove.to_bill_id, DepositMove.payment_id, DepositMove.bill_id).where(
        one_of(DepositMove.to_bill_id), DepositMove.act == DepositAct.TRANSFER
    )
)
"""From which deposit a transfer came."""
_NAMES = Asked(lambda one_of: sa.select(Party.id, Party.name).where(one_of(Party.id)))
