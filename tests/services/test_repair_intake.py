"""Taking in a repair: who calls, what is open there already, one order however often Save is pressed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from desktop.models.values import OrderKind, RepairCategory, RepairChannel, Right
from desktop.models.work_orders import WorkOrderState
from desktop.services import board, dispatch, repair_intake
from desktop.services.acts import Op
from desktop.services.dispatch import AssignContractor
from desktop.services.errors import DomainError, NotFound, ProblemsFound, Refused
from desktop.services.office import Office
from desktop.services.repair_intake import Again, IntakeFacts, Report, Reported, SimilarOpen, report_problems
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.services.work_orders import faults_of
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.databases import Databases
from tests.offices import check_in, many, rooms_of, sit_down
from tests.services.test_dispatch import firm, hire, send
from tests.services.test_replay import prove
from tests.services.test_work_orders import go, history, order_of, photo

C = RepairCategory


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=OFFICE_ZONE)


@pytest.fixture
def clerk(office: Office, world: SeededWorld) -> Actor:
    world.set_now(at("2026-11-23 09:00"))  # a Monday
    return sit_down(office, "front_desk")


def form(office: Office, **values: object) -> Report:
    usual: dict[str, object] = {
        "key": office.world.new_id(), "summary": "厨房水龙头滴水", "category": C.WATER, "room_id": rooms_of(office)[0],
    }  # fmt: skip
    return Report(**(usual | values))  # type: ignore[arg-type]


def report(office: Office, actor: Actor, request: Report) -> Reported:
    with begin(office, actor, Op.REPORT_REPAIR) as work:
        return repair_intake.report_repair(work, request)


def facts(office: Office, actor: Actor, request: Report) -> IntakeFacts:
    with look(office, actor) as reading:
        return repair_intake.intake_facts(reading, request)


# ---- who calls -------------------------------------------------------------------------------------------------------


def test_a_room_or_the_end_of_a_number_finds_who_calls(office: Office, clerk: Actor) -> None:
    lease = check_in(office, clerk, rooms_of(office)[0], many(2)[1])
    with look(office, clerk) as reading:
        number = board.board(reading).tiles[0].number
    for text in (number, "0001", "林以宁", "linyining"):
        with look(office, clerk) as reading:
            found = repair_intake.find_callers(reading, text)
        assert (lease.party_id, rooms_of(office)[0]) in [(each.party_id, each.room_id) for each in found], text
        first = next(each for each in found if each.party_id == lease.party_id)
        assert number in first.words + first.note
        assert first.phone is not None
        assert first.phone.text.endswith("0001")
        assert first.open == 0
    report(office, clerk, form(office, party_id=lease.party_id))
    with look(office, clerk) as reading:
        assert repair_intake.find_callers(reading, "林以宁")[0].open == 1
    nobody = Actor(clerk.staff_id, "", clerk.rights - {Right.EDIT_REPAIRS})
    with look(office, nobody) as reading, pytest.raises(Refused):
        repair_intake.find_callers(reading, "0001")


# ---- one order -------------------------------------------------------------------------------------------------------


def test_an_order_has_number_promise_owner_and_first_line(
    office: Office, clerk: Actor, databases: Databases, tmp_path: Path, engine_kind: str
) -> None:
    news = report(office, clerk, form(office, place=" 主卧卫生间 ", channel=RepairChannel.WECHAT, photos=(photo(),)))
    kept = order_of(office, news.order_id)
    assert (news.number, news.answer_by, news.again) == ("WJYA26-W00001", at("2026-11-23 11:00"), False)
    assert news.done_by == kept.due_at == at("2026-11-25 09:00")  # two working days
    assert (kept.owner_id, kept.state, kept.place) == (clerk.staff_id, WorkOrderState.REPORTED, "主卧卫生间")
    assert (kept.kind, kept.channel, kept.category) == (OrderKind.REPAIR, RepairChannel.WECHAT, C.WATER)
    assert faults_of(kept) == []
    (line,) = history(office, news.order_id)
    assert (line.kind, line.state, len(line.detail["photos"])) == ("reported", "reported", 1)
    prove(office, databases.clone("postgresql" if engine_kind == "sqlite" else "sqlite"), tmp_path / "copy")


def test_pressed_twice_it_makes_one_order(office: Office, clerk: Actor) -> None:
    request = form(office)
    first, second = report(office, clerk, request), report(office, clerk, request)
    assert (second.order_id, second.number, second.again) == (first.order_id, first.number, True)
    assert report(office, clerk, form(office, room_id=rooms_of(office)[1])).number == "WJYA26-W00002"


def test_urgent_runs_at_once_and_a_wish_is_the_promise(office: Office, clerk: Actor) -> None:
    urgent = report(office, clerk, form(office, urgent=True, wished_to=at("2026-11-28 12:00")))
    assert (urgent.answer_by, urgent.done_by) == (at("2026-11-23 09:30"), at("2026-11-23 13:00"))
    wished = report(
        office, clerk,
        form(office, category=C.DOOR, wished_from=at("2026-11-28 09:00"), wished_to=at("2026-11-28 12:00")),
    )  # fmt: skip
    assert wished.done_by == at("2026-11-28 12:00")
    said = report(office, clerk, form(office, category=C.HEAT, promised=at("2026-11-23 18:00")))
    assert said.done_by == at("2026-11-23 18:00")


# ---- the same thing --------------------------------------------------------------------------------------------------


def test_the_same_thing_in_the_same_room_is_shown_first(office: Office, clerk: Actor) -> None:
    first = report(office, clerk, form(office))
    man = hire(office, clerk, "方一鸣", C.WATER)
    send(office, clerk, first.order_id, man)
    again = form(office, summary="水龙头还在滴")
    (known,) = facts(office, clerk, again).similar
    assert (known.number, known.why, known.same, known.who, known.state) == (
        first.number, "同一间房", True, "方一鸣", "待接单",
    )  # fmt: skip
    with pytest.raises(SimilarOpen, match=f"同一间房已有工单 {first.number}「厨房水龙头滴水」（待接单）") as caught:
        report(office, clerk, again)
    assert [each.order_id for each in caught.value.orders] == [first.order_id]
    second = report(office, clerk, replace(again, despite=frozenset({first.order_id})))
    assert history(office, second.order_id)[0].detail == {"despite": [first.order_id.hex]}
    other = form(office, summary="门锁打不开", category=C.DOOR)
    assert [each.same for each in facts(office, clerk, other).similar] == [False, False]
    report(office, clerk, other)  # another thing in the same room is shown, not asked about


def test_a_caller_who_calls_again_is_added_to_the_order(office: Office, clerk: Actor) -> None:
    lease = check_in(office, clerk, rooms_of(office)[0])
    first = report(office, clerk, form(office, party_id=lease.party_id))
    with begin(office, clerk, Op.REPORT_REPAIR) as work:
        with pytest.raises(ProblemsFound, match="写一句"):
            repair_intake.report_again(work, Again(first.order_id, ""))
        repair_intake.report_again(work, Again(first.order_id, "第三次打来，还没人上门", lease.party_id))
    line = history(office, first.order_id)[-1]
    assert (line.kind, line.note, line.detail) == ("again", "第三次打来，还没人上门", {"party": lease.party_id.hex})
    elsewhere = form(office, room_id=rooms_of(office)[3], party_id=lease.party_id)
    assert [each.why for each in facts(office, clerk, elsewhere).similar] == ["同一个人"]
    go(office, clerk, first.order_id, "cancel", "自己修好了")
    with begin(office, clerk, Op.REPORT_REPAIR) as work, pytest.raises(DomainError, match="已经是「已取消」"):
        repair_intake.report_again(work, Again(first.order_id, "又漏了"))
    assert facts(office, clerk, elsewhere).similar == ()


def test_a_lift_is_one_thing_from_whatever_room_it_is_reported(office: Office, clerk: Actor) -> None:
    rooms = rooms_of(office)
    first = report(office, clerk, form(office, category=C.LIFT, summary="电梯停了", facility="1 号梯"))
    from_above = form(office, category=C.LIFT, summary="电梯不动", room_id=rooms[5])
    with pytest.raises(SimilarOpen, match="同一栋楼的电梯"):
        report(office, clerk, from_above)
    named = replace(from_above, facility="2 号梯")
    assert [(each.order_id, each.same) for each in facts(office, clerk, named).similar] == [(first.order_id, False)]
    report(office, clerk, named)
    taps = form(office, room_id=rooms[6])
    assert facts(office, clerk, taps).similar == ()


def test_who_gave_a_warranty_is_named(office: Office, clerk: Actor) -> None:
    lifts = firm(office, clerk, C.HEAT, warranty=90)
    first = report(office, clerk, form(office, category=C.HEAT, summary="热水器不热"))
    with begin(office, clerk, Op.ASSIGN_REPAIR) as work:
        dispatch.assign_contractor(work, AssignContractor(first.order_id, lifts))
    go(office, clerk, first.order_id, "finish")
    found = facts(office, clerk, form(office, category=C.HEAT)).warranty
    assert found is not None
    assert (found.number, found.who, found.until) == (first.number, "迅达维保", date(2027, 2, 21))
    assert facts(office, clerk, form(office, category=C.WATER)).warranty is None


# ---- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"summary": " "}, "summary", "写一句坏了什么"),
        ({"summary": "漏" * 201}, "summary", "最多 200 个字，现在 201 个"),
        ({"summary": "漏水，电话 13812345678"}, "summary", "不能写证件号、电话"),
        ({"room_id": None}, "room_id", "写房号、姓名或手机尾号"),
        ({"place": "卫" * 41}, "place", "最多 40 个字"),
        ({"wished_from": at("2026-11-24 12:00"), "wished_to": at("2026-11-24 10:00")}, "wished_to", "晚于开始"),
        ({"wished_to": at("2026-11-20 10:00")}, "wished_to", "已经过去"),
        ({"promised": at("2026-11-20 10:00")}, "promised", "要在以后"),
        ({"photos": (photo(b"", "a.mp4", "video/mp4"),)}, "photos", "是视频"),
    ],
)
def test_what_is_wrong_is_said_under_its_field(wrong: dict[str, object], field: str, words: str) -> None:
    request = Report(UUID(int=1), "水龙头滴水", C.WATER, room_id=UUID(int=2))
    found = report_problems(replace(request, **wrong), at("2026-11-23 09:00"))  # type: ignore[arg-type]
    assert found.keys() == {field}
    assert words in found[field]


def test_a_room_that_is_not_here_leaves_no_trace(office: Office, clerk: Actor) -> None:
    with pytest.raises(NotFound):
        report(office, clerk, form(office, room_id=UUID(int=7)))
    with pytest.raises(ProblemsFound):
        report(office, clerk, form(office, summary=""))
    assert report(office, clerk, form(office)).number == "WJYA26-W00001"


def test_a_storm_of_orders_keeps_its_numbers(office: Office, clerk: Actor, world: SeededWorld) -> None:
    numbers = []
    for n in range(40):
        world.advance(timedelta(seconds=7))
        room = rooms_of(office)[n % 12] if n < 12 else None
        request = form(office, room_id=room, category=(C.WATER, C.POWER, C.CLEANING)[n % 3])
        if room is None:
            with look(office, PROGRAM) as reading:
                house = board.board(reading).tiles[0].building_id
            request = replace(request, building_id=house, facility=f"车库 {n}")
        numbers.append(report(office, clerk, request).number)
    assert numbers == [f"WJYA26-W{n:05d}" for n in range(1, 41)]
