"""What was mended in the demo office during its last months, so that trends and reports have something to tell: most in
time and liked, some late, some that broke again, a lift that is a nuisance, a noise that many complain of."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.places import Building
from desktop.models.values import CostKind, CostPayer, Money, OrderKind, RepairChannel
from desktop.models.work_orders import Technician, WorkOrder
from desktop.services import repair_costs, repair_intake, repair_ratings, work_orders
from desktop.services.acts import Op
from desktop.services.demo_plan import DAY, DemoPlan
from desktop.services.demo_repairs import hire_crew
from desktop.services.demo_stage import DESK_DAYS, Stage
from desktop.services.repair_costs import CostForm
from desktop.services.repair_words import guess
from desktop.services.rights import part
from desktop.services.work import Work

MENDED_DAYS = 130
"""So far back."""
_BEFORE_TODAY = 3
_SAID = (
    "厨房水龙头滴水", "马桶堵塞", "卫生间地漏返臭", "客厅灯不亮", "插座没电", "跳闸", "空调不制冷", "热水器点不着火",
    "门锁打不开", "窗户关不严", "柜门掉了", "墙面渗水起皮", "网络连不上", "门禁刷不开", "楼道没人打扫",
    "隔壁装修太吵", "楼上半夜吵闹",
)  # fmt: skip
_LIFT = "电梯按键失灵，门关不上"
_DONE = ("换了新的，试过不漏", "疏通好了", "重新接线，试过没问题", "换了配件", "调整好了", "清理干净，住户看过")
_USED = (("6 分角阀", 18), ("软管", 25), ("LED 灯管", 35), ("锁芯", 60), ("上门人工", 40))


@dataclass(slots=True)
class _Mended:
    """One order on its way; `man`: who does it."""

    order_id: UUID
    man: UUID
    late: bool
    stars: int


def mending_days(plan: DemoPlan) -> Iterator[date]:
    """The days on which things are mended, a few a month."""
    for ago in range(MENDED_DAYS, _BEFORE_TODAY, -1):
        day = plan.today - ago * DAY
        if day.day in DESK_DAYS:
            yield day


def mend(stage: Stage) -> None:
    """A day's orders: taken in, sent, done, asked about and closed, some hours apart."""
    hire_crew(stage)
    day = stage.world.today()
    source = random.Random(f"anju-demo mended {day}")
    found: list[_Mended] = []
    with stage.act(stage.staff["front_desk"], Op.REPORT_REPAIR) as work:
        men = list(work.session.scalars(sa.select(Technician.id).order_by(Technician.id)))
        for order_id in _reported(work, stage, source, day):
            weights = [5, 4, 2, 1][: len(men)]
            stars = source.choices((5, 4, 3, 2, 1), (10, 6, 2, 1, 1))[0]
            found.append(_Mended(order_id, source.choices(men, weights)[0], source.random() < 0.2, stars))
    stage.world.advance(timedelta(minutes=source.randint(15, 70)))
    _send(stage, [each for each in found if not each.late])
    stage.world.advance(timedelta(minutes=source.randint(120, 170)))
    _send(stage, [each for each in found if each.late])
    stage.world.advance(timedelta(minutes=source.randint(30, 150)))
    _finish(stage, source, found)
    again = [each for each in found if source.random() < 0.12]
    if again:
        stage.world.advance(timedelta(minutes=25))
        with stage.act(stage.staff["front_desk"], Op.GO_ON_WITH_REPAIR) as work:
            for each in again:
                work_orders.advance(work, work_orders.take_order(work, each.order_id), "reopen", "又坏了")
        _send(stage, again)
        stage.world.advance(timedelta(minutes=50))
        _finish(stage, source, again)
    stage.world.advance(timedelta(minutes=30))
    with stage.act(stage.staff["front_desk"], Op.GO_ON_WITH_REPAIR) as work:
        for each in found:
            _close(work, each)


def _reported(work: Work, stage: Stage, source: random.Random, day: date) -> list[UUID]:
    living = list(stage.living.values())
    said: list[tuple[str, UUID | None, UUID | None, UUID | None, str]] = []
    for _ in range(source.randint(1, 3) if living else 0):
        each = source.choice(living)
        said.append((source.choice(_SAID), each.room_id, each.party_id, None, ""))
    rooms = [each.room_id for each in living[:1]]
    if day.month % 2 == stage.plan.today.month % 2:  # every second month the lift is a nuisance
        house = work.session.scalars(sa.select(Building.id).order_by(Building.sort).limit(1)).first()
        said += [(_LIFT, None, None, house, "1 号电梯")] * source.choice((0, 1, 2, 2))
    if rooms and source.random() < 0.5:  # the same tap again and again
        said.append((_SAID[0], rooms[0], living[0].party_id, None, ""))
    return [_put(work, source, *each) for each in said]


@part
def _put(
    work: Work, source: random.Random, summary: str, room: UUID | None, party: UUID | None, house: UUID | None,
    facility: str,
) -> UUID:  # fmt: skip
    told = guess(summary)
    channel = source.choice((RepairChannel.PHONE, RepairChannel.PHONE, RepairChannel.WECHAT, RepairChannel.COUNTER))
    kind = told.kind if told.kind is OrderKind.COMPLAINT else OrderKind.REPAIR
    form = repair_intake.Report(
        work.world.new_id(), summary, told.category, told.urgent, kind, channel, party, room, house, facility
    )
    others = frozenset(each.order_id for each in repair_intake.similar_of(work, form))
    made = repair_intake.put_report(work, replace(form, despite=others))
    work.session.flush()
    return made.order_id


def _send(stage: Stage, found: list[_Mended]) -> None:
    if not found:
        return
    with stage.act(stage.staff["repair_lead"], Op.ASSIGN_REPAIR) as work:
        for each in found:
            order = work_orders.take_order(work, each.order_id)
            order.technician_id = each.man
            work_orders.advance(work, order, "assign", technician=each.man.hex)
            work_orders.advance(work, order, "accept")


def _finish(stage: Stage, source: random.Random, found: list[_Mended]) -> None:
    with stage.act(stage.staff["repair_lead"], Op.GO_ON_WITH_REPAIR) as work:
        for each in found:
            order: WorkOrder = work_orders.take_order(work, each.order_id)
            minutes = source.randint(2, 18) * 5
            work_orders.advance(work, order, "finish", source.choice(_DONE), slip=True, minutes=minutes)
            if order.room_id is not None and source.random() < 0.4:
                words, price = source.choice(_USED)
                kind = CostKind.LABOUR if "人工" in words else CostKind.OTHER
                form = CostForm(order.id, kind, CostPayer.LANDLORD, Decimal(1), words, Money.yuan(price))
                repair_costs.put_cost(work, order, form)


def _close(work: Work, each: _Mended) -> None:
    """Asked about where somebody reported it, then checked and closed."""
    order = work_orders.take_order(work, each.order_id)
    if order.party_id is not None:
        bad = each.stars <= repair_ratings.BAD
        order.rating = each.stars
        told = {"technician": each.man.hex, "stars": each.stars}
        work_orders.line(work, order, "rate", "等得久了些" if bad else "", (), told)
    for event in ("check", "close"):
        work_orders.advance(work, order, event)
