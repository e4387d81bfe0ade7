"""The board of repairs 报修看板: every order that somebody must still look after, and how its clocks go on.

It is read once; until something is stored the clocks are carried on from what was read (`carried_on`), without asking
the database: a clock is the working time that is left, and working time goes by as the office's calendar says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from desktop.models.places import Building
from desktop.models.values import Right
from desktop.models.work_orders import OPEN, UNANSWERED, WorkOrder, WorkOrderState
from desktop.services import repair_clock, technicians, work_order_page
from desktop.services.repair_clock import Clock, ClockRules
from desktop.services.rights import needs
from desktop.services.technicians import TeamRow
from desktop.services.work import Look
from desktop.services.work_order_page import OrderCard
from desktop.services.working_time import Calendar, working_time_between
from desktop.world import OFFICE_ZONE

CALLED_WITHIN = timedelta(hours=24)
"""By when somebody is asked whether it was well done (M-10)."""
MOST_DONE = 500
"""So many that are done and not closed stand on the board; older ones are found by their number."""
_TO_CLOSE = (WorkOrderState.DONE, WorkOrderState.CHECKED)


@dataclass(frozen=True, slots=True)
class BoardOrder:
    """One order on the board. `whole`: the working time that its clock began with, as the rules have it; `call_by`: by
    when its reporter is asked, None while it is not done, and once that was done."""

    card: OrderCard
    whole: timedelta = timedelta(0)
    call_by: datetime | None = None
    rating: int | None = None
    best: str = ""
    """Whom dispatching would send; empty: not asked, or nobody fits."""


@dataclass(frozen=True, slots=True)
class RepairBoard:
    """The orders, the most pressing first, and what their clocks go on by. `at`: when the clocks stood like this."""

    orders: tuple[BoardOrder, ...]
    done_today: int
    at: datetime
    calendar: Calendar
    whole: bool = True
    """False: only the oldest stand here, to be seen while the others are read."""
    teams: tuple[TeamRow, ...] = ()
    houses: tuple[tuple[UUID, str], ...] = ()
    """Buildings in which something stands on the board, in their order."""


@needs(Right.SEE_REPAIRS)
def count_waiting(look: Look) -> int:
    """So many orders wait for somebody to be sent."""
    waiting = sa.select(sa.func.count()).where(
        WorkOrder.state == WorkOrderState.REPORTED, WorkOrder.deleted_at.is_(None)
    )
    return look.session.scalar(waiting.select_from(WorkOrder)) or 0


@needs(Right.SEE_REPAIRS)
def repair_board(look: Look, most: int | None = None) -> RepairBoard:
    """Every open order, then those that are done and not closed yet, whoever is to be asked first. `most`: so many of
    the oldest open ones, which is what one sees first."""
    rules, now = repair_clock.rules_of(look), look.world.now()
    cards = work_order_page.cards_of(look, WorkOrder.state.in_(OPEN), most, oldest=True)
    opened = [BoardOrder(card, _whole(rules, card)) for card in work_order_page.pressing(cards)]
    whole = most is None or len(cards) < most
    done = _done(look) if whole else ()
    midnight = now.astimezone(OFFICE_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    done_today = look.session.scalar(
        sa.select(sa.func.count())
        .select_from(WorkOrder)
        .where(WorkOrder.done_at >= midnight, WorkOrder.deleted_at.is_(None))
    )
    orders = (*opened, *done)
    houses = _houses(look, {order.card.building_id for order in orders}) if whole else ()
    teams = tuple(technicians.list_teams(look)) if whole else ()
    return RepairBoard(orders, done_today or 0, now, rules.calendar, whole, teams, houses)


def of_team(order: BoardOrder, team: TeamRow) -> bool:
    """Whether an order is a team's: one of its people has it, or nobody of ours and it is their kind of work."""
    if order.card.team_id is not None:
        return order.card.team_id == team.id
    return order.card.category in team.form.categories or not team.form.categories


def _houses(look: Look, ids: Collection[UUID | None]) -> tuple[tuple[UUID, str], ...]:
    rows = look.session.execute(
        sa.select(Building.id, Building.name)
        .where(Building.deleted_at.is_(None))
        .order_by(Building.sort, Building.name, Building.id)
    )
    return tuple((row.id, row.name) for row in rows if row.id in ids)


def suggested(board: RepairBoard, best: Mapping[UUID, str]) -> RepairBoard:
    """The same board with the names of `dispatch.suggest` beside the orders that wait."""
    orders = [
        order if (name := best.get(order.card.id, "")) == order.best else replace(order, best=name)
        for order in board.orders
    ]
    return replace(board, orders=tuple(orders))


def carried_on(board: RepairBoard, now: datetime) -> RepairBoard:
    """The same orders some minutes later, in the same places."""
    if now <= board.at:
        return board
    office = working_time_between(board.at, now, board.calendar)
    orders = [
        replace(order, card=replace(order.card, clock=_later(order.card.clock, gone)))
        for order in board.orders
        for gone in (now - board.at if order.card.urgent else office,)
    ]
    return replace(board, orders=tuple(orders), at=now)


def _later(clock: Clock, gone: timedelta) -> Clock:
    """A clock after so much working time; one that stands or has ended does not go on."""
    if clock.left is None or clock.stands:
        return clock
    left = clock.left - gone
    return replace(clock, left=left, late=clock.late or left <= timedelta(0))


def _whole(rules: ClockRules, card: OrderCard) -> timedelta:
    minutes = rules.answer_minutes if card.state in UNANSWERED else rules.finish_minutes
    return minutes(card.category, card.urgent) * repair_clock.MINUTE


def _done(look: Look) -> Sequence[BoardOrder]:
    rows = look.session.execute(
        sa.select(WorkOrder.id, WorkOrder.done_at, WorkOrder.rating, WorkOrder.party_id)
        .where(WorkOrder.state.in_(_TO_CLOSE), WorkOrder.deleted_at.is_(None))
        .order_by(WorkOrder.done_at.desc(), WorkOrder.id.desc())
        .limit(MOST_DONE)
    ).all()
    told = {row.id: row for row in rows}
    found = []
    for card in work_order_page.cards_of(look, WorkOrder.state.in_(_TO_CLOSE), MOST_DONE):
        if (row := told.get(card.id)) is not None:
            asked = row.rating is not None or row.party_id is None or row.done_at is None
            found.append(BoardOrder(card, CALLED_WITHIN, None if asked else row.done_at + CALLED_WITHIN, row.rating))
    return sorted(found, key=lambda each: (each.call_by is None, each.call_by, each.card.number))
