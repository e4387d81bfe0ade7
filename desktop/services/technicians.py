"""Who does the repairs: teams 班组, technicians 维修工 with skills, buildings and hours, contractors 外包."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from desktop.models.parties import Party
from desktop.models.places import Building
from desktop.models.values import NIL, DutyKind, Money, RepairCategory, Right, Sight
from desktop.models.work_orders import IN_HAND, Contractor, DutyChange, RepairTeam, Technician, WorkOrder
from desktop.services.errors import DomainError, ProblemsFound, RowChanged
from desktop.services.masks import find_secrets, mask_phone
from desktop.services.phones import PhoneError, parse_phone
from desktop.services.repair_words import CATEGORY_WORDS
from desktop.services.rights import needs, part
from desktop.services.work import Look, Work
from desktop.services.working_time import BadHours, Calendar, Span, make_calendar, parse_hours, parse_weekdays
from desktop.world import OFFICE_ZONE

WARRANTY_MOST = 3650
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TeamForm:
    """What the dialog of a team gathers."""

    name: str
    categories: frozenset[RepairCategory] = frozenset()
    lead_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class TechnicianForm:
    """What the dialog of a technician gathers. No `skills`: those of the team; no `building_ids`: every building."""

    name: str
    team_id: UUID | None = None
    phone: str = ""
    skills: frozenset[RepairCategory] = frozenset()
    building_ids: frozenset[UUID] = frozenset()
    weekdays: str = "12345"
    hours: str = "08:30-12:00 13:30-17:30"


@dataclass(frozen=True, slots=True)
class DutyForm:
    """Days on which somebody's duty is another than usual. `hours` of an extra shift; empty: the usual ones."""

    technician_id: UUID
    kind: DutyKind
    first: date
    last: date
    hours: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ContractorForm:
    """What the dialog of a contractor gathers; the firm is a party with its contacts."""

    party_id: UUID
    categories: frozenset[RepairCategory]
    warranty_days: int = 0
    note: str = ""
    price: Money | None = None
    """Of a usual visit; None: agreed each time."""


@dataclass(frozen=True, slots=True)
class Technical:
    """A technician as dispatching sees one. `load`: orders in hand, `urgent` of them; `held`: which."""

    id: UUID
    version: int
    form: TechnicianForm
    """Its `phone` as the actor may see it."""
    team: str
    skills: frozenset[RepairCategory]
    """Their own, else those of the team."""
    duties: tuple[DutyForm, ...] = ()
    load: int = 0
    urgent: int = 0
    left_on: date | None = None


@dataclass(frozen=True, slots=True)
class ContractorRow:
    """A contractor in a list."""

    id: UUID
    party_id: UUID
    name: str
    categories: frozenset[RepairCategory]
    warranty_days: int
    note: str
    load: int
    price: Money | None = None


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team in a list."""

    id: UUID
    version: int
    form: TeamForm


class StillHolding(DomainError):
    """Somebody leaves who has orders in hand. `numbers`: of those orders."""

    def __init__(self, name: str, numbers: Sequence[str]) -> None:
        first = "、".join(numbers[:3])
        rest = f" 等 {len(numbers)} 单" if len(numbers) > 3 else ""
        super().__init__(f"{name}手上还有 {first}{rest}：先转派给别人，再办离岗")
        self.numbers = tuple(numbers)


# ---- what stands -----------------------------------------------------------------------------------------------------


@needs(Right.SEE_REPAIRS)
def list_teams(look: Look) -> list[TeamRow]:
    """The teams in their order."""
    rows = look.session.scalars(
        sa.select(RepairTeam).where(RepairTeam.deleted_at.is_(None)).order_by(RepairTeam.sort, RepairTeam.id)
    )
    return [TeamRow(row.id, row.version, TeamForm(row.name, _categories(row.categories), row.lead_id)) for row in rows]


@needs(Right.SEE_REPAIRS)
def list_technicians(look: Look) -> list[Technical]:
    """Everybody who does repairs here now, with what they have in hand."""
    return crew_of(look)


@needs(Right.SEE_REPAIRS)
def list_contractors(look: Look) -> list[ContractorRow]:
    """The contractors that orders can be given to."""
    return contractors_of(look)


@part
def crew_of(look: Look) -> list[Technical]:
    """`list_technicians` inside another function."""
    today, session = look.world.today(), look.session
    teams = {row.id: row for row in session.scalars(sa.select(RepairTeam).where(RepairTeam.deleted_at.is_(None)))}
    people = session.scalars(
        sa.select(Technician)
        .where(Technician.deleted_at.is_(None), sa.or_(Technician.left_on.is_(None), Technician.left_on > today))
        .order_by(Technician.name, Technician.id)
    ).all()
    duties: dict[UUID, list[DutyForm]] = {}
    for row in session.scalars(
        sa.select(DutyChange)
        .where(DutyChange.deleted_at.is_(None), DutyChange.last >= today - _DAY)
        .order_by(DutyChange.first, DutyChange.id)
    ):
        form = DutyForm(row.technician_id, row.kind, row.first, row.last, row.hours or "", row.note or "")
        duties.setdefault(row.technician_id, []).append(form)
    loads = _loads(look, WorkOrder.technician_id)
    found = []
    for man in people:
        team = teams.get(man.team_id) if man.team_id is not None else None
        own = _categories(man.skills)
        found.append(
            Technical(
                man.id, man.version, _form_of(look, man), team.name if team else "",
                own or (_categories(team.categories) if team else frozenset()), tuple(duties.get(man.id, ())),
                *loads.get(man.id, (0, 0)), man.left_on,
            )
        )  # fmt: skip
    return found


@part
def contractors_of(look: Look) -> list[ContractorRow]:
    """`list_contractors` inside another function."""
    loads = _loads(look, WorkOrder.contractor_id)
    rows = look.session.execute(
        sa.select(Contractor, Party.name)
        .join(Party, Party.id == Contractor.party_id)
        .where(
            Contractor.deleted_at.is_(None),
            sa.or_(Contractor.ended_on.is_(None), Contractor.ended_on > look.world.today()),
        )
        .order_by(Party.name, Contractor.id)
    )
    return [
        ContractorRow(
            firm.id, firm.party_id, name, _categories(firm.categories), firm.warranty_days, firm.note or "",
            loads.get(firm.id, (0, 0))[0], firm.price,
        )
        for firm, name in rows
    ]  # fmt: skip


def _loads(look: Look, column: sa.orm.InstrumentedAttribute[UUID | None]) -> dict[UUID, tuple[int, int]]:
    """{who: orders in hand, how many of them urgent}."""
    urgent = sa.func.sum(sa.case((WorkOrder.urgent, 1), else_=0))
    rows = look.session.execute(
        sa.select(column, sa.func.count(), urgent)
        .where(WorkOrder.state.in_(IN_HAND), column.is_not(None), WorkOrder.deleted_at.is_(None))
        .group_by(column)
    )
    return {row[0]: (row[1], int(row[2] or 0)) for row in rows}


def _form_of(look: Look, man: Technician) -> TechnicianForm:
    return TechnicianForm(
        man.name, man.team_id, _phone_of(look, man), _categories(man.skills),
        frozenset(UUID(hex=each) for each in man.building_ids), man.weekdays, man.hours,
    )  # fmt: skip


def _phone_of(look: Look, man: Technician) -> str:
    """The telephone as this actor may see it; empty where there is none or nothing may be seen."""
    sight = look.sight("technician.phone")
    if man.phone is None or sight is Sight.NONE:
        return ""
    stored = look.unsealed(man, "phone") or ""
    return mask_phone(stored) if sight is Sight.MASKED else parse_phone(stored).display


def _categories(stored: Collection[str]) -> frozenset[RepairCategory]:
    return frozenset(RepairCategory(word) for word in stored)


# ---- when somebody works ---------------------------------------------------------------------------------------------


def shifts_on(form: TechnicianForm, duties: Collection[DutyForm], day: date) -> tuple[Span, ...]:
    """Somebody's hours on a day: leave goes before an extra shift, that before the usual week. Pure."""
    of_day = [duty for duty in duties if duty.first <= day <= duty.last]
    if any(duty.kind is DutyKind.LEAVE for duty in of_day):
        return ()
    extra = next((duty for duty in of_day if duty.kind is DutyKind.EXTRA), None)
    if extra is not None:
        return parse_hours(extra.hours or form.hours)
    week: Calendar = make_calendar(form.hours, form.weekdays, holidays=False)
    return week.spans if week.works_on(day) else ()


def on_duty(form: TechnicianForm, duties: Collection[DutyForm], at: datetime) -> tuple[bool, str]:
    """Whether somebody is on duty at an instant, and that in words: 在班到 17:30, 请假到 11 月 25 日. Pure."""
    here = at.astimezone(OFFICE_ZONE)
    of_day = here.hour * 60 + here.minute
    day = here.date()
    leave = [duty for duty in duties if duty.kind is DutyKind.LEAVE and duty.first <= day <= duty.last]
    if leave:
        last = max(duty.last for duty in leave)
        return False, "今天请假" if last == day else f"请假到 {last.month} 月 {last.day} 日"
    spans = shifts_on(form, duties, day)
    if not spans:
        return False, "今天不当班"
    if any(span.since <= of_day < span.until for span in spans):
        return True, f"在班到 {_clock(spans[-1].until)}"
    coming = [span for span in spans if span.since > of_day]
    return (False, f"{_clock(coming[0].since)} 上班") if coming else (False, f"{_clock(spans[-1].until)} 已下班")


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


# ---- changes ---------------------------------------------------------------------------------------------------------


def team_problems(form: TeamForm) -> dict[str, str]:
    """What is still to be mended, by field."""
    if not form.name.strip():
        return {"name": "写班组的名字，例如 水电班"}
    return {} if len(form.name.strip()) <= 20 else {"name": "班组的名字最多 20 个字：写短一些"}


def technician_problems(form: TechnicianForm) -> dict[str, str]:
    """What is still to be mended, by field."""
    problems: dict[str, str] = {}
    if not form.name.strip():
        problems["name"] = "写姓名，派单和工单上都用它"
    elif len(form.name.strip()) > 20:
        problems["name"] = "姓名最多 20 个字：写短一些"
    if not form.skills and form.team_id is None:
        problems["skills"] = "选会修什么，或选一个班组"
    if form.phone.strip():
        try:
            parse_phone(form.phone)
        except PhoneError as error:
            problems["phone"] = error.message
    for name, read in (("hours", parse_hours), ("weekdays", parse_weekdays)):
        try:
            read(getattr(form, name))
        except BadHours as error:
            problems[name] = str(error)
    return problems


def typed_problems(form: TechnicianForm) -> dict[str, str]:
    """`technician_problems` of what stands on a screen, where a masked telephone that comes back is none."""
    return technician_problems(_without_mask(form))


def _without_mask(form: TechnicianForm) -> TechnicianForm:
    return replace(form, phone="") if "*" in form.phone else form


def duty_problems(form: DutyForm) -> dict[str, str]:
    """What is still to be mended, by field."""
    problems: dict[str, str] = {}
    if form.last < form.first:
        problems["last"] = "最后一天不能早于第一天：重新选"
    elif form.last - form.first > timedelta(days=366):
        problems["last"] = "一次最多一年：长期离岗请办离岗"
    if form.hours.strip():
        try:
            parse_hours(form.hours)
        except BadHours as error:
            problems["hours"] = str(error)
    if find_secrets(form.note):
        problems["note"] = "这里不加密，不能写证件号、电话或卡号：删去它"
    return problems


def contractor_problems(form: ContractorForm) -> dict[str, str]:
    """What is still to be mended, by field."""
    problems: dict[str, str] = {}
    if not form.categories:
        problems["categories"] = "选这家做什么，例如 电梯"
    if not 0 <= form.warranty_days <= WARRANTY_MOST:
        problems["warranty_days"] = f"保修写 0 到 {WARRANTY_MOST} 天"
    if form.price is not None and form.price < NIL:
        problems["price"] = "价格不能小于 0：没谈好就空着"
    if find_secrets(form.note):
        problems["note"] = "这里不加密，不能写证件号、电话或卡号：删去它，电话填到资料里"
    return problems


@needs(Right.DISPATCH_REPAIRS)
def save_team(work: Work, form: TeamForm, team_id: UUID | None = None, seen: int | None = None) -> UUID:
    """A new team, or a changed one. Raises ProblemsFound, RowChanged."""
    if problems := team_problems(form):
        raise ProblemsFound(problems)
    if team_id is None:
        last: int = work.session.scalar(sa.select(sa.func.coalesce(sa.func.max(RepairTeam.sort), 0))) or 0
        team = work.add(RepairTeam(name="", categories=[], sort=last + 1))
    else:
        team = work.take(RepairTeam, team_id)
        _unchanged(work, team.version, seen, {"name": team.name}, {"name": form.name}, team_id)
    team.name, team.categories, team.lead_id = form.name.strip(), sorted(form.categories), form.lead_id
    work.subject(team)
    work.record(team=team.id.hex)
    return team.id


@needs(Right.DISPATCH_REPAIRS)
def save_technician(
    work: Work, form: TechnicianForm, technician_id: UUID | None = None, seen: int | None = None
) -> UUID:  # fmt: skip
    """A new technician, or a changed one; a masked telephone that comes back stays. Raises ProblemsFound, RowChanged,
    NotFound for a team or building that is gone."""
    kept = "*" in form.phone
    if problems := typed_problems(form):
        raise ProblemsFound(problems)
    if form.team_id is not None:
        work.get(RepairTeam, form.team_id)
    for building_id in form.building_ids:
        work.get(Building, building_id)
    if technician_id is None:
        man = work.add(Technician(name="", skills=[], building_ids=[], weekdays="", hours=""))
    else:
        man = work.take(Technician, technician_id)
        _unchanged(work, man.version, seen, {"name": man.name}, {"name": form.name}, technician_id)
    man.name, man.team_id = form.name.strip(), form.team_id
    man.skills, man.building_ids = sorted(form.skills), sorted(each.hex for each in form.building_ids)
    man.weekdays, man.hours = form.weekdays, " ".join(form.hours.split())
    if not kept and work.sight("technician.phone") in (Sight.READ, Sight.WRITE):
        work.seal(man, "phone", parse_phone(form.phone).stored if form.phone.strip() else None)
    work.subject(man)
    work.record(technician=man.id.hex)
    return man.id


@needs(Right.DISPATCH_REPAIRS)
def retire_technician(work: Work, technician_id: UUID, on: date | None = None) -> None:
    """Somebody does no more repairs here from a day on. Raises StillHolding while they have orders in hand."""
    man = work.take(Technician, technician_id)
    numbers = numbers_of(work, WorkOrder.technician_id == technician_id)
    if numbers:
        raise StillHolding(man.name, numbers)
    man.left_on = on or work.world.today()
    work.subject(man)
    work.record(left=True)


@needs(Right.DISPATCH_REPAIRS)
def save_duty(work: Work, form: DutyForm) -> UUID:
    """Leave or an extra shift. Raises ProblemsFound. What somebody on leave has in hand stays theirs until it is
    handed over; `crew.held_on_leave` tells of it."""
    if problems := duty_problems(form):
        raise ProblemsFound(problems)
    man = work.get(Technician, form.technician_id)
    row = work.add(
        DutyChange(
            technician_id=man.id, kind=form.kind, first=form.first, last=form.last,
            hours=" ".join(form.hours.split()) or None, note=form.note.strip() or None,
        )
    )  # fmt: skip
    work.subject(man)
    work.record(duty=form.kind.value)
    return row.id


@needs(Right.DISPATCH_REPAIRS)
def drop_duty(work: Work, duty_id: UUID) -> None:
    """Take back leave or an extra shift."""
    row = work.take(DutyChange, duty_id)
    row.deleted_at = work.at
    work.subject_id("technician", row.technician_id)
    work.record(duty=f"-{row.kind.value}")


@needs(Right.DISPATCH_REPAIRS)
def save_contractor(work: Work, form: ContractorForm) -> UUID:
    """A firm that orders can be given to, or what is agreed with it now. Raises ProblemsFound."""
    if problems := contractor_problems(form):
        raise ProblemsFound(problems)
    work.get(Party, form.party_id)
    firm = work.session.scalar(sa.select(Contractor).where(Contractor.party_id == form.party_id).with_for_update())
    if firm is None:
        firm = work.add(Contractor(party_id=form.party_id, categories=[], warranty_days=0))
    firm.categories, firm.warranty_days = sorted(form.categories), form.warranty_days
    firm.price = form.price
    firm.note, firm.ended_on, firm.deleted_at = form.note.strip() or None, None, None
    work.subject(firm)
    work.record(contractor=firm.id.hex)
    return firm.id


@needs(Right.DISPATCH_REPAIRS)
def end_contractor(work: Work, contractor_id: UUID) -> None:
    """Nothing is given to a firm any more. Raises StillHolding while it has orders in hand."""
    firm = work.take(Contractor, contractor_id)
    numbers = numbers_of(work, WorkOrder.contractor_id == contractor_id)
    if numbers:
        raise StillHolding(work.get(Party, firm.party_id).name, numbers)
    firm.ended_on = work.world.today()
    work.subject(firm)
    work.record(left=True)


@part
def numbers_of(look: Look, whose: sa.ColumnElement[bool]) -> list[str]:
    """The numbers of orders in hand."""
    look.settle()
    query = sa.select(WorkOrder.number).where(whose, WorkOrder.state.in_(IN_HAND), WorkOrder.deleted_at.is_(None))
    return list(look.session.scalars(query.order_by(WorkOrder.number)))


def _unchanged(
    work: Work, version: int, seen: int | None, theirs: Mapping[str, str], yours: Mapping[str, str], row_id: UUID
) -> None:  # fmt: skip
    if seen is not None and version != seen:
        from desktop.services.timeline import last_act

        raise RowChanged(theirs, yours, *last_act(work, row_id))


def skill_words(categories: Collection[RepairCategory]) -> str:
    """给排水、电路照明, in the order of the table; 全部 where nothing is left out."""
    if set(categories) == set(RepairCategory):
        return "全部"
    return "、".join(word for category, word in CATEGORY_WORDS.items() if category in categories)
