"""Meters 表计: of rooms and of houses 总表; put up, changed, taken down, replaced by another with both readings.

A replacement is one act: the end reading of the old meter, the first of the new one, and the new meter that knows which
it replaces, so that what was used in the meantime is counted from both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.meters import Meter, Reading
from desktop.models.places import Building, Room
from desktop.models.pools import SharedPool
from desktop.models.values import MeterKind, ReadingKind, Right
from desktop.services import timeline
from desktop.services.changes import last_changes
from desktop.services.errors import DomainError, NotFound, ProblemsFound, RowChanged
from desktop.services.handover import METER_WORDS
from desktop.services.let_rooms import lease_on
from desktop.services.meter_uses import meter_facts_of
from desktop.services.reading_checks import JumpLimits, MeterStand, NewReading, figure_problem, reading_problem
from desktop.services.reading_entry import places_of, stands_of
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

SERIAL_LIMIT, PLACE_LIMIT = 30, 30


@dataclass(frozen=True, slots=True)
class MeterEdit:
    """What of a meter is set down and may be put right."""

    serial: str
    multiplier: Decimal | None
    highest: Decimal | None
    """None: not known; then no roll-over can be entered."""
    place: str = ""


@dataclass(frozen=True, slots=True)
class NewMeter:
    """A meter to be put up: of a room, of a building, or (neither) of the whole office."""

    kind: MeterKind
    facts: MeterEdit
    installed_on: date
    room_id: UUID | None = None
    building_id: UUID | None = None
    first: Decimal | None = None
    """What it shows on that day; None: it will be read later."""


@dataclass(frozen=True, slots=True)
class RemoveMeter:
    """A meter taken down for good, with its last reading."""

    meter_id: UUID
    version: int
    day: date
    end: Decimal | None
    reason: str
    rolled_over: bool = False


@dataclass(frozen=True, slots=True)
class ReplaceMeter:
    """A meter replaced by another: what the old one showed last, what the new one shows first."""

    meter_id: UUID
    version: int
    day: date
    end: Decimal | None
    start: Decimal | None
    facts: MeterEdit
    reason: str
    rolled_over: bool = False


@dataclass(frozen=True, slots=True)
class MeterCard:
    """A meter with what its dialogs show."""

    id: UUID
    version: int
    place_words: str
    kind: MeterKind
    facts: MeterEdit
    installed_on: date
    removed_on: date | None
    room_id: UUID | None
    building_id: UUID | None
    stand: MeterStand


def edit_problems(form: MeterEdit, most_read: Decimal | None = None) -> dict[str, str]:
    """What is still to be mended of the facts of a meter. `most_read`: the highest figure it has shown."""
    problems: dict[str, str] = {}
    if len(form.serial.strip()) > SERIAL_LIMIT:
        problems["serial"] = f"表号最多 {SERIAL_LIMIT} 个字"
    if form.multiplier is None or not 0 < form.multiplier <= 100_000:
        problems["multiplier"] = "倍率要大于 0，没有互感器就填 1"
    elif form.multiplier != round(form.multiplier, 3):
        problems["multiplier"] = "倍率最多三位小数"
    if form.highest is not None:
        if form.highest <= 0 or form.highest != round(form.highest, 3):
            problems["highest"] = "最大读数大于 0，例如 99999；不知道就留空"
        elif most_read is not None and form.highest < most_read:
            problems["highest"] = f"已经抄到过 {most_read.normalize():f}：最大读数不能比它小"
    if len(form.place.strip()) > PLACE_LIMIT:
        problems["place"] = f"位置最多 {PLACE_LIMIT} 个字"
    return problems


def new_meter_problems(form: NewMeter, today: date) -> dict[str, str]:
    """What is still to be mended of a new meter."""
    problems = edit_problems(form.facts)
    if form.installed_on > today:
        problems["installed_on"] = "安装日期填今天或以前"
    if form.room_id is None and form.building_id is None and not form.facts.place.strip():
        problems["place"] = "全管理处的总表写明装在哪里，例如 配电间"
    if form.first is not None and (problem := _figure(form.first, form.facts.highest)):
        problems["first"] = problem
    return problems


def removal_problems(form: RemoveMeter, stand: MeterStand, today: date) -> dict[str, str]:
    """What is still to be mended when a meter is taken down."""
    problems = _end_problems(stand, form.day, form.end, today, rolled_over=form.rolled_over)
    if len(form.reason.strip()) < 2:
        problems["reason"] = "写明原因，例如 拆除、并户"
    return problems


def replacement_problems(form: ReplaceMeter, stand: MeterStand, today: date) -> dict[str, str]:
    """What is still to be mended when a meter is replaced."""
    problems = edit_problems(form.facts) | _end_problems(
        stand, form.day, form.end, today, rolled_over=form.rolled_over
    )  # fmt: skip
    if form.start is None:
        problems["start"] = "新表的起始读数，全新的表填 0"
    elif problem := _figure(form.start, form.facts.highest):
        problems["start"] = problem
    if len(form.reason.strip()) < 2:
        problems["reason"] = "写明原因，例如 到期轮换、表坏了"
    return problems


def _figure(value: Decimal, highest: Decimal | None) -> str:
    stand = MeterStand(UUID(int=0), "", MeterKind.WATER, None, Decimal(1), highest, date.min, None)
    problem = figure_problem(value, stand)
    return problem.text if problem is not None else ""


def _end_problems(
    stand: MeterStand, day: date, end: Decimal | None, today: date, *, rolled_over: bool
) -> dict[str, str]:  # fmt: skip
    if end is None:
        # A meter that nobody ever read has nothing to be counted from; a broken one shows what it showed last.
        return {"end": "旧表最后的读数；表坏了看不清，按估算填并在原因里写明"} if stand.last is not None else {}
    form = NewReading(stand.id, end, day, rolled_over, confirmed=True)
    problem = reading_problem(stand, form, today, JumpLimits())
    if problem is None or not problem.stops:
        return {}
    if problem.field == "read_on" and stand.last is not None and day == stand.last.read_on and end >= stand.last.value:
        return {}  # read in the morning, replaced in the afternoon
    return {"end" if problem.field == "value" else "day": problem.text}


# ---- acts ---------------------------------------------------------------------------------------------------------


@needs(Right.READ_METERS)
def add_meter(work: Work, form: NewMeter) -> UUID:
    """Put up a meter, with its first reading where it was read. Raises ProblemsFound, NotFound."""
    if problems := new_meter_problems(form, work.world.today()):
        raise ProblemsFound(problems)
    if form.room_id is not None:
        work.get(Room, form.room_id)
    if form.building_id is not None:
        work.get(Building, form.building_id)
    refuse_serial(work, form.kind, form.facts.serial)
    meter = _put(work, form.kind, form.facts, form.installed_on, form.room_id, form.building_id)
    if form.first is not None:
        _read(work, meter, form.first, form.installed_on, ReadingKind.REGULAR)
    _about(work, meter)
    work.record(meter="added", kind=form.kind.value)
    return meter.id


@needs(Right.READ_METERS)
def change_meter(work: Work, meter_id: UUID, version: int, form: MeterEdit) -> None:
    """Put right what is set down of a meter. Another multiplier holds for all its readings: uses are rated anew.

    Raises ProblemsFound, RowChanged.
    """
    meter = _taken(work, meter_id, version, form)
    most = work.session.scalar(sa.select(sa.func.max(Reading.value)).where(Reading.meter_id == meter_id))
    if problems := edit_problems(form, most):
        raise ProblemsFound(problems)
    if form.serial.strip() != (meter.serial or ""):
        refuse_serial(work, meter.kind, form.serial)
    assert form.multiplier is not None
    meter.serial, meter.place = form.serial.strip() or None, form.place.strip() or None
    meter.multiplier, meter.highest = form.multiplier, form.highest
    _about(work, meter)
    work.record(meter="changed", kind=meter.kind.value)


@needs(Right.READ_METERS)
def remove_meter(work: Work, form: RemoveMeter) -> None:
    """Take a meter down with its last reading.

    Raises ProblemsFound, RowChanged; MeterShared while a shared cost counts by it.
    """
    meter = _taken(work, form.meter_id, form.version)
    stand = stands_of(work, [meter.id])[meter.id]
    if problems := removal_problems(form, stand, work.world.today()):
        raise ProblemsFound(problems)
    pool = work.session.scalar(
        sa.select(SharedPool.name).where(
            SharedPool.master_meter_id == meter.id, SharedPool.deleted_at.is_(None),
            sa.or_(SharedPool.valid_to.is_(None), SharedPool.valid_to >= form.day),
        )
    )  # fmt: skip
    if pool is not None:
        raise MeterShared(pool)
    if form.end is not None and not _shown_today(stand, form.day, form.end):
        _read(work, meter, form.end, form.day, ReadingKind.FINAL, form.reason, rolled_over=form.rolled_over)
    meter.removed_on = form.day
    _about(work, meter)
    work.record(meter="removed", kind=meter.kind.value, reason=form.reason.strip())


def _shown_today(stand: MeterStand, day: date, value: Decimal) -> bool:
    return stand.last is not None and (stand.last.read_on, stand.last.value) == (day, value)


@needs(Right.READ_METERS)
def replace_meter(work: Work, form: ReplaceMeter) -> UUID:
    """End reading of the old meter, first of the new one, and the new meter, in one act; its id.

    A shared cost that counts by the old one counts by the new one from now on. Raises ProblemsFound, RowChanged.
    """
    old = _taken(work, form.meter_id, form.version)
    stand = stands_of(work, [old.id])[old.id]
    if problems := replacement_problems(form, stand, work.world.today()):
        raise ProblemsFound(problems)
    refuse_serial(work, old.kind, form.facts.serial, but=old.id)
    if form.end is not None:
        _read(work, old, form.end, form.day, ReadingKind.REPLACEMENT, form.reason, rolled_over=form.rolled_over)
    old.removed_on = form.day
    new = _put(work, old.kind, form.facts, form.day, old.room_id, old.building_id, old.id)
    assert form.start is not None
    _read(work, new, form.start, form.day, ReadingKind.REPLACEMENT if form.end is not None else ReadingKind.REGULAR)
    for pool in work.session.scalars(
        sa.select(SharedPool).where(SharedPool.master_meter_id == old.id, SharedPool.deleted_at.is_(None))
    ):
        pool.master_meter_id = new.id
    _about(work, old)
    work.record(meter="replaced", kind=old.kind.value, reason=form.reason.strip())
    return new.id


class MeterShared(DomainError):
    """A shared cost counts by this master meter. `pool` is its name."""

    def __init__(self, pool: str) -> None:
        super().__init__(f"公摊「{pool}」还按这块总表算：先停用那项公摊，或办「换表」")
        self.pool = pool


class SerialTaken(DomainError):
    """Another meter of the same kind that hangs has this number. `place` says where."""

    def __init__(self, place: str) -> None:
        super().__init__(f"{place} 的表已是这个表号：核对表上的号码", "serial")
        self.place = place


@part
def refuse_serial(look: Look, kind: MeterKind, serial: str, but: UUID | None = None) -> None:
    """Raise SerialTaken when a meter of this kind that hangs has the number."""
    number = serial.strip()
    if not number:
        return
    found = look.session.scalars(
        sa.select(Meter.id).where(
            Meter.kind == kind, Meter.serial == number, Meter.removed_on.is_(None), Meter.deleted_at.is_(None),
            Meter.id != but if but is not None else sa.true(),
        )
    ).first()  # fmt: skip
    if found is not None:
        raise SerialTaken(places_of(look, list(meter_facts_of(look, [found]).values()))[found])


def _taken(work: Work, meter_id: UUID, version: int, form: MeterEdit | None = None) -> Meter:
    """The meter, locked; refused when somebody changed it since it stood on screen."""
    meter = work.take(Meter, meter_id)
    if meter.removed_on is not None:
        raise DomainError(f"这块表 {meter.removed_on:%Y-%m-%d} 已拆下：刷新（F5）看一眼")
    if meter.version != version:
        theirs = {name: getattr(_edit_of(meter), name) for name in MeterEdit.__dataclass_fields__}
        yours = {} if form is None else {name: getattr(form, name) for name in MeterEdit.__dataclass_fields__}
        who, when = timeline.last_act(work, meter.room_id or meter.id)
        raise RowChanged(theirs if form else {}, yours, who, when, last_changes(work, "meter", [meter_id]))
    return meter


def _edit_of(meter: Meter) -> MeterEdit:
    return MeterEdit(meter.serial or "", meter.multiplier, meter.highest, meter.place or "")


def _put(
    work: Work, kind: MeterKind, facts: MeterEdit, on: date, room_id: UUID | None, building_id: UUID | None,
    replaces: UUID | None = None,
) -> Meter:  # fmt: skip
    return work.add(
        Meter(
            room_id=room_id, building_id=None if room_id is not None else building_id, kind=kind,
            serial=facts.serial.strip() or None, multiplier=facts.multiplier, highest=facts.highest,
            place=facts.place.strip() or None, installed_on=on, removed_on=None, replaces_id=replaces,
        )
    )  # fmt: skip


@part
def _read(
    work: Work, meter: Meter, value: Decimal, day: date, kind: ReadingKind, remark: str = "", *,
    rolled_over: bool = False,
) -> None:  # fmt: skip
    lease = None if meter.room_id is None else lease_on(work, day, [meter.room_id]).get(meter.room_id)
    work.add(
        Reading(
            meter_id=meter.id, lease_id=lease, kind=kind, value=value, read_on=day, reverses_id=None,
            rolled_over=rolled_over, remark=remark.strip() or None,
        )
    )  # fmt: skip


def _about(work: Work, meter: Meter) -> None:
    """The act is about the room, so that it stands in its history; a master meter speaks for itself."""
    if meter.room_id is not None:
        work.subject_id("room", meter.room_id)
    else:
        work.subject(meter)


# ---- reading ------------------------------------------------------------------------------------------------------


@needs(Right.READ_METERS)
def meter_card(look: Look, meter_id: UUID) -> MeterCard:
    """One meter for its dialogs. Raises NotFound."""
    meter = look.get(Meter, meter_id)
    stands = stands_of(look, [meter_id])
    if meter_id not in stands:
        raise NotFound("这块表")
    stand = stands[meter_id]
    return MeterCard(
        meter.id, meter.version, stand.place, meter.kind, _edit_of(meter), meter.installed_on, meter.removed_on,
        meter.room_id, meter.building_id, stand,
    )  # fmt: skip


@needs(Right.READ_METERS)
def rooms_to_meter(look: Look) -> list[tuple[UUID, UUID, str]]:
    """(building, room, number) of every room that stands: where a meter may be put up."""
    rows = look.session.execute(
        sa.select(Room.building_id, Room.id, Room.number).where(Room.deleted_at.is_(None), Room.retired_on.is_(None))
    )
    return [(row.building_id, row.id, row.number) for row in rows]


@dataclass(frozen=True, slots=True)
class MasterMeter:
    """A master meter that hangs, in words."""

    id: UUID
    kind: MeterKind
    building_id: UUID | None
    words: str
    """水表 · 1 栋 总表 地下室."""


@needs(Right.READ_METERS)
def master_meters(look: Look) -> list[MasterMeter]:
    """Master meters that hang, by place."""
    return masters(look)


@part
def masters(look: Look) -> list[MasterMeter]:
    """`master_meters` inside another function."""
    ids: Sequence[UUID] = look.session.scalars(
        sa.select(Meter.id).where(Meter.room_id.is_(None), Meter.removed_on.is_(None), Meter.deleted_at.is_(None))
    ).all()
    facts = meter_facts_of(look, ids)
    words = places_of(look, list(facts.values()))
    found = [
        MasterMeter(each.id, each.kind, each.building_id, f"{METER_WORDS[each.kind]} · {words[each.id]}")
        for each in facts.values()
    ]
    return sorted(found, key=lambda each: (each.words, each.id))
