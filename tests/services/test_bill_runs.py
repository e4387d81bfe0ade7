"""The bill run: who owes what for which days, the same twice, put right by counter-lines, and nothing by halves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.billing import BillBalance, BillLine
from desktop.models.fees import Tariff
from desktop.models.leases import LeaseRoom
from desktop.models.places import Room
from desktop.models.pools import PoolCharge
from desktop.models.values import DebtorRule, DiscountKind, FeeBasis, FeeType, MeterKind, Money, TierSpan
from desktop.services import bill_runs, lease_moves, parties
from desktop.services.acts import Op
from desktop.services.bill_runs import Fate, RunChanged, RunOrder
from desktop.services.errors import ProblemsFound
from desktop.services.office import Office
from desktop.services.work import PROGRAM, Actor, begin
from tests.offices import check_in, many, person, rooms_of, sit_down, terms
from tests.services.lease_kit import days, pay, sound
from tests.services.meter_kit import meter_with, put_meter, put_reading
from tests.services.pool_kit import put_charge, put_pool
from tests.services.run_kit import (
    add_item,
    add_price,
    bill_of,
    discount,
    fee_rows,
    lines_of,
    own,
    room_fee,
    run,
    shown,
)

DECEMBER = RunOrder(date(2026, 12, 1), date(2026, 12, 31))
FEE = Money.yuan("129.36")
"""46.20 m² × 2.80 × 1 month."""


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "manager")


@pytest.fixture
def tenant(office: Office, clerk: Actor) -> UUID:
    """A lease in the first room since the morning of the test."""
    return check_in(office, clerk, rooms_of(office)[0]).lease_id


def owner(office: Office, name: str = "业主甲", sequence: int = 77) -> UUID:
    with begin(office, PROGRAM, Op.REGISTER_PARTY) as work:
        return parties.register_party(work, person(name, sequence=sequence, phone=f"139{sequence:08d}"))


def test_the_tenant_pays_while_it_is_let_and_nobody_for_a_vacant_room_without_an_owner(
    office: Office, tenant: UUID
) -> None:
    add_item(office, "2.80")
    preview = shown(office, DECEMBER)
    (row,) = fee_rows(preview)
    assert (row.amount, row.due, row.debtor) == (FEE, date(2026, 12, 10), "顾听澜")
    assert row.why == ("2026-12-01 至 2026-12-31：46.20 m² × 2.80 × 1 个月 = 129.36", "单价 2.8，2026-01-01 起")
    skipped = preview.of(Fate.SKIPPED)
    assert len(skipped) == len(rooms_of(office)) - 1
    assert {each.why for each in skipped} == {("空置，也没有登记业主",)}
    assert all(each.expected for each in skipped)


def test_the_owner_pays_for_days_on_which_the_room_is_vacant(office: Office, clerk: Actor) -> None:
    room = rooms_of(office)[0]
    owner_id = owner(office)
    own(office, room, owner_id)
    add_item(office, "2.80")
    days(office, (date(2026, 12, 11) - office.world.today()).days)
    check_in(office, clerk, room)
    rows = fee_rows(shown(office, DECEMBER))
    assert [(row.debtor, row.period.days if row.period else 0, row.amount) for row in rows] == [
        ("业主甲", 10, Money.yuan("41.73")),  # 129.36 × 10/31 = 41.729…
        ("顾听澜", 21, Money.yuan("87.63")),  # 129.36 × 21/31 = 87.630…
    ]
    assert sum(row.amount.fen for row in rows) == FEE.fen


def test_a_run_twice_makes_nothing_twice(office: Office, tenant: UUID) -> None:
    add_item(office, "2.80")
    first = run(office, DECEMBER)
    assert first.made == 1
    again = run(office, DECEMBER)
    assert (again.run_id, again.made, again.changed) == (None, 0, 0)
    assert shown(office, DECEMBER).unchanged == 1
    sound(office)


def test_a_run_over_three_months_makes_the_bills_of_each(office: Office, tenant: UUID) -> None:
    add_item(office, "2.80")
    run(office, DECEMBER)
    quarter = RunOrder(date(2026, 12, 1), date(2027, 2, 28))
    rows = fee_rows(shown(office, quarter))
    assert [row.period.start for row in rows if row.period] == [date(2027, 1, 1), date(2027, 2, 1)]


def test_a_price_that_changes_in_mid_month_is_one_line_that_tells_both(office: Office, tenant: UUID) -> None:
    item = add_item(office)
    add_price(office, item, "2.80", date(2026, 1, 1), date(2026, 12, 15))
    add_price(office, item, "3.10", date(2026, 12, 16))
    (row,) = fee_rows(shown(office, DECEMBER))
    # 129.36 × 15/31 + 143.22 × 16/31 = 62.5935… + 73.92 = 136.5135…
    assert row.amount == Money.yuan("136.51")
    assert row.why[-2:] == ("单价 2.8，2026-01-01 起", "单价 3.1，2026-12-16 起")


def test_days_without_a_price_are_skipped_and_said(office: Office, tenant: UUID) -> None:
    item = add_item(office)
    add_price(office, item, "2.80", date(2026, 1, 1), date(2026, 12, 20))
    preview = shown(office, DECEMBER)
    (row,) = fee_rows(preview)
    assert row.amount == Money.yuan("83.46")  # 129.36 × 20/31 = 83.458…
    (gap,) = [each for each in preview.of(Fate.SKIPPED) if not each.expected]
    assert gap.period is not None
    assert (gap.period.start, gap.period.end) == (date(2026, 12, 21), date(2026, 12, 31))
    assert "没有单价" in gap.why[0]


def test_a_room_without_an_area_is_skipped_with_what_to_do(office: Office, tenant: UUID) -> None:
    with begin(office, PROGRAM, Op.CHANGE_PLACE) as work:
        work.get(Room, rooms_of(office)[0]).area = Decimal(0)
    add_item(office, "2.80")
    preview = shown(office, DECEMBER)
    assert fee_rows(preview) == []
    assert [each.why for each in preview.of(Fate.SKIPPED) if not each.expected] == [
        ("建筑面积没有填或为 0：先在房间资料里填上",)
    ]


def test_an_exempt_room_and_a_room_with_its_own_price(office: Office, clerk: Actor) -> None:
    rooms = rooms_of(office)
    for room, form in zip(rooms[:2], many(2), strict=True):
        check_in(office, clerk, room, form)
    item = add_item(office, "2.80")
    room_fee(office, item, rooms[0], exempt=True, reason="样板间")
    room_fee(office, item, rooms[1], price="2.00")
    preview = shown(office, DECEMBER)
    (row,) = fee_rows(preview)
    assert row.amount == Money.yuan("92.40")  # 46.20 × 2.00
    assert ("免收：样板间",) in [each.why for each in preview.of(Fate.SKIPPED)]


def test_parking_is_only_for_rooms_that_are_named(office: Office, tenant: UUID) -> None:
    item = add_item(
        office, "300", name="地下车位费", basis=FeeBasis.PIECE, fee_type=FeeType.PARKING, every=False, unit="个"
    )
    room_fee(office, item, rooms_of(office)[0], quantity="2", since=date(2026, 12, 16))
    (row,) = fee_rows(shown(office, DECEMBER))
    assert row.amount == Money.yuan("309.68")  # 2 × 300 × 16/31 = 309.677…


def test_a_lease_that_collects_its_property_fee_is_left_alone(office: Office, clerk: Actor) -> None:
    lease = replace(terms(office.world.today()), property_price=Decimal("2.5"), property_area=Decimal("46.20"))
    check_in(office, clerk, rooms_of(office)[0], lease=lease)
    add_item(office, "2.80")
    preview = shown(office, DECEMBER)
    assert [row for row in fee_rows(preview) if row.fee == "住宅物业费"] == []
    assert ("随租约收取",) in [each.why for each in preview.of(Fate.SKIPPED)]


def test_a_quarter_is_billed_once_and_a_late_joiner_gets_the_rest(office: Office, clerk: Actor) -> None:
    room = rooms_of(office)[0]
    own(office, room, owner(office))
    add_item(office, "2.80", cycle=3)
    whole = RunOrder(date(2026, 10, 1), date(2026, 10, 31))
    run(office, whole)
    days(office, (date(2026, 12, 1) - office.world.today()).days)
    check_in(office, clerk, room)
    preview = shown(office, DECEMBER)
    (changed,), (new,) = preview.of(Fate.CHANGED), fee_rows(preview)
    assert (changed.before, changed.amount) == (FEE * 3, FEE * 2)
    assert (new.debtor, new.amount) == ("顾听澜", FEE)
    run(office, DECEMBER)
    bill = bill_of(office, changed)
    assert lines_of(office, bill) == [FEE * 3, -(FEE * 3), FEE * 2]
    assert run(office, DECEMBER).run_id is None
    sound(office)


def test_a_tenant_who_left_is_not_billed_on(office: Office, clerk: Actor, tenant: UUID) -> None:
    add_item(office, "2.80")
    run(office, DECEMBER)
    days(office, (date(2026, 12, 10) - office.world.today()).days)
    with begin(office, clerk, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, tenant)
    (changed,) = shown(office, DECEMBER).of(Fate.CHANGED)
    assert changed.amount == Money.yuan("41.73")  # 10 of 31 days
    january = RunOrder(date(2027, 1, 1), date(2027, 1, 31))
    assert fee_rows(shown(office, january)) == []


def test_what_nobody_owes_any_more_is_taken_back(office: Office, clerk: Actor, tenant: UUID) -> None:
    item = add_item(office, "2.80")
    run(office, DECEMBER)
    room_fee(office, item, rooms_of(office)[0], exempt=True, reason="减免")
    (gone,) = shown(office, DECEMBER).of(Fate.GONE)
    assert (gone.before, gone.added) == (FEE, -FEE)
    run(office, DECEMBER)
    assert run(office, DECEMBER).run_id is None
    sound(office)


def test_a_missing_price_takes_nothing_back(office: Office, tenant: UUID) -> None:
    item = add_item(office)
    price = add_price(office, item, "2.80", date(2026, 1, 1))
    run(office, DECEMBER)
    with begin(office, PROGRAM, Op.SAVE_TARIFF) as work:
        work.get(Tariff, price).valid_to = date(2026, 11, 30)
    preview = shown(office, DECEMBER)
    assert preview.of(Fate.GONE) == []
    assert preview.of(Fate.CHANGED) == []


def test_a_bill_that_was_paid_and_comes_out_lower_is_owed_back(office: Office, clerk: Actor, tenant: UUID) -> None:
    item = add_item(office, "2.80")
    run(office, DECEMBER)
    with office.reading() as session:
        bill_id, debtor = session.execute(
            sa.select(BillLine.bill_id, BillLine.debtor_id).where(BillLine.fee_item_id == item)
        ).one()
    pay(office, clerk, debtor, {bill_id: FEE})
    room_fee(office, item, rooms_of(office)[0], price="2.00")
    run(office, DECEMBER)
    with office.reading() as session:
        assert session.get_one(BillBalance, bill_id).owed == Money.yuan("-36.96")  # 92.40 − 129.36
    sound(office)


def test_discounts_tell_themselves_on_the_bill(office: Office, clerk: Actor) -> None:
    room = rooms_of(office)[0]
    own(office, room, owner(office))
    item = add_item(office, "2.80", cycle=3)
    discount(office, DiscountKind.VACANCY, [item], "30", sort=1)
    discount(office, DiscountKind.PREPAY_MONTHS, [item], "5", threshold=3, sort=2)
    (row,) = fee_rows(shown(office, RunOrder(date(2027, 1, 1), date(2027, 1, 31))))
    # 388.08 − 116.42 (30 %, 116.424) = 271.66; 5 % of it 13.583 → 13.58
    assert row.amount == Money.yuan("258.08")
    assert row.why[2:] == ("优惠 30%：388.08 × 30% = 116.42", "优惠 5%：271.66 × 5% = 13.58")


def test_a_minimum_is_topped_up(office: Office, tenant: UUID) -> None:
    item = add_item(office)
    add_price(office, item, "0.20", date(2026, 1, 1), minimum="20")
    (row,) = fee_rows(shown(office, DECEMBER))
    assert row.amount == Money.yuan(20)
    assert row.why[2] == "不足最低消费 20.00，补 10.76"  # 46.20 × 0.20 = 9.24


# ---- meters ----------------------------------------------------------------------------------------------------------


def water(office: Office, **more: object) -> UUID:
    return add_item(
        office, name="自来水费", basis=FeeBasis.METER, fee_type=FeeType.WATER, meter=MeterKind.WATER, arrears=True,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_use_is_billed_by_tiers_and_rated_anew_after_a_corrected_reading(
    office: Office, clerk: Actor, tenant: UUID
) -> None:
    room = rooms_of(office)[0]
    item = water(office, tiers=[["15", "2.90"], [None, "4.35"]])
    with begin(office, PROGRAM, Op.READ_METERS) as work:
        meter = put_meter(work, room)
        put_reading(work, meter, date(2026, 11, 25), "100")
    meter_reading = date(2026, 12, 25)
    with begin(office, PROGRAM, Op.READ_METERS) as work:
        reading = put_reading(work, meter, meter_reading, "118.5")
    (row,) = fee_rows(shown(office, DECEMBER))
    # 15 × 2.90 = 43.50; 3.5 × 4.35 = 15.225 → 15.23
    assert (row.amount, row.due) == (Money.yuan("58.73"), date(2027, 1, 4))
    assert row.why[0] == "上次 100，本次 118.5，用量 18.5"
    run(office, DECEMBER)
    with begin(office, PROGRAM, Op.READ_METERS) as work:
        put_reading(work, meter, meter_reading, "108.5", reverses=reading)
    (changed,) = shown(office, DECEMBER).of(Fate.CHANGED)
    assert (changed.before, changed.amount) == (Money.yuan("58.73"), Money.yuan("24.65"))  # 8.5 × 2.90
    run(office, DECEMBER)
    assert lines_of(office, bill_of(office, changed)) == [
        Money.yuan("43.50"), Money.yuan("15.23"), Money.yuan("-43.50"), Money.yuan("-15.23"), Money.yuan("24.65"),
    ]  # fmt: skip
    assert item
    sound(office)


def test_a_yearly_ladder_goes_on_from_bill_to_bill(office: Office, tenant: UUID) -> None:
    water(office, tiers=[["30", "2.00"], [None, "3.00"]], span=TierSpan.YEAR)
    meter_with(
        office, rooms_of(office)[0], (date(2026, 11, 25), "0"), (date(2026, 12, 20), "20"), (date(2026, 12, 30), "45")
    )
    rows = fee_rows(shown(office, DECEMBER))
    assert [row.amount for row in rows] == [Money.yuan(40), Money.yuan(65)]  # 20 × 2; 10 × 2 + 15 × 3
    assert "今年已用 20 m³，阶梯接着算" in rows[1].why


def test_a_use_over_a_change_of_tenants_waits_for_a_reading(office: Office, clerk: Actor) -> None:
    room = rooms_of(office)[0]
    own(office, room, owner(office))
    water(office, price="2.90")
    meter_with(office, room, (date(2026, 11, 20), "0"), (date(2026, 12, 20), "30"))
    days(office, (date(2026, 12, 1) - office.world.today()).days)
    check_in(office, clerk, room)
    preview = shown(office, DECEMBER)
    assert fee_rows(preview) == []
    (skipped,) = [each for each in preview.of(Fate.SKIPPED) if not each.expected]
    assert "补抄" in skipped.why[0]


# ---- shared costs ----------------------------------------------------------------------------------------------------


def test_shares_of_a_pool_sum_to_its_invoice_and_follow_a_new_invoice(office: Office, clerk: Actor) -> None:
    rooms = rooms_of(office)
    for room, form in zip(rooms, many(len(rooms)), strict=True):
        check_in(office, clerk, room, form)
    item = add_item(office, name="公共电费", basis=FeeBasis.SHARED, fee_type=FeeType.ELECTRICITY, arrears=True)
    with begin(office, PROGRAM, Op.SHARE_COST) as work:
        pool = put_pool(work, item)
        charge = put_charge(work, pool, "100.00", date(2026, 12, 1), date(2026, 12, 31))
    rows = fee_rows(shown(office, DECEMBER))
    assert sum(row.amount.fen for row in rows) == 10_000
    assert sorted({row.amount.fen for row in rows}) == [833, 834]  # 100.00 / 12
    run(office, DECEMBER)
    with begin(office, PROGRAM, Op.SHARE_COST) as work:
        wrong = work.session.get_one(PoolCharge, charge)
        work.add(
            PoolCharge(
                pool_id=pool, period_start=wrong.period_start, period_end=wrong.period_end, amount=-wrong.amount,
                facts={}, reverses_id=charge,
            )
        )  # fmt: skip
        put_charge(work, pool, "120.00", date(2026, 12, 1), date(2026, 12, 31))
    preview = shown(office, DECEMBER)
    assert (len(preview.of(Fate.GONE)), len(fee_rows(preview))) == (12, 12)
    assert preview.added == Money.yuan(20)
    run(office, DECEMBER)
    sound(office)


# ---- rent ------------------------------------------------------------------------------------------------------------


def test_rent_is_posted_as_it_falls_due_and_a_new_lease_joins_late(office: Office, clerk: Actor, tenant: UUID) -> None:
    spring = RunOrder(date(2027, 2, 1), date(2027, 3, 31))
    rents = [row for row in shown(office, spring).of(Fate.NEW) if row.fee_type is FeeType.RENT]
    assert [row.fee for row in rents] == ["租金 第 2 期"]
    run(office, spring)
    assert run(office, spring).run_id is None
    check_in(office, clerk, rooms_of(office)[1], many(1)[0])
    assert [row.fee for row in shown(office, spring).of(Fate.NEW)] == ["租金 第 2 期"]


def test_who_stays_past_the_end_owes_the_rent_month_by_month(office: Office, clerk: Actor) -> None:
    check_in(office, clerk, rooms_of(office)[0], lease=terms(office.world.today(), 3))
    end = office.world.today() + timedelta(days=120)
    days(office, 120)
    rows = shown(office, RunOrder(end.replace(day=1), end)).of(Fate.NEW)
    # The lease ended on 21 February: the months from 22 February and from 22 March have begun.
    assert [(row.due, row.amount) for row in rows] == [
        (date(2027, 2, 22), Money.yuan(1860)), (date(2027, 3, 22), Money.yuan(1860)),
    ]  # fmt: skip
    run(office, RunOrder(end.replace(day=1), end))
    days(office, 31)
    later = office.world.today()
    assert [row.amount for row in shown(office, RunOrder(later.replace(day=1), later)).of(Fate.NEW)] == [
        Money.yuan(1860)
    ]


# ---- care ------------------------------------------------------------------------------------------------------------


def test_a_list_that_is_no_longer_true_posts_nothing(office: Office, tenant: UUID) -> None:
    item = add_item(office, "2.80")
    preview = shown(office, DECEMBER)
    room_fee(office, item, rooms_of(office)[0], price="2.00")
    with pytest.raises(RunChanged), begin(office, PROGRAM, Op.POST_BILLS) as work:
        bill_runs.post_run(work, RunOrder(DECEMBER.first, DECEMBER.last, shown=preview.digest))
    with office.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).where(BillLine.fee_item_id == item)) == 0


def test_what_the_clerk_takes_out_is_left_for_the_next_run(office: Office, tenant: UUID) -> None:
    add_item(office, "2.80")
    (row,) = fee_rows(shown(office, DECEMBER))
    without = RunOrder(DECEMBER.first, DECEMBER.last, without=frozenset({row.key}))
    assert run(office, without).run_id is None
    assert run(office, DECEMBER).made == 1


def test_only_one_building(office: Office, tenant: UUID) -> None:
    add_item(office, "2.80")
    elsewhere = RunOrder(DECEMBER.first, DECEMBER.last, UUID(int=5))
    assert shown(office, elsewhere).rows == ()


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (date(2026, 12, 31), date(2026, 12, 1), "last"),
        (date(2026, 1, 1), date(2027, 12, 31), "last"),
        (date(2062, 12, 1), date(2062, 12, 31), "last"),
    ],
)
def test_days_that_cannot_be_are_said(office: Office, first: date, last: date, field: str) -> None:
    with pytest.raises(ProblemsFound) as caught:
        shown(office, RunOrder(first, last))
    assert set(caught.value.problems) == {field}


def test_a_move_to_another_room_in_mid_month_bills_each_room_for_its_days(
    office: Office, clerk: Actor, tenant: UUID
) -> None:
    rooms = rooms_of(office)
    with begin(office, PROGRAM, Op.CHANGE_LEASE) as work:
        held = work.session.scalars(sa.select(LeaseRoom).where(LeaseRoom.lease_id == tenant)).one()
        end, held.valid_to = held.valid_to, date(2026, 12, 15)
        work.add(LeaseRoom(lease_id=tenant, room_id=rooms[1], valid_from=date(2026, 12, 16), valid_to=end))
    add_item(office, "2.80", debtor=DebtorRule.TENANT_ONLY)
    rows = fee_rows(shown(office, DECEMBER))
    assert [(row.room, row.period.days if row.period else 0) for row in rows] == [("1 栋 301", 15), ("1 栋 302", 16)]
    assert sum(row.amount.fen for row in rows) == FEE.fen
