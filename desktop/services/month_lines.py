"""The lines of a bill for months and days: rent, property fee, parking. One rounding to fen a line, each explained.

Pure arithmetic over `proration`; it knows prices by the month and the days they hold, no tenants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache
from uuid import UUID

from desktop.models.values import FeeType, FreeDaysRule, Money, Period, StubRule
from desktop.services.proration import (
    Unit,
    by_calendar_month,
    days_share,
    free_share,
    overlap,
    remaining_days,
    round_fen,
    unit_share,
)

Prices = tuple[tuple[Period, Fraction], ...]
"""Parts of a period, in order, each with its price by the month in exact fen."""


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
    tax_rate: Decimal | None = None
    fee_item_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Pieces:
    """So many m² or spaces, of which the month's price is made up."""

    many: Decimal
    unit: str


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


@lru_cache(maxsize=16_384)
def month_lines(
    fee_type: FeeType, group: tuple[Unit, ...], prices: Prices, rule: StubRule, free: Period | None = None,
    free_rule: FreeDaysRule = FreeDaysRule.DEDUCT_FREE_DAYS, pieces: Pieces | None = None,
) -> tuple[PlannedLine, ...]:  # fmt: skip
    """The lines of one bill for the units of its period, each rounded once; their keys are /01, /02 …

    Rooms of one size and leases of one rent ask for the same lines, in a bill run a thousand times.
    """
    return _MonthLines(fee_type, prices, rule, free, free_rule, pieces).of(group)


def with_keys(
    lines: Iterable[PlannedLine], key: str, tax_rate: Decimal | None = None, fee_item_id: UUID | None = None,
    rule: tuple[str, ...] = (),
) -> Iterator[PlannedLine]:  # fmt: skip
    """Lines as one bill has them: their keys begin with its own, their fee item and tax rate are told, and the rule
    that set the price stands behind the arithmetic."""
    for line in lines:
        yield PlannedLine(
            key + line.source_key, line.fee_type, line.period, line.quantity, line.unit, line.unit_price, line.money,
            line.note, (*line.why, *rule), tax_rate, fee_item_id,
        )  # fmt: skip


class _MonthLines:
    """Rates the units of one bill: whole months of one price grow into one line, every other unit has its own."""

    def __init__(
        self, fee_type: FeeType, prices: Prices, rule: StubRule, free: Period | None, free_rule: FreeDaysRule,
        pieces: Pieces | None,
    ) -> None:  # fmt: skip
        self._fee_type, self._prices, self._rule = fee_type, prices, rule
        self._free, self._free_rule, self._pieces = free, free_rule, pieces

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

    def _runs(self, period: Period) -> list[tuple[Period, Fraction]]:
        """A period cut where the price changes."""
        return [
            (Period(max(part.start, period.start), min(part.end, period.end)), price)
            for part, price in self._prices
            if part.overlaps(period)
        ]

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
            steps = tuple(f"{span_words(part)}：{part.days} 天按月租 {show_price(price)}" for part, price in runs)
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
        if self._pieces is None:
            why = f"{span_words(period)}：{months} 个月 × {show_price(monthly)} = {round_fen(money)}"
            return _Row(period, Decimal(months), "月", money, monthly, "", (why,))
        many, unit = self._pieces.many, self._pieces.unit
        price = monthly / Fraction(many)
        why = f"{span_words(period)}：{many} {unit} × {show_price(price)} × {months} 个月 = {round_fen(money)}"
        return _Row(period, many * months, f"{unit}·月", money, price, "", (why,))

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
                        f"{m.first:%Y-%m}：{m.days} 天 × {show_price(price)} ÷ 当月 {m.days_in_month} 天"
                        for m in by_calendar_month(part)
                    ]
                case StubRule.THIRTY:
                    steps.append(f"{span_words(part)}：{part.days} 天 × {show_price(price)} ÷ 30")
                case StubRule.YEAR_365:
                    steps.append(f"{span_words(part)}：{part.days} 天 × {show_price(price)} × 12 ÷ 365")
        if plain > abs(money):
            steps.append("不超过一个月的价格")
        steps.append(f"合计 {round_fen(money)}，四舍五入到分")
        return tuple(steps)

    def _line(self, number: int, row: _Row) -> PlannedLine:
        return PlannedLine(
            f"/{number:02d}",
            self._fee_type,
            row.period,
            row.quantity,
            row.unit,
            yuan_of(row.price),
            round_fen(row.money),
            row.note,
            row.why,
        )


def yuan_of(fen: Fraction) -> Decimal:
    """Exact fen as yuan with six places, for show."""
    yuan = Decimal(fen.numerator) / Decimal(fen.denominator) / 100
    return yuan.quantize(Decimal("0.000001"), ROUND_HALF_UP)


def show_price(fen: Fraction) -> str:
    """A price in yuan: two places, more only where it has more."""
    yuan = yuan_of(fen)
    cents = yuan.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{cents:,}" if cents == yuan else f"{yuan.normalize():,}"


def plain_number(number: Decimal) -> str:
    """A number without zeros at its end and without an exponent."""
    return f"{number.normalize():f}"


def span_words(period: Period) -> str:
    """自…至…, both days counted."""
    return f"{period.start} 至 {period.end}"
