"""今日: what needs doing for whom, overdue first, a page at a time; put off, answered, and how the desk stands."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from desktop.models.due import DueFact
from desktop.models.trust import AuditEntry
from desktop.services import due_later, due_lists, lease_moves, today
from desktop.services.acts import Op
from desktop.services.due_lists import NEEDLESS_WORDS, AlreadySettled, DueRow, Needless
from desktop.services.due_rules import RULES
from desktop.services.errors import Refused
from desktop.services.office import Office
from desktop.services.today import LITTLE_ROOM, Scope, Today
from desktop.services.work import Actor, begin, look
from desktop.world import OFFICE_ZONE, SeededWorld
from tests.offices import check_in, many, rooms_of, sit_down, terms
from tests.services.due_kit import later, report_repair, told
from tests.services.lease_kit import sound


@pytest.fixture
def clerk(office: Office) -> Actor:
    return sit_down(office, "front_desk")


@pytest.fixture
def manager(office: Office) -> Actor:
    return sit_down(office, "manager", "cashier", login="gumy", name="顾明远")


@pytest.fixture
def busy(office: Office, manager: Actor, world: SeededWorld) -> Office:
    """Three leases with their bills, 8 days overdue by now; one that nobody moved into yet; a repair."""
    begun = world.today()
    for n, form in enumerate(many(3)):
        check_in(office, manager, rooms_of(office)[n], form, terms(begun, 1))
    check_in(office, manager, rooms_of(office)[3], many(4)[3], terms(begun + timedelta(days=7)))
    later(office, days=8)
    report_repair(office, urgent=True)
    later(office, minutes=40)
    return office


def today_of(office: Office, actor: Actor) -> Today:
    with look(office, actor) as reading:
        return today.today(reading)


def rows(office: Office, actor: Actor, scope: Scope = Scope.ALL, offset: int = 0, limit: int = 100) -> list[DueRow]:
    with look(office, actor) as reading:
        return today.rows_of(reading, scope, offset, limit)


# ---- moving in -------------------------------------------------------------------------------------------------------


def test_a_lease_that_begins_is_told_until_the_keys_are_handed_over(
    office: Office, manager: Actor, world: SeededWorld
) -> None:
    lease = check_in(office, manager, rooms_of(office)[0], lease=terms(world.today() + timedelta(days=2)))
    later(office, days=1)
    assert told(office, "move_in") == []
    for days in (1, 1, 2):
        later(office, days=days)
    assert told(office, "move_in") == [(0, "open"), (1, "open"), (2, "open")]
    [row] = rows(office, manager, Scope.LEASES)
    assert (row.words, row.late) == ("三天没来交房：留房还是解约", True)
    with begin(office, manager, Op.CHANGE_LEASE) as work:
        lease_moves.move_in(work, lease.lease_id)
    assert rows(office, manager, Scope.LEASES) == []
    later(office, minutes=16)
    assert told(office, "move_in") == [(level, "void") for level in range(3)]
    sound(office)


def test_a_lease_that_begins_at_once_is_not_told(office: Office, manager: Actor) -> None:
    check_in(office, manager, rooms_of(office)[0])
    later(office, days=3)
    assert told(office, "move_in") == []


# ---- the list --------------------------------------------------------------------------------------------------------


def test_overdue_things_stand_first_and_pages_join_without_a_seam(busy: Office, manager: Actor) -> None:
    whole = rows(busy, manager)
    flags = [row.late for row in whole]
    assert flags == sorted(flags, reverse=True)
    assert {True, False} == set(flags)
    for part in (True, False):
        dues = [row.due_at for row in whole if row.late is part]
        assert dues == sorted(dues)
    for limit in (1, 2, 3, 5):
        pieced = [
            row
            for offset in range(0, len(whole) + limit, limit)
            for row in rows(busy, manager, Scope.ALL, offset, limit)
        ]
        assert pieced == whole
    with look(busy, manager) as reading:
        assert today.count_of(reading, Scope.ALL) == len(whole)


def test_the_figures_are_those_of_the_rows(busy: Office, manager: Actor, clerk: Actor) -> None:
    for actor in (manager, clerk):
        facts = today_of(busy, actor)
        for scope, tally in facts.tallies.items():
            found = rows(busy, actor, scope)
            assert (tally.all, tally.late) == (len(found), sum(row.late for row in found)), scope
            assert all(row.rule in today.RULES_OF.get(scope, RULES) for row in found)
    mine = {row.role for row in rows(busy, clerk, Scope.MINE)}
    assert mine == {"front_desk"}
    assert {row.role for row in rows(busy, manager, Scope.MINE)} <= {"manager", "cashier"}


def test_rights_decide_what_is_seen(busy: Office) -> None:
    lead = sit_down(busy, "repair_lead", login="hejun", name="贺俊")
    facts = today_of(busy, lead)
    assert set(facts.tallies) == {Scope.MINE, Scope.ALL, Scope.REPAIRS}
    assert {row.rule for row in rows(busy, lead)} <= {"repair_answer", "repair_finish"}
    auditor = sit_down(busy, "auditor", login="shenji", name="申纪")
    facts = today_of(busy, auditor)
    assert Scope.MINE not in facts.tallies, "no rung of any rule is for an auditor"
    assert facts.drafts == ()
    assert facts.put_off == frozenset()


# ---- answers ---------------------------------------------------------------------------------------------------------


def test_what_needs_nothing_is_settled_with_its_reason(busy: Office, manager: Actor) -> None:
    [row, *_] = rows(busy, manager, Scope.BILLS)
    with begin(busy, manager, Op.ANSWER_DUE) as work:
        assert due_lists.answer_due(work, row.id, Needless.AGREED) == row.level + 1
    assert row.id not in {one.id for one in rows(busy, manager)}
    with busy.reading() as session:
        assert session.get(DueFact, row.id).reason == NEEDLESS_WORDS[Needless.AGREED]  # type: ignore[union-attr]
        told_in_log = session.scalars(sa.select(AuditEntry.facts).where(AuditEntry.op == Op.ANSWER_DUE.value)).one()
    assert told_in_log["needless"] == "agreed"
    with pytest.raises(AlreadySettled, match="和租客说好了"), begin(busy, manager, Op.ANSWER_DUE) as work:
        due_lists.answer_due(work, row.id)
    sound(busy)


def test_what_is_put_off_comes_back(busy: Office, manager: Actor, clerk: Actor, world: SeededWorld) -> None:
    [row, *_] = rows(busy, manager, Scope.BILLS)
    until = due_later.until_when(row, world.now())
    assert f"{until.astimezone(OFFICE_ZONE):%m-%d %H:%M}" == "12-01 00:00"
    due_later.put_off(busy, manager, row.id, until)
    facts = today_of(busy, manager)
    assert facts.put_off == {row.id}
    assert facts.tallies[Scope.LATER].all == 1
    assert row.id not in {one.id for one in rows(busy, manager)}
    assert [one.id for one in rows(busy, manager, Scope.LATER)] == [row.id]
    assert row.id in {one.id for one in rows(busy, clerk)}, "a colleague sees it all the same"
    assert all(draft.kind == due_later.KIND for draft in facts.drafts), "kept as a draft, sealed"
    due_later.put_off(busy, manager, row.id, None)
    assert row.id in {one.id for one in rows(busy, manager)}
    due_later.put_off(busy, manager, row.id, until)
    world.advance(timedelta(days=1))
    assert row.id in {one.id for one in rows(busy, manager)}
    assert Scope.LATER not in today_of(busy, manager).tallies


def test_what_counts_minutes_is_put_off_for_an_hour(busy: Office, manager: Actor, world: SeededWorld) -> None:
    [row] = rows(busy, manager, Scope.REPAIRS)
    until = due_later.until_when(row, world.now())
    assert until - world.now() == timedelta(hours=1)
    due_later.put_off(busy, manager, row.id, until)
    assert rows(busy, manager, Scope.REPAIRS) == []
    later(busy, minutes=30)  # the next rung is another thing, and is told
    assert [one.level for one in rows(busy, manager, Scope.REPAIRS)] == [row.level + 1]


def test_at_most_so_many_are_put_off(busy: Office, manager: Actor, world: SeededWorld) -> None:
    ids = [world.new_id() for _ in range(due_later.MOST + 3)]
    for n, fact_id in enumerate(ids[-3:]):
        due_later.put_off(busy, manager, fact_id, world.now() + timedelta(hours=n + 1))
    with look(busy, manager) as reading:
        assert set(due_later.put_off_now(reading)) == set(ids[-3:])


def test_who_only_looks_answers_nothing_and_puts_nothing_off(busy: Office, world: SeededWorld) -> None:
    auditor = sit_down(busy, "auditor", login="shenji", name="申纪")
    [row, *_] = rows(busy, auditor)
    with pytest.raises(Refused), begin(busy, auditor, Op.ANSWER_DUE) as work:
        due_lists.answer_due(work, row.id)
    with pytest.raises(Refused):
        due_later.put_off(busy, auditor, row.id, world.now() + timedelta(hours=1))


# ---- the desk itself -------------------------------------------------------------------------------------------------


def test_how_the_desk_stands(busy: Office, manager: Actor, world: SeededWorld) -> None:
    desk = today_of(busy, manager).desk
    assert desk is not None
    assert desk.backup_at is None
    assert desk.backup_late
    assert not desk.little_room
    assert desk.engine.stood is None
    assert desk.engine.last_run_at == world.now()
    world.free = LITTLE_ROOM - 1
    world.advance(timedelta(hours=40))
    desk = today_of(busy, manager).desk
    assert desk is not None
    assert desk.little_room
    assert desk.engine.stood is not None
    assert desk.engine.stood.span == "40 小时"
