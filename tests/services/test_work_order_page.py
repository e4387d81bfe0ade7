"""What pages show of work orders: the board in the order of its clocks, one order with its whole history."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from desktop.models.parties import Party
from desktop.models.values import Money, RepairCategory
from desktop.models.work_orders import WorkOrderState
from desktop.services import dispatch, party_edits, repair_intake, repair_ratings, work_order_page
from desktop.services.acts import Op
from desktop.services.dispatch import Assign, AssignContractor
from desktop.services.errors import NotFound, Refused
from desktop.services.office import Office
from desktop.services.repair_intake import Report
from desktop.services.repair_ratings import Rating
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.services.work_order_page import OrderPage
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.offices import check_in, rooms_of, sit_down
from tests.services.test_dispatch import firm, hire, send
from tests.services.test_work_orders import go, order_of, photo


@pytest.fixture
def lead(office: Office, world: SeededWorld) -> Actor:
    world.set_now(datetime(2026, 11, 23, 9, 0, tzinfo=OFFICE_ZONE))
    return sit_down(office, "repair_lead", login="qinl", name="秦岭")


def report(office: Office, actor: Actor, summary: str, room: int = 0, **more: object) -> UUID:
    request = Report(
        office.world.new_id(), summary, more.pop("category", RepairCategory.WATER),  # type: ignore[arg-type]
        room_id=rooms_of(office)[room], **more,  # type: ignore[arg-type]
    )  # fmt: skip
    with begin(office, actor, Op.REPORT_REPAIR) as work:
        repair_intake.report_repair(work, request)
    return request.key


def page(office: Office, actor: Actor, order: UUID) -> OrderPage:
    with look(office, actor) as reading:
        return work_order_page.order_page(reading, order)


def test_the_board_begins_with_what_has_run_out(office: Office, lead: Actor, world: SeededWorld) -> None:
    late = report(office, lead, "水龙头滴水", 0)
    world.advance(timedelta(hours=2, minutes=30))
    fresh = report(office, lead, "门锁打不开", 1, category=RepairCategory.DOOR, place="卧室")
    urgent = report(office, lead, "水管爆了", 2, urgent=True)
    standing = report(office, lead, "灯不亮", 3, category=RepairCategory.POWER)
    send(office, lead, standing, hire(office, lead, "方一鸣"), accepted=True)
    go(office, lead, standing, "wait_tenant", "约好周六上午在家")
    gone = report(office, lead, "窗户关不严", 4, category=RepairCategory.DOOR)
    go(office, lead, gone, "cancel", "自己修好了")
    with look(office, lead) as reading:
        found = work_order_page.open_orders(reading)
        of_room = work_order_page.orders_of_room(reading, rooms_of(office)[4])
    assert [card.id for card in found] == [late, urgent, fresh, standing]
    assert [card.clock.late for card in found] == [True, False, False, False]
    assert (found[2].place, found[3].hands, found[3].reason) == ("1 栋 302 · 卧室", "方一鸣", "约好周六上午在家")
    assert [(card.id, card.state, card.clock.left) for card in of_room] == [(gone, WorkOrderState.CANCELLED, None)]
    nobody = Actor(lead.staff_id, "", frozenset())
    with look(office, nobody) as reading, pytest.raises(Refused):
        work_order_page.open_orders(reading)


def test_an_order_tells_its_whole_history_and_whom_to_call_today(
    office: Office, lead: Actor, world: SeededWorld
) -> None:
    lease = check_in(office, PROGRAM, rooms_of(office)[0])
    man, other = hire(office, lead, "方一鸣"), hire(office, lead, "卢大勇")
    order = report(office, lead, "水龙头滴水", party_id=lease.party_id, photos=(photo(),))
    send(office, lead, order, man)
    with begin(office, lead, Op.ASSIGN_REPAIR) as work:
        dispatch.hand_over(work, Assign(order, other, "临时去抢修"))
    shown = page(office, lead, order)
    assert (shown.card.name, shown.card.hands, shown.card.owner) == ("顾听澜", "卢大勇", "秦岭")
    assert shown.phone is not None
    assert shown.phone.text.endswith("5678")
    assert [word for _, word in shown.events] == ["接单", "出发", "开始处理", "完成", "取消"]
    assert shown.dispatching == {"hand_over", "take_back"}
    with look(office, PROGRAM) as reading:
        version = reading.get(Party, lease.party_id).version
    with begin(office, PROGRAM, Op.CHANGE_PARTY) as work:
        party_edits.change_party(
            work, lease.party_id, version, party_edits.PartyEdit("顾听澜", None, None, "13900009999")
        )
    go(office, lead, order, "finish", "换了阀芯", photo(when="after"))
    with begin(office, lead, Op.GO_ON_WITH_REPAIR) as work:
        made = repair_ratings.rate_order(work, Rating(order, 2, "又滴水")).rectification_id
    shown = page(office, lead, order)
    assert shown.phone is not None
    assert shown.phone.text.endswith("9999")  # changed since: nobody goes to a wrong number
    assert [(line.words, line.note) for line in shown.lines] == [
        ("报修", ""), ("派单 · 方一鸣", ""), ("转派 · 卢大勇", "临时去抢修"), ("完成 · 卢大勇", "换了阀芯"),
        ("评价 · 卢大勇 · 2 分", "又滴水"),
    ]  # fmt: skip
    assert {line.who for line in shown.lines} == {"秦岭"}
    assert (len(shown.photos("before")), len(shown.photos("after"))) == (1, 1)
    assert [followed for followed, _ in shown.followed_by] == [made]
    assert made is not None
    assert page(office, lead, made).follows == (order, order_of(office, order).number)
    with pytest.raises(NotFound):
        page(office, lead, UUID(int=5))


def test_a_contractor_stands_with_price_and_warranty(office: Office, lead: Actor) -> None:
    order = report(office, lead, "电梯停了", category=RepairCategory.LIFT)
    lifts = firm(office, lead, RepairCategory.LIFT, warranty=30)
    with begin(office, lead, Op.ASSIGN_REPAIR) as work:
        dispatch.assign_contractor(work, AssignContractor(order, lifts, Money.yuan(500)))
    go(office, lead, order, "finish")
    shown = page(office, lead, order)
    assert (shown.card.hands, shown.contract_price) == ("迅达维保", Money.yuan(500))
    assert shown.warranty_until == office.world.today() + timedelta(days=30)
    assert shown.lines[1].words == "派单 · 迅达维保"
