"""Renewing a lease 续租: a new lease follows the old one, in one act; and taking a renewal back.

Tenants, room, household and keys go on; the deposit is carried over and only the difference is asked for or paid back;
each day is billed by one lease and by one only. What the clerk sees before and what is posted are one computation
(`renewal_forms.sums_of`). The new lease is 在租 from the act on, for the tenant has the keys; the old one is 已续租 and
asks for its own days to their end (docs/decisions/0014).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import Bill, BillBalance, BillLine
from desktop.models.deposits import DepositMove
from desktop.models.leases import Lease, LeaseParty, LeaseRoom, LeaseTerm, Occupant
from desktop.models.payments import Payment, PaymentKind
from desktop.models.places import Room
from desktop.models.values import NIL, DepositAct, FeeType, LeaseRole, LeaseState, Money, PayMethod, Right
from desktop.services import (
    billing,
    check_ins,
    counter_payments,
    deposit_moves,
    deposits,
    handover,
    lease_bills,
    lease_moves,
    leases,
    renewal_forms,
    rent_discounts,
    room_claims,
    templates,
)
from desktop.services.bill_locks import lock_bills
from desktop.services.billing import BillOrder, Rerating
from desktop.services.deposit_forms import Refund, Transfer
from desktop.services.errors import DomainError, NotFound, ProblemsFound
from desktop.services.lease_chain import follower
from desktop.services.month_lines import PlannedLine
from desktop.services.numbers import Series, take_number
from desktop.services.proration import ONE_DAY
from desktop.services.renewal_forms import (
    DEPOSITS,
    AlreadyRenewed,
    OldDeposit,
    Renewal,
    RenewalChanged,
    RenewalFacts,
    RenewalSums,
    renewal_problems,
    sums_of,
)
from desktop.services.rights import needs, part
from desktop.services.schedule import plan_bills
from desktop.services.shifts import open_shift
from desktop.services.stays import stay_title, stayed_on
from desktop.services.transitions import LEASE, move
from desktop.services.work import Look, Work

REASON = "续租"


@dataclass(frozen=True, slots=True)
class Renewed:
    """News of a renewal."""

    lease_id: UUID
    lease_number: str
    old_number: str
    sums: RenewalSums
    due_now: tuple[UUID, ...]
    """Bills of the new lease to be paid now or on its first day."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """News of a renewal that was taken back."""

    lease_id: UUID
    """The old lease, which goes on."""
    old_number: str


# ---- reading ---------------------------------------------------------------------------------------------------------


@needs(Right.CHECK_IN)
def renewal_facts(look: Look, lease_id: UUID) -> RenewalFacts:
    """What the form of a renewal begins with and is held against. Raises NotFound, AlreadyRenewed, ForbiddenMove."""
    _refuse(look, look.get(Lease, lease_id))
    return facts_of(look, lease_id)


def _refuse(look: Look, lease: Lease) -> None:
    """Raise where a lease cannot be renewed, in words that say why."""
    if lease.state is LeaseState.RENEWED and (after := follower(look, lease.id)) is not None:
        raise AlreadyRenewed(after.number)
    move(LEASE, lease.state, "renew")


@part
def facts_of(look: Look, lease_id: UUID) -> RenewalFacts:
    """`renewal_facts` inside the act, which has locked the lease."""
    page, lease = leases.lease_facts(look, lease_id), look.get(Lease, lease_id)
    taken, reserved = room_claims.beside(look, page.row.room_id, lease_id, page.row.tenant_id)
    loyal = rent_discounts.loyal_rents(look)
    found = _deposits_of(look, lease_id)
    own = {each.bill_id for each in found}
    owed = look.session.execute(
        sa.select(BillBalance.bill_id, BillBalance.owed).where(
            BillBalance.lease_id == lease_id, BillBalance.owed != NIL
        )
    )
    return RenewalFacts(
        page.row, page.terms, look.world.today(), room_claims.limit_rules(look), found,
        lease_bills.lease_bills(look, lease_id),
        tuple(side.name for side in page.parties if side.role is LeaseRole.GUARANTOR),
        sum((row.owed for row in owed if row.bill_id not in own), NIL), lease.notice_on, taken, reserved,
        rent_discounts.count_renewals(rent_discounts.renewed_of(look), lease_id), loyal,
        look.get(Room, page.row.room_id).area,
    )  # fmt: skip


def _deposits_of(look: Look, lease_id: UUID) -> tuple[OldDeposit, ...]:
    rows = look.session.execute(
        sa.select(BillLine.bill_id, BillBalance.owed)
        .join(BillBalance, BillBalance.bill_id == BillLine.bill_id)
        .where(BillLine.lease_id == lease_id, BillLine.fee_type.in_(DEPOSITS))
        .distinct()
        .order_by(BillLine.bill_id)
    ).all()
    owed: dict[UUID, Money] = {row.bill_id: row.owed for row in rows}
    asked, flows = deposits.asked_of(look, list(owed)), deposits.flows_of(look, list(owed))
    payers = deposits.payers_of(look, list(owed))
    return tuple(
        OldDeposit(
            bill_id, asked[bill_id][0], flows[bill_id].received - flows[bill_id].moved, owed[bill_id],
            tuple(payers[bill_id]),
        )
        for bill_id in owed
    )  # fmt: skip


# ---- renewing --------------------------------------------------------------------------------------------------------


@needs(Right.CHECK_IN)
def renew_lease(work: Work, form: Renewal) -> Renewed:
    """Renew a lease: the new one is signed, the deposit carried over, what is due asked for.

    Raises AlreadyRenewed, ForbiddenMove, RenewalChanged with what was shown and what stands, ProblemsFound by field,
    Refused for terms above a limit that this office lets nobody pass alone, or for a refund without its right.
    """
    check_ins.may_exceed(work, form.terms)
    if form.refund is not None:
        work.require(Right.MOVE_DEPOSITS, "退多出的押金要收银员的权限：当场授权，或选「先留着」")
    return put_renewal(work, form)


@part
def put_renewal(work: Work, form: Renewal) -> Renewed:
    """`renew_lease` inside another act."""
    old = lease_moves.leases_to_move(work, [form.lease_id])[0]
    _refuse(work, old)
    held = _held(work, old.id)
    room_claims.lock_rooms(work, [held.room_id])
    _lock_bills(work, old.id)
    facts = facts_of(work, old.id)
    if problems := renewal_problems(form, facts):
        raise ProblemsFound(problems)
    sums = sums_of(form, facts)
    if form.shown is not None and form.shown != sums:
        raise RenewalChanged(form.shown, sums)
    work.world.fault("renewal.checked")
    living = _end_old(work, old, held, facts, sums.last)
    new = _begin_new(work, old, held, form, living)
    work.world.fault("renewal.lease")
    due_now = _post_bills(work, old, new, facts, sums)
    work.world.fault("renewal.bills")
    asked = {bill.fee_type: bill_id for bill, bill_id in zip(sums.bills, due_now, strict=True)}
    _carry_deposits(work, new, form, facts, sums, asked)
    work.world.fault("renewal.deposits")
    tenant = facts.row.tenant_id
    handover.carry_over(work, old.id, new.id, tenant, f"{REASON}，转到 {new.number}")
    work.subject(new)
    work.record(renews=old.id.hex, renewed=f"{old.number} → {new.number}，{form.terms.start} 至 {form.terms.end}")
    return Renewed(new.id, new.number, old.number, sums, tuple(due_now))


def _held(look: Look, lease_id: UUID) -> LeaseRoom:
    """The room a lease holds last."""
    found = look.session.scalars(
        sa.select(LeaseRoom)
        .where(LeaseRoom.lease_id == lease_id, LeaseRoom.deleted_at.is_(None))
        .order_by(LeaseRoom.valid_from.desc(), LeaseRoom.id.desc())
        .limit(1)
    ).first()
    if found is None:
        raise NotFound("这份租约的房间")
    return found


def _lock_bills(work: Work, lease_id: UUID) -> None:
    lock_bills(work.session.connection(), work.session.scalars(sa.select(Bill.id).where(Bill.lease_id == lease_id)))


def _end_old(work: Work, old: Lease, held: LeaseRoom, facts: RenewalFacts, last: date) -> list[UUID]:
    """The old lease has its days up to the last one and no more; who lives there goes on with the next."""
    old.state, old.notice_on = move(LEASE, old.state, "renew"), None
    if last < facts.terms.end:
        cut = leases.term_row(old.id, renewal_forms.until(facts.terms, last), leases.term_of(work, old.id).purpose)
        cut.effective_from = last + ONE_DAY
        work.add(cut)
    held.valid_to = last
    living = list[UUID]()
    for stay in _stays(work, old.id, Occupant.valid_to.is_(None)):
        living.append(stay.party_id)
        if stay.valid_from <= last:
            stay.valid_to = last
        else:
            stay.deleted_at = work.at  # came to live there on days that are the new lease's
    # The room is free before the next lease takes it: a trigger looks at every row as it is written.
    work.session.flush()
    return living


def _stays(look: Look, lease_id: UUID, *which: sa.ColumnElement[bool]) -> Sequence[Occupant]:
    return look.session.scalars(
        sa.select(Occupant)
        .where(Occupant.lease_id == lease_id, Occupant.deleted_at.is_(None), *which)
        .order_by(Occupant.created_at, Occupant.id)
    ).all()


def _begin_new(work: Work, old: Lease, held: LeaseRoom, form: Renewal, living: Sequence[UUID]) -> Lease:
    """The new lease with the same people, signed today; the tenant is inside already."""
    terms, today = form.terms, work.world.today()
    state = move(LEASE, move(LEASE, LEASE.start, "sign"), "move_in")
    new = work.add(
        Lease(
            number=take_number(work, Series.LEASE), kind=old.kind, state=state, lessor_id=old.lessor_id,
            renews_id=old.id, template_id=templates.latest_ids(work)["housing_lease"], signed_on=today,
            moved_in_on=old.moved_in_on or today, notice_on=None, moved_out_on=None,
        )
    )  # fmt: skip
    work.add(leases.term_row(new.id, terms, leases.term_of(work, old.id).purpose))
    work.add(LeaseRoom(lease_id=new.id, room_id=held.room_id, valid_from=terms.start, valid_to=terms.end))
    for side in work.session.scalars(
        sa.select(LeaseParty)
        .where(LeaseParty.lease_id == old.id, LeaseParty.valid_to.is_(None), LeaseParty.deleted_at.is_(None))
        .order_by(LeaseParty.created_at, LeaseParty.id)
    ):
        if side.role is not LeaseRole.GUARANTOR or form.guaranteed:
            work.add(
                LeaseParty(
                    lease_id=new.id, party_id=side.party_id, role=side.role, valid_from=terms.start, valid_to=None,
                    basis=side.basis,
                )
            )  # fmt: skip
    for party_id in dict.fromkeys(living):
        work.add(Occupant(lease_id=new.id, party_id=party_id, valid_from=terms.start, valid_to=None))
    work.session.flush()
    return new


def _post_bills(work: Work, old: Lease, new: Lease, facts: RenewalFacts, sums: RenewalSums) -> list[UUID]:
    """What is due of the new lease, what is left of the stay, and the old bills put right; the new lease's bills."""
    tenant, room = facts.row.tenant_id, facts.row.room_id
    order = billing.lease_bills(new.id, tenant, room, sums.bills)
    ids = billing.put_bills(work, [order])
    source = f"lease:{old.id.hex}:{lease_bills.BETWEEN}{new.id.hex}"
    stays = [BillOrder(tenant, room, [bill], source, old.id, stay_title(bill)) for bill in sums.stays]
    billing.put_bills(work, stays)
    lease_bills.put_changes(work, old.id, sums.changes, f"{REASON}，{sums.last + ONE_DAY} 起按新租约")
    return ids


def _carry_deposits(
    work: Work, new: Lease, form: Renewal, facts: RenewalFacts, sums: RenewalSums, asked: Mapping[FeeType, UUID]
) -> None:  # fmt: skip
    """`asked`: the new bill of each kind of deposit."""
    for bill_id, fee_type, amount in sums.moves:
        deposit_moves.put_move(work, Transfer(bill_id, amount, asked[fee_type], REASON))
    if form.refund is not None:
        _refund(work, form.refund, form.reference, facts, sums)
    waived = [_waived(new, bill_id, fen, _kind(facts, bill_id)) for bill_id, fen in sums.waived]
    if waived:
        billing.rerate_bills(work, waived)


def _refund(work: Work, method: PayMethod, reference: str, facts: RenewalFacts, sums: RenewalSums) -> None:
    payers = {each.bill_id: each.payers for each in facts.deposits}
    for bill_id, amount in sums.backs:
        payer = renewal_forms.payer_of(payers[bill_id], amount)
        assert payer is not None  # the problems of the form told it
        reason = f"{REASON}，新租约押金少"
        deposit_moves.put_move(work, Refund(bill_id, amount, payer.party_id, method, reference, reason))


def _kind(facts: RenewalFacts, bill_id: UUID) -> FeeType:
    return next(each.fee_type for each in facts.deposits if each.bill_id == bill_id)


def _waived(new: Lease, bill_id: UUID, amount: Money, fee_type: FeeType) -> Rerating:
    """What was never paid of the old deposit is asked for by the new one."""
    line = PlannedLine(
        "waived", fee_type, None, Decimal(-1), "笔", Decimal(amount.fen) / 100, -amount, "没交的并入新租约押金", ()
    )  # fmt: skip
    return Rerating(bill_id, (), (line,), f"{_source(new.id)}{bill_id.hex}", "")


def _source(lease_id: UUID) -> str:
    return f"renewal:{lease_id.hex}:"


# ---- taking it back --------------------------------------------------------------------------------------------------


@needs(Right.EDIT_LEASES)
def withdraw_renewal(work: Work, lease_id: UUID, reason: str) -> Withdrawn:
    """Take a renewal back: the new lease is cancelled, the old one goes on as if nothing had been.

    `lease_id`: either of the two. The deposit goes back to the old lease by red receipts. Raises ProblemsFound without
    a reason, ForbiddenMove, BillPaid when money was taken on the new lease (reverse it first), DomainError when a
    deposit was paid out.
    """
    if len(reason.strip()) < 2:
        raise ProblemsFound({"reason": "写明撤销原因，例如 租客改了主意"})
    old, new = _pair(work, lease_id)
    new.state, old.state = move(LEASE, new.state, "withdraw_renewal"), move(LEASE, old.state, "unrenew")
    for lease in (old, new):
        _lock_bills(work, lease.id)
    _deposits_back(work, old, new, reason.strip())
    bills = work.session.scalars(sa.select(Bill.id).where(Bill.lease_id == new.id).order_by(Bill.id)).all()
    billing.counter_bills(work, bills, "续租撤销")
    last = _restore(work, old, new)
    _bills_back(work, old, last)
    tenant = lease_moves.tenants_of(work, [old.id])[old.id]
    handover.carry_over(work, new.id, old.id, tenant, f"撤销{REASON}，回到 {old.number}")
    work.subject(new)
    work.record(withdrawn=True, reason=reason.strip(), renewed=f"{new.number} → {old.number}")
    return Withdrawn(old.id, old.number)


def _pair(work: Work, lease_id: UUID) -> tuple[Lease, Lease]:
    """(old, new) of a renewal, named by either of them; locked in the order of their ids."""
    named = work.get(Lease, lease_id)
    after = follower(work, lease_id) if named.state is LeaseState.RENEWED else named
    if after is None or after.renews_id is None:
        raise DomainError("这份租约不是续租来的，没有可撤销的续租：要退租请登记退租通知")
    found = {lease.id: lease for lease in lease_moves.leases_to_move(work, [after.renews_id, after.id])}
    return found[after.renews_id], found[after.id]


def _deposits_back(work: Work, old: Lease, new: Lease, reason: str) -> None:
    """The deposit goes back by reversing what carried it over; what was paid out to the tenant cannot be."""
    held = [each.bill_id for each in _deposits_of(work, old.id)]
    counter = sa.orm.aliased(Payment)
    moves = work.session.execute(
        sa.select(DepositMove.act, DepositMove.payment_id, DepositMove.to_bill_id, DepositMove.amount, Bill.lease_id)
        .join(Payment, Payment.id == DepositMove.payment_id)
        .outerjoin(Bill, Bill.id == DepositMove.to_bill_id)
        .where(
            DepositMove.bill_id.in_(held), DepositMove.id > new.id,  # ids follow time
            ~sa.select(counter.id).where(counter.reverses_id == Payment.id).exists(),
        )
        .order_by(DepositMove.id)
    ).all()  # fmt: skip
    for each in moves:
        if each.act is not DepositAct.TRANSFER or each.lease_id != new.id:
            raise DomainError(f"续租后押金又退出或扣了 {each.amount}：先冲红那张单据，再撤销续租")
    for payment_id in dict.fromkeys(each.payment_id for each in moves):
        payment = counter_payments.lock_payment(work, payment_id)
        number = take_number(work, Series.RECEIPT)
        counter_payments.put_counter(
            work, payment, PaymentKind.REVERSAL, open_shift(work), f"撤销{REASON}：{reason}", number
        )
    _ask_again(work, new)


def _ask_again(work: Work, new: Lease) -> None:
    """What was never paid of the old deposit is asked for again."""
    lines = work.session.execute(
        sa.select(BillLine.id, BillLine.bill_id)
        .where(BillLine.source_key.like(f"{_source(new.id)}%"), BillLine.reverses_id.is_(None))
        .order_by(BillLine.id)
    ).all()
    if lines:
        billing.rerate_bills(work, [Rerating(row.bill_id, [row.id], (), "", f"撤销{REASON}") for row in lines])


def _restore(work: Work, old: Lease, new: Lease) -> date:
    """The days of the old lease are its own again; the last one it had while it was renewed."""
    for room in work.session.scalars(sa.select(LeaseRoom).where(LeaseRoom.lease_id == new.id)):
        room.valid_to = room.valid_from - timedelta(days=1)
    work.session.flush()  # as when it was renewed: the room is free before it is taken
    held = _held(work, old.id)
    last = held.valid_to
    # Only what a renewal has cut holds from a day after its own end.
    for cut in work.session.scalars(
        sa.select(LeaseTerm).where(
            LeaseTerm.lease_id == old.id, LeaseTerm.deleted_at.is_(None), LeaseTerm.effective_from > LeaseTerm.end
        )
    ):
        cut.deleted_at = work.at
    for stay in _stays(work, old.id, Occupant.valid_to == last):
        stay.valid_to = None
    work.session.flush()
    held.valid_to = leases.terms_of(leases.term_of(work, old.id)).end
    work.session.flush()
    return last


def _bills_back(work: Work, old: Lease, last: date) -> None:
    """Posted bills of the old lease ask for what its own terms say."""
    terms, today = leases.terms_of(leases.term_of(work, old.id)), work.world.today()
    loyal, bills = rent_discounts.loyal_rents(work), lease_bills.lease_bills(work, old.id)
    wanted: list[Any] = []
    if last < terms.end:
        own = {bill.source_key: bill for bill in loyal.off(old.id, plan_bills(terms))}
        wanted += lease_bills.changes([bill for bill in bills if not bill.stays and bill.reach > last], own)
    stay = {f"{lease_bills.OVER}{bill.source_key}": bill for bill in stayed_on(terms, None, today)}
    wanted += lease_bills.changes([bill for bill in bills if bill.stays], stay)
    lease_bills.put_changes(work, old.id, wanted, f"撤销{REASON}")
