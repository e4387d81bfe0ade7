"""Renewals as the tests of them ask: the facts, a renewal by somebody who has just looked, the days that are billed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from desktop.models.billing import BillLine
from desktop.models.values import Account, FeeType, Money, PayMethod, Period
from desktop.services import journal, renewals, rent_charges
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.renewal_forms import Renewal, RenewalFacts, begin_with, sums_of
from desktop.services.renewals import Renewed
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.services.deposit_kit import let
from tests.services.lease_kit import days, open_of, pay


def facts(office: Office, clerk: Actor, lease_id: UUID) -> RenewalFacts:
    with look(office, clerk) as reading:
        return renewals.renewal_facts(reading, lease_id)


def usual(office: Office, clerk: Actor, lease_id: UUID, **other: object) -> Renewal:
    """The same terms for as long again, with these changes; what stood on the screen goes with it."""
    known = facts(office, clerk, lease_id)
    terms = replace(begin_with(known), **other)  # type: ignore[arg-type]
    form = Renewal(lease_id, terms)
    return replace(form, shown=sums_of(form, known))


def renew(office: Office, clerk: Actor, form: Renewal) -> Renewed:
    with begin(office, clerk, Op.RENEW_LEASE) as work:
        return renewals.renew_lease(work, form)


def refunding(office: Office, clerk: Actor, form: Renewal, method: PayMethod = PayMethod.CASH) -> Renewal:
    """The same, with what is held above the new deposit paid back."""
    asked = replace(form, refund=method, reference="" if method is PayMethod.CASH else "8812")
    return replace(asked, shown=sums_of(asked, facts(office, clerk, form.lease_id)))


def withdraw(office: Office, clerk: Actor, lease_id: UUID) -> None:
    with begin(office, clerk, Op.RENEW_LEASE) as work:
        renewals.withdraw_renewal(work, lease_id, "租客改了主意")


def billed_days(office: Office, *lease_ids: UUID) -> Counter[date]:
    """{day: how many standing lines of rent ask for it}; counter-lines and what they undo left out."""
    with office.reading() as session:
        lines = session.scalars(
            sa.select(BillLine).where(BillLine.lease_id.in_(lease_ids), BillLine.fee_type == FeeType.RENT)
        ).all()
    undone = {line.reverses_id for line in lines if line.reverses_id}
    found: Counter[date] = Counter()
    for line in lines:
        if line.reverses_id is None and line.id not in undone and line.amount > Money(0):
            assert line.period_start is not None
            assert line.period_end is not None
            found.update(days_of(Period(line.period_start, line.period_end)))
    return found


def settled_lease(office: Office, clerk: Actor) -> tuple[UUID, UUID]:
    """(lease, tenant) who moved in, paid all that was due then, and whose lease ends in 20 days."""
    lease_id, party_id = let(office, clerk)
    pay(office, clerk, party_id, open_of(office, lease_id))
    days(office, 345)
    with begin(office, clerk, Op.POST_BILLS) as work:
        rent_charges.post_due_bills(work)
    pay(office, clerk, party_id, open_of(office, lease_id))
    return lease_id, party_id


def held_by(office: Office, lease_id: UUID) -> Money:
    """What the journal holds as deposits of a lease."""
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        return -journal.balance(reading, Account.DEPOSIT_HELD, lease_id=lease_id)


def days_of(period: Period) -> list[date]:
    return [period.start + timedelta(days=n) for n in range(period.days)]
