"""Sending somebody: who fits and why in words, never two to one job, nothing left in the hands of who has gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from desktop.models.parties import Party
from desktop.models.values import DutyKind, Money, PartyKind, RepairCategory, Sight
from desktop.models.work_orders import WorkOrder, WorkOrderState
from desktop.services import board, crew, dispatch, technicians
from desktop.services.acts import Op
from desktop.services.dispatch import AlreadyAssigned, Assign, AssignContractor, NotThere, Proposals
from desktop.services.errors import DomainError, ProblemsFound, Refused, RowChanged
from desktop.services.office import Office
from desktop.services.technicians import (
    ContractorForm,
    DutyForm,
    StillHolding,
    TeamForm,
    TechnicianForm,
    on_duty,
    shifts_on,
)
from desktop.services.transitions import ForbiddenMove
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.services.work_orders import faults_of
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.databases import Databases
from tests.offices import rooms_of, sit_down
from tests.services.due_kit import order_event, report_repair
from tests.services.test_changed_first import at_once
from tests.services.test_replay import prove
from tests.services.test_work_orders import go, history, order_of

C = RepairCategory
MONDAY = date(2026, 11, 23)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OFFICE_ZONE)


@pytest.fixture
def lead(office: Office, world: SeededWorld) -> Actor:
    world.set_now(at("2026-11-23 09:00"))  # a Monday
    return sit_down(office, "repair_lead", login="qinl", name="秦岭")


def hire(office: Office, lead: Actor, name: str, *skills: RepairCategory, **more: object) -> UUID:
    form = TechnicianForm(name, skills=frozenset(skills or set(C)), **more)  # type: ignore[arg-type]
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        return technicians.save_technician(work, form)


def firm(office: Office, lead: Actor, *categories: RepairCategory, warranty: int = 0) -> UUID:
    with begin(office, PROGRAM, Op.REGISTER_PARTY) as work:
        party = work.add(Party(number="T9", kind=PartyKind.ORGANISATION, name="迅达维保", hold_erasure=False)).id
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        return technicians.save_contractor(work, ContractorForm(party, frozenset(categories), warranty))


def proposals(office: Office, lead: Actor, order: UUID) -> Proposals:
    with look(office, lead) as reading:
        return dispatch.propose(reading, order)


def send(office: Office, actor: Actor, order: UUID, man: UUID, **more: object) -> None:
    with begin(office, actor, Op.ASSIGN_REPAIR) as work:
        dispatch.assign(work, Assign(order, man, **more))  # type: ignore[arg-type]


# ---- the proposal ----------------------------------------------------------------------------------------------------


def test_who_fits_comes_first_and_everybody_has_a_reason(office: Office, lead: Actor) -> None:
    rooms = rooms_of(office)
    with look(office, lead) as reading:
        (house,) = {tile.building_id for tile in board.board(reading).tiles}
    fits = hire(office, lead, "方一鸣", C.WATER, C.POWER, building_ids=frozenset({house}))
    busy = hire(office, lead, "卢大勇", C.WATER)
    hire(office, lead, "何电工", C.POWER)
    away = hire(office, lead, "丁师傅", C.WATER)
    night = hire(office, lead, "夜班老吴", C.WATER, hours="18:00-24:00", weekdays="1234567")
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        technicians.save_duty(work, DutyForm(away, DutyKind.LEAVE, MONDAY, date(2026, 11, 25), note="婚假"))
    for _ in range(2):
        send(office, lead, report_repair(office), busy)
    order = report_repair(office, room_id=rooms[0])
    found = proposals(office, lead, order)
    assert [(each.name, each.fits) for each in found.people] == [
        ("方一鸣", True), ("卢大勇", True), ("丁师傅", False), ("何电工", False), ("夜班老吴", False),
    ]  # fmt: skip
    assert [each.words for each in found.people] == [
        "会修给排水 · 管 1 栋 · 在班到 17:30 · 手上没有单",
        "会修给排水 · 在班到 17:30 · 手上 2 单",
        "请假到 11 月 25 日 · 会修给排水 · 手上没有单",
        "不会修给排水 · 在班到 17:30 · 手上没有单",
        "18:00 上班 · 会修给排水 · 手上没有单",
    ]
    assert found.best is not None
    assert (found.best.technician_id, found.nobody) == (fits, "")
    assert night in {each.technician_id for each in found.people}


def test_who_is_close_or_knows_the_place_goes_before_one_with_as_little_to_do(office: Office, lead: Actor) -> None:
    room, other = rooms_of(office)[:2]
    first, second = hire(office, lead, "安师傅", C.WATER), hire(office, lead, "白师傅", C.WATER)
    before = report_repair(office, room_id=room)
    send(office, lead, before, second)
    go(office, lead, before, "finish")
    order = report_repair(office, room_id=room)
    assert proposals(office, lead, order).people[0].reasons[-2:] == ("修过这里", "手上没有单")
    near = report_repair(office, room_id=other)
    send(office, lead, near, first)
    go(office, lead, near, "begin")
    words = {each.name: each.words for each in proposals(office, lead, order).people}
    assert "正在 1 栋" in words["安师傅"]


def test_where_nobody_fits_it_says_what_to_do(office: Office, lead: Actor) -> None:
    order = report_repair(office, category=C.LIFT)
    assert proposals(office, lead, order).nobody == "现在没有合适的维修工：从下面选人，或请维修班长安排加班"
    firm(office, lead, C.LIFT)
    assert proposals(office, lead, order).nobody == "现在没有合适的维修工：可以转给迅达维保，或从下面选人"


def test_the_day_that_was_wished_for_counts(office: Office, lead: Actor) -> None:
    hire(office, lead, "方一鸣", C.WATER)
    order = report_repair(office)
    with begin(office, lead, Op.GO_ON_WITH_REPAIR) as work:
        work.take(WorkOrder, order).wished_from = at("2026-11-28 10:00")  # a Saturday
    (only,) = proposals(office, lead, order).people
    assert (only.fits, only.against) == (False, ("今天不当班",))


def test_a_technician_without_skills_has_those_of_the_team(office: Office, lead: Actor) -> None:
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        team = technicians.save_team(work, TeamForm("水电班", frozenset({C.WATER, C.POWER})))
        man = technicians.save_technician(work, TechnicianForm("方一鸣", team))
    with look(office, lead) as reading:
        (found,) = technicians.list_technicians(reading)
        assert [row.form.name for row in technicians.list_teams(reading)] == ["水电班"]
    assert (found.id, found.team, found.skills) == (man, "水电班", frozenset({C.WATER, C.POWER}))
    assert technicians.skill_words(found.skills) == "给排水、电路照明"


def test_leave_goes_before_an_extra_shift_and_that_before_the_week() -> None:
    form, me = TechnicianForm("方一鸣", weekdays="12345", hours="08:30-17:30"), UUID(int=1)
    saturday = date(2026, 11, 28)
    extra = DutyForm(me, DutyKind.EXTRA, saturday, saturday, "10:00-12:00")
    assert shifts_on(form, (), saturday) == ()
    assert [(span.since, span.until) for span in shifts_on(form, (extra,), saturday)] == [(600, 720)]
    leave = DutyForm(me, DutyKind.LEAVE, saturday, saturday)
    assert shifts_on(form, (extra, leave), saturday) == ()
    assert on_duty(form, (leave,), at("2026-11-28 11:00")) == (False, "今天请假")
    assert on_duty(form, (extra,), at("2026-11-28 11:00")) == (True, "在班到 12:00")
    assert on_duty(form, (extra,), at("2026-11-28 12:00")) == (False, "12:00 已下班")
    assert on_duty(form, (), at("2026-11-27 08:29")) == (False, "08:30 上班")


# ---- sending ---------------------------------------------------------------------------------------------------------


def test_the_second_desk_is_told_who_has_it(office: Office, lead: Actor) -> None:
    first, second = hire(office, lead, "方一鸣"), hire(office, lead, "卢大勇")
    order = report_repair(office)
    seen = order_of(office, order).version
    send(office, lead, order, first, seen=seen)
    clerk = sit_down(office, "front_desk")
    with pytest.raises(AlreadyAssigned, match="已经派给方一鸣（秦岭 今天 09:00）：要换人请用「转派」"):
        send(office, clerk, order, second, seen=seen)
    kept = order_of(office, order)
    assert (kept.technician_id, kept.owner_id, kept.state) == (first, lead.staff_id, WorkOrderState.ASSIGNED)
    assert faults_of(kept) == []


@pytest.mark.parametrize("round_", range(4))
def test_two_desks_at_the_same_moment_send_one(office: Office, lead: Actor, round_: int) -> None:
    clerk = sit_down(office, "front_desk")
    first, second = hire(office, lead, "方一鸣"), hire(office, lead, "卢大勇")
    order = report_repair(office)

    def sends(actor: Actor, man: UUID) -> Callable[[], None]:
        return lambda: send(office, actor, order, man, accepted=bool(round_ % 2))

    raised = at_once(sends(lead, first), sends(clerk, second))
    assert [type(error) for error in raised] == [AlreadyAssigned], raised
    assert [line.kind for line in history(office, order)].count("assign") == 1
    kept = order_of(office, order)
    assert history(office, order)[1].detail == {"technician": kept.technician_id.hex if kept.technician_id else ""}
    assert faults_of(kept) == []


def test_somebody_sent_and_retired_at_the_same_moment(office: Office, lead: Actor) -> None:
    man = hire(office, lead, "方一鸣")
    order = report_repair(office)

    def retire() -> None:
        with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
            technicians.retire_technician(work, man)

    raised = at_once(retire, lambda: send(office, lead, order, man))
    assert len(raised) == 1
    assert isinstance(raised[0], StillHolding) or "已经离岗" in str(raised[0])


def test_who_holds_orders_does_not_leave(office: Office, lead: Actor) -> None:
    man, other = hire(office, lead, "方一鸣"), hire(office, lead, "卢大勇")
    order = report_repair(office)
    send(office, lead, order, man)
    number = order_of(office, order).number
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work, pytest.raises(StillHolding, match=number) as caught:
        technicians.retire_technician(work, man)
    assert caught.value.numbers == (number,)
    with begin(office, lead, Op.ASSIGN_REPAIR) as work:
        dispatch.hand_over(work, Assign(order, other, "方师傅离职"))
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        technicians.retire_technician(work, man)
    with look(office, lead) as reading:
        assert [each.form.name for each in technicians.list_technicians(reading)] == ["卢大勇"]
    with pytest.raises(DomainError, match="已经离岗"):
        send(office, lead, report_repair(office), man)


def test_who_is_on_leave_is_sent_only_where_the_desk_says_so(office: Office, lead: Actor) -> None:
    man = hire(office, lead, "方一鸣")
    order = report_repair(office)
    send(office, lead, order, man)
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        duty = technicians.save_duty(work, DutyForm(man, DutyKind.LEAVE, MONDAY, MONDAY))
    with look(office, lead) as reading:
        (held,) = crew.held_on_leave(reading)
    assert (held.name, held.why, held.numbers) == ("方一鸣", "今天请假", (order_of(office, order).number,))
    second = report_repair(office)
    with pytest.raises(NotThere, match="今天请假：换一位，或确认照派"):
        send(office, lead, second, man)
    send(office, lead, second, man, anyway=True)
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        technicians.drop_duty(work, duty)
    send(office, lead, report_repair(office), man)


def test_an_order_is_handed_over_and_taken_back_with_the_reason(office: Office, lead: Actor) -> None:
    man, other = hire(office, lead, "方一鸣"), hire(office, lead, "卢大勇")
    order = report_repair(office)
    with begin(office, lead, Op.ASSIGN_REPAIR) as work, pytest.raises(ForbiddenMove, match="不能转派"):
        dispatch.hand_over(work, Assign(order, other))
    send(office, lead, order, man, accepted=True)
    assert order_of(office, order).state is WorkOrderState.ACCEPTED
    answered = order_of(office, order).awaited_since
    with begin(office, lead, Op.ASSIGN_REPAIR) as work:
        with pytest.raises(DomainError, match="已经在他手里"):
            dispatch.hand_over(work, Assign(order, man))
        dispatch.hand_over(work, Assign(order, other, "临时去抢修"))
    kept = order_of(office, order)
    assert (kept.technician_id, kept.state) == (other, WorkOrderState.ASSIGNED)
    assert kept.awaited_since not in (None, answered)  # the tenant waits for an answer anew
    assert history(office, order)[-1].detail == {"technician": other.hex, "from": man.hex}
    with begin(office, lead, Op.ASSIGN_REPAIR) as work, pytest.raises(ProblemsFound):
        dispatch.take_back(work, order, "")
    with begin(office, lead, Op.ASSIGN_REPAIR) as work:
        dispatch.take_back(work, order, "排到明天")
    kept = order_of(office, order)
    assert (kept.technician_id, kept.state, faults_of(kept)) == (None, WorkOrderState.REPORTED, [])
    assert history(office, order)[-1].detail == {"from": other.hex}


def test_a_contractor_has_a_price_and_a_warranty(
    office: Office, lead: Actor, databases: Databases, tmp_path: Path, engine_kind: str
) -> None:
    man, lifts = hire(office, lead, "方一鸣"), firm(office, lead, C.LIFT, warranty=90)
    order = report_repair(office, category=C.LIFT)
    send(office, lead, order, man)
    with begin(office, lead, Op.ASSIGN_REPAIR) as work:
        dispatch.assign_contractor(work, AssignContractor(order, lifts, Money.yuan(860), "主板坏了", accepted=True))
    kept = order_of(office, order)
    assert (kept.technician_id, kept.contractor_id, kept.contract_price) == (None, lifts, Money.yuan(860))
    assert faults_of(kept) == []
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work, pytest.raises(StillHolding, match="迅达维保手上还有"):
        technicians.end_contractor(work, lifts)
    with look(office, lead) as reading:
        assert [(row.name, row.load) for row in technicians.list_contractors(reading)] == [("迅达维保", 1)]
    go(office, lead, order, "finish", "换了主板")
    assert order_of(office, order).warranty_until == MONDAY + timedelta(days=90)
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        technicians.end_contractor(work, lifts)
    second = report_repair(office, category=C.LIFT)
    with begin(office, lead, Op.ASSIGN_REPAIR) as work, pytest.raises(DomainError, match="已经停止合作"):
        dispatch.assign_contractor(work, AssignContractor(second, lifts))
    order_event(office, order, "reopen")
    assert order_of(office, order).contract_price is None
    prove(office, databases.clone("postgresql" if engine_kind == "sqlite" else "sqlite"), tmp_path / "copy")


# ---- forms -----------------------------------------------------------------------------------------------------------


def test_forms_say_what_to_mend(office: Office, lead: Actor) -> None:
    wrong = TechnicianForm("", phone="123", weekdays="8", hours="上午")
    assert technicians.technician_problems(wrong).keys() == {"name", "skills", "phone", "hours", "weekdays"}
    assert technicians.duty_problems(DutyForm(UUID(int=1), DutyKind.LEAVE, MONDAY, date(2026, 11, 1))).keys() == {
        "last"
    }
    assert technicians.team_problems(TeamForm(" ")).keys() == {"name"}
    assert technicians.contractor_problems(ContractorForm(UUID(int=1), frozenset(), -1)).keys() == {
        "categories", "warranty_days",
    }  # fmt: skip
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work, pytest.raises(ProblemsFound):
        technicians.save_technician(work, wrong)


def test_a_telephone_is_seen_by_right_and_a_masked_one_is_no_new_one(office: Office, lead: Actor) -> None:
    man = hire(office, lead, "方一鸣", phone="13812345678")
    auditor = sit_down(office, "auditor", login="luzw", name="陆知微")
    with look(office, auditor) as reading:
        (seen,) = technicians.list_technicians(reading)
    assert seen.form.phone == "138****5678"
    blind = Actor(lead.staff_id, "", lead.rights, {"technician.phone": Sight.NONE})
    with look(office, blind) as reading:
        assert technicians.list_technicians(reading)[0].form.phone == ""
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        technicians.save_technician(work, seen.form, man, seen.version)
    with look(office, lead) as reading:
        (kept,) = technicians.list_technicians(reading)
    assert kept.form.phone == "138 1234 5678"
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work:
        technicians.save_technician(work, kept.form.__class__("方一鸣", skills=frozenset({C.FIRE})), man)
    with begin(office, lead, Op.CHANGE_TECHNICIANS) as work, pytest.raises(RowChanged):
        technicians.save_technician(work, kept.form, man, kept.version)


def test_the_till_sends_nobody(office: Office, lead: Actor) -> None:
    cashier = sit_down(office, "cashier", login="shenrx", name="沈若溪")
    man, order = hire(office, lead, "方一鸣"), report_repair(office)
    with pytest.raises(Refused):
        send(office, cashier, order, man)
