"""Shared costs: kept in order, split as previewed, without gaps, reversed when they were wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.places import Building
from desktop.models.pools import PoolCharge, PoolMember
from desktop.models.values import FeeBasis, MeterKind, Money, Period, PoolMethod, PoolSource, total
from desktop.services import pool_charges, pool_split, pools
from desktop.services.acts import Op
from desktop.services.apportioning import NothingToApportion
from desktop.services.errors import DomainError, ProblemsFound, Refused, RowChanged
from desktop.services.office import Office
from desktop.services.pool_charges import ChargeForm
from desktop.services.pools import MemberForm, PoolForm
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.databases import Databases
from tests.offices import rooms_of, sit_down
from tests.services.meter_kit import meter_with
from tests.services.pool_kit import put_fee
from tests.services.test_replay import prove

FROM = date(2026, 7, 1)
JUL, AUG, SEP, OCT = (Period(date(2026, m, 1), date(2026, m, 30 + (m != 9))) for m in (7, 8, 9, 10))


@pytest.fixture
def lead(office: Office) -> Actor:
    return sit_down(office, "finance_lead", login="zhaocw", name="赵财务")


@pytest.fixture
def building(office: Office) -> UUID:
    with office.reading() as session:
        return session.scalars(sa.select(Building.id)).one()


def fee_of(office: Office, basis: FeeBasis = FeeBasis.SHARED, kind: MeterKind | None = MeterKind.ELECTRICITY) -> UUID:
    with begin(office, PROGRAM, Op.SAVE_TARIFF) as work:
        return put_fee(work, basis, kind=kind)


def form_of(fee: UUID, building: UUID | None = None, **changes: object) -> PoolForm:
    form = PoolForm("1 栋电梯", fee, PoolMethod.EQUAL, PoolSource.INVOICE, building, valid_from=FROM)
    return replace(form, **changes)  # type: ignore[arg-type]


def add(office: Office, actor: Actor, form: PoolForm) -> UUID:
    with begin(office, actor, Op.SHARE_COST) as work:
        return pools.add_pool(work, form)


def charge(office: Office, actor: Actor, pool: UUID, period: Period, amount: str = "120.01", **form: object) -> UUID:
    order = ChargeForm(pool, period.start, period.end, Money.yuan(amount), "0631")
    with begin(office, actor, Op.SHARE_COST) as work:
        return pool_charges.enter_charge(work, replace(order, **form))  # type: ignore[arg-type]


def card(office: Office, actor: Actor, pool: UUID) -> pools.PoolCard:
    with look(office, actor) as reading:
        return pools.pool_card(reading, pool)


# ---- the costs themselves -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"fee_item_id": None}, "fee_item_id"),
        ({"source": PoolSource.MASTER_METER}, "master_meter_id"),
        ({"vacant_percent": Decimal(101)}, "vacant_percent"),
        ({"vacant_percent": None}, "vacant_percent"),
        ({"by_members": True}, "members"),
        ({"method": PoolMethod.RATIO}, "method"),
        ({"valid_from": None}, "valid_from"),
    ],
)
def test_what_is_still_to_be_mended(changes: dict[str, object], field: str) -> None:
    form = form_of(UUID(int=1), **changes)
    assert list(pools.pool_problems(form)) == [field]


def test_parts_are_told_for_every_member_and_not_all_nothing() -> None:
    form = form_of(UUID(int=1), method=PoolMethod.RATIO, by_members=True)
    one, two = UUID(int=2), UUID(int=3)
    for members in (
        (MemberForm(one), MemberForm(two, Decimal(1))),
        (MemberForm(one, Decimal(0)), MemberForm(two, Decimal(0))),
        (MemberForm(one, Decimal(1)), MemberForm(one, Decimal(1))),
    ):
        assert list(pools.pool_problems(replace(form, members=members))) == ["members"]
    assert pools.pool_problems(replace(form, members=(MemberForm(one, Decimal(1)),))) == {}


def test_a_fee_that_is_not_shared_is_refused(office: Office, lead: Actor) -> None:
    with pytest.raises(ProblemsFound, match="不是公摊项目"):
        add(office, lead, form_of(fee_of(office, FeeBasis.METER)))
    with pytest.raises(ProblemsFound, match="没有写明按哪种表"):
        add(office, lead, form_of(fee_of(office, kind=None), method=PoolMethod.OWN_USE))


def test_changed_members_hold_from_a_day_on(office: Office, lead: Actor) -> None:
    rooms = rooms_of(office)
    fee = fee_of(office)
    pool = add(
        office, lead,
        form_of(
            fee, method=PoolMethod.RATIO, by_members=True,
            members=tuple(MemberForm(room, Decimal(1)) for room in rooms[:3]),
        ),
    )  # fmt: skip
    shown = card(office, lead, pool)
    changed = replace(
        shown.form, valid_from=SEP.start,
        members=(MemberForm(rooms[0], Decimal(1)), MemberForm(rooms[1], Decimal(2)), MemberForm(rooms[3], Decimal(1))),
    )  # fmt: skip
    with begin(office, lead, Op.SHARE_COST) as work:
        pools.change_pool(work, pool, shown.row.version, changed, shown.form.members)
    with office.reading() as session:
        rows = session.scalars(sa.select(PoolMember).where(PoolMember.deleted_at.is_(None))).all()
    assert {(row.room_id, row.ratio, row.valid_from, row.valid_to) for row in rows} == {
        (rooms[0], Decimal(1), FROM, None),
        (rooms[1], Decimal(1), FROM, AUG.end),
        (rooms[1], Decimal(2), SEP.start, None),
        (rooms[2], Decimal(1), FROM, AUG.end),
        (rooms[3], Decimal(1), SEP.start, None),
    }
    with pytest.raises(RowChanged), begin(office, lead, Op.SHARE_COST) as work:
        pools.change_pool(work, pool, shown.row.version, changed, shown.form.members)


def test_a_shared_cost_ends_not_before_what_was_charged(office: Office, lead: Actor) -> None:
    pool = add(office, lead, form_of(fee_of(office)))
    charge(office, lead, pool, JUL)
    with pytest.raises(ProblemsFound, match="已经录到"), begin(office, lead, Op.SHARE_COST) as work:
        pools.end_pool(work, pool, 1, date(2026, 7, 15))
    with begin(office, lead, Op.SHARE_COST) as work:
        pools.end_pool(work, pool, 1, AUG.end)
    assert card(office, lead, pool).row.ended
    with pytest.raises(ProblemsFound, match="到 2026-08-31 止"):
        charge(office, lead, pool, Period(AUG.start, SEP.end))


def test_rights(office: Office, lead: Actor) -> None:
    cashier = sit_down(office, "cashier", login="shenrx", name="沈若溪")
    fee = fee_of(office)
    with pytest.raises(Refused):
        add(office, cashier, form_of(fee))
    pool = add(office, lead, form_of(fee))
    charge(office, cashier, pool, JUL)
    desk = sit_down(office, "auditor", login="shen", name="沈审计")
    with pytest.raises(Refused):
        charge(office, desk, pool, AUG)


# ---- charges ------------------------------------------------------------------------------------------------------


def test_the_preview_is_what_is_billed(office: Office, lead: Actor, building: UUID) -> None:
    pool = add(office, lead, form_of(fee_of(office), building))
    with look(office, lead) as reading:
        facts = pool_charges.charge_facts(reading, pool, JUL.start, JUL.end)
    preview = pool_split.split(facts.pool, facts.members, Money.yuan("120.01"))
    made = charge(office, lead, pool, JUL)
    with look(office, lead) as reading:
        reading.authorised += 1
        shares = pool_split.pool_shares(reading, [made])
    assert {share.room_id: share.money for share in shares} == {
        row.member.room_id: row.money for row in preview.rows
    }  # fmt: skip
    assert total(share.money for share in shares) == Money.yuan("120.01")


def test_periods_follow_each_other_without_gap_or_overlap(office: Office, lead: Actor) -> None:
    pool = add(office, lead, form_of(fee_of(office)))
    charge(office, lead, pool, AUG)
    for period, words in (
        (Period(date(2026, 8, 15), SEP.end), "已经录过"),
        (Period(date(2026, 9, 5), SEP.end), "漏了几天"),
        (Period(JUL.start, date(2026, 7, 20)), "漏了几天"),
        (Period(date(2026, 6, 1), JUL.end), "从 2026-07-01 起"),
        (Period(date(2026, 11, 1), date(2026, 11, 30)), "结束后再录"),
    ):
        with pytest.raises(ProblemsFound, match=words):
            charge(office, lead, pool, period)
    charge(office, lead, pool, JUL)
    charge(office, lead, pool, SEP)
    with look(office, lead) as reading:
        facts = pool_charges.charge_facts(reading, pool)
    assert facts.charged == (JUL, AUG, SEP)
    assert facts.next_start == OCT.start


@pytest.mark.parametrize("amount", ["0.00", "-5.00", "200000000.00"])
def test_a_sum_that_cannot_be(office: Office, lead: Actor, amount: str) -> None:
    pool = add(office, lead, form_of(fee_of(office)))
    with pytest.raises(ProblemsFound):
        charge(office, lead, pool, JUL, amount)


def test_a_wrong_sum_is_reversed_and_entered_anew(office: Office, lead: Actor) -> None:
    pool = add(office, lead, form_of(fee_of(office)))
    wrong = charge(office, lead, pool, JUL, "1200.10")
    with pytest.raises(ProblemsFound), begin(office, lead, Op.SHARE_COST) as work:
        pool_charges.reverse_charge(work, wrong, "")
    with begin(office, lead, Op.SHARE_COST) as work:
        pool_charges.reverse_charge(work, wrong, "小数点错位")
    for again in (wrong, None):
        with office.reading() as session:
            counter = session.scalars(sa.select(PoolCharge).where(PoolCharge.reverses_id == wrong)).one()
        with pytest.raises(DomainError), begin(office, lead, Op.SHARE_COST) as work:
            pool_charges.reverse_charge(work, again or counter.id, "又一次")
    assert (counter.amount, counter.period_start) == (-Money.yuan("1200.10"), JUL.start)
    charge(office, lead, pool, JUL)
    shown = card(office, lead, pool)
    assert [(row.amount, row.reversed, row.words) for row in shown.charges] == [
        (Money.yuan("120.01"), False, "发票 0631"), (Money.yuan("1200.10"), True, "已冲销：小数点错位"),
    ]  # fmt: skip
    assert shown.row.charged == (JUL,)


def test_nobody_who_could_bear_it_is_said_when_it_is_entered(office: Office, lead: Actor) -> None:
    pool = add(office, lead, form_of(fee_of(office), method=PoolMethod.OWN_USE))
    with pytest.raises(NothingToApportion):
        charge(office, lead, pool, JUL)


# ---- master meters ------------------------------------------------------------------------------------------------


def test_master_less_rooms_times_price(office: Office, lead: Actor, building: UUID) -> None:
    days = (date(2026, 6, 30), date(2026, 7, 31))
    master = meter_with(
        office, None, (days[0], "1000"), (days[1], "1010"), kind=MeterKind.ELECTRICITY, building=building,
        multiplier="40",
    )  # fmt: skip
    for room in rooms_of(office)[:2]:
        meter_with(office, room, (days[0], "100"), (days[1], "250.5"), kind=MeterKind.ELECTRICITY)
    meter_with(office, rooms_of(office)[2], (days[0], "100"), kind=MeterKind.ELECTRICITY)
    pool = add(
        office, lead,
        form_of(fee_of(office), building, source=PoolSource.MASTER_METER, master_meter_id=master),
    )  # fmt: skip
    with look(office, lead) as reading:
        facts = pool_charges.charge_facts(reading, pool, JUL.start, JUL.end)
    assert facts.master == pool_charges.MasterUse(Decimal(400), Decimal(301), 1)
    made = charge(office, lead, pool, JUL, unit_price=Decimal("0.64"))
    with office.reading() as session:
        stored = session.get_one(PoolCharge, made)
    assert (stored.amount, stored.facts["master_use"]) == (Money.yuan("63.36"), "400")
    assert card(office, lead, pool).charges[0].words == "总表 400 − 分表 301 = 99，× 0.64"
    with pytest.raises(ProblemsFound, match="总表在这一期没有抄表读数"):
        charge(office, lead, pool, AUG, unit_price=Decimal("0.64"))


def test_rooms_that_used_more_than_the_master_meter(office: Office, lead: Actor, building: UUID) -> None:
    days = (date(2026, 6, 30), date(2026, 7, 31))
    master = meter_with(office, None, (days[0], "0"), (days[1], "10"), kind=MeterKind.ELECTRICITY, building=building)
    meter_with(office, rooms_of(office)[0], (days[0], "0"), (days[1], "11"), kind=MeterKind.ELECTRICITY)
    pool = add(
        office, lead,
        form_of(fee_of(office), building, source=PoolSource.MASTER_METER, master_meter_id=master),
    )  # fmt: skip
    with pytest.raises(ProblemsFound, match="分表合计比总表多 1"):
        charge(office, lead, pool, JUL, unit_price=Decimal("0.64"))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_shared_costs_replay(office: Office, lead: Actor, databases: Databases, tmp_path: Path, kind: str) -> None:
    rooms = rooms_of(office)
    pool = add(office, lead, form_of(fee_of(office), by_members=True, members=(MemberForm(rooms[0]),)))
    shown = card(office, lead, pool)
    with begin(office, lead, Op.SHARE_COST) as work:
        pools.change_pool(work, pool, shown.row.version, replace(shown.form, members=(MemberForm(rooms[1]),)))
    made = charge(office, lead, pool, JUL)
    with begin(office, lead, Op.SHARE_COST) as work:
        pool_charges.reverse_charge(work, made, "发票抄错")
    charge(office, lead, pool, JUL, "99.99")
    with begin(office, lead, Op.SHARE_COST) as work:
        pools.end_pool(work, pool, card(office, lead, pool).row.version, AUG.end)
    prove(office, databases.clone(kind), tmp_path / "copy")  # type: ignore[arg-type]


# ---- members as they are typed ------------------------------------------------------------------------------------


def test_members_are_typed_as_numbers_ranges_and_parts(office: Office, lead: Actor, building: UUID) -> None:
    with look(office, lead) as reading:
        choices = pools.pool_choices(reading)
    numbers = {room: number for _, room, number in choices.rooms}

    def typed(text: str) -> tuple[list[tuple[str, Decimal | None]], str]:
        members, why = pools.members_of_text(text, choices, building)
        return [(numbers[each.room_id], each.ratio) for each in members], why

    assert typed("101、１０２=2，201-203") == (
        [("101", None), ("102", Decimal(2)), ("201", None), ("202", None), ("203", None)], "",
    )  # fmt: skip
    assert typed("1栋304=0.5") == ([("304", Decimal("0.5"))], "")
    assert typed("909")[1] == "找不到房间 909"
    assert "份额不是数字" in typed("101=两份")[1]
    assert "没有房间" in typed("905-909")[1]
    members, _ = pools.members_of_text("101 102=2", choices, building)
    assert pools.members_text(members, choices, building) == "101 102=2"
    assert pools.members_text(members, choices, None) == "1栋101 1栋102=2"
