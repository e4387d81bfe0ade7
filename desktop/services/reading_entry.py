"""Readings taken down: many at once as one act, one corrected, photos of what a meter showed. Never edited."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.documents import StoredFile
from desktop.models.meters import Meter, Reading
from desktop.models.places import Building, Room
from desktop.models.values import ReadingKind, Right
from desktop.services import attachments, settings
from desktop.services.asked import Asked
from desktop.services.attachments import FileForm, FileRow
from desktop.services.bill_lists import plain
from desktop.services.errors import DomainError, NotFound, ProblemsFound
from desktop.services.let_rooms import lease_on
from desktop.services.meter_uses import MeterFacts, meter_facts_of
from desktop.services.problems import Problem
from desktop.services.reading_checks import (
    JumpLimits,
    MeterStand,
    NewReading,
    figure_problem,
    kind_of,
    reading_problems,
    usual_per_day,
)
from desktop.services.readings import StandingReading, recent_readings, standing_readings
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

READING_COLUMNS = ("id", "meter_id", "lease_id", "kind", "value", "read_on", "reverses_id", "rolled_over", "remark")
PHOTO = "meter_photo"
MOST_PHOTOS = 6
"""Of one reading."""
REASON_LIMIT = 100
_TIED = (ReadingKind.INITIAL, ReadingKind.FINAL, ReadingKind.REPLACEMENT)
"""Kinds that a correction keeps: the reading begins or ends something."""


class ReadingsRefused(ProblemsFound):
    """Some of the readings cannot be stored as they are: `rows` says why, by place in what was given."""

    def __init__(self, rows: Mapping[int, Problem], forms: Sequence[NewReading]) -> None:
        super().__init__({f"{problem.field}.{forms[at].meter_id.hex}": problem.text for at, problem in rows.items()})
        self.rows = dict(rows)
        if len(rows) > 1:
            self.message = f"{len(rows)} 行还不能存：{self.message}"


@needs(Right.READ_METERS)
def enter_readings(work: Work, forms: Sequence[NewReading]) -> list[UUID]:
    """Readings of many meters in one act; returns their ids in the order given.

    Raises ReadingsRefused for what has to be mended or confirmed first: then none is stored.
    """
    if not forms:
        raise DomainError("还没有填读数：先在「本次读数」里填上")
    stands = stands_of(work, {form.meter_id for form in forms}, lock=True)
    limits = jump_limits(work)
    today = work.world.today()
    if problems := reading_problems(stands, forms, today, limits):
        raise ReadingsRefused(problems, forms)
    ids = put(work, [(form, stands[form.meter_id], _remark(form, stands[form.meter_id], limits)) for form in forms])
    rooms = {stands[form.meter_id].room_id for form in forms}
    if len(rooms) == 1 and (room := rooms.pop()) is not None:
        work.subject_id("room", room)
    work.record(readings=len(ids))
    return ids


@part
def put(work: Work, readings: Sequence[tuple[NewReading, MeterStand, str]]) -> list[UUID]:
    """Store readings that were checked, each under the lease that has the room on its day."""
    days = {form.read_on for form, _, _ in readings}
    rooms = {stand.room_id for _, stand, _ in readings if stand.room_id is not None}
    leases = {day: lease_on(work, day, rooms if len(rooms) < 500 else None) for day in days}
    ids = [work.world.new_id() for _ in readings]
    work.insert_many(
        Reading,
        READING_COLUMNS,
        [
            (
                reading_id, form.meter_id, None if stand.room_id is None else leases[form.read_on].get(stand.room_id),
                kind_of(form), form.value, form.read_on, None, form.rolled_over, remark or None,
            )
            for reading_id, (form, stand, remark) in zip(ids, readings, strict=True)
        ],
    )  # fmt: skip
    return ids


def _remark(form: NewReading, stand: MeterStand, limits: JumpLimits) -> str:
    """What the clerk wrote; of a warning that she confirmed, the warning."""
    said = form.remark.strip()
    if said or not form.confirmed:
        return said
    doubt = reading_problems({stand.id: stand}, [replace(form, confirmed=False)], date.max, limits).get(0)
    return "" if doubt is None else "已核对：" + doubt.text.removesuffix("：核对后确认")


# ---- correcting ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CorrectReading:
    """What takes the place of a wrong reading, and why. `reading_id`: the one that stands."""

    reading_id: UUID
    value: Decimal
    read_on: date
    reason: str
    rolled_over: bool = False


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A reading to be corrected with those around it."""

    meter: MeterFacts
    place: str
    reading: StandingReading
    earlier: StandingReading | None
    later: StandingReading | None
    billed: bool
    """A tenancy begins or ends with it, or a bill may stand on it: the bill run rates it anew."""


def correction_problems(form: CorrectReading, around: Neighbours, today: date) -> dict[str, str]:
    """What is still to be mended of a correction, by field."""
    problems: dict[str, str] = {}
    stand = MeterStand(
        around.meter.id, around.place, around.meter.kind, around.meter.serial, around.meter.multiplier,
        around.meter.highest, around.meter.installed_on, None,
    )  # fmt: skip
    earlier, later = around.earlier, around.later
    if problem := figure_problem(form.value, stand):
        problems["value"] = problem.text
    elif form.rolled_over and (around.meter.highest is None or earlier is None or form.value >= earlier.value):
        problems["rolled_over"] = "读数没有比上次小，或这块表没有填最大读数：去掉「过零」"
    elif earlier is not None and form.value < earlier.value and not form.rolled_over:
        problems["value"] = f"低于上次 {plain(earlier.value)}（{earlier.read_on:%m-%d}）：先更正那一条，或标「过零」"
    elif later is not None and form.value > later.value and not later.rolled_over:
        problems["value"] = f"高于下次 {plain(later.value)}（{later.read_on:%m-%d}）：先更正那一条"
    if form.read_on > today:
        problems["read_on"] = "抄表日期填今天或以前"
    elif earlier is not None and form.read_on < earlier.read_on:
        problems["read_on"] = f"早于上次 {earlier.read_on:%Y-%m-%d}：改抄表日期"
    elif later is not None and form.read_on > later.read_on:
        problems["read_on"] = f"晚于下次 {later.read_on:%Y-%m-%d}：改抄表日期"
    elif form.read_on < around.meter.installed_on and around.reading.kind not in _TIED:
        problems["read_on"] = f"这块表 {around.meter.installed_on:%Y-%m-%d} 才装上：改抄表日期"
    was = around.reading
    if not problems and (form.value, form.read_on, form.rolled_over) == (was.value, was.read_on, was.rolled_over):
        problems["value"] = "和原来一样：改成正确的读数"
    if len(form.reason.strip()) < 2:
        problems["reason"] = "写明为什么更正，例如 抄错一位、看错表"
    elif len(form.reason) > REASON_LIMIT:
        problems["reason"] = f"最多 {REASON_LIMIT} 字"
    return problems


@needs(Right.READ_METERS)
def reading_to_correct(look: Look, reading_id: UUID) -> Neighbours:
    """A standing reading with those around it. Raises NotFound when it was corrected meanwhile."""
    return _around(look, reading_id)


@needs(Right.READ_METERS)
def correct_reading(work: Work, form: CorrectReading) -> UUID:
    """A new reading takes the place of a wrong one, which stays to be seen; bills on it are rated anew by the bill run.

    Raises ProblemsFound; ReadingChanged when somebody corrected it first.
    """
    wrong = work.session.get(Reading, form.reading_id)
    if wrong is None:
        raise NotFound("这条读数")
    work.take(Meter, wrong.meter_id)
    around = _around(work, form.reading_id)
    if problems := correction_problems(form, around, work.world.today()):
        raise ProblemsFound(problems)
    was, room = around.reading, around.meter.room_id
    lease_id = was.lease_id
    if was.kind not in _TIED and room is not None and form.read_on != was.read_on:
        lease_id = lease_on(work, form.read_on, [room]).get(room)
    made = work.add(
        Reading(
            meter_id=was.meter_id, lease_id=lease_id, kind=was.kind if was.kind in _TIED else ReadingKind.REGULAR,
            value=form.value, read_on=form.read_on, reverses_id=was.id, rolled_over=form.rolled_over,
            remark=form.reason.strip(),
        )
    )  # fmt: skip
    if room is not None:
        work.subject_id("room", room)
    work.record(corrected="读数", reason=form.reason.strip())
    return made.id


class ReadingChanged(DomainError):
    """Somebody has corrected the reading meanwhile."""

    def __init__(self) -> None:
        super().__init__("这条读数刚被更正过：刷新（F5）看一眼最新的")


def _around(look: Look, reading_id: UUID) -> Neighbours:
    row = look.session.get(Reading, reading_id)
    if row is None:
        raise NotFound("这条读数")
    facts = meter_facts_of(look, [row.meter_id])[row.meter_id]
    readings = standing_readings(look, [row.meter_id]).get(row.meter_id, [])
    at = next((n for n, each in enumerate(readings) if each.id == reading_id), None)
    if at is None:
        raise ReadingChanged
    return Neighbours(
        facts, places_of(look, [facts])[facts.id], readings[at], readings[at - 1] if at else None,
        readings[at + 1] if at + 1 < len(readings) else None, at > 0 or at + 1 < len(readings),
    )  # fmt: skip


# ---- how meters stand ---------------------------------------------------------------------------------------------


@part
def jump_limits(look: Look) -> JumpLimits:
    """From where on a use draws an alarm, by the office's rules."""
    rules = settings.values_of(look, "meter_jump_times", "meter_jump_least")
    return JumpLimits(Decimal(rules["meter_jump_times"]), Decimal(rules["meter_jump_least"]))


@part
def stands_of(look: Look, meter_ids: Collection[UUID], *, lock: bool = False) -> dict[UUID, MeterStand]:
    """How some meters stand before they are read; those that are gone are left out. `lock`: until the act is over."""
    if lock:
        # In the order of their ids, so that two desks never wait for each other.
        _LOCKED.rows(look.session, sorted(meter_ids))
    facts = meter_facts_of(look, meter_ids)
    words = places_of(look, list(facts.values()))
    readings = recent_readings(look, list(facts))
    return {meter_id: stand_of(each, words[meter_id], readings.get(meter_id, ())) for meter_id, each in facts.items()}


def stand_of(facts: MeterFacts, place: str, readings: Sequence[StandingReading]) -> MeterStand:
    """A meter with its last readings and what it usually counts."""
    return MeterStand(
        facts.id, place, facts.kind, facts.serial, facts.multiplier, facts.highest, facts.installed_on,
        facts.removed_on, facts.room_id, readings[-1] if readings else None,
        readings[-2] if len(readings) > 1 else None, usual_per_day(readings, facts.multiplier, facts.highest),
    )  # fmt: skip


@part
def places_of(look: Look, meters: Sequence[MeterFacts]) -> dict[UUID, str]:
    """Where meters hang, in words: 1 栋 1203; 1 栋 总表 地下室 of a master meter."""
    rooms = {row.id: row for row in _ROOMS.rows(look.session, [m.room_id for m in meters if m.room_id is not None])}
    houses = {row.id: row.name for row in _HOUSES.rows(look.session, {m.building_id for m in meters if m.building_id})}
    words = {}
    for meter in meters:
        if meter.room_id is not None:
            room = rooms[meter.room_id]
            words[meter.id] = f"{room.name} {room.number}"
        else:
            house = houses.get(meter.building_id, "") if meter.building_id is not None else ""
            words[meter.id] = " ".join(each for each in (house, "总表", meter.place or "") if each)
    return words


_LOCKED = Asked(lambda one_of: sa.select(Meter.id).where(one_of(Meter.id)).order_by(Meter.id).with_for_update())
_ROOMS: Any = Asked(
    lambda one_of: (
        sa.select(Room.id, Room.number, Building.name)
        .join(Building, Building.id == Room.building_id)
        .where(one_of(Room.id))
    )
)
_HOUSES = Asked(lambda one_of: sa.select(Building.id, Building.name).where(one_of(Building.id)))


# ---- photos -------------------------------------------------------------------------------------------------------


@needs(Right.READ_METERS)
def add_reading_photos(work: Work, reading_id: UUID, photos: Sequence[FileForm]) -> list[UUID]:
    """Keep photos of what a meter showed, already made small. Raises ProblemsFound, FileTooLarge, NotFound."""
    row = work.session.get(Reading, reading_id)
    if row is None:
        raise NotFound("这条读数")
    have = len(attachments.files_of(work, reading_id))
    if have + len(photos) > MOST_PHOTOS:
        raise ProblemsFound({"photos": f"一条读数最多 {MOST_PHOTOS} 张照片，现在有 {have} 张"})
    ids = [attachments.put_file(work, PHOTO, "reading", reading_id, photo) for photo in photos]
    meter = work.get(Meter, row.meter_id)
    if meter.room_id is not None:
        work.subject_id("room", meter.room_id)
    work.record(photos=len(ids))
    return ids


@needs(Right.READ_METERS)
def reading_photos(look: Look, reading_id: UUID) -> tuple[FileRow, ...]:
    """The photos of a reading, the newest first."""
    return attachments.files_of(look, reading_id)


@needs(Right.READ_METERS)
def read_reading_photo(look: Look, photo_id: UUID) -> FileForm:
    """One photo in clear. Raises NotFound."""
    if look.get(StoredFile, photo_id).kind != PHOTO:
        raise NotFound("这张照片")
    return attachments.file_content(look, photo_id)
