"""The page of those who do repairs 班组与维修员: leave, hand-over, firms, and who answers for what is late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import Role, StaffMember, StaffRole
from desktop.models.places import Building
from desktop.models.plans import MaintenancePlan
from desktop.models.values import DutyKind, PartyKind, Right
from desktop.models.work_orders import IN_HAND, DutyChange, RepairTeam, Technician, WorkOrder
from desktop.services import dispatch, parties, technicians
from desktop.services.dispatch import Assign
from desktop.services.due_rules import RULES
from desktop.services.errors import DomainError, ProblemsFound
from desktop.services.party_forms import PartyForm
from desktop.services.rights import needs
from desktop.services.technicians import ContractorForm, DutyForm
from desktop.services.work import Look, Work


@dataclass(frozen=True, slots=True)
class DutyRow:
    """Leave or an extra shift that is not over yet."""

    id: UUID
    form: DutyForm


@dataclass(frozen=True, slots=True)
class OnLeave:
    """Somebody who is not there today and has orders in hand."""

    technician_id: UUID
    name: str
    why: str
    numbers: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class CrewChoices:
    """What the dialogs of teams and technicians offer: (id, words)."""

    buildings: tuple[tuple[UUID, str], ...]
    teams: tuple[tuple[UUID, str], ...]
    staff: tuple[tuple[UUID, str], ...]
    """Who works here and may lead a team."""


@dataclass(frozen=True, slots=True)
class Answerer:
    """A role that what is late goes up to. `names`: who has it; none: nobody is told there."""

    code: str
    title: str
    names: tuple[str, ...]
    words: tuple[str, ...]
    """What goes up to them: 报修未响应：响应超时 …."""
    titles: tuple[str, ...]
    """The same in short: 报修未响应."""


@dataclass(frozen=True, slots=True)
class FirmForm:
    """A firm that nobody knows yet, with what is agreed with it."""

    name: str
    phone: str
    contractor: ContractorForm


@needs(Right.SEE_REPAIRS)
def crew_choices(look: Look) -> CrewChoices:
    """What may be chosen for a team or a technician."""
    houses = look.session.execute(
        sa.select(Building.id, Building.name).where(Building.deleted_at.is_(None)).order_by(Building.sort)
    )
    teams = look.session.execute(
        sa.select(RepairTeam.id, RepairTeam.name).where(RepairTeam.deleted_at.is_(None)).order_by(RepairTeam.sort)
    )
    staff = look.session.execute(
        sa.select(StaffMember.id, StaffMember.name)
        .where(StaffMember.deleted_at.is_(None), StaffMember.disabled_at.is_(None))
        .order_by(StaffMember.name, StaffMember.login)
    )
    return CrewChoices(*(tuple((row.id, row.name) for row in rows) for rows in (houses, teams, staff)))


@needs(Right.SEE_REPAIRS)
def duties_of(look: Look, technician_id: UUID) -> list[DutyRow]:
    """Somebody's leave and extra shifts that are not over, the next first."""
    rows = look.session.scalars(
        sa.select(DutyChange)
        .where(
            DutyChange.technician_id == technician_id, DutyChange.deleted_at.is_(None),
            DutyChange.last >= look.world.today(),
        )
        .order_by(DutyChange.first, DutyChange.id)
    )  # fmt: skip
    return [
        DutyRow(row.id, DutyForm(row.technician_id, row.kind, row.first, row.last, row.hours or "", row.note or ""))
        for row in rows
    ]


@needs(Right.SEE_REPAIRS)
def held_on_leave(look: Look) -> list[OnLeave]:
    """Orders in the hands of people who are on leave today: to be handed over before the tenant waits in vain."""
    found, today = [], look.world.today()
    for man in technicians.crew_of(look):
        leave = [each for each in man.duties if each.kind is DutyKind.LEAVE and each.first <= today <= each.last]
        if man.load and leave:
            numbers = technicians.numbers_of(look, WorkOrder.technician_id == man.id)
            _, why = technicians.on_duty(man.form, man.duties, look.world.now())
            found.append(OnLeave(man.id, man.form.name, why, tuple(numbers)))
    return found


@needs(Right.SEE_REPAIRS)
def who_answers(look: Look) -> list[Answerer]:
    """The roles that repairs go up to when they are late, who has them, and what reaches them."""
    told: dict[str, list[str]] = {}
    short: dict[str, dict[str, None]] = {}
    for rule in RULES.values():
        if rule.right is Right.SEE_REPAIRS:
            for rung in rule.rungs:
                short.setdefault(rung.role, {})[rule.title] = None
                told.setdefault(rung.role, []).append(f"{rule.title}：{rung.words.partition('：')[2] or rung.words}")
    rows = look.session.execute(
        sa.select(Role.code, Role.title, StaffMember.name)
        .outerjoin(StaffRole, sa.and_(StaffRole.role_id == Role.id, StaffRole.deleted_at.is_(None)))
        .outerjoin(
            StaffMember,
            sa.and_(
                StaffMember.id == StaffRole.staff_id, StaffMember.disabled_at.is_(None),
                StaffMember.deleted_at.is_(None),
            ),
        )
        .where(Role.code.in_(told))
        .order_by(StaffMember.name)
    ).all()  # fmt: skip
    titles = {row.code: row.title for row in rows}
    names = {code: tuple(row.name for row in rows if row.code == code and row.name) for code in titles}
    return [
        Answerer(code, titles[code], names[code], tuple(words), tuple(short[code]))
        for code, words in told.items()
        if code in titles
    ]


@needs(Right.DISPATCH_REPAIRS)
def hand_all_over(work: Work, technician_id: UUID, to: UUID, note: str = "") -> int:
    """Everything one technician has in hand goes to another, each order with its line; returns how many. Raises
    DomainError for oneself or somebody who has left."""
    if technician_id == to:
        raise DomainError("不能转派给他自己：选另一位", "to")
    orders = work.session.execute(
        sa.select(WorkOrder.id)
        .where(WorkOrder.technician_id == technician_id, WorkOrder.state.in_(IN_HAND), WorkOrder.deleted_at.is_(None))
        .order_by(WorkOrder.id)
    ).scalars()
    moved = 0
    for order_id in list(orders):
        dispatch.hand_over(work, Assign(order_id, to, note, anyway=True))
        moved += 1
    work.subject_id("technician", technician_id)
    return moved


@needs(Right.DISPATCH_REPAIRS)
def leave_for_good(work: Work, technician_id: UUID, to: UUID | None = None, on: date | None = None) -> None:
    """Somebody does no more repairs here; `to` takes over what they have in hand. Raises StillHolding without one."""
    if to is not None:
        hand_all_over(work, technician_id, to, "离岗交接")
        work.session.flush()
    technicians.retire_technician(work, technician_id, on)


@needs(Right.DISPATCH_REPAIRS)
def drop_team(work: Work, team_id: UUID) -> None:
    """A team is no more. Raises DomainError naming the people and plans that still belong to it."""
    team = work.take(RepairTeam, team_id)
    today = work.world.today()
    people = work.session.scalars(
        sa.select(Technician.name).where(
            Technician.team_id == team_id, Technician.deleted_at.is_(None),
            sa.or_(Technician.left_on.is_(None), Technician.left_on > today),
        )
    ).all()  # fmt: skip
    if people:
        raise DomainError(f"{team.name}里还有{_some(people)}：先改他们的班组，再删班组")
    plans = work.session.scalars(
        sa.select(MaintenancePlan.name).where(
            MaintenancePlan.team_id == team_id, MaintenancePlan.deleted_at.is_(None),
            sa.or_(MaintenancePlan.valid_to.is_(None), MaintenancePlan.valid_to >= today),
        )
    ).all()  # fmt: skip
    if plans:
        raise DomainError(f"保养计划「{plans[0]}」还写着{team.name}：先改计划，再删班组")
    team.deleted_at = work.at
    work.subject(team)
    work.record(team=f"-{team.id.hex}")


def firm_problems(form: FirmForm) -> dict[str, str]:
    """What is still to be mended, by field."""
    problems = technicians.contractor_problems(form.contractor)
    if len(form.name.strip()) < 2:
        problems["name"] = "写公司全名，例如 青川市安达电梯有限公司"
    return problems


@needs(Right.DISPATCH_REPAIRS)
def add_firm(work: Work, form: FirmForm) -> UUID:
    """A firm that was not known, with its telephone, and orders can be given to it. Raises ProblemsFound."""
    if problems := firm_problems(form):
        raise ProblemsFound(problems)
    known = PartyForm(form.name.strip(), PartyKind.ORGANISATION, phone=form.phone)
    party_id = parties.put_party(work, known)
    work.session.flush()
    return technicians.save_contractor(work, replace(form.contractor, party_id=party_id))


def _some(names: Sequence[str]) -> str:
    return "、".join(names[:3]) + (f" 等 {len(names)} 人" if len(names) > 3 else "")
