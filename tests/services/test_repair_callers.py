"""A repair reported from a room's or a person's page: room, person and today's number are known."""

from __future__ import annotations

from uuid import UUID

import pytest

from desktop.services.errors import Refused
from desktop.services.office import Office
from desktop.services.repair_callers import caller_of
from desktop.services.search_hits import HitKind
from desktop.services.work import PROGRAM, Actor, look
from tests.offices import check_in, rooms_of, sit_down


def test_room_and_tenant_lead_to_each_other(office: Office) -> None:
    rooms = rooms_of(office)
    lease = check_in(office, PROGRAM, rooms[0])
    desk = sit_down(office, "front_desk")
    with look(office, desk) as reading:
        by_room = caller_of(reading, HitKind.ROOM, rooms[0])
        by_party = caller_of(reading, HitKind.PARTY, lease.party_id)
        empty = caller_of(reading, HitKind.ROOM, rooms[1])
        gone = caller_of(reading, HitKind.ROOM, UUID(int=7))
    assert by_room is not None
    assert by_party is not None
    assert (by_room.party_id, by_room.room_id) == (by_party.party_id, by_party.room_id) == (lease.party_id, rooms[0])
    assert by_room.phone is not None
    assert by_room.phone.text.endswith("5678")
    assert "301" in by_room.words
    assert empty is not None
    assert (empty.party_id, empty.room_id, empty.phone) == (None, rooms[1], None)
    assert gone is None
    with look(office, Actor(desk.staff_id, "", frozenset())) as reading, pytest.raises(Refused):
        caller_of(reading, HitKind.ROOM, rooms[0])
