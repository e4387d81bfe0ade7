"""Asking whether it was well done 回访: one to five within a day; a bad answer makes a rectification 整改, asked about
again.

The engine of due things asks for the call (`due_rules.RepairsUnrated`); whoever did the work stands in the line of the
rating, so that ratings count for people and teams whatever happens to the order later.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from desktop.models.values import OrderKind, Right
from desktop.models.work_orders import FINISHED, OPEN, WorkOrder, WorkOrderState
from desktop.services import repair_clock, work_orders
from desktop.services.errors import DomainError, ProblemsFound
from desktop.services.numbers import Series, take_number
from desktop.services.rights import needs
from desktop.services.transitions import WORK_ORDER
from desktop.services.work import Work

BAD = 2
"""So many stars and fewer make a rectification."""
BEST = 5


@dataclass(frozen=True, slots=True)
class Rating:
    """What somebody said when they were asked. A bad one says why."""

    order_id: UUID
    stars: int
    reason: str = ""
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Rated:
    """News of a rating. The rectification that it made, or that is still open from before; None: it was good."""

    rectification_id: UUID | None = None
    number: str = ""
    made: bool = False


def rating_problems(form: Rating) -> dict[str, str]:
    """What is still to be mended, by field."""
    problems: dict[str, str] = {}
    if not 1 <= form.stars <= BEST:
        problems["stars"] = "选 1 到 5 分：1 很不满意，5 很满意"
    elif form.stars <= BAD and len(form.reason.strip()) < 2:
        problems["reason"] = "写明哪里不满意：整改的人要看，例如 又滴水、迟到一小时"
    elif trouble := work_orders.note_problem(form.reason):
        problems["reason"] = trouble
    return problems


@needs(Right.EDIT_REPAIRS)
def rate_order(work: Work, request: Rating) -> Rated:
    """Keep what somebody said of a finished order; a bad rating makes one rectification, for the lead of the repairs.

    Asked again, the later answer counts. Raises ProblemsFound, RowChanged, DomainError for an order that is not done.
    """
    if problems := rating_problems(request):
        raise ProblemsFound(problems)
    order = work_orders.take_order(work, request.order_id, request.seen)
    if order.state not in FINISHED:
        raise DomainError(f"{order.number} 现在是「{WORK_ORDER.words[order.state]}」：做完再登记评价")
    order.rating = request.stars
    hands = {"technician": order.technician_id, "contractor": order.contractor_id}
    told = {name: row_id.hex for name, row_id in hands.items() if row_id is not None}
    work_orders.line(work, order, "rate", request.reason, (), told | {"stars": request.stars})
    work.subject(order)
    work.record(stars=request.stars)
    return _rectify(work, order, request.reason) if request.stars <= BAD else Rated()


def _rectify(work: Work, order: WorkOrder, reason: str) -> Rated:
    standing = work.session.execute(
        sa.select(WorkOrder.id, WorkOrder.number)
        .where(WorkOrder.follows_id == order.id, WorkOrder.state.in_(OPEN), WorkOrder.deleted_at.is_(None))
        .limit(1)
    ).first()
    if standing is not None:
        return Rated(standing.id, standing.number)
    rules = repair_clock.rules_of(work)
    again = WorkOrder(
        id=work.world.new_id(), number=take_number(work, Series.WORK_ORDER), kind=OrderKind.COMPLAINT.value,
        state=WorkOrderState.REPORTED, category=order.category, channel=order.channel, urgent=False,
        room_id=order.room_id, building_id=order.building_id, facility=order.facility, place=order.place,
        party_id=order.party_id, summary=f"整改 {order.number}：{order.summary}", follows_id=order.id,
        due_at=rules.promise(order.category, False, work.at), owner_id=work_orders.lead_of(work),
    )  # fmt: skip
    work.add(again)
    event = work_orders.report_line(work, again, follows=order.id.hex)
    event.note = reason.strip()
    return Rated(again.id, again.number, made=True)
