"""What is done with a deposit 押金: 扣 deduct, 退 refund, 转 transfer, 没收 forfeit. Each leaves a payment and a paper.

The deposit's bill and those it pays are locked, everything is worked out again by the functions that the dialog showed
from (`deposit_forms`), and what differs from what was shown is refused with both. A reversal 冲红 of the payment takes
the whole move back (`deposit_lines.undo_moves`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from desktop.models.deposits import DepositMove
from desktop.models.values import DepositAct, FeeType, Money, PayMethod, Right, total
from desktop.services import attachments, billing, deposit_lines, payments
from desktop.services.attachments import FileForm
from desktop.services.bill_locks import lock_bills
from desktop.services.deposit_forms import (
    CAUSE_WORDS,
    TITLES,
    Deduct,
    DepositChanged,
    DepositFacts,
    Forfeit,
    Move,
    MoveSums,
    Refund,
    Transfer,
    move_problems,
    paper_words,
    sums_of,
)
from desktop.services.deposits import facts_of
from desktop.services.errors import ProblemsFound
from desktop.services.rights import needs, part
from desktop.services.schedule import PlannedBill, PlannedLine
from desktop.services.work import Work

EVIDENCE, AUTHORITY = "deposit_evidence", "deposit_authority"
"""Kinds of files kept with a move."""
_ACTS = {
    Deduct: DepositAct.DEDUCT, Refund: DepositAct.REFUND, Transfer: DepositAct.TRANSFER, Forfeit: DepositAct.FORFEIT,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DepositMoved:
    """News of a move: its paper, and what is still held."""

    move_id: UUID
    payment_id: UUID
    receipt_number: str
    amount: Money
    paid_out: Money
    left: Money


@needs(Right.MOVE_DEPOSITS)
def deduct_deposit(work: Work, request: Deduct) -> DepositMoved:
    """Take something off a deposit: for open bills of the tenant, or for a bill made for it.

    Raises ProblemsFound, DepositChanged when it comes to something else than was shown.
    """
    return put_move(work, request)


@needs(Right.MOVE_DEPOSITS)
def refund_deposit(work: Work, request: Refund) -> DepositMoved:
    """Pay a deposit back to whoever paid it; to somebody else with a written authority only.

    Raises ProblemsFound, DepositChanged when it comes to something else than was shown.
    """
    return put_move(work, request)


@needs(Right.MOVE_DEPOSITS)
def transfer_deposit(work: Work, request: Transfer) -> DepositMoved:
    """Carry a deposit over to the tenant's next lease, where it stays in hand. Raises ProblemsFound, DepositChanged."""
    return put_move(work, request)


@needs(Right.FORFEIT_DEPOSITS)
def forfeit_deposit(work: Work, request: Forfeit) -> DepositMoved:
    """Keep a deposit as income, for a breach that the contract names. Raises ProblemsFound, DepositChanged."""
    return put_move(work, request)


@part
def put_move(work: Work, request: Move) -> DepositMoved:
    """One move inside another act."""
    _lock(work, _bills_of(request))
    facts = facts_of(work, request.bill_id)
    if problems := move_problems(request, facts):
        sums = sums_of(request, facts)
        # What she saw was in order, so somebody was quicker: that is told before what is now wrong with the form.
        if request.shown is not None and request.shown != sums:
            raise DepositChanged(request.shown, sums)
        raise ProblemsFound(problems)
    sums = sums_of(request, facts)
    if request.shown is not None and request.shown != sums:
        raise DepositChanged(request.shown, sums)
    move_id = work.world.new_id()
    to = next((bill.room for bill in facts.next_deposits if bill.bill_id in _bills_of(request)[1:]), "")
    why = paper_words(request, to)
    pays = sums.pays or _made_bill(work, request, facts, move_id)
    taken = _net(work, request, facts, pays, move_id, why)
    _as_planned(taken, sums)
    moves = _rows(work, request, pays, taken.payment_id, move_id)
    _keep_files(work, request, move_id)
    work.subject_id("payment", taken.payment_id)
    work.record(deposit=_ACTS[type(request)].value, moved_fen=request.amount.fen, bills=len(moves))
    return DepositMoved(
        move_id, taken.payment_id, taken.receipt_number, request.amount, sums.paid_out, sums.left
    )  # fmt: skip


def _bills_of(request: Move) -> list[UUID]:
    """The deposit's bill first, then those that it is to pay."""
    if isinstance(request, Deduct):
        return [request.bill_id, *request.against]
    if isinstance(request, Transfer) and request.to_bill_id is not None:
        return [request.bill_id, request.to_bill_id]
    return [request.bill_id]


def _lock(work: Work, bill_ids: Sequence[UUID]) -> None:
    """Nobody else moves or pays these bills until the act is over: two desks cannot pay out the same fen."""
    lock_bills(work.session.connection(), bill_ids)


def _made_bill(
    work: Work, request: Move, facts: DepositFacts, move_id: UUID
) -> tuple[tuple[UUID, Money], ...]:  # fmt: skip
    """The bill of what was deducted or forfeited; nothing for a refund."""
    if isinstance(request, Deduct):
        fee, title = request.fee, billing.FEE_WORDS[request.fee]
    elif isinstance(request, Forfeit):
        fee, title = FeeType.OTHER, "押金不退"
    else:
        return ()
    yuan = Decimal(request.amount.fen) / 100
    why = (request.reason.strip(), f"依据合同 {request.clause.strip()}", f"从{facts.title}中扣")
    line = PlannedLine(
        f"{deposit_lines.MADE_BILL}:line", fee, None, Decimal(1), "笔", yuan, request.amount, "", why
    )  # fmt: skip
    planned = PlannedBill(deposit_lines.MADE_BILL, 0, fee, None, work.world.today(), (line,))
    order = billing.BillOrder(
        facts.debtor_id, facts.room_id, [planned], deposit_lines.move_source(move_id), facts.lease_id, title
    )
    return ((billing.put_bills(work, [order])[0], request.amount),)


def _net(
    work: Work, request: Move, facts: DepositFacts, pays: Sequence[tuple[UUID, Money]], move_id: UUID, why: str
) -> payments.PaymentTaken:  # fmt: skip
    """Let go of the amount and set it off, or pay it out."""
    releases = deposit_lines.release(work, facts.bill_id, request.amount, move_id, why)
    refund = isinstance(request, Refund)
    payee, method, reference = facts.debtor_id, PayMethod.CASH, ""
    if isinstance(request, Refund):
        assert request.payee_id is not None
        payee, method, reference = request.payee_id, request.method, request.reference.strip()
    bills = [facts.bill_id, *([] if refund else [bill_id for bill_id, _ in pays])]
    netting = payments.Netting(
        payee, bills, method, reference, why, releases=releases, title=TITLES[type(request)]
    )  # fmt: skip
    taken = payments.put_nettings(work, [netting])[0]
    assert taken is not None
    return taken


def _as_planned(taken: payments.PaymentTaken, sums: MoveSums) -> None:
    """What was posted is what was shown, to the fen; anything else is a bug and stores nothing."""
    if -taken.amount != sums.paid_out or taken.credited:
        raise AssertionError(f"moved {taken}, shown {sums}")


def _rows(
    work: Work, request: Move, pays: Sequence[tuple[UUID, Money]], payment_id: UUID, move_id: UUID
) -> list[DepositMove]:  # fmt: skip
    """What became of it, a row for each bill it paid; the first one has the id that lines, bills and files go by."""
    reason = request.reason.strip()
    if isinstance(request, Deduct) and request.cause is not None:
        reason = f"{CAUSE_WORDS[request.cause]}：{reason}"
    parts: Sequence[tuple[UUID | None, Money]] = list(pays) or [(None, request.amount)]
    if total(fen for _, fen in parts) != request.amount:
        raise AssertionError(f"{parts} is not {request.amount}")
    return [
        work.add(
            DepositMove(
                id=work.world.new_id() if at else move_id, act=_ACTS[type(request)], bill_id=request.bill_id,
                payment_id=payment_id, amount=amount, moved_on=work.world.today(), to_bill_id=to_bill_id,
                payee_id=request.payee_id if isinstance(request, Refund) else None, reason=reason,
                clause=request.clause.strip() if isinstance(request, Deduct | Forfeit) else None,
                authority=(request.authority.strip() or None) if isinstance(request, Refund) else None,
            )
        )
        for at, (to_bill_id, amount) in enumerate(parts)
    ]  # fmt: skip


def _keep_files(work: Work, request: Move, move_id: UUID) -> None:
    files: Sequence[FileForm] = ()
    kind = EVIDENCE
    if isinstance(request, Deduct | Forfeit):
        files = request.evidence
    elif isinstance(request, Refund):
        files, kind = request.authority_files, AUTHORITY
    for form in files:
        attachments.put_file(work, kind, "deposit_move", move_id, form)
