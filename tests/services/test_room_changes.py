"""Rooms split, merged, renumbered and owned: what happened in them stays, and nobody is moved by it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from desktop.models.values import Money, RoomCondition, RoomState
from desktop.services import board, checkup, parties, places, room_changes, rooms
from desktop.services.acts import Op
from desktop.services.errors import NotFound, ProblemsFound
from desktop.services.office import Office
from desktop.services.places import RoomDraft
from desktop.services.room_changes import OwnerForm, RoomBusy
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.offices import check_in, person, rooms_of, sit_down, terms

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
        room_changes.renumber_room(work, room, "3-01", since)
    with look(office, clerk) as reading:
        page = rooms.room_page(reading, room)
    assert page.place.number == "3-01"
    assert page.former_numbers == (("301", TODAY, since - timedelta(days=1)),)
    for number, day, field in (
        ("302", world.today(), "number"), ("3-01", world.today(), "number"), ("3-02", TODAY, "since"),
        ("3-02", world.today() + timedelta(days=1), "since"),
    ):  # fmt: skip
        with pytest.raises(ProblemsFound) as caught, begin(office, clerk, Op.CHANGE_PLACE) as work:
            room_changes.renumber_room(work, room, number, day)
        assert field in caught.value.problems


def test_owners_share_exactly_the_whole(office: Office, clerk: Actor, world: SeededWorld) -> None:
    room = rooms_of(office)[0]
    with begin(office, clerk, Op.REGISTER_PARTY) as work:
        first = parties.register_party(work, person("顾听澜"))
    with begin(office, clerk, Op.REGISTER_PARTY) as work:
        second = parties.register_party(work, person("林以宁", 2, phone="13800000002"))
    third = Decimal("0.333333")
    with pytest.raises(ProblemsFound, match=r"66\.6666%"), begin(office, clerk, Op.CHANGE_PLACE) as work:
        room_changes.set_owners(work, room, [OwnerForm(first, third), OwnerForm(second, third)], TODAY)
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        room_changes.set_owners(work, room, [OwnerForm(first, third), OwnerForm(second, 1 - third, True)], TODAY)
    world.advance(timedelta(days=30))
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        room_changes.set_owners(work, room, [OwnerForm(second, Decimal(1))], world.today())
    with look(office, clerk) as reading:
        rows = [(row.name, row.share, row.valid_to) for row in room_changes.owners_of(reading, room)]
    ended = world.today() - timedelta(days=1)
    assert rows == [("林以宁", Decimal(1), None), ("林以宁", 1 - third, ended), ("顾听澜", third, ended)]
    with look(office, PROGRAM) as reading:
        assert places.room_place(reading, room).number == "301"
