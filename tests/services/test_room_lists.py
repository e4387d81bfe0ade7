"""The list of rooms on both engines: states as on the board, days empty, conditions, order, paging, rights, and what is
kept between two questions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.leases import LeaseRoom
from desktop.models.places import Building, Room
from desktop.models.values import Money, RoomCondition, RoomKind, RoomState
from desktop.services import board, lease_lists, lease_moves, notes, owners, places, reservations, room_lists
from desktop.services.acts import Op
from desktop.services.conditions import Chosen, chosen_of
from desktop.services.demo_repairs import put_repair
from desktop.services.notes import NoteForm
from desktop.services.office import Office
from desktop.services.owners import OwnerForm
from desktop.services.paging import Span
from desktop.services.reservations import ReservationForm
from desktop.services.room_facts import Kept
from desktop.services.room_lists import RoomFilter, RoomOrder, RoomRow, RoomScope
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.conftest import Filled
from tests.offices import check_in, many, rooms_of, sit_down, terms

DAY = timedelta(days=1)


@pytest.fixture
def lived(filled: Filled) -> tuple[Office, dict[str, UUID]]:
    return filled(_live)


@pytest.fixture
def office(lived: tuple[Office, dict[str, UUID]]) -> Office:
    return lived[0]


@pytest.fixture
def house(lived: tuple[Office, dict[str, UUID]]) -> dict[str, UUID]:
    """1 栋, 301 to 104 from the top: a room of every kind, 100 days after the first check-in; and 2 栋 with 501."""
    return lived[1]


def _live(office: Office) -> dict[str, UUID]:
    world = office.world
    assert isinstance(world, SeededWorld)
    ids, people, today = rooms_of(office), many(8), world.today()
    left = check_in(office, PROGRAM, ids[6], people[6], terms(today))  # 203
    moved = check_in(office, PROGRAM, ids[7], people[7], terms(today))  # 204, then 101
    check_in(office, PROGRAM, ids[2], people[2], replace(terms(today), end=today + 98 * DAY))
    world.advance(80 * DAY)
    with begin(office, PROGRAM, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, left.lease_id)
    with begin(office, PROGRAM, Op.CHANGE_LEASE) as work:
        span = work.session.scalars(sa.select(LeaseRoom).where(LeaseRoom.lease_id == moved.lease_id)).one()
        end, span.valid_to = span.valid_to, world.today() - DAY
        work.session.flush()
        work.add(LeaseRoom(lease_id=moved.lease_id, room_id=ids[8], valid_from=world.today(), valid_to=end))
        work.record()
    world.advance(15 * DAY)
    check_in(office, PROGRAM, ids[0], people[0], terms(world.today() - 60 * DAY))
    check_in(office, PROGRAM, ids[1], people[1], replace(terms(world.today()), end=world.today() + 20 * DAY))
    check_in(office, PROGRAM, ids[3], people[3], terms(world.today() + 5 * DAY))
    world.advance(5 * DAY)
    with begin(office, PROGRAM, Op.CHANGE_PLACE) as work:
        places.mark_clean(work, ids[4], False)
        places.close_room(work, ids[5], RoomCondition.REPAIR, "换门锁", world.today() + DAY)
    with begin(office, PROGRAM, Op.REPORT_REPAIR) as work:
        work.authorised += 1
        put_repair(work, ids[0], None, "厨房水龙头滴水", False, "reported")
    with begin(office, PROGRAM, Op.ADD_PLACES) as work:
        draft = places.RoomDraft("501", 5, Decimal("88.00"), "三室两厅", Money.yuan(4200))
        places.add_building(work, places.BuildingDraft("2 栋", [draft, places.RoomDraft("1001", 10)]))
    world.advance(DAY)
    with look(office, PROGRAM) as reading:
        names = {row.id: row.name for row in reading.session.query(Building)}
        return {f"{names[tile.building_id][0]}-{tile.number}": tile.room_id for tile in board.board(reading).tiles}


def listed(
    office: Office, wanted: RoomFilter | None = None, order: RoomOrder | None = None, down: bool = False,
    actor: Actor = PROGRAM, kept: Kept | None = None,
) -> list[RoomRow]:  # fmt: skip
    wanted = wanted or RoomFilter()
    with look(office, actor) as reading:
        rows = room_lists.list_rooms(reading, wanted, Span(0, 100, descending=down), order, kept)
        assert room_lists.count_rooms(reading, wanted, kept) == len(rows)
    return rows


def narrowed(office: Office, **values: Any) -> list[str]:
    chosen = chosen_of({key: [each] if isinstance(each, str) else each for key, each in values.items()})
    return [row.tile.number for row in listed(office, RoomFilter(chosen=chosen))]


def test_every_row_says_what_the_board_says(office: Office, house: dict[str, UUID]) -> None:
    with look(office, PROGRAM) as reading:
        tiles = board.board(reading).tiles
        counts = board.board(reading).counters
    rows = listed(office)
    assert [row.tile for row in rows] == list(tiles)
    assert {row.building for row in rows} == {"1 栋", "2 栋"}
    with look(office, PROGRAM) as reading:
        figures = room_lists.room_figures(reading)
    assert figures.counts[RoomScope.VACANT] == counts.vacant
    assert figures.owed[RoomScope.ALL] == counts.overdue
    for scope in RoomScope:
        assert len(listed(office, RoomFilter(scope))) == figures.counts[scope]
    assert figures.counts == {
        RoomScope.ALL: 14, RoomScope.VACANT: 8, RoomScope.LET: 4, RoomScope.RESERVED: 1, RoomScope.CLOSED: 1
    }  # fmt: skip


def test_days_without_a_tenant(office: Office, house: dict[str, UUID], world: SeededWorld) -> None:
    days = {f"{row.building[0]}-{row.tile.number}": row.empty_days for row in listed(office)}
    assert days["1-203"] == 21  # moved out on day 80, and it is day 101
    assert days["1-204"] == 22  # the tenant moved house on day 80: the day before was the last here
    assert days["1-104"] == 101  # never let: since it was registered
    assert days["2-501"] == 1
    assert days["1-301"] is None  # let
    assert days["1-304"] is None  # reserved
    assert days["1-202"] is None  # under repair
    assert narrowed(office, empty="30") == ["201", "102", "103", "104"]
    assert narrowed(office, empty="15") == ["201", "203", "204", "102", "103", "104"]


def test_who_stays_past_the_end_leaves_on_the_day_of_the_move_out(
    office: Office, house: dict[str, UUID], world: SeededWorld
) -> None:
    (row,) = [row for row in listed(office) if row.id == house["1-303"]]
    assert row.tile.lease_id is not None
    assert row.end == world.today() - 3 * DAY
    with begin(office, PROGRAM, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, row.tile.lease_id)
    world.advance(2 * DAY)
    (row,) = [row for row in listed(office) if row.id == house["1-303"]]
    assert (row.tile.state, row.empty_days) == (RoomState.VACANT_DIRTY, 2)


def test_a_room_left_within_the_lease_is_empty_since_then(
    office: Office, house: dict[str, UUID], world: SeededWorld
) -> None:
    (row,) = [row for row in listed(office) if row.id == house["1-101"]]  # where the tenant of 204 went
    assert row.tile.lease_id is not None
    with begin(office, PROGRAM, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, row.tile.lease_id)
    world.advance(DAY)
    days = {row.id: row.empty_days for row in listed(office)}
    assert (days[house["1-101"]], days[house["1-204"]]) == (1, 23)


def test_conditions_go_together(office: Office, house: dict[str, UUID]) -> None:
    with look(office, PROGRAM) as reading:
        two = reading.session.query(Building).filter_by(name="2 栋").one().id.hex
        one = reading.session.query(Building).filter_by(name="1 栋").one().id.hex
        known = {each.key: each for each in room_lists.room_conditions(reading)}
    assert list(known) == [
        "building", "state", "arrears", "end", "empty", "rent", "area", "layout", "floor", "owner", "mark",
    ]  # fmt: skip
    assert [choice.words for choice in known["floor"].choices] == ["1 层", "2 层", "3 层", "5 层", "10 层"]
    assert [choice.words for choice in known["layout"].choices] == ["一室一厅", "三室两厅"]
    assert [choice.value for choice in known["state"].choices] == [state.value for state in room_lists.STATES]
    assert narrowed(office, building=two) == ["1001", "501"]
    assert narrowed(office, state="vacant_dirty") == ["201", "203"]
    assert narrowed(office, state=["repair", "reserved"]) == ["304", "202"]
    assert narrowed(office, end="over") == ["303"]
    assert narrowed(office, end="30") == ["302"]
    assert narrowed(office, area="60-90") == ["501"]
    assert narrowed(office, area="") == ["1001"]
    assert narrowed(office, area=["", "60-90"]) == ["1001", "501"]
    assert narrowed(office, layout="三室两厅") == ["501"]
    assert narrowed(office, floor="10") == ["1001"]
    assert narrowed(office, rent="3000-5000") == ["501"]
    assert narrowed(office, mark="repairs") == ["301"]
    assert narrowed(office, mark="arriving") == ["304"]
    assert narrowed(office, mark="late") == []
    assert narrowed(office, building=one, state="vacant_clean", floor=["1"]) == ["102", "103", "104"]


def test_arrears_by_how_long_they_stand(office: Office, house: dict[str, UUID], world: SeededWorld) -> None:
    owing = [row for row in listed(office) if row.tile.overdue > Money(0)]
    assert narrowed(office, arrears="any") == [row.tile.number for row in owing]
    assert "301" in narrowed(office, arrears="30")
    assert "302" not in narrowed(office, arrears="30")
    assert "302" in narrowed(office, arrears="any")
    assert set(narrowed(office, arrears="none")) == {r.tile.number for r in listed(office)} - {
        r.tile.number for r in owing
    }
    with look(office, PROGRAM) as reading:
        leases = lease_lists.list_leases(reading, lease_lists.LeaseFilter(lease_lists.LeaseScope.ALL), Span(0, 100))
    owed = {row.id: row.owed for row in leases}
    assert all(row.tile.overdue == owed[row.tile.lease_id] for row in owing if row.tile.lease_id is not None)


def test_a_repair_that_takes_longer_than_said_is_marked(
    office: Office, house: dict[str, UUID], world: SeededWorld
) -> None:
    assert narrowed(office, mark="late") == []
    world.advance(2 * DAY)
    assert narrowed(office, mark="late") == ["202"]


def test_owners_are_listed_found_and_narrowed_by(office: Office, house: dict[str, UUID], world: SeededWorld) -> None:
    with begin(office, PROGRAM, Op.CHANGE_PLACE) as work:
        one = OwnerForm(None, Decimal(1), True, "欧阳听雪", "13900000077")
        owners.set_owners(work, house["1-104"], [], [one], world.today())
    with begin(office, PROGRAM, Op.CHANGE_PLACE) as work:
        two = [OwnerForm(None, Decimal("0.4"), False, "欧阳听雪", "13900000077"),
               OwnerForm(None, Decimal("0.6"), False, "骆子衿", "13900000078")]  # fmt: skip
        owners.set_owners(work, house["1-103"], [], two, world.today())
    rows = {row.tile.number: row for row in listed(office)}
    assert rows["104"].owners.names == ("欧阳听雪",)
    assert rows["103"].owners.names == ("骆子衿", "欧阳听雪")
    assert narrowed(office, owner="occupied") == ["104"]
    assert narrowed(office, owner="several") == ["103"]
    assert "103" not in narrowed(office, owner="none")
    with look(office, PROGRAM) as reading:
        (known,) = [each for each in room_lists.room_conditions(reading) if each.key == "owner"]
    assert [choice.words for choice in known.choices] == ["没登记业主", "业主自住", "几人共有", "欧阳听雪"]
    assert narrowed(office, owner=known.choices[-1].value) == ["103", "104"]
    assert [row.tile.number for row in listed(office, RoomFilter(text="oytx"))] == ["103", "104"]


def test_what_is_typed_finds_number_building_tenant_or_reason(office: Office, house: dict[str, UUID]) -> None:
    def typed(text: str) -> list[str]:
        return [row.tile.number for row in listed(office, RoomFilter(text=text))]

    assert typed("30") == ["301", "302", "303", "304"]
    assert typed("2栋5") == ["501"]
    assert typed("2 栋 ５") == ["501"]
    assert typed("换门") == ["202"]
    assert typed("林以宁") == ["302"]
    assert typed("lyn") == ["302"]
    assert typed("查无") == []


@pytest.mark.parametrize("order", list(RoomOrder))
@pytest.mark.parametrize("down", [False, True])
def test_every_order_sorts_and_pages(
    office: Office, house: dict[str, UUID], order: RoomOrder, down: bool
) -> None:  # fmt: skip
    rows = listed(office, None, order, down)
    keys: dict[RoomOrder, Any] = {
        RoomOrder.FLOOR: lambda row: row.tile.floor, RoomOrder.LAYOUT: lambda row: row.tile.layout,
        RoomOrder.AREA: lambda row: row.tile.area, RoomOrder.END: lambda row: row.end,
        RoomOrder.EMPTY: lambda row: row.empty_days,
        RoomOrder.RENT: lambda row: row.rent.month.fen if row.rent is not None else None,
        RoomOrder.OWED: lambda row: row.tile.overdue.fen or None,
        RoomOrder.STATE: lambda row: list(room_lists.STATES).index(row.tile.state),
    }  # fmt: skip
    if order in keys:
        values = [keys[order](row) for row in rows]
        known = [value for value in values if value is not None]
        assert values[: len(known)] == known, "what there is nothing of stands last either way"
        assert known == sorted(known, reverse=down)
        assert len(set(known)) > 1
    kept, seen = Kept(), list[RoomRow]()
    with look(office, PROGRAM) as reading:
        while len(seen) < len(rows):
            after = seen[-1].id if seen else None
            page = room_lists.list_rooms(
                reading, RoomFilter(), Span(len(seen), 5, after=after, descending=down), order, kept
            )
            assert page
            seen += page
        assert [row.id for row in seen] == [row.id for row in rows]
        before = room_lists.list_rooms(
            reading, RoomFilter(), Span(5, 4, before=rows[9].id, descending=down), order, kept
        )
        assert [row.id for row in before] == [row.id for row in rows[5:9]]
        skipped = room_lists.list_rooms(
            reading, RoomFilter(), Span(6, 3, after=rows[1].id, skip=4, descending=down), order, kept
        )
        assert [row.id for row in skipped] == [row.id for row in rows[6:9]]
        at = room_lists.position_of(reading, RoomFilter(), rows[7].id, order, down, kept)
        assert at == 7


def test_what_the_list_opens_with_is_the_top_of_the_board(office: Office, house: dict[str, UUID]) -> None:
    """It is found by the engine, with nothing else read; the order is that of the board to the last dash."""
    numbers = ("102-A", "102-B", "1021", "1-02", "-9", "99-A", "B102", "二单元 1")
    with begin(office, PROGRAM, Op.ADD_PLACES) as work:
        drafts = [places.RoomDraft(number, 1) for number in numbers]
        places.add_building(work, places.BuildingDraft("3 栋", drafts))
        places.add_building(work, places.BuildingDraft("10 栋", [places.RoomDraft("101", -1)]))
    with look(office, PROGRAM) as reading:
        whole = [tile.room_id for tile in board.board(reading).tiles]
        for most in (1, 7, 20, 100):
            top = room_lists.list_rooms(reading, RoomFilter(), Span(0, most))
            assert [row.id for row in top] == whole[:most]
        assert room_lists.count_rooms(reading, RoomFilter()) == len(whole)


def test_tenants_stand_by_the_sound_of_their_names(office: Office, house: dict[str, UUID]) -> None:
    rows = [row for row in listed(office, None, RoomOrder.TENANT) if row.tile.tenant_id is not None]
    assert [row.tile.who for row in rows] == ["林以宁", "乔木", "沈知微", "许朗", "周思齐"]


def test_what_was_read_serves_until_the_next_act(
    office: Office, house: dict[str, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    whole = board.board

    def counted(*arguments: Any) -> board.Board:
        asked.append(1)
        return whole(*arguments)

    monkeypatch.setattr(board, "board", counted)
    kept, dirty = Kept(), RoomFilter(chosen=chosen_of({"state": ["vacant_dirty"]}))
    assert len(listed(office, dirty, kept=kept)) == 2
    with look(office, PROGRAM) as reading:
        room_lists.room_figures(reading, kept=kept)
    assert len(asked) == 1
    with begin(office, PROGRAM, Op.CHANGE_PLACE) as work:
        places.mark_clean(work, house["1-104"], False)
    assert len(listed(office, dirty, kept=kept)) == 3
    assert len(asked) == 2
    auditor = sit_down(office, "repair_lead", login="qinl", name="秦岭")
    assert all(row.tile.overdue == Money(0) for row in listed(office, kept=kept, actor=auditor))
    kept.forget()
    asked.clear()
    assert len(listed(office, dirty, kept=kept)) == 3
    assert len(asked) == 1


def test_rows_in_the_order_of_the_board_need_no_whole_board(
    office: Office, house: dict[str, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "board", lambda *_: pytest.fail("the whole board was read"))
    chosen: Chosen = chosen_of({"area": ["60-90"], "floor": ["5"]})
    assert [row.tile.number for row in listed(office, RoomFilter(chosen=chosen))] == ["501"]
    assert len(listed(office)) == 14


def test_roles_see_what_is_theirs(office: Office, house: dict[str, UUID]) -> None:
    lead = sit_down(office, "repair_lead", login="qinl", name="秦岭")
    rows = {row.tile.number: row for row in listed(office, actor=lead)}
    assert all(row.tile.overdue == Money(0) for row in rows.values())
    assert rows["301"].rent is None  # what somebody pays
    assert rows["501"].rent is not None  # what is asked of anybody
    assert rows["501"].rent.asking
    with look(office, lead) as reading:
        keys = [each.key for each in room_lists.room_conditions(reading)]
    assert "arrears" not in keys


def test_a_bed_is_empty_since_the_flat_around_it_was_left(
    office: Office, house: dict[str, UUID], world: SeededWorld
) -> None:
    outer = house["1-203"]
    with begin(office, PROGRAM, Op.ADD_PLACES) as work:
        room = work.get(Room, outer)
        work.add(
            Room(
                building_id=room.building_id, parent_id=outer, kind=RoomKind.BED, number="203-A", floor=2, area=None,
                layout=None, asking_rent=None, habitable=True, capacity=None, condition=RoomCondition.CLEAN,
                condition_note=None,
            )
        )  # fmt: skip
        work.record()
    world.advance(3 * DAY)
    rows = {row.tile.number: row for row in listed(office)}
    assert rows["203"].empty_days is None  # let bed by bed
    assert rows["203-A"].empty_days == 3  # registered after the flat was left


def test_a_pinned_note_and_a_reservation_are_seen(office: Office, house: dict[str, UUID], world: SeededWorld) -> None:
    with begin(office, PROGRAM, Op.ADD_NOTE) as work:
        notes.add_note(work, NoteForm("门锁密码已换", room_id=house["1-102"], pinned=True))
    asked = ReservationForm(
        house["1-103"], world.today() + 3 * DAY, name="方知意", phone="13900001111", moves_in_on=world.today() + DAY
    )
    with begin(office, PROGRAM, Op.RESERVE_ROOM) as work:
        reservations.reserve_room(work, asked)
    assert narrowed(office, mark="note") == ["102"]
    assert "103" in [row.tile.number for row in listed(office, RoomFilter(RoomScope.RESERVED))]
    assert [row.tile.number for row in listed(office, RoomFilter(text="方知意"))] == ["103"]
    assert isinstance(listed(office)[0].end, date)
