"""An example beside a price while it is typed 试算: what a usual room would be charged, by the code that bills."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from desktop.models.values import FeeBasis, Money, Period, add_months, total
from desktop.services.fee_catalogue import ONE_DAY, FeeItemRow
from desktop.services.fee_words import plain, quantity_unit, yuan
from desktop.services.monthly_fee import monthly_fee
from desktop.services.tariff_problems import TariffForm, price_problem, tier_problem
from desktop.services.tariff_rating import Price, RatedLine, Tier, rate_usage, rate_usage_as_one

_AREA, _USE = Decimal("89.35"), Decimal(15)


def example_words(form: TariffForm, item: FeeItemRow) -> str:
    """「89.35 m² × 2.80 × 1 个月 = 250.18」, or the tiers a use falls into; "" while the price is not whole."""
    price = form.unit_price
    if form.tiers:
        return "" if tier_problem(form.tiers) else _use_words(form, item, _use_over(form))
    if price is None or price_problem(price):
        return ""
    match item.basis:
        case FeeBasis.METER:
            return _use_words(form, item, _USE)
        case FeeBasis.SHARED:
            return f"总表用 100 {quantity_unit(item)}，共摊 {total(each.money for each in _rated(form, Decimal(100)))}"
        case FeeBasis.ONE_OFF:
            return ""
        case _:
            return _month_words(form, item, price)


def _month_words(form: TariffForm, item: FeeItemRow, price: Decimal) -> str:
    quantity = _AREA if item.basis is FeeBasis.AREA else Decimal(1)
    month = Period(date(2026, 1, 1), add_months(date(2026, 1, 1), 1) - ONE_DAY)
    money = monthly_fee(month, price, quantity, item.stub_rule).money
    unit = quantity_unit(item)
    what = f"{plain(quantity)} {unit} × " if item.basis is not FeeBasis.MONTHLY else ""
    return f"{what}{yuan(price)} × 1 个月 = {money}{_at_least(money, form.minimum)}"


def _use_words(form: TariffForm, item: FeeItemRow, use: Decimal) -> str:
    lines, unit = _rated(form, use), quantity_unit(item)
    terms = " + ".join(_term(line) for line in lines)
    return f"用 {plain(use)} {unit}：{terms} = {total(line.money for line in lines)}"


def _term(line: RatedLine) -> str:
    return f"{plain(line.quantity)} × {yuan(line.unit_price)}"


def _rated(form: TariffForm, use: Decimal) -> tuple[RatedLine, ...]:
    tiers = tuple(Tier(upto, price) for upto, price in form.tiers)
    price = Price(None if tiers else form.unit_price, tiers, form.minimum)
    return rate_usage_as_one(use, price) if form.one_line and tiers else rate_usage(use, price)


def _use_over(form: TariffForm) -> Decimal:
    """A use that reaches into the last tier."""
    ends = [upto for upto, _ in form.tiers if upto is not None]
    step = ends[-1] - ends[-2] if len(ends) > 1 else ends[-1]
    return ends[-1] + (step / 2).quantize(Decimal(1)).max(1)


def _at_least(money: Money, minimum: Money) -> str:
    return f"，不足最低消费按 {minimum}" if money < minimum else ""
