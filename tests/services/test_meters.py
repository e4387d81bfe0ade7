"""Meters put up, put right, taken down and replaced; what one clerk did is not undone by another who did not see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.meters import Meter
from desktop.models.places import Building
from desktop.models.pools import SharedPool
from desktop.models.values import MeterKind, PoolSource, ReadingKind
from desktop.services import meter_uses, meters, reading_entry, readings
from desktop.services.acts import Op
from desktop.services.errors import DomainError, ProblemsFound, RowChanged
from desktop.services.meters import MeterEdit, NewMeter, RemoveMeter, ReplaceMeter
from desktop.services.office import Office
from desktop.services.reading_checks import NewReading
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.databases import Databases
from tests.offices import rooms_of, sit_down
from tests.services.meter_kit import meter_with
from tests.services.pool_kit import put_fee, put_pool
from tests.services.test_replay import prove

TODAY = date(2026, 11, 22)
OCT = date(2026, 10, 22)
FACTS = MeterEdit("W-8831", Decimal(1), Decimal(99999))


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "front_desk")


def put_up(office: Office, clerk: Actor, form: NewMeter) -> UUID:
    with begin(office, clerk, Op.CHANGE_METER) as work:
        return meters.add_meter(work, form)


def card(office: Office, clerk: Actor, meter: UUID) -> meters.MeterCard:
    with look(office, clerk) as reading:
        return meters.meter_card(reading, meter)


def replaced(office: Office, clerk: Actor, meter: UUID, **changes: object) -> UUID:
    form = ReplaceMeter(
        meter, card(office, clerk, meter).version, TODAY, Decimal(130), Decimal(0),
        MeterEdit("W-9000", Decimal(1), None), "到期轮换",
    )  # fmt: skip
    with begin(office, clerk, Op.CHANGE_METER) as work:
        return meters.replace_meter(work, replace(form, **changes))  # type: ignore[arg-type]


def building_of(office: Office) -> UUID:
    with office.reading() as session:
        return session.scalars(sa.select(Building.id)).one()


def test_a_meter_is_put_up_with_what_it_shows(office: Office, clerk: Actor) -> None:
    meter = put_up(office, clerk, NewMeter(MeterKind.WATER, FACTS, TODAY, rooms_of(office)[0], first=Decimal("3.5")))
    shown = card(office, clerk, meter)
    assert (shown.facts, shown.place_words) == (FACTS, "1 栋 301")
    assert shown.stand.last is not None
    assert shown.stand.last.value == Decimal("3.5")


def test_a_master_meter_hangs_in_a_house_or_says_where(office: Office, clerk: Actor) -> None:
    with pytest.raises(ProblemsFound) as told:
        put_up(office, clerk, NewMeter(MeterKind.ELECTRICITY, MeterEdit("", Decimal(40), None), TODAY))
    assert list(told.value.problems) == ["place"]
    put_up(
        office, clerk,
        NewMeter(
            MeterKind.ELECTRICITY, MeterEdit("", Decimal(40), None, "地下室"), TODAY, building_id=building_of(office)
        ),
    )  # fmt: skip
    with look(office, clerk) as reading:
        assert [each.words for each in meters.master_meters(reading)] == ["电表 · 1 栋 总表 地下室"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (replace(FACTS, multiplier=Decimal(0)), "multiplier"),
        (replace(FACTS, multiplier=None), "multiplier"),
        (replace(FACTS, multiplier=Decimal("1.2345")), "multiplier"),
        (replace(FACTS, highest=Decimal(0)), "highest"),
        (replace(FACTS, serial="9" * 31), "serial"),
        (replace(FACTS, place="地" * 31), "place"),
    ],
)
def test_facts_that_cannot_be(facts: MeterEdit, field: str) -> None:
    assert list(meters.edit_problems(facts)) == [field]


def test_two_meters_never_bear_one_number(office: Office, clerk: Actor) -> None:
    rooms = rooms_of(office)
    put_up(office, clerk, NewMeter(MeterKind.WATER, FACTS, TODAY, rooms[0]))
    with pytest.raises(meters.SerialTaken) as told:
        put_up(office, clerk, NewMeter(MeterKind.WATER, FACTS, TODAY, rooms[1]))
    assert told.value.place == "1 栋 301"
    put_up(office, clerk, NewMeter(MeterKind.GAS, FACTS, TODAY, rooms[1]))


def test_facts_are_put_right_and_nobody_writes_over_what_she_has_not_seen(office: Office, clerk: Actor) -> None:
    meter = put_up(office, clerk, NewMeter(MeterKind.WATER, FACTS, TODAY, rooms_of(office)[0], first=Decimal(500)))
    version = card(office, clerk, meter).version
    better = replace(FACTS, serial="W-8832", multiplier=Decimal(2))
    with begin(office, clerk, Op.CHANGE_METER) as work:
        meters.change_meter(work, meter, version, better)
    assert card(office, clerk, meter).facts == better
    with pytest.raises(RowChanged) as told, begin(office, clerk, Op.CHANGE_METER) as work:
        meters.change_meter(work, meter, version, replace(FACTS, place="厨房"))
    assert (told.value.theirs["serial"], told.value.yours["place"]) == ("W-8832", "厨房")
    with pytest.raises(ProblemsFound) as low, begin(office, clerk, Op.CHANGE_METER) as work:
        meters.change_meter(work, meter, version + 1, replace(better, highest=Decimal(499)))
    assert "500" in low.value.problems["highest"]


def test_a_replacement_counts_both_meters(office: Office, clerk: Actor) -> None:
    room = rooms_of(office)[0]
    old = meter_with(office, room, (date(2026, 9, 22), "100"), (OCT, "110"), serial="W-1")
    new = replaced(office, clerk, old, start=Decimal(2))
    with look(office, clerk) as reading:
        reading.authorised += 1
        shown = readings.standing_readings(reading, [old, new])
    assert [(each.kind, each.value) for each in (shown[old][-1], shown[new][0])] == [
        (ReadingKind.REPLACEMENT, Decimal(130)), (ReadingKind.REPLACEMENT, Decimal(2)),
    ]  # fmt: skip
    with office.reading() as session:
        assert session.get_one(Meter, old).removed_on == TODAY
        assert session.get_one(Meter, new).replaces_id == old
    office.world.advance(timedelta(days=30))  # type: ignore[attr-defined]
    with begin(office, clerk, Op.READ_METERS) as work:
        reading_entry.enter_readings(work, [NewReading(new, Decimal(12), office.world.today())])
    with look(office, clerk) as reading:
        reading.authorised += 1
        (use,) = meter_uses.metered_uses(reading, office.world.today(), office.world.today())
    assert use.use == Decimal(20) + Decimal(10)


def test_what_is_wrong_about_a_replacement(office: Office, clerk: Actor) -> None:
    old = meter_with(office, rooms_of(office)[0], (OCT, "110"))
    for changes, field in (
        ({"end": None}, "end"), ({"end": Decimal(90)}, "end"), ({"start": None}, "start"),
        ({"day": date(2026, 12, 1)}, "day"), ({"day": date(2026, 10, 1)}, "day"), ({"reason": ""}, "reason"),
    ):  # fmt: skip
        with pytest.raises(ProblemsFound) as told:
            replaced(office, clerk, old, **changes)
        assert list(told.value.problems) == [field], changes


def test_a_meter_read_in_the_morning_is_replaced_in_the_afternoon(office: Office, clerk: Actor) -> None:
    old = meter_with(office, rooms_of(office)[0], (OCT, "110"), (TODAY, "128"))
    replaced(office, clerk, old)


def test_a_meter_that_nobody_read_is_replaced_without_an_end(office: Office, clerk: Actor) -> None:
    old = put_up(office, clerk, NewMeter(MeterKind.WATER, FACTS, OCT, rooms_of(office)[0]))
    new = replaced(office, clerk, old, end=None)
    with look(office, clerk) as reading:
        reading.authorised += 1
        assert readings.standing_readings(reading, [new])[new][0].kind is ReadingKind.REGULAR


def test_a_meter_is_replaced_once(office: Office, clerk: Actor) -> None:
    old = meter_with(office, rooms_of(office)[0], (OCT, "110"))
    form = ReplaceMeter(old, 1, TODAY, Decimal(130), Decimal(0), FACTS, "到期轮换")
    with begin(office, clerk, Op.CHANGE_METER) as work:
        meters.replace_meter(work, form)
    with pytest.raises(DomainError, match="已拆下"), begin(office, clerk, Op.CHANGE_METER) as work:
        meters.replace_meter(work, replace(form, facts=replace(FACTS, serial="W-2")))


def test_a_meter_taken_down_takes_no_more_readings(office: Office, clerk: Actor) -> None:
    meter = meter_with(office, rooms_of(office)[0], (OCT, "110"))
    with begin(office, clerk, Op.CHANGE_METER) as work:
        meters.remove_meter(work, RemoveMeter(meter, 1, TODAY, Decimal(115), "并户拆除"))
    with look(office, clerk) as reading:
        reading.authorised += 1
        (use,) = meter_uses.metered_uses(reading, TODAY, TODAY)
    assert (use.use, use.reading) == (Decimal(5), ReadingKind.FINAL)
    with pytest.raises(reading_entry.ReadingsRefused), begin(office, clerk, Op.READ_METERS) as work:
        reading_entry.enter_readings(work, [NewReading(meter, Decimal(120), TODAY)])


def test_a_shared_cost_follows_its_master_meter_and_keeps_it_hanging(office: Office, clerk: Actor) -> None:
    master = meter_with(office, None, (OCT, "110"), building=building_of(office))
    with begin(office, PROGRAM, Op.SHARE_COST) as work:
        pool = put_pool(work, put_fee(work), source=PoolSource.MASTER_METER, master=master)
    with pytest.raises(meters.MeterShared), begin(office, clerk, Op.CHANGE_METER) as work:
        meters.remove_meter(work, RemoveMeter(master, 1, TODAY, Decimal(115), "拆除"))
    new = replaced(office, clerk, master)
    with office.reading() as session:
        assert session.get_one(SharedPool, pool).master_meter_id == new


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_acts_of_meters_replay(
    office: Office, clerk: Actor, databases: Databases, tmp_path: Path, kind: str
) -> None:
    rooms = rooms_of(office)
    meter = put_up(office, clerk, NewMeter(MeterKind.WATER, FACTS, OCT, rooms[0], first=Decimal(100)))
    with begin(office, clerk, Op.CHANGE_METER) as work:
        meters.change_meter(work, meter, 1, replace(FACTS, place="厨房"))
    replaced(office, clerk, meter)
    other = put_up(office, clerk, NewMeter(MeterKind.GAS, MeterEdit("", Decimal(1), None), OCT, rooms[1]))
    with begin(office, clerk, Op.CHANGE_METER) as work:
        meters.remove_meter(work, RemoveMeter(other, 1, TODAY, None, "改用电"))
    prove(office, databases.clone(kind), tmp_path / "copy")  # type: ignore[arg-type]
