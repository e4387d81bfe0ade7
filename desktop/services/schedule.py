"""The bills of a lease, from its terms: one function for the preview on screen and for what is posted.

Nothing here knows a database. Each line is rounded once to fen and says how its amount came about.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from desktop.models.values import (
    NIL,
    CollectionBasis,
    FeeType,
    Money,
    Period,
    StubPlacement,
    total,
)
from desktop.services.errors import DomainError
from desktop.services.lease_terms import LeaseTerms, RentStep, impossible
from desktop.services.month_lines import Pieces, PlannedLine, month_lines, plain_number, with_keys, yuan_of
from desktop.services.proration import Unit, free_period, units

__all__ = [
    "LeaseTerms", "PlannedBill", "PlannedLine", "RentStep", "collections", "due_at_signing", "plan_bills", "plan_due",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlannedBill:
    """One bill to be. `source_key` is unique in the lease and the same for the same terms: posting twice finds it."""

    source_key: str
    number: int
    """1, 2, … within its fee type; 0 for a deposit."""
    fee_type: FeeType
    period: Period | None
    due: date
    lines: tuple[PlannedLine, ...]

    @property
    def money(self) -> Money:
        return total(line.money for line in self.lines)

    @property
    def title(self) -> str:
        return f"第 {self.number} 期" if self.fee_type is FeeType.RENT else _TITLES[self.fee_type]

    @property
    def note(self) -> str:
        """The second line of the schedule: 含 6 天 ¥372.00."""
        return "，".join(line.note for line in self.lines if line.note)


_TITLES = {FeeType.DEPOSIT: "押金", FeeType.KEY_DEPOSIT: "钥匙押金", FeeType.PROPERTY_FEE: "物业费"}


Wanted = tuple[date | None, date] | None
"""Bills due after a day (None: from the beginning) up to a day; None: all of them."""


def plan_bills(terms: LeaseTerms) -> list[PlannedBill]:
    """All bills of a lease: deposits, rent 1…n, property fees. Impossible terms raise DomainError with their field."""
    return list(_planned(terms))


@lru_cache(maxsize=4096)
def _planned(terms: LeaseTerms) -> tuple[PlannedBill, ...]:
    # A bill run asks for the same plan every day; terms and plans are values, so the answer can be kept.
    wrong = impossible(terms)
    if wrong:
        raise DomainError(wrong[0].text, wrong[0].field)
    return (*_deposits(terms), *_running(replace(terms, deposit=NIL, deposit_months=None, key_deposit=NIL)))


@lru_cache(maxsize=4096)
def _running(terms: LeaseTerms) -> tuple[PlannedBill, ...]:
    """What comes due time after time. The wizard knows the deposit in months, the stored lease in fen: one plan."""
    return (*_rent(terms), *_property_fees(terms))


def plan_due(terms: LeaseTerms, after: date | None, until: date) -> list[PlannedBill]:
    """Those of `plan_bills` that are due after a day up to a day, without working out the others.

    A bill run asks 100,000 leases for a bill each, not for the thirty of their term.
    """
    if wrong := impossible(terms):
        raise DomainError(wrong[0].text, wrong[0].field)
    wanted = (after, until)
    deposits = [bill for bill in _deposits(terms) if _is_wanted(bill.due, wanted)]
    return [*deposits, *_rent(terms, wanted), *_property_fees(terms, wanted)]


def due_at_signing(plan: Sequence[PlannedBill], on: date) -> list[PlannedBill]:
    """What is asked for at the desk when the lease is signed `on` a day, also before it begins: 押金 + 首期.

    Everything due up to that day or up to the first day of the lease, whichever is later.
    """
    if not plan:
        return []
    latest = max(on, min(bill.due for bill in plan))
    return [bill for bill in plan if bill.due <= latest]


def of_fee(plan: Sequence[PlannedBill], fee_type: FeeType) -> list[PlannedBill]:
    """The bills of one fee type, in order."""
    return [bill for bill in plan if bill.fee_type is fee_type]


def sum_of(plan: Sequence[PlannedBill]) -> Money:
    """What some bills come to."""
    return total(bill.money for bill in plan)


def collections(terms: LeaseTerms, cycle_months: int) -> tuple[tuple[Unit, ...], ...]:
    """The lease cut into what is collected at a time: whole months and the stubs beside them, no day left out.

    The stub before the first whole month joins the first collection or stands alone; the one at the end is a place in
    the collection it falls into.
    """
    return _collections(terms.period, terms.basis, terms.stub_placement, cycle_months)


@lru_cache(maxsize=8192)
def _collections(
    period: Period, basis: CollectionBasis, placement: StubPlacement, cycle_months: int
) -> tuple[tuple[Unit, ...], ...]:
    # Leases of an office share their days more than their rents: a bill run over 100,000 of them cuts some hundred.
    anchor = period.start.replace(day=1) if basis is CollectionBasis.CALENDAR else period.start
    cut = units(period, anchor)
    head = cut[:1] if len(cut) > 1 and not cut[0].whole else []
    rest = cut[len(head) :]
    groups = [tuple(rest[n : n + cycle_months]) for n in range(0, len(rest), cycle_months)]
    if head and placement is StubPlacement.MERGED:
        return ((*head, *groups[0]), *groups[1:])
    return (tuple(head), *groups) if head else tuple(groups)


def _due(terms: LeaseTerms, day: date) -> date:
    return max(terms.start, day - timedelta(days=terms.pay_ahead_days))


def _deposits(terms: LeaseTerms) -> list[PlannedBill]:
    bills = []
    for fee_type, money in ((FeeType.DEPOSIT, terms.deposit), (FeeType.KEY_DEPOSIT, terms.key_deposit)):
        if not money:
            continue
        months = terms.deposit_months if fee_type is FeeType.DEPOSIT else None
        by_months = months is not None and months * terms.rent.fen == money.fen
        quantity, unit, price = (months, "月", terms.rent) if months and by_months else (Decimal(1), "笔", money)
        why = f"{plain_number(quantity)} 个月租金 × {price} = {money}" if by_months else f"约定 {money}"
        line = PlannedLine(
            f"{fee_type}/01", fee_type, None, quantity, unit, yuan_of(Fraction(price.fen)), money, "", (why,)
        )
        bills.append(PlannedBill(str(fee_type), 0, fee_type, None, terms.start, (line,)))
    return bills


def _rent(terms: LeaseTerms, wanted: Wanted = None) -> Iterator[PlannedBill]:
    free = free_period(terms.start, terms.free_days)
    for number, group, due in _falling_due(terms, terms.cycle_months, wanted):
        period = Period(group[0].period.start, group[-1].period.end)
        prices = tuple((part, Fraction(rent.fen)) for part, rent in terms.rent_runs(period))
        lines = month_lines(FeeType.RENT, group, prices, terms.stub_rule, free, terms.free_rule)
        key = f"rent:{number:04d}"
        yield PlannedBill(key, number, FeeType.RENT, period, due, tuple(with_keys(lines, key)))


def _property_fees(terms: LeaseTerms, wanted: Wanted = None) -> Iterator[PlannedBill]:
    """Rent-free days are the landlord's gift, not the manager's: property fees run through them."""
    if terms.property_price is None or terms.property_area is None:
        return
    area = Pieces(terms.property_area, "m²")
    monthly = Fraction(terms.property_area) * Fraction(terms.property_price) * 100
    for number, group, due in _falling_due(terms, terms.property_cycle_months, wanted, by_first_whole=True):
        period = Period(group[0].period.start, group[-1].period.end)
        lines = month_lines(FeeType.PROPERTY_FEE, group, ((period, monthly),), terms.stub_rule, pieces=area)
        key = f"property:{number:04d}"
        yield PlannedBill(key, number, FeeType.PROPERTY_FEE, period, due, tuple(with_keys(lines, key)))


def _falling_due(
    terms: LeaseTerms, cycle_months: int, wanted: Wanted, by_first_whole: bool = False
) -> Iterator[tuple[int, tuple[Unit, ...], date]]:
    """(number, units, due day) of the collections that are wanted; found by bisection, a lease may have 240."""
    groups = collections(terms, cycle_months)
    days = _first_days(terms.period, terms.basis, terms.stub_placement, cycle_months, by_first_whole)
    first, last = 0, len(groups)
    if wanted is not None:
        after, until = wanted
        ahead = timedelta(days=terms.pay_ahead_days)
        # Nothing is due before the lease begins, so what would be, is due on its first day.
        last = bisect_right(days, until + ahead) if terms.start <= until else 0
        if after is not None:
            first = bisect_right(days, after + ahead) if terms.start <= after else 0
    for at in range(first, last):
        yield at + 1, groups[at], _due(terms, days[at])


@lru_cache(maxsize=8192)
def _first_days(
    period: Period, basis: CollectionBasis, placement: StubPlacement, cycle_months: int, by_first_whole: bool
) -> tuple[date, ...]:
    """The day from which the due day of each collection is counted, in order.

    `by_first_whole`: a merged stub before the 1st waits for the first whole month, so "每月 1 日" holds for every bill.
    """
    groups = _collections(period, basis, placement, cycle_months)
    if not by_first_whole:
        return tuple(group[0].period.start for group in groups)
    return tuple(next((unit for unit in group if unit.whole), group[0]).period.start for group in groups)


def _is_wanted(due: date, wanted: Wanted) -> bool:
    if wanted is None:
        return True
    after, until = wanted
    return (after is None or due > after) and due <= until
