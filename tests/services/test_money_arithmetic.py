"""Whatever the numbers: parts add up to the whole, and out-and-back is the identity."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from desktop.models.values import NIL, DebtorRule, Money, Period, PoolMethod, StubRule, add_months, total
from desktop.services.apportioning import NothingToApportion, PoolMember, apportion, split_pool
from desktop.services.bearers import Owned, RoomPast, Stay, bearers
from desktop.services.cash_rounding import rounding_of
from desktop.services.discounting import stack_off
from desktop.services.legal_order import Debt, in_legal_order
from desktop.services.meter_usage import usage_between
from desktop.services.proration import ONE_DAY, period_share, round_fen
from desktop.services.spreading import spread
from desktop.services.tariff_rating import Price, Tier, rate_usage, rate_usage_as_one

TODAY = date(2026, 12, 1)
fen = st.integers(-10_000_000, 10_000_000).map(Money)
sums = st.integers(0, 10_000_000).map(Money)
units = st.decimals(0, 100_000, places=3, allow_nan=False, allow_infinity=False)
prices = st.decimals(0, 100, places=6, allow_nan=False, allow_infinity=False)
days = st.integers(0, 800).map(lambda n: date(2026, 1, 1) + timedelta(days=n))


@given(amount=fen, weights=st.lists(st.fractions(0, 1000, max_denominator=1000), min_size=1, max_size=60))
def test_shares_are_the_whole_and_none_is_a_fen_off(amount: Money, weights: list[Fraction]) -> None:
    if not sum(weights):
        return
    shares = apportion(amount, weights)
    assert total(shares) == amount
    whole = sum(weights, Fraction(0))
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share.fen - amount.fen * weight / whole) < 1
    assert apportion(-amount, weights) == tuple(-share for share in shares)


members = st.builds(
    PoolMember,
    area=st.none() | st.decimals(0, 200, places=2, allow_nan=False, allow_infinity=False),
    ratio=st.none() | st.decimals(0, 10, places=6, allow_nan=False, allow_infinity=False),
    own_use=st.none() | units,
    vacant=st.booleans(),
)


@given(
    amount=sums, method=st.sampled_from(PoolMethod), who=st.lists(members, min_size=1, max_size=30),
    part=st.sampled_from([Fraction(0), Fraction(7, 10), Fraction(1)]), office=st.booleans(),
)  # fmt: skip
def test_a_pool_is_borne_to_the_fen(
    amount: Money, method: PoolMethod, who: list[PoolMember], part: Fraction, office: bool
) -> None:
    try:
        found = split_pool(amount, method, who, part, office)
    except NothingToApportion:
        return
    assert total(found.shares) + found.office == amount
    assert found.office >= NIL
    assert office or found.office == NIL


@given(opens=st.lists(fen, min_size=1, max_size=12), share=st.fractions(0, 1))
def test_a_payment_goes_to_lines_whole(opens: list[Money], share: Fraction) -> None:
    whole = total(opens)
    amount = Money(int(whole.fen * share))
    got = spread(opens, amount)
    assert total(got) == amount
    for each, taken in zip(opens, got, strict=True):
        low, high = min(NIL, each), max(NIL, each)
        assert low <= taken <= high, "no line gets more than is open of it, nor the wrong way round"


debts = st.builds(
    Debt,
    id=st.uuids(), due=days, billed_on=days, secured=st.booleans(),
    late_fee_per_mille=st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(3)]), costs=sums, interest=sums,
    principal=sums,
)  # fmt: skip


@given(owed=st.lists(debts, max_size=12, unique_by=lambda debt: debt.id), amount=sums)
def test_the_legal_order_pays_all_it_can_and_nothing_twice(owed: list[Debt], amount: Money) -> None:
    paid = in_legal_order(owed, amount, TODAY)
    assert total(each.money for each in paid) == min(amount, total(debt.open for debt in owed))
    by_id = {debt.id: debt for debt in owed}
    for each in paid:
        debt = by_id[each.debt_id]
        assert NIL <= each.costs <= debt.costs
        assert NIL <= each.interest <= debt.interest
        assert NIL <= each.principal <= debt.principal
        assert each.costs == debt.costs or not each.interest
        assert each.interest == debt.interest or not each.principal
    waits = {debt.id for debt in owed if debt.due > TODAY and debt.open}
    open_and_due = [debt for debt in owed if debt.due <= TODAY]
    got: dict[UUID, Money] = {each.debt_id: each.money for each in paid}
    if waits & got.keys():
        assert all(got.get(debt.id, NIL) == debt.open for debt in open_and_due), "what is due comes first"


ladders = st.lists(st.tuples(st.decimals(1, 500, places=0), prices), min_size=1, max_size=4).map(
    lambda steps: tuple(
        Tier(upto if at < len(steps) - 1 else None, price)
        for at, (upto, price) in enumerate(
            zip(_rising([upto for upto, _ in steps]), (p for _, p in steps), strict=True)
        )
    )
)


def _rising(ends: list[Decimal]) -> list[Decimal]:
    found: list[Decimal] = []
    for end in ends:
        found.append((found[-1] if found else Decimal(0)) + end)
    return found


@given(use=units, ladder=ladders, before=units)
def test_a_ladder_bills_every_unit_once(use: Decimal, ladder: tuple[Tier, ...], before: Decimal) -> None:
    lines = rate_usage(use, Price(None, ladder), before)
    assert sum((line.quantity for line in lines), Decimal(0)) == use
    (one,) = rate_usage_as_one(use, Price(None, ladder), before) or [None]
    exact = sum((Fraction(line.quantity) * Fraction(line.unit_price) * 100 for line in lines), Fraction(0))
    assert (one.money if one is not None else NIL) == round_fen(exact)
    assert abs(total(line.money for line in lines).fen - exact) <= Fraction(len(lines), 2)


@given(first=units, second=units, ladder=ladders)
def test_a_yearly_ladder_in_two_bills_bills_what_one_would(
    first: Decimal, second: Decimal, ladder: tuple[Tier, ...]
) -> None:
    price = Price(None, ladder)
    apart: dict[Decimal, Decimal] = {}
    for line in (*rate_usage(first, price), *rate_usage(second, price, first)):
        apart[line.unit_price] = apart.get(line.unit_price, Decimal(0)) + line.quantity
    at_once: dict[Decimal, Decimal] = {}
    for line in rate_usage(first + second, price):
        at_once[line.unit_price] = at_once.get(line.unit_price, Decimal(0)) + line.quantity
    assert apart == at_once


@given(earlier=units, use=st.integers(0, 99_999), multiplier=st.integers(1, 80))
def test_a_counter_that_goes_round_counts_what_went_through(earlier: Decimal, use: int, multiplier: int) -> None:
    highest = Decimal(99_999)
    earlier = earlier % (highest + 1)
    shown = (earlier + use) % (highest + 1)
    over = shown < earlier
    assert usage_between(earlier, shown, Decimal(multiplier), highest, over) == use * multiplier


@given(amount=sums, percents=st.lists(st.integers(1, 100).map(Decimal), max_size=5))
def test_discounts_never_take_more_than_there_is(amount: Money, percents: list[Decimal]) -> None:
    taken = stack_off(amount, percents)
    assert NIL <= total(taken) <= amount
    assert all(each >= NIL for each in taken)


@given(due=sums, to=st.sampled_from([Money(10), Money(100), Money(1000)]))
def test_rounding_off_leaves_whole_coins_and_never_nothing(due: Money, to: Money) -> None:
    off = rounding_of(due, to)
    assert NIL <= off < to
    assert off == NIL or (due - off).fen % to.fen == 0
    assert due == NIL or due - off > NIL


stays = st.lists(st.tuples(days, st.integers(0, 200)), max_size=4).map(
    lambda spans: tuple(
        Stay(UUID(int=n + 1), UUID(int=100 + n), start, start + timedelta(days=length))
        for n, (start, length) in enumerate(sorted(spans))
    )
)
owners = st.lists(st.tuples(days, st.booleans()), max_size=2).map(
    lambda rows: tuple(Owned(UUID(int=900 + n), lives, start, None) for n, (start, lives) in enumerate(sorted(rows)))
)


@given(
    first=days, length=st.integers(0, 120), past=st.builds(RoomPast, stays, owners), rule=st.sampled_from(DebtorRule)
)
def test_every_day_has_one_bearer_or_none(first: date, length: int, past: RoomPast, rule: DebtorRule) -> None:
    period = Period(first, first + timedelta(days=length))
    runs = bearers(past, rule, period)
    assert runs[0][0].start == period.start
    assert runs[-1][0].end == period.end
    for (one, who), (two, other) in pairwise(runs):
        assert two.start == one.end + ONE_DAY
        assert who != other, "a run ends where somebody else begins"


@given(
    month=st.integers(0, 60), cut=st.integers(1, 27), rule=st.sampled_from([StubRule.ACTUAL_DAYS, StubRule.YEAR_365])
)
def test_a_split_month_is_the_month(month: int, cut: int, rule: StubRule) -> None:
    start = add_months(date(2026, 1, 1), month)
    end = add_months(start, 1) - ONE_DAY
    middle = start + timedelta(days=cut)
    head, tail = Period(start, middle - ONE_DAY), Period(middle, end)
    if rule is StubRule.ACTUAL_DAYS:
        assert period_share(head, rule, start) + period_share(tail, rule, start) == 1
    else:
        assert period_share(head, rule, start) + period_share(tail, rule, start) <= Fraction(31 * 12, 365)
