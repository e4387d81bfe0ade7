"""Owners of a room: shares are exactly the whole, whoever types them; who owned before keeps their days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from desktop.models.values import Right
from desktop.services import owners, parties, party_search, rooms
from desktop.services.acts import Op
from desktop.services.errors import ProblemsFound, RowChanged
from desktop.services.office import Office
from desktop.services.owners import OwnerForm
from desktop.services.work import Actor, begin, look
from desktop.world import SeededWorld
from tests.databases import Databases
from tests.offices import person, rooms_of, sit_down
from tests.services.test_replay import prove

TODAY = date(2026, 11, 22)


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "manager")


def test_owners_share_exactly_the_whole(office: Office, clerk: Actor, world: SeededWorld) -> None:
    room = rooms_of(office)[0]
    with begin(office, clerk, Op.REGISTER_PARTY) as work:
        first = parties.register_party(work, person("顾听澜"))
    with begin(office, clerk, Op.REGISTER_PARTY) as work:
        second = parties.register_party(work, person("林以宁", 2, phone="13800000002"))
    third = Decimal("0.333333")
    with pytest.raises(ProblemsFound, match=r"66\.6666%"), begin(office, clerk, Op.CHANGE_PLACE) as work:
        owners.set_owners(work, room, (), [OwnerForm(first, third), OwnerForm(second, third)], TODAY)
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        pair = [OwnerForm(first, third), OwnerForm(second, 1 - third, True)]
        now = owners.set_owners(work, room, (), pair, TODAY)
    world.advance(timedelta(days=30))
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        owners.set_owners(work, room, now, [OwnerForm(second, Decimal(1))], world.today())
    with look(office, clerk) as reading:
        rows = [(row.name, row.share, row.valid_to) for row in owners.owners_of(reading, room)]
    ended = world.today() - timedelta(days=1)
    assert rows == [("林以宁", Decimal(1), None), ("林以宁", 1 - third, ended), ("顾听澜", third, ended)]


def test_a_new_owner_is_registered_with_the_shares(
    office: Office, clerk: Actor, world: SeededWorld, databases: Databases, tmp_path: Path
) -> None:
    room = rooms_of(office)[0]
    new = OwnerForm(None, Decimal(1), name="温如玉", phone="13900000011")
    with pytest.raises(ProblemsFound, match=r"电话|手机"), begin(office, clerk, Op.CHANGE_PLACE) as work:
        owners.set_owners(work, room, (), [OwnerForm(None, Decimal(1), name="温如玉")], TODAY)
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        now = owners.set_owners(work, room, (), [new], TODAY)
    twice = [OwnerForm(None, Decimal("0.5"), name=new.name, phone=new.phone)] * 2
    with pytest.raises(ProblemsFound, match="列了两次"), begin(office, clerk, Op.CHANGE_PLACE) as work:
        owners.set_owners(work, room, now, twice, TODAY)
    with look(office, clerk) as reading:
        page = rooms.room_page(reading, room)
    assert [(row.name, row.share) for row in page.owners or ()] == [("温如玉", Decimal(1))]
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


def test_owners_are_not_for_who_may_not_see_people(office: Office) -> None:
    clerk = sit_down(office, "manager")
    who = replace(clerk, rights=clerk.rights - {Right.SEE_PARTIES})
    with look(office, who) as reading:
        assert rooms.room_page(reading, rooms_of(office)[0]).owners is None


def test_owners_written_meanwhile_are_shown_and_not_written_over(
    office: Office, clerk: Actor, databases: Databases, tmp_path: Path
) -> None:
    room, other = rooms_of(office)[0], sit_down(office, "manager", login="zhouyq", name="周砚秋")
    with begin(office, other, Op.CHANGE_PLACE) as work:
        theirs = owners.set_owners(work, room, (), [OwnerForm(None, Decimal(1), True, "温如玉", "13900000011")], TODAY)
    mine = [OwnerForm(None, Decimal(1), name="顾听澜", phone="13900000012")]
    with pytest.raises(RowChanged) as caught, begin(office, clerk, Op.CHANGE_PLACE) as work:
        owners.set_owners(work, room, (), mine, TODAY)
    assert caught.value.theirs == {"owners": "温如玉 100%，自住"}
    assert caught.value.yours == {"owners": "顾听澜 100%"}
    assert caught.value.by["owners"].startswith("周砚秋 今天")
    with look(office, clerk) as reading:
        assert owners.owners_of(reading, room) == list(theirs), "nothing was stored, nobody registered"
        assert "顾听澜" not in [hit.name for hit in party_search.find_parties(reading, "顾听澜", 5)]
    with begin(office, clerk, Op.CHANGE_PLACE) as work:
        owners.set_owners(work, room, theirs, mine, TODAY)
    prove(office, databases.clone("sqlite"), tmp_path / "copy")


A, B = UUID(int=1), UUID(int=2)
HALF = Decimal("0.5")


def of(*owned: tuple[UUID, Decimal, bool]) -> list[OwnerForm]:
    return [OwnerForm(*each) for each in owned]


BASE = of((A, HALF, False), (B, HALF, False))


@pytest.mark.parametrize(
    ("theirs", "yours", "both"),
    [
        (
            of((A, HALF, True), (B, HALF, False)), of((A, HALF, False), (B, HALF, True)),
            [(A, HALF, True), (B, HALF, True)],
        ),
        (of((A, HALF, True), (B, HALF, False)), of((A, Decimal(1), False)), [(A, Decimal(1), True)]),
        (of((A, Decimal(1), False)), of((A, HALF, True), (B, HALF, False)), [(A, Decimal(1), True)]),
        (of((A, Decimal(1), False)), of((A, Decimal(1), True)), [(A, Decimal(1), True)]),
        (of((A, Decimal(1), False)), of((B, Decimal(1), False)), None),
    ],
    ids=["one tick each", "they tick, you share", "they share, you tick", "the same shares", "shares clash"],
)  # fmt: skip
def test_two_corrections_are_put_together_where_the_shares_do_not_clash(
    theirs: list[OwnerForm], yours: list[OwnerForm], both: list[tuple[UUID, Decimal, bool]] | None
) -> None:
    found = owners.together(BASE, theirs, yours)
    assert (found and [(each.party_id, each.share, each.owner_occupied) for each in found]) == both
