"""Plans of the tests: one that is due every month, and what came of it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from desktop.models.places import Building
from desktop.models.plans import PlanRound
from desktop.models.values import OrderKind, PlanUnit, RepairCategory
from desktop.models.work_orders import WorkOrder
from desktop.services import plans
from desktop.services.acts import Op
from desktop.services.office import Office
from desktop.services.plans import PlanForm
from desktop.services.work import PROGRAM, Actor, begin

LINES = ("灭火器压力在绿区", "消火栓门能开", "应急灯亮")


def house_of(office: Office) -> UUID:
    with office.reading() as session:
        return session.scalars(sa.select(Building.id).order_by(Building.sort)).first()  # type: ignore[return-value]


def plan_form(office: Office, **more: object) -> PlanForm:
    """A lift, every month from the end of the month before, unless said otherwise."""
    usual: dict[str, object] = {
        "name": "2 号电梯月度维保", "category": RepairCategory.LIFT, "building_id": house_of(office),
        "facility": "2 号电梯", "every": 1, "unit": PlanUnit.MONTH, "anchor": date(2026, 11, 30), "lead_days": 3,
        "valid_from": date(2026, 11, 1), "basis": "电梯维保合同第 4 条",
    }  # fmt: skip
    return PlanForm(**usual | more)  # type: ignore[arg-type]


def inspection_form(office: Office, **more: object) -> PlanForm:
    """Fire equipment, every month, with three lines."""
    usual: dict[str, object] = {
        "name": "1 栋消防月检", "kind": OrderKind.INSPECTION, "category": RepairCategory.FIRE, "facility": "",
        "lines": LINES,
    }  # fmt: skip
    return plan_form(office, **usual | more)


def put_plan(office: Office, form: PlanForm, actor: Actor = PROGRAM) -> UUID:
    with begin(office, actor, Op.CHANGE_PLAN) as work:
        return plans.save_plan(work, form)


def rounds(office: Office, plan_id: UUID | None = None) -> list[tuple[date, WorkOrder]]:
    """[(due day, order)] in the order of their days."""
    with office.reading() as session:
        query = (
            sa.select(PlanRound.due_on, WorkOrder)
            .join(WorkOrder, WorkOrder.id == PlanRound.work_order_id)
            .order_by(PlanRound.due_on)
        )
        rows = session.execute(query if plan_id is None else query.where(PlanRound.plan_id == plan_id)).all()
        return [(row[0], row[1]) for row in rows]
