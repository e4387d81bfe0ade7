"""What the law and good custom say about a lease's terms: remarks beside the form, before anything is stored.

Errors are terms no lease can have; everything else is the clerk's to confirm, because city rules differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from fractions import Fraction

from desktop.models.values import Money, add_months
from desktop.services.lease_terms import LeaseTerms, impossible
from desktop.services.problems import Problem, note, warn
from desktop.services.proration import ONE_DAY, Unit, free_period, free_share, unit_share
from desktop.services.schedule import collections


@dataclass(frozen=True, slots=True)
class LimitRules:
    """Where remarks begin. Defaults: 建房规〔2021〕2号 for months, Civil Code 707 for writing; cities differ."""

    deposit_months: int = 1
    rent_months: int = 3
    written_months: int = 6
    short_stay_days: int = 30
    late_fee_per_mille: Decimal = Decimal("0.5")


DEFAULT_RULES = LimitRules()
_CONFIRM = "请按当地规定确认"


def limits(terms: LeaseTerms, rules: LimitRules = DEFAULT_RULES) -> list[Problem]:
    """Remarks on the terms, errors alone when there are any, so that no warning hides what must be mended first."""
    wrong = impossible(terms)
    if wrong:
        return wrong
    found = [_rent_ahead(terms, rules), _deposit(terms, rules), _term(terms, rules), _late_fee(terms, rules)]
    if not terms.rent:
        found.append(warn("rent", "月租金为 0：确实免租再继续"))
    return [remark for remark in found if remark is not None]


def _rent_ahead(terms: LeaseTerms, rules: LimitRules) -> Problem | None:
    """The first collection that takes more months' rent than may be asked ahead."""
    for number, group in enumerate(collections(terms, terms.cycle_months), 1):
        months = _months(terms, group)
        if months > rules.rent_months:
            which = "首期" if number == 1 else f"第 {number} 期"
            text = f"{which}合 {_figure(months)} 个月租金，超过 {rules.rent_months} 个月：{_CONFIRM}"
            return warn("cycle_months", text)
    return None


def _months(terms: LeaseTerms, group: Sequence[Unit]) -> Fraction:
    free = free_period(terms.start, terms.free_days)
    return sum(
        (
            unit_share(unit, terms.stub_rule) - free_share(unit, free, terms.stub_rule, terms.free_rule)
            for unit in group
        ),
        Fraction(0),
    )


def _deposit(terms: LeaseTerms, rules: LimitRules) -> Problem | None:
    if terms.deposit <= Money(terms.rent.fen * rules.deposit_months) or not terms.rent:
        return None
    months = _figure(Fraction(terms.deposit.fen, terms.rent.fen))
    text = f"押金合 {months} 个月租金，超过 {rules.deposit_months} 个月：{_CONFIRM}"
    return warn("deposit", text)


def _term(terms: LeaseTerms, rules: LimitRules) -> Problem | None:
    days = terms.period.days
    if days < rules.short_stay_days:
        text = f"租期只有 {days} 天，短租在一些城市按旅馆业管理：{_CONFIRM}"
        return warn("end", text)
    if terms.end < add_months(terms.start, rules.written_months) - ONE_DAY:
        text = f"租期不足 {rules.written_months} 个月：法律不要求书面合同，仍建议签一份"
        return note("end", text)
    return None


def _late_fee(terms: LeaseTerms, rules: LimitRules) -> Problem | None:
    if terms.late_fee_per_mille <= rules.late_fee_per_mille:
        return None
    asked, usual = (f"{rate.normalize():f}" for rate in (terms.late_fee_per_mille, rules.late_fee_per_mille))
    text = f"违约金每日 {asked} ‰，高于常用的 {usual} ‰：明显高于损失的部分可能被法院调减"
    return warn("late_fee_per_mille", text)


def _figure(months: Fraction) -> str:
    """Months with one decimal, rounded up, so that what is above a limit never reads as the limit."""
    tenth = (Decimal(months.numerator) / Decimal(months.denominator)).quantize(Decimal("0.1"), ROUND_UP)
    return f"{tenth.normalize():f}"
