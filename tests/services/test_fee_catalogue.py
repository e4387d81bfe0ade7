"""The catalogue read as a whole: which price holds for a room on a day, and how a period is cut where it changes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from desktop.models.fees import DiscountRule, FeeItem, RoomFee, Tariff
from desktop.models.values import (
    NIL,
    AreaKind,
    DebtorRule,
    DiscountKind,
    FeeBasis,
    FeeType,
    Period,
    RoomKind,
    StubRule,
    TierSpan,
)
from desktop.services import fee_catalogue, places
from desktop.services.acts import Op
from desktop.services.fee_catalogue import (
    Catalogue,
    DiscountRow,
    FeeItemRow,
    RoomFeeRow,
    TariffRow,
    catalogue_from,
    discounts_on,
    room_fee_for,
    room_fee_runs,
    tariff_for,
    tariff_runs,
)
from desktop.services.office import Office
from desktop.services.work import PROGRAM, begin, look
from tests.offices import rooms_of

ITEM, ONE, TWO, ROOM = UUID(int=1), UUID(int=11), UUID(int=12), UUID(int=101)
NEW_YEAR = date(2026, 1, 1)


def item(**changed: object) -> FeeItemRow:
    facts: dict[str, object] = {
        "id": ITEM, "version": 1, "name": "住宅物业费", "fee_type": FeeType.PROPERTY_FEE, "basis": FeeBasis.AREA,
        "area_kind": AreaKind.BUILDING, "meter_kind": None, "debtor": DebtorRule.OCCUPANT, "every_room": True,
        "room_kinds": frozenset(), "building_ids": frozenset(), "cycle_months": 1, "in_arrears": False, "due_days": 10,
        "stub_rule": StubRule.ACTUAL_DAYS, "unit": None, "valid_from": NEW_YEAR, "valid_to": None, "sort": 1,
    }  # fmt: skip
    return FeeItemRow(**(facts | changed))  # type: ignore[arg-type]


def price(
    yuan: str,
    start: date = NEW_YEAR,
    end: date | None = None,
    building: UUID | None = None,
    kind: RoomKind | None = None,
) -> TariffRow:
    return TariffRow(
        uuid4(), 1, ITEM, building, kind, start, end, Decimal(yuan), (), TierSpan.BILL, False, NIL, None, None
    )


def own(start: date, end: date | None = None, **changed: object) -> RoomFeeRow:
    facts: dict[str, object] = {"exempt": False, "quantity": None, "unit_price": None, "reason": None}
    return RoomFeeRow(uuid4(), 1, ITEM, ROOM, start, end, **(facts | changed))  # type: ignore[arg-type]


def paid(catalogue: Catalogue, building: UUID, kind: RoomKind, day: date = NEW_YEAR) -> str | None:
    found = tariff_for(catalogue, ITEM, building, kind, day)
    return None if found is None else str(found.unit_price)


def test_a_buildings_price_goes_before_a_kinds_and_both_before_the_offices() -> None:
    both = price("4.5", building=ONE, kind=RoomKind.SHOP)
    catalogue = catalogue_from(
        [item()], [price("2.8"), price("6", kind=RoomKind.SHOP), price("3.1", building=ONE), both]
    )
    assert paid(catalogue, ONE, RoomKind.SHOP) == "4.5"
    assert paid(catalogue, ONE, RoomKind.FLAT) == "3.1"
    assert paid(catalogue, TWO, RoomKind.SHOP) == "6"
    assert paid(catalogue, TWO, RoomKind.FLAT) == "2.8"
    assert paid(catalogue, TWO, RoomKind.FLAT, date(2025, 12, 31)) is None
    assert tariff_for(catalogue, UUID(int=9), ONE, RoomKind.FLAT, NEW_YEAR) is None


def test_where_the_buildings_price_ends_that_of_the_office_goes_on() -> None:
    catalogue = catalogue_from([item()], [price("2.8"), price("3.1", end=date(2026, 3, 15), building=ONE)])
    march = Period(date(2026, 3, 1), date(2026, 3, 31))
    parts = tariff_runs(catalogue, ITEM, ONE, RoomKind.FLAT, march)
    assert [(part.start.day, part.end.day, str(row.unit_price) if row else None) for part, row in parts] == [
        (1, 15, "3.1"),
        (16, 31, "2.8"),
    ]


def test_a_gap_is_told_as_none() -> None:
    catalogue = catalogue_from([item()], [price("2.8", end=date(2026, 3, 10)), price("3", date(2026, 3, 21))])
    parts = tariff_runs(catalogue, ITEM, ONE, RoomKind.FLAT, Period(date(2026, 3, 1), date(2026, 3, 31)))
    assert [(part.days, row is None) for part, row in parts] == [(10, False), (10, True), (11, False)]
    assert tariff_runs(catalogue, UUID(int=9), ONE, RoomKind.FLAT, Period(NEW_YEAR, NEW_YEAR)) == [
        (Period(NEW_YEAR, NEW_YEAR), None)
    ]


def test_asked_twice_it_answers_the_same_and_nobody_spoils_the_answer() -> None:
    catalogue = catalogue_from([item()], [price("2.8"), price("3.1", date(2026, 1, 16), building=ONE)])
    january = Period(NEW_YEAR, date(2026, 1, 31))
    first = tariff_runs(catalogue, ITEM, ONE, RoomKind.FLAT, january)
    first.clear()
    assert len(tariff_runs(catalogue, ITEM, ONE, RoomKind.FLAT, january)) == 2


days = st.dates(date(2025, 1, 1), date(2027, 12, 31))
spans = st.tuples(days, st.one_of(st.none(), st.integers(0, 300)))


@given(st.lists(st.tuples(spans, st.sampled_from([None, ONE, TWO])), max_size=8), days, st.integers(0, 120))
def test_the_parts_are_the_period_and_each_day_has_the_price_of_its_day(
    drawn: list[tuple[tuple[date, int | None], UUID | None]], first: date, length: int
) -> None:
    rows = [
        price(str(n), start, start + timedelta(days=more) if more is not None else None, building)
        for n, ((start, more), building) in enumerate(drawn)
    ]
    catalogue, period = catalogue_from([item()], rows), Period(first, first + timedelta(days=length))
    parts = tariff_runs(catalogue, ITEM, ONE, RoomKind.FLAT, period)
    assert (parts[0][0].start, parts[-1][0].end) == (period.start, period.end)
    for (before, one), (after, other) in pairwise(parts):
        assert after.start == before.end + timedelta(days=1)
        assert one is not other
    for part, row in parts:
        for n in range(part.days):
            assert tariff_for(catalogue, ITEM, ONE, RoomKind.FLAT, part.start + timedelta(days=n)) is row


def test_what_is_particular_to_a_room_holds_for_its_days_only() -> None:
    exempt = own(date(2026, 3, 11), date(2026, 3, 20), exempt=True, reason="装修空置")
    catalogue = catalogue_from([item()], [], [own(date(2026, 3, 21), quantity=Decimal(2)), exempt])
    march = Period(date(2026, 3, 1), date(2026, 3, 31))
    runs = room_fee_runs(catalogue, ITEM, ROOM, march)
    assert [(part.days, row.quantity if row else "—") for part, row in runs] == [(10, "—"), (10, None), (11, 2)]
    assert room_fee_for(catalogue, ITEM, ROOM, date(2026, 3, 20)) is exempt
    assert room_fee_for(catalogue, ITEM, ROOM, date(2026, 3, 10)) is None
    assert room_fee_runs(catalogue, ITEM, UUID(int=7), march) == [(march, None)]


def test_discounts_come_in_their_order_and_rent_has_its_own() -> None:
    def rule(sort: int, items: frozenset[UUID], of_rent: bool, end: date | None = None) -> DiscountRow:
        return DiscountRow(
            uuid4(), 1, f"第{sort}", DiscountKind.PREPAY_MONTHS, items, of_rent, Decimal(5), 12, NEW_YEAR, end, sort,
            None,
        )  # fmt: skip

    here, rent = frozenset([ITEM]), frozenset[UUID]()
    catalogue = catalogue_from(
        [item()], discounts=[rule(2, here, True), rule(1, here, False), rule(0, rent, True, date(2026, 1, 31))]
    )
    assert [each.sort for each in discounts_on(catalogue, ITEM, NEW_YEAR)] == [1, 2]
    assert [each.sort for each in discounts_on(catalogue, None, NEW_YEAR)] == [0, 2]
    assert [each.sort for each in discounts_on(catalogue, None, date(2026, 2, 1))] == [2]


def test_an_item_covers_its_kinds_in_its_buildings() -> None:
    anything = item()
    assert anything.covers(ONE, RoomKind.STORE)
    flats = item(room_kinds=frozenset([RoomKind.FLAT]), building_ids=frozenset([ONE]))
    assert flats.covers(ONE, RoomKind.FLAT)
    assert not flats.covers(ONE, RoomKind.SHOP)
    assert not flats.covers(TWO, RoomKind.FLAT)


def test_it_is_read_as_it_was_stored_without_what_was_deleted(office: Office) -> None:
    with look(office, PROGRAM) as reading:
        building = places.list_buildings(reading)[0][0]
    room = rooms_of(office)[0]
    with begin(office, PROGRAM, Op.SAVE_TARIFF) as work:
        water = work.add(
            FeeItem(
                name="自来水费", fee_type=FeeType.WATER, basis=FeeBasis.METER, area_kind=AreaKind.BUILDING,
                meter_kind=None, debtor=DebtorRule.OCCUPANT, every_room=True, room_kinds=["flat", "shop"],
                building_ids=[building.hex], cycle_months=2, in_arrears=True, due_days=15,
                stub_rule=StubRule.ACTUAL_DAYS, unit=None, valid_from=NEW_YEAR, valid_to=None, sort=3,
            )
        )  # fmt: skip
        for deleted in (None, work.at):
            work.add(
                Tariff(
                    fee_item_id=water.id, building_id=None, room_kind=RoomKind.FLAT, valid_from=NEW_YEAR,
                    valid_to=date(2026, 12, 31), unit_price=None, tiers=[["180", "3.45"], [None, "5.83"]],
                    tier_span=TierSpan.YEAR, one_line=False, minimum=NIL, tax_rate=Decimal("0.03"), document="价 7 号",
                    deleted_at=deleted,
                )
            )  # fmt: skip
            work.add(
                RoomFee(
                    fee_item_id=water.id, room_id=room, valid_from=NEW_YEAR, valid_to=None, exempt=False, quantity=None,
                    unit_price=Decimal("2.123456"), reason="老住户", deleted_at=deleted,
                )
            )  # fmt: skip
            work.add(
                DiscountRule(
                    name="预缴优惠", kind=DiscountKind.PREPAY_MONTHS, fee_item_ids=["rent", water.id.hex],
                    percent=Decimal("2.50"), threshold=12, valid_from=NEW_YEAR, valid_to=None, sort=1, document=None,
                    deleted_at=deleted,
                )
            )  # fmt: skip
    with look(office, PROGRAM) as reading:
        catalogue = fee_catalogue.fee_catalogue(reading)
    (found,) = catalogue.items
    assert (found.room_kinds, found.building_ids) == (frozenset([RoomKind.FLAT, RoomKind.SHOP]), frozenset([building]))
    assert (found.cycle_months, found.in_arrears, found.due_days, found.version) == (2, True, 15, 1)
    tariff = tariff_for(catalogue, found.id, building, RoomKind.FLAT, date(2026, 6, 1))
    assert tariff is not None
    assert tariff.tiers == ((Decimal(180), Decimal("3.45")), (None, Decimal("5.83")))
    assert (tariff.unit_price, tariff.tax_rate, tariff.tier_span) == (None, Decimal("0.03"), TierSpan.YEAR)
    fee = room_fee_for(catalogue, found.id, room, NEW_YEAR)
    assert fee is not None
    assert (fee.unit_price, fee.reason) == (Decimal("2.123456"), "老住户")
    assert [len(rows) for rooms in catalogue.room_fees.values() for rows in rooms.values()] == [1]
    (rule,) = catalogue.discounts
    assert (rule.of_rent, rule.fee_item_ids, rule.percent) == (True, frozenset([found.id]), Decimal("2.50"))
