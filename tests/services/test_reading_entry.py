"""Readings taken down as one act, corrected by new rows, seen by both desks."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.meters import Reading
from desktop.models.trust import AuditEntry
from desktop.models.values import ReadingKind
from desktop.services import reading_entry, readings, settings
from desktop.services.acts import Op
from desktop.services.attachments import FileForm
from desktop.services.errors import DomainError, NotFound, ProblemsFound, Refused
from desktop.services.office import Office
from desktop.services.reading_checks import NewReading
from desktop.services.reading_entry import CorrectReading, ReadingChanged, ReadingsRefused
from desktop.services.work import PROGRAM, Actor, begin, look
from tests.databases import Databases
from tests.offices import check_in, rooms_of, sit_down
from tests.services.meter_kit import meter_with
from tests.services.test_replay import prove

SEP, OCT = date(2026, 9, 22), date(2026, 10, 22)


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "front_desk")


def enter(office: Office, actor: Actor, *forms: NewReading) -> list[UUID]:
    with begin(office, actor, Op.READ_METERS) as work:
        return reading_entry.enter_readings(work, forms)


def standing(office: Office, meter: UUID) -> list[readings.StandingReading]:
    with look(office, PROGRAM) as reading:
        reading.authorised += 1
        return readings.standing_readings(reading, [meter]).get(meter, [])


def reading(office: Office, meter: UUID, value: str, **facts: object) -> NewReading:
    return NewReading(meter, Decimal(value), office.world.today(), **facts)  # type: ignore[arg-type]


def test_many_readings_are_one_act_each_under_the_lease_of_its_room(office: Office, clerk: Actor) -> None:
    rooms = rooms_of(office)
    news = check_in(office, clerk, rooms[0])
    meters = [meter_with(office, room, (SEP, "100"), (OCT, "110")) for room in rooms[:3]]
    ids = enter(office, clerk, *(reading(office, meter, "121.5") for meter in meters))
    with office.reading() as session:
        rows = {row.id: row for row in session.scalars(sa.select(Reading).where(Reading.id.in_(ids)))}
        acts = session.scalars(sa.select(AuditEntry).where(AuditEntry.op == Op.READ_METERS)).all()
    assert [rows[each].lease_id for each in ids] == [news.lease_id, None, None]
    assert {row.kind for row in rows.values()} == {ReadingKind.REGULAR}
    assert acts[-1].facts == {"readings": 3}


def test_one_wrong_reading_stores_none_and_says_which(office: Office, clerk: Actor) -> None:
    meters = [meter_with(office, room, (SEP, "100"), (OCT, "110")) for room in rooms_of(office)[:2]]
    with pytest.raises(ReadingsRefused) as told:
        enter(office, clerk, reading(office, meters[0], "120"), reading(office, meters[1], "90"))
    assert list(told.value.rows) == [1]
    assert told.value.problems == {f"value.{meters[1].hex}": told.value.rows[1].text}
    assert len(standing(office, meters[0])) == 2


def test_a_jump_is_stored_once_it_is_confirmed_and_says_so(office: Office, clerk: Actor) -> None:
    meter = meter_with(office, rooms_of(office)[0], (SEP, "100"), (OCT, "110"))
    with pytest.raises(ReadingsRefused):
        enter(office, clerk, reading(office, meter, "180"))
    enter(office, clerk, reading(office, meter, "180", confirmed=True))
    last = standing(office, meter)[-1]
    assert (last.value, last.remark) == (Decimal(180), "已核对：是平时的 6.8 倍（约 10.3，这次 70）")


def test_the_office_says_from_where_on_a_use_is_strange(office: Office, clerk: Actor) -> None:
    meter = meter_with(office, rooms_of(office)[0], (SEP, "100"), (OCT, "110"))
    with begin(office, PROGRAM, Op.CHANGE_SETTING) as work:
        settings.change_setting(work, "meter_jump_times", "8")
    enter(office, clerk, reading(office, meter, "180"))


def test_an_estimate_is_kept_as_one(office: Office, clerk: Actor) -> None:
    meter = meter_with(office, rooms_of(office)[0], (SEP, "100"), (OCT, "110"))
    enter(office, clerk, reading(office, meter, "120", estimated=True, remark="锁门进不去"))
    last = standing(office, meter)[-1]
    assert (last.kind, last.remark) == (ReadingKind.ESTIMATED, "锁门进不去")


def test_who_was_slower_is_told_what_the_other_desk_read(office: Office, clerk: Actor) -> None:
    meter = meter_with(office, rooms_of(office)[0], (SEP, "100"), (OCT, "110"))
    seen = standing(office, meter)[-1].id
    enter(office, clerk, reading(office, meter, "120", seen=seen))
    with pytest.raises(ReadingsRefused) as told:
        enter(office, clerk, reading(office, meter, "121", seen=seen))
    assert "120" in told.value.message


def test_nothing_typed_and_no_right(office: Office, clerk: Actor) -> None:
    with pytest.raises(DomainError):
        enter(office, clerk)
    auditor = sit_down(office, "auditor", login="shen", name="沈审计")
    meter = meter_with(office, rooms_of(office)[0], (OCT, "110"))
    with pytest.raises(Refused):
        enter(office, auditor, reading(office, meter, "120"))


# ---- correcting ---------------------------------------------------------------------------------------------------


def correct(
    office: Office, actor: Actor, reading_id: UUID, value: str, day: date = OCT, reason: str = "抄错一位",
    **form: object,
) -> UUID:  # fmt: skip
    with begin(office, actor, Op.READ_METERS) as work:
        order = CorrectReading(reading_id, Decimal(value), day, reason, **form)  # type: ignore[arg-type]
        return reading_entry.correct_reading(work, order)


def test_a_correction_is_a_new_row_and_the_old_one_stays(office: Office, clerk: Actor) -> None:
    meter = meter_with(office, rooms_of(office)[0], (SEP, "100"), (OCT, "1100"))
    wrong = standing(office, meter)[-1]
    better = correct(office, clerk, wrong.id, "110")
    last = standing(office, meter)[-1]
    assert (last.id, last.root_id, last.value, last.remark) == (better, wrong.id, Decimal(110), "抄错一位")
    with office.reading() as session:
        assert session.get_one(Reading, wrong.id).value == Decimal(1100)
    best = correct(office, clerk, better, "111")
    assert (standing(office, meter)[-1].id, standing(office, meter)[-1].root_id) == (best, wrong.id)


def test_what_was_corrected_meanwhile_is_not_corrected_again(office: Office, clerk: Actor) -> None:
    meter = meter_with(office, rooms_of(office)[0], (SEP, "100"), (OCT, "1100"))
    wrong = standing(office, meter)[-1].id
    correct(office, clerk, wrong, "110")
    with pytest.raises(ReadingChanged):
        correct(office, clerk, wrong, "111")
    with pytest.raises(NotFound):
        correct(office, clerk, meter, "111")


@pytest.mark.parametrize(
    ("value", "day", "reason", "field"),
    [
        ("90", OCT, "抄错一位", "value"),  # below the one before
        ("131", OCT, "抄错一位", "value"),  # above the one after
        ("110", OCT, "抄错一位", "value"),  # nothing changed
        ("111", OCT, " ", "reason"),
        ("111", date(2026, 9, 1), "抄错一位", "read_on"),
        ("111", date(2026, 11, 21), "抄错一位", "read_on"),
        ("111", date(2027, 1, 1), "抄错一位", "read_on"),
    ],
)
def test_a_correction_keeps_its_place(
    office: Office, clerk: Actor, value: str, day: date, reason: str, field: str
) -> None:
    meter = meter_with(office, rooms_of(office)[0], (SEP, "100"), (OCT, "110"), (date(2026, 11, 20), "130"))
    with pytest.raises(ProblemsFound) as told:
        correct(office, clerk, standing(office, meter)[1].id, value, day, reason)
    assert list(told.value.problems) == [field]


def test_the_first_reading_of_a_tenancy_stays_one_and_an_estimate_becomes_a_reading(
    office: Office, clerk: Actor
) -> None:
    room = rooms_of(office)[0]
    meter = meter_with(office, room, (SEP, "100"))
    enter(office, clerk, reading(office, meter, "115", estimated=True))
    made = correct(office, clerk, standing(office, meter)[-1].id, "116", office.world.today())
    assert standing(office, meter)[-1].kind is ReadingKind.REGULAR
    with begin(office, PROGRAM, Op.READ_METERS) as work:
        work.add(
            Reading(
                meter_id=meter, lease_id=None, kind=ReadingKind.INITIAL, value=Decimal(118),
                read_on=office.world.today(), reverses_id=None,
            )
        )  # fmt: skip
    first = standing(office, meter)[-1]
    assert first.id != made
    correct(office, clerk, first.id, "117", office.world.today())
    assert standing(office, meter)[-1].kind is ReadingKind.INITIAL


# ---- photos and replay --------------------------------------------------------------------------------------------


def test_a_photo_stays_with_its_reading(office: Office, clerk: Actor) -> None:
    meter = meter_with(office, rooms_of(office)[0], (OCT, "110"))
    shown = standing(office, meter)[0].id
    with begin(office, clerk, Op.STORE_FILE) as work:
        (photo,) = reading_entry.add_reading_photos(
            work, shown, [FileForm("水表.jpg", "image/jpeg", b"\xff\xd8 meter")]
        )
    with look(office, clerk) as reading_:
        assert [row.id for row in reading_entry.reading_photos(reading_, shown)] == [photo]
        assert reading_entry.read_reading_photo(reading_, photo).data == b"\xff\xd8 meter"
    with pytest.raises(ProblemsFound), begin(office, clerk, Op.STORE_FILE) as work:
        reading_entry.add_reading_photos(work, shown, [FileForm("x", "image/jpeg", b"x")] * 6)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_readings_and_corrections_replay(
    office: Office, clerk: Actor, databases: Databases, tmp_path: Path, kind: str
) -> None:
    meters = [meter_with(office, room, (SEP, "100"), (OCT, "110")) for room in rooms_of(office)]
    ids = enter(office, clerk, *(reading(office, meter, "121.5") for meter in meters))
    office.world.advance(timedelta(days=1))  # type: ignore[attr-defined]
    correct(office, clerk, ids[0], "121", office.world.today() - timedelta(days=1))
    prove(office, databases.clone(kind), tmp_path / "copy")  # type: ignore[arg-type]
