"""Shared costs 公摊: which there are, which rooms take part, how their sums are split."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.fees import FeeItem
from desktop.models.places import Building, Room
from desktop.models.pools import PoolCharge, PoolMember, SharedPool
from desktop.models.values import FeeBasis, Money, Period, PoolMethod, PoolSource, Right
from desktop.services import meters, pool_split, timeline
from desktop.services.changes import last_changes
from desktop.services.errors import ProblemsFound, RowChanged
from desktop.services.meter_import import key_of, number_of
from desktop.services.pool_charges import charged_periods
from desktop.services.pool_split import PoolFacts, source_words
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work

ONE_DAY = timedelta(days=1)
NAME_LIMIT = 30


@dataclass(frozen=True, slots=True)
class MemberForm:
    """A room that takes part; `ratio` for agreed shares."""

    room_id: UUID
    ratio: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PoolForm:
    """What the dialog of a shared cost gathers."""

    name: str
    fee_item_id: UUID | None
    method: PoolMethod
    source: PoolSource
    building_id: UUID | None = None
    by_members: bool = False
    members: tuple[MemberForm, ...] = ()
    master_meter_id: UUID | None = None
    vacant_percent: Decimal | None = Decimal(100)
    office_bears_rest: bool = False
    valid_from: date | None = None
    """First day; of changed members, the day from which they hold."""


def pool_problems(form: PoolForm) -> dict[str, str]:
    """What is still to be mended of a shared cost, by field."""
    problems: dict[str, str] = {}
    if not form.name.strip():
        problems["name"] = "起个名字，例如 1 栋电梯电费"
    elif len(form.name.strip()) > NAME_LIMIT:
        problems["name"] = f"最多 {NAME_LIMIT} 个字"
    if form.fee_item_id is None:
        problems["fee_item_id"] = "选收费项目；没有就先在「收费标准」里加一个公摊项目"
    if form.source is PoolSource.MASTER_METER and form.master_meter_id is None:
        problems["master_meter_id"] = "选一块总表；没有就先在「抄表」里加总表"
    percent = form.vacant_percent
    if percent is None or not 0 <= percent <= 100 or percent != round(percent, 2):
        problems["vacant_percent"] = "空置户摊的比例在 0 到 100 之间"
    if form.by_members and not form.members:
        problems["members"] = "选出参加分摊的房间"
    elif len({each.room_id for each in form.members}) < len(form.members):
        problems["members"] = "有房间选了两次"
    elif form.method is PoolMethod.RATIO:
        if not form.by_members:
            problems["method"] = "约定份额要逐间写明：「参加的房间」选「指定的房间」"
        elif any(each.ratio is None or each.ratio < 0 for each in form.members):
            problems["members"] = "每间房都写明份额"
        elif not any(each.ratio for each in form.members):
            problems["members"] = "份额不能都是 0"
    if form.valid_from is None:
        problems["valid_from"] = "填从哪天起分摊"
    return problems


def members_text(members: Sequence[MemberForm], choices: PoolChoices, building_id: UUID | None) -> str:
    """Members as a person types them: 101 102=2 2栋203; rooms of other buildings by their whole name."""
    houses = dict(choices.buildings)
    names = {room: (house, number) for house, room, number in choices.rooms}
    words = []
    for member in members:
        if member.room_id not in names:
            continue
        house, number = names[member.room_id]
        name = number if house == building_id else f"{houses.get(house, '').replace(' ', '')}{number}"
        ratio = "" if member.ratio is None else f"={member.ratio.normalize():f}"
        words.append(name + ratio)
    return " ".join(words)


def members_of_text(
    text: str, choices: PoolChoices, building_id: UUID | None
) -> tuple[tuple[MemberForm, ...], str]:  # fmt: skip
    """Rooms from text: 101 102 104-108, 201=2 for two parts; (members, why not). A range is of rooms that stand."""
    houses = {key_of(name): house for house, name in choices.buildings}
    by_name: dict[str, list[UUID]] = {}
    of_house: dict[UUID, list[tuple[str, UUID]]] = {}
    for house, room, number in choices.rooms:
        of_house.setdefault(house, []).append((number, room))
        if building_id is None or house == building_id:
            by_name.setdefault(key_of(number), []).append(room)
    for name, house in houses.items():
        for number, room in of_house.get(house, ()):
            by_name.setdefault(f"{name}{key_of(number)}", []).append(room)
    found: list[MemberForm] = []
    for word in unicodedata.normalize("NFKC", text).replace(",", " ").replace("、", " ").replace(";", " ").split():
        name, _, parts = word.partition("=")
        ratio = number_of(parts) if parts else None
        if parts and (ratio is None or ratio < 0):
            return (), f"「{word}」的份额不是数字：写成 101=2"
        first, dash, last = name.partition("-")
        rooms = by_name.get(key_of(name), [])
        if not rooms and dash and first.isdecimal() and last.isdecimal():
            house_rooms = of_house.get(building_id, []) if building_id is not None else []
            rooms = [
                room for number, room in house_rooms if number.isdecimal() and int(first) <= int(number) <= int(last)
            ]
            if not rooms:
                return (), f"「{word}」里没有房间：先选楼栋，再写起止房号"
        elif len(rooms) > 1:
            return (), f"不止一栋楼有 {name}：写成 2栋{name}"
        if not rooms:
            return (), f"找不到房间 {name}"
        found += [MemberForm(room, ratio) for room in rooms]
    return tuple(found), ""


# ---- acts ---------------------------------------------------------------------------------------------------------


@needs(Right.EDIT_TARIFFS)
def add_pool(work: Work, form: PoolForm) -> UUID:
    """A new shared cost with its members. Raises ProblemsFound, NotFound."""
    _check(work, form)
    assert form.fee_item_id is not None
    assert form.valid_from is not None
    assert form.vacant_percent is not None
    pool = work.add(
        SharedPool(
            fee_item_id=form.fee_item_id, name=form.name.strip(), building_id=form.building_id,
            by_members=form.by_members, method=form.method, source=form.source, master_meter_id=_master(form),
            vacant_percent=form.vacant_percent, office_bears_rest=form.office_bears_rest, valid_from=form.valid_from,
            valid_to=None,
        )
    )  # fmt: skip
    _put_members(work, pool.id, form.members if form.by_members else (), form.valid_from)
    work.subject(pool)
    work.record(pool="added")
    return pool.id


@needs(Right.EDIT_TARIFFS)
def change_pool(
    work: Work, pool_id: UUID, version: int, form: PoolForm, seen: Sequence[MemberForm] | None = None
) -> None:
    """Change a shared cost; members that differ hold from `valid_from` on. `seen`: those that stood on screen.

    Raises ProblemsFound; RowChanged when the cost or its members were changed meanwhile.
    """
    pool = _taken(work, pool_id, version, form)
    if seen is not None and set(seen) != set(members_now(work, pool_id)):
        raise RowChanged({}, {}, *timeline.last_act(work, pool_id))
    _check(work, form)
    assert form.fee_item_id is not None
    assert form.valid_from is not None
    assert form.vacant_percent is not None
    pool.fee_item_id, pool.name, pool.building_id = form.fee_item_id, form.name.strip(), form.building_id
    pool.by_members, pool.method, pool.source = form.by_members, form.method, form.source
    pool.master_meter_id, pool.vacant_percent = _master(form), form.vacant_percent
    pool.office_bears_rest = form.office_bears_rest
    wanted = {each.room_id: each.ratio for each in form.members} if form.by_members else {}
    for member in work.session.scalars(
        sa.select(PoolMember).where(
            PoolMember.pool_id == pool_id, PoolMember.deleted_at.is_(None),
            sa.or_(PoolMember.valid_to.is_(None), PoolMember.valid_to >= form.valid_from),
        )
    ).all():  # fmt: skip
        if member.room_id in wanted and wanted[member.room_id] == member.ratio:
            del wanted[member.room_id]
        elif member.valid_from >= form.valid_from:
            member.deleted_at = work.at
        else:
            member.valid_to = form.valid_from - ONE_DAY
    _put_members(work, pool_id, [MemberForm(room, ratio) for room, ratio in wanted.items()], form.valid_from)
    work.subject(pool)
    work.record(pool="changed")


@needs(Right.EDIT_TARIFFS)
def end_pool(work: Work, pool_id: UUID, version: int, last: date | None) -> None:
    """Let a shared cost end with a day, or (None) go on. Raises RowChanged, ProblemsFound for a day charged already."""
    pool = _taken(work, pool_id, version)
    if last is not None:
        charged = charged_periods(work, pool_id)
        if last < pool.valid_from:
            raise ProblemsFound({"valid_to": f"这项公摊从 {pool.valid_from} 起：停用日不能更早"})
        if charged and last < charged[-1].end:
            raise ProblemsFound({"valid_to": f"已经录到 {charged[-1].end}：停用日不能更早"})
    pool.valid_to = last
    work.subject(pool)
    work.record(pool="ended" if last is not None else "goes_on")


def _check(work: Work, form: PoolForm) -> None:
    problems = pool_problems(form)
    fee = work.get(FeeItem, form.fee_item_id) if form.fee_item_id is not None else None
    if fee is not None and fee.basis is not FeeBasis.SHARED:
        problems["fee_item_id"] = f"「{fee.name}」不是公摊项目：换一个，或改它的计费方式"
    elif fee is not None and form.method is PoolMethod.OWN_USE and fee.meter_kind is None:
        problems["method"] = f"「{fee.name}」没有写明按哪种表：在「收费标准」里补上"
    if form.building_id is not None:
        work.get(Building, form.building_id)
    if problems:
        raise ProblemsFound(problems)


def _master(form: PoolForm) -> UUID | None:
    return form.master_meter_id if form.source is PoolSource.MASTER_METER else None


def _put_members(work: Work, pool_id: UUID, members: Sequence[MemberForm], since: date) -> None:
    work.insert_many(
        PoolMember,
        ["id", "pool_id", "room_id", "ratio", "valid_from", "valid_to"],
        [(work.world.new_id(), pool_id, each.room_id, each.ratio, since, None) for each in members],
    )


def _taken(work: Work, pool_id: UUID, version: int, form: PoolForm | None = None) -> SharedPool:
    pool = work.take(SharedPool, pool_id)
    if pool.version != version:
        names = ("name", "method", "source", "building_id", "vacant_percent", "office_bears_rest")
        theirs = {name: getattr(pool, name) for name in names} if form is not None else {}
        yours = {name: getattr(form, name) for name in names} if form is not None else {}
        who, when = timeline.last_act(work, pool_id)
        raise RowChanged(theirs, yours, who, when, last_changes(work, "shared_pool", [pool_id]))
    return pool


# ---- reading ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """The sum of a period in the list of a pool."""

    id: UUID
    period: Period
    amount: Money
    words: str
    """Invoice, or how the master meter came to it; why it was reversed."""
    who: str
    reversed: bool
    """Somebody has reversed it."""


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A shared cost in the list."""

    facts: PoolFacts
    version: int
    scope: str
    """1 栋 · 全部房间, 指定 4 间."""
    charged: tuple[Period, ...]
    last_amount: Money | None
    ended: bool


@dataclass(frozen=True, slots=True)
class PoolCard:
    """A shared cost with what its page shows."""

    row: PoolRow
    form: PoolForm
    charges: tuple[ChargeRow, ...]
    """The newest first; reversals are told on what they reverse."""


@dataclass(frozen=True, slots=True)
class PoolChoices:
    """What the dialog of a shared cost offers."""

    fees: tuple[tuple[UUID, str], ...]
    buildings: tuple[tuple[UUID, str], ...]
    masters: tuple[meters.MasterMeter, ...]
    rooms: tuple[tuple[UUID, UUID, str], ...]
    """(building, room, number) of every room that stands, as one walks."""


@needs(Right.SEE_BILLS)
def list_pools(look: Look) -> list[PoolRow]:
    """Every shared cost, those that go on before those that have ended."""
    rows = [_row(look, facts) for facts in pool_split.all_pools(look)]
    return sorted(rows, key=lambda row: (row.ended, row.facts.name))


@needs(Right.SEE_BILLS)
def pool_card(look: Look, pool_id: UUID) -> PoolCard:
    """One shared cost with its charges. Raises NotFound."""
    facts = pool_split.pool_facts(look, pool_id)
    row = _row(look, facts)
    members = members_now(look, pool_id)
    form = PoolForm(
        facts.name, facts.fee_item_id, facts.method, facts.source, facts.building_id, facts.by_members, members,
        facts.master_meter_id, facts.vacant_percent, facts.office_bears_rest, facts.valid_from,
    )  # fmt: skip
    stored = look.session.execute(
        sa.select(PoolCharge, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == PoolCharge.created_by)
        .where(PoolCharge.pool_id == pool_id)
        .order_by(PoolCharge.period_start.desc(), PoolCharge.created_at.desc(), PoolCharge.id.desc())
    ).all()
    reversals = {charge.reverses_id: charge for charge, _ in stored if charge.reverses_id is not None}
    charges = tuple(
        ChargeRow(
            charge.id, Period(charge.period_start, charge.period_end), charge.amount,
            _charge_words(charge.facts, reversals.get(charge.id)), name or "程序", charge.id in reversals,
        )
        for charge, name in stored
        if charge.reverses_id is None
    )  # fmt: skip
    return PoolCard(row, form, charges)


def _charge_words(facts: Mapping[str, Any], reversal: PoolCharge | None) -> str:
    words = source_words(facts)
    return words if reversal is None else f"已冲销：{reversal.facts.get('reason', '')}"


@needs(Right.SEE_BILLS)
def pool_choices(look: Look) -> PoolChoices:
    """What may be chosen for a shared cost."""
    fees = look.session.execute(
        sa.select(FeeItem.id, FeeItem.name)
        .where(FeeItem.basis == FeeBasis.SHARED, FeeItem.deleted_at.is_(None))
        .order_by(FeeItem.sort, FeeItem.name)
    )
    buildings = look.session.execute(
        sa.select(Building.id, Building.name).where(Building.deleted_at.is_(None)).order_by(Building.sort)
    )
    rooms = look.session.execute(
        sa.select(Room.building_id, Room.id, Room.number)
        .where(Room.deleted_at.is_(None), Room.retired_on.is_(None))
        .order_by(Room.building_id, Room.floor, sa.func.length(Room.number), Room.number)
    )
    return PoolChoices(
        tuple((row.id, row.name) for row in fees), tuple((row.id, row.name) for row in buildings),
        tuple(meters.masters(look)), tuple((row.building_id, row.id, row.number) for row in rooms),
    )  # fmt: skip


@part
def members_now(look: Look, pool_id: UUID) -> tuple[MemberForm, ...]:
    """The named members of a pool, today's and those to come, as one walks."""
    rows = look.session.scalars(
        sa.select(PoolMember)
        .join(Room, Room.id == PoolMember.room_id)
        .where(
            PoolMember.pool_id == pool_id, PoolMember.deleted_at.is_(None),
            sa.or_(PoolMember.valid_to.is_(None), PoolMember.valid_to >= look.world.today()),
        )
        .order_by(Room.floor, Room.number)
    )  # fmt: skip
    return tuple(MemberForm(row.room_id, row.ratio) for row in rows)


def _row(look: Look, facts: PoolFacts) -> PoolRow:
    pool = look.get(SharedPool, facts.id)
    gone = sa.select(PoolCharge.reverses_id).where(PoolCharge.reverses_id.is_not(None))
    last = look.session.scalars(
        sa.select(PoolCharge.amount)
        .where(PoolCharge.pool_id == facts.id, PoolCharge.reverses_id.is_(None), PoolCharge.id.not_in(gone))
        .order_by(PoolCharge.period_start.desc())
        .limit(1)
    ).first()
    today = look.world.today()
    if facts.by_members:
        count = look.session.scalar(
            sa.select(sa.func.count()).where(
                PoolMember.pool_id == facts.id, PoolMember.deleted_at.is_(None),
                sa.or_(PoolMember.valid_to.is_(None), PoolMember.valid_to >= today),
            )
        )  # fmt: skip
        scope = f"指定的 {count} 间"
    elif facts.building_id is not None:
        scope = f"{look.get(Building, facts.building_id).name} 全部房间"
    else:
        scope = "全部房间"
    ended = facts.valid_to is not None and facts.valid_to < today
    return PoolRow(facts, pool.version, scope, tuple(charged_periods(look, facts.id)), last, ended)
