"""Bills of a tenant who stays past the end of the lease 期满未退: the last rent agreed goes on. Plain arithmetic.

The lease has become one without a term 不定期租赁 (Civil Code 734): each side may end it, with notice (730).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from desktop.models.values import add_months
from desktop.services.billing import FEE_WORDS
from desktop.services.lease_terms import LeaseTerms
from desktop.services.proration import ONE_DAY, months_until
from desktop.services.schedule import PlannedBill, plan_bills, plan_due

STAYED = "期满未退"


def stayed_on(terms: LeaseTerms, after: date | None, until: date) -> Iterator[PlannedBill]:
    """Bills month by month, due after one day up to another, for a tenant who has not left.

    Their keys count from the day after the end of the lease. Each says that the lease has run out.
    """
    first = terms.end + ONE_DAY
    if first > until:
        return
    # The month that has begun is asked for whole, as every month before: the end of the stay is not known.
    whole = _going_on(terms, add_months(first, months_until(first, until) + 1) - ONE_DAY)
    yield from map(_said, plan_due(whole, after, until))


def stayed_until(terms: LeaseTerms, last: date) -> list[PlannedBill]:
    """The same bills of a stay whose last day is known, which cuts the month it falls into; none without such days."""
    return [_said(bill) for bill in plan_bills(_going_on(terms, last))] if last > terms.end else []


def stay_title(bill: PlannedBill) -> str:
    """What the clerk calls it: 租金 2026-12（期满未退）."""
    month = f" {bill.period.start:%Y-%m}" if bill.period is not None else ""
    return f"{FEE_WORDS[bill.fee_type]}{month}（{STAYED}）"


def _going_on(terms: LeaseTerms, last: date) -> LeaseTerms:
    return LeaseTerms(
        start=terms.end + ONE_DAY, end=last, rent=terms.rent_on(terms.end), cycle_months=1, stub_rule=terms.stub_rule,
        late_fee_per_mille=terms.late_fee_per_mille, property_price=terms.property_price,
        property_area=terms.property_area,
    )  # fmt: skip


def _said(bill: PlannedBill) -> PlannedBill:
    return replace(bill, lines=tuple(replace(line, note=line.note or STAYED) for line in bill.lines))
