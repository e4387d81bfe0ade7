"""What stands in the empty search box: pins are somebody's own on this PC, by her rights."""

from __future__ import annotations

import pytest

from desktop.services import shelf
from desktop.services.errors import Refused
from desktop.services.office import Office
from desktop.services.search_hits import HitKind
from desktop.services.shelf import MOST_PINS, MOST_RECENT, Spot
from desktop.services.work import Actor, look
from tests.offices import check_in, many, rooms_of, sit_down


def heads(office: Office, actor: Actor, visited: list[Spot]) -> dict[str, list[str]]:
    with look(office, actor) as reading:
        return {group.head: [hit.title for hit in group.hits] for group in shelf.at_hand(reading, visited).groups}


def test_pins_stand_first_and_are_nobody_elses(office: Office) -> None:
    clerk, other = sit_down(office, "front_desk"), sit_down(office, "front_desk", login="zhaoyl", name="赵一鸣")
    rooms = rooms_of(office)
    news = check_in(office, clerk, rooms[0])
    party, lease, room = (
        Spot(HitKind.PARTY, news.party_id), Spot(HitKind.LEASE, news.lease_id), Spot(HitKind.ROOM, rooms[1])
    )  # fmt: skip
    assert heads(office, clerk, []) == {}
    assert heads(office, clerk, [room, party, room]) == {"最近打开": ["1 栋 302", "顾听澜"]}
    assert shelf.pin(office, clerk, party)
    assert shelf.pin(office, clerk, lease)
    assert heads(office, clerk, [party, room]) == {"置顶": [news.lease_number, "顾听澜"], "最近打开": ["1 栋 302"]}
    assert heads(office, other, [room]) == {"最近打开": ["1 栋 302"]}
    assert not shelf.pin(office, clerk, lease), "a second time takes it away"
    assert heads(office, clerk, []) == {"置顶": ["顾听澜"]}


def test_the_oldest_pin_makes_room_and_what_is_not_for_the_role_is_left_out(office: Office) -> None:
    clerk = sit_down(office, "front_desk")
    rooms = rooms_of(office)[: MOST_PINS + 1]
    for room in rooms:
        shelf.pin(office, clerk, Spot(HitKind.ROOM, room))
    with look(office, clerk) as reading:
        assert [spot.id for spot in shelf.pins(reading)] == rooms[:0:-1]
    recent = [Spot(HitKind.ROOM, room) for room in rooms_of(office)]
    other = sit_down(office, "front_desk", login="zhaoyl", name="赵一鸣")
    assert len(heads(office, other, recent)["最近打开"]) == MOST_RECENT
    repairs = sit_down(office, "repair_lead", login="hanyd", name="韩有德")
    news = check_in(office, sit_down(office, "manager", login="songhj", name="宋海靖"), rooms[0], many(1)[0])
    seen = heads(office, repairs, [Spot(HitKind.RECEIPT, news.lease_id), Spot(HitKind.ROOM, rooms[0])])
    assert seen == {"最近打开": ["1 栋 301"]}


def test_a_role_without_drafts_has_no_pins(office: Office) -> None:
    auditor, room = sit_down(office, "auditor"), rooms_of(office)[0]
    with pytest.raises(Refused):
        shelf.pin(office, auditor, Spot(HitKind.ROOM, room))
    assert heads(office, auditor, [Spot(HitKind.ROOM, room)]) == {"最近打开": ["1 栋 301"]}
