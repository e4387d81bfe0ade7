"""Open work orders of the demo office, most of them where somebody lives."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from desktop.models.work_orders import WorkOrder, WorkOrderEvent, WorkOrderState
from desktop.services.acts import Op
from desktop.services.demo_plan import Fate
from desktop.services.demo_stage import Stage
from desktop.services.numbers import Series, take_number
from desktop.services.rights import part
from desktop.services.transitions import WORK_ORDER, move
from desktop.services.work import Work

_REPAIRS = (
    ("厨房水龙头滴水", False, "waiting"), ("卫生间顶部渗水", True, "under_way"), ("空调不制冷", False, "dispatched"),
    ("门锁打不开", True, "waiting"), ("马桶堵塞", False, "under_way"), ("客厅灯不亮", False, "waiting"),
    ("热水器点不着火", True, "dispatched"), ("窗户关不严", False, "waiting"),
)  # fmt: skip


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
    order = work.add(
        WorkOrder(
            number=take_number(work, Series.WORK_ORDER), kind="repair", state=WorkOrderState.WAITING, room_id=room_id,
            party_id=party_id, summary=summary, urgent=urgent, assignee_id=None,
            due_at=work.at + timedelta(hours=4 if urgent else 48),
        )
    )  # fmt: skip
    work.session.flush()
    work.add(WorkOrderEvent(work_order_id=order.id, kind="reported", detail={}))
    for event, after in (("dispatch", "dispatched"), ("begin", "under_way")):
        if order.state == state:
            break
        order.state = move(WORK_ORDER, order.state, event)
        work.add(WorkOrderEvent(work_order_id=order.id, kind=event, detail={"state": after}))
    work.subject(order)
    work.record(urgent=urgent)
    return order.id
