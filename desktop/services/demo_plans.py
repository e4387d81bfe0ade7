"""What the demo office does by plan: lifts, fire equipment and patrols, with the rounds of the last weeks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from desktop.models.places import Building
from desktop.models.plans import CheckLine, PlanRound
from desktop.models.values import CheckAnswer, RepairCategory
from desktop.models.work_orders import OPEN, RepairTeam, WorkOrder
from desktop.services import dispatch, plan_rounds, plans, work_orders
from desktop.services.acts import Op
from desktop.services.demo_stage import Stage
from desktop.services.plan_presets import PRESETS
from desktop.services.plans import PlanForm
from desktop.services.rights import part
from desktop.services.work import Work

ROUND_DAYS = (58, 51, 44, 37, 30, 23, 16, 9)
"""So many days ago somebody did what the plans asked for."""
BEGUN = 60
"""… and so many ago the plans were written."""


def write_plans(stage: Stage) -> None:
    """The plans, as the lead of the repairs wrote them."""
    today, end = stage.world.today(), stage.plan.today
    with stage.act(stage.staff["repair_lead"], Op.CHANGE_PLAN) as work:
        houses = work.session.execute(sa.select(Building.id, Building.name).order_by(Building.sort)).all()
        team = work.session.scalar(sa.select(RepairTeam.id).order_by(RepairTeam.sort.desc()))
        for house in houses[:2]:
            _save(work, "电梯半月维保", f"{house.name}电梯半月维保", end - timedelta(days=44), today,
                  building_id=house.id, facility="1 号电梯")  # fmt: skip
        _save(work, "消防月检", f"{houses[0].name}消防月检", end + timedelta(days=2), today, building_id=houses[0].id)
        _save(work, "消防设施年度检测", "消防设施年度检测", end + timedelta(days=75), today)
        _save(work, "水箱清洗消毒", "水箱清洗消毒", end + timedelta(days=120), today, facility="地下水箱")
        _save(work, "楼栋每日巡查", "每周楼栋巡查", end - timedelta(days=3), today, every=7, team_id=team)


def _save(work: Work, preset: str, name: str, anchor: date, since: date, **more: object) -> UUID:
    known = next(each for each in PRESETS if each.name == preset)
    form = PlanForm(
        name, known.kind, known.category, every=known.every, unit=known.unit, anchor=anchor,
        lead_days=known.lead_days, valid_from=since, basis=known.basis, lines=known.lines,
    )  # fmt: skip
    return plans.save_plan(work, replace(form, **more))  # type: ignore[arg-type]


def do_rounds(stage: Stage) -> None:
    """What has begun by today becomes orders, and what is due is done; the last round of each waits."""
    with stage.act(stage.staff["repair_lead"], Op.FIND_DUE) as work:
        plan_rounds.begin_rounds(work)
    today = stage.world.today()
    with stage.act(stage.staff["repair_lead"], Op.GO_ON_WITH_REPAIR) as work:
        due = work.session.scalars(
            sa.select(PlanRound.work_order_id)
            .join(WorkOrder, WorkOrder.id == PlanRound.work_order_id)
            .where(WorkOrder.state.in_(OPEN), PlanRound.due_on <= today + timedelta(days=2))
            .order_by(PlanRound.due_on, PlanRound.id)
        ).all()
        for order_id in due:
            _do(work, order_id)


@part
def _do(work: Work, order_id: UUID) -> None:
    """Somebody goes, looks at everything, and it is closed."""
    people = dispatch.propose(work, order_id).people
    if not people:
        return
    dispatch.assign(work, dispatch.Assign(order_id, people[0].technician_id, accepted=True, anyway=True))
    order = work_orders.take_order(work, order_id)
    lines = work.session.scalars(
        sa.select(CheckLine).where(CheckLine.work_order_id == order_id).order_by(CheckLine.place)
    ).all()
    for line in lines:
        bad = order.category is RepairCategory.ORDER and line.place == 1
        line.answer, line.note = (CheckAnswer.BAD, "三层楼道灯不亮") if bad else (CheckAnswer.OK, None)
    work.session.flush()
    for event in ("begin", "finish", "check", "close"):
        work_orders.advance(work, order, event)
        work.session.flush()
