"""What pages show of work orders: the board of open ones with their clocks, and one order with its whole history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from desktop.models.access import StaffMember
from desktop.models.parties import Party
from desktop.models.payments import PrintEvent
from desktop.models.places import Building, Room
from desktop.models.values import CaseLevel, Money, OrderKind, RepairCategory, RepairChannel, Right
from desktop.models.work_orders import (
    OPEN,
    Contractor,
    Technician,
    WorkOrder,
    WorkOrderEvent,
    WorkOrderState,
)
from desktop.services import check_sums, plans, repair_clock, slip_codes
from desktop.services.check_sums import CheckSums
from desktop.services.party_page import MaskedField
from desktop.services.repair_clock import Clock
from desktop.services.repair_intake import phone_of
from desktop.services.rights import needs, part
from desktop.services.transitions import WORK_ORDER
from desktop.services.work import Look
from desktop.services.work_orders import DISPATCH

OTHER_WORDS = {"reported": "报修", "note": "备注", "again": "又来催", "owner": "换负责人", "rate": "评价"}
"""Lines of the history that are no event of the machine."""


@dataclass(frozen=True, slots=True)
class OrderCard:
    """One order on the board."""

    id: UUID
    version: int
    number: str
    kind: OrderKind
    state: WorkOrderState
    category: RepairCategory
    urgent: bool
    summary: str
    place: str
    """1 栋 301 · 主卧卫生间; of common parts 1 栋 · 2 号电梯."""
    name: str
    """Who reported it."""
    hands: str
    """Who has it to do; empty: nobody yet."""
    owner: str
    reason: str
    since: datetime
    clock: Clock
    building_id: UUID | None = None
    team_id: UUID | None = None
    """The team of the technician who has it."""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of the history. `photos`: (stored file, before or after or empty)."""

    at: datetime
    who: str
    words: str
    """派单 · 方一鸣; 等住户; 评价 · 2 分."""
    state: WorkOrderState | None
    note: str
    photos: tuple[tuple[UUID, str], ...]


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Everything about one order."""

    card: OrderCard
    channel: RepairChannel
    room_id: UUID | None
    party_id: UUID | None
    phone: MaskedField | None
    """The number to call today, whatever it was when the order came in."""
    wished_from: datetime | None
    wished_to: datetime | None
    done_at: datetime | None
    contract_price: Money | None
    warranty_until: date | None
    rating: int | None
    follows: tuple[UUID, str] | None
    """The order that was rated badly, of a rectification."""
    followed_by: tuple[tuple[UUID, str], ...]
    events: tuple[tuple[str, str], ...]
    """(event, its word) that may follow, without those of dispatching."""
    dispatching: frozenset[str]
    """Which of assign, hand_over and take_back may follow."""
    lines: tuple[HistoryLine, ...]
    level: CaseLevel | None = None
    """Of a complaint or an incident."""
    plan: tuple[UUID, str, date] | None = None
    """(plan, its name, due day) of an order that came from one."""
    checks: CheckSums | None = None
    """How its checklist stands; None: it has none."""

    def photos(self, when: str) -> tuple[UUID, ...]:
        """The photos of before, or of after, side by side."""
        return tuple(photo for line in self.lines for photo, taken in line.photos if taken == when)


@needs(Right.SEE_REPAIRS)
def open_orders(look: Look) -> list[OrderCard]:
    """Every open order with its clocks: what has run out first, then by the time that is left; those whose clock
    stands last."""
    return pressing(cards_of(look, WorkOrder.state.in_(OPEN)))


def pressing(cards: Sequence[OrderCard]) -> list[OrderCard]:
    """What has run out first, then by the time that is left; those whose clock stands last."""
    return sorted(cards, key=lambda card: (card.clock.left is None, card.clock.left, card.number))


@needs(Right.SEE_REPAIRS)
def orders_of_room(look: Look, room_id: UUID, limit: int = 50) -> list[OrderCard]:
    """The orders of a room, the latest first."""
    return cards_of(look, WorkOrder.room_id == room_id, limit)


@needs(Right.SEE_REPAIRS)
def order_page(look: Look, order_id: UUID) -> OrderPage:
    """One order with its history. Raises NotFound."""
    order = look.get(WorkOrder, order_id)
    (card,) = cards_of(look, WorkOrder.id == order_id)
    moves = WORK_ORDER.possible(order.state)
    phone = phone_of(look, order.party_id) if order.party_id and Right.SEE_PARTIES in look.actor.rights else None
    before = _numbers(look, WorkOrder.id == order.follows_id) if order.follows_id else []
    return OrderPage(
        card, order.channel, order.room_id, order.party_id, phone, order.wished_from, order.wished_to, order.done_at,
        order.contract_price, order.warranty_until, order.rating, before[0] if before else None,
        tuple(_numbers(look, WorkOrder.follows_id == order.id)),
        tuple((event, WORK_ORDER.events[event]) for event in moves if event not in DISPATCH),
        frozenset(moves) & DISPATCH, _history(look, order.id), None if order.level is None else CaseLevel(order.level),
        plans.plan_of_order(look, order.id), check_sums.sums_of(look, [order.id]).get(order.id),
    )  # fmt: skip


@part
def cards_of(
    look: Look, which: sa.ColumnElement[bool], limit: int | None = None, *, oldest: bool = False
) -> list[OrderCard]:
    """Orders with what a card says of each, the latest first, or the oldest."""
    when = (WorkOrder.created_at, WorkOrder.id)
    owner, firm = sa.orm.aliased(StaffMember), sa.orm.aliased(Party)
    house = sa.orm.aliased(Building)
    rows = look.session.execute(
        sa.select(
            WorkOrder, Room.number.label("room"), sa.func.coalesce(Building.name, house.name).label("house"),
            Party.name.label("name"), sa.func.coalesce(Technician.name, firm.name).label("hands"),
            owner.name.label("owner"), sa.func.coalesce(Room.building_id, WorkOrder.building_id).label("building_id"),
            Technician.team_id,
        )
        .outerjoin(Room, Room.id == WorkOrder.room_id)
        .outerjoin(Building, Building.id == Room.building_id)
        .outerjoin(house, house.id == WorkOrder.building_id)
        .outerjoin(Party, Party.id == WorkOrder.party_id)
        .outerjoin(Technician, Technician.id == WorkOrder.technician_id)
        .outerjoin(Contractor, Contractor.id == WorkOrder.contractor_id)
        .outerjoin(firm, firm.id == Contractor.party_id)
        .outerjoin(owner, owner.id == WorkOrder.owner_id)
        .where(which, WorkOrder.deleted_at.is_(None))
        .order_by(*(when if oldest else (each.desc() for each in when)))
        .limit(limit)
    ).all()  # fmt: skip
    clocks = repair_clock.clocks_of(look, [row[0] for row in rows])
    sees_people = Right.SEE_PARTIES in look.actor.rights
    return [
        OrderCard(
            order.id, order.version, order.number, OrderKind(order.kind), order.state, order.category, order.urgent,
            order.summary, _place(order, row.room, row.house), (row.name or "") if sees_people else "",
            row.hands or "", row.owner or "", order.reason or "", order.created_at, clocks[order.id],
            row.building_id, row.team_id,
        )
        for row in rows
        for order in (row[0],)
    ]  # fmt: skip


def _place(order: WorkOrder, room: str | None, house: str | None) -> str:
    where = f"{house} {room}" if room else house or ""
    return " · ".join(each for each in (where, order.facility or "", order.place or "") if each)


def _numbers(look: Look, which: sa.ColumnElement[bool]) -> list[tuple[UUID, str]]:
    rows = look.session.execute(
        sa.select(WorkOrder.id, WorkOrder.number)
        .where(which, WorkOrder.deleted_at.is_(None))
        .order_by(WorkOrder.created_at, WorkOrder.id)
    )
    return [(row.id, row.number) for row in rows]


def _history(look: Look, order_id: UUID) -> tuple[HistoryLine, ...]:
    rows = look.session.execute(
        sa.select(WorkOrderEvent, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == WorkOrderEvent.created_by)
        .where(WorkOrderEvent.work_order_id == order_id)
        .order_by(WorkOrderEvent.created_at, WorkOrderEvent.id)
    ).all()
    names = _names(look, [event.detail for event, _ in rows])
    told = [
        (
            event.id,
            HistoryLine(
                event.created_at, who or "程序", _words(event, names), event.state, event.note or "",
                tuple((UUID(hex=photo), when) for photo, when in event.detail.get("photos", ())),
            ),
        )
        for event, who in rows
    ]  # fmt: skip
    every = sorted((*told, *_slips(look, order_id)), key=lambda pair: (pair[1].at, pair[0].int))
    return tuple(line for _, line in every)


def _slips(look: Look, order_id: UUID) -> list[tuple[UUID, HistoryLine]]:
    """Every slip that was printed, so that nobody wonders which paper somebody holds."""
    rows = look.session.execute(
        sa.select(PrintEvent.id, PrintEvent.created_at, PrintEvent.ordinal, StaffMember.name)
        .outerjoin(StaffMember, StaffMember.id == PrintEvent.created_by)
        .where(PrintEvent.subject_id == order_id, PrintEvent.paper == slip_codes.PAPER)
    )
    return [
        (row.id, HistoryLine(row.created_at, row.name or "程序", _printed_words(row.ordinal), None, "", ()))
        for row in rows
    ]


def _printed_words(ordinal: int) -> str:
    return f"打印维修单（补打 {ordinal}）" if ordinal else "打印维修单"


def _words(event: WorkOrderEvent, names: Mapping[str, str]) -> str:
    word = (
        "按计划开单"
        if "plan" in event.detail
        else OTHER_WORDS.get(event.kind) or WORK_ORDER.events.get(event.kind, event.kind)
    )
    told = [names[event.detail[key]] for key in _PEOPLE if event.detail.get(key) in names]
    if "stars" in event.detail:
        told.append(f"{event.detail['stars']} 分")
    if "minutes" in event.detail:
        told.append(f"{event.detail['minutes']} 分钟")
    return " · ".join((word, *told))


_PEOPLE = ("technician", "contractor", "owner")


def _names(look: Look, details: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """{hex id: name} of everybody whom the history names."""
    ids = {key: {UUID(hex=each[key]) for each in details if key in each} for key in _PEOPLE}
    found: dict[str, str] = {}
    questions: list[sa.Select[UUID, str]] = []
    if ids["technician"]:
        questions.append(sa.select(Technician.id, Technician.name).where(Technician.id.in_(ids["technician"])))
    if ids["contractor"]:
        questions.append(
            sa.select(Contractor.id, Party.name)
            .join(Party, Party.id == Contractor.party_id)
            .where(Contractor.id.in_(ids["contractor"]))
        )
    if ids["owner"]:
        questions.append(sa.select(StaffMember.id, StaffMember.name).where(StaffMember.id.in_(ids["owner"])))
    for question in questions:
        found |= {row_id.hex: name for row_id, name in look.session.execute(question)}
    return found
