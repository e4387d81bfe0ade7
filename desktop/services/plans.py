"""Plans of maintenance and inspections 保养计划: what is done where and how often, by whom, and how each stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.parties import Party
from desktop.models.places import Building, Room
from desktop.models.plans import MaintenancePlan, PlanRound
from desktop.models.values import OrderKind, PlanUnit, RepairCategory, Right
from desktop.models.work_orders import FINISHED, OPEN, Contractor, RepairTeam, WorkOrder, WorkOrderState
from desktop.services import check_sums, plan_rounds, technicians
from desktop.services.check_sums import CheckSums
from desktop.services.errors import DomainError, ProblemsFound, RowChanged
from desktop.services.masks import find_secrets
from desktop.services.plan_days import DAY, Pause, Rhythm
from desktop.services.plan_rounds import rhythm_of
from desktop.services.rights import needs, part
from desktop.services.transitions import WORK_ORDER
from desktop.services.work import Look, Work
from desktop.world import OFFICE_ZONE

PLAN_KINDS = (OrderKind.MAINTENANCE, OrderKind.INSPECTION)
UNIT_WORDS = {PlanUnit.DAY: "天", PlanUnit.MONTH: "个月"}
NAME_LIMIT, BASIS_LIMIT, FACILITY_LIMIT, LINE_LIMIT, LINES_MOST = 30, 60, 40, 60, 60
MOST = {PlanUnit.DAY: 3650, PlanUnit.MONTH: 120}
LEAD_MOST = 180
HISTORY = 60
_LATELY = timedelta(days=400)
"""Rounds that a plan's page shows."""


@dataclass(frozen=True, slots=True)
class PlanForm:
    """What the dialog of a plan gathers. `anchor`: a day on which a round is due; all others are counted from it.
    `lines`: the checklist; `valid_from`: rounds due earlier are none."""

    name: str
    kind: OrderKind = OrderKind.MAINTENANCE
    category: RepairCategory = RepairCategory.OTHER
    building_id: UUID | None = None
    room_id: UUID | None = None
    facility: str = ""
    every: int | None = None
    unit: PlanUnit = PlanUnit.MONTH
    anchor: date | None = None
    lead_days: int | None = 3
    valid_from: date | None = None
    valid_to: date | None = None
    team_id: UUID | None = None
    contractor_id: UUID | None = None
    basis: str = ""
    lines: tuple[str, ...] = ()

    @property
    def rhythm(self) -> Rhythm | None:
        """When it would be due; None while that is not known."""
        if self.every is None or self.every < 1 or self.anchor is None or self.valid_from is None:
            return None
        return Rhythm(self.anchor, self.every, self.unit, self.valid_from, self.valid_to)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan in the list. `who`: the team or firm; `late_days`: how long the round that is open, or waits for an
    earlier one, has been overdue."""

    id: UUID
    version: int
    form: PlanForm
    place: str
    who: str
    next_due: date | None
    """Of the round that is open, else the next one; None: there is none any more, or it rests."""
    order_id: UUID | None
    """The open order."""
    order: str
    last_done: date | None
    late_days: int
    pause: Pause | None
    """The pause it is in."""
    ended: bool

    @property
    def rhythm_words(self) -> str:
        """每 15 天, 每月, 每年."""
        return every_words(self.form.every or 1, self.form.unit)


@dataclass(frozen=True, slots=True)
class RoundRow:
    """A round in the history of a plan; without an order it was missed."""

    due: date
    order_id: UUID | None
    number: str
    state: WorkOrderState | None
    done_at: datetime | None
    checks: CheckSums | None
    why: str = ""
    """Why it was cancelled."""

    @property
    def words(self) -> str:
        """已完成 11-29, 漏做, 已取消：电梯停用."""
        if self.state is None:
            return "漏做"
        if self.done_at is not None:
            return f"{self.done_at.astimezone(OFFICE_ZONE):%Y-%m-%d} 做完"
        return WORK_ORDER.words[self.state] + (f"：{self.why}" if self.why else "")


@dataclass(frozen=True, slots=True)
class PlanCard:
    """A plan with its rounds, the latest first, and the days that come."""

    row: PlanRow
    rounds: tuple[RoundRow, ...]
    coming: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class PlanChoices:
    """What the dialog of a plan offers: (id, words)."""

    buildings: tuple[tuple[UUID, str], ...]
    teams: tuple[tuple[UUID, str], ...]
    contractors: tuple[tuple[UUID, str], ...]
    rooms: Mapping[UUID, Mapping[str, UUID]] = field(default_factory=dict)
    """{building: {number as it is typed: room}}."""


def every_words(every: int, unit: PlanUnit) -> str:
    """How often, as people say it."""
    usual = {(1, PlanUnit.DAY): "每天", (7, PlanUnit.DAY): "每周", (1, PlanUnit.MONTH): "每月",
             (3, PlanUnit.MONTH): "每季度", (6, PlanUnit.MONTH): "每半年", (12, PlanUnit.MONTH): "每年"}  # fmt: skip
    return usual.get((every, unit), f"每 {every} {UNIT_WORDS[unit]}")


def lines_of(text: str) -> tuple[str, ...]:
    """A checklist as it is typed, a line each; empty lines are none."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def plan_problems(form: PlanForm, today: date) -> dict[str, str]:
    """What is still to be mended, by field."""
    problems: dict[str, str] = {}
    if len(form.name.strip()) < 2:
        problems["name"] = "写做什么，例如 2 号电梯半月维保"
    elif len(form.name.strip()) > NAME_LIMIT:
        problems["name"] = f"最多 {NAME_LIMIT} 个字：写短一些"
    if len(form.facility.strip()) > FACILITY_LIMIT:
        problems["facility"] = f"最多 {FACILITY_LIMIT} 个字：写短一些"
    most = MOST[form.unit]
    if form.every is None or not 1 <= form.every <= most:
        problems["every"] = f"隔多久写 1 到 {most} {UNIT_WORDS[form.unit]}"
    if form.lead_days is None or not 0 <= form.lead_days <= LEAD_MOST:
        problems["lead_days"] = f"提前写 0 到 {LEAD_MOST} 天"
    if form.anchor is None:
        problems["anchor"] = "填一个计划日，其余的从这天往后推"
    elif abs(form.anchor - today) > timedelta(days=3660):
        problems["anchor"] = "计划日离今天超过 10 年：核对年份"
    if form.valid_from is None:
        problems["valid_from"] = "填从哪天起安排"
    elif form.valid_to is not None and form.valid_to < form.valid_from:
        problems["valid_to"] = "结束不能早于开始：重新选"
    elif form.valid_to is not None and form.rhythm is not None and form.rhythm.first is None:
        problems["valid_to"] = "这段时间里一次计划日也没有：改结束日或间隔"
    if form.team_id is not None and form.contractor_id is not None:
        problems["contractor_id"] = "班组和外包只选一个"
    if len(form.basis.strip()) > BASIS_LIMIT:
        problems["basis"] = f"最多 {BASIS_LIMIT} 个字：写短一些"
    if form.kind is OrderKind.INSPECTION and not form.lines:
        problems["lines"] = "巡检要有检查项：一行一项，例如 灭火器压力在绿区"
    elif len(form.lines) > LINES_MOST:
        problems["lines"] = f"最多 {LINES_MOST} 项，现在 {len(form.lines)} 项：分成两个计划"
    elif long := [line for line in form.lines if len(line) > LINE_LIMIT]:
        problems["lines"] = f"「{long[0][:8]}…」超过 {LINE_LIMIT} 个字：写短一些"
    for name, words in (("name", form.name), ("facility", form.facility), ("basis", form.basis),
                        ("lines", "\n".join(form.lines))):  # fmt: skip
        if name not in problems and find_secrets(words):
            problems[name] = "计划不加密，不能写证件号、电话或卡号：删去它"
    return problems


# ---- changes ---------------------------------------------------------------------------------------------------------


@needs(Right.DISPATCH_REPAIRS)
def save_plan(work: Work, form: PlanForm, plan_id: UUID | None = None, seen: int | None = None) -> UUID:
    """A new plan, or a changed one; where its days change, they are counted from today. Raises ProblemsFound,
    RowChanged, NotFound for a place, team or firm that is gone."""
    if problems := plan_problems(form, work.world.today()):
        raise ProblemsFound(problems)
    assert form.every is not None
    assert form.lead_days is not None
    assert form.anchor is not None
    assert form.valid_from is not None
    _there(work, form)
    since = form.valid_from
    if plan_id is None:
        plan = MaintenancePlan(id=work.world.new_id(), pauses=[])
        _fill(plan, form, since)
        work.add(plan)
    else:
        plan = _taken(work, plan_id, seen)
        if (plan.anchor, plan.every, plan.unit) != (form.anchor, form.every, form.unit):
            since = max(since, work.world.today())  # what lies behind was due on other days
        _fill(plan, form, since)
    work.subject(plan)
    work.record(plan="saved")
    return plan.id


@needs(Right.DISPATCH_REPAIRS)
def pause_plan(work: Work, plan_id: UUID, reason: str, seen: int | None = None) -> None:
    """Let a plan rest from today on. Raises ProblemsFound without a reason, DomainError when it rests already."""
    if problems := pause_problems(reason):
        raise ProblemsFound(problems)
    plan, today = _taken(work, plan_id, seen), work.world.today()
    if rhythm_of(plan).rests(today):
        raise DomainError(f"「{plan.name}」已经暂停：刷新（F5）看最新的计划")
    plan.pauses = [*plan.pauses, [today.isoformat(), None, reason.strip()]]
    work.subject(plan)
    work.record(plan="paused")


def pause_problems(reason: str) -> dict[str, str]:
    """What is still to be mended of a pause."""
    if len(reason.strip()) < 2:
        return {"reason": "写明为什么暂停，例如 电梯停用改造"}
    if len(reason.strip()) > BASIS_LIMIT:
        return {"reason": f"最多 {BASIS_LIMIT} 个字：写短一些"}
    return {"reason": "计划不加密，不能写证件号、电话或卡号：删去它"} if find_secrets(reason) else {}


@needs(Right.DISPATCH_REPAIRS)
def resume_plan(work: Work, plan_id: UUID, seen: int | None = None) -> None:
    """Let a plan go on from today; what was due in the pause was none of it. Raises DomainError when it goes on."""
    plan, today = _taken(work, plan_id, seen), work.world.today()
    if not rhythm_of(plan).rests(today):
        raise DomainError(f"「{plan.name}」没有暂停：刷新（F5）看最新的计划")
    kept = []
    for first, last, reason in plan.pauses:
        if last is None:
            if date.fromisoformat(first) >= today:
                continue  # it rested for less than a day
            last = (today - DAY).isoformat()
        kept.append([first, last, reason])
    plan.pauses = kept
    work.subject(plan)
    work.record(plan="resumed")


@needs(Right.DISPATCH_REPAIRS)
def make_order_now(work: Work, plan_id: UUID) -> UUID:
    """The order of the next round at once, before its time. Raises DomainError while an order of the plan is open, or
    where no round comes any more."""
    plan, today = work.take(MaintenancePlan, plan_id), work.world.today()
    made = _rounds(work, [plan_id])
    opened = [row for row in made if row.state in OPEN]
    if opened:
        raise DomainError(f"「{plan.name}」的 {opened[0].number} 还没做完：先做完它")
    due = _coming(rhythm_of(plan), plan.lead_days, today, {row.due_on for row in made})
    order = None if due is None else plan_rounds.begin_round(work, plan_id, due)
    if order is None:
        raise DomainError(f"「{plan.name}」后面没有计划日：看看是不是暂停了，或过了结束日")
    work.subject(order)
    work.record(plan="early")
    return order.id


def _fill(plan: MaintenancePlan, form: PlanForm, since: date) -> None:
    assert form.every is not None
    assert form.lead_days is not None
    assert form.anchor is not None
    plan.name, plan.kind, plan.category = form.name.strip(), form.kind, form.category
    plan.building_id = None if form.room_id is not None else form.building_id
    plan.room_id, plan.facility = form.room_id, form.facility.strip() or None
    plan.every, plan.unit, plan.anchor, plan.lead_days = form.every, form.unit, form.anchor, form.lead_days
    plan.valid_from, plan.valid_to = since, form.valid_to
    plan.team_id, plan.contractor_id = form.team_id, form.contractor_id
    plan.basis, plan.checklist = form.basis.strip() or None, list(form.lines)


def _there(work: Work, form: PlanForm) -> None:
    if form.building_id is not None:
        work.get(Building, form.building_id)
    if form.room_id is not None:
        work.get(Room, form.room_id)
    if form.team_id is not None:
        work.get(RepairTeam, form.team_id)
    if form.contractor_id is not None:
        work.get(Contractor, form.contractor_id)


def _taken(work: Work, plan_id: UUID, seen: int | None) -> MaintenancePlan:
    plan = work.take(MaintenancePlan, plan_id)
    if seen is not None and plan.version != seen:
        from desktop.services.timeline import last_act

        raise RowChanged({}, {}, *last_act(work, plan_id))
    return plan


# ---- reading ---------------------------------------------------------------------------------------------------------


@needs(Right.SEE_REPAIRS)
def list_plans(look: Look) -> list[PlanRow]:
    """Every plan: what is overdue first, then by its next day; those that rest or are over last."""
    return sorted(_rows(look, sa.true()), key=_pressing)


def _pressing(row: PlanRow) -> tuple[object, ...]:
    return row.ended, row.pause is not None, -row.late_days, row.next_due or date.max, row.form.name, row.id.int


@needs(Right.SEE_REPAIRS)
def plan_card(look: Look, plan_id: UUID) -> PlanCard:
    """One plan with its history. Raises NotFound."""
    plan = look.get(MaintenancePlan, plan_id)
    (row,) = _rows(look, MaintenancePlan.id == plan_id)
    return PlanCard(row, _history(look, plan), _days_to_come(look, plan))


@needs(Right.SEE_REPAIRS)
def plan_choices(look: Look) -> PlanChoices:
    """What may be chosen for a plan."""
    houses = look.session.execute(
        sa.select(Building.id, Building.name)
        .where(Building.deleted_at.is_(None))
        .order_by(Building.sort, Building.name)
    )
    rooms: dict[UUID, dict[str, UUID]] = {}
    for house, room, number in look.session.execute(
        sa.select(Room.building_id, Room.id, Room.number).where(Room.deleted_at.is_(None), Room.retired_on.is_(None))
    ):
        rooms.setdefault(house, {})[number] = room
    teams = look.session.execute(
        sa.select(RepairTeam.id, RepairTeam.name).where(RepairTeam.deleted_at.is_(None)).order_by(RepairTeam.sort)
    )
    firms = [(row.id, row.name) for row in technicians.contractors_of(look)]
    return PlanChoices(
        tuple((row.id, row.name) for row in houses), tuple((row.id, row.name) for row in teams), tuple(firms), rooms
    )


@part
def plan_of_order(look: Look, order_id: UUID) -> tuple[UUID, str, date] | None:
    """(plan, its name, due day) of an order that came from one."""
    row = look.session.execute(
        sa.select(MaintenancePlan.id, MaintenancePlan.name, PlanRound.due_on)
        .join(PlanRound, PlanRound.plan_id == MaintenancePlan.id)
        .where(PlanRound.work_order_id == order_id)
    ).first()
    return None if row is None else (row.id, row.name, row.due_on)


def _rows(look: Look, which: sa.ColumnElement[bool]) -> list[PlanRow]:
    today = look.world.today()
    house = sa.orm.aliased(Building)
    found = look.session.execute(
        sa.select(
            MaintenancePlan, Room.number.label("room"), sa.func.coalesce(Building.name, house.name).label("house"),
            sa.func.coalesce(RepairTeam.name, Party.name).label("who"),
        )
        .outerjoin(Room, Room.id == MaintenancePlan.room_id)
        .outerjoin(Building, Building.id == Room.building_id)
        .outerjoin(house, house.id == MaintenancePlan.building_id)
        .outerjoin(RepairTeam, RepairTeam.id == MaintenancePlan.team_id)
        .outerjoin(Contractor, Contractor.id == MaintenancePlan.contractor_id)
        .outerjoin(Party, Party.id == Contractor.party_id)
        .where(which, MaintenancePlan.deleted_at.is_(None))
    ).all()  # fmt: skip
    rounds: dict[UUID, list[Any]] = {}
    ids = [row[0].id for row in found]
    for each in _rounds(look, ids, today - _LATELY):
        rounds.setdefault(each.plan_id, []).append(each)
    done = _last_done(look, ids)
    return [
        _row(look, plan, (_place(plan, row.room, row.house), row.who or ""), rounds.get(plan.id, []), done.get(plan.id))
        for row in found
        for plan in (row[0],)
    ]


def _row(
    look: Look, plan: MaintenancePlan, words: tuple[str, str], rounds: Sequence[Any], last: datetime | None
) -> PlanRow:
    rhythm, today = rhythm_of(plan), look.world.today()
    place, who = words
    opened = [row for row in rounds if row.state in OPEN]
    due = opened[0].due_on if opened else _coming(rhythm, plan.lead_days, today, {row.due_on for row in rounds})
    return PlanRow(
        plan.id, plan.version, _form(look, plan), place, who, due, opened[0].work_order_id if opened else None,
        opened[0].number if opened else "", None if last is None else last.astimezone(OFFICE_ZONE).date(),
        0 if due is None else max(0, (today - due).days),
        next((pause for pause in rhythm.pauses if pause.holds(today)), None), rhythm.ended(today) and not opened,
    )  # fmt: skip


def _coming(rhythm: Rhythm, lead_days: int, today: date, made: set[date]) -> date | None:
    """The round that is to be made next: the one that has begun, else the first that comes."""
    begun = rhythm.begun(today, lead_days)
    if begun is not None and begun not in made:
        return begun
    day = rhythm.next(max(today - DAY, begun or date.min))
    while day is not None and day in made:
        day = rhythm.next(day)
    return day


def _last_done(look: Look, plans: Sequence[UUID]) -> dict[UUID, datetime]:
    """{plan: when somebody last finished a round of it}."""
    rows = look.session.execute(
        sa.select(PlanRound.plan_id, sa.func.max(WorkOrder.done_at))
        .join(WorkOrder, WorkOrder.id == PlanRound.work_order_id)
        .where(PlanRound.plan_id.in_(plans), WorkOrder.state.in_(FINISHED), WorkOrder.done_at.is_not(None))
        .group_by(PlanRound.plan_id)
    )
    return {plan_id: done_at for plan_id, done_at in rows if done_at is not None}


def _rounds(look: Look, plans: Sequence[UUID], since: date = date.min) -> Sequence[Any]:
    """Rounds with their orders, in the order of their days. Of plans that count days those since a day and what is
    open: a daily one has a thousand in three years."""
    look.settle()
    seldom = sa.or_(MaintenancePlan.unit == PlanUnit.MONTH, MaintenancePlan.every > 31)
    lately = sa.or_(PlanRound.due_on >= since, seldom, WorkOrder.state.in_(OPEN))
    return look.session.execute(
        sa.select(
            PlanRound.plan_id, PlanRound.due_on, PlanRound.work_order_id, WorkOrder.number, WorkOrder.state,
            WorkOrder.done_at, WorkOrder.reason,
        )
        .join(WorkOrder, WorkOrder.id == PlanRound.work_order_id)
        .join(MaintenancePlan, MaintenancePlan.id == PlanRound.plan_id)
        .where(PlanRound.plan_id.in_(plans), lately)
        .order_by(PlanRound.due_on, PlanRound.id)
    ).all()  # fmt: skip


def _place(plan: MaintenancePlan, room: str | None, house: str | None) -> str:
    where = f"{house} {room}" if room else house or "全项目"
    return " · ".join(each for each in (where, plan.facility or "") if each)


def _form(look: Look, plan: MaintenancePlan) -> PlanForm:
    house = plan.building_id
    if plan.room_id is not None:
        house = look.session.get_one(Room, plan.room_id).building_id
    return PlanForm(
        plan.name, plan.kind, plan.category, house, plan.room_id, plan.facility or "", plan.every, plan.unit,
        plan.anchor, plan.lead_days, plan.valid_from, plan.valid_to, plan.team_id, plan.contractor_id,
        plan.basis or "", tuple(plan.checklist),
    )  # fmt: skip


def _history(look: Look, plan: MaintenancePlan) -> tuple[RoundRow, ...]:
    """Rounds that became orders, and those that were due since the plan holds and never did, the latest first."""
    today, rhythm = look.world.today(), rhythm_of(plan)
    rows = _rounds(look, [plan.id])
    sums = check_sums.sums_of(look, [row.work_order_id for row in rows])
    found = [
        RoundRow(row.due_on, row.work_order_id, row.number, row.state, row.done_at, sums.get(row.work_order_id),
                 (row.reason or "") if row.state is WorkOrderState.CANCELLED else "")
        for row in rows
    ]  # fmt: skip
    known = {row.due_on for row in rows}
    latest = rhythm.begun(today, plan.lead_days)
    behind = today - DAY if latest is None else min(today, latest) - DAY
    first = max(plan.valid_from, plan.created_at.astimezone(OFFICE_ZONE).date())
    missed = [day for day in rhythm.rounds(first, behind) if day not in known]
    found += [RoundRow(day, None, "", None, None, None) for day in missed]
    return tuple(sorted(found, key=lambda row: row.due, reverse=True)[:HISTORY])


def _days_to_come(look: Look, plan: MaintenancePlan, most: int = 4) -> tuple[date, ...]:
    rhythm, found = rhythm_of(plan), list[date]()
    day = rhythm.next(look.world.today() - DAY)
    while day is not None and len(found) < most:
        found.append(day)
        day = rhythm.next(day)
    return tuple(found)
