"""The bills of a lease, from its terms: one function for the preview on screen and for what is posted.

Nothing here knows a database. Each line is rounded once to fen and says how its amount came about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache

from desktop.models.values import (
    NIL,
    CollectionBasis,
    FeeType,
    FreeDaysRule,
    Money,
    Period,
    StubPlacement,
    StubRule,
    total,
)
from desktop.services.errors import DomainError
from desktop.services.lease_terms import LeaseTerms, RentStep, impossible
from desktop.services.proration import (
    Unit,
    by_calendar_month,
    days_share,
    free_period,
    free_share,
    overlap,
    remaining_days,
    round_fen,
    unit_share,
    units,
)

__all__ = ["LeaseTerms", "PlannedBill", "PlannedLine", "RentStep", "collections", "due_at_signing", "plan_bills"]

Runs = Callable[[Period], list[tuple[Period, Fraction]]]
"""A period cut where the monthly price changes: each part with its price in exact fen."""


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """One printed line. `money` is what counts; quantity × unit price only shows how it came about.

    `unit_price` is yuan with up to six places (a day of a 31-day month costs 64.516129), as the price column stores.
    """

    source_key: str
    fee_type: FeeType
    period: Period | None
    quantity: Decimal
    unit: str
    unit_price: Decimal
    money: Money
    note: str
    why: tuple[str, ...]
    """The arithmetic in words, one step each, for "为什么是这个数"."""


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


def collections(terms: LeaseTerms, cycle_months: int) -> list[tuple[Unit, ...]]:
    """The lease cut into what is collected at a time: whole months and the stubs beside them, no day left out.

    The stub before the first whole month joins the first collection or stands alone; the one at the end is a place in
    the collection it falls into.
    """
    on_calendar = terms.basis is CollectionBasis.CALENDAR
    anchor = terms.start.replace(day=1) if on_calendar else terms.start
    cut = units(terms.period, anchor)
    head = cut[:1] if len(cut) > 1 and not cut[0].whole else []
    rest = cut[len(head) :]
    groups = [tuple(rest[n : n + cycle_months]) for n in range(0, len(rest), cycle_months)]
    if head and terms.stub_placement is StubPlacement.MERGED:
        return [(*head, *groups[0]), *groups[1:]]
    return [tuple(head), *groups] if head else groups


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
        why = f"{_plain(quantity)} 个月租金 × {price} = {money}" if by_months else f"约定 {money}"
        line = PlannedLine(
            f"{fee_type}/01", fee_type, None, quantity, unit, _yuan(Fraction(price.fen)), money, "", (why,)
        )
        bills.append(PlannedBill(str(fee_type), 0, fee_type, None, terms.start, (line,)))
    return bills


def _rent(terms: LeaseTerms) -> list[PlannedBill]:
    def runs(period: Period) -> list[tuple[Period, Fraction]]:
        return [(part, Fraction(rent.fen)) for part, rent in terms.rent_runs(period)]

    bills = []
    free = free_period(terms.start, terms.free_days)
    for number, group in enumerate(collections(terms, terms.cycle_months), 1):
        key = f"rent:{number:04d}"
        lines = _Lines(key, FeeType.RENT, runs, terms.stub_rule, free, terms.free_rule).of(group)
        period = Period(group[0].period.start, group[-1].period.end)
        bills.append(PlannedBill(key, number, FeeType.RENT, period, _due(terms, period.start), lines))
    return bills


def _property_fees(terms: LeaseTerms) -> list[PlannedBill]:
    """Rent-free days are the landlord's gift, not the manager's: property fees run through them."""
    if terms.property_price is None or terms.property_area is None:
        return []
    area, price = terms.property_area, terms.property_price
    monthly = Fraction(area) * Fraction(price) * 100
    bills = []
    for number, group in enumerate(collections(terms, terms.property_cycle_months), 1):
        key = f"property:{number:04d}"
        rows = _Lines(key, FeeType.PROPERTY_FEE, lambda period: [(period, monthly)], terms.stub_rule, area=area)
        # A merged stub before the 1st waits for the first whole month: "每月 1 日" stays true for every bill.
        first_whole = next((unit for unit in group if unit.whole), group[0])
        period = Period(group[0].period.start, group[-1].period.end)
        due = _due(terms, first_whole.period.start)
        bills.append(PlannedBill(key, number, FeeType.PROPERTY_FEE, period, due, rows.of(group)))
    return bills


@dataclass(frozen=True, slots=True)
class _Row:
    """A line before it has its key."""

    period: Period
    quantity: Decimal
    unit: str
    money: Fraction  # exact fen
    price: Fraction  # exact fen a unit
    note: str
    why: tuple[str, ...]


class _Lines:
    """Rates the units of one bill."""

    def __init__(
        self,
        key: str,
        fee_type: FeeType,
        runs: Runs,
        rule: StubRule,
        free: Period | None = None,
        free_rule: FreeDaysRule = FreeDaysRule.DEDUCT_FREE_DAYS,
        area: Decimal | None = None,
    ) -> None:
        self._key, self._fee_type, self._runs, self._rule = key, fee_type, runs, rule
        self._free, self._free_rule, self._area = free, free_rule, area

    def of(self, group: tuple[Unit, ...]) -> tuple[PlannedLine, ...]:
        rows: list[_Row] = []
        gifts: list[_Row] = []
        months: list[Unit] = []
        price = Fraction(0)
        for place, unit in enumerate(group):
            monthly = self._monthly(unit)
            if months and monthly != price:
                rows.append(self._months(months, price))
                months = []
            if monthly is None:
                row, full = self._unit(unit, head=place == 0, alone=len(group) == 1)
                rows.append(row)
            else:
                months.append(unit)
                price = full = monthly
            if gift := self._gift(unit, full):
                gifts.append(gift)
        if months:
            rows.append(self._months(months, price))
        return tuple(self._line(n, row) for n, row in enumerate(rows + gifts, 1))

    def _monthly(self, unit: Unit) -> Fraction | None:
        """What a whole month of one price costs: those that follow each other grow into one line. None: any other."""
        if not unit.whole or (self._free_rule is FreeDaysRule.CHARGE_REST and overlap(unit.period, self._free)):
            return None
        runs = self._runs(unit.period)
        return runs[0][1] if len(runs) == 1 else None

    def _months(self, units: Sequence[Unit], monthly: Fraction) -> _Row:
        return self._month_row(Period(units[0].period.start, units[-1].period.end), len(units), monthly)

    def _unit(self, unit: Unit, head: bool, alone: bool) -> tuple[_Row, Fraction]:
        """What a unit on a line of its own costs, and what it would cost without free days."""
        full = self._exact(unit.period, unit_share(unit, self._rule))
        gone = overlap(unit.period, self._free)
        if gone is not None and self._free_rule is FreeDaysRule.CHARGE_REST:
            return self._rest(unit, gone), full
        if unit.whole:
            runs = self._runs(unit.period)
            steps = tuple(f"{_span(part)}：{part.days} 天按月租 {_show(price)}" for part, price in runs)
            why = (*steps, "本月价格有调整，按天数分摊为 1 个月")
            return _Row(unit.period, Decimal(1), "月", full, full, "", why), full
        words = "共" if alone else "含" if head else "末期"
        return self._days_row(unit.period, full, f"{words} {unit.period.days} 天 ¥{round_fen(full)}"), full

    def _gift(self, unit: Unit, full: Fraction) -> _Row | None:
        """What the free days of a unit take off, on a line of its own."""
        gone = overlap(unit.period, self._free)
        if gone is None or self._free_rule is FreeDaysRule.CHARGE_REST:
            return None
        share = free_share(unit, self._free, self._rule, self._free_rule)
        saved = full if gone == unit.period else min(full, self._exact(gone, share))
        return self._days_row(gone, -saved, f"免租 {gone.days} 天 −¥{round_fen(saved)}")

    def _rest(self, unit: Unit, gone: Period) -> _Row:
        """A unit of which only the days after the free ones are charged."""
        rest = remaining_days(unit.period, self._free)
        if rest is None:
            return _Row(gone, Decimal(0), "天", Fraction(0), Fraction(0), f"免租 {gone.days} 天", ("整段免租",))
        share = unit_share(unit, self._rule) - free_share(unit, self._free, self._rule, self._free_rule)
        money = self._exact(rest, share)
        note = f"免租 {gone.days} 天，其余 {rest.days} 天 ¥{round_fen(money)}"
        return self._days_row(rest, money, note)

    def _exact(self, period: Period, share: Fraction) -> Fraction:
        """Fen of `share` months of a period, each day at the price of its day."""
        runs = self._runs(period)
        if len(runs) == 1:
            return runs[0][1] * share
        weight = days_share(period, self._rule)
        return sum((price * days_share(part, self._rule) * share / weight for part, price in runs), Fraction(0))

    def _month_row(self, period: Period, months: int, monthly: Fraction) -> _Row:
        money = monthly * months
        if self._area is None:
            why = f"{_span(period)}：{months} 个月 × {_show(monthly)} = {round_fen(money)}"
            return _Row(period, Decimal(months), "月", money, monthly, "", (why,))
        price = monthly / Fraction(self._area)
        why = f"{_span(period)}：{self._area} m² × {_show(price)} × {months} 个月 = {round_fen(money)}"
        return _Row(period, self._area * months, "m²·月", money, price, "", (why,))

    def _days_row(self, period: Period, money: Fraction, note: str) -> _Row:
        sign = -1 if money < 0 else 1
        return _Row(
            period, Decimal(period.days * sign), "天", money, abs(money) / period.days, note, self._why(period, money)
        )

    def _why(self, period: Period, money: Fraction) -> tuple[str, ...]:
        steps = []
        plain = Fraction(0)
        for part, price in self._runs(period):
            plain += price * days_share(part, self._rule)
            match self._rule:
                case StubRule.ACTUAL_DAYS:
                    steps += [
                        f"{m.first:%Y-%m}：{m.days} 天 × {_show(price)} ÷ 当月 {m.days_in_month} 天"
                        for m in by_calendar_month(part)
                    ]
                case StubRule.THIRTY:
                    steps.append(f"{_span(part)}：{part.days} 天 × {_show(price)} ÷ 30")
                case StubRule.YEAR_365:
                    steps.append(f"{_span(part)}：{part.days} 天 × {_show(price)} × 12 ÷ 365")
        if plain > abs(money):
            steps.append("不超过一个月的价格")
        steps.append(f"合计 {round_fen(money)}，四舍五入到分")
        return tuple(steps)

    def _line(self, number: int, row: _Row) -> PlannedLine:
        return PlannedLine(
            f"{self._key}/{number:02d}",
            self._fee_type,
            row.period,
            row.quantity,
            row.unit,
            _yuan(row.price),
            round_fen(row.money),
            row.note,
            row.why,
        )


def _yuan(fen: Fraction) -> Decimal:
    """Exact fen as yuan with six places, for show."""
    yuan = Decimal(fen.numerator) / Decimal(fen.denominator) / 100
    return yuan.quantize(Decimal("0.000001"), ROUND_HALF_UP)


def _show(fen: Fraction) -> str:
    """A price in yuan: two places, more only where it has more."""
    yuan = _yuan(fen)
    cents = yuan.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{cents:,}" if cents == yuan else f"{yuan.normalize():,}"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _span(period: Period) -> str:
    return f"{period.start} 至 {period.end}"
