"""Sending somebody 派单: who fits and why, and never two people to one job.

An order is locked while it is given to somebody, so of two desks that do it at the same moment the second is told who
has it. The proposal only proposes: every technician stands in it, those who do not fit with the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.parties import Party
from desktop.models.places import Building, Room
from desktop.models.plans import MaintenancePlan, PlanRound
from desktop.models.values import Money, RepairCategory, Right
from desktop.models.work_orders import IN_HAND, OPEN, Contractor, Technician, WorkOrder, WorkOrderState
from desktop.services import technicians, work_orders
from desktop.services.errors import DomainError, ProblemsFound
from desktop.services.repair_words import CATEGORY_WORDS
from desktop.services.rights import needs, part
from desktop.services.technicians import ContractorRow, Technical, on_duty
from desktop.services.transitions import WORK_ORDER, ForbiddenMove
from desktop.services.work import Look, Work
from desktop.world import OFFICE_ZONE

MANY = 4
"""Orders in hand from which on somebody counts as busy."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One technician for one order. `fits`: can do it, looks after the place and is on duty then."""

    technician_id: UUID
    name: str
    phone: str
    fits: bool
    reasons: tuple[str, ...]
    """Why: 会修给排水, 管 1 栋, 在班到 17:30, 手上 2 单."""
    against: tuple[str, ...]
    """Why not: 不会修电梯, 请假到 11 月 25 日."""
    load: int

    @property
    def words(self) -> str:
        """The line under the name: what speaks against it first."""
        return " · ".join((*self.against, *self.reasons))


@dataclass(frozen=True, slots=True)
class Proposals:
    """Who could do an order, the best first, and the firms that do such work."""

    order_id: UUID
    version: int
    at: datetime
    """When they would go: as wished, else now."""
    people: tuple[Proposal, ...]
    contractors: tuple[ContractorRow, ...]

    @property
    def best(self) -> Proposal | None:
        """The one to send; None where nobody fits."""
        return self.people[0] if self.people and self.people[0].fits else None

    @property
    def nobody(self) -> str:
        """What to do where nobody fits; empty where somebody does."""
        if self.best is not None:
            return ""
        if self.contractors:
            return f"现在没有合适的维修工：可以转给{self.contractors[0].name}，或从下面选人"
        return "现在没有合适的维修工：从下面选人，或请维修班长安排加班"


@dataclass(frozen=True, slots=True)
class Assign:
    """An order for somebody. `accepted`: they have said yes on the telephone; `anyway`: though they are not there
    today; `seen`: the version on the screen."""

    order_id: UUID
    technician_id: UUID
    note: str = ""
    accepted: bool = False
    anyway: bool = False
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class AssignContractor:
    """An order for an outside firm, at a price (None: not agreed yet)."""

    order_id: UUID
    contractor_id: UUID
    price: Money | None = None
    note: str = ""
    accepted: bool = False
    seen: int | None = None


class AlreadyAssigned(DomainError):
    """Somebody else has sent somebody. `name`: who has the order; `by`, `when`: who sent them, in words."""

    def __init__(self, number: str, name: str, by: str, when: str) -> None:
        told = f"（{by} {when}）" if by else ""
        super().__init__(f"{number} 已经派给{name}{told}：要换人请用「转派」")
        self.name, self.by, self.when = name, by, when


class NotThere(DomainError):
    """Somebody who is not on duty that day; sent all the same where the desk says so (`Assign.anyway`)."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}{why}：换一位，或确认照派", "technician_id")
        self.why = why


# ---- who could do it -------------------------------------------------------------------------------------------------


@needs(Right.DISPATCH_REPAIRS)
def propose(look: Look, order_id: UUID) -> Proposals:
    """Who could do an order, the best first, each with the reasons in words. Raises NotFound."""
    order = look.get(WorkOrder, order_id)
    people = _ranked(look, technicians.crew_of(look), order, _around(look, [order])[order.id])
    firms = tuple(firm for firm in technicians.contractors_of(look) if order.category in firm.categories)
    return Proposals(order.id, order.version, _when(look, order), tuple(people), firms)


@needs(Right.DISPATCH_REPAIRS)
def suggest(look: Look, order_ids: Collection[UUID]) -> dict[UUID, str]:
    """{order: the name that `propose` has at the top}, of orders that wait; those for whom nobody fits are left out."""
    waiting = WorkOrder.state == WorkOrderState.REPORTED
    orders = look.session.scalars(sa.select(WorkOrder).where(WorkOrder.id.in_(order_ids), waiting)).all()
    crew, around = technicians.crew_of(look), _around(look, orders)
    found = {}
    for order in orders:
        people = _ranked(look, crew, order, around[order.id])
        if people and people[0].fits:
            found[order.id] = people[0].name
    return found


@dataclass(slots=True)
class _Around:
    """Where an order is, who is at work in that building, who has done the same in that room before, whose it is by
    plan."""

    building_id: UUID | None = None
    house: str = ""
    near: set[UUID] = field(default_factory=set)
    knows: set[UUID] = field(default_factory=set)
    planned: UUID | None = None
    """The team that the plan of the order names."""


def _when(look: Look, order: WorkOrder) -> datetime:
    return order.wished_from if order.wished_from is not None and not order.urgent else look.world.now()


def _ranked(look: Look, crew: Sequence[Technical], order: WorkOrder, around: _Around) -> list[Proposal]:
    at = _when(look, order)
    ranked = [(_rank(man, found, around), found) for man in crew for found in (_proposal(man, order, at, around),)]
    return [found for _, found in sorted(ranked, key=lambda pair: pair[0])]


def _proposal(man: Technical, order: WorkOrder, at: datetime, around: _Around) -> Proposal:
    reasons, against, house = [], [], around.house
    if around.planned is not None and man.form.team_id == around.planned:
        reasons.append(f"计划由{man.team}做")
    trade = CATEGORY_WORDS[order.category]
    if order.category is RepairCategory.OTHER or order.category in man.skills:
        reasons.append(f"会修{trade}" if order.category in man.skills else "不挑工种")
    else:
        against.append(f"不会修{trade}")
    if around.building_id is not None and man.form.building_ids:
        if around.building_id in man.form.building_ids:
            reasons.append(f"管 {house}")
        else:
            against.append(f"不管 {house}")
    there, duty = on_duty(man.form, man.duties, at)
    (reasons if there else against).append(duty)
    if man.id in around.knows:
        reasons.append("修过这里")
    if man.id in around.near:
        reasons.append(f"正在 {house}")
    urgent = f"（{man.urgent} 单紧急）" if man.urgent else ""
    reasons.append(f"手上 {man.load} 单{urgent}" if man.load else "手上没有单")
    if man.load >= MANY:
        reasons[-1] += "，偏多"
    return Proposal(man.id, man.form.name, man.form.phone, not against, tuple(reasons), tuple(against), man.load)


def _rank(man: Technical, found: Proposal, around: _Around) -> tuple[object, ...]:
    """Who fits comes first, of them whose team the plan names; then the fewest reasons against; then the lightest
    load, where half an order is worth being close by or knowing the place."""
    closeness = (man.id in around.near) + (man.id in around.knows)
    other = around.planned is not None and man.form.team_id != around.planned
    return not found.fits, other, len(found.against), man.load + man.urgent - closeness * 0.5, man.form.name, man.id.int


def _around(look: Look, orders: Sequence[WorkOrder]) -> dict[UUID, _Around]:
    """What is around each order: four questions for all of them."""
    found = {order.id: _Around() for order in orders}
    own = sa.orm.aliased(Building)
    rows = look.session.execute(
        sa.select(
            WorkOrder.id, sa.func.coalesce(Building.id, own.id).label("building_id"),
            sa.func.coalesce(Building.name, own.name).label("house"),
        )
        .outerjoin(Room, Room.id == WorkOrder.room_id)
        .outerjoin(Building, Building.id == Room.building_id)
        .outerjoin(own, own.id == WorkOrder.building_id)
        .where(WorkOrder.id.in_(found))
    )  # fmt: skip
    for row in rows:
        found[row.id].building_id, found[row.id].house = row.building_id, row.house or ""
    planned = _planned(look, found)
    at_work = _at_work(look) if any(each.building_id for each in found.values()) else []
    before = _done_before(look, {order.room_id for order in orders if order.room_id is not None})
    for order in orders:
        here = found[order.id]
        here.planned = planned.get(order.id)
        here.near = {man for other, man, house in at_work if house == here.building_id and other != order.id}
        here.knows = {
            man for other, man, room, category in before
            if room == order.room_id and category == order.category and other != order.id
        }  # fmt: skip
    return found


def _planned(look: Look, order_ids: Collection[UUID]) -> dict[UUID, UUID | None]:
    """{order: the team that its plan names}."""
    rows = look.session.execute(
        sa.select(PlanRound.work_order_id, MaintenancePlan.team_id)
        .join(MaintenancePlan, MaintenancePlan.id == PlanRound.plan_id)
        .where(PlanRound.work_order_id.in_(order_ids))
    )
    return {row.work_order_id: row.team_id for row in rows}


def _at_work(look: Look) -> Sequence[Any]:
    """(order, technician, building) of everybody who is at work in a building now."""
    there = (WorkOrderState.ON_THE_WAY, WorkOrderState.WORKING)
    return look.session.execute(
        sa.select(
            WorkOrder.id, WorkOrder.technician_id, sa.func.coalesce(Room.building_id, WorkOrder.building_id),
        )
        .outerjoin(Room, Room.id == WorkOrder.room_id)
        .where(WorkOrder.state.in_(there), WorkOrder.technician_id.is_not(None))
    ).all()  # fmt: skip


def _done_before(look: Look, rooms: Collection[UUID]) -> Sequence[Any]:
    """(order, technician, room, category) of what was done in these rooms."""
    if not rooms:
        return []
    return look.session.execute(
        sa.select(WorkOrder.id, WorkOrder.technician_id, WorkOrder.room_id, WorkOrder.category).where(
            WorkOrder.room_id.in_(rooms), WorkOrder.state.not_in((*OPEN, WorkOrderState.CANCELLED)),
            WorkOrder.technician_id.is_not(None),
        )
    ).all()  # fmt: skip


# ---- sending ---------------------------------------------------------------------------------------------------------


@needs(Right.DISPATCH_REPAIRS)
def assign(work: Work, request: Assign) -> None:
    """Give an order that waits to a technician. Raises AlreadyAssigned, NotThere, ForbiddenMove, RowChanged."""
    _note_fits(request.note)
    order = work_orders.take_order(work, request.order_id)
    _refuse_second(work, order)  # who has it now says more than that somebody changed it
    work_orders.refuse_changed(work, order, request.seen)
    man = _available(work, order, request)
    order.technician_id = man.id
    _given(work, order, "assign", request.note, request.accepted, technician=man.id.hex)


@needs(Right.DISPATCH_REPAIRS)
def assign_contractor(work: Work, request: AssignContractor) -> None:
    """Give an order to an outside firm: one that waits, or one that somebody has in hand and cannot do. Raises
    ForbiddenMove, RowChanged, DomainError for a firm that is not ours any more."""
    _note_fits(request.note)
    if request.price is not None and request.price.fen < 0:
        raise ProblemsFound({"price": "价格不能小于 0：没谈好就空着"})
    order = work_orders.take_order(work, request.order_id, request.seen)
    firm = work.take(Contractor, request.contractor_id)
    if firm.ended_on is not None and firm.ended_on <= work.world.today():
        raise DomainError("这家外包已经停止合作：换一家", "contractor_id")
    if order.contractor_id == firm.id:
        raise DomainError("这一单已经在这家手里：不用再转", "contractor_id")
    event = "hand_over" if order.state in IN_HAND else "assign"
    before = _hands(order)
    order.technician_id, order.contractor_id, order.contract_price = None, firm.id, request.price
    _given(work, order, event, request.note, request.accepted, contractor=firm.id.hex, **before)


@needs(Right.DISPATCH_REPAIRS)
def hand_over(work: Work, request: Assign) -> None:
    """Give an order that somebody has in hand to a technician. Raises NotThere, ForbiddenMove, RowChanged."""
    _note_fits(request.note)
    order = work_orders.take_order(work, request.order_id, request.seen)
    if order.technician_id == request.technician_id:
        raise DomainError("这一单已经在他手里：选另一位", "technician_id")
    if order.state not in IN_HAND:
        raise ForbiddenMove(
            f"工单现在是「{WORK_ORDER.words[order.state]}」，不能转派：等派单的先派单，做完的先重开",
            WORK_ORDER.name, order.state, "hand_over", WORK_ORDER.possible(order.state),
        )  # fmt: skip
    man = _available(work, order, request)
    before = _hands(order)
    order.technician_id, order.contractor_id, order.contract_price = man.id, None, None
    _given(work, order, "hand_over", request.note, request.accepted, technician=man.id.hex, **before)


@needs(Right.DISPATCH_REPAIRS)
def take_back(work: Work, order_id: UUID, note: str, seen: int | None = None) -> None:
    """Take an order back from whoever has it, with the reason; it waits to be assigned. Raises ProblemsFound,
    ForbiddenMove, RowChanged."""
    if len(note.strip()) < 2:
        raise ProblemsFound({"note": work_orders.REASONED["take_back"]})
    _note_fits(note)
    order = work_orders.take_order(work, order_id, seen)
    work_orders.advance(work, order, "take_back", note, **_hands(order))
    work.subject(order)
    work.record(event="take_back")


def _given(work: Work, order: WorkOrder, event: str, note: str, accepted: bool, **detail: Any) -> None:
    """The rest of giving an order to somebody: its line, who answers for it, and their yes."""
    if work.actor.staff_id is not None:
        order.owner_id = work.actor.staff_id
    work_orders.advance(work, order, event, note, **detail)
    if accepted:
        work_orders.advance(work, order, "accept")
    work.subject(order)
    work.record(event=event, accepted=accepted, **detail)


def _available(work: Work, order: WorkOrder, request: Assign) -> Technician:
    """The technician, locked: nobody retires them while they are sent. Raises NotThere, DomainError."""
    man, today = work.take(Technician, request.technician_id), work.world.today()
    if man.left_on is not None and man.left_on <= today:
        raise DomainError(f"{man.name}已经离岗：换一位", "technician_id")
    at = order.wished_from if order.wished_from is not None and not order.urgent else work.at
    known = next((each for each in technicians.crew_of(work) if each.id == man.id), None)
    if known is not None and not request.anyway:
        day = at.astimezone(OFFICE_ZONE).date()
        if not technicians.shifts_on(known.form, known.duties, day):
            raise NotThere(man.name, on_duty(known.form, known.duties, at)[1])
    return man


def _refuse_second(work: Work, order: WorkOrder) -> None:
    if order.state not in IN_HAND:
        return
    from desktop.services.timeline import last_act

    raise AlreadyAssigned(order.number, name_of(work, order), *last_act(work, order.id))


@part
def name_of(look: Look, order: WorkOrder) -> str:
    """Who has an order in hand; empty: nobody."""
    if order.technician_id is not None:
        return look.get(Technician, order.technician_id).name
    if order.contractor_id is not None:
        return look.get(Party, look.get(Contractor, order.contractor_id).party_id).name
    return ""


def _hands(order: WorkOrder) -> dict[str, Any]:
    """Who had it until now, for the line in the history."""
    before = order.technician_id or order.contractor_id
    return {} if before is None else {"from": before.hex}


def _note_fits(note: str) -> None:
    if trouble := work_orders.note_problem(note):
        raise ProblemsFound({"note": trouble})
