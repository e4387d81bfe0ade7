"""Who does repairs: leave that is seen and taken back, somebody who goes with jobs in hand, teams, firms, the stock."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from desktop.models.parties import Party
from desktop.models.values import CostKind, CostPayer, DutyKind, Money, RepairCategory
from desktop.services import access, crew, dispatch, plans, repair_costs, technicians
from desktop.services.acts import Op
from desktop.services.crew import FirmForm
from desktop.services.errors import DomainError, ProblemsFound, Refused
from desktop.services.office import Office
from desktop.services.repair_costs import CostForm, MaterialForm, MaterialRow
from desktop.services.technicians import ContractorForm, DutyForm, StillHolding, TeamForm
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.offices import sit_down
from tests.services.due_kit import report_repair
from tests.services.plan_kit import plan_form, put_plan
from tests.services.test_dispatch import hire, send
from tests.services.test_work_orders import history, order_of

C = RepairCategory
LIFTS = ContractorForm(UUID(int=0), frozenset({C.LIFT}), 90, "合同到 2027-06-30", Money.yuan(300))


@pytest.fixture
def lead(office: Office, world: SeededWorld) -> Actor:
    world.set_now(datetime(2026, 11, 23, 9, 0, tzinfo=OFFICE_ZONE))
    return sit_down(office, "repair_lead", login="qinl", name="秦岭")


def test_leave_is_seen_and_taken_back(office: Office, lead: Actor) -> None:
    man = hire(office, lead, "方一鸣")
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        later = technicians.save_duty(
            work, DutyForm(man, DutyKind.EXTRA, date(2026, 12, 1), date(2026, 12, 1), "18:00-20:00")
        )
        technicians.save_duty(
            work, DutyForm(man, DutyKind.LEAVE, date(2026, 11, 25), date(2026, 11, 27), note="回老家")
        )
        technicians.save_duty(work, DutyForm(man, DutyKind.LEAVE, date(2026, 11, 2), date(2026, 11, 3)))
    with look(office, lead) as reading:
        assert [row.form.first.day for row in crew.duties_of(reading, man)] == [25, 1]
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        technicians.drop_duty(work, later)
    with look(office, lead) as reading:
        assert [row.form.note for row in crew.duties_of(reading, man)] == ["回老家"]


def test_who_goes_hands_over_what_is_in_hand(office: Office, lead: Actor) -> None:
    man, other = hire(office, lead, "方一鸣"), hire(office, lead, "卢大勇")
    orders = [report_repair(office) for _ in range(3)]
    for order in orders:
        send(office, lead, order, man, anyway=True)
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work, pytest.raises(StillHolding, match="先转派给别人"):
        crew.leave_for_good(work, man)
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work, pytest.raises(DomainError, match="他自己"):
        crew.leave_for_good(work, man, man)
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        crew.leave_for_good(work, man, other)
    assert {order_of(office, order).technician_id for order in orders} == {other}
    assert [line.kind for line in history(office, orders[0])] == ["reported", "assign", "hand_over"]
    with look(office, lead) as reading:
        assert [each.form.name for each in technicians.list_technicians(reading)] == ["卢大勇"]


def test_two_desks_one_lets_go_while_the_other_sends(office: Office, lead: Actor) -> None:
    man = hire(office, lead, "方一鸣")
    order = report_repair(office)
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        crew.leave_for_good(work, man)
    with pytest.raises(DomainError, match="已经离岗"):
        send(office, lead, order, man, anyway=True)


def test_a_team_goes_once_nobody_belongs_to_it(office: Office, lead: Actor) -> None:
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        team = technicians.save_team(work, TeamForm("电梯班", frozenset({C.LIFT}), lead.staff_id))
    man = hire(office, lead, "方一鸣", team_id=team)
    plan = put_plan(office, plan_form(office, team_id=team), lead)
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work, pytest.raises(DomainError, match="还有方一鸣"):
        crew.drop_team(work, team)
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        crew.leave_for_good(work, man)
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work, pytest.raises(DomainError, match="2 号电梯月度维保"):
        crew.drop_team(work, team)
    over = plan_form(office, valid_to=date(2026, 11, 22), anchor=date(2026, 11, 20))
    with begin(office, lead, Op.CHANGE_PLAN) as work:
        plans.save_plan(work, over, plan)
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        crew.drop_team(work, team)
    with look(office, lead) as reading:
        assert technicians.list_teams(reading) == []
        assert crew.crew_choices(reading).teams == ()


def test_a_new_firm_is_a_party_with_its_telephone(office: Office, lead: Actor) -> None:
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        firm = crew.add_firm(work, FirmForm("青川市安达电梯有限公司", "0571-88002266", LIFTS))
    with look(office, lead) as reading:
        (row,) = technicians.list_contractors(reading)
        assert (row.id, row.name, row.price, row.warranty_days) == (firm, "青川市安达电梯有限公司", Money.yuan(300), 90)
        assert reading.get(Party, row.party_id).name == row.name
    order = report_repair(office, category=C.LIFT)
    with look(office, lead) as reading:
        assert dispatch.propose(reading, order).contractors[0].price == Money.yuan(300)
    for bad, field in (
        (FirmForm("", "0571-88002266", LIFTS), "name"),
        (FirmForm("青川市安达电梯有限公司", "12", LIFTS), "phone"),
        (FirmForm("青川市安达电梯有限公司", "0571-88002266", ContractorForm(UUID(int=0), frozenset())), "categories"),
        (FirmForm("甲乙公司", "0571-88002266", ContractorForm(UUID(int=0), frozenset(C), price=Money(-1))), "price"),
    ):
        with begin(office, lead, Op.CHANGE_TECHNICIANS) as work, pytest.raises(ProblemsFound) as told:
            crew.add_firm(work, bad)
        assert field in told.value.problems


def stock(office: Office) -> list[MaterialRow]:
    with look(office, PROGRAM) as reading:
        return repair_costs.list_materials(reading)


def test_the_stock_tells_what_is_to_be_bought(office: Office, lead: Actor) -> None:
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        valve = repair_costs.save_material(work, MaterialForm("6 分角阀", "个", Money.yuan(18), Decimal(5)))
        work.session.flush()
        repair_costs.move_material(work, valve, Decimal(6), "五金店购入")
    assert [(row.stock, row.low) for row in stock(office)] == [(Decimal(6), False)]
    order = report_repair(office)
    with begin(office, lead, Op.GO_ON_WITH_REPAIR) as work:
        repair_costs.add_cost(work, CostForm(order, CostKind.MATERIAL, CostPayer.OFFICE, Decimal(2), material_id=valve))
    assert [(row.stock, row.low) for row in stock(office)] == [(Decimal(4), True)]
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work, pytest.raises(DomainError, match="账上还有 4 个"):
        repair_costs.drop_material(work, valve)
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        repair_costs.move_material(work, valve, Decimal(-4), "盘点")
        work.session.flush()
        repair_costs.drop_material(work, valve)
    assert stock(office) == []


def test_who_answers_is_named_and_nobody_is_told(office: Office, lead: Actor) -> None:
    with look(office, lead) as reading:
        found = {each.code: each for each in crew.who_answers(reading)}
    assert found["repair_lead"].names == ("秦岭",)
    assert found["manager"].names == ()
    assert any("督办" in words for words in found["manager"].words)
    sit_down(office, "manager", login="guming", name="顾明远")
    with look(office, lead) as reading:
        assert {each.code: each.names for each in crew.who_answers(reading)}["manager"] == ("顾明远",)
    assert set(found) <= set(access.SHIPPED)


def test_rights_are_asked(office: Office, lead: Actor) -> None:
    man = hire(office, lead, "方一鸣")
    clerk = sit_down(office, "cashier", login="clerk")
    for act in (
        lambda work: crew.leave_for_good(work, man),
        lambda work: crew.add_firm(work, FirmForm("甲乙公司", "0571-88002266", LIFTS)),
        lambda work: repair_costs.save_material(work, MaterialForm("灯泡", "个", Money.yuan(9))),
    ):
        with begin(office, clerk, Op.CHANGE_TECHNICIANS) as work, pytest.raises(Refused):
            act(work)
