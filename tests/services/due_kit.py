"""What the tests of due things ask: passes, the facts that are there, an office that lives on."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from desktop.models.due import DueFact
from desktop.models.values import OrderKind, RepairCategory
from desktop.models.work_orders import Technician, WorkOrder, WorkOrderState
from desktop.services import due_engine, work_orders
from desktop.services.acts import Op
from desktop.services.due_engine import DuePass
from desktop.services.numbers import Series, take_number
from desktop.services.office import Office
from desktop.services.work import PROGRAM, Work, begin


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
    office: Office, *, urgent: bool = False, promised: timedelta | None = None, room_id: UUID | None = None,
    category: RepairCategory = RepairCategory.WATER, party_id: UUID | None = None,
) -> UUID:  # fmt: skip
    """Somebody reports a repair now."""
    with begin(office, PROGRAM, Op.REPORT_REPAIR) as work:
        work.authorised += 1
        order = work.add(
            WorkOrder(
                number=take_number(work, Series.WORK_ORDER), kind=OrderKind.REPAIR.value, state=WorkOrderState.REPORTED,
                room_id=room_id, party_id=party_id, category=category, summary="水龙头滴水", urgent=urgent,
                owner_id=work_orders.owner_of(work), due_at=None if promised is None else work.at + promised,
            )
        )  # fmt: skip
        work_orders.report_line(work, order)
        return order.id


def order_event(office: Office, order_id: UUID, event: str) -> None:
    """Something happens to a work order: an event of its machine."""
    with begin(office, PROGRAM, Op.GO_ON_WITH_REPAIR) as work:
        work.authorised += 1
        order = work_orders.take_order(work, order_id)
        if event == "assign":
            order.technician_id = somebody(work)
        work_orders.advance(work, order, event, "约好再来")


def somebody(work: Work) -> UUID:
    """A technician who can do everything, the same one each time."""
    found = work.session.scalar(sa.select(Technician.id).order_by(Technician.id).limit(1))
    if found is None:
        man = Technician(name="方一鸣", skills=[], building_ids=[], weekdays="1234567", hours="08:30-17:30")
        found = work.add(man).id
        work.session.flush()
    return found
