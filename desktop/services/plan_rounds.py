"""The rounds of plans that have begun become work orders, each once: an act of the engine of due things.

A round begins `lead_days` before it is due. Of a plan only the latest round that has begun is made: what an outage has
passed over cannot be done on its day any more, and stands in the plan's history as missed. While the order of an
earlier round is open no second one is made; it is made when that one is closed. Why: docs/decisions/0015.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid5

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.plans import CheckLine, MaintenancePlan, PlanRound
from desktop.models.values import RepairChannel
from desktop.models.work_orders import OPEN, Contractor, RepairTeam, WorkOrder, WorkOrderState
from desktop.services import repair_clock, work_orders
from desktop.services.numbers import Series, take_number
from desktop.services.plan_days import Pause, Rhythm
from desktop.services.rights import part
from desktop.services.work import Work
from desktop.services.working_time import Calendar
from desktop.world import OFFICE_ZONE

PAGE = 200


def rhythm_of(plan: MaintenancePlan) -> Rhythm:
    """When a stored plan is due."""
    pauses = tuple(
        Pause(date.fromisoformat(first), None if last is None else date.fromisoformat(last), reason)
        for first, last, reason in plan.pauses
    )
    return Rhythm(plan.anchor, plan.every, plan.unit, plan.valid_from, plan.valid_to, pauses)


def order_id_of(plan_id: UUID, due: date) -> UUID:
    """The id of a round's order: the same on every PC and in every database of the project, so that two engines that
    know nothing of each other make one row of it."""
    return uuid5(plan_id, due.isoformat())


@part
def begin_rounds(work: Work) -> int:
    """Make the orders of all rounds that have begun by now, in the order of their days. Returns how many."""
    today, found = work.world.today(), []
    for plans in _pages(work):
        begun = [(due, plan.id) for plan in plans if (due := rhythm_of(plan).begun(today, plan.lead_days)) is not None]
        made, waiting = _made(work, begun), _waiting(work, [plan_id for _, plan_id in begun])
        found += [
            (due, plan_id)
            for due, plan_id in begun
            if (plan_id, due) not in made and not any(day < due for day in waiting.get(plan_id, ()))
        ]
    return sum(begin_round(work, plan_id, due) is not None for due, plan_id in sorted(found))


@part
def begin_round(work: Work, plan_id: UUID, due: date) -> WorkOrder | None:
    """Make the order of one round with its checklist. None: it was made already. Whoever comes second waits for the
    first at the plan's row."""
    plan = work.take(MaintenancePlan, plan_id)
    made = work.session.scalar(sa.select(PlanRound.id).where(PlanRound.plan_id == plan_id, PlanRound.due_on == due))
    key = order_id_of(plan_id, due)
    if made is not None or work.session.get(WorkOrder, key) is not None:
        return None
    begins = datetime.combine(due, time(), OFFICE_ZONE)
    order = WorkOrder(
        id=key, number=take_number(work, Series.WORK_ORDER), kind=plan.kind.value, state=WorkOrderState.REPORTED,
        category=plan.category, channel=RepairChannel.PLAN, urgent=False, room_id=plan.room_id,
        building_id=None if plan.room_id is not None else plan.building_id, facility=plan.facility, summary=plan.name,
        due_at=closing_of(repair_clock.rules_of(work).calendar, due),
        awaited_since=begins if begins > work.at else None, owner_id=_owner(work, plan),
    )  # fmt: skip
    work.add(order)
    work.session.flush()
    work.add(PlanRound(id=uuid5(key, "round"), plan_id=plan_id, due_on=due, work_order_id=key))
    for place, words in enumerate(plan.checklist):
        work.add(CheckLine(id=uuid5(key, f"check {place}"), work_order_id=key, place=place, words=words))
    work_orders.report_line(work, order, plan=plan_id.hex, due=due.isoformat())
    if (firm := _firm(work, plan)) is not None:
        order.contractor_id, order.contract_price = firm.id, firm.price
        work_orders.advance(work, order, "assign", contractor=firm.id.hex)
    work.session.flush()
    return order


def closing_of(calendar: Calendar, day: date) -> datetime:
    """When the office closes on a day, whether it works then or not: by then a round is to be done."""
    return datetime.combine(day, time(), OFFICE_ZONE) + timedelta(minutes=calendar.spans[-1].until)


def _pages(work: Work) -> Iterator[Sequence[MaintenancePlan]]:
    """Every plan, by pages along its id."""
    query = sa.select(MaintenancePlan).where(MaintenancePlan.deleted_at.is_(None)).order_by(MaintenancePlan.id)
    rows = work.session.scalars(query.limit(PAGE)).all()
    while rows:
        yield rows
        rows = work.session.scalars(query.where(MaintenancePlan.id > rows[-1].id).limit(PAGE)).all()


def _made(work: Work, begun: Sequence[tuple[date, UUID]]) -> set[tuple[UUID, date]]:
    """{(plan, due day)} of rounds that became orders already."""
    rows = work.session.execute(
        sa.select(PlanRound.plan_id, PlanRound.due_on).where(
            PlanRound.plan_id.in_([plan_id for _, plan_id in begun]), PlanRound.due_on.in_({due for due, _ in begun})
        )
    )
    return {(row.plan_id, row.due_on) for row in rows}


def _waiting(work: Work, plans: Sequence[UUID]) -> dict[UUID, list[date]]:
    """{plan: due days of its orders that are open}."""
    found: dict[UUID, list[date]] = {}
    for row in work.session.execute(
        sa.select(PlanRound.plan_id, PlanRound.due_on)
        .join(WorkOrder, WorkOrder.id == PlanRound.work_order_id)
        .where(PlanRound.plan_id.in_(plans), WorkOrder.state.in_(OPEN))
    ):
        found.setdefault(row.plan_id, []).append(row.due_on)
    return found


def _owner(work: Work, plan: MaintenancePlan) -> UUID | None:
    """Who answers for it: the lead of the team that does it, where that is somebody who works here."""
    lead = None if plan.team_id is None else work.session.get_one(RepairTeam, plan.team_id).lead_id
    member = None if lead is None else work.session.get(StaffMember, lead)
    if member is not None and member.disabled_at is None and member.deleted_at is None:
        return member.id
    return work_orders.lead_of(work)


def _firm(work: Work, plan: MaintenancePlan) -> Contractor | None:
    """The firm that does it, while it is one of ours."""
    firm = None if plan.contractor_id is None else work.session.get(Contractor, plan.contractor_id)
    if firm is None or firm.deleted_at is not None:
        return None
    return firm if firm.ended_on is None or firm.ended_on > work.world.today() else None
