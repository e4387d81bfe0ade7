"""The room board on both databases: every state, every mark, who is meant, what the figures count, flats and beds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from desktop.models.base import table_of
from desktop.models.billing import BillBalance
from desktop.models.leases import LeaseRoom
from desktop.models.places import Room
from desktop.models.values import Money, PayMethod, RoomCondition, RoomKind, RoomMark, RoomState
from desktop.services import (
    billing,
    board,
    check_in_facts,
    check_in_forms,
    check_ins,
    derived,
    lease_moves,
    payments,
    places,
    reservations,
    rooms,
)
from desktop.services.acts import Op
from desktop.services.board import Count, TileFacts
from desktop.services.bulk import insert_tuples
from desktop.services.demo_repairs import put_repair
from desktop.services.errors import DomainError, ProblemsFound, Refused, RowChanged
from desktop.services.office import Office
from desktop.services.quick import Asking
from desktop.services.reservations import ReservationForm
from desktop.services.trouble import RoomTaken
from desktop.services.work import PROGRAM, Actor, begin, look
from desktop.world import SeededWorld
from tests.offices import check_in, many, person, rooms_of, sit_down, terms
from tests.services.test_search_index import plan_of


def tile(office: Office, room_id: UUID, actor: Actor = PROGRAM) -> TileFacts:
    with look(office, actor) as reading:
        return next(each for each in board.board(reading).tiles if each.room_id == room_id)


def figures(office: Office) -> board.Counters:
    with look(office, PROGRAM) as reading:
        return board.board(reading).counters


def pay_all(office: Office, party_id: UUID, lease_id: UUID) -> None:
    with look(office, PROGRAM) as reading:
        owed = {bill.id: bill.owed for bill in billing.bills_of(reading, lease_id=lease_id, open_only=True)}
    whole = Money(sum(amount.fen for amount in owed.values()))
    order = payments.TakePayment(party_id, owed, [payments.TenderForm(PayMethod.CASH, whole)])
    cashier = sit_down(office, "cashier", login=f"c{office.world.new_id().hex[-8:]}", name="沈若溪")
    with begin(office, cashier, Op.TAKE_PAYMENT) as work:
        payments.take_payment(work, order)


def repair(office: Office, room_id: UUID, state: str) -> None:
    with begin(office, PROGRAM, Op.REPORT_REPAIR) as work:
        work.authorised += 1
        put_repair(work, room_id, None, "厨房水龙头滴水", False, state)


def close(office: Office, room_id: UUID, condition: RoomCondition, note: str = "等配件") -> None:
    with begin(office, PROGRAM, Op.CHANGE_PLACE) as work:
        places.close_room(work, room_id, condition, note)


def mark(office: Office, room_id: UUID, clean: bool, actor: Actor = PROGRAM) -> None:
    with begin(office, actor, Op.CHANGE_PLACE) as work:
        places.mark_clean(work, room_id, clean)


# ---- states ----------------------------------------------------------------------------------------------------------


def test_an_empty_room_shows_what_the_housekeeping_said(office: Office) -> None:
    room = rooms_of(office)[0]
    assert (tile(office, room).state, tile(office, room).who) == (RoomState.VACANT_CLEAN, "")
    mark(office, room, False)
    assert tile(office, room).state is RoomState.VACANT_DIRTY
    mark(office, room, True)
    assert tile(office, room).state is RoomState.VACANT_CLEAN


@pytest.mark.parametrize(
    ("condition", "state"),
    [(RoomCondition.REPAIR, RoomState.REPAIR), (RoomCondition.OUT_OF_USE, RoomState.OUT_OF_USE)],
)
def test_a_closed_room_says_why_and_comes_back_to_be_cleaned(
    office: Office, condition: RoomCondition, state: RoomState
) -> None:
    room = rooms_of(office)[0]
    close(office, room, condition, "换门锁")
    assert (tile(office, room).state, tile(office, room).who) == (state, "换门锁")
    with pytest.raises(DomainError, match="恢复使用"):
        mark(office, room, True)
    with begin(office, PROGRAM, Op.CHANGE_PLACE) as work:
        places.reopen_room(work, room)
    assert (tile(office, room).state, tile(office, room).who) == (RoomState.VACANT_DIRTY, "")


def test_a_room_with_somebody_inside_is_not_closed(office: Office) -> None:
    room = rooms_of(office)[0]
    check_in(office, PROGRAM, room)
    with pytest.raises(ProblemsFound) as caught:
        close(office, room, RoomCondition.REPAIR)
    assert caught.value.field == "condition"
    assert tile(office, room).state is RoomState.LET


def test_reserved_until_the_handover_then_let(office: Office) -> None:
    room = rooms_of(office)[0]
    start = office.world.today() + timedelta(days=5)
    news = check_in(office, PROGRAM, room, lease=terms(start))
    pay_all(office, news.party_id, news.lease_id)
    shown = tile(office, room)
    assert (shown.state, shown.who, shown.comes_on, shown.days_left) == (RoomState.RESERVED, "顾听澜", start, None)
    assert shown.mark_words == f"{start:%m-%d} 到"
    with begin(office, PROGRAM, Op.CHANGE_LEASE) as work:
        lease_moves.move_in(work, news.lease_id, keys=1)
    assert (tile(office, room).state, tile(office, room).comes_on) == (RoomState.LET, None)


def test_a_closed_room_hides_no_arrival(office: Office) -> None:
    room = rooms_of(office)[0]
    start = office.world.today() + timedelta(days=5)
    check_in(office, PROGRAM, room, lease=terms(start))
    close(office, room, RoomCondition.REPAIR, "换门锁")
    assert (tile(office, room).state, tile(office, room).comes_on) == (RoomState.REPAIR, start)


def test_free_again_after_moving_out(office: Office) -> None:
    room = rooms_of(office)[0]
    news = check_in(office, PROGRAM, room)
    with begin(office, PROGRAM, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, news.lease_id)
    shown = tile(office, room)
    assert (shown.state, shown.tenant_id, shown.days_left) == (RoomState.VACANT_DIRTY, None, None)


def test_a_room_left_by_a_room_change_is_free_while_the_lease_goes_on(office: Office, world: SeededWorld) -> None:
    first, second = rooms_of(office)[:2]
    news = check_in(office, PROGRAM, first)
    world.advance(timedelta(days=3))
    today = office.world.today()
    with begin(office, PROGRAM, Op.CHANGE_LEASE) as work:
        span = work.session.scalars(sa.select(LeaseRoom).where(LeaseRoom.lease_id == news.lease_id)).one()
        end, span.valid_to = span.valid_to, today - timedelta(days=1)
        work.session.flush()
        work.add(LeaseRoom(lease_id=news.lease_id, room_id=second, valid_from=today, valid_to=end))
        work.record()
    assert tile(office, first).state is RoomState.VACANT_CLEAN
    assert (tile(office, second).state, tile(office, second).who) == (RoomState.LET, "顾听澜")


# ---- marks -----------------------------------------------------------------------------------------------------------


def ending(office: Office, room: UUID, end: date) -> check_ins.CheckedIn:
    today = office.world.today()
    return check_in(office, PROGRAM, room, lease=replace(terms(today), end=end))


@pytest.mark.parametrize(
    ("days", "words"), [(31, ""), (30, "剩 30 天"), (1, "剩 1 天"), (0, "今天到期"), (-1, "超 1 天"), (-40, "超 40 天")]
)
def test_the_end_of_a_lease_draws_near_and_passes(office: Office, world: SeededWorld, days: int, words: str) -> None:
    room = rooms_of(office)[0]
    end = office.world.today() + timedelta(days=60)
    news = ending(office, room, end)
    pay_all(office, news.party_id, news.lease_id)
    world.advance(timedelta(days=60 - days))
    shown = tile(office, room)
    assert (shown.state, shown.days_left, shown.mark_words) == (RoomState.LET, days, words)
    marks = {31: (), -1: (RoomMark.HOLDOVER,), -40: (RoomMark.HOLDOVER,)}.get(days, (RoomMark.EXPIRING,))
    assert shown.marks == marks


def test_arrears_begin_the_day_after_the_due_date_and_end_with_the_payment(office: Office, world: SeededWorld) -> None:
    room = rooms_of(office)[0]
    news = check_in(office, PROGRAM, room)
    assert (tile(office, room).overdue, tile(office, room).marks) == (Money(0), ())
    world.advance(timedelta(days=1))
    shown = tile(office, room)
    assert (shown.overdue, shown.marks, shown.mark_words) == (Money.yuan(7440), (RoomMark.ARREARS,), "欠 7,440")
    pay_all(office, news.party_id, news.lease_id)
    assert tile(office, room).marks == ()


def test_arrears_are_read_from_the_open_bills_alone(office: Office) -> None:
    rooms, new, today = rooms_of(office)[:4], office.world.new_id, office.world.today()
    with office.writing() as session:
        connection = session.connection()
        elsewhere = [new() for _ in range(100)]
        paid = [(new(), new(), None, rooms[n % 4], today - timedelta(days=n), Money(0)) for n in range(2000)]
        owed = [(new(), new(), None, room, today - timedelta(days=n), Money(1)) for room in elsewhere for n in range(9)]
        insert_tuples(connection, table_of(BillBalance), derived.BALANCE_COLUMNS, paid + owed)
        connection.exec_driver_sql("ANALYZE bill_balance")
        asked = {f"ids_{n}": room.bytes for n, room in enumerate(rooms)} | {"ids": rooms, "today": today.isoformat()}
        plan = plan_of(connection, board._OVERDUE._build(Asking(connection.dialect, 4)), asked)
        assert "ix_bill_balance_open_room" in plan
        assert "TEMP B-TREE" not in plan
        session.rollback()


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("rooms", [1, 4, 100])
def test_leases_of_some_rooms_are_found_by_their_rooms(office: Office, rooms: int) -> None:
    """An office's SQLite keeps no statistics, so this is the plan at any size: by state it read every lease."""
    with look(office, PROGRAM) as reading:
        asked = board._LEASES._plan(reading.connection.dialect, rooms)
        ids = [office.world.new_id().bytes for _ in range(rooms)]
        rows = reading.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked._sql}", tuple(asked._placed(ids, {})))
        assert rows.all()[0][3].startswith("SEARCH lease_room USING INDEX ix_lease_room_room_id_valid_from")


def test_a_former_tenants_debt_is_not_the_next_ones(office: Office, world: SeededWorld) -> None:
    room = rooms_of(office)[0]
    first, second = many(2)
    old = check_in(office, PROGRAM, room, first)
    world.advance(timedelta(days=2))
    with begin(office, PROGRAM, Op.CHANGE_LEASE) as work:
        lease_moves.move_out(work, old.lease_id)
    assert (tile(office, room).marks, figures(office).overdue_rooms) == ((), 0)
    world.advance(timedelta(days=1))
    new = check_in(office, PROGRAM, room, second)
    pay_all(office, new.party_id, new.lease_id)
    assert (tile(office, room).who, tile(office, room).overdue) == (second.name, Money(0))
    with look(office, PROGRAM) as reading:
        debts = rooms.room_panel(reading, room).debts
        owed = Money(sum(b.owed.fen for b in billing.bills_of(reading, lease_id=old.lease_id)))
    assert debts is not None
    assert (debts.owed, debts.former) == (Money(0), (old.party_id, first.name, owed))


def test_open_repairs_are_counted_until_done(office: Office) -> None:
    room, other = rooms_of(office)[:2]
    for state in ("reported", "assigned", "working"):
        repair(office, room, state)
    repair(office, other, "done")
    shown = tile(office, room)
    assert (shown.state, shown.open_repairs, shown.marks, shown.mark_words) == (
        RoomState.VACANT_CLEAN, 3, (RoomMark.REPAIR_OPEN,), "报修 3",
    )  # fmt: skip
    assert (figures(office).repairs, figures(office).repair_rooms) >= (3, 1)


def test_the_worst_mark_comes_first(office: Office, world: SeededWorld) -> None:
    room = rooms_of(office)[0]
    ending(office, room, office.world.today() + timedelta(days=40))
    repair(office, room, "reported")
    world.advance(timedelta(days=20))
    assert tile(office, room).marks == (RoomMark.ARREARS, RoomMark.EXPIRING, RoomMark.REPAIR_OPEN)
    world.advance(timedelta(days=25))
    shown = tile(office, room)
    assert shown.marks == (RoomMark.ARREARS, RoomMark.HOLDOVER, RoomMark.REPAIR_OPEN)
    assert [shown.words_of(each) for each in shown.marks][1:] == ["超 5 天", "报修 1"]


# ---- figures ---------------------------------------------------------------------------------------------------------


def test_each_figure_counts_what_its_filter_leaves_bright(office: Office, world: SeededWorld) -> None:
    ids, people, today = rooms_of(office), many(6), office.world.today()
    over = ending(office, ids[0], today + timedelta(days=35))
    last = check_in(office, PROGRAM, ids[1], people[1], replace(terms(today), end=today + timedelta(days=40)))
    for news in (over, last):
        pay_all(office, news.party_id, news.lease_id)
    check_in(office, PROGRAM, ids[2], people[2])
    world.advance(timedelta(days=40))
    now = office.world.today()
    late = check_in(office, PROGRAM, ids[3], people[3], terms(now + timedelta(days=1)))
    check_in(office, PROGRAM, ids[4], people[4], terms(now + timedelta(days=9)))
    mark(office, ids[5], False)
    close(office, ids[6], RoomCondition.OUT_OF_USE, "样板间")
    repair(office, ids[7], "reported")
    world.advance(timedelta(days=1))
    with look(office, PROGRAM) as reading:
        found = board.board(reading)
    counts, day = found.counters, found.today
    kept = {kind: {t.room_id for t in found.tiles if board.counted(t, kind, day)} for kind in Count}
    assert kept[Count.VACANT] == {ids[5], *ids[7:]}
    assert (counts.vacant, counts.vacant_clean) == (len(kept[Count.VACANT]), len(kept[Count.VACANT]) - 1)
    assert kept[Count.ENDING] == {ids[0], ids[1]}
    assert (counts.ending, counts.overstayed) == (0, 2)
    assert ids[2] in kept[Count.ARREARS]
    assert counts.overdue_rooms == len(kept[Count.ARREARS])
    assert counts.overdue == Money(sum(t.overdue.fen for t in found.tiles))
    assert kept[Count.COMING] == {ids[3]}
    assert (counts.coming, counts.coming_later) == (1, 1)
    assert kept[Count.REPAIRS] == {ids[7]}
    with begin(office, PROGRAM, Op.CHANGE_LEASE) as work:
        lease_moves.move_in(work, late.lease_id)
    assert figures(office).coming == 0


def test_rooms_stand_building_by_building_from_the_top(office: Office) -> None:
    draft = places.BuildingDraft("2 栋", [places.RoomDraft(n, int(n[:-2])) for n in ("905", "1001", "901", "1002")])
    with begin(office, PROGRAM, Op.ADD_PLACES) as work:
        places.add_building(work, draft)
    with look(office, PROGRAM) as reading:
        found = board.board(reading)
    assert [name for _, name in found.buildings] == ["1 栋", "2 栋"]
    assert [t.number for t in found.tiles] == [
        *("301", "302", "303", "304", "201", "202", "203", "204", "101", "102", "103", "104"),
        *("1001", "1002", "901", "905"),
    ]  # fmt: skip


def test_who_may_not_see_bills_sees_no_arrears(office: Office, world: SeededWorld) -> None:
    room = rooms_of(office)[0]
    check_in(office, PROGRAM, room)
    lead = sit_down(office, "repair_lead", login="qinl", name="秦岭")
    world.advance(timedelta(days=3))
    assert tile(office, room).marks == (RoomMark.ARREARS,)
    assert (tile(office, room, lead).marks, tile(office, room, lead).overdue) == ((), Money(0))
    with look(office, lead) as reading:
        panel, page = rooms.room_panel(reading, room), rooms.room_page(reading, room)
    assert (panel.debts, panel.tenancy, page.leases, page.bills) == (None, None, None, None)


# ---- flats and what is in them ---------------------------------------------------------------------------------------


@pytest.fixture
def flat(office: Office) -> tuple[UUID, list[UUID]]:
    """A flat whose three beds are let one by one."""
    outer = rooms_of(office)[0]
    with begin(office, PROGRAM, Op.ADD_PLACES) as work:
        room = work.get(Room, outer)
        beds = [
            work.add(
                Room(
                    building_id=room.building_id, parent_id=outer, kind=RoomKind.BED, number=f"{room.number}-{letter}",
                    floor=room.floor, area=None, layout=None, asking_rent=None, habitable=True, capacity=None,
                    condition=RoomCondition.CLEAN, condition_note=None,
                )
            )
            for letter in "ABC"
        ]  # fmt: skip
        work.record()
    return outer, [bed.id for bed in beds]


def test_a_flat_tells_how_many_of_its_beds_are_let(office: Office, flat: tuple[UUID, list[UUID]]) -> None:
    outer, beds = flat
    before = figures(office).vacant
    assert (tile(office, outer).state, tile(office, outer).parts) == (RoomState.VACANT_CLEAN, 3)
    check_in(office, PROGRAM, beds[0])
    shown = tile(office, outer)
    assert (shown.state, shown.who, shown.tenant_id) == (RoomState.LET, "分租 1/3", None)
    assert (tile(office, beds[0]).state, tile(office, beds[1]).state) == (RoomState.LET, RoomState.VACANT_CLEAN)
    assert figures(office).vacant == before - 1
    with look(office, PROGRAM) as reading:
        page = rooms.room_page(reading, outer)
        inner = rooms.room_page(reading, beds[1])
    assert [(each.number, each.state) for each in page.inner] == [
        ("301-A", RoomState.LET), ("301-B", RoomState.VACANT_CLEAN), ("301-C", RoomState.VACANT_CLEAN),
    ]  # fmt: skip
    assert inner.outer == (outer, "1 栋 301")


@pytest.mark.parametrize("how", ["let", "reserved", "repair"])
def test_no_bed_is_free_in_a_flat_that_is_taken(office: Office, flat: tuple[UUID, list[UUID]], how: str) -> None:
    outer, beds = flat
    if how == "repair":
        close(office, outer, RoomCondition.REPAIR, "换地板")
    else:
        check_in(
            office, PROGRAM, outer, lease=terms(office.world.today() + timedelta(days=3 if how == "reserved" else 0))
        )
    whole = tile(office, outer)
    for bed in beds:
        assert (tile(office, bed).state, tile(office, bed).who) == (whole.state, whole.who)
        assert tile(office, bed).state not in board.VACANT
        assert tile(office, bed).overdue == Money(0)


# ---- the panel and the edit ------------------------------------------------------------------------------------------


def test_the_panel_says_what_is_owed_and_what_comes(office: Office, world: SeededWorld) -> None:
    room = rooms_of(office)[0]
    news = check_in(office, PROGRAM, room)
    world.advance(timedelta(days=5))
    clerk = sit_down(office, "front_desk")
    with look(office, clerk) as reading:
        panel = rooms.room_panel(reading, room)
    assert panel.debts is not None
    assert panel.tenancy is not None
    assert panel.phone is not None
    assert (panel.debts.bills, panel.debts.owed, panel.debts.oldest) == (2, Money.yuan(7440), date(2026, 11, 22))
    assert (panel.tenancy.rent, panel.tenancy.occupants, panel.tenancy.deposit_held) == (Money.yuan(1860), 1, Money(0))
    assert panel.tenancy.keys == (("钥匙", 2), ("门卡", 2))
    assert panel.phone.text == "138****5678"
    pay_all(office, news.party_id, news.lease_id)
    with look(office, clerk) as reading:
        panel = rooms.room_panel(reading, room)
    assert panel.tenancy is not None
    assert panel.tenancy.deposit_held == Money.yuan(1860)
    assert [entry.op for entry in panel.recent] == [Op.TAKE_PAYMENT, Op.CHECK_IN]


def test_the_next_tenant_is_named_while_the_old_one_is_inside(office: Office) -> None:
    room, today = rooms_of(office)[0], office.world.today()
    first, second = many(2)
    check_in(office, PROGRAM, room, first, replace(terms(today), end=today + timedelta(days=40)))
    start = today + timedelta(days=41)
    check_in(office, PROGRAM, room, second, terms(start))
    shown = tile(office, room)
    assert (shown.state, shown.who, shown.comes_on) == (RoomState.LET, first.name, start)
    with look(office, PROGRAM) as reading:
        assert rooms.room_panel(reading, room).coming == (second.name, start)


def test_an_edit_against_a_changed_room_shows_both_versions(office: Office) -> None:
    room = rooms_of(office)[0]
    manager = sit_down(office, "manager", login="gumy", name="顾明远")
    with look(office, manager) as reading:
        known = places.room_place(reading, room)
    form = places.RoomForm(known.area, "两室", Money.yuan(2000), RoomCondition.CLEAN, None)
    with begin(office, manager, Op.CHANGE_PLACE) as work:
        places.change_room(work, room, known.version, form)
    mine = replace(form, layout="三室")
    with (
        pytest.raises(RowChanged, match="顾明远 今天 09:00") as caught,
        begin(office, PROGRAM, Op.CHANGE_PLACE) as work,
    ):
        places.change_room(work, room, known.version, mine)
    assert (caught.value.theirs["layout"], caught.value.yours["layout"]) == ("两室", "三室")
    with look(office, manager) as reading:
        assert places.room_place(reading, room).layout == "两室"


def test_a_note_on_the_board_holds_no_secret(office: Office) -> None:
    room = rooms_of(office)[0]
    with pytest.raises(ProblemsFound) as caught:
        close(office, room, RoomCondition.REPAIR, "电话 13812345678")
    assert caught.value.field == "condition_note"


@pytest.mark.parametrize(
    "act",
    [
        lambda work, room: places.close_room(work, room, RoomCondition.REPAIR, ""),
        places.reopen_room,
        lambda work, room: places.mark_clean(work, room, False),
    ],
)
def test_marks_need_their_right(office: Office, act: Callable[..., object]) -> None:
    auditor = sit_down(office, "auditor", login="luzw", name="陆知微")
    with pytest.raises(Refused), begin(office, auditor, Op.CHANGE_PLACE) as work:
        act(work, rooms_of(office)[0])


def test_a_room_with_a_draft_lease_is_not_free(office: Office) -> None:
    """A check-in would be refused there (`room_claims`), so the board must not offer the room."""
    room, start = rooms_of(office)[0], office.world.today() + timedelta(days=2)
    form = check_in_forms.CheckIn(room, terms(start), party=person("顾听澜"), matched=True, notice_told=True)
    with begin(office, PROGRAM, Op.CHECK_IN) as work:
        work.authorised += 1
        check_ins.put_lease_draft(work, form)
    shown = tile(office, room)
    assert (shown.state, shown.who, shown.unsigned, shown.mark_words) == (
        RoomState.RESERVED, "顾听澜", True, "合同待签",
    )  # fmt: skip
    assert shown.comes_on is None, "nobody comes before it is signed"
    with look(office, PROGRAM) as reading:
        assert room not in {each.id for each in check_in_facts.free_rooms(reading)}
    with pytest.raises(RoomTaken, match="已出租给顾听澜"), begin(office, PROGRAM, Op.CHECK_IN) as work:
        check_ins.check_in(work, replace(form, party=person("林以宁", 2, phone="13800000002")))
    asked = ReservationForm(room, start + timedelta(days=3), name="方知意", phone="13900001111", moves_in_on=start)
    with pytest.raises(ProblemsFound, match="顾听澜租到"), begin(office, PROGRAM, Op.RESERVE_ROOM) as work:
        reservations.reserve_room(work, asked)
