"""Orders on their way: every change a line with who and why, never without somebody who answers for them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.work_orders import WorkOrder, WorkOrderEvent, WorkOrderState
from desktop.services import access, checkup, work_orders
from desktop.services.acts import Op
from desktop.services.attachments import MOST_BYTES, FileForm
from desktop.services.errors import DomainError, ProblemsFound, Refused, RowChanged
from desktop.services.office import Office
from desktop.services.transitions import ForbiddenMove
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.services.work_orders import Photo, Step, faults_of
from desktop.world import SeededWorld
from tests.databases import Databases
from tests.offices import sit_down
from tests.services.due_kit import order_event, report_repair
from tests.services.test_replay import prove

JPEG = b"\xff\xd8\xff\xe0" + bytes(2000) + b"\xff\xd9"


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "front_desk")


@pytest.fixture
def order(office: Office, clerk: Actor) -> UUID:
    """Somebody has it in hand; the office has staff, so somebody answers for it."""
    found = report_repair(office)
    order_event(office, found, "assign")
    return found


def photo(data: bytes = JPEG, title: str = "厨房.jpg", media_type: str = "image/jpeg", when: str = "before") -> Photo:
    return Photo(FileForm(title, media_type, data), when)


def go(
    office: Office, actor: Actor, order: UUID, event: str, note: str = "", *photos: Photo, seen: int | None = None
) -> WorkOrderState:  # fmt: skip
    with begin(office, actor, Op.GO_ON_WITH_REPAIR) as work:
        return work_orders.go_on(work, Step(order, event, note, photos, seen))


def order_of(office: Office, order: UUID) -> WorkOrder:
    with office.reading() as session:
        return session.get_one(WorkOrder, order)


def history(office: Office, order: UUID) -> list[WorkOrderEvent]:
    with office.reading() as session:
        query = sa.select(WorkOrderEvent).where(WorkOrderEvent.work_order_id == order).order_by(WorkOrderEvent.id)
        return list(session.scalars(query))


def test_the_whole_way_is_told_line_by_line(office: Office, clerk: Actor, order: UUID, world: SeededWorld) -> None:
    began = world.now()
    for event in ("accept", "set_out", "begin"):
        world.advance(timedelta(minutes=10))
        go(office, clerk, order, event)
    go(office, clerk, order, "wait_tenant", "约好周六上午在家")
    assert order_of(office, order).reason == "约好周六上午在家"
    for event in ("resume", "finish", "check", "close"):
        assert faults_of(order_of(office, order)) == []
        go(office, clerk, order, event)
    lines = history(office, order)
    assert [(line.kind, line.state) for line in lines] == [
        ("reported", "reported"), ("assign", "assigned"), ("accept", "accepted"), ("set_out", "on_the_way"),
        ("begin", "working"), ("wait_tenant", "waiting_tenant"), ("resume", "working"), ("finish", "done"),
        ("check", "checked"), ("close", "closed"),
    ]  # fmt: skip
    assert {line.created_by for line in lines[2:]} == {clerk.staff_id}
    assert [line.created_at for line in lines[2:5]] == [began + timedelta(minutes=n) for n in (10, 20, 30)]
    assert [line.stands for line in lines[5:8]] == [True, False, None]
    assert (lines[5].note, lines[6].note) == ("约好周六上午在家", None)
    kept = order_of(office, order)
    assert (kept.reason, kept.done_at, kept.state) == (None, world.now(), WorkOrderState.CLOSED)
    assert lines[7].detail == {"technician": kept.technician_id.hex if kept.technician_id else ""}


@pytest.mark.parametrize("event", ["wait_material", "wait_tenant", "wait_contractor", "cancel"])
def test_waiting_and_cancelling_say_why(office: Office, clerk: Actor, order: UUID, event: str) -> None:
    go(office, clerk, order, "accept")
    with pytest.raises(ProblemsFound) as caught:
        go(office, clerk, order, event, " ")
    assert caught.value.problems == {"note": work_orders.REASONED[event]}
    go(office, clerk, order, event, "等 6 分角阀")
    assert order_of(office, order).reason == "等 6 分角阀"
    assert faults_of(order_of(office, order)) == []


def test_what_may_not_follow_is_refused_with_what_may(office: Office, clerk: Actor, order: UUID) -> None:
    with pytest.raises(ForbiddenMove, match="现在可以：接单") as caught:
        go(office, clerk, order, "check")
    assert caught.value.possible == ("accept", "set_out", "begin", "finish", "hand_over", "take_back", "cancel")
    go(office, clerk, order, "cancel", "住户自己修好了")
    with pytest.raises(ForbiddenMove, match="它已经办结"):
        go(office, clerk, order, "finish")


def test_what_broke_again_waits_and_is_promised_anew(
    office: Office, clerk: Actor, order: UUID, world: SeededWorld
) -> None:
    go(office, clerk, order, "finish")
    done_by = order_of(office, order).technician_id
    world.advance(timedelta(days=3))
    with pytest.raises(ProblemsFound):
        go(office, clerk, order, "reopen")
    go(office, clerk, order, "reopen", "又漏了")
    kept = order_of(office, order)
    assert (kept.state, kept.reason, kept.technician_id, kept.done_at) == ("reported", "又漏了", None, None)
    assert kept.awaited_since == kept.promised_at == world.now()
    assert kept.due_at is not None
    assert kept.due_at > world.now()
    assert faults_of(kept) == []
    assert done_by is not None
    assert history(office, order)[-1].detail == {"technician": done_by.hex}


def test_photos_stand_with_their_line(office: Office, clerk: Actor, order: UUID) -> None:
    go(office, clerk, order, "begin", "", photo())
    go(office, clerk, order, "finish", "换了阀芯", photo(title="修好.jpg", when="after"))
    lines = history(office, order)[-2:]
    ids = [line.detail["photos"] for line in lines]
    assert [when for ((_, when),) in ids] == ["before", "after"]
    lead = sit_down(office, "repair_lead", login="qinl", name="秦岭")
    with look(office, lead) as reading:
        assert work_orders.read_photo(reading, UUID(hex=ids[1][0][0])).title == "修好.jpg"
    with look(office, Actor(clerk.staff_id, "", frozenset())) as reading, pytest.raises(Refused):
        work_orders.read_photo(reading, UUID(hex=ids[1][0][0]))


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (photo(b"\0\0\0\x18ftypmp42" + bytes(99), "漏水.mp4", "video/mp4"), "是视频"),
        (photo(b"\0\0\0\x18ftypqt  " + bytes(99), "漏水.jpg"), "是视频"),
        (photo(b"RIFF\0\0\0\0AVI LIST" + bytes(99), "漏水.avi", ""), "是视频"),
        (photo(JPEG[:-900]), "不是照片，或文件坏了"),
        (photo(b"", "空.png", "image/png"), "不是照片，或文件坏了"),
        (photo(b"\x89PNG\r\n\x1a\n" + bytes(3 * MOST_BYTES), "大.png", "image/png"), "有 60 MB，最多 20 MB"),
    ],
)
def test_what_is_no_photo_is_refused_with_a_sentence(bad: Photo, words: str) -> None:
    assert words in work_orders.photo_problem(bad.file)


def test_a_refused_photo_leaves_no_trace(office: Office, clerk: Actor, order: UUID) -> None:
    with pytest.raises(ProblemsFound, match="是视频"):
        go(office, clerk, order, "finish", "", photo(b"\0\0\0\x18ftypmp42", "a.mp4", "video/mp4"))
    assert order_of(office, order).state is WorkOrderState.ASSIGNED
    assert len(history(office, order)) == 2


def test_numbers_that_tell_who_somebody_is_stay_out(office: Office, clerk: Actor, order: UUID) -> None:
    with pytest.raises(ProblemsFound, match="不能写证件号"):
        go(office, clerk, order, "cancel", "住户 13812345678 说不用了")
    with begin(office, clerk, Op.GO_ON_WITH_REPAIR) as work:
        with pytest.raises(ProblemsFound, match="写一句"):
            work_orders.add_remark(work, order, " ")
        work_orders.add_remark(work, order, "打过电话，没人接")
    assert history(office, order)[-1].note == "打过电话，没人接"
    assert history(office, order)[-1].state is None


def test_of_two_who_go_on_the_second_is_told(office: Office, clerk: Actor, order: UUID) -> None:
    seen = order_of(office, order).version
    go(office, clerk, order, "accept", seen=seen)
    with pytest.raises(RowChanged) as caught:
        go(office, PROGRAM, order, "cancel", "重复报修", seen=seen)
    assert caught.value.theirs["state"] == "已接单"


def test_somebody_always_answers_for_it(office: Office, clerk: Actor) -> None:
    other = sit_down(office, "manager", login="gumy", name="顾明远")
    order = report_repair(office)  # the program took it in
    order_event(office, order, "assign")
    assert faults_of(order_of(office, order)) == []
    assert clerk.staff_id
    assert other.staff_id
    with begin(office, other, Op.GO_ON_WITH_REPAIR) as work:
        work_orders.answer_for(work, order, clerk.staff_id, "小满在跟")
    assert order_of(office, order).owner_id == clerk.staff_id
    admin = sit_down(office, "administrator", login="zhouyq", name="周砚秋")
    with begin(office, admin, Op.CHANGE_STAFF) as work:
        access.disable_staff(work, clerk.staff_id, True)
    with begin(office, other, Op.GO_ON_WITH_REPAIR) as work, pytest.raises(DomainError, match="已停用"):
        work_orders.answer_for(work, order, clerk.staff_id)
    go(office, other, order, "begin")
    assert order_of(office, order).owner_id == other.staff_id


def test_orders_travel_to_the_other_engine(
    office: Office, clerk: Actor, order: UUID, databases: Databases, tmp_path: Path, engine_kind: str
) -> None:
    go(office, clerk, order, "accept")
    go(office, clerk, order, "wait_material", "等 6 分角阀", photo())
    go(office, clerk, order, "finish")
    go(office, clerk, order, "reopen", "又漏了")
    prove(office, databases.clone("postgresql" if engine_kind == "sqlite" else "sqlite"), tmp_path / "copy")


def test_the_check_finds_an_order_that_nobody_has(office: Office, order: UUID) -> None:
    with begin(office, PROGRAM, Op.GO_ON_WITH_REPAIR) as work:
        kept = work.take(WorkOrder, order)
        kept.technician_id, number = None, kept.number
    with look(office, PROGRAM) as reading:
        found = [each.text for each in checkup.check_office(reading).findings]
    assert found == [f"工单 {number} 有人接手的工单必须正好有一位维修工或一家外包"]


def test_words_of_earlier_releases_are_understood() -> None:
    before = ("waiting", "dispatched", "under_way", "done", "rated", "cancelled")
    assert [WorkOrderState(word).value for word in before] == [
        "reported", "reported", "reported", "done", "closed", "cancelled",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="nonsense"):
        WorkOrderState("nonsense")
