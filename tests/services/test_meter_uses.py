"""What was used between two readings: corrections, replaced meters, roll-overs, tenancies that change."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.places import Building, Room
from desktop.models.values import MeterKind, ReadingKind
from desktop.services import meter_uses, readings
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.work import PROGRAM, begin, look
from tests.offices import rooms_of
from tests.services.meter_kit import meter_with, put_meter, put_reading

AUG, SEP, OCT, NOV = (date(2026, month, 1) for month in (8, 9, 10, 11))


def uses(
    office: Office, first: date = OCT, last: date = NOV, building: UUID | None = None
) -> list[meter_uses.MeteredUse]:
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        return meter_uses.metered_uses(reading, first, last, building)


def test_a_use_runs_from_the_day_after_the_earlier_reading_to_the_day_of_the_later(office: Office) -> None:
    room = rooms_of(office)[0]
    meter = meter_with(office, room, (SEP, "100"), (OCT, "112.5"), (NOV, "130"), multiplier="2")
    found = uses(office)
    assert [(use.meter_id, use.room_id, use.use) for use in found] == [
        (meter, room, Decimal(25)), (meter, room, Decimal(35)),
    ]  # fmt: skip
    assert (found[1].start, found[1].end) == (date(2026, 10, 2), NOV)
    assert (found[1].earlier, found[1].later, found[1].trouble) == (Decimal("112.5"), Decimal(130), "")


def test_the_first_reading_of_a_meter_ends_no_use(office: Office) -> None:
    meter_with(office, rooms_of(office)[0], (OCT, "100"))
    assert uses(office) == []


def test_the_earlier_reading_may_lie_years_back(office: Office) -> None:
    meter_with(office, rooms_of(office)[0], (date(2023, 2, 28), "4"), (OCT, "9"))
    (use,) = uses(office)
    assert (use.start, use.use) == (date(2023, 3, 1), Decimal(5))


def test_a_corrected_reading_keeps_its_root_and_changes_both_uses_around_it(office: Office) -> None:
    meter = meter_with(office, rooms_of(office)[0], (AUG, "10"))
    with begin(office, PROGRAM, Op.READ_METERS) as work:
        wrong = put_reading(work, meter, SEP, "200")
        put_reading(work, meter, OCT, "30")
    assert [use.trouble for use in uses(office)] != [""]
    with begin(office, PROGRAM, Op.READ_METERS) as work:
        better = put_reading(work, meter, SEP, "20", reverses=wrong)
        best = put_reading(work, meter, SEP, "21", reverses=better)
    found = uses(office, SEP)
    assert (found[0].use, found[0].root_id) == (Decimal(11), wrong)
    assert found[0].reading_id == best
    assert found[1].use == Decimal(9)


def test_a_correction_may_move_a_reading_out_of_the_span(office: Office) -> None:
    meter = meter_with(office, rooms_of(office)[0], (AUG, "10"))
    with begin(office, PROGRAM, Op.READ_METERS) as work:
        wrong = put_reading(work, meter, OCT, "30")
        put_reading(work, meter, SEP, "30", reverses=wrong)
    assert uses(office) == []
    assert [use.use for use in uses(office, SEP, SEP)] == [Decimal(20)]


def test_two_corrections_of_one_reading_leave_the_later_one(office: Office) -> None:
    """Two desks that were apart; sync brings both."""
    meter = meter_with(office, rooms_of(office)[0], (AUG, "10"))
    with begin(office, PROGRAM, Op.READ_METERS) as work:
        wrong = put_reading(work, meter, OCT, "300")
        put_reading(work, meter, OCT, "30", reverses=wrong)
        put_reading(work, meter, OCT, "31", reverses=wrong)
    assert [use.later for use in uses(office)] == [Decimal(31)]


def test_a_replaced_meter_gives_one_use_of_two_pieces(office: Office) -> None:
    room = rooms_of(office)[0]
    old = meter_with(office, room, (SEP, "980"), highest="999")
    with begin(office, PROGRAM, Op.CHANGE_METER) as work:
        put_reading(work, old, date(2026, 9, 20), "995", ReadingKind.REPLACEMENT)
        new = put_meter(work, room, replaces=old, multiplier="10", serial="W-2")
        put_reading(work, new, date(2026, 9, 20), "2", ReadingKind.REPLACEMENT)
    assert uses(office) == []  # it is counted with the next reading
    with begin(office, PROGRAM, Op.READ_METERS) as work:
        put_reading(work, new, OCT, "3.5")
    (use,) = uses(office)
    assert (use.use, use.start, use.meter_id) == (Decimal(15) + Decimal(15), date(2026, 9, 2), new)
    assert [(piece.meter_id, piece.use) for piece in use.pieces] == [(old, Decimal(15)), (new, Decimal(15))]
    assert (use.earlier, use.later) == (Decimal(980), Decimal("3.5"))


def test_a_meter_replaced_twice_in_one_period_gives_three_pieces(office: Office) -> None:
    room = rooms_of(office)[0]
    meter = meter_with(office, room, (SEP, "100"))
    with begin(office, PROGRAM, Op.CHANGE_METER) as work:
        for day in (date(2026, 9, 10), date(2026, 9, 20)):
            put_reading(work, meter, day, "107" if day.day == 10 else "5", ReadingKind.REPLACEMENT)
            meter = put_meter(work, room, replaces=meter)
            put_reading(work, meter, day, "0", ReadingKind.REPLACEMENT)
        put_reading(work, meter, OCT, "2")
    (use,) = uses(office)
    assert [piece.use for piece in use.pieces] == [Decimal(7), Decimal(5), Decimal(2)]


def test_a_roll_over_is_counted_and_a_reading_below_is_told_not_guessed(office: Office) -> None:
    rooms = rooms_of(office)
    rolled = meter_with(office, rooms[0], (SEP, "9990"), highest="9999")
    meter_with(office, rooms[1], (SEP, "50"), (OCT, "40"))
    with begin(office, PROGRAM, Op.READ_METERS) as work:
        put_reading(work, rolled, OCT, "5", rolled_over=True)
    by_room = {use.room_id: use for use in uses(office)}
    assert by_room[rooms[0]].use == Decimal(15)
    assert by_room[rooms[1]].use == 0
    assert by_room[rooms[1]].trouble


def test_what_was_used_between_two_tenancies_is_nobodys(office: Office) -> None:
    """The last reading of one tenancy and the first of the next, on one day or with days between."""
    room = rooms_of(office)[0]
    meter = meter_with(office, room, (SEP, "100"))
    with begin(office, PROGRAM, Op.READ_METERS) as work:
        put_reading(work, meter, date(2026, 9, 10), "103", ReadingKind.FINAL)
        put_reading(work, meter, date(2026, 9, 10), "103", ReadingKind.INITIAL)
        put_reading(work, meter, OCT, "110")
    found = uses(office, date(2026, 9, 2))
    assert [(use.reading, use.use, use.lease_id) for use in found] == [
        (ReadingKind.FINAL, Decimal(3), None),
        (ReadingKind.INITIAL, Decimal(0), None),
        (ReadingKind.REGULAR, Decimal(7), None),
    ]
    assert (found[1].start, found[1].end) == (date(2026, 9, 10), date(2026, 9, 10))


def test_only_one_building_and_no_master_meters(office: Office) -> None:
    with office.reading() as session:
        building = session.scalar(sa.select(Building.id))
    with begin(office, PROGRAM, Op.ADD_PLACES) as work:
        from desktop.services.places import BuildingDraft, RoomDraft, add_building

        add_building(work, BuildingDraft("2 栋", [RoomDraft("101", 1)]))
    with office.reading() as session:
        other = session.scalar(sa.select(Room.id).where(Room.building_id != building))
    meter_with(office, rooms_of(office)[0], (SEP, "1"), (OCT, "2"))
    meter_with(office, other, (SEP, "1"), (OCT, "4"))
    meter_with(office, None, (SEP, "1"), (OCT, "8"), building=building)
    assert [use.use for use in uses(office, building=building)] == [Decimal(1)]
    assert sorted(use.use for use in uses(office)) == [Decimal(1), Decimal(3)]


def test_many_meters_are_read_in_one_pass(office: Office) -> None:
    """Beyond `MANY` the other way of reading gives the same."""
    rooms = rooms_of(office)
    for number, room in enumerate(rooms):
        meter_with(office, room, (SEP, "10"), (OCT, str(11 + number)))
    few = uses(office)
    many, readings.MANY = readings.MANY, 3
    try:
        assert uses(office) == few
    finally:
        readings.MANY = many
    assert len(few) == len(rooms)


def test_kinds_are_kept_apart(office: Office) -> None:
    room = rooms_of(office)[0]
    meter_with(office, room, (SEP, "1"), (OCT, "2"), kind=MeterKind.ELECTRICITY)
    meter_with(office, room, (SEP, "1"), (OCT, "3"), kind=MeterKind.WATER)
    assert {(use.kind, use.use) for use in uses(office)} == {
        (MeterKind.ELECTRICITY, Decimal(1)), (MeterKind.WATER, Decimal(2)),
    }  # fmt: skip
