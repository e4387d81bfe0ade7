"""Open work orders of the demo office, most of them where somebody lives."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from desktop.models.values import OrderKind
from desktop.models.work_orders import Technician, WorkOrder, WorkOrderState
from desktop.services import repair_clock, work_orders
from desktop.services.acts import Op
from desktop.services.demo_plan import Fate
from desktop.services.demo_stage import Stage
from desktop.services.numbers import Series, take_number
from desktop.services.rights import part
from desktop.services.work import Work

_REPAIRS = (
    ("厨房水龙头滴水", False, "reported"), ("卫生间顶部渗水", True, "working"), ("空调不制冷", False, "assigned"),
    ("门锁打不开", True, "reported"), ("马桶堵塞", False, "working"), ("客厅灯不亮", False, "reported"),
    ("热水器点不着火", True, "assigned"), ("窗户关不严", False, "reported"),
)  # fmt: skip
_WAY = ("assign", "accept", "begin", "finish")
"""How an order comes to where it stands."""


def report_repairs(stage: Stage) -> None:
    """What tenants reported and how far it has come."""
    living = [each for each in stage.living.values() if each.stay.fate is Fate.LIVES]
    for summary, urgent, state in _REPAIRS[: len(living)]:
        each = stage.source.choice(living)
        with stage.act(stage.staff["front_desk"], Op.REPORT_REPAIR) as work:
            put_repair(work, each.room_id, each.party_id, summary, urgent, state)


@part
def put_repair(work: Work, room_id: UUID, party_id: UUID | None, summary: str, urgent: bool, state: str) -> UUID:
    """A repair somebody reported, moved on to where it stands."""
    order = WorkOrder(
        number=take_number(work, Series.WORK_ORDER), kind=OrderKind.REPAIR.value, state=WorkOrderState.REPORTED,
        room_id=room_id, party_id=party_id, summary=summary, urgent=urgent, owner_id=work_orders.owner_of(work),
    )  # fmt: skip
    work.add(order)
    work.session.flush()
    order.due_at = repair_clock.rules_of(work).promise(order.category, urgent, work.at)
    work_orders.report_line(work, order)
    for event in _WAY:
        if order.state == state:
            break
        if event == "assign":
            order.technician_id = _technician(work)
        work_orders.advance(work, order, event)
    work.subject(order)
    work.record(urgent=urgent)
    return order.id


def _technician(work: Work) -> UUID:
    found = work.session.scalar(sa.select(Technician.id).order_by(Technician.id).limit(1))
    if found is None:
        man = Technician(name="方师傅", skills=[], building_ids=[], weekdays="1234567", hours="08:30-17:30")
        found = work.add(man).id
        work.session.flush()
    return found
