"""What was agreed in a lease: dates, rent, how it is collected; and the terms no lease can have.

`services.schedule` turns terms into bills, `services.lease_limits` adds what the law only warns about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from desktop.models.values import (
    NIL,
    CollectionBasis,
    FreeDaysRule,
    Money,
    Period,
    StubPlacement,
    StubRule,
    add_months,
)
from desktop.services.errors import DomainError
from desktop.services.problems import Problem, error

__all__ = [
    "MAX_YEARS",
    "PAY_CHOICES",
    "CollectionBasis",
    "LeaseTerms",
    "PayChoice",
    "RentStep",
    "end_after",
    "impossible",
    "term_from_choice",
    "term_text",
    "with_choice",
]

MAX_YEARS = 20
"""A lease above 20 years is void for the rest, a renewal counts anew. Source: Civil Code 705."""

_MONTHS = {word: n for n, word in enumerate("零一二三四五六七八九十")} | {"无": 0, "两": 2, "十二": 12, "十一": 11}
_DEPOSIT_AND_PAY = re.compile(r"(?:押([零无一二两三四五六\d]+)|无押金)付(十二|十一|[一二两三四五六七八九十]|\d{1,2})")
_ALONE = {"月付": 1, "双月付": 2, "季付": 3, "半年付": 6, "年付": 12}


@dataclass(frozen=True, slots=True)
class RentStep:
    """From `start` on the monthly rent is `rent` 阶梯租金."""

    start: date
    rent: Money


@dataclass(frozen=True, slots=True)
class LeaseTerms:
    """The terms of one room's lease. Money is per month unless said otherwise."""

    start: date
    end: date
    """The last day, counted: 2026-11-25 for 12 months ends 2027-11-24."""
    rent: Money
    cycle_months: int = 3
    deposit: Money = NIL
    deposit_months: Decimal | None = None
    """As quoted ("押一"); None when the deposit was agreed as a sum. The sum in `deposit` is what counts."""
    stub_rule: StubRule = StubRule.ACTUAL_DAYS
    stub_placement: StubPlacement = StubPlacement.MERGED
    basis: CollectionBasis = CollectionBasis.LEASE_DAY
    pay_ahead_days: int = 0
    """Rent is due this many days before its period begins; 0 is 每期首日. Never due before the lease begins."""
    free_days: int = 0
    """Rent-free days at the beginning of the lease 免租期."""
    free_rule: FreeDaysRule = FreeDaysRule.DEDUCT_FREE_DAYS
    steps: tuple[RentStep, ...] = ()
    late_fee_per_mille: Decimal = Decimal("0.5")
    """Of what is open, per day after the due date 违约金; simple, never compound."""
    property_price: Decimal | None = None
    """Yuan per m² and month, up to six places; None when no property fee is collected with this lease."""
    property_area: Decimal | None = None
    """m², two places."""
    property_cycle_months: int = 1
    key_deposit: Money = NIL

    @property
    def period(self) -> Period:
        return Period(self.start, self.end)

    def rent_on(self, day: date) -> Money:
        """The monthly rent in force on a day."""
        rent = self.rent
        for step in self.steps:
            if step.start <= day:
                rent = step.rent
        return rent

    def rent_runs(self, period: Period) -> list[tuple[Period, Money]]:
        """The period cut where the rent changes, with the monthly rent of each part."""
        starts = [period.start, *(s.start for s in self.steps if period.start < s.start <= period.end)]
        ends = [*(day - timedelta(days=1) for day in starts[1:]), period.end]
        return [(Period(a, b), self.rent_on(a)) for a, b in zip(starts, ends, strict=True)]


@dataclass(frozen=True, slots=True)
class PayChoice:
    """A customary way to pay: so many months' deposit, so many months' rent at a time."""

    name: str
    deposit_months: int
    cycle_months: int


PAY_CHOICES = (
    PayChoice("押一付一", 1, 1),
    PayChoice("押一付二", 1, 2),
    PayChoice("押一付三", 1, 3),
    PayChoice("押二付三", 2, 3),
    PayChoice("押二付六", 2, 6),
    PayChoice("半年付", 1, 6),
    PayChoice("年付", 1, 12),
)
"""What the list offers; `term_from_choice` understands others of the same form."""


def term_from_choice(text: str) -> PayChoice:
    """The way to pay named by 押一付三, 无押金付一, 季付 and the like; a bare 年付 carries one month's deposit.

    Raises DomainError for anything else.
    """
    name = "".join(text.split())
    if name in _ALONE:
        return PayChoice(name, 1, _ALONE[name])
    found = _DEPOSIT_AND_PAY.fullmatch(name)
    if found:
        deposit, cycle = (_number(part or "零") for part in found.groups())
        if deposit is not None and cycle:
            return PayChoice(name, deposit, cycle)
    raise DomainError(f"看不懂付款方式「{text}」，可写押一付三、季付、年付", "pay_choice")


def with_choice(terms: LeaseTerms, choice: PayChoice) -> LeaseTerms:
    """The same terms paid another way: the deposit is months of the first rent."""
    return replace(
        terms,
        cycle_months=choice.cycle_months,
        deposit=terms.rent * choice.deposit_months,
        deposit_months=Decimal(choice.deposit_months),
    )


def end_after(start: date, months: int) -> date:
    """The last day of a lease of so many months: 2026-11-25 and 12 give 2027-11-24."""
    return add_months(start, months) - timedelta(days=1)


def term_text(start: date, end: date) -> str:
    """How long a lease runs, in words: 12 个月, 2 个月 6 天; empty when it ends before it starts."""
    if end < start:
        return ""
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    while months and end_after(start, months) > end:
        months -= 1
    days = (end - end_after(start, months)).days
    return " ".join([f"{months} 个月"] * bool(months) + [f"{days} 天"] * bool(days))


def impossible(terms: LeaseTerms) -> list[Problem]:
    """What no lease can have, each under its field; empty when bills can be planned."""
    found: list[tuple[str, str]] = []
    if not date(1950, 1, 1) <= terms.start <= date(2200, 12, 31):
        found.append(("start", "起租日不对，请核对年份"))
    elif terms.end < terms.start:
        day = terms.start.strftime("%m-%d" if terms.start.year == terms.end.year else "%Y-%m-%d")
        found.append(("end", f"到期日早于起租日，请选 {day} 之后"))
    elif terms.end > (latest := end_after(terms.start, MAX_YEARS * 12)):
        found.append(("end", f"租期最长 {MAX_YEARS} 年，超过的部分无效：到期日最晚 {latest}"))
    else:
        if terms.free_days > terms.period.days:
            found.append(("free_days", f"免租期 {terms.free_days} 天，比租期 {terms.period.days} 天还长"))
        if any(not terms.start < step.start <= terms.end for step in terms.steps):
            found.append(("steps", "租金调整日要在起租日之后、到期日之前"))
    found += [
        (field, f"{word}不能是负数")
        for field, word, amount in (
            ("rent", "月租金", terms.rent.fen),
            ("deposit", "押金", terms.deposit.fen),
            ("key_deposit", "钥匙押金", terms.key_deposit.fen),
            ("pay_ahead_days", "提前天数", terms.pay_ahead_days),
            ("free_days", "免租期", terms.free_days),
            ("late_fee_per_mille", "违约金", terms.late_fee_per_mille),
            ("property_price", "物业费单价", terms.property_price or 0),
            ("steps", "调整后的租金", min((step.rent.fen for step in terms.steps), default=0)),
        )
        if amount < 0
    ]
    if terms.cycle_months < 1:
        found.append(("cycle_months", "每期至少 1 个月"))
    if terms.property_cycle_months < 1:
        found.append(("property_cycle_months", "物业费每期至少 1 个月"))
    if any(earlier.start >= later.start for earlier, later in pairwise(terms.steps)):
        found.append(("steps", "租金调整日要从早到晚，不能重复"))
    found += _property_problems(terms)
    return [error(field, text) for field, text in found]


def _property_problems(terms: LeaseTerms) -> list[tuple[str, str]]:
    if terms.property_price is None:
        return []
    if terms.property_area is None or terms.property_area <= 0:
        return [("property_area", "物业费按面积计算，面积要大于 0")]
    problems = []
    if _places(terms.property_area) > 2:
        problems.append(("property_area", "面积最多两位小数"))
    if _places(terms.property_price) > 6:
        problems.append(("property_price", "单价最多六位小数"))
    return problems


def _places(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 99


def _number(word: str) -> int | None:
    return int(word) if word.isdecimal() else _MONTHS.get(word)
