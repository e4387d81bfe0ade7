"""The meter book: every meter with its last reading, the round's, prices of today, in the order in which one walks."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.fees import RoomFee
from desktop.models.places import Building
from desktop.models.values import FeeBasis, FeeType, MeterKind, Money, ReadingKind
from desktop.services import meter_book, readings
from desktop.services.acts import Op
from desktop.services.errors import Refused
from desktop.services.meter_book import MeterBook
from desktop.services.office import Office
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.offices import check_in, rooms_of, sit_down
from tests.services.meter_kit import meter_with, put_meter, put_reading
from tests.services.pool_kit import put_fee, put_tariff

SEP, OCT, NOV = date(2026, 9, 20), date(2026, 10, 20), date(2026, 11, 20)


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "front_desk")


def book(office: Office, actor: Actor = PROGRAM, building: UUID | None = None) -> MeterBook:
    with look(office, actor) as reading:
        return meter_book.meter_book(reading, building, MeterKind.WATER)


def test_one_walks_from_floor_to_floor_and_master_meters_come_first(office: Office, clerk: Actor) -> None:
    for room in rooms_of(office):
        meter_with(office, room, (OCT, "10"))
    with office.reading() as session:
        building = session.scalars(sa.select(Building.id)).one()
    meter_with(office, None, (OCT, "900"), building=building)
    meter_with(office, rooms_of(office)[0], (OCT, "5"), kind=MeterKind.GAS)
    rows = book(office, clerk, building).rows
    assert [row.number for row in rows][:6] == ["总表", "101", "102", "103", "104", "201"]
    assert len(rows) == 13
    assert rows[0].stand.place == "1 栋 总表"
    assert [row.stand.kind for row in rows[:2]] == [MeterKind.WATER] * 2


def test_what_was_read_this_month_belongs_to_the_round(office: Office, clerk: Actor) -> None:
    rooms = rooms_of(office)
    meter_with(office, rooms[0], (SEP, "100"), (OCT, "110"), (NOV, "122"))
    meter_with(office, rooms[1], (SEP, "100"), (OCT, "110"))
    done, waiting = book(office, clerk).rows
    assert (done.now is not None, waiting.now) == (True, None)
    assert done.use == Decimal(12)
    assert done.stand.last is not None
    assert done.stand.last.value == Decimal(110)
    assert done.newest is not None
    assert done.newest.value == Decimal(122)
    assert book(office, clerk).read == 1
    assert waiting.stand.per_day == Decimal(10) / 30


def test_the_last_reading_may_be_old_and_a_correction_stands(office: Office, clerk: Actor) -> None:
    meter = meter_with(office, rooms_of(office)[0], (date(2024, 1, 1), "4"), (date(2024, 3, 1), "10"))
    with begin(office, PROGRAM, Op.READ_METERS) as work:
        wrong = put_reading(work, meter, OCT, "2000")
        put_reading(work, meter, OCT, "20", reverses=wrong)
    (row,) = book(office, clerk).rows
    assert row.stand.last is not None
    assert row.stand.last.value == Decimal(20)
    assert row.stand.before is not None


def test_a_great_book_is_read_in_one_pass_and_tells_the_same(office: Office, clerk: Actor) -> None:
    for n, room in enumerate(rooms_of(office)):
        meter_with(office, room, (SEP, "10"), (OCT, str(20 + n)), *([(NOV, "50")] if n % 2 else []))
    few = book(office, clerk)
    many, meter_book.MANY, readings.MANY = readings.MANY, 3, 3
    try:
        great = book(office, clerk)
        assert list(great.rows) == list(few.rows)
        assert great.read == few.read == 6
    finally:
        meter_book.MANY = readings.MANY = many


def test_who_lives_there_and_what_a_unit_costs_today(office: Office, clerk: Actor) -> None:
    rooms = rooms_of(office)
    check_in(office, clerk, rooms[0])
    for room in rooms[:3]:
        meter_with(office, room, (OCT, "10"))
    with begin(office, PROGRAM, Op.SAVE_TARIFF) as work:
        fee = put_fee(work, FeeBasis.METER, FeeType.WATER, MeterKind.WATER, "自来水费")
        put_tariff(work, fee, "3.20")
        put_tariff(work, fee, None, [["15", "3.45"], [None, "4.83"]], valid_from=date(2026, 11, 1))
        work.add(
            RoomFee(
                fee_item_id=fee, room_id=rooms[1], valid_from=date(2026, 1, 1), valid_to=None, exempt=False,
                quantity=None, unit_price=Decimal("2.9"), reason="员工宿舍",
            )
        )  # fmt: skip
        work.add(
            RoomFee(
                fee_item_id=fee, room_id=rooms[2], valid_from=date(2026, 1, 1), valid_to=None, exempt=True,
                quantity=None, unit_price=None, reason="样板间",
            )
        )  # fmt: skip
    let, own, exempt = book(office, clerk).rows
    assert (let.who, own.who) == ("顾听澜", "")
    assert let.price is not None
    assert (let.price.words, let.price.money(Decimal(20))) == ("阶梯 3.45 起", Money.yuan("75.90"))
    assert own.price is not None
    assert (own.price.words, own.price.money(Decimal(10))) == ("2.90/m³", Money.yuan(29))
    assert exempt.price is None


def test_meters_that_are_gone_are_not_read(office: Office, clerk: Actor) -> None:
    rooms = rooms_of(office)
    with begin(office, PROGRAM, Op.CHANGE_METER) as work:
        meter = put_meter(work, rooms[0])
        work.session.flush()
        from desktop.models.meters import Meter

        work.get(Meter, meter).removed_on = OCT
    assert len(book(office, clerk).rows) == 0


def test_a_line_is_found_by_room_number_serial_number_or_tenant(office: Office, clerk: Actor) -> None:
    rooms = rooms_of(office)
    check_in(office, clerk, rooms[1])
    for n, room in enumerate(rooms[:3]):
        meter_with(office, room, (OCT, "10"), serial=f"W-{n}")
    rows = book(office, clerk).rows
    assert [rows.find(text) for text in ("303", "w-0", "顾", "999")] == [2, 0, 1, None]


def test_an_estimate_of_this_month_is_read_and_a_final_reading_is_not(office: Office, clerk: Actor) -> None:
    meter = meter_with(office, rooms_of(office)[0], (OCT, "10"))
    with begin(office, PROGRAM, Op.READ_METERS) as work:
        put_reading(work, meter, NOV, "12", ReadingKind.FINAL)
    assert book(office, clerk).read == 0
    with begin(office, PROGRAM, Op.READ_METERS) as work:
        put_reading(work, meter, NOV + timedelta(days=1), "13", ReadingKind.ESTIMATED)
    assert book(office, clerk).read == 1


def test_only_who_reads_meters(office: Office) -> None:
    with pytest.raises(Refused):
        book(office, sit_down(office, "auditor", login="shen", name="沈审计"))
