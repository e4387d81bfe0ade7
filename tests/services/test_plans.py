"""Plans make their orders ahead of time, each once; one open order of a plan at a time; missed rounds are told."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from desktop.models.values import OrderKind, PlanUnit, RepairCategory, RepairChannel
from desktop.models.work_orders import WorkOrderState
from desktop.services import checks, dispatch, due_engine, due_lists, plans, technicians, work_order_page
from desktop.services.acts import Op
from desktop.services.errors import DomainError, ProblemsFound, Refused, RowChanged
from desktop.services.office import Office
from desktop.services.plan_rounds import closing_of
from desktop.services.plans import PlanRow, every_words, lines_of, plan_problems
from desktop.services.sync.apply import apply_acts
from desktop.services.technicians import TeamForm
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.services.working_time import make_calendar
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.databases import Databases
from tests.offices import sit_down
from tests.services.due_kit import facts, later, order_event
from tests.services.plan_kit import LINES, inspection_form, plan_form, put_plan, rounds
from tests.services.test_dispatch import firm, hire
from tests.services.test_replay import acts_of, prove, replica, trusted_of


@pytest.fixture
def lead(office: Office, world: SeededWorld) -> Actor:
    world.set_now(datetime(2026, 11, 23, 9, 0, tzinfo=OFFICE_ZONE))
    return sit_down(office, "repair_lead", login="qinl", name="秦岭")


def listed(office: Office) -> list[PlanRow]:
    with look(office, PROGRAM) as reading:
        return plans.list_plans(reading)


def told(office: Office) -> list[tuple[str, int]]:
    """What was told of orders."""
    return [(fact.rule, fact.level) for fact in facts(office) if fact.subject_table == "work_order"]


def done(office: Office, order_id: UUID) -> None:
    for event in ("assign", "begin", "finish"):
        order_event(office, order_id, event)


def test_an_order_is_made_ahead_of_time_and_once(office: Office, lead: Actor, world: SeededWorld) -> None:
    plan = put_plan(office, plan_form(office), lead)
    assert due_engine.run_pass(office).begun == 0
    assert later(office, days=4).begun == 1  # Friday 27: three days before the 30th
    ((due, order),) = rounds(office, plan)
    assert (due, order.summary, order.facility, order.kind) == (
        date(2026, 11, 30), "2 号电梯月度维保", "2 号电梯", OrderKind.MAINTENANCE,
    )  # fmt: skip
    assert (order.state, order.channel, order.category) == (
        WorkOrderState.REPORTED, RepairChannel.PLAN, RepairCategory.LIFT,
    )  # fmt: skip
    assert order.owner_id == lead.staff_id
    assert order.due_at == datetime(2026, 11, 30, 17, 30, tzinfo=OFFICE_ZONE)
    for _ in range(3):
        assert later(office, hours=1).begun == 0
    assert len(rounds(office)) == 1


def test_nobody_is_late_before_the_day(office: Office, lead: Actor, world: SeededWorld) -> None:
    put_plan(office, plan_form(office), lead)
    later(office, days=4)
    assert told(office) == [("plan_due", 0)]
    with look(office, lead) as reading:
        (row,) = due_lists.list_due(reading, rules=("plan_due",))
        assert row.subject.endswith("1 栋 2 号电梯 2 号电梯月度维保")
        (card,) = work_order_page.open_orders(reading)
    assert not card.clock.late
    assert card.clock.answer_due == datetime(2026, 11, 30, 10, 30, tzinfo=OFFICE_ZONE)
    later(office, days=3, hours=2)  # Monday 30, 11:00: nobody has been sent
    assert ("repair_answer", 0) in told(office)


def test_it_is_told_no_more_once_it_is_done(office: Office, lead: Actor) -> None:
    plan = put_plan(office, plan_form(office), lead)
    later(office, days=5)
    ((_, order),) = rounds(office, plan)
    done(office, order.id)
    later(office, hours=1)
    assert {fact.state.value for fact in facts(office, "plan_due")} == {"void"}
    (row,) = listed(office)
    assert (row.next_due, row.last_done, row.late_days, row.order_id) == (
        date(2026, 12, 30), date(2026, 11, 28), 0, None,
    )  # fmt: skip


def test_what_an_outage_passed_over_is_missed_and_one_order_is_made(
    office: Office, lead: Actor, world: SeededWorld
) -> None:
    form = plan_form(office, every=1, unit=PlanUnit.DAY, anchor=date(2026, 11, 24), lead_days=0, name="每日巡查")
    plan = put_plan(office, replace(form, valid_from=date(2026, 11, 24)), lead)
    later(office, days=1)
    ((_, first),) = rounds(office, plan)
    done(office, first.id)
    later(office, days=21)
    assert [due for due, _ in rounds(office, plan)] == [date(2026, 11, 24), date(2026, 12, 15)]
    with look(office, lead) as reading:
        card = plans.plan_card(reading, plan)
    assert [row.words for row in card.rounds[:3]] == ["待派单", "漏做", "漏做"]
    assert len([row for row in card.rounds if row.words == "漏做"]) == 20
    assert card.rounds[-1].words == "2026-11-24 做完"


def test_a_second_order_waits_until_the_first_is_done(office: Office, lead: Actor) -> None:
    form = plan_form(office, every=15, unit=PlanUnit.DAY, anchor=date(2026, 11, 25), lead_days=2)
    plan = put_plan(office, form, lead)
    later(office, days=1)
    later(office, days=20)
    ((_, order),) = rounds(office, plan)
    (row,) = listed(office)
    assert (row.order, row.next_due, row.late_days) == (order.number, date(2026, 11, 25), 19)
    done(office, order.id)
    later(office, hours=1)
    assert [due for due, _ in rounds(office, plan)] == [date(2026, 11, 25), date(2026, 12, 10)]


def test_a_clock_ahead_does_no_harm(office: Office, lead: Actor, world: SeededWorld) -> None:
    plan = put_plan(office, plan_form(office), lead)
    later(office, days=400)
    assert [due for due, _ in rounds(office, plan)] == [date(2027, 12, 30)]
    world.advance(timedelta(days=-400))
    later(office, days=5)
    later(office, days=30)
    made = [due for due, _ in rounds(office, plan)]
    assert made == [date(2026, 11, 30), date(2027, 12, 30)]
    done(office, rounds(office, plan)[0][1].id)
    later(office, hours=1)
    assert [due for due, _ in rounds(office, plan)] == [*made[:1], date(2026, 12, 30), *made[1:]]


def test_two_engines_at_once_make_one(office: Office, lead: Actor, world: SeededWorld) -> None:
    for n in range(5):
        put_plan(office, plan_form(office, name=f"{n} 号电梯维保"), lead)
    world.advance(timedelta(days=4))
    threads = [threading.Thread(target=due_engine.catch_up, args=(office,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rounds(office)) == 5
    assert len({order.number for _, order in rounds(office)}) == 5


def test_a_pause_makes_nothing_and_is_nobody_s_fault(office: Office, lead: Actor, world: SeededWorld) -> None:
    plan = put_plan(office, plan_form(office), lead)
    with begin(office, lead, Op.CHANGE_PLAN) as work, pytest.raises(ProblemsFound):
        plans.pause_plan(work, plan, "")
    with begin(office, lead, Op.CHANGE_PLAN) as work:
        plans.pause_plan(work, plan, "电梯停用改造")
    with begin(office, lead, Op.CHANGE_PLAN) as work, pytest.raises(DomainError, match="已经暂停"):
        plans.pause_plan(work, plan, "又一次")
    later(office, days=45)
    (row,) = listed(office)
    assert (row.pause is not None and row.pause.reason, row.next_due) == ("电梯停用改造", None)
    assert rounds(office) == []
    with begin(office, lead, Op.CHANGE_PLAN) as work:
        plans.resume_plan(work, plan)
    later(office, days=22)
    with look(office, lead) as reading:
        card = plans.plan_card(reading, plan)
    assert [(row.due, row.words) for row in card.rounds] == [(date(2027, 1, 30), "待派单")]


def test_the_end_of_a_plan_is_its_end(office: Office, lead: Actor) -> None:
    put_plan(office, plan_form(office, valid_to=date(2026, 12, 1)), lead)
    later(office, days=9)
    assert rounds(office) == []
    (row,) = listed(office)
    assert row.ended
    assert row.next_due is None


def test_other_days_count_from_today(office: Office, lead: Actor, world: SeededWorld) -> None:
    plan = put_plan(office, plan_form(office, anchor=date(2026, 11, 10)), lead)
    (row,) = listed(office)
    assert row.late_days == 13  # it was to be done on the 10th, and nobody has
    with begin(office, lead, Op.CHANGE_PLAN) as work:
        plans.save_plan(work, replace(row.form, anchor=date(2026, 11, 28)), plan, row.version)
    with begin(office, lead, Op.CHANGE_PLAN) as work, pytest.raises(RowChanged):
        plans.save_plan(work, row.form, plan, row.version)
    (row,) = listed(office)
    assert (row.next_due, row.late_days, row.form.valid_from) == (date(2026, 11, 28), 0, date(2026, 11, 23))


def test_an_inspection_carries_its_list_as_it_was(office: Office, lead: Actor) -> None:
    plan = put_plan(office, inspection_form(office), lead)
    later(office, days=5)
    with begin(office, lead, Op.CHANGE_PLAN) as work:
        plans.save_plan(work, inspection_form(office, lines=("只查一项",)), plan)
    with look(office, lead) as reading:
        card = plans.plan_card(reading, plan)
    assert card.rounds[0].checks is not None
    assert card.rounds[0].checks.words == f"{len(LINES)} 项，还有 {len(LINES)} 项没查"


def test_a_firm_has_its_order_at_once(office: Office, lead: Actor) -> None:
    lifts = firm(office, lead, RepairCategory.LIFT)
    plan = put_plan(office, plan_form(office, contractor_id=lifts), lead)
    later(office, days=5)
    ((_, order),) = rounds(office, plan)
    assert (order.state, order.contractor_id) == (WorkOrderState.ASSIGNED, lifts)
    for event in ("begin", "finish"):
        order_event(office, order.id, event)
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        technicians.end_contractor(work, lifts)
    later(office, days=31)
    assert rounds(office, plan)[1][1].state is WorkOrderState.REPORTED


def test_its_team_is_proposed_first_and_its_lead_answers(office: Office, lead: Actor) -> None:
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        team = technicians.save_team(work, TeamForm("电梯班", frozenset({RepairCategory.LIFT}), lead.staff_id))
    hire(office, lead, "阿大")
    hire(office, lead, "卢大勇", team_id=team)
    plan = put_plan(office, plan_form(office, team_id=team), lead)
    later(office, days=5)
    ((_, order),) = rounds(office, plan)
    assert order.owner_id == lead.staff_id
    with look(office, lead) as reading:
        best = dispatch.propose(reading, order.id).people[0]
    assert best.name == "卢大勇"
    assert "计划由电梯班做" in best.reasons


def test_the_next_one_can_be_made_now(office: Office, lead: Actor) -> None:
    plan = put_plan(office, plan_form(office), lead)
    with begin(office, lead, Op.CHANGE_PLAN) as work:
        order = plans.make_order_now(work, plan)
    assert [(due, made.id) for due, made in rounds(office)] == [(date(2026, 11, 30), order)]
    with begin(office, lead, Op.CHANGE_PLAN) as work, pytest.raises(DomainError, match="还没做完"):
        plans.make_order_now(work, plan)
    assert later(office, days=5).begun == 0


def test_bad_input_is_told_in_words(office: Office, lead: Actor, world: SeededWorld) -> None:
    form, today = plan_form(office), world.today()
    assert plan_problems(form, today) == {}
    assert "name" in plan_problems(replace(form, name=""), today)
    assert "1 到 120 个月" in plan_problems(replace(form, every=0), today)["every"]
    assert "1 到 3650 天" in plan_problems(replace(form, every=None, unit=PlanUnit.DAY), today)["every"]
    assert "anchor" in plan_problems(replace(form, anchor=None), today)
    assert "核对年份" in plan_problems(replace(form, anchor=date(2206, 1, 1)), today)["anchor"]
    assert "一次计划日也没有" in plan_problems(replace(form, valid_to=date(2026, 11, 5)), today)["valid_to"]
    assert (
        "只选一个"
        in plan_problems(replace(form, team_id=UUID(int=1), contractor_id=UUID(int=2)), today)["contractor_id"]
    )
    assert "检查项" in plan_problems(replace(form, kind=OrderKind.INSPECTION), today)["lines"]
    assert "不能写证件号" in plan_problems(replace(form, basis="合同找 13800138000"), today)["basis"]
    with begin(office, lead, Op.CHANGE_PLAN) as work, pytest.raises(ProblemsFound):
        plans.save_plan(work, replace(form, every=None))
    assert lines_of(" 一 \n\n二\n") == ("一", "二")
    assert [every_words(n, PlanUnit.MONTH) for n in (1, 3, 5, 12)] == ["每月", "每季度", "每 5 个月", "每年"]


def test_a_cashier_may_look_and_not_change(office: Office, lead: Actor) -> None:
    clerk = sit_down(office, "cashier", login="clerk")
    with begin(office, clerk, Op.CHANGE_PLAN) as work, pytest.raises(Refused):
        plans.save_plan(work, plan_form(office))
    with look(office, clerk) as reading:
        assert plans.list_plans(reading) == []


def test_it_all_travels(office: Office, lead: Actor, tmp_path: Path, databases: Databases) -> None:
    put_plan(office, inspection_form(office), lead)
    later(office, days=5)
    prove(office, databases.empty("sqlite"), tmp_path)


def test_two_databases_of_a_project_make_one_order_of_a_round(
    office: Office, lead: Actor, tmp_path: Path, databases: Databases
) -> None:
    plan = put_plan(office, inspection_form(office), lead)
    copy = replica(office, databases.empty("sqlite"), tmp_path)
    try:
        apply_acts(copy, acts_of(office), trusted_of(office))
        later(office, days=5)
        copy.world.advance(timedelta(days=5))  # type: ignore[attr-defined]
        assert due_engine.run_pass(copy).begun == 1
        assert apply_acts(copy, acts_of(office), trusted_of(office)).aside == []
        ((_, here),), ((_, there),) = rounds(office, plan), rounds(copy, plan)
        assert here.id == there.id
        assert due_engine.run_pass(copy).begun == 0
        with look(copy, PROGRAM) as reading:
            assert len(checks.checklist_of(reading, there.id)) == len(LINES)
    finally:
        copy.close()


def test_a_plan_of_many_days_is_not_late_once_done(office: Office, lead: Actor, world: SeededWorld) -> None:
    plan = put_plan(office, plan_form(office, every=1000, unit=PlanUnit.DAY), lead)
    later(office, days=6)
    done(office, rounds(office, plan)[0][1].id)
    later(office, days=800)
    (row,) = listed(office)
    assert (row.late_days, row.next_due, row.last_done) == (0, date(2029, 8, 26), date(2026, 11, 29))


def test_a_round_is_to_be_done_by_the_closing_of_its_day() -> None:
    calendar = make_calendar("08:30-12:00 13:30-18:00", "12345")
    sunday = date(2026, 11, 29)
    assert closing_of(calendar, sunday) == datetime(2026, 11, 29, 18, 0, tzinfo=OFFICE_ZONE)
