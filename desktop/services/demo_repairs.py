"""Who does the repairs of the demo office, and its open work orders, most of them where somebody lives."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa

from desktop.models.values import Money, RepairChannel
from desktop.models.values import RepairCategory as C
from desktop.models.work_orders import Technician, WorkOrder
from desktop.services import crew, dispatch, repair_costs, repair_intake, technicians, work_orders
from desktop.services.acts import Op
from desktop.services.crew import FirmForm
from desktop.services.demo_plan import Fate
from desktop.services.demo_stage import Stage
from desktop.services.repair_costs import MaterialForm
from desktop.services.repair_words import guess
from desktop.services.rights import part
from desktop.services.technicians import ContractorForm, TeamForm, TechnicianForm
from desktop.services.work import Work

_TEAMS = (
    ("水电班", (C.WATER, C.POWER, C.HEAT, C.APPLIANCE), (("方一鸣", "13900002101"), ("卢大勇", "13900002102"))),
    ("综合班", (C.DOOR, C.FURNITURE, C.WALLS, C.NETWORK, C.FIRE, C.OTHER), (("石磊", "13900002103"),)),
    ("保洁班", (C.CLEANING,), (("温桂兰", "13900002104"),)),
)  # fmt: skip
_REPAIRS = (
    ("厨房水龙头滴水", False, "reported"), ("卫生间顶部渗水", True, "working"), ("空调不制冷", False, "assigned"),
    ("门锁打不开", True, "reported"), ("马桶堵塞", False, "working"), ("客厅灯不亮", False, "reported"),
    ("热水器点不着火", True, "assigned"), ("窗户关不严", False, "reported"),
)  # fmt: skip
_STOCK = (
    ("6 分角阀", "个", "18", "5", "3"), ("LED 灯泡", "个", "9.50", "10", "36"), ("锁芯", "套", "85", "2", "4"),
    ("水龙头", "个", "45", "3", "7"), ("生料带", "卷", "1.50", None, "20"),
)  # fmt: skip
_WAY = ("assign", "accept", "begin", "finish")
"""How an order comes to where it stands."""


def hire_crew(stage: Stage) -> None:
    """Teams and technicians, firms and a stock, unless they are there."""
    with stage.office.reading() as session:
        if session.scalar(sa.select(Technician.id).limit(1)) is not None:
            return
    with stage.act(stage.staff["repair_lead"], Op.CHANGE_TECHNICIANS) as work:
        for title, categories, people in _TEAMS:
            team = technicians.save_team(work, TeamForm(title, frozenset(categories)))
            work.session.flush()
            for name, phone in people:
                technicians.save_technician(
                    work, TechnicianForm(name, team, phone, weekdays="1234567", hours="08:30-17:30")
                )
        _firms_and_stock(work)


@part
def _firms_and_stock(work: Work) -> None:
    """A firm for the lifts, and what a repair uses."""
    lifts = ContractorForm(
        UUID(int=0), frozenset({C.LIFT}), 90, "维保合同到 2027-06-30，困人 30 分钟到场", Money.yuan(300)
    )
    crew.add_firm(work, FirmForm("青川市安达电梯有限公司", "0571-88002266", lifts))
    for name, unit, price, mark, stock in _STOCK:
        form = MaterialForm(name, unit, Money.yuan(price), None if mark is None else Decimal(mark))
        material = repair_costs.save_material(work, form)
        work.session.flush()
        repair_costs.move_material(work, material, Decimal(stock), "年初盘点")


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
    told = guess(summary)
    form = repair_intake.Report(
        work.world.new_id(), summary, told.category, urgent, told.kind, RepairChannel.PHONE, party_id, room_id
    )
    others = frozenset(each.order_id for each in repair_intake.similar_of(work, form))
    order_id = repair_intake.put_report(work, replace(form, despite=others)).order_id
    work.session.flush()
    order = work_orders.take_order(work, order_id)
    for event in _WAY:
        if order.state == state:
            break
        if event == "assign":
            work.session.flush()
            dispatch.assign(work, dispatch.Assign(order_id, _technician(work, order), anyway=True))
        else:
            work_orders.advance(work, order, event)
    work.subject(order)
    work.record(urgent=urgent)
    return order_id


def _technician(work: Work, order: WorkOrder) -> UUID:
    """Whom the proposal names first; a man for everything where the office has nobody."""
    people = dispatch.propose(work, order.id).people
    if people:
        return people[0].technician_id
    man = technicians.save_technician(work, TechnicianForm("方一鸣", skills=frozenset(C)))
    work.session.flush()
    return man
