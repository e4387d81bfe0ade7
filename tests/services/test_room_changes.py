"""Rooms split, merged, renumbered and owned: what happened in them stays, and nobody is moved by it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from desktop.models.values import Money, RoomCondition, RoomState
from desktop.services import board, checkup, places, room_changes, rooms, search, timeline
from desktop.services.acts import Op
from desktop.services.errors import NotFound, ProblemsFound, RowChanged
from desktop.services.office import Office
from desktop.services.places import BuildingDraft, RoomDraft, RoomUsed
from desktop.services.room_changes import RoomBusy
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.databases import Databases
from tests.offices import check_in, rooms_of, sit_down, terms
from tests.services.test_replay import prove

TODAY = date(2026, 11, 22)


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "manager")


def drafts(*numbers: str, area: str = "23.10") -> list[RoomDraft]:
    return [RoomDraft(number, 3, Decimal(area), "单间", Money.yuan(900)) for number in numbers]


def numbers(office: Office) -> list[str]:
    with look(office, PROGRAM) as reading:
        return [tile.number for tile in board.board(reading).tiles]


def test_split_and_merged_back(office: Office, clerk: Actor, world: SeededWorld) -> None:
    room, before = rooms_of(office)[0], numbers(office)
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        made = room_changes.split_room(work, room, drafts("301A", "301B"))
    assert sorted(numbers(office)) == sorted([*before[1:], "301A", "301B"])
    with look(office, clerk) as reading:
        shown = [(each.words, each.into) for each in room_changes.origins_of(reading, room)]
        assert shown == [("1 栋 301A", True), ("1 栋 301B", True)]
        assert rooms.room_page(reading, made[0]).place.condition is RoomCondition.DIRTY
    with look(office, clerk) as reading:
        page = rooms.room_page(reading, room)  # its story is still there
        assert (page.panel.tile.state, page.panel.tile.who) == (RoomState.OUT_OF_USE, "已注销")
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        whole = room_changes.merge_rooms(work, made, RoomDraft("301", 3, Decimal("46.20"), "一室一厅"))
    assert sorted(numbers(office)) == sorted(before)
    check_in(office, clerk, whole)  # a room like any other
    with look(office, PROGRAM) as reading:
        assert checkup.check_office(reading).findings == ()


def test_a_room_somebody_needs_stays(office: Office, clerk: Actor) -> None:
    room = rooms_of(office)[0]
    check_in(office, clerk, room, lease=terms(TODAY + timedelta(days=9)))
    for change in (
        lambda work: room_changes.split_room(work, room, drafts("301A", "301B")),
        lambda work: room_changes.merge_rooms(work, rooms_of(office)[:2], drafts("300")[0]),
        lambda work: room_changes.retire_room(work, room, "已拆除"),
    ):
        with pytest.raises(RoomBusy, match="还没有结束"), begin(office, clerk, Op.CHANGE_PLACE) as work:
            change(work)


def test_nobody_checks_in_to_a_room_that_is_gone(office: Office, clerk: Actor) -> None:
    room = rooms_of(office)[0]
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        room_changes.retire_room(work, room, "已交还业主")
    with pytest.raises(NotFound):
        check_in(office, clerk, room)


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        (drafts("301A"), "两间以上"),
        (drafts("301A", "301A"), "已有"),
        (drafts("302", "301B"), "302 已有"),
        (drafts("", "301B"), "填写房号，例如 1203"),
        (drafts("301A", "301B", area="30"), "超过原来的 46.20"),
        (drafts("301A", "301B", area="0"), "大于 0"),
    ],
)
def test_a_wrong_split_is_told(office: Office, clerk: Actor, parts: list[RoomDraft], says: str) -> None:
    with pytest.raises(ProblemsFound, match=says), begin(office, clerk, Op.CHANGE_PLACE) as work:
        room_changes.split_room(work, rooms_of(office)[0], parts)


def test_renumbered_since_a_day(office: Office, clerk: Actor, world: SeededWorld) -> None:
    room = rooms_of(office)[0]
    world.advance(timedelta(days=10))
    since = world.today() - timedelta(days=3)
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        room_changes.renumber_room(work, room, "301", "3-01", since)
    with look(office, clerk) as reading:
        page = rooms.room_page(reading, room)
    assert page.place.number == "3-01"
    assert page.former_numbers == (("301", TODAY, since - timedelta(days=1)),)
    for number, day, field in (
        ("302", world.today(), "number"), ("3-01", world.today(), "number"), ("3-02", TODAY, "since"),
        ("3-02", world.today() + timedelta(days=1), "since"),
    ):  # fmt: skip
        with pytest.raises(ProblemsFound) as caught, begin(office, clerk, Op.CHANGE_PLACE) as work:
            room_changes.renumber_room(work, room, "3-01", number, day)
        assert field in caught.value.problems


def test_a_number_given_meanwhile_is_shown_and_not_written_over(
    office: Office, clerk: Actor, databases: Databases, tmp_path: Path
) -> None:
    """Two clerks renumber one room: the second is shown both numbers; cleaning it meanwhile is no clash."""
    room, other = rooms_of(office)[0], sit_down(office, "manager", login="zhouyq", name="周砚秋")
    with begin(office, other, Op.CHANGE_PLACE) as work:
        room_changes.renumber_room(work, room, "301", "3-01", TODAY)
    with pytest.raises(RowChanged) as caught, begin(office, clerk, Op.CHANGE_PLACE) as work:
        room_changes.renumber_room(work, room, "301", "3A", TODAY)
    assert (caught.value.theirs, caught.value.yours) == ({"number": "3-01"}, {"number": "3A"})
    assert caught.value.by["number"].startswith("周砚秋 今天")
    assert numbers(office)[0] == "3-01"
    with begin(office, other, Op.CHANGE_PLACE) as work:
        places.mark_clean(work, room, False)
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        room_changes.renumber_room(work, room, "3-01", "3A", TODAY)
    assert "3A" in numbers(office)
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


def test_areas_sum_up_or_somebody_says_why(office: Office, clerk: Actor) -> None:
    room = rooms_of(office)[0]
    with pytest.raises(ProblemsFound, match=r"少 6\.20") as caught, begin(office, clerk, Op.CHANGE_PLACE) as work:
        room_changes.split_room(work, room, drafts("301A", "301B", area="20"))
    assert set(caught.value.problems) == {"reason"}
    half = [*drafts("301A"), RoomDraft("301B", 3, None)]
    with pytest.raises(ProblemsFound, match="还有 1 间没有填面积"), begin(office, clerk, Op.CHANGE_PLACE) as work:
        room_changes.split_room(work, room, half)
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        made = room_changes.split_room(work, room, drafts("301A", "301B", area="20"), reason="砌了隔墙")
    with pytest.raises(ProblemsFound, match="超过原来的 40"), begin(office, clerk, Op.CHANGE_PLACE) as work:
        room_changes.merge_rooms(work, made, RoomDraft("301", 3, Decimal("46.20")))
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        room_changes.merge_rooms(work, made, RoomDraft("301", 3, Decimal("46.20")), reason="重新测绘")


def test_a_change_may_be_of_a_day_on_which_nobody_had_the_room(
    office: Office, clerk: Actor, world: SeededWorld
) -> None:
    room = rooms_of(office)[0]
    world.advance(timedelta(days=20))
    day = world.today() - timedelta(days=5)
    for on, says in ((world.today() + timedelta(days=1), "今天或以前"), (TODAY - timedelta(days=1), "以前还有租约")):
        with pytest.raises(ProblemsFound, match=says), begin(office, clerk, Op.CHANGE_PLACE) as work:
            room_changes.split_room(work, room, drafts("301A", "301B"), on)
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        made = room_changes.split_room(work, room, drafts("301A", "301B"), day)
    with look(office, clerk) as reading:
        old, new = rooms.room_page(reading, room), rooms.room_page(reading, made[0])
        assert (old.retired_on, old.panel.tile.retired) == (day, True)
        assert [(each.words, each.on, each.into) for each in new.origins] == [("1 栋 301", day, False)]


def test_a_split_is_taken_back_until_something_hangs_on_it(
    office: Office, clerk: Actor, world: SeededWorld, databases: Databases, tmp_path: Path
) -> None:
    room, before = rooms_of(office)[0], numbers(office)
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        made = room_changes.split_room(work, room, drafts("301A", "301B"))
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        room_changes.take_back(work, made)
    assert numbers(office) == before
    with look(office, clerk) as reading:
        page = rooms.room_page(reading, room)
        assert (page.retired_on, page.origins, page.former_numbers) == (None, (), ())
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        made = room_changes.split_room(work, room, drafts("301A", "301B"))
    check_in(office, clerk, made[1], lease=terms(TODAY + timedelta(days=9)))
    with pytest.raises(RoomUsed, match="301B"), begin(office, clerk, Op.CHANGE_PLACE) as work:
        room_changes.take_back(work, made)
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


def test_a_room_struck_off_stands_again(office: Office, clerk: Actor) -> None:
    room, before = rooms_of(office)[0], numbers(office)
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        room_changes.retire_room(work, room, "已拆除")
    assert numbers(office) == before[1:]
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        room_changes.restore_room(work, room)
    assert numbers(office) == before


def test_renumbered_back_is_as_if_nothing_had_been(office: Office, clerk: Actor, world: SeededWorld) -> None:
    room = rooms_of(office)[0]
    world.advance(timedelta(days=3))
    for before, number in (("301", "3-01"), ("3-01", "301")):
        with begin(office, clerk, Op.CHANGE_PLACE) as work:
            room_changes.renumber_room(work, room, before, number, world.today())
    with look(office, clerk) as reading:
        page = rooms.room_page(reading, room)
    assert (page.place.number, page.former_numbers) == ("301", ())


def test_what_a_room_was_called_once_finds_it(office: Office, clerk: Actor, world: SeededWorld) -> None:
    first, second = rooms_of(office)[:2]
    world.advance(timedelta(days=3))
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        room_changes.renumber_room(work, first, "301", "3-01", world.today())
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        room_changes.retire_room(work, second, "已拆除")
    for text, room in (("301", first), ("1 栋 301", first), ("302", second)):
        with look(office, clerk) as reading:
            found = search.search(reading, text)
        assert found.groups[0].hits[0].id == room, text
    with look(office, clerk) as reading:
        assert not [hit for hit in search.search(reading, "2 栋 301").hits if hit.id == first]


def test_the_stream_tells_what_became_of_a_room(office: Office, clerk: Actor) -> None:
    room = rooms_of(office)[0]
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        made = room_changes.split_room(work, room, drafts("301A", "301B"))
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        whole = room_changes.merge_rooms(work, made, RoomDraft("301", 3, Decimal("46.20")))
    for room_id, told in (
        (room, ["拆分"]), (made[0], ["合并", "拆分"]), (made[1], ["合并", "拆分"]), (whole, ["合并"]),
    ):  # fmt: skip
        with look(office, clerk) as reading:
            entries = timeline.room_timeline(reading, room_id)
        assert [entry.title for entry in entries] == told
    assert "301A、301B" in entries[0].detail


def test_what_the_dialogs_know_beforehand(office: Office, clerk: Actor) -> None:
    ids = rooms_of(office)
    check_in(office, clerk, ids[1])
    with look(office, clerk) as reading:
        facts = room_changes.change_facts(reading, ids[0])
        busy = room_changes.change_facts(reading, ids[1])
    assert (facts.busy, facts.free_since, facts.place.number) == ("", TODAY, "301")
    assert "还没有结束" in busy.busy
    near = facts.neighbours[:3]
    assert [(each.number, bool(each.busy)) for each in near] == [("302", True), ("303", False), ("304", False)]
    assert len(facts.neighbours) == len(ids) - 1


def test_floors_and_rooms_are_added_and_taken_back(
    office: Office, clerk: Actor, world: SeededWorld, databases: Databases, tmp_path: Path
) -> None:
    before = numbers(office)
    top = BuildingDraft("1 栋", [RoomDraft("401", 4), RoomDraft("402", 4)])
    other = BuildingDraft("2 栋", [RoomDraft("101", 1)])
    with begin(office, clerk, Op.ADD_PLACES) as work:
        added = places.add_places(work, [top, other])
    assert numbers(office) == ["401", "402", *before, "101"]
    with pytest.raises(ProblemsFound, match="1 栋 已有 401、402"), begin(office, clerk, Op.ADD_PLACES) as work:
        places.add_places(work, [top])
    with look(office, clerk) as reading:
        stands = {each.name: (len(each.numbers), each.top_floor) for each in places.standing_buildings(reading)}
    assert stands == {"1 栋": (len(before) + 2, 4), "2 栋": (1, 1)}
    with begin(office, clerk, Op.ADD_PLACES) as work:
        places.take_back_places(work, added)
    assert numbers(office) == before
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


def test_out_of_use_until_a_day(
    office: Office, clerk: Actor, world: SeededWorld, databases: Databases, tmp_path: Path
) -> None:
    room, until = rooms_of(office)[0], TODAY + timedelta(days=4)
    for note, day, field in (("", None, "condition_note"), ("换门锁", TODAY - timedelta(days=1), "until")):
        with pytest.raises(ProblemsFound) as caught, begin(office, clerk, Op.CHANGE_PLACE) as work:
            places.close_room(work, room, RoomCondition.REPAIR, note, day)
        assert set(caught.value.problems) == {field}
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        assert places.close_room(work, room, RoomCondition.REPAIR, "换门锁", until) is RoomCondition.CLEAN

    def tile() -> board.TileFacts:
        with look(office, clerk) as reading:
            return rooms.room_panel(reading, room).tile

    assert (tile().mark_words, tile().who) == ("到 11-26", "换门锁")
    world.advance(timedelta(days=5))
    assert (tile().mark_words, tile().state) == ("过了 11-26", RoomState.REPAIR)
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        places.reopen_room(work, room, clean=True)
    assert (tile().state, tile().closed_until) == (RoomState.VACANT_CLEAN, None)
    prove(office, databases.clone("sqlite"), tmp_path / "copy")
