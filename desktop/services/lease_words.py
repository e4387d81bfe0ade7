"""What was agreed in a lease, in the words of the desk: 押一付三, 每期首日交, 每月 30 天折算."""

from __future__ import annotations

from decimal import Decimal

from desktop.models.values import CollectionBasis, FreeDaysRule, LeaseRole, StubPlacement, StubRule
from desktop.services.lease_terms import LeaseTerms

LEASE_ROLE_WORDS = {
    LeaseRole.TENANT: "承租人", LeaseRole.CO_TENANT: "共同承租", LeaseRole.GUARANTOR: "保证人",
    LeaseRole.GUARDIAN: "监护人", LeaseRole.AGENT: "代理人",
}  # fmt: skip
_FIGURES = "零一二三四五六七八九十"
_STUBS = {
    StubRule.ACTUAL_DAYS: "按当月实际天数",
    StubRule.THIRTY: "按每月 30 天",
    StubRule.YEAR_365: "按每年 365 天",
}


def pay_words(terms: LeaseTerms) -> str:
    """押一付三; a deposit that is no whole months of rent is told as a sum: 押 2,000.00 付三."""
    months, rest = divmod(terms.deposit.fen, terms.rent.fen) if terms.rent.fen else (0, terms.deposit.fen)
    if terms.deposit.fen == 0:
        held = "无押金"
    elif rest == 0 and months <= 10:
        held = f"押{_FIGURES[months]}"
    else:
        held = f"押 {terms.deposit} "
    cycle = {6: "半年付", 12: "年付"}.get(terms.cycle_months)
    if cycle is None:
        number = terms.cycle_months
        cycle = f"付{_FIGURES[number]}" if number <= 10 else f"每 {number} 个月付"
    return f"{held}{cycle}" if not cycle.endswith("年付") else f"{held}，{cycle}"


def due_words(terms: LeaseTerms) -> str:
    """When the rent of a period is due: 每期首日, 每期提前 7 天."""
    day = "每期首日" if not terms.pay_ahead_days else f"每期提前 {terms.pay_ahead_days} 天"
    return f"{day}，按自然月" if terms.basis is CollectionBasis.CALENDAR else day


def stub_words(terms: LeaseTerms) -> str:
    """How days that are no whole month are rated, and on which bill they stand."""
    where = "，单独出账" if terms.stub_placement is StubPlacement.OWN_BILL else "，并入首期"
    return _STUBS[terms.stub_rule] + (where if terms.basis is CollectionBasis.CALENDAR else "")


def free_words(terms: LeaseTerms) -> str:
    """Rent-free days: 10 天，从首期扣; empty without any."""
    if not terms.free_days:
        return ""
    how = "从首期扣" if terms.free_rule is FreeDaysRule.DEDUCT_FREE_DAYS else "只收其余天数"
    return f"{terms.free_days} 天，{how}"


def late_words(terms: LeaseTerms) -> str:
    """The late fee per day: 每天 0.5‰; 没有约定."""
    rate = terms.late_fee_per_mille
    return f"每天 {_plain(rate)}‰" if rate else "没有约定"


def property_words(terms: LeaseTerms) -> str:
    """The property fee: 1.8 元/m² × 46.2 m²，每月; 含在租金内 when none is collected with the lease."""
    if terms.property_price is None or terms.property_area is None:
        return "含在租金内"
    each = "每月" if terms.property_cycle_months == 1 else f"每 {terms.property_cycle_months} 个月"
    return f"{_plain(terms.property_price)} 元/m² × {_plain(terms.property_area)} m²，{each}"


def step_words(terms: LeaseTerms) -> list[str]:
    """When the rent changes: 2027-03-01 起 2,400.00."""
    return [f"{step.start} 起 {step.rent}" for step in terms.steps]


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
