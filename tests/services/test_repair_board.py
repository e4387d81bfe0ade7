"""The board of repairs: what stands on it, and clocks that go on without another question to the database."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from desktop.models.values import RepairCategory
from desktop.services import repair_board, repair_ratings
from desktop.services.acts import Op
from desktop.services.errors import Refused
from desktop.services.office import Office
from desktop.services.repair_board import RepairBoard, carried_on
from desktop.services.repair_ratings import Rating
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.offices import check_in, rooms_of, sit_down
from tests.services.test_dispatch import hire, send
from tests.services.test_work_order_page import report
from tests.services.test_work_orders import go


@pytest.fixture
def lead(office: Office, world: SeededWorld) -> Actor:
    world.set_now(datetime(2026, 11, 23, 9, 0, tzinfo=OFFICE_ZONE))
    return sit_down(office, "repair_lead", login="qinl", name="秦岭")


def board(office: Office, actor: Actor) -> RepairBoard:
    with look(office, actor) as reading:
        return repair_board.repair_board(reading)


def test_what_is_done_stays_until_somebody_was_asked_and_it_is_closed(
    office: Office, lead: Actor, world: SeededWorld
) -> None:
    lease = check_in(office, PROGRAM, rooms_of(office)[0])
    man = hire(office, lead, "方一鸣")
    done = report(office, lead, "水龙头滴水", party_id=lease.party_id)
    common = report(office, lead, "走廊灯不亮", 1, category=RepairCategory.POWER)
    for order in (done, common):
        send(office, lead, order, man, accepted=True, anyway=True)
        go(office, lead, order, "finish")
    opened = report(office, lead, "门锁打不开", 2, category=RepairCategory.DOOR)
    shown = board(office, lead)
    assert [order.card.id for order in shown.orders] == [opened, done, common]
    assert shown.orders[1].call_by == world.now() + timedelta(hours=24)
    assert shown.orders[2].call_by is None  # nobody to be called
    assert shown.done_today == 2
    with begin(office, lead, Op.GO_ON_WITH_REPAIR) as work:
        repair_ratings.rate_order(work, Rating(done, 5))
    assert {order.card.id: order.rating for order in board(office, lead).orders}[done] == 5
    for event in ("check", "close"):
        go(office, lead, done, event)
    world.advance(timedelta(days=1))
    shown = board(office, lead)
    assert [order.card.id for order in shown.orders] == [opened, common]
    assert shown.done_today == 0
    with look(office, Actor(lead.staff_id, "", frozenset())) as reading, pytest.raises(Refused):
        repair_board.repair_board(reading)


@pytest.mark.parametrize("minutes", [1, 45, 120, 121, 500, 1500, 4321])
def test_clocks_carried_on_stand_as_if_they_were_read_anew(
    office: Office, lead: Actor, world: SeededWorld, minutes: int
) -> None:
    report(office, lead, "水龙头滴水", 0)
    report(office, lead, "水管爆了", 1, urgent=True)
    standing = report(office, lead, "灯不亮", 2, category=RepairCategory.POWER)
    send(office, lead, standing, hire(office, lead, "方一鸣"), accepted=True)
    world.advance(timedelta(minutes=30))
    go(office, lead, standing, "wait_tenant", "约好周六上午在家")
    world.advance(timedelta(minutes=30))
    begun = board(office, lead)
    world.advance(timedelta(minutes=minutes))
    fresh, carried = board(office, lead), carried_on(begun, world.now())
    clocks = {order.card.id: order.card.clock for order in carried.orders}
    assert {order.card.id: (order.card.clock.left, order.card.clock.late) for order in fresh.orders} == {
        order: (clock.left, clock.late) for order, clock in clocks.items()
    }
    assert carried_on(fresh, begun.at) is fresh  # a clock that was put back stops nothing


def test_the_first_of_many_are_the_oldest(office: Office, lead: Actor, world: SeededWorld) -> None:
    orders = []
    for room, summary in enumerate(("水龙头滴水", "灯不亮", "门锁打不开")):
        orders.append(report(office, lead, summary, room))
        world.advance(timedelta(minutes=1))
    with look(office, lead) as reading:
        first = repair_board.repair_board(reading, 2)
        few = repair_board.repair_board(reading, 20)
    assert ([order.card.id for order in first.orders], first.whole) == (orders[:2], False)
    assert ([order.card.id for order in few.orders], few.whole) == (orders, True)
