"""The bills of a lease: the schedule of the terms page to the fen, and what holds for every lease."""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.models.values import (
    CollectionBasis,
    FeeType,
    FreeDaysRule,
    Money,
    Period,
    StubPlacement,
    StubRule,
    add_months,
    total,
)
from desktop.services.errors import DomainError
from desktop.services.lease_terms import RentStep, end_after, term_from_choice, with_choice
from desktop.services.proration import ONE_DAY, free_period, remaining_days, units
from desktop.services.rmb import uppercase_rmb
from desktop.services.schedule import LeaseTerms, PlannedBill, due_at_signing, of_fee, plan_bills, plan_due, sum_of

PICTURE = with_choice(
    LeaseTerms(
        date(2026, 11, 25),
        date(2027, 11, 24),
        Money.yuan(1860),
        basis=CollectionBasis.CALENDAR,
        property_price=Decimal("1.80"),
        property_area=Decimal("46.20"),
    ),
    term_from_choice("押一付三"),
)


def shown(bill: PlannedBill) -> tuple[str, str, str, str, str]:
    """A row of the terms page: what, from, to, due, amount."""
    period = (str(bill.period.start), str(bill.period.end)) if bill.period else ("—", "—")
    return bill.title, *period, str(bill.due), str(bill.money)


def test_the_schedule_of_the_terms_page() -> None:
    plan = plan_bills(PICTURE)
    assert [shown(bill) for bill in plan[:5]] == [
        ("押金", "—", "—", "2026-11-25", "1,860.00"),
        ("第 1 期", "2026-11-25", "2027-02-28", "2026-11-25", "5,952.00"),
        ("第 2 期", "2027-03-01", "2027-05-31", "2027-03-01", "5,580.00"),
        ("第 3 期", "2027-06-01", "2027-08-31", "2027-06-01", "5,580.00"),
        ("第 4 期", "2027-09-01", "2027-11-24", "2027-09-01", "5,208.00"),
    ]
    assert [bill.note for bill in plan[:5]] == ["", "含 6 天 ¥372.00", "", "", "末期 24 天 ¥1,488.00"]
    assert sum_of(of_fee(plan, FeeType.RENT)) == Money.yuan(22320)
    fees = of_fee(plan, FeeType.PROPERTY_FEE)
    assert len(fees) == 12
    assert all(bill.due.day == 1 for bill in fees)
    assert {bill.money for bill in fees[1:-1]} == {Money.yuan("83.16")}
    assert sum_of(fees) == Money.yuan("83.16") * 12


def test_today_is_deposit_and_first_rent_though_the_lease_begins_in_three_days() -> None:
    asked = due_at_signing(plan_bills(PICTURE), date(2026, 11, 22))
    assert [bill.source_key for bill in asked] == ["deposit", "rent:0001"]
    assert sum_of(asked) == Money.yuan(7812)
    assert uppercase_rmb(sum_of(asked)) == "人民币柒仟捌佰壹拾贰元整"


def test_a_lease_entered_late_asks_for_everything_due_so_far() -> None:
    asked = due_at_signing(plan_bills(PICTURE), date(2027, 3, 1))
    assert [bill.source_key for bill in asked if bill.fee_type is not FeeType.PROPERTY_FEE] == [
        "deposit",
        "rent:0001",
        "rent:0002",
    ]
    assert due_at_signing([], date(2027, 3, 1)) == []


def test_the_stub_as_a_bill_of_its_own() -> None:
    rent = of_fee(plan_bills(replace(PICTURE, stub_placement=StubPlacement.OWN_BILL)), FeeType.RENT)
    assert [(bill.number, str(bill.due), str(bill.money), bill.note) for bill in rent[:2]] == [
        (1, "2026-11-25", "372.00", "共 6 天 ¥372.00"),
        (2, "2026-12-01", "5,580.00", ""),
    ]
    assert rent[-1].note == "末期 24 天 ¥1,488.00"
    assert len(rent) == 5


def test_on_the_day_the_lease_began_there_is_no_stub() -> None:
    rent = of_fee(plan_bills(replace(PICTURE, basis=CollectionBasis.LEASE_DAY)), FeeType.RENT)
    assert [(bill.period, bill.money) for bill in rent[:1]] == [
        (Period(date(2026, 11, 25), date(2027, 2, 24)), Money.yuan(5580))
    ]
    assert [len(bill.lines) for bill in rent] == [1, 1, 1, 1]


def test_a_lease_of_the_31st_bills_the_clamped_anchors() -> None:
    terms = LeaseTerms(date(2027, 1, 31), end_after(date(2027, 1, 31), 4), Money.yuan(1000), cycle_months=1)
    assert [bill.period for bill in of_fee(plan_bills(terms), FeeType.RENT)] == [
        Period(date(2027, 1, 31), date(2027, 2, 27)),
        Period(date(2027, 2, 28), date(2027, 3, 30)),
        Period(date(2027, 3, 31), date(2027, 4, 29)),
        Period(date(2027, 4, 30), date(2027, 5, 30)),
    ]


def test_due_some_days_ahead_but_never_before_the_lease_begins() -> None:
    rent = of_fee(plan_bills(replace(PICTURE, pay_ahead_days=7)), FeeType.RENT)
    assert [str(bill.due) for bill in rent] == ["2026-11-25", "2027-02-22", "2027-05-25", "2027-08-25"]


def test_free_days_deducted_stand_on_a_line_of_their_own() -> None:
    terms = LeaseTerms(
        date(2027, 1, 1), end_after(date(2027, 1, 1), 12), Money.yuan(3000), cycle_months=1, free_days=5,
        stub_rule=StubRule.THIRTY,
    )  # fmt: skip
    first = of_fee(plan_bills(terms), FeeType.RENT)[0]
    assert [(line.quantity, line.money) for line in first.lines] == [
        (Decimal(1), Money.yuan(3000)),
        (Decimal(-5), Money.yuan(-500)),
    ]
    assert first.note == "免租 5 天 −¥500.00"
    rest = replace(terms, free_rule=FreeDaysRule.CHARGE_REST)
    first = of_fee(plan_bills(rest), FeeType.RENT)[0]
    assert [(line.quantity, line.money, line.note) for line in first.lines] == [
        (Decimal(26), Money.yuan(2600), "免租 5 天，其余 26 天 ¥2,600.00")
    ]


@pytest.mark.parametrize("rule", FreeDaysRule)
def test_45_free_days_make_the_first_month_nothing(rule: FreeDaysRule) -> None:
    terms = LeaseTerms(
        date(2027, 1, 1), end_after(date(2027, 1, 1), 12), Money.yuan(2800), cycle_months=1, free_days=45,
        free_rule=rule,
    )  # fmt: skip
    rent = of_fee(plan_bills(terms), FeeType.RENT)
    assert [bill.money for bill in rent[:3]] == [Money(0), Money.yuan(1400), Money.yuan(2800)]


def test_stepped_rent_changes_at_its_day() -> None:
    terms = LeaseTerms(
        date(2026, 12, 1), end_after(date(2026, 12, 1), 24), Money.yuan(2000),
        steps=(RentStep(date(2027, 12, 1), Money.yuan(2100)),),
    )  # fmt: skip
    rent = of_fee(plan_bills(terms), FeeType.RENT)
    assert [bill.money for bill in rent] == [Money.yuan(6000)] * 4 + [Money.yuan(6300)] * 4


def test_a_step_between_the_months_of_one_bill_parts_its_lines() -> None:
    terms = LeaseTerms(
        date(2027, 6, 1), end_after(date(2027, 6, 1), 3), Money.yuan(3000),
        steps=(RentStep(date(2027, 8, 1), Money.yuan(3100)),),
    )  # fmt: skip
    (bill,) = of_fee(plan_bills(terms), FeeType.RENT)
    assert [(line.quantity, line.unit_price, line.money) for line in bill.lines] == [
        (Decimal(2), Decimal(3000), Money.yuan(6000)),
        (Decimal(1), Decimal(3100), Money.yuan(3100)),
    ]


def test_free_days_at_a_high_rent_never_make_a_bill_negative() -> None:
    """Free days of a cut month are dearer than their part of it when the rent falls to almost nothing behind them."""
    terms = LeaseTerms(
        date(2027, 1, 25), end_after(date(2027, 1, 25), 2), Money.yuan(9000), cycle_months=1, free_days=30,
        steps=(RentStep(date(2027, 2, 24), Money(1)),),
    )  # fmt: skip
    first = of_fee(plan_bills(terms), FeeType.RENT)[0]
    assert first.money == Money(0)


def test_a_step_inside_a_month_shares_the_month_by_days() -> None:
    terms = LeaseTerms(
        date(2027, 6, 1), end_after(date(2027, 6, 1), 3), Money.yuan(3000),
        steps=(RentStep(date(2027, 7, 11), Money.yuan(3310)),),
    )  # fmt: skip
    (bill,) = of_fee(plan_bills(terms), FeeType.RENT)
    july = Money.rounded(Decimal(300000 * 10 + 331000 * 21) / 31)
    assert [line.money for line in bill.lines] == [Money.yuan(3000), july, Money.yuan(3310)]
    assert len(bill.lines[1].why) == 3


def test_a_price_finer_than_a_fen_keeps_its_places() -> None:
    terms = replace(PICTURE, property_price=Decimal("2.345"), property_cycle_months=3)
    fees = of_fee(plan_bills(terms), FeeType.PROPERTY_FEE)
    quarter = fees[1].lines[0]
    assert (quarter.quantity, quarter.unit_price) == (Decimal("138.60"), Decimal("2.345000"))
    assert quarter.money == Money.rounded(Decimal("138.60") * Decimal("234.5"))


def test_key_deposit_and_a_deposit_agreed_as_a_sum() -> None:
    plan = plan_bills(replace(PICTURE, deposit=Money.yuan(2000), deposit_months=None, key_deposit=Money.yuan(50)))
    assert [(bill.source_key, bill.title, bill.money, bill.lines[0].quantity) for bill in plan[:2]] == [
        ("deposit", "押金", Money.yuan(2000), Decimal(1)),
        ("key_deposit", "钥匙押金", Money.yuan(50), Decimal(1)),
    ]


def test_impossible_terms_plan_nothing() -> None:
    with pytest.raises(DomainError, match="早于起租日") as caught:
        plan_bills(replace(PICTURE, end=date(2026, 11, 24)))
    assert caught.value.field == "end"


# What holds for every lease


@st.composite
def terms(draw: st.DrawFn) -> LeaseTerms:
    start = draw(st.dates(date(2015, 1, 1), date(2060, 12, 31)) | st.sampled_from(_ODD_STARTS))
    end = draw(
        st.integers(0, 1200).map(lambda days: start + timedelta(days=days))
        | st.integers(1, 40).map(lambda months: end_after(start, months))
        | st.integers(1, 40).map(lambda months: add_months(start.replace(day=1), months) - ONE_DAY)
    )
    days = (end - start).days
    steps = sorted(draw(st.sets(st.integers(1, days), max_size=3))) if days else []
    rents = st.integers(1, 2_000_000).map(Money)
    return LeaseTerms(
        start,
        end,
        draw(rents),
        cycle_months=draw(st.sampled_from((1, 2, 3, 6, 12))),
        deposit=draw(rents),
        stub_rule=draw(st.sampled_from(StubRule)),
        stub_placement=draw(st.sampled_from(StubPlacement)),
        basis=draw(st.sampled_from(CollectionBasis)),
        pay_ahead_days=draw(st.integers(0, 40)),
        free_days=draw(st.just(0) | st.integers(0, min(days + 1, 100))),
        free_rule=draw(st.sampled_from(FreeDaysRule)),
        steps=tuple(RentStep(start + timedelta(days=day), draw(rents)) for day in steps),
        property_price=draw(st.none() | st.decimals(0, 20, places=3)),
        property_area=draw(st.decimals("0.01", 5000, places=2)),
        property_cycle_months=draw(st.sampled_from((1, 3, 12))),
    )


_ODD_STARTS = [date(2027, 1, 31), date(2028, 2, 29), date(2027, 2, 28), date(2027, 3, 1), date(2026, 12, 31)]
quick = settings(max_examples=150, deadline=None)


@quick
@given(terms())
def test_bills_tile_the_lease_without_gap_or_overlap(lease: LeaseTerms) -> None:
    for fee_type in (FeeType.RENT, FeeType.PROPERTY_FEE):
        periods = [bill.period for bill in of_fee(plan_bills(lease), fee_type) if bill.period]
        if fee_type is FeeType.PROPERTY_FEE and lease.property_price is None:
            assert periods == []
            continue
        assert (periods[0].start, periods[-1].end) == (lease.start, lease.end)
        assert all(a.end + ONE_DAY == b.start for a, b in pairwise(periods))


@quick
@given(terms())
def test_lines_tile_their_bill_beside_the_free_days(lease: LeaseTerms) -> None:
    for bill in plan_bills(lease):
        if bill.period is None:
            continue
        charged = sorted(line.period for line in bill.lines if line.period and line.quantity >= 0)
        if lease.free_rule is FreeDaysRule.CHARGE_REST and lease.free_days and bill.fee_type is FeeType.RENT:
            continue  # there the free days have no line where a rest is charged
        assert charged[0].start == bill.period.start
        assert charged[-1].end == bill.period.end
        assert all(a.end + ONE_DAY == b.start for a, b in pairwise(charged))


@quick
@given(terms())
def test_parts_sum_to_the_whole(lease: LeaseTerms) -> None:
    """Fen of lines are the fen of bills are the fen of the plan, and rounding moved each line by half a fen at most."""
    plan = plan_bills(lease)
    rent = of_fee(plan, FeeType.RENT)
    lines = [line for bill in rent for line in bill.lines]
    assert sum_of(rent) == total(bill.money for bill in rent) == total(line.money for line in lines)
    assert abs(sum_of(rent).fen - exact_rent(lease)) <= Fraction(len(lines), 2)
    assert all(bill.money >= Money(0) for bill in plan)


@quick
@given(terms())
def test_how_it_is_collected_does_not_change_what_is_owed(lease: LeaseTerms) -> None:
    """Cycle and stub placement move money between bills; only grouped free or odd-step lines may round elsewhere."""
    one = sum_of(of_fee(plan_bills(lease), FeeType.RENT))
    other_placement = replace(lease, stub_placement=StubPlacement.OWN_BILL, cycle_months=1)
    assert sum_of(of_fee(plan_bills(other_placement), FeeType.RENT)) == one


@quick
@given(terms())
def test_keys_are_unique_and_the_same_each_time(lease: LeaseTerms) -> None:
    plan = plan_bills(lease)
    assert plan == plan_bills(replace(lease))
    keys = [bill.source_key for bill in plan] + [line.source_key for bill in plan for line in bill.lines]
    assert len(keys) == len(set(keys))
    assert [bill.number for bill in of_fee(plan, FeeType.RENT)] == list(range(1, len(of_fee(plan, FeeType.RENT)) + 1))


@quick
@given(terms(), st.integers(1, 2000))
def test_a_longer_lease_keeps_the_keys_and_the_bills_it_had(lease: LeaseTerms, more: int) -> None:
    """A renewal re-plans: every bill but the last is the same, so nothing already posted is posted again."""
    longer = replace(lease, end=min(lease.end + timedelta(days=more), end_after(lease.start, 240)))
    before, after = (of_fee(plan_bills(each), FeeType.RENT) for each in (lease, longer))
    first_month_grew = len(units(lease.period, lease.start.replace(day=1))) == 1  # a lone stub becomes a head
    if not first_month_grew:
        assert after[: len(before) - 1] == before[:-1]


@quick
@given(terms())
def test_due_in_order_and_never_before_the_lease(lease: LeaseTerms) -> None:
    plan = plan_bills(lease)
    rent = of_fee(plan, FeeType.RENT)
    assert all(bill.due >= lease.start for bill in plan)
    assert rent[0].due == lease.start
    assert all(a.due <= b.due for a, b in pairwise(rent))
    assert all(bill.due <= bill.period.start for bill in rent if bill.period)


@quick
@given(terms())
def test_what_a_line_shows_multiplies_to_its_money(lease: LeaseTerms) -> None:
    for bill in plan_bills(lease):
        for line in bill.lines:
            fen = abs(line.quantity) * line.unit_price * 100
            tolerance = Decimal("0.5") + abs(line.quantity) * Decimal("0.00005")
            assert abs(fen - abs(line.money.fen)) <= tolerance
            assert line.why


@quick
@given(terms())
def test_by_actual_days_on_calendar_months_every_day_costs_its_share(lease: LeaseTerms) -> None:
    """An oracle that knows no units: walk the days, each at its own month's rate and its own rent."""
    lease = replace(lease, basis=CollectionBasis.CALENDAR, stub_rule=StubRule.ACTUAL_DAYS)
    free_until = lease.start + timedelta(days=lease.free_days)
    day, fen = lease.start, Fraction(0)
    while day <= lease.end:
        if day >= free_until:
            fen += Fraction(lease.rent_on(day).fen, calendar.monthrange(day.year, day.month)[1])
        day += ONE_DAY
    rent = of_fee(plan_bills(lease), FeeType.RENT)
    lines = sum(len(bill.lines) for bill in rent)
    assert abs(sum_of(rent).fen - fen) <= Fraction(lines, 2)


@quick
@given(st.dates(date(2015, 1, 1), date(2060, 12, 31)), st.integers(1, 60), st.sampled_from((1, 2, 3, 6, 12)))
def test_whole_months_on_the_lease_day_cost_months_times_rent(start: date, months: int, cycle: int) -> None:
    lease = LeaseTerms(start, end_after(start, months), Money(186_037), cycle_months=cycle)
    rent = of_fee(plan_bills(lease), FeeType.RENT)
    assert sum_of(rent) == Money(186_037 * months)
    assert len(rent) == -(-months // cycle)
    assert [bill.due for bill in rent] == [add_months(start, cycle * n) for n in range(len(rent))]


def exact_rent(lease: LeaseTerms) -> Fraction:
    """The unrounded rent, written down a second time from the words of DOMAIN §16."""
    on_calendar = lease.basis is CollectionBasis.CALENDAR
    anchor = lease.start.replace(day=1) if on_calendar else lease.start
    free = free_period(lease.start, lease.free_days)
    fen = Fraction(0)
    for unit in units(lease.period, anchor):
        days = unit.period.days
        every = [unit.period.start + timedelta(days=n) for n in range(days)]
        weight = {day: _weight(day, lease.stub_rule) for day in every}
        raw = sum(weight.values())
        full = Fraction(1) if unit.whole else min(Fraction(1), raw)
        cost = {day: lease.rent_on(day).fen * weight[day] * full / raw for day in every}
        rest = remaining_days(unit.period, free)
        free_days = [day for day in every if rest is None or day < rest.start]
        if rest is None:
            continue
        if not free_days:
            fen += sum(cost.values())
        elif lease.free_rule is FreeDaysRule.DEDUCT_FREE_DAYS:
            gone = sum(weight[day] for day in free_days)
            saved = sum(lease.rent_on(day).fen * weight[day] for day in free_days) * min(gone, full) / gone
            fen += sum(cost.values()) - min(saved, sum(cost.values()))
        else:
            kept = [day for day in every if day >= rest.start]
            left = sum(weight[day] for day in kept)
            fen += sum(lease.rent_on(day).fen * weight[day] for day in kept) * min(left, full) / left
    return fen


def _weight(day: date, rule: StubRule) -> Fraction:
    match rule:
        case StubRule.ACTUAL_DAYS:
            return Fraction(1, calendar.monthrange(day.year, day.month)[1])
        case StubRule.THIRTY:
            return Fraction(1, 30)
        case StubRule.YEAR_365:
            return Fraction(12, 365)


@quick
@given(terms(), st.integers(-400, 8000), st.integers(-40, 8000), st.booleans())
def test_what_falls_due_between_two_days_is_that_part_of_the_plan(
    lease: LeaseTerms, after: int, until: int, from_the_beginning: bool
) -> None:
    last = lease.start + timedelta(days=until)
    first = None if from_the_beginning else lease.start + timedelta(days=after)
    wanted = [bill for bill in plan_bills(lease) if (first is None or bill.due > first) and bill.due <= last]
    found = plan_due(lease, first, last)
    assert sorted(found, key=lambda bill: bill.source_key) == sorted(wanted, key=lambda bill: bill.source_key)
