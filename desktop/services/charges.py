"""What is to be billed for fee items 应收计划: for every room, item and period, to whom, how much and why.

Pure: `charge_facts` reads, `plan_charges` works it out, `bill_runs` compares it with what is posted and posts it. What
is not billed is told with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from uuid import UUID

from desktop.models.values import FeeBasis, Period, add_months
from desktop.services.charge_values import ChargeFacts, Plan, RoomToBill
from desktop.services.fee_catalogue import FeeItemRow
from desktop.services.metered_charges import plan_metered
from desktop.services.monthly_charges import MonthlyCharge
from desktop.services.proration import ONE_DAY
from desktop.services.shared_charges import plan_shared


def plan_charges(facts: ChargeFacts, span: Period, today: date) -> Plan:
    """All charges of fee items for a span: periods paid ahead that the span touches, periods in arrears, readings and
    shared costs that end in it.

    The same facts give the same plan. `today`: nothing falls due before it.
    """
    plan = Plan()
    rooms = {room.id: room for room in facts.rooms}
    for item in facts.catalogue.items:
        match item.basis:
            case FeeBasis.AREA | FeeBasis.MONTHLY | FeeBasis.PIECE:
                for window in item_windows(item, span):
                    for room in _rooms_of(item, facts, rooms):
                        MonthlyCharge(facts.catalogue, item, room, window, today).into(plan)
            case FeeBasis.METER:
                plan_metered(facts, item, rooms, span, today, plan)
            case FeeBasis.SHARED:
                plan_shared(facts, item, rooms, span, today, plan)
            case FeeBasis.ONE_OFF:
                pass
    return plan


def item_windows(item: FeeItemRow, span: Period) -> list[Period]:
    """The whole collecting periods of an item that a span touches; in arrears those that end in it.

    Calendar months counted from January: a quarter begins on 1 January, 1 April, 1 July and 1 October.
    """
    month = (span.start.month - 1) // item.cycle_months * item.cycle_months + 1
    start = date(span.start.year, month, 1)
    found = []
    while start <= span.end:
        end = add_months(start, item.cycle_months) - ONE_DAY
        within = span.start <= end <= span.end if item.in_arrears else start <= span.end and end >= span.start
        if within and item.valid_from <= end and (item.valid_to is None or start <= item.valid_to):
            found.append(Period(start, end))
        start = end + ONE_DAY
    return found


def _rooms_of(item: FeeItemRow, facts: ChargeFacts, rooms: Mapping[UUID, RoomToBill]) -> Iterator[RoomToBill]:
    if item.every_room:
        for room in facts.rooms:
            if item.covers(room.building_id, room.kind):
                yield room
    else:
        named = facts.catalogue.room_fees.get(item.id, {})
        for room in facts.rooms:
            if room.id in named:
                yield room
