"""How a shared cost falls on rooms: to the fen, with the vacant-home rule, by every method, at any size."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from desktop.ids import id_of_hex
from desktop.models.places import Building, Ownership, Room
from desktop.models.values import (
    AreaKind,
    FeeBasis,
    FeeType,
    MeterKind,
    Money,
    Period,
    PoolMethod,
    PoolSource,
    RoomKind,
    total,
)
from desktop.services import pool_split
from desktop.services.acts import Op
from desktop.services.apportioning import NothingToApportion
from desktop.services.office import Office
from desktop.services.pool_split import Member, PoolFacts, PoolShare
from desktop.services.work import PROGRAM, begin, look
from tests.offices import check_in, rooms_of, sit_down, terms
from tests.services.meter_kit import meter_with
from tests.services.pool_kit import put_charge, put_fee, put_pool

OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
ID = id_of_hex("0" * 31 + "1")


def facts(method: PoolMethod = PoolMethod.AREA, vacant: str = "100", office: bool = False) -> PoolFacts:
    return PoolFacts(
        ID, ID, "1 栋电梯", None, False, method, PoolSource.INVOICE, None, Decimal(vacant), office,
        date(2026, 1, 1), None, "公共电费", AreaKind.BUILDING, MeterKind.ELECTRICITY, (),
    )  # fmt: skip


def member(
    area: str | None = None, *, vacant: bool = False, ratio: str | None = None, used: str | None = None
) -> Member:
    def number(text: str | None) -> Decimal | None:
        return None if text is None else Decimal(text)

    return Member(ID, "1 栋", "101", vacant, number(area), number(ratio), number(used))


# ---- pure ---------------------------------------------------------------------------------------------------------


def test_fen_that_are_left_over_go_to_the_largest_remainders_and_are_marked() -> None:
    divided = pool_split.split(facts(), [member("50"), member("30"), member("20")], Money(101))
    # 50.5, 30.3, 20.2 fen: one fen is left over
    assert [(row.money.fen, row.remainder) for row in divided.rows] == [(51, True), (30, False), (20, False)]
    assert (divided.left_over, divided.office.fen, divided.rows[0].exact) == (1, 0, Fraction(101, 2))


def test_a_room_without_an_area_bears_nothing(office: Office) -> None:
    divided = pool_split.split(facts(), [member("50"), member(None)], Money(100))
    assert [row.money.fen for row in divided.rows] == [100, 0]


def test_vacant_homes_bear_less_and_the_rest_falls_on_all() -> None:
    divided = pool_split.split(facts(PoolMethod.EQUAL, "70"), [member(), member(vacant=True)], Money(1700))
    assert [row.money.fen for row in divided.rows] == [1000, 700]
    assert divided.office.fen == 0


def test_or_the_office_bears_what_vacant_homes_do_not() -> None:
    divided = pool_split.split(facts(PoolMethod.EQUAL, "70", True), [member(), member(vacant=True)], Money(1701))
    assert [(row.money.fen, row.remainder) for row in divided.rows] == [(851, True), (595, False)]
    assert divided.office.fen == 1701 - 851 - 595


def test_nobody_to_bear_it_is_said() -> None:
    with pytest.raises(NothingToApportion):
        pool_split.split(facts(), [member(None)], Money(100))


@given(
    st.lists(st.tuples(st.integers(0, 30000), st.booleans()), min_size=1, max_size=60),
    st.integers(1, 10**9),
    st.sampled_from(["100", "70", "0", "33.33"]),
    st.booleans(),
)
def test_shares_and_the_office_always_add_up_to_the_sum(
    areas: list[tuple[int, bool]], fen: int, vacant: str, office: bool
) -> None:
    members = [replace(member(), area=Decimal(area).scaleb(-2), vacant=empty) for area, empty in areas]
    try:
        divided = pool_split.split(facts(PoolMethod.AREA, vacant, office), members, Money(fen))
    except NothingToApportion:
        return
    assert total([row.money for row in divided.rows]) + divided.office == Money(fen)
    assert all(abs(row.money.fen - row.exact) < 1 for row in divided.rows)


# ---- who takes part -----------------------------------------------------------------------------------------------


def shares(office: Office, *charges: UUID) -> list[PoolShare]:
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        return pool_split.pool_shares(reading, charges)


def test_every_room_of_the_building_bears_its_part_and_reads_why(office: Office) -> None:
    with office.reading() as session:
        building = session.scalar(sa.select(Building.id))
    with begin(office, PROGRAM, Op.SHARE_COST) as work:
        pool = put_pool(work, put_fee(work), PoolMethod.AREA, building=building)
        charge = put_charge(work, pool, "100.00", OCTOBER.start, OCTOBER.end)
    found = shares(office, charge)
    assert {share.room_id for share in found} == set(rooms_of(office))
    assert total(share.money for share in found) == Money.yuan(100)
    assert {share.period for share in found} == {OCTOBER}
    # 100.00 ÷ 12 = 8.333…: four fen are left over
    assert sorted(share.money.fen for share in found) == [833] * 8 + [834] * 4
    given_one = next(share for share in found if share.money.fen == 834)
    assert given_one.lines == (
        "1 栋电梯 2026-10-01 至 2026-10-31，共 100.00 元（发票 0631）",
        "按面积：46.2 m² ÷ 554.4 m²，应摊 8.333333 元",
        "除不尽的分，尾数大的先补：这一户补 0.01 元",
    )


def test_a_home_is_vacant_when_nobody_lived_there_on_any_day(office: Office) -> None:
    clerk = sit_down(office, "manager", "cashier")
    let, owned, *_ = rooms_of(office)
    news = check_in(office, clerk, let, lease=terms(office.world.today()))
    with begin(office, PROGRAM, Op.SHARE_COST) as work:
        work.add(
            Ownership(
                room_id=owned, party_id=news.party_id, share=1_000_000, owner_occupied=True,
                valid_from=date(2020, 1, 1), valid_to=None,
            )
        )  # fmt: skip
        pool = put_pool(work, put_fee(work), vacant="0")
        november = put_charge(work, pool, "10.00", date(2026, 11, 1), date(2026, 11, 30))
        october = put_charge(work, pool, "10.00", OCTOBER.start, OCTOBER.end)
    # moved in on 22 November: November is theirs, October only the owner's who lives there
    assert {share.room_id: share.money for share in shares(office, november)} == {
        let: Money.yuan(5), owned: Money.yuan(5),
    }  # fmt: skip
    assert {share.room_id for share in shares(office, october)} == {owned}


def test_named_members_bear_their_parts_while_they_are_members(office: Office) -> None:
    rooms = rooms_of(office)
    with begin(office, PROGRAM, Op.SHARE_COST) as work:
        pool = put_pool(work, put_fee(work), PoolMethod.RATIO, members={rooms[0]: "1", rooms[1]: "2"})
        charge = put_charge(work, pool, "30.00", OCTOBER.start, OCTOBER.end)
        old = put_charge(work, pool, "30.00", date(2025, 1, 1), date(2025, 1, 31))
    found = {share.room_id: share.money for share in shares(office, charge)}
    assert found == {rooms[0]: Money.yuan(10), rooms[1]: Money.yuan(20)}
    with pytest.raises(NothingToApportion):
        shares(office, old)


def test_by_own_use_of_the_period(office: Office) -> None:
    rooms = rooms_of(office)
    days = (date(2026, 9, 28), date(2026, 10, 28))
    for room, later in zip(rooms, ("130", "170"), strict=False):
        meter_with(office, room, (days[0], "100"), (days[1], later), kind=MeterKind.ELECTRICITY)
    with begin(office, PROGRAM, Op.SHARE_COST) as work:
        pool = put_pool(work, put_fee(work), PoolMethod.OWN_USE)
        charge = put_charge(work, pool, "50.00", OCTOBER.start, OCTOBER.end)
    assert {share.room_id: share.money for share in shares(office, charge)} == {
        rooms[0]: Money.yuan(15), rooms[1]: Money.yuan(35),
    }  # fmt: skip


def test_only_rooms_of_the_kinds_of_the_fee_and_no_room_twice(office: Office) -> None:
    rooms = rooms_of(office)
    with begin(office, PROGRAM, Op.CHANGE_PLACE) as work:
        work.get(Room, rooms[0]).kind = RoomKind.SHOP
        work.get(Room, rooms[1]).parent_id = rooms[2]  # a room inside a flat
        work.get(Room, rooms[3]).retired_on = date(2026, 10, 1)
    with begin(office, PROGRAM, Op.SHARE_COST) as work:
        fee = put_fee(work, FeeBasis.SHARED, FeeType.WATER, None, room_kinds=("flat",))
        charge = put_charge(work, put_pool(work, fee), "80.00", OCTOBER.start, OCTOBER.end)
    assert {share.room_id for share in shares(office, charge)} == set(rooms) - {rooms[0], rooms[1], rooms[3]}
