"""What the tests of due things ask: passes, the facts that are there, an office that lives on."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from desktop.models.due import DueFact
from desktop.models.work_orders import WorkOrder, WorkOrderEvent, WorkOrderState
from desktop.services import due_engine
from desktop.services.acts import Op
from desktop.services.due_engine import DuePass
from desktop.services.numbers import Series, take_number
from desktop.services.office import Office
from desktop.services.transitions import WORK_ORDER, move
from desktop.services.work import PROGRAM, begin


def facts(office: Office, rule: str | None = None) -> list[DueFact]:
    """Every fact, in the order in which they were produced."""
    with office.reading() as session:
        query = sa.select(DueFact).order_by(DueFact.id)
        return list(session.scalars(query if rule is None else query.where(DueFact.rule == rule)))


def told(office: Office, rule: str) -> list[tuple[int, str]]:
    """[(level, state)] of a rule, in the order of their production."""
    return [(fact.level, fact.state.value) for fact in facts(office, rule)]


def later(office: Office, **by: float) -> DuePass:
    """So much time goes by, then the engine runs."""
    office.world.advance(timedelta(**by))  # type: ignore[attr-defined]
    return due_engine.run_pass(office)


def report_repair(
    office: Office, *, urgent: bool = False, promised: timedelta | None = None, room_id: UUID | None = None
) -> UUID:  # fmt: skip
    """Somebody reports a repair now."""
    with begin(office, PROGRAM, Op.REPORT_REPAIR) as work:
        work.authorised += 1
        order = work.add(
            WorkOrder(
                number=take_number(work, Series.WORK_ORDER), kind="repair", state=WorkOrderState.WAITING,
                room_id=room_id, party_id=None, summary="水龙头滴水", urgent=urgent, assignee_id=None,
                due_at=None if promised is None else work.at + promised,
            )
        )  # fmt: skip
        work.session.flush()
        work.add(WorkOrderEvent(work_order_id=order.id, kind="reported", detail={}))
        return order.id


def order_event(office: Office, order_id: UUID, event: str) -> None:
    """Something happens to a work order: an event of its machine, or pause and resume."""
    with begin(office, PROGRAM, Op.REPORT_REPAIR) as work:
        order = work.take(WorkOrder, order_id)
        if event not in ("pause", "resume"):
            order.state = move(WORK_ORDER, order.state, event)
        work.add(WorkOrderEvent(work_order_id=order_id, kind=event, detail={}))
